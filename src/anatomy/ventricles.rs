//! The lateral ventricles: two dark bodies beside the midline, mirror images of each other, deep in the
//! brain, which nothing as dark joins to the outside.

use std::collections::BTreeMap;

use nalgebra::{Point3, Vector3};
use rayon::prelude::*;

use super::lattice::{CELL_MM, Lattice};
use super::midline::Midline;
use crate::volume::percentiles;

/// Where the middle of the head and its vertex are.
#[derive(Clone, Copy, Debug)]
pub(super) struct Frame {
    pub(super) midline: Midline,
    /// The front-back position of the middle of the head, mm.
    pub(super) middle_mm: f64,
    /// The head-foot position of the vertex, mm.
    pub(super) vertex_mm: f64,
}

impl Frame {
    /// How far a point lies beside the midline, in front of the middle and below the vertex, mm.
    fn place(&self, at: Point3<f64>) -> [f64; 3] {
        [
            self.midline.beside(at).abs(),
            at.y - self.middle_mm,
            self.vertex_mm - at.z,
        ]
    }
}

/// A part of the head in the terms of [`Frame::place`], mm.
type Part = [[f64; 2]; 3];

/// Where most of the lateral ventricles lies. Of the third one nothing: it joins both sides.
const INNER: Part = [[4.0, 28.0], [-45.0, 35.0], [45.0, 92.0]];

/// What is looked at about it: what is dark and goes on beyond is no ventricle.
const ROOM: Part = [[3.0, 56.0], [-80.0, 75.0], [25.0, 115.0]];

fn is_in(part: &Part, place: [f64; 3]) -> bool {
    (0..3).all(|axis| (part[axis][0]..=part[axis][1]).contains(&place[axis]))
}

/// The share of the brain's middle below which lies its tissue's signal.
const TISSUE_SHARE: f64 = 0.6;

/// CSF has less than these shares of the tissue's signal. Which of them parts the ventricles from the
/// cisterns and sulci differs from scan to scan, so all are tried.
const DARK_SHARES: [f32; 3] = [0.53, 0.43, 0.33];

/// A body is of ventricle where at least this share of it lies in [`INNER`]: horns are the rest.
const INNER_SHARE: f64 = 0.5;

/// The least number of cells of both ventricles, 8 mm3 each, that have a mirror image.
const LEAST_CELLS: usize = 60;

/// The signal of brain tissue: that of the middle of the brain about the ventricles.
pub(super) fn tissue_signal(lattice: &Lattice, frame: &Frame) -> Option<f32> {
    let steps = |[from, to]: [f64; 2]| -> Vec<f64> {
        let n = ((to - from) / CELL_MM) as usize;
        (0..=n).map(|i| from + i as f64 * CELL_MM).collect()
    };
    let [beside, along, below] = INNER.map(steps);
    let right = frame.midline.right();
    let mut values = Vec::new();
    for z in below.iter().map(|below| frame.vertex_mm - below) {
        for y in along.iter().map(|along| frame.middle_mm + along) {
            let middle = Point3::new(frame.midline.x(y, z), y, z);
            for &beside in &beside {
                values.push(lattice.near(middle + beside * right));
                values.push(lattice.near(middle - beside * right));
            }
        }
    }
    percentiles(&values, true, [TISSUE_SHARE]).map(|[tissue]| tissue)
}

/// Both lateral ventricles.
#[derive(Clone, Debug)]
pub(super) struct Ventricles {
    /// Their cells.
    cells: Vec<[usize; 3]>,
    /// How many of them have a cell of the other side as their mirror image.
    n_mirrored: usize,
}

/// A body of dark cells on one side.
struct Body {
    cells: Vec<[usize; 3]>,
    is_right: bool,
}

/// How dark cells are told from others and joined.
#[derive(Clone, Copy, Debug)]
struct Way {
    share: f32,
    /// Of the smoothed scan, for noise.
    is_smooth: bool,
    /// Joined by cells only whose neighbours are all dark, for wide ventricles, whose walls leak.
    is_wide: bool,
}

impl Ventricles {
    /// The lateral ventricles, by the way in which most of them is seen on both sides.
    pub(super) fn find(lattice: &Lattice, frame: &Frame) -> Option<Self> {
        let tissue = tissue_signal(lattice, frame)?;
        let ways: Vec<Way> = DARK_SHARES
            .into_iter()
            .flat_map(|share| {
                [(false, false), (false, true), (true, false), (true, true)].map(
                    |(is_smooth, is_wide)| Way {
                        share,
                        is_smooth,
                        is_wide,
                    },
                )
            })
            .collect();
        let found: Vec<Self> = ways
            .par_iter()
            .filter_map(|&way| pair(lattice, frame, &bodies(lattice, frame, tissue, way)))
            .collect();
        let most = found.iter().map(|found| found.n_mirrored).max()?;
        found
            .into_iter()
            .find(|found| found.n_mirrored == most && most >= LEAST_CELLS)
    }

    /// Their cells.
    pub(super) fn cells(&self) -> &[[usize; 3]] {
        &self.cells
    }

    /// The share of them that has a mirror image.
    pub(super) fn symmetry(&self) -> f64 {
        self.n_mirrored as f64 / self.cells.len() as f64
    }

    /// Their middle, and how far their cells lie from it along each axis (standard deviation), mm.
    pub(super) fn middle(&self, lattice: &Lattice) -> (Point3<f64>, Vector3<f64>) {
        let n = self.cells.len() as f64;
        let places = || self.cells.iter().map(|&cell| lattice.world(cell).coords);
        let middle = places().sum::<Vector3<f64>>() / n;
        let squares = places().map(|at| (at - middle).map(|x| x * x));
        (
            middle.into(),
            (squares.sum::<Vector3<f64>>() / n).map(f64::sqrt),
        )
    }

    /// The level at which most of them is cut, over five cells, mm.
    pub(super) fn level_mm(&self, lattice: &Lattice) -> f64 {
        let mut counts = vec![0_usize; lattice.dims[2] + 4];
        for &[_, _, k] in &self.cells {
            counts[k + 2] += 1;
        }
        let near = counts.windows(5).map(|near| near.iter().sum::<usize>());
        let best = near.enumerate().max_by_key(|&(k, n)| (n, k));
        lattice.world([0, 0, best.map_or(0, |(k, _)| k)]).z
    }
}

/// What a cell is to the search.
#[derive(Clone, Copy, PartialEq)]
enum Cell {
    Bright,
    Dark,
    Taken,
    Beyond,
}

/// The bodies of dark cells that could be ventricle.
fn bodies(lattice: &Lattice, frame: &Frame, tissue: f32, way: Way) -> Vec<Body> {
    let below = way.share * tissue;
    let is_dark = |index: [usize; 3]| lattice.value(index, way.is_smooth) < below;
    let mut cells = vec![Cell::Beyond; lattice.dims.iter().product()];
    let mut seeds = Vec::new();
    for index in lattice.slab(ROOM[2].map(|below| frame.vertex_mm - below)) {
        let place = frame.place(lattice.world(index));
        let is_room = place[0] < ROOM[0][0] || is_in(&ROOM, place);
        if !is_room {
            continue;
        }
        let is_dark = place[0] >= ROOM[0][0]
            && is_dark(index)
            && (!way.is_wide || lattice.beside(index).into_iter().flatten().all(is_dark));
        cells[lattice.index(index)] = if is_dark { Cell::Dark } else { Cell::Bright };
        if is_dark {
            seeds.push(index);
        }
    }
    let mut found = Vec::new();
    for seed in seeds {
        if cells[lattice.index(seed)] != Cell::Dark {
            continue;
        }
        cells[lattice.index(seed)] = Cell::Taken;
        let mut body = vec![seed];
        let (mut next, mut is_open) = (0, false);
        while let Some(&index) = body.get(next) {
            next += 1;
            for beside in lattice.beside(index) {
                match beside.map(|beside| (beside, cells[lattice.index(beside)])) {
                    Some((beside, Cell::Dark)) => {
                        cells[lattice.index(beside)] = Cell::Taken;
                        body.push(beside);
                    }
                    Some((_, Cell::Bright | Cell::Taken)) => {}
                    Some((_, Cell::Beyond)) | None => is_open = true,
                }
            }
        }
        let inner = body
            .iter()
            .filter(|&&index| is_in(&INNER, frame.place(lattice.world(index))));
        if is_open || (inner.count() as f64) < INNER_SHARE * body.len() as f64 || body.len() < 8 {
            continue;
        }
        if way.is_wide {
            // What joining took away: the outermost dark cells.
            for at in 0..body.len() {
                for beside in lattice.beside(body[at]).into_iter().flatten() {
                    let cell = lattice.index(beside);
                    if cells[cell] == Cell::Bright && is_dark(beside) {
                        cells[cell] = Cell::Taken;
                        body.push(beside);
                    }
                }
            }
        }
        found.push(Body {
            is_right: frame.midline.beside(lattice.world(seed)) > 0.0,
            cells: body,
        });
    }
    found
}

/// The two bodies of which most is mirror image of each other, to a cell.
fn pair(lattice: &Lattice, frame: &Frame, bodies: &[Body]) -> Option<Ventricles> {
    let mut owners = vec![None; lattice.dims.iter().product()];
    for (at, body) in bodies.iter().enumerate() {
        for &cell in &body.cells {
            owners[lattice.index(cell)] = Some(at);
        }
    }
    let mut mirrored = BTreeMap::<[usize; 2], usize>::new();
    for (at, body) in bodies.iter().enumerate() {
        for &cell in &body.cells {
            let Some(image) = lattice.cell(frame.midline.mirror(lattice.world(cell))) else {
                continue;
            };
            let near = lattice.beside(image).into_iter().flatten().chain([image]);
            let mut others: Vec<usize> = near
                .filter_map(|cell| owners[lattice.index(cell)])
                .filter(|&other: &usize| bodies[other].is_right != body.is_right)
                .collect();
            others.sort_unstable();
            others.dedup();
            for other in others {
                *mirrored.entry([at.min(other), at.max(other)]).or_default() += 1;
            }
        }
    }
    let most = mirrored.values().copied().max()?;
    let ([a, b], n_mirrored) = mirrored.into_iter().find(|&(_, n)| n == most)?;
    Some(Ventricles {
        cells: [&bodies[a].cells[..], &bodies[b].cells[..]].concat(),
        n_mirrored,
    })
}
