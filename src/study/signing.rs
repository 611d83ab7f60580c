//! A rater's signature under an installment.

use ed25519_dalek::{Signer, SigningKey, VerifyingKey};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::{
    StudyError,
    design::hex,
    sealed::{Unopened, seal, unseal},
};

/// What a rater signs with: name, time (of the event) and meaning, as 21 CFR 11.50 asks.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Signature {
    /// Which installment.
    pub installment: u32,
    /// The printed name of who signs.
    pub name: String,
    /// What signing means.
    pub meaning: String,
    /// The public key, Ed25519, hex.
    pub public_key: String,
    /// The secret key, sealed with the rater's passphrase (age format, hex).
    pub sealed_key: String,
    /// Over everything up to here, hex.
    pub signature: String,
}

/// What a signature is put under.
#[derive(Clone, Copy, Debug)]
pub struct Signed<'a> {
    /// Who.
    pub rater: &'a str,
    /// [`Signature::installment`].
    pub installment: u32,
    /// [`Signature::name`].
    pub name: &'a str,
    /// [`Signature::meaning`].
    pub meaning: &'a str,
    /// When, milliseconds since 1970 UTC.
    pub at_unix_millis: i64,
    /// The hash of the rater's last event before it, which stands for all of them.
    pub head: &'a [u8; 32],
}

impl Signed<'_> {
    fn digest(&self) -> [u8; 32] {
        let mut hash = Sha256::new();
        let mut put = |bytes: &[u8]| {
            hash.update((bytes.len() as u64).to_le_bytes());
            hash.update(bytes);
        };
        put(b"cisterna signature 1");
        put(self.rater.as_bytes());
        put(&self.installment.to_le_bytes());
        put(self.name.as_bytes());
        put(self.meaning.as_bytes());
        put(&self.at_unix_millis.to_le_bytes());
        put(self.head);
        hash.finalize().into()
    }

    /// Signs with the key of an earlier signature of the same rater, or with a new one.
    ///
    /// # Errors
    /// [`StudyError::EmptyPassphrase`]; [`StudyError::WrongSigningPassphrase`] where the passphrase
    /// is not that of the earlier signature; [`StudyError::Signing`].
    pub fn sign(
        &self,
        passphrase: &str,
        before: Option<&Signature>,
    ) -> Result<Signature, StudyError> {
        if passphrase.is_empty() {
            return Err(StudyError::EmptyPassphrase);
        }
        let (key, sealed_key) = match before {
            Some(before) => (open_key(before, passphrase)?, before.sealed_key.clone()),
            None => fresh_key(passphrase)?,
        };
        Ok(Signature {
            installment: self.installment,
            name: self.name.to_owned(),
            meaning: self.meaning.to_owned(),
            public_key: hex(key.verifying_key().as_bytes()),
            sealed_key,
            signature: hex(&key.sign(&self.digest()).to_bytes()),
        })
    }

    /// Whether a signature was put under this by the holder of its key.
    #[must_use]
    pub fn is_signed_by(&self, signature: &Signature) -> bool {
        let checked = || {
            let key = VerifyingKey::from_bytes(&unhex(&signature.public_key)?).ok()?;
            let bytes = ed25519_dalek::Signature::from_bytes(&unhex(&signature.signature)?);
            key.verify_strict(&self.digest(), &bytes).ok()
        };
        checked().is_some()
    }
}

fn fresh_key(passphrase: &str) -> Result<(SigningKey, String), StudyError> {
    let mut secret = [0; 32];
    getrandom::fill(&mut secret).map_err(|error| StudyError::Signing(error.to_string()))?;
    let sealed = seal(&secret, passphrase).map_err(StudyError::Signing)?;
    Ok((SigningKey::from_bytes(&secret), hex(&sealed)))
}

fn open_key(before: &Signature, passphrase: &str) -> Result<SigningKey, StudyError> {
    let damaged = || StudyError::Signing("the key of the earlier signature is damaged".to_owned());
    let sealed = unhex_all(&before.sealed_key).ok_or_else(damaged)?;
    let secret = unseal(&sealed, passphrase).map_err(|why| match why {
        Unopened::WrongPassphrase => StudyError::WrongSigningPassphrase,
        Unopened::Damaged(reason) => StudyError::Signing(reason),
    })?;
    let key = SigningKey::from_bytes(&secret.try_into().map_err(|_| damaged())?);
    match hex(key.verifying_key().as_bytes()) == before.public_key {
        true => Ok(key),
        false => Err(damaged()),
    }
}

fn unhex_all(text: &str) -> Option<Vec<u8>> {
    let digits = text.as_bytes().chunks(2);
    let byte = |pair: &[u8]| u8::from_str_radix(std::str::from_utf8(pair).ok()?, 16).ok();
    let whole = text.len().is_multiple_of(2) && text.bytes().all(|c| c.is_ascii_hexdigit());
    whole.then(|| digits.map(byte).collect()).flatten()
}

fn unhex<const N: usize>(text: &str) -> Option<[u8; N]> {
    unhex_all(text)?.try_into().ok()
}
