//! Where CSF flows: a potential flow from where it is made to where it leaves.

use super::domain::{Mesh, NONE, Zone};
use super::matrix::{Matrix, Pair};
use super::solve::Multigrid;
use super::{Domain, Parameters};
use std::collections::VecDeque;

/// Seconds of a day times mm3 of a millilitre: ml/day over this is mm3/s.
pub(super) const ML_PER_DAY: f64 = 1000.0 / 86_400.0;

/// CSF that flows through each face, and where it comes and goes.
///
/// `faces[axis][cell]` is the flow from a cell to the next along an axis, mm3/s; `source[cell]`
/// is what appears in a cell (or, negative, leaves there), mm3/s. What flows out of a cell, less
/// what flows in, is its source, to 1e-6 of all that is made.
#[derive(Clone, Debug, PartialEq)]
pub struct Flow {
    /// Flow through the upper face of each cell along x, y and z, mm3/s.
    pub faces: [Vec<f32>; 3],
    /// CSF made in each cell, mm3/s.
    pub source: Vec<f32>,
}

/// Why there is no flow.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum FlowError {
    /// The domain has no cell of [`Zone::Outlet`] with CSF.
    #[error("no CSF in the outlet zone: nowhere for CSF to leave")]
    NoOutlet,
    /// CSF is to be made in a zone that has no open way to the outlet.
    #[error("no open way from zone {0:?} to the outlet")]
    Blocked(Zone),
}

/// The flow that a patient's aqueduct and foramen magnum carry, by a potential.
///
/// The lateral ventricles make (or absorb) the net flow of the aqueduct, evenly by volume; what
/// comes through the foramen magnum appears in the inlet; both leave through the outlet, evenly
/// by volume. Between, flow is minus the gradient of a potential times the open face: the
/// pressure of slow flow at a permeability that is everywhere the same. Solved by conjugate
/// gradients with multigrid until what is lost or made in any cell is below 1e-7 of the inflow.
///
/// # Errors
///
/// Where the outlet holds no CSF, or a zone that makes CSF has no open way there.
///
/// # Panics
///
/// Where the arrays of the domain do not fit its dims.
pub fn flow(domain: &Domain, parameters: &Parameters) -> Result<Flow, FlowError> {
    let mesh = Mesh::new(domain);
    let made = [
        (Zone::LateralVentricle, parameters.aqueduct_net_ml_per_day),
        (Zone::Inlet, parameters.craniocervical_ml_per_day),
    ]
    .map(|(zone, ml_per_day)| (zone, ml_per_day * ML_PER_DAY));
    let n = domain.csf.len();
    let mut flow = Flow {
        faces: std::array::from_fn(|_| vec![0.0; n]),
        source: vec![0.0; n],
    };
    if made.iter().all(|&(_, q)| q == 0.0) {
        return Ok(flow);
    }
    let space = Space::around_outlet(&mesh).ok_or(FlowError::NoOutlet)?;
    let mut source = vec![0.0; space.cells.len()];
    for (zone, q) in made {
        let all = space.add_source(&mesh, zone, q, &mut source);
        if !all && q != 0.0 {
            return Err(FlowError::Blocked(zone));
        }
    }
    let net: f64 = made.iter().map(|(_, q)| q).sum();
    space.add_source(&mesh, Zone::Outlet, -net, &mut source);

    let total: f64 = made.iter().map(|(_, q)| q.abs()).sum();
    let matrix = space.laplacian(&mesh);
    let potential = Multigrid::new(matrix).solve(&source, 1e-7 * total);
    mesh.for_each_face(|i, j, axis| {
        if let Some([a, b]) = space.ends(i, j) {
            let drop = potential[a as usize] - potential[b as usize];
            flow.faces[axis][i] = (f64::from(conductance(&mesh, i, j)) * drop) as f32;
        }
    });
    for (&cell, &q) in space.cells.iter().zip(&source) {
        flow.source[cell as usize] = q as f32;
    }
    Ok(flow)
}

/// The open part of a face over the distance, mm.
fn conductance(mesh: &Mesh<'_>, i: usize, j: usize) -> f32 {
    (mesh.opening(i, j) * mesh.domain.spacing_mm) as f32
}

/// The CSF that hangs together with the outlet.
struct Space {
    /// Its cells, in order.
    cells: Vec<u32>,
    /// The place of each cell of the domain in `cells`, or `NONE`.
    place: Vec<u32>,
}

impl Space {
    /// Of the connected spaces that touch the outlet, the one which holds most of it.
    fn around_outlet(mesh: &Mesh<'_>) -> Option<Self> {
        let n = mesh.fluid_zone.len();
        let mut seen = vec![false; n];
        let mut best: (f64, Vec<u32>) = (0.0, Vec::new());
        for start in 0..n {
            if seen[start] || mesh.fluid_zone[start] != Zone::Outlet {
                continue;
            }
            let cells = reached(mesh, start, &mut seen);
            let share = |&c: &u32| match mesh.fluid_zone[c as usize] {
                Zone::Outlet => f64::from(mesh.domain.csf[c as usize]),
                _ => 0.0,
            };
            let held: f64 = cells.iter().map(share).sum();
            if held > best.0 {
                best = (held, cells);
            }
        }
        let (held, mut cells) = best;
        if held == 0.0 {
            return None;
        }
        cells.sort_unstable();
        let mut place = vec![NONE; n];
        for (at, &cell) in (0..).zip(&cells) {
            place[cell as usize] = at;
        }
        Some(Self { cells, place })
    }

    /// The places of two cells, where both belong to the space.
    fn ends(&self, i: usize, j: usize) -> Option<[u32; 2]> {
        let ends = [self.place[i], self.place[j]];
        let both = ends.iter().all(|&end| end != NONE);
        both.then_some(ends)
    }

    /// Spreads `q` mm3/s over a zone by volume; whether the space holds any of the zone.
    fn add_source(&self, mesh: &Mesh<'_>, zone: Zone, q: f64, source: &mut [f64]) -> bool {
        let share = |cell: u32| match mesh.fluid_zone[cell as usize] == zone {
            true => f64::from(mesh.domain.csf[cell as usize]),
            false => 0.0,
        };
        let total: f64 = self.cells.iter().map(|&c| share(c)).sum();
        if total == 0.0 {
            return false;
        }
        for (source, &cell) in source.iter_mut().zip(&self.cells) {
            *source += q * share(cell) / total;
        }
        true
    }

    /// Minus the divergence of the gradient; one cell is held at potential zero, through which
    /// nothing leaves because sources and sinks add up to nothing.
    fn laplacian(&self, mesh: &Mesh<'_>) -> Matrix {
        let visit_pairs = |visit: &mut dyn FnMut(Pair)| {
            mesh.for_each_face(|i, j, _| {
                let Some([a, b]) = self.ends(i, j) else {
                    return;
                };
                let g = conductance(mesh, i, j);
                if g > 0.0 {
                    visit(Pair {
                        i: a,
                        j: b,
                        a_ij: -g,
                        a_ji: -g,
                    });
                }
            });
        };
        let mut matrix = Matrix::new(self.cells.len(), visit_pairs);
        visit_pairs(&mut |pair| {
            for end in [pair.i, pair.j] {
                matrix.diagonal[end as usize] -= f64::from(pair.a_ij);
            }
        });
        matrix.diagonal[0] *= 2.0;
        matrix
    }
}

/// The cells that open CSF joins to `start`.
fn reached(mesh: &Mesh<'_>, start: usize, seen: &mut [bool]) -> Vec<u32> {
    let dims = mesh.domain.dims;
    let strides = mesh.domain.strides();
    let mut cells = Vec::new();
    let mut queue = VecDeque::from([start]);
    seen[start] = true;
    while let Some(cell) = queue.pop_front() {
        cells.push(cell as u32);
        for axis in 0..3 {
            let at = cell / strides[axis] % dims[axis];
            let lower = (at > 0).then(|| cell - strides[axis]);
            let upper = (at + 1 < dims[axis]).then(|| cell + strides[axis]);
            for next in [lower, upper].into_iter().flatten() {
                if !seen[next] && mesh.opening(cell, next) > 0.0 {
                    seen[next] = true;
                    queue.push_back(next);
                }
            }
        }
    }
    cells
}
