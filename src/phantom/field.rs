//! Shapes and random fields: the arithmetic under the head. Lengths are mm of the template.

use rand::Rng;

/// A point or an offset in mm.
pub(super) type Point = [f32; 3];

#[inline]
pub(super) fn zip(a: Point, b: Point, f: impl Fn(f32, f32) -> f32) -> Point {
    std::array::from_fn(|axis| f(a[axis], b[axis]))
}

#[inline]
pub(super) fn sub(a: Point, b: Point) -> Point {
    zip(a, b, |a, b| a - b)
}

#[inline]
pub(super) fn dot(a: Point, b: Point) -> f32 {
    a[0] * b[0] + a[1] * b[1] + a[2] * b[2]
}

#[inline]
pub(super) fn norm(a: Point) -> f32 {
    dot(a, a).sqrt()
}

/// Rises from 0 at `low` to 1 at `high`.
#[inline]
pub(super) fn ramp(low: f32, high: f32, x: f32) -> f32 {
    let t = ((x - low) / (high - low)).clamp(0.0, 1.0);
    t * t * (3.0 - 2.0 * t)
}

/// The smaller of two distances, rounded over `k` mm where they meet.
#[inline]
pub(super) fn smooth_min(a: f32, b: f32, k: f32) -> f32 {
    let h = (k - (a - b).abs()).max(0.0) / k;
    a.min(b) - h * h * k * 0.25
}

/// The larger of two distances, rounded over `k` mm where they meet.
#[inline]
pub(super) fn smooth_max(a: f32, b: f32, k: f32) -> f32 {
    -smooth_min(-a, -b, k)
}

/// Whether a point or its mirror image lies in a box; spares the work of looking closer.
#[inline]
pub(super) fn near([x, y, z]: Point, [x1, y0, y1, z0, z1]: [f32; 5]) -> bool {
    x.abs() < x1 && y > y0 && y < y1 && z > z0 && z < z1
}

/// Approximate signed distance to an ellipsoid, negative inside.
#[inline]
pub(super) fn ellipsoid(p: Point, center: Point, radii: Point) -> f32 {
    let scaled = zip(sub(p, center), radii, |d, r| d / r);
    let k = norm(scaled);
    let steep = norm(zip(scaled, radii, |s, r| s / r)).max(1e-4);
    k * (k - 1.0) / steep
}

/// As [`ellipsoid`], boxier: its norm is halfway between those of exponents 2 and 4.
#[inline]
pub(super) fn boxy_ellipsoid(p: Point, center: Point, radii: Point) -> f32 {
    let scaled = zip(sub(p, center), radii, |d, r| d / r);
    let squares = zip(scaled, scaled, |a, b| a * b);
    let round = dot(squares, [1.0; 3]).sqrt().max(1e-3);
    let boxy = norm(squares).sqrt().max(1e-3);
    let slope = zip(scaled, squares, |s, q| {
        s / round + s * q / (boxy * boxy * boxy)
    });
    let steep = 0.5 * norm(zip(slope, radii, |s, r| s / r));
    let k = 0.5 * (round + boxy);
    // Deep inside, where the slope fades, no point is deeper than the smallest radius.
    let smallest = radii[0].min(radii[1]).min(radii[2]);
    (k - 1.0) / steep.max((1.0 - k) / smallest).max(1e-4)
}

/// Signed distance to a rod from `a` to `b` whose radius runs from `radius_a` to `radius_b`.
#[inline]
pub(super) fn rod(p: Point, a: Point, b: Point, [radius_a, radius_b]: [f32; 2]) -> f32 {
    let axis = sub(b, a);
    let along = (dot(sub(p, a), axis) / dot(axis, axis)).clamp(0.0, 1.0);
    let nearest = zip(a, axis, |a, d| a + along * d);
    norm(sub(p, nearest)) - (radius_a + along * (radius_b - radius_a))
}

/// Signed distance to a chain of rods through points with radii `[x, y, z, radius]`.
pub(super) fn chain(p: Point, joints: &[[f32; 4]]) -> f32 {
    joints
        .windows(2)
        .map(|pair| {
            let ([ax, ay, az, ar], [bx, by, bz, br]) = (pair[0], pair[1]);
            rod(p, [ax, ay, az], [bx, by, bz], [ar, br])
        })
        .fold(f32::INFINITY, f32::min)
}

/// A random number from 0 up to 1.
pub(super) fn uniform(rng: &mut impl Rng) -> f32 {
    (rng.next_u32() >> 8) as f32 / (1_u32 << 24) as f32
}

/// A smooth random field of mean 0 and variance 1: plane waves of random direction, in fours.
pub(super) struct Waves(Vec<[[f32; 4]; 4]>);

impl Waves {
    /// `n_fours` times four waves, whose lengths in mm lie between the two given.
    pub(super) fn new(rng: &mut impl Rng, n_fours: usize, length_mm: [f32; 2]) -> Self {
        let mut fours = vec![[[0.0; 4]; 4]; n_fours];
        for lane in 0..4 * n_fours {
            let direction = loop {
                let d: Point = std::array::from_fn(|_| 2.0 * uniform(rng) - 1.0);
                if (0.1..=1.0).contains(&norm(d)) {
                    break d;
                }
            };
            let length = length_mm[0] + (length_mm[1] - length_mm[0]) * uniform(rng);
            let [x, y, z] = direction.map(|d| d / norm(direction) / length);
            for (part, value) in [x, y, z, uniform(rng)].into_iter().enumerate() {
                fours[lane / 4][part][lane % 4] = value;
            }
        }
        Self(fours)
    }

    pub(super) fn at(&self, [x, y, z]: Point) -> f32 {
        let mut sums = [0.0; 4];
        for [kx, ky, kz, phase] in &self.0 {
            for (lane, sum) in sums.iter_mut().enumerate() {
                *sum += wave(kx[lane] * x + ky[lane] * y + kz[lane] * z + phase[lane]);
            }
        }
        sums.iter().sum::<f32>() * (0.5 / self.0.len() as f32).sqrt()
    }
}

/// A bell of height 1 about 0, near exp(-x^2) and made of a division only.
#[inline]
pub(super) fn bell(x: f32) -> f32 {
    let q = 1.0 + 0.5 * x * x;
    1.0 / (q * q)
}

/// Falls from 1 in the middle to 0 at a squared distance of 1, smoothly.
#[inline]
pub(super) fn dome(squared: f32) -> f32 {
    let rest = (1.0 - squared).max(0.0);
    rest * rest
}

/// The angle of a point (`x`, `y`) in turns from the x axis, within half a turn; to about 1e-3
/// turns, and the same on every machine.
#[inline]
pub(super) fn angle_turns(y: f32, x: f32) -> f32 {
    let [low, high] = [x.abs().min(y.abs()), x.abs().max(y.abs()).max(1e-6)];
    let t = low / high;
    let octant = t * (0.25 - (t - 1.0) * (0.2447 + 0.0663 * t) * std::f32::consts::FRAC_1_PI) * 0.5;
    let quadrant = if y.abs() > x.abs() {
        0.25 - octant
    } else {
        octant
    };
    let half = if x < 0.0 { 0.5 - quadrant } else { quadrant };
    if y < 0.0 { -half } else { half }
}

/// The hypotenuse, without the care that the library takes of overflow.
#[inline]
pub(super) fn hypot(a: f32, b: f32) -> f32 {
    (a * a + b * b).sqrt()
}

/// A sine of period 1 to about 0.1 %: quick, and the same on every machine. Good for a few
/// thousand periods.
#[inline]
pub(super) fn wave(turns: f32) -> f32 {
    // Adding 1.5 * 2^23 rounds to a whole number.
    let nearest = (turns + 12_582_912.0) - 12_582_912.0;
    let t = turns - nearest;
    let parabola = 16.0 * t * (0.5 - t.abs());
    parabola * (0.775 + 0.225 * parabola.abs())
}
