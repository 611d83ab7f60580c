//! Whether anything but the picture tells which arm a case is of.

use super::{CaseRow, Design, Key, Protocol, StudyError};

/// How well one thing that a rater's file holds tells the reference from the other arms.
#[derive(Clone, Debug, PartialEq)]
pub struct Tell {
    /// What it is.
    pub what: &'static str,
    /// The area under the ROC curve, mean of the draws; 0.5 tells nothing.
    pub auroc: f64,
    /// Of that mean.
    pub standard_error: f64,
}

/// A case as a rater's file has it: a number by which it might be told.
type Feature = (&'static str, fn(&Place<'_>) -> f64);

struct Place<'a> {
    code: &'a str,
    /// Of its code among all codes, which is the order of the rows of pictures.
    row: usize,
    installment: usize,
    position: usize,
}

const FEATURES: [Feature; 5] = [
    ("installment", |place| place.installment as f64),
    ("position in it", |place| place.position as f64),
    ("row of the picture", |place| place.row as f64),
    ("first character of the code", |place| {
        f64::from(place.code.as_bytes()[0])
    }),
    ("sum of the code's characters", |place| {
        place.code.bytes().map(f64::from).sum()
    }),
];

/// Draws a study anew `n_draws` times, with seeds of its own, and looks whether order, place or
/// code go with the arm. Without a second arm there is nothing to tell.
///
/// # Errors
/// As [`Design::draw`].
pub fn tells(
    protocol: &Protocol,
    cases: &[CaseRow],
    n_draws: usize,
) -> Result<Vec<Tell>, StudyError> {
    let reference = &protocol.arms[0];
    let mut found = vec![Vec::with_capacity(n_draws); FEATURES.len()];
    for seed in 0..n_draws as u64 {
        let protocol = Protocol {
            seed: Some(seed),
            ..protocol.clone()
        };
        let (design, key) = Design::draw(&protocol, cases)?;
        for ((_, feature), found) in FEATURES.iter().zip(&mut found) {
            found.extend(auroc(&design, &key, reference, *feature));
        }
    }
    let tell = |(what, found): (&'static str, Vec<f64>)| {
        let n = found.len() as f64;
        let auroc = found.iter().sum::<f64>() / n;
        let variance = found.iter().map(|x| (x - auroc).powi(2)).sum::<f64>() / (n - 1.0);
        Tell {
            what,
            auroc,
            standard_error: (variance / n).sqrt(),
        }
    };
    let names = FEATURES.iter().map(|(what, _)| *what).zip(found);
    Ok(names.filter(|(_, f)| f.len() > 1).map(tell).collect())
}

/// Over the cases of all raters; none where all are of one arm.
fn auroc(
    design: &Design,
    key: &Key,
    reference: &str,
    feature: fn(&Place<'_>) -> f64,
) -> Option<f64> {
    let mut values: Vec<(f64, bool)> = Vec::new();
    for worklist in &design.worklists {
        for slot in worklist.slots().filter(|slot| slot.installment > 0) {
            let place = Place {
                code: slot.code.as_str(),
                row: design.codes.partition_point(|code| *code < slot.code),
                installment: slot.installment as usize,
                position: slot.position as usize,
            };
            let is_reference = key.entry(&slot.code)?.arm == reference;
            values.push((feature(&place), is_reference));
        }
    }
    values.sort_by(|a, b| a.0.total_cmp(&b.0));
    let n_reference = values.iter().filter(|(_, is)| *is).count() as f64;
    let n_other = values.len() as f64 - n_reference;
    // The sum of the reference's ranks, ties sharing theirs (Mann and Whitney).
    let mut rank = 0.0;
    let ranks: f64 = values
        .chunk_by(|a, b| a.0 == b.0)
        .map(|tied| {
            let mean = rank + (tied.len() as f64 + 1.0) / 2.0;
            rank += tied.len() as f64;
            mean * tied.iter().filter(|(_, is)| *is).count() as f64
        })
        .sum();
    let wins = ranks - n_reference * (n_reference + 1.0) / 2.0;
    (n_reference > 0.0 && n_other > 0.0).then(|| wins / (n_reference * n_other))
}
