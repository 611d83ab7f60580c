//! Transition matrices: counts and row shares, shaded by the share.

use super::scene::{Anchor, BLACK_INK, Colour, GREY_INK, PAPER, RULE, Scene, WIDTH, fitted};
use crate::{report::Moves, stats::TransitionMatrix};

/// More panels than these go to a further figure.
pub(super) const MOST_PANELS: usize = 6;

const N_COLUMNS: usize = 2;
/// Above the cells: the panel's name.
const TITLE: f64 = 24.0;
/// Left of the cells: the axis and its levels.
const LEFT: f64 = 42.0;
/// Right of the cells: the number in each row.
const RIGHT: f64 = 40.0;
/// Below the cells: levels and axis.
const BELOW: f64 = 40.0;

/// One panel for each, in two columns.
pub(super) fn scene(moves: &[&Moves], title: &str) -> Scene {
    let n_rows = moves.len().div_ceil(N_COLUMNS);
    let panel_width = WIDTH / N_COLUMNS as f64;
    let cells_width = panel_width - LEFT - RIGHT;
    let cells_height = if n_rows > 2 { 140.0 } else { 150.0 };
    let panel_height = TITLE + cells_height + BELOW;
    let mut scene = Scene::new(n_rows as f64 * panel_height, title);
    for (idx, moves) in moves.iter().enumerate() {
        let corner = [
            (idx % N_COLUMNS) as f64 * panel_width,
            (idx / N_COLUMNS) as f64 * panel_height,
        ];
        let name = moves.rater.as_deref().unwrap_or("All raters");
        let panel = Panel {
            corner,
            size: [cells_width, cells_height],
            matrix: &moves.transitions,
            name,
        };
        panel.draw(&mut scene);
    }
    scene
}

struct Panel<'a> {
    corner: [f64; 2],
    /// Of all cells together.
    size: [f64; 2],
    matrix: &'a TransitionMatrix,
    name: &'a str,
}

impl Panel<'_> {
    fn draw(&self, scene: &mut Scene) {
        let [x0, y0] = [self.corner[0] + LEFT, self.corner[1] + TITLE];
        let n = self.matrix.levels().len();
        let cell = self.size.map(|side| side / n as f64);
        let pairs = format!(
            "{}, n = {}",
            fitted(self.name, 10.0, 112.0),
            self.matrix.n()
        );
        scene.text([x0, y0 - 11.0], pairs, 10.0, Anchor::Start, BLACK_INK);
        scene.text(
            [x0 + self.size[0] + 8.0, y0 - 6.0],
            "n",
            8.0,
            Anchor::Start,
            GREY_INK,
        );
        for from in 0..n {
            for to in 0..n {
                let at = [x0 + to as f64 * cell[0], y0 + from as f64 * cell[1]];
                self.draw_cell(scene, from, to, at, cell);
            }
        }
        for idx in 0..=n {
            let along = idx as f64;
            let (x, y) = (x0 + along * cell[0], y0 + along * cell[1]);
            scene.line([x, y0], [x, y0 + self.size[1]], RULE, 0.5);
            scene.line([x0, y], [x0 + self.size[0], y], RULE, 0.5);
        }
        for idx in 0..n {
            let at = [x0 + idx as f64 * cell[0], y0 + idx as f64 * cell[1]];
            scene.frame(at, cell, BLACK_INK, 0.8);
        }
        self.draw_axes(scene, [x0, y0], cell);
    }

    fn draw_axes(&self, scene: &mut Scene, [x0, y0]: [f64; 2], cell: [f64; 2]) {
        let bottom = y0 + self.size[1];
        for (idx, level) in self.matrix.levels().iter().enumerate() {
            let middle = idx as f64 + 0.5;
            let (x, y) = (x0 + middle * cell[0], y0 + middle * cell[1]);
            scene.text(
                [x0 - 8.0, y],
                level.to_string(),
                9.0,
                Anchor::End,
                BLACK_INK,
            );
            scene.text(
                [x, bottom + 9.0],
                level.to_string(),
                9.0,
                Anchor::Middle,
                BLACK_INK,
            );
            let n = self.matrix.row_total(idx).to_string();
            scene.text(
                [x0 + self.size[0] + 8.0, y],
                n,
                8.0,
                Anchor::Start,
                GREY_INK,
            );
        }
        let across = axis(self.matrix.to_label(), self.size[0] + LEFT);
        let middle = x0 + self.size[0] / 2.0;
        scene.text(
            [middle, bottom + 23.0],
            across,
            9.0,
            Anchor::Middle,
            BLACK_INK,
        );
        let down = axis(self.matrix.from_label(), self.size[1] + TITLE);
        scene.text_upwards([x0 - 28.0, y0 + self.size[1] / 2.0], down, 9.0);
    }

    fn draw_cell(&self, scene: &mut Scene, from: usize, to: usize, at: [f64; 2], cell: [f64; 2]) {
        let [x, y] = [at[0] + cell[0] / 2.0, at[1] + cell[1] / 2.0];
        let count = self.matrix.counts()[from][to];
        let Some(share) = self.matrix.row_share(from, to) else {
            scene.rect(at, cell, [244, 244, 244]);
            return scene.text([x, y], "–", 8.0, Anchor::Middle, GREY_INK);
        };
        if count == 0 {
            return scene.text([x, y], "0", 8.0, Anchor::Middle, GREY_INK);
        }
        scene.rect(at, cell, shade(share));
        let roomy = cell[0] >= 28.0 && cell[1] >= 24.0;
        let up = if roomy { 5.5 } else { 0.0 };
        scene.text(
            [x, y - up],
            count.to_string(),
            10.0,
            Anchor::Middle,
            BLACK_INK,
        );
        if roomy {
            let share = format!("{:.0} %", 100.0 * share);
            scene.text([x, y + 6.5], share, 8.0, Anchor::Middle, BLACK_INK);
        }
    }
}

/// "Grade on real scans".
fn axis(arm: &str, width: f64) -> String {
    let arm = fitted(arm, 9.0, width - 75.0);
    format!("Grade on {arm} scans")
}

/// From paper to a blue on which black ink is still easy to see.
fn shade(share: f64) -> Colour {
    const FULL: [f64; 3] = [92.0, 166.0, 214.0];
    let mixed = |idx: usize| {
        let paper = f64::from(PAPER[idx]);
        (paper + (FULL[idx] - paper) * share).round() as u8
    };
    [mixed(0), mixed(1), mixed(2)]
}
