//! Planes and fat of simulated heads, whose truth is known, and of real ones, as they are and spoiled.

mod bern;
mod contrast;
mod reflux;

use crate::shared;
use cisterna::anatomy::{Doubt, FatStatistic, HeadPlanes, find_planes, orbital_fat};
use cisterna::formats::{self, no_progress};
use cisterna::phantom::{Diagnosis, Head, Region, cohort, scan_without_tracer};
use cisterna::volume::{Grid, Volume};
use nalgebra::{Matrix4, Point3, Rotation3, Translation3};
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;

const SEED: u64 = 4711;

/// A head on voxels of 2 mm and its scan without tracer.
struct Drawn {
    head: Head,
    volume: Volume,
}

fn drawn(diagnosis: Diagnosis, which: usize) -> Drawn {
    let patient = cohort(which + 1, SEED, Some(diagnosis)).swap_remove(which);
    let head = Head::draw(&patient, 2);
    let counts = scan_without_tracer(&head, &patient);
    let values = counts.into_iter().map(f32::from).collect();
    Drawn {
        volume: Volume::new(head.grid.clone(), values).unwrap(),
        head,
    }
}

impl Drawn {
    /// The level at which most of the lateral ventricles is cut and the middle of the third, of a grid
    /// on which the head may lie otherwise.
    fn truth(&self, grid: &Grid) -> [f64; 2] {
        let [nx, ny, _] = grid.dims();
        let mut levels = std::collections::BTreeMap::<i64, u32>::new();
        let mut third = Vec::new();
        for (voxel, _) in self.head.regions.iter().enumerate() {
            let at = || {
                let index = [voxel % nx, voxel / nx % ny, voxel / nx / ny].map(|i| i as f64);
                grid.to_world(Point3::from(index))
            };
            match self.head.region(voxel) {
                Region::LateralVentricleLeft | Region::LateralVentricleRight => {
                    *levels.entry((at().z / 2.0).round() as i64).or_default() += 1;
                }
                Region::ThirdVentricle => third.push(at().x),
                _ => {}
            }
        }
        let (level, _) = levels.iter().max_by_key(|(_, n)| **n).unwrap();
        [
            2.0 * *level as f64,
            third.iter().sum::<f64>() / third.len() as f64,
        ]
    }
}

/// A scan turned about the middle of its grid, degrees about x, y and z.
fn turned(volume: &Volume, deg: [f64; 3]) -> Volume {
    let [x, y, z] = deg.map(f64::to_radians);
    let middle = Translation3::from(volume.grid().center_in_world().coords);
    let turn = Rotation3::from_euler_angles(x, y, z).to_homogeneous();
    laid(
        volume,
        middle.to_homogeneous() * turn * middle.inverse().to_homogeneous(),
    )
}

/// A scan laid elsewhere.
fn laid(volume: &Volume, world_from_world: Matrix4<f64>) -> Volume {
    let affine = world_from_world * volume.grid().world_from_voxel();
    let grid = Grid::new(volume.grid().dims(), affine).unwrap();
    Volume::new(grid, volume.values().to_vec()).unwrap()
}

/// A scan whose up is down.
fn upside_down(volume: &Volume) -> Volume {
    let mut flip = Matrix4::identity();
    flip[(2, 2)] = -1.0;
    laid(volume, flip)
}

/// A scan with Rician noise, of this share of its bright parts.
fn noisy(volume: &Volume, share: f32) -> Volume {
    let mut sorted: Vec<f32> = volume
        .values()
        .iter()
        .copied()
        .filter(|v| *v > 0.0)
        .collect();
    sorted.sort_unstable_by(f32::total_cmp);
    let sd = share * sorted[sorted.len() * 98 / 100];
    let mut rng = ChaCha8Rng::seed_from_u64(1);
    let mut normal = || -> f32 {
        let sum: f32 = (0..12).map(|_| rng.random::<f32>()).sum();
        sd * (sum - 6.0)
    };
    let values = volume
        .values()
        .iter()
        .map(|v| (v + normal()).hypot(normal()));
    let values = values.collect();
    Volume::new(volume.grid().clone(), values).unwrap()
}

/// A scan of a simulated head without what lies above a level, mm.
fn cut(volume: &Volume, above_mm: f64) -> Volume {
    let [nx, ny, nz] = volume.grid().dims();
    let top = volume.grid().to_voxel(Point3::new(0.0, 0.0, above_mm)).z as usize;
    let grid = Grid::new([nx, ny, top.min(nz)], *volume.grid().world_from_voxel()).unwrap();
    let values = volume.values()[..grid.n_voxels()].to_vec();
    Volume::new(grid, values).unwrap()
}

/// Planes are right, the level within 5 mm and the midline within 3 mm, or said to be doubtful.
#[track_caller]
fn check(name: &str, planes: &HeadPlanes, [level, midline]: [f64; 2]) {
    assert!(
        planes.axial_doubt.is_some() || (planes.axial_mm - level).abs() <= 5.0,
        "{name}: {level} {planes:?}"
    );
    assert!(
        planes.sagittal_doubt.is_some() || (planes.sagittal_mm - midline).abs() <= 3.0,
        "{name}: {midline} {planes:?}"
    );
}

#[test]
fn planes_and_fat_of_heads_of_every_diagnosis_are_those_of_their_anatomy() {
    let mut n_sure = 0;
    // Of these, the control, both with IIH and that with SIH have narrow ventricles.
    let heads = Diagnosis::ALL.map(|diagnosis| (diagnosis, 0));
    for (diagnosis, which) in heads.into_iter().chain([
        (Diagnosis::Iih, 1),
        (Diagnosis::Inph, 3),
        (Diagnosis::Hydrocephalus, 3),
    ]) {
        let one = drawn(diagnosis, which);
        let planes = find_planes(&one.volume).unwrap();
        check(diagnosis.code(), &planes, one.truth(one.volume.grid()));
        n_sure += usize::from(planes.axial_doubt.is_none() && planes.sagittal_doubt.is_none());
        let fat = orbital_fat(&one.volume, &planes, FatStatistic::Mean);
        assert!(fat.is_some(), "{} {which}", diagnosis.code());
    }
    assert!(n_sure >= 9, "{n_sure} of 10");
}

#[test]
fn a_spoiled_scan_has_its_planes_or_a_doubt() {
    let one = drawn(Diagnosis::Reference, 1);
    let still = find_planes(&one.volume).unwrap();
    let truth = one.truth(one.volume.grid());

    for deg in [
        [0.0, 0.0, 10.0],
        [0.0, -10.0, 0.0],
        [10.0, 0.0, 0.0],
        [0.0, 7.0, -7.0],
    ] {
        let volume = turned(&one.volume, deg);
        let planes = find_planes(&volume).unwrap();
        let [level, _] = one.truth(volume.grid());
        assert!((planes.axial_mm - level).abs() <= 5.0, "{deg:?} {planes:?}");
        let turn = [
            planes.turn_deg[0] - still.turn_deg[0],
            planes.turn_deg[1] - still.turn_deg[1],
        ];
        assert!(
            (turn[0] - deg[2]).abs() < 2.0 && (turn[1] - deg[1]).abs() < 2.0,
            "{deg:?} {planes:?} {still:?}"
        );
        let is_turned = deg[1] != 0.0 || deg[2] != 0.0;
        assert_eq!(planes.sagittal_doubt, is_turned.then_some(Doubt::Turned));
        let fat = orbital_fat(&volume, &planes, FatStatistic::Mean);
        assert!(fat.is_some(), "{deg:?}");
    }

    let planes = find_planes(&noisy(&one.volume, 0.09)).unwrap();
    check("noise", &planes, truth);

    let planes = find_planes(&cut(&one.volume, still.vertex_mm - 25.0)).unwrap();
    assert!(planes.axial_doubt.is_some(), "{planes:?}");
    assert!((planes.axial_mm - truth[0]).abs() <= 5.0, "{planes:?}");

    let planes = find_planes(&upside_down(&one.volume)).unwrap();
    assert_eq!(planes.axial_doubt, Some(Doubt::UpsideDown), "{planes:?}");
    assert_eq!(planes.sagittal_doubt, Some(Doubt::UpsideDown));

    // Left-right and front-back changed places.
    let mut swap = Matrix4::identity();
    swap.swap_rows(0, 1);
    let planes = find_planes(&laid(&one.volume, swap)).unwrap();
    assert!(planes.sagittal_doubt.is_some(), "{planes:?}");
}

/// Levels and midlines were read off the pictures, to 3 mm.
#[test]
fn planes_of_real_heads_are_right_or_doubtful() {
    for (path, truth) in [
        (
            "data/mgh/raamana+visualqc/id_001/mri/orig.mgz",
            [37.0, 28.5],
        ),
        ("data/nifti/neurolabusc+MRIcron/ch2.nii.gz", [21.5, 0.0]),
        (
            "data/nifti/niivue+niivue-brainchop/t1_crop.nii.gz",
            [14.0, 0.0],
        ),
        (
            "data/nifti/rordenlab+niimath-bitmap/T1.nii.gz",
            [15.0, -0.5],
        ),
        (
            "data/nifti/rii-mango+Papaya/sample_image.nii.gz",
            [19.5, 0.5],
        ),
    ] {
        let Some(path) = shared(path) else { return };
        let volume = formats::open(&path, 0, &no_progress).unwrap().volume;
        let planes = find_planes(&volume).unwrap();
        check("as it is", &planes, truth);
        assert_eq!((planes.axial_doubt, planes.sagittal_doubt), (None, None));
        let planes = find_planes(&turned(&volume, [0.0, 0.0, 10.0])).unwrap();
        assert!((planes.axial_mm - truth[0]).abs() <= 5.0, "{planes:?}");
        assert_eq!(planes.sagittal_doubt, Some(Doubt::Turned), "{planes:?}");
        let planes = find_planes(&noisy(&volume, 0.09)).unwrap();
        check("noise", &planes, truth);
        let planes = find_planes(&upside_down(&volume)).unwrap();
        assert_eq!(planes.axial_doubt, Some(Doubt::UpsideDown), "{planes:?}");
    }
}
