//! What is asked for.

use crate::anatomy::FatStatistic;
use crate::volume::{Affine, Volume};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// Where the signal of orbital fat comes from.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum FatSource {
    /// Sought in each scan, about the planes of the first.
    #[default]
    Sought,
    /// `OrbitalFatMean` or `OrbitalFatMedian` of each scan's sidecar.
    Sidecar,
    /// Sought; where it is not seen in a scan of a patient, that of the sidecars for all scans of that
    /// patient, with a remark.
    SoughtOrSidecar,
}

/// A volume that is open, and where it lies.
#[derive(Clone, Debug)]
pub struct PlacedVolume {
    /// Its file, which names its sidecar and what was measured; or what to call it.
    pub file: PathBuf,
    /// As the file has it.
    pub volume: Volume,
    /// From the world as the file has it to that of the series, RAS+ mm.
    pub series_from_file: Affine,
}

/// Which scans are quantified.
pub enum QuantifySource<'a> {
    /// The series of one patient.
    Series {
        /// The scan before the tracer.
        before: &'a Path,
        /// Later scans.
        scans: &'a [PathBuf],
        /// Hours after the injection of all scans, the one before first; otherwise by the sidecars.
        hours: Option<&'a [f64]>,
        /// A label map.
        labels: Option<&'a Path>,
        /// Maps of T1: of the scan before, or of all scans.
        t1: &'a [PathBuf],
    },
    /// The series of one patient whose scans are open, some of them elsewhere than their files say.
    Placed {
        /// Hours after the injection, and the scan; in any order, one before the injection.
        scans: &'a [(f64, PlacedVolume)],
        /// The label map.
        labels: &'a PlacedVolume,
    },
    /// All patients of a data set with a scan before the tracer and one after it.
    DataSet {
        /// Its folder.
        root: &'a Path,
        /// Whose label maps are taken: a folder of `derivatives`.
        labels: Option<&'a str>,
    },
    /// All patients of an examination: a data set whose scans this program registered.
    Examined {
        /// Its folder.
        root: &'a Path,
        /// The label map that lies over a patient's first scan, by what follows `sub-`.
        labels: &'a BTreeMap<String, PathBuf>,
    },
}

/// What is to be quantified, and how.
pub struct QuantifyRequest<'a> {
    /// Which scans.
    pub source: QuantifySource<'a>,
    /// By how many voxels of the label map each region is eroded.
    pub erode: usize,
    /// Which value stands for the fat.
    pub fat: FatStatistic,
    /// Where that comes from.
    pub fat_source: FatSource,
    /// A JSON file with fields of the sequence that sidecars lack.
    pub parameters: Option<&'a Path>,
    /// The folder for maps, tables and figures.
    pub output: Option<&'a Path>,
}
