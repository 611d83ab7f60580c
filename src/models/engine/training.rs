//! The training loop, and the checkpoints from which it goes on.

use super::adam::Adam;
use super::learned::Split;
use super::task::{EpochMetrics, RunSettings, Samples, Step, Task, TrainError, TrainingProgress};
use crate::models::nets::Network;
use crate::models::weights::{Tensors, WeightsError, average, draw, fill, open_pack, tensors_of};
use burn::optim::GradientsParams;
use burn::store::bridge;
use burn::store::burn_pack::Writer;
use burn::tensor::{Device, TensorData};
use rand::SeedableRng;
use rand::seq::SliceRandom;
use rand_chacha::ChaCha8Rng;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::ops::ControlFlow;
use std::path::Path;

/// A trained network.
pub struct FinishedTraining<N> {
    /// The weights that are kept: those of the best epoch by [`Task::merit`], or else the last ones.
    pub net: N,
    /// The epoch that they are of, counted from 1.
    pub kept_epoch: usize,
    /// After each epoch.
    pub history: Vec<EpochMetrics>,
}

/// What a training begins with.
#[derive(Clone, Copy)]
pub enum Begin<'a> {
    /// Weights drawn from the seed.
    Drawn,
    /// These weights; tensors that they lack are drawn.
    Weights(&'a Tensors),
    /// The checkpoint of the same training.
    Checkpoint,
    /// The same, as far as it got: nothing more is learned.
    AsFarAsItGot,
}

/// What a checkpoint says of itself.
#[derive(Serialize, Deserialize)]
struct State<S> {
    settings: S,
    run: RunSettings,
    split: Split,
    data: String,
    steps: i32,
    history: Vec<EpochMetrics>,
}

const STATE_KEY: &str = "training";

/// Trains a network. A checkpoint is written after each epoch, whole or not at all; the same
/// settings, data and device give the same weights, however often it was interrupted.
///
/// # Errors
/// When the settings make no sense, when the checkpoint is of another training or cannot be
/// written, when the loss diverges, and when `progress` answers to stop.
pub fn train<T: Task>(
    task: &T,
    run: &RunSettings,
    samples: &Samples<'_, T::Sample>,
    device: &Device,
    checkpoint: &Path,
    begin: Begin<'_>,
    progress: &mut dyn FnMut(TrainingProgress) -> ControlFlow<()>,
) -> Result<FinishedTraining<T::Net>, TrainError> {
    run.check()?;
    let (n_train, n_test) = (samples.learn_from.len(), samples.judged_by.len());
    if n_train == 0 || n_test == 0 {
        return Err(TrainError::TooFew {
            n: n_train + n_test,
        });
    }
    let tracked = device.clone().autodiff();
    let mut training = Training {
        task,
        run,
        samples,
        device: &tracked,
        state: match begin {
            Begin::Drawn => TrainingState::begin(task, &drawn(task, run)?, &tracked)?,
            Begin::Weights(weights) => {
                let mut begun = drawn(task, run)?;
                begun.extend(weights.clone());
                TrainingState::begin(task, &begun, &tracked)?
            }
            Begin::Checkpoint | Begin::AsFarAsItGot => {
                TrainingState::open(task, run, samples, &tracked, checkpoint)?
            }
        },
    };
    let n_epochs = match begin {
        Begin::AsFarAsItGot => training.state.history.len(),
        _ => run.epochs,
    };
    while training.state.history.len() < n_epochs {
        let epoch = training.state.history.len();
        let Some(train_loss) = training.epoch(epoch, progress)? else {
            return Err(TrainError::Stopped { epochs: epoch });
        };
        let metrics = EpochMetrics {
            epoch: epoch + 1,
            train_loss,
            test: task.judge(training.kept()?, &samples.judged_by, epoch, &tracked)?,
        };
        training.state.history.push(metrics.clone());
        training.choose()?;
        training.save(checkpoint)?;
        if progress(TrainingProgress::Epoch(metrics)).is_break() && epoch + 1 < run.epochs {
            return Err(TrainError::Stopped { epochs: epoch + 1 });
        }
    }
    let (net, kept_epoch) = match &training.state.best {
        Some(weights) => (
            fill(task.init(&device.clone().inner()), weights)?,
            training.best_epoch().map_or(n_epochs, |best| best.epoch),
        ),
        None => (training.kept()?, n_epochs),
    };
    Ok(FinishedTraining {
        net,
        kept_epoch,
        history: training.state.history,
    })
}

/// A training under way.
struct Training<'a, T: Task> {
    task: &'a T,
    run: &'a RunSettings,
    samples: &'a Samples<'a, T::Sample>,
    /// Tracks gradients.
    device: &'a Device,
    state: TrainingState<T::Net>,
}

/// What changes in a training, and is kept in its checkpoint.
struct TrainingState<N> {
    net: N,
    adam: Adam,
    /// Running average of the weights, where the task has one.
    average: Option<Tensors>,
    /// The weights of the best epoch so far, where the task chooses.
    best: Option<Tensors>,
    history: Vec<EpochMetrics>,
}

impl<T: Task> Training<'_, T> {
    /// One pass over the patients; the mean loss, or `None` where `progress` answers to stop.
    fn epoch(
        &mut self,
        epoch: usize,
        progress: &mut dyn FnMut(TrainingProgress) -> ControlFlow<()>,
    ) -> Result<Option<f64>, TrainError> {
        let (run, samples) = (self.run, &self.samples.learn_from);
        let mut rng = ChaCha8Rng::seed_from_u64(run.seed);
        rng.set_stream(1 + epoch as u64);
        let mut order: Vec<usize> = (0..samples.len()).collect();
        order.shuffle(&mut rng);
        let steps_an_epoch = samples.len().div_ceil(run.batch);
        let schedule = self.task.rate_schedule();
        let state = &mut self.state;
        let mut sum = 0.0;
        for (at, chosen) in order.chunks(run.batch).enumerate() {
            let step = epoch * steps_an_epoch + at;
            let batch: Vec<&T::Sample> = chosen.iter().map(|&sample| samples[sample]).collect();
            let stands = Step { epoch, step, run };
            let loss = self.task.loss(&state.net, &batch, stands, self.device);
            let value: f32 = loss.clone().into_scalar();
            if !value.is_finite() {
                return Err(TrainError::Diverged { epoch: epoch + 1 });
            }
            sum += f64::from(value) * batch.len() as f64;
            let grads = GradientsParams::from_grads(loss.backward(), &state.net);
            let rate = run.learning_rate * schedule.factor(step, steps_an_epoch, run.epochs);
            state.net = state.adam.step(state.net.clone(), grads, rate);
            if let Some(keep) = self.task.averaging() {
                state.net.sync_statistics();
                average(&mut state.average, tensors_of(&state.net)?, keep, step);
            }
            let done = TrainingProgress::Step {
                epoch: epoch + 1,
                done: (step + 1) as f64 / (steps_an_epoch * run.epochs) as f64,
            };
            if progress(done).is_break() && at + 1 < steps_an_epoch {
                return Ok(None);
            }
        }
        state.net.sync_statistics();
        Ok(Some(sum / samples.len() as f64))
    }

    /// The best epoch so far, the earlier one of two alike; none where the task does not choose.
    fn best_epoch(&self) -> Option<&EpochMetrics> {
        let mut best: Option<(f64, &EpochMetrics)> = None;
        for epoch in &self.state.history {
            if let Some(merit) = self.task.merit(epoch)
                && best.is_none_or(|(so_far, _)| merit > so_far)
            {
                best = Some((merit, epoch));
            }
        }
        best.map(|(_, epoch)| epoch)
    }

    /// Keeps the weights of the epoch that is done, if it is the best so far.
    fn choose(&mut self) -> Result<(), TrainError> {
        let done = self.state.history.len();
        if self.best_epoch().is_some_and(|best| best.epoch == done) {
            let own = tensors_of(&self.state.net)?;
            self.state.best = Some(self.state.average.clone().unwrap_or(own));
        }
        Ok(())
    }

    /// The network as it is now, averaged where the task averages, on the device without gradients.
    fn kept(&self) -> Result<T::Net, TrainError> {
        let own = tensors_of(&self.state.net)?;
        let weights = self.state.average.as_ref().unwrap_or(&own);
        let plain = self.device.clone().inner();
        Ok(fill(self.task.init(&plain), weights)?)
    }

    fn save(&self, path: &Path) -> Result<(), TrainError> {
        let refused = |reason: String| WeightsError::Write {
            reason,
            path: path.to_owned(),
        };
        let (steps, moments) = self.state.adam.state();
        let state = State {
            settings: self.task.settings(),
            run: self.run.clone(),
            split: self.samples.split.clone(),
            data: self.samples.fingerprint.to_owned(),
            steps,
            history: self.state.history.clone(),
        };
        let state = serde_json::to_string(&state).map_err(|error| refused(error.to_string()))?;
        let mut tensors = Vec::new();
        let mut pack = |part: &str, name: &str, data: TensorData| {
            tensors.push(bridge::from_data(data, format!("{part}/{name}"), None));
        };
        for (name, data) in tensors_of(&self.state.net)? {
            pack("weights", &name, data);
        }
        for (name, data) in self.state.average.iter().flatten() {
            pack("average", name, data.clone());
        }
        for (name, data) in self.state.best.iter().flatten() {
            pack("best", name, data.clone());
        }
        for (at, [first, second]) in moments.into_iter().enumerate() {
            if first.num_elements() > 0 {
                pack("first", &at.to_string(), first);
                pack("second", &at.to_string(), second);
            }
        }
        Writer::new(tensors)
            .with_metadata(STATE_KEY, &state)
            .auto_extension(false)
            .overwrite(true)
            .write_to_file(path)
            .map_err(|error| refused(error.to_string()))?;
        Ok(())
    }
}

impl<N: Network> TrainingState<N> {
    fn begin<T: Task<Net = N>>(
        task: &T,
        weights: &Tensors,
        device: &Device,
    ) -> Result<Self, TrainError> {
        Ok(Self {
            net: fill(task.init(device), weights)?,
            adam: Adam::new().with_weight_decay(task.weight_decay()),
            average: None,
            best: None,
            history: Vec::new(),
        })
    }

    fn open<T: Task<Net = N>>(
        task: &T,
        run: &RunSettings,
        samples: &Samples<'_, T::Sample>,
        device: &Device,
        path: &Path,
    ) -> Result<Self, TrainError> {
        let refused = |reason: String| WeightsError::Container {
            reason,
            path: path.to_owned(),
        };
        let pack = open_pack(path).map_err(refused)?;
        let state = pack.metadata().get(STATE_KEY);
        let state = state.ok_or_else(|| refused("it holds no training".to_owned()))?;
        let state: State<T::Settings> =
            serde_json::from_str(state).map_err(|error| refused(error.to_string()))?;
        let is_other = state.settings != *task.settings() || state.run != *run;
        let differences = [
            ("the settings", is_other),
            ("the patients of the split", state.split != *samples.split),
            ("the images", state.data != samples.fingerprint),
        ];
        let what: Vec<&str> = differences.iter().filter(|d| d.1).map(|d| d.0).collect();
        if !what.is_empty() {
            return Err(TrainError::OtherTraining {
                what: what.join(" and "),
                path: path.to_owned(),
            });
        }
        let (mut own, mut average, mut best) = (Tensors::new(), Tensors::new(), Tensors::new());
        let mut moments: BTreeMap<usize, [Option<TensorData>; 2]> = BTreeMap::new();
        let all = pack
            .into_tensors()
            .map_err(|error| refused(error.to_string()))?;
        for tensor in all {
            let full = tensor.name.clone();
            let data = bridge::into_data(tensor).map_err(|error| refused(error.to_string()))?;
            let (part, name) = full.split_once('/').unwrap_or(("", &full));
            match part {
                "weights" => drop(own.insert(name.to_owned(), data)),
                "average" => drop(average.insert(name.to_owned(), data)),
                "best" => drop(best.insert(name.to_owned(), data)),
                "first" | "second" => {
                    let at = name.parse().map_err(|_| refused(full.clone()))?;
                    moments.entry(at).or_default()[usize::from(part == "second")] = Some(data);
                }
                _ => return Err(refused(format!("{full} is no part of a training")).into()),
            }
        }
        let none = || TensorData::new(Vec::<f32>::new(), [0]);
        let n = moments.keys().next_back().map_or(0, |last| last + 1);
        let moments = (0..n).map(|at| {
            let both = moments.remove(&at).unwrap_or_default();
            both.map(|data| data.unwrap_or_else(none))
        });
        let net = fill(task.init(device), &own);
        Ok(Self {
            net: net.map_err(|misfit| refused(misfit.to_string()))?,
            adam: Adam::from_state(state.steps, moments.collect(), device)
                .with_weight_decay(task.weight_decay()),
            average: (!average.is_empty()).then_some(average),
            best: (!best.is_empty()).then_some(best),
            history: state.history,
        })
    }
}

/// The weights that a training begins with. They are drawn here and not by the device, whose random
/// numbers all threads share: the seed alone decides.
fn drawn<T: Task>(task: &T, run: &RunSettings) -> Result<Tensors, TrainError> {
    let mut weights = tensors_of(&task.init(&Device::flex()))?;
    draw(&mut weights, run.seed, &|name| task.begins_as_made(name));
    Ok(weights)
}
