//! Files to volumes, and volumes to NIfTI files: NIfTI-1 and -2, Analyze 7.5, MGH, DICOM. Pictures to DICOM
//! for archives.
//!
//! What lies at a path, be it a file, a folder, a zip or a data set, is found by one function,
//! [`catalogue()`]. A header is turned into a `Stored` image: where its voxels lie, of what type, how they are
//! scaled and placed. The voxels are then streamed, so that a file which lies about its size
//! costs neither time nor memory. Nothing here knows what is done with a volume.
//!
//! Invariant: what a header claims is checked against what the file holds before memory is
//! taken, and every refusal names the field and the file.

pub mod bids;
mod catalogue;
mod coding;
mod dicom;
mod error;
mod header;
mod image;
mod info;
mod label_table;
mod mgh;
mod nifti;
mod nifti_header;
mod open;
mod pair;
mod place;
mod sidecar;
mod source;
mod stored;
mod tally;
mod thumbnail;
mod voxels;
mod write;
mod zip;
mod zip_member;

pub use self::open::{describe, find_one, header, open, open_all, open_labels, open_one};
pub use catalogue::{Catalogue, catalogue};
pub use dicom::{
    Identity, PixelScaling, SecondaryCapture, Series, SeriesVolume, Skipped, SortedFiles,
    dicom_text, hours_after_injection, series, write_secondary_capture,
};
pub use error::FormatError;
pub use header::{FileHeader, HeaderPart, HeaderRow};
pub use info::{FileInfo, Opened, Progress, VoxelValue, no_progress};
pub use label_table::LabelTable;
pub use place::{Entry, Place};
pub use thumbnail::{THUMBNAIL_SIDE, Thumbnail};
pub use write::{Voxels, write_described, write_nifti, write_volume};
pub use zip_member::{has_zip_members, unpacked_member};
