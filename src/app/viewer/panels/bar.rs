//! The bar at the top.

use crate::app::shell::theme;
use crate::app::viewer::{Context, Edit, Layout, PathPanel, Request};
use crate::volume::{Convention, Plane};
use eframe::egui;

pub(super) fn ui(ctx: &Context<'_>, ui: &mut egui::Ui) {
    egui::Panel::top("bar").show(ui, |ui| {
        ui.horizontal(|ui| {
            if ui.button("Open…").clicked() {
                ctx.edit(Edit::PathPanel(Some(PathPanel::Open)));
            }
            let listing = &ctx.desk.listing;
            if !listing.catalogue.entries.is_empty()
                && ui.selectable_label(listing.open, "List").clicked()
            {
                ctx.edit(Edit::ShowListing(!listing.open));
            }
            ui.separator();
            choose(
                ctx,
                ui,
                ctx.desk.layout,
                &[
                    (Layout::Planes, "Planes"),
                    (Layout::Compare, "Compare"),
                    (Layout::TimeSeries, "Time series"),
                    (Layout::Prediction, "Prediction"),
                ],
                Edit::Layout,
            );
            ui.separator();
            let planes = Plane::ALL.map(|plane| (plane, plane.name()));
            choose(ctx, ui, ctx.desk.active, &planes, Edit::Activate);
            ui.separator();
            choose(
                ctx,
                ui,
                ctx.desk.convention,
                &[
                    (Convention::Radiological, "Radiological"),
                    (Convention::Neurological, "Neurological"),
                ],
                Edit::Convention,
            );
            ui.with_layout(egui::Layout::right_to_left(egui::Align::Center), |ui| {
                let sheet = ui.button("?").on_hover_text("Mouse and keys");
                sheet.widget_info(|| {
                    egui::WidgetInfo::labeled(egui::Role::Button, true, "Mouse and keys")
                });
                if sheet.clicked() {
                    ctx.edit(Edit::Sheet(!ctx.desk.sheet_open));
                }
                let dark = theme::is_dark(ui.ctx());
                if ui.button(if dark { "Light" } else { "Dark" }).clicked() {
                    ctx.request(Request::Dark(!dark));
                }
                if ui.selectable_label(ctx.desk.side_open, "Scans").clicked() {
                    ctx.edit(Edit::Side(!ctx.desk.side_open));
                }
                ui.separator();
                ui.weak(format!("Mouse: {}", ctx.desk.preset.name()))
                    .on_hover_ui(|ui| {
                        ui.label("Change it on the sheet of mouse and keys");
                    });
            });
        });
    });
}

/// A row of choices, one of which is the case.
fn choose<T: Copy + PartialEq>(
    ctx: &Context<'_>,
    ui: &mut egui::Ui,
    now: T,
    choices: &[(T, &str)],
    edit: impl Fn(T) -> Edit,
) {
    for &(choice, name) in choices {
        if ui.selectable_label(now == choice, name).clicked() {
            ctx.edit(edit(choice));
        }
    }
}
