//! Ranks with ties.

/// Ranks from 1, ties sharing the mean of their places.
pub(super) struct Ranks {
    pub(super) ranks: Vec<f64>,
    /// Sum of t^3 - t over the groups of ties, t being a group's size; 0 without ties.
    pub(super) ties: f64,
}

/// Ranks the values, which must be finite.
pub(super) fn mid_ranks(values: &[f64]) -> Ranks {
    let mut order: Vec<usize> = (0..values.len()).collect();
    order.sort_by(|&a, &b| values[a].total_cmp(&values[b]));
    let mut ranks = vec![0.0; values.len()];
    let mut ties = 0.0;
    let mut n_before = 0;
    // == rather than total_cmp, so that -0 and 0 are a tie.
    for alike in order.chunk_by(|&a, &b| values[a] == values[b]) {
        let t = alike.len() as f64;
        for &idx in alike {
            ranks[idx] = n_before as f64 + (t + 1.0) / 2.0;
        }
        ties += t.powi(3) - t;
        n_before += alike.len();
    }
    Ranks { ranks, ties }
}
