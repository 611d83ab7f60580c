//! The figures of the report as scenes: the paper's Figures 2 and 3, and what stands beside them.

use super::analysis::LeakAnalysis;
use super::data::{LeakReportData, MapPlane};
use crate::report::scene::{Anchor, Ink, Scene, WIDTH, fitted};
use crate::report::words::with_minus;

const HEIGHT: f64 = 300.0;
const LEFT: f64 = 52.0;
const TOP: f64 = 12.0;
const BELOW: f64 = 40.0;
const LEGEND: f64 = 190.0;
const TEXT: f64 = 8.5;

/// Every figure: stem of its files, caption, drawing.
pub(super) fn all(
    data: &LeakReportData,
    analysis: &LeakAnalysis,
) -> Vec<(&'static str, String, Scene)> {
    let mut scenes = vec![
        (
            "roc",
            "ROC curves of the folds, their mean with one SD over folds to either side, and the Bern \
             score on the heads that have one (paper 002, Figure 2)."
                .to_owned(),
            roc(analysis),
        ),
        (
            "reliability",
            "Share of heads with a leak by the probability that the network gives, in groups of one \
             size, with intervals; right is the thin line."
                .to_owned(),
            reliability(analysis),
        ),
        (
            "decision",
            "Net benefit by the probability from which on one would act.".to_owned(),
            decision(analysis),
        ),
    ];
    if !data.learning.is_empty() {
        let caption = "Area by the number of heads learned from, with intervals.".to_owned();
        scenes.push(("learning", caption, learning(data)));
    }
    if let Some(plane) = &data.map {
        let caption = format!(
            "{}: the scan, the map over it, and its strongest region (paper 002, Figure 3). A map is no \
             proof of what the network rests on; the checks that come with it say how far it can be \
             trusted.",
            plane.words
        );
        scenes.push(("map", caption, map(plane)));
    }
    scenes
}

/// A square or a rectangle between two axes.
struct Chart {
    scene: Scene,
    x: [f64; 2],
    y: [f64; 2],
    n_named: usize,
}

impl Chart {
    /// With the ranges of both axes, the marks on them, and their names.
    fn new(
        title: &str,
        [x, y]: [[f64; 2]; 2],
        marks: [&[f64]; 2],
        names: [&str; 2],
        decimals: [usize; 2],
    ) -> Self {
        let mut chart = Self {
            scene: Scene::new(WIDTH, HEIGHT, title),
            x,
            y,
            n_named: 0,
        };
        let bottom = HEIGHT - BELOW;
        let right = WIDTH - LEGEND;
        for &mark in marks[1] {
            let [_, at] = chart.place([x[0], mark]);
            chart.scene.line([LEFT, at], [right, at], Ink::Rule, 0.4);
            let words = with_minus(&format!("{mark:.*}", decimals[1]));
            let to = [LEFT - 5.0, at];
            chart.scene.text(to, words, TEXT, Anchor::End, Ink::Black);
        }
        for &mark in marks[0] {
            let [at, _] = chart.place([mark, y[0]]);
            chart
                .scene
                .line([at, bottom], [at, bottom + 3.0], Ink::Black, 0.6);
            let words = format!("{mark:.*}", decimals[0]);
            let to = [at, bottom + 10.0];
            chart
                .scene
                .text(to, words, TEXT, Anchor::Middle, Ink::Black);
        }
        chart
            .scene
            .line([LEFT, bottom], [right, bottom], Ink::Black, 0.6);
        let middle = f64::midpoint(LEFT, right);
        let below = [middle, bottom + 27.0];
        chart
            .scene
            .text(below, names[0], 9.0, Anchor::Middle, Ink::Black);
        let beside = [12.0, f64::midpoint(TOP, bottom)];
        chart.scene.text_upwards(beside, names[1], 9.0);
        chart
    }

    /// With both axes from 0 to 1.
    fn of_shares(title: &str, names: [&str; 2]) -> Self {
        let marks: &[f64] = &[0.0, 0.2, 0.4, 0.6, 0.8, 1.0];
        Self::new(title, [[0.0, 1.0]; 2], [marks, marks], names, [1, 1])
    }

    fn place(&self, [x, y]: [f64; 2]) -> [f64; 2] {
        let share = |value: f64, [low, high]: [f64; 2]| (value - low) / (high - low);
        let (right, bottom) = (WIDTH - LEGEND, HEIGHT - BELOW);
        [
            LEFT + share(x, self.x) * (right - LEFT),
            bottom - share(y, self.y) * (bottom - TOP),
        ]
    }

    fn curve(&mut self, points: &[[f64; 2]], ink: Ink, width: f64) {
        for pair in points.windows(2) {
            let [from, to] = [self.place(pair[0]), self.place(pair[1])];
            self.scene.line(from, to, ink, width);
        }
    }

    fn named(&mut self, name: &str, ink: Ink, width: f64) {
        let y = TOP + 8.0 + self.n_named as f64 * 14.0;
        let x = WIDTH - LEGEND + 12.0;
        self.scene.line([x, y], [x + 14.0, y], ink, width);
        let words = fitted(name, TEXT, LEGEND - 34.0);
        let at = [x + 19.0, y];
        self.scene.text(at, words, TEXT, Anchor::Start, Ink::Black);
        self.n_named += 1;
    }
}

fn area(outcome: &crate::stats::Outcome) -> String {
    outcome
        .value()
        .map_or_else(|| "not defined".to_owned(), |area| format!("{area:.3}"))
}

fn roc(analysis: &LeakAnalysis) -> Scene {
    let names = [
        "Heads without a leak called positive",
        "Heads with a leak called positive",
    ];
    let mut chart = Chart::of_shares("ROC curves of the folds", names);
    chart.curve(&[[0.0, 0.0], [1.0, 1.0]], Ink::Grey, 0.5);
    for (fold, curve) in analysis.curves.iter().enumerate() {
        chart.curve(curve, Ink::Arm(fold), 0.8);
        let area = analysis
            .areas
            .folds
            .get(fold)
            .map_or_else(String::new, area);
        let name = format!("Fold {}, AUROC {area}", fold + 1);
        chart.named(&name, Ink::Arm(fold), 0.8);
    }
    let mean = &analysis.mean_curve;
    for side in [-1.0, 1.0] {
        let edge: Vec<[f64; 2]> = mean
            .iter()
            .map(|point| {
                let y = point.true_positive + side * point.sd;
                [point.false_positive, y.clamp(0.0, 1.0)]
            })
            .collect();
        chart.curve(&edge, Ink::Grey, 0.5);
    }
    let middle: Vec<[f64; 2]> = mean
        .iter()
        .map(|point| [point.false_positive, point.true_positive])
        .collect();
    chart.curve(&middle, Ink::Black, 2.0);
    let name = format!("Mean, AUROC {}", area(&analysis.areas.mean));
    chart.named(&name, Ink::Black, 2.0);
    if !analysis.bern_curve.is_empty() {
        chart.curve(&analysis.bern_curve, Ink::Median, 1.6);
        let name = format!("Bern score, AUROC {}", area(&analysis.bern));
        chart.named(&name, Ink::Median, 1.6);
    }
    chart.scene
}

fn reliability(analysis: &LeakAnalysis) -> Scene {
    let names = ["Probability that the network gives", "Share with a leak"];
    let mut chart = Chart::of_shares("Reliability of the probability", names);
    chart.curve(&[[0.0, 0.0], [1.0, 1.0]], Ink::Grey, 0.5);
    let points: Vec<[f64; 2]> = analysis
        .reliability
        .iter()
        .map(|bin| [bin.told, bin.found])
        .collect();
    for bin in &analysis.reliability {
        if let Some([low, high]) = bin.found_interval {
            chart.curve(&[[bin.told, low], [bin.told, high]], Ink::Interval, 0.8);
        }
    }
    chart.curve(&points, Ink::Interval, 1.4);
    for point in points {
        let at = chart.place(point);
        chart.scene.dot(at, 2.6, Ink::Interval);
    }
    chart.named("Groups of heads", Ink::Interval, 1.4);
    chart.scene
}

/// A net benefit at each point of the curve.
type Benefit<'a> = &'a dyn Fn(usize) -> Option<f64>;

fn decision(analysis: &LeakAnalysis) -> Scene {
    let points = &analysis.decision;
    let largest = points
        .iter()
        .flat_map(|point| [point.network, point.all])
        .flatten()
        .fold(0.1, f64::max);
    // What costs more than it brings is shown as far as it can be compared.
    let y = [-0.1, (largest * 10.0).ceil() / 10.0];
    let marks: Vec<f64> = (-1..=10)
        .map(|at| f64::from(at) / 10.0)
        .filter(|mark| (y[0]..=y[1] + 1e-9).contains(mark))
        .collect();
    let shares: &[f64] = &[0.0, 0.2, 0.4, 0.6, 0.8, 1.0];
    let names = ["Probability from which on one would act", "Net benefit"];
    let axes = [[0.0, 1.0], y];
    let mut chart = Chart::new("Decision curve", axes, [shares, &marks], names, [1, 1]);
    let curves: [(&str, Ink, Benefit<'_>); 5] = [
        ("Network", Ink::Interval, &|at| points[at].network),
        ("All", Ink::Grey, &|at| points[at].all),
        ("None", Ink::Black, &|_| Some(0.0)),
        ("Bern score 3 or more", Ink::Median, &|at| {
            points[at].bern[0]
        }),
        ("Bern score 5 or more", Ink::Arm(1), &|at| {
            points[at].bern[1]
        }),
    ];
    for (name, ink, value) in curves {
        let all: Vec<[f64; 2]> = (0..points.len())
            .filter_map(|at| Some([points[at].threshold, value(at)?]))
            .take_while(|point| point[1] >= y[0])
            .collect();
        if !all.is_empty() {
            chart.curve(&all, ink, 1.4);
            chart.named(name, ink, 1.4);
        }
    }
    chart.scene
}

fn learning(data: &LeakReportData) -> Scene {
    let most = data.learning.iter().map(|point| point.n).max().unwrap_or(1);
    let step = ((most as f64 / 5.0 / 50.0).ceil() * 50.0).max(10.0);
    let marks: Vec<f64> = (0..=5).map(|at| f64::from(at) * step).collect();
    let shares: &[f64] = &[0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 1.0];
    let names = ["Heads learned from", "AUROC"];
    let axes = [[0.0, 5.0 * step], [0.4, 1.0]];
    let mut chart = Chart::new("Curve of learning", axes, [&marks, shares], names, [0, 1]);
    let mut sorted = data.learning.clone();
    sorted.sort_by_key(|point| point.n);
    for point in &sorted {
        let x = point.n as f64;
        if let Some([low, high]) = point.interval {
            let ends = [[x, low.max(0.4)], [x, high]];
            chart.curve(&ends, Ink::Interval, 0.8);
        }
        let at = chart.place([x, point.auroc.max(0.4)]);
        chart.scene.dot(at, 2.6, Ink::Interval);
    }
    chart.named("One network each", Ink::Interval, 1.4);
    chart.scene
}

/// Grey levels and shares that are told apart: pixels alike next to each other are one mark.
const N_LEVELS: f64 = 24.0;

fn map(plane: &MapPlane) -> Scene {
    let [nx, ny] = plane.size;
    let gap = 8.0;
    let width = (WIDTH - 2.0 * gap) / 3.0;
    let pixel = width / nx as f64;
    let tall = pixel * plane.pixel_mm[1] / plane.pixel_mm[0];
    let height = tall * ny as f64;
    let mut scene = Scene::new(WIDTH, height + 18.0, "A map over its scan");
    let largest = plane
        .map
        .iter()
        .copied()
        .filter(|value| value.is_finite())
        .fold(0.0_f32, f32::max);
    let grey = |at: usize| Ink::Shade(level(f64::from(plane.scan[at])));
    let heat = |at: usize| match plane.map[at] {
        value if value > 0.0 && largest > 0.0 => {
            let share = level(f64::from(value / largest));
            if share > 0.25 {
                Ink::Share(share)
            } else {
                grey(at)
            }
        }
        _ => grey(at),
    };
    let strongest = |at: usize| match plane.map[at] >= plane.strongest_from {
        true => Ink::Median,
        false => Ink::Empty,
    };
    let panels: [(&str, &dyn Fn(usize) -> Ink); 3] = [
        ("Scan", &grey),
        ("Drop of the logit over it", &heat),
        ("Strongest region", &strongest),
    ];
    for (panel, (name, ink)) in panels.into_iter().enumerate() {
        let left = panel as f64 * (width + gap);
        let at = [left + width / 2.0, 7.0];
        scene.text(at, name, TEXT, Anchor::Middle, Ink::Black);
        for y in 0..ny {
            let mut x = 0;
            while x < nx {
                let from = x;
                let own = ink(y * nx + from);
                while x < nx && ink(y * nx + x) == own {
                    x += 1;
                }
                let at = [left + from as f64 * pixel, 16.0 + y as f64 * tall];
                // A little more, so that the background does not show between rows.
                scene.rect(at, [(x - from) as f64 * pixel, tall + 0.05], own);
            }
        }
    }
    scene
}

fn level(share: f64) -> f64 {
    (share.clamp(0.0, 1.0) * N_LEVELS).round() / N_LEVELS
}
