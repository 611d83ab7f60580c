//! A label map on the grid of a mask or a scan.

use crate::enhancement::Regions;
use crate::formats::bids::label_table;
use crate::formats::{self, no_progress};
use crate::volume::Grid;
use crate::workflows::notice::{Notify, remark};
use anyhow::Context;
use std::path::Path;

/// Opens a label map for the voxels of `grid`, each label eroded by so many voxels of the map; numbers
/// are named by a `_dseg.tsv`, or else are FreeSurfer's.
pub(super) fn regions(
    path: &Path,
    erode: usize,
    grid: &Grid,
    notify: Notify<'_>,
) -> anyhow::Result<Regions> {
    let map = formats::open_one(path, &no_progress)?;
    let table = label_table(path)?;
    for line in table.iter().flat_map(|table| &table.remarks) {
        remark(notify, line.clone());
    }
    let names = table.as_ref().map(|table| &table.names);
    if names.is_none() {
        remark(
            notify,
            format!(
                "no table _dseg.tsv names the labels, which are taken for FreeSurfer's: {}",
                path.display()
            ),
        );
    }
    Regions::new(&map.volume, names, erode, grid).with_context(|| path.display().to_string())
}

/// The side that a region's name tells.
pub(super) fn side_of(name: &str) -> Option<&'static str> {
    let name = name.to_lowercase();
    let has = |words: &[&str]| words.iter().any(|word| name.contains(word));
    match (has(&["left", "-lh-"]), has(&["right", "-rh-"])) {
        (true, false) => Some("left"),
        (false, true) => Some("right"),
        _ => None,
    }
}
