//! Resampling that gives one answer for one generator state, whatever the number of threads.

use rand::{
    Rng, SeedableRng,
    distr::{Distribution, Uniform},
};
use rand_chacha::ChaCha8Rng;
use rayon::prelude::*;

/// Draws that share one stream of the generator.
const BLOCK: usize = 256;

/// `n` results of `draw`, in order, those without a value left out.
///
/// Block b of the draws uses stream b of a ChaCha generator seeded from `rng`, so that the work
/// can be spread over threads without changing a number. `room` makes what one block reuses.
pub(super) fn resample<R, S, T>(
    rng: &mut R,
    n: usize,
    room: impl Fn() -> S + Sync,
    draw: impl Fn(&mut S, &mut ChaCha8Rng) -> Option<T> + Sync,
) -> Vec<T>
where
    R: Rng + ?Sized,
    T: Send,
{
    let base = ChaCha8Rng::from_rng(rng);
    let blocks: Vec<Vec<T>> = (0..n.div_ceil(BLOCK))
        .into_par_iter()
        .map(|block| {
            let mut rng = base.clone();
            rng.set_stream(block as u64);
            let mut room = room();
            (block * BLOCK..n.min((block + 1) * BLOCK))
                .filter_map(|_| draw(&mut room, &mut rng))
                .collect()
        })
        .collect();
    blocks.into_iter().flatten().collect()
}

/// Draws one of `0..n`; `None` for no units.
pub(super) fn any_of(n: usize) -> Option<Uniform<u32>> {
    Uniform::new(0, u32::try_from(n).ok()?).ok()
}

/// Draws as many units as there are, with replacement, and counts for each how often its pattern
/// (`pattern_of[unit]`) came.
pub(super) fn draw_patterns(
    times: &mut [u32],
    pattern_of: &[u32],
    any_unit: &Uniform<u32>,
    rng: &mut ChaCha8Rng,
) {
    times.fill(0);
    for _ in 0..pattern_of.len() {
        times[pattern_of[any_unit.sample(rng) as usize] as usize] += 1;
    }
}

/// A sample's quantile at `share` of the way through, between order statistics by straight line
/// (Hyndman and Fan 1996, type 7). `None` for an empty sample.
pub(super) fn quantile(sorted: &[f64], share: f64) -> Option<f64> {
    let last = sorted.len().checked_sub(1)?;
    let place = share.clamp(0.0, 1.0) * last as f64;
    let below = (place.floor() as usize).min(last);
    let above = (below + 1).min(last);
    let between = place - below as f64;
    Some(sorted[below] + (sorted[above] - sorted[below]) * between)
}

#[cfg(test)]
mod tests {
    use super::quantile;

    #[test]
    fn quantiles_lie_between_order_statistics() {
        #[track_caller]
        fn check(sorted: &[f64], share: f64, expected: Option<f64>) {
            assert_eq!(quantile(sorted, share), expected);
        }
        check(&[], 0.5, None);
        check(&[3.0], 0.975, Some(3.0));
        check(&[0.0, 1.0, 2.0, 3.0, 4.0], 0.0, Some(0.0));
        check(&[0.0, 1.0, 2.0, 3.0, 4.0], 0.625, Some(2.5));
        check(&[0.0, 1.0, 2.0, 3.0, 4.0], 1.0, Some(4.0));
    }
}
