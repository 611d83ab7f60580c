//! FreeSurfer's linear transform array: from source (moving) to destination (fixed).

use super::matrix::{Between, Fault, fault, inverse, numbers, rows, rows_text, tidy};
use crate::volume::{Affine, Grid};
use nalgebra::{Matrix3, Point3, Vector3};

/// Voxel to voxel.
const VOXELS: i64 = 0;
/// RAS to RAS.
const WORLDS: i64 = 1;

pub(super) fn parse(text: &str, between: Between<'_>) -> Result<Affine, Fault> {
    let lines: Vec<&str> = text
        .lines()
        .map(|line| line.split('#').next().unwrap_or_default().trim())
        .filter(|line| !line.is_empty())
        .collect();
    let kind = whole("type", setting(&lines, "type")?)?;
    let n_forms = whole("nxforms", setting(&lines, "nxforms")?)?;
    if n_forms != 1 {
        return Err(fault("nxforms", n_forms.to_string(), "must be 1"));
    }
    let Some(at) = lines
        .iter()
        .position(|line| line.split_whitespace().eq(["1", "4", "4"]))
    else {
        return Err(fault(
            "the matrix",
            "absent",
            "must follow a line \"1 4 4\"",
        ));
    };
    let Some(matrix) = lines.get(at + 1..at + 5) else {
        return Err(fault("the matrix", "cut off", "must have 4 lines"));
    };
    let matrix = rows(matrix)?;
    let source = Geometry::parse(&lines, "src volume info")?;
    let destination = Geometry::parse(&lines, "dst volume info")?;
    if let (Some(source), Some(destination)) = (&source, &destination) {
        let [fixed, moving] = [between.fixed, between.moving];
        let is_as_asked = source.is_of(moving) && destination.is_of(fixed);
        if !is_as_asked && source.is_of(fixed) && destination.is_of(moving) {
            return Err(fault(
                "src volume info",
                "the fixed scan",
                "the transform goes the other way: exchange the scans",
            ));
        }
    }
    match kind {
        WORLDS => inverse(matrix).map(|_| matrix),
        VOXELS => {
            let need = |geometry: Option<Geometry>, field: &str| {
                let none = || fault(field, "not valid", "voxel-to-voxel needs both geometries");
                geometry.ok_or_else(none).map(|g| g.world_from_voxel())
            };
            let to_world = need(destination, "dst volume info")?;
            let from_world = inverse(need(source, "src volume info")?)?;
            let found = to_world * matrix * from_world;
            inverse(found).map(|_| found)
        }
        _ => Err(fault(
            "type",
            kind.to_string(),
            "only 0 (voxel to voxel) and 1 (RAS to RAS) are opened",
        )),
    }
}

fn setting<'a>(lines: &[&'a str], key: &str) -> Result<&'a str, Fault> {
    lines
        .iter()
        .filter_map(|line| line.split_once('='))
        .find(|(left, _)| left.trim() == key)
        .map(|(_, right)| right.trim())
        .ok_or_else(|| fault(key, "absent", "must be there"))
}

fn whole(key: &str, text: &str) -> Result<i64, Fault> {
    text.parse()
        .map_err(|_| fault(key, text, "must be a whole number"))
}

/// Where the voxels of a scan lie, as these files say it.
struct Geometry {
    dims: Vector3<f64>,
    linear: Matrix3<f64>,
    /// The place of voxel n/2, whole or not.
    c_ras: Vector3<f64>,
}

impl Geometry {
    fn of(grid: &Grid) -> Self {
        let dims = Vector3::from(grid.dims().map(|n| n as f64));
        Self {
            dims,
            linear: super::super::pyramid::linear(grid.world_from_voxel()),
            c_ras: grid.to_world(Point3::from(dims / 2.0)).coords,
        }
    }

    /// `None` where the file says that it does not know.
    fn parse(lines: &[&str], title: &str) -> Result<Option<Self>, Fault> {
        let Some(at) = lines.iter().position(|line| *line == title) else {
            return Ok(None);
        };
        let block = &lines[at + 1..];
        let end = block
            .iter()
            .position(|line| line.ends_with("volume info"))
            .unwrap_or(block.len());
        let block = &block[..end];
        if whole("valid", setting(block, "valid")?)? == 0 {
            return Ok(None);
        }
        let three = |key: &str| -> Result<Vector3<f64>, Fault> {
            numbers(key, setting(block, key)?, 3).map(|n| Vector3::new(n[0], n[1], n[2]))
        };
        let size = three("voxelsize")?;
        let axes = [three("xras")?, three("yras")?, three("zras")?];
        Ok(Some(Self {
            dims: three("volume")?,
            linear: Matrix3::from_columns(&[axes[0] * size.x, axes[1] * size.y, axes[2] * size.z]),
            c_ras: three("cras")?,
        }))
    }

    fn is_of(&self, grid: &Grid) -> bool {
        let other = Self::of(grid);
        self.dims == other.dims
            && (self.linear - other.linear).amax() < 1e-3
            && (self.c_ras - other.c_ras).amax() < 1e-2
    }

    fn world_from_voxel(&self) -> Affine {
        let mut affine = Affine::identity();
        affine.fixed_view_mut::<3, 3>(0, 0).copy_from(&self.linear);
        affine
            .fixed_view_mut::<3, 1>(0, 3)
            .copy_from(&(self.c_ras - self.linear * self.dims / 2.0));
        affine
    }

    fn text(&self, title: &str, name: &str) -> String {
        let three = |v: [f64; 3]| v.map(tidy).join(" ");
        let size: [f64; 3] = std::array::from_fn(|axis| self.linear.column(axis).norm());
        let axis = |axis: usize| three((self.linear.column(axis) / size[axis]).into());
        format!(
            "{title} volume info\nvalid = 1  # volume info valid\nfilename = {}\nvolume = {}\n\
             voxelsize = {}\nxras   = {}\nyras   = {}\nzras   = {}\ncras   = {}\n",
            name.replace(['\n', '\r'], " "),
            three(self.dims.into()),
            three(size),
            axis(0),
            axis(1),
            axis(2),
            three(self.c_ras.into()),
        )
    }
}

pub(super) fn text(
    fixed_from_moving: &Affine,
    between: Between<'_>,
    [fixed_name, moving_name]: [&str; 2],
) -> String {
    format!(
        "type      = {WORLDS} # LINEAR_RAS_TO_RAS\nnxforms   = 1\nmean      = 0 0 0\nsigma     = 1\n\
         1 4 4\n{}{}{}",
        rows_text(fixed_from_moving, " "),
        Geometry::of(between.moving).text("src", moving_name),
        Geometry::of(between.fixed).text("dst", fixed_name),
    )
}
