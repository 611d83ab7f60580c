//! Study rules: case lists, the draw and what it must not tell, keys, exports, tables, reports.

mod design;
mod equalise;
mod heads;
mod passphrase;
mod protocol;
mod tables;

use crate::{PASSPHRASE, cheap, passphrase as sealing};
use std::path::{Path, PathBuf};

use cisterna::{
    report::{Analysis, AnalysisOptions},
    study::{
        CaseCode, CaseImage, CaseRow, Circumstances, Design, Event, EventKind, GradeEntry,
        GradeTable, Key, Protocol, RaterProgress, Reading, ReadingStatus, Scale, Seed, Slot,
        StudyError, Verdict, decode_cases, export_csv, readings, rfc3339, standing,
    },
    volume::{PLANE_SIZE, PlaneImage, PlanePair},
};

fn decode(text: &str) -> Result<Vec<CaseRow>, StudyError> {
    decode_cases(text.as_bytes(), Path::new("lists/cases.csv"))
}

fn case(patient: &str, arm: &str) -> CaseRow {
    CaseRow {
        patient: patient.into(),
        arm: arm.into(),
        image: PathBuf::from(format!("/scans/{patient}-{arm}.nii.gz")),
        sagittal_image: None,
        axial_mm: None,
        sagittal_mm: None,
        training: None,
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

/// As many installments as arms, no repeats.
fn protocol(raters: &[&str], arms: &[&str], seed: u64) -> Protocol {
    let owned = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect();
    Protocol {
        raters: owned(raters),
        arms: owned(arms),
        installments: arms.len() as u32,
        seed: Some(seed),
        ..Protocol::reflux(&[])
    }
}

/// A study of so many patients, each in every arm.
fn drawn(n_patients: usize, arms: &[&str], raters: &[&str], seed: u64) -> (Design, Key) {
    Design::draw(&protocol(raters, arms, seed), &cases(n_patients, arms)).unwrap()
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
    let found = decode("patient,arm,image,training\na,real,x,\nb,real,y,3\n").unwrap();
    assert_eq!((found[0].training, found[1].training), (None, Some(3)));
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
    check(
        "patient,arm,image,training\na,real,x,yes\n",
        "line 2, training \"yes\": is not a grade",
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
fn key_file_round_trip() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("key.age");
    let listed = cases(3, &["real", "L1"]);
    let (design, key) = drawn(3, &["real", "L1"], &["A"], u64::MAX);
    key.seal(&path, &sealing()).unwrap();
    let sealed = std::fs::read(&path).unwrap();
    for secret in ["sub-01", "real", "scans", "seed"] {
        let found = sealed.windows(secret.len()).any(|w| w == secret.as_bytes());
        assert!(!found, "{secret} can be read in the sealed key");
    }
    let wrong = Key::unseal(&path, "another").unwrap_err();
    assert!(matches!(wrong, StudyError::WrongPassphrase(_)), "{wrong}");
    let weak = key
        .seal(&folder.path().join("open"), &cheap(""))
        .unwrap_err();
    assert!(matches!(weak, StudyError::WeakPassphrase(_)), "{weak}");
    let opened = Key::unseal(&path, PASSPHRASE).unwrap();
    assert_eq!(opened, key);
    assert_eq!(*opened.seed(), Seed::Typed(u64::MAX));
    opened.check_opens(&design).unwrap();
    for row in &listed {
        let entry = opened
            .cases()
            .iter()
            .find(|entry| (&entry.patient, &entry.arm) == (&row.patient, &row.arm));
        assert_eq!(entry.unwrap().image, row.image);
    }
    let (other, _) = drawn(3, &["real", "L1"], &["A"], 1);
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
    assert!(matches!(
        key.seal(&path, &sealing()),
        Err(StudyError::Exists(_))
    ));
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 1);
    // One bit changed anywhere: it is not opened, and says so.
    for at in [10, sealed.len() / 2, sealed.len() - 1] {
        let mut changed = sealed.clone();
        changed[at] ^= 1;
        let path = folder.path().join("changed.age");
        std::fs::write(&path, changed).unwrap();
        let said = Key::unseal(&path, PASSPHRASE).unwrap_err().to_string();
        assert!(said.contains("key: "), "{said}");
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
        (Some(&0), Some(&255))
    );
    assert_eq!((image.sagittal[0], image.sagittal[1]), (0, 255));
    let back = image.axial_unit();
    for (before, after) in pair.axial.data.iter().zip(&back) {
        assert!(
            (before - after).abs() <= 0.5 / 255.0 + 1e-7,
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
    let (design, key) = drawn(3, &["real", "L1"], &["A"], seed);
    let pair = PlanePair {
        axial: plane(|_| 0.5),
        sagittal: plane(|_| 0.5),
    };
    for case in key.cases() {
        let image = CaseImage::from_pair(case.code.clone(), &pair).unwrap();
        let slot = design.worklists[0].slots().next().unwrap();
        let grade = entry(1, "A", (1, 1), &case.code, 3);
        let graded = Event {
            author: grade.rater.clone(),
            seq: 1,
            at_unix_millis: grade.committed_unix_millis,
            slot: Some(grade.slot.clone()),
            kind: EventKind::Graded {
                grade: 3,
                circumstances: grade.circumstances.clone(),
            },
            app_version: "0.1.0".into(),
        };
        let given = format!(
            "{design:?} {image:?} {slot:?} {grade:?} {}",
            serde_json::to_string(&graded.kind).unwrap()
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
        assert_eq!((image.axial[0], image.sagittal[0]), (128, 128));
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
fn entry(seq: i64, rater: &str, place: (u32, u32), code: &CaseCode, grade: u8) -> GradeEntry {
    GradeEntry {
        seq,
        rater: rater.into(),
        slot: Slot {
            installment: place.0,
            position: place.1,
            code: code.clone(),
        },
        verdict: Verdict::Grade(Scale::reflux().grade(grade).unwrap()),
        circumstances: Circumstances {
            confidence: None,
            comment: String::new(),
            opened_unix_millis: 1_767_225_600_000,
            paused_millis: 0,
            display: serde_json::Value::Null,
        },
        committed_unix_millis: 1_767_225_612_345,
        app_version: "0.1.0".into(),
        replaces: None,
        reason: None,
    }
}

#[test]
fn progress_is_derived() {
    let (design, _) = drawn(2, &["real", "L1"], &["A", "B"], 3);
    let worklist = &design.worklists[0];
    let mut graded = std::collections::BTreeSet::new();
    let none = std::collections::BTreeSet::new();
    for (n_done, slot) in worklist.slots().enumerate() {
        let progress = RaterProgress::of(worklist, &graded, &none);
        assert_eq!((progress.n_graded(), progress.n_cases()), (n_done, 4));
        assert!(!progress.is_done());
        graded.insert((slot.installment, slot.position));
    }
    let done = RaterProgress::of(worklist, &graded, &[2].into());
    assert!(done.is_done());
    assert_eq!(done.unsigned().collect::<Vec<_>>(), [1]);
    assert_eq!((done.training.n_cases, done.installments.len()), (0, 2));
}

/// Entries have numbers of their own for each rater.
#[test]
fn what_is_corrected_does_not_stand() {
    let (design, _) = drawn(2, &["real", "L1"], &["A", "B"], 3);
    let code = &design.codes[0];
    let mut entries = vec![
        entry(1, "A", (1, 1), code, 0),
        entry(1, "B", (1, 1), code, 0),
        entry(2, "A", (1, 2), code, 0),
    ];
    let mut correction = entry(3, "A", (1, 1), code, 3);
    correction.replaces = Some(1);
    correction.reason = Some("slip".into());
    entries.push(correction);
    let standing = standing(&entries);
    let found: Vec<_> = standing.iter().map(|e| (e.rater.as_str(), e.seq)).collect();
    assert_eq!(found, [("B", 1), ("A", 2), ("A", 3)]);
}

#[test]
fn export_and_back() {
    let (design, key) = drawn(2, &["Real", "L1"], &["A, B"], 3);
    let slots: Vec<_> = design.worklists[0].slots().collect();
    let mut entries: Vec<GradeEntry> = (1..)
        .zip(&slots)
        .map(|(id, slot)| entry(id, "A, B", (slot.installment, slot.position), &slot.code, 0))
        .collect();
    let mut correction = entry(5, "A, B", (1, 1), &slots[0].code, 4);
    correction.replaces = Some(1);
    entries.push(correction);

    let text = |rows: &[Reading]| {
        let mut out = Vec::new();
        export_csv(rows, &mut out).unwrap();
        String::from_utf8(out).unwrap()
    };
    let header = "rater,installment,position,case_code,grade,status,confidence,comment,opened_utc,\
                  committed_utc,seconds,n_changes,patient,arm,is_repeat\n";
    assert_eq!(text(&[]), header);
    let blind = readings(&entries, None).unwrap();
    assert_eq!(
        blind.last().map(|row| (row.n_changes, row.status)),
        Some((1, ReadingStatus::Corrected))
    );
    let expected = format!(
        "\"A, B\",1,1,{},0,replaced,,,2026-01-01T00:00:00.000Z,2026-01-01T00:00:12.345Z,12.345,0,\
         ,,\n",
        slots[0].code
    );
    assert!(
        text(&blind).starts_with(&(header.to_owned() + &expected)),
        "{}",
        text(&blind)
    );
    assert!(!text(&blind).contains("sub-0"));
    assert!(matches!(
        GradeTable::from_readings(&blind),
        Err(StudyError::StillBlind(_))
    ));
    let said = GradeTable::decode(text(&blind).as_bytes(), Path::new("e.csv")).unwrap_err();
    assert!(
        said.to_string().contains("export it again with the key"),
        "{said}"
    );

    let named = readings(&entries, Some(&key)).unwrap();
    let table = GradeTable::from_readings(&named).unwrap();
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

    let (_, other) = drawn(2, &["real", "L1"], &["A"], 4);
    assert!(matches!(
        readings(&entries, Some(&other)),
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
    check(
        "rater,patient,arm,grade\nA,p,real,1\nA,q,real,2\nA,r,real,x\n",
        "line 4, grade \"x\": is not a number (if it means that there is no grade: --missing)",
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
        "line 2, status \"maybe\": is not one of graded, corrected, cannot_grade, replaced, \
         training",
    );
    check(
        "A,B\n1,two\n1,2\n",
        "line 2, B \"two\": is not a number (if it means that there is no grade: --missing)",
    );
    check("A,\n1,2\n", "column 2 has no name");
}

/// A published wide table through the whole path.
#[test]
fn analysis_of_a_wide_file() {
    let Some(path) = crate::shared("data/agreement/krippendorff_wikipedia.csv") else {
        return;
    };
    let table = GradeTable::open(&path).unwrap();
    let options = AnalysisOptions::default();
    let analysis = Analysis::of(&table, &options).unwrap();
    let alpha = &analysis.whole.as_ref().unwrap().agreement.alpha;
    let value = |metric| format!("{:.3}", alpha[metric].value().unwrap());
    let found = ["nominal", "ordinal", "interval", "ratio"].map(value);
    assert_eq!(found, ["0.691", "0.807", "0.811", "0.809"]);
    assert!(analysis.levels_are_observed && analysis.comparisons.is_empty());
}

/// Columns are looked up, not searched for: half a megabyte of them took minutes.
#[test]
fn a_table_of_many_columns_is_opened_at_once() {
    let names: Vec<String> = (0..60_000).map(|n| format!("r{n}")).collect();
    let row = vec!["1"; names.len()].join(",");
    let text = format!("{}\n{row}\n{row}\n", names.join(","));
    assert_eq!(table(&text).unwrap().n_grades(), 120_000);
}

/// Coincidences are counted of each value with each: 20,000 of them took 6 GB.
#[test]
fn too_many_values_are_refused() {
    let rows: Vec<String> = (0..1001).map(|n| format!("{n}.25,{n}.5\n")).collect();
    let table = table(&format!("A,B\n{}", rows.concat())).unwrap();
    let refused = Analysis::of(&table, &AnalysisOptions::default()).unwrap_err();
    let words = "2002 different values are too many to tell how raters agree; 2000 are not";
    assert_eq!(refused.to_string(), words);
}
