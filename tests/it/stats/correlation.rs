//! Correlations, dependent correlations, adjusted p values.

use cisterna::stats::{Undefined, bonferroni, holm, pearson, spearman, steiger_shared, williams};

use super::{between, is, near, p_is};

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

/// numpy with the covariance in Pearson and Filon's form, variable 3 equal to variable 1.
#[test]
fn steiger() {
    let shared = steiger_shared(0.78, 0.52, 0.73, 76);
    is(&shared, 4.365391249474851);
    p_is(&shared, 1.2689542278363074e-5, 1e-8);
}

/// No adjusted p is above 1, and Holm never exceeds Bonferroni.
#[test]
fn adjusted_p() {
    let p = [0.01, 0.02, 0.03, 0.005];
    assert!(holm(&p).iter().zip(bonferroni(&p)).all(|(a, b)| *a <= b));
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
