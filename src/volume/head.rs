//! Where a head lies in a scan: its midline, the level of its ventricles, the fat of its orbits.

use super::{Interpolation, Volume, percentiles};
use nalgebra::{Point3, Vector3};
use rayon::prelude::*;
use serde::{Deserialize, Serialize};

/// Why a scan cannot be taken for that of a head.
#[derive(Clone, Debug, thiserror::Error, PartialEq)]
pub enum HeadError {
    /// What is bright is too small or too large for a head.
    #[error(
        "not a head: what gives signal measures {0:.0} x {1:.0} x {2:.0} mm (left-right, front-back, head-foot), where a head has 110 to 260 mm, at least 80 of them from head to foot"
    )]
    Size(f64, f64, f64),
    /// Nothing in the scan gives a signal.
    #[error("not a head: the scan is empty")]
    Empty,
}

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

/// Where the study's two planes lie in a head, and what they were found by. All in RAS+ mm.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct HeadPlanes {
    /// The head-foot position of the axial plane: the level at which most of the lateral
    /// ventricles is cut.
    pub axial_mm: f64,
    /// The left-right position of the sagittal plane: the plane about which the head is most
    /// nearly its own mirror image.
    pub sagittal_mm: f64,
    /// The front-back position of the middle of the head.
    pub middle_mm: f64,
    /// The top of the scalp.
    pub vertex_mm: f64,
    /// Whether the ventricles were seen; otherwise the level is that of most heads, counted from
    /// the vertex.
    pub ventricles_found: bool,
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

/// The edge of the lattice's cells, mm.
const CELL_MM: f64 = 2.0;
/// A level below the vertex at which most heads show their lateral ventricles, mm.
const USUAL_LEVEL_MM: f64 = 72.0;
/// Where the ventricles are sought, mm below the vertex.
const LEVELS_MM: [f64; 2] = [45.0, 92.0];

/// Fat is at least so many times as bright as brain in a T1-weighted scan, unless its signal was
/// suppressed.
const FAT_OVER_BRAIN: f32 = 1.25;

/// A scan on a coarse lattice along the axes of the world.
struct Lattice {
    dims: [usize; 3],
    corner: Point3<f64>,
    values: Vec<f32>,
    /// Below it is air.
    threshold: f32,
    /// Nearly the brightest of the head.
    bright: f32,
}

impl Lattice {
    fn of(volume: &Volume) -> Result<Self, HeadError> {
        let (low, high) = volume.grid().bounds_in_world();
        let extent = high - low;
        let dims = [0, 1, 2].map(|axis| ((extent[axis] / CELL_MM).ceil() as usize).clamp(1, 256));
        let corner = low + Vector3::repeat(CELL_MM / 2.0);
        let [nx, ny, nz] = dims;
        let values: Vec<f32> = (0..nx * ny * nz)
            .into_par_iter()
            .map(|cell| {
                let at = [cell % nx, cell / nx % ny, cell / nx / ny].map(|i| i as f64 * CELL_MM);
                let value = volume.sample(corner + Vector3::from(at), Interpolation::Linear);
                value.filter(|v| v.is_finite()).unwrap_or(0.0).max(0.0)
            })
            .collect();
        let Some([bright]) = percentiles(&values, true, [0.97]) else {
            return Err(HeadError::Empty);
        };
        Ok(Self {
            dims,
            corner,
            values,
            threshold: 0.12 * bright,
            bright,
        })
    }

    fn at(&self, [i, j, k]: [usize; 3]) -> f32 {
        self.values[i + self.dims[0] * (j + self.dims[1] * k)]
    }

    fn world(&self, index: [usize; 3]) -> Point3<f64> {
        self.corner + Vector3::from(index.map(|i| i as f64 * CELL_MM))
    }

    /// The nearest cell's value; 0 outside.
    fn near(&self, point: Point3<f64>) -> f32 {
        let at = (point - self.corner) / CELL_MM;
        let index = [0, 1, 2].map(|axis| at[axis].round());
        let inside = (0..3).all(|a| index[a] >= 0.0 && index[a] < self.dims[a] as f64);
        if inside {
            self.at(index.map(|i| i as usize))
        } else {
            0.0
        }
    }

    /// First and last cell along an axis whose slice has so many cells of head.
    fn extent(&self, axis: usize, cells: usize) -> Option<[usize; 2]> {
        let mut counts = vec![0_usize; self.dims[axis]];
        let [nx, ny, _] = self.dims;
        for (cell, &value) in self.values.iter().enumerate() {
            if value > self.threshold {
                counts[[cell % nx, cell / nx % ny, cell / nx / ny][axis]] += 1;
            }
        }
        let first = counts.iter().position(|&n| n >= cells)?;
        let last = counts.iter().rposition(|&n| n >= cells)?;
        Some([first, last])
    }
}

/// Finds the study's planes in a T1-weighted scan of a head that lies roughly straight.
///
/// The sagittal plane is that about which the brain's half of the head is most nearly its own
/// mirror image. The axial one is the level, 45 to 92 mm below the vertex, at which the most dark
/// area lies beside the midline: the lateral ventricles, as long as no tracer has reached them.
/// Where too little is dark, it is 72 mm below the vertex.
///
/// # Errors
/// When what is bright in the scan has not the size of a head.
pub fn find_planes(volume: &Volume) -> Result<HeadPlanes, HeadError> {
    let lattice = Lattice::of(volume)?;
    // So many cells are 4 cm2: more than noise or a headphone fills.
    let extents = [0, 1, 2].map(|axis| lattice.extent(axis, 100));
    let [Some(x), Some(y), Some(z)] = extents else {
        return Err(HeadError::Size(0.0, 0.0, 0.0));
    };
    let size = [x, y, z].map(|[first, last]| (last - first + 1) as f64 * CELL_MM);
    let fits =
        (110.0..=260.0).contains(&size[0]) && (110.0..=260.0).contains(&size[1]) && size[2] >= 80.0;
    if !fits {
        return Err(HeadError::Size(size[0], size[1], size[2]));
    }
    let vertex = z[1];
    let sagittal_mm = midline(&lattice, x, vertex);
    let middle_mm = lattice.world([0, (y[0] + y[1]) / 2, 0]).y;
    let vertex_mm = lattice.world([0, 0, vertex]).z;
    let level = ventricles(&lattice, [sagittal_mm, middle_mm, vertex_mm]);
    Ok(HeadPlanes {
        axial_mm: level.unwrap_or(vertex_mm - USUAL_LEVEL_MM),
        sagittal_mm,
        middle_mm,
        vertex_mm,
        ventricles_found: level.is_some(),
    })
}

/// The left-right position about which the upper head is most nearly its own mirror image, mm.
fn midline(lattice: &Lattice, x: [usize; 2], vertex: usize) -> f64 {
    let [nx, ny, _] = lattice.dims;
    let mm = |cells: f64| (cells / CELL_MM) as usize;
    let levels = vertex.saturating_sub(mm(100.0))..vertex.saturating_sub(mm(24.0));
    let reach = mm(60.0);
    // Twice the position, so that it may lie between two cells.
    let middle = x[0] + x[1];
    let badness = |doubled: usize| -> f64 {
        let (mut sum, mut n) = (0.0, 0_u32);
        for k in levels.clone() {
            for j in 0..ny {
                for left in doubled.div_ceil(2).saturating_sub(reach)..doubled.div_ceil(2) {
                    let right = doubled - left;
                    if right >= nx {
                        continue;
                    }
                    let [a, b] = [left, right].map(|i| lattice.at([i, j, k]).min(lattice.bright));
                    sum += f64::from((a - b).abs());
                    n += 1;
                }
            }
        }
        sum / f64::from(n.max(1))
    };
    let around = middle.saturating_sub(mm(30.0))..=middle + mm(30.0);
    let scored: Vec<(usize, f64)> = around
        .into_par_iter()
        .map(|doubled| (doubled, badness(doubled)))
        .collect();
    let best = scored.iter().min_by(|a, b| a.1.total_cmp(&b.1));
    let doubled = best.map_or(middle, |&(doubled, _)| doubled);
    lattice.corner.x + doubled as f64 / 2.0 * CELL_MM
}

/// The middle of the brain about the level of the ventricles: a slice for each 2 mm of
/// [`LEVELS_MM`] from the top, without the midline and what lies beside the ventricles.
struct Middle {
    slices: Vec<Vec<f32>>,
    /// What brain tissue is worth.
    tissue: f32,
}

impl Middle {
    fn of(lattice: &Lattice, [sagittal, middle, vertex]: [f64; 3]) -> Option<Self> {
        let steps = |from: f64, to: f64| -> Vec<f64> {
            let n = ((to - from) / CELL_MM) as usize;
            (0..=n).map(|i| from + i as f64 * CELL_MM).collect()
        };
        let beside: Vec<f64> = steps(4.0, 28.0).into_iter().flat_map(|d| [-d, d]).collect();
        let along = steps(-45.0, 35.0);
        let slice = |below: f64| -> Vec<f32> {
            let cells = along
                .iter()
                .flat_map(|&dy| beside.iter().map(move |&dx| (dx, dy)));
            let at = |(dx, dy)| Point3::new(sagittal + dx, middle + dy, vertex - below);
            cells.map(|cell| lattice.near(at(cell))).collect()
        };
        let slices: Vec<Vec<f32>> = steps(LEVELS_MM[0], LEVELS_MM[1])
            .into_iter()
            .map(slice)
            .collect();
        let [tissue] = percentiles(&slices.concat(), true, [0.6])?;
        Some(Self { slices, tissue })
    }
}

/// The level of the lateral ventricles, mm, or `None` where they do not stand out.
fn ventricles(lattice: &Lattice, at: [f64; 3]) -> Option<f64> {
    let Middle { slices, tissue } = Middle::of(lattice, at)?;
    let dark: Vec<usize> = slices
        .iter()
        .map(|slice| slice.iter().filter(|&&v| v < 0.45 * tissue).count())
        .collect();
    let smooth = |at: usize| -> usize {
        let around = at.saturating_sub(2)..=(at + 2).min(dark.len() - 1);
        let n = around.clone().count();
        dark[around].iter().sum::<usize>() / n
    };
    let best = (0..dark.len()).max_by_key(|&at| (smooth(at), std::cmp::Reverse(at)))?;
    let [_, _, vertex] = at;
    // Less than 1.5 cm2 is sulci and noise.
    (smooth(best) as f64 * CELL_MM * CELL_MM > 150.0)
        .then(|| vertex - LEVELS_MM[0] - best as f64 * CELL_MM)
}

/// Finds the fat behind both eyes of a T1-weighted scan and takes its signal, the papers'
/// reference for normalisation. `None` where no pair of eyes is seen before fat brighter than the
/// brain: a brain without its skull, a scan cut off above the orbits, fat suppression.
///
/// An eye is a dark ball of 8 mm radius with bright fat behind it, close to the front of the
/// face, 22 to 44 mm beside the midline; of the pairs at one height, the one that stands out most
/// is taken. The region is the cone behind each ball, as far as 32 mm from its middle; its bright
/// part by Otsu's threshold, without the outermost millimetre, is the fat.
#[must_use]
pub fn orbital_fat(
    volume: &Volume,
    planes: &HeadPlanes,
    statistic: FatStatistic,
) -> Option<OrbitalFat> {
    let lattice = Lattice::of(volume).ok()?;
    let at = [planes.sagittal_mm, planes.middle_mm, planes.vertex_mm];
    let tissue = Middle::of(&lattice, at)?.tissue;
    let eyes = eyes(&lattice, planes, tissue)?;
    let behind = eyes.map(|eye| fat_behind(volume, eye, planes.sagittal_mm));
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
fn eyes(lattice: &Lattice, planes: &HeadPlanes, tissue: f32) -> Option<[Point3<f64>; 2]> {
    let offsets = |reach: f64, keep: &dyn Fn(Vector3<f64>) -> bool| -> Vec<Vector3<f64>> {
        let n = (reach / CELL_MM) as i32;
        let axis = move || (-n..=n).map(|i| f64::from(i) * CELL_MM);
        axis()
            .flat_map(|x| axis().flat_map(move |y| axis().map(move |z| Vector3::new(x, y, z))))
            .filter(|v| keep(*v))
            .collect()
    };
    let ball = offsets(8.0, &|v| v.norm() <= 8.0);
    let shell = offsets(18.0, &|v| {
        (13.0..=17.0).contains(&v.norm()) && -v.y > 0.6 * v.norm()
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
        let ahead = |mm: f64| lattice.near(at + Vector3::new(0.0, mm, 0.0));
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
        .map(|i| planes.vertex_mm - 68.0 - f64::from(i) * CELL_MM)
        .collect();
    let best_at = |side: f64, height: f64| -> (f32, Point3<f64>) {
        let mut best = (0.0, Point3::origin());
        for beside in 0..12 {
            let x = planes.sagittal_mm + side * (22.0 + f64::from(beside) * CELL_MM);
            for j in ny / 2..ny {
                let at = Point3::new(x, lattice.world([0, j, 0]).y, height);
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
    let mut best: (f32, Option<[Point3<f64>; 2]>) = (0.25, None);
    for (at, [left, _]) in pairs.iter().enumerate() {
        for [_, right] in &pairs[at.saturating_sub(3)..(at + 4).min(pairs.len())] {
            let both = left.0.min(right.0);
            if both > best.0 && (left.1.y - right.1.y).abs() < 12.0 {
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
    sagittal_mm: f64,
) -> Option<Vec<(Point3<f64>, f32)>> {
    const REACH: i32 = 32;
    const SIDE: usize = 2 * REACH as usize + 1;
    // Orbits point backwards and to the midline.
    let inwards = 0.35 * (sagittal_mm - eye.x).signum();
    let axis = Vector3::new(inwards, -1.0, 0.0).normalize();
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
