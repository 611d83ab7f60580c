//! What a rater's display shows of a test pattern before an installment.
//!
//! The numbers of the pattern are those of SMPTE RP 133-1991 and of its successor TG18-QC (AAPM
//! On-line Report 03, 2005): a square of 5 % inside one of 0 % and of 95 % inside one of 100 %, which
//! of 255 steps are 13 and 242, and lines of full contrast as wide as one device pixel and as two.
//! Those patterns stand on gray; here the surround is black, as it is around the pictures that are
//! graded. Nothing here names a machine.

use std::ops::RangeInclusive;

use serde::{Deserialize, Serialize};

/// What is asked of the displays on which raters look.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct DisplayRules {
    /// Whether a test pattern comes before each installment. No answer stops a rater.
    pub test: bool,
}

impl DisplayRules {
    /// Whether nothing is asked: then it stands in no file, which programs from before it open.
    pub(super) fn is_none(&self) -> bool {
        *self == Self::default()
    }
}

/// What a rater answered to the pattern, and the display that it was drawn on.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct DisplayTest {
    /// Whether the square of 5 % was seen in the one of 0 %.
    pub near_black_seen: bool,
    /// Whether the square of 95 % was seen in the one of 100 %.
    pub near_white_seen: bool,
    /// Whether lines of one device pixel were told apart, in both directions.
    pub lines_of_1_px_seen: bool,
    /// Whether lines of two device pixels were.
    pub lines_of_2_px_seen: bool,
    /// How long, in device pixels, the line was that the window system takes for
    /// [`DisplayTest::LINE_MM`].
    pub line_px: u32,
    /// How long it was by a ruler, mm, where one was at hand.
    pub measured_mm: Option<f64>,
    /// Width and height of the display in device pixels, where the window system tells.
    pub display_px: Option<[u32; 2]>,
    /// Device pixels for a point of the window system.
    pub scale: f64,
}

impl DisplayTest {
    /// The gray of the dark square, and of the one in it that is 5 %; of 255.
    pub const NEAR_BLACK: [u8; 2] = [0, 13];
    /// The gray of the bright square, and of the one in it that is 95 %; of 255.
    pub const NEAR_WHITE: [u8; 2] = [255, 242];
    /// What the window system takes the line for, mm.
    pub const LINE_MM: f64 = 100.0;
    /// Points of the window system in an inch (CSS, Windows, most others).
    const POINTS_PER_INCH: f64 = 96.0;
    /// Lengths of the line that a ruler can find, mm: pixels of 0.05 mm and of 1 mm.
    pub const PLAUSIBLE_MM: RangeInclusive<f64> = 20.0..=400.0;

    /// How many device pixels the window system takes for [`DisplayTest::LINE_MM`].
    #[must_use]
    pub fn line_px_at(scale: f64) -> u32 {
        (Self::LINE_MM / 25.4 * Self::POINTS_PER_INCH * scale).round() as u32
    }

    /// How wide a device pixel is by what was measured, mm.
    #[must_use]
    pub fn pixel_mm(&self) -> Option<f64> {
        self.measured_mm.map(|mm| mm / f64::from(self.line_px))
    }

    /// What was not seen or not told apart, a few words each.
    #[must_use]
    pub fn unseen(&self) -> Vec<&'static str> {
        let parts = [
            (self.near_black_seen, "the 5 % square in black"),
            (self.near_white_seen, "the 95 % square in white"),
            (self.lines_of_1_px_seen, "lines of 1 pixel"),
            (self.lines_of_2_px_seen, "lines of 2 pixels"),
        ];
        let unseen = parts.into_iter().filter(|(is_seen, _)| !is_seen);
        unseen.map(|(_, what)| what).collect()
    }

    /// Whether a window could have asked this.
    ///
    /// # Errors
    /// The field and its value, in words.
    pub fn check(&self) -> Result<(), String> {
        let (least, most) = Self::PLAUSIBLE_MM.into_inner();
        if let Some(mm) = self.measured_mm
            && !Self::PLAUSIBLE_MM.contains(&mm)
        {
            return Err(format!("measured_mm is {mm}, not from {least} to {most}"));
        }
        // The densest displays have 6, and window systems shrink to a half.
        if !(0.1..=20.0).contains(&self.scale) {
            return Err(format!("scale is {}, not from 0.1 to 20", self.scale));
        }
        if self.line_px != Self::line_px_at(self.scale) {
            let (px, scale) = (self.line_px, self.scale);
            return Err(format!("line_px is {px}, which is not {scale} times 378"));
        }
        match self.display_px {
            Some([width, height]) if width == 0 || height == 0 => Err(format!(
                "display_px is {width} x {height}, which shows nothing"
            )),
            _ => Ok(()),
        }
    }
}
