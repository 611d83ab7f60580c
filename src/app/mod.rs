//! The window: what is loaded (the desk), how it is shown (the panels) and what was asked for
//! (the commands).
//!
//! `logic` drains the jobs' messages; `ui` hands panels a read-only `Ctx`; panels push
//! [`Command`]s; commands run last. Panels hold no truth of their own, so two passes in one frame
//! do no harm. Whatever a command does, the command line can do over the same library call.
//!
//! Invariants: nothing on this thread takes over 8 ms (files, pixels to the GPU, metrics and the
//! ledger are jobs); an idle window repaints nothing; the reading panel is given a case code and
//! pixels, never a volume, a path or a key.

mod bar;
mod commands;
pub(crate) mod coordinator;
mod curve;
mod desk;
mod form;
mod jobs;
mod keys;
mod listing;
mod new_passphrase;
mod pane;
mod panes;
mod path_panel;
mod prediction;
mod reading;
mod side;
mod status;
mod theme;

pub use commands::Command;
pub use coordinator::{CoordinatorApp, coordinate};
pub use desk::{Desk, Layer, Layout, Scan};
pub use form::{FormApp, design};
pub use listing::{Listing, ListingChoice};
pub use prediction::{PredictionDesk, Real, Shown};
pub use reading::{ReadingApp, read};

use crate::phantom::DemoScans;
use crate::render::SlicePipeline;
use anyhow::{Context as _, anyhow};
use eframe::{egui, wgpu};
use jobs::{Jobs, Message};
use std::cell::RefCell;
use std::path::PathBuf;
use std::sync::Arc;
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

/// What this thread may take for a frame; longer ones are logged.
const FRAME_LIMIT: Duration = Duration::from_millis(8);

/// What panels see of the program, for one pass.
pub(crate) struct Ctx<'a> {
    desk: &'a Desk,
    jobs: &'a Jobs,
    gpu: &'a Gpu,
    commands: RefCell<Vec<Command>>,
}

impl Ctx<'_> {
    /// Asks for something; it is done after all panels were shown.
    fn push(&self, command: Command) {
        self.commands.borrow_mut().push(command);
    }
}

/// The window's own device, and the pipeline that draws slices into its surface.
#[derive(Clone)]
pub(crate) struct Gpu {
    device: wgpu::Device,
    queue: wgpu::Queue,
    pipeline: Arc<SlicePipeline>,
}

/// The viewer.
pub struct App {
    desk: Desk,
    jobs: Jobs,
    gpu: Gpu,
}

/// What to show when the window opens.
pub enum Start {
    /// Nothing, or scans from files; `compare` shows the first two as real and predicted.
    Files {
        /// The scans.
        paths: Vec<PathBuf>,
        /// In the compare layout.
        compare: bool,
    },
    /// A simulated patient, on the way.
    Demo(JoinHandle<DemoScans>),
}

impl Start {
    /// Begins to draw a simulated patient, while the window is still being made.
    ///
    /// # Errors
    /// When the system gives no thread.
    pub fn demo() -> std::io::Result<Self> {
        let thread = std::thread::Builder::new().name("cisterna-demo".to_owned());
        Ok(Self::Demo(thread.spawn(DemoScans::coarse)?))
    }
}

impl App {
    /// Builds the viewer inside a window that has a wgpu device.
    ///
    /// # Errors
    /// When the window has none.
    pub fn new(cc: &eframe::CreationContext<'_>, start: Start) -> anyhow::Result<Self> {
        let state = cc
            .wgpu_render_state
            .as_ref()
            .ok_or_else(|| anyhow!("the window has no graphics device"))?;
        theme::set_up(&cc.egui_ctx);
        // A picture that could not be drawn must not end the program, with work in it.
        state
            .device
            .on_uncaptured_error(Arc::new(|error| tracing::error!("graphics: {error}")));
        let gpu = Gpu {
            device: state.device.clone(),
            queue: state.queue.clone(),
            pipeline: Arc::new(SlicePipeline::new(
                &state.device,
                &state.queue,
                state.target_format,
            )),
        };
        let mut app = Self {
            desk: Desk::default(),
            jobs: Jobs::new(cc.egui_ctx.clone(), gpu.clone()),
            gpu,
        };
        app.jobs.open_networks();
        match start {
            Start::Files { paths, compare } => {
                if compare {
                    app.desk.layout = Layout::Compare;
                }
                app.jobs.open(paths);
            }
            Start::Demo(coarse) => {
                app.desk.layout = Layout::TimeSeries;
                app.jobs.demo(coarse);
            }
        }
        Ok(app)
    }

    /// What is loaded and how it is shown.
    #[must_use]
    pub fn desk(&self) -> &Desk {
        &self.desk
    }

    /// Whether files are being opened or measured.
    #[must_use]
    pub fn is_busy(&self) -> bool {
        self.jobs.is_busy()
    }

    fn take_messages(&mut self, ctx: &egui::Context) {
        for message in self.jobs.drain() {
            match message {
                Message::Opened { scan, replaces } => {
                    self.desk.add(scan, replaces.as_ref());
                    self.measure_if_comparing();
                }
                Message::Measured(metrics) => self.desk.metrics = Some(metrics),
                Message::Listed(listing) => self.desk.listing = *listing,
                Message::Thumbnail(catalogue, at, picture) => {
                    if Arc::ptr_eq(&catalogue, &self.desk.listing.catalogue) {
                        self.desk.listing.take(at, picture);
                    }
                }
                Message::Identities(catalogue, lines) => {
                    if Arc::ptr_eq(&catalogue, &self.desk.listing.catalogue) {
                        self.desk.listing.identities = lines;
                    }
                }
                Message::Networks(models) => self.desk.prediction.models = models,
                Message::Predicted(shown) => self.desk.show_prediction(shown),
                Message::Failed(text) => self.desk.errors.push(text),
                Message::Picked(purpose, paths) => {
                    for command in purpose.commands(paths) {
                        self.run(command, ctx);
                    }
                }
                Message::Saved(text) => self.desk.notice = text,
                Message::NoPicker => {
                    "No file dialog answered. Type a path above instead."
                        .clone_into(&mut self.desk.picker_note);
                }
            }
        }
    }

    /// Starts measuring real against predicted, unless that was done for these two scans.
    fn measure_if_comparing(&mut self) {
        if self.desk.layout == Layout::Compare
            && self.desk.metrics.is_none()
            && let [real, predicted, ..] = &self.desk.layers[..]
        {
            self.jobs
                .measure(real.scan.volume.clone(), predicted.scan.volume.clone());
        }
    }

    fn run(&mut self, command: Command, ctx: &egui::Context) {
        match command {
            Command::Open(paths) => {
                self.desk.picker_note.clear();
                self.jobs.open(paths);
            }
            Command::OpenVolume {
                layer,
                volume_idx,
                scaling,
            } => {
                if let Some(layer) = self.desk.layers.get(layer) {
                    self.jobs
                        .open_volume(layer.scan.clone(), volume_idx, scaling);
                }
            }
            Command::OpenListed { series } => {
                let chosen = self.desk.chosen_entries();
                if series {
                    self.desk.apply(Command::Layout(Layout::TimeSeries));
                }
                self.desk.apply(Command::ShowListing(false));
                self.jobs.open_entries(chosen);
            }
            Command::Thumbnails(wanted) => {
                self.desk.listing.ask_for(&wanted);
                let catalogue = self.desk.listing.catalogue.clone();
                self.jobs.thumbnails(catalogue, wanted);
            }
            Command::Identities(true) => self.jobs.identities(self.desk.listing.catalogue.clone()),
            Command::Pick(purpose) => self.jobs.pick(purpose),
            Command::SavePrediction { shown, folder } => {
                self.desk.picker_note.clear();
                self.desk.notice.clear();
                self.jobs.save(shown, folder);
            }
            Command::Cancel => self.jobs.cancel(),
            Command::Predict => {
                if let Some(model) = self.desk.chosen_model() {
                    let target = self.desk.target_scan().map(|at| &self.desk.layers[at].scan);
                    let real = target.map(|scan| (scan.volume.clone(), scan.file_or_name()));
                    self.jobs
                        .predict(model.clone(), self.desk.input_scans(), real);
                }
            }
            Command::Dark(dark) => theme::set_dark(ctx, dark),
            other => {
                self.desk.apply(other);
                self.measure_if_comparing();
            }
        }
    }
}

impl eframe::App for App {
    fn logic(&mut self, ctx: &egui::Context, _frame: &mut eframe::Frame) {
        self.take_messages(ctx);
        let dropped: Vec<PathBuf> = ctx.input(|input| {
            input
                .raw
                .dropped_files
                .iter()
                .map(|file| file.path().to_path_buf())
                .collect()
        });
        if !dropped.is_empty() {
            self.jobs.open(dropped);
        }
    }

    fn ui(&mut self, ui: &mut egui::Ui, _frame: &mut eframe::Frame) {
        let started = Instant::now();
        let ctx = Ctx {
            desk: &self.desk,
            jobs: &self.jobs,
            gpu: &self.gpu,
            commands: RefCell::default(),
        };
        keys::handle(&ctx, ui);
        bar::ui(&ctx, ui);
        status::ui(&ctx, ui);
        if ctx.desk.side_open {
            side::ui(&ctx, ui);
        }
        if ctx.desk.layout == Layout::TimeSeries {
            curve::ui(&ctx, ui);
        }
        panes::ui(&ctx, ui);
        path_panel::ui(&ctx, ui);
        listing::ui(&ctx, ui);
        keys::sheet_ui(&ctx, ui);
        let commands = ctx.commands.into_inner();
        let egui_ctx = ui.ctx().clone();
        for command in commands {
            self.run(command, &egui_ctx);
            egui_ctx.request_repaint();
        }
        let took = started.elapsed();
        if took > FRAME_LIMIT {
            tracing::debug!("a frame took {took:?}");
        }
    }
}

/// Opens the viewer's window and stays until it is closed.
///
/// # Errors
/// When there is no display or no graphics device.
pub fn view(paths: Vec<PathBuf>, compare: bool) -> anyhow::Result<()> {
    run_window("Cisterna", move |cc| {
        Ok(Box::new(App::new(cc, Start::Files { paths, compare })?))
    })
}

/// Opens the viewer's window on a simulated patient.
///
/// # Errors
/// When there is no display or no graphics device.
pub fn demo() -> anyhow::Result<()> {
    let start = Start::demo().context("no thread for the demo")?;
    run_window("Cisterna", |cc| Ok(Box::new(App::new(cc, start)?)))
}

/// Whether a window can be opened here at all.
#[must_use]
pub fn has_display() -> bool {
    if cfg!(any(target_os = "windows", target_os = "macos")) {
        return true;
    }
    ["DISPLAY", "WAYLAND_DISPLAY", "WAYLAND_SOCKET"]
        .iter()
        .any(|name| std::env::var_os(name).is_some_and(|value| !value.is_empty()))
}

pub(crate) fn run_window(
    title: &str,
    make: impl FnOnce(
        &eframe::CreationContext<'_>,
    ) -> Result<Box<dyn eframe::App>, Box<dyn std::error::Error + Send + Sync>>
    + 'static,
) -> anyhow::Result<()> {
    if !has_display() {
        return Err(anyhow!(
            "there is no display (neither DISPLAY nor WAYLAND_DISPLAY is set); \
             `cisterna slice` and `cisterna demo --output FOLDER` draw without one"
        ));
    }
    let options = eframe::NativeOptions {
        viewport: egui::ViewportBuilder::default()
            .with_title(title)
            .with_app_id("cisterna")
            .with_inner_size([1280.0, 800.0])
            .with_min_inner_size([800.0, 500.0])
            .with_drag_and_drop(true),
        wgpu_options: wgpu_options(),
        ..Default::default()
    };
    eframe::run_native(title, options, Box::new(make))
        .map_err(|error| anyhow!(error.to_string()))
        .context("the window could not be opened")
}

/// All limits and features of the adapter: the limits for large scans, and both because burn,
/// which is to share this device, takes what the adapter names for granted.
fn wgpu_options() -> eframe::egui_wgpu::WgpuConfiguration {
    let mut options = eframe::egui_wgpu::WgpuConfiguration::default();
    if let eframe::egui_wgpu::WgpuSetup::CreateNew(setup) = &mut options.wgpu_setup {
        setup.device_descriptor = Arc::new(|adapter| wgpu::DeviceDescriptor {
            label: Some("cisterna"),
            required_features: adapter.features().difference(
                wgpu::Features::MAPPABLE_PRIMARY_BUFFERS | wgpu::Features::all_experimental_mask(),
            ),
            required_limits: adapter.limits(),
            ..Default::default()
        });
    }
    options
}
