//! Did the installments go as the protocol says? Pauses between them, and patients shown twice.

use std::collections::BTreeMap;

use serde::Serialize;

use super::{StudyData, readings::is_training};

/// What the rows say about the installments, training cases left out.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Sittings {
    /// Shortest pause between two installments of a rater, in days, from the last answer of one to
    /// the first case of the next; `None` for one installment or times that cannot be understood.
    pub shortest_pause_days: Option<f64>,
    /// How often a rater answered more than one image of a patient in one installment, a repeat
    /// counted as an image.
    pub n_patients_twice: usize,
}

impl Sittings {
    pub(super) fn of(data: &StudyData) -> Self {
        let counted = || {
            let rows = data.rows.iter();
            rows.filter(|row| !is_training(row))
        };
        // First opening and last answer of each rater's installments, in order.
        let mut times: BTreeMap<(&str, u32), (f64, f64)> = BTreeMap::new();
        let mut all_understood = true;
        let mut images: BTreeMap<(&str, u32, &str), usize> = BTreeMap::new();
        for row in counted() {
            if row.counts() {
                let place = (row.rater.as_str(), row.installment, row.patient.as_str());
                *images.entry(place).or_default() += 1;
            }
            let (Some(opened), Some(committed)) = (days(&row.opened_utc), days(&row.committed_utc))
            else {
                all_understood = false;
                continue;
            };
            let of = times.entry((&row.rater, row.installment));
            let ends = of.or_insert((opened, committed));
            *ends = (ends.0.min(opened), ends.1.max(committed));
        }
        let sittings: Vec<_> = times.iter().collect();
        let pauses = sittings.windows(2).filter_map(|pair| {
            let [before, after] = pair else { return None };
            (before.0.0 == after.0.0).then_some(after.1.0 - before.1.1)
        });
        let shortest = pauses.min_by(f64::total_cmp).filter(|_| all_understood);
        Self {
            shortest_pause_days: shortest,
            n_patients_twice: images.values().filter(|n| **n > 1).count(),
        }
    }
}

/// Days since 1970 of a time as our export writes it, `2026-01-02T03:04:05.678Z`.
fn days(utc: &str) -> Option<f64> {
    let number = |from: usize, to: usize| utc.get(from..to)?.parse::<f64>().ok();
    let (year, month, day) = (number(0, 4)?, number(5, 7)?, number(8, 10)?);
    let (hours, minutes) = (number(11, 13)?, number(14, 16)?);
    let seconds = utc.get(17..)?.strip_suffix('Z')?.parse::<f64>().ok()?;
    // Years from March on, so that the leap day is the last of its year.
    let years = if month < 3.0 { year - 1.0 } else { year };
    let months = (month + 9.0) % 12.0;
    let leap_days = (years / 4.0).floor() - (years / 100.0).floor() + (years / 400.0).floor();
    let before = years * 365.0 + leap_days + ((153.0 * months + 2.0) / 5.0).floor();
    let whole = before + day - 1.0 - 719_468.0;
    Some(whole + (hours + minutes / 60.0 + seconds / 3600.0) / 24.0)
}

#[cfg(test)]
mod tests {
    use super::days;
    use crate::study::rfc3339;

    #[test]
    fn days_of_our_own_times() {
        #[track_caller]
        fn check(unix_millis: i64) {
            let found = days(&rfc3339(unix_millis)).unwrap();
            let expected = unix_millis as f64 / 86_400_000.0;
            assert!((found - expected).abs() < 1e-8, "{found}, not {expected}");
        }
        for millis in [0, 951_782_400_000, 951_868_799_999, 1_780_000_000_123] {
            check(millis);
        }
        assert_eq!(days("yesterday"), None);
        assert_eq!(days("2026-01-02 03:04"), None);
    }
}
