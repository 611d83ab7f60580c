//! A prediction from scans, beside the real scan where there is one.

use super::notice::{Notify, working};
use crate::formats::{self, no_progress};
use crate::models::tracer::{
    self, InputScan, PredictError, PredictOptions, Prediction, RealPlanes, ScanInterval, ordered,
};
use crate::models::{Compute, Model, NoGpu};
use crate::volume::{Plane, Volume};
use anyhow::bail;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU32, Ordering};

/// What is to be predicted.
pub struct PredictRequest<'a> {
    /// By which network.
    pub model: &'a Model,
    /// From which scans.
    pub scans: Vec<InputScan>,
    /// The real scan to compare with.
    pub real: Option<RealScan>,
    /// What is known and wanted beside.
    pub options: PredictOptions,
    /// Gives the device; asked once all else is known to fit, as waking one takes its time.
    pub compute: &'a dyn Fn() -> Result<Compute, NoGpu>,
}

/// The real scan of 24 h.
pub struct RealScan {
    /// The scan; its axial plane only where there is a sagittal one beside it.
    pub volume: Volume,
    /// The sagittal plane, of a scan of which only the planes are kept.
    pub sagittal: Option<Volume>,
    /// Its file, or what else to call it.
    pub path: PathBuf,
}

impl RealScan {
    /// A scan of which all is there.
    #[must_use]
    pub fn whole(volume: Volume, path: PathBuf) -> Self {
        Self {
            volume,
            sagittal: None,
            path,
        }
    }

    /// Opens a scan, or the two planes that are kept of one.
    ///
    /// # Errors
    /// As [`open_inputs`].
    pub fn open(path: &Path) -> anyhow::Result<Self> {
        let opened = open_scan(path)?;
        Ok(Self {
            volume: opened.volume,
            sagittal: opened.sagittal,
            path: path.to_owned(),
        })
    }
}

/// What was predicted.
pub struct Predicted {
    /// The planes.
    pub prediction: Prediction,
    /// The same planes of the real scan.
    pub real: Option<RealPlanes>,
}

/// A scan, or the two planes that are kept of one.
struct OpenedScan {
    volume: Volume,
    sagittal: Option<Volume>,
    hours: Option<f64>,
}

/// Opens a scan. Of a file that is one axial slice the sagittal one is opened too, which lies beside it
/// and has `sagittal` in its name in the place of `axial`, as `simulate --planes-only` and `predict`
/// write them.
fn open_scan(path: &Path) -> anyhow::Result<OpenedScan> {
    let opened = formats::open_one(path, &no_progress)?;
    let is_slice = |plane: Plane, volume: &Volume| plane.n_slices(volume.grid()) == 1;
    let mut sagittal = None;
    if is_slice(Plane::Sagittal, &opened.volume) {
        bail!(
            "this is a sagittal slice; the axial one is given, and this one is found beside it: {}",
            path.display()
        );
    }
    if is_slice(Plane::Axial, &opened.volume) {
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        let other = path.with_file_name(name.replace("axial", "sagittal"));
        if other == path || !other.is_file() {
            bail!(
                "this is one axial slice, and no sagittal one lies beside it ({}): {}",
                other.file_name().unwrap_or_default().to_string_lossy(),
                path.display()
            );
        }
        let volume = formats::open_one(&other, &no_progress)?.volume;
        if !is_slice(Plane::Sagittal, &volume) {
            bail!("this is not one sagittal slice: {}", other.display());
        }
        sagittal = Some(volume);
    }
    Ok(OpenedScan {
        volume: opened.volume,
        sagittal,
        hours: opened.info.hours_after_injection,
    })
}

/// Opens the scans of a prediction, or the planes that are kept of them.
///
/// # Errors
/// When one cannot be opened, and when only one plane of a scan is there.
pub fn open_inputs(scans: &[(ScanInterval, PathBuf)]) -> anyhow::Result<Vec<InputScan>> {
    let open = |(interval, path): &(ScanInterval, PathBuf)| {
        let opened = open_scan(path)?;
        Ok(InputScan {
            interval: *interval,
            volume: opened.volume,
            sagittal: opened.sagittal,
            path: path.clone(),
            hours: opened.hours,
        })
    };
    scans.iter().map(open).collect()
}

/// Predicts, and measures against the real scan. A graphics processor that fails is passed over with
/// a remark in the prediction.
///
/// # Errors
/// As [`tracer::predict`], and when a device was asked for that is not there.
pub fn predict(request: PredictRequest<'_>, notify: Notify<'_>) -> anyhow::Result<Predicted> {
    // Scans that do not fit are refused before a device is looked for, which takes time.
    let scans = ordered(request.model, request.scans)?;
    let what = format!("Predicting with {}", request.model.card.name);
    let steps = AtomicU32::new(0);
    let goes_on = || {
        let step = f64::from(steps.fetch_add(1, Ordering::Relaxed));
        working(notify, &what, (0.1 + 0.15 * step).min(0.9)).is_continue()
    };
    if !goes_on() {
        return Err(PredictError::Stopped.into());
    }
    let compute = (request.compute)()?;
    let prediction = tracer::predict(request.model, scans, request.options, &compute, &goes_on)?;
    let beside = |real: RealScan| {
        let RealScan {
            volume,
            sagittal,
            path,
        } = real;
        prediction.beside(request.model, &volume, sagittal.as_ref(), &path)
    };
    let real = request.real.map(beside).transpose()?;
    Ok(Predicted { prediction, real })
}
