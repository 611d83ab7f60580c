//! Sparse matrices on the unknowns of a domain, and the vector arithmetic of the solvers.
//!
//! Everything is cut at fixed places and summed in a fixed order, so that a result has the same
//! bytes whatever the number of threads.

use rayon::prelude::*;

/// Values per piece of work.
pub(super) const PIECE: usize = 8192;

/// Blocks of consecutive rows, each worked through by one thread.
const BLOCKS: usize = 8;

/// A square matrix: a diagonal in f64, and what lies off it by rows in f32. The diagonal is made
/// from the rounded values beside it, so that columns add up as they should.
///
/// Rows are cut into blocks. What joins two blocks is kept apart, because the incomplete
/// factorisation leaves it out.
pub(super) struct Matrix {
    /// The diagonal.
    pub diagonal: Vec<f64>,
    /// Where each row starts in `columns`; one more than there are rows.
    starts: Vec<u32>,
    /// Where each row passes the diagonal.
    middles: Vec<u32>,
    columns: Vec<u32>,
    values: Vec<f32>,
    /// `a_ij a_ji` for each value `a_ij`.
    products: Vec<f32>,
    /// Row, column and value of what joins each block to others, by rows.
    across: Vec<Vec<(u32, u32, f32)>>,
}

/// The incomplete factorisation `(D + L) D^-1 (D + U)` of a matrix with L below and U above its
/// diagonal, in blocks: one over D, and what D lacks of the diagonal.
#[derive(Default)]
pub(super) struct Factors {
    inverse: Vec<f32>,
    lacking: Vec<f32>,
}

/// Two entries off the diagonal: `a_ij` and `a_ji` of unknowns i and j.
#[derive(Clone, Copy)]
pub(super) struct Pair {
    pub i: u32,
    pub j: u32,
    pub a_ij: f32,
    pub a_ji: f32,
}

impl Pair {
    /// Row, column and value of both.
    fn entries(self) -> [(u32, u32, f32); 2] {
        [(self.i, self.j, self.a_ij), (self.j, self.i, self.a_ji)]
    }
}

impl Matrix {
    /// A matrix of `n` rows with a diagonal of zero. `visit_pairs` is called twice, and calls
    /// what it is given with the same pairs, each of two unknowns at most once.
    pub(super) fn new(n: usize, visit_pairs: impl Fn(&mut dyn FnMut(Pair))) -> Self {
        let len = block_len(n);
        let is_inside = |pair: Pair| pair.i as usize / len == pair.j as usize / len;
        let mut starts = vec![0_u32; n + 1];
        let mut across = vec![Vec::new(); n.div_ceil(len)];
        visit_pairs(&mut |pair| {
            for (row, column, value) in pair.entries() {
                match is_inside(pair) {
                    true => starts[row as usize + 1] += 1,
                    false => across[row as usize / len].push((row, column, value)),
                }
            }
        });
        for block in &mut across {
            block.sort_unstable_by_key(|&(row, column, _)| (row, column));
        }
        for row in 0..n {
            starts[row + 1] += starts[row];
        }
        let n_values = starts[n] as usize;
        let mut filled = starts.clone();
        let mut columns = vec![0; n_values];
        let mut values = vec![0.0; n_values];
        let mut products = vec![0.0; n_values];
        visit_pairs(&mut |pair| {
            if !is_inside(pair) {
                return;
            }
            for (row, column, value) in pair.entries() {
                // Rows are short: sink each entry to its place.
                let row = row as usize;
                let mut at = filled[row] as usize;
                while at > starts[row] as usize && columns[at - 1] > column {
                    columns[at] = columns[at - 1];
                    values[at] = values[at - 1];
                    products[at] = products[at - 1];
                    at -= 1;
                }
                (columns[at], values[at], products[at]) = (column, value, pair.a_ij * pair.a_ji);
                filled[row] += 1;
            }
        });
        let middle = |row: usize| {
            let [from, to] = [starts[row] as usize, starts[row + 1] as usize];
            (from + columns[from..to].partition_point(|&c| (c as usize) < row)) as u32
        };
        Self {
            diagonal: vec![0.0; n],
            middles: (0..n).map(middle).collect(),
            starts,
            columns,
            values,
            products,
            across,
        }
    }

    /// Columns and values from one place in the rows to another.
    #[inline]
    fn entries(&self, from: u32, to: u32) -> impl DoubleEndedIterator<Item = (usize, f32)> {
        let range = from as usize..to as usize;
        let values = self.values[range.clone()].iter();
        let columns = self.columns[range].iter();
        columns.zip(values).map(|(&c, &a)| (c as usize, a))
    }

    /// What a row holds below the diagonal, within its block.
    #[inline]
    fn below(&self, row: usize) -> impl DoubleEndedIterator<Item = (usize, f32)> {
        self.entries(self.starts[row], self.middles[row])
    }

    /// What a row holds above the diagonal, within its block.
    #[inline]
    fn above(&self, row: usize) -> impl DoubleEndedIterator<Item = (usize, f32)> {
        self.entries(self.middles[row], self.starts[row + 1])
    }

    /// What a row holds beside the diagonal, within its block.
    pub(super) fn row(&self, row: usize) -> impl Iterator<Item = (usize, f32)> {
        self.entries(self.starts[row], self.starts[row + 1])
    }

    /// Calls `visit` with row, column and value of every entry above the diagonal.
    pub(super) fn for_each_above(&self, mut visit: impl FnMut(usize, usize, f32)) {
        for row in 0..self.diagonal.len() {
            self.above(row)
                .for_each(|(column, a)| visit(row, column, a));
        }
        for &(row, column, a) in self.across.iter().flatten() {
            if row < column {
                visit(row as usize, column as usize, a);
            }
        }
    }

    /// `out = b - A x`.
    pub(super) fn residual(&self, b: &[f64], x: &[f64], out: &mut [f64]) {
        let len = block_len(x.len());
        let blocks = out.par_chunks_mut(len).zip(&self.across);
        blocks.enumerate().for_each(|(block, (out, across))| {
            let first = block * len;
            for (row, out) in (first..).zip(out.iter_mut()) {
                let entries = self.row(row);
                let beside: f64 = entries.map(|(column, a)| f64::from(a) * x[column]).sum();
                *out = b[row] - self.diagonal[row] * x[row] - beside;
            }
            for &(row, column, a) in across {
                out[row as usize - first] -= f64::from(a) * x[column as usize];
            }
        });
    }

    /// The incomplete factorisation that changes the diagonal only (DILU).
    pub(super) fn factor(&self, factors: &mut Factors) {
        let n = self.diagonal.len();
        let len = block_len(n);
        factors.inverse.resize(n, 0.0);
        factors.lacking.resize(n, 0.0);
        let inverse = factors.inverse.par_chunks_mut(len);
        let blocks = inverse.zip(factors.lacking.par_chunks_mut(len));
        blocks.enumerate().for_each(|(block, (inverse, lacking))| {
            let first = block * len;
            for i in 0..inverse.len() {
                let range = self.starts[first + i] as usize..self.middles[first + i] as usize;
                let columns = self.columns[range.clone()].iter();
                let terms = columns.zip(&self.products[range]);
                let fill = terms.map(|(&column, a)| a * inverse[column as usize - first]);
                lacking[i] = fill.sum();
                let pivot = self.diagonal[first + i] - f64::from(lacking[i]);
                inverse[i] = pivot.recip() as f32;
            }
        });
    }

    /// Solves with the factors in place of A: `out` approaches `A^-1 x`.
    pub(super) fn precondition(&self, factors: &Factors, x: &[f64], out: &mut [f64]) {
        let len = block_len(x.len());
        let inverse = &factors.inverse;
        out.par_chunks_mut(len)
            .enumerate()
            .for_each(|(block, out)| {
                let first = block * len;
                for i in 0..out.len() {
                    let pivot = f64::from(inverse[first + i]);
                    let terms = self.below(first + i);
                    out[i] = terms.fold(pivot * x[first + i], |rest, (column, a)| {
                        rest - pivot * f64::from(a) * out[column - first]
                    });
                }
                for i in (0..out.len()).rev() {
                    let pivot = f64::from(inverse[first + i]);
                    let terms = self.above(first + i).rev();
                    out[i] = terms.fold(out[i], |rest, (column, a)| {
                        rest - pivot * f64::from(a) * out[column - first]
                    });
                }
            });
    }

    /// `out = (D + U)^-1 x`.
    pub(super) fn solve_upper(&self, factors: &Factors, x: &[f32], out: &mut [f32]) {
        let len = block_len(x.len());
        out.par_chunks_mut(len)
            .enumerate()
            .for_each(|(block, out)| {
                let first = block * len;
                for i in (0..out.len()).rev() {
                    let pivot = factors.inverse[first + i];
                    let terms = self.above(first + i).rev();
                    out[i] = terms.fold(pivot * x[first + i], |rest, (column, a)| {
                        rest - pivot * a * out[column - first]
                    });
                }
            });
    }

    /// `out = D (D + L)^-1 (x + (A - D - U) t)`; `t` is used up.
    ///
    /// With `t = (D + U)^-1 x` this is A with the factors on both sides, `D (D + L)^-1 A (D +
    /// U)^-1 x`, for one pass over the matrix in all (Eisenstat 1981); with `t = 0` it is the
    /// left factor alone.
    pub(super) fn solve_lower(&self, factors: &Factors, x: &[f32], t: &mut [f32], out: &mut [f32]) {
        let len = block_len(x.len());
        let joined = |across: &Vec<(u32, u32, f32)>| -> Vec<f32> {
            let terms = across.iter().map(|&(_, column, a)| a * t[column as usize]);
            terms.collect()
        };
        let joined: Vec<Vec<f32>> = self.across.par_iter().map(joined).collect();
        let blocks = t.par_chunks_mut(len).zip(out.par_chunks_mut(len));
        let blocks = blocks.zip(self.across.par_iter().zip(&joined));
        blocks
            .enumerate()
            .for_each(|(block, ((t, out), (across, joined)))| {
                let first = block * len;
                let mut joined = across.iter().zip(joined).peekable();
                for i in 0..out.len() {
                    let row = first + i;
                    let mut sum = x[row] + factors.lacking[row] * t[i];
                    while let Some((_, term)) = joined.next_if(|((at, ..), _)| *at as usize == row)
                    {
                        sum += term;
                    }
                    // `solved` is (D + L)^-1 (x + (A - D - U) t) less t, kept where t was.
                    let pivot = factors.inverse[row];
                    let mut solved = pivot * sum - t[i];
                    for (column, a) in self.below(row) {
                        sum -= a * t[column - first];
                        solved -= pivot * a * t[column - first];
                    }
                    (out[i], t[i]) = (sum, solved);
                }
            });
    }
}

fn block_len(n: usize) -> usize {
    n.div_ceil(BLOCKS).max(1)
}

/// The sums of `terms` over all indices below `n`, piece by piece.
pub(super) fn sums_over<const K: usize>(
    n: usize,
    terms: impl Fn(usize) -> [f64; K] + Sync,
) -> [f64; K] {
    let add = |sums: [f64; K], terms: [f64; K]| std::array::from_fn(|k| sums[k] + terms[k]);
    let pieces: Vec<[f64; K]> = (0..n.div_ceil(PIECE))
        .into_par_iter()
        .map(|piece| {
            let from = piece * PIECE;
            (from..n.min(from + PIECE)).map(&terms).fold([0.0; K], add)
        })
        .collect();
    pieces.into_iter().fold([0.0; K], add)
}

/// The sum of `term` over all indices below `n`.
pub(super) fn sum_over(n: usize, term: impl Fn(usize) -> f64 + Sync) -> f64 {
    sums_over(n, |i| [term(i)])[0]
}

/// The scalar product.
pub(super) fn dot<T: Copy + Into<f64> + Sync>(x: &[T], y: &[T]) -> f64 {
    sum_over(x.len(), |i| x[i].into() * y[i].into())
}

/// Gives each value of `x` what `value` makes of its index and itself.
pub(super) fn update<T: Copy + Send>(x: &mut [T], value: impl Fn(usize, T) -> T + Sync) {
    x.par_chunks_mut(PIECE).enumerate().for_each(|(piece, x)| {
        for (i, x) in (piece * PIECE..).zip(x) {
            *x = value(i, *x);
        }
    });
}
