//! Scans whose values are labels of regions: which there are, what they are called, and how they are
//! coloured.

use super::graphics::Graphics;
use crate::enhancement::{LabelNames, LabelledRegion};
use crate::render::{RenderError, VolumeTexture};
use crate::volume::LabelMap;
use crate::workflows::{LabelScheme, ToldBy};

/// What a scan says where its values are labels.
pub struct Labels {
    /// By what it is taken for a label map.
    pub told_by: ToldBy,
    /// Its labels.
    pub map: LabelMap,
    /// Their names and colours.
    pub scheme: LabelScheme,
    /// A cache of both, where the scan's file says and a graphics processor draws.
    pub(super) texture: Option<VolumeTexture>,
}

impl Labels {
    /// Hands labels to the GPU; for a job, not for the window's thread.
    ///
    /// # Errors
    /// When the GPU has no memory for them.
    pub(super) fn new(
        graphics: &Graphics,
        map: LabelMap,
        scheme: LabelScheme,
        told_by: ToldBy,
    ) -> Result<Self, RenderError> {
        Ok(Self {
            texture: graphics.texture_of_labels(map.index(), &scheme.colours)?,
            told_by,
            map,
            scheme,
        })
    }

    /// What to know of the names.
    #[must_use]
    pub fn remarks(&self) -> &[String] {
        &self.scheme.remarks
    }

    /// Whether it is known which tissues its labels are: a table names them, or they are FreeSurfer's.
    #[must_use]
    pub fn tell_regions(&self) -> bool {
        !self.scheme.names.is_empty()
    }

    /// The names of its table; none where the numbers are FreeSurfer's.
    #[must_use]
    pub fn table_names(&self) -> Option<&LabelNames> {
        self.scheme.table.as_ref().map(|_| &self.scheme.names)
    }

    /// The region at a voxel; `None` for what is not the patient.
    #[must_use]
    pub fn region(&self, voxel: [usize; 3]) -> Option<LabelledRegion> {
        self.scheme.region(self.map.id_at(voxel)?)
    }
}

/// A region as the window calls it.
pub(super) fn region_text(region: &LabelledRegion) -> String {
    match region.name == region.label.to_string() {
        true => format!("{}, without a name", region.label),
        false => format!("{} ({})", region.name, region.label),
    }
}
