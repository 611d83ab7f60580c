//! Places, values and scans in words, as windows and pictures have them.

use crate::models::tracer::Origin;
use crate::volume::{Orientation, Plane, Window};

/// What every picture that is handed on says of the program.
pub const PICTURE_NOTICE: &str = concat!(
    "Cisterna ",
    env!("CARGO_PKG_VERSION"),
    ". Research use only. Not a medical device."
);

/// Hours after injection, as `24 h` or `1.5 h`; before it, in words.
#[must_use]
pub fn hours_text(hours: f64) -> String {
    if hours <= 0.0 {
        return "Before".to_owned();
    }
    let tenths = (hours * 10.0).round() / 10.0;
    format!("{tenths} h")
}

/// What a scan is called without its name: by what is known of its origin and its hours, or else by its
/// number among those that are open, from 1.
#[must_use]
pub fn role_text(hours: Option<f64>, origin: Option<&Origin>, number: usize) -> String {
    let origin = origin.map(|origin| match origin {
        Origin::Real => "Real",
        Origin::Predicted(_) => "Predicted",
    });
    match (origin, hours.map(hours_text)) {
        (Some(origin), Some(hours)) => format!("{origin} {hours}"),
        (Some(origin), None) => origin.to_owned(),
        (None, Some(hours)) => hours,
        (None, None) => format!("Scan {number}"),
    }
}

/// A coordinate along an axis of the world (0 x, 1 y, 2 z), in mm, with the side it lies on, as `L 3.5`;
/// where sides are not known, `x -3.5`.
#[must_use]
pub fn side_text(axis: usize, mm: f64, orientation: Orientation) -> String {
    let axis = axis.min(2);
    if orientation == Orientation::Unknown {
        return format!("{} {mm:.1}", ["x", "y", "z"][axis]);
    }
    let letters = [["R", "L"], ["A", "P"], ["S", "I"]][axis];
    // Rounded first, so that -0.04 is not called left.
    let tenths = (mm * 10.0).round();
    let letter = letters[usize::from(tenths < 0.0)];
    format!("{letter} {:.1}", tenths.abs() / 10.0)
}

/// Where a plane lies along its normal, as `Axial S 12.0 mm`.
#[must_use]
pub fn place_text(plane: Plane, at_mm: f64, orientation: Orientation) -> String {
    let side = side_text(plane.normal_axis(), at_mm, orientation);
    format!("{} {side} mm", plane.name())
}

/// From where to where slices at equal steps go, and in which steps.
#[must_use]
pub fn stack_text(plane: Plane, positions_mm: &[f64], orientation: Orientation) -> String {
    let side = |mm: &f64| side_text(plane.normal_axis(), *mm, orientation);
    let name = plane.name().to_lowercase();
    match positions_mm {
        [] => format!("no {name} slice"),
        [only] => format!("1 {name} slice at {} mm", side(only)),
        [first, second, ..] => {
            let n = positions_mm.len();
            let (from, to, step) = (side(first), side(&positions_mm[n - 1]), second - first);
            format!("{n} {name} slices from {from} to {to} mm, {step:.1} mm apart")
        }
    }
}

/// Which of its file's volumes is shown: its number, from 0 as `--volume` has it, and which of how many
/// that is.
#[must_use]
pub fn volume_text(volume_idx: usize, n_volumes: usize) -> String {
    format!("Volume {volume_idx} ({} of {n_volumes})", volume_idx + 1)
}

/// As much of the end of a text as fits: the names of a patient's scans begin alike.
#[must_use]
pub fn shortened(text: &str, fits: impl Fn(&str) -> bool) -> String {
    if fits(text) {
        return text.to_owned();
    }
    let tail = |from: usize| format!("…{}", &text[from..]);
    let starts: Vec<usize> = text.char_indices().skip(1).map(|(at, _)| at).collect();
    // The later it begins, the narrower it is: few are laid out, as this is done for each picture.
    let first = starts.partition_point(|&from| !fits(&tail(from)));
    starts
        .get(first)
        .map_or_else(String::new, |&from| tail(from))
}

/// A window by its ends, and as level and width.
#[must_use]
pub fn window_text(window: Window) -> String {
    let number = |value: f32| number_text(f64::from(value));
    format!(
        "window {} to {} (level {}, width {})",
        number(window.low),
        number(window.high),
        number(window.low + window.width() / 2.0),
        number(window.width())
    )
}

/// How many labels are drawn, as `48 labels`.
#[must_use]
pub fn labels_text(n_labels: usize) -> String {
    match n_labels {
        1 => "1 label".to_owned(),
        n => format!("{n} labels"),
    }
}

/// A value with four digits that matter.
#[must_use]
pub fn number_text(value: f64) -> String {
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
