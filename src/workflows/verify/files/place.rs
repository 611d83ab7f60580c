//! A folder that is gone afterwards, and what is said of the files in it.

use crate::platform::without_own_names;
use crate::volume::{Grid, Orientation};
use crate::workflows::verify::facts::FileCheck;
use crate::workflows::verify::verdict::Verdict;
use nalgebra::Point3;
use std::fmt::Display;
use std::path::PathBuf;
use tempfile::TempDir;

/// A temporary folder.
pub(super) struct Place(TempDir);

impl Place {
    pub(super) fn new() -> std::io::Result<Self> {
        tempfile::Builder::new()
            .prefix("cisterna-verify-")
            .tempdir()
            .map(Self)
    }

    pub(super) fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    pub(super) fn write(&self, name: &str, bytes: &[u8]) -> std::io::Result<PathBuf> {
        let path = self.path(name);
        std::fs::write(&path, bytes)?;
        Ok(path)
    }

    pub(super) fn folder(&self, name: &str) -> std::io::Result<PathBuf> {
        let path = self.path(name);
        std::fs::create_dir(&path)?;
        Ok(path)
    }

    /// What an error says, with the names of files in it and without where the folder lies.
    pub(super) fn nameless(&self, said: &str) -> String {
        let folder = self.0.path().display().to_string();
        let said = said.replace(&format!("{folder}{}", std::path::MAIN_SEPARATOR), "");
        without_own_names(&said.replace(&folder, "the folder"))
    }
}

/// A scan in words.
pub(super) fn described(values: &[f32], grid: &Grid, orientation: Orientation) -> String {
    let low = values.iter().copied().fold(f32::INFINITY, f32::min);
    let high = values.iter().copied().fold(f32::NEG_INFINITY, f32::max);
    let [nx, ny, nz] = grid.dims();
    let first = grid.to_world(Point3::origin());
    let sides = match orientation {
        Orientation::Known => grid.axcodes(),
        Orientation::Unknown => "sides unknown".to_owned(),
    };
    format!(
        "{nx} x {ny} x {nz} voxels, {low} to {high}, {sides}, the first at ({}, {}, {}) mm",
        first.x, first.y, first.z
    )
}

/// The check of a damaged file; `opened` is what became of opening it.
pub(super) fn refused<T, E: Display>(
    place: &Place,
    kind: &'static str,
    what: &str,
    opened: Result<T, E>,
) -> FileCheck {
    let is_refused = opened.is_err();
    FileCheck {
        kind,
        what: what.to_owned(),
        expected: "refused".to_owned(),
        found: match opened {
            Ok(_) => "opened".to_owned(),
            Err(why) => format!("refused: {}", place.nameless(&why.to_string())),
        },
        verdict: Verdict::of(is_refused),
    }
}
