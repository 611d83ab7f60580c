//! Keys to sign with: the coordinator's, and each rater's own.

use std::{
    fmt,
    path::{Path, PathBuf},
};

use ed25519_dalek::{Signer, SigningKey, VerifyingKey};
use gen_passphrase::dictionary::EFF_LARGE;
use serde::{Deserialize, Serialize};

use crate::platform::data_folder;

use super::{
    Passphrase, StudyError,
    digest::{Fields, hex, unhex},
    files::{Access, write_new_for},
    sealed::{open_sealed, seal_into},
};

/// An Ed25519 public key: who holds its secret half has signed what it verifies.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct PublicKey([u8; 32]);

impl PublicKey {
    /// Takes 64 hexadecimal digits for a key.
    ///
    /// # Errors
    /// [`StudyError::NotAPublicKey`].
    pub fn parse(text: &str) -> Result<Self, StudyError> {
        let refused = || StudyError::NotAPublicKey(text.to_owned());
        let bytes = unhex(text).ok_or_else(refused)?;
        VerifyingKey::from_bytes(&bytes).map_err(|_| refused())?;
        Ok(Self(bytes))
    }

    /// Eight words by which two people can compare the key over the telephone.
    #[must_use]
    pub fn words(&self) -> String {
        let mut hash = Fields::new("cisterna public key 1");
        hash.put(&self.0);
        words_of(&hash.finish())
    }

    /// Whether a signature (hexadecimal) was put under a digest by the holder of the key.
    #[must_use]
    pub fn verifies(&self, digest: &[u8; 32], signature: &str) -> bool {
        let checked = || {
            let key = VerifyingKey::from_bytes(&self.0).ok()?;
            let bytes = ed25519_dalek::Signature::from_bytes(&unhex(signature)?);
            key.verify_strict(digest, &bytes).ok()
        };
        checked().is_some()
    }
}

impl fmt::Display for PublicKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&hex(&self.0))
    }
}

impl TryFrom<String> for PublicKey {
    type Error = StudyError;

    fn try_from(text: String) -> Result<Self, StudyError> {
        Self::parse(&text)
    }
}

impl From<PublicKey> for String {
    fn from(key: PublicKey) -> Self {
        key.to_string()
    }
}

/// Eight words of EFF's list in two groups of four, 103 bits of a hash, which people compare better
/// than hexadecimal digits (Dechand and others 2016).
pub(crate) fn words_of(hash: &[u8; 32]) -> String {
    const N_WORDS: usize = 8;
    // Long division of the hash, as a number, by the length of the list: the remainder is a word.
    let mut digits: Vec<usize> = hash.iter().map(|&byte| usize::from(byte)).collect();
    let mut word = || {
        let mut rest = 0;
        for digit in &mut digits {
            let value = rest * 256 + *digit;
            *digit = value / EFF_LARGE.len();
            rest = value % EFF_LARGE.len();
        }
        EFF_LARGE[rest]
    };
    let words: Vec<&str> = (0..N_WORDS).map(|_| word()).collect();
    format!("{}  {}", words[..4].join(" "), words[4..].join(" "))
}

/// The secret half of a [`PublicKey`]. It never goes into a study or a package: it stays in a file
/// of its own with whom it belongs to, sealed with a passphrase.
#[derive(Clone)]
pub struct SecretKey(SigningKey);

impl fmt::Debug for SecretKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "SecretKey of {}", self.public())
    }
}

/// What a file of a secret key holds, sealed.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct SecretFile {
    format: String,
    version: u32,
    secret: String,
}

const FORMAT: &str = "cisterna signing key";
const VERSION: u32 = 1;

impl SecretKey {
    /// A new key from the operating system's randomness.
    ///
    /// # Errors
    /// [`StudyError::NoRandomness`].
    pub fn fresh() -> Result<Self, StudyError> {
        Ok(Self::from_bytes(&random_bytes()?))
    }

    pub(super) fn from_bytes(secret: &[u8; 32]) -> Self {
        Self(SigningKey::from_bytes(secret))
    }

    pub(super) fn to_bytes(&self) -> [u8; 32] {
        self.0.to_bytes()
    }

    /// The half that everybody may know.
    #[must_use]
    pub fn public(&self) -> PublicKey {
        PublicKey(self.0.verifying_key().to_bytes())
    }

    /// A signature under a digest, hexadecimal.
    pub(crate) fn sign(&self, digest: &[u8; 32]) -> String {
        hex(&self.0.sign(digest).to_bytes())
    }

    /// Writes the key to a new file, sealed, for its owner alone.
    ///
    /// # Errors
    /// [`StudyError::Exists`] when there is something at `path`; when it cannot be written.
    pub fn seal(&self, path: &Path, passphrase: &Passphrase) -> Result<(), StudyError> {
        let file = SecretFile {
            format: FORMAT.to_owned(),
            version: VERSION,
            secret: hex(&self.to_bytes()),
        };
        seal_into(&file, path, passphrase)
    }

    /// Opens a sealed key.
    ///
    /// # Errors
    /// [`StudyError::WrongPassphrase`]; when it cannot be opened or is no such key.
    pub fn unseal(path: &Path, passphrase: &str) -> Result<Self, StudyError> {
        let file: SecretFile = open_sealed(path, passphrase, FORMAT, VERSION)?;
        let secret = unhex(&file.secret).ok_or_else(|| StudyError::NotAKey {
            reason: "its secret is not 64 hexadecimal digits".to_owned(),
            path: path.to_path_buf(),
        })?;
        Ok(Self::from_bytes(&secret))
    }
}

/// Where raters' secret keys are kept on this computer, for each user apart; none where the system
/// has no such place.
#[must_use]
pub fn key_folder() -> Option<PathBuf> {
    data_folder().map(|folder| folder.join("keys"))
}

/// Where the secret half of a key lies in a folder of keys.
#[must_use]
pub fn key_file(folder: &Path, key: &PublicKey) -> PathBuf {
    folder.join(format!("{}.age", &key.to_string()[..16]))
}

impl SecretKey {
    /// The key that a rater signs with: the one that the study knows of them, else a new one, which
    /// is put into the folder before it signs anything.
    ///
    /// # Errors
    /// [`StudyError::NoSecretKey`] where the known key is not in the folder;
    /// [`StudyError::WrongPassphrase`]; for a new key [`StudyError::WeakPassphrase`]; when it
    /// cannot be opened or written.
    pub fn of_rater(
        known: Option<&PublicKey>,
        folder: &Path,
        passphrase: &Passphrase,
    ) -> Result<Self, StudyError> {
        let Some(known) = known else {
            let key = Self::fresh()?;
            std::fs::create_dir_all(folder).map_err(|source| StudyError::Io {
                action: "make the folder",
                source,
                path: folder.to_path_buf(),
            })?;
            key.seal(&key_file(folder, &key.public()), passphrase)?;
            return Ok(key);
        };
        let path = key_file(folder, known);
        match path.exists() {
            true => Self::unseal(&path, passphrase.text()),
            false => Err(StudyError::NoSecretKey(path)),
        }
    }
}

/// Thirty-two bytes that nobody can guess.
///
/// # Errors
/// [`StudyError::NoRandomness`].
pub(super) fn random_bytes() -> Result<[u8; 32], StudyError> {
    let mut bytes = [0; 32];
    getrandom::fill(&mut bytes).map_err(|error| StudyError::NoRandomness(error.to_string()))?;
    Ok(bytes)
}

/// Sixteen hexadecimal digits that nobody else draws.
///
/// # Errors
/// [`StudyError::NoRandomness`].
pub(crate) fn random_id() -> Result<String, StudyError> {
    Ok(hex(&random_bytes()?[..8]))
}

/// What a rater hands to the coordinator before a study is made, so that the study knows their key
/// from the beginning: a name and a public key, signed with it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Enrolment {
    format: String,
    /// Who: as the protocol names them.
    pub rater: String,
    /// The rater's key.
    pub public_key: PublicKey,
    /// Over both, hexadecimal: only the holder of the key could have made it.
    signature: String,
}

const ENROLMENT: &str = "cisterna enrolment 1";

impl Enrolment {
    /// Of the holder of a key.
    #[must_use]
    pub fn new(rater: &str, key: &SecretKey) -> Self {
        let public_key = key.public();
        Self {
            format: ENROLMENT.to_owned(),
            rater: rater.to_owned(),
            public_key,
            signature: key.sign(&enrolment_digest(rater, &public_key)),
        }
    }

    /// Writes it to a new file, as JSON.
    ///
    /// # Errors
    /// As [`super::write_new`].
    pub fn write(&self, path: &Path) -> Result<(), StudyError> {
        let text = super::receipt::to_json(self, path)?;
        write_new_for(Access::AsUsual, path, text.as_bytes())
    }

    /// Opens and checks it.
    ///
    /// # Errors
    /// [`StudyError::NotWhatItShouldBe`] where it does not decode, or its signature is not of its
    /// key.
    pub fn open(path: &Path) -> Result<Self, StudyError> {
        let enrolment: Self = super::receipt::from_json(path, "an enrolment")?;
        let digest = enrolment_digest(&enrolment.rater, &enrolment.public_key);
        let is_signed = enrolment.public_key.verifies(&digest, &enrolment.signature);
        match enrolment.format == ENROLMENT && is_signed {
            true => Ok(enrolment),
            false => Err(StudyError::NotWhatItShouldBe {
                what: "an enrolment",
                reason: "its signature is not of its key".to_owned(),
                path: path.to_path_buf(),
            }),
        }
    }
}

fn enrolment_digest(rater: &str, key: &PublicKey) -> [u8; 32] {
    let mut hash = Fields::new(ENROLMENT);
    hash.put(rater.as_bytes());
    hash.put(&key.0);
    hash.finish()
}
