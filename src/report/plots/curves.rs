//! Values over the hours after the injection.

use crate::report::{
    Figure, FigureError,
    scene::{Anchor, Ink, Scene, WIDTH, fitted},
    words::with_minus,
};

/// A scan of a curve.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct CurvePoint {
    /// Hours and value.
    pub at: [f64; 2],
    /// Where the value has an interval.
    pub interval: Option<[f64; 2]>,
}

/// A curve with its name.
#[derive(Clone, Debug, PartialEq)]
pub struct DrawnCurve {
    /// In the legend.
    pub name: String,
    /// By rising hours.
    pub points: Vec<CurvePoint>,
}

const HEIGHT: f64 = 280.0;
const LEFT: f64 = 58.0;
const TOP: f64 = 24.0;
const BELOW: f64 = 40.0;
const LEGEND: f64 = 118.0;
const LEGEND_ROW: f64 = 14.0;
const TEXT: f64 = 8.5;

/// Curves over the hours, with the intervals of their values: whiskers, and thin lines from one to
/// the next as the edges of a band.
///
/// # Errors
/// When there is no number to draw.
pub fn curve_figure(
    title: &str,
    quantity: &str,
    curves: &[DrawnCurve],
) -> Result<Figure, FigureError> {
    line_figure(title, ["Hours after injection", quantity], curves)
}

/// Curves over anything, with words for both axes.
///
/// # Errors
/// When there is no number to draw.
pub fn line_figure(
    title: &str,
    [along, quantity]: [&str; 2],
    curves: &[DrawnCurve],
) -> Result<Figure, FigureError> {
    let points = || curves.iter().flat_map(|curve| &curve.points);
    let hours = Scale::of(points().map(|point| point.at[0]), [LEFT, WIDTH - LEGEND]);
    let values = points().flat_map(|point| {
        let [low, high] = point.interval.unwrap_or([point.at[1]; 2]);
        [point.at[1], low, high, 0.0]
    });
    let values = Scale::of(values, [HEIGHT - BELOW, TOP]);
    let mut scene = Scene::new(WIDTH, HEIGHT, format!("{title}: {quantity}, {along}"));
    axes(&mut scene, &hours, &values, title, [along, quantity]);
    for (idx, curve) in curves.iter().enumerate() {
        draw(&mut scene, curve, Ink::Arm(idx), |[x, y]: [f64; 2]| {
            [hours.at(x), values.at(y)]
        });
        let y = TOP + 6.0 + idx as f64 * LEGEND_ROW;
        let x = WIDTH - LEGEND + 10.0;
        scene.line([x, y], [x + 12.0, y], Ink::Arm(idx), 1.6);
        let words = fitted(&curve.name, TEXT, LEGEND - 30.0);
        scene.text([x + 17.0, y], words, TEXT, Anchor::Start, Ink::Black);
    }
    scene.figure()
}

/// Dots in groups over two quantities of the same kind, with the line on which both are equal.
///
/// # Errors
/// When there is no number to draw.
pub fn scatter_figure(
    title: &str,
    [along, quantity]: [&str; 2],
    groups: &[(String, Vec<[f64; 2]>)],
) -> Result<Figure, FigureError> {
    let points = || groups.iter().flat_map(|(_, points)| points);
    let both = || points().flatten().copied().chain([0.0]);
    let across = Scale::of(both(), [LEFT, WIDTH - LEGEND]);
    let up = Scale::of(both(), [HEIGHT - BELOW, TOP]);
    let mut scene = Scene::new(WIDTH, HEIGHT, format!("{title}: {quantity}, {along}"));
    axes(&mut scene, &across, &up, title, [along, quantity]);
    let place = |[x, y]: [f64; 2]| [across.at(x), up.at(y)];
    let ends = up
        .marks()
        .fold([f64::INFINITY, f64::NEG_INFINITY], |[low, high], at| {
            [low.min(at), high.max(at)]
        });
    scene.line(place([ends[0]; 2]), place([ends[1]; 2]), Ink::Grey, 0.6);
    for (idx, (name, points)) in groups.iter().enumerate() {
        let finite = points.iter().filter(|at| at.iter().all(|x| x.is_finite()));
        for &at in finite {
            scene.dot(place(at), 2.2, Ink::Arm(idx));
        }
        let y = TOP + 6.0 + idx as f64 * LEGEND_ROW;
        let x = WIDTH - LEGEND + 10.0;
        scene.dot([x + 6.0, y], 2.4, Ink::Arm(idx));
        let words = fitted(name, TEXT, LEGEND - 30.0);
        scene.text([x + 17.0, y], words, TEXT, Anchor::Start, Ink::Black);
    }
    scene.figure()
}

fn draw(scene: &mut Scene, curve: &DrawnCurve, ink: Ink, place: impl Fn([f64; 2]) -> [f64; 2]) {
    let finite: Vec<&CurvePoint> = curve
        .points
        .iter()
        .filter(|point| point.at.iter().all(|number| number.is_finite()))
        .collect();
    for pair in finite.windows(2) {
        scene.line(place(pair[0].at), place(pair[1].at), ink, 1.4);
        if let (Some(from), Some(to)) = (pair[0].interval, pair[1].interval) {
            for end in 0..2 {
                let ends = [(pair[0], from), (pair[1], to)];
                let [a, b] = ends.map(|(point, interval)| place([point.at[0], interval[end]]));
                scene.line(a, b, ink, 0.4);
            }
        }
    }
    for point in finite {
        let middle = place(point.at);
        if let Some(interval) = point.interval {
            let ends = interval.map(|end| place([point.at[0], end]));
            scene.line(ends[0], ends[1], ink, 0.8);
            for [x, y] in ends {
                scene.line([x - 2.4, y], [x + 2.4, y], ink, 0.8);
            }
        }
        scene.dot(middle, 2.4, ink);
    }
}

fn axes(
    scene: &mut Scene,
    hours: &Scale,
    values: &Scale,
    title: &str,
    [along, quantity]: [&str; 2],
) {
    let [left, right] = [LEFT, WIDTH - LEGEND];
    let bottom = HEIGHT - BELOW;
    for value in values.marks() {
        let y = values.at(value);
        scene.line([left, y], [right, y], Ink::Rule, 0.4);
        let words = with_minus(&values.words(value));
        scene.text([left - 5.0, y], words, TEXT, Anchor::End, Ink::Black);
    }
    for hour in hours.marks() {
        let x = hours.at(hour);
        scene.line([x, bottom], [x, bottom + 3.0], Ink::Black, 0.6);
        let words = with_minus(&hours.words(hour));
        scene.text([x, bottom + 10.0], words, TEXT, Anchor::Middle, Ink::Black);
    }
    scene.line([left, bottom], [right, bottom], Ink::Black, 0.6);
    let middle = f64::midpoint(left, right);
    let below = [middle, bottom + 27.0];
    scene.text(below, along, 9.0, Anchor::Middle, Ink::Black);
    scene.text_upwards([12.0, f64::midpoint(TOP, bottom)], quantity, 9.0);
    let title = fitted(title, 9.5, right - left);
    scene.text([left, 10.0], title, 9.5, Anchor::Start, Ink::Black);
}

/// From values to places, with round marks.
struct Scale {
    low: f64,
    step: f64,
    n_steps: f64,
    places: [f64; 2],
}

impl Scale {
    fn of(values: impl Iterator<Item = f64>, places: [f64; 2]) -> Self {
        let finite = values.filter(|value| value.is_finite());
        let (low, high) = finite.fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), value| {
            (low.min(value), high.max(value))
        });
        let (low, high) = if low > high { (0.0, 1.0) } else { (low, high) };
        let range = if high > low { high - low } else { 1.0 };
        let rough = range / 5.0;
        let power = 10.0_f64.powf(rough.log10().floor());
        let round = [1.0, 2.0, 2.5, 5.0, 10.0]
            .into_iter()
            .map(|digit| digit * power);
        let step = round
            .into_iter()
            .find(|step| *step >= rough)
            .unwrap_or(10.0 * power);
        // A point that is hardly below the axis needs no step of its own.
        let first = ((low + 0.02 * range) / step).floor();
        let last = (high / step - 1e-9).ceil().max(first + 1.0);
        Self {
            low: first * step,
            step,
            n_steps: last - first,
            places,
        }
    }

    fn at(&self, value: f64) -> f64 {
        let share = (value - self.low) / (self.step * self.n_steps);
        self.places[0] + share * (self.places[1] - self.places[0])
    }

    fn marks(&self) -> impl Iterator<Item = f64> + use<> {
        let (low, step) = (self.low, self.step);
        (0..=self.n_steps as usize).map(move |at| low + at as f64 * step)
    }

    fn words(&self, value: f64) -> String {
        let decimals = (1.0 - self.step.log10().floor()).clamp(0.0, 8.0) as usize;
        let decimals = if self.step.fract() == 0.0 {
            0
        } else {
            decimals
        };
        // Without this, 0 may come out as a negative number next to it.
        let value = if value.abs() < 1e-9 * self.step {
            0.0
        } else {
            value
        };
        format!("{value:.decimals$}")
    }
}
