//! Regions of a label map over the hours: which scans are measured, what came out, and which curves
//! are shown.

use super::placement::Placement;
use super::scan::{Layer, Scan};
use crate::enhancement::{Group, PERCENTILES};
use crate::volume::Affine;
use crate::workflows::{
    NamedRegion, PlacedVolume, Quantified, QuantifiedPatient, Quantity, RegionCurve, RegionValues,
};
use std::sync::Arc;

/// Groups whose curves are shown first, where there are such; CSF where labels do not part it.
const SHOWN_FIRST: [Group; 5] = [
    Group::Cortex,
    Group::White,
    Group::LateralVentricles,
    Group::Convexity,
    Group::Csf,
];

/// What was measured, and what of it is shown.
pub struct RegionDesk {
    /// Whether the panel of curves is there.
    pub open: bool,
    /// What its curves are of.
    pub quantity: Quantity,
    /// Whose curves are shown, in the order in which they were chosen.
    pub chosen: Vec<NamedRegion>,
    /// Whether that of the region under the crosshair is shown, too.
    pub at_crosshair: bool,
    /// What came out last.
    pub measured: Option<Arc<MeasuredRegions>>,
}

impl Default for RegionDesk {
    fn default() -> Self {
        Self {
            open: false,
            quantity: Quantity::FatUnits,
            chosen: Vec::new(),
            at_crosshair: true,
            measured: None,
        }
    }
}

impl RegionDesk {
    /// Shows what was measured: the curves that were chosen before, as far as there are such
    /// regions, or else a few groups.
    pub(super) fn take(&mut self, measured: Arc<MeasuredRegions>) {
        self.open = true;
        let regions = measured.regions();
        self.chosen.retain(|region| regions.contains(region));
        if self.chosen.is_empty() {
            let first = SHOWN_FIRST.into_iter().filter_map(|group| {
                let is_group = |of: &&NamedRegion| of.label.is_none() && of.group == Some(group);
                regions.iter().find(is_group).cloned()
            });
            self.chosen = first.collect();
        }
        if !measured.has(self.quantity) {
            self.quantity = Quantity::FatUnits;
        }
        self.measured = Some(measured);
    }

    pub(super) fn choose(&mut self, region: NamedRegion, is_chosen: bool) {
        self.chosen.retain(|other| *other != region);
        if is_chosen {
            self.chosen.push(region);
        }
    }
}

/// A scan of a series, or its label map, where it lies.
#[derive(Clone)]
pub struct PlacedScan {
    filed: Arc<Scan>,
    shown_from_filed: Affine,
    hours: Option<f64>,
}

impl PlacedScan {
    fn of(layer: &Layer) -> Self {
        Self {
            filed: layer.filed.clone(),
            shown_from_filed: layer.placement.shown_from_filed(),
            hours: layer.hours.filter(|_| layer.is_signal()),
        }
    }

    fn volume(&self) -> PlacedVolume {
        PlacedVolume {
            file: self.filed.file_or_name(),
            volume: self.filed.volume.clone(),
            series_from_file: self.shown_from_filed,
        }
    }
}

impl PartialEq for PlacedScan {
    fn eq(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.filed, &other.filed)
            && self.shown_from_filed == other.shown_from_filed
            && self.hours == other.hours
    }
}

/// The scans with hours after injection, and the label map.
#[derive(Clone, PartialEq)]
pub struct RegionSeries {
    scans: Vec<PlacedScan>,
    labels: PlacedScan,
}

impl RegionSeries {
    /// What is to be measured of what is open.
    ///
    /// # Errors
    /// Why nothing can be, in words.
    pub(super) fn of(layers: &[Layer]) -> Result<Self, String> {
        let is_map = |layer: &&Layer| layer.is_labels && layer.filed.made.is_none();
        let mut maps = layers.iter().filter(is_map);
        let labels = match (maps.next(), maps.next()) {
            (None, _) => {
                return Err(
                    "Open a label map of the first scan; where its file does not say that it is one, \
                     tick Label map in its row"
                        .to_owned(),
                );
            }
            (Some(_), Some(_)) => {
                return Err("Several label maps are open: close all but one".to_owned());
            }
            (Some(only), None) => only,
        };
        let timed: Vec<&Layer> = layers
            .iter()
            .filter(|layer| layer.is_signal() && layer.hours.is_some())
            .collect();
        let hours: Vec<f64> = timed.iter().filter_map(|layer| layer.hours).collect();
        if timed.len() < 2 {
            return Err(
                "Regions are measured over two scans or more with hours after injection, which can \
                 be given under Time series"
                    .to_owned(),
            );
        }
        if !hours.iter().any(|&hours| hours <= 0.0) || hours.iter().all(|&hours| hours <= 0.0) {
            return Err(
                "A scan before the injection (0 h or less) is wanted, and one after it".to_owned(),
            );
        }
        check_alignment(&timed)?;
        Ok(Self {
            scans: timed.into_iter().map(PlacedScan::of).collect(),
            labels: PlacedScan::of(labels),
        })
    }

    /// For the workflow: hours and scans, and the label map.
    pub(super) fn placed(&self) -> (Vec<(f64, PlacedVolume)>, PlacedVolume) {
        let scans = self.scans.iter();
        let scans = scans.filter_map(|scan| Some((scan.hours?, scan.volume())));
        (scans.collect(), self.labels.volume())
    }
}

/// Scans of which some were aligned and others were not do not lie over each other.
fn check_alignment(timed: &[&Layer]) -> Result<(), String> {
    let is_left = |placement: &Placement| !placement.is_moved();
    for layer in timed {
        if let Some(alignment) = &layer.placement.alignment
            && alignment.outcome.is_err()
            && is_left(&layer.placement)
        {
            return Err(format!(
                "{} could not be aligned, so that it may lie elsewhere than the others: move it by \
                 hand, or close it",
                layer.scan.name
            ));
        }
    }
    let has_aligned = timed
        .iter()
        .any(|layer| layer.placement.alignment.is_some());
    let untouched = timed
        .iter()
        .filter(|layer| layer.placement.alignment.is_none() && is_left(&layer.placement));
    // The first, to which the others were aligned, lies where its file says.
    match untouched.count() > 1 && has_aligned {
        true => Err("Some scans were aligned and others were not: align them again".to_owned()),
        false => Ok(()),
    }
}

/// What was measured, and of what.
pub struct MeasuredRegions {
    /// One patient.
    pub quantified: Quantified,
    series: RegionSeries,
}

impl MeasuredRegions {
    pub(super) fn new(quantified: Quantified, series: RegionSeries) -> Self {
        Self { quantified, series }
    }

    /// Whether the scans and labels are those that are open now, where they are meant to lie.
    #[must_use]
    pub fn is_of(&self, layers: &[Layer]) -> bool {
        RegionSeries::of(layers).is_ok_and(|now| now == self.series)
    }

    fn patients(&self) -> impl Iterator<Item = &QuantifiedPatient> {
        self.quantified.patients.iter()
    }

    /// Groups first, then the labels by number.
    #[must_use]
    pub fn regions(&self) -> Vec<NamedRegion> {
        let mut regions: Vec<NamedRegion> = Vec::new();
        for curve in self.patients().flat_map(|patient| &patient.curves) {
            if !regions.contains(&curve.of) {
                regions.push(curve.of.clone());
            }
        }
        regions.sort_by_key(|region| (region.label, region.group.is_none(), region.group));
        regions
    }

    /// Whether there is a curve of a quantity.
    #[must_use]
    pub fn has(&self, quantity: Quantity) -> bool {
        let mut curves = self.patients().flat_map(|patient| &patient.curves);
        curves.any(|curve| curve.quantity == quantity)
    }

    /// The curve of a region, where it has one.
    #[must_use]
    pub fn curve(&self, of: &NamedRegion, quantity: Quantity) -> Option<&RegionCurve> {
        let mut curves = self.patients().flat_map(|patient| &patient.curves);
        curves.find(|curve| curve.of == *of && curve.quantity == quantity)
    }

    /// The region of a label.
    #[must_use]
    pub fn of_label(&self, label: u32) -> Option<NamedRegion> {
        let mut curves = self.patients().flat_map(|patient| &patient.curves);
        let curve = curves.find(|curve| curve.of.label == Some(label))?;
        Some(curve.of.clone())
    }

    fn rows<'a, 'b>(
        &'a self,
        of: &'b NamedRegion,
        quantity: Quantity,
    ) -> impl Iterator<Item = (f64, &'a RegionValues)> + use<'a, 'b> {
        let sessions = self.patients().flat_map(|patient| &patient.sessions);
        sessions.filter_map(move |session| {
            let mut rows = session.regions.iter();
            let row = rows.find(|row| row.of == *of && row.quantity == quantity)?;
            Some((session.hours, row))
        })
    }

    /// Why a region has no curve, where a scan says so.
    #[must_use]
    pub fn why_none<'a>(&'a self, of: &NamedRegion, quantity: Quantity) -> Option<&'a str> {
        let mut notes = self.rows(of, quantity);
        notes.find_map(|(_, row)| row.note.as_deref())
    }

    /// Whether the spread of a curve is that of the means that are to be believed.
    #[must_use]
    pub fn has_believed(&self, curve: &RegionCurve) -> bool {
        let mut rows = self.rows(&curve.of, curve.quantity);
        rows.any(|(_, row)| row.believed_mean.is_some())
    }

    /// How far a curve's values spread: for each of its points hours, lower and upper end.
    #[must_use]
    pub fn spread(&self, curve: &RegionCurve) -> Vec<[f64; 3]> {
        let ends = |[hours, value]: [f64; 2]| {
            let mut rows = self.rows(&curve.of, curve.quantity);
            let row = rows.find(|(at, _)| *at == hours).map(|(_, row)| row);
            // The scan before has no per cent of itself.
            let [low, high] = row.and_then(ends_of).unwrap_or([value; 2]);
            [hours, low, high]
        };
        curve.points.iter().copied().map(ends).collect()
    }
}

/// Of concentrations by an equation the means that are to be believed; otherwise the quartiles of the
/// voxels.
fn ends_of(row: &RegionValues) -> Option<[f64; 2]> {
    if let Some(ends) = row.believed_mean {
        return Some(ends);
    }
    let values = row.statistics.values.as_ref()?;
    let at = |percent: f64| {
        let place = PERCENTILES.iter().position(|&of| of == percent)?;
        Some(values.percentiles[place])
    };
    Some([at(25.0)?, at(75.0)?])
}

/// A region as the window calls it: a group, or a label with its number.
pub(super) fn name_of(region: &NamedRegion) -> String {
    match region.label {
        None => region.region.replace('_', " "),
        Some(label) if region.region == label.to_string() => format!("{label}, without a name"),
        Some(label) => format!("{} ({label})", region.region),
    }
}
