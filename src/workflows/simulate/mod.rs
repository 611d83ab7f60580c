//! A cohort of simulated patients as a BIDS data set.

mod data_set;
mod folder;
mod leak_files;
mod leaks;
mod patients;
mod planes;
mod scanners;
mod spaces;

pub use leaks::{SimulateLeaksRequest, simulate_leaks};
pub use spaces::{SimulateSpacesRequest, simulate_spaces};

use super::notice::{Notify, working};
use crate::phantom::{Examination, Patient, ScanProtocol};
use crate::signal::Sequence;
use data_set::{DataSet, Settings};
use patients::side_by_side;
use std::ops::ControlFlow;
use std::path::Path;
use std::sync::atomic::{AtomicUsize, Ordering};

/// Whom to simulate, how, and where to.
pub struct SimulateRequest<'a> {
    /// The patients.
    pub patients: &'a [Patient],
    /// What they were drawn from.
    pub seed: u64,
    /// By what name the cohort is known in the data set.
    pub cohort: String,
    /// How they are examined.
    pub protocol: ScanProtocol,
    /// Whether only the two planes of each scan are written.
    pub planes_only: bool,
    /// Patients at a time.
    pub jobs: usize,
    /// The data set's folder.
    pub output: &'a Path,
}

/// Simulates patients into a data set; those that an interrupted run has written are kept.
///
/// # Errors
/// When the folder holds something else, when a patient cannot be simulated or written, and when
/// `notify` answers to stop.
pub fn simulate(request: &SimulateRequest<'_>, notify: Notify<'_>) -> anyhow::Result<()> {
    let protocol = &request.protocol;
    let settings = Settings {
        version: env!("CARGO_PKG_VERSION").to_owned(),
        seed: request.seed,
        n_patients: request.patients.len(),
        cohort: request.cohort.clone(),
        hours: protocol.nominal_hours.clone(),
        grid_mm: protocol.transport_mm as u8,
        sequence: match protocol.sequence {
            _ if protocol.n_scanners > 0 => "varied".to_owned(),
            Sequence::Tfe(_) => "tfe".to_owned(),
            Sequence::Spgr(_) => "spgr".to_owned(),
        },
        planes_only: request.planes_only,
        misalignment: protocol.misalignment,
        neck_bends: protocol.neck_bends,
        n_scanners: protocol.n_scanners,
    };
    let data_set = DataSet::begin(request.output, &settings)?;
    let left = request.patients.iter();
    let left: Vec<&Patient> = left.filter(|patient| !data_set.has(patient)).collect();
    let run = Run {
        data_set: &data_set,
        protocol,
        notify,
        done: AtomicUsize::new(0),
        all: left.len() * PARTS,
    };
    side_by_side(&left, request.jobs, &|patient| run.simulate(patient))?;
    data_set.finish(request.patients)
}

/// The work on a patient is counted in so many parts.
const PARTS: usize = 1000;

/// A data set that is being simulated.
struct Run<'a> {
    data_set: &'a DataSet<'a>,
    protocol: &'a ScanProtocol,
    notify: Notify<'a>,
    /// Parts done, of all patients.
    done: AtomicUsize,
    all: usize,
}

impl Run<'_> {
    fn simulate(&self, patient: &Patient) -> anyhow::Result<()> {
        let what = format!("simulating sub-{}", patient.id);
        let told = AtomicUsize::new(0);
        let tell = |share: f32| -> ControlFlow<()> {
            let now = (share * PARTS as f32) as usize;
            let before = told.fetch_max(now, Ordering::Relaxed);
            let more = now.saturating_sub(before);
            let done = more + self.done.fetch_add(more, Ordering::Relaxed);
            working(self.notify, &what, done as f64 / self.all as f64)
        };
        // Most of the time goes into the simulation, the rest into the scans.
        let simulated = |share| tell(share * 0.7);
        let examination = Examination::run(patient.clone(), self.protocol, &simulated)?;
        let sequence = &self.protocol.sequence;
        self.data_set
            .write(&examination, sequence, &|share| tell(0.7 + 0.3 * share))
    }
}
