//! Planes of real heads in made-up poses, and of the scans that a network predicts from them.

use cisterna::formats::{self, no_progress};
use cisterna::models::tracer::{InputScan, PredictOptions, ScanInterval, predict};
use cisterna::models::{Compute, Model};
use cisterna::study::CaseCode;
use cisterna::volume::{Grid, Plane, PlaneImage, PlanePair, Volume};
use nalgebra::{Rotation3, Translation3, Vector3};
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha20Rng;
use rayon::prelude::*;
use std::collections::BTreeMap;
use std::path::Path;

/// A code for the image of a number.
pub(crate) fn code(number: usize) -> CaseCode {
    const DIGITS: [char; 10] = ['C', 'D', 'F', 'G', 'H', 'J', 'K', 'M', 'N', 'P'];
    let digits = (0..6).map(|place| DIGITS[number / 10_usize.pow(place) % 10]);
    CaseCode::try_from(digits.collect::<String>()).expect("six letters of codes")
}

/// Whole heads with their scalp, T1-weighted, of the open scans.
pub(crate) const HEADS: [&str; 3] = [
    "nifti/rordenlab+niimath-bitmap/T1.nii.gz",
    "nifti/neurolabusc+niivue-images/MR_Gd.nii.gz",
    "nifti/spm+spm12/canonical/single_subj_T1.nii",
];

/// The same place of a head, as scanned and as predicted.
pub(crate) struct Pair {
    /// A pose has one.
    pub(crate) patient: String,
    /// The scan's own values.
    pub(crate) real: PlanePair,
    /// The network's.
    pub(crate) predicted: PlanePair,
}

/// Scans of real heads in made-up poses, each turned by up to 8 degrees and about another point;
/// what a network is given is what it should predict.
pub(crate) fn posed_heads(
    shared: &Path,
    n_patients: usize,
    seed: u64,
    whole: bool,
) -> impl Iterator<Item = [Volume; 2]> {
    let open = |head: &&str| {
        let opened = formats::open(&shared.join(head), 0, &no_progress);
        opened.expect("a head of the test data").volume
    };
    let heads: Vec<Volume> = HEADS.iter().map(open).collect();
    let mut rng = ChaCha20Rng::seed_from_u64(seed);
    (0..n_patients).map(move |at| {
        let mut drawn = |reach: f64| (2.0 * rng.random::<f64>() - 1.0) * reach;
        let angles = [drawn(0.14), drawn(0.14), drawn(0.14)];
        let moved_mm = [drawn(12.0), 0.0, drawn(12.0)];
        let scan = posed(&heads[at % heads.len()], angles, moved_mm, whole, &mut rng);
        [scan.clone(), scan]
    })
}

/// The planes of the real scans, and those that a network predicts from the earlier ones; each
/// `[earlier, real]` is a patient.
pub(crate) fn pairs(scans: impl Iterator<Item = [Volume; 2]> + Send, model: &str) -> Vec<Pair> {
    let model = Model::find(model).expect("a network that comes along");
    let compute = Compute::cpu();
    let pairs = scans.enumerate().par_bridge().map(|(at, [earlier, real])| {
        let input = InputScan {
            interval: ScanInterval::H1To2,
            volume: earlier,
            sagittal: None,
            path: "head".into(),
            hours: Some(1.5),
        };
        let predicted = predict(
            &model,
            vec![input],
            PredictOptions::default(),
            &compute,
            &|| true,
        )
        .expect("a prediction");
        let cut = |plane| PlaneImage::extract(&real, plane, predicted.at.center(plane));
        let pair = Pair {
            patient: format!("p{at}"),
            real: PlanePair {
                axial: cut(Plane::Axial),
                sagittal: cut(Plane::Sagittal),
            },
            predicted: predicted.planes.clone(),
        };
        (at, pair)
    });
    let pairs: BTreeMap<usize, Pair> = pairs.collect();
    pairs.into_values().collect()
}

/// The head in another pose, with noise as a scanner has it; as whole numbers or not.
fn posed(
    head: &Volume,
    angles: [f64; 3],
    moved_mm: [f64; 3],
    whole: bool,
    rng: &mut ChaCha20Rng,
) -> Volume {
    let grid = head.grid();
    let middle = grid.center_in_world();
    let turn = Rotation3::from_euler_angles(angles[0], angles[1], angles[2]);
    let about = Translation3::from(middle.coords + Vector3::from(moved_mm)).to_homogeneous()
        * turn.to_homogeneous()
        * Translation3::from(-middle.coords).to_homogeneous();
    let world_from_voxel = about * grid.world_from_voxel();
    let top = head.values().iter().copied().fold(0.0_f32, f32::max);
    let values = head.values().iter().map(|&value| {
        let mut noise = || {
            let radius = (-2.0 * (1.0 - rng.random::<f32>()).ln()).sqrt();
            12.0 * radius * (std::f32::consts::TAU * rng.random::<f32>()).cos()
        };
        // A magnitude: Rician.
        let value = (value.max(0.0) / top * 1200.0 + noise()).hypot(noise());
        if whole { value.round() } else { value }
    });
    Volume::new(
        Grid::new(grid.dims(), world_from_voxel).expect("a turned grid"),
        values.collect(),
    )
    .expect("as many values as voxels")
}
