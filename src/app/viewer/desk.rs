//! What is loaded and how it is shown.

use super::alignment::{AlignedScans, AlignmentDesk};
use super::choice::{Layout, Preset, Tool};
use super::command::{Edit, PathPanel};
use super::compare::{CompareDesk, Measured};
use super::history::History;
use super::listing::Listing;
use super::mask::MaskDesk;
use super::network::NetworkDesk;
use super::placement::Placement;
use super::prediction::{MAX_SHOWN, PredictionDesk, ShownPrediction};
use super::regions::{MeasuredRegions, RegionDesk, RegionSeries};
use super::rulers::RulerDesk;
use super::scan::{Layer, Look, MAX_SCANS, Scan};
use super::unsaved::AtRisk;
use super::views::PlaneState;
use super::worksheet::WorksheetDesk;
use crate::enhancement::LabelledRegion;
use crate::render::{Colormap, Difference, LayerStyle, MAX_LAYERS};
use crate::volume::{Convention, Orientation, Plane, Window};
use nalgebra::Point3;
use std::sync::Arc;

/// Everything the panels show. Changed by commands and messages, never by panels.
pub struct Desk {
    /// From the bottom up.
    pub layers: Vec<Layer>,
    /// The layer that keys and drags change.
    pub selected: usize,
    /// One point of the world, shared by all panes.
    pub crosshair: Point3<f64>,
    /// Under the pointer.
    pub hover: Option<Point3<f64>>,
    /// Where the patient's right is.
    pub convention: Convention,
    /// What lies side by side.
    pub layout: Layout,
    /// The plane that keys go to, and the one compared.
    pub active: Plane,
    /// The plane that fills the window.
    pub maximised: Option<Plane>,
    /// How the difference is drawn.
    pub difference: Difference,
    /// Which two scans are compared, and how.
    pub compare: CompareDesk,
    /// Mouse and keys.
    pub preset: Preset,
    /// Whether the crosshair is seen.
    pub show_crosshair: bool,
    /// Whether the side panel is.
    pub side_open: bool,
    /// Whether the sheet of keys is.
    pub sheet_open: bool,
    /// What the panel that takes a path is there for, if it is.
    pub path_panel: Option<PathPanel>,
    /// The path being typed there.
    pub typed_path: String,
    /// What became of the desktop's file dialog.
    pub picker_note: String,
    /// What was done last that leaves no other trace in the window.
    pub notice: String,
    /// What went wrong and was not dismissed yet.
    pub errors: Vec<String>,
    /// What networks are to predict and have predicted.
    pub prediction: PredictionDesk,
    /// What lies in the folder that was opened last.
    pub listing: Listing,
    /// How the scans were laid on each other.
    pub alignment: AlignmentDesk,
    /// Regions over the hours.
    pub regions: RegionDesk,
    /// What the first button of the mouse does.
    pub tool: Tool,
    /// The lines that are measured by.
    pub rulers: RulerDesk,
    /// Worksheets of the Bern score.
    pub sheets: WorksheetDesk,
    /// The mask that is being looked through.
    pub mask: Option<MaskDesk>,
    /// What leak networks are asked and say.
    pub network: NetworkDesk,
    /// What is about to be done that would lose something; asked about first.
    pub(super) at_risk: Option<AtRisk>,
    /// The difference that was measured last.
    pub(super) measured: Option<Measured>,
    /// How it was before each change.
    pub(super) history: History,
    /// How many scans were opened so far.
    pub(super) n_opened: u32,
    pub(super) views: [PlaneState; 3],
}

impl Default for Desk {
    fn default() -> Self {
        Self {
            layers: Vec::new(),
            selected: 0,
            crosshair: Point3::origin(),
            hover: None,
            convention: Convention::Radiological,
            layout: Layout::Planes,
            active: Plane::Axial,
            maximised: None,
            difference: Difference {
                signed: false,
                style: LayerStyle {
                    colormap: Colormap::Inferno,
                    ..LayerStyle::base(Window::new(0.0, 1.0))
                },
            },
            compare: CompareDesk::default(),
            preset: Preset::Radiology,
            show_crosshair: true,
            side_open: true,
            sheet_open: false,
            path_panel: None,
            typed_path: String::new(),
            picker_note: String::new(),
            notice: String::new(),
            errors: Vec::new(),
            prediction: PredictionDesk::default(),
            listing: Listing::default(),
            alignment: AlignmentDesk::default(),
            regions: RegionDesk::default(),
            tool: Tool::default(),
            rulers: RulerDesk::default(),
            sheets: WorksheetDesk::default(),
            mask: None,
            network: NetworkDesk::default(),
            at_risk: None,
            measured: None,
            history: History::default(),
            n_opened: 0,
            views: [PlaneState::default(); 3],
        }
    }
}

impl Desk {
    /// The first scan, or the first of the two that are compared: its grid gives the steps and the extent
    /// of all views.
    #[must_use]
    pub fn base(&self) -> Option<&Scan> {
        let compared = self.compared().map(|[first, _]| first);
        compared.or(self.layers.first()).map(|layer| &*layer.scan)
    }

    /// Whether the letters may name sides: every scan on show must know its own.
    #[must_use]
    pub fn orientation(&self) -> Orientation {
        let mut scans = self.layers.iter().map(|layer| &layer.scan.volume);
        match scans.all(|volume| volume.orientation() == Orientation::Known) {
            true => Orientation::Known,
            false => Orientation::Unknown,
        }
    }

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
            visible: !is_over || is_wanted && n_below < MAX_LAYERS,
        }
    }

    /// Looks at the middle of the first scan, on whole slices.
    fn centre(&mut self) {
        self.views = Default::default();
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

    /// Changes what an edit says, unless it is one of the tools'.
    pub(super) fn apply(&mut self, edit: Edit) {
        match edit {
            Edit::Close(layer) => self.close(layer),
            Edit::PathPanel(purpose) => {
                self.path_panel = purpose;
                self.typed_path.clear();
                self.picker_note.clear();
            }
            Edit::PathTyped(text) => self.typed_path = text,
            Edit::Crosshair(point) => self.crosshair = self.clamped(point),
            Edit::Step(plane, slices) => self.step(plane, slices),
            Edit::StepToEnd(plane, last) => {
                self.step(plane, if last { 1e9 } else { -1e9 });
            }
            Edit::Nudge(plane, right, down) => self.nudge(plane, right, down),
            Edit::Zoom(plane, factor, about) => self.zoom(plane, factor, about),
            Edit::Pan(plane, by_mm) => {
                self.views[plane.normal_axis()].pan_mm += by_mm;
            }
            Edit::ResetViews => self.views = Default::default(),
            Edit::Hover(point) => self.hover = point,
            Edit::Activate(plane) => {
                self.active = plane;
                if self.maximised.is_some() {
                    self.maximised = Some(plane);
                }
            }
            Edit::Maximise(plane) => self.maximised = plane,
            Edit::Layout(layout) => self.set_layout(layout),
            Edit::Convention(convention) => self.convention = convention,
            Edit::Preset(preset) => self.preset = preset,
            Edit::Select(layer) => self.selected = layer.min(self.layers.len()),
            Edit::Visible(layer, visible) => self.set_visible(layer, visible),
            Edit::Hours(layer, hours) => {
                if let Some(layer) = self.layers.get_mut(layer) {
                    layer.hours = hours;
                }
            }
            Edit::Style(layer, style) => self.set_style(layer, style),
            Edit::AutoWindow(layer) => {
                let auto = self.layers.get(layer).map(|shown| shown.scan.auto);
                self.set_window(layer, auto);
            }
            Edit::FileWindow(layer) => {
                let shown = self.layers.get(layer);
                let suggested = shown.and_then(|shown| shown.scan.file_window());
                self.set_window(layer, suggested);
            }
            Edit::ShowListing(open) => {
                self.listing.open = open && !self.listing.catalogue.entries.is_empty();
                // Who was scanned is never left standing.
                self.listing.identities.clear();
            }
            Edit::ListingChoice(choice) => self.listing.choose(*choice),
            Edit::HideIdentities => self.listing.identities.clear(),
            Edit::DifferenceWindow(window) => self.difference.style.window = window,
            Edit::Signed(signed) => self.set_signed(signed),
            Edit::ShowCrosshair(show) => self.show_crosshair = show,
            Edit::Side(open) => self.side_open = open,
            Edit::KeySheet(open) => self.sheet_open = open,
            Edit::ChooseModel(at) => self.prediction.chosen = Some(at),
            Edit::ChooseScan(interval, layer) => {
                let scans = &mut self.prediction.scans;
                scans.retain(|(of, _)| *of != interval);
                scans.push((interval, layer));
            }
            Edit::ForgetPrediction(at) => {
                if at < self.prediction.shown.len() {
                    self.prediction.shown.remove(at);
                }
            }
            Edit::Exchange(exchanged) => self.prediction.exchanged = exchanged,
            Edit::ShowBefore(_) | Edit::BackToFiles | Edit::MoveByHand(_) => {
                self.move_scans(&edit);
            }
            Edit::Adjusting(adjusting) => self.alignment.adjusting = adjusting,
            Edit::Compare(edit) => self.change_compare(edit),
            Edit::Labels(at, is_labels) => {
                if let Some(layer) = self.layers.get_mut(at) {
                    layer.set_labels(is_labels, at > 0);
                }
            }
            Edit::ShowRegions(open) => self.regions.open = open,
            Edit::RegionQuantity(quantity) => self.regions.quantity = quantity,
            Edit::ChooseRegion(region, chosen) => self.regions.choose(region, chosen),
            Edit::RegionAtCrosshair(shown) => self.regions.at_crosshair = shown,
            // The tools' own, which `change` does before it hands on all others.
            Edit::Tool(_)
            | Edit::Ruler(_)
            | Edit::Sheet(_)
            | Edit::Mask(_)
            | Edit::Network(_)
            | Edit::Undo
            | Edit::Redo => {}
            Edit::Keep => self.keep(),
            Edit::DismissError(at) => {
                if at < self.errors.len() {
                    self.errors.remove(at);
                }
            }
        }
    }

    fn move_scans(&mut self, edit: &Edit) {
        let layers = &mut self.layers;
        match *edit {
            Edit::ShowBefore(before) => self.alignment.show(layers, before),
            Edit::BackToFiles => self.alignment.back_to_files(layers),
            Edit::MoveByHand(motion) => {
                let seen = (self.active, self.convention, self.crosshair);
                self.alignment.adjust(layers, self.selected, motion, seen);
            }
            _ => {}
        }
    }

    /// Moves the scans to where a job found them.
    pub(super) fn align(&mut self, found: AlignedScans) {
        let of = found.others.len();
        let aligned = found.others.iter().filter(|(_, a)| a.outcome.is_ok());
        self.notice = format!(
            "{} of {of} scans aligned to {}",
            aligned.count(),
            found.first.name
        );
        self.history.settle();
        self.undoable(|desk| desk.alignment.take(&mut desk.layers, found));
    }

    /// What there is to measure regions in.
    ///
    /// # Errors
    /// Why nothing can be measured, in words.
    pub fn region_series(&self) -> Result<RegionSeries, String> {
        let moved = self.layers.iter().any(|layer| layer.placement.is_moved());
        if self.alignment.before && moved {
            return Err("Scans are shown where their files say: untick Before".to_owned());
        }
        RegionSeries::of(&self.layers)
    }

    /// The region of the label map under the crosshair.
    #[must_use]
    pub fn region_at_crosshair(&self) -> Option<LabelledRegion> {
        let mut layers = self.layers.iter();
        layers.find_map(|layer| layer.region(self.crosshair))
    }

    /// Shows the regions that a job measured.
    pub(super) fn take_regions(&mut self, measured: Arc<MeasuredRegions>) {
        let patients = measured.quantified.patients.iter();
        let n_scans: usize = patients.map(|patient| patient.sessions.len()).sum();
        let regions = measured.regions();
        let n = regions.iter().filter(|of| of.label.is_some()).count();
        self.notice = format!("{n} regions measured in {n_scans} scans");
        self.regions.take(measured);
    }

    /// Puts a prediction beside the others, or in place of the last one by the same network; the
    /// oldest makes room.
    pub(super) fn show_prediction(&mut self, shown: Arc<ShownPrediction>) {
        let all = &mut self.prediction.shown;
        all.retain(|other| other.card.name != shown.card.name);
        if all.len() == MAX_SHOWN {
            all.remove(0);
        }
        all.push(shown);
        self.undoable(|desk| desk.set_layout(Layout::Prediction));
    }

    /// Only so many scans can be drawn over each other; one more is refused aloud.
    fn set_visible(&mut self, layer: usize, visible: bool) {
        let full = self.n_visible() == MAX_LAYERS;
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

    fn n_visible(&self) -> usize {
        self.layers.iter().filter(|layer| layer.visible).count()
    }

    fn close(&mut self, layer: usize) {
        if layer < self.layers.len() {
            self.layers.remove(layer);
            self.prediction.scans.clear();
            self.hover = None;
            self.selected = self.selected.min(self.layers.len().saturating_sub(1));
            if layer == 0 {
                self.centre();
            }
        }
    }

    /// Another layout, in which each scan is drawn as it was there last.
    pub(super) fn set_layout(&mut self, layout: Layout) {
        let from = std::mem::replace(&mut self.layout, layout);
        if from == layout {
            return;
        }
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
        if let Some([first, second]) = self.pair().filter(|_| layout == Layout::Compare) {
            if ![first, second].contains(&self.selected) {
                self.selected = second;
            }
            self.link_windows(first);
            self.crosshair = self.clamped(self.crosshair);
        }
    }

    /// Whether a scan is drawn just as the first one is.
    #[must_use]
    pub fn is_locked(&self, layer: usize) -> bool {
        match self.layout {
            Layout::Planes | Layout::Prediction | Layout::Compare => false,
            Layout::TimeSeries => self.layers.get(layer).is_some_and(Layer::is_signal),
        }
    }

    /// How all scans are drawn that are drawn alike: as the first of them.
    fn locked_style(&self) -> Option<LayerStyle> {
        let first = (0..self.layers.len()).find(|&at| self.is_locked(at))?;
        Some(self.layers[first].style)
    }

    /// The scans of a time series by hours: not label maps and maps of quantities, unless there is
    /// nothing else.
    #[must_use]
    pub fn series(&self) -> Vec<usize> {
        let order = self.by_hours();
        let is_signal = |at: &usize| self.layers[*at].is_signal();
        match order.iter().any(is_signal) {
            true => order.into_iter().filter(is_signal).collect(),
            false => order,
        }
    }

    /// The scans by hours after injection; those without hours last, in the order they came.
    #[must_use]
    pub fn by_hours(&self) -> Vec<usize> {
        let hours = |at: &usize| self.layers[*at].hours.unwrap_or(f64::INFINITY);
        let mut order: Vec<usize> = (0..self.layers.len()).collect();
        order.sort_by(|a, b| hours(a).total_cmp(&hours(b)));
        order
    }

    fn set_style(&mut self, layer: usize, style: LayerStyle) {
        let locked = self.is_locked(layer);
        for at in 0..self.layers.len() {
            if at == layer || locked && self.is_locked(at) {
                self.layers[at].style = style;
            }
        }
        self.link_windows(layer);
    }

    fn set_window(&mut self, layer: usize, window: Option<Window>) {
        if let (Some(shown), Some(window)) = (self.layers.get(layer), window) {
            let style = LayerStyle {
                window,
                ..shown.style
            };
            self.set_style(layer, style);
        }
    }

    fn set_signed(&mut self, signed: bool) {
        if signed == self.difference.signed {
            return;
        }
        let style = &mut self.difference.style;
        let reach = style.window.high.abs().max(f32::MIN_POSITIVE);
        self.difference.signed = signed;
        if signed {
            style.window = Window::new(-reach, reach);
            style.colormap = Colormap::Diverging;
        } else {
            style.window = Window::new(0.0, reach);
            style.colormap = Colormap::Inferno;
        }
    }
}
