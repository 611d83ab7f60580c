//! The examination of one patient.

use super::quantities;
use super::request::ExamineRequest;
use super::results::PatientRecord;
use super::sources::{PatientScan, PatientScans};
use crate::anatomy::{FatStatistic, find_planes, orbital_fat};
use crate::formats::bids::{self, ScanName};
use crate::formats::{PixelScaling, Voxels, no_progress, write_nifti};
use crate::models::tracer::{
    InputScan, PlanesAt, PredictOptions, ScanInterval, TARGET_HOURS, TracerCard, tracer_card,
};
use crate::models::{Compute, Model};
use crate::registration::{
    Between, HeadScan, Kernel, Series, SeriesScan, TransformKind, conformed, resampled,
    transform_text,
};
use crate::text::{self, Limit};
use crate::volume::{Affine, Grid, Volume};
use crate::workflows::notice::ignore_notices;
use crate::workflows::predict::{PredictRequest, RealScan, predict};
use anyhow::{Context, bail};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};

/// Examines patients one after the other.
pub(super) struct Examiner<'a> {
    pub(super) request: &'a ExamineRequest<'a>,
    /// The networks that may predict.
    pub(super) models: Vec<Model>,
    pub(super) compute: &'a dyn Fn() -> anyhow::Result<Compute>,
}

/// What a patient's results came from; the file that is written last.
#[derive(Serialize, Deserialize, PartialEq)]
struct Came {
    version: String,
    kernel: String,
    predicts: bool,
    /// The scans' files with their sizes, by session.
    sources: Vec<(String, f64, u64)>,
    /// The label map with its size.
    labels: Option<(PathBuf, u64)>,
}

/// A scan on the grid of the first.
struct Conformed {
    volume: Volume,
    hours: f64,
    path: PathBuf,
}

impl Examiner<'_> {
    pub(super) fn examine(
        &self,
        patient: &PatientScans,
        progress: &(dyn Fn(f64) -> ControlFlow<()> + Sync),
    ) -> anyhow::Result<PatientRecord> {
        let root = self.request.output;
        let folder = root.join(format!("sub-{}", patient.subject));
        if let Some(problem) = &patient.problem {
            // A scan may be away for a day: what was made of it once is not given up for that.
            match folder.exists() {
                true => bail!(
                    "{problem}; what an earlier run made is left: {}",
                    folder.display()
                ),
                false => bail!("{problem}"),
            }
        }
        let record = folder.join(format!("sub-{}_examination.json", patient.subject));
        let came = self.came(patient);
        if is_kept(&record, &came) {
            return Ok(PatientRecord::Kept);
        }
        if folder.exists() {
            // Of a run that was cut off, or of other scans: nothing of it is to be mixed in.
            quantities::outdate(root)?;
            std::fs::remove_dir_all(&folder)
                .with_context(|| format!("cannot be replaced: {}", folder.display()))?;
        }
        let made = self.make(patient, &folder, &record, came, progress);
        if made.is_err() && folder.exists() {
            // Scans of a patient who failed would pass for examined ones.
            std::fs::remove_dir_all(&folder)
                .with_context(|| format!("cannot be removed: {}", folder.display()))?;
        }
        made
    }

    fn make(
        &self,
        patient: &PatientScans,
        folder: &Path,
        record: &Path,
        came: Came,
        progress: &(dyn Fn(f64) -> ControlFlow<()> + Sync),
    ) -> anyhow::Result<PatientRecord> {
        let root = self.request.output;
        let mut remarks = Vec::new();
        let n = patient.scans.len() as f64;
        let stop = |at: usize, share: f32| progress((at as f64 + f64::from(share)) / (n + 1.0));
        let first = self.open(&patient.scans[0], &mut remarks)?;
        let grid = conformed(first.grid())?;
        let mut series = Series::new(HeadScan::new(&first).context(name_of(&patient.scans[0]))?);
        let writer = Writer {
            root,
            subject: &patient.subject,
            grid: &grid,
            kernel: self.request.kernel,
        };
        let mut scans = vec![writer.write(0, &patient.scans[0], &first, &first, None)?];
        let mut sessions = vec![session_json(&patient.scans[0], &scans[0], None)];
        for (at, scan) in patient.scans.iter().enumerate().skip(1) {
            let volume = self.open(scan, &mut remarks)?;
            let head = HeadScan::new(&volume).context(name_of(scan))?;
            let found = series
                .next(head, &|share| stop(at, share))
                .context(name_of(scan))?;
            let doubts = found.doubts();
            if !doubts.is_empty() {
                // What is misplaced would enter every map and prediction without a word.
                bail!(
                    "{} cannot be registered: {}",
                    scan.entry.name,
                    doubts.join("; ")
                );
            }
            scans.push(writer.write(at, scan, &first, &volume, Some(&found))?);
            sessions.push(session_json(scan, &scans[at], Some(&found)));
        }
        let planes = self.planes(&scans, &mut remarks);
        let predictions = self.predict(&scans, planes.as_ref(), folder, &mut remarks)?;
        let planes = planes.map(|at| {
            json!({
                "axial_mm": at.axial_mm,
                "sagittal_mm": at.sagittal_mm,
                "axial_doubt": at.axial_doubt,
                "sagittal_doubt": at.sagittal_doubt,
            })
        });
        let mut whole = json!({
            "warning": crate::models::WARNING,
            "came_from": came,
            "sessions": sessions,
            "planes": planes,
            "predictions": predictions,
            "remarks": remarks,
        });
        if let Some(whole) = whole.as_object_mut() {
            whole.insert(
                "made_by".to_owned(),
                format!("cisterna {}", env!("CARGO_PKG_VERSION")).into(),
            );
        }
        // Before the record, so that no run takes tables without this patient for complete.
        quantities::outdate(root)?;
        bids::write_json(record, &whole)?;
        Ok(PatientRecord::Made(remarks))
    }

    fn came(&self, patient: &PatientScans) -> Came {
        let source = |scan: &PatientScan| {
            let file = scan.entry.place.file();
            // Of a series of files their number.
            let n_files = scan.entry.place.series().map_or(0, |of| of.n_files as u64);
            let size = file
                .and_then(|file| file.metadata().ok())
                .map_or(n_files, |of| of.len());
            (scan.entry.name.clone(), scan.hours, size)
        };
        Came {
            version: env!("CARGO_PKG_VERSION").to_owned(),
            kernel: format!("{:?}", self.request.kernel).to_lowercase(),
            predicts: self.request.predicts,
            sources: patient.scans.iter().map(source).collect(),
            labels: patient.labels.as_ref().map(|path| {
                let size = path.metadata().map_or(0, |of| of.len());
                (path.clone(), size)
            }),
        }
    }

    fn open(&self, scan: &PatientScan, remarks: &mut Vec<String>) -> anyhow::Result<Volume> {
        let entry = &scan.entry;
        if entry.info.volumes > 1 {
            bail!(
                "{} holds {} volumes, where one head is registered",
                entry.name,
                entry.info.volumes
            );
        }
        let opened = entry.place.open(0, PixelScaling::default(), &no_progress)?;
        let warnings = opened.info.warnings.iter();
        remarks.extend(warnings.map(|warning| format!("{}: {warning}", entry.name)));
        Ok(opened.volume)
    }

    /// Where the study's planes lie, by the first scan; none where that shows no head.
    fn planes(&self, scans: &[Conformed], remarks: &mut Vec<String>) -> Option<PlanesAt> {
        let first = &scans[0];
        match PlanesAt::find(&first.volume, &first.path, None, None) {
            Ok(at) => {
                let strange = at.strange(&first.volume, first.hours);
                remarks.extend(strange.iter().map(|why| format!("planes: {why}")));
                Some(at)
            }
            Err(error) => {
                remarks.push(format!("no planes: {error}"));
                None
            }
        }
    }

    /// The predictions of all networks whose scans there are.
    fn predict(
        &self,
        scans: &[Conformed],
        at: Option<&PlanesAt>,
        folder: &Path,
        remarks: &mut Vec<String>,
    ) -> anyhow::Result<Vec<Value>> {
        let options = PredictOptions {
            planes_mm: [at.map(|at| at.axial_mm), at.map(|at| at.sagittal_mm)],
            regions: at.and_then(|at| at.regions(&scans[0].volume)),
            spread: true,
        };
        let [first_target, last_target] = TARGET_HOURS;
        let real = scans
            .iter()
            .filter(|scan| (first_target..=last_target).contains(&scan.hours))
            .min_by(|a, b| (a.hours - 24.0).abs().total_cmp(&(b.hours - 24.0).abs()));
        let mut made = Vec::new();
        for model in &self.models {
            let card = tracer_card(model)?;
            let Some(inputs) = inputs_among(card, scans) else {
                continue;
            };
            let compute = (self.compute)()?;
            let request = PredictRequest {
                model,
                scans: inputs,
                real: real.map(|scan| RealScan::whole(scan.volume.clone(), scan.path.clone())),
                options: options.clone(),
                compute: &|| Ok(compute.clone()),
            };
            let predicted = match predict(request, &ignore_notices) {
                Ok(predicted) => predicted,
                Err(error) => {
                    remarks.push(format!("{} predicted nothing: {error:#}", model.card.name));
                    continue;
                }
            };
            let name = &model.card.name;
            let told = predicted.prediction.provenance.remarks.iter();
            remarks.extend(told.map(|text| format!("{name}: {text}")));
            let to = folder.join("prediction").join(name);
            predicted.prediction.write(&to, predicted.real.as_ref())?;
            made.push(json!({
                "model": name,
                "trained_on": model.card.trained_on(),
                "folder": format!("prediction/{name}"),
                "grade": predicted.prediction.grade,
                "against_real": predicted.real.as_ref().map(|real| &real.metrics),
            }));
        }
        Ok(made)
    }
}

/// Whether all of it was made from the same.
fn is_kept(record: &Path, came: &Came) -> bool {
    let before = text::open(record, Limit::Settings).ok();
    let before = before.and_then(|text| serde_json::from_str::<Value>(&text).ok());
    let before = before.and_then(|value| serde_json::from_value(value["came_from"].clone()).ok());
    before.is_some_and(|before: Came| before == *came)
}

/// The scans that a network is given, where there are all of them: of several in an interval the
/// first.
fn inputs_among(card: &TracerCard, scans: &[Conformed]) -> Option<Vec<InputScan>> {
    let intervals = card.inputs.as_ref()?.intervals().iter();
    let input = |&interval: &ScanInterval| {
        let scan = scans
            .iter()
            .find(|scan| ScanInterval::of(scan.hours) == Some(interval))?;
        Some(InputScan {
            interval,
            volume: scan.volume.clone(),
            sagittal: None,
            path: scan.path.clone(),
            hours: Some(scan.hours),
        })
    };
    intervals.map(input).collect()
}

fn name_of(scan: &PatientScan) -> String {
    scan.entry.name.clone()
}

fn session_json(scan: &PatientScan, written: &Conformed, found: Option<&SeriesScan>) -> Value {
    json!({
        "scan": scan.entry.name,
        "hours": scan.hours,
        "sha256": scan.entry.place.file().and_then(|file| crate::models::file_sha256(&file)),
        "file": written.path.file_name().map(|name| name.to_string_lossy().into_owned()),
        "moved_mm": found.map(|found| found.to_first.moved_mm),
        "rotated_deg": found.map(|found| found.to_first.rotated_deg),
        "quality": found.and_then(|found| found.to_first.quality.as_ref()),
        "closure_mm": found.and_then(|found| found.closure_mm),
    })
}

/// Writes scans on one grid, with how they got there.
struct Writer<'a> {
    root: &'a Path,
    subject: &'a str,
    grid: &'a Grid,
    kernel: Kernel,
}

impl Writer<'_> {
    fn write(
        &self,
        at: usize,
        scan: &PatientScan,
        first: &Volume,
        volume: &Volume,
        found: Option<&SeriesScan>,
    ) -> anyhow::Result<Conformed> {
        let session = format!("{:02}", at + 1);
        let name = ScanName {
            subject: self.subject,
            session: Some(&session),
            description: Some("conformed"),
            suffix: "T1w",
            ..ScanName::default()
        };
        let path = name.path(self.root, ".nii.gz");
        let fixed_from_moving =
            found.map_or_else(Affine::identity, |f| f.to_first.fixed_from_moving);
        let placed = volume.placed(&fixed_from_moving)?;
        let new = resampled(&placed, self.grid, self.kernel)?;
        bids::write_json(&name.path(self.root, ".json"), &self.sidecar(scan, &new))?;
        write_nifti(
            &path,
            self.grid,
            new.orientation(),
            Voxels::F32(new.values()),
        )?;
        if let Some(found) = found {
            let anat = path.parent().unwrap_or(self.root);
            let stem = format!(
                "sub-{}_ses-{session}_from-T1w_to-ses01_mode-image_xfm",
                self.subject
            );
            let between = Between {
                fixed: first.grid(),
                moving: volume.grid(),
            };
            let names = ["the first scan", scan.entry.name.as_str()];
            let about = json!({
                "From": scan.entry.name,
                "To": "the patient's first scan",
                "Software": "Cisterna",
                "moved_mm": found.to_first.moved_mm,
                "rotated_deg": found.to_first.rotated_deg,
                "quality": found.to_first.quality,
                "closure_mm": found.closure_mm,
            });
            bids::write_json(&anat.join(format!("{stem}.json")), &about)?;
            for (kind, ending) in [(TransformKind::Itk, "txt"), (TransformKind::Lta, "lta")] {
                let text = transform_text(kind, &fixed_from_moving, between, names);
                bids::write_text(&anat.join(format!("{stem}.{ending}")), &text)?;
            }
        }
        Ok(Conformed {
            volume: new,
            hours: scan.hours,
            path,
        })
    }

    /// What the scan's own sidecar says, and what was done to it.
    fn sidecar(&self, scan: &PatientScan, new: &Volume) -> Map<String, Value> {
        let own = scan
            .entry
            .place
            .file()
            .and_then(|file| bids::sidecar_of(&file));
        let mut fields = match own {
            Some(Value::Object(fields)) => fields,
            _ => Map::new(),
        };
        // True of the scan as it was, not as it is now.
        fields.remove("SimulatedMotion");
        let mut set = |name: &str, value: Value| drop(fields.insert(name.to_owned(), value));
        set("HoursAfterInjection", json!(scan.hours));
        set("Sources", json!([scan.entry.name]));
        set("SkullStripped", json!(false));
        set("Software", json!("Cisterna"));
        set("SoftwareVersion", json!(env!("CARGO_PKG_VERSION")));
        set(
            "Resampled",
            json!(format!("once, {:?}, to 256 voxels of 1 mm", self.kernel).to_lowercase()),
        );
        let fat = |statistic| {
            let planes = find_planes(new).ok()?;
            orbital_fat(new, &planes, statistic).map(|fat| fat.signal)
        };
        set("OrbitalFatMean", json!(fat(FatStatistic::Mean)));
        set("OrbitalFatMedian", json!(fat(FatStatistic::Median)));
        fields
    }
}
