//! What can go wrong with the store, in words that say what to do.

use std::{
    io,
    path::{Path, PathBuf},
};

use rusqlite::{ErrorCode, ffi};
use thiserror::Error;

use crate::study::{self, CaseCode, Slot, StudyError};

/// Each message names what was wrong and its value; the path comes last.
#[derive(Debug, Error)]
pub enum LedgerError {
    /// There is no such file.
    #[error("there is no study file: {}", .0.display())]
    NotFound(PathBuf),
    /// Something in the way would have been overwritten.
    #[error("the file already exists and is not overwritten: {}", .0.display())]
    Exists(PathBuf),
    /// Some other file, or some other program's database.
    #[error("not a Cisterna study file: {}", .0.display())]
    NotAStudy(PathBuf),
    /// A file of a later Cisterna.
    #[error(
        "the study file has version {found}, and this Cisterna knows up to {known}; \
         open it with a newer one: {}", path.display()
    )]
    Newer {
        /// The file's version.
        found: i64,
        /// The latest that this program knows.
        known: i64,
        /// The file.
        path: PathBuf,
    },
    /// A file of an earlier Cisterna, whose studies are not sealed as they are now.
    #[error(
        "the study file has version {found}, and this Cisterna knows those from {known} on; make \
         the study anew, or open it with the program that made it: {}", path.display()
    )]
    Older {
        /// The file's version.
        found: i64,
        /// The earliest that this program knows.
        known: i64,
        /// The file.
        path: PathBuf,
    },
    /// SQLite finds the file inconsistent, which is what an incomplete copy looks like.
    #[error("the study file is damaged or was cut short ({reason}): {}", path.display())]
    Damaged {
        /// SQLite's reason.
        reason: String,
        /// The file.
        path: PathBuf,
    },
    /// The rows are readable but not what Cisterna wrote.
    #[error("the study file was changed by something other than Cisterna: {what}: {}", path.display())]
    Tampered {
        /// Where it shows.
        what: String,
        /// The file.
        path: PathBuf,
    },
    /// Another window or program holds the file.
    #[error("the study file is in use by another window or program, try again: {}", .0.display())]
    Busy(PathBuf),
    /// A program was killed inside a commit since the file was opened to look at it.
    #[error(
        "a program was stopped while it stored something in the study; open it again, and it is put \
         right: {}", .0.display()
    )]
    Interrupted(PathBuf),
    /// The file that is open is no longer the one of that name.
    #[error(
        "the study file was moved, replaced or taken away while it was open; nothing was stored, \
         open it again: {}", .0.display()
    )]
    Moved(PathBuf),
    /// A journal lies there that does not go with the file, or both are damaged.
    #[error(
        "the study file and the journal beside it do not go together; nothing was changed, keep \
         both. The file as it lies: {as_it_lies}. With its journal rolled back: {rolled_back}: {}",
        path.display()
    )]
    Unsettled {
        /// What is there, in words.
        as_it_lies: String,
        /// What would be there.
        rolled_back: String,
        /// The file.
        path: PathBuf,
    },
    /// File or folder cannot be written.
    #[error("the study file or its folder cannot be written to: {}", .0.display())]
    ReadOnly(PathBuf),
    /// No room left.
    #[error("the disk is full, nothing was stored: {}", .0.display())]
    DiskFull(PathBuf),
    /// The operating system refused.
    #[error("cannot {action} the study file: {source}: {}", path.display())]
    Io {
        /// "create", ...
        action: &'static str,
        /// The operating system's reason.
        source: io::Error,
        /// The file.
        path: PathBuf,
    },
    /// Anything else that SQLite says.
    #[error("the study file could not be used: {source}: {}", path.display())]
    Sqlite {
        /// SQLite's reason.
        source: rusqlite::Error,
        /// The file.
        path: PathBuf,
    },
    /// A rater that the study does not have.
    #[error("\"{0}\" is not a rater of this study")]
    UnknownRater(String),
    /// A case that the study does not have.
    #[error("{0} is not a case of this study")]
    UnknownCase(CaseCode),
    /// Somebody (most likely another window) has graded this place in the meantime.
    #[error(
        "case {} (installment {}, position {}) was already graded by {rater}, perhaps in another \
         window; nothing was stored", slot.code, slot.installment, slot.position
    )]
    AlreadyGraded {
        /// The rater.
        rater: String,
        /// The place.
        slot: Slot,
    },
    /// A grade out of order.
    #[error(
        "case {} (installment {}, position {}) is not the next case of {rater}; nothing was \
         stored", slot.code, slot.installment, slot.position
    )]
    NotNext {
        /// The rater.
        rater: String,
        /// The place that was to be graded.
        slot: Slot,
        /// The place that is next; `None` when the rater is done.
        next: Option<Slot>,
    },
    /// An installment that begins too soon after the one before it.
    #[error(
        "installment {installment} of {rater} may begin from {} on; nothing was stored",
        study::rfc3339(*from_unix_millis)
    )]
    Washout {
        /// The rater.
        rater: String,
        /// The installment.
        installment: u32,
        /// From when on, milliseconds since 1970 UTC.
        from_unix_millis: i64,
    },
    /// An installment whose pictures cannot be opened yet.
    #[error(
        "installment {installment} of {rater} is sealed: it opens with a release slip, which the \
         coordinator gives once the installment before it was signed and taken in: {}",
        path.display()
    )]
    Sealed {
        /// The rater.
        rater: String,
        /// The installment.
        installment: u32,
        /// The file.
        path: PathBuf,
    },
    /// An installment that the coordinator cannot release.
    #[error("installment {installment} of {rater} is not released: {why}")]
    NotToBeReleased {
        /// The rater.
        rater: String,
        /// The installment.
        installment: u32,
        /// In words.
        why: String,
    },
    /// A slip that does not open this package.
    #[error("this release slip is not taken: {why}: {}", path.display())]
    OtherSlip {
        /// In words.
        why: String,
        /// The package.
        path: PathBuf,
    },
    /// What only the coordinator may do, done by nobody.
    #[error("only the coordinator of the study may do this: sign in with coordinator.age")]
    NeedsCoordinator,
    /// The coordinator of another study.
    #[error("this is the coordinator of another study than: {}", .0.display())]
    OtherCoordinator(PathBuf),
    /// A signature with a key that is not the rater's.
    #[error(
        "{rater} is known by another key. Known:\n  {known}\nGiven:\n  {given}\n\
         nothing was stored: {}", path.display()
    )]
    OtherKey {
        /// The rater.
        rater: String,
        /// The key that the study knows, in words.
        known: String,
        /// The other one, in words.
        given: String,
        /// The file.
        path: PathBuf,
    },
    /// A study that no longer holds what a receipt says it held.
    #[error("the receipt of {at} does not fit the study: {what}: {}", path.display())]
    Receipt {
        /// When it was made.
        at: String,
        /// In words.
        what: String,
        /// The study.
        path: PathBuf,
    },
    /// A correction of a verdict that is not there, is not this rater's, or was corrected before.
    #[error("event {seq} is no standing verdict of {rater}; nothing was stored")]
    NotStanding {
        /// The entry to be replaced.
        seq: i64,
        /// The rater.
        rater: String,
    },
    /// What must say why and does not.
    #[error("a reason is needed; nothing was stored")]
    NoReason,
    /// Words that are more than words.
    #[error("{what} has {n} characters, and {most} are the most; nothing was stored")]
    TooLong {
        /// "the comment", ...
        what: &'static str,
        /// How many.
        n: usize,
        /// The limit.
        most: usize,
    },
    /// A signature without a name.
    #[error("a signature needs the name of who signs; nothing was stored")]
    NoName,
    /// Something that the protocol does not offer, or asks for.
    #[error("the protocol {0}; nothing was stored")]
    Protocol(&'static str),
    /// A test of a display that no window could have asked.
    #[error("the test of the display cannot be: {0}; nothing was stored")]
    DisplayTest(String),
    /// A signature under an installment that has cases without a verdict, or that there is not.
    #[error("installment {installment} of {rater} is not complete; nothing was signed")]
    Unfinished {
        /// The rater.
        rater: String,
        /// The installment.
        installment: u32,
    },
    /// Something new in an installment that is signed.
    #[error("{rater} has signed installment {installment}; nothing was stored")]
    AlreadySigned {
        /// The rater.
        rater: String,
        /// The installment.
        installment: u32,
    },
    /// Unsealing while somebody has not signed.
    #[error("not signed yet: {}; to unseal all the same, say why", .0.join("; "))]
    NotSigned(Vec<String>),
    /// Patients and arms are asked for before the study was unsealed.
    #[error("the study is not unsealed, so arms stay unknown: {}", .0.display())]
    StillSealed(PathBuf),
    /// Grades of a study whose arms are known.
    #[error("the study was unsealed and takes no more grades: {}", .0.display())]
    Unsealed(PathBuf),
    /// A package that is not a part of this study.
    #[error("this is no package of the study ({why}): {}", path.display())]
    OtherStudy {
        /// In words.
        why: String,
        /// The package.
        path: PathBuf,
    },
    /// Two files in which one rater went on from the same point.
    #[error(
        "{rater} went on differently in two files: event {seq} is not the one that the study \
         has; nothing was taken in: {}", path.display()
    )]
    Forked {
        /// The rater.
        rater: String,
        /// The first event that differs.
        seq: i64,
        /// The package.
        path: PathBuf,
    },
    /// What cannot be stored as JSON.
    #[error("cannot be stored as JSON ({reason}): {}", path.display())]
    Content {
        /// The encoder's reason.
        reason: String,
        /// The file.
        path: PathBuf,
    },
    /// Pictures and case codes do not go together.
    #[error("the study cannot be created: {0}")]
    Pictures(String),
    /// A rule of the study.
    #[error(transparent)]
    Study(#[from] StudyError),
}

/// Puts an SQLite error into our words, with the file it is about.
pub(super) trait AtPath<T> {
    fn at(self, path: &Path) -> Result<T, LedgerError>;
}

impl<T> AtPath<T> for rusqlite::Result<T> {
    fn at(self, path: &Path) -> Result<T, LedgerError> {
        self.map_err(|source| in_words(source, path))
    }
}

fn in_words(source: rusqlite::Error, path: &Path) -> LedgerError {
    let path = path.to_path_buf();
    match source.sqlite_error().map(|error| error.extended_code) {
        Some(ffi::SQLITE_READONLY_ROLLBACK) => return LedgerError::Interrupted(path),
        Some(ffi::SQLITE_READONLY_DBMOVED) => return LedgerError::Moved(path),
        _ => {}
    }
    match source.sqlite_error_code() {
        Some(ErrorCode::NotADatabase) => LedgerError::NotAStudy(path),
        Some(ErrorCode::DatabaseCorrupt) => LedgerError::Damaged {
            reason: source.to_string(),
            path,
        },
        Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked) => LedgerError::Busy(path),
        // The file itself is there; what cannot be opened is the journal beside it.
        Some(ErrorCode::ReadOnly | ErrorCode::CannotOpen | ErrorCode::PermissionDenied) => {
            LedgerError::ReadOnly(path)
        }
        Some(ErrorCode::DiskFull) => LedgerError::DiskFull(path),
        _ => LedgerError::Sqlite { source, path },
    }
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use rusqlite::{Error, ffi};

    use super::in_words;

    /// Folders cannot be made unwritable for root, so the words are checked on the codes.
    #[test]
    fn sqlite_codes_get_words() {
        #[track_caller]
        fn check(code: i32, words: &str) {
            let error = Error::SqliteFailure(ffi::Error::new(code), None);
            let said = in_words(error, Path::new("/data/a.study")).to_string();
            assert!(
                said.contains(words) && said.ends_with(": /data/a.study"),
                "{said}"
            );
        }
        check(ffi::SQLITE_READONLY_DIRECTORY, "cannot be written to");
        check(ffi::SQLITE_READONLY, "cannot be written to");
        check(ffi::SQLITE_CANTOPEN, "cannot be written to");
        check(ffi::SQLITE_BUSY, "in use by another window");
        check(ffi::SQLITE_READONLY_ROLLBACK, "was stopped while it stored");
        check(
            ffi::SQLITE_READONLY_DBMOVED,
            "was moved, replaced or taken away",
        );
        check(ffi::SQLITE_NOTADB, "not a Cisterna study file");
        check(ffi::SQLITE_CORRUPT, "damaged or was cut short");
        check(ffi::SQLITE_FULL, "the disk is full");
    }
}
