//! The regions of interest in the panel of scans: what they are, and what can be taken from the chosen one.

use super::rulers::{row_ui, table_button};
use crate::app::shell::{labelled, told};
use crate::app::viewer::{
    Context, Edit, Request, Roi, RoiEdit, RoiShape, Tool,
    measuring::unit_of,
    text::{axis_text, full_name, number, with_key},
};
use crate::report::capital;
use crate::workflows::why_no_values;
use eframe::egui;

pub(super) fn side_ui(ctx: &Context<'_>, ui: &mut egui::Ui) {
    let desk = ctx.desk;
    let is_drawing = matches!(desk.tool, Tool::Roi(_));
    if desk.roi.rois.is_empty() && !is_drawing {
        return;
    }
    ui.horizontal(|ui| {
        ui.strong("Regions of interest");
        table_button(ctx, ui);
    });
    ui.horizontal_wrapped(|ui| {
        for (shape, key) in RoiShape::ALL {
            let (tool, name) = (Tool::Roi(shape), shape.name());
            let is_on = desk.tool == tool;
            // What stands after the colon.
            let short = name.rsplit(": ").next().unwrap_or(name);
            let button = ui.selectable_label(is_on, short);
            button
                .widget_info(|| egui::WidgetInfo::selected(egui::Role::Button, true, is_on, name));
            let words = "Drag on a picture; the voxels whose middles lie within belong to it";
            if button.on_hover_text(with_key(words, key)).clicked() {
                ctx.edit(Edit::Tool(tool.or_back(desk.tool)));
            }
        }
    });
    if desk.roi.rois.is_empty() {
        ui.weak("Drag on a picture; Shift U puts a circle at the crosshair");
    }
    for roi in &desk.roi.rois {
        ui.push_id(("region", roi.number), |ui| one_ui(ctx, ui, roi));
    }
    ui.separator();
}

fn one_ui(ctx: &Context<'_>, ui: &mut egui::Ui, roi: &Roi) {
    let desk = ctx.desk;
    let is_chosen = desk.roi.chosen() == Some(roi);
    let title = roi.title();
    ui.horizontal(|ui| {
        let [across, along] = roi.extent_mm();
        let text = format!("{title}, {across:.1} x {along:.1} mm");
        let shown = match roi.name.trim() {
            "" => text.clone(),
            _ => format!("{}  {text}", roi.number),
        };
        let [chosen, deleted] = row_ui(ui, (is_chosen, &title), (shown, text));
        if chosen {
            ctx.edit(Edit::Roi(RoiEdit::Choose(roi.number)));
            if let Some(middle) = roi.region.middle() {
                ctx.edit(Edit::Crosshair(middle));
            }
        }
        if deleted {
            ctx.edit(Edit::Roi(RoiEdit::Delete(roi.number)));
        }
    });
    if !is_chosen {
        return;
    }
    let plane = roi.region.plane;
    let at = axis_text(desk, plane.normal_axis(), roi.region.at_mm);
    ui.weak(format!("{} plane at {at} mm", plane.name()));
    let mut name = roi.name.clone();
    ui.horizontal(|ui| {
        let field = egui::TextEdit::singleline(&mut name)
            .hint_text(title)
            .desired_width(110.0);
        let field = labelled(ui, "Name", field);
        let words = "What it is called in the table and in files";
        if told(field, words).changed() {
            ctx.edit(Edit::Roi(RoiEdit::Rename(roi.number, name.clone())));
        }
    });
    numbers_ui(ctx, ui);
    let window = ui.button("Window of the region");
    let words = "The chosen scan's mean in it and 2 standard deviations to both sides";
    if window.on_hover_text(with_key(words, "Ctrl 7")).clicked() {
        ctx.request(Request::WindowOfRegion);
    }
}

/// The chosen scan's values in the chosen region.
fn numbers_ui(ctx: &Context<'_>, ui: &mut egui::Ui) {
    let Some((measure, layer)) = ctx.desk.chosen_region_measure() else {
        return;
    };
    let within = &measure.within;
    let text = match &within.values {
        None => format!("No values: {}", why_no_values(within)),
        Some(values) => {
            let unit = unit_of(layer).map_or_else(String::new, |unit| format!(" {unit}"));
            let [mean, min, max] = [values.mean, values.min, values.max].map(number);
            let sd = values
                .sd
                .map_or_else(String::new, |sd| format!(", SD {}", number(sd)));
            let n = within.n_voxels - within.n_nan;
            format!("Mean {mean}{unit}{sd}, {min} to {max}, {n} voxels")
        }
    };
    let words = format!(
        "Values of {}: mean, standard deviation, least and greatest",
        full_name(ctx.desk, ctx.desk.selected)
    );
    ui.label(text).on_hover_text(words);
    let remark = measure.remark();
    if within.values.is_some() && !remark.is_empty() {
        ui.weak(capital(&remark));
    }
}
