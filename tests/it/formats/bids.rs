//! Names and tables of BIDS data sets.

use super::catalogue::nifti;
use cisterna::formats::bids::{
    BidsScan, ScanName, is_data_set, participants, scans, t1w_scans, write_json, write_text,
    write_tsv,
};
use cisterna::formats::{self, bids};
use std::path::Path;
use tempfile::TempDir;
use time::{Date, Month, PrimitiveDateTime, Time};

/// A data set of these files.
fn data_set(files: &[(&str, &str)]) -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    for (file, text) in files {
        write_text(&folder.path().join(file), text).unwrap();
    }
    folder
}

/// The files of scans, below their root.
fn paths(scans: &[BidsScan], root: &Path) -> Vec<String> {
    scans
        .iter()
        .map(|scan| {
            let path = scan.path.strip_prefix(root).unwrap();
            path.to_str().unwrap().replace('\\', "/")
        })
        .collect()
}

#[track_caller]
fn check(name: &ScanName<'_>, extension: &str, expected: &str) {
    assert_eq!(name.path(Path::new("data"), extension), Path::new(expected));
}

#[test]
fn names_have_their_entities_in_the_order_of_the_standard() {
    let scan = ScanName {
        subject: "0007",
        session: Some("02"),
        suffix: "T1w",
        ..ScanName::default()
    };
    check(
        &scan,
        ".nii.gz",
        "data/sub-0007/ses-02/anat/sub-0007_ses-02_T1w.nii.gz",
    );
    let plane = ScanName {
        acquisition: Some("axial"),
        ..scan.clone()
    };
    check(
        &plane,
        ".json",
        "data/sub-0007/ses-02/anat/sub-0007_ses-02_acq-axial_T1w.json",
    );
    let labels = ScanName {
        session: None,
        description: Some("regions"),
        suffix: "dseg",
        ..scan
    };
    check(
        &labels,
        ".nii.gz",
        "data/sub-0007/anat/sub-0007_desc-regions_dseg.nii.gz",
    );
}

#[test]
fn tables_have_no_empty_cells_and_no_stray_tabs() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("new folder").join("participants.tsv");
    let row = |cells: [&str; 2]| cells.map(str::to_owned).to_vec();
    let rows = [row(["sub-0001", ""]), row(["sub-0002", "a\tb"])];
    write_tsv(&path, &["participant_id", "note"], &rows).unwrap();
    assert_eq!(
        std::fs::read_to_string(&path).unwrap(),
        "participant_id\tnote\nsub-0001\tn/a\nsub-0002\ta b\n"
    );
}

#[test]
fn json_is_written_whole() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("scan.json");
    write_json(&path, &serde_json::json!({"HoursAfterInjection": 4.25})).unwrap();
    let text = std::fs::read_to_string(&path).unwrap();
    assert!(text.ends_with("}\n") && text.contains("4.25"));
    let nowhere = path.join("scan.json");
    assert!(
        write_json(&nowhere, &1)
            .unwrap_err()
            .to_string()
            .contains("scan.json")
    );
}

#[test]
fn scans_are_found_by_their_names_with_their_hours() {
    let folder = tempfile::tempdir().unwrap();
    let root = folder.path();
    for (file, text) in [
        ("sub-02/anat/sub-02_T1w.nii", ""),
        ("sub-01/ses-b/anat/sub-01_ses-b_acq-axial_T1w.nii.gz", ""),
        (
            "sub-01/ses-b/anat/sub-01_ses-b_acq-axial_T1w.json",
            "{\"HoursAfterInjection\": 4.5}",
        ),
        ("sub-01/ses-a/anat/sub-01_ses-a_T1w.nii.gz", ""),
        ("sub-01/ses-a/anat/sub-01_ses-a_T2w.nii.gz", ""),
        ("sub-01/ses-a/anat/sub-01_ses-a_T1w.txt", ""),
        ("derivatives/phantom/sub-01/anat/sub-01_T1w.nii.gz", ""),
        ("README", ""),
    ] {
        write_text(&root.join(file), text).unwrap();
    }
    let scans = t1w_scans(root).unwrap().0;
    let seen: Vec<_> = scans
        .iter()
        .map(|scan| {
            let optional = |entity: &Option<String>| entity.clone().unwrap_or_default();
            (
                scan.subject.as_str(),
                optional(&scan.session),
                optional(&scan.acquisition),
                scan.hours_after_injection,
            )
        })
        .collect();
    let of = |s: &str| s.to_owned();
    assert_eq!(
        seen,
        [
            ("01", of("a"), of(""), None),
            ("01", of("b"), of("axial"), Some(4.5)),
            ("02", of(""), of(""), None),
        ]
    );
    assert!(scans[2].path.ends_with("sub-02/anat/sub-02_T1w.nii"));
    assert!(t1w_scans(&root.join("nowhere")).is_err());
}

#[test]
fn a_data_set_has_a_description_or_a_patient() {
    let described = data_set(&[("dataset_description.json", "{}")]);
    assert!(is_data_set(described.path()));
    let patients = data_set(&[("sub-01/anat/sub-01_T1w.nii", "")]);
    assert!(is_data_set(patients.path()));
    let neither = data_set(&[("sub-01.nii", ""), ("subjects/01.nii", "")]);
    assert!(!is_data_set(neither.path()));
    assert!(!is_data_set(&neither.path().join("sub-01.nii")));
    assert!(!is_data_set(&neither.path().join("nowhere")));
}

#[test]
fn all_scans_are_found_raw_ones_first() {
    let files = [
        "sub-01/anat/sub-01_T1w.nii.gz",
        "sub-01/ses-1/anat/sub-01_ses-1_T1w.nii",
        "sub-01/ses-1/anat/sub-01_ses-1_run-2_T2w.nii.gz",
        "sub-01/ses-1/func/sub-01_ses-1_task-rest_bold.nii.gz",
        "sub-02/perf/sub-02_asl.nii.gz",
        "derivatives/sub-01/anat/sub-01_desc-brain_mask.nii.gz",
        "derivatives/freesurfer/sub-01/anat/sub-01_T1w.mgz",
        "derivatives/other/sub-01/sub-01_ses-1_T1w.nii.gz",
        "derivatives/other/sub-01/ses-1/sub-01_tracer.nii.gz",
    ];
    let mut all: Vec<(&str, &str)> = files.iter().map(|file| (*file, "")).collect();
    // None of these is a scan of a data set.
    all.extend(
        [
            "sub-01/sub-01_T1w.nii.gz",
            "sub-01/anat/sub-01_T1w.mgz",
            "sub-01/anat/sub-01_T1w.json.gz",
            "sub-01/anat/._sub-01_T1w.nii.gz",
            "sub-01/anat/sub-01_copy_T1w.nii.gz",
            "sub-01/anat/sub-01.nii.gz",
            "sub-01/anat/ses-1_T1w.nii.gz",
            "sub-01/anat/sub-02_T1w.nii.gz",
            "sub-01/ses-1/anat/sub-01_ses-2_T1w.nii.gz",
            "sub-01/anat/old/sub-01_T1w.nii.gz",
            "sourcedata/sub-01/anat/sub-01_T1w.nii.gz",
            "derivatives/freesurfer/sub-01/anat/T1.mgz",
            "derivatives/other/anat/sub-01_T1w.nii.gz",
            "derivatives/.cache/sub-01/anat/sub-01_T1w.nii.gz",
        ]
        .map(|file| (file, "")),
    );
    let folder = data_set(&all);
    let found = scans(folder.path()).unwrap().0;
    let expected = [0, 1, 2, 3, 4, 6, 5, 7, 8].map(|idx| files[idx]);
    assert_eq!(paths(&found, folder.path()), expected);

    let labels = |scan: &BidsScan| {
        (
            scan.subject.clone(),
            scan.session.clone().unwrap_or_default(),
            scan.suffix.clone(),
            scan.kind.clone(),
            scan.pipeline.clone(),
        )
    };
    let of = |[subject, session, suffix, kind]: [&str; 4], pipeline: Option<&str>| {
        let pipeline = pipeline.map(str::to_owned);
        let [subject, session, suffix, kind] = [subject, session, suffix, kind].map(str::to_owned);
        (subject, session, suffix, kind, pipeline)
    };
    assert_eq!(labels(&found[3]), of(["01", "1", "bold", "func"], None));
    assert_eq!(labels(&found[7]), of(["01", "1", "T1w", ""], Some("other")));
    let own = Some("derivatives");
    assert_eq!(labels(&found[6]), of(["01", "", "mask", "anat"], own));
    // The session that only the folder names.
    assert_eq!(
        labels(&found[8]),
        of(["01", "1", "tracer", ""], Some("other"))
    );
    let entities = [("sub", "01"), ("ses", "1"), ("task", "rest")];
    let entities = entities.map(|(key, value)| (key.to_owned(), value.to_owned()));
    assert_eq!(found[3].entities, entities);
    let t1w = t1w_scans(folder.path()).unwrap().0;
    assert_eq!(paths(&t1w, folder.path()), [files[0], files[1]]);
    assert_eq!(t1w, found[..2]);
}

#[test]
fn hours_are_inherited_and_the_nearest_sidecar_wins() {
    let hours = |hours: f64| format!("{{\"HoursAfterInjection\": {hours}}}");
    let folder = data_set(&[
        ("T1w.json", &hours(1.0)),
        ("acq-axial_T1w.json", &hours(2.0)),
        ("sub-01/sub-01_T1w.json", &hours(3.0)),
        ("sub-01/anat/sub-01_T1w.nii", ""),
        ("sub-01/anat/sub-01_acq-axial_T1w.nii", ""),
        ("sub-01/anat/sub-01_acq-axial_T1w.json", &hours(4.0)),
        ("sub-01/anat/sub-01_acq-sagittal_T1w.nii", ""),
        // Tells no hours, so that those above hold.
        (
            "sub-01/anat/sub-01_acq-sagittal_T1w.json",
            "{\"EchoTime\": 0.002}",
        ),
        ("sub-02/anat/sub-02_acq-axial_run-1_T1w.nii", ""),
        ("sub-02/anat/sub-02_run-2_T1w.nii", ""),
        ("sub-02/anat/sub-02_T2w.nii", ""),
        ("derivatives/made/sub-01/anat/sub-01_T1w.nii", ""),
    ]);
    let found = scans(folder.path()).unwrap().0;
    for scan in &found {
        // Opened by itself it tells the same.
        nifti(&scan.path, |_, _, _| 1.0);
        let info = formats::describe(&scan.path, None, &[]).unwrap();
        assert_eq!(info.hours_after_injection, scan.hours_after_injection);
    }
    let names = found
        .iter()
        .map(|s| s.path.file_name().unwrap().to_str().unwrap());
    let hours = found.iter().map(|s| s.hours_after_injection);
    let found: Vec<_> = names.zip(hours).collect();
    assert_eq!(
        found,
        [
            ("sub-01_T1w.nii", Some(3.0)),
            ("sub-01_acq-axial_T1w.nii", Some(4.0)),
            ("sub-01_acq-sagittal_T1w.nii", Some(3.0)),
            ("sub-02_T2w.nii", None),
            ("sub-02_acq-axial_run-1_T1w.nii", Some(2.0)),
            ("sub-02_run-2_T1w.nii", Some(1.0)),
            // A pipeline's folder is a data set of its own.
            ("sub-01_T1w.nii", None),
        ]
    );
}

#[test]
fn the_table_of_scans_tells_when_they_were_taken() {
    let folder = data_set(&[
        (
            "sub-01/sub-01_scans.tsv",
            "filename\tacq_time\n\
             anat/sub-01_T1w.nii.gz\t2009-06-15T13:45:30\n\
             ses-1/anat/sub-01_ses-1_T1w.nii.gz\t2009-06-16T00:00:00\n",
        ),
        ("sub-01/anat/sub-01_T1w.nii.gz", ""),
        (
            "sub-01/ses-1/sub-01_ses-1_scans.tsv",
            "\u{feff}operator\tfilename\tacq_time\r\n\
             \"A\tB\"\tanat/sub-01_ses-1_T1w.nii.gz\t1925-01-02T03:04:05.25Z\r\n\
             \r\n\
             n/a\tanat/sub-01_ses-1_T2w.nii.gz\tn/a\r\n",
        ),
        ("sub-01/ses-1/anat/sub-01_ses-1_T1w.nii.gz", ""),
        ("sub-01/ses-1/anat/sub-01_ses-1_T2w.nii.gz", ""),
        (
            "sub-02/sub-02_scans.tsv",
            "filename\nanat/sub-02_T1w.nii.gz\n",
        ),
        ("sub-02/anat/sub-02_T1w.nii.gz", ""),
    ]);
    let at = |year, month, day, [hour, minute, second]: [u8; 3], milli| {
        let date = Date::from_calendar_date(year, month, day).unwrap();
        let time = Time::from_hms_milli(hour, minute, second, milli).unwrap();
        Some(PrimitiveDateTime::new(date, time))
    };
    let found = scans(folder.path()).unwrap().0;
    let found: Vec<_> = found.iter().map(|scan| scan.acquired).collect();
    assert_eq!(
        found,
        [
            at(2009, Month::June, 15, [13, 45, 30], 0),
            at(1925, Month::January, 2, [3, 4, 5], 250),
            None,
            None
        ]
    );
    let table = folder.path().join("sub-02").join("sub-02_scans.tsv");
    write_text(&table, "filename\tacq_time\n\nanat/sub-02_T1w.nii.gz\n").unwrap();
    // A row that cannot be costs itself, and is said; the scans are there all the same.
    let (found, said) = scans(folder.path()).unwrap();
    assert_eq!(found.len(), 4);
    let expected = "line 3 has 1 cells where the header has 2, and is left out: ";
    assert!(said[0].starts_with(expected), "{said:?}");
    assert!(said[0].ends_with("sub-02_scans.tsv"), "{said:?}");
    // So does a table in another encoding, and a link that leads nowhere.
    std::fs::write(
        &table,
        b"filename\tacq_time\tnote\nanat/sub-02_T1w.nii.gz\t2009-06-15T13:45:30\tapr\xe8s\n",
    )
    .unwrap();
    let (found, said) = scans(folder.path()).unwrap();
    assert!(found[3].acquired.is_some());
    assert!(said[0].contains("Windows-1252"), "{said:?}");
    std::fs::remove_file(&table).unwrap();
    #[cfg(unix)]
    {
        std::os::unix::fs::symlink("nowhere.tsv", &table).unwrap();
        let (found, said) = scans(folder.path()).unwrap();
        assert_eq!((found.len(), said.len()), (4, 1), "{said:?}");
    }
}

#[test]
fn only_times_of_the_standard_are_times() {
    #[track_caller]
    fn check(text: &str, is_time: bool) {
        let table = format!("filename\tacq_time\nanat/sub-01_T1w.nii\t{text}\n");
        let folder = data_set(&[
            ("sub-01/sub-01_scans.tsv", &table),
            ("sub-01/anat/sub-01_T1w.nii", ""),
        ]);
        let found = scans(folder.path()).unwrap().0;
        assert_eq!(found[0].acquired.is_some(), is_time, "{text}");
    }
    check("2009-06-15T13:45:30.123456Z", true);
    check("2009-06-15T13:45:30.1234567", true);
    check("2009-06-15T13:45:60", true);
    check("2009-06-15", false);
    check("2009-06-15T13:45", false);
    check("2009-06-15T13:45:30+01:00", false);
    check("2009-06-15T24:00:00", false);
    check("2009-02-30T13:45:30", false);
    check("15-06-2009T13:45:30", false);
    check("2009-06-15T13:45:30.x", false);
    check("2009-06-15T13:45:30:00", false);
    check("13:45:30", false);
}

#[test]
fn patients_are_found_in_their_table() {
    let folder = data_set(&[(
        "participants.tsv",
        "\u{feff}participant_id\tage\tsex\r\nsub-01\t34\tn/a\r\nsub-011\t56\tF\r\n",
    )]);
    let table = participants(folder.path()).unwrap().unwrap();
    assert_eq!(table.columns, ["participant_id", "age", "sex"]);
    assert_eq!(table.rows.len(), 2);
    assert_eq!(table.of("01").unwrap(), ["sub-01", "34", "n/a"]);
    assert_eq!(table.of("011").unwrap(), ["sub-011", "56", "F"]);
    assert_eq!(table.of("1"), None);
    assert_eq!(participants(&folder.path().join("nowhere")).unwrap(), None);
}

#[test]
fn a_wrong_table_of_patients_is_refused_or_its_rows_are_said() {
    #[track_caller]
    fn check(table: &str, expected: &str) {
        let folder = data_set(&[("participants.tsv", table)]);
        let said = participants(folder.path()).unwrap_err().to_string();
        assert!(said.contains(expected), "{said}");
        assert!(said.ends_with("participants.tsv"), "{said}");
    }
    let id = "participant_id";
    check(
        &format!("age\t{id}\n3\tsub-01\n"),
        "the first column is \"age\": a table of participants begins with participant_id",
    );
    check("", "the first column is \"\"");
    // A row that cannot be costs itself.
    let folder = data_set(&[(
        "participants.tsv",
        &format!("{id}\tage\r\nsub-01\t3\r\n\r\nsub-02\r\nsub-03\t4\t5\r\nsub-04\t6\r\n"),
    )]);
    let table = participants(folder.path()).unwrap().unwrap();
    assert_eq!(table.rows, [["sub-01", "3"], ["sub-04", "6"]]);
    let expected = [
        "line 4 has 1 cells where the header has 2",
        "line 5 has 3 cells",
    ];
    for (said, expected) in table.remarks.iter().zip(expected) {
        assert!(said.starts_with(expected), "{said}");
    }
    assert_eq!(table.remarks.len(), 2);
}

#[test]
fn a_patient_is_added_and_all_else_stays() {
    #[track_caller]
    fn check(before: &str, after: &str) {
        let folder = data_set(&[("participants.tsv", before)]);
        bids::add_participant(folder.path(), "02").unwrap();
        let found = std::fs::read_to_string(folder.path().join("participants.tsv"));
        assert_eq!(found.unwrap(), after);
    }
    check(
        "\u{feff}participant_id\tage\tsex\r\nsub-01\t \"3\"\tF",
        "\u{feff}participant_id\tage\tsex\r\nsub-01\t \"3\"\tF\r\nsub-02\tn/a\tn/a\r\n",
    );
    check("participant_id\nsub-02\n", "participant_id\nsub-02\n");
    let empty = tempfile::tempdir().unwrap();
    bids::add_participant(empty.path(), "02").unwrap();
    let found = std::fs::read_to_string(empty.path().join("participants.tsv"));
    assert_eq!(found.unwrap(), "participant_id\nsub-02\n");
    let wrong = data_set(&[("participants.tsv", "id\nsub-01\n")]);
    assert!(bids::add_participant(wrong.path(), "02").is_err());
}

#[test]
fn names_are_taken_apart_and_put_together_again() {
    #[track_caller]
    fn check(text: &str) -> ScanName<'_> {
        let name = ScanName::parse(text).unwrap();
        let path = name.path(Path::new(""), "");
        assert_eq!(path.file_name().unwrap().to_str().unwrap(), text);
        name
    }
    assert_eq!(
        check("sub-01_ses-02_acq-sag_run-1_T1w"),
        ScanName {
            subject: "01",
            session: Some("02"),
            acquisition: Some("sag"),
            run: Some("1"),
            suffix: "T1w",
            ..ScanName::default()
        }
    );
    let all = "sub-A1_ses-b_acq-d_ce-e_rec-f_run-01_echo-2_part-mag_T2starw";
    assert_eq!(
        check(all),
        ScanName {
            subject: "A1",
            session: Some("b"),
            acquisition: Some("d"),
            contrast: Some("e"),
            reconstruction: Some("f"),
            run: Some("01"),
            echo: Some("2"),
            part: Some("mag"),
            description: None,
            suffix: "T2starw",
        }
    );
    check("sub-01_T1rho");
    check("sub-01_inplaneT2");
}

#[test]
fn a_wrong_name_is_refused_where_it_is_wrong() {
    #[track_caller]
    fn check(text: &str, what: &str, at: usize) {
        let said = ScanName::parse(text).unwrap_err().to_string();
        let end = format!(", at character {at} of {text:?}");
        assert!(said.contains(what) && said.ends_with(&end), "{said}");
    }
    check(
        "sub-01_ses-0.2_T1w",
        "ses- has \"0.2\", which is not a label",
        8,
    );
    check("sub-_T1w", "sub- has \"\", which is not a label", 1);
    check("sub-ä_ses-é_T1w", "sub- has \"ä\"", 1);
    check(
        "sub-01_run-one_T1w",
        "run- has \"one\", which is not a number",
        8,
    );
    check("sub-01_echo-1a_T1w", "echo- has \"1a\"", 8);
    check(
        "sub-01_part-abs_T1w",
        "which is not mag, phase, real or imag",
        8,
    );
    check("sub-01_run-1_acq-sag_T1w", "acq- comes before run-", 14);
    check("ses-02_sub-01_T1w", "sub- comes before ses-", 8);
    check(
        "sub-01_acq-a_acq-b_T1w",
        "the entity acq- is there twice",
        14,
    );
    check(
        "sub-01_dir-AP_T1w",
        "the entity dir- is none of sub-, ses-, ",
        8,
    );
    check("sub-01_task-rest_T1w", "the entity task- is none of ", 8);
    check("sub-01_desc-brain_T1w", "desc- is for derivatives", 8);
    check("sub-01_head_T1w", "\"head\" is no entity", 8);
    check("sub-01__T1w", "\"\" is no entity", 8);
    check("ses-02_T1w", "a name begins with sub- and a label", 1);
    check("T1w", "a name begins with sub- and a label", 1);
    check("", "a name begins with sub- and a label", 1);
    check("sub-01", "the suffix \"\" is none of T1w, ", 8);
    check(
        "sub-01_T1w.nii.gz",
        "the suffix \"T1w.nii.gz\" is none of T1w, ",
        8,
    );
    check("sub-01_bold", "the suffix \"bold\" is none of T1w, ", 8);
    check(
        "sub-01_echo-1_T1map",
        "a T1map has neither echo- nor part-",
        15,
    );
    check("anat/sub-01_T1w", "the entity anat/sub- is none of ", 1);
}

#[test]
fn a_description_leaves_out_what_nobody_knows() {
    let folder = tempfile::tempdir().unwrap();
    let how = "Put together by hand.".to_owned();
    let description = bids::DatasetDescription::new("Scans".to_owned(), "raw", how);
    description.write(folder.path()).unwrap();
    let path = folder.path().join(bids::DESCRIPTION);
    let text = std::fs::read_to_string(&path).unwrap();
    assert!(
        !text.contains("License") && !text.contains("Authors"),
        "{text}"
    );
    assert_eq!(bids::data_set_name(folder.path()).unwrap(), "Scans");
}
