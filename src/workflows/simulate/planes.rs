//! Where the two planes of a simulated patient lie, of whom only these are written: where the program
//! finds them in the first scan, as `predict` does, and not where the drawn anatomy has them.

use crate::anatomy::{Doubt, HeadPlanes, find_planes};
use crate::formats::bids::{ScanName, write_json};
use crate::formats::{Voxels, write_nifti};
use crate::phantom::Examination;
use crate::volume::{Grid, Orientation, Plane, Volume};
use anyhow::Context;
use nalgebra::Point3;
use std::path::Path;

/// The slices that hold the planes.
pub(super) struct FoundSlices {
    axial: usize,
    sagittal: usize,
    /// Why they may lie wrong.
    pub not_sure: Vec<String>,
}

impl FoundSlices {
    /// Finds them in the first scan.
    pub(super) fn of(examination: &Examination) -> anyhow::Result<Self> {
        let grid = &examination.head.grid;
        let counts = examination.scan(0).into_iter().map(f32::from).collect();
        let volume = Volume::new(grid.clone(), counts)?;
        let found = find_planes(&volume)
            .with_context(|| format!("sub-{} shows no planes", examination.patient.id))?;
        let HeadPlanes {
            axial_mm,
            sagittal_mm,
            ..
        } = found;
        let slice = |plane: Plane, at_mm: f64| {
            let axis = plane.normal_axis();
            let mut at: Point3<f64> = grid.center_in_world();
            at[axis] = at_mm;
            let last = grid.dims()[axis] as f64 - 1.0;
            grid.to_voxel(at)[axis].round().clamp(0.0, last) as usize
        };
        let mut doubts: Vec<Doubt> = found.axial_doubt.into_iter().collect();
        doubts.extend(found.sagittal_doubt.filter(|doubt| !doubts.contains(doubt)));
        Ok(Self {
            axial: slice(Plane::Axial, axial_mm),
            sagittal: slice(Plane::Sagittal, sagittal_mm),
            not_sure: doubts.iter().map(ToString::to_string).collect(),
        })
    }

    /// Axis, slice and what the file's `acq-` says.
    pub(super) fn cuts(&self) -> [(usize, usize, &'static str); 2] {
        [(2, self.axial, "axial"), (0, self.sagittal, "sagittal")]
    }

    /// Writes what lies where in these slices, as the label map of whole scans has it.
    pub(super) fn write_labels(
        &self,
        examination: &Examination,
        truth: &Path,
    ) -> anyhow::Result<()> {
        let grid = &examination.head.grid;
        let [nx, ny, _] = grid.dims();
        for (axis, slice_idx, acquisition) in self.cuts() {
            let name = ScanName {
                subject: &examination.patient.id,
                acquisition: Some(acquisition),
                description: Some("regions"),
                suffix: "dseg",
                ..ScanName::default()
            };
            let is_in = |&(voxel, _): &(usize, &u8)| {
                [voxel % nx, voxel / nx % ny, voxel / nx / ny][axis] == slice_idx
            };
            let labels = examination.head.regions.iter().enumerate().filter(is_in);
            let labels: Vec<u8> = labels.map(|(_, &label)| label).collect();
            write_json(
                &name.path(truth, ".json"),
                &serde_json::json!({"Manual": false, "Resolution": "1 mm", "Simulated": true}),
            )?;
            let path = name.path(truth, ".nii.gz");
            let slice = slice_grid(grid, axis, slice_idx)?;
            write_nifti(&path, &slice, Orientation::Known, Voxels::U8(&labels))?;
        }
        Ok(())
    }
}

/// The grid of one slice, in its own place.
pub(super) fn slice_grid(grid: &Grid, axis: usize, slice_idx: usize) -> anyhow::Result<Grid> {
    let mut dims = grid.dims();
    dims[axis] = 1;
    let mut first = [0.0; 3];
    first[axis] = slice_idx as f64;
    let mut affine = *grid.world_from_voxel();
    let origin = grid.to_world(Point3::from(first));
    affine
        .fixed_view_mut::<3, 1>(0, 3)
        .copy_from(&origin.coords);
    Ok(Grid::new(dims, affine)?)
}
