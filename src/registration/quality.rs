//! How far a registration may be trusted, without knowing the truth.

use super::halfway::{Pair, Points, Seen, correlation, equalise};
use super::pose::{mean_distance_mm, small};
use super::robust::{Arrived, Steps, walk};
use nalgebra::{Isometry3, Point3, Vector3};
use serde::Serialize;
use std::collections::BTreeMap;

/// Halves of the head that are registered apart come to lie at most so far from each other, mm.
const MOST_HALVES_APART_MM: f64 = 0.5;
/// From another start, with the scans exchanged, the same is found within this, mm.
const MOST_FORWARD_BACKWARD_MM: f64 = 0.05;
/// Mutual information agrees within this, mm.
const MOST_SECOND_OPINION_MM: f64 = 0.3;
/// At most this share of the cranium differs by more than noise and fit explain; a day after the
/// tracer it is 0.3 to 0.45.
const MOST_OUTLIERS: f64 = 0.6;
/// Least agreement within cubes: 0.93 to 1 between scans of one head with and without tracer, 0.45 to
/// 0.6 between different heads.
const LEAST_AGREEMENT: f64 = 0.8;

/// The numbers behind a verdict.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Quality {
    /// Correlation of both scans over the cranium, made equally bright from place to place.
    pub correlation: f64,
    /// Mean correlation within cubes of about 2 cm, of the share of cubes (the better half) that the
    /// tracer leaves alone.
    pub agreement: f64,
    /// Standard deviation of the differences that count, as a share of what is bright.
    pub residual: f64,
    /// Share of the cranium whose differences were left out by more than half: tracer, or a wrong
    /// fit.
    pub outlier_share: f64,
    /// Largest mean distance between the poses found from opposite halves of the head, mm.
    pub halves_apart_mm: f64,
    /// Mean distance to the pose that is found with the scans exchanged, from another start, mm.
    pub forward_backward_mm: f64,
    /// Mean distance to where mutual information is largest, mm.
    pub second_opinion_mm: f64,
}

impl Quality {
    /// What speaks against it, in words; empty where nothing does.
    #[must_use]
    pub fn doubts(&self) -> Vec<String> {
        let mut doubts = Vec::new();
        if self.agreement.is_nan() || self.agreement < LEAST_AGREEMENT {
            doubts.push(format!(
                "within 2 cm the scans correlate by {:.2} only (at least {LEAST_AGREEMENT}): another \
                 head, or another kind of scan",
                self.agreement
            ));
        }
        if self.outlier_share > MOST_OUTLIERS {
            doubts.push(format!(
                "{:.0} % of the cranium differ (at most {:.0} %)",
                100.0 * self.outlier_share,
                100.0 * MOST_OUTLIERS
            ));
        }
        for (found, most, what) in [
            (
                self.halves_apart_mm,
                MOST_HALVES_APART_MM,
                "halves of the head lie apart",
            ),
            (
                self.forward_backward_mm,
                MOST_FORWARD_BACKWARD_MM,
                "there and back again differ",
            ),
            (
                self.second_opinion_mm,
                MOST_SECOND_OPINION_MM,
                "mutual information disagrees",
            ),
        ] {
            if found.is_nan() || found > most {
                doubts.push(format!("{what} by {found:.2} mm (at most {most})"));
            }
        }
        doubts
    }
}

/// Points are thinned to about this many for what needs no precision.
const THINNED: usize = 40_000;

/// What is asked of a pose that was found.
pub(super) struct Found<'a> {
    pub(super) pair: &'a Pair<'a>,
    pub(super) points: &'a Points,
    pub(super) arrived: &'a Arrived,
    /// The pose that is handed out, which may have been polished.
    pub(super) pose: Isometry3<f64>,
    pub(super) second_opinion_mm: f64,
    pub(super) cranium: &'a [Point3<f64>],
    pub(super) steps: &'a Steps,
}

impl Found<'_> {
    pub(super) fn quality(&self) -> Quality {
        let mut seen = self.pair.see(self.points, &self.pose);
        equalise(self.points, &mut seen, &self.arrived.trust);
        let thin = self.points.thinned(THINNED);
        Quality {
            correlation: correlation(self.points, &seen).unwrap_or(f64::NAN),
            agreement: agreement(self.points, &seen),
            residual: f64::from(self.arrived.sd),
            outlier_share: self.outlier_share(&seen),
            halves_apart_mm: self.halves_apart_mm(&thin),
            forward_backward_mm: self.forward_backward_mm(),
            second_opinion_mm: self.second_opinion_mm,
        }
    }

    fn outlier_share(&self, seen: &[Seen]) -> f64 {
        let (mut all, mut out) = (0.0_f64, 0.0_f64);
        for (seen, trust) in seen.iter().zip(&self.arrived.trust) {
            all += f64::from(seen.weight);
            if *trust < 0.5 {
                out += f64::from(seen.weight);
            }
        }
        out / f64::max(all, 1e-9)
    }

    /// Left and right, front and back, each registered by itself.
    fn halves_apart_mm(&self, thin: &Points) -> f64 {
        let pose_of = |axis: usize, side: f32| {
            let only = move |at: &[f32; 3]| at[axis] * side > 0.0;
            let walked = walk(self.pair, thin, &self.pose, self.steps, Some(&only));
            walked.pose.to_homogeneous()
        };
        (0..2)
            .map(|axis| {
                let (one, other) = (pose_of(axis, -1.0), pose_of(axis, 1.0));
                mean_distance_mm(&one, &other, self.cranium)
            })
            .fold(0.0, f64::max)
    }

    /// With the scans exchanged, from a start that is off by a millimetre and a degree.
    fn forward_backward_mm(&self) -> f64 {
        let back = self.pair.exchanged();
        let off = small(
            &self.pair.fixed.center(),
            Vector3::new(0.6, -0.6, 0.6),
            Vector3::new(0.6, 0.6, -0.6).map(f64::to_radians),
        );
        let start = (off * self.pose).inverse();
        let points = back.points(&start, self.points.lattice_mm);
        let walked = walk(&back, &points, &start, self.steps, None);
        mean_distance_mm(
            &walked.pose.inverse().to_homogeneous(),
            &self.arrived.pose.to_homogeneous(),
            self.cranium,
        )
    }
}

/// The edge of the cubes within which scans are correlated, mm.
const CUBE_MM: f32 = 20.0;

/// The mean of the better half of the correlations within cubes.
fn agreement(points: &Points, seen: &[Seen]) -> f64 {
    let mut cubes: BTreeMap<[i32; 3], [f64; 6]> = BTreeMap::new();
    for (at, seen) in points.at.iter().zip(seen).filter(|(_, s)| s.weight > 0.5) {
        let sums = cubes
            .entry(at.map(|x| (x / CUBE_MM).floor() as i32))
            .or_default();
        let (f, m) = (f64::from(seen.fixed), f64::from(seen.moving));
        for (sum, term) in sums.iter_mut().zip([1.0, f, m, f * f, m * m, f * m]) {
            *sum += term;
        }
    }
    let full = cubes.values().map(|s| s[0]).fold(0.0, f64::max);
    let mut correlations: Vec<f64> = cubes
        .values()
        .filter(|sums| sums[0] > 0.7 * full)
        .filter_map(|[n, f, m, ff, mm, fm]| {
            let spread = (ff / n - (f / n).powi(2)) * (mm / n - (m / n).powi(2));
            (spread > 0.0).then(|| (fm / n - f * m / n / n) / spread.sqrt())
        })
        .collect();
    correlations.sort_by(|a, b| b.total_cmp(a));
    correlations.truncate(correlations.len().div_ceil(2));
    correlations.iter().sum::<f64>() / correlations.len() as f64
}
