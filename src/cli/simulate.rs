//! `cisterna simulate`: a cohort of simulated patients as a BIDS data set.

use super::notify;
use crate::phantom::{Diagnosis, ScanProtocol, cohort, table1_cohort};
use crate::signal::{Sequence, Spgr};
use crate::workflows::{SimulateRequest, simulate};
use anyhow::bail;
use clap::ValueEnum;
use std::path::PathBuf;

#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// How many patients.
    #[arg(long, value_name = "N", default_value_t = 1, value_parser = at_least_one)]
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
    check_hours(&args.hours)?;
    let (patients, cohort) = match (args.cohort, args.diagnosis) {
        (Some(CohortArg::Table1), _) => (table1_cohort(args.seed), "table1"),
        (None, of) => (
            cohort(args.patients, args.seed, of),
            of.map_or("mixed", Diagnosis::code),
        ),
    };
    let request = SimulateRequest {
        patients: &patients,
        seed: args.seed,
        cohort: cohort.to_owned(),
        protocol: ScanProtocol {
            nominal_hours: args.hours.clone(),
            sequence: args.sequence.into(),
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
