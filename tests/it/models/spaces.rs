//! Networks that mark and count perivascular spaces: what they look like, what PyTorch makes of the same
//! weights (`fixtures/spaces.py`), and what they are given.

use super::fixture;
use burn::module::Param;
use burn::tensor::{Device, Tensor, TensorData};
use cisterna::models::counts::{
    CountRegion, CountsInputError, CountsPreparation, CountsScaling, detections, region_input,
};
use cisterna::models::spaces::{SpacesPreparation, SpacesScaling, prepared};
use cisterna::models::{
    CounterKind, CounterShape, EnsembleShape, FoldedVolumeUNets, Network, TileFailed,
    VolumeUNetFile, VolumeUNetShape, volume_unets_taken_over,
};
use cisterna::volume::{Affine, Grid, Volume};
use nalgebra::Point3;
use serde_json::Value;
use std::path::Path;
use std::sync::atomic::{AtomicUsize, Ordering};

#[track_caller]
fn check_n_weights(shape: &VolumeUNetShape, expected: usize) {
    let net = shape.init(&Device::flex());
    assert_eq!(net.n_weights(), expected, "{}", shape.in_words());
}

/// By the table of the reference, computed there with PyTorch.
#[test]
fn networks_have_the_numbers_of_weights_of_their_papers() {
    check_n_weights(&VolumeUNetShape::shiva_v1(1), 39_846_503);
    let paper = VolumeUNetShape::paper();
    check_n_weights(&paper, 23_598_273);
    check_n_weights(&paper.autoencoder(), 21_239_553);
    assert_eq!(
        VolumeUNetShape::shiva_v1(1).maps(),
        [10, 18, 32, 58, 104, 187, 337]
    );
}

fn counter(kind: CounterKind, depth: usize) -> CounterShape {
    CounterShape {
        kind,
        features: 32,
        depth,
        flat: false,
        gain: 1.0,
    }
}

#[test]
fn networks_that_count_have_the_numbers_of_weights_of_their_reconstruction() {
    #[track_caller]
    fn check(shape: &CounterShape, expected: usize) {
        assert_eq!(shape.init(&Device::flex()).n_weights(), expected);
    }
    check(&counter(CounterKind::GpUnet, 2), 1_411_585);
    check(&counter(CounterKind::GpUnet, 1), 305_281);
    check(&counter(CounterKind::Cnn, 1), 194_657);
}

fn numbers(value: &Value) -> Vec<f32> {
    let all = value.as_array().unwrap().iter();
    all.map(|v| v.as_f64().unwrap() as f32).collect()
}

#[test]
fn checkpoints_of_pytorch_give_what_they_gave_there() {
    let golden = std::fs::read_to_string(fixture("spaces.json")).unwrap();
    let golden: Value = serde_json::from_str(&golden).unwrap();
    let files = ["spaces-fold1.pt", "spaces-fold2.pt"];
    let files = files.map(|name| VolumeUNetFile::open(&fixture(name)).unwrap());
    let device = Device::flex();
    let found = volume_unets_taken_over(files.into(), None, &device).unwrap();
    let (shape, nets) = (found.shape, found.nets);
    assert_eq!(shape.members, 2);
    assert_eq!(shape.shape.maps(), [3, 5, 9]);
    assert!(shape.shape.last_pool && shape.shape.skips && !shape.shape.bias);
    let size: [usize; 3] = {
        let all = golden["size"].as_array().unwrap().iter();
        let all: Vec<usize> = all.map(|n| n.as_u64().unwrap() as usize).collect();
        all.try_into().unwrap()
    };
    let own = FoldedVolumeUNets::new(&shape, nets, &device);
    let volume = numbers(&golden["volume"]);
    let made = own.probabilities(&volume, size, usize::MAX, &|_| true);
    let made = made.unwrap();
    for (at, (made, theirs)) in made.iter().zip(numbers(&golden["mean"])).enumerate() {
        assert!((made - theirs).abs() < 1e-5, "{at}: {made}, not {theirs}");
    }
}

/// In pieces, where memory is short, and whole.
#[test]
fn a_volume_in_pieces_gives_what_the_whole_gives() {
    let device = Device::flex();
    let shape = EnsembleShape {
        shape: VolumeUNetShape {
            depth: 2,
            ..VolumeUNetShape::small(3)
        },
        members: 1,
    };
    let size = [37, 26, 41];
    let volume = values(size.iter().product());
    let whole = |own: &FoldedVolumeUNets| {
        own.probabilities(&volume, size, usize::MAX, &|_| true)
            .unwrap()
    };
    // A few of the networks that chance draws say the same everywhere, which would tell nothing.
    let draws = (0..50).map(|_| FoldedVolumeUNets::new(&shape, shape.init(&device), &device));
    let mut says_something = draws.map(|own| (whole(&own), own)).filter(|(whole, _)| {
        let [low, high] = [f32::min, f32::max].map(|of| whole.iter().copied().reduce(of).unwrap());
        high - low > 1e-3
    });
    let (whole, own) = says_something.next().expect("all say the same everywhere");
    let n_told = AtomicUsize::new(0);
    let count = |_: f64| n_told.fetch_add(1, Ordering::Relaxed) < usize::MAX;
    let pieces = own.probabilities(&volume, size, 2 << 20, &count).unwrap();
    assert!(n_told.into_inner() > 12, "it was computed as a whole");
    for (at, (piece, whole)) in pieces.iter().zip(&whole).enumerate() {
        assert!((piece - whole).abs() < 1e-6, "{at}: {piece}, not {whole}");
    }
    let stopped = own.probabilities(&volume, size, 2 << 20, &|share| share < 0.5);
    assert!(matches!(stopped, Err(TileFailed::Stopped)));
}

#[test]
fn a_checkpoint_of_another_network_is_refused_by_name() {
    let device = Device::flex();
    let sfcn = VolumeUNetFile::open(&fixture("sfcn-small.pt")).unwrap();
    let refused = volume_unets_taken_over(vec![sfcn], None, &device).err();
    let refused = refused.unwrap().to_string();
    assert!(refused.contains("encoder.0.0.conv.weight"), "{refused}");
    assert!(refused.contains("sfcn-small.pt"), "{refused}");
}

fn values(n: usize) -> Vec<f32> {
    (0..n)
        .map(|at| (at * 37 % 101) as f32 / 101.0 - 0.3)
        .collect()
}

/// The mean of the map and the bias are the count, which is what the map is for.
#[test]
fn a_map_of_attention_has_the_count_as_its_mean() {
    let device = Device::flex();
    for kind in [CounterKind::Cnn, CounterKind::GpUnet] {
        for flat in [false, true] {
            let shape = CounterShape {
                kind,
                features: 3,
                depth: 2,
                flat,
                gain: 40.0,
            };
            let size = [1, 1, 5, 12, 11];
            let data = TensorData::new(values(size.iter().product()), size);
            let x = Tensor::<5>::from_data(data, &device);
            // As above: a network whose map says nothing would tell nothing.
            let draws = (0..50).map(|_| {
                let mut net = shape.init(&device);
                net.out.bias = Some(Param::from_tensor(Tensor::from_floats([7.5], &device)));
                let count = f64::from(net.forward(x.clone()).into_scalar::<f32>());
                (net, count)
            });
            let mut says_something = draws.filter(|(_, count)| (count - 7.5).abs() > 1e-3);
            let (net, count) = says_something.next().expect("all maps say nothing");
            let map = net.attention(x);
            let [_, _, depth, height, width] = map.dims();
            if kind == CounterKind::GpUnet {
                assert_eq!([depth, height, width], [5, 12, 11]);
            }
            let map: Vec<f32> = map.into_data().try_to_vec().unwrap();
            let mean = map.iter().copied().map(f64::from).sum::<f64>() / map.len() as f64;
            assert!((net.bias() - 7.5).abs() < 1e-6);
            assert!((mean + net.bias() - count).abs() < 1e-4, "{mean} {count}");
        }
    }
}

/// A head of 700 with a dark speck, in air of 20.
fn head(at: [usize; 3]) -> f32 {
    let [x, y, z] = at.map(|i| i as f64);
    let inside =
        ((x - 20.0) / 14.0).powi(2) + ((y - 16.0) / 11.0).powi(2) + ((z - 15.0) / 9.0).powi(2);
    match at {
        [24, 12, 17] => 300.0,
        _ if inside < 1.0 => 700.0,
        _ => 20.0,
    }
}

const DIMS: [usize; 3] = [40, 32, 30];

/// The head in a file whose axes run elsewhere: `order` and `signs` by the axes of the file.
fn stored(order: [usize; 3], signs: [f64; 3]) -> Volume {
    let dims = order.map(|axis| DIMS[axis]);
    let mut affine = Affine::zeros();
    affine[(3, 3)] = 1.0;
    for (axis, &world) in order.iter().enumerate() {
        affine[(world, axis)] = signs[axis];
        if signs[axis] < 0.0 {
            affine[(world, 3)] = DIMS[world] as f64 - 1.0;
        }
    }
    let grid = Grid::new(dims, affine).unwrap();
    let value = |at: usize| {
        let voxel = [
            at % dims[0],
            at / dims[0] % dims[1],
            at / (dims[0] * dims[1]),
        ];
        let point = grid.to_world(Point3::from(voxel.map(|i| i as f64)));
        head([point.x, point.y, point.z].map(|x| x.round() as usize))
    };
    let values = (0..dims.iter().product()).map(value).collect();
    Volume::new(grid.clone(), values).unwrap()
}

#[test]
fn a_network_is_given_the_same_however_the_axes_of_a_file_run() {
    let preparation = SpacesPreparation::default();
    let path = Path::new("head.nii");
    let plain = prepared(&stored([0, 1, 2], [1.0; 3]), &preparation, path).unwrap();
    // The commonest bright value is that of the head, to half a bin of the histogram.
    let speck = plain.grid.to_voxel(Point3::new(24.0, 12.0, 17.0));
    let at = [speck.x, speck.y, speck.z].map(|x| x.round() as usize);
    let value = plain.values[(at[0] * plain.size[1] + at[1]) * plain.size[2] + at[2]];
    assert!((value - 300.0 / 700.0).abs() < 0.01, "{value}");
    for (order, signs) in [
        ([2, 0, 1], [1.0, -1.0, 1.0]),
        ([1, 2, 0], [-1.0, 1.0, -1.0]),
        ([0, 1, 2], [-1.0, -1.0, 1.0]),
    ] {
        let other = prepared(&stored(order, signs), &preparation, path).unwrap();
        assert_eq!(other.size, plain.size);
        assert_eq!(other.values, plain.values);
        let far = other.grid.to_world(Point3::new(1.0, 2.0, 3.0));
        let off = far - plain.grid.to_world(Point3::new(1.0, 2.0, 3.0));
        assert!(off.norm() < 1e-9);
        let back = other.volume(&other.values).unwrap();
        assert_eq!(
            back.value([3, 4, 5]),
            plain.volume(&plain.values).unwrap().value([3, 4, 5])
        );
    }
    let scaled = SpacesPreparation {
        scaling: SpacesScaling::Percentile,
        ..preparation
    };
    let made = prepared(&stored([0, 1, 2], [1.0; 3]), &scaled, path).unwrap();
    let largest = made.values.iter().copied().fold(0.0, f32::max);
    // The 99th percentile is the head's own value.
    assert!((largest - 1.0 / 1.3).abs() < 1e-6, "{largest}");
}

/// Labels on voxels of 1 mm: a block of white matter, a caudate whose top is at 6 mm, a hippocampus.
fn labels() -> Volume {
    let grid = Grid::new([30, 30, 40], Affine::identity()).unwrap();
    let value = |at: usize| {
        let [x, y, z] = [at % 30, at / 30 % 30, at / 900];
        match (x, y, z) {
            (10..=12, 10..=12, 2..=6) => 11.0,
            (20..=22, 10..=14, 3..=5) => 53.0,
            (5..=24, 8..=21, 0..=30) => 2.0,
            _ => 0.0,
        }
    };
    Volume::new(grid, (0..30 * 30 * 40).map(value).collect()).unwrap()
}

fn scan() -> Volume {
    let grid = Grid::new([30, 30, 40], Affine::identity()).unwrap();
    let value = |at: usize| {
        let [x, y, z] = [at % 30, at / 30 % 30, at / 900];
        match [x, y, z] {
            [15, 15, 16] => 300.0,
            [14, 15, 16] => 50.0,
            _ => 100.0,
        }
    };
    Volume::new(grid, (0..30 * 30 * 40).map(value).collect()).unwrap()
}

fn preparation(region: CountRegion) -> CountsPreparation {
    CountsPreparation {
        spacing_mm: [1.0; 3],
        size: [24, 20, 5],
        slab_mm: 4.0,
        grown: 0,
        soft_mm: 0.0,
        ..CountsPreparation::of(region)
    }
}

#[test]
fn the_centrum_semiovale_is_the_white_matter_1_cm_above_the_caudate() {
    let preparation = preparation(CountRegion::CentrumSemiovale);
    let made = region_input(&scan(), &labels(), None, &preparation).unwrap();
    assert_eq!(made.size, [24, 20, 5]);
    assert!(made.cut_off < 1e-9);
    // The caudate's top voxel is at 6 mm: the middle slice is at 16.
    let middle = made.grid.to_world(Point3::new(0.0, 0.0, 2.0));
    assert!((middle.z - 16.0).abs() < 1e-9, "{middle}");
    let volume = Volume::new(made.grid.clone(), made.values.clone()).unwrap();
    let at = |x: f64, y: f64| {
        let voxel = made.grid.to_voxel(Point3::new(x, y, 16.0));
        let index = [voxel.x, voxel.y, voxel.z].map(|i| i.round() as usize);
        volume.value(index).unwrap()
    };
    // From 50 to 300 in the region; 100 is a fifth of the way; nothing beyond.
    assert!((at(15.0, 15.0) - 1.0).abs() < 1e-6);
    assert!((at(14.0, 15.0) - 0.0).abs() < 1e-6);
    assert!((at(10.0, 15.0) - 0.2).abs() < 1e-6);
    assert_eq!(at(3.0, 15.0), 0.0);
    let by_median = CountsPreparation {
        scaling: CountsScaling::Median,
        ..preparation
    };
    let made = region_input(&scan(), &labels(), None, &by_median).unwrap();
    let largest = made.values.iter().copied().fold(f32::MIN, f32::max);
    let least = made.values.iter().copied().fold(f32::MAX, f32::min);
    assert!((largest - 2.0).abs() < 1e-6 && (least + 0.5).abs() < 1e-6);
}

#[test]
fn regions_that_are_not_there_are_said_to_be_missing() {
    let none = Volume::new(labels().grid().clone(), vec![0.0; 30 * 30 * 40]).unwrap();
    let of = |region| region_input(&scan(), &none, None, &preparation(region)).unwrap_err();
    assert!(matches!(
        of(CountRegion::Hippocampi),
        CountsInputError::NoStructure(_)
    ));
    let refused = of(CountRegion::CentrumSemiovale).to_string();
    assert!(refused.contains("caudate"), "{refused}");
    let found = region_input(
        &scan(),
        &labels(),
        None,
        &preparation(CountRegion::Hippocampi),
    );
    // It is as bright everywhere: nothing could be scaled.
    assert!(matches!(found, Err(CountsInputError::Empty(_))));
}

#[test]
fn what_is_detected_are_the_highest_peaks_as_many_as_are_counted() {
    let grid = Grid::new([9, 9, 3], Affine::identity()).unwrap();
    let mut values = vec![0.0_f32; 243];
    let at = |x: usize, y: usize, z: usize| x + 9 * (y + 9 * z);
    for (place, value) in [
        (at(2, 2, 1), 5.0),
        (at(3, 3, 1), 4.0),
        (at(6, 6, 0), 9.0),
        (at(6, 2, 2), 7.0),
        (at(7, 2, 2), 7.0),
        (at(1, 7, 1), -3.0),
    ] {
        values[place] = value;
    }
    let map = Volume::new(grid, values).unwrap();
    let places = |count: f64| -> Vec<[f64; 3]> {
        detections(&map, count)
            .iter()
            .map(|one| one.place_mm)
            .collect()
    };
    let all = [[6.0, 6.0, 0.0], [6.0, 2.0, 2.0], [2.0, 2.0, 1.0]];
    assert_eq!(places(9.0), all);
    assert_eq!(places(1.6), all[..2]);
    assert!(places(-2.0).is_empty());
}
