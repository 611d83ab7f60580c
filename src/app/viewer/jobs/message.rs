//! What jobs tell the viewer.

use crate::anatomy::HeadPlanes;
use crate::anatomy::bern::Sheet;
use crate::app::viewer::alignment::AlignedScans;
use crate::app::viewer::curves::CurveKey;
use crate::app::viewer::header::KnownHeader;
use crate::app::viewer::keep::Told;
use crate::app::viewer::labels::Labels;
use crate::app::viewer::mask::{MaskDesk, MaskMade};
use crate::app::viewer::measures::MeasureKey;
use crate::app::viewer::session::Restored;
use crate::app::viewer::volumes::LoadedVolumes;
use crate::app::viewer::windowing::ScanValues;
use crate::app::viewer::{
    Listing, MeasuredRegions, PathPanel, Said, SaidCount, Scan, ShownPrediction,
};
use crate::enhancement::RegionStatistics;
use crate::formats::Catalogue;
use crate::models::Model;
use crate::volume::{ImageMetrics, WindowRule};
use crate::workflows::{Curve, RegionMeasure};
use eframe::egui;
use std::path::PathBuf;
use std::sync::Arc;

/// What a job has to say when it is done.
pub(in crate::app::viewer) enum Message {
    Opened {
        scan: Arc<Scan>,
        replaces: Option<Arc<Scan>>,
    },
    /// Several scans to choose from.
    Listed(Box<Listing>),
    Thumbnail(Arc<Catalogue>, usize, egui::TextureHandle),
    /// Who was scanned, a line each.
    Identities(Arc<Catalogue>, Vec<String>),
    Measured([Arc<Scan>; 2], Result<ImageMetrics, String>),
    Aligned(AlignedScans),
    Regions(Arc<MeasuredRegions>),
    /// What values scans have.
    Values(Values),
    /// What a scan's file says of itself.
    Header(Box<KnownHeader>),
    Predicted(Arc<ShownPrediction>),
    Networks(Vec<Model>),
    Labels(Arc<Scan>, Arc<Labels>),
    /// Where the midsagittal plane of a head lies, or why nobody knows.
    Midline(Arc<Scan>, Result<HeadPlanes, String>),
    /// SHA-256 of a scan, or why there is none.
    Hashed(Arc<Scan>, Result<String, String>),
    /// Which worksheet was written where.
    SheetSaved(Arc<Scan>, Box<Sheet>, PathBuf),
    MaskOpened(Box<MaskDesk>),
    /// Made anew; none where it could not be.
    MaskMade(Arc<Scan>, Option<Box<MaskMade>>),
    /// How many files were written where, of what state of the mask.
    MaskSaved {
        source: Arc<Scan>,
        generation: u64,
        folder: PathBuf,
        n: usize,
    },
    NetworkOpened(Box<Model>),
    Said(Arc<Said>),
    /// The probability of spaces, to be looked through as a mask.
    Marked(Arc<Scan>),
    Counted(Arc<SaidCount>),
    /// A study was opened in a window of its own, and nothing else was to be opened with it.
    StudyOpened,
    /// Scans were found at these paths, which somebody asked for.
    Found(Vec<PathBuf>),
    /// Where a session was written, and what it does not hold.
    SessionSaved(PathBuf, Vec<String>),
    /// All scans of a session, as far as they can be opened.
    SessionOpened(Box<Restored>),
    /// It was stopped, or why there is no session.
    SessionNotOpened(Option<String>),
    /// The mask of a session.
    MaskAgain(Box<MaskDesk>),
    /// A prediction of a session.
    PredictedAgain(Arc<ShownPrediction>),
    /// All of a session is there: by which what was open before a crash is known, and whether all is as it
    /// was.
    SessionDone {
        crash: Option<String>,
        is_whole: bool,
    },
    /// What is kept in the user's folders.
    Kept(Told),
    Failed(String),
    /// The desktop's dialog gave these files, or this folder; none where it has no dialog or it
    /// was closed.
    Picked(PathPanel, Option<Vec<PathBuf>>),
    /// What was written where.
    Saved(String),
}

/// What a job has to say of values.
pub(in crate::app::viewer) enum Values {
    /// What values a scan has, and the rule by which its window is to be set then.
    Counted(Arc<Scan>, Option<Arc<ScanValues>>, Option<WindowRule>),
    /// Of a scan whose window is to be set then, within a region of this name.
    Within(Arc<Scan>, String, RegionStatistics),
    /// Of the chosen scan, within the regions of interest.
    Regions(Box<MeasureKey>, Vec<RegionMeasure>),
    /// A region along the scans of a curve.
    Curve(CurveKey, Box<Curve>),
    /// All volumes of a layer's file.
    Loaded(LoadedVolumes),
    /// They could not be loaded.
    NotLoaded(u32),
}
