//! A mask that somebody looked through: by a threshold and a smallest size, with what was put in and
//! taken out by hand, its clusters, and the files that keep all of it.

use super::clusters::{ClusterRow, ClusterTable, by_region, center_of, row_of};
use super::labels::regions;
use super::predict::{SpacesOrigin, file_name, write_probability};
use super::score::{check_grids, check_left_out, check_probability, check_threshold};
use crate::enhancement::Regions;
use crate::formats::bids::{sidecar_path, write_json, write_tsv};
use crate::formats::{self, Voxels, no_progress, write_nifti};
use crate::models::{WARNING, file_sha256};
use crate::text::date_time;
use crate::volume::{ClusterShape, Components, MaskChanges, Neighbours, Volume};
use crate::workflows::notice::{Notify, working};
use anyhow::{anyhow, bail};
use serde::Serialize;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// What a mask is made of.
#[derive(Clone, Copy)]
pub struct MaskRequest<'a> {
    /// Probabilities, or a mask of 0 and 1.
    pub map: &'a Volume,
    /// A voxel is in the mask where the value is above it.
    pub threshold: f64,
    /// Clusters of at most so many mm3 are left out, unless something was put into them by hand.
    pub left_out_mm3: f64,
    /// What was put in and taken out by hand.
    pub changes: &'a MaskChanges,
    /// Regions at the map's voxels.
    pub regions: Option<&'a Regions>,
    /// The scan, on the map's grid.
    pub scan: Option<&'a Volume>,
}

/// A mask and its clusters.
#[derive(Clone, Debug)]
pub struct MadeMask {
    /// For each voxel 0 outside the mask, 1 in it, 2 in it by hand, 3 taken out by hand.
    pub state: Vec<u8>,
    /// For each voxel the number of its cluster from 1; 0 outside.
    pub cluster: Vec<u32>,
    /// The voxels of each cluster, by number.
    pub voxels: Vec<Vec<usize>>,
    /// The clusters, by number.
    pub clusters: Vec<ClusterRow>,
    /// By region: clusters and volume, mm3. Empty where no regions were given.
    pub by_region: BTreeMap<String, (usize, f64)>,
}

impl MadeMask {
    /// In the mask.
    pub const IN: u8 = 1;
    /// In it by hand.
    pub const PUT_IN: u8 = 2;
    /// Taken out by hand.
    pub const TAKEN_OUT: u8 = 3;

    /// Whether a state is in the mask.
    #[must_use]
    pub fn is_in(state: u8) -> bool {
        matches!(state, Self::IN | Self::PUT_IN)
    }
}

/// Makes a mask and measures its clusters.
#[must_use]
pub fn make_mask(request: &MaskRequest<'_>) -> MadeMask {
    let grid = request.map.grid();
    let values = request.map.values();
    let threshold = request.threshold as f32;
    let mut mask: Vec<bool> = values.iter().map(|&value| value > threshold).collect();
    for (voxel, is_in) in request.changes.iter() {
        mask[voxel] = is_in;
    }
    let center = match request.regions {
        Some(regions) => center_of(regions, grid),
        None => grid.center_in_world(),
    };
    let found = Components::of(&mask, grid.dims(), Neighbours::Corners).voxels();
    let mut made = MadeMask {
        state: vec![0; mask.len()],
        cluster: vec![0; mask.len()],
        voxels: Vec::new(),
        clusters: Vec::new(),
        by_region: BTreeMap::new(),
    };
    for voxels in found {
        let Some(shape) = ClusterShape::of(&voxels, grid, center) else {
            continue;
        };
        let is_by_hand = |voxel: &usize| request.changes.get(*voxel) == Some(true);
        // As much as the largest volume that is left out, but for rounding.
        let is_small = shape.mm3 <= request.left_out_mm3 * (1.0 + 1e-9);
        if is_small && !voxels.iter().any(is_by_hand) {
            continue;
        }
        let id = made.clusters.len() + 1;
        for &voxel in &voxels {
            made.cluster[voxel] = id as u32;
            made.state[voxel] = match is_by_hand(&voxel) {
                true => MadeMask::PUT_IN,
                false => MadeMask::IN,
            };
        }
        let of = (request.map, &mask[..], request.scan, request.regions);
        made.clusters.push(row_of(id, &voxels, &shape, of));
        made.voxels.push(voxels);
    }
    for (voxel, is_in) in request.changes.iter() {
        if !is_in {
            made.state[voxel] = MadeMask::TAKEN_OUT;
        }
    }
    if request.regions.is_some() {
        made.by_region = by_region(&made.clusters);
    }
    made
}

/// Where a mended mask came from and who mended it.
#[derive(Clone, Copy)]
pub struct MaskOrigin<'a> {
    /// The file of probabilities or of the mask; where a network made them just now, its scan.
    pub source: &'a Path,
    /// What the probabilities came from, where a network made them and they lie in no file yet.
    pub network: Option<&'a SpacesOrigin>,
    /// Who looked through it.
    pub by: &'a str,
    /// When, in UTC, such as `2026-05-04T10:20:30Z`.
    pub at: &'a str,
}

/// What is written beside a mended mask.
#[derive(Serialize)]
struct MaskRecord<'a> {
    warning: &'static str,
    source: String,
    source_sha256: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    network: Option<&'a SpacesOrigin>,
    threshold: f64,
    left_out_mm3: f64,
    mended_by: &'a str,
    mended_at: &'a str,
    voxels_put_in: usize,
    voxels_taken_out: usize,
    clusters: usize,
    clusters_by_region: BTreeMap<&'a str, usize>,
    made_by: String,
}

/// Writes a mended mask into a folder: the mask, what was changed of it (1 put in, 2 taken out), who
/// did it and when, and the table of clusters; before them the probabilities that a network made just now.
/// Where the source is named as in BIDS, in the folders of its subject and session.
///
/// # Errors
/// When nobody is named, when a file is there already, and when one cannot be written.
pub fn write_mask(
    request: &MaskRequest<'_>,
    made: &MadeMask,
    origin: &MaskOrigin<'_>,
    folder: &Path,
) -> anyhow::Result<Vec<PathBuf>> {
    if origin.by.trim().is_empty() {
        bail!("who mended the mask is not told");
    }
    if origin.at.strip_suffix('Z').and_then(date_time).is_none() {
        bail!(
            "{:?} is no time in UTC such as 2026-05-04T10:20:30Z",
            origin.at
        );
    }
    let [mask, changes, table, probability] = paths(origin.source, folder)?;
    let record = sidecar_path(&mask);
    let mut written = vec![mask.clone(), changes.clone(), record.clone(), table.clone()];
    written.extend(origin.network.map(|_| probability.clone()));
    if let Some(there) = written.iter().find(|path| path.exists()) {
        bail!(
            "there is such a file already, which is not overwritten: {}",
            there.display()
        );
    }
    if let Some(folder) = mask.parent() {
        std::fs::create_dir_all(folder)
            .map_err(|error| anyhow!("cannot make the folder: {error}: {}", folder.display()))?;
    }
    if let Some(network) = origin.network {
        write_probability(&probability, request.map, &network.model)?;
    }
    let source = match origin.network {
        Some(_) => &probability,
        None => origin.source,
    };
    let (grid, orientation) = (request.map.grid(), request.map.orientation());
    let is_in: Vec<u8> = made
        .state
        .iter()
        .map(|&s| u8::from(MadeMask::is_in(s)))
        .collect();
    write_nifti(&mask, grid, orientation, Voxels::U8(&is_in))?;
    let changed = request.changes.values(grid.n_voxels());
    write_nifti(&changes, grid, orientation, Voxels::U8(&changed))?;
    let rows: Vec<Vec<String>> = made.clusters.iter().map(ClusterRow::cells).collect();
    write_tsv(&table, &ClusterTable::COLUMNS, &rows)?;
    let [put_in, taken_out] = request.changes.counts();
    let counts = made.by_region.iter();
    write_json(
        &record,
        &MaskRecord {
            warning: WARNING,
            source: file_name(source),
            source_sha256: file_sha256(source),
            network: origin.network,
            threshold: request.threshold,
            left_out_mm3: request.left_out_mm3,
            mended_by: origin.by.trim(),
            mended_at: origin.at,
            voxels_put_in: put_in,
            voxels_taken_out: taken_out,
            clusters: made.clusters.len(),
            clusters_by_region: counts.map(|(name, (n, _))| (name.as_str(), *n)).collect(),
            made_by: format!("cisterna {}", env!("CARGO_PKG_VERSION")),
        },
    )?;
    Ok(written)
}

/// The files of mask, changes, table and probabilities.
fn paths(source: &Path, folder: &Path) -> anyhow::Result<[PathBuf; 4]> {
    let name = file_name(source);
    let stem = name
        .strip_suffix(".nii.gz")
        .or_else(|| name.strip_suffix(".nii"))
        .unwrap_or(&name);
    // The suffix of BIDS says what a file is: that of the source does not fit the mask.
    let entities = match stem.rsplit_once('_') {
        Some((entities, suffix)) if stem.starts_with("sub-") && !suffix.contains('-') => entities,
        _ => stem,
    };
    let without = |entity: &str| !entity.starts_with("desc-");
    let kept: Vec<&str> = entities
        .split('_')
        .filter(|entity| without(entity))
        .collect();
    let base = kept.join("_");
    if base.is_empty() {
        bail!(
            "the file has no name to call its mask by: {}",
            source.display()
        );
    }
    let folders = kept
        .iter()
        .filter(|e| e.starts_with("sub-") || e.starts_with("ses-"));
    let mut folder = folder.to_owned();
    if base.starts_with("sub-") {
        folder.extend(folders);
        folder.push("anat");
    }
    let file = |end: &str| folder.join(format!("{base}_{end}"));
    Ok([
        file("desc-mended_mask.nii.gz"),
        file("desc-changes_mask.nii.gz"),
        file("desc-mended_clusters.tsv"),
        file("desc-spaces_probseg.nii.gz"),
    ])
}

/// A mask that is mended from files.
pub struct SpacesMendRequest<'a> {
    /// Probabilities, or a mask of 0 and 1.
    pub mask: &'a Path,
    /// A voxel is in the mask where the value is above it.
    pub threshold: f64,
    /// Clusters of at most so many mm3 are left out.
    pub left_out_mm3: f64,
    /// What was changed by hand: 1 put in, 2 taken out.
    pub changes: Option<&'a Path>,
    /// A label map: which region each cluster is in.
    pub labels: Option<&'a Path>,
    /// The scan, on the mask's grid.
    pub scan: Option<&'a Path>,
    /// Who looked through it.
    pub by: &'a str,
    /// When, in UTC.
    pub at: &'a str,
    /// The folder to write into.
    pub folder: &'a Path,
}

/// Makes a mask by a threshold, a smallest size and changes by hand, and writes it.
///
/// # Errors
/// When a file cannot be opened or written, holds what it should not, or lies on another grid.
pub fn spaces_mend(
    request: &SpacesMendRequest<'_>,
    notify: Notify<'_>,
) -> anyhow::Result<Vec<PathBuf>> {
    check_threshold(request.threshold)?;
    check_left_out(request.left_out_mm3)?;
    if working(notify, "mending the mask", 0.0).is_break() {
        bail!("stopped");
    }
    let map = formats::open_one(request.mask, &no_progress)?.volume;
    check_probability(&map, request.mask)?;
    let on_grid = |path: &Path| -> anyhow::Result<Volume> {
        let volume = formats::open_one(path, &no_progress)?.volume;
        check_grids(&map, request.mask, &volume, path)?;
        Ok(volume)
    };
    let changes = match request.changes {
        Some(path) => MaskChanges::of_values(on_grid(path)?.values()).map_err(|value| {
            anyhow!(
                "a voxel has the value {value}, where changes are 0, 1 for put in and 2 for taken out: {}",
                path.display()
            )
        })?,
        None => MaskChanges::default(),
    };
    let scan = request.scan.map(on_grid).transpose()?;
    let regions = match request.labels {
        Some(path) => Some(regions(path, 0, map.grid(), notify)?),
        None => None,
    };
    let of = MaskRequest {
        map: &map,
        threshold: request.threshold,
        left_out_mm3: request.left_out_mm3,
        changes: &changes,
        regions: regions.as_ref(),
        scan: scan.as_ref(),
    };
    let origin = MaskOrigin {
        source: request.mask,
        network: None,
        by: request.by,
        at: request.at,
    };
    write_mask(&of, &make_mask(&of), &origin, request.folder)
}
