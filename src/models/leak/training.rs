//! Training of a leak network: the paper's recipe, and a better one.

use super::augment::{Making, volumes};
use super::heads::{LeakHead, LeakHeads, inner_split};
use super::ranges::Ranges;
use super::settings::{LeakRecipe, LeakSettings};
use crate::models::device::DeviceFailed;
use crate::models::engine::{
    self, Begin, EpochMetrics, FinishedTraining, RateSchedule, RunSettings, Samples, Split, Step,
    Task, TrainError, TrainingProgress,
};
use crate::models::nets::{Classifier, ClassifierShape, DenseNet, Sfcn, VolumeNetwork};
use crate::models::weights::with_first_numbers;
use burn::tensor::activation::log_softmax;
use burn::tensor::{Device, Tensor, TensorData};
use std::collections::{BTreeMap, BTreeSet};
use std::marker::PhantomData;
use std::ops::ControlFlow;
use std::path::Path;

/// What is judged after each epoch: on the inner split, then on the fold that is reported. What a split
/// cannot tell is not a number.
pub const LEAK_METRICS: [&str; 4] = ["inner_loss", "inner_auroc", "fold_loss", "fold_auroc"];

/// The area under the ROC curve of scores with their labels, by whoever knows statistics.
pub type Auroc<'a> = &'a (dyn Fn(&[(f64, bool)]) -> Option<f64> + Sync);

/// A trained network with what became of it.
pub struct TrainedLeak {
    /// With its two numbers.
    pub net: Classifier,
    /// After each epoch.
    pub history: Vec<EpochMetrics>,
    /// The epoch that the weights are of, counted from 1.
    pub kept_epoch: usize,
    /// The patients of the inner split.
    pub inner: BTreeSet<String>,
}

/// Trains a network to tell whether a leak is likely to be found; see [`engine::train`].
///
/// # Errors
/// As [`engine::train`].
#[expect(
    clippy::too_many_arguments,
    reason = "each decides the training and none has a default"
)]
pub fn train_leak_network(
    heads: &LeakHeads,
    split: &Split,
    settings: &LeakSettings,
    run: &RunSettings,
    device: &Device,
    checkpoint: &Path,
    begin: Begin<'_>,
    auroc: Auroc<'_>,
    progress: &mut dyn FnMut(TrainingProgress) -> ControlFlow<()>,
) -> Result<TrainedLeak, TrainError> {
    settings.check(run.epochs)?;
    let trained = match settings.learning_shape() {
        ClassifierShape::Densenet(shape) => {
            let init = |device: &Device| shape.init(device);
            let given = (heads, split, settings, auroc);
            let task = LeakTask::<DenseNet>::new(given, &init);
            let done = task.train(heads, split, run, device, checkpoint, begin, progress)?;
            (
                Classifier::Densenet(Box::new(done.net)),
                done.history,
                done.kept_epoch,
                task.inner,
            )
        }
        ClassifierShape::Sfcn(shape) => {
            let init = |device: &Device| shape.init(device);
            let given = (heads, split, settings, auroc);
            let task = LeakTask::<Sfcn>::new(given, &init);
            let done = task.train(heads, split, run, device, checkpoint, begin, progress)?;
            (
                Classifier::Sfcn(Box::new(done.net)),
                done.history,
                done.kept_epoch,
                task.inner,
            )
        }
    };
    let (net, history, kept_epoch, inner) = trained;
    let plain = device.clone().inner();
    Ok(TrainedLeak {
        net: with_first_numbers(&net, &settings.shape(), &plain)?,
        history,
        kept_epoch,
        inner,
    })
}

struct LeakTask<'a, N> {
    settings: &'a LeakSettings,
    size: [usize; 3],
    init: &'a dyn Fn(&Device) -> N,
    auroc: Auroc<'a>,
    /// Patients to choose the epoch by.
    inner: BTreeSet<String>,
    /// Weights of no leak and of a leak.
    of_class: [f32; 2],
    /// Mean and standard deviation of each number that is learned beside.
    scales: Vec<[f32; 2]>,
    net: PhantomData<N>,
}

impl<'a, N: VolumeNetwork> LeakTask<'a, N> {
    fn new(
        (heads, split, settings, auroc): (&LeakHeads, &Split, &'a LeakSettings, Auroc<'a>),
        init: &'a dyn Fn(&Device) -> N,
    ) -> Self {
        let all = heads.of(&split.train);
        let labels: Vec<(String, bool)> = all
            .iter()
            .map(|h| (h.subject.clone(), h.has_leak))
            .collect();
        let inner = match settings.has_inner_split {
            true => inner_split(&labels, LeakSettings::INNER, split.seed),
            false => BTreeSet::new(),
        };
        let learned: Vec<&&LeakHead> = all
            .iter()
            .filter(|head| !inner.contains(&head.subject))
            .collect();
        let n_leak = learned.iter().filter(|head| head.has_leak).count() as f32;
        let n = learned.len().max(1) as f32;
        let scales = (0..settings.beside.len()).map(|at| {
            let known: Vec<f32> = learned.iter().filter_map(|head| head.beside[at]).collect();
            let n = known.len().max(1) as f32;
            let mean = known.iter().sum::<f32>() / n;
            let variance = known.iter().map(|v| (v - mean).powi(2)).sum::<f32>() / n;
            // What is the same in all heads is learned as it is.
            let sd = variance.sqrt();
            [mean, if sd > 1e-6 { sd } else { 1.0 }]
        });
        Self {
            settings,
            size: heads.size,
            init,
            auroc,
            of_class: [n_leak / n, 1.0 - n_leak / n],
            scales: scales.collect(),
            inner,
            net: PhantomData,
        }
    }

    #[expect(clippy::too_many_arguments, reason = "handed on as they came")]
    fn train(
        &self,
        heads: &LeakHeads,
        split: &Split,
        run: &RunSettings,
        device: &Device,
        checkpoint: &Path,
        begin: Begin<'_>,
        progress: &mut dyn FnMut(TrainingProgress) -> ControlFlow<()>,
    ) -> Result<FinishedTraining<N>, TrainError> {
        let train = heads.of(&split.train);
        let (inner, learn_from): (Vec<&LeakHead>, Vec<&LeakHead>) = train
            .into_iter()
            .partition(|head| self.inner.contains(&head.subject));
        let samples = Samples {
            learn_from,
            judged_by: inner.into_iter().chain(heads.of(&split.test)).collect(),
            split,
            fingerprint: &heads.fingerprint,
        };
        engine::train(self, run, &samples, device, checkpoint, begin, progress)
    }

    fn making(&self, epoch: usize) -> Making {
        Making {
            size: self.size,
            spacing_mm: self.settings.preparation.spacing_mm,
            is_coarse: self.settings.is_coarse(epoch),
            changed: None,
        }
    }

    /// The weighted cross entropy of the first two numbers: the mean by weight, as PyTorch has it.
    fn cross_entropy(&self, numbers: Tensor<2>, batch: &[&LeakHead], device: &Device) -> Tensor<1> {
        let weights = batch.iter().flat_map(|head| match head.has_leak {
            true => [0.0, self.of_class[1]],
            false => [self.of_class[0], 0.0],
        });
        let weights: Vec<f32> = weights.collect();
        let sum: f32 = weights.iter().sum();
        let data = TensorData::new(weights, [batch.len(), 2]);
        let weights = Tensor::<2>::from_data(data, device);
        let logs = log_softmax(numbers.narrow(1, 0, 2), 1);
        -(logs * weights).sum() / sum.max(f32::MIN_POSITIVE)
    }

    /// The mean squared error of the numbers that are learned beside, as far as they are known.
    fn beside(&self, numbers: Tensor<2>, batch: &[&LeakHead], device: &Device) -> Tensor<1> {
        let n = self.scales.len();
        let known = batch.iter().flat_map(|head| &head.beside);
        let scales = self.scales.iter().cycle();
        let (targets, masks): (Vec<f32>, Vec<f32>) = known
            .zip(scales)
            .map(|(value, [mean, sd])| value.map_or((0.0, 0.0), |v| ((v - mean) / sd, 1.0)))
            .unzip();
        let count: f32 = masks.iter().sum::<f32>().max(1.0);
        let tensor = |values: Vec<f32>| {
            Tensor::<2>::from_data(TensorData::new(values, [batch.len(), n]), device)
        };
        let off = (numbers.narrow(1, 2, n) - tensor(targets)) * tensor(masks);
        off.square().sum() / count
    }
}

impl<N: VolumeNetwork> Task for LeakTask<'_, N> {
    type Net = N;
    type Sample = LeakHead;
    type Settings = LeakSettings;

    fn settings(&self) -> &LeakSettings {
        self.settings
    }

    fn init(&self, device: &Device) -> N {
        (self.init)(device)
    }

    fn rate_schedule(&self) -> RateSchedule {
        let [first, then] = self.settings.restarts;
        match self.settings.recipe {
            LeakRecipe::Paper => RateSchedule::CosineRestarts { first, then },
            LeakRecipe::Best => RateSchedule::WarmupCosine,
        }
    }

    fn averaging(&self) -> Option<f32> {
        let is_averaged = self.settings.recipe == LeakRecipe::Best;
        is_averaged.then_some(LeakSettings::KEPT_OF_AVERAGE)
    }

    fn weight_decay(&self) -> f64 {
        self.settings.weight_decay
    }

    /// The area on the inner split; of areas alike, that with the smaller loss.
    fn merit(&self, epoch: &EpochMetrics) -> Option<f64> {
        let [loss, auroc] = [LEAK_METRICS[0], LEAK_METRICS[1]].map(|name| epoch.test(name));
        let can_be = self.settings.has_inner_split && !self.settings.is_coarse(epoch.epoch - 1);
        (can_be && auroc.is_finite()).then_some(auroc - 1e-6 * loss)
    }

    fn loss(&self, net: &N, batch: &[&LeakHead], at: Step<'_>, device: &Device) -> Tensor<1> {
        let ranges = Ranges::of(self.settings.recipe);
        let making = Making {
            changed: Some((ranges, at.run.seed, at.step as u64)),
            ..self.making(at.epoch)
        };
        let numbers = net.numbers(volumes(batch, making, device));
        let loss = self.cross_entropy(numbers.clone(), batch, device);
        match self.scales.is_empty() {
            true => loss,
            false => loss + self.beside(numbers, batch, device) * LeakSettings::WEIGHT_BESIDE,
        }
    }

    fn judge(
        &self,
        net: N,
        heads: &[&LeakHead],
        epoch: usize,
        device: &Device,
    ) -> Result<BTreeMap<String, f64>, DeviceFailed> {
        let plain = device.clone().inner();
        let mut judged: [Vec<(f64, bool)>; 2] = Default::default();
        for chunk in heads.chunks(2) {
            let numbers = net.numbers(volumes(chunk, self.making(epoch), &plain));
            let values = numbers.narrow(1, 0, 2).into_data().try_to_vec::<f32>();
            let values = values.map_err(|error| DeviceFailed(format!("{error:?}")))?;
            for (head, two) in chunk.iter().zip(values.chunks_exact(2)) {
                let is_inner = self.inner.contains(&head.subject);
                let odds = f64::from(two[1]) - f64::from(two[0]);
                judged[usize::from(!is_inner)].push((odds, head.has_leak));
            }
        }
        let told = judged.iter().flat_map(|judged| {
            [
                self.mean_loss(judged).unwrap_or(f64::NAN),
                (self.auroc)(judged).unwrap_or(f64::NAN),
            ]
        });
        let named = LEAK_METRICS.into_iter().zip(told);
        // JSON has no way to write what is not a number.
        let named = named.filter(|(_, value)| value.is_finite());
        Ok(named
            .map(|(name, value)| (name.to_owned(), value))
            .collect())
    }
}

impl<N> LeakTask<'_, N> {
    /// The weighted cross entropy of log odds; none of nobody.
    fn mean_loss(&self, judged: &[(f64, bool)]) -> Option<f64> {
        let weighted = judged.iter().map(|&(odds, has_leak)| {
            let weight = f64::from(self.of_class[usize::from(has_leak)]);
            let against = if has_leak { -odds } else { odds };
            // ln(1 + exp(x)) without overflow.
            let loss = against.max(0.0) + (-against.abs()).exp().ln_1p();
            (weight * loss, weight)
        });
        let (sum, weights) = weighted.fold((0.0, 0.0), |(a, b), (c, d)| (a + c, b + d));
        (weights > 0.0).then(|| sum / weights)
    }
}
