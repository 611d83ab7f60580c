//! What a statistic hands back: a value with its interval, or the reason why there is none.

use std::fmt;

use serde::{Serialize, Serializer, ser::SerializeStruct};

/// A defined value with its interval.
#[derive(Clone, Debug, PartialEq)]
pub struct Estimate {
    /// The value itself, always finite.
    pub value: f64,
    /// Lower end of the interval; `None` where no interval was asked for or none exists.
    pub low: Option<f64>,
    /// Upper end of the interval.
    pub high: Option<f64>,
    /// How many units entered the value (after those that cannot enter were dropped).
    pub n: usize,
    /// Resamples in which nothing varied, so that they had no value and the interval leaves them
    /// out; 0 where there were no resamples.
    pub n_left_out: usize,
    /// How value and interval were computed, in words for a methods section.
    pub method: String,
}

/// Why a statistic has no value.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Undefined {
    /// Every rating that counts is equal, so there is no disagreement to expect.
    NoVariation,
    /// No unit was rated by two raters.
    NoPairs,
    /// The ratio metric was asked for on a scale with negative levels.
    NegativeLevels,
}

impl fmt::Display for Undefined {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::NoVariation => "undefined (no variation)",
            Self::NoPairs => "undefined (no unit has two ratings)",
            Self::NegativeLevels => "undefined (the ratio metric needs levels of 0 or more)",
        })
    }
}

/// An [`Estimate`], or the reason why there is none.
///
/// Serialises as one flat object with the same seven fields in both cases, so that a table of
/// outcomes stays a table: `value, low, high` are null and `undefined` holds the words where
/// there is no value; `undefined` is null where there is one.
#[derive(Clone, Debug, PartialEq)]
pub enum Outcome {
    /// There is a value.
    Defined(Estimate),
    /// There is none.
    Undefined {
        /// Why.
        reason: Undefined,
        /// How many units entered.
        n: usize,
        /// How it would have been computed.
        method: String,
    },
}

impl Outcome {
    /// The value, where there is one.
    pub fn value(&self) -> Option<f64> {
        self.estimate().map(|e| e.value)
    }

    /// The estimate, where there is one.
    pub fn estimate(&self) -> Option<&Estimate> {
        match self {
            Self::Defined(estimate) => Some(estimate),
            Self::Undefined { .. } => None,
        }
    }

    /// Why there is no value, where there is none.
    pub fn reason(&self) -> Option<Undefined> {
        match self {
            Self::Defined(_) => None,
            Self::Undefined { reason, .. } => Some(*reason),
        }
    }

    /// How many units entered.
    pub fn n(&self) -> usize {
        match self {
            Self::Defined(estimate) => estimate.n,
            Self::Undefined { n, .. } => *n,
        }
    }

    /// How it was, or would have been, computed.
    pub fn method(&self) -> &str {
        match self {
            Self::Defined(estimate) => &estimate.method,
            Self::Undefined { method, .. } => method,
        }
    }
}

impl fmt::Display for Estimate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:.3}", self.value)?;
        if let (Some(low), Some(high)) = (self.low, self.high) {
            write!(f, " ({low:.3} to {high:.3})")?;
        }
        Ok(())
    }
}

/// Three decimals and the interval in brackets, or the words.
impl fmt::Display for Outcome {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Defined(estimate) => estimate.fmt(f),
            Self::Undefined { reason, .. } => reason.fmt(f),
        }
    }
}

impl Serialize for Outcome {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let estimate = self.estimate();
        let mut object = serializer.serialize_struct("Outcome", 7)?;
        object.serialize_field("value", &self.value())?;
        object.serialize_field("low", &estimate.and_then(|e| e.low))?;
        object.serialize_field("high", &estimate.and_then(|e| e.high))?;
        object.serialize_field("n", &self.n())?;
        object.serialize_field("n_left_out", &estimate.map(|e| e.n_left_out))?;
        object.serialize_field("method", self.method())?;
        object.serialize_field("undefined", &self.reason().map(|r| r.to_string()))?;
        object.end()
    }
}
