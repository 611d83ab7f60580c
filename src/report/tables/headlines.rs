//! Does a rater give the predicted image the grade of the real one? The first tables.

use crate::{
    report::{
        Bound, Headline, StudyAnalysis,
        table::{ColumnKind, Field, Table, column, outcome, row, text},
    },
    stats::Outcome,
};

fn share(value: &Outcome) -> Field {
    Field::Share(value.clone())
}

fn or_blank(value: Option<&Outcome>) -> Field {
    value.map_or(Field::Blank, |value| Field::Outcome(value.clone()))
}

/// The answer, arm by arm.
pub(crate) fn same_grade(analysis: &StudyAnalysis) -> Table {
    let reference = &analysis.arms[0];
    let rows = analysis.headlines.iter().map(|own: &Headline| {
        let numbers = &own.against.numbers;
        let bound = own.bound.map(|bound| match bound {
            Bound::SameGrade(bound) => bound,
            Bound::AgainstRepeat(margin) => -margin,
        });
        row(vec![
            text(&own.against.arm),
            Field::Count(numbers.n_patients),
            Field::Count(numbers.n_raters),
            outcome(&numbers.same),
            or_blank(numbers.against_repeat.as_ref()),
            Field::Number(bound),
            text(own.verdict()),
        ])
    });
    Table {
        id: "same_grade".into(),
        title: format!(
            "Readings in which a rater gave a predicted image the grade of the {reference} one."
        ),
        note: "The bound is the protocol's: on the share, or below 0 on its difference from the \
               rater's own repeat. The lower limit must lie above it. \"Not shown\" does not mean \
               that the images differ. Each arm is judged by itself, one-sided at 2.5 % where \
               intervals are at 95 %: a claim about all arms needs every one of them, a claim about \
               any of them a correction."
            .into(),
        columns: vec![
            column("Arm", "arm", ColumnKind::Text),
            column("Patients", "n_patients", ColumnKind::Count),
            column("Raters", "n_raters", ColumnKind::Count),
            column("Same grade", "same_grade", ColumnKind::Share),
            column("Less own repeat", "against_repeat", ColumnKind::Estimate),
            column("Bound", "bound", ColumnKind::Number(3)),
            column("Verdict", "verdict", ColumnKind::Text),
        ],
        rows: rows.collect(),
    }
}

/// What stands beside the answer.
pub(crate) fn beside(analysis: &StudyAnalysis) -> Table {
    let rows = analysis.headlines.iter().map(|own| {
        let numbers = &own.against.numbers;
        let [low, high] = numbers.shift_90.map_or([None, None], |of| of.map(Some));
        let within = match numbers.shift_within {
            None => "not decided (no interval)",
            Some(true) => "within",
            Some(false) => "not shown",
        };
        row(vec![
            text(&own.against.arm),
            share(&numbers.within_one),
            outcome(&numbers.interchange),
            outcome(&numbers.shift),
            Field::Number(low),
            Field::Number(high),
            text(within),
        ])
    });
    let limit = analysis
        .headlines
        .first()
        .map_or(0.25, |own| own.against.numbers.shift_limit);
    Table {
        id: "beside_same_grade".into(),
        title: "Beside it: within one step, interchange with another rater, and shift.".into(),
        note: format!(
            "Interchange: how much less often a rater on predicted images agrees with another on \
             reference images than two raters on reference images do. Shift: mean grade on predicted \
             less that on reference images; within: its 90 % interval lies within {limit} to either \
             side (two one-sided tests at 5 %, which err in up to 7 % of studies of 31 patients). No \
             verdict rests on these."
        ),
        columns: vec![
            column("Arm", "arm", ColumnKind::Text),
            column("Within one step", "within_one", ColumnKind::Share),
            column("Interchange", "interchange", ColumnKind::Estimate),
            column("Shift", "shift", ColumnKind::Estimate),
            column("90 % from", "shift_90_low", ColumnKind::Number(3)),
            column("to", "shift_90_high", ColumnKind::Number(3)),
            column("Shift within", "shift_within", ColumnKind::Text),
        ],
        rows: rows.collect(),
    }
}

/// Whether raters use the grades alike on both arms.
pub(crate) fn shifts(analysis: &StudyAnalysis) -> Table {
    let all = analysis.headlines.iter();
    let rows = all.flat_map(|own| {
        own.against.shifts.iter().map(|rater| {
            row(vec![
                text(&own.against.arm),
                text(&rater.rater),
                outcome(&rater.stuart_maxwell),
                Field::Number(rater.stuart_maxwell_holm),
                outcome(&rater.bhapkar),
                Field::Number(rater.bhapkar_holm),
            ])
        })
    });
    Table {
        id: "marginal_homogeneity".into(),
        title: "Does a rater use the grades alike on both arms? Tests of marginal homogeneity."
            .into(),
        note:
            "Holm: adjusted over the raters of an arm. A small p shows a shift; a large one does \
               not show that there is none."
                .into(),
        columns: vec![
            column("Arm", "arm", ColumnKind::Text),
            column("Rater", "rater", ColumnKind::Text),
            column("Stuart-Maxwell, p", "stuart_maxwell", ColumnKind::Test),
            column("Holm", "stuart_maxwell_holm", ColumnKind::Number(3)),
            column("Bhapkar, p", "bhapkar", ColumnKind::Test),
            column("Holm", "bhapkar_holm", ColumnKind::Number(3)),
        ],
        rows: rows.collect(),
    }
}
