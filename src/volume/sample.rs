//! The value of a volume between its voxels.

use super::Volume;
use nalgebra::Point3;
use serde::{Deserialize, Serialize};

/// How values between voxels are interpolated.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Interpolation {
    /// The nearest voxel: what was stored, and the only right one for labels.
    Nearest,
    /// Trilinear between the eight neighbours.
    #[default]
    Linear,
}

/// Infinities are drawn and interpolated as this, which is larger than any scan and whose sums
/// stay finite in f32.
pub(crate) const LARGEST_SAMPLE: f32 = 1e37;

impl Volume {
    /// The value at a point of the world; `None` outside the voxels' cells and where a voxel that
    /// counts is NaN.
    #[must_use]
    pub fn sample(&self, point_in_world: Point3<f64>, interpolation: Interpolation) -> Option<f32> {
        let voxel = self.grid().to_voxel(point_in_world);
        self.sample_voxel(
            [voxel.x as f32, voxel.y as f32, voxel.z as f32],
            interpolation,
        )
    }

    /// As [`Volume::sample`], from a voxel index with fractions.
    ///
    /// A point counts as inside up to half a voxel beyond the outermost voxel centres; there the
    /// outermost value is taken.
    // NOTE: keep in sync with `sample_voxel` in shaders/slice.wgsl.
    #[must_use]
    pub fn sample_voxel(&self, voxel: [f32; 3], interpolation: Interpolation) -> Option<f32> {
        self.sample_usable(voxel, interpolation, |value| {
            (!value.is_nan()).then(|| value.clamp(-LARGEST_SAMPLE, LARGEST_SAMPLE))
        })
    }

    /// Trilinear as [`Volume::sample_voxel`], and `None` also where a voxel that counts is
    /// infinite: such a value can be drawn, but no sum can be made with it.
    pub(super) fn sample_finite(&self, voxel: [f32; 3]) -> Option<f32> {
        self.sample_usable(voxel, Interpolation::Linear, |value| {
            value.is_finite().then_some(value)
        })
    }

    /// Samples what `usable` makes of the stored values; `None` where a voxel that counts is not.
    fn sample_usable(
        &self,
        voxel: [f32; 3],
        interpolation: Interpolation,
        usable: impl Fn(f32) -> Option<f32>,
    ) -> Option<f32> {
        let dims = self.grid().dims();
        for axis in 0..3 {
            // Written so that a NaN coordinate is outside.
            if !(voxel[axis] >= -0.5 && voxel[axis] < dims[axis] as f32 - 0.5) {
                return None;
            }
        }
        let [nx, ny, _] = dims;
        let at = |[i, j, k]: [usize; 3]| usable(self.values()[i + nx * (j + ny * k)]);
        match interpolation {
            Interpolation::Nearest => at(std::array::from_fn(|a| {
                ((voxel[a] + 0.5).floor() as usize).min(dims[a] - 1)
            })),
            Interpolation::Linear => linear(voxel, dims, at),
        }
    }
}

fn linear(
    voxel: [f32; 3],
    dims: [usize; 3],
    value: impl Fn([usize; 3]) -> Option<f32>,
) -> Option<f32> {
    let mut low = [0; 3];
    let mut high = [0; 3];
    let mut weight = [0.0; 3];
    for axis in 0..3 {
        let clamped = voxel[axis].clamp(0.0, dims[axis] as f32 - 1.0);
        let base = clamped.floor();
        low[axis] = base as usize;
        high[axis] = (low[axis] + 1).min(dims[axis] - 1);
        weight[axis] = clamped - base;
    }
    let mut sum = 0.0;
    for corner in 0..8 {
        let mut index = low;
        let mut share = 1.0;
        for axis in 0..3 {
            if corner >> axis & 1 == 1 {
                index[axis] = high[axis];
                share *= weight[axis];
            } else {
                share *= 1.0 - weight[axis];
            }
        }
        if share > 0.0 {
            sum += share * value(index)?;
        }
    }
    Some(sum)
}
