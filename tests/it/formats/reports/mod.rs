//! Situations that people reported to other programs: read as they are meant, or said. The truth is
//! in the `expected.json` beside each.

mod made;

use crate::shared;
use cisterna::formats::{
    self, Entry, FileInfo, FormatError, PixelScaling, catalogue, describe, no_progress,
};
use cisterna::volume::{CompareError, Interpolation, Volume, compare};
use nalgebra::Point3;
use serde_json::Value;
use std::path::{Path, PathBuf};

/// The folder of a situation and what is expected there.
fn case(number: &str) -> Option<(PathBuf, Value)> {
    let expected = shared(&format!("data/reports/case{number}/expected.json"))?;
    let json = serde_json::from_slice(&std::fs::read(&expected).unwrap()).unwrap();
    Some((expected.parent().unwrap().join("in"), json))
}

#[track_caller]
fn check_values(info: &FileInfo, expected: &Value, name: &str) {
    for (key, found) in [("min", info.min), ("max", info.max), ("mean", info.mean)] {
        let wanted = expected[key].as_f64().unwrap();
        let found = found.unwrap();
        assert!(
            (found - wanted).abs() <= 1e-6 * wanted.abs().max(1.0),
            "{name}: {key} is {found}, not {wanted}"
        );
    }
    if let Some(shape) = expected["shape"].as_array() {
        let wanted: Vec<usize> = shape.iter().map(|n| n.as_u64().unwrap() as usize).collect();
        // A file of one volume of one slice may leave the last sizes out.
        let known = wanted.len().min(info.shape.len());
        assert_eq!(info.shape[..known], wanted[..known], "{name}");
    }
    if let Some(rows) = expected["affine"].as_array() {
        check_affine(info, rows, name);
    }
}

#[track_caller]
fn check_affine(info: &FileInfo, rows: &[Value], name: &str) {
    for (row, wanted) in info.affine.iter().zip(rows) {
        for (found, wanted) in row.iter().zip(wanted.as_array().unwrap()) {
            let wanted = wanted.as_f64().unwrap();
            assert!((found - wanted).abs() < 1e-3, "{name}: {:?}", info.affine);
        }
    }
}

fn voxel(path: &Path, index: &[usize]) -> f64 {
    let info = describe(path, None, &[index.to_vec()]).unwrap();
    info.voxels[0].value
}

#[track_caller]
fn says(info: &FileInfo, word: &str) {
    let found = info.warnings.iter().any(|warning| warning.contains(word));
    assert!(found, "{word} is not in {:?}", info.warnings);
}

#[test]
fn elements_written_otherwise_than_said() {
    let Some((folder, expected)) = case("03") else {
        return;
    };
    for name in [
        "said_implicit_is_explicit",
        "said_explicit_is_implicit",
        "said_big_is_little",
    ] {
        let path = folder.join(name);
        let info = describe(&path, None, &[]).unwrap();
        check_values(&info, &expected, name);
        says(&info, "otherwise than TransferSyntaxUID says");
        assert_eq!(voxel(&path, &[3, 2, 4]), 423.0, "{name}");
    }
}

#[test]
fn names_of_a_dicomdir_in_another_case_or_with_an_ending() {
    let Some((folder, expected)) = case("04") else {
        return;
    };
    for name in ["as_written", "ending", "lower", "lower_all"] {
        let listed = match name {
            "lower_all" => "dicomdir",
            _ => "DICOMDIR",
        };
        let path = folder.join(name).join(listed);
        check_values(&describe(&path, None, &[]).unwrap(), &expected, name);
        assert_eq!(voxel(&path, &[3, 2, 4]), 423.0, "{name}");
    }
    let missing = describe(&folder.join("two_missing/DICOMDIR"), None, &[]).unwrap();
    assert_eq!(missing.shape, [8, 6, 3]);
    says(&missing, "IM000000");
}

#[test]
fn slopes_bits_fragments_and_odd_representations() {
    for number in ["07", "08", "09", "13", "15"] {
        let Some((folder, expected)) = case(number) else {
            return;
        };
        for (name, expected) in expected.as_object().unwrap() {
            if !expected.is_object() {
                continue;
            }
            let path = folder.join(name);
            let info =
                describe(&path, None, &[]).unwrap_or_else(|e| panic!("{number} {name}: {e}"));
            check_values(&info, expected, &format!("{number} {name}"));
            if let Some(wanted) = expected["voxel_3_2_4"].as_f64() {
                assert!((voxel(&path, &[3, 2, 4]) - wanted).abs() < 1e-4, "{name}");
            }
        }
    }
}

/// The value of the voxel at a point of the patient's space (RAS, mm); `None` where there is none.
fn value_at(volume: &Volume, point: &Value) -> Option<f64> {
    let point = [0, 1, 2].map(|axis| point[axis].as_f64().unwrap());
    let at = volume.grid().to_voxel(Point3::from(point));
    let is_voxel = (0..3).all(|axis| (at[axis] - at[axis].round()).abs() < 1e-3);
    let value = volume.sample(Point3::from(point), Interpolation::Nearest);
    value.filter(|_| is_voxel).map(f64::from)
}

#[test]
fn slices_lie_where_their_positions_say() {
    let Some((folder, expected)) = case("10") else {
        return;
    };
    for (name, expected) in expected.as_object().unwrap() {
        let opened = formats::open(&folder.join(name), 0, &no_progress).unwrap();
        let at = &expected["value_at_RAS"];
        let found = value_at(&opened.volume, &at["point"]);
        assert_eq!(found, at["value"].as_f64(), "{name}");
    }
}

#[test]
fn stacks_and_times_of_enhanced_files() {
    let Some((folder, expected)) = case("11") else {
        return;
    };
    let volumes = |name: &str| -> Vec<Volume> {
        let listed = catalogue(&[folder.join(name)], &no_progress).unwrap();
        let of = |entry: &Entry| -> Vec<Volume> {
            let n = entry.info.shape.get(3).copied().unwrap_or(1);
            let open = |at| {
                entry
                    .place
                    .open(at, PixelScaling::default(), &no_progress)
                    .unwrap()
            };
            (0..n).map(|at| open(at).volume).collect()
        };
        listed.entries.iter().flat_map(of).collect()
    };
    let stacks = volumes("three_interleaved_stacks");
    let points = &expected["three_interleaved_stacks"]["value_at_RAS"];
    for at in points.as_array().unwrap() {
        let found = stacks.iter().find_map(|volume| value_at(volume, &at[0]));
        assert_eq!(found, at[1].as_f64(), "{at}");
    }
    for name in ["canon_order_tz", "canon_order_zt", "no_index_times_reverse"] {
        let mean = |volume: &Volume| {
            let values = volume.values();
            values.iter().map(|&v| f64::from(v)).sum::<f64>() / values.len() as f64
        };
        let means: Vec<f64> = volumes(name).iter().map(mean).collect();
        let wanted = expected[name]["means"].as_array().unwrap();
        assert_eq!(means.len(), wanted.len(), "{name}");
        for (mean, wanted) in means.iter().zip(wanted) {
            assert!(
                (mean - wanted.as_f64().unwrap()).abs() < 1e-3,
                "{name}: {means:?}"
            );
        }
    }
}

/// Errors over the field that two scans share, and how much of the first it is.
#[test]
fn differences_are_taken_where_both_are() {
    let Some((folder, expected)) = case("22") else {
        return;
    };
    for (names, expected) in expected.as_object().unwrap() {
        let (real, other) = names.split_once(' ').unwrap();
        let [real, other] = [real, other].map(|name| {
            let path = folder.join(format!("{name}.nii.gz"));
            formats::open(&path, 0, &no_progress).unwrap().volume
        });
        let found = compare(&real, &other);
        if expected.is_string() {
            assert_eq!(found, Err(CompareError::NoOverlap), "{names}");
            continue;
        }
        let found = found.unwrap();
        assert_eq!(Some(found.n), expected["n"].as_u64(), "{names}");
        for (name, found) in [
            ("overlap", found.overlap),
            ("mae", found.mae),
            ("mse", found.mse),
        ] {
            let wanted = expected[name].as_f64().unwrap();
            // The scans are stored as 32-bit floats.
            assert!(
                (found - wanted).abs() < 1e-6 * wanted.max(1.0),
                "{names}: {name} {found}"
            );
        }
    }
}

#[test]
fn captures_without_a_place_are_stacked() {
    let Some((folder, expected)) = case("12") else {
        return;
    };
    for name in [
        "frames_no_place",
        "files_no_place",
        "files_no_place_location",
    ] {
        let info = describe(&folder.join(name), None, &[]).unwrap();
        check_values(&info, &expected["all_slices"], name);
        assert_eq!(info.shape, [8, 6, 5], "{name}");
        says(&info, "left and right are unknown");
    }
    for name in ["frames_one_place", "frames_one_place_sbs"] {
        says(
            &describe(&folder.join(name), None, &[]).unwrap(),
            "one place",
        );
    }
    let placed = describe(&folder.join("files_with_place"), None, &[]).unwrap();
    check_values(&placed, &expected["files_with_place"], "files_with_place");
}

#[test]
fn descriptions_in_every_character_set() {
    let Some((folder, expected)) = case("14") else {
        return;
    };
    for (name, expected) in expected.as_object().unwrap() {
        let info = describe(&folder.join(name), None, &[]).unwrap();
        let wanted = expected["description"].as_str();
        assert_eq!(info.description.as_deref(), wanted, "{name}");
    }
}

#[test]
fn negative_sizes_beside_a_qform_are_not_mirrored_in_silence() {
    let Some((folder, expected)) = case("16") else {
        return;
    };
    for (name, expected) in expected["files"].as_object().unwrap() {
        let file = match name.ends_with(".nii") {
            true => name.clone(),
            false => format!("{name}.nii"),
        };
        let info = describe(&folder.join(file), None, &[]).unwrap();
        check_affine(&info, expected["nibabel"].as_array().unwrap(), name);
        if expected["nibabel"] != expected["itk"] && info.affine_source == "qform" {
            assert!(!info.warnings.is_empty(), "{name}");
        }
    }
}

#[test]
fn one_slice_needs_no_third_size() {
    let Some((folder, expected)) = case("17") else {
        return;
    };
    for (name, of_file) in expected["files"].as_object().unwrap() {
        let info = describe(&folder.join(format!("{name}.nii")), None, &[]).unwrap();
        check_values(&info, &expected, name);
        // In the plane as stored; across it, where nibabel keeps a column of 0, anything but 0.
        let rows = of_file["nibabel"][1].as_array().unwrap();
        for (row, wanted) in info.affine.iter().zip(rows) {
            for column in [0, 1, 3] {
                assert!(
                    (row[column] - wanted[column].as_f64().unwrap()).abs() < 1e-6,
                    "{name}"
                );
            }
        }
        let across: f64 = info.affine.iter().map(|row| row[2].powi(2)).sum();
        assert!((across - 1.0).abs() < 1e-6, "{name}: {across}");
    }
}

#[test]
fn mgh_with_an_intent_and_of_uint16() {
    let Some((folder, expected)) = case("18") else {
        return;
    };
    for (name, expected) in expected.as_object().unwrap() {
        let info = describe(&folder.join(name), None, &[]).unwrap();
        check_values(&info, expected, name);
    }
}

#[test]
fn sidecars_as_programs_write_them() {
    let Some((folder, _)) = case("19") else {
        return;
    };
    for entry in std::fs::read_dir(folder).unwrap() {
        let folder = entry.unwrap().path();
        let anat = folder.join("sub-01/anat");
        let mut files = std::fs::read_dir(&anat).unwrap().map(|f| f.unwrap().path());
        let scan = files
            .find(|file| file.to_string_lossy().contains(".nii"))
            .unwrap();
        let info = describe(&scan, None, &[]).unwrap();
        let name = folder.file_name().unwrap().to_string_lossy().into_owned();
        match name.as_str() {
            // Nothing is there to be read.
            "null" | "lower_case" => {
                assert_eq!(info.hours_after_injection, None, "{name}");
                assert!(info.warnings.is_empty(), "{name}: {:?}", info.warnings);
            }
            _ if info.hours_after_injection == Some(24.5) => {}
            _ => {
                assert_eq!(info.hours_after_injection, None, "{name}");
                says(&info, "sub-01");
            }
        }
    }
}

/// nibabel's `Spm2AnalyzeImage`: origin counted from 1, x flipped, scale at byte 112, else from the
/// ranges at 124 and 140.
#[test]
fn analyze_of_spm_has_an_origin_and_a_scale() {
    let info = analyze_of_spm(0.5, [0.0, 0.0], [0, 0]);
    let expected = [
        [-2.0, 0.0, 0.0, 2.0],
        [0.0, 3.0, 0.0, -6.0],
        [0.0, 0.0, 4.0, 0.0],
        [0.0, 0.0, 0.0, 1.0],
    ];
    assert_eq!(info.affine, expected);
    assert_eq!(info.max, Some(11.5));
    says(&info, "origin");
    says(&info, "slope 0.5");
    // The doctest of nibabel's `Spm2AnalyzeHeader.get_slope_inter`: 0.6/100 and 0.2 - 0.06.
    let info = analyze_of_spm(0.0, [0.2, 0.8], [10, 110]);
    assert!((info.min.unwrap() - 0.14).abs() < 1e-6, "{:?}", info.min);
    assert!((info.max.unwrap() - (0.14 + 23.0 * 0.006)).abs() < 1e-6);
    says(&info, "SPM's scale");
    // Either range alone is none.
    assert_eq!(analyze_of_spm(0.0, [0.2, 0.8], [0, 0]).max, Some(23.0));
    assert_eq!(
        analyze_of_spm(f32::NAN, [0.0, 0.0], [10, 110]).max,
        Some(23.0)
    );
}

/// 4 x 3 x 2 voxels of 0 to 23, with a slope, a calibrated range and a range of stored values.
fn analyze_of_spm(slope: f32, calibrated: [f32; 2], stored: [i32; 2]) -> FileInfo {
    let folder = tempfile::tempdir().unwrap();
    let header = folder.path().join("a.hdr");
    let mut bytes = vec![0_u8; 348];
    let mut put = |at: usize, field: &[u8]| bytes[at..at + field.len()].copy_from_slice(field);
    put(0, &348_i32.to_le_bytes());
    for (at, n) in [3_i16, 4, 3, 2, 1, 1, 1, 1].iter().enumerate() {
        put(40 + 2 * at, &n.to_le_bytes());
    }
    put(70, &4_i16.to_le_bytes());
    put(72, &16_i16.to_le_bytes());
    for (at, size) in [1_f32, 2.0, 3.0, 4.0].iter().enumerate() {
        put(76 + 4 * at, &size.to_le_bytes());
    }
    put(112, &slope.to_le_bytes());
    for (at, of) in [(124, calibrated[1]), (128, calibrated[0])] {
        put(at, &of.to_le_bytes());
    }
    for (at, of) in [(140, stored[1]), (144, stored[0])] {
        put(at, &of.to_le_bytes());
    }
    for (at, origin) in [2_i16, 3, 1].iter().enumerate() {
        put(253 + 2 * at, &origin.to_le_bytes());
    }
    std::fs::write(&header, bytes).unwrap();
    let values: Vec<u8> = (0..24_i16).flat_map(i16::to_le_bytes).collect();
    std::fs::write(folder.path().join("a.img"), values).unwrap();
    describe(&header, None, &[]).unwrap()
}

/// A label map over a scan is drawn from its lowest label on.
#[test]
fn no_label_is_invisible_by_default() {
    for name in [
        "niivue+niivue/aal.nii.gz",
        "niivue+niivue/labels256.nii.gz",
        "niivue+niivue/lesion.nii.gz",
        "neurolabusc+MRIcron/HarvardOxford-cort-maxprob-thr0-1mm.nii.gz",
    ] {
        let Some(path) = shared(&format!("data/nifti/{name}")) else {
            return;
        };
        let volume = cisterna::formats::open(&path, 0, &cisterna::formats::no_progress)
            .unwrap()
            .volume;
        let window = cisterna::volume::Window::of_overlay(&volume);
        let labels = || volume.values().iter().copied().filter(|&v| v > 0.0);
        let (low, high) = labels().fold((f32::MAX, 0.0_f32), |(l, h), v| (l.min(v), h.max(v)));
        assert!(
            window.low < low && window.high >= high,
            "{name}: {window:?}"
        );
        assert!(cisterna::volume::Window::auto(&volume).high <= window.high);
    }
    let Some(scan) = shared("data/nifti/spm+spm12/canonical/single_subj_T1.nii") else {
        return;
    };
    let volume = cisterna::formats::open(&scan, 0, &cisterna::formats::no_progress)
        .unwrap()
        .volume;
    let window = cisterna::volume::Window::of_overlay(&volume);
    assert_eq!(window, cisterna::volume::Window::auto(&volume));
}

/// What is refused names the element and what stands there.
#[track_caller]
fn check_refused(result: Result<FileInfo, FormatError>, words: [&str; 2]) {
    let said = result.unwrap_err().to_string();
    for word in words {
        assert!(said.contains(word), "{said}");
    }
}
