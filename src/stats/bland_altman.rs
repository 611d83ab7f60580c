//! Differences between two measurements of the same quantity: limits of agreement, mean absolute
//! error.

use serde::Serialize;

use super::{
    Estimate, Outcome, Undefined,
    distribution::{critical_t, noncentral_t_quantile, percent, tail, two_sided_t},
    interval::{caution, holds_nowhere},
    moments::{mean, standard_deviation},
};

/// How the intervals of the limits are made.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum LimitsInterval {
    /// By the noncentral t distribution, exact for normal differences (Carkeet 2015).
    #[default]
    Exact,
    /// Limit plus and minus Student's t times `sd sqrt(3 / n)` (Bland and Altman 1986).
    Approximate,
}

impl LimitsInterval {
    fn name(self) -> &'static str {
        match self {
            Self::Exact => "noncentral t",
            Self::Approximate => "Student's t and Bland and Altman's standard error",
        }
    }
}

/// Bias and limits of agreement, in the unit of the measurements.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct BlandAltman {
    /// Mean of the differences first - second, with a t interval and t test of no bias.
    pub bias: Outcome,
    /// `bias - 1.96 sd`.
    pub lower: Outcome,
    /// `bias + 1.96 sd`.
    pub upper: Outcome,
    /// Standard deviation of the differences, with n - 1; `None` for fewer than two pairs.
    pub sd: Option<f64>,
}

/// Bland and Altman's 95 % limits of agreement of pairs (first, second), `bias -+ 1.96 sd`, with
/// intervals of the given confidence. Meant for measurements, not for grades.
pub fn bland_altman(
    pairs: &[(f64, f64)],
    interval: LimitsInterval,
    confidence: f64,
) -> BlandAltman {
    let words = percent(confidence);
    let bias_words = format!("mean difference; {words} interval and test by Student's t");
    let limit_words = |side: &str| {
        let kind = interval.name();
        format!("{side} 95 % limit of agreement; {words} interval by {kind}")
    };
    let (lower_words, upper_words) = (limit_words("lower"), limit_words("upper"));
    let differences: Vec<f64> = pairs.iter().map(|(a, b)| a - b).collect();
    let n = pairs.len();
    if let Some(reason) = unusable(&differences) {
        return BlandAltman {
            bias: Outcome::undefined(reason, n, bias_words),
            lower: Outcome::undefined(reason, n, lower_words),
            upper: Outcome::undefined(reason, n, upper_words),
            sd: None,
        };
    }
    let spread = LimitSpread {
        n,
        bias: mean(&differences),
        sd: standard_deviation(&differences),
    };
    BlandAltman {
        bias: spread.bias(bias_words, confidence),
        lower: spread.limit(-1.0, lower_words, interval, confidence),
        upper: spread.limit(1.0, upper_words, interval, confidence),
        sd: Some(spread.sd),
    }
}

fn unusable(differences: &[f64]) -> Option<Undefined> {
    match differences.len() {
        _ if differences.iter().any(|d| !d.is_finite()) => Some(Undefined::BadNumber),
        0 | 1 => Some(Undefined::TooFewUnits),
        _ => None,
    }
}

/// Mean and standard deviation of the differences.
struct LimitSpread {
    n: usize,
    bias: f64,
    sd: f64,
}

impl LimitSpread {
    fn df(&self) -> f64 {
        self.n as f64 - 1.0
    }

    fn se(&self) -> f64 {
        self.sd / (self.n as f64).sqrt()
    }

    fn bias(&self, words: String, confidence: f64) -> Outcome {
        Estimate::new(self.bias, self.n, words)
            .with_se(self.se())
            .with_half_width(critical_t(confidence, self.df()) * self.se())
            .with_p(two_sided_t(self.bias / self.se(), self.df()))
            .outcome()
    }

    fn limit(
        &self,
        side: f64,
        words: String,
        interval: LimitsInterval,
        confidence: f64,
    ) -> Outcome {
        let estimate = Estimate::new(self.bias + side * 1.96 * self.sd, self.n, words);
        match interval {
            LimitsInterval::Approximate => {
                let se = 3.0_f64.sqrt() * self.se();
                estimate
                    .with_se(se)
                    .with_half_width(critical_t(confidence, self.df()) * se)
            }
            LimitsInterval::Exact => {
                let (near, far) = tolerance(self.df(), confidence);
                let ends = [near, far].map(|distance| self.bias + side * distance * self.se());
                estimate.with_interval(ends[0].min(ends[1]), ends[0].max(ends[1]))
            }
        }
        .with_warning(holds_nowhere(
            "the interval is that of normal differences; where they have a long tail",
            [64, 84],
        ))
        .outcome()
    }
}

/// Units from which on simulated coverage was 0.93 or more, with a long tail too.
const FEW_ERRORS: usize = 150;

/// Distances from the mean, in standard errors of it, between which the limit of normal
/// differences lies: quantiles of noncentral t with centre `1.96 sqrt(n)`.
fn tolerance(df: f64, confidence: f64) -> (f64, f64) {
    let centre = 1.96 * (df + 1.0).sqrt();
    let outside = tail(confidence);
    (
        noncentral_t_quantile(outside, df, centre),
        noncentral_t_quantile(1.0 - outside, df, centre),
    )
}

/// Mean of `|first - second|`, in the unit of the measurements, with a t interval over pairs.
pub fn mean_absolute_error(pairs: &[(f64, f64)], confidence: f64) -> Outcome {
    let n = pairs.len();
    let method = format!(
        "mean absolute error; {} interval by Student's t over pairs",
        percent(confidence)
    );
    let errors: Vec<f64> = pairs.iter().map(|(a, b)| (a - b).abs()).collect();
    if errors.iter().any(|error| !error.is_finite()) {
        return Outcome::undefined(Undefined::BadNumber, n, method);
    }
    if n == 0 {
        return Outcome::undefined(Undefined::TooFewUnits, n, method);
    }
    let se = standard_deviation(&errors) / (n as f64).sqrt();
    Estimate::new(mean(&errors), n, method)
        .with_se(se)
        .with_half_width(critical_t(confidence, n as f64 - 1.0) * se)
        .within(0.0, f64::INFINITY)
        .with_warning(caution(n, FEW_ERRORS))
        .outcome()
}
