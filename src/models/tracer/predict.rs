//! From scans to the predicted planes, with what they came from.

use super::card::TracerCard;
use super::interval::ScanInterval;
use super::planes::{DataError, PLANE_PIXELS, PlanesAt, fat_of, prepare};
use super::predictor::Predictor;
use crate::formats::{FormatError, Voxels, bids, write_nifti};
use crate::models::card::WARNING;
use crate::models::device::{Compute, guarded};
use crate::models::file_sha256;
use crate::models::nets::{UNet, UNetShape};
use crate::models::weights::unet_of;
use crate::models::zoo::{Model, ModelError};
use crate::volume::{
    CompareError, PLANE_SIZE, Plane, PlaneImage, PlaneMetrics, PlanePair, Volume, VolumeError,
    compare_planes,
};
use burn::tensor::{Device, Tensor, TensorData};
use serde::Serialize;
use std::path::{Path, PathBuf};
use std::time::Instant;

/// What the card of a network says of this task.
///
/// # Errors
/// When the network is for another one.
pub fn tracer_card(model: &Model) -> Result<&TracerCard, ModelError> {
    model.card.task().ok_or_else(|| ModelError::OtherTask {
        name: model.card.name.clone(),
        wanted: "predicting planes of 24 h",
    })
}

/// The weights of a network on a device, as they were trained.
///
/// # Errors
/// When the network is for another task, and when its file is gone or changed.
pub fn unet(model: &Model, device: &Device) -> Result<(UNetShape, UNet), ModelError> {
    tracer_card(model)?;
    Ok(unet_of(model.weights()?, None, None, device)?)
}

impl Predictor {
    /// A network on a device, ready to predict.
    ///
    /// # Errors
    /// As [`unet`].
    pub fn open(model: &Model, device: &Device) -> Result<Self, ModelError> {
        let (_, net) = unet(model, device)?;
        Ok(Self::new(net, tracer_card(model)?.is_mirrored()))
    }
}

/// A scan to predict from.
#[derive(Clone, Debug)]
pub struct InputScan {
    /// When it was taken.
    pub interval: ScanInterval,
    /// The scan.
    pub volume: Volume,
    /// Its file, or what else to call it in messages and provenance.
    pub path: PathBuf,
    /// When it was taken, h after the injection, where its sidecar says so.
    pub hours: Option<f64>,
}

/// Two predicted planes, and what they came from.
#[derive(Clone, Debug)]
pub struct Prediction {
    /// What the network predicts for 24 h.
    pub planes: PlanePair,
    /// The same planes of the scans that went in.
    pub inputs: Vec<PlanePair>,
    /// Where all planes lie.
    pub at: PlanesAt,
    /// What it came from.
    pub provenance: Provenance,
}

/// What a prediction came from; stored beside it.
#[derive(Clone, Debug, Serialize)]
pub struct Provenance {
    /// [`WARNING`].
    pub warning: &'static str,
    /// What the network learned from.
    pub trained_on: String,
    /// The network's name.
    pub model: String,
    /// SHA-256 of the network's file.
    pub model_sha256: Option<String>,
    /// The scans that went in.
    pub inputs: Vec<InputProvenance>,
    /// Where the axial plane lies, RAS+ mm.
    pub axial_mm: f64,
    /// Where the sagittal plane lies, RAS+ mm.
    pub sagittal_mm: f64,
    /// What it was computed on.
    pub device: String,
    /// How long it took, from the opened scans to the planes.
    pub seconds: f64,
    /// The program and its version.
    pub made_by: String,
    /// What the person should know.
    pub remarks: Vec<String>,
}

/// One scan that went in.
#[derive(Clone, Debug, Serialize)]
pub struct InputProvenance {
    /// When it was taken.
    pub interval: ScanInterval,
    /// Its file, without the folder.
    pub file: String,
    /// SHA-256 of the file; none for a scan that never was one.
    pub sha256: Option<String>,
    /// The signal of its orbital fat, in the scan's units; none where no fat was seen.
    pub orbital_fat: Option<f32>,
}

/// Why nothing was predicted.
#[derive(Debug, thiserror::Error)]
pub enum PredictError {
    /// The network needs other scans.
    #[error("the network {model} is given {wanted}; there is {given}")]
    WrongScans {
        /// The network.
        model: String,
        /// What it needs.
        wanted: String,
        /// What it was given.
        given: String,
    },
    /// A scan is not of the interval that it is given for.
    #[error("the scan was taken {hours:.1} h after the injection, which is not {interval}: {path}")]
    WrongHours {
        /// What its sidecar says.
        hours: f64,
        /// What it was given for.
        interval: ScanInterval,
        /// The file.
        path: PathBuf,
    },
    /// The planes could not be had.
    #[error(transparent)]
    Data(#[from] DataError),
    /// The network could not be had.
    #[error(transparent)]
    Model(#[from] ModelError),
    /// The device gave up, and so did the processor.
    #[error("the network could not be computed: {0}")]
    Device(String),
    /// It cannot be compared with the real scan.
    #[error(transparent)]
    Compare(#[from] CompareError),
    /// The caller asked to stop.
    #[error("stopped")]
    Stopped,
}

/// Whether scans are those that a network is given, in the order in which it takes them. Says
/// what is wrong before anything runs.
///
/// # Errors
/// When scans are missing, too many or taken at other hours.
pub fn ordered(model: &Model, scans: Vec<InputScan>) -> Result<Vec<InputScan>, PredictError> {
    let card = tracer_card(model)?;
    let mut scans = scans;
    scans.sort_by_key(|scan| scan.interval);
    let given: Vec<&str> = scans.iter().map(|scan| scan.interval.name()).collect();
    let fits = match &card.inputs {
        Some(inputs) => scans
            .iter()
            .map(|s| s.interval)
            .eq(inputs.intervals().iter().copied()),
        None => 2 * scans.len() == card.shape.channels_in,
    };
    if !fits {
        let wanted = card.inputs.as_ref().map(ToString::to_string);
        return Err(PredictError::WrongScans {
            model: model.card.name.clone(),
            wanted: wanted.unwrap_or_else(|| format!("{} planes", card.shape.channels_in)),
            given: match given.is_empty() {
                true => "no scan".to_owned(),
                false => given.join(" and "),
            },
        });
    }
    for scan in &scans {
        if let Some(hours) = scan.hours
            && ScanInterval::of(hours) != Some(scan.interval)
        {
            return Err(PredictError::WrongHours {
                hours,
                interval: scan.interval,
                path: scan.path.clone(),
            });
        }
    }
    Ok(scans)
}

/// Predicts the planes of 24 h. Scans must lie over each other in the world, as registered ones do.
/// Where the planes lie is found in the first scan, or told in `planes_mm`: the axial one's
/// head-foot position and the sagittal one's left-right position. `goes_on` is asked between the
/// steps.
///
/// # Errors
/// When the scans do not fit the network (see [`ordered`]), show no head, lack the orbital fat
/// that the scaling needs, and when the network cannot be computed.
pub fn predict(
    model: &Model,
    scans: Vec<InputScan>,
    planes_mm: [Option<f64>; 2],
    compute: &Compute,
    goes_on: &dyn Fn() -> bool,
) -> Result<Prediction, PredictError> {
    let began = Instant::now();
    let scans = ordered(model, scans)?;
    let preparation = tracer_card(model)?.preparation;
    let check = || {
        if goes_on() {
            Ok(())
        } else {
            Err(PredictError::Stopped)
        }
    };
    let mut remarks: Vec<String> = compute.remark.iter().cloned().collect();
    let Some(first) = scans.first() else {
        return Err(PredictError::Stopped);
    };
    let [axial_mm, sagittal_mm] = planes_mm;
    let at = PlanesAt::find(&first.volume, &first.path, axial_mm, sagittal_mm)?;
    remarks.extend(at.doubts().map(|doubt| doubt.to_string()));
    let (mut inputs, mut told) = (Vec::new(), Vec::new());
    for scan in &scans {
        check()?;
        inputs.push(prepare(&scan.volume, &scan.path, &at, preparation)?);
        check()?;
        let orbital_fat = fat_of(&scan.volume, preparation.fat);
        if orbital_fat.is_none() {
            remarks.push(format!(
                "no orbital fat was found in the {} scan; each slice is scaled by itself, so that nothing depends on it",
                scan.interval.in_words()
            ));
        }
        told.push(InputProvenance {
            interval: scan.interval,
            file: file_name(&scan.path),
            sha256: file_sha256(&scan.path),
            orbital_fat,
        });
    }
    check()?;
    let (data, device) = computed(model, &inputs, compute, &mut remarks)?;
    check()?;
    let outside = inputs
        .iter()
        .fold(vec![true; 2 * PLANE_PIXELS], |mut outside, pair| {
            let inside = pair.axial.inside.iter().chain(&pair.sagittal.inside);
            outside
                .iter_mut()
                .zip(inside)
                .for_each(|(out, inside)| *out &= !inside);
            outside
        });
    let plane = |range: std::ops::Range<usize>| PlaneImage {
        data: data[range.clone()].to_vec(),
        inside: outside[range].iter().map(|out| !out).collect(),
    };
    Ok(Prediction {
        planes: PlanePair {
            axial: plane(0..PLANE_PIXELS),
            sagittal: plane(PLANE_PIXELS..2 * PLANE_PIXELS),
        },
        inputs,
        at,
        provenance: Provenance {
            warning: WARNING,
            trained_on: model.card.trained_on(),
            model: model.card.name.clone(),
            model_sha256: model.sha256(),
            inputs: told,
            axial_mm: at.axial_mm,
            sagittal_mm: at.sagittal_mm,
            device,
            seconds: began.elapsed().as_secs_f64(),
            made_by: format!("cisterna {}", env!("CARGO_PKG_VERSION")),
            remarks,
        },
    })
}

/// What the network makes of planes, on the device asked for or else on the processor, and the
/// name of the one that did it. Values are held to what a scaled plane can have.
fn computed(
    model: &Model,
    inputs: &[PlanePair],
    compute: &Compute,
    remarks: &mut Vec<String>,
) -> Result<(Vec<f32>, String), PredictError> {
    let values: Vec<f32> = inputs
        .iter()
        .flat_map(|pair| pair.axial.data.iter().chain(&pair.sagittal.data))
        .copied()
        .collect();
    let on = |compute: &Compute| -> Result<Vec<f32>, PredictError> {
        let net = Predictor::open(model, compute.device())?;
        let tried = guarded(|| {
            let shape = [1, 2 * inputs.len(), PLANE_SIZE, PLANE_SIZE];
            let input =
                Tensor::<4>::from_data(TensorData::new(values.clone(), shape), compute.device());
            net.planes(input).into_data().try_to_vec::<f32>()
        });
        let made = tried.map_err(PredictError::Device)?;
        let made = made.map_err(|error| PredictError::Device(format!("{error:?}")))?;
        match made.len() == 2 * PLANE_PIXELS && made.iter().all(|v| v.is_finite()) {
            true => Ok(made),
            false => Err(PredictError::Device(
                "the result is not two planes of numbers".to_owned(),
            )),
        }
    };
    match on(compute) {
        Err(PredictError::Device(why)) if !compute.is_cpu() => {
            remarks.push(format!(
                "{compute} failed ({why}); the CPU computed instead"
            ));
            let cpu = Compute::cpu();
            Ok((on(&cpu)?, cpu.to_string()))
        }
        done => Ok((done?, compute.to_string())),
    }
}

/// A file without its folder, whose names may say whose scan it is.
fn file_name(path: &Path) -> String {
    path.file_name()
        .unwrap_or_default()
        .to_string_lossy()
        .into_owned()
}

impl Prediction {
    /// The real scan of 24 h beside the prediction.
    ///
    /// # Errors
    /// When the planes miss the scan.
    pub fn beside(
        &self,
        model: &Model,
        volume: &Volume,
        path: &Path,
    ) -> Result<RealPlanes, PredictError> {
        let planes = prepare(volume, path, &self.at, tracer_card(model)?.preparation)?;
        Ok(RealPlanes {
            file: file_name(path),
            metrics: compare_planes(&planes, &self.planes)?,
            planes,
        })
    }

    /// Writes the planes as NIfTI files of one slice each, placed where they lie in the world, and
    /// `prediction.json` with what they came from; with `real`, its planes and how far the
    /// prediction is off too. Makes the folder where there is none; a prediction that lies there is
    /// not overwritten. Hands back the files.
    ///
    /// # Errors
    /// [`WriteError::Exists`], and when a file cannot be written.
    pub fn write(
        &self,
        folder: &Path,
        real: Option<&RealPlanes>,
    ) -> Result<Vec<PathBuf>, WriteError> {
        std::fs::create_dir_all(folder).map_err(|source| FormatError::Write {
            source,
            path: folder.to_owned(),
        })?;
        let told = folder.join("prediction.json");
        if told.exists() {
            return Err(WriteError::Exists(told));
        }
        let mut written = self.write_pair(folder, "predicted-24h", &self.planes)?;
        let mut whole = Written {
            provenance: &self.provenance,
            real: None,
        };
        if let Some(real) = real {
            written.extend(self.write_pair(folder, "real-24h", &real.planes)?);
            whole.real = Some(real);
        }
        bids::write_json(&told, &whole)?;
        written.push(told);
        Ok(written)
    }

    fn write_pair(
        &self,
        folder: &Path,
        what: &str,
        pair: &PlanePair,
    ) -> Result<Vec<PathBuf>, WriteError> {
        let write = |(plane, image): (Plane, &PlaneImage)| {
            let volume = image.to_volume(plane, self.at.center(plane))?;
            let path = folder.join(format!("{what}_{}.nii.gz", plane.name().to_lowercase()));
            let voxels = Voxels::F32(volume.values());
            write_nifti(&path, volume.grid(), volume.orientation(), voxels)?;
            Ok(path)
        };
        pair.planes().into_iter().map(write).collect()
    }
}

/// What is written beside the planes.
#[derive(Serialize)]
struct Written<'a> {
    #[serde(flatten)]
    provenance: &'a Provenance,
    #[serde(skip_serializing_if = "Option::is_none")]
    real: Option<&'a RealPlanes>,
}

/// The real scan of 24 h beside a prediction.
#[derive(Clone, Debug, Serialize)]
pub struct RealPlanes {
    /// Its file, without the folder.
    pub file: String,
    /// How far the prediction is off.
    pub metrics: PlaneMetrics,
    /// The same planes, scaled as the network's own.
    #[serde(skip)]
    pub planes: PlanePair,
}

/// Why a prediction was not written, or not beside its real scan.
#[derive(Debug, thiserror::Error)]
pub enum WriteError {
    /// Another prediction, perhaps by another network.
    #[error("there is a prediction already, which is not overwritten: {}", .0.display())]
    Exists(PathBuf),
    /// A file could not be written.
    #[error(transparent)]
    Format(#[from] FormatError),
    /// A plane could not be placed.
    #[error(transparent)]
    Placement(#[from] VolumeError),
}
