//! A scan of a head with spaces, and where each space is in it.

use super::super::chance::Chance;
use super::super::field::Waves;
use super::super::signal::{Bias, rician};
use super::geometry::{Filled, ellipsoid_filled};
use super::imaging::{low_passed, moved_between};
use super::place::{Lesion, SpacesHead};
use super::raters::Rater;
use super::region::SpaceRegion;
use super::relaxation::{Signals, SpacesSequence};
use crate::phantom::Tissue;
use crate::volume::{Grid, smoothed};
use nalgebra::{Isometry3, Point3, UnitQuaternion};
use rand::SeedableRng;
use rand_chacha::ChaCha8Rng;
use rayon::prelude::*;

/// The point spread of the scan: standard deviation of a Gaussian, in voxels.
const SPREAD_VOXELS: f64 = 0.45;
/// How uneven white matter is: share of its signal and lengths of waves in mm, fine and coarse.
const TEXTURE: [(f32, [f32; 2]); 2] = [(0.012, [6.0, 20.0]), (0.02, [40.0, 110.0])];
/// What white matter gives in a stored scan, in counts.
const COUNTS_OF_WHITE: f32 = 700.0;
/// Strength of the bias field that is left after the scanner's own correction.
const BIAS_STRENGTH: f64 = 0.06;
/// Voxels of a space are those that it changes by more than this share of its largest change.
const TRUE_FROM: f32 = 0.45;
/// Shares of heads that moved, and whose scan lacks outer lines of k-space.
const MOVED_SHARE: f64 = 0.25;
const RINGING_SHARE: f64 = 0.3;

/// A space as a scan shows it.
#[derive(Clone, Debug, PartialEq)]
pub struct SeenSpace {
    /// Its voxels in the true mask, in the grid's order.
    pub voxels: Vec<usize>,
    /// The largest change of signal that it makes, over the standard deviation of the noise.
    pub contrast_to_noise: f64,
    /// How much it changes the signal of voxels near it, positive in its own direction.
    pub(super) change: Filled,
}

/// A scan with its truth. Arrays have one value a voxel of the grid, first axis fastest.
pub struct SpacesScan {
    /// The kind of scan.
    pub sequence: SpacesSequence,
    /// Where its voxels lie.
    pub grid: Grid,
    /// As a scanner stores it.
    pub counts: Vec<i16>,
    /// Numbers of [`SpaceRegion`].
    pub labels: Vec<u8>,
    /// The voxels of all spaces.
    pub mask: Vec<bool>,
    /// The share of each voxel that spaces fill.
    pub filled: Vec<f32>,
    /// By the head's spaces.
    pub seen: Vec<SeenSpace>,
    /// Two raters.
    pub raters: [Rater; 2],
    /// Standard deviation of the noise over the signal of white matter.
    pub noise_of_white: f64,
    /// How far the head moved while outer lines of k-space were taken: mm and degrees.
    pub motion: Option<[f64; 2]>,
    /// The share of lines of k-space that were taken, where it is not all.
    pub lines_share: Option<f64>,
}

/// How one scan went.
struct Session {
    noise_of_white: f64,
    motion: Option<(Isometry3<f64>, f64)>,
    lines_share: Option<f64>,
    noise_seed: u64,
}

impl Session {
    fn draw(head: &SpacesHead, sequence: SpacesSequence) -> Self {
        let mut chance = Chance::of(head.patient.seed, "spaces", sequence.name());
        let uneven = f64::exp(chance.normal(0.0, 0.2));
        let moves = chance.happens(MOVED_SHARE);
        let motion = {
            let nod = chance.normal(0.0, 1.5).to_radians();
            let shake = chance.normal(0.0, 0.7).to_radians();
            let shift = chance.jitter(0.5);
            let turn = UnitQuaternion::from_euler_angles(nod, 0.0, shake);
            let middle_share = chance.between(0.5, 0.95);
            (Isometry3::from_parts(shift.into(), turn), middle_share)
        };
        let rings = chance.happens(RINGING_SHARE);
        let lines_share = chance.between(0.75, 0.95);
        Self {
            noise_of_white: sequence.noise_of_white() * uneven.clamp(0.6, 1.6),
            motion: moves.then_some(motion),
            lines_share: rings.then_some(lines_share),
            noise_seed: chance.bits(),
        }
    }
}

impl SpacesHead {
    /// The scan of this head, with everything that is true of it.
    #[must_use]
    pub fn scan(&self, sequence: SpacesSequence) -> SpacesScan {
        let session = Session::draw(self, sequence);
        let grid = sequence.grid();
        let signals = sequence.signals();
        let mut cut = self.solid.cut(&grid, sequence.n_layers(), &signals.tissues);
        self.roughen(&grid, &cut.labels, &mut cut.signal);
        self.add_lesions(&grid, &signals, &mut cut.signal);
        let mut filled = vec![0.0; grid.n_voxels()];
        let changes: Vec<Filled> = self
            .spaces
            .iter()
            .map(|space| {
                let mut shares = space.tube.filled(&grid);
                for (voxel, share) in &mut shares {
                    filled[*voxel] = f32::max(filled[*voxel], *share);
                    *share *= space.fluid as f32;
                }
                mix(&mut cut.signal, &shares, signals.fluid)
            })
            .collect();
        let white = signals.tissues[Tissue::White as usize].abs();
        let noise = session.noise_of_white as f32 * white;
        let sign = if sequence.spaces_are_dark() {
            -1.0
        } else {
            1.0
        };
        let dims = grid.dims();
        let seen: Vec<SeenSpace> = changes
            .par_iter()
            .map(|change| SeenSpace::of(change, dims, sign, noise))
            .collect();
        let picture = session.picture(&cut.signal, &grid);
        let (counts, off) = self.detected(&picture, &grid, &session, [noise, white]);
        let mut mask = vec![false; grid.n_voxels()];
        for &voxel in seen.iter().flat_map(|space| &space.voxels) {
            mask[voxel] = true;
        }
        let mut scan = SpacesScan {
            sequence,
            counts,
            labels: cut.labels,
            mask,
            filled,
            seen,
            raters: [Rater::default(), Rater::default()],
            noise_of_white: session.noise_of_white,
            motion: session.motion.map(|(motion, _)| {
                let turned = motion.rotation.angle().to_degrees();
                [motion.translation.vector.norm(), turned]
            }),
            lines_share: session.lines_share,
            grid,
        };
        scan.raters = [0, 1].map(|rater| Rater::of(self, &scan, [&off, &picture], noise, rater));
        scan
    }

    /// No part of the brain is quite as bright as another.
    fn roughen(&self, grid: &Grid, labels: &[u8], signal: &mut [f32]) {
        let mut rng = ChaCha8Rng::seed_from_u64(self.patient.seed ^ 0x7465_7874);
        let waves = TEXTURE.map(|(size, lengths)| (size, Waves::new(&mut rng, 3, lengths)));
        let [nx, ny, _] = grid.dims();
        let rows = signal.par_chunks_mut(nx).zip(labels.par_chunks(nx));
        rows.enumerate().for_each(|(row, (signal, labels))| {
            for (i, (signal, label)) in signal.iter_mut().zip(labels).enumerate() {
                let region = SpaceRegion::from_index(*label);
                if matches!(region, SpaceRegion::Outside | SpaceRegion::Fluid) {
                    continue;
                }
                let index = [i as f64, (row % ny) as f64, (row / ny) as f64];
                let p = grid.to_world(Point3::from(index)).coords.map(|x| x as f32);
                let rough = |(size, waves): &(f32, Waves)| size * waves.at([p.x, p.y, p.z]);
                *signal *= 1.0 + waves.iter().map(rough).sum::<f32>();
            }
        });
    }

    fn add_lesions(&self, grid: &Grid, signals: &Signals, signal: &mut [f32]) {
        for lesion in &self.lesions {
            match lesion {
                Lesion::WhiteMatter {
                    center,
                    radii,
                    strength,
                } => {
                    // The edge is soft: three of them lie in each other.
                    for size in [1.15, 1.0, 0.8] {
                        let mut shares = ellipsoid_filled(grid, *center, size * radii);
                        for (_, share) in &mut shares {
                            *share *= 0.45 * *strength as f32;
                        }
                        mix(signal, &shares, signals.lesion);
                    }
                }
                Lesion::Lacune { center, radii } => {
                    let shares = ellipsoid_filled(grid, *center, *radii);
                    mix(signal, &shares, signals.fluid);
                }
                Lesion::Vein(tube) => {
                    mix(signal, &tube.filled(grid), signals.blood);
                }
            }
        }
    }

    /// Counts, and how far noise has moved each voxel from what it would be.
    fn detected(
        &self,
        picture: &[f32],
        grid: &Grid,
        session: &Session,
        [noise, white]: [f32; 2],
    ) -> (Vec<i16>, Vec<f32>) {
        let dims = grid.dims();
        let [nx, ny, _] = dims;
        let bias = Bias::new(self.patient.seed ^ 0x636f_696c, BIAS_STRENGTH);
        let counts_per_signal = COUNTS_OF_WHITE / white;
        let place = |at: usize, axis: usize| (at as f32 + 0.5) / dims[axis] as f32;
        let mut counts = vec![0; picture.len()];
        let mut off = vec![0.0; picture.len()];
        let rows = counts.par_chunks_mut(nx).zip(off.par_chunks_mut(nx));
        rows.enumerate().for_each(|(row, (counts, off))| {
            let gain = bias.row(place(row % ny, 1), place(row / ny, 2));
            for i in 0..nx {
                let voxel = i + nx * row;
                let gain = gain(place(i, 0));
                let clean = picture[voxel].abs();
                let seen = rician(clean * gain, noise, session.noise_seed, voxel as u64);
                off[i] = seen / gain - clean;
                counts[i] = (seen * counts_per_signal)
                    .round()
                    .clamp(0.0, f32::from(i16::MAX)) as i16;
            }
        });
        (counts, off)
    }
}

impl Session {
    /// The signed picture before noise.
    fn picture(&self, signal: &[f32], grid: &Grid) -> Vec<f32> {
        let dims = grid.dims();
        let mut picture = smoothed(signal, dims, [SPREAD_VOXELS; 3]);
        if let Some((motion, share)) = &self.motion {
            picture = moved_between(&picture, dims, grid.spacing_mm(), motion, *share);
        }
        if let Some(share) = self.lines_share {
            picture = low_passed(&picture, dims, share);
        }
        picture
    }
}

/// Gives shares of voxels another signal; says by how much each changed.
fn mix(signal: &mut [f32], shares: &Filled, of: f32) -> Filled {
    let change = shares.iter().map(|&(voxel, share)| {
        let change = share * (of - signal[voxel]);
        signal[voxel] += change;
        (voxel, change)
    });
    change.collect()
}

impl SeenSpace {
    /// From the change that a space makes before the scan's point spread.
    fn of(change: &Filled, dims: [usize; 3], sign: f32, noise: f32) -> Self {
        let none = Self {
            voxels: Vec::new(),
            contrast_to_noise: 0.0,
            change: Filled::new(),
        };
        let [nx, ny, _] = dims;
        let index = |voxel: usize| [voxel % nx, voxel / nx % ny, voxel / (nx * ny)];
        if change.is_empty() {
            return none;
        }
        let (mut low, mut high) = (dims, [0; 3]);
        for &(voxel, _) in change {
            let at = index(voxel);
            low = std::array::from_fn(|a| low[a].min(at[a].saturating_sub(2)));
            high = std::array::from_fn(|a| high[a].max((at[a] + 3).min(dims[a])));
        }
        let size: [usize; 3] = std::array::from_fn(|a| high[a] - low[a]);
        let mut near = vec![0.0; size.iter().product()];
        for &(voxel, change) in change {
            let [i, j, k] = std::array::from_fn(|a| index(voxel)[a] - low[a]);
            near[i + size[0] * (j + size[1] * k)] += sign * change;
        }
        let near = smoothed(&near, size, [SPREAD_VOXELS; 3]);
        let peak = near.iter().copied().fold(0.0, f32::max);
        let voxel_at = |place: usize| {
            let [i, j, k] = [
                place % size[0],
                place / size[0] % size[1],
                place / (size[0] * size[1]),
            ];
            i + low[0] + nx * (j + low[1] + ny * (k + low[2]))
        };
        let is_near = |change: &f32| peak > 0.0 && *change > 0.1 * peak;
        let change: Filled = near
            .iter()
            .enumerate()
            .filter(|(_, change)| is_near(change))
            .map(|(place, change)| (voxel_at(place), *change))
            .collect();
        let inside = change
            .iter()
            .filter(|(_, change)| *change > TRUE_FROM * peak);
        Self {
            voxels: inside.map(|(voxel, _)| *voxel).collect(),
            contrast_to_noise: f64::from(peak / noise),
            change,
        }
    }
}
