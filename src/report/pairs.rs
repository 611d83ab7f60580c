//! Two readings of the same things: every test and every difference of them.

use std::collections::BTreeMap;

use serde::Serialize;

use super::{
    agreement::ByName,
    analysis::NOTICE,
    same_grade::holm_of,
    words::{assumed_line, p_words},
};
use crate::stats::{
    BlandAltman, IccForm, Interval, KsMethod, LimitsInterval, Outcome, Ratings, StatsError,
    TransitionMatrix, Weights, bhapkar, bland_altman, bowker, cohen_kappa, icc, kolmogorov_smirnov,
    mean_absolute_error, pearson, spearman, stuart_maxwell, wilcoxon_rank_sum,
    wilcoxon_signed_rank,
};

/// A test, and its p value by Holm over all pairs that are compared.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct AdjustedTest {
    /// The test.
    pub test: Outcome,
    /// AdjustedTest.
    pub p_holm: Option<f64>,
}

/// Two readings, the first against the second.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct PairOfReadings {
    /// What the first is.
    pub first: String,
    /// What the second is.
    pub second: String,
    /// Things with both readings.
    pub n_pairs: usize,
    /// Rows are the first; none of measurements.
    pub transitions: Option<TransitionMatrix>,
    /// Do the readings use the grades alike? By the name of the test: `stuart_maxwell`, `bhapkar`,
    /// `bowker` (of grades), `signed_rank`, and as of two samples that have nothing to do with each
    /// other `rank_sum`, `kolmogorov_smirnov`.
    pub tests: BTreeMap<&'static str, AdjustedTest>,
    /// Cohen's kappa, quadratic weights, of grades.
    pub kappa: Option<Outcome>,
    /// The six intraclass correlations.
    pub icc: ByName,
    /// Pearson's r.
    pub pearson: Outcome,
    /// Spearman's rho.
    pub spearman: Outcome,
    /// Mean of the absolute differences.
    pub mean_absolute_error: Outcome,
    /// Bias and limits of agreement.
    pub bland_altman: BlandAltman,
}

/// All pairs that are compared.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct PairsOfReadings {
    /// What was assumed of the input.
    pub assumed: Vec<String>,
    /// What it is for.
    pub notice: &'static str,
    /// Each pair.
    pub pairs: Vec<PairOfReadings>,
}

/// The names of two readings, and the values of both for each unit.
pub type TwoReadings = (String, String, Vec<(f64, f64)>);

impl PairsOfReadings {
    /// Takes (first name, second name, pairs of values); `levels` are those of a scale, none for
    /// measurements.
    ///
    /// # Errors
    /// When a value is not one of the levels.
    pub fn of(
        compared: &[TwoReadings],
        levels: Option<&[f64]>,
        interval: Interval,
        assumed: Vec<String>,
    ) -> Result<Self, StatsError> {
        let pairs: Result<Vec<_>, _> = compared
            .iter()
            .map(|(first, second, pairs)| {
                PairOfReadings::of([first, second], pairs, levels, interval)
            })
            .collect();
        let mut pairs = pairs?;
        let names: Vec<&'static str> = pairs
            .first()
            .map_or_else(Vec::new, |of| of.tests.keys().copied().collect());
        for name in names {
            let family: Vec<Outcome> = pairs.iter().map(|of| of.tests[name].test.clone()).collect();
            for (of, p_holm) in pairs.iter_mut().zip(holm_of(&family)) {
                if let Some(own) = of.tests.get_mut(name) {
                    own.p_holm = p_holm;
                }
            }
        }
        Ok(Self {
            assumed,
            notice: NOTICE,
            pairs,
        })
    }

    /// As plain text.
    #[must_use]
    pub fn to_text(&self) -> String {
        let mut lines = vec![assumed_line(&self.assumed)];
        for pair in &self.pairs {
            pair.write(&mut lines);
        }
        if self.pairs.len() > 1 {
            let n = self.pairs.len();
            lines.push(format!(
                "Holm: each test over the {n} pairs that were compared."
            ));
        }
        lines.push(self.notice.into());
        lines.join("\n")
    }
}

impl PairOfReadings {
    fn of(
        [first, second]: [&str; 2],
        pairs: &[(f64, f64)],
        levels: Option<&[f64]>,
        interval: Interval,
    ) -> Result<Self, StatsError> {
        let transitions = levels
            .map(|levels| TransitionMatrix::from_pairs(levels, first, second, pairs))
            .transpose()?;
        let units: Vec<Vec<Option<f64>>> = pairs
            .iter()
            .map(|(a, b)| vec![Some(*a), Some(*b)])
            .collect();
        let ratings = match (levels, units.is_empty()) {
            (Some(levels), _) => Ratings::new(levels, 2, &units)?,
            (None, false) => Ratings::with_observed_levels(2, &units)?,
            (None, true) => return Err(StatsError::NoRatings),
        };
        let (a, b): (Vec<f64>, Vec<f64>) = pairs.iter().copied().unzip();
        let ties = a.iter().chain(&b).collect::<Vec<_>>();
        let mut sorted: Vec<f64> = ties.into_iter().copied().collect();
        sorted.sort_by(f64::total_cmp);
        let has_ties = sorted.windows(2).any(|pair| pair[0] == pair[1]);
        let ks = match has_ties || pairs.len() > 500 {
            true => KsMethod::Stephens,
            false => KsMethod::Exact,
        };
        let mut tests: Vec<(&'static str, Outcome)> = Vec::new();
        if let Some(table) = &transitions {
            tests.push(("stuart_maxwell", stuart_maxwell(table)));
            tests.push(("bhapkar", bhapkar(table)));
            tests.push(("bowker", bowker(table)));
        }
        tests.push(("signed_rank", wilcoxon_signed_rank(pairs)));
        tests.push(("rank_sum", wilcoxon_rank_sum(&a, &b)));
        tests.push(("kolmogorov_smirnov", kolmogorov_smirnov(&a, &b, ks)));
        let adjusted = |(name, test)| (name, AdjustedTest { test, p_holm: None });
        Ok(Self {
            first: first.to_owned(),
            second: second.to_owned(),
            n_pairs: pairs.len(),
            kappa: transitions
                .as_ref()
                .map(|table| cohen_kappa(table, Weights::Quadratic, interval)),
            transitions,
            tests: tests.into_iter().map(adjusted).collect(),
            icc: IccForm::ALL
                .map(|form| (form.name(), icc(&ratings, form, interval)))
                .into(),
            pearson: pearson(pairs, interval.confidence),
            spearman: spearman(pairs, interval.confidence),
            mean_absolute_error: mean_absolute_error(pairs, interval.confidence),
            bland_altman: bland_altman(pairs, LimitsInterval::Exact, interval.confidence),
        })
    }

    fn write(&self, lines: &mut Vec<String>) {
        lines.push(format!(
            "{} against {}, {} pairs",
            self.first, self.second, self.n_pairs
        ));
        let mut line = |name: &str, outcome: &Outcome| {
            lines.push(format!("  {name:<28} {outcome}, n = {}", outcome.n()));
            lines.push(format!("    {}", outcome.method()));
            lines.extend(
                outcome
                    .warning()
                    .map(|words| format!("    Caution: {words}")),
            );
        };
        for (name, of) in &self.icc {
            line(name, of);
        }
        if let Some(kappa) = &self.kappa {
            line("Cohen's kappa, quadratic", kappa);
        }
        line("Pearson's r", &self.pearson);
        line("Spearman's rho", &self.spearman);
        line("mean absolute error", &self.mean_absolute_error);
        line("bias", &self.bland_altman.bias);
        line("lower limit of agreement", &self.bland_altman.lower);
        line("upper limit of agreement", &self.bland_altman.upper);
        for of in self.tests.values() {
            let p = |p: Option<f64>| p.map_or_else(|| "-".to_owned(), p_words);
            let said = match of.test.reason() {
                Some(reason) => reason.to_string(),
                None => format!("p {}, by Holm {}", p(of.test.p()), p(of.p_holm)),
            };
            lines.push(format!(
                "  {}: {said}, n = {}",
                of.test.method(),
                of.test.n()
            ));
        }
        lines.push(String::new());
    }
}
