//! Training of the U-net: the tracer study's recipe, and a better one.

use super::adam::Adam;
use super::augment::{halved, warped};
use super::checkpoint::CheckpointError;
use super::data::{Case, Cases, PLANE_PIXELS, Split};
use super::folded::Folded;
use super::recipe::{DeviceFailed, EpochErrors, Loss, Recipe, Told, TrainError, Training};
use super::unet::UNet;
use crate::volume::PLANE_SIZE;
use burn::optim::GradientsParams;
use burn::store::burn_pack::{Reader, Writer};
use burn::store::{ModuleSnapshot, bridge};
use burn::tensor::{Device, Tensor, TensorData};
use rand::seq::SliceRandom;
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use rayon::prelude::*;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::ops::ControlFlow;
use std::path::Path;

/// A trained network.
pub struct Trained {
    /// Its weights, unfolded.
    pub net: UNet,
    /// After each epoch.
    pub history: Vec<EpochErrors>,
}

/// What a training begins with.
#[derive(Clone, Copy)]
pub enum Begin<'a> {
    /// Weights drawn from the seed.
    Drawn,
    /// The weights of a network of the same shape, which may lack the context.
    Network(&'a UNet),
    /// The checkpoint of the same training.
    Checkpoint,
}

/// What a checkpoint says of itself.
#[derive(Serialize, Deserialize)]
struct State {
    training: Training,
    split: Split,
    data: String,
    steps: i32,
    history: Vec<EpochErrors>,
}

const STATE_KEY: &str = "training";

/// A network by its tensors, in the order of their names.
type Weights = BTreeMap<String, TensorData>;

/// Trains a network. A checkpoint is written after each epoch, whole or not at all; the same
/// settings, data and device give the same weights, however often it was interrupted.
///
/// # Errors
/// When the settings make no sense, when the checkpoint is of another training or cannot be
/// written, when the loss diverges, and when `tell` answers to stop.
pub fn train(
    cases: &Cases,
    split: &Split,
    training: &Training,
    device: &Device,
    checkpoint: &Path,
    begin: Begin<'_>,
    tell: &mut dyn FnMut(Told) -> ControlFlow<()>,
) -> Result<Trained, TrainError> {
    training.check()?;
    let learn_from = cases.of(&split.train);
    let judged_by = cases.of(&split.test);
    if learn_from.is_empty() || judged_by.is_empty() {
        return Err(TrainError::TooFew {
            n: cases.cases.len(),
        });
    }
    let device = device.clone().autodiff();
    let mut run = match begin {
        Begin::Drawn => Run::begin(training, &drawn(training)?, &device)?,
        Begin::Network(net) => {
            // What the network lacks, its context, is drawn and changes nothing as yet.
            let mut begun = drawn(training)?;
            begun.extend(weights(net)?);
            Run::begin(training, &begun, &device)?
        }
        Begin::Checkpoint => Run::open(training, split, cases, &device, checkpoint)?,
    };
    while run.history.len() < training.epochs {
        let epoch = run.history.len();
        let whole = run.epoch(training, &learn_from, &device, epoch, tell)?;
        let Some(train_loss) = whole else {
            return Err(TrainError::Stopped { epochs: epoch });
        };
        let judged = run.kept(training, &device)?;
        let [test_mse, test_mae] = errors(&judged.folded(), &judged_by, &device)?;
        let errors = EpochErrors {
            epoch: epoch + 1,
            train_loss,
            test_loss: match training.loss {
                Loss::L2 => test_mse,
                Loss::L1 => test_mae,
            },
            test_mse,
            test_mae,
        };
        run.history.push(errors);
        run.save(training, split, cases, checkpoint)?;
        if tell(Told::Epoch(errors)).is_break() && epoch + 1 < training.epochs {
            return Err(TrainError::Stopped { epochs: epoch + 1 });
        }
    }
    Ok(Trained {
        net: run.kept(training, &device)?,
        history: run.history,
    })
}

/// A training under way.
struct Run {
    net: UNet,
    adam: Adam,
    /// Running average of the weights, where the recipe has one.
    average: Option<Weights>,
    history: Vec<EpochErrors>,
}

impl Run {
    fn begin(
        training: &Training,
        weights: &Weights,
        device: &Device,
    ) -> Result<Self, DeviceFailed> {
        Ok(Self {
            net: with_weights(training, weights, device)?,
            adam: Adam::new(),
            average: None,
            history: Vec::new(),
        })
    }

    /// One pass over the patients; the mean loss, or `None` where `tell` answers to stop.
    fn epoch(
        &mut self,
        training: &Training,
        cases: &[&Case],
        device: &Device,
        epoch: usize,
        tell: &mut dyn FnMut(Told) -> ControlFlow<()>,
    ) -> Result<Option<f64>, TrainError> {
        let mut rng = ChaCha8Rng::seed_from_u64(training.seed);
        rng.set_stream(1 + epoch as u64);
        let mut order: Vec<usize> = (0..cases.len()).collect();
        order.shuffle(&mut rng);
        let steps_an_epoch = cases.len().div_ceil(training.batch);
        let n_steps = steps_an_epoch * training.epochs;
        let mut sum = 0.0;
        for (at, chosen) in order.chunks(training.batch).enumerate() {
            let step = epoch * steps_an_epoch + at;
            let batch: Vec<&Case> = chosen.iter().map(|&case| cases[case]).collect();
            let half = training.is_half_size(epoch);
            let warps = (training.recipe == Recipe::Best).then_some((training.seed, step as u64));
            let [input, target] = tensors(&batch, warps, half, device);
            let difference = self.net.forward(input) - target;
            let loss = match training.loss {
                Loss::L2 => difference.square().mean(),
                Loss::L1 => difference.abs().mean(),
            };
            let value: f32 = loss.clone().into_scalar();
            if !value.is_finite() {
                return Err(TrainError::Diverged { epoch: epoch + 1 });
            }
            sum += f64::from(value) * batch.len() as f64;
            let grads = GradientsParams::from_grads(loss.backward(), &self.net);
            let rate = training.learning_rate_at(step, n_steps);
            self.net = self.adam.step(self.net.clone(), grads, rate);
            if training.recipe == Recipe::Best {
                self.net.sync_statistics();
                averaged(&mut self.average, weights(&self.net)?, step);
            }
            let done = (step + 1) as f64 / n_steps as f64;
            let told = Told::Step {
                epoch: epoch + 1,
                done,
            };
            if tell(told).is_break() && at + 1 < steps_an_epoch {
                return Ok(None);
            }
        }
        self.net.sync_statistics();
        Ok(Some(sum / cases.len() as f64))
    }

    /// The network as it would be kept now, on the device without gradients.
    fn kept(&self, training: &Training, device: &Device) -> Result<UNet, DeviceFailed> {
        let own = weights(&self.net)?;
        let plain = device.clone().inner();
        with_weights(training, self.average.as_ref().unwrap_or(&own), &plain)
    }

    fn save(
        &self,
        training: &Training,
        split: &Split,
        cases: &Cases,
        path: &Path,
    ) -> Result<(), TrainError> {
        let refused = |reason: String| CheckpointError::Write {
            reason,
            path: path.to_owned(),
        };
        let (steps, moments) = self.adam.state();
        let state = State {
            training: training.clone(),
            split: split.clone(),
            data: cases.fingerprint.clone(),
            steps,
            history: self.history.clone(),
        };
        let state = serde_json::to_string(&state).map_err(|error| refused(error.to_string()))?;
        let mut tensors = Vec::new();
        let mut pack = |part: &str, name: &str, data: TensorData| {
            tensors.push(bridge::from_data(data, format!("{part}/{name}"), None));
        };
        for (name, data) in weights(&self.net)? {
            pack("weights", &name, data);
        }
        for (name, data) in self.average.iter().flatten() {
            pack("average", name, data.clone());
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

    fn open(
        training: &Training,
        split: &Split,
        cases: &Cases,
        device: &Device,
        path: &Path,
    ) -> Result<Self, TrainError> {
        let refused = |reason: String| CheckpointError::Container {
            reason,
            path: path.to_owned(),
        };
        let pack = Reader::from_file(path).map_err(|error| refused(error.to_string()))?;
        let state = pack.metadata().get(STATE_KEY);
        let state = state.ok_or_else(|| refused("it holds no training".to_owned()))?;
        let state: State =
            serde_json::from_str(state).map_err(|error| refused(error.to_string()))?;
        let differences = [
            ("the settings", state.training != *training),
            ("the patients of the split", state.split != *split),
            ("the images", state.data != cases.fingerprint),
        ];
        let what: Vec<&str> = differences.iter().filter(|d| d.1).map(|d| d.0).collect();
        if !what.is_empty() {
            return Err(TrainError::OtherTraining {
                what: what.join(" and "),
                path: path.to_owned(),
            });
        }
        let (mut own, mut average) = (Weights::new(), Weights::new());
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
                "first" | "second" => {
                    let at = name.parse().map_err(|_| refused(full.clone()))?;
                    moments.entry(at).or_default()[usize::from(part == "second")] = Some(data);
                }
                _ => return Err(refused(format!("what is {full}?")).into()),
            }
        }
        let none = || TensorData::new(Vec::<f32>::new(), [0]);
        let n = moments.keys().next_back().map_or(0, |last| last + 1);
        let moments = (0..n).map(|at| {
            let both = moments.remove(&at).unwrap_or_default();
            both.map(|data| data.unwrap_or_else(none))
        });
        Ok(Self {
            net: with_weights(training, &own, device).map_err(|error| refused(error.0))?,
            adam: Adam::from_state(state.steps, moments.collect(), device),
            average: (!average.is_empty()).then_some(average),
            history: state.history,
        })
    }
}

/// All tensors of a network, running statistics too.
fn weights(net: &UNet) -> Result<Weights, DeviceFailed> {
    let packed = net.collect(None, None, false).into_iter();
    packed
        .map(|tensor| {
            let name = tensor.name.clone();
            let data = bridge::into_data(tensor).map_err(|e| DeviceFailed(e.to_string()))?;
            Ok((name, data))
        })
        .collect()
}

/// What a training begins with: PyTorch's own choice, which is every weight and bias of a
/// convolution evenly within one over the root of the number of weights that an output of it sums
/// up. Drawn here and not by the device, whose random numbers all threads share: the seed alone
/// decides.
fn drawn(training: &Training) -> Result<Weights, DeviceFailed> {
    let mut weights = weights(&training.shape().init(&Device::flex()))?;
    let stem = |name: &str| name.rsplit_once('.').map(|(stem, _)| stem.to_owned());
    let reach: BTreeMap<_, f32> = weights
        .iter()
        .filter(|(_, data)| data.shape().len() == 4)
        .map(|(name, data)| (stem(name), data.shape()[1..].iter().product::<usize>()))
        .map(|(stem, n)| (stem, 1.0 / (n as f32).sqrt()))
        .collect();
    let mut rng = ChaCha8Rng::seed_from_u64(training.seed ^ 0x0057_4549_4748);
    for (name, data) in &mut weights {
        if name.starts_with("context.expand") {
            continue; // zeros
        }
        if let Some(&reach) = reach.get(&stem(name)) {
            let n: usize = data.shape().iter().product();
            let values: Vec<f32> = (0..n).map(|_| rng.random_range(-reach..reach)).collect();
            *data = TensorData::new(values, data.shape().clone());
        }
    }
    Ok(weights)
}

/// A network of a training's shape with these weights, or what is missing, left over or wrong.
fn with_weights(
    training: &Training,
    weights: &Weights,
    device: &Device,
) -> Result<UNet, DeviceFailed> {
    let mut net = training.shape().init(device);
    let packed = weights.iter();
    let packed = packed
        .map(|(name, data)| bridge::from_data(data.clone(), name.clone(), None))
        .collect();
    let applied = net.apply(packed, None, None, false);
    let missing = applied.missing.into_iter().map(|(name, _)| name);
    let wrong = applied.errors.iter().map(ToString::to_string);
    let misfits: Vec<String> = missing.chain(applied.unused).chain(wrong).collect();
    match misfits.is_empty() {
        true => Ok(net.with_mirror(training.recipe.is_mirrored())),
        false => Err(DeviceFailed(format!(
            "these tensors do not fit: {}",
            misfits.join(", ")
        ))),
    }
}

/// Moves a running average by a hundredth towards the weights; faster in the first steps, so that
/// the random beginning is soon forgotten.
fn averaged(average: &mut Option<Weights>, now: Weights, step: usize) {
    let Some(average) = average else {
        *average = Some(now);
        return;
    };
    let keep = (0.99_f32).min((1 + step) as f32 / (10 + step) as f32);
    average.par_iter_mut().for_each(|(name, data)| {
        let (Ok(old), Some(Ok(new))) = (
            data.try_to_vec::<f32>(),
            now.get(name).map(TensorData::try_to_vec::<f32>),
        ) else {
            return;
        };
        let mixed: Vec<f32> = old
            .iter()
            .zip(&new)
            .map(|(old, new)| keep * old + (1.0 - keep) * new)
            .collect();
        *data = TensorData::new(mixed, data.shape().clone());
    });
}

/// Inputs and targets of a batch, `[batch, channels, side, side]`; warped where there is something
/// to draw warps from.
fn tensors(
    batch: &[&Case],
    warps: Option<(u64, u64)>,
    half: bool,
    device: &Device,
) -> [Tensor<4>; 2] {
    let made: Vec<[Vec<f32>; 2]> = batch
        .par_iter()
        .enumerate()
        .map(|(at, case)| {
            let planes = match warps {
                Some((seed, step)) => {
                    let mut rng = ChaCha8Rng::seed_from_u64(seed ^ 0x0057_4152_5053);
                    rng.set_stream(step << 16 | at as u64);
                    warped(&mut rng, &case.input, &case.target)
                }
                None => [case.input.clone(), case.target.clone()],
            };
            if half {
                planes.map(|p| halved(&p))
            } else {
                planes
            }
        })
        .collect();
    let side = if half { PLANE_SIZE / 2 } else { PLANE_SIZE };
    [0, 1].map(|which| {
        let values: Vec<f32> = made
            .iter()
            .flat_map(|both| both[which].iter().copied())
            .collect();
        let channels = values.len() / (batch.len() * side * side);
        let data = TensorData::new(values, [batch.len(), channels, side, side]);
        Tensor::from_data(data, device)
    })
}

/// What a network makes of some patients, `[2, 256, 256]` each.
///
/// # Errors
/// When the device gives no numbers.
pub fn predictions(
    net: &Folded,
    cases: &[&Case],
    device: &Device,
) -> Result<Vec<Vec<f32>>, DeviceFailed> {
    let plain = device.clone().inner();
    let mut out = Vec::with_capacity(cases.len());
    for chunk in cases.chunks(4) {
        let [input, _] = tensors(chunk, None, false, &plain);
        let data = net.planes(input).into_data();
        let values = data
            .try_to_vec::<f32>()
            .map_err(|error| DeviceFailed(format!("{error:?}")))?;
        out.extend(values.chunks_exact(2 * PLANE_PIXELS).map(<[f32]>::to_vec));
    }
    Ok(out)
}

/// Mean squared and mean absolute error over all pixels of some patients.
fn errors(net: &Folded, cases: &[&Case], device: &Device) -> Result<[f64; 2], DeviceFailed> {
    let made = predictions(net, cases, device)?;
    Ok(super::evaluate::errors_of(
        made.iter()
            .zip(cases)
            .map(|(made, case)| (&made[..], &case.target[..])),
    ))
}
