//! Places and values as they are written in the window.

use super::compare::origin_text;
use super::desk::Desk;
use super::names::told_apart;
use super::scan::Layer;
use crate::formats::Place;
use crate::models::tracer::Origin;
use crate::volume::Plane;
use crate::workflows::{Quantity, hours_text, role_text, side_text};

pub(super) use crate::workflows::number_text as number;

/// Why something cannot begin while a job runs.
pub(super) const WAIT: &str = "Wait until what is running is done, or cancel it";

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

/// By what scans go.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Naming {
    /// By their names, of which one may be a patient's.
    Names,
    /// By what is known of their origin and their hours, or else by their numbers.
    Roles,
}

impl Naming {
    /// A scan among those of a patient.
    pub(super) fn scan(self, desk: &Desk, at: usize) -> String {
        match self {
            Self::Names => scan_name(desk, at),
            Self::Roles => role_name(desk, at),
        }
    }

    /// A scan beside one that may have its name.
    pub(super) fn compared(self, desk: &Desk, at: usize) -> String {
        match self {
            Self::Names => compared_name(desk, at),
            Self::Roles => role_name(desk, at),
        }
    }
}

/// What a scan is, with nothing of its file's name; with a number where that is said of several.
fn role_name(desk: &Desk, at: usize) -> String {
    let role = |at: usize| desk.layers.get(at).map(|layer| role_of(layer, at));
    let own = role(at);
    let mut same = (0..desk.layers.len()).filter(|&other| role(other) == own);
    let (n, place) = (same.clone().count(), same.position(|other| other == at));
    let own = own.unwrap_or_default();
    match (n, place) {
        (2.., Some(place)) => format!("{own} ({})", place + 1),
        _ => own,
    }
}

/// What a scan is beside its name, in a word or two: labels, a map, real or predicted, and its hours unless
/// its name says them.
pub(super) fn role_words(desk: &Desk, at: usize) -> String {
    let Some(layer) = desk.layers.get(at) else {
        return String::new();
    };
    let what = match (layer.scan.map, &layer.scan.origin) {
        _ if layer.is_labels => Some("labels"),
        _ if layer.scan.made.is_some() => Some("map"),
        (Some(Quantity::FatUnits), _) => Some("signal"),
        (Some(Quantity::PercentChange), _) => Some("change"),
        (Some(Quantity::Concentration), _) => Some("tracer"),
        (None, Some(Origin::Real)) => Some("real"),
        (None, Some(Origin::Predicted(_))) => Some("predicted"),
        (None, None) => None,
    };
    let hours = layer.hours.map(hours_text);
    let hours = hours.filter(|text| !full_name(desk, at).ends_with(&format!(", {text}")));
    let parts = what.map(str::to_owned).into_iter().chain(hours);
    parts.collect::<Vec<_>>().join(", ")
}

fn role_of(layer: &Layer, at: usize) -> String {
    if layer.is_labels {
        return "Labels".to_owned();
    }
    if let Some(made) = &layer.scan.made {
        return made.kind.name().to_owned();
    }
    let what = match layer.scan.map {
        None => return role_text(layer.hours, layer.scan.origin.as_ref(), at + 1),
        Some(Quantity::FatUnits) => "Signal",
        Some(Quantity::PercentChange) => "Change",
        Some(Quantity::Concentration) => "Tracer",
    };
    match layer.hours {
        Some(hours) => format!("{what}, {}", hours_text(hours)),
        None => what.to_owned(),
    }
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
    side_text(axis, mm, desk.orientation())
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
