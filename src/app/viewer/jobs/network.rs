//! What a leak network says of a scan, and the map of what that rests on: coarse first, then with boxes
//! that overlap, while the coarse one is looked at.

use super::maps::{map_of_labels, map_of_values};
use super::{Message, ViewerJobs};
use crate::app::shell::Job;
use crate::app::viewer::network::{map_style, patch, strongest};
use crate::app::viewer::scan::{NetworkMap, NetworkMapKind};
use crate::app::viewer::{Graphics, NetworkTask, Said, SaidMap, Scan};
use crate::enhancement::LabelNames;
use crate::formats::{self, PixelScaling, no_progress};
use crate::models::leak::{InputMode, LeakPrediction, leak_card};
use crate::models::{Compute, DeviceChoice, Model, NoGpu};
use crate::volume::LabelMap;
use crate::workflows::{
    self, Fill, LeakRequest, OcclusionRecord, OcclusionRequest, explain_leak, ignore_notices,
    other_folds, predict_leak,
};
use anyhow::Context as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use tempfile::TempDir;

impl ViewerJobs {
    /// Opens a network.
    pub(in crate::app::viewer) fn open_network(&self, path: PathBuf) {
        self.running.spawn("network", move |job| {
            job.say("Opening the network", 0.5);
            job.send(match Model::find(&path.to_string_lossy()) {
                Ok(model) if NetworkTask::of(&model).is_some() => {
                    Message::NetworkOpened(Box::new(model))
                }
                Ok(model) => Message::Failed(format!(
                    "{} is not asked about one scan ({}): {}",
                    model.card.name,
                    model.card.task.part().summary(),
                    path.display()
                )),
                Err(error) => Message::Failed(error.to_string()),
            });
        });
    }

    /// Asks a leak network about a scan.
    pub(in crate::app::viewer) fn ask_network(
        &self,
        model: Model,
        scan: Arc<Scan>,
        wants_map: bool,
        strongest_percent: f64,
    ) {
        let graphics = self.graphics.clone();
        self.running.spawn("leak", move |job| {
            let asked = Asked {
                job,
                graphics: &graphics,
                model: &model,
                scan: &scan,
                strongest_percent,
            };
            if let Err(error) = asked.run(wants_map)
                && !job.is_cancelled()
            {
                job.send(Message::Failed(format!("{error:#}")));
            }
        });
    }

    /// Writes the map and its record into a folder.
    pub(in crate::app::viewer) fn save_map(&self, said: Arc<Said>, folder: PathBuf) {
        self.running.spawn("save", move |job| {
            job.say("Saving the map", 0.5);
            job.send(match saved(&said, &folder) {
                Ok(n) => Message::Saved(format!("{n} files saved in {}", folder.display())),
                Err(error) => Message::Failed(format!("{error:#}")),
            });
        });
    }
}

fn saved(said: &Said, folder: &Path) -> anyhow::Result<usize> {
    std::fs::create_dir_all(folder)
        .with_context(|| format!("cannot make the folder: {}", folder.display()))?;
    let files = said.map.as_ref().map_or(&[][..], |map| &map.files);
    for file in files {
        let to = folder.join(file.file_name().unwrap_or_default());
        anyhow::ensure!(
            !to.exists(),
            "there is such a file already, which is not overwritten: {}",
            to.display()
        );
        std::fs::copy(file, &to).with_context(|| format!("cannot write: {}", to.display()))?;
    }
    said.prediction.write(folder)?;
    Ok(files.len() + 1)
}

/// Gives the device that a network is computed on.
type GivesCompute = dyn Fn() -> Result<Compute, NoGpu>;

/// The best that there is.
pub(super) fn on_best() -> Result<Compute, NoGpu> {
    let chosen = workflows::compute(DeviceChoice::Auto, &ignore_notices);
    Ok(chosen.unwrap_or_else(|_| Compute::cpu()))
}

/// A map is made of changes, which only the processor computes.
#[expect(
    clippy::unnecessary_wraps,
    reason = "as whoever wants a device takes it"
)]
fn on_processor() -> Result<Compute, NoGpu> {
    Ok(Compute::cpu())
}

/// What is asked, and with what at hand.
struct Asked<'a> {
    job: &'a Job<Message>,
    graphics: &'a Graphics,
    model: &'a Model,
    scan: &'a Arc<Scan>,
    strongest_percent: f64,
}

impl Asked<'_> {
    fn run(&self, wants_map: bool) -> anyhow::Result<()> {
        let file = self.scan.file_or_name();
        let request = |model, compute: &'static GivesCompute| LeakRequest {
            model,
            scan: &file,
            mode: InputMode::Prepared,
            compute,
        };
        let notify = |notice| self.job.notice(notice);
        let prediction = predict_leak(&request(self.model, &on_best), &notify)?;
        // A fold that cannot be asked takes nothing from what this one says.
        self.say(prediction.clone(), &[], None);
        let others = self.model.file().map_or(Ok(Vec::new()), other_folds)?;
        let folds = others.iter().map(|model| {
            let by_fold = predict_leak(&request(model, &on_best), &notify)?;
            anyhow::Ok(by_fold.probability)
        });
        let folds = folds.collect::<anyhow::Result<Vec<f64>>>()?;
        if !folds.is_empty() {
            self.say(prediction.clone(), &folds, None);
        }
        if !wants_map || self.job.is_cancelled() {
            return Ok(());
        }
        let spacing_mm = leak_card(self.model)?.preparation.spacing_mm;
        let patch = patch(spacing_mm, prediction.came_from.size);
        for is_refined in [false, true] {
            let stride = match is_refined {
                false => patch,
                true => patch.map(|n| n.div_ceil(2)),
            };
            let folder = TempDir::new().context("no folder for the map")?;
            let output = folder.path().join(map_name(&file));
            let explained = explain_leak(
                &OcclusionRequest {
                    of: request(self.model, &on_processor),
                    patch,
                    stride,
                    fill: Fill::Zero,
                    part: None,
                    number: None,
                    from_the_beginning: false,
                    output: &output,
                    raw: None,
                    checks: None,
                    labels: None,
                },
                &notify,
            )?;
            let map = self.map(
                folder,
                &output,
                explained.record,
                explained.written,
                is_refined,
            )?;
            self.say(prediction.clone(), &folds, Some(map));
        }
        Ok(())
    }

    fn say(&self, prediction: LeakPrediction, other_folds: &[f64], map: Option<SaidMap>) {
        self.job.send(Message::Said(Arc::new(Said {
            of: self.scan.clone(),
            prediction,
            other_folds: other_folds.to_vec(),
            map,
        })));
    }

    /// The map and its strongest region as they are shown.
    fn map(
        &self,
        folder: TempDir,
        output: &Path,
        record: OcclusionRecord,
        files: Vec<PathBuf>,
        is_refined: bool,
    ) -> anyhow::Result<SaidMap> {
        let paths = [output.to_owned()];
        let found = formats::catalogue(&paths, &no_progress)?;
        let entry = found.entries.first();
        let entry = entry.with_context(|| format!("no map lies there: {}", output.display()))?;
        let volume = entry.place.open(0, PixelScaling::default(), &no_progress)?;
        let volume = volume.volume;
        let what = if is_refined { "Map" } else { "Coarse map" };
        let made = || NetworkMap {
            of: self.scan.clone(),
            kind: NetworkMapKind::Leak,
        };
        let name = format!("{what} of {}", self.scan.name);
        let map = map_of_values(self.graphics, name, &volume, map_style(&volume), made())?;
        let ids = strongest(&volume, self.strongest_percent);
        let labels = LabelMap::of_ids(volume.grid().clone(), &ids)?;
        let labels = labels.with_orientation(volume.orientation());
        let names = LabelNames::from([(1, "strongest region".to_owned())]);
        let remark = format!(
            "The {} % of the map where the logit falls most",
            self.strongest_percent
        );
        let name = format!("Strongest region, {}", self.scan.name);
        let outline = map_of_labels(self.graphics, name, labels, (names, remark), made())?;
        Ok(SaidMap {
            record,
            files,
            is_refined,
            scans: vec![Arc::new(map), Arc::new(outline)],
            _folder: folder,
        })
    }
}

/// What the file of a map is called, after its scan.
fn map_name(scan: &Path) -> String {
    let name = scan
        .file_name()
        .unwrap_or_default()
        .to_string_lossy()
        .into_owned();
    let stem = name
        .strip_suffix(".nii.gz")
        .or_else(|| name.strip_suffix(".nii"))
        .unwrap_or(&name);
    format!("{stem}_occlusion.nii.gz")
}
