//! A label map on the grid of a mask or a scan.

use crate::enhancement::{Group, Regions};
use crate::formats::bids::label_table;
use crate::formats::{self, no_progress};
use crate::volume::{Grid, Volume};
use crate::workflows::notice::{Notify, remark};
use anyhow::Context;
use std::path::Path;

/// What is said of a mask within [`deep`].
pub(super) const DEEP: &str = "in white matter, deep grey matter and brainstem of the label map";

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

/// The voxels of regions of some groups.
pub(super) fn in_groups(regions: &Regions, wanted: &[Group]) -> Vec<bool> {
    let is_wanted: Vec<bool> = regions
        .regions
        .iter()
        .map(|region| region.group.is_some_and(|group| wanted.contains(&group)))
        .collect();
    let of = |&place: &u16| place != Regions::NONE && is_wanted[usize::from(place)];
    regions.of_voxel().iter().map(of).collect()
}

/// Where spaces are: white matter, deep grey matter and brainstem.
pub(super) fn deep(regions: &Regions) -> Vec<bool> {
    in_groups(
        regions,
        &[Group::White, Group::Subcortical, Group::Brainstem],
    )
}

/// A map with nothing outside of what is inside.
pub(super) fn within(map: &Volume, inside: Option<&[bool]>) -> anyhow::Result<Volume> {
    let Some(inside) = inside else {
        return Ok(map.clone());
    };
    let values = map.values().iter().zip(inside);
    let values = values.map(|(&value, &is_in)| if is_in { value } else { 0.0 });
    Ok(Volume::new(map.grid().clone(), values.collect())?)
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
