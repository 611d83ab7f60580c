//! A network that counts perivascular spaces, trained from a data set into a folder.

use super::compute::compute;
use super::losses::write_losses;
use super::notice::{Notify, remark, working};
use super::training::{
    Resume, TrainedFrom, check_apart, initial_network, progress, smallest, tell_start, write_card,
};
use crate::models::counts::{
    CountedCases, CountsCard, CountsPredictor, CountsScores, CountsSettings, CountsTraining,
    TEST_METRICS, counts_card, open_counted, purpose, train,
};
use crate::models::{
    Card, Compute, Counter, DeviceChoice, FinishedTraining, Model, Network, RunSettings, Split,
    TaskCard, counter_of, tensors_of,
};
use crate::stats::{Outcome, pearson};
use anyhow::{Context, bail};
use std::path::Path;

/// Patients of the test, of how many.
const TEST_SHARE: [usize; 2] = [1, 6];

/// What is to be trained, and where to.
pub struct TrainCountsRequest<'a> {
    /// The data set.
    pub data: &'a Path,
    /// Whose counts are learned from.
    pub rater: u32,
    /// The task's settings.
    pub settings: CountsSettings,
    /// All other settings; what it begins with is taken from `start`.
    pub run: RunSettings,
    /// The network that it begins with.
    pub start: Option<Model>,
    /// On what it is computed.
    pub device: DeviceChoice,
    /// Whether to go on from the checkpoint in the folder, or to take what it holds as it is.
    pub resume: Resume,
    /// By what the network will be called; otherwise `counts` and the region.
    pub name: Option<String>,
    /// The folder for the network, its card, its losses and the checkpoint.
    pub output: &'a Path,
}

/// Trains a network that counts: writes `model.bpk`, `card.json`, `card.md`, losses, and
/// `checkpoint.bpk` after each epoch. Hands back the card.
///
/// # Errors
/// When the network to begin with does not fit or learned from patients of the test, when there is a training
/// in the folder already or none to finish, when the data set has too few patients, and as the training
/// itself.
pub fn train_counts(request: TrainCountsRequest<'_>, notify: Notify<'_>) -> anyhow::Result<Card> {
    let (settings, output) = (&request.settings, request.output);
    let checkpoint = output.join("checkpoint.bpk");
    request.resume.check(&checkpoint)?;
    let cpu = Compute::cpu();
    let initial = match &request.start {
        Some(start) => {
            if counts_card(start)?.network != settings.shape {
                bail!(
                    "--start: {} is of another kind than what is trained here: {}",
                    start.card.name,
                    counts_card(start)?.network.in_words()
                );
            }
            Some(tensors_of(&counter_of(start.weights()?, cpu.device())?.1)?)
        }
        None => None,
    };
    let compute = compute(request.device, notify)?;
    let opened = |share: f32| working(notify, "opening scans", f64::from(share));
    let cases = open_counted(request.data, request.rater, &settings.preparation, &opened)?;
    tell(&cases, notify);
    let split = Split::draw(&cases.subjects(), TEST_SHARE, request.run.seed);
    check_apart(request.start.as_ref(), &cases.fingerprint, &split)?;
    std::fs::create_dir_all(output)
        .with_context(|| format!("cannot make the folder {}", output.display()))?;
    let run = RunSettings {
        start: request.start.as_ref().map(initial_network),
        ..request.run.clone()
    };
    let begin = request.resume.begin(&checkpoint, initial.as_ref());
    tell_start(notify, "", &split, &compute);
    let trained = train(
        &cases,
        &split,
        settings,
        &run,
        compute.device(),
        &checkpoint,
        begin,
        &mut progress(notify, "", run.epochs, TEST_METRICS[0], 3),
    )?;
    let made = Made {
        request: &request,
        run: &run,
        cases: &cases,
        split,
        trained: &trained,
        compute: &compute,
    };
    let card = made.write()?;
    write_losses(
        output,
        &trained.history,
        &TEST_METRICS,
        "squared difference",
    )?;
    Ok(card)
}

/// Says who was left out, and whose region does not fit the box.
pub(super) fn tell(cases: &CountedCases, notify: Notify<'_>) {
    for (subject, why) in &cases.left_out {
        remark(notify, format!("sub-{subject} is left out: {why}"));
    }
    let beyond = cases.cases.iter().filter(|case| case.input.cut_off > 0.01);
    for case in beyond {
        remark(
            notify,
            format!(
                "sub-{}: {:.0} % of the region lies beyond the box that the network is given",
                case.subject,
                100.0 * case.input.cut_off
            ),
        );
    }
}

/// A trained network with all that its card tells.
struct Made<'a> {
    request: &'a TrainCountsRequest<'a>,
    run: &'a RunSettings,
    cases: &'a CountedCases,
    split: Split,
    trained: &'a FinishedTraining<Counter>,
    compute: &'a Compute,
}

impl Made<'_> {
    /// Writes the network and its card, twice: what is stored has half the precision, and its scores are
    /// the ones to tell.
    fn write(&self) -> anyhow::Result<Card> {
        let output = self.request.output;
        let path = output.join("model.bpk");
        Model::write(
            &self.trained.net,
            &self.card(CountsScores::default())?,
            &path,
        )?;
        let model = Model::find(&path.to_string_lossy())?;
        let net = CountsPredictor::open(&model, self.compute)?;
        let mut pairs = Vec::new();
        for case in self.cases.of(&self.split.test) {
            pairs.push((case.count, net.count(&case.input)?));
        }
        let off = pairs.iter().map(|(counted, made)| (counted - made).abs());
        let scores = CountsScores {
            patients: pairs.len(),
            mae: off.sum::<f64>() / pairs.len() as f64,
            pearson: match pearson(&pairs, 0.95) {
                Outcome::Defined(estimate) => Some(estimate.value),
                Outcome::Undefined { .. } => None,
            },
        };
        let card = self.card(scores)?;
        Model::write(&self.trained.net, &card, &path)?;
        write_card(&card, output)?;
        Ok(card)
    }

    fn card(&self, scores: CountsScores) -> anyhow::Result<Card> {
        let (request, cases) = (self.request, self.cases);
        let settings = &request.settings;
        let region = settings.preparation.region;
        let name = request.name.clone();
        let from = TrainedFrom {
            data: request.data,
            is_simulated: cases.is_simulated,
            fingerprint: &cases.fingerprint,
            split: self.split.clone(),
            run: self.run,
            compute: self.compute,
            history: &self.trained.history,
            best: smallest(&self.trained.history, TEST_METRICS[0]),
        };
        from.card(
            name.unwrap_or_else(|| format!("counts-{region}")),
            purpose(region, cases.is_simulated),
            self.trained.net.n_weights(),
            TaskCard::Counts(CountsCard {
                network: settings.shape.clone(),
                preparation: settings.preparation,
                training: Some(CountsTraining {
                    settings: settings.clone(),
                    rater: cases.rater,
                    scores,
                }),
            }),
        )
    }
}
