//! Intraclass correlation and Kendall's W: grades as numbers or ranks, complete units only.
//!
//! With n units and k raters, and mean squares between units (MSB), within units (MSW), between
//! raters (MSJ) and residual (MSE):
//!
//! ```text
//! (1,1) = (MSB - MSW) / (MSB + (k - 1) MSW)
//! (A,1) = (MSB - MSE) / (MSB + (k - 1) MSE + k (MSJ - MSE) / n)
//! (C,1) = (MSB - MSE) / (MSB + (k - 1) MSE)
//! (1,k) = (MSB - MSW) / MSB
//! (A,k) = (MSB - MSE) / (MSB + (MSJ - MSE) / n)
//! (C,k) = (MSB - MSE) / MSB
//! ```
//!
//! (Shrout and Fleiss 1979, there 1, 2, 3 and 1k, 2k, 3k; McGraw and Wong 1996 for the names.)

use std::fmt;

use serde::Serialize;

use super::{
    Estimate, Interval, IntervalKind, Outcome, Ratings, Undefined,
    distribution::{chi_squared_above, f_above, f_quantile, percent, tail},
    interval::FEW_UNITS,
    jackknife::{Freedom, JackknifeRecipe, LeftOut, Unanimous, with_jackknife},
    moments::square,
    rank::mid_ranks,
};

/// Which intraclass correlation.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum IccForm {
    /// ICC(1,1), ICC1: each unit has its own raters; one rating.
    OneWay,
    /// ICC(A,1), ICC2: the same raters, drawn from many; absolute agreement of one rating.
    Agreement,
    /// ICC(C,1), ICC3: consistency of one rating, shifts between raters ignored.
    Consistency,
    /// ICC(1,k), ICC1k: as `OneWay`, for the mean of the raters.
    OneWayMean,
    /// ICC(A,k), ICC2k: as `Agreement`, for the mean of the raters.
    AgreementMean,
    /// ICC(C,k), ICC3k: as `Consistency`, for the mean of the raters.
    ConsistencyMean,
}

impl IccForm {
    /// All six.
    pub const ALL: [Self; 6] = [
        Self::OneWay,
        Self::Agreement,
        Self::Consistency,
        Self::OneWayMean,
        Self::AgreementMean,
        Self::ConsistencyMean,
    ];

    /// McGraw and Wong's name.
    pub fn name(self) -> &'static str {
        match self {
            Self::OneWay => "ICC(1,1)",
            Self::Agreement => "ICC(A,1)",
            Self::Consistency => "ICC(C,1)",
            Self::OneWayMean => "ICC(1,k)",
            Self::AgreementMean => "ICC(A,k)",
            Self::ConsistencyMean => "ICC(C,k)",
        }
    }

    /// The same model for one rating, and whether this is the mean's.
    fn single(self) -> (Self, bool) {
        match self {
            Self::OneWayMean => (Self::OneWay, true),
            Self::AgreementMean => (Self::Agreement, true),
            Self::ConsistencyMean => (Self::Consistency, true),
            single => (single, false),
        }
    }
}

impl fmt::Display for IccForm {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// Intraclass correlation of level values with the F test of no correlation, which stands in the
/// method. Units that a rater left out are dropped.
///
/// The recommended interval is for these raters: the shift between them is a constant, and units
/// are left out one at a time. That of McGraw and Wong 1996 ([`IntervalKind::Asymptotic`]) is for
/// raters like these, drawn from many, and supposes normal traits; two or three raters do not
/// carry that, so it comes with a warning. It does not exist where the raters differ by nothing but
/// a shift.
pub fn icc(ratings: &Ratings, form: IccForm, interval: Interval) -> Outcome {
    let rows = ratings.complete_rows();
    let (n, k) = (rows.len(), ratings.n_raters());
    let method = format!("{form}, complete units");
    let undefined = |reason| Outcome::undefined(reason, n, method.clone());
    if k < 2 {
        return undefined(Undefined::TooFewRaters);
    }
    if n < 2 {
        return undefined(Undefined::TooFewUnits);
    }
    if rows.iter().flatten().all(|x| *x == rows[0][0]) {
        return undefined(Undefined::NoVariation);
    }
    let sums = SquareSums::of(&rows);
    let squares = sums.mean_squares();
    let (single, mean) = form.single();
    let up = |icc: f64| match mean {
        true => squares.k * icc / (1.0 + (squares.k - 1.0) * icc),
        false => icc,
    };
    let (f, df1, df2) = squares.f(single);
    let method = format!("{method}; F({df1}, {df2}) = {f:.3} against no correlation");
    let one = Estimate::new(squares.of_one(single), n, method);
    let mut found = match interval.kind {
        IntervalKind::Recommended => {
            let recipe = JackknifeRecipe {
                freedom: Freedom::Kurtosis,
                unanimous: squares.unanimous(largest_step(ratings.levels())),
                least: FEW_UNITS,
                confidence: interval.confidence,
            };
            let mut found = with_jackknife(one, &sums.left_out(&rows, single), &recipe);
            found.method += "; for these raters";
            found
        }
        IntervalKind::Asymptotic => {
            let mut found = one;
            let words = percent(interval.confidence);
            found.method += &format!("; {words} interval after McGraw and Wong");
            if single == IccForm::Agreement {
                found.method += ", for raters like these";
                found.warning = Some(format!(
                    "{k} raters do not carry an interval for raters like these: in simulations \
                     such intervals covered 72 to 95 % where they should cover 95 %"
                ));
            }
            let (low, high) = squares.interval(single, interval.confidence);
            found.with_interval(low, high)
        }
    };
    // What holds for one rating holds for their mean, by a curve that only rises.
    found.value = match mean {
        true => squares.of_mean(single),
        false => found.value,
    };
    found.low = found.low.map(up);
    found.high = found.high.map(up);
    if mean {
        found.se = None;
    }
    found.with_p(f_above(f, df1, df2)).outcome()
}

/// The largest difference of neighbouring levels: what a step may be.
fn largest_step(levels: &[f64]) -> f64 {
    let steps = levels.windows(2).map(|pair| pair[1] - pair[0]);
    steps.fold(0.0, f64::max)
}

/// Sums that mean squares follow from, about the grand mean so that they keep their digits.
struct SquareSums {
    n: f64,
    k: f64,
    middle: f64,
    all: f64,
    squares: f64,
    /// Squares of the units' sums, over k.
    units: f64,
    raters: Vec<f64>,
}

impl SquareSums {
    fn of(rows: &[Vec<f64>]) -> Self {
        let (n, k) = (rows.len() as f64, rows[0].len() as f64);
        let middle = rows.iter().flatten().sum::<f64>() / (n * k);
        let about = |x: &f64| x - middle;
        let rater = |j: usize| rows.iter().map(|row| row[j] - middle).sum();
        Self {
            n,
            k,
            middle,
            all: rows.iter().flatten().map(about).sum(),
            squares: rows.iter().flatten().map(|x| square(about(x))).sum(),
            units: rows
                .iter()
                .map(|row| square(row.iter().map(about).sum::<f64>()) / k)
                .sum(),
            raters: (0..rows[0].len()).map(rater).collect(),
        }
    }

    fn mean_squares(&self) -> MeanSquares {
        let (n, k) = (self.n, self.k);
        let correction = square(self.all) / (n * k);
        let between = self.units - correction;
        let raters = self.raters.iter().map(|sum| square(*sum)).sum::<f64>() / n - correction;
        let within = self.squares - self.units;
        // What rounding leaves of a sum of squares that is 0.
        let floor = 1e-13 * self.squares;
        let clean = |sum: f64| if sum <= floor { 0.0 } else { sum };
        MeanSquares {
            n,
            k,
            between: clean(between) / (n - 1.0),
            within: clean(within) / (n * (k - 1.0)),
            raters: clean(raters) / (k - 1.0),
            error: clean(within - raters) / ((n - 1.0) * (k - 1.0)),
        }
    }

    /// The correlation of one rating without each unit in turn.
    fn left_out(&self, rows: &[Vec<f64>], form: IccForm) -> Vec<LeftOut> {
        let without = |row: &Vec<f64>| {
            let own: Vec<f64> = row.iter().map(|x| x - self.middle).collect();
            let sum: f64 = own.iter().sum();
            let rest = Self {
                n: self.n - 1.0,
                k: self.k,
                middle: self.middle,
                all: self.all - sum,
                squares: self.squares - own.iter().map(|x| x * x).sum::<f64>(),
                units: self.units - square(sum) / self.k,
                raters: self.raters.iter().zip(&own).map(|(r, x)| r - x).collect(),
            };
            let found = rest.mean_squares();
            let varies = found.between + found.within > 0.0 && rest.n >= 2.0;
            (
                Some(found.of_one(form)).filter(|icc| varies && icc.is_finite()),
                1.0,
            )
        };
        rows.iter().map(without).collect()
    }
}

struct MeanSquares {
    n: f64,
    k: f64,
    between: f64,
    within: f64,
    raters: f64,
    error: f64,
}

impl MeanSquares {
    /// A unit with one rater one step off, among units that are alike.
    fn unanimous(&self, step: f64) -> Option<Unanimous> {
        (self.within == 0.0).then(|| Unanimous {
            step: step * step / self.k,
            expected: self.between / self.k,
        })
    }

    fn noise(&self, form: IccForm) -> f64 {
        match form {
            IccForm::OneWay => self.within,
            _ => self.error,
        }
    }

    fn shift(&self, form: IccForm) -> f64 {
        match form {
            IccForm::Agreement => {
                let difference = self.raters - self.error;
                // What rounding leaves where the two are equal.
                match difference.abs() <= 1e-12 * (self.raters + self.error) {
                    true => 0.0,
                    false => difference / self.n,
                }
            }
            _ => 0.0,
        }
    }

    fn of_one(&self, form: IccForm) -> f64 {
        let (noise, shift) = (self.noise(form), self.shift(form));
        self.share(noise, (self.k - 1.0) * noise + self.k * shift)
    }

    fn of_mean(&self, form: IccForm) -> f64 {
        self.share(self.noise(form), self.shift(form))
    }

    /// `(MSB - noise) / (MSB + rest)`, infinite where the two terms below cancel.
    fn share(&self, noise: f64, rest: f64) -> f64 {
        let below = self.between + rest;
        match below.abs() <= 1e-12 * (self.between + rest.abs()) {
            true => f64::INFINITY,
            false => (self.between - noise) / below,
        }
    }

    /// F against no correlation, and its degrees of freedom.
    fn f(&self, form: IccForm) -> (f64, f64, f64) {
        let df2 = match form {
            IccForm::OneWay => self.n * (self.k - 1.0),
            _ => (self.n - 1.0) * (self.k - 1.0),
        };
        (self.between / self.noise(form), self.n - 1.0, df2)
    }

    fn interval(&self, form: IccForm, confidence: f64) -> (f64, f64) {
        let upper = 1.0 - tail(confidence);
        if form == IccForm::Agreement {
            return self.agreement_interval(upper);
        }
        let (f, df1, df2) = self.f(form);
        let of = |f: f64| (f - 1.0) / (f + self.k - 1.0);
        (
            of(f / f_quantile(upper, df1, df2)),
            of(f * f_quantile(upper, df2, df1)),
        )
    }

    fn agreement_interval(&self, upper: f64) -> (f64, f64) {
        let (n, k) = (self.n, self.k);
        let icc = self.of_one(IccForm::Agreement);
        let a = k * icc / (n * (1.0 - icc));
        let b = 1.0 + k * icc * (n - 1.0) / (n * (1.0 - icc));
        let (raters, error) = (a * self.raters, b * self.error);
        let parts = raters.powi(2) / (k - 1.0) + error.powi(2) / ((n - 1.0) * (k - 1.0));
        let df = (raters + error).powi(2) / parts;
        let low_f = f_quantile(upper, n - 1.0, df);
        let high_f = f_quantile(upper, df, n - 1.0);
        let noise = k * self.raters + (k * n - k - n) * self.error;
        let (between, error) = (n * self.between, n * self.error);
        (
            (between - low_f * error) / (low_f * noise + between),
            (high_f * between - error) / (noise + high_f * between),
        )
    }
}

/// Kendall's coefficient of concordance of the raters' rankings of the units, corrected for ties:
///
/// ```text
/// W = 12 S / (m^2 (n^3 - n) - m sum (t^3 - t))
/// ```
///
/// with m raters, n units, S the sum of squared deviations of the units' rank sums, and t the
/// sizes of the groups of ties within each rater (Kendall and Babington Smith 1939, Siegel 1956).
/// `p` is of `m (n - 1) W` as chi-squared on n - 1 degrees of freedom. Units that a rater left out
/// are dropped.
pub fn kendall_w(ratings: &Ratings) -> Outcome {
    let rows = ratings.complete_rows();
    let (n, m) = (rows.len(), ratings.n_raters());
    let method = "Kendall's W, ties corrected, complete units; chi-squared test of no concordance";
    if m < 2 {
        return Outcome::undefined(Undefined::TooFewRaters, n, method);
    }
    if n < 2 {
        return Outcome::undefined(Undefined::TooFewUnits, n, method);
    }
    let mut rank_sums = vec![0.0; n];
    let mut ties = 0.0;
    for rater in 0..m {
        let given: Vec<f64> = rows.iter().map(|row| row[rater]).collect();
        let ranks = mid_ranks(&given);
        rank_sums
            .iter_mut()
            .zip(&ranks.ranks)
            .for_each(|(sum, rank)| *sum += rank);
        ties += ranks.ties;
    }
    let (n_f, m_f) = (n as f64, m as f64);
    let most = m_f * m_f * (n_f.powi(3) - n_f) - m_f * ties;
    if most == 0.0 {
        return Outcome::undefined(Undefined::NoVariation, n, method);
    }
    let mean = m_f * (n_f + 1.0) / 2.0;
    let spread: f64 = rank_sums.iter().map(|sum| (sum - mean).powi(2)).sum();
    let w = 12.0 * spread / most;
    Estimate::new(w, n, method)
        .with_p(chi_squared_above(m_f * (n_f - 1.0) * w, n_f - 1.0))
        .outcome()
}
