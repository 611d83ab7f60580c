//! Pictures behind keys, so that nothing but this program shows what is in a package.
//!
//! A picture is encrypted with a key of its own, the same in the coordinator's file and in every
//! package. That key is wrapped, for each rater, with the key of the installment in which the rater
//! sees the picture. All sealed pictures have one length, and so have all wrapped keys.
//!
//! What it stops: databases, archives and hex editors show nothing of a picture, and an installment
//! whose key is not in the package cannot be opened by any means. What it does not stop: keys of
//! the training and of the first installment lie in the package, where somebody with this source
//! can write a program that uses them.

use chacha20poly1305::{
    ChaCha20Poly1305, KeyInit,
    aead::{Aead, Payload},
};

use super::{
    CaseCode, CaseImage,
    digest::{Fields, hex, unhex},
};

/// Opens the pictures of one installment of one rater.
#[derive(Clone, PartialEq, Eq)]
pub struct InstallmentKey([u8; 32]);

impl std::fmt::Debug for InstallmentKey {
    /// Says nothing of the key, which a log could give away.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("InstallmentKey")
    }
}

impl InstallmentKey {
    pub(super) fn derive(secret: &[u8; 32], rater: &str, installment: u32) -> Self {
        let mut hash = Fields::new("cisterna installment key 1");
        hash.put(secret);
        hash.put(rater.as_bytes());
        hash.put(&installment.to_le_bytes());
        Self(hash.finish())
    }

    pub(crate) fn from_bytes(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }

    pub(crate) fn bytes(&self) -> &[u8; 32] {
        &self.0
    }

    pub(super) fn to_hex(&self) -> String {
        hex(&self.0)
    }

    pub(super) fn from_hex(text: &str) -> Option<Self> {
        unhex(text).map(Self)
    }

    /// Wraps the key of a picture.
    pub(super) fn wrap(&self, code: &CaseCode, key: &ImageKey) -> Option<Vec<u8>> {
        encrypt(&self.0, code, &key.0)
    }

    /// The key of a picture; none where this key does not open it.
    pub(crate) fn unwrap(&self, code: &CaseCode, wrapped: &[u8]) -> Option<ImageKey> {
        let key = decrypt(&self.0, code, wrapped)?;
        Some(ImageKey(key.try_into().ok()?))
    }
}

/// Opens one picture.
pub(crate) struct ImageKey([u8; 32]);

impl ImageKey {
    pub(super) fn derive(secret: &[u8; 32], code: &CaseCode) -> Self {
        let mut hash = Fields::new("cisterna image key 1");
        hash.put(secret);
        hash.put(code.as_str().as_bytes());
        Self(hash.finish())
    }

    /// The planes one after the other, encrypted: 131,072 bytes and 16 that authenticate them.
    pub(super) fn seal(&self, image: &CaseImage) -> Option<Vec<u8>> {
        encrypt(
            &self.0,
            &image.code,
            &[&image.axial[..], &image.sagittal].concat(),
        )
    }

    /// The picture; none where it is another or was changed.
    pub(crate) fn open(&self, code: &CaseCode, sealed: &[u8]) -> Option<CaseImage> {
        let planes = decrypt(&self.0, code, sealed)?;
        let (axial, sagittal) = planes.split_at_checked(CaseImage::N_VALUES)?;
        (sagittal.len() == CaseImage::N_VALUES).then(|| CaseImage {
            code: code.clone(),
            axial: axial.to_vec(),
            sagittal: sagittal.to_vec(),
        })
    }
}

/// No key encrypts two things under one code, so the code makes the nonce.
fn nonce(code: &CaseCode) -> [u8; 12] {
    let mut hash = Fields::new("cisterna nonce 1");
    hash.put(code.as_str().as_bytes());
    let mut nonce = [0; 12];
    nonce.copy_from_slice(&hash.finish()[..12]);
    nonce
}

/// `None` only for what is longer than the cipher takes (256 GiB).
fn encrypt(key: &[u8; 32], code: &CaseCode, plain: &[u8]) -> Option<Vec<u8>> {
    let payload = Payload {
        msg: plain,
        aad: code.as_str().as_bytes(),
    };
    let cipher = ChaCha20Poly1305::new(key.into());
    cipher.encrypt(&nonce(code).into(), payload).ok()
}

fn decrypt(key: &[u8; 32], code: &CaseCode, sealed: &[u8]) -> Option<Vec<u8>> {
    let payload = Payload {
        msg: sealed,
        aad: code.as_str().as_bytes(),
    };
    let cipher = ChaCha20Poly1305::new(key.into());
    cipher.decrypt(&nonce(code).into(), payload).ok()
}
