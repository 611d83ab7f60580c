//! `cisterna simulate`: a cohort of simulated patients as a BIDS data set.

use super::{Cli, notify};
use crate::phantom::leak::Preset;
use crate::phantom::spaces::{SpacesSequence, spaces_cohort};
use crate::phantom::{Diagnosis, ScanProtocol, cohort, table1_cohort};
use crate::signal::{Sequence, Spgr};
use crate::workflows::{
    SimulateLeaksRequest, SimulateRequest, SimulateSpacesRequest, simulate, simulate_leaks,
    simulate_spaces,
};
use anyhow::bail;
use clap::error::ErrorKind;
use clap::{CommandFactory, ValueEnum};
use std::path::PathBuf;

/// When scans of the tracer are taken unless told otherwise.
const HOURS: [f64; 7] = [0.0, 1.5, 4.0, 6.0, 8.0, 24.0, 48.0];

#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// How many patients; 1 unless told.
    #[arg(long, value_name = "N", value_parser = at_least_one)]
    patients: Option<usize>,
    /// What everything is drawn from.
    #[arg(long, value_name = "S", default_value_t = 1)]
    seed: u64,
    /// When scans are taken, hours after the injection, separated by commas; 0 is before it. Unless
    /// told: 0,1.5,4,6,8,24,48.
    #[arg(long, value_delimiter = ',')]
    hours: Option<Vec<f64>>,
    /// The data set's folder; an interrupted run goes on where it stopped.
    #[arg(short, long = "output", value_name = "DIR")]
    output: PathBuf,
    /// All 136 patients of the tracer study's Table 1; or so many patients who were examined for a
    /// leak of CSF with a contrast agent in their veins, a scan each; or so many adults with enlarged
    /// perivascular spaces.
    #[arg(long)]
    cohort: Option<CohortArg>,
    /// With `--cohort leak`: how hard the cohort is; default unless told.
    #[arg(long, value_name = "PRESET")]
    preset: Option<PresetArg>,
    /// With `--cohort leak`: draw each head with a leak also without its signs.
    #[arg(long)]
    twins: bool,
    /// Patients of one group only: REF, AC, PC, IIH, SIH, iNPH or HC.
    #[arg(long, value_name = "D", value_parser = diagnosis)]
    diagnosis: Option<Diagnosis>,
    /// The edge of the transport's cells, mm: 2 unless told; with `--cohort leak` that of the voxels,
    /// 1 unless told.
    #[arg(long, value_name = "MM", value_parser = clap::value_parser!(u8).range(1..=2))]
    grid_mm: Option<u8>,
    /// The MR sequence: inversion-prepared TFE, as unless told, or plain spoiled gradient echo; of
    /// perivascular spaces T1 at 1 mm, as unless told, T2 at 0.5 x 0.5 x 0.8 mm, or T2 in the clinic's
    /// slices of 4.9 mm.
    #[arg(long)]
    sequence: Option<SequenceArg>,
    /// Which scanners patients are scanned on: the tracer study's one protocol, as unless told, or ones
    /// that are drawn for each patient, with finer heads.
    #[arg(long, value_name = "WHICH")]
    scanners: Option<ScannersArg>,
    /// With `--scanners varied`: on how many of them each session is scanned; 1 unless told.
    #[arg(long, value_name = "N", value_parser = at_least_one)]
    scans: Option<usize>,
    /// Write only the axial and the sagittal plane of each scan.
    #[arg(long)]
    planes_only: bool,
    /// How far scans lie off the head's grid: standard deviation in mm and degrees.
    #[arg(long, value_name = "SD", value_parser = misalignment)]
    misalign: Option<f64>,
    /// Bend neck and jaw from scan to scan, and give each scan a coil's field of its own.
    #[arg(long)]
    bend_neck: bool,
    /// Patients at a time.
    #[arg(long, value_name = "N", default_value_t = 1, value_parser = at_least_one)]
    jobs: usize,
}

#[derive(Clone, Copy, Debug, PartialEq, ValueEnum)]
enum CohortArg {
    Table1,
    Leak,
    Spaces,
}

#[derive(Clone, Copy, Debug, PartialEq, ValueEnum)]
enum ScannersArg {
    Study,
    Varied,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum PresetArg {
    /// Near the study of 129 patients.
    Paper,
    /// More heads that resemble a leak in one finding.
    Default,
    /// Hardly a leak without signs.
    Clear,
}

impl From<PresetArg> for Preset {
    fn from(arg: PresetArg) -> Self {
        match arg {
            PresetArg::Paper => Self::Paper,
            PresetArg::Default => Self::Default,
            PresetArg::Clear => Self::Clear,
        }
    }
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum SequenceArg {
    Tfe,
    Spgr,
    T1,
    T2,
    T2Clinical,
}

/// The sequence of a tracer examination.
fn tracer_sequence(arg: Option<SequenceArg>) -> anyhow::Result<Sequence> {
    match arg {
        None | Some(SequenceArg::Tfe) => Ok(Sequence::default()),
        Some(SequenceArg::Spgr) => Ok(Sequence::Spgr(Spgr::default())),
        Some(SequenceArg::T1 | SequenceArg::T2 | SequenceArg::T2Clinical) => {
            bail!("--sequence t1, t2 and t2-clinical are for --cohort spaces")
        }
    }
}

/// How many scanners are drawn for each patient; 0 for the study's protocol.
fn n_scanners(args: &Args) -> anyhow::Result<usize> {
    if args.scanners != Some(ScannersArg::Varied) {
        return match args.scans {
            None => Ok(0),
            Some(_) => bail!("--scans is for --scanners varied"),
        };
    }
    if args.sequence.is_some() {
        bail!("--sequence is not for --scanners varied, whose sequences are drawn");
    }
    Ok(args.scans.unwrap_or(1))
}

fn spaces_sequence(arg: Option<SequenceArg>) -> anyhow::Result<SpacesSequence> {
    match arg {
        None | Some(SequenceArg::T1) => Ok(SpacesSequence::T1),
        Some(SequenceArg::T2) => Ok(SpacesSequence::T2),
        Some(SequenceArg::T2Clinical) => Ok(SpacesSequence::T2Clinical),
        Some(SequenceArg::Tfe | SequenceArg::Spgr) => {
            bail!("--sequence of --cohort spaces is t1, t2 or t2-clinical")
        }
    }
}

fn diagnosis(text: &str) -> Result<Diagnosis, String> {
    Diagnosis::from_code(text).ok_or_else(|| {
        let codes: Vec<&str> = Diagnosis::ALL.iter().map(|d| d.code()).collect();
        format!("{text:?} is none of {}", codes.join(", "))
    })
}

fn at_least_one(text: &str) -> Result<usize, String> {
    match text.parse() {
        Ok(n) if n > 0 => Ok(n),
        _ => Err(format!("{text:?} is not a whole number from 1")),
    }
}

fn misalignment(text: &str) -> Result<f64, String> {
    match text.parse() {
        Ok(sd) if (0.0..=20.0).contains(&sd) => Ok(sd),
        _ => Err(format!("{text:?} is not a number from 0 to 20")),
    }
}

pub(super) fn run(args: &Args) -> anyhow::Result<()> {
    refuse_conflicts(args);
    let n_patients = args.patients.unwrap_or(1);
    let hours = args.hours.as_deref().unwrap_or(&HOURS);
    check_hours(hours)?;
    let (patients, cohort) = match (args.cohort, args.diagnosis) {
        (Some(CohortArg::Leak), _) => return run_leaks(args, n_patients),
        (Some(CohortArg::Table1), _) => (table1_cohort(args.seed), "table1"),
        (Some(CohortArg::Spaces), _) => return run_spaces(args, n_patients),
        (None, of) => (
            cohort(n_patients, args.seed, of),
            of.map_or("mixed", Diagnosis::code),
        ),
    };
    let request = SimulateRequest {
        patients: &patients,
        seed: args.seed,
        cohort: cohort.to_owned(),
        protocol: ScanProtocol {
            nominal_hours: hours.to_vec(),
            sequence: tracer_sequence(args.sequence)?,
            transport_mm: usize::from(args.grid_mm.unwrap_or(2)),
            misalignment: args.misalign.unwrap_or(0.0),
            neck_bends: args.bend_neck,
            n_scanners: n_scanners(args)?,
        },
        planes_only: args.planes_only,
        jobs: args.jobs,
        output: &args.output,
    };
    simulate(&request, &notify())?;
    super::remark(&format!(
        "{} simulated patients: {}",
        patients.len(),
        args.output.display()
    ));
    Ok(())
}

/// Patients examined for a leak.
fn run_leaks(args: &Args, n_patients: usize) -> anyhow::Result<()> {
    let request = SimulateLeaksRequest {
        n_patients,
        seed: args.seed,
        preset: args.preset.unwrap_or(PresetArg::Default).into(),
        grid_mm: args.grid_mm.unwrap_or(1),
        twins: args.twins,
        jobs: args.jobs,
        output: &args.output,
    };
    simulate_leaks(&request, &notify())?;
    super::remark(&format!(
        "{n_patients} simulated patients examined for a leak: {}",
        args.output.display()
    ));
    Ok(())
}

fn run_spaces(args: &Args, n_patients: usize) -> anyhow::Result<()> {
    let request = SimulateSpacesRequest {
        patients: &spaces_cohort(n_patients, args.seed),
        seed: args.seed,
        sequence: spaces_sequence(args.sequence)?,
        jobs: args.jobs,
        output: &args.output,
    };
    simulate_spaces(&request, &notify())?;
    super::remark(&format!(
        "{n_patients} simulated patients with perivascular spaces: {}",
        args.output.display()
    ));
    Ok(())
}

/// Ends the program, as for any bad usage, where an option is given that has no meaning for the cohort.
fn refuse_conflicts(args: &Args) {
    let (of_tracer, of_table) = (args.cohort.is_none(), is(args, CohortArg::Table1));
    let (of_leak, of_spaces) = (is(args, CohortArg::Leak), is(args, CohortArg::Spaces));
    let is_examined = of_tracer || of_table;
    let options = [
        ("--patients", args.patients.is_some(), !of_table),
        ("--diagnosis", args.diagnosis.is_some(), of_tracer),
        ("--hours", args.hours.is_some(), is_examined),
        ("--planes-only", args.planes_only, is_examined),
        ("--misalign", args.misalign.is_some(), is_examined),
        ("--bend-neck", args.bend_neck, is_examined),
        ("--scanners", args.scanners.is_some(), is_examined),
        ("--scans", args.scans.is_some(), is_examined),
        ("--grid-mm", args.grid_mm.is_some(), !of_spaces),
        ("--sequence", args.sequence.is_some(), !of_leak),
        ("--preset", args.preset.is_some(), of_leak),
        ("--twins", args.twins, of_leak),
    ];
    let Some((name, ..)) = options.iter().find(|(_, given, fits)| *given && !fits) else {
        return;
    };
    let cohort = match args.cohort {
        None => "without '--cohort leak'".to_owned(),
        Some(cohort) => {
            let value = cohort.to_possible_value();
            let value = value.map_or_else(String::new, |value| value.get_name().to_owned());
            format!("with '--cohort {value}'")
        }
    };
    let text = format!("the argument '{name}' cannot be used {cohort}");
    Cli::command()
        .error(ErrorKind::ArgumentConflict, text)
        .exit();
}

fn is(args: &Args, cohort: CohortArg) -> bool {
    args.cohort == Some(cohort)
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
