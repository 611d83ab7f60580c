//! The checks of a map, against what can be counted by hand.

use burn::tensor::Device;
use cisterna::models::explain::{OrderCurves, curves_of_order, inside, n_stages, randomised};
use cisterna::models::leak::traits_of;
use cisterna::models::{Classifier, ClassifierShape, FoldedClassifier, SfcnShape, tensors_of};
use cisterna::volume::{Grid, Volume};
use nalgebra::Matrix4;

fn shape() -> ClassifierShape {
    ClassifierShape::Sfcn(SfcnShape {
        channels: vec![4, 6, 8],
        dropout_prob: 0.0,
        ..SfcnShape::published(2)
    })
}

/// Boxes of one map after the other: the logit after each step is that of the volume as it is then.
#[test]
fn boxes_are_taken_away_and_given_back_in_their_order() {
    let device = Device::flex();
    let net = FoldedClassifier::new(shape().init(&device), &device);
    let size = [8, 8, 8];
    let volume: Vec<f32> = (0..512).map(|at| (at * 37 % 101) as f32 / 101.0).collect();
    let boxes = [
        [[0, 0, 0], [4, 8, 8]],
        [[4, 0, 0], [8, 4, 8]],
        [[4, 4, 0], [8, 8, 8]],
    ];
    let made = curves_of_order(&net, &volume, size, 1, 0.5, &boxes, 3, &|| true);
    let made = made.unwrap().unwrap();
    let logit = |filled: &[usize]| {
        let mut volume = volume.clone();
        for &one in filled {
            let [low, high] = boxes[one];
            for (at, value) in volume.iter_mut().enumerate() {
                let voxel = [at / 64, at / 8 % 8, at % 8];
                if (0..3).all(|a| (low[a]..high[a]).contains(&voxel[a])) {
                    *value = 0.5;
                }
            }
        }
        f64::from(net.numbers(&volume, size).unwrap()[1])
    };
    assert_eq!(
        made.deletion,
        [logit(&[]), logit(&[0]), logit(&[0, 1]), logit(&[0, 1, 2])]
    );
    assert_eq!(
        made.insertion,
        [logit(&[0, 1, 2]), logit(&[1, 2]), logit(&[2]), logit(&[])]
    );
    assert_eq!(made.shares, [0.0, 1.0 / 3.0, 2.0 / 3.0, 1.0]);
    let stopped = curves_of_order(&net, &volume, size, 1, 0.5, &boxes, 3, &|| false);
    assert_eq!(stopped.unwrap(), None);
    let curves = OrderCurves {
        shares: vec![0.0, 0.5, 1.0],
        deletion: vec![4.0, 2.0, 0.0],
        insertion: vec![0.0, 0.0, 4.0],
    };
    assert_eq!(curves.areas(), [2.0, 1.0]);
}

#[test]
fn mass_lies_inside_as_far_as_it_does() {
    let map = [3.0, 1.0, -5.0, f32::NAN, 0.0, 9.0];
    let mask = [true, false, true, true, false, false];
    let all = [true, true, true, true, true, false];
    let made = inside(&map, &mask, &all).unwrap();
    assert_eq!((made.mass, made.chance, made.is_hit), (0.75, 0.5, true));
    let more = inside(&map, &mask, &[true; 6]).unwrap();
    assert!(!more.is_hit && more.chance == 0.4);
    assert_eq!(inside(&[-1.0, 0.0], &[true, false], &[true; 2]), None);
}

/// From the last stage on, each forgets what those before it in the network still know.
#[test]
fn networks_forget_from_their_end() {
    let device = Device::flex();
    let shape = shape();
    let net = shape.init(&device);
    let weights = |net: &Classifier| match net {
        Classifier::Sfcn(net) => tensors_of(&**net).unwrap(),
        Classifier::Densenet(_) => panic!("a dense network"),
    };
    let own = weights(&net);
    assert_eq!(n_stages(&net).unwrap(), 4);
    let order = ["out", "blocks.2.conv", "blocks.1.conv", "blocks.0.conv"];
    for n in 0..=4 {
        let forgot = randomised(&net, &shape, n, 3, &device).unwrap();
        let forgot = weights(&forgot);
        for (at, layer) in order.iter().enumerate() {
            let name = format!("{layer}.weight");
            assert_eq!(forgot[&name] != own[&name], at < n, "{name} with {n}");
        }
        assert_eq!(forgot["blocks.1.norm.gamma"], own["blocks.1.norm.gamma"]);
    }
}

/// A scan whose upper half along the second axis is twice as bright, with a plane of zeros.
#[test]
fn traits_are_those_of_the_scan() {
    let mut affine = Matrix4::identity();
    affine[(0, 0)] = 2.0;
    let grid = Grid::new([4, 4, 5], affine).unwrap();
    let value = |at: usize| match (at / 16, at / 4 % 4) {
        (0, _) => 0.0,
        (1, _) => 1.0,
        (_, 0 | 1) => 100.0,
        _ => 200.0,
    };
    let volume = Volume::new(grid, (0..80).map(value).collect()).unwrap();
    let made = traits_of(&volume);
    // The mean of what is not 0 is 112.75: tissue is what has 200.
    let expected = [
        200.0_f64.ln(),
        0.0,
        0.0,
        0.0,
        0.0,
        2.0_f64.ln(),
        160.0_f64.ln(),
        0.2,
    ];
    for (at, (made, expected)) in made.iter().zip(expected).enumerate() {
        assert!(
            (made - expected).abs() < 1e-9,
            "{at}: {made}, not {expected}"
        );
    }
}
