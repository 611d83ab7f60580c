//! Networks that mark perivascular spaces, trained from a data set into a folder.

use super::compute::compute;
use super::losses::write_losses;
use super::notice::{Notify, remark, working};
use super::training::{
    Resume, TrainedFrom, check_apart, initial_network, progress, smallest, tell_start, write_card,
};
use crate::models::spaces::{
    MaskedCase, MaskedCases, SpacesCard, SpacesLoss, SpacesScores, SpacesSettings, SpacesTraining,
    TEST_METRICS, open_masked, purpose, score, spaces_card, train,
};
use crate::models::{
    Card, Compute, DeviceChoice, EnsembleShape, FinishedTraining, FoldedVolumeUNets, Model,
    Network, RunSettings, Split, TaskCard, Tensors, TileFailed, VolumeUNet, VolumeUNets,
    tensors_of, volume_unets_of,
};
use anyhow::{Context, bail};
use rand::SeedableRng;
use rand::seq::SliceRandom;
use rand_chacha::ChaCha8Rng;
use std::path::{Path, PathBuf};

/// Of how many patients one is judged by, where there are no folds.
const ONE_OF: usize = 5;
/// Taken at once to judge whole heads.
pub(super) const MOST_BYTES: usize = 1 << 30;

/// What is to be trained, and where to.
pub struct TrainSpacesRequest<'a> {
    /// The data set.
    pub data: &'a Path,
    /// Whose masks are learned from: what follows `desc-` in their names. None for an autoencoder, which
    /// learns from scans alone.
    pub mask: Option<&'a str>,
    /// The task's settings; the shape of an autoencoder is made from its own.
    pub settings: SpacesSettings,
    /// All other settings; what it begins with is taken from `start`.
    pub run: RunSettings,
    /// The network that it begins with: an autoencoder or one that marks.
    pub start: Option<Model>,
    /// Networks to train, each judged by other patients; their mean is what the model predicts. 1 for
    /// a single network, judged by a fifth of the patients.
    pub folds: usize,
    /// Patients to learn from at most; the others that are not judged by are left out.
    pub subjects: Option<usize>,
    /// On what it is computed.
    pub device: DeviceChoice,
    /// Whether to go on from the checkpoints in the folder, or to take what they hold as it is.
    pub resume: Resume,
    /// By what the model will be called.
    pub name: Option<String>,
    /// The folder for the model, its card, its losses and checkpoints.
    pub output: &'a Path,
}

/// Trains networks that mark spaces, or an autoencoder to begin them with: writes `model.bpk`,
/// `card.json`, `card.md`, losses, and checkpoints after each epoch. Hands back the card.
///
/// # Errors
/// When the network to begin with does not fit or learned from patients of the test, when there is a training
/// in the folder already or none to finish, when the data set has too few patients, and as the training
/// itself.
pub fn train_spaces(request: TrainSpacesRequest<'_>, notify: Notify<'_>) -> anyhow::Result<Card> {
    let mut settings = request.settings.clone();
    if request.mask.is_none() {
        settings.shape = settings.shape.autoencoder();
        settings.loss = SpacesLoss::Reconstruction;
    }
    let folders = folders(request.output, request.folds)?;
    for folder in &folders {
        request.resume.check(&folder.join("checkpoint.bpk"))?;
    }
    let initial = match &request.start {
        Some(start) => Some(begun_with(start, &settings, notify)?),
        None => None,
    };
    let compute = compute(request.device, notify)?;
    let opened = |share: f32| working(notify, "opening scans", f64::from(share));
    let cases = open_masked(request.data, request.mask, &settings.preparation, &opened)?;
    for (subject, why) in &cases.left_out {
        remark(notify, format!("sub-{subject} is left out: {why}"));
    }
    let splits = splits(&cases, request.folds, request.subjects, request.run.seed)?;
    for split in &splits {
        check_apart(request.start.as_ref(), &cases.fingerprint, split)?;
    }
    let run = RunSettings {
        start: request.start.as_ref().map(initial_network),
        ..request.run.clone()
    };
    let mut trained = Vec::new();
    for (at, (split, folder)) in splits.iter().zip(&folders).enumerate() {
        std::fs::create_dir_all(folder)
            .with_context(|| format!("cannot make the folder {}", folder.display()))?;
        let fold = Fold {
            settings: &settings,
            run: &run,
            cases: &cases,
            split,
            initial: initial.as_ref(),
            compute: &compute,
            folder,
            resume: request.resume,
            number: (splits.len() > 1).then_some(at + 1),
        };
        trained.push(fold.train(notify)?);
    }
    let made = Made {
        request: &request,
        settings: &settings,
        run: &run,
        cases: &cases,
        splits: &splits,
        trained: &trained,
        compute: &compute,
    };
    made.write(notify)
}

/// The folder itself, or one for each fold in it.
fn folders(output: &Path, folds: usize) -> anyhow::Result<Vec<PathBuf>> {
    match folds {
        0 => bail!("--folds must be at least 1"),
        1 => Ok(vec![output.to_owned()]),
        n => Ok((1..=n)
            .map(|at| output.join(format!("fold-{at}")))
            .collect()),
    }
}

/// Whom each network learns from and is judged by.
fn splits(
    cases: &MaskedCases,
    folds: usize,
    subjects: Option<usize>,
    seed: u64,
) -> anyhow::Result<Vec<Split>> {
    let mut all = cases.subjects();
    if all.len() < 2.max(folds) {
        bail!("{} patients are too few for {folds} folds", all.len());
    }
    all.sort();
    let mut rng = ChaCha8Rng::seed_from_u64(seed);
    all.shuffle(&mut rng);
    let n = all.len();
    let parts = if folds == 1 { ONE_OF } else { folds };
    let fold = |at: usize| {
        let range = if folds == 1 {
            0..(n / parts).max(1)
        } else {
            n * at / parts..n * (at + 1) / parts
        };
        let mut test = all[range.clone()].to_vec();
        let mut train: Vec<String> = [&all[..range.start], &all[range.end..]].concat();
        if let Some(most) = subjects {
            if most == 0 || most > train.len() {
                bail!(
                    "--subjects is {most}, and there are {} to learn from",
                    train.len()
                );
            }
            train.truncate(most);
        }
        train.sort();
        test.sort();
        Ok(Split { seed, train, test })
    };
    (0..folds).map(fold).collect()
}

/// The tensors of a network to begin with that this one has too, in the same shape.
fn begun_with(
    start: &Model,
    settings: &SpacesSettings,
    notify: Notify<'_>,
) -> anyhow::Result<Tensors> {
    let card = spaces_card(start)?;
    let (has, needs) = (&card.network.shape, &settings.shape);
    if has.maps() != needs.maps() || has.convs != needs.convs || has.bias != needs.bias {
        bail!(
            "--start: {} is of another kind than what is trained here: {}",
            start.card.name,
            has.in_words()
        );
    }
    let cpu = Compute::cpu();
    let (_, nets) = volume_unets_of(start.weights()?, cpu.device())?;
    let first = nets.members.first().context("a model holds a network")?;
    let wanted = tensors_of(&needs.init(cpu.device()))?;
    let mut tensors = tensors_of(first)?;
    let n = tensors.len();
    let fits = |name: &str, shape: &[usize]| {
        wanted
            .get(name)
            .is_some_and(|own| own.shape()[..] == *shape)
    };
    // The last layer of an autoencoder gives signal; a network that marks does not begin with it.
    let is_head = |name: &str| name.starts_with("head.") && has.skips != needs.skips;
    tensors.retain(|name, data| fits(name, &data.shape()[..]) && !is_head(name));
    remark(
        notify,
        format!(
            "{} of the {n} tensors of {} are begun with; the others have no place here",
            tensors.len(),
            start.card.name
        ),
    );
    Ok(tensors)
}

/// One network of several.
struct Fold<'a> {
    settings: &'a SpacesSettings,
    run: &'a RunSettings,
    cases: &'a MaskedCases,
    split: &'a Split,
    initial: Option<&'a Tensors>,
    compute: &'a Compute,
    folder: &'a Path,
    resume: Resume,
    number: Option<usize>,
}

impl Fold<'_> {
    fn train(&self, notify: Notify<'_>) -> anyhow::Result<FinishedTraining<VolumeUNet>> {
        let checkpoint = self.folder.join("checkpoint.bpk");
        let begin = self.resume.begin(&checkpoint, self.initial);
        let of_fold = self
            .number
            .map_or_else(String::new, |n| format!("fold {n}: "));
        tell_start(notify, &of_fold, self.split, self.compute);
        let trained = train(
            self.cases,
            self.split,
            self.settings,
            self.run,
            self.compute.device(),
            &checkpoint,
            begin,
            &mut progress(notify, &of_fold, self.run.epochs, TEST_METRICS[0], 4),
        )?;
        let n_metrics = match self.settings.loss {
            SpacesLoss::Dice => 2,
            SpacesLoss::Reconstruction => 1,
        };
        write_losses(
            self.folder,
            &trained.history,
            &TEST_METRICS[..n_metrics],
            &self.settings.loss.to_string(),
        )?;
        Ok(trained)
    }
}

/// Trained networks with all that their card tells.
struct Made<'a> {
    request: &'a TrainSpacesRequest<'a>,
    settings: &'a SpacesSettings,
    run: &'a RunSettings,
    cases: &'a MaskedCases,
    splits: &'a [Split],
    trained: &'a [FinishedTraining<VolumeUNet>],
    compute: &'a Compute,
}

impl Made<'_> {
    /// Writes the model and its card, twice: what is stored has half the precision, and its scores are
    /// the ones to tell.
    fn write(&self, notify: Notify<'_>) -> anyhow::Result<Card> {
        let output = self.request.output;
        let path = output.join("model.bpk");
        let nets = VolumeUNets {
            members: self
                .trained
                .iter()
                .map(|trained| trained.net.clone())
                .collect(),
        };
        let mut judged = None;
        if self.settings.loss == SpacesLoss::Dice {
            Model::write(&nets, &self.card(&nets, None)?, &path)?;
            judged = Some(self.scores(&path, notify)?);
        }
        let card = self.card(&nets, judged)?;
        Model::write(&nets, &card, &path)?;
        write_card(&card, output)?;
        Ok(card)
    }

    /// Each patient of a test by the network that did not learn from it.
    fn scores(&self, path: &Path, notify: Notify<'_>) -> anyhow::Result<(f64, SpacesScores)> {
        let model = Model::find(&path.to_string_lossy())?;
        let cpu = Compute::cpu();
        let (shape, nets) = volume_unets_of(model.weights()?, cpu.device())?;
        let one = EnsembleShape {
            members: 1,
            ..shape
        };
        let folded: Vec<FoldedVolumeUNets> = nets
            .members
            .into_iter()
            .map(|net| {
                FoldedVolumeUNets::new(&one, VolumeUNets { members: vec![net] }, cpu.device())
            })
            .collect();
        let pairs = folded.iter().zip(self.splits);
        let judged: Vec<(&FoldedVolumeUNets, &MaskedCase)> = pairs
            .flat_map(|(net, split)| {
                self.cases
                    .of(&split.test)
                    .into_iter()
                    .map(move |case| (net, case))
            })
            .collect();
        let voxel_mm3 = self.settings.preparation.spacing_mm.powi(3);
        let goes_on = |share: f64| working(notify, "judging whole heads", share).is_continue();
        match score(&judged, voxel_mm3, MOST_BYTES, &goes_on) {
            Ok(scores) => Ok(scores),
            Err(TileFailed::Stopped) => bail!("stopped"),
            Err(TileFailed::Device(failed)) => Err(failed.into()),
        }
    }

    fn card(
        &self,
        nets: &VolumeUNets,
        judged: Option<(f64, SpacesScores)>,
    ) -> anyhow::Result<Card> {
        let (threshold, scores) = judged.map_or((0.5, None), |(best, scores)| (best, Some(scores)));
        let first = self.trained.first().context("no network was trained")?;
        let request = self.request;
        let default = match request.mask {
            Some(_) => "spaces",
            None => "spaces-autoencoder",
        };
        let from = TrainedFrom {
            data: request.data,
            is_simulated: self.cases.is_simulated,
            fingerprint: &self.cases.fingerprint,
            split: self.learned_from(),
            run: self.run,
            compute: self.compute,
            history: &first.history,
            best: smallest(&first.history, TEST_METRICS[0]),
        };
        from.card(
            request.name.clone().unwrap_or_else(|| default.to_owned()),
            purpose(Some(self.cases.is_simulated)),
            nets.n_weights(),
            TaskCard::Spaces(SpacesCard {
                network: EnsembleShape {
                    shape: self.settings.shape.clone(),
                    members: nets.members.len(),
                },
                preparation: self.settings.preparation,
                threshold,
                training: Some(SpacesTraining {
                    settings: self.settings.clone(),
                    mask: request.mask.map(str::to_owned),
                    scores,
                }),
            }),
        )
    }

    /// All whom one of the networks learned from; the test holds nobody of them.
    fn learned_from(&self) -> Split {
        let mut train: Vec<String> = self.splits.iter().flat_map(|s| s.train.clone()).collect();
        train.sort();
        train.dedup();
        let mut test: Vec<String> = self.splits.iter().flat_map(|s| s.test.clone()).collect();
        test.retain(|subject| !train.contains(subject));
        Split {
            seed: self.run.seed,
            train,
            test,
        }
    }
}
