//! A network trained from a data set into a folder.

use super::compute::compute;
use super::grade::LabelMaps;
use super::losses::write_losses;
use super::notice::{Notify, remark, working};
use super::training::{
    Resume, TrainedFrom, initial_network, progress, smallest, tell_start, write_card,
};
use super::trial::Trying;
use crate::models::tracer::{
    Cases, DataError, Evaluation, Inputs, Predictor, Preparation, TEST_METRICS, TracerCard,
    TracerSettings, TracerTraining, Trial, judge, open_cases, purpose, tracer_card, train, unet,
};
use crate::models::{
    Card, Compute, DeviceChoice, FinishedTraining, Model, Network, RunSettings, Split, TaskCard,
    UNet, UNetShape, tensors_of,
};
use anyhow::{Context, bail};
use std::path::Path;

/// What is to be trained, and where to.
pub struct TrainTracerRequest<'a> {
    /// The data set.
    pub data: &'a Path,
    /// A table that says where the planes lie.
    pub planes: Option<&'a Path>,
    /// The task's settings.
    pub settings: TracerSettings,
    /// All other settings; what it begins with is taken from `start`.
    pub run: RunSettings,
    /// The network that it begins with.
    pub start: Option<Model>,
    /// On what it is computed.
    pub device: DeviceChoice,
    /// Whether to go on from the checkpoint in the folder.
    pub resume: bool,
    /// By what the network will be called; otherwise the interval and the loss.
    pub name: Option<String>,
    /// The folder for the network, its card, its losses and the checkpoint.
    pub output: &'a Path,
}

/// Trains a tracer network: writes `model.bpk`, `card.json`, `card.md`, `losses.csv`, a picture of
/// the losses, and `checkpoint.bpk` after each epoch. Hands back the card.
///
/// # Errors
/// When the network to begin with does not fit, when there is a training in the folder already, when
/// the data set has no patients, and as the training itself.
pub fn train_tracer(request: TrainTracerRequest<'_>, notify: Notify<'_>) -> anyhow::Result<Card> {
    let TrainTracerRequest {
        settings,
        mut run,
        output,
        ..
    } = request;
    if let Some(start) = &request.start {
        check_start(start, &settings)?;
    }
    let checkpoint = output.join("checkpoint.bpk");
    let resume = match request.resume {
        true => Resume::GoOn,
        false => Resume::No,
    };
    resume.check(&checkpoint)?;
    let compute = compute(request.device, notify)?;
    let (inputs, preparation) = (&settings.inputs, settings.preparation);
    let cases = cases(request.data, inputs, preparation, request.planes, notify)?;
    std::fs::create_dir_all(output)
        .with_context(|| format!("cannot make the folder {}", output.display()))?;
    let start = request.start.as_ref();
    let seen = start.and_then(|start| start.card.split_of(&cases.fingerprint));
    let split = seen.cloned().unwrap_or_else(|| cases.draw_split(run.seed));
    run.start = start.map(initial_network);
    let initial = start
        .map(|start| anyhow::Ok(tensors_of(&unet(start, compute.device())?.1)?))
        .transpose()?;
    let begin = resume.begin(&checkpoint, initial.as_ref());
    tell_start(notify, "", &split, &compute);
    let trained = train(
        &cases,
        &split,
        &settings,
        &run,
        compute.device(),
        &checkpoint,
        begin,
        &mut progress(notify, "", run.epochs, TEST_METRICS[0], 5),
    )?;
    let name = request.name;
    let name = name.unwrap_or_else(|| format!("{}-{}", settings.inputs, settings.loss));
    let made = Made {
        name,
        data: request.data,
        settings: &settings,
        run: &run,
        cases: &cases,
        split,
        trained: &trained,
        compute: &compute,
    };
    let card = made.write(output)?;
    write_losses(
        output,
        &trained.history,
        &TEST_METRICS,
        &settings.loss.to_string(),
    )?;
    Ok(card)
}

/// Refuses a network that a training cannot begin with, and says why.
fn check_start(start: &Model, settings: &TracerSettings) -> anyhow::Result<()> {
    let has = &tracer_card(start)?.shape;
    let needs = settings.shape();
    let name = &start.card.name;
    if has.channels_in != needs.channels_in {
        bail!(
            "--start: {name} is given {} planes, but --interval {} makes {}",
            has.channels_in,
            settings.inputs,
            needs.channels_in
        );
    }
    if has.context && !needs.context {
        bail!(
            "--start: {name} sees the whole head at its bottleneck, which only --recipe best trains"
        );
    }
    let with_context = UNetShape {
        context: needs.context,
        ..has.clone()
    };
    if with_context != needs {
        bail!(
            "--start: {name} is of another kind than what is trained here: {} features, depth {}, {} planes out, {:?} up-sampling, {:?} head",
            has.features,
            has.depth,
            has.channels_out,
            has.upsampling,
            has.head
        );
    }
    Ok(())
}

/// Opens the patients of a data set and says who was left out and whose planes are doubtful.
pub(super) fn cases(
    data: &Path,
    inputs: &Inputs,
    preparation: Preparation,
    planes: Option<&Path>,
    notify: Notify<'_>,
) -> Result<Cases, DataError> {
    let progress = |share: f32| working(notify, "opening scans", f64::from(share));
    let cases = open_cases(data, inputs, preparation, planes, &progress)?;
    for (subject, why) in &cases.left_out {
        remark(notify, format!("sub-{subject} is left out: {why}"));
    }
    for case in &cases.cases {
        for doubt in &case.doubts {
            remark(notify, format!("sub-{}: {doubt}", case.subject));
        }
    }
    Ok(cases)
}

/// A trained network with all that its card tells.
struct Made<'a> {
    name: String,
    data: &'a Path,
    settings: &'a TracerSettings,
    run: &'a RunSettings,
    cases: &'a Cases,
    split: Split,
    trained: &'a FinishedTraining<UNet>,
    compute: &'a Compute,
}

impl Made<'_> {
    /// Writes the network and its card, twice: what is stored has half the precision, and its errors
    /// are the ones to tell.
    fn write(&self, output: &Path) -> anyhow::Result<Card> {
        let model_path = output.join("model.bpk");
        let draft = self.card(Evaluation::default(), None)?;
        Model::write(&self.trained.net, &draft, &model_path)?;
        let device = self.compute.device();
        let stored = Predictor::open(&Model::find(&model_path.to_string_lossy())?, device)?;
        let judged = judge(&stored, self.cases, Some(&self.split), device)?;
        let evaluation = judged.evaluation.clone();
        let maps = LabelMaps::of(self.data)?;
        let trying = Trying {
            net: &stored,
            calibration: None,
            root: self.data,
            cases: self.cases,
            maps: &maps,
            compute: self.compute,
        };
        let trial = trying.of(judged)?.trial;
        let card = self.card(evaluation, Some(trial))?;
        Model::write(&self.trained.net, &card, &model_path)?;
        write_card(&card, output)?;
        Ok(card)
    }

    fn card(&self, evaluation: Evaluation, trial: Option<Trial>) -> anyhow::Result<Card> {
        let Self {
            settings, cases, ..
        } = self;
        let from = TrainedFrom {
            data: self.data,
            is_simulated: cases.is_simulated,
            fingerprint: &cases.fingerprint,
            split: self.split.clone(),
            run: self.run,
            compute: self.compute,
            history: &self.trained.history,
            best: smallest(&self.trained.history, "test_mse"),
        };
        from.card(
            self.name.clone(),
            purpose(self.run.start.as_ref(), cases.is_simulated),
            self.trained.net.n_weights(),
            TaskCard::Tracer(TracerCard {
                shape: settings.shape(),
                inputs: Some(settings.inputs.clone()),
                preparation: settings.preparation,
                training: Some(TracerTraining {
                    loss: settings.loss,
                    recipe: settings.recipe,
                    hours: cases.hours(),
                    evaluation,
                }),
                trial: trial.map(Box::new),
            }),
        )
    }
}
