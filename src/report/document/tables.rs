//! The tables of agreement: counts, alphas, moves, findings.

use super::table::{Field, Kind, Row, Table, column, row, text, total};
use crate::{
    report::{AlphaKind, Moves, ReadingCounts, StudyAnalysis},
    stats::Outcome,
    study::REFERENCE_ARM,
};

fn outcome(value: &Outcome) -> Field {
    Field::Outcome(value.clone())
}

fn who(rater: Option<&str>) -> Field {
    text(rater.unwrap_or("All raters"))
}

/// What each rater gave, arm by arm.
pub(super) fn counts(analysis: &StudyAnalysis) -> Table {
    let mut columns = vec![
        column("Rater", "rater", Kind::Text),
        column("Arm", "arm", Kind::Text),
    ];
    for level in &analysis.levels {
        let (words, key) = (format!("Grade {level}"), format!("grade_{level}"));
        columns.push(column(words, key, Kind::Count));
    }
    columns.push(column("Cannot grade", "cannot_grade", Kind::Count));
    columns.push(column("Missing", "missing", Kind::Count));
    let fields = |own: &ReadingCounts| {
        let mut fields = vec![text(&own.rater), text(&own.arm)];
        fields.extend(own.counts.counts.iter().map(|n| Field::Count(*n)));
        fields.push(Field::Count(own.counts.cannot_grade));
        fields.push(Field::Count(own.counts.missing));
        row(fields)
    };
    Table {
        id: "counts".into(),
        title: "Grades given, by rater and arm. First readings; repeats and training cases are \
                not counted."
            .into(),
        note: "Cannot grade: the rater looked and gave no grade. Missing: another rater answered \
               the image and this one did not; an image that nobody answered is not in the data."
            .into(),
        rows: analysis.counts.iter().map(fields).collect(),
        columns,
    }
}

/// Krippendorff's alpha, as the tracer study's Table 3.
pub(super) fn alphas(analysis: &StudyAnalysis) -> Table {
    let rows = analysis.alphas.iter().map(|own| Row {
        fields: vec![
            text(&own.label),
            Field::Count(own.n_patients),
            outcome(&own.interval),
            outcome(&own.ordinal),
        ],
        is_total: own.kind == AlphaKind::AllReadings,
    });
    Table {
        id: "alpha".into(),
        title: format!(
            "Krippendorff's alpha with {} intervals.",
            percent(analysis.choices.confidence)
        ),
        note: "Rows of one rater take the rater's readings of two arms as if two raters had given \
               them. Rows of all readings count every reading of a patient alike. Patients: those \
               with two readings or more in the row."
            .into(),
        columns: vec![
            column("Readings", "readings", Kind::Text),
            column("Patients", "n_patients", Kind::Count),
            column("Interval metric", "alpha_interval", Kind::Estimate),
            column("Ordinal metric", "alpha_ordinal", Kind::Estimate),
        ],
        rows: rows.collect(),
    }
}

pub(super) fn percent(confidence: f64) -> String {
    format!("{} %", (confidence * 1e4).round() / 1e2)
}

/// Agreement between raters on each arm less that on the reference.
pub(super) fn differences(analysis: &StudyAnalysis) -> Table {
    let rows = analysis.differences.iter().map(|own| {
        row(vec![
            text(&own.arm),
            text(own.metric.to_string()),
            outcome(&own.difference),
            Field::Number(own.margin),
        ])
    });
    let reference = &analysis.arms[0];
    Table {
        id: "alpha_difference".into(),
        title: format!(
            "Agreement between raters, by arm: alpha on each predicted arm less that on \
             {reference}."
        ),
        note:
            "No verdict rests on it: raters can agree as well on predicted images as on real ones \
               and give them other grades. The margin is the protocol's, told for the record."
                .into(),
        columns: vec![
            column("Arm", "arm", Kind::Text),
            column("Metric", "metric", Kind::Text),
            column("Difference", "difference", Kind::Estimate),
            column("Margin", "margin", Kind::Number(3)),
        ],
        rows: rows.collect(),
    }
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
pub(super) fn transitions(analysis: &StudyAnalysis) -> Table {
    let mut rows = Vec::new();
    for arm in &analysis.moves {
        for own in arm.raters.iter().chain([&arm.pooled]) {
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
            column("Arm", "arm", Kind::Text),
            column("Rater", "rater", Kind::Text),
            column("Rows are", "row_arm", Kind::Text),
            column("Row grade", "row_grade", Kind::Number(0)),
            column("Columns are", "column_arm", Kind::Text),
            column("Column grade", "column_grade", Kind::Number(0)),
            column("Pairs", "n", Kind::Count),
            column("Share of the row", "row_share", Kind::Number(3)),
        ],
        rows,
    }
}

/// Alike, a step apart, further apart.
pub(super) fn shares(analysis: &StudyAnalysis) -> Table {
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
            column("Arm", "arm", Kind::Text),
            column("Rater", "rater", Kind::Text),
            column("Pairs", "n_pairs", Kind::Count),
            column("Graded alike", "alike", Kind::Share),
            column("One step apart", "one_step", Kind::Share),
            column("Two steps or more", "two_steps_or_more", Kind::Share),
        ],
        rows,
    }
}

/// Directions and jumps across the whole scale.
pub(super) fn jumps(analysis: &StudyAnalysis) -> Table {
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
    let count = |words: String, key| column(words, key, Kind::Count);
    Table {
        id: "jumps".into(),
        title: format!(
            "Direction of the moves from {reference}, and jumps across the whole scale."
        ),
        note: String::new(),
        columns: vec![
            column("Arm", "arm", Kind::Text),
            column("Rater", "rater", Kind::Text),
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
pub(super) fn findings(analysis: &StudyAnalysis) -> Table {
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
        note:
            "Positive agreement: of the readings on either scan that are positive, the share whose \
               counterpart is too; negative agreement likewise. A rater's own grade is no outside \
               truth, so there is no sensitivity and no specificity. n is the number of patients."
                .into(),
        columns: vec![
            column("Arm", "arm", Kind::Text),
            column("Rater", "rater", Kind::Text),
            column("Positive agreement", "positive_agreement", Kind::Share),
            column("Negative agreement", "negative_agreement", Kind::Share),
        ],
        rows,
    }
}

/// Every other coefficient between raters, one column for each arm.
pub(super) fn coefficients(analysis: &StudyAnalysis) -> Table {
    // The reference is first in both; the other arms have their own names.
    let of_arm = |(idx, name): (usize, &String)| {
        let arms = &analysis.agreement.arms;
        let found = arms.iter().find(|arm| match idx {
            0 => arm.arm == REFERENCE_ARM,
            _ => arm.arm == *name,
        });
        found.map_or_else(Vec::new, |arm| arm.agreement.main())
    };
    let arms: Vec<_> = analysis.arms.iter().enumerate().map(of_arm).collect();
    let mut names: Vec<&String> = Vec::new();
    for (name, _) in arms.iter().flatten() {
        if !names.contains(&name) {
            names.push(name);
        }
    }
    let rows = names.iter().map(|name| {
        let mut fields = vec![text(capital(name))];
        fields.extend(arms.iter().map(|main| {
            let found = main.iter().find(|(of, _)| of == *name);
            found.map_or(Field::Blank, |(_, value)| outcome(value))
        }));
        row(fields)
    });
    let mut columns = vec![column("Coefficient", "coefficient", Kind::Text)];
    let arms = analysis.arms.iter();
    columns.extend(arms.map(|arm| column(arm, arm, Kind::Estimate)));
    Table {
        id: "coefficients".into(),
        title: "Agreement between raters on each arm, further coefficients.".into(),
        note: "ICC(A,1) is for these raters. Standard errors, and coefficients that do not stand \
               here, are in analysis.json."
            .into(),
        columns,
        rows: rows.collect(),
    }
}

/// With a capital letter.
pub(crate) fn capital(words: &str) -> String {
    let mut letters = words.chars();
    match letters.next() {
        Some(first) => first.to_uppercase().chain(letters).collect(),
        None => String::new(),
    }
}
