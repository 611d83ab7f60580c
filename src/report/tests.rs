//! Reports of tables small enough to work out by hand.

use std::path::Path;

use super::{Analysis, AnalysisOptions};
use crate::{
    stats::{Bootstrap, Metric},
    study::{GradeTable, Scale, StudyError},
};

fn table(text: &str) -> Result<GradeTable, StudyError> {
    GradeTable::decode(text.as_bytes(), Path::new("g.csv"))
}

/// Two raters, three patients, small enough to work out by hand.
fn small_table() -> GradeTable {
    table(
        "rater,patient,arm,grade\n\
         A,1,real,0\nA,1,L1,0\nA,2,real,3\nA,2,L1,4\nA,3,real,4\nA,3,L1,4\n\
         B,1,real,0\nB,1,L1,3\nB,2,real,3\nB,2,L1,3\nB,3,real,4\n",
    )
    .unwrap()
}

fn options() -> AnalysisOptions {
    AnalysisOptions {
        levels: Some(Scale::reflux().numbers()),
        bootstrap: Some(Bootstrap {
            n_resamples: 50,
            ..Bootstrap::default()
        }),
        seed: 11,
        assumed: vec!["one thing".into(), "another".into()],
        ..AnalysisOptions::default()
    }
}

#[test]
fn analysis_of_a_small_study() {
    let analysis = Analysis::of(&small_table(), &options()).unwrap();
    assert_eq!(analysis, Analysis::of(&small_table(), &options()).unwrap());
    assert_eq!(
        (analysis.n_patients, analysis.n_grades, analysis.seed),
        (3, 11, Some(11))
    );
    let real = &analysis.arms[0];
    assert_eq!(
        (real.arm.as_str(), real.n_images, real.n_grades),
        ("real", 3, 6)
    );
    let alpha = &real.agreement.alpha;
    assert!(alpha.values().all(|alpha| alpha.value() == Some(1.0)));
    let predicted = &analysis.arms[1];
    assert_eq!(predicted.distribution[1].n_missing, 1);
    assert_eq!(predicted.distribution[0].counts, [1, 0, 0, 0, 2]);
    assert_eq!(predicted.agreement.alpha["nominal"].n(), 2);

    let comparison = &analysis.comparisons[0];
    assert_eq!(
        (comparison.reference.as_str(), comparison.arm.as_str()),
        ("real", "L1")
    );
    let [a, b] = comparison.raters.as_slice() else {
        panic!("two raters")
    };
    assert_eq!((a.n_pairs, b.n_pairs), (3, 2));
    assert_eq!(a.transitions.counts()[3][4], 1);
    assert_eq!(b.transitions.n_moved_at_least(2), 1);
    let mean = (2.0 / 3.0 + 1.0 / 2.0) / 2.0;
    assert!((comparison.mean_share_alike.unwrap() - mean).abs() < 1e-15);
    assert_eq!(a.alpha.len(), Metric::ALL.len());

    let json = serde_json::to_value(&analysis).unwrap();
    assert_eq!(json["notice"], "Research use only. Not a medical device.");
    assert_eq!(
        json["comparisons"][0]["raters"][0]["transitions"]["rows"],
        "real"
    );
    assert_eq!(json["arms"][0]["alpha"]["ordinal"]["value"], 1.0);
    assert_eq!(json["arms"][1]["cohen"]["A|B"]["quadratic"]["n"], 2);
}

#[test]
fn analysis_as_text() {
    let text = Analysis::of(&small_table(), &options()).unwrap().to_text();
    for words in [
        "Assumed: one thing; another\nAgreement of 2 raters: A, B\nScale: 0, 1, 2, 3, 4\n3 patients, 11 grades\n",
        "Arm real: 3 images, 6 grades\n",
        // Three units make no interval.
        "    Krippendorff's alpha, ordinal             1.000, n = 3",
        "real against L1\n  Graded alike, mean over raters: 58.3 %\n",
        "    alike 2 (66.7 %), up 1, down 0, two steps or more 0\n",
        "    real \\ L1            0          1          2          3            4  all\n",
        "    3            0 (0.0 %)  0 (0.0 %)  0 (0.0 %)  0 (0.0 %)  1 (100.0 %)    1\n",
        "    1                    -          -          -          -            -    0\n",
        "  Transitions: rows real, columns the other arm; shares are of the row\n",
        "  Seed of the resamples: 11\n",
        "\nResearch use only. Not a medical device.\n",
    ] {
        assert!(text.contains(words), "{words:?} is not in\n{text}");
    }
    // No line ends in blanks, and undefined values are words.
    assert!(text.lines().all(|line| line.trim_end() == line), "{text}");
    let equal = table("rater,patient,arm,grade\nA,1,real,3\nB,1,real,3\n").unwrap();
    let text = Analysis::of(&equal, &options()).unwrap().to_text();
    assert!(text.contains("undefined (no variation), n = 1\n"), "{text}");
    assert!(text.contains("so nothing is compared"), "{text}");
}

#[test]
fn analysis_needs_grades_on_the_scale() {
    let empty = table("rater,patient,arm,grade\n").unwrap();
    let said = Analysis::of(&empty, &options()).unwrap_err().to_string();
    assert_eq!(said, "there are no ratings");
    let off = table("rater,patient,arm,grade\nA,1,real,7\n").unwrap();
    let said = Analysis::of(&off, &options()).unwrap_err().to_string();
    assert!(
        said.starts_with("rating 7 of unit 1 by rater 1 is not a level"),
        "{said}"
    );
}
