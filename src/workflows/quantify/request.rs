//! What is asked for.

use crate::anatomy::FatStatistic;
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
