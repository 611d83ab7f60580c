//! All that is measured, as a table: rulers, angles and regions, with what can be copied and saved.

use crate::app::shell::{theme, told};
use crate::app::viewer::{
    AngleEdit, Context, Edit, Mark, PathPanel, RoiEdit, RulerEdit,
    measures::MeasureId,
    measuring::unit_of,
    text::{axis_text, full_name, number, with_key},
};
use crate::report::capital;
use crate::workflows::{Measure, MeasureValue, RegionMeasure};
use eframe::egui;

/// The columns, with their units.
const HEADS: [&str; 12] = [
    "Name",
    "Place",
    "mm",
    "°",
    "mm²",
    "Voxels",
    "Mean",
    "SD (n - 1)",
    "Median",
    "Min",
    "Max",
    "",
];

pub(super) fn ui(ctx: &Context<'_>, ui: &mut egui::Ui) {
    egui::Panel::bottom("measures")
        .resizable(true)
        .default_size(165.0)
        .size_range(110.0..=400.0)
        .show(ui, |ui| {
            let rows = ctx.desk.measured();
            head_ui(ctx, ui, rows.len());
            let has_regions = !ctx.desk.roi.rois.is_empty();
            if let (true, Err(why)) = (has_regions, ctx.desk.windowed()) {
                ui.colored_label(
                    theme::warning(ui.visuals()),
                    format!("Regions have no values here. {why}"),
                );
            }
            if rows.is_empty() {
                ui.weak(
                    "Nothing is measured yet: a ruler with K, an angle with Shift K, a region with 7, 8 or 9",
                );
                return;
            }
            egui::ScrollArea::both()
                .id_salt("measurements")
                .auto_shrink(false)
                .show(ui, |ui| {
                    let grid = egui::Grid::new("measurements").num_columns(HEADS.len());
                    grid.striped(true).min_col_width(0.0).show(ui, |ui| {
                        for head in HEADS {
                            ui.weak(head);
                        }
                        ui.end_row();
                        for (id, measure, value) in &rows {
                            row_ui(ctx, ui, *id, measure, value.as_ref());
                        }
                    });
                });
        });
}

/// What it is of, what can be done with all of it, and the way out.
fn head_ui(ctx: &Context<'_>, ui: &mut egui::Ui, n: usize) {
    ui.horizontal(|ui| {
        ui.strong("Measurements");
        ui.with_layout(egui::Layout::right_to_left(egui::Align::Center), |ui| {
            let close = ui.small_button("×");
            close.widget_info(|| {
                let label = "Close the table of measurements";
                egui::WidgetInfo::labeled(egui::Role::Button, true, label)
            });
            if told(close, &with_key("Close", "Shift T")).clicked() {
                ctx.edit(Edit::ShowMeasures(false));
            }
            let save = ui.add_enabled(n > 0, egui::Button::new("Save table…"));
            let words =
                "As JSON, which cisterna measure takes for this scan and for others, or as CSV";
            if told(save, words).clicked() {
                ctx.edit(Edit::PathPanel(Some(PathPanel::SaveMeasures)));
            }
            let table = ctx.desk.measure_table();
            let text = table.and_then(|table| table.tsv().map_err(|error| error.to_string()));
            let copy = ui.add_enabled(text.is_ok(), egui::Button::new("Copy table"));
            let copy =
                copy.on_hover_text("All rows to the clipboard, with tabs between the columns");
            match text {
                Ok(text) => {
                    if copy.clicked() {
                        ui.ctx().copy_text(text);
                    }
                }
                Err(why) => {
                    copy.on_disabled_hover_text(why);
                }
            }
            if let Ok(layer) = ctx.desk.windowed() {
                let name = full_name(ctx.desk, ctx.desk.selected);
                let unit = unit_of(layer);
                let unit = unit.map_or_else(String::new, |unit| format!(", values in {unit}"));
                ui.add(egui::Label::new(format!("{name}{unit}")).truncate());
            }
        });
    });
}

fn row_ui(
    ctx: &Context<'_>,
    ui: &mut egui::Ui,
    id: MeasureId,
    measure: &Measure,
    value: Option<&MeasureValue>,
) {
    let desk = ctx.desk;
    let is_chosen = match id {
        MeasureId::Ruler(number) => desk.rulers.chosen == Some(Mark::Ruler(number)),
        MeasureId::Angle(number) => desk.angles.chosen == Some(number),
        MeasureId::Region(number) => {
            let is_line = desk.rulers.chosen.is_some() || desk.angles.chosen.is_some();
            !is_line && desk.roi.chosen().is_some_and(|roi| roi.number == number)
        }
    };
    let row = ui.selectable_label(is_chosen, &measure.name);
    row.widget_info(|| {
        let label = format!("Go to {}", measure.name);
        egui::WidgetInfo::selected(egui::Role::Button, true, is_chosen, label)
    });
    if told(row, "Choose it, and go to its place").clicked() {
        ctx.edit(match id {
            MeasureId::Ruler(number) => Edit::Ruler(RulerEdit::Choose(Some(Mark::Ruler(number)))),
            MeasureId::Angle(number) => Edit::Angle(AngleEdit::Choose(Some(number))),
            MeasureId::Region(number) => Edit::Roi(RoiEdit::Choose(number)),
        });
        if let Some(middle) = measure.middle() {
            ctx.edit(Edit::Crosshair(middle));
        }
        if let Some((plane, _)) = measure.plane() {
            ctx.edit(Edit::Activate(plane));
        }
    }
    ui.label(match measure.plane() {
        Some((plane, at_mm)) => {
            let at = axis_text(desk, plane.normal_axis(), at_mm);
            format!("{} {at} mm", plane.name())
        }
        None => "Oblique".to_owned(),
    });
    let tenths = |value: Option<f64>| value.map_or_else(String::new, |value| format!("{value:.1}"));
    let (length, angle, region) = match value {
        Some(MeasureValue::Length(mm)) => (Some(*mm), None, None),
        Some(MeasureValue::Angle(degrees)) => (None, *degrees, None),
        Some(MeasureValue::Region(region)) => (None, None, Some(region)),
        None => (None, None, None),
    };
    ui.label(tenths(length));
    ui.label(tenths(angle));
    region_ui(ui, matches!(id, MeasureId::Region(_)), region);
    let delete = ui.small_button("×");
    delete.widget_info(|| {
        let label = format!("Delete {}", measure.name);
        egui::WidgetInfo::labeled(egui::Role::Button, true, label)
    });
    if told(delete, "Take it away").clicked() {
        ctx.edit(match id {
            MeasureId::Ruler(number) => Edit::Ruler(RulerEdit::Delete(Mark::Ruler(number))),
            MeasureId::Angle(number) => Edit::Angle(AngleEdit::Delete(number)),
            MeasureId::Region(number) => Edit::Roi(RoiEdit::Delete(number)),
        });
    }
    ui.end_row();
}

/// The seven columns of a region; why some are empty under the pointer.
fn region_ui(ui: &mut egui::Ui, is_region: bool, region: Option<&RegionMeasure>) {
    let Some(region) = region else {
        for column in 0..7 {
            match column {
                0 if is_region => ui.weak("…"),
                _ => ui.label(""),
            };
        }
        return;
    };
    let known = |value: Option<f64>| value.map_or_else(String::new, number);
    ui.label(known(region.area_mm2));
    let remark = region.remark();
    let n = region.within.n_voxels - region.within.n_nan;
    let text = match remark.is_empty() {
        true => egui::RichText::new(n.to_string()),
        false => egui::RichText::new(format!("{n} !")).color(theme::warning(ui.visuals())),
    };
    let voxels = ui.label(text);
    if !remark.is_empty() {
        voxels.on_hover_text(capital(&remark));
    }
    let values = region.within.values.as_ref();
    for value in [
        values.map(|values| values.mean),
        values.and_then(|values| values.sd),
        values.map(|values| values.median),
        values.map(|values| values.min),
        values.map(|values| values.max),
    ] {
        ui.label(known(value));
    }
}
