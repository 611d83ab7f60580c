//! The region of interest in the panel of scans: what it is, and what can be taken from it.

use crate::app::viewer::{
    Context, Edit, Request, RoiEdit, RoiShape, Tool,
    measuring::unit_of,
    roi::why_no_values,
    text::{axis_text, full_name, number, with_key},
};
use eframe::egui;

pub(super) fn side_ui(ctx: &Context<'_>, ui: &mut egui::Ui) {
    let desk = ctx.desk;
    let is_drawing = matches!(desk.tool, Tool::Roi(_));
    if desk.roi.roi.is_none() && !is_drawing {
        return;
    }
    ui.strong("Region of interest");
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
    if let Some(roi) = &desk.roi.roi {
        let plane = roi.region.plane;
        let [across, along] = roi.extent_mm();
        let at = axis_text(desk, plane.normal_axis(), roi.region.at_mm);
        ui.horizontal(|ui| {
            let text = format!("{}, {across:.1} x {along:.1} mm", roi.name());
            let words = format!("{} plane at {at} mm", plane.name());
            ui.label(text).on_hover_text(words);
            let delete = ui.small_button("×");
            delete.widget_info(|| {
                let label = "Take away the region of interest";
                egui::WidgetInfo::labeled(egui::Role::Button, true, label)
            });
            let delete = delete.on_hover_text(with_key("Take it away", "Delete"));
            if delete.clicked() {
                ctx.edit(Edit::Roi(RoiEdit::Delete));
            }
        });
        numbers_ui(ctx, ui);
        let window = ui.button("Window of the region");
        let words = "The chosen scan's mean in it and 2 standard deviations to both sides";
        if window.on_hover_text(with_key(words, "Ctrl 7")).clicked() {
            ctx.request(Request::WindowOfRegion);
        }
    } else {
        ui.weak("Drag on a picture; Shift U puts a circle at the crosshair");
    }
    ui.separator();
}

/// The chosen scan's values in it.
fn numbers_ui(ctx: &Context<'_>, ui: &mut egui::Ui) {
    let Some((within, layer)) = ctx.desk.roi_numbers() else {
        return;
    };
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
}
