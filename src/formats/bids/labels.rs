//! The table that names the labels of a label map.

use crate::formats::error::FormatError;
use crate::formats::label_table::{ENDINGS, LabelTable};
use crate::formats::sidecar;
use std::path::{Path, PathBuf};

/// How many folders above a label map may hold its table: kind, session, patient, data set.
const FOLDERS_ABOVE: usize = 4;

/// The table of a label map: that with its own name (`_dseg.tsv`, or one that another program writes),
/// or else the only `_dseg.tsv` in its folder or in the next folder above it that has one. `None` where
/// there is none.
///
/// # Errors
/// When the table cannot be opened or names no label, and when a folder has several.
pub fn label_table(labels: &Path) -> Result<Option<LabelTable>, FormatError> {
    match path_of(labels)? {
        Some(path) => LabelTable::open(&path).map(Some),
        None => Ok(of_other_programs(labels)),
    }
}

/// A table of another program with the label map's own name. A text file of that name may be
/// something else, which is no error.
fn of_other_programs(labels: &Path) -> Option<LabelTable> {
    let stem = sidecar::stem(labels)?;
    ENDINGS.iter().find_map(|ending| {
        let path = labels.with_file_name(format!("{stem}.{ending}"));
        let table = path.is_file().then(|| LabelTable::open(&path))?;
        table.ok()
    })
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
