//! Does a rater give the predicted image the grade of the real one?

use cisterna::stats::{
    Decision, Graded, LEAST_FOR_A_VERDICT, Pooling, SameGrade, share_over_units, specific_agreement,
};

use super::{GRADES, between, is, near};

/// Real, again, predicted, one digit each and a dot for none; a patient a word, a rater a comma.
fn patients(text: &str) -> Vec<Vec<Graded>> {
    let grade = |c: Option<char>| c.and_then(|c| c.to_digit(10)).map(f64::from);
    let rater = |text: &str| {
        let mut chars = text.chars();
        Graded {
            reference: grade(chars.next()),
            again: grade(chars.next()),
            predicted: grade(chars.next()),
        }
    };
    text.split_whitespace()
        .map(|patient| patient.split(',').map(rater).collect())
        .collect()
}

/// Twelve patients and two raters, made up. By numpy and scipy: the mean over patients of the share
/// alike, Wilson with p (1 - p) / SE^2 observations and t on 11 degrees of freedom; half-half t and
/// Hall's limits of the differences.
const STUDY: &str = "000,000 111,112 222,223 333,344 443,444 000,010 110,121 222,222 333,332 444,444 \
                     001,000 334,334";

#[test]
fn numbers_as_in_python() {
    let found = SameGrade::of(&patients(STUDY), &GRADES, 0.95);
    assert_eq!((found.n_patients, found.n_raters), (12, 2));
    let expected = numbers();
    near(found.same.value().unwrap(), expected.same[0], 1e-12);
    between(&found.same, [expected.same[1], expected.same[2]], 1e-9);
    is(&found.within_one, 1.0);
    let repeat = found.against_repeat.unwrap();
    near(repeat.value().unwrap(), expected.repeat[0], 1e-12);
    between(&repeat, [expected.repeat[1], expected.repeat[2]], 1e-9);
    near(
        found.interchange.value().unwrap(),
        expected.interchange[0],
        1e-12,
    );
    between(
        &found.interchange,
        [expected.interchange[1], expected.interchange[2]],
        1e-9,
    );
    near(found.shift.value().unwrap(), expected.shift[0], 1e-12);
    between(&found.shift, [expected.shift[1], expected.shift[2]], 1e-9);
    let [low, high] = found.shift_90.unwrap();
    near(low, expected.shift_90[0], 1e-9);
    near(high, expected.shift_90[1], 1e-9);
}

/// Value, low and high of each.
struct Numbers {
    same: [f64; 3],
    repeat: [f64; 3],
    interchange: [f64; 3],
    shift: [f64; 3],
    shift_90: [f64; 2],
}

fn numbers() -> Numbers {
    Numbers {
        same: [0.625, 0.40449857799488104, 0.8035145330580477],
        repeat: [
            -0.2708333333333333,
            -0.5355087805323515,
            0.035508780532351514,
        ],
        interchange: [-0.375, -0.6070727642537657, -0.08523492805392668],
        shift: [0.125, -0.18166349842372403, 0.43166349842372403],
        shift_90: [-0.12522082440887866, 0.3752208244088785],
    }
}

/// Grades upside down keep the agreement between raters and lose that with the real image.
#[test]
fn grades_upside_down_are_not_the_same() {
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
    near(found.same.value().unwrap(), 6.0 / 31.0, 1e-12);
    assert_eq!(Decision::of(&found.same, 0.8), Some(Decision::Below));
    assert_eq!(Decision::of(&found.same, 0.1), Some(Decision::NotShown));
    assert_eq!(found.against_repeat, None);
    assert!(found.interchange.value().unwrap() < -0.7);
}

#[test]
fn verdicts_need_patients_and_an_interval() {
    let alike = |n: usize| patients(&"000,111 ".repeat(n));
    let of = |n: usize| SameGrade::of(&alike(n), &GRADES, 0.95).same;
    assert_eq!(Decision::of(&of(LEAST_FOR_A_VERDICT - 1), 0.5), None);
    assert_eq!(
        Decision::of(&of(LEAST_FOR_A_VERDICT), 0.5),
        Some(Decision::Shown)
    );
    assert_eq!(of(4).interval(), None);
    // All alike: as many observations as patients, so that the limit is Wilson's with t.
    let (low, high) = of(20).interval().unwrap();
    let t: f64 = 2.093_024_054_408_263;
    near(low, 20.0 / (20.0 + t * t), 1e-9);
    near(high, 1.0, 1e-12);
}

#[test]
fn shares_of_all_kinds() {
    let (yes, no) = (Some(true), Some(false));
    let units = [
        vec![yes, yes],
        vec![no, yes],
        vec![yes, None],
        vec![yes, None],
        vec![None, no],
    ];
    let of = |pooling| share_over_units(&units, pooling, 0.95);
    is(&of(Pooling::AllObservations), 5.0 / 7.0);
    is(&of(Pooling::MeanOfRaters), (3.0 / 4.0 + 2.0 / 3.0) / 2.0);
    is(
        &of(Pooling::MeanOfUnits),
        (1.0 + 0.5 + 1.0 + 1.0 + 0.0) / 5.0,
    );
    for pooling in [
        Pooling::AllObservations,
        Pooling::MeanOfRaters,
        Pooling::MeanOfUnits,
    ] {
        assert_eq!(of(pooling).n(), 5);
        let (low, high) = of(pooling).interval().unwrap();
        assert!(low > 0.0 && high < 1.0);
    }
}

/// Fleiss 1975: with 40 both positive, 5 and 3 apart and 52 both negative, positive agreement is
/// 80 / 88 and negative agreement 104 / 112.
#[test]
fn specific_agreement_by_hand() {
    let cell = |n: usize, pair: (bool, bool)| vec![vec![Some(pair)]; n];
    let units = [
        cell(40, (true, true)),
        cell(5, (true, false)),
        cell(3, (false, true)),
        cell(52, (false, false)),
    ]
    .concat();
    let positive = specific_agreement(&units, true, 0.95);
    is(&positive, 80.0 / 88.0);
    assert_eq!(positive.n(), 48);
    is(&specific_agreement(&units, false, 0.95), 104.0 / 112.0);
    let none = specific_agreement(&cell(9, (false, false)), true, 0.95);
    assert_eq!(none.value(), None);
}
