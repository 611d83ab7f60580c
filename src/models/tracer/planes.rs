//! The planes of a scan: where they lie, and how they are scaled.

use crate::anatomy::{
    Doubt, FatStatistic, HeadError, HeadPlanes, PlaneRegions, contrast, find_planes, orbital_fat,
    plane_regions,
};
use crate::formats::{FormatError, bids};
use crate::text::TextError;
use crate::volume::{PLANE_SIZE, Plane, PlaneImage, PlanePair, Scaling, Volume};
use nalgebra::Point3;
use serde::{Deserialize, Serialize};
use std::path::{Path, PathBuf};

/// Values of one plane.
pub const PLANE_PIXELS: usize = PLANE_SIZE * PLANE_SIZE;

/// How scans become planes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Preparation {
    /// What 0 and 1 are.
    pub scaling: Scaling,
    /// Which value stands for the orbital fat.
    pub fat: FatStatistic,
}

/// Why there are no planes.
#[derive(Debug, thiserror::Error)]
pub enum DataError {
    /// A file could not be opened.
    #[error(transparent)]
    Format(#[from] FormatError),
    /// A table could not be opened as text.
    #[error(transparent)]
    Text(#[from] TextError),
    /// The scan shows no head.
    #[error("{source}: {path}")]
    NoHead {
        /// What it shows.
        source: HeadError,
        /// The file.
        path: PathBuf,
    },
    /// All slices are to be scaled by the orbital fat, and there is none.
    #[error("no orbital fat was found, which the scaling needs: {path}")]
    NoFat {
        /// The file.
        path: PathBuf,
    },
    /// All slices are to be scaled by the orbital fat, and its signal was suppressed.
    #[error(
        "fat was suppressed in this scan (ScanOptions FS), and the scaling takes it as the unit: {path}"
    )]
    FatSuppressed {
        /// The file.
        path: PathBuf,
    },
    /// The planes asked for miss the scan.
    #[error("the {plane} plane at {at_mm:.0} mm lies outside the scan: {path}")]
    PlaneOutside {
        /// Which.
        plane: &'static str,
        /// Where it was to lie.
        at_mm: f64,
        /// The file.
        path: PathBuf,
    },
    /// A file that should hold one plane.
    #[error(
        "this is not one {plane} slice, as `simulate --planes-only` and `predict` write them: {path}"
    )]
    NotAPlane {
        /// Which.
        plane: &'static str,
        /// The file.
        path: PathBuf,
    },
    /// The table of planes.
    #[error("{reason}: {path}")]
    PlanesTable {
        /// What is wrong in which line.
        reason: String,
        /// The file.
        path: PathBuf,
    },
    /// A patient lacks a scan.
    #[error("there is no T1-weighted scan of {0} with HoursAfterInjection beside it")]
    NoScan(String),
    /// No patient has all the scans.
    #[error(
        "no patient has a T1-weighted scan of each of {inputs} and one of 20 to 30 h, with HoursAfterInjection beside it ({n_subjects} patients looked at{why}): {path}"
    )]
    NoCases {
        /// What the network is given.
        inputs: String,
        /// Patients in the data set.
        n_subjects: usize,
        /// Why the first was left out, if there was one.
        why: String,
        /// The data set.
        path: PathBuf,
    },
    /// No patient has the scans that go in.
    #[error(
        "no patient has a T1-weighted scan of each of {inputs}, with HoursAfterInjection beside it: {path}"
    )]
    NoInputs {
        /// What the network is given.
        inputs: String,
        /// The data set.
        path: PathBuf,
    },
    /// The caller asked to stop.
    #[error("stopped")]
    Stopped,
}

/// Where the planes of a patient lie.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct PlanesAt {
    /// The middle of the scan, about which both planes are cut out, as conforming it to 256 mm
    /// would do; RAS+ mm.
    pub middle: Point3<f64>,
    /// The head-foot position of the axial plane, mm.
    pub axial_mm: f64,
    /// The left-right position of the sagittal plane, mm.
    pub sagittal_mm: f64,
    /// Why the axial plane may lie wrong: of one that was told, only that the head lies wrong.
    pub axial_doubt: Option<Doubt>,
    /// The same of the sagittal plane.
    pub sagittal_doubt: Option<Doubt>,
    /// What was found in the head; none where only its planes are there.
    pub head: Option<HeadPlanes>,
}

impl PlanesAt {
    /// Finds the planes in a scan, except where they are told, RAS+ mm.
    ///
    /// # Errors
    /// When the scan shows no head.
    pub fn find(
        volume: &Volume,
        path: &Path,
        axial_mm: Option<f64>,
        sagittal_mm: Option<f64>,
    ) -> Result<Self, DataError> {
        let found = find_planes(volume).map_err(|source| DataError::NoHead {
            source,
            path: path.to_owned(),
        })?;
        Ok(Self {
            middle: volume.grid().center_in_world(),
            axial_mm: axial_mm.unwrap_or(found.axial_mm),
            sagittal_mm: sagittal_mm.unwrap_or(found.sagittal_mm),
            axial_doubt: found
                .axial_doubt
                .filter(|doubt| axial_mm.is_none() || doubt.is_of_head()),
            sagittal_doubt: found
                .sagittal_doubt
                .filter(|doubt| sagittal_mm.is_none() || doubt.is_of_head()),
            head: Some(found),
        })
    }

    /// Where two planes lie of which there is no more than themselves.
    #[must_use]
    pub fn of_planes([axial, sagittal]: [&Volume; 2]) -> Self {
        let [axial, sagittal] = [axial, sagittal].map(|plane| plane.grid().center_in_world());
        Self {
            middle: Point3::new(axial.x, axial.y, sagittal.z),
            axial_mm: axial.z,
            sagittal_mm: sagittal.x,
            axial_doubt: None,
            sagittal_doubt: None,
            head: None,
        }
    }

    /// What is strange about the scan in which the planes were found, in words: how its head lies and
    /// what its contrast is like for one so many hours after the injection.
    #[must_use]
    pub fn strange(&self, volume: &Volume, hours: f64) -> Vec<String> {
        let mut strange: Vec<String> = self.doubts().map(|doubt| doubt.to_string()).collect();
        let Some(head) = &self.head else {
            return strange;
        };
        match contrast(volume, head) {
            Ok(found) => {
                let doubts = found.doubts(hours).into_iter();
                strange.extend(doubts.map(|doubt| doubt.to_string()));
            }
            Err(_) => {
                strange.push("too little of the brain is seen to judge its contrast".to_owned());
            }
        }
        strange
    }

    /// The regions of the axial plane by which reflux is graded, found in a scan of dark CSF.
    #[must_use]
    pub fn regions(&self, volume: &Volume) -> Option<PlaneRegions> {
        plane_regions(volume, &self.head?, self.center(Plane::Axial))
    }

    /// Why the planes may lie wrong, each reason once.
    pub fn doubts(&self) -> impl Iterator<Item = Doubt> {
        let sagittal = self
            .sagittal_doubt
            .filter(|_| self.sagittal_doubt != self.axial_doubt);
        self.axial_doubt.into_iter().chain(sagittal)
    }

    /// The point in which a plane is centred, RAS+ mm.
    #[must_use]
    pub fn center(&self, plane: Plane) -> Point3<f64> {
        let mut center = self.middle;
        match plane {
            Plane::Axial => center.z = self.axial_mm,
            Plane::Sagittal => center.x = self.sagittal_mm,
            Plane::Coronal => {}
        }
        center
    }
}

/// Why the planes of a patient of whom only these are kept may lie wrong, as the file beside one says.
pub(super) fn not_sure(plane: &Path) -> Vec<String> {
    let sidecar = bids::sidecar_of(plane);
    let told = sidecar.as_ref().and_then(|json| json.get("PlanesNotSure"));
    let told = told.and_then(|told| told.as_array()).into_iter().flatten();
    told.filter_map(|why| why.as_str().map(str::to_owned))
        .collect()
}

/// Scales two planes of which there is no more than themselves; the fat is what the file `path` has
/// beside it.
///
/// # Errors
/// When one is not one slice, and when the scaling needs an orbital fat that the sidecar does not tell or
/// that was suppressed.
pub(super) fn prepare_planes(
    volumes: [&Volume; 2],
    path: &Path,
    preparation: Preparation,
) -> Result<PlanePair, DataError> {
    let one = |plane: Plane, volume: &Volume| -> Result<PlaneImage, DataError> {
        if plane.n_slices(volume.grid()) != 1 {
            return Err(DataError::NotAPlane {
                plane: plane.name(),
                path: path.to_owned(),
            });
        }
        let image = PlaneImage::extract(volume, plane, volume.grid().center_in_world());
        match preparation.scaling {
            Scaling::Slice => Ok(image.by_own_range()),
            Scaling::Fat => {
                let is_median = preparation.fat == FatStatistic::Median;
                Ok(image.by_fat(fat_unit(path, || bids::orbital_fat(path, is_median))?))
            }
        }
    };
    let [axial, sagittal] = volumes;
    Ok(PlanePair {
        axial: one(Plane::Axial, axial)?,
        sagittal: one(Plane::Sagittal, sagittal)?,
    })
}

/// The signal of fat as the unit of a scan.
fn fat_unit(path: &Path, signal: impl FnOnce() -> Option<f32>) -> Result<f32, DataError> {
    if bids::is_fat_suppressed(path) {
        return Err(DataError::FatSuppressed {
            path: path.to_owned(),
        });
    }
    let signal = signal().filter(|signal| *signal > 0.0);
    signal.ok_or_else(|| DataError::NoFat {
        path: path.to_owned(),
    })
}

/// The signal of the orbital fat of a scan, if it is seen.
#[must_use]
pub fn fat_of(volume: &Volume, statistic: FatStatistic) -> Option<f32> {
    let planes = find_planes(volume).ok()?;
    orbital_fat(volume, &planes, statistic).map(|fat| fat.signal)
}

/// Takes the planes of a scan and scales them.
///
/// # Errors
/// When a plane misses the scan, and when the scaling needs an orbital fat that is not seen or that was
/// suppressed, as the sidecar says.
pub fn prepare(
    volume: &Volume,
    path: &Path,
    at: &PlanesAt,
    preparation: Preparation,
) -> Result<PlanePair, DataError> {
    let fat = match preparation.scaling {
        Scaling::Slice => None,
        Scaling::Fat => Some(fat_unit(path, || fat_of(volume, preparation.fat))?),
    };
    let scaled = |plane: Plane| -> Result<PlaneImage, DataError> {
        let center = at.center(plane);
        let image = PlaneImage::extract(volume, plane, center);
        if !image.inside.contains(&true) {
            return Err(DataError::PlaneOutside {
                plane: plane.name(),
                at_mm: center[plane.normal_axis()],
                path: path.to_owned(),
            });
        }
        Ok(match fat {
            None => image.by_own_range(),
            Some(fat) => image.by_fat(fat),
        })
    };
    Ok(PlanePair {
        axial: scaled(Plane::Axial)?,
        sagittal: scaled(Plane::Sagittal)?,
    })
}
