//! The slice pipeline, and a GPU without a window for the command line and the tests.

use super::error::RenderError;
use super::style::SliceUniform;
use super::texture::{colour_rows, extent};
use super::{Colormap, MAX_LAYERS, SLICE_SHADER, SlicePicture, VolumeTexture};
use image::RgbaImage;
use std::borrow::Borrow;

/// A device without a window.
#[derive(Debug)]
pub struct Gpu {
    /// The device.
    pub device: wgpu::Device,
    /// Its queue.
    pub queue: wgpu::Queue,
    /// The adapter's name and kind, for people.
    pub name: String,
}

impl Gpu {
    /// The best adapter that the system offers, with all its limits.
    ///
    /// # Errors
    /// Where there is none.
    pub fn headless() -> Result<Self, RenderError> {
        let no_adapter = |error: &dyn std::fmt::Display| RenderError::NoAdapter(error.to_string());
        // OpenGL only where there is nothing better: looking for it makes some drivers complain
        // on standard error.
        let adapter = adapter(wgpu::Backends::PRIMARY)
            .or_else(|_| adapter(wgpu::Backends::GL))
            .map_err(|error| no_adapter(&error))?;
        let (device, queue) = pollster::block_on(adapter.request_device(&wgpu::DeviceDescriptor {
            label: Some("cisterna"),
            required_limits: adapter.limits(),
            ..Default::default()
        }))
        .map_err(|error| no_adapter(&error))?;
        Ok(Self {
            device,
            queue,
            name: adapter_title(&adapter.get_info()),
        })
    }

    /// Draws a picture and fetches it. The pipeline must be one for [`SlicePipeline::IMAGE`].
    ///
    /// # Errors
    /// When the picture is too large or the device is lost.
    pub fn draw<T: Borrow<VolumeTexture>>(
        &self,
        pipeline: &SlicePipeline,
        picture: &SlicePicture<T>,
    ) -> Result<RgbaImage, RenderError> {
        let [width, height] = picture.view.size;
        let limit = self.device.limits().max_texture_dimension_2d;
        if width == 0 || height == 0 || width > limit || height > limit {
            return Err(RenderError::PictureSize(width, height));
        }
        let target = self.device.create_texture(&wgpu::TextureDescriptor {
            label: Some("picture"),
            size: extent([width as usize, height as usize, 1]),
            mip_level_count: 1,
            sample_count: 1,
            dimension: wgpu::TextureDimension::D2,
            format: SlicePipeline::IMAGE,
            usage: wgpu::TextureUsages::RENDER_ATTACHMENT | wgpu::TextureUsages::COPY_SRC,
            view_formats: &[],
        });
        let view = target.create_view(&wgpu::TextureViewDescriptor::default());
        let prepared = pipeline.prepare(&self.device, &self.queue, picture);
        let mut encoder = self
            .device
            .create_command_encoder(&wgpu::CommandEncoderDescriptor::default());
        {
            let mut pass = encoder.begin_render_pass(&wgpu::RenderPassDescriptor {
                label: Some("picture"),
                color_attachments: &[Some(wgpu::RenderPassColorAttachment {
                    view: &view,
                    depth_slice: None,
                    resolve_target: None,
                    ops: wgpu::Operations {
                        load: wgpu::LoadOp::Clear(wgpu::Color::BLACK),
                        store: wgpu::StoreOp::Store,
                    },
                })],
                ..Default::default()
            });
            pipeline.paint(&mut pass, &prepared);
        }
        self.fetch(encoder, &target, width, height)
    }

    fn fetch(
        &self,
        mut encoder: wgpu::CommandEncoder,
        target: &wgpu::Texture,
        width: u32,
        height: u32,
    ) -> Result<RgbaImage, RenderError> {
        let row_bytes = (width * 4).next_multiple_of(wgpu::COPY_BYTES_PER_ROW_ALIGNMENT);
        let buffer = self.device.create_buffer(&wgpu::BufferDescriptor {
            label: Some("fetched picture"),
            size: u64::from(row_bytes) * u64::from(height),
            usage: wgpu::BufferUsages::COPY_DST | wgpu::BufferUsages::MAP_READ,
            mapped_at_creation: false,
        });
        encoder.copy_texture_to_buffer(
            target.as_image_copy(),
            wgpu::TexelCopyBufferInfo {
                buffer: &buffer,
                layout: wgpu::TexelCopyBufferLayout {
                    offset: 0,
                    bytes_per_row: Some(row_bytes),
                    rows_per_image: Some(height),
                },
            },
            extent([width as usize, height as usize, 1]),
        );
        self.queue.submit([encoder.finish()]);
        let fetch = |error: &dyn std::fmt::Display| RenderError::Fetch(error.to_string());
        let (sender, receiver) = std::sync::mpsc::channel();
        buffer.map_async(wgpu::MapMode::Read, .., move |result| {
            // Nobody waits any more once the receiver is gone.
            let _ = sender.send(result);
        });
        self.device
            .poll(wgpu::PollType::wait_indefinitely())
            .map_err(|error| fetch(&error))?;
        receiver
            .recv()
            .map_err(|error| fetch(&error))?
            .map_err(|error| fetch(&error))?;
        let mapped = buffer.get_mapped_range(..).map_err(|error| fetch(&error))?;
        let pixels: Vec<u8> = mapped
            .chunks_exact(row_bytes as usize)
            .flat_map(|row| &row[..width as usize * 4])
            .copied()
            .collect();
        RgbaImage::from_raw(width, height, pixels).ok_or(RenderError::PictureSize(width, height))
    }
}

/// The name of the machine's graphics processor, if it has one that is not the processor in
/// disguise.
#[must_use]
pub fn real_adapter_name() -> Option<String> {
    if !may_have_gpu() {
        return None;
    }
    let info = adapter(wgpu::Backends::PRIMARY).ok()?.get_info();
    (info.device_type != wgpu::DeviceType::Cpu).then_some(info.name)
}

/// Whether there may be a graphics processor. On Linux each has a file; where none is, nobody is asked, as
/// Mesa's layers would complain on standard error of a desktop that is not there.
fn may_have_gpu() -> bool {
    const DEVICES: [&str; 5] = [
        "/dev/dri",
        "/dev/nvidiactl",
        "/dev/dxg",
        "/dev/kgsl-3d0",
        "/dev/mali0",
    ];
    let exists = |path: &str| std::path::Path::new(path).exists();
    !cfg!(target_os = "linux") || DEVICES.into_iter().any(exists)
}

fn adapter(backends: wgpu::Backends) -> Result<wgpu::Adapter, wgpu::RequestAdapterError> {
    pollster::block_on(
        instance(backends).request_adapter(&wgpu::RequestAdapterOptions {
            power_preference: wgpu::PowerPreference::HighPerformance,
            ..Default::default()
        }),
    )
}

/// With these ways to the hardware, unless the environment names others (`WGPU_BACKEND`).
pub(super) fn instance(backends: wgpu::Backends) -> wgpu::Instance {
    let mut descriptor = wgpu::InstanceDescriptor::new_without_display_handle_from_env();
    descriptor.backends = wgpu::Backends::from_env().unwrap_or(backends);
    wgpu::Instance::new(descriptor)
}

/// An adapter's name, kind and way to the hardware, for people.
#[must_use]
pub fn adapter_title(info: &wgpu::AdapterInfo) -> String {
    format!("{} ({:?}, {})", info.name, info.device_type, info.backend)
}

/// Draws slices into targets of one format. Immutable; one serves any number of views.
#[derive(Debug)]
pub struct SlicePipeline {
    /// Draws layers over each other.
    layers: wgpu::RenderPipeline,
    /// Draws layers over each other of which some hold labels.
    labels: wgpu::RenderPipeline,
    /// Sets two layers against each other.
    paired: wgpu::RenderPipeline,
    bindings: wgpu::BindGroupLayout,
    colours: wgpu::TextureView,
    /// Bound where a picture has fewer layers than the shader has places.
    nothing: wgpu::TextureView,
}

/// One view's numbers and layers, ready to be painted.
#[derive(Debug)]
pub struct PreparedSlice {
    kind: Kind,
    bind_group: wgpu::BindGroup,
}

#[derive(Clone, Copy, Debug)]
enum Kind {
    Layers,
    Labels,
    Paired,
}

impl SlicePipeline {
    /// The format of pictures that are fetched: the bytes are sRGB, as in an image file.
    pub const IMAGE: wgpu::TextureFormat = wgpu::TextureFormat::Rgba8Unorm;

    /// Compiles the shader for one target format.
    #[must_use]
    pub fn new(device: &wgpu::Device, queue: &wgpu::Queue, target: wgpu::TextureFormat) -> Self {
        let module = device.create_shader_module(wgpu::ShaderModuleDescriptor {
            label: Some("slice.wgsl"),
            source: wgpu::ShaderSource::Wgsl(SLICE_SHADER.into()),
        });
        let bindings = bindings(device);
        let layout = device.create_pipeline_layout(&wgpu::PipelineLayoutDescriptor {
            label: Some("slice"),
            bind_group_layouts: &[Some(&bindings)],
            immediate_size: 0,
        });
        let pipeline = |fragment| {
            device.create_render_pipeline(&wgpu::RenderPipelineDescriptor {
                label: Some(fragment),
                layout: Some(&layout),
                vertex: wgpu::VertexState {
                    module: &module,
                    entry_point: Some("vertex"),
                    compilation_options: wgpu::PipelineCompilationOptions::default(),
                    buffers: &[],
                },
                fragment: Some(wgpu::FragmentState {
                    module: &module,
                    entry_point: Some(fragment),
                    compilation_options: wgpu::PipelineCompilationOptions::default(),
                    targets: &[Some(target.into())],
                }),
                primitive: wgpu::PrimitiveState::default(),
                depth_stencil: None,
                multisample: wgpu::MultisampleState::default(),
                multiview_mask: None,
                cache: None,
            })
        };
        let nothing = device.create_texture(&wgpu::TextureDescriptor {
            label: Some("no volume"),
            size: extent([1; 3]),
            mip_level_count: 1,
            sample_count: 1,
            dimension: wgpu::TextureDimension::D3,
            format: wgpu::TextureFormat::R32Float,
            usage: wgpu::TextureUsages::TEXTURE_BINDING,
            view_formats: &[],
        });
        Self {
            layers: pipeline("fragment"),
            labels: pipeline("fragment_labels"),
            paired: pipeline("fragment_paired"),
            bindings,
            colours: colour_table(device, queue),
            nothing: nothing.create_view(&wgpu::TextureViewDescriptor::default()),
        }
    }

    /// Hands one view's numbers to the GPU. Must run for every view before any is painted.
    #[must_use]
    pub fn prepare<T: Borrow<VolumeTexture>>(
        &self,
        device: &wgpu::Device,
        queue: &wgpu::Queue,
        picture: &SlicePicture<T>,
    ) -> PreparedSlice {
        let uniform = SliceUniform::new(picture, |texture| {
            let texture: &VolumeTexture = texture.borrow();
            (texture.voxel_from_world, texture.dims)
        });
        let buffer = device.create_buffer(&wgpu::BufferDescriptor {
            label: Some("slice"),
            size: size_of::<SliceUniform>() as u64,
            usage: wgpu::BufferUsages::UNIFORM | wgpu::BufferUsages::COPY_DST,
            mapped_at_creation: false,
        });
        queue.write_buffer(&buffer, 0, bytemuck::bytes_of(&uniform));
        let mut entries = vec![
            wgpu::BindGroupEntry {
                binding: 0,
                resource: buffer.as_entire_binding(),
            },
            wgpu::BindGroupEntry {
                binding: 1,
                resource: wgpu::BindingResource::TextureView(&self.colours),
            },
        ];
        for layer in 0..MAX_LAYERS {
            let view = picture
                .layers
                .get(layer)
                .map_or(&self.nothing, |(texture, _)| &texture.borrow().view);
            entries.push(wgpu::BindGroupEntry {
                binding: 2 + layer as u32,
                resource: wgpu::BindingResource::TextureView(view),
            });
        }
        for layer in 0..MAX_LAYERS {
            let labels = picture.layers.get(layer);
            let labels = labels.and_then(|(texture, _)| texture.borrow().labels.as_ref());
            entries.push(wgpu::BindGroupEntry {
                binding: (2 + MAX_LAYERS + layer) as u32,
                resource: wgpu::BindingResource::TextureView(labels.unwrap_or(&self.colours)),
            });
        }
        PreparedSlice {
            kind: match (uniform.is_paired(), uniform.has_labels()) {
                (true, _) => Kind::Paired,
                (false, true) => Kind::Labels,
                (false, false) => Kind::Layers,
            },
            bind_group: device.create_bind_group(&wgpu::BindGroupDescriptor {
                label: Some("slice"),
                layout: &self.bindings,
                entries: &entries,
            }),
        }
    }

    /// Paints a prepared view over the whole viewport of a pass.
    pub fn paint(&self, pass: &mut wgpu::RenderPass<'_>, prepared: &PreparedSlice) {
        pass.set_pipeline(match prepared.kind {
            Kind::Layers => &self.layers,
            Kind::Labels => &self.labels,
            Kind::Paired => &self.paired,
        });
        pass.set_bind_group(0, &prepared.bind_group, &[]);
        pass.draw(0..3, 0..1);
    }
}

fn bindings(device: &wgpu::Device) -> wgpu::BindGroupLayout {
    let texture = |binding, dimension| wgpu::BindGroupLayoutEntry {
        binding,
        visibility: wgpu::ShaderStages::FRAGMENT,
        ty: wgpu::BindingType::Texture {
            sample_type: wgpu::TextureSampleType::Float { filterable: false },
            view_dimension: dimension,
            multisampled: false,
        },
        count: None,
    };
    let mut entries = vec![
        wgpu::BindGroupLayoutEntry {
            binding: 0,
            visibility: wgpu::ShaderStages::FRAGMENT,
            ty: wgpu::BindingType::Buffer {
                ty: wgpu::BufferBindingType::Uniform,
                has_dynamic_offset: false,
                min_binding_size: wgpu::BufferSize::new(size_of::<SliceUniform>() as u64),
            },
            count: None,
        },
        texture(1, wgpu::TextureViewDimension::D2),
    ];
    let n = MAX_LAYERS as u32;
    entries.extend((0..n).map(|layer| texture(2 + layer, wgpu::TextureViewDimension::D3)));
    entries.extend((0..n).map(|layer| texture(2 + n + layer, wgpu::TextureViewDimension::D2)));
    device.create_bind_group_layout(&wgpu::BindGroupLayoutDescriptor {
        label: Some("slice"),
        entries: &entries,
    })
}

/// All colormaps as one texture, a row each.
fn colour_table(device: &wgpu::Device, queue: &wgpu::Queue) -> wgpu::TextureView {
    let texels: Vec<[u8; 4]> = Colormap::ALL
        .iter()
        .flat_map(|map| map.table())
        .map(|&[r, g, b]| [r, g, b, 255])
        .collect();
    colour_rows(device, queue, texels)
}
