//! `cisterna simulate`: a cohort of simulated patients as a BIDS data set.

use super::{Cli, notify};
use crate::phantom::leak::Preset;
use crate::phantom::{Diagnosis, ScanProtocol, cohort, table1_cohort};
use crate::signal::{Sequence, Spgr};
use crate::workflows::{SimulateLeaksRequest, SimulateRequest, simulate, simulate_leaks};
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
    /// leak of CSF with a contrast agent in their veins, a scan each.
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
    /// The MR sequence: inversion-prepared TFE, as unless told, or plain spoiled gradient echo.
    #[arg(long)]
    sequence: Option<SequenceArg>,
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

#[derive(Clone, Copy, Debug, ValueEnum)]
enum CohortArg {
    Table1,
    Leak,
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
            sequence: args.sequence.unwrap_or(SequenceArg::Tfe).into(),
            transport_mm: usize::from(args.grid_mm.unwrap_or(2)),
            misalignment: args.misalign.unwrap_or(0.0),
            neck_bends: args.bend_neck,
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

/// Ends the program, as for any bad usage, where options are given that do not go together.
fn refuse_conflicts(args: &Args) {
    let of_tracer = [
        ("--hours", args.hours.is_some()),
        ("--diagnosis", args.diagnosis.is_some()),
        ("--sequence", args.sequence.is_some()),
        ("--planes-only", args.planes_only),
        ("--misalign", args.misalign.is_some()),
        ("--bend-neck", args.bend_neck),
    ];
    let of_table = [
        ("--patients", args.patients.is_some()),
        ("--diagnosis", args.diagnosis.is_some()),
    ];
    let of_leaks = [("--preset", args.preset.is_some()), ("--twins", args.twins)];
    let given = |options: &[(&'static str, bool)]| {
        options
            .iter()
            .find(|(_, given)| *given)
            .map(|(name, _)| *name)
    };
    let (cohort, wrong) = match args.cohort {
        Some(CohortArg::Leak) => ("with '--cohort leak'", given(&of_tracer)),
        Some(CohortArg::Table1) => {
            let wrong = given(&of_table).or_else(|| given(&of_leaks));
            ("with '--cohort table1'", wrong)
        }
        None => ("without '--cohort leak'", given(&of_leaks)),
    };
    if let Some(name) = wrong {
        let text = format!("the argument '{name}' cannot be used {cohort}");
        Cli::command()
            .error(ErrorKind::ArgumentConflict, text)
            .exit();
    }
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
