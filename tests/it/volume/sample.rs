//! Values between voxels.

use super::{affine, all_orders, assert_near, indices, straight, values, volume};
use cisterna::volume::{Interpolation, Volume};
use nalgebra::Point3;

fn scan() -> Volume {
    volume(
        [5, 4, 3],
        straight([1.0; 3], [0.0; 3]),
        values([5, 4, 3], 0),
    )
}

/// `scipy.ndimage.map_coordinates(.., order=1 and order=0, mode='nearest')` (1.17.1). The
/// coordinates are exact in f32; what is left is f32 rounding of eight products of up to 508:
/// 1e-4.
#[test]
fn values_agree_with_scipy() {
    #[track_caller]
    fn check(voxel: [f32; 3], linear: f64, nearest: f64) {
        let found = |how| f64::from(scan().sample_voxel(voxel, how).unwrap());
        assert_near(found(Interpolation::Linear), linear, 1e-4, "linear");
        assert_near(found(Interpolation::Nearest), nearest, 0.0, "nearest");
        let point = Point3::from(voxel.map(f64::from));
        let in_world = scan().sample(point, Interpolation::Linear).unwrap();
        assert_near(f64::from(in_world), linear, 1e-4, "in the world");
    }
    check([0.0, 0.0, 0.0], 0.0, 0.0);
    check([4.0, 3.0, 2.0], 122.0, 122.0);
    check([1.25, 2.5, 0.75], 296.6875, 451.0);
    check(
        [3.999_023_4, 0.000_976_562_5, 1.5],
        285.3793878555298,
        453.0,
    );
    check([-0.375, 1.5, 1.0], 313.5, 154.0);
    check([4.375, 1.25, 0.5], 343.375, 336.0);
    check([2.0, -0.5, 2.25], 255.0, 255.0);
    check([2.125, 3.4375, 1.875], 307.375, 391.0);
    check([0.3125, 0.6875, -0.4375], 147.37890625, 179.0);
    check([3.75, 2.25, 2.4375], 303.3125, 402.0);
    check([-0.5, -0.5, -0.5], 0.0, 0.0);
    check([4.4375, 3.4375, 2.4375], 122.0, 122.0);
    // Half way, both round up.
    check([0.5, 0.0, 0.0], 36.5, 73.0);
    check([1.5, 0.0, 0.0], 109.5, 146.0);
}

/// The same through an oblique, sheared affine (`numpy.linalg.inv` for the voxel). Coordinates
/// are rounded to f32 here, 5e-7 of a voxel, across steps of up to 508: 1e-3.
#[test]
fn points_of_the_world_agree_with_scipy() {
    let rows = [
        [-1.2, 0.3, 0.1, 12.0],
        [0.2, 1.9, -0.3, -7.0],
        [0.15, 0.4, 2.6, 3.0],
    ];
    let scan = volume([7, 6, 5], affine(rows), values([7, 6, 5], 4));
    #[track_caller]
    fn check(scan: &Volume, point: [f64; 3], linear: f64, nearest: f64) {
        for order in all_orders() {
            let stored = order.store(scan);
            let found = |how| f64::from(stored.sample(Point3::from(point), how).unwrap());
            assert_near(found(Interpolation::Linear), linear, 1e-3, "linear");
            assert_near(found(Interpolation::Nearest), nearest, 0.0, "nearest");
        }
    }
    check(&scan, [8.0, -1.0, 9.5], 58.18313260531417, 1.0);
    check(&scan, [10.1, 1.7, 6.2], 295.76843671191915, 389.0);
    check(&scan, [6.3, 2.2, 13.7], 204.5894126585801, 125.0);
    // The middle of voxel (2, 1, 3), through the asymmetric matrix and not its transpose.
    check(&scan, [10.2, -5.6, 11.5], 160.0, 160.0);
    assert_eq!(
        scan.sample(Point3::new(20.0, 0.0, 0.0), Interpolation::Linear),
        None
    );
}

#[test]
fn outside_is_nothing() {
    #[track_caller]
    fn check(voxel: [f32; 3], inside: bool) {
        for how in [Interpolation::Linear, Interpolation::Nearest] {
            assert_eq!(scan().sample_voxel(voxel, how).is_some(), inside, "{how:?}");
            let point = Point3::from(voxel.map(f64::from));
            assert_eq!(scan().sample(point, how).is_some(), inside, "{how:?}");
            assert_eq!(scan().grid().voxel_at(point).is_some(), inside);
        }
    }
    check([-0.5, 0.0, 0.0], true);
    check([-0.500_001, 0.0, 0.0], false);
    check([4.499_999, 0.0, 0.0], true);
    check([4.5, 0.0, 0.0], false);
    check([0.0, -0.5, 0.0], true);
    check([0.0, -0.6, 0.0], false);
    check([0.0, 3.499_999, 0.0], true);
    check([0.0, 3.5, 0.0], false);
    check([0.0, 0.0, -0.5], true);
    check([0.0, 0.0, -7.0], false);
    check([0.0, 0.0, 2.499_999], true);
    check([0.0, 0.0, 2.5], false);
    check([f32::NAN, 0.0, 0.0], false);
    check([0.0, f32::INFINITY, 0.0], false);
    check([0.0, 0.0, f32::NEG_INFINITY], false);
    check([1e30, 1e30, 1e30], false);
}

/// Every voxel, the last along each axis too, is what was stored, in every order.
#[test]
fn every_voxel_is_itself() {
    for order in all_orders() {
        let stored = order.store(&scan());
        for index in indices(stored.grid().dims()) {
            for how in [Interpolation::Linear, Interpolation::Nearest] {
                let found = stored.sample_voxel(index.map(|i| i as f32), how);
                assert_eq!(found, stored.value(index), "{order:?} {index:?} {how:?}");
            }
        }
    }
}

#[test]
fn not_a_number_is_nothing_where_it_counts() {
    let mut data = values([5, 4, 3], 0);
    data[2 + 5 * (1 + 4)] = f32::NAN;
    let scan = volume([5, 4, 3], straight([1.0; 3], [0.0; 3]), data);
    #[track_caller]
    fn check(scan: &Volume, voxel: [f32; 3], linear: bool, nearest: bool) {
        let some = |how| scan.sample_voxel(voxel, how).is_some();
        assert_eq!(some(Interpolation::Linear), linear, "linear");
        assert_eq!(some(Interpolation::Nearest), nearest, "nearest");
    }
    check(&scan, [2.0, 1.0, 1.0], false, false);
    // Beside it: its weight is 0, and 0 x NaN must not get into the sum.
    check(&scan, [1.0, 1.0, 1.0], true, true);
    check(&scan, [3.0, 1.0, 1.0], true, true);
    check(&scan, [2.0, 0.0, 1.0], true, true);
    check(&scan, [2.0, 2.0, 1.0], true, true);
    check(&scan, [2.0, 1.0, 0.0], true, true);
    check(&scan, [2.0, 1.0, 2.0], true, true);
    check(&scan, [1.0, 1.5, 1.5], true, true);
    // Between: it counts.
    check(&scan, [1.25, 1.0, 1.0], false, true);
    check(&scan, [2.25, 1.25, 1.25], false, false);
    check(&scan, [2.999, 1.999, 1.999], false, true);
}

#[test]
fn infinities_are_large_and_finite() {
    let data = vec![f32::INFINITY, f32::NEG_INFINITY, 3.4e38, -3.4e38];
    let scan = volume([4, 1, 1], straight([1.0; 3], [0.0; 3]), data);
    for step in 0..16 {
        let voxel = [step as f32 / 4.0 - 0.5, 0.25, -0.25];
        for how in [Interpolation::Linear, Interpolation::Nearest] {
            let found = scan.sample_voxel(voxel, how).unwrap();
            assert!(found.is_finite(), "{voxel:?} {how:?}");
        }
    }
    let nearest = |at: f32| {
        scan.sample_voxel([at, 0.0, 0.0], Interpolation::Nearest)
            .unwrap()
    };
    assert!(nearest(0.0) > 1e30 && nearest(1.0) < -1e30);
}

/// A scan of one slice has the same value throughout its thickness (scipy, as above).
#[test]
fn a_single_slice() {
    let scan = volume(
        [6, 7, 1],
        straight([1.0, 1.0, 5.0], [0.0; 3]),
        values([6, 7, 1], 3),
    );
    #[track_caller]
    fn check(scan: &Volume, voxel: [f32; 3], linear: f64) {
        let found = scan.sample_voxel(voxel, Interpolation::Linear).unwrap();
        assert_near(f64::from(found), linear, 1e-4, "linear");
    }
    check(&scan, [2.5, 3.25, 0.0], 285.0);
    check(&scan, [2.5, 3.25, 0.25], 285.0);
    check(&scan, [2.5, 3.25, -0.5], 285.0);
    check(&scan, [5.0, 6.0, 0.4375], 413.0);
    assert_eq!(
        scan.sample_voxel([2.5, 3.25, 0.5], Interpolation::Linear),
        None
    );
    let one = volume([1, 1, 1], straight([1.0; 3], [0.0; 3]), vec![7.0]);
    assert_eq!(
        one.sample_voxel([0.49, -0.5, 0.3], Interpolation::Linear),
        Some(7.0)
    );
}
