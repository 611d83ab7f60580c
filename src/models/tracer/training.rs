//! Training of a tracer network: the tracer study's recipe, and a better one.

use super::augment::{Changes, tensors};
use super::data::{Case, Cases};
use super::errors::errors_of;
use super::predictor::Predictor;
use super::settings::{Loss, Recipe, TracerSettings};
use crate::models::device::DeviceFailed;
use crate::models::engine::{
    self, Begin, FinishedTraining, RateSchedule, RunSettings, Split, Step, Task, TrainError,
    TrainingProgress,
};
use crate::models::nets::UNet;
use burn::tensor::{Device, Tensor};
use std::collections::BTreeMap;
use std::ops::ControlFlow;
use std::path::Path;

/// What is judged after each epoch: the loss, then both errors.
pub const TEST_METRICS: [&str; 3] = ["test_loss", "test_mse", "test_mae"];

/// Trains a network to predict planes of 24 h; see [`engine::train`].
///
/// # Errors
/// As [`engine::train`].
#[expect(
    clippy::too_many_arguments,
    reason = "each decides the training and none has a default"
)]
pub fn train(
    cases: &Cases,
    split: &Split,
    settings: &TracerSettings,
    run: &RunSettings,
    device: &Device,
    checkpoint: &Path,
    begin: Begin<'_>,
    progress: &mut dyn FnMut(TrainingProgress) -> ControlFlow<()>,
) -> Result<FinishedTraining<UNet>, TrainError> {
    settings.check()?;
    let samples = cases.samples(split);
    let task = TracerTask { settings };
    engine::train(&task, run, &samples, device, checkpoint, begin, progress)
}

struct TracerTask<'a> {
    settings: &'a TracerSettings,
}

impl Task for TracerTask<'_> {
    type Net = UNet;
    type Sample = Case;
    type Settings = TracerSettings;

    fn settings(&self) -> &TracerSettings {
        self.settings
    }

    fn init(&self, device: &Device) -> UNet {
        self.settings.shape().init(device)
    }

    /// The context begins with zeros, so that it changes nothing at first.
    fn begins_as_made(&self, tensor: &str) -> bool {
        tensor.starts_with("context.expand")
    }

    fn rate_schedule(&self) -> RateSchedule {
        match self.settings.recipe {
            Recipe::Paper => RateSchedule::Constant,
            Recipe::Best | Recipe::Varied => RateSchedule::WarmupCosine,
        }
    }

    fn averaging(&self) -> Option<f32> {
        (self.settings.recipe != Recipe::Paper).then_some(0.99)
    }

    fn loss(&self, net: &UNet, batch: &[&Case], at: Step<'_>, device: &Device) -> Tensor<1> {
        let recipe = self.settings.recipe;
        let is_varied = recipe == Recipe::Varied;
        let changes = (recipe != Recipe::Paper).then(|| Changes {
            drawn_from: (at.run.seed, at.step as u64),
            other_scanner: is_varied.then_some(self.settings.preparation.scaling),
        });
        let half = recipe.is_half_size(at.run, at.epoch);
        let [input, target] = tensors(batch, changes, half, device);
        let difference = net.forward(input) - target;
        match self.settings.loss {
            Loss::L2 => difference.square().mean(),
            Loss::L1 => difference.abs().mean(),
        }
    }

    fn judge(
        &self,
        net: UNet,
        cases: &[&Case],
        _epoch: usize,
        device: &Device,
    ) -> Result<BTreeMap<String, f64>, DeviceFailed> {
        let predictor = Predictor::new(net, self.settings.recipe.is_mirrored());
        let made = predictor.predictions(cases, device)?;
        let pairs = made.iter().zip(cases);
        let [mse, mae] = errors_of(pairs.map(|(made, case)| (&made[..], &case.target[..])));
        let loss = match self.settings.loss {
            Loss::L2 => mse,
            Loss::L1 => mae,
        };
        let named = TEST_METRICS.map(str::to_owned).into_iter();
        Ok(named.zip([loss, mse, mae]).collect())
    }
}
