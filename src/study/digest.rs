//! SHA-256 over fields.

use sha2::{Digest, Sha256};

/// SHA-256 over fields, each with its length before it, so that no two lists of fields run
/// together into the same bytes.
pub(crate) struct Fields(Sha256);

impl Fields {
    /// A hash for one purpose, so that it is never taken for one of another.
    pub(crate) fn new(purpose: &str) -> Self {
        let mut fields = Self(Sha256::new());
        fields.put(purpose.as_bytes());
        fields
    }

    pub(crate) fn put(&mut self, bytes: &[u8]) {
        self.0.update((bytes.len() as u64).to_le_bytes());
        self.0.update(bytes);
    }

    pub(crate) fn finish(self) -> [u8; 32] {
        self.0.finalize().into()
    }
}

/// Lower-case hexadecimal.
pub(crate) fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// Bytes from hexadecimal; none where it is not as long as asked for or has another character.
pub(crate) fn unhex<const N: usize>(text: &str) -> Option<[u8; N]> {
    let is_whole = text.len() == 2 * N && text.bytes().all(|c| c.is_ascii_hexdigit());
    let digits = text.as_bytes().chunks(2);
    let byte = |pair: &[u8]| u8::from_str_radix(std::str::from_utf8(pair).ok()?, 16).ok();
    let bytes: Vec<u8> = is_whole.then(|| digits.map(byte).collect()).flatten()?;
    bytes.try_into().ok()
}
