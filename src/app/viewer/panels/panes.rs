//! Which panes lie where.

use super::pane::{self, PaneContent};
use super::prediction;
use crate::app::shell::theme;
use crate::app::viewer::{Context, Edit, Layout, PathPanel};
use crate::volume::Plane;
use eframe::egui::{self, Rect};

pub(super) fn ui(ctx: &Context<'_>, ui: &mut egui::Ui) {
    egui::CentralPanel::no_frame().show(ui, |ui| {
        let rect = ui.max_rect();
        ui.painter().rect_filled(rect, 0.0, theme::BEHIND_PICTURE);
        if ctx.desk.layers.is_empty() {
            return nothing_ui(ctx, ui);
        }
        let n_scans = ctx.desk.layers.len();
        match (ctx.desk.layout, ctx.desk.maximised) {
            (Layout::Compare, _) if n_scans >= 2 => compare_ui(ctx, ui, rect),
            (Layout::TimeSeries, _) => series_ui(ctx, ui, rect),
            (Layout::Prediction, _) => prediction::pictures_ui(ctx, ui, rect),
            (_, Some(plane)) => pane::ui(ctx, ui, rect, plane, PaneContent::Layers),
            (_, None) => planes_ui(ctx, ui, rect),
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

/// The axial plane large, the others beside it; side by side in a wide window.
fn planes_ui(ctx: &Context<'_>, ui: &egui::Ui, rect: Rect) {
    let gap = theme::PANE_GAP;
    let wide = rect.width() > rect.height() * 2.2;
    let rects = if wide {
        split(rect, 3, gap).try_into().unwrap_or([rect; 3])
    } else {
        let side = (rect.height() - gap) / 2.0;
        let column = side.min(rect.width() * 0.4);
        let (left, right) = rect.split_left_right_at_x(rect.right() - column - gap);
        let right = right.with_min_x(right.left() + gap);
        let (top, bottom) = right.split_top_bottom_at_y(right.top() + side);
        [left, top, bottom.with_min_y(bottom.top() + gap)]
    };
    for (plane, rect) in Plane::ALL.into_iter().zip(rects) {
        pane::ui(ctx, ui, rect, plane, PaneContent::Layers);
    }
}

/// Real, predicted, difference: one window, one crosshair. Two planes below each other, as the
/// papers show them; enlarged, one.
fn compare_ui(ctx: &Context<'_>, ui: &egui::Ui, rect: Rect) {
    let contents = [
        PaneContent::Real,
        PaneContent::Predicted,
        PaneContent::Difference,
    ];
    let planes = match (ctx.desk.maximised, ctx.desk.active) {
        (Some(plane), _) => vec![plane],
        (None, Plane::Coronal) => vec![Plane::Coronal, Plane::Sagittal],
        (None, _) => vec![Plane::Axial, Plane::Sagittal],
    };
    let height = (rect.height() + theme::PANE_GAP) / planes.len() as f32;
    for (row, plane) in planes.into_iter().enumerate() {
        let top = rect.top() + height * row as f32;
        let row = rect
            .with_min_y(top)
            .with_max_y(top + height - theme::PANE_GAP);
        for (content, rect) in contents
            .into_iter()
            .zip(split(row, contents.len(), theme::PANE_GAP))
        {
            pane::ui(ctx, ui, rect, plane, content);
        }
    }
}

/// A column for each time, a row for each plane.
fn series_ui(ctx: &Context<'_>, ui: &egui::Ui, rect: Rect) {
    let planes = match ctx.desk.maximised {
        Some(plane) => vec![plane],
        None => Plane::ALL.to_vec(),
    };
    let scans = ctx.desk.series();
    let height = (rect.height() + theme::PANE_GAP) / planes.len() as f32;
    for (row, plane) in planes.into_iter().enumerate() {
        let top = rect.top() + height * row as f32;
        let row = rect
            .with_min_y(top)
            .with_max_y(top + height - theme::PANE_GAP);
        for (&scan, rect) in scans.iter().zip(split(row, scans.len(), theme::PANE_GAP)) {
            pane::ui(ctx, ui, rect, plane, PaneContent::Scan(scan));
        }
    }
}

fn split(rect: Rect, n: usize, gap: f32) -> Vec<Rect> {
    let width = (rect.width() - gap * (n - 1) as f32) / n as f32;
    (0..n)
        .map(|at| {
            let left = rect.left() + (width + gap) * at as f32;
            Rect::from_min_max(
                egui::pos2(left, rect.top()),
                egui::pos2(left + width, rect.bottom()),
            )
        })
        .collect()
}
