//! Which scans are on the desk, and how each is drawn in the layout that is shown.

use super::choice::Layout;
use super::desk::Desk;
use super::placement::Placement;
use super::scan::{Layer, Look, MAX_SCANS, Scan};
use crate::render::{LayerStyle, MAX_LAYERS};
use crate::volume::{Plane, Window};
use std::sync::Arc;

impl Desk {
    /// Adds a scan above the others, or in place of another whose layer keeps its style; not at
    /// all where that one was closed meanwhile.
    pub fn add(&mut self, scan: Arc<Scan>, replaces: Option<&Arc<Scan>>) {
        if let Some(old) = replaces {
            let mut layers = self.layers.iter_mut().enumerate();
            if let Some((at, layer)) = layers.find(|(_, layer)| Arc::ptr_eq(&layer.filed, old)) {
                // Values on another scale need another window.
                if layer.filed.scaling != scan.scaling {
                    layer.style.window = scan.auto;
                }
                // What was found of one volume says nothing of another.
                if layer.filed.volume_idx != scan.volume_idx {
                    layer.placement = Placement::default();
                }
                // Another volume has other labels, whether they are shown or not.
                if !Arc::ptr_eq(&layer.filed, &scan) {
                    layer.labels = scan.labels.clone();
                    layer.set_labels(layer.is_labels, at > 0);
                }
                layer.filed = scan;
                layer.show(self.alignment.before);
                self.history.replace(layer);
            }
            return;
        }
        if self.layers.len() == MAX_SCANS {
            self.errors.push(format!(
                "{} was not added: {MAX_SCANS} scans can be open; close one first",
                scan.name
            ));
            return;
        }
        let at = self.layers.len();
        let mut layer = Layer::new(self.n_opened, scan, at > 0);
        self.n_opened += 1;
        let look = self.first_look(&layer, at, true);
        (layer.style, layer.visible) = (look.style, look.visible);
        self.layers.push(layer);
        let locked = self.is_locked(at);
        // What is compared by eye must be drawn alike.
        if let (true, Some(alike)) = (locked, self.locked_style()) {
            self.layers[at].style = alike;
        }
        if at == 0 {
            self.centre();
        }
        // The scan just added is the one to adjust, unless it is windowed together with the base.
        self.selected = if locked { 0 } else { at };
        self.choose_seen();
    }

    /// Keys change what is seen: of two scans that are compared the second, unless the first is chosen.
    fn choose_seen(&mut self) {
        if let Some(pair) = self.pair().filter(|_| self.layout == Layout::Compare)
            && !pair.contains(&self.selected)
        {
            self.selected = pair[1];
        }
    }

    /// How a scan is drawn where it was never drawn in this layout: over the others, if it lies there.
    /// The first scan keeps what was chosen for it elsewhere.
    pub(super) fn first_look(&self, layer: &Layer, at: usize, is_new: bool) -> Look {
        let is_over = self.layout == Layout::Planes && at > 0;
        let n_below = self.layers[..at]
            .iter()
            .filter(|layer| layer.visible)
            .count();
        // Scans that were opened side by side are not meant to lie over each other.
        let is_wanted = is_new || !layer.is_signal();
        Look {
            style: match at == 0 && !is_new {
                true => layer.style,
                false => layer.first_style(is_over),
            },
            visible: match self.layout {
                // A label map beside the scans is ticked on purpose.
                Layout::Grid => layer.is_signal(),
                _ => !is_over || is_wanted && n_below < MAX_LAYERS,
            },
        }
    }

    /// Looks at the middle of the first scan, on whole slices.
    fn centre(&mut self) {
        self.reset_views();
        let Some(base) = self.layers.first() else {
            return;
        };
        let grid = base.scan.volume.grid();
        let middle = base.scan.look_at.unwrap_or(grid.center_in_world());
        for plane in Plane::ALL {
            let axis = plane.normal_axis();
            self.crosshair[axis] = plane.nearest_slice_mm(grid, middle[axis]);
        }
        self.fit_difference();
    }

    /// The difference is drawn as far as half of the window of the scan that it is taken from.
    pub(super) fn fit_difference(&mut self) {
        let first = self.pair().map_or(0, |[first, _]| first);
        let Some(first) = self.layers.get(first) else {
            return;
        };
        let reach = first.style.window.width() / 2.0;
        self.difference.style.window = if self.difference.signed {
            Window::new(-reach, reach)
        } else {
            Window::new(0.0, reach)
        };
    }

    /// Only so many scans can be drawn over each other; one more is refused aloud.
    pub(super) fn set_visible(&mut self, layer: usize, visible: bool) {
        let full = self.layout == Layout::Planes && self.n_visible() == MAX_LAYERS;
        let Some(layer) = self.layers.get_mut(layer) else {
            return;
        };
        if visible && !layer.visible && full {
            let name = &layer.scan.name;
            self.errors.push(format!(
                "{name} stays hidden: {MAX_LAYERS} scans can lie over each other; hide one first"
            ));
            return;
        }
        layer.visible = visible;
    }

    /// Takes a layer away.
    pub(super) fn close(&mut self, layer: usize) {
        if layer < self.layers.len() {
            self.layers.remove(layer);
            self.hover = None;
            // The same scan stays chosen.
            self.selected -= usize::from(self.selected > layer);
            self.selected = self.selected.min(self.layers.len().saturating_sub(1));
            if layer == 0 {
                self.centre();
            }
            self.choose_seen();
            self.unload_closed();
        }
    }

    /// Another layout, in which each scan is drawn as it was there last.
    pub(super) fn set_layout(&mut self, layout: Layout) {
        let from = std::mem::replace(&mut self.layout, layout);
        if from == layout {
            return;
        }
        self.cine.stop();
        let layers = self.layers.len();
        for at in 0..layers {
            let first = self.first_look(&self.layers[at], at, false);
            self.layers[at].enter([from, layout], first);
        }
        if let Some(alike) = self.locked_style() {
            for at in 0..layers {
                if self.is_locked(at) {
                    self.layers[at].style = alike;
                    self.selected = 0;
                }
            }
        }
        self.choose_seen();
        if let Some([first, _]) = self.pair().filter(|_| layout == Layout::Compare) {
            self.link_windows(first);
            self.crosshair = self.clamped(self.crosshair);
        }
        self.follow_sheet();
    }

    pub(super) fn set_style(&mut self, layer: usize, style: LayerStyle) {
        let locked = self.is_locked(layer);
        for at in 0..self.layers.len() {
            if at == layer || locked && self.is_locked(at) {
                self.layers[at].style = style;
            }
        }
        self.link_windows(layer);
    }

    pub(super) fn set_window(&mut self, layer: usize, window: Option<Window>) {
        if let (Some(shown), Some(window)) = (self.layers.get(layer), window) {
            let style = LayerStyle {
                window,
                ..shown.style
            };
            self.set_style(layer, style);
        }
    }

    /// The window of the scan that is compared with this one goes with it, where they are linked.
    pub(super) fn link_windows(&mut self, with: usize) {
        let Some([first, second]) = self.pair().filter(|_| self.layout == Layout::Compare) else {
            return;
        };
        let other = match with {
            at if at == first => second,
            at if at == second => first,
            _ => return,
        };
        let autos = [with, other].map(|at| self.layers[at].scan.auto);
        let window = self.layers[with].style.window;
        if let Some(window) = self.compare.link.window(window, autos) {
            self.layers[other].style.window = window;
        }
    }
}
