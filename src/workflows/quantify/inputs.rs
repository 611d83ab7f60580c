//! The series of each patient: which scans, which labels, when.

use super::request::{PlacedVolume, QuantifySource};
use crate::formats;
use crate::formats::bids::{self, BidsScan};
use crate::volume::Affine;
use anyhow::{Context, bail};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// A scan that is to be measured.
pub(super) struct SeriesScan {
    pub session: String,
    pub hours: f64,
    pub file: SeriesFile,
}

/// A scan or a map of a series: a file, which is taken where it lies, or what is open already.
pub(super) struct SeriesFile {
    pub path: PathBuf,
    pub placed: Option<PlacedVolume>,
}

impl SeriesFile {
    fn filed(path: impl Into<PathBuf>) -> Self {
        Self {
            path: path.into(),
            placed: None,
        }
    }

    fn placed(volume: &PlacedVolume) -> Self {
        Self {
            path: volume.file.clone(),
            placed: Some(volume.clone()),
        }
    }
}

/// The label map of a patient, given all scans of the data set and what follows `sub-`.
type LabelsOf<'a> = dyn Fn(&[BidsScan], &str) -> anyhow::Result<Option<PathBuf>> + 'a;

/// One patient's scans, that before the tracer first.
pub(super) struct PatientSeries {
    pub subject: String,
    pub diagnosis: Option<String>,
    pub reflux_grade: Option<String>,
    pub scans: Vec<SeriesScan>,
    pub labels: Option<SeriesFile>,
    pub t1: Vec<PathBuf>,
}

/// The series that are asked for, and what is to be remarked.
pub(super) fn series_of(
    source: &QuantifySource<'_>,
) -> anyhow::Result<(Vec<PatientSeries>, Vec<String>)> {
    match source {
        QuantifySource::Series {
            before,
            scans,
            hours,
            labels,
            t1,
        } => {
            if !t1.is_empty() && t1.len() != 1 && t1.len() != 1 + scans.len() {
                bail!(
                    "--t1 has {} maps, where it takes one of the scan before, or one for each of the {} scans",
                    t1.len(),
                    1 + scans.len()
                );
            }
            let paths: Vec<&Path> = std::iter::once(*before)
                .chain(scans.iter().map(PathBuf::as_path))
                .collect();
            let series = PatientSeries {
                subject: subject_of(before),
                diagnosis: None,
                reflux_grade: None,
                scans: timed(&paths, *hours)?,
                labels: labels.map(SeriesFile::filed),
                t1: t1.to_vec(),
            };
            Ok((vec![series], Vec::new()))
        }
        QuantifySource::Placed { scans, labels } => {
            Ok((vec![of_placed(scans, labels)?], vec![placed_remark(scans)]))
        }
        QuantifySource::DataSet { root, labels } => {
            of_data_set(root, &|all, subject| labels_of(all, subject, *labels))
        }
        QuantifySource::Examined { root, labels } => {
            of_data_set(root, &|_, subject| Ok(labels.get(subject).cloned()))
        }
    }
}

/// A series of scans that are open.
fn of_placed(
    scans: &[(f64, PlacedVolume)],
    labels: &PlacedVolume,
) -> anyhow::Result<PatientSeries> {
    let timed = scans.iter().map(|(hours, scan)| SeriesScan {
        session: String::new(),
        hours: *hours,
        file: SeriesFile::placed(scan),
    });
    let mut scans = from_before(timed.collect())?;
    for (at, scan) in (1..).zip(&mut scans) {
        scan.session = format!("{at:02}");
    }
    Ok(PatientSeries {
        subject: subject_of(&scans[0].file.path),
        diagnosis: None,
        reflux_grade: None,
        scans,
        labels: Some(SeriesFile::placed(labels)),
        t1: Vec::new(),
    })
}

/// How many scans lie where their files say.
fn placed_remark(scans: &[(f64, PlacedVolume)]) -> String {
    let is_moved = |(_, scan): &&(f64, PlacedVolume)| scan.series_from_file != Affine::identity();
    match scans.iter().filter(is_moved).count() {
        0 => "no scan was moved: each is taken where its file puts it".to_owned(),
        n => format!(
            "{n} of {} scans were moved from where their files put them",
            scans.len()
        ),
    }
}

/// What the file's name says after `sub-`.
fn subject_of(path: &Path) -> String {
    let name = path
        .file_name()
        .and_then(|name| name.to_str())
        .unwrap_or("");
    let label = name
        .strip_prefix("sub-")
        .and_then(|rest| rest.split('_').next());
    let label: String = label
        .unwrap_or("01")
        .chars()
        .filter(char::is_ascii_alphanumeric)
        .collect();
    if label.is_empty() {
        "01".to_owned()
    } else {
        label
    }
}

/// Scans with their hours, later ones in their order.
fn timed(paths: &[&Path], hours: Option<&[f64]>) -> anyhow::Result<Vec<SeriesScan>> {
    if let Some(hours) = hours
        && hours.len() != paths.len()
    {
        bail!(
            "--hours has {} numbers for {} scans",
            hours.len(),
            paths.len()
        );
    }
    let mut scans = Vec::new();
    for (at, path) in paths.iter().enumerate() {
        let told = match hours {
            Some(hours) => Some(hours[at]),
            None => formats::describe(path, Some(0), &[])?.hours_after_injection,
        };
        let hours = match told {
            // The scan before is before, whenever it was.
            None if at == 0 => 0.0,
            told => told.with_context(|| {
                format!("no HoursAfterInjection, and no --hours: {}", path.display())
            })?,
        };
        if at == 0 && hours > 0.0 {
            bail!(
                "the scan before was taken {hours} h after the injection: {}",
                path.display()
            );
        }
        if at > 0 && hours <= 0.0 {
            bail!(
                "a later scan was taken at {hours} h, before the injection: {}",
                path.display()
            );
        }
        scans.push(SeriesScan {
            session: format!("{:02}", at + 1),
            hours,
            file: SeriesFile::filed(*path),
        });
    }
    scans[1..].sort_by(|a, b| a.hours.total_cmp(&b.hours));
    Ok(scans)
}

fn of_data_set(
    root: &Path,
    labels_of: &LabelsOf<'_>,
) -> anyhow::Result<(Vec<PatientSeries>, Vec<String>)> {
    let (all, mut remarks) = bids::scans(root)?;
    let participants = bids::participants(root)?;
    if let Some(participants) = &participants {
        remarks.extend(participants.remarks.iter().cloned());
    }
    let is_scan =
        |scan: &&BidsScan| scan.pipeline.is_none() && scan.kind == "anat" && scan.suffix == "T1w";
    let mut by_subject: BTreeMap<&str, Vec<&BidsScan>> = BTreeMap::new();
    for scan in all.iter().filter(is_scan) {
        by_subject.entry(&scan.subject).or_default().push(scan);
    }
    let mut found = Vec::new();
    for (subject, scans) in by_subject {
        let cell = |column: &str| {
            let participants = participants.as_ref()?;
            let at = participants
                .columns
                .iter()
                .position(|name| name == column)?;
            let cell = participants.of(subject)?.get(at)?;
            (cell != "n/a").then(|| cell.clone())
        };
        let labels = labels_of(&all, subject);
        match scans_of(&scans).and_then(|scans| Ok((scans, labels?))) {
            Ok((scans, labels)) => found.push(PatientSeries {
                subject: subject.to_owned(),
                diagnosis: cell("diagnosis"),
                reflux_grade: cell("reflux_grade"),
                scans,
                labels: labels.map(SeriesFile::filed),
                t1: Vec::new(),
            }),
            Err(why) => remarks.push(format!("sub-{subject} is left out: {why}")),
        }
    }
    if found.is_empty() {
        let why = remarks.last().cloned().unwrap_or_default();
        bail!(
            "no patient with a scan before the tracer and one after it; {why}: {}",
            root.display()
        );
    }
    Ok((found, remarks))
}

/// The last scan before the injection, and all after it.
fn scans_of(scans: &[&BidsScan]) -> anyhow::Result<Vec<SeriesScan>> {
    let mut timed = Vec::new();
    for (at, scan) in scans.iter().enumerate() {
        let hours = scan
            .hours_after_injection
            .with_context(|| format!("no HoursAfterInjection: {}", scan.path.display()))?;
        timed.push(SeriesScan {
            session: scan
                .session
                .clone()
                .unwrap_or_else(|| format!("{:02}", at + 1)),
            hours,
            file: SeriesFile::filed(&scan.path),
        });
    }
    from_before(timed)
}

/// By hours, from the last scan before the injection on.
fn from_before(mut timed: Vec<SeriesScan>) -> anyhow::Result<Vec<SeriesScan>> {
    timed.sort_by(|a, b| a.hours.total_cmp(&b.hours));
    if let Some(twice) = timed.windows(2).find(|pair| pair[0].hours == pair[1].hours) {
        bail!(
            "two scans were taken at {} h: {} and {}",
            twice[0].hours,
            twice[0].file.path.display(),
            twice[1].file.path.display()
        );
    }
    let n_before = timed.partition_point(|scan| scan.hours <= 0.0);
    if n_before == 0 || n_before == timed.len() {
        bail!("there is no scan before the injection, or none after it");
    }
    Ok(timed.split_off(n_before - 1))
}

/// The one label map of a patient.
pub(in crate::workflows) fn labels_of(
    all: &[BidsScan],
    subject: &str,
    pipeline: Option<&str>,
) -> anyhow::Result<Option<PathBuf>> {
    let is_theirs = |scan: &&BidsScan| {
        let is_wanted = match pipeline {
            Some(wanted) => scan.pipeline.as_deref() == Some(wanted),
            None => scan.pipeline.is_some(),
        };
        is_wanted && scan.subject == subject && scan.suffix == "dseg"
    };
    let maps: Vec<&BidsScan> = all.iter().filter(is_theirs).collect();
    match (&maps[..], pipeline) {
        ([], Some(wanted)) => {
            bail!("derivatives/{wanted} has no label map (_dseg) of this patient")
        }
        ([], None) => Ok(None),
        ([only], _) => Ok(Some(only.path.clone())),
        ([first, second, ..], _) => bail!(
            "there are several label maps, and --labels names the folder of derivatives whose is taken: {} and {}",
            first.path.display(),
            second.path.display()
        ),
    }
}
