//! Places and values as they are written in the window.

use super::compare::origin_text;
use super::desk::Desk;
use super::names::told_apart;
use crate::formats::Place;
use crate::volume::{Orientation, Plane};
use crate::workflows::Quantity;

/// A scan of a time series: its hours, or its name where they are not known.
pub(super) fn scan_name(desk: &Desk, at: usize) -> String {
    desk.layers.get(at).map_or_else(String::new, |layer| {
        layer
            .hours
            .map_or_else(|| layer.scan.name.clone(), hours_text)
    })
}

/// What to call a scan so that it is not taken for another one that is open: its hours stand with it,
/// or where its file lies, or its number among those of that name.
pub(super) fn full_name(desk: &Desk, at: usize) -> String {
    let Some(layer) = desk.layers.get(at) else {
        return String::new();
    };
    let name = &layer.scan.name;
    let same: Vec<usize> = (0..desk.layers.len())
        .filter(|&other| desk.layers[other].scan.name == *name)
        .collect();
    if same.len() == 1 {
        return name.clone();
    }
    let hours = |at: usize| desk.layers[at].hours.map(hours_text);
    match hours(at) {
        Some(text)
            if same
                .iter()
                .filter(|&&of| hours(of).as_ref() == Some(&text))
                .count()
                == 1 =>
        {
            format!("{name}, {text}")
        }
        _ => {
            let file = |at: usize| desk.layers[at].scan.place.as_ref().and_then(Place::file);
            let named: Vec<_> = same.iter().map(|&at| (name.as_str(), file(at))).collect();
            let mut told = told_apart(&named).into_iter().zip(&same);
            let own = told.find(|(_, of)| **of == at);
            own.map_or_else(|| name.clone(), |(told, _)| told)
        }
    }
}

/// What to call a scan that is compared: whether it is real or predicted too, where that is known.
pub(super) fn compared_name(desk: &Desk, at: usize) -> String {
    let origin = desk
        .layers
        .get(at)
        .and_then(|layer| layer.scan.origin.as_ref());
    let name = full_name(desk, at);
    origin.map_or_else(|| name.clone(), |of| format!("{}: {name}", origin_text(of)))
}

/// Hours after injection, as `24 h` or `1.5 h`; before it, in words.
pub(super) fn hours_text(hours: f64) -> String {
    if hours <= 0.0 {
        return "Before".to_owned();
    }
    let tenths = (hours * 10.0).round() / 10.0;
    format!("{tenths} h")
}

/// Where a plane lies along its normal, as `S 12.0 mm`.
pub(super) fn position_text(desk: &Desk, plane: Plane) -> String {
    axis_text(
        desk,
        plane.normal_axis(),
        desk.crosshair[plane.normal_axis()],
    ) + " mm"
}

/// A coordinate with the side it lies on, as `L 3.5`.
pub(super) fn axis_text(desk: &Desk, axis: usize, mm: f64) -> String {
    if desk.orientation() == Orientation::Unknown {
        return format!("{} {mm:.1}", ["x", "y", "z"][axis]);
    }
    let letters = [["R", "L"], ["A", "P"], ["S", "I"]][axis];
    // Rounded first, so that -0.04 is not called left.
    let tenths = (mm * 10.0).round();
    let letter = letters[usize::from(tenths < 0.0)];
    format!("{letter} {:.1}", tenths.abs() / 10.0)
}

/// The unit of a map, in a word after a number.
pub(super) fn unit_text(map: Quantity) -> &'static str {
    match map {
        Quantity::FatUnits => "of fat",
        Quantity::PercentChange | Quantity::Concentration => map.unit(),
    }
}

/// What a button does, and the key that does the same.
pub(super) fn with_key(what: &str, key: &str) -> String {
    format!("{what} ({key})")
}

/// A value with four digits that matter.
pub(super) fn number(value: f64) -> String {
    let size = value.abs();
    if size == 0.0 {
        "0".to_owned()
    } else if size >= 1000.0 {
        if size < 1e7 {
            format!("{value:.0}")
        } else {
            format!("{value:.3e}")
        }
    } else if size >= 1.0 {
        let text = format!("{value:.2}");
        text.trim_end_matches('0').trim_end_matches('.').to_owned()
    } else if size >= 1e-3 {
        format!("{value:.4}")
    } else {
        format!("{value:.3e}")
    }
}
