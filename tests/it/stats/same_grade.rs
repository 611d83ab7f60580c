//! Does a rater give the predicted image the grade of the real one?

use cisterna::stats::{
    Decision, Graded, LEAST_FOR_A_VERDICT, Pooling, SameGrade, share_over_units, specific_agreement,
};

use super::{GRADES, near};

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
    assert_eq!((found.n_patients, found.n_raters), (31, 3));
    assert_eq!(Decision::of(&found.same, 0.8), Some(Decision::Below));
    assert_eq!(Decision::of(&found.same, 0.1), Some(Decision::NotShown));
    assert_eq!(found.against_repeat, None);
    assert!(found.interchange.value().unwrap() < -0.7);
}

#[test]
fn verdicts_need_patients_and_an_interval() {
    let alike = |n: usize| {
        let graded = [0.0, 1.0].map(|grade| Graded {
            reference: Some(grade),
            again: Some(grade),
            predicted: Some(grade),
        });
        vec![graded.to_vec(); n]
    };
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
fn shares_of_all_kinds_have_an_interval_over_the_units() {
    let (yes, no) = (Some(true), Some(false));
    let units = [
        vec![yes, yes],
        vec![no, yes],
        vec![yes, None],
        vec![yes, None],
        vec![None, no],
    ];
    let of = |pooling| share_over_units(&units, pooling, 0.95);
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

#[test]
fn agreement_on_what_nobody_called_has_no_value() {
    let cell = |n: usize, pair: (bool, bool)| vec![vec![Some(pair)]; n];
    let units = [
        cell(40, (true, true)),
        cell(5, (true, false)),
        cell(3, (false, true)),
        cell(52, (false, false)),
    ]
    .concat();
    assert_eq!(specific_agreement(&units, true, 0.95).n(), 48);
    let none = specific_agreement(&cell(9, (false, false)), true, 0.95);
    assert_eq!(none.value(), None);
}
