//! Which panes lie where.

use super::grid::{columns_ui, planes_ui, two_planes};
use super::pane::PaneContent;
use super::prediction;
use crate::app::shell::theme;
use crate::app::viewer::{CompareMode, Context, Edit, Layout, PathPanel};
use crate::volume::Plane;
use eframe::egui::{self, Rect};

pub(super) fn ui(ctx: &Context<'_>, ui: &mut egui::Ui) {
    egui::CentralPanel::no_frame().show(ui, |ui| {
        let rect = ui.max_rect();
        ui.painter().rect_filled(rect, 0.0, theme::BEHIND_PICTURE);
        if ctx.desk.layers.is_empty() {
            return nothing_ui(ctx, ui);
        }
        match ctx.desk.layout {
            Layout::Compare if ctx.desk.compared().is_some() => compare_ui(ctx, ui, rect),
            Layout::TimeSeries => series_ui(ctx, ui, rect),
            Layout::Prediction => prediction::panes_ui(ctx, ui, rect),
            Layout::Planes | Layout::Compare => planes_ui(ctx, ui, rect, PaneContent::Layers),
        }
        let over_pane = ui
            .input(|input| input.pointer.hover_pos())
            .is_some_and(|pos| rect.contains(pos));
        if ctx.desk.hover.is_some() && !over_pane {
            ctx.edit(Edit::Hover(None));
        }
    });
}

/// Nothing is loaded: say what to do.
fn nothing_ui(ctx: &Context<'_>, ui: &mut egui::Ui) {
    if ctx.jobs.running.is_busy() || ctx.desk.listing.open {
        return;
    }
    ui.vertical_centered(|ui| {
        ui.add_space(ui.available_height() * 0.4);
        ui.visuals_mut().override_text_color = Some(theme::ON_PICTURE);
        ui.heading("Drop scans here");
        ui.label("NIfTI, FreeSurfer or DICOM: files, folders, zips and BIDS data sets");
        ui.add_space(8.0);
        ui.visuals_mut().override_text_color = None;
        if ui.button("Open…").clicked() {
            ctx.edit(Edit::PathPanel(Some(PathPanel::Open)));
        }
    });
}

/// Two scans and their difference, where there is one: side by side, two planes below each other, as the
/// papers show them, or enlarged, one; or set against each other in the three planes.
fn compare_ui(ctx: &Context<'_>, ui: &egui::Ui, rect: Rect) {
    match ctx.desk.compare_mode() {
        CompareMode::Beside => {}
        CompareMode::Difference => return planes_ui(ctx, ui, rect, PaneContent::Difference),
        _ => return planes_ui(ctx, ui, rect, PaneContent::Pair),
    }
    let mut contents = vec![PaneContent::Side(0), PaneContent::Side(1)];
    if ctx.desk.why_not(CompareMode::Difference).is_none() {
        contents.push(PaneContent::Difference);
    }
    columns_ui(ctx, ui, rect, (&two_planes(ctx.desk), &contents));
}

/// A column for each time, a row for each plane; or the three planes of one time.
fn series_ui(ctx: &Context<'_>, ui: &egui::Ui, rect: Rect) {
    let columns = ctx.desk.columns();
    if let ([one], true) = (&columns[..], ctx.desk.one_scan.is_some()) {
        return planes_ui(ctx, ui, rect, PaneContent::Scan(*one));
    }
    let planes = match ctx.desk.maximised {
        Some(plane) => vec![plane],
        None => Plane::ALL.to_vec(),
    };
    let scans = columns.into_iter().map(PaneContent::Scan);
    columns_ui(ctx, ui, rect, (&planes, &scans.collect::<Vec<_>>()));
}
