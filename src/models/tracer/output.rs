//! A prediction beside the real scan, and in files.

use super::planes::{prepare, prepare_planes};
use super::predict::{
    PredictError, PredictedGrade, Prediction, Provenance, axial_before, file_name, tracer_card,
};
use crate::anatomy::PlaneReflux;
use crate::formats::{FormatError, Voxels, bids, write_nifti};
use crate::models::zoo::Model;
use crate::text::{self, Limit};
use crate::volume::{
    Plane, PlaneImage, PlaneMetrics, PlanePair, Volume, VolumeError, compare_planes,
};
use serde::Serialize;
use std::path::{Path, PathBuf};

/// What the record of a prediction is called, beside its planes.
const RECORD: &str = "prediction.json";
/// How the files of predicted planes begin, and those of the real ones beside them.
const PREDICTED: &str = "predicted-24h";
const REAL: &str = "real-24h";

/// What the file of a plane is called.
fn written_name(what: &str, plane: Plane, kind: &str) -> String {
    let name = plane.name().to_lowercase();
    format!("{what}_{name}{kind}.nii.gz")
}

/// What the record of a prediction says of a file beside it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Origin {
    /// A plane of the real scan that a prediction was set beside.
    Real,
    /// A plane that the network of this name predicted.
    Predicted(String),
}

impl Origin {
    /// Of a file that [`Prediction::write`] wrote, by the `prediction.json` in its folder; none of any
    /// other file, whatever it is called.
    #[must_use]
    pub fn of_file(path: &Path) -> Option<Self> {
        let name = path.file_name()?.to_str()?;
        let is = |what: &str| {
            let mut planes = [Plane::Axial, Plane::Sagittal].into_iter();
            planes.any(|plane| written_name(what, plane, "") == name)
        };
        let (is_real, is_predicted) = (is(REAL), is(PREDICTED));
        if !is_real && !is_predicted {
            return None;
        }
        let record = text::open(&path.with_file_name(RECORD), Limit::Sidecar).ok()?;
        let record: serde_json::Value = serde_json::from_str(&record).ok()?;
        let network = record.get("model")?.as_str()?;
        match is_predicted {
            true => Some(Self::Predicted(network.to_owned())),
            false => record.get("real").map(|_| Self::Real),
        }
    }
}

impl Prediction {
    /// The real scan of 24 h beside the prediction; `sagittal` is its sagittal plane where `volume` is its
    /// axial one only.
    ///
    /// # Errors
    /// When the planes miss the scan.
    pub fn beside(
        &self,
        model: &Model,
        volume: &Volume,
        sagittal: Option<&Volume>,
        path: &Path,
    ) -> Result<RealPlanes, PredictError> {
        let preparation = tracer_card(model)?.preparation;
        let planes = match sagittal {
            Some(sagittal) => prepare_planes([volume, sagittal], path, preparation)?,
            None => prepare(volume, path, &self.at, preparation)?,
        };
        let before = axial_before(&self.inputs, &self.provenance.inputs);
        let (grade, no_grade) = match &self.regions {
            Some(regions) => {
                match PlaneReflux::of_plane_after(before, &planes.axial.data, regions) {
                    Ok(grade) => (Some(grade), None),
                    Err(why) => (None, Some(why.to_string())),
                }
            }
            None => (None, None),
        };
        Ok(RealPlanes {
            file: file_name(path),
            metrics: compare_planes(&planes, &self.planes)?,
            grade,
            no_grade,
            planes,
        })
    }

    /// Writes the planes as NIfTI files of one slice each, placed where they lie in the world, their
    /// standard deviations (`_sd`), and `prediction.json` with what they came from and their grade; with `real`, its planes and how far the
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
        let told = folder.join(RECORD);
        if told.exists() {
            return Err(WriteError::Exists(told));
        }
        let mut written = self.write_pair(folder, PREDICTED, "", &self.planes)?;
        if let Some(sd) = &self.sd {
            written.extend(self.write_pair(folder, PREDICTED, "_sd", sd)?);
        }
        let mut whole = Written {
            provenance: &self.provenance,
            grade: self.grade.as_ref(),
            real: None,
        };
        if let Some(real) = real {
            written.extend(self.write_pair(folder, REAL, "", &real.planes)?);
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
        kind: &str,
        pair: &PlanePair,
    ) -> Result<Vec<PathBuf>, WriteError> {
        let write = |(plane, image): (Plane, &PlaneImage)| {
            let volume = image.to_volume(plane, self.at.center(plane))?;
            let path = folder.join(written_name(what, plane, kind));
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
    grade: Option<&'a PredictedGrade>,
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
    /// Its reflux grade, by the rule and the regions of the predicted one.
    pub grade: Option<PlaneReflux>,
    /// Why it has none, where the regions are known.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub no_grade: Option<String>,
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
