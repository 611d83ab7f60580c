//! A network that makes a few numbers of a volume, ready to predict on a device.

use super::densenet::DenseOnProcessor;
use crate::models::device::{DeviceFailed, guarded};
use crate::models::nets::Classifier;
use burn::tensor::{Device, Tensor, TensorData};

/// Such a network: with layers of this program's own where it is a dense one on the processor.
#[derive(Debug)]
pub struct FoldedClassifier(MadeFor);

#[derive(Debug)]
enum MadeFor {
    Processor(Box<DenseOnProcessor>),
    Other(Classifier, Device),
}

impl FoldedClassifier {
    /// From a network on a device.
    #[must_use]
    pub fn new(net: Classifier, device: &Device) -> Self {
        Self(match net {
            Classifier::Densenet(net) if *device == Device::flex() => {
                MadeFor::Processor(Box::new(DenseOnProcessor::from(&*net)))
            }
            net => MadeFor::Other(net, device.clone()),
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
            MadeFor::Processor(net) => net.forward(volume, size),
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

    /// The layers on the processor, where there are any.
    #[must_use]
    pub fn on_processor(&self) -> Option<&DenseOnProcessor> {
        match &self.0 {
            MadeFor::Processor(net) => Some(net),
            MadeFor::Other(..) => None,
        }
    }
}
