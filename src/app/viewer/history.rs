//! What was changed of the desk can be taken back, and done again. A state holds the scans that were
//! open, not their voxels; the crosshair and where the views look are not part of it.

use super::choice::Layout;
use super::compare::CompareDesk;
use super::desk::Desk;
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
struct DeskState {
    layers: Vec<Layer>,
    /// How many scans had been opened.
    n_opened: u32,
    selected: usize,
    layout: Layout,
    maximised: Option<Plane>,
    convention: Convention,
    difference: Difference,
    compare: CompareDesk,
    before: bool,
    show_crosshair: bool,
    rulers: Vec<Ruler>,
    model: Option<usize>,
    scans: Vec<(ScanInterval, usize)>,
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
            && self.model == other.model
            && self.scans == other.scans
    }
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
    done: Vec<DeskState>,
    undone: Vec<DeskState>,
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

    /// A scan is never shown again, as what it shows is no longer true.
    pub(super) fn forget(&mut self, scan: &Arc<Scan>) {
        for state in self.done.iter_mut().chain(&mut self.undone) {
            state
                .layers
                .retain(|layer| !Arc::ptr_eq(&layer.filed, scan));
        }
    }

    fn note(&mut self, before: DeskState, after: &DeskState) {
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

impl Desk {
    /// Whether a change of the desk can be taken back, and one be done again.
    #[must_use]
    pub fn can_undo_redo(&self) -> [bool; 2] {
        self.history.can_undo_redo()
    }

    /// Changes the desk so that it can be taken back.
    pub(super) fn undoable(&mut self, change: impl FnOnce(&mut Self)) {
        let before = self.state();
        change(self);
        let after = self.state();
        self.history.note(before, &after);
    }

    fn state(&self) -> DeskState {
        DeskState {
            layers: self.layers.clone(),
            n_opened: self.n_opened,
            selected: self.selected,
            layout: self.layout,
            maximised: self.maximised,
            convention: self.convention,
            difference: self.difference,
            compare: self.compare,
            before: self.alignment.before,
            show_crosshair: self.show_crosshair,
            rulers: self.rulers.rulers.clone(),
            model: self.prediction.chosen,
            scans: self.prediction.scans.clone(),
        }
    }

    /// Takes back what was changed last.
    pub(super) fn undo(&mut self) {
        if let Some(state) = self.history.done.pop() {
            let now = self.state();
            self.history.undone.push(now);
            self.restore(state);
        }
    }

    /// Does again what was taken back last.
    pub(super) fn redo(&mut self) {
        if let Some(state) = self.history.undone.pop() {
            let now = self.state();
            self.history.done.push(now);
            self.restore(state);
        }
    }

    /// The desk as it was. Scans that were opened since stay, drawn as they are in that layout.
    fn restore(&mut self, state: DeskState) {
        self.history.settle();
        let from = std::mem::replace(&mut self.layout, state.layout);
        self.alignment.before = state.before;
        let mut now = std::mem::take(&mut self.layers);
        for was in state.layers {
            let open = now.iter().position(|layer| layer.no == was.no);
            let layer = match open.map(|at| now.remove(at)) {
                Some(open) if !Arc::ptr_eq(&open.filed, &was.filed) => drawn_as(open, &was),
                _ => was,
            };
            self.layers.push(layer);
        }
        for mut since in now.into_iter().filter(|layer| layer.no >= state.n_opened) {
            if from != self.layout {
                let first = self.first_look(&since, self.layers.len(), false);
                since.enter([from, self.layout], first);
            }
            since.show(self.alignment.before);
            self.layers.push(since);
        }
        self.selected = state.selected.min(self.layers.len().saturating_sub(1));
        self.maximised = state.maximised;
        self.convention = state.convention;
        self.difference = state.difference;
        self.compare = state.compare;
        self.show_crosshair = state.show_crosshair;
        self.rulers.restore(state.rulers);
        self.prediction.chosen = state.model;
        self.prediction.scans = state.scans;
        self.hover = None;
        self.crosshair = self.clamped(self.crosshair);
    }
}

/// Another volume of its file, or a finer one, came in its place since: that stays, drawn as the one
/// before was, where the values are on one scale.
fn drawn_as(open: Layer, was: &Layer) -> Layer {
    let is_alike = open.filed.scaling == was.filed.scaling && open.is_labels == was.is_labels;
    let (style, kept) = match is_alike {
        true => (was.style, was.kept.clone()),
        false => (open.style, open.kept.clone()),
    };
    Layer {
        style,
        kept,
        visible: was.visible,
        hours: was.hours,
        ..open
    }
}
