//! How intervals are asked for, and what is said where one does not hold.

use serde::Serialize;

/// How an interval is made.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum IntervalKind {
    /// The one that covered best in small and skewed samples; the table at the head of this room
    /// says how well.
    #[default]
    Recommended,
    /// The one that other programs print: normal or Student's t about the value, F for intraclass
    /// correlations (which supposes raters drawn at random), DeLong's for areas. In samples of
    /// this size it is too narrow.
    Asymptotic,
}

/// The interval that is asked for.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Interval {
    /// Coverage aimed at, between 0 and 1; 0.95 by default.
    pub confidence: f64,
    /// How it is made.
    pub kind: IntervalKind,
}

impl Default for Interval {
    fn default() -> Self {
        Self::at(0.95)
    }
}

impl Interval {
    /// The recommended one.
    #[must_use]
    pub const fn at(confidence: f64) -> Self {
        Self {
            confidence,
            kind: IntervalKind::Recommended,
        }
    }

    /// The one of other programs.
    #[must_use]
    pub const fn asymptotic(confidence: f64) -> Self {
        Self {
            confidence,
            kind: IntervalKind::Asymptotic,
        }
    }
}

/// Units from which on every simulated coverage of a 95 % interval was 0.93 or more.
pub(super) const FEW_UNITS: usize = 100;

/// Cases of a class below which no interval of an area held everywhere.
pub(super) const FEW_OF_A_CLASS: usize = 12;

/// Units below which no interval is made: two or three units cannot say how far they vary.
pub(super) const FEWEST_UNITS: usize = 5;

/// What is said of an interval that held at no simulated size: its lowest and highest coverage, %.
pub(super) fn holds_nowhere(when: &str, [low, high]: [u8; 2]) -> Option<String> {
    Some(format!(
        "{when} such intervals covered {low} to {high} % in simulations where they should cover 95 %"
    ))
}

/// What is said of an interval from few units; `None` from `least` units on.
pub(super) fn caution(n: usize, least: usize) -> Option<String> {
    (n < least).then(|| {
        format!(
            "{n} units are few: below {least} the coverage of such intervals fell under 93 % in some \
             simulations, where it should be 95 %"
        )
    })
}

/// What is said of an interval that held at every simulated size, the smallest of which was 10.
pub(super) fn unsimulated(n: usize) -> Option<String> {
    (n < 10).then(|| {
        format!("{n} units are few: how often such intervals cover was not simulated below 10")
    })
}
