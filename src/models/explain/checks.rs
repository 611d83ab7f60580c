//! Whether a map says what it seems to say: what becomes of a number when boxes are taken away in the
//! order of the map, and how much of the map lies where the truth is.

use crate::models::device::DeviceFailed;
use crate::models::processor::FoldedClassifier;

/// A number of a network while boxes are filled one after the other, and while they are given back.
#[derive(Clone, Debug, PartialEq)]
pub struct OrderCurves {
    /// Shares of the boxes, from 0 to 1.
    pub shares: Vec<f64>,
    /// With so many of the boxes filled, the first of the order first: the sooner it falls, the better the
    /// order.
    pub deletion: Vec<f64>,
    /// With all boxes filled but so many, the first of the order given back first: the sooner it rises, the
    /// better the order.
    pub insertion: Vec<f64>,
}

impl OrderCurves {
    /// The areas under both curves, by straight lines.
    #[must_use]
    pub fn areas(&self) -> [f64; 2] {
        [&self.deletion, &self.insertion].map(|curve| {
            let pairs = self.shares.windows(2).zip(curve.windows(2));
            pairs
                .map(|(x, y)| (x[1] - x[0]) * f64::midpoint(y[0], y[1]))
                .sum()
        })
    }
}

/// Fills boxes of a volume in an order, in so many steps of nearly as many boxes, and tells a number of the
/// network after each; then the same with all of them filled, giving them back. `progress` is asked after
/// each step whether to go on, and nothing is handed back where it says no.
///
/// # Errors
/// When the device gives no numbers.
#[expect(
    clippy::too_many_arguments,
    reason = "a network, a volume, and what is done to it"
)]
pub fn curves_of_order(
    net: &FoldedClassifier,
    volume: &[f32],
    size: [usize; 3],
    number: usize,
    fill: f32,
    boxes: &[[[usize; 3]; 2]],
    n_steps: usize,
    progress: &dyn Fn() -> bool,
) -> Result<Option<OrderCurves>, DeviceFailed> {
    let n_steps = n_steps.clamp(1, boxes.len().max(1));
    let ends: Vec<usize> = (0..=n_steps).map(|at| at * boxes.len() / n_steps).collect();
    let mut all_filled = volume.to_vec();
    for ends in boxes {
        set(&mut all_filled, None, size, *ends, fill);
    }
    let mut curves = [Vec::new(), Vec::new()];
    let starts = [(volume.to_vec(), None), (all_filled, Some(volume))];
    for ((mut now, back), curve) in starts.into_iter().zip(&mut curves) {
        let mut done = 0;
        for &end in &ends {
            for ends in &boxes[done..end] {
                set(&mut now, back, size, *ends, fill);
            }
            done = end;
            curve.push(f64::from(net.numbers(&now, size)?[number]));
            if !progress() {
                return Ok(None);
            }
        }
    }
    let [deletion, insertion] = curves;
    let share = |&end: &usize| end as f64 / boxes.len().max(1) as f64;
    Ok(Some(OrderCurves {
        shares: ends.iter().map(share).collect(),
        deletion,
        insertion,
    }))
}

/// Gives a box the values that it has in another volume, or one value.
fn set(
    volume: &mut [f32],
    from: Option<&[f32]>,
    size: [usize; 3],
    [low, high]: [[usize; 3]; 2],
    fill: f32,
) {
    for z in low[0]..high[0] {
        for y in low[1]..high[1] {
            let row = (z * size[1] + y) * size[2];
            let row = row + low[2]..row + high[2];
            match from {
                Some(from) => volume[row.clone()].copy_from_slice(&from[row]),
                None => volume[row].fill(fill),
            }
        }
    }
}

/// How much of a map lies inside of a mask.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Inside {
    /// Share of what is above 0 of the map.
    pub mass: f64,
    /// What a map that is the same everywhere would have: share of the voxels that count.
    pub chance: f64,
    /// Whether the map is largest inside.
    pub is_hit: bool,
}

/// How much of a map lies inside of a mask, over the voxels that `counts` names and where the map is a
/// number; `None` where the map has nothing above 0.
#[must_use]
pub fn inside(map: &[f32], mask: &[bool], counts: &[bool]) -> Option<Inside> {
    let (mut mass, mut all) = (0.0, 0.0);
    let (mut n_inside, mut n) = (0_usize, 0_usize);
    let mut largest = (f32::NEG_INFINITY, false);
    for ((&value, &is_inside), _) in map
        .iter()
        .zip(mask)
        .zip(counts)
        .filter(|((value, _), counts)| **counts && value.is_finite())
    {
        let positive = f64::from(value.max(0.0));
        all += positive;
        n += 1;
        if is_inside {
            mass += positive;
            n_inside += 1;
        }
        if value > largest.0 {
            largest = (value, is_inside);
        }
    }
    (all > 0.0).then(|| Inside {
        mass: mass / all,
        chance: n_inside as f64 / n as f64,
        is_hit: largest.1,
    })
}
