//! Long work of the viewer: the functions by which it calls the library, each on a thread of its
//! own.

mod align;
mod maps;
mod mask;
mod measure;
mod message;
mod network;
mod open;
mod session;
mod picture;
mod sheet;
mod spaces;
mod values;

pub(super) use message::{Message, Values};

use self::open::{Opener, Wanted, WantedLabels, labels_of, remarks_of_others};
use super::command::PathPanel;
use super::graphics::Graphics;
use super::header::KnownHeader;
use super::listing::Listing;
use super::prediction::ShownPrediction;
use super::scan::Scan;
use super::session::SESSION_ENDING;
use crate::app::shell::{Job, Jobs, Outbox, PickKind, Picker};
use crate::formats::{self, Catalogue, Entry, FormatError, PixelScaling, THUMBNAIL_SIDE};
use crate::ledger::Ledger;
use crate::models::tracer::{InputScan, PredictError, PredictOptions};
use crate::models::{Compute, DeviceChoice, Model};
use crate::phantom::DemoScans;
use crate::study::is_study_file;
use crate::volume::{Plane, Volume, compare};
use crate::workflows::{self, PredictRequest, RealScan, ToldBy, ignore_notices};
use anyhow::Context as _;
use eframe::egui;
use std::path::{Path, PathBuf};
use std::sync::mpsc::Receiver;
use std::sync::{Arc, Mutex, OnceLock, PoisonError};
use std::thread::JoinHandle;

pub(super) struct ViewerJobs {
    /// What is running, how far it is, and how to stop it.
    pub(super) running: Jobs<Message>,
    pub(super) messages: Receiver<Message>,
    graphics: Graphics,
    /// What networks are computed on, chosen when the first one is.
    compute: Arc<OnceLock<Compute>>,
    /// Held by whoever makes a small picture.
    thumbnails: Arc<Mutex<()>>,
    /// The desktop's, once it was used. It is kept, as what is on it goes with it.
    clipboard: Arc<Mutex<Option<arboard::Clipboard>>>,
}

/// A study has a window of its own, and a program of its own: what is graded blind must not share
/// one with scans whose names are on screen.
fn open_study(path: &Path) -> anyhow::Result<()> {
    // What cannot be opened is said here: the other program has nobody who sees its errors.
    Ledger::open_read_only(path)?;
    start_own(&["study", "open"], Some(path))
}

/// Starts this program once more, with a command and a path.
fn start_own(command: &[&str], path: Option<&Path>) -> anyhow::Result<()> {
    let program = std::env::current_exe()?;
    let mut own = std::process::Command::new(program);
    own.args(command).args(path);
    own.stdin(std::process::Stdio::null());
    let spawned = own.spawn();
    spawned.with_context(|| match path {
        Some(path) => format!("cannot open: {}", path.display()),
        None => format!("cannot start: cisterna {}", command.join(" ")),
    })?;
    Ok(())
}

/// A folder of the desktop.
fn folder(title: &'static str) -> Picker {
    Picker {
        title,
        kind: PickKind::Folder,
        filters: &[],
    }
}

/// How the names of scans end; DICOM files often have no ending.
const SCAN_ENDINGS: [&str; 10] = [
    "nii", "gz", "zst", "hdr", "img", "mgh", "mgz", "dcm", "ima", "zip",
];

impl ViewerJobs {
    pub(super) fn new(ctx: &egui::Context, graphics: Graphics) -> Self {
        let (outbox, messages) = Outbox::new(ctx);
        Self {
            running: Jobs::new(outbox),
            messages,
            graphics,
            compute: Arc::default(),
            thumbnails: Arc::default(),
            clipboard: Arc::default(),
        }
    }

    /// Runs what hands scans over.
    fn spawn_opener(&self, name: &str, work: impl FnOnce(&Opener<'_>) + Send + 'static) {
        let graphics = self.graphics.clone();
        self.running.spawn(name, move |job| {
            work(&Opener {
                job,
                graphics: &graphics,
            });
        });
    }

    /// Opens files one after the other, so that they come in their order; lists what lies in
    /// folders, where that is more than one scan.
    pub(super) fn open(&self, paths: Vec<PathBuf>) {
        let (studies, paths): (Vec<_>, Vec<_>) =
            paths.into_iter().partition(|path| is_study_file(path));
        let asked_for = paths.clone();
        let is_all = studies.len() == 1 && paths.is_empty();
        for study in studies {
            self.running
                .spawn("study", move |job| match open_study(&study) {
                    Ok(()) if is_all => job.send(Message::StudyOpened),
                    Ok(()) => {}
                    Err(error) => job.send(Message::Failed(format!("{error:#}"))),
                });
        }
        if paths.is_empty() {
            return;
        }
        self.spawn_opener("open", move |opener| {
            let job = opener.job;
            // Not by its name: a folder from a hospital may be named by the patient.
            let looking = |share: f32| job.goes_on("Looking at the files", share);
            let mut catalogue = match formats::catalogue(&paths, &looking) {
                Ok(catalogue) => catalogue,
                Err(FormatError::Cancelled) => return,
                Err(error) => return job.send(Message::Failed(error.to_string())),
            };
            // A study is none of these, so that nothing tells of it but itself.
            job.send(Message::Found(asked_for));
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
                if !opener.open_entry(&entry, hours) {
                    return;
                }
            }
        });
    }

    /// Opens scans that were chosen from a list, with their hours after injection.
    pub(super) fn open_entries(&self, entries: Vec<(Entry, Option<f64>)>) {
        self.spawn_opener("open", move |opener| {
            for (entry, hours) in entries {
                if !opener.open_entry(&entry, hours) {
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
        self.spawn_opener("open", move |opener| {
            if let Some(place) = replaces.place.clone() {
                let wanted = Wanted {
                    name: replaces.name.clone(),
                    place: Some(place.clone()),
                    volume_idx,
                    scaling,
                    hours: replaces.hours,
                    warnings: remarks_of_others(&replaces),
                    replaces: Some(replaces),
                };
                opener.open(&place, wanted);
            }
        });
    }

    /// Makes small pictures of entries, one after the other.
    pub(super) fn thumbnails(&self, catalogue: Arc<Catalogue>, wanted: Vec<usize>) {
        let turn = self.thumbnails.clone();
        self.running.spawn("thumbnails", move |job| {
            for at in wanted {
                // One scan at a time in memory, however fast the list is scrolled.
                let _turn = turn.lock().unwrap_or_else(PoisonError::into_inner);
                if job.is_cancelled() {
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
                let texture = job.ctx().load_texture("thumbnail", image, options);
                job.send(Message::Thumbnail(catalogue.clone(), at, texture));
            }
        });
    }

    /// What a scan's file says of itself; also what may say who was scanned, where that is asked for.
    pub(super) fn open_header(&self, scan: Arc<Scan>, is_whole: bool) {
        self.running.spawn("header", move |job| {
            let Some(place) = &scan.place else { return };
            job.say("Looking at the header", 0.5);
            let header = place.header(scan.volume_idx, is_whole);
            let header = header.map_err(|error| error.to_string());
            let found = KnownHeader::new(&scan, header, is_whole);
            job.send(Message::Header(Box::new(found)));
        });
    }

    /// Opens the form that writes a study's protocol, in a window and a program of its own.
    pub(super) fn plan_study(&self) {
        self.running.spawn("form", |job| {
            if let Err(error) = start_own(&["study", "form"], None) {
                job.send(Message::Failed(format!("{error:#}")));
            }
        });
    }

    /// Who was scanned, from the files; each patient once.
    pub(super) fn identities(&self, catalogue: Arc<Catalogue>) {
        self.running.spawn("identities", move |job| {
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
        self.spawn_opener("demo", |opener| {
            let job = opener.job;
            job.say("Drawing the demo's head", 0.2);
            let Ok(coarse) = coarse.join() else {
                return job.send(Message::Failed("the demo could not be drawn".to_owned()));
            };
            let all = 0..coarse.sessions().len();
            let drawn: Vec<_> = all
                .clone()
                .map(|idx| opener.hand_over_simulated(&coarse, idx, None))
                .collect();
            let fine = coarse.refined();
            for (idx, replaces) in all.zip(drawn) {
                if job.is_cancelled() {
                    return;
                }
                opener.hand_over_simulated(&fine, idx, replaces);
            }
        });
    }

    /// Measures the second scan against the first.
    pub(super) fn measure(&self, pair: [Arc<Scan>; 2]) {
        self.running.spawn("measure", move |job| {
            job.say("Measuring the difference", 0.5);
            let [real, predicted] = &pair;
            let measured = compare(&real.volume, &predicted.volume);
            let measured = measured.map_err(|error| error.to_string());
            job.send(Message::Measured(pair, measured));
        });
    }

    /// Opens the networks that come with the program: megabytes, which are not for the window's
    /// thread.
    pub(super) fn open_networks(&self) {
        self.running.spawn("networks", |job| {
            job.send(match Model::embedded() {
                Ok(models) => Message::Networks(models),
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
        let (compute, graphics) = (self.compute.clone(), self.graphics.clone());
        self.running.spawn("predict", move |job| {
            match predicted(job, &graphics, &compute, &model, scans, real) {
                Ok(Some(shown)) => job.send(Message::Predicted(Arc::new(shown))),
                Ok(None) => {}
                Err(why) => job.send(Message::Failed(why)),
            }
        });
    }

    /// Writes a prediction into a folder.
    pub(super) fn save(&self, shown: Arc<ShownPrediction>, folder: PathBuf) {
        self.running.spawn("save", move |job| {
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

    /// Takes the values of a scan for labels.
    pub(super) fn labels(&self, scan: Arc<Scan>, table: Option<PathBuf>) {
        self.spawn_opener("labels", move |opener| {
            let Some(place) = &scan.place else {
                return;
            };
            let wanted = WantedLabels {
                place,
                volume_idx: scan.volume_idx,
                volume: &scan.volume,
                table: table.as_deref(),
            };
            let told_by = scan
                .labels
                .as_ref()
                .map_or(ToldBy::Choice, |labels| labels.told_by);
            let labels = labels_of(opener.job, opener.graphics, &wanted, told_by);
            opener.job.send(match labels {
                Ok(labels) => Message::Labels(scan, Arc::new(labels)),
                Err(why) => Message::Failed(format!("{}: {why}", scan.name)),
            });
        });
    }

    /// Asks the desktop for files or for a folder.
    pub(super) fn pick(&self, purpose: PathPanel) {
        let picker = match purpose {
            PathPanel::Open => Picker {
                title: "Open scans",
                kind: PickKind::Files,
                filters: &[
                    ("Scans", &SCAN_ENDINGS),
                    ("Studies", &["cisterna"]),
                    ("Sessions", &["json"]),
                    ("All files", &["*"]),
                ],
            },
            PathPanel::OpenFolder => folder("Open a patient's folder"),
            PathPanel::OpenStudy => Picker {
                title: "Open a study or a rater's package",
                kind: PickKind::File,
                filters: &[("Studies", &["cisterna"]), ("All files", &["*"])],
            },
            PathPanel::SavePrediction(_) => folder("Save the prediction in a folder"),
            PathPanel::SaveMask => folder("Save the mask in a folder"),
            PathPanel::SaveMap => folder("Save the map in a folder"),
            PathPanel::SaveCount => folder("Save the count in a folder"),
            PathPanel::LabelTable(_) => Picker {
                title: "Open a table of labels",
                kind: PickKind::File,
                filters: &[
                    ("Tables", &["tsv", "txt", "label", "lut", "ctbl", "lt"]),
                    ("All files", &["*"]),
                ],
            },
            PathPanel::OpenNetwork => Picker {
                title: "Open a network",
                kind: PickKind::File,
                filters: &[("Networks", &["bpk"]), ("All files", &["*"])],
            },
            PathPanel::SaveSession => Picker {
                title: "Save the session",
                kind: PickKind::NewFile(Some(format!("review{SESSION_ENDING}"))),
                filters: &[("Sessions", &["json"])],
            },
            PathPanel::SavePicture => Picker {
                title: "Save the picture",
                kind: PickKind::NewFile(Some("picture.png".to_owned())),
                filters: &[("Pictures", &["png", "svg", "pdf", "dcm", "apng"])],
            },
            PathPanel::SaveCurve => Picker {
                title: "Save the curve",
                kind: PickKind::NewFile(Some("curve.csv".to_owned())),
                filters: &[("Tables", &["csv"])],
            },
            PathPanel::SaveMeasures => Picker {
                title: "Save the measurements",
                kind: PickKind::NewFile(Some("measures.json".to_owned())),
                filters: &[("Measurements", &["json", "csv"])],
            },
            PathPanel::SaveSheet => Picker {
                title: "Save the worksheet",
                kind: PickKind::NewFile(Some("bern.json".to_owned())),
                filters: &[("Worksheets", &["json"])],
            },
        };
        let outbox = self.running.outbox().clone();
        picker.ask(outbox, |paths| Message::Picked(purpose, paths));
    }
}

/// What a network predicts, and how far that is off; none where it was stopped.
///
/// # Errors
/// Why there is none, in words.
fn predicted(
    job: &Job<Message>,
    graphics: &Graphics,
    compute: &OnceLock<Compute>,
    model: &Model,
    scans: Vec<InputScan>,
    real: Option<(Volume, PathBuf)>,
) -> Result<Option<ShownPrediction>, String> {
    let last = scans.last().map(|scan| scan.volume.grid().clone());
    let slices_mm = last.map_or([1.0; 3], |grid| {
        let mut slices_mm = [1.0; 3];
        for plane in Plane::ALL {
            slices_mm[plane.normal_axis()] = plane.step_mm(&grid);
        }
        slices_mm
    });
    let compute = || {
        let choose = || {
            workflows::compute(DeviceChoice::Auto, &ignore_notices)
                .unwrap_or_else(|_| Compute::cpu())
        };
        Ok(compute.get_or_init(choose).clone())
    };
    let request = PredictRequest {
        model,
        scans,
        real: real.map(|(volume, path)| RealScan::whole(volume, path)),
        options: PredictOptions {
            spread: true,
            ..PredictOptions::default()
        },
        compute: &compute,
    };
    match workflows::predict(request, &|notice| job.notice(notice)) {
        Ok(made) => {
            let (prediction, real) = (made.prediction, made.real);
            let card = model.card.clone();
            ShownPrediction::new(graphics, card, prediction, real, slices_mm)
                .map(Some)
                .map_err(|error| format!("{error:#}"))
        }
        Err(error) => {
            let stopped = error.downcast_ref::<PredictError>();
            match stopped {
                Some(PredictError::Stopped) => Ok(None),
                _ => Err(error.to_string()),
            }
        }
    }
}
