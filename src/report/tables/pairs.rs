//! Two readings of the same images: how far they are apart, and whether they use the grades alike.

use crate::{
    report::{
        AdjustedTest, PairOfReadings, StudyAnalysis,
        table::{ColumnKind, Field, Row, Table, column, outcome, row, text},
    },
    stats::Outcome,
};

/// A row for each pair, which begins with the names of its readings and the number of units.
fn rows(analysis: &StudyAnalysis, fields: impl Fn(&PairOfReadings) -> Vec<Field>) -> Vec<Row> {
    let pairs = analysis.pairs.iter();
    let rows = pairs.map(|own| {
        let names = [text(&own.first), text(&own.second)];
        let mut all = Vec::from(names);
        all.push(Field::Count(own.n_pairs));
        all.extend(fields(own));
        row(all)
    });
    rows.collect()
}

/// How far two readings are apart where grades are taken as numbers.
pub(crate) fn differences(analysis: &StudyAnalysis) -> Table {
    let estimate = |words, key| column(words, key, ColumnKind::Value);
    Table {
        id: "pair_differences".into(),
        title: "How far two readings are apart, grades taken as numbers.".into(),
        note: String::new(),
        columns: vec![
            column("First", "first", ColumnKind::Text),
            column("Second", "second", ColumnKind::Text),
            column("Pairs", "n_pairs", ColumnKind::Count),
            estimate("Mean absolute difference", "mean_absolute_difference"),
            estimate("Bias", "bias"),
            estimate("Limits of agreement, lower", "lower_limit"),
            estimate("upper", "upper_limit"),
            estimate("Kappa, quadratic", "kappa_quadratic"),
            estimate("Spearman's rho", "spearman"),
            estimate("Pearson's r", "pearson"),
        ],
        rows: rows(analysis, |own| {
            vec![
                outcome(&own.mean_absolute_error),
                outcome(&own.bland_altman.bias),
                outcome(&own.bland_altman.lower),
                outcome(&own.bland_altman.upper),
                own.kappa.as_ref().map_or(Field::Blank, outcome),
                outcome(&own.spearman),
                outcome(&own.pearson),
            ]
        }),
    }
}

/// Whether two readings use the grades alike.
pub(crate) fn tests(analysis: &StudyAnalysis) -> Table {
    const TESTS: [(&str, &str); 5] = [
        ("stuart_maxwell", "Stuart-Maxwell"),
        ("bhapkar", "Bhapkar"),
        ("bowker", "Bowker"),
        ("signed_rank", "Wilcoxon signed rank"),
        ("kolmogorov_smirnov", "Kolmogorov-Smirnov"),
    ];
    let mut columns = vec![
        column("First", "first", ColumnKind::Text),
        column("Second", "second", ColumnKind::Text),
        column("Pairs", "n_pairs", ColumnKind::Count),
    ];
    columns.extend(
        TESTS.map(|(key, name)| column(format!("{name}, p by Holm"), key, ColumnKind::Test)),
    );
    let tests = |own: &PairOfReadings| TESTS.map(|(key, _)| own.tests.get(key).map(by_holm));
    Table {
        id: "pair_tests".into(),
        title: "Whether two readings use the grades alike.".into(),
        note:
            "p by Holm over the raters on the reference and an arm, and over the pairs of raters \
               on one."
                .into(),
        columns,
        rows: rows(analysis, |own| {
            tests(own).map(|test| test.unwrap_or(Field::Blank)).into()
        }),
    }
}

/// A test with its adjusted p value in place of its own.
fn by_holm(own: &AdjustedTest) -> Field {
    let mut test = own.test.clone();
    if let Outcome::Defined(estimate) = &mut test {
        estimate.p = own.p_holm;
    }
    Field::Outcome(test)
}
