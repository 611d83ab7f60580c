//! A volume's voxels on the GPU: a cache made from the volume, which stays the truth.

use super::error::RenderError;
use crate::volume::{Affine, Grid, Volume};
use nalgebra::Matrix4;

/// Stands for NaN on the GPU.
// NOTE: keep in sync with `NO_VALUE_BELOW` in shaders/slice.wgsl.
const NO_VALUE: f32 = f32::MIN;
/// Infinities, as in `Volume::sample_voxel`.
const LARGEST_SAMPLE: f32 = 1e37;
/// Voxels are handed over in parts of about this size: the device is locked for each, and the
/// window must get its turn in between.
const PART_BYTES: usize = 4 << 20;

/// One 3D texture of f32, first voxel axis across.
#[derive(Debug)]
pub struct VolumeTexture {
    pub(super) view: wgpu::TextureView,
    pub(super) dims: [usize; 3],
    pub(super) voxel_from_world: Affine,
    reduced_by: [usize; 3],
}

impl VolumeTexture {
    /// Hands a volume's voxels to the GPU. This takes tens of milliseconds for a head and
    /// belongs on a job's thread. A volume larger than the adapter's limits is averaged down.
    ///
    /// # Errors
    /// When the GPU has no memory for it.
    pub fn new(
        device: &wgpu::Device,
        queue: &wgpu::Queue,
        volume: &Volume,
    ) -> Result<Self, RenderError> {
        Self::within(
            device,
            queue,
            volume,
            device.limits().max_texture_dimension_3d as usize,
        )
    }

    /// As [`VolumeTexture::new`], with at most `longest` voxels along an axis.
    ///
    /// # Errors
    /// When the GPU has no memory for it.
    pub fn within(
        device: &wgpu::Device,
        queue: &wgpu::Queue,
        volume: &Volume,
        longest: usize,
    ) -> Result<Self, RenderError> {
        let grid = volume.grid();
        let reduced_by = grid.dims().map(|n| n.div_ceil(longest.max(1)));
        let dims = std::array::from_fn(|axis| grid.dims()[axis].div_ceil(reduced_by[axis]));
        let memory = device.push_error_scope(wgpu::ErrorFilter::OutOfMemory);
        let validity = device.push_error_scope(wgpu::ErrorFilter::Validation);
        let texture = device.create_texture(&wgpu::TextureDescriptor {
            label: Some("volume"),
            size: extent(dims),
            mip_level_count: 1,
            sample_count: 1,
            dimension: wgpu::TextureDimension::D3,
            format: wgpu::TextureFormat::R32Float,
            usage: wgpu::TextureUsages::TEXTURE_BINDING | wgpu::TextureUsages::COPY_DST,
            view_formats: &[],
        });
        let errors = [
            pollster::block_on(validity.pop()),
            pollster::block_on(memory.pop()),
        ];
        if let Some(error) = errors.into_iter().flatten().next() {
            return Err(RenderError::Texture {
                dims,
                why: error.to_string(),
            });
        }
        upload(queue, &texture, volume, dims, reduced_by);
        Ok(Self {
            view: texture.create_view(&wgpu::TextureViewDescriptor::default()),
            dims,
            voxel_from_world: reduced_from_voxel(reduced_by) * grid.voxel_from_world(),
            reduced_by,
        })
    }

    /// The same voxels where a grid of as many has them. Nothing is handed over anew.
    #[must_use]
    pub fn placed(&self, grid: &Grid) -> Self {
        Self {
            view: self.view.clone(),
            dims: self.dims,
            voxel_from_world: reduced_from_voxel(self.reduced_by) * grid.voxel_from_world(),
            reduced_by: self.reduced_by,
        }
    }

    /// By how much the picture is coarser than the scan along each voxel axis, where it is.
    #[must_use]
    pub fn reduced_by(&self) -> Option<[usize; 3]> {
        (self.reduced_by != [1; 3]).then_some(self.reduced_by)
    }
}

pub(super) fn extent(dims: [usize; 3]) -> wgpu::Extent3d {
    wgpu::Extent3d {
        width: dims[0] as u32,
        height: dims[1] as u32,
        depth_or_array_layers: dims[2] as u32,
    }
}

/// Only records the copies; they are made with the next submission of whoever draws. A submission
/// from here would race with the window: wgpu 30 gives up when another thread submits while a
/// surface is being configured, as it is whenever a window changes its size.
fn upload(
    queue: &wgpu::Queue,
    texture: &wgpu::Texture,
    volume: &Volume,
    dims: [usize; 3],
    reduced_by: [usize; 3],
) {
    let slice_voxels = dims[0] * dims[1];
    let slices_a_part = (PART_BYTES / (slice_voxels * 4)).clamp(1, dims[2]);
    let mut part = Vec::with_capacity(slices_a_part * slice_voxels);
    for first in (0..dims[2]).step_by(slices_a_part) {
        let last = (first + slices_a_part).min(dims[2]);
        part.clear();
        if reduced_by == [1; 3] {
            let voxels = &volume.values()[first * slice_voxels..last * slice_voxels];
            part.extend(voxels.iter().map(|&value| drawable(value)));
        } else {
            for k in first..last {
                for j in 0..dims[1] {
                    part.extend((0..dims[0]).map(|i| mean(volume, [i, j, k], reduced_by)));
                }
            }
        }
        queue.write_texture(
            wgpu::TexelCopyTextureInfo {
                texture,
                mip_level: 0,
                origin: wgpu::Origin3d {
                    x: 0,
                    y: 0,
                    z: first as u32,
                },
                aspect: wgpu::TextureAspect::All,
            },
            bytemuck::cast_slice(&part),
            wgpu::TexelCopyBufferLayout {
                offset: 0,
                bytes_per_row: Some(dims[0] as u32 * 4),
                rows_per_image: Some(dims[1] as u32),
            },
            extent([dims[0], dims[1], last - first]),
        );
    }
}

fn drawable(value: f32) -> f32 {
    if value.is_nan() {
        NO_VALUE
    } else {
        value.clamp(-LARGEST_SAMPLE, LARGEST_SAMPLE)
    }
}

/// The mean of the voxels that have a value, among those a coarser voxel stands for.
fn mean(volume: &Volume, [i, j, k]: [usize; 3], by: [usize; 3]) -> f32 {
    let (mut sum, mut n) = (0.0, 0);
    for z in k * by[2]..(k + 1) * by[2] {
        for y in j * by[1]..(j + 1) * by[1] {
            for x in i * by[0]..(i + 1) * by[0] {
                if let Some(value) = volume.value([x, y, z])
                    && !value.is_nan()
                {
                    sum += f64::from(drawable(value));
                    n += 1;
                }
            }
        }
    }
    if n == 0 {
        NO_VALUE
    } else {
        (sum / f64::from(n)) as f32
    }
}

/// A coarser voxel's middle is the middle of the voxels it stands for.
fn reduced_from_voxel(by: [usize; 3]) -> Affine {
    let mut affine = Matrix4::identity();
    for axis in 0..3 {
        let by = by[axis] as f64;
        affine[(axis, axis)] = 1.0 / by;
        affine[(axis, 3)] = -(by - 1.0) / 2.0 / by;
    }
    affine
}
