//! What lies in folders, zips and data sets, before it is opened.

use super::dicom_made::{Made, NAME, zip};
use cisterna::formats::{
    self, Catalogue, PixelScaling, THUMBNAIL_SIDE, Thumbnail, Voxels, catalogue, no_progress,
    write_nifti,
};
use cisterna::volume::{Grid, Orientation};
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};
use time::{Date, Month, PrimitiveDateTime, Time};

/// Writes a series of three slices into a folder that is made.
fn series(folder: &Path, number: u16, description: &str, clock: &str) -> Vec<PathBuf> {
    std::fs::create_dir_all(folder).unwrap();
    let write = |slice: i32| {
        let made = Made::slice_of(number, description, clock, slice);
        let path = folder.join(format!("{number}-{slice}.dcm"));
        std::fs::write(&path, made.bytes()).unwrap();
        path
    };
    (0..3).map(write).collect()
}

pub(super) fn nifti(path: &Path, value: impl Fn(usize, usize, usize) -> f32) {
    let grid = Grid::new([6, 5, 4], nalgebra::Matrix4::identity()).unwrap();
    let mut values = Vec::new();
    for k in 0..4 {
        for j in 0..5 {
            values.extend((0..6).map(|i| value(i, j, k)));
        }
    }
    std::fs::create_dir_all(path.parent().unwrap()).unwrap();
    write_nifti(path, &grid, Orientation::Known, Voxels::F32(&values)).unwrap();
}

fn list(paths: &[&Path]) -> Catalogue {
    let paths: Vec<PathBuf> = paths.iter().map(|path| path.to_path_buf()).collect();
    catalogue(&paths, &no_progress).unwrap()
}

fn names(catalogue: &Catalogue) -> Vec<&str> {
    let names = catalogue.entries.iter().map(|entry| entry.name.as_str());
    names.collect()
}

fn at(day: u8, hour: u8, minute: u8) -> PrimitiveDateTime {
    let date = Date::from_calendar_date(2024, Month::January, day).unwrap();
    date.with_time(Time::from_hms(hour, minute, 0).unwrap())
}

#[test]
fn the_series_of_an_examination_are_listed_with_their_hours() {
    let folder = tempfile::tempdir().unwrap();
    series(&folder.path().join("b"), 7, "T1 late", "20240104091500");
    series(&folder.path().join("a"), 2, "T1 before", "20240103080000");
    series(&folder.path().join("c"), 5, "T1 early", "20240103110000");
    std::fs::write(folder.path().join("letter.txt"), "no image").unwrap();
    let found = list(&[folder.path()]);
    assert_eq!(names(&found), ["T1 before", "T1 early", "T1 late"]);
    assert!(!found.is_by_name);
    assert!(
        found.warnings[0].contains("letter.txt"),
        "{:?}",
        found.warnings
    );
    for entry in &found.entries {
        assert_eq!(entry.info.shape, [3, 2, 3]);
        assert_eq!(entry.modality.as_deref(), Some("MR"));
        assert_eq!(entry.info.window, Some([50.0, 550.0]));
        assert!(!format!("{entry:?}").contains("Nobody"), "{NAME} is told");
    }
    assert_eq!(found.entries[1].acquired, Some(at(3, 11, 0)));
    assert_eq!(
        found.hours(&[0, 1, 2], None),
        [Some(0.0), Some(3.0), Some(25.25)]
    );
    // From the first of those that were chosen.
    assert_eq!(
        found.hours(&[1, 2], None),
        [Some(-3.0), Some(0.0), Some(22.25)]
    );
    assert_eq!(
        found.hours(&[], Some(at(3, 9, 0))),
        [Some(-1.0), Some(2.0), Some(24.25)]
    );
    // Opened from the list it is what is counted through otherwise.
    for (at, entry) in found.entries.iter().enumerate() {
        let listed = entry.place.open(0, PixelScaling::default(), &no_progress);
        let counted = formats::open(folder.path(), at, &no_progress).unwrap();
        let listed = listed.unwrap();
        assert_eq!(listed.volume.values(), counted.volume.values());
        assert_eq!(listed.volume.grid(), counted.volume.grid());
        assert_eq!(listed.info.volumes, 1);
    }
}

/// DICOM files are often kept in folders named as a data set has them.
#[test]
fn a_data_set_without_scans_may_hold_dicom() {
    let folder = tempfile::tempdir().unwrap();
    series(&folder.path().join("sub-01"), 2, "T1", "20240103080000");
    let found = list(&[folder.path()]);
    assert_eq!(names(&found), ["T1"]);
    assert!(found.failures.is_empty() && found.data_set.is_none());
}

#[test]
fn files_that_come_together_are_sorted_into_series_together() {
    let folder = tempfile::tempdir().unwrap();
    let mut paths = series(&folder.path().join("a"), 2, "first", "20240103080000");
    paths.extend(series(
        &folder.path().join("b"),
        3,
        "second",
        "20240103090000",
    ));
    let packed = folder.path().join("third.zip");
    let made = Made::slice(0).bytes();
    std::fs::write(&packed, zip(&[("x/1.dcm", &made)])).unwrap();
    paths.push(packed);
    let found = catalogue(&paths, &no_progress).unwrap();
    // The zip's series has neither number nor description.
    assert_eq!(names(&found), ["Series", "first", "second"]);
    assert_eq!(found.entries[1].info.shape, [3, 2, 3]);
    let Some(second) = found.entries[2].place.series() else {
        panic!("no series");
    };
    assert_eq!(second.n_files, 3);
    assert_eq!(
        second.identity().unwrap().line(),
        "Nobody^Special  ·  ID-4711  ·  19991231"
    );
}

#[test]
fn files_are_taken_by_name_and_the_broken_ones_told() {
    let folder = tempfile::tempdir().unwrap();
    let (good, bad) = (folder.path().join("a.nii.gz"), folder.path().join("b.nii"));
    nifti(&good, |i, _, _| i as f32);
    std::fs::write(&bad, "nothing of the kind").unwrap();
    let found = list(&[&bad, &good]);
    assert!(found.is_by_name);
    assert_eq!(names(&found), ["a.nii.gz"]);
    assert!(found.failures[0].to_string().contains("b.nii"));
    // Where nothing else was asked for, that is the answer.
    let error = catalogue(std::slice::from_ref(&bad), &no_progress).unwrap_err();
    assert!(error.to_string().contains("b.nii"), "{error}");
    // In a folder it is passed over, and said.
    let found = list(&[folder.path()]);
    assert!(!found.is_by_name);
    assert_eq!(names(&found), ["a.nii.gz"]);
    assert!(found.warnings[0].contains("b.nii"), "{:?}", found.warnings);
    let empty = tempfile::tempdir().unwrap();
    assert!(catalogue(&[empty.path().to_owned()], &no_progress).is_err());
}

#[test]
fn a_data_set_is_listed_by_what_its_names_say() {
    let folder = tempfile::tempdir().unwrap();
    let root = folder.path();
    std::fs::write(
        root.join("dataset_description.json"),
        r#"{"Name": "Tracer", "BIDSVersion": "1.9.0"}"#,
    )
    .unwrap();
    std::fs::write(
        root.join("participants.tsv"),
        "participant_id\tage\nsub-01\t71\n",
    )
    .unwrap();
    for (session, hours) in [("02", 24.0), ("01", 0.0)] {
        let stem = format!("sub-01/ses-{session}/anat/sub-01_ses-{session}_T1w");
        nifti(&root.join(format!("{stem}.nii.gz")), |_, j, _| j as f32);
        let sidecar = format!("{{\"HoursAfterInjection\": {hours}}}");
        std::fs::write(root.join(format!("{stem}.json")), sidecar).unwrap();
    }
    let derived = "derivatives/seg/sub-01/ses-01/anat/sub-01_ses-01_desc-aseg_dseg.nii.gz";
    nifti(&root.join(derived), |_, _, k| k as f32);
    let found = list(&[root]);
    assert_eq!(found.data_set.as_deref(), Some("Tracer"));
    let of = |at: usize| found.entries[at].bids.as_ref().unwrap();
    assert_eq!(found.entries.len(), 3);
    assert_eq!(
        (of(0).subject.as_str(), of(0).session.as_deref()),
        ("01", Some("01"))
    );
    assert_eq!(
        (of(2).suffix.as_str(), of(2).pipeline.as_deref()),
        ("dseg", Some("seg"))
    );
    assert_eq!(found.hours(&[], None), [Some(0.0), Some(24.0), None]);
    let participants = found.participants.as_ref().unwrap();
    assert_eq!(participants.of("01").unwrap(), ["sub-01", "71"]);
}

/// A pixel of a thumbnail by its place in a picture of `columns` by `rows` equal fields, as large
/// as fits.
fn field(picture: &Thumbnail, [columns, rows]: [usize; 2], [column, row]: [usize; 2]) -> u8 {
    let side = THUMBNAIL_SIDE as f64;
    let pixel = side / columns.max(rows) as f64;
    let place =
        |n: usize, at: usize| (side / 2.0 + (at as f64 + 0.5 - n as f64 / 2.0) * pixel) as usize;
    picture.grey[place(rows, row) * THUMBNAIL_SIDE + place(columns, column)]
}

#[test]
fn thumbnails_lie_as_the_scans_do() {
    let folder = tempfile::tempdir().unwrap();
    series(&folder.path().join("a"), 2, "first", "20240103080000");
    let entries = list(&[&folder.path().join("a")]).entries;
    // Stored: 0 100 200 above 300 400 500, drawn from 0 to 500; a pixel of the picture is a
    // 32nd of a voxel, and half of one across and down is 3 grey levels.
    let picture = entries[0].place.thumbnail().unwrap();
    for (at, expected) in [0, 51, 102, 153, 204, 255].into_iter().enumerate() {
        let shade = field(&picture, [3, 2], [at % 3, at / 3]);
        assert!(shade.abs_diff(expected) <= 4, "{at}: {shade}");
    }
    // Nothing above and below a picture that is wider than high.
    assert!(
        picture.grey[..THUMBNAIL_SIDE * 10]
            .iter()
            .all(|&grey| grey == 0)
    );
    // x grows to the patient's right, which is on the left; y to the front, which is up.
    let path = folder.path().join("b.nii");
    nifti(&path, |i, j, _| (6 * j + i) as f32);
    let picture = list(&[&path]).entries[0].place.thumbnail().unwrap();
    let corner = |at| field(&picture, [6, 5], at);
    assert!(corner([0, 0]) >= 250, "right and front: {}", corner([0, 0]));
    assert!(corner([5, 4]) <= 5, "left and back: {}", corner([5, 4]));
    assert!(corner([0, 2]) > corner([5, 2]));
    assert!(corner([3, 0]) > corner([3, 4]));
    // A sagittal plane on its own: the face on the left, the top up.
    let path = folder.path().join("c.nii");
    let grid = Grid::new([1, 5, 4], nalgebra::Matrix4::identity()).unwrap();
    let values: Vec<f32> = (0..20).map(|at| (at / 5 * 4 + at % 5) as f32).collect();
    write_nifti(&path, &grid, Orientation::Known, Voxels::F32(&values)).unwrap();
    let picture = list(&[&path]).entries[0].place.thumbnail().unwrap();
    let corner = |at| field(&picture, [5, 4], at);
    assert!(corner([0, 0]) >= 250, "front and top: {}", corner([0, 0]));
    assert!(corner([4, 3]) <= 5, "back and bottom: {}", corner([4, 3]));
}

#[test]
fn a_list_can_be_stopped() {
    let folder = tempfile::tempdir().unwrap();
    series(&folder.path().join("a"), 2, "first", "20240103080000");
    let stop = |_: f32| ControlFlow::Break(());
    let stopped = catalogue(&[folder.path().to_owned()], &stop);
    assert!(matches!(stopped, Err(formats::FormatError::Cancelled)));
}
