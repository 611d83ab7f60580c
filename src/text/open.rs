use std::{
    fs::File,
    io::{self, Read},
    path::{Path, PathBuf},
};

use thiserror::Error;

/// How large a file of some kind may be: far above any honest one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Limit {
    /// A passphrase: 64 KiB.
    Passphrase,
    /// A sealed key of a study: 64 MiB.
    Key,
    /// A protocol or settings: 1 MiB.
    Settings,
    /// A JSON that lies beside a scan: 4 MiB.
    Sidecar,
    /// A page that is taken into a report: 4 MiB.
    Page,
    /// A table: 64 MiB.
    Table,
    /// A session of the viewer, with what was changed of a mask: 64 MiB.
    Session,
    /// Measurements on a scan: 16 MiB.
    Measurements,
}

impl Limit {
    /// In bytes.
    #[must_use]
    pub const fn bytes(self) -> u64 {
        match self {
            Self::Passphrase => 64 << 10,
            Self::Settings => 1 << 20,
            Self::Sidecar | Self::Page => 4 << 20,
            Self::Measurements => 16 << 20,
            Self::Key | Self::Table | Self::Session => 64 << 20,
        }
    }

    /// What it is the limit of.
    const fn what(self) -> &'static str {
        match self {
            Self::Passphrase => "a passphrase",
            Self::Key => "a key",
            Self::Settings => "settings",
            Self::Sidecar => "a sidecar",
            Self::Page => "a page",
            Self::Table => "a table",
            Self::Session => "a session",
            Self::Measurements => "measurements",
        }
    }
}

/// Why a text was not opened. The path comes last.
#[derive(Debug, Error)]
pub enum TextError {
    /// The operating system refused.
    #[error("cannot open: {source}: {}", path.display())]
    Io {
        /// Its reason.
        source: io::Error,
        /// The file.
        path: PathBuf,
    },
    /// A folder, a pipe or a device.
    #[error("this is {what}, not a file: {}", path.display())]
    NotAFile {
        /// In words.
        what: &'static str,
        /// Where.
        path: PathBuf,
    },
    /// More than is opened.
    #[error("it has more than {most} bytes, the most for {what}: {}", path.display())]
    TooLarge {
        /// The limit.
        most: u64,
        /// Of what it is the limit.
        what: &'static str,
        /// The file.
        path: PathBuf,
    },
    /// Other bytes than text.
    #[error(
        "the text is not UTF-8: byte {byte} (line {line}) is {value:#04x}; save it as UTF-8: {}",
        path.display()
    )]
    NotUtf8 {
        /// Counted from 1.
        byte: usize,
        /// Counted from 1.
        line: usize,
        /// What stands there.
        value: u8,
        /// The file.
        path: PathBuf,
    },
}

/// Opens a file as UTF-8, a byte order mark left out.
///
/// # Errors
/// [`TextError`], naming the first byte that is no text.
pub fn open(path: &Path, limit: Limit) -> Result<String, TextError> {
    let text = String::from_utf8(bytes(path, limit)?).map_err(|error| {
        let at = error.utf8_error().valid_up_to();
        let (before, rest) = error.as_bytes().split_at(at);
        TextError::NotUtf8 {
            byte: at + 1,
            line: 1 + before.iter().filter(|&&byte| byte == b'\n').count(),
            value: rest.first().copied().unwrap_or_default(),
            path: path.to_path_buf(),
        }
    })?;
    Ok(match text.strip_prefix('\u{feff}') {
        Some(text) => text.to_owned(),
        None => text,
    })
}

/// Makes sure that something is a regular file, before it is opened: opening a pipe waits for who
/// writes to it, and a device has no end.
///
/// # Errors
/// [`TextError::NotAFile`], [`TextError::Io`].
pub fn check_file(path: &Path) -> Result<(), TextError> {
    let metadata = path.metadata().map_err(|source| TextError::Io {
        source,
        path: path.to_path_buf(),
    })?;
    let not_a_file = |what| TextError::NotAFile {
        what,
        path: path.to_path_buf(),
    };
    match metadata {
        found if found.is_file() => Ok(()),
        found if found.is_dir() => Err(not_a_file("a folder")),
        _ => Err(not_a_file("a pipe or a device")),
    }
}

/// The bytes of a file.
///
/// # Errors
/// [`TextError`], for all but what the bytes are.
pub fn bytes(path: &Path, limit: Limit) -> Result<Vec<u8>, TextError> {
    let failed = |source| TextError::Io {
        source,
        path: path.to_path_buf(),
    };
    check_file(path)?;
    let most = limit.bytes();
    let mut bytes = Vec::new();
    let file = File::open(path).map_err(failed)?;
    file.take(most + 1)
        .read_to_end(&mut bytes)
        .map_err(failed)?;
    if bytes.len() as u64 > most {
        return Err(TextError::TooLarge {
            most,
            what: limit.what(),
            path: path.to_path_buf(),
        });
    }
    Ok(bytes)
}
