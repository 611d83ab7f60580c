//! Reports of whole studies: numbers against independent oracles, and the files themselves.

mod displays;
mod documents;
mod verdicts;

use documents::text_of;
use std::collections::BTreeMap;

use cisterna::{
    report::{AlphaKind, Audit, ReportOptions, StudyAnalysis, StudyData, report_files},
    stats::{Bootstrap, Outcome, Summary, wilson},
    study::{CaseIdentity, Protocol, Reading, ReadingStatus},
};

/// 14 patients, 3 raters, 2 arms, 3 installments, made up at random. Each row is rater,
/// installment, position, patient, arm (real, predicted), repeat (yes, no), grade, status (graded,
/// corrected, x replaced, n cannot grade), seconds; the first letter stands for the word.
const STUDY: &str = "\
    1,1,1,p10,r,n,0,x,12.1 1,1,1,p10,r,n,3,c,3.3 1,1,2,p01,r,n,3,g,7.7 1,1,3,p13,r,n,3,g,17.7 \
    1,1,4,p09,r,n,4,g,17.8 1,1,5,p02,r,n,3,g,25.5 1,1,6,p11,r,n,0,g,12.8 1,1,7,p12,r,n,0,x,22.2 \
    1,1,7,p12,r,n,4,c,3.3 1,1,8,p05,p,n,4,g,11.3 1,1,9,p07,r,n,4,g,8.1 1,1,10,p06,p,n,4,g,14.2 \
    1,1,11,p14,r,n,4,g,11.9 1,2,1,p02,r,y,3,g,9.2 1,2,2,p05,r,y,4,g,11.4 1,2,3,p11,p,n,0,g,29.8 \
    1,2,4,p08,r,n,3,x,14.3 1,2,4,p08,r,n,4,c,3.3 1,2,5,p09,p,n,3,g,25.3 1,2,6,p03,r,n,4,g,8.6 \
    1,2,7,p04,p,n,3,g,14.1 1,2,8,p12,r,y,4,g,15.0 1,3,1,p05,r,n,4,g,12.8 1,3,2,p08,p,n,4,g,18.6 \
    1,3,3,p12,p,n,4,g,26.8 1,3,4,p01,p,n,3,g,25.1 1,3,5,p02,p,n,3,g,10.0 1,3,6,p07,p,n,4,g,12.0 \
    1,3,7,p03,p,n,4,g,23.6 1,3,8,p10,p,n,3,g,7.6 1,3,9,p14,p,n,4,g,17.9 1,3,10,p09,r,y,4,g,29.3 \
    1,3,11,p06,r,n,3,g,9.0 1,3,12,p13,p,n,4,x,11.6 1,3,12,p13,p,n,3,c,3.3 2,1,1,p01,p,n,3,g,15.1 \
    2,1,2,p03,r,n,4,g,20.9 2,1,3,p05,r,y,3,g,12.1 2,1,4,p13,p,n,4,g,10.7 2,1,5,p12,r,n,4,g,9.1 \
    2,1,6,p14,p,n,3,g,9.7 2,1,7,p06,p,n,4,g,9.2 2,1,8,p09,p,n,3,g,19.5 2,1,9,p02,r,y,3,g,14.3 \
    2,1,10,p10,r,n,3,g,12.8 2,2,1,p04,p,n,3,g,19.3 2,2,2,p03,p,n,4,g,14.2 2,2,4,p12,r,y,4,g,25.1 \
    2,2,5,p10,p,n,3,g,12.1 2,2,6,p11,p,n,0,g,33.2 2,2,7,p06,r,n,3,g,11.4 2,2,8,p02,p,n,3,g,13.0 \
    2,2,9,p08,p,n,3,g,23.8 2,2,10,p09,r,n,4,g,18.4 2,2,11,p05,p,n,4,g,7.5 2,2,12,p14,r,n,3,g,8.3 \
    2,2,13,p01,r,n,3,g,7.2 2,3,1,p08,r,n,4,g,7.8 2,3,2,p07,p,n,4,g,16.8 2,3,3,p11,r,n,0,x,7.2 \
    2,3,3,p11,r,n,0,c,3.3 2,3,4,p04,r,n,0,x,25.0 2,3,4,p04,r,n,3,c,3.3 2,3,5,p02,r,n,,n,16.6 \
    2,3,6,p05,r,n,4,g,6.9 2,3,8,p09,r,y,4,g,16.9 2,3,9,p12,p,n,3,g,16.6 3,1,1,p07,r,n,4,g,12.5 \
    3,1,2,p02,r,y,3,x,14.6 3,1,2,p02,r,y,3,c,3.3 3,1,3,p10,p,n,0,g,14.1 3,1,4,p13,p,n,3,g,16.9 \
    3,1,5,p09,r,y,3,g,19.5 3,1,6,p11,p,n,3,g,9.4 3,1,8,p12,p,n,4,g,21.2 3,1,9,p05,r,y,,n,16.5 \
    3,1,10,p03,p,n,3,g,17.9 3,1,11,p01,r,n,4,g,20.0 3,2,1,p04,r,n,4,g,9.9 3,2,2,p06,r,n,4,g,13.4 \
    3,2,3,p08,p,n,4,g,7.1 3,2,4,p05,p,n,0,x,18.9 3,2,4,p05,p,n,4,c,3.3 3,2,5,p09,p,n,3,g,20.9 \
    3,2,6,p02,p,n,0,x,10.9 3,2,6,p02,p,n,3,c,3.3 3,2,7,p13,r,n,3,g,23.1 3,2,8,p03,r,n,,n,10.7 \
    3,2,9,p07,p,n,0,x,49.3 3,2,9,p07,p,n,4,c,3.3 3,2,10,p12,r,y,4,g,12.4 3,2,11,p10,r,n,3,g,16.2 \
    3,3,1,p12,r,n,4,g,37.8 3,3,2,p11,r,n,0,g,11.9 3,3,3,p02,r,n,3,g,27.3 3,3,4,p04,p,n,3,x,13.2 \
    3,3,4,p04,p,n,0,c,3.3 3,3,5,p14,p,n,3,g,17.6 3,3,6,p09,r,n,4,g,9.0 3,3,7,p01,p,n,3,g,15.9 \
    3,3,8,p08,r,n,,n,20.9 3,3,9,p06,p,n,4,g,14.1 3,3,10,p05,r,n,4,g,8.3";

/// 2026-01-02T03:04:05.678Z.
const OPENED: i64 = 1_767_323_045_678;

fn reading(text: &str) -> Reading {
    let fields: Vec<&str> = text.split(',').collect();
    let [
        rater,
        installment,
        position,
        patient,
        arm,
        repeat,
        grade,
        status,
        seconds,
    ] = fields[..]
    else {
        panic!("{text}")
    };
    Reading {
        rater: format!("Rater {rater}"),
        installment: installment.parse().unwrap(),
        position: position.parse().unwrap(),
        case_code: format!("{patient}{arm}{repeat}"),
        grade: grade.parse().ok(),
        status: match status {
            "g" => ReadingStatus::Graded,
            "c" => ReadingStatus::Corrected,
            "x" => ReadingStatus::Replaced,
            "n" => ReadingStatus::CannotGrade,
            "t" => ReadingStatus::Training,
            other => panic!("{other}"),
        },
        confidence: None,
        comment: String::new(),
        opened_unix_millis: OPENED,
        committed_unix_millis: OPENED + 10_000,
        seconds: seconds.parse().unwrap(),
        n_changes: 0,
        identity: Some(CaseIdentity {
            patient: patient.into(),
            arm: if arm == "r" { "real" } else { "predicted" }.into(),
            is_repeat: repeat == "y",
        }),
    }
}

fn identity(reading: &mut Reading) -> &mut CaseIdentity {
    reading.identity.as_mut().expect("a key")
}

fn data(rows: &str, n_raters: usize) -> StudyData {
    let raters: Vec<String> = (1..=n_raters).map(|n| format!("Rater {n}")).collect();
    let protocol = Protocol {
        question: "Which grade?".into(),
        installments: 3,
        repeats: 4,
        ..Protocol::reflux(&raters)
    };
    StudyData {
        protocol_sha256: protocol.fingerprint(),
        protocol,
        unsealing: None,
        readings: rows.split_whitespace().map(reading).collect(),
        displays: Vec::new(),
        audit: Audit {
            n_events: BTreeMap::from([("grade committed".into(), 103)]),
            heads: vec![("Rater 1".into(), "beef".into())],
            problem: None,
            remarks: vec!["a clock was set back 1 time(s)".into()],
            first_utc: "2026-01-02T03:04:05.678Z".into(),
            last_utc: "2026-01-09T03:04:05.678Z".into(),
            n_idle_marks: 2,
        },
        model_cards: vec![(
            "one".into(),
            "# one\n\n**Research** `use`\n\n| a | b |\n| --- | --- |\n| 1 | 2 |\n".into(),
        )],
        app_version: "0.0.1".into(),
    }
}

fn options() -> ReportOptions {
    ReportOptions {
        bootstrap: Bootstrap {
            n_resamples: 300,
            ..Bootstrap::default()
        },
        seed: 3,
        ..ReportOptions::default()
    }
}

fn analysis(data: &StudyData) -> StudyAnalysis {
    StudyAnalysis::of(data, &options()).unwrap()
}

#[track_caller]
fn near(found: Option<f64>, expected: f64, tolerance: f64) {
    let found = found.expect("a value");
    let error = (found - expected).abs();
    assert!(error <= tolerance, "{found}, not {expected}");
}

/// Value, low and high to 4 decimals.
#[track_caller]
fn interval(found: &Outcome, [value, low, high]: [f64; 3]) {
    let (found_low, found_high) = found.interval().expect("an interval");
    near(found.value(), value, 5e-5);
    near(Some(found_low), low, 5e-5);
    near(Some(found_high), high, 5e-5);
}

#[test]
fn a_share_of_nothing_and_more_than_all_have_no_value() {
    assert_eq!(wilson(0, 0, 0.95).value(), None);
    assert_eq!(wilson(2, 1, 0.95).value(), None);
}

/// Over the patients of [`STUDY`], by numpy and scipy: linearised shares, Wilson's limits with
/// p (1 - p) / SE^2 observations and t.
#[test]
fn shares_over_patients_as_in_python() {
    let found = analysis(&data(STUDY, 3));
    let moves = &found.moves[0];
    interval(&moves.pooled.share_alike, [0.685714, 0.484636, 0.835042]);
    near(moves.mean_share_alike.value(), 0.675_990_675_990_676, 1e-12);
    let (low, high) = moves.mean_share_alike.interval().unwrap();
    near(Some(low), 0.482433, 5e-5);
    near(Some(high), 0.823626, 5e-5);
    interval(
        &moves.pooled.positive_agreement,
        [0.952381, 0.797773, 0.990234],
    );
    near(
        moves.pooled.negative_agreement.value(),
        0.5714285714285714,
        1e-12,
    );
    assert_eq!(moves.pooled.negative_agreement.interval(), None);
    interval(
        &found.headlines[0].against.numbers.same,
        [0.714286, 0.516549, 0.854004],
    );
}

#[test]
fn summaries() {
    let found = Summary::of(&[4.0, 1.0, 3.0, 2.0]).unwrap();
    assert_eq!((found.n, found.mean, found.median), (4, 2.5, 2.5));
    assert_eq!((found.lower_quartile, found.upper_quartile), (1.75, 3.25));
    near(found.sd, (5.0_f64 / 3.0).sqrt(), 1e-15);
    assert_eq!(Summary::of(&[]), None);
    assert_eq!(Summary::of(&[f64::NAN]), None);
    assert_eq!(Summary::of(&[2.0]).unwrap().sd, None);
}

/// Two raters, four patients, small enough to count on a sheet of paper.
const SMALL: &str = "\
    1,1,1,a,r,n,0,g,9 1,2,1,a,p,n,0,g,9 1,1,2,b,r,n,3,g,9 1,2,2,b,p,n,4,g,9 \
    1,2,3,c,r,n,4,g,9 1,1,3,c,p,n,4,g,9 1,2,4,d,r,n,0,g,9 1,1,4,d,p,n,4,g,9 \
    2,1,1,a,r,n,0,g,9 2,2,1,a,p,n,3,g,9 2,1,2,b,r,n,3,x,9 2,1,2,b,r,n,4,c,9 \
    2,2,2,b,p,n,0,g,9 2,2,3,c,r,n,,n,9 2,1,3,c,p,n,4,g,9 1,0,1,z,p,n,4,t,9 1,0,1,z,p,n,3,x,9";

#[test]
fn moves_of_a_small_study() {
    let found = analysis(&data(SMALL, 2));
    let moves = &found.moves[0];
    let [first, second] = &moves.raters[..] else {
        panic!("two raters")
    };
    let counts = first.transitions.counts();
    assert_eq!(
        (first.n_pairs, second.n_pairs, moves.pooled.n_pairs),
        (4, 2, 6)
    );
    assert_eq!(
        (counts[0][0], counts[3][4], counts[4][4], counts[0][4]),
        (1, 1, 1, 1)
    );
    assert_eq!(first.transitions.row_share(0, 4), Some(0.5));
    assert_eq!(
        (first.n_lowest_to_highest, first.n_highest_to_lowest),
        (1, 0)
    );
    assert_eq!(
        (second.n_lowest_to_highest, second.n_highest_to_lowest),
        (0, 1)
    );
    assert_eq!((moves.pooled.n_higher, moves.pooled.n_lower), (3, 1));
    near(first.share_alike.value(), 0.5, 0.0);
    near(first.share_one_step.value(), 0.25, 0.0);
    near(first.share_more_steps.value(), 0.25, 0.0);
    near(moves.pooled.share_alike.value(), 1.0 / 3.0, 1e-15);
    near(moves.mean_share_alike.value(), 0.25, 0.0);
    // Positive: rater 1 gives it to b and c on both arms and to d on one, rater 2 to a and b on
    // one arm each.
    near(first.positive_agreement.value(), 4.0 / 5.0, 1e-15);
    near(second.positive_agreement.value(), 0.0, 0.0);
    near(moves.pooled.positive_agreement.value(), 4.0 / 7.0, 1e-15);
    // Negative: rater 1 a on both and d on one, rater 2 a and b on one arm each.
    near(moves.pooled.negative_agreement.value(), 2.0 / 5.0, 1e-15);
    // Four patients cannot say how far a share varies.
    assert_eq!(moves.pooled.positive_agreement.interval(), None);
    // Two answers to a training case change nothing.
    assert_eq!(found.timing[0].seconds.unwrap().n, 8);
    let rows = found.rows;
    assert_eq!(
        (rows.n_graded, rows.n_cannot_grade, rows.n_missing),
        (13, 1, 2)
    );
    assert_eq!(
        (rows.n_replaced, rows.n_repeats, rows.n_training),
        (1, 0, 1)
    );
    assert_eq!(found.repeats, None);
    // Patient d by rater 1, a and b by rater 2; between raters a on predicted and b on predicted.
    let talk = &found.disagreements;
    let arms: Vec<(&str, &str, usize)> = talk
        .between_arms
        .iter()
        .map(|d| (d.rater.as_str(), d.patient.as_str(), d.n_steps))
        .collect();
    assert_eq!(
        arms,
        [
            ("Rater 1", "d", 4),
            ("Rater 2", "a", 3),
            ("Rater 2", "b", 4)
        ]
    );
    let raters: Vec<(&str, &str, usize)> = talk
        .between_raters
        .iter()
        .map(|d| (d.arm.as_str(), d.patient.as_str(), d.n_steps))
        .collect();
    assert_eq!(raters, [("predicted", "a", 3), ("predicted", "b", 4)]);
    assert_eq!(talk.between_raters[0].grades, [Some(0.0), Some(3.0)]);
}

/// fast-krippendorff 0.9.0 (interval and ordinal level, domain 0 to 4) in Python, on the same rows.
#[test]
fn alphas_as_in_python() {
    let found = analysis(&data(STUDY, 3));
    let expected = [
        [0.9348958333333334, 0.7596153846153846],
        [0.852112676056338, 0.4545454545454545],
        [0.09134615384615385, 0.39190952588081773],
        [0.909933774834437, 0.6467532467532467],
        [0.40390731485688325, 0.5549647929347177],
        [0.5952419572857529, 0.5210255751865023],
    ];
    assert_eq!(found.alphas.len(), expected.len());
    for (row, [interval, ordinal]) in found.alphas.iter().zip(expected) {
        near(row.interval.value(), interval, 1e-12);
        near(row.ordinal.value(), ordinal, 1e-12);
    }
    let labels: Vec<&str> = found.alphas.iter().map(|row| row.label.as_str()).collect();
    assert_eq!(labels[0], "Rater 1 on real and predicted");
    assert_eq!(
        labels[3..],
        [
            "All raters on real",
            "All raters on predicted",
            "All readings of real and predicted"
        ]
    );
    assert_eq!(found.alphas_of(AlphaKind::AllReadings).count(), 1);
    let difference = &found.differences[0];
    near(
        difference.difference.value(),
        expected[4][0] - expected[3][0],
        1e-12,
    );
    assert_eq!(difference.margin, None);
}

/// `scipy.stats.binomtest(...).proportion_ci(method="wilson")` and counts in Python.
#[test]
fn shares_and_findings_as_in_python() {
    let found = analysis(&data(STUDY, 3));
    let moves = &found.moves[0];
    let n: Vec<usize> = moves.raters.iter().map(|own| own.n_pairs).collect();
    assert_eq!(n, [13, 11, 11]);
    interval(&moves.raters[0].share_alike, [0.84615, 0.57765, 0.95674]);
    interval(&moves.raters[1].share_alike, [0.63636, 0.35380, 0.84834]);
    interval(&moves.raters[2].share_alike, [0.54545, 0.28009, 0.78729]);
    near(moves.pooled.share_alike.value(), 24.0 / 35.0, 1e-12);
    near(moves.raters[2].share_more_steps.value(), 3.0 / 11.0, 1e-12);
    let counts: Vec<_> = found
        .counts
        .iter()
        .map(|own| {
            (
                own.counts.counts.clone(),
                own.counts.cannot_grade,
                own.counts.missing,
            )
        })
        .collect();
    let expected = [
        (vec![1, 0, 0, 5, 7], 0, 1),
        (vec![1, 0, 0, 6, 7], 0, 0),
        (vec![1, 0, 0, 5, 5], 1, 2),
        (vec![1, 0, 0, 8, 5], 0, 0),
        (vec![1, 0, 0, 3, 7], 2, 1),
        (vec![2, 0, 0, 7, 5], 0, 0),
    ];
    assert_eq!(counts, expected);
}

/// `mannwhitneyu(method="asymptotic")`, `spearmanr`, `numpy.percentile` and fast-krippendorff.
#[test]
fn process_as_in_python() {
    let found = analysis(&data(STUDY, 3));
    let expected = [
        (3.111111111111111, 3.5, 8.0, 0.8963375241803869),
        (4.0, 3.5555555555555554, 13.0, 0.32412658775761904),
        (3.6666666666666665, 2.75, 7.5, 0.693281817504481),
        (3.4, 3.5, 4.5, 1.0),
        (4.0, 3.0, 7.0, 0.46871658244620706),
        (2.6, 2.5, 10.0, 1.0),
    ];
    for (own, (first, last, w, p)) in found.drift.tests.iter().zip(expected) {
        near(own.mean_first, first, 1e-12);
        near(own.mean_last, last, 1e-12);
        near(own.test.value(), w, 1e-12);
        near(own.test.p(), p, 1e-9);
    }
    assert_eq!(found.drift.tests.len(), expected.len());
    // `statsmodels.stats.multitest.multipletests(method="holm")`.
    for own in &found.drift.tests {
        near(own.p_holm, 1.0, 1e-12);
    }
    let times = [
        (
            31,
            14.1,
            11.35,
            20.4,
            -0.12201610029554696,
            0.5131830851173809,
        ),
        (
            30,
            13.6,
            9.325,
            18.025,
            -0.19412603804454953,
            0.30399120403468655,
        ),
        (
            31,
            15.9,
            12.15,
            19.75,
            0.10103334528530085,
            0.5886453048501592,
        ),
    ];
    for (own, (n, median, low, high, rho, p)) in found.timing.iter().zip(times) {
        let seconds = own.seconds.unwrap();
        assert_eq!(seconds.n, n);
        near(Some(seconds.median), median, 1e-12);
        near(Some(seconds.lower_quartile), low, 1e-12);
        near(Some(seconds.upper_quartile), high, 1e-12);
        near(own.with_position.value(), rho, 1e-12);
        near(own.with_position.p(), p, 1e-9);
    }
    let repeats = found.repeats.unwrap();
    let n: Vec<usize> = repeats.raters.iter().map(|own| own.n_pairs).collect();
    assert_eq!(n, [4, 3, 3]);
    for (own, alpha) in repeats.raters.iter().zip([1.0, 0.0, 4.0 / 9.0]) {
        near(own.alpha_interval.value(), alpha, 1e-12);
        near(own.alpha_ordinal.value(), alpha, 1e-12);
    }
    near(repeats.share_alike.value(), 0.8, 1e-15);
    near(repeats.share_within_one.value(), 1.0, 0.0);
    let shift = repeats.raters[0].shift.reason();
    assert_eq!(
        shift.unwrap().to_string(),
        "undefined (every difference is zero)"
    );
}

#[test]
fn installments_are_held_to_the_protocol() {
    let mut study = data(SMALL, 2);
    for own in &mut study.readings {
        let day = if own.installment == 1 { 2 } else { 20 };
        own.opened_unix_millis = (24 * day + 6) * 3_600_000;
        own.committed_unix_millis = (24 * day + 12) * 3_600_000;
    }
    let found = analysis(&study).sittings;
    near(found.shortest_pause_days, 17.75, 1e-9);
    assert_eq!(found.n_patients_twice, 0);
    let page = text_of(&report_files(&study, &options()).unwrap(), "report.html");
    assert!(page.contains("shortest pause found: 17.8 days"));
    // Rater 1's two images of patient a in one installment.
    study.readings[1].installment = 1;
    assert_eq!(analysis(&study).sittings.n_patients_twice, 1);
}

#[test]
fn rows_of_the_matrix_are_a_choice() {
    let data = data(SMALL, 2);
    let turned = ReportOptions {
        rows_are_predicted: true,
        ..options()
    };
    let (plain, turned) = (analysis(&data), StudyAnalysis::of(&data, &turned).unwrap());
    let (plain, turned) = (&plain.moves[0].pooled, &turned.moves[0].pooled);
    assert_eq!(plain.transitions.from_label(), "real");
    assert_eq!(turned.transitions.from_label(), "predicted");
    assert_eq!(plain.transitions.transposed(), turned.transitions);
    assert_eq!(plain.n_lowest_to_highest, turned.n_lowest_to_highest);
    assert_eq!(plain.positive_agreement, turned.positive_agreement);
}
