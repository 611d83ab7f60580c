//! What was open when the program ended without being closed.

use crate::app::shell::{closes, modal, told};
use crate::app::viewer::{Context, Edit, Offer, Request};
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
        // However many there are, the button below them is in the window.
        egui::ScrollArea::vertical()
            .max_height((ui.ctx().content_rect().height() - 200.0).max(60.0))
            .show(ui, |ui| {
                for offer in offers {
                    offer_ui(ctx, ui, offer);
                }
            });
        ui.add_space(8.0);
        let words = "It is offered again at the next start (Esc)";
        if told(ui.button("Not now"), words).clicked() || closes(ui.ctx()) {
            ctx.edit(Edit::NotNow);
        }
    });
}

fn offer_ui(ctx: &Context<'_>, ui: &mut egui::Ui, offer: &Offer) {
    ui.add(egui::Label::new(offer.line()).wrap());
    ui.horizontal(|ui| {
        let words = "In place of all that is open, as it was shown";
        if told(ui.button("Open again"), words).clicked() {
            ctx.request(Request::TakeOffer(offer.id.clone()));
        }
        let words = "What is in no other file is lost";
        if told(ui.button("Discard"), words).clicked() {
            ctx.request(Request::RefuseOffer(offer.id.clone()));
        }
    });
}
