//! The folder that a simulation is written into: begun, or gone on with.

use crate::formats::bids::{DatasetDescription, write_json};
use crate::text::{self, Limit};
use anyhow::{Context, bail};
use serde::Serialize;
use serde::de::DeserializeOwned;
use std::fmt::Debug;
use std::path::Path;

/// Begins a simulation in a folder that is empty or absent, or goes on with one that was begun with the same
/// settings; they are kept under `truth`.
pub(super) fn begin_folder<S>(root: &Path, truth: &Path, settings: &S) -> anyhow::Result<()>
where
    S: Serialize + DeserializeOwned + PartialEq + Debug,
{
    let path = truth.join("simulation.json");
    if path.is_file() {
        let text = text::open(&path, Limit::Settings).context("no settings")?;
        let before: S = serde_json::from_str(&text).with_context(|| {
            format!("not the settings of such a simulation: {}", path.display())
        })?;
        if before != *settings {
            bail!(
                "the folder holds a simulation with other settings ({before:?}); choose \
                 another folder: {}",
                root.display()
            );
        }
    } else if root.is_dir() && std::fs::read_dir(root)?.next().is_some() {
        bail!(
            "the folder is not empty and holds no simulation: {}",
            root.display()
        );
    } else {
        write_json(&path, settings)?;
    }
    Ok(())
}

/// Writes what a simulated data set is called and that it is nobody's scans.
pub(super) fn describe(
    folder: &Path,
    name: &str,
    dataset_type: &'static str,
    what: &str,
) -> anyhow::Result<()> {
    let how = format!("{what}; nobody's scans.");
    let description = DatasetDescription::new(name.to_owned(), dataset_type, how)
        .with_license("CC0")
        .with_authors(vec!["Cisterna"]);
    Ok(description.write(folder)?)
}

/// What was kept of a patient when the patient was done.
pub(super) fn kept<T: DeserializeOwned>(path: &Path) -> anyhow::Result<T> {
    let text = text::open(path, Limit::Settings).context("no row of a patient")?;
    serde_json::from_str(&text).with_context(|| format!("not a patient's row: {}", path.display()))
}
