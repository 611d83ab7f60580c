//! Shares: of one sample, and of several raters on the same units.

use super::{
    Estimate, Outcome, Undefined,
    distribution::{critical_t, critical_z, percent},
    interval::{FEWEST_UNITS, unsimulated},
    moments::mean,
};

/// Units of the rarer kind below which simulated coverage fell to 0.92.
const FEW_OF_THE_RARER: f64 = 5.0;

/// The share `part / whole` with Wilson's score interval (Wilson 1927):
///
/// ```text
/// (p + z^2 / 2n -+ z sqrt(p (1 - p) / n + z^2 / 4n^2)) / (1 + z^2 / n)
/// ```
///
/// `n` is `whole`, which must be independent observations for the interval to hold.
pub fn wilson(part: usize, whole: usize, confidence: f64) -> Outcome {
    let method = format!("share with {} Wilson score interval", percent(confidence));
    if whole == 0 || part > whole {
        return Outcome::undefined(Undefined::TooFewUnits, whole, method);
    }
    let n = whole as f64;
    let p = part as f64 / n;
    let estimate = Estimate::new(p, whole, method).with_se((p * (1.0 - p) / n).sqrt());
    let (low, high) = score_limits(p, n, critical_z(confidence));
    estimate.with_interval(low, high).within(0.0, 1.0).outcome()
}

fn score_limits(p: f64, n: f64, z: f64) -> (f64, f64) {
    let centre = p + z * z / (2.0 * n);
    let half = z * (p * (1.0 - p) / n + z * z / (4.0 * n * n)).sqrt();
    let all = 1.0 + z * z / n;
    ((centre - half) / all, (centre + half) / all)
}

/// A share whose observations come in units, such as several raters on one patient.
pub(super) struct Clustered {
    pub(super) value: f64,
    /// Over units.
    pub(super) se: f64,
    /// Units.
    pub(super) n: usize,
    /// Observations: more than that they cannot be worth.
    pub(super) most: f64,
}

/// What [`Clustered::outcome`] does, for a method's words.
pub(super) fn clustered_words(confidence: f64) -> String {
    format!(
        "{} Wilson score interval with the number of observations that the spread over units \
         leaves, and Student's t",
        percent(confidence)
    )
}

impl Clustered {
    /// Wilson's limits with `p (1 - p) / SE^2` observations, at most those there are and as many
    /// as units where p is 0 or 1, and with t on n - 1 degrees of freedom in place of z.
    pub(super) fn outcome(self, method: String, confidence: f64) -> Outcome {
        let Self { value, se, n, most } = self;
        let estimate = Estimate::new(value, n, method);
        if n < FEWEST_UNITS {
            let words = format!("no interval is made from {n} units");
            return estimate.with_warning(Some(words)).outcome();
        }
        let spread = value * (1.0 - value);
        let worth = match spread <= 1e-12 {
            true => n as f64,
            false => (spread / (se * se)).min(most),
        };
        let (low, high) = score_limits(value, worth, critical_t(confidence, n as f64 - 1.0));
        estimate
            .with_se(se)
            .with_interval(low, high)
            .within(0.0, 1.0)
            .with_warning(unsimulated(n).or_else(|| {
                let n_rarer = value.min(1.0 - value) * n as f64;
                (n_rarer < FEW_OF_THE_RARER).then(|| {
                    "fewer than 5 units are of the rarer kind: such intervals covered 92 to 97 % in \
                     simulations where they should cover 95 %"
                        .to_owned()
                })
            }))
            .outcome()
    }
}

/// How the shares of several raters become one. Without gaps all three are the same number.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Pooling {
    /// Each unit has a share; their mean, units without any observation left out.
    MeanOfUnits,
    /// Each rater has a share; their mean, raters without any observation left out.
    MeanOfRaters,
    /// All observations count alike.
    AllObservations,
}

/// The share of true ones in `units[unit][rater]`, `None` being no observation. The interval is
/// Wilson's with design effect and t: it knows that raters saw the same units. The raters are taken
/// as they are.
///
/// `n` is the number of units with an observation.
pub fn share_over_units(units: &[Vec<Option<bool>>], pooling: Pooling, confidence: f64) -> Outcome {
    let tallies: Vec<UnitTally> = units
        .iter()
        .filter(|unit| unit.iter().any(Option::is_some))
        .map(|unit| tally(unit))
        .collect();
    let words = match pooling {
        Pooling::MeanOfUnits => "mean over units of the share among raters",
        Pooling::MeanOfRaters => "mean over raters of the share",
        Pooling::AllObservations => "share of all observations",
    };
    let method = format!("{words}; {}", clustered_words(confidence));
    let n = tallies.len();
    if n == 0 {
        return Outcome::undefined(Undefined::TooFewUnits, n, method);
    }
    let (value, deviations) = match pooling {
        Pooling::MeanOfUnits => {
            let share = |tally: &UnitTally| {
                let (part, whole) = sum(tally);
                part / whole
            };
            let shares: Vec<f64> = tallies.iter().map(share).collect();
            let value = mean(&shares);
            let about = shares.iter().map(|share| share - value).collect();
            (value, about)
        }
        Pooling::AllObservations => ratio(&tallies.iter().map(sum).collect::<Vec<_>>()),
        Pooling::MeanOfRaters => mean_of_raters(&tallies),
    };
    let squares: f64 = deviations.iter().map(|d: &f64| d * d).sum();
    let n_f = n as f64;
    Clustered {
        value,
        se: (squares / (n_f - 1.0) / n_f).sqrt(),
        n,
        most: tallies.iter().map(|tally| sum(tally).1).sum(),
    }
    .outcome(method, confidence)
}

/// True ones and observations of each rater in one unit.
type UnitTally = Vec<(f64, f64)>;

fn tally(unit: &[Option<bool>]) -> UnitTally {
    let of = |cell: &Option<bool>| {
        let one = |is: bool| f64::from(u8::from(is));
        (one(*cell == Some(true)), one(cell.is_some()))
    };
    unit.iter().map(of).collect()
}

fn sum(tally: &UnitTally) -> (f64, f64) {
    let add = |a: (f64, f64), b: &(f64, f64)| (a.0 + b.0, a.1 + b.1);
    tally.iter().fold((0.0, 0.0), add)
}

/// The ratio of two sums over units, and what each unit adds to it, less the ratio (linearised).
pub(super) fn ratio(units: &[(f64, f64)]) -> (f64, Vec<f64>) {
    let n = units.len() as f64;
    let (part, whole) = units.iter().fold((0.0, 0.0), |a, b| (a.0 + b.0, a.1 + b.1));
    let value = part / whole;
    let about = units.iter().map(|(x, m)| (x - value * m) / (whole / n));
    (value, about.collect())
}

fn mean_of_raters(tallies: &[UnitTally]) -> (f64, Vec<f64>) {
    let n_raters = tallies.iter().map(Vec::len).max().unwrap_or(0);
    let none = (0.0, 0.0);
    let own = |rater: usize| -> Vec<(f64, f64)> {
        let cells = tallies.iter().map(|unit| unit.get(rater).copied());
        cells.map(|cell| cell.unwrap_or(none)).collect()
    };
    let raters: Vec<(f64, Vec<f64>)> = (0..n_raters)
        .map(own)
        .filter(|units| units.iter().any(|of| of.1 > 0.0))
        .map(|units| ratio(&units))
        .collect();
    let n = raters.len() as f64;
    let mean = raters.iter().map(|of| of.0).sum::<f64>() / n;
    let about = |unit: usize| raters.iter().map(|of| of.1[unit]).sum::<f64>() / n;
    (mean, (0..tallies.len()).map(about).collect())
}

/// How two yes-or-no readings of the same cases agree on one of the answers: of all readings that
/// give it, the share that the other reading gives too, `2 a / (2 a + b + c)` (Fleiss 1975, there
/// "proportion of specific agreement"). Neither reading is the truth.
///
/// `units[unit][rater]` is a pair (first reading, second reading); `n` is the number of units in
/// which somebody gave the answer once. The interval is Wilson's with design effect and t.
pub fn specific_agreement(
    units: &[Vec<Option<(bool, bool)>>],
    answer: bool,
    confidence: f64,
) -> Outcome {
    let words = if answer { "positive" } else { "negative" };
    let method = format!(
        "{words} agreement: of the readings that are {words}, the share whose counterpart is too; {}",
        clustered_words(confidence)
    );
    let of_unit = |unit: &Vec<Option<(bool, bool)>>| {
        let mut sums = (0.0, 0.0);
        for (first, second) in unit.iter().flatten() {
            let n = f64::from(u8::from(*first == answer) + u8::from(*second == answer));
            let both = if n > 1.0 { 2.0 } else { 0.0 };
            sums = (sums.0 + both, sums.1 + n);
        }
        sums
    };
    let units: Vec<(f64, f64)> = units.iter().map(of_unit).filter(|of| of.1 > 0.0).collect();
    let n = units.len();
    if n == 0 {
        return Outcome::undefined(Undefined::TooFewUnits, n, method);
    }
    let (value, deviations) = ratio(&units);
    let squares: f64 = deviations.iter().map(|d| d * d).sum();
    let n_f = n as f64;
    Clustered {
        value,
        se: (squares / (n_f - 1.0) / n_f).sqrt(),
        n,
        // The two readings of a pair are not worth two.
        most: units.iter().map(|of| of.1).sum::<f64>() / 2.0,
    }
    .outcome(method, confidence)
}
