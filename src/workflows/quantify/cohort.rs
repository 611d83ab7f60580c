//! Groups of patients over the hours.

use super::curves::CONFIDENCE;
use super::results::{CohortPoint, QuantifiedPatient, Quantity};
use crate::enhancement::Group;
use crate::stats::mean_with_interval;
use std::collections::BTreeMap;

/// Ends of the intervals in which scans of several patients are put together, h. Scans are planned for
/// 1-2, 3-5, 5-7, 7-10, 24 and 48 h and come when they come.
const EDGES_H: [f64; 11] = [
    0.0, 3.0, 5.0, 7.0, 12.0, 18.0, 36.0, 60.0, 84.0, 120.0, 1000.0,
];

/// Of which diagnosis, which group of regions, what, and in which interval.
type Key = (String, Group, Quantity, usize);

/// The mean of each diagnosis, group of regions and interval, a patient's scans of one interval put
/// together first; all patients together where nobody has a diagnosis.
pub(super) fn cohort(patients: &[QuantifiedPatient]) -> Vec<CohortPoint> {
    if patients.len() < 2 {
        return Vec::new();
    }
    // Hours and values, one of each patient.
    let mut found: BTreeMap<Key, Vec<[f64; 2]>> = BTreeMap::new();
    for patient in patients {
        let diagnosis = patient.diagnosis.as_deref().unwrap_or("all");
        for curve in patient
            .curves
            .iter()
            .filter(|curve| curve.of.label.is_none())
        {
            let Some(group) = curve.of.group else {
                continue;
            };
            let mut own: BTreeMap<usize, Vec<[f64; 2]>> = BTreeMap::new();
            for &point in &curve.points {
                let interval = EDGES_H.partition_point(|&edge| edge < point[0]);
                own.entry(interval).or_default().push(point);
            }
            for (interval, points) in own {
                let n = points.len() as f64;
                let mean = |axis: usize| points.iter().map(|point| point[axis]).sum::<f64>() / n;
                let key = (diagnosis.to_owned(), group, curve.quantity, interval);
                found.entry(key).or_default().push([mean(0), mean(1)]);
            }
        }
    }
    found
        .into_iter()
        .map(|((diagnosis, group, quantity, interval), points)| {
            let values: Vec<f64> = points.iter().map(|point| point[1]).collect();
            CohortPoint {
                diagnosis,
                region: group.name().to_owned(),
                quantity,
                interval: words(interval),
                hours: points.iter().map(|point| point[0]).sum::<f64>() / points.len() as f64,
                mean: mean_with_interval(&values, CONFIDENCE),
            }
        })
        .collect()
}

fn words(interval: usize) -> String {
    match (
        interval.checked_sub(1).map(|at| EDGES_H[at]),
        EDGES_H.get(interval),
    ) {
        (None, _) => "before".to_owned(),
        (Some(from), Some(to)) => format!("{from}-{to} h"),
        (Some(from), None) => format!("after {from} h"),
    }
}
