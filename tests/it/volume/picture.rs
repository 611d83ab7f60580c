//! Planes, slices, pixels and letters.

use super::{Order, affine, all_orders, assert_near, straight};
use cisterna::volume::{Affine, Convention, Grid, Orientation, Plane, PlaneView, edge_letters};
use nalgebra::{Point3, Quaternion, UnitQuaternion};
use proptest::prelude::*;

const CONVENTIONS: [Convention; 2] = [Convention::Radiological, Convention::Neurological];

/// Sagittal slices at -10 to -6 mm, coronal ones at 20 to 32, axial ones at 30 to 54.
fn original() -> Grid {
    Grid::new([5, 7, 9], straight([1.0, 2.0, 3.0], [-10.0, 20.0, 30.0])).unwrap()
}

#[test]
fn slices_do_not_depend_on_the_order() {
    #[track_caller]
    fn check(plane: Plane, n_slices: usize, step_mm: f64) {
        for order in all_orders() {
            let grid = order.grid(&original());
            assert_eq!(plane.n_slices(&grid), n_slices, "{order:?}");
            assert_near(plane.step_mm(&grid), step_mm, 1e-12, "step");
        }
    }
    check(Plane::Axial, 9, 3.0);
    check(Plane::Coronal, 7, 2.0);
    check(Plane::Sagittal, 5, 1.0);
}

#[test]
fn positions_of_slices() {
    #[track_caller]
    fn check(order: Order, plane: Plane, index: usize, expected_mm: f64) {
        let grid = order.grid(&original());
        let found = plane.position_of_slice(&grid, index);
        assert_near(found, expected_mm, 1e-12, "position");
    }
    for order in all_orders() {
        let flipped = |axis| {
            let stored = order.axes.iter().position(|&a| a == axis).unwrap();
            order.flips[stored]
        };
        let place = |axis: usize, low: f64, high: f64| if flipped(axis) { high } else { low };
        check(order, Plane::Sagittal, 0, place(0, -10.0, -6.0));
        check(order, Plane::Sagittal, 1, place(0, -9.0, -7.0));
        check(order, Plane::Sagittal, 4, place(0, -6.0, -10.0));
        check(order, Plane::Coronal, 2, place(1, 24.0, 28.0));
        check(order, Plane::Axial, 0, place(2, 30.0, 54.0));
        check(order, Plane::Axial, 8, place(2, 54.0, 30.0));
    }
}

#[test]
fn the_nearest_slice_does_not_depend_on_the_order() {
    #[track_caller]
    fn check(plane: Plane, at_mm: f64, expected_mm: f64) {
        for order in all_orders() {
            let found = plane.nearest_slice_mm(&order.grid(&original()), at_mm);
            assert_near(found, expected_mm, 1e-12, "slice");
        }
    }
    check(Plane::Axial, 30.0, 30.0);
    check(Plane::Axial, 31.4, 30.0);
    check(Plane::Axial, 31.6, 33.0);
    check(Plane::Axial, 53.9, 54.0);
    // Between two, that further to the right, front or top, rounding aside.
    check(Plane::Axial, 31.5, 33.0);
    check(Plane::Axial, 31.5 - 1e-9, 33.0);
    check(Plane::Axial, 31.5 + 1e-9, 33.0);
    check(Plane::Axial, 52.5, 54.0);
    check(Plane::Coronal, 21.0, 22.0);
    check(Plane::Coronal, 31.0, 32.0);
    check(Plane::Sagittal, -9.5, -9.0);
    check(Plane::Sagittal, -6.5, -6.0);
    // Beside the scan, the outermost.
    check(Plane::Axial, -1e6, 30.0);
    check(Plane::Axial, 1e6, 54.0);
    check(Plane::Coronal, 19.0, 20.0);
    check(Plane::Coronal, 33.0, 32.0);
    check(Plane::Sagittal, f64::NEG_INFINITY, -10.0);
    check(Plane::Sagittal, f64::INFINITY, -6.0);
}

#[test]
fn a_single_slice_is_always_the_nearest() {
    for order in all_orders() {
        let one = Grid::new([1, 7, 1], straight([1.0, 2.0, 3.0], [-10.0, 20.0, 30.0])).unwrap();
        let grid = order.grid(&one);
        for at_mm in [-100.0, -10.0, 29.0, 30.0, 31.5, 100.0] {
            assert_near(
                Plane::Axial.nearest_slice_mm(&grid, at_mm),
                30.0,
                1e-12,
                "axial",
            );
            assert_near(
                Plane::Sagittal.nearest_slice_mm(&grid, at_mm),
                -10.0,
                1e-12,
                "sagittal",
            );
        }
    }
}

/// In a scan turned by up to the largest possible angle, one step moves on by one slice and not
/// by none or two (cornerstone3D#2912).
#[test]
fn a_step_is_one_slice_in_oblique_scans_too() {
    #[track_caller]
    fn check(rows: [[f64; 3]; 3]) {
        let rows = rows.map(|[a, b, c]| [a, b, c, 5.0]);
        let original = Grid::new([20, 21, 22], affine(rows)).unwrap();
        for order in all_orders() {
            let grid = order.grid(&original);
            for plane in Plane::ALL {
                let step_mm = plane.step_mm(&grid);
                for index in 1..plane.n_slices(&grid) {
                    let (before, here) = (
                        plane.position_of_slice(&grid, index - 1),
                        plane.position_of_slice(&grid, index),
                    );
                    let step = step_mm * (here - before).signum();
                    let found = plane.nearest_slice_mm(&grid, before + step);
                    assert_near(found, here, 1e-9, plane.name());
                    // Twenty at once are twenty too.
                    let last = plane.n_slices(&grid) - 1;
                    let end = plane.position_of_slice(&grid, 0) + step * last as f64;
                    assert_near(
                        end,
                        plane.position_of_slice(&grid, last),
                        1e-9,
                        plane.name(),
                    );
                }
            }
        }
    }
    check([[1.0, 0.0, 0.0], [0.0, 2.0, 0.0], [0.0, 0.0, 3.0]]);
    // 20 degrees about x.
    check([
        [1.0, 0.0, 0.0],
        [0.0, 0.939693, -0.342020],
        [0.0, 0.342020, 0.939693],
    ]);
    // itksnap#69, and 60 degrees about the room's diagonal, which is 48 degrees for every axis.
    check([
        [-0.656692, -0.676962, 0.332383],
        [0.360389, -0.668844, -0.650205],
        [0.662477, -0.307197, 0.683194],
    ]);
    check([
        [0.666667, -0.333333, 0.666667],
        [0.666667, 0.666667, -0.333333],
        [-0.333333, 0.666667, 0.666667],
    ]);
}

#[test]
fn letters_at_the_edges() {
    use Convention::{Neurological, Radiological};
    /// Letters at left, right, top and bottom.
    #[track_caller]
    fn check(plane: Plane, convention: Convention, expected: &str) {
        let view = PlaneView::new(plane, convention, Point3::origin(), 1.0, [9, 9]);
        let text = |orientation| {
            let found = view.letters(orientation);
            assert_eq!(found, edge_letters(&view.world_from_pixel, orientation));
            String::from_iter([found.left, found.right, found.top, found.bottom])
        };
        assert_eq!(text(Orientation::Known), expected);
        assert_eq!(text(Orientation::Unknown), "????");
    }
    check(Plane::Axial, Radiological, "RLAP");
    check(Plane::Axial, Neurological, "LRAP");
    check(Plane::Coronal, Radiological, "RLSI");
    check(Plane::Coronal, Neurological, "LRSI");
    check(Plane::Sagittal, Radiological, "APSI");
    check(Plane::Sagittal, Neurological, "APSI");
}

/// The letters follow the matrix, whatever it does with the picture.
#[test]
fn letters_follow_the_matrix() {
    #[track_caller]
    fn check(right: [f64; 3], down: [f64; 3], expected: &str) {
        let mut matrix = Affine::identity();
        for row in 0..3 {
            (matrix[(row, 0)], matrix[(row, 1)]) = (right[row], down[row]);
        }
        let found = edge_letters(&matrix, Orientation::Known);
        let text = String::from_iter([found.left, found.right, found.top, found.bottom]);
        assert_eq!(text, expected);
    }
    check([1.0, 0.0, 0.0], [0.0, -1.0, 0.0], "LRAP");
    check([-1.0, 0.0, 0.0], [0.0, 1.0, 0.0], "RLPA");
    check([0.0, 1.0, 0.0], [1.0, 0.0, 0.0], "PALR");
    check([0.0, 0.0, -0.2], [0.0, -0.1, 0.0], "SIAP");
    check([0.6, 0.5, -0.4], [0.1, 0.2, 0.9], "LRIS");
    check([-0.3, 0.9, 0.1], [-0.9, -0.3, 0.0], "PARL");
}

#[test]
fn pixels_are_counted_from_their_corner() {
    let view = PlaneView::new(
        Plane::Axial,
        Convention::Radiological,
        Point3::new(10.0, 20.0, 30.0),
        2.0,
        [100, 50],
    );
    #[track_caller]
    fn check(view: &PlaneView, pixel: [f64; 2], expected: [f64; 3]) {
        assert_eq!(view.to_world(pixel), Point3::from(expected));
        assert_eq!(view.to_pixel(Point3::from(expected)), pixel);
    }
    check(&view, [50.0, 25.0], [10.0, 20.0, 30.0]);
    check(&view, [0.0, 0.0], [110.0, 70.0, 30.0]);
    check(&view, [100.0, 50.0], [-90.0, -30.0, 30.0]);
    check(&view, [0.5, 0.5], [109.0, 69.0, 30.0]);
    // What lies in front of the plane falls onto it.
    assert_eq!(view.to_pixel(Point3::new(10.0, 20.0, -70.0)), [50.0, 25.0]);
}

fn any_grid() -> impl Strategy<Value = Grid> {
    (
        prop::array::uniform3(1_usize..60),
        prop::array::uniform4(-1.0_f64..1.0),
        prop::array::uniform3(0.2_f64..6.0),
        prop::array::uniform3(-300.0_f64..300.0),
        prop::array::uniform3(-0.3_f64..0.3),
    )
        .prop_filter("a rotation", |(_, q, ..)| Quaternion::from(*q).norm() > 0.1)
        .prop_map(|(dims, q, size, origin, shear)| {
            let rotation =
                UnitQuaternion::from_quaternion(Quaternion::from(q)).to_rotation_matrix();
            let mut linear = *rotation.matrix();
            let leaning = linear.column(0) * shear[0] + linear.column(1) * shear[1];
            linear.set_column(2, &(linear.column(2) + leaning));
            Grid::new(
                dims,
                affine(std::array::from_fn(|r| {
                    let cell = |c: usize| linear[(r, c)] * size[c];
                    [cell(0), cell(1), cell(2), origin[r]]
                })),
            )
            .unwrap()
        })
}

fn any_plane() -> impl Strategy<Value = (Plane, Convention)> {
    (
        prop::sample::select(&Plane::ALL),
        prop::sample::select(&CONVENTIONS),
    )
}

proptest! {
    #[test]
    fn pixels_to_the_world_and_back(
        (plane, convention) in any_plane(),
        center in prop::array::uniform3(-500.0_f64..500.0),
        mm_per_pixel in 0.001_f64..10.0,
        size in prop::array::uniform2(1_u32..5000),
        pixel in prop::array::uniform2(-6000.0_f64..6000.0),
    ) {
        let center = Point3::from(center);
        let view = PlaneView::new(plane, convention, center, mm_per_pixel, size);
        let point = view.to_world(pixel);
        let normal = plane.normal_axis();
        prop_assert!((point[normal] - center[normal]).abs() < 1e-9);
        // f64 at 60 m, in pixels of 1 um: 1e-11 mm of rounding is 1e-8 of a pixel.
        for (found, expected) in view.to_pixel(point).into_iter().zip(pixel) {
            prop_assert!((found - expected).abs() < 1e-7, "{} {}", found, expected);
        }
        let middle = view.to_world(size.map(|n| f64::from(n) / 2.0));
        prop_assert!((middle - center).norm() < 1e-9);
    }

    #[test]
    fn a_fitted_view_shows_all_of_the_scan(
        (plane, convention) in any_plane(),
        grid in any_grid(),
        size in prop::option::of(prop::array::uniform2(1_u32..2000)),
        at_mm in -100.0_f64..100.0,
    ) {
        let view = PlaneView::fit(plane, convention, &grid, at_mm, size);
        if let Some(size) = size {
            prop_assert_eq!(view.size, size);
        }
        prop_assert!((view.to_world([0.0, 0.0])[plane.normal_axis()] - at_mm).abs() < 1e-9);
        let corners = grid.corners_in_world().map(|corner| view.to_pixel(corner));
        let spans = [0, 1].map(|axis| {
            let (low, high) = corners.iter().fold((f64::MAX, f64::MIN), |(low, high), corner| {
                (low.min(corner[axis]), high.max(corner[axis]))
            });
            // A picture may be short by a thousandth of a pixel, half of it on each side, so as not
            // to gain one by the rounding of a file's affine.
            let short = 0.5e-3 + 1e-6;
            assert!(low > -short && high < f64::from(view.size[axis]) + short, "{low} {high}");
            // And it is in the middle.
            let beside = low - (f64::from(view.size[axis]) - high);
            assert!(beside.abs() < 1e-6, "{beside}");
            high - low
        });
        // It wastes nothing: one direction is filled, or both but for the last pixel.
        let spare = [0, 1].map(|axis| f64::from(view.size[axis]) - spans[axis]);
        if size.is_some() {
            prop_assert!(spare[0].min(spare[1]) < 1e-6);
        } else {
            prop_assert!(spare.iter().all(|&spare| spare < 1.0 + 1e-6), "{:?}", spare);
        }
    }

    /// Whatever the grid, the nearest slice is one of the slices, and none is nearer.
    #[test]
    fn the_nearest_slice_is_the_nearest(
        (plane, _) in any_plane(),
        grid in any_grid(),
        at_mm in -600.0_f64..600.0,
    ) {
        let found = plane.nearest_slice_mm(&grid, at_mm);
        let distances = (0..plane.n_slices(&grid))
            .map(|index| (plane.position_of_slice(&grid, index) - at_mm).abs());
        let smallest = distances.fold(f64::MAX, f64::min);
        prop_assert!(((found - at_mm).abs() - smallest).abs() < 1e-4, "{} {}", found, smallest);
    }
}

/// Without a size one pixel is as large as the smallest voxel edge, up to 8192 pixels.
#[test]
fn sizes_of_fitted_views() {
    #[track_caller]
    fn check(plane: Plane, dims: [usize; 3], spacing_mm: [f64; 3], expected: [u32; 2]) {
        let grid = Grid::new(dims, straight(spacing_mm, [3.0; 3])).unwrap();
        let view = PlaneView::fit(plane, Convention::Radiological, &grid, 0.0, None);
        assert_eq!(view.size, expected);
    }
    check(Plane::Axial, [100, 120, 80], [1.0; 3], [100, 120]);
    check(Plane::Coronal, [100, 120, 80], [1.0; 3], [100, 80]);
    check(Plane::Sagittal, [100, 120, 80], [1.0; 3], [120, 80]);
    check(Plane::Axial, [256, 256, 20], [0.9, 0.9, 5.0], [256, 256]);
    check(Plane::Coronal, [256, 256, 20], [0.9, 0.9, 5.0], [256, 112]);
    check(Plane::Sagittal, [1, 1, 1], [0.1, 10.0, 1.0], [100, 10]);
    check(Plane::Axial, [100, 100, 1], [1.0, 1.0, 1e-6], [8192, 8192]);
}
