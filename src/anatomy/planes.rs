//! Where the study's two planes lie in a head.

use nalgebra::Point3;
use rayon::prelude::*;
use serde::Serialize;

use super::HeadError;
use super::lattice::{CELL_MM, Lattice};
use crate::volume::{Volume, percentiles};

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

/// A level below the vertex at which most heads show their lateral ventricles, mm. The levels found in
/// whole heads without tracer lie 57 to 81 mm below it, most of them 67 to 75.
const USUAL_LEVEL_MM: f64 = 72.0;

/// Where the ventricles are sought, mm below the vertex. With 78 mm as the lower end all levels are
/// right; with 106 five of 11 are wrong, the base's cisterns being taken for ventricles.
const LEVELS_MM: [f64; 2] = [45.0, 92.0];

/// The widths and lengths of heads, mm, and their least height in the picture. Far about those of
/// adults, so that a scan with a coil's artefacts or without a face is still one of a head.
const WIDTH_MM: std::ops::RangeInclusive<f64> = 110.0..=260.0;
const LEAST_HEIGHT_MM: f64 = 80.0;

/// The area of head in a slice at the ends of a head, mm2: more than noise or a headphone fills. From
/// 200 to 520 nothing changes; from 600 on a second level is wrong.
const END_MM2: f64 = 400.0;

/// The share of the brain's middle below which lies its tissue's signal. From 0.42 to 0.9 no result
/// changes; at 0.3 the control's level is right too.
const TISSUE_SHARE: f64 = 0.6;

/// How far beside the midline the ventricles are sought, mm. With 14 to 24 mm as the outer end all
/// levels are right; with 42 three of 11 are wrong.
const BESIDE_MM: [f64; 2] = [4.0, 28.0];

/// CSF has less than this share of the tissue's signal. At 0.38 all levels are right; at 0.32 two and
/// from 0.52 on three and more of 11 are wrong.
const DARK_SHARE: f32 = 0.45;

/// The least area of ventricle, mm2: less is sulci and noise. From 75 to 300 nothing changes.
const LEAST_VENTRICLE_MM2: f64 = 150.0;

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
    let n_cells = (END_MM2 / (CELL_MM * CELL_MM)) as usize;
    let extents = [0, 1, 2].map(|axis| lattice.extent(axis, n_cells));
    let [Some(x), Some(y), Some(z)] = extents else {
        return Err(HeadError::Size(0.0, 0.0, 0.0));
    };
    let size = [x, y, z].map(|[first, last]| (last - first + 1) as f64 * CELL_MM);
    let fits =
        WIDTH_MM.contains(&size[0]) && WIDTH_MM.contains(&size[1]) && size[2] >= LEAST_HEIGHT_MM;
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
    // From 30 to 120 mm no midline changes.
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
pub(super) struct Middle {
    slices: Vec<Vec<f32>>,
    /// The signal of brain tissue.
    pub(super) tissue: f32,
}

impl Middle {
    pub(super) fn of(lattice: &Lattice, [sagittal, middle, vertex]: [f64; 3]) -> Option<Self> {
        let steps = |from: f64, to: f64| -> Vec<f64> {
            let n = ((to - from) / CELL_MM) as usize;
            (0..=n).map(|i| from + i as f64 * CELL_MM).collect()
        };
        let beside: Vec<f64> = steps(BESIDE_MM[0], BESIDE_MM[1])
            .into_iter()
            .flat_map(|d| [-d, d])
            .collect();
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
        let [tissue] = percentiles(&slices.concat(), true, [TISSUE_SHARE])?;
        Some(Self { slices, tissue })
    }
}

/// The level of the lateral ventricles, mm, or `None` where they do not stand out.
fn ventricles(lattice: &Lattice, at: [f64; 3]) -> Option<f64> {
    let Middle { slices, tissue } = Middle::of(lattice, at)?;
    let dark: Vec<usize> = slices
        .iter()
        .map(|slice| slice.iter().filter(|&&v| v < DARK_SHARE * tissue).count())
        .collect();
    let smooth = |at: usize| -> usize {
        let around = at.saturating_sub(2)..=(at + 2).min(dark.len() - 1);
        let n = around.clone().count();
        dark[around].iter().sum::<usize>() / n
    };
    let best = (0..dark.len()).max_by_key(|&at| (smooth(at), std::cmp::Reverse(at)))?;
    let [_, _, vertex] = at;
    (smooth(best) as f64 * CELL_MM * CELL_MM > LEAST_VENTRICLE_MM2)
        .then(|| vertex - LEVELS_MM[0] - best as f64 * CELL_MM)
}
