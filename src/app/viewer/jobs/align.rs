//! The open scans of a patient registered to the first of them.

use super::{Message, ViewerJobs};
use crate::app::shell::Job;
use crate::app::viewer::alignment::AlignedScans;
use crate::app::viewer::{Alignment, Moved, Scan};
use crate::registration::{HeadScan, RegistrationError, Series};
use std::ops::ControlFlow;
use std::sync::Arc;

impl ViewerJobs {
    /// Registers scans, in the order in which they were taken, to the first. What is found comes all
    /// at once, so that a cancelled job leaves all scans where they are.
    pub(in crate::app::viewer) fn align(&self, scans: Vec<Arc<Scan>>) {
        self.running.spawn("align", move |job| {
            let Some((first, others)) = scans.split_first() else {
                return;
            };
            match aligned(job, first, others) {
                Ok(found) => job.send(Message::Aligned(found)),
                Err(RegistrationError::Cancelled) => {}
                Err(error) => job.send(Message::Failed(format!(
                    "nothing can be aligned to {}: {error}",
                    first.name
                ))),
            }
        });
    }
}

/// # Errors
/// Where the first scan is not a head, or the work is cancelled.
fn aligned(
    job: &Job<Message>,
    first: &Arc<Scan>,
    others: &[Arc<Scan>],
) -> Result<AlignedScans, RegistrationError> {
    job.say("Looking for the head", 0.0);
    let mut series = Series::new(HeadScan::new(&first.volume)?);
    let n = others.len();
    let mut found = Vec::with_capacity(n);
    for (at, scan) in others.iter().enumerate() {
        let what = format!("Aligning scan {} of {n}", at + 1);
        job.say(&what, at as f32 / n as f32);
        let progress = |share: f32| job.goes_on(&what, (at as f32 + share) / n as f32);
        if progress(0.0).is_break() {
            return Err(RegistrationError::Cancelled);
        }
        let outcome = match (scan.labels.is_some(), scan.map) {
            (true, _) => Err("it holds labels, not the signal of a head".to_owned()),
            (false, Some(_)) => Err("it is a map, not the signal of a head".to_owned()),
            (false, None) => match one(&mut series, scan, &progress) {
                Err(RegistrationError::Cancelled) => return Err(RegistrationError::Cancelled),
                outcome => outcome.map_err(|error| error.to_string()),
            },
        };
        let alignment = Alignment {
            first: first.name.clone(),
            outcome,
        };
        found.push((scan.clone(), alignment));
    }
    Ok(AlignedScans {
        first: first.clone(),
        others: found,
    })
}

fn one(
    series: &mut Series,
    scan: &Scan,
    progress: &(dyn Fn(f32) -> ControlFlow<()> + Sync),
) -> Result<Moved, RegistrationError> {
    let found = series.next(HeadScan::new(&scan.volume)?, progress)?;
    Ok(Moved {
        doubts: found.doubts(),
        first_from_moving: found.to_first.fixed_from_moving,
        moved_mm: found.to_first.moved_mm,
        rotated_deg: found.to_first.rotated_deg,
    })
}
