//! Cohen's kappa of two raters, and Light's mean over pairs of raters.

use super::{
    Estimate, Outcome, Ratings, TransitionMatrix, Undefined, Weights,
    distribution::{critical_z, percent, two_sided_z},
    moments::{dot, mean},
};

/// Cohen's kappa, weighted or not, from the table of two raters.
///
/// With shares p, row and column shares r and c, weights w, `p_o = sum w p`, `p_e = sum w r c`:
/// `kappa = (p_o - p_e) / (1 - p_e)` (Cohen 1960, 1968). `se` and the normal interval use the
/// asymptotic variance of Fleiss, Cohen and Everitt 1969; `p` tests that kappa is 0, with the
/// variance under that hypothesis. Weighted kappa depends on levels that nobody gave.
///
/// `n` is the number of units that both rated.
pub fn cohen_kappa(table: &TransitionMatrix, weights: Weights, confidence: f64) -> Outcome {
    let n = table.n();
    let method = format!(
        "Cohen's kappa, {weights}; {} normal interval from the asymptotic standard error, z test \
         of kappa 0 with the standard error under that hypothesis",
        percent(confidence)
    );
    if n == 0 {
        return Outcome::undefined(Undefined::NoPairs, n, method);
    }
    let shares = Shares::of(table, weights);
    if shares.chance >= 1.0 - 1e-12 {
        return Outcome::undefined(Undefined::NoVariation, n, method);
    }
    let kappa = shares.kappa();
    let (se, null_se) = (shares.se(kappa, n as f64), shares.null_se(n as f64));
    Estimate::new(kappa, n, method)
        .with_se(se)
        .with_half_width(critical_z(confidence) * se)
        .with_p(two_sided_z(kappa / null_se))
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
    let kappas: Vec<Outcome> = pairs
        .filter_map(|(first, second)| ratings.table(first, second))
        .map(|table| cohen_kappa(&table, weights, 0.95))
        .collect();
    let values: Vec<f64> = kappas.iter().filter_map(Outcome::value).collect();
    if values.is_empty() {
        let reason = kappas.iter().find_map(Outcome::reason);
        return Outcome::undefined(reason.unwrap_or(Undefined::TooFewRaters), n, method);
    }
    let mut estimate = Estimate::new(mean(&values), n, method);
    estimate.n_left_out = kappas.len() - values.len();
    estimate.outcome()
}

/// The table as shares of n.
struct Shares {
    cells: Vec<Vec<f64>>,
    rows: Vec<f64>,
    columns: Vec<f64>,
    weights: Vec<Vec<f64>>,
    /// `w_i. + w_.j`: mean weight of each row level over columns, and of each column level over
    /// rows.
    row_mean: Vec<f64>,
    column_mean: Vec<f64>,
    observed: f64,
    chance: f64,
}

impl Shares {
    fn of(table: &TransitionMatrix, weights: Weights) -> Self {
        let (q, n) = (table.levels().len(), table.n() as f64);
        let share = |count: usize| count as f64 / n;
        let rows: Vec<f64> = (0..q).map(|i| share(table.row_total(i))).collect();
        let columns: Vec<f64> = (0..q).map(|j| share(table.column_total(j))).collect();
        let weights = weights.matrix(q);
        // The weights are symmetric, so that a row serves as a column.
        let row_mean: Vec<f64> = weights.iter().map(|w| dot(w, &columns)).collect();
        let column_mean: Vec<f64> = weights.iter().map(|w| dot(w, &rows)).collect();
        let cells: Vec<Vec<f64>> = table
            .counts()
            .iter()
            .map(|row| row.iter().map(|&count| share(count)).collect())
            .collect();
        Self {
            observed: cells.iter().zip(&weights).map(|(p, w)| dot(p, w)).sum(),
            chance: dot(&rows, &row_mean),
            cells,
            rows,
            columns,
            weights,
            row_mean,
            column_mean,
        }
    }

    fn kappa(&self) -> f64 {
        (self.observed - self.chance) / (1.0 - self.chance)
    }

    fn sum(&self, term: impl Fn(usize, usize) -> f64) -> f64 {
        let q = self.rows.len();
        (0..q)
            .flat_map(|i| (0..q).map(move |j| (i, j)))
            .map(|(i, j)| term(i, j))
            .sum()
    }

    fn se(&self, kappa: f64, n: f64) -> f64 {
        let spread = self.sum(|i, j| {
            let mean = self.row_mean[i] + self.column_mean[j];
            self.cells[i][j] * (self.weights[i][j] - mean * (1.0 - kappa)).powi(2)
        });
        let centre = kappa - self.chance * (1.0 - kappa);
        ((spread - centre * centre).max(0.0) / n).sqrt() / (1.0 - self.chance)
    }

    fn null_se(&self, n: f64) -> f64 {
        let spread = self.sum(|i, j| {
            let mean = self.row_mean[i] + self.column_mean[j];
            self.rows[i] * self.columns[j] * (self.weights[i][j] - mean).powi(2)
        });
        ((spread - self.chance * self.chance).max(0.0) / n).sqrt() / (1.0 - self.chance)
    }
}
