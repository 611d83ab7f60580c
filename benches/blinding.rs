//! Whether numbers tell the arms of studies apart, over many studies: `cargo bench --bench blinding`.
//! `STUDIES` and `PATIENTS` in the environment change how many (100 and 60). Real heads in made-up
//! poses, which networks change little; with `COHORT=FOLDER` the patients of a data set that
//! `cisterna simulate --hours 1.5,24` wrote, the 24 h scan beside what is predicted from the first.

#[path = "../tests/it/study/heads.rs"]
mod heads;

use cisterna::formats::{self, no_progress};
use cisterna::study::{ArmPlanes, CaseImage, Equalise, Equalised, judge};
use cisterna::volume::Volume;
use heads::{Pair, code, pairs, posed_heads};
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha20Rng;
use rayon::prelude::*;
use std::path::Path;

fn number(name: &str, usual: usize) -> usize {
    std::env::var(name)
        .ok()
        .and_then(|text| text.parse().ok())
        .unwrap_or(usual)
}

fn arms(pairs: &[Pair]) -> Vec<ArmPlanes> {
    let both = |pair: &Pair| {
        [("real", &pair.real), ("predicted", &pair.predicted)].map(|(arm, planes)| ArmPlanes {
            patient: pair.patient.clone(),
            arm: arm.to_owned(),
            planes: planes.clone(),
        })
    };
    pairs.iter().flat_map(both).collect()
}

/// The scans of 1.5 and 24 h of each patient of a data set; stored in whole numbers, or with what
/// rounding took away drawn anew.
fn simulated(folder: &Path, n_patients: usize, whole: bool) -> impl Iterator<Item = [Volume; 2]> {
    let mut rng = ChaCha20Rng::seed_from_u64(1);
    (1..=n_patients).map(move |patient| {
        [1, 2].map(|session| {
            let name = format!("sub-{patient:04}");
            let scan = format!("{name}/ses-{session:02}/anat/{name}_ses-{session:02}_T1w.nii.gz");
            let opened = formats::open(&folder.join(scan), 0, &no_progress);
            let volume = opened.expect("a scan of the cohort").volume;
            if whole {
                return volume;
            }
            let values = volume.values().iter();
            let values = values
                .map(|value| value + rng.random::<f32>() - 0.5)
                .collect();
            Volume::new(volume.grid().clone(), values).expect("as many values as voxels")
        })
    })
}

fn main() {
    let (n_studies, n_patients) = (number("STUDIES", 100), number("PATIENTS", 60));
    let shared = Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/data");
    eprintln!("{n_studies} studies of {n_patients} patients; mean area under the curve (SD), dB");
    let sources = [
        ("1-2h-l2", true),
        ("1-2h-l2", false),
        ("1-2h-l1", true),
        ("1-2h-l1", false),
    ];
    // One set of patients of each kind, and new noise for every study.
    let folder = std::env::var_os("COHORT");
    let sets: Vec<Vec<ArmPlanes>> = sources
        .iter()
        .map(|&(model, whole)| {
            let pairs = match &folder {
                Some(folder) => pairs(simulated(Path::new(folder), n_patients, whole), model),
                None => pairs(posed_heads(&shared, n_patients, 1, whole), model),
            };
            arms(&pairs)
        })
        .collect();
    for how in [Equalise::Standard, Equalise::Strict] {
        let made: Vec<Equalised> = sets
            .par_iter()
            .map(|arms| Equalised::of(arms, how).expect("arms that can be made alike"))
            .collect();
        for (at, (model, whole)) in sources.iter().enumerate() {
            let n_each = n_studies.div_ceil(sources.len());
            let judged: Vec<Vec<f64>> = (0..n_each)
                .into_par_iter()
                .map(|_| {
                    let image = |index: usize| -> CaseImage {
                        let picture = made[at].picture(index, code(index));
                        picture.expect("randomness")
                    };
                    let images: Vec<CaseImage> = (0..sets[at].len()).map(image).collect();
                    let pictures: Vec<(&str, bool, &CaseImage)> = sets[at]
                        .iter()
                        .zip(&images)
                        .map(|(arm, image)| (arm.patient.as_str(), arm.arm == "real", image))
                        .collect();
                    judge(&pictures).iter().map(|of| of.auroc).collect()
                })
                .collect();
            let n = judged.len() as f64;
            let stats = |kind: usize| {
                let mean = judged.iter().map(|of| of[kind]).sum::<f64>() / n;
                let squares = judged
                    .iter()
                    .map(|of| (of[kind] - mean).powi(2))
                    .sum::<f64>();
                format!("{mean:.2} ({:.2})", (squares / n).sqrt())
            };
            let psnr_db = |arm: usize| {
                let of = (arm..sets[at].len()).step_by(2);
                of.map(|index| made[at].psnr_db(index)).sum::<f64>() / n_patients as f64
            };
            let values = if *whole { "whole numbers" } else { "floats" };
            eprintln!(
                "{how:?} {model} {values}: file {}, noise {}, look {}; {:.1} / {:.1} dB",
                stats(0),
                stats(1),
                stats(2),
                psnr_db(0),
                psnr_db(1)
            );
        }
    }
}
