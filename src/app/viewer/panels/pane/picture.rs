//! The pixels of a pane, on their way to the GPU.

use crate::app::shell::theme;
use crate::app::viewer::Graphics;
use crate::render::{
    LayerStyle, Pairing, PreparedSlice, SlicePicture, SlicePipeline, VolumeTexture,
};
use crate::volume::PlaneView;
use eframe::egui;
use eframe::egui_wgpu::{CallbackResources, CallbackTrait, ScreenDescriptor};
use eframe::wgpu;
use std::sync::{Arc, OnceLock};

/// A picture on its way to the GPU. What `prepare` makes lives here, so that each view of each
/// frame has its own and none outlives the frame.
pub(super) struct Picture {
    picture: SlicePicture<Arc<VolumeTexture>>,
    pipeline: Arc<SlicePipeline>,
    prepared: OnceLock<PreparedSlice>,
}

impl Picture {
    pub(super) fn new(
        graphics: &Graphics,
        view: PlaneView,
        layers: Vec<(Arc<VolumeTexture>, LayerStyle)>,
        pairing: Option<Pairing>,
    ) -> Self {
        let [r, g, b, _] = theme::BEHIND_PICTURE.to_array();
        Self {
            picture: SlicePicture {
                view,
                layers,
                pairing,
                background: [r, g, b],
            },
            pipeline: graphics.pipeline.clone(),
            prepared: OnceLock::new(),
        }
    }
}

impl CallbackTrait for Picture {
    fn prepare(
        &self,
        device: &wgpu::Device,
        queue: &wgpu::Queue,
        _screen: &ScreenDescriptor,
        _encoder: &mut wgpu::CommandEncoder,
        _resources: &mut CallbackResources,
    ) -> Vec<wgpu::CommandBuffer> {
        self.prepared
            .get_or_init(|| self.pipeline.prepare(device, queue, &self.picture));
        Vec::new()
    }

    fn paint(
        &self,
        _info: egui::PaintCallbackInfo,
        pass: &mut wgpu::RenderPass<'static>,
        _resources: &CallbackResources,
    ) {
        if let Some(prepared) = self.prepared.get() {
            self.pipeline.paint(pass, prepared);
        }
    }
}
