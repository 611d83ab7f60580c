//! How planes are predicted: by the network alone, or as the mean of both sides.

use super::augment::tensors;
use super::data::Case;
use super::planes::PLANE_PIXELS;
use crate::models::device::DeviceFailed;
use crate::models::nets::UNet;
use crate::models::processor::Folded;
use burn::tensor::{Device, Tensor};

/// A network that predicts planes.
#[derive(Debug)]
pub struct Predictor {
    net: Folded,
    is_mirrored: bool,
}

impl Predictor {
    /// With `is_mirrored` what it predicts does not depend on which side is which.
    #[must_use]
    pub fn new(net: UNet, is_mirrored: bool) -> Self {
        Self {
            net: net.into(),
            is_mirrored,
        }
    }

    /// The planes that it predicts from planes, not below 0: what the network makes of them, or the
    /// mean of that and of what it makes of their mirror image. What is not a number stays that.
    /// From `[batch, channels, height, width]` to `[batch, 2, height, width]`.
    ///
    /// # Panics
    ///
    /// As [`UNet::forward`].
    #[must_use]
    pub fn planes(&self, x: Tensor<4>) -> Tensor<4> {
        let made = match self.is_mirrored {
            true => {
                let other = mirrored(self.net.forward(mirrored(x.clone())));
                (self.net.forward(x) + other) / 2.0
            }
            false => self.net.forward(x),
        };
        let below = made.clone().lower_elem(0.0);
        made.mask_fill(below, 0.0)
    }

    /// What the network makes of planes by itself.
    pub(super) fn alone(&self, x: Tensor<4>) -> Tensor<4> {
        self.net.forward(x)
    }

    /// What it predicts for some patients, `[2, 256, 256]` each.
    ///
    /// # Errors
    /// When the device gives no numbers.
    pub fn predictions(
        &self,
        cases: &[&Case],
        device: &Device,
    ) -> Result<Vec<Vec<f32>>, DeviceFailed> {
        let plain = device.clone().inner();
        let mut out = Vec::with_capacity(cases.len());
        for chunk in cases.chunks(4) {
            let [input, _] = tensors(chunk, None, false, &plain);
            let data = self.planes(input).into_data();
            let values = data
                .try_to_vec::<f32>()
                .map_err(|error| DeviceFailed(format!("{error:?}")))?;
            out.extend(values.chunks_exact(2 * PLANE_PIXELS).map(<[f32]>::to_vec));
        }
        Ok(out)
    }
}

/// Left and right of the axial planes exchanged, which are every other channel.
pub(super) fn mirrored(x: Tensor<4>) -> Tensor<4> {
    let [_, channels, ..] = x.dims();
    let planes = (0..channels).map(|channel| {
        let plane = x.clone().narrow(1, channel, 1);
        match channel % 2 {
            0 => plane.flip([3]),
            _ => plane,
        }
    });
    Tensor::cat(planes.collect(), 1)
}
