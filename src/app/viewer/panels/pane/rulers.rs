//! Lines that are measured by, on a picture: drawn, and their ends dragged or moved by keys.

use super::content::{Geometry, PaneContent};
use crate::anatomy::bern::{Item, Line};
use crate::app::shell::theme;
use crate::app::viewer::{
    Context, Desk, Edit, End, Mark, RulerEdit, Tool, Worksheet,
    paint::shadowed,
    rulers::{length_text, mark_text},
};
use crate::volume::{Grid, Plane};
use eframe::egui::{self, Align2, FontId, Key, Pos2, Rect, Sense, Stroke};
use nalgebra::Point3;

/// How far about an end the mouse takes it, points.
const REACH: f32 = 8.0;
/// A press of an arrow key moves an end by so much, mm; with Shift by ten times as much.
const STEP_MM: f64 = 0.1;

/// How much of a line is seen on a plane: all of it where both ends lie in the slice, less the farther
/// off they lie; nothing where the line does not meet the plane.
fn strength(line: &Line, plane: Plane, at_mm: f64, half_slice_mm: f64) -> Option<f32> {
    let axis = plane.normal_axis();
    let off = [line.from_mm[axis] - at_mm, line.to_mm[axis] - at_mm];
    let near = |off: f64| off.abs() <= half_slice_mm + 1e-6;
    match off.map(near) {
        [true, true] => Some(1.0),
        [false, false] if off[0].signum() == off[1].signum() => None,
        _ => Some(0.55),
    }
}

/// The lines that a plane meets where it lies, and how much of each is seen.
pub(super) fn seen(desk: &Desk, plane: Plane, at_mm: f64) -> Vec<(Mark, Line, f32)> {
    let Some(base) = desk.base() else {
        return Vec::new();
    };
    let half_mm = plane.step_mm(base.volume.grid()) / 2.0;
    let lines = desk.lines().into_iter();
    let seen = lines.map(|(mark, line)| (mark, line, strength(&line, plane, at_mm, half_mm)));
    seen.filter_map(|(mark, line, strength)| Some((mark, line, strength?)))
        .collect()
}

/// The length of a line, with what the line is called: of those of the worksheet where that is wanted.
pub(super) fn words(mark: Mark, line: &Line, grid: &Grid, is_named: bool) -> String {
    let length = format!("{:.1} mm", line.length_mm());
    match mark {
        Mark::Ruler(number) => format!("{number}  {}", length_text(line, grid)),
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

/// One end: dragged by the mouse, or moved by arrow keys where it has the focus.
fn end_ui(
    ctx: &Context<'_>,
    ui: &egui::Ui,
    geometry: &Geometry,
    (plane, content): (Plane, PaneContent),
    (mark, line, end): (Mark, Line, End),
) {
    let place = end.of(&line);
    let pos = geometry.to_screen(place);
    let area = Rect::from_center_size(pos, egui::Vec2::splat(2.0 * REACH));
    if !geometry.rect.contains(pos) {
        return;
    }
    let id = egui::Id::unique(("ruler", plane.name(), content, mark, end));
    let response = ui.interact(area.intersect(geometry.rect), id, Sense::click_and_drag());
    let response = response.on_hover_cursor(egui::CursorIcon::Grab);
    response.widget_info(|| {
        let which = match end {
            End::From => "first end",
            End::To => "second end",
        };
        let label = format!("{}, {which} on {}", mark_text(mark), plane.name());
        egui::WidgetInfo::labeled(egui::Role::Splitter, true, label)
    });
    if response.hovered() || response.has_focus() || response.dragged() {
        let painter = ui.painter_at(geometry.rect);
        painter.circle_stroke(pos, 6.0, Stroke::new(1.5, theme::ACTIVE));
    }
    if response.clicked() {
        response.request_focus();
        ctx.edit(Edit::Ruler(RulerEdit::Choose(Some(mark))));
    }
    if response.dragged()
        && let Some(pos) = response.interact_pointer_pos()
    {
        let to = in_depth(geometry.to_world(pos), place, plane);
        ctx.edit(Edit::Ruler(RulerEdit::Move(mark, end, to)));
    }
    if response.has_focus() {
        if let Some(to) = moved_by_keys(ui, response.id, geometry, place) {
            ctx.edit(Edit::Ruler(RulerEdit::Move(mark, end, to)));
        }
        if ui.input(|input| input.key_pressed(Key::Delete)) {
            ctx.edit(Edit::Ruler(RulerEdit::Delete(mark)));
        }
    }
}

/// A place under the mouse, as deep as the end lay before: dragging on one plane moves nothing along
/// its normal.
pub(super) fn in_depth(
    mut under_mouse: Point3<f64>,
    before: Point3<f64>,
    plane: Plane,
) -> Point3<f64> {
    let axis = plane.normal_axis();
    under_mouse[axis] = before[axis];
    under_mouse
}

/// Where arrow keys move a place to, which have the focus of what is known by an id.
pub(super) fn moved_by_keys(
    ui: &egui::Ui,
    id: egui::Id,
    geometry: &Geometry,
    place: Point3<f64>,
) -> Option<Point3<f64>> {
    let arrows = egui::EventFilter {
        horizontal_arrows: true,
        vertical_arrows: true,
        ..Default::default()
    };
    ui.memory_mut(|memory| memory.set_focus_lock_filter(id, arrows));
    let (across, down, fast) = ui.input(|input| {
        let pressed = |key: Key| f64::from(u8::from(input.key_pressed(key)));
        (
            pressed(Key::ArrowRight) - pressed(Key::ArrowLeft),
            pressed(Key::ArrowDown) - pressed(Key::ArrowUp),
            input.modifiers.shift,
        )
    });
    if across == 0.0 && down == 0.0 {
        return None;
    }
    let step = if fast { 10.0 * STEP_MM } else { STEP_MM };
    let axis = |column: usize| {
        let matrix = &geometry.view.world_from_pixel;
        matrix
            .fixed_view::<3, 1>(0, column)
            .into_owned()
            .normalize()
    };
    Some(place + step * (across * axis(0) + down * axis(1)))
}
