//! The fat behind the eyes, the reference of signal between scans.

use nalgebra::{Point3, Vector3};
use rayon::prelude::*;
use serde::{Deserialize, Serialize};

use super::HeadPlanes;
use super::lattice::{CELL_MM, Lattice};
use super::midline::Midline;
use super::ventricles::{Frame, tissue_signal};
use crate::volume::{Interpolation, Volume};

/// Which value stands for the fat.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum FatStatistic {
    /// The mean over the region (papers 000 and 001).
    #[default]
    Mean,
    /// The median, which a few voxels of vessel or muscle do not move.
    Median,
}

/// The orbital fat of a scan.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct OrbitalFat {
    /// Its signal.
    pub signal: f32,
    /// How much of it was taken, ml.
    pub volume_ml: f64,
    /// The middle of what was taken, left and right, RAS+ mm.
    pub found_at: [[f64; 3]; 2],
}

/// Fat is at least so many times as bright as brain in a T1-weighted scan, unless its signal was
/// suppressed. From 0.6 to 1.44 nothing changes; from 1.6 on the fat of the first head is missed.
const FAT_OVER_BRAIN: f32 = 1.25;

/// The radius of the ball that is sought as the dark inside of an eye, whose own radius is about 12 mm.
/// From 4 to 16 mm nothing changes.
const BALL_MM: f64 = 8.0;

/// How far beside the midline the middle of an eye may lie, and the steps from there outwards, cells:
/// 22 to 44 mm. Pupils of nearly all adults are 45 to 80 mm apart (Dodgson 2004).
const BESIDE_MM: f64 = 22.0;
const BESIDE_CELLS: i32 = 12;

/// How much brighter the fat is than its eye, in signals of tissue, at least. From 0.13 to 0.5 nothing
/// changes.
const LEAST_CONTRAST: f32 = 0.25;

/// Finds the fat behind both eyes of a T1-weighted scan and takes its signal, the papers'
/// reference for normalisation. `None` where no pair of eyes is seen before fat brighter than the
/// brain: a brain without its skull, a scan cut off above the orbits, fat suppression.
///
/// An eye is a dark ball of 8 mm radius with bright fat behind it, close to the front of the
/// face, 22 to 44 mm beside the midline, which may be turned; of the pairs at one height, the one that stands out most
/// is taken. The region is the cone behind each ball, as far as 32 mm from its middle; its bright
/// part by Otsu's threshold, without the outermost millimetre, is the fat.
#[must_use]
pub fn orbital_fat(
    volume: &Volume,
    planes: &HeadPlanes,
    statistic: FatStatistic,
) -> Option<OrbitalFat> {
    let lattice = Lattice::of(volume).ok()?;
    let frame = planes.frame();
    let tissue = tissue_signal(&lattice, &frame)?;
    let eyes = eyes(&lattice, &frame, tissue)?;
    let behind = eyes.map(|eye| fat_behind(volume, eye, &planes.midline));
    let [Some(left), Some(right)] = behind else {
        return None;
    };
    let mut values: Vec<f32> = [&left, &right].into_iter().flatten().map(|v| v.1).collect();
    values.sort_unstable_by(f32::total_cmp);
    let signal = match statistic {
        FatStatistic::Mean => {
            (values.iter().map(|&v| f64::from(v)).sum::<f64>() / values.len() as f64) as f32
        }
        FatStatistic::Median => values[values.len() / 2],
    };
    if signal < FAT_OVER_BRAIN * tissue {
        return None;
    }
    let middle = |part: &[(Point3<f64>, f32)]| {
        let sum = part
            .iter()
            .fold(Vector3::zeros(), |sum, (at, _)| sum + at.coords);
        (sum / part.len() as f64).into()
    };
    Some(OrbitalFat {
        signal,
        volume_ml: values.len() as f64 / 1000.0,
        found_at: [middle(&left), middle(&right)],
    })
}

/// The middles of both eyes, left and right.
fn eyes(lattice: &Lattice, frame: &Frame, tissue: f32) -> Option<[Point3<f64>; 2]> {
    let [right, front] = [frame.midline.right(), frame.midline.front()];
    let offsets = |reach: f64, keep: &dyn Fn(Vector3<f64>) -> bool| -> Vec<Vector3<f64>> {
        let n = (reach / CELL_MM) as i32;
        let axis = move || (-n..=n).map(|i| f64::from(i) * CELL_MM);
        axis()
            .flat_map(|x| axis().flat_map(move |y| axis().map(move |z| Vector3::new(x, y, z))))
            .filter(|v| keep(*v))
            .collect()
    };
    let ball = offsets(BALL_MM, &|v| v.norm() <= BALL_MM);
    let shell = offsets(18.0, &|v| {
        (13.0..=17.0).contains(&v.norm()) && -v.dot(&front) > 0.6 * v.norm()
    });
    let mean = |at: Point3<f64>, offsets: &[Vector3<f64>]| {
        let sum: f32 = offsets
            .iter()
            .map(|&offset| lattice.near(at + offset))
            .sum();
        sum / offsets.len() as f32
    };
    let score = |at: Point3<f64>| -> f32 {
        // The front of the eye is the front of the face there.
        let ahead = |mm: f64| lattice.near(at + mm * front);
        let open = [20.0, 24.0, 30.0]
            .into_iter()
            .all(|mm| ahead(mm) < lattice.threshold);
        let covered = [10.0, 12.0, 14.0, 16.0]
            .into_iter()
            .any(|mm| ahead(mm) > lattice.threshold);
        if !open || !covered {
            return 0.0;
        }
        let behind = mean(at, &shell);
        // Behind a frontal sinus lies brain, not fat.
        if behind < 1.05 * tissue {
            return 0.0;
        }
        (behind - 1.5 * mean(at, &ball)) / tissue
    };
    let [_, ny, _] = lattice.dims;
    let heights: Vec<f64> = (0..44)
        .map(|i| frame.vertex_mm - 68.0 - f64::from(i) * CELL_MM)
        .collect();
    let best_at = |side: f64, height: f64| -> (f32, Point3<f64>) {
        let mut best = (0.0, Point3::origin());
        for beside in 0..BESIDE_CELLS {
            let aside = side * (BESIDE_MM + f64::from(beside) * CELL_MM);
            for j in ny / 2..ny {
                let y = lattice.world([0, j, 0]).y;
                let at = Point3::new(frame.midline.x(y, height), y, height) + aside * right;
                let score = score(at);
                if score > best.0 {
                    best = (score, at);
                }
            }
        }
        best
    };
    let pairs: Vec<[(f32, Point3<f64>); 2]> = heights
        .par_iter()
        .map(|&height| [best_at(-1.0, height), best_at(1.0, height)])
        .collect();
    // A head may lie askew by a few millimetres.
    let mut best: (f32, Option<[Point3<f64>; 2]>) = (LEAST_CONTRAST, None);
    for (at, [left, _]) in pairs.iter().enumerate() {
        for [_, right] in &pairs[at.saturating_sub(3)..(at + 4).min(pairs.len())] {
            let both = left.0.min(right.0);
            if both > best.0 && (left.1 - right.1).dot(&front).abs() < 12.0 {
                best = (both, Some([left.1, right.1]));
            }
        }
    }
    best.1
}

/// The fat in the cone behind an eye, at points 1 mm apart.
fn fat_behind(
    volume: &Volume,
    eye: Point3<f64>,
    midline: &Midline,
) -> Option<Vec<(Point3<f64>, f32)>> {
    // The cone's length, mm. From 22 to 37 nothing changes; at 42 the signal of one of seven heads is
    // off, at 16 that of all.
    const REACH: i32 = 32;
    const SIDE: usize = 2 * REACH as usize + 1;
    // Orbits point backwards and to the midline.
    let inwards = -0.35 * midline.beside(eye).signum();
    let axis = (inwards * midline.right() - midline.front()).normalize();
    let sampled: Vec<Option<f32>> = (0..SIDE * SIDE * SIDE)
        .map(|cell| {
            let at = [cell % SIDE, cell / SIDE % SIDE, cell / SIDE / SIDE];
            let offset = Vector3::from(at.map(|i| i as f64 - f64::from(REACH)));
            let along = offset.dot(&axis);
            let is_behind =
                (14.0..=f64::from(REACH)).contains(&offset.norm()) && along > 0.82 * offset.norm();
            is_behind.then(|| volume.sample(eye + offset, Interpolation::Linear))?
        })
        .collect();
    let values: Vec<f32> = sampled.iter().flatten().copied().collect();
    let threshold = otsu(&values)?;
    let bright = |cell: usize| sampled[cell].is_some_and(|v| v > threshold);
    let whole = |cell: &usize| {
        let steps = [1, SIDE, SIDE * SIDE];
        bright(*cell)
            && steps.into_iter().all(|step| {
                let below = cell.checked_sub(step).is_some_and(bright);
                below && cell + step < sampled.len() && bright(cell + step)
            })
    };
    let fat: Vec<(Point3<f64>, f32)> = (0..sampled.len())
        .filter(whole)
        .filter_map(|cell| {
            let at = [cell % SIDE, cell / SIDE % SIDE, cell / SIDE / SIDE];
            let offset = Vector3::from(at.map(|i| i as f64 - f64::from(REACH)));
            Some((eye + offset, sampled[cell]?))
        })
        .collect();
    // A tenth of a millilitre on each side, so that noise averages out.
    (fat.len() >= 100).then_some(fat)
}

/// The threshold that parts values into two groups with the least spread within them (Otsu 1979),
/// over 128 bins of their range; `None` where they are all alike.
fn otsu(values: &[f32]) -> Option<f32> {
    const BINS: usize = 128;
    let (low, high) = values
        .iter()
        .fold((f32::INFINITY, f32::NEG_INFINITY), |(l, h), &v| {
            (l.min(v), h.max(v))
        });
    if high <= low {
        return None;
    }
    let mut counts = [0.0_f64; BINS];
    for &value in values {
        let bin = ((value - low) / (high - low) * BINS as f32) as usize;
        counts[bin.min(BINS - 1)] += 1.0;
    }
    let total: f64 = counts.iter().sum();
    let moment: f64 = counts
        .iter()
        .enumerate()
        .map(|(bin, n)| bin as f64 * n)
        .sum();
    let (mut below, mut below_moment) = (0.0, 0.0);
    let mut best = (0.0, 0);
    for (bin, n) in counts.iter().enumerate() {
        below += n;
        below_moment += bin as f64 * n;
        let above = total - below;
        if below == 0.0 || above == 0.0 {
            continue;
        }
        let apart = below_moment / below - (moment - below_moment) / above;
        let between = below * above * apart * apart;
        if between > best.0 {
            best = (between, bin);
        }
    }
    Some(low + (best.1 + 1) as f32 / BINS as f32 * (high - low))
}
