//! The digital head: deterministic, plausible, and of the grade it says.

use cisterna::phantom::{
    CISTERN_IN_WORLD, DEMO_SEED, DemoCase, N_DEMO_CASES, ORBITAL_FAT_IN_WORLD, VENTRICLE_IN_WORLD,
    demo_case,
};
use cisterna::volume::Volume;
use nalgebra::Point3;
use std::sync::OnceLock;

/// All demo cases, made once for all tests.
fn cases() -> &'static [DemoCase] {
    static CASES: OnceLock<Vec<DemoCase>> = OnceLock::new();
    CASES.get_or_init(|| {
        (0..N_DEMO_CASES)
            .map(|idx| demo_case(idx, DEMO_SEED))
            .collect()
    })
}

/// The mean of 3 x 3 x 3 voxels around a point of the world.
fn signal_at(volume: &Volume, [x, y, z]: [f64; 3]) -> f32 {
    let [i, j, k] = volume.grid().voxel_at(Point3::new(x, y, z)).unwrap();
    let mut sum = 0.0;
    for index in 0..27 {
        let voxel = [i + index % 3 - 1, j + index / 3 % 3 - 1, k + index / 9 - 1];
        sum += volume.value(voxel).unwrap();
    }
    sum / 27.0
}

/// Signal in the lateral ventricles over that in the suprasellar cistern.
fn reflux_ratio(volume: &Volume) -> f32 {
    let [x, y, z] = VENTRICLE_IN_WORLD;
    let sides = [x, -x].map(|x| signal_at(volume, [x, y, z]));
    (sides[0] + sides[1]) / 2.0 / signal_at(volume, CISTERN_IN_WORLD)
}

fn bits(volume: &Volume) -> Vec<u32> {
    volume.values().iter().map(|v| v.to_bits()).collect()
}

fn in_threads(n: usize) -> DemoCase {
    let pool = rayon::ThreadPoolBuilder::new()
        .num_threads(n)
        .build()
        .unwrap();
    pool.install(|| demo_case(2, DEMO_SEED))
}

#[test]
fn same_arguments_give_the_same_bytes_with_any_number_of_threads() {
    let case = &cases()[2];
    for n in [1, 3] {
        let again = in_threads(n);
        assert!(bits(&again.real) == bits(&case.real), "real, {n} threads");
        assert!(
            bits(&again.predicted) == bits(&case.predicted),
            "predicted, {n} threads"
        );
    }
}

#[test]
fn another_patient_or_seed_is_another_head() {
    let cases = cases();
    assert_ne!(bits(&cases[0].real), bits(&cases[3].real));
    assert_ne!(bits(&cases[0].real), bits(&cases[0].predicted));
    assert_ne!(
        bits(&demo_case(0, DEMO_SEED + 1).real),
        bits(&cases[0].real)
    );
}

#[test]
fn cases_are_named_and_cover_the_grades() {
    let names: Vec<&str> = cases().iter().map(|case| case.patient.as_str()).collect();
    assert_eq!(names, ["P01", "P02", "P03", "P04", "P05", "P06"]);
    for grade in [0, 3, 4] {
        assert!(
            cases().iter().any(|case| case.reflux_grade == grade),
            "no grade {grade}"
        );
    }
}

#[test]
fn ventricles_are_as_bright_as_the_grade_says() {
    for case in cases() {
        let ratio = reflux_ratio(&case.real);
        let expected = match case.reflux_grade {
            0 => 0.0..0.15,
            3 => 0.5..0.85,
            _ => 0.9..1.1,
        };
        let name = &case.patient;
        assert!(
            expected.contains(&ratio),
            "{name}: {ratio} for grade {}",
            case.reflux_grade
        );
    }
}

#[test]
fn enriched_water_is_darker_than_fat_and_brighter_than_white_matter() {
    for case in cases() {
        let [cistern, fat, white] = [CISTERN_IN_WORLD, ORBITAL_FAT_IN_WORLD, [27.0, -20.0, 32.0]]
            .map(|point| signal_at(&case.real, point));
        let name = &case.patient;
        assert!(
            white * 1.2 < cistern && cistern < fat,
            "{name}: {white} {cistern} {fat}"
        );
    }
}

#[test]
fn values_are_finite_and_not_negative() {
    for volume in cases()
        .iter()
        .flat_map(|case| [&case.real, &case.predicted])
    {
        assert!(volume.values().iter().all(|v| v.is_finite() && *v >= 0.0));
    }
}

#[test]
fn air_surrounds_the_head_except_at_the_neck() {
    for case in cases() {
        let [nx, ny, nz] = case.real.grid().dims();
        let fat = signal_at(&case.real, ORBITAL_FAT_IN_WORLD);
        for (i, value) in case.real.values().iter().enumerate() {
            let [x, y, z] = [i % nx, i / nx % ny, i / nx / ny];
            let at_rim = x < 3 || x + 3 >= nx || y < 3 || y + 3 >= ny || z + 3 >= nz;
            // The noise of air is below a tenth of the signal of fat.
            assert!(
                !at_rim || *value < 0.1 * fat,
                "{}: {value} at {x} {y} {z}",
                case.patient
            );
        }
    }
}

#[test]
fn the_head_is_nearly_but_not_quite_symmetrical() {
    for case in cases() {
        // Blocks of 8 mm, so that sulci do not count. Rows of voxels are centred on the midline,
        // so that a mirrored row is a reversed one.
        let [nx, ny, nz] = case.real.grid().dims().map(|n| n / 8);
        let mut blocks = vec![0.0; nx * ny * nz];
        for (i, value) in case.real.values().iter().enumerate() {
            let [x, y, z] =
                [i % (8 * nx), i / (8 * nx) % (8 * ny), i / (64 * nx * ny)].map(|n| n / 8);
            blocks[x + nx * (y + ny * z)] += f64::from(*value);
        }
        let mean = blocks.iter().sum::<f64>() / blocks.len() as f64;
        let [mut both, mut own] = [0.0; 2];
        for row in blocks.chunks(nx) {
            for (a, b) in row.iter().zip(row.iter().rev()) {
                both += (a - mean) * (b - mean);
                own += (a - mean) * (a - mean);
            }
        }
        let correlation = both / own;
        let name = &case.patient;
        assert!(
            (0.85..0.999).contains(&correlation),
            "{name}: {correlation}"
        );
    }
}
