//! Components, scores and shapes of masks against scipy, connected-components-3d and the rules as
//! written out in `fixtures/make_masks.py`.

use cisterna::volume::{
    ClusterShape, Components, FoundScores, Grid, MaskOverlap, Neighbours, Score, dilated, eroded,
};
use nalgebra::{Matrix4, Point3};
use proptest::prelude::*;
use serde_json::Value;
use std::collections::BTreeMap;

const KINDS: [(Neighbours, usize); 3] = [
    (Neighbours::Faces, 6),
    (Neighbours::Edges, 18),
    (Neighbours::Corners, 26),
];

fn golden() -> Value {
    serde_json::from_str(include_str!("fixtures/masks.json")).unwrap()
}

fn mask_of(text: &Value) -> Vec<bool> {
    text.as_str()
        .unwrap()
        .bytes()
        .map(|byte| byte == b'1')
        .collect()
}

fn dims_of(golden: &Value) -> [usize; 3] {
    std::array::from_fn(|axis| golden["dims"][axis].as_u64().unwrap() as usize)
}

/// By walking from each voxel that has no number to all that touch.
fn flooded(mask: &[bool], [nx, ny, nz]: [usize; 3], neighbours: usize) -> Vec<u32> {
    let mut labels = vec![0; mask.len()];
    let mut n = 0;
    for seed in 0..mask.len() {
        if !mask[seed] || labels[seed] > 0 {
            continue;
        }
        n += 1;
        labels[seed] = n;
        let mut left = vec![seed];
        while let Some(voxel) = left.pop() {
            let at = [voxel % nx, voxel / nx % ny, voxel / (nx * ny)].map(|i| i as isize);
            for step in 0..27 {
                let d: [isize; 3] = [step % 3 - 1, step / 3 % 3 - 1, step / 9 - 1];
                let off: isize = d.iter().map(|d| d.abs()).sum();
                let reach = match neighbours {
                    6 => 1,
                    18 => 2,
                    _ => 3,
                };
                let [x, y, z] = [at[0] + d[0], at[1] + d[1], at[2] + d[2]];
                let within = (0..nx as isize).contains(&x)
                    && (0..ny as isize).contains(&y)
                    && (0..nz as isize).contains(&z);
                if !within || off > reach {
                    continue;
                }
                let there = x as usize + nx * (y as usize + ny * z as usize);
                if mask[there] && labels[there] == 0 {
                    labels[there] = n;
                    left.push(there);
                }
            }
        }
    }
    labels
}

proptest! {
    /// The numbers are the same too: both count components in the order of their first voxels.
    #[test]
    fn components_are_those_of_a_flood(
        dims in [1_usize..20, 1_usize..7, 1_usize..7],
        seed in any::<u64>(),
        share in 0_u64..100,
    ) {
        let mut state = seed | 1;
        let mask: Vec<bool> = (0..dims.iter().product()).map(|_| {
            state ^= state << 13;
            state ^= state >> 7;
            state ^= state << 17;
            state % 100 < share
        }).collect();
        for (kind, neighbours) in KINDS {
            let components = Components::of(&mask, dims, kind);
            let expected = flooded(&mask, dims, neighbours);
            prop_assert_eq!(&components.labels(), &expected);
            prop_assert_eq!(components.n() as u32, expected.iter().copied().max().unwrap_or(0));
            let mut sizes = vec![0; components.n()];
            for label in expected.iter().filter(|label| **label > 0) {
                sizes[*label as usize - 1] += 1;
            }
            prop_assert_eq!(components.sizes(), sizes);
            for (component, voxels) in components.voxels().iter().enumerate() {
                prop_assert!(voxels.iter().all(|&voxel| expected[voxel] as usize == component + 1));
            }
            prop_assert_eq!(components.mask(|_| true), mask.clone());
        }
    }
}

#[test]
fn components_are_as_many_as_cc3d_finds() {
    let golden = golden();
    for (kind, neighbours) in KINDS {
        for (at, case) in golden["cases"].as_array().unwrap().iter().enumerate() {
            let components = Components::of(&mask_of(&case["truth"]), dims_of(&golden), kind);
            let expected = golden["counts"][neighbours.to_string()][at].as_u64();
            assert_eq!(
                Some(components.n() as u64),
                expected,
                "{neighbours}, case {at}"
            );
        }
    }
}

#[test]
fn a_chain_through_corners_is_one_component_of_26_neighbours_only() {
    let mut mask = vec![false; 27];
    for voxel in [0, 13, 26] {
        mask[voxel] = true;
    }
    let n = |kind| Components::of(&mask, [3; 3], kind).n();
    assert_eq!(KINDS.map(|(kind, _)| n(kind)), [3, 3, 1]);
}

#[track_caller]
fn check(found: &FoundScores, expected: &Value, what: &str) {
    let counts = [
        found.true_positives,
        found.false_positives,
        found.false_negatives,
    ];
    for (at, count) in counts.into_iter().enumerate() {
        assert_eq!(
            Some(count as u64),
            expected[at].as_u64(),
            "{what}, count {at}"
        );
    }
    let shares = [found.sensitivity, found.precision, found.f1];
    for (at, share) in shares.into_iter().enumerate() {
        near(share, &expected[3 + at], &format!("{what}, share {at}"));
    }
}

#[track_caller]
fn near(score: Score, expected: &Value, what: &str) {
    match (score.value, expected.as_f64()) {
        (Some(found), Some(expected)) => {
            assert!(
                (found - expected).abs() < 1e-12,
                "{what}: {found}, not {expected}"
            );
        }
        (found, expected) => assert_eq!(found, expected, "{what}"),
    }
}

#[track_caller]
fn check_all(overlap: &MaskOverlap, left_out_mm3: f64, voxel_mm3: f64, expected: &Value) {
    let scores = overlap.scores(left_out_mm3);
    check(&scores.voxels, &expected["voxels"], "voxels");
    check(&scores.shivai, &expected["shivai"], "SHiVAi");
    check(&scores.symmetric, &expected["symmetric"], "symmetric");
    check(&scores.epvs, &expected["epvs"], "EPVS 2024");
    let valdo = &expected["valdo"];
    let counts = [
        scores.valdo.true_positives,
        scores.valdo.false_positives,
        scores.valdo.false_negatives,
    ];
    for (at, count) in counts.into_iter().enumerate() {
        assert_eq!(Some(count as u64), valdo[at].as_u64(), "VALDO, count {at}");
    }
    near(scores.valdo.f1, &valdo[3], "VALDO, F1");
    near(scores.valdo_dice, &valdo[4], "VALDO, mean Dice");
    let count = |at: usize| expected["counts"][at].as_u64().unwrap();
    assert_eq!(scores.n_truth as u64, count(0));
    assert_eq!(scores.n_predicted as u64, count(1));
    assert_eq!(scores.count_difference, count(1) as i64 - count(0) as i64);
    let volume = (count(3) as f64 - count(2) as f64) * voxel_mm3;
    assert!((scores.volume_difference_mm3 - volume).abs() < 1e-9);
}

#[test]
fn scores_are_those_of_the_rules_at_each_threshold_and_size() {
    let golden = golden();
    let dims = dims_of(&golden);
    let voxel_mm3 = golden["voxel_mm3"].as_f64().unwrap();
    let components = |mask: &[bool]| Components::of(mask, dims, Neighbours::Corners);
    for case in golden["cases"].as_array().unwrap() {
        let truth = components(&mask_of(&case["truth"]));
        let hundredths: Vec<u64> = case["probability"]
            .as_array()
            .unwrap()
            .iter()
            .map(|p| p.as_u64().unwrap())
            .collect();
        for expected in case["scores"].as_array().unwrap() {
            let threshold = (100.0 * expected["threshold"].as_f64().unwrap()).round() as u64;
            let mask: Vec<bool> = hundredths.iter().map(|p| *p > threshold).collect();
            let overlap = MaskOverlap::of(&truth, &components(&mask), voxel_mm3);
            let size = expected["size"].as_f64().unwrap();
            check_all(&overlap, size * voxel_mm3, voxel_mm3, expected);
        }
    }
}

#[test]
fn empty_masks_are_told_in_words() {
    let golden = golden();
    let dims = dims_of(&golden);
    let something = mask_of(&golden["something"]);
    let masks = BTreeMap::from([
        ("empty", vec![false; something.len()]),
        ("something", something),
    ]);
    let components =
        |name: &Value| Components::of(&masks[name.as_str().unwrap()], dims, Neighbours::Corners);
    for case in golden["nothing"].as_array().unwrap() {
        let overlap = MaskOverlap::of(
            &components(&case["truth"]),
            &components(&case["predicted"]),
            1.0,
        );
        check_all(&overlap, 0.0, 1.0, case);
        let scores = overlap.scores(0.0);
        let is_empty = scores.n_truth == 0 || scores.n_predicted == 0;
        for rule in [
            scores.voxels,
            scores.shivai,
            scores.symmetric,
            scores.epvs,
            scores.valdo,
        ] {
            assert_eq!(rule.f1.remark.is_some(), is_empty, "{case}");
        }
        let by_volume = scores.relative_volume_difference;
        assert_eq!(by_volume.value.is_none(), scores.n_truth == 0);
        assert_eq!(by_volume.remark.is_some(), scores.n_truth == 0);
    }
}

#[test]
fn a_cluster_of_just_the_smallest_size_is_left_out() {
    let mask: Vec<bool> = (0..20).map(|x| x < 15).collect();
    let one = Components::of(&mask, [20, 1, 1], Neighbours::Corners);
    // 0.1 cannot be written in binary: 15 voxels of it are not exactly 1.5.
    let overlap = MaskOverlap::of(&one, &one, 0.1);
    assert_eq!(overlap.scores(1.5).n_truth, 0);
    assert_eq!(overlap.scores(1.49).n_truth, 1);
    assert_eq!(overlap.scores(0.0).n_truth, 1);
}

#[test]
fn shapes_are_those_of_numpy() {
    let golden = golden();
    let mask = mask_of(&golden["cases"][0]["truth"]);
    let affine = Matrix4::from_fn(|r, c| golden["affine"][r][c].as_f64().unwrap());
    let grid = Grid::new(dims_of(&golden), affine).unwrap();
    let center: [f64; 3] = std::array::from_fn(|axis| golden["center"][axis].as_f64().unwrap());
    let center = Point3::from(center);
    let clusters = Components::of(&mask, grid.dims(), Neighbours::Corners).voxels();
    let mut found: Vec<[f64; 10]> = clusters
        .iter()
        .map(|voxels| {
            let shape = ClusterShape::of(voxels, &grid, center).unwrap();
            let at = shape.centroid_in_world;
            assert!((shape.axis.norm() - 1.0).abs() < 1e-12);
            [
                shape.n_voxels as f64,
                shape.mm3,
                at.x,
                at.y,
                at.z,
                shape.length_mm,
                shape.width_mm,
                shape.to_axial_plane_deg,
                shape.to_radius_deg,
                shape.linearity,
            ]
        })
        .collect();
    // Volumes differ in their last digits: equal numbers of voxels are put in order by place.
    found.sort_by(|a, b| (a[0], a[2]).partial_cmp(&(b[0], b[2])).unwrap());
    let mut expected: Vec<Vec<f64>> = serde_json::from_value(golden["shapes"].clone()).unwrap();
    expected.sort_by(|a, b| (a[0], a[2]).partial_cmp(&(b[0], b[2])).unwrap());
    assert_eq!(found.len(), expected.len());
    for (found, expected) in found.iter().zip(&expected) {
        for (at, (found, expected)) in found.iter().zip(expected).enumerate() {
            // Angles and the axis itself come from an eigenvector.
            assert!(
                (found - expected).abs() < 1e-6,
                "{at}: {found}, not {expected}"
            );
        }
    }
    assert!(ClusterShape::of(&[], &grid, center).is_none());
}

proptest! {
    /// One step is what its definition says, and a mask shrinks as what is around it grows.
    #[test]
    fn masks_grow_and_shrink_by_whole_voxels(
        dims in [1_usize..9, 1_usize..7, 1_usize..6],
        seed in any::<u64>(),
    ) {
        let mut state = seed | 1;
        let mask: Vec<bool> = (0..dims.iter().product()).map(|_| {
            state ^= state << 13;
            state ^= state >> 7;
            state ^= state << 17;
            state % 3 == 0
        }).collect();
        let [nx, ny, _] = dims;
        let place = |voxel: usize| [voxel % nx, voxel / nx % ny, voxel / (nx * ny)];
        for (kind, neighbours) in KINDS {
            let grown = dilated(&mask, dims, kind, 1);
            for (voxel, is_in) in grown.iter().enumerate() {
                let expected = (0..mask.len()).filter(|&other| mask[other]).any(|other| {
                    let off = [0, 1, 2].map(|a| place(voxel)[a].abs_diff(place(other)[a]));
                    let sum: usize = off.iter().sum();
                    off.iter().all(|&d| d <= 1) && sum <= [1, 2, 3][[6, 18, 26].iter().position(|n| *n == neighbours).unwrap()]
                });
                prop_assert_eq!(*is_in, expected);
            }
            let around: Vec<bool> = mask.iter().map(|m| !m).collect();
            let shrunk = eroded(&mask, dims, kind, 1);
            let grown = dilated(&around, dims, kind, 1);
            for (voxel, (shrunk, grown)) in shrunk.iter().zip(grown).enumerate() {
                let at_edge = (0..3).any(|a| place(voxel)[a] == 0 || place(voxel)[a] + 1 == dims[a]);
                prop_assert_eq!(*shrunk, !grown && !at_edge);
            }
        }
    }
}
