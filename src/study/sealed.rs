//! Bytes behind a passphrase, in the age format.

use std::path::Path;

use age::{DecryptError, scrypt, secrecy::SecretString};
use serde::{Deserialize, Serialize, de::DeserializeOwned};

use super::{
    Passphrase, StudyError,
    files::{Access, write_new_for},
};
use crate::text::{self, Limit};

/// Writes something to a new file, encrypted to a passphrase; whole or not at all, and for its owner
/// alone (where the system knows about owners).
pub(super) fn seal_into(
    value: &impl Serialize,
    path: &Path,
    passphrase: &Passphrase,
) -> Result<(), StudyError> {
    let plain = serde_json::to_vec(value);
    let plain = plain.map_err(|error| StudyError::Sealing(error.to_string()))?;
    write_new_for(Access::OwnerOnly, path, &seal(&plain, passphrase)?)
}

/// What [`seal_into`] wrote: of one format and version, which stand in it under these names.
pub(super) fn open_sealed<T: DeserializeOwned>(
    path: &Path,
    passphrase: &str,
    format: &str,
    version: u32,
) -> Result<T, StudyError> {
    let sealed = text::bytes(path, Limit::Key)?;
    let not_a_key = |reason: String| StudyError::NotAKey {
        reason,
        path: path.to_path_buf(),
    };
    let plain = unseal(&sealed, passphrase).map_err(|why| match why {
        UnsealError::WrongPassphrase => StudyError::WrongPassphrase(path.to_path_buf()),
        UnsealError::Damaged(reason) => not_a_key(reason),
    })?;
    #[derive(Deserialize)]
    struct FileKind {
        format: String,
        version: u32,
    }
    let undecoded = |error: serde_json::Error| not_a_key(error.to_string());
    let kind: FileKind = serde_json::from_slice(&plain).map_err(undecoded)?;
    if kind.format != format {
        return Err(not_a_key(format!("its format is \"{}\"", kind.format)));
    }
    if kind.version != version {
        let found = kind.version;
        return Err(not_a_key(format!("it has version {found}, not {version}")));
    }
    serde_json::from_slice(&plain).map_err(undecoded)
}

/// Why sealed bytes stay sealed.
enum UnsealError {
    /// With another passphrase they may open.
    WrongPassphrase,
    /// They are not sealed bytes, or damaged, or sealed at a cost that is not paid.
    Damaged(String),
}

/// Encrypts bytes to a passphrase.
fn seal(plain: &[u8], passphrase: &Passphrase) -> Result<Vec<u8>, StudyError> {
    age::encrypt(&passphrase.recipient()?, plain)
        .map_err(|error| StudyError::Sealing(error.to_string()))
}

/// The bytes that were sealed. Any passphrase opens what was sealed with it.
fn unseal(sealed: &[u8], passphrase: &str) -> Result<Vec<u8>, UnsealError> {
    let (least, most) = Passphrase::WORK_FACTORS.into_inner();
    let mut identity = scrypt::Identity::new(SecretString::from(passphrase));
    identity.set_max_work_factor(most);
    if let Some(found) = work_factor(sealed).filter(|found| *found < least) {
        return Err(UnsealError::Damaged(format!(
            "its scrypt work factor is {found}, which seals nothing; {least} to {most} are opened"
        )));
    }
    age::decrypt(&identity, sealed).map_err(|error| match error {
        // One passphrase is tried: no file of ours has another reason to refuse it.
        DecryptError::DecryptionFailed
        | DecryptError::KeyDecryptionFailed
        | DecryptError::NoMatchingKeys => UnsealError::WrongPassphrase,
        DecryptError::ExcessiveWork { required, .. } => UnsealError::Damaged(format!(
            "its scrypt work factor is {required}, and one try would take minutes and gigabytes; \
             {least} to {most} are opened"
        )),
        other => UnsealError::Damaged(other.to_string().trim().replace('\n', " ")),
    })
}

/// What the header says of scrypt: its second line is `-> scrypt SALT FACTOR`.
fn work_factor(sealed: &[u8]) -> Option<u8> {
    let line = sealed.split(|&byte| byte == b'\n').nth(1)?;
    let said = std::str::from_utf8(line).ok()?.strip_prefix("-> scrypt ")?;
    said.split(' ').nth(1)?.parse().ok()
}
