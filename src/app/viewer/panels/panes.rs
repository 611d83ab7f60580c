//! Which panes lie where.

use super::pane::{self, PaneContent};
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
            Layout::Prediction => prediction::pictures_ui(ctx, ui, rect),
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

/// The axial plane large, the others beside it; side by side in a wide window. Enlarged, one.
fn planes_ui(ctx: &Context<'_>, ui: &egui::Ui, rect: Rect, content: PaneContent) {
    if let Some(plane) = ctx.desk.maximised {
        return pane::ui(ctx, ui, rect, plane, content);
    }
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
        pane::ui(ctx, ui, rect, plane, content);
    }
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
        let columns = split(row, contents.len(), theme::PANE_GAP);
        for (&content, rect) in contents.iter().zip(columns) {
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
