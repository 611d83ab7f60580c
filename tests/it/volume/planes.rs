//! The two planes that the networks see.

use super::{affine, all_orders, assert_near, indices, straight, values, volume};
use cisterna::volume::{PLANE_SIZE, PlaneImage, PlanePair, Volume};
use nalgebra::Point3;

const ROWS: [[f64; 4]; 3] = [
    [-1.2, 0.3, 0.1, 12.0],
    [0.2, 1.9, -0.3, -40.0],
    [0.15, 0.4, 2.6, -33.0],
];

fn oblique() -> Volume {
    volume([40, 50, 30], affine(ROWS), values([40, 50, 30], 4))
}

/// What an oracle says of a plane: pixels inside, the sum of all, the sums weighted by column
/// and by row (from 1), and the pixels (row, column) (128, 128), (100, 120) and (140, 150).
struct Expected {
    n_inside: usize,
    sums: [f64; 3],
    pixels: [f64; 3],
}

/// Coordinates are rounded to f32 before they are interpolated, 2e-6 of a voxel at 50, and
/// neighbours differ by up to the whole range: 2e-5 a pixel. In sums it averages out further.
#[track_caller]
fn check(plane: &PlaneImage, expected: &Expected) {
    assert_eq!(plane.data.len(), PLANE_SIZE * PLANE_SIZE);
    assert_eq!(plane.inside.len(), PLANE_SIZE * PLANE_SIZE);
    let n_inside = plane.inside.iter().filter(|inside| **inside).count();
    assert_eq!(n_inside, expected.n_inside);
    let mut sums = [0.0; 3];
    for (at, &pixel) in plane.data.iter().enumerate() {
        let pixel = f64::from(pixel);
        sums[0] += pixel;
        sums[1] += pixel * (at % PLANE_SIZE + 1) as f64;
        sums[2] += pixel * (at / PLANE_SIZE + 1) as f64;
    }
    for (found, expected) in sums.into_iter().zip(expected.sums) {
        assert_near(found, expected, 2e-5 * expected, "sum");
    }
    let places = [[128, 128], [100, 120], [140, 150]];
    for ([row, column], expected) in places.into_iter().zip(expected.pixels) {
        let found = plane.data[row * PLANE_SIZE + column];
        assert_near(f64::from(found), expected, 2e-5, "pixel");
    }
}

/// `scipy.ndimage.map_coordinates(.., order=1, mode='nearest')` (1.17.1) at
/// `x = -4 - (column + 0.5 - 128)`, `y = 6.1 - (row + 0.5 - 128)`, `z = 10` for the axial plane
/// and `y = 6.1 - (column + 0.5 - 128)`, `z = 10 - (row + 0.5 - 128)`, `x = -4` for the sagittal
/// one, scaled by its own smallest and largest value within the cells. No pixel is nearer than
/// 1e-4 of a voxel to the border.
#[test]
fn planes_agree_with_scipy() {
    let scan = oblique();
    let center = Point3::new(-4.0, 6.1, 10.0);
    for order in all_orders() {
        let stored = order.store(&scan);
        let pair = PlanePair::extract(&stored, center);
        assert!(!pair.is_empty());
        check(
            &pair.axial,
            &Expected {
                n_inside: 4817,
                sums: [2424.804790233744, 308768.2355914171, 309854.33297141513],
                pixels: [0.622732607489609, 0.5174654185119912, 1.0],
            },
        );
        check(
            &pair.sagittal,
            &Expected {
                n_inside: 7827,
                sums: [3970.1360244742415, 508679.0572003635, 480298.9153919626],
                pixels: [0.5111535318875854, 0.5032187992398002, 0.4071073042133958],
            },
        );
    }
}

/// The middle of the box of voxels, `affine @ ((dims - 1) / 2)` in numpy.
#[test]
fn the_middle_is_that_of_the_voxels() {
    let found = oblique().grid().center_in_world();
    let distance = (found - Point3::new(-2.6, 6.1, 17.425)).norm();
    assert_near(distance, 0.0, 1e-12, "distance");
}

/// Where the only bright voxel of a head of 2 mm voxels ends up, as the pixel (row, column).
fn bright_pixels(bright_in_world: [f64; 3]) -> [Option<[usize; 2]>; 2] {
    let dims = [90, 110, 80];
    let origin = [-89.0, -109.0, -79.0];
    let data = indices(dims)
        .map(|index| {
            let near = (0..3).all(|axis| {
                let at = origin[axis] + 2.0 * index[axis] as f64;
                (at - bright_in_world[axis]).abs() <= 1.0
            });
            f32::from(u8::from(near))
        })
        .collect();
    let head = volume(dims, straight([2.0; 3], origin), data);
    let mut found = None;
    for order in all_orders() {
        let pair = PlanePair::extract(&order.store(&head), Point3::from(bright_in_world));
        let brightest = [&pair.axial, &pair.sagittal].map(|plane| {
            let at = plane.data.iter().position(|&v| v >= 1.0);
            at.map(|at| [at / PLANE_SIZE, at % PLANE_SIZE])
        });
        assert_eq!(*found.get_or_insert(brightest), brightest, "{order:?}");
    }
    found.unwrap()
}

/// The planes are centred on the bright voxel here, so that it must be in the middle of both.
#[test]
fn the_center_is_in_the_middle_of_both_planes() {
    for bright in [[31.0, 41.0, 21.0], [-31.0, 41.0, -21.0], [1.0, -1.0, 1.0]] {
        for place in bright_pixels(bright) {
            let [row, column] = place.unwrap();
            assert!(
                [127, 128].contains(&row) && [127, 128].contains(&column),
                "{place:?}"
            );
        }
    }
}

/// A blob 30 mm to one side of the planes' centre, of which the papers' picture is known: the
/// patient's right and the face are on the left, the top is up.
#[test]
fn sides_of_the_patient_are_where_they_belong() {
    #[track_caller]
    fn check(blob: [f64; 3], axial: Option<[f64; 2]>, sagittal: Option<[f64; 2]>) {
        let (dims, origin) = ([90, 110, 80], [-89.0, -109.0, -79.0]);
        let data = indices(dims)
            .map(|index| {
                let squared: f64 = (0..3)
                    .map(|axis| (origin[axis] + 2.0 * index[axis] as f64 - blob[axis]).powi(2))
                    .sum();
                (-squared / 50.0).exp() as f32
            })
            .collect();
        let head = volume(dims, straight([2.0; 3], origin), data);
        for order in all_orders().into_iter().step_by(5) {
            let pair = PlanePair::extract(&order.store(&head), Point3::origin());
            for (plane, expected) in [(&pair.axial, axial), (&pair.sagittal, sagittal)] {
                let Some([across, down]) = expected else {
                    continue;
                };
                let mut sums = [0.0; 3];
                for (at, &pixel) in plane.data.iter().enumerate() {
                    let [row, column] = [at / PLANE_SIZE, at % PLANE_SIZE].map(|i| i as f64 + 0.5);
                    let pixel = f64::from(pixel);
                    sums[0] += pixel;
                    sums[1] += pixel * (column - 128.0);
                    sums[2] += pixel * (row - 128.0);
                }
                // The centre of mass, in pixels of 1 mm from the middle. The blob is sampled at
                // 2 mm and cut nowhere: a hundredth of a mm.
                assert_near(sums[1] / sums[0], across, 0.01, "across");
                assert_near(sums[2] / sums[0], down, 0.01, "down");
            }
        }
    }
    // The patient's right, left; front, back; top, bottom.
    check([30.0, 0.0, 0.0], Some([-30.0, 0.0]), None);
    check([-30.0, 0.0, 0.0], Some([30.0, 0.0]), None);
    check([0.0, 30.0, 0.0], Some([0.0, -30.0]), Some([-30.0, 0.0]));
    check([0.0, -30.0, 0.0], Some([0.0, 30.0]), Some([30.0, 0.0]));
    check([0.0, 0.0, 30.0], None, Some([0.0, -30.0]));
    check([0.0, 0.0, -30.0], None, Some([0.0, 30.0]));
    check([20.0, 40.0, 0.0], Some([-20.0, -40.0]), None);
    check([0.0, -40.0, 20.0], None, Some([40.0, -20.0]));
}

#[test]
fn every_plane_is_scaled_by_itself() {
    let dims = [20, 20, 20];
    // The axial plane at z = 5 holds 100 to 138, the sagittal one at x = 3 far more.
    let data = indices(dims)
        .map(|[i, j, k]| 100.0 + (i + j) as f32 + 1000.0 * (k as f32 - 5.0))
        .collect();
    let scan = volume(dims, straight([1.0; 3], [0.0; 3]), data);
    let pair = PlanePair::extract(&scan, Point3::new(3.0, 9.5, 5.0));
    for plane in [&pair.axial, &pair.sagittal] {
        let inside = plane
            .data
            .iter()
            .zip(&plane.inside)
            .filter(|(_, inside)| **inside);
        let (low, high) = inside.fold((f32::MAX, f32::MIN), |(low, high), (&v, _)| {
            (low.min(v), high.max(v))
        });
        assert_eq!((low, high), (0.0, 1.0));
        for (&pixel, &inside) in plane.data.iter().zip(&plane.inside) {
            assert!((0.0..=1.0).contains(&pixel) && (inside || pixel == 0.0));
        }
        assert_eq!(plane.inside.iter().filter(|inside| **inside).count(), 400);
    }
}

#[test]
fn a_constant_plane_is_zero_throughout() {
    let scan = volume([9, 9, 9], straight([1.0; 3], [-4.0; 3]), vec![250.0; 729]);
    let pair = PlanePair::extract(&scan, Point3::origin());
    assert!(
        pair.axial
            .data
            .iter()
            .chain(&pair.sagittal.data)
            .all(|&v| v == 0.0)
    );
    assert!(!pair.is_empty());
}

#[test]
fn voxels_that_are_not_a_number_are_outside() {
    let mut data = values([9, 9, 9], 1);
    data[4 + 9 * (4 + 9 * 4)] = f32::NAN;
    let scan = volume([9, 9, 9], straight([1.0; 3], [-3.5; 3]), data);
    let pair = PlanePair::extract(&scan, Point3::new(0.0, 0.0, 0.5));
    assert_eq!(
        pair.axial.inside.iter().filter(|inside| **inside).count(),
        80
    );
    assert!(pair.axial.data.iter().all(|v| v.is_finite()));
}

#[test]
fn planes_beside_the_scan_are_empty() {
    #[track_caller]
    fn check(center: [f64; 3], axial: bool, sagittal: bool) {
        let scan = volume(
            [9, 9, 9],
            straight([1.0; 3], [-4.0; 3]),
            values([9, 9, 9], 1),
        );
        let pair = PlanePair::extract(&scan, Point3::from(center));
        assert_eq!(pair.axial.inside.contains(&true), axial);
        assert_eq!(pair.sagittal.inside.contains(&true), sagittal);
        assert_eq!(pair.is_empty(), !(axial && sagittal));
    }
    check([0.0, 0.0, 0.0], true, true);
    check([0.0, 0.0, 4.6], false, true);
    check([4.6, 0.0, 0.0], true, false);
    check([-4.6, 0.0, -4.6], false, false);
    check([0.0, 500.0, 0.0], false, false);
    check([4.4, 100.0, -4.4], true, true);
}
