//! What graphics adapters there are.

use super::gpu::{adapter_title, instance};
use serde::Serialize;

/// An adapter, one entry for each way in which it can be reached.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct AdapterFacts {
    /// Name, kind and way, as [`Gpu::name`](super::Gpu::name) has them.
    pub title: String,
    /// `vulkan`, `metal`, `dx12` or `gl`.
    pub backend: String,
    /// Whether the processor does its work.
    pub is_processor: bool,
    /// The driver with its version.
    pub driver: String,
    /// The largest picture, pixels along a side.
    pub picture_pixels: u32,
    /// The largest volume that is drawn at full resolution, voxels along a side.
    pub volume_voxels: u32,
    /// The largest single piece of memory, MiB.
    pub buffer_mib: u64,
}

/// All adapters, as the drivers list them: by OpenGL only where no other way leads to any.
#[must_use]
pub fn graphics_adapters() -> Vec<AdapterFacts> {
    let by = |backends| pollster::block_on(instance(backends).enumerate_adapters(backends));
    let mut found = by(wgpu::Backends::PRIMARY);
    if found.is_empty() {
        found = by(wgpu::Backends::GL);
    }
    let facts = |adapter: &wgpu::Adapter| {
        let (info, limits) = (adapter.get_info(), adapter.limits());
        AdapterFacts {
            title: adapter_title(&info),
            backend: info.backend.to_string(),
            is_processor: info.device_type == wgpu::DeviceType::Cpu,
            driver: format!("{} {}", info.driver, info.driver_info)
                .trim()
                .to_owned(),
            picture_pixels: limits.max_texture_dimension_2d,
            volume_voxels: limits.max_texture_dimension_3d,
            buffer_mib: limits.max_buffer_size >> 20,
        }
    };
    found.iter().map(facts).collect()
}
