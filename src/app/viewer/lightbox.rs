//! The sheet of slices in the window: which slices it has, and which of its rows are seen. Rows, columns
//! and step are those of the sheet that is handed on as a picture.

use super::choice::Layout;
use super::desk::Desk;
use crate::volume::{Grid, Plane};
use crate::workflows::lightbox_positions;

impl Desk {
    /// Where all slices of the sheet lie, mm along the normal of the active plane, from foot to head, from
    /// back to front or from left to right.
    #[must_use]
    pub fn sheet_positions(&self) -> Vec<f64> {
        let Some(grid) = self.base().map(|base| base.volume.grid()) else {
            return Vec::new();
        };
        let plane = self.active;
        let choice = self.picture.choice;
        let [rows, columns] = choice.tiles;
        match choice.step {
            0 => lightbox_positions(plane, grid, rows * columns, None),
            step => {
                let middle_mm = grid.center_in_world()[plane.normal_axis()];
                let about = Some((step, middle_mm));
                lightbox_positions(plane, grid, plane.n_slices(grid), about)
            }
        }
    }

    /// The slices of the sheet that are seen, and the place among them of the one that is nearest to the
    /// crosshair, if that is seen.
    #[must_use]
    pub fn seen_sheet(&self) -> (Vec<f64>, Option<usize>) {
        let all = self.sheet_positions();
        let [rows, columns] = self.picture.choice.tiles;
        let first = self.sheet_row.min(self.last_row(all.len())) * columns;
        let current = self.nearest_tile(&all);
        let seen: Vec<f64> = all.into_iter().skip(first).take(rows * columns).collect();
        let current = current.and_then(|at| at.checked_sub(first));
        let current = current.filter(|at| *at < seen.len());
        (seen, current)
    }

    /// Which of a grid's slices the crosshair lies in, counted from 1, and of how many; none outside of it,
    /// and where its slices lie askew, so that a plane cuts several.
    #[must_use]
    pub fn slice_number(&self, plane: Plane, grid: &Grid) -> Option<(usize, usize)> {
        const MOST_ASKEW_DEG: f64 = 1.0;
        let n = plane.n_slices(grid);
        let first_mm = plane.position_of_slice(grid, 0);
        let step_mm = plane.position_of_slice(grid, 1) - first_mm;
        let index = ((self.crosshair[plane.normal_axis()] - first_mm) / step_mm).round();
        let is_inside = (0.0..n as f64).contains(&index);
        (is_inside && grid.oblique_deg() < MOST_ASKEW_DEG).then(|| (index as usize + 1, n))
    }

    /// Goes so many rows of the sheet down.
    pub(super) fn turn_sheet(&mut self, rows: isize) {
        let last = self.last_row(self.sheet_positions().len());
        self.sheet_row = self
            .sheet_row
            .min(last)
            .saturating_add_signed(rows)
            .min(last);
    }

    /// Turns the sheet so far that the slice of the crosshair is seen.
    pub(super) fn follow_sheet(&mut self) {
        if self.layout != Layout::Lightbox {
            return;
        }
        let all = self.sheet_positions();
        let [rows, columns] = self.picture.choice.tiles;
        let Some(row) = self.nearest_tile(&all).map(|at| at / columns.max(1)) else {
            return;
        };
        let first = self.sheet_row.min(self.last_row(all.len()));
        self.sheet_row = first.clamp((row + 1).saturating_sub(rows), row);
    }

    /// The row with which the sheet's last page begins.
    fn last_row(&self, n_slices: usize) -> usize {
        let [rows, columns] = self.picture.choice.tiles;
        n_slices.div_ceil(columns.max(1)).saturating_sub(rows)
    }

    fn nearest_tile(&self, all: &[f64]) -> Option<usize> {
        let at_mm = self.crosshair[self.active.normal_axis()];
        let far = |at: &usize| (all[*at] - at_mm).abs();
        (0..all.len()).min_by(|a, b| far(a).total_cmp(&far(b)))
    }
}
