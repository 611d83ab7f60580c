//! A scan made ready: where its head is, which part of it is stiff, and its resolutions.

use super::RegistrationError;
use super::pyramid::{Level, gaussian};
use crate::volume::{Affine, Volume, percentiles};
use nalgebra::{Point3, Vector3};
use rayon::prelude::*;
use std::collections::VecDeque;
use std::sync::{Arc, Mutex};

/// The edge of the cells on which a head is sought, mm.
const CELL_MM: f64 = 4.0;
/// What is darker than this share of the bright parts is air.
const AIR: f32 = 0.12;
/// The cranium ends here, mm below the vertex: the jaw and the neck move on their own.
const CRANIUM_MM: f64 = 120.0;
/// Over how much above that its weight falls to 0, mm.
const TAPER_MM: f64 = 15.0;
/// A slice with less head than this is not the vertex, mm^2.
const VERTEX_MM2: f64 = 150.0;
/// Around the cranium this much is kept at high resolution, mm.
const MARGIN_MM: f64 = 15.0;

/// A scan made ready to be registered; a series makes each of its scans ready once.
pub struct HeadScan {
    volume: Volume,
    cells: Cells,
    /// How much a cell belongs to the head, from 0 to 1, a little beyond its skin.
    mask: Vec<f32>,
    vertex_mm: f64,
    center: Point3<f64>,
    /// What is bright in this scan; values are compared as shares of it.
    bright: f32,
    bounds: [[usize; 2]; 3],
    levels: Mutex<Vec<(u64, Arc<Level>)>>,
}

/// A box of cells along the axes of the world.
#[derive(Clone, Copy)]
struct Cells {
    dims: [usize; 3],
    /// The middle of the first cell.
    corner: Point3<f64>,
}

impl Cells {
    fn around(volume: &Volume) -> Self {
        let (low, high) = volume.grid().bounds_in_world();
        let extent = high - low;
        Self {
            dims: [0, 1, 2].map(|a| ((extent[a] / CELL_MM).ceil() as usize).clamp(1, 256)),
            corner: low + Vector3::repeat(CELL_MM / 2.0),
        }
    }

    fn n(&self) -> usize {
        self.dims.iter().product()
    }

    fn index(&self, cell: usize) -> [usize; 3] {
        let [nx, ny, _] = self.dims;
        [cell % nx, cell / nx % ny, cell / nx / ny]
    }

    fn offset_mm(&self, cell: usize) -> Vector3<f64> {
        Vector3::from(self.index(cell).map(|i| i as f64 * CELL_MM))
    }

    fn neighbours(&self, cell: usize) -> impl Iterator<Item = usize> {
        let steps = [1, self.dims[0], self.dims[0] * self.dims[1]];
        let index = self.index(cell);
        let dims = self.dims;
        (0..6).filter_map(move |side| {
            let axis = side / 2;
            match side % 2 {
                0 => (index[axis] > 0).then(|| cell - steps[axis]),
                _ => (index[axis] + 1 < dims[axis]).then(|| cell + steps[axis]),
            }
        })
    }
}

impl HeadScan {
    /// Finds the head.
    ///
    /// # Errors
    /// Where the scan is empty or what is bright in it has not the size of a head.
    pub fn new(volume: &Volume) -> Result<Self, RegistrationError> {
        let all = volume.grid().dims().map(|n| [0, n - 1]);
        let level = Level::of(volume, all, CELL_MM);
        let cells = Cells::around(volume);
        let mut world_from_cell = Affine::identity();
        world_from_cell
            .fixed_view_mut::<3, 1>(0, 3)
            .copy_from(&cells.corner.coords);
        let to = level.voxels_of_points(&world_from_cell);
        let values: Vec<f32> = (0..cells.n())
            .into_par_iter()
            .map(|cell| {
                let at = cells.offset_mm(cell);
                let at = [at.x as f32, at.y as f32, at.z as f32];
                level.sample(&to, at).map_or(0.0, |s| s.value.max(0.0))
            })
            .collect();
        let bright = match percentiles(&values, true, [0.97]) {
            Some([bright]) if bright > 0.0 => bright,
            _ => return Err(RegistrationError::Empty),
        };
        let is_head = largest_island(&cells, &values, AIR * bright);
        let extent_mm = extents_mm(&cells, &is_head);
        let fits = extent_mm[..2].iter().all(|mm| (90.0..=280.0).contains(mm));
        if !fits || extent_mm[2] < 60.0 {
            let [x, y, z] = extent_mm;
            return Err(RegistrationError::NotAHead(x, y, z));
        }
        let vertex_mm = vertex_mm(&cells, &is_head);
        let mut head = Self {
            volume: volume.clone(),
            mask: softened(&cells, &is_head),
            cells,
            vertex_mm,
            center: Point3::origin(),
            bright,
            bounds: all,
            levels: Mutex::new(vec![(level_key(CELL_MM), Arc::new(level))]),
        };
        (head.center, head.bounds) = head.middle_and_bounds(&is_head);
        Ok(head)
    }

    /// The scan itself.
    #[must_use]
    pub fn volume(&self) -> &Volume {
        &self.volume
    }

    /// The middle of the cranium, RAS+ mm.
    #[must_use]
    pub fn center(&self) -> Point3<f64> {
        self.center
    }

    pub(super) fn bright(&self) -> f32 {
        self.bright
    }

    /// The finest resolution that is of use, mm: that of the voxels, but not under 1.5 mm. Simulated
    /// patients a day after the tracer are found within 0.007 mm there, within 0.014 mm at 1 mm and
    /// within 0.018 mm at 2 mm.
    pub(super) fn finest_mm(&self) -> f64 {
        let [a, b, c] = self.volume.grid().spacing_mm();
        (a * b * c).cbrt().max(1.5)
    }

    /// The scan at a resolution.
    pub(super) fn level(&self, spacing_mm: f64) -> Arc<Level> {
        let key = level_key(spacing_mm);
        let find = || {
            let levels = self.levels.lock().ok()?;
            let found = levels.iter().find(|(own, _)| *own == key)?;
            Some(Arc::clone(&found.1))
        };
        if let Some(level) = find() {
            return level;
        }
        let bounds = match spacing_mm > CELL_MM {
            true => self.volume.grid().dims().map(|n| [0, n - 1]),
            false => self.bounds,
        };
        let level = Arc::new(Level::of(&self.volume, bounds, spacing_mm));
        if let Ok(mut levels) = self.levels.lock() {
            levels.push((key, Arc::clone(&level)));
        }
        level
    }

    /// How much a point of the world belongs to the head, from 0 to 1.
    pub(super) fn mask_at(&self, point: &Point3<f64>) -> f32 {
        let at = (point - self.cells.corner) / CELL_MM;
        let [nx, ny, nz] = self.cells.dims;
        let mut low = [0_usize; 3];
        let mut share = [0.0_f32; 3];
        for axis in 0..3 {
            let n = self.cells.dims[axis];
            if !(at[axis] >= 0.0 && at[axis] <= n as f64 - 1.0) {
                return 0.0;
            }
            low[axis] = (at[axis] as usize).min(n.saturating_sub(2));
            share[axis] = (at[axis] - low[axis] as f64) as f32;
        }
        let mut sum = 0.0;
        for corner in 0..8 {
            let up = [0, 1, 2].map(|axis| corner >> axis & 1);
            let [i, j, k] = [0, 1, 2].map(|axis| low[axis] + up[axis]);
            if i >= nx || j >= ny || k >= nz {
                continue;
            }
            let weight = |axis: usize| match up[axis] {
                1 => share[axis],
                _ => 1.0 - share[axis],
            };
            sum += weight(0) * weight(1) * weight(2) * self.mask[i + nx * (j + ny * k)];
        }
        sum
    }

    /// 1 in the cranium, falling to 0 where it ends.
    pub(super) fn taper_at(&self, point: &Point3<f64>) -> f32 {
        let left = (CRANIUM_MM - (self.vertex_mm - point.z)) / TAPER_MM;
        let share = left.clamp(0.0, 1.0);
        (share * share * (3.0 - 2.0 * share)) as f32
    }

    /// The cranium as points of the world, about 8 mm apart; what distances are averaged over.
    #[must_use]
    pub fn cranium(&self) -> Vec<Point3<f64>> {
        (0..self.cells.n())
            .filter(|&cell| self.cells.index(cell).iter().all(|i| i % 2 == 0))
            .map(|cell| {
                (
                    self.mask[cell],
                    self.cells.corner + self.cells.offset_mm(cell),
                )
            })
            .filter(|(mask, point)| *mask > 0.5 && self.taper_at(point) > 0.5)
            .map(|(_, point)| point)
            .collect()
    }

    /// The weighted middle of the cranium, and the voxels around it.
    fn middle_and_bounds(&self, is_head: &[bool]) -> (Point3<f64>, [[usize; 2]; 3]) {
        let grid = self.volume.grid();
        let margin = grid.spacing_mm().map(|mm| MARGIN_MM / mm);
        let (mut sum, mut total) = (Vector3::zeros(), 0.0);
        let mut low = [f64::INFINITY; 3];
        let mut high = [f64::NEG_INFINITY; 3];
        for cell in (0..self.cells.n()).filter(|&cell| is_head[cell]) {
            let point = self.cells.corner + self.cells.offset_mm(cell);
            let weight = f64::from(self.taper_at(&point));
            if weight == 0.0 {
                continue;
            }
            sum += point.coords * weight;
            total += weight;
            let voxel = grid.to_voxel(point);
            for axis in 0..3 {
                low[axis] = low[axis].min(voxel[axis] - margin[axis]);
                high[axis] = high[axis].max(voxel[axis] + margin[axis]);
            }
        }
        let dims = grid.dims();
        let bounds = std::array::from_fn(|a| {
            let last = dims[a] as f64 - 1.0;
            [
                low[a].clamp(0.0, last) as usize,
                high[a].clamp(0.0, last) as usize,
            ]
        });
        (Point3::from(sum / f64::max(total, 1e-9)), bounds)
    }
}

fn level_key(spacing_mm: f64) -> u64 {
    (spacing_mm * 1000.0).round() as u64
}

/// The largest set of cells above a threshold that hang together by their faces.
fn largest_island(cells: &Cells, values: &[f32], threshold: f32) -> Vec<bool> {
    let mut island = vec![0_u32; values.len()];
    let mut best = (0_usize, 0_u32);
    let mut next = 0;
    let mut queue = VecDeque::new();
    for seed in 0..values.len() {
        if values[seed] <= threshold || island[seed] != 0 {
            continue;
        }
        next += 1;
        island[seed] = next;
        queue.push_back(seed);
        let mut size = 0;
        while let Some(cell) = queue.pop_front() {
            size += 1;
            for near in cells.neighbours(cell) {
                if values[near] > threshold && island[near] == 0 {
                    island[near] = next;
                    queue.push_back(near);
                }
            }
        }
        if size > best.0 {
            best = (size, next);
        }
    }
    island
        .iter()
        .map(|own| *own == best.1 && best.1 > 0)
        .collect()
}

fn extents_mm(cells: &Cells, is_head: &[bool]) -> [f64; 3] {
    let mut low = [usize::MAX; 3];
    let mut high = [0; 3];
    for cell in (0..cells.n()).filter(|&cell| is_head[cell]) {
        let index = cells.index(cell);
        for axis in 0..3 {
            low[axis] = low[axis].min(index[axis]);
            high[axis] = high[axis].max(index[axis] + 1);
        }
    }
    std::array::from_fn(|a| high[a].saturating_sub(low[a]) as f64 * CELL_MM)
}

fn vertex_mm(cells: &Cells, is_head: &[bool]) -> f64 {
    let slice = cells.dims[0] * cells.dims[1];
    let enough = (VERTEX_MM2 / CELL_MM / CELL_MM) as usize;
    let top = (0..cells.dims[2])
        .rev()
        .find(|k| {
            is_head[k * slice..(k + 1) * slice]
                .iter()
                .filter(|h| **h)
                .count()
                >= enough
        })
        .unwrap_or(cells.dims[2] - 1);
    cells.corner.z + (top as f64 + 0.5) * CELL_MM
}

/// The head with its holes filled and some millimetres around it, with a soft edge.
fn softened(cells: &Cells, is_head: &[bool]) -> Vec<f32> {
    let values: Vec<f32> = is_head.iter().map(|h| f32::from(u8::from(*h))).collect();
    let blurred = blurred(&values, cells.dims, 6.0 / CELL_MM);
    blurred
        .iter()
        .map(|b| ((b - 0.15) / 0.2).clamp(0.0, 1.0))
        .collect()
}

/// Gaussian blur of a small box of cells, beyond which there is nothing.
pub(super) fn blurred(values: &[f32], dims: [usize; 3], sd: f64) -> Vec<f32> {
    let half = gaussian(sd);
    let reach = half.len() as isize - 1;
    let mut from = values.to_vec();
    let steps = [1, dims[0], dims[0] * dims[1]];
    for axis in 0..3 {
        let n = dims[axis] as isize;
        from = (0..from.len())
            .into_par_iter()
            .map(|cell| {
                let own = (cell / steps[axis] % dims[axis]) as isize;
                (-reach.min(own)..=reach.min(n - 1 - own))
                    .map(|offset| {
                        let at = cell as isize + offset * steps[axis] as isize;
                        half[offset.unsigned_abs()] * from[at as usize]
                    })
                    .sum()
            })
            .collect();
    }
    from
}
