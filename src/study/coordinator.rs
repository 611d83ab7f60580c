//! What only the coordinator has: a key to sign with, and the secret that opens every picture.

use std::path::Path;

use serde::{Deserialize, Serialize};

use super::{
    CaseCode, CaseImage, InstallmentKey, Passphrase, PublicKey, SecretKey, StudyError,
    digest::{hex, unhex},
    keys::random_bytes,
    sealed::{open_sealed, seal_into},
    sealed_image::ImageKey,
};

const FORMAT: &str = "cisterna coordinator";
const VERSION: u32 = 1;

/// The coordinator of one study. Kept in a file of its own beside the study, sealed with a
/// passphrase; it does not say which case is whose.
#[derive(Clone, Debug)]
pub struct Coordinator {
    signing: SecretKey,
    pictures: [u8; 32],
}

/// What the file holds, sealed.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct CoordinatorFile {
    format: String,
    version: u32,
    signing: String,
    pictures: String,
}

impl Coordinator {
    /// A new one, from the operating system's randomness.
    ///
    /// # Errors
    /// [`StudyError::NoRandomness`].
    pub fn fresh() -> Result<Self, StudyError> {
        Ok(Self {
            signing: SecretKey::fresh()?,
            pictures: random_bytes()?,
        })
    }

    /// The key that the study knows the coordinator by.
    #[must_use]
    pub fn public_key(&self) -> PublicKey {
        self.signing.public()
    }

    /// Writes it to a new file, sealed, for its owner alone.
    ///
    /// # Errors
    /// [`StudyError::Exists`] when there is something at `path`; when it cannot be written.
    pub fn seal(&self, path: &Path, passphrase: &Passphrase) -> Result<(), StudyError> {
        let file = CoordinatorFile {
            format: FORMAT.to_owned(),
            version: VERSION,
            signing: hex(&self.signing.to_bytes()),
            pictures: hex(&self.pictures),
        };
        seal_into(&file, path, passphrase)
    }

    /// Opens the sealed file.
    ///
    /// # Errors
    /// [`StudyError::WrongPassphrase`]; when it cannot be opened or is no such file.
    pub fn unseal(path: &Path, passphrase: &str) -> Result<Self, StudyError> {
        let file: CoordinatorFile = open_sealed(path, passphrase, FORMAT, VERSION)?;
        let damaged = || StudyError::NotAKey {
            reason: "its keys are not 64 hexadecimal digits".to_owned(),
            path: path.to_path_buf(),
        };
        Ok(Self {
            signing: SecretKey::from_bytes(&unhex(&file.signing).ok_or_else(damaged)?),
            pictures: unhex(&file.pictures).ok_or_else(damaged)?,
        })
    }

    /// A signature under a digest, hexadecimal.
    pub(crate) fn sign(&self, digest: &[u8; 32]) -> String {
        self.signing.sign(digest)
    }

    /// What opens an installment of a rater.
    #[must_use]
    pub fn installment_key(&self, rater: &str, installment: u32) -> InstallmentKey {
        InstallmentKey::derive(&self.pictures, rater, installment)
    }

    /// A picture as the study file keeps it.
    pub(crate) fn seal_image(&self, image: &CaseImage) -> Result<Vec<u8>, StudyError> {
        let sealed = ImageKey::derive(&self.pictures, &image.code).seal(image);
        sealed.ok_or_else(|| too_long(&image.code))
    }

    /// What opens a picture, for a rater who sees it in this installment.
    pub(crate) fn wrap(
        &self,
        rater: &str,
        installment: u32,
        code: &CaseCode,
    ) -> Result<Vec<u8>, StudyError> {
        let key = ImageKey::derive(&self.pictures, code);
        let wrapped = self.installment_key(rater, installment).wrap(code, &key);
        wrapped.ok_or_else(|| too_long(code))
    }
}

fn too_long(code: &CaseCode) -> StudyError {
    StudyError::Picture {
        code: code.to_string(),
        plane: "axial",
        problem: "it is too long to be sealed".to_owned(),
    }
}
