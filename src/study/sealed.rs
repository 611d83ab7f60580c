//! Bytes behind a passphrase, in the age format.

use age::{DecryptError, scrypt, secrecy::SecretString};

/// log2 of how often scrypt goes round for one try of a passphrase: about a quarter of a second.
const WORK_FACTOR: u8 = 16;

/// Why sealed bytes stay sealed.
pub(super) enum Unopened {
    /// With another passphrase they may open.
    WrongPassphrase,
    /// They are not sealed bytes, or damaged.
    Damaged(String),
}

/// Encrypts bytes to a passphrase.
pub(super) fn seal(plain: &[u8], passphrase: &str) -> Result<Vec<u8>, String> {
    let mut recipient = scrypt::Recipient::new(SecretString::from(passphrase));
    recipient.set_work_factor(WORK_FACTOR);
    age::encrypt(&recipient, plain).map_err(|error| error.to_string())
}

/// The bytes that were sealed.
pub(super) fn unseal(sealed: &[u8], passphrase: &str) -> Result<Vec<u8>, Unopened> {
    let mut identity = scrypt::Identity::new(SecretString::from(passphrase));
    identity.set_max_work_factor(WORK_FACTOR);
    age::decrypt(&identity, sealed).map_err(|error| match error {
        // One passphrase is tried: no file of ours has another reason to refuse it.
        DecryptError::DecryptionFailed
        | DecryptError::KeyDecryptionFailed
        | DecryptError::NoMatchingKeys => Unopened::WrongPassphrase,
        other => Unopened::Damaged(other.to_string().trim().replace('\n', " ")),
    })
}
