//! Leak networks trained from a data set into a folder, fold by fold.

use super::compute::compute;
use super::leak_scores::{ScoredHead, evaluation_of, scored, write_scores};
use super::losses::write_losses;
use super::notice::{Notify, remark, working};
use super::training::{Resume, TrainedFrom, check_apart, initial_network, tell_start, write_card};
use crate::models::leak::{
    LEAK_METRICS, LeakCard, LeakEvaluation, LeakHead, LeakHeads, LeakPredictor, LeakPreparation,
    LeakSettings, LeakTraining, TrainedLeak, first_of, folds, leak_card, open_heads,
    purpose_of_trained, train_leak_network,
};
use crate::models::{
    Begin, Card, Classifier, Compute, DeviceChoice, EpochMetrics, Model, Precision, RunSettings,
    Split, TaskCard, Tensors, TrainingProgress, classifier_of, tensors_of,
};
use crate::stats::{Interval, IntervalKind, auroc, temperature};
use anyhow::{Context, bail};
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};

/// What is to be trained, and where to.
pub struct TrainLeakRequest<'a> {
    /// The data set.
    pub data: &'a Path,
    /// Into how many folds its patients are split; 1 keeps nobody apart but the inner split.
    pub n_folds: usize,
    /// The only fold that is trained, counted from 1; all of them where not told.
    pub fold: Option<usize>,
    /// So many heads are learned from, by chance; all of them where not told.
    pub learn_from: Option<usize>,
    /// The task's settings.
    pub settings: LeakSettings,
    /// All other settings; what it begins with is taken from `start`.
    pub run: RunSettings,
    /// The network that it begins with.
    pub start: Option<Model>,
    /// On what it is computed.
    pub device: DeviceChoice,
    /// Whether to go on from the checkpoints in the folder.
    pub resume: bool,
    /// By what the network will be called; otherwise the kind of network and the fold.
    pub name: Option<String>,
    /// The folder: of one fold for its network, its card, its losses and its checkpoint, and of several
    /// for a folder of each.
    pub output: &'a Path,
}

/// A fold that was trained.
#[derive(Clone, Debug)]
pub struct TrainedFold {
    /// Its folder.
    pub folder: PathBuf,
    /// Its network.
    pub card: Card,
    /// The area of the epoch that was best on the fold itself, as paper 002 reports it.
    pub optimistic_auroc: Option<f64>,
}

/// Trains leak networks: for each fold `model.bpk`, `card.json`, `card.md`, `losses.csv`, a picture of the
/// losses, `predictions.csv` of its test, and `checkpoint.bpk` after each epoch. A fold that was finished
/// learns nothing more where a training is gone on with.
///
/// # Errors
/// When the network to begin with does not fit or learned from heads that are kept apart here, when there
/// is a training in the folder already, when the data set has too few heads, and as the training itself.
pub fn train_leak(
    request: &TrainLeakRequest<'_>,
    notify: Notify<'_>,
) -> anyhow::Result<Vec<TrainedFold>> {
    let settings = &request.settings;
    if request.n_folds == 0 {
        bail!("--folds must be at least 1");
    }
    if request.n_folds == 1 && !settings.has_inner_split {
        bail!(
            "with one fold nobody is kept apart: --inner-split keeps some to choose the epoch by"
        );
    }
    if request
        .fold
        .is_some_and(|fold| !(1..=request.n_folds).contains(&fold))
    {
        bail!(
            "--fold is {}, and there are folds 1 to {}",
            request.fold.unwrap_or_default(),
            request.n_folds
        );
    }
    if let Some(start) = &request.start {
        check_start(start, settings)?;
    }
    // Before the scans are opened, which takes its time.
    let wanted = (1..=request.n_folds).filter(|fold| request.fold.is_none_or(|only| only == *fold));
    for fold in wanted.clone() {
        let checkpoint = request.folder(fold).join("checkpoint.bpk");
        request.resume().check(&checkpoint)?;
    }
    let compute = compute(request.device, notify)?;
    let heads = heads(
        request.data,
        &settings.preparation,
        &settings.beside,
        notify,
    )?;
    let splits = folds(&heads.labels(), request.n_folds, request.run.seed)
        .with_context(|| too_few(&heads, request))?;
    for fold in wanted.clone() {
        check_split(request, &heads, &splits[fold - 1])?;
    }
    let of_all = Training {
        request,
        heads: &heads,
        compute: &compute,
        start: request
            .start
            .as_ref()
            .map(|start| tensors(start, &compute))
            .transpose()?,
    };
    let mut trained = Vec::new();
    for fold in wanted {
        trained.push(of_all.fold(fold, splits[fold - 1].clone(), notify)?);
    }
    Ok(trained)
}

impl TrainLeakRequest<'_> {
    fn resume(&self) -> Resume {
        match self.resume {
            true => Resume::GoOn,
            false => Resume::No,
        }
    }

    /// The folder of a fold, counted from 1.
    fn folder(&self, fold: usize) -> PathBuf {
        match self.n_folds {
            1 => self.output.to_owned(),
            _ => self.output.join(format!("fold-{fold}")),
        }
    }
}

fn too_few(heads: &LeakHeads, request: &TrainLeakRequest<'_>) -> String {
    let with = heads.heads.iter().filter(|head| head.has_leak).count();
    format!(
        "{with} heads with a leak and {} without are too few for {} folds with some of both: {}",
        heads.heads.len() - with,
        request.n_folds,
        request.data.display()
    )
}

/// Opens the heads of a data set, and says who was left out and what else the person should know of it.
pub(super) fn heads(
    data: &Path,
    preparation: &LeakPreparation,
    beside: &[String],
    notify: Notify<'_>,
) -> anyhow::Result<LeakHeads> {
    let progress = |share: f32| working(notify, "opening scans", f64::from(share));
    let heads = open_heads(data, preparation, beside, &progress)?;
    for why in &heads.remarks {
        remark(notify, why.clone());
    }
    for (subject, why) in &heads.left_out {
        remark(notify, format!("sub-{subject} is left out: {why}"));
    }
    Ok(heads)
}

/// Refuses a split that cannot give so many heads to learn from, or whose test the network to begin with
/// learned from.
fn check_split(
    request: &TrainLeakRequest<'_>,
    heads: &LeakHeads,
    split: &Split,
) -> anyhow::Result<()> {
    if let Some(n) = request.learn_from
        && !(2..=split.train.len()).contains(&n)
    {
        bail!(
            "--learn-from is {n}, and there are 2 to {} to learn from",
            split.train.len()
        );
    }
    check_apart(request.start.as_ref(), &heads.fingerprint, split)
}

/// Refuses a network that a training cannot begin with, and says why.
fn check_start(start: &Model, settings: &LeakSettings) -> anyhow::Result<()> {
    let has = &leak_card(start)?.network;
    if *has != settings.shape() {
        bail!(
            "--start: {} is {}, and what is trained here is {}",
            start.card.name,
            has.in_words(),
            settings.shape().in_words()
        );
    }
    if !settings.beside.is_empty() {
        bail!("--start: a network with two numbers cannot begin a training with --beside");
    }
    Ok(())
}

fn tensors(start: &Model, compute: &Compute) -> anyhow::Result<Tensors> {
    Ok(match classifier_of(start.weights()?, compute.device())? {
        Classifier::Densenet(net) => tensors_of(&*net)?,
        Classifier::Sfcn(net) => tensors_of(&*net)?,
    })
}

/// What is the same for all folds.
struct Training<'a> {
    request: &'a TrainLeakRequest<'a>,
    heads: &'a LeakHeads,
    compute: &'a Compute,
    start: Option<Tensors>,
}

impl Training<'_> {
    fn fold(
        &self,
        fold: usize,
        mut split: Split,
        notify: Notify<'_>,
    ) -> anyhow::Result<TrainedFold> {
        let request = self.request;
        let folder = request.folder(fold);
        let checkpoint = folder.join("checkpoint.bpk");
        if let Some(n) = request.learn_from {
            let labels = self.labels(&split.train);
            split.train = first_of(&labels, n, split.seed).into_iter().collect();
        }
        std::fs::create_dir_all(&folder)
            .with_context(|| format!("cannot make the folder {}", folder.display()))?;
        let run = RunSettings {
            start: request.start.as_ref().map(initial_network),
            ..request.run.clone()
        };
        let begin = request.resume().begin(&checkpoint, self.start.as_ref());
        let what = match request.n_folds {
            1 => String::new(),
            n => format!("fold {fold} of {n}: "),
        };
        tell_start(notify, &what, &split, self.compute);
        let trained = self.train(&split, &run, &checkpoint, begin, &what, notify)?;
        let made = Made {
            training: self,
            fold,
            split,
            run,
            trained: &trained,
        };
        let written = made.write(&folder)?;
        // What stands first is drawn: the loss of the fold, or where none was kept apart of the inner split.
        let [inner_loss, inner_auroc, fold_loss, fold_auroc] = LEAK_METRICS;
        let metrics = [fold_loss, inner_loss, fold_auroc, inner_auroc];
        let loss = match request.settings.beside.is_empty() {
            true => "cross entropy",
            false => "cross entropy; in learning with the error of the numbers beside",
        };
        write_losses(&folder, &trained.history, &metrics, loss)?;
        Ok(TrainedFold {
            folder,
            card: written,
            optimistic_auroc: largest(&trained.history, LEAK_METRICS[3])
                .map(|best| best.test(LEAK_METRICS[3])),
        })
    }

    fn labels(&self, subjects: &[String]) -> Vec<(String, bool)> {
        let all = self.heads.of(subjects).into_iter();
        all.map(|head| (head.subject.clone(), head.has_leak))
            .collect()
    }

    fn train(
        &self,
        split: &Split,
        run: &RunSettings,
        checkpoint: &Path,
        begin: Begin<'_>,
        of_fold: &str,
        notify: Notify<'_>,
    ) -> anyhow::Result<TrainedLeak> {
        let area = |judged: &[(f64, bool)]| auroc(judged, plain_interval()).value();
        let mut what = format!("{of_fold}training");
        Ok(train_leak_network(
            self.heads,
            split,
            &self.request.settings,
            run,
            self.compute.device(),
            checkpoint,
            begin,
            &area,
            &mut |progress| match progress {
                TrainingProgress::Step { done, .. } => working(notify, &what, done),
                TrainingProgress::Epoch(metrics) => {
                    tracing::info!(?metrics, "epoch");
                    what = format!(
                        "{of_fold}epoch {} of {}, loss {:.4}, AUROC of the inner split {:.3}, of the fold {:.3}",
                        metrics.epoch,
                        run.epochs,
                        metrics.train_loss,
                        metrics.test(LEAK_METRICS[1]),
                        metrics.test(LEAK_METRICS[3]),
                    );
                    ControlFlow::Continue(())
                }
            },
        )?)
    }
}

/// Where only the value is wanted.
fn plain_interval() -> Interval {
    Interval {
        kind: IntervalKind::Asymptotic,
        ..Interval::at(0.95)
    }
}

/// The epoch with the largest of a named number, the earlier one of two alike.
fn largest<'a>(history: &'a [EpochMetrics], name: &str) -> Option<&'a EpochMetrics> {
    let known = history.iter().filter(|epoch| epoch.test(name).is_finite());
    known
        .rev()
        .max_by(|a, b| a.test(name).total_cmp(&b.test(name)))
}

/// A trained network with all that its card tells.
struct Made<'a> {
    training: &'a Training<'a>,
    fold: usize,
    split: Split,
    run: RunSettings,
    trained: &'a TrainedLeak,
}

impl Made<'_> {
    /// Writes the network and its card, twice: what is stored has half the precision, and what it makes of
    /// the inner split gives the temperature, and of the fold how good it is.
    fn write(&self, folder: &Path) -> anyhow::Result<Card> {
        let path = folder.join("model.bpk");
        let n_folds = self.training.request.n_folds;
        self.write_model(&self.card(None, Vec::new())?, &path)?;
        let stored = |path: &Path| -> anyhow::Result<LeakPredictor> {
            let model = Model::find(&path.to_string_lossy())?;
            Ok(LeakPredictor::open(&model, self.training.compute)?)
        };
        let predictor = stored(&path)?;
        let (heads, size) = (self.training.heads, self.training.heads.size);
        let inner: Vec<String> = self.trained.inner.iter().cloned().collect();
        let score = |heads: &[&LeakHead], card: &LeakCard| scored(&predictor, card, heads, size);
        let plain = leak_card(&Model::find(&path.to_string_lossy())?)?.clone();
        let on_inner = score(&heads.of(&inner), &plain)?;
        let odds: Vec<(f64, bool)> = on_inner
            .iter()
            .map(|head| (head.log_odds, head.has_leak))
            .collect();
        let part = LeakCard {
            temperature: temperature(&odds),
            ..plain
        };
        let mut evaluations = Vec::new();
        let on_test = score(&heads.of(&self.split.test), &part)?;
        if !on_test.is_empty() {
            let of = format!("fold {} of {n_folds}, kept apart", self.fold);
            evaluations.push(evaluation_of(&of, &on_test));
        }
        if !on_inner.is_empty() {
            let calibrated: Vec<ScoredHead> = score(&heads.of(&inner), &part)?;
            // Without a mistake the likelihood has no maximum.
            let is_sure = |head: &ScoredHead| (head.log_odds > 0.0) == head.has_leak;
            let of = match on_inner.iter().all(is_sure) {
                true => {
                    "inner split, which chose the epoch and the temperature; it is told apart without a mistake, so that no temperature is too low for it and the probabilities are too extreme"
                }
                false => "inner split, which chose the epoch and the temperature",
            };
            evaluations.push(evaluation_of(of, &calibrated));
        }
        let card = self.card(part.temperature, evaluations)?;
        self.write_model(&card, &path)?;
        write_card(&card, folder)?;
        write_scores(&folder.join("predictions.csv"), &on_test)?;
        Ok(card)
    }

    fn write_model(&self, card: &Card, path: &Path) -> anyhow::Result<()> {
        Ok(match &self.trained.net {
            Classifier::Densenet(net) => Model::write_as(&**net, card, Precision::Half, path),
            Classifier::Sfcn(net) => Model::write_as(&**net, card, Precision::Half, path),
        }?)
    }

    fn card(
        &self,
        temperature: Option<f64>,
        evaluations: Vec<LeakEvaluation>,
    ) -> anyhow::Result<Card> {
        let Training {
            request,
            heads,
            compute,
            ..
        } = self.training;
        let history = &self.trained.history;
        let best = largest(history, LEAK_METRICS[3]).or_else(|| largest(history, LEAK_METRICS[1]));
        let name = match (&request.name, request.n_folds) {
            (Some(name), 1) => name.clone(),
            (Some(name), _) => format!("{name}-{}", self.fold),
            (None, _) => format!("leak-fold-{}", self.fold),
        };
        let from = TrainedFrom {
            data: request.data,
            is_simulated: heads.is_simulated,
            fingerprint: &heads.fingerprint,
            split: self.split.clone(),
            run: &self.run,
            compute,
            history,
            best: best.or(history.last()),
        };
        from.card(
            name,
            purpose_of_trained(self.run.start.as_ref(), heads.is_simulated),
            self.trained.net.n_weights(),
            TaskCard::Leak(LeakCard {
                temperature,
                training: Some(Box::new(LeakTraining {
                    settings: request.settings.clone(),
                    fold: [self.fold, request.n_folds],
                    inner: self.trained.inner.iter().cloned().collect(),
                    kept_epoch: self.trained.kept_epoch,
                    evaluations,
                })),
                ..LeakCard::new(request.settings.shape(), request.settings.preparation)
            }),
        )
    }
}
