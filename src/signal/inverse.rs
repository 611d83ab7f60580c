//! From signal back to relaxation, on the branch where one signal has one T1.

use super::sequence::{R1_L_PER_MMOL_S, Sequence};

/// T1 below this, ms, is beyond the table: more than 3 mmol/l of gadobutrol in any tissue, where
/// loss by T2*, which the equations leave out, is no longer small.
pub const SHORTEST_T1_MS: f64 = 100.0;

/// T1 above this, ms, is found in no tissue.
const LONGEST_T1_MS: f64 = 20_000.0;

/// Steps of the table, even in 1 / T1: about 0.0002 mmol/l each.
const N_STEPS: usize = 16_384;

/// The inverse of [`Sequence::weight`] where that is positive and rises with 1 / T1: from the T1 at
/// which the signal vanishes (the TFE; for the SPGR from 20 s) down to [`SHORTEST_T1_MS`].
///
/// A magnitude image shows a negative weight as a positive one. Longer T1 than that of the null are
/// on the other branch and are taken for shorter ones; for the default TFE (null at 4379.6 ms) and
/// CSF of 4500 ms that is off by 0.004 mmol/l.
#[derive(Clone, Debug)]
pub struct Inverse {
    /// 1 / T1 of the first node, and from node to node, per s.
    first_per_s: f64,
    step_per_s: f64,
    /// Rising.
    weights: Vec<f64>,
}

impl Inverse {
    /// Tabulates a sequence.
    #[must_use]
    pub fn new(sequence: &Sequence) -> Self {
        let first_per_s = 1000.0 / longest_t1_ms(sequence);
        let step_per_s = (1000.0 / SHORTEST_T1_MS - first_per_s) / N_STEPS as f64;
        let mut weights: Vec<f64> = Vec::with_capacity(N_STEPS + 1);
        for step in 0..=N_STEPS {
            let weight = sequence.weight(1000.0 / (first_per_s + step_per_s * step as f64));
            if weights.last().is_some_and(|&before| weight <= before) {
                break;
            }
            weights.push(weight);
        }
        // At the null it is nothing, not what rounding leaves.
        if let Some(first) = weights.first_mut().filter(|weight| **weight < 1e-9) {
            *first = 0.0;
        }
        Self {
            first_per_s,
            step_per_s,
            weights,
        }
    }

    /// 1 / T1, per s, for which the sequence has this weight; `None` beyond the ends of the branch.
    #[must_use]
    pub fn relaxation_per_s(&self, weight: f64) -> Option<f64> {
        let above = self.weights.partition_point(|&node| node <= weight);
        let below = above.checked_sub(1)?;
        let low = self.weights[below];
        let between = match self.weights.get(above) {
            Some(high) => (weight - low) / (high - low),
            None if weight == low => 0.0,
            None => return None,
        };
        Some(self.first_per_s + self.step_per_s * (below as f64 + between))
    }
}

/// The T1 at which the signal vanishes, a little less where rounding wants it; [`LONGEST_T1_MS`]
/// where it does not.
fn longest_t1_ms(sequence: &Sequence) -> f64 {
    if sequence.weight(LONGEST_T1_MS) >= 0.0 {
        return LONGEST_T1_MS;
    }
    let (mut positive, mut negative) = (SHORTEST_T1_MS, LONGEST_T1_MS);
    for _ in 0..60 {
        let middle = f64::midpoint(positive, negative);
        match sequence.weight(middle) >= 0.0 {
            true => positive = middle,
            false => negative = middle,
        }
    }
    positive
}

/// Tracer that raises 1 / T1 from that of `t1_0_ms` to this, mmol/l: `(1 / T1 - 1 / T1_0) / r1`.
#[must_use]
pub fn concentration_mmol_per_l(relaxation_per_s: f64, t1_0_ms: f64) -> f64 {
    (relaxation_per_s - 1000.0 / t1_0_ms) / R1_L_PER_MMOL_S
}
