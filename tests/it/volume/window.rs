//! Intensity windows.

use super::{straight, values, volume};
use cisterna::volume::{Volume, Window, percentiles};
use proptest::prelude::*;

fn row(data: Vec<f32>) -> Volume {
    volume([data.len(), 1, 1], straight([1.0; 3], [0.0; 3]), data)
}

/// 20 000 whole numbers from 0 to 508.
fn numbers() -> Vec<f32> {
    values([20, 25, 40], 5)
}

/// `numpy.percentile(x, .., method='inverted_cdf')` (2.4.6) on the same values as f32: the
/// smallest value that at least that share does not exceed. It is one of the values, so that the
/// comparison is exact.
#[test]
fn percentiles_agree_with_numpy() {
    #[track_caller]
    fn check(data: &[f32], expected: [f32; 9]) {
        let shares = [0.0, 0.001, 0.02, 0.1, 0.5, 0.9, 0.98, 0.999, 1.0];
        assert_eq!(percentiles(data, false, shares), Some(expected));
    }
    let numbers = numbers();
    check(
        &numbers,
        [0.0, 0.0, 9.0, 48.0, 251.0, 458.0, 498.0, 508.0, 508.0],
    );
    let negative: Vec<f32> = numbers.iter().map(|v| 0.37_f32 * (v - 250.0)).collect();
    check(
        &negative,
        [
            -92.5, -92.5, -89.17, -74.74, 0.37, 76.96, 91.76, 95.46, 95.46,
        ],
    );
    // (1 + v / 1024) * 2^(v % 60 - 30): eighteen decades.
    let decades: Vec<f32> = numbers
        .iter()
        .map(|v| (1.0 + v / 1024.0) * 2.0_f32.powi(*v as i32 % 60 - 30))
        .collect();
    check(
        &decades,
        [
            9.313_226e-10,
            9.313_226e-10,
            1.973_603_5e-9,
            4.217_145e-8,
            0.271_484_38,
            10788864.0,
            378011648.0,
            788004864.0,
            788004864.0,
        ],
    );
}

#[test]
fn percentiles_of_a_few_values() {
    #[track_caller]
    fn check(n: u8, expected: [f32; 3]) {
        let data: Vec<f32> = (1..=n).rev().map(f32::from).collect();
        assert_eq!(percentiles(&data, false, [0.02, 0.5, 0.98]), Some(expected));
    }
    check(1, [1.0, 1.0, 1.0]);
    check(2, [1.0, 1.0, 2.0]);
    check(3, [1.0, 2.0, 3.0]);
    check(49, [1.0, 25.0, 49.0]);
    check(50, [1.0, 25.0, 49.0]);
    check(51, [2.0, 26.0, 50.0]);
    check(100, [2.0, 50.0, 98.0]);
    assert_eq!(percentiles(&[], false, [0.5]), None);
    assert_eq!(percentiles(&[f32::NAN, f32::INFINITY], false, [0.5]), None);
    assert_eq!(percentiles(&[0.0, -0.0], true, [0.5]), None);
    assert_eq!(
        percentiles(&[0.0, 5.0, 0.0], true, [0.0, 1.0]),
        Some([5.0, 5.0])
    );
}

proptest! {
    /// Any bits: against sorting, which is the definition.
    #[test]
    fn percentiles_of_any_values(
        bits in prop::collection::vec(any::<u32>(), 1..300),
        near in prop::collection::vec(-5_i8..5, 0..300),
        share in 0.0_f64..=1.0,
        without_zeros in any::<bool>(),
    ) {
        let data: Vec<f32> = bits
            .into_iter()
            .map(f32::from_bits)
            .chain(near.into_iter().map(f32::from))
            .collect();
        let mut sorted: Vec<f32> = data
            .iter()
            .copied()
            .filter(|v| v.is_finite() && !(without_zeros && *v == 0.0))
            .collect();
        sorted.sort_by(f32::total_cmp);
        let rank = ((share * sorted.len() as f64).ceil() as usize).max(1);
        let expected = sorted.get(rank - 1).map(|&v| [v]);
        prop_assert_eq!(percentiles(&data, without_zeros, [share]), expected);
    }
}

#[test]
fn windows_of_scans() {
    #[track_caller]
    fn check(data: Vec<f32>, low: f32, high: f32) {
        let found = Window::auto(&row(data));
        assert_eq!((found.low, found.high), (low, high));
    }
    // numpy as above, at 2 and 98 %.
    check(numbers(), 9.0, 498.0);
    check(
        numbers().iter().map(|v| 0.37_f32 * (v - 250.0)).collect(),
        -89.17,
        91.76,
    );
    // One voxel of 1e30, or two at the ends of f32, leave the window where it was.
    let with = |changes: &[(usize, f32)]| {
        let mut data = numbers();
        for &(at, value) in changes {
            data[at] = value;
        }
        data
    };
    check(with(&[(12345, 1e30)]), 9.0, 498.0);
    check(with(&[(12345, -3e38), (0, 3e38)]), 9.0, 498.0);
    check(
        with(&[(12345, f32::INFINITY), (1, f32::NEG_INFINITY)]),
        9.0,
        498.0,
    );
    // A tenth of NaN is as if it were not there: numpy on the 17 952 others.
    let padded = numbers()
        .into_iter()
        .map(|v| if v % 10.0 == 0.0 { f32::NAN } else { v });
    check(padded.collect(), 9.0, 499.0);
    // 59.5 % zeros are left out, 40.1 % count.
    let above = |least: f32| move |v: f32| if v > least { v } else { 0.0 };
    check(
        numbers().into_iter().map(above(300.0)).collect(),
        305.0,
        504.0,
    );
    check(
        numbers().into_iter().map(above(200.0)).collect(),
        0.0,
        498.0,
    );
    // Exactly half count; one more and they do not.
    check([0.0, 0.0, 5.0, 9.0].to_vec(), 0.0, 9.0);
    check([0.0, 0.0, 0.0, 5.0, 9.0].to_vec(), 5.0, 9.0);
    // NaN does not count as not zero: two of four finite values are zero, not two of six.
    check(
        [0.0, 0.0, 0.0, 5.0, 9.0, f32::NAN, f32::NAN].to_vec(),
        5.0,
        9.0,
    );
}

#[test]
fn windows_of_odd_scans() {
    #[track_caller]
    fn check(data: Vec<f32>, low: f32, high: f32) {
        let found = Window::auto(&row(data));
        assert_eq!((found.low, found.high), (low, high));
    }
    check(vec![0.0; 10], 0.0, 1.0);
    check(vec![f32::NAN; 10], 0.0, 1.0);
    check(vec![f32::INFINITY; 10], 0.0, 1.0);
    check(vec![5.0; 10], 4.5, 5.5);
    check(vec![-3.0; 10], -3.5, -2.5);
    check(vec![5.0, f32::NAN, f32::INFINITY], 4.5, 5.5);
    // A label of one value in a field of zeros: black for none, white for the label.
    let mut label = vec![0.0; 90];
    label.extend([7.0; 10]);
    check(label.clone(), 0.0, 7.0);
    check(label.iter().map(|v| -v).collect(), -7.0, 0.0);
    // One labelled voxel among many.
    let mut lone = vec![0.0; 999];
    lone.push(3.0);
    check(lone, 0.0, 3.0);
    check(vec![1.0], 0.5, 1.5);
}

#[test]
fn windows_have_ends_in_order_and_are_never_empty() {
    #[track_caller]
    fn check(low: f32, high: f32, expected: (f32, f32)) {
        let found = Window::new(low, high);
        assert_eq!((found.low, found.high), expected);
    }
    check(10.0, 20.0, (10.0, 20.0));
    check(20.0, 10.0, (10.0, 20.0));
    check(-5.0, 5.0, (-5.0, 5.0));
    check(0.0, 1e-20, (0.0, 1e-20));
    let from_level = Window::from_level(40.0, 400.0);
    assert_eq!((from_level.low, from_level.high), (-160.0, 240.0));
    assert_eq!((from_level.level(), from_level.width()), (40.0, 400.0));
    let negative_width = Window::from_level(40.0, -400.0);
    assert_eq!(negative_width, from_level);
}

/// What a shader needs of a window: finite ends in order, a width it can divide by.
#[track_caller]
fn assert_usable(window: Window, from: &str) {
    let Window { low, high } = window;
    assert!(
        low.is_finite() && high.is_finite() && low < high,
        "{from}: {window:?}"
    );
    let (width, level) = (window.width(), window.level());
    assert!(
        width.is_finite() && width > 0.0 && (1.0 / width).is_finite(),
        "{from}: {window:?}"
    );
    assert!(
        level.is_finite() && (low..=high).contains(&level),
        "{from}: {window:?}"
    );
}

#[test]
fn odd_ends_make_usable_windows() {
    let odd = [
        0.0,
        -0.0,
        1.0,
        -1.0,
        1e-30,
        f32::MIN_POSITIVE,
        f32::from_bits(1),
        16_777_217.0,
        1e30,
        f32::MAX,
        f32::MIN,
        f32::INFINITY,
        f32::NEG_INFINITY,
        f32::NAN,
    ];
    for low in odd {
        for high in odd {
            assert_usable(Window::new(low, high), &format!("new({low}, {high})"));
            assert_usable(
                Window::from_level(low, high),
                &format!("from_level({low}, {high})"),
            );
            let auto = Window::auto(&row(vec![low, high, low, high, low]));
            assert_usable(auto, &format!("auto of {low} and {high}"));
        }
        assert_usable(Window::auto(&row(vec![low; 7])), &format!("auto of {low}"));
    }
}

proptest! {
    #[test]
    fn any_ends_make_usable_windows(low in any::<u32>(), high in any::<u32>()) {
        let [low, high] = [low, high].map(f32::from_bits);
        assert_usable(Window::new(low, high), "new");
        assert_usable(Window::from_level(low, high), "from_level");
        assert_usable(Window::auto(&row(vec![low, high])), "auto");
    }
}
