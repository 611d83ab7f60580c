//! What a leak network says of a scan, and the map of what that rests on.

use super::scan::Scan;
use crate::models::Model;
use crate::models::leak::{LeakPrediction, leak_card};
use crate::render::{Colormap, LayerStyle};
use crate::volume::{Volume, Window, percentiles};
use crate::workflows::OcclusionRecord;
use std::path::PathBuf;
use std::sync::Arc;
use tempfile::TempDir;

/// A change of what is asked of a network.
#[derive(Clone, Debug, PartialEq)]
pub enum NetworkEdit {
    /// Show the panel or hide it.
    Show(bool),
    /// Choose a network.
    Choose(usize),
    /// The share of the head that counts as the strongest region, in per cent.
    Strongest(f64),
}

/// The edge of a box that is filled, mm: about that of the paper.
const PATCH_MM: [f64; 3] = [12.0, 13.0, 13.0];

/// What is asked of leak networks, and what came out.
pub struct NetworkDesk {
    /// Whether the panel is there.
    pub open: bool,
    /// Networks that tell whether a leak is likely.
    pub models: Vec<Model>,
    /// Which of them is asked.
    pub chosen: usize,
    /// The share of the map that is outlined as the strongest region, per cent.
    pub strongest_percent: f64,
    /// What came out last.
    pub said: Option<Arc<Said>>,
}

impl Default for NetworkDesk {
    fn default() -> Self {
        Self {
            open: false,
            models: Vec::new(),
            chosen: 0,
            strongest_percent: 1.0,
            said: None,
        }
    }
}

/// What a network said of a scan.
pub struct Said {
    /// Of which, where its file says.
    pub of: Arc<Scan>,
    /// Its numbers, probability and what they came from.
    pub prediction: LeakPrediction,
    /// What the map is, once there is one.
    pub map: Option<SaidMap>,
}

/// A map of what it rests on.
pub struct SaidMap {
    /// What it is.
    pub record: OcclusionRecord,
    /// Its file and its record, which lie in `folder`.
    pub files: Vec<PathBuf>,
    /// Whether boxes overlap.
    pub is_refined: bool,
    /// The map and the strongest region as they are shown.
    pub(super) scans: Vec<Arc<Scan>>,
    /// Deleted with it.
    pub(super) _folder: TempDir,
}

impl NetworkDesk {
    /// The network that is asked.
    #[must_use]
    pub fn model(&self) -> Option<&Model> {
        self.models.get(self.chosen)
    }

    /// Takes in networks of this task, each name once.
    pub(super) fn add(&mut self, models: impl IntoIterator<Item = Model>) {
        for model in models.into_iter().filter(|model| leak_card(model).is_ok()) {
            let name = &model.card.name;
            match self
                .models
                .iter()
                .position(|other| other.card.name == *name)
            {
                Some(at) => self.models[at] = model,
                None => self.models.push(model),
            }
        }
    }

    /// Whether a scan shows what a network says of another one.
    #[must_use]
    pub fn is_map(&self, scan: &Arc<Scan>) -> bool {
        let map = self.said.as_ref().and_then(|said| said.map.as_ref());
        map.is_some_and(|map| map.scans.iter().any(|of| Arc::ptr_eq(of, scan)))
    }
}

/// Voxels of a box along each axis, of a network whose voxels are so large.
pub(super) fn patch(spacing_mm: f64, size: [usize; 3]) -> [usize; 3] {
    let voxels = PATCH_MM.map(|mm| (mm / spacing_mm).round().max(1.0) as usize);
    std::array::from_fn(|axis| voxels[axis].min(size[axis]))
}

/// How a map of drops is drawn: about 0, and the stronger the less clear.
pub(super) fn map_style(map: &Volume) -> LayerStyle {
    let values = map.values();
    let ends = percentiles(values, true, [0.005, 0.995]).unwrap_or([-1.0, 1.0]);
    let reach = ends[0].abs().max(ends[1].abs()).max(f32::MIN_POSITIVE);
    LayerStyle {
        opacity: 0.8,
        follows_value: true,
        ..LayerStyle::overlay(Window::new(-reach, reach), Colormap::Diverging)
    }
}

/// The voxels of the highest values that are above 0, so many per cent of all that have one.
pub(super) fn strongest(map: &Volume, percent: f64) -> Vec<u32> {
    let share = (1.0 - percent / 100.0).clamp(0.0, 1.0);
    let least = percentiles(map.values(), false, [share]).map_or(f32::INFINITY, |[least]| least);
    let is_strong = |value: &f32| *value > 0.0 && *value >= least;
    map.values()
        .iter()
        .map(|value| u32::from(is_strong(value)))
        .collect()
}
