//! Correlations, dependent correlations, adjusted p values.

use cisterna::stats::{
    FourCorrelations, Undefined, bonferroni, holm, pearson, spearman, steiger_separate,
    steiger_shared, williams,
};

use super::{between, is, near, p_is};

/// Anscombe's first set; `scipy.stats.pearsonr` with its confidence_interval, and `spearmanr`.
#[test]
fn anscombe() {
    let x = [10.0, 8.0, 13.0, 9.0, 11.0, 14.0, 6.0, 4.0, 12.0, 7.0, 5.0];
    let y = [
        8.04, 6.95, 7.58, 8.81, 8.33, 9.96, 7.24, 4.26, 10.84, 4.82, 5.68,
    ];
    let pairs: Vec<(f64, f64)> = x.into_iter().zip(y).collect();
    let r = pearson(&pairs, 0.95);
    is(&r, 0.81642051634484);
    p_is(&r, 0.002169628873078783, 1e-9);
    between(&r, [0.4243912133932165, 0.9506932537865606], 1e-9);
    let rho = spearman(&pairs, 0.95);
    is(&rho, 0.8181818181818182);
    p_is(&rho, 0.0020831448404786904, 1e-9);
}

/// Ties: `scipy.stats.spearmanr`, interval by numpy from atanh and sqrt((1 + r^2 / 2) / 9).
#[test]
fn spearman_with_ties() {
    let x = [3, 1, 4, 1, 5, 9, 2, 6, 5, 3, 5, 8];
    let y = [2, 7, 1, 8, 2, 8, 1, 8, 2, 8, 4, 5];
    let pairs: Vec<(f64, f64)> = x
        .iter()
        .zip(&y)
        .map(|(&x, &y)| (f64::from(x), f64::from(y)))
        .collect();
    let rho = spearman(&pairs, 0.95);
    is(&rho, 0.1415796863640157);
    p_is(&rho, 0.6607268292868229, 1e-9);
    between(&rho, [-0.4730946598459608, 0.6635469204756993], 1e-9);
}

/// p of published r with n 76, from pairs made to have that r.
#[test]
fn published_r() {
    #[track_caller]
    fn check(r: f64, p: f64, digits: f64) {
        // Two vectors at the angle of r: x, and r x + sqrt(1 - r^2) y with y orthogonal to x.
        let n = 76;
        let x: Vec<f64> = (0..n)
            .map(|i| f64::from(i32::from(i % 2 == 0)) - 0.5)
            .collect();
        let y: Vec<f64> = (0..n)
            .map(|i| f64::from(i32::from(i / 2 % 2 == 0)) - 0.5)
            .collect();
        let pairs: Vec<(f64, f64)> = x
            .iter()
            .zip(&y)
            .map(|(x, y)| (*x, r * x + (1.0 - r * r).sqrt() * y))
            .collect();
        let found = pearson(&pairs, 0.95);
        is(&found, r);
        near(found.p().unwrap(), p, digits);
    }
    check(0.25, 0.029, 5.1e-4);
    check(0.31, 0.0064, 5.1e-5);
    check(0.33, 0.0036, 5.1e-5);
}

/// Oracle N, and case A of Steiger 1980 (t -0.89, p 0.37).
#[test]
fn williams_published() {
    #[track_caller]
    fn check(r: [f64; 3], n: usize, t: f64, p: f64, p_digits: f64) {
        let found = williams(r[0], r[1], r[2], n);
        near(found.value().unwrap(), t, 5.1e-4);
        near(found.p().unwrap(), p, p_digits);
    }
    check([0.78, 0.52, 0.73], 76, 4.810, 7.9e-6, 5.1e-8);
    check([0.51, 0.33, 0.73], 76, 2.433, 0.0174, 5.1e-5);
    check([0.31, 0.25, 0.73], 76, 0.734, 0.47, 5.1e-3);
    near(williams(0.4, 0.5, 0.1, 103).value().unwrap(), -0.89, 5.1e-3);
    near(williams(0.4, 0.5, 0.1, 103).p().unwrap(), 0.37, 5.1e-3);
}

/// Case B of Steiger 1980, which R's psych prints as z -1.2, p 0.23. More digits from numpy with
/// the covariance in Pearson and Filon's form, `r12 r34 (r13^2 + r14^2 + r23^2 + r24^2) / 2 + r13
/// r24 + r14 r23 - r12 r13 r14 - r12 r23 r24 - r34 r13 r23 - r34 r14 r24`; for a shared variable
/// with variable 3 equal to variable 1.
#[test]
fn steiger() {
    let case_b = FourCorrelations {
        r12: 0.5,
        r34: 0.6,
        r13: 0.5,
        r14: 0.5,
        r23: 0.7,
        r24: 0.8,
    };
    let found = steiger_separate(&case_b, 103);
    is(&found, -1.202657310766031);
    p_is(&found, 0.22910895996576153, 1e-9);
    let shared = steiger_shared(0.4, 0.5, 0.1, 103);
    is(&shared, -0.8887184699558723);
    p_is(&shared, 0.3741544021720019, 1e-9);
    let shared = steiger_shared(0.78, 0.52, 0.73, 76);
    is(&shared, 4.365391249474851);
    p_is(&shared, 1.2689542278363074e-5, 1e-8);
}

/// R: `p.adjust(c(.01, .02, .03, .005), "holm")` is .03 .04 .04 .02; Holm never exceeds
/// Bonferroni.
#[test]
fn adjusted_p() {
    let p = [0.01, 0.02, 0.03, 0.005];
    let all_near = |found: Vec<f64>, expected: [f64; 4]| {
        found
            .iter()
            .zip(expected)
            .for_each(|(a, b)| near(*a, b, 1e-15));
    };
    all_near(holm(&p), [0.03, 0.04, 0.04, 0.02]);
    all_near(bonferroni(&p), [0.04, 0.08, 0.12, 0.02]);
    assert_eq!(bonferroni(&[0.6, 0.2]), [1.0, 0.4]);
    assert_eq!(holm(&[0.9, 0.8]), [1.0, 1.0]);
    assert!(holm(&[]).is_empty());
}

#[test]
fn undefined_in_words() {
    let flat = [(1.0, 1.0), (1.0, 2.0), (1.0, 3.0), (1.0, 4.0)];
    assert_eq!(pearson(&flat, 0.95).reason(), Some(Undefined::NoVariation));
    assert_eq!(spearman(&flat, 0.95).reason(), Some(Undefined::NoVariation));
    assert_eq!(
        pearson(&flat[..2], 0.95).reason(),
        Some(Undefined::TooFewUnits)
    );
    let nan = [(1.0, f64::NAN), (2.0, 2.0), (3.0, 3.0)];
    assert_eq!(pearson(&nan, 0.95).reason(), Some(Undefined::BadNumber));
    assert_eq!(spearman(&nan, 0.95).reason(), Some(Undefined::BadNumber));
    assert_eq!(
        williams(0.9, 0.9, -0.9, 50).reason(),
        Some(Undefined::BadNumber)
    );
    assert_eq!(
        steiger_shared(1.2, 0.1, 0.1, 50).reason(),
        Some(Undefined::BadNumber)
    );
    assert_eq!(
        williams(0.5, 0.4, 0.3, 3).reason(),
        Some(Undefined::TooFewUnits)
    );
    let line = [(0.0, 1.0), (1.0, 3.0), (2.0, 5.0), (3.0, 7.0)];
    is(&pearson(&line, 0.95), 1.0);
    is(&spearman(&line, 0.95), 1.0);
    assert_eq!(spearman(&line, 0.95).interval(), None);
}
