//! What a curve of the signal is of, over the volumes of a scan or over the hours of a series, and what was
//! measured.

use crate::volume::Affine;
use crate::workflows::{Curve, CurveScan};

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
    pub(super) of: Vec<(usize, Affine)>,
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
    /// The region of interest, by its number.
    Roi(u32),
    /// The mask that is looked through, by its scan and its state.
    Mask(usize, u64),
    /// A label under the crosshair, by its layer.
    Label(usize, u32),
}

/// What was measured: of which region in which scans.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct CurveKey {
    pub(super) region: RegionKey,
    pub(super) of: Vec<(usize, Affine)>,
}

/// The curve, and whether it is shown.
#[derive(Default)]
pub struct CurveDesk {
    /// Whether it is shown beside the volumes of a scan; in a time series it always is.
    pub open: bool,
    /// What was asked for last.
    pub(super) asked: Option<CurveKey>,
    measured: Option<(CurveKey, Curve)>,
}

impl CurveDesk {
    /// Takes in what a job measured.
    pub(super) fn take(&mut self, key: CurveKey, curve: Curve) {
        self.measured = Some((key, curve));
    }

    /// What was measured, where it is of this.
    pub(super) fn of(&self, key: &CurveKey) -> Option<&Curve> {
        let (of, curve) = self.measured.as_ref()?;
        (of == key).then_some(curve)
    }
}
