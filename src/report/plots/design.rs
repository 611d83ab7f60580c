//! A drawn design as a picture: who sees an image of which arm when.

use crate::report::{
    Figure, FigureError,
    scene::{Anchor, Ink, Scene, WIDTH, fitted},
};
use crate::study::{Design, Key, Worklist};

const LEFT: f64 = 92.0;
const LEGEND: f64 = 22.0;
const CELL_HEIGHT: f64 = 13.0;
const ROW: f64 = 19.0;
const AXIS: f64 = 26.0;
/// Between installments.
const GAP: f64 = 8.0;
/// The greatest width of a case.
const CELL_WIDTH: f64 = 12.0;
/// More raters than this tell nothing more.
const N_RATERS: usize = 12;

/// A row for each rater, a cell for each case in the order in which that rater sees them, coloured
/// by arm; a dot marks an image that is shown a second time. Training is not shown.
///
/// # Errors
/// When it cannot be painted.
pub fn design_figure(design: &Design, key: &Key) -> Result<Figure, FigureError> {
    let arms = &key.protocol().arms;
    let shown = &design.worklists[..design.worklists.len().min(N_RATERS)];
    let n_more = design.worklists.len() - shown.len();
    let height = LEGEND + shown.len() as f64 * ROW + AXIS + if n_more > 0 { 14.0 } else { 0.0 };
    let mut scene = Scene::new(
        WIDTH,
        height,
        "Order of arms for each rater and installment",
    );
    legend(&mut scene, arms);
    let width_of = cell_width(shown);
    for (row, worklist) in shown.iter().enumerate() {
        let y = LEGEND + row as f64 * ROW;
        let name = fitted(&worklist.rater, 8.5, LEFT - 8.0);
        let middle = y + CELL_HEIGHT / 2.0;
        scene.text([LEFT - 6.0, middle], name, 8.5, Anchor::End, Ink::Black);
        row_of(&mut scene, worklist, key, arms, y, width_of);
    }
    let below = LEGEND + shown.len() as f64 * ROW;
    if let Some(first) = shown.first() {
        let mut x = LEFT;
        for (number, codes) in (1..).zip(&first.installments) {
            let width = codes.len() as f64 * width_of;
            let words = format!("installment {number}");
            let at = [x + width / 2.0, below + 6.0];
            scene.text(at, words, 8.0, Anchor::Middle, Ink::Grey);
            x += width + GAP;
        }
    }
    if n_more > 0 {
        let words = format!("and {n_more} more raters");
        scene.text([LEFT, below + 24.0], words, 8.0, Anchor::Start, Ink::Grey);
    }
    scene.figure()
}

/// All rows have cells of one width, so that the longest fits.
fn cell_width(worklists: &[Worklist]) -> f64 {
    let n_cases = worklists.iter().map(Worklist::n_cases).max().unwrap_or(1);
    let n_gaps = worklists.iter().map(|of| of.installments.len()).max();
    let room = WIDTH - LEFT - 4.0 - n_gaps.unwrap_or(1) as f64 * GAP;
    (room / n_cases.max(1) as f64).min(CELL_WIDTH)
}

fn legend(scene: &mut Scene, arms: &[String]) {
    let width = (WIDTH - LEFT) / arms.len().max(1) as f64;
    for (idx, arm) in arms.iter().enumerate() {
        let x = LEFT + idx as f64 * width;
        scene.rect([x, 2.0], [9.0, 9.0], Ink::Arm(idx));
        let words = fitted(arm, 8.5, width - 18.0);
        scene.text([x + 13.0, 6.5], words, 8.5, Anchor::Start, Ink::Black);
    }
}

fn row_of(scene: &mut Scene, worklist: &Worklist, key: &Key, arms: &[String], y: f64, width: f64) {
    let mut x = LEFT;
    for codes in &worklist.installments {
        for code in codes {
            if let Some(case) = key.entry(code) {
                let arm = arms.iter().position(|arm| *arm == case.arm).unwrap_or(0);
                let gap = (width / 8.0).min(0.8);
                scene.rect([x, y], [width - gap, CELL_HEIGHT], Ink::Arm(arm));
                if case.is_repeat {
                    let middle = [x + (width - gap) / 2.0, y + CELL_HEIGHT / 2.0];
                    scene.dot(middle, (width / 3.0).min(2.2), Ink::Black);
                }
            }
            x += width;
        }
        x += GAP;
    }
}
