//! Study rules: case lists, the draw and what it must not tell, keys, exports, tables, reports.

use std::{
    collections::{BTreeMap, BTreeSet},
    path::{Path, PathBuf},
};

use cisterna::{
    report::{Analysis, AnalysisOptions},
    study::{
        CaseCode, CaseImage, CaseRow, Design, ExportRow, GradeEntry, GradeTable, Key, Scale,
        StudyError, decode_cases, export_csv, export_rows, next_case, progress, rfc3339, standing,
    },
    volume::{PLANE_SIZE, PlaneImage, PlanePair},
};
use proptest::prelude::*;

fn decode(text: &str) -> Result<Vec<CaseRow>, StudyError> {
    decode_cases(text.as_bytes(), Path::new("lists/cases.csv"))
}

fn case(patient: &str, arm: &str) -> CaseRow {
    CaseRow {
        patient: patient.into(),
        arm: arm.into(),
        image: PathBuf::from(format!("/scans/{patient}-{arm}.nii.gz")),
        axial_mm: None,
        sagittal_mm: None,
    }
}

/// Every patient in every arm.
fn cases(n_patients: usize, arms: &[&str]) -> Vec<CaseRow> {
    (1..=n_patients)
        .flat_map(|patient| {
            arms.iter()
                .map(move |arm| case(&format!("sub-{patient:02}"), arm))
        })
        .collect()
}

fn raters(names: &[&str]) -> Vec<String> {
    names.iter().map(|name| (*name).to_owned()).collect()
}

#[test]
fn case_list_is_decoded() {
    let found = decode(
        "\u{feff}patient,arm,image,axial_mm,sagittal_mm\r\n\
         sub-01, real ,real/01.nii.gz,12.5,\r\n\
         sub-01,L1,/abs/01.nii.gz,,-3\r\n",
    )
    .unwrap();
    assert_eq!(found.len(), 2);
    assert_eq!(found[0].patient, "sub-01");
    assert_eq!(found[0].arm, "real");
    assert_eq!(found[0].image, Path::new("lists/real/01.nii.gz"));
    assert_eq!(
        (found[0].axial_mm, found[0].sagittal_mm),
        (Some(12.5), None)
    );
    assert_eq!(found[1].image, Path::new("/abs/01.nii.gz"));
    assert_eq!(
        (found[1].axial_mm, found[1].sagittal_mm),
        (None, Some(-3.0))
    );
    // Quoted fields, another column order, no optional columns.
    let found = decode("image,arm,patient\n\"a, b.nii\",real,\"Doe\"\n").unwrap();
    assert_eq!(found[0].image, Path::new("lists/a, b.nii"));
}

#[test]
fn bad_case_lists_are_refused_by_name() {
    #[track_caller]
    fn check(text: &str, words: &str) {
        let said = decode(text).unwrap_err().to_string();
        assert_eq!(said, format!("{words}: lists/cases.csv"));
    }
    check("", "column \"patient\" is missing from \"\"");
    check(
        "patient,arm\n",
        "column \"image\" is missing from \"patient,arm\"",
    );
    check("patient,arm,image,side\n", "unknown column \"side\"");
    check("patient,arm,image,arm\n", "column \"arm\" is there twice");
    check("patient,arm,image\n", "the list has no cases");
    check(
        "patient,arm,image\na,real,x\n,real,y\n",
        "line 3, patient \"\": must not be empty",
    );
    check(
        "patient,arm,image\na,,x\n",
        "line 2, arm \"\": must not be empty",
    );
    check(
        "patient,arm,image\na,real, \n",
        "line 2, image \"\": must not be empty",
    );
    check(
        "patient,arm,image\na,real,x\na,real,y\n",
        "line 3, patient \"a\": arm \"real\" of this patient is listed twice",
    );
    check(
        "patient,arm,image,axial_mm\na,real,x,1,5\n",
        "cannot decode line 2: 5 fields where the header has 4",
    );
    check(
        "patient,arm,image,axial_mm\na,real,x,12cm\n",
        "line 2, axial_mm \"12cm\": is not a number",
    );
    check(
        "patient,arm,image,sagittal_mm\na,real,x,NaN\n",
        "line 2, sagittal_mm \"NaN\": is not a number",
    );
    let latin1 = b"patient,arm,image\nM\xfcller,real,x\n";
    let said = decode_cases(&latin1[..], Path::new("c.csv"))
        .unwrap_err()
        .to_string();
    assert_eq!(said, "cannot decode line 2: the text is not UTF-8: c.csv");
    let said = cisterna::study::open_cases(Path::new("/no/such.csv"))
        .unwrap_err()
        .to_string();
    assert!(
        said.starts_with("cannot open: ") && said.ends_with(": /no/such.csv"),
        "{said}"
    );
}

#[test]
fn bad_draws_are_refused() {
    #[track_caller]
    fn check(cases: &[CaseRow], names: &[&str], words: &str) {
        assert_eq!(
            Design::draw(cases, &raters(names), 1)
                .unwrap_err()
                .to_string(),
            words
        );
    }
    let some = cases(2, &["real", "L1"]);
    check(&[], &["A"], "a study needs at least one case");
    check(&some, &[], "a study needs at least one rater");
    check(&some, &["A", " "], "rater 2 has an empty name");
    check(&some, &["A", "B", "A"], "rater \"A\" is listed twice");
    check(
        &[case("p", "real"), case("", "L1")],
        &["A"],
        "patient of case 2 has an empty name",
    );
    check(&[case("p", " ")], &["A"], "arm of case 1 has an empty name");
    let twice = [case("p", "L1"), case("p", "L1")];
    check(&twice, &["A"], "patient \"p\", arm \"L1\" is listed twice");
}

#[test]
fn the_same_seed_gives_the_same_study() {
    let listed = cases(31, &["real", "L1"]);
    let (design, key) = Design::draw(&listed, &raters(&["A", "B", "C"]), 42).unwrap();
    let again = Design::draw(&listed, &raters(&["A", "B", "C"]), 42).unwrap();
    assert_eq!((&design, &key), (&again.0, &again.1));
    // The order of the list says nothing.
    let mut reversed = listed.clone();
    reversed.reverse();
    assert_eq!(
        Design::draw(&reversed, &raters(&["A", "B", "C"]), 42)
            .unwrap()
            .0,
        design
    );
    // A rater's worklist does not depend on the others.
    let (fewer, _) = Design::draw(&listed, &raters(&["C"]), 42).unwrap();
    assert_eq!(fewer.worklists[0], design.worklists[2]);
    // Another seed, or another list, gives other codes.
    assert_ne!(
        Design::draw(&listed, &raters(&["A", "B", "C"]), 43)
            .unwrap()
            .0
            .codes,
        design.codes
    );
    let (other, _) = Design::draw(&cases(31, &["real", "L2"]), &raters(&["A"]), 42).unwrap();
    assert_ne!(other.codes, design.codes);
    // Golden: a change here breaks the promise that an old seed can be checked.
    assert_eq!(design.codes.len(), 62);
    let first: Vec<&str> = design.codes.iter().take(3).map(CaseCode::as_str).collect();
    assert_eq!(first, GOLDEN_CODES);
    assert_eq!(design.fingerprint(), GOLDEN_FINGERPRINT);
}

const GOLDEN_CODES: [&str; 3] = ["3JFKHQ", "3JYX4G", "47D6PP"];
const GOLDEN_FINGERPRINT: &str = "514f3d81e96d9c044495a6ebbb9d4cd961de54ff4d2f88255a4f5d3139bc4163";

/// The papers' study: 62 images, 3 raters, 2 installments.
#[test]
fn the_papers_study() {
    let (design, key) =
        Design::draw(&cases(31, &["real", "L1"]), &raters(&["A", "B", "C"]), 7).unwrap();
    let orders: BTreeSet<&Vec<CaseCode>> = design
        .worklists
        .iter()
        .flat_map(|worklist| &worklist.installments)
        .collect();
    assert_eq!(
        orders.len(),
        6,
        "every rater and installment has its own order"
    );
    for worklist in &design.worklists {
        let sizes: Vec<usize> = worklist.installments.iter().map(Vec::len).collect();
        assert_eq!(sizes, [31, 31]);
        assert_eq!(worklist.n_cases(), 62);
        let slots: Vec<_> = worklist.slots().collect();
        assert_eq!((slots[0].installment, slots[0].position), (1, 1));
        assert_eq!((slots[61].installment, slots[61].position), (2, 31));
    }
    check_rules(&design, &key);
}

/// What every draw must keep.
fn check_rules(design: &Design, key: &Key) {
    let codes: BTreeSet<&CaseCode> = design.codes.iter().collect();
    assert_eq!(codes.len(), design.codes.len(), "codes are unique");
    assert!(design.codes.is_sorted());
    assert!(key.cases().iter().map(|case| &case.code).eq(&design.codes));
    let mut n_images: BTreeMap<&str, usize> = BTreeMap::new();
    for case in key.cases() {
        *n_images.entry(&case.patient).or_default() += 1;
    }
    let arms: BTreeSet<&str> = key.cases().iter().map(|case| case.arm.as_str()).collect();
    for worklist in &design.worklists {
        assert_eq!(
            worklist.installments.len(),
            *n_images.values().max().unwrap()
        );
        let given: Vec<&CaseCode> = worklist.installments.iter().flatten().collect();
        assert_eq!(given.len(), design.codes.len(), "every case once");
        assert_eq!(given.into_iter().collect::<BTreeSet<_>>(), codes);
        for installment in &worklist.installments {
            let patients: BTreeSet<&str> = installment
                .iter()
                .map(|code| key.entry(code).unwrap().patient.as_str())
                .collect();
            assert_eq!(
                patients.len(),
                installment.len(),
                "one image of a patient at a time"
            );
        }
        for arm in &arms {
            let count = |codes: &Vec<CaseCode>| {
                codes
                    .iter()
                    .filter(|code| key.entry(code).unwrap().arm == *arm)
                    .count()
            };
            let counts: Vec<usize> = worklist.installments.iter().map(count).collect();
            let (low, high) = (counts.iter().min().unwrap(), counts.iter().max().unwrap());
            assert!(high - low <= 1, "arm {arm} is spread {counts:?}");
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(128))]

    /// Any patients in any arms: uneven studies too.
    #[test]
    fn every_draw_keeps_the_rules(
        present in proptest::collection::vec(proptest::collection::vec(any::<bool>(), 1..5), 1..20),
        n_raters in 1_usize..4,
        seed in any::<u64>(),
    ) {
        let mut listed = Vec::new();
        for (patient, arms) in present.iter().enumerate() {
            for (arm, _) in arms.iter().enumerate().filter(|(_, there)| **there) {
                listed.push(case(&format!("p{patient}"), &format!("arm{arm}")));
            }
        }
        prop_assume!(!listed.is_empty());
        let names: Vec<String> = (0..n_raters).map(|rater| format!("r{rater}")).collect();
        let (design, key) = Design::draw(&listed, &names, seed).unwrap();
        check_rules(&design, &key);
    }
}

/// Pearson's chi-square of a table against independence of rows and columns.
fn chi_square(table: &[Vec<f64>]) -> f64 {
    let rows: Vec<f64> = table.iter().map(|row| row.iter().sum()).collect();
    let columns: Vec<f64> = (0..table[0].len())
        .map(|column| table.iter().map(|row| row[column]).sum())
        .collect();
    let n: f64 = rows.iter().sum();
    let mut sum = 0.0;
    for (row, of_row) in table.iter().zip(&rows) {
        for (cell, of_column) in row.iter().zip(&columns) {
            let expected = of_row * of_column / n;
            sum += (cell - expected).powi(2) / expected;
        }
    }
    sum
}

/// Over many seeds: neither the place of a code in the alphabet, nor the position, nor the
/// installment, nor the case before, nor another rater's installment tells the arm. Bounds are
/// chi-square's upper 1e-5 points; seeds are fixed, so this fails always or never.
#[test]
fn nothing_a_rater_sees_predicts_the_arm() {
    const N: usize = 8;
    let listed = cases(N, &["real", "L1"]);
    let names = raters(&["A", "B"]);
    let mut by_code = vec![vec![0.0; 2]; 2 * N];
    let mut by_position = vec![vec![0.0; 2]; N];
    let mut by_installment = vec![vec![0.0; 2]; N];
    let mut by_other_rater = vec![vec![0.0; 2]; 2];
    let mut n_same_as_before = 0.0;
    let mut n_neighbours = 0.0;
    for seed in 0..1000 {
        let (design, key) = Design::draw(&listed, &names, seed).unwrap();
        let is_real = |code: &CaseCode| usize::from(key.entry(code).unwrap().arm == "real");
        for (rank, code) in design.codes.iter().enumerate() {
            by_code[rank][is_real(code)] += 1.0;
        }
        let first = &design.worklists[0].installments[0];
        for (position, code) in first.iter().enumerate() {
            by_position[position][is_real(code)] += 1.0;
            let patient: usize = key.entry(code).unwrap().patient[4..].parse().unwrap();
            by_installment[patient - 1][is_real(code)] += 1.0;
            let other = design.worklists[1].installments[0].contains(code);
            if patient == 1 {
                by_other_rater[usize::from(other)][is_real(code)] += 1.0;
            }
        }
        for pair in first.windows(2) {
            n_same_as_before += f64::from(is_real(&pair[0]) == is_real(&pair[1]));
            n_neighbours += 1.0;
        }
    }
    assert!(chi_square(&by_code) < 50.5, "code: {by_code:?}");
    assert!(chi_square(&by_position) < 35.0, "position: {by_position:?}");
    assert!(
        chi_square(&by_installment) < 35.0,
        "installment: {by_installment:?}"
    );
    assert!(
        chi_square(&by_other_rater) < 19.6,
        "other rater: {by_other_rater:?}"
    );
    // Of eight images four are real: the next one is of the same arm in 3 of 7 cases.
    let same = n_same_as_before / n_neighbours;
    assert!((same - 3.0 / 7.0).abs() < 0.03, "neighbours: {same}");
}

#[test]
fn key_file_round_trip() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("study.key.json");
    let listed = cases(3, &["real", "L1"]);
    let (design, key) = Design::draw(&listed, &raters(&["A"]), u64::MAX).unwrap();
    key.save(&path).unwrap();
    let opened = Key::open(&path).unwrap();
    assert_eq!(opened, key);
    assert_eq!(opened.seed(), u64::MAX);
    opened.check_opens(&design).unwrap();
    for row in &listed {
        let entry = opened
            .cases()
            .iter()
            .find(|entry| (&entry.patient, &entry.arm) == (&row.patient, &row.arm));
        assert_eq!(entry.unwrap().image, row.image);
    }
    let (other, _) = Design::draw(&listed, &raters(&["A"]), 1).unwrap();
    assert!(matches!(
        key.check_opens(&other),
        Err(StudyError::OtherStudysKey)
    ));
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        let mode = std::fs::metadata(&path).unwrap().permissions().mode();
        assert_eq!(mode & 0o077, 0, "only its owner may open a key");
    }
    // Never overwritten, and nothing left beside it.
    assert!(matches!(key.save(&path), Err(StudyError::Exists(_))));
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 1);
    for (text, words) in [
        ("{}", "missing field `format`"),
        ("not json", "expected"),
        (
            r#"{"format":"x","version":1,"design_sha256":"","seed":1,"cases":[]}"#,
            "its format is \"x\"",
        ),
        (
            r#"{"format":"cisterna study key","version":2,"design_sha256":"","seed":1,"cases":[]}"#,
            "it has version 2, not 1",
        ),
    ] {
        let path = folder.path().join("other.json");
        std::fs::write(&path, text).unwrap();
        let said = Key::open(&path).unwrap_err().to_string();
        assert!(
            said.starts_with("not a study key: ") && said.contains(words),
            "{said}"
        );
    }
}

#[test]
fn codes_and_grades_are_checked() {
    #[track_caller]
    fn check(text: &str, is_code: bool) {
        assert_eq!(CaseCode::parse(text).is_ok(), is_code, "{text}");
    }
    check("CDF347", true);
    check("CDF34", false);
    check("CDF3477", false);
    check("CDF340", false);
    check("cdf347", false);
    check("CDF34ö", false);
    assert!(serde_json::from_str::<CaseCode>("\"O00000\"").is_err());

    let scale = Scale::reflux();
    scale.check().unwrap();
    assert_eq!(scale.numbers(), [0.0, 1.0, 2.0, 3.0, 4.0]);
    for value in 0..5 {
        let grade = scale.grade(value).unwrap();
        assert_eq!(grade.get(), value);
        assert!(!scale.level(grade).unwrap().definition.is_empty());
    }
    let said = scale.grade(5).unwrap_err().to_string();
    assert_eq!(said, "grade 5 is not on the scale (0, 1, 2, 3, 4)");
    let mut falling = Scale::reflux();
    falling.levels.swap(1, 2);
    let said = falling.check().unwrap_err().to_string();
    assert_eq!(said, "the scale is not usable: grade 1 comes after grade 2");
    falling.levels.clear();
    assert!(falling.check().is_err());
}

fn plane(value: impl Fn(usize) -> f32) -> PlaneImage {
    PlaneImage {
        data: (0..PLANE_SIZE * PLANE_SIZE).map(value).collect(),
        inside: vec![true; PLANE_SIZE * PLANE_SIZE],
    }
}

#[test]
fn blinded_pictures_keep_their_values() {
    let code = CaseCode::parse("CDF347").unwrap();
    let pair = PlanePair {
        axial: plane(|i| i as f32 / 65535.0),
        sagittal: plane(|i| if i == 0 { -1.0 } else { 2.0 }),
    };
    let image = CaseImage::from_pair(code.clone(), &pair).unwrap();
    assert_eq!(
        (image.axial.first(), image.axial.last()),
        (Some(&0), Some(&65535))
    );
    assert_eq!((image.sagittal[0], image.sagittal[1]), (0, 65535));
    let back = image.axial_unit();
    for (before, after) in pair.axial.data.iter().zip(&back) {
        assert!(
            (before - after).abs() <= 0.5 / 65535.0 + 1e-7,
            "{before} {after}"
        );
    }
    let again = PlanePair {
        axial: plane(|i| back[i]),
        sagittal: pair.sagittal.clone(),
    };
    assert_eq!(CaseImage::from_pair(code.clone(), &again).unwrap(), image);
    assert_eq!(image.sagittal_unit()[..2], [0.0, 1.0]);

    let nan = PlanePair {
        axial: pair.axial.clone(),
        sagittal: plane(|i| if i == 258 { f32::NAN } else { 0.0 }),
    };
    let said = CaseImage::from_pair(code.clone(), &nan)
        .unwrap_err()
        .to_string();
    assert!(said.contains("sagittal plane of case CDF347"), "{said}");
    assert!(said.contains("row 1, column 2 is not a number"), "{said}");
    let mut small = pair;
    small.axial.data.truncate(9);
    let said = CaseImage::from_pair(code, &small).unwrap_err().to_string();
    assert!(said.contains("it has 9 values, not 256 x 256"), "{said}");
}

/// A design, a picture and a place in a worklist, as text, in both ways that Rust has.
#[test]
fn what_a_rater_is_given_names_no_arm() {
    let seed = 1_311_768_467_463_790_320;
    let (design, key) = Design::draw(&cases(3, &["real", "L1"]), &raters(&["A"]), seed).unwrap();
    let pair = PlanePair {
        axial: plane(|_| 0.5),
        sagittal: plane(|_| 0.5),
    };
    for case in key.cases() {
        let image = CaseImage::from_pair(case.code.clone(), &pair).unwrap();
        let slot = next_case(&design.worklists[0], &[]).unwrap();
        let grade = entry(1, "A", (1, 1), &case.code, 3);
        let given = format!(
            "{design:?} {image:?} {slot:?} {grade:?} {}",
            serde_json::to_string(&grade).unwrap()
        );
        for secret in [
            &case.patient,
            &case.arm,
            &seed.to_string(),
            "sub-",
            "scans",
            ".nii",
        ] {
            assert!(!given.contains(secret), "{secret}");
        }
        // The same planes give the same picture, whatever the arm.
        assert_eq!((image.axial[0], image.sagittal[0]), (32768, 32768));
    }
}

#[test]
fn times_are_written_in_utc() {
    #[track_caller]
    fn check(unix_millis: i64, expected: &str) {
        assert_eq!(rfc3339(unix_millis), expected);
    }
    check(0, "1970-01-01T00:00:00.000Z");
    check(-1, "1969-12-31T23:59:59.999Z");
    check(951_782_400_000, "2000-02-29T00:00:00.000Z");
    check(951_868_799_999, "2000-02-29T23:59:59.999Z");
    check(1_709_164_800_000, "2024-02-29T00:00:00.000Z");
    check(1_735_689_599_000, "2024-12-31T23:59:59.000Z");
    check(1_767_225_600_123, "2026-01-01T00:00:00.123Z");
    check(4_107_542_400_000, "2100-03-01T00:00:00.000Z");
}

/// An entry as the ledger would hand it back.
fn entry(id: i64, rater: &str, place: (u32, u32), code: &CaseCode, grade: u8) -> GradeEntry {
    GradeEntry {
        id,
        rater: rater.into(),
        installment: place.0,
        position: place.1,
        code: code.clone(),
        grade: Scale::reflux().grade(grade).unwrap(),
        opened_unix_millis: 1_767_225_600_000,
        committed_unix_millis: 1_767_225_612_345,
        app_version: "0.1.0".into(),
        display: "{}".into(),
        replaces: None,
        reason: None,
    }
}

#[test]
fn progress_is_derived() {
    let (design, _) = Design::draw(&cases(2, &["real", "L1"]), &raters(&["A", "B"]), 3).unwrap();
    let worklist = &design.worklists[0];
    let slots: Vec<_> = worklist.slots().collect();
    let mut entries = Vec::new();
    for (n_done, slot) in slots.iter().enumerate() {
        assert_eq!(next_case(worklist, &entries).as_ref(), Some(slot));
        assert_eq!(progress(worklist, &entries).n_graded(), n_done);
        let place = (slot.installment, slot.position);
        let id = entries.len() as i64 + 1;
        // The other rater's grades do not count.
        entries.push(entry(id, "B", place, &slot.code, 0));
        entries.push(entry(id + 1, "A", place, &slot.code, 0));
    }
    assert_eq!(next_case(worklist, &entries), None);
    let done = progress(worklist, &entries);
    assert!(done.is_done());
    assert_eq!((done.n_cases(), done.installments.len()), (4, 2));
    // A correction counts once.
    let mut correction = entry(99, "A", (1, 1), &slots[0].code, 3);
    correction.replaces = Some(2);
    correction.reason = Some("slip".into());
    entries.push(correction);
    assert_eq!(progress(worklist, &entries).n_graded(), 4);
    let standing: Vec<i64> = standing(&entries).iter().map(|entry| entry.id).collect();
    assert_eq!(standing, [1, 3, 4, 5, 6, 7, 8, 99]);
}

#[test]
fn export_and_back() {
    let (design, key) = Design::draw(&cases(2, &["Real", "L1"]), &raters(&["A, B"]), 3).unwrap();
    let slots: Vec<_> = design.worklists[0].slots().collect();
    let mut entries: Vec<GradeEntry> = (1..)
        .zip(&slots)
        .map(|(id, slot)| entry(id, "A, B", (slot.installment, slot.position), &slot.code, 0))
        .collect();
    let mut correction = entry(5, "A, B", (1, 1), &slots[0].code, 4);
    correction.replaces = Some(1);
    entries.push(correction);

    let text = |rows: &[ExportRow]| {
        let mut out = Vec::new();
        export_csv(rows, &mut out).unwrap();
        String::from_utf8(out).unwrap()
    };
    let header = "rater,installment,position,case_code,patient,arm,grade,status,opened_utc,\
                  committed_utc,seconds\n";
    assert_eq!(text(&[]), header);
    let blind = export_rows(&entries, None).unwrap();
    let expected = format!(
        "\"A, B\",1,1,{},,,0,replaced,2026-01-01T00:00:00.000Z,2026-01-01T00:00:12.345Z,12.345\n",
        slots[0].code
    );
    assert!(
        text(&blind).starts_with(&(header.to_owned() + &expected)),
        "{}",
        text(&blind)
    );
    assert!(!text(&blind).contains("sub-0"));
    assert!(matches!(
        GradeTable::from_export(&blind),
        Err(StudyError::StillBlind(_))
    ));
    let said = GradeTable::decode(text(&blind).as_bytes(), Path::new("e.csv")).unwrap_err();
    assert!(
        said.to_string().contains("export it again with the key"),
        "{said}"
    );

    let named = export_rows(&entries, Some(&key)).unwrap();
    let table = GradeTable::from_export(&named).unwrap();
    assert_eq!(
        GradeTable::decode(text(&named).as_bytes(), Path::new("e.csv")).unwrap(),
        table
    );
    assert_eq!(table.n_grades(), 4);
    assert_eq!(table.raters(), ["A, B"]);
    assert_eq!(table.arms(), ["real", "L1"]);
    let corrected = key.entry(&slots[0].code).unwrap();
    let arm = if corrected.arm == "Real" {
        "real"
    } else {
        "L1"
    };
    assert_eq!(table.grade("A, B", &corrected.patient, arm), Some(4.0));

    let (_, other) = Design::draw(&cases(2, &["real", "L1"]), &raters(&["A"]), 4).unwrap();
    assert!(matches!(
        export_rows(&entries, Some(&other)),
        Err(StudyError::CodeNotInKey(_))
    ));
}

fn table(text: &str) -> Result<GradeTable, StudyError> {
    GradeTable::decode(text.as_bytes(), Path::new("g.csv"))
}

#[test]
fn grade_tables_are_decoded() {
    let long = table(
        "arm,grade,rater,patient,comment\nL1,3,B,p1,\nREAL,0,A,p1,clear\nreal,4,A,p2,\nL1,,A,p1,\n",
    )
    .unwrap();
    assert_eq!(long.arms(), ["real", "L1"]);
    assert_eq!(long.raters(), ["A", "B"]);
    assert_eq!(long.n_grades(), 3);
    assert_eq!(long.units("real"), [[Some(0.0), None], [Some(4.0), None]]);
    assert_eq!(long.units("L1"), [[None, Some(3.0)], [None, None]]);
    assert_eq!(long.pairs("A", "real", "L1"), []);
    assert_eq!(long.observed_levels(), [0.0, 3.0, 4.0]);

    let wide = table("A,B\n1.0,\n,\n2,3\n").unwrap();
    assert_eq!(wide.arms(), ["all"]);
    assert_eq!(
        wide.units("all"),
        [[Some(1.0), None], [Some(2.0), Some(3.0)]]
    );
}

#[test]
fn bad_grade_tables_are_refused() {
    #[track_caller]
    fn check(text: &str, words: &str) {
        assert_eq!(
            table(text).unwrap_err().to_string(),
            format!("{words}: g.csv")
        );
    }
    check("rater,patient,grade\nA,p,1\n", "column \"arm\" is missing");
    check(
        "rater,patient,arm,grade\nA,p,real,x\n",
        "line 2, grade \"x\": is not a number",
    );
    check(
        "rater,patient,arm,grade\nA,,real,1\n",
        "line 2, patient \"\": must not be empty",
    );
    check(
        "rater,patient,arm,grade\nA,p,real,1\nA,p,Real,2\n",
        "line 3, patient \"p\": rater \"A\" has two grades for patient \"p\", arm \"real\"",
    );
    check(
        "rater,patient,arm,grade,status\nA,p,real,1,maybe\n",
        "line 2, status \"maybe\": is not one of graded, corrected, replaced",
    );
    check("A,B\n1,two\n", "line 2, B \"two\": is not a number");
    check("A,\n1,2\n", "column 2 has no name");
}

/// A published wide table through the whole path.
#[test]
fn analysis_of_a_wide_file() {
    let Some(path) = crate::shared("data/agreement/krippendorff_wikipedia.csv") else {
        return;
    };
    let table = GradeTable::open(&path).unwrap();
    let options = AnalysisOptions {
        bootstrap: None,
        ..AnalysisOptions::default()
    };
    let analysis = Analysis::of(&table, &options).unwrap();
    let found: Vec<String> = analysis.arms[0]
        .alphas
        .iter()
        .map(|row| row.alpha.to_string())
        .collect();
    assert_eq!(found, ["0.691", "0.807", "0.811", "0.809"]);
    assert!(analysis.levels_are_observed && analysis.comparisons.is_empty());
}
