//! What the person in front of the window chooses between.

use eframe::egui::PointerButton;
use serde::{Deserialize, Serialize};
use std::ops::RangeInclusive;

/// How far planes can be zoomed; 1 shows everything.
pub(super) const ZOOMS: RangeInclusive<f64> = 0.2..=40.0;

/// What lies side by side.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Layout {
    /// Three planes through the crosshair.
    Planes,
    /// Two scans set against each other.
    Compare,
    /// A column for each scan, in the order of hours after injection.
    TimeSeries,
    /// What a network predicts for 24 h, beside the real scan.
    Prediction,
    /// One plane of up to nine scans side by side, each in its own window.
    Grid,
    /// The slices of one scan as a sheet.
    Lightbox,
}

/// Which family of viewers the mouse and keys follow.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Preset {
    /// As on a PACS: left drag changes the window.
    #[default]
    Radiology,
    /// As in FSLeyes or ITK-SNAP: left drag moves the crosshair.
    Neuroimaging,
}

/// What the first button of the mouse does on a picture.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Default)]
pub enum Tool {
    /// What the preset says.
    #[default]
    Look,
    /// Draws a line.
    Ruler,
    /// Draws an angle, point by point.
    Angle,
    /// Puts voxels into the mask.
    Paint,
    /// Takes voxels out of the mask.
    Erase,
    /// A click takes a cluster out of the mask.
    TakeOut,
    /// Draws a region of interest.
    Roi(RoiShape),
}

/// How a region of interest is drawn.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum RoiShape {
    /// From one corner of the box around it to the other.
    Ellipse,
    /// From corner to corner.
    Rectangle,
    /// Along its outline.
    Freehand,
}

impl RoiShape {
    /// All, each with its key.
    pub(super) const ALL: [(Self, &str); 3] = [
        (Self::Ellipse, "7"),
        (Self::Rectangle, "8"),
        (Self::Freehand, "9"),
    ];

    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Ellipse => "Region: ellipse",
            Self::Rectangle => "Region: rectangle",
            Self::Freehand => "Region: freehand",
        }
    }
}

impl Tool {
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Look => "Look",
            Self::Ruler => "Ruler",
            Self::Angle => "Angle",
            Self::Paint => "Paint",
            Self::Erase => "Erase",
            Self::TakeOut => "Remove clusters",
            Self::Roi(shape) => shape.name(),
        }
    }

    /// This tool, or back to looking where it is the tool now.
    pub(super) fn or_back(self, now: Self) -> Self {
        match now == self {
            true => Self::Look,
            false => self,
        }
    }

    /// Whether it changes the mask.
    pub(super) fn is_of_mask(self) -> bool {
        matches!(self, Self::Paint | Self::Erase | Self::TakeOut)
    }
}

/// What stands at the right.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Panel {
    Sheet,
    Mask,
    Network,
}

/// What dragging with a button does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Drag {
    Window,
    Crosshair,
    Pan,
    Zoom,
}

impl Preset {
    pub(super) const ALL: [Self; 2] = [Self::Radiology, Self::Neuroimaging];

    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Radiology => "Radiology",
            Self::Neuroimaging => "Neuroimaging",
        }
    }

    pub(super) fn drags(self) -> [(PointerButton, Drag); 3] {
        let (primary, secondary) = match self {
            Self::Radiology => (Drag::Window, Drag::Zoom),
            Self::Neuroimaging => (Drag::Crosshair, Drag::Window),
        };
        [
            (PointerButton::Primary, primary),
            (PointerButton::Middle, Drag::Pan),
            (PointerButton::Secondary, secondary),
        ]
    }
}

impl Drag {
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Window => "Window (across) and level (up and down)",
            Self::Crosshair => "Move the crosshair",
            Self::Pan => "Move the picture",
            Self::Zoom => "Zoom",
        }
    }
}
