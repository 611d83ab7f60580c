//! The Bern score: thresholds, points, bands, ranges; worksheets that are refused with their field.

use cisterna::anatomy::bern::{
    Band, Findings, Item, Line, Marked, Measured, SHEET_FORMAT, Score, Seen, Sheet, SheetScan,
    Signs,
};
use serde_json::{Value, json};

/// A head with nothing.
const NOTHING: Findings = Findings {
    pachymeningeal: Seen::Absent,
    venous: Seen::Absent,
    suprasellar_mm: Some(5.5),
    subdural: Seen::Absent,
    prepontine_mm: Some(6.0),
    mamillopontine_mm: Some(8.0),
};

#[test]
fn thresholds_are_met_by_the_length_as_it_is() {
    #[track_caller]
    fn check(findings: Findings, points: u8) {
        assert_eq!(findings.score().points(), Some(points), "{findings:?}");
    }
    check(NOTHING, 0);
    let below = |x: f64| f64::from_bits(x.to_bits() - 1);
    let above = |x: f64| f64::from_bits(x.to_bits() + 1);
    for (limit, points) in [(4.0, 2), (5.0, 1), (6.5, 1)] {
        for (mm, expected) in [
            (0.0, points),
            (below(limit), points),
            (limit, points),
            (above(limit), 0),
            (limit + 0.04, 0),
        ] {
            let mut findings = NOTHING;
            let slot = match limit {
                4.0 => &mut findings.suprasellar_mm,
                5.0 => &mut findings.prepontine_mm,
                _ => &mut findings.mamillopontine_mm,
            };
            *slot = Some(mm);
            check(findings, expected);
        }
    }
    check(
        Findings {
            pachymeningeal: Seen::Present,
            ..NOTHING
        },
        2,
    );
    check(
        Findings {
            venous: Seen::Present,
            ..NOTHING
        },
        2,
    );
    check(
        Findings {
            subdural: Seen::Present,
            ..NOTHING
        },
        1,
    );
}

#[test]
fn every_combination_has_its_points_and_band() {
    // All 3^6 ways of present, absent and not assessable.
    for code in 0..729_u32 {
        let state = |item: usize| code / 3_u32.pow(item as u32) % 3;
        let seen = |item| [Seen::Absent, Seen::Present, Seen::NotAssessable][state(item) as usize];
        let mm =
            |item, limit: f64| [Some(limit + 1.0), Some(limit - 1.0), None][state(item) as usize];
        let findings = Findings {
            pachymeningeal: seen(0),
            venous: seen(1),
            suprasellar_mm: mm(2, 4.0),
            subdural: seen(3),
            prepontine_mm: mm(4, 5.0),
            mamillopontine_mm: mm(5, 6.5),
        };
        let points = [2, 2, 2, 1, 1, 1];
        let sum = |states: &[u32]| -> u8 {
            let counted = (0..6).filter(|&item| states.contains(&state(item)));
            counted.map(|item| points[item]).sum()
        };
        let score = findings.score();
        assert_eq!([score.least, score.most], [sum(&[1]), sum(&[1, 2])]);
        assert_eq!(score.points().is_some(), score.least == score.most);
        let band = |points: u8| {
            if points <= 2 {
                "low"
            } else if points <= 4 {
                "intermediate"
            } else {
                "high"
            }
        };
        assert_eq!(
            score.bands().map(Band::name),
            [band(score.least), band(score.most)]
        );
    }
    let names: Vec<&str> = (0..=9).map(|points| Band::of(points).name()).collect();
    assert_eq!(
        names[2..=5],
        ["low", "intermediate", "intermediate", "high"]
    );
}

#[test]
fn a_length_that_is_no_length_is_not_assessable() {
    for wrong in [f64::NAN, f64::INFINITY, -0.1] {
        let findings = Findings {
            suprasellar_mm: Some(wrong),
            ..NOTHING
        };
        assert_eq!(findings.score(), Score { least: 0, most: 2 });
    }
}

#[test]
fn yields_are_those_that_were_published_and_none_is_made_up() {
    assert_eq!(Band::Low.published_yield_percent(), Some([0, 7]));
    assert_eq!(Band::Intermediate.published_yield_percent(), None);
    assert_eq!(Band::High.published_yield_percent(), Some([67, 100]));
    let range = Findings {
        venous: Seen::NotAssessable,
        pachymeningeal: Seen::Present,
        ..NOTHING
    };
    assert_eq!(range.score().to_string(), "2-4");
    assert_eq!(range.score().band(), None);
}

#[test]
fn lengths_near_their_threshold_are_named() {
    let findings = Findings {
        suprasellar_mm: Some(4.9),
        prepontine_mm: Some(6.2),
        mamillopontine_mm: Some(5.5),
        ..NOTHING
    };
    assert_eq!(
        findings.near_threshold(1.0),
        [Item::Suprasellar, Item::Mamillopontine]
    );
    assert_eq!(findings.near_threshold(0.5), []);
    let unknown = Findings {
        suprasellar_mm: None,
        ..findings
    };
    assert_eq!(
        unknown.near_threshold(2.0),
        [Item::Prepontine, Item::Mamillopontine]
    );
}

pub(crate) fn sheet() -> Sheet {
    let line = |mm: f64| {
        Measured::By(Line {
            from_mm: [0.1, -3.25, 17.123_456_789_012_3],
            to_mm: [0.1, -3.25, 17.123_456_789_012_3 + mm],
        })
    };
    Sheet {
        format: SHEET_FORMAT.to_owned(),
        scan: SheetScan {
            name: "sub-01_ce-gadolinium_T1w.nii.gz".to_owned(),
            sha256: "0123456789abcdef".repeat(4),
            voxel_mm: 1.0,
        },
        reader: "R1".to_owned(),
        signed_at: Some("2026-05-04T10:20:30Z".to_owned()),
        signs: Signs {
            pachymeningeal_enhancement: Seen::Present,
            venous_sinus_engorgement: Seen::Absent,
            subdural_collection: Seen::NotAssessable,
        },
        lines: Marked {
            suprasellar_cistern: line(3.2),
            prepontine_cistern: Measured::NotAssessable,
            mamillopontine_distance: line(6.6),
        },
    }
}

#[test]
fn a_worksheet_comes_back_to_the_last_digit() {
    let before = sheet();
    let after = Sheet::from_json(&before.to_json().unwrap()).unwrap();
    assert_eq!(before, after);
    let score = after.findings().score();
    assert_eq!([score.least, score.most], [4, 6]);
    let draft = Sheet {
        signed_at: None,
        ..before
    };
    assert_eq!(Sheet::from_json(&draft.to_json().unwrap()).unwrap(), draft);
}

#[test]
fn bad_worksheets_name_their_field() {
    let good: Value = serde_json::from_str(&sheet().to_json().unwrap()).unwrap();
    #[track_caller]
    fn check(good: &Value, place: &str, value: Option<Value>, said: &[&str]) {
        let mut bad = good.clone();
        let (parent, name) = place.rsplit_once('/').unwrap();
        let object = bad.pointer_mut(parent).unwrap().as_object_mut().unwrap();
        match value {
            Some(value) => object.insert(name.to_owned(), value),
            None => object.remove(name),
        };
        let error = Sheet::from_json(&bad.to_string()).unwrap_err().to_string();
        assert!(
            said.iter().all(|word| error.contains(word)),
            "{place}: {error}"
        );
    }
    let check = |place, value, said: &[&str]| check(&good, place, value, said);
    check(
        "/format",
        Some(json!("cisterna-bern-2")),
        &["format", "cisterna-bern-2"],
    );
    check("/reader", Some(json!("  ")), &["reader", "empty"]);
    check("/reader", None, &["reader", "missing"]);
    check("/reader", Some(json!(3)), &["reader", "3", "not a text"]);
    check(
        "/colour",
        Some(json!(1)),
        &["colour", "no worksheet has that field"],
    );
    check("/scan", Some(json!([])), &["scan", "not an object"]);
    check(
        "/scan/sha256",
        Some(json!("ABC")),
        &["scan.sha256", "ABC", "64"],
    );
    check(
        "/scan/sha256",
        Some(json!("0123456789ABCDEF".repeat(4))),
        &["scan.sha256", "lower case"],
    );
    check(
        "/scan/voxel_mm",
        Some(json!(0)),
        &["scan.voxel_mm", "above 0"],
    );
    check(
        "/scan/voxel_mm",
        Some(json!("1")),
        &["scan.voxel_mm", "not a number"],
    );
    check("/scan/name", Some(json!("")), &["scan.name", "empty"]);
    check(
        "/signed_at",
        Some(json!("yesterday")),
        &["signed_at", "yesterday", "UTC"],
    );
    check(
        "/signed_at",
        Some(json!("2026-02-30T10:20:30Z")),
        &["signed_at"],
    );
    check(
        "/signed_at",
        Some(json!("2026-05-04T10:20:30")),
        &["signed_at"],
    );
    check(
        "/signs/venous_sinus_engorgement",
        Some(json!("yes")),
        &["signs.venous_sinus_engorgement", "yes", "present"],
    );
    check(
        "/signs/subdural_collection",
        None,
        &["signs.subdural_collection", "missing"],
    );
    check(
        "/lines/prepontine_cistern",
        Some(json!(4.2)),
        &["lines.prepontine_cistern", "4.2", "from_mm"],
    );
    check(
        "/lines/prepontine_cistern",
        Some(json!("unknown")),
        &["lines.prepontine_cistern", "unknown"],
    );
    let point = "/lines/suprasellar_cistern/from_mm";
    check(
        point,
        Some(json!([1, 2])),
        &["lines.suprasellar_cistern.from_mm", "three numbers"],
    );
    check(
        point,
        Some(json!([1, 2, "3"])),
        &["lines.suprasellar_cistern.from_mm", "three numbers"],
    );
    check(
        point,
        Some(json!([1, 2, 300])),
        &["lines.suprasellar_cistern", "mm long"],
    );
    check(
        "/lines/suprasellar_cistern/to_mm",
        None,
        &["lines.suprasellar_cistern.to_mm", "missing"],
    );
    for text in ["", "[]", "null", "{\"format\": ", "not JSON"] {
        assert!(Sheet::from_json(text).is_err(), "{text}");
    }
}
