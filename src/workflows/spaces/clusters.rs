//! The clusters of a mask as a table.

use super::labels::{regions, side_of};
use super::score::{check_grids, check_left_out, check_probability, check_threshold};
use crate::enhancement::{Group, Regions};
use crate::formats::bids::write_tsv;
use crate::formats::{self, no_progress};
use crate::volume::{ClusterShape, Components, Grid, Neighbours, Volume};
use crate::workflows::notice::{Notify, remark, working};
use anyhow::bail;
use nalgebra::{Point3, Vector3};
use serde::Serialize;
use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

/// A mask whose clusters are measured.
pub struct SpacesClustersRequest<'a> {
    /// Probabilities, or a mask of 0 and 1.
    pub mask: &'a Path,
    /// A voxel is in the mask where the value is above it.
    pub threshold: f64,
    /// Clusters of at most so many mm3 are left out.
    pub left_out_mm3: f64,
    /// A label map: which region each cluster is in.
    pub labels: Option<&'a Path>,
    /// The scan, on the mask's grid: how clusters stand out.
    pub scan: Option<&'a Path>,
    /// The table to write.
    pub output: Option<&'a Path>,
}

/// One cluster.
#[derive(Clone, Debug, Serialize)]
pub struct ClusterRow {
    /// From 1, in the order of the first voxels.
    pub id: usize,
    /// The region that most of its voxels are in; of equals that with the lower number.
    pub region: Option<String>,
    /// `left` or `right`, where the region's name says so.
    pub side: Option<&'static str>,
    /// Voxels.
    pub voxels: usize,
    /// Their volume.
    pub mm3: f64,
    /// The mean place of its voxels, RAS+ mm.
    pub centroid_mm: [f64; 3],
    /// Extent along its axis, mm.
    pub length_mm: f64,
    /// Width of a cylinder of its volume and length, mm.
    pub width_mm: f64,
    /// Angle between its axis and the axial plane, degrees.
    pub to_axial_plane_deg: f64,
    /// Angle between its axis and the way from the middle of the white matter, degrees.
    pub to_radius_deg: f64,
    /// From 0 for no direction to 1 for a line.
    pub linearity: f64,
    /// Mean of the scan in it over that of the two layers of voxels around it that are in no cluster,
    /// less 1.
    pub contrast: Option<f64>,
    /// The largest value of the mask in it.
    pub peak: f64,
}

/// All clusters.
#[derive(Clone, Debug, Serialize)]
pub struct ClusterTable {
    /// The mask.
    pub mask: PathBuf,
    /// Which values are in it.
    pub threshold: f64,
    /// Clusters of at most so many mm3 were left out.
    pub left_out_mm3: f64,
    /// Directions are compared with the way from here, RAS+ mm.
    pub center_mm: [f64; 3],
    /// The clusters.
    pub clusters: Vec<ClusterRow>,
    /// By region: clusters and volume, mm3.
    pub by_region: BTreeMap<String, (usize, f64)>,
}

impl ClusterTable {
    /// Columns of the table.
    pub const COLUMNS: [&'static str; 15] = [
        "id",
        "region",
        "side",
        "voxels",
        "mm3",
        "x_mm",
        "y_mm",
        "z_mm",
        "length_mm",
        "width_mm",
        "to_axial_plane_deg",
        "to_radius_deg",
        "linearity",
        "contrast",
        "peak",
    ];

    /// Rows of the table; empty where there is nothing.
    #[must_use]
    pub fn rows(&self) -> Vec<Vec<String>> {
        self.clusters.iter().map(ClusterRow::cells).collect()
    }
}

impl ClusterRow {
    pub(super) fn cells(&self) -> Vec<String> {
        let mut cells = vec![
            self.id.to_string(),
            self.region.clone().unwrap_or_default(),
            self.side.unwrap_or_default().to_owned(),
            self.voxels.to_string(),
            format!("{:.4}", self.mm3),
        ];
        cells.extend(self.centroid_mm.map(|mm| format!("{mm:.2}")));
        cells.extend([self.length_mm, self.width_mm].map(|mm| format!("{mm:.3}")));
        cells.extend([self.to_axial_plane_deg, self.to_radius_deg].map(|deg| format!("{deg:.1}")));
        cells.push(format!("{:.3}", self.linearity));
        cells.push(
            self.contrast
                .map_or_else(String::new, |c| format!("{c:.4}")),
        );
        cells.push(format!("{:.4}", self.peak));
        cells
    }
}

/// Measures the clusters of a mask.
///
/// # Errors
/// When a file cannot be opened or written, the mask holds no probabilities, the scan lies on another
/// grid, and when `notify` answers to stop.
pub fn spaces_clusters(
    request: &SpacesClustersRequest<'_>,
    notify: Notify<'_>,
) -> anyhow::Result<ClusterTable> {
    check_threshold(request.threshold)?;
    check_left_out(request.left_out_mm3)?;
    if working(notify, "measuring clusters", 0.0).is_break() {
        bail!("stopped");
    }
    let opened = formats::open_one(request.mask, &no_progress)?;
    let map = &opened.volume;
    check_probability(map, request.mask)?;
    let scan = match request.scan {
        Some(path) => {
            let scan = formats::open_one(path, &no_progress)?.volume;
            check_grids(map, request.mask, &scan, path)?;
            Some(scan)
        }
        None => None,
    };
    let regions = match request.labels {
        Some(path) => Some(regions(path, 0, map.grid(), notify)?),
        None => None,
    };
    let center = match &regions {
        Some(regions) => center_of(regions, map.grid()),
        None => {
            remark(
                notify,
                "without --labels there are no regions, and directions are compared with the way \
                 from the middle of the grid",
            );
            map.grid().center_in_world()
        }
    };
    let clusters = measured(request, map, scan.as_ref(), regions.as_ref(), center);
    let table = ClusterTable {
        mask: request.mask.to_owned(),
        threshold: request.threshold,
        left_out_mm3: request.left_out_mm3,
        center_mm: center.coords.into(),
        by_region: by_region(&clusters),
        clusters,
    };
    if let Some(path) = request.output {
        write_tsv(path, &ClusterTable::COLUMNS, &table.rows())?;
    }
    Ok(table)
}

/// Clusters and their volume by region.
pub(super) fn by_region(clusters: &[ClusterRow]) -> BTreeMap<String, (usize, f64)> {
    let mut by_region: BTreeMap<String, (usize, f64)> = BTreeMap::new();
    for row in clusters {
        let name = row.region.clone().unwrap_or_else(|| "n/a".to_owned());
        let (n, mm3) = by_region.entry(name).or_default();
        *n += 1;
        *mm3 += row.mm3;
    }
    by_region
}

fn measured(
    request: &SpacesClustersRequest<'_>,
    map: &Volume,
    scan: Option<&Volume>,
    regions: Option<&Regions>,
    center: Point3<f64>,
) -> Vec<ClusterRow> {
    let threshold = request.threshold as f32;
    let mask: Vec<bool> = map.values().iter().map(|&p| p > threshold).collect();
    let found = Components::of(&mask, map.grid().dims(), Neighbours::Corners).voxels();
    let mut rows = Vec::new();
    for voxels in &found {
        let Some(shape) = ClusterShape::of(voxels, map.grid(), center) else {
            continue;
        };
        // As much as the largest volume that is left out, but for rounding.
        if shape.mm3 <= request.left_out_mm3 * (1.0 + 1e-9) {
            continue;
        }
        let of = (map, &mask[..], scan, regions);
        rows.push(row_of(rows.len() + 1, voxels, &shape, of));
    }
    rows
}

/// What a cluster is measured in: the map, its mask, the scan and the regions.
pub(super) type MeasuredIn<'a> = (
    &'a Volume,
    &'a [bool],
    Option<&'a Volume>,
    Option<&'a Regions>,
);

/// The row of a cluster.
pub(super) fn row_of(
    id: usize,
    voxels: &[usize],
    shape: &ClusterShape,
    (map, mask, scan, regions): MeasuredIn<'_>,
) -> ClusterRow {
    let region = regions.and_then(|regions| region_of(voxels, regions));
    let peak = voxels
        .iter()
        .map(|&voxel| map.values()[voxel])
        .fold(0.0, f32::max);
    ClusterRow {
        id,
        side: region.as_deref().and_then(side_of),
        region,
        voxels: shape.n_voxels,
        mm3: shape.mm3,
        centroid_mm: shape.centroid_in_world.coords.into(),
        length_mm: shape.length_mm,
        width_mm: shape.width_mm,
        to_axial_plane_deg: shape.to_axial_plane_deg,
        to_radius_deg: shape.to_radius_deg,
        linearity: shape.linearity,
        contrast: scan.and_then(|scan| contrast(voxels, mask, scan)),
        peak: f64::from(peak),
    }
}

/// The region of most voxels.
fn region_of(voxels: &[usize], regions: &Regions) -> Option<String> {
    let mut n_in = BTreeMap::new();
    for &voxel in voxels {
        *n_in.entry(regions.of_voxel()[voxel]).or_insert(0_usize) += 1;
    }
    n_in.remove(&Regions::NONE);
    // The first of equals has the lower number.
    let most = n_in.iter().rev().max_by_key(|(_, n)| **n)?;
    Some(regions.regions[usize::from(*most.0)].name.clone())
}

/// The middle of the white matter, or of all labels where none is white matter.
pub(super) fn center_of(regions: &Regions, grid: &Grid) -> Point3<f64> {
    let [nx, ny, _] = grid.dims();
    let is_white: Vec<bool> = regions
        .regions
        .iter()
        .map(|region| region.group == Some(Group::White))
        .collect();
    let any_white = is_white.contains(&true);
    let mut sum = Vector3::zeros();
    let mut n = 0.0;
    for (voxel, &place) in regions.of_voxel().iter().enumerate() {
        if place != Regions::NONE && (!any_white || is_white[usize::from(place)]) {
            let index = [voxel % nx, voxel / nx % ny, voxel / (nx * ny)];
            sum += Vector3::from(index.map(|i| i as f64));
            n += 1.0;
        }
    }
    match n > 0.0 {
        true => grid.to_world(Point3::from(sum / n)),
        false => grid.center_in_world(),
    }
}

/// The mean of the scan in a cluster over that around it, less 1; `None` where nothing is around it.
fn contrast(voxels: &[usize], mask: &[bool], scan: &Volume) -> Option<f64> {
    let dims = scan.grid().dims();
    let [nx, ny, _] = dims;
    let mut around = BTreeSet::new();
    for &voxel in voxels {
        let at = [voxel % nx, voxel / nx % ny, voxel / (nx * ny)];
        let range = |axis: usize| at[axis].saturating_sub(2)..(at[axis] + 3).min(dims[axis]);
        for k in range(2) {
            for j in range(1) {
                let row = nx * (j + ny * k);
                around.extend(range(0).map(|i| row + i).filter(|&other| !mask[other]));
            }
        }
    }
    let mean = |voxels: &mut dyn Iterator<Item = usize>| {
        let values = voxels.map(|voxel| f64::from(scan.values()[voxel]));
        let [sum, n] = values
            .filter(|value| value.is_finite())
            .fold([0.0, 0.0], |[sum, n], value| [sum + value, n + 1.0]);
        (n > 0.0).then(|| sum / n)
    };
    let inside = mean(&mut voxels.iter().copied())?;
    let outside = mean(&mut around.into_iter()).filter(|mean| *mean != 0.0)?;
    Some(inside / outside - 1.0)
}
