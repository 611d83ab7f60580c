//! Alphas with their intervals, one below the other.

use super::{
    scene::{Anchor, BLACK_INK, BLUE, GREY_INK, RULE, Scene, WIDTH, fitted},
    table::with_minus,
};
use crate::report::{AlphaKind, AlphaRow, StudyAnalysis, study::listed};

const ROW: f64 = 15.0;
const HEADING: f64 = 19.0;
/// Where the axis begins and ends.
const FROM: f64 = 186.0;
const TO: f64 = 382.0;
/// Below the rows: numbers and the axis' name.
const BELOW: f64 = 38.0;
const TOP: f64 = 6.0;
/// Left and right of the texts.
const MARGIN: f64 = 4.0;

/// Rows below a heading, each with its name.
struct Group<'a> {
    heading: String,
    rows: Vec<(String, &'a AlphaRow)>,
}

/// Every alpha with the interval metric: raters across arms, arm by arm; then between raters; then
/// all readings.
pub(super) fn scene(analysis: &StudyAnalysis) -> Scene {
    let groups = groups(analysis);
    let n_rows: usize = groups.iter().map(|group| group.rows.len()).sum();
    let height = TOP + groups.len() as f64 * HEADING + n_rows as f64 * ROW + BELOW;
    let title = "Krippendorff's alpha, interval metric, with intervals";
    let mut scene = Scene::new(height, title);
    let axis = Axis::of(&analysis.alphas);
    axis.draw(&mut scene, height - BELOW);
    let mut y = TOP;
    for group in groups {
        let at = [MARGIN, y + HEADING / 2.0 + 1.0];
        let heading = fitted(&group.heading, 9.0, FROM - 12.0);
        scene.text(at, heading, 9.0, Anchor::Start, GREY_INK);
        y += HEADING;
        for (name, row) in group.rows {
            axis.draw_row(&mut scene, &name, row, y + ROW / 2.0);
            y += ROW;
        }
    }
    scene
}

fn groups(analysis: &StudyAnalysis) -> Vec<Group<'_>> {
    let reference = &analysis.arms[0];
    let mut groups: Vec<Group<'_>> = Vec::new();
    for arm in &analysis.arms[1..] {
        let own = analysis.alphas_of(AlphaKind::RaterAcrossArms);
        let own = own.filter(|row| row.arms[1] == *arm);
        groups.push(Group {
            heading: format!("Each rater, {reference} and {arm}"),
            rows: own
                .map(|row| (row.rater.clone().unwrap_or_default(), row))
                .collect(),
        });
    }
    let between = analysis.alphas_of(AlphaKind::AllRatersOnArm);
    groups.push(Group {
        heading: "Between raters, one arm".into(),
        rows: between.map(|row| (row.arms[0].clone(), row)).collect(),
    });
    let all = analysis.alphas_of(AlphaKind::AllReadings);
    let name = |row: &AlphaRow| match row.arms.len() {
        2 => listed(&row.arms),
        _ => "Every arm".to_owned(),
    };
    groups.push(Group {
        heading: "All readings together".into(),
        rows: all.map(|row| (name(row), row)).collect(),
    });
    groups
}

/// From a round number below every interval up to 1.
struct Axis {
    low: f64,
    step: f64,
}

impl Axis {
    fn of(rows: &[AlphaRow]) -> Self {
        let ends = rows.iter().filter_map(|row| {
            let value = row.interval.value()?;
            Some(row.interval.interval().map_or(value, |(low, _)| low))
        });
        let lowest = ends.fold(0.6, f64::min).max(-1.0);
        let step = if lowest < 0.3 { 0.2 } else { 0.1 };
        // Counted in steps down from 1, so that 1 is a mark.
        let n_steps = ((1.0 - lowest) / step).ceil();
        Self {
            low: 1.0 - n_steps * step,
            step,
        }
    }

    fn x(&self, alpha: f64) -> f64 {
        FROM + (alpha - self.low) / (1.0 - self.low) * (TO - FROM)
    }

    fn draw(&self, scene: &mut Scene, bottom: f64) {
        let n_steps = ((1.0 - self.low) / self.step).round() as usize;
        for idx in 0..=n_steps {
            let alpha = 1.0 - idx as f64 * self.step;
            let x = self.x(alpha);
            scene.line([x, TOP], [x, bottom], RULE, 0.4);
            scene.line([x, bottom], [x, bottom + 3.0], BLACK_INK, 0.6);
            let alpha = if alpha.abs() < 1e-9 { 0.0 } else { alpha };
            let words = with_minus(&format!("{alpha:.1}"));
            scene.text([x, bottom + 10.0], words, 8.5, Anchor::Middle, BLACK_INK);
        }
        scene.line([FROM, bottom], [TO, bottom], BLACK_INK, 0.6);
        let middle = f64::midpoint(FROM, TO);
        let words = "Krippendorff's alpha (interval metric)";
        scene.text(
            [middle, bottom + 26.0],
            words,
            9.0,
            Anchor::Middle,
            BLACK_INK,
        );
    }

    fn draw_row(&self, scene: &mut Scene, name: &str, row: &AlphaRow, y: f64) {
        let label = fitted(name, 8.5, FROM - 20.0);
        scene.text([MARGIN + 8.0, y], label, 8.5, Anchor::Start, BLACK_INK);
        let words = match row.interval.value() {
            Some(_) => with_minus(&row.interval.to_string()),
            None => "undefined".to_owned(),
        };
        scene.text([WIDTH - MARGIN, y], words, 8.5, Anchor::End, BLACK_INK);
        let Some(alpha) = row.interval.value() else {
            return;
        };
        if let Some((low, high)) = row.interval.interval() {
            let (from, to) = (self.x(low.max(self.low)), self.x(high));
            scene.line([from, y], [to, y], BLUE, 1.3);
            for end in [from, to] {
                scene.line([end, y - 2.4], [end, y + 2.4], BLUE, 1.0);
            }
        }
        scene.dot([self.x(alpha.max(self.low)), y], 2.7, BLACK_INK);
    }
}
