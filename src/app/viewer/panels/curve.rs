//! The signal at the crosshair, around it and in a region, over the hours after the injection or over the
//! volumes of a scan.

use super::cine;
use crate::app::shell::theme;
use crate::app::viewer::{
    Context, Desk, Edit, Layout, PathPanel, Request,
    curves::{CurveAxis, CurveSeries, NoCurve},
    text::{WAIT, number, with_key},
    volumes::n_volumes,
};
use crate::workflows::{AROUND_MM, signal_around, signal_at};
use eframe::egui::{self, Color32};
use egui_plot::{AxisHints, HoverPosition, Line, MarkerShape, Plot, PlotPoints, Points, VLine};

/// The mean around the crosshair is made for so many scans at most, as it is made anew for each picture.
const MOST_AROUND: usize = 256;

/// One of the curves.
struct Drawn {
    name: String,
    colour: Color32,
    points: Vec<[f64; 2]>,
}

pub(super) fn ui(ctx: &Context<'_>, ui: &mut egui::Ui) {
    egui::Panel::bottom("curve")
        .resizable(true)
        .default_size(165.0)
        .size_range(110.0..=400.0)
        .show(ui, |ui| match ctx.desk.curve_series() {
            Ok(series) => {
                let curves = curves(ctx.desk, &series);
                head_ui(ctx, ui, Some(&curves));
                plot_ui(ui, &series, &curves);
            }
            Err(why) => {
                head_ui(ctx, ui, None);
                nothing_ui(ctx, ui, &why);
            }
        });
}

/// There is no curve: say why, and what to do.
fn nothing_ui(ctx: &Context<'_>, ui: &mut egui::Ui, why: &NoCurve) {
    match why {
        NoCurve::Why(why) => {
            ui.weak(why);
        }
        NoCurve::NotLoaded(at) => {
            let layer = &ctx.desk.layers[*at];
            let ready = !ctx.jobs.running.is_busy();
            let text = format!("Load all {} volumes", n_volumes(&layer.filed));
            let load = ui.add_enabled(ready, egui::Button::new(text));
            let load = load.on_hover_text(
                "A curve needs all volumes in memory; they are played without waiting then",
            );
            if load.on_disabled_hover_text(WAIT).clicked() {
                ctx.request(Request::LoadVolumes(*at));
            }
        }
    }
}

/// In a narrower panel what the curves are stands in a row of its own.
const WHOLE_HEAD: f32 = 800.0;

/// What the curves are of, what is played, and what can be kept. Above the plot: a legend inside it would
/// lie on the curves.
fn head_ui(ctx: &Context<'_>, ui: &mut egui::Ui, shown: Option<&[Drawn]>) {
    let is_series = ctx.desk.layout == Layout::TimeSeries;
    let curves = shown.unwrap_or_default();
    let is_whole = ui.available_width() >= WHOLE_HEAD;
    ui.horizontal(|ui| {
        if is_series {
            cine::one_ui(ctx, ui);
            cine::ui(ctx, ui);
            ui.separator();
        }
        if is_whole || !is_series {
            legend_ui(ui, curves);
        }
        ui.with_layout(egui::Layout::right_to_left(egui::Align::Center), |ui| {
            if !is_series {
                let close = ui.small_button("×");
                close.widget_info(|| {
                    egui::WidgetInfo::labeled(egui::Role::Button, true, "Close the curve")
                });
                if close.on_hover_text(with_key("Close", "Shift C")).clicked() {
                    ctx.edit(Edit::ShowCurve(false));
                }
            }
            if shown.is_some() {
                let save = ui.button("Save curve…");
                let words = "The signal at the crosshair, around it and in the region, as CSV";
                if save.on_hover_text(words).clicked() {
                    ctx.edit(Edit::PathPanel(Some(PathPanel::SaveCurve)));
                }
            }
        });
    });
    if is_series && !is_whole {
        ui.horizontal(|ui| legend_ui(ui, curves));
    }
}

fn legend_ui(ui: &mut egui::Ui, curves: &[Drawn]) {
    for curve in curves {
        ui.colored_label(curve.colour, &curve.name);
    }
}

fn curves(desk: &Desk, series: &CurveSeries) -> Vec<Drawn> {
    let at = desk.crosshair;
    let points = |value: &dyn Fn(usize) -> Option<f64>| -> Vec<[f64; 2]> {
        let scans = series.scans.iter().enumerate();
        scans
            .filter_map(|(idx, scan)| Some([series.place(scan), value(idx)?]))
            .collect()
    };
    let mut curves = vec![Drawn {
        name: "At the crosshair".to_owned(),
        colour: theme::CURVES[0],
        points: points(&|idx| signal_at(&series.scans[idx].volume, at)),
    }];
    if series.scans.len() <= MOST_AROUND {
        curves.push(Drawn {
            name: format!("Mean within {AROUND_MM} mm"),
            colour: theme::CURVES[1],
            points: points(&|idx| signal_around(&series.scans[idx].volume, at, AROUND_MM)),
        });
    }
    if let Some((key, name)) = desk.curve_key(series)
        && let Some(curve) = desk.curves.of_region.of(&key)
    {
        let mean = |idx: usize| {
            let region = curve.points.get(idx)?.region.as_ref()?;
            Some(region.values.as_ref()?.mean)
        };
        curves.push(Drawn {
            name: format!("Mean of {}", name.to_lowercase()),
            colour: theme::region(2),
            points: points(&mean),
        });
    }
    curves
}

fn plot_ui(ui: &mut egui::Ui, series: &CurveSeries, curves: &[Drawn]) {
    let (x_label, x_unit) = match series.axis {
        CurveAxis::Hours => ("Hours after injection", "h"),
        CurveAxis::Volumes => ("Volume, counted from 0", ""),
    };
    let unit = series.unit.as_deref();
    let y_label = unit.map_or_else(|| "Signal".to_owned(), |unit| format!("Signal, {unit}"));
    let told = |at: &HoverPosition<'_>| match at {
        HoverPosition::NearDataPoint {
            plot_name,
            position,
            ..
        } => {
            let place = match series.axis {
                CurveAxis::Hours => format!("{} {x_unit}", number(position.x)),
                CurveAxis::Volumes => format!("Volume {}", position.x),
            };
            let unit = unit.map_or_else(String::new, |unit| format!(" {unit}"));
            Some(format!(
                "{plot_name}\n{place}: {}{unit}",
                number(position.y)
            ))
        }
        HoverPosition::Elsewhere { .. } => None,
    };
    Plot::new("signal over time")
        .allow_scroll(false)
        .allow_zoom(false)
        .allow_drag(false)
        .allow_boxed_zoom(false)
        .include_y(0.0)
        .custom_x_axes(vec![
            AxisHints::new_x().label(x_label).label_spacing(24.0..=56.0),
        ])
        .custom_y_axes(vec![
            // Several marks, however small the panel is.
            AxisHints::new_y().label(y_label).label_spacing(14.0..=36.0),
        ])
        .label_formatter(told)
        .show(ui, |plot| {
            if let Some(now) = series.now {
                let line = VLine::new("shown now", now).color(theme::ACTIVE);
                plot.vline(line.allow_hover(false));
            }
            for (at, curve) in curves.iter().enumerate() {
                let points = || PlotPoints::from(curve.points.clone());
                let line = Line::new(&curve.name, points()).color(curve.colour);
                plot.line(line.allow_hover(false).id(("line", at)));
                plot.points(
                    Points::new(&curve.name, points())
                        .radius(3.0)
                        .color(curve.colour)
                        .shape(MarkerShape::Circle)
                        .id(("points", at)),
                );
            }
        });
}
