//! Which scans a curve goes over, which region it and a window are taken from, and what that is measured in.

use super::choice::Layout;
use super::curves::{CurveAxis, CurveKey, CurveSeries, NoCurve, RegionKey, ScanIdentity};
use super::desk::Desk;
use super::labels::region_text;
use super::scan::{Layer, Scan};
use super::text::unit_text;
use crate::volume::Affine;
use crate::workflows::{CurveRegion, CurveScan};
use std::sync::Arc;

/// What to do where there is no region that a window can be taken from.
pub(super) const NO_REGION: &str =
    "Draw a region first (7, 8, 9), open a mask, or put the crosshair on a label";

impl Desk {
    /// The layer whose window is set and whose values are looked at: the chosen one.
    ///
    /// # Errors
    /// Why there is none, in words.
    pub(super) fn windowed(&self) -> Result<&Layer, String> {
        let layer = self.layers.get(self.selected);
        match layer.filter(|_| self.layout != Layout::Prediction) {
            None => Err("Choose a scan first".to_owned()),
            Some(layer) if layer.is_labels => Err(format!(
                "{} is a label map, which has no window",
                layer.scan.name
            )),
            // Its values would say what must not be seen.
            Some(layer) if self.is_hidden(layer) => Err(format!(
                "{} is hidden until the worksheet is signed",
                layer.scan.name
            )),
            Some(layer) => Ok(layer),
        }
    }

    /// Whether the curve is on show.
    #[must_use]
    pub fn shows_curve(&self) -> bool {
        let has_room = !self.regions.open && !self.measures.open;
        let is_wanted = match self.layout {
            Layout::TimeSeries => true,
            Layout::Planes | Layout::Compare | Layout::Grid | Layout::Lightbox => self.curves.open,
            Layout::Prediction => false,
        };
        has_room && is_wanted
    }

    /// The scans that a curve goes over: those of the series that have hours, or the volumes of a scan.
    pub(super) fn curve_series(&self) -> Result<CurveSeries, NoCurve> {
        match self.layout {
            Layout::TimeSeries => self.curve_of_hours(),
            _ => self.curve_of_volumes(),
        }
    }

    fn curve_of_hours(&self) -> Result<CurveSeries, NoCurve> {
        let timed: Vec<(f64, usize)> = self
            .series()
            .into_iter()
            .filter(|&at| !self.is_hidden(&self.layers[at]))
            .filter_map(|at| Some((self.layers[at].hours?, at)))
            .collect();
        if timed.len() < 2 {
            return Err(NoCurve::Why(
                "Signal over time: give the hours after injection of two scans or more, in the panel of scans."
                    .to_owned(),
            ));
        }
        let scan = |&(hours, at): &(f64, usize)| {
            let scan = &self.layers[at].scan;
            CurveScan {
                name: scan.name.clone(),
                volume_idx: scan.volume_idx,
                hours: Some(hours),
                volume: scan.volume.clone(),
            }
        };
        let shown = timed.iter().find(|(_, at)| self.is_the_one(*at));
        Ok(CurveSeries {
            axis: CurveAxis::Hours,
            scans: timed.iter().map(scan).collect(),
            now: shown.map(|(hours, _)| *hours),
            unit: unit_of(&self.layers[timed[0].1]),
            of: timed
                .iter()
                .map(|&(_, at)| identity(&self.layers[at].filed, &self.shown_from_filed(at)))
                .collect(),
        })
    }

    fn curve_of_volumes(&self) -> Result<CurveSeries, NoCurve> {
        let at = self.layer_of_volumes().ok_or_else(|| {
            NoCurve::Why(
                "Curves go over the volumes of a scan that has several; open one, or scans of several hours \
                 in Time series."
                    .to_owned(),
            )
        })?;
        let layer = &self.layers[at];
        if layer.is_labels {
            let name = &layer.scan.name;
            return Err(NoCurve::Why(format!(
                "{name} is a label map, whose numbers are no signal."
            )));
        }
        let loaded = self.loaded(layer).ok_or(NoCurve::NotLoaded(at))?;
        let moved = self.shown_from_filed(at);
        let scan = |scan: &Arc<Scan>| CurveScan {
            name: scan.name.clone(),
            volume_idx: scan.volume_idx,
            hours: None,
            volume: match moved == Affine::identity() {
                true => scan.volume.clone(),
                // A rigid motion has an inverse.
                false => scan
                    .volume
                    .placed(&moved)
                    .unwrap_or_else(|_| scan.volume.clone()),
            },
        };
        Ok(CurveSeries {
            axis: CurveAxis::Volumes,
            scans: loaded.iter().map(scan).collect(),
            now: Some(layer.filed.volume_idx as f64),
            unit: unit_of(layer),
            of: loaded.iter().map(|scan| identity(scan, &moved)).collect(),
        })
    }

    /// From where a layer's file says to where it is shown.
    pub(super) fn shown_from_filed(&self, at: usize) -> Affine {
        match self.alignment.before {
            true => Affine::identity(),
            false => self.layers[at].placement.shown_from_filed(),
        }
    }

    /// The region that was drawn or painted, and what it is called: the chosen region of interest, or else the mask
    /// that is looked through.
    pub(super) fn drawn_region(&self) -> Option<(RegionKey, String)> {
        if let Some(roi) = self.roi.chosen() {
            return Some((RegionKey::Roi(roi.region.clone()), roi.title()));
        }
        let mask = self.mask.as_ref().filter(|mask| mask.open)?;
        let key = RegionKey::Mask(ScanIdentity::of(&mask.source), mask.generation());
        Some((key, "Mask".to_owned()))
    }

    /// The region that a window is taken from: what was drawn or painted, or else the label under the
    /// crosshair.
    pub(super) fn region_for_window(&self) -> Option<(RegionKey, String)> {
        self.drawn_region().or_else(|| {
            let mut layers = self.layers.iter().enumerate();
            layers.find_map(|(at, layer)| {
                let region = layer.region(self.crosshair)?;
                Some((RegionKey::Label(at, region.label), region_text(&region)))
            })
        })
    }

    /// The region itself, for a job.
    pub(super) fn region_of(&self, key: &RegionKey) -> Option<CurveRegion> {
        match key {
            RegionKey::Roi(region) => Some(CurveRegion::Outline(region.as_ref().clone())),
            RegionKey::Mask(..) => {
                let mask = self.mask.as_ref()?;
                Some(CurveRegion::Mask {
                    grid: mask.inputs.map.grid().clone(),
                    state: mask.made().state.clone(),
                })
            }
            RegionKey::Label(at, label) => {
                let layer = self.layers.get(*at)?;
                let map = &layer.shown_labels()?.map;
                let place = map.ids().iter().position(|id| id == label)?;
                let index = map.index().placed(&self.shown_from_filed(*at)).ok()?;
                Some(CurveRegion::Label { index, place })
            }
        }
    }

    /// What is measured of a region in a series.
    pub(super) fn curve_key(&self, series: &CurveSeries) -> Option<(CurveKey, String)> {
        let (region, name) = self.drawn_region()?;
        let of = series.of.clone();
        Some((CurveKey { region, of }, name))
    }

    /// What a job is to measure, where the curve is on show and its region or its scans changed since.
    pub(super) fn wanted_curve(&mut self) -> Option<(CurveKey, Vec<CurveScan>, CurveRegion)> {
        if !self.shows_curve() || self.drawn_region().is_none() {
            return None;
        }
        let series = self.curve_series().ok()?;
        let (key, _) = self.curve_key(&series)?;
        if !self.curves.of_region.begins(&key) {
            return None;
        }
        let region = self.region_of(&key.region)?;
        Some((key, series.scans, region))
    }
}

fn identity(scan: &Arc<Scan>, moved: &Affine) -> (ScanIdentity, Affine) {
    (ScanIdentity::of(scan), *moved)
}

/// The unit of a layer's values.
pub(super) fn unit_of(layer: &Layer) -> Option<String> {
    match layer.scan.map {
        Some(map) => Some(unit_text(map).to_owned()),
        None => layer.scan.info.as_ref()?.units.clone(),
    }
}
