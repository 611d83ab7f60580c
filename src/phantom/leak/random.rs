//! Random numbers of a case: each quantity has a stream of its own, so that a change in one does
//! not shift the others.

use super::super::field::uniform;
use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;

/// What is drawn for a case.
#[derive(Clone, Copy)]
pub(super) enum Stream {
    Seed,
    Age,
    Sex,
    Shape,
    Likeness,
    Severity,
    Crowding,
    FocalDura,
    LargeSinus,
    Cisterns,
    Venous,
    Dura,
    Subdural,
    Pituitary,
    OpticSheath,
    Reader,
    Scanner,
    Agent,
}

/// The random numbers of a quantity of the case of this number (from 0) in a cohort.
pub(super) fn stream(idx: usize, cohort_seed: u64, which: Stream) -> ChaCha8Rng {
    let mut key = [0; 32];
    key[..8].copy_from_slice(&cohort_seed.to_le_bytes());
    key[8..16].copy_from_slice(&(idx as u64).to_le_bytes());
    key[16..21].copy_from_slice(b"leaks");
    let mut rng = ChaCha8Rng::from_seed(key);
    rng.set_stream(which as u64);
    rng
}

/// Even between two numbers.
pub(super) fn between(rng: &mut impl Rng, [low, high]: [f64; 2]) -> f64 {
    low + (high - low) * f64::from(uniform(rng))
}

/// Whether something of this share happens.
pub(super) fn happens(rng: &mut impl Rng, share: f64) -> bool {
    f64::from(uniform(rng)) < share
}

/// A number of the beta distribution, of which both parameters are above 1, by rejection.
pub(super) fn beta(rng: &mut impl Rng, alpha: f64, beta: f64) -> f64 {
    let density = |x: f64| x.powf(alpha - 1.0) * (1.0 - x).powf(beta - 1.0);
    let most = density((alpha - 1.0) / (alpha + beta - 2.0));
    loop {
        let x = f64::from(uniform(rng));
        if f64::from(uniform(rng)) * most <= density(x) {
            return x;
        }
    }
}
