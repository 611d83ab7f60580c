//! The scans that are open, a row each; the chosen one says below its row how it is drawn.

use super::{alignment, compare, details, lightbox, prediction, regions, roi, rulers};
use crate::app::shell::{theme, told};
use crate::app::viewer::{
    Context, Desk, Edit, Layer, Layout,
    frames::MOST_BESIDE,
    text::{full_name, role_words, with_key},
};
use crate::formats::Place;
use eframe::egui::{self, collapsing_header::paint_default_icon};

pub(super) fn ui(ctx: &Context<'_>, ui: &mut egui::Ui) {
    egui::Panel::left("scans")
        .default_size(236.0)
        .size_range(200.0..=420.0)
        .show(ui, |ui| {
            egui::ScrollArea::vertical().show(ui, |ui| {
                above_ui(ctx, ui);
                for at in order(ctx.desk) {
                    ui.push_id(at, |ui| layer_ui(ctx, ui, at, &ctx.desk.layers[at]));
                }
                if ctx.desk.compared().is_some() {
                    ui.separator();
                    compare::difference_ui(ctx, ui);
                }
            });
        });
}

/// What is done to all scans, and what the layout has to be set.
fn above_ui(ctx: &Context<'_>, ui: &mut egui::Ui) {
    let desk = ctx.desk;
    match desk.layout {
        Layout::Prediction => prediction::side_ui(ctx, ui),
        Layout::Compare => {
            compare::side_ui(ctx, ui);
            ui.separator();
        }
        Layout::Lightbox => {
            lightbox::side_ui(ctx, ui);
            ui.separator();
        }
        Layout::Grid => {
            let n_ticked = desk.layers.iter().filter(|layer| layer.visible).count();
            if n_ticked > MOST_BESIDE {
                let words = format!("The first {MOST_BESIDE} of {n_ticked} ticked scans are shown");
                ui.colored_label(theme::warning(ui.visuals()), words);
            }
            if desk.layers.len() >= 2 {
                compare::zoom_ui(ctx, ui);
                ui.separator();
            }
        }
        Layout::Planes | Layout::TimeSeries => {}
    }
    if desk.layers.len() >= 2 && desk.layout != Layout::Prediction {
        alignment::side_ui(ctx, ui);
        regions::side_ui(ctx, ui);
        ui.separator();
    }
    rulers::side_ui(ctx, ui);
    roi::side_ui(ctx, ui);
}

/// The uppermost first, as they lie; side by side, from left to right.
fn order(desk: &Desk) -> Vec<usize> {
    match desk.layout {
        Layout::Planes => (0..desk.layers.len()).rev().collect(),
        // Its own list of scans stands above.
        Layout::Prediction => Vec::new(),
        // All can be chosen from above.
        Layout::Compare => desk
            .pair()
            .map_or_else(|| (0..desk.layers.len()).collect(), |pair| pair.to_vec()),
        Layout::TimeSeries | Layout::Grid | Layout::Lightbox => desk.by_hours(),
    }
}

fn layer_ui(ctx: &Context<'_>, ui: &mut egui::Ui, at: usize, layer: &Layer) {
    let is_open = ctx.desk.selected == at && ctx.desk.details_open;
    row_ui(ctx, ui, (at, layer), is_open);
    if is_open {
        details::ui(ctx, ui, at, layer);
        ui.separator();
    } else {
        notes_ui(ctx, ui, layer);
    }
}

/// One scan: whether it is seen, its name, what it is, and the way to close it.
fn row_ui(ctx: &Context<'_>, ui: &mut egui::Ui, (at, layer): (usize, &Layer), is_open: bool) {
    let desk = ctx.desk;
    let full_name = full_name(desk, at);
    ui.horizontal(|ui| {
        fold_ui(ctx, ui, (at, &full_name), is_open);
        if matches!(desk.layout, Layout::Planes | Layout::Grid) {
            let mut visible = layer.visible;
            let words = with_key("Show or hide this scan", "V, of the chosen one");
            let field = told(ui.checkbox(&mut visible, ""), &words);
            field.widget_info(|| {
                let label = format!("Show {full_name}");
                egui::WidgetInfo::selected(egui::Role::CheckBox, true, layer.visible, label)
            });
            if field.changed() {
                ctx.edit(Edit::Visible(at, visible));
            }
        }
        ui.with_layout(egui::Layout::right_to_left(egui::Align::Center), |ui| {
            let close = told(ui.small_button("×"), "Close this scan");
            close.widget_info(|| {
                let label = format!("Close {full_name}");
                egui::WidgetInfo::labeled(egui::Role::Button, true, label)
            });
            if close.clicked() {
                ctx.edit(Edit::Close(at));
            }
            let role = role_words(desk, at);
            if !role.is_empty() {
                ui.weak(role);
            }
            ui.with_layout(egui::Layout::left_to_right(egui::Align::Center), |ui| {
                name_ui(ctx, ui, (at, layer), &full_name);
            });
        });
    });
}

fn name_ui(ctx: &Context<'_>, ui: &mut egui::Ui, (at, layer): (usize, &Layer), full_name: &str) {
    let text = egui::RichText::new(full_name);
    let text = match ctx.desk.selected == at {
        true => text.strong(),
        false => text,
    };
    let name = egui::Label::new(text).truncate();
    let name = ui.add(name.sense(egui::Sense::click()));
    if name.clicked() {
        ctx.edit(Edit::Select(at));
    }
    let words = with_key("Choose this scan", "Shift N for the next");
    let file = layer.scan.place.as_ref().and_then(Place::file);
    name.on_hover_text(match file {
        Some(path) => format!("{words}\n{}", path.display()),
        None => words,
    });
}

/// Shows or folds what can be set of a scan; of one that is not chosen by choosing it.
fn fold_ui(ctx: &Context<'_>, ui: &mut egui::Ui, (at, full_name): (usize, &str), is_open: bool) {
    let size = egui::Vec2::splat(ui.spacing().icon_width);
    let (_, fold) = ui.allocate_exact_size(size, egui::Sense::click());
    fold.widget_info(|| {
        let label = format!("Details of {full_name}");
        egui::WidgetInfo::selected(egui::Role::Button, true, is_open, label)
    });
    paint_default_icon(ui, if is_open { 1.0 } else { 0.0 }, &fold);
    let words = with_key("How this scan is drawn, shown or folded", "Shift D");
    if told(fold, &words).clicked() {
        ctx.edit(Edit::Select(at));
        ctx.edit(Edit::Details(!is_open));
    }
}

/// What must be known of a scan that is folded, in one line; all of it under the pointer.
fn notes_ui(ctx: &Context<'_>, ui: &mut egui::Ui, layer: &Layer) {
    let hidden = ctx.desk.is_hidden(layer);
    let mut notes: Vec<String> = Vec::new();
    notes.extend(hidden.then(|| details::HIDDEN.to_owned()));
    let (of_place, is_doubtful) = alignment::notes(layer);
    notes.extend(of_place);
    notes.extend(layer.scan.remarks.iter().cloned());
    if notes.is_empty() {
        return;
    }
    let text = egui::RichText::new(notes.join("; ")).small();
    let text = match is_doubtful || !layer.scan.remarks.is_empty() {
        true => text.color(theme::warning(ui.visuals())),
        false => text.weak(),
    };
    ui.add(egui::Label::new(text).truncate())
        .on_hover_text(notes.join("\n"));
}
