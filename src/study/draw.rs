//! Drawing a study from a seed: codes, installments, orders.
//!
//! Everything random here comes from `ChaCha20` and from the few lines below, not from the
//! `rand` crate's shuffles, whose results may change between its versions: a seed must give the
//! same study for as long as anybody wants to check it.

use std::collections::{BTreeMap, BTreeSet};

use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha20Rng;
use sha2::{Digest, Sha256};

use super::{
    CaseCode, CaseRow, Design, Example, Key, KeyEntry, Protocol, Seed, StudyError, Worklist,
};

impl Design {
    /// Draws a study and its key.
    ///
    /// No installment of a rater holds two images of one patient, a repeat counted as one; the
    /// numbers of images of one arm in the installments of a rater differ by at most 1; no two
    /// images of one patient follow each other, not even from one installment to the next. Every
    /// rater has their own division into installments and their own orders; all have the same
    /// repeats. The same seed, protocol and cases (in whatever order the cases are listed) give the
    /// same design; a rater's worklist does not depend on who else grades.
    ///
    /// The design holds the outcome only. The seed goes to the key, because who has the seed and
    /// the case list can draw the key again.
    ///
    /// # Errors
    /// Without cases, with empty names, with a patient and arm listed twice, with arms that the
    /// protocol does not have or the cases have not; and [`StudyError::Design`] where no order
    /// keeps the rules.
    pub fn draw(protocol: &Protocol, cases: &[CaseRow]) -> Result<(Self, Key), StudyError> {
        let seed = match protocol.seed {
            Some(number) => Seed::Typed(number),
            None => Seed::draw()?,
        };
        Self::draw_from(&seed, protocol, cases)
    }

    /// [`Design::draw`] from a seed that a key holds, to see that it gives the same study.
    ///
    /// # Errors
    /// As [`Design::draw`].
    pub fn draw_from(
        seed: &Seed,
        protocol: &Protocol,
        cases: &[CaseRow],
    ) -> Result<(Self, Key), StudyError> {
        check_cases(protocol, cases)?;
        let (examples, cases): (Vec<&CaseRow>, Vec<&CaseRow>) =
            cases.iter().partition(|case| case.training.is_some());
        check_training(protocol, &examples, &cases)?;
        let mut cases = cases;
        cases.sort_by(|a, b| (&a.patient, &a.arm).cmp(&(&b.patient, &b.arm)));
        let root = Root::new(seed, &cases);

        let n_listed = cases.len();
        let again = draw_repeats(protocol, &cases, &mut root.stream("repeats", ""))?;
        cases.extend(again);
        let mut codes = draw_codes(cases.len() + examples.len(), &mut root.stream("codes", ""));
        let example_codes = codes.split_off(cases.len());
        let with_grade = examples.iter().zip(&example_codes);
        let training: Vec<Example> = with_grade
            .filter_map(|(case, code)| {
                let code = code.clone();
                case.training.map(|grade| Example { code, grade })
            })
            .collect();
        let graph = Graph::of(&cases, protocol.installments as usize);
        let worklist = |rater: &String| {
            let mut rng = root.stream("worklist", rater);
            let mut divide = || {
                let mut installments = vec![Vec::new(); graph.n_installments];
                for (case_idx, installment) in graph.divide(&mut rng).into_iter().enumerate() {
                    installments[installment].push(case_idx);
                }
                order(&mut installments, &graph.patient_of, &mut rng).then_some(installments)
            };
            let installments = (0..TRIES).find_map(|_| divide()).ok_or_else(|| {
                let why = "installments of one case would show one patient twice in a row";
                StudyError::Design(why.to_owned())
            })?;
            let named = |order: Vec<usize>| order.into_iter().map(|idx| codes[idx].clone());
            Ok(Worklist {
                rater: rater.clone(),
                training: example_codes.clone(),
                installments: installments
                    .into_iter()
                    .map(|order| named(order).collect())
                    .collect(),
            })
        };
        let worklists: Result<_, StudyError> = protocol.raters.iter().map(worklist).collect();
        let mut design = Self {
            codes: [&codes[..], &example_codes[..]].concat(),
            training,
            worklists: worklists?,
        };
        design.codes.sort();
        let entries = cases.iter().zip(codes).enumerate();
        let entries = entries.map(|(idx, (case, code))| KeyEntry::new(code, case, idx >= n_listed));
        let examples = examples.iter().zip(example_codes);
        let examples = examples.map(|(case, code)| KeyEntry::new(code, case, false));
        let entries = entries.chain(examples).collect();
        let key = Key::new(design.fingerprint(), *seed, protocol, entries);
        Ok((design, key))
    }
}

/// The images that are graded a second time: as many of one arm as of another, give or take one,
/// and only of patients for whom an installment is left.
fn draw_repeats<'a>(
    protocol: &Protocol,
    cases: &[&'a CaseRow],
    rng: &mut ChaCha20Rng,
) -> Result<Vec<&'a CaseRow>, StudyError> {
    let n_installments = protocol.installments as usize;
    let mut n_images: BTreeMap<&str, usize> = BTreeMap::new();
    for case in cases {
        *n_images.entry(&case.patient).or_default() += 1;
    }
    if let Some((patient, n)) = n_images.iter().find(|(_, n)| **n > n_installments) {
        return Err(StudyError::Design(format!(
            "patient \"{patient}\" has {n} images, which need {n} installments, and the protocol \
             has {n_installments}"
        )));
    }
    let mut pools: Vec<Vec<&CaseRow>> = protocol
        .arms
        .iter()
        .map(|arm| {
            let of_arm = cases.iter().filter(|case| case.arm == *arm);
            let mut pool: Vec<&CaseRow> = of_arm.copied().collect();
            shuffle(&mut pool, rng);
            pool
        })
        .collect();
    shuffle(&mut pools, rng);
    let n_pools = pools.len();
    let mut repeats = Vec::new();
    for at in 0..protocol.repeats as usize {
        let found = std::iter::from_fn(|| pools[at % n_pools].pop())
            .find(|case| n_images[case.patient.as_str()] < n_installments);
        let Some(case) = found else {
            return Err(StudyError::Design(format!(
                "of {} repeats there is room for {at}: a repeat needs an installment in which its \
                 patient has no other image",
                protocol.repeats
            )));
        };
        *n_images.entry(&case.patient).or_default() += 1;
        repeats.push(case);
    }
    Ok(repeats)
}

/// How often cases are divided anew before a study is given up: only where an installment may hold
/// a single case does it take more than one try.
const TRIES: usize = 100;

/// Shuffles each installment; the first of one is never of the patient of the last before it.
/// Answers whether that could be.
fn order(installments: &mut [Vec<usize>], patient_of: &[usize], rng: &mut ChaCha20Rng) -> bool {
    let mut last = None;
    for order in installments {
        shuffle(order, rng);
        let is_fit = |&case_idx: &usize| Some(patient_of[case_idx]) != last;
        if let Some(first) = order.first()
            && !is_fit(first)
        {
            // A patient is in an installment once, so any other case will do.
            if order.len() == 1 {
                return false;
            }
            let other = 1 + below(order.len() - 1, rng);
            order.swap(0, other);
        }
        // An installment may be empty.
        if let Some(&case_idx) = order.last() {
            last = Some(patient_of[case_idx]);
        }
    }
    true
}

fn check_cases(protocol: &Protocol, cases: &[CaseRow]) -> Result<(), StudyError> {
    if cases.iter().all(|case| case.training.is_some()) {
        return Err(StudyError::NoCases);
    }
    let mut seen = BTreeSet::new();
    for (idx, case) in cases.iter().enumerate() {
        for (field, text) in [
            ("patient of case", &case.patient),
            ("arm of case", &case.arm),
        ] {
            if text.trim().is_empty() {
                return Err(StudyError::EmptyName {
                    field,
                    position: idx + 1,
                });
            }
        }
        if !seen.insert((&case.patient, &case.arm)) {
            let (patient, arm) = (case.patient.clone(), case.arm.clone());
            return Err(StudyError::DuplicateCase { patient, arm });
        }
        if !protocol.arms.contains(&case.arm) {
            return Err(StudyError::Design(format!(
                "case {} is of arm \"{}\", which the protocol does not have ({})",
                idx + 1,
                case.arm,
                protocol.arms.join(", ")
            )));
        }
    }
    let studied = || cases.iter().filter(|case| case.training.is_none());
    let has = |arm: &&String| studied().any(|case| case.arm == **arm);
    match protocol.arms.iter().find(|arm| !has(arm)) {
        None => Ok(()),
        Some(arm) => Err(StudyError::Design(format!(
            "no case is of arm \"{arm}\", which the protocol has"
        ))),
    }
}

/// Training cases are of patients that the study does not have, and graded on its scale: a picture
/// with its grade beside it must not come again.
fn check_training(
    protocol: &Protocol,
    examples: &[&CaseRow],
    cases: &[&CaseRow],
) -> Result<(), StudyError> {
    let studied: BTreeSet<&String> = cases.iter().map(|case| &case.patient).collect();
    for case in examples {
        if studied.contains(&case.patient) {
            return Err(StudyError::Design(format!(
                "patient \"{}\" has a training case and another one",
                case.patient
            )));
        }
        if let Some(grade) = case.training {
            protocol.scale.grade(grade)?;
        }
    }
    Ok(())
}

/// Where all streams of one study come from.
struct Root([u8; 32]);

impl Root {
    /// The case list goes in with the seed: a guessed seed then cannot be tried on a study file
    /// without the list.
    fn new(seed: &Seed, cases: &[&CaseRow]) -> Self {
        let mut hash = Sha256::new();
        put(&mut hash, "cisterna draw 1");
        hash.update(seed.bytes());
        for case in cases {
            put(&mut hash, &case.patient);
            put(&mut hash, &case.arm);
        }
        Self(hash.finalize().into())
    }

    fn stream(&self, purpose: &str, name: &str) -> ChaCha20Rng {
        let mut hash = Sha256::new();
        hash.update(self.0);
        put(&mut hash, purpose);
        put(&mut hash, name);
        ChaCha20Rng::from_seed(hash.finalize().into())
    }
}

fn put(hash: &mut Sha256, text: &str) {
    hash.update((text.len() as u64).to_le_bytes());
    hash.update(text.as_bytes());
}

/// A number below `n`, each equally likely (draws from the uneven end of the range are thrown
/// away).
fn below(n: usize, rng: &mut ChaCha20Rng) -> usize {
    let n = n as u64;
    let even = u64::MAX - u64::MAX % n;
    loop {
        let draw = rng.next_u64();
        if draw < even {
            return (draw % n) as usize;
        }
    }
}

/// Fisher and Yates.
fn shuffle<T>(items: &mut [T], rng: &mut ChaCha20Rng) {
    for last in (1..items.len()).rev() {
        items.swap(last, below(last + 1, rng));
    }
}

fn draw_codes(n: usize, rng: &mut ChaCha20Rng) -> Vec<CaseCode> {
    let mut seen = BTreeSet::new();
    let mut codes = Vec::with_capacity(n);
    while codes.len() < n {
        let mut character = || char::from(CaseCode::ALPHABET[below(CaseCode::ALPHABET.len(), rng)]);
        let text: String = (0..CaseCode::LENGTH).map(|_| character()).collect();
        if let Ok(code) = CaseCode::parse(&text)
            && seen.insert(text)
        {
            codes.push(code);
        }
    }
    codes
}

/// Patients on one side, arms on the other, an image of the one in the other as an edge between
/// them. Installments are then colours of the edges: a patient's edges must all have different
/// colours.
struct Graph {
    n_installments: usize,
    n_patients: usize,
    patient_of: Vec<usize>,
    /// The cases of each arm.
    arms: Vec<Vec<usize>>,
}

/// What touches each vertex in each colour.
type Touching = Vec<Vec<Option<usize>>>;

impl Graph {
    fn of(cases: &[&CaseRow], n_installments: usize) -> Self {
        let patients: BTreeSet<&str> = cases.iter().map(|case| case.patient.as_str()).collect();
        let patients: Vec<&str> = patients.into_iter().collect();
        let arms: BTreeSet<&str> = cases.iter().map(|case| case.arm.as_str()).collect();
        let place = |patient: &str| patients.partition_point(|other| *other < patient);
        let patient_of: Vec<usize> = cases.iter().map(|case| place(&case.patient)).collect();
        let of_arm = |arm: &str| {
            (0..cases.len())
                .filter(|&idx| cases[idx].arm == arm)
                .collect()
        };
        Self {
            n_installments,
            n_patients: patients.len(),
            arms: arms.into_iter().map(of_arm).collect(),
            patient_of,
        }
    }

    /// The installment, counted from 0, of each case.
    ///
    /// Each arm is split into groups of as many images as there are installments (the last may be
    /// smaller). No vertex then has more edges than there are colours, so the edges can be
    /// coloured with no colour twice at any patient or group (König 1916): each full group has one
    /// image in every installment, which is the balance promised. Groups, order and colours are
    /// random, and a last random exchange of colours makes every installment equally likely for
    /// every image.
    fn divide(&self, rng: &mut ChaCha20Rng) -> Vec<usize> {
        let (group_of, n_groups) = self.group(rng);
        let ends = |case_idx: usize| [self.patient_of[case_idx], group_of[case_idx]];
        let mut at: [Touching; 2] = [self.n_patients, n_groups]
            .map(|n_vertices| vec![vec![None; self.n_installments]; n_vertices]);
        let mut order: Vec<usize> = (0..self.patient_of.len()).collect();
        shuffle(&mut order, rng);
        let mut colours: Vec<usize> = (0..self.n_installments).collect();
        for case_idx in order {
            shuffle(&mut colours, rng);
            let colour = free_colour(&mut at, ends(case_idx), &colours, &ends);
            for (side, vertex) in ends(case_idx).into_iter().enumerate() {
                at[side][vertex][colour] = Some(case_idx);
            }
        }
        shuffle(&mut colours, rng);
        let mut installment_of = vec![0; self.patient_of.len()];
        for touching in &at[0] {
            for (colour, case_idx) in touching.iter().enumerate() {
                if let Some(case_idx) = case_idx {
                    installment_of[*case_idx] = colours[colour];
                }
            }
        }
        installment_of
    }

    fn group(&self, rng: &mut ChaCha20Rng) -> (Vec<usize>, usize) {
        let mut group_of = vec![0; self.patient_of.len()];
        let mut n_groups = 0;
        for arm in &self.arms {
            let mut arm = arm.clone();
            shuffle(&mut arm, rng);
            for group in arm.chunks(self.n_installments) {
                group
                    .iter()
                    .for_each(|&case_idx| group_of[case_idx] = n_groups);
                n_groups += 1;
            }
        }
        (group_of, n_groups)
    }
}

/// A colour that is free at both ends of a new edge, the first of `colours` that is; where there
/// is none, one is freed by exchanging two colours along a path.
fn free_colour(
    at: &mut [Touching; 2],
    [patient, group]: [usize; 2],
    colours: &[usize],
    ends: &impl Fn(usize) -> [usize; 2],
) -> usize {
    let is_free = |side: usize, vertex: usize, colour: usize| at[side][vertex][colour].is_none();
    let mut both = colours.iter().copied();
    let both = both.find(|&colour| is_free(0, patient, colour) && is_free(1, group, colour));
    if let Some(both) = both {
        return both;
    }
    let first_free = |side, vertex| colours.iter().copied().find(|&c| is_free(side, vertex, c));
    // A vertex has fewer coloured edges than colours before its last edge is coloured.
    let (Some(of_patient), Some(of_group)) = (first_free(0, patient), first_free(1, group)) else {
        unreachable!("a vertex has no more edges than there are colours")
    };
    exchange(at, group, of_patient, of_group, ends);
    of_patient
}

/// Exchanges colours `first` and `second` along the path that leaves `group` by `first`, which
/// frees `first` there. The path comes to patients by `first` only, so it never comes to the
/// patient at which `first` is free.
fn exchange(
    at: &mut [Touching; 2],
    group: usize,
    first: usize,
    second: usize,
    ends: &impl Fn(usize) -> [usize; 2],
) {
    let (mut side, mut vertex, mut colour) = (1, group, first);
    let mut path = Vec::new();
    while let Some(case_idx) = at[side][vertex][colour] {
        path.push((case_idx, colour));
        side = 1 - side;
        vertex = ends(case_idx)[side];
        colour = if colour == first { second } else { first };
    }
    for &(case_idx, colour) in &path {
        for (side, vertex) in ends(case_idx).into_iter().enumerate() {
            at[side][vertex][colour] = None;
        }
    }
    for &(case_idx, colour) in &path {
        let other = if colour == first { second } else { first };
        for (side, vertex) in ends(case_idx).into_iter().enumerate() {
            at[side][vertex][other] = Some(case_idx);
        }
    }
}
