//! Scans of a patient registered onto one of them, or onto a template.

mod files;
mod request;

pub use request::{RegisterRequest, Resample};

use super::notice::{Notify, remark, working};
use crate::formats::{self, no_progress};
use crate::registration::{
    Freedom, HeadScan, Quality, Registration, Series, register as register_one,
};
use crate::volume::Volume;
use anyhow::{Context, bail};
use files::Outputs;
use serde::Serialize;
use std::ops::ControlFlow;
use std::path::Path;
use std::time::Instant;

/// A moving scan, and what became of it.
#[derive(Serialize)]
pub struct RegisteredScan {
    /// The scan.
    pub path: String,
    /// Where it lies; none where it failed.
    #[serde(flatten)]
    pub found: Option<RegisteredPose>,
    /// Whether nothing speaks against it.
    pub converged: bool,
    /// Why it failed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub error: Option<String>,
    /// How long it took.
    pub seconds: f64,
}

/// Where a registered scan lies.
#[derive(Serialize)]
pub struct RegisteredPose {
    /// Takes a point of the moving scan's world to the fixed scan's, RAS+ mm; four rows.
    pub fixed_from_moving: [[f64; 4]; 4],
    /// Mean distance over the cranium by which it moved.
    pub moved_mm: f64,
    /// By how much it turned.
    pub rotated_deg: f64,
    /// Correlation over the head, at the end.
    pub correlation: f64,
    /// The numbers by which a rigid registration is judged.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub quality: Option<Quality>,
    /// Between the way straight to the fixed scan and that over the scan before.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub closure_mm: Option<f64>,
    /// What speaks against it, in words.
    pub doubts: Vec<String>,
    /// What was written.
    pub files: Vec<String>,
}

/// Registers scans; one that fails does not stop the others.
///
/// # Errors
/// When the fixed scan cannot be opened or is not a head, and when two scans would be written over
/// each other.
pub fn register(
    request: &RegisterRequest<'_>,
    notify: Notify<'_>,
) -> anyhow::Result<Vec<RegisteredScan>> {
    let fixed = open(request.fixed, notify)?;
    let head = HeadScan::new(&fixed).with_context(|| format!("{}", request.fixed.display()))?;
    let outputs = Outputs::begin(request, &fixed)?;
    let mut beside = match request.freedom {
        Freedom::Rigid => Beside::Series(Box::new(Series::new(head))),
        Freedom::Affine => Beside::Template(Box::new(head)),
    };
    let n = request.moving.len();
    let mut rows = Vec::with_capacity(n);
    for (at, path) in request.moving.iter().enumerate() {
        let what = format!("registering scan {} of {n}", at + 1);
        let progress =
            |share: f32| working(notify, &what, (at as f64 + f64::from(share)) / n as f64);
        let begun = Instant::now();
        let found = one(&mut beside, path, &outputs, notify, &progress);
        let row = RegisteredScan::of(path, found, begun.elapsed().as_secs_f64());
        for doubt in row.found.iter().flat_map(|found| &found.doubts) {
            remark(notify, format!("warning: {doubt}: {}", row.path));
        }
        if let Some(error) = &row.error {
            remark(notify, format!("error: {error}"));
        }
        rows.push(row);
        // Whoever asked to stop gets what there is.
        if progress(1.0).is_break() {
            break;
        }
    }
    Ok(rows)
}

/// What the moving scans are set beside.
enum Beside {
    Series(Box<Series>),
    Template(Box<HeadScan>),
}

fn open(path: &Path, notify: Notify<'_>) -> anyhow::Result<Volume> {
    let opened = formats::open_one(path, &no_progress)?;
    if opened.info.volumes > 1 {
        bail!(
            "there are {} volumes, where one head is registered: {}",
            opened.info.volumes,
            path.display()
        );
    }
    for warning in &opened.info.warnings {
        remark(notify, format!("{warning}: {}", path.display()));
    }
    Ok(opened.volume)
}

fn one(
    beside: &mut Beside,
    path: &Path,
    outputs: &Outputs<'_>,
    notify: Notify<'_>,
    progress: &(dyn Fn(f32) -> ControlFlow<()> + Sync),
) -> anyhow::Result<RegisteredPose> {
    let named = || format!("{}", path.display());
    let volume = open(path, notify)?;
    let scan = HeadScan::new(&volume).with_context(named)?;
    let (found, closure_mm, doubts) = match beside {
        Beside::Series(series) => {
            let next = series.next(scan, progress).with_context(named)?;
            let doubts = next.doubts();
            (next.to_first, next.closure_mm, doubts)
        }
        Beside::Template(fixed) => {
            let found =
                register_one(fixed, &scan, Freedom::Affine, progress).with_context(named)?;
            let doubts = found.doubts();
            (found, None, doubts)
        }
    };
    let files = outputs.write(path, &volume, &found, closure_mm, &doubts)?;
    Ok(RegisteredPose::of(found, closure_mm, doubts, files))
}

impl RegisteredPose {
    fn of(
        found: Registration,
        closure_mm: Option<f64>,
        doubts: Vec<String>,
        files: Vec<String>,
    ) -> Self {
        let at = |row: usize, column: usize| found.fixed_from_moving[(row, column)];
        Self {
            fixed_from_moving: std::array::from_fn(|r| std::array::from_fn(|c| at(r, c))),
            moved_mm: found.moved_mm,
            rotated_deg: found.rotated_deg,
            correlation: found.correlation,
            quality: found.quality,
            closure_mm,
            doubts,
            files,
        }
    }
}

impl RegisteredScan {
    fn of(path: &Path, found: anyhow::Result<RegisteredPose>, seconds: f64) -> Self {
        let path = path.display().to_string();
        let (found, error) = match found {
            Ok(found) => (Some(found), None),
            Err(error) => (None, Some(format!("{error:#}"))),
        };
        Self {
            path,
            converged: found.as_ref().is_some_and(|f| f.doubts.is_empty()),
            found,
            error,
            seconds,
        }
    }
}
