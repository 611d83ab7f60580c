//! All that is measured on the chosen scan: rulers, angles and regions, as one table.

use super::curves::ScanIdentity;
use super::desk::Desk;
use super::measures::{MeasureId, MeasureKey};
use super::measuring::unit_of;
use super::scan::Layer;
use crate::volume::{Affine, Volume};
use crate::workflows::{
    Measure, MeasureShape, MeasureTable, MeasureValue, MeasuredScan, RegionMeasure, angle_deg,
    length_mm,
};
use nalgebra::Point3;

impl Desk {
    /// All that is measured, in the order of the table.
    pub(super) fn measures(&self) -> Vec<(MeasureId, Measure)> {
        let rulers = self.rulers.rulers.iter().map(|ruler| {
            let line = ruler.line;
            let measure = Measure {
                number: ruler.number,
                name: format!("Ruler {}", ruler.number),
                shape: MeasureShape::Ruler([line.from_mm, line.to_mm].map(Point3::from)),
            };
            (MeasureId::Ruler(ruler.number), measure)
        });
        let angles = self.angles.angles.iter().map(|angle| {
            let measure = Measure {
                number: angle.number,
                name: angle.title(),
                shape: MeasureShape::Angle(angle.points),
            };
            (MeasureId::Angle(angle.number), measure)
        });
        let regions = self.roi.drawn().iter().map(|roi| {
            let measure = Measure {
                number: roi.number,
                name: roi.title(),
                shape: MeasureShape::Region(roi.region.clone()),
            };
            (MeasureId::Region(roi.number), measure)
        });
        rulers.chain(angles).chain(regions).collect()
    }

    fn measure_key(&self) -> Option<(MeasureKey, &Layer)> {
        let layer = self.windowed().ok()?;
        let regions = self.roi.drawn().iter();
        let key = MeasureKey {
            regions: regions.map(|roi| roi.region.clone()).collect(),
            of: ScanIdentity::of(&layer.filed),
            moved: self.shown_from_filed(self.selected),
        };
        Some((key, layer))
    }

    /// What regions measure in the chosen scan, once it is known, in the order of the drawn ones.
    pub(super) fn region_measures(&self) -> Option<(&[RegionMeasure], &Layer)> {
        let (key, layer) = self.measure_key()?;
        Some((self.measures.regions.of(&key)?, layer))
    }

    /// What the chosen region measures in the chosen scan, once it is known.
    pub(super) fn chosen_region_measure(&self) -> Option<(&RegionMeasure, &Layer)> {
        let chosen = self.roi.chosen()?;
        let at = self.roi.drawn().iter().position(|roi| roi == chosen)?;
        let (measures, layer) = self.region_measures()?;
        Some((measures.get(at)?, layer))
    }

    /// What a job is to look at, where these numbers are on show and a region or the scan changed since.
    pub(super) fn wanted_measures(&mut self) -> Option<(MeasureKey, Volume)> {
        if !self.side_open && !self.measures.open {
            return None;
        }
        let (key, layer) = self.measure_key()?;
        if key.regions.is_empty() {
            return None;
        }
        let volume = layer.scan.volume.clone();
        self.measures.regions.begins(&key).then_some((key, volume))
    }

    /// The scan that is measured on: where there are regions, one whose values are looked at.
    ///
    /// # Errors
    /// Why there is none, in words.
    pub(super) fn measured_scan(&self) -> Result<(MeasuredScan, &Layer), String> {
        let chosen = self.layers.get(self.selected);
        let layer = match self.roi.drawn().is_empty() {
            true => chosen.ok_or("Choose a scan first")?,
            false => self.windowed()?,
        };
        let moved = self.shown_from_filed(self.selected);
        let scan = MeasuredScan {
            name: layer.scan.name.clone(),
            volume_idx: layer.scan.volume_idx,
            scaling: layer.scan.scaling,
            unit: unit_of(layer),
            shown_from_filed: (moved != Affine::identity()).then_some(moved),
        };
        Ok((scan, layer))
    }

    /// The table as far as it is known: a region that is not measured yet has no value.
    pub(super) fn measured(&self) -> Vec<(MeasureId, Measure, Option<MeasureValue>)> {
        let mut regions = self
            .region_measures()
            .map_or(&[][..], |(measures, _)| measures)
            .iter();
        let measures = self.measures().into_iter();
        measures
            .map(|(id, measure)| {
                let value = match &measure.shape {
                    MeasureShape::Ruler(points) => Some(MeasureValue::Length(length_mm(points))),
                    MeasureShape::Angle(points) => Some(MeasureValue::Angle(angle_deg(points))),
                    MeasureShape::Region(_) => regions.next().cloned().map(MeasureValue::Region),
                };
                (id, measure, value)
            })
            .collect()
    }

    /// The table, once all of it is measured.
    ///
    /// # Errors
    /// Why there is none, in words.
    pub(super) fn measure_table(&self) -> Result<MeasureTable, String> {
        let (scan, _) = self.measured_scan()?;
        let rows = self.measured().into_iter();
        let rows: Option<Vec<_>> = rows
            .map(|(_, measure, value)| Some((measure, value?)))
            .collect();
        match rows {
            Some(rows) if rows.is_empty() => Err("Nothing is measured yet".to_owned()),
            Some(rows) => Ok(MeasureTable { scan, rows }),
            None => Err("The regions are being measured".to_owned()),
        }
    }
}
