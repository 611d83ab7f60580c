//! Patients' planes for the networks, out of whole data sets.

use super::interval::{Inputs, ScanInterval, TARGET_HOURS};
use super::planes::{
    DataError, PLANE_PIXELS, PlanesAt, Preparation, not_sure, prepare, prepare_planes,
};
use crate::anatomy::PlaneRegions;
use crate::formats::bids::{BidsScan, t1w_scans};
use crate::formats::{self, no_progress};
use crate::models::engine::{Samples, Split};
use crate::text::{self, Limit};
use crate::volume::{Plane, Volume};
use nalgebra::Point3;
use rayon::prelude::*;
use serde::Deserialize;
use sha2::{Digest, Sha256};
use std::collections::BTreeMap;
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};

/// Patients of the test, of how many: the tracer study's 31 of 136.
pub const TEST_SHARE: [usize; 2] = [31, 136];

/// One patient, on one of the scanners if there were several: what goes into a network and what should
/// come out.
#[derive(Clone, Debug)]
pub struct Case {
    /// What follows `sub-`.
    pub subject: String,
    /// What follows `acq-` in the names of the scans, where all of them say the same.
    pub acquisition: Option<String>,
    /// `[channels, 256, 256]`: of each scan in the order of time the axial plane, then the
    /// sagittal one.
    pub input: Vec<f32>,
    /// `[2, 256, 256]`: the planes of the scan of 24 h.
    pub target: Vec<f32>,
    /// When the scans were taken, h: the inputs, then the target.
    pub hours: Vec<f64>,
    /// Whether the scan of 24 h says that it was simulated.
    pub is_simulated: bool,
    /// Why its planes may lie wrong, and what is strange about the scan in which they were found, in
    /// words.
    pub doubts: Vec<String>,
    /// The points in which the axial and the sagittal plane are centred, RAS+ mm.
    pub centers: [Point3<f64>; 2],
    /// The regions of the axial plane by which reflux is graded, as the program finds them in the first
    /// scan; none where only planes are kept, and where no ventricles are seen.
    pub regions: Option<PlaneRegions>,
}

impl Case {
    /// The axial plane before the tracer, where that scan goes in.
    #[must_use]
    pub fn axial_before(&self) -> Option<&[f32]> {
        let first = ScanInterval::of(*self.hours.first()?);
        let is_before = first == Some(ScanInterval::Pre);
        is_before.then(|| &self.input[..PLANE_PIXELS])
    }
}

/// What a patient, on one of the scanners if there were several, is called in names of files and folders.
#[must_use]
pub fn case_label(subject: &str, acquisition: Option<&str>) -> String {
    match acquisition {
        Some(acquisition) => format!("sub-{subject}_acq-{acquisition}"),
        None => format!("sub-{subject}"),
    }
}

/// The patients of a data set that have all the scans.
#[derive(Clone, Debug)]
pub struct Cases {
    /// In the order of their names; a patient with several acquisitions has several.
    pub cases: Vec<Case>,
    /// Who was left out and why.
    pub left_out: Vec<(String, String)>,
    /// SHA-256 of the targets: tells whether a network was trained on these very patients.
    pub fingerprint: String,
    /// Whether every scan of 24 h says that it was simulated.
    pub is_simulated: bool,
}

impl Cases {
    /// The cases of some patients.
    #[must_use]
    pub fn of(&self, subjects: &[String]) -> Vec<&Case> {
        let wanted = |case: &&Case| subjects.contains(&case.subject);
        self.cases.iter().filter(wanted).collect()
    }

    /// The earliest and the latest hour of each scan that goes in, then of the target.
    #[must_use]
    pub fn hours(&self) -> Vec<[f64; 2]> {
        let n = self.cases.first().map_or(0, |case| case.hours.len());
        let range = |at: usize| {
            let hours = self.cases.iter().map(|case| case.hours[at]);
            hours.fold([f64::INFINITY, f64::NEG_INFINITY], |[low, high], h| {
                [low.min(h), high.max(h)]
            })
        };
        (0..n).map(range).collect()
    }

    /// The patients of a split, for a training.
    #[must_use]
    pub fn samples<'a>(&'a self, split: &'a Split) -> Samples<'a, Case> {
        Samples {
            learn_from: self.of(&split.train),
            judged_by: self.of(&split.test),
            split,
            fingerprint: &self.fingerprint,
        }
    }

    /// Draws [`TEST_SHARE`] of the patients for the test.
    #[must_use]
    pub fn draw_split(&self, seed: u64) -> Split {
        Split::draw(&self.subjects(), TEST_SHARE, seed)
    }

    /// All patients' names, each once.
    #[must_use]
    pub fn subjects(&self) -> Vec<String> {
        let mut names: Vec<String> = self.cases.iter().map(|case| case.subject.clone()).collect();
        names.dedup();
        names
    }
}

/// The files of one scan of a patient.
#[derive(Clone, Debug)]
enum ScanFiles {
    /// All of it.
    Whole(PathBuf),
    /// The two planes only, as `simulate --planes-only` writes them.
    Planes { axial: PathBuf, sagittal: PathBuf },
}

/// A scan with its time.
#[derive(Clone, Debug)]
struct TimedScan {
    hours: f64,
    acquisition: Option<String>,
    source: ScanFiles,
}

/// Opens the scans of every patient of a BIDS data set that has them all.
///
/// Of several scans in an interval, the one nearest to its middle is taken; for the target the
/// one nearest to 24 h. Each acquisition (`acq-`) of a patient that has all the scans by itself is a case
/// of its own, as one scanner shows a head in its own way; only where none has, all of the patient's
/// scans are looked through. Where the planes lie is found in the earliest scan that has
/// a time, or told by the table `planes` (`participant_id`, `axial_mm`, `sagittal_mm`), and is the
/// same in all scans of a patient. `progress` is told the share done and answers whether to go on.
///
/// # Errors
/// When the folder cannot be listed, when no patient has all the scans, or when the table is
/// wrong. A patient whose files cannot be used is left out, and the reason kept.
pub fn open_cases(
    root: &Path,
    inputs: &Inputs,
    preparation: Preparation,
    planes: Option<&Path>,
    progress: &(dyn Fn(f32) -> ControlFlow<()> + Sync),
) -> Result<Cases, DataError> {
    let told = planes.map(PlanesTable::open).transpose()?;
    let (scans, remarks) = t1w_scans(root)?;
    for remark in remarks {
        tracing::warn!("{remark}");
    }
    let patients = by_patient(scans);
    let n = patients.len();
    let done = std::sync::atomic::AtomicUsize::new(0);
    let opened: Vec<(String, Result<Opened, DataError>)> = patients
        .into_par_iter()
        .map(|(subject, scans)| {
            let so_far = done.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
            let goes_on = progress(so_far as f32 / n as f32).is_continue();
            let cases = match goes_on {
                true => open_patient(&subject, &scans, inputs, preparation, told.as_ref()),
                false => Err(DataError::Stopped),
            };
            (subject, cases)
        })
        .collect();
    let (mut cases, mut left_out) = (Vec::new(), Vec::new());
    for (subject, of_patient) in opened {
        match of_patient {
            Ok(of_patient) => {
                cases.extend(of_patient.cases);
                left_out.extend(of_patient.left_out);
            }
            Err(DataError::Stopped) => return Err(DataError::Stopped),
            Err(error) => left_out.push((subject, error.to_string())),
        }
    }
    if cases.is_empty() {
        let why = left_out
            .first()
            .map(|(subject, why)| format!("; sub-{subject}: {why}"));
        return Err(DataError::NoCases {
            inputs: inputs.to_string(),
            n_subjects: n,
            why: why.unwrap_or_default(),
            path: root.to_owned(),
        });
    }
    let mut hash = Sha256::new();
    for case in &cases {
        hash.update(case.subject.as_bytes());
        for value in &case.target {
            hash.update(value.to_le_bytes());
        }
    }
    let fingerprint = crate::models::hex(&hash.finalize());
    Ok(Cases {
        is_simulated: cases.iter().all(|case| case.is_simulated),
        cases,
        left_out,
        fingerprint,
    })
}

/// Which planes a file holds, as its acquisition says.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Holds {
    All,
    Axial,
    Sagittal,
}

/// What the acquisition of a scan says: which it is, and which planes are in the file. `simulate` calls
/// planes `axial` and `sagittal`, and with several scanners `scanner1axial` and so on.
fn told_by(acquisition: Option<&str>) -> (Option<String>, Holds) {
    let Some(name) = acquisition else {
        return (None, Holds::All);
    };
    let is_scanner = |name: &str| {
        let number = name.strip_prefix("scanner");
        number.is_some_and(|n| !n.is_empty() && n.bytes().all(|b| b.is_ascii_digit()))
    };
    for (plane, holds) in [("axial", Holds::Axial), ("sagittal", Holds::Sagittal)] {
        match name.strip_suffix(plane) {
            Some("") => return (None, holds),
            Some(own) if is_scanner(own) => return (Some(own.to_owned()), holds),
            _ => {}
        }
    }
    (Some(name.to_owned()), Holds::All)
}

/// Scans with a time, by patient.
fn by_patient(scans: Vec<BidsScan>) -> BTreeMap<String, Vec<TimedScan>> {
    let mut patients: BTreeMap<String, Vec<TimedScan>> = BTreeMap::new();
    let sagittals: BTreeMap<_, _> = scans
        .iter()
        .filter_map(|scan| match told_by(scan.acquisition.as_deref()) {
            (own, Holds::Sagittal) => {
                let of = (scan.subject.clone(), scan.session.clone(), own);
                Some((of, scan.path.clone()))
            }
            _ => None,
        })
        .collect();
    for scan in scans {
        let timed = patients.entry(scan.subject.clone()).or_default();
        let Some(hours) = scan.hours_after_injection else {
            continue;
        };
        let (acquisition, holds) = told_by(scan.acquisition.as_deref());
        let source = match holds {
            Holds::Sagittal => continue,
            Holds::Axial => {
                let of = (scan.subject, scan.session, acquisition.clone());
                match sagittals.get(&of) {
                    Some(sagittal) => ScanFiles::Planes {
                        axial: scan.path,
                        sagittal: sagittal.clone(),
                    },
                    None => continue,
                }
            }
            Holds::All => ScanFiles::Whole(scan.path),
        };
        timed.push(TimedScan {
            hours,
            acquisition,
            source,
        });
    }
    patients
}

/// What was opened of a patient.
#[derive(Default)]
struct Opened {
    cases: Vec<Case>,
    /// Acquisitions that could not be used while another could, and why.
    left_out: Vec<(String, String)>,
}

/// The scans of a patient by acquisition.
fn by_acquisition(scans: &[TimedScan]) -> BTreeMap<Option<&str>, Vec<TimedScan>> {
    let mut acquisitions: BTreeMap<Option<&str>, Vec<TimedScan>> = BTreeMap::new();
    for scan in scans {
        let own = acquisitions.entry(scan.acquisition.as_deref()).or_default();
        own.push(scan.clone());
    }
    acquisitions
}

/// The cases of a patient: one for each acquisition that has all the scans.
fn open_patient(
    subject: &str,
    scans: &[TimedScan],
    inputs: &Inputs,
    preparation: Preparation,
    told: Option<&PlanesTable>,
) -> Result<Opened, DataError> {
    let mut opened = Opened::default();
    let mut refused = None;
    for (acquisition, scans) in by_acquisition(scans) {
        match open_case(subject, &scans, inputs, preparation, told) {
            Ok(case) => opened.cases.push(Case {
                acquisition: acquisition.map(str::to_owned),
                ..case
            }),
            Err(DataError::NoScan(_)) => {}
            Err(error) => {
                let name = acquisition.map_or(String::new(), |name| format!(" acq-{name}"));
                let why = (format!("{subject}{name}"), error.to_string());
                opened.left_out.push(why);
                refused = Some(error);
            }
        }
    }
    match (opened.cases.is_empty(), refused) {
        (false, _) => Ok(opened),
        (true, Some(error)) => Err(error),
        (true, None) => {
            let case = open_case(subject, scans, inputs, preparation, told)?;
            opened.cases.push(case);
            Ok(opened)
        }
    }
}

/// The files of a patient for a prediction, on one of the scanners if there were several. Of a scan of
/// which only the planes are kept, the axial one.
#[derive(Clone, Debug)]
pub struct CohortScans {
    /// What follows `sub-`.
    pub subject: String,
    /// What follows `acq-` in the names of the scans, where all of them say the same.
    pub acquisition: Option<String>,
    /// The scans that go in, in the order of time.
    pub inputs: Vec<(ScanInterval, PathBuf)>,
    /// The scan of 24 h, where there is one.
    pub target: Option<PathBuf>,
    /// The earliest whole scan, in which the planes are found, and when it was taken, h after the
    /// injection; none where only planes are kept.
    pub first_whole: Option<(f64, PathBuf)>,
}

/// The patients of a data set for whom there can be a prediction.
#[derive(Clone, Debug)]
pub struct Cohort {
    /// In the order of their names; a patient with several acquisitions has several.
    pub patients: Vec<CohortScans>,
    /// Who was left out and why.
    pub left_out: Vec<(String, String)>,
}

/// The scans of every patient of a BIDS data set who has all that go into a network, chosen as
/// [`open_cases`] does, each acquisition by itself; and who was left out and why. A scan of 24 h is of
/// another acquisition only where none that has the other scans has one.
///
/// # Errors
/// When the folder cannot be listed, or when no patient has all the scans.
pub fn cohort_scans(root: &Path, inputs: &Inputs) -> Result<Cohort, DataError> {
    let (scans, remarks) = t1w_scans(root)?;
    for remark in remarks {
        tracing::warn!("{remark}");
    }
    let (mut patients, mut left_out) = (Vec::new(), Vec::new());
    for (subject, scans) in by_patient(scans) {
        let each = by_acquisition(&scans).into_iter();
        let mut found: Vec<CohortScans> = each
            .filter_map(|(own, scans)| cohort_of(&subject, own, &scans, inputs).ok())
            .collect();
        if found.iter().all(|of| of.target.is_none()) {
            let target = chosen_target(&scans).map(axial_path);
            found
                .iter_mut()
                .for_each(|of| of.target.clone_from(&target));
        }
        if found.is_empty() {
            match cohort_of(&subject, None, &scans, inputs) {
                Ok(all) => found.push(all),
                Err(why) => left_out.push((subject, why.to_string())),
            }
        }
        patients.extend(found);
    }
    match patients.is_empty() {
        true => Err(DataError::NoInputs {
            inputs: inputs.to_string(),
            path: root.to_owned(),
        }),
        false => Ok(Cohort { patients, left_out }),
    }
}

/// What goes into a network of some scans of a patient, and the scan of 24 h among them.
fn cohort_of(
    subject: &str,
    acquisition: Option<&str>,
    scans: &[TimedScan],
    inputs: &Inputs,
) -> Result<CohortScans, DataError> {
    let chosen = chosen_inputs(scans, inputs)?;
    let intervals = inputs.intervals().iter().copied();
    Ok(CohortScans {
        subject: subject.to_owned(),
        acquisition: acquisition.map(str::to_owned),
        inputs: intervals.zip(chosen.into_iter().map(axial_path)).collect(),
        target: chosen_target(scans).map(axial_path),
        first_whole: earliest(scans).map(|(hours, path)| (hours, path.to_owned())),
    })
}

/// The file of a scan; of two planes the axial one.
fn axial_path(scan: &TimedScan) -> PathBuf {
    match &scan.source {
        ScanFiles::Whole(path) | ScanFiles::Planes { axial: path, .. } => path.clone(),
    }
}

/// The scan nearest to some hours among those that are wanted.
fn nearest(scans: &[TimedScan], to: f64, keep: impl Fn(f64) -> bool) -> Option<&TimedScan> {
    let kept = scans.iter().filter(|scan| keep(scan.hours));
    kept.min_by(|a, b| (a.hours - to).abs().total_cmp(&(b.hours - to).abs()))
}

/// The scan of each interval that goes in.
fn chosen_inputs<'a>(
    scans: &'a [TimedScan],
    inputs: &Inputs,
) -> Result<Vec<&'a TimedScan>, DataError> {
    let of = |&interval: &ScanInterval| {
        let [first, last] = interval.hours();
        let middle = if first.is_finite() {
            f64::midpoint(first, last)
        } else {
            last
        };
        let found = nearest(scans, middle, |hours| {
            ScanInterval::of(hours) == Some(interval)
        });
        found.ok_or_else(|| DataError::NoScan(interval.to_string()))
    };
    inputs.intervals().iter().map(of).collect()
}

/// The scan of 24 h.
fn chosen_target(scans: &[TimedScan]) -> Option<&TimedScan> {
    let [first, last] = TARGET_HOURS;
    nearest(scans, 24.0, |hours| (first..=last).contains(&hours))
}

fn open_case(
    subject: &str,
    scans: &[TimedScan],
    inputs: &Inputs,
    preparation: Preparation,
    told: Option<&PlanesTable>,
) -> Result<Case, DataError> {
    let mut chosen = chosen_inputs(scans, inputs)?;
    let target = chosen_target(scans);
    chosen.push(target.ok_or_else(|| DataError::NoScan("20 to 30 h".to_owned()))?);
    let mut placed = None;
    let (mut doubts, mut regions) = (Vec::new(), None);
    if let Some((hours, path)) = earliest(scans) {
        let [axial_mm, sagittal_mm] = told.map_or([None; 2], |table| table.get(subject));
        let first = formats::open_one(path, &no_progress)?.volume;
        let at = PlanesAt::find(&first, path, axial_mm, sagittal_mm)?;
        doubts = at.strange(&first, hours);
        regions = at.regions(&first);
        placed = Some(at);
    }
    let mut planes = Vec::new();
    let mut centers = [Point3::origin(); 2];
    for scan in &chosen {
        let pair = match &scan.source {
            ScanFiles::Planes { axial, sagittal } => {
                let open = |path: &PathBuf| -> Result<Volume, DataError> {
                    Ok(formats::open_one(path, &no_progress)?.volume)
                };
                let [axial_plane, sagittal_plane] = [open(axial)?, open(sagittal)?];
                if planes.is_empty() {
                    doubts.extend(not_sure(axial));
                }
                let both = [&axial_plane, &sagittal_plane];
                centers = both.map(|plane| plane.grid().center_in_world());
                prepare_planes(both, axial, preparation)?
            }
            ScanFiles::Whole(path) => {
                let opened = formats::open_one(path, &no_progress)?.volume;
                let at = match placed {
                    Some(at) => at,
                    None => PlanesAt::find(&opened, path, None, None)?,
                };
                centers = [Plane::Axial, Plane::Sagittal].map(|plane| at.center(plane));
                prepare(&opened, path, &at, preparation)?
            }
        };
        planes.extend([pair.axial.data, pair.sagittal.data]);
    }
    let target = planes.split_off(planes.len() - 2);
    let last = chosen.last().map(|scan| match &scan.source {
        ScanFiles::Whole(path) | ScanFiles::Planes { axial: path, .. } => path,
    });
    Ok(Case {
        is_simulated: last.is_some_and(|path| formats::bids::is_simulated(path)),
        subject: subject.to_owned(),
        acquisition: None,
        input: planes.concat(),
        target: target.concat(),
        hours: chosen.iter().map(|scan| scan.hours).collect(),
        doubts,
        centers,
        regions,
    })
}

/// The earliest whole scan of a patient, and when it was taken.
fn earliest(scans: &[TimedScan]) -> Option<(f64, &Path)> {
    let whole = scans.iter().filter_map(|scan| match &scan.source {
        ScanFiles::Whole(path) => Some((scan.hours, path.as_path())),
        ScanFiles::Planes { .. } => None,
    });
    whole.min_by(|a, b| a.0.total_cmp(&b.0))
}

/// Where the planes of some patients lie, as a table tells.
struct PlanesTable(BTreeMap<String, [Option<f64>; 2]>);

impl PlanesTable {
    fn open(path: &Path) -> Result<Self, DataError> {
        let refused = |reason: String| DataError::PlanesTable {
            reason,
            path: path.to_owned(),
        };
        #[derive(Deserialize)]
        struct Row {
            participant_id: String,
            axial_mm: Option<f64>,
            sagittal_mm: Option<f64>,
        }
        let text = text::open(path, Limit::Table)?;
        let mut table = csv::ReaderBuilder::new()
            .trim(csv::Trim::All)
            .from_reader(text.as_bytes());
        let mut told = BTreeMap::new();
        for row in table.deserialize() {
            let row: Row = row.map_err(|error| refused(error.to_string()))?;
            let subject = row.participant_id;
            let subject = subject.strip_prefix("sub-").unwrap_or(&subject).to_owned();
            let at = [row.axial_mm, row.sagittal_mm];
            if told.insert(subject.clone(), at).is_some() {
                return Err(refused(format!("sub-{subject} stands in two lines")));
            }
        }
        Ok(Self(told))
    }

    /// Where the axial and the sagittal plane of a patient lie, as far as the table tells.
    fn get(&self, subject: &str) -> [Option<f64>; 2] {
        self.0.get(subject).copied().unwrap_or_default()
    }
}
