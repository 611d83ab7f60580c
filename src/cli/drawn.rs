//! A scan that is to be drawn, and the difference of two.

use super::remark;
use crate::formats::{self, FileInfo, no_progress};
use crate::render::{Colormap, ColouredVolume, Difference, LayerStyle};
use crate::volume::{Affine, LabelMap, Volume, Window};
use crate::workflows::{LabelScheme, PictureVolume, ToldBy};
use std::path::Path;

/// A scan, and its labels where it is a label map.
pub(super) struct Drawn {
    pub(super) volume: Volume,
    pub(super) info: FileInfo,
    pub(super) labels: Option<(LabelMap, LabelScheme)>,
    /// From where its file says to where it is drawn.
    pub(super) moved: Affine,
}

impl Drawn {
    /// Opens the first volume of the only scan at a path, or one counted over all; `told_by` says by what
    /// it is taken for a label map, `table` names the labels.
    ///
    /// # Errors
    /// When it cannot be opened, and when its values are no labels though they are taken for such.
    pub(super) fn open(
        path: &Path,
        (volume_idx, table): (Option<usize>, Option<&Path>),
        told_by: impl FnOnce(&Volume, &FileInfo) -> Option<ToldBy>,
    ) -> anyhow::Result<Self> {
        let opened = match volume_idx {
            Some(volume_idx) => formats::open(path, volume_idx, &no_progress)?,
            None => formats::open_one(path, &no_progress)?,
        };
        for warning in &opened.info.warnings {
            remark(&format!("warning: {warning}: {}", path.display()));
        }
        let (volume, info) = (opened.volume, opened.info);
        let labels = match told_by(&volume, &info) {
            None => None,
            Some(told_by) => {
                remark(&format!("{}: {}", told_by.words(), path.display()));
                let map = formats::open_labels(path, volume_idx, &volume, &no_progress)?;
                let scheme = LabelScheme::of(&map, Some(path), table)?;
                for said in &scheme.remarks {
                    remark(said);
                }
                Some((map, scheme))
            }
        };
        Ok(Self {
            volume,
            info,
            labels,
            moved: Affine::identity(),
        })
    }

    /// Draws it elsewhere than where its file says: `moved` leads there.
    ///
    /// # Errors
    /// When that has no inverse.
    pub(super) fn place(&mut self, moved: Affine) -> anyhow::Result<()> {
        self.volume = self.volume.placed(&moved)?;
        self.moved = moved;
        Ok(())
    }

    /// Its labels with their colours where they are wanted, or its values.
    pub(super) fn coloured(&self, as_labels: bool) -> ColouredVolume<'_> {
        match self.labels.as_ref().filter(|_| as_labels) {
            Some((map, scheme)) => ColouredVolume {
                volume: map.index(),
                colours: &scheme.colours,
            },
            None => ColouredVolume {
                volume: &self.volume,
                colours: &[],
            },
        }
    }

    /// The same for a picture that is handed on.
    pub(super) fn voxels(&self) -> PictureVolume {
        match &self.labels {
            Some((map, scheme)) => {
                let index = map.index();
                // What has no inverse was refused.
                let placed = index.placed(&self.moved);
                let index = placed.unwrap_or_else(|_| index.clone());
                PictureVolume::labels(scheme.colours.clone(), move || index)
            }
            None => PictureVolume::values(self.volume.clone()),
        }
    }
}

/// How a difference is drawn: up to half of the base's window, in colours by whether it has a sign, unless a
/// window or colours of its own are given.
pub(super) fn difference(
    signed: bool,
    base: Window,
    (window, colormap): (Option<Window>, Option<Colormap>),
) -> Difference {
    let reach = base.width() / 2.0;
    let (low, usual) = match signed {
        true => (-reach, Colormap::Diverging),
        false => (0.0, Colormap::Inferno),
    };
    Difference {
        signed,
        style: LayerStyle {
            colormap: colormap.unwrap_or(usual),
            ..LayerStyle::base(window.unwrap_or(Window::new(low, reach)))
        },
    }
}
