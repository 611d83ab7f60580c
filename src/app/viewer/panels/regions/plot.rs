//! Curves over the hours, with bands for their spread.

use super::shown::ShownCurve;
use crate::app::viewer::{
    Desk,
    text::{number, unit_text},
};
use crate::workflows::Quantity;
use eframe::egui;
use egui_plot::{
    AxisHints, FilledArea, HoverPosition, Line, MarkerShape, Plot, PlotPoints, Points,
};

/// Marks of curves that have the same colour, and for those who do not see colours.
const MARKS: [MarkerShape; 6] = [
    MarkerShape::Circle,
    MarkerShape::Square,
    MarkerShape::Up,
    MarkerShape::Diamond,
    MarkerShape::Down,
    MarkerShape::Plus,
];

pub(super) fn ui(desk: &Desk, ui: &mut egui::Ui, shown: &[ShownCurve<'_>]) {
    if shown.is_empty() {
        ui.weak("Choose regions on the left, or put the crosshair on one");
        return;
    }
    let quantity = desk.regions.quantity;
    Plot::new(("curves of regions", quantity.name()))
        .allow_scroll(false)
        .allow_zoom(false)
        .allow_drag(false)
        .allow_boxed_zoom(false)
        .include_y(0.0)
        .custom_x_axes(vec![
            AxisHints::new_x()
                .label("Hours after injection")
                .label_spacing(24.0..=56.0),
        ])
        .custom_y_axes(vec![
            // Several marks, however small the panel is.
            AxisHints::new_y()
                .label(quantity.axis())
                .label_spacing(14.0..=36.0),
        ])
        .label_formatter(|at| hover_text(shown, quantity, at))
        .show(ui, |plot| {
            for (at, curve) in shown.iter().enumerate() {
                let ends = |end: usize| -> Vec<f64> {
                    curve.spread.iter().map(|point| point[end]).collect()
                };
                let strength = if curve.is_at_crosshair { 0.28 } else { 0.14 };
                let band = FilledArea::new(&curve.name, &ends(0), &ends(1), &ends(2));
                let fill = curve.colour.gamma_multiply(strength);
                plot.add(band.fill_color(fill).allow_hover(false).id(("band", at)));
            }
            for (at, curve) in shown.iter().enumerate() {
                let points = || PlotPoints::from(curve.curve.points.clone());
                let (width, radius) = match curve.is_at_crosshair {
                    true => (3.5, 5.0),
                    false => (1.5, 3.5),
                };
                let line = Line::new(&curve.name, points()).color(curve.colour);
                plot.line(line.width(width).allow_hover(false).id(("line", at)));
                let marks = Points::new(&curve.name, points()).color(curve.colour);
                let shape = MARKS[curve.idx % MARKS.len()];
                plot.points(marks.radius(radius).shape(shape).id(("points", at)));
            }
        });
}

/// The value of a scan, with its unit and its spread; nothing beside the curves.
fn hover_text(
    shown: &[ShownCurve<'_>],
    quantity: Quantity,
    at: &HoverPosition<'_>,
) -> Option<String> {
    let HoverPosition::NearDataPoint {
        plot_name,
        position,
        index,
    } = at
    else {
        return None;
    };
    let curve = shown.iter().find(|curve| curve.name == *plot_name)?;
    let [_, low, high] = *curve.spread.get(*index)?;
    Some(format!(
        "{plot_name}\n{} h: {} {}\nband {} to {}",
        number(position.x),
        number(position.y),
        unit_text(quantity),
        number(low),
        number(high)
    ))
}
