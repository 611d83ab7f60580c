//! Tests of a square table: do two readings use the levels alike?
//!
//! With counts T, row sums r, column sums c, `d_i = r_i - c_i`, `S_ii = r_i + c_i - 2 T_ii` and
//! `S_ij = -(T_ij + T_ji)`. S is singular, since both sums add up to n; the form `d' S^+ d` with
//! the pseudo-inverse is the usual one with a level left out, and holds as well where some levels
//! do not occur or are not connected by any move, which costs one degree of freedom each.

use nalgebra::{DMatrix, DVector};

use super::{Estimate, Outcome, TransitionMatrix, Undefined, distribution::chi_squared_above};

/// Stuart-Maxwell test of marginal homogeneity: `d' S^+ d`, chi-squared on the rank of S, q - 1
/// where all q levels are connected (Stuart 1955, Maxwell 1970). The value is chi-squared.
pub fn stuart_maxwell(table: &TransitionMatrix) -> Outcome {
    homogeneity(table, "Stuart-Maxwell", |chi2, _| chi2)
}

/// Bhapkar's test of marginal homogeneity: `x / (1 - x / n)` with x the Stuart-Maxwell statistic,
/// on the same degrees of freedom (Bhapkar 1966). The value is chi-squared.
pub fn bhapkar(table: &TransitionMatrix) -> Outcome {
    homogeneity(table, "Bhapkar", |chi2, n| match 1.0 - chi2 / n {
        // All that moved moved one way; rounding leaves a little.
        rest if rest < 1e-9 => f64::INFINITY,
        rest => chi2 / rest,
    })
}

/// Bowker's test of symmetry: the sum over `i < j` of `(T_ij - T_ji)^2 / (T_ij + T_ji)`,
/// chi-squared (Bowker 1948). Pairs of levels between which nothing moved are left out and cost a
/// degree of freedom each of q (q - 1) / 2. The value is chi-squared.
pub fn bowker(table: &TransitionMatrix) -> Outcome {
    let (q, n) = (table.levels().len(), table.n());
    let counts = table.counts();
    let pairs = (0..q).flat_map(|i| (i + 1..q).map(move |j| (i, j)));
    let (mut chi2, mut df) = (0.0, 0);
    for (i, j) in pairs {
        let (up, down) = (counts[i][j] as f64, counts[j][i] as f64);
        if up + down > 0.0 {
            chi2 += (up - down).powi(2) / (up + down);
            df += 1;
        }
    }
    tested("Bowker's test of symmetry", chi2, df, n)
}

fn homogeneity(
    table: &TransitionMatrix,
    name: &str,
    statistic: impl Fn(f64, f64) -> f64,
) -> Outcome {
    let (q, n) = (table.levels().len(), table.n());
    let counts = table.counts();
    let spread = DMatrix::from_fn(q, q, |i, j| match i == j {
        true => (table.row_total(i) + table.column_total(i) - 2 * counts[i][i]) as f64,
        false => -((counts[i][j] + counts[j][i]) as f64),
    });
    let difference = DVector::from_fn(q, |i, _| {
        table.row_total(i) as f64 - table.column_total(i) as f64
    });
    let parts = spread.symmetric_eigen();
    let largest = parts.eigenvalues.amax();
    let (mut chi2, mut df) = (0.0, 0);
    for (value, vector) in parts
        .eigenvalues
        .iter()
        .zip(parts.eigenvectors.column_iter())
    {
        if *value > 1e-10 * largest {
            chi2 += vector.dot(&difference).powi(2) / value;
            df += 1;
        }
    }
    let name = format!("{name} test of marginal homogeneity");
    tested(&name, statistic(chi2, n as f64), df, n)
}

fn tested(name: &str, chi2: f64, df: usize, n: usize) -> Outcome {
    let method = format!("{name}, chi-squared on {df} degrees of freedom");
    if df == 0 {
        return Outcome::undefined(Undefined::NothingMoved, n, method);
    }
    Estimate::new(chi2, n, method)
        .with_p(chi_squared_above(chi2, df as f64))
        .outcome()
}
