//! Seconds for each case over the installment: every case, and the median of each quarter.

use crate::report::{
    N_PARTS, RaterTiming,
    scene::{Anchor, Ink, Scene, WIDTH, fitted},
};

const LEFT: f64 = 40.0;
const RIGHT: f64 = 4.0;
const TITLE: f64 = 20.0;
const BELOW: f64 = 36.0;
const CELLS: f64 = 120.0;
const GAP: f64 = 12.0;

/// Marks of the logarithmic axis, in seconds.
const MARKS: [f64; 13] = [
    0.1, 0.2, 0.5, 1.0, 2.0, 5.0, 10.0, 20.0, 50.0, 100.0, 200.0, 500.0, 1000.0,
];

/// One panel for each rater, `None` where nobody took any time.
pub(crate) fn pace(timing: &[RaterTiming]) -> Option<Scene> {
    let raters: Vec<&RaterTiming> = timing
        .iter()
        .filter(|own| own.rater.is_some() && !own.cases.is_empty())
        .collect();
    let seconds = || {
        raters
            .iter()
            .flat_map(|own| own.cases.iter().map(|l| l.seconds))
    };
    let shown = || seconds().filter(|s| *s > 0.0);
    let range = [
        below(shown().fold(f64::INFINITY, f64::min)),
        above(shown().fold(0.0, f64::max)),
    ];
    shown().next()?;
    let n_columns = raters.len().clamp(1, 4);
    let n_rows = raters.len().div_ceil(n_columns);
    let height = n_rows as f64 * (TITLE + CELLS + BELOW);
    let mut scene = Scene::new(WIDTH, height, "Seconds for each case over the installment");
    let width = (WIDTH - LEFT - RIGHT - (n_columns - 1) as f64 * GAP) / n_columns as f64;
    for (idx, own) in raters.iter().enumerate() {
        let column = idx % n_columns;
        let panel = TimingPanel {
            corner: [
                LEFT + column as f64 * (width + GAP),
                (idx / n_columns) as f64 * (TITLE + CELLS + BELOW) + TITLE,
            ],
            width,
            range,
            is_first: column == 0,
        };
        panel.draw(&mut scene, own);
    }
    Some(scene)
}

fn below(lowest: f64) -> f64 {
    let marks = MARKS.iter().rev();
    let mut below = marks.filter(|mark| **mark <= lowest);
    below.next().copied().unwrap_or(MARKS[0])
}

fn above(highest: f64) -> f64 {
    let mut above = MARKS.iter().filter(|mark| **mark >= highest);
    above.next().copied().unwrap_or(highest)
}

struct TimingPanel {
    corner: [f64; 2],
    width: f64,
    /// Lowest and highest seconds.
    range: [f64; 2],
    is_first: bool,
}

impl TimingPanel {
    fn y(&self, seconds: f64) -> f64 {
        let [low, high] = self.range.map(f64::ln);
        let share = (seconds.max(self.range[0]).ln() - low) / (high - low).max(1e-9);
        self.corner[1] + CELLS * (1.0 - share)
    }

    fn draw(&self, scene: &mut Scene, own: &RaterTiming) {
        let [x0, y0] = self.corner;
        let part = self.width / N_PARTS as f64;
        let name = fitted(own.rater.as_deref().unwrap_or(""), 9.5, self.width);
        scene.text([x0, y0 - 9.0], name, 9.5, Anchor::Start, Ink::Black);
        self.draw_axes(scene, part);
        for case in &own.cases {
            let along = (case.position as f64 - 0.5) / case.n_positions as f64;
            let at = [x0 + along * self.width, self.y(case.seconds)];
            scene.dot(at, 1.1, Ink::Case);
        }
        for (idx, median) in own.median_by_quarter.iter().enumerate() {
            let Some(median) = median.filter(|m| *m > 0.0) else {
                continue;
            };
            let (from, y) = (x0 + idx as f64 * part, self.y(median));
            scene.line([from + 3.0, y], [from + part - 3.0, y], Ink::Median, 1.8);
        }
    }

    fn draw_axes(&self, scene: &mut Scene, part: f64) {
        let [x0, y0] = self.corner;
        let bottom = y0 + CELLS;
        let shown = |mark: &&f64| (self.range[0]..=self.range[1]).contains(*mark);
        for mark in MARKS.iter().filter(shown) {
            let y = self.y(*mark);
            scene.line([x0, y], [x0 + self.width, y], Ink::Rule, 0.4);
            if self.is_first {
                let words = mark.to_string();
                scene.text([x0 - 5.0, y], words, 8.5, Anchor::End, Ink::Black);
            }
        }
        for idx in 0..N_PARTS {
            let x = x0 + (idx as f64 + 0.5) * part;
            let words = (idx + 1).to_string();
            scene.text([x, bottom + 9.0], words, 8.5, Anchor::Middle, Ink::Black);
            if idx > 0 {
                let x = x0 + idx as f64 * part;
                scene.line([x, bottom], [x, bottom + 3.0], Ink::Black, 0.6);
            }
        }
        scene.line([x0, y0], [x0, bottom], Ink::Black, 0.6);
        scene.line([x0, bottom], [x0 + self.width, bottom], Ink::Black, 0.6);
        let middle = x0 + self.width / 2.0;
        scene.text(
            [middle, bottom + 23.0],
            "Quarter of the installment",
            9.0,
            Anchor::Middle,
            Ink::Black,
        );
        if self.is_first {
            scene.text_upwards([x0 - 32.0, y0 + CELLS / 2.0], "Seconds for a case", 9.0);
        }
    }
}
