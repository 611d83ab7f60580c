//! What the configuration of a Keras model says of its network, layer by layer. It is looked at and never
//! carried out: a layer of a class that is not known here is refused by its name.

use serde_json::{Map, Value, json};
use std::collections::BTreeSet;

/// Layers of a configuration: sixty times those of the largest network known. They are looked for by name.
const MOST_LAYERS: usize = 8192;

/// A network of the family, by the names of its layers.
pub(super) struct Wiring {
    /// Convolutions with their norms, from what goes in to what comes out.
    pub(super) pairs: Vec<[String; 2]>,
    /// The last convolution.
    pub(super) head: String,
    pub(super) depth: usize,
    pub(super) convs: usize,
    pub(super) last_pool: bool,
    pub(super) last_convs: usize,
    pub(super) skips: bool,
    /// Added to the variance in the norms.
    pub(super) epsilon: f64,
    /// Shares left out in training behind the first level and behind all others, or all of them where they
    /// are not alike.
    pub(super) dropout: Result<[f64; 2], Vec<f64>>,
    /// Classes and names of all layers, in the order of the configuration.
    pub(super) order: Vec<[String; 2]>,
}

/// A layer of the configuration.
struct Node {
    class: String,
    name: String,
    config: Map<String, Value>,
    /// Whose maps go in.
    inputs: Vec<String>,
}

/// What happens to the maps, step by step; numbers are places among the nodes.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Step {
    Conv(usize),
    Norm(usize),
    Swish,
    Sigmoid,
    Pool,
    Up,
    /// With the maps that this node gave.
    Join(usize),
    Dropout(f64),
}

/// Follows a configuration from what goes in to what comes out.
///
/// # Errors
/// What a network of the family does not have, with the name of the layer.
pub(super) fn wiring(text: &str) -> Result<Wiring, String> {
    let config: Value =
        serde_json::from_str(text).map_err(|error| format!("the configuration: {error}"))?;
    let (nodes, output) = nodes(&config)?;
    let way = way(&nodes, &output)?;
    let mut steps = Vec::new();
    for &at in &way {
        // Each layer with what it does, as steps may be skipped to.
        for step in steps_of(&nodes, at)? {
            steps.push((at, step));
        }
    }
    if let Some(beside) = (0..nodes.len()).find(|at| !way.contains(at)) {
        return Err(format!(
            "the layer {} is not on the way from what goes in to what comes out",
            nodes[beside].name
        ));
    }
    let mut found = walked(&nodes, &steps)?;
    found.order = nodes
        .into_iter()
        .map(|node| [node.class, node.name])
        .collect();
    Ok(found)
}

/// The layers of a functional model, and the one whose maps come out.
fn nodes(config: &Value) -> Result<(Vec<Node>, String), String> {
    let class = config.get("class_name").and_then(Value::as_str);
    if !matches!(class, Some("Functional" | "Model")) {
        return Err(format!(
            "the model is of class {}, where a functional one is wanted",
            class.unwrap_or("unknown")
        ));
    }
    let of = |key: &str| config.get("config").and_then(|config| config.get(key));
    let layers = of("layers").and_then(Value::as_array);
    let layers = layers.ok_or("the configuration has no layers")?;
    if layers.len() > MOST_LAYERS {
        return Err(format!(
            "the configuration has {} layers, more than such a network has",
            layers.len()
        ));
    }
    let mut nodes = Vec::new();
    for (at, layer) in layers.iter().enumerate() {
        let text = |key: &str| {
            let text = layer.get(key).and_then(Value::as_str);
            text.map(str::to_owned)
                .ok_or_else(|| format!("layer {at} of the configuration has no {key}"))
        };
        let name = text("name")?;
        let calls = layer.get("inbound_nodes").and_then(Value::as_array);
        let calls = calls.map(Vec::as_slice).unwrap_or_default();
        if calls.len() > 1 {
            return Err(format!("the layer {name} is used {} times", calls.len()));
        }
        let mut inputs = Vec::new();
        calls.iter().for_each(|call| collect(call, &mut inputs));
        let config = layer.get("config").and_then(Value::as_object);
        nodes.push(Node {
            class: text("class_name")?,
            config: config.cloned().unwrap_or_default(),
            name,
            inputs,
        });
    }
    let mut outputs = Vec::new();
    if let Some(told) = of("output_layers") {
        collect(told, &mut outputs);
    }
    match outputs.pop().filter(|_| outputs.is_empty()) {
        Some(output) => Ok((nodes, output)),
        None => Err("the model does not have one output".to_owned()),
    }
}

/// Names of the layers that a call takes from: `[name, call, output, ..]` in Keras 2, the same within a
/// `keras_history` in Keras 3.
fn collect(value: &Value, names: &mut Vec<String>) {
    match value {
        Value::Array(parts) => match &parts[..] {
            [Value::String(name), Value::Number(_), Value::Number(_), ..] => {
                names.push(name.clone());
            }
            parts => parts.iter().for_each(|part| collect(part, names)),
        },
        Value::Object(parts) => parts.values().for_each(|part| collect(part, names)),
        _ => {}
    }
}

/// The layers from what goes in to what comes out, where two meet by the first.
fn way(nodes: &[Node], output: &str) -> Result<Vec<usize>, String> {
    let mut way = Vec::new();
    let mut at = place(nodes, output)?;
    loop {
        if way.contains(&at) {
            return Err(format!("the layer {} comes behind itself", nodes[at].name));
        }
        way.push(at);
        let node = &nodes[at];
        match (node.class.as_str(), &node.inputs[..]) {
            ("InputLayer", []) => break,
            ("Concatenate", [below, _]) | (_, [below]) => at = place(nodes, below)?,
            _ => {
                return Err(format!(
                    "the layer {} of class {} takes the maps of {} layers",
                    node.name,
                    node.class,
                    node.inputs.len()
                ));
            }
        }
    }
    way.reverse();
    Ok(way)
}

fn place(nodes: &[Node], name: &str) -> Result<usize, String> {
    let at = nodes.iter().position(|node| node.name == name);
    at.ok_or_else(|| format!("the layer {name} is missing in the configuration"))
}

impl Node {
    /// Refuses a setting that is none of these, or is not told.
    fn want(&self, key: &str, wanted: &[Value]) -> Result<(), String> {
        let value = self.config.get(key).unwrap_or(&Value::Null);
        match wanted.contains(value) {
            true => Ok(()),
            false => Err(format!(
                "the layer {} has {key} {value}, where {} is wanted",
                self.name, wanted[0]
            )),
        }
    }

    fn number(&self, key: &str) -> Result<f64, String> {
        let number = self.config.get(key).and_then(Value::as_f64);
        number.ok_or_else(|| format!("the layer {} has no number {key}", self.name))
    }

    /// The function of a convolution or an activation.
    fn activation(&self) -> Result<Option<Step>, String> {
        let told = self.config.get("activation").unwrap_or(&Value::Null);
        match told.as_str() {
            Some("linear") => Ok(None),
            Some("swish" | "silu") => Ok(Some(Step::Swish)),
            Some("sigmoid") => Ok(Some(Step::Sigmoid)),
            _ => Err(format!(
                "the layer {} has the activation {told}, which such a network does not have",
                self.name
            )),
        }
    }
}

/// What a layer does, where the family can do it.
fn steps_of(nodes: &[Node], at: usize) -> Result<Vec<Step>, String> {
    let node = &nodes[at];
    let channels_last = [json!("channels_last")];
    let twice = [json!([2, 2, 2])];
    match node.class.as_str() {
        "InputLayer" => Ok(Vec::new()),
        "Conv3D" => {
            node.want("kernel_size", &[json!([3, 3, 3]), json!([1, 1, 1])])?;
            node.want("strides", &[json!([1, 1, 1])])?;
            node.want("dilation_rate", &[json!([1, 1, 1])])?;
            node.want("data_format", &channels_last)?;
            // Keras 2 did not know groups at first.
            node.want("groups", &[json!(1), Value::Null])?;
            if node.config.get("kernel_size") != Some(&json!([1, 1, 1])) {
                node.want("padding", &[json!("same")])?;
            }
            let then = node.activation()?;
            Ok([Some(Step::Conv(at)), then].into_iter().flatten().collect())
        }
        "BatchNormalization" => {
            node.want("axis", &[json!(-1), json!(4), json!([4]), json!([-1])])?;
            node.want("center", &[json!(true)])?;
            node.want("scale", &[json!(true)])?;
            Ok(vec![Step::Norm(at)])
        }
        "Activation" => Ok(node.activation()?.into_iter().collect()),
        "MaxPooling3D" => {
            node.want("pool_size", &twice)?;
            node.want("strides", &[json!([2, 2, 2]), Value::Null])?;
            node.want("padding", &[json!("valid")])?;
            node.want("data_format", &channels_last)?;
            Ok(vec![Step::Pool])
        }
        "UpSampling3D" => {
            node.want("size", &twice)?;
            node.want("data_format", &channels_last)?;
            Ok(vec![Step::Up])
        }
        "ZeroPadding3D" => padding(nodes, node).map(|()| Vec::new()),
        "Concatenate" => {
            node.want("axis", &[json!(-1), json!(4)])?;
            let below = place(nodes, &node.inputs[0])?;
            if !matches!(
                nodes[below].class.as_str(),
                "UpSampling3D" | "ZeroPadding3D"
            ) {
                return Err(format!(
                    "the layer {} has {} first, where the maps from below come first",
                    node.name, nodes[below].name
                ));
            }
            Ok(vec![Step::Join(without_dropout(nodes, &node.inputs[1])?)])
        }
        "Dropout" | "SpatialDropout3D" => Ok(vec![Step::Dropout(node.number("rate")?)]),
        class => Err(format!(
            "the layer {} is of class {class}, which such a network does not have",
            node.name
        )),
    }
}

/// Zeros around what comes from below: half of what lacks on each side, one more behind where that is odd.
fn padding(nodes: &[Node], node: &Node) -> Result<(), String> {
    let below = node.inputs.first().map(|name| place(nodes, name));
    let comes_from_below = below
        .transpose()?
        .is_some_and(|below| nodes[below].class == "UpSampling3D");
    let padding = node.config.get("padding").unwrap_or(&Value::Null);
    let sides: Option<Vec<[u64; 2]>> = serde_json::from_value(padding.clone()).ok();
    let fits =
        |[before, behind]: &[u64; 2]| behind == before || *behind == before.saturating_add(1);
    match sides.is_some_and(|sides| sides.iter().all(fits)) && comes_from_below {
        true => Ok(()),
        false => Err(format!(
            "the layer {} puts zeros around by {padding}, which such a network does not",
            node.name
        )),
    }
}

/// The node of a name, or the one before where it only leaves out values in training.
fn without_dropout(nodes: &[Node], name: &str) -> Result<usize, String> {
    let mut at = place(nodes, name)?;
    let mut seen = BTreeSet::new();
    while matches!(nodes[at].class.as_str(), "Dropout" | "SpatialDropout3D") && seen.insert(at) {
        let before = nodes[at].inputs.first();
        at = place(
            nodes,
            before.ok_or_else(|| format!("{} takes nothing", nodes[at].name))?,
        )?;
    }
    Ok(at)
}

/// The steps of a network, taken one after the other.
struct Walk<'a> {
    nodes: &'a [Node],
    /// Without dropout.
    steps: Vec<(usize, Step)>,
    next: usize,
    pairs: Vec<[String; 2]>,
    epsilon: Option<f64>,
}

impl Walk<'_> {
    fn peek(&self) -> Option<Step> {
        self.steps.get(self.next).map(|(_, step)| *step)
    }

    /// Whether the next step is this one, which is then taken.
    fn takes(&mut self, step: Step) -> bool {
        let is_next = self.peek() == Some(step);
        self.next += usize::from(is_next);
        is_next
    }

    /// What stands where something else is wanted.
    fn wrong(&self, wanted: &str) -> String {
        match self.steps.get(self.next) {
            Some((at, _)) => format!(
                "the layer {} of class {} stands where {wanted} is wanted",
                self.nodes[*at].name, self.nodes[*at].class
            ),
            None => format!("the network ends where {wanted} is wanted"),
        }
    }

    /// Convolutions of 3 x 3 x 3 with norm and swish, as many as follow each other; the node of the last.
    fn layers(&mut self) -> Result<(usize, Option<usize>), String> {
        let (mut n, mut last) = (0, None);
        while let Some(Step::Conv(conv)) = self.peek() {
            let name = &self.nodes[conv].name;
            if self.nodes[conv].config.get("kernel_size") != Some(&json!([3, 3, 3])) {
                break;
            }
            self.next += 1;
            let Some(Step::Norm(norm)) = self.peek() else {
                return Err(self.wrong(&format!("the batch norm behind {name}")));
            };
            self.next += 1;
            let epsilon = self.nodes[norm].number("epsilon")?;
            if self.epsilon.is_some_and(|first| first != epsilon) {
                return Err(format!(
                    "the layer {} has another epsilon than the norms before it: {epsilon}",
                    self.nodes[norm].name
                ));
            }
            self.epsilon = Some(epsilon);
            let pair = [conv, norm].map(|at| self.nodes[at].name.clone());
            last = self.steps.get(self.next).map(|(at, _)| *at);
            if !self.takes(Step::Swish) {
                return Err(self.wrong(&format!("the swish behind {}", pair[1])));
            }
            self.pairs.push(pair);
            n += 1;
        }
        Ok((n, last))
    }
}

/// Finds the family's pattern in the steps.
fn walked(nodes: &[Node], all: &[(usize, Step)]) -> Result<Wiring, String> {
    let is_kept = |(_, step): &&(usize, Step)| !matches!(step, Step::Dropout(_));
    let mut walk = Walk {
        nodes,
        steps: all.iter().filter(is_kept).copied().collect(),
        next: 0,
        pairs: Vec::new(),
        epsilon: None,
    };
    let (mut levels, mut skipped) = (Vec::new(), Vec::new());
    let last_pool = loop {
        let (n, last) = walk.layers()?;
        match (n, last, walk.peek()) {
            (0, _, Some(Step::Up)) if !levels.is_empty() => break true,
            (0, ..) => return Err(walk.wrong("a convolution of 3 x 3 x 3")),
            (_, Some(last), Some(Step::Pool)) => {
                walk.next += 1;
                levels.push(n);
                skipped.push(last);
            }
            (_, _, Some(Step::Up)) => {
                levels.push(n);
                break false;
            }
            _ => return Err(walk.wrong("a pooling or a doubling")),
        }
    };
    let (depth, convs) = (levels.len(), levels[0]);
    let (mut joins, n_pools) = (Vec::new(), skipped.len());
    while walk.takes(Step::Up) {
        let level = skipped.pop();
        let level = level.ok_or_else(|| walk.wrong("no further doubling than poolings"))?;
        let joined = match walk.peek() {
            Some(Step::Join(from)) if from == level => true,
            Some(Step::Join(_)) => {
                return Err(walk.wrong(&format!("what joins the maps of {}", nodes[level].name)));
            }
            _ => false,
        };
        walk.next += usize::from(joined);
        joins.push(joined);
        levels.push(walk.layers()?.0);
    }
    let last_convs = levels.pop().and_then(|n| n.checked_sub(convs));
    if !skipped.is_empty() || joins.is_empty() {
        return Err(walk.wrong("a doubling for each pooling"));
    }
    let (Some(last_convs), true) = (last_convs, levels.iter().all(|&n| n == convs)) else {
        return Err(format!(
            "its levels have {levels:?} convolutions, not all the same number"
        ));
    };
    if joins.iter().any(|joined| *joined != joins[0]) {
        return Err("only some of its levels are given the skipped maps".to_owned());
    }
    let Some(Step::Conv(head)) = walk.peek() else {
        return Err(walk.wrong("the last convolution of 1 x 1 x 1"));
    };
    walk.next += 1;
    if !walk.takes(Step::Sigmoid) {
        return Err(walk.wrong("the logistic function behind the last convolution"));
    }
    if walk.next < walk.steps.len() {
        return Err(walk.wrong("the end"));
    }
    Ok(Wiring {
        head: nodes[head].name.clone(),
        depth,
        convs,
        last_pool,
        last_convs,
        skips: joins[0],
        epsilon: walk.epsilon.unwrap_or_default(),
        dropout: dropout(all, depth + n_pools),
        pairs: walk.pairs,
        order: Vec::new(),
    })
}

/// Shares left out behind the first level and behind all `n` blocks.
fn dropout(steps: &[(usize, Step)], n: usize) -> Result<[f64; 2], Vec<f64>> {
    let rates = steps.iter().filter_map(|(_, step)| match step {
        Step::Dropout(rate) => Some(*rate),
        _ => None,
    });
    let rates: Vec<f64> = rates.collect();
    match &rates[..] {
        [] => Ok([0.0; 2]),
        [first, second, others @ ..]
            if rates.len() == n && others.iter().all(|rate| rate == second) =>
        {
            Ok([*first, *second])
        }
        _ => Err(rates),
    }
}
