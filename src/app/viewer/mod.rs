//! The viewer: what is loaded (the desk), how it is shown (the panels) and what was asked for
//! (edits and requests).
//!
//! `logic` drains the jobs' messages; `ui` hands panels a read-only `Context`; panels push commands,
//! which run last.

mod aim;
mod alignment;
mod angles;
mod answers;
mod asked;
mod asked_tools;
mod choice;
mod cine;
mod command;
mod compare;
mod comparing;
mod context;
mod curves;
mod desk;
mod edits;
mod first;
mod frames;
mod graphics;
mod header;
mod history;
mod inputs;
mod jobs;
mod keep;
mod labels;
mod lightbox;
mod listing;
mod made;
mod marks;
mod mask;
mod measure_table;
mod measures;
mod measuring;
mod names;
mod network;
mod paint;
mod panels;
mod picture;
mod placement;
mod prediction;
mod regions;
mod roi;
mod rulers;
mod scan;
mod session;
mod sessions;
mod shown;
mod step;
mod text;
mod tools;
mod twin;
mod undo;
mod unsaved;
mod views;
mod volumes;
mod windowing;
mod worksheet;

pub use aim::{PlaneState, ViewOf};
pub use alignment::{AlignmentDesk, HandMotion};
pub use angles::{Angle, AngleDesk, AngleEdit};
pub use choice::{Layout, Preset, RoiShape, Tool};
pub use cine::{CineDesk, Played};
pub use command::{Edit, PathPanel, Request};
pub use compare::{CompareDesk, CompareEdit, CompareMode, WindowLink};
pub use curves::CurveDesk;
pub use desk::Desk;
pub use first::FirstScans;
pub use header::HeaderDesk;
pub use keep::{KeptDesk, KeptPlaces, Offer, Recent};
pub use labels::Labels;
pub use listing::{Listing, ListingChoice};
pub use mask::{ClusterOrder, MaskDesk, MaskEdit};
pub use measures::MeasureDesk;
pub use network::{NetworkDesk, NetworkEdit, NetworkTask, Said, SaidCount, SaidMap};
pub use panels::mouse_and_keys;
pub use picture::{PictureChoice, PictureDesk, PictureOf, PictureResolution};
pub use placement::{Alignment, Moved, Placement};
pub use prediction::{PlaneLook, PredictionDesk, Real, ShownPrediction};
pub use regions::{MeasuredRegions, PlacedScan, RegionDesk, RegionSeries};
pub use roi::{Roi, RoiDesk, RoiEdit};
pub use rulers::{End, Mark, Ruler, RulerDesk, RulerEdit};
pub use scan::{Layer, Look, Marks, NetworkMap, NetworkMapKind, Scan};
pub use session::{SESSION_ENDING, Session, is_session_file};
pub use windowing::{ScanValues, WindowingDesk};
pub use worksheet::{SheetEdit, Worksheet, WorksheetDesk};

use super::shell::{Command, Commands, Manual, dropped_files, run_window, theme};
use anyhow::Context as _;
use asked_tools::ask_tools;
use compare::Measured;
use context::{Context, SeenPanes};
use eframe::egui;
pub use graphics::PictureRenderer;
use graphics::{DrawnBy, Graphics};
use jobs::{Message, ViewerJobs};
use keep::Kept;
use sessions::{Next, Sessions};
use std::cell::RefCell;
use std::path::PathBuf;
use std::time::{Duration, Instant};
use step::Step;
use twin::TwinPictures;

/// What this thread may take for a frame; longer ones are logged.
const FRAME_LIMIT: Duration = Duration::from_millis(8);

/// The viewer.
pub struct App {
    desk: Desk,
    jobs: ViewerJobs,
    graphics: Graphics,
    /// One difference is measured at a time, however fast scans are moved.
    measuring: bool,
    /// The panes as they lay in the window when it was drawn last.
    seen: SeenPanes,
    /// Whether the networks that come along were opened, or are being: not before something else is.
    has_networks: bool,
    /// Whether the window may close though something is not saved.
    may_close: bool,
    /// What stays when the window is closed.
    kept: Kept,
    manual: Manual,
}

impl App {
    /// Builds the viewer inside a window that has a wgpu device. Nothing is kept when it is closed.
    ///
    /// # Errors
    /// When the window has none.
    pub fn new(cc: &eframe::CreationContext<'_>, start: FirstScans) -> anyhow::Result<Self> {
        Self::drawn_by(cc, start, PictureRenderer::from_env()?)
    }

    /// The same, with pictures drawn as told.
    ///
    /// # Errors
    /// As for [`App::new`].
    pub fn drawn_by(
        cc: &eframe::CreationContext<'_>,
        start: FirstScans,
        renderer: PictureRenderer,
    ) -> anyhow::Result<Self> {
        let mut app = Self::empty(cc, renderer)?;
        app.start(start);
        Ok(app)
    }

    /// The same, keeping settings, what was opened and what is open in these folders.
    ///
    /// # Errors
    /// When the window has no such device, and when the system gives no thread.
    pub fn keeping(
        cc: &eframe::CreationContext<'_>,
        start: FirstScans,
        places: &KeptPlaces,
    ) -> anyhow::Result<Self> {
        let mut app = Self::empty(cc, PictureRenderer::from_env()?)?;
        app.kept = Kept::new(places, app.jobs.running.outbox(), &mut app.desk)
            .context("no thread for what is kept")?;
        app.start(start);
        Ok(app)
    }

    fn empty(cc: &eframe::CreationContext<'_>, renderer: PictureRenderer) -> anyhow::Result<Self> {
        theme::set_up(&cc.egui_ctx);
        let graphics = Graphics::of_window(cc, renderer)?;
        Ok(Self {
            desk: Desk::default(),
            jobs: ViewerJobs::new(&cc.egui_ctx, graphics.clone()),
            graphics,
            measuring: false,
            seen: SeenPanes::default(),
            has_networks: false,
            may_close: false,
            kept: Kept::default(),
            manual: Manual::new(&cc.egui_ctx),
        })
    }

    /// Opens the networks that come along, once.
    fn want_networks(&mut self) {
        if !std::mem::replace(&mut self.has_networks, true) {
            self.jobs.open_networks();
        }
    }

    fn start(&mut self, start: FirstScans) {
        match start {
            FirstScans::Files { paths, compare } => {
                if compare {
                    self.desk.layout = Layout::Compare;
                }
                if !paths.is_empty() {
                    self.open(paths);
                }
            }
            FirstScans::Demo(coarse) => {
                self.want_networks();
                self.desk.set_layout(Layout::TimeSeries);
                self.jobs.demo(coarse);
            }
        }
    }

    /// What is loaded and how it is shown.
    #[must_use]
    pub fn desk(&self) -> &Desk {
        &self.desk
    }

    /// Whether files are being opened or measured.
    #[must_use]
    pub fn is_busy(&self) -> bool {
        self.jobs.running.is_busy()
    }

    /// Whether the processor still draws pictures of what is shown.
    #[must_use]
    pub fn is_drawing(&self) -> bool {
        let pictures = self.graphics.twin();
        pictures.is_some_and(TwinPictures::is_drawing)
    }

    /// How many pictures of panes the processor has drawn; none where a graphics processor draws.
    #[must_use]
    pub fn n_drawn(&self) -> Option<usize> {
        self.graphics.twin().map(TwinPictures::n_drawn)
    }

    fn take_messages(&mut self, ctx: &egui::Context) {
        for message in self.jobs.messages.try_iter().collect::<Vec<_>>() {
            self.kept.touch();
            match message {
                Message::Opened { scan, replaces } => {
                    self.desk.add(scan, replaces.as_ref());
                    self.measure_if_comparing();
                }
                Message::Measured(of, metrics) => {
                    self.measuring = false;
                    self.desk.measured = Some(Measured::new(&of, metrics));
                    self.measure_if_comparing();
                }
                Message::Aligned(found) => {
                    self.desk.align(found);
                    self.measure_if_comparing();
                }
                // Nobody needs an empty window beside it.
                Message::StudyOpened if self.desk.is_empty() => {
                    ctx.send_viewport_cmd(egui::ViewportCommand::Close);
                }
                Message::StudyOpened => {}
                Message::Picked(purpose, Some(paths)) => {
                    if let Some(request) = purpose.request(paths) {
                        self.request(request, ctx);
                    }
                    self.edit(Edit::PathPanel(None));
                }
                other => {
                    if let Some(other) = answers::take(&mut self.desk, other) {
                        let next = self.sessions().take_message(other);
                        self.go_on(next);
                    }
                }
            }
        }
    }

    /// What sessions and what is kept need of the window.
    fn sessions(&mut self) -> Sessions<'_> {
        Sessions {
            desk: &mut self.desk,
            jobs: &mut self.jobs,
            kept: &mut self.kept,
        }
    }

    fn go_on(&mut self, next: Next) {
        match next {
            Next::Nothing => {}
            Next::Step(step) => self.take_step(step),
            Next::StepAtOnce(step) => self.take_step_at_once(step),
            Next::Open(paths) => self.open(paths),
        }
    }

    /// Opens what lies at paths.
    fn open(&mut self, paths: Vec<PathBuf>) {
        self.want_networks();
        let next = self.sessions().open(paths);
        self.go_on(next);
    }

    /// Starts measuring the difference of the two scans that are compared, unless that was done or
    /// they have none.
    fn measure_if_comparing(&mut self) {
        let desk = &self.desk;
        if desk.metrics().is_none()
            && !self.measuring
            && desk.why_not(CompareMode::Difference).is_none()
            && let Some(pair) = desk.compared()
        {
            let pair = pair.map(|layer| layer.scan.clone());
            self.measuring = true;
            self.jobs.measure(pair);
        }
    }

    fn edit(&mut self, edit: Edit) {
        match edit {
            // What is painted is seen at once: a few voxels are handed to the GPU.
            Edit::Mask(edit) => {
                let mut voxels = Vec::new();
                self.desk.undoable(|desk| voxels = desk.change_mask(&edit));
                if let Some(mask) = &self.desk.mask {
                    mask.redraw(&self.graphics.queue, &voxels);
                }
            }
            Edit::Close(at) => {
                if let Some(layer) = self.desk.layers.get(at) {
                    let step = Step::CloseScan(layer.filed.clone());
                    self.take_step(step);
                }
            }
            Edit::Keep => {
                self.desk.keep();
                self.kept.is_restoring = false;
            }
            edit => self.desk.change(edit),
        }
        self.measure_if_comparing();
    }

    /// Takes a step, unless something would be lost by it: then the window asks first.
    fn take_step(&mut self, step: Step) {
        if let Some(step) = self.desk.lossless(step) {
            self.take_step_at_once(step);
        }
    }

    fn take_step_at_once(&mut self, step: Step) {
        match step {
            Step::CloseWindow => {
                self.may_close = true;
                let ctx = self.jobs.running.outbox().ctx();
                ctx.send_viewport_cmd(egui::ViewportCommand::Close);
            }
            Step::CloseScan(scan) => self.desk.close_scan(&scan),
            Step::OpenVolume(scan, volume_idx, scaling) => {
                self.desk.forget(&scan);
                match self.desk.loaded_volume(&scan, volume_idx, scaling) {
                    Some(loaded) => {
                        self.desk.add(loaded, Some(&scan));
                        self.measure_if_comparing();
                    }
                    None => self.jobs.open_volume(scan, volume_idx, scaling),
                }
            }
            // One of them would take the other's place.
            Step::OpenMask(_) if self.kept.is_restoring => {
                "The session is still being opened: open the mask after it"
                    .clone_into(&mut self.desk.notice);
            }
            Step::OpenMask(wanted) => self.jobs.open_mask(*wanted),
            Step::OpenSession(from) => {
                self.want_networks();
                self.sessions().begin(from);
            }
            Step::TakeSession(restored) => {
                self.sessions().take(*restored);
                self.measure_if_comparing();
            }
        }
    }

    fn request(&mut self, request: Request, ctx: &egui::Context) {
        match request {
            Request::Open(paths) => {
                self.desk.picker_note.clear();
                self.open(paths);
            }
            Request::OpenVolume {
                layer,
                volume_idx,
                scaling,
            } => {
                if let Some(layer) = self.desk.layers.get(layer) {
                    let scan = layer.filed.clone();
                    self.take_step(Step::OpenVolume(scan, volume_idx, scaling));
                }
            }
            Request::StepVolume(by) => {
                if let Some((at, volume_idx)) = self.desk.next_volume(by) {
                    let scan = self.desk.layers[at].filed.clone();
                    let scaling = scan.scaling;
                    let is_loaded = self.desk.loaded_volume(&scan, volume_idx, scaling);
                    // What is opened from the file takes its time, and the next press counts from there.
                    if is_loaded.is_some() || !self.is_busy() {
                        self.take_step(Step::OpenVolume(scan, volume_idx, scaling));
                    }
                }
            }
            Request::OpenListed { series } => {
                let chosen = self.desk.listing.chosen_entries();
                if series {
                    self.desk.change(Edit::Layout(Layout::TimeSeries));
                }
                self.desk.apply(Edit::ShowListing(false));
                self.jobs.open_entries(chosen);
            }
            Request::Thumbnails(wanted) => {
                self.desk.listing.ask_for(&wanted);
                let catalogue = self.desk.listing.catalogue.clone();
                self.jobs.thumbnails(catalogue, wanted);
            }
            Request::Identities => self.jobs.identities(self.desk.listing.catalogue.clone()),
            Request::Pick(purpose) => self.jobs.pick(purpose),
            Request::SavePrediction { shown, folder } => {
                self.desk.picker_note.clear();
                self.desk.notice.clear();
                self.jobs.save(shown, folder);
            }
            Request::Cancel => self.jobs.running.cancel(),
            Request::Align => {
                if self.desk.layers.len() >= 2 && !self.is_busy() {
                    let order = self.desk.by_hours().into_iter();
                    let scans = order.map(|at| self.desk.layers[at].filed.clone());
                    self.jobs.align(scans.collect());
                }
            }
            Request::MeasureRegions => {
                if let (Ok(series), false) = (self.desk.region_series(), self.is_busy()) {
                    self.jobs.measure_regions(series);
                }
            }
            Request::Predict => {
                if let Some(model) = self.desk.chosen_model() {
                    let target = self
                        .desk
                        .target_scan()
                        .map(|at| &self.desk.layers[at].filed);
                    let real = target.map(|scan| (scan.volume.clone(), scan.file_or_name()));
                    let scans = self.desk.input_scans();
                    self.jobs.predict(model.clone(), scans, real);
                }
            }
            Request::Dark(dark) => theme::set_dark(ctx, dark),
            Request::PlanStudy => self.jobs.plan_study(),
            Request::Demo => match FirstScans::demo() {
                Ok(demo) => self.start(demo),
                Err(error) => {
                    let why = format!("There is no thread for the demo: {error}");
                    self.desk.errors.push(why);
                }
            },
            Request::Manual => self.manual.open(),
            other => match self.sessions().request(other, ctx) {
                Ok(next) => self.go_on(next),
                Err(Request::Lose) => {
                    if let Some(at_risk) = self.desk.at_risk.take() {
                        self.kept.is_agreed = matches!(at_risk.step, Step::OpenSession(_));
                        self.take_step_at_once(at_risk.step);
                    }
                }
                Err(other) => {
                    let next = ask_tools(&mut self.desk, &self.jobs, &self.seen, other);
                    self.go_on(next);
                }
            },
        }
    }

    /// Shows the next frame of what is played, where it is due.
    fn play_on(&mut self, ctx: &egui::Context) {
        let Some(playing) = self.desk.cine.playing else {
            return;
        };
        let (is_due, left) = self.desk.cine.tick(ctx.input(|input| input.time));
        ctx.request_repaint_after(left);
        if !is_due {
            return;
        }
        match playing {
            Played::Scans => self.desk.step_scan(1, true),
            Played::Volumes(no) => match self.desk.volume_to_play(no) {
                Some((scan, next)) => {
                    let scaling = scan.scaling;
                    self.take_step(Step::OpenVolume(scan, next, scaling));
                    // What would be lost is asked about first.
                    if self.desk.at_risk.is_some() {
                        self.desk.cine.stop();
                    }
                }
                None => self.desk.cine.stop(),
            },
        }
    }
}

impl eframe::App for App {
    fn logic(&mut self, ctx: &egui::Context, _frame: &mut eframe::Frame) {
        self.take_messages(ctx);
        self.play_on(ctx);
        let closes = ctx.input(|input| input.viewport().close_requested());
        if closes && !self.may_close && self.desk.lossless(Step::CloseWindow).is_none() {
            ctx.send_viewport_cmd(egui::ViewportCommand::CancelClose);
        }
        // One at a time: a slider that is dragged asks for more than can be made. A stroke is drawn as
        // it goes, and what it makes of the clusters is of interest once it ends.
        let is_pressed = ctx.input(|input| input.pointer.primary_down());
        let is_stroke = self.desk.tool.is_of_mask() && is_pressed;
        if !is_stroke
            && let Some(mask) = &mut self.desk.mask
            && let Some((inputs, generation)) = mask.wanted()
        {
            self.jobs.make_mask(mask.source.clone(), inputs, generation);
        }
        asked::look_for_work(&mut self.desk, &self.jobs, is_pressed);
        let dropped = dropped_files(ctx);
        if !dropped.is_empty() {
            self.open(dropped);
        }
    }

    fn ui(&mut self, ui: &mut egui::Ui, _frame: &mut eframe::Frame) {
        let started = Instant::now();
        self.manual.ui(ui.ctx());
        let ctx = Context {
            desk: &self.desk,
            jobs: &self.jobs,
            graphics: &self.graphics,
            commands: Commands::default(),
            seen: RefCell::default(),
        };
        panels::ui(&ctx, ui);
        if let Some(pictures) = self.graphics.twin() {
            pictures.take(started + FRAME_LIMIT);
        }
        let Context { commands, seen, .. } = ctx;
        self.seen = seen.into_inner();
        for command in commands.into_vec() {
            // The pointer changes nothing that is kept.
            if !matches!(command, Command::Edit(Edit::Hover(_))) {
                self.kept.touch();
            }
            match command {
                Command::Edit(edit) => self.edit(edit),
                Command::Request(request) => self.request(request, ui.ctx()),
            }
            ui.ctx().request_repaint();
        }
        // A drag is one step to take back, and so is what is typed into a field.
        let is_dragging = ui.input(|input| input.pointer.any_down());
        if !is_dragging && !ui.ctx().text_edit_focused() {
            self.desk.history.settle();
        }
        // A job that ended in a panic says nothing any more.
        self.kept.is_restoring &= self.is_busy() || self.desk.at_risk.is_some();
        self.kept.look(&mut self.desk, ui.ctx());
        let took = started.elapsed();
        if took > FRAME_LIMIT {
            tracing::debug!("a frame took {took:?}");
        }
    }

    fn on_exit(&mut self) {
        self.kept.close();
    }
}

/// Opens the viewer's window and stays until it is closed.
///
/// # Errors
/// When there is no display or no graphics device.
pub fn view(paths: Vec<PathBuf>, compare: bool) -> anyhow::Result<()> {
    let start = FirstScans::Files { paths, compare };
    run_window("Cisterna", |cc| {
        App::keeping(cc, start, &KeptPlaces::of_user())
    })
}

/// Opens the viewer's window on a simulated patient.
///
/// # Errors
/// When there is no display or no graphics device.
pub fn demo() -> anyhow::Result<()> {
    let start = FirstScans::demo().context("no thread for the demo")?;
    run_window("Cisterna", |cc| {
        App::keeping(cc, start, &KeptPlaces::of_user())
    })
}
