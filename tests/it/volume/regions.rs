//! Voxels of regions that were drawn on a plane, against counts by hand and by numpy.

use super::straight;
use cisterna::volume::{Affine, Grid, Outline, Plane, PlaneRegion};
use nalgebra::{Rotation3, Vector3};
use proptest::prelude::*;

fn region(plane: Plane, at_mm: f64, thickness_mm: f64, outline: Outline) -> PlaneRegion {
    PlaneRegion {
        plane,
        at_mm,
        thickness_mm,
        outline,
    }
}

fn circle(radius: f64) -> Outline {
    Outline::Ellipse {
        middle: [0.0; 2],
        radii: [radius; 2],
    }
}

/// A grid of 41 x 41 x 3 voxels whose middle one lies at the origin.
fn around(spacing_mm: [f64; 3]) -> Grid {
    let origin = std::array::from_fn(|axis| -spacing_mm[axis] * [20.0, 20.0, 1.0][axis]);
    Grid::new([41, 41, 3], straight(spacing_mm, origin)).unwrap()
}

/// Whole numbers within a circle, its edge in, counted by hand or by numpy (2.3.5):
/// `((x / r)**2 + (y / r)**2 <= 1).sum()`.
#[test]
fn circles_hold_so_many_voxels() {
    #[track_caller]
    fn check(radius: f64, spacing_mm: [f64; 3], expected: usize) {
        let region = region(Plane::Axial, 0.0, spacing_mm[2], circle(radius));
        let found = region.voxels(&around(spacing_mm));
        assert_eq!(found.len(), expected, "radius {radius}, {spacing_mm:?}");
        assert!(found.is_sorted());
    }
    check(5.0, [1.0; 3], 81);
    check(10.0, [1.0; 3], 317);
    check(10.0, [1.0, 2.0, 1.0], 159);
    check(10.0, [0.5, 0.8, 2.0], 785);
    check(10.0, [0.9375, 1.2, 1.0], 277);
    // As files keep it: seven digits of the voxel's size.
    check(10.0, [f64::from(0.5_f32), f64::from(0.8_f32), 2.0], 785);
    check(0.3, [1.0; 3], 1);
}

#[test]
fn a_plane_between_two_slices_takes_both() {
    let n = |at_mm: f64, thickness_mm: f64| {
        let region = region(Plane::Axial, at_mm, thickness_mm, circle(5.0));
        region.voxels(&around([1.0; 3])).len()
    };
    assert_eq!(n(0.0, 1.0), 81);
    assert_eq!(n(0.5, 1.0), 162);
    assert_eq!(n(0.3, 0.2), 81);
    assert_eq!(n(0.0, 3.0), 243);
    assert_eq!(n(9.0, 1.0), 0);
}

/// On each plane the outline has the axes that it is drawn along.
#[test]
fn each_plane_has_its_axes() {
    let rectangle = Outline::Rectangle {
        low: [-2.0, -1.0],
        high: [3.0, 1.0],
    };
    let grid = Grid::new([21, 21, 21], straight([1.0; 3], [-10.0; 3])).unwrap();
    let place = |[i, j, k]: [usize; 3]| i + 21 * (j + 21 * k);
    for (plane, first, last) in [
        (Plane::Axial, [8, 9, 14], [13, 11, 14]),
        (Plane::Coronal, [8, 14, 9], [13, 14, 11]),
        (Plane::Sagittal, [14, 8, 9], [14, 13, 11]),
    ] {
        let found = region(plane, 4.0, 1.0, rectangle.clone()).voxels(&grid);
        assert_eq!(found.len(), 18, "{plane:?}");
        assert_eq!(found.first(), Some(&place(first)), "{plane:?}");
        assert_eq!(found.last(), Some(&place(last)), "{plane:?}");
    }
}

/// Whole numbers in a polygon with whole corners, its outline in: area + outline / 2 + 1 (Pick 1899).
#[test]
fn freehand_outlines_hold_what_pick_says() {
    #[track_caller]
    fn check(points: &[[f64; 2]], expected: usize) {
        let outline = Outline::Freehand(points.to_vec());
        let found = region(Plane::Axial, 0.0, 1.0, outline).voxels(&around([1.0; 3]));
        assert_eq!(found.len(), expected, "{points:?}");
    }
    // Area 50, 30 on the outline.
    check(&[[0.0, 0.0], [10.0, 0.0], [0.0, 10.0]], 66);
    // An L: area 32, 36 on the outline.
    check(
        &[
            [-5.0, -5.0],
            [5.0, -5.0],
            [5.0, -3.0],
            [-3.0, -3.0],
            [-3.0, 3.0],
            [-5.0, 3.0],
        ],
        32 + 18 + 1,
    );
    // Crossed: two triangles that meet at the origin, each of area 25 with 20 on its outline.
    check(
        &[[-5.0, -5.0], [5.0, 5.0], [5.0, -5.0], [-5.0, 5.0]],
        2 * (25 + 10 + 1) - 1,
    );
    check(&[], 0);
    check(&[[1.0, 1.0]], 1);
}

/// By hand: an eight has both its loops, where the formula of the corners has none of it; what is gone around
/// twice is outside; a side that is gone back on takes nothing away.
#[test]
fn the_area_of_a_line_that_crosses_itself_is_what_is_inside() {
    #[track_caller]
    fn check(points: &[[f64; 2]], expected: f64) {
        let turned: Vec<[f64; 2]> = points.iter().map(|[x, y]| [-y, *x]).collect();
        let mut back = points.to_vec();
        back.reverse();
        let far = points.iter().map(|[x, y]| [x + 812.3, y - 77.7]).collect();
        for points in [points.to_vec(), turned, back, far] {
            let found = Outline::Freehand(points.clone()).area_mm2().unwrap();
            assert!(
                (found - expected).abs() < 1e-9,
                "{found} {expected}: {points:?}"
            );
        }
    }
    check(&[], 0.0);
    check(&[[1.0, 1.0], [4.0, 5.0]], 0.0);
    check(&[[0.0, 0.0], [10.0, 0.0], [0.0, 10.0]], 50.0);
    // An eight of two triangles of 25 each.
    check(&[[-5.0, -5.0], [5.0, 5.0], [5.0, -5.0], [-5.0, 5.0]], 50.0);
    // A square twice around, and one within another in the same direction.
    let square = |r: f64| [[-r, -r], [r, -r], [r, r], [-r, r]];
    check(&[square(3.0), square(3.0)].concat(), 0.0);
    let mut ring = [
        square(3.0).to_vec(),
        vec![[-3.0, -3.0]],
        square(1.0).to_vec(),
    ]
    .concat();
    ring.push([-1.0, -1.0]);
    check(&ring, 36.0 - 4.0);
    // There and back on a side.
    check(
        &[
            [0.0, 0.0],
            [4.0, 0.0],
            [9.0, 0.0],
            [4.0, 0.0],
            [4.0, 4.0],
            [0.0, 4.0],
        ],
        16.0,
    );
    // A pentagram: ten triangles, less the pentagon in its middle.
    let at = |k: usize| {
        let angle = std::f64::consts::TAU * (2 * k) as f64 / 5.0;
        [9.0 * angle.sin(), 9.0 * angle.cos()]
    };
    let inner = 9.0 * 72_f64.to_radians().cos() / 36_f64.to_radians().cos();
    let triangles = 5.0 * 9.0 * inner * 36_f64.to_radians().sin();
    let pentagon = 2.5 * inner.powi(2) * 72_f64.to_radians().sin();
    let star: Vec<[f64; 2]> = (0..5).map(at).collect();
    check(&star, triangles - pentagon);
    // One that nobody draws by hand.
    let n = 201;
    let many = |k: usize| {
        let angle = std::f64::consts::TAU * (100 * k) as f64 / f64::from(n);
        [angle.sin(), angle.cos()]
    };
    let many = Outline::Freehand((0..n as usize).map(many).collect());
    assert_eq!(many.area_mm2(), None);
}

/// 31 x 41 x 21 voxels of 1 x 1 x 3 mm, turned by 45 degrees about x: a voxel reaches sqrt(8) mm along z,
/// not sqrt(5). By numpy, over all voxels.
#[test]
fn an_oblique_grid_is_cut_by_the_extent_of_its_voxels() {
    let mut affine = Rotation3::from_euler_angles(std::f64::consts::FRAC_PI_4, 0.0, 0.0)
        .to_homogeneous()
        * Affine::new_nonuniform_scaling(&Vector3::new(1.0, 1.0, 3.0));
    let middle = affine.transform_point(&nalgebra::Point3::new(15.0, 20.0, 10.0));
    for axis in 0..3 {
        affine[(axis, 3)] = -middle[axis];
    }
    let grid = Grid::new([31, 41, 21], affine).unwrap();
    let outline = Outline::Ellipse {
        middle: [0.0; 2],
        radii: [6.2, 4.1],
    };
    let found = region(Plane::Axial, 0.3, 1.0, outline).voxels(&grid);
    assert_eq!(found.len(), 115);
}

proptest! {
    /// The area is that of many small squares whose middles the rule has inside.
    #[test]
    fn the_area_is_what_the_rule_has_inside(
        points in prop::collection::vec(prop::array::uniform2(-5.0_f64..5.0), 3..9),
    ) {
        let outline = Outline::Freehand(points);
        let n = 100;
        let step = 10.0 / f64::from(n);
        let middle = |at: i32| -5.0 + (f64::from(at) + 0.5) * step;
        let inside = (0..n)
            .flat_map(|x| (0..n).map(move |y| [middle(x), middle(y)]))
            .filter(|at| outline.contains(*at))
            .count();
        let expected = inside as f64 * step * step;
        let found = outline.area_mm2().unwrap();
        // Eight sides of at most 14.2 mm, each off by half a square at most, on the mean by far less.
        prop_assert!((found - expected).abs() < 1.5, "{} {}", found, expected);
    }

    /// The definition over all voxels of any grid, also mirrored and sheared.
    #[test]
    fn no_voxel_is_lost_at_the_edges(
        angles in prop::array::uniform3(-3.0_f64..3.0),
        shear in -0.4_f64..0.4,
        spacing in prop::array::uniform3(0.5_f64..3.0),
        flip in any::<bool>(),
        middle in prop::array::uniform2(-9.0_f64..9.0),
        radii in prop::array::uniform2(0.5_f64..8.0),
        at_mm in -6.0_f64..6.0,
        plane in 0_usize..3,
    ) {
        let mut scale = Affine::new_nonuniform_scaling(&Vector3::from(spacing));
        scale[(0, 1)] = shear;
        if flip {
            scale[(0, 0)] = -scale[(0, 0)];
        }
        let turn = Rotation3::from_euler_angles(angles[0], angles[1], angles[2]);
        let mut affine = turn.to_homogeneous() * scale;
        let center = affine.transform_point(&nalgebra::Point3::new(5.5, 4.0, 3.5));
        for axis in 0..3 {
            affine[(axis, 3)] = -center[axis];
        }
        let grid = Grid::new([12, 9, 8], affine).unwrap();
        let plane = Plane::ALL[plane];
        let region = region(plane, at_mm, 1.3, Outline::Ellipse { middle, radii });
        let normal = plane.normal_axis();
        let extent: f64 = (0..3).map(|axis| affine[(normal, axis)].abs()).sum();
        let reach = (1.3 + extent) / 2.0 - 1e-5 * extent;
        let expected: Vec<usize> = (0..grid.n_voxels())
            .filter(|&voxel| {
                let index = [voxel % 12, voxel / 12 % 9, voxel / 108].map(|at| at as f64);
                let at = affine.transform_point(&nalgebra::Point3::from(index));
                let axes = PlaneRegion::axes(plane);
                let far: f64 = (0..2)
                    .map(|n| ((at[axes[n]] - middle[n]) / (radii[n] + 1e-4)).powi(2))
                    .sum();
                (at[normal] - at_mm).abs() < reach && far <= 1.0
            })
            .collect();
        prop_assert_eq!(region.voxels(&grid), expected);
    }
}
