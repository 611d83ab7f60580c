//! Training of a network that counts.

use super::data::{CountedCase, CountedCases};
use super::pieces::tensor;
use super::settings::CountsSettings;
use crate::models::device::{DeviceFailed, guarded};
use crate::models::engine::{
    self, Begin, FinishedTraining, RunSettings, Split, Step, Task, TrainError, TrainingProgress,
};
use crate::models::nets::Counter;
use burn::module::Param;
use burn::tensor::{Device, Tensor, TensorData};
use std::collections::BTreeMap;
use std::ops::ControlFlow;
use std::path::Path;

/// What is judged after each epoch: the mean squared and the mean absolute difference to the rater.
pub const TEST_METRICS: [&str; 2] = ["test_loss", "test_mae"];

/// Trains a network; see [`engine::train`].
///
/// # Errors
/// As [`engine::train`].
#[expect(
    clippy::too_many_arguments,
    reason = "each decides the training and none has a default"
)]
pub fn train(
    cases: &CountedCases,
    split: &Split,
    settings: &CountsSettings,
    run: &RunSettings,
    device: &Device,
    checkpoint: &Path,
    begin: Begin<'_>,
    progress: &mut dyn FnMut(TrainingProgress) -> ControlFlow<()>,
) -> Result<FinishedTraining<Counter>, TrainError> {
    settings.check()?;
    let samples = cases.samples(split);
    let counts = samples.learn_from.iter().map(|case| case.count);
    let task = CountsTask {
        settings,
        mean: counts.sum::<f64>() / samples.learn_from.len().max(1) as f64,
        seed: run.seed,
    };
    engine::train(&task, run, &samples, device, checkpoint, begin, progress)
}

struct CountsTask<'a> {
    settings: &'a CountsSettings,
    /// Of the counts that are learned from.
    mean: f64,
    seed: u64,
}

fn targets(cases: &[&CountedCase], device: &Device) -> Tensor<1> {
    let counts: Vec<f32> = cases.iter().map(|case| case.count as f32).collect();
    let n = counts.len();
    Tensor::from_data(TensorData::new(counts, [n]), device)
}

impl Task for CountsTask<'_> {
    type Net = Counter;
    type Sample = CountedCase;
    type Settings = CountsSettings;

    fn settings(&self) -> &CountsSettings {
        self.settings
    }

    /// The bias begins with the mean count, so that only differences are to be learned.
    fn init(&self, device: &Device) -> Counter {
        let mut net = self.settings.shape.init(device);
        let bias = Tensor::<1>::from_floats([self.mean as f32], device);
        net.out.bias = Some(Param::from_tensor(bias));
        net
    }

    fn begins_as_made(&self, tensor: &str) -> bool {
        tensor == "out.bias"
    }

    fn averaging(&self) -> Option<f32> {
        self.settings.averaging
    }

    fn loss(
        &self,
        net: &Counter,
        batch: &[&CountedCase],
        at: Step<'_>,
        device: &Device,
    ) -> Tensor<1> {
        let x = tensor(
            batch,
            self.settings,
            self.seed,
            Some(at.step as u64),
            device,
        );
        let difference = net.forward(x) - targets(batch, device);
        difference.square().mean()
    }

    fn judge(
        &self,
        net: Counter,
        cases: &[&CountedCase],
        _epoch: usize,
        device: &Device,
    ) -> Result<BTreeMap<String, f64>, DeviceFailed> {
        let plain = device.clone().inner();
        let [mut squared, mut absolute] = [0.0; 2];
        for &case in cases {
            let made = guarded(|| {
                let x = tensor(&[case], self.settings, self.seed, None, &plain);
                f64::from(net.forward(x).into_scalar::<f32>())
            });
            let off = made.map_err(DeviceFailed)? - case.count;
            squared += off * off;
            absolute += off.abs();
        }
        let n = cases.len() as f64;
        let named = TEST_METRICS.map(str::to_owned).into_iter();
        Ok(named.zip([squared / n, absolute / n]).collect())
    }
}
