//! The bar at the top.

use super::desk::Layout;
use super::path_panel::PathPanel;
use super::{Command, Ctx, theme};
use crate::volume::{Convention, Plane};
use eframe::egui;

pub(super) fn ui(ctx: &Ctx<'_>, ui: &mut egui::Ui) {
    egui::Panel::top("bar").show(ui, |ui| {
        ui.horizontal(|ui| {
            if ui.button("Open…").clicked() {
                ctx.push(Command::PathPanel(Some(PathPanel::Open)));
            }
            let listing = &ctx.desk.listing;
            if !listing.catalogue.entries.is_empty()
                && ui.selectable_label(listing.open, "List").clicked()
            {
                ctx.push(Command::ShowListing(!listing.open));
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
                Command::Layout,
            );
            ui.separator();
            let planes = Plane::ALL.map(|plane| (plane, plane.name()));
            choose(ctx, ui, ctx.desk.active, &planes, Command::Activate);
            ui.separator();
            choose(
                ctx,
                ui,
                ctx.desk.convention,
                &[
                    (Convention::Radiological, "Radiological"),
                    (Convention::Neurological, "Neurological"),
                ],
                Command::Convention,
            );
            ui.with_layout(egui::Layout::right_to_left(egui::Align::Center), |ui| {
                let sheet = ui.button("?").on_hover_text("Mouse and keys");
                sheet.widget_info(|| {
                    egui::WidgetInfo::labeled(egui::Role::Button, true, "Mouse and keys")
                });
                if sheet.clicked() {
                    ctx.push(Command::Sheet(!ctx.desk.sheet_open));
                }
                let dark = theme::is_dark(ui.ctx());
                if ui.button(if dark { "Light" } else { "Dark" }).clicked() {
                    ctx.push(Command::Dark(!dark));
                }
                if ui.selectable_label(ctx.desk.side_open, "Scans").clicked() {
                    ctx.push(Command::Side(!ctx.desk.side_open));
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
    ctx: &Ctx<'_>,
    ui: &mut egui::Ui,
    now: T,
    choices: &[(T, &str)],
    command: impl Fn(T) -> Command,
) {
    for &(choice, name) in choices {
        if ui.selectable_label(now == choice, name).clicked() {
            ctx.push(command(choice));
        }
    }
}
