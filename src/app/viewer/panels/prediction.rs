//! The prediction of the scan of 24 h on screen: which network, from which scans, and what came out,
//! beside the real scan, in panes like all others.

use super::compare;
use super::grid::{columns_ui, planes_ui, two_planes};
use super::metrics::metrics_ui;
use super::pane::PaneContent;
use crate::app::shell::theme;
use crate::app::viewer::{
    CompareMode, Context, Edit, PathPanel, Request, ShownPrediction,
    prediction::inputs_of,
    text::{full_name, scan_name},
};
use crate::models::WARNING;
use crate::report::capital;
use eframe::egui::{self, Align2, FontId, Rect};
use std::sync::Arc;

/// Which network, from which scans.
pub(super) fn side_ui(ctx: &Context<'_>, ui: &mut egui::Ui) {
    let desk = ctx.desk;
    ui.strong("Prediction of 24 h");
    let Some(model) = desk.chosen_model() else {
        ui.weak(match desk.layers.is_empty() {
            true => "Open a scan first",
            false => "Opening the networks",
        });
        return;
    };
    egui::ComboBox::from_label("Network")
        .selected_text(&model.card.name)
        .show_ui(ui, |ui| {
            for (at, other) in desk.prediction.models.iter().enumerate() {
                let chosen = at == desk.chosen_idx();
                if ui.selectable_label(chosen, &other.card.name).clicked() {
                    ctx.edit(Edit::ChooseModel(at));
                }
            }
        });
    let inputs = inputs_of(model);
    let mut complete = true;
    for &interval in inputs.map_or(&[][..], |inputs| inputs.intervals()) {
        let now = desk.scan_of(interval);
        complete &= now.is_some();
        let text = now.map_or_else(|| "none".to_owned(), |at| scan_name(desk, at));
        egui::ComboBox::from_label(capital(&format!("{} scan", interval.in_words())))
            .selected_text(text)
            .show_ui(ui, |ui| {
                for at in desk.by_hours() {
                    // What would be refused is not offered, and says why.
                    let why_not = desk.why_no_input(interval, at);
                    let name = match desk.layers[at].hours {
                        Some(_) => {
                            format!("{}, {}", scan_name(desk, at), desk.layers[at].scan.name)
                        }
                        None => full_name(desk, at),
                    };
                    let choice = egui::Button::selectable(now == Some(at), name);
                    let choice = ui.add_enabled(why_not.is_none(), choice);
                    let why_not = why_not.unwrap_or_default();
                    if choice.on_disabled_hover_text(why_not).clicked() {
                        ctx.edit(Edit::ChooseScan(interval, at));
                    }
                }
            });
    }
    let ready = complete && !ctx.jobs.running.is_busy();
    if ui
        .add_enabled(ready, egui::Button::new("Predict"))
        .clicked()
    {
        ctx.request(Request::Predict);
    }
    if !complete {
        ui.label(match desk.layers.is_empty() {
            true => "Open a scan of that time.",
            false => "Choose the scan above, or set its hours in the time series.",
        });
    }
    ui.colored_label(
        theme::warning(ui.visuals()),
        format!("{WARNING} The network was {}.", model.card.trained_on()),
    );
    if !desk.prediction.shown.is_empty() {
        ui.separator();
        compare::modes_ui(ctx, ui);
        compare::settings_ui(ctx, ui);
        ui.horizontal(|ui| {
            let look = ui.button("Go to the planes");
            let words = "Puts the crosshair where the predicted planes meet";
            if look.on_hover_text(words).clicked() {
                ctx.edit(Edit::LookAtPrediction);
            }
        });
        compare::link_ui(ctx, ui);
        compare::difference_look_ui(ctx, ui);
    }
    for (at, shown) in desk.prediction.shown.iter().enumerate() {
        ui.separator();
        ui.push_id(at, |ui| shown_ui(ctx, ui, at, shown));
    }
}

/// What came out, in numbers.
fn shown_ui(ctx: &Context<'_>, ui: &mut egui::Ui, at: usize, shown: &Arc<ShownPrediction>) {
    let provenance = &shown.prediction.provenance;
    ui.horizontal(|ui| {
        let close = ui
            .small_button("×")
            .on_hover_text("Take this prediction away");
        let name = &shown.card.name;
        close.widget_info(|| {
            let label = format!("Take away the prediction by {name}");
            egui::WidgetInfo::labeled(egui::Role::Button, true, label)
        });
        if close.clicked() {
            ctx.edit(Edit::ForgetPrediction(at));
        }
        ui.strong(name);
    });
    ui.weak(format!(
        "{:.1} s on the {}",
        provenance.seconds, provenance.device
    ));
    if let Some(real) = &shown.real {
        metrics_ui(ui, &real.planes.metrics.pair);
        ui.weak("Over both planes");
    } else {
        ui.label("No scan of 20 to 30 h is open to compare with.");
    }
    grades_ui(ui, shown);
    for remark in &provenance.remarks {
        ui.colored_label(theme::warning(ui.visuals()), capital(remark));
    }
    if ui
        .button("Save…")
        .on_hover_text("The planes as NIfTI files, and what they came from as JSON")
        .clicked()
    {
        let purpose = PathPanel::SavePrediction(shown.clone());
        ctx.edit(Edit::PathPanel(Some(purpose)));
    }
}

/// The grades of the real and of the predicted plane by the written rule, and what the network may be used
/// for.
fn grades_ui(ui: &mut egui::Ui, shown: &ShownPrediction) {
    if let Some(real) = &shown.real {
        if let Some(grade) = real.planes.grade {
            ui.label(format!("Real plane: {grade}"));
        } else if let Some(why) = &real.planes.no_grade {
            ui.label(format!("The real plane has no grade: {why}"));
        }
    }
    let Some(grade) = &shown.prediction.grade else {
        return;
    };
    ui.label(format!("Predicted plane: {}", grade.reflux));
    if let Some(shares) = grade.shares_in_words() {
        ui.label(format!("The real grade may be {shares}"));
    }
    ui.colored_label(theme::warning(ui.visuals()), capital(&grade.may_be_used));
}

/// The panes: real, or else what went in, predicted and how far that is off; or two of them set against
/// each other.
pub(super) fn panes_ui(ctx: &Context<'_>, ui: &egui::Ui, rect: Rect) {
    let shown = &ctx.desk.prediction.shown;
    if shown.is_empty() {
        return nothing_ui(ui, rect);
    }
    // It must be read beside each picture of a prediction: in a narrow window in more lines.
    let words = format!("{WARNING}{}", trained_on(shown));
    let font = FontId::proportional(12.0);
    let words = ui
        .painter()
        .layout(words, font, theme::ON_PICTURE, rect.width() - 12.0);
    let foot = words.size().y + 5.0;
    let (above, below) = rect.split_top_bottom_at_y(rect.bottom() - foot);
    match ctx.desk.compare_mode() {
        CompareMode::Beside => {
            let columns = ctx.desk.made_columns().into_iter().map(PaneContent::Made);
            let columns: Vec<_> = columns.collect();
            columns_ui(ctx, ui, above, (&two_planes(ctx.desk), &columns));
        }
        _ => planes_ui(ctx, ui, above, PaneContent::MadePair),
    }
    let at = below.center() - words.size() / 2.0;
    ui.painter_at(below).galley(at, words, theme::ON_PICTURE);
}

/// What the networks were trained on, those of the same training together.
fn trained_on(shown: &[Arc<ShownPrediction>]) -> String {
    let mut trainings: Vec<(String, Vec<&str>)> = Vec::new();
    for card in shown.iter().map(|shown| &shown.card) {
        let training = card.trained_on();
        match trainings.iter_mut().find(|(same, _)| *same == training) {
            Some((_, names)) => names.push(&card.name),
            None => trainings.push((training, vec![&card.name])),
        }
    }
    trainings
        .iter()
        .map(|(training, names)| format!(" {}: {training}.", names.join(", ")))
        .collect()
}

fn nothing_ui(ui: &egui::Ui, rect: Rect) {
    ui.painter().text(
        rect.center(),
        Align2::CENTER_CENTER,
        "Choose a network and its scans on the left, then Predict",
        FontId::proportional(15.0),
        theme::ON_PICTURE,
    );
}
