//! What raters say of a scan: the voxels that they mark, the spaces that they count, and grades.
//!
//! A rater marks a space more likely the more it stands out of the noise, and draws its edge where
//! signal and noise together pass a level of his own. He marks some specks that are none. Counts by
//! region follow the model by which two raters agree as published for scans in the clinic.

use super::super::chance::Chance;
use super::place::{Space, SpacesHead};
use super::region::SpaceRegion;
use super::scan::{SeenSpace, SpacesScan};
use crate::volume::{Neighbours, eroded, smoothed};

/// A space whose largest change of signal is so many standard deviations of the noise can be seen.
pub const VISIBLE_FROM: f64 = 3.0;
/// Wrong marks for each right one.
const WRONG_MARKS: f64 = 0.12;
/// How much of the noise a rater takes for signal.
const NOISE_TAKEN: f32 = 0.8;
/// The thickness of the slices that are rated, mm.
const SLICE_MM: f64 = 4.9;
/// The slice of the centrum semiovale lies so far above the lateral ventricles, mm.
const ABOVE_VENTRICLES_MM: f64 = 10.0;

/// Spaces counted by the rules of Adams 2013: in the slice 1 cm above the lateral ventricles, in the one
/// through the anterior commissure, and in all slices of hippocampi and midbrain.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    /// Centrum semiovale.
    pub semiovale: usize,
    /// Basal ganglia.
    pub basal_ganglia: usize,
    /// Both hippocampi.
    pub hippocampi: usize,
    /// Midbrain.
    pub midbrain: usize,
}

/// Grades from what a rater marked.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Grades {
    /// White matter, 1 to 4 (Zhu 2010).
    pub zhu_white: u8,
    /// Basal ganglia, 1 to 4 (Zhu 2010).
    pub zhu_basal: u8,
    /// Centrum semiovale, 0 to 4 (Potter 2015).
    pub potter_semiovale: u8,
    /// Basal ganglia, 0 to 4 (Potter 2015).
    pub potter_basal: u8,
    /// Midbrain, 0 or 1 (Potter 2015).
    pub potter_midbrain: u8,
}

/// What one rater says of a scan.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Rater {
    /// The voxels that were marked, one a voxel of the scan.
    pub mask: Vec<bool>,
    /// By the head's spaces, whether it was marked.
    pub marked: Vec<bool>,
    /// Marks where no space is.
    pub n_wrong: usize,
    /// Spaces by region.
    pub counts: Counts,
    /// Grades.
    pub grades: Grades,
}

impl Rater {
    /// Marks, counts and grades a scan, given how far noise moved each voxel, the signed picture and
    /// the noise's standard deviation; raters are numbered from 0.
    pub(super) fn of(
        head: &SpacesHead,
        scan: &SpacesScan,
        [off, picture]: [&[f32]; 2],
        noise: f32,
        number: usize,
    ) -> Self {
        let name = format!("rater{number}{}", scan.sequence.name());
        let mut chance = Chance::of(head.patient.seed, "spaces", &name);
        let sign = if scan.sequence.spaces_are_dark() {
            -1.0
        } else {
            1.0
        };
        let strictness = chance.normal(0.0, 0.4);
        let mut mask = vec![false; scan.grid.n_voxels()];
        let marked: Vec<bool> = scan
            .seen
            .iter()
            .map(|space| {
                let stands_out = space.contrast_to_noise - VISIBLE_FROM - strictness;
                let is_marked = chance.happens(1.0 / (1.0 + (-stands_out).exp()));
                let level = chance.normal(0.45, 0.14).clamp(0.1, 0.9) as f32;
                let voxels = drawn(space, off, sign, level);
                let is_marked = is_marked && !voxels.is_empty();
                if is_marked {
                    for voxel in voxels {
                        mask[voxel] = true;
                    }
                }
                is_marked
            })
            .collect();
        let n_marked = marked.iter().filter(|marked| **marked).count();
        let n_wrong = chance.poisson(WRONG_MARKS * n_marked as f64);
        let wrong = specks(scan, [off, picture], sign, noise);
        let n_wrong = mark_specks(&mut chance, &mut mask, wrong, n_wrong);
        Self {
            mask,
            counts: counts(head, scan, &mut chance),
            grades: grades(head, &marked),
            marked,
            n_wrong,
        }
    }
}

/// The voxels that a rater gives a space: those above a share of its largest change, noise included. A
/// thin space falls into pieces.
fn drawn(space: &SeenSpace, off: &[f32], sign: f32, level: f32) -> Vec<usize> {
    let peak = space
        .change
        .iter()
        .map(|(_, change)| *change)
        .fold(0.0, f32::max);
    let looks = |voxel: usize, change: f32| change + NOISE_TAKEN * sign * off[voxel];
    let inside = space
        .change
        .iter()
        .filter(|(voxel, change)| looks(*voxel, *change) > level * peak);
    inside.map(|(voxel, _)| *voxel).collect()
}

/// Specks of the white matter that look like spaces and are none: the voxels of each, those that stand
/// out most first.
fn specks(
    scan: &SpacesScan,
    [off, picture]: [&[f32]; 2],
    sign: f32,
    noise: f32,
) -> Vec<Vec<usize>> {
    let dims = scan.grid.dims();
    let [nx, ny, _] = dims;
    let seen: Vec<f32> = picture
        .iter()
        .zip(off)
        .map(|(clean, off)| sign * (clean.abs() + off))
        .collect();
    let around = smoothed(&seen, dims, [2.0; 3]);
    let white: Vec<bool> = scan
        .labels
        .iter()
        .map(|&label| SpaceRegion::from_index(label).is_white())
        .collect();
    let deep = eroded(&white, dims, Neighbours::Faces, 2);
    let mut taken = vec![false; deep.len()];
    for (voxel, _) in scan.seen.iter().flat_map(|space| &space.change) {
        taken[*voxel] = true;
    }
    let stands_out = |voxel: usize| seen[voxel] - around[voxel];
    let near = |voxel: usize| {
        (0..27_usize).filter(|&step| step != 13).map(move |step| {
            // Deep voxels have neighbours on all sides.
            voxel + step % 3 + nx * (step / 3 % 3 + ny * (step / 9)) - 1 - nx - nx * ny
        })
    };
    let mut found: Vec<(f32, usize)> = (0..deep.len())
        .filter(|&voxel| deep[voxel] && !taken[voxel])
        .map(|voxel| (stands_out(voxel), voxel))
        .filter(|&(most, _)| most > 2.0 * noise)
        .filter(|&(most, voxel)| near(voxel).all(|other| stands_out(other) < most))
        .collect();
    found.sort_unstable_by(|a, b| b.0.total_cmp(&a.0).then(a.1.cmp(&b.1)));
    let piece = |(most, voxel): (f32, usize)| {
        let belongs = |other: &usize| {
            deep[*other] && !taken[*other] && stands_out(*other) > (0.5 * most).max(noise)
        };
        let around = near(voxel).filter(belongs);
        std::iter::once(voxel).chain(around).collect()
    };
    found.into_iter().map(piece).collect()
}

/// Marks some of those that stand out most; says how many.
fn mark_specks(
    chance: &mut Chance,
    mask: &mut [bool],
    mut specks: Vec<Vec<usize>>,
    n: usize,
) -> usize {
    specks.truncate(6 * n);
    let n = n.min(specks.len());
    for _ in 0..n {
        let speck = specks.swap_remove(chance.place(specks.len()));
        for voxel in speck {
            mask[voxel] = true;
        }
    }
    n
}

/// From the lowest to the highest point of a space, mm.
fn reach(space: &Space) -> [f64; 2] {
    let heights = (0..=10).map(|at| {
        let (point, radius) = space.tube.at(f64::from(at) / 10.0);
        [point.z - radius, point.z + radius]
    });
    heights.fold(
        [f64::INFINITY, f64::NEG_INFINITY],
        |[low, high], [from, to]| [low.min(from), high.max(to)],
    )
}

/// Whether a space can be seen in a slice.
fn crosses(space: &Space, middle_mm: f64, thick_mm: f64) -> bool {
    let [low, high] = reach(space);
    low < middle_mm + thick_mm / 2.0 && high > middle_mm - thick_mm / 2.0
}

/// The number that a rater counts where `n` can be seen: some are missed, a few are counted that are
/// none, and no two raters are equally strict. `spread` is that of the logarithm of the chance to
/// count one, and `mean` the mean number over patients.
fn counted(chance: &mut Chance, n: usize, spread: f64, mean: f64) -> usize {
    let strict = chance.normal(0.0, 1.0);
    let found = 0.6 * (spread * strict - spread * spread / 2.0).exp();
    chance.binomial(n, found.min(1.0)) + chance.poisson(0.05 * mean)
}

fn counts(head: &SpacesHead, scan: &SpacesScan, chance: &mut Chance) -> Counts {
    let visible = || {
        let spaces = head.spaces.iter().zip(&scan.seen);
        spaces
            .filter(|(_, seen)| seen.contrast_to_noise >= VISIBLE_FROM)
            .map(|(space, _)| space)
    };
    let level = head.ventricles_top_mm + ABOVE_VENTRICLES_MM;
    let n = |wanted: &dyn Fn(&Space) -> bool| visible().filter(|space| wanted(space)).count();
    let semiovale = n(&|space| space.region.is_white() && crosses(space, level, SLICE_MM));
    // The anterior commissure lies at the origin.
    let basal = n(&|space| space.region.is_basal_ganglia() && crosses(space, 0.0, SLICE_MM));
    let hippocampi = n(&|space| space.region.is_hippocampus());
    let midbrain = n(&|space| space.region == SpaceRegion::Midbrain);
    Counts {
        semiovale: counted(chance, semiovale, 0.25, 12.6),
        basal_ganglia: counted(chance, basal, 0.38, 8.2),
        hippocampi: counted(chance, hippocampi, 0.5, 3.0),
        midbrain: counted(chance, midbrain, 0.4, 2.0),
    }
}

/// Grades of the spaces that were marked.
fn grades(head: &SpacesHead, marked: &[bool]) -> Grades {
    let of = |wanted: fn(SpaceRegion) -> bool| -> Vec<&Space> {
        let spaces = head.spaces.iter().zip(marked);
        let marked = spaces.filter(|(space, marked)| **marked && wanted(space.region));
        marked.map(|(space, _)| space).collect()
    };
    let white = of(SpaceRegion::is_white);
    let basal = of(SpaceRegion::is_basal_ganglia);
    let midbrain = of(|region| region == SpaceRegion::Midbrain);
    let [fullest, fullest_basal] =
        [(&white, -60.0..90.0), (&basal, -20.0..30.0)].map(|(of, at)| fullest(of, at, 1.0));
    let above = head.ventricles_top_mm + SLICE_MM;
    Grades {
        zhu_white: match (white.len(), fullest) {
            (0..10, _) => 1,
            (_, 0..10) => 2,
            (_, 10..=20) => 3,
            _ => 4,
        },
        zhu_basal: match fullest_basal {
            0..5 => 1,
            5..=10 => 2,
            // More than 30 stand for "innumerable", the scale's highest degree.
            11..=30 => 3,
            _ => 4,
        },
        potter_semiovale: potter(fuller_side(&white, above..90.0)),
        potter_basal: potter(fuller_side(&basal, -12.0..22.0)),
        potter_midbrain: u8::from(!midbrain.is_empty()),
    }
}

/// The largest number of spaces that one slice shows.
fn fullest(spaces: &[&Space], heights: std::ops::Range<f64>, thick_mm: f64) -> usize {
    let n_slices = (heights.end - heights.start) as usize;
    let slices = (0..n_slices).map(|mm| heights.start + mm as f64);
    let n = |middle: f64| {
        spaces
            .iter()
            .filter(|space| crosses(space, middle, thick_mm))
            .count()
    };
    slices.map(n).max().unwrap_or(0)
}

/// The same of the side that has more.
fn fuller_side(spaces: &[&Space], heights: std::ops::Range<f64>) -> usize {
    let of = |right: bool| {
        let side: Vec<&Space> = spaces
            .iter()
            .filter(|space| space.region.is_right() == Some(right))
            .copied()
            .collect();
        fullest(&side, heights.clone(), SLICE_MM)
    };
    of(false).max(of(true))
}

fn potter(n: usize) -> u8 {
    match n {
        0 => 0,
        1..=10 => 1,
        11..=20 => 2,
        21..=40 => 3,
        _ => 4,
    }
}
