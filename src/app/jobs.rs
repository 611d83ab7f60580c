//! Long work on threads of its own, which speak in messages over one bounded channel.

mod job;

use super::Gpu;
use super::desk::Scan;
use super::listing::Listing;
use super::path_panel::PathPanel;
use super::prediction::Shown;
use crate::formats::{self, Catalogue, Entry, FormatError, PixelScaling, THUMBNAIL_SIDE};
use crate::models::tracer::{InputScan, PredictError, tracer_card};
use crate::models::{Compute, DeviceChoice, Model};
use crate::phantom::DemoScans;
use crate::volume::{ImageMetrics, Volume, compare};
use crate::workflows::{self, PredictRequest, ignore_notices};
use eframe::egui;
use job::{Job, Wanted, of_others};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, AtomicU32, AtomicUsize, Ordering};
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};
use std::thread::JoinHandle;

/// What a job has to say when it is done.
pub(super) enum Message {
    Opened {
        scan: Arc<Scan>,
        replaces: Option<Arc<Scan>>,
    },
    /// Several scans to choose from.
    Listed(Box<Listing>),
    Thumbnail(Arc<Catalogue>, usize, egui::TextureHandle),
    /// Who was scanned, a line each.
    Identities(Arc<Catalogue>, Vec<String>),
    Measured(Result<ImageMetrics, String>),
    Predicted(Arc<Shown>),
    Networks(Vec<Model>),
    Failed(String),
    /// The desktop's dialog gave these files, or this folder.
    Picked(PathPanel, Vec<PathBuf>),
    /// What was written where.
    Saved(String),
    /// The desktop has no dialog, or it was closed.
    NoPicker,
}

/// The newest state of what is running; older ones are of no interest.
#[derive(Default)]
struct Shared {
    running: AtomicUsize,
    /// In 1/1000.
    progress: AtomicU32,
    what: Mutex<String>,
}

pub(super) struct Jobs {
    sender: SyncSender<Message>,
    receiver: Receiver<Message>,
    shared: Arc<Shared>,
    cancelled: Arc<AtomicBool>,
    ctx: egui::Context,
    gpu: Gpu,
    /// What networks are computed on, chosen when the first one is.
    compute: Arc<OnceLock<Compute>>,
    /// Held by whoever makes a small picture.
    thumbnails: Arc<Mutex<()>>,
}

/// How the name of a study file or of a rater's package ends.
fn is_study(path: &Path) -> bool {
    path.extension().is_some_and(|end| end == "cisterna")
}

/// A study has a window of its own, and a program of its own: what is graded blind must not share
/// one with scans whose names are on screen.
fn open_study(path: &Path) -> std::io::Result<()> {
    let program = std::env::current_exe()?;
    let mut command = std::process::Command::new(program);
    command.args(["study", "open"]).arg(path);
    command.stdin(std::process::Stdio::null());
    command.spawn().map(|_| ())
}

/// How the names of scans end; DICOM files often have no ending.
const SCAN_ENDINGS: [&str; 10] = [
    "nii", "gz", "zst", "hdr", "img", "mgh", "mgz", "dcm", "ima", "zip",
];

impl Jobs {
    pub(super) fn new(ctx: egui::Context, gpu: Gpu) -> Self {
        let (sender, receiver) = sync_channel(16);
        Self {
            sender,
            receiver,
            shared: Arc::default(),
            cancelled: Arc::default(),
            ctx,
            gpu,
            compute: Arc::default(),
            thumbnails: Arc::default(),
        }
    }

    pub(super) fn drain(&self) -> Vec<Message> {
        self.receiver.try_iter().collect()
    }

    pub(super) fn is_busy(&self) -> bool {
        self.shared.running.load(Ordering::Acquire) > 0
    }

    /// What is running and how far it is, 0 to 1.
    pub(super) fn progress(&self) -> Option<(String, f32)> {
        self.is_busy().then(|| {
            let what = self
                .shared
                .what
                .lock()
                .unwrap_or_else(PoisonError::into_inner)
                .clone();
            let share = self.shared.progress.load(Ordering::Relaxed) as f32 / 1000.0;
            (what, share)
        })
    }

    /// Stops what is being opened.
    pub(super) fn cancel(&mut self) {
        self.cancelled.store(true, Ordering::Relaxed);
        self.cancelled = Arc::default();
    }

    /// Opens files one after the other, so that they come in their order; lists what lies in
    /// folders, where that is more than one scan.
    pub(super) fn open(&self, paths: Vec<PathBuf>) {
        let (studies, paths): (Vec<_>, Vec<_>) = paths.into_iter().partition(|path| is_study(path));
        for study in studies {
            if let Err(error) = open_study(&study) {
                // A full channel drops the words, not the study.
                let words = format!("cannot open: {error}: {}", study.display());
                let _ = self.sender.try_send(Message::Failed(words));
            }
        }
        if paths.is_empty() {
            return;
        }
        self.spawn("open", move |job| {
            // Not by its name: a folder from a hospital may be named by the patient.
            let looking = |share: f32| job.goes_on("Looking at the files", share);
            let mut catalogue = match formats::catalogue(&paths, &looking) {
                Ok(catalogue) => catalogue,
                Err(FormatError::Cancelled) => return,
                Err(error) => return job.send(Message::Failed(error.to_string())),
            };
            for failure in std::mem::take(&mut catalogue.failures) {
                job.send(Message::Failed(failure.to_string()));
            }
            if catalogue.entries.len() > 1 && !catalogue.is_by_name {
                return job.send(Message::Listed(Box::new(Listing::new(catalogue))));
            }
            for mut entry in catalogue.entries {
                entry
                    .info
                    .warnings
                    .extend(catalogue.warnings.iter().cloned());
                let hours = entry.info.hours_after_injection;
                if !job.open_entry(&entry, hours) {
                    return;
                }
            }
        });
    }

    /// Opens scans that were chosen from a list, with their hours after injection.
    pub(super) fn open_entries(&self, entries: Vec<(Entry, Option<f64>)>) {
        self.spawn("open", move |job| {
            for (entry, hours) in entries {
                if !job.open_entry(&entry, hours) {
                    return;
                }
            }
        });
    }

    /// Another volume of a scan, in its place.
    pub(super) fn open_volume(
        &self,
        replaces: Arc<Scan>,
        volume_idx: usize,
        scaling: PixelScaling,
    ) {
        self.spawn("open", move |job| {
            if let Some(place) = replaces.place.clone() {
                let hours = replaces.hours;
                job.open(Wanted {
                    name: replaces.name.clone(),
                    place,
                    volume_idx,
                    scaling,
                    hours,
                    warnings: of_others(&replaces),
                    replaces: Some(replaces),
                });
            }
        });
    }

    /// Makes small pictures of entries, one after the other.
    pub(super) fn thumbnails(&self, catalogue: Arc<Catalogue>, wanted: Vec<usize>) {
        let turn = self.thumbnails.clone();
        self.spawn("thumbnails", move |job| {
            for at in wanted {
                // One scan at a time in memory, however fast the list is scrolled.
                let _turn = turn.lock().unwrap_or_else(PoisonError::into_inner);
                if job.cancelled.load(Ordering::Relaxed) {
                    return;
                }
                // What cannot be drawn says why when it is opened.
                let entry = catalogue.entries.get(at);
                let Some(Ok(picture)) = entry.map(|entry| entry.place.thumbnail()) else {
                    continue;
                };
                let size = [THUMBNAIL_SIDE; 2];
                let image = egui::ColorImage::from_gray(size, &picture.grey);
                let options = egui::TextureOptions::LINEAR;
                let texture = job.ctx.load_texture("thumbnail", image, options);
                job.send(Message::Thumbnail(catalogue.clone(), at, texture));
            }
        });
    }

    /// Who was scanned, from the files; each patient once.
    pub(super) fn identities(&self, catalogue: Arc<Catalogue>) {
        self.spawn("identities", move |job| {
            let mut lines = Vec::new();
            for entry in &catalogue.entries {
                let Some(series) = entry.place.series() else {
                    continue;
                };
                let line = match series.identity() {
                    Ok(identity) => identity.line(),
                    Err(error) => error.to_string(),
                };
                if !lines.contains(&line) {
                    lines.push(line);
                }
            }
            job.send(Message::Identities(catalogue, lines));
        });
    }

    /// Shows the demo's scans as soon as they are drawn coarsely, and then finely.
    pub(super) fn demo(&self, coarse: JoinHandle<DemoScans>) {
        self.spawn("demo", |job| {
            job.say("Drawing the demo's head", 0.2);
            let Ok(coarse) = coarse.join() else {
                return job.send(Message::Failed("the demo could not be drawn".to_owned()));
            };
            let all = 0..coarse.sessions().len();
            let drawn: Vec<_> = all
                .clone()
                .map(|idx| job.hand_over_simulated(&coarse, idx, None))
                .collect();
            let fine = coarse.refined();
            for (idx, replaces) in all.zip(drawn) {
                if job.cancelled.load(Ordering::Relaxed) {
                    return;
                }
                job.hand_over_simulated(&fine, idx, replaces);
            }
        });
    }

    pub(super) fn measure(&self, real: Volume, predicted: Volume) {
        self.spawn("measure", move |job| {
            job.say("Measuring the difference", 0.5);
            let measured = compare(&real, &predicted).map_err(|error| error.to_string());
            job.send(Message::Measured(measured));
        });
    }

    /// Opens the networks that come with the program: megabytes, which are not for the window's
    /// thread.
    pub(super) fn open_networks(&self) {
        self.spawn("networks", |job| {
            job.send(match Model::embedded() {
                Ok(mut models) => {
                    models.retain(|model| tracer_card(model).is_ok());
                    Message::Networks(models)
                }
                Err(error) => Message::Failed(error.to_string()),
            });
        });
    }

    /// Predicts the planes of 24 h and measures them against the real scan, if there is one.
    ///
    /// The network has a device of its own: one that it shared with the window would end the
    /// program if it was given work while the window changes its size (wgpu 30).
    pub(super) fn predict(
        &self,
        model: Model,
        scans: Vec<InputScan>,
        real: Option<(Volume, PathBuf)>,
    ) {
        let compute = self.compute.clone();
        self.spawn("predict", move |job| {
            let compute = || {
                let choose = || {
                    workflows::compute(DeviceChoice::Auto, &ignore_notices)
                        .unwrap_or_else(|_| Compute::cpu())
                };
                Ok(compute.get_or_init(choose).clone())
            };
            let request = PredictRequest {
                model: &model,
                scans,
                real,
                planes_mm: [None; 2],
                compute: &compute,
            };
            match workflows::predict(request, &|notice| job.notice(notice)) {
                Ok(made) => {
                    let shown =
                        Shown::new(&job.ctx, model.card.clone(), made.prediction, made.real);
                    job.send(Message::Predicted(Arc::new(shown)));
                }
                Err(error) => {
                    let stopped = error.downcast_ref::<PredictError>();
                    if !matches!(stopped, Some(PredictError::Stopped)) {
                        job.send(Message::Failed(error.to_string()));
                    }
                }
            }
        });
    }

    /// Writes a prediction into a folder.
    pub(super) fn save(&self, shown: Arc<Shown>, folder: PathBuf) {
        self.spawn("save", move |job| {
            job.say("Saving the prediction", 0.5);
            let real = shown.real.as_ref().map(|real| &real.planes);
            job.send(match shown.prediction.write(&folder, real) {
                Ok(written) => Message::Saved(format!(
                    "{} files saved in {}",
                    written.len(),
                    folder.display()
                )),
                Err(error) => Message::Failed(error.to_string()),
            });
        });
    }

    /// Asks the desktop for files or for a folder. Runs beside the window, as a portal may take its
    /// time.
    pub(super) fn pick(&self, purpose: PathPanel) {
        let sender = self.sender.clone();
        let ctx = self.ctx.clone();
        let dialog = rfd::AsyncFileDialog::new();
        let thread = std::thread::Builder::new().name("pick".to_owned());
        let spawned = thread.spawn(move || {
            let paths = pollster::block_on(async {
                match purpose {
                    PathPanel::Open => {
                        let dialog = dialog
                            .set_title("Open scans")
                            .add_filter("Scans", &SCAN_ENDINGS)
                            .add_filter("Studies", &["cisterna"])
                            .add_filter("All files", &["*"]);
                        let files = dialog.pick_files().await?;
                        Some(files.iter().map(|file| file.path().to_owned()).collect())
                    }
                    PathPanel::SavePrediction(_) => {
                        let dialog = dialog.set_title("Save the prediction in a folder");
                        let folder = dialog.pick_folder().await?;
                        Some(vec![folder.path().to_owned()])
                    }
                }
            });
            let message = match paths {
                Some(paths) => Message::Picked(purpose, paths),
                None => Message::NoPicker,
            };
            // The window may be gone.
            let _ = sender.send(message);
            ctx.request_repaint();
        });
        if let Err(error) = spawned {
            tracing::error!("no thread for the file dialog: {error}");
        }
    }

    fn spawn(&self, name: &str, work: impl FnOnce(&Job) + Send + 'static) {
        let job = Job {
            sender: self.sender.clone(),
            shared: self.shared.clone(),
            cancelled: self.cancelled.clone(),
            ctx: self.ctx.clone(),
            gpu: self.gpu.clone(),
        };
        job.shared.running.fetch_add(1, Ordering::AcqRel);
        job.shared.progress.store(0, Ordering::Relaxed);
        let thread = std::thread::Builder::new().name(format!("cisterna-{name}"));
        let running = RunningGuard(self.shared.clone(), self.ctx.clone());
        let spawned = thread.spawn(move || {
            let _running = running;
            work(&job);
        });
        if let Err(error) = spawned {
            tracing::error!("no thread for {name}: {error}");
        }
    }
}

/// Counts a job as running until it is dropped, also when it panics.
struct RunningGuard(Arc<Shared>, egui::Context);

impl Drop for RunningGuard {
    fn drop(&mut self) {
        self.0.running.fetch_sub(1, Ordering::AcqRel);
        self.1.request_repaint();
    }
}
