//! A head as shapes, cut into voxels of any size: for scans on other grids than the tracer's.

use super::super::field::near;
use super::super::spaces::SpaceRegion;
use super::super::{Patient, Region, Shape, Tissue};
use super::cerebrum;
use super::compose::Voxel;
use super::lattice::{Fields, Node};
use crate::volume::Grid;
use nalgebra::Point3;
use rayon::prelude::*;

/// A patient's head before it is cut into voxels.
pub(in crate::phantom) struct Solid {
    fields: Fields,
    shape: Shape,
}

/// A head on a grid: one value a voxel in each, first axis fastest.
pub(in crate::phantom) struct Cut {
    /// The signed signal of the mixture of tissues.
    pub(in crate::phantom) signal: Vec<f32>,
    /// Numbers of [`SpaceRegion`], of the middle of each voxel.
    pub(in crate::phantom) labels: Vec<u8>,
}

/// Below this height of the template begins the pons, mm.
const PONS_Z: f32 = -20.5;
/// How far the internal capsule reaches from the nuclei on either side of it, mm.
const CAPSULE_MM: f32 = 7.0;

impl Solid {
    pub(in crate::phantom) fn of(patient: &Patient) -> Self {
        Self {
            fields: Fields::new(patient),
            shape: patient.shape.clone(),
        }
    }

    /// Cuts the head into the voxels of a grid whose axes run right, front and up, with `n_layers`
    /// thin ones in the place of each along the third axis. `signals` are those of [`Tissue::ALL`].
    pub(in crate::phantom) fn cut(&self, grid: &Grid, n_layers: usize, signals: &[f32]) -> Cut {
        let [nx, ny, nz] = grid.dims();
        let [dx, dy, dz] = grid.spacing_mm();
        let layer_mm = dz / n_layers as f64;
        let voxel_mm = (dx * dy * layer_mm).cbrt() as f32;
        let mut cut = Cut {
            signal: vec![0.0; nx * ny * nz],
            labels: vec![0; nx * ny * nz],
        };
        let rows = cut
            .signal
            .par_chunks_mut(nx)
            .zip(cut.labels.par_chunks_mut(nx));
        rows.enumerate().for_each(|(row, (signal, labels))| {
            for layer in 0..n_layers {
                let above = (layer as f64 + 0.5) / n_layers as f64 - 0.5;
                for i in 0..nx {
                    let place = [i as f64, (row % ny) as f64, (row / ny) as f64 + above];
                    let point = grid.to_world(Point3::from(place)).coords.map(|x| x as f32);
                    let Some(node) = self.fields.at([point.x, point.y, point.z], voxel_mm) else {
                        continue;
                    };
                    let voxel = Voxel::compose(&self.shape, &node, voxel_mm);
                    let [first, second, share] = voxel.two_tissues();
                    let share = f32::from(share) / 255.0;
                    let mixed = (1.0 - share) * signals[usize::from(first)]
                        + share * signals[usize::from(second)];
                    signal[i] += mixed / n_layers as f32;
                    if layer == n_layers / 2 {
                        labels[i] = self.label(voxel.region, &node) as u8;
                    }
                }
            }
        });
        cut
    }

    fn label(&self, region: Region, node: &Node) -> SpaceRegion {
        let right = node.brain[0] > 0.0;
        match region {
            Region::WhiteLeft | Region::WhiteRight if self.is_capsule(node) => {
                SpaceRegion::BasalGangliaLeft.on_side(right)
            }
            Region::WhiteLeft | Region::WhiteRight => SpaceRegion::WhiteLeft.on_side(right),
            Region::CaudateLeft
            | Region::CaudateRight
            | Region::PutamenLeft
            | Region::PutamenRight => SpaceRegion::BasalGangliaLeft.on_side(right),
            Region::ThalamusLeft | Region::ThalamusRight => {
                SpaceRegion::ThalamusLeft.on_side(right)
            }
            Region::CortexLeft | Region::CortexRight if self.is_hippocampus(node) => {
                SpaceRegion::HippocampusLeft.on_side(right)
            }
            Region::Brainstem if node.brain[2] > PONS_Z => SpaceRegion::Midbrain,
            region if region.is_parenchyma() => SpaceRegion::OtherBrain,
            region if region.is_fluid() => SpaceRegion::Fluid,
            _ => SpaceRegion::Outside,
        }
    }

    /// White matter between caudate and thalamus on one side and putamen and pallidum on the other.
    fn is_capsule(&self, node: &Node) -> bool {
        let p = node.brain;
        if !near(p, [36.0, -26.0, 28.0, -10.0, 20.0]) {
            return false;
        }
        let grey = cerebrum::deep_grey(p, &self.shape);
        grey.caudate.min(grey.thalamus) < CAPSULE_MM && grey.putamen.min(grey.pallidum) < CAPSULE_MM
    }

    fn is_hippocampus(&self, node: &Node) -> bool {
        near(node.brain, [36.0, -44.0, 4.0, -28.0, 6.0])
            && cerebrum::deep_grey(node.brain, &self.shape).hippocampus < 0.2
    }
}

/// How many tissues there are signals for.
pub(in crate::phantom) const N_TISSUES: usize = Tissue::ALL.len();
