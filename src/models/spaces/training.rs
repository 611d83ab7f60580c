//! Training of a network that marks spaces, and of the autoencoder before it.

use super::crops::{size_of, tensors};
use super::data::{MaskedCase, MaskedCases};
use super::settings::{SpacesLoss, SpacesSettings};
use crate::models::device::{DeviceFailed, guarded};
use crate::models::engine::{
    self, Begin, FinishedTraining, RunSettings, Split, Step, Task, TrainError, TrainingProgress,
};
use crate::models::nets::VolumeUNet;
use burn::tensor::activation::sigmoid;
use burn::tensor::{Device, Tensor};
use std::collections::BTreeMap;
use std::ops::ControlFlow;
use std::path::Path;

/// What is judged after each epoch: the loss, and the Dice coefficient of the mask at 0.5, which an
/// autoencoder has not.
pub const TEST_METRICS: [&str; 2] = ["test_loss", "test_dice"];

/// Cases that are judged together.
const TOGETHER: usize = 2;

/// Trains a network; see [`engine::train`].
///
/// # Errors
/// As [`engine::train`].
#[expect(
    clippy::too_many_arguments,
    reason = "each decides the training and none has a default"
)]
pub fn train(
    cases: &MaskedCases,
    split: &Split,
    settings: &SpacesSettings,
    run: &RunSettings,
    device: &Device,
    checkpoint: &Path,
    begin: Begin<'_>,
    progress: &mut dyn FnMut(TrainingProgress) -> ControlFlow<()>,
) -> Result<FinishedTraining<VolumeUNet>, TrainError> {
    settings.check()?;
    let samples = cases.samples(split);
    let all: Vec<&MaskedCase> = cases.cases.iter().collect();
    let task = SpacesTask {
        settings,
        size: size_of(settings, &all),
        seed: run.seed,
    };
    engine::train(&task, run, &samples, device, checkpoint, begin, progress)
}

struct SpacesTask<'a> {
    settings: &'a SpacesSettings,
    size: [usize; 3],
    seed: u64,
}

/// What a step adds up: of probabilities times mask, of probabilities, and of the mask.
fn sums(logits: Tensor<5>, mask: Tensor<5>) -> [Tensor<1>; 3] {
    let probability = sigmoid(logits);
    [
        (probability.clone() * mask.clone()).sum(),
        probability.sum(),
        mask.sum(),
    ]
}

impl Task for SpacesTask<'_> {
    type Net = VolumeUNet;
    type Sample = MaskedCase;
    type Settings = SpacesSettings;

    fn settings(&self) -> &SpacesSettings {
        self.settings
    }

    fn init(&self, device: &Device) -> VolumeUNet {
        self.settings.shape.init(device)
    }

    fn averaging(&self) -> Option<f32> {
        self.settings.averaging
    }

    fn loss(
        &self,
        net: &VolumeUNet,
        batch: &[&MaskedCase],
        at: Step<'_>,
        device: &Device,
    ) -> Tensor<1> {
        // What is left out is drawn by the device: the same in each run of the same step.
        device.seed(at.run.seed ^ (at.step as u64).wrapping_mul(0x9E37_79B9_7F4A_7C15));
        let step = Some(at.step as u64);
        let [x, mask] = tensors(batch, self.settings, self.size, self.seed, step, device);
        let made = net.forward(x.clone());
        match self.settings.loss {
            SpacesLoss::Reconstruction => (made - x).square().mean(),
            SpacesLoss::Dice => {
                let [both, made, marked] = sums(made, mask);
                // One voxel on either side, so that empty pieces have a number.
                (both * 2.0 + 1.0) / (made + marked + 1.0) * -1.0 + 1.0
            }
        }
    }

    fn judge(
        &self,
        net: VolumeUNet,
        cases: &[&MaskedCase],
        _epoch: usize,
        device: &Device,
    ) -> Result<BTreeMap<String, f64>, DeviceFailed> {
        let plain = device.clone().inner();
        let mut total = [0.0_f64; 6];
        for cases in cases.chunks(TOGETHER) {
            let made = guarded(|| {
                let [x, mask] = tensors(cases, self.settings, self.size, self.seed, None, &plain);
                let made = net.forward(x.clone());
                let off = (made.clone() - x).square().mean();
                let found = made.clone().greater_elem(0.0).float();
                let n = cases.len() as f64;
                let hits = (found.clone() * mask.clone()).sum();
                let [both, sum, marked] = sums(made, mask);
                let all = [both, sum, marked, hits, found.sum(), off * n];
                all.map(|one| f64::from(one.into_scalar::<f32>()))
            });
            for (total, made) in total.iter_mut().zip(made.map_err(DeviceFailed)?) {
                *total += made;
            }
        }
        let [both, sum, marked, hits, found, off] = total;
        let mut named = BTreeMap::new();
        let mut name = |at: usize, value: f64| named.insert(TEST_METRICS[at].to_owned(), value);
        match self.settings.loss {
            SpacesLoss::Reconstruction => {
                name(0, off / cases.len() as f64);
            }
            SpacesLoss::Dice => {
                name(0, 1.0 - (2.0 * both + 1.0) / (sum + marked + 1.0));
                name(1, 2.0 * hits / (found + marked).max(1.0));
            }
        }
        Ok(named)
    }
}
