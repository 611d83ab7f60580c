//! Networks that make a few numbers of a volume, against MONAI and PyTorch: `fixtures/densenet.py`
//! says how the numbers were made.

use super::fixture;
use burn::tensor::{Device, Tensor, TensorData};
use cisterna::models::explain::{OcclusionError, OcclusionPlan, Positions, occlusion};
use cisterna::models::{
    Classifier, ClassifierKind, ClassifierShape, DenseNet, DenseNetShape, FoldedClassifier,
    Network, SfcnShape, TakenOver, WeightsFile, Workspace, taken_over,
};
use serde_json::Value;
use std::path::Path;
use std::sync::OnceLock;

/// What MONAI and PyTorch made.
pub(crate) fn golden() -> &'static Value {
    static GOLDEN: OnceLock<Value> = OnceLock::new();
    GOLDEN.get_or_init(|| {
        let text = std::fs::read_to_string(fixture("densenet.json")).unwrap();
        serde_json::from_str(&text).unwrap()
    })
}

pub(crate) fn numbers(value: &Value) -> Vec<f32> {
    let all = value.as_array().unwrap().iter();
    all.map(|number| number.as_f64().unwrap() as f32).collect()
}

pub(crate) fn triple(value: &Value) -> [usize; 3] {
    let all = value.as_array().unwrap().iter();
    let all: Vec<usize> = all.map(|n| n.as_u64().unwrap() as usize).collect();
    all.try_into().unwrap()
}

/// As `mixed` in `fixtures/densenet.py`.
fn mixed(n: usize, seed: u32) -> impl Iterator<Item = f64> {
    (1..=n as u32).map(move |place| {
        let mut x = place.wrapping_mul(0x9E37_79B1) ^ seed.wrapping_mul(0x85EB_CA6B);
        x ^= x >> 15;
        x = x.wrapping_mul(0x2C1B_3C6D);
        x ^= x >> 12;
        x = x.wrapping_mul(0x297A_2D39);
        x ^= x >> 15;
        f64::from(x) / 4_294_967_296.0
    })
}

/// As `seed_of` there.
fn seed_of(name: &str) -> u32 {
    name.bytes().fold(0x811C_9DC5, |seed, byte| {
        (seed ^ u32::from(byte)).wrapping_mul(0x0100_0193)
    })
}

/// As `volume` there, the last axis fastest.
pub(crate) fn volume(size: [usize; 3], seed: u32) -> Vec<f32> {
    let n = size.iter().product();
    mixed(n, seed).map(|value| value as f32).collect()
}

/// The tensors of MONAI's `DenseNet121` with two numbers out.
fn names_of_121() -> Vec<(String, Vec<usize>)> {
    let mut all = Vec::new();
    let norm = |all: &mut Vec<(String, Vec<usize>)>, name: &str, maps: usize| {
        for part in ["weight", "bias", "running_mean", "running_var"] {
            all.push((format!("{name}.{part}"), vec![maps]));
        }
    };
    all.push(("features.conv0.weight".to_owned(), vec![64, 1, 7, 7, 7]));
    norm(&mut all, "features.norm0", 64);
    let mut maps = 64;
    for (block, layers) in [6, 12, 24, 16].into_iter().enumerate() {
        for layer in 0..layers {
            let home = format!(
                "features.denseblock{}.denselayer{}.layers",
                block + 1,
                layer + 1
            );
            norm(&mut all, &format!("{home}.norm1"), maps);
            all.push((format!("{home}.conv1.weight"), vec![128, maps, 1, 1, 1]));
            norm(&mut all, &format!("{home}.norm2"), 128);
            all.push((format!("{home}.conv2.weight"), vec![32, 128, 3, 3, 3]));
            maps += 32;
        }
        if block < 3 {
            let home = format!("features.transition{}", block + 1);
            norm(&mut all, &format!("{home}.norm"), maps);
            all.push((format!("{home}.conv.weight"), vec![maps / 2, maps, 1, 1, 1]));
            maps /= 2;
        }
    }
    norm(&mut all, "features.norm5", maps);
    all.push(("class_layers.out.weight".to_owned(), vec![2, maps]));
    all.push(("class_layers.out.bias".to_owned(), vec![2]));
    all
}

/// As `filled` in `fixtures/densenet.py`.
fn filled(name: &str, shape: &[usize]) -> Vec<f32> {
    let n = shape.iter().product();
    let fan_in: usize = shape[1..].iter().product();
    let spread = (6.0 / fan_in as f64).sqrt();
    let is_flat = shape.len() == 1;
    let value = |u: f64| {
        if name.ends_with("running_var") || is_flat && name.ends_with("weight") {
            0.5 + u
        } else if is_flat {
            0.2 * (u - 0.5)
        } else {
            (2.0 * u - 1.0) * spread
        }
    };
    mixed(n, seed_of(name)).map(|u| value(u) as f32).collect()
}

/// A safetensors file of named f32 tensors.
pub(crate) fn write_safetensors(path: &Path, tensors: &[(String, Vec<usize>, Vec<f32>)]) {
    let (mut header, mut bytes) = (serde_json::Map::new(), Vec::new());
    for (name, shape, values) in tensors {
        let from = bytes.len();
        bytes.extend(values.iter().flat_map(|value| value.to_le_bytes()));
        let entry = serde_json::json!({
            "dtype": "F32", "shape": shape, "data_offsets": [from, bytes.len()],
        });
        header.insert(name.clone(), entry);
    }
    let header = serde_json::to_vec(&header).unwrap();
    let mut file = (header.len() as u64).to_le_bytes().to_vec();
    file.extend(header);
    file.extend(bytes);
    std::fs::write(path, file).unwrap();
}

/// MONAI's `DenseNet121` with the weights of the formula; `keep` says which tensors are written.
pub(crate) fn write_large(path: &Path, keep: impl Fn(&str) -> bool) {
    let tensors: Vec<_> = names_of_121()
        .into_iter()
        .filter(|(name, _)| keep(name))
        .map(|(name, shape)| {
            let values = filled(&name, &shape);
            (name, shape, values)
        })
        .collect();
    write_safetensors(path, &tensors);
}

fn open(file: &str, kind: ClassifierKind) -> TakenOver {
    let file = WeightsFile::open(&fixture(file)).unwrap();
    taken_over(file, kind, &Device::flex()).unwrap()
}

fn dense(file: &str) -> DenseNet {
    match open(file, ClassifierKind::Densenet(None)).net {
        Classifier::Densenet(net) => *net,
        Classifier::Sfcn(_) => panic!("an SFCN"),
    }
}

#[track_caller]
fn check_close(made: &[f32], expected: &[f32], what: &str) {
    assert_eq!(made.len(), expected.len(), "{what}");
    for (made, expected) in made.iter().zip(expected) {
        assert!(
            (made - expected).abs() < 1e-4,
            "{what}: {made}, not {expected}"
        );
    }
}

fn by_burn(net: &Classifier, volume: &[f32], size: [usize; 3]) -> Vec<f32> {
    let [depth, height, width] = size;
    let data = TensorData::new(volume.to_vec(), [1, 1, depth, height, width]);
    let x = Tensor::<5>::from_data(data, &Device::flex());
    net.forward(x).into_data().try_to_vec::<f32>().unwrap()
}

#[test]
fn classifiers_have_the_published_numbers_of_weights() {
    let device = Device::flex();
    // 2 numbers out; 1 of them is 1,025 weights less.
    for (out, expected) in [(2, 11_244_674), (1, 11_243_649)] {
        let net = DenseNetShape::densenet121(out).init(&device);
        assert_eq!(net.n_weights(), expected);
    }
    // Convolutions, their biases, norms, and the last layer.
    let convs = 27 * (32 + 32 * 64 + 64 * 128 + 128 * 256 + 256 * 256) + 256 * 64;
    let maps = 32 + 64 + 128 + 256 + 256 + 64;
    let net = SfcnShape::published(2).init(&device);
    assert_eq!(net.n_weights(), convs + maps + 2 * maps + 64 * 2 + 2);
}

#[test]
fn numbers_are_those_of_monai_for_every_naming() {
    let golden = &golden()["small"]["forward"];
    for file in ["densenet-small.pt", "densenet-plain.pt", "densenet-brat.pt"] {
        let taken = open(file, ClassifierKind::Densenet(None));
        let ClassifierShape::Densenet(shape) = &taken.shape else {
            panic!("{:?}", taken.shape);
        };
        let expected = DenseNetShape {
            in_channels: 1,
            out_channels: 3,
            init_features: 12,
            growth_rate: 6,
            block_config: vec![2, 3, 2],
            bn_size: 3,
            dropout_prob: 0.0,
        };
        assert_eq!(*shape, expected, "{file}");
        let device = Device::flex();
        let folded = FoldedClassifier::new(taken.net.clone(), &device);
        for (at, one) in golden.as_array().unwrap().iter().enumerate() {
            let (size, expected) = (triple(&one["size"]), numbers(&one["logits"]));
            let volume = volume(size, 11 + at as u32);
            check_close(&by_burn(&taken.net, &volume, size), &expected, file);
            check_close(&folded.numbers(&volume, size).unwrap(), &expected, file);
        }
    }
    let layout = |file| open(file, ClassifierKind::Densenet(None)).layout;
    assert_eq!(layout("densenet-small.pt"), "monai");
    assert_eq!(layout("densenet-plain.pt"), "monai without layers");
    assert_eq!(
        layout("densenet-brat.pt"),
        "monai under visual_encoder.densenet."
    );
    let beside = |file| open(file, ClassifierKind::Densenet(None)).beside;
    assert_eq!(
        beside("densenet-brat.pt"),
        ["itm_head.weight", "query_tokens"]
    );
    assert_eq!(
        beside("densenet-plain.pt"),
        ["optimizer.state.exp_avg", "optimizer.state.step"]
    );
}

#[test]
fn the_sfcn_is_that_of_pytorch() {
    let golden = &golden()["sfcn"];
    let size = triple(&golden["size"]);
    let taken = open("sfcn-small.pt", ClassifierKind::Sfcn);
    let (volume, expected) = (volume(size, 9), numbers(&golden["logits"]));
    check_close(&by_burn(&taken.net, &volume, size), &expected, "by burn");
    let folded = FoldedClassifier::new(taken.net, &Device::flex());
    let made = folded.numbers(&volume, size).unwrap();
    check_close(&made, &expected, "by layers of our own");
}

#[test]
fn densenet121_is_that_of_monai() {
    let golden = &golden()["large"];
    assert_eq!(golden["weights"], 11_244_674);
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("densenet121.safetensors");
    write_large(&path, |_| true);
    let file = WeightsFile::open(&path).unwrap();
    let taken = taken_over(file, ClassifierKind::Densenet(None), &Device::flex()).unwrap();
    assert_eq!(
        taken.shape,
        ClassifierShape::Densenet(DenseNetShape::densenet121(2))
    );
    let size = triple(&golden["size"]);
    let net = FoldedClassifier::new(taken.net, &Device::flex());
    let made = net.numbers(&volume(size, 7), size).unwrap();
    check_close(&made, &numbers(&golden["logits"]), "DenseNet121");
}

#[track_caller]
fn check_refused(tensors: &[(String, Vec<usize>, Vec<f32>)], words: &[&str]) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("net.safetensors");
    write_safetensors(&path, tensors);
    let file = WeightsFile::open(&path).unwrap();
    let refused = taken_over(file, ClassifierKind::Densenet(None), &Device::flex()).err();
    let said = refused.unwrap().to_string();
    for word in words {
        assert!(said.contains(word), "{word}: {said}");
    }
}

/// A dense network with blocks of two and one layers.
fn tiny() -> Vec<(String, Vec<usize>, Vec<f32>)> {
    let mut shapes: Vec<(String, Vec<usize>)> = Vec::new();
    let mut norm = |name: &str, maps: usize| {
        for part in ["weight", "bias", "running_mean", "running_var"] {
            shapes.push((format!("features.{name}.{part}"), vec![maps]));
        }
    };
    for (name, maps) in [
        ("norm0", 4),
        ("denseblock1.denselayer1.layers.norm1", 4),
        ("denseblock1.denselayer1.layers.norm2", 4),
        ("denseblock1.denselayer2.layers.norm1", 6),
        ("denseblock1.denselayer2.layers.norm2", 4),
        ("transition1.norm", 8),
        ("denseblock2.denselayer1.layers.norm1", 4),
        ("denseblock2.denselayer1.layers.norm2", 4),
        ("norm5", 6),
    ] {
        norm(name, maps);
    }
    for (name, dims) in [
        ("features.conv0.weight", vec![4, 1, 7, 7, 7]),
        (
            "features.denseblock1.denselayer1.layers.conv1.weight",
            vec![4, 4, 1, 1, 1],
        ),
        (
            "features.denseblock1.denselayer1.layers.conv2.weight",
            vec![2, 4, 3, 3, 3],
        ),
        (
            "features.denseblock1.denselayer2.layers.conv1.weight",
            vec![4, 6, 1, 1, 1],
        ),
        (
            "features.denseblock1.denselayer2.layers.conv2.weight",
            vec![2, 4, 3, 3, 3],
        ),
        ("features.transition1.conv.weight", vec![4, 8, 1, 1, 1]),
        (
            "features.denseblock2.denselayer1.layers.conv1.weight",
            vec![4, 4, 1, 1, 1],
        ),
        (
            "features.denseblock2.denselayer1.layers.conv2.weight",
            vec![2, 4, 3, 3, 3],
        ),
        ("class_layers.out.weight", vec![2, 6]),
        ("class_layers.out.bias", vec![2]),
    ] {
        shapes.push((name.to_owned(), dims));
    }
    let with_values = shapes.into_iter().map(|(name, shape)| {
        let values = filled(&name, &shape);
        (name, shape, values)
    });
    with_values.collect()
}

#[test]
fn a_checkpoint_is_taken_over_whole_or_refused_by_name() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("net.safetensors");
    write_safetensors(&path, &tiny());
    let file = WeightsFile::open(&path).unwrap();
    assert!(taken_over(file, ClassifierKind::Densenet(None), &Device::flex()).is_ok());

    let without = |name: &str| -> Vec<_> {
        let all = tiny().into_iter();
        all.filter(|(n, ..)| !n.starts_with(name)).collect()
    };
    for name in [
        "features.norm5.running_mean",
        "features.denseblock1.denselayer2.layers.conv2.weight",
        "class_layers.out.weight",
        "features.denseblock1.denselayer2.",
        "features.norm5.",
    ] {
        check_refused(&without(name), &["missing", name, "net.safetensors"]);
    }
    check_refused(&without("features.conv0"), &["features.conv0.weight"]);
    let mut more = tiny();
    more.push(("classifier.weight".to_owned(), vec![2], vec![0.0; 2]));
    check_refused(&more, &["left over: classifier.weight"]);
    let mut other = tiny();
    for (name, shape, _) in &mut other {
        if name == "class_layers.out.weight" {
            *shape = vec![3, 4];
        }
    }
    check_refused(&other, &["class_layers.out.weight", "[3, 4]"]);
    // A network of two dimensions.
    let mut flat = tiny();
    for (name, shape, values) in &mut flat {
        if name == "features.conv0.weight" {
            *shape = vec![4, 1, 7, 7];
            values.truncate(4 * 49);
        }
    }
    check_refused(&flat, &["features.conv0.weight", "rank"]);
    check_refused(
        &[("encoder.weight".to_owned(), vec![1], vec![0.0])],
        &["no dense network", "encoder.weight"],
    );
}

/// What a patch changes is found by computing what it can reach, as it is by computing everything.
#[test]
fn a_change_computed_where_it_reaches_is_the_change() {
    let kinds = [
        ("densenet-small.pt", ClassifierKind::Densenet(None)),
        ("sfcn-small.pt", ClassifierKind::Sfcn),
    ];
    for (file, kind) in kinds {
        let net = FoldedClassifier::new(open(file, kind).net, &Device::flex());
        for (at, size) in [[36, 39, 52], [45, 38, 50], [64, 33, 40]]
            .into_iter()
            .enumerate()
        {
            check_changes(&net, size, 20 + at as u32, file);
        }
    }
}

#[track_caller]
fn check_changes(net: &FoldedClassifier, size: [usize; 3], seed: u32, what: &str) {
    let whole = volume(size, seed);
    let kept = net.keep(&whole, size).unwrap();
    assert_eq!(kept.numbers(), net.numbers(&whole, size).unwrap());
    let mut workspace = Workspace::default();
    let boxes = [[0, 0, 0], [12, 13, 13], [30, 20, 25], [7, 26, 1]].map(|low| {
        let high = std::array::from_fn(|axis: usize| (low[axis] + 11).min(size[axis]));
        [low, high]
    });
    let together = kept.occluded(&boxes, &[0.25], &mut workspace);
    for (ends, together) in boxes.into_iter().zip(together) {
        let [low, high] = ends;
        let mut filled = whole.clone();
        for z in low[0]..high[0] {
            for y in low[1]..high[1] {
                let row = (z * size[1] + y) * size[2];
                filled[row + low[2]..row + high[2]].fill(0.25);
            }
        }
        let expected = net.numbers(&filled, size).unwrap();
        let made = kept.occluded(&[ends], &[0.25], &mut workspace);
        // Whoever goes along changes nothing.
        assert_eq!(made[0], together);
        check_close(
            &together,
            &expected,
            &format!("{what}: {low:?} of {size:?}"),
        );
        assert_ne!(together, kept.numbers(), "{what}: nothing changed");
        assert!(
            !kept.is_filled(ends, &[0.25])
                && net.keep(&filled, size).unwrap().is_filled(ends, &[0.25])
        );
    }
}

/// The golden volume of the maps: its first rows of the second axis are zeros.
fn occluded_volume(size: [usize; 3]) -> Vec<f32> {
    let mut volume = volume(size, 5);
    for plane in volume.chunks_exact_mut(size[1] * size[2]) {
        plane[..13 * size[2]].fill(0.0);
    }
    volume
}

#[test]
fn occlusion_maps_are_those_of_monai_however_they_are_computed() {
    let golden = &golden()["small"]["occlusion"];
    let size = triple(&golden["size"]);
    let volume = occluded_volume(size);
    let net = Classifier::Densenet(Box::new(dense("densenet-small.pt")));
    let net = FoldedClassifier::new(net, &Device::flex());
    let mean = volume.iter().map(|&v| f64::from(v)).sum::<f64>() / volume.len() as f64;
    for (mode, fill) in [("zeros", 0.0), ("mean", mean as f32)] {
        let one = &golden[mode];
        let step = triple(&one["step"]);
        for from_the_beginning in [false, true] {
            let plan = OcclusionPlan {
                patch: triple(&one["patch"]),
                stride: triple(&one["stride"]),
                fill: vec![fill],
                part: None,
                from_the_beginning,
            };
            let map = occlusion(&net, &volume, size, &plan, &|_| true).unwrap();
            check_close(&map.numbers, &numbers(&golden["logits"]), mode);
            // A third of the volume is zeros already.
            let unchanged = if mode == "zeros" {
                map.n_positions / 3
            } else {
                0
            };
            assert_eq!(map.n_unchanged, unchanged);
            for number in 0..3 {
                let all = &map.occluded[number];
                let mut some = Vec::new();
                for z in (0..size[0]).step_by(step[0]) {
                    for y in (0..size[1]).step_by(step[1]) {
                        for x in (0..size[2]).step_by(step[2]) {
                            some.push(all[(z * size[1] + y) * size[2] + x]);
                        }
                    }
                }
                let expected = numbers(&one["map"][number]);
                check_close(&some, &expected, &format!("{mode} {number}"));
                let drop = map.drop(number);
                assert!((drop[9] - (map.numbers[number] - all[9])).abs() < 1e-7);
                let largest = drop.iter().fold(0.0_f32, |m, d| m.max(d.abs()));
                assert!(largest > 1e-3, "{mode}: nothing fell: {largest}");
            }
        }
    }
}

#[test]
fn boxes_that_cannot_be_laid_are_refused_and_work_can_be_stopped() {
    let size = [36, 39, 52];
    let plan = OcclusionPlan {
        patch: [12, 13, 13],
        stride: [12, 13, 13],
        fill: vec![0.0],
        part: None,
        from_the_beginning: false,
    };
    let n = |plan: &OcclusionPlan| Positions::of(plan, size).map(|p| p.n());
    assert_eq!(n(&plan).unwrap(), 3 * 3 * 4);
    // 240 x 260 x 260 of the paper.
    let paper = Positions::of(&plan, [240, 260, 260]).unwrap();
    assert_eq!(paper.n(), 8000);
    let with = |change: &dyn Fn(&mut OcclusionPlan)| {
        let mut plan = plan.clone();
        change(&mut plan);
        n(&plan)
    };
    assert_eq!(
        with(&|plan| plan.part = Some([[0; 3], [12, 13, 14]])).unwrap(),
        2
    );
    for refused in [
        with(&|plan| plan.patch[1] = 40),
        with(&|plan| plan.patch[0] = 0),
        with(&|plan| plan.stride[2] = 14),
        with(&|plan| plan.stride[2] = 0),
        with(&|plan| plan.part = Some([[0; 3], [37, 39, 52]])),
        with(&|plan| plan.part = Some([[5; 3], [5, 39, 52]])),
    ] {
        assert!(matches!(refused, Err(OcclusionError::Plan { .. })));
    }
    let net = Classifier::Densenet(Box::new(dense("densenet-small.pt")));
    let net = FoldedClassifier::new(net, &Device::flex());
    let stopped = occlusion(&net, &volume(size, 5), size, &plan, &|share| share < 0.2);
    assert!(matches!(stopped, Err(OcclusionError::Stopped)));
}
