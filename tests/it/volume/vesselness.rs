//! Frangi's vesselness against numpy's: `fixtures/make_masks.py`.

use cisterna::volume::{Grid, Vesselness, Volume};
use nalgebra::Matrix4;
use serde_json::Value;

/// Of the largest value: the scan is smoothed in f32 here and in f64 there.
const TOLERANCE: f64 = 5e-5;

#[test]
fn vesselness_is_that_of_numpy_on_longer_voxels_too() {
    let golden: Value = serde_json::from_str(include_str!("fixtures/vesselness.json")).unwrap();
    let numbers = |value: &Value| -> Vec<f64> { serde_json::from_value(value.clone()).unwrap() };
    let dims = std::array::from_fn(|axis| golden["dims"][axis].as_u64().unwrap() as usize);
    let spacing = numbers(&golden["spacing"]);
    let affine = Matrix4::new_nonuniform_scaling(&nalgebra::Vector3::from_column_slice(&spacing));
    let values = numbers(&golden["image"])
        .into_iter()
        .map(|x| x as f32)
        .collect();
    let scan = Volume::new(Grid::new(dims, affine).unwrap(), values).unwrap();
    for case in golden["cases"].as_array().unwrap() {
        let vesselness = Vesselness {
            sigmas_mm: vec![0.4, 0.6, 0.8],
            alpha: 0.5,
            beta: 0.5,
            structure: case["c"].as_f64().unwrap(),
            is_dark: case["dark"].as_bool().unwrap(),
        };
        let found = vesselness.of(&scan).unwrap();
        let expected = numbers(&case["expected"]);
        let most = expected.iter().copied().fold(0.0, f64::max);
        assert!(most > 1e-4, "nothing to see: {most}");
        for (voxel, (found, expected)) in found.values().iter().zip(&expected).enumerate() {
            let off = (f64::from(*found) - expected).abs();
            assert!(
                off < TOLERANCE * most,
                "voxel {voxel}: {found}, not {expected}"
            );
        }
    }
}

#[test]
fn a_dark_tube_is_found_as_dark_and_not_as_bright() {
    let dims = [25, 25, 25];
    let grid = Grid::new(dims, Matrix4::identity()).unwrap();
    let value = |voxel: usize| match (voxel % 25, voxel / 25 % 25) {
        (12, 12) => 60.0,
        _ => 100.0,
    };
    let scan = Volume::new(grid, (0..25 * 25 * 25).map(value).collect()).unwrap();
    let at = |is_dark: bool, index: [usize; 3]| {
        let found = Vesselness::published(100.0, 0.08, is_dark)
            .of(&scan)
            .unwrap();
        found.value(index).unwrap()
    };
    // The function of `fixtures/make_masks.py` on the same scan: 0.12494416.
    let found = at(true, [12, 12, 12]);
    assert!((found - 0.124_944_16).abs() < 5e-6, "{found}");
    assert_eq!(at(false, [12, 12, 12]), 0.0);
    assert_eq!(at(true, [4, 4, 12]), 0.0);
}

#[test]
fn a_scan_of_one_slice_has_an_answer_and_what_is_no_number_is_nothing() {
    let grid = Grid::new([9, 8, 1], Matrix4::identity()).unwrap();
    let mut values = vec![1.0; 72];
    values[30] = f32::NAN;
    let found = Vesselness::published(1.0, 0.08, true)
        .of(&Volume::new(grid, values).unwrap())
        .unwrap();
    assert!(found.values().iter().all(|v| (0.0..=1.0).contains(v)));
}
