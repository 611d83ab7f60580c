//! How often each value occurs, Otsu's threshold, and windows by rules, against numpy 2.3.5 and
//! scikit-image 0.26.0.

use super::{straight, values, volume};
use cisterna::volume::{HISTOGRAM_BINS, Histogram, Volume, Window, WindowRule};

fn row(data: Vec<f32>) -> Volume {
    volume([data.len(), 1, 1], straight([1.0; 3], [0.0; 3]), data)
}

/// A head in numbers: 60 % background up to 11.2, tissue from 80.3 on, a few bright voxels. In Python,
/// with `v` as [`values`] has them: `where(v < 300, v % 17 * 0.7, where(v < 500, 80.3 + v % 101 * 0.61,
/// 190.7 + v % 7 * 3.1))` in float64, then as float32.
fn head() -> Vec<f32> {
    let value = |v: f32| -> f32 {
        let v = f64::from(v);
        let value = if v < 300.0 {
            v % 17.0 * 0.7
        } else if v < 500.0 {
            80.3 + v % 101.0 * 0.61
        } else {
            190.7 + v % 7.0 * 3.1
        };
        value as f32
    };
    values([20, 25, 40], 5).into_iter().map(value).collect()
}

/// `numpy.histogram(x, 256)` of the values as float64.
#[test]
fn bins_agree_with_numpy() {
    let found = Histogram::of(&row(head())).unwrap();
    assert_eq!(found.counts.len(), HISTOGRAM_BINS);
    assert_eq!(found.range[0], 0.0);
    assert!((found.range[1] - 209.3).abs() < 1e-5);
    assert_eq!(found.ends, [0.0, 209.3]);
    assert_eq!(
        [found.counts[0], found.counts[100], found.counts[255]],
        [1489, 89, 44]
    );
    assert_eq!(found.counts[..128].iter().sum::<u64>(), 14914);
    let weighed: u64 = (0..).zip(&found.counts).map(|(bin, n)| bin * n).sum();
    assert_eq!(weighed, 1_210_332);
    assert_eq!(found.counts.iter().filter(|n| **n > 0).count(), 96);
    assert_eq!((found.n_beyond, found.n_not_finite), ([0, 0], 0));
}

#[test]
fn odd_values_have_a_place_of_their_own() {
    let mut data = head();
    (data[12345], data[7]) = (1e6, -5e5);
    (data[1], data[2], data[3]) = (f32::NAN, f32::INFINITY, f32::NEG_INFINITY);
    let found = Histogram::of(&row(data)).unwrap();
    // 0.1 and 99.9 % are 0 and 209.3, and a quarter of that further the bins end.
    assert!((found.range[0] + 52.325).abs() < 1e-4, "{:?}", found.range);
    assert!((found.range[1] - 261.625).abs() < 1e-4, "{:?}", found.range);
    assert_eq!((found.n_beyond, found.n_not_finite), ([1, 1], 3));
    assert_eq!(found.ends, [-5e5, 1e6]);
    assert_eq!(found.counts.iter().sum::<u64>(), 20_000 - 5);
    // Labels in a field of zeros are not far off: there is nothing else.
    let mut mask = vec![0.0; 9999];
    mask.push(7.0);
    assert_eq!(Histogram::of(&row(mask)).unwrap().range, [0.0, 7.0]);
    let constant = Histogram::of(&row(vec![5.0; 10])).unwrap();
    assert_eq!(constant.range, [4.5, 5.5]);
    assert_eq!(constant.otsu(), None);
    assert_eq!(Histogram::of(&row(vec![f32::NAN; 10])), None);
}

/// `skimage.filters.threshold_otsu(x)` is the middle of a bin, 11.037304848; half a bin further it ends.
#[test]
fn the_threshold_is_that_of_scikit_image() {
    let found = Histogram::of(&row(head())).unwrap();
    let expected = 11.037_304_848_432_541 + 209.300_003_051_757_8 / 512.0;
    let threshold = found.otsu().unwrap();
    assert!((threshold - expected).abs() < 1e-6, "{threshold}");
    // The same by hand: 0 0 0 and 10 10 are parted anywhere between, and the first bin is taken.
    let two = Histogram::of(&row(vec![0.0, 0.0, 0.0, 10.0, 10.0])).unwrap();
    assert!((two.otsu().unwrap() - 10.0 / 256.0).abs() < 1e-12);
}

/// `numpy.percentile(.., method='inverted_cdf')` on the values, and on those from the threshold on. It is
/// one of the values, so that the comparison is exact.
#[test]
fn rules_agree_with_numpy() {
    #[track_caller]
    fn check(data: &[f32], expected: [Option<(f32, f32)>; 6]) {
        let volume = row(data.to_vec());
        let histogram = Histogram::of(&volume).unwrap();
        let found = WindowRule::windows(&volume, &histogram);
        for ((rule, found), expected) in WindowRule::ALL.iter().zip(found).zip(expected) {
            let window = expected.map(|(low, high)| Window::new(low, high));
            assert_eq!(found, window, "{rule:?}");
            assert_eq!(rule.window(&volume), window, "{rule:?}");
        }
    }
    let head = head();
    check(
        &head,
        [
            Some((0.0, 209.3)),
            Some((0.0, 200.0)),
            Some((0.0, 141.3)),
            Some((81.52, 203.1)),
            Some((112.63, 209.3)),
            Some((0.0, 112.63)),
        ],
    );
    // Without a head around it: zeros are more than half, and are left out where a rule says so.
    let stripped: Vec<f32> = head
        .iter()
        .map(|&v| if v < 80.0 { 0.0 } else { v })
        .collect();
    check(
        &stripped,
        [
            Some((0.0, 209.3)),
            Some((80.91, 206.2)),
            Some((81.52, 203.1)),
            Some((81.52, 203.1)),
            Some((112.63, 209.3)),
            Some((0.0, 112.63)),
        ],
    );
    // One value makes no window but the automatic one.
    check(&[5.0; 9], [None, None, Some((4.5, 5.5)), None, None, None]);
}
