//! The question before something is lost that was entered.

use crate::app::shell::{closes, modal};
use crate::app::viewer::{Context, Edit, Request};
use eframe::egui;

pub(super) fn ui(ctx: &Context<'_>, ui: &egui::Ui) {
    let Some(at_risk) = &ctx.desk.at_risk else {
        return;
    };
    modal(ui.ctx(), "unsaved").show(ui.ctx(), |ui| {
        ui.set_width(400.0);
        ui.heading("Not saved yet");
        for what in &at_risk.what {
            ui.label(what);
        }
        ui.add_space(8.0);
        ui.horizontal(|ui| {
            let [keep, lose] = at_risk.step.words();
            if ui.button(keep).clicked() {
                ctx.edit(Edit::Keep);
            }
            if ui.button(lose).clicked() {
                ctx.request(Request::Lose);
            }
        });
        if closes(ui.ctx()) {
            ctx.edit(Edit::Keep);
        }
    });
}
