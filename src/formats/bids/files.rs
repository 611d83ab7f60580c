//! The text files beside the scans of a data set, and what sidecars say.

use crate::formats::error::FormatError;
use crate::formats::sidecar;
use crate::formats::source::Source;
use crate::formats::write::write_whole;
use serde::Serialize;
use std::io::Write;
use std::path::{Path, PathBuf};

/// The version of the standard that is written.
const VERSION: &str = "1.9.0";
/// The file in which a data set says what it is.
pub const DESCRIPTION: &str = "dataset_description.json";

/// What `dataset_description.json` says.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct DatasetDescription {
    name: String,
    #[serde(rename = "BIDSVersion")]
    bids_version: &'static str,
    dataset_type: &'static str,
    #[serde(skip_serializing_if = "String::is_empty")]
    license: String,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    authors: Vec<&'static str>,
    generated_by: Vec<GeneratedBy>,
}

impl DatasetDescription {
    /// Of a data set that this program makes, `raw` or `derivative`, without a licence and authors; `how` it
    /// makes it.
    #[must_use]
    pub fn new(name: String, dataset_type: &'static str, how: String) -> Self {
        Self {
            name,
            bids_version: VERSION,
            dataset_type,
            license: String::new(),
            authors: Vec::new(),
            generated_by: vec![GeneratedBy {
                name: "Cisterna",
                version: env!("CARGO_PKG_VERSION"),
                description: how,
            }],
        }
    }

    /// With a licence, by its usual short name.
    #[must_use]
    pub fn with_license(mut self, license: &str) -> Self {
        license.clone_into(&mut self.license);
        self
    }

    /// With who made the data.
    #[must_use]
    pub fn with_authors(mut self, authors: Vec<&'static str>) -> Self {
        self.authors = authors;
        self
    }

    /// Writes it into the data set's folder.
    ///
    /// # Errors
    /// As [`write_json`].
    pub fn write(&self, root: &Path) -> Result<(), FormatError> {
        write_json(&root.join(DESCRIPTION), self)
    }
}

/// A program that made a data set.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
struct GeneratedBy {
    name: &'static str,
    version: &'static str,
    description: String,
}

/// The signal of the orbital fat in the sidecar of a scan, its mean or its median; for
/// planes, in which there is no orbit to be seen.
#[must_use]
pub fn orbital_fat(path: &Path, median: bool) -> Option<f32> {
    let key = if median {
        "OrbitalFatMedian"
    } else {
        "OrbitalFatMean"
    };
    sidecar_of(path)?
        .get(key)?
        .as_f64()
        .map(|value| value as f32)
}

/// Whether the sidecar of a scan says that fat was suppressed: `FS` among its `ScanOptions`, which are one
/// text (`FS`, `PFP\FS`) or a list.
#[must_use]
pub fn is_fat_suppressed(path: &Path) -> bool {
    let sidecar = sidecar_of(path);
    let options = sidecar.as_ref().and_then(|json| json.get("ScanOptions"));
    let is_fs = |option: &serde_json::Value| {
        let text = option.as_str().unwrap_or_default();
        let mut words = text.split(|c: char| !c.is_ascii_alphanumeric());
        words.any(|word| word == "FS")
    };
    options.is_some_and(|options| match options.as_array() {
        Some(several) => several.iter().any(is_fs),
        None => is_fs(options),
    })
}

/// What the sidecar beside a scan says, if there is one that can be used.
#[must_use]
pub fn sidecar_of(path: &Path) -> Option<serde_json::Value> {
    let sidecar = sidecar::beside(&Source::File(path.to_owned()))?;
    Some(sidecar::open(&sidecar).ok()?.0)
}

/// Where the sidecar of a scan lies, whether there is one or not.
#[must_use]
pub fn sidecar_path(scan: &Path) -> PathBuf {
    let stem = sidecar::stem(scan).unwrap_or_default();
    scan.with_file_name(format!("{stem}.json"))
}

/// Whether the sidecar of a scan says that it was simulated.
#[must_use]
pub fn is_simulated(path: &Path) -> bool {
    sidecar_of(path).is_some_and(|json| json.get("Simulated") == Some(&true.into()))
}

/// What a data set calls itself in its `dataset_description.json`.
#[must_use]
pub fn data_set_name(root: &Path) -> Option<String> {
    let text = std::fs::read_to_string(root.join(DESCRIPTION)).ok()?;
    let json: serde_json::Value = serde_json::from_str(&text).ok()?;
    json.get("Name")?.as_str().map(str::to_owned)
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
