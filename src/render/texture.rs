//! A volume's voxels on the GPU: a cache made from the volume, which stays the truth.

use super::Colormap;
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
#[derive(Clone, Debug)]
pub struct VolumeTexture {
    texture: wgpu::Texture,
    pub(super) view: wgpu::TextureView,
    /// The colours of labels, whose places the voxels are.
    pub(super) labels: Option<wgpu::TextureView>,
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
        Self::reduced(device, queue, volume, longest, mean)
    }

    /// Hands the places of labels to the GPU, with a colour for each place: red, green, blue and
    /// opacity. Of a map larger than the adapter's limits voxels are left out.
    ///
    /// # Errors
    /// When the GPU has no memory for it.
    pub fn of_labels(
        device: &wgpu::Device,
        queue: &wgpu::Queue,
        places: &Volume,
        colours: &[[u8; 4]],
    ) -> Result<Self, RenderError> {
        let longest = device.limits().max_texture_dimension_3d as usize;
        let texture = Self::reduced(device, queue, places, longest, middle)?;
        Ok(Self {
            labels: Some(colour_rows(device, queue, colours.to_vec())),
            ..texture
        })
    }

    fn reduced(
        device: &wgpu::Device,
        queue: &wgpu::Queue,
        volume: &Volume,
        longest: usize,
        reduce: Reduce,
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
        upload(queue, &texture, volume, dims, (reduced_by, reduce));
        Ok(Self {
            labels: None,
            view: texture.create_view(&wgpu::TextureViewDescriptor::default()),
            dims,
            voxel_from_world: reduced_from_voxel(reduced_by) * grid.voxel_from_world(),
            reduced_by,
            texture,
        })
    }

    /// Hands over a box of voxels anew, from `low` on, first axis fastest. Only records the copy, so
    /// that a small box takes no time. Not for what is drawn coarser than it is.
    ///
    /// # Panics
    /// When there are not as many values as the box has voxels.
    pub fn update(&self, queue: &wgpu::Queue, low: [usize; 3], dims: [usize; 3], values: &[f32]) {
        assert_eq!(
            values.len(),
            dims.iter().product::<usize>(),
            "a value a voxel"
        );
        if self.reduced_by == [1; 3] && !values.is_empty() {
            write(queue, &self.texture, low, dims, values);
        }
    }

    /// The same voxels where a grid of as many has them. Nothing is handed over anew.
    #[must_use]
    pub fn placed(&self, grid: &Grid) -> Self {
        Self {
            voxel_from_world: reduced_from_voxel(self.reduced_by) * grid.voxel_from_world(),
            ..self.clone()
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
    (reduced_by, reduce): ([usize; 3], Reduce),
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
                    part.extend((0..dims[0]).map(|i| reduce(volume, [i, j, k], reduced_by)));
                }
            }
        }
        let dims = [dims[0], dims[1], last - first];
        write(queue, texture, [0, 0, first], dims, &part);
    }
}

fn write(
    queue: &wgpu::Queue,
    texture: &wgpu::Texture,
    [x, y, z]: [usize; 3],
    dims: [usize; 3],
    values: &[f32],
) {
    let [x, y, z] = [x, y, z].map(|at| at as u32);
    queue.write_texture(
        wgpu::TexelCopyTextureInfo {
            texture,
            mip_level: 0,
            origin: wgpu::Origin3d { x, y, z },
            aspect: wgpu::TextureAspect::All,
        },
        bytemuck::cast_slice(values),
        wgpu::TexelCopyBufferLayout {
            offset: 0,
            bytes_per_row: Some(dims[0] as u32 * 4),
            rows_per_image: Some(dims[1] as u32),
        },
        extent(dims),
    );
}

/// Colours as a texture, 256 a row.
pub(super) fn colour_rows(
    device: &wgpu::Device,
    queue: &wgpu::Queue,
    mut colours: Vec<[u8; 4]>,
) -> wgpu::TextureView {
    let n_rows = colours.len().div_ceil(Colormap::N_COLOURS).max(1);
    colours.resize(n_rows * Colormap::N_COLOURS, [0; 4]);
    let size = extent([Colormap::N_COLOURS, n_rows, 1]);
    let texture = device.create_texture(&wgpu::TextureDescriptor {
        label: Some("colours"),
        size,
        mip_level_count: 1,
        sample_count: 1,
        dimension: wgpu::TextureDimension::D2,
        format: wgpu::TextureFormat::Rgba8Unorm,
        usage: wgpu::TextureUsages::TEXTURE_BINDING | wgpu::TextureUsages::COPY_DST,
        view_formats: &[],
    });
    queue.write_texture(
        texture.as_image_copy(),
        bytemuck::cast_slice(&colours),
        wgpu::TexelCopyBufferLayout {
            offset: 0,
            bytes_per_row: Some(Colormap::N_COLOURS as u32 * 4),
            rows_per_image: None,
        },
        size,
    );
    texture.create_view(&wgpu::TextureViewDescriptor::default())
}

/// What a coarser voxel gets of those that it stands for: the volume, its index, and how many along
/// each axis.
type Reduce = fn(&Volume, [usize; 3], [usize; 3]) -> f32;

/// The voxel in the middle of those that a coarser voxel stands for: between labels there is none.
fn middle(volume: &Volume, index: [usize; 3], by: [usize; 3]) -> f32 {
    let dims = volume.grid().dims();
    let at =
        std::array::from_fn(|axis| (index[axis] * by[axis] + by[axis] / 2).min(dims[axis] - 1));
    volume.value(at).unwrap_or(0.0)
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
