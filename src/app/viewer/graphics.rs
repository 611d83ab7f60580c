//! The window's own graphics device.

use crate::render::SlicePipeline;
use anyhow::anyhow;
use eframe::wgpu;
use std::sync::Arc;

/// The window's own device, and the pipeline that draws slices into its surface.
#[derive(Clone)]
pub(super) struct Graphics {
    pub(super) device: wgpu::Device,
    pub(super) queue: wgpu::Queue,
    pub(super) pipeline: Arc<SlicePipeline>,
}

impl Graphics {
    /// # Errors
    /// When the window has no device.
    pub(super) fn of_window(cc: &eframe::CreationContext<'_>) -> anyhow::Result<Self> {
        let state = cc
            .wgpu_render_state
            .as_ref()
            .ok_or_else(|| anyhow!("the window has no graphics device"))?;
        let (device, queue) = (state.device.clone(), state.queue.clone());
        // A picture that could not be drawn must not end the program, with work in it.
        device.on_uncaptured_error(Arc::new(|error| tracing::error!("graphics: {error}")));
        let pipeline = Arc::new(SlicePipeline::new(&device, &queue, state.target_format));
        Ok(Self {
            device,
            queue,
            pipeline,
        })
    }
}
