//! `cisterna simulate`: a cohort of simulated patients as a BIDS data set.

mod data_set;

use crate::phantom::signal::Spgr;
use crate::phantom::{Diagnosis, Examination, Patient, Protocol, Sequence, cohort, table1_cohort};
use anyhow::{Context, bail};
use clap::ValueEnum;
use data_set::{DataSet, Settings};
use indicatif::{ProgressBar, ProgressStyle};
use std::ops::ControlFlow;
use std::path::PathBuf;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

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
        neck_bends: args.bend_neck,
    };
    let data_set = DataSet::begin(&args.output, &settings)?;
    let protocol = Protocol {
        nominal_hours: args.hours.clone(),
        sequence: args.sequence.into(),
        transport_mm: usize::from(args.grid_mm),
        misalignment: args.misalign,
        neck_bends: args.bend_neck,
    };
    simulate_all(&data_set, args.jobs, &patients, &protocol)?;
    data_set.finish(&patients)?;
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
fn simulate_all(
    data_set: &DataSet<'_>,
    n_jobs: usize,
    patients: &[Patient],
    protocol: &Protocol,
) -> anyhow::Result<()> {
    let left: Vec<&Patient> = patients
        .iter()
        .filter(|patient| !data_set.has(patient))
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
        for _ in 0..n_jobs.min(left.len()) {
            scope.spawn(|| {
                while let Some(patient) = left.get(next.fetch_add(1, Ordering::Relaxed)) {
                    bar.set_message(format!("sub-{}", patient.id));
                    if let Err(error) = simulate_one(data_set, patient, protocol, &bar) {
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
    data_set: &DataSet<'_>,
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
    data_set.write(&examination, &protocol.sequence, &|share| {
        let _ = tell(0.7 + 0.3 * share);
    })
}
