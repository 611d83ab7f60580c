//! What a file says of itself: the picture by name and value, and nobody's name.

use super::dicom::entries;
use super::dicom_made::{Made, NAME};
use crate::shared;
use cisterna::formats::{self, FileHeader, FormatError, Voxels, write_nifti};
use cisterna::volume::{Affine, Grid, Orientation};
use serde_json::Value;
use std::path::Path;

fn header(path: &Path, with_identity: bool) -> Result<FileHeader, FormatError> {
    formats::header(path, 0, with_identity)
}

/// All that stands in it.
fn all_of(header: &FileHeader) -> String {
    serde_json::to_string(header).unwrap()
}

#[test]
fn what_a_dicom_file_says_of_a_patient_is_hidden_until_it_is_asked_for() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a.dcm");
    let mut made = Made::slice_of(7, "T1 3D", "20240102101112", 1);
    made.text(0x0008_0080, *b"LO", "St. Elsewhere");
    made.text(0x0008_1030, *b"LO", "Follow-up of Doe");
    made.text(0x0018_0081, *b"DS", "3.25");
    made.text(0x0018_0087, *b"DS", "3");
    // Typed by somebody, and no number where one belongs.
    made.text(0x0018_1030, *b"LO", "Brain of Doe");
    made.text(0x0018_1316, *b"LO", "Doe");
    made.set(0x0018_1310, *b"US", &[0, 1, 0, 0, 0, 0, 192, 0]);
    made.text(0x0020_4000, *b"LT", "Seen by Dr. Doe");
    // What a vendor put there, and what nobody knows.
    made.text(0x0029_1019, *b"LO", "Jane Doe");
    std::fs::write(&path, made.bytes()).unwrap();

    let shown = header(&path, false).unwrap();
    for (name, value) in [
        ("EchoTime", "3.25"),
        ("MagneticFieldStrength", "3"),
        ("AcquisitionMatrix", "256\\0\\0\\192"),
        ("ImagePositionPatient", "0\\0\\1"),
        ("SeriesDescription", "T1 3D"),
        ("Rows", "2"),
        ("Stored voxels", "3 x 2 x 1"),
    ] {
        assert_eq!(shown.value(name), Some(value), "{name}");
    }
    let text = all_of(&shown);
    for hidden in [NAME, "ID-4711", "1999", "2024", "Elsewhere", "Doe", "1.2.7"] {
        assert!(!text.contains(hidden), "{hidden} in {text}");
    }
    // That they are there is said.
    assert!(text.contains("PatientName (0010,0010)"), "{text}");
    assert!(text.contains("(0029,1019)"), "{text}");
    assert!(text.contains("ProtocolName (0018,1030)"), "{text}");
    assert!(shown.n_hidden() >= 9, "{}", shown.n_hidden());

    let whole = header(&path, true).unwrap();
    assert_eq!(whole.n_hidden(), 0);
    let text = all_of(&whole);
    for told in [NAME, "ID-4711", "19991231", "St. Elsewhere", "Jane Doe"] {
        assert!(text.contains(told), "{told} in {text}");
    }
}

/// Of scalars in real files, those that pydicom found.
#[test]
fn elements_agree_with_pydicom() {
    const TEXTS: [&str; 4] = [
        "Modality",
        "Manufacturer",
        "PatientPosition",
        "PhotometricInterpretation",
    ];
    const NUMBERS: [&str; 4] = ["EchoTime", "SliceThickness", "Rows", "BitsStored"];
    let Some(oracle) = shared("data/dicom/oracle_files.json") else {
        return;
    };
    let folder = oracle.parent().unwrap();
    let is_wanted = |entry: &&Value| {
        let file = entry["file"].as_str().unwrap();
        entry["expect"] == "ok"
            && !file.contains('!')
            && entry["bytes"].as_u64().is_some_and(|bytes| bytes < 600_000)
    };
    let all = entries(&oracle);
    let (mut n_files, mut n_values) = (0, 0);
    // Every third: the same scanners come again and again.
    for entry in all.iter().filter(is_wanted).step_by(3) {
        let file = entry["file"].as_str().unwrap();
        let found = header(&folder.join(file), false).unwrap();
        n_files += 1;
        for name in TEXTS {
            if let Some(expected) = entry[name].as_str() {
                assert_eq!(found.value(name), Some(expected), "{name} of {file}");
                n_values += 1;
            }
        }
        for name in NUMBERS {
            let first = |text: &str| text.split('\\').next()?.trim().parse::<f64>().ok();
            if let (Some(expected), Some(text)) = (entry[name].as_f64(), found.value(name)) {
                assert_eq!(first(text), Some(expected), "{name} of {file}");
                n_values += 1;
            }
        }
        let text = all_of(&found);
        assert!(text.contains("\"DICOM\""), "{file}");
    }
    assert!(n_files >= 20 && n_values >= 100, "{n_files} {n_values}");
}

/// Fields set by hand in a file of the standard's layout.
#[test]
fn a_nifti_header_and_its_sidecar_say_place_and_sequence() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("scan.nii");
    let grid = Grid::new([4, 3, 2], Affine::identity()).unwrap();
    write_nifti(&path, &grid, Orientation::Known, Voxels::F32(&[1.0; 24])).unwrap();
    let mut bytes = std::fs::read(&path).unwrap();
    bytes[148..156].copy_from_slice(b"Doe^Jane");
    bytes[252..254].copy_from_slice(&1_i16.to_le_bytes());
    bytes[254..256].copy_from_slice(&3_i16.to_le_bytes());
    std::fs::write(&path, bytes).unwrap();
    let sidecar = r#"{"RepetitionTime": 0.0061, "InversionTime": 0.45, "PatientName": "Doe^Jane",
        "InstitutionName": "St. Elsewhere", "Site-specific": 12, "ImageType": {"Of": "Doe"}, "ScanningSequence": "GR\\IR"}"#;
    std::fs::write(folder.path().join("scan.json"), sidecar).unwrap();

    let shown = header(&path, false).unwrap();
    for (name, value) in [
        ("qform_code", "1 (the scanner's)"),
        ("sform_code", "3 (Talairach)"),
        ("dim", "4, 3, 2"),
        ("srow_x", "1, 0, 0, 0"),
        ("Placed by", "sform"),
        ("RepetitionTime", "0.0061"),
        ("InversionTime", "0.45"),
        ("ScanningSequence", "GR\\IR"),
    ] {
        assert_eq!(shown.value(name), Some(value), "{name}");
    }
    let text = all_of(&shown);
    for hidden in ["Doe", "Elsewhere", "\"12"] {
        assert!(!text.contains(hidden), "{hidden} in {text}");
    }
    // The text of the header, and four entries of the sidecar.
    assert_eq!(shown.n_hidden(), 5);
    let whole = header(&path, true).unwrap();
    assert_eq!(whole.value("descrip"), Some("Doe^Jane"));
    assert_eq!(whole.value("InstitutionName"), Some("St. Elsewhere"));
    // A sidecar that is none is said, and its path only when that is asked for.
    std::fs::write(folder.path().join("scan.json"), "no JSON").unwrap();
    let broken = header(&path, false).unwrap();
    assert!(all_of(&broken).contains("It cannot be used"));
    assert!(!all_of(&broken).contains("scan.json"));
}

#[test]
fn a_volume_that_is_not_there_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a.dcm");
    std::fs::write(&path, Made::slice(1).bytes()).unwrap();
    let error = formats::header(&path, 3, false).unwrap_err().to_string();
    assert!(error.contains("volume 3"), "{error}");
}
