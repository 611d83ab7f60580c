//! What a network counted: the count with how far it is off, the places, and the files of it.

use crate::app::shell::{theme, told};
use crate::app::viewer::{
    Context, Edit, PathPanel, SaidCount,
    text::{axis_text, number},
};
use crate::models::counts::Detection;
use eframe::egui;
use nalgebra::Point3;

/// The table takes at most as much height, points.
const HIGHEST: f32 = 220.0;

pub(super) fn ui(ctx: &Context<'_>, ui: &mut egui::Ui) {
    let Some(said) = &ctx.desk.network.counted else {
        return;
    };
    let record = &said.counted.record;
    let region = said.region.in_words();
    ui.heading(format!("{:.1} in the {region}", record.count));
    off_ui(ui, said);
    let of = format!("{} on {}, {}", record.model, said.of.name, record.labels);
    ui.add(egui::Label::new(egui::RichText::new(of).weak()).wrap());
    for remark in &record.remarks {
        let text = egui::RichText::new(remark).color(theme::warning(ui.visuals()));
        ui.add(egui::Label::new(text).wrap());
    }
    ui.weak("The map shows where the count comes from; opacity follows the value");
    places_ui(ctx, ui, &record.detections);
    let save = ui.button("Save count…");
    if told(save, "The count, its map and the places, in a folder").clicked() {
        ctx.edit(Edit::PathPanel(Some(PathPanel::SaveCount)));
    }
    ui.add(egui::Label::new(egui::RichText::new(record.warning).weak().small()).wrap());
}

/// How far counts of the network are off those of a rater.
fn off_ui(ui: &mut egui::Ui, said: &SaidCount) {
    let Some(training) = &said.training else {
        let text = "Its card does not say how far its counts are off those of a rater";
        let text = egui::RichText::new(text).color(theme::warning(ui.visuals()));
        ui.add(egui::Label::new(text).wrap());
        return;
    };
    let scores = &training.scores;
    let r = scores.pearson.map(|r| format!(", Pearson's r {r:.2}"));
    ui.add(
        egui::Label::new(format!(
            "Off those of rater {} by {:.1} on average{} ({} patients of its test)",
            training.rater,
            scores.mae,
            r.unwrap_or_default(),
            scores.patients
        ))
        .wrap(),
    );
}

/// The places that stand out; a click goes there.
fn places_ui(ctx: &Context<'_>, ui: &mut egui::Ui, found: &[Detection]) {
    if found.is_empty() {
        ui.label("No place stands out");
        return;
    }
    ui.strong(match found.len() {
        1 => "1 place that stands out most".to_owned(),
        n => format!("{n} places that stand out most"),
    });
    let height = ui.spacing().interact_size.y;
    egui::ScrollArea::vertical()
        .id_salt("counted places")
        .max_height(HIGHEST)
        .auto_shrink([false, true])
        .show_rows(ui, height, found.len(), |ui, shown| {
            for at in shown {
                let one = &found[at];
                let place = Point3::from(one.place_mm);
                let [x, y, z] = [0, 1, 2].map(|axis| axis_text(ctx.desk, axis, place[axis]));
                let words = format!(
                    "Space {}: {x} {y} {z} mm, {}",
                    at + 1,
                    number(f64::from(one.value))
                );
                let is_here = (ctx.desk.crosshair - place).norm() < 1e-6;
                let row = ui.selectable_label(is_here, words);
                let what = "Put the crosshair there; the number is the map's value";
                if told(row, what).clicked() {
                    ctx.edit(Edit::Crosshair(place));
                }
            }
        });
}
