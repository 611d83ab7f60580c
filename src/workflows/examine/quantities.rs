//! Maps, tables and figures of the patients that were examined.

use super::results::{ExaminedPatient, Outcome};
use super::sources::PatientScans;
use crate::anatomy::FatStatistic;
use crate::workflows::notice::{Notice, Notify, remark};
use crate::workflows::quantify::{
    FatSource, QuantifyRequest, QuantifySource, has_finished, quantify,
};
use anyhow::Context;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};

/// Where they lie in an examination's data set.
fn folder_of(root: &Path) -> PathBuf {
    root.join("derivatives").join("quantities")
}

/// Removes what was measured: a patient came or went.
pub(super) fn outdate(root: &Path) -> anyhow::Result<()> {
    let folder = folder_of(root);
    if folder.is_dir() {
        std::fs::remove_dir_all(&folder)
            .with_context(|| format!("cannot be replaced: {}", folder.display()))?;
    }
    Ok(())
}

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
    let folder = folder_of(root);
    let is_there = |one: &ExaminedPatient| matches!(one.outcome, Outcome::Done | Outcome::Kept);
    if !examined.iter().any(is_there) || has_finished(&folder, erode) {
        return Ok(());
    }
    outdate(root)?;
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
