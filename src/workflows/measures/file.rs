//! Measurements in a file: JSON with points of the world, what they measured, and on which scan. Nothing in it
//! says who was scanned, but what somebody made the name of a file or of a region say.

use super::measure::{Measure, MeasureShape, MeasureValue, angle_deg};
use super::table::{MeasureTable, MeasuredScan};
use crate::formats::PixelScaling;
use crate::study::write_new;
use crate::text::{self, Limit, from_json};
use crate::volume::{Affine, MOST_OUTLINE_POINTS, Outline, Plane, PlaneRegion};
use anyhow::{anyhow, bail};
use nalgebra::Point3;
use serde::{Deserialize, Serialize};
use std::path::Path;
use std::sync::Arc;

/// What `format` says of all versions, before the number.
const FAMILY: &str = "cisterna-measures-";
/// The version that is written, and the only one that is opened.
const VERSION: u32 = 1;
/// Nothing that is scanned lies farther off, mm.
const FARTHEST_MM: f64 = 1e6;
/// No region is thicker, mm.
const THICKEST_MM: f64 = 1e3;
/// Points of a region lie on its plane within this, mm.
const ON_PLANE_MM: f64 = 1e-6;

#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    format: String,
    /// The program and its version.
    made_by: String,
    scan: FileScan,
    measures: Vec<FileMeasure>,
}

#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct FileScan {
    name: String,
    sha256: String,
    volume: usize,
    scaling: PixelScaling,
    unit: Option<String>,
    /// Rows of the matrix.
    shown_from_filed: Option<[[f64; 4]; 4]>,
}

#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Kind {
    Ruler,
    Angle,
    Region,
}

#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Shape {
    Ellipse,
    Rectangle,
    Freehand,
}

/// One of them. Its numbers are written, and made anew where they are wanted.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct FileMeasure {
    kind: Kind,
    number: u32,
    name: String,
    /// RAS+ mm. Of an ellipse and a rectangle two opposite corners of the box around it.
    points_mm: Vec<[f64; 3]>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    shape: Option<Shape>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    plane: Option<Plane>,
    /// Of that plane, of length 1.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    normal: Option<[f64; 3]>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    thickness_mm: Option<f64>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    length_mm: Option<f64>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    angle_deg: Option<f64>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    values: Option<FileValues>,
}

#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct FileValues {
    area_mm2: Option<f64>,
    volume_mm3: f64,
    voxels: usize,
    not_finite: usize,
    mean: Option<f64>,
    sd_n_minus_1: Option<f64>,
    median: Option<f64>,
    min: Option<f64>,
    max: Option<f64>,
    remark: String,
}

/// What was opened.
#[derive(Clone, Debug, PartialEq)]
pub struct OpenedMeasures {
    /// The scan that was measured on.
    pub scan: MeasuredScan,
    /// By which that is known again.
    pub sha256: String,
    /// In the order of the file; there is one at least.
    pub measures: Vec<Measure>,
}

fn normal_of(plane: Plane) -> [f64; 3] {
    let mut normal = [0.0; 3];
    normal[plane.normal_axis()] = 1.0;
    normal
}

fn point(at: &Point3<f64>) -> [f64; 3] {
    at.coords.into()
}

fn in_file((measure, value): &(Measure, MeasureValue)) -> FileMeasure {
    let mut of = FileMeasure {
        kind: match measure.shape {
            MeasureShape::Ruler(_) => Kind::Ruler,
            MeasureShape::Angle(_) => Kind::Angle,
            MeasureShape::Region(_) => Kind::Region,
        },
        number: measure.number,
        name: measure.name.clone(),
        points_mm: Vec::new(),
        shape: None,
        plane: None,
        normal: None,
        thickness_mm: None,
        length_mm: None,
        angle_deg: None,
        values: None,
    };
    match &measure.shape {
        MeasureShape::Ruler(points) => of.points_mm = points.iter().map(point).collect(),
        MeasureShape::Angle(points) => of.points_mm = points.iter().map(point).collect(),
        MeasureShape::Region(region) => {
            let (shape, points) = match &region.outline {
                Outline::Ellipse { .. } => (Shape::Ellipse, region.outline.bounds()),
                Outline::Rectangle { .. } => (Shape::Rectangle, region.outline.bounds()),
                Outline::Freehand(_) => (Shape::Freehand, None),
            };
            let points = points.map_or_else(|| region.outline.points(), |ends| ends.to_vec());
            let points = points.into_iter().map(|at| point(&region.to_world(at)));
            of.points_mm = points.collect();
            of.shape = Some(shape);
            of.plane = Some(region.plane);
            of.normal = Some(normal_of(region.plane));
            of.thickness_mm = Some(region.thickness_mm);
        }
    }
    match value {
        MeasureValue::Length(mm) => of.length_mm = Some(*mm),
        MeasureValue::Angle(deg) => of.angle_deg = *deg,
        MeasureValue::Region(region) => {
            let within = &region.within;
            let values = within.values.as_ref();
            of.values = Some(FileValues {
                area_mm2: region.area_mm2,
                volume_mm3: within.volume_ml * 1000.0,
                voxels: within.n_voxels,
                not_finite: within.n_nan,
                mean: values.map(|values| values.mean),
                sd_n_minus_1: values.and_then(|values| values.sd),
                median: values.map(|values| values.median),
                min: values.map(|values| values.min),
                max: values.map(|values| values.max),
                remark: region.remark(),
            });
        }
    }
    of
}

impl MeasureTable {
    /// As JSON, which can be measured anew. `sha256` is the scan's, by which it is known again.
    ///
    /// # Errors
    /// None, as all of it has a form in JSON.
    pub fn json(&self, sha256: &str) -> anyhow::Result<String> {
        let file = self.in_file(sha256);
        Ok(serde_json::to_string_pretty(&file)? + "\n")
    }

    /// Writes it where nothing is yet, whole or not at all: as `.csv` or `.json`.
    ///
    /// # Errors
    /// When the name ends otherwise, when there is such a file already, which is not overwritten, and when it
    /// cannot be written.
    pub fn write_new(&self, sha256: &str, path: &Path) -> anyhow::Result<()> {
        let end = path.extension().and_then(|end| end.to_str());
        let text = match end.unwrap_or_default().to_lowercase().as_str() {
            "csv" => self.csv()?,
            "json" => self.json(sha256)?,
            _ => bail!(
                "the name of a table of measurements ends in .csv or .json: {}",
                path.display()
            ),
        };
        if path.symlink_metadata().is_ok() {
            bail!(
                "there is such a file already, which is not overwritten: {}",
                path.display()
            );
        }
        Ok(write_new(path, text.as_bytes())?)
    }

    fn in_file(&self, sha256: &str) -> File {
        let scan = &self.scan;
        let rows = |matrix: &Affine| {
            std::array::from_fn(|row| std::array::from_fn(|column| matrix[(row, column)]))
        };
        File {
            format: format!("{FAMILY}{VERSION}"),
            made_by: format!("cisterna {}", env!("CARGO_PKG_VERSION")),
            scan: FileScan {
                name: scan.name.clone(),
                sha256: sha256.to_owned(),
                volume: scan.volume_idx,
                scaling: scan.scaling,
                unit: scan.unit.clone(),
                shown_from_filed: scan.shown_from_filed.as_ref().map(rows),
            },
            measures: self.rows.iter().map(in_file).collect(),
        }
    }
}

/// Opens measurements.
///
/// # Errors
/// For what is no such file or one of another version, and for the first field that is missing, unknown or
/// cannot be: the path comes last.
pub fn open_measures(path: &Path) -> anyhow::Result<OpenedMeasures> {
    let text = text::open(path, Limit::Measurements)?;
    OpenedMeasures::from_json(&text).map_err(|why| anyhow!("{why}: {}", path.display()))
}

/// No more than the version is looked at before the rest is understood.
#[derive(Deserialize)]
struct Version {
    format: String,
}

impl OpenedMeasures {
    /// Decodes and checks measurements.
    ///
    /// # Errors
    /// For what is none or of another version, and for the first field that is missing, unknown or cannot be.
    pub fn from_json(text: &str) -> Result<Self, String> {
        let version: Version =
            from_json(text).map_err(|fault| format!("no measurements: {fault}"))?;
        let number = version.format.strip_prefix(FAMILY);
        match number.and_then(|number| number.parse::<u32>().ok()) {
            Some(VERSION) => {}
            Some(number) if number > VERSION => {
                return Err(format!(
                    "format: {:?} was written by a later version of this program, which opens \
                 measurements up to {FAMILY}{VERSION}",
                    version.format
                ));
            }
            _ => {
                return Err(format!(
                    "format: {:?} is no measurements; those say {FAMILY}{VERSION}",
                    version.format
                ));
            }
        }
        let file: File =
            from_json(text).map_err(|fault| format!("the measurements cannot be used: {fault}"))?;
        if file.measures.is_empty() {
            return Err("measures: there are none".to_owned());
        }
        let FileScan {
            name,
            sha256,
            volume,
            scaling,
            unit,
            shown_from_filed,
        } = file.scan;
        let shown_from_filed = match shown_from_filed {
            Some(rows) => Some(matrix(&rows).ok_or(
                "scan.shown_from_filed: it is no matrix that takes places to places and back",
            )?),
            None => None,
        };
        let measures = file.measures.into_iter().enumerate();
        let measures = measures.map(|(at, of)| {
            let (number, name) = (of.number, of.name.clone());
            let shape = of.checked().map_err(|why| format!("measures[{at}].{why}"));
            Ok(Measure {
                number,
                name,
                shape: shape?,
            })
        });
        Ok(OpenedMeasures {
            scan: MeasuredScan {
                name,
                volume_idx: volume,
                scaling,
                unit,
                shown_from_filed,
            },
            sha256,
            measures: measures.collect::<Result<_, String>>()?,
        })
    }
}

fn matrix(rows: &[[f64; 4]; 4]) -> Option<Affine> {
    let matrix = Affine::from_fn(|row, column| rows[row][column]);
    let is_affine = rows[3] == [0.0, 0.0, 0.0, 1.0] && matrix.try_inverse().is_some();
    is_affine.then_some(matrix)
}

impl FileMeasure {
    /// What is measured, or what of it cannot be, with the field.
    fn checked(self) -> Result<MeasureShape, String> {
        for (at, place) in self.points_mm.iter().enumerate() {
            let far = |mm: &&f64| !mm.is_finite() || mm.abs() > FARTHEST_MM;
            if let Some(mm) = place.iter().find(far) {
                return Err(format!("points_mm[{at}]: {mm} is no place of a scan in mm"));
            }
        }
        let n = self.points_mm.len();
        let wanted = |n_wanted: usize| format!("points_mm: {n} points, where there are {n_wanted}");
        let points = self.points_mm.iter().map(|at| Point3::from(*at));
        let points: Vec<Point3<f64>> = points.collect();
        match self.kind {
            Kind::Ruler => {
                let points = points.try_into().map_err(|_| wanted(2))?;
                Ok(MeasureShape::Ruler(points))
            }
            Kind::Angle => {
                let points = points.try_into().map_err(|_| wanted(3))?;
                match angle_deg(&points) {
                    Some(_) => Ok(MeasureShape::Angle(points)),
                    None => {
                        Err("points_mm: an angle's second point is one of the others".to_owned())
                    }
                }
            }
            Kind::Region => self.region(&points),
        }
    }

    fn region(&self, points: &[Point3<f64>]) -> Result<MeasureShape, String> {
        let missing = |field: &str| format!("{field}: a region needs it");
        let shape = self.shape.ok_or_else(|| missing("shape"))?;
        let plane = self.plane.ok_or_else(|| missing("plane"))?;
        let normal = self.normal.ok_or_else(|| missing("normal"))?;
        let thickness_mm = self.thickness_mm.ok_or_else(|| missing("thickness_mm"))?;
        if normal != normal_of(plane) {
            let [x, y, z] = normal;
            let name = plane.name().to_lowercase();
            return Err(format!(
                "normal: {x},{y},{z} is not that of the {name} plane"
            ));
        }
        if !(0.0..=THICKEST_MM).contains(&thickness_mm) {
            return Err(format!(
                "thickness_mm: {thickness_mm} is not 0 to {THICKEST_MM}"
            ));
        }
        let n = points.len();
        let Some(first) = points.first() else {
            return Err("points_mm: a region needs some".to_owned());
        };
        let at_mm = first[plane.normal_axis()];
        let is_off = |at: &Point3<f64>| (at[plane.normal_axis()] - at_mm).abs() > ON_PLANE_MM;
        if let Some(at) = points.iter().position(is_off) {
            return Err(format!(
                "points_mm[{at}]: it does not lie on the plane of the first point"
            ));
        }
        let flat: Vec<[f64; 2]> = points
            .iter()
            .map(|at| PlaneRegion::on_plane(plane, *at))
            .collect();
        let corners = || match flat[..] {
            [one, other] => Ok([
                [0, 1].map(|axis| f64::min(one[axis], other[axis])),
                [0, 1].map(|axis| f64::max(one[axis], other[axis])),
            ]),
            _ => Err(format!("points_mm: {n} points, where there are 2 corners")),
        };
        let outline = match shape {
            Shape::Ellipse => {
                let [low, high] = corners()?;
                Outline::Ellipse {
                    middle: [0, 1].map(|axis| f64::midpoint(low[axis], high[axis])),
                    radii: [0, 1].map(|axis| (high[axis] - low[axis]) / 2.0),
                }
            }
            Shape::Rectangle => {
                let [low, high] = corners()?;
                Outline::Rectangle { low, high }
            }
            Shape::Freehand if (3..=MOST_OUTLINE_POINTS).contains(&n) => Outline::Freehand(flat),
            Shape::Freehand => {
                return Err(format!(
                    "points_mm: {n} points, where an outline has 3 to {MOST_OUTLINE_POINTS}"
                ));
            }
        };
        Ok(MeasureShape::Region(Arc::new(PlaneRegion {
            plane,
            at_mm,
            thickness_mm,
            outline,
        })))
    }
}
