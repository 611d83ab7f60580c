//! Proportional-odds regression of an ordered grade.
//!
//! `ln(P(grade <= k) / P(grade > k)) = threshold_k - sum_j coefficient_j x_j` (McCullagh 1980), by
//! Newton's method on the log-likelihood, which is concave (Pratt 1981).

use nalgebra::{DMatrix, DVector};
use serde::Serialize;

use super::{
    Estimate, Outcome, Undefined,
    distribution::{chi_squared_above, critical_z, percent, two_sided_z},
};

/// One case: its grade, and the predictors in a fixed order.
#[derive(Clone, Debug, PartialEq)]
pub struct GradedCase {
    /// A level of the scale.
    pub grade: f64,
    /// One number per predictor.
    pub predictors: Vec<f64>,
}

/// A fitted proportional-odds model.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct OrdinalRegression {
    /// Per predictor: change of the log odds of a higher grade per unit of the predictor, with
    /// Wald interval and z test.
    pub coefficients: Vec<Outcome>,
    /// Between neighbouring levels that occur: log odds of the lower ones at predictors of 0.
    pub thresholds: Vec<Outcome>,
    /// The largest log-likelihood, LL.
    pub log_likelihood: f64,
    /// Log-likelihood without predictors, LL0.
    pub null_log_likelihood: f64,
    /// `1 - LL / LL0` (McFadden 1974).
    pub mcfadden: f64,
    /// `1 - exp(2 (LL0 - LL) / n)` (Cox and Snell 1989).
    pub cox_snell: f64,
    /// Cox and Snell's over its largest value, `1 - exp(2 LL0 / n)` (Nagelkerke 1991).
    pub nagelkerke: f64,
    /// `2 (LL - LL0)`, chi-squared on the number of predictors.
    pub likelihood_ratio: Outcome,
}

/// Fits the model. Levels that do not occur have no threshold of their own and change nothing.
///
/// # Errors
/// [`Undefined::BadNumber`] for a grade that is not a level, a number that is not finite or rows
/// of different length; [`Undefined::NoVariation`] for one level; [`Undefined::TooFewUnits`] for
/// no more cases than parameters; [`Undefined::Singular`] for a constant or redundant predictor;
/// [`Undefined::Separated`] where the likelihood has no maximum.
pub fn ordinal_regression(
    levels: &[f64],
    cases: &[GradedCase],
    confidence: f64,
) -> Result<OrdinalRegression, Undefined> {
    let design = DesignMatrix::of(levels, cases)?;
    let scales = design.scales()?;
    let scaled = design.scaled(&scales);
    let start = scaled.start();
    let found = scaled.maximise(start)?;
    let found = design.unscaled(&scales, &found);
    design.describe(&found, confidence)
}

/// Grades as indices into the levels that occur, and predictors.
struct DesignMatrix {
    grades: Vec<usize>,
    n_of: Vec<f64>,
    predictors: DMatrix<f64>,
}

/// Log-likelihood, gradient and Hessian at one point.
struct Slopes {
    value: f64,
    gradient: DVector<f64>,
    hessian: DMatrix<f64>,
}

impl DesignMatrix {
    fn of(levels: &[f64], cases: &[GradedCase]) -> Result<Self, Undefined> {
        let n_predictors = cases.first().map_or(0, |case| case.predictors.len());
        let fits = |case: &GradedCase| {
            case.predictors.len() == n_predictors && case.predictors.iter().all(|x| x.is_finite())
        };
        if !cases.iter().all(fits) {
            return Err(Undefined::BadNumber);
        }
        let level_of = |case: &GradedCase| levels.iter().position(|l| *l == case.grade);
        let placed: Option<Vec<usize>> = cases.iter().map(level_of).collect();
        let placed = placed.ok_or(Undefined::BadNumber)?;
        let mut used = placed.clone();
        used.sort_unstable();
        used.dedup();
        if used.len() < 2 {
            return Err(Undefined::NoVariation);
        }
        if cases.len() < n_predictors + used.len() {
            return Err(Undefined::TooFewUnits);
        }
        let grades: Vec<usize> = placed
            .iter()
            .map(|level| used.partition_point(|u| u < level))
            .collect();
        let count = |k: usize| grades.iter().filter(|g| **g == k).count() as f64;
        let x = DMatrix::from_fn(cases.len(), n_predictors, |i, j| cases[i].predictors[j]);
        Ok(Self {
            n_of: (0..used.len()).map(count).collect(),
            grades,
            predictors: x,
        })
    }

    fn n(&self) -> f64 {
        self.grades.len() as f64
    }

    fn n_thresholds(&self) -> usize {
        self.n_of.len() - 1
    }

    /// Mean and standard deviation of each predictor.
    fn scales(&self) -> Result<Vec<(f64, f64)>, Undefined> {
        let scales: Vec<(f64, f64)> = self
            .predictors
            .column_iter()
            .map(|x| (x.mean(), x.variance().sqrt()))
            .collect();
        if scales.iter().any(|(mean, sd)| *sd <= 1e-12 * mean.abs()) {
            return Err(Undefined::Singular);
        }
        let x = self.scaled(&scales).predictors;
        let smallest = (x.transpose() * &x).symmetric_eigenvalues();
        match smallest.iter().all(|value| *value > 1e-10 * self.n()) {
            true => Ok(scales),
            false => Err(Undefined::Singular),
        }
    }

    fn scaled(&self, scales: &[(f64, f64)]) -> Self {
        let (rows, columns) = self.predictors.shape();
        Self {
            grades: self.grades.clone(),
            n_of: self.n_of.clone(),
            predictors: DMatrix::from_fn(rows, columns, |i, j| {
                (self.predictors[(i, j)] - scales[j].0) / scales[j].1
            }),
        }
    }

    /// Parameters of scaled predictors as those of the predictors themselves.
    fn unscaled(&self, scales: &[(f64, f64)], found: &DVector<f64>) -> DVector<f64> {
        let k = self.n_thresholds();
        let mut found = found.clone();
        let mut shift = 0.0;
        for (j, (mean, sd)) in scales.iter().enumerate() {
            found[k + j] /= sd;
            shift += found[k + j] * mean;
        }
        found.rows_mut(0, k).add_scalar_mut(shift);
        found
    }

    /// The best thresholds without predictors.
    fn start(&self) -> DVector<f64> {
        let mut start = DVector::zeros(self.n_thresholds() + self.predictors.ncols());
        let mut below = 0.0;
        for k in 0..self.n_thresholds() {
            below += self.n_of[k];
            start[k] = (below / (self.n() - below)).ln();
        }
        start
    }

    fn null_log_likelihood(&self) -> f64 {
        self.n_of
            .iter()
            .map(|n_k| n_k * (n_k / self.n()).ln())
            .sum()
    }

    /// Newton's steps, halved until the likelihood does not fall.
    fn maximise(&self, start: DVector<f64>) -> Result<DVector<f64>, Undefined> {
        let mut at = start;
        let mut slopes = self.slopes(&at).ok_or(Undefined::Singular)?;
        for _ in 0..100 {
            let information = (-&slopes.hessian).cholesky().ok_or(Undefined::Separated)?;
            let step = information.solve(&slopes.gradient);
            let gain = step.dot(&slopes.gradient);
            if gain <= 1e-22 * self.n() {
                let largest = information.inverse().diagonal().max();
                return match largest.sqrt() < 1e3 {
                    true => Ok(at),
                    false => Err(Undefined::Separated),
                };
            }
            let mut length = 1.0;
            let next = loop {
                let to = &at + &step * length;
                let better = self
                    .slopes(&to)
                    .filter(|next| next.value >= slopes.value - 1e-12 * slopes.value.abs());
                if let Some(next) = better {
                    break Some((to, next));
                }
                length /= 2.0;
                if length < 1e-10 {
                    break None;
                }
            };
            (at, slopes) = next.ok_or(Undefined::Separated)?;
        }
        Err(Undefined::Separated)
    }

    /// `None` where a grade would have no probability, as with thresholds out of order.
    fn slopes(&self, at: &DVector<f64>) -> Option<Slopes> {
        let k = self.n_thresholds();
        let mut slopes = Slopes {
            value: 0.0,
            gradient: DVector::zeros(at.len()),
            hessian: DMatrix::zeros(at.len(), at.len()),
        };
        let coefficients = at.rows(k, at.len() - k);
        for (grade, x) in self.grades.iter().zip(self.predictors.row_iter()) {
            let shift = (x * coefficients)[0];
            let upper = (*grade < k).then(|| Logistic::at(at[*grade] - shift));
            let lower = grade.checked_sub(1).map(|g| Logistic::at(at[g] - shift));
            let chance = match (&upper, &lower) {
                (Some(upper), Some(lower)) => upper.below - lower.below,
                (Some(upper), None) => upper.below,
                (None, Some(lower)) => lower.above,
                (None, None) => return None,
            };
            if chance <= 0.0 {
                return None;
            }
            slopes.value += chance.ln();
            // Each end of the interval is one row: its sign, its threshold, minus the predictors.
            let ends = [(upper, 1.0, *grade), (lower, -1.0, grade.wrapping_sub(1))];
            let mut total = DVector::zeros(at.len());
            for (end, sign, threshold) in ends {
                let Some(end) = end else { continue };
                let mut row = DVector::zeros(at.len());
                row[threshold] = 1.0;
                row.rows_mut(k, at.len() - k).copy_from(&-x.transpose());
                total.axpy(sign * end.density / chance, &row, 1.0);
                slopes
                    .hessian
                    .ger(sign * end.slope / chance, &row, &row, 1.0);
            }
            slopes.hessian.ger(-1.0, &total, &total, 1.0);
            slopes.gradient += total;
        }
        Some(slopes)
    }

    fn describe(
        &self,
        found: &DVector<f64>,
        confidence: f64,
    ) -> Result<OrdinalRegression, Undefined> {
        let slopes = self.slopes(found).ok_or(Undefined::Separated)?;
        let information = (-&slopes.hessian).cholesky().ok_or(Undefined::Singular)?;
        let variances = information.inverse().diagonal();
        let (n, n_cases) = (self.n(), self.grades.len());
        let words = format!("; {} Wald interval and z test", percent(confidence));
        let estimate = |idx: usize, name: &str| {
            let se = variances[idx].sqrt();
            Estimate::new(found[idx], n_cases, format!("{name}{words}"))
                .with_se(se)
                .with_half_width(critical_z(confidence) * se)
                .with_p(two_sided_z(found[idx] / se))
                .outcome()
        };
        let k = self.n_thresholds();
        let (full, null) = (slopes.value, self.null_log_likelihood());
        let df = found.len() - k;
        let cox_snell = 1.0 - (2.0 / n * (null - full)).exp();
        let ratio = 2.0 * (full - null);
        let ratio_words = format!("likelihood-ratio test, chi-squared on {df} degrees of freedom");
        Ok(OrdinalRegression {
            coefficients: (k..found.len())
                .map(|idx| estimate(idx, "proportional-odds coefficient"))
                .collect(),
            thresholds: (0..k)
                .map(|idx| estimate(idx, "proportional-odds threshold"))
                .collect(),
            log_likelihood: full,
            null_log_likelihood: null,
            mcfadden: 1.0 - full / null,
            cox_snell,
            nagelkerke: cox_snell / (1.0 - (2.0 / n * null).exp()),
            likelihood_ratio: Estimate::new(ratio, n_cases, ratio_words)
                .with_p(chi_squared_above(ratio.max(0.0), df as f64))
                .outcome(),
        })
    }
}

/// The logistic distribution at one point.
struct Logistic {
    below: f64,
    above: f64,
    density: f64,
    /// Derivative of the density.
    slope: f64,
}

impl Logistic {
    fn at(x: f64) -> Self {
        let (below, above) = (1.0 / (1.0 + (-x).exp()), 1.0 / (1.0 + x.exp()));
        let density = below * above;
        Self {
            below,
            above,
            density,
            slope: density * (above - below),
        }
    }
}
