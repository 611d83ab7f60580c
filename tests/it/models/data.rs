//! What networks are given: intervals, splits, planes out of data sets and heads.

use crate::shared;
use cisterna::anatomy::{FatStatistic, HeadError, find_planes, orbital_fat};
use cisterna::formats::{self, Voxels, no_progress, write_nifti};
use cisterna::models::Split;
use cisterna::models::tracer::{
    DataError, Inputs, PLANE_PIXELS, Preparation, ScanInterval, TEST_SHARE, cohort_scans,
    open_cases,
};
use cisterna::phantom::{DEMO_SEED, DemoScans};
use cisterna::volume::{Grid, Orientation, Plane, Scaling, Volume};
use std::ops::ControlFlow;
use std::path::Path;

#[test]
fn hours_fall_into_the_intervals_of_the_study() {
    #[track_caller]
    fn check(hours: f64, expected: Option<ScanInterval>) {
        assert_eq!(ScanInterval::of(hours), expected, "{hours} h");
    }
    check(-1.5, Some(ScanInterval::Pre));
    check(0.0, Some(ScanInterval::Pre));
    check(0.2, None);
    check(1.0, Some(ScanInterval::H1To2));
    check(2.0, Some(ScanInterval::H1To2));
    check(3.0, Some(ScanInterval::H3To5));
    check(4.9, Some(ScanInterval::H3To5));
    check(5.0, Some(ScanInterval::H5To7));
    check(7.0, Some(ScanInterval::H7To9));
    check(9.0, Some(ScanInterval::H7To9));
    check(9.1, None);
    check(24.0, None);
    for interval in ScanInterval::ALL {
        assert_eq!(interval.name().parse(), Ok(interval));
    }
    let all: Inputs = "1-9h".parse().unwrap();
    assert_eq!((all.channels(), all.to_string().as_str()), (8, "1-9h"));
    let two: Inputs = "1-2h+pre".parse().unwrap();
    assert_eq!((two.channels(), two.to_string().as_str()), (4, "pre+1-2h"));
    let wrong = "2-3h".parse::<Inputs>().unwrap_err();
    assert!(wrong.to_string().contains("2-3h"));
}

#[test]
fn a_split_is_that_of_the_study_and_of_its_seed() {
    let names = |n: usize| -> Vec<String> { (0..n).map(|i| format!("{i:04}")).collect() };
    #[track_caller]
    fn check(names: &[String], train: usize, test: usize) {
        let split = Split::draw(names, TEST_SHARE, 1);
        assert_eq!((split.train.len(), split.test.len()), (train, test));
        let mut all = [split.train, split.test].concat();
        all.sort();
        assert_eq!(all, names);
    }
    check(&names(136), 105, 31);
    check(&names(2), 1, 1);
    check(&names(40), 31, 9);
    let reversed: Vec<String> = names(136).into_iter().rev().collect();
    assert_eq!(
        Split::draw(&names(136), TEST_SHARE, 5),
        Split::draw(&reversed, TEST_SHARE, 5)
    );
    assert_ne!(
        Split::draw(&names(136), TEST_SHARE, 5).test,
        Split::draw(&names(136), TEST_SHARE, 6).test
    );
}

/// The two planes of a scan; `scanner` comes before `axial` and `sagittal` in their acquisition.
fn write_planes(root: &Path, [subject, session, scanner]: [&str; 3], hours: f64, value: f32) {
    let anat = root.join(format!("sub-{subject}/ses-{session}/anat"));
    std::fs::create_dir_all(&anat).unwrap();
    for (name, plane) in [("axial", Plane::Axial), ("sagittal", Plane::Sagittal)] {
        let stem = format!("sub-{subject}_ses-{session}_acq-{scanner}{name}_T1w");
        let dims = if plane == Plane::Axial {
            [256, 256, 1]
        } else {
            [1, 256, 256]
        };
        let grid = Grid::new(dims, nalgebra::Matrix4::identity()).unwrap();
        let values: Vec<f32> = (0..PLANE_PIXELS)
            .map(|at| value + (at % 11) as f32)
            .collect();
        let path = anat.join(format!("{stem}.nii.gz"));
        write_nifti(&path, &grid, Orientation::Known, Voxels::F32(&values)).unwrap();
        let sidecar = format!(
            "{{\"HoursAfterInjection\": {hours}, \"OrbitalFatMean\": 50, \"Simulated\": true}}"
        );
        std::fs::write(anat.join(format!("{stem}.json")), sidecar).unwrap();
    }
}

/// A data set of two patients: one whole, one without its scan of 24 h.
fn data_set(root: &Path) {
    let scan = |subject: &str, session: &str, hours: f64, value: f32| {
        write_planes(root, [subject, session, ""], hours, value);
    };
    scan("a", "01", 0.0, 10.0);
    scan("a", "02", 1.4, 20.0);
    scan("a", "03", 1.6, 30.0);
    scan("a", "04", 23.5, 40.0);
    scan("b", "01", 1.5, 10.0);
}

#[test]
fn patients_with_all_scans_are_taken_and_the_others_named() {
    let folder = tempfile::tempdir().unwrap();
    data_set(folder.path());
    let go_on = |_| ControlFlow::Continue(());
    let inputs: Inputs = "1-2h".parse().unwrap();
    let open = |preparation| open_cases(folder.path(), &inputs, preparation, None, &go_on);
    let cases = open(Preparation::default()).unwrap();
    assert_eq!(cases.subjects(), ["a"]);
    // Of two scans, the one nearer to the middle of the interval.
    assert_eq!(cases.cases[0].hours, [1.4, 23.5]);
    assert!(cases.is_simulated);
    assert_eq!(cases.left_out.len(), 1);
    assert!(cases.left_out[0].1.contains("20 to 30 h") && cases.left_out[0].0 == "b");
    let case = &cases.cases[0];
    assert_eq!(
        (case.input.len(), case.target.len()),
        (2 * PLANE_PIXELS, 2 * PLANE_PIXELS)
    );
    let range = |values: &[f32]| {
        values
            .iter()
            .fold((f32::MAX, f32::MIN), |(l, h), &v| (l.min(v), h.max(v)))
    };
    assert_eq!(range(&case.target), (0.0, 1.0));
    let by_fat = open(Preparation {
        scaling: Scaling::Fat,
        fat: FatStatistic::Mean,
    });
    assert_eq!(range(&by_fat.unwrap().cases[0].target), (0.4, 0.5));
    let no_median = open(Preparation {
        scaling: Scaling::Fat,
        fat: FatStatistic::Median,
    });
    let error = no_median.unwrap_err().to_string();
    assert!(error.contains("no orbital fat"), "{error}");
    // Fat that was suppressed is no unit, in one text or among several; for each slice by itself it is none.
    let anat = folder.path().join("sub-a/ses-04/anat");
    for (options, is_refused) in [
        ("\"FS\"", true),
        (r#""PFP\\FS""#, true),
        ("[\"PFP\", \"FS\"]", true),
        ("\"SFS_PFP\"", false),
        ("7", false),
    ] {
        let sidecar = format!(
            "{{\"HoursAfterInjection\": 23.5, \"OrbitalFatMean\": 50, \"ScanOptions\": {options}}}"
        );
        std::fs::write(anat.join("sub-a_ses-04_acq-axial_T1w.json"), sidecar).unwrap();
        let by_fat = open(Preparation {
            scaling: Scaling::Fat,
            fat: FatStatistic::Mean,
        });
        let told = by_fat.map_or_else(|why| why.to_string(), |_| String::new());
        assert_eq!(
            told.contains("fat was suppressed"),
            is_refused,
            "{options}: {told}"
        );
        assert!(open(Preparation::default()).is_ok(), "{options}");
    }
    let later: Inputs = "7-9h".parse().unwrap();
    let none = open_cases(folder.path(), &later, Preparation::default(), None, &go_on);
    assert!(
        matches!(none, Err(DataError::NoCases { n_subjects: 2, .. })),
        "{none:?}"
    );
}

#[test]
fn each_scanner_of_a_patient_is_a_case_and_none_crosses_a_split() {
    let folder = tempfile::tempdir().unwrap();
    let write = |of: [&str; 3], hours: f64| write_planes(folder.path(), of, hours, 10.0);
    for subject in ["a", "b", "c", "d"] {
        for scanner in ["scanner1", "scanner2"] {
            write([subject, "01", scanner], 1.5);
            write([subject, "02", scanner], 24.0);
        }
    }
    // One of two scanners was left before 24 h; and a patient changed the scanner between the scans.
    write(["e", "01", "scanner1"], 1.4);
    write(["e", "01", "scanner2"], 1.5);
    write(["e", "02", "scanner1"], 24.0);
    write(["f", "01", "scanner1"], 1.5);
    write(["f", "02", "scanner2"], 24.0);
    let go_on = |_| ControlFlow::Continue(());
    let inputs: Inputs = "1-2h".parse().unwrap();
    let cases = open_cases(folder.path(), &inputs, Preparation::default(), None, &go_on).unwrap();
    assert_eq!(cases.subjects(), ["a", "b", "c", "d", "e", "f"]);
    let of = |subject: &str| -> Vec<(Option<&str>, f64)> {
        let own = cases.cases.iter().filter(|case| case.subject == subject);
        own.map(|case| (case.acquisition.as_deref(), case.hours[0]))
            .collect()
    };
    assert_eq!(of("a"), [(Some("scanner1"), 1.5), (Some("scanner2"), 1.5)]);
    assert_eq!(of("e"), [(Some("scanner1"), 1.4)]);
    assert_eq!(of("f"), [(None, 1.5)]);
    // Predictions of a cohort are from the scans of one scanner too.
    let cohort = cohort_scans(folder.path(), &inputs).unwrap();
    let of = |subject: &str| -> Vec<(Option<&str>, usize)> {
        let own = cohort.patients.iter().filter(|of| of.subject == subject);
        own.map(|of| {
            let files = of.inputs.iter().map(|(_, path)| path).chain(&of.target);
            let name = of.acquisition.as_deref().unwrap_or("scanner");
            let theirs = files.filter(|path| path.to_string_lossy().contains(name));
            (of.acquisition.as_deref(), theirs.count())
        })
        .collect()
    };
    assert_eq!(of("a"), [(Some("scanner1"), 2), (Some("scanner2"), 2)]);
    assert_eq!(of("e"), [(Some("scanner1"), 2), (Some("scanner2"), 1)]);
    // Only where no scanner has both is the scan of 24 h another one's.
    assert_eq!(of("f"), [(Some("scanner1"), 1)]);
    assert!(cohort.patients.last().unwrap().target.is_some());
    for seed in 0..20 {
        let split = cases.draw_split(seed);
        let [train, test] = [cases.of(&split.train), cases.of(&split.test)];
        assert_eq!(train.len() + test.len(), cases.cases.len());
        assert!(train.iter().all(|case| !split.test.contains(&case.subject)));
    }
}

fn open(path: &str) -> Option<Volume> {
    Some(
        formats::open(&shared(path)?, 0, &no_progress)
            .unwrap()
            .volume,
    )
}

/// Ventricles of FreeSurfer's labelling of the same head: 4 and 43 (lateral), 14 (third).
#[test]
fn the_planes_of_a_real_head_are_those_of_its_labelled_ventricles() {
    let folder = "data/mgh/raamana+visualqc/id_001/mri";
    let (Some(head), Some(labels)) = (
        open(&format!("{folder}/orig.mgz")),
        open(&format!("{folder}/aparc+aseg.mgz")),
    ) else {
        return;
    };
    let planes = find_planes(&head).unwrap();
    let grid = labels.grid();
    let [nx, ny, _] = grid.dims();
    let mut by_z = std::collections::BTreeMap::<i64, u32>::new();
    let mut third = Vec::new();
    for (voxel, label) in labels.values().iter().enumerate() {
        let at = [voxel % nx, voxel / nx % ny, voxel / nx / ny].map(|i| i as f64);
        let world = grid.to_world(nalgebra::Point3::from(at));
        match *label as u32 {
            4 | 43 => *by_z.entry(world.z.round() as i64).or_default() += 1,
            14 => third.push(world.x),
            _ => {}
        }
    }
    let here = by_z
        .get(&(planes.axial_mm.round() as i64))
        .copied()
        .unwrap_or(0);
    let most = by_z.values().copied().max().unwrap();
    assert_eq!((planes.axial_doubt, planes.sagittal_doubt), (None, None));
    assert!(
        2 * here > most,
        "{here} of {most} voxels of ventricle at {planes:?}"
    );
    let middle = third.iter().sum::<f64>() / third.len() as f64;
    assert!(
        (planes.sagittal_mm - middle).abs() < 3.0,
        "{middle} {planes:?}"
    );
}

#[test]
fn the_planes_and_the_fat_of_a_simulated_head_are_those_it_was_made_with() {
    let scans = DemoScans::coarse();
    let values = scans
        .scan(0)
        .iter()
        .map(|&count| f32::from(count))
        .collect();
    let volume = Volume::new(scans.head().grid.clone(), values).unwrap();
    let planes = find_planes(&volume).unwrap();
    assert!(
        planes.axial_doubt.is_none() && planes.sagittal_mm.abs() < 3.0,
        "{planes:?} {DEMO_SEED}"
    );
    let fat = orbital_fat(&volume, &planes, FatStatistic::Median).expect("fat behind the eyes");
    let [left, right] = fat.found_at;
    assert!(
        left[0] < -10.0 && right[0] > 10.0 && (left[2] - right[2]).abs() < 8.0,
        "{fat:?}"
    );
}

/// Where the eyes' fat lies was read off the pictures, to a centimetre.
#[test]
fn the_fat_behind_the_eyes_is_found_in_real_heads_unless_it_is_suppressed() {
    #[track_caller]
    fn check(path: &str, expected: Option<[[f64; 3]; 2]>) {
        let Some(volume) = open(path) else { return };
        let planes = find_planes(&volume).unwrap();
        let found = orbital_fat(&volume, &planes, FatStatistic::Mean);
        println!("{path} {planes:?} {found:?}");
        let (Some(found), Some(expected)) = (&found, expected) else {
            assert!(found.is_none() && expected.is_none(), "{path}: {found:?}");
            return;
        };
        for (found, expected) in found.found_at.into_iter().zip(expected) {
            let off = found
                .iter()
                .zip(expected)
                .map(|(a, b)| (a - b).abs())
                .fold(0.0, f64::max);
            assert!(off < 12.0, "{path}: {found:?}, not {expected:?}");
        }
        assert!((0.5..12.0).contains(&found.volume_ml), "{found:?}");
    }
    // Its fat is suppressed.
    check("data/nifti/niivue+niivue-brainchop/t1_crop.nii.gz", None);
    check(
        "data/nifti/neurolabusc+MRIcron/ch2.nii.gz",
        Some([[-32.0, 45.0, -38.0], [32.0, 45.0, -38.0]]),
    );
    // A brain without its skull.
    check(
        "data/nifti/nilearn+nilearn/mni_icbm152_t1_tal_nlin_sym_09a_converted.nii.gz",
        None,
    );
}

#[test]
fn what_is_no_head_is_said_to_be_none() {
    let grid = Grid::new([40, 40, 40], nalgebra::Matrix4::identity()).unwrap();
    let small = Volume::new(grid.clone(), vec![100.0; 64_000]).unwrap();
    let error = find_planes(&small).unwrap_err();
    assert!(error.to_string().contains("40 x 40 x 40 mm"), "{error}");
    let empty = Volume::new(grid, vec![0.0; 64_000]).unwrap();
    assert_eq!(find_planes(&empty), Err(HeadError::Empty));
}
