//! How a scan becomes a volume for a leak network, and what becomes of its numbers.

use super::demo_scans;
use cisterna::models::leak::{
    InputError, IntensityScaling, LeakCard, LeakPreparation, prepared, stored,
};
use cisterna::models::{ClassifierShape, DenseNetShape};
use cisterna::volume::{Grid, Interpolation, Volume};
use nalgebra::{Matrix4, Point3};
use std::path::Path;

const FILE: &str = "scan.nii";

fn card() -> LeakCard {
    let network = ClassifierShape::Densenet(DenseNetShape::densenet121(2));
    LeakCard::new(network, LeakPreparation::default())
}

#[test]
fn probabilities_are_the_softmax_of_scaled_numbers() {
    #[track_caller]
    fn check(card: &LeakCard, logits: &[f32], expected: &[f64]) {
        let made = card.probabilities(logits);
        assert_eq!(made.len(), expected.len());
        for (made, expected) in made.iter().zip(expected) {
            assert!((made - expected).abs() < 1e-12, "{made}, not {expected}");
        }
    }
    let mut card = card();
    assert_eq!((card.positive, &card.outputs[1][..]), (1, "leak"));
    // 1 / (1 + e^3), and the same of a half of 3; from the definition.
    let of = |difference: f64| 1.0 / (1.0 + difference.exp());
    check(&card, &[2.0, -1.0], &[1.0 - of(3.0), of(3.0)]);
    check(&card, &[1e30, 0.0], &[1.0, 0.0]);
    card.temperature = Some(2.0);
    check(&card, &[2.0, -1.0], &[1.0 - of(1.5), of(1.5)]);
    check(&card, &[-3.0], &[of(1.5)]);
}

#[test]
fn a_card_that_cannot_be_is_found() {
    #[track_caller]
    fn check(change: impl Fn(&mut LeakCard), field: &str) {
        let mut card = card();
        assert_eq!(card.check(), Ok(()));
        change(&mut card);
        assert_eq!(card.check().unwrap_err().0, field);
    }
    check(|card| card.positive = 2, "positive number");
    check(|card| card.outputs.clear(), "positive number");
    check(|card| card.temperature = Some(0.0), "temperature");
    check(|card| card.temperature = Some(f64::NAN), "temperature");
    check(|card| card.preparation.size[1] = 0, "size");
    check(|card| card.preparation.spacing_mm = -1.0, "spacing");
}

#[test]
fn as_is_is_the_array_of_the_file() {
    let dims = [3, 4, 5];
    let grid = Grid::new(dims, Matrix4::identity()).unwrap();
    let values: Vec<f32> = (0..60).map(|at| at as f32).collect();
    let volume = Volume::new(grid, values).unwrap();
    let input = stored(&volume, Path::new(FILE)).unwrap();
    assert_eq!(input.size, dims);
    for i in 0..3 {
        for j in 0..4 {
            for k in 0..5 {
                let made = input.values[(i * 4 + j) * 5 + k];
                assert_eq!(Some(made), volume.value([i, j, k]));
            }
        }
    }
}

/// The voxels of a scan in another order of its axes.
fn turned(volume: &Volume, order: [usize; 3], flipped: [bool; 3]) -> Volume {
    let old = volume.grid().dims();
    let dims: [usize; 3] = std::array::from_fn(|axis| old[order[axis]]);
    let mut old_from_new = Matrix4::zeros();
    old_from_new[(3, 3)] = 1.0;
    for axis in 0..3 {
        let is_flipped = flipped[axis];
        old_from_new[(order[axis], axis)] = if is_flipped { -1.0 } else { 1.0 };
        if is_flipped {
            old_from_new[(order[axis], 3)] = dims[axis] as f64 - 1.0;
        }
    }
    let grid = Grid::new(dims, volume.grid().world_from_voxel() * old_from_new).unwrap();
    let values = (0..grid.n_voxels()).map(|at| {
        let [i, j, k] = [
            at % dims[0],
            at / dims[0] % dims[1],
            at / (dims[0] * dims[1]),
        ];
        let point = old_from_new.transform_point(&Point3::new(i as f64, j as f64, k as f64));
        let voxel = [0, 1, 2].map(|axis| point[axis].round() as usize);
        volume.value(voxel).unwrap()
    });
    Volume::new(grid.clone(), values.collect()).unwrap()
}

#[test]
fn a_scan_is_brought_to_the_cards_grid_whatever_the_order_of_its_axes() {
    let [scan, _] = demo_scans();
    let preparation = LeakPreparation {
        size: [61, 90, 70],
        spacing_mm: 2.5,
        scaling: IntensityScaling::None,
    };
    let path = Path::new(FILE);
    let first = prepared(&scan, &preparation, path).unwrap();
    assert_eq!(first.grid.axcodes(), "RAS");
    assert_eq!(first.size, preparation.size);
    let mut n_inside = 0;
    for (at, &value) in first.values.iter().enumerate() {
        let voxel = [at / (90 * 70), at / 70 % 90, at % 70].map(|n| n as f64);
        let world = first.grid.to_world(Point3::from(voxel));
        let expected = scan.sample(world, Interpolation::Linear).unwrap_or(0.0);
        // Half a unit of some hundreds: positions are rounded differently.
        assert!(
            (value - expected).abs() < 0.5,
            "{voxel:?}: {value} {expected}"
        );
        n_inside += usize::from(value > 0.0);
    }
    assert!(n_inside > 20_000, "{n_inside}");
    for (order, flipped) in [
        ([0, 1, 2], [true, false, true]),
        ([2, 0, 1], [false; 3]),
        ([1, 2, 0], [true, true, false]),
    ] {
        let other = prepared(&turned(&scan, order, flipped), &preparation, path).unwrap();
        let off = first.values.iter().zip(&other.values);
        let off = off.map(|(a, b)| (a - b).abs()).fold(0.0, f32::max);
        assert!(off < 0.5, "{order:?} {flipped:?}: {off}");
    }
}

/// Where voxels are of the wanted size they are copied, with as many zeros in front as MONAI's
/// `ResizeWithPadOrCrop` lays there: the half, rounded down; and as many voxels cut off as it cuts
/// off: the half of what there is, less the half of what is wanted, both rounded down.
#[test]
fn voxels_of_the_wanted_size_are_copied() {
    let [scan, _] = demo_scans();
    let spacing_mm = scan.grid().spacing_mm()[0];
    let dims = scan.grid().dims();
    assert_eq!(scan.grid().axcodes(), "RAS");
    for size in [
        dims.map(|n| n + 3),
        dims.map(|n| n - 3),
        dims.map(|n| n - 4),
        [dims[0] + 1, dims[1], dims[2] - 1],
    ] {
        let preparation = LeakPreparation {
            size,
            spacing_mm,
            scaling: IntensityScaling::None,
        };
        let made = prepared(&scan, &preparation, Path::new(FILE)).unwrap();
        let before: [i64; 3] = std::array::from_fn(|axis| {
            let [wanted, has] = [size[axis] as i64, dims[axis] as i64];
            match wanted >= has {
                true => (wanted - has) / 2,
                false => wanted / 2 - has / 2,
            }
        });
        for (at, &value) in made.values.iter().enumerate() {
            let voxel = [
                at / (size[1] * size[2]),
                at / size[2] % size[1],
                at % size[2],
            ];
            let old: [i64; 3] = std::array::from_fn(|axis| voxel[axis] as i64 - before[axis]);
            let stored = match old.iter().all(|&n| n >= 0) {
                true => scan.value(old.map(|n| n as usize)),
                false => None,
            };
            let expected = stored.unwrap_or(0.0);
            assert!(
                (value - expected).abs() < 0.05,
                "{voxel:?} of {size:?}: {value}, not {expected}"
            );
        }
    }
}

#[test]
fn values_are_scaled_as_the_card_says() {
    let [scan, _] = demo_scans();
    let with = |scaling| {
        let preparation = LeakPreparation {
            size: [100; 3],
            spacing_mm: 3.0,
            scaling,
        };
        prepared(&scan, &preparation, Path::new(FILE))
            .unwrap()
            .values
    };
    let plain = with(IntensityScaling::None);
    let moments = |values: &[f32]| {
        let n = values.len() as f64;
        let mean = values.iter().map(|&v| f64::from(v)).sum::<f64>() / n;
        let squares = values.iter().map(|&v| (f64::from(v) - mean).powi(2));
        [mean, (squares.sum::<f64>() / n).sqrt()]
    };
    let range = with(IntensityScaling::MinMax);
    let ends = range
        .iter()
        .fold([1.0_f32, 0.0], |[low, high], &v| [low.min(v), high.max(v)]);
    assert_eq!(ends, [0.0, 1.0]);
    let [mean, sd] = moments(&with(IntensityScaling::ZScore));
    assert!(mean.abs() < 1e-4 && (sd - 1.0).abs() < 1e-4, "{mean} {sd}");
    let inside = with(IntensityScaling::ZScoreNonzero);
    let zeros = plain
        .iter()
        .zip(&inside)
        .filter(|(plain, _)| **plain == 0.0);
    assert!(zeros.clone().count() > 100);
    assert!(zeros.clone().all(|(_, scaled)| *scaled == 0.0));
    let counted: Vec<f32> = plain
        .iter()
        .zip(&inside)
        .filter(|(plain, _)| **plain != 0.0)
        .map(|(_, scaled)| *scaled)
        .collect();
    let [mean, sd] = moments(&counted);
    assert!(mean.abs() < 1e-4 && (sd - 1.0).abs() < 1e-4, "{mean} {sd}");
}

#[test]
fn scans_that_cannot_be_taken_are_refused() {
    let grid = Grid::new([40; 3], Matrix4::identity()).unwrap();
    let cube = Volume::new(grid.clone(), vec![5.0; 64_000]).unwrap();
    let path = Path::new(FILE);
    let preparation = LeakPreparation::default();
    let refused = prepared(&cube, &preparation, path).unwrap_err();
    let said = refused.to_string();
    assert!(
        said.contains("not a head") && said.ends_with(FILE),
        "{said}"
    );
    for wrong in [f32::NAN, f32::INFINITY] {
        let mut values = vec![5.0; 64_000];
        values[7] = wrong;
        let volume = Volume::new(grid.clone(), values).unwrap();
        for refused in [
            stored(&volume, path).map(|_| ()),
            prepared(&volume, &preparation, path).map(|_| ()),
        ] {
            assert!(matches!(refused, Err(InputError::NotFinite { n: 1, .. })));
        }
    }
}
