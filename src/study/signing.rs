//! A rater's signature under an installment.

use serde::{Deserialize, Serialize};

use super::{PublicKey, SecretKey, digest::Fields};

/// What a rater signs with: name, time (of the event) and meaning, as 21 CFR 11.50 asks. The key
/// itself stays with the rater.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Signature {
    /// Which installment.
    pub installment: u32,
    /// The printed name of who signs.
    pub name: String,
    /// What signing means.
    pub meaning: String,
    /// The rater's.
    pub public_key: PublicKey,
    /// Over everything up to here, hexadecimal.
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
        let mut hash = Fields::new("cisterna signature 1");
        hash.put(self.rater.as_bytes());
        hash.put(&self.installment.to_le_bytes());
        hash.put(self.name.as_bytes());
        hash.put(self.meaning.as_bytes());
        hash.put(&self.at_unix_millis.to_le_bytes());
        hash.put(self.head);
        hash.finish()
    }

    /// Signs.
    #[must_use]
    pub fn sign(&self, key: &SecretKey) -> Signature {
        Signature {
            installment: self.installment,
            name: self.name.to_owned(),
            meaning: self.meaning.to_owned(),
            public_key: key.public(),
            signature: key.sign(&self.digest()),
        }
    }

    /// Whether a signature was put under this by the holder of its key.
    #[must_use]
    pub fn is_signed_by(&self, signature: &Signature) -> bool {
        let Signature {
            public_key,
            signature,
            ..
        } = signature;
        public_key.verifies(&self.digest(), signature)
    }
}
