//! What a reader looks for next: one column for each arm.

use super::moves::ends;
use crate::{
    report::{
        AlphaKind, ArmMoves, StudyAnalysis,
        table::{ColumnKind, Field, Row, Table, column, outcome, row, text},
    },
    stats::{Outcome, Summary},
};

/// The main results.
pub(crate) fn table(analysis: &StudyAnalysis) -> Table {
    let mut columns = vec![column("", "result", ColumnKind::Text)];
    let arms = analysis.arms.iter();
    columns.extend(arms.map(|arm| column(arm, arm, ColumnKind::Mixed)));
    let mut first = vec![text("Alpha between raters")];
    let between = analysis.alphas_of(AlphaKind::AllRatersOnArm);
    first.extend(between.map(|row| outcome(&row.interval)));
    let mut rows = vec![row(first)];
    rows.extend(across(analysis));
    let (low, high) = ends(analysis);
    let from = analysis.choices.positive_from;
    let mut compared = |words: String, of: &dyn Fn(&ArmMoves) -> Field| {
        let mut fields = vec![text(words), Field::Blank];
        fields.extend(analysis.moves.iter().map(of));
        rows.push(row(fields));
    };
    let share = |outcome: &Outcome| Field::Share(outcome.clone());
    let reference = &analysis.arms[0];
    compared(format!("Graded as on {reference}, all pairs"), &|arm| {
        share(&arm.pooled.share_alike)
    });
    compared(
        format!("Graded as on {reference}, mean over raters"),
        &|arm| share(&arm.mean_share_alike),
    );
    compared("Two steps or more apart".into(), &|arm| {
        share(&arm.pooled.share_more_steps)
    });
    compared(format!("Pairs from {low} to {high}"), &|arm| {
        Field::Count(arm.pooled.n_lowest_to_highest)
    });
    compared(format!("Pairs from {high} to {low}"), &|arm| {
        Field::Count(arm.pooled.n_highest_to_lowest)
    });
    compared(
        format!("Grade {from} or more, positive agreement"),
        &|arm| share(&arm.pooled.positive_agreement),
    );
    compared(
        format!("Grade {from} or more, negative agreement"),
        &|arm| share(&arm.pooled.negative_agreement),
    );
    Table {
        id: "main_results".into(),
        title: format!(
            "Main results. Alpha is Krippendorff's, interval metric; predicted scans are compared \
             with {reference}."
        ),
        note:
            "Alpha between raters is no answer to whether both images get the same grade: raters \
               can agree on grades that are all wrong."
                .into(),
        columns,
        rows,
    }
}

/// One rater against the same rater on another arm, over all raters: mean, lowest, highest.
fn across(analysis: &StudyAnalysis) -> Vec<Row> {
    let values = |arm: &String| -> Vec<f64> {
        let own = analysis.alphas_of(AlphaKind::RaterAcrossArms);
        let own = own.filter(|row| row.arms[1] == *arm);
        own.filter_map(|row| row.interval.value()).collect()
    };
    type Statistic = fn(&[f64]) -> Option<f64>;
    let rows: [(&str, Statistic); 3] = [
        ("Alpha across arms, mean of raters", |of| {
            Summary::of(of).map(|s| s.mean)
        }),
        ("Alpha across arms, lowest", |of| {
            of.iter().copied().reduce(f64::min)
        }),
        ("Alpha across arms, highest", |of| {
            of.iter().copied().reduce(f64::max)
        }),
    ];
    rows.map(|(words, of)| {
        let mut fields = vec![text(words), Field::Blank];
        let arms = analysis.arms[1..].iter();
        fields.extend(arms.map(|arm| Field::Number(of(&values(arm)))));
        row(fields)
    })
    .into()
}
