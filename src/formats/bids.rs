//! BIDS data sets: where files go, what they are called, and the text files beside the scans
//! (Brain Imaging Data Structure 1.9).

use super::FormatError;
use super::stored::{hours_after_injection, sidecar};
use super::write::write_whole;
use serde::Serialize;
use std::io::Write;
use std::path::{Path, PathBuf};

/// The version of the standard that is written.
pub const VERSION: &str = "1.9.0";

/// What `dataset_description.json` says.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct DatasetDescription {
    /// What the data set is.
    pub name: String,
    /// [`VERSION`].
    #[serde(rename = "BIDSVersion")]
    pub bids_version: &'static str,
    /// `raw` or `derivative`.
    pub dataset_type: &'static str,
    /// A licence, by its usual short name.
    pub license: String,
    /// Who made the data.
    pub authors: Vec<&'static str>,
    /// Which programs made it.
    pub generated_by: Vec<GeneratedBy>,
}

/// A program that made a data set.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct GeneratedBy {
    /// Its name.
    pub name: &'static str,
    /// Its version.
    pub version: &'static str,
    /// How it made it.
    pub description: String,
}

/// The name of a scan, built from entities as BIDS orders them.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ScanName<'a> {
    /// `sub-`
    pub subject: &'a str,
    /// `ses-`
    pub session: Option<&'a str>,
    /// `acq-`
    pub acquisition: Option<&'a str>,
    /// `desc-`, for derivatives.
    pub description: Option<&'a str>,
    /// `T1w`, `dseg`, ...
    pub suffix: &'a str,
}

impl ScanName<'_> {
    /// The file under a data set's root, with an extension such as `.nii.gz`.
    #[must_use]
    pub fn path(&self, root: &Path, extension: &str) -> PathBuf {
        let mut folder = root.join(format!("sub-{}", self.subject));
        let mut name = format!("sub-{}", self.subject);
        if let Some(session) = self.session {
            folder.push(format!("ses-{session}"));
            name += &format!("_ses-{session}");
        }
        for (entity, value) in [("acq", self.acquisition), ("desc", self.description)] {
            if let Some(value) = value {
                name += &format!("_{entity}-{value}");
            }
        }
        folder
            .join("anat")
            .join(format!("{name}_{}{extension}", self.suffix))
    }
}

/// A T1-weighted scan of a data set.
#[derive(Clone, Debug, PartialEq)]
pub struct T1wScan {
    /// The patient: what follows `sub-`.
    pub subject: String,
    /// What follows `ses-`.
    pub session: Option<String>,
    /// What follows `acq-`.
    pub acquisition: Option<String>,
    /// Where it is.
    pub path: PathBuf,
    /// From the injection of the tracer to the scan, h, where the sidecar says.
    pub hours_after_injection: Option<f64>,
}

/// Every `sub-*/[ses-*/]anat/*_T1w.nii[.gz]` below a data set's root, by subject, session and
/// name; derivatives are none of them.
///
/// # Errors
/// When a folder cannot be listed.
pub fn t1w_scans(root: &Path) -> Result<Vec<T1wScan>, FormatError> {
    let mut scans = Vec::new();
    for subject_folder in listed(root, "sub-")? {
        let mut homes = vec![subject_folder.clone()];
        homes.extend(listed(&subject_folder, "ses-")?);
        for home in homes {
            let anat = home.join("anat");
            if !anat.is_dir() {
                continue;
            }
            let files = listed(&anat, "sub-")?;
            scans.extend(files.into_iter().filter_map(t1w_scan));
        }
    }
    Ok(scans)
}

/// The signal of the orbital fat that the sidecar of a scan tells, its mean or its median; for
/// planes, in which there is no orbit to be seen.
#[must_use]
pub fn orbital_fat(path: &Path, median: bool) -> Option<f32> {
    let key = if median {
        "OrbitalFatMedian"
    } else {
        "OrbitalFatMean"
    };
    sidecar(path)?.get(key)?.as_f64().map(|value| value as f32)
}

/// Whether the sidecar of a scan says that it was simulated.
#[must_use]
pub fn is_simulated(path: &Path) -> bool {
    sidecar(path).is_some_and(|json| json.get("Simulated") == Some(&true.into()))
}

/// What a data set calls itself in its `dataset_description.json`.
#[must_use]
pub fn data_set_name(root: &Path) -> Option<String> {
    let text = std::fs::read_to_string(root.join("dataset_description.json")).ok()?;
    let json: serde_json::Value = serde_json::from_str(&text).ok()?;
    json.get("Name")?.as_str().map(str::to_owned)
}

/// What a folder holds whose name begins so, sorted.
fn listed(folder: &Path, prefix: &str) -> Result<Vec<PathBuf>, FormatError> {
    let io = |source| FormatError::Io {
        source,
        path: folder.to_owned(),
    };
    let mut found = Vec::new();
    for entry in std::fs::read_dir(folder).map_err(io)? {
        let entry = entry.map_err(io)?;
        if entry.file_name().to_string_lossy().starts_with(prefix) {
            found.push(entry.path());
        }
    }
    found.sort();
    Ok(found)
}

/// The scan of a file, if its name is that of one.
fn t1w_scan(path: PathBuf) -> Option<T1wScan> {
    let name = path.file_name()?.to_str()?;
    let stem = name
        .strip_suffix(".gz")
        .unwrap_or(name)
        .strip_suffix(".nii")?;
    let entities = stem.strip_suffix("_T1w")?;
    let entity = |key: &str| {
        entities
            .split('_')
            .find_map(|part| part.strip_prefix(key)?.strip_prefix('-'))
            .map(str::to_owned)
    };
    Some(T1wScan {
        subject: entity("sub")?,
        session: entity("ses"),
        acquisition: entity("acq"),
        hours_after_injection: hours_after_injection(&path),
        path,
    })
}

/// Writes JSON, indented, whole or not at all; makes the folder where there is none.
///
/// # Errors
/// When the file cannot be written.
pub fn write_json(path: &Path, value: &impl Serialize) -> Result<(), FormatError> {
    make_folder(path)?;
    write_whole(path, |mut file| {
        let mut text = serde_json::to_vec_pretty(value)?;
        text.push(b'\n');
        file.write_all(&text)
    })
}

/// Writes a table of tab-separated values; `n/a` stands for an empty cell, as BIDS has it.
///
/// # Errors
/// When the file cannot be written.
pub fn write_tsv(path: &Path, columns: &[&str], rows: &[Vec<String>]) -> Result<(), FormatError> {
    make_folder(path)?;
    let mut text = columns.join("\t");
    text.push('\n');
    for row in rows {
        let cells: Vec<String> = row
            .iter()
            .map(|cell| match cell.as_str() {
                "" => "n/a".to_owned(),
                // A tab or a line break would be taken for the end of the cell.
                cell => cell.replace(['\t', '\n', '\r'], " "),
            })
            .collect();
        text += &cells.join("\t");
        text.push('\n');
    }
    write_text(path, &text)
}

/// Writes a text file whole or not at all.
///
/// # Errors
/// When the file cannot be written.
pub fn write_text(path: &Path, text: &str) -> Result<(), FormatError> {
    make_folder(path)?;
    write_whole(path, |mut file| file.write_all(text.as_bytes()))
}

fn make_folder(path: &Path) -> Result<(), FormatError> {
    let Some(folder) = path.parent() else {
        return Ok(());
    };
    std::fs::create_dir_all(folder).map_err(|source| FormatError::Write {
        source,
        path: folder.to_owned(),
    })
}
