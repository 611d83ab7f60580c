//! `cisterna picture`.

use super::{cisterna, path, text, write_scan};
use crate::formats::dicom_made::{Made, NAME, element};
use crate::pdf::Pdf;
use crate::picture::{chunks, frames};
use crate::shared;
use cisterna::formats::{Voxels, no_progress, open, series, write_nifti};
use cisterna::volume::{Affine, Grid, Orientation};
use std::path::{Path, PathBuf};

#[track_caller]
pub(super) fn drawn(args: &[&str], out: &Path) -> Vec<u8> {
    let output = cisterna(&[&["picture"], args, &["-o", path(out)]].concat());
    assert!(output.status.success(), "{}", text(&output.stderr));
    assert!(output.stdout.is_empty());
    std::fs::read(out).unwrap()
}

/// Words of an SVG, and nothing of its pixels.
pub(super) fn words(svg: &[u8]) -> String {
    let svg = String::from_utf8(svg.to_vec()).unwrap();
    svg.lines()
        .filter(|line| !line.starts_with("<image"))
        .collect()
}

/// A DICOM file before its pixels.
fn head_of(dicom: &[u8]) -> &[u8] {
    let pixels = [0xE0, 0x7F, 0x10, 0, b'O', b'B'];
    let at = dicom.windows(6).position(|part| part == pixels).unwrap();
    &dicom[..at]
}

/// What a DICOM file says but its pixels and the numbers that are made of hashes, where any digits may stand.
fn said_in(dicom: &[u8]) -> String {
    let said = text(head_of(dicom)).replace("1.2.840.10008.1.2.1\0", "");
    let parts = said.split("2.25.");
    parts
        .map(|part| part.trim_start_matches(|c: char| c.is_ascii_digit()))
        .collect()
}

/// A scan whose file is named by a patient, with hours beside it.
fn scan(folder: &Path, session: &str, hours: f64) -> PathBuf {
    let file = folder.join(format!("Doe_Jane_{session}.nii"));
    write_scan(&file, [20, 24, 16], |i, j, k| {
        (i + 2 * j + 3 * k) as f32 + hours as f32
    });
    let sidecar = format!("{{\"HoursAfterInjection\": {hours}, \"PatientName\": \"Doe^Jane\"}}");
    std::fs::write(file.with_extension("json"), sidecar).unwrap();
    file
}

/// None of these in any case, in none of the kinds of files.
#[track_caller]
fn check_nameless(scan: &str, identity: &[&str], extra: &[&str]) {
    let folder = tempfile::tempdir().unwrap();
    for (name, more) in [
        ("a.svg", &[][..]),
        ("a.png", &[]),
        ("a.pdf", &[]),
        ("a.dcm", &[]),
        ("sheet.svg", &["--lightbox", "1x1"]),
        ("movie.png", &["--movie", "slices"]),
    ] {
        let args = [&[scan, "--pixels-per-mm", "1"], extra, more].concat();
        let bytes = drawn(&args, &folder.path().join(name));
        let said = match name.rsplit('.').next().unwrap() {
            "svg" => words(&bytes),
            "pdf" => Pdf::open(bytes).words(),
            "dcm" => said_in(&bytes),
            _ => {
                let chunks = chunks(&bytes).into_iter();
                let others = chunks.filter(|(name, _)| !["IDAT", "fdAT"].contains(&name.as_str()));
                others
                    .map(|(_, data)| String::from_utf8_lossy(&data).into_owned())
                    .collect()
            }
        };
        let said = said.to_lowercase();
        assert!(said.contains("research use only"), "{name}: {said}");
        for part in identity {
            let part = part.to_lowercase();
            assert!(!said.contains(&part), "{name} says {part}: {said}");
        }
    }
}

#[test]
fn nothing_in_a_picture_names_a_patient() {
    let folder = tempfile::tempdir().unwrap();
    let nifti = scan(folder.path(), "first", 24.0);
    let here = folder.path().to_string_lossy().into_owned();
    check_nameless(path(&nifti), &["doe", "jane", "first", &here], &[]);
    let overlay = scan(folder.path(), "map", 2.0);
    let over = ["--overlay", path(&overlay), "--overlay-window", "5,60"];
    check_nameless(path(&nifti), &["doe", "jane", &here], &over);
    let dicom = folder.path().join("Doe_Jane");
    std::fs::create_dir(&dicom).unwrap();
    for slice in 0..3 {
        let mut made = Made::slice_of(1, "Jane's first T1", "20260504102030", slice);
        made.number(0x0028_0010, 20);
        made.number(0x0028_0011, 30);
        made.pixels = (0..600_u16).flat_map(u16::to_le_bytes).collect();
        std::fs::write(dicom.join(format!("{slice}.dcm")), made.bytes()).unwrap();
    }
    let name = NAME.split('^').next().unwrap();
    let identity = ["doe", "jane", name, "4711", "1999", "1.2.1"];
    check_nameless(path(&dicom), &identity, &["--plane", "axial"]);
    // Asked for, the name of the file is there.
    let svg = drawn(
        &[path(&nifti), "--with-names"],
        &folder.path().join("named.svg"),
    );
    assert!(
        words(&svg).contains("Doe_Jane_first.nii"),
        "{}",
        words(&svg)
    );
}

#[test]
fn nothing_of_real_files_names_a_patient() {
    if let Some(file) = shared("data/dicom/pydicom+pydicom/MR_small.dcm") {
        let identity = ["CompressedSamples", "MR1", "MR_small", "4MR"];
        check_nameless(path(&file), &identity, &["--plane", "axial"]);
    }
    if let Some(file) = shared("data/nifti/nipy+nibabel/example4d.nii.gz")
        .or_else(|| shared("data/nifti/nipy+nibabel/functional.nii"))
    {
        let stem = file.file_name().unwrap().to_str().unwrap();
        check_nameless(path(&file), &[stem, "nibabel"], &["--plane", "coronal"]);
    }
}

/// An archive files it under whom it was told, and nothing else of it changes but its identifiers. It is the
/// picture, and says whether a name is drawn.
#[test]
fn a_picture_for_an_archive_names_whom_it_was_told() {
    let folder = tempfile::tempdir().unwrap();
    let nifti = scan(folder.path(), "first", 24.0);
    let scan = [path(&nifti), "--pixels-per-mm", "2"];
    let has = |bytes: &[u8], part: &[u8]| bytes.windows(part.len()).any(|found| found == part);
    let out = |name: &str| folder.path().join(name);
    let png = drawn(&scan, &out("a.png"));
    let png = image::load_from_memory(&png).unwrap().into_rgb8();
    let bytes = drawn(&scan, &out("a.dcm"));
    let pixels = png.as_raw();
    let head = head_of(&bytes).len() + 12;
    assert!(
        bytes[head..head + pixels.len()] == pixels[..],
        "other pixels"
    );
    for (tag, vr, value) in [
        (0x0008_0008, b"CS", "DERIVED\\SECONDARY"),
        (0x0008_0060, b"CS", "OT"),
        (0x0008_0064, b"CS", "WSD"),
        (0x0010_0010, b"PN", ""),
        (0x0010_0020, b"LO", ""),
        (0x0028_0301, b"CS", "NO"),
    ] {
        let element = element(tag, *vr, value.as_bytes());
        assert!(has(&bytes, &element), "{tag:08X} {value}");
    }
    assert!(has(&bytes, b"Research use only. Not a medical device.\r\n"));
    // The same is the same, and is not overwritten.
    assert_eq!(drawn(&scan, &out("again.dcm")), bytes);
    let output = cisterna(&[&["picture"], &scan[..], &["-o", path(&out("a.dcm"))]].concat());
    assert_eq!(output.status.code(), Some(1));
    let said = text(&output.stderr);
    assert!(said.contains("not overwritten"), "{said}");
    // Opened, it is the luminance of those pixels.
    let opened = open(&out("a.dcm"), 0, &no_progress).unwrap();
    let [width, height] = [png.width(), png.height()].map(|side| side as usize);
    assert_eq!(opened.volume.grid().dims(), [width, height, 1]);
    for (value, rgb) in opened.volume.values().iter().zip(pixels.chunks(3)) {
        let [r, g, b] = [0, 1, 2].map(|at| f32::from(rgb[at]));
        let luminance = 0.2126 * r + 0.7152 * g + 0.0722 * b;
        assert!((value - luminance).abs() < 1e-3, "{value} {luminance}");
    }
    let whom = ["--patient-name", "Roe^Richard", "--patient-id", "R-1"];
    let told = drawn(&[&scan[..], &whom].concat(), &out("told.dcm"));
    let sorted = series(&out("told.dcm"), &no_progress).unwrap();
    let identity = sorted.series[0].identity().unwrap();
    assert_eq!(identity.name.as_deref(), Some("Roe^Richard"));
    assert_eq!(identity.id.as_deref(), Some("R-1"));
    assert!(
        has(&told, &element(0x0028_0301, *b"CS", b"NO")),
        "it is not drawn"
    );
    assert!(has(&told, pixels), "the same picture");
    // With names of files on it, it says so.
    let args = [&scan[..], &["--with-names"]].concat();
    let named = drawn(&args, &out("named.dcm"));
    assert!(has(&named, &element(0x0028_0301, *b"CS", b"YES")));
    assert!(has(&named, b"Doe_Jane_first.nii"));
    // Of nothing else than a capture.
    for end in ["png", "svg", "pdf"] {
        let out = out(&format!("b.{end}"));
        let output = cisterna(&[&["picture"], &scan[..], &whom, &["-o", path(&out)]].concat());
        let said = text(&output.stderr);
        assert_eq!(output.status.code(), Some(1), "{said}");
        assert!(said.contains("stand in a .dcm alone"), "{said}");
        assert!(!out.exists());
    }
}

/// What is said of the scans: the figure of a real scan, a later one and how they differ.
#[test]
fn a_figure_says_hours_places_windows_and_values() {
    let folder = tempfile::tempdir().unwrap();
    let [before, late] = [("a", 0.0), ("b", 24.0)].map(|(of, h)| scan(folder.path(), of, h));
    let out = folder.path().join("a.svg");
    let scans = [path(&before), path(&late)];
    let args = [
        &scans[..],
        &["--difference", "--window", "0,80", "--at", "-0.4,2,3.5"],
    ]
    .concat();
    let said = words(&drawn(&args, &out));
    for part in [
        "Before, axial",
        "24 h, sagittal",
        "|24 h - Before|",
        "S 3.5 mm",
        "L 0.4 mm",
        "Before: window 0 to 80 (level 40, width 80)",
        ">40<",
        ">20<",
        "Not a medical device",
    ] {
        assert!(said.contains(part), "{part}: {said}");
    }
    // Three columns of three planes, and each letter on each.
    let svg = String::from_utf8(drawn(&args, &folder.path().join("b.svg"))).unwrap();
    assert_eq!(svg.matches("<image").count(), 9);
    assert_eq!(svg.matches(">S</text>").count(), 6);
}

#[test]
fn movies_go_over_slices_hours_and_volumes() {
    let folder = tempfile::tempdir().unwrap();
    let scans = [("late", 48.0), ("early", 4.0), ("before", 0.0)];
    let scans = scans.map(|(of, hours)| scan(folder.path(), of, hours));
    let all: Vec<&str> = scans.iter().map(|scan| path(scan)).collect();
    let out = folder.path().join("hours.png");
    let args = [&all[..], &["--movie", "hours", "--pixels-per-mm", "2"]].concat();
    let png = drawn(&args, &out);
    assert_eq!(frames(&png), (3, vec![1.0; 3]));
    // By their hours, whatever order they came in: the first picture is of the scan before.
    let out = folder.path().join("alone.png");
    let look = ["--plane", "axial", "--window", "0,120"];
    let png = drawn(&[&args[..], &look].concat(), &folder.path().join("b.png"));
    let alone = drawn(
        &[&[path(&scans[2]), "--pixels-per-mm", "2"], &look[..]].concat(),
        &out,
    );
    let middle = |png: &[u8]| {
        let image = image::load_from_memory(png).unwrap().into_rgb8();
        *image.get_pixel(20, 24)
    };
    assert_eq!(middle(&png), middle(&alone));
    let latest = drawn(
        &[&[path(&scans[0]), "--pixels-per-mm", "2"], &look[..]].concat(),
        &out,
    );
    assert_ne!(middle(&png), middle(&latest), "the scans differ there");
    let out = folder.path().join("slices.apng");
    let args = [all[0], "--movie", "slices", "--plane", "coronal"];
    let png = drawn(&[&args[..], &["--pixels-per-mm", "1"]].concat(), &out);
    assert_eq!(frames(&png).0, 24);
    // Four volumes in a file.
    let file = folder.path().join("four.nii");
    let grid = Grid::new([8, 9, 10], Affine::identity()).unwrap();
    let values: Vec<f32> = (0..720).map(|at| at as f32).collect();
    write_nifti(&file, &grid, Orientation::Known, Voxels::F32(&values)).unwrap();
    let mut bytes = std::fs::read(&file).unwrap();
    bytes[40..42].copy_from_slice(&4_i16.to_le_bytes());
    bytes[48..50].copy_from_slice(&4_i16.to_le_bytes());
    let voxels = bytes[352..].to_vec();
    for _ in 1..4 {
        bytes.extend(&voxels);
    }
    std::fs::write(&file, bytes).unwrap();
    let args = [path(&file), "--movie", "volumes", "--per-second", "2"];
    let png = drawn(&args, &folder.path().join("volumes.png"));
    assert_eq!(frames(&png), (4, vec![0.5; 4]));
    // A picture of it is of the first volume, and says so.
    let png = drawn(&[path(&file)], &folder.path().join("first.png"));
    let about = chunks(&png).into_iter().find(|(name, _)| name == "iTXt");
    let about = String::from_utf8_lossy(&about.unwrap().1).into_owned();
    assert!(about.contains(", volume 0 (1 of 4)"), "{about}");
}

#[test]
fn what_cannot_be_drawn_is_refused_with_the_reason() {
    let folder = tempfile::tempdir().unwrap();
    let one = scan(folder.path(), "a", 0.0);
    let one = path(&one);
    #[track_caller]
    fn refused(args: &[&str], code: i32, why: &str) {
        let output = cisterna(&[&["picture"], args].concat());
        let said = text(&output.stderr);
        assert_eq!(output.status.code(), Some(code), "{said}");
        assert!(said.contains(why), "{said}");
    }
    let out = folder.path().join("a.gif");
    refused(
        &[one, "-o", path(&out)],
        1,
        "ends in .png, .svg, .pdf or .dcm",
    );
    for end in ["pdf", "dcm"] {
        let out = folder.path().join(format!("a.{end}"));
        let movie = [one, "--movie", "slices", "-o", path(&out)];
        refused(&movie, 1, "ends in .png or .apng");
        assert!(!out.exists());
    }
    let capture = folder.path().join("a.dcm");
    let capture = [one, "-o", path(&capture), "--patient-id"];
    refused(&[&capture[..], &["a\\b"]].concat(), 2, "backslash");
    let out = folder.path().join("a.png");
    let out = path(&out);
    refused(
        &[one, one, "--lightbox", "2x2", "-o", out],
        1,
        "of one scan",
    );
    refused(&[one, "--difference", "-o", out], 1, "of two scans");
    refused(&[one, "--movie", "hours", "-o", out], 1, "several scans");
    refused(
        &[one, "--movie", "volumes", "-o", out],
        1,
        "one volume only",
    );
    refused(&[one, "--lightbox", "0x2", "-o", out], 2, "rows x columns");
    refused(&[one, "--step", "2", "-o", out], 2, "--lightbox");
    refused(
        &[one, "--pixels-per-mm", "900", "-o", out],
        1,
        "lower resolution",
    );
    // So many that their sum has no room.
    refused(
        &[one, "--pixels-per-mm", "1e9", "-o", out],
        1,
        "lower resolution",
    );
    let movie = [one, "--movie", "slices", "-o", out];
    refused(
        &[&movie[..], &["--per-second", "1000"]].concat(),
        1,
        "from 0.02 to 100",
    );
    refused(&[&movie[..], &["--at", "1,2,3"]].concat(), 1, "--at");
    refused(
        &[&movie[..], &["--plane", "axial", "--plane", "coronal"]].concat(),
        1,
        "one --plane",
    );
    refused(&[one, "--at", "1,2,nan", "-o", out], 2, "no place");
    refused(
        &[one, "--at", "1,2,300", "-o", out],
        1,
        "no axial slice of the first scan",
    );
    assert!(!Path::new(out).exists());
}
