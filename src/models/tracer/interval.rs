//! When a scan was taken, in the intervals of the tracer study.

use serde::{Deserialize, Serialize};
use std::fmt;
use std::str::FromStr;

/// Hours after the injection, as the tracer study groups its scans (papers 000 and 001, Table 2).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum ScanInterval {
    /// Before the injection.
    #[serde(rename = "pre")]
    Pre,
    /// 1 to 2 h.
    #[serde(rename = "1-2h")]
    H1To2,
    /// 3 to 5 h.
    #[serde(rename = "3-5h")]
    H3To5,
    /// 5 to 7 h.
    #[serde(rename = "5-7h")]
    H5To7,
    /// 7 to 9 h.
    #[serde(rename = "7-9h")]
    H7To9,
}

/// The hours after the injection at which a scan counts as that of 24 h.
pub const TARGET_HOURS: [f64; 2] = [20.0, 30.0];

impl ScanInterval {
    /// In the order of time.
    pub const ALL: [Self; 5] = [
        Self::Pre,
        Self::H1To2,
        Self::H3To5,
        Self::H5To7,
        Self::H7To9,
    ];

    /// First and last hour. Scanners keep no promise to the minute, so that intervals reach
    /// half an hour further down, where no other begins.
    #[must_use]
    pub fn hours(self) -> [f64; 2] {
        match self {
            Self::Pre => [f64::NEG_INFINITY, 0.0],
            Self::H1To2 => [0.5, 2.5],
            Self::H3To5 => [2.5, 5.0],
            Self::H5To7 => [5.0, 7.0],
            Self::H7To9 => [7.0, 9.0],
        }
    }

    /// The interval of a scan taken so many hours after the injection, if it is in one.
    #[must_use]
    pub fn of(hours: f64) -> Option<Self> {
        // Half open, so that 5 h belongs to one interval only; no scan is both before and after.
        Self::ALL.into_iter().find(|interval| {
            let [first, last] = interval.hours();
            match interval {
                Self::Pre => hours <= last,
                Self::H7To9 => (first..=last).contains(&hours),
                _ => (first..last).contains(&hours),
            }
        })
    }

    /// As it is written on the command line and in the papers' tables.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Pre => "pre",
            Self::H1To2 => "1-2h",
            Self::H3To5 => "3-5h",
            Self::H5To7 => "5-7h",
            Self::H7To9 => "7-9h",
        }
    }

    /// As it stands in a sentence before "scan".
    #[must_use]
    pub fn in_words(self) -> &'static str {
        match self {
            Self::Pre => "pre-contrast",
            Self::H1To2 => "1-2 h",
            Self::H3To5 => "3-5 h",
            Self::H5To7 => "5-7 h",
            Self::H7To9 => "7-9 h",
        }
    }
}

impl fmt::Display for ScanInterval {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// Not the name of an interval.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
#[error("{0:?} is no interval: pre, 1-2h, 3-5h, 5-7h, 7-9h, or 1-9h for the last four together")]
pub struct NoInterval(String);

impl FromStr for ScanInterval {
    type Err = NoInterval;

    fn from_str(text: &str) -> Result<Self, NoInterval> {
        let found = Self::ALL.into_iter().find(|i| i.name() == text);
        found.ok_or_else(|| NoInterval(text.to_owned()))
    }
}

/// What a network is given: one scan of each of these intervals, in the order of time.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Inputs(Vec<ScanInterval>);

impl Inputs {
    /// The intervals.
    #[must_use]
    pub fn intervals(&self) -> &[ScanInterval] {
        &self.0
    }

    /// Planes that go into the network: two a scan.
    #[must_use]
    pub fn channels(&self) -> usize {
        2 * self.0.len()
    }
}

impl From<ScanInterval> for Inputs {
    fn from(interval: ScanInterval) -> Self {
        Self(vec![interval])
    }
}

impl fmt::Display for Inputs {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.0 == ScanInterval::ALL[1..] {
            return f.write_str("1-9h");
        }
        let names: Vec<&str> = self.0.iter().map(|i| i.name()).collect();
        f.write_str(&names.join("+"))
    }
}

impl FromStr for Inputs {
    type Err = NoInterval;

    /// One interval, `1-9h`, or several joined by `+`.
    fn from_str(text: &str) -> Result<Self, NoInterval> {
        if text == "1-9h" {
            return Ok(Self(ScanInterval::ALL[1..].to_vec()));
        }
        let parts: Result<Vec<ScanInterval>, _> = text.split('+').map(str::parse).collect();
        let mut intervals = parts?;
        intervals.sort_unstable();
        intervals.dedup();
        Ok(Self(intervals))
    }
}
