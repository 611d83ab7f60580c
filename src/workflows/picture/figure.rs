//! What a picture is made of, as data.

use crate::formats::{PixelScaling, Place};
use crate::render::{CpuLayer, LayerStyle, SlicePicture};
use crate::volume::{Affine, Orientation, Volume};
use nalgebra::Point3;
use std::sync::{Arc, LazyLock};

/// Makes voxels.
type MakeVolume = Box<dyn FnOnce() -> Volume + Send>;

/// Voxels of a layer, and the colours of their labels where they are places in a table of such. Cloning is
/// cheap.
#[derive(Clone)]
pub struct PictureVolume {
    voxels: Voxels,
    colours: Arc<Vec<[u8; 4]>>,
}

#[derive(Clone)]
enum Voxels {
    There(Box<Volume>),
    ToBeMade(Arc<LazyLock<Volume, MakeVolume>>),
}

impl PictureVolume {
    /// The values of a scan.
    #[must_use]
    pub fn values(volume: Volume) -> Self {
        Self::places(Vec::new(), volume)
    }

    /// Places in a table of colours.
    #[must_use]
    pub fn places(colours: Vec<[u8; 4]>, volume: Volume) -> Self {
        Self {
            voxels: Voxels::There(Box::new(volume)),
            colours: Arc::new(colours),
        }
    }

    /// Places in a table of colours; made when they are first drawn, as that may take a while.
    pub fn labels(colours: Vec<[u8; 4]>, make: impl FnOnce() -> Volume + Send + 'static) -> Self {
        Self {
            voxels: Voxels::ToBeMade(Arc::new(LazyLock::new(Box::new(make)))),
            colours: Arc::new(colours),
        }
    }
}

impl CpuLayer for PictureVolume {
    fn volume(&self) -> &Volume {
        match &self.voxels {
            Voxels::There(volume) => volume,
            Voxels::ToBeMade(volume) => volume,
        }
    }

    fn label_colours(&self) -> &[[u8; 4]] {
        &self.colours
    }
}

/// The same voxels in the same place and colours. Voxels that are equal, but others, are not looked at.
impl PartialEq for PictureVolume {
    fn eq(&self, other: &Self) -> bool {
        let is_same = match (&self.voxels, &other.voxels) {
            (Voxels::There(one), Voxels::There(other)) => one.is(other),
            (Voxels::ToBeMade(one), Voxels::ToBeMade(other)) => Arc::ptr_eq(one, other),
            _ => false,
        };
        is_same && self.colours == other.colours
    }
}

/// Voxels are many.
impl std::fmt::Debug for PictureVolume {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("voxels")
    }
}

/// A line that something is measured by: of a ruler, an angle or a region.
#[derive(Clone, Debug)]
pub struct PictureLine {
    /// Its points, RAS+ mm; that of a region ends where it began.
    pub points: Vec<Point3<f64>>,
    /// What stands beside it.
    pub text: String,
    /// Beside which point that stands; none for the middle of what is seen of it.
    pub beside: Option<Point3<f64>>,
    /// Its colour, if it is another than that of rulers.
    pub colour: Option<[u8; 3]>,
}

impl PictureLine {
    /// A line and its length.
    #[must_use]
    pub fn ruler(ends: [Point3<f64>; 2], text: String) -> Self {
        Self {
            points: ends.to_vec(),
            text,
            beside: None,
            colour: None,
        }
    }

    /// An angle, whose second point is where both ways begin.
    #[must_use]
    pub fn angle(points: [Point3<f64>; 3], text: String) -> Self {
        Self {
            points: points.to_vec(),
            text,
            beside: Some(points[1]),
            colour: None,
        }
    }

    /// The outline of a region.
    #[must_use]
    pub fn region(mut outline: Vec<Point3<f64>>, text: String, colour: [u8; 3]) -> Self {
        let first = outline.first().copied();
        outline.extend(first);
        Self {
            points: outline,
            text,
            beside: first,
            colour: Some(colour),
        }
    }
}

/// The colours of an overlay or a difference.
#[derive(Clone, Debug, PartialEq)]
pub struct PictureBar {
    /// Its colours and the values of the first and the last.
    pub style: LayerStyle,
    /// What it is of.
    pub title: String,
    /// Of its values; empty where it is not known.
    pub unit: String,
}

/// One picture of a figure.
#[derive(Clone, Debug)]
pub struct PicturePanel {
    /// Its upper left corner in the figure, pixels.
    pub at: [u32; 2],
    /// Where it lies in the world, its pixels and what is on it.
    pub slice: SlicePicture<PictureVolume>,
    /// Whether its letters may name sides.
    pub orientation: Orientation,
    /// What stands at its upper left, a line each.
    pub title: Vec<String>,
    /// Lines that something is measured by.
    pub lines: Vec<PictureLine>,
    /// Where the crosshair is, if it is to be seen.
    pub crosshair: Option<Point3<f64>>,
}

/// Whom an archive files a picture under. It is not drawn.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct PicturePatient {
    /// As DICOM has names, `Family^Given`; may be empty.
    pub name: String,
    /// The identifier; may be empty.
    pub id: String,
}

/// Names are not for logs.
impl std::fmt::Debug for PicturePatient {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("a patient")
    }
}

/// A picture that is handed on: panels, colour bars at their right, and notes below.
#[derive(Clone, Debug)]
pub struct PictureFigure {
    /// The pictures.
    pub panels: Vec<PicturePanel>,
    /// Colours, each once.
    pub bars: Vec<PictureBar>,
    /// What is shown and what it came from, a line each, broken where it is too long.
    pub notes: Vec<String>,
    /// Pixels of a unit. Letters are 13 units high, lines one wide.
    pub scale: f64,
    /// Whether scans go by the names of their files, of which one may be a patient's.
    pub has_names: bool,
    /// Whom an archive files it under; empty where nobody typed that.
    pub patient: PicturePatient,
}

impl PictureFigure {
    /// What stands above its panels.
    pub(super) fn title(&self) -> String {
        let titles = self.panels.iter().flat_map(|panel| &panel.title);
        let titles: Vec<&str> = titles.map(String::as_str).collect();
        titles.join("; ")
    }
}

/// What is asked for: a picture, or pictures that follow each other.
#[derive(Clone, Debug)]
pub enum PictureRequest {
    /// One.
    Still(PictureFigure),
    /// A movie of these, which are all of one size.
    Frames {
        /// In their order.
        figures: Vec<PictureFigure>,
        /// How many in a second.
        per_second: f64,
    },
    /// A movie of the volumes of a file.
    Volumes(Box<VolumeFrames>),
}

/// A movie of the volumes of a file, which are opened one after the other.
#[derive(Clone, Debug)]
pub struct VolumeFrames {
    /// How each is drawn; its panels' first layer gives way to the volume.
    pub figure: PictureFigure,
    /// The file.
    pub place: Place,
    /// What stored numbers are taken to.
    pub scaling: PixelScaling,
    /// From the world as the file has it to where it is shown.
    pub shown_from_filed: Affine,
    /// How many volumes there are.
    pub n_volumes: usize,
    /// How many in a second.
    pub per_second: f64,
}
