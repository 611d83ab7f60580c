//! From the head to the cells that tracer is followed in, and back.

use super::transport::{Domain, Snapshot, Zone};
use super::{Head, Patient, Region, Tissue};
use nalgebra::Point3;
use rayon::prelude::*;

/// The part of the convexity where CSF leaves: within this distance of the highest point of the
/// subarachnoid space.
const OUTLET_DEPTH_MM: f64 = 50.0;

/// The transport's grid and where it lies in the head's.
pub(super) struct Cells {
    pub domain: Domain,
    /// Voxels along a cell's edge, of the head that is painted.
    pub by: usize,
    /// Cells along the axes of the uncropped grid.
    all: [usize; 3],
    /// The cell of the uncropped grid at which the domain begins.
    first: [usize; 3],
}

impl Cells {
    /// Takes the cells of a head drawn at the transport's own resolution, which keeps the narrow
    /// ways of CSF open there; cropped to what CSF and tissue fill.
    pub(super) fn of(head: &Head, patient: &Patient, by: usize) -> Self {
        let all = head.grid.dims();
        let shares: Vec<[f32; 2]> = (0..head.regions.len())
            .into_par_iter()
            .map(|voxel| shares(head, voxel))
            .collect();
        let mut low = all;
        let mut high = [0; 3];
        for (cell, _) in shares.iter().enumerate().filter(|(_, s)| s[0] + s[1] > 0.0) {
            let index = [
                cell % all[0],
                cell / all[0] % all[1],
                cell / (all[0] * all[1]),
            ];
            for axis in 0..3 {
                low[axis] = low[axis].min(index[axis]);
                high[axis] = high[axis].max(index[axis] + 1);
            }
        }
        let mut domain = Domain {
            dims: std::array::from_fn(|axis| high[axis].saturating_sub(low[axis])),
            spacing_mm: head.voxel_mm(),
            csf: Vec::new(),
            tissue: Vec::new(),
            zone: Vec::new(),
        };
        let outlet_from_mm = highest_sas_mm(head) - OUTLET_DEPTH_MM;
        let closed_cyst = is_closed(patient);
        for k in low[2]..high[2] {
            let z_mm = head.grid.to_world(Point3::new(0.0, 0.0, k as f64)).z;
            for j in low[1]..high[1] {
                for i in low[0]..high[0] {
                    let voxel = head.at([i, j, k]);
                    let [csf, tissue] = shares[voxel];
                    domain.csf.push(csf);
                    domain.tissue.push(tissue);
                    domain.zone.push(if csf + tissue > 0.0 {
                        let is_upper = z_mm > outlet_from_mm;
                        zone(
                            head.region(voxel),
                            csf > tissue,
                            k == low[2],
                            is_upper,
                            closed_cyst,
                        )
                    } else {
                        Zone::Outside
                    });
                }
            }
        }
        Self {
            domain,
            by,
            all,
            first: low,
        }
    }

    /// The place of each cell of the domain in the uncropped grid.
    pub(super) fn places(&self) -> impl Iterator<Item = usize> {
        let [nx, ny, _] = self.domain.dims;
        (0..self.domain.csf.len()).map(move |cell| {
            let [i, j, k] = [cell % nx, cell / nx % ny, cell / (nx * ny)];
            let [i, j, k] = [i + self.first[0], j + self.first[1], k + self.first[2]];
            i + self.all[0] * (j + self.all[1] * k)
        })
    }

    /// Calls `each` with the neighbours across the six faces of a cell of the domain.
    pub(super) fn each_neighbour(&self, cell: usize, mut each: impl FnMut(usize)) {
        let [nx, ny, nz] = self.domain.dims;
        let places = [
            (1, cell % nx, nx),
            (nx, cell / nx % ny, ny),
            (nx * ny, cell / (nx * ny), nz),
        ];
        for (stride, at, n) in places {
            if at > 0 {
                each(cell - stride);
            }
            if at + 1 < n {
                each(cell + stride);
            }
        }
    }

    /// Cells of the uncropped grid.
    pub(super) fn n_all(&self) -> usize {
        self.all.iter().product()
    }

    /// Tracer per litre of one tissue at a voxel, from the cells around it that hold some of the
    /// same compartment; mmol/l.
    pub(super) fn concentration(
        &self,
        snapshot: &Snapshot,
        tissue: Tissue,
        voxel: [usize; 3],
    ) -> f32 {
        let (values, shares) = if tissue == Tissue::Csf {
            (&snapshot.csf, &self.domain.csf)
        } else if tissue.is_parenchyma() {
            (&snapshot.tissue, &self.domain.tissue)
        } else {
            return 0.0;
        };
        self.weighted(values, shares, voxel)
    }

    /// The mean of values at a voxel, linear between the cells around it, each counted by its weight.
    pub(super) fn weighted(&self, values: &[f32], shares: &[f32], voxel: [usize; 3]) -> f32 {
        let mut low = [0_usize; 3];
        let mut weight = [0.0_f32; 3];
        for axis in 0..3 {
            let middle = (voxel[axis] as f32 + 0.5) / self.by as f32 - self.first[axis] as f32;
            let at = (middle - 0.5).clamp(0.0, self.domain.dims[axis] as f32 - 1.0);
            low[axis] = (at as usize).min(self.domain.dims[axis].saturating_sub(2));
            weight[axis] = at - low[axis] as f32;
        }
        let (mut sum, mut total) = (0.0, 0.0);
        for corner in 0..8 {
            let mut part = 1.0;
            let mut cell = 0;
            let mut stride = 1;
            for axis in 0..3 {
                let up = corner >> axis & 1;
                part *= if up == 1 {
                    weight[axis]
                } else {
                    1.0 - weight[axis]
                };
                cell += (low[axis] + up).min(self.domain.dims[axis] - 1) * stride;
                stride *= self.domain.dims[axis];
            }
            let part = part * shares[cell];
            sum += part * values[cell];
            total += part;
        }
        if total > 0.0 { sum / total } else { 0.0 }
    }
}

/// Whether the patient's cyst, if any, is shut off from the CSF.
fn is_closed(patient: &Patient) -> bool {
    patient
        .shape
        .cyst
        .as_ref()
        .is_some_and(|cyst| !cyst.is_open)
}

fn highest_sas_mm(head: &Head) -> f64 {
    let [nx, ny, nz] = head.grid.dims();
    let is_sas =
        |k: usize| head.regions[k * nx * ny..(k + 1) * nx * ny].contains(&(Region::OuterSas as u8));
    let top = (0..nz).rev().find(|&k| is_sas(k)).unwrap_or(0);
    head.grid.to_world(Point3::new(0.0, 0.0, top as f64)).z
}

/// CSF and parenchyma of a voxel; the fluid of the eyes is neither.
fn shares(head: &Head, voxel: usize) -> [f32; 2] {
    let is_orbital = is_orbital(head.region(voxel));
    let [mut csf, mut parenchyma] = [0.0; 2];
    for (tissue, share) in head.mixture(voxel) {
        if tissue.is_parenchyma() {
            parenchyma += share;
        } else if tissue == Tissue::Csf && !is_orbital {
            csf += share;
        }
    }
    [csf, parenchyma]
}

/// The zone of a cell. One at the rim of the head, whose region is skull or dura, goes with what
/// there is more of in it.
fn zone(
    region: Region,
    is_fluid: bool,
    is_lowest: bool,
    is_upper: bool,
    closed_cyst: bool,
) -> Zone {
    if region.is_parenchyma() {
        tissue_zone(region)
    } else if region.is_fluid() || is_fluid {
        fluid_zone(region, is_lowest, is_upper, closed_cyst)
    } else {
        Zone::Grey
    }
}

fn is_orbital(region: Region) -> bool {
    matches!(
        region,
        Region::GlobeLeft | Region::GlobeRight | Region::OrbitalFatLeft | Region::OrbitalFatRight
    )
}

fn fluid_zone(region: Region, is_lowest: bool, is_upper: bool, closed_cyst: bool) -> Zone {
    match region {
        Region::SpinalSas if is_lowest => Zone::Inlet,
        Region::SpinalSas => Zone::SpinalSas,
        Region::OuterSas if is_upper => Zone::Outlet,
        Region::Cyst if closed_cyst => Zone::ClosedCyst,
        Region::SuprasellarCistern
        | Region::PrepontineCistern
        | Region::QuadrigeminalCistern
        | Region::CisternaMagna
        | Region::Cyst => Zone::Cistern,
        Region::LateralVentricleLeft
        | Region::LateralVentricleRight
        | Region::ForamenOfMonroLeft
        | Region::ForamenOfMonroRight => Zone::LateralVentricle,
        Region::ThirdVentricle => Zone::ThirdVentricle,
        Region::Aqueduct => Zone::Aqueduct,
        Region::FourthVentricle => Zone::FourthVentricle,
        _ => Zone::Sas,
    }
}

fn tissue_zone(region: Region) -> Zone {
    match region {
        Region::WhiteLeft | Region::WhiteRight | Region::CerebellarWhite => Zone::White,
        Region::Brainstem => Zone::Brainstem,
        _ => Zone::Grey,
    }
}
