//! The numbers of the report, each computed by `stats`.

use super::data::{LeakCaseRow, LeakReportData, LeakReportOptions};
use crate::report::NOTICE;
use crate::report::words::{estimate, p_words};
use crate::stats::{
    Calibration, FoldAreas, Interval, MeanRocPoint, Outcome, PairedScores, ReliabilityBin, Summary,
    auroc, auroc_difference, brier, calibration, fold_areas, mean_roc, net_benefit, reliability,
    roc_curve, wilson,
};
use rand::SeedableRng;
use rand_chacha::ChaCha8Rng;
use serde::Serialize;

/// Points of the mean ROC curve.
const N_POINTS: usize = 101;
/// Groups of the curve of reliability.
const N_BINS: usize = 8;
/// The Bern score counts as positive from these points on.
const BERN_FROM: [u8; 2] = [3, 5];

/// Heads of each band of the Bern score.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct LeakBands {
    /// 0 to 2 points.
    pub low: usize,
    /// 3 or 4.
    pub intermediate: usize,
    /// 5 or more.
    pub high: usize,
    /// Not scored, or a range.
    pub unknown: usize,
}

/// The net benefit of acting from a probability on.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct DecisionPoint {
    /// The probability.
    pub threshold: f64,
    /// Of acting where the network says as much.
    pub network: Option<f64>,
    /// Of acting in all.
    pub all: Option<f64>,
    /// Of acting from 3 points of the Bern score on, and from 5 on, in the heads that have a score.
    pub bern: [Option<f64>; 2],
}

/// Areas in a part of the heads.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Subgroup {
    /// Which part.
    pub name: String,
    /// Heads with a leak and without.
    pub heads: [usize; 2],
    /// Of the network.
    pub auroc: Outcome,
    /// Of the Bern score, on the heads that have one.
    pub bern: Outcome,
}

/// All numbers of the report.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct LeakAnalysis {
    /// What this is not for.
    pub notice: &'static str,
    /// Heads with a leak and without.
    pub heads: [usize; 2],
    /// Ages in years: least, lower quartile, median, upper quartile, largest.
    pub ages: Option<[f64; 5]>,
    /// Women, men, and whoever is called otherwise or not at all.
    pub sexes: [usize; 3],
    /// Of the Bern score.
    pub bands: LeakBands,
    /// Areas fold by fold, their mean and their spread.
    pub areas: FoldAreas,
    /// The same of the epoch that was best on the fold itself: as in paper 002, optimistic.
    pub optimistic: Vec<Option<f64>>,
    /// Mean of these.
    pub optimistic_mean: Option<f64>,
    /// ROC curve of each fold.
    pub curves: Vec<Vec<[f64; 2]>>,
    /// Their mean.
    pub mean_curve: Vec<MeanRocPoint>,
    /// Area of all folds together, by the calibrated probability.
    pub pooled: Outcome,
    /// Area of the Bern score, on the heads that have one.
    pub bern: Outcome,
    /// Its ROC curve.
    pub bern_curve: Vec<[f64; 2]>,
    /// The network's area minus that of the Bern score on the same heads (DeLong).
    pub difference: Outcome,
    /// Heads with a leak to which the network gives a probability of a half or more.
    pub sensitivity: Outcome,
    /// Heads without to which it gives less.
    pub specificity: Outcome,
    /// Mean squared error of the probability.
    pub brier: Outcome,
    /// How far the probability is what it says.
    pub calibration: Calibration,
    /// The same in groups.
    pub reliability: Vec<ReliabilityBin>,
    /// The curve of decision.
    pub decision: Vec<DecisionPoint>,
    /// By sex and age.
    pub subgroups: Vec<Subgroup>,
}

fn by_fold(cases: &[LeakCaseRow]) -> Vec<Vec<(f64, bool)>> {
    let n = cases.iter().map(|case| case.fold).max().unwrap_or(0);
    let fold = |fold: usize| {
        let own = cases.iter().filter(|case| case.fold == fold);
        own.map(|case| (case.log_odds, case.has_leak)).collect()
    };
    (1..=n)
        .map(fold)
        .filter(|fold: &Vec<_>| !fold.is_empty())
        .collect()
}

fn of_bern<'a>(cases: impl Iterator<Item = &'a LeakCaseRow>) -> Vec<(f64, bool)> {
    cases
        .filter_map(|case| Some((f64::from(case.bern?), case.has_leak)))
        .collect()
}

impl LeakAnalysis {
    /// How intervals were made.
    pub(super) fn intervals(&self) -> String {
        format!(
            "Mean of folds: {}. Areas: {}. Difference: {}. Every number stands in analysis.json.",
            self.areas.mean.method(),
            self.pooled.method(),
            self.difference.method()
        )
    }

    /// Analyses the heads of all folds.
    #[must_use]
    pub fn of(data: &LeakReportData, options: &LeakReportOptions) -> Self {
        let cases = &data.cases;
        let interval = Interval::at(options.confidence);
        let folds = by_fold(cases);
        let told: Vec<(f64, bool)> = cases.iter().map(|c| (c.probability, c.has_leak)).collect();
        let pairs: Vec<PairedScores> = cases
            .iter()
            .filter_map(|case| {
                Some(PairedScores {
                    positive: case.has_leak,
                    first: case.probability,
                    second: f64::from(case.bern?),
                })
            })
            .collect();
        let bern = of_bern(cases.iter());
        let with: Vec<&LeakCaseRow> = cases.iter().filter(|case| case.has_leak).collect();
        let without: Vec<&LeakCaseRow> = cases.iter().filter(|case| !case.has_leak).collect();
        let n_of = |cases: &[&LeakCaseRow], is_called: bool| {
            let called = cases.iter().filter(|c| (c.probability >= 0.5) == is_called);
            called.count()
        };
        let known: Option<Vec<f64>> = data.optimistic.iter().copied().collect();
        let mean = |values: Vec<f64>| values.iter().sum::<f64>() / values.len() as f64;
        let mut rng = ChaCha8Rng::seed_from_u64(options.seed);
        Self {
            notice: NOTICE,
            heads: [with.len(), without.len()],
            ages: ages(cases),
            sexes: sexes(cases),
            bands: bands(cases),
            areas: fold_areas(&folds, options.confidence, options.n_resamples, &mut rng),
            optimistic: data.optimistic.clone(),
            optimistic_mean: known.filter(|known| !known.is_empty()).map(mean),
            curves: folds.iter().map(|fold| roc_curve(fold)).collect(),
            mean_curve: mean_roc(&folds, N_POINTS),
            pooled: auroc(&told, interval),
            bern: auroc(&bern, interval),
            bern_curve: roc_curve(&bern),
            difference: auroc_difference(&pairs, options.confidence),
            sensitivity: wilson(n_of(&with, true), with.len(), options.confidence),
            specificity: wilson(n_of(&without, false), without.len(), options.confidence),
            brier: brier(&told),
            calibration: calibration(&told, options.confidence),
            reliability: reliability(&told, N_BINS, options.confidence),
            decision: decision(cases),
            subgroups: subgroups(cases, interval),
        }
    }

    /// On which heads the Bern score is judged.
    fn scored_heads(&self) -> String {
        match self.bern.n() == self.pooled.n() {
            true => "the same heads".to_owned(),
            false => format!("the {} heads that have one", self.bern.n()),
        }
    }

    /// The main result in sentences.
    #[must_use]
    pub fn main_result(&self) -> String {
        let areas = &self.areas;
        let sds = match (areas.sd_over_n, areas.sd_over_n_less_1) {
            (Some(n), Some(less)) => {
                format!(" SD over folds {n:.4} with n below the root, {less:.4} with n - 1.")
            }
            _ => String::new(),
        };
        let optimistic = self.optimistic_mean.map_or_else(String::new, |mean| {
        format!(
            " With the epoch that was best on each fold itself the mean would be {mean:.3}: as in paper \
             002, optimistic."
        )
    });
        let p = self.difference.p();
        let p = p.map_or_else(String::new, |p| format!("; DeLong, p {}", p_words(p)));
        format!(
            "Mean area under the ROC curve over {} folds {}.{sds}{optimistic} All folds together {}; the Bern \
         score on {} {} (difference on these {}{p}).",
            areas.folds.len(),
            estimate(&areas.mean),
            estimate(&self.pooled),
            self.scored_heads(),
            estimate(&self.bern),
            estimate(&self.difference)
        )
    }
}

fn ages(cases: &[LeakCaseRow]) -> Option<[f64; 5]> {
    let ages: Vec<f64> = cases.iter().filter_map(|case| case.age_years).collect();
    let summary = Summary::of(&ages)?;
    Some([
        ages.iter().copied().fold(f64::INFINITY, f64::min),
        summary.lower_quartile,
        summary.median,
        summary.upper_quartile,
        ages.iter().copied().fold(f64::NEG_INFINITY, f64::max),
    ])
}

fn is_sex(case: &LeakCaseRow, letter: char) -> bool {
    let sex = case.sex.as_deref().unwrap_or_default();
    sex.chars()
        .next()
        .is_some_and(|c| c.eq_ignore_ascii_case(&letter))
}

fn sexes(cases: &[LeakCaseRow]) -> [usize; 3] {
    let count = |letter| cases.iter().filter(|case| is_sex(case, letter)).count();
    let [women, men] = ['f', 'm'].map(count);
    [women, men, cases.len() - women - men]
}

fn bands(cases: &[LeakCaseRow]) -> LeakBands {
    let mut bands = LeakBands::default();
    for case in cases {
        *match case.bern {
            None => &mut bands.unknown,
            Some(0..=2) => &mut bands.low,
            Some(3 | 4) => &mut bands.intermediate,
            Some(_) => &mut bands.high,
        } += 1;
    }
    bands
}

fn decision(cases: &[LeakCaseRow]) -> Vec<DecisionPoint> {
    let point = |percent: u32| {
        let threshold = f64::from(percent) / 100.0;
        let of = |calls: &dyn Fn(&LeakCaseRow) -> Option<bool>| {
            let called: Vec<(bool, bool)> = cases
                .iter()
                .filter_map(|case| Some((calls(case)?, case.has_leak)))
                .collect();
            net_benefit(&called, threshold)
        };
        DecisionPoint {
            threshold,
            network: of(&|case| Some(case.probability >= threshold)),
            all: of(&|_| Some(true)),
            bern: BERN_FROM.map(|from| of(&|case| Some(case.bern? >= from))),
        }
    };
    (5..=95).step_by(5).map(point).collect()
}

fn subgroups(cases: &[LeakCaseRow], interval: Interval) -> Vec<Subgroup> {
    let middle = ages(cases).map(|ages| ages[2]);
    let younger = |case: &LeakCaseRow| Some(case.age_years? < middle?);
    let part = |name: String, is_in: &dyn Fn(&LeakCaseRow) -> bool| {
        let own: Vec<LeakCaseRow> = cases.iter().filter(|case| is_in(case)).cloned().collect();
        let told: Vec<(f64, bool)> = own.iter().map(|c| (c.probability, c.has_leak)).collect();
        let n_leak = own.iter().filter(|case| case.has_leak).count();
        Subgroup {
            name,
            heads: [n_leak, own.len() - n_leak],
            auroc: auroc(&told, interval),
            bern: auroc(&of_bern(own.iter()), interval),
        }
    };
    let mut parts = vec![
        part("Women".into(), &|case| is_sex(case, 'f')),
        part("Men".into(), &|case| is_sex(case, 'm')),
    ];
    if let Some(middle) = middle {
        parts.push(part(format!("Younger than {middle:.1} years"), &|case| {
            younger(case) == Some(true)
        }));
        parts.push(part(format!("{middle:.1} years or older"), &|case| {
            younger(case) == Some(false)
        }));
    }
    parts.retain(|part| part.heads != [0, 0]);
    parts
}
