//! What panels can ask for.

use super::desk::Layout;
use super::keys::Preset;
use super::listing::ListingChoice;
use super::path_panel::PathPanel;
use super::prediction::Shown;
use crate::formats::PixelScaling;
use crate::models::tracer::Interval;
use crate::render::LayerStyle;
use crate::volume::{Convention, Plane, Window};
use nalgebra::{Point3, Vector3};
use std::path::PathBuf;
use std::sync::Arc;

/// One thing asked for by a click, a key or a drag.
#[derive(Clone, Debug)]
pub enum Command {
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
    /// Show the list of scans, or hide it.
    ShowListing(bool),
    /// Choose in the list of scans.
    ListingChoice(Box<ListingChoice>),
    /// Make pictures of these entries of the list.
    Thumbnails(Vec<usize>),
    /// Show who was scanned, or hide it.
    Identities(bool),
    /// Open what is chosen in the list.
    OpenListed {
        /// Side by side, by hours after injection.
        series: bool,
    },
    /// Ask the desktop for a dialog.
    Pick(PathPanel),
    /// Stop opening.
    Cancel,
    /// Take a layer away.
    Close(usize),
    /// Show the panel that takes a path, or hide it.
    PathPanel(Option<PathPanel>),
    /// Keep the path being typed.
    PathTyped(String),
    /// Put the crosshair at a point of the world.
    Crosshair(Point3<f64>),
    /// Go by slices along the normal of a plane.
    Step {
        /// The plane.
        plane: Plane,
        /// Slices towards the head, the front or the right.
        slices: f64,
    },
    /// Go to the first or the last slice of a plane.
    StepToEnd {
        /// The plane.
        plane: Plane,
        /// To the last one.
        last: bool,
    },
    /// Move the crosshair by voxels, right and down on the screen.
    Nudge {
        /// The plane whose screen directions are meant.
        plane: Plane,
        /// Voxels to the right.
        right: f64,
        /// Voxels down.
        down: f64,
    },
    /// Zoom a plane by a factor about a point that stays where it is.
    Zoom {
        /// The plane.
        plane: Plane,
        /// Above 1 enlarges.
        factor: f64,
        /// The fixed point.
        about: Point3<f64>,
    },
    /// Move the picture of a plane.
    Pan {
        /// The plane.
        plane: Plane,
        /// By how much the middle of the view moves, mm.
        by_mm: Vector3<f64>,
    },
    /// All planes back to showing everything.
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
    Visible {
        /// The layer.
        layer: usize,
        /// Seen.
        visible: bool,
    },
    /// Say how many hours after the injection a scan was taken.
    Hours {
        /// The layer.
        layer: usize,
        /// Hours; none where not known.
        hours: Option<f64>,
    },
    /// Change how a layer is drawn.
    Style {
        /// The layer.
        layer: usize,
        /// All of its style.
        style: LayerStyle,
    },
    /// A layer's window back to its percentiles.
    AutoWindow(usize),
    /// A layer's window to what its file suggests.
    FileWindow(usize),
    /// The window of the difference.
    DifferenceWindow(Window),
    /// The difference with its sign or without.
    Signed(bool),
    /// Show or hide the crosshair.
    ShowCrosshair(bool),
    /// Show or hide the side panel.
    Side(bool),
    /// Show or hide the sheet of keys.
    Sheet(bool),
    /// Dark or light.
    Dark(bool),
    /// Choose the network that is to predict.
    ChooseModel(usize),
    /// Choose the scan of an interval.
    ChooseScan {
        /// The interval.
        interval: Interval,
        /// The layer.
        layer: usize,
    },
    /// Predict the scan of 24 h.
    Predict,
    /// Write a prediction into a folder.
    SavePrediction {
        /// Which.
        shown: Arc<Shown>,
        /// Made where there is none.
        folder: PathBuf,
    },
    /// Take a prediction away.
    ForgetPrediction(usize),
    /// Show real and predicted in each other's place.
    Exchange(bool),
    /// An error was seen.
    DismissError(usize),
}
