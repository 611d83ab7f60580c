//! The volumes of a scan that has several, all of them in memory, so that they can be played and measured.

use super::scan::Scan;
use crate::formats::PixelScaling;
use std::sync::Arc;

/// All volumes of a layer's file.
pub(super) struct LoadedVolumes {
    /// The number in which the layer was opened.
    pub(super) no: u32,
    pub(super) scaling: PixelScaling,
    /// In their order.
    pub(super) scans: Vec<Arc<Scan>>,
}

/// As many bytes of values are loaded at most; the graphics adapter holds as many again.
const MOST_BYTES: u64 = 2 << 30;

/// Why the volumes of a scan are not loaded, in words; none where they can be.
pub(super) fn why_not_loaded(scan: &Scan) -> Option<String> {
    let n = n_volumes(scan) as u64;
    let bytes = n * scan.volume.grid().n_voxels() as u64 * size_of::<f32>() as u64;
    let gigabytes = |bytes: u64| bytes as f64 / f64::from(1 << 30);
    (bytes > MOST_BYTES).then(|| {
        format!(
            "{}: its {n} volumes take {:.1} GiB, and at most {:.0} GiB are loaded; step through them one by \
             one",
            scan.name,
            gigabytes(bytes),
            gigabytes(MOST_BYTES)
        )
    })
}

/// Volumes of a scan's file.
pub(super) fn n_volumes(scan: &Scan) -> usize {
    scan.info.as_ref().map_or(1, |info| info.volumes)
}
