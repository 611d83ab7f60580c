//! Which panes lie where.

use super::grid::{beside_ui, columns_ui, planes_ui, two_planes};
use super::pane::PaneContent;
use super::{lightbox, prediction, start};
use crate::app::shell::theme;
use crate::app::viewer::{CompareMode, Context, Edit, Layout};
use crate::volume::Plane;
use eframe::egui::{self, Align2, FontId, Rect};

pub(super) fn ui(ctx: &Context<'_>, ui: &mut egui::Ui) {
    egui::CentralPanel::no_frame().show(ui, |ui| {
        let rect = ui.max_rect();
        ui.painter().rect_filled(rect, 0.0, theme::BEHIND_PICTURE);
        if ctx.desk.layers.is_empty() {
            return start::ui(ctx, ui);
        }
        match ctx.desk.layout {
            Layout::Compare if ctx.desk.compared().is_some() => compare_ui(ctx, ui, rect),
            Layout::TimeSeries => series_ui(ctx, ui, rect),
            Layout::Prediction => prediction::panes_ui(ctx, ui, rect),
            Layout::Grid => grid_ui(ctx, ui, rect),
            Layout::Lightbox => lightbox::ui(ctx, ui, rect),
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

/// The active plane of each scan that is ticked; enlarged, that of the chosen one.
fn grid_ui(ctx: &Context<'_>, ui: &egui::Ui, rect: Rect) {
    let desk = ctx.desk;
    let scans = desk.beside();
    let chosen = scans.contains(&desk.selected).then_some(desk.selected);
    let contents: Vec<PaneContent> = match (desk.maximised, chosen) {
        (Some(_), Some(chosen)) => vec![PaneContent::Scan(chosen)],
        _ => scans.into_iter().map(PaneContent::Scan).collect(),
    };
    if contents.is_empty() {
        ui.painter().text(
            rect.center(),
            Align2::CENTER_CENTER,
            "Tick the scans on the left that are to lie side by side",
            FontId::proportional(15.0),
            theme::ON_PICTURE,
        );
        return;
    }
    beside_ui(ctx, ui, rect, (desk.active, &contents));
}
