//! Where a scan is shown: where its file says, or elsewhere, and why.

use crate::volume::Affine;
use nalgebra::{Isometry3, Point3};

/// Where a scan lies against where its file says.
#[derive(Clone, Debug)]
pub struct Placement {
    /// From the world as its file has it to where registration found it.
    pub found: Affine,
    /// What was moved by hand, after that.
    pub by_hand: Isometry3<f64>,
    /// What registration said last, if it was asked.
    pub alignment: Option<Alignment>,
}

/// What registration said of a scan.
#[derive(Clone, Debug)]
pub struct Alignment {
    /// The scan that it was registered to.
    pub first: String,
    /// Where it was found, or why it was not.
    pub outcome: Result<Moved, String>,
}

/// How far registration moved a scan.
#[derive(Clone, Debug)]
pub struct Moved {
    /// From the world as its file has it to that of the first scan, RAS+ mm.
    pub first_from_moving: Affine,
    /// Mean distance over the cranium, mm.
    pub moved_mm: f64,
    /// Degrees.
    pub rotated_deg: f64,
    /// What speaks against it, in words.
    pub doubts: Vec<String>,
}

impl Default for Placement {
    fn default() -> Self {
        Self {
            found: Affine::identity(),
            by_hand: Isometry3::identity(),
            alignment: None,
        }
    }
}

impl Placement {
    /// From the world as the file has it to where the scan is shown.
    #[must_use]
    pub fn shown_from_filed(&self) -> Affine {
        self.by_hand.to_homogeneous() * self.found
    }

    /// Whether the scan lies elsewhere than its file says.
    #[must_use]
    pub fn is_moved(&self) -> bool {
        self.shown_from_filed() != Affine::identity()
    }

    /// Takes in what registration said. Where it failed, the scan stays where it was.
    pub(super) fn take(&mut self, alignment: Alignment) {
        if let Ok(moved) = &alignment.outcome {
            self.found = moved.first_from_moving;
            self.by_hand = Isometry3::identity();
        }
        self.alignment = Some(alignment);
    }

    /// What it is, in a line; none where the file says it all.
    pub(super) fn text(&self) -> Option<String> {
        let Alignment { first, outcome } = self.alignment.as_ref()?;
        Some(match outcome {
            Ok(moved) => format!(
                "Aligned to {first}, moved {:.1} mm, {:.1} degrees",
                moved.moved_mm, moved.rotated_deg
            ),
            Err(why) => format!("Not aligned to {first}, left where it was: {why}"),
        })
    }

    /// What was moved by hand, in a line; `middle` is that of the scan before.
    pub(super) fn by_hand_text(&self, middle: Point3<f64>) -> Option<String> {
        (self.by_hand != Isometry3::identity()).then(|| {
            format!(
                "By hand: its middle moved {:.1} mm, turned {:.1} degrees",
                (self.by_hand * middle - middle).norm(),
                self.by_hand.rotation.angle().to_degrees()
            )
        })
    }
}
