//! Cohen's kappa of two raters, and Light's mean over pairs of raters.

use super::{
    Estimate, Interval, IntervalKind, Outcome, Ratings, TransitionMatrix, Undefined, Weights,
    distribution::{critical_z, percent, two_sided_z},
    interval::FEW_UNITS,
    jackknife::{Freedom, JackknifeRecipe, LeftOut, Unanimous, with_jackknife},
    moments::mean,
};

/// Cohen's kappa, weighted or not, from the table of two raters.
///
/// With shares p, row and column shares r and c, weights w, `p_o = sum w p`, `p_e = sum w r c`:
/// `kappa = (p_o - p_e) / (1 - p_e)` (Cohen 1960, 1968). The recommended interval is the
/// jackknife's on the inverse hyperbolic tangent with degrees of freedom by kurtosis; the
/// asymptotic one is normal, with the variance of Fleiss, Cohen and Everitt 1969. `p` tests that
/// kappa is 0, with the variance under that hypothesis. Weighted kappa depends on levels that
/// nobody gave.
///
/// `n` is the number of units that both rated.
pub fn cohen_kappa(table: &TransitionMatrix, weights: Weights, interval: Interval) -> Outcome {
    let n = table.n();
    let method = format!("Cohen's kappa, {weights}");
    if n == 0 {
        return Outcome::undefined(Undefined::NoPairs, n, method);
    }
    let sums = KappaSums::of(table, weights);
    let Some(kappa) = sums.kappa([sums.n, sums.agreement, sums.chance]) else {
        return Outcome::undefined(Undefined::NoVariation, n, method);
    };
    let estimate = Estimate::new(kappa, n, method);
    let mut estimate = match interval.kind {
        IntervalKind::Recommended => {
            let recipe = JackknifeRecipe {
                freedom: Freedom::Kurtosis,
                unanimous: sums.unanimous(),
                least: FEW_UNITS,
                confidence: interval.confidence,
            };
            with_jackknife(estimate, &sums.left_out(), &recipe)
        }
        IntervalKind::Asymptotic => {
            let mut estimate = estimate;
            estimate.method += &format!(
                "; {} normal interval from the asymptotic standard error",
                percent(interval.confidence)
            );
            let se = sums.se(kappa);
            estimate
                .with_se(se)
                .with_half_width(critical_z(interval.confidence) * se)
        }
    };
    estimate.method += "; z test of kappa 0 with the standard error under that hypothesis";
    estimate
        .with_p(two_sided_z(kappa / sums.null_se()))
        .outcome()
}

/// Light's kappa: the mean of Cohen's kappa over all pairs of raters (Light 1971), each pair on
/// the units that both rated.
///
/// Pairs without a kappa are left out and counted in [`Estimate::n_left_out`]; there is no
/// interval. `n` is the number of units with two ratings or more.
pub fn light_kappa(ratings: &Ratings, weights: Weights) -> Outcome {
    let n = ratings.rated_levels().filter(|u| u.len() >= 2).count();
    let method = format!("Light's kappa: mean of Cohen's kappa over pairs of raters, {weights}");
    let raters = 0..ratings.n_raters();
    let pairs = raters.flat_map(|second| (0..second).map(move |first| (first, second)));
    let kappas: Vec<Option<f64>> = pairs
        .filter_map(|(first, second)| ratings.table(first, second))
        .filter(|table| table.n() > 0)
        .map(|table| {
            let sums = KappaSums::of(&table, weights);
            sums.kappa([sums.n, sums.agreement, sums.chance])
        })
        .collect();
    let values: Vec<f64> = kappas.iter().flatten().copied().collect();
    if values.is_empty() {
        let reason = match kappas.is_empty() {
            true if ratings.n_raters() < 2 => Undefined::TooFewRaters,
            true => Undefined::NoPairs,
            false => Undefined::NoVariation,
        };
        return Outcome::undefined(reason, n, method);
    }
    let mut estimate = Estimate::new(mean(&values), n, method);
    estimate.n_left_out = kappas.len() - values.len();
    estimate.outcome()
}

/// The table as weighted sums of counts.
struct KappaSums<'a> {
    table: &'a TransitionMatrix,
    weights: Weights,
    n: f64,
    rows: Vec<f64>,
    columns: Vec<f64>,
    /// Sum of weights of each row level over the columns' counts, and of each column level over
    /// the rows'.
    near_columns: Vec<f64>,
    near_rows: Vec<f64>,
    /// `n p_o`.
    agreement: f64,
    /// `n^2 p_e`.
    chance: f64,
}

impl<'a> KappaSums<'a> {
    fn of(table: &'a TransitionMatrix, weights: Weights) -> Self {
        let q = table.levels().len();
        let rows: Vec<f64> = (0..q).map(|i| table.row_total(i) as f64).collect();
        let columns = table.column_totals();
        // The weights are symmetric, so that one sum serves both ways.
        let near = |counts: &[f64]| -> Vec<f64> {
            let used: Vec<(usize, f64)> = (0..q)
                .map(|j| (j, counts[j]))
                .filter(|of| of.1 > 0.0)
                .collect();
            let sum = |i: usize| used.iter().map(|(j, n)| weights.of(i, *j, q) * n).sum();
            (0..q).map(sum).collect()
        };
        let near_columns = near(&columns);
        let agreement = cells(table).map(|(i, j, n)| weights.of(i, j, q) * n).sum();
        Self {
            table,
            weights,
            n: table.n() as f64,
            agreement,
            chance: rows.iter().zip(&near_columns).map(|(r, w)| r * w).sum(),
            near_rows: near(&rows),
            near_columns,
            rows,
            columns,
        }
    }

    fn q(&self) -> usize {
        self.rows.len()
    }

    /// From n, `n p_o` and `n^2 p_e`; `None` where chance alone agrees always.
    fn kappa(&self, [n, agreement, chance]: [f64; 3]) -> Option<f64> {
        let chance = chance / (n * n);
        let left = 1.0 - chance;
        (n > 0.0 && left > 1e-12).then(|| (agreement / n - chance) / left)
    }

    /// Kappa without one unit of each cell.
    fn left_out(&self) -> Vec<LeftOut> {
        let q = self.q();
        cells(self.table)
            .map(|(i, j, times)| {
                let w = self.weights.of(i, j, q);
                let chance = self.chance - self.near_columns[i] - self.near_rows[j] + w;
                (
                    self.kappa([self.n - 1.0, self.agreement - w, chance]),
                    times,
                )
            })
            .collect()
    }

    fn unanimous(&self) -> Option<Unanimous> {
        (self.table.n_alike() == self.table.n()).then(|| Unanimous {
            step: 1.0 - self.weights.of(0, 1, self.q()),
            expected: 1.0 - self.chance / (self.n * self.n),
        })
    }

    /// Asymptotic.
    fn se(&self, kappa: f64) -> f64 {
        let chance = self.chance / (self.n * self.n);
        let term = |(i, j, n): (usize, usize, f64)| {
            let mean = (self.near_columns[i] + self.near_rows[j]) / self.n;
            let w = self.weights.of(i, j, self.q());
            n / self.n * (w - mean * (1.0 - kappa)).powi(2)
        };
        let spread: f64 = cells(self.table).map(term).sum();
        let centre = kappa - chance * (1.0 - kappa);
        ((spread - centre * centre).max(0.0) / self.n).sqrt() / (1.0 - chance)
    }

    /// Under the hypothesis that kappa is 0.
    fn null_se(&self) -> f64 {
        let chance = self.chance / (self.n * self.n);
        let mut spread = 0.0;
        for (i, row) in self.rows.iter().enumerate().filter(|of| *of.1 > 0.0) {
            for (j, column) in self.columns.iter().enumerate().filter(|of| *of.1 > 0.0) {
                let mean = (self.near_columns[i] + self.near_rows[j]) / self.n;
                let w = self.weights.of(i, j, self.q());
                spread += row * column / (self.n * self.n) * (w - mean).powi(2);
            }
        }
        ((spread - chance * chance).max(0.0) / self.n).sqrt() / (1.0 - chance)
    }
}

/// The cells that hold something: row, column, count.
fn cells(table: &TransitionMatrix) -> impl Iterator<Item = (usize, usize, f64)> + '_ {
    table.counts().iter().enumerate().flat_map(|(i, row)| {
        let row = row.iter().enumerate().filter(|of| *of.1 > 0);
        row.map(move |(j, n)| (i, j, *n as f64))
    })
}
