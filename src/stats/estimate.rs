//! What a statistic hands back: a value with its interval, or the reason why there is none.

use std::fmt;

use serde::{Serialize, Serializer, ser::SerializeStruct};

/// A defined value with its interval.
#[derive(Clone, Debug, PartialEq)]
pub struct Estimate {
    /// The value itself, always finite. For a test it is the test statistic.
    pub value: f64,
    /// Lower end of the interval; `None` where no interval was asked for or none exists.
    pub low: Option<f64>,
    /// Upper end of the interval.
    pub high: Option<f64>,
    /// Standard error, in the unit of the value; `None` where the method has none.
    pub se: Option<f64>,
    /// How many units entered the value (after those that cannot enter were dropped).
    pub n: usize,
    /// Two-sided p value of the null hypothesis that `method` names; `None` where none is tested.
    pub p: Option<f64>,
    /// Resamples in which nothing varied (or pairs of raters, for a mean over pairs), so that
    /// they had no value and were left out; 0 where nothing could be left out.
    pub n_left_out: usize,
    /// What a reader must know before trusting the interval, in words; `None` where nothing is
    /// known against it.
    pub warning: Option<String>,
    /// How value and interval were computed, in words for a methods section.
    pub method: String,
}

impl Estimate {
    pub(super) fn new(value: f64, n: usize, method: impl Into<String>) -> Self {
        Self {
            value,
            low: None,
            high: None,
            se: None,
            n,
            p: None,
            n_left_out: 0,
            warning: None,
            method: method.into(),
        }
    }

    /// Ends that are not finite, or one and the same as where nothing varied, are no interval, so that
    /// neither is kept.
    pub(super) fn with_interval(mut self, low: f64, high: f64) -> Self {
        if low.is_finite() && high.is_finite() && low < high {
            (self.low, self.high) = (Some(low), Some(high));
        }
        self
    }

    /// `value` plus and minus `half_width`.
    pub(super) fn with_half_width(self, half_width: f64) -> Self {
        let (low, high) = (self.value - half_width, self.value + half_width);
        self.with_interval(low, high)
    }

    /// Takes the interval back to the range that the quantity can have.
    pub(super) fn within(mut self, lowest: f64, highest: f64) -> Self {
        self.low = self.low.map(|low| low.max(lowest));
        self.high = self.high.map(|high| high.min(highest));
        self
    }

    pub(super) fn with_se(mut self, se: f64) -> Self {
        self.se = Some(se).filter(|se| se.is_finite());
        self
    }

    pub(super) fn with_p(mut self, p: f64) -> Self {
        self.p = Some(p).filter(|p| p.is_finite());
        self
    }

    /// Adds a warning, beside one that is there.
    pub(super) fn with_warning(mut self, warning: Option<String>) -> Self {
        self.warning = match (self.warning.take(), warning) {
            (Some(before), Some(more)) => Some(format!("{before}; {more}")),
            (before, more) => before.or(more),
        };
        self
    }

    pub(super) fn outcome(self) -> Outcome {
        match self.value.is_finite() {
            true => Outcome::Defined(self),
            false => Outcome::undefined(Undefined::NotFinite, self.n, self.method),
        }
    }
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
    /// Fewer units (or measurements) than the formula needs.
    TooFewUnits,
    /// Fewer raters than the formula needs.
    TooFewRaters,
    /// A scale of one level leaves nothing to agree about.
    OneLevel,
    /// Only positive, or only negative, cases.
    OneClass,
    /// No pair moved from one level to another, so there is nothing to test.
    NothingMoved,
    /// Every difference is zero.
    NoDifference,
    /// The observations cannot tell the parameters apart.
    Singular,
    /// A predictor separates the levels, so that the likelihood has no maximum.
    Separated,
    /// The input holds a number that is not finite, or a correlation outside -1 to 1.
    BadNumber,
    /// Every resample was without a value.
    NoResamples,
    /// A reader did not score every case in every arm.
    NotCrossed,
    /// The two arms differ in units, raters or levels.
    ArmsDiffer,
    /// The formula divides by zero or overflows for this input.
    NotFinite,
}

impl fmt::Display for Undefined {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::NoVariation => "undefined (no variation)",
            Self::NoPairs => "undefined (no unit has two ratings)",
            Self::NegativeLevels => "undefined (the ratio metric needs levels of 0 or more)",
            Self::TooFewUnits => "undefined (too few units)",
            Self::TooFewRaters => "undefined (too few raters)",
            Self::OneLevel => "undefined (the scale has one level)",
            Self::OneClass => "undefined (positive and negative cases are both needed)",
            Self::NothingMoved => "undefined (no pair changed its level)",
            Self::NoDifference => "undefined (every difference is zero)",
            Self::Singular => "undefined (the data cannot tell the parameters apart)",
            Self::Separated => "undefined (a predictor separates the levels)",
            Self::BadNumber => "undefined (a number is not finite or out of its range)",
            Self::NoResamples => "undefined (no resample has a value)",
            Self::NotCrossed => "undefined (not every reader scored every case in both arms)",
            Self::ArmsDiffer => "undefined (the arms differ in units or levels)",
            Self::NotFinite => "undefined (division by zero)",
        })
    }
}

/// An [`Estimate`], or the reason why there is none.
///
/// Serialises as one flat object with the same ten fields in both cases, so that a table of
/// outcomes stays a table: `value, low, high, se, p, warning` are null and `undefined` holds the words
/// where there is no value; `undefined` is null where there is one.
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
    pub(super) fn undefined(reason: Undefined, n: usize, method: impl Into<String>) -> Self {
        Self::Undefined {
            reason,
            n,
            method: method.into(),
        }
    }

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

    /// Both ends of the interval, where there is one.
    pub fn interval(&self) -> Option<(f64, f64)> {
        self.estimate().and_then(|e| e.low.zip(e.high))
    }

    /// The standard error, where there is one.
    pub fn se(&self) -> Option<f64> {
        self.estimate().and_then(|e| e.se)
    }

    /// The p value, where there is one.
    pub fn p(&self) -> Option<f64> {
        self.estimate().and_then(|e| e.p)
    }

    /// What speaks against the interval, where anything does.
    pub fn warning(&self) -> Option<&str> {
        self.estimate().and_then(|e| e.warning.as_deref())
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
        let mut object = serializer.serialize_struct("Outcome", 10)?;
        object.serialize_field("value", &self.value())?;
        object.serialize_field("low", &estimate.and_then(|e| e.low))?;
        object.serialize_field("high", &estimate.and_then(|e| e.high))?;
        object.serialize_field("se", &self.se())?;
        object.serialize_field("n", &self.n())?;
        object.serialize_field("p", &self.p())?;
        object.serialize_field("n_left_out", &estimate.map(|e| e.n_left_out))?;
        object.serialize_field("warning", &self.warning())?;
        object.serialize_field("method", self.method())?;
        object.serialize_field("undefined", &self.reason().map(|r| r.to_string()))?;
        object.end()
    }
}
