//! The names of `milesial/Pytorch-UNet`: `inc`, `down1`.., `up1`.., `outc`; logits come out.

use super::tensors::norm_part;

/// A tensor that only this naming has.
pub(super) const SIGN: &str = "inc.double_conv.0.weight";

/// How the blocks of the decoder begin, whose highest number is the depth.
pub(super) const DECODER: &str = "up";

/// This program's name of a tensor, or none where it has no place in a U-net.
pub(super) fn renamed(name: &str) -> Option<String> {
    let number = |text: &str| text.parse::<usize>().ok();
    let (block, rest) = name.split_once('.')?;
    if block == "outc" {
        return Some(format!("head.{}", rest.strip_prefix("conv.")?));
    }
    if block == "inc" {
        return double_conv("encoder.0", rest.strip_prefix("double_conv.")?);
    }
    if let Some(level) = block.strip_prefix("down").and_then(number) {
        let inner = rest.strip_prefix("maxpool_conv.1.double_conv.")?;
        return double_conv(&format!("encoder.{level}"), inner);
    }
    let step = block
        .strip_prefix(DECODER)
        .and_then(number)?
        .checked_sub(1)?;
    match rest.strip_prefix("up.") {
        Some(part) => Some(format!("ups.{step}.{part}")),
        None => {
            let inner = rest.strip_prefix("conv.double_conv.")?;
            double_conv(&format!("decoder.{step}"), inner)
        }
    }
}

/// `0`, `1`, `3` and `4` of a sequence are the convolutions and norms of a block; 2 and 5 are
/// ReLUs, which have no tensors.
fn double_conv(home: &str, rest: &str) -> Option<String> {
    let (place, part) = rest.split_once('.')?;
    let layer = match place {
        "0" => "conv1",
        "1" => "norm1",
        "3" => "conv2",
        "4" => "norm2",
        _ => return None,
    };
    Some(format!("{home}.{layer}.{}", norm_part(layer, part)))
}
