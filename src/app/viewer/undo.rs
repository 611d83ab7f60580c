//! Changes of the desk are taken back and done again.

use super::choice::Layout;
use super::desk::Desk;
use super::history::DeskState;
use super::prediction::{ShownPrediction, put_beside};
use crate::render::MAX_LAYERS;
use std::sync::Arc;

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

    /// Puts a prediction beside the others. To have made it is no step: it is shown whatever is taken back.
    pub(super) fn take_prediction(&mut self, shown: Arc<ShownPrediction>) {
        put_beside(&mut self.prediction.shown, shown.clone());
        let now = self.state();
        self.history.predicted(&shown, &now);
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
            angles: self.angles.angles.clone(),
            rois: self.roi.rois.clone(),
            exchanged: self.prediction.exchanged,
            planes: self.prediction.look,
            model: self.prediction.chosen,
            scans: self.prediction.scans.clone(),
            predictions: self.prediction.shown.clone(),
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
        if from != state.layout {
            self.cine.stop();
        }
        self.alignment.before = state.before;
        let mut now = std::mem::take(&mut self.layers);
        for was in state.layers {
            now.retain(|layer| layer.no != was.no);
            self.layers.push(was);
        }
        for mut since in now.into_iter().filter(|layer| layer.no >= state.n_opened) {
            if from != self.layout {
                let first = self.first_look(&since, self.layers.len(), false);
                since.enter([from, self.layout], first);
            }
            // Only so many can be drawn over each other.
            if self.layout == Layout::Planes && self.n_visible() >= MAX_LAYERS {
                since.visible = false;
            }
            since.show(self.alignment.before);
            self.layers.push(since);
        }
        self.unload_closed();
        self.selected = state.selected.min(self.layers.len().saturating_sub(1));
        self.maximised = state.maximised;
        self.convention = state.convention;
        self.difference = state.difference;
        self.compare = state.compare;
        self.show_crosshair = state.show_crosshair;
        self.rulers.restore(state.rulers);
        self.angles.restore(state.angles);
        self.roi.restore(state.rois);
        self.prediction.exchanged = state.exchanged;
        self.prediction.look = state.planes;
        self.prediction.chosen = state.model;
        self.prediction.scans = state.scans;
        self.prediction.shown = state.predictions;
        self.hover = None;
        self.crosshair = self.clamped(self.crosshair);
    }
}
