//! A network that makes a few numbers of a volume, ready to predict on a device.

use super::densenet::{DenseOnProcessor, Kept, Workspace};
use super::sfcn::{KeptSfcn, SfcnOnProcessor};
use crate::models::device::{DeviceFailed, guarded};
use crate::models::nets::Classifier;
use burn::tensor::{Device, Tensor, TensorData};

/// Such a network: with layers of this program's own on the processor.
#[derive(Debug)]
pub struct FoldedClassifier(MadeFor);

#[derive(Debug)]
enum MadeFor {
    Dense(Box<DenseOnProcessor>),
    Sfcn(Box<SfcnOnProcessor>),
    Other(Classifier, Device),
}

impl FoldedClassifier {
    /// From a network on a device.
    #[must_use]
    pub fn new(net: Classifier, device: &Device) -> Self {
        if *device != Device::flex() {
            return Self(MadeFor::Other(net, device.clone()));
        }
        Self(match net {
            Classifier::Densenet(net) => MadeFor::Dense(Box::new(DenseOnProcessor::from(&*net))),
            Classifier::Sfcn(net) => MadeFor::Sfcn(Box::new(SfcnOnProcessor::from(&*net))),
        })
    }

    /// What it makes of a volume, values `[channels, size..]`.
    ///
    /// # Errors
    /// When the device gives no numbers, and when they are not finite.
    ///
    /// # Panics
    /// Where nothing is left of the volume: see
    /// [`ClassifierShape::takes`](crate::models::ClassifierShape::takes).
    pub fn numbers(&self, volume: &[f32], size: [usize; 3]) -> Result<Vec<f32>, DeviceFailed> {
        let numbers = match &self.0 {
            MadeFor::Dense(net) => net.forward(volume, size),
            MadeFor::Sfcn(net) => net.forward(volume, size),
            MadeFor::Other(net, device) => {
                let channels = volume.len() / size.iter().product::<usize>();
                let [depth, height, width] = size;
                let tried = guarded(|| {
                    let data =
                        TensorData::new(volume.to_vec(), [1, channels, depth, height, width]);
                    let x = Tensor::<5>::from_data(data, device);
                    net.forward(x).into_data().try_to_vec::<f32>()
                });
                let made = tried.map_err(DeviceFailed)?;
                made.map_err(|error| DeviceFailed(format!("{error:?}")))?
            }
        };
        match numbers.iter().all(|number| number.is_finite()) {
            true => Ok(numbers),
            false => Err(DeviceFailed(format!(
                "the network gives {numbers:?}, which are not all numbers"
            ))),
        }
    }

    /// As [`FoldedClassifier::numbers`], and keeps what is between, so that a change of the volume need not
    /// be computed from the beginning; `None` where it is not computed on the processor.
    ///
    /// # Panics
    /// As [`FoldedClassifier::numbers`].
    #[must_use]
    pub fn keep(&self, volume: &[f32], size: [usize; 3]) -> Option<KeptVolume<'_>> {
        Some(KeptVolume(match &self.0 {
            MadeFor::Dense(net) => KeptBy::Dense(net, net.keep(volume, size)),
            MadeFor::Sfcn(net) => KeptBy::Sfcn(net, net.keep(volume, size)),
            MadeFor::Other(..) => return None,
        }))
    }
}

/// What a network makes of a volume, kept with the network.
pub struct KeptVolume<'a>(KeptBy<'a>);

enum KeptBy<'a> {
    Dense(&'a DenseOnProcessor, Kept),
    Sfcn(&'a SfcnOnProcessor, KeptSfcn),
}

impl KeptVolume<'_> {
    /// What the network makes of the volume as it is.
    #[must_use]
    pub fn numbers(&self) -> &[f32] {
        match &self.0 {
            KeptBy::Dense(_, kept) => kept.numbers(),
            KeptBy::Sfcn(_, kept) => kept.numbers(),
        }
    }

    /// Whether the values of a box, from `low` up to but not `high`, are these already, one for each
    /// channel.
    #[must_use]
    pub fn is_filled(&self, ends: [[usize; 3]; 2], fill: &[f32]) -> bool {
        match &self.0 {
            KeptBy::Dense(_, kept) => kept.is_filled(ends, fill),
            KeptBy::Sfcn(_, kept) => kept.is_filled(ends, fill),
        }
    }

    /// What the network makes of the volume once for each of some boxes that is filled with one value for
    /// each channel. Computed on one thread, and only where the change can reach.
    ///
    /// # Panics
    /// Where a box is empty or does not lie within the volume.
    #[must_use]
    pub fn occluded(
        &self,
        boxes: &[[[usize; 3]; 2]],
        fill: &[f32],
        workspace: &mut Workspace,
    ) -> Vec<Vec<f32>> {
        match &self.0 {
            KeptBy::Dense(net, kept) => net.occluded(kept, boxes, fill, workspace),
            KeptBy::Sfcn(net, kept) => net.occluded(kept, boxes, fill, workspace),
        }
    }
}
