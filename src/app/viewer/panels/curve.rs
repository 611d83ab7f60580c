//! The signal at the crosshair, and around it, over the hours after the injection.

use crate::app::shell::theme;
use crate::app::viewer::{Context, Desk, Layer};
use crate::volume::{Interpolation, Volume};
use eframe::egui;
use egui_plot::{Line, MarkerShape, Plot, PlotPoints, Points};
use nalgebra::{Point3, Vector3};

/// The region is a ball about the crosshair of this radius: large enough to average noise out,
/// small enough to lie within a lateral ventricle.
const REGION_RADIUS_MM: f64 = 4.0;

pub(super) fn ui(ctx: &Context<'_>, ui: &mut egui::Ui) {
    egui::Panel::bottom("curve")
        .resizable(true)
        .default_size(150.0)
        .size_range(90.0..=400.0)
        .show(ui, |ui| {
            let timed: Vec<(f64, &Layer)> = ctx
                .desk
                .series()
                .into_iter()
                .filter_map(|at| {
                    let layer = &ctx.desk.layers[at];
                    layer.hours.map(|hours| (hours, layer))
                })
                .collect();
            if timed.len() < 2 {
                ui.weak("Signal over time: give the hours after injection of two scans or more, in the panel of scans.");
                return;
            }
            plot_ui(ctx.desk, ui, &timed);
        });
}

fn plot_ui(desk: &Desk, ui: &mut egui::Ui, timed: &[(f64, &Layer)]) {
    let curve = |value: &dyn Fn(&Volume) -> Option<f64>| -> Vec<[f64; 2]> {
        timed
            .iter()
            .filter_map(|(hours, layer)| Some([*hours, value(&layer.scan.volume)?]))
            .collect()
    };
    let at_crosshair = curve(&|volume| {
        volume
            .sample(desk.crosshair, Interpolation::Linear)
            .map(f64::from)
    });
    let around = curve(&|volume| region_mean(volume, desk.crosshair));
    let region = format!("Mean within {REGION_RADIUS_MM} mm");
    let curves = [
        ("At the crosshair", at_crosshair, theme::CURVES[0]),
        (region.as_str(), around, theme::CURVES[1]),
    ];
    // Above the plot: a legend inside it would lie on the curves.
    ui.horizontal(|ui| {
        ui.label("Signal over hours after injection");
        for (name, _, colour) in &curves {
            ui.colored_label(*colour, *name);
        }
    });
    Plot::new("signal over time")
        .allow_scroll(false)
        .allow_zoom(false)
        .allow_drag(false)
        .include_y(0.0)
        .show(ui, |plot| {
            for (name, points, colour) in curves {
                plot.line(Line::new(name, PlotPoints::from(points.clone())).color(colour));
                plot.points(
                    Points::new(name, PlotPoints::from(points))
                        .radius(3.0)
                        .color(colour)
                        .shape(MarkerShape::Circle),
                );
            }
        });
}

/// The mean of a volume over the ball, at points 1 mm apart; those outside the scan do not count.
fn region_mean(volume: &Volume, middle: Point3<f64>) -> Option<f64> {
    let reach = REGION_RADIUS_MM.ceil() as i32;
    let (mut sum, mut n) = (0.0, 0_u32);
    for x in -reach..=reach {
        for y in -reach..=reach {
            for z in -reach..=reach {
                let offset = Vector3::new(f64::from(x), f64::from(y), f64::from(z));
                if offset.norm() <= REGION_RADIUS_MM
                    && let Some(value) = volume.sample(middle + offset, Interpolation::Linear)
                {
                    sum += f64::from(value);
                    n += 1;
                }
            }
        }
    }
    (n > 0).then(|| sum / f64::from(n))
}
