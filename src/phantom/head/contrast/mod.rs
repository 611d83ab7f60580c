//! The head after an intravenous contrast agent, on which leaks of cerebrospinal fluid are looked
//! for: dura, sinuses, pituitary, mucosa, choroid plexus and marrow that enhance, and a basal
//! midline in which the lengths of the Bern score are what was drawn.
//!
//! What it is not: connected water (no tracer is followed here), or a head of the tracer cohorts,
//! which are drawn without any of this.

mod compose;
mod fit;
mod measure;
mod midline;
mod outside;
mod scan;
mod substance;
mod veins;

pub use measure::MeasuredItems;
pub(super) use midline::dura;
pub(super) use outside::choroid_plexus;

use super::super::leak::LeakCase;
use super::lattice::Fields;
use super::{EDGE_MM, Head};
use crate::anatomy::bern::Line;
use crate::volume::Grid;
use compose::Painting;
use nalgebra::Point3;
use rayon::prelude::*;

/// Parts of the label map that other heads do not have; their numbers follow those of
/// [`super::super::Region`], with some room between.
#[repr(u8)]
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum ContrastPart {
    /// Fluid or blood under the dura.
    Subdural = 64,
    /// The gland and its stalk.
    Pituitary,
    /// Where the optic nerves cross, with what is near of nerves and tracts.
    Chiasm,
    /// Both mamillary bodies.
    MamillaryBodies,
    /// The belly of the pons; the rest of it is brainstem.
    Pons,
    /// The left transverse sinus.
    TransverseSinusLeft,
    /// The right transverse sinus.
    TransverseSinusRight,
    /// Where falx and tentorium meet.
    StraightSinus,
    /// Beside the pituitary, both sides.
    CavernousSinus,
    /// In the lateral ventricles.
    ChoroidPlexus,
    /// In the nose, its sinuses and the throat.
    Mucosa,
    /// The great arteries of the base.
    Arteries,
    /// CSF around the optic nerves.
    OpticSheath,
}

impl ContrastPart {
    /// All of them.
    pub const ALL: [Self; 13] = [
        Self::Subdural,
        Self::Pituitary,
        Self::Chiasm,
        Self::MamillaryBodies,
        Self::Pons,
        Self::TransverseSinusLeft,
        Self::TransverseSinusRight,
        Self::StraightSinus,
        Self::CavernousSinus,
        Self::ChoroidPlexus,
        Self::Mucosa,
        Self::Arteries,
        Self::OpticSheath,
    ];

    /// A name for tables, in lower case without blanks.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Subdural => "subdural",
            Self::Pituitary => "pituitary",
            Self::Chiasm => "chiasm",
            Self::MamillaryBodies => "mamillary_bodies",
            Self::Pons => "pons",
            Self::TransverseSinusLeft => "transverse_sinus_left",
            Self::TransverseSinusRight => "transverse_sinus_right",
            Self::StraightSinus => "straight_sinus",
            Self::CavernousSinus => "cavernous_sinus",
            Self::ChoroidPlexus => "choroid_plexus",
            Self::Mucosa => "mucosa",
            Self::Arteries => "arteries",
            Self::OpticSheath => "optic_sheath",
        }
    }
}

/// A head after contrast; both arrays have one value a voxel of the grid, first axis fastest.
#[derive(Clone, Debug, PartialEq)]
pub struct ContrastHead {
    /// That of [`Head`]: 256 voxels of 1 mm along each axis, or 128 of 2 mm.
    pub grid: Grid,
    /// The number of a [`super::super::Region`] or of a [`ContrastPart`].
    pub labels: Vec<u8>,
    /// The signal without noise, coil and gain; white matter is 1.
    pub signal: Vec<f32>,
    /// The lines as they were drawn, in world mm: suprasellar, prepontine, mamillopontine.
    pub lines: [Line; 3],
}

impl ContrastHead {
    /// Draws the head of a case, on voxels of 1 or 2 mm. Deterministic, whatever the number of
    /// threads.
    ///
    /// # Panics
    /// For a voxel size other than 1 and 2.
    #[must_use]
    pub fn draw(case: &LeakCase, voxel_mm: usize) -> Self {
        assert!(
            matches!(voxel_mm, 1 | 2),
            "voxels are of 1 or 2 mm, not {voxel_mm}"
        );
        let (patient, lines) = fit::patient_of(case);
        let fields = Fields::new(&patient);
        let painting = Painting::new(case, &patient.shape, voxel_mm as f32);
        let n = EDGE_MM / voxel_mm;
        let mut labels = vec![0; n * n * n];
        let mut signal = vec![0.0; n * n * n];
        labels
            .par_chunks_mut(n)
            .zip(signal.par_chunks_mut(n))
            .enumerate()
            .for_each(|(row, (labels, signal))| {
                fields.each_in_row(voxel_mm, [row % n, row / n], |i, here| {
                    (labels[i], signal[i]) = painting.voxel(here);
                });
            });
        Self {
            grid: Head::empty(voxel_mm).grid,
            labels,
            signal,
            lines,
        }
    }

    /// The edge of a voxel, mm.
    #[must_use]
    pub fn voxel_mm(&self) -> f64 {
        self.grid.world_from_voxel()[(0, 0)]
    }

    /// The label at a place of the world; 0 beyond the grid.
    fn label_at(&self, p: [f64; 3]) -> u8 {
        let voxel = self.grid.voxel_at(Point3::from(p));
        let n = self.grid.dims()[0];
        voxel.map_or(0, |[i, j, k]| self.labels[i + n * (j + n * k)])
    }
}
