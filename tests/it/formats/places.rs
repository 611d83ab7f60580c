//! What lies in folders and zips is found and opened in one way, whatever kind it is of.

use super::dicom_made::zip;
use super::files::{Folder, Header, counting, gz};
use super::places_made::{nifti, pair, with_scans, without_scans};
use cisterna::formats::{self, FormatError, PixelScaling, catalogue, no_progress};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

fn with_choice(path: &Path, choice: &str) -> PathBuf {
    format!("{}!{choice}", path.display()).into()
}

#[track_caller]
fn refusal(path: &Path) -> String {
    let started = Instant::now();
    let said = formats::open_one(path, &no_progress)
        .unwrap_err()
        .to_string();
    assert!(started.elapsed() < Duration::from_secs(1));
    assert!(said.contains(path.to_str().unwrap()), "{said}");
    said
}

#[test]
fn every_scan_of_a_place_is_listed_opened_and_chosen() {
    let root = tempfile::tempdir().unwrap();
    for made in with_scans(root.path()) {
        let path = &made.path;
        let found = catalogue(std::slice::from_ref(path), &no_progress).unwrap();
        let names: Vec<&str> = found.entries.iter().map(|entry| &*entry.name).collect();
        let expected: Vec<&str> = made.scans.iter().map(|(name, _)| *name).collect();
        assert_eq!(names, expected, "{}", path.display());
        assert!(found.failures.is_empty());
        let info = formats::describe(path, None, &[vec![0, 0, 0]]).unwrap();
        assert_eq!(info.volumes, made.scans.len());
        assert_eq!(info.voxels[0].value, f64::from(made.scans[0].1));
        for (at, (name, first)) in made.scans.iter().enumerate() {
            #[track_caller]
            fn check(opened: Result<formats::Opened, FormatError>, first: f32) {
                assert_eq!(opened.unwrap().volume.values()[0], first);
            }
            let place = &found.entries[at].place;
            check(place.open(0, PixelScaling::default(), &no_progress), *first);
            check(formats::open(path, at, &no_progress), *first);
            // By name and by number.
            for choice in [(*name).to_owned(), at.to_string()] {
                let chosen = with_choice(path, &choice);
                check(formats::open_one(&chosen, &no_progress), *first);
            }
            place.thumbnail().unwrap();
        }
        match made.scans.len() {
            1 => assert!(formats::open_one(path, &no_progress).is_ok()),
            n => {
                let said = refusal(path);
                assert!(said.starts_with(&format!("{n} scans lie there")), "{said}");
                assert!(expected.iter().all(|name| said.contains(name)), "{said}");
                assert!(refusal_of_choice(path, "nobody").starts_with(&said[..9]));
                assert!(refusal_of_choice(path, "99").contains(expected[0]));
            }
        }
    }
}

#[track_caller]
fn refusal_of_choice(path: &Path, choice: &str) -> String {
    let chosen = with_choice(path, choice);
    let error = formats::open_one(&chosen, &no_progress).unwrap_err();
    assert!(matches!(error, FormatError::NotChosen { .. }), "{error}");
    error.to_string()
}

#[test]
fn where_there_is_nothing_it_is_said_what_was_looked_for() {
    let root = tempfile::tempdir().unwrap();
    for path in without_scans(root.path()) {
        let said = refusal(&path);
        assert!(
            said.contains("looked at for DICOM, NIfTI, Analyze and MGH"),
            "{said}"
        );
        let listed = catalogue(std::slice::from_ref(&path), &no_progress).unwrap_err();
        assert_eq!(listed.to_string(), said);
    }
}

/// Names that occur twice are told apart by their folders.
#[test]
fn one_of_two_scans_of_one_name_is_chosen_by_its_folder() {
    let folder = Folder::new();
    let files = [("pre/T1.nii", nifti(1)), ("post/T1.nii", nifti(2))];
    let members: Vec<(&str, &[u8])> = files.iter().map(|(n, bytes)| (*n, &bytes[..])).collect();
    let path = folder.write("scans.zip", &zip(&members));
    assert!(refusal_of_choice(&path, "T1.nii").contains("2 scans"));
    for (choice, first) in [("pre/T1.nii", 1.0), ("post/T1.nii", 2.0)] {
        let opened = formats::open_one(&with_choice(&path, choice), &no_progress).unwrap();
        assert_eq!(opened.volume.values()[0], first);
        assert!(opened.info.path.ends_with(&format!("scans.zip!{choice}")));
    }
}

/// A sidecar beside the scan, and one higher up that it inherits from.
#[test]
fn sidecars_in_a_zip_are_those_of_its_scans() {
    let folder = Folder::new();
    let scan = gz(&nifti(1));
    let hours = |hours: u8| format!("{{\"HoursAfterInjection\": {hours}}}");
    let (beside, above) = (hours(5), hours(48));
    let path = folder.write(
        "scans.zip",
        &zip(&[
            ("sub-01/anat/sub-01_acq-a_T1w.json", beside.as_bytes()),
            ("sub-01/anat/sub-01_acq-a_T1w.nii.gz", &scan),
            ("sub-01/anat/sub-01_acq-b_T1w.nii.gz", &scan),
            ("sub-01/sub-01_T1w.json", above.as_bytes()),
        ]),
    );
    let found = catalogue(std::slice::from_ref(&path), &no_progress).unwrap();
    assert_eq!(found.hours(&[], None), [Some(5.0), Some(48.0)]);
    assert!(found.warnings.is_empty(), "{:?}", found.warnings);
    // One that is larger than any sidecar is not unpacked further, and it is said.
    let padded = [beside.as_bytes(), &vec![b' '; 5 << 20]].concat();
    let path = folder.write(
        "large.zip",
        &zip(&[("a.json", &padded), ("a.nii.gz", &scan)]),
    );
    let info = formats::describe(&path, None, &[]).unwrap();
    assert_eq!(info.hours_after_injection, None);
    assert!(
        info.warnings
            .iter()
            .any(|w| w.contains("more than 4194304 bytes")),
        "{:?}",
        info.warnings
    );
}

/// The same limits as for files: what is claimed is checked before memory is taken.
#[test]
fn scans_in_zips_that_lie_are_refused_at_once() {
    let folder = Folder::new();
    let check = |name: &str, content: &[u8], expected: &str| {
        let path = folder.write("lies.zip", &zip(&[(name, content)]));
        let started = Instant::now();
        let error = formats::open_one(&path, &no_progress).unwrap_err();
        assert!(started.elapsed() < Duration::from_secs(1), "{error}");
        let said = error.to_string();
        assert!(said.contains(expected), "{said}");
        assert!(said.ends_with(&format!("lies.zip!{name}")), "{said}");
    };
    let huge = Header::with_dims(&[30000, 30000, 30000]);
    check("a.nii", &huge.file(&counting(12)), "cut short");
    check("a.nii.gz", &gz(&huge.file(&counting(12))), "cut short");
    let beyond = Header {
        vox_offset: 1e9,
        ..Header::default()
    };
    check("a.nii", &beyond.file(&counting(12)), "vox_offset");
    check("a.nii.gz", &[0x1f, 0x8b], "gzip");
    check("a.nii", &nifti(1)[..100], "header");
    check("a.hdr", &pair(1)[0], "not beside it");
    check("a.nii", &[], "empty");
    // Zeros, a megabyte in each part of the stream: the claim is true, and would fill 1.2 GB.
    let bomb = Header::with_dims(&[1024, 1024, 300]);
    let zeros = gz(&vec![0; 1 << 20]).repeat(601);
    let zeros = [gz(&bomb.file(&[])), zeros].concat();
    check("a.nii.gz", &zeros, "times are not unpacked");
}

/// The list of a zip may claim other sizes than its members have.
#[test]
fn members_of_other_sizes_than_the_list_claims_are_refused() {
    let folder = Folder::new();
    let good = zip(&[("a.nii", &nifti(1))]);
    let list = good.windows(4).position(|w| w == b"PK\x01\x02").unwrap();
    let size_at = list + 24;
    let size = u32::from_le_bytes(std::array::from_fn(|i| good[size_at + i]));
    for claimed in [size - 4, size + 4, u32::MAX - 1] {
        let mut bytes = good.clone();
        bytes[size_at..size_at + 4].copy_from_slice(&claimed.to_le_bytes());
        let path = folder.write("lies.zip", &bytes);
        let said = formats::open_one(&path, &no_progress)
            .unwrap_err()
            .to_string();
        assert!(
            said.contains("short") || said.contains("check sum"),
            "{said}"
        );
    }
    // A changed voxel is found by the check sum.
    let stored = gz(&nifti(1));
    let mut bytes = zip(&[("a.nii", &nifti(1)), ("b.nii.gz", &stored)]);
    let list = bytes.windows(4).position(|w| w == b"PK\x01\x02").unwrap();
    bytes[list + 16] ^= 1;
    let path = folder.write("sum.zip", &bytes);
    let said = formats::open(&path, 0, &no_progress)
        .unwrap_err()
        .to_string();
    assert!(said.contains("check sum"), "{said}");
    assert!(formats::open(&path, 1, &no_progress).is_ok());
}
