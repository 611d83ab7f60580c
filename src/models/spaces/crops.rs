//! Pieces of scans, drawn a little different each time.

use super::data::MaskedCase;
use super::settings::SpacesSettings;
use burn::tensor::{Device, Tensor, TensorData};
use rand::{Rng, RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use rayon::prelude::*;

/// Whole heads are shifted by up to so many voxels.
const SHIFT: i64 = 4;
/// Pieces that are not around a marked voxel are around one this bright at least, so that air is not
/// what is learned.
const BRIGHT: f32 = 0.4;
/// How often a place is drawn before it is taken as it is.
const TRIES: usize = 50;

/// A piece of a scan: where it begins, and how it is changed.
struct Piece {
    first: [i64; 3],
    size: [usize; 3],
    is_mirrored: bool,
    gain: f32,
}

impl Piece {
    /// Draws one. `number` counts the pieces of the scan: every other one is around a marked voxel.
    fn draw(
        rng: &mut impl Rng,
        case: &MaskedCase,
        settings: &SpacesSettings,
        size: [usize; 3],
        number: usize,
    ) -> Self {
        let first = match settings.crop {
            None => std::array::from_fn(|axis| {
                let middle = (case.size[axis] as i64 - size[axis] as i64) / 2;
                middle + rng.random_range(-SHIFT..=SHIFT)
            }),
            Some(_) => {
                let around = match case.marked.is_empty() || number % 2 == 1 {
                    false => {
                        let at = rng.random_range(0..case.marked.len());
                        place_of(case, case.marked[at] as usize)
                    }
                    true => bright(rng, case),
                };
                std::array::from_fn(|axis| {
                    let n = size[axis] as i64;
                    let jitter = rng.random_range(-n / 4..=n / 4);
                    let last = (case.size[axis] as i64 - n).max(0);
                    (around[axis] - n / 2 + jitter).clamp(0, last)
                })
            }
        };
        Self {
            first,
            size,
            is_mirrored: rng.random_range(0..2) == 1,
            gain: 1.0 + settings.gain * rng.random_range(-1.0..=1.0),
        }
    }

    /// The piece as it is in the scan.
    fn plain(mut self) -> Self {
        (self.is_mirrored, self.gain) = (false, 1.0);
        self
    }

    /// Values and mask, the last axis fastest; zeros beyond the scan.
    fn cut(&self, case: &MaskedCase) -> [Vec<f32>; 2] {
        let [nx, ny, nz] = self.size;
        let n = nx * ny * nz;
        let [mut values, mut mask] = [vec![0.0; n], vec![0.0; n]];
        let [cx, cy, cz] = case.size;
        for x in 0..nx {
            let across = if self.is_mirrored { nx - 1 - x } else { x };
            let Some(i) = inside(self.first[0] + across as i64, cx) else {
                continue;
            };
            for y in 0..ny {
                let Some(j) = inside(self.first[1] + y as i64, cy) else {
                    continue;
                };
                let from = (i * cy + j) * cz;
                let to = (x * ny + y) * nz;
                let low = self.first[2].max(0);
                let high = (self.first[2] + nz as i64).min(cz as i64);
                for k in low..high {
                    values[to + (k - self.first[2]) as usize] =
                        case.value(from + k as usize) * self.gain;
                }
                let range = [low, high].map(|k| (from as i64 + k) as u32);
                let begin = case.marked.partition_point(|&place| place < range[0]);
                for &place in case.marked[begin..].iter().take_while(|&&p| p < range[1]) {
                    let k = i64::from(place) - from as i64 - self.first[2];
                    mask[to + k as usize] = 1.0;
                }
            }
        }
        [values, mask]
    }
}

fn inside(at: i64, n: usize) -> Option<usize> {
    usize::try_from(at).ok().filter(|&at| at < n)
}

fn place_of(case: &MaskedCase, place: usize) -> [i64; 3] {
    let [_, ny, nz] = case.size;
    [place / (ny * nz), place / nz % ny, place % nz].map(|at| at as i64)
}

fn bright(rng: &mut impl Rng, case: &MaskedCase) -> [i64; 3] {
    let mut place = 0;
    for _ in 0..TRIES {
        place = rng.random_range(0..case.values.len());
        if case.value(place) > BRIGHT {
            break;
        }
    }
    place_of(case, place)
}

/// The size of what is learned from: the pieces', or that of the largest head.
pub(super) fn size_of(settings: &SpacesSettings, cases: &[&MaskedCase]) -> [usize; 3] {
    match settings.crop {
        Some(edge) => [edge; 3],
        None => std::array::from_fn(|axis| {
            let most = cases.iter().map(|case| case.size[axis]).max();
            most.unwrap_or(1)
                .next_multiple_of(settings.shape.multiple())
        }),
    }
}

/// Values and masks as `[pieces, 1, size..]` each. With no step they are those that networks are judged
/// by: the same ones each time, as they are in the scan.
pub(super) fn tensors(
    cases: &[&MaskedCase],
    settings: &SpacesSettings,
    size: [usize; 3],
    seed: u64,
    step: Option<u64>,
    device: &Device,
) -> [Tensor<5>; 2] {
    let n_each = if settings.crop.is_some() {
        settings.crops
    } else {
        1
    };
    let wanted: Vec<(usize, usize)> = (0..cases.len())
        .flat_map(|case| (0..n_each).map(move |number| (case, number)))
        .collect();
    let cut: Vec<[Vec<f32>; 2]> = wanted
        .into_par_iter()
        .map(|(at, number)| {
            let case = cases[at];
            let mut rng = ChaCha8Rng::seed_from_u64(seed ^ 0x0063_726f_7073);
            // A stream for each piece of each step, apart from those that order patients.
            let stream = step.map_or(0, |step| step + 1);
            rng.set_stream((stream << 16) | (at * n_each + number) as u64);
            let piece = Piece::draw(&mut rng, case, settings, size, number);
            match step {
                Some(_) => piece.cut(case),
                None => piece.plain().cut(case),
            }
        })
        .collect();
    let [nx, ny, nz] = size;
    [0, 1].map(|which| {
        let all: Vec<f32> = cut
            .iter()
            .flat_map(|both| both[which].iter().copied())
            .collect();
        Tensor::from_data(TensorData::new(all, [cut.len(), 1, nx, ny, nz]), device)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn case() -> MaskedCase {
        let size = [5, 6, 7];
        MaskedCase {
            subject: "a".to_owned(),
            scan: "a".into(),
            mask: None,
            size,
            values: (0..210).map(|at| at * 8).collect(),
            marked: vec![3, 100, 101, 209],
            is_simulated: true,
        }
    }

    /// A piece that reaches beyond the scan on all sides, with what each voxel must be.
    #[test]
    fn a_piece_is_the_scan_where_it_lies_and_zeros_beyond() {
        let case = case();
        for is_mirrored in [false, true] {
            let piece = Piece {
                first: [-1, -2, -1],
                size: [7, 9, 10],
                is_mirrored,
                gain: 2.0,
            };
            let [values, mask] = piece.cut(&case);
            let mut n_marked = 0;
            for at in 0..7 * 9 * 10 {
                let [x, y, z] = [at / 90, at / 10 % 9, at % 10];
                let x = if is_mirrored { 6 - x } else { x };
                let place = match (1..6).contains(&x) && (2..8).contains(&y) && (1..8).contains(&z)
                {
                    true => Some(((x - 1) * 6 + y - 2) * 7 + z - 1),
                    false => None,
                };
                let expected = place.map_or(0.0, |place| 2.0 * (place * 8) as f32 / 8192.0);
                assert_eq!(values[at], expected, "{at}");
                let is_marked = place.is_some_and(|p| case.marked.contains(&(p as u32)));
                assert_eq!(mask[at], f32::from(is_marked), "{at}");
                n_marked += usize::from(is_marked);
            }
            assert_eq!(n_marked, 4);
        }
    }
}
