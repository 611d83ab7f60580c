//! From scans to the predicted planes, with what they came from.

use super::card::TracerCard;
use super::interval::ScanInterval;
use super::planes::{DataError, PLANE_PIXELS, PlanesAt, fat_of, not_sure, prepare, prepare_planes};
use super::predictor::Predictor;
use super::trial::Trial;
use crate::anatomy::{FatStatistic, NoPlaneGrade, PLANE_GRADES, PlaneReflux, PlaneRegions};
use crate::formats::bids;
use crate::models::card::WARNING;
use crate::models::device::{Compute, guarded};
use crate::models::file_sha256;
use crate::models::nets::{UNet, UNetShape};
use crate::models::weights::unet_of;
use crate::models::zoo::{Model, ModelError};
use crate::volume::{CompareError, PLANE_SIZE, PlaneImage, PlanePair, Volume};
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
    /// The scan; its axial plane only where there is a sagittal one beside it.
    pub volume: Volume,
    /// The sagittal plane, of a scan of which only the planes are kept.
    pub sagittal: Option<Volume>,
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
    /// The standard deviation of what that is off by, where the card says how it follows from the
    /// [spread](Predictor::spread), else the spread; none where nobody asked for it.
    pub sd: Option<PlanePair>,
    /// The reflux grade of the predicted plane, where the regions that it takes are known.
    pub grade: Option<PredictedGrade>,
    /// The regions of the axial plane by which it was graded.
    pub regions: Option<PlaneRegions>,
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
    /// How long it took, from the opened scans to the planes; in no file, so that who predicts again writes
    /// the same bytes.
    #[serde(skip)]
    pub seconds: f64,
    /// The program and its version.
    pub made_by: String,
    /// Whether there is a standard deviation by the network's card; otherwise there is only how far
    /// predictions of changed inputs lie apart, or nothing.
    pub is_sd_calibrated: bool,
    /// What the person should know.
    pub remarks: Vec<String>,
}

/// The grade of a predicted plane, with how sure it is.
#[derive(Clone, Debug, Serialize)]
pub struct PredictedGrade {
    /// By the written rule.
    #[serde(flatten)]
    pub reflux: PlaneReflux,
    /// The grades that the real plane may have, each with its share, by what the network was off in
    /// the trial on its card; none without one.
    pub shares: Option<[(u8, f64); 3]>,
    /// What the card says of grading.
    pub may_be_used: String,
}

impl PredictedGrade {
    /// Grades a predicted axial plane; `before` is the one before the tracer, where there is one.
    fn of(
        axial: &[f32],
        before: Option<&[f32]>,
        regions: &PlaneRegions,
        trial: Option<&Trial>,
    ) -> Result<Self, NoPlaneGrade> {
        let reflux = PlaneReflux::of_plane_after(before, axial, regions)?;
        let grading = trial.and_then(|trial| trial.grading.as_ref());
        let shares = grading.map(|grading| {
            let shares = grading.shares(&reflux);
            std::array::from_fn(|at| (PLANE_GRADES[at], shares[at]))
        });
        Ok(Self {
            reflux,
            shares,
            may_be_used: trial.map_or_else(
                || {
                    "the network was not tried on patients that it never saw: do not use the grade"
                        .to_owned()
                },
                Trial::use_in_words,
            ),
        })
    }

    /// The shares in words, such as "0: 8 %, 3: 75 %, 4: 17 %".
    #[must_use]
    pub fn shares_in_words(&self) -> Option<String> {
        let shares = self.shares?;
        let shares = shares.map(|(grade, share)| format!("{grade}: {:.0} %", 100.0 * share));
        Some(shares.join(", "))
    }
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

/// What is known and wanted of a prediction beside its scans.
#[derive(Clone, Debug, Default)]
pub struct PredictOptions {
    /// The axial plane's head-foot position and the sagittal one's left-right position, RAS+ mm; what is
    /// not told is found in the first scan.
    pub planes_mm: [Option<f64>; 2],
    /// The regions of the axial plane by which it is graded; otherwise those that are found in the first
    /// scan.
    pub regions: Option<PlaneRegions>,
    /// Whether it is asked how sure the network is, which takes eight times as long.
    pub spread: bool,
}

/// Predicts the planes of 24 h. Scans must lie over each other in the world, as registered ones do.
/// `goes_on` is asked between the steps.
///
/// # Errors
/// When the scans do not fit the network (see [`ordered`]), show no head, lack the orbital fat
/// that the scaling needs, and when the network cannot be computed.
pub fn predict(
    model: &Model,
    scans: Vec<InputScan>,
    options: PredictOptions,
    compute: &Compute,
    goes_on: &dyn Fn() -> bool,
) -> Result<Prediction, PredictError> {
    let began = Instant::now();
    let scans = ordered(model, scans)?;
    let card = tracer_card(model)?;
    let preparation = card.preparation;
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
    let at = placed(first, options.planes_mm, &mut remarks)?;
    let regions = options.regions.or_else(|| at.regions(&first.volume));
    let (mut inputs, mut told) = (Vec::new(), Vec::new());
    for scan in &scans {
        check()?;
        let orbital_fat = match &scan.sagittal {
            Some(sagittal) => {
                let both = [&scan.volume, sagittal];
                inputs.push(prepare_planes(both, &scan.path, preparation)?);
                bids::orbital_fat(&scan.path, preparation.fat == FatStatistic::Median)
            }
            None => {
                inputs.push(prepare(&scan.volume, &scan.path, &at, preparation)?);
                check()?;
                fat_of(&scan.volume, preparation.fat)
            }
        };
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
    let goes_on = options.spread.then_some(goes_on);
    let (computed, device) = computed(model, &inputs, compute, goes_on, &mut remarks)?;
    let Computed {
        planes: data,
        spread,
    } = computed;
    let trial = card.trial.as_deref();
    let calibration = trial.and_then(|trial| trial.spread);
    let sd = spread.map(|spread| match calibration {
        Some(calibration) => spread.iter().map(|&of| calibration.sd(of)).collect(),
        None => spread,
    });
    let found = match &regions {
        Some(regions) => {
            let before = axial_before(&inputs, &told);
            PredictedGrade::of(&data[..PLANE_PIXELS], before, regions, trial)
                .map_err(|why| why.to_string())
        }
        None => Err("where ventricles and subarachnoid space lie is not known".to_owned()),
    };
    let grade = found
        .map_err(|why| remarks.push(format!("the predicted plane has no grade: {why}")))
        .ok();
    let inside = inside(&inputs);
    let pair = |data: &[f32]| planes_of(data, &inside);
    Ok(Prediction {
        planes: pair(&data),
        sd: sd.as_deref().map(pair),
        grade,
        regions,
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
            is_sd_calibrated: sd.as_ref().and(calibration).is_some(),
            remarks,
        },
    })
}

/// The axial plane before the tracer, where that scan went in.
pub(super) fn axial_before<'a>(
    inputs: &'a [PlanePair],
    told: &[InputProvenance],
) -> Option<&'a [f32]> {
    let is_before = |(_, told): &(&PlanePair, &InputProvenance)| told.interval == ScanInterval::Pre;
    let (pair, _) = inputs.iter().zip(told).find(is_before)?;
    Some(&pair.axial.data)
}

/// Which pixels of both planes lie inside any of the scans.
fn inside(inputs: &[PlanePair]) -> Vec<bool> {
    let mut inside = vec![false; 2 * PLANE_PIXELS];
    for pair in inputs {
        let of_pair = pair.axial.inside.iter().chain(&pair.sagittal.inside);
        for (inside, of_pair) in inside.iter_mut().zip(of_pair) {
            *inside |= of_pair;
        }
    }
    inside
}

/// Both planes out of one array.
fn planes_of(data: &[f32], inside: &[bool]) -> PlanePair {
    let plane = |range: std::ops::Range<usize>| PlaneImage {
        data: data[range.clone()].to_vec(),
        inside: inside[range].to_vec(),
    };
    PlanePair {
        axial: plane(0..PLANE_PIXELS),
        sagittal: plane(PLANE_PIXELS..2 * PLANE_PIXELS),
    }
}

/// Where the planes of a patient lie, by the first scan, and what is strange about it.
fn placed(
    first: &InputScan,
    planes_mm: [Option<f64>; 2],
    remarks: &mut Vec<String>,
) -> Result<PlanesAt, PredictError> {
    if let Some(sagittal) = &first.sagittal {
        remarks.extend(not_sure(&first.path));
        remarks.push("only the planes of the scans are there: whether their contrast is what the network learned from was not looked at".to_owned());
        return Ok(PlanesAt::of_planes([&first.volume, sagittal]));
    }
    let [axial_mm, sagittal_mm] = planes_mm;
    let at = PlanesAt::find(&first.volume, &first.path, axial_mm, sagittal_mm)?;
    let [_, last] = first.interval.hours();
    let hours = first.hours.unwrap_or(last);
    remarks.extend(at.strange(&first.volume, hours));
    Ok(at)
}

/// Both planes, `[2, 256, 256]`, and how far predictions of changed inputs lie off them, where that was
/// asked for.
struct Computed {
    planes: Vec<f32>,
    spread: Option<Vec<f32>>,
}

/// What the network makes of planes, on the device asked for or else on the processor, and the
/// name of the one that did it. How sure it is is asked where there is something to be asked whether to go
/// on.
fn computed(
    model: &Model,
    inputs: &[PlanePair],
    compute: &Compute,
    goes_on: Option<&dyn Fn() -> bool>,
    remarks: &mut Vec<String>,
) -> Result<(Computed, String), PredictError> {
    let values: Vec<f32> = inputs
        .iter()
        .flat_map(|pair| pair.axial.data.iter().chain(&pair.sagittal.data))
        .copied()
        .collect();
    let on = |compute: &Compute| -> Result<Computed, PredictError> {
        let net = Predictor::open(model, compute.device())?;
        let tried = guarded(|| {
            let shape = [1, 2 * inputs.len(), PLANE_SIZE, PLANE_SIZE];
            let input =
                Tensor::<4>::from_data(TensorData::new(values.clone(), shape), compute.device());
            net.planes(input).into_data().try_to_vec::<f32>()
        });
        let made = tried.map_err(PredictError::Device)?;
        let made = made.map_err(|error| PredictError::Device(format!("{error:?}")))?;
        if made.len() != 2 * PLANE_PIXELS || made.iter().any(|v| !v.is_finite()) {
            let why = "the result is not two planes of numbers";
            return Err(PredictError::Device(why.to_owned()));
        }
        let Some(goes_on) = goes_on else {
            return Ok(Computed {
                planes: made,
                spread: None,
            });
        };
        let spread = guarded(|| net.spread(&values, &made, compute.device(), goes_on));
        let spread = spread.map_err(PredictError::Device)?;
        let spread = spread.map_err(|error| PredictError::Device(error.to_string()))?;
        Ok(Computed {
            spread: Some(spread.ok_or(PredictError::Stopped)?),
            planes: made,
        })
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
pub(super) fn file_name(path: &Path) -> String {
    path.file_name()
        .unwrap_or_default()
        .to_string_lossy()
        .into_owned()
}
