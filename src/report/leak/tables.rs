//! The tables of the report: the paper's two, and what stands beside them.

use super::analysis::LeakAnalysis;
use super::data::LeakReportData;
use crate::report::table::{ColumnKind, Field, Row, Table, column, outcome, row, text, total};

pub(super) fn all(data: &LeakReportData, analysis: &LeakAnalysis) -> Vec<Table> {
    let mut tables = vec![
        participants(data, analysis),
        folds(analysis),
        beside_bern(analysis),
        calibration(analysis),
        reliability(analysis),
        subgroups(analysis),
        decision(analysis),
    ];
    if !data.learning.is_empty() {
        tables.push(learning(data));
    }
    tables.push(heads(data));
    tables
}

/// A number of all, and what share that is.
fn n_of(n: usize, all: usize) -> String {
    format!("{n} ({:.1} %)", 100.0 * n as f64 / all.max(1) as f64)
}

/// The paper's Table 1.
fn participants(data: &LeakReportData, analysis: &LeakAnalysis) -> Table {
    let [with, without] = analysis.heads;
    let n = with + without;
    let line = |what: &str, value: String| row(vec![text(what), text(value)]);
    let mut rows = Vec::new();
    match analysis.ages {
        Some([least, lower, median, upper, largest]) => rows.extend([
            line(
                "Median age in years (interquartile range)",
                format!("{median:.0} ({:.0})", upper - lower),
            ),
            line("Age range in years", format!("{least:.0} to {largest:.0}")),
        ]),
        None => rows.push(line("Age", "not told".into())),
    }
    let [women, men, others] = analysis.sexes;
    rows.extend([line("Female", n_of(women, n)), line("Male", n_of(men, n))]);
    if others > 0 {
        rows.push(line("Sex not told", n_of(others, n)));
    }
    rows.extend([
        line("With a leak", n_of(with, n)),
        line("Without", n_of(without, n)),
    ]);
    let bands = analysis.bands;
    rows.extend([
        line("Bern score 0 to 2, low", n_of(bands.low, n)),
        line(
            "Bern score 3 or 4, intermediate",
            n_of(bands.intermediate, n),
        ),
        line("Bern score 5 or more, high", n_of(bands.high, n)),
    ]);
    if bands.unknown > 0 {
        rows.push(line(
            "Bern score not told, or a range",
            n_of(bands.unknown, n),
        ));
    }
    let what = match data.is_simulated {
        true => "simulated heads",
        false => "patients",
    };
    Table {
        id: "participants".into(),
        title: format!("The {n} {what} and their Bern score (paper 002, Table 1)."),
        note: "Bands by points alone; the published yield of a band is not a probability.".into(),
        columns: vec![
            column("Characteristic", "characteristic", ColumnKind::Text),
            column("All", "all", ColumnKind::Text),
        ],
        rows,
    }
}

/// The paper's Table 2.
fn folds(analysis: &LeakAnalysis) -> Table {
    let areas = &analysis.areas;
    let mut rows: Vec<Row> = (1..)
        .zip(&areas.folds)
        .map(|(fold, area)| {
            let optimistic = analysis.optimistic.get(fold - 1).copied().flatten();
            row(vec![
                text(fold.to_string()),
                outcome(area),
                Field::Number(optimistic),
            ])
        })
        .collect();
    rows.push(total(vec![
        text("Mean"),
        outcome(&areas.mean),
        Field::Number(analysis.optimistic_mean),
    ]));
    let sd = |what: &str, sd: Option<f64>| row(vec![text(what), Field::Number(sd), Field::Blank]);
    rows.extend([
        sd("SD over folds, n", areas.sd_over_n),
        sd("SD over folds, n - 1", areas.sd_over_n_less_1),
    ]);
    Table {
        id: "folds".into(),
        title: "Area under the ROC curve of each fold (paper 002, Table 2).".into(),
        note: "The epoch was chosen by an inner split of the heads learned from, not by the fold. The \
               last column is the largest area that any epoch had on the fold itself: as in paper 002, \
               optimistic. The paper's SD of 0.0254 is that with n below the root; neither SD says how \
               sure the mean is, as folds share most of what they learned from."
            .into(),
        columns: vec![
            column("Fold", "fold", ColumnKind::Text),
            column("AUROC", "auroc", ColumnKind::Mixed),
            column(
                "Best epoch on the fold, optimistic",
                "optimistic",
                ColumnKind::Number(4),
            ),
        ],
        rows,
    }
}

fn named(what: &str, value: &crate::stats::Outcome) -> Row {
    row(vec![text(what), outcome(value)])
}

fn beside_bern(analysis: &LeakAnalysis) -> Table {
    Table {
        id: "beside_bern".into(),
        title: "The network and the Bern score on the same heads.".into(),
        note: "All folds together, each head by the network that was kept from it, after the \
               calibration of its fold."
            .into(),
        columns: vec![
            column("Quantity", "quantity", ColumnKind::Text),
            column("Value", "value", ColumnKind::Estimate),
        ],
        rows: vec![
            named("AUROC of the network, pooled", &analysis.pooled),
            named(
                "AUROC of the Bern score, on the heads that have one",
                &analysis.bern,
            ),
            named("Difference on these heads", &analysis.difference),
            row(vec![
                text("p of the difference (DeLong, paired)"),
                Field::PValue(analysis.difference.p()),
            ]),
            named("Sensitivity at a probability of 0.5", &analysis.sensitivity),
            named("Specificity at a probability of 0.5", &analysis.specificity),
        ],
    }
}

fn calibration(analysis: &LeakAnalysis) -> Table {
    let own = &analysis.calibration;
    Table {
        id: "calibration".into(),
        title: "How far the probability is what it says.".into(),
        note: "Right are a slope of 1 and intercepts of 0. A slope below 1: too extreme. An intercept in \
               the large above 0: too low."
            .into(),
        columns: vec![
            column("Quantity", "quantity", ColumnKind::Text),
            column("Value", "value", ColumnKind::Estimate),
        ],
        rows: vec![
            named("Brier score", &analysis.brier),
            named("Calibration slope", &own.slope),
            named("Calibration intercept", &own.intercept),
            named("Calibration in the large", &own.in_the_large),
        ],
    }
}

fn reliability(analysis: &LeakAnalysis) -> Table {
    let rows = analysis.reliability.iter().map(|bin| {
        let [low, high] = bin.found_interval.map_or([None; 2], |ends| ends.map(Some));
        row(vec![
            Field::Number(Some(bin.told)),
            Field::Number(Some(bin.found)),
            Field::Number(low),
            Field::Number(high),
            Field::Count(bin.n),
        ])
    });
    Table {
        id: "reliability".into(),
        title: "Heads in the order of their probability, in groups of one size.".into(),
        note: String::new(),
        columns: vec![
            column("Mean probability", "told", ColumnKind::Number(3)),
            column("Share with a leak", "found", ColumnKind::Number(3)),
            column("from", "found_low", ColumnKind::Number(3)),
            column("to", "found_high", ColumnKind::Number(3)),
            column("Heads", "n", ColumnKind::Count),
        ],
        rows: rows.collect(),
    }
}

fn subgroups(analysis: &LeakAnalysis) -> Table {
    let rows = analysis.subgroups.iter().map(|part| {
        row(vec![
            text(&part.name),
            Field::Count(part.heads[0]),
            Field::Count(part.heads[1]),
            outcome(&part.auroc),
            outcome(&part.bern),
        ])
    });
    Table {
        id: "subgroups".into(),
        title: "Areas by sex and age.".into(),
        note: "Age is divided at the median.".into(),
        columns: vec![
            column("Heads", "part", ColumnKind::Text),
            column("With a leak", "with_leak", ColumnKind::Count),
            column("Without", "without", ColumnKind::Count),
            column("AUROC of the network", "auroc", ColumnKind::Value),
            column("AUROC of the Bern score", "bern_auroc", ColumnKind::Value),
        ],
        rows: rows.collect(),
    }
}

fn decision(analysis: &LeakAnalysis) -> Table {
    let rows = analysis.decision.iter().map(|point| {
        row(vec![
            Field::Number(Some(point.threshold)),
            Field::Number(point.network),
            Field::Number(point.all),
            Field::Number(Some(0.0)),
            Field::Number(point.bern[0]),
            Field::Number(point.bern[1]),
        ])
    });
    Table {
        id: "decision".into(),
        title: "Net benefit of a myelogram from a probability on.".into(),
        note: "True positives less false ones weighed by the odds of the probability, as a share of all \
               heads (Vickers and Elkin 2006). The share of heads with a leak is that of this data set: \
               elsewhere the curve is another. The Bern score's is that of the heads that have one."
            .into(),
        columns: vec![
            column("Probability", "threshold", ColumnKind::Number(2)),
            column("Network", "network", ColumnKind::Number(3)),
            column("All", "all", ColumnKind::Number(3)),
            column("None", "none", ColumnKind::Number(3)),
            column("Bern 3 or more", "bern_3", ColumnKind::Number(3)),
            column("Bern 5 or more", "bern_5", ColumnKind::Number(3)),
        ],
        rows: rows.collect(),
    }
}

fn learning(data: &LeakReportData) -> Table {
    let rows = data.learning.iter().map(|point| {
        let [low, high] = point.interval.map_or([None; 2], |ends| ends.map(Some));
        row(vec![
            Field::Count(point.n),
            Field::Number(Some(point.auroc)),
            Field::Number(low),
            Field::Number(high),
        ])
    });
    Table {
        id: "learning".into(),
        title: "Area by the number of heads learned from.".into(),
        note: "Each on the fold that its network was kept from.".into(),
        columns: vec![
            column("Heads learned from", "n", ColumnKind::Count),
            column("AUROC", "auroc", ColumnKind::Number(3)),
            column("from", "auroc_low", ColumnKind::Number(3)),
            column("to", "auroc_high", ColumnKind::Number(3)),
        ],
        rows: rows.collect(),
    }
}

/// The heads that the network judged wrongest.
fn heads(data: &LeakReportData) -> Table {
    let off = |probability: f64, has_leak: bool| match has_leak {
        true => 1.0 - probability,
        false => probability,
    };
    let mut cases: Vec<_> = data.cases.iter().collect();
    cases.sort_by(|a, b| off(b.probability, b.has_leak).total_cmp(&off(a.probability, a.has_leak)));
    let rows = cases.iter().take(10).map(|case| {
        row(vec![
            text(format!("sub-{}", case.subject)),
            Field::Count(case.fold),
            text(if case.has_leak { "yes" } else { "no" }),
            Field::Number(Some(case.probability)),
            case.bern
                .map_or(Field::Blank, |bern| Field::Count(usize::from(bern))),
        ])
    });
    Table {
        id: "failures".into(),
        title: "The ten heads that were judged wrongest.".into(),
        note: "For somebody to look at.".into(),
        columns: vec![
            column("Head", "subject", ColumnKind::Text),
            column("Fold", "fold", ColumnKind::Count),
            column("Leak", "leak", ColumnKind::Text),
            column("Probability", "probability", ColumnKind::Number(3)),
            column("Bern score", "bern", ColumnKind::Count),
        ],
        rows: rows.collect(),
    }
}
