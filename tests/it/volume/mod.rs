//! Volumes in space against numpy, scipy, nibabel and scikit-image.
//!
//! The expected numbers below here were made with numpy 2.4.6, scipy 1.17.1, nibabel 5.4.2 and
//! scikit-image 0.26.0 on arrays that both sides fill by [`value`]; each constant says how.

mod compare;
mod grid;
mod histogram;
mod labels;
mod masks;
mod picture;
mod planes;
mod regions;
mod sample;
mod vesselness;
mod window;

use cisterna::volume::{Affine, Grid, Volume};

/// What the oracles' scans hold: whole numbers from 0 to 508, in Python
/// `(i*73 + j*179 + k*283 + i*j*7 + j*k*11 + i*k*13 + seed*97) % 509`.
fn value([i, j, k]: [usize; 3], seed: usize) -> f32 {
    ((i * 73 + j * 179 + k * 283 + i * j * 7 + j * k * 11 + i * k * 13 + seed * 97) % 509) as f32
}

fn indices(dims: [usize; 3]) -> impl Iterator<Item = [usize; 3]> {
    let [nx, ny, _] = dims;
    (0..dims.iter().product()).map(move |at| [at % nx, at / nx % ny, at / nx / ny])
}

fn values(dims: [usize; 3], seed: usize) -> Vec<f32> {
    indices(dims).map(|index| value(index, seed)).collect()
}

/// `(3 * real + other) / 4` of the scans with seeds 1 and 2: near to seed 1, and exact in f32.
fn predicted_values(dims: [usize; 3]) -> Vec<f32> {
    indices(dims)
        .map(|index| (3.0 * value(index, 1) + value(index, 2)) / 4.0)
        .collect()
}

/// The upper three rows of an affine.
fn affine(rows: [[f64; 4]; 3]) -> Affine {
    Affine::from_fn(|row, column| match row {
        3 => f64::from(u8::from(column == 3)),
        _ => rows[row][column],
    })
}

/// No rotation: voxel sizes and the place of the first voxel's middle.
fn straight(spacing_mm: [f64; 3], origin: [f64; 3]) -> Affine {
    affine(std::array::from_fn(|row| {
        let mut cells = [0.0, 0.0, 0.0, origin[row]];
        cells[row] = spacing_mm[row];
        cells
    }))
}

fn volume(dims: [usize; 3], world_from_voxel: Affine, values: Vec<f32>) -> Volume {
    Volume::new(Grid::new(dims, world_from_voxel).unwrap(), values).unwrap()
}

/// One of the 48 orders in which the same scan can be stored: stored axis `s` runs along axis
/// `axes[s]` of the original, backwards where `flips[s]`.
#[derive(Clone, Copy, Debug)]
struct Order {
    axes: [usize; 3],
    flips: [bool; 3],
}

fn all_orders() -> Vec<Order> {
    let permutations = [
        [0, 1, 2],
        [0, 2, 1],
        [1, 0, 2],
        [1, 2, 0],
        [2, 0, 1],
        [2, 1, 0],
    ];
    let mut orders = Vec::new();
    for axes in permutations {
        for bits in 0..8 {
            let flips = [0, 1, 2].map(|axis| bits >> axis & 1 == 1);
            orders.push(Order { axes, flips });
        }
    }
    orders
}

impl Order {
    fn grid(self, original: &Grid) -> Grid {
        let mut original_from_stored = Affine::zeros();
        original_from_stored[(3, 3)] = 1.0;
        for (stored, (&axis, flip)) in self.axes.iter().zip(self.flips).enumerate() {
            original_from_stored[(axis, stored)] = if flip { -1.0 } else { 1.0 };
            if flip {
                original_from_stored[(axis, 3)] = original.dims()[axis] as f64 - 1.0;
            }
        }
        let dims = self.axes.map(|axis| original.dims()[axis]);
        Grid::new(dims, original.world_from_voxel() * original_from_stored).unwrap()
    }

    /// The same scan in the same place, stored in this order.
    fn store(self, original: &Volume) -> Volume {
        let grid = self.grid(original.grid());
        let values = indices(grid.dims())
            .map(|stored| {
                let mut index = [0; 3];
                for (s, (&axis, flip)) in self.axes.iter().zip(self.flips).enumerate() {
                    index[axis] = if flip {
                        original.grid().dims()[axis] - 1 - stored[s]
                    } else {
                        stored[s]
                    };
                }
                original.value(index).unwrap()
            })
            .collect();
        Volume::new(grid, values).unwrap()
    }
}

#[track_caller]
fn assert_near(found: f64, expected: f64, tolerance: f64, what: &str) {
    assert!(
        (found - expected).abs() <= tolerance,
        "{what}: {found}, not {expected} within {tolerance}"
    );
}
