//! The line at the bottom: where, what value, what is running, what went wrong.

use super::messages;
use crate::app::viewer::{
    CompareMode, Context, Desk, Layer, Layout, Request,
    labels::region_text,
    prediction::Made,
    text::{axis_text, full_name, number, scan_name, unit_text},
};
use eframe::egui;
use nalgebra::Point3;
use std::fmt::Write;
use std::time::Duration;

pub(super) fn ui(ctx: &Context<'_>, ui: &mut egui::Ui) {
    egui::Panel::bottom("status").show(ui, |ui| {
        messages::newest_ui(ctx, ui);
        ui.horizontal(|ui| {
            ui.label(readout(ctx.desk));
            ui.with_layout(egui::Layout::right_to_left(egui::Align::Center), |ui| {
                if let Some((what, share, left)) = ctx.jobs.running.progress() {
                    let what = match left {
                        Some(left) => format!("{what}, {} left", left_text(left)),
                        None => what,
                    };
                    if ui.button("Cancel").clicked() {
                        ctx.request(Request::Cancel);
                    }
                    ui.add(
                        egui::ProgressBar::new(share)
                            .desired_width(220.0)
                            .text(what),
                    );
                } else if !ctx.desk.notice.is_empty() {
                    ui.add(egui::Label::new(&ctx.desk.notice).truncate());
                }
            });
        });
    });
}

/// How long something still takes, as well as that is known.
fn left_text(left: Duration) -> String {
    match left.as_secs() {
        0..90 => format!("{} s", left.as_secs().div_ceil(5) * 5),
        seconds => format!("{} min", seconds.div_ceil(60)),
    }
}

/// The place under the pointer, or of the crosshair, and each scan's value there, had as the
/// picture has it.
fn readout(desk: &Desk) -> String {
    let Some(base) = desk.base() else {
        return "No scan is open".to_owned();
    };
    let point = desk.hover.unwrap_or(desk.crosshair);
    let mut text = match desk.hover {
        Some(_) => "Pointer  ".to_owned(),
        None => "Crosshair  ".to_owned(),
    };
    for axis in 0..3 {
        text += &axis_text(desk, axis, point[axis]);
        text += "  ";
    }
    text += "mm   ";
    text += &match base.volume.grid().voxel_at(point) {
        Some([i, j, k]) => format!("voxel {i}, {j}, {k}   "),
        None => "outside   ".to_owned(),
    };
    // Before the values, of which there may be more than the line has room for.
    text += &regions_text(desk, point);
    if let Some(mask) = desk.mask.as_ref().filter(|mask| mask.open) {
        text += &match mask.cluster_at(point) {
            Some(id) => format!("cluster {id}   "),
            None => "no cluster   ".to_owned(),
        };
    }
    text += &values_text(desk, point);
    text
}

fn values_text(desk: &Desk, point: Point3<f64>) -> String {
    let mut text = String::new();
    let compared = desk.pair().filter(|_| desk.layout == Layout::Compare);
    let series = desk.layout == Layout::TimeSeries;
    let order: Vec<usize> = match compared {
        Some(pair) => pair.to_vec(),
        None if series => desk.series(),
        None => (0..desk.layers.len()).collect(),
    };
    let mut values = Vec::new();
    for at in order {
        let layer = &desk.layers[at];
        if layer.is_labels
            || desk.is_hidden(layer)
            || !(layer.visible || series || compared.is_some())
        {
            continue;
        }
        let value = layer.scan.volume.sample(point, layer.style.interpolation);
        let name = match (desk.layers.len(), series) {
            (1, _) => "value".to_owned(),
            (_, true) => scan_name(desk, at),
            (_, false) => full_name(desk, at),
        };
        let mut shown = value.map_or_else(|| "no value".to_owned(), |v| number(f64::from(v)));
        if let (Some(map), Some(_)) = (layer.scan.map, value) {
            shown += " ";
            shown += unit_text(map);
        }
        // Writing to a string does not fail.
        let _ = write!(text, "{name} {shown}   ");
        values.push(value);
    }
    for made in desk.made_pair().into_iter().flatten() {
        let planes = desk.made_planes(made);
        let value = planes.filter(|_| desk.layout == Layout::Prediction);
        if let Some(value) = value.and_then(|planes| planes.value(point)) {
            let name = match made {
                Made::Real => "real plane",
                Made::Predicted(_) => "predicted plane",
                _ => "input plane",
            };
            let _ = write!(text, "{name} {}   ", number(f64::from(value)));
        }
    }
    let has_difference = compared.is_some() && desk.why_not(CompareMode::Difference).is_none();
    if let (true, [Some(first), Some(second)]) = (has_difference, &values[..]) {
        let difference = number(f64::from(second - first));
        let _ = write!(text, "second - first {difference}");
    }
    text
}

/// The region of each label map at a point, hidden maps too: they are not there to be looked at.
fn regions_text(desk: &Desk, point: Point3<f64>) -> String {
    let maps: Vec<&Layer> = desk.layers.iter().filter(|layer| layer.is_labels).collect();
    let text = |layer: &&Layer| {
        let name = match maps.len() {
            1 => "region",
            _ => layer.scan.name.as_str(),
        };
        let region = layer.region(point);
        let region = region.map_or_else(|| "none".to_owned(), |of| region_text(&of));
        format!("{name} {region}   ")
    };
    maps.iter().map(text).collect()
}
