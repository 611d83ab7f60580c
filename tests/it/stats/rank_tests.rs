//! Wilcoxon's tests and Kolmogorov-Smirnov.

use cisterna::stats::{
    KsMethod, Outcome, Undefined, kolmogorov_smirnov, kolmogorov_smirnov_p, wilcoxon_rank_sum,
    wilcoxon_signed_rank,
};
use proptest::prelude::*;

use super::{is, near, p_is};

fn pairs(first: &[f64], second: &[f64]) -> Vec<(f64, f64)> {
    first.iter().copied().zip(second.iter().copied()).collect()
}

const FIRST: [f64; 12] = [3.0, 1.0, 4.0, 1.0, 5.0, 9.0, 2.0, 6.0, 5.0, 3.0, 5.0, 8.0];
const SECOND: [f64; 12] = [2.0, 7.0, 1.0, 8.0, 2.0, 8.0, 1.0, 8.0, 2.0, 8.0, 4.0, 5.0];

#[track_caller]
fn check(found: &Outcome, statistic: f64, p: f64, kind: &str) {
    is(found, statistic);
    p_is(found, p, 1e-9);
    assert!(found.method().contains(kind), "{}", found.method());
}

/// `scipy.stats.wilcoxon`.
#[test]
fn signed_rank() {
    // mode='exact': ranks 1 to 45, every third one negative.
    let long: Vec<(f64, f64)> = (1..46)
        .map(|i| {
            if i % 3 == 0 {
                (0.0, f64::from(i))
            } else {
                (f64::from(i), 0.0)
            }
        })
        .collect();
    check(
        &wilcoxon_signed_rank(&long),
        675.0,
        0.07623135838770168,
        "exact",
    );
    // zero_method='wilcox', correction=True, mode='approx'; scipy gives the smaller sum, 38 of 78.
    let ties = wilcoxon_signed_rank(&pairs(&FIRST, &SECOND));
    p_is(&ties, 0.9684690548721204, 1e-9);
    assert!(ties.method().contains("normal approximation"));
    let zeros = pairs(
        &[5.0, 3.0, 4.0, 4.0, 2.0, 8.0, 7.0, 1.0, 6.0, 3.0],
        &[5.0, 1.0, 4.0, 2.0, 3.0, 3.0, 7.0, 2.0, 1.0, 6.0],
    );
    let found = wilcoxon_signed_rank(&zeros);
    p_is(&found, 0.34994785762866987, 1e-9);
    assert_eq!(found.n(), 7, "pairs without a difference are dropped");
}

/// Permeability of membranes (Hollander and Wolfe 1973), the samples exchanged; and ties.
#[test]
fn rank_sum() {
    let term = [0.80, 0.83, 1.89, 1.04, 1.45, 1.38, 1.91, 1.64, 0.73, 1.46];
    let early = [1.15, 0.88, 0.90, 0.74, 1.21];
    check(
        &wilcoxon_rank_sum(&early, &term),
        15.0,
        0.2544122544122544,
        "exact",
    );
    let ties = wilcoxon_rank_sum(&FIRST, &SECOND);
    is(&ties, 69.5);
    assert!(ties.method().contains("normal approximation"));
}

/// The exact p of `scipy.stats.ks_2samp(method='exact')` for 40 and 60 values; oracle N, d .077 of 1782 and
/// 354, which such samples cannot have.
#[test]
fn kolmogorov_smirnov_exact() {
    let ties = kolmogorov_smirnov(&FIRST, &SECOND, KsMethod::Exact);
    is(&ties, 0.25);
    assert!(ties.method().contains("exact"));
    let between_steps = kolmogorov_smirnov_p(0.077, 1782, 354, KsMethod::Exact);
    near(between_steps.unwrap(), 0.0574, 1e-3);
    let expected = [
        (20.0, 0.4841355548719905),
        (30.0, 0.08833076749129548),
        (40.0, 0.007849125052671088),
        (60.0, 6.2660190148725815e-6),
    ];
    for (steps, p) in expected {
        let found = kolmogorov_smirnov_p(steps / 120.0, 40, 60, KsMethod::Exact).unwrap();
        assert!((found / p - 1.0).abs() < 1e-9, "{found}, not {p}");
    }
    for method in [KsMethod::Exact, KsMethod::Stephens, KsMethod::Asymptotic] {
        near(kolmogorov_smirnov_p(0.0, 9, 7, method).unwrap(), 1.0, 1e-15);
        assert!(kolmogorov_smirnov_p(1.0, 9, 7, method) < Some(1e-3));
    }
}

/// The limit distribution, both of its series: `scipy.special.kolmogorov`. Two samples of 8 have
/// e = 2.
#[test]
fn kolmogorov_limit() {
    let q = |x: f64| kolmogorov_smirnov_p(x / 2.0, 8, 8, KsMethod::Asymptotic).unwrap();
    near(q(0.5), 0.9639452436648751, 1e-12);
    near(q(0.999_999_999), q(1.000_000_001), 1e-8);
    near(q(1.0), 0.26999967167735456, 1e-12);
    near(q(2.0), 0.0006709252557796953, 1e-12);
    for method in [KsMethod::Exact, KsMethod::Stephens, KsMethod::Asymptotic] {
        assert_eq!(kolmogorov_smirnov_p(0.5, 0, 8, method), None);
        assert_eq!(kolmogorov_smirnov_p(f64::NAN, 8, 8, method), None);
        assert_eq!(kolmogorov_smirnov_p(1.5, 8, 8, method), None);
    }
}

#[test]
fn undefined_in_words() {
    let no = |found: Outcome| found.reason();
    assert_eq!(no(wilcoxon_signed_rank(&[])), Some(Undefined::TooFewUnits));
    assert_eq!(
        no(wilcoxon_signed_rank(&[(1.0, 1.0)])),
        Some(Undefined::NoDifference)
    );
    assert_eq!(
        no(wilcoxon_signed_rank(&[(1.0, f64::NAN)])),
        Some(Undefined::BadNumber)
    );
    assert_eq!(
        no(wilcoxon_rank_sum(&[], &[1.0])),
        Some(Undefined::TooFewUnits)
    );
    assert_eq!(
        no(wilcoxon_rank_sum(&[1.0, 1.0], &[1.0])),
        Some(Undefined::NoVariation)
    );
    let ks = |a: &[f64], b: &[f64]| kolmogorov_smirnov(a, b, KsMethod::Exact);
    assert_eq!(no(ks(&[], &[1.0])), Some(Undefined::TooFewUnits));
    assert_eq!(no(ks(&[f64::INFINITY], &[1.0])), Some(Undefined::BadNumber));
}

proptest! {
    #[test]
    fn exchanging_the_samples_keeps_p(
        first in proptest::collection::vec(0_i32..1000, 1..20),
        second in proptest::collection::vec(0_i32..1000, 1..20),
    ) {
        let first: Vec<f64> = first.into_iter().map(f64::from).collect();
        let second: Vec<f64> = second.into_iter().map(f64::from).collect();
        let p = |found: Outcome| found.p().unwrap_or(-1.0);
        let (there, back) =
            (wilcoxon_rank_sum(&first, &second), wilcoxon_rank_sum(&second, &first));
        prop_assert!((p(there) - p(back)).abs() < 1e-12);
        for method in [KsMethod::Exact, KsMethod::Stephens, KsMethod::Asymptotic] {
            let there = kolmogorov_smirnov(&first, &second, method);
            let back = kolmogorov_smirnov(&second, &first, method);
            prop_assert!((0.0..=1.0 + 1e-12).contains(&p(there.clone())));
            prop_assert!((p(there) - p(back)).abs() < 1e-12);
        }
    }
}
