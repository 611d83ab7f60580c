//! `cisterna simulate`: a cohort of simulated patients as a BIDS data set.

use crate::formats::bids::{
    self, DatasetDescription, GeneratedBy, ScanName, write_json, write_text, write_tsv,
};
use crate::formats::{Voxels, write_nifti};
use crate::phantom::signal::Spgr;
use crate::phantom::{
    Diagnosis, Examination, Patient, Protocol, Region, Sequence, cohort, table1_cohort,
};
use crate::volume::{Grid, Orientation};
use anyhow::{Context, bail};
use clap::ValueEnum;
use indicatif::{ProgressBar, ProgressStyle};
use nalgebra::Point3;
use serde::{Deserialize, Serialize};
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// How many patients.
    #[arg(long, value_name = "N", default_value_t = 1)]
    patients: usize,
    /// What everything is drawn from.
    #[arg(long, value_name = "S", default_value_t = 1)]
    seed: u64,
    /// When scans are taken, hours after the injection, separated by commas; 0 is before it.
    #[arg(long, value_delimiter = ',', default_value = "0,1.5,4,6,8,24,48")]
    hours: Vec<f64>,
    /// The data set's folder; an interrupted run goes on where it stopped.
    #[arg(short, long = "output", value_name = "DIR")]
    output: PathBuf,
    /// All 136 patients of the tracer study's Table 1.
    #[arg(long, conflicts_with_all = ["patients", "diagnosis"])]
    cohort: Option<CohortArg>,
    /// Patients of one group only: REF, AC, PC, IIH, SIH, iNPH or HC.
    #[arg(long, value_name = "D", value_parser = diagnosis)]
    diagnosis: Option<Diagnosis>,
    /// The edge of the transport's cells, mm.
    #[arg(long, value_name = "MM", default_value_t = 2, value_parser = clap::value_parser!(u8).range(1..=2))]
    grid_mm: u8,
    /// The MR sequence: inversion-prepared TFE, or plain spoiled gradient echo.
    #[arg(long, default_value = "tfe")]
    sequence: SequenceArg,
    /// Write only the axial and the sagittal plane of each scan.
    #[arg(long)]
    planes_only: bool,
    /// How far scans lie off the head's grid: standard deviation in mm and degrees.
    #[arg(long, value_name = "SD", default_value_t = 0.0, value_parser = misalignment)]
    misalign: f64,
    /// Patients at a time.
    #[arg(long, value_name = "N", default_value_t = 1)]
    jobs: usize,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum CohortArg {
    Table1,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum SequenceArg {
    Tfe,
    Spgr,
}

impl From<SequenceArg> for Sequence {
    fn from(arg: SequenceArg) -> Self {
        match arg {
            SequenceArg::Tfe => Self::default(),
            SequenceArg::Spgr => Self::Spgr(Spgr::default()),
        }
    }
}

fn diagnosis(text: &str) -> Result<Diagnosis, String> {
    Diagnosis::from_code(text).ok_or_else(|| {
        let codes: Vec<&str> = Diagnosis::ALL.iter().map(|d| d.code()).collect();
        format!("{text:?} is none of {}", codes.join(", "))
    })
}

fn misalignment(text: &str) -> Result<f64, String> {
    match text.parse() {
        Ok(sd) if (0.0..=20.0).contains(&sd) => Ok(sd),
        _ => Err(format!("{text:?} is not a number from 0 to 20")),
    }
}

/// What a data set was made with; kept in it, so that a run is only gone on with by its like.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
struct Settings {
    version: String,
    seed: u64,
    n_patients: usize,
    cohort: String,
    hours: Vec<f64>,
    grid_mm: u8,
    sequence: String,
    planes_only: bool,
    misalignment: f64,
}

/// A row of `participants.tsv`, kept for each patient until all are done.
#[derive(Clone, Debug, Serialize, Deserialize)]
struct Participant {
    participant_id: String,
    age: String,
    sex: String,
    diagnosis: String,
    evans_index: String,
    reflux_grade: String,
    aqueduct_net_flow_ml_per_day: String,
    seed: String,
}

pub(super) fn run(args: &Args) -> anyhow::Result<()> {
    let patients = match args.cohort {
        Some(CohortArg::Table1) => table1_cohort(args.seed),
        None => cohort(args.patients, args.seed, args.diagnosis),
    };
    check_hours(&args.hours)?;
    let settings = Settings {
        version: env!("CARGO_PKG_VERSION").to_owned(),
        seed: args.seed,
        n_patients: patients.len(),
        cohort: match (args.cohort, args.diagnosis) {
            (Some(CohortArg::Table1), _) => "table1".to_owned(),
            (None, Some(diagnosis)) => diagnosis.code().to_owned(),
            (None, None) => "mixed".to_owned(),
        },
        hours: args.hours.clone(),
        grid_mm: args.grid_mm,
        sequence: format!("{:?}", args.sequence).to_lowercase(),
        planes_only: args.planes_only,
        misalignment: args.misalign,
    };
    begin(&args.output, &settings)?;
    let protocol = Protocol {
        nominal_hours: args.hours.clone(),
        sequence: args.sequence.into(),
        transport_mm: usize::from(args.grid_mm),
        misalignment: args.misalign,
    };
    simulate_all(args, &patients, &protocol)?;
    finish(&args.output, &patients)?;
    super::remark(&format!(
        "{} simulated patients: {}",
        patients.len(),
        args.output.display()
    ));
    Ok(())
}

fn check_hours(hours: &[f64]) -> anyhow::Result<()> {
    for pair in hours.windows(2) {
        if pair[1] <= pair[0] {
            bail!("--hours must rise, and {} follows {}", pair[1], pair[0]);
        }
    }
    match hours.iter().find(|h| !(0.0..=2000.0).contains(*h)) {
        Some(wrong) => bail!("--hours has {wrong}, which is not from 0 to 2000"),
        None => Ok(()),
    }
}

/// Works through the patients that are not done yet.
fn simulate_all(args: &Args, patients: &[Patient], protocol: &Protocol) -> anyhow::Result<()> {
    let left: Vec<&Patient> = patients
        .iter()
        .filter(|patient| !participant_path(&args.output, patient).is_file())
        .collect();
    let bar = ProgressBar::new(left.len() as u64 * 1000).with_style(
        ProgressStyle::with_template(
            "{wide_bar} {percent:>3} %  {elapsed} gone, {eta} left  {msg}",
        )
        .context("the progress bar")?,
    );
    let next = AtomicUsize::new(0);
    let failure = Mutex::new(None);
    std::thread::scope(|scope| {
        for _ in 0..args.jobs.clamp(1, left.len().max(1)) {
            scope.spawn(|| {
                while let Some(patient) = left.get(next.fetch_add(1, Ordering::Relaxed)) {
                    bar.set_message(format!("sub-{}", patient.id));
                    if let Err(error) = simulate_one(args, patient, protocol, &bar) {
                        // The first failure is the one that is told; the others stop.
                        next.store(left.len(), Ordering::Relaxed);
                        if let Ok(mut failure) = failure.lock() {
                            failure.get_or_insert(error);
                        }
                    }
                }
            });
        }
    });
    bar.finish_and_clear();
    failure.into_inner().ok().flatten().map_or(Ok(()), Err)
}

fn simulate_one(
    args: &Args,
    patient: &Patient,
    protocol: &Protocol,
    bar: &ProgressBar,
) -> anyhow::Result<()> {
    // Most of the time goes into the simulation, the rest into the scans.
    let told = AtomicUsize::new(0);
    let tell = |share: f32| {
        let now = (share * 1000.0) as usize;
        let before = told.fetch_max(now, Ordering::Relaxed);
        bar.inc(now.saturating_sub(before) as u64);
        ControlFlow::Continue(())
    };
    let examination = Examination::run(patient.clone(), protocol, &|share| tell(share * 0.7))?;
    let n_sessions = examination.sessions.len();
    for session_idx in 0..n_sessions {
        write_session(args, &examination, session_idx)?;
        let _ = tell(0.7 + 0.3 * (session_idx + 1) as f32 / n_sessions as f32);
    }
    write_truth(args, &examination)?;
    // Last: a patient who has this row is done.
    write_json(
        &participant_path(&args.output, patient),
        &participant(&examination),
    )?;
    Ok(())
}

fn derivatives(root: &Path) -> PathBuf {
    root.join("derivatives").join("phantom")
}

fn participant_path(root: &Path, patient: &Patient) -> PathBuf {
    let subject = format!("sub-{}", patient.id);
    derivatives(root)
        .join(&subject)
        .join(format!("{subject}_participant.json"))
}

/// Starts a data set, or makes sure that the one that is there was started alike.
fn begin(root: &Path, settings: &Settings) -> anyhow::Result<()> {
    let path = derivatives(root).join("simulation.json");
    if path.is_file() {
        let text = std::fs::read_to_string(&path)
            .with_context(|| format!("cannot open the settings: {}", path.display()))?;
        let before: Settings = serde_json::from_str(&text)
            .with_context(|| format!("not the settings of a simulation: {}", path.display()))?;
        if before != *settings {
            bail!(
                "the folder holds a simulation with other settings ({before:?}); choose another \
                 folder: {}",
                root.display()
            );
        }
        return Ok(());
    }
    if root.is_dir() && std::fs::read_dir(root)?.next().is_some() {
        bail!(
            "the folder is not empty and holds no simulation: {}",
            root.display()
        );
    }
    write_json(&path, settings)?;
    let description = |name: &str, dataset_type| DatasetDescription {
        name: name.to_owned(),
        bids_version: bids::VERSION,
        dataset_type,
        license: "CC0".to_owned(),
        authors: vec!["Cisterna"],
        generated_by: vec![GeneratedBy {
            name: "Cisterna",
            version: env!("CARGO_PKG_VERSION"),
            description: "Simulated heads with simulated tracer; nobody's scans.".to_owned(),
        }],
    };
    write_json(
        &root.join("dataset_description.json"),
        &description("Simulated tracer examinations", "raw"),
    )?;
    write_json(
        &derivatives(root).join("dataset_description.json"),
        &description(
            "The truth of the simulated tracer examinations",
            "derivative",
        ),
    )?;
    write_text(
        &root.join("README"),
        "Simulated tracer examinations, made by Cisterna. The heads are drawn and the tracer is\n\
         computed: these are nobody's scans. Research use only, not a medical device.\n\n\
         Hours after the injection stand in the JSON file beside each scan. The truth (labels,\n\
         tracer by region, reflux grades) lies under derivatives/phantom.\n",
    )?;
    let rows: Vec<Vec<String>> = Region::ALL
        .iter()
        .map(|&region| vec![(region as u8).to_string(), region.name().to_owned()])
        .collect();
    write_tsv(
        &derivatives(root).join("regions_dseg.tsv"),
        &["index", "name"],
        &rows,
    )?;
    Ok(())
}

/// `ses-01` and so on, in the order of the hours.
fn session_label(session_idx: usize) -> String {
    format!("{:02}", session_idx + 1)
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct Sidecar {
    modality: &'static str,
    magnetic_field_strength: f64,
    pulse_sequence_type: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    inversion_time: Option<f64>,
    repetition_time: f64,
    echo_time: f64,
    flip_angle: f64,
    contrast_bolus_ingredient: &'static str,
    hours_after_injection: f64,
    nominal_hours_after_injection: f64,
    simulated: bool,
    /// How the head lies off the grid of the truth.
    #[serde(skip_serializing_if = "Option::is_none")]
    simulated_motion: Option<Motion>,
}

#[derive(Serialize)]
struct Motion {
    translation_mm: [f64; 3],
    rotation_deg: [f64; 3],
}

fn sidecar(args: &Args, examination: &Examination, session_idx: usize) -> Sidecar {
    let session = examination.sessions[session_idx];
    let seconds = |ms: f64| ms / 1000.0;
    let (name, inversion_ms, repetition_ms, echo_ms, flip_angle) = match args.sequence.into() {
        Sequence::Tfe(tfe) => {
            let to_centre = f64::from(tfe.centre_echo - 1) * tfe.echo_spacing_ms;
            let inversion_ms = Some(tfe.delay_ms + to_centre);
            (
                "Inversion-prepared TFE",
                inversion_ms,
                tfe.shot_ms,
                tfe.te_ms,
                tfe.flip_deg,
            )
        }
        Sequence::Spgr(spgr) => (
            "Spoiled gradient echo",
            None,
            spgr.tr_ms,
            spgr.te_ms,
            spgr.flip_deg,
        ),
    };
    Sidecar {
        modality: "MR",
        magnetic_field_strength: 3.0,
        pulse_sequence_type: name,
        // Seconds, as BIDS has it.
        inversion_time: inversion_ms.map(seconds),
        repetition_time: seconds(repetition_ms),
        echo_time: seconds(echo_ms),
        flip_angle,
        contrast_bolus_ingredient: "GADOLINIUM",
        hours_after_injection: session.actual_hours,
        nominal_hours_after_injection: session.nominal_hours,
        simulated: true,
        simulated_motion: (args.misalign > 0.0).then_some(Motion {
            translation_mm: session.moved_mm,
            rotation_deg: session.turned_deg,
        }),
    }
}

fn write_session(args: &Args, examination: &Examination, session_idx: usize) -> anyhow::Result<()> {
    let label = session_label(session_idx);
    let name = ScanName {
        subject: &examination.patient.id,
        session: Some(&label),
        suffix: "T1w",
        ..ScanName::default()
    };
    let sidecar = sidecar(args, examination, session_idx);
    let grid = &examination.head.grid;
    if !args.planes_only {
        let counts = examination.scan(session_idx);
        write_json(&name.path(&args.output, ".json"), &sidecar)?;
        let path = name.path(&args.output, ".nii.gz");
        write_nifti(&path, grid, Orientation::Known, as_counts(&counts))?;
        return Ok(());
    }
    let [axial, sagittal] = examination.study_slices();
    for (axis, slice_idx, acquisition) in [(2, axial, "axial"), (0, sagittal, "sagittal")] {
        let name = ScanName {
            acquisition: Some(acquisition),
            ..name.clone()
        };
        let slice = examination.scan_slice(session_idx, axis, slice_idx);
        write_json(&name.path(&args.output, ".json"), &sidecar)?;
        let path = name.path(&args.output, ".nii.gz");
        let grid = slice_grid(grid, axis, slice_idx)?;
        write_nifti(&path, &grid, Orientation::Known, as_counts(&slice))?;
    }
    Ok(())
}

/// Counts that are stored as they are.
fn as_counts(stored: &[i16]) -> Voxels<'_> {
    Voxels::I16 {
        stored,
        slope: 1.0,
        inter: 0.0,
    }
}

/// The grid of one slice, in its own place.
fn slice_grid(grid: &Grid, axis: usize, slice_idx: usize) -> anyhow::Result<Grid> {
    let mut dims = grid.dims();
    dims[axis] = 1;
    let mut first = [0.0; 3];
    first[axis] = slice_idx as f64;
    let mut affine = *grid.world_from_voxel();
    let origin = grid.to_world(Point3::from(first));
    affine
        .fixed_view_mut::<3, 1>(0, 3)
        .copy_from(&origin.coords);
    Ok(Grid::new(dims, affine)?)
}

fn write_truth(args: &Args, examination: &Examination) -> anyhow::Result<()> {
    let root = derivatives(&args.output);
    let id = &examination.patient.id;
    let subject = format!("sub-{id}");
    if !args.planes_only {
        let labels = ScanName {
            subject: id,
            description: Some("regions"),
            suffix: "dseg",
            ..ScanName::default()
        };
        let path = labels.path(&root, ".nii.gz");
        write_json(
            &labels.path(&root, ".json"),
            &serde_json::json!({"Manual": false, "Resolution": "1 mm", "Simulated": true}),
        )?;
        let grid = &examination.head.grid;
        write_nifti(
            &path,
            grid,
            Orientation::Known,
            Voxels::U8(&examination.head.regions),
        )?;
        for session_idx in 0..examination.sessions.len() {
            let label = session_label(session_idx);
            let map = ScanName {
                subject: id,
                session: Some(&label),
                description: Some("mmolPerLitre"),
                suffix: "tracer",
                ..ScanName::default()
            };
            let path = map.path(&root, ".nii.gz");
            write_json(
                &map.path(&root, ".json"),
                &serde_json::json!({"Units": "mmol/l"}),
            )?;
            // Counts of a hundred-thousandth of a mmol/l: far below what a scan shows.
            let slope = 1e-4;
            let counts: Vec<i16> = examination
                .concentration(session_idx)
                .iter()
                .map(|c| (c / slope).round().clamp(0.0, f32::from(i16::MAX)) as i16)
                .collect();
            let voxels = Voxels::I16 {
                stored: &counts,
                slope,
                inter: 0.0,
            };
            write_nifti(&path, grid, Orientation::Known, voxels)?;
        }
    }
    let rows: Vec<Vec<String>> = examination
        .course
        .balance
        .iter()
        .map(|row| {
            [
                row.hours,
                row.intracranial_mmol,
                row.tissue_mmol,
                row.intracranial_csf_mmol,
                row.csf_mmol_per_l,
                row.ventricles_mmol_per_l,
                row.cleared_mmol,
                row.entered_mmol,
            ]
            .map(|number| format!("{number:.6}"))
            .to_vec()
        })
        .collect();
    let columns = [
        "hours",
        "intracranial_mmol",
        "brain_mmol",
        "csf_mmol",
        "csf_mmol_per_l",
        "ventricles_mmol_per_l",
        "cleared_mmol",
        "entered_mmol",
    ];
    let folder = root.join(&subject);
    write_tsv(
        &folder.join(format!("{subject}_tracer.tsv")),
        &columns,
        &rows,
    )?;
    let rows: Vec<Vec<String>> = examination
        .regional()
        .iter()
        .map(|row| {
            vec![
                format!("{:.2}", row.hours),
                format!("{:?}", row.zone),
                format!("{:.3}", row.volume_ml),
                format!("{:.6}", row.mmol),
                format!("{:.6}", row.mmol_per_l),
            ]
        })
        .collect();
    let columns = ["hours", "zone", "volume_ml", "mmol", "mmol_per_l"];
    write_tsv(
        &folder.join(format!("{subject}_regions.tsv")),
        &columns,
        &rows,
    )?;
    Ok(())
}

fn participant(examination: &Examination) -> Participant {
    let patient = &examination.patient;
    Participant {
        participant_id: format!("sub-{}", patient.id),
        age: format!("{:.1}", patient.age_years),
        sex: patient.sex.code().to_owned(),
        diagnosis: patient.diagnosis.code().to_owned(),
        evans_index: format!("{:.3}", examination.head.evans_index()),
        reflux_grade: examination.reflux.grade.to_string(),
        aqueduct_net_flow_ml_per_day: format!("{:.0}", patient.physiology.aqueduct_net_ml_per_day),
        seed: patient.seed.to_string(),
    }
}

/// Gathers the patients' rows into `participants.tsv`.
fn finish(root: &Path, patients: &[Patient]) -> anyhow::Result<()> {
    let mut rows = Vec::with_capacity(patients.len());
    for patient in patients {
        let path = participant_path(root, patient);
        let text = std::fs::read_to_string(&path)
            .with_context(|| format!("cannot open a patient's row: {}", path.display()))?;
        let row: Participant = serde_json::from_str(&text)
            .with_context(|| format!("not a patient's row: {}", path.display()))?;
        rows.push(vec![
            row.participant_id,
            row.age,
            row.sex,
            row.diagnosis,
            row.evans_index,
            row.reflux_grade,
            row.aqueduct_net_flow_ml_per_day,
            row.seed,
        ]);
    }
    let columns = [
        "participant_id",
        "age",
        "sex",
        "diagnosis",
        "evans_index",
        "reflux_grade",
        "aqueduct_net_flow_ml_per_day",
        "seed",
    ];
    write_tsv(&root.join("participants.tsv"), &columns, &rows)?;
    let diagnoses: serde_json::Map<String, serde_json::Value> = Diagnosis::ALL
        .iter()
        .map(|d| (d.code().to_owned(), d.name().into()))
        .collect();
    write_json(
        &root.join("participants.json"),
        &serde_json::json!({
            "age": {"Description": "Age of the simulated patient", "Units": "years"},
            "sex": {"Description": "Sex of the simulated patient", "Levels": {"F": "female", "M": "male"}},
            "diagnosis": {"Description": "Group of the cohort", "Levels": diagnoses},
            "evans_index": {"Description": "Width of the frontal horns over the inner width of the skull"},
            "reflux_grade": {"Description": "True grade of ventricular reflux, 0 to 4"},
            "aqueduct_net_flow_ml_per_day": {"Description": "Net flow through the aqueduct, positive towards the fourth ventricle", "Units": "ml/day"},
            "seed": {"Description": "What the patient was drawn from"}
        }),
    )?;
    Ok(())
}
