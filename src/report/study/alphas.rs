//! Krippendorff's alpha as the tracer study's Table 3 has it, and the difference between arms.

use serde::Serialize;

use super::{
    ReportError,
    readings::{Part, Readings},
};
use crate::{
    report::Analysis,
    stats::{
        Metric, NonInferiority, Outcome, Ratings, Undefined, alpha_difference,
        alpha_non_inferiority, alpha_with_interval,
    },
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

/// Agreement between raters on one arm against that on the reference.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct ArmDifference {
    /// The arm.
    pub arm: String,
    /// What it is compared with.
    pub reference: String,
    /// The metric.
    pub metric: Metric,
    /// Whether non-inferiority is decided on it.
    pub is_primary: bool,
    /// Alpha between raters on the arm less that on the reference.
    pub difference: Outcome,
    /// How far below 0 the difference may lie; `None` where the protocol set none.
    pub margin: Option<f64>,
    /// Whether the whole interval lies above minus the margin; `None` without margin or interval.
    pub non_inferior: Option<bool>,
}

/// The rows, in the order of the published table: each rater across arms, all raters on each arm,
/// then all readings.
pub(super) fn rows(
    readings: &Readings<'_>,
    analysis: &Analysis,
) -> Result<Vec<AlphaRow>, ReportError> {
    let data = readings.data;
    let mut rows = Vec::new();
    for arm in 1..data.arms.len() {
        for rater in &data.raters {
            rows.push(across_arms(readings, analysis, rater, arm));
        }
    }
    for arm in 0..data.arms.len() {
        rows.push(on_arm(readings, analysis, arm));
    }
    for arm in 1..data.arms.len() {
        rows.push(all_readings(readings, &[0, arm], arm)?);
    }
    if data.arms.len() > 2 {
        let all: Vec<usize> = (0..data.arms.len()).collect();
        rows.push(all_readings(readings, &all, 0)?);
    }
    Ok(rows)
}

fn across_arms(readings: &Readings<'_>, analysis: &Analysis, rater: &str, arm: usize) -> AlphaRow {
    let arms = &readings.data.arms;
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
    let name = readings.arm_in_table(arm);
    let own = analysis.arms.iter().find(|a| a.arm == name);
    let get = |metric: Metric| match own {
        Some(own) => own.agreement.alpha[metric.name()].clone(),
        None => without_readings(metric),
    };
    let name = &readings.data.arms[arm];
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

/// `idx` tells the row apart from others of its kind, for its random numbers.
fn all_readings(
    readings: &Readings<'_>,
    arms: &[usize],
    idx: usize,
) -> Result<AlphaRow, ReportError> {
    let ratings = readings.ratings(&readings.columns(arms))?;
    let get = |metric: Metric, which: usize| {
        let mut rng = readings.rng(Part::AllReadings, 2 * idx + which);
        alpha_with_interval(&ratings, metric, &readings.options.bootstrap, &mut rng)
    };
    let names: Vec<String> = arms
        .iter()
        .map(|&arm| readings.data.arms[arm].clone())
        .collect();
    let interval = get(Metric::Interval, 0);
    Ok(AlphaRow {
        kind: AlphaKind::AllReadings,
        label: match names.len() == readings.data.arms.len() && names.len() > 2 {
            true => "All readings of every arm".to_owned(),
            false => format!("All readings of {}", listed(&names)),
        },
        rater: None,
        arms: names,
        n_patients: interval.n(),
        interval,
        ordinal: get(Metric::Ordinal, 1),
    })
}

fn without_readings(metric: Metric) -> Outcome {
    Outcome::Undefined {
        reason: Undefined::NoPairs,
        n: 0,
        method: format!("Krippendorff's alpha, {metric} metric"),
    }
}

/// Every arm against the reference, on the primary metric and on the other one.
pub(super) fn differences(readings: &Readings<'_>) -> Result<Vec<ArmDifference>, ReportError> {
    let reference = readings.ratings(&readings.columns(&[0]))?;
    let mut found = Vec::new();
    for arm in 1..readings.data.arms.len() {
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
    let (difference, non_inferior) = match readings.data.margin {
        None => {
            let plain = alpha_difference(tested, reference, metric, bootstrap, &mut rng);
            (plain, None)
        }
        Some(margin) => {
            let NonInferiority {
                difference,
                non_inferior,
                ..
            } = alpha_non_inferiority(tested, reference, metric, margin, bootstrap, &mut rng);
            (difference, non_inferior)
        }
    };
    let arms = &readings.data.arms;
    ArmDifference {
        arm: arms[arm].clone(),
        reference: arms[0].clone(),
        metric,
        is_primary: metric == Metric::Interval,
        difference,
        margin: readings.data.margin.map(f64::abs),
        non_inferior,
    }
}

/// "a", "a and b", "a, b and c".
pub(in crate::report) fn listed(names: &[String]) -> String {
    match names {
        [] => String::new(),
        [only] => only.clone(),
        [before @ .., last] => format!("{} and {last}", before.join(", ")),
    }
}
