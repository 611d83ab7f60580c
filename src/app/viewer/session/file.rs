//! What stands in a session's file.

use crate::anatomy::bern::Seen;
use crate::app::viewer::{ClusterOrder, CompareMode, Layout, WindowLink};
use crate::formats::PixelScaling;
use crate::models::tracer::ScanInterval;
use crate::render::{Difference, LayerStyle};
use crate::volume::{Convention, Plane, PlaneRegion, Window};
use crate::workflows::{NamedRegion, Quantity};
use serde::{Deserialize, Serialize};
use std::path::Path;

/// How the name of a session's file ends.
pub const SESSION_ENDING: &str = ".cisterna-session.json";

/// What `format` says of all versions, before the number.
pub(super) const FAMILY: &str = "cisterna-session-";
/// The version that this program writes. It opens those before it too.
pub(super) const VERSION: u32 = 3;

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
    /// Where its views looked, where scans kept their own: axial, coronal, sagittal.
    pub(in crate::app::viewer) planes: Option<[SessionPlane; 3]>,
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
    /// Where views looked that are common to all panes: axial, coronal, sagittal.
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
    /// Whether all scans showed the same part.
    pub(in crate::app::viewer) same_zoom: bool,
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

impl Session {
    /// What this version calls its format.
    pub(in crate::app::viewer) fn format() -> String {
        format!("{FAMILY}{VERSION}")
    }

    /// As it is written.
    ///
    /// # Errors
    /// None, as all of it has a form in JSON.
    pub fn to_json(&self) -> serde_json::Result<String> {
        Ok(serde_json::to_string_pretty(self)? + "\n")
    }
}
