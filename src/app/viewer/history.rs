//! How the desk was before each change, so that it can be taken back and done again. A state holds handles
//! of the scans that were open and of what was predicted from them, not their voxels; the crosshair and where
//! the views look are no part of it.

use super::angles::Angle;
use super::choice::Layout;
use super::compare::CompareDesk;
use super::prediction::{PlaneLook, ShownPrediction, put_beside};
use super::roi::Roi;
use super::rulers::Ruler;
use super::scan::{Layer, Scan};
use crate::models::tracer::ScanInterval;
use crate::render::Difference;
use crate::volume::{Convention, Plane};
use std::sync::Arc;

/// Steps that can be taken back.
const MOST_STEPS: usize = 100;
/// Scans that were closed and are still held, so that closing can be taken back: each takes as much
/// memory as one that is open.
const MOST_CLOSED: usize = 2;

/// How the desk is.
#[derive(Clone)]
pub(super) struct DeskState {
    pub(super) layers: Vec<Layer>,
    /// How many scans had been opened.
    pub(super) n_opened: u32,
    pub(super) selected: usize,
    pub(super) layout: Layout,
    pub(super) maximised: Option<Plane>,
    pub(super) convention: Convention,
    pub(super) difference: Difference,
    pub(super) compare: CompareDesk,
    pub(super) before: bool,
    pub(super) show_crosshair: bool,
    pub(super) rulers: Vec<Ruler>,
    pub(super) angles: Vec<Angle>,
    pub(super) rois: Vec<Roi>,
    pub(super) exchanged: bool,
    pub(super) planes: PlaneLook,
    pub(super) model: Option<usize>,
    pub(super) scans: Vec<(ScanInterval, u32)>,
    /// Two planes each, far less than a scan: those taken away are held as long as the step is.
    pub(super) predictions: Vec<Arc<ShownPrediction>>,
}

impl DeskState {
    /// Whether nothing is to be taken back between the two. Which scan is chosen is no change of its
    /// own.
    fn is_like(&self, other: &Self) -> bool {
        self.layers.len() == other.layers.len()
            && self.layers.iter().zip(&other.layers).all(is_like)
            && self.layout == other.layout
            && self.maximised == other.maximised
            && self.convention == other.convention
            && self.difference == other.difference
            && self.compare == other.compare
            && self.before == other.before
            && self.show_crosshair == other.show_crosshair
            && self.rulers == other.rulers
            && self.angles == other.angles
            && self.rois == other.rois
            && self.exchanged == other.exchanged
            && self.planes == other.planes
            && self.model == other.model
            && self.scans == other.scans
            && are_same(&self.predictions, &other.predictions)
    }
}

fn are_same(some: &[Arc<ShownPrediction>], others: &[Arc<ShownPrediction>]) -> bool {
    let mut pairs = some.iter().zip(others);
    some.len() == others.len() && pairs.all(|(one, other)| Arc::ptr_eq(one, other))
}

fn is_like((one, other): (&Layer, &Layer)) -> bool {
    let labels = [one, other].map(|layer| layer.labels.as_ref().map(Arc::as_ptr));
    Arc::ptr_eq(&one.filed, &other.filed)
        && one.style == other.style
        && one.visible == other.visible
        && one.hours == other.hours
        && one.is_labels == other.is_labels
        && labels[0] == labels[1]
        && one.placement.shown_from_filed() == other.placement.shown_from_filed()
}

/// How the desk was before each change.
#[derive(Default)]
pub(super) struct History {
    pub(super) done: Vec<DeskState>,
    pub(super) undone: Vec<DeskState>,
    /// A change goes on as long as a button of the mouse is down or something is typed.
    goes_on: bool,
}

impl History {
    /// Whether there is something to take back, and something to do again.
    pub(super) fn can_undo_redo(&self) -> [bool; 2] {
        [!self.done.is_empty(), !self.undone.is_empty()]
    }

    /// What comes next is another change.
    pub(super) fn settle(&mut self) {
        self.goes_on = false;
    }

    /// Another volume of its file, or a finer one, came in the place of a scan: that is shown whatever is
    /// taken back, drawn as the one before was where the values are on one scale.
    pub(super) fn replace(&mut self, now: &Layer) {
        for state in self.done.iter_mut().chain(&mut self.undone) {
            let before = state.before;
            for was in &mut state.layers {
                if was.no == now.no && !Arc::ptr_eq(&was.filed, &now.filed) {
                    *was = drawn_as(now.clone(), was);
                    was.show(before);
                }
            }
        }
    }

    /// A prediction came, which is shown whatever is taken back. To have taken away the one that it replaces
    /// is no step any more.
    pub(super) fn predicted(&mut self, shown: &Arc<ShownPrediction>, now: &DeskState) {
        self.settle();
        for state in self.done.iter_mut().chain(&mut self.undone) {
            put_beside(&mut state.predictions, shown.clone());
        }
        for steps in [&mut self.done, &mut self.undone] {
            steps.dedup_by(|next, state| next.is_like(state));
            if steps.last().is_some_and(|last| last.is_like(now)) {
                steps.pop();
            }
        }
    }

    /// A scan is never shown again, as what it shows is no longer true.
    pub(super) fn forget(&mut self, scan: &Arc<Scan>) {
        for state in self.done.iter_mut().chain(&mut self.undone) {
            state
                .layers
                .retain(|layer| !Arc::ptr_eq(&layer.filed, scan));
        }
    }

    /// What was changed between two states is a step.
    pub(super) fn note(&mut self, before: DeskState, after: &DeskState) {
        if before.is_like(after) {
            return;
        }
        self.undone.clear();
        if !self.goes_on {
            self.done.push(before);
        }
        // What ends as it began, as a line that was too short to be meant, is no step.
        self.goes_on = !self.done.last().is_some_and(|begun| begun.is_like(after));
        if !self.goes_on {
            self.done.pop();
        }
        if self.done.len() > MOST_STEPS {
            self.done.remove(0);
        }
        while self.n_closed(&after.layers) > MOST_CLOSED && !self.done.is_empty() {
            self.done.remove(0);
        }
    }

    /// How many scans are held that are no longer open.
    fn n_closed(&self, open: &[Layer]) -> usize {
        let held = self.done.iter().flat_map(|state| &state.layers);
        let mut closed: Vec<_> = held
            .map(|layer| Arc::as_ptr(&layer.filed))
            .filter(|held| !open.iter().any(|layer| Arc::as_ptr(&layer.filed) == *held))
            .collect();
        closed.sort_unstable();
        closed.dedup();
        closed.len()
    }
}

/// A layer that is drawn as another was, where the values of both are on one scale, and lies where that
/// lay, where it is the same volume of its file.
fn drawn_as(now: Layer, was: &Layer) -> Layer {
    let is_alike = now.filed.scaling == was.filed.scaling && now.is_labels == was.is_labels;
    let (style, kept) = match is_alike {
        true => (was.style, was.kept.clone()),
        false => (now.style, now.kept.clone()),
    };
    let placement = match now.filed.volume_idx == was.filed.volume_idx {
        true => was.placement.clone(),
        false => now.placement.clone(),
    };
    Layer {
        placement,
        style,
        kept,
        visible: was.visible,
        hours: was.hours,
        ..now
    }
}
