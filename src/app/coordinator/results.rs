//! What is shown of an analysis: made once, when it was computed.

use super::table::{Table, number, text};
use super::words::capital;
use crate::report::{
    AlphaKind, AlphaRow, Analysis, ArmAgreement, ArmMoves, Bound, Moves, PairOfReadings,
    StudyAnalysis, p_words,
};
use crate::stats::Outcome;
use crate::study::REFERENCE_ARM;

/// Whose the pooled numbers are.
pub(super) const ALL_RATERS: &str = "All raters";

/// Agreement by case code alone.
pub(super) struct SealedResults {
    pub(super) whole: ArmAgreement,
    pub(super) n_raters: usize,
    pub(super) coefficients: Table,
    pub(super) distribution: Table,
}

impl SealedResults {
    /// `None` where the analysis tells arms apart, which a sealed study cannot.
    pub(super) fn of(analysis: Analysis) -> Option<Self> {
        let whole = analysis.whole?;
        let main = whole.agreement.main();
        let hovers = main.iter().map(|(_, of)| method_and_n(of)).collect();
        let rows = main.iter();
        let rows = rows.map(|(name, of)| {
            let n = of.n().to_string();
            vec![capital(name), in_words(of), n]
        });
        let columns = vec![text("Coefficient"), text("Value and interval"), number("n")];
        let coefficients = Table::new(columns, rows.collect()).with_hovers(hovers);
        let mut columns = vec![text("Rater")];
        let levels = analysis.levels.iter();
        columns.extend(levels.map(|level| number(format!("Grade {level}"))));
        columns.push(number("Without a grade"));
        let rows = whole.distribution.iter().map(|of| {
            let mut cells = vec![of.rater.clone()];
            cells.extend(of.counts.iter().map(ToString::to_string));
            cells.push(of.n_missing.to_string());
            cells
        });
        let distribution = Table::new(columns, rows.collect());
        Some(Self {
            n_raters: analysis.raters.len(),
            whole,
            coefficients,
            distribution,
        })
    }
}

/// Everything that is shown of an unsealed study.
pub(super) struct StudyResults {
    pub(super) analysis: StudyAnalysis,
    pub(super) headlines: Table,
    pub(super) shifts: Table,
    pub(super) differences: Table,
    pub(super) coefficients: Table,
    pub(super) findings: Table,
    pub(super) shares: Table,
    pub(super) apart: Table,
    pub(super) tests: Table,
    pub(super) between_arms: Table,
    pub(super) between_raters: Table,
}

impl StudyResults {
    pub(super) fn of(analysis: StudyAnalysis) -> Self {
        Self {
            headlines: headlines(&analysis),
            shifts: shifts(&analysis),
            differences: differences(&analysis),
            coefficients: coefficients(&analysis),
            findings: findings(&analysis),
            shares: shares(&analysis),
            apart: apart(&analysis),
            tests: tests(&analysis),
            between_arms: between_arms(&analysis),
            between_raters: between_raters(&analysis),
            analysis,
        }
    }
}

/// Rows of the forest plot below a heading.
pub(super) struct Group<'a> {
    pub(super) heading: String,
    pub(super) rows: Vec<(String, &'a Outcome)>,
}

/// The alphas of a study: each rater across arms, then between raters, then all readings.
pub(super) fn alpha_groups(analysis: &StudyAnalysis, ordinal: bool) -> Vec<Group<'_>> {
    let pick = |kind: AlphaKind| analysis.alphas_of(kind);
    let mut groups = Vec::new();
    for arm in analysis.arms.iter().skip(1) {
        let own = pick(AlphaKind::RaterAcrossArms).filter(|row| row.arms.last() == Some(arm));
        groups.push(Group {
            heading: format!("Each rater on {} and {arm}", analysis.arms[0]),
            rows: own
                .map(|row| {
                    (
                        row.rater.clone().unwrap_or_default(),
                        metric_of(row, ordinal),
                    )
                })
                .collect(),
        });
    }
    let named = |kind| {
        pick(kind)
            .map(|row| (arms_of(row), metric_of(row, ordinal)))
            .collect()
    };
    groups.push(Group {
        heading: "Between raters, one arm".to_owned(),
        rows: named(AlphaKind::AllRatersOnArm),
    });
    groups.push(Group {
        heading: "All readings together".to_owned(),
        rows: named(AlphaKind::AllReadings),
    });
    groups
}

fn metric_of(row: &AlphaRow, ordinal: bool) -> &Outcome {
    match ordinal {
        true => &row.ordinal,
        false => &row.interval,
    }
}

fn arms_of(row: &AlphaRow) -> String {
    match row.arms.len() {
        0..=2 => row.arms.join(" and "),
        _ => "Every arm".to_owned(),
    }
}

/// How it was computed, on how many.
pub(super) fn method_and_n(outcome: &Outcome) -> String {
    let warning = outcome.warning();
    let warning = warning.map_or_else(String::new, |words| format!("\n{words}"));
    format!("{}\nn = {}{warning}", outcome.method(), outcome.n())
}

/// Value and interval with the sign that is as wide as a plus, or why there is none.
pub(super) fn in_words(outcome: &Outcome) -> String {
    let words = outcome.to_string();
    match outcome.value() {
        Some(_) => words.replace('-', "\u{2212}"),
        None => words,
    }
}

/// A share in percent.
fn percent(outcome: &Outcome) -> String {
    let Some(value) = outcome.value() else {
        return outcome.to_string();
    };
    match outcome.interval() {
        Some((low, high)) => {
            let [value, low, high] = [value, low, high].map(|share| 100.0 * share);
            format!("{value:.1} % ({low:.1} to {high:.1})")
        }
        None => format!("{:.1} %", 100.0 * value),
    }
}

/// The answer to the study's question, arm by arm.
fn headlines(analysis: &StudyAnalysis) -> Table {
    let columns = vec![
        text("Arm"),
        text("Same grade"),
        text("Less own repeat"),
        text("Within one step"),
        text("Interchange"),
        text("Shift in grades"),
        text("Bound"),
        text("Verdict"),
    ];
    let rows = analysis.headlines.iter().map(|own| {
        let numbers = &own.against.numbers;
        let bound = match own.bound {
            None => "none set".to_owned(),
            Some(Bound::SameGrade(bound)) => bound.to_string(),
            Some(Bound::AgainstRepeat(margin)) => format!("\u{2212}{margin}"),
        };
        let repeat = numbers.against_repeat.as_ref();
        vec![
            own.against.arm.clone(),
            percent(&numbers.same),
            repeat.map_or_else(|| "no repeats".to_owned(), in_words),
            percent(&numbers.within_one),
            in_words(&numbers.interchange),
            in_words(&numbers.shift),
            bound,
            own.verdict().to_owned(),
        ]
    });
    let hovers = analysis.headlines.iter().map(|own| {
        let numbers = &own.against.numbers;
        let all = [&numbers.same, &numbers.interchange, &numbers.shift];
        let all = all.into_iter().chain(&numbers.against_repeat);
        all.map(method_and_n).collect::<Vec<_>>().join("\n\n")
    });
    let hovers = hovers.collect();
    Table::new(columns, rows.collect()).with_hovers(hovers)
}

/// Whether raters use the grades alike on both arms.
fn shifts(analysis: &StudyAnalysis) -> Table {
    let columns = vec![
        text("Arm"),
        text("Rater"),
        text("Stuart-Maxwell, p by Holm"),
        text("Bhapkar, p by Holm"),
    ];
    let all = analysis.headlines.iter();
    let rows = all.flat_map(|own| {
        own.against.shifts.iter().map(|rater| {
            vec![
                own.against.arm.clone(),
                rater.rater.clone(),
                p_by_holm(&rater.stuart_maxwell, rater.stuart_maxwell_holm),
                p_by_holm(&rater.bhapkar, rater.bhapkar_holm),
            ]
        })
    });
    Table::new(columns, rows.collect())
}

fn differences(analysis: &StudyAnalysis) -> Table {
    let columns = vec![
        text("Alpha between raters"),
        text("Metric"),
        text("Difference and interval"),
        text("Margin, no verdict"),
    ];
    let rows = analysis.differences.iter().map(|of| {
        let margin = of.margin.map_or("none set".to_owned(), |m| m.to_string());
        vec![
            format!("{} less {}", of.arm, of.reference),
            of.metric.to_string(),
            in_words(&of.difference),
            margin,
        ]
    });
    let hovers = analysis.differences.iter();
    let hovers = hovers.map(|of| method_and_n(&of.difference)).collect();
    Table::new(columns, rows.collect()).with_hovers(hovers)
}

fn coefficients(analysis: &StudyAnalysis) -> Table {
    // The reference is called "real" in the agreement, whatever the study calls it.
    let main = |(idx, name): (usize, &String)| {
        let name = if idx == 0 { REFERENCE_ARM } else { name };
        let arms = analysis.agreement.arms.iter();
        let mut found = arms.filter(|arm| arm.arm == name);
        found
            .next()
            .map_or_else(Vec::new, |arm| arm.agreement.all())
    };
    let arms: Vec<_> = analysis.arms.iter().enumerate().map(main).collect();
    let mut names: Vec<&String> = Vec::new();
    for (name, _) in arms.iter().flatten() {
        if !names.contains(&name) {
            names.push(name);
        }
    }
    let mut columns = vec![text("Coefficient")];
    columns.extend(analysis.arms.iter().map(text));
    let (mut rows, mut hovers) = (Vec::new(), Vec::new());
    for name in names {
        let own = arms
            .iter()
            .map(|main| main.iter().find(|(of, _)| of == name));
        let own: Vec<Option<&Outcome>> = own.map(|of| of.map(|(_, value)| *value)).collect();
        let mut row = vec![capital(name)];
        row.extend(own.iter().map(|of| of.map_or_else(String::new, in_words)));
        rows.push(row);
        let methods = analysis.arms.iter().zip(&own);
        let methods = methods.filter_map(|(arm, of)| {
            let of = (*of)?;
            Some(format!("{arm}, n = {}\n{}", of.n(), of.method()))
        });
        hovers.push(methods.collect::<Vec<_>>().join("\n\n"));
    }
    Table::new(columns, rows).with_hovers(hovers)
}

/// Every arm with its rows: each rater's, then all together.
fn each_moves(analysis: &StudyAnalysis) -> impl Iterator<Item = (&ArmMoves, &Moves)> {
    let arms = analysis.moves.iter();
    arms.flat_map(|arm| {
        arm.raters
            .iter()
            .chain([&arm.pooled])
            .map(move |of| (arm, of))
    })
}

fn findings(analysis: &StudyAnalysis) -> Table {
    let columns = vec![
        text("Arm"),
        text("Rater"),
        text("Positive agreement"),
        number("Patients"),
        text("Negative agreement"),
        number("Patients"),
    ];
    let rows = each_moves(analysis).map(|(arm, of)| {
        vec![
            arm.arm.clone(),
            of.rater.clone().unwrap_or_else(|| ALL_RATERS.to_owned()),
            percent(&of.positive_agreement),
            of.positive_agreement.n().to_string(),
            percent(&of.negative_agreement),
            of.negative_agreement.n().to_string(),
        ]
    });
    let hovers = each_moves(analysis).map(|(_, of)| {
        let both = [&of.positive_agreement, &of.negative_agreement];
        both.map(method_and_n).join("\n\n")
    });
    let hovers = hovers.collect();
    Table::new(columns, rows.collect()).with_hovers(hovers)
}

fn shares(analysis: &StudyAnalysis) -> Table {
    let columns = vec![
        text("Arm"),
        text("Rater"),
        number("Pairs"),
        text("Graded alike"),
        text("One step apart"),
        text("Two or more"),
        number("Higher"),
        number("Lower"),
    ];
    let rows = each_moves(analysis).map(|(arm, of)| {
        vec![
            arm.arm.clone(),
            of.rater.clone().unwrap_or_else(|| ALL_RATERS.to_owned()),
            of.n_pairs.to_string(),
            percent(&of.share_alike),
            percent(&of.share_one_step),
            percent(&of.share_more_steps),
            of.n_higher.to_string(),
            of.n_lower.to_string(),
        ]
    });
    Table::new(columns, rows.collect())
}

/// How far two readings are apart where grades are taken as numbers.
fn apart(analysis: &StudyAnalysis) -> Table {
    let columns = vec![
        text("First"),
        text("Second"),
        number("Pairs"),
        text("Mean absolute difference"),
        text("Bias"),
        text("Limits of agreement"),
        text("Kappa, quadratic"),
        text("Spearman's rho"),
        text("Pearson's r"),
    ];
    let limits = |of: &PairOfReadings| {
        let all = [&of.bland_altman.lower, &of.bland_altman.upper];
        match all.map(Outcome::value) {
            [Some(low), Some(high)] => format!("{low:.2} to {high:.2}").replace('-', "\u{2212}"),
            _ => all[0].to_string(),
        }
    };
    let rows = analysis.pairs.iter().map(|of| {
        vec![
            of.first.clone(),
            of.second.clone(),
            of.n_pairs.to_string(),
            in_words(&of.mean_absolute_error),
            in_words(&of.bland_altman.bias),
            limits(of),
            of.kappa.as_ref().map_or_else(String::new, in_words),
            in_words(&of.spearman),
            in_words(&of.pearson),
        ]
    });
    let hovers = analysis.pairs.iter().map(|of| {
        let agreement = &of.bland_altman;
        let all = [&of.mean_absolute_error, &agreement.bias];
        let all = all.into_iter().chain([&agreement.lower, &agreement.upper]);
        let all = all.chain(&of.kappa).chain([&of.spearman, &of.pearson]);
        all.map(method_and_n).collect::<Vec<_>>().join("\n\n")
    });
    let hovers = hovers.collect();
    Table::new(columns, rows.collect()).with_hovers(hovers)
}

/// Whether two readings use the grades alike.
fn tests(analysis: &StudyAnalysis) -> Table {
    let named = [
        ("stuart_maxwell", "Stuart-Maxwell"),
        ("bhapkar", "Bhapkar"),
        ("bowker", "Bowker"),
        ("signed_rank", "Wilcoxon signed rank"),
        ("kolmogorov_smirnov", "Kolmogorov-Smirnov"),
    ];
    let mut columns = vec![text("First"), text("Second"), number("Pairs")];
    columns.extend(named.map(|(_, name)| text(format!("{name}, p by Holm"))));
    let (mut rows, mut hovers) = (Vec::new(), Vec::new());
    for of in &analysis.pairs {
        let mut row = vec![of.first.clone(), of.second.clone(), of.n_pairs.to_string()];
        let own = named.map(|(key, _)| of.tests.get(key));
        row.extend(
            own.map(|own| own.map_or_else(String::new, |own| p_by_holm(&own.test, own.p_holm))),
        );
        rows.push(row);
        let methods = own.into_iter().flatten();
        let methods = methods.map(|own| method_and_n(&own.test));
        hovers.push(methods.collect::<Vec<_>>().join("\n\n"));
    }
    Table::new(columns, rows).with_hovers(hovers)
}

fn p_by_holm(of: &Outcome, holm: Option<f64>) -> String {
    match (holm, of.reason()) {
        (Some(p), _) => p_words(p).trim_start_matches("= ").to_owned(),
        (None, Some(reason)) => reason.to_string(),
        (None, None) => "no p value".to_owned(),
    }
}

fn between_arms(analysis: &StudyAnalysis) -> Table {
    let reference = &analysis.arms[0];
    let columns = vec![
        text("Rater"),
        text("Patient"),
        text("Arm"),
        text(format!("Case, {reference}")),
        text("Case, arm"),
        number(format!("Grade on {reference}")),
        number("Grade on arm"),
        number("Steps"),
    ];
    let rows = analysis.disagreements.between_arms.iter().map(|of| {
        vec![
            of.rater.clone(),
            of.patient.clone(),
            of.arm.clone(),
            of.reference_code.clone(),
            of.arm_code.clone(),
            of.reference_grade.to_string(),
            of.arm_grade.to_string(),
            of.n_steps.to_string(),
        ]
    });
    Table::new(columns, rows.collect())
}

fn between_raters(analysis: &StudyAnalysis) -> Table {
    let mut columns = vec![text("Patient"), text("Arm"), text("Case")];
    columns.extend(analysis.raters.iter().map(number));
    columns.push(number("Steps"));
    let rows = analysis.disagreements.between_raters.iter().map(|of| {
        let mut row = vec![of.patient.clone(), of.arm.clone(), of.case_code.clone()];
        let grades = of.grades.iter();
        row.extend(grades.map(|grade| grade.map_or_else(String::new, |g| g.to_string())));
        row.push(of.n_steps.to_string());
        row
    });
    Table::new(columns, rows.collect())
}
