//! A table to look at, to hear and to copy: each row is one sentence to a screen reader, and only
//! the rows in sight are laid out.

use crate::app::shell::theme;
use eframe::egui::{self, Align2, FontId, Key, Role, Sense, TextStyle, WidgetInfo, vec2};

const GAP: f32 = 18.0;
const INSET: f32 = 6.0;

/// A column: its name, and whether numbers stand in it.
pub(super) struct Column {
    pub(super) name: String,
    pub(super) is_number: bool,
}

/// Words.
pub(super) fn text(name: impl Into<String>) -> Column {
    Column {
        name: name.into(),
        is_number: false,
    }
}

/// Numbers, which end where the column ends.
pub(super) fn number(name: impl Into<String>) -> Column {
    Column {
        name: name.into(),
        is_number: true,
    }
}

/// Rows of words, as many in each as there are columns.
pub(super) struct Table {
    columns: Vec<Column>,
    rows: Vec<Vec<String>>,
    /// More about a row, while the pointer is on it; as many as rows, or none.
    hovers: Vec<String>,
}

impl Table {
    pub(super) fn new(columns: Vec<Column>, rows: Vec<Vec<String>>) -> Self {
        Self {
            columns,
            rows,
            hovers: Vec::new(),
        }
    }

    pub(super) fn with_hovers(mut self, hovers: Vec<String>) -> Self {
        self.hovers = hovers;
        self
    }

    pub(super) fn is_empty(&self) -> bool {
        self.rows.is_empty()
    }

    pub(super) fn n_rows(&self) -> usize {
        self.rows.len()
    }

    /// With tabs between cells, as spreadsheets take it.
    pub(super) fn to_tsv(&self) -> String {
        let cells: Vec<&str> = self.columns.iter().map(|of| of.name.as_str()).collect();
        let mut lines = vec![cells.join("\t")];
        let plain = |cell: &String| cell.replace(['\t', '\n'], " ");
        for row in &self.rows {
            let cells: Vec<String> = row.iter().map(plain).collect();
            lines.push(cells.join("\t"));
        }
        lines.join("\n") + "\n"
    }

    /// A heading, with a button that copies the table.
    pub(super) fn head_ui(&self, ui: &mut egui::Ui, title: &str) {
        ui.horizontal(|ui| {
            ui.strong(title);
            let copy = ui.button("Copy table");
            let name = format!("Copy table, {title}");
            copy.widget_info(|| WidgetInfo::labeled(Role::Button, true, &name));
            if copy.clicked() {
                ui.ctx().copy_text(self.to_tsv());
            }
        });
    }

    /// The table, scrolled where it does not fit into `height`; the head stays above.
    pub(super) fn ui(&self, ui: &mut egui::Ui, id: &str, height: f32) {
        let font = TextStyle::Body.resolve(ui.style());
        let widths = self.widths(ui, &font);
        let row_height = font.size + 10.0;
        ui.spacing_mut().item_spacing.y = 0.0;
        let strong = ui.visuals().strong_text_color();
        let names: Vec<&str> = self.columns.iter().map(|of| of.name.as_str()).collect();
        let across = egui::ScrollArea::horizontal().id_salt((id, "across"));
        across.auto_shrink([false, true]).show(ui, |ui| {
            self.row_ui(ui, &names, &widths, &font, strong);
            let down = egui::ScrollArea::vertical().id_salt((id, "down"));
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
        if let Some(more) = self.hovers.get(row_idx) {
            response.on_hover_text(more);
        }
    }

    /// As wide as the longest text in each column.
    fn widths(&self, ui: &egui::Ui, font: &FontId) -> Vec<f32> {
        let columns = self.columns.iter().enumerate();
        let width = |(idx, column): (usize, &Column)| {
            let cells = self.rows.iter().map(|row| row[idx].as_str());
            let longest = cells.max_by_key(|cell| cell.chars().count()).unwrap_or("");
            // Digits and letters differ in width; a little is left for that.
            let longest = text_width(ui, longest, font) * 1.06;
            longest.max(text_width(ui, &column.name, font)) + GAP
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
        for ((cell, width), column) in cells.iter().zip(widths).zip(&self.columns) {
            let (x, anchor) = match column.is_number {
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
