//! The evaluation of paper 004 in one call: networks and a second rater beside the first one.

use super::compute::compute;
use super::notice::{Notify, remark, working};
use super::train_counts::tell;
use crate::formats::bids;
use crate::models::counts::{
    CountRegion, CountedCase, CountedCases, CountsPredictor, counts_card, open_counted,
};
use crate::models::{CounterKind, DeviceChoice, Model};
use crate::stats::{Outcome, bonferroni, pearson, williams};
use anyhow::bail;
use serde::Serialize;
use std::path::Path;

const CONFIDENCE: f64 = 0.95;

/// Which networks are judged, and by which patients.
pub struct EvaluateCountsRequest<'a> {
    /// The data set.
    pub data: &'a Path,
    /// The networks, by name or file.
    pub models: &'a [String],
    /// The rater whom all are compared with.
    pub rater: u32,
    /// Another rater, who is compared with the first in the same way.
    pub second: u32,
    /// On what it is computed.
    pub device: DeviceChoice,
}

/// How counts agree with those of the first rater.
#[derive(Clone, Debug, Serialize)]
pub struct CountsAgreement {
    /// Scans with both counts.
    pub n: usize,
    /// Pearson's r; none where it does not exist.
    pub pearson: Option<f64>,
    /// Lower end of its 95 % interval by Fisher's z.
    pub pearson_low: Option<f64>,
    /// Upper end.
    pub pearson_high: Option<f64>,
    /// p of no correlation.
    pub p: Option<f64>,
    /// The same times the number of correlations in this evaluation, at most 1.
    pub p_bonferroni: Option<f64>,
    /// Mean absolute difference.
    pub mae: f64,
    /// Mean difference, of what is compared less the first rater.
    pub bias: f64,
    /// The whole estimate with its method, or why there is none.
    pub estimate: Outcome,
}

/// Counts of a scan.
#[derive(Clone, Debug, Serialize)]
pub struct CountsOfScan {
    /// The patient.
    pub subject: String,
    /// What its sidecar says of the scanner.
    pub scanner: String,
    /// The first rater.
    pub rater1: f64,
    /// The second one, where there is one.
    pub rater2: Option<f64>,
    /// The network.
    pub network: f64,
}

/// A network and how good it is.
#[derive(Clone, Debug, Serialize)]
pub struct EvaluatedCounts {
    /// The network.
    pub name: String,
    /// `counts`.
    pub task: &'static str,
    /// The region.
    pub region: String,
    /// `cnn` or `gp-unet`.
    pub kind: CounterKind,
    /// What it learned from.
    pub trained_on: String,
    /// Whether it learned from other patients of this data set, which are left out.
    pub is_own_data: bool,
    /// The network and the first rater.
    #[serde(flatten)]
    pub agreement: CountsAgreement,
    /// The second rater and the first on the same scans; none where there is no second.
    pub rater2: Option<CountsAgreement>,
    /// Each scan.
    pub counts: Vec<CountsOfScan>,
}

/// Two networks on the same scans: is one's correlation with the rater the other's?
#[derive(Clone, Debug, Serialize)]
pub struct TwoCounters {
    /// One network.
    pub first: String,
    /// The other one.
    pub second: String,
    /// The region.
    pub region: String,
    /// Correlation of the two.
    pub pearson: Option<f64>,
    /// Williams' test.
    pub williams: Outcome,
}

/// What was found of all networks.
#[derive(Clone, Debug, Serialize)]
pub struct CountsEvaluation {
    /// What the numbers are good for.
    pub notice: &'static str,
    /// The data set.
    pub data_set: String,
    /// Whether it is simulated.
    pub is_simulated: bool,
    /// The first rater.
    pub rater: u32,
    /// The second one.
    pub second: u32,
    /// The networks.
    pub models: Vec<EvaluatedCounts>,
    /// Each two networks of a region that were judged by the same scans.
    pub pairs: Vec<TwoCounters>,
}

/// Judges networks that count.
///
/// # Errors
/// When a network cannot be had, the data set lacks scans, label maps or counts, and when `notify`
/// answers to stop.
pub fn evaluate_counts(
    request: &EvaluateCountsRequest<'_>,
    notify: Notify<'_>,
) -> anyhow::Result<CountsEvaluation> {
    if request.rater == request.second {
        bail!(
            "--second-rater is {0}, and rater {0} is whom all are compared with",
            request.rater
        );
    }
    let compute = compute(request.device, notify)?;
    let mut evaluation = CountsEvaluation {
        notice: crate::report::NOTICE,
        data_set: bids::data_set_name(request.data).unwrap_or_else(|| "unnamed".to_owned()),
        is_simulated: false,
        rater: request.rater,
        second: request.second,
        models: Vec::new(),
        pairs: Vec::new(),
    };
    for name in request.models {
        let model = Model::find(name)?;
        let predictor = CountsPredictor::open(&model, &compute)?;
        let preparation = counts_card(&model)?.preparation;
        let opened = |share: f32| working(notify, "opening scans", f64::from(share));
        let cases = open_counted(request.data, request.rater, &preparation, &opened)?;
        tell(&cases, notify);
        remark(
            notify,
            format!("{}: {}", model.card.name, model.card.trained_on()),
        );
        evaluation.is_simulated = cases.is_simulated;
        let judged = judged(&model, &cases, request, notify, &predictor)?;
        evaluation.models.push(judged);
    }
    adjust(&mut evaluation.models);
    evaluation.pairs = pairs(&evaluation.models);
    Ok(evaluation)
}

fn judged(
    model: &Model,
    cases: &CountedCases,
    request: &EvaluateCountsRequest<'_>,
    notify: Notify<'_>,
    predictor: &CountsPredictor,
) -> anyhow::Result<EvaluatedCounts> {
    let own = model.card.split_of(&cases.fingerprint);
    let chosen: Vec<&CountedCase> = match own {
        Some(split) => cases.of(&split.test),
        None => cases.cases.iter().collect(),
    };
    if chosen.is_empty() {
        bail!(
            "{} learned from all patients of {}",
            model.card.name,
            request.data.display()
        );
    }
    let mut counts = Vec::new();
    for (at, case) in chosen.iter().enumerate() {
        let what = format!("{} on sub-{}", model.card.name, case.subject);
        if working(notify, &what, at as f64 / chosen.len() as f64).is_break() {
            bail!("stopped");
        }
        counts.push(CountsOfScan {
            subject: case.subject.clone(),
            scanner: case.scanner.clone(),
            rater1: case.count,
            rater2: case.counts.get(&request.second).copied(),
            network: predictor.count(&case.input)?,
        });
    }
    let of_network: Vec<(f64, f64)> = counts.iter().map(|c| (c.rater1, c.network)).collect();
    let both = counts.iter().filter_map(|c| Some((c.rater1, c.rater2?)));
    let of_rater: Vec<(f64, f64)> = both.collect();
    let card = predictor.card();
    let region: CountRegion = card.region();
    Ok(EvaluatedCounts {
        name: model.card.name.clone(),
        task: "counts",
        region: region.to_string(),
        kind: card.network.kind,
        trained_on: model.card.trained_on(),
        is_own_data: own.is_some(),
        agreement: agreement(&of_network),
        rater2: (!of_rater.is_empty()).then(|| agreement(&of_rater)),
        counts,
    })
}

/// How the second of each pair agrees with the first.
fn agreement(pairs: &[(f64, f64)]) -> CountsAgreement {
    let n = pairs.len().max(1) as f64;
    let estimate = pearson(pairs, CONFIDENCE);
    let (low, high) = estimate.interval().unzip();
    CountsAgreement {
        n: pairs.len(),
        pearson: estimate.value(),
        pearson_low: low,
        pearson_high: high,
        p: estimate.p(),
        p_bonferroni: None,
        mae: pairs.iter().map(|(a, b)| (b - a).abs()).sum::<f64>() / n,
        bias: pairs.iter().map(|(a, b)| b - a).sum::<f64>() / n,
        estimate,
    }
}

/// Bonferroni's adjustment over all correlations with the first rater: each network's, and the second
/// rater's once for each region.
fn adjust(models: &mut [EvaluatedCounts]) {
    let mut regions: Vec<String> = Vec::new();
    let mut tested = Vec::new();
    for model in &*models {
        tested.extend(model.agreement.p);
        if !regions.contains(&model.region) {
            regions.push(model.region.clone());
            tested.extend(model.rater2.as_ref().and_then(|rater| rater.p));
        }
    }
    let n = tested.len();
    // One after the other: each is multiplied by how many there are.
    let adjusted = |p: f64| bonferroni(&vec![p; n]).first().copied();
    for model in models {
        model.agreement.p_bonferroni = model.agreement.p.and_then(adjusted);
        if let Some(rater) = &mut model.rater2 {
            rater.p_bonferroni = rater.p.and_then(adjusted);
        }
    }
}

/// Each two networks of a region that were judged by the same scans.
fn pairs(models: &[EvaluatedCounts]) -> Vec<TwoCounters> {
    let mut pairs = Vec::new();
    for (at, first) in models.iter().enumerate() {
        for second in &models[at + 1..] {
            let subjects = |model: &EvaluatedCounts| -> Vec<String> {
                model.counts.iter().map(|c| c.subject.clone()).collect()
            };
            if first.region != second.region || subjects(first) != subjects(second) {
                continue;
            }
            let both = first.counts.iter().zip(&second.counts);
            let both: Vec<(f64, f64)> = both.map(|(a, b)| (a.network, b.network)).collect();
            let between = pearson(&both, CONFIDENCE);
            let correlations = [
                &first.agreement.estimate,
                &second.agreement.estimate,
                &between,
            ];
            let [r12, r13, r23] = correlations.map(|r| r.value().unwrap_or(f64::NAN));
            pairs.push(TwoCounters {
                first: first.name.clone(),
                second: second.name.clone(),
                region: first.region.clone(),
                pearson: between.value(),
                williams: williams(r12, r13, r23, both.len()),
            });
        }
    }
    pairs
}
