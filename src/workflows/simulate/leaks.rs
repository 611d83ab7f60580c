//! Patients examined for a leak of cerebrospinal fluid, as a BIDS data set.

use super::leak_files::{LeakDataSet, LeakSettings};
use super::patients::side_by_side;
use crate::phantom::ContrastHead;
use crate::phantom::leak::{LeakCase, Preset, leak_cohort};
use crate::workflows::notice::{Notify, working};
use anyhow::bail;
use std::path::Path;
use std::sync::atomic::{AtomicUsize, Ordering};

/// Which cohort to simulate, and where to.
pub struct SimulateLeaksRequest<'a> {
    /// How many patients.
    pub n_patients: usize,
    /// What everything is drawn from.
    pub seed: u64,
    /// How hard the cohort is.
    pub preset: Preset,
    /// The edge of the voxels, mm: 1 or 2.
    pub grid_mm: u8,
    /// Whether heads with a leak are also drawn as they would be without its signs.
    pub twins: bool,
    /// Patients at a time.
    pub jobs: usize,
    /// The data set's folder.
    pub output: &'a Path,
}

/// Simulates patients into a data set; those that an interrupted run has written are kept.
///
/// # Errors
/// When the folder holds something else, when a file cannot be written, and when `notify` answers to
/// stop.
pub fn simulate_leaks(
    request: &SimulateLeaksRequest<'_>,
    notify: Notify<'_>,
) -> anyhow::Result<()> {
    let settings = LeakSettings {
        version: env!("CARGO_PKG_VERSION").to_owned(),
        cohort: "leak".to_owned(),
        seed: request.seed,
        n_patients: request.n_patients,
        preset: request.preset.name().to_owned(),
        grid_mm: request.grid_mm,
        twins: request.twins,
    };
    if !matches!(request.grid_mm, 1 | 2) {
        bail!("voxels are of 1 or 2 mm, not {}", request.grid_mm);
    }
    let cases = leak_cohort(request.n_patients, request.seed, request.preset);
    let data_set = LeakDataSet::begin(request.output, &settings)?;
    let left: Vec<&LeakCase> = cases.iter().filter(|case| !data_set.has(case)).collect();
    let done = AtomicUsize::new(0);
    side_by_side(&left, request.jobs, &|case| {
        let share = done.load(Ordering::Relaxed) as f64 / left.len() as f64;
        let what = format!("simulating sub-{}", case.id);
        if working(notify, &what, share).is_break() {
            bail!("stopped");
        }
        simulate_one(request, &data_set, case)?;
        done.fetch_add(1, Ordering::Relaxed);
        Ok(())
    })?;
    data_set.finish(&cases)
}

fn simulate_one(
    request: &SimulateLeaksRequest<'_>,
    data_set: &LeakDataSet<'_>,
    case: &LeakCase,
) -> anyhow::Result<()> {
    let voxel_mm = usize::from(request.grid_mm);
    if let Some(twin) = case
        .twin(request.seed)
        .filter(|_| request.twins && case.has_leak)
    {
        data_set.write_twin(&twin, &ContrastHead::draw(&twin, voxel_mm))?;
    }
    // Last: a patient who has these is done.
    data_set.write(case, &ContrastHead::draw(case, voxel_mm))
}
