//! Two of the scans that are open, set against each other: which two, how, and whether their windows go
//! together.

use super::choice::Layout;
use super::desk::Desk;
use super::scan::{Layer, Scan};
use crate::formats::PixelScaling;
use crate::models::tracer::Origin;
use crate::volume::{ImageMetrics, Window};
use std::sync::{Arc, Weak};

/// How two scans are set against each other.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
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
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
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
    fn window(self, of_other: Window, autos: [Window; 2]) -> Option<Window> {
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
    chosen: [Option<u32>; 2],
    /// How they are set against each other, where these two can be.
    pub mode: CompareMode,
    /// Whether their windows go together.
    pub link: WindowLink,
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
            swipe: 0.5,
            square_mm: 20.0,
            changes_per_second: 1.0,
            fade: 0.5,
        }
    }
}

impl CompareDesk {
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
    metrics: Result<ImageMetrics, String>,
}

impl Measured {
    pub(super) fn new(of: &[Arc<Scan>; 2], metrics: Result<ImageMetrics, String>) -> Self {
        Self {
            of: [0, 1].map(|side| Arc::downgrade(&of[side])),
            metrics,
        }
    }
}

impl Desk {
    /// The layers that are compared: those chosen, as far as they are open, and else the first that are
    /// scans, in the order in which they were opened. None where fewer than two are open.
    #[must_use]
    pub fn pair(&self) -> Option<[usize; 2]> {
        let layers = self.layers.iter();
        let at_of = |no: u32| layers.clone().position(|layer| layer.no == no);
        let chosen = self.compare.chosen.map(|no| no.and_then(at_of));
        let signals = (0..self.layers.len()).filter(|&at| self.layers[at].is_signal());
        let others = (0..self.layers.len()).filter(|&at| !self.layers[at].is_signal());
        let mut free = signals
            .chain(others)
            .filter(|at| !chosen.contains(&Some(*at)));
        let first = chosen[0].or_else(|| free.next())?;
        let second = chosen[1].or_else(|| free.next())?;
        Some([first, second])
    }

    /// Whether two scans are compared now.
    #[must_use]
    pub fn compared(&self) -> Option<[&Layer; 2]> {
        let [first, second] = self.pair().filter(|_| self.layout == Layout::Compare)?;
        Some([&self.layers[first], &self.layers[second]])
    }

    /// How the two are set against each other now: side by side where they cannot be as was chosen.
    #[must_use]
    pub fn compare_mode(&self) -> CompareMode {
        let mode = self.compare.mode;
        match self.why_not(mode) {
            None => mode,
            Some(_) => CompareMode::Beside,
        }
    }

    /// Why the two cannot be set against each other in this way, in words.
    #[must_use]
    pub fn why_not(&self, mode: CompareMode) -> Option<String> {
        let pair = self.pair()?.map(|at| &self.layers[at]);
        let label_map = pair.iter().find(|layer| layer.is_labels);
        match mode {
            CompareMode::Beside | CompareMode::Flicker | CompareMode::Fade => None,
            _ if label_map.is_some() => Some(format!(
                "{} is a label map, whose numbers are no signal: compare it side by side, by flicker or by fading",
                label_map.map_or("", |layer| &layer.scan.name)
            )),
            CompareMode::Swipe | CompareMode::Checkerboard | CompareMode::Outline => None,
            CompareMode::Difference => why_no_difference(pair),
        }
    }

    /// Whether the difference is of values between voxels, as the two lie on different grids.
    #[must_use]
    pub fn is_difference_interpolated(&self) -> bool {
        let pair = self.pair().map(|pair| pair.map(|at| &self.layers[at]));
        pair.is_some_and(|[a, b]| !is_one_grid(a, b))
    }

    /// How far the second scan is from the first, once measured.
    #[must_use]
    pub fn metrics(&self) -> Option<&Result<ImageMetrics, String>> {
        let [first, second] = self.compared()?;
        let measured = self.measured.as_ref()?;
        let is_of = |side: usize, layer: &Layer| {
            std::ptr::eq(measured.of[side].as_ptr(), Arc::as_ptr(&layer.scan))
        };
        (is_of(0, first) && is_of(1, second)).then_some(&measured.metrics)
    }

    pub(super) fn change_compare(&mut self, edit: CompareEdit) {
        match edit {
            CompareEdit::Pick(side, at) => self.pick(side, at),
            CompareEdit::Exchange => {
                if let Some([first, second]) = self.pair() {
                    self.choose_pair([second, first]);
                }
            }
            CompareEdit::Mode(mode) => self.set_mode(mode),
            CompareEdit::Judge => self.judge(),
            CompareEdit::Link(link) => {
                self.compare.link = link;
                if let Some([first, _]) = self.pair() {
                    self.link_windows(first);
                }
            }
            CompareEdit::Swipe(share) => self.compare.swipe = share.clamp(0.0, 1.0),
            CompareEdit::SquareMm(side) => self.compare.square_mm = side.clamp(1.0, 200.0),
            CompareEdit::ChangesPerSecond(rate) => {
                self.compare.changes_per_second = rate.clamp(0.1, 10.0);
            }
            CompareEdit::Fade(share) => self.compare.fade = share.clamp(0.0, 1.0),
        }
    }

    fn set_mode(&mut self, mode: CompareMode) {
        self.compare.mode = mode;
        self.set_layout(Layout::Compare);
    }

    /// The next way that these two can be compared in; from another layout the chosen scan against the
    /// first by hours, which is the one that others are aligned to.
    fn judge(&mut self) {
        if self.layout == Layout::Compare {
            let all = CompareMode::ALL.map(|(mode, ..)| mode);
            let now = self.compare_mode();
            let at = all.iter().position(|mode| *mode == now).unwrap_or(0);
            let mut next = (1..all.len()).map(|step| all[(at + step) % all.len()]);
            let next = next.find(|mode| self.why_not(*mode).is_none());
            return self.set_mode(next.unwrap_or_default());
        }
        let order = self.by_hours();
        if let [first, next, ..] = order[..] {
            let chosen = Some(self.selected).filter(|&at| at != first && at < self.layers.len());
            self.choose_pair([first, chosen.unwrap_or(next)]);
            self.set_mode(CompareMode::Swipe);
        }
    }

    fn choose_pair(&mut self, pair: [usize; 2]) {
        self.compare.chosen = pair.map(|at| self.layers.get(at).map(|layer| layer.no));
    }

    /// Whoever was on the other side comes in the place of the one that goes there.
    fn pick(&mut self, side: usize, at: usize) {
        let Some(mut pair) = self.pair().filter(|_| side < 2 && at < self.layers.len()) else {
            return;
        };
        if pair[1 - side] == at {
            pair[1 - side] = pair[side];
        }
        pair[side] = at;
        self.choose_pair(pair);
        self.selected = at;
        self.link_windows(pair[1 - side]);
        self.fit_difference();
        self.crosshair = self.clamped(self.crosshair);
    }

    /// The window of the scan that is compared with this one goes with it, where they are linked.
    pub(super) fn link_windows(&mut self, with: usize) {
        let Some([first, second]) = self.pair().filter(|_| self.layout == Layout::Compare) else {
            return;
        };
        let other = match with {
            at if at == first => second,
            at if at == second => first,
            _ => return,
        };
        let autos = [with, other].map(|at| self.layers[at].scan.auto);
        let window = self.layers[with].style.window;
        if let Some(window) = self.compare.link.window(window, autos) {
            self.layers[other].style.window = window;
        }
    }
}

/// Why one scan cannot be taken from another, in words.
fn why_no_difference([first, second]: [&Layer; 2]) -> Option<String> {
    let unit = |layer: &Layer| layer.scan.info.as_ref().and_then(|info| info.units.clone());
    let word = |unit: Option<String>| unit.unwrap_or_else(|| "no unit".to_owned());
    let (of_first, of_second) = (unit(first), unit(second));
    if of_first != of_second {
        let (of_first, of_second) = (word(of_first), word(of_second));
        return Some(format!(
            "One has {of_first}, the other {of_second}: only values of one unit can be subtracted"
        ));
    }
    let is_precise = |layer: &Layer| layer.scan.scaling == PixelScaling::PhilipsPrecise;
    if is_precise(first) != is_precise(second) {
        return Some("One has Philips' precise values and the other has not".to_owned());
    }
    let is_scaled = |layer: &Layer| layer.scan.origin.is_some();
    if is_scaled(first) != is_scaled(second) {
        return Some(
            "One is a plane scaled to 0..1 for a network, the other has the scanner's values"
                .to_owned(),
        );
    }
    let is_laid = [first, second].iter().any(|layer| {
        let alignment = layer.placement.alignment.as_ref();
        layer.placement.is_moved() || alignment.is_some_and(|of| of.outcome.is_ok())
    });
    (!is_one_grid(first, second) && !is_laid).then(|| {
        "They lie on different grids: align the scans first, or resample one with cisterna register"
            .to_owned()
    })
}

/// Whether the voxels of two scans lie on each other, to a thousandth of a mm.
fn is_one_grid(first: &Layer, second: &Layer) -> bool {
    let [a, b] = [first, second].map(|layer| layer.scan.volume.grid());
    let corners = a.corners_in_world().into_iter().zip(b.corners_in_world());
    a.dims() == b.dims() && corners.into_iter().all(|(a, b)| (a - b).norm() < 1e-3)
}

/// What is known of where a scan comes from, in words.
pub(super) fn origin_text(origin: &Origin) -> String {
    match origin {
        Origin::Real => "Real".to_owned(),
        Origin::Predicted(network) => format!("Predicted by {network}"),
    }
}
