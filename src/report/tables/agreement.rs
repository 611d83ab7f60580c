//! The tables of agreement: counts, alphas, coefficients.

use crate::{
    report::{
        Agreement, AlphaKind, ArmAgreement, ReadingCounts, StudyAnalysis,
        table::{Column, ColumnKind, Field, Row, Table, column, outcome, row, text},
        words::{capital, percent},
    },
    stats::Outcome,
};

/// Which coefficients a table has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum CoefficientSet {
    /// [`Agreement::main`].
    Main,
    /// [`Agreement::all`].
    All,
}

impl CoefficientSet {
    pub(crate) fn of(self, agreement: &Agreement) -> Vec<(String, &Outcome)> {
        match self {
            Self::Main => agreement.main(),
            Self::All => agreement.all(),
        }
    }
}

/// What each rater gave, arm by arm.
pub(crate) fn counts(analysis: &StudyAnalysis) -> Table {
    let mut columns = vec![
        column("Rater", "rater", ColumnKind::Text),
        column("Arm", "arm", ColumnKind::Text),
    ];
    columns.extend(level_columns(&analysis.levels));
    columns.push(column("Cannot grade", "cannot_grade", ColumnKind::Count));
    columns.push(column("Missing", "missing", ColumnKind::Count));
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
pub(crate) fn alphas(analysis: &StudyAnalysis) -> Table {
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
            column("Readings", "readings", ColumnKind::Text),
            column("Patients", "n_patients", ColumnKind::Count),
            column("Interval metric", "alpha_interval", ColumnKind::Estimate),
            column("Ordinal metric", "alpha_ordinal", ColumnKind::Estimate),
        ],
        rows: rows.collect(),
    }
}

/// Agreement between raters on each arm less that on the reference.
pub(crate) fn differences(analysis: &StudyAnalysis) -> Table {
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
            column("Arm", "arm", ColumnKind::Text),
            column("Metric", "metric", ColumnKind::Text),
            column("Difference", "difference", ColumnKind::Estimate),
            column("Margin, no verdict", "margin", ColumnKind::Number(3)),
        ],
        rows: rows.collect(),
    }
}

fn level_columns(levels: &[f64]) -> impl Iterator<Item = Column> {
    levels.iter().map(|level| {
        let (words, key) = (format!("Grade {level}"), format!("grade_{level}"));
        column(words, key, ColumnKind::Count)
    })
}

/// What each rater gave on one arm.
pub(crate) fn grades_given(arm: &ArmAgreement, levels: &[f64]) -> Table {
    let mut columns = vec![column("Rater", "rater", ColumnKind::Text)];
    columns.extend(level_columns(levels));
    columns.push(column("Without a grade", "missing", ColumnKind::Count));
    let rows = arm.distribution.iter().map(|own| {
        let mut fields = vec![text(&own.rater)];
        fields.extend(own.counts.iter().map(|n| Field::Count(*n)));
        fields.push(Field::Count(own.n_missing));
        row(fields)
    });
    Table {
        id: "grades_given".into(),
        title: "Grades given, by rater.".into(),
        note: String::new(),
        columns,
        rows: rows.collect(),
    }
}

/// Coefficients between the raters of one arm.
pub(crate) fn coefficients_of_arm(arm: &ArmAgreement, which: CoefficientSet) -> Table {
    let rows = which.of(&arm.agreement).into_iter();
    let rows = rows.map(|(name, value)| {
        let n = Field::Count(value.n());
        row(vec![text(name), outcome(value), n])
    });
    Table {
        id: "coefficients_of_arm".into(),
        title: "Agreement between raters.".into(),
        note: String::new(),
        columns: vec![
            column("Coefficient", "coefficient", ColumnKind::Text),
            column("Value and interval", "value", ColumnKind::Value),
            column("n", "n", ColumnKind::Count),
        ],
        rows: rows.collect(),
    }
}

/// Coefficients between raters, one column for each arm.
pub(crate) fn coefficients(analysis: &StudyAnalysis, which: CoefficientSet) -> Table {
    let of_arm = |name: &String| {
        let found = analysis.agreement.arms.iter().find(|arm| arm.arm == *name);
        found.map_or_else(Vec::new, |arm| which.of(&arm.agreement))
    };
    let arms: Vec<_> = analysis.arms.iter().map(of_arm).collect();
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
    let mut columns = vec![column("Coefficient", "coefficient", ColumnKind::Text)];
    let arms = analysis.arms.iter();
    columns.extend(arms.map(|arm| column(arm, arm, ColumnKind::Estimate)));
    Table {
        id: "coefficients".into(),
        title: "Agreement between raters on each arm, further coefficients.".into(),
        note: match which {
            CoefficientSet::All => String::new(),
            CoefficientSet::Main => {
                "ICC(A,1) is for these raters. Standard errors, and coefficients \
                                   that do not stand here, are in analysis.json."
                    .into()
            }
        },
        columns,
        rows: rows.collect(),
    }
}
