//! What a registration is asked for.

use crate::registration::{Freedom, Kernel};
use std::path::{Path, PathBuf};

/// What is registered, how, and where the results go.
#[derive(Clone, Debug)]
pub struct RegisterRequest<'a> {
    /// The scan that stays where it is.
    pub fixed: &'a Path,
    /// The scans that are moved onto it; several are a series, in the order in which they were
    /// taken.
    pub moving: &'a [PathBuf],
    /// The folder for transforms and scans.
    pub output: &'a Path,
    /// What a registration may change.
    pub freedom: Freedom,
    /// The grid of new voxels.
    pub resample: Resample,
    /// What is between voxels, where there are new ones.
    pub kernel: Kernel,
    /// Whether each transform is written for FSL too.
    pub fsl: bool,
}

/// On which grid registered scans are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Resample {
    /// Their own, placed by their header.
    None,
    /// That of the fixed scan.
    Grid,
    /// FreeSurfer's: 256 voxels of 1 mm along each axis.
    Conform,
}
