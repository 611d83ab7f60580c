//! Where the bytes of a scan are: in a file, or in a member of a zip.

use super::coding::{Coding, unpacked};
use super::error::FormatError;
use super::zip::{self, Zip};
use std::fs::File;
use std::io::Read;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// Folders within folders.
const DEEPEST_FOLDER: usize = 64;
const MOST_FILES: usize = 2_000_000;

/// One file, on the disk or in a zip.
#[derive(Clone, Debug)]
pub(super) enum Source {
    File(PathBuf),
    /// By its number in the zip's list.
    Member(Arc<Zip>, usize),
}

/// A file's bytes, unpacked.
pub(super) struct Input {
    pub(super) bytes: Box<dyn Read + Send>,
    /// How they are packed. A check sum stands at their end, unless they are plain.
    pub(super) coding: Coding,
    /// Bytes on the disk.
    pub(super) packed_bytes: u64,
    /// Bytes there can be at most.
    pub(super) most_bytes: u64,
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

    /// Its path on the disk or in its zip.
    pub(super) fn inner_path(&self) -> &Path {
        match self {
            Self::File(path) => path,
            Self::Member(zip, member) => Path::new(&zip.members[*member].name),
        }
    }

    /// Its name without folders.
    pub(super) fn file_name(&self) -> String {
        let path = self.inner_path();
        let name = path.file_name().unwrap_or(path.as_os_str());
        name.to_string_lossy().into_owned()
    }

    /// Its bytes, each layer of compression taken off.
    pub(super) fn open(&self) -> Result<Input, FormatError> {
        let io = |source| FormatError::Io {
            source,
            path: self.path(),
        };
        match self {
            Self::File(path) => {
                // Before it is opened: opening a pipe waits for who writes to it.
                let metadata = path.metadata().map_err(io)?;
                if !metadata.is_file() {
                    return Err(self.refuse(match metadata.is_dir() {
                        true => "this is a folder; name one file in it",
                        false => "this is a pipe or a device; an image is a file",
                    }));
                }
                let file = File::open(path).map_err(io)?;
                let (bytes, coding) = unpacked(file).map_err(io)?;
                Ok(Input {
                    bytes,
                    coding,
                    packed_bytes: metadata.len(),
                    most_bytes: metadata.len().saturating_mul(coding.largest_ratio()),
                })
            }
            Self::Member(zip, member) => {
                let member = &zip.members[*member];
                let of_zip = |source| Coding::Zip.error(source, &self.path());
                let member_bytes = zip.member(member).map_err(of_zip)?;
                let (bytes, coding) = unpacked(member_bytes).map_err(of_zip)?;
                let most_bytes = member.most_bytes().saturating_mul(coding.largest_ratio());
                Ok(Input {
                    bytes,
                    coding: match coding {
                        Coding::Plain => Coding::Zip,
                        packed => packed,
                    },
                    packed_bytes: member.compressed,
                    most_bytes,
                })
            }
        }
    }

    /// The first bytes, fewer where it is shorter.
    pub(super) fn head(&self, length: u64) -> Result<Vec<u8>, FormatError> {
        let input = self.open()?;
        let mut head = Vec::new();
        match input.bytes.take(length).read_to_end(&mut head) {
            Ok(_) => Ok(head),
            // The whole header of a short file; what follows it is looked at with the voxels.
            Err(_) if head.len() >= 352 => Ok(head),
            Err(source) => Err(input.coding.error(source, &self.path())),
        }
    }

    /// What has another name in the same folder; also a link that leads nowhere.
    pub(super) fn sibling(&self, name: &str) -> Option<Self> {
        match self {
            Self::File(path) => {
                let sibling = path.with_file_name(name);
                let is_there = sibling.symlink_metadata().is_ok();
                is_there.then_some(Self::File(sibling))
            }
            Self::Member(zip, _) => {
                let own = self.inner_path().to_str()?;
                let folder = own.rfind('/').map_or("", |at| &own[..=at]);
                let wanted = format!("{folder}{name}");
                let found = zip.beginning_with(&wanted).next()?;
                (zip.members[found].name == wanted).then(|| Self::Member(zip.clone(), found))
            }
        }
    }

    /// Whether there is something to be opened.
    pub(super) fn is_file(&self) -> bool {
        match self {
            Self::File(path) => path.is_file(),
            Self::Member(..) => true,
        }
    }

    /// The folders that it lies in, the innermost first.
    pub(super) fn folders(&self) -> Vec<PathBuf> {
        let path = match self {
            Self::File(path) => std::path::absolute(path).unwrap_or_else(|_| path.clone()),
            Self::Member(..) => self.inner_path().to_owned(),
        };
        path.ancestors().skip(1).map(Path::to_owned).collect()
    }

    /// The files of one of [`Source::folders`], with their names; none where it cannot be listed.
    pub(super) fn files_in(&self, folder: &Path) -> Vec<(String, Self)> {
        match self {
            Self::File(_) => {
                let entries = std::fs::read_dir(folder).into_iter().flatten().flatten();
                let files = entries.filter(|entry| !entry.path().is_dir());
                files
                    .filter_map(|entry| {
                        let name = entry.file_name().into_string().ok()?;
                        Some((name, Self::File(entry.path())))
                    })
                    .collect()
            }
            Self::Member(zip, _) => {
                let mut start = folder.to_string_lossy().into_owned();
                if !start.is_empty() {
                    start.push('/');
                }
                let members = zip.beginning_with(&start);
                members
                    .filter_map(|at| {
                        let name = &zip.members[at].name[start.len()..];
                        let is_here = !name.contains('/');
                        is_here.then(|| (name.to_owned(), Self::Member(zip.clone(), at)))
                    })
                    .collect()
            }
        }
    }

    /// All that lies in a folder or a zip, in the order of the names; `None` where a path is neither.
    ///
    /// # Errors
    /// When a folder cannot be listed, or a zip is damaged.
    pub(super) fn within(path: &Path) -> Result<Option<Vec<Self>>, FormatError> {
        if path.is_dir() {
            let mut files = Vec::new();
            walk(path, 0, &mut files).map_err(|source| FormatError::Io {
                source,
                path: path.to_owned(),
            })?;
            files.sort();
            return Ok(Some(files.into_iter().map(Self::File).collect()));
        }
        if !is_zip_file(path) {
            return Ok(None);
        }
        let zip = Arc::new(Zip::open(path)?);
        let members = (0..zip.members.len()).map(|at| Self::Member(zip.clone(), at));
        Ok(Some(members.collect()))
    }

    /// An error about the whole of it.
    pub(super) fn refuse(&self, what: &str) -> FormatError {
        FormatError::NotRecognised {
            what: what.to_owned(),
            path: self.path(),
        }
    }
}

/// Whether a path is a file that begins as a zip does.
fn is_zip_file(path: &Path) -> bool {
    if !path.is_file() {
        return false;
    }
    let mut head = Vec::new();
    let opened = File::open(path).map(|file| file.take(4).read_to_end(&mut head));
    matches!(opened, Ok(Ok(_))) && zip::is_zip(&head)
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
