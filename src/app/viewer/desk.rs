//! What is loaded and how it is shown.

use super::aim::{OwnViews, PlaneStates};
use super::alignment::AlignmentDesk;
use super::angles::AngleDesk;
use super::choice::{Layout, Preset, Tool};
use super::cine::CineDesk;
use super::command::PathPanel;
use super::compare::{CompareDesk, Measured};
use super::curves::CurveDesk;
use super::header::HeaderDesk;
use super::history::History;
use super::keep::KeptDesk;
use super::listing::Listing;
use super::mask::MaskDesk;
use super::measures::MeasureDesk;
use super::network::NetworkDesk;
use super::picture::PictureDesk;
use super::prediction::PredictionDesk;
use super::regions::{MeasuredRegions, RegionDesk, RegionSeries};
use super::roi::RoiDesk;
use super::rulers::RulerDesk;
use super::scan::{Layer, Scan};
use super::step::AtRisk;
use super::volumes::LoadedVolumes;
use super::windowing::WindowingDesk;
use super::worksheet::WorksheetDesk;
use crate::enhancement::LabelledRegion;
use crate::render::{Colormap, Difference, LayerStyle};
use crate::volume::{Convention, Orientation, Plane, Window};
use nalgebra::Point3;
use std::sync::Arc;

/// Everything the panels show. Changed by commands and messages, never by panels.
pub struct Desk {
    /// From the bottom up.
    pub layers: Vec<Layer>,
    /// The layer that keys and drags change.
    pub selected: usize,
    /// One point of the world, shared by all panes.
    pub crosshair: Point3<f64>,
    /// Under the pointer.
    pub hover: Option<Point3<f64>>,
    /// Where the patient's right is.
    pub convention: Convention,
    /// What lies side by side.
    pub layout: Layout,
    /// The plane that keys go to, and the one compared.
    pub active: Plane,
    /// The plane that fills the window.
    pub maximised: Option<Plane>,
    /// How the difference is drawn.
    pub difference: Difference,
    /// Which two scans are compared, and how.
    pub compare: CompareDesk,
    /// Mouse and keys.
    pub preset: Preset,
    /// Whether the crosshair is seen.
    pub show_crosshair: bool,
    /// Whether the side panel is.
    pub side_open: bool,
    /// Whether the chosen scan's row says how it is drawn.
    pub details_open: bool,
    /// Whether the sheet of keys is.
    pub sheet_open: bool,
    /// What the panel that takes a path is there for, if it is.
    pub path_panel: Option<PathPanel>,
    /// The path being typed there.
    pub typed_path: String,
    /// What became of the desktop's file dialog.
    pub picker_note: String,
    /// What was done last that leaves no other trace in the window.
    pub notice: String,
    /// What went wrong and was not dismissed yet.
    pub errors: Vec<String>,
    /// Whether the list of that is on show.
    pub messages_open: bool,
    /// What networks are to predict and have predicted.
    pub prediction: PredictionDesk,
    /// What lies in the folder that was opened last.
    pub listing: Listing,
    /// How the scans were laid on each other.
    pub alignment: AlignmentDesk,
    /// Regions over the hours.
    pub regions: RegionDesk,
    /// What the first button of the mouse does.
    pub tool: Tool,
    /// The lines that are measured by.
    pub rulers: RulerDesk,
    /// The angles.
    pub angles: AngleDesk,
    /// The regions of interest.
    pub roi: RoiDesk,
    /// The table of all that is measured.
    pub measures: MeasureDesk,
    /// What values scans have.
    pub windowing: WindowingDesk,
    /// The curve over volumes or hours.
    pub curves: CurveDesk,
    /// What is played.
    pub cine: CineDesk,
    /// Worksheets of the Bern score.
    pub sheets: WorksheetDesk,
    /// The mask that is being looked through.
    pub mask: Option<MaskDesk>,
    /// What networks are asked and say.
    pub network: NetworkDesk,
    /// What is kept in the user's folders.
    pub kept: KeptDesk,
    /// What is chosen of pictures that are handed on, and of the sheet in the window.
    pub picture: PictureDesk,
    /// What files say of themselves.
    pub header: HeaderDesk,
    /// The first row of the sheet that is seen, from 0.
    pub(super) sheet_row: usize,
    /// What is about to be done that would lose something; asked about first.
    pub(super) at_risk: Option<AtRisk>,
    /// The difference that was measured last.
    pub(super) measured: Option<Measured>,
    /// How it was before each change.
    pub(super) history: History,
    /// How many scans were opened so far.
    pub(super) n_opened: u32,
    /// The scan of the time series that is looked at alone, by the number in which it was opened.
    pub(super) one_scan: Option<u32>,
    /// Scans of several volumes, all of which are in memory.
    pub(super) volumes: Vec<LoadedVolumes>,
    /// Where the views look that are common to all panes.
    pub(super) views: PlaneStates,
    /// Where those look of scans that keep their own.
    pub(super) own_views: Vec<OwnViews>,
}

impl Default for Desk {
    fn default() -> Self {
        Self {
            layers: Vec::new(),
            selected: 0,
            crosshair: Point3::origin(),
            hover: None,
            convention: Convention::Radiological,
            layout: Layout::Planes,
            active: Plane::Axial,
            maximised: None,
            difference: Difference {
                signed: false,
                style: LayerStyle {
                    colormap: Colormap::Inferno,
                    ..LayerStyle::base(Window::new(0.0, 1.0))
                },
            },
            compare: CompareDesk::default(),
            preset: Preset::Radiology,
            show_crosshair: true,
            side_open: true,
            details_open: true,
            sheet_open: false,
            path_panel: None,
            typed_path: String::new(),
            picker_note: String::new(),
            notice: String::new(),
            errors: Vec::new(),
            messages_open: false,
            prediction: PredictionDesk::default(),
            listing: Listing::default(),
            alignment: AlignmentDesk::default(),
            regions: RegionDesk::default(),
            tool: Tool::default(),
            rulers: RulerDesk::default(),
            angles: AngleDesk::default(),
            roi: RoiDesk::default(),
            measures: MeasureDesk::default(),
            windowing: WindowingDesk::default(),
            curves: CurveDesk::default(),
            cine: CineDesk::default(),
            sheets: WorksheetDesk::default(),
            mask: None,
            network: NetworkDesk::default(),
            kept: KeptDesk::default(),
            picture: PictureDesk::default(),
            header: HeaderDesk::default(),
            sheet_row: 0,
            at_risk: None,
            measured: None,
            history: History::default(),
            n_opened: 0,
            one_scan: None,
            volumes: Vec::new(),
            views: PlaneStates::default(),
            own_views: Vec::new(),
        }
    }
}

impl Desk {
    /// The first scan, the first of the two that are compared, or the one of the sheet: its grid gives the
    /// steps and the extent of all views.
    #[must_use]
    pub fn base(&self) -> Option<&Scan> {
        let compared = self.compared().map(|[first, _]| first);
        let chosen = self.layers.get(self.selected);
        let of_sheet = chosen.filter(|_| self.layout == Layout::Lightbox);
        let base = compared.or(of_sheet).or(self.layers.first());
        base.map(|layer| &*layer.scan)
    }

    /// The layers that are compared: those chosen, as far as they are open, and else the first that are
    /// scans. None where fewer than two are open.
    #[must_use]
    pub fn pair(&self) -> Option<[usize; 2]> {
        self.compare.pair(&self.layers)
    }

    /// Whether two scans are compared now.
    #[must_use]
    pub fn compared(&self) -> Option<[&Layer; 2]> {
        let [first, second] = self.pair().filter(|_| self.layout == Layout::Compare)?;
        Some([&self.layers[first], &self.layers[second]])
    }

    /// Whether the letters may name sides: every scan on show must know its own.
    #[must_use]
    pub fn orientation(&self) -> Orientation {
        let mut scans = self.layers.iter().map(|layer| &layer.scan.volume);
        match scans.all(|volume| volume.orientation() == Orientation::Known) {
            true => Orientation::Known,
            false => Orientation::Unknown,
        }
    }

    /// What there is to measure regions in.
    ///
    /// # Errors
    /// Why nothing can be measured, in words.
    pub fn region_series(&self) -> Result<RegionSeries, String> {
        let moved = self.layers.iter().any(|layer| layer.placement.is_moved());
        if self.alignment.before && moved {
            return Err("Scans are shown where their files say: untick Before".to_owned());
        }
        RegionSeries::of(&self.layers)
    }

    /// The region of the label map under the crosshair.
    #[must_use]
    pub fn region_at_crosshair(&self) -> Option<LabelledRegion> {
        let mut layers = self.layers.iter();
        layers.find_map(|layer| layer.region(self.crosshair))
    }

    /// Shows the regions that a job measured.
    pub(super) fn take_regions(&mut self, measured: Arc<MeasuredRegions>) {
        let patients = measured.quantified.patients.iter();
        let n_scans: usize = patients.map(|patient| patient.sessions.len()).sum();
        let regions = measured.regions();
        let n = regions.iter().filter(|of| of.label.is_some()).count();
        self.notice = format!("{n} regions measured in {n_scans} scans");
        self.regions.take(measured);
    }

    pub(super) fn n_visible(&self) -> usize {
        self.layers.iter().filter(|layer| layer.visible).count()
    }

    /// Whether a scan is drawn just as the first one is.
    #[must_use]
    pub fn is_locked(&self, layer: usize) -> bool {
        match self.layout {
            Layout::Planes
            | Layout::Prediction
            | Layout::Compare
            | Layout::Grid
            | Layout::Lightbox => false,
            Layout::TimeSeries => self.layers.get(layer).is_some_and(Layer::is_signal),
        }
    }

    /// How all scans are drawn that are drawn alike: as the first of them.
    pub(super) fn locked_style(&self) -> Option<LayerStyle> {
        let first = (0..self.layers.len()).find(|&at| self.is_locked(at))?;
        Some(self.layers[first].style)
    }

    /// The scans of a time series by hours: not label maps and maps of quantities, unless there is
    /// nothing else.
    #[must_use]
    pub fn series(&self) -> Vec<usize> {
        let order = self.by_hours();
        let is_signal = |at: &usize| self.layers[*at].is_signal();
        match order.iter().any(is_signal) {
            true => order.into_iter().filter(is_signal).collect(),
            false => order,
        }
    }

    /// The scans by hours after injection; those without hours last, in the order they came.
    #[must_use]
    pub fn by_hours(&self) -> Vec<usize> {
        let hours = |at: &usize| self.layers[*at].hours.unwrap_or(f64::INFINITY);
        let mut order: Vec<usize> = (0..self.layers.len()).collect();
        order.sort_by(|a, b| hours(a).total_cmp(&hours(b)));
        order
    }

    /// The difference that is shown: of two scans, or of planes that were predicted.
    #[must_use]
    pub fn shown_difference(&self) -> &Difference {
        match self.layout {
            Layout::Prediction => &self.prediction.look.difference,
            _ => &self.difference,
        }
    }

    pub(super) fn difference_mut(&mut self) -> &mut Difference {
        match self.layout {
            Layout::Prediction => &mut self.prediction.look.difference,
            _ => &mut self.difference,
        }
    }
}
