//! What was drawn of scanners and tissues, for sidecars and tables.

use super::folder::kept;
use crate::formats::FormatError;
use crate::formats::bids::{write_json, write_tsv};
use crate::phantom::scanner::{Faults, Scanner, Substance};
use crate::phantom::{Examination, Patient, Tissue};
use crate::signal::Sequence;
use serde_json::{Map, Value, json};
use std::path::{Path, PathBuf};

/// The acquisition of a scanner, counted from 1.
pub(super) fn acquisition(scanner_idx: usize) -> String {
    format!("scanner{}", scanner_idx + 1)
}

/// One thing that was drawn: its key or column, what it is, its units, and its value, which is null
/// where a scanner has no such thing.
type Fact = (&'static str, &'static str, &'static str, Value);

/// A number to four places; null where there is none.
fn number(x: impl Into<Option<f64>>) -> Value {
    let x: Option<f64> = x.into();
    x.map_or(Value::Null, |x| json!((x * 1e4).round() / 1e4))
}

fn of_sequence(sequence: &Sequence) -> [Fact; 8] {
    let (family, tfe, tr_ms, te_ms, flip_deg) = match sequence {
        Sequence::Tfe(t) => ("tfe", Some(t), t.echo_spacing_ms, t.te_ms, t.flip_deg),
        Sequence::Spgr(s) => ("spgr", None, s.tr_ms, s.te_ms, s.flip_deg),
    };
    let count = |n: Option<u32>| n.map_or(Value::Null, Value::from);
    [
        (
            "family",
            "tfe: inversion-prepared turbo field echo; spgr: plain spoiled gradient echo",
            "",
            family.into(),
        ),
        (
            "inversion_time_ms",
            "From the inversion to the echo at the centre of k-space",
            "ms",
            number(tfe.map(crate::signal::Tfe::inversion_ms)),
        ),
        (
            "shot_ms",
            "From inversion to inversion",
            "ms",
            number(tfe.map(|t| t.shot_ms)),
        ),
        (
            "n_echoes",
            "Echoes of a shot",
            "",
            count(tfe.map(|t| t.n_echoes)),
        ),
        (
            "centre_echo",
            "The echo at the centre of k-space, counted from 1",
            "",
            count(tfe.map(|t| t.centre_echo)),
        ),
        ("tr_ms", "From echo to echo", "ms", number(tr_ms)),
        ("te_ms", "Echo time", "ms", number(te_ms)),
        ("flip_deg", "Flip angle", "degrees", number(flip_deg)),
    ]
}

fn of_picture(scanner: &Scanner) -> [Fact; 17] {
    let [vx, vy, vz] = scanner.voxel_mm.map(number);
    let [sx, sy, sz] = scanner.sample_mm.map(number);
    [
        ("voxel_x_mm", "Measured voxel from left to right", "mm", vx),
        ("voxel_y_mm", "Measured voxel from back to front", "mm", vy),
        ("voxel_z_mm", "Measured voxel from below to above", "mm", vz),
        (
            "sample_x_mm",
            "From one reconstructed value to the next, from left to right",
            "mm",
            sx,
        ),
        (
            "sample_y_mm",
            "From one reconstructed value to the next, from back to front",
            "mm",
            sy,
        ),
        (
            "sample_z_mm",
            "From one reconstructed value to the next, from below to above",
            "mm",
            sz,
        ),
        (
            "filter",
            "Share by which the outermost lines of k-space are weakened",
            "",
            number(scanner.filter),
        ),
        (
            "sharpening",
            "Share by which the outermost lines of k-space are strengthened",
            "",
            number(scanner.sharpening),
        ),
        (
            "blur_mm",
            "Standard deviation of the blur beside that of the voxels",
            "mm",
            number(scanner.blur_mm),
        ),
        (
            "noise_of_white",
            "Standard deviation of the noise on each part of the signal over the signal of white matter",
            "",
            number(scanner.noise_of_white),
        ),
        (
            "bias_strength",
            "Root mean square of the logarithm of the coils' random gain",
            "",
            number(scanner.bias_strength),
        ),
        (
            "centre_gain",
            "Logarithm of the gain in the middle of the head over that 95 mm away",
            "",
            number(scanner.centre_gain),
        ),
        (
            "fat_left",
            "What suppression leaves of the signal of fat",
            "",
            number(scanner.fat_left),
        ),
        (
            "blood_left",
            "What flow makes of the signal of blood",
            "",
            number(scanner.blood_left),
        ),
        (
            "fades_below_mm",
            "Height (RAS+) below which the coils hear less",
            "mm",
            number(scanner.fades_below_mm),
        ),
        (
            "neck_left",
            "What the coils hear 45 mm further down",
            "",
            number(scanner.neck_left),
        ),
        (
            "lowest_mm",
            "Height (RAS+) below which nothing is measured",
            "mm",
            number(scanner.lowest_mm),
        ),
    ]
}

fn of_export(scanner: &Scanner) -> [Fact; 5] {
    let export = &scanner.export;
    let [low, high] = [0, 1].map(|end| number(export.window.map(|window| window.of_white[end])));
    let most = export
        .window
        .map_or(Value::Null, |window| window.most_counts.into());
    let whole = export.window.is_none().then_some(export.counts_of_white);
    [
        (
            "gamma",
            "Power of the signal in units of that of white matter",
            "",
            number(export.gamma),
        ),
        (
            "window_low_of_white",
            "What is stored as 0, in units of white matter",
            "",
            low,
        ),
        (
            "window_high_of_white",
            "What is stored as the highest number, in units of white matter",
            "",
            high,
        ),
        (
            "most_counts",
            "The highest number, where values are cut off",
            "",
            most,
        ),
        (
            "counts_of_white",
            "What white matter is stored as in a scan of gain 1, where nothing is cut off",
            "",
            number(whole),
        ),
    ]
}

fn facts(scanner: &Scanner) -> Vec<Fact> {
    let parts = of_sequence(&scanner.sequence).into_iter();
    parts
        .chain(of_picture(scanner))
        .chain(of_export(scanner))
        .collect()
}

/// A scanner, for the sidecars of its scans.
pub(super) fn in_sidecar(scanner: &Scanner) -> Map<String, Value> {
    let known = facts(scanner)
        .into_iter()
        .filter(|(.., value)| !value.is_null());
    known
        .map(|(name, _, _, value)| (name.to_owned(), value))
        .collect()
}

/// What is a session's own, for its sidecar.
pub(super) fn faults_in_sidecar(faults: &Faults) -> Value {
    json!({
        "gain": number(faults.gain),
        "drift_y_mm": number(faults.drift_mm),
        "ghost_share": number(faults.ghost_share),
        "ghost_y_mm": number(faults.ghost_mm),
    })
}

fn rows_path(truth: &Path, patient: &Patient) -> PathBuf {
    let subject = format!("sub-{}", patient.id);
    truth
        .join(&subject)
        .join(format!("{subject}_scanners.json"))
}

/// Writes a patient's relaxation, and keeps the rows of the patient's scanners until all are done.
pub(super) fn write(truth: &Path, examination: &Examination) -> Result<(), FormatError> {
    let patient = &examination.patient;
    let rows: Vec<Vec<String>> = examination
        .scanners
        .iter()
        .enumerate()
        .map(|(scanner_idx, scanner)| {
            let first = [format!("sub-{}", patient.id), acquisition(scanner_idx)];
            let cells = facts(scanner).into_iter().map(|(.., value)| match value {
                Value::Null => String::new(),
                Value::String(text) => text,
                value => value.to_string(),
            });
            first.into_iter().chain(cells).collect()
        })
        .collect();
    write_json(&rows_path(truth, patient), &rows)?;
    let parts = [
        ("caudate", Substance::Caudate),
        ("thalamus", Substance::Thalamus),
    ];
    let substances = Tissue::ALL.iter().map(|&t| (t.name(), Substance::Of(t)));
    let rows: Vec<Vec<String>> = substances
        .chain(parts)
        .map(|(name, substance)| {
            let relaxation = examination.tissues.relaxation(substance);
            vec![
                name.to_owned(),
                format!("{:.1}", relaxation.t1_ms),
                format!("{:.4}", relaxation.pd),
                format!("{:.1}", relaxation.t2star_ms),
            ]
        })
        .collect();
    let subject = format!("sub-{}", patient.id);
    let path = truth.join(&subject).join(format!("{subject}_tissues.tsv"));
    write_tsv(
        &path,
        &["tissue", "t1_ms", "proton_density", "t2star_ms"],
        &rows,
    )
}

/// Gathers the rows of all patients' scanners into one table.
pub(super) fn finish(truth: &Path, patients: &[Patient]) -> anyhow::Result<()> {
    let Some(first) = patients.first() else {
        return Ok(());
    };
    let mut rows = Vec::new();
    for patient in patients {
        let own: Vec<Vec<String>> = kept(&rows_path(truth, patient))?;
        rows.extend(own);
    }
    let facts = facts(&Scanner::draw(first, 0));
    let columns: Vec<&str> = ["participant_id", "acquisition"]
        .into_iter()
        .chain(facts.iter().map(|(name, ..)| *name))
        .collect();
    write_tsv(&truth.join("scanners.tsv"), &columns, &rows)?;
    let described: Map<String, Value> = facts
        .iter()
        .map(|(name, what, units, _)| {
            let described = match *units {
                "" => json!({"Description": what}),
                units => json!({"Description": what, "Units": units}),
            };
            ((*name).to_owned(), described)
        })
        .collect();
    Ok(write_json(&truth.join("scanners.json"), &described)?)
}
