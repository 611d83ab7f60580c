//! Two of the scans that are open, or two planes beside a prediction, set against each other.

use super::choice::Layout;
use super::compare::{CompareEdit, CompareMode};
use super::desk::Desk;
use super::scan::Layer;
use crate::formats::PixelScaling;
use crate::volume::ImageMetrics;

impl Desk {
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
        if self.layout == Layout::Prediction {
            return None;
        }
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
        let measured = self.measured.as_ref()?;
        measured
            .is_of(self.compared()?)
            .then_some(&measured.metrics)
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
                if self.layout == Layout::Prediction {
                    self.set_plane_window(0, self.prediction.look.windows[0]);
                } else if let Some([first, _]) = self.pair() {
                    self.link_windows(first);
                }
            }
            CompareEdit::SameZoom(same) => self.share_views(same),
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
        if self.layout != Layout::Prediction {
            self.set_layout(Layout::Compare);
        }
    }

    /// The next way that these two can be compared in; from another layout the chosen scan against the
    /// first by hours, which is the one that others are aligned to.
    fn judge(&mut self) {
        if matches!(self.layout, Layout::Compare | Layout::Prediction) {
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
        self.compare.choose(pair.map(|at| &self.layers[at]));
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
