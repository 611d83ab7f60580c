//! A leak network asked about a scan: what it says, and the map of what that rests on.

use crate::app::shell::{labelled, theme};
use crate::app::viewer::{
    Context, Edit, NetworkEdit, PathPanel, Request, Said, paint::clear_of_the_bar, text::with_key,
};
use crate::models::WARNING;
use eframe::egui;

pub(super) fn ui(ctx: &Context<'_>, ui: &mut egui::Ui) {
    egui::Panel::right("network")
        .default_size(290.0)
        .size_range(250.0..=420.0)
        .show(ui, |ui| {
            head_ui(ctx, ui);
            egui::ScrollArea::vertical()
                .auto_shrink(false)
                .show(ui, |ui| {
                    clear_of_the_bar(ui);
                    model_ui(ctx, ui);
                    ask_ui(ctx, ui);
                    ui.separator();
                    answer_ui(ctx, ui);
                });
        });
}

fn head_ui(ctx: &Context<'_>, ui: &mut egui::Ui) {
    ui.horizontal(|ui| {
        ui.strong("Leak network");
        ui.with_layout(egui::Layout::right_to_left(egui::Align::Center), |ui| {
            let close = ui.small_button("×");
            close.widget_info(|| {
                egui::WidgetInfo::labeled(egui::Role::Button, true, "Close the leak network")
            });
            if close.on_hover_text(with_key("Close", "0")).clicked() {
                ctx.edit(Edit::Network(NetworkEdit::Show(false)));
            }
        });
    });
}

fn model_ui(ctx: &Context<'_>, ui: &mut egui::Ui) {
    let network = &ctx.desk.network;
    match network.model() {
        None => {
            ui.label("No network is open");
        }
        Some(chosen) => {
            let choice = egui::ComboBox::from_id_salt("leak network");
            let choice = choice.selected_text(&chosen.card.name).width(180.0);
            let response = choice.show_ui(ui, |ui| {
                for (at, model) in network.models.iter().enumerate() {
                    let is_chosen = at == network.chosen;
                    if ui.selectable_label(is_chosen, &model.card.name).clicked() {
                        ctx.edit(Edit::Network(NetworkEdit::Choose(at)));
                    }
                }
            });
            response.response.widget_info(|| {
                egui::WidgetInfo::labeled(egui::Role::ComboBox, true, "Leak network")
            });
            let trained = format!("{}. {WARNING}", chosen.card.trained_on());
            ui.add(egui::Label::new(egui::RichText::new(trained).weak()).wrap());
        }
    }
    if ui.button("Open a network…").clicked() {
        ctx.edit(Edit::PathPanel(Some(PathPanel::OpenNetwork)));
    }
}

fn ask_ui(ctx: &Context<'_>, ui: &mut egui::Ui) {
    let desk = ctx.desk;
    let scan = desk.network_scan();
    let why = match (&scan, desk.network.model()) {
        (_, None) => Some("Open a network first"),
        (None, _) => Some("Open a scan of a head that lies in one file"),
        (Some(scan), _) if desk.sheets.is_blind_to(scan) => {
            Some("The worksheet of this scan was begun: sign it first")
        }
        _ if ctx.jobs.running.is_busy() => Some("Something else is running"),
        _ => None,
    };
    if let Some(scan) = &scan {
        ui.label(&scan.name);
    }
    ui.horizontal(|ui| {
        for (words, map, hint) in [
            ("Probability", false, "What the network says of the scan"),
            (
                "Probability and map",
                true,
                "And where in the scan that lies: boxes are filled one after the other; coarse first, then finer",
            ),
        ] {
            let button = ui.add_enabled(why.is_none(), egui::Button::new(words));
            let button = button.on_hover_text(hint);
            if button.on_disabled_hover_text(why.unwrap_or_default()).clicked() {
                ctx.request(Request::AskNetwork { map });
            }
        }
    });
    if let Some(why) = why {
        ui.weak(why);
    }
    let mut percent = desk.network.strongest_percent;
    let field = egui::DragValue::new(&mut percent)
        .range(0.1..=20.0)
        .speed(0.05)
        .suffix(" %");
    let field = labelled(ui, "Strongest region", field);
    let field = field.on_hover_text("The share of the map that the next outline goes around");
    if field.changed() {
        ctx.edit(Edit::Network(NetworkEdit::Strongest(percent)));
    }
}

fn answer_ui(ctx: &Context<'_>, ui: &mut egui::Ui) {
    let desk = ctx.desk;
    let Some(said) = &desk.network.said else {
        return;
    };
    if desk.sheets.is_blind_to(&said.of) {
        ui.label("Hidden until the worksheet is signed");
        return;
    }
    said_ui(ui, said);
    if let Some(map) = &said.map {
        ui.separator();
        let words = match map.is_refined {
            true => "Map of overlapping boxes",
            false => "Coarse map",
        };
        ui.strong(words);
        let record = &map.record;
        let [low, high] = record.range;
        ui.label(format!(
            "{} boxes; the logit falls by {low:.3} to {high:.3}",
            record.positions
        ));
        ui.weak("Orange where what is in the box speaks for a leak, blue where against; opacity follows the value");
        if ui.button("Save map…").clicked() {
            ctx.edit(Edit::PathPanel(Some(PathPanel::SaveMap)));
        }
    }
}

/// What a network says, with how far that is to be believed.
pub(super) fn said_ui(ui: &mut egui::Ui, said: &Said) {
    let prediction = &said.prediction;
    let percent = prediction.probability * 100.0;
    ui.heading(format!("{percent:.0} % by the network"));
    match prediction.temperature {
        Some(temperature) => {
            ui.label(format!(
                "Calibrated: numbers divided by {temperature:.3} first"
            ));
        }
        None => {
            let text = "Not calibrated: no probability of a leak for a patient";
            ui.colored_label(theme::warning(ui.visuals()), text);
        }
    }
    ui.weak(format!(
        "{} on {}",
        prediction.came_from.model, said.of.name
    ));
    for remark in &prediction.remarks {
        ui.weak(remark);
    }
    ui.add(egui::Label::new(egui::RichText::new(prediction.warning).weak().small()).wrap());
}
