//! Regions of a label map on the grid of a scan.

use super::error::EnhancementError;
use super::freesurfer::freesurfer_name;
use super::groups::Group;
use crate::volume::{Grid, LabelMap, Volume, VolumeError};
use nalgebra::Point3;
use rayon::prelude::*;
use std::collections::BTreeMap;

/// One label.
#[derive(Clone, Debug, PartialEq)]
pub struct LabelledRegion {
    /// Its number in the map.
    pub label: u32,
    /// Its name; the number where no table names it.
    pub name: String,
    /// What it is told with; `None` where nothing is known of its tissue.
    pub group: Option<Group>,
}

impl LabelledRegion {
    /// The region of a number; without `names` the numbers are FreeSurfer's. `None` for 0, and for
    /// what a table names as not the patient.
    #[must_use]
    pub fn of(label: u32, names: Option<&LabelNames>) -> Option<Self> {
        if label == 0 || is_background(names, label) {
            return None;
        }
        let name = match names {
            Some(names) => names.get(&label).cloned(),
            None => freesurfer_name(label),
        };
        let group = match names {
            Some(_) => name.as_deref().and_then(Group::of_name),
            None => Group::of_freesurfer(label),
        };
        Some(Self {
            label,
            name: name.unwrap_or_else(|| label.to_string()),
            group,
        })
    }
}

/// Names of labels: those of a `_dseg.tsv`, or none for FreeSurfer's numbers.
pub type LabelNames = BTreeMap<u32, String>;

/// Labels at the voxels of a scan's grid.
#[derive(Clone, Debug)]
pub struct Regions {
    /// By number; those that are background by name are left out.
    pub regions: Vec<LabelledRegion>,
    /// For each voxel the place of its region in `regions`, or [`Regions::NONE`].
    of_voxel: Vec<u16>,
}

impl Regions {
    /// No region.
    pub const NONE: u16 = u16::MAX;

    /// For a scan without labels.
    #[must_use]
    pub fn none(grid: &Grid) -> Self {
        Self {
            regions: Vec::new(),
            of_voxel: vec![Self::NONE; grid.n_voxels()],
        }
    }

    /// Labels, each eroded by so many voxels of its map (through faces), at the voxels of `grid`:
    /// that of the map's nearest voxel in world space. Without `names` the numbers are
    /// FreeSurfer's.
    ///
    /// # Errors
    /// For values that are no labels, more than 65,000 of them, and a map that meets no voxel.
    pub fn new(
        map: &Volume,
        names: Option<&LabelNames>,
        erode: usize,
        grid: &Grid,
    ) -> Result<Self, EnhancementError> {
        let no_labels = |error: VolumeError| EnhancementError::NoLabels(error.to_string());
        Self::of_labels(&LabelMap::of(map).map_err(no_labels)?, names, erode, grid)
    }

    /// As [`Regions::new`], of labels that are known already.
    ///
    /// # Errors
    /// For more than 65,000 labels, and where none meets a voxel.
    pub fn of_labels(
        labels: &LabelMap,
        names: Option<&LabelNames>,
        erode: usize,
        grid: &Grid,
    ) -> Result<Self, EnhancementError> {
        let map = labels.index();
        let regions: Vec<LabelledRegion> = labels
            .labels()
            .filter_map(|(label, _)| LabelledRegion::of(label, names))
            .collect();
        if regions.len() >= usize::from(Self::NONE) {
            return Err(EnhancementError::NoLabels(format!(
                "{} different values are no labels",
                regions.len()
            )));
        }
        let place_of = |label: &u32| {
            let place = regions.binary_search_by_key(label, |region| region.label);
            place.map_or(Self::NONE, |place| place as u16)
        };
        let of_label: Vec<u16> = labels.ids().iter().map(place_of).collect();
        let index = labels.index().values().par_iter();
        let mut places: Vec<u16> = index.map(|&at| of_label[at as usize]).collect();
        for _ in 0..erode {
            places = eroded(&places, map.grid().dims());
        }
        let of_voxel = nearest(&places, map.grid(), grid);
        if of_voxel.iter().all(|&place| place == Self::NONE) {
            return Err(EnhancementError::NoLabels(
                "no label lies at a voxel of the scan before".to_owned(),
            ));
        }
        Ok(Self { regions, of_voxel })
    }

    /// For each voxel of the grid the place of its region, or [`Regions::NONE`].
    #[must_use]
    pub fn of_voxel(&self) -> &[u16] {
        &self.of_voxel
    }

    /// The region of a voxel.
    #[must_use]
    pub fn at(&self, voxel: usize) -> Option<&LabelledRegion> {
        self.regions.get(usize::from(self.of_voxel[voxel]))
    }

    /// Voxels of each region.
    #[must_use]
    pub fn voxels(&self) -> Vec<Vec<u32>> {
        let mut voxels = vec![Vec::new(); self.regions.len()];
        for (voxel, &place) in (0_u32..).zip(&self.of_voxel) {
            if place != Self::NONE {
                voxels[usize::from(place)].push(voxel);
            }
        }
        voxels
    }
}

/// Labels that a table names as what is not the patient.
fn is_background(names: Option<&LabelNames>, label: u32) -> bool {
    let name = names.and_then(|names| names.get(&label));
    name.is_some_and(|name| {
        ["outside", "background", "air"].contains(&name.to_lowercase().as_str())
    })
}

/// Voxels that keep their label: all six neighbours through faces have it too. Those at the edge of
/// the map have no neighbour there and lose it.
fn eroded(places: &[u16], dims: [usize; 3]) -> Vec<u16> {
    let [nx, ny, nz] = dims;
    let strides = [1, nx, nx * ny];
    let kept = |voxel: usize| {
        let place = places[voxel];
        let index = [voxel % nx, voxel / nx % ny, voxel / (nx * ny)];
        let is_inner = (0..3).all(|axis| {
            index[axis] > 0
                && index[axis] + 1 < [nx, ny, nz][axis]
                && places[voxel - strides[axis]] == place
                && places[voxel + strides[axis]] == place
        });
        if is_inner { place } else { Regions::NONE }
    };
    (0..places.len()).into_par_iter().map(kept).collect()
}

/// What the nearest voxel of `from` has, at the voxels of `to`.
fn nearest(places: &[u16], from: &Grid, to: &Grid) -> Vec<u16> {
    let [nx, ny, _] = from.dims();
    let [mx, my, _] = to.dims();
    let at = |voxel: usize| {
        let index = [voxel % mx, voxel / mx % my, voxel / (mx * my)].map(|i| i as f64);
        let [i, j, k] = from.voxel_at(to.to_world(Point3::from(index)))?;
        Some(places[i + nx * (j + ny * k)])
    };
    (0..to.n_voxels())
        .into_par_iter()
        .map(|voxel| at(voxel).unwrap_or(Regions::NONE))
        .collect()
}
