//! Cohorts with the mix of the tracer study: Table 1 of the arXiv paper on predicting 24 h scans
//! with a U-net (136 patients).

use super::patient::normal_within;
use super::{Diagnosis, Patient, Sex};
use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;

/// A row of the table.
pub(super) struct Group {
    diagnosis: Diagnosis,
    /// Mean and standard deviation, years.
    age: [f64; 2],
    n_female: usize,
    n_male: usize,
}

const fn group(diagnosis: Diagnosis, age: [f64; 2], n_female: usize, n_male: usize) -> Group {
    Group {
        diagnosis,
        age,
        n_female,
        n_male,
    }
}

/// In the order of [`Diagnosis::ALL`].
const TABLE_1: [Group; 7] = [
    group(Diagnosis::Reference, [35.9, 10.4], 21, 4),
    group(Diagnosis::ArachnoidCyst, [48.1, 16.9], 9, 8),
    group(Diagnosis::PinealCyst, [37.1, 13.0], 13, 1),
    group(Diagnosis::Iih, [34.6, 11.8], 14, 2),
    group(Diagnosis::Sih, [48.1, 14.7], 11, 4),
    group(Diagnosis::Inph, [70.8, 6.5], 9, 24),
    group(Diagnosis::Hydrocephalus, [42.6, 14.5], 8, 8),
];

const N_TABLE_1: usize = 136;

impl Group {
    pub(super) fn of(diagnosis: Diagnosis) -> &'static Self {
        &TABLE_1[diagnosis as usize]
    }

    fn n(&self) -> usize {
        self.n_female + self.n_male
    }

    pub(super) fn female_share(&self) -> f64 {
        self.n_female as f64 / self.n() as f64
    }

    /// Years, of an adult.
    pub(super) fn age(&self, rng: &mut impl Rng) -> f64 {
        normal_within(rng, self.age, [18.0, 88.0])
    }
}

/// The 136 patients of the table: its groups, and in each its number of women and men, in an
/// order drawn from the seed.
#[must_use]
pub fn table1_cohort(seed: u64) -> Vec<Patient> {
    cohort(N_TABLE_1, seed, None)
}

/// Any number of patients of one diagnosis, or of all in the proportions of the table. The
/// shares of women and men in each group are those of the table as nearly as whole patients
/// allow.
#[must_use]
pub fn cohort(n: usize, seed: u64, diagnosis: Option<Diagnosis>) -> Vec<Patient> {
    let weights = TABLE_1.map(|group| {
        let is_wanted = diagnosis.is_none_or(|wanted| wanted == group.diagnosis);
        if is_wanted { group.n() } else { 0 }
    });
    let mut places: Vec<(Diagnosis, Sex)> = Vec::with_capacity(n);
    for (group, n_group) in TABLE_1.iter().zip(shared_out(n, weights)) {
        let [n_female, _] = shared_out(n_group, [group.n_female, group.n_male]);
        places.extend((0..n_group).map(|place| {
            let is_female = place < n_female;
            let sex = if is_female { Sex::Female } else { Sex::Male };
            (group.diagnosis, sex)
        }));
    }
    shuffle(&mut places, seed);
    let patient = |(idx, (diagnosis, sex))| Patient::of_sex(idx, seed, diagnosis, sex);
    places.into_iter().enumerate().map(patient).collect()
}

/// Gives `n` things to takers by weight, by largest remainders; ties go to the earlier taker.
fn shared_out<const N: usize>(n: usize, weights: [usize; N]) -> [usize; N] {
    let total: usize = weights.iter().sum::<usize>().max(1);
    let mut given = weights.map(|weight| n * weight / total);
    let mut order: [usize; N] = std::array::from_fn(|taker| taker);
    order.sort_by_key(|&taker| std::cmp::Reverse(n * weights[taker] % total));
    let left = n - given.iter().sum::<usize>();
    for &taker in order.iter().take(left) {
        given[taker] += 1;
    }
    given
}

pub(super) fn shuffle<T>(items: &mut [T], seed: u64) {
    let mut key = [0; 32];
    key[..8].copy_from_slice(&seed.to_le_bytes());
    key[8..15].copy_from_slice(b"shuffle");
    let mut rng = ChaCha8Rng::from_seed(key);
    for last in (1..items.len()).rev() {
        // The bias of the remainder is below one in 10^15 here.
        let chosen = (rng.next_u64() % (last as u64 + 1)) as usize;
        items.swap(chosen, last);
    }
}
