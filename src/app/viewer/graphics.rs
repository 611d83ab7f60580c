//! The window's own graphics device, and what draws the pictures of its panes.

use super::twin::TwinPictures;
use crate::render::{RenderError, SlicePipeline, VolumeTexture};
use crate::volume::Volume;
use anyhow::{Context as _, anyhow, bail};
use eframe::wgpu;
use std::sync::Arc;

/// Names in the environment what draws the pictures: `gpu` or `cpu`.
const VARIABLE: &str = "CISTERNA_RENDERER";

/// What is to draw the pictures of panes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum PictureRenderer {
    /// The shader, unless the processor does the work of a graphics adapter.
    #[default]
    ByAdapter,
    /// The shader, whatever the adapter is.
    Shader,
    /// Its twin, on the processor.
    Twin,
}

impl PictureRenderer {
    /// What the environment asks for.
    ///
    /// # Errors
    /// With a word that is neither `gpu` nor `cpu`.
    pub fn from_env() -> anyhow::Result<Self> {
        match std::env::var_os(VARIABLE) {
            None => Ok(Self::ByAdapter),
            Some(word) if word == "gpu" => Ok(Self::Shader),
            Some(word) if word == "cpu" => Ok(Self::Twin),
            Some(word) => bail!("{VARIABLE} is {}: gpu or cpu", word.display()),
        }
    }
}

/// The window's own device, and what draws slices into its surface.
#[derive(Clone)]
pub(super) struct Graphics {
    pub(super) queue: wgpu::Queue,
    device: wgpu::Device,
    drawn_by: DrawnBy,
}

/// What draws the pictures of the panes.
#[derive(Clone)]
pub(super) enum DrawnBy {
    /// The graphics processor, from textures.
    Shader(Arc<SlicePipeline>),
    /// The processor, from volumes.
    Twin(Arc<TwinPictures>),
}

impl Graphics {
    /// # Errors
    /// When the window has no device, and when the system gives no threads.
    pub(super) fn of_window(
        cc: &eframe::CreationContext<'_>,
        renderer: PictureRenderer,
    ) -> anyhow::Result<Self> {
        let state = cc
            .wgpu_render_state
            .as_ref()
            .ok_or_else(|| anyhow!("the window has no graphics device"))?;
        let (device, queue) = (state.device.clone(), state.queue.clone());
        // A picture that could not be drawn must not end the program, with work in it.
        device.on_uncaptured_error(Arc::new(|error| tracing::error!("graphics: {error}")));
        let is_processor = state.adapter.get_info().device_type == wgpu::DeviceType::Cpu;
        let is_twin = match renderer {
            PictureRenderer::ByAdapter => is_processor,
            PictureRenderer::Shader => false,
            PictureRenderer::Twin => true,
        };
        let drawn_by = match is_twin {
            true => {
                let pictures =
                    TwinPictures::new(&cc.egui_ctx).context("no threads for pictures")?;
                DrawnBy::Twin(Arc::new(pictures))
            }
            false => {
                let pipeline = SlicePipeline::new(&device, &queue, state.target_format);
                DrawnBy::Shader(Arc::new(pipeline))
            }
        };
        tracing::info!("pictures are drawn by {}", drawn_by.name());
        Ok(Self {
            queue,
            device,
            drawn_by,
        })
    }

    pub(super) fn drawn_by(&self) -> &DrawnBy {
        &self.drawn_by
    }

    /// The pictures that the twin draws; none where the graphics processor does.
    pub(super) fn twin(&self) -> Option<&TwinPictures> {
        match &self.drawn_by {
            DrawnBy::Shader(_) => None,
            DrawnBy::Twin(pictures) => Some(pictures),
        }
    }

    /// Hands a volume to the graphics processor, where that draws; for a job, not for the window's
    /// thread.
    ///
    /// # Errors
    /// When it has no memory for it.
    pub(super) fn texture(&self, volume: &Volume) -> Result<Option<VolumeTexture>, RenderError> {
        match self.twin() {
            Some(_) => Ok(None),
            None => VolumeTexture::new(&self.device, &self.queue, volume).map(Some),
        }
    }

    /// The same for places in a table of labels.
    ///
    /// # Errors
    /// When it has no memory for them.
    pub(super) fn texture_of_labels(
        &self,
        places: &Volume,
        colours: &[[u8; 4]],
    ) -> Result<Option<VolumeTexture>, RenderError> {
        match self.twin() {
            Some(_) => Ok(None),
            None => {
                let texture = VolumeTexture::of_labels(&self.device, &self.queue, places, colours);
                texture.map(Some)
            }
        }
    }
}

impl DrawnBy {
    /// For people.
    pub(super) fn name(&self) -> &'static str {
        match self {
            Self::Shader(_) => "the graphics processor",
            Self::Twin(_) => "the processor",
        }
    }
}
