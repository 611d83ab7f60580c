//! The slices of the chosen scan as a sheet: rows and columns that are seen at once, turned by the wheel.

use super::grid::tiles;
use super::pane;
use super::picture::tiles_ui;
use crate::app::shell::{self, theme};
use crate::app::viewer::{Context, Edit, text::with_key};
use eframe::egui::{self, Rect};

/// The sheet.
pub(super) fn ui(ctx: &Context<'_>, ui: &egui::Ui, rect: Rect) {
    let desk = ctx.desk;
    let [n_rows, n_columns] = desk.picture.choice.tiles;
    let (slices, current) = desk.seen_sheet();
    let rects = tiles(rect, n_rows, n_columns, theme::PANE_GAP);
    for (at, (&at_mm, rect)) in slices.iter().zip(rects).enumerate() {
        pane::tile_ui(ctx, ui, rect, (desk.selected, at_mm), current == Some(at));
    }
    let is_over = ui
        .input(|input| input.pointer.hover_pos())
        .is_some_and(|pos| rect.contains(pos));
    if is_over {
        turn_by_wheel(ctx, ui);
    }
}

/// A notch of the wheel is a row.
fn turn_by_wheel(ctx: &Context<'_>, ui: &egui::Ui) {
    let id = egui::Id::unique("wheel rest of the sheet");
    let turned = shell::wheel(ui).slices;
    if turned == 0.0 {
        return;
    }
    let rest: f32 = ui.data(|data| data.get_temp(id)).unwrap_or(0.0);
    let sum = rest + turned;
    let whole = sum.trunc();
    ui.data_mut(|data| data.insert_temp(id, sum - whole));
    if whole != 0.0 {
        ctx.edit(Edit::TurnSheet(-(whole as isize)));
    }
}

/// How many slices are seen, and how far they are apart.
pub(super) fn side_ui(ctx: &Context<'_>, ui: &mut egui::Ui) {
    let desk = ctx.desk;
    ui.strong("Lightbox");
    let mut choice = desk.picture.choice;
    tiles_ui(ui, &mut choice);
    if choice != desk.picture.choice {
        ctx.edit(Edit::PictureChoice(choice));
    }
    let n = desk.sheet_positions().len();
    let seen = desk.seen_sheet().0.len();
    ui.horizontal(|ui| {
        ui.weak(match n == seen {
            true => format!("{n} slices"),
            false => format!("{seen} of {n} slices"),
        });
        for (name, rows, words) in [
            ("Up", -1, "A row towards the first slice"),
            ("Down", 1, "A row towards the last slice"),
        ] {
            let button = ui.add_enabled(n > seen, egui::Button::new(name).small());
            let words = with_key(words, "wheel");
            let button = button.on_hover_text(&words).on_disabled_hover_text(words);
            if button.clicked() {
                ctx.edit(Edit::TurnSheet(rows));
            }
        }
    });
    ui.weak("Click a slice to go there, double click for its planes");
}
