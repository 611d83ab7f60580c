//! Numbers computed now, gathered beside those that they have to be.

use super::facts::NumberCheck;
use super::verdict::Verdict;
use crate::stats::Outcome;

/// The checks of one group under way.
pub(super) struct Checks {
    group: &'static str,
    source: &'static str,
    made: Vec<NumberCheck>,
}

impl Checks {
    pub(super) fn of(group: &'static str) -> Self {
        Self {
            group,
            source: "",
            made: Vec::new(),
        }
    }

    /// What follows was computed or printed there.
    pub(super) fn by(&mut self, source: &'static str) {
        self.source = source;
    }

    /// A number within `tolerance`; relative to it where it is above 1.
    pub(super) fn number(
        &mut self,
        what: impl Into<String>,
        found: impl Into<Option<f64>>,
        expected: f64,
        tolerance: f64,
    ) {
        let tolerance = tolerance * expected.abs().max(1.0);
        self.add(what.into(), found.into(), Some(expected), tolerance);
    }

    /// The value of an outcome, as [`Checks::number`].
    pub(super) fn value(
        &mut self,
        what: impl Into<String>,
        found: &Outcome,
        expected: f64,
        tolerance: f64,
    ) {
        self.number(what, found.value(), expected, tolerance);
    }

    /// Both ends of an interval, as [`Checks::number`].
    pub(super) fn interval(
        &mut self,
        what: &str,
        found: &Outcome,
        expected: [f64; 2],
        tolerance: f64,
    ) {
        let (low, high) = found.interval().unzip();
        for (end, found, expected) in [("low", low, expected[0]), ("high", high, expected[1])] {
            let what = format!("{what}, {end} end of the 95 % interval");
            self.number(what, found, expected, tolerance);
        }
    }

    /// A p value, whose tolerance is relative, because small ones matter.
    pub(super) fn p(&mut self, what: &str, found: &Outcome, expected: f64, relative: f64) {
        let tolerance = relative * expected;
        self.add(format!("{what}, p"), found.p(), Some(expected), tolerance);
    }

    /// What must have no value.
    pub(super) fn none(&mut self, what: impl Into<String>, found: &Outcome) {
        self.add(what.into(), found.value(), None, 0.0);
    }

    pub(super) fn done(self) -> Vec<NumberCheck> {
        self.made
    }

    fn add(&mut self, what: String, found: Option<f64>, expected: Option<f64>, tolerance: f64) {
        let is_well = match (found, expected) {
            (Some(found), Some(expected)) => (found - expected).abs() <= tolerance,
            (None, None) => true,
            _ => false,
        };
        self.made.push(NumberCheck {
            group: self.group,
            what,
            source: self.source,
            expected,
            tolerance,
            found: found.filter(|found| found.is_finite()),
            remark: None,
            verdict: Verdict::of(is_well),
        });
    }
}

#[cfg(test)]
mod tests {
    use super::{Checks, Verdict};

    #[test]
    fn a_number_passes_within_its_tolerance_only() {
        let mut checks = Checks::of("a group");
        checks.by("by hand");
        checks.number("near", 1.0004, 1.0, 5e-4);
        checks.number("relative above 1", 100.4, 100.0, 5e-3);
        checks.number("off", 1.001, 1.0, 5e-4);
        checks.number("none", None::<f64>, 1.0, 1.0);
        checks.number("no number", f64::NAN, 1.0, 1.0);
        let verdicts: Vec<Verdict> = checks.done().iter().map(|one| one.verdict).collect();
        let [passed, failed] = [Verdict::Passed, Verdict::Failed];
        assert_eq!(verdicts, [passed, passed, failed, failed, failed]);
    }
}
