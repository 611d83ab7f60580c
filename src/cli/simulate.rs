//! `cisterna simulate`: a cohort of simulated patients as a BIDS data set.

use super::notify;
use crate::phantom::spaces::{SpacesSequence, spaces_cohort};
use crate::phantom::{Diagnosis, ScanProtocol, cohort, table1_cohort};
use crate::signal::{Sequence, Spgr};
use crate::workflows::{SimulateRequest, SimulateSpacesRequest, simulate, simulate_spaces};
use anyhow::bail;
use clap::ValueEnum;
use std::path::PathBuf;

#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// How many patients; 1 if it is not said.
    #[arg(long, value_name = "N", value_parser = at_least_one)]
    patients: Option<usize>,
    /// What everything is drawn from.
    #[arg(long, value_name = "S", default_value_t = 1)]
    seed: u64,
    /// When scans are taken, hours after the injection, separated by commas; 0 is before it.
    #[arg(long, value_delimiter = ',', default_value = "0,1.5,4,6,8,24,48")]
    hours: Vec<f64>,
    /// The data set's folder; an interrupted run goes on where it stopped.
    #[arg(short, long = "output", value_name = "DIR")]
    output: PathBuf,
    /// All 136 patients of the tracer study's Table 1, or adults with enlarged perivascular spaces and
    /// no tracer.
    #[arg(long, conflicts_with = "diagnosis")]
    cohort: Option<CohortArg>,
    /// Patients of one group only: REF, AC, PC, IIH, SIH, iNPH or HC.
    #[arg(long, value_name = "D", value_parser = diagnosis)]
    diagnosis: Option<Diagnosis>,
    /// The edge of the transport's cells, mm.
    #[arg(long, value_name = "MM", default_value_t = 2, value_parser = clap::value_parser!(u8).range(1..=2))]
    grid_mm: u8,
    /// The MR sequence: inversion-prepared TFE (the default) or plain spoiled gradient echo; of
    /// perivascular spaces T1 at 1 mm (the default), T2 at 0.5 x 0.5 x 0.8 mm, or T2 in the clinic's slices
    /// of 4.9 mm.
    #[arg(long)]
    sequence: Option<SequenceArg>,
    /// Write only the axial and the sagittal plane of each scan.
    #[arg(long)]
    planes_only: bool,
    /// How far scans lie off the head's grid: standard deviation in mm and degrees.
    #[arg(long, value_name = "SD", default_value_t = 0.0, value_parser = misalignment)]
    misalign: f64,
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
    Spaces,
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
    check_hours(&args.hours)?;
    let n_patients = args.patients.unwrap_or(1);
    let (patients, cohort) = match (args.cohort, args.diagnosis) {
        (Some(CohortArg::Table1), _) if args.patients.is_some() => {
            bail!("--cohort table1 has 136 patients, and takes no --patients")
        }
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
            nominal_hours: args.hours.clone(),
            sequence: tracer_sequence(args.sequence)?,
            transport_mm: usize::from(args.grid_mm),
            misalignment: args.misalign,
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

fn run_spaces(args: &Args, n_patients: usize) -> anyhow::Result<()> {
    if args.planes_only || args.misalign > 0.0 || args.bend_neck {
        bail!("--planes-only, --misalign and --bend-neck are for tracer examinations");
    }
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
