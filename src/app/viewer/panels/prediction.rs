//! The prediction of the scan of 24 h on screen: which network, from which scans, and what came out,
//! beside the real scan.

use super::metrics::metrics_ui;
use crate::app::shell::theme;
use crate::app::viewer::{
    Context, Edit, PathPanel, Request, ShownPrediction,
    paint::{colour_bar, shadowed},
    prediction::{DIFFERENCE_REACH, PlaneTextures, SD_REACH, inputs_of},
    text::scan_name,
};
use crate::models::WARNING;
use crate::render::{Colormap, LayerStyle};
use crate::report::capital;
use crate::volume::{Orientation, Plane, Window, plane_view};
use eframe::egui::{self, Align2, Color32, FontId, Rect, vec2};
use std::sync::Arc;

/// Which network, from which scans.
pub(super) fn side_ui(ctx: &Context<'_>, ui: &mut egui::Ui) {
    let desk = ctx.desk;
    ui.strong("Prediction of 24 h");
    let Some(model) = desk.chosen_model() else {
        ui.weak("Opening the networks");
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
                    if ui
                        .selectable_label(now == Some(at), scan_name(desk, at))
                        .clicked()
                    {
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

/// A column of pictures.
struct PictureColumn<'a> {
    title: String,
    pictures: &'a PlaneTextures,
    /// What the last colour of its bar stands for, where it has one.
    reach: Option<f32>,
}

/// The pictures: what went in where there is no real scan, else real, predicted and difference.
pub(super) fn pictures_ui(ctx: &Context<'_>, ui: &egui::Ui, rect: Rect) {
    let shown = &ctx.desk.prediction.shown;
    let Some(first) = shown.first() else {
        return nothing_ui(ui, rect);
    };
    let columns = columns(shown, ctx.desk.prediction.exchanged);
    let rect = rect.shrink(8.0);
    let (title, foot, gap) = (24.0, 22.0, 6.0);
    let n = columns.len() as f32;
    let above = rect.height() - foot - title;
    let side = ((above - gap) / 2.0).min(rect.width() / n - gap);
    let first_row = egui::pos2(
        rect.center().x - n * (side + gap) / 2.0,
        rect.top() + title + (above - gap) / 2.0 - side,
    );
    let painter = ui.painter_at(rect.expand(8.0));
    let font = FontId::proportional(14.0);
    for (at_column, column) in columns.iter().enumerate() {
        for (at_row, plane) in [Plane::Axial, Plane::Sagittal].into_iter().enumerate() {
            let corner = first_row + vec2(at_column as f32, at_row as f32) * (side + gap);
            let place = Rect::from_min_size(corner, vec2(side, side));
            if at_row == 0 {
                let at = place.center_top() - vec2(0.0, 4.0);
                painter.text(
                    at,
                    Align2::CENTER_BOTTOM,
                    &column.title,
                    font.clone(),
                    theme::ON_PICTURE,
                );
            }
            let whole = Rect::from_min_max(egui::pos2(0.0, 0.0), egui::pos2(1.0, 1.0));
            painter.image(column.pictures[at_row].id(), place, whole, Color32::WHITE);
            let letters =
                plane_view(plane, first.prediction.at.center(plane)).letters(Orientation::Known);
            let inset = vec2(4.0, 0.0);
            for (at, align, letter) in [
                (
                    place.left_center() + inset,
                    Align2::LEFT_CENTER,
                    letters.left,
                ),
                (
                    place.right_center() - inset,
                    Align2::RIGHT_CENTER,
                    letters.right,
                ),
            ] {
                shadowed(&painter, at, align, &letter.to_string(), font.clone());
            }
            if let (Some(reach), 0) = (column.reach, at_row) {
                let bar = Rect::from_min_max(
                    place.right_top() + vec2(-16.0, 8.0),
                    egui::pos2(place.right() - 8.0, place.top() + side * 0.4),
                );
                let style = LayerStyle {
                    colormap: Colormap::Inferno,
                    ..LayerStyle::base(Window::new(0.0, reach))
                };
                colour_bar(&painter, bar, &style);
            }
            let id = egui::Id::unique(("prediction", at_column, at_row));
            let label = format!("{} {}", plane.name(), column.title);
            ui.interact(place, id, egui::Sense::hover())
                .widget_info(|| egui::WidgetInfo::labeled(egui::Role::Image, true, &label));
        }
    }
    painter.text(
        rect.center_bottom(),
        Align2::CENTER_BOTTOM,
        format!("{WARNING}{}", trained_on(shown)),
        FontId::proportional(13.0),
        theme::ON_PICTURE,
    );
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

fn columns(shown: &[Arc<ShownPrediction>], exchanged: bool) -> Vec<PictureColumn<'_>> {
    let mut columns = Vec::new();
    let mut add = |title: String, pictures, reach| {
        columns.push(PictureColumn {
            title,
            pictures,
            reach,
        });
    };
    let Some(first) = shown.first() else {
        return columns;
    };
    match &first.real {
        Some(real) => add("Real".to_owned(), &real.real, None),
        None => add("What went in".to_owned(), &first.input, None),
    }
    for shown in shown {
        add(
            format!("Predicted by {}", shown.card.name),
            &shown.predicted,
            None,
        );
        if let Some(real) = &shown.real {
            add(
                "|Predicted - real|".to_owned(),
                &real.difference,
                Some(DIFFERENCE_REACH),
            );
        }
        if let Some(sd) = &shown.sd {
            let title = match shown.prediction.provenance.is_sd_calibrated {
                true => "Standard deviation",
                false => "Spread, not calibrated",
            };
            add(title.to_owned(), sd, Some(SD_REACH));
        }
    }
    if exchanged && columns.len() >= 2 {
        columns.swap(0, 1);
    }
    columns
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
