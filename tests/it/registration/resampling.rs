//! Volumes on other grids.

use crate::shared;
use cisterna::formats::{self, no_progress};
use cisterna::registration::{Kernel, conformed, resampled};
use cisterna::volume::{Affine, Grid, Volume};
use nalgebra::{Matrix4, Point3};

fn grid(dims: [usize; 3], rows: [[f64; 4]; 3]) -> Grid {
    let mut affine = Affine::identity();
    for (r, row) in rows.iter().enumerate() {
        for (c, number) in row.iter().enumerate() {
            affine[(r, c)] = *number;
        }
    }
    Grid::new(dims, affine).unwrap()
}

#[test]
fn the_conformed_grid_keeps_the_place_of_the_middle_voxel() {
    // By FreeSurfer's rule: c_ras is the place of voxel n/2, here (16.5, 20, 10.5).
    let own = grid(
        [33, 40, 21],
        [
            [0.9, 0.0, 0.1, -12.0],
            [0.0, 1.1, 0.0, -20.0],
            [-0.1, 0.0, 2.0, -9.5],
        ],
    );
    let c_ras = own.to_world(Point3::new(16.5, 20.0, 10.5));
    let new = conformed(&own).unwrap();
    assert_eq!(new.dims(), [256, 256, 256]);
    assert_eq!(new.axcodes(), "LIA");
    #[rustfmt::skip]
    let expected = Matrix4::new(
        -1.0, 0.0, 0.0, c_ras.x + 128.0,
        0.0, 0.0, 1.0, c_ras.y - 128.0,
        0.0, -1.0, 0.0, c_ras.z + 128.0,
        0.0, 0.0, 0.0, 1.0,
    );
    assert!((new.world_from_voxel() - expected).amax() < 1e-12);
}

#[test]
fn what_freesurfer_conformed_is_left_as_it_is() {
    let Some(path) = shared("data/mgh/raamana+visualqc/id_001/mri/orig.mgz") else {
        return;
    };
    let volume = formats::open(&path, 0, &no_progress).unwrap().volume;
    let new = conformed(volume.grid()).unwrap();
    let off = (new.world_from_voxel() - volume.grid().world_from_voxel()).amax();
    assert!(off < 1e-4, "{off}");
    let again = resampled(&volume, volume.grid(), Kernel::Linear).unwrap();
    assert_eq!(again.values(), volume.values());
}

/// Values that are linear in the world are kept by both kernels, away from the border; a wave of
/// six voxels is kept by the sinc and flattened by the other: a linear kernel half way between
/// voxels leaves cos(pi/6) of it.
#[test]
fn a_sinc_keeps_what_a_line_flattens() {
    let own = grid(
        [40, 8, 8],
        [
            [1.0, 0.0, 0.0, 0.0],
            [0.0, 1.0, 0.0, 0.0],
            [0.0, 0.0, 1.0, 0.0],
        ],
    );
    let of = |value: &dyn Fn(f64) -> f64| {
        let values = (0..own.n_voxels())
            .map(|at| value((at % 40) as f64) as f32)
            .collect();
        Volume::new(own.clone(), values).unwrap()
    };
    let half = grid(
        [39, 8, 8],
        [
            [1.0, 0.0, 0.0, 0.5],
            [0.0, 1.0, 0.0, 0.0],
            [0.0, 0.0, 1.0, 0.0],
        ],
    );
    let wave = |x: f64| (x * std::f64::consts::TAU / 6.0).cos();
    let row = |volume: &Volume, kernel| {
        let new = resampled(volume, &half, kernel).unwrap();
        (10..30)
            .map(|i| f64::from(new.value([i, 4, 4]).unwrap()))
            .collect::<Vec<_>>()
    };
    let worst = |found: &[f64], expected: &dyn Fn(f64) -> f64| {
        let off = found
            .iter()
            .zip(10..)
            .map(|(v, i)| (v - expected(f64::from(i) + 0.5)).abs());
        off.fold(0.0, f64::max)
    };
    let flat = std::f64::consts::FRAC_PI_6.cos();
    let linear = row(&of(&wave), Kernel::Linear);
    assert!(worst(&linear, &|x| flat * wave(x)) < 1e-5);
    assert!(worst(&row(&of(&wave), Kernel::Sinc), &wave) < 0.02);
    let line = |x: f64| 3.0 * x + 7.0;
    for kernel in [Kernel::Linear, Kernel::Sinc] {
        assert!(worst(&row(&of(&line), kernel), &line) < 1e-4);
    }
}

#[test]
fn nothing_is_made_up_beyond_the_scan() {
    let own = grid(
        [8, 8, 8],
        [
            [1.0, 0.0, 0.0, 0.0],
            [0.0, 1.0, 0.0, 0.0],
            [0.0, 0.0, 1.0, 0.0],
        ],
    );
    let mut values = vec![5.0; 512];
    values[4 + 8 * (4 + 8 * 4)] = f32::NAN;
    let volume = Volume::new(own, values).unwrap();
    let wide = grid(
        [12, 8, 8],
        [
            [1.0, 0.0, 0.0, -2.0],
            [0.0, 1.0, 0.0, 0.0],
            [0.0, 0.0, 1.0, 0.0],
        ],
    );
    let new = resampled(&volume, &wide, Kernel::Linear).unwrap();
    assert_eq!(new.value([1, 4, 4]), Some(0.0));
    assert_eq!(new.value([2, 4, 4]), Some(5.0));
    assert_eq!(new.value([6, 4, 4]), Some(0.0), "not a number");
    assert_eq!(new.value([10, 4, 4]), Some(0.0));
}
