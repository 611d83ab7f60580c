//! The table that names the labels of a label map.

use super::table::TsvTable;
use crate::formats::error::FormatError;
use crate::formats::sidecar;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// How many folders above a label map may hold its table: kind, session, patient, data set.
const FOLDERS_ABOVE: usize = 4;

/// Names of labels, and where they stand.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LabelTable {
    /// The `_dseg.tsv`.
    pub path: PathBuf,
    /// Name by number.
    pub names: BTreeMap<u32, String>,
    /// Rows that were left out, and an encoding that was assumed.
    pub remarks: Vec<String>,
}

/// The table `_dseg.tsv` of a label map: that with its own name, or else the only one in its folder
/// or in the next folder above it that has one. `None` where there is none.
///
/// # Errors
/// When the table cannot be opened or lacks the columns `index` and `name`, and when a folder has
/// several.
pub fn label_table(labels: &Path) -> Result<Option<LabelTable>, FormatError> {
    let Some(path) = path_of(labels)? else {
        return Ok(None);
    };
    let table = TsvTable::open(&path)?;
    let columns = table.column("index").zip(table.column("name"));
    let Some((index, name)) = columns else {
        return Err(FormatError::Field {
            field: "the columns".to_owned(),
            value: table.columns.join(", "),
            why: "a table of labels has index and name".to_owned(),
            path,
        });
    };
    let mut remarks = table.remarks;
    let mut names = BTreeMap::new();
    for row in &table.rows {
        match row[index].parse() {
            // The first of a number counts.
            Ok(label) => {
                names.entry(label).or_insert_with(|| row[name].clone());
            }
            Err(_) => remarks.push(format!(
                "the index {:?} is no number and is left out: {}",
                row[index],
                path.display()
            )),
        }
    }
    Ok(Some(LabelTable {
        path,
        names,
        remarks,
    }))
}

fn path_of(labels: &Path) -> Result<Option<PathBuf>, FormatError> {
    let own = sidecar::stem(labels).map(|stem| labels.with_file_name(format!("{stem}.tsv")));
    if let Some(own) = own.filter(|path| path.is_file()) {
        return Ok(Some(own));
    }
    for folder in labels.ancestors().skip(1).take(1 + FOLDERS_ABOVE) {
        let folder = match folder.as_os_str().is_empty() {
            true => Path::new("."),
            false => folder,
        };
        let io = |source| FormatError::Io {
            source,
            path: folder.to_owned(),
        };
        let mut found = Vec::new();
        for entry in std::fs::read_dir(folder).map_err(io)? {
            let name = entry.map_err(io)?.file_name();
            let is_table = |name: &str| name == "dseg.tsv" || name.ends_with("_dseg.tsv");
            if name.to_str().is_some_and(is_table) {
                found.push(folder.join(name));
            }
        }
        found.sort();
        match &found[..] {
            [] => {}
            [only] => return Ok(Some(only.clone())),
            [first, second, ..] => {
                return Err(FormatError::Field {
                    field: "the table of labels".to_owned(),
                    value: format!("{} or {}", first.display(), second.display()),
                    why: "one folder has several, and none has the label map's name".to_owned(),
                    path: labels.to_owned(),
                });
            }
        }
    }
    Ok(None)
}
