//! How grades move from the reference to another arm: transitions, shares, jumps, findings.

use crate::{
    report::{
        Moves, StudyAnalysis,
        table::{ColumnKind, Field, Row, Table, column, outcome, row, text, total},
    },
    stats::TransitionMatrix,
};

fn who(rater: Option<&str>) -> Field {
    text(rater.unwrap_or("All raters"))
}

/// Every rater of every arm, then all raters.
fn all_moves(analysis: &StudyAnalysis, fields: impl Fn(&str, &Moves) -> Vec<Field>) -> Vec<Row> {
    let mut rows = Vec::new();
    for arm in &analysis.moves {
        rows.extend(arm.raters.iter().map(|own| row(fields(&arm.arm, own))));
        rows.push(total(fields(&arm.arm, &arm.pooled)));
    }
    rows
}

/// Counts of every move, one row each.
pub(crate) fn transitions(analysis: &StudyAnalysis) -> Table {
    let mut rows = Vec::new();
    for arm in &analysis.moves {
        for own in arm.all() {
            let matrix = &own.transitions;
            for (from, from_level) in matrix.levels().iter().enumerate() {
                for (to, to_level) in matrix.levels().iter().enumerate() {
                    rows.push(row(vec![
                        text(&arm.arm),
                        who(own.rater.as_deref()),
                        text(matrix.from_label()),
                        Field::Number(Some(*from_level)),
                        text(matrix.to_label()),
                        Field::Number(Some(*to_level)),
                        Field::Count(matrix.counts()[from][to]),
                        Field::Number(matrix.row_share(from, to)),
                    ]));
                }
            }
        }
    }
    Table {
        id: "transitions".into(),
        title: "Transition matrices, one row for each cell.".into(),
        note: String::new(),
        columns: vec![
            column("Arm", "arm", ColumnKind::Text),
            column("Rater", "rater", ColumnKind::Text),
            column("Rows are", "row_arm", ColumnKind::Text),
            column("Row grade", "row_grade", ColumnKind::Number(0)),
            column("Columns are", "column_arm", ColumnKind::Text),
            column("Column grade", "column_grade", ColumnKind::Number(0)),
            column("Pairs", "n", ColumnKind::Count),
            column("Share of the row", "row_share", ColumnKind::Number(3)),
        ],
        rows,
    }
}

/// Alike, a step apart, further apart.
pub(crate) fn shares(analysis: &StudyAnalysis) -> Table {
    let mut rows = all_moves(analysis, |arm, own| {
        vec![
            text(arm),
            who(own.rater.as_deref()),
            Field::Count(own.n_pairs),
            outcome(&own.share_alike),
            outcome(&own.share_one_step),
            outcome(&own.share_more_steps),
        ]
    });
    for arm in &analysis.moves {
        rows.push(total(vec![
            text(&arm.arm),
            text("Mean over raters"),
            Field::Blank,
            outcome(&arm.mean_share_alike),
            Field::Blank,
            Field::Blank,
        ]));
    }
    let reference = &analysis.arms[0];
    Table {
        id: "agreement_by_pair".into(),
        title: format!(
            "Pairs of grades of the same patient, {reference} against each predicted \
                        arm."
        ),
        note: "A step is the next level of the scale.".into(),
        columns: vec![
            column("Arm", "arm", ColumnKind::Text),
            column("Rater", "rater", ColumnKind::Text),
            column("Pairs", "n_pairs", ColumnKind::Count),
            column("Graded alike", "alike", ColumnKind::Share),
            column("One step apart", "one_step", ColumnKind::Share),
            column("Two steps or more", "two_steps_or_more", ColumnKind::Share),
        ],
        rows,
    }
}

/// Directions and jumps across the whole scale.
pub(crate) fn jumps(analysis: &StudyAnalysis) -> Table {
    let rows = all_moves(analysis, |arm, own| {
        vec![
            text(arm),
            who(own.rater.as_deref()),
            Field::Count(own.n_pairs),
            Field::Count(own.n_higher),
            Field::Count(own.n_lower),
            Field::Count(own.n_lowest_to_highest),
            Field::Count(own.n_highest_to_lowest),
        ]
    });
    let (low, high) = ends(analysis);
    let reference = &analysis.arms[0];
    let count = |words: String, key| column(words, key, ColumnKind::Count);
    Table {
        id: "jumps".into(),
        title: format!(
            "Direction of the moves from {reference}, and jumps across the whole scale."
        ),
        note: String::new(),
        columns: vec![
            column("Arm", "arm", ColumnKind::Text),
            column("Rater", "rater", ColumnKind::Text),
            count("Pairs".into(), "n_pairs"),
            count("Graded higher".into(), "n_higher"),
            count("Graded lower".into(), "n_lower"),
            count(format!("{low} to {high}"), "n_lowest_to_highest"),
            count(format!("{high} to {low}"), "n_highest_to_lowest"),
        ],
        rows,
    }
}

/// The lowest and the highest level.
pub(super) fn ends(analysis: &StudyAnalysis) -> (String, String) {
    let word = |level: Option<&f64>| level.map_or_else(String::new, f64::to_string);
    (word(analysis.levels.first()), word(analysis.levels.last()))
}

/// Positive or not, on an arm and on the reference.
pub(crate) fn findings(analysis: &StudyAnalysis) -> Table {
    let rows = all_moves(analysis, |arm, own| {
        vec![
            text(arm),
            who(own.rater.as_deref()),
            outcome(&own.positive_agreement),
            outcome(&own.negative_agreement),
        ]
    });
    let from = analysis.choices.positive_from;
    let reference = &analysis.arms[0];
    Table {
        id: "findings".into(),
        title: format!(
            "Grade {from} or more, on a predicted scan and on the {reference} scan of the same \
             patient by the same rater."
        ),
        note: format!(
            "Positive is grade {from} or more. Positive agreement: of the readings on either scan \
             that are positive, the share whose counterpart is too; negative agreement likewise. \
             Both are a rater's own grades and neither is the truth, so there is no sensitivity and \
             no specificity. n is the number of patients."
        ),
        columns: vec![
            column("Arm", "arm", ColumnKind::Text),
            column("Rater", "rater", ColumnKind::Text),
            column(
                "Positive agreement",
                "positive_agreement",
                ColumnKind::Share,
            ),
            column(
                "Negative agreement",
                "negative_agreement",
                ColumnKind::Share,
            ),
        ],
        rows,
    }
}

/// Counts with the share of the row behind them; both axes are named in the corner.
pub(crate) fn matrix(matrix: &TransitionMatrix) -> Table {
    let corner = format!("{} \\ {}", matrix.from_label(), matrix.to_label());
    let mut columns = vec![column(corner, "row_grade", ColumnKind::Text)];
    let levels = matrix.levels();
    columns.extend(levels.iter().map(|level| {
        column(
            level.to_string(),
            format!("grade_{level}"),
            ColumnKind::Text,
        )
    }));
    columns.push(column("all", "all", ColumnKind::Count));
    let cell = |from: usize, to: usize| match matrix.row_share(from, to) {
        Some(share) => text(format!(
            "{} ({:.1} %)",
            matrix.counts()[from][to],
            100.0 * share
        )),
        // No case, so no share.
        None => text("-"),
    };
    let mut rows: Vec<Row> = (0..levels.len())
        .map(|from| {
            let mut fields = vec![text(levels[from].to_string())];
            fields.extend((0..levels.len()).map(|to| cell(from, to)));
            fields.push(Field::Count(matrix.row_total(from)));
            row(fields)
        })
        .collect();
    let mut sums = vec![text("all")];
    sums.extend((0..levels.len()).map(|to| Field::Count(matrix.column_total(to))));
    sums.push(Field::Count(matrix.n()));
    rows.push(total(sums));
    Table {
        id: "transition_matrix".into(),
        title: "Transition matrix.".into(),
        note: String::new(),
        columns,
        rows,
    }
}
