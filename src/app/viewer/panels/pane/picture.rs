//! The pixels of a pane: drawn by the shader on the GPU, or by its twin where there is none.

use super::content::Drawn;
use crate::app::shell::theme;
use crate::app::viewer::{Context, DrawnBy};
use crate::render::{PreparedSlice, SlicePicture, SlicePipeline, VolumeTexture};
use crate::volume::PlaneView;
use eframe::egui::{self, Rect};
use eframe::egui_wgpu::{Callback, CallbackResources, CallbackTrait, ScreenDescriptor};
use eframe::wgpu;
use std::sync::{Arc, OnceLock};

/// Paints what a pane shows of a view over its rectangle.
pub(super) fn paint(
    ctx: &Context<'_>,
    painter: &egui::Painter,
    (id, rect): (egui::Id, Rect),
    view: PlaneView,
    (layers, pairing): Drawn<'_>,
) {
    let [r, g, b, _] = theme::BEHIND_PICTURE.to_array();
    let background = [r, g, b];
    match ctx.graphics.drawn_by() {
        DrawnBy::Shader(pipeline) => {
            let layers = layers.into_iter();
            let layers = layers.filter_map(|(source, style)| Some((source.texture()?, style)));
            let picture = SlicePicture {
                view,
                layers: layers.collect(),
                pairing,
                background,
            };
            let picture = Picture {
                picture,
                pipeline: pipeline.clone(),
                prepared: OnceLock::new(),
            };
            painter.add(Callback::new_paint_callback(rect, picture));
        }
        DrawnBy::Twin(pictures) => {
            let layers = layers.into_iter();
            let layers = layers.map(|(source, style)| (source.voxels(), style));
            let picture = SlicePicture {
                view,
                layers: layers.collect(),
                pairing,
                background,
            };
            let texture = pictures.texture(id, picture);
            let whole = Rect::from_min_max(egui::pos2(0.0, 0.0), egui::pos2(1.0, 1.0));
            painter.image(texture, rect, whole, egui::Color32::WHITE);
        }
    }
}

/// A picture on its way to the GPU. What `prepare` makes lives here, so that each view of each
/// frame has its own and none outlives the frame.
struct Picture {
    picture: SlicePicture<Arc<VolumeTexture>>,
    pipeline: Arc<SlicePipeline>,
    prepared: OnceLock<PreparedSlice>,
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
