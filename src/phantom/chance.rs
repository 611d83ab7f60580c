//! Random numbers by name: each thing that is drawn has its own, so that a change in one shifts no
//! other.

use super::field::uniform;
use super::patient::normal;
use nalgebra::Vector3;
use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;

/// Random numbers of one kind of one patient.
pub(super) struct Chance(ChaCha8Rng);

impl Chance {
    /// `whose` is at most 8 letters and names who draws, `what` at most 16.
    pub(super) fn of(seed: u64, whose: &str, what: &str) -> Self {
        let mut key = [0; 32];
        key[..8].copy_from_slice(&seed.to_le_bytes());
        for (place, letter) in key[8..16].iter_mut().zip(whose.bytes()) {
            *place = letter;
        }
        for (place, letter) in key[16..].iter_mut().zip(what.bytes()) {
            *place = letter;
        }
        Self(ChaCha8Rng::from_seed(key))
    }

    /// 64 random bits.
    pub(super) fn bits(&mut self) -> u64 {
        self.0.next_u64()
    }

    pub(super) fn between(&mut self, low: f64, high: f64) -> f64 {
        low + (high - low) * f64::from(uniform(&mut self.0))
    }

    pub(super) fn normal(&mut self, mean: f64, sd: f64) -> f64 {
        mean + sd * normal(&mut self.0)
    }

    pub(super) fn happens(&mut self, chance: f64) -> bool {
        f64::from(uniform(&mut self.0)) < chance
    }

    /// A place in a list of `n`; the bias of the remainder is below one in 10^10 here.
    pub(super) fn place(&mut self, n: usize) -> usize {
        (self.0.next_u64() % n.max(1) as u64) as usize
    }

    /// Three independent normal numbers.
    pub(super) fn jitter(&mut self, sd: f64) -> Vector3<f64> {
        Vector3::from_fn(|_, _| sd * normal(&mut self.0))
    }

    /// How many events happen where `mean` are expected: waiting times are added up.
    pub(super) fn poisson(&mut self, mean: f64) -> usize {
        let (mut waited, mut n) = (0.0, 0);
        loop {
            waited -= f64::ln(1.0 - f64::from(uniform(&mut self.0)));
            if waited >= mean {
                return n;
            }
            n += 1;
        }
    }

    pub(super) fn binomial(&mut self, n: usize, chance: f64) -> usize {
        (0..n).filter(|_| self.happens(chance)).count()
    }
}
