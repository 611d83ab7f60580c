//! What a reader looks for first: one column for each arm.

use super::{
    table::{Kind, Table, column, estimate, row, share, text, with_minus},
    tables::ends,
};
use crate::{
    report::{AlphaKind, ArmMoves, StudyAnalysis},
    stats::Summary,
};

/// The main results, in words.
pub(super) fn table(analysis: &StudyAnalysis) -> Table {
    let mut columns = vec![column("", "result", Kind::Text)];
    let arms = analysis.arms.iter();
    columns.extend(arms.map(|arm| column(arm, arm, Kind::Words)));
    let mut first = vec![text("Alpha between raters")];
    let between = analysis.alphas_of(AlphaKind::AllRatersOnArm);
    first.extend(between.map(|row| text(estimate(&row.interval))));
    let mut rows = vec![row(first)];
    let (low, high) = ends(analysis);
    let from = analysis.choices.positive_from;
    let mut compared = |words: String, of: &dyn Fn(&ArmMoves) -> String| {
        let mut fields = vec![text(words), text("–")];
        fields.extend(analysis.moves.iter().map(|arm| text(of(arm))));
        rows.push(row(fields));
    };
    let reference = &analysis.arms[0];
    compared("Alpha across arms, mean of raters (range)".into(), &|arm| {
        across(analysis, &arm.arm)
    });
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
    compared(
        format!("Pairs from {low} to {high}, and from {high} to {low}"),
        &|arm| {
            let pooled = &arm.pooled;
            format!(
                "{}, {}",
                pooled.n_lowest_to_highest, pooled.n_highest_to_lowest
            )
        },
    );
    compared(format!("Grade {from} or more, sensitivity"), &|arm| {
        share(&arm.sensitivity_by_patient)
    });
    compared(format!("Grade {from} or more, specificity"), &|arm| {
        share(&arm.specificity_by_patient)
    });
    Table {
        id: "main_results".into(),
        title: format!(
            "Main results. Alpha is Krippendorff's, interval metric; predicted scans are compared \
             with {reference}."
        ),
        note: "In brackets, intervals from resampled patients unless it says otherwise.".into(),
        columns,
        rows,
    }
}

/// One rater against the same rater on another arm, over all raters.
fn across(analysis: &StudyAnalysis, arm: &str) -> String {
    let own = analysis.alphas_of(AlphaKind::RaterAcrossArms);
    let own = own.filter(|row| row.arms[1] == arm);
    let values: Vec<f64> = own.filter_map(|row| row.interval.value()).collect();
    let Some(summary) = Summary::of(&values) else {
        return "undefined for every rater".into();
    };
    let lowest = values.iter().copied().fold(f64::INFINITY, f64::min);
    let highest = values.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    with_minus(&format!(
        "{:.3} ({lowest:.3} to {highest:.3})",
        summary.mean
    ))
}
