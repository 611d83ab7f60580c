//! Where DICOM files come from: single files, folders, a DICOMDIR, zips.

use super::dataset::{Dataset, Elements};
use super::zip::{self, Zip};
use super::{syntax, tags};
use crate::formats::FormatError;
use crate::formats::coding::{Coding, open_bytes};
use std::io::Read;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// Folders within folders.
const DEEPEST_FOLDER: usize = 64;
const MOST_FILES: usize = 2_000_000;

/// One file that may hold DICOM.
#[derive(Clone, Debug)]
pub(super) enum Source {
    File(PathBuf),
    Member(Arc<Zip>, usize),
}

/// A file's bytes, unpacked.
pub(super) struct Input {
    pub(super) bytes: Box<dyn Read + Send>,
    /// Bytes there can be at most.
    pub(super) most: u64,
    /// Whether a check sum stands at their end.
    pub(super) is_checked: bool,
}

impl Source {
    /// What to call it: `scans.zip!a/1.dcm` for what lies in a zip.
    pub(super) fn path(&self) -> PathBuf {
        match self {
            Self::File(path) => path.clone(),
            Self::Member(zip, member) => {
                let mut path = zip.path.clone().into_os_string();
                path.push("!");
                path.push(&zip.members[*member].name);
                path.into()
            }
        }
    }

    pub(super) fn open(&self) -> Result<Input, FormatError> {
        match self {
            Self::File(path) => {
                let (bytes, coding, file_bytes) = open_bytes(path)?;
                Ok(Input {
                    bytes,
                    most: file_bytes.saturating_mul(coding.largest_ratio()),
                    is_checked: coding != Coding::Plain,
                })
            }
            Self::Member(zip, member) => {
                let member = &zip.members[*member];
                let bytes = zip.member(member).map_err(|source| FormatError::Io {
                    source,
                    path: self.path(),
                })?;
                Ok(Input {
                    bytes,
                    most: member.size,
                    is_checked: true,
                })
            }
        }
    }

    /// All that lie under a path, in the order of their names.
    pub(super) fn all(path: &Path) -> Result<Vec<Self>, FormatError> {
        let io = |source| FormatError::Io {
            source,
            path: path.to_owned(),
        };
        if std::fs::metadata(path).map_err(io)?.is_dir() {
            let files = files_below(path).map_err(io)?;
            return Ok(files.into_iter().map(Self::File).collect());
        }
        if is_zip_file(path) {
            let zip = Arc::new(Zip::open(path)?);
            let mut order: Vec<usize> = (0..zip.members.len()).collect();
            order.sort_by(|&a, &b| zip.members[a].name.cmp(&zip.members[b].name));
            let members = order.into_iter().map(|at| Self::Member(zip.clone(), at));
            return Ok(members.collect());
        }
        if let Some(files) = listed(path)? {
            return Ok(files.into_iter().map(Self::File).collect());
        }
        Ok(vec![Self::File(path.to_owned())])
    }
}

/// Whether a path is a file that begins as a zip does.
pub(super) fn is_zip_file(path: &Path) -> bool {
    if !path.is_file() {
        return false;
    }
    let mut head = Vec::new();
    let opened = std::fs::File::open(path).map(|file| file.take(4).read_to_end(&mut head));
    matches!(opened, Ok(Ok(_))) && zip::is_zip(&head)
}

/// All files below a folder, in the order of their names.
pub(in crate::formats) fn files_below(folder: &Path) -> std::io::Result<Vec<PathBuf>> {
    let mut files = Vec::new();
    walk(folder, 0, &mut files)?;
    files.sort();
    Ok(files)
}

/// Links are not followed: a folder may hold itself.
fn walk(folder: &Path, depth: usize, files: &mut Vec<PathBuf>) -> std::io::Result<()> {
    if depth > DEEPEST_FOLDER {
        return Ok(());
    }
    for entry in std::fs::read_dir(folder)? {
        let entry = entry?;
        let kind = entry.file_type()?;
        if kind.is_dir() {
            walk(&entry.path(), depth + 1, files)?;
        } else if files.len() < MOST_FILES
            // A link that leads nowhere is listed too, so that somebody says so.
            && (kind.is_file() || entry.path().metadata().map_or(true, |m| m.is_file()))
        {
            files.push(entry.path());
        }
    }
    Ok(())
}

/// The files that a DICOMDIR lists, or `None` where the file is no DICOMDIR.
fn listed(path: &Path) -> Result<Option<Vec<PathBuf>>, FormatError> {
    let input = Source::File(path.to_owned()).open()?;
    let mut elements = Elements::new(input.bytes, false);
    let Ok(Some((dataset, _, _))) = syntax::parse(&mut elements, false) else {
        return Ok(None);
    };
    let records = dataset.items(tags::DIRECTORY_RECORDS);
    if records.is_empty() {
        return Ok(None);
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
    Ok(Some(files))
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
