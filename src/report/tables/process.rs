//! The tables of the process: installments, repeats, timing, disagreements.

use crate::report::{
    N_PARTS, StudyAnalysis,
    table::{Column, ColumnKind, Field, Table, column, outcome, row, text, total},
};

fn level(value: Option<f64>) -> Field {
    text(value.map_or_else(|| "–".into(), |value| value.to_string()))
}

/// Mean grade and share of positive findings over the installments, of all raters together or of
/// each.
pub(crate) fn drift(analysis: &StudyAnalysis, by_rater: bool) -> Table {
    let cells = analysis.drift.cells.iter();
    let cells = cells.filter(|own| own.rater.is_some() == by_rater);
    let rows = cells.map(|own| {
        let mut fields: Vec<Field> = own.rater.iter().map(text).collect();
        fields.extend([
            text(&own.arm),
            Field::Count(own.installment as usize),
            Field::Count(own.n),
            Field::Number(own.mean_grade),
            outcome(&own.share_positive),
        ]);
        row(fields)
    });
    let from = analysis.choices.positive_from;
    let mut columns: Vec<Column> = Vec::new();
    if by_rater {
        columns.push(column("Rater", "rater", ColumnKind::Text));
    }
    columns.extend([
        column("Arm", "arm", ColumnKind::Text),
        column("Installment", "installment", ColumnKind::Count),
        column("Grades", "n", ColumnKind::Count),
        column("Mean grade", "mean_grade", ColumnKind::Number(2)),
        column(
            format!("Grade {from} or more"),
            "share_positive",
            ColumnKind::Share,
        ),
    ]);
    Table {
        id: match by_rater {
            true => "installments_by_rater".into(),
            false => "installments".into(),
        },
        title: "Grades over the installments. First readings.".into(),
        note: "The table by rater is in tables/installments_by_rater.csv.".into(),
        columns,
        rows: rows.collect(),
    }
}

/// First installment against the last.
pub(crate) fn drift_tests(analysis: &StudyAnalysis) -> Table {
    let rows = analysis.drift.tests.iter().map(|own| {
        row(vec![
            text(&own.rater),
            text(&own.arm),
            Field::Number(own.mean_first),
            Field::Number(own.mean_last),
            Field::Count(own.test.n()),
            outcome(&own.test),
            Field::Number(own.p_holm),
        ])
    });
    Table {
        id: "installment_tests".into(),
        title: "First installment against the last, Wilcoxon's rank-sum test.".into(),
        note: "An arm's images in two installments are of different patients, so a difference can \
               be the patients'. Holm: adjusted over all tests of this table."
            .into(),
        columns: vec![
            column("Rater", "rater", ColumnKind::Text),
            column("Arm", "arm", ColumnKind::Text),
            column("Mean grade, first", "mean_first", ColumnKind::Number(2)),
            column("Mean grade, last", "mean_last", ColumnKind::Number(2)),
            column("Grades", "n", ColumnKind::Count),
            column("p", "rank_sum", ColumnKind::Test),
            column("Holm", "p_holm", ColumnKind::Number(3)),
        ],
        rows: rows.collect(),
    }
}

/// Raters with themselves; `None` without repeats.
pub(crate) fn repeats(analysis: &StudyAnalysis) -> Option<Table> {
    let repeats = analysis.repeats.as_ref()?;
    let mut rows: Vec<_> = repeats
        .raters
        .iter()
        .map(|own| {
            row(vec![
                text(&own.rater),
                Field::Count(own.n_pairs),
                outcome(&own.alpha_interval),
                outcome(&own.alpha_ordinal),
                outcome(&own.share_alike),
                outcome(&own.share_within_one),
                outcome(&own.shift),
                Field::Number(own.shift_holm),
            ])
        })
        .collect();
    let pairs = repeats.raters.iter().map(|own| own.n_pairs).sum();
    rows.push(total(vec![
        text("All raters"),
        Field::Count(pairs),
        Field::Blank,
        Field::Blank,
        outcome(&repeats.share_alike),
        outcome(&repeats.share_within_one),
        Field::Blank,
        Field::Blank,
    ]));
    Some(Table {
        id: "repeats".into(),
        title: format!(
            "Agreement of raters with themselves on repeated images ({} planned for each rater).",
            repeats.n_planned
        ),
        note:
            "Shift: p of Wilcoxon's signed-rank test of the second grades against the first. Holm: \
               adjusted over the raters."
                .into(),
        columns: vec![
            column("Rater", "rater", ColumnKind::Text),
            column("Pairs", "n_pairs", ColumnKind::Count),
            column("Alpha, interval", "alpha_interval", ColumnKind::Estimate),
            column("Alpha, ordinal", "alpha_ordinal", ColumnKind::Estimate),
            column("Alike", "alike", ColumnKind::Share),
            column("Within one step", "within_one", ColumnKind::Share),
            column("Shift, p", "signed_rank", ColumnKind::Test),
            column("Holm", "p_holm", ColumnKind::Number(3)),
        ],
        rows,
    })
}

/// Seconds for a case.
pub(crate) fn timing(analysis: &StudyAnalysis) -> Table {
    const QUARTERS: [(&str, &str); N_PARTS] = [
        ("1st quarter", "median_quarter_1"),
        ("2nd", "median_quarter_2"),
        ("3rd", "median_quarter_3"),
        ("4th", "median_quarter_4"),
    ];
    let rows = analysis.timing.iter().map(|own| {
        let of = |value: fn(&crate::stats::Summary) -> f64| {
            Field::Number(own.seconds.as_ref().map(value))
        };
        let mut fields = vec![
            text(own.rater.as_deref().unwrap_or("All raters")),
            Field::Count(own.seconds.map_or(0, |s| s.n)),
            of(|s| s.median),
            of(|s| s.lower_quartile),
            of(|s| s.upper_quartile),
        ];
        fields.extend(own.median_by_quarter.map(Field::Number));
        fields.push(outcome(&own.with_position));
        match own.rater {
            Some(_) => row(fields),
            None => total(fields),
        }
    });
    let seconds = |words, key| column(words, key, ColumnKind::Number(1));
    let mut columns = vec![
        column("Rater", "rater", ColumnKind::Text),
        column("Cases", "n", ColumnKind::Count),
        seconds("Median", "median"),
        seconds("Lower quartile", "lower_quartile"),
        seconds("Upper quartile", "upper_quartile"),
    ];
    columns.extend(QUARTERS.map(|(words, key)| seconds(words, key)));
    columns.push(column("Rho with position", "rho", ColumnKind::Estimate));
    Table {
        id: "timing".into(),
        title: "Seconds from opening a case to the first answer; medians by quarter of the \
                installment."
            .into(),
        note: "Repeats are counted, training cases and corrections are not. Rho is Spearman's, of \
               seconds with the position in the installment; below 0 the rater became quicker."
            .into(),
        columns,
        rows: rows.collect(),
    }
}

/// One rater, two arms.
pub(crate) fn between_arms(analysis: &StudyAnalysis) -> Table {
    let rows = analysis.disagreements.between_arms.iter().map(|own| {
        row(vec![
            text(&own.patient),
            text(&own.rater),
            text(&own.arm),
            text(&own.reference_code),
            text(&own.arm_code),
            level(Some(own.reference_grade)),
            level(Some(own.arm_grade)),
            Field::Count(own.n_steps),
        ])
    });
    let reference = &analysis.arms[0];
    Table {
        id: "disagreements_between_arms".into(),
        title: format!(
            "Pairs that one rater graded two steps or more apart on {reference} and on \
                        a predicted scan."
        ),
        note: "Steps are counted on all levels of the scale, so that grades 0 and 3 are three \
               steps apart even where 1 and 2 cannot be told from the images."
            .into(),
        columns: vec![
            column("Patient", "patient", ColumnKind::Text),
            column("Rater", "rater", ColumnKind::Text),
            column("Arm", "arm", ColumnKind::Text),
            column(
                format!("Case, {reference}"),
                "reference_code",
                ColumnKind::Text,
            ),
            column("Case, arm", "arm_code", ColumnKind::Text),
            column(
                format!("Grade, {reference}"),
                "reference_grade",
                ColumnKind::Text,
            ),
            column("Grade, arm", "arm_grade", ColumnKind::Text),
            column("Steps", "n_steps", ColumnKind::Count),
        ],
        rows: rows.collect(),
    }
}

/// One image, several raters.
pub(crate) fn between_raters(analysis: &StudyAnalysis) -> Table {
    let rows = analysis.disagreements.between_raters.iter().map(|own| {
        let mut fields = vec![text(&own.case_code), text(&own.patient), text(&own.arm)];
        fields.extend(own.grades.iter().map(|grade| level(*grade)));
        fields.push(Field::Count(own.n_steps));
        row(fields)
    });
    let mut columns = vec![
        column("Case", "case_code", ColumnKind::Text),
        column("Patient", "patient", ColumnKind::Text),
        column("Arm", "arm", ColumnKind::Text),
    ];
    let raters = analysis.raters.iter();
    columns
        .extend(raters.map(|rater| column(rater, format!("grade_of_{rater}"), ColumnKind::Text)));
    columns.push(column("Steps", "n_steps", ColumnKind::Count));
    Table {
        id: "disagreements_between_raters".into(),
        title: "Images that raters graded two steps or more apart.".into(),
        note: "A dash is an image that the rater did not grade.".into(),
        columns,
        rows: rows.collect(),
    }
}
