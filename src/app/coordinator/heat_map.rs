//! A transition matrix: counts and shares of the row, shaded by the share.

use super::results::ALL_RATERS;
use crate::app::shell::theme;
use crate::report::Moves;
use crate::stats::TransitionMatrix;
use eframe::egui::{
    self, Align2, FontId, Painter, Pos2, Rect, Role, Sense, Stroke, StrokeKind, Vec2, WidgetInfo,
    epaint::TextShape, pos2, vec2,
};

/// Above the cells: whose it is.
const TITLE: f32 = 26.0;
/// Left of the cells: the axis and its levels.
const LEFT: f32 = 48.0;
/// Right of the cells: the number in each row.
const RIGHT: f32 = 40.0;
/// Below the cells: levels and axis.
const BELOW: f32 = 46.0;
/// Wider cells are no easier to take in.
const WIDEST_CELL: Vec2 = vec2(120.0, 84.0);
const SMALLEST_CELL: Vec2 = vec2(40.0, 32.0);

/// One matrix for each, in as many columns as make them largest.
pub(super) fn grid_ui(ui: &mut egui::Ui, all: &[&Moves]) {
    let room = ui.available_size();
    let n = all.len().max(1);
    let levels = all.first().map_or(1, |of| of.transitions.levels().len());
    let cell = |columns: usize| {
        let rows = n.div_ceil(columns);
        let panel = vec2(room.x / columns as f32, room.y / rows as f32) - vec2(12.0, 12.0);
        let cells = panel - vec2(LEFT + RIGHT, TITLE + BELOW);
        (cells / levels as f32).min(WIDEST_CELL)
    };
    let area = |columns: &usize| {
        let cell = cell(*columns);
        cell.x.max(0.0) * cell.y.max(0.0)
    };
    let best = (1..=n).max_by(|a, b| area(a).total_cmp(&area(b)));
    let columns = best.unwrap_or(1);
    let cell = cell(columns).max(SMALLEST_CELL);
    for row in all.chunks(columns) {
        ui.horizontal(|ui| {
            ui.spacing_mut().item_spacing.x = 12.0;
            for moves in row {
                panel_ui(ui, moves, cell);
            }
        });
        ui.add_space(6.0);
    }
}

fn panel_ui(ui: &mut egui::Ui, moves: &Moves, cell: Vec2) {
    let matrix = &moves.transitions;
    let levels = matrix.levels().len() as f32;
    let size = cell * levels + vec2(LEFT + RIGHT, TITLE + BELOW);
    let (rect, _) = ui.allocate_exact_size(size, Sense::hover());
    let panel = Panel {
        cells: Rect::from_min_size(rect.min + vec2(LEFT, TITLE), cell * levels),
        cell,
        matrix,
        painter: ui.painter().clone(),
    };
    let name = moves.rater.as_deref().unwrap_or(ALL_RATERS);
    let id = ui.scope_id().with(("matrix", name));
    let title = format!("{name}, n = {}", matrix.n());
    panel.frame_ui(ui, id, rect.min, &title);
    for from in 0..matrix.levels().len() {
        for to in 0..matrix.levels().len() {
            panel.cell_ui(ui, id, name, from, to);
        }
    }
    for idx in 0..matrix.levels().len() {
        let stroke = Stroke::new(1.0, theme::ink(ui.visuals()));
        let at = panel.at(idx, idx);
        panel
            .painter
            .rect_stroke(at, 0.0, stroke, StrokeKind::Inside);
    }
}

struct Panel<'a> {
    /// All cells together.
    cells: Rect,
    cell: Vec2,
    matrix: &'a TransitionMatrix,
    painter: Painter,
}

impl Panel<'_> {
    fn at(&self, from: usize, to: usize) -> Rect {
        let offset = vec2(to as f32 * self.cell.x, from as f32 * self.cell.y);
        Rect::from_min_size(self.cells.min + offset, self.cell)
    }

    /// Title, levels, numbers in the rows and the axes' names.
    fn frame_ui(&self, ui: &egui::Ui, id: egui::Id, corner: Pos2, title: &str) {
        let ink = theme::ink(ui.visuals());
        let weak = ui.visuals().weak_text_color();
        let text = |at: Pos2, anchor, words: &str, size: f32, colour| {
            let font = FontId::proportional(size);
            self.painter.text(at, anchor, words, font, colour)
        };
        let cells = self.cells;
        let head = pos2(cells.left(), corner.y + TITLE / 2.0);
        let head = text(head, Align2::LEFT_CENTER, title, 14.0, ink);
        let n = pos2(cells.right() + 8.0, corner.y + TITLE / 2.0);
        text(n, Align2::LEFT_CENTER, "n", 12.0, weak);
        for (idx, level) in self.matrix.levels().iter().enumerate() {
            let own = self.at(idx, idx).center();
            let level = level.to_string();
            let left = pos2(cells.left() - 8.0, own.y);
            text(left, Align2::RIGHT_CENTER, &level, 13.0, ink);
            let below = pos2(own.x, cells.bottom() + 11.0);
            text(below, Align2::CENTER_CENTER, &level, 13.0, ink);
            let n = self.matrix.row_total(idx).to_string();
            let right = pos2(cells.right() + 8.0, own.y);
            text(right, Align2::LEFT_CENTER, &n, 12.0, weak);
        }
        let [down, across] = self.axes();
        let below = pos2(cells.center().x, cells.bottom() + 30.0);
        text(below, Align2::CENTER_CENTER, &across, 13.0, ink);
        let font = FontId::proportional(13.0);
        let galley = self.painter.layout_no_wrap(down.clone(), font, ink);
        let middle = pos2(cells.left() - 32.0, cells.center().y);
        let upwards = -std::f32::consts::FRAC_PI_2;
        let at = middle - galley.size() / 2.0;
        let shape =
            TextShape::new(at, galley, ink).with_angle_and_anchor(upwards, Align2::CENTER_CENTER);
        self.painter.add(shape);
        let named = ui.interact(head, id, Sense::hover());
        let said = format!("{title}, rows {down}, columns {across}");
        named.widget_info(|| WidgetInfo::labeled(Role::Label, true, &said));
    }

    /// Names of rows and columns.
    fn axes(&self) -> [String; 2] {
        [self.matrix.from_label(), self.matrix.to_label()]
            .map(|arm| format!("Grade on {arm} scans"))
    }

    fn cell_ui(&self, ui: &egui::Ui, id: egui::Id, name: &str, from: usize, to: usize) {
        let rect = self.at(from, to);
        let visuals = ui.visuals();
        let (ink, weak) = (theme::ink(visuals), visuals.weak_text_color());
        let count = self.matrix.counts()[from][to];
        let share = self.matrix.row_share(from, to);
        self.painter
            .rect_filled(rect, 0.0, theme::heat(visuals, share.unwrap_or(0.0)));
        let rule = Stroke::new(0.5, theme::rule(visuals));
        self.painter
            .rect_stroke(rect, 0.0, rule, StrokeKind::Middle);
        let text = |up: f32, words: String, size: f32, colour| {
            let at = rect.center() - vec2(0.0, up);
            let font = FontId::proportional(size);
            self.painter
                .text(at, Align2::CENTER_CENTER, words, font, colour);
        };
        match share {
            None => text(0.0, "\u{2013}".to_owned(), 12.0, weak),
            Some(_) if count == 0 => text(0.0, "0".to_owned(), 12.0, weak),
            Some(share) => {
                text(8.0, count.to_string(), 15.0, ink);
                text(-9.0, format!("{:.0} %", 100.0 * share), 12.0, ink);
            }
        }
        let words = self.cell_in_words(from, to);
        let response = ui.interact(rect, id.with((from, to)), Sense::hover());
        let said = format!("{name}, {words}");
        response.widget_info(|| WidgetInfo::labeled(Role::Cell, true, &said));
        // Its text would be said twice as a description.
        response.on_hover_ui(|ui| drop(ui.label(&words)));
    }

    fn cell_in_words(&self, from: usize, to: usize) -> String {
        let levels = self.matrix.levels();
        let (rows, columns) = (self.matrix.from_label(), self.matrix.to_label());
        let place = format!(
            "grade {} on {rows} scans, {} on {columns} scans",
            levels[from], levels[to]
        );
        let (count, total) = (self.matrix.counts()[from][to], self.matrix.row_total(from));
        match self.matrix.row_share(from, to) {
            None => format!("{place}, no pair has this grade on {rows} scans"),
            Some(share) => format!("{place}, {count} of {total} pairs, {:.0} %", 100.0 * share),
        }
    }
}
