//! Did the installments go as the protocol says? Pauses between them, and patients shown twice.

use std::collections::BTreeMap;

use serde::Serialize;

use super::StudyData;

/// What the rows say about the installments, training cases left out.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Sittings {
    /// Shortest pause between two installments of a rater, in days, from the last answer of one to
    /// the first case of the next; `None` for one installment.
    pub shortest_pause_days: Option<f64>,
    /// How often a rater answered more than one image of a patient in one installment, a repeat
    /// counted as an image.
    pub n_patients_twice: usize,
}

const MILLIS_PER_DAY: f64 = 86_400_000.0;

impl Sittings {
    pub(super) fn of(data: &StudyData) -> Self {
        // First opening and last answer of each rater's installments, in order.
        let mut times: BTreeMap<(&str, u32), (i64, i64)> = BTreeMap::new();
        let mut images: BTreeMap<(&str, u32, &str), usize> = BTreeMap::new();
        for reading in data.readings.iter().filter(|of| !of.is_training()) {
            let (rater, installment) = (reading.rater.as_str(), reading.installment);
            if let (true, Some(of)) = (reading.counts(), &reading.identity) {
                let place = (rater, installment, of.patient.as_str());
                *images.entry(place).or_default() += 1;
            }
            let own = (reading.opened_unix_millis, reading.committed_unix_millis);
            let ends = times.entry((rater, installment)).or_insert(own);
            *ends = (ends.0.min(own.0), ends.1.max(own.1));
        }
        let sittings: Vec<_> = times.iter().collect();
        let pauses = sittings.windows(2).filter_map(|pair| {
            let [before, after] = pair else { return None };
            (before.0.0 == after.0.0).then_some(after.1.0 - before.1.1)
        });
        Self {
            shortest_pause_days: pauses.min().map(|millis| millis as f64 / MILLIS_PER_DAY),
            n_patients_twice: images.values().filter(|n| **n > 1).count(),
        }
    }
}
