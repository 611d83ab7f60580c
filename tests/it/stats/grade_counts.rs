//! Grades, "cannot grade" and missing answers.

use cisterna::stats::{Cell, GradeCounts};

use super::GRADES;

#[test]
fn cannot_grade_is_not_missing() {
    let cells = [
        Cell::Grade(0.0),
        Cell::CannotGrade,
        Cell::Grade(0.0),
        Cell::Missing,
        Cell::Grade(4.0),
        Cell::Missing,
    ];
    let counts = GradeCounts::of(&GRADES, &cells).unwrap();
    assert_eq!(counts.counts, [2, 0, 0, 0, 1]);
    assert_eq!(
        (counts.cannot_grade, counts.missing, counts.n_graded()),
        (1, 2, 3)
    );
    assert_eq!(counts.share_cannot_grade(), Some(0.25));
    let for_agreement: Vec<Option<f64>> = cells.iter().map(|cell| cell.grade()).collect();
    assert_eq!(
        for_agreement,
        [Some(0.0), None, Some(0.0), None, Some(4.0), None]
    );
    let json = serde_json::to_value(&counts).unwrap();
    assert_eq!(json["cannot_grade"], 1);
    assert_eq!(json["counts"][4], 1);
}

#[test]
fn bad_grades_are_named() {
    let found = GradeCounts::of(&GRADES, &[Cell::Missing, Cell::Grade(5.0)]);
    let words = found.unwrap_err().to_string();
    assert!(words.starts_with("rating 5 of unit 2"), "{words}");
    let none = GradeCounts::of(&GRADES, &[Cell::Missing]).unwrap();
    assert_eq!(none.share_cannot_grade(), None);
}
