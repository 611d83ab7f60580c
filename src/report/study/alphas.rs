//! Krippendorff's alpha as the tracer study's Table 3 has it, and the difference between arms.

use serde::Serialize;

use super::{
    ReportError,
    readings::{Part, Readings},
};
use crate::{
    report::{analysis::Analysis, words::listed},
    stats::{Metric, Outcome, Ratings, Undefined, alpha_difference, alpha_with_interval},
};

/// What an alpha is of.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum AlphaKind {
    /// One rater's readings of the reference and of another arm, as if by two raters.
    RaterAcrossArms,
    /// All raters on one arm.
    AllRatersOnArm,
    /// All raters on the reference and another arm, every reading of a patient counted alike.
    AllReadings,
}

/// One row of the table of alphas.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct AlphaRow {
    /// What it is of.
    pub kind: AlphaKind,
    /// Whose readings, in words.
    pub label: String,
    /// The rater; `None` for all.
    pub rater: Option<String>,
    /// The arms whose readings are in it.
    pub arms: Vec<String>,
    /// Patients with two readings or more.
    pub n_patients: usize,
    /// Alpha with the interval metric, as in the papers.
    pub interval: Outcome,
    /// Alpha with the ordinal metric.
    pub ordinal: Outcome,
}

impl AlphaRow {
    /// Alpha with a metric; `None` for one that the table does not have.
    pub(crate) fn of(&self, metric: Metric) -> Option<&Outcome> {
        match metric {
            Metric::Interval => Some(&self.interval),
            Metric::Ordinal => Some(&self.ordinal),
            Metric::Nominal | Metric::Ratio => None,
        }
    }
}

/// Agreement between raters on one arm against that on the reference. It says nothing of whether a
/// rater gives both images the same grade, so no verdict rests on it.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct ArmDifference {
    /// The arm.
    pub arm: String,
    /// What it is compared with.
    pub reference: String,
    /// The metric.
    pub metric: Metric,
    /// Alpha between raters on the arm less that on the reference.
    pub difference: Outcome,
    /// How far below 0 the protocol lets the difference lie; `None` where it set none.
    pub margin: Option<f64>,
}

/// The rows, in the order of the published table: each rater across arms, all raters on each arm,
/// then all readings.
pub(super) fn rows(
    readings: &Readings<'_>,
    analysis: &Analysis,
) -> Result<Vec<AlphaRow>, ReportError> {
    let data = readings.data;
    let mut rows = Vec::new();
    for arm in 1..data.protocol.arms.len() {
        for rater in &data.protocol.raters {
            rows.push(across_arms(readings, analysis, rater, arm));
        }
    }
    for arm in 0..data.protocol.arms.len() {
        rows.push(on_arm(readings, analysis, arm));
    }
    for arm in 1..data.protocol.arms.len() {
        rows.push(all_readings(readings, &[0, arm])?);
    }
    if data.protocol.arms.len() > 2 {
        let all: Vec<usize> = (0..data.protocol.arms.len()).collect();
        rows.push(all_readings(readings, &all)?);
    }
    Ok(rows)
}

fn across_arms(readings: &Readings<'_>, analysis: &Analysis, rater: &str, arm: usize) -> AlphaRow {
    let arms = &readings.data.protocol.arms;
    let comparison = analysis.comparisons.iter().find(|c| c.arm == arms[arm]);
    let own = comparison.and_then(|c| c.raters.iter().find(|r| r.rater == rater));
    let get = |metric: Metric| match own {
        Some(own) => own.alpha[metric.name()].clone(),
        None => without_readings(metric),
    };
    AlphaRow {
        kind: AlphaKind::RaterAcrossArms,
        label: format!("{rater} on {} and {}", arms[0], arms[arm]),
        rater: Some(rater.to_owned()),
        arms: vec![arms[0].clone(), arms[arm].clone()],
        n_patients: get(Metric::Interval).n(),
        interval: get(Metric::Interval),
        ordinal: get(Metric::Ordinal),
    }
}

fn on_arm(readings: &Readings<'_>, analysis: &Analysis, arm: usize) -> AlphaRow {
    let name = &readings.data.protocol.arms[arm];
    let own = analysis.arms.iter().find(|a| a.arm == *name);
    let get = |metric: Metric| match own {
        Some(own) => own.agreement.alpha[metric.name()].clone(),
        None => without_readings(metric),
    };
    AlphaRow {
        kind: AlphaKind::AllRatersOnArm,
        label: format!("All raters on {name}"),
        rater: None,
        arms: vec![name.clone()],
        n_patients: get(Metric::Interval).n(),
        interval: get(Metric::Interval),
        ordinal: get(Metric::Ordinal),
    }
}

fn all_readings(readings: &Readings<'_>, arms: &[usize]) -> Result<AlphaRow, ReportError> {
    let ratings = readings.ratings(&readings.columns(arms))?;
    let get = |metric| alpha_with_interval(&ratings, metric, readings.choices.confidence);
    let names: Vec<String> = arms
        .iter()
        .map(|&arm| readings.data.protocol.arms[arm].clone())
        .collect();
    let interval = get(Metric::Interval);
    Ok(AlphaRow {
        kind: AlphaKind::AllReadings,
        label: match names.len() == readings.data.protocol.arms.len() && names.len() > 2 {
            true => "All readings of every arm".to_owned(),
            false => format!("All readings of {}", listed(&names)),
        },
        rater: None,
        arms: names,
        n_patients: interval.n(),
        interval,
        ordinal: get(Metric::Ordinal),
    })
}

fn without_readings(metric: Metric) -> Outcome {
    Outcome::Undefined {
        reason: Undefined::NoPairs,
        n: 0,
        method: format!("Krippendorff's alpha, {metric} metric"),
    }
}

/// Every arm against the reference, on both metrics.
pub(super) fn differences(readings: &Readings<'_>) -> Result<Vec<ArmDifference>, ReportError> {
    let reference = readings.ratings(&readings.columns(&[0]))?;
    let mut found = Vec::new();
    for arm in 1..readings.data.protocol.arms.len() {
        let tested = readings.ratings(&readings.columns(&[arm]))?;
        for (which, metric) in [Metric::Interval, Metric::Ordinal].into_iter().enumerate() {
            let idx = 2 * arm + which;
            found.push(difference(
                readings,
                [&tested, &reference],
                metric,
                arm,
                idx,
            ));
        }
    }
    Ok(found)
}

fn difference(
    readings: &Readings<'_>,
    [tested, reference]: [&Ratings; 2],
    metric: Metric,
    arm: usize,
    idx: usize,
) -> ArmDifference {
    let bootstrap = &readings.options.bootstrap;
    let mut rng = readings.rng(Part::Differences, idx);
    let arms = &readings.data.protocol.arms;
    ArmDifference {
        arm: arms[arm].clone(),
        reference: arms[0].clone(),
        metric,
        difference: alpha_difference(tested, reference, metric, bootstrap, &mut rng),
        margin: readings.data.protocol.margin.map(f64::abs),
    }
}
