//! Calibration where there is little to calibrate.

use cisterna::stats::{Undefined, brier, calibration, reliability, temperature};

#[track_caller]
pub(super) fn close(made: Option<f64>, expected: f64, tolerance: f64) {
    let made = made.expect("a value");
    assert!(
        (made - expected).abs() < tolerance,
        "{made}, not {expected}"
    );
}

#[test]
fn the_temperature_has_a_lower_bound() {
    // What is sure and right can be as cold as is allowed.
    let sure = [(4.0, true), (-4.0, false)];
    close(temperature(&sure), 0.05, 1e-6);
    assert_eq!(temperature(&[(1.0, true)]), None);
    assert_eq!(temperature(&[(f64::NAN, true), (1.0, false)]), None);
}

#[test]
fn one_class_has_no_calibration() {
    let one_class = [(0.3, true), (0.6, true)];
    let made = calibration(&one_class, 0.95);
    assert_eq!(made.in_the_large.reason(), Some(Undefined::OneClass));
    assert!(made.slope.value().is_none());
    assert_eq!(brier(&[]).reason(), Some(Undefined::TooFewUnits));
}

#[test]
fn there_are_no_more_groups_than_cases() {
    let three = [(0.1, false), (0.5, true), (0.9, true)];
    assert_eq!(reliability(&three, 8, 0.95).len(), 3);
    assert!(reliability(&[], 8, 0.95).is_empty());
}
