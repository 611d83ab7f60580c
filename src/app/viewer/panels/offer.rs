//! What was open when the program ended without being closed.

use crate::app::shell::{closes, modal, told};
use crate::app::viewer::{Context, Edit, Request};
use eframe::egui;

pub(super) fn ui(ctx: &Context<'_>, ui: &egui::Ui) {
    let offers = &ctx.desk.kept.offers;
    // One question after the other.
    if offers.is_empty() || ctx.desk.at_risk.is_some() {
        return;
    }
    modal(ui.ctx(), "offer").show(ui.ctx(), |ui| {
        ui.set_width(460.0);
        ui.heading("Cisterna ended without being closed");
        for offer in offers {
            ui.add(egui::Label::new(offer.line()).wrap());
            ui.horizontal(|ui| {
                let words = "In place of all that is open, as it was shown";
                if told(ui.button("Open again"), words).clicked() {
                    ctx.request(Request::TakeOffer(offer.id.clone()));
                }
                let words = "What is in no other file is lost";
                if told(ui.button("Throw away"), words).clicked() {
                    ctx.request(Request::RefuseOffer(offer.id.clone()));
                }
            });
        }
        ui.add_space(8.0);
        let words = "It is offered again at the next start (Esc)";
        if told(ui.button("Not now"), words).clicked() || closes(ui.ctx()) {
            ctx.edit(Edit::NotNow);
        }
    });
}
