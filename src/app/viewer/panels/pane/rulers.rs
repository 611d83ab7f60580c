//! Lines that are measured by, on a picture: drawn, and their ends dragged or moved by keys.

use super::content::{Geometry, PaneContent};
use super::handle::{self, Handled};
use crate::anatomy::bern::{Item, Line};
use crate::app::shell::theme;
use crate::app::viewer::{
    Context, Desk, Edit, End, Mark, RulerEdit, Tool, Worksheet, paint::shadowed, rulers::mark_text,
};
use crate::volume::{Grid, Plane};
use crate::workflows::{ruler_words, strength_on_plane};
use eframe::egui::{self, Align2, FontId, Pos2, Rect, Stroke};

/// The lines that a plane meets where it lies, and how much of each is seen.
pub(super) fn seen(desk: &Desk, plane: Plane, at_mm: f64) -> Vec<(Mark, Line, f32)> {
    let Some(base) = desk.base() else {
        return Vec::new();
    };
    let lines = desk.lines().into_iter();
    let seen = lines.filter_map(|(mark, line)| {
        let ends = End::BOTH.map(|end| end.of(&line));
        let strength = strength_on_plane(&ends, (plane, at_mm), base.volume.grid())?;
        Some((mark, line, strength))
    });
    seen.collect()
}

/// The length of a line, with what the line is called: of those of the worksheet where that is wanted.
pub(super) fn words(mark: Mark, line: &Line, grid: &Grid, is_named: bool) -> String {
    let length = format!("{:.1} mm", line.length_mm());
    match mark {
        Mark::Ruler(number) => ruler_words(number, line.length_mm(), grid),
        Mark::Sheet(_) if is_named => format!("{}  {length}", mark_text(mark)),
        Mark::Sheet(_) => length,
    }
}

/// Draws the lines that a plane meets, and takes what is done to their ends.
pub(super) fn ui(
    ctx: &Context<'_>,
    ui: &egui::Ui,
    geometry: &Geometry,
    plane: Plane,
    content: PaneContent,
) {
    let desk = ctx.desk;
    let Some(base) = desk.base() else {
        return;
    };
    let grid = base.volume.grid();
    let at_mm = desk.crosshair[plane.normal_axis()];
    let is_signed = desk
        .sheets
        .shown()
        .is_some_and(|sheet| sheet.signed.is_some());
    let painter = ui.painter_at(geometry.rect);
    for (mark, line, strength) in seen(desk, plane, at_mm) {
        let is_chosen = desk.rulers.chosen == Some(mark);
        let colour = theme::ruler(is_chosen).gamma_multiply(strength);
        let ends = End::BOTH.map(|end| geometry.to_screen(end.of(&line)));
        let width = if is_chosen { 2.0 } else { 1.5 };
        painter.line_segment(ends, Stroke::new(width, colour));
        for end in ends {
            painter.circle_stroke(end, 3.5, Stroke::new(1.5, colour));
        }
        // The three of the worksheet lie within a few millimetres, which names would cover: whose
        // each is stands in the panel, and here of the one that is chosen.
        let text = words(mark, &line, grid, is_chosen);
        let beside = match mark {
            Mark::Ruler(_) => Beside::Middle,
            Mark::Sheet(item) => Beside::of(item),
        };
        label(&painter, geometry.rect, ends, &text, beside);
        let is_locked = is_signed && matches!(mark, Mark::Sheet(_));
        // What is drawn anew may begin where it began before.
        let waits = desk.sheets.shown().and_then(Worksheet::drawing);
        let is_awaited = desk.tool == Tool::Ruler && waits.map(Mark::Sheet) == Some(mark);
        if desk.rulers.drawing.is_none() && !is_locked && !is_awaited {
            for end in End::BOTH {
                end_ui(ctx, ui, geometry, (plane, content), (mark, line, end));
            }
        }
    }
}

/// Where a length stands beside its line.
#[derive(Clone, Copy, PartialEq)]
enum Beside {
    Middle,
    Above,
    Below,
    /// On the other side than the others.
    Opposite,
}

impl Beside {
    /// Apart from those of the other two.
    fn of(item: Item) -> Self {
        match item {
            Item::Suprasellar => Self::Opposite,
            Item::Mamillopontine => Self::Above,
            _ => Self::Below,
        }
    }
}

/// The length beside the line, within the picture.
fn label(painter: &egui::Painter, rect: Rect, [a, b]: [Pos2; 2], text: &str, beside: Beside) {
    let middle = a + (b - a) / 2.0;
    let right = middle.x < rect.center().x + rect.width() * 0.2;
    let up = match beside {
        Beside::Above => -10.0,
        Beside::Below => 10.0,
        Beside::Middle | Beside::Opposite => 0.0,
    };
    let (offset, align) = match right != (beside == Beside::Opposite) {
        true => (egui::vec2(12.0, up), Align2::LEFT_CENTER),
        false => (egui::vec2(-12.0, up), Align2::RIGHT_CENTER),
    };
    shadowed(
        painter,
        middle + offset,
        align,
        text,
        FontId::proportional(13.0),
    );
}

/// Takes what is done to one end.
fn end_ui(
    ctx: &Context<'_>,
    ui: &egui::Ui,
    geometry: &Geometry,
    (plane, content): (Plane, PaneContent),
    (mark, line, end): (Mark, Line, End),
) {
    let id = egui::Id::unique(("ruler", plane.name(), content, mark, end));
    let label = || {
        let which = match end {
            End::From => "first end",
            End::To => "second end",
        };
        format!("{}, {which} on {}", mark_text(mark), plane.name())
    };
    handle::ui(ui, (geometry, plane), id, end.of(&line), label, |handled| {
        ctx.edit(Edit::Ruler(match handled {
            Handled::Choose => RulerEdit::Choose(Some(mark)),
            Handled::Move(to) => RulerEdit::Move(mark, end, to),
            Handled::Delete => RulerEdit::Delete(mark),
        }));
    });
}
