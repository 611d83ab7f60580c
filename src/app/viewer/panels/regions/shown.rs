//! The curves that are shown.

use crate::app::shell::theme;
use crate::app::viewer::{Desk, MeasuredRegions, regions::name_of};
use crate::workflows::{Quantity, RegionCurve};
use eframe::egui::Color32;

/// A curve on show.
pub(super) struct ShownCurve<'a> {
    pub(super) curve: &'a RegionCurve,
    pub(super) name: String,
    pub(super) colour: Color32,
    /// Which of the curves it is: those of one colour have other marks.
    pub(super) idx: usize,
    /// Whether it is that of the region under the crosshair.
    pub(super) is_at_crosshair: bool,
    /// Hours, lower and upper end.
    pub(super) spread: Vec<[f64; 3]>,
}

/// Those that were chosen, and that of the region under the crosshair last, above them.
pub(super) fn shown<'a>(desk: &Desk, measured: &'a MeasuredRegions) -> Vec<ShownCurve<'a>> {
    let regions = &desk.regions;
    let here = desk.region_at_crosshair();
    let here = here.and_then(|region| measured.of_label(region.label));
    let mut wanted = regions.chosen.clone();
    if let (Some(here), true) = (&here, regions.at_crosshair)
        && !wanted.contains(here)
    {
        wanted.push(here.clone());
    }
    let mut shown: Vec<ShownCurve<'a>> = wanted
        .iter()
        .enumerate()
        .filter_map(|(idx, of)| {
            let curve = measured.curve(of, regions.quantity)?;
            Some(ShownCurve {
                curve,
                name: name_of(of),
                colour: theme::region(idx),
                idx,
                is_at_crosshair: regions.at_crosshair && here.as_ref() == Some(of),
                spread: measured.spread(curve),
            })
        })
        .collect();
    shown.sort_by_key(|curve| curve.is_at_crosshair);
    shown
}

/// What the bands are.
pub(super) fn spread_words(
    measured: &MeasuredRegions,
    shown: &[ShownCurve<'_>],
) -> Option<&'static str> {
    let first = shown.first()?.curve;
    let is_believed = first.quantity == Quantity::Concentration && measured.has_believed(first);
    Some(match is_believed {
        true => "Bands: means if the calibration is off as far as expected",
        false => "Bands: 25th to 75th percentile of voxels",
    })
}
