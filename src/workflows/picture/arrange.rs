//! Where panels lie, and which slices a sheet shows.

use super::figure::PicturePanel;
use crate::volume::{Grid, Plane};

/// So many units is the longest side of a picture that no window gave a size.
const UNITS_OF_SIDE: f64 = 256.0;
/// Between panels, units.
const GAP: f64 = 2.0;

/// Pixels of a unit for panels of these sizes, so that letters are as large beside them as on a screen.
#[must_use]
pub fn scale_for(sizes: &[[u32; 2]]) -> f64 {
    let longest = sizes.iter().flatten().copied().max();
    f64::from(longest.unwrap_or(1)) / UNITS_OF_SIDE
}

/// Panels in rows of so many, each row as high as its highest and each column as wide as its widest, with
/// a narrow gap between them. `scale` is pixels of a unit.
#[must_use]
pub fn in_rows(mut panels: Vec<PicturePanel>, n_columns: usize, scale: f64) -> Vec<PicturePanel> {
    let n_columns = n_columns.max(1);
    let gap = (GAP * scale).round() as u32;
    let mut widths = vec![0; n_columns];
    let mut heights = vec![0; panels.len().div_ceil(n_columns)];
    for (at, panel) in panels.iter().enumerate() {
        let [width, height] = panel.slice.view.size;
        let (column, row) = (at % n_columns, at / n_columns);
        widths[column] = widths[column].max(width);
        heights[row] = heights[row].max(height);
    }
    // What is too large is refused when it is drawn.
    let before = |sizes: &[u32], n: usize| {
        let sizes = sizes[..n].iter();
        sizes.fold(0_u32, |sum, size| {
            sum.saturating_add(*size).saturating_add(gap)
        })
    };
    for (at, panel) in panels.iter_mut().enumerate() {
        panel.at = [
            before(&widths, at % n_columns),
            before(&heights, at / n_columns),
        ];
    }
    panels
}

/// The middles of stored slices at equal steps, mm along the normal of a plane, from foot to head, from
/// back to front or from left to right; at most so many. `about` is a step in slices and where the middle
/// one lies; without it they go over the whole scan.
#[must_use]
pub fn lightbox_positions(
    plane: Plane,
    grid: &Grid,
    n_tiles: usize,
    about: Option<(usize, f64)>,
) -> Vec<f64> {
    let n_slices = plane.n_slices(grid);
    let n_tiles = n_tiles.max(1);
    let step = match about {
        Some((step, _)) => step.clamp(1, n_slices),
        None => n_slices.div_ceil(n_tiles),
    };
    let n = n_tiles.min((n_slices - 1) / step + 1);
    let reach = (n - 1) * step;
    let last_first = n_slices - 1 - reach;
    let first = match about {
        Some((_, at_mm)) => {
            let middle = nearest_slice(plane, grid, at_mm);
            middle.saturating_sub(n / 2 * step).min(last_first)
        }
        None => last_first / 2,
    };
    let slices = (0..n).map(|tile| plane.position_of_slice(grid, first + tile * step));
    let mut positions: Vec<f64> = slices.collect();
    positions.sort_by(f64::total_cmp);
    positions
}

fn nearest_slice(plane: Plane, grid: &Grid, at_mm: f64) -> usize {
    let first_mm = plane.position_of_slice(grid, 0);
    let step_mm = plane.position_of_slice(grid, 1) - first_mm;
    let off = (plane.nearest_slice_mm(grid, at_mm) - first_mm) / step_mm;
    off.round() as usize
}
