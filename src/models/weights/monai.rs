//! The names of MONAI's `DenseNet`: `features.conv0`, `features.denseblock1.denselayer1.layers.norm1`,
//! `features.transition1.conv`, `class_layers.out`. Versions before 0.3, and networks derived from
//! them, have no `layers` in between.

use super::tensors::{NamedShapes, torch_part};
use crate::models::nets::DenseNetShape;

/// Blocks and layers that are looked for; more than any dense network has.
const MOST_BLOCKS: usize = 16;
const MOST_LAYERS: usize = 512;

/// What a tensor of a dense network is called there, from this program's name of it.
pub(super) fn name_of(ours: &str, has_layers: bool) -> Option<String> {
    let parts: Vec<&str> = ours.split('.').collect();
    let number = |text: &str| text.parse::<usize>().ok().map(|at| at + 1);
    Some(match parts[..] {
        ["out", part] => format!("class_layers.out.{part}"),
        [layer, part] => format!("features.{layer}.{}", torch_part(layer, part)),
        ["blocks", block, "layers", layer, of_layer, part] => format!(
            "features.denseblock{}.denselayer{}.{}{of_layer}.{}",
            number(block)?,
            number(layer)?,
            if has_layers { "layers." } else { "" },
            torch_part(of_layer, part)
        ),
        ["transitions", at, layer, part] => format!(
            "features.transition{}.{layer}.{}",
            number(at)?,
            torch_part(layer, part)
        ),
        _ => return None,
    })
}

/// What stands before `features` in the names of a file, where it is one thing only.
pub(super) fn prefix<'a>(names: impl Iterator<Item = &'a str>) -> Option<String> {
    let of_name = |name: &'a str| {
        let (prefix, rest) = match name.strip_prefix("features.") {
            Some(rest) => ("", rest),
            None => name.split_once(".features.")?,
        };
        let known = ["conv0.", "norm0.", "norm5.", "denseblock", "transition"];
        let is_ours = known.iter().any(|begin| rest.starts_with(begin));
        is_ours.then_some(prefix)
    };
    let mut found: Vec<&str> = names.filter_map(of_name).collect();
    found.sort_unstable();
    found.dedup();
    match found[..] {
        [""] => Some(String::new()),
        [one] => Some(format!("{one}.")),
        _ => None,
    }
}

/// Whether layers are named with `layers` in between.
pub(super) fn has_layers<'a>(mut names: impl Iterator<Item = &'a str>) -> bool {
    names.any(|name| name.contains(".denselayer") && name.contains(".layers."))
}

/// The shape of the network whose tensors these are, as far as they tell: how many layers a block
/// has follows from the widths before and behind it, so that layers which are missing are missed.
///
/// # Errors
/// The name of a tensor without which nothing can be told.
pub(super) fn shape_of(shapes: &NamedShapes, has_layers: bool) -> Result<DenseNetShape, String> {
    let first = |name: &str| shapes.get(name).and_then(|dims| dims.first().copied());
    let between = if has_layers { "layers." } else { "" };
    let layer = |block: usize, layer: usize, part: &str| {
        format!("features.denseblock{block}.denselayer{layer}.{between}{part}")
    };
    let conv0 = "features.conv0.weight";
    let Some([init_features, in_channels, _, _, _]) = shapes.get(conv0).map(|dims| &dims[..])
    else {
        return Err(conv0.to_owned());
    };
    let has_block = |block: usize| {
        let begin = format!("features.denseblock{block}.");
        shapes.keys().any(|name| name.starts_with(&begin))
    };
    let n_blocks = (1..=MOST_BLOCKS).rev().find(|&block| has_block(block));
    let n_blocks = n_blocks.ok_or_else(|| layer(1, 1, "conv1.weight"))?;
    let any = |part: &str| {
        let all = (1..=n_blocks).flat_map(|block| (1..=MOST_LAYERS).map(move |at| (block, at)));
        let mut found = all.filter_map(|(block, at)| first(&layer(block, at, part)));
        found.next().filter(|&n| n > 0)
    };
    let growth_rate = any("conv2.weight").ok_or_else(|| layer(1, 1, "conv2.weight"))?;
    let within = any("conv1.weight").ok_or_else(|| layer(1, 1, "conv1.weight"))?;
    let layers_of = |block: usize| {
        let before = match block {
            1 => Some(*init_features),
            _ => first(&format!("features.transition{}.conv.weight", block - 1)),
        };
        let behind = match block == n_blocks {
            true => first("features.norm5.weight"),
            false => first(&format!("features.transition{block}.norm.weight")),
        };
        let added = before
            .zip(behind)
            .and_then(|(from, to)| to.checked_sub(from));
        let by_width = added.filter(|added| added % growth_rate == 0 && *added > 0);
        let by_width = by_width.map(|added| added / growth_rate);
        let is_there = |at: &usize| {
            let begin = layer(block, *at, "");
            shapes.keys().any(|name| name.starts_with(&begin))
        };
        let by_name = || (1..=MOST_LAYERS).rev().find(is_there);
        by_width
            .filter(|&n| n <= MOST_LAYERS)
            .or_else(by_name)
            .unwrap_or(1)
    };
    Ok(DenseNetShape {
        in_channels: *in_channels,
        out_channels: first("class_layers.out.weight")
            .or_else(|| first("class_layers.out.bias"))
            .unwrap_or(2),
        init_features: *init_features,
        growth_rate,
        block_config: (1..=n_blocks).map(layers_of).collect(),
        bn_size: (within / growth_rate).max(1),
        dropout_prob: 0.0,
    })
}
