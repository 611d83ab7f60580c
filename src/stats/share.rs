//! Shares: of one sample, and of several raters on the same units.

use rand::{Rng, distr::Distribution};

use super::{
    Bootstrap, BootstrapKind, Estimate, Outcome, Undefined,
    alpha_interval::with_resamples,
    distribution::{critical_z, percent},
    resample::{any_of, resample},
};

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
    let (n, z) = (whole as f64, critical_z(confidence));
    let p = part as f64 / n;
    let spread = p * (1.0 - p) / n;
    let centre = p + z * z / (2.0 * n);
    let half = z * (spread + z * z / (4.0 * n * n)).sqrt();
    let all = 1.0 + z * z / n;
    Estimate::new(p, whole, method)
        .with_interval((centre - half) / all, (centre + half) / all)
        .with_se(spread.sqrt())
        .within(0.0, 1.0)
        .outcome()
}

/// How the shares of several raters become one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Pooling {
    /// Each rater has a share; their mean, raters without any observation left out.
    MeanOfRaters,
    /// All observations count alike.
    AllObservations,
}

/// The share of true ones in `units[unit][rater]`, `None` being no observation, with a bootstrap
/// interval: units are drawn with replacement and taken with all their raters, so that the
/// interval knows that raters saw the same units. The raters are taken as they are.
///
/// `n` is the number of units with an observation. Where no resample differs from another (every
/// observation is alike) there is no interval, since none could be told from such data.
pub fn share_over_units<R: Rng + ?Sized>(
    units: &[Vec<Option<bool>>],
    pooling: Pooling,
    bootstrap: &Bootstrap,
    rng: &mut R,
) -> Outcome {
    let kind = match bootstrap.kind {
        BootstrapKind::BiasCorrected => "bias-corrected and accelerated",
        BootstrapKind::Percentile | BootstrapKind::PercentileFixedExpected => "percentile",
    };
    let method = format!(
        "{}; {} {kind} interval from {} resamples of units with all their raters",
        match pooling {
            Pooling::MeanOfRaters => "mean over raters of the share",
            Pooling::AllObservations => "share of all observations",
        },
        percent(bootstrap.confidence),
        bootstrap.n_resamples,
    );
    let n = units.iter().filter(|unit| unit.iter().any(Option::is_some));
    let n = n.count();
    let tallies: Vec<Tally> = units.iter().map(|unit| tally(unit)).collect();
    let whole = || tallies.iter();
    let (Some(value), Some(any_unit)) = (pooled(whole(), pooling), any_of(units.len())) else {
        return Outcome::undefined(Undefined::TooFewUnits, n, method);
    };
    let values = resample(
        rng,
        bootstrap.n_resamples,
        || (),
        |(), rng| {
            let drawn = (0..units.len()).map(|_| &tallies[any_unit.sample(rng) as usize]);
            pooled(drawn, pooling)
        },
    );
    let left_out = || {
        let without = |left: usize| {
            let rest = whole().enumerate().filter(move |(idx, _)| *idx != left);
            (pooled(rest.map(|(_, tally)| tally), pooling), 1.0)
        };
        (0..units.len()).map(without).collect()
    };
    let mut found = with_resamples(Estimate::new(value, n, method), values, left_out, bootstrap);
    if found.low == found.high {
        (found.low, found.high, found.se) = (None, None, None);
    }
    found.outcome()
}

/// True ones and observations of each rater in one unit.
type Tally = Vec<(u32, u32)>;

fn tally(unit: &[Option<bool>]) -> Tally {
    let of = |cell: &Option<bool>| (u32::from(*cell == Some(true)), u32::from(cell.is_some()));
    unit.iter().map(of).collect()
}

fn pooled<'a>(units: impl Iterator<Item = &'a Tally>, pooling: Pooling) -> Option<f64> {
    let mut sums: Tally = Vec::new();
    for unit in units {
        sums.resize(sums.len().max(unit.len()), (0, 0));
        for (sum, (part, whole)) in sums.iter_mut().zip(unit) {
            *sum = (sum.0 + part, sum.1 + whole);
        }
    }
    let share = |(part, whole): (u32, u32)| (whole > 0).then(|| f64::from(part) / f64::from(whole));
    match pooling {
        Pooling::AllObservations => {
            let add = |a: (u32, u32), b: &(u32, u32)| (a.0 + b.0, a.1 + b.1);
            share(sums.iter().fold((0, 0), add))
        }
        Pooling::MeanOfRaters => {
            let shares: Vec<f64> = sums.into_iter().filter_map(share).collect();
            (!shares.is_empty()).then(|| shares.iter().sum::<f64>() / shares.len() as f64)
        }
    }
}
