//! What scans look like: every whole scan of a head among the test data, and simulated ones.

use super::drawn;
use crate::shared;
use cisterna::anatomy::{ContrastDoubt, HeadContrast, contrast, find_planes};
use cisterna::formats::{self, no_progress};
use cisterna::phantom::Diagnosis;
use cisterna::volume::{Interpolation, Volume};
use nalgebra::Point3;
use std::path::PathBuf;

/// What is remarked on in a scan for a network that is given scans before the tracer: how the head lies,
/// its contrast, or that it is none.
fn remarks(volume: &Volume) -> Vec<String> {
    let Ok(planes) = find_planes(volume) else {
        return vec!["no head".to_owned()];
    };
    let mut remarks: Vec<String> = [planes.axial_doubt, planes.sagittal_doubt]
        .into_iter()
        .flatten()
        .map(|doubt| format!("{doubt:?}"))
        .collect();
    match contrast(volume, &planes) {
        Ok(found) => {
            let doubts = found.doubts(0.0);
            remarks.extend(doubts.iter().map(|doubt| format!("{doubt:?}")));
        }
        Err(error) => remarks.push(error.to_string()),
    }
    remarks
}

fn opened(path: &str) -> Option<Volume> {
    let path: PathBuf = shared(path)?;
    Some(formats::open(&path, 0, &no_progress).unwrap().volume)
}

/// T1-weighted scans of whole heads, without contrast agent.
const RIGHT: [&str; 5] = [
    "mgh/raamana+visualqc/id_001/mri/orig.mgz",
    "nifti/neurolabusc+MRIcron/ch2.nii.gz",
    "nifti/niivue+niivue-brainchop/t1_crop.nii.gz",
    "nifti/spm+spm12/canonical/single_subj_T1.nii",
    "nifti/InsightSoftwareConsortium+ITK/KmeansTest_T1UCharRaw.nii.gz",
];

/// Everything else of which a head, or a brain, can be seen.
const WRONG: [&str; 20] = [
    // Brains without their skull.
    "mgh/dfsp-spirit+freesurferformats/brain.mgz",
    "mgh/niivue+niivue/norm.mgz",
    "nifti/niivue+niivue/MNI152_2009_template.nii.gz",
    "nifti/nilearn+nilearn/mni_icbm152_t1_tal_nlin_sym_09a_converted.nii.gz",
    "nifti/rordenlab+niimath-bitmap/T1.nii.gz",
    "nifti/rii-mango+Papaya/sample_image.nii.gz",
    "nifti/niivue+niivue/nifti_space/RAS.nii.gz",
    // T2, FLAIR, EPI.
    "nifti/dipy+dipy/aniso_vox.nii.gz",
    "nifti/jonclayden+RNifti/example.nii.gz",
    "nifti/niivue+niivue/FLAIR.nii.gz",
    "nifti/nipy+nibabel/someones_epi.nii.gz",
    "nifti/NIFTI-Imaging+nifti-test-data/e4.60005.nii.gz",
    // CT.
    "nifti/neurolabusc+niivue-images/CT_pitch.nii.gz",
    "nifti/niivue+niivue/shear.nii.gz",
    // After intravenous contrast, without skull.
    "nifti/neurolabusc+niivue-images/MR_Gd.nii.gz",
    // With letters written over it.
    "nifti/rii-mango+NIFTI-Reader-JS/avg152T1_LR_nifti2.nii.gz",
    // Label maps and statistics.
    "nifti/niivue+niivue/aal.nii.gz",
    "nifti/niivue+niivue/labels256.nii.gz",
    "nifti/neurolabusc+MRIcron/HarvardOxford-cort-maxprob-thr0-1mm.nii.gz",
    "nifti/rii-mango+NIFTI-Reader-JS/big.nii.gz",
];

#[test]
fn wrong_kinds_of_scans_are_remarked_on_and_right_ones_are_not() {
    for path in RIGHT {
        let Some(volume) = opened(&format!("data/{path}")) else {
            return;
        };
        let planes = find_planes(&volume).unwrap();
        let found = contrast(&volume, &planes).unwrap();
        assert_eq!(found.doubts(0.0), [], "{path}: {found:?}");
    }
    for path in WRONG {
        let Some(volume) = opened(&format!("data/{path}")) else {
            return;
        };
        assert_ne!(remarks(&volume), [""; 0], "{path}");
    }
}

/// A head whose tissues have other signals: those of other sequences, relative to white matter.
fn as_other(csf: f32, grey: f32, white: f32) -> Option<Volume> {
    let volume = opened("data/mgh/raamana+visualqc/id_001/mri/orig.mgz")?;
    let labels = opened("data/mgh/raamana+visualqc/id_001/mri/aparc+aseg.mgz")?;
    // Signals of CSF, grey and white matter in this scan: what lies between them is mixed.
    let of = [24.0, 60.0, 100.0];
    let to = [csf, grey, white].map(|share| 100.0 * share);
    let grid = volume.grid().clone();
    let [nx, ny, _] = grid.dims();
    let values = volume.values().iter().enumerate().map(|(at, &value)| {
        let index = [at % nx, at / nx % ny, at / nx / ny].map(|i| i as f64);
        let place = grid.to_world(Point3::from(index));
        let label = labels.sample(place, Interpolation::Nearest).unwrap_or(0.0);
        if label == 0.0 {
            return value;
        }
        let (low, high) = if value < of[1] { (0, 1) } else { (1, 2) };
        let share = ((value - of[low]) / (of[high] - of[low])).clamp(0.0, 1.0);
        to[low] + share * (to[high] - to[low])
    });
    let values = values.collect();
    Some(Volume::new(grid, values).unwrap())
}

/// The same head with its skull as T2 and FLAIR would show its brain: said also of a scan of the first hours.
#[test]
fn a_whole_head_of_another_sequence_is_not_taken_for_t1() {
    let words = [ContrastDoubt::NotT1, ContrastDoubt::BrightOutside];
    for (what, [csf, grey, white]) in [
        ("T2", [2.2, 1.5, 1.0]),
        ("FLAIR", [0.1, 1.25, 1.0]),
        ("another FLAIR", [0.1, 1.12, 1.0]),
    ] {
        let Some(volume) = as_other(csf, grey, white) else {
            return;
        };
        let planes = find_planes(&volume).unwrap();
        let found = contrast(&volume, &planes).unwrap();
        for hours in [0.0, 1.5] {
            let doubts = found.doubts(hours);
            let is_told = words.iter().any(|word| doubts.contains(word));
            assert!(is_told, "{what}, {hours} h: {found:?}");
        }
    }
}

#[test]
fn simulated_heads_before_the_tracer_are_not_remarked_on() {
    for (diagnosis, which) in [
        (Diagnosis::Reference, 0),
        (Diagnosis::Inph, 0),
        (Diagnosis::Iih, 0),
        (Diagnosis::Hydrocephalus, 3),
    ] {
        let one = drawn(diagnosis, which);
        let planes = find_planes(&one.volume).unwrap();
        let found = contrast(&one.volume, &planes).unwrap();
        assert_eq!(found.doubts(0.0), [], "{diagnosis:?}: {found:?}");
    }
}

#[test]
fn each_bound_has_its_word() {
    let right = HeadContrast {
        centre: 1.0,
        brightest: 1.2,
        skull: 0.4,
        rim: 0.6,
        outer: 0.85,
        top: 1.06,
    };
    #[track_caller]
    fn check(found: HeadContrast, hours: f64, expected: &[ContrastDoubt]) {
        assert_eq!(found.doubts(hours), expected);
    }
    check(right, 0.0, &[]);
    check(
        HeadContrast {
            centre: 0.8,
            ..right
        },
        0.0,
        &[ContrastDoubt::NotT1],
    );
    check(
        HeadContrast {
            skull: 0.98,
            ..right
        },
        0.0,
        &[ContrastDoubt::NoSkull],
    );
    check(
        HeadContrast {
            brightest: 1.6,
            ..right
        },
        0.0,
        &[ContrastDoubt::Vessels],
    );
    check(
        HeadContrast { rim: 1.2, ..right },
        0.0,
        &[ContrastDoubt::BrightOutside],
    );
    check(
        HeadContrast { top: 1.0, ..right },
        0.0,
        &[ContrastDoubt::CutOff],
    );
    // Some hours later the tracer is expected.
    check(
        HeadContrast {
            rim: 1.2,
            brightest: 1.6,
            ..right
        },
        5.0,
        &[],
    );
}
