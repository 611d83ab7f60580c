//! A tracer examination from the scanner to the numbers: the scans of each patient registered to the
//! first, conformed, measured and predicted from, as a data set of derivatives that training,
//! evaluation and prediction take as they take any.

mod patient;
mod quantities;
mod request;
mod results;
mod sources;

pub use request::ExamineRequest;
pub use results::{ExaminedPatient, Outcome};

use super::notice::{Notify, remark, working};
use crate::formats::bids::{self, DatasetDescription};
use crate::models::tracer::tracer_card;
use crate::models::{Compute, Model};
use anyhow::{Context, bail};
use patient::Examiner;
use serde::Serialize;
use sources::{PatientScans, patients_of};
use std::io::Write;
use std::path::{Path, PathBuf};
use std::sync::OnceLock;

/// Examines all patients; one that fails does not stop the others. A run that was interrupted goes
/// on where it stopped.
///
/// # Errors
/// When there are no scans, when the folder holds something else, when it cannot be written to, and
/// when `notify` answers to stop.
pub fn examine(
    request: &ExamineRequest<'_>,
    notify: Notify<'_>,
) -> anyhow::Result<Vec<ExaminedPatient>> {
    let listing = |share: f32| working(notify, "looking at the files", f64::from(share));
    let found = patients_of(request, &listing)?;
    for text in &found.remarks {
        remark(notify, text.clone());
    }
    begin(request.output)?;
    write_participants(request.output, &found.patients)?;
    let log = Log::open(request.output)?;
    let compute = OnceLock::new();
    let examiner = Examiner {
        request,
        models: match request.predicts {
            true => {
                let mut models = Model::embedded()?;
                models.retain(|model| tracer_card(model).is_ok());
                models
            }
            false => Vec::new(),
        },
        compute: &|| {
            let chosen = || super::compute(request.device, notify).map_err(|e| e.to_string());
            let chosen: &Result<Compute, String> = compute.get_or_init(chosen);
            chosen.clone().map_err(anyhow::Error::msg)
        },
    };
    let n = found.patients.len();
    let mut examined = Vec::with_capacity(n);
    for (at, patient) in found.patients.iter().enumerate() {
        let what = format!("sub-{}, patient {} of {n}", patient.subject, at + 1);
        let progress = |share: f64| working(notify, &what, (at as f64 + share) / n as f64);
        if progress(0.0).is_break() {
            bail!("stopped after {at} of {n} patients; the same command goes on from there");
        }
        let result = examiner.examine(patient, &progress);
        let one = ExaminedPatient::of(patient, result);
        log.write(&one)?;
        for text in one.lines() {
            remark(notify, text);
        }
        examined.push(one);
    }
    if let Some(erode) = request.erode {
        quantities::measure(request.output, &found.patients, &examined, erode, notify)?;
    }
    Ok(examined)
}

/// A folder that is new, or that an earlier run began.
fn begin(root: &Path) -> anyhow::Result<()> {
    let is_other = match bids::data_set_name(root) {
        Some(name) => name != DATA_SET,
        None => root.is_dir() && std::fs::read_dir(root)?.next().is_some(),
    };
    if is_other {
        bail!(
            "the folder is not empty and holds no examination: {}",
            root.display()
        );
    }
    let how = "Scans of each patient registered to the first one and conformed. Research use only, not a \
               medical device.";
    DatasetDescription::new(DATA_SET.to_owned(), "derivative", how.to_owned())
        .with_license("n/a")
        .write(root)?;
    bids::write_text(
        &root.join("README"),
        "Tracer examinations, registered and conformed by Cisterna. Research use only, not a medical\n\
         device.\n\n\
         sub-*/ses-*/anat holds each scan on the grid of the first, with the hours after the injection\n\
         in the JSON beside it, and how it was moved as *_xfm files. sub-*/sub-*_examination.json says\n\
         what all of it came from. examination.jsonl is the log: a line for each patient and run.\n\
         derivatives/quantities holds maps, tables and figures of the tracer.\n",
    )?;
    Ok(())
}

/// By what a data set of this kind is known.
const DATA_SET: &str = "Examinations by Cisterna";

/// What the sources' own tables say of the patients.
fn write_participants(root: &Path, patients: &[PatientScans]) -> anyhow::Result<()> {
    let mut columns: Vec<&str> = vec!["participant_id"];
    for (name, _) in patients.iter().flat_map(|patient| &patient.facts) {
        if !columns.contains(&name.as_str()) {
            columns.push(name);
        }
    }
    let cell = |patient: &PatientScans, column: &str| match column {
        "participant_id" => format!("sub-{}", patient.subject),
        _ => {
            let found = patient.facts.iter().find(|(name, _)| name == column);
            found.map_or_else(|| "n/a".to_owned(), |(_, value)| value.clone())
        }
    };
    let row = |patient: &PatientScans| columns.iter().map(|c| cell(patient, c)).collect();
    let rows: Vec<Vec<String>> = patients.iter().map(row).collect();
    Ok(bids::write_tsv(
        &root.join("participants.tsv"),
        &columns,
        &rows,
    )?)
}

/// One line for each patient and run.
struct Log(PathBuf);

impl Log {
    fn open(root: &Path) -> anyhow::Result<Self> {
        Ok(Self(root.join("examination.jsonl")))
    }

    fn write(&self, one: &ExaminedPatient) -> anyhow::Result<()> {
        #[derive(Serialize)]
        struct Line<'a> {
            at_utc: String,
            version: &'static str,
            #[serde(flatten)]
            one: &'a ExaminedPatient,
        }
        let line = Line {
            at_utc: crate::study::rfc3339(crate::ledger::now_unix_millis()),
            version: env!("CARGO_PKG_VERSION"),
            one,
        };
        let mut options = std::fs::OpenOptions::new();
        let file = options.create(true).append(true).open(&self.0);
        let mut file = file.with_context(|| format!("cannot write: {}", self.0.display()))?;
        writeln!(file, "{}", serde_json::to_string(&line)?)
            .with_context(|| format!("cannot write: {}", self.0.display()))
    }
}
