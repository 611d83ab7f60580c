//! Transition matrices: counts and row shares, shaded by the share.

use crate::{
    report::{
        Moves,
        scene::{Anchor, Area, Ink, Scene, fitted},
    },
    stats::TransitionMatrix,
};

/// More panels than these go to a further figure.
pub(crate) const MOST_PANELS: usize = 6;

/// Narrower panels stand in fewer columns.
const LEAST_WIDTH: f64 = 240.0;
/// Above the cells: the panel's name.
const TITLE: f64 = 24.0;
/// Left of the cells: the axis and its levels.
const LEFT: f64 = 42.0;
/// Right of the cells: the number in each row.
const RIGHT: f64 = 40.0;
/// Below the cells: levels and axis.
const BELOW: f64 = 40.0;

/// One panel for each, in as many columns as have room.
pub(crate) fn transitions(moves: &[&Moves], title: &str, width: f64) -> Scene {
    let n_columns = (width / LEAST_WIDTH).max(1.0) as usize;
    let n_rows = moves.len().div_ceil(n_columns);
    let panel_width = width / n_columns as f64;
    let cells_width = panel_width - LEFT - RIGHT;
    let cells_height = if n_rows > 2 { 140.0 } else { 150.0 };
    let panel_height = TITLE + cells_height + BELOW;
    let mut scene = Scene::new(width, n_rows as f64 * panel_height, title);
    for (idx, moves) in moves.iter().enumerate() {
        let corner = [
            (idx % n_columns) as f64 * panel_width,
            (idx / n_columns) as f64 * panel_height,
        ];
        let name = moves.rater.as_deref().unwrap_or("All raters");
        let panel = MatrixPanel {
            corner,
            size: [cells_width, cells_height],
            matrix: &moves.transitions,
            name,
        };
        panel.draw(&mut scene);
    }
    scene
}

struct MatrixPanel<'a> {
    corner: [f64; 2],
    /// Of all cells together.
    size: [f64; 2],
    matrix: &'a TransitionMatrix,
    name: &'a str,
}

impl MatrixPanel<'_> {
    fn draw(&self, scene: &mut Scene) {
        let [x0, y0] = [self.corner[0] + LEFT, self.corner[1] + TITLE];
        let n = self.matrix.levels().len();
        let cell = self.size.map(|side| side / n as f64);
        let pairs = format!(
            "{}, n = {}",
            fitted(self.name, 10.0, self.size[0] - 58.0),
            self.matrix.n()
        );
        scene.text([x0, y0 - 11.0], pairs, 10.0, Anchor::Start, Ink::Black);
        scene.text(
            [x0 + self.size[0] + 8.0, y0 - 6.0],
            "n",
            8.0,
            Anchor::Start,
            Ink::Grey,
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
            scene.line([x, y0], [x, y0 + self.size[1]], Ink::Rule, 0.5);
            scene.line([x0, y], [x0 + self.size[0], y], Ink::Rule, 0.5);
        }
        for idx in 0..n {
            let at = [x0 + idx as f64 * cell[0], y0 + idx as f64 * cell[1]];
            scene.frame(at, cell, Ink::Black, 0.8);
        }
        self.draw_axes(scene, [x0, y0], cell);
        let [rows, columns] = self.axes();
        scene.areas.push(Area {
            at: [x0, y0 - TITLE],
            size: [self.size[0], TITLE],
            label: format!(
                "{}, n = {}, rows {rows}, columns {columns}",
                self.name,
                self.matrix.n()
            ),
            details: String::new(),
            is_cell: false,
        });
    }

    /// Names of rows and columns.
    fn axes(&self) -> [String; 2] {
        [self.matrix.from_label(), self.matrix.to_label()]
            .map(|arm| format!("Grade on {arm} scans"))
    }

    fn cell_in_words(&self, from: usize, to: usize) -> String {
        let levels = self.matrix.levels();
        let (rows, columns) = (self.matrix.from_label(), self.matrix.to_label());
        let place = format!(
            "grade {} on {rows} scans, {} on {columns} scans",
            levels[from], levels[to]
        );
        let (count, total) = (self.matrix.counts()[from][to], self.matrix.row_total(from));
        match self.matrix.row_share(from, to) {
            None => format!("{place}, no pair has this grade on {rows} scans"),
            Some(share) => format!("{place}, {count} of {total} pairs, {:.0} %", 100.0 * share),
        }
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
                Ink::Black,
            );
            scene.text(
                [x, bottom + 9.0],
                level.to_string(),
                9.0,
                Anchor::Middle,
                Ink::Black,
            );
            let n = self.matrix.row_total(idx).to_string();
            scene.text(
                [x0 + self.size[0] + 8.0, y],
                n,
                8.0,
                Anchor::Start,
                Ink::Grey,
            );
        }
        let across = axis(self.matrix.to_label(), self.size[0] + LEFT);
        let middle = x0 + self.size[0] / 2.0;
        scene.text(
            [middle, bottom + 23.0],
            across,
            9.0,
            Anchor::Middle,
            Ink::Black,
        );
        let down = axis(self.matrix.from_label(), self.size[1] + TITLE);
        scene.text_upwards([x0 - 28.0, y0 + self.size[1] / 2.0], down, 9.0);
    }

    fn draw_cell(&self, scene: &mut Scene, from: usize, to: usize, at: [f64; 2], cell: [f64; 2]) {
        let words = self.cell_in_words(from, to);
        scene.areas.push(Area {
            at,
            size: cell,
            label: format!("{}, {words}", self.name),
            details: words,
            is_cell: true,
        });
        let [x, y] = [at[0] + cell[0] / 2.0, at[1] + cell[1] / 2.0];
        let count = self.matrix.counts()[from][to];
        let Some(share) = self.matrix.row_share(from, to) else {
            scene.rect(at, cell, Ink::Empty);
            return scene.text([x, y], "–", 8.0, Anchor::Middle, Ink::Grey);
        };
        if count == 0 {
            return scene.text([x, y], "0", 8.0, Anchor::Middle, Ink::Grey);
        }
        scene.rect(at, cell, Ink::Share(share));
        let roomy = cell[0] >= 28.0 && cell[1] >= 24.0;
        let up = if roomy { 5.5 } else { 0.0 };
        scene.text(
            [x, y - up],
            count.to_string(),
            10.0,
            Anchor::Middle,
            Ink::Black,
        );
        if roomy {
            let share = format!("{:.0} %", 100.0 * share);
            scene.text([x, y + 6.5], share, 8.0, Anchor::Middle, Ink::Black);
        }
    }
}

/// "Grade on real scans".
fn axis(arm: &str, width: f64) -> String {
    let arm = fitted(arm, 9.0, width - 75.0);
    format!("Grade on {arm} scans")
}
