//! Measurements of a file, measured anew on a scan.

use super::file::OpenedMeasures;
use super::measure::MeasureValue;
use super::table::{MeasureTable, MeasuredScan};
use crate::formats::{Entry, Opened, find_one};
use crate::volume::Affine;
use crate::workflows::notice::{Notify, working};
use crate::workflows::scan_sha256;
use anyhow::bail;
use std::path::Path;

/// What is asked for.
pub struct MeasureRequest<'a> {
    /// The scan, on any grid in the world of the measurements.
    pub scan: &'a Path,
    /// Where the measurements came from.
    pub file: &'a Path,
    /// The measurements.
    pub opened: &'a OpenedMeasures,
    /// Which of the scan's volumes, counted from 0; otherwise the one that was measured on, or the first where
    /// the scan has fewer.
    pub volume_idx: Option<usize>,
}

/// What was measured anew.
#[derive(Clone, Debug, PartialEq)]
pub struct Measured {
    /// All of it.
    pub table: MeasureTable,
    /// By which the scan is known again.
    pub sha256: String,
    /// What is to be known before the numbers are believed.
    pub remarks: Vec<String>,
}

/// Where a scan lies under measurements of a file.
#[derive(Clone, Debug, PartialEq)]
pub struct MeasuredPlace {
    /// Whether it is the scan that was measured on.
    pub is_same: bool,
    /// From where its file says to where it was measured; none where that is one place, and for another scan,
    /// which lies where its own file says.
    pub shown_from_filed: Option<Affine>,
}

impl MeasuredPlace {
    fn of(sha256: &str, measures: &OpenedMeasures) -> Self {
        let is_same = sha256 == measures.sha256;
        Self {
            is_same,
            shown_from_filed: measures.scan.shown_from_filed.filter(|_| is_same),
        }
    }
}

/// A scan as it is measured on.
struct Found {
    entry: Entry,
    volume_idx: usize,
    opened: Opened,
    sha256: String,
}

impl Found {
    fn open(
        scan: &Path,
        (measures, volume_idx): (&OpenedMeasures, Option<usize>),
        notify: Notify<'_>,
    ) -> anyhow::Result<Self> {
        let of = &measures.scan;
        let opening = |share: f32| working(notify, "opening the scan", f64::from(share));
        let entry = find_one(scan, &opening)?;
        let volume_idx = match volume_idx {
            Some(volume_idx) => volume_idx,
            None if of.volume_idx < entry.info.volumes => of.volume_idx,
            None => 0,
        };
        let opened = entry.place.open(volume_idx, of.scaling, &opening)?;
        let sha256 = scan_sha256(entry.place.file().as_deref(), &opened.volume)?;
        Ok(Self {
            entry,
            volume_idx,
            opened,
            sha256,
        })
    }
}

/// Where the scan at a path lies under measurements.
///
/// # Errors
/// When it cannot be opened, and when `notify` answers to stop.
pub fn measured_place(
    scan: &Path,
    measures: &OpenedMeasures,
    notify: Notify<'_>,
) -> anyhow::Result<MeasuredPlace> {
    let found = Found::open(scan, (measures, None), notify)?;
    Ok(MeasuredPlace::of(&found.sha256, measures))
}

/// Measures on a scan what a file of measurements holds. On the scan that they are of they are measured where
/// the window showed it, on another one where that one's file says that it lies.
///
/// # Errors
/// When the scan cannot be opened, when `notify` answers to stop, and for the first region that has no numbers
/// there, with its place in the file and that file.
pub fn measure(request: &MeasureRequest<'_>, notify: Notify<'_>) -> anyhow::Result<Measured> {
    let of = &request.opened.scan;
    let Found {
        entry,
        volume_idx,
        opened,
        sha256,
    } = Found::open(request.scan, (request.opened, request.volume_idx), notify)?;
    let MeasuredPlace {
        is_same,
        shown_from_filed,
    } = MeasuredPlace::of(&sha256, request.opened);
    let volume = match &shown_from_filed {
        Some(matrix) => opened.volume.placed(matrix)?,
        None => opened.volume,
    };
    let mut remarks = opened.info.warnings;
    if !is_same {
        remarks.push(format!(
            "the measurements are of another scan, {}; they are measured where they lie in the world",
            of.name
        ));
        if of.shown_from_filed.is_some() {
            remarks.push(
                "that scan was moved in the window; this one lies where its file says".to_owned(),
            );
        }
    }
    if request.volume_idx.is_none() && volume_idx != of.volume_idx {
        remarks.push(format!(
            "volume {volume_idx} is measured: the measurements are of volume {}, which this scan has not",
            of.volume_idx
        ));
    }
    let mut rows = Vec::new();
    for (at, measure) in request.opened.measures.iter().enumerate() {
        let share = at as f64 / request.opened.measures.len() as f64;
        if working(notify, "measuring", share).is_break() {
            bail!("stopped");
        }
        let value = measure.value(&volume);
        if let MeasureValue::Region(region) = &value {
            let name = &measure.name;
            if let Some(why) = region.why_none() {
                bail!("measures[{at}], {name}: {why}: {}", request.file.display());
            }
            if region.is_cut {
                remarks.push(format!("{name}: {}", region.remark()));
            }
        }
        rows.push((measure.clone(), value));
    }
    let scan = MeasuredScan {
        name: entry.name,
        volume_idx,
        scaling: of.scaling,
        unit: opened.info.units,
        shown_from_filed,
    };
    Ok(Measured {
        table: MeasureTable { scan, rows },
        sha256,
        remarks,
    })
}
