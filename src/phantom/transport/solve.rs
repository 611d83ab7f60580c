//! The two Krylov methods: BiCGSTAB for transport, and conjugate gradients for flow with
//! multigrid by aggregation.

use super::matrix::{Factors, Matrix, Pair, dot, sums_over, update};

/// Iterations after which a solver gives up; transport takes about twenty, flow about thirty.
const MOST_ITERATIONS: usize = 2_000;

/// What the f32 iterations may gain before the residual is taken anew in f64.
const GAIN: f64 = 1e-5;

/// The f32 iterations aim at this share of the wanted residual, for theirs is that of the
/// factorised system and only close to it.
const MARGIN: f64 = 0.5;

/// Working space of [`Solver::solve`], kept between steps.
pub(super) struct Solver {
    factors: Factors,
    /// The residual, f64.
    left: Vec<f64>,
    /// What follows has the factors on both sides of A, and is f32.
    residual: Vec<f32>,
    shadow: Vec<f32>,
    search: Vec<f32>,
    moved: Vec<f32>,
    turned: Vec<f32>,
    found: Vec<f32>,
    space: Vec<f32>,
}

impl Solver {
    pub(super) fn new(n: usize) -> Self {
        let zeros = || vec![0.0; n];
        Self {
            factors: Factors::default(),
            left: vec![0.0; n],
            residual: zeros(),
            shadow: zeros(),
            search: zeros(),
            moved: zeros(),
            turned: zeros(),
            found: zeros(),
            space: zeros(),
        }
    }

    /// Solves `A x = b` from the guess in `x` until the residual is below `tolerance` times `b`
    /// (Euclidean norms), by BiCGSTAB (van der Vorst 1992) with the incomplete factors on both
    /// sides. Corrections are found in f32 and added up in f64.
    pub(super) fn solve(&mut self, a: &Matrix, b: &[f64], x: &mut [f64], tolerance: f64) {
        let goal = tolerance * dot(b, b).sqrt();
        a.factor(&mut self.factors);
        let mut iterations = 0;
        while iterations < MOST_ITERATIONS {
            a.residual(b, x, &mut self.left);
            let norm = dot(&self.left, &self.left).sqrt();
            if norm <= goal {
                break;
            }
            let left = &self.left;
            update(&mut self.search, |i, _| (left[i] / norm) as f32);
            self.space.fill(0.0);
            a.solve_lower(
                &self.factors,
                &self.search,
                &mut self.space,
                &mut self.residual,
            );
            iterations += self.descend(a, (MARGIN * goal / norm).max(GAIN));
            a.solve_upper(&self.factors, &self.found, &mut self.space);
            let correction = &self.space;
            update(x, |i, x| x + norm * f64::from(correction[i]));
        }
        if iterations >= MOST_ITERATIONS {
            tracing::error!("transport: no solution within {MOST_ITERATIONS} iterations");
        }
    }

    /// `out = A x` with the factors on both sides.
    fn apply(a: &Matrix, factors: &Factors, space: &mut [f32], x: &[f32], out: &mut [f32]) {
        a.solve_upper(factors, x, space);
        a.solve_lower(factors, x, space, out);
    }

    /// Iterates until `residual` has fallen to the share `gain` or the method breaks down, and
    /// leaves in `found` what was gained; the caller looks which, and starts anew. Returns the
    /// number of iterations.
    fn descend(&mut self, a: &Matrix, gain: f64) -> usize {
        let n = self.residual.len();
        self.shadow.copy_from_slice(&self.residual);
        self.search.copy_from_slice(&self.residual);
        self.found.fill(0.0);
        let mut rho = dot(&self.shadow, &self.residual);
        let goal = gain * gain * rho;
        for iteration in 1..=200 {
            Self::apply(
                a,
                &self.factors,
                &mut self.space,
                &self.search,
                &mut self.moved,
            );
            let alpha = rho / dot(&self.shadow, &self.moved);
            if !alpha.is_finite() {
                return iteration;
            }
            let (moved, step) = (&self.moved, alpha as f32);
            update(&mut self.residual, |i, r| r - step * moved[i]);

            Self::apply(
                a,
                &self.factors,
                &mut self.space,
                &self.residual,
                &mut self.turned,
            );
            let (residual, turned) = (&self.residual, &self.turned);
            let [across, along] = sums_over(n, |i| {
                let [r, t] = [residual[i], turned[i]].map(f64::from);
                [t * r, t * t]
            });
            // Where the half step leaves nothing, there is nothing to turn.
            let omega = if along > 0.0 { across / along } else { 0.0 };
            let (search, turn) = (&self.search, omega as f32);
            update(&mut self.found, |i, x| {
                x + step * search[i] + turn * residual[i]
            });
            update(&mut self.residual, |i, r| r - turn * turned[i]);

            let (residual, shadow) = (&self.residual, &self.shadow);
            let before = rho;
            let [aligned, square] = sums_over(n, |i| {
                let [r, s] = [residual[i], shadow[i]].map(f64::from);
                [s * r, r * r]
            });
            rho = aligned;
            let beta = rho / before * (alpha / omega);
            if square <= goal || !beta.is_finite() {
                return iteration;
            }
            let (moved, back) = (&self.moved, beta as f32);
            update(&mut self.search, |i, p| {
                residual[i] + back * (p - turn * moved[i])
            });
        }
        200
    }
}

/// Matchings of unknowns in pairs from one level to the next: four unknowns become one.
const MATCHINGS: usize = 2;

/// Unknowns of the coarsest level at most.
const COARSEST: usize = 200;

/// Steps of conjugate gradients for a correction on a level that has coarser ones, and on the
/// coarsest.
const STEPS: [usize; 2] = [2, 30];

/// A symmetric matrix with its factors, and what follows on coarser levels.
pub(super) struct Multigrid {
    matrix: Matrix,
    factors: Factors,
    /// The coarser unknown that each becomes part of, and the system of these.
    coarser: Option<(Vec<u32>, Box<Multigrid>)>,
}

impl Multigrid {
    /// Levels for a symmetric matrix: each sums the one before over small groups of strongly
    /// joined unknowns (plain aggregation, Notay 2010).
    pub(super) fn new(matrix: Matrix) -> Self {
        let n = matrix.diagonal.len();
        let mut factors = Factors::default();
        matrix.factor(&mut factors);
        let mut coarser = None;
        if n > COARSEST {
            let (mut group, mut coarse) = halved(&matrix);
            for _ in 1..MATCHINGS {
                let (next, matrix) = halved(&coarse);
                group.iter_mut().for_each(|g| *g = next[*g as usize]);
                coarse = matrix;
            }
            // Unknowns tied to nothing cannot be joined.
            if 4 * coarse.diagonal.len() < 3 * n {
                coarser = Some((group, Box::new(Self::new(coarse))));
            }
        }
        Self {
            matrix,
            factors,
            coarser,
        }
    }

    /// Solves `A x = b` until no residual is above `tolerance`.
    pub(super) fn solve(&self, b: &[f64], tolerance: f64) -> Vec<f64> {
        let x = self.descend(b, tolerance, MOST_ITERATIONS);
        let mut left = vec![0.0; b.len()];
        self.matrix.residual(b, &x, &mut left);
        // The residual that is carried along and the true one drift apart a little.
        if largest(&left) > 10.0 * tolerance {
            tracing::error!("flow: no solution within {MOST_ITERATIONS} iterations");
        }
        x
    }

    /// Goes towards `A^-1 b` from 0 by flexible conjugate gradients, until no residual is above
    /// `tolerance` or for so many iterations.
    fn descend(&self, b: &[f64], tolerance: f64, most_iterations: usize) -> Vec<f64> {
        let n = b.len();
        let mut x = vec![0.0; n];
        let mut residual = b.to_vec();
        let mut search = self.approach(b);
        let mut moved = vec![0.0; n];
        let zero = vec![0.0; n];
        for iteration in 1..=most_iterations {
            self.matrix.residual(&zero, &search, &mut moved);
            let [rho, bent] = sums_over(n, |i| [search[i] * residual[i], -search[i] * moved[i]]);
            let alpha = rho / bent;
            if !alpha.is_finite() {
                break;
            }
            update(&mut x, |i, x| x + alpha * search[i]);
            update(&mut residual, |i, r| r + alpha * moved[i]);
            if iteration == most_iterations || largest(&residual) <= tolerance {
                break;
            }
            let smoothed = self.approach(&residual);
            let beta = dot(&smoothed, &moved) / bent;
            update(&mut search, |i, p| smoothed[i] + beta * p);
        }
        x
    }

    /// Approaches `A^-1 b`: smooths, corrects on the coarser level by two steps of its own (the
    /// K-cycle), and smooths again.
    fn approach(&self, b: &[f64]) -> Vec<f64> {
        let n = b.len();
        let mut x = vec![0.0; n];
        self.matrix.precondition(&self.factors, b, &mut x);
        let Some((group, coarser)) = &self.coarser else {
            return x;
        };
        let mut residual = vec![0.0; n];
        self.matrix.residual(b, &x, &mut residual);
        let mut sums = vec![0.0; coarser.matrix.diagonal.len()];
        for (&g, r) in group.iter().zip(&residual) {
            sums[g as usize] += r;
        }
        let steps = STEPS[usize::from(coarser.coarser.is_none())];
        let correction = coarser.descend(&sums, 0.0, steps);
        update(&mut x, |i, x| x + correction[group[i] as usize]);
        self.matrix.residual(b, &x, &mut residual);
        let mut smoothed = vec![0.0; n];
        self.matrix
            .precondition(&self.factors, &residual, &mut smoothed);
        update(&mut x, |i, x| x + smoothed[i]);
        x
    }
}

/// Joins each unknown with the one most strongly tied to it of those still single: the new
/// unknown of each, and the matrix summed over them.
fn halved(matrix: &Matrix) -> (Vec<u32>, Matrix) {
    let n = matrix.diagonal.len();
    let mut group = vec![u32::MAX; n];
    let mut count = 0;
    for row in 0..n {
        if group[row] != u32::MAX {
            continue;
        }
        group[row] = count;
        let single = matrix
            .row(row)
            .filter(|&(column, _)| group[column] == u32::MAX);
        let tied = single.fold(
            (0.0, row),
            |best, (column, a)| if a < best.0 { (a, column) } else { best },
        );
        group[tied.1] = count;
        count += 1;
    }
    let mut diagonal = vec![0.0; count as usize];
    for (&g, d) in group.iter().zip(&matrix.diagonal) {
        diagonal[g as usize] += d;
    }
    let mut ties = Vec::new();
    matrix.for_each_above(|row, column, a| {
        let [g, h] = [group[row], group[column]];
        match g == h {
            true => diagonal[g as usize] += 2.0 * f64::from(a),
            false => ties.push((g.min(h), g.max(h), a)),
        }
    });
    ties.sort_by_key(|&(g, h, _)| (g, h));
    ties.dedup_by(|next, kept| {
        let same = (next.0, next.1) == (kept.0, kept.1);
        if same {
            kept.2 += next.2;
        }
        same
    });
    let mut coarse = Matrix::new(count as usize, |visit| {
        for &(i, j, a) in &ties {
            visit(Pair {
                i,
                j,
                a_ij: a,
                a_ji: a,
            });
        }
    });
    coarse.diagonal = diagonal;
    (group, coarse)
}

fn largest(x: &[f64]) -> f64 {
    x.iter().fold(0.0, |most, x| most.max(x.abs()))
}
