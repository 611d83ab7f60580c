//! What stands in a session's file.

use super::earlier;
use super::runs;
use crate::anatomy::bern::Seen;
use crate::app::viewer::choice::ZOOMS;
use crate::app::viewer::cine::SPEEDS;
use crate::app::viewer::mask::{BRUSHES_MM, THRESHOLDS};
use crate::app::viewer::prediction::MAX_SHOWN;
use crate::app::viewer::scan::MAX_SCANS;
use crate::app::viewer::{ClusterOrder, CompareMode, Layout, WindowLink};
use crate::formats::PixelScaling;
use crate::models::tracer::ScanInterval;
use crate::render::{Difference, LayerStyle};
use crate::text::{self, Limit, from_json};
use crate::volume::{Convention, Plane, PlaneRegion, Window};
use crate::workflows::angle_deg;
use crate::workflows::{NamedRegion, Quantity};
use nalgebra::Point3;
use serde::{Deserialize, Serialize};
use std::fmt::Display;
use std::ops::RangeInclusive;
use std::path::Path;

/// How the name of a session's file ends.
pub const SESSION_ENDING: &str = ".cisterna-session.json";

/// What `format` says of all versions, before the number.
const FAMILY: &str = "cisterna-session-";
/// The version that this program writes. It opens those before it too.
const VERSION: u32 = 2;

/// Whether a path is named as sessions are.
#[must_use]
pub fn is_session_file(path: &Path) -> bool {
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    name.to_lowercase().ends_with(SESSION_ENDING)
}

/// What was open and how it was shown. Scans are counted from 0 in the order of `scans`; places are RAS+ mm.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Session {
    pub(in crate::app::viewer) format: String,
    /// The program and its version.
    pub(in crate::app::viewer) made_by: String,
    /// In UTC, such as `2026-05-04T10:20:30Z`.
    pub(in crate::app::viewer) saved_at: String,
    /// From the bottom up.
    pub(in crate::app::viewer) scans: Vec<SessionScan>,
    pub(in crate::app::viewer) selected: usize,
    pub(in crate::app::viewer) view: SessionView,
    pub(in crate::app::viewer) difference: Difference,
    pub(in crate::app::viewer) compare: SessionCompare,
    pub(in crate::app::viewer) prediction: SessionPrediction,
    pub(in crate::app::viewer) regions: SessionRegions,
    pub(in crate::app::viewer) rulers: SessionRulers,
    pub(in crate::app::viewer) angles: SessionAngles,
    pub(in crate::app::viewer) rois: SessionRois,
    pub(in crate::app::viewer) worksheets: SessionSheets,
    pub(in crate::app::viewer) mask: Option<SessionMask>,
    pub(in crate::app::viewer) network: SessionNetwork,
    /// What was there and is in no session, in words.
    pub(in crate::app::viewer) not_kept: Vec<String>,
}

/// Where something lies, and by what it is known again.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(in crate::app::viewer) struct SessionSource {
    /// From the session's folder, or whole. One file, or those of a DICOM series; `scans.zip!a/1.nii` and
    /// `scans.zip!3` for what lies in a zip.
    pub(in crate::app::viewer) paths: Vec<String>,
    /// Of the file, or of the voxels' values where that is not one file (little-endian f32, first axis
    /// fastest); 64 hexadecimal digits in lower case.
    pub(in crate::app::viewer) sha256: String,
}

/// A scan and how it was shown.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(in crate::app::viewer) struct SessionScan {
    pub(in crate::app::viewer) source: SessionSource,
    /// Which of its volumes, from 0.
    pub(in crate::app::viewer) volume: usize,
    pub(in crate::app::viewer) scaling: PixelScaling,
    /// Hours after the injection of the tracer.
    pub(in crate::app::viewer) hours: Option<f64>,
    pub(in crate::app::viewer) visible: bool,
    pub(in crate::app::viewer) style: LayerStyle,
    /// How it was drawn last in the other layouts.
    pub(in crate::app::viewer) looks: Vec<SessionLook>,
    pub(in crate::app::viewer) is_labels: bool,
    /// The table by which its labels were named.
    pub(in crate::app::viewer) label_table: Option<SessionSource>,
    pub(in crate::app::viewer) placement: SessionPlacement,
}

/// How a scan was drawn in a layout.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(in crate::app::viewer) struct SessionLook {
    pub(in crate::app::viewer) layout: Layout,
    pub(in crate::app::viewer) visible: bool,
    pub(in crate::app::viewer) style: LayerStyle,
}

/// Where a scan was shown against where its file says.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(in crate::app::viewer) struct SessionPlacement {
    /// The rows of the matrix from the file's world to where registration found the scan.
    pub(in crate::app::viewer) found: [[f64; 4]; 4],
    /// What was moved by hand after that.
    pub(in crate::app::viewer) moved_mm: [f64; 3],
    /// And turned: a unit quaternion, i, j, k and the real part.
    pub(in crate::app::viewer) turned: [f64; 4],
    /// What registration said.
    pub(in crate::app::viewer) alignment: Option<SessionAlignment>,
}

/// What registration said of a scan.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(in crate::app::viewer) struct SessionAlignment {
    /// What the scan is called that it was registered to.
    pub(in crate::app::viewer) first: String,
    pub(in crate::app::viewer) outcome: SessionOutcome,
}

/// Where it was found, or why it was not.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub(in crate::app::viewer) enum SessionOutcome {
    Found {
        /// Rows, as those of [`SessionPlacement`].
        first_from_moving: [[f64; 4]; 4],
        moved_mm: f64,
        rotated_deg: f64,
        doubts: Vec<String>,
    },
    NotFound(String),
}

/// Where one looked.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(in crate::app::viewer) struct SessionView {
    pub(in crate::app::viewer) layout: Layout,
    /// The plane that keys go to.
    pub(in crate::app::viewer) active: Plane,
    pub(in crate::app::viewer) maximised: Option<Plane>,
    /// The side of the patient's right.
    pub(in crate::app::viewer) convention: Convention,
    pub(in crate::app::viewer) crosshair_mm: [f64; 3],
    pub(in crate::app::viewer) show_crosshair: bool,
    pub(in crate::app::viewer) side_open: bool,
    /// Whether all scans were shown where their files say.
    pub(in crate::app::viewer) before_alignment: bool,
    /// Axial, coronal, sagittal.
    pub(in crate::app::viewer) planes: [SessionPlane; 3],
    /// The scan of the time series that was looked at alone.
    pub(in crate::app::viewer) one_scan: Option<usize>,
    pub(in crate::app::viewer) frames_per_second: f32,
    pub(in crate::app::viewer) histogram_open: bool,
    pub(in crate::app::viewer) curve_open: bool,
    pub(in crate::app::viewer) measures_open: bool,
}

/// Where a plane's view looked.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(in crate::app::viewer) struct SessionPlane {
    pub(in crate::app::viewer) zoom: f64,
    pub(in crate::app::viewer) pan_mm: [f64; 3],
}

/// Which two scans were compared, and how.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(in crate::app::viewer) struct SessionCompare {
    pub(in crate::app::viewer) first: Option<usize>,
    pub(in crate::app::viewer) second: Option<usize>,
    pub(in crate::app::viewer) mode: CompareMode,
    pub(in crate::app::viewer) link: WindowLink,
    pub(in crate::app::viewer) swipe: f32,
    pub(in crate::app::viewer) square_mm: f32,
    pub(in crate::app::viewer) changes_per_second: f32,
    pub(in crate::app::viewer) fade: f32,
}

/// The prediction of 24 h.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(in crate::app::viewer) struct SessionPrediction {
    /// The network that was chosen, by its name.
    pub(in crate::app::viewer) network: Option<String>,
    /// The scans that were chosen by hand.
    pub(in crate::app::viewer) scans: Vec<SessionInput>,
    /// The networks whose predictions were shown, the oldest first. They are made anew.
    pub(in crate::app::viewer) shown: Vec<String>,
    pub(in crate::app::viewer) exchanged: bool,
    /// Of what is real or went in, and of what is predicted.
    pub(in crate::app::viewer) windows: [Window; 2],
    pub(in crate::app::viewer) difference: Difference,
}

/// The scan that was chosen for an interval.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(in crate::app::viewer) struct SessionInput {
    pub(in crate::app::viewer) interval: ScanInterval,
    pub(in crate::app::viewer) scan: usize,
}

/// Curves of regions.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(in crate::app::viewer) struct SessionRegions {
    pub(in crate::app::viewer) open: bool,
    pub(in crate::app::viewer) quantity: Quantity,
    pub(in crate::app::viewer) chosen: Vec<NamedRegion>,
    pub(in crate::app::viewer) at_crosshair: bool,
    /// Whether they were measured; that is done anew where the panel was open.
    pub(in crate::app::viewer) measured: bool,
}

/// The lines that are measured by.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(in crate::app::viewer) struct SessionRulers {
    pub(in crate::app::viewer) lines: Vec<SessionRuler>,
    pub(in crate::app::viewer) chosen: Option<u32>,
    /// The number that was given last.
    pub(in crate::app::viewer) last_number: u32,
}

/// A line.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(in crate::app::viewer) struct SessionRuler {
    pub(in crate::app::viewer) number: u32,
    pub(in crate::app::viewer) from_mm: [f64; 3],
    pub(in crate::app::viewer) to_mm: [f64; 3],
}

/// The angles.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(in crate::app::viewer) struct SessionAngles {
    pub(in crate::app::viewer) angles: Vec<SessionAngle>,
    pub(in crate::app::viewer) chosen: Option<u32>,
    /// The number that was given last.
    pub(in crate::app::viewer) last_number: u32,
}

/// An angle.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(in crate::app::viewer) struct SessionAngle {
    pub(in crate::app::viewer) number: u32,
    /// The end of one way, where both begin, the end of the other.
    pub(in crate::app::viewer) points_mm: [[f64; 3]; 3],
}

/// The regions of interest.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(in crate::app::viewer) struct SessionRois {
    pub(in crate::app::viewer) regions: Vec<SessionRoi>,
    pub(in crate::app::viewer) chosen: Option<u32>,
    /// The number that was given last.
    pub(in crate::app::viewer) last_number: u32,
}

/// A region of interest.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(in crate::app::viewer) struct SessionRoi {
    pub(in crate::app::viewer) number: u32,
    /// What somebody called it; empty where nobody did.
    pub(in crate::app::viewer) name: String,
    pub(in crate::app::viewer) region: PlaneRegion,
}

/// Worksheets of the Bern score.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(in crate::app::viewer) struct SessionSheets {
    pub(in crate::app::viewer) open: bool,
    /// Which of them the panel shows.
    pub(in crate::app::viewer) shown: usize,
    pub(in crate::app::viewer) all: Vec<SessionSheet>,
}

/// A worksheet as far as it was filled in.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(in crate::app::viewer) struct SessionSheet {
    pub(in crate::app::viewer) scan: usize,
    pub(in crate::app::viewer) reader: String,
    /// Suprasellar cistern, prepontine cistern, mamillopontine distance.
    pub(in crate::app::viewer) lengths: [Option<SessionLength>; 3],
    /// Pachymeningeal enhancement, venous sinus, subdural collection.
    pub(in crate::app::viewer) signs: [Option<Seen>; 3],
    /// The worksheet as it was signed.
    pub(in crate::app::viewer) signed: Option<serde_json::Value>,
    /// Where that was saved.
    pub(in crate::app::viewer) saved: Option<String>,
}

/// A length of a worksheet.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub(in crate::app::viewer) enum SessionLength {
    By { from_mm: [f64; 3], to_mm: [f64; 3] },
    NotAssessable,
}

/// The mask that was looked through.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(in crate::app::viewer) struct SessionMask {
    pub(in crate::app::viewer) scan: usize,
    pub(in crate::app::viewer) open: bool,
    pub(in crate::app::viewer) threshold: f64,
    pub(in crate::app::viewer) left_out_mm3: f64,
    pub(in crate::app::viewer) brush_mm: f64,
    pub(in crate::app::viewer) by: String,
    pub(in crate::app::viewer) order: ClusterOrder,
    /// The cluster that was chosen.
    pub(in crate::app::viewer) chosen: Option<u32>,
    pub(in crate::app::viewer) style: LayerStyle,
    /// Runs of voxels that were put in, each its first voxel and how many (`1204+3`), first axis fastest.
    pub(in crate::app::viewer) put_in: String,
    /// And of those that were taken out.
    pub(in crate::app::viewer) taken_out: String,
    /// Whether something was changed since it was opened.
    pub(in crate::app::viewer) changed: bool,
    /// Where it was saved as it is.
    pub(in crate::app::viewer) saved: Option<String>,
}

/// What networks were asked.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(in crate::app::viewer) struct SessionNetwork {
    pub(in crate::app::viewer) open: bool,
    /// The network that was chosen, by its name.
    pub(in crate::app::viewer) chosen: Option<String>,
    /// Its file, where it does not come with the program.
    pub(in crate::app::viewer) file: Option<SessionSource>,
    pub(in crate::app::viewer) strongest_percent: f64,
}

/// No more than the version is looked at before the rest is understood.
#[derive(Deserialize)]
struct Version {
    format: String,
}

impl Session {
    /// What this version calls its format.
    pub(in crate::app::viewer) fn format() -> String {
        format!("{FAMILY}{VERSION}")
    }

    /// Opens a session's file.
    ///
    /// # Errors
    /// What is wrong with it, with field and file.
    pub(in crate::app::viewer) fn open(path: &Path) -> Result<Self, String> {
        let text = text::open(path, Limit::Session).map_err(|error| error.to_string())?;
        Self::from_json(&text).map_err(|why| format!("{why}: {}", path.display()))
    }

    /// Decodes and checks a session.
    ///
    /// # Errors
    /// For what is no session or one of another version, and for the first field that is missing, unknown or
    /// cannot be.
    pub fn from_json(text: &str) -> Result<Self, String> {
        // A later version may have fields that this one does not know.
        let version: Version =
            from_json(text).map_err(|fault| format!("not a session: {fault}"))?;
        let number = version.format.strip_prefix(FAMILY);
        let upgraded = match number.and_then(|number| number.parse::<u32>().ok()) {
            Some(VERSION) => None,
            Some(1) => Some(
                earlier::from_1(text, Self::format())
                    .map_err(|why| format!("the session cannot be used: {why}"))?,
            ),
            Some(number) if number > VERSION => {
                return Err(format!(
                    "format: {:?} was written by a later version of this program, which opens \
                     sessions up to {FAMILY}{VERSION}",
                    version.format
                ));
            }
            _ => {
                return Err(format!(
                    "format: {:?} is no session; one says {FAMILY}{VERSION}",
                    version.format
                ));
            }
        };
        let text = upgraded.as_deref().unwrap_or(text);
        let session: Self =
            from_json(text).map_err(|fault| format!("the session cannot be used: {fault}"))?;
        let checked = session.check();
        checked.map_err(|why| format!("the session cannot be used: {why}"))?;
        Ok(session)
    }

    /// As it is written.
    ///
    /// # Errors
    /// None, as all of it has a form in JSON.
    pub fn to_json(&self) -> serde_json::Result<String> {
        Ok(serde_json::to_string_pretty(self)? + "\n")
    }

    /// The first field whose value cannot be.
    fn check(&self) -> Result<(), String> {
        let n = self.scans.len();
        if n == 0 || n > MAX_SCANS {
            return Err(format!("scans: {n} is not 1 to {MAX_SCANS}"));
        }
        let is_scan = |field: &str, scan: usize| match scan < n {
            true => Ok(()),
            false => Err(format!("{field}: there is no scan {scan}, counted from 0")),
        };
        for (at, scan) in self.scans.iter().enumerate() {
            scan.check().map_err(|why| format!("scans[{at}].{why}"))?;
        }
        is_scan("selected", self.selected)?;
        for (at, plane) in self.view.planes.iter().enumerate() {
            within(format_args!("view.planes[{at}].zoom"), plane.zoom, ZOOMS)?;
        }
        let view = &self.view;
        let one_scan = view.one_scan;
        one_scan.map_or(Ok(()), |scan| is_scan("view.one_scan", scan))?;
        within("view.frames_per_second", view.frames_per_second, SPEEDS)?;
        for (at, roi) in self.rois.regions.iter().enumerate() {
            let field = format!("rois.regions[{at}].region.thickness_mm");
            within(field, roi.region.thickness_mm, 0.0..=1e3)?;
        }
        for (at, angle) in self.angles.angles.iter().enumerate() {
            if angle_deg(&angle.points_mm.map(Point3::from)).is_none() {
                return Err(format!(
                    "angles.angles[{at}].points_mm: the second point is one of the others"
                ));
            }
        }
        check_style("difference.style", &self.difference.style, false)?;
        let compare = &self.compare;
        for (field, scan) in [("first", compare.first), ("second", compare.second)] {
            scan.map_or(Ok(()), |scan| is_scan(&format!("compare.{field}"), scan))?;
        }
        within("compare.swipe", compare.swipe, 0.0..=1.0)?;
        within("compare.square_mm", compare.square_mm, 1.0..=200.0)?;
        let rate = compare.changes_per_second;
        within("compare.changes_per_second", rate, 0.1..=10.0)?;
        within("compare.fade", compare.fade, 0.0..=1.0)?;
        for (at, input) in self.prediction.scans.iter().enumerate() {
            is_scan(&format!("prediction.scans[{at}].scan"), input.scan)?;
        }
        let n_shown = self.prediction.shown.len();
        if n_shown > MAX_SHOWN {
            return Err(format!(
                "prediction.shown: {n_shown} are more than {MAX_SHOWN}"
            ));
        }
        let of_planes = &self.prediction.difference.style;
        check_style("prediction.difference.style", of_planes, false)?;
        let rulers = self.rulers.lines.iter().map(|line| line.number);
        check_numbers("rulers.lines", rulers, self.rulers.last_number)?;
        let angles = self.angles.angles.iter().map(|angle| angle.number);
        check_numbers("angles.angles", angles, self.angles.last_number)?;
        let rois = self.rois.regions.iter().map(|roi| roi.number);
        check_numbers("rois.regions", rois, self.rois.last_number)?;
        for (at, sheet) in self.worksheets.all.iter().enumerate() {
            is_scan(&format!("worksheets.all[{at}].scan"), sheet.scan)?;
        }
        let sheets = &self.worksheets;
        if sheets.open && sheets.shown >= sheets.all.len() {
            return Err(format!("worksheets.shown: there is no {}", sheets.shown));
        }
        if let Some(mask) = &self.mask {
            is_scan("mask.scan", mask.scan)?;
            mask.check().map_err(|why| format!("mask.{why}"))?;
        }
        let percent = self.network.strongest_percent;
        within("network.strongest_percent", percent, 0.0..=100.0)
    }
}

impl SessionSource {
    fn check(&self) -> Result<(), String> {
        if self.paths.is_empty() || self.paths.iter().any(String::is_empty) {
            return Err("paths: there is none, or an empty one".to_owned());
        }
        let is_digit = |c: u8| c.is_ascii_digit() || (b'a'..=b'f').contains(&c);
        match self.sha256.len() == 64 && self.sha256.bytes().all(is_digit) {
            true => Ok(()),
            false => Err("sha256: not 64 hexadecimal digits in lower case".to_owned()),
        }
    }
}

impl SessionScan {
    fn check(&self) -> Result<(), String> {
        self.source.check().map_err(|why| format!("source.{why}"))?;
        if let Some(table) = &self.label_table {
            table.check().map_err(|why| format!("label_table.{why}"))?;
        }
        check_style("style", &self.style, self.is_labels)?;
        for (at, look) in self.looks.iter().enumerate() {
            let field = format!("looks[{at}].style");
            check_style(&field, &look.style, self.is_labels)?;
        }
        let placement = &self.placement;
        check_matrix("placement.found", &placement.found)?;
        let norm = placement.turned.iter().map(|n| n * n).sum::<f64>().sqrt();
        within("placement.turned", norm, 0.999_999..=1.000_001)?;
        match placement.alignment.as_ref().map(|of| &of.outcome) {
            Some(SessionOutcome::Found {
                first_from_moving, ..
            }) => check_matrix("placement.alignment.outcome", first_from_moving),
            Some(SessionOutcome::NotFound(_)) | None => Ok(()),
        }
    }
}

impl SessionMask {
    fn check(&self) -> Result<(), String> {
        within("threshold", self.threshold, THRESHOLDS)?;
        within("left_out_mm3", self.left_out_mm3, 0.0..=f64::MAX)?;
        within("brush_mm", self.brush_mm, BRUSHES_MM)?;
        check_style("style", &self.style, true)?;
        for (field, text) in [("put_in", &self.put_in), ("taken_out", &self.taken_out)] {
            runs::check(text).map_err(|why| format!("{field}: {why}"))?;
        }
        Ok(())
    }
}

/// Whether each number was given, and once.
fn check_numbers(field: &str, numbers: impl Iterator<Item = u32>, last: u32) -> Result<(), String> {
    let mut seen = Vec::new();
    for number in numbers {
        if number == 0 || number > last {
            return Err(format!(
                "{field}: {number} is not 1 to {last}, the last number"
            ));
        }
        if seen.contains(&number) {
            return Err(format!("{field}: {number} is there twice"));
        }
        seen.push(number);
    }
    Ok(())
}

/// Whether a number lies between two.
fn within<N: PartialOrd + Display>(
    field: impl Display,
    value: N,
    range: RangeInclusive<N>,
) -> Result<(), String> {
    match range.contains(&value) {
        true => Ok(()),
        false => Err(format!(
            "{field}: {value} is not {} to {}",
            range.start(),
            range.end()
        )),
    }
}

/// Shares, and whether it is a style of labels.
fn check_style(field: &str, style: &LayerStyle, is_labels: bool) -> Result<(), String> {
    within(format_args!("{field}.opacity"), style.opacity, 0.0..=1.0)?;
    if let Some(look) = style.labels {
        let opacity = look.outline_opacity;
        within(
            format_args!("{field}.labels.outline_opacity"),
            opacity,
            0.0..=1.0,
        )?;
        let width = look.outline_px;
        within(
            format_args!("{field}.labels.outline_px"),
            width,
            0.0..=100.0,
        )?;
    }
    match is_labels == style.labels.is_some() {
        true => Ok(()),
        false => Err(format!(
            "{field}.labels: only what is shown as labels has them"
        )),
    }
}

/// A matrix that takes places to places and back.
fn check_matrix(field: &str, rows: &[[f64; 4]; 4]) -> Result<(), String> {
    let matrix = nalgebra::Matrix4::from_fn(|row, column| rows[row][column]);
    let is_affine = rows[3] == [0.0, 0.0, 0.0, 1.0];
    match is_affine && matrix.try_inverse().is_some() {
        true => Ok(()),
        false => Err(format!(
            "{field}: it is no matrix that takes places to places and back"
        )),
    }
}
