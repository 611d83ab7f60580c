//! Where what a pane draws comes from: as a texture for the window, as voxels for a picture that is handed
//! on.

use crate::app::viewer::{Labels, Layer, MaskDesk, Scan};
use crate::render::VolumeTexture;
use crate::volume::Volume;
use crate::workflows::PictureVolume;
use std::sync::Arc;

/// What a layer of a pane is drawn from.
#[derive(Clone, Copy)]
pub(super) enum Source<'a> {
    /// The values of a scan.
    Values(&'a Scan),
    /// The labels of a scan.
    Labels(&'a Scan, &'a Arc<Labels>),
    /// The mask that is looked through.
    Mask(&'a MaskDesk),
    /// A plane of a prediction.
    Plane(&'a Volume, Option<&'a Arc<VolumeTexture>>),
}

impl<'a> Source<'a> {
    /// A layer as its labels, where it is shown as such, or as its values.
    pub(super) fn of(layer: &'a Layer) -> Self {
        match layer.shown_labels() {
            Some(labels) => Self::Labels(&layer.scan, labels),
            None => Self::Values(&layer.scan),
        }
    }

    /// None where no graphics processor draws.
    pub(super) fn texture(self) -> Option<Arc<VolumeTexture>> {
        match self {
            Self::Values(scan) => scan.texture.clone(),
            Self::Labels(scan, labels) => {
                let texture = labels.texture.as_ref()?;
                Some(Arc::new(texture.placed(scan.volume.grid())))
            }
            Self::Mask(mask) => mask.texture().map(Arc::new),
            Self::Plane(_, texture) => texture.cloned(),
        }
    }

    /// The same for the twin of the shader. What takes a while is made where it is drawn.
    pub(super) fn voxels(self) -> PictureVolume {
        match self {
            Self::Values(scan) => PictureVolume::values(scan.volume.clone()),
            Self::Labels(scan, labels) => {
                let (index, grid) = (labels.map.index(), scan.volume.grid());
                let from_filed = grid.world_from_voxel() * index.grid().voxel_from_world();
                // A scan that was moved has an inverse of where it lies.
                let index = index.placed(&from_filed).unwrap_or_else(|_| index.clone());
                PictureVolume::places(labels.scheme.colours.clone(), index)
            }
            Self::Mask(mask) => mask.voxels(),
            Self::Plane(volume, _) => PictureVolume::values(volume.clone()),
        }
    }
}
