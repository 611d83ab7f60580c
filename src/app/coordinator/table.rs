//! A table to look at, to hear and to copy: each row is one sentence to a screen reader, and only
//! the rows in sight are laid out.

use crate::app::shell::{theme, told};
use crate::report::table::{Column, Table};
use eframe::egui::{self, Align2, FontId, Key, Role, Sense, TextStyle, WidgetInfo, vec2};

const GAP: f32 = 18.0;
const INSET: f32 = 6.0;

/// A table under a heading.
pub(super) struct TableView {
    heading: &'static str,
    table: Table,
    /// As printed: formatted once.
    rows: Vec<Vec<String>>,
}

impl TableView {
    pub(super) fn new(heading: &'static str, table: Table) -> Self {
        Self {
            heading,
            rows: (0..table.n_rows()).map(|idx| table.printed(idx)).collect(),
            table,
        }
    }

    /// Heading, title, rows and note; the rows have their own scrolling where they need more than
    /// this height.
    pub(super) fn ui(&self, ui: &mut egui::Ui, height: f32) {
        self.head_ui(ui);
        weak_ui(ui, &self.table.title);
        if self.rows.is_empty() {
            ui.weak("There are none.");
        } else {
            // In a frame of its own, so that what it changes of the spacing ends with it.
            ui.scope(|ui| self.rows_ui(ui, height));
        }
        weak_ui(ui, &self.table.note);
        ui.add_space(14.0);
    }

    /// A heading, with a button that copies the table.
    fn head_ui(&self, ui: &mut egui::Ui) {
        ui.horizontal(|ui| {
            ui.strong(self.heading);
            let copy = ui.button("Copy table");
            let name = format!("Copy table, {}", self.heading);
            copy.widget_info(|| WidgetInfo::labeled(Role::Button, true, &name));
            if told(copy, "With tabs between the columns, for a spreadsheet").clicked() {
                ui.ctx().copy_text(self.table.to_tsv());
            }
        });
    }

    /// Scrolled where they do not fit into `height`; the names of the columns stay above.
    fn rows_ui(&self, ui: &mut egui::Ui, height: f32) {
        let font = TextStyle::Body.resolve(ui.style());
        let widths = self.widths(ui, &font);
        let row_height = font.size + 10.0;
        ui.spacing_mut().item_spacing.y = 0.0;
        let strong = ui.visuals().strong_text_color();
        let columns = self.table.columns.iter();
        let names: Vec<&str> = columns.map(|of| of.words.as_str()).collect();
        let across = egui::ScrollArea::horizontal().id_salt((self.heading, "across"));
        across.auto_shrink([false, true]).show(ui, |ui| {
            self.row_ui(ui, &names, &widths, &font, strong);
            let down = egui::ScrollArea::vertical().id_salt((self.heading, "down"));
            let down = down.max_height((height - row_height).max(3.0 * row_height));
            // As wide as the rows, so that the bar stands beside them.
            down.auto_shrink([true, true]).show_rows(
                ui,
                row_height,
                self.rows.len(),
                |ui, shown| {
                    page_keys(ui);
                    for row_idx in shown {
                        self.numbered_row_ui(ui, row_idx, &widths, &font);
                    }
                },
            );
        });
    }

    fn numbered_row_ui(&self, ui: &mut egui::Ui, row_idx: usize, widths: &[f32], font: &FontId) {
        let cells: Vec<&str> = self.rows[row_idx].iter().map(String::as_str).collect();
        let colour = ui.visuals().text_color();
        let response = self.row_ui(ui, &cells, widths, font, colour);
        if row_idx.is_multiple_of(2) {
            let stripe = theme::stripe(ui.visuals());
            ui.painter().rect_filled(response.rect, 2.0, stripe);
        }
        let details = self.table.details(row_idx);
        if !details.is_empty() {
            response.on_hover_text(details);
        }
    }

    /// As wide as the longest text in each column.
    fn widths(&self, ui: &egui::Ui, font: &FontId) -> Vec<f32> {
        let columns = self.table.columns.iter().enumerate();
        let width = |(idx, column): (usize, &Column)| {
            let cells = self.rows.iter().map(|row| row[idx].as_str());
            let longest = cells.max_by_key(|cell| cell.chars().count()).unwrap_or("");
            // Digits and letters differ in width; a little is left for that.
            let longest = text_width(ui, longest, font) * 1.06;
            longest.max(text_width(ui, &column.words, font)) + GAP
        };
        columns.map(width).collect()
    }

    fn row_ui(
        &self,
        ui: &mut egui::Ui,
        cells: &[&str],
        widths: &[f32],
        font: &FontId,
        colour: egui::Color32,
    ) -> egui::Response {
        let size = vec2(widths.iter().sum::<f32>() + INSET, font.size + 10.0);
        let (rect, response) = ui.allocate_exact_size(size, Sense::hover());
        let mut left = rect.left() + INSET;
        for ((cell, width), column) in cells.iter().zip(widths).zip(&self.table.columns) {
            let (x, anchor) = match column.kind.is_number() {
                true => (left + width - GAP, Align2::RIGHT_CENTER),
                false => (left, Align2::LEFT_CENTER),
            };
            let at = egui::pos2(x, rect.center().y);
            ui.painter().text(at, anchor, *cell, font.clone(), colour);
            left += width;
        }
        response.widget_info(|| WidgetInfo::labeled(Role::Label, true, cells.join(", ")));
        response
    }
}

/// As many lines as it needs; nothing for no words.
fn weak_ui(ui: &mut egui::Ui, words: &str) {
    if !words.is_empty() {
        ui.add(egui::Label::new(egui::RichText::new(words).weak()).wrap());
    }
}

/// The page keys scroll what is scrolled by the wheel.
pub(super) fn page_keys(ui: &egui::Ui) {
    let pressed = |key| ui.input(|input| input.key_pressed(key));
    let page = vec2(0.0, 0.9 * ui.clip_rect().height());
    if pressed(Key::PageDown) {
        ui.scroll_with_delta(-page);
    }
    if pressed(Key::PageUp) {
        ui.scroll_with_delta(page);
    }
}

fn text_width(ui: &egui::Ui, text: &str, font: &FontId) -> f32 {
    let colour = ui.visuals().text_color();
    let galley = ui
        .painter()
        .layout_no_wrap(text.to_owned(), font.clone(), colour);
    galley.size().x
}
