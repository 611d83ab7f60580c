//! What each curve is told by, what was measured from what, and both as text.

use super::shown::ShownCurve;
use crate::app::shell::theme;
use crate::app::viewer::{
    MeasuredRegions,
    text::{number, unit_text},
};
use crate::enhancement::{Clearance, CurveSummary};
use crate::report::capital;
use crate::workflows::{NamedRegion, Quantity};
use eframe::egui;

pub(super) fn ui(ui: &mut egui::Ui, measured: &MeasuredRegions, shown: &[ShownCurve<'_>]) {
    egui::ScrollArea::both()
        .id_salt("curves in numbers")
        .auto_shrink(false)
        .show(ui, |ui| {
            if let Some(first) = shown.first() {
                let unit = unit_text(first.curve.quantity);
                let grid = egui::Grid::new("curves of regions")
                    .num_columns(4)
                    .striped(true);
                grid.min_col_width(0.0).show(ui, |ui| {
                    for head in ["Region", &format!("Peak, {unit}"), "At, h"] {
                        ui.weak(head);
                    }
                    let half_life = ui.weak("Half-life, h");
                    half_life.on_hover_text("With its 95 % interval");
                    ui.end_row();
                    for curve in shown {
                        row_ui(ui, curve);
                    }
                });
                ui.add_space(4.0);
            }
            remarks_ui(ui, measured);
        });
}

fn row_ui(ui: &mut egui::Ui, curve: &ShownCurve<'_>) {
    let name = egui::RichText::new(&curve.name).color(curve.colour);
    let name = match curve.is_at_crosshair {
        true => name.strong().underline(),
        false => name,
    };
    ui.label(name);
    let summary = curve.curve.summary.as_ref();
    let of = |value: &dyn Fn(&CurveSummary) -> f64| {
        summary.map_or_else(|| "none".to_owned(), |summary| number(value(summary)))
    };
    ui.label(of(&|summary| summary.peak));
    ui.label(of(&|summary| summary.hours_to_peak));
    let (half_life, why) = match summary.map(|summary| &summary.clearance) {
        Some(clearance) => half_life_text(clearance),
        None => ("none".to_owned(), Some("no later scan has a value")),
    };
    let half_life = ui.label(half_life);
    if let Some(why) = why {
        half_life.on_hover_text(capital(why));
    }
    ui.end_row();
}

/// Half-life with its interval, and why it is not there.
fn half_life_text(clearance: &Clearance) -> (String, Option<&str>) {
    let (half_life, ends) = match clearance {
        Clearance::None { why } => return ("none".to_owned(), Some(why)),
        Clearance::Rate {
            half_life_h,
            half_life_interval_h,
            ..
        } => (half_life_h, half_life_interval_h),
    };
    let Some(half_life) = half_life else {
        return ("none".to_owned(), Some("it does not fall after its peak"));
    };
    let ends = match ends.map(|end| end.map(number)) {
        [Some(low), Some(high)] => format!("{low} to {high}"),
        [Some(low), None] => format!("{low} or more"),
        [None, Some(high)] => format!("up to {high}"),
        [None, None] => "no interval".to_owned(),
    };
    (format!("{} ({ends})", number(*half_life)), None)
}

/// What all of it rests on, and what is not as it should be.
fn remarks_ui(ui: &mut egui::Ui, measured: &MeasuredRegions) {
    let quantified = &measured.quantified;
    ui.set_max_width(ui.available_width());
    // There is one patient, who need not be named.
    let subject = quantified.patients.first().map(|one| &one.subject);
    let subject = subject.map_or_else(String::new, |subject| format!("sub-{subject}: "));
    for remark in &quantified.remarks {
        let remark = remark.strip_prefix(&subject).unwrap_or(remark);
        let text = egui::RichText::new(capital(remark)).color(theme::warning(ui.visuals()));
        ui.add(egui::Label::new(text).wrap());
    }
    let mut rests = vec![
        quantified.registration.to_owned(),
        format!("Orbital fat: {}.", quantified.orbital_fat),
    ];
    for patient in &quantified.patients {
        let basis = &patient.concentration;
        rests.extend(basis.assumptions.iter().map(|text| capital(text)));
    }
    rests.push(quantified.notice.to_owned());
    for text in rests {
        ui.add(egui::Label::new(egui::RichText::new(text).weak()).wrap());
    }
}

fn is_shown(shown: &[ShownCurve<'_>], of: &NamedRegion, quantity: Quantity) -> bool {
    let mut shown = shown.iter();
    shown.any(|shown| shown.curve.of == *of && shown.curve.quantity == quantity)
}

/// The curves shown, a row each, as the command line writes them.
pub(super) fn curves_tsv(measured: &MeasuredRegions, shown: &[ShownCurve<'_>]) -> String {
    let wanted = |of: &NamedRegion, quantity| is_shown(shown, of, quantity);
    measured.quantified.curve_table_of(&wanted).text()
}

/// All numbers of the regions shown, a row for each scan, as the command line writes them.
pub(super) fn values_tsv(measured: &MeasuredRegions, shown: &[ShownCurve<'_>]) -> String {
    let wanted = |of: &NamedRegion, quantity| is_shown(shown, of, quantity);
    measured.quantified.region_table_of(&wanted).text()
}
