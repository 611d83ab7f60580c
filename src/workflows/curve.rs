//! The signal of a place over the volumes of a scan, or over scans of several hours: of one voxel, around
//! it, and of a region.

use super::notice::{Notify, working};
use super::spaces::MadeMask;
use crate::enhancement::RegionStatistics;
use crate::formats::{self, Opened, bids};
use crate::text::csv_cell;
use crate::volume::{Grid, Interpolation, LabelMap, PlaneRegion, Volume};
use anyhow::{Context, anyhow, bail};
use nalgebra::{Point3, Vector3};
use rayon::prelude::*;
use std::path::{Path, PathBuf};

/// How far about a place its neighbourhood goes: large enough to average noise out, small enough to lie
/// within a lateral ventricle.
pub const AROUND_MM: f64 = 4.0;

/// Which voxels are meant, whatever grid a scan has.
#[derive(Clone, Debug)]
pub enum CurveRegion {
    /// Those within an outline on a plane.
    Outline(PlaneRegion),
    /// Those whose middle lies in a voxel of a mask.
    Mask {
        /// Where the mask lies.
        grid: Grid,
        /// As [`MadeMask::state`].
        state: Vec<u8>,
    },
    /// Those whose middle lies in a voxel of a label.
    Label {
        /// As [`LabelMap::index`], where the map lies.
        index: Volume,
        /// The place of the label in [`LabelMap::ids`].
        place: usize,
    },
}

impl CurveRegion {
    /// A label of a map by its number.
    ///
    /// # Errors
    /// When the map has no such label.
    pub fn of_label(map: &LabelMap, label: u32) -> anyhow::Result<Self> {
        let place = map.ids().iter().position(|&id| id == label);
        match place.filter(|&place| place > 0) {
            Some(place) => Ok(Self::Label {
                index: map.index().clone(),
                place,
            }),
            None => bail!("the label map has no label {label}"),
        }
    }

    /// The voxels of a grid that belong to it, by their place among all voxels, in order. For a job.
    #[must_use]
    pub fn voxels(&self, grid: &Grid) -> Vec<usize> {
        match self {
            Self::Outline(region) => region.voxels(grid),
            Self::Mask { grid: own, state } => {
                voxels_in(grid, own, |voxel| MadeMask::is_in(state[voxel]))
            }
            Self::Label { index, place } => {
                let values = index.values();
                voxels_in(grid, index.grid(), |voxel| values[voxel] == *place as f32)
            }
        }
    }

    /// Its voxels of a volume in numbers.
    #[must_use]
    pub fn statistics(&self, volume: &Volume) -> RegionStatistics {
        statistics(volume, &self.voxels(volume.grid()))
    }
}

/// The voxels of a grid whose middle lies in a voxel of another one that is meant.
fn voxels_in(grid: &Grid, other: &Grid, is_in: impl Fn(usize) -> bool + Sync) -> Vec<usize> {
    let all = 0..grid.n_voxels();
    if grid == other {
        return all.filter(|&voxel| is_in(voxel)).collect();
    }
    let [nx, ny, _] = grid.dims();
    let [other_nx, other_ny, _] = other.dims();
    all.into_par_iter()
        .filter(|&voxel| {
            let index = [voxel % nx, voxel / nx % ny, voxel / (nx * ny)];
            let middle = grid.to_world(Point3::from(index.map(|at| at as f64)));
            let there = other.voxel_at(middle);
            there.is_some_and(|[i, j, k]| is_in(i + other_nx * (j + other_ny * k)))
        })
        .collect()
}

fn statistics(volume: &Volume, voxels: &[usize]) -> RegionStatistics {
    let values = volume.values();
    let linear = volume.grid().world_from_voxel().fixed_view::<3, 3>(0, 0);
    let voxel_ml = linear.determinant().abs() / 1000.0;
    RegionStatistics::of(voxels.iter().map(|&voxel| values[voxel]), voxel_ml)
}

/// A volume of a curve.
#[derive(Clone, Debug)]
pub struct CurveScan {
    /// What to call its scan.
    pub name: String,
    /// Which volume of that, counted from 0.
    pub volume_idx: usize,
    /// Hours after the injection, where known.
    pub hours: Option<f64>,
    /// Its values, where they lie.
    pub volume: Volume,
}

/// What is asked for.
pub struct CurveRequest<'a> {
    /// In the order of the curve.
    pub scans: &'a [CurveScan],
    /// A place of the world, RAS+ mm.
    pub at: Point3<f64>,
    /// How far about it the neighbourhood goes, mm.
    pub around_mm: f64,
    /// The region, if one is meant.
    pub region: Option<&'a CurveRegion>,
}

/// A point of a curve.
#[derive(Clone, Debug, PartialEq)]
pub struct CurvePoint {
    /// As [`CurveScan::name`].
    pub name: String,
    /// As [`CurveScan::volume_idx`].
    pub volume_idx: usize,
    /// As [`CurveScan::hours`].
    pub hours: Option<f64>,
    /// The value at the place, between voxels by straight lines; `None` outside the scan.
    pub at: Option<f64>,
    /// The mean around it.
    pub around: Option<f64>,
    /// The region in numbers.
    pub region: Option<RegionStatistics>,
}

/// The signal of a place over volumes or hours.
#[derive(Clone, Debug, PartialEq)]
pub struct Curve {
    /// The place, RAS+ mm.
    pub at_mm: [f64; 3],
    /// How far its neighbourhood goes, mm.
    pub around_mm: f64,
    /// In the order of the scans.
    pub points: Vec<CurvePoint>,
}

/// The value of a volume at a place of the world, between voxels by straight lines.
#[must_use]
pub fn signal_at(volume: &Volume, at: Point3<f64>) -> Option<f64> {
    volume.sample(at, Interpolation::Linear).map(f64::from)
}

/// The mean of a volume over a ball about a place, at points 1 mm apart; those outside the scan do not
/// count.
#[must_use]
pub fn signal_around(volume: &Volume, at: Point3<f64>, radius_mm: f64) -> Option<f64> {
    let reach = radius_mm.ceil() as i32;
    let (mut sum, mut n) = (0.0, 0_u32);
    for x in -reach..=reach {
        for y in -reach..=reach {
            for z in -reach..=reach {
                let offset = Vector3::new(f64::from(x), f64::from(y), f64::from(z));
                if offset.norm() <= radius_mm
                    && let Some(value) = signal_at(volume, at + offset)
                {
                    sum += value;
                    n += 1;
                }
            }
        }
    }
    (n > 0).then(|| sum / f64::from(n))
}

/// Measures a place and a region in each of the scans.
///
/// # Errors
/// When `notify` answers to stop.
pub fn curve(request: &CurveRequest<'_>, notify: Notify<'_>) -> anyhow::Result<Curve> {
    let n = request.scans.len();
    let mut points = Vec::with_capacity(n);
    // Volumes of one scan have one grid, on which the region is found once.
    let mut found: Option<(&Grid, Vec<usize>)> = None;
    for (idx, scan) in request.scans.iter().enumerate() {
        if working(notify, "measuring the curve", idx as f64 / n as f64).is_break() {
            bail!("stopped");
        }
        let grid = scan.volume.grid();
        if let Some(region) = request.region
            && found.as_ref().is_none_or(|(of, _)| *of != grid)
        {
            found = Some((grid, region.voxels(grid)));
        }
        points.push(CurvePoint {
            name: scan.name.clone(),
            volume_idx: scan.volume_idx,
            hours: scan.hours,
            at: signal_at(&scan.volume, request.at),
            around: signal_around(&scan.volume, request.at, request.around_mm),
            region: found
                .as_ref()
                .map(|(_, voxels)| statistics(&scan.volume, voxels)),
        });
    }
    Ok(Curve {
        at_mm: request.at.coords.into(),
        around_mm: request.around_mm,
        points,
    })
}

impl Curve {
    /// As CSV, a row for each volume. What is not known is empty.
    ///
    /// # Errors
    /// When there is no memory for it.
    pub fn csv(&self) -> anyhow::Result<String> {
        let mut csv = csv::Writer::from_writer(Vec::new());
        csv.write_record([
            "scan",
            "volume",
            "hours",
            "x_mm",
            "y_mm",
            "z_mm",
            "signal",
            "radius_mm",
            "mean_within_radius",
            "region_voxels",
            "region_not_finite",
            "region_mean",
            "region_sd",
            "region_median",
            "region_min",
            "region_max",
        ])?;
        let known = |value: Option<f64>| value.map_or_else(String::new, |value| value.to_string());
        for point in &self.points {
            let region = point.region.as_ref();
            let values = region.and_then(|region| region.values.as_ref());
            let count = |n: Option<usize>| n.map_or_else(String::new, |n| n.to_string());
            let [x, y, z] = self.at_mm.map(|mm| mm.to_string());
            csv.write_record([
                csv_cell(&point.name).into_owned(),
                point.volume_idx.to_string(),
                known(point.hours),
                x,
                y,
                z,
                known(point.at),
                self.around_mm.to_string(),
                known(point.around),
                count(region.map(|region| region.n_voxels)),
                count(region.map(|region| region.n_nan)),
                known(values.map(|values| values.mean)),
                known(values.and_then(|values| values.sd)),
                known(values.map(|values| values.median)),
                known(values.map(|values| values.min)),
                known(values.map(|values| values.max)),
            ])?;
        }
        let bytes = csv.into_inner().map_err(|error| anyhow!("{error}"))?;
        Ok(String::from_utf8(bytes)?)
    }

    /// Writes it as CSV, whole or not at all.
    ///
    /// # Errors
    /// When there is such a file already, which is not overwritten, or it cannot be written.
    pub fn write(&self, path: &Path) -> anyhow::Result<()> {
        if path.exists() {
            bail!(
                "there is such a file already, which is not overwritten: {}",
                path.display()
            );
        }
        Ok(bids::write_text(path, &self.csv()?)?)
    }
}

/// Opens what a curve goes over: all volumes of one scan, or several scans of one volume each, by hours
/// where all are known. `hours` stand in place of those of the sidecars.
///
/// # Errors
/// When a scan cannot be opened, when one of several has more than one volume, and when there are not
/// as many hours as scans.
pub fn open_curve_scans(
    paths: &[PathBuf],
    hours: Option<&[f64]>,
    notify: Notify<'_>,
) -> anyhow::Result<Vec<CurveScan>> {
    let opening = |share: f32| working(notify, "opening the scans", f64::from(share));
    let mut scans = Vec::new();
    for path in paths {
        let opened = formats::open_all(path, &opening)?;
        if paths.len() > 1 && opened.len() > 1 {
            bail!(
                "one of several scans has {} volumes: give it alone: {}",
                opened.len(),
                path.display()
            );
        }
        scans.extend(opened.into_iter().enumerate().map(scan_of(path)));
    }
    if let Some(hours) = hours {
        if hours.len() != scans.len() {
            bail!("{} hours given for {} volumes", hours.len(), scans.len());
        }
        for (scan, &hours) in scans.iter_mut().zip(hours) {
            scan.hours = Some(hours);
        }
    } else if let [_] = paths {
        // The sidecar of a scan of several volumes has the hour of one.
        scans.iter_mut().for_each(|scan| scan.hours = None);
    }
    if scans.iter().all(|scan| scan.hours.is_some()) {
        let hours = |scan: &CurveScan| scan.hours.unwrap_or(f64::INFINITY);
        scans.sort_by(|a, b| hours(a).total_cmp(&hours(b)));
    }
    Ok(scans)
}

fn scan_of(path: &Path) -> impl Fn((usize, Opened)) -> CurveScan {
    let name = path.file_name().unwrap_or(path.as_os_str());
    let name = name.to_string_lossy().into_owned();
    move |(volume_idx, opened)| CurveScan {
        name: name.clone(),
        volume_idx,
        hours: opened.info.hours_after_injection,
        volume: opened.volume,
    }
}

/// The label of a map in a file, as a region.
///
/// # Errors
/// When the file is no label map, or has no such label.
pub fn open_curve_region(labels: &Path, label: u32) -> anyhow::Result<CurveRegion> {
    let opened = formats::open_one(labels, &formats::no_progress)?;
    let map = formats::open_labels(labels, None, &opened.volume, &formats::no_progress)?;
    CurveRegion::of_label(&map, label).with_context(|| labels.display().to_string())
}
