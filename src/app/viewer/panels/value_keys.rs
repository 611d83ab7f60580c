//! Keys of windows, angles, regions of interest, measurements, volumes, scans by hours, and curves.

use super::binding::{Binding, key, tool_key};
use crate::app::viewer::{AngleEdit, Desk, Edit, Layout, Request, RoiEdit, RoiShape, Tool};
use crate::volume::WindowRule;
use eframe::egui::{Key, Modifiers};

/// The key of a rule, which is held with Ctrl.
const RULE_KEYS: [(Key, &str); 6] = [
    (Key::Num1, "Ctrl 1"),
    (Key::Num2, "Ctrl 2"),
    (Key::Num3, "Ctrl 3"),
    (Key::Num4, "Ctrl 4"),
    (Key::Num5, "Ctrl 5"),
    (Key::Num6, "Ctrl 6"),
];

/// The key of a rule, as it is written.
pub(super) fn rule_key(rule: WindowRule) -> &'static str {
    let mut all = WindowRule::ALL.into_iter().zip(RULE_KEYS);
    all.find(|(of, _)| *of == rule)
        .map_or("", |(_, (_, name))| name)
}

/// What each rule does, on the sheet of keys.
fn rule_words(rule: WindowRule) -> &'static str {
    match rule {
        WindowRule::Full => "Window: full range",
        WindowRule::Most => "Window: 1st to 99th percentile",
        WindowRule::Auto => "Window: automatic",
        WindowRule::Tissue => "Window: tissue without background",
        WindowRule::Bright => "Window: bright, from the median of the tissue",
        WindowRule::Dark => "Window: dark, up to the median of the tissue",
    }
}

/// What these keys do now.
pub(super) fn value_keys(desk: &Desk) -> Vec<Binding> {
    // What is not seen is not changed.
    let has_windows = desk.layout != Layout::Prediction && !desk.layers.is_empty();
    let if_windows = |request: Request| has_windows.then_some(request);
    let rules = WindowRule::ALL.into_iter().zip(RULE_KEYS);
    let mut bindings: Vec<Binding> = rules
        .map(|(rule, (of, _))| {
            key(of, rule_words(rule), [])
                .with(Modifiers::COMMAND)
                .requests_if(if_windows(Request::WindowRule(rule)))
        })
        .collect();
    let region = |of, what, shape| tool_key(desk.tool, of, what, Tool::Roi(shape));
    let has_hours = matches!(
        desk.layout,
        Layout::TimeSeries | Layout::Compare | Layout::Lightbox
    );
    let step_scan = |by| has_hours.then_some(Edit::StepScan(by));
    let curve = (desk.layout != Layout::Prediction).then_some(Edit::ShowCurve(!desk.curves.open));
    bindings.extend([
        key(Key::Num7, "Window of the region", [])
            .with(Modifiers::COMMAND)
            .requests_if(if_windows(Request::WindowOfRegion)),
        key(
            Key::W,
            "Histogram and window of the chosen scan",
            [Edit::ShowHistogram(!desk.windowing.open)],
        )
        .with(Modifiers::SHIFT),
        tool_key(desk.tool, Key::K, "Angle, and back", Tool::Angle).with(Modifiers::SHIFT),
        key(
            Key::U,
            "Point of an angle at the crosshair",
            [Edit::Angle(AngleEdit::PointAtCrosshair)],
        )
        .with(Modifiers::COMMAND),
        key(
            Key::T,
            "Table of all that is measured",
            [Edit::ShowMeasures(!desk.measures.open)],
        )
        .with(Modifiers::SHIFT),
        region(Key::Num7, "Region: ellipse, and back", RoiShape::Ellipse),
        region(
            Key::Num8,
            "Region: rectangle, and back",
            RoiShape::Rectangle,
        ),
        region(Key::Num9, "Region: freehand, and back", RoiShape::Freehand),
        key(
            Key::U,
            "Region: circle of 5 mm at the crosshair",
            [Edit::Roi(RoiEdit::AtCrosshair)],
        )
        .with(Modifiers::SHIFT),
        key(Key::Period, "Next volume", []).requests(Request::StepVolume(1)),
        key(Key::Comma, "Previous volume", []).requests(Request::StepVolume(-1)),
        key(
            Key::PageUp,
            "Next scan by hours: time series, compare, lightbox",
            step_scan(1),
        )
        .with(Modifiers::SHIFT),
        key(Key::PageDown, "Previous scan by hours", step_scan(-1)).with(Modifiers::SHIFT),
        key(Key::Space, "Play volumes or hours, and stop", [])
            .with(Modifiers::SHIFT)
            .requests(Request::Play),
        key(Key::C, "Curve over the volumes of a scan", curve).with(Modifiers::SHIFT),
    ]);
    bindings
}
