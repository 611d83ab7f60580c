//! DICOM files that were made to be odd, or to lie about themselves.

use super::dicom_made::{Made, NAME, element, zip};
use super::files::Folder;
use crate::shared;
use cisterna::formats::{self, FormatError, PixelScaling, hours_after_injection, no_progress};
use flate2::Compression;
use flate2::write::DeflateEncoder;
use std::io::Write;
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};
use time::{Date, Month, PrimitiveDateTime, Time};

fn opened(bytes: &[u8]) -> Result<formats::Opened, FormatError> {
    let folder = Folder::new();
    formats::open(&folder.write("a.dcm", bytes), 0, &no_progress)
}

#[track_caller]
fn check_refused(path: &Path, expected: &str) {
    let started = Instant::now();
    let errors = [
        formats::open(path, 0, &no_progress).unwrap_err(),
        formats::describe(path, None, &[]).unwrap_err(),
        formats::series(path, &no_progress)
            .map(|_| ())
            .err()
            .unwrap_or_else(|| formats::open(path, 0, &no_progress).unwrap_err()),
    ];
    assert!(
        started.elapsed() < Duration::from_secs(1),
        "{:?}",
        started.elapsed()
    );
    for error in errors {
        let text = error.to_string();
        assert!(text.contains(expected), "{text}");
        assert!(
            text.contains(path.file_name().unwrap().to_str().unwrap()),
            "{text}"
        );
        assert!(!text.contains("Nobody"), "{text}");
    }
}

#[track_caller]
fn check_bytes_refused(bytes: &[u8], expected: &str) {
    let folder = Folder::new();
    check_refused(&folder.write("a.dcm", bytes), expected);
}

#[test]
fn bits_that_are_not_the_pixels() {
    #[track_caller]
    fn check(bits: [u16; 4], stored: &[u16], expected: &[f32]) {
        let mut made = Made::slice(0);
        made.bits(bits[0], bits[1], bits[2], bits[3]);
        made.pixels = stored.iter().flat_map(|n| n.to_le_bytes()).collect();
        let opened = opened(&made.bytes()).unwrap();
        assert_eq!(opened.volume.values(), expected);
    }
    // Overlays above the highest bit, and below the lowest.
    check(
        [16, 12, 11, 0],
        &[0xF123, 0x1FFF, 0x8000, 0x0FFF, 0x7001, 0],
        &[291.0, 4095.0, 0.0, 4095.0, 1.0, 0.0],
    );
    check(
        [16, 12, 15, 0],
        &[0x123F, 0xFFF5, 0x0010, 0, 0x000F, 0x8000],
        &[291.0, 4095.0, 1.0, 0.0, 0.0, 2048.0],
    );
    // The sign is that of the highest stored bit.
    check(
        [16, 12, 11, 1],
        &[0x0FFF, 0x0800, 0x07FF, 0xF7FF, 0x0001, 0],
        &[-1.0, -2048.0, 2047.0, 2047.0, 1.0, 0.0],
    );
    check(
        [16, 16, 15, 1],
        &[0xFFFF, 0x8000, 0x7FFF, 1, 2, 3],
        &[-1.0, -32768.0, 32767.0, 1.0, 2.0, 3.0],
    );
    check(
        [8, 8, 7, 1],
        &[0xFF80, 0x017F, 0x0302],
        &[-128.0, -1.0, 127.0, 1.0, 2.0, 3.0],
    );
    check(
        [32, 32, 31, 0],
        &[0, 0x8000, 1, 0, 2, 0, 3, 0, 4, 0, 5, 0],
        &[2_147_483_648.0, 1.0, 2.0, 3.0, 4.0, 5.0],
    );
}

#[test]
fn scaling_is_that_of_the_frame() {
    let mut made = Made::slice(0);
    made.text(0x0028_1052, *b"DS", "-10");
    made.text(0x0028_1053, *b"DS", "0.5");
    made.set(0x2005_100E, *b"FL", &4.0_f32.to_le_bytes());
    let folder = Folder::new();
    let path = folder.write("a.dcm", &made.bytes());
    let scan = formats::series(&path, &no_progress).unwrap();
    let series = &scan.series[0];
    assert!(series.has_precise_values());
    let rescaled = series
        .open(0, PixelScaling::Rescaled, &no_progress)
        .unwrap();
    assert_eq!(
        rescaled.volume.values(),
        [-10.0, 40.0, 90.0, 140.0, 190.0, 240.0]
    );
    let precise = series
        .open(0, PixelScaling::PhilipsPrecise, &no_progress)
        .unwrap();
    assert_eq!(
        precise.volume.values(),
        [-5.0, 20.0, 45.0, 70.0, 95.0, 120.0]
    );
}

#[test]
fn places_are_turned_from_lps_to_ras() {
    let folder = Folder::new();
    for slice in [4, 0, 2] {
        folder.write(&format!("{}.dcm", 9 - slice), &Made::slice(slice).bytes());
    }
    let path = folder.write("x.txt", b"no image");
    let path = path.parent().unwrap();
    let opened = formats::open(path, 0, &no_progress).unwrap();
    assert_eq!(opened.volume.grid().dims(), [3, 2, 3]);
    assert_eq!(opened.info.axcodes, "LPS");
    assert_eq!(opened.info.zooms_mm, [1.0, 1.0, 2.0]);
    assert_eq!(opened.info.affine[0][0], -1.0);
    assert!(opened.info.warnings.iter().any(|w| w.contains("x.txt")));
}

#[test]
fn who_was_scanned_is_told_only_when_asked() {
    let folder = Folder::new();
    let path = folder.write("a.dcm", &Made::slice(0).bytes());
    let scan = formats::series(&path, &no_progress).unwrap();
    let opened = formats::open(&path, 0, &no_progress).unwrap();
    let identity = scan.series[0].identity().unwrap();
    let printed = format!("{scan:?} {:?} {identity:?}", opened.info);
    for secret in ["Nobody", "4711", "19991231"] {
        assert!(!printed.contains(secret), "{printed}");
        assert!(
            !serde_json::to_string(&opened.info)
                .unwrap()
                .contains(secret)
        );
    }
    assert_eq!(identity.name.as_deref(), Some(NAME));
    assert_eq!(identity.id.as_deref(), Some("ID-4711"));
    assert_eq!(identity.birth_date.as_deref(), Some("19991231"));
}

#[test]
fn claims_beyond_the_file() {
    let small = Made::slice(0);
    for (rows, columns, frames) in [
        (65_535, 65_535, "1"),
        (65_535, 65_535, "2147483647"),
        (2, 3, "999999999"),
        (2, 4, "1"),
    ] {
        let mut made = small.clone();
        made.number(0x0028_0010, rows);
        made.number(0x0028_0011, columns);
        made.text(0x0028_0008, *b"IS", frames);
        check_bytes_refused(&made.bytes(), "Rows, Columns and NumberOfFrames");
        if rows > 2 {
            for syntax in [
                "1.2.840.10008.1.2.5",
                "1.2.840.10008.1.2.4.70",
                "1.2.840.10008.1.2.4.80",
                "1.2.840.10008.1.2.4.90",
            ] {
                made.syntax = syntax;
                check_bytes_refused(&made.coded(), "Rows, Columns and NumberOfFrames");
            }
        }
    }
    let mut made = small.clone();
    made.text(0x0028_0008, *b"IS", "0");
    check_bytes_refused(&made.bytes(), "NumberOfFrames is 0");
    let mut made = small.clone();
    made.number(0x0028_0010, 0);
    check_bytes_refused(&made.bytes(), "Rows is 0");
    for bits in [
        [12, 12, 11, 0],
        [16, 17, 15, 0],
        [16, 12, 20, 0],
        [16, 0, 0, 0],
        [16, 12, 3, 0],
    ] {
        let mut made = small.clone();
        made.bits(bits[0], bits[1], bits[2], bits[3]);
        check_bytes_refused(&made.bytes(), "Bit");
    }
    let mut made = small.clone();
    made.syntax = "1.2.840.10008.1.2.4.106";
    check_bytes_refused(&made.bytes(), "TransferSyntaxUID");
    let mut made = small;
    made.text(0x0020_0037, *b"DS", "0\\0\\0\\0\\0\\0");
    assert!(opened(&made.bytes()).unwrap().info.warnings[0].contains("unknown"));
}

#[test]
fn elements_longer_than_the_file() {
    let made = Made::slice(0);
    for length in [0xFFFF_FFF0_u32, 0x7FFF_FFFF, 100_000] {
        for tag in [[0x09, 0, 0x10, 0x10], [0x28, 0, 0x00, 0x30]] {
            let mut bytes = made.head();
            bytes.extend([8, 0, 0x60, 0, b'C', b'S', 2, 0, b'M', b'R']);
            bytes.extend(tag);
            bytes.extend([b'O', b'B', 0, 0]);
            bytes.extend(length.to_le_bytes());
            bytes.extend([0; 100]);
            check_bytes_refused(&bytes, "");
        }
    }
}

#[test]
fn sequences_deep_in_each_other() {
    for (head, n) in [
        (
            &[
                8_u8, 0, 0x40, 0x11, b'S', b'Q', 0, 0, 0xFF, 0xFF, 0xFF, 0xFF, 0xFE, 0xFF, 0, 0xE0,
                0xFF, 0xFF, 0xFF, 0xFF,
            ][..],
            200_000,
        ),
        (
            &[
                0x28, 0, 0, 0x30, b'S', b'Q', 0, 0, 0xFF, 0xFF, 0xFF, 0xFF, 0xFE, 0xFF, 0, 0xE0,
                0xFF, 0xFF, 0xFF, 0xFF,
            ],
            200_000,
        ),
    ] {
        let mut bytes = Made::slice(0).head();
        bytes.extend(head.repeat(n));
        check_bytes_refused(&bytes, "deep");
    }
}

#[test]
fn zips_and_their_bombs() {
    let folder = Folder::new();
    let (a, b) = (Made::slice(0).bytes(), Made::slice(2).bytes());
    let good = zip(&[("s/1", &a), ("s/2", &b), ("read.me", b"hello")]);
    let opened = formats::open(&folder.write("good.zip", &good), 0, &no_progress).unwrap();
    assert_eq!(opened.volume.grid().dims(), [3, 2, 2]);
    assert_eq!(opened.info.format, "dicom");
    // Zeros beyond what the header needs are unpacked only as far as a check sum asks for.
    let padded = [a.clone(), vec![0; 100 << 20]].concat();
    let path = folder.write("padded.zip", &zip(&[("1", &padded)]));
    let started = Instant::now();
    assert!(formats::open(&path, 0, &no_progress).is_ok());
    assert!(
        started.elapsed() < Duration::from_secs(2),
        "{:?}",
        started.elapsed()
    );
    // All zeros, and an element that is all zeros.
    check_refused(
        &folder.write("zeros.zip", &zip(&[("1", &vec![0; 50 << 20])])),
        "DICOM",
    );
    let mut long = Made::slice(0).head();
    long.extend([8, 0, 0x60, 0, b'O', b'B', 0, 0, 0, 0, 0, 0x10]);
    long.extend(vec![0; 100 << 20]);
    check_refused(&folder.write("long.zip", &zip(&[("1", &long)])), "header");
    // Many members that share their bytes.
    let many: Vec<(&str, &[u8])> = vec![("x", &a[..]); 3];
    let mut bytes = zip(&many);
    let places: Vec<usize> = (0..bytes.len() - 4)
        .filter(|&at| bytes[at..].starts_with(b"PK\x01\x02"))
        .collect();
    for at in places {
        bytes[at + 20..at + 24].copy_from_slice(&0x00FF_FFFF_u32.to_le_bytes());
    }
    check_refused(&folder.write("shared.zip", &bytes), "add up");
    // Cut short, and changed.
    for cut in [4, 100, good.len() / 2, good.len() - 30] {
        check_refused(&folder.write("cut.zip", &good[..cut]), "");
    }
    let mut damaged = good.clone();
    damaged[60] ^= 0x55;
    let path = folder.write("damaged.zip", &damaged);
    if let Ok(opened) = formats::open(&path, 0, &no_progress) {
        assert!(!opened.info.warnings.is_empty());
    }
}

#[test]
fn a_deflated_data_set() {
    let mut made = Made::slice(0);
    let plain = opened(&made.bytes()).unwrap();
    made.syntax = "1.2.840.10008.1.2.1.99";
    let pixels = element(0x7FE0_0010, *b"OW", &made.pixels);
    let mut encoder = DeflateEncoder::new(made.head(), Compression::fast());
    encoder
        .write_all(&[made.dataset(), pixels].concat())
        .unwrap();
    let bytes = encoder.finish().unwrap();
    assert_eq!(
        opened(&bytes).unwrap().volume.values(),
        plain.volume.values()
    );
}

#[test]
fn a_dicomdir_lists_its_files() {
    let folder = Folder::new();
    let mut items = Vec::new();
    for (name, slice) in [("A1", 0), ("A2", 3)] {
        folder.write(name, &Made::slice(slice).bytes());
        let record = element(0x0004_1500, *b"CS", name.as_bytes());
        items.extend([0xFE, 0xFF, 0, 0xE0]);
        items.extend((record.len() as u32).to_le_bytes());
        items.extend(record);
    }
    // One outside, which is not followed.
    let outside = element(0x0004_1500, *b"CS", b"..\\A1");
    items.extend([0xFE, 0xFF, 0, 0xE0]);
    items.extend((outside.len() as u32).to_le_bytes());
    items.extend(outside);
    folder.write("A3", &Made::slice(6).bytes());
    let directory = [Made::slice(0).head(), element(0x0004_1220, *b"SQ", &items)].concat();
    let path = folder.write("DICOMDIR", &directory);
    let opened = formats::open(&path, 0, &no_progress).unwrap();
    assert_eq!(opened.volume.grid().dims(), [3, 2, 2]);
}

#[test]
fn files_cut_short_anywhere() {
    let bytes = Made::slice(0).bytes();
    let folder = Folder::new();
    for length in 0..bytes.len() {
        let path = folder.write("a.dcm", &bytes[..length]);
        let error = formats::open(&path, 0, &no_progress).unwrap_err();
        assert!(!error.to_string().contains("Nobody"), "{error}");
    }
}

/// No change of a byte makes it panic, hang or tell a name.
fn any_change(bytes: &[u8], step: usize) {
    let folder = Folder::new();
    let started = Instant::now();
    for at in (0..bytes.len()).step_by(step) {
        let mut changed = bytes.to_vec();
        changed[at] ^= 0xFF >> (at / step % 7);
        let path = folder.write("a.dcm", &changed);
        match formats::open(&path, 0, &no_progress) {
            Ok(opened) => assert_eq!(
                opened.volume.values().len(),
                opened.volume.grid().n_voxels()
            ),
            Err(error) => assert!(!error.to_string().contains("Nobody"), "{error}"),
        }
    }
    assert!(started.elapsed() < Duration::from_secs(60));
}

#[test]
fn any_change_of_a_header() {
    any_change(&Made::slice(0).bytes(), 1);
}

#[test]
fn any_change_of_coded_pixels() {
    for name in [
        "pydicom+pydicom/MR_small_RLE.dcm",
        "pydicom+pydicom/JPEGLSNearLossless_16.dcm",
        "jonclayden+divest/jpl/01jl.dcm",
        "jonclayden+divest/jpeg/01j.dcm",
        "icometrix+dicom2nifti/generic/rgb/001/IM-0001-0001-0001.dcm",
        "pydicom+pydicom-data/emri_small_jpeg_2k_lossless.dcm",
    ] {
        let Some(path) = shared(&format!("data/dicom/{name}")) else {
            return;
        };
        let bytes = std::fs::read(path).unwrap();
        any_change(&bytes, bytes.len() / 60);
        let folder = Folder::new();
        for share in 1..10 {
            let cut = &bytes[..bytes.len() * share / 10];
            let _ = formats::open(&folder.write("cut.dcm", cut), 0, &no_progress);
        }
    }
}

#[test]
fn progress_grows_and_can_stop() {
    let folder = Folder::new();
    let mut path = PathBuf::new();
    for slice in 0..20 {
        path = folder.write(&format!("{slice:02}.dcm"), &Made::slice(slice).bytes());
    }
    let path = path.parent().unwrap();
    let told = std::sync::Mutex::new(Vec::new());
    let opened = formats::open(path, 0, &|share| {
        told.lock().unwrap().push(share);
        ControlFlow::Continue(())
    });
    assert_eq!(opened.unwrap().volume.grid().dims(), [3, 2, 20]);
    let told = told.into_inner().unwrap();
    assert!(told.is_sorted() && told.len() == 40, "{told:?}");
    assert!((told.last().unwrap() - 1.0).abs() < 1e-6, "{told:?}");
    for after in [1, 5, 25] {
        let calls = AtomicUsize::new(0);
        let result = formats::open(path, 0, &|_| {
            if calls.fetch_add(1, Ordering::SeqCst) + 1 >= after {
                return ControlFlow::Break(());
            }
            ControlFlow::Continue(())
        });
        assert!(matches!(result, Err(FormatError::Cancelled)));
    }
}

#[test]
fn several_series_are_listed_and_counted_through() {
    let folder = Folder::new();
    let mut path = PathBuf::new();
    for (number, uid) in [(2, "1.9"), (1, "1.8")] {
        for slice in 0..3 {
            let mut made = Made::slice(slice);
            made.text(0x0020_000E, *b"UI", uid);
            made.text(0x0020_0011, *b"IS", &number.to_string());
            made.text(0x0008_103E, *b"LO", &format!("scan {number}"));
            made.pixels[0] = number as u8;
            path = folder.write(&format!("{uid}-{slice}"), &made.bytes());
        }
    }
    let path = path.parent().unwrap();
    let info = formats::describe(path, None, &[vec![0, 0, 0]]).unwrap();
    let names: Vec<_> = info
        .series
        .iter()
        .map(|s| s.description.as_deref())
        .collect();
    assert_eq!(names, [Some("scan 1"), Some("scan 2")]);
    assert_eq!((info.volumes, info.voxels[0].value), (2, 1.0));
    let second = formats::open(path, 1, &no_progress).unwrap();
    assert_eq!(second.volume.values()[0], 2.0);
    assert!(matches!(
        formats::open(path, 2, &no_progress),
        Err(FormatError::OutOfRange { .. })
    ));
}

#[test]
fn hours_count_from_the_injection_or_the_first_scan() {
    let at = |day, hour, minute| {
        let date = Date::from_calendar_date(2020, Month::February, day).unwrap();
        Some(PrimitiveDateTime::new(
            date,
            Time::from_hms(hour, minute, 0).unwrap(),
        ))
    };
    let scans = [at(28, 9, 0), None, at(28, 13, 30), at(29, 9, 0)];
    let hours = hours_after_injection(&scans, None);
    assert_eq!(hours, [Some(0.0), None, Some(4.5), Some(24.0)]);
    let hours = hours_after_injection(&scans, at(28, 10, 0));
    assert_eq!(hours, [Some(-1.0), None, Some(3.5), Some(23.0)]);
    assert!(hours_after_injection(&[None], None) == [None]);
    let mut made = Made::slice(0);
    made.text(0x0008_0022, *b"DA", "20200228");
    made.text(0x0008_0032, *b"TM", "093015.250000");
    let folder = Folder::new();
    let path = folder.write("a.dcm", &made.bytes());
    let scan = formats::series(&path, &no_progress).unwrap();
    assert_eq!(
        scan.series[0].acquired.unwrap().to_string(),
        "2020-02-28 9:30:15.25"
    );
    made.text(0x0008_002A, *b"DT", "20200301120000.5+0100");
    let path = folder.write("b.dcm", &made.bytes());
    let scan = formats::series(&path, &no_progress).unwrap();
    assert_eq!(
        scan.series[0].acquired.unwrap().to_string(),
        "2020-03-01 12:00:00.5"
    );
}
