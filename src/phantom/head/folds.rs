//! Where the sulci run: the zeros of a random field, which near the larger sulci is bent to run
//! along them, so that gyri lie on both sides of the named ones.

use super::super::field::{Point, dome, hypot, norm, ramp, wave, zip};
use super::cerebrum::mirrored;
use super::frame::Frame;

/// The distance from sulcus to sulcus across a gyrus near the named ones, mm.
const GYRUS_MM: f32 = 12.5;

/// How a point of the brain's template lies to the middle of its lobe.
pub(super) struct Outwards {
    /// The direction away from the middle; sulci run down against it.
    pub(super) direction: Point,
    /// How far away the middle is, mm.
    pub(super) off_middle: f32,
    /// 1 in the temporal lobe, 0 in the others.
    pub(super) temporal: f32,
    /// 0 within a lobe, 1 where the directions of two lobes meet.
    pub(super) between_lobes: f32,
}

/// The way out of the lobe for a point of the brain's template.
pub(super) fn outwards(p: Point) -> Outwards {
    let [x, y, z] = mirrored(p);
    // The middle of the upper lobes is an upright oval sheet.
    let [along, up] = [(y + 16.0) / 56.0, (z - 24.0) / 25.0];
    let inwards = 1.0 / hypot(along, up).max(1.0);
    let sheet_x = 24.0 - 0.1 * (y - 10.0).max(0.0) - 0.05 * (-50.0 - y).max(0.0);
    let upper = [
        sheet_x,
        -16.0 + 56.0 * inwards * along,
        24.0 + 25.0 * inwards * up,
    ];
    let temporal = [41.0, y.clamp(-40.0, 8.0), -15.0 - 0.15 * (y + 14.0)];
    let far = |q: Point| hypot(x - q[0], hypot(y - q[1], z - q[2]));
    // The lobes part at the Sylvian fissure, and further back they do not.
    let apart = far(temporal) + 6.0 * ramp(-28.0, -48.0, y) - 0.75 * far(upper);
    let share = ramp(8.0, -8.0, apart);
    let middle = zip(upper, temporal, |u, t| u + share * (t - u));
    let off = [x - middle[0], y - middle[1], z - middle[2]];
    let length = norm(off);
    let scale = 1.0 / length.max(1.0);
    let side = if p[0] < 0.0 { -1.0 } else { 1.0 };
    Outwards {
        direction: [side * off[0], off[1], off[2]].map(|d| scale * d),
        off_middle: length,
        temporal: share,
        between_lobes: ramp(0.0, 0.15, share * (1.0 - share)),
    }
}

/// The two fold fields of a voxel at `p` in the world, `aside` mm from the midplane, whose point
/// of the unfolded surface is `template` in template mm and `surface` in world mm; and how deep
/// in mm the sulcus there wants to be.
pub(super) fn at(frame: &Frame, aside: f32, template: Point, surface: Point, p: Point) -> [f32; 3] {
    let mut surface = apart_at_poles(surface);
    // Sulci wind, and those of the two medial walls do not mirror each other.
    surface[1] += 23.0 * (aside / 1.5).clamp(-1.0, 1.0);
    let surface = frame.meandering(surface, p);
    let wound = frame.meandering(template, p);
    let (named, weight) = named(wound);
    let random = frame.fold.at(surface);
    let fold = random + weight * (1.5 * named - random);
    let depth =
        frame.sulcus_depth_mm + 3.0 * frame.depth.at(surface).clamp(-2.0, 2.0) + 4.5 * weight;
    [fold, frame.dimple.at(surface), depth]
}

/// Draws the sulci of the frontal and occipital poles apart, where they would crowd in depth.
fn apart_at_poles([x, y, z]: Point) -> Point {
    let keep = 1.0 - 0.28 * ramp(26.0, 58.0, (y + 16.0).abs());
    let middle = if x < 0.0 { -18.0 } else { 18.0 } * (x.abs() / 4.0).min(1.0);
    [middle + keep * (x - middle), y, 15.0 + keep * (z - 15.0)]
}

/// The pull of the named sulci: the value of the field there, and how much it counts (0 to 1).
fn named(q: Point) -> (f32, f32) {
    let side = if q[0] < 0.0 { 1.5 } else { -1.5 };
    let [x, y, z] = mirrored(q);
    let y = y + side;
    let medial = ramp(17.0, 9.0, x);
    let lateral = 1.0 - medial;
    // Each has a distance across it, and a weight along it.
    let central = y + 37.0 - 0.42 * x - 0.1 * (70.0 - z).max(0.0);
    let superior_temporal = z - 3.0 + 0.42 * y + 17.0;
    let superior_frontal = x - 25.0 - 0.1 * (y - 20.0);
    let inferior_frontal = z - 26.0 + 0.25 * (y - 20.0);
    let intraparietal = x - 27.0 - 0.25 * (y + 60.0);
    let collateral = x - 29.0;
    let cingulate = hypot((y - 1.0) / 1.24, z - 1.0) - 41.0;
    let parieto_occipital = 0.794 * (y + 53.0) + 0.607 * (z - 8.0);
    let calcarine = z - 5.0 + 0.1 * (y + 75.0);
    let sulci = [
        (central, lateral * ramp(14.0, 24.0, z), 22.0),
        (
            superior_temporal,
            lateral * ramp(28.0, 40.0, x) * ramp(24.0, 10.0, y),
            14.0,
        ),
        (
            superior_frontal,
            lateral * ramp(-12.0, 2.0, y) * ramp(22.0, 36.0, z),
            14.0,
        ),
        (
            inferior_frontal,
            ramp(26.0, 38.0, x) * ramp(-4.0, 8.0, y),
            12.0,
        ),
        (
            intraparietal,
            lateral * ramp(-40.0, -50.0, y) * ramp(18.0, 32.0, z),
            14.0,
        ),
        (
            collateral,
            ramp(0.0, -8.0, z) * ramp(-18.0, -28.0, y) * lateral,
            12.0,
        ),
        (
            cingulate,
            medial * ramp(-8.0, 4.0, z) * ramp(-50.0, -38.0, y),
            14.0,
        ),
        (
            parieto_occipital,
            medial * ramp(2.0, 12.0, z) * ramp(-40.0, -50.0, y),
            12.0,
        ),
        (calcarine, medial * ramp(-46.0, -58.0, y), 11.0),
    ];
    blended(&sulci)
}

/// The mean field of sulci given by the distance across, the weight along, and the reach to
/// either side, mm; and the weight of the strongest.
fn blended(sulci: &[(f32, f32, f32)]) -> (f32, f32) {
    let [mut sum, mut total, mut strongest] = [0.0_f32; 3];
    for &(across, along, reach) in sulci {
        let weight = along * dome((across / reach) * (across / reach));
        sum += weight * wave(across / (2.0 * GYRUS_MM));
        total += weight;
        strongest = strongest.max(weight);
    }
    (sum / total.max(1e-3), strongest.min(1.0))
}
