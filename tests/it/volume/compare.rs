//! Differences between a real and a predicted scan.

use super::{all_orders, assert_near, indices, predicted_values, straight, value, values, volume};
use cisterna::volume::{
    CompareError, ImageMetrics, PLANE_SIZE, PlaneImage, PlanePair, Volume, compare, compare_planes,
};
use nalgebra::Point3;

/// What an oracle says of a pair of images.
struct Expected {
    n: u64,
    mse: f64,
    mae: f64,
    psnr_db: f64,
    ssim: Option<f64>,
    max_abs: f64,
}

/// Sums of f64 in another order: 1e-9 of the number.
const ROUNDING: f64 = 1e-9;

#[track_caller]
fn check(found: &ImageMetrics, expected: &Expected) {
    let near = |found: f64, expected: f64, what: &str| {
        assert_near(found, expected, ROUNDING * expected.abs(), what);
    };
    assert_eq!(found.n, expected.n);
    near(found.mse, expected.mse, "mse");
    near(found.mae, expected.mae, "mae");
    near(found.max_abs, expected.max_abs, "max_abs");
    near(found.psnr_db.unwrap(), expected.psnr_db, "psnr");
    assert_eq!(found.ssim.is_some(), expected.ssim.is_some());
    if let (Some(found), Some(expected)) = (found.ssim, expected.ssim) {
        near(found, expected, "ssim");
    }
}

fn unit(dims: [usize; 3], values: Vec<f32>) -> Volume {
    volume(dims, straight([1.0; 3], [0.0; 3]), values)
}

/// `skimage.metrics.structural_similarity(real, predicted, data_range=real.max() - real.min())`
/// (0.26.0) with all defaults on float64 arrays without their axes of length one,
/// `mean_squared_error`, `peak_signal_noise_ratio` with the same range, and numpy's mean and
/// largest of the absolute difference.
#[test]
fn metrics_agree_with_scikit_image() {
    #[track_caller]
    fn check_pair(dims: [usize; 3], base: f32, expected: &Expected) {
        let raise = |values: Vec<f32>| values.into_iter().map(|v| v + base).collect();
        let real = unit(dims, raise(values(dims, 1)));
        let predicted = unit(dims, raise(predicted_values(dims)));
        let found = compare(&real, &predicted).unwrap();
        check(&found, expected);
        assert_near(found.overlap, 1.0, 0.0, "overlap");
    }
    let e = |n, mse, mae, psnr_db, ssim| Expected {
        n,
        mse,
        mae,
        psnr_db,
        ssim,
        max_abs: 103.0,
    };
    // High above zero, where the variances lose digits.
    check_pair(
        [9, 11, 13],
        20000.0,
        &e(
            1287,
            2542.4178321678323,
            39.60839160839161,
            20.064804986122866,
            Some(0.9282548493771112),
        ),
    );
    check_pair(
        [9, 11, 13],
        -254.0,
        &e(
            1287,
            2542.4178321678323,
            39.60839160839161,
            20.064804986122866,
            Some(0.9152764672349307),
        ),
    );
    // More slices than one block of ours, more voxels than one chunk.
    check_pair(
        [20, 24, 80],
        0.0,
        &e(
            38400,
            2459.9423095703123,
            38.96025390625,
            20.208025023949716,
            Some(0.9311970290360058),
        ),
    );
    // Pictures, along each pair of axes.
    check_pair(
        [12, 10, 1],
        0.0,
        &e(
            120,
            2091.203125,
            36.0625,
            20.84464853663934,
            Some(0.9386948189139638),
        ),
    );
    check_pair(
        [1, 12, 10],
        0.0,
        &e(
            120,
            2508.7421875,
            39.34375,
            19.98483975615329,
            Some(0.9248273228024555),
        ),
    );
    check_pair(
        [10, 1, 12],
        0.0,
        &e(
            120,
            2258.21875,
            37.375,
            20.441739996409154,
            Some(0.9441268104627406),
        ),
    );
    check_pair(
        [512, 64, 1],
        0.0,
        &e(
            32768,
            2498.487199783325,
            39.263160705566406,
            20.14050295755296,
            Some(0.9296971223004273),
        ),
    );
    // One window exactly, and none.
    check_pair(
        [7, 7, 7],
        0.0,
        &e(
            343,
            2516.2895408163267,
            39.4030612244898,
            20.109668121412053,
            Some(0.9292982131605417),
        ),
    );
    check_pair(
        [6, 9, 9],
        0.0,
        &e(
            486,
            2464.4108796296296,
            38.995370370370374,
            20.1658791627504,
            None,
        ),
    );
}

const DIMS: [usize; 3] = [16, 14, 12];
/// Powers of two and of their halves, so that the places of voxels are exact.
const SPACING_MM: [f64; 3] = [1.0, 2.0, 0.5];
const ORIGIN: [f64; 3] = [-10.0, 5.0, 3.25];

fn real() -> Volume {
    volume(DIMS, straight(SPACING_MM, ORIGIN), values(DIMS, 1))
}

/// The predicted scan, moved by so many voxels of the real one.
fn predicted(shift: [f64; 3]) -> Volume {
    let origin = std::array::from_fn(|axis| ORIGIN[axis] + shift[axis] * SPACING_MM[axis]);
    volume(DIMS, straight(SPACING_MM, origin), predicted_values(DIMS))
}

/// numpy and scikit-image as above, on `real[3:16, 0:12, 1:12]` and
/// `predicted[0:13, 2:14, 0:11]`; the order in which the predicted scan is stored is nothing to
/// the comparison.
#[test]
fn shifted_scans_meet_in_the_world() {
    let expected = Expected {
        n: 1716,
        mse: 33474.96773018648,
        mae: 144.19959207459206,
        psnr_db: 8.870072575427523,
        ssim: Some(0.12061047980383616),
        max_abs: 471.75,
    };
    let predicted = predicted([3.0, -2.0, 1.0]);
    for order in all_orders() {
        let found = compare(&real(), &order.store(&predicted)).unwrap();
        check(&found, &expected);
        assert_near(found.overlap, 0.6383928571428571, 1e-15, "overlap");
    }
}

/// Numbers of voxels and errors do not depend on how the real scan is stored either; windows are
/// counted the same way, so that SSIM does not.
#[test]
fn the_order_of_the_real_scan_is_nothing_to_the_numbers() {
    let first = compare(&real(), &predicted([3.0, -2.0, 1.0])).unwrap();
    for order in all_orders() {
        let found = compare(&order.store(&real()), &predicted([3.0, -2.0, 1.0])).unwrap();
        let expected = Expected {
            n: first.n,
            mse: first.mse,
            mae: first.mae,
            psnr_db: first.psnr_db.unwrap(),
            ssim: first.ssim,
            max_abs: first.max_abs,
        };
        check(&found, &expected);
    }
}

/// The predicted scan lies a quarter of a voxel along x and three eighths back along z:
/// `scipy.ndimage.map_coordinates(predicted, .., order=1, mode='nearest')` at the real voxels.
#[test]
fn between_voxels_the_predicted_scan_is_interpolated() {
    let expected = Expected {
        n: 2688,
        mse: 8852.462725889116,
        mae: 77.3125494094122,
        psnr_db: 14.646633177708166,
        ssim: Some(0.6633686590705191),
        max_abs: 235.6484375,
    };
    let predicted = predicted([0.25, 0.0, -0.375]);
    for order in all_orders() {
        check(
            &compare(&real(), &order.store(&predicted)).unwrap(),
            &expected,
        );
    }
}

/// Every second voxel of the predicted scan, with voxels twice as large; scipy as above. SSIM is
/// skimage's full map over the windows that lie wholly in the overlap.
#[test]
fn grids_of_different_voxel_sizes() {
    let dims = [8, 7, 6];
    let data = indices(dims)
        .map(|index| {
            let at = index.map(|i| 2 * i);
            (3.0 * value(at, 1) + value(at, 2)) / 4.0
        })
        .collect();
    let coarse = volume(dims, straight(SPACING_MM.map(|mm| 2.0 * mm), ORIGIN), data);
    let expected = Expected {
        n: 2145,
        mse: 25654.064676209207,
        mae: 127.53817016317016,
        psnr_db: 10.025712392683467,
        ssim: Some(0.07230155047213628),
        max_abs: 309.78125,
    };
    let found = compare(&real(), &coarse).unwrap();
    check(&found, &expected);
    assert_near(found.overlap, 0.7979910714285714, 1e-15, "overlap");
}

/// numpy without voxels (8, 7, 6) and (2, 3, 4); SSIM is skimage's full map over the windows
/// that hold neither.
#[test]
fn voxels_that_are_not_finite_are_left_out() {
    let expected = Expected {
        n: 2686,
        mse: 2490.772151898734,
        mae: 39.20253164556962,
        psnr_db: 20.15393423124836,
        ssim: Some(0.9306085806660257),
        max_abs: 103.0,
    };
    let at = |[i, j, k]: [usize; 3]| i + DIMS[0] * (j + DIMS[1] * k);
    for odd in [f32::NAN, f32::INFINITY, f32::NEG_INFINITY] {
        let mut real_values = values(DIMS, 1);
        real_values[at([8, 7, 6])] = odd;
        let real = volume(DIMS, straight(SPACING_MM, ORIGIN), real_values);
        let mut data = predicted_values(DIMS);
        data[at([2, 3, 4])] = odd;
        let predicted = volume(DIMS, straight(SPACING_MM, ORIGIN), data);
        // In the same order, and in others, where the predicted scan is sampled.
        for order in all_orders() {
            let found = compare(&real, &order.store(&predicted)).unwrap();
            check(&found, &expected);
            assert_near(found.overlap, 2686.0 / 2688.0, 1e-15, "overlap");
        }
    }
}

#[test]
fn equal_scans() {
    let found = compare(&real(), &real()).unwrap();
    assert_eq!(
        (found.n, found.mse, found.mae, found.max_abs),
        (2688, 0.0, 0.0, 0.0)
    );
    assert_eq!(found.psnr_db, None);
    assert_near(found.ssim.unwrap(), 1.0, 1e-12, "ssim");
    for order in all_orders() {
        let found = compare(&real(), &order.store(&real())).unwrap();
        assert_eq!((found.mse, found.psnr_db), (0.0, None));
        assert_near(found.ssim.unwrap(), 1.0, 1e-12, "ssim");
    }
}

#[test]
fn a_constant_real_scan_has_errors_but_no_range() {
    let real = unit([8, 8, 8], vec![100.0; 512]);
    let found = compare(&real, &unit([8, 8, 8], vec![103.0; 512])).unwrap();
    assert_eq!((found.mse, found.mae, found.max_abs), (9.0, 3.0, 3.0));
    assert_eq!((found.psnr_db, found.ssim), (None, None));
}

#[test]
fn scans_that_do_not_meet() {
    #[track_caller]
    fn check_none(real: &Volume, predicted: &Volume) {
        assert_eq!(compare(real, predicted), Err(CompareError::NoOverlap));
    }
    // Just beside, where the cells touch; far away; nothing finite in common.
    check_none(&real(), &predicted([16.0, 0.0, 0.0]));
    check_none(&real(), &predicted([0.0, -14.0, 0.0]));
    check_none(&real(), &predicted([0.0, 0.0, 1e6]));
    let nan = unit([2, 2, 2], vec![f32::NAN; 8]);
    check_none(&nan, &nan);
    check_none(&unit([2, 2, 2], vec![1.0; 8]), &nan);
    let last = compare(&real(), &predicted([15.0, 0.0, 0.0])).unwrap();
    assert_eq!(last.n, 14 * 12);
}

/// Voxel centres on pixel centres, so that nothing is interpolated. numpy scales in float32 as
/// the papers do; skimage on the rectangle where both scans are.
#[test]
fn planes_agree_with_scikit_image() {
    let dims = [40, 50, 30];
    let place = |origin| straight([1.0; 3], origin);
    let real = volume(dims, place([-19.5, -24.5, -14.5]), values(dims, 1));
    let predicted = volume(dims, place([-17.5, -24.5, -16.5]), predicted_values(dims));
    let [real, predicted] = [real, predicted].map(|scan| {
        // Each plane lies half a mm further along its normal, in the middle of a voxel.
        let axial = PlanePair::extract(&scan, Point3::new(0.0, 0.0, 0.5)).axial;
        let sagittal = PlanePair::extract(&scan, Point3::new(0.5, 0.0, 0.0)).sagittal;
        PlanePair { axial, sagittal }
    });
    let found = compare_planes(&real, &predicted).unwrap();
    check(
        &found.axial,
        &Expected {
            n: 1900,
            mse: 0.17163297779178013,
            mae: 0.3388481247817215,
            psnr_db: 7.65399262542231,
            ssim: Some(0.028566248297966702),
            max_abs: 0.9770628781989217,
        },
    );
    check(
        &found.sagittal,
        &Expected {
            n: 1400,
            mse: 0.15777196063906318,
            mae: 0.3173464989698758,
            psnr_db: 8.019701774368027,
            ssim: Some(0.09116973584023973),
            max_abs: 0.9793857857584953,
        },
    );
    check(
        &found.pair,
        &Expected {
            n: 3300,
            mse: 0.16575254627244565,
            mae: 0.3297262229221506,
            psnr_db: 7.805397912877221,
            ssim: Some(0.05986799206910322),
            max_abs: 0.9793857857584953,
        },
    );
    assert_near(found.axial.overlap, 0.02899169921875, 1e-15, "overlap");
    assert_near(found.sagittal.overlap, 0.0213623046875, 1e-15, "overlap");
    assert_near(found.pair.overlap, 0.025177001953125, 1e-15, "overlap");
}

#[test]
fn planes_that_miss_a_scan() {
    let full = PlaneImage {
        data: vec![0.5; PLANE_SIZE * PLANE_SIZE],
        inside: vec![true; PLANE_SIZE * PLANE_SIZE],
    };
    let none = PlaneImage {
        data: vec![0.0; PLANE_SIZE * PLANE_SIZE],
        inside: vec![false; PLANE_SIZE * PLANE_SIZE],
    };
    let pair = |axial: &PlaneImage, sagittal: &PlaneImage| PlanePair {
        axial: axial.clone(),
        sagittal: sagittal.clone(),
    };
    let both = pair(&full, &full);
    let error = |other: PlanePair| compare_planes(&both, &other).unwrap_err();
    assert_eq!(
        error(pair(&none, &full)),
        CompareError::PlaneOutside("axial")
    );
    assert_eq!(
        error(pair(&full, &none)),
        CompareError::PlaneOutside("sagittal")
    );
    let equal = compare_planes(&both, &both).unwrap();
    assert_eq!((equal.pair.n, equal.pair.mse), (2 * 65536, 0.0));
    assert_eq!((equal.pair.psnr_db, equal.pair.ssim), (None, None));
}
