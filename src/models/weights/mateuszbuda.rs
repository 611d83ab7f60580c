//! The names of `mateuszbuda/brain-segmentation-pytorch`: `encoder1`.., `bottleneck`, `upconv4`..,
//! `decoder4`.., `conv`; a sigmoid at the end, and decoders that take the up-sampled maps before
//! the skipped ones.

use super::tensors::norm_part;
use burn::tensor::TensorData;

/// A tensor that only this naming has.
pub(super) const SIGN: &str = "encoder1.enc1conv1.weight";

/// How the blocks of the decoder begin, whose highest number is the depth.
pub(super) const DECODER: &str = "decoder";

/// This program's name of a tensor, or none where it has no place in a U-net.
pub(super) fn renamed(name: &str, depth: usize) -> Option<String> {
    let number = |text: &str| text.parse::<usize>().ok();
    let (block, rest) = name.split_once('.')?;
    if block == "conv" {
        return Some(format!("head.{rest}"));
    }
    if let Some(level) = block.strip_prefix("upconv").and_then(number) {
        return Some(format!("ups.{}.{rest}", depth.checked_sub(level)?));
    }
    let (home, inner) = if block == "bottleneck" {
        (format!("encoder.{depth}"), rest.strip_prefix("bottleneck")?)
    } else if let Some(level) = block.strip_prefix("encoder").and_then(number) {
        let inner = rest.strip_prefix(&format!("enc{level}"))?;
        (format!("encoder.{}", level.checked_sub(1)?), inner)
    } else {
        let level = block.strip_prefix(DECODER).and_then(number)?;
        let inner = rest.strip_prefix(&format!("dec{level}"))?;
        (format!("decoder.{}", depth.checked_sub(level)?), inner)
    };
    let (layer, part) = inner.split_once('.')?;
    Some(format!("{home}.{layer}.{}", norm_part(layer, part)))
}

/// A tensor under its new name, with skipped maps first.
pub(super) fn reordered(name: &str, data: TensorData) -> TensorData {
    match name.starts_with("decoder.") && name.ends_with("conv1.weight") {
        true => halves_swapped(data),
        false => data,
    }
}

/// A convolution's weight `[out, in, height, width]` with the halves of its inputs exchanged.
fn halves_swapped(data: TensorData) -> TensorData {
    let dims = data.shape().to_vec();
    let [out, channels, height, width] = dims[..] else {
        return data;
    };
    let Ok(values) = data.try_to_vec::<f32>() else {
        return data;
    };
    let row = channels * height * width;
    let half = channels / 2 * height * width;
    let mut swapped = Vec::with_capacity(values.len());
    for map in 0..out {
        let [from, to] = [map * row, (map + 1) * row];
        swapped.extend_from_slice(&values[from + half..to]);
        swapped.extend_from_slice(&values[from..from + half]);
    }
    TensorData::new(swapped, dims)
}
