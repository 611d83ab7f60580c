//! Label maps: which numbers there are, and where.
//!
//! A shader and an f32 hold whole numbers to 2^24. What is drawn and looked up is therefore not a
//! label's number but its place among the numbers that occur, so that numbers of any size are exact.

use super::{Grid, Orientation, Volume, VolumeError};
use rayon::prelude::*;

/// The labels of a volume.
#[derive(Clone, Debug)]
pub struct LabelMap {
    /// For each voxel the place of its number in `ids`.
    index: Volume,
    /// In order; the first is 0, which is no label.
    ids: Vec<u32>,
    /// Voxels of each.
    counts: Vec<usize>,
}

impl LabelMap {
    /// Labels of values that are whole numbers from 0 on; what is not a number is no label.
    ///
    /// # Errors
    /// With a value that is none, and with one beyond 2^24, which an f32 does not hold exactly.
    pub fn of(volume: &Volume) -> Result<Self, VolumeError> {
        let ids: Result<Vec<u32>, VolumeError> = volume
            .values()
            .par_iter()
            .map(|&value| match value {
                value if value.is_nan() => Ok(0),
                value if value.fract() == 0.0 && (0.0..=16_777_216.0).contains(&value) => {
                    Ok(value as u32)
                }
                value => Err(VolumeError::NoLabel(value)),
            })
            .collect();
        Self::of_ids(volume.grid().clone(), &ids?)
            .map(|map| map.with_orientation(volume.orientation()))
    }

    /// Labels by their numbers, first voxel axis fastest.
    ///
    /// # Errors
    /// When the number of labels is not the number of voxels.
    pub fn of_ids(grid: Grid, of_voxels: &[u32]) -> Result<Self, VolumeError> {
        let mut ids: Vec<u32> = of_voxels
            .par_chunks(1 << 16)
            .map(|chunk| {
                let mut found = chunk.to_vec();
                found.sort_unstable();
                found.dedup();
                found
            })
            .reduce(Vec::new, |mut a, b| {
                a.extend(b);
                a.sort_unstable();
                a.dedup();
                a
            });
        if ids.first() != Some(&0) {
            ids.insert(0, 0);
        }
        let place = |id: &u32| ids.binary_search(id).unwrap_or(0);
        let values: Vec<f32> = of_voxels.par_iter().map(|id| place(id) as f32).collect();
        let mut counts = vec![0; ids.len()];
        for &value in &values {
            counts[value as usize] += 1;
        }
        Ok(Self {
            index: Volume::new(grid, values)?,
            ids,
            counts,
        })
    }

    /// With what its file said about the patient's sides.
    #[must_use]
    pub fn with_orientation(mut self, orientation: Orientation) -> Self {
        self.index = self.index.with_orientation(orientation);
        self
    }

    /// For each voxel the place of its number in [`LabelMap::ids`].
    #[must_use]
    pub fn index(&self) -> &Volume {
        &self.index
    }

    /// The numbers, in order. The first is 0, which is no label, whether a voxel has it or not.
    #[must_use]
    pub fn ids(&self) -> &[u32] {
        &self.ids
    }

    /// The labels that occur, each with its voxels.
    pub fn labels(&self) -> impl Iterator<Item = (u32, usize)> {
        let all = self.ids.iter().copied().zip(self.counts.iter().copied());
        all.skip(1)
    }

    /// The number at a voxel; `None` outside the grid.
    #[must_use]
    pub fn id_at(&self, voxel: [usize; 3]) -> Option<u32> {
        let place = self.index.value(voxel)?;
        self.ids.get(place as usize).copied()
    }

    /// The numbers as values, which f32 holds exactly to 2^24.
    #[must_use]
    pub fn values(&self) -> Volume {
        let index = self.index.values().par_iter();
        let values = index
            .map(|&place| self.ids[place as usize] as f32)
            .collect();
        Volume {
            values: std::sync::Arc::new(values),
            ..self.index.clone()
        }
    }
}
