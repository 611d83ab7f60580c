//! Tails and quantiles of the reference distributions, as thin covers over incomplete beta and
//! gamma functions, so that a small tail keeps its relative precision. Arguments without a
//! meaning give NaN, which [`super::Estimate`] never keeps.

use statrs::function::{
    beta::{checked_beta_reg, inv_beta_reg},
    erf::{erfc, erfc_inv},
    gamma::{checked_gamma_ur, ln_gamma},
};

/// The share of the distribution outside the interval, on one side.
pub(super) fn tail(confidence: f64) -> f64 {
    (1.0 - confidence.clamp(0.0, 1.0)) / 2.0
}

/// "95 %", for a method's words.
pub(super) fn percent(confidence: f64) -> String {
    format!("{} %", (confidence * 1e4).round() / 1e2)
}

pub(super) fn normal_below(z: f64) -> f64 {
    erfc(-z / std::f64::consts::SQRT_2) / 2.0
}

pub(super) fn normal_quantile(share: f64) -> f64 {
    -std::f64::consts::SQRT_2 * erfc_inv(2.0 * share)
}

/// Half-width of a two-sided normal interval, in standard errors.
pub(super) fn critical_z(confidence: f64) -> f64 {
    if !(0.0..1.0).contains(&confidence) {
        return f64::NAN;
    }
    normal_quantile(1.0 - tail(confidence))
}

pub(super) fn two_sided_z(z: f64) -> f64 {
    erfc(z.abs() / std::f64::consts::SQRT_2)
}

/// Half-width of a two-sided interval by Student's t, in standard errors; infinite degrees of
/// freedom are the normal distribution.
pub(super) fn critical_t(confidence: f64, df: f64) -> f64 {
    if df == f64::INFINITY {
        return critical_z(confidence);
    }
    if df.is_nan() || df <= 0.0 || !(0.0..1.0).contains(&confidence) {
        return f64::NAN;
    }
    if df >= 1000.0 {
        return near_normal_t(critical_z(confidence), df);
    }
    let outside = inv_beta_reg(df / 2.0, 0.5, 2.0 * tail(confidence));
    (df * (1.0 - outside) / outside).sqrt()
}

/// The quantile of t from that of the normal distribution, by powers of 1 / df (Abramowitz and
/// Stegun 1964, 26.7.5), where inverting the incomplete beta function loses digits.
fn near_normal_t(z: f64, df: f64) -> f64 {
    let odd = |factors: [f64; 5]| {
        let in_square = factors
            .iter()
            .rev()
            .fold(0.0, |sum, factor| sum * z * z + factor);
        z * in_square
    };
    z + odd([1.0, 1.0, 0.0, 0.0, 0.0]) / (4.0 * df)
        + odd([3.0, 16.0, 5.0, 0.0, 0.0]) / (96.0 * df.powi(2))
        + odd([-15.0, 17.0, 19.0, 3.0, 0.0]) / (384.0 * df.powi(3))
        + odd([-945.0, -1920.0, 1482.0, 776.0, 79.0]) / (92_160.0 * df.powi(4))
}

pub(super) fn two_sided_t(t: f64, df: f64) -> f64 {
    if t.is_infinite() {
        return 0.0;
    }
    if df == f64::INFINITY {
        return two_sided_z(t);
    }
    checked_beta_reg(df / 2.0, 0.5, df / (df + t * t)).unwrap_or(f64::NAN)
}

pub(super) fn f_above(f: f64, df1: f64, df2: f64) -> f64 {
    if f.is_infinite() {
        return 0.0;
    }
    checked_beta_reg(df2 / 2.0, df1 / 2.0, df2 / (df2 + df1 * f)).unwrap_or(f64::NAN)
}

pub(super) fn f_quantile(share: f64, df1: f64, df2: f64) -> f64 {
    let positive = |df: f64| df > 0.0 && df.is_finite();
    if !positive(df1) || !positive(df2) || !(0.0..1.0).contains(&share) {
        return f64::NAN;
    }
    // The smaller tail of the mirrored variable keeps its precision near 1.
    let above = inv_beta_reg(df2 / 2.0, df1 / 2.0, 1.0 - share);
    df2 * (1.0 - above) / (df1 * above)
}

pub(super) fn chi_squared_above(x: f64, df: f64) -> f64 {
    // The crate has no value at 0.
    if x == 0.0 {
        return 1.0;
    }
    checked_gamma_ur(df / 2.0, x / 2.0).unwrap_or(f64::NAN)
}

/// P(T <= t) of noncentral t, T = (Z + centre) / sqrt(chi-squared / df): the normal probability
/// averaged over the chi distribution of the denominator, by Simpson's rule.
fn noncentral_t_below(t: f64, df: f64, centre: f64) -> f64 {
    const STEPS: usize = 2000;
    // ln density of s = sqrt(chi-squared / df), whose spread is near 1 / sqrt(2 df).
    let constant = (df / 2.0).ln() * df / 2.0 - ln_gamma(df / 2.0) + std::f64::consts::LN_2;
    let density = |s: f64| (constant + (df - 1.0) * s.ln() - df * s * s / 2.0).exp();
    let reach = 12.0 / (2.0 * df).sqrt();
    let (from, to) = ((1.0 - reach).max(1e-12), 1.0 + reach);
    let width = (to - from) / STEPS as f64;
    let sum: f64 = (0..=STEPS)
        .map(|step| {
            let s = from + width * step as f64;
            let weight = match step {
                0 | STEPS => 1.0,
                odd if odd % 2 == 1 => 4.0,
                _ => 2.0,
            };
            weight * density(s) * normal_below(t * s - centre)
        })
        .sum();
    sum * width / 3.0
}

/// The quantile of noncentral t, by bisection.
pub(super) fn noncentral_t_quantile(share: f64, df: f64, centre: f64) -> f64 {
    if df < 1.0 || !(0.0 < share && share < 1.0) {
        return f64::NAN;
    }
    let mut width = 1.0 + centre.abs();
    while noncentral_t_below(centre + width, df, centre) < share && width < 1e9 {
        width *= 2.0;
    }
    let (mut low, mut high) = (centre - width, centre + width);
    for _ in 0..200 {
        let mid = f64::midpoint(low, high);
        if mid <= low || mid >= high {
            break;
        }
        match noncentral_t_below(mid, df, centre) < share {
            true => low = mid,
            false => high = mid,
        }
    }
    f64::midpoint(low, high)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(found: f64, expected: f64) {
        assert!(
            (found / expected - 1.0).abs() < 1e-10,
            "{found}, not {expected}"
        );
    }

    /// To 30 digits with mpmath: betainc(..., regularized=True), gammainc and roots of them; the
    /// normal ones with scipy.stats.norm.
    #[test]
    fn tails_and_quantiles() {
        check(critical_z(0.95), 1.959963984540054);
        check(critical_z(0.99), 2.5758293035489004);
        check(critical_t(0.95, 1.0), 12.706204736174698);
        check(critical_t(0.95, 11.0), 2.2009851600916399);
        check(critical_t(0.99, 3.7), 4.869252253227829);
        check(f_quantile(0.975, 5.0, 18.0), 3.381967805875243);
        check(f_quantile(0.975, 15.0, 5.0), 6.427728167078782);
        check(f_quantile(0.975, 4.79, 5.0), 7.189695827382835);
        check(two_sided_t(4.810, 73.0), 7.894393495607336e-6);
        check(
            f_above(11.027247956403299, 5.0, 15.0),
            1.345_665_164_843_349e-4,
        );
        check(
            chi_squared_above(297.610989, 6.0),
            2.658_518_598_092_847e-61,
        );
        check(two_sided_z(10.478240400470742), 1.087481953403738e-25);
        check(normal_below(-3.0), 1.3498980316300933e-3);
        assert_eq!(two_sided_t(f64::INFINITY, 4.0), 0.0);
        check(critical_t(0.95, 100.0), 1.983_971_518_523_552_3);
        check(critical_t(0.95, 500.0), 1.964_719_837_467_367_8);
        check(critical_t(0.95, 999.0), 1.962_341_461_133_45);
        check(critical_t(0.95, 1000.0), 1.962_339_080_826_408_5);
        check(two_sided_t(2.0, 1e5), 0.045_502_963_457_506_463);
        check(two_sided_t(3.0, 500.0), 2.834_491_812_851_139_6e-3);
        check(two_sided_t(5.0, 2000.0), 6.232_897_835_546e-7);
        check(critical_t(0.95, 1e6), 1.959966356814107);
        check(critical_t(0.95, 0.3), 6582.035699400775);
        check(f_quantile(0.975, 5.0, 1e4), 2.567762486626391);
        check(f_quantile(0.975, 0.4, 61.0), 7.85054852313950);
        check(f_quantile(0.975, 122.0, 61.0), 1.574780939517906);
        assert!(critical_t(0.95, 0.0).is_nan());
        assert!(critical_t(f64::NAN, 5.0).is_nan());
        assert!(critical_z(1.0).is_nan());
        assert!(f_quantile(f64::NAN, 5.0, 5.0).is_nan());
    }
}
