//! How the chosen scan is drawn: its volume, hours, window, colours, opacity and labels.

use super::{alignment, cine};
use crate::app::shell::{labelled, theme, told};
use crate::app::viewer::{
    Context, Edit, Layer, Layout, PathPanel, Played, Request,
    paint::colour_bar,
    text::{number, unit_text, with_key},
    volumes::n_volumes,
};
use crate::formats::{PixelScaling, Place};
use crate::render::{Colormap, LabelLook, LayerStyle};
use crate::volume::{Interpolation, Window};
use crate::workflows::{Quantity, ToldBy};
use eframe::egui;

/// What can be set of a scan, and what is to be known of it.
pub(super) fn ui(ctx: &Context<'_>, ui: &mut egui::Ui, at: usize, layer: &Layer) {
    volume_ui(ctx, ui, at, layer);
    if layer.is_signal() {
        hours_ui(ctx, ui, at, layer);
    }
    match layer.is_labels {
        true => label_style_ui(ctx, ui, at, layer),
        false => style_ui(ctx, ui, at, layer),
    }
    if ctx.desk.is_locked(at) && ctx.desk.layers.len() > 1 {
        ui.weak("All scans of the series are drawn alike");
    }
    panels_ui(ctx, ui);
    if ctx.desk.is_hidden(layer) {
        ui.weak(HIDDEN);
    }
    alignment::layer_ui(ui, layer);
    for remark in &layer.scan.remarks {
        ui.colored_label(theme::warning(ui.visuals()), remark);
    }
}

/// What is said of a scan whose values would tell what must not be known yet.
pub(super) const HIDDEN: &str = "Hidden until the worksheet is signed";

/// What else there is to be seen of the chosen scan.
fn panels_ui(ctx: &Context<'_>, ui: &mut egui::Ui) {
    let desk = ctx.desk;
    ui.horizontal(|ui| {
        let is_open = desk.windowing.open;
        let histogram = ui.selectable_label(is_open, "Histogram");
        let words = with_key("The values of the chosen scan and its window", "Shift W");
        if told(histogram, &words).clicked() {
            ctx.edit(Edit::ShowHistogram(!is_open));
        }
        let is_open = desk.header.open;
        let header = ui.selectable_label(is_open, "Header");
        let words = with_key("What the chosen scan's file says of itself", "Shift H");
        if told(header, &words).clicked() {
            ctx.edit(Edit::ShowHeader(!is_open));
        }
    });
}

/// Whether values are labels; of a scan whose values can be. A scan of whole numbers must be ticked
/// here, as nothing in its values says that it is none.
fn labels_ui(ctx: &Context<'_>, ui: &mut egui::Ui, at: usize, layer: &Layer) {
    if !layer.scan.can_be_labels && layer.labels.is_none() {
        return;
    }
    let mut is_labels = layer.is_labels;
    let field = ui.checkbox(&mut is_labels, "Label map");
    let field = field.on_hover_text(match layer.shown_labels() {
        Some(labels) => labels.told_by.words(),
        None => "Its whole numbers are labels of regions, not signal",
    });
    if field.changed() {
        match layer.labels {
            // What labels there are is found out beside the window.
            None if is_labels => ctx.request(Request::Labels {
                scan: layer.filed.clone(),
                table: None,
            }),
            _ => ctx.edit(Edit::Labels(at, is_labels)),
        }
    }
}

/// How labels are drawn: as areas, as lines around them, or both.
fn label_style_ui(ctx: &Context<'_>, ui: &mut egui::Ui, at: usize, layer: &Layer) {
    let (Some(labels), Some(look)) = (layer.shown_labels(), layer.style.labels) else {
        return;
    };
    let mut style = layer.style;
    look_ui(ui, &mut style, look);
    ui.horizontal(|ui| {
        labels_ui(ctx, ui, at, layer);
        if layer.filed.place.is_some() {
            let table = ui.button("Table…");
            let table = table.on_hover_text(
                "Names and colours from a file: BIDS, FreeSurfer, ITK-SNAP, 3D Slicer, FSLeyes, AFNI",
            );
            if table.clicked() {
                let scan = layer.filed.clone();
                ctx.edit(Edit::PathPanel(Some(PathPanel::LabelTable(scan))));
            }
        }
    });
    if labels.told_by == ToldBy::Values {
        ui.weak(format!("{}; untick if it is none", labels.told_by.words()));
    }
    let n = labels.map.labels().count();
    ui.weak(match n {
        1 => "1 label".to_owned(),
        n => format!("{n} labels"),
    });
    if let Some(table) = &labels.scheme.table {
        let name = table.file_name().unwrap_or_default().to_string_lossy();
        ui.weak(format!("Named by {name}"))
            .on_hover_text(table.display().to_string());
    }
    for remark in labels.remarks() {
        ui.weak(remark);
    }
    if style != layer.style {
        ctx.edit(Edit::Style(at, style));
    }
}

/// Areas and lines of labels.
pub(super) fn look_ui(ui: &mut egui::Ui, style: &mut LayerStyle, mut look: LabelLook) {
    ui.add(
        egui::Slider::new(&mut style.opacity, 0.0..=1.0)
            .fixed_decimals(2)
            .text("Fill"),
    )
    .on_hover_text("Opacity of the areas");
    ui.add(
        egui::Slider::new(&mut look.outline_px, 0.0..=6.0)
            .step_by(1.0)
            .fixed_decimals(0)
            .text("Outline"),
    )
    .on_hover_text("Width of the line around each label; 0 for none");
    style.labels = Some(look);
}

/// When the scan was taken, editable: a sidecar may be missing or wrong.
fn hours_ui(ctx: &Context<'_>, ui: &mut egui::Ui, at: usize, layer: &Layer) {
    ui.horizontal(|ui| {
        let mut hours = layer.hours.unwrap_or(0.0);
        let field = egui::DragValue::new(&mut hours)
            .speed(0.1)
            .range(-48.0..=2000.0)
            .custom_formatter(|hours, _| match layer.hours {
                None => "?".to_owned(),
                Some(_) => number(hours),
            });
        let field = labelled(ui, "Hours after injection", field);
        let words = "When the scan was taken; the sidecar of a scan says it, or it is typed here";
        if field.on_hover_text(words).changed() {
            ctx.edit(Edit::Hours(at, Some(hours)));
        }
    });
}

fn volume_ui(ctx: &Context<'_>, ui: &mut egui::Ui, at: usize, layer: &Layer) {
    let scan = &layer.scan;
    let (mut volume_idx, mut scaling) = (scan.volume_idx, scan.scaling);
    let n_volumes = n_volumes(scan);
    if n_volumes > 1 {
        ui.horizontal(|ui| {
            let field = egui::DragValue::new(&mut volume_idx)
                .range(0..=n_volumes - 1)
                .update_while_editing(false);
            let field = labelled(ui, "Volume", field);
            field.on_hover_text("The next with . and the one before with , (full stop and comma)");
            let words = format!("({} of {n_volumes})", scan.volume_idx + 1);
            ui.label(words)
                .on_hover_text("Volumes are counted from 0, as --volume of the commands has it");
        });
        if ctx.desk.to_play().is_ok_and(|what| what != Played::Scans)
            && ctx.desk.layer_of_volumes() == Some(at)
        {
            ui.horizontal_wrapped(|ui| {
                cine::ui(ctx, ui);
                let open = ctx.desk.curves.open;
                let curve = ui.selectable_label(open, "Curve");
                let words = "The signal at the crosshair over the volumes";
                if curve.on_hover_text(with_key(words, "Shift C")).clicked() {
                    ctx.edit(Edit::ShowCurve(!open));
                }
            });
        }
    }
    if scan.place.as_ref().is_some_and(Place::has_precise_values) {
        let mut precise = scaling == PixelScaling::PhilipsPrecise;
        ui.checkbox(&mut precise, "Precise values")
            .on_hover_text("Philips: values that can be compared between scans");
        scaling = match precise {
            true => PixelScaling::PhilipsPrecise,
            false => PixelScaling::Rescaled,
        };
    }
    let is_other = (volume_idx, scaling) != (scan.volume_idx, scan.scaling);
    // While volumes are played the number changes by itself: nobody asked for it in this field.
    let is_still = ctx.desk.cine.playing.is_none();
    let is_loaded = ctx.desk.loaded(layer).is_some() && scaling == scan.scaling;
    if is_other && is_still && (is_loaded || !ctx.jobs.running.is_busy()) {
        ctx.request(Request::OpenVolume {
            layer: at,
            volume_idx,
            scaling,
        });
    }
}

/// A field of numbers is known to a screen reader by its name.
fn named(field: &egui::Response, name: &'static str, value: f32) {
    field.widget_info(|| {
        let mut info = egui::WidgetInfo::drag_value(true, f64::from(value));
        info.label = Some(name.to_owned());
        info
    });
}

/// What the window Auto is.
fn auto_words(layer: &Layer) -> &'static str {
    match layer.scan.map {
        None => "2nd to 98th percentile",
        Some(Quantity::PercentChange) => "As far to both sides of 0 as 96 % of the values reach",
        Some(Quantity::FatUnits | Quantity::Concentration) => "0 to the 98th percentile",
    }
}

fn style_ui(ctx: &Context<'_>, ui: &mut egui::Ui, at: usize, layer: &Layer) {
    let mut style = layer.style;
    let speed = f64::from(layer.scan.auto.width()) / 300.0;
    ui.horizontal(|ui| {
        let Window { mut low, mut high } = style.window;
        let field = |value| {
            egui::DragValue::new(value)
                .speed(speed)
                .custom_formatter(|value, _| number(value))
        };
        let low_field = ui.add(field(&mut low));
        named(&low_field, "Window from", style.window.low);
        low_field.on_hover_text("Drawn black (left drag on a picture)");
        ui.label("to");
        let high_field = ui.add(field(&mut high));
        named(&high_field, "Window to", style.window.high);
        high_field.on_hover_text("Drawn white (left drag on a picture)");
        if (low, high) != (style.window.low, style.window.high) && low < high {
            style.window = Window::new(low, high);
        }
        if let Some(map) = layer.scan.map {
            ui.label(unit_text(map)).on_hover_text(map.unit());
        }
        let words = with_key(auto_words(layer), "A");
        if ui.button("Auto").on_hover_text(words).clicked() {
            style.window = layer.scan.auto;
        }
        if let Some(suggested) = layer.scan.file_window()
            && ui
                .button("File")
                .on_hover_text(with_key("The window that the file suggests", "W"))
                .clicked()
        {
            style.window = suggested;
        }
    });
    let (rect, _) =
        ui.allocate_exact_size(egui::vec2(ui.available_width(), 8.0), egui::Sense::hover());
    colour_bar(ui.painter(), rect, &style);
    ui.horizontal(|ui| {
        egui::ComboBox::from_id_salt("colours")
            .selected_text(style.colormap.name())
            .width(90.0)
            .show_ui(ui, |ui| {
                for colormap in Colormap::ALL {
                    ui.selectable_value(&mut style.colormap, colormap, colormap.name());
                }
            })
            .response
            .on_hover_text("Colours of the values");
        let invert = ui.checkbox(&mut style.invert, "Invert");
        invert.on_hover_text(with_key("The colours from the other end", "I"));
    });
    // Only where it lies over others.
    if ctx.desk.layout == Layout::Planes && at > 0 {
        ui.add(
            egui::Slider::new(&mut style.opacity, 0.0..=1.0)
                .fixed_decimals(2)
                .text("Opacity"),
        )
        .on_hover_text(with_key("How much it covers what is below", "[ and ]"));
        let clear = match style.colormap {
            Colormap::Diverging => "Clear in the middle",
            _ => "Clear at and below the low end",
        };
        let field = ui.checkbox(&mut style.cut_below, clear);
        field.on_hover_text("What has no signal covers nothing");
        ui.checkbox(&mut style.follows_value, "Opacity follows the value")
            .on_hover_text("Covers the more the higher the value is");
    }
    ui.horizontal(|ui| {
        let mut nearest = style.interpolation == Interpolation::Nearest;
        let field = ui.checkbox(&mut nearest, "Nearest voxel");
        let words = with_key("Voxels as they are, or values between them", "N");
        if field.on_hover_text(words).changed() {
            style.interpolation = if nearest {
                Interpolation::Nearest
            } else {
                Interpolation::Linear
            };
        }
        labels_ui(ctx, ui, at, layer);
    });
    if style != layer.style {
        ctx.edit(Edit::Style(at, style));
    }
}
