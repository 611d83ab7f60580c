//! Receipts: what a study held at a moment, signed by its coordinator and kept elsewhere.

use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize, de::DeserializeOwned};

use super::{
    Coordinator, PublicKey, StudyError,
    digest::{Fields, hex},
    files::{Access, write_new_for},
    keys::words_of,
    rfc3339,
};
use crate::text::{self, Limit};

/// How far one author's chain of events went.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ChainHead {
    /// A rater, or `coordinator`.
    pub author: String,
    /// How many events.
    pub n_events: i64,
    /// The hash of the last one, hexadecimal; where there is none, of what the chain begins with.
    pub sha256: String,
}

/// The heads of every chain of a study at a moment. Whoever keeps one can tell later whether what
/// was there by then is there still.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Receipt {
    format: String,
    /// The hash of the study, hexadecimal.
    pub study_sha256: String,
    /// `package`, `merge`, `release`, `unseal` or `export`.
    pub occasion: String,
    /// By the coordinator's clock, milliseconds since 1970 UTC.
    pub at_unix_millis: i64,
    /// One for each author.
    pub heads: Vec<ChainHead>,
    /// The coordinator's.
    pub public_key: PublicKey,
    /// Over all of the above, hexadecimal.
    signature: String,
}

const FORMAT: &str = "cisterna receipt 1";

impl Receipt {
    pub(crate) fn new(
        study_sha256: String,
        occasion: &str,
        at_unix_millis: i64,
        heads: Vec<ChainHead>,
        coordinator: &Coordinator,
    ) -> Self {
        let mut receipt = Self {
            format: FORMAT.to_owned(),
            study_sha256,
            occasion: occasion.to_owned(),
            at_unix_millis,
            heads,
            public_key: coordinator.public_key(),
            signature: String::new(),
        };
        receipt.signature = coordinator.sign(&receipt.digest());
        receipt
    }

    fn digest(&self) -> [u8; 32] {
        let mut hash = Fields::new(FORMAT);
        hash.put(self.study_sha256.as_bytes());
        hash.put(self.occasion.as_bytes());
        hash.put(&self.at_unix_millis.to_le_bytes());
        for head in &self.heads {
            hash.put(head.author.as_bytes());
            hash.put(&head.n_events.to_le_bytes());
            hash.put(head.sha256.as_bytes());
        }
        hash.finish()
    }

    /// Whether the holder of a key signed it.
    #[must_use]
    pub fn is_signed_by(&self, key: &PublicKey) -> bool {
        self.format == FORMAT
            && self.public_key == *key
            && key.verifies(&self.digest(), &self.signature)
    }

    /// Eight words that stand for all of it, to be compared over the telephone.
    #[must_use]
    pub fn words(&self) -> String {
        words_of(&self.digest())
    }

    /// A file name that sorts by time.
    #[must_use]
    pub fn file_name(&self) -> String {
        let at = rfc3339(self.at_unix_millis).replace(':', "-");
        let id = &hex(&self.digest())[..8];
        format!("{at}-{}-{id}.receipt", self.occasion)
    }

    /// For people: when, why, the words, and every head.
    #[must_use]
    pub fn to_text(&self) -> String {
        let heads = self.heads.iter();
        let heads: String = heads
            .map(|head| {
                format!(
                    "\n  {} {} events, {}",
                    head.sha256, head.n_events, head.author
                )
            })
            .collect();
        format!(
            "receipt of {} ({}): {}{heads}",
            rfc3339(self.at_unix_millis),
            self.occasion,
            self.words()
        )
    }

    /// Writes it to a new file, as JSON.
    ///
    /// # Errors
    /// As [`super::write_new`].
    pub fn write(&self, path: &Path) -> Result<(), StudyError> {
        write_new_for(Access::AsUsual, path, to_json(self, path)?.as_bytes())
    }

    /// Writes it to the folder `receipts` beside a study, from where it is to be taken elsewhere.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn keep_beside(&self, study: &Path) -> Result<PathBuf, StudyError> {
        let folder = study.with_file_name("receipts");
        std::fs::create_dir_all(&folder).map_err(|source| StudyError::Io {
            action: "make the folder",
            source,
            path: folder.clone(),
        })?;
        let path = folder.join(self.file_name());
        self.write(&path)?;
        Ok(path)
    }

    /// Opens one. Whose it is, is for [`Receipt::is_signed_by`] to say.
    ///
    /// # Errors
    /// [`StudyError::NotWhatItShouldBe`] where it does not decode.
    pub fn open(path: &Path) -> Result<Self, StudyError> {
        from_json(path, "a receipt")
    }
}

/// As the text of a file.
pub(super) fn to_json(value: &impl Serialize, path: &Path) -> Result<String, StudyError> {
    let text = serde_json::to_string_pretty(value);
    let text = text.map_err(|error| StudyError::NotWhatItShouldBe {
        what: "JSON",
        reason: error.to_string(),
        path: path.to_path_buf(),
    })?;
    Ok(text + "\n")
}

/// From the text of a file, which is `what`.
pub(super) fn from_json<T: DeserializeOwned>(
    path: &Path,
    what: &'static str,
) -> Result<T, StudyError> {
    let text = text::open(path, Limit::Settings)?;
    serde_json::from_str(&text).map_err(|error| StudyError::NotWhatItShouldBe {
        what,
        reason: error.to_string(),
        path: path.to_path_buf(),
    })
}
