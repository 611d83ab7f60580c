//! Coefficients with their intervals, one below the other.

use crate::{
    report::{
        AlphaKind, AlphaRow, ArmAgreement, StudyAnalysis,
        scene::{Anchor, Area, Ink, Scene, fitted, width_of},
        words::{estimate, method_and_n, with_minus},
    },
    stats::{Metric, Outcome},
};

const ROW: f64 = 15.0;
const HEADING: f64 = 19.0;
/// Left of the axis at most: headings and names.
const NAMES: f64 = 186.0;
/// Right of the axis: value, interval and n.
const NUMBERS: f64 = 142.0;
const N_WIDTH: f64 = 24.0;
/// Below the rows: numbers and the axis' name.
const BELOW: f64 = 38.0;
const TOP: f64 = 6.0;
/// Left and right of the texts.
const MARGIN: f64 = 4.0;
const TEXT: f64 = 8.5;

/// Rows below a heading, each with its name.
struct CoefficientGroup<'a> {
    heading: String,
    rows: Vec<(String, &'a Outcome)>,
}

/// Every alpha of a study: raters across arms, arm by arm; then between raters; then all readings.
pub(crate) fn alphas(analysis: &StudyAnalysis, metric: Metric, width: f64) -> Scene {
    let name = format!("Krippendorff's alpha ({metric} metric)");
    scene(&groups(analysis, metric), &name, width)
}

/// The alphas between the raters of one arm, on every metric.
pub(crate) fn alphas_of_arm(arm: &ArmAgreement, width: f64) -> Scene {
    let rows = Metric::ALL.map(|metric| {
        let name = format!("{metric} metric");
        (name, &arm.agreement.alpha[metric.name()])
    });
    let group = CoefficientGroup {
        heading: "Between raters, all images".to_owned(),
        rows: rows.into(),
    };
    scene(&[group], "Krippendorff's alpha", width)
}

fn groups(analysis: &StudyAnalysis, metric: Metric) -> Vec<CoefficientGroup<'_>> {
    let group = |heading: String, kind, holds: &dyn Fn(&AlphaRow) -> bool| CoefficientGroup {
        heading,
        rows: analysis
            .alphas_of(kind)
            .filter(|row| holds(row))
            .filter_map(|row| Some((name_of(row), row.of(metric)?)))
            .collect(),
    };
    let reference = &analysis.arms[0];
    let each = analysis.arms[1..].iter().map(|arm| {
        let heading = format!("Each rater on {reference} and {arm}");
        group(heading, AlphaKind::RaterAcrossArms, &|row| {
            row.arms[1] == *arm
        })
    });
    let further = [
        ("Between raters, one arm", AlphaKind::AllRatersOnArm),
        ("All readings together", AlphaKind::AllReadings),
    ];
    let further = further.map(|(heading, kind)| group(heading.to_owned(), kind, &|_| true));
    each.chain(further).collect()
}

fn name_of(row: &AlphaRow) -> String {
    match (&row.rater, row.arms.len()) {
        (Some(rater), _) => rater.clone(),
        (None, 0..=2) => row.arms.join(" and "),
        (None, _) => "Every arm".to_owned(),
    }
}

fn scene(groups: &[CoefficientGroup<'_>], axis_name: &str, width: f64) -> Scene {
    let n_rows: usize = groups.iter().map(|group| group.rows.len()).sum();
    let height = TOP + groups.len() as f64 * HEADING + n_rows as f64 * ROW + BELOW;
    let mut scene = Scene::new(width, height, format!("{axis_name}, with intervals"));
    let rows = groups.iter().flat_map(|group| &group.rows);
    let axis = Axis::of(rows.map(|(_, outcome)| *outcome), width);
    axis.draw(&mut scene, axis_name);
    let mut y = TOP;
    for group in groups {
        let at = [MARGIN, y + HEADING / 2.0 + 1.0];
        let heading = fitted(&group.heading, 9.0, axis.from - 12.0);
        scene.text(at, heading, 9.0, Anchor::Start, Ink::Grey);
        y += HEADING;
        for (name, outcome) in &group.rows {
            axis.draw_row(&mut scene, name, outcome, y + ROW / 2.0);
            let (words, n) = (estimate(outcome), outcome.n());
            scene.areas.push(Area {
                at: [0.0, y],
                size: [width, ROW],
                label: format!("{}, {name}, {words}, n = {n}", group.heading),
                details: format!("{name}\n{words}\n{}", method_and_n(outcome)),
                is_cell: false,
            });
            y += ROW;
        }
    }
    scene
}

/// From a round number below every interval up to 1.
struct Axis {
    low: f64,
    step: f64,
    from: f64,
    to: f64,
}

impl Axis {
    fn of<'a>(outcomes: impl Iterator<Item = &'a Outcome>, width: f64) -> Self {
        let ends = outcomes.filter_map(|outcome| {
            let value = outcome.value()?;
            Some(outcome.interval().map_or(value, |(low, _)| low))
        });
        let lowest = ends.fold(0.6, f64::min).max(-1.0);
        let step = if lowest < 0.3 { 0.2 } else { 0.1 };
        // Counted in steps down from 1, so that 1 is a mark.
        let n_steps = ((1.0 - lowest) / step).ceil();
        Self {
            low: 1.0 - n_steps * step,
            step,
            from: (0.37 * width).min(NAMES),
            to: width - NUMBERS,
        }
    }

    fn x(&self, value: f64) -> f64 {
        let share = (value.max(self.low) - self.low) / (1.0 - self.low);
        self.from + share * (self.to - self.from)
    }

    fn draw(&self, scene: &mut Scene, name: &str) {
        let bottom = scene.height - BELOW;
        let n_steps = ((1.0 - self.low) / self.step).round() as usize;
        for idx in 0..=n_steps {
            let value = 1.0 - idx as f64 * self.step;
            let x = self.x(value);
            scene.line([x, TOP], [x, bottom], Ink::Rule, 0.4);
            scene.line([x, bottom], [x, bottom + 3.0], Ink::Black, 0.6);
            // Without this, 0 may come out as a negative number next to it.
            let value = if value.abs() < 1e-9 { 0.0 } else { value };
            let words = with_minus(&format!("{value:.1}"));
            scene.text([x, bottom + 10.0], words, TEXT, Anchor::Middle, Ink::Black);
        }
        scene.line([self.from, bottom], [self.to, bottom], Ink::Black, 0.6);
        let below = [f64::midpoint(self.from, self.to), bottom + 26.0];
        scene.text(below, name, 9.0, Anchor::Middle, Ink::Black);
        let y = TOP + HEADING / 2.0 + 1.0;
        let right = scene.width - MARGIN;
        for (x, words) in [(right - N_WIDTH, "Value and interval"), (right, "n")] {
            scene.text([x, y], words, TEXT, Anchor::End, Ink::Grey);
        }
    }

    fn draw_row(&self, scene: &mut Scene, name: &str, outcome: &Outcome, y: f64) {
        let label = fitted(name, TEXT, self.from - 20.0);
        scene.text([MARGIN + 8.0, y], label, TEXT, Anchor::Start, Ink::Black);
        let right = scene.width - MARGIN;
        let n = outcome.n().to_string();
        scene.text([right, y], n, TEXT, Anchor::End, Ink::Black);
        let words = estimate(outcome);
        let at = [right - N_WIDTH, y];
        let Some(value) = outcome.value() else {
            // Longer than a number, so that it begins where the axis still goes on.
            let size = [width_of(&words, TEXT), ROW - 2.0];
            scene.rect([at[0] - size[0], y - size[1] / 2.0], size, Ink::Paper);
            return scene.text(at, words, TEXT, Anchor::End, Ink::Grey);
        };
        scene.text(at, words, TEXT, Anchor::End, Ink::Black);
        if let Some((low, high)) = outcome.interval() {
            let (from, to) = (self.x(low), self.x(high));
            scene.line([from, y], [to, y], Ink::Interval, 1.3);
            for end in [from, to] {
                scene.line([end, y - 2.4], [end, y + 2.4], Ink::Interval, 1.0);
            }
        }
        scene.dot([self.x(value), y], 2.7, Ink::Black);
    }
}
