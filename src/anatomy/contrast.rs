//! What the contrast of a head is: whether it looks like a T1-weighted scan of a whole head without
//! contrast agent, which is what networks for the tracer learned from.
//!
//! Everything is relative to the white matter. The depth of a cell is its distance from the surface
//! of the head. Numbers of whole heads, T1-weighted and without contrast agent (seven real ones of four
//! manufacturers and templates, with and without bias of the coil), against those of other scans (CT, EPI,
//! T2, FLAIR, T1 after intravenous contrast, brains without their skull, label maps, a melon) stand beside
//! each bound.

use nalgebra::Point3;
use serde::Serialize;
use std::fmt;

use super::HeadError;
use super::lattice::{CELL_MM, Lattice};
use super::planes::HeadPlanes;
use crate::volume::{Components, Neighbours, Volume, dilated, eroded, percentiles};

/// The contrast of a head in numbers, relative to its white matter; see [`contrast`].
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct HeadContrast {
    /// The middle of the white matter (centrum semiovale): the brightest fifth of it, as wide ventricles
    /// reach there.
    pub centre: f32,
    /// The brightest of half a per cent of what lies deep enough to be inside the skull.
    pub brightest: f32,
    /// The darkest shell between scalp and brain, as a share of the brightest shell outside of it.
    pub skull: f32,
    /// The fluid around the brain: the shells beside the skull.
    pub rim: f32,
    /// The brightest quarter of the cortex and what fills its folds: of the shells inside of the rim.
    pub outer: f32,
    /// The 95th percentile of the deep brain: 1 where the values of the brain are cut off.
    pub top: f32,
}

/// In what a scan is unlike a T1-weighted one of a whole head without contrast agent.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum ContrastDoubt {
    /// White matter is not the brightest tissue of the brain.
    NotT1,
    /// There is no skull around the brain.
    NoSkull,
    /// Something inside the skull is much brighter than white matter.
    Vessels,
    /// The outside of the brain is as bright as white matter.
    BrightOutside,
    /// Many voxels of the brain have one and the same value, the highest.
    CutOff,
}

/// White matter has 1.01 to 1.08 in T1-weighted scans, with skull and without, and 0.87 or less in T2 and
/// EPI.
const LEAST_CENTRE: f32 = 0.94;

/// Up to 1.28 in heads without contrast agent (beside the sigmoid sinus and where a coil is near),
/// 1.54 after intravenous contrast.
const MOST_BRIGHT: f32 = 1.40;

/// 0.2 to 0.61 where there is a skull, 0.98 and more where it was taken away.
const MOST_SKULL: f32 = 0.80;

/// Heads before the tracer have up to 0.62, simulated ones at 24 h from 0.61 (little tracer) to 1.0: a
/// little tracer is not seen so.
const MOST_RIM: f32 = 0.72;

/// T1-weighted heads have up to 0.91, before the tracer and in its first hours, and 1.04 to 1.11 where the
/// same head has the grey matter of a FLAIR or a T2.
const MOST_OUTER: f32 = 0.98;

/// Until so many hours after the injection no tracer is expected over the brain.
const FIRST_HOURS: f64 = 2.5;

/// Above 1.03 where nothing was cut off; 1 where the brain's brightest values are one and the same.
const LEAST_TOP: f32 = 1.015;

impl HeadContrast {
    /// In what it is unlike what a network for the tracer learned from, in a scan so many hours after the
    /// injection; 0 or less for one before it.
    #[must_use]
    pub fn doubts(&self, hours: f64) -> Vec<ContrastDoubt> {
        let mut doubts = Vec::new();
        let mut add = |is: bool, doubt| {
            if is {
                doubts.push(doubt);
            }
        };
        let is_t1 = self.centre >= LEAST_CENTRE;
        add(!is_t1, ContrastDoubt::NotT1);
        add(self.skull > MOST_SKULL, ContrastDoubt::NoSkull);
        let has_skull = self.skull <= MOST_SKULL;
        let is_bright = self.rim > MOST_RIM && hours <= 0.0 || self.outer > MOST_OUTER;
        let is_bright = is_t1 && has_skull && is_bright && hours <= FIRST_HOURS;
        add(is_bright, ContrastDoubt::BrightOutside);
        let has_vessels = self.brightest > MOST_BRIGHT && hours <= 0.0;
        add(is_t1 && has_vessels && !is_bright, ContrastDoubt::Vessels);
        add(self.top < LEAST_TOP, ContrastDoubt::CutOff);
        doubts
    }
}

impl fmt::Display for ContrastDoubt {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::NotT1 => {
                "white matter is not the brightest tissue of the brain: this does not look like a T1-weighted scan (T2, FLAIR, EPI, CT, a map of labels?)"
            }
            Self::NoSkull => {
                "there is no skull and scalp around the brain: they seem to have been taken away"
            }
            Self::Vessels => {
                "something inside the skull is much brighter than white matter: contrast agent seems to have been given before this scan"
            }
            Self::BrightOutside => {
                "the outside of the brain is as bright as white matter: tracer seems to have been given long before this scan, or it is not T1-weighted (FLAIR, T2)"
            }
            Self::CutOff => {
                "a large part of the brain has one and the same value: bright values seem to be cut off"
            }
        })
    }
}

/// Levels that are looked at, below the vertex, mm: above the base of the skull.
const SLAB_MM: [f64; 2] = [10.0, 80.0];
/// From this depth on there is brain only, mm.
const DEEP_MM: f32 = 24.0;
/// From this depth on nothing is outside of the skull, mm.
const INSIDE_MM: f32 = 14.0;
/// The skull lies within these depths, mm.
const SKULL_MM: [usize; 2] = [8, 20];
/// The rim and what is inside of it: so far inside of the darkest shell, mm.
const RIM_MM: [usize; 2] = [2, 6];
const OUTER_MM: [usize; 2] = [6, 12];
/// The share of the deep brain below which white matter lies.
const WHITE_SHARE: f64 = 0.75;
/// The least number of cells to tell anything.
const LEAST_CELLS: usize = 500;
/// The centrum semiovale: beside the midline, in front of the middle of the head, below the vertex, mm.
const CENTRE_MM: [[f64; 2]; 3] = [[20.0, 32.0], [-25.0, 20.0], [46.0, 56.0]];

/// Measures the contrast of a head whose planes were found.
///
/// # Errors
/// When the scan shows too little of a head.
pub fn contrast(volume: &Volume, planes: &HeadPlanes) -> Result<HeadContrast, HeadError> {
    let lattice = Lattice::of(volume)?;
    let depths = depths(&head(&lattice), lattice.dims);
    let slab = SLAB_MM.map(|below| planes.vertex_mm - below);
    let cells: Vec<(f32, f32)> = lattice
        .slab(slab)
        .map(|index| (depths[lattice.index(index)], lattice.at(index)))
        .collect();
    let within = |from: f32, to: f32| -> Vec<f32> {
        let is_in = |(depth, _): &&(f32, f32)| *depth > from && *depth <= to;
        cells.iter().filter(is_in).map(|cell| cell.1).collect()
    };
    let deep = within(DEEP_MM, f32::INFINITY);
    let found = percentiles(&deep, false, [WHITE_SHARE, 0.95]).filter(|found| found[0] > 0.0);
    let (Some([white, top]), true) = (found, deep.len() >= LEAST_CELLS) else {
        return Err(HeadError::Empty);
    };
    let shells: Vec<f32> = (0..32)
        .step_by(2)
        .map(|mm| {
            let shell = within(mm as f32, (mm + 2) as f32);
            percentiles(&shell, false, [0.5]).map_or(0.0, |[middle]| middle / white)
        })
        .collect();
    let share = |values: &[f32], share: f64| {
        percentiles(values, false, [share]).map_or(0.0, |[value]| value / white)
    };
    let [first, last] = SKULL_MM.map(|mm| mm / 2);
    let darkest = (first..=last).min_by(|&a, &b| shells[a].total_cmp(&shells[b]));
    let darkest = darkest.unwrap_or(first);
    let outside = shells[..darkest].iter().copied().fold(0.0, f32::max);
    let rim = &shells[darkest + RIM_MM[0] / 2..darkest + RIM_MM[1] / 2];
    let outer = OUTER_MM.map(|mm| (2 * darkest + mm) as f32);
    Ok(HeadContrast {
        centre: share(&centre(&lattice, planes), 0.8),
        brightest: share(&within(INSIDE_MM, f32::INFINITY), 0.995),
        skull: shells[darkest] / outside.max(f32::MIN_POSITIVE),
        rim: rim.iter().sum::<f32>() / rim.len() as f32,
        outer: share(&within(outer[0], outer[1]), 0.75),
        top: top / white,
    })
}

/// The signal of the centrum semiovale of both sides.
fn centre(lattice: &Lattice, planes: &HeadPlanes) -> Vec<f32> {
    let steps = |[from, to]: [f64; 2]| {
        let n = ((to - from) / CELL_MM) as usize;
        (0..=n).map(move |i| from + i as f64 * CELL_MM)
    };
    let [beside, along, below] = CENTRE_MM;
    let right = planes.midline.right();
    let mut values = Vec::new();
    for z in steps(below).map(|below| planes.vertex_mm - below) {
        for y in steps(along).map(|along| planes.middle_mm + along) {
            let middle = Point3::new(planes.midline.x(y, z), y, z);
            for beside in steps(beside) {
                values.push(lattice.near(middle + beside * right));
                values.push(lattice.near(middle - beside * right));
            }
        }
    }
    values
}

/// The head with all that it holds: the largest body with signal, its gaps closed and, in each slice,
/// its holes filled.
fn head(lattice: &Lattice) -> Vec<bool> {
    let [nx, ny, nz] = lattice.dims;
    let bright: Vec<bool> = (0..nz)
        .flat_map(|k| (0..nx * ny).map(move |at| [at % nx, at / nx, k]))
        .map(|index| lattice.value(index, true) > lattice.threshold)
        .collect();
    let bodies = Components::of(&bright, lattice.dims, Neighbours::Faces);
    let sizes = bodies.sizes();
    let Some(largest) = (0..sizes.len()).max_by_key(|&at| sizes[at]) else {
        return bright;
    };
    let body = bodies.mask(|at| at == largest);
    // A margin, so that closing does not eat what lies at the edge of the scan.
    let margin = 4;
    let [px, py, pz] = lattice.dims.map(|n| n + 2 * margin);
    let mut padded = vec![false; px * py * pz];
    let place = |[i, j, k]: [usize; 3]| i + margin + px * (j + margin + py * (k + margin));
    let each = move || (0..nx * ny * nz).map(move |at| (at, [at % nx, at / nx % ny, at / nx / ny]));
    for (at, index) in each() {
        padded[place(index)] = body[at];
    }
    let wide = dilated(&padded, [px, py, pz], Neighbours::Faces, margin);
    let closed = eroded(&wide, [px, py, pz], Neighbours::Faces, margin);
    let mut head: Vec<bool> = each()
        .map(|(at, index)| closed[place(index)] || body[at])
        .collect();
    for slice in head.chunks_exact_mut(nx * ny) {
        fill(slice, [nx, ny]);
    }
    head
}

/// Fills what nothing but the mask joins to the border.
fn fill(slice: &mut [bool], [nx, ny]: [usize; 2]) {
    let mut is_outside = vec![false; slice.len()];
    let is_border = |at: &usize| {
        let [x, y] = [at % nx, at / nx];
        x == 0 || y == 0 || x + 1 == nx || y + 1 == ny
    };
    let mut next: Vec<usize> = (0..slice.len()).filter(is_border).collect();
    while let Some(at) = next.pop() {
        if slice[at] || is_outside[at] {
            continue;
        }
        is_outside[at] = true;
        let [x, y] = [at % nx, at / nx];
        next.extend((x > 0).then(|| at - 1));
        next.extend((x + 1 < nx).then(|| at + 1));
        next.extend((y > 0).then(|| at - nx));
        next.extend((y + 1 < ny).then(|| at + nx));
    }
    for (value, outside) in slice.iter_mut().zip(is_outside) {
        *value = !outside;
    }
}

/// How deep each cell of a mask lies in it, mm; 0 outside. Distances are Borgefors' (1986) chamfer with
/// 3, 4 and 5 thirds of a cell, off by 8 % at most.
fn depths(mask: &[bool], [nx, ny, nz]: [usize; 3]) -> Vec<f32> {
    let far = u32::MAX / 2;
    let mut out: Vec<u32> = mask.iter().map(|&is| if is { far } else { 0 }).collect();
    let before: Vec<([isize; 3], u32)> = (0..13)
        .map(|code: isize| {
            let d = [code % 3 - 1, code / 3 % 3 - 1, code / 9 - 1];
            let steps = d.iter().filter(|d| **d != 0).count() as u32;
            (d, 2 + steps)
        })
        .collect();
    let mut pass = |backwards: bool| {
        let n = nx * ny * nz;
        for step in 0..n {
            let at = if backwards { n - 1 - step } else { step };
            if out[at] == 0 {
                continue;
            }
            let index = [at % nx, at / nx % ny, at / nx / ny];
            let mut least = out[at];
            for (d, weight) in &before {
                let d = if backwards { d.map(|d| -d) } else { *d };
                let there = [(0, nx), (1, ny), (2, nz)]
                    .map(|(axis, n)| index[axis].checked_add_signed(d[axis]).filter(|&i| i < n));
                let beside = match there {
                    [Some(i), Some(j), Some(k)] => out[i + nx * (j + ny * k)],
                    // Beyond the scan is outside.
                    _ => 0,
                };
                least = least.min(beside + weight);
            }
            out[at] = least;
        }
    };
    pass(false);
    pass(true);
    out.into_iter()
        .map(|thirds| thirds as f32 / 3.0 * CELL_MM as f32)
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A ball of 20 cells: the middle lies as deep as its radius.
    #[test]
    fn depths_are_distances_to_the_surface() {
        let n = 51;
        let from_middle = |at: usize| -> f64 {
            let index = [at % n, at / n % n, at / n / n].map(|i| i as f64 - 25.0);
            index.iter().map(|x| x * x).sum::<f64>().sqrt()
        };
        let mask: Vec<bool> = (0..n * n * n).map(|at| from_middle(at) < 20.0).collect();
        let depths = depths(&mask, [n; 3]);
        for (at, &depth) in depths.iter().enumerate() {
            let expected = (20.0 - from_middle(at)).max(0.0) * CELL_MM;
            let off = (f64::from(depth) - expected).abs();
            assert!(
                off <= 0.09 * expected + 1.3 * CELL_MM,
                "{at}: {depth} {expected}"
            );
        }
    }

    #[test]
    fn holes_are_filled_and_bays_are_not() {
        let rows = ["######", "#....#", "#.##.#", "#....#", "######", "#.####"];
        let mut mask: Vec<bool> = rows.concat().chars().map(|c| c == '#').collect();
        fill(&mut mask, [6, 6]);
        assert_eq!(mask.iter().filter(|is| !**is).count(), 1);
    }
}
