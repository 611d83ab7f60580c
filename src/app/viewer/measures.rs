//! What is kept of the table of all that is measured: whether it is shown, and the regions in numbers.

use super::curves::{LastMeasured, ScanIdentity};
use crate::volume::{Affine, PlaneRegion};
use crate::workflows::RegionMeasure;
use std::sync::Arc;

/// Which regions are measured in which scan, and where that was moved to.
#[derive(Clone, PartialEq)]
pub(super) struct MeasureKey {
    pub(super) regions: Vec<Arc<PlaneRegion>>,
    pub(super) of: ScanIdentity,
    pub(super) moved: Affine,
}

/// The table, and whether it is shown.
#[derive(Default)]
pub struct MeasureDesk {
    /// Whether it is there.
    pub open: bool,
    /// The regions in numbers, in their order.
    pub(super) regions: LastMeasured<MeasureKey, Vec<RegionMeasure>>,
}

/// Which of the measurements.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum MeasureId {
    Ruler(u32),
    Angle(u32),
    Region(u32),
}
