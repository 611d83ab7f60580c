//! What somebody changed of a mask, voxel by voxel, with a way back and forth.

use std::collections::BTreeMap;

/// What a step did to a voxel: how it was and how it became.
type Change = (usize, Option<bool>, Option<bool>);

/// Voxels that were put into a mask and taken out of it.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct MaskChanges {
    now: BTreeMap<usize, bool>,
    done: Vec<Vec<Change>>,
    undone: Vec<Vec<Change>>,
}

impl MaskChanges {
    /// Of a layer of changes: 1 for what was put in, 2 for what was taken out, 0 for the rest.
    ///
    /// # Errors
    /// With the first value that is none of these.
    pub fn of_values(values: &[f32]) -> Result<Self, f32> {
        let mut now = BTreeMap::new();
        for (voxel, &value) in values.iter().enumerate() {
            match value {
                0.0 => {}
                1.0 => drop(now.insert(voxel, true)),
                2.0 => drop(now.insert(voxel, false)),
                other => return Err(other),
            }
        }
        Ok(Self {
            now,
            ..Self::default()
        })
    }

    /// Of voxels that were put in or taken out; there is nothing to take back.
    pub fn of_voxels(voxels: impl IntoIterator<Item = (usize, bool)>) -> Self {
        Self {
            now: voxels.into_iter().collect(),
            ..Self::default()
        }
    }

    /// The layer of changes of so many voxels, as [`MaskChanges::of_values`] takes it.
    #[must_use]
    pub fn values(&self, n_voxels: usize) -> Vec<u8> {
        let mut values = vec![0; n_voxels];
        for (&voxel, &is_in) in &self.now {
            if let Some(value) = values.get_mut(voxel) {
                *value = if is_in { 1 } else { 2 };
            }
        }
        values
    }

    /// Whether a voxel was put in or taken out; none where it was left.
    #[must_use]
    pub fn get(&self, voxel: usize) -> Option<bool> {
        self.now.get(&voxel).copied()
    }

    /// All voxels that were changed, in order.
    pub fn iter(&self) -> impl Iterator<Item = (usize, bool)> {
        self.now.iter().map(|(&voxel, &is_in)| (voxel, is_in))
    }

    /// Voxels that were put in, and that were taken out.
    #[must_use]
    pub fn counts(&self) -> [usize; 2] {
        let n_in = self.now.values().filter(|is_in| **is_in).count();
        [n_in, self.now.len() - n_in]
    }

    /// Begins a step, which is taken back as a whole.
    pub fn begin(&mut self) {
        self.undone.clear();
        if self.done.last().is_none_or(|step| !step.is_empty()) {
            self.done.push(Vec::new());
        }
    }

    /// Changes a voxel within the step.
    pub fn set(&mut self, voxel: usize, to: Option<bool>) {
        let from = self.get(voxel);
        if from == to {
            return;
        }
        self.put(voxel, to);
        match self.done.last_mut() {
            Some(step) => step.push((voxel, from, to)),
            None => self.done.push(vec![(voxel, from, to)]),
        }
    }

    fn put(&mut self, voxel: usize, to: Option<bool>) {
        match to {
            Some(is_in) => self.now.insert(voxel, is_in),
            None => self.now.remove(&voxel),
        };
    }

    /// Whether there is a step to take back, and one to do again.
    #[must_use]
    pub fn can_undo_redo(&self) -> [bool; 2] {
        let has = |steps: &[Vec<Change>]| steps.iter().any(|step| !step.is_empty());
        [has(&self.done), has(&self.undone)]
    }

    /// Takes back the last step; answers which voxels changed.
    pub fn undo(&mut self) -> Vec<usize> {
        self.done.retain(|step| !step.is_empty());
        let Some(step) = self.done.pop() else {
            return Vec::new();
        };
        for &(voxel, from, _) in step.iter().rev() {
            self.put(voxel, from);
        }
        let voxels = step.iter().map(|change| change.0).collect();
        self.undone.push(step);
        voxels
    }

    /// Does again what was taken back last; answers which voxels changed.
    pub fn redo(&mut self) -> Vec<usize> {
        let Some(step) = self.undone.pop() else {
            return Vec::new();
        };
        for &(voxel, _, to) in &step {
            self.put(voxel, to);
        }
        let voxels = step.iter().map(|change| change.0).collect();
        self.done.push(step);
        voxels
    }
}
