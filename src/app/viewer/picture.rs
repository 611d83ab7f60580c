//! What is chosen of pictures that are handed on.

use eframe::egui;

/// What a picture is taken of.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum PictureOf {
    /// One pane.
    #[default]
    Pane,
    /// All panes as they lie in the window.
    Panes,
    /// A sheet of slices.
    Lightbox,
    /// A movie through the slices.
    Slices,
    /// A movie over the scans of a series.
    Hours,
    /// A movie over the volumes of a file.
    Volumes,
}

impl PictureOf {
    /// All, what each is called, and what it is.
    pub(super) const ALL: [(Self, &str, &str); 6] = [
        (
            Self::Pane,
            "This pane",
            "What the pane shows, at the size that is chosen",
        ),
        (
            Self::Panes,
            "All panes",
            "All panes as they lie in the window",
        ),
        (
            Self::Lightbox,
            "Sheet of slices",
            "Whole slices at equal steps, in rows",
        ),
        (
            Self::Slices,
            "Movie of slices",
            "From the first slice of the scan to the last, as the pane shows them",
        ),
        (
            Self::Hours,
            "Movie over the hours",
            "The scans of the series one after the other, in this pane's slice",
        ),
        (
            Self::Volumes,
            "Movie of volumes",
            "The volumes of the scan's file one after the other, in this pane's slice",
        ),
    ];

    pub(super) fn name(self) -> &'static str {
        let mut all = Self::ALL.into_iter();
        all.find(|(of, ..)| *of == self)
            .map_or("", |(_, name, _)| name)
    }

    /// Pictures in a second at first; none where it is no movie. Scans of other hours differ all over, and
    /// give way to each other slowly.
    pub(super) fn first_rate(self) -> Option<f64> {
        match self {
            Self::Pane | Self::Panes | Self::Lightbox => None,
            Self::Slices => Some(10.0),
            Self::Hours => Some(1.0),
            Self::Volumes => Some(4.0),
        }
    }
}

/// How fine a picture is.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum PictureResolution {
    /// So many times as fine as the window; of a sheet, so many pixels for the smallest edge of a voxel.
    Times(u8),
    /// Pixels for a millimetre of the patient.
    PixelsPerMm(f64),
}

impl PictureResolution {
    /// How much finer than pixels of this size.
    pub(super) fn factor(self, mm_per_pixel: f64) -> f64 {
        match self {
            Self::Times(times) => f64::from(times),
            Self::PixelsPerMm(pixels) => pixels * mm_per_pixel,
        }
    }
}

/// What is chosen of a picture.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct PictureChoice {
    /// What it is taken of.
    pub of: PictureOf,
    /// How fine.
    pub resolution: PictureResolution,
    /// Whether scans go by their names, which may be a patient's.
    pub with_names: bool,
    /// Whether the crosshair is on it.
    pub with_crosshair: bool,
    /// Rows and columns of a sheet.
    pub tiles: [usize; 2],
    /// From slice to slice of a sheet; 0 for steps that go over the whole scan.
    pub step: usize,
    /// Pictures in a second of a movie.
    pub per_second: f64,
}

impl Default for PictureChoice {
    fn default() -> Self {
        Self {
            of: PictureOf::default(),
            resolution: PictureResolution::Times(2),
            with_names: false,
            with_crosshair: false,
            tiles: [4, 6],
            step: 0,
            per_second: 10.0,
        }
    }
}

/// The panel that hands pictures on.
#[derive(Debug, Default)]
pub struct PictureDesk {
    /// Whether it is shown.
    pub open: bool,
    /// The pane that was pointed at; none for the one that keys go to.
    pub pane: Option<egui::Id>,
    /// What is chosen.
    pub choice: PictureChoice,
}
