//! A scan as it is open in the window.

use super::placement::Placement;
use crate::formats::{FileInfo, PixelScaling, Place};
use crate::render::{LayerStyle, VolumeTexture};
use crate::volume::{Affine, Volume, VolumeError, Window};
use nalgebra::Point3;
use std::path::PathBuf;
use std::sync::Arc;

/// Scans that can be open at once: a long tracer examination.
pub(super) const MAX_SCANS: usize = 16;

/// A scan as a job hands it over: opened, windowed, on the GPU.
#[derive(Clone)]
pub struct Scan {
    /// What to call it.
    pub name: String,
    /// Where it came from; none for what the program made itself.
    pub place: Option<Place>,
    /// The truth.
    pub volume: Volume,
    /// A cache of it.
    pub texture: Arc<VolumeTexture>,
    /// Which of its place's volumes.
    pub volume_idx: usize,
    /// What stored numbers were taken to.
    pub scaling: PixelScaling,
    /// What the file said; none for what the program made itself.
    pub info: Option<FileInfo>,
    /// Hours after the injection of the tracer, where the file's sidecar says.
    pub hours: Option<f64>,
    /// What to know before trusting the picture.
    pub remarks: Vec<String>,
    /// The 2nd to 98th percentile.
    pub auto: Window,
    /// Where it lies over another scan: from the smallest label on, where it is a label map.
    pub as_overlay: Window,
    /// Where to look first; none for the middle.
    pub look_at: Option<Point3<f64>>,
}

impl Scan {
    /// The same scan in another place; values and texture are shared, so that it takes no time.
    fn placed(&self, new_from_old: &Affine) -> Result<Self, VolumeError> {
        let volume = self.volume.placed(new_from_old)?;
        Ok(Self {
            texture: Arc::new(self.texture.placed(volume.grid())),
            volume,
            look_at: self.look_at.map(|at| new_from_old.transform_point(&at)),
            ..self.clone()
        })
    }

    /// Its file, or else what to call it: the files of a hospital may be named by the patient.
    pub(super) fn file_or_name(&self) -> PathBuf {
        let file = self.place.as_ref().and_then(Place::file);
        file.unwrap_or_else(|| PathBuf::from(&self.name))
    }

    /// The window that its file suggests, for values as the file has them.
    pub(super) fn file_window(&self) -> Option<Window> {
        let [low, high] = self.info.as_ref()?.window?.map(|value| value as f32);
        let suits = self.scaling == PixelScaling::Rescaled && low < high;
        suits.then(|| Window::new(low, high))
    }
}

/// A scan on show.
pub struct Layer {
    /// The scan where it is shown.
    pub scan: Arc<Scan>,
    /// The scan where its file says; the same one, unless it was moved.
    pub filed: Arc<Scan>,
    /// Where it is meant to lie.
    pub placement: Placement,
    /// How it is drawn.
    pub style: LayerStyle,
    /// Whether it is.
    pub visible: bool,
    /// Hours after the injection of the tracer, where known; can be set by hand.
    pub hours: Option<f64>,
}

impl Layer {
    /// Shows the scan where it is meant to lie, or where its file says.
    pub(super) fn show(&mut self, as_filed: bool) {
        self.scan = self.filed.clone();
        if !as_filed && self.placement.is_moved() {
            match self.filed.placed(&self.placement.shown_from_filed()) {
                Ok(placed) => self.scan = Arc::new(placed),
                // A rigid motion has an inverse.
                Err(error) => tracing::error!("{}: {error}", self.filed.name),
            }
        }
    }
}
