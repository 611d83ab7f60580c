//! Whether numbers tell the arms of studies apart, over many studies: `cargo bench --bench blinding`.
//! `STUDIES` and `PATIENTS` in the environment change how many (100 and 60).

#[path = "../tests/it/study/heads.rs"]
mod heads;

use cisterna::study::{ArmPlanes, CaseImage, Equalise, Equalised, judge};
use heads::{Pair, code, pairs};
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
    // Four sets of patients of each kind, and new noise for every study.
    let sets: Vec<Vec<ArmPlanes>> = (0..4)
        .flat_map(|seed| sources.map(|(model, whole)| (model, whole, seed)))
        .map(|(model, whole, seed)| arms(&pairs(&shared, model, n_patients, seed, whole)))
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
                .map(|study| {
                    let set = study % 4 * sources.len() + at;
                    let image = |index: usize| -> CaseImage {
                        let picture = made[set].picture(index, code(index));
                        picture.expect("randomness")
                    };
                    let images: Vec<CaseImage> = (0..sets[set].len()).map(image).collect();
                    let pictures: Vec<(&str, bool, &CaseImage)> = sets[set]
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
