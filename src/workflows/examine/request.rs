//! What an examination is asked for.

use crate::models::DeviceChoice;
use crate::registration::Kernel;
use std::path::{Path, PathBuf};
use time::PrimitiveDateTime;

/// Whose scans are examined, how, and where the results go.
pub struct ExamineRequest<'a> {
    /// BIDS data sets, folders, zips: of one patient or of many.
    pub sources: &'a [PathBuf],
    /// The data set to make or to go on with.
    pub output: &'a Path,
    /// When the tracer was injected, by the scanner's clock, where no sidecar says how many hours
    /// passed.
    pub injected: Option<PrimitiveDateTime>,
    /// Words of which a series' description must have one, where more than the wanted scans were
    /// taken; all T1-weighted scans where there are none.
    pub series: &'a [String],
    /// A label map that lies over the first scan, where there is one patient; of data sets the name
    /// of the folder of `derivatives` with such maps, where a patient has several.
    pub labels: Option<&'a Path>,
    /// By how many voxels regions are eroded; no quantities where it is not said.
    pub erode: Option<usize>,
    /// Between voxels, where scans get new ones.
    pub kernel: Kernel,
    /// Whether networks predict the scan of 24 h where one that comes along fits.
    pub predicts: bool,
    /// On what networks are computed.
    pub device: DeviceChoice,
}
