//! p values of several tests, adjusted so that the chance of any false finding stays bounded.

/// Bonferroni's adjustment: each p times their number, at most 1, in the order given.
pub fn bonferroni(p_values: &[f64]) -> Vec<f64> {
    let n = p_values.len() as f64;
    p_values.iter().map(|p| (p * n).min(1.0)).collect()
}

/// Holm's step-down adjustment (Holm 1979): the j-th smallest of m values times m + 1 - j, at
/// least the one before and at most 1, in the order given. Never larger than Bonferroni's.
pub fn holm(p_values: &[f64]) -> Vec<f64> {
    let mut order: Vec<usize> = (0..p_values.len()).collect();
    order.sort_by(|&a, &b| p_values[a].total_cmp(&p_values[b]));
    let mut adjusted = vec![0.0; p_values.len()];
    let mut before: f64 = 0.0;
    for (n_smaller, &idx) in order.iter().enumerate() {
        let left = (p_values.len() - n_smaller) as f64;
        before = before.max((p_values[idx] * left).min(1.0));
        adjusted[idx] = before;
    }
    adjusted
}
