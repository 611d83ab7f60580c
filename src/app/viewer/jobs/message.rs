//! What jobs tell the viewer.

use crate::app::viewer::alignment::AlignedScans;
use crate::app::viewer::{Listing, MeasuredRegions, PathPanel, Scan, ShownPrediction};
use crate::formats::Catalogue;
use crate::models::Model;
use crate::volume::ImageMetrics;
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
    Predicted(Arc<ShownPrediction>),
    Networks(Vec<Model>),
    Failed(String),
    /// The desktop's dialog gave these files, or this folder; none where it has no dialog or it
    /// was closed.
    Picked(PathPanel, Option<Vec<PathBuf>>),
    /// What was written where.
    Saved(String),
}
