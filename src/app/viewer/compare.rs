//! What is chosen of two scans that are set against each other: which two, how, and whether their windows
//! go together.

use super::scan::{Layer, Scan};
use crate::models::tracer::Origin;
use crate::volume::{ImageMetrics, Window};
use serde::{Deserialize, Serialize};
use std::sync::{Arc, Weak};

/// How two scans are set against each other.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CompareMode {
    /// Side by side, with their difference where there is one.
    #[default]
    Beside,
    /// The first left of a line, the second right of it.
    Swipe,
    /// In turns, in squares.
    Checkerboard,
    /// The second one with the edges of the first over it.
    Outline,
    /// In turns, in time.
    Flicker,
    /// The second one over the first, more or less clear.
    Fade,
    /// The second less the first.
    Difference,
}

impl CompareMode {
    /// All, in the order in which a key goes through them, and what each does.
    pub(super) const ALL: [(Self, &str, &str); 7] = [
        (
            Self::Beside,
            "Side by side",
            "Each scan in panes of its own, and their difference",
        ),
        (
            Self::Swipe,
            "Swipe",
            "The first scan left of a line, the second right of it",
        ),
        (
            Self::Checkerboard,
            "Checkerboard",
            "The two scans in turns, in squares",
        ),
        (
            Self::Outline,
            "Outline",
            "The second scan with the edges of the first over it",
        ),
        (
            Self::Flicker,
            "Flicker",
            "The two scans in turns, in time; its name stands on the picture",
        ),
        (
            Self::Fade,
            "Fade",
            "The second scan over the first, more or less clear",
        ),
        (
            Self::Difference,
            "Difference",
            "The second scan less the first, with its sign or without",
        ),
    ];
}

/// Whether the windows of two scans that are compared go together.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum WindowLink {
    /// Each has its own.
    #[default]
    Own,
    /// The same values are black and white in both.
    Values,
    /// The same share of what each scan's own automatic window spans.
    Share,
}

impl WindowLink {
    /// All, what each is called, and what it means.
    pub(super) const ALL: [(Self, &str, &str); 3] = [
        (Self::Own, "Each its own", "Each scan keeps its own window"),
        (
            Self::Values,
            "Linked by value",
            "The same values are black and white in both scans",
        ),
        (
            Self::Share,
            "Linked by contrast",
            "The ends lie at the same share of each scan's automatic window, so that scans on other scales look alike",
        ),
    ];

    pub(super) fn name(self) -> &'static str {
        let mut all = Self::ALL.into_iter();
        all.find(|(of, ..)| *of == self)
            .map_or("", |(_, name, _)| name)
    }

    /// The window of one scan that goes with that of the other; `autos` are their automatic windows,
    /// the other one's first.
    pub(super) fn window(self, of_other: Window, autos: [Window; 2]) -> Option<Window> {
        match self {
            Self::Own => None,
            Self::Values => Some(of_other),
            Self::Share => {
                let [from, to] = autos;
                let share = |value: f32| (value - from.low) / from.width();
                let there = |value: f32| to.low + share(value) * to.width();
                let (low, high) = (there(of_other.low), there(of_other.high));
                (low < high).then(|| Window::new(low, high))
            }
        }
    }
}

/// A change of what is compared, or how.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum CompareEdit {
    /// Take a layer for the first scan (0) or the second (1).
    Pick(usize, usize),
    /// The first scan and the second in each other's place.
    Exchange,
    /// Set them against each other in this way, in the layout that compares.
    Mode(CompareMode),
    /// The next way. From another layout: the chosen scan against the first one.
    Judge,
    /// Whether their windows go together.
    Link(WindowLink),
    /// Whether all scans show the same part, or each keeps its own zoom and place.
    SameZoom(bool),
    /// Where the line of the swipe stands, as a share of the width.
    Swipe(f32),
    /// The side of a square of the checkerboard, mm.
    SquareMm(f32),
    /// How often one scan gives way to the other.
    ChangesPerSecond(f32),
    /// How much is seen of the second scan.
    Fade(f32),
}

/// Which two scans are compared, and how.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct CompareDesk {
    /// The two scans that were chosen, by the number in which they were opened.
    pub(super) chosen: [Option<u32>; 2],
    /// How they are set against each other, where these two can be.
    pub mode: CompareMode,
    /// Whether their windows go together.
    pub link: WindowLink,
    /// Whether all scans show the same part, here and in the grid; else each keeps its own zoom and place.
    pub same_zoom: bool,
    /// Where the line of the swipe stands, as a share of the width.
    pub swipe: f32,
    /// The side of a square of the checkerboard, mm.
    pub square_mm: f32,
    /// How often one scan gives way to the other. Three flashes a second and more can bring on a
    /// seizure.
    pub changes_per_second: f32,
    /// How much is seen of the second scan, 0 to 1.
    pub fade: f32,
}

/// So many changes a second are on the safe side of what can bring on a seizure.
pub(super) const SAFE_CHANGES_PER_SECOND: f32 = 3.0;

impl Default for CompareDesk {
    fn default() -> Self {
        Self {
            chosen: [None; 2],
            mode: CompareMode::default(),
            link: WindowLink::default(),
            same_zoom: true,
            swipe: 0.5,
            square_mm: 20.0,
            changes_per_second: 1.0,
            fade: 0.5,
        }
    }
}

impl CompareDesk {
    /// The layers that are compared: those chosen, as far as they are open, and else the first that are
    /// scans, in the order in which they were opened. None where fewer than two are open.
    pub(super) fn pair(&self, layers: &[Layer]) -> Option<[usize; 2]> {
        let at_of = |no: u32| layers.iter().position(|layer| layer.no == no);
        let chosen = self.chosen.map(|no| no.and_then(at_of));
        let signals = (0..layers.len()).filter(|&at| layers[at].is_signal());
        let others = (0..layers.len()).filter(|&at| !layers[at].is_signal());
        let mut free = signals
            .chain(others)
            .filter(|at| !chosen.contains(&Some(*at)));
        let first = chosen[0].or_else(|| free.next())?;
        let second = chosen[1].or_else(|| free.next())?;
        Some([first, second])
    }

    /// Chooses two layers.
    pub(super) fn choose(&mut self, pair: [&Layer; 2]) {
        self.chosen = pair.map(|layer| Some(layer.no));
    }

    /// Which scan of a flicker is seen after so many seconds, and how many it still is.
    pub(super) fn flicker(&self, seconds: f64) -> (usize, f64) {
        let rate = f64::from(self.changes_per_second).max(1e-3);
        let changes = seconds * rate;
        let side = changes.floor().rem_euclid(2.0) as usize;
        (side, (changes.floor() + 1.0 - changes) / rate)
    }
}

/// Numbers of a difference, and of which two scans.
pub(super) struct Measured {
    of: [Weak<Scan>; 2],
    pub(super) metrics: Result<ImageMetrics, String>,
}

impl Measured {
    pub(super) fn new(of: &[Arc<Scan>; 2], metrics: Result<ImageMetrics, String>) -> Self {
        Self {
            of: [0, 1].map(|side| Arc::downgrade(&of[side])),
            metrics,
        }
    }

    pub(super) fn is_of(&self, pair: [&Layer; 2]) -> bool {
        let mut of = self.of.iter().zip(pair);
        of.all(|(of, layer)| std::ptr::eq(of.as_ptr(), Arc::as_ptr(&layer.scan)))
    }
}

/// What is known of where a scan comes from, in words.
pub(super) fn origin_text(origin: &Origin) -> String {
    match origin {
        Origin::Real => "Real".to_owned(),
        Origin::Predicted(network) => format!("Predicted by {network}"),
    }
}
