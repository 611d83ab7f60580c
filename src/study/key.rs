//! The key: which case is whose. Kept in a file apart from the study, sealed with the
//! coordinator's passphrase.

use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use super::{
    CaseCode, CaseRow, Design, Passphrase, Protocol, Seed, StudyError,
    sealed::{open_sealed, seal_into},
};

const FORMAT: &str = "cisterna study key";
const VERSION: u32 = 3;

/// What a case code stands for.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct KeyEntry {
    /// The code.
    pub code: CaseCode,
    /// The patient.
    pub patient: String,
    /// The arm.
    pub arm: String,
    /// Whether it is a second showing of an image, which another code stands for too.
    #[serde(default)]
    pub is_repeat: bool,
    /// The image it was made from.
    pub image: PathBuf,
    /// The sagittal plane, where `image` is the axial plane alone.
    pub sagittal_image: Option<PathBuf>,
    /// Height of the axial plane in world millimetres, where the case list said.
    pub axial_mm: Option<f64>,
    /// Left-right place of the sagittal plane in world millimetres, where the case list said.
    pub sagittal_mm: Option<f64>,
}

impl KeyEntry {
    pub(super) fn new(code: CaseCode, case: &CaseRow, is_repeat: bool) -> Self {
        Self {
            code,
            patient: case.patient.clone(),
            arm: case.arm.clone(),
            is_repeat,
            image: case.image.clone(),
            sagittal_image: case.sagittal_image.clone(),
            axial_mm: case.axial_mm,
            sagittal_mm: case.sagittal_mm,
        }
    }
}

/// The only thing that names patients and arms. Made by [`Design::draw`].
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Key {
    format: String,
    version: u32,
    /// [`Design::fingerprint`] of the study it opens.
    design_sha256: String,
    /// What the study was drawn from.
    seed: Seed,
    /// What the study was made by, without its seed. Arms stand in it, so it is sealed with them.
    protocol: Protocol,
    /// In the order of the codes.
    cases: Vec<KeyEntry>,
}

impl Key {
    pub(super) fn new(
        design_sha256: String,
        seed: Seed,
        protocol: &Protocol,
        mut cases: Vec<KeyEntry>,
    ) -> Self {
        cases.sort_by(|a, b| a.code.cmp(&b.code));
        Self {
            format: FORMAT.into(),
            version: VERSION,
            design_sha256,
            seed,
            protocol: Protocol {
                seed: None,
                ..protocol.clone()
            },
            cases,
        }
    }

    /// Writes the key to a new file in the age format, encrypted to a passphrase; whole or not at
    /// all, and for its owner alone (where the system knows about owners).
    ///
    /// # Errors
    /// [`StudyError::WeakPassphrase`]; [`StudyError::Exists`] when there is something at `path`;
    /// when it cannot be written.
    pub fn seal(&self, path: &Path, passphrase: &Passphrase) -> Result<(), StudyError> {
        seal_into(self, path, passphrase)
    }

    /// Opens a sealed key.
    ///
    /// # Errors
    /// [`StudyError::WrongPassphrase`]; when it cannot be opened, is no key, or is of another
    /// version.
    pub fn unseal(path: &Path, passphrase: &str) -> Result<Self, StudyError> {
        open_sealed(path, passphrase, FORMAT, VERSION)
    }

    /// Every case, in the order of the codes.
    pub fn cases(&self) -> &[KeyEntry] {
        &self.cases
    }

    /// The seed that the study was drawn from.
    pub fn seed(&self) -> &Seed {
        &self.seed
    }

    /// What the study was made by.
    pub fn protocol(&self) -> &Protocol {
        &self.protocol
    }

    /// What a code stands for.
    pub fn entry(&self, code: &CaseCode) -> Option<&KeyEntry> {
        let idx = self
            .cases
            .binary_search_by(|entry| entry.code.cmp(code))
            .ok()?;
        self.cases.get(idx)
    }

    /// Makes sure that the key is this study's.
    ///
    /// # Errors
    /// [`StudyError::OtherStudysKey`].
    pub fn check_opens(&self, design: &Design) -> Result<(), StudyError> {
        match self.design_sha256 == design.fingerprint() {
            true => Ok(()),
            false => Err(StudyError::OtherStudysKey),
        }
    }
}
