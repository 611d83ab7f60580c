//! An evaluation of networks that count perivascular spaces as a report, with the tables and the figure of
//! paper 004.

use super::evaluate_counts::{CountsAgreement, CountsEvaluation, EvaluatedCounts};
use super::report_spaces::{json, simulated};
use crate::report::{Cell, CellKind, EvaluationReport, scatter_figure};
use anyhow::Context;
use std::collections::BTreeMap;
use std::path::Path;

/// Writes an evaluation of networks that count as a report: Tables 2 and 3 and Figure 1 of paper 004.
///
/// # Errors
/// When the folder holds a report already, and when a file cannot be written.
pub fn report_counts(evaluation: &CountsEvaluation, folder: &Path) -> anyhow::Result<()> {
    let mut lead = vec![format!(
        "Networks that count perivascular spaces, and rater {}, beside rater {} in {}{}.",
        evaluation.second,
        evaluation.rater,
        evaluation.data_set,
        simulated(evaluation.is_simulated)
    )];
    lead.extend(
        evaluation
            .models
            .iter()
            .map(|model| format!("{}: {}.", model.name, model.trained_on)),
    );
    let mut report = EvaluationReport::new("Perivascular spaces: counts", lead);
    correlations(evaluation, &mut report);
    differences(evaluation, &mut report);
    let rows = evaluation.pairs.iter().map(|pair| {
        vec![
            Cell::Words(pair.region.clone()),
            Cell::Words(pair.first.clone()),
            Cell::Words(pair.second.clone()),
            Cell::Number(pair.pearson),
            Cell::Number(pair.williams.value()),
            Cell::Outcome(pair.williams.clone()),
        ]
    });
    report.table(
        [
            "williams",
            &format!(
                "Whether two networks correlate alike with rater {}: Williams' test.",
                evaluation.rater
            ),
            "",
        ],
        &[
            ("region", "region", CellKind::Words),
            ("network", "first", CellKind::Words),
            ("other network", "second", CellKind::Words),
            ("r of the two", "pearson", CellKind::Number(3)),
            ("t", "t", CellKind::Number(2)),
            ("p", "williams", CellKind::Test),
        ],
        rows.collect(),
    );
    for (number, model) in evaluation.models.iter().enumerate() {
        scatter(evaluation, model, number + 1, &mut report)?;
    }
    Ok(report.write(json(evaluation)?, folder)?)
}

/// Each network, and the second rater once for each region.
fn rows_of(evaluation: &CountsEvaluation) -> Vec<(String, String, &CountsAgreement)> {
    let mut rows = Vec::new();
    let mut regions: Vec<&str> = Vec::new();
    for model in &evaluation.models {
        rows.push((model.region.clone(), model.name.clone(), &model.agreement));
    }
    for model in &evaluation.models {
        if let Some(rater) = &model.rater2
            && !regions.contains(&model.region.as_str())
        {
            regions.push(&model.region);
            rows.push((
                model.region.clone(),
                format!("rater {}", evaluation.second),
                rater,
            ));
        }
    }
    rows.sort_by(|a, b| a.0.cmp(&b.0));
    rows
}

fn correlations(evaluation: &CountsEvaluation, report: &mut EvaluationReport) {
    let rows = rows_of(evaluation).into_iter().map(|(region, name, of)| {
        vec![
            Cell::Words(region),
            Cell::Words(name),
            Cell::Outcome(of.estimate.clone()),
            Cell::Words(p_words(of.p)),
            Cell::Words(p_words(of.p_bonferroni)),
        ]
    });
    report.table(
        [
            "pearson",
            &format!(
                "Pearson's correlation with the counts of rater {} (Table 2 of Dubost and others).",
                evaluation.rater
            ),
            "Bonferroni's adjustment is over all correlations of this table.",
        ],
        &[
            ("region", "region", CellKind::Words),
            ("", "by", CellKind::Words),
            ("r", "pearson", CellKind::Estimate),
            ("p", "p", CellKind::Words),
            ("p, Bonferroni", "p_bonferroni", CellKind::Words),
        ],
        rows.collect(),
    );
}

fn p_words(p: Option<f64>) -> String {
    match p {
        None => "–".to_owned(),
        Some(p) if p < 1e-4 => "< 0.0001".to_owned(),
        Some(p) => format!("{p:.4}"),
    }
}

fn differences(evaluation: &CountsEvaluation, report: &mut EvaluationReport) {
    let rows = rows_of(evaluation).into_iter().map(|(region, name, of)| {
        vec![
            Cell::Words(region),
            Cell::Words(name),
            Cell::Count(of.n),
            Cell::Number(Some(of.mae)),
            Cell::Number(Some(of.bias)),
        ]
    });
    report.table(
        [
            "mae",
            &format!(
                "Mean absolute difference to the counts of rater {} (Table 3).",
                evaluation.rater
            ),
            "",
        ],
        &[
            ("region", "region", CellKind::Words),
            ("", "by", CellKind::Words),
            ("scans", "n", CellKind::Count),
            ("mean absolute difference", "mae", CellKind::Number(2)),
            ("mean difference", "bias", CellKind::Number(2)),
        ],
        rows.collect(),
    );
}

/// Figure 1: counts beside those of the first rater, colours by scanner.
fn scatter(
    evaluation: &CountsEvaluation,
    model: &EvaluatedCounts,
    number: usize,
    report: &mut EvaluationReport,
) -> anyhow::Result<()> {
    let mut groups: BTreeMap<String, [Vec<[f64; 2]>; 2]> = BTreeMap::new();
    for scan in &model.counts {
        let name = match scan.scanner.is_empty() {
            true => "scanner not told".to_owned(),
            false => scan.scanner.clone(),
        };
        let [network, rater] = groups.entry(name).or_default();
        network.push([scan.rater1, scan.network]);
        rater.extend(scan.rater2.map(|count| [scan.rater1, count]));
    }
    let along = format!("Rater {}", evaluation.rater);
    for (which, name) in [
        (0, model.name.clone()),
        (1, format!("Rater {}", evaluation.second)),
    ] {
        let of: Vec<(String, Vec<[f64; 2]>)> = groups
            .iter()
            .map(|(scanner, both)| (scanner.clone(), both[which].clone()))
            .collect();
        if of.iter().all(|(_, points)| points.is_empty()) {
            continue;
        }
        let title = format!("{name}, {}", model.region);
        let figure = scatter_figure(&title, [&along, &name], &of)
            .with_context(|| format!("the figure of {name}"))?;
        report.figure(
            &format!(
                "counts_{number}_{}",
                if which == 0 { "network" } else { "rater" }
            ),
            format!(
                "Counts of {name} beside those of rater {} in {}, colours by scanner (Figure 1).",
                evaluation.rater, model.region
            ),
            figure,
        );
    }
    Ok(())
}
