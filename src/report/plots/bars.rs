//! Values of named things as bars to either side of 0.

use crate::report::{
    Figure, FigureError,
    scene::{Anchor, Ink, Scene, WIDTH, fitted},
    words::with_minus,
};

const LEFT: f64 = 170.0;
const RIGHT: f64 = 52.0;
const TOP: f64 = 22.0;
const ROW: f64 = 13.0;
const TEXT: f64 = 8.5;

/// A bar for each value, in their order.
///
/// # Errors
/// When it cannot be painted.
pub fn bar_figure(title: &str, bars: &[(String, f64)]) -> Result<Figure, FigureError> {
    let height = TOP + ROW * bars.len() as f64 + 8.0;
    let mut scene = Scene::new(WIDTH, height, title);
    let finite = || {
        bars.iter()
            .map(|bar| bar.1)
            .filter(|value| value.is_finite())
    };
    let low = finite().fold(0.0, f64::min);
    let high = finite().fold(0.0, f64::max);
    let range = if high > low { high - low } else { 1.0 };
    // Negative bars have their numbers to the left of them.
    let begin = if low < 0.0 { LEFT + 40.0 } else { LEFT };
    let place = |value: f64| begin + (value - low) / range * (WIDTH - RIGHT - begin);
    scene.text([6.0, 10.0], title, 9.5, Anchor::Start, Ink::Black);
    let zero = place(0.0);
    scene.line([zero, TOP], [zero, height - 8.0], Ink::Black, 0.6);
    for (row, (name, value)) in bars.iter().enumerate() {
        let middle = TOP + ROW * (row as f64 + 0.5);
        let name = fitted(name, TEXT, LEFT - 12.0);
        scene.text([LEFT - 8.0, middle], name, TEXT, Anchor::End, Ink::Black);
        if !value.is_finite() {
            continue;
        }
        let end = place(*value);
        let at = [zero.min(end), middle - ROW * 0.35];
        scene.rect(at, [(end - zero).abs(), ROW * 0.7], Ink::Interval);
        let (x, anchor) = match *value < 0.0 {
            true => (end - 4.0, Anchor::End),
            false => (end + 4.0, Anchor::Start),
        };
        let words = with_minus(&format!("{value:.3}"));
        scene.text([x, middle], words, TEXT, anchor, Ink::Grey);
    }
    scene.figure()
}
