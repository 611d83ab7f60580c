//! What is written comes back: values, place, orientation.

use cisterna::formats::{FormatError, Voxels, no_progress, open, write_nifti};
use cisterna::volume::{Affine, Grid, Orientation};
use nalgebra::{Rotation3, Vector3};

fn oblique(spacing_mm: [f64; 3], mirrored: bool) -> Grid {
    let mut scale = Vector3::from(spacing_mm);
    if mirrored {
        scale.x = -scale.x;
    }
    let turn = Rotation3::from_euler_angles(0.2, -0.4, 1.9).to_homogeneous();
    let affine = Affine::new_translation(&Vector3::new(-31.0, 12.5, 4.0))
        * turn
        * Affine::new_nonuniform_scaling(&scale);
    Grid::new([5, 7, 3], affine).unwrap()
}

fn values() -> Vec<f32> {
    (0..105).map(|at| at as f32 * 0.37 - 11.0).collect()
}

#[track_caller]
fn check_round_trip(name: &str, grid: &Grid, voxels: Voxels<'_>, expected: &[f32]) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join(name);
    write_nifti(&path, grid, Orientation::Known, voxels).unwrap();
    let opened = open(&path, 0, &no_progress).unwrap();
    assert_eq!(opened.volume.values(), expected);
    assert_eq!(opened.volume.grid().dims(), grid.dims());
    assert_eq!(opened.info.affine_source, "sform");
    // The affine is stored in f32: seven digits of coordinates up to 40 mm.
    let off = opened.volume.grid().world_from_voxel() - grid.world_from_voxel();
    assert!(off.amax() < 1e-5, "{off}");
    // sform and qform agree to the opener's 0.01 mm, or it would say so.
    assert_eq!(opened.info.warnings, [""; 0]);
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 1);
}

#[test]
fn values_and_place_come_back() {
    let floats = values();
    let bytes: Vec<u8> = (0..105).map(|at| (at * 2) as u8).collect();
    let counts: Vec<i16> = (0..105).map(|at| at * 600 - 32_000).collect();
    for name in ["scan.nii", "scan.nii.gz"] {
        for mirrored in [false, true] {
            let grid = oblique([1.0, 0.5, 2.25], mirrored);
            check_round_trip(name, &grid, Voxels::F32(&floats), &floats);
            let as_floats: Vec<f32> = bytes.iter().map(|&b| f32::from(b)).collect();
            check_round_trip(name, &grid, Voxels::U8(&bytes), &as_floats);
            let scaled: Vec<f32> = counts.iter().map(|&c| f32::from(c) * 0.25 + 3.0).collect();
            let voxels = Voxels::I16 {
                stored: &counts,
                slope: 0.25,
                inter: 3.0,
            };
            check_round_trip(name, &grid, voxels, &scaled);
        }
    }
}

#[test]
fn a_half_turn_comes_back() {
    // a = 0 in the quaternion, where its sign is open.
    for axis in [Vector3::x_axis(), Vector3::y_axis(), Vector3::z_axis()] {
        let turn = Rotation3::from_axis_angle(&axis, std::f64::consts::PI).to_homogeneous();
        let grid = Grid::new([5, 7, 3], turn).unwrap();
        check_round_trip("scan.nii", &grid, Voxels::F32(&values()), &values());
    }
}

#[test]
fn an_unknown_orientation_stays_unknown() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("scan.nii.gz");
    let grid = Grid::new([5, 7, 3], Affine::identity()).unwrap();
    write_nifti(&path, &grid, Orientation::Unknown, Voxels::F32(&values())).unwrap();
    let opened = open(&path, 0, &no_progress).unwrap();
    assert_eq!(opened.volume.orientation(), Orientation::Unknown);
}

#[test]
fn the_same_voxels_give_the_same_bytes() {
    let folder = tempfile::tempdir().unwrap();
    let bytes = ["a.nii.gz", "b.nii.gz"].map(|name| {
        let path = folder.path().join(name);
        let grid = oblique([1.0; 3], false);
        write_nifti(&path, &grid, Orientation::Known, Voxels::F32(&values())).unwrap();
        std::fs::read(path).unwrap()
    });
    assert_eq!(bytes[0], bytes[1]);
}

#[test]
fn what_does_not_fit_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("scan.nii");
    let refused = |grid: &Grid, values: &[f32]| {
        write_nifti(&path, grid, Orientation::Known, Voxels::F32(values)).unwrap_err()
    };
    let small = Grid::new([5, 7, 3], Affine::identity()).unwrap();
    assert!(refused(&small, &[0.0; 104]).to_string().contains("104"));
    let long = Grid::new([40_000, 1, 1], Affine::identity()).unwrap();
    let error = refused(&long, &vec![0.0; 40_000]);
    assert!(
        matches!(&error, FormatError::Field { field, .. } if field == "dim[1]"),
        "{error}"
    );
    assert!(!path.exists(), "nothing is left behind");
    let nowhere = folder.path().join("no such folder").join("scan.nii");
    let error =
        write_nifti(&nowhere, &small, Orientation::Known, Voxels::F32(&values())).unwrap_err();
    assert!(error.to_string().ends_with("scan.nii"), "{error}");
}

/// A label map says that it is one by its intent (1002, at byte 68 of a NIfTI-1 header) or its name; a
/// map has its unit in the sidecar.
#[test]
fn a_file_says_what_its_values_are() {
    let folder = tempfile::tempdir().unwrap();
    let grid = Grid::new([3, 2, 2], Affine::identity()).unwrap();
    let written = |name: &str, intent: i16, sidecar: Option<&str>| {
        let path = folder.path().join(format!("{name}.nii"));
        write_nifti(&path, &grid, Orientation::Known, Voxels::U8(&[1; 12])).unwrap();
        let mut bytes = std::fs::read(&path).unwrap();
        bytes[68..70].copy_from_slice(&intent.to_le_bytes());
        std::fs::write(&path, bytes).unwrap();
        if let Some(text) = sidecar {
            std::fs::write(folder.path().join(format!("{name}.json")), text).unwrap();
        }
        let info = open(&path, 0, &no_progress).unwrap().info;
        (info.is_label_map, info.units)
    };
    assert_eq!(written("parcels", 1002, None), (true, None));
    assert_eq!(written("parcels", 1001, None), (false, None));
    assert_eq!(written("sub-1_desc-a_dseg", 0, None), (true, None));
    assert_eq!(written("sub-1_desc-dseg_probseg", 0, None), (false, None));
    let units = |text| written("map", 0, Some(text)).1;
    assert_eq!(units(r#"{"Units": " % "}"#).as_deref(), Some("%"));
    assert_eq!(units(r#"{"Units": ["mmol/l"]}"#), None);
    assert_eq!(units(r#"{"Units": ""}"#), None);
}
