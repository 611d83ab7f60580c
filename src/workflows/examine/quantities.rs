//! Maps, tables and figures of the patients that were examined.

use super::results::{ExaminedPatient, Outcome};
use super::sources::PatientScans;
use crate::anatomy::FatStatistic;
use crate::workflows::notice::{Notice, Notify, remark};
use crate::workflows::quantify::{
    FatSource, QuantifyRequest, QuantifySource, has_finished, quantify,
};
use std::collections::BTreeMap;
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};

/// Measures all patients that there are, unless nothing changed since the last time. Where nothing can
/// be measured, that is remarked on: the examinations stand.
///
/// # Errors
/// When `notify` answers to stop.
pub(super) fn measure(
    root: &Path,
    patients: &[PatientScans],
    examined: &[ExaminedPatient],
    erode: usize,
    notify: Notify<'_>,
) -> anyhow::Result<()> {
    let folder = root.join("derivatives").join("quantities");
    let is_new = examined.iter().any(|one| one.outcome == Outcome::Done);
    let is_there = examined.iter().any(|one| one.outcome == Outcome::Kept);
    if !is_new && (!is_there || has_finished(&folder, erode)) {
        return Ok(());
    }
    if folder.is_dir() {
        // Maps of patients that are no longer there would stay among the others.
        std::fs::remove_dir_all(&folder)?;
    }
    let labels: BTreeMap<_, _> = patients
        .iter()
        .filter_map(|patient| Some((patient.subject.clone(), patient.labels.clone()?)))
        .collect();
    let request = QuantifyRequest {
        source: QuantifySource::Examined {
            root,
            labels: &labels,
        },
        erode,
        fat: FatStatistic::Median,
        fat_source: FatSource::Sidecar,
        parameters: None,
        output: Some(&folder),
    };
    let is_stopped = AtomicBool::new(false);
    let result = quantify(&request, &|notice: Notice| {
        let answer = notify(notice);
        is_stopped.fetch_or(answer.is_break(), Ordering::Relaxed);
        answer
    });
    match result {
        Err(error) if is_stopped.into_inner() => Err(error),
        Err(error) => {
            remark(notify, format!("nothing was measured: {error:#}"));
            Ok(())
        }
        Ok(_) => Ok(()),
    }
}
