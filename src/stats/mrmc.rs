//! Several readers, the same cases, two arms, a binary truth: do the arms differ in the mean area
//! under the ROC curve?

use serde::Serialize;

use super::{
    Estimate, Outcome, Undefined,
    distribution::{critical_t, critical_z, percent, two_sided_t, two_sided_z},
    interval::holds_nowhere,
    moments::covariance,
    roc::Placements,
    u_statistic,
};

/// Scores of a fully crossed study.
#[derive(Clone, Debug, PartialEq)]
pub struct ReaderStudy {
    /// Per case, whether it is positive in truth.
    pub truth: Vec<bool>,
    /// `scores[reader][arm][case]`, higher meaning positive.
    pub scores: Vec<[Vec<f64>; 2]>,
}

/// What the difference of the arms is to hold for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Generalise {
    /// Other readers and other cases.
    ReadersAndCases,
    /// These readers, other cases.
    Cases,
    /// Other readers, these cases.
    Readers,
}

/// Obuchowski and Rockette's analysis, with jackknife covariances over cases.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct ObuchowskiRockette {
    /// Area per reader and arm.
    pub areas: Vec<[f64; 2]>,
    /// Variance of an area over cases.
    pub variance: f64,
    /// Covariance: same reader, other arm.
    pub cov1: f64,
    /// Covariance: other reader, same arm.
    pub cov2: f64,
    /// Covariance: other reader, other arm.
    pub cov3: f64,
    /// Mean square of arms.
    pub mean_square_arm: f64,
    /// Mean square of readers.
    pub mean_square_reader: f64,
    /// Mean square of arms by readers.
    pub mean_square_arm_reader: f64,
    /// Degrees of freedom below the line for readers and cases (Hillis 2007).
    pub hillis_df: f64,
    /// Cases, of both classes.
    pub n_cases: usize,
}

impl ReaderStudy {
    /// Placements by reader and arm, or what is missing.
    fn placements(&self) -> Result<Vec<[Placements; 2]>, Undefined> {
        let crossed = |arm: &Vec<f64>| arm.len() == self.truth.len();
        if !self.scores.iter().flatten().all(crossed) {
            return Err(Undefined::NotCrossed);
        }
        if self.scores.len() < 2 {
            return Err(Undefined::TooFewRaters);
        }
        let placed = |arm: &[f64]| {
            let cases: Vec<(bool, f64)> = self
                .truth
                .iter()
                .copied()
                .zip(arm.iter().copied())
                .collect();
            Placements::of(&cases)
        };
        let n_positive = self.truth.iter().filter(|positive| **positive).count();
        let fewest = n_positive.min(self.truth.len() - n_positive);
        match fewest {
            0 => return Err(Undefined::OneClass),
            1 => return Err(Undefined::TooFewUnits),
            _ => {}
        }
        self.scores
            .iter()
            .map(|[first, second]| Ok([placed(first)?, placed(second)?]))
            .collect()
    }

    /// Variance components of the areas (Obuchowski and Rockette 1995, in the form of Hillis
    /// 2007).
    ///
    /// # Errors
    /// [`Undefined::NotCrossed`], [`Undefined::TooFewRaters`] for one reader,
    /// [`Undefined::TooFewUnits`] for a class of one case, [`Undefined::OneClass`],
    /// [`Undefined::BadNumber`].
    pub fn obuchowski_rockette(&self) -> Result<ObuchowskiRockette, Undefined> {
        let placed = self.placements()?;
        let areas: Vec<[f64; 2]> = placed
            .iter()
            .map(|arms| arms.each_ref().map(Placements::auc))
            .collect();
        let left: Vec<[Vec<f64>; 2]> = placed
            .iter()
            .map(|arms| arms.each_ref().map(Placements::jackknife))
            .collect();
        let j = areas.len() as f64;
        let (mut same, mut cov1, mut cov2, mut cov3) = (0.0, 0.0, 0.0, 0.0);
        for (r, first) in left.iter().enumerate() {
            for (s, second) in left.iter().enumerate() {
                let across = jackknife_covariance(&first[0], &second[1]);
                let within = jackknife_covariance(&first[0], &second[0])
                    + jackknife_covariance(&first[1], &second[1]);
                if r == s {
                    same += within / (2.0 * j);
                    cov1 += across / j;
                } else {
                    cov2 += within / (2.0 * j * (j - 1.0));
                    cov3 += across / (j * (j - 1.0));
                }
            }
        }
        let [arm, reader, both] = mean_squares(&areas);
        let below = both + j * (cov2 - cov3).max(0.0);
        Ok(ObuchowskiRockette {
            areas,
            variance: same,
            cov1,
            cov2,
            cov3,
            mean_square_arm: arm,
            mean_square_reader: reader,
            mean_square_arm_reader: both,
            hillis_df: match both > 0.0 {
                true => below.powi(2) / (both.powi(2) / (j - 1.0)),
                false => f64::INFINITY,
            },
            n_cases: self.truth.len(),
        })
    }

    /// Difference (first arm - second) of the mean areas with the unbiased variance of the
    /// U-statistic over readers and cases, from the moments of products of
    /// psi (Gallas 2006, as in iMRMC), z test and normal interval.
    ///
    /// The estimate of the variance can be negative in small studies; then there is neither
    /// standard error nor interval.
    pub fn u_statistic_difference(&self, confidence: f64) -> Outcome {
        let n = self.truth.len();
        let method = format!(
            "difference of mean areas under ROC curves; U-statistic variance over readers and \
             cases, z test, {} normal interval",
            percent(confidence)
        );
        let placed = match self.placements() {
            Ok(placed) => placed,
            Err(reason) => return Outcome::undefined(reason, n, method),
        };
        let mean = |arm: usize| {
            placed.iter().map(|arms| arms[arm].auc()).sum::<f64>() / placed.len() as f64
        };
        let variance = u_statistic::difference_variance(self);
        let difference = mean(0) - mean(1);
        let mut estimate = Estimate::new(difference, n, method);
        if variance > 0.0 {
            let se = variance.sqrt();
            estimate = estimate
                .with_se(se)
                .with_half_width(critical_z(confidence) * se)
                .with_p(two_sided_z(difference / se))
                .with_warning(holds_nowhere("with three readers", [82, 94]));
        }
        estimate.outcome()
    }
}

impl ObuchowskiRockette {
    /// Difference (first arm - second) of the mean areas with interval and test. The F test on
    /// (1, d) degrees of freedom of two arms is the t test on d.
    ///
    /// For readers and cases the error is `MS(arm x reader) + max(J (cov2 - cov3), 0)` on Hillis'
    /// degrees of freedom; for cases `variance - cov1 + max((J - 1)(cov2 - cov3), 0)`, normal; for
    /// readers `MS(arm x reader)` on J - 1. The squared standard error is 2 / J times that.
    pub fn difference(&self, to: Generalise, confidence: f64) -> Outcome {
        let j = self.areas.len() as f64;
        let apart = (self.cov2 - self.cov3).max(0.0);
        let (error, df, words) = match to {
            Generalise::ReadersAndCases => (
                self.mean_square_arm_reader + j * apart,
                self.hillis_df,
                "random readers and cases",
            ),
            Generalise::Cases => (
                self.variance - self.cov1 + (j - 1.0) * apart,
                f64::INFINITY,
                "fixed readers, random cases",
            ),
            Generalise::Readers => (
                self.mean_square_arm_reader,
                j - 1.0,
                "random readers, fixed cases",
            ),
        };
        let method = format!(
            "difference of mean areas under ROC curves, Obuchowski and Rockette's model with \
             jackknife covariances, {words}; {} interval and test on {df:.1} degrees of freedom",
            percent(confidence)
        );
        let mean = |arm: usize| self.areas.iter().map(|areas| areas[arm]).sum::<f64>() / j;
        let difference = mean(0) - mean(1);
        let mut estimate = Estimate::new(difference, self.n_cases, method);
        let se = (2.0 * error / j).sqrt();
        // Arms that agree leave rounding only, which is nothing to test with.
        if se > 1e-9 {
            estimate = estimate
                .with_se(se)
                .with_half_width(critical_t(confidence, df) * se)
                .with_p(two_sided_t(difference / se, df));
        }
        estimate.outcome()
    }
}

/// Mean squares of arms, readers, and arms by readers.
fn mean_squares(areas: &[[f64; 2]]) -> [f64; 3] {
    let j = areas.len() as f64;
    let reader: Vec<f64> = areas.iter().map(|a| f64::midpoint(a[0], a[1])).collect();
    let grand = reader.iter().sum::<f64>() / j;
    let arm = [0, 1].map(|arm| areas.iter().map(|a| a[arm]).sum::<f64>() / j);
    let arms: f64 = arm.iter().map(|mean| (mean - grand).powi(2)).sum();
    let readers: f64 = reader.iter().map(|mean| (mean - grand).powi(2)).sum();
    let cells = areas
        .iter()
        .zip(&reader)
        .flat_map(|(areas, reader)| [0, 1].map(|i| (areas[i] - arm[i] - reader + grand).powi(2)));
    let both: f64 = cells.sum();
    [j * arms, 2.0 * readers / (j - 1.0), both / (j - 1.0)]
}

/// `(N - 1) / N` times the sum of products of deviations.
fn jackknife_covariance(a: &[f64], b: &[f64]) -> f64 {
    let n = a.len() as f64;
    covariance(a, b) * (n - 1.0).powi(2) / n
}
