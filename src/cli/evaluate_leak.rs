//! `cisterna evaluate` for networks that tell whether a leak of CSF is likely to be found.

use super::{notify, print};
use crate::models::{DeviceChoice, Model};
use crate::stats::Outcome;
use crate::workflows::{EvaluateLeakRequest, EvaluatedLeak, evaluate_leak};
use serde_json::json;
use std::fmt::Write;
use std::path::Path;

pub(super) fn run(
    data: &Path,
    models: &[Model],
    device: DeviceChoice,
    json: bool,
) -> anyhow::Result<()> {
    let request = EvaluateLeakRequest {
        data,
        models,
        device,
    };
    let judged = evaluate_leak(&request, &notify())?;
    if json {
        let models: Vec<serde_json::Value> = judged.iter().map(json_of).collect();
        return print(&serde_json::to_string_pretty(&json!({ "models": models }))?);
    }
    print(&table(&judged))
}

fn ends(outcome: &Outcome) -> [Option<f64>; 2] {
    let (low, high) = outcome.interval().unzip();
    [low, high]
}

fn json_of(one: &EvaluatedLeak) -> serde_json::Value {
    let [low, high] = ends(&one.auroc);
    let [bern_low, bern_high] = ends(&one.bern_auroc);
    let [shortcut_low, shortcut_high] = ends(&one.shortcuts);
    let n_leak = one.heads.iter().filter(|head| head.has_leak).count();
    json!({
        "name": one.card.name,
        "task": "leak",
        "patients": one.heads.len(),
        "patients_with_leak": n_leak,
        "auroc": one.auroc.value(),
        "auroc_low": low,
        "auroc_high": high,
        "bern_auroc": one.bern_auroc.value(),
        "bern_auroc_low": bern_low,
        "bern_auroc_high": bern_high,
        "bern_patients": one.bern_auroc.n(),
        "delong_difference": one.difference.value(),
        "delong_p": one.difference.p(),
        "brier": one.brier.value(),
        "calibration_slope": one.calibration.slope.value(),
        "calibration_intercept": one.calibration.intercept.value(),
        "calibration_in_the_large": one.calibration.in_the_large.value(),
        "shortcut_auroc": one.shortcuts.value(),
        "shortcut_auroc_low": shortcut_low,
        "shortcut_auroc_high": shortcut_high,
        "shortcut_undefined": one.shortcuts.reason().map(|reason| reason.to_string()),
        "is_own_data": one.is_own_data,
        "trained_on": one.card.trained_on(),
    })
}

fn table(judged: &[EvaluatedLeak]) -> String {
    let mut text = String::new();
    for one in judged {
        let n_leak = one.heads.iter().filter(|head| head.has_leak).count();
        let p = one.difference.p();
        let p = p.map_or_else(|| "not tested".to_owned(), |p| format!("p {p:.4}"));
        // Writing to a string does not fail.
        let _ = write!(
            text,
            "{}: {} heads, {n_leak} with a leak\n\
             \x20 AUROC {}\n\
             \x20 Bern score on the {} heads that have one {}; difference on these {} (DeLong, {p})\n\
             \x20 Brier score {}; calibration slope {}, intercept {}\n\
             \x20 logistic regression on gain, noise, coil, size and padding alone, and on age and sex where all are known: AUROC {}\n",
            one.card.name,
            one.heads.len(),
            one.auroc,
            one.bern_auroc.n(),
            one.bern_auroc,
            one.difference,
            one.brier,
            one.calibration.slope,
            one.calibration.intercept,
            one.shortcuts
        );
        if one.is_own_data {
            text += "  only the heads that it was kept from when it was trained\n";
        }
    }
    text
}
