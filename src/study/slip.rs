//! Release slips: what opens a later installment, once the coordinator has the one before it.

use std::path::Path;

use serde::{Deserialize, Serialize};

use super::{
    ChainHead, Coordinator, InstallmentKey, PublicKey, StudyError,
    digest::Fields,
    files::{Access, write_new_for},
    receipt::{from_json, to_json},
};

/// The key of one installment of one rater, signed by the coordinator: made after the installment
/// before it was taken in, signed, and its washout had passed by the coordinator's clock.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Slip {
    format: String,
    /// For whom.
    pub rater: String,
    /// Which installment.
    pub installment: u32,
    /// What the coordinator has of the rater: the rater's history must continue it.
    pub head: ChainHead,
    /// By the coordinator's clock, milliseconds since 1970 UTC.
    pub at_unix_millis: i64,
    /// The hash with which the rater's chain begins, hexadecimal: it stands for study, worklist
    /// and pictures.
    pub root_sha256: String,
    /// Opens the pictures, hexadecimal.
    key: String,
    /// Over all of the above, hexadecimal.
    signature: String,
}

const FORMAT: &str = "cisterna slip 1";

impl Slip {
    pub(crate) fn new(
        rater: &str,
        installment: u32,
        head: ChainHead,
        at_unix_millis: i64,
        root_sha256: String,
        coordinator: &Coordinator,
    ) -> Self {
        let mut slip = Self {
            format: FORMAT.to_owned(),
            rater: rater.to_owned(),
            installment,
            head,
            at_unix_millis,
            root_sha256,
            key: coordinator.installment_key(rater, installment).to_hex(),
            signature: String::new(),
        };
        slip.signature = coordinator.sign(&slip.digest());
        slip
    }

    fn digest(&self) -> [u8; 32] {
        let mut hash = Fields::new(FORMAT);
        hash.put(self.rater.as_bytes());
        hash.put(&self.installment.to_le_bytes());
        hash.put(self.head.author.as_bytes());
        hash.put(&self.head.n_events.to_le_bytes());
        hash.put(self.head.sha256.as_bytes());
        hash.put(&self.at_unix_millis.to_le_bytes());
        hash.put(self.root_sha256.as_bytes());
        hash.put(self.key.as_bytes());
        hash.finish()
    }

    /// Whether the holder of a key signed it.
    #[must_use]
    pub fn is_signed_by(&self, key: &PublicKey) -> bool {
        self.format == FORMAT && key.verifies(&self.digest(), &self.signature)
    }

    /// What opens the pictures; none where it is no key.
    #[must_use]
    pub fn key(&self) -> Option<InstallmentKey> {
        InstallmentKey::from_hex(&self.key)
    }

    /// Writes it to a new file, as JSON.
    ///
    /// # Errors
    /// As [`super::write_new`].
    pub fn write(&self, path: &Path) -> Result<(), StudyError> {
        write_new_for(Access::AsUsual, path, to_json(self, path)?.as_bytes())
    }

    /// Opens one. Whose it is, is for [`Slip::is_signed_by`] to say.
    ///
    /// # Errors
    /// [`StudyError::NotWhatItShouldBe`] where it does not decode.
    pub fn open(path: &Path) -> Result<Self, StudyError> {
        from_json(path, "a release slip")
    }
}
