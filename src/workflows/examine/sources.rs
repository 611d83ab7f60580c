//! Which scans there are of whom, and when they were taken.

use super::request::ExamineRequest;
use crate::formats::{self, Catalogue, Entry, bids};
use crate::workflows::quantify::labels_of;
use anyhow::{Context, bail};
use sha2::{Digest, Sha256};
use std::collections::BTreeMap;
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};

/// The scans of all patients.
pub(super) struct Found {
    pub(super) patients: Vec<PatientScans>,
    pub(super) remarks: Vec<String>,
}

/// The scans of one patient.
pub(super) struct PatientScans {
    /// What will follow `sub-`.
    pub(super) subject: String,
    /// What the table of participants says.
    pub(super) facts: Vec<(String, String)>,
    /// A label map that lies over the first scan.
    pub(super) labels: Option<PathBuf>,
    /// In the order of time.
    pub(super) scans: Vec<PatientScan>,
    /// Why they cannot be examined, where that is known from the headers.
    pub(super) problem: Option<String>,
}

/// A scan with its time.
pub(super) struct PatientScan {
    pub(super) entry: Entry,
    /// After the injection, h.
    pub(super) hours: f64,
}

/// The fewest voxels along an axis of a scan of a whole head: planes and localizers have fewer.
const FEWEST_VOXELS: usize = 60;

/// What vendors call T1-weighted scans of a whole head; a name or a description without any of these is
/// taken only where `--series` asks for it, so that no T2-weighted scan passes for one.
const T1_WORDS: [&str; 8] = [
    "t1", "mprage", "mp-rage", "tfe", "spgr", "bravo", "flash", "vibe",
];

/// Two scans within so many hours are of one visit.
const ONE_VISIT_HOURS: f64 = 0.25;

/// Lists the scans of all sources and sorts them by patient.
pub(super) fn patients_of(
    request: &ExamineRequest<'_>,
    progress: &(dyn Fn(f32) -> ControlFlow<()> + Sync),
) -> anyhow::Result<Found> {
    let (mut patients, mut remarks) = (Vec::new(), Vec::new());
    let (file, pipeline) = labels_asked_for(request.labels)?;
    for source in request.sources {
        let catalogue = formats::catalogue(std::slice::from_ref(source), progress)?;
        remarks.extend(catalogue.warnings.iter().cloned());
        remarks.extend(catalogue.failures.iter().map(ToString::to_string));
        let all: Vec<usize> = (0..catalogue.entries.len()).collect();
        let hours = catalogue.hours(&all, request.injected);
        let mut by_patient: BTreeMap<String, Vec<usize>> = BTreeMap::new();
        for at in all
            .into_iter()
            .filter(|&at| is_wanted(&catalogue.entries[at], request))
        {
            let subject = subject_of(&catalogue.entries[at], source);
            by_patient.entry(subject).or_default().push(at);
        }
        let maps = match catalogue.data_set.is_some() && request.erode.is_some() {
            true => bids::scans(source)?.0,
            false => Vec::new(),
        };
        for (subject, chosen) in by_patient {
            let mut patient = PatientScans::of(&catalogue, subject, &chosen, &hours, request);
            match labels_of(&maps, &patient.subject, pipeline) {
                Ok(labels) => patient.labels = labels,
                Err(why) => drop(patient.problem.get_or_insert_with(|| format!("{why:#}"))),
            }
            patients.push(patient);
        }
    }
    if patients.is_empty() {
        bail!(
            "no T1-weighted scan of a whole head was found (--series names others): {}",
            request.sources[0].display()
        );
    }
    if let (Some(name), true) = (pipeline, patients.iter().all(|p| p.labels.is_none())) {
        bail!("no label map was found, neither a file nor in derivatives: {name}");
    }
    if let Some(file) = file {
        match &mut patients[..] {
            [only] => only.labels = Some(file.to_owned()),
            _ => bail!(
                "one label map is of one patient, and there are {}: {}",
                patients.len(),
                file.display()
            ),
        }
    }
    patients.sort_by(|a: &PatientScans, b| a.subject.cmp(&b.subject));
    if let Some(pair) = patients.windows(2).find(|p| p[0].subject == p[1].subject) {
        bail!("two sources have a patient sub-{}", pair[0].subject);
    }
    Ok(Found { patients, remarks })
}

/// A file of labels, or the name of a folder of `derivatives`.
fn labels_asked_for(labels: Option<&Path>) -> anyhow::Result<(Option<&Path>, Option<&str>)> {
    let Some(labels) = labels else {
        return Ok((None, None));
    };
    if labels.is_file() {
        return Ok((Some(labels), None));
    }
    let name = labels.to_str().filter(|name| !name.contains(['/', '\\']));
    let name = name.with_context(|| {
        format!(
            "neither a label map nor the name of a folder in derivatives: {}",
            labels.display()
        )
    })?;
    Ok((None, Some(name)))
}

/// Whether it is a scan of the kind that was asked for, of a whole head.
fn is_wanted(entry: &Entry, request: &ExamineRequest<'_>) -> bool {
    let shape = &entry.info.shape;
    let is_whole = shape.len() >= 3 && shape.iter().take(3).all(|&n| n >= FEWEST_VOXELS);
    let text = format!(
        "{} {}",
        entry.name,
        entry.info.description.as_deref().unwrap_or_default()
    );
    let text = text.to_lowercase();
    let is_kind = match (&entry.bids, request.series) {
        (Some(bids), []) => bids.suffix == "T1w" && bids.pipeline.is_none(),
        (_, words @ [_, ..]) => words.iter().any(|word| text.contains(&word.to_lowercase())),
        (None, []) => T1_WORDS.iter().any(|word| text.contains(word)),
    };
    let is_mr = entry
        .modality
        .as_deref()
        .is_none_or(|modality| modality == "MR");
    is_whole && is_kind && is_mr
}

/// What follows `sub-`: BIDS' own, or of DICOM a hash of the patient's identifier, which is shown
/// nowhere; else the name of the source.
fn subject_of(entry: &Entry, source: &Path) -> String {
    if let Some(bids) = &entry.bids {
        return bids.subject.clone();
    }
    let identity = entry
        .place
        .series()
        .and_then(|series| series.identity().ok());
    if let Some(id) = identity.and_then(|identity| identity.id.or(identity.name)) {
        let hash = Sha256::digest(id.trim().as_bytes());
        return hash[..4].iter().map(|byte| format!("{byte:02x}")).collect();
    }
    let stem = source.file_stem().unwrap_or_default().to_string_lossy();
    let name: String = stem.chars().filter(char::is_ascii_alphanumeric).collect();
    match name.is_empty() {
        true => "01".to_owned(),
        false => name,
    }
}

impl PatientScans {
    fn of(
        catalogue: &Catalogue,
        subject: String,
        chosen: &[usize],
        hours: &[Option<f64>],
        request: &ExamineRequest<'_>,
    ) -> Self {
        let row = catalogue.participants.as_ref().and_then(|table| {
            let row = table.of(&subject)?;
            let cells = table.columns.iter().zip(row).skip(1);
            Some(cells.map(|(c, v)| (c.clone(), v.clone())).collect())
        });
        let by_clock = |at: usize| catalogue.entries[at].info.hours_after_injection.is_none();
        let mut problem = None;
        let mut scans = Vec::new();
        for &at in chosen {
            let entry = catalogue.entries[at].clone();
            match hours[at] {
                Some(_) if by_clock(at) && request.injected.is_none() => {
                    problem.get_or_insert_with(|| {
                        format!(
                            "no sidecar says how many hours after the injection {} was taken; \
                             --injected says when that was by the scanner's clock",
                            entry.name
                        )
                    });
                }
                Some(hours) => scans.push(PatientScan { entry, hours }),
                None => {
                    problem.get_or_insert_with(|| {
                        format!("nothing says when {} was taken", entry.name)
                    });
                }
            }
        }
        scans.sort_by(|a, b| a.hours.total_cmp(&b.hours));
        let twice = scans
            .windows(2)
            .find(|pair| pair[1].hours - pair[0].hours < ONE_VISIT_HOURS);
        if let Some([one, other]) = twice.map(|pair| [&pair[0].entry, &pair[1].entry]) {
            problem.get_or_insert_with(|| {
                format!(
                    "{} and {} are of one visit; --series takes words of which the wanted series' \
                     description has one",
                    one.name, other.name
                )
            });
        }
        if scans.len() < 2 {
            problem
                .get_or_insert_with(|| "there is one scan only, where a series has two".to_owned());
        }
        Self {
            subject,
            facts: row.unwrap_or_default(),
            labels: None,
            scans,
            problem,
        }
    }
}
