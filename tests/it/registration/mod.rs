//! Registration: heads given by formulas, so that each scan is exact wherever the head lies.

mod examination;
mod resampling;
mod transforms;

use crate::shared;
use cisterna::formats::{self, no_progress};
use cisterna::registration::{
    Freedom, HeadScan, Kernel, Registration, RegistrationError, Series, mean_distance_mm, register,
    resampled,
};
use cisterna::volume::{Affine, Grid, Volume};
use nalgebra::{Isometry3, Matrix4, Point3, Translation3, UnitQuaternion, Vector3};
use rayon::prelude::*;
use std::ops::ControlFlow;

fn go_on(_: f32) -> ControlFlow<()> {
    ControlFlow::Continue(())
}

/// 1 inside, 0 outside, over about a millimetre.
fn inside(distance_mm: f64) -> f64 {
    (1.0 - distance_mm / 1.2).clamp(0.0, 2.0) / 2.0
}

/// About how far a point lies outside an ellipsoid, mm.
fn ellipsoid(p: Point3<f64>, center: [f64; 3], radii: [f64; 3]) -> f64 {
    let r: [f64; 3] = std::array::from_fn(|a| (p[a] - center[a]) / radii[a]);
    let norm = (r[0] * r[0] + r[1] * r[1] + r[2] * r[2]).sqrt();
    let slope = (0..3)
        .map(|a| (r[a] / radii[a]).powi(2))
        .sum::<f64>()
        .sqrt();
    (norm - 1.0) * norm / slope.max(1e-3)
}

/// A head that is like no other of another number.
#[derive(Clone, Copy)]
pub(crate) struct Patient {
    number: f64,
    /// 0 before the tracer; at 1 the CSF is as bright as fat and the cortex by half brighter.
    tracer: f64,
}

impl Patient {
    fn value(self, p: Point3<f64>) -> f64 {
        let wave = |a: f64, b: f64, c: f64, d: f64| {
            (a * p.x + d).sin() * (b * p.y).cos() * (c * p.z).sin()
        };
        let own = self.number;
        let fold = 4.0 * wave(0.17, 0.21, 0.19, own) + 3.0 * wave(0.31, 0.12, 0.27, 2.0 * own);
        let skin = ellipsoid(p, [0.0, 0.0, 0.0], [74.0, 92.0 + 3.0 * own, 102.0])
            .min(ellipsoid(p, [0.0, 92.0, -30.0], [16.0, 18.0, 22.0]))
            .min(ellipsoid(p, [0.0, -10.0, -95.0], [52.0, 55.0, 60.0]));
        let bone = ellipsoid(p, [0.0, -2.0, 6.0], [68.0, 84.0 + 3.0 * own, 90.0]);
        let brain = ellipsoid(p, [0.0, -2.0, 6.0], [62.0, 77.0 + 3.0 * own, 83.0]);
        let white = brain + 8.0 + fold;
        let wide = 1.0 + 0.2 * (3.0 * own).sin();
        let ventricle = ellipsoid(p, [13.0, 4.0, 14.0], [6.0 * wide, 30.0, 10.0 * wide])
            .min(ellipsoid(p, [-12.0, 2.0, 14.0], [6.0 * wide, 27.0, 9.0]));
        let csf = 0.2 + 0.7 * self.tracer;
        let mut value = 0.9 * inside(skin);
        value += (0.1 - value) * inside(bone);
        value += (csf - value) * inside(bone + 4.0);
        value += (0.45 * (1.0 + 0.5 * self.tracer) - value) * inside(brain + 0.5 * fold);
        value += (0.72 - value) * inside(white);
        value += (csf - value) * inside(ventricle);
        value
    }

    /// A voxel shows the mean of what is in it: of eight places.
    fn mean_in_voxel(self, grid: &Grid, index: [f64; 3], head_from_world: &Isometry3<f64>) -> f64 {
        let place = |corner: usize| {
            let at = |axis: usize| index[axis] + 0.5 * (corner >> axis & 1) as f64 - 0.25;
            grid.to_world(Point3::new(at(0), at(1), at(2)))
        };
        let values = (0..8).map(|corner| self.value(head_from_world * place(corner)));
        values.sum::<f64>() / 8.0
    }

    /// A scan of voxels of so many mm in which the head lies as `world_from_head` says, with noise
    /// and a coil's field that leans to one side.
    pub(crate) fn scan(self, world_from_head: &Isometry3<f64>, voxel_mm: f64, lean: f64) -> Volume {
        let dims = [190.0, 236.0, 260.0].map(|mm: f64| (mm / voxel_mm) as usize);
        let mut world_from_voxel = Affine::identity() * voxel_mm;
        world_from_voxel[(3, 3)] = 1.0;
        for axis in 0..3 {
            world_from_voxel[(axis, 3)] = -0.5 * voxel_mm * (dims[axis] as f64 - 1.0);
        }
        world_from_voxel[(2, 3)] -= 20.0;
        self.scan_on(
            &Grid::new(dims, world_from_voxel).unwrap(),
            world_from_head,
            lean,
        )
    }

    fn scan_on(self, grid: &Grid, world_from_head: &Isometry3<f64>, lean: f64) -> Volume {
        let head_from_world = world_from_head.inverse();
        let [nx, ny, _] = grid.dims();
        let values = (0..grid.n_voxels())
            .into_par_iter()
            .map(|at| {
                let index = [at % nx, at / nx % ny, at / nx / ny].map(|i| i as f64);
                let world = grid.to_world(Point3::from(index));
                let field = (lean * world.x / 80.0).exp();
                // Numbers that look drawn, the same each time.
                let noise = ((at as f64 * 12.9898 + lean).sin() * 43_758.545).fract();
                let value = self.mean_in_voxel(grid, index, &head_from_world);
                (1000.0 * (value * field + 0.02 * noise)) as f32
            })
            .collect();
        Volume::new(grid.clone(), values).unwrap()
    }
}

pub(crate) const BEFORE: Patient = Patient {
    number: 0.3,
    tracer: 0.0,
};
/// The CSF is more than twice as bright, the cortex by a quarter brighter.
pub(crate) const AFTER: Patient = Patient {
    number: 0.3,
    tracer: 0.5,
};

pub(crate) fn pose(shift: [f64; 3], turn_deg: [f64; 3]) -> Isometry3<f64> {
    Isometry3::from_parts(
        Translation3::from(Vector3::from(shift)),
        UnitQuaternion::from_scaled_axis(Vector3::from(turn_deg.map(f64::to_radians))),
    )
}

#[track_caller]
fn registered(fixed: &Volume, moving: &Volume) -> Registration {
    let (fixed, moving) = (
        HeadScan::new(fixed).unwrap(),
        HeadScan::new(moving).unwrap(),
    );
    register(&fixed, &moving, Freedom::Rigid, &go_on).unwrap()
}

/// Mean distance over the brain between a registration and the truth, both heads' poses given.
pub(crate) fn error_mm(found: &Affine, fixed: &Isometry3<f64>, moving: &Isometry3<f64>) -> f64 {
    let truth = (fixed * moving.inverse()).to_homogeneous();
    let mut points = Vec::new();
    for (x, y, z) in
        (-3..=3).flat_map(|x| (-3..=3).flat_map(move |y| (-3..=3).map(move |z| (x, y, z))))
    {
        let point = Point3::new(
            f64::from(x) * 18.0,
            f64::from(y) * 22.0,
            f64::from(z) * 24.0,
        );
        if ellipsoid(point, [0.0, -2.0, 6.0], [62.0, 77.0, 83.0]) < 0.0 {
            points.push(moving * point);
        }
    }
    mean_distance_mm(found, &truth, &points)
}

#[test]
fn a_head_with_tracer_is_found_where_it_lies() {
    let fixed = pose([1.0, -2.0, 0.5], [0.5, -1.0, 2.0]);
    for moving in [
        pose([0.4, 1.1, -0.7], [-0.6, 0.3, 1.0]),
        pose([-9.0, 6.0, 10.0], [9.0, -8.0, 9.0]),
    ] {
        let found = registered(
            &BEFORE.scan(&fixed, 2.5, 0.0),
            &AFTER.scan(&moving, 2.5, 0.1),
        );
        let error = error_mm(&found.fixed_from_moving, &fixed, &moving);
        // A twenty-fifth of a voxel.
        assert!(error < 0.1, "{error} mm: {found:?}");
        assert!(found.doubts().is_empty(), "{:?}", found.doubts());
    }
}

#[test]
fn thirty_millimetres_and_thirty_degrees_are_found() {
    let fixed = pose([0.0; 3], [0.0; 3]);
    let axis = Vector3::new(0.6, -0.5, 0.62).normalize() * 30.0;
    let moving = pose([17.0, -20.0, 14.0], axis.into());
    // Put there by the header, so that no head leaves its scan.
    let scan = BEFORE.scan(&fixed, 3.0, 0.0);
    let moved = AFTER
        .scan(&fixed, 3.0, 0.05)
        .placed(&moving.to_homogeneous());
    let found = registered(&scan, &moved.unwrap());
    let error = error_mm(&found.fixed_from_moving, &fixed, &moving);
    assert!(error < 0.1, "{error} mm: {found:?}");
    assert!(
        (found.rotated_deg - 30.0).abs() < 0.1,
        "{}",
        found.rotated_deg
    );
}

#[test]
fn grids_may_lie_and_be_spaced_in_any_way() {
    let (fixed, moving) = (
        pose([0.0; 3], [0.0; 3]),
        pose([3.0, -2.0, 4.0], [4.0, -3.0, 2.0]),
    );
    // Sagittal slices of 3 mm stored from top to bottom and from front to back, turned by 10 degrees.
    #[rustfmt::skip]
    let stored = Matrix4::new(
        0.0, 0.0, 3.0, -90.0,
        0.0, -2.2, 0.0, 115.0,
        -2.2, 0.0, 0.0, 108.0,
        0.0, 0.0, 0.0, 1.0,
    );
    let oblique = pose([0.0; 3], [0.0, 6.0, 8.0]).to_homogeneous() * stored;
    let other = Grid::new([112, 105, 61], oblique).unwrap();
    let found = registered(
        &BEFORE.scan(&fixed, 2.5, 0.0),
        &AFTER.scan_on(&other, &moving, 0.0),
    );
    let error = error_mm(&found.fixed_from_moving, &fixed, &moving);
    assert!(error < 0.1, "{error} mm: {found:?}");
}

#[test]
fn exchanging_the_scans_gives_the_inverse_and_threads_do_not_matter() {
    let poses = [
        pose([1.0, -2.0, 0.5], [0.5, -1.0, 2.0]),
        pose([-4.0, 3.0, 2.0], [4.0, 2.0, -5.0]),
    ];
    let (a, b) = (
        BEFORE.scan(&poses[0], 3.0, 0.0),
        AFTER.scan(&poses[1], 3.0, 0.1),
    );
    let there = registered(&a, &b);
    let back = registered(&b, &a);
    let around = there.fixed_from_moving * back.fixed_from_moving;
    let off = error_mm(&around, &Isometry3::identity(), &Isometry3::identity());
    assert!(off < 1e-3, "{off} mm");

    let alone = rayon::ThreadPoolBuilder::new()
        .num_threads(1)
        .build()
        .unwrap();
    let again = alone.install(|| registered(&a, &b));
    assert_eq!(again, there, "the same bits");
}

#[test]
fn another_head_is_no_registration() {
    let other = Patient {
        number: 2.9,
        tracer: 0.0,
    };
    let still = Isometry3::identity();
    let found = registered(
        &BEFORE.scan(&still, 3.0, 0.0),
        &other.scan(&still, 3.0, 0.0),
    );
    let doubts = found.doubts().join("; ");
    assert!(
        doubts.contains("halves of the head lie apart"),
        "{doubts}: {found:?}"
    );
    let same = registered(
        &BEFORE.scan(&still, 3.0, 0.0),
        &AFTER.scan(&still, 3.0, 0.0),
    );
    assert!(same.doubts().is_empty(), "{:?}", same.doubts());
}

#[test]
fn what_is_no_head_is_refused() {
    let grid = BEFORE.scan(&Isometry3::identity(), 4.0, 0.0).grid().clone();
    let of = |value: &dyn Fn(Point3<f64>) -> f32| {
        let [nx, ny, _] = grid.dims();
        let values = (0..grid.n_voxels()).map(|at| {
            let index = [at % nx, at / nx % ny, at / nx / ny].map(|i| i as f64);
            value(grid.to_world(Point3::from(index)))
        });
        HeadScan::new(&Volume::new(grid.clone(), values.collect()).unwrap()).err()
    };
    assert_eq!(of(&|_| 0.0), Some(RegistrationError::Empty));
    assert_eq!(of(&|_| f32::NAN), Some(RegistrationError::Empty));
    let ball = of(&|p| if p.coords.norm() < 30.0 { 1.0 } else { 0.0 });
    let error = ball.unwrap();
    assert!(matches!(error, RegistrationError::NotAHead(..)), "{error}");
    assert!(error.to_string().starts_with("not a head"), "{error}");
}

#[test]
fn registering_can_be_cancelled() {
    let head = HeadScan::new(&BEFORE.scan(&Isometry3::identity(), 4.0, 0.0)).unwrap();
    let found = register(&head, &head, Freedom::Rigid, &|share| match share > 0.35 {
        true => ControlFlow::Break(()),
        false => ControlFlow::Continue(()),
    });
    assert_eq!(found, Err(RegistrationError::Cancelled));
}

#[test]
fn a_series_closes_its_loops() {
    let poses = [
        pose([0.0; 3], [0.0; 3]),
        pose([2.0, 1.0, -1.0], [1.0, -2.0, 1.0]),
        pose([-1.0, -2.0, 2.0], [-2.0, 1.0, 2.0]),
    ];
    let scan = |at: usize, tracer: f64| {
        let patient = Patient { tracer, ..BEFORE };
        HeadScan::new(&patient.scan(&poses[at], 3.0, 0.0)).unwrap()
    };
    let mut series = Series::new(scan(0, 0.0));
    let first = series.next(scan(1, 0.0), &go_on).unwrap();
    assert_eq!(first.closure_mm, None);
    let second = series.next(scan(2, 0.0), &go_on).unwrap();
    let closure = second.closure_mm.unwrap();
    assert!(closure > 0.0 && closure < 0.3, "{closure} mm");
    let error = error_mm(&second.to_first.fixed_from_moving, &poses[0], &poses[2]);
    // A tenth of a voxel.
    assert!(error < 0.3, "{error} mm");
}

#[test]
fn an_overlay_finds_how_much_larger_a_head_is() {
    let still = Isometry3::identity();
    let fixed = BEFORE.scan(&still, 3.0, 0.0);
    let mut truth = pose([3.0, -4.0, 2.0], [3.0, -2.0, 4.0]).to_homogeneous();
    truth *= Affine::new_nonuniform_scaling(&Vector3::new(1.08, 0.95, 1.04));
    let moving = fixed.placed(&truth.try_inverse().unwrap()).unwrap();
    let (fixed, moving) = (
        HeadScan::new(&fixed).unwrap(),
        HeadScan::new(&moving).unwrap(),
    );
    let found = register(&fixed, &moving, Freedom::Affine, &go_on).unwrap();
    let off = mean_distance_mm(&found.fixed_from_moving, &truth, &moving.cranium());
    assert!(off < 0.3, "{off} mm: {}", found.fixed_from_moving);
    assert!(found.quality.is_none());
}

#[test]
fn a_real_head_is_found_where_it_was_put() {
    let Some(path) = shared("data/mgh/raamana+visualqc/id_001/mri/orig.mgz") else {
        return;
    };
    let head = formats::open(&path, 0, &no_progress).unwrap().volume;
    let own = head.grid();
    let coarse = Grid::new(
        own.dims().map(|n| n / 2),
        own.world_from_voxel() * Affine::new_scaling(2.0),
    );
    let coarse = coarse.unwrap();
    let away = pose([5.0, -7.0, 4.0], [-6.0, 5.0, 7.0]).to_homogeneous();
    let moved = head.placed(&away).unwrap();
    let [fixed, moving] = [&head, &moved].map(|scan| {
        let scan = resampled(scan, &coarse, Kernel::Linear).unwrap();
        HeadScan::new(&scan).unwrap()
    });
    let found = register(&fixed, &moving, Freedom::Rigid, &go_on).unwrap();
    let truth = away.try_inverse().unwrap();
    let error = mean_distance_mm(&found.fixed_from_moving, &truth, &moving.cranium());
    assert!(error < 0.1, "{error} mm: {found:?}");
    assert!(found.doubts().is_empty(), "{:?}", found.doubts());
}
