//! What panels can ask for.

use super::aim::ViewOf;
use super::alignment::HandMotion;
use super::angles::AngleEdit;
use super::choice::{Layout, Preset, Tool};
use super::compare::CompareEdit;
use super::listing::ListingChoice;
use super::mask::MaskEdit;
use super::network::NetworkEdit;
use super::picture::{PictureChoice, PictureOf};
use super::prediction::ShownPrediction;
use super::roi::RoiEdit;
use super::rulers::RulerEdit;
use super::scan::Scan;
use super::worksheet::SheetEdit;
use crate::app::settings::Settings;
use crate::formats::PixelScaling;
use crate::models::tracer::ScanInterval;
use crate::render::LayerStyle;
use crate::volume::{Convention, Plane, Window, WindowRule};
use crate::workflows::{NamedRegion, Quantity};
use eframe::egui;
use nalgebra::{Point3, Vector3};
use std::path::PathBuf;
use std::sync::Arc;

/// A change of the desk.
#[derive(Clone, Debug)]
pub enum Edit {
    /// Show the list of scans, or hide it.
    ShowListing(bool),
    /// Choose in the list of scans.
    ListingChoice(Box<ListingChoice>),
    /// Hide who was scanned.
    HideIdentities,
    /// Take a layer away.
    Close(usize),
    /// Show the panel that takes a path, or hide it.
    PathPanel(Option<PathPanel>),
    /// Keep the path being typed.
    PathTyped(String),
    /// Put the crosshair at a point of the world.
    Crosshair(Point3<f64>),
    /// Go by slices along the normal of a plane, towards the head, the front or the right.
    Step(Plane, f64),
    /// Go to the first slice of a plane, or the last one.
    StepToEnd(Plane, bool),
    /// Move the crosshair by voxels, right and down on the screen of a plane.
    Nudge(Plane, f64, f64),
    /// Zoom a view by a factor about a point of the world that stays where it is.
    Zoom(ViewOf, f64, Point3<f64>),
    /// Move what a view shows: by how much its middle moves, mm.
    Pan(ViewOf, Vector3<f64>),
    /// All views back to showing everything.
    ResetViews,
    /// The pointer is over this point, or over none.
    Hover(Option<Point3<f64>>),
    /// Keys go to this plane.
    Activate(Plane),
    /// Enlarge one plane, or none.
    Maximise(Option<Plane>),
    /// Change what layers lie side by side.
    Layout(Layout),
    /// Change the side of the patient's right.
    Convention(Convention),
    /// Change mouse and keys.
    Preset(Preset),
    /// Choose the layer that keys and drags change.
    Select(usize),
    /// Show or hide a layer.
    Visible(usize, bool),
    /// Say how many hours after the injection a layer's scan was taken; none where not known.
    Hours(usize, Option<f64>),
    /// Change how a layer is drawn.
    Style(usize, LayerStyle),
    /// A layer's window back to its percentiles.
    AutoWindow(usize),
    /// A layer's window to what its file suggests.
    FileWindow(usize),
    /// The window of the difference.
    DifferenceWindow(Window),
    /// The window of planes beside a prediction: of what is real (0) or of what is predicted (1).
    PlaneWindow(usize, Window),
    /// Put the crosshair where the predicted planes meet.
    LookAtPrediction,
    /// The difference with its sign or without.
    Signed(bool),
    /// Show or hide the crosshair.
    ShowCrosshair(bool),
    /// Show or hide the side panel.
    Side(bool),
    /// Show or hide the sheet of keys.
    KeySheet(bool),
    /// Say how the chosen scan is drawn, or fold that away.
    Details(bool),
    /// Choose the next scan of the list.
    SelectNext,
    /// Go so many rows of the sheet of slices down.
    TurnSheet(isize),
    /// Show what the chosen scan's file says of itself, or hide it.
    ShowHeader(bool),
    /// Hide what may say who was scanned.
    HideHeaderValues,
    /// Choose the network that is to predict.
    ChooseModel(usize),
    /// Choose the layer whose scan is taken for an interval.
    ChooseScan(ScanInterval, usize),
    /// Take a prediction away.
    ForgetPrediction(usize),
    /// Show real and predicted in each other's place.
    Exchange(bool),
    /// Show all scans where their files say, or where they were aligned to.
    ShowBefore(bool),
    /// All scans back to where their files say, for good.
    BackToFiles,
    /// Whether the arrow keys move the chosen scan.
    Adjusting(bool),
    /// Move the chosen scan as it is seen on the active plane.
    MoveByHand(HandMotion),
    /// Change which two scans are compared, or how.
    Compare(CompareEdit),
    /// Take back what was changed of the desk last.
    Undo,
    /// Do again what was taken back last.
    Redo,
    /// Say whether a layer's values are labels.
    Labels(usize, bool),
    /// Show the curves of regions, or hide them.
    ShowRegions(bool),
    /// What the curves of regions are of.
    RegionQuantity(Quantity),
    /// Show the curve of a region, or hide it.
    ChooseRegion(NamedRegion, bool),
    /// Show the curve of the region under the crosshair, too, or not.
    RegionAtCrosshair(bool),
    /// What the first button of the mouse does on a picture.
    Tool(Tool),
    /// Change the lines that are measured by.
    Ruler(RulerEdit),
    /// Change the angles.
    Angle(AngleEdit),
    /// Change the regions of interest.
    Roi(RoiEdit),
    /// Show the table of measurements, or hide it.
    ShowMeasures(bool),
    /// Show the histogram of the chosen scan and its window, or hide them.
    ShowHistogram(bool),
    /// Show the curve over the volumes of a scan, or hide it.
    ShowCurve(bool),
    /// Look at one scan of the time series at a time, or at all.
    OneScan(bool),
    /// Go so many scans on by hours: in the time series, or the second of two that are compared.
    StepScan(isize),
    /// How fast volumes and scans are played.
    FramesPerSecond(f32),
    /// Change the worksheet of the Bern score.
    Sheet(SheetEdit),
    /// Change the mask that is being looked through.
    Mask(MaskEdit),
    /// Change what is asked of a network.
    Network(NetworkEdit),
    /// Show what can be chosen of a picture, or hide it; with the pane that was pointed at.
    ShowPicture(bool, Option<egui::Id>),
    /// What is chosen of a picture.
    PictureChoice(PictureChoice),
    /// Keep what would have been lost, and do not take the step that was asked about.
    Keep,
    /// Show the list of what went wrong, or hide it.
    ShowMessages(bool),
    /// Show the settings, or hide them.
    ShowSettings(bool),
    /// Show what was opened, or hide it.
    ShowRecent(bool),
    /// Say the paths of what was opened, which may say who was scanned.
    ShowPaths(bool),
    /// Leave what was open before a crash for the next start.
    NotNow,
    /// An error was seen.
    DismissError(usize),
    /// All of them were.
    DismissErrors,
}

/// Work that is asked for: of a thread, the disk or the desktop.
#[derive(Clone, Debug)]
pub enum Request {
    /// Open scans as layers above those that are there.
    Open(Vec<PathBuf>),
    /// Show another volume of a layer's file, or the same one scaled otherwise.
    OpenVolume {
        /// The layer.
        layer: usize,
        /// Counted from 0.
        volume_idx: usize,
        /// What stored numbers are taken to.
        scaling: PixelScaling,
    },
    /// Go so many volumes on of the chosen scan.
    StepVolume(isize),
    /// Load all volumes of a layer's file.
    LoadVolumes(usize),
    /// Play the volumes of the chosen scan, or the scans of the time series; or stop.
    Play,
    /// Set the window of the chosen scan by a rule.
    WindowRule(WindowRule),
    /// Set the window of the chosen scan to what its voxels in a region have: the region that was drawn or
    /// painted, or else the label under the crosshair.
    WindowOfRegion,
    /// Write the curve.
    SaveCurve(PathBuf),
    /// Write the table of measurements.
    SaveMeasures(PathBuf),
    /// Open what is chosen in the list.
    OpenListed {
        /// Side by side, by hours after injection.
        series: bool,
    },
    /// Make pictures of these entries of the list.
    Thumbnails(Vec<usize>),
    /// Find out who was scanned.
    Identities,
    /// Ask the desktop for a dialog.
    Pick(PathPanel),
    /// Stop opening.
    Cancel,
    /// Register the open scans to the first of them, by hours.
    Align,
    /// Measure the regions of the label map in the scans with hours after injection.
    MeasureRegions,
    /// Predict the scan of 24 h.
    Predict,
    /// Write a prediction into a folder.
    SavePrediction {
        /// Which.
        shown: Arc<ShownPrediction>,
        /// Made where there is none.
        folder: PathBuf,
    },
    /// Take the values of a layer for labels, which are named by a table, or by the one beside its
    /// file.
    Labels {
        /// The layer's scan, where its file says.
        scan: Arc<Scan>,
        /// The table chosen.
        table: Option<PathBuf>,
    },
    /// Show the worksheet of the Bern score of the chosen scan, and look for its midsagittal plane.
    Worksheet,
    /// Write the signed worksheet.
    SaveSheet(PathBuf),
    /// Look through the chosen layer as a mask.
    Mask,
    /// Write the mask, what was changed of it, and its table.
    SaveMask(PathBuf),
    /// Open a network.
    OpenNetwork(PathBuf),
    /// Ask the leak network about the chosen scan; with a map of what its answer rests on, or without.
    AskNetwork {
        /// Whether a map is wanted.
        map: bool,
    },
    /// Mark spaces on the chosen scan, and look through them as a mask.
    MarkSpaces,
    /// Count spaces in a region of the chosen scan.
    CountSpaces,
    /// Write the map and its record.
    SaveMap(PathBuf),
    /// Write what was counted, with its map and places.
    SaveCount(PathBuf),
    /// Put a picture on the clipboard: of the pane that was pointed at, or of the one that keys go to.
    CopyPicture(PictureOf, Option<egui::Id>),
    /// Write the picture or the movie that is chosen.
    SavePicture(PathBuf),
    /// Take the step that was asked about, though what was entered is lost by it.
    Lose,
    /// Write what is open and how it is shown.
    SaveSession(PathBuf),
    /// Open again what was opened, by its number in the list.
    OpenRecent(usize),
    /// Forget what was opened.
    ForgetRecent,
    /// Open again what was open before a crash.
    TakeOffer(String),
    /// Throw that away.
    RefuseOffer(String),
    /// Other settings.
    Settings(Settings),
    /// Dark or light.
    Dark(bool),
    /// Show a simulated patient.
    Demo,
    /// Open the form that writes a study's protocol.
    PlanStudy,
    /// Say all that the chosen scan's file says, also who was scanned.
    HeaderValues,
    /// Open the manual.
    Manual,
}

/// What a path is asked for.
#[derive(Clone, Debug)]
pub enum PathPanel {
    /// A scan to open.
    Open,
    /// A folder whose scans are to be listed: a patient's examinations, a data set.
    OpenFolder,
    /// A coordinator's study, or a rater's package.
    OpenStudy,
    /// A folder for a prediction: this one, whatever comes or goes while the path is typed.
    SavePrediction(Arc<ShownPrediction>),
    /// A table that names the labels of this scan.
    LabelTable(Arc<Scan>),
    /// A file for the signed worksheet.
    SaveSheet,
    /// A folder for a mask, what was changed of it, and its table.
    SaveMask,
    /// A network.
    OpenNetwork,
    /// A folder for a map and its record.
    SaveMap,
    /// A folder for a count, its map and its places.
    SaveCount,
    /// A file for what is open and how it is shown.
    SaveSession,
    /// A file for the picture that is chosen.
    SavePicture,
    /// A file for the curve.
    SaveCurve,
    /// A file for the table of measurements.
    SaveMeasures,
}

impl PathPanel {
    /// What is to be done with the paths.
    pub(super) fn request(self, paths: Vec<PathBuf>) -> Option<Request> {
        if let Self::Open | Self::OpenFolder | Self::OpenStudy = self {
            return Some(Request::Open(paths));
        }
        let path = paths.into_iter().next()?;
        Some(match self {
            Self::Open | Self::OpenFolder | Self::OpenStudy => Request::Open(vec![path]),
            Self::SavePrediction(shown) => Request::SavePrediction {
                shown,
                folder: path,
            },
            Self::LabelTable(scan) => Request::Labels {
                scan,
                table: Some(path),
            },
            Self::SaveSheet => Request::SaveSheet(path),
            Self::SaveMask => Request::SaveMask(path),
            Self::OpenNetwork => Request::OpenNetwork(path),
            Self::SaveMap => Request::SaveMap(path),
            Self::SaveCount => Request::SaveCount(path),
            Self::SaveSession => Request::SaveSession(path),
            Self::SavePicture => Request::SavePicture(path),
            Self::SaveCurve => Request::SaveCurve(path),
            Self::SaveMeasures => Request::SaveMeasures(path),
        })
    }
}
