//! Verdicts, and what a report must say of the study before anybody trusts it.

use super::{STUDY, analysis, data, documents::text_of, near, options};
use cisterna::report::{Bound, KeyOpening, ReportOptions, StudyAnalysis, StudyData, report_files};
use cisterna::stats::Decision;
use cisterna::study::{CaseIdentity, Reading};

/// 31 patients and three raters, who give the predicted image `predicted(patient, rater, grade)`.
fn large(predicted: impl Fn(usize, usize, usize) -> usize) -> StudyData {
    let mut rows = String::new();
    for patient in 0..31 {
        for rater in 1..=3 {
            let real = patient % 5;
            let grade = predicted(patient, rater, real);
            for (arm, grade, sitting) in [("r", real, 1), ("p", grade, 2)] {
                rows += &format!("{rater},{sitting},{patient},p{patient:02},{arm},n,{grade},g,9 ");
            }
        }
    }
    data(&rows, 3)
}

/// Gives the study a protocol that fixed this, and was kept.
fn fix(study: &mut StudyData, bound: Bound) {
    let protocol = &mut study.protocol;
    (protocol.same_grade_bound, protocol.repeat_margin) = match bound {
        Bound::SameGrade(bound) => (Some(bound), None),
        Bound::AgainstRepeat(margin) => (None, Some(margin)),
    };
    study.protocol_sha256 = protocol.fingerprint();
}

/// Grades upside down: raters agree on them as well as before, and not one of them is right.
#[test]
fn grades_upside_down_are_not_shown() {
    let mut study = large(|_, _, real| 4 - real);
    study.protocol.margin = Some(0.1);
    fix(&mut study, Bound::SameGrade(0.7));
    let found = analysis(&study);
    // What was called non-inferior: agreement between raters is as good as on real images.
    near(found.differences[0].difference.value(), 0.0, 1e-12);
    assert_eq!(found.headlines[0].decision, Some(Decision::Below));
    let page = text_of(&report_files(&study, &options()).unwrap(), "report.html");
    assert!(!page.contains("non-inferior"), "no verdict on alpha");
    assert!(page.contains("does worse"));
    // One in eight graded as another, so that the bound lies within the interval.
    let mut study = large(|patient, rater, real| match (patient + rater) % 5 {
        0 => 4 - real,
        _ => real,
    });
    fix(&mut study, Bound::SameGrade(0.8));
    let found = analysis(&study);
    assert_eq!(found.headlines[0].decision, Some(Decision::NotShown));
    let page = text_of(&report_files(&study, &options()).unwrap(), "report.html");
    assert!(page.contains("bound 0.8, fixed beforehand; the lower limit does not lie above"));
}

#[test]
fn a_bound_is_decided_where_its_conditions_hold() {
    let mut study = large(|_, _, real| real);
    let verdict = |study: &StudyData| {
        let found = analysis(study);
        (
            found.headlines[0].decision,
            found.headlines[0].words.clone(),
        )
    };
    let (decision, words) = verdict(&study);
    assert_eq!(decision, None);
    assert!(
        words.contains("The protocol set no bound, so there is no verdict."),
        "{words}"
    );
    fix(&mut study, Bound::SameGrade(0.8));
    let (decision, words) = verdict(&study);
    assert_eq!(decision, Some(Decision::Shown));
    let said = "Raters gave the predicted image the grade of the real one in 100.0 % (88.1 to 100.0) \
                (95 % interval in brackets; 31 patients, 3 raters); bound 0.8, fixed beforehand; the \
                lower limit lies above the bound: shown.";
    assert_eq!(words, said);
    // Against the rater's own repeat there are no repeats.
    fix(&mut study, Bound::AgainstRepeat(0.1));
    assert_eq!(verdict(&study).0, None);
    // A protocol that is not the study's fixed nothing.
    fix(&mut study, Bound::SameGrade(0.8));
    study.protocol_sha256 = "0123abcd".into();
    assert_eq!(verdict(&study).0, None);
    assert!(
        analysis(&study)
            .assumed
            .iter()
            .any(|words| words.contains("no bound of it counts"))
    );
    study.protocol_sha256 = study.protocol.fingerprint();
    // Nineteen patients are too few.
    let is_early = |of: &CaseIdentity| of.patient.as_str() < "p19";
    study
        .readings
        .retain(|own| own.identity.as_ref().is_some_and(is_early));
    let (decision, words) = verdict(&study);
    assert_eq!(decision, None);
    assert!(
        words.contains("19 patients are fewer than 20, so there is no verdict"),
        "{words}"
    );
}

/// Every image of a patient twice, and graded alike except by one in four on predicted ones.
#[test]
fn the_own_repeat_is_the_measure_where_there_are_repeats() {
    let mut study = large(|patient, rater, real| match (patient + rater) % 4 {
        0 => (real + 1) % 5,
        _ => real,
    });
    let again: Vec<Reading> = study
        .readings
        .iter()
        .filter_map(|own| {
            let of = own.identity.as_ref().filter(|of| of.arm == "real")?;
            Some(Reading {
                identity: Some(CaseIdentity {
                    is_repeat: true,
                    ..of.clone()
                }),
                installment: 3,
                ..own.clone()
            })
        })
        .collect();
    study.readings.extend(again);
    fix(&mut study, Bound::AgainstRepeat(0.1));
    let found = analysis(&study);
    let numbers = &found.headlines[0].against.numbers;
    near(numbers.same_on_repeat.as_ref().unwrap().value(), 1.0, 1e-15);
    let difference = numbers.against_repeat.as_ref().unwrap();
    assert!(difference.value().unwrap() < -0.2);
    assert_eq!(found.headlines[0].decision, Some(Decision::Below));
    fix(&mut study, Bound::AgainstRepeat(0.6));
    assert_eq!(
        analysis(&study).headlines[0].decision,
        Some(Decision::Shown)
    );
}

/// Raters shift by a grade on predicted images: marginal homogeneity finds it, by Holm over raters.
#[test]
fn a_shift_is_found_and_adjusted() {
    let study = large(|patient, rater, real| match patient % 3 {
        0 => (real + usize::from(rater == 1)).min(4),
        _ => real,
    });
    let found = analysis(&study);
    let shifts = &found.headlines[0].against.shifts;
    assert!(shifts[0].bhapkar.p().unwrap() < shifts[0].bhapkar_holm.unwrap() + 1e-15);
    assert_eq!(shifts[1].stuart_maxwell.p(), None, "nothing moved");
    assert!(shifts[0].stuart_maxwell.p().unwrap() < 0.2);
}

#[test]
fn a_study_that_was_forced_open_says_so() {
    let mut study = data(STUDY, 3);
    study.unsealing = Some(KeyOpening {
        at_utc: "2026-02-03T04:05:06.000Z".into(),
        unsigned: vec!["Rater 3, installment 3".into()],
        reason: Some("Rater 3 left".into()),
    });
    let page = text_of(&report_files(&study, &options()).unwrap(), "report.html");
    let said = "The study was opened on 2026-02-03 04:05 UTC before every installment was signed \
                (Rater 3, installment 3); the reason given: &quot;Rater 3 left&quot;.";
    assert!(page.contains(said));
    let json = text_of(&report_files(&study, &options()).unwrap(), "analysis.json");
    assert!(json.contains("Rater 3 left"));
    study.unsealing = Some(KeyOpening::default());
    let page = text_of(&report_files(&study, &options()).unwrap(), "report.html");
    assert!(page.contains("Every installment was signed before the key was opened."));
}

/// A lowest positive grade that divides nothing.
#[test]
fn absurd_choices_are_refused() {
    for (grade, is_good) in [(9, false), (0, false), (5, false), (1, true), (4, true)] {
        let options = ReportOptions {
            positive_from: Some(grade),
            ..options()
        };
        let found = StudyAnalysis::of(&data(STUDY, 3), &options);
        assert_eq!(found.is_ok(), is_good, "{grade}");
        if let Err(error) = found {
            assert!(
                error
                    .to_string()
                    .contains("divides nothing on a scale from 0 to 4"),
                "{error}"
            );
        }
    }
}

/// A key that comes twice is lost by whoever opens the file.
#[test]
fn no_key_comes_twice() {
    let files = report_files(&data(STUDY, 3), &options()).unwrap();
    crate::no_key_twice(&text_of(&files, "analysis.json"));
    for (name, bytes) in files.iter().filter(|(name, _)| name.ends_with(".csv")) {
        let mut csv = csv::Reader::from_reader(&bytes[..]);
        let header = csv.headers().unwrap().clone();
        let mut names: Vec<&str> = header.iter().collect();
        names.sort_unstable();
        let n = names.len();
        names.dedup();
        assert_eq!(n, names.len(), "{name}: {header:?}");
        // Numbers are plain: what begins with a digit is one, but for names and methods.
        for row in csv.records() {
            for (key, field) in header.iter().zip(row.unwrap().iter()) {
                let is_number = field.starts_with(|c: char| c.is_ascii_digit() || c == '-');
                let is_words = key.ends_with("method") || ["result", "case_code"].contains(&key);
                if is_number && !is_words {
                    assert!(field.parse::<f64>().is_ok(), "{name}, {key}: {field}");
                }
            }
        }
    }
}
