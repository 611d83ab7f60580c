//! Names and tables of BIDS data sets.

use cisterna::formats::bids::{ScanName, t1w_scans, write_json, write_text, write_tsv};
use std::path::Path;

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
    let scans = t1w_scans(root).unwrap();
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
