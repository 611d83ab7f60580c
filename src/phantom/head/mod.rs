//! A patient's head on the grid: tissues with their shares, and the label map.

mod cerebrum;
mod compose;
mod contrast;
mod fine;
mod folds;
mod frame;
mod hindbrain;
mod lattice;
mod measure;
mod plumbing;
mod skull;
mod solid;
mod ventricles;

pub use contrast::{ContrastHead, ContrastPart, MeasuredItems};
pub use measure::Volumes;
pub(super) use solid::{N_TISSUES, Solid};

use super::{Patient, Region, Tissue};
use crate::volume::Grid;
use compose::Voxel;
use lattice::Fields;
use nalgebra::Matrix4;
use rayon::prelude::*;

/// RAS+ mm of the middle of the first voxel of the 1 mm grid. x = 0 is the midplane, and the
/// origin is near the anterior commissure.
const ORIGIN_IN_WORLD: [f64; 3] = [-127.5, -139.5, -149.5];
/// The length of every edge of the grid, mm.
const EDGE_MM: usize = 256;

/// A head. All three tissue arrays and the label map have one value a voxel of [`Head::grid`],
/// first axis fastest.
#[derive(Clone, Debug, PartialEq)]
pub struct Head {
    /// 256 voxels of 1 mm along each axis, or 128 of 2 mm; voxel axes run right, front and up.
    pub grid: Grid,
    /// Where each voxel belongs: the number of a [`Region`].
    pub regions: Vec<u8>,
    /// What most of each voxel is made of: the number of a [`Tissue`].
    pub first: Vec<u8>,
    /// What the rest of it is made of.
    pub second: Vec<u8>,
    /// How much of it is the second tissue, in 255ths; at most half.
    pub share: Vec<u8>,
}

impl Head {
    /// Draws the head of a patient, on 256 cubed voxels of 1 mm or 128 cubed of 2 mm.
    /// Deterministic, whatever the number of threads.
    ///
    /// # Panics
    /// For a voxel size other than 1 and 2.
    #[must_use]
    pub fn draw(patient: &Patient, voxel_mm: usize) -> Self {
        assert!(
            matches!(voxel_mm, 1 | 2),
            "voxels are of 1 or 2 mm, not {voxel_mm}"
        );
        let fields = Fields::new(patient);
        let mut drawn = Drawn::new(voxel_mm);
        drawn.compose(patient, &fields);
        drawn.finish(patient, &fields);
        drawn.head
    }

    /// Draws the head finer, on 256 cubed voxels of 1 mm: as a scan shows it, where the cells that tracer is
    /// followed in need no more than [`Head::draw`]. Beside it the [`Water`] of each voxel.
    pub(super) fn draw_finely(patient: &Patient) -> (Self, Vec<u8>) {
        let patient = Patient {
            shape: patient.shape.finer(patient.seed),
            ..patient.clone()
        };
        let fields = Fields::new(&patient);
        let mut drawn = Drawn::new(1);
        drawn.compose(&patient, &fields);
        drawn.finish(&patient, &fields);
        (drawn.head, drawn.water)
    }

    /// Nothing but air, on voxels of this edge.
    pub(super) fn empty(voxel_mm: usize) -> Self {
        let n = EDGE_MM / voxel_mm;
        let mm = voxel_mm as f64;
        let first_in_world = ORIGIN_IN_WORLD.map(|o| o + (mm - 1.0) / 2.0);
        let mut world_from_voxel = Matrix4::new_scaling(mm);
        world_from_voxel[(3, 3)] = 1.0;
        for (axis, offset) in first_in_world.into_iter().enumerate() {
            world_from_voxel[(axis, 3)] = offset;
        }
        let empty = || vec![0; n * n * n];
        Self {
            grid: Grid::new([n; 3], world_from_voxel).expect("a scaling has an inverse"),
            regions: empty(),
            first: empty(),
            second: empty(),
            share: empty(),
        }
    }

    /// Regions, first and second tissues and shares.
    pub(super) fn arrays_mut(&mut self) -> [&mut Vec<u8>; 4] {
        [
            &mut self.regions,
            &mut self.first,
            &mut self.second,
            &mut self.share,
        ]
    }

    /// The edge of a voxel, mm.
    #[must_use]
    pub fn voxel_mm(&self) -> f64 {
        self.grid.world_from_voxel()[(0, 0)]
    }

    /// The place of a voxel in the arrays.
    pub(super) fn at(&self, [i, j, k]: [usize; 3]) -> usize {
        let [nx, ny, _] = self.grid.dims();
        i + nx * (j + ny * k)
    }

    /// What a voxel is made of: two tissues and their shares, which add up to 1.
    pub(super) fn mixture(&self, voxel: usize) -> [(Tissue, f32); 2] {
        let of_second = f32::from(self.share[voxel]) / 255.0;
        let tissue = |stored: u8| Tissue::from_index(stored).unwrap_or(Tissue::Air);
        [
            (tissue(self.first[voxel]), 1.0 - of_second),
            (tissue(self.second[voxel]), of_second),
        ]
    }

    /// The share of a voxel that is a tissue, 0 to 1.
    #[must_use]
    pub fn share_of(&self, voxel: usize, tissue: Tissue) -> f32 {
        let parts = self.mixture(voxel).into_iter();
        parts
            .filter(|&(t, _)| t == tissue)
            .map(|(_, share)| share)
            .sum()
    }

    /// The region of a voxel.
    #[must_use]
    pub fn region(&self, voxel: usize) -> Region {
        Region::from_index(self.regions[voxel]).unwrap_or(Region::Outside)
    }
}

/// Which body of CSF a voxel's CSF belongs to. Water of different bodies must not touch, but
/// for the inner one and the fourth ventricle, and the openings with both sides of them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub(super) enum Water {
    /// The subarachnoid space, and the cysts that open into it.
    Outer,
    /// The lateral and third ventricles and the aqueduct.
    Inner,
    /// The fourth ventricle.
    Fourth,
    /// The openings of the fourth ventricle, where it meets the outer water.
    Opening,
    /// A cyst with a wall all round.
    Closed,
}

impl Water {
    /// The body that is stored as this byte.
    pub(super) fn from_stored(stored: u8) -> Self {
        let all = [
            Self::Outer,
            Self::Inner,
            Self::Fourth,
            Self::Opening,
            Self::Closed,
        ];
        all.get(usize::from(stored)).copied().unwrap_or(Self::Outer)
    }
}

/// A head in the making.
struct Drawn {
    head: Head,
    /// The [`Water`] of each voxel; only where there is CSF.
    water: Vec<u8>,
}

impl Drawn {
    fn new(voxel_mm: usize) -> Self {
        let head = Head::empty(voxel_mm);
        let water = vec![Water::Outer as u8; head.regions.len()];
        Self { head, water }
    }

    fn compose(&mut self, patient: &Patient, fields: &Fields) {
        let n = self.head.grid.dims()[0];
        let voxel_mm = EDGE_MM / n;
        let head = &mut self.head;
        head.regions
            .par_chunks_mut(n)
            .zip(head.first.par_chunks_mut(n))
            .zip(head.second.par_chunks_mut(n))
            .zip(head.share.par_chunks_mut(n))
            .zip(self.water.par_chunks_mut(n))
            .enumerate()
            .for_each(|(row, ((((regions, first), second), share), water))| {
                fields.each_in_row(voxel_mm, [row % n, row / n], |i, here| {
                    let voxel = Voxel::compose(&patient.shape, here, voxel_mm as f32);
                    regions[i] = voxel.region as u8;
                    water[i] = voxel.water as u8;
                    [first[i], second[i], share[i]] = voxel.two_tissues();
                });
            });
    }
}
