//! A prediction from scans, beside the real scan where there is one.

use super::notice::{Notify, working};
use crate::formats::{self, FormatError, no_progress};
use crate::models::tracer::{
    self, InputScan, PredictError, Prediction, RealPlanes, ScanInterval, ordered,
};
use crate::models::{Compute, Model, NoGpu};
use crate::volume::Volume;
use std::path::PathBuf;
use std::sync::atomic::{AtomicU32, Ordering};

/// What is to be predicted.
pub struct PredictRequest<'a> {
    /// By which network.
    pub model: &'a Model,
    /// From which scans.
    pub scans: Vec<InputScan>,
    /// The real scan to compare with, and what to call it.
    pub real: Option<(Volume, PathBuf)>,
    /// Where the axial and the sagittal plane lie, RAS+ mm; what is not told is sought.
    pub planes_mm: [Option<f64>; 2],
    /// Gives the device; asked once all else is known to fit, as waking one takes its time.
    pub compute: &'a dyn Fn() -> Result<Compute, NoGpu>,
}

/// What was predicted.
pub struct Predicted {
    /// The planes.
    pub prediction: Prediction,
    /// The same planes of the real scan.
    pub real: Option<RealPlanes>,
}

/// Opens the scans of a prediction.
///
/// # Errors
/// When one cannot be opened.
pub fn open_inputs(scans: &[(ScanInterval, PathBuf)]) -> Result<Vec<InputScan>, FormatError> {
    let open = |(interval, path): &(ScanInterval, PathBuf)| {
        let opened = formats::open_one(path, &no_progress)?;
        Ok(InputScan {
            interval: *interval,
            volume: opened.volume,
            path: path.clone(),
            hours: opened.info.hours_after_injection,
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
    // What does not fit is said before the device is woken.
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
    let prediction = tracer::predict(request.model, scans, request.planes_mm, &compute, &goes_on)?;
    let beside =
        |(volume, path): (Volume, PathBuf)| prediction.beside(request.model, &volume, &path);
    let real = request.real.map(beside).transpose()?;
    Ok(Predicted { prediction, real })
}
