//! How grades move between two images of a patient, and shares.

use super::data::table;
use crate::stats::{
    Cell, Decision, GradeCounts, Graded, LEAST_FOR_A_VERDICT, Outcome, Pooling, SameGrade, bhapkar,
    bowker, share_over_units, specific_agreement, stuart_maxwell, wilson,
};
use crate::workflows::verify::checks::Checks;
use crate::workflows::verify::facts::NumberCheck;

const GRADES: [f64; 5] = [0.0, 1.0, 2.0, 3.0, 4.0];

pub(super) fn checks() -> anyhow::Result<Vec<NumberCheck>> {
    let mut checks = Checks::of("Grades of real and predicted images");
    marginal(&mut checks)?;
    moves(&mut checks)?;
    same_grade(&mut checks);
    shares(&mut checks);
    Ok(checks.done())
}

fn marginal(checks: &mut Checks) -> anyhow::Result<()> {
    checks.by("statsmodels, SquareTable, and R's results in its tests; p by scipy.stats.chi2.sf");
    let small = table([[20, 10, 5], [3, 30, 15], [0, 5, 40]])?;
    checks.value(
        "Stuart-Maxwell, 3 levels",
        &stuart_maxwell(&small),
        13.764_706,
        5.1e-7,
    );
    checks.value("Bowker, 3 levels", &bowker(&small), 13.769_231, 5.1e-7);
    checks.p("Bowker, 3 levels", &bowker(&small), 0.003_237, 2e-4);
    checks.by("Stuart 1953, unaided vision of 7477 persons, as R's irr prints it; four decimals");
    let eyes = table([
        [1520, 266, 124, 66],
        [234, 1512, 432, 78],
        [117, 362, 1772, 205],
        [36, 82, 179, 492],
    ])?;
    checks.value(
        "Stuart-Maxwell, vision",
        &stuart_maxwell(&eyes),
        11.9566,
        5.1e-5 / 11.0,
    );
    checks.value("Bhapkar, vision", &bhapkar(&eyes), 11.9757, 5.1e-5 / 11.0);
    checks.value("Bowker, vision", &bowker(&eyes), 19.1066, 5.1e-5 / 19.0);
    checks.by("McNemar's formula by hand, (10 - 4)^2 / 14, and scipy.stats.chi2.sf");
    let two = table([[30, 10], [4, 20]])?;
    checks.value("McNemar's test", &bowker(&two), 36.0 / 14.0, 1e-12);
    checks.p("McNemar's test", &bowker(&two), 0.108_809_430_040_546, 1e-8);
    checks.by("by definition: where nothing moves, there is nothing to test");
    checks.none(
        "McNemar's test where no pair moved",
        &bowker(&table([[5, 0], [0, 5]])?),
    );
    Ok(())
}

fn moves(checks: &mut Checks) -> anyhow::Result<()> {
    checks.by("counted by hand");
    let moved = table([[8, 1, 0], [0, 4, 2], [1, 0, 5]])?;
    checks.number(
        "grade moves, share alike",
        moved.share_alike(),
        17.0 / 21.0,
        1e-12,
    );
    let n = |count: usize| count as f64;
    checks.number("grade moves, up", n(moved.n_up()), 3.0, 0.0);
    checks.number(
        "grade moves, by two steps or more",
        n(moved.n_moved_at_least(2)),
        1.0,
        0.0,
    );
    let cells = [
        Cell::Grade(0.0),
        Cell::CannotGrade,
        Cell::Missing,
        Cell::Grade(4.0),
    ];
    let counts = GradeCounts::of(&GRADES, &cells)?;
    checks.number(
        "cannot grade, which is not missing",
        n(counts.cannot_grade),
        1.0,
        0.0,
    );
    checks.number("grades given", n(counts.n_graded()), 2.0, 0.0);
    Ok(())
}

/// Real, again, predicted, one digit each and a dot for none; a patient a word, a rater a comma.
fn patients(text: &str) -> Vec<Vec<Graded>> {
    let grade = |c: Option<char>| c.and_then(|c| c.to_digit(10)).map(f64::from);
    let rater = |text: &str| {
        let mut letters = text.chars();
        Graded {
            reference: grade(letters.next()),
            again: grade(letters.next()),
            predicted: grade(letters.next()),
        }
    };
    text.split_whitespace()
        .map(|patient| patient.split(',').map(rater).collect())
        .collect()
}

/// Twelve patients and two raters, made up.
const STUDY: &str = "000,000 111,112 222,223 333,344 443,444 000,010 110,121 222,222 333,332 444,444 \
                     001,000 334,334";

fn same_grade(checks: &mut Checks) {
    checks.by(
        "numpy and scipy: mean over patients, Wilson with the design effect and t, Hall's limits",
    );
    let found = SameGrade::of(&patients(STUDY), &GRADES, 0.95);
    let same = "same grade for the predicted image";
    checks.value(same, &found.same, 0.625, 1e-12);
    checks.interval(
        same,
        &found.same,
        [0.404_498_577_994_881, 0.803_514_533_058_047_7],
        1e-9,
    );
    let other = "interchange with another rater";
    checks.value(other, &found.interchange, -0.375, 1e-12);
    let limits = [-0.607_072_764_253_765_7, -0.085_234_928_053_926_68];
    checks.interval(other, &found.interchange, limits, 1e-9);
    let shift = "shift in grades";
    checks.value(shift, &found.shift, 0.125, 1e-12);
    let limits = [-0.181_663_498_423_724_03, 0.431_663_498_423_724_03];
    checks.interval(shift, &found.shift, limits, 1e-9);
    let limits = [-0.125_220_824_408_878_66, 0.375_220_824_408_878_5];
    for (at, end) in ["low", "high"].into_iter().enumerate() {
        let what = format!("{shift}, {end} end of the 90 % interval");
        let found = found.shift_90.map(|ends| ends[at]);
        checks.number(what, found, limits[at], 1e-9);
    }
    let repeat = found.against_repeat.as_ref();
    let what = "same grade, less that of a repeated reading";
    let value = repeat.and_then(Outcome::value);
    checks.number(what, value, -0.270_833_333_333_333_3, 1e-12);
    let (low, high) = repeat.and_then(Outcome::interval).unzip();
    for (end, found, expected) in [
        ("low", low, -0.535_508_780_532_351_5),
        ("high", high, 0.035_508_780_532_351_514),
    ] {
        let what = format!("{what}, {end} end of the 95 % interval");
        checks.number(what, found, expected, 1e-9);
    }
    checks.by("counted by hand");
    checks.value("grade within one step", &found.within_one, 1.0, 1e-9);
    checks.by("by hand: grades upside down are the same in the middle only, 6 of 31 patients");
    let turned: Vec<Vec<Graded>> = (0..31)
        .map(|patient| {
            let real = f64::from(patient % 5);
            let graded = Graded {
                reference: Some(real),
                again: None,
                predicted: Some(4.0 - real),
            };
            vec![graded; 3]
        })
        .collect();
    let found = SameGrade::of(&turned, &GRADES, 0.95);
    checks.value(
        "same grade where grades are upside down",
        &found.same,
        6.0 / 31.0,
        1e-12,
    );
    let is_below = Decision::of(&found.same, 0.8) == Some(Decision::Below);
    let decided = f64::from(u8::from(is_below));
    checks.number(
        "verdict on these, against a bound of 0.8: below it",
        decided,
        1.0,
        0.0,
    );
    let fewer = patients(&"000,111 ".repeat(LEAST_FOR_A_VERDICT - 1));
    let few = SameGrade::of(&fewer, &GRADES, 0.95);
    let has_none = Decision::of(&few.same, 0.5).is_none();
    let what = "verdict on fewer patients than it needs: none";
    checks.number(what, f64::from(u8::from(has_none)), 1.0, 0.0);
}

fn shares(checks: &mut Checks) {
    checks.by("Newcombe 1998, method 3; four decimals");
    for (part, whole, limits) in [
        (81, 263, [0.2553, 0.3662]),
        (15, 148, [0.0624, 0.1605]),
        (0, 20, [0.0, 0.1611]),
        (1, 29, [0.0061, 0.1718]),
    ] {
        let found = wilson(part, whole, 0.95);
        let what = format!("Wilson's share of {part} in {whole}");
        checks.value(what.clone(), &found, part as f64 / whole as f64, 1e-12);
        checks.interval(&what, &found, limits, 5e-5);
    }
    checks.by("by hand");
    let (yes, no) = (Some(true), Some(false));
    let units = [
        vec![yes, yes],
        vec![no, yes],
        vec![yes, None],
        vec![yes, None],
        vec![None, no],
    ];
    for (pooling, name, expected) in [
        (Pooling::AllObservations, "all observations", 5.0 / 7.0),
        (
            Pooling::MeanOfRaters,
            "mean of raters",
            (3.0 / 4.0 + 2.0 / 3.0) / 2.0,
        ),
        (Pooling::MeanOfUnits, "mean of units", 3.5 / 5.0),
    ] {
        let found = share_over_units(&units, pooling, 0.95);
        checks.value(format!("share, {name}"), &found, expected, 1e-12);
    }
    checks.by("Fleiss 1975 by hand: 40 both positive, 5 and 3 apart, 52 both negative");
    let cell = |n: usize, pair: (bool, bool)| vec![vec![Some(pair)]; n];
    let units = [
        cell(40, (true, true)),
        cell(5, (true, false)),
        cell(3, (false, true)),
        cell(52, (false, false)),
    ]
    .concat();
    for (positive, name, expected) in [
        (true, "positive", 80.0 / 88.0),
        (false, "negative", 104.0 / 112.0),
    ] {
        let found = specific_agreement(&units, positive, 0.95);
        checks.value(format!("{name} agreement"), &found, expected, 1e-12);
    }
}
