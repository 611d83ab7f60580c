//! What a network learned from, and what it began with.

use rand::SeedableRng;
use rand::seq::SliceRandom;
use rand_chacha::ChaCha8Rng;
use serde::{Deserialize, Serialize};

/// Which patients a network learns from and which it is judged by.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Split {
    /// What it was drawn from.
    pub seed: u64,
    /// Patients to learn from.
    pub train: Vec<String>,
    /// Patients to be judged by.
    pub test: Vec<String>,
}

impl Split {
    /// Draws `n_test` of every `of` patients for the test, rounded, and at least one of each kind.
    #[must_use]
    pub fn draw(subjects: &[String], [n_test, of]: [usize; 2], seed: u64) -> Self {
        let mut shuffled = subjects.to_vec();
        shuffled.sort();
        shuffled.shuffle(&mut ChaCha8Rng::seed_from_u64(seed));
        let n = shuffled.len();
        let n_test = (n * n_test + of / 2) / of;
        let n_test = n_test.clamp(usize::from(n > 1), n.saturating_sub(1).max(1));
        let mut test = shuffled.split_off(n - n_test.min(n));
        let mut train = shuffled;
        train.sort();
        test.sort();
        Self { seed, train, test }
    }
}

/// Patients that a network learned from and was judged by.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Learned {
    /// What the data set calls itself.
    pub data_set: String,
    /// Whether the patients were simulated.
    pub is_simulated: bool,
    /// SHA-256 of what was to be predicted.
    pub fingerprint: String,
    /// Who was learned from and who was judged by.
    pub split: Split,
}

/// The network that a training begins with.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct InitialNetwork {
    /// By which it is called.
    pub name: String,
    /// SHA-256 of its file.
    pub sha256: String,
    /// What it says of its own training, in words.
    pub trained_on: String,
    /// What it learned from, the first first; nothing where it was not trained by this program.
    pub learned: Vec<Learned>,
}
