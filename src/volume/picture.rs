//! Planes through the world and how they lie on a screen.

use super::grid::world_letter;
use super::{Affine, Grid, Orientation};
use nalgebra::{Matrix4, Point3, Vector3};
use serde::{Deserialize, Serialize};

/// An anatomical plane, square to the world axes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Plane {
    /// Seen from below (radiological) or above: x across, y up.
    Axial,
    /// Seen from the front (radiological) or the back: x across, z up.
    Coronal,
    /// Seen with the face to the left: y across, z up.
    Sagittal,
}

impl Plane {
    /// The three planes, in the order of the panes.
    pub const ALL: [Self; 3] = [Self::Axial, Self::Coronal, Self::Sagittal];

    /// The world axis square to the plane: 0 x, 1 y, 2 z.
    #[must_use]
    pub fn normal_axis(self) -> usize {
        match self {
            Self::Axial => 2,
            Self::Coronal => 1,
            Self::Sagittal => 0,
        }
    }

    /// `Axial`, `Coronal` or `Sagittal`.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Axial => "Axial",
            Self::Coronal => "Coronal",
            Self::Sagittal => "Sagittal",
        }
    }

    /// World directions to the right and down on the screen.
    fn screen_axes(self, convention: Convention) -> (Vector3<f64>, Vector3<f64>) {
        let across = match convention {
            Convention::Radiological => -Vector3::x(),
            Convention::Neurological => Vector3::x(),
        };
        match self {
            Self::Axial => (across, -Vector3::y()),
            Self::Coronal => (across, -Vector3::z()),
            Self::Sagittal => (-Vector3::y(), -Vector3::z()),
        }
    }

    /// The step from slice to slice in mm along the normal: in an oblique scan it is shorter than
    /// the distance between the slices.
    #[must_use]
    pub fn step_mm(self, grid: &Grid) -> f64 {
        (self.position_of_slice(grid, 1) - self.position_of_slice(grid, 0)).abs()
    }

    /// Slices of a grid in this direction.
    #[must_use]
    pub fn n_slices(self, grid: &Grid) -> usize {
        grid.dims()[grid.voxel_axis_along(self.normal_axis())]
    }

    /// The position along the normal, in mm, of the stored slice whose middle is nearest to
    /// `at_mm`; between two equally near ones, that further to the right, front or top. The
    /// answer does not depend on the order in which the slices are stored.
    #[must_use]
    pub fn nearest_slice_mm(self, grid: &Grid, at_mm: f64) -> f64 {
        let last = self.n_slices(grid) - 1;
        let first_mm = self.position_of_slice(grid, 0);
        let step_mm = self.position_of_slice(grid, 1) - first_mm;
        let between = ((at_mm - first_mm) / step_mm).clamp(0.0, last as f64);
        let [low, high] = [between.floor(), between.ceil()]
            .map(|index| self.position_of_slice(grid, index as usize));
        let (below, above) = (low.min(high), low.max(high));
        if (at_mm - below) < (above - at_mm) - 1e-6 * step_mm.abs() {
            below
        } else {
            above
        }
    }

    /// The position along the normal, in mm, of the stored slice `index`: that of its middle.
    #[must_use]
    pub fn position_of_slice(self, grid: &Grid, index: usize) -> f64 {
        let axis = grid.voxel_axis_along(self.normal_axis());
        let mut voxel = grid.to_voxel(grid.center_in_world());
        voxel[axis] = index as f64;
        grid.to_world(voxel)[self.normal_axis()]
    }
}

/// Which side of the patient is on the left of an axial or coronal picture.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Convention {
    /// The patient's right is on the left of the screen.
    #[default]
    Radiological,
    /// The patient's left is on the left of the screen.
    Neurological,
}

/// A rectangle of pixels in a plane of the world.
///
/// Pixel coordinates run right and down from the upper left corner; the middle of the first
/// pixel is at (0.5, 0.5). A third coordinate is millimetres along the normal.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct PlaneView {
    /// The anatomical plane.
    pub plane: Plane,
    /// Width and height in pixels.
    pub size: [u32; 2],
    /// Pixel coordinates to RAS+ mm.
    pub world_from_pixel: Affine,
}

impl PlaneView {
    /// A view whose middle is at a point of the world.
    #[must_use]
    pub fn new(
        plane: Plane,
        convention: Convention,
        center_in_world: Point3<f64>,
        mm_per_pixel: f64,
        size: [u32; 2],
    ) -> Self {
        let (right, down) = plane.screen_axes(convention);
        let mut normal = Vector3::zeros();
        normal[plane.normal_axis()] = 1.0;
        let corner = center_in_world
            - right * (mm_per_pixel * f64::from(size[0]) / 2.0)
            - down * (mm_per_pixel * f64::from(size[1]) / 2.0);
        let mut world_from_pixel = Matrix4::identity();
        for (column, direction) in [
            right * mm_per_pixel,
            down * mm_per_pixel,
            normal,
            corner.coords,
        ]
        .into_iter()
        .enumerate()
        {
            world_from_pixel
                .fixed_view_mut::<3, 1>(0, column)
                .copy_from(&direction);
        }
        Self {
            plane,
            size,
            world_from_pixel,
        }
    }

    /// The view that shows all of a grid, at `at_mm` along the normal. Without a size, one pixel
    /// is as large as the smallest voxel edge; with one, the picture is fitted into it.
    #[must_use]
    pub fn fit(
        plane: Plane,
        convention: Convention,
        grid: &Grid,
        at_mm: f64,
        size: Option<[u32; 2]>,
    ) -> Self {
        let (low, high) = grid.bounds_in_world();
        let mut center = nalgebra::center(&low, &high);
        center[plane.normal_axis()] = at_mm;
        let (right, down) = plane.screen_axes(convention);
        let extent = high - low;
        let extent_mm = [right, down].map(|axis| axis.abs().dot(&extent));
        let (mm_per_pixel, size) = match size {
            Some(size) => {
                let fit = |axis: usize| extent_mm[axis] / f64::from(size[axis].max(1));
                (fit(0).max(fit(1)), size)
            }
            None => {
                let smallest = grid.spacing_mm().into_iter().fold(f64::INFINITY, f64::min);
                // A picture larger than this is of no use to anyone and could exhaust memory.
                let mm = smallest.max(extent_mm[0].max(extent_mm[1]) / 8192.0);
                // Files keep seven digits of their affine: no column for what only rounding adds.
                let pixels = |mm_long: f64| ((mm_long / mm - 1e-3).ceil() as u32).max(1);
                (mm, extent_mm.map(pixels))
            }
        };
        Self::new(plane, convention, center, mm_per_pixel, size)
    }

    /// The same rectangle of the world in `factor` times as many pixels along each side.
    #[must_use]
    pub fn finer(&self, factor: f64) -> Self {
        let mut world_from_pixel = self.world_from_pixel;
        for column in 0..2 {
            let mut axis = world_from_pixel.fixed_view_mut::<3, 1>(0, column);
            axis /= factor;
        }
        let size = self.size.map(|side| (f64::from(side) * factor).round());
        Self {
            plane: self.plane,
            size: size.map(|side| side.clamp(1.0, f64::from(u32::MAX)) as u32),
            world_from_pixel,
        }
    }

    /// How long the sides of a pixel are, mm.
    #[must_use]
    pub fn mm_per_pixel(&self) -> f64 {
        self.world_from_pixel.fixed_view::<3, 1>(0, 0).norm()
    }

    /// A point of the screen in RAS+ mm.
    #[must_use]
    pub fn to_world(&self, pixel: [f64; 2]) -> Point3<f64> {
        self.world_from_pixel
            .transform_point(&Point3::new(pixel[0], pixel[1], 0.0))
    }

    /// Where a point of the world falls on the screen, along the normal.
    #[must_use]
    pub fn to_pixel(&self, point_in_world: Point3<f64>) -> [f64; 2] {
        // The columns are square to each other by construction, so projecting inverts them.
        let origin = self.world_from_pixel.fixed_view::<3, 1>(0, 3).into_owned();
        let offset = point_in_world.coords - origin;
        [0, 1].map(|column| {
            let axis = self
                .world_from_pixel
                .fixed_view::<3, 1>(0, column)
                .into_owned();
            axis.dot(&offset) / axis.norm_squared()
        })
    }

    /// The letters at the edges of this picture.
    #[must_use]
    pub fn letters(&self, orientation: Orientation) -> EdgeLetters {
        edge_letters(&self.world_from_pixel, orientation)
    }
}

/// The patient's sides at the edges of a picture.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct EdgeLetters {
    /// At the left edge.
    pub left: char,
    /// At the right edge.
    pub right: char,
    /// At the upper edge.
    pub top: char,
    /// At the lower edge.
    pub bottom: char,
}

/// The letters at the edges of a picture, from the matrix that draws it and from nothing else.
///
/// This is the only place where letters are made. Where the orientation is unknown all are `?`.
#[must_use]
pub fn edge_letters(world_from_pixel: &Affine, orientation: Orientation) -> EdgeLetters {
    let letter = |column: usize, towards: f64| {
        if orientation == Orientation::Unknown {
            return '?';
        }
        let direction = world_from_pixel.fixed_view::<3, 1>(0, column).into_owned() * towards;
        let axis = direction.iamax();
        world_letter(axis, direction[axis])
    };
    EdgeLetters {
        left: letter(0, -1.0),
        right: letter(0, 1.0),
        top: letter(1, -1.0),
        bottom: letter(1, 1.0),
    }
}
