//! The displays that installments were read on: what tests of them say, and which were not tested.

use std::collections::BTreeSet;

use super::{DisplayRow, StudyData};

/// By rater and installment, each test in the order of time. Empty where the protocol asks for none
/// and there was none.
pub(super) fn of(data: &StudyData) -> Vec<DisplayRow> {
    if !data.protocol.display.test && data.displays.is_empty() {
        return Vec::new();
    }
    let of_rater = |rater: &String| {
        let own = data.displays.iter().filter(|row| row.rater == *rater);
        let mut rows: Vec<DisplayRow> = own.cloned().collect();
        let tested: BTreeSet<u32> = rows.iter().map(|row| row.installment).collect();
        let readings = data.readings.iter();
        let read: BTreeSet<u32> = readings
            .filter(|of| of.rater == *rater && !of.is_training())
            .map(|of| of.installment)
            .collect();
        rows.extend(read.difference(&tested).map(|&installment| DisplayRow {
            rater: rater.clone(),
            installment,
            at_utc: String::new(),
            test: None,
        }));
        rows.sort_by_key(|row| row.installment);
        rows
    };
    data.protocol.raters.iter().flat_map(of_rater).collect()
}
