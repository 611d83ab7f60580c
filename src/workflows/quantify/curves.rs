//! Regions over the hours, and the ratio of ventricles to subarachnoid space.

use super::results::{
    NamedRegion, QuantifiedSession, Quantity, RefluxRatio, RegionCurve, RegionValues,
};
use crate::enhancement::{CSF_OFF_MMOL_PER_L, CurveSummary, Group, nearest_to_24_h};

/// How often the intervals of rates should cover.
pub(super) const CONFIDENCE: f64 = 0.95;

/// The curve of each region and quantity, in the order of the first scan's regions.
pub(super) fn curves(sessions: &[QuantifiedSession]) -> Vec<RegionCurve> {
    let mut curves = Vec::new();
    let mut known: Vec<&NamedRegion> = Vec::new();
    for row in sessions.iter().flat_map(|session| &session.regions) {
        if !known.contains(&&row.of) {
            known.push(&row.of);
        }
    }
    for of in known {
        for quantity in Quantity::ALL {
            let points: Vec<[f64; 2]> = sessions
                .iter()
                .filter_map(|session| {
                    let mut rows = session.regions.iter();
                    let row = rows.find(|row| row.of == *of && row.quantity == quantity)?;
                    Some([session.hours, value(row)?])
                })
                .collect();
            // What is measured against the scan before is nothing in it.
            let before = match (quantity, sessions.first(), points.first()) {
                (Quantity::PercentChange, Some(first), Some(_)) => [first.hours, 0.0],
                (_, Some(first), Some(point)) if point[0] == first.hours => *point,
                _ => continue,
            };
            let later: Vec<[f64; 2]> = points
                .into_iter()
                .filter(|point| point[0] > before[0])
                .collect();
            let summary = CurveSummary::of(reference(of, quantity, before[1]), &later, CONFIDENCE);
            let summary = summary.map(|summary| match is_csf_tracer(of, quantity) {
                true => summary.above(&later, 2.0 * CSF_OFF_MMOL_PER_L),
                false => summary,
            });
            curves.push(RegionCurve {
                of: of.clone(),
                quantity,
                summary,
                points: std::iter::once(before).chain(later).collect(),
            });
        }
    }
    curves
}

/// What a curve rises from. The tracer that CSF seems to have before it was given is what noise
/// leaves, and does not lie on top of later scans; that of tissue is its calibration, and does.
fn reference(of: &NamedRegion, quantity: Quantity, before: f64) -> f64 {
    match is_csf_tracer(of, quantity) {
        true => 0.0,
        false => before,
    }
}

fn is_csf_tracer(of: &NamedRegion, quantity: Quantity) -> bool {
    quantity == Quantity::Concentration && of.group.is_some_and(Group::is_csf)
}

/// What a curve follows.
fn value(row: &RegionValues) -> Option<f64> {
    match row.quantity {
        Quantity::FatUnits => row.statistics.values.as_ref().map(|values| values.median),
        Quantity::PercentChange => row.ratio_of_medians.map(|ratio| 100.0 * (ratio - 1.0)),
        Quantity::Concentration => row.statistics.values.as_ref().map(|values| values.mean),
    }
}

/// Means of the lateral ventricles over those of the convexity, or of all CSF where the labels do
/// not part it, near 24 h.
pub(super) fn reflux_ratio(sessions: &[QuantifiedSession]) -> Option<RefluxRatio> {
    let hours: Vec<f64> = sessions.iter().map(|session| session.hours).collect();
    let session = &sessions[nearest_to_24_h(&hours)?];
    let mean = |group: Group, quantity: Quantity| {
        let mut rows = session.regions.iter();
        let row = rows.find(|row| {
            row.of.label.is_none() && row.of.group == Some(group) && row.quantity == quantity
        })?;
        row.statistics.values.as_ref().map(|values| values.mean)
    };
    let over = [Group::Convexity, Group::Csf]
        .into_iter()
        .find(|&group| mean(group, Quantity::FatUnits).is_some())?;
    let ratio = |quantity| {
        let [inside, outside] = [Group::LateralVentricles, over].map(|group| mean(group, quantity));
        inside
            .zip(outside.filter(|&outside| outside > 0.0))
            .map(|(inside, outside)| inside / outside)
    };
    Some(RefluxRatio {
        hours: session.hours,
        over: over.name().to_owned(),
        of_signal: ratio(Quantity::FatUnits),
        of_concentration: ratio(Quantity::Concentration),
    })
}
