//! What the chosen scan's file says of itself. What may say who was scanned is hidden until it is asked for,
//! and again as soon as another scan is chosen.

use crate::app::shell::{theme, told};
use crate::app::viewer::{
    Context, Edit, Request, header::KnownHeader, paint::clear_of_the_bar, text::full_name,
    text::with_key,
};
use crate::formats::HeaderPart;
use eframe::egui;

pub(super) fn ui(ctx: &Context<'_>, ui: &mut egui::Ui) {
    egui::Panel::right("header")
        .default_size(330.0)
        .size_range(260.0..=560.0)
        .show(ui, |ui| {
            head_ui(ctx, ui);
            let desk = ctx.desk;
            let Some(layer) = desk.layers.get(desk.selected) else {
                ui.weak("Choose a scan first");
                return;
            };
            if layer.filed.place.is_none() {
                ui.weak("This program made it: it has no file");
                return;
            }
            match desk.header.of(&layer.filed) {
                Some(known) => known_ui(ctx, ui, known),
                None => {
                    ui.weak("The file is being looked at");
                }
            }
        });
}

fn head_ui(ctx: &Context<'_>, ui: &mut egui::Ui) {
    ui.horizontal(|ui| {
        ui.strong("Header");
        ui.with_layout(egui::Layout::right_to_left(egui::Align::Center), |ui| {
            let close = told(ui.small_button("×"), &with_key("Close", "Shift H"));
            close.widget_info(|| {
                egui::WidgetInfo::labeled(egui::Role::Button, true, "Close the header")
            });
            if close.clicked() {
                ctx.edit(Edit::ShowHeader(false));
            }
            let name = full_name(ctx.desk, ctx.desk.selected);
            ui.add(egui::Label::new(egui::RichText::new(name).weak()).truncate());
        });
    });
}

fn known_ui(ctx: &Context<'_>, ui: &mut egui::Ui, known: &KnownHeader) {
    let header = match &known.header {
        Ok(header) => header,
        Err(why) => {
            ui.colored_label(theme::error(ui.visuals()), why);
            return;
        }
    };
    let n_hidden = header.n_hidden();
    ui.horizontal_wrapped(|ui| {
        if known.is_whole {
            let words = "Hide what may say who was scanned; it is hidden by itself when another scan is chosen";
            if told(ui.button("Hide identity"), words).clicked() {
                ctx.edit(Edit::HideHeaderValues);
            }
            ui.colored_label(theme::warning(ui.visuals()), "Who was scanned may stand here");
        } else if n_hidden > 0 {
            let words = "Show all values of the file, also names, dates and numbers of patients; they are kept nowhere";
            if told(ui.button("Show identity"), words).clicked() {
                ctx.request(Request::HeaderValues);
            }
            ui.weak(match n_hidden {
                1 => "1 value is hidden".to_owned(),
                n => format!("{n} values are hidden"),
            });
        }
    });
    ui.separator();
    egui::ScrollArea::vertical()
        .auto_shrink(false)
        .show(ui, |ui| {
            clear_of_the_bar(ui);
            for (at, part) in header.parts.iter().enumerate() {
                ui.push_id(at, |ui| part_ui(ui, part));
            }
        });
}

/// Names left, values right of them in as many lines as they need.
fn part_ui(ui: &mut egui::Ui, part: &HeaderPart) {
    ui.add_space(4.0);
    ui.strong(part.title);
    for row in &part.rows {
        ui.horizontal_top(|ui| {
            let width = (ui.available_width() * 0.44).min(190.0);
            let height = ui.text_style_height(&egui::TextStyle::Body);
            let layout = egui::Layout::left_to_right(egui::Align::Min);
            ui.allocate_ui_with_layout(egui::vec2(width, height), layout, |ui| {
                ui.set_width(width);
                let name = egui::RichText::new(&row.name).weak();
                ui.add(egui::Label::new(name).truncate())
                    .on_hover_text(&row.name);
            });
            match &row.value {
                Some(value) => ui.add(egui::Label::new(value).wrap()),
                None => ui.weak("hidden"),
            };
        });
    }
}
