//! How strongly a place is excited and heard.

use super::super::Head;
use super::super::field::ramp;
use super::super::signal::Bias;
use super::settings::Scanner;

/// Where the middle of the brain is, RAS+ mm.
const MIDDLE_IN_WORLD: [f32; 3] = [0.0, -18.0, 8.0];
/// The distance from there at which the gain has fallen by its number, mm.
const REACH_MM: f32 = 95.0;
/// The squared distance, in units of that, at which it is 1: near the middle of white matter.
const NEUTRAL: f32 = 0.2;

/// Over how much the coils come to hear no more of the neck than they do, mm.
const FADES_OVER_MM: f32 = 45.0;

/// The gain over a head: a random smooth field, and one that is highest in the middle of the head, as at
/// 3 T, or at its rim, near the coils.
pub(super) struct Coil {
    bias: Bias,
    centre_gain: f32,
    fades_below_mm: f32,
    neck_left: f32,
    /// From the head's grid.
    dims: [usize; 3],
    mm: f32,
    first_in_world: [f32; 3],
}

impl Coil {
    pub(super) fn new(scanner: &Scanner, head: &Head, seed: u64) -> Self {
        let affine = head.grid.world_from_voxel();
        Self {
            bias: Bias::new(seed, scanner.bias_strength),
            centre_gain: scanner.centre_gain as f32,
            fades_below_mm: scanner.fades_below_mm as f32,
            neck_left: scanner.neck_left as f32,
            dims: head.grid.dims(),
            mm: head.voxel_mm() as f32,
            first_in_world: [0, 1, 2].map(|axis| affine[(axis, 3)] as f32),
        }
    }

    /// The gain along a row of voxels, by the index along the first axis.
    pub(super) fn row(&self, [j, k]: [usize; 2]) -> impl Fn(usize) -> f32 + use<'_> {
        let share = |at: usize, axis: usize| (at as f32 + 0.5) / self.dims[axis] as f32;
        let off = |at: usize, axis: usize| {
            let mm = self.first_in_world[axis] + self.mm * at as f32 - MIDDLE_IN_WORLD[axis];
            mm / REACH_MM
        };
        let bias = self.bias.row(share(j, 1), share(k, 2));
        let [y, z] = [off(j, 1), off(k, 2)];
        let below_mm = self.fades_below_mm - self.first_in_world[2] - self.mm * k as f32;
        let of_neck = 1.0 - (1.0 - self.neck_left) * ramp(0.0, FADES_OVER_MM, below_mm);
        move |i| {
            let x = off(i, 0);
            let far = (x * x + y * y + z * z).min(2.0);
            of_neck * bias(share(i, 0)) * (self.centre_gain * (NEUTRAL - far)).exp()
        }
    }
}
