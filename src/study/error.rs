//! What can go wrong with a study's rules and files.

use std::{io, path::PathBuf};

use thiserror::Error;

use crate::text::TextError;

/// Each message names what was wrong and its value; the path comes last.
#[derive(Debug, Error)]
pub enum StudyError {
    /// A file could not be opened, decoded as text, or written.
    #[error("cannot {action}: {source}: {}", path.display())]
    Io {
        /// "open", "write", ...
        action: &'static str,
        /// The operating system's reason.
        source: io::Error,
        /// The file.
        path: PathBuf,
    },
    /// A file that is not opened as text.
    #[error(transparent)]
    Text(#[from] TextError),
    /// Something in the way would have been overwritten.
    #[error("the file already exists and is not overwritten: {}", .0.display())]
    Exists(PathBuf),
    /// A table that is not a CSV at all (unequal rows, not UTF-8).
    #[error("cannot decode line {line}: {reason}: {}", path.display())]
    NotCsv {
        /// Counted from 1, the header included.
        line: u64,
        /// In words.
        reason: String,
        /// The file.
        path: PathBuf,
    },
    /// A header that is not what the file should have.
    #[error("{problem}: {}", path.display())]
    Header {
        /// In words, with the column's name.
        problem: String,
        /// The file.
        path: PathBuf,
    },
    /// One field with a value that cannot be.
    #[error("line {line}, {field} \"{value}\": {problem}: {}", path.display())]
    Field {
        /// Counted from 1, the header included.
        line: u64,
        /// The column.
        field: String,
        /// What it says.
        value: String,
        /// Why that cannot be.
        problem: String,
        /// The file.
        path: PathBuf,
    },
    /// A protocol that cannot be.
    #[error("{place}{problem}: {}", path.display())]
    Protocol {
        /// The line, where it is known.
        place: String,
        /// The field, and what is wrong with it.
        problem: String,
        /// The file.
        path: PathBuf,
    },
    /// An image that cannot be made like those of the other arms.
    #[error(
        "the arms of patient \"{patient}\" cannot be made alike: {plane} plane of \"{arm}\": {problem}"
    )]
    Unequal {
        /// Whose.
        patient: String,
        /// Of which arm.
        arm: String,
        /// `axial` or `sagittal`.
        plane: &'static str,
        /// In words.
        problem: String,
    },
    /// No order of cases satisfies the protocol.
    #[error("this study cannot be drawn: {0}")]
    Design(String),
    /// A key file that does not decode.
    #[error("not a study key: {reason}: {}", path.display())]
    NotAKey {
        /// The decoder's reason.
        reason: String,
        /// The file.
        path: PathBuf,
    },
    /// A key that is sealed with another passphrase.
    #[error("the passphrase does not open the key: {}", .0.display())]
    WrongPassphrase(PathBuf),
    /// A new passphrase that somebody with a copy of the file could find.
    #[error("the passphrase is too weak: {0}")]
    WeakPassphrase(String),
    /// The operating system gave no random bytes.
    #[error("the system has no random numbers to give: {0}")]
    NoRandomness(String),
    /// Something could not be encrypted.
    #[error("cannot be sealed: {0}")]
    Sealing(String),
    /// A rater's key that is not on this computer.
    #[error(
        "the key that you signed with before is not on this computer; bring it from where you \
         signed first, or name its folder by --signing-keys: {}", .0.display()
    )]
    NoSecretKey(PathBuf),
    /// Text that cannot be a public key.
    #[error("\"{0}\" is not a public key, which has 64 hexadecimal digits")]
    NotAPublicKey(String),
    /// A file of the wrong kind.
    #[error("not {what}: {reason}: {}", path.display())]
    NotWhatItShouldBe {
        /// "a receipt", "a release slip", "an enrolment".
        what: &'static str,
        /// In words.
        reason: String,
        /// The file.
        path: PathBuf,
    },
    /// A key of some other study.
    #[error("this key belongs to another study")]
    OtherStudysKey,
    /// A case code that the key does not know.
    #[error("case code {0} is not in the key")]
    CodeNotInKey(String),
    /// A study needs cases.
    #[error("a study needs at least one case")]
    NoCases,
    /// A rater, patient or arm without a name.
    #[error("{field} {position} has an empty name")]
    EmptyName {
        /// "rater", "patient of case", "arm of case".
        field: &'static str,
        /// Counted from 1.
        position: usize,
    },
    /// The same patient and arm twice.
    #[error("patient \"{patient}\", arm \"{arm}\" is listed twice")]
    DuplicateCase {
        /// The patient.
        patient: String,
        /// The arm.
        arm: String,
    },
    /// A verdict that is about no case.
    #[error("event {0} grades no case")]
    NoCase(i64),
    /// A grade that the scale does not have.
    #[error("grade {value} is not on the scale ({levels})")]
    NotAGrade {
        /// The value.
        value: u8,
        /// The levels, in words.
        levels: String,
    },
    /// A scale that cannot be used.
    #[error("the scale is not usable: {0}")]
    Scale(String),
    /// A protocol that has no text.
    #[error("the protocol cannot be written as TOML: {0}")]
    NoToml(String),
    /// Text that cannot be a case code.
    #[error("\"{0}\" is not a case code")]
    NotACode(String),
    /// A picture of the wrong size or with a value that is no number.
    #[error("the {plane} plane of case {code} cannot be stored: {problem}")]
    Picture {
        /// The case.
        code: String,
        /// "axial" or "sagittal".
        plane: &'static str,
        /// In words.
        problem: String,
    },
    /// An export without patient and arm, which cannot be analysed.
    #[error("case {0} has no patient and no arm: export it again with the key")]
    StillBlind(String),
    /// Two standing grades where there can be one.
    #[error("rater \"{rater}\" has two grades for patient \"{patient}\", arm \"{arm}\"")]
    DuplicateGrade {
        /// The rater.
        rater: String,
        /// The patient.
        patient: String,
        /// The arm.
        arm: String,
    },
    /// The CSV encoder failed.
    #[error("cannot write the export: {0}")]
    Export(#[from] csv::Error),
}
