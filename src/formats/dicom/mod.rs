//! DICOM: files to series, and series to volumes; and pictures to files for archives.
//!
//! All files are looked at, each up to its pixels, and sorted into series by `SeriesInstanceUID`
//! and number; the frames of a series are stacked into volumes by where they lie. Places come from
//! `ImagePositionPatient` and `ImageOrientationPatient`, never from the order of the files.
//!
//! The elements are parsed here and not by a crate: what a length claims is only believed as far
//! as the file goes, and sequences lie only so deep in each other. Who was scanned is not even
//! looked at, except by [`Series::identity`] and by the list of a file's elements, which hides all that is
//! not known to be about the picture.

mod ahead;
mod charset;
mod codec;
mod dataset;
mod directory;
mod elements;
mod frame;
mod functional;
mod header;
mod jpeg_ls;
mod mosaic;
mod pixels;
mod series;
mod sorted;
mod stack;
mod syntax;
mod tags;
mod when;
mod write;

pub(super) use directory::listed;
pub use pixels::PixelScaling;
pub use series::{Identity, Series, SeriesVolume};
pub(super) use sorted::series_of;
pub use sorted::{Skipped, SortedFiles, series};
pub(super) use syntax::is_dicom;
pub use when::hours_after_injection;
pub use write::{SecondaryCapture, dicom_text, write_secondary_capture};
