//! A DICOMDIR: a list of the files of a medium.

use super::dataset::{Dataset, Elements};
use super::syntax;
use super::tags::{self, Keep};
use crate::formats::error::FormatError;
use crate::formats::source::Source;
use std::path::{Path, PathBuf};

/// The files that a DICOMDIR lists, or the file itself where it is no DICOMDIR.
pub(in crate::formats) fn listed(path: &Path) -> Result<Vec<Source>, FormatError> {
    let itself = Source::File(path.to_owned());
    let mut elements = Elements::new(itself.open()?.bytes, Keep::Picture);
    let Ok(Some((dataset, _, _))) = syntax::parse(&mut elements, Keep::Picture) else {
        return Ok(vec![itself]);
    };
    let records = dataset.items(tags::DIRECTORY_RECORDS);
    if records.is_empty() {
        return Ok(vec![itself]);
    }
    let folder = path.parent().unwrap_or_else(|| Path::new("."));
    let file = |record: &Dataset| -> Option<PathBuf> {
        let parts = record.text(tags::REFERENCED_FILE)?;
        let mut file = folder.to_owned();
        for part in parts.split('\\').map(str::trim) {
            // Nothing outside the folder.
            if part.is_empty() || part == ".." || part.contains(['/', ':']) {
                return None;
            }
            file.push(named(&file, part).unwrap_or_else(|| part.to_owned()));
        }
        Some(file)
    };
    let mut files: Vec<PathBuf> = records.iter().filter_map(file).collect();
    files.sort();
    files.dedup();
    Ok(files.into_iter().map(Source::File).collect())
}

/// What lies in a folder under a name of a DICOMDIR, which is in capitals and without an ending:
/// copying to another medium often changes both.
fn named(folder: &Path, name: &str) -> Option<String> {
    if folder.join(name).exists() {
        return Some(name.to_owned());
    }
    let there: Vec<String> = std::fs::read_dir(folder)
        .ok()?
        .filter_map(|entry| entry.ok()?.file_name().into_string().ok())
        .collect();
    let is_it = |of: &&String| of.eq_ignore_ascii_case(name);
    let with_ending = |of: &&String| {
        let stem = of.rsplit_once('.').map(|(stem, _)| stem);
        stem.is_some_and(|stem| stem.eq_ignore_ascii_case(name))
    };
    let found = there.iter().find(is_it);
    found.or_else(|| there.iter().find(with_ending)).cloned()
}
