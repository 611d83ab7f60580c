//! What a report says of displays.

use super::{SMALL, analysis, data, documents::text_of, options};
use cisterna::report::{DisplayRow, StudyData, report_files};
use cisterna::study::DisplayTest;

/// Rater 2 before the second installment, then before the first, twice; Rater 1 before none.
fn tested() -> StudyData {
    let mut study = data(SMALL, 2);
    study.protocol.display.test = true;
    let test = DisplayTest {
        near_black_seen: true,
        near_white_seen: true,
        lines_of_1_px_seen: false,
        lines_of_2_px_seen: true,
        line_px: 378,
        measured_mm: Some(94.5),
        display_px: Some([1920, 1080]),
        scale: 1.0,
    };
    let row = |installment: u32, at: &str, test: DisplayTest| DisplayRow {
        rater: "Rater 2".into(),
        installment,
        at_utc: at.into(),
        test: Some(test),
    };
    let sharp = DisplayTest {
        lines_of_1_px_seen: true,
        measured_mm: Some(113.4),
        display_px: None,
        ..test
    };
    study.displays = vec![
        row(
            2,
            "2026-01-09T03:04:05.678Z",
            DisplayTest {
                measured_mm: None,
                ..sharp
            },
        ),
        row(1, "2026-01-02T03:04:05.678Z", test),
        row(1, "2026-01-02T03:14:05.678Z", sharp),
    ];
    study
}

#[test]
fn tests_stand_by_rater_and_installment_and_missing_ones_too() {
    let study = tested();
    let found = analysis(&study);
    let rows: Vec<(&str, u32, bool)> = found
        .displays
        .iter()
        .map(|row| (row.rater.as_str(), row.installment, row.test.is_some()))
        .collect();
    let expected = [
        ("Rater 1", 1, false),
        ("Rater 1", 2, false),
        ("Rater 2", 1, true),
        ("Rater 2", 1, true),
        ("Rater 2", 2, true),
    ];
    assert_eq!(rows, expected);
    // As they came.
    let measured = found.displays.iter().filter_map(|row| row.test);
    let measured: Vec<Option<f64>> = measured.map(|test| test.measured_mm).collect();
    assert_eq!(measured, [Some(94.5), Some(113.4), None]);
    let files = report_files(&study, &options()).unwrap();
    let table = text_of(&files, "tables/displays.csv");
    let lines: Vec<&str> = table.lines().collect();
    assert_eq!(
        lines[0],
        "rater,installment,at_utc,near_black,near_white,lines_of_1_px,lines_of_2_px,measured_mm,\
         pixel_mm,display_px,scale"
    );
    assert_eq!(lines.len(), 1 + expected.len());
    assert_eq!(lines[1], format!("Rater 1,1,not tested{}", ",".repeat(8)));
    // 94.5 mm over 378 pixels.
    let first = "Rater 2,1,2026-01-02 03:04,seen,seen,not seen,seen,94.5,0.25,1920 × 1080,1";
    assert!(lines.contains(&first), "{table}");
    assert!(table.contains("113.4,0.3,not known,1"), "{table}");
    let without = "Rater 2,2,2026-01-09 03:04,seen,seen,seen,seen,,,not known,1";
    assert!(lines.contains(&without), "{table}");
    let page = text_of(&files, "report.html");
    for words in [
        "gray 13 in 0 and 242 in 255; SMPTE RP 133, AAPM TG18-QC",
        "Tests: 3; not all was seen in 1 of them",
        "installments read without a test: 2.",
        "By the lines that were measured (2), pixels were 0.250 to 0.300 mm wide",
        "1920 × 1080",
    ] {
        assert!(page.contains(words), "{words:?} is not on the page");
    }
}

#[test]
fn nothing_asked_is_said_in_a_sentence() {
    let mut study = data(SMALL, 2);
    let files = report_files(&study, &options()).unwrap();
    assert!(!files.iter().any(|(name, _)| name == "tables/displays.csv"));
    let asked = "asked for no test of the displays";
    assert!(text_of(&files, "report.html").contains(asked));
    study.protocol.simulated_raters = true;
    let files = report_files(&study, &options()).unwrap();
    assert!(!text_of(&files, "report.html").contains(asked));
}
