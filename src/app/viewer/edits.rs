//! What edits change of the desk.

use super::alignment::AlignedScans;
use super::choice::Layout;
use super::command::{Edit, PathPanel};
use super::desk::Desk;
use super::prediction::ShownPrediction;
use crate::app::shell::path_text;
use crate::render::{Colormap, Difference};
use crate::volume::Window;
use std::sync::Arc;

impl Desk {
    /// Changes what an edit says, unless it is one of the tools'.
    pub(super) fn apply(&mut self, edit: Edit) {
        match edit {
            Edit::Close(layer) => self.close(layer),
            Edit::PathPanel(purpose) => {
                self.path_panel = purpose;
                self.typed_path = self.first_path();
                self.picker_note.clear();
            }
            Edit::PathTyped(text) => self.typed_path = text,
            Edit::Crosshair(point) => self.crosshair = self.clamped(point),
            Edit::Step(plane, slices) => {
                self.step(plane, slices);
                self.follow_sheet();
            }
            Edit::StepToEnd(plane, last) => {
                self.step(plane, if last { 1e9 } else { -1e9 });
                self.follow_sheet();
            }
            Edit::TurnSheet(rows) => self.turn_sheet(rows),
            Edit::Nudge(plane, right, down) => self.nudge(plane, right, down),
            Edit::Zoom(of, factor, about) => self.zoom(of, factor, about),
            Edit::Pan(of, by_mm) => self.view_mut(of).pan_mm += by_mm,
            Edit::ResetViews => self.reset_views(),
            Edit::Hover(point) => self.hover = point,
            Edit::Activate(plane) => {
                self.active = plane;
                if self.maximised.is_some() {
                    self.maximised = Some(plane);
                }
                self.follow_sheet();
            }
            Edit::Maximise(plane) => self.maximised = plane,
            Edit::Layout(layout) => self.set_layout(layout),
            Edit::Convention(convention) => self.convention = convention,
            Edit::Preset(preset) => self.preset = preset,
            Edit::Select(layer) => {
                self.selected = layer.min(self.layers.len());
                self.follow_sheet();
            }
            Edit::SelectNext => {
                self.selected = (self.selected + 1) % self.layers.len().max(1);
                self.follow_sheet();
            }
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
                // Who was scanned is forgotten whenever the list is shown or hidden.
                self.listing.identities.clear();
            }
            Edit::ListingChoice(choice) => self.listing.choose(*choice),
            Edit::HideIdentities => self.listing.identities.clear(),
            Edit::DifferenceWindow(window) => self.difference_mut().style.window = window,
            Edit::Signed(signed) => set_signed(self.difference_mut(), signed),
            Edit::PlaneWindow(side, window) => self.set_plane_window(side, window),
            Edit::LookAtPrediction => self.look_at_made(),
            Edit::ShowCrosshair(show) => self.show_crosshair = show,
            Edit::Side(open) => self.side_open = open,
            Edit::KeySheet(open) => self.sheet_open = open,
            Edit::Details(open) => self.details_open = open,
            Edit::ShowHeader(open) => self.show_header(open),
            Edit::HideHeaderValues => self.header.forget(),
            Edit::ChooseModel(at) => self.prediction.chosen = Some(at),
            Edit::ChooseScan(interval, layer) => {
                if let Some(no) = self.layers.get(layer).map(|layer| layer.no) {
                    let scans = &mut self.prediction.scans;
                    scans.retain(|(of, _)| *of != interval);
                    scans.push((interval, no));
                }
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
            Edit::ShowHistogram(open) => self.windowing.open = open,
            Edit::ShowCurve(open) => self.curves.open = open,
            Edit::OneScan(one) => self.look_at_one(one),
            Edit::StepScan(by) => self.step_scan(by, false),
            Edit::FramesPerSecond(frames) => self.cine.set_speed(frames),
            // Only one of the two tables is open at a time: they are shown in the same place.
            Edit::ShowMeasures(open) => {
                self.measures.open = open;
                self.regions.open &= !open;
            }
            Edit::ShowRegions(open) => {
                self.regions.open = open;
                self.measures.open &= !open;
            }
            Edit::RegionQuantity(quantity) => self.regions.quantity = quantity,
            Edit::ChooseRegion(region, chosen) => self.regions.choose(region, chosen),
            Edit::ShowPicture(open, pane) => {
                self.picture.open = open;
                self.picture.pane = pane;
            }
            Edit::PictureChoice(choice) => {
                self.picture.choice = choice;
                self.follow_sheet();
            }
            Edit::RegionAtCrosshair(shown) => self.regions.at_crosshair = shown,
            Edit::ShowSettings(open) => self.kept.settings_open = open,
            Edit::ShowRecent(open) => {
                self.kept.close_recent();
                self.kept.recent_open = open;
            }
            Edit::ShowPaths(shown) => self.kept.shows_paths = shown,
            Edit::NotNow => self.kept.offers.clear(),
            // The tools' own and what is asked about, which are done before all others are handed on.
            Edit::Tool(_)
            | Edit::Ruler(_)
            | Edit::Angle(_)
            | Edit::Roi(_)
            | Edit::Sheet(_)
            | Edit::Mask(_)
            | Edit::Network(_)
            | Edit::Undo
            | Edit::Redo
            | Edit::Keep => {}
            Edit::ShowMessages(open) => self.messages_open = open && !self.errors.is_empty(),
            Edit::DismissError(at) => {
                if at < self.errors.len() {
                    self.errors.remove(at);
                }
                self.messages_open &= !self.errors.is_empty();
            }
            Edit::DismissErrors => {
                self.errors.clear();
                self.messages_open = false;
            }
        }
    }

    /// What stands in the panel that takes a path at first: a session is saved where it was before.
    fn first_path(&self) -> String {
        let file = self.kept.session_file.as_deref();
        match self.path_panel {
            Some(PathPanel::SaveSession) => file.map_or_else(String::new, path_text),
            _ => String::new(),
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

    /// Puts a prediction beside the others, or in place of the last one by the same network, and goes
    /// there.
    pub(super) fn show_prediction(&mut self, shown: Arc<ShownPrediction>) {
        self.take_prediction(shown);
        self.undoable(|desk| desk.set_layout(Layout::Prediction));
        self.look_at_made();
    }
}

fn set_signed(difference: &mut Difference, signed: bool) {
    if signed == difference.signed {
        return;
    }
    let style = &mut difference.style;
    let reach = style.window.high.abs().max(f32::MIN_POSITIVE);
    difference.signed = signed;
    if signed {
        style.window = Window::new(-reach, reach);
        style.colormap = Colormap::Diverging;
    } else {
        style.window = Window::new(0.0, reach);
        style.colormap = Colormap::Inferno;
    }
}
