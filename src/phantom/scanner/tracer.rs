//! Tracer where a finer head is drawn than the one that it was followed in.

use super::super::Tissue;
use super::super::cells::Cells;
use super::super::head::Water;
use super::super::transport::{Snapshot, Zone};
use rayon::prelude::*;

/// Which compartment a cell's values stand for.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Body {
    Outer,
    Inner,
    Tissue,
}

/// Tracer in the water outside of the brain, in the ventricles and in tissue, mmol/l of it, by the cells
/// of the transport. Where a cell holds nothing of one, the nearest ones that do stand for it: a sulcus
/// that reaches deeper than the cells know of carries what is at its mouth.
pub struct TracerInHead<'a> {
    /// None before there is any.
    known: Option<Known<'a>>,
}

struct Known<'a> {
    cells: &'a Cells,
    snapshot: &'a Snapshot,
    bodies: [Filled; 3],
}

/// One value a cell, and how much each counts.
struct Filled {
    values: Vec<f32>,
    weights: Vec<f32>,
}

/// How far values reach into cells that hold nothing, mm.
const REACH_MM: f64 = 24.0;
/// What a value counts that was taken from elsewhere.
const BORROWED: f32 = 1e-3;
/// Shares below this stand for nothing.
const LEAST_SHARE: f32 = 0.01;

impl<'a> TracerInHead<'a> {
    /// Before there is any.
    pub(in crate::phantom) fn none() -> Self {
        Self { known: None }
    }

    pub(in crate::phantom) fn new(cells: &'a Cells, snapshot: &'a Snapshot) -> Self {
        let waters = waters(cells);
        let bodies = [Body::Outer, Body::Inner, Body::Tissue];
        let filled = bodies.into_par_iter().map(|body| {
            let domain = &cells.domain;
            let (values, shares) = match body {
                Body::Tissue => (&snapshot.tissue, &domain.tissue),
                Body::Outer | Body::Inner => (&snapshot.csf, &domain.csf),
            };
            let is_of = |cell: usize| match body {
                Body::Tissue => domain.tissue[cell] > LEAST_SHARE,
                _ => waters[cell] == Some(body),
            };
            let n = values.len();
            let weights: Vec<f32> = (0..n)
                .map(|cell| if is_of(cell) { shares[cell] } else { 0.0 })
                .collect();
            Filled::new(values.clone(), weights, cells)
        });
        let mut filled = filled.collect::<Vec<_>>().into_iter();
        let nothing = || Filled {
            values: Vec::new(),
            weights: Vec::new(),
        };
        let bodies = std::array::from_fn(|_| filled.next().unwrap_or_else(nothing));
        Self {
            known: Some(Known {
                cells,
                snapshot,
                bodies,
            }),
        }
    }

    /// Tracer per litre of a tissue at a voxel, mmol/l; `water` is that of the voxel. A cyst with a wall
    /// has what its cells have.
    pub(in crate::phantom) fn at(&self, tissue: Tissue, water: u8, voxel: [usize; 3]) -> f32 {
        let Some(known) = &self.known else {
            return 0.0;
        };
        let body = if tissue == Tissue::Csf {
            match Water::from_stored(water) {
                Water::Outer => Body::Outer,
                Water::Inner | Water::Fourth | Water::Opening => Body::Inner,
                Water::Closed => {
                    return known.cells.concentration(known.snapshot, tissue, voxel);
                }
            }
        } else if tissue.is_parenchyma() {
            Body::Tissue
        } else {
            return 0.0;
        };
        let filled = &known.bodies[body as usize];
        known.cells.weighted(&filled.values, &filled.weights, voxel)
    }
}

/// Which water the CSF of each cell is: what a fluid zone says, and in the cells that are mostly tissue
/// that of the nearest of those along CSF.
fn waters(cells: &Cells) -> Vec<Option<Body>> {
    let domain = &cells.domain;
    let mut waters: Vec<Option<Body>> = domain
        .zone
        .iter()
        .zip(&domain.csf)
        .map(|(zone, &csf)| match zone {
            _ if csf <= LEAST_SHARE => None,
            Zone::ClosedCyst => None,
            zone if zone.is_ventricle() => Some(Body::Inner),
            zone if zone.is_fluid() => Some(Body::Outer),
            _ => None,
        })
        .collect();
    let is_unknown = |cell: usize| domain.csf[cell] > LEAST_SHARE && domain.zone[cell].is_tissue();
    let mut front: Vec<usize> = (0..waters.len()).filter(|&c| waters[c].is_some()).collect();
    while !front.is_empty() {
        let mut next = Vec::new();
        for cell in front {
            let own = waters[cell];
            cells.each_neighbour(cell, |other| {
                if waters[other].is_none() && is_unknown(other) {
                    waters[other] = own;
                    next.push(other);
                }
            });
        }
        front = next;
    }
    waters
}

impl Filled {
    /// Carries values outwards, ring by ring, each the mean of its neighbours of the ring before.
    fn new(mut values: Vec<f32>, mut weights: Vec<f32>, cells: &Cells) -> Self {
        let n_rings = (REACH_MM / cells.domain.spacing_mm) as usize;
        let mut front: Vec<usize> = (0..values.len()).filter(|&c| weights[c] > 0.0).collect();
        for _ in 0..n_rings {
            let mut rim = Vec::new();
            for cell in front {
                cells.each_neighbour(cell, |other| {
                    if weights[other] == 0.0 {
                        // Marked, so that it is in the rim once.
                        weights[other] = -1.0;
                        rim.push(other);
                    }
                });
            }
            let borrowed: Vec<f32> = rim
                .par_iter()
                .map(|&cell| {
                    let (mut sum, mut n) = (0.0, 0.0);
                    cells.each_neighbour(cell, |other| {
                        if weights[other] > 0.0 {
                            sum += values[other];
                            n += 1.0;
                        }
                    });
                    sum / f32::max(n, 1.0)
                })
                .collect();
            for (&cell, value) in rim.iter().zip(borrowed) {
                values[cell] = value;
                weights[cell] = BORROWED;
            }
            front = rim;
        }
        Self { values, weights }
    }
}
