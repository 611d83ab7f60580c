//! Coefficients with their intervals, one below the other, as the report's figure has them.

use super::results::{Group, in_words, method_and_n};
use crate::app::shell::theme;
use crate::stats::Outcome;
use eframe::egui::{
    self, Align2, Color32, FontId, Painter, Rect, Role, Sense, Stroke, WidgetInfo, pos2, vec2,
};

const ROW: f32 = 25.0;
const HEADING: f32 = 27.0;
/// Below the rows: numbers and the axis' name.
const BELOW: f32 = 46.0;
/// Right of the axis: value, interval and n.
const NUMBERS: f32 = 250.0;
const N_WIDTH: f32 = 48.0;
const MOST_WIDTH: f32 = 1300.0;
const TEXT: f32 = 13.5;

/// The plot, as high as its rows; undefined values are words.
pub(super) fn ui(ui: &mut egui::Ui, groups: &[Group<'_>], axis_name: &str) {
    let n_rows: usize = groups.iter().map(|group| group.rows.len()).sum();
    let height = groups.len() as f32 * HEADING + n_rows as f32 * ROW + BELOW;
    let width = (ui.available_width() - 12.0).clamp(560.0, MOST_WIDTH);
    let (rect, _) = ui.allocate_exact_size(vec2(width, height), Sense::hover());
    let rows = || groups.iter().flat_map(|group| &group.rows);
    let names = (width * 0.26).clamp(150.0, 300.0);
    let across = Rect::from_min_max(
        pos2(rect.left() + names, rect.top()),
        pos2(rect.right() - NUMBERS, rect.bottom() - BELOW),
    );
    let axis = Axis::of(rows().map(|(_, outcome)| *outcome), across);
    let plot = Plot {
        axis,
        rect,
        painter: ui.painter().clone(),
        ink: theme::ink(ui.visuals()),
        weak: ui.visuals().weak_text_color(),
        rule: theme::rule(ui.visuals()),
        interval: theme::interval(ui.visuals()),
    };
    plot.axis_ui(axis_name);
    let mut y = rect.top();
    for group in groups {
        let at = pos2(rect.left(), y + HEADING / 2.0 + 3.0);
        plot.text(at, Align2::LEFT_CENTER, &group.heading, plot.weak);
        y += HEADING;
        for (name, outcome) in &group.rows {
            let row = Rect::from_min_size(pos2(rect.left(), y), vec2(width, ROW));
            plot.row_ui(ui, row, &group.heading, name, outcome);
            y += ROW;
        }
    }
}

/// From a round number below every interval up to 1.
struct Axis {
    low: f64,
    step: f64,
    across: Rect,
}

impl Axis {
    fn of<'a>(outcomes: impl Iterator<Item = &'a Outcome>, across: Rect) -> Self {
        let ends = outcomes.filter_map(|outcome| {
            let value = outcome.value()?;
            Some(outcome.interval().map_or(value, |(low, _)| low))
        });
        let lowest = ends.fold(0.6, f64::min).max(-1.0);
        let step = if lowest < 0.3 { 0.2 } else { 0.1 };
        // Counted in steps down from 1, so that 1 is a mark.
        let n_steps = ((1.0 - lowest) / step).ceil();
        Self {
            low: 1.0 - n_steps * step,
            step,
            across,
        }
    }

    fn x(&self, value: f64) -> f32 {
        let share = (value.max(self.low) - self.low) / (1.0 - self.low);
        self.across.left() + share as f32 * self.across.width()
    }
}

struct Plot {
    axis: Axis,
    rect: Rect,
    painter: Painter,
    ink: Color32,
    weak: Color32,
    rule: Color32,
    interval: Color32,
}

impl Plot {
    fn text(&self, at: egui::Pos2, anchor: Align2, words: &str, colour: Color32) {
        let font = FontId::proportional(TEXT);
        self.painter.text(at, anchor, words, font, colour);
    }

    fn axis_ui(&self, name: &str) {
        let Axis { low, step, across } = &self.axis;
        let n_steps = ((1.0 - low) / step).round() as usize;
        for idx in 0..=n_steps {
            let value = 1.0 - idx as f64 * step;
            let x = self.axis.x(value);
            let line = Stroke::new(1.0, self.rule);
            self.painter.vline(x, across.y_range(), line);
            // Without this, 0 may come out as a negative number next to it.
            let value = if value.abs() < 1e-9 { 0.0 } else { value };
            let words = format!("{value:.1}").replace('-', "\u{2212}");
            let at = pos2(x, across.bottom() + 11.0);
            self.text(at, Align2::CENTER_CENTER, &words, self.ink);
        }
        let line = Stroke::new(1.0, self.weak);
        self.painter.hline(across.x_range(), across.bottom(), line);
        let at = pos2(across.center().x, across.bottom() + 32.0);
        self.text(at, Align2::CENTER_CENTER, name, self.ink);
        let top = self.rect.top() + HEADING / 2.0 + 3.0;
        let right = self.rect.right() - 8.0;
        let value = pos2(right - N_WIDTH, top);
        self.text(value, Align2::RIGHT_CENTER, "Value and interval", self.weak);
        self.text(pos2(right, top), Align2::RIGHT_CENTER, "n", self.weak);
    }

    fn row_ui(&self, ui: &mut egui::Ui, row: Rect, group: &str, name: &str, outcome: &Outcome) {
        let response = ui.interact(row, ui.scope_id().with((group, name)), Sense::hover());
        if response.hovered() {
            let stripe = theme::stripe(ui.visuals());
            self.painter.rect_filled(row, 2.0, stripe);
        }
        let y = row.center().y;
        let names = Rect::from_min_max(row.min, pos2(self.axis.across.left() - 8.0, row.bottom()));
        let clipped = self.painter.with_clip_rect(names.intersect(ui.clip_rect()));
        let font = FontId::proportional(TEXT);
        let at = pos2(row.left() + 14.0, y);
        clipped.text(at, Align2::LEFT_CENTER, name, font, self.ink);
        let right = row.right() - 8.0;
        let n = outcome.n().to_string();
        self.text(pos2(right, y), Align2::RIGHT_CENTER, &n, self.ink);
        let words = in_words(outcome);
        let at = pos2(right - N_WIDTH, y);
        match outcome.value() {
            Some(value) => {
                self.text(at, Align2::RIGHT_CENTER, &words, self.ink);
                self.marks(y, value, outcome.interval());
            }
            None => {
                // Longer than a number, so that it begins where the axis still goes on.
                let font = FontId::proportional(TEXT);
                let galley = self.painter.layout_no_wrap(words.clone(), font, self.weak);
                let under = Align2::RIGHT_CENTER.anchor_size(at, galley.size());
                let panel = ui.visuals().panel_fill;
                self.painter.rect_filled(under.expand(3.0), 0.0, panel);
                self.painter.galley(under.min, galley, self.weak);
            }
        }
        let said = format!("{group}, {name}, {words}, n = {}", outcome.n());
        response.widget_info(|| WidgetInfo::labeled(Role::Label, true, &said));
        response.on_hover_ui(|ui| {
            ui.strong(name);
            ui.label(&words);
            ui.label(method_and_n(outcome));
        });
    }

    fn marks(&self, y: f32, value: f64, interval: Option<(f64, f64)>) {
        let line = Stroke::new(2.0, self.interval);
        if let Some((low, high)) = interval {
            let (from, to) = (self.axis.x(low), self.axis.x(high));
            self.painter.hline(from..=to, y, line);
            for end in [from, to] {
                self.painter.vline(end, y - 4.0..=y + 4.0, line);
            }
        }
        let at = pos2(self.axis.x(value), y);
        self.painter.circle_filled(at, 4.5, self.ink);
    }
}
