//! Images beside images, masks beside masks.

use crate::volume::{
    Affine, Components, Grid, Interpolation, MaskOverlap, Neighbours, Volume, compare,
};
use crate::workflows::verify::checks::Checks;
use crate::workflows::verify::facts::NumberCheck;
use nalgebra::Point3;

pub(super) fn checks() -> anyhow::Result<Vec<NumberCheck>> {
    let mut checks = Checks::of("Images and masks");
    images(&mut checks)?;
    masks(&mut checks);
    Ok(checks.done())
}

const DIMS: [usize; 3] = [9, 11, 13];

/// Whole numbers from 0 to 508: `(73 i + 179 j + 283 k + 7 i j + 11 j k + 13 i k + 97 seed) mod 509`.
fn value([i, j, k]: [usize; 3], seed: usize) -> f32 {
    ((i * 73 + j * 179 + k * 283 + i * j * 7 + j * k * 11 + i * k * 13 + seed * 97) % 509) as f32
}

fn scan(of: impl Fn([usize; 3]) -> f32) -> anyhow::Result<Volume> {
    let [nx, ny, nz] = DIMS;
    let places = (0..nx * ny * nz).map(|at| [at % nx, at / nx % ny, at / (nx * ny)]);
    let grid = Grid::new(DIMS, Affine::identity())?;
    Ok(Volume::new(grid, places.map(of).collect())?)
}

fn images(checks: &mut Checks) -> anyhow::Result<()> {
    let real = scan(|at| value(at, 1))?;
    let predicted = scan(|at| (3.0 * value(at, 1) + value(at, 2)) / 4.0)?;
    checks.by("scikit-image 0.26, mean_squared_error, peak_signal_noise_ratio, and numpy");
    let found = compare(&real, &predicted)?;
    checks.number(
        "mean squared error of two scans",
        found.mse,
        2_542.417_832_167_832_3,
        1e-9,
    );
    checks.number(
        "mean absolute error",
        found.mae,
        39.608_391_608_391_61,
        1e-9,
    );
    checks.number("largest error", found.max_abs, 103.0, 0.0);
    checks.number(
        "peak signal-to-noise ratio, dB",
        found.psnr_db,
        20.064_804_986_122_866,
        1e-9,
    );
    checks.by("scikit-image 0.26, structural_similarity with its defaults");
    checks.number(
        "structural similarity",
        found.ssim,
        0.928_247_183_395_102_9,
        1e-9,
    );
    checks.by("scipy.ndimage.map_coordinates(order=1)");
    for (voxel, expected) in [
        ([2.25, 3.5, 7.75], 352.6875),
        ([0.0, 10.0, 12.0], 495.0),
        ([4.5, 4.5, 4.5], 269.125),
    ] {
        let found = real.sample(Point3::from(voxel), Interpolation::Linear);
        let what = format!("value between voxels at {voxel:?}");
        checks.number(what, found.map(f64::from), expected, 1e-6);
    }
    Ok(())
}

/// A mask of boxes, each from its low corner up to but not its high one.
fn mask(boxes: &[[[usize; 3]; 2]]) -> Vec<bool> {
    let [nx, ny, nz] = MASK_DIMS;
    let is_in = |at: usize| {
        let voxel = [at % nx, at / nx % ny, at / (nx * ny)];
        let holds = |[low, high]: &[[usize; 3]; 2]| {
            (0..3).all(|axis| (low[axis]..high[axis]).contains(&voxel[axis]))
        };
        boxes.iter().any(holds)
    };
    (0..nx * ny * nz).map(is_in).collect()
}

const MASK_DIMS: [usize; 3] = [14, 10, 6];

const TRUTH: [[[usize; 3]; 2]; 6] = [
    [[1, 1, 1], [4, 3, 2]],
    [[6, 1, 1], [8, 3, 3]],
    [[10, 1, 1], [11, 2, 2]],
    [[1, 6, 3], [2, 7, 4]],
    [[2, 7, 4], [3, 8, 5]],
    [[9, 6, 2], [13, 8, 3]],
];

const PREDICTED: [[[usize; 3]; 2]; 5] = [
    [[2, 1, 1], [5, 3, 2]],
    [[7, 1, 1], [11, 2, 2]],
    [[5, 6, 1], [6, 7, 2]],
    [[2, 7, 4], [3, 8, 5]],
    [[8, 5, 2], [14, 9, 4]],
];

fn masks(checks: &mut Checks) {
    let components = |boxes, kind| Components::of(&mask(boxes), MASK_DIMS, kind);
    checks.by("scipy.ndimage.label");
    for (kind, name, expected) in [
        (Neighbours::Faces, "6", 6.0),
        (Neighbours::Edges, "18", 6.0),
        (Neighbours::Corners, "26", 5.0),
    ] {
        let found = components(&TRUTH[..], kind).n() as f64;
        checks.number(
            format!("clusters by {name} neighbours"),
            found,
            expected,
            0.0,
        );
    }
    let truth = components(&TRUTH[..], Neighbours::Corners);
    let predicted = components(&PREDICTED[..], Neighbours::Corners);
    let overlap = MaskOverlap::of(&truth, &predicted, 1.0);
    checks.by("numpy and scipy.ndimage, from the definition, voxel by voxel");
    let all = overlap.scores(0.0);
    checks.number(
        "Dice coefficient of voxels",
        all.voxels.f1.value,
        6.0 / 17.0,
        1e-12,
    );
    checks.number(
        "share of true voxels that are found",
        all.voxels.sensitivity.value,
        0.6,
        1e-12,
    );
    checks.number(
        "volume, predicted less true, mm3",
        all.volume_difference_mm3,
        35.0,
        1e-12,
    );
    checks.by("scipy.ndimage.label and each rule written out, cluster by cluster");
    for (name, found, expected) in [
        (
            "SHiVAi (Boutinaud and others 2021)",
            all.shivai.f1.value,
            10.0 / 11.0,
        ),
        (
            "any touch, both sides alike",
            all.symmetric.f1.value,
            8.0 / 9.0,
        ),
        ("EPVS challenge 2024", all.epvs.f1.value, 1.0),
        ("VALDO challenge, task 1", all.valdo.f1.value, 2.0 / 3.0),
    ] {
        checks.number(format!("F1 of clusters, {name}"), found, expected, 1e-12);
    }
    let what = "Dice coefficient of found clusters, VALDO";
    checks.number(what, all.valdo_dice.value, 0.539_682_539_682_539_7, 1e-12);
    let large = overlap.scores(2.0);
    for (name, found, expected) in [
        ("Dice coefficient of voxels", large.voxels.f1.value, 0.325),
        ("F1 of clusters, SHiVAi", large.shivai.f1.value, 1.0),
        ("F1 of clusters, VALDO", large.valdo.f1.value, 0.8),
    ] {
        let what = format!("{name}, without clusters of 2 mm3 or less");
        checks.number(what, found, expected, 1e-12);
    }
    checks.by("by the rule of SHiVAi and of the challenges: nothing to find, and nothing found");
    let none = Components::of(&mask(&[]), MASK_DIMS, Neighbours::Corners);
    let empty = MaskOverlap::of(&none, &none, 1.0).scores(0.0);
    checks.number(
        "Dice coefficient of two empty masks",
        empty.voxels.f1.value,
        1.0,
        0.0,
    );
    let what = "VALDO's F1 where there is nothing to find, as 0 for no number";
    let has_none = empty.valdo.f1.value.is_none();
    checks.number(what, f64::from(u8::from(!has_none)), 0.0, 0.0);
}
