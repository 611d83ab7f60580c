//! Why a file was not opened.

use crate::volume::VolumeError;
use std::path::PathBuf;

/// Why a file was not opened. Messages name the field and end in the file.
#[derive(Debug, thiserror::Error)]
pub enum FormatError {
    /// The operating system refused.
    #[error("cannot open the file ({source}): {}", path.display())]
    Io {
        /// What it said.
        source: std::io::Error,
        /// The file.
        path: PathBuf,
    },
    /// The operating system did not take the file.
    #[error("cannot write the file ({source}): {}", path.display())]
    Write {
        /// What it said.
        source: std::io::Error,
        /// The file.
        path: PathBuf,
    },
    /// Not a file of a kind that is opened here.
    #[error("{what}: {}", path.display())]
    NotRecognised {
        /// What it looks like instead.
        what: String,
        /// The file.
        path: PathBuf,
    },
    /// A header field that cannot be right.
    #[error("{field} is {value}: {why}: {}", path.display())]
    Field {
        /// The header field, as its standard names it.
        field: String,
        /// What the file has there.
        value: String,
        /// What is wrong with it.
        why: String,
        /// The file.
        path: PathBuf,
    },
    /// Fewer voxels than the header claims.
    #[error("the voxels are cut short: {claim} needs {expected} bytes, the file holds {got}: {}", path.display())]
    Truncated {
        /// The fields that claim it.
        claim: String,
        /// Bytes claimed.
        expected: u128,
        /// Bytes there.
        got: u64,
        /// The file.
        path: PathBuf,
    },
    /// A compressed stream that is damaged, or coded in a way that is not opened.
    #[error("the {coding} stream cannot be decoded ({what}): {}", path.display())]
    Compressed {
        /// `gzip`, `zstd`, or the coding of the pixels.
        coding: &'static str,
        /// What the decompressor said.
        what: String,
        /// The file.
        path: PathBuf,
    },
    /// The affine cannot place the voxels.
    #[error("{source}: {}", path.display())]
    Placement {
        /// Why.
        source: VolumeError,
        /// The file.
        path: PathBuf,
    },
    /// There is no such volume or voxel.
    #[error("{what} is not in the file, whose shape is {shape:?}: {}", path.display())]
    OutOfRange {
        /// What was asked for.
        what: String,
        /// The stored dimensions.
        shape: Vec<usize>,
        /// The file.
        path: PathBuf,
    },
    /// Several scans, and none of them was chosen, or none is as it was named.
    #[error(
        "{n} scans lie there, and it is not clear which is meant; write ! and its number or its name \
         behind the path, such as !0: {list}: {}",
        path.display()
    )]
    NotChosen {
        /// How many.
        n: usize,
        /// Their numbers, names and shapes.
        list: String,
        /// The folder, the zip or the list.
        path: PathBuf,
    },
    /// Whoever asked for the file no longer wants it.
    #[error("cancelled")]
    Cancelled,
}
