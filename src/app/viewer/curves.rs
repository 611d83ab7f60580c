//! What a curve of the signal is of, over the volumes of a scan or over the hours of a series, and what was
//! measured.

use super::scan::Scan;
use crate::volume::{Affine, PlaneRegion};
use crate::workflows::{Curve, CurveScan};
use std::sync::{Arc, Weak};

/// A scan, by which is known again what was measured of it. Once it is closed, no other one can come to its
/// place in memory as long as this is kept.
#[derive(Clone, Debug)]
pub(super) struct ScanIdentity(Weak<Scan>);

impl ScanIdentity {
    pub(super) fn of(scan: &Arc<Scan>) -> Self {
        Self(Arc::downgrade(scan))
    }
}

impl PartialEq for ScanIdentity {
    fn eq(&self, other: &Self) -> bool {
        self.0.ptr_eq(&other.0)
    }
}

/// What a curve goes along.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum CurveAxis {
    /// Hours after the injection.
    Hours,
    /// Volumes of a scan by number.
    Volumes,
}

/// The scans of a curve.
pub(super) struct CurveSeries {
    pub(super) axis: CurveAxis,
    pub(super) scans: Vec<CurveScan>,
    /// Where what is shown now lies along the axis, where one is.
    pub(super) now: Option<f64>,
    /// The unit of the values, where it is known.
    pub(super) unit: Option<String>,
    /// Which scans they are, and where each was moved to.
    pub(super) of: Vec<(ScanIdentity, Affine)>,
}

impl CurveSeries {
    /// Where a scan lies along the axis.
    pub(super) fn place(&self, scan: &CurveScan) -> f64 {
        match self.axis {
            CurveAxis::Hours => scan.hours.unwrap_or(f64::NAN),
            CurveAxis::Volumes => scan.volume_idx as f64,
        }
    }
}

/// Why there is no curve.
pub(super) enum NoCurve {
    /// All volumes of this layer are to be loaded first.
    NotLoaded(usize),
    /// In words.
    Why(String),
}

/// Which region is meant.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum RegionKey {
    /// A region of interest.
    Roi(Arc<PlaneRegion>),
    /// The mask that is looked through, by its scan and its state.
    Mask(ScanIdentity, u64),
    /// A label under the crosshair, by its layer.
    Label(usize, u32),
}

/// What is measured: of which region in which scans.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct CurveKey {
    pub(super) region: RegionKey,
    pub(super) of: Vec<(ScanIdentity, Affine)>,
}

/// What a job measured last, and of what.
pub(super) struct LastMeasured<K, T> {
    /// What was asked for last.
    asked: Option<K>,
    measured: Option<(K, T)>,
}

impl<K, T> Default for LastMeasured<K, T> {
    fn default() -> Self {
        Self {
            asked: None,
            measured: None,
        }
    }
}

impl<K: Clone + PartialEq, T> LastMeasured<K, T> {
    /// Whether a job is to measure this; then one is taken to run.
    pub(super) fn begins(&mut self, key: &K) -> bool {
        let begins = self.asked.as_ref() != Some(key);
        if begins {
            self.asked = Some(key.clone());
        }
        begins
    }

    /// Takes in what a job measured.
    pub(super) fn take(&mut self, key: K, measured: T) {
        self.measured = Some((key, measured));
    }

    /// What was measured, where it is of this.
    pub(super) fn of(&self, key: &K) -> Option<&T> {
        let (of, measured) = self.measured.as_ref()?;
        (of == key).then_some(measured)
    }
}

/// The curve, and whether it is shown.
#[derive(Default)]
pub struct CurveDesk {
    /// Whether it is shown beside the volumes of a scan; in a time series it always is.
    pub open: bool,
    /// The region along it.
    pub(super) of_region: LastMeasured<CurveKey, Curve>,
}
