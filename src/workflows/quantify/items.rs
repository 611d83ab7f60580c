//! The regions that are told of, and their numbers in one scan.

use super::results::{NamedRegion, Quantity, RegionValues};
use crate::enhancement::{Before, Group, LEAST_BEFORE, RegionStatistics, Regions, median};
use rayon::prelude::*;

/// All groups together.
pub(super) const ALL_GROUPS: &str = "intracranial";

/// A region with its voxels.
pub(super) struct RegionItem {
    pub of: NamedRegion,
    voxels: Vec<u32>,
    /// Median signal before, where it can be divided by.
    before: Option<f64>,
    /// Why it cannot.
    refused: Option<&'static str>,
    /// Whether it is several groups, of which only concentrations have a common meaning.
    is_mixed: bool,
}

/// A scan's maps on the grid of the scan before.
pub(super) struct ScanMaps {
    /// In units of fat.
    pub signal: Vec<f32>,
    /// `None` for the scan before.
    pub percent: Option<Vec<f32>>,
    /// Where there is a way to them.
    pub concentration: Option<Vec<f32>>,
}

/// Every label, then every group, then all groups together.
pub(super) fn items(before: &Before) -> Vec<RegionItem> {
    let regions: &Regions = before.regions();
    let voxels = regions.voxels();
    let mut items: Vec<RegionItem> = Vec::new();
    let mut all = Vec::new();
    let mut groups = Vec::new();
    for group in Group::ALL {
        let of_group = regions.regions.iter().zip(&voxels);
        let of_group = of_group.filter(|(region, _)| region.group == Some(group));
        let members: Vec<u32> = of_group.flat_map(|(_, voxels)| voxels).copied().collect();
        all.extend_from_slice(&members);
        if !members.is_empty() {
            let of = NamedRegion {
                region: group.name().to_owned(),
                label: None,
                group: Some(group),
            };
            groups.push(item(before, of, members));
        }
    }
    for (region, voxels) in regions.regions.iter().zip(voxels) {
        let of = NamedRegion {
            region: region.name.clone(),
            label: Some(region.label),
            group: region.group,
        };
        items.push(item(before, of, voxels));
    }
    items.extend(groups);
    if !all.is_empty() {
        let of = NamedRegion {
            region: ALL_GROUPS.to_owned(),
            label: None,
            group: None,
        };
        items.push(RegionItem {
            is_mixed: true,
            ..item(before, of, all)
        });
    }
    items
}

fn item(before: &Before, of: NamedRegion, voxels: Vec<u32>) -> RegionItem {
    let signals = voxels.iter().map(|&voxel| before.signal()[voxel as usize]);
    let middle = median(signals);
    let is_csf = of.group.is_some_and(Group::is_csf);
    let refused = if is_csf {
        Some("no per cent: CSF lies near the null of the sequence before the tracer")
    } else if middle.is_some_and(|middle| middle < f64::from(LEAST_BEFORE)) {
        Some("no per cent: next to no signal before the tracer")
    } else {
        None
    };
    RegionItem {
        of,
        voxels,
        before: middle.filter(|_| refused.is_none()),
        refused,
        is_mixed: false,
    }
}

impl RegionItem {
    /// The rows of this region in one scan.
    fn rows(&self, before: &Before, maps: &ScanMaps) -> Vec<RegionValues> {
        let voxel_ml = before.voxel_ml();
        let statistics = |map: &[f32]| {
            let values = self.voxels.iter().map(|&voxel| map[voxel as usize]);
            RegionStatistics::of(values, voxel_ml)
        };
        let row = |quantity, statistics| RegionValues {
            of: self.of.clone(),
            quantity,
            statistics,
            ratio_of_medians: None,
            median_of_ratios: None,
            believed_mean: None,
            total_mmol: None,
            note: None,
        };
        let mut rows = Vec::new();
        if !self.is_mixed {
            let mut signal = row(Quantity::FatUnits, statistics(&maps.signal));
            if let Some(percent) = &maps.percent {
                let after = signal
                    .statistics
                    .values
                    .as_ref()
                    .map(|values| values.median);
                let ratio = after.zip(self.before).map(|(after, before)| after / before);
                let of_percent = match self.refused {
                    Some(why) => RegionValues {
                        note: Some(why.to_owned()),
                        ..row(
                            Quantity::PercentChange,
                            RegionStatistics::of(self.voxels.iter().map(|_| f32::NAN), voxel_ml),
                        )
                    },
                    None => row(Quantity::PercentChange, statistics(percent)),
                };
                // Dividing keeps the order, so that the median of ratios is that of per cent.
                let middle = of_percent
                    .statistics
                    .values
                    .as_ref()
                    .map(|values| values.median);
                signal.ratio_of_medians = ratio;
                signal.median_of_ratios = middle.map(|percent| 1.0 + percent / 100.0);
                rows.push(RegionValues {
                    ratio_of_medians: signal.ratio_of_medians,
                    median_of_ratios: signal.median_of_ratios,
                    ..of_percent
                });
            }
            rows.insert(0, signal);
        }
        let known = self.is_mixed || self.of.group.is_some();
        if let Some(map) = maps.concentration.as_ref().filter(|_| known) {
            let mut tracer = row(Quantity::Concentration, statistics(map));
            let sum = tracer.statistics.values.as_ref().map(|values| values.sum);
            tracer.believed_mean = before.believed_mean(&maps.signal, &self.voxels);
            tracer.total_mmol = sum.map(|sum| sum * voxel_ml * 1e-3);
            if tracer.statistics.n_nan > 0 {
                tracer.note = Some(format!(
                    "the total leaves out {} voxels beyond what the equation or the map allows",
                    tracer.statistics.n_nan
                ));
            }
            rows.push(tracer);
        }
        rows
    }
}

/// The rows of all regions in one scan, in their order.
pub(super) fn rows(items: &[RegionItem], before: &Before, maps: &ScanMaps) -> Vec<RegionValues> {
    let rows: Vec<Vec<RegionValues>> = items
        .par_iter()
        .map(|item| item.rows(before, maps))
        .collect();
    rows.into_iter().flatten().collect()
}
