//! Regions over the hours: the button that measures them, and the panel of their curves.

mod list;
mod plot;
mod shown;
mod table;

use crate::app::shell::theme;
use crate::app::viewer::{
    Context, Edit, MeasuredRegions, Request,
    text::{WAIT, with_key},
};
use crate::workflows::Quantity;
use eframe::egui;
use shown::ShownCurve;

/// What is done to all scans.
pub(super) fn side_ui(ctx: &Context<'_>, ui: &mut egui::Ui) {
    ui.horizontal(|ui| {
        let series = ctx.desk.region_series();
        let busy = ctx.jobs.running.is_busy();
        let ready = series.is_ok() && !busy;
        let measure = ui.add_enabled(ready, egui::Button::new("Measure regions"));
        let words = "Measure the regions of the label map in all scans with hours after injection";
        let measure = measure.on_hover_text(with_key(words, "Shift Q"));
        let why = match &series {
            Err(why) => why.as_str(),
            Ok(_) => WAIT,
        };
        if measure.on_disabled_hover_text(why).clicked() {
            ctx.request(Request::MeasureRegions);
        }
        let open = ctx.desk.regions.open;
        let curves = ui.selectable_label(open, "Curves");
        let curves = curves.on_hover_text(with_key("Curves of regions over the hours", "Q"));
        if curves.clicked() {
            ctx.edit(Edit::ShowRegions(!open));
        }
    });
}

/// The panel, where it is open.
pub(super) fn ui(ctx: &Context<'_>, ui: &mut egui::Ui) {
    egui::Panel::bottom("regions")
        .resizable(true)
        .default_size(232.0)
        .size_range(150.0..=520.0)
        .show(ui, |ui| match &ctx.desk.regions.measured {
            Some(measured) => curves_ui(ctx, ui, measured),
            None => nothing_ui(ctx, ui),
        });
}

/// Nothing is measured: say what to do.
fn nothing_ui(ctx: &Context<'_>, ui: &mut egui::Ui) {
    ui.horizontal(|ui| {
        ui.strong("Regions over the hours");
        let layout = egui::Layout::right_to_left(egui::Align::Center);
        ui.with_layout(layout, |ui| close_button(ctx, ui));
    });
    match ctx.desk.region_series() {
        Ok(_) => ui.label("Nothing is measured yet: Measure regions, on the left or with Shift Q."),
        Err(why) => ui.label(why),
    };
}

fn close_button(ctx: &Context<'_>, ui: &mut egui::Ui) {
    let close = ui.small_button("×");
    close.widget_info(|| {
        egui::WidgetInfo::labeled(egui::Role::Button, true, "Close the curves of regions")
    });
    if close.on_hover_text(with_key("Close", "Q")).clicked() {
        ctx.edit(Edit::ShowRegions(false));
    }
}

fn curves_ui(ctx: &Context<'_>, ui: &mut egui::Ui, measured: &MeasuredRegions) {
    let shown = shown::shown(ctx.desk, measured);
    head_ui(ctx, ui, measured, &shown);
    if !measured.is_of(&ctx.desk.layers) {
        let warning = theme::warning(ui.visuals());
        ui.colored_label(
            warning,
            "Scans were opened, closed, moved or given other hours since: measure the regions again",
        );
    }
    let size = ui.available_size();
    let list = (size.x * 0.2).clamp(150.0, 240.0);
    let table = (size.x * 0.37).clamp(270.0, 440.0);
    ui.horizontal_top(|ui| {
        let gaps = 2.0 * ui.spacing().item_spacing.x;
        let plot = (size.x - list - table - gaps).max(120.0);
        let part = |ui: &mut egui::Ui, width: f32, add: &mut dyn FnMut(&mut egui::Ui)| {
            let layout = egui::Layout::top_down(egui::Align::Min);
            ui.allocate_ui_with_layout(egui::vec2(width, size.y), layout, |ui| {
                ui.set_min_size(egui::vec2(width, size.y));
                ui.set_max_width(width);
                add(ui);
            });
        };
        part(ui, list, &mut |ui| list::ui(ctx, ui, measured));
        part(ui, plot, &mut |ui| plot::ui(ctx.desk, ui, &shown));
        part(ui, table, &mut |ui| table::ui(ui, measured, &shown));
    });
}

/// What the curves are of, and what can be copied.
fn head_ui(
    ctx: &Context<'_>,
    ui: &mut egui::Ui,
    measured: &MeasuredRegions,
    shown: &[ShownCurve<'_>],
) {
    let quantity = ctx.desk.regions.quantity;
    ui.horizontal(|ui| {
        for of in Quantity::ALL {
            let (name, words) = match of {
                Quantity::FatUnits => ("Fat units", "Median signal, that of orbital fat being 1"),
                Quantity::PercentChange => (
                    "Per cent",
                    "Change of the median signal against the scan before",
                ),
                Quantity::Concentration => ("Concentration", "Mean tracer in mmol per litre"),
            };
            let there = measured.has(of);
            let choice = egui::Button::selectable(of == quantity, name);
            let choice = ui.add_enabled(there, choice).on_hover_text(words);
            let basis = measured
                .quantified
                .patients
                .first()
                .map(|one| &one.concentration);
            let why = basis.and_then(|basis| basis.why_none.as_deref());
            let choice = choice.on_disabled_hover_text(why.unwrap_or("Nothing has a value of it"));
            if choice.clicked() {
                ctx.edit(Edit::RegionQuantity(of));
            }
        }
        ui.separator();
        if let Some(words) = shown::spread_words(measured, shown) {
            ui.weak(words);
        }
        copy_ui(ctx, ui, measured, shown);
    });
}

/// On the right: what can be copied, and the way out.
fn copy_ui(
    ctx: &Context<'_>,
    ui: &mut egui::Ui,
    measured: &MeasuredRegions,
    shown: &[ShownCurve<'_>],
) {
    ui.with_layout(egui::Layout::right_to_left(egui::Align::Center), |ui| {
        close_button(ctx, ui);
        let values = ui.button("Copy values");
        let values = values.on_hover_text("All numbers of the regions shown, scan by scan, as TSV");
        if values.clicked() {
            ui.ctx().copy_text(table::values_tsv(measured, shown));
        }
        let table = ui.button("Copy table");
        let table = table.on_hover_text("Peak, half-life and the rest of each curve shown, as TSV");
        if table.clicked() {
            ui.ctx().copy_text(table::curves_tsv(measured, shown));
        }
    });
}
