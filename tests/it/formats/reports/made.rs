//! Files made here of the kinds that were reported.

use super::super::dicom_made::Made;
use super::{check_refused, says};
use cisterna::formats::{catalogue, describe, no_progress};
use std::path::Path;

fn write(folder: &Path, name: &str, made: &Made) {
    std::fs::write(folder.join(name), made.bytes()).unwrap();
}

/// One file with an element written by somebody.
fn with(tag: u32, text: &str) -> (tempfile::TempDir, std::path::PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    let mut made = Made::slice(0);
    made.text(0x0028_1052, *b"DS", "-10");
    made.text(0x0028_1053, *b"DS", "2");
    made.text(tag, *b"DS", text);
    write(folder.path(), "a.dcm", &made);
    let file = folder.path().join("a.dcm");
    (folder, file)
}

#[test]
fn a_decimal_comma_is_read_and_said() {
    let (_folder, file) = with(0x0028_1053, "0,5");
    let info = describe(&file, None, &[]).unwrap();
    assert_eq!((info.min, info.max), (Some(-10.0), Some(240.0)));
    says(
        &info,
        "RescaleSlope is \"0,5\": its comma is read as a decimal point",
    );
    let (_folder, file) = with(0x0028_0030, "1,25\\1,5");
    let info = describe(&file, None, &[]).unwrap();
    assert_eq!(info.zooms_mm[..2], [1.5, 1.25]);
    let (_folder, file) = with(0x0020_0032, "1,5\\-2,5\\7");
    let info = describe(&file, None, &[]).unwrap();
    assert_eq!(
        [info.affine[0][3], info.affine[1][3], info.affine[2][3]],
        [-1.5, 2.5, 7.0]
    );
}

#[test]
fn what_places_and_scales_is_read_or_refused() {
    let refused = |tag, text: &str, words| {
        let (_folder, file) = with(tag, text);
        check_refused(describe(&file, None, &[]), words);
    };
    refused(0x0028_1053, "half", ["RescaleSlope", "half"]);
    refused(0x0028_1052, "1.024,5", ["RescaleIntercept", "1.024,5"]);
    // A hole does not move what stands behind it.
    refused(0x0020_0032, "1\\\\3", ["ImagePositionPatient", "1\\\\3"]);
    refused(0x0020_0032, "1\\3", ["ImagePositionPatient", "2 numbers"]);
    refused(
        0x0020_0037,
        "1\\0\\0\\0\\1\\x",
        ["ImageOrientationPatient", "x"],
    );
    refused(0x0028_0030, "1\\nan", ["PixelSpacing", "nan"]);
    // What neither places nor scales is said.
    let (_folder, file) = with(0x0018_0081, "short");
    says(
        &describe(&file, None, &[]).unwrap(),
        "EchoTime is \"short\"",
    );
}

#[test]
fn eight_bits_in_words_of_big_endian() {
    let folder = tempfile::tempdir().unwrap();
    let mut made = Made::slice(0);
    made.bits(8, 8, 7, 0);
    made.text(0x0028_0008, *b"IS", "3");
    // Three frames of 3 x 3: words lie across frames, and the last byte is padding.
    made.number(0x0028_0010, 3);
    let pixels: Vec<u8> = (1..=27).chain([0]).collect();
    made.pixels = pixels
        .chunks(2)
        .flat_map(|pair| [pair[1], pair[0]])
        .collect();
    let bytes = big_endian(&made);
    let file = folder.path().join("a.dcm");
    std::fs::write(&file, bytes).unwrap();
    for (at, wanted) in [
        ([0, 0, 0], 1.0),
        ([2, 2, 0], 9.0),
        ([0, 0, 1], 10.0),
        ([2, 2, 2], 27.0),
    ] {
        let index = match at {
            [i, j, k] => vec![i, j, 0, k],
        };
        let info = describe(&file, None, &[index]).unwrap();
        assert_eq!(info.voxels[0].value, wanted, "{at:?}");
    }
}

/// The file in explicit big endian; pixels as they are.
fn big_endian(made: &Made) -> Vec<u8> {
    let mut made = made.clone();
    made.syntax = "1.2.840.10008.1.2.2";
    let little = made.dataset();
    let mut out = made.head();
    let mut rest = &little[..];
    let mut put = |head: &[u8], length: u16, value: &[u8]| {
        out.extend([head[1], head[0], head[3], head[2], head[4], head[5]]);
        out.extend(length.to_be_bytes());
        if &head[4..6] == b"US" {
            out.extend(value.chunks(2).flat_map(|b| [b[1], b[0]]));
        } else {
            out.extend(value);
        }
    };
    while !rest.is_empty() {
        let length = u16::from_le_bytes([rest[6], rest[7]]);
        let end = 8 + usize::from(length);
        put(&rest[..8], length, &rest[8..end]);
        rest = &rest[end..];
    }
    out.extend([0x7F, 0xE0, 0, 0x10, b'O', b'W', 0, 0]);
    out.extend((made.pixels.len() as u32).to_be_bytes());
    out.extend(&made.pixels);
    out
}

#[test]
fn two_sessions_of_one_identifier_are_two_series() {
    let folder = tempfile::tempdir().unwrap();
    for (session, date) in [(0, "20240101"), (1, "20240102")] {
        for slice in 0..4 {
            let mut made = Made::slice(slice);
            made.text(0x0008_0018, *b"UI", &format!("1.2.{session}.{slice}"));
            made.text(0x0008_0021, *b"DA", date);
            made.text(0x0020_000D, *b"UI", &format!("1.9.{session}"));
            // Half a step off.
            let place = f64::from(slice) + 0.5 * f64::from(session);
            made.text(0x0020_0032, *b"DS", &format!("0\\0\\{place}"));
            write(folder.path(), &format!("{session}-{slice}.dcm"), &made);
        }
    }
    let found = catalogue(&[folder.path().to_owned()], &no_progress).unwrap();
    assert_eq!(found.entries.len(), 2);
    let info = describe(folder.path(), None, &[]).unwrap();
    assert_eq!(info.shape, [3, 2, 4]);
}

#[test]
fn slices_of_two_acquisitions_between_each_other_are_said() {
    let folder = tempfile::tempdir().unwrap();
    for slice in 0..8 {
        let mut made = Made::slice(slice);
        made.text(0x0020_0012, *b"IS", &(1 + slice % 2).to_string());
        write(folder.path(), &format!("{slice}.dcm"), &made);
    }
    says(
        &describe(folder.path(), None, &[]).unwrap(),
        "2 acquisitions",
    );
}

#[test]
fn echo_times_that_round_to_different_tenths_are_one() {
    let folder = tempfile::tempdir().unwrap();
    for (slice, echo) in [(0, "2.4499999"), (1, "2.4500001"), (2, "2.4499999")] {
        let mut made = Made::slice(slice);
        made.text(0x0018_0081, *b"DS", echo);
        write(folder.path(), &format!("{slice}.dcm"), &made);
    }
    let info = describe(folder.path(), None, &[]).unwrap();
    assert_eq!(info.shape, [3, 2, 3]);
}

#[cfg(unix)]
#[test]
fn links_that_lead_nowhere_are_said() {
    let folder = tempfile::tempdir().unwrap();
    for slice in 0..3 {
        write(folder.path(), &format!("{slice}.dcm"), &Made::slice(slice));
    }
    std::os::unix::fs::symlink("gone.dcm", folder.path().join("3.dcm")).unwrap();
    says(&describe(folder.path(), None, &[]).unwrap(), "3.dcm");
}
