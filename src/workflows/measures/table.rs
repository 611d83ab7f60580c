//! All measurements of a scan, as text.

use super::measure::{Measure, MeasureShape, MeasureValue, RegionMeasure};
use crate::formats::PixelScaling;
use crate::text::csv_cell;
use crate::volume::Affine;
use anyhow::anyhow;

/// The scan that was measured on.
#[derive(Clone, Debug, PartialEq)]
pub struct MeasuredScan {
    /// What to call it: its file's name, where it is one file.
    pub name: String,
    /// Which of its volumes, counted from 0.
    pub volume_idx: usize,
    /// What stored numbers were taken to.
    pub scaling: PixelScaling,
    /// Of its values, where it is known.
    pub unit: Option<String>,
    /// From where its file says to where it was measured; none where that is one place.
    pub shown_from_filed: Option<Affine>,
}

/// All measurements of a scan.
#[derive(Clone, Debug, PartialEq)]
pub struct MeasureTable {
    /// The scan.
    pub scan: MeasuredScan,
    /// Each with what it measures there.
    pub rows: Vec<(Measure, MeasureValue)>,
}

/// The columns, which have their units in their names. Values have the unit in the last but one.
const COLUMNS: [&str; 24] = [
    "kind",
    "number",
    "name",
    "scan",
    "volume",
    "plane",
    "plane_at_mm",
    "x_mm",
    "y_mm",
    "z_mm",
    "length_mm",
    "angle_deg",
    "area_mm2",
    "volume_mm3",
    "voxels",
    "not_finite",
    "mean",
    "sd_n_minus_1",
    "median",
    "min",
    "max",
    "thickness_mm",
    "unit",
    "remark",
];

impl MeasureTable {
    /// As CSV, a row for each; what is not known is empty.
    ///
    /// # Errors
    /// When there is no memory for it.
    pub fn csv(&self) -> anyhow::Result<String> {
        self.text(b',')
    }

    /// The same with tabs between the columns, as spreadsheets paste it.
    ///
    /// # Errors
    /// When there is no memory for it.
    pub fn tsv(&self) -> anyhow::Result<String> {
        self.text(b'\t')
    }

    fn text(&self, delimiter: u8) -> anyhow::Result<String> {
        let mut builder = csv::WriterBuilder::new();
        let mut csv = builder.delimiter(delimiter).from_writer(Vec::new());
        csv.write_record(COLUMNS)?;
        for (measure, value) in &self.rows {
            csv.write_record(self.cells(measure, value))?;
        }
        let bytes = csv.into_inner().map_err(|error| anyhow!("{error}"))?;
        Ok(String::from_utf8(bytes)?)
    }

    fn cells(&self, measure: &Measure, value: &MeasureValue) -> [String; COLUMNS.len()] {
        let known = |value: Option<f64>| value.map_or_else(String::new, |value| value.to_string());
        let count = |n: Option<usize>| n.map_or_else(String::new, |n| n.to_string());
        let plane = measure.plane();
        let middle = measure.middle();
        let place = |axis: usize| known(middle.map(|at| at[axis]));
        let (mut length, mut angle, mut region) = (None, None, None);
        match value {
            MeasureValue::Length(mm) => length = Some(*mm),
            MeasureValue::Angle(deg) => angle = *deg,
            MeasureValue::Region(of) => region = Some(of),
        }
        let within = region.map(|region| &region.within);
        let values = within.and_then(|within| within.values.as_ref());
        let thickness = match &measure.shape {
            MeasureShape::Region(region) => Some(region.thickness_mm),
            MeasureShape::Ruler(_) | MeasureShape::Angle(_) => None,
        };
        [
            measure.shape.kind().to_owned(),
            measure.number.to_string(),
            csv_cell(&measure.name).into_owned(),
            csv_cell(&self.scan.name).into_owned(),
            self.scan.volume_idx.to_string(),
            plane
                .map_or("oblique", |(plane, _)| plane.name())
                .to_lowercase(),
            known(plane.map(|(_, at_mm)| at_mm)),
            place(0),
            place(1),
            place(2),
            known(length),
            known(angle),
            known(region.and_then(|region| region.area_mm2)),
            known(within.map(|within| within.volume_ml * 1000.0)),
            count(within.map(|within| within.n_voxels)),
            count(within.map(|within| within.n_nan)),
            known(values.map(|values| values.mean)),
            known(values.and_then(|values| values.sd)),
            known(values.map(|values| values.median)),
            known(values.map(|values| values.min)),
            known(values.map(|values| values.max)),
            known(thickness),
            match values {
                Some(_) => csv_cell(self.scan.unit.as_deref().unwrap_or_default()).into_owned(),
                None => String::new(),
            },
            region.map_or_else(String::new, RegionMeasure::remark),
        ]
    }
}
