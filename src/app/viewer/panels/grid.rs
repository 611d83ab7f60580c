//! How panes are laid out: the three planes, or columns of a few planes each.

use super::pane::{self, PaneContent};
use crate::app::shell::theme;
use crate::app::viewer::{Context, Desk};
use crate::volume::Plane;
use eframe::egui::{self, Rect};

/// The axial plane large, the others beside it; side by side in a wide window. Enlarged, one.
pub(super) fn planes_ui(ctx: &Context<'_>, ui: &egui::Ui, rect: Rect, content: PaneContent) {
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

/// Two planes, or the one that is enlarged.
pub(super) fn two_planes(desk: &Desk) -> Vec<Plane> {
    match (desk.maximised, desk.active) {
        (Some(plane), _) => vec![plane],
        (None, Plane::Coronal) => vec![Plane::Coronal, Plane::Sagittal],
        (None, _) => vec![Plane::Axial, Plane::Sagittal],
    }
}

/// A row for each plane, a column for each content.
pub(super) fn columns_ui(
    ctx: &Context<'_>,
    ui: &egui::Ui,
    rect: Rect,
    (planes, contents): (&[Plane], &[PaneContent]),
) {
    let height = (rect.height() + theme::PANE_GAP) / planes.len() as f32;
    for (row, &plane) in planes.iter().enumerate() {
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

/// One plane of several contents, in rows that are as nearly square as the window lets them be.
pub(super) fn beside_ui(
    ctx: &Context<'_>,
    ui: &egui::Ui,
    rect: Rect,
    (plane, contents): (Plane, &[PaneContent]),
) {
    let (n_rows, n_columns) = rows_and_columns(rect, contents.len());
    let rects = tiles(rect, n_rows, n_columns, theme::PANE_GAP);
    for (&content, rect) in contents.iter().zip(rects) {
        pane::ui(ctx, ui, rect, plane, content);
    }
}

/// Rows and columns in which so many pictures are seen as large as they can be.
fn rows_and_columns(rect: Rect, n: usize) -> (usize, usize) {
    let side = |n_columns: usize| {
        let n_rows = n.div_ceil(n_columns);
        (rect.width() / n_columns as f32).min(rect.height() / n_rows as f32)
    };
    let n = n.max(1);
    let largest = (1..=n).max_by(|a, b| side(*a).total_cmp(&side(*b)).then(b.cmp(a)));
    let n_columns = largest.unwrap_or(1);
    (n.div_ceil(n_columns), n_columns)
}

/// Rectangles of one size, row by row.
pub(super) fn tiles(rect: Rect, n_rows: usize, n_columns: usize, gap: f32) -> Vec<Rect> {
    let height = (rect.height() + gap) / n_rows.max(1) as f32;
    let rows = (0..n_rows).map(|row| {
        let top = rect.top() + height * row as f32;
        rect.with_min_y(top).with_max_y(top + height - gap)
    });
    rows.flat_map(|row| split(row, n_columns, gap)).collect()
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
