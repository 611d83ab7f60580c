//! What networks say of one scan: of a leak, with the map of what that rests on, and how many perivascular
//! spaces there are, with where. What they mark is a mask.

use super::scan::Scan;
use crate::models::counts::{CountRegion, CountsTraining};
use crate::models::leak::LeakPrediction;
use crate::models::{Model, TaskCard};
use crate::render::{Colormap, LayerStyle};
use crate::volume::{Volume, Window, percentiles};
use crate::workflows::{CountedSpaces, OcclusionRecord};
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

/// What a network is asked about one scan.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NetworkTask {
    /// Whether a leak is likely.
    Leak,
    /// Where perivascular spaces are.
    Spaces,
    /// How many there are in a region.
    Counts,
}

impl NetworkTask {
    pub(super) const ALL: [Self; 3] = [Self::Leak, Self::Spaces, Self::Counts];

    /// What a network is asked by its card; none for one that is given other than one scan, or paints it.
    #[must_use]
    pub fn of(model: &Model) -> Option<Self> {
        match &model.card.task {
            TaskCard::Leak(_) => Some(Self::Leak),
            TaskCard::Spaces(card) => (!card.is_autoencoder()).then_some(Self::Spaces),
            TaskCard::Counts(_) => Some(Self::Counts),
            TaskCard::Tracer(_) => None,
        }
    }

    /// Over those of one kind in a list.
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Leak => "Leak of CSF",
            Self::Spaces => "Mark spaces on T1",
            Self::Counts => "Count spaces on T2",
        }
    }
}

/// The edge of a box that is filled, mm: about that of the paper.
const PATCH_MM: [f64; 3] = [12.0, 13.0, 13.0];

/// What is asked of networks, and what came out.
pub struct NetworkDesk {
    /// Whether the panel is there.
    pub open: bool,
    /// Networks that are asked about one scan.
    pub models: Vec<Model>,
    /// Which of them is asked.
    pub chosen: usize,
    /// The share of the map that is outlined as the strongest region, per cent.
    pub strongest_percent: f64,
    /// What a leak network said last.
    pub said: Option<Arc<Said>>,
    /// What was counted last.
    pub counted: Option<Arc<SaidCount>>,
}

impl Default for NetworkDesk {
    fn default() -> Self {
        Self {
            open: false,
            models: Vec::new(),
            chosen: 0,
            strongest_percent: 1.0,
            said: None,
            counted: None,
        }
    }
}

/// What a leak network said of a scan.
pub struct Said {
    /// Of which, where its file says.
    pub of: Arc<Scan>,
    /// Its numbers, probability and what they came from.
    pub prediction: LeakPrediction,
    /// The probabilities by the networks of the other folds of its training; none where it has none.
    pub other_folds: Vec<f64>,
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

/// What a network counted in a scan.
pub struct SaidCount {
    /// In which, where its file says.
    pub of: Arc<Scan>,
    /// In which of its regions.
    pub region: CountRegion,
    /// The count, what it came from, and its map.
    pub counted: CountedSpaces,
    /// How good the network is, where its card says.
    pub training: Option<CountsTraining>,
    /// The map and the places as they are shown.
    pub(super) scans: Vec<Arc<Scan>>,
}

impl NetworkDesk {
    /// The network that is asked.
    #[must_use]
    pub fn model(&self) -> Option<&Model> {
        self.models.get(self.chosen)
    }

    /// What the network is asked.
    #[must_use]
    pub fn task(&self) -> Option<NetworkTask> {
        NetworkTask::of(self.model()?)
    }

    /// Takes in networks that are asked about one scan, each name once.
    pub(super) fn add(&mut self, models: impl IntoIterator<Item = Model>) {
        let is_asked = |model: &Model| NetworkTask::of(model).is_some();
        for model in models.into_iter().filter(is_asked) {
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

/// How a map of a count is drawn: from 0 on, the stronger the less clear.
pub(super) fn attention_style(map: &Volume) -> LayerStyle {
    let high = percentiles(map.values(), true, [0.999]).map_or(0.0, |[high]| high);
    over_scan(high.max(f32::MIN_POSITIVE))
}

/// How a probability is drawn.
pub(super) fn probability_style() -> LayerStyle {
    over_scan(1.0)
}

fn over_scan(high: f32) -> LayerStyle {
    LayerStyle {
        opacity: 0.8,
        follows_value: true,
        ..LayerStyle::overlay(Window::new(0.0, high), Colormap::Inferno)
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
