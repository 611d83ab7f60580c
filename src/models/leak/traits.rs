//! What of a scan should tell nothing about a leak: how it was made, not what is in it.

use super::input::tissue_levels;
use crate::volume::Volume;

/// How many numbers [`traits_of`] gives.
pub const N_TRAITS: usize = 8;

/// Gain, noise, how the brightness falls off along the three axes, and size and padding of a scan:
///
/// - the logarithm of the mean of tissue, which is what lies above the mean of all voxels that are not 0;
/// - the noise as a share of that: the median step between neighbours along the first axis that are both
///   air, which is what lies below a quarter of tissue and is not 0;
/// - along each axis the logarithm of how much brighter tissue of the second half is than of the first;
/// - the logarithm of the voxels' volume in mm3;
/// - the logarithm of the field of view in mm3;
/// - the share of voxels that are 0.
#[must_use]
pub fn traits_of(volume: &Volume) -> [f64; N_TRAITS] {
    let values = volume.values();
    let dims @ [nx, ny, _] = volume.grid().dims();
    let n_filled = values.iter().filter(|&&v| v != 0.0).count();
    let [mean, level] = tissue_levels(values);
    let level = if level > 0.0 { level } else { 1.0 };
    let is_air = |v: f32| v != 0.0 && f64::from(v) < level / 4.0;
    let mut steps: Vec<f32> = values
        .chunks_exact(nx)
        .flat_map(|row| row.windows(2))
        .filter(|pair| is_air(pair[0]) && is_air(pair[1]))
        .map(|pair| (pair[0] - pair[1]).abs())
        .collect();
    steps.sort_by(f32::total_cmp);
    let noise = steps
        .get(steps.len() / 2)
        .map_or(0.0, |&step| f64::from(step) / level);
    let mut halves = [[(0.0, 0_usize); 2]; 3];
    for (at, &value) in values.iter().enumerate() {
        let value = f64::from(value);
        if value <= mean {
            continue;
        }
        let place = [at % nx, at / nx % ny, at / (nx * ny)];
        for axis in 0..3 {
            let half = &mut halves[axis][usize::from(2 * place[axis] >= dims[axis])];
            half.0 += value;
            half.1 += 1;
        }
    }
    let uneven = halves.map(|[first, second]| {
        let of = |(sum, n): (f64, usize)| if n > 0 { sum / n as f64 } else { level };
        (of(second) / of(first)).ln()
    });
    let voxel: f64 = volume.grid().spacing_mm().iter().product();
    let padding = 1.0 - n_filled as f64 / values.len().max(1) as f64;
    [
        level.ln(),
        noise,
        uneven[0],
        uneven[1],
        uneven[2],
        voxel.ln(),
        (voxel * values.len() as f64).ln(),
        padding,
    ]
}
