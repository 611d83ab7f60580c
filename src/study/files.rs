//! Writing a new file whole or not at all.

use std::{
    fs::File,
    io::{self, Write},
    path::Path,
};

use super::StudyError;

/// Who may open a new file, where the system knows about owners.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Access {
    /// As the user's other new files: a study is handed to colleagues.
    AsUsual,
    /// The user alone: a key is not.
    OwnerOnly,
}

/// Whether a path is named as studies and raters' packages are.
#[must_use]
pub fn is_study_file(path: &Path) -> bool {
    path.extension().is_some_and(|end| end == "cisterna")
}

/// Writes a file that did not exist, whole or not at all: into a temporary file in the same
/// folder, flushed to the disk, then renamed into place. Never overwrites.
///
/// # Errors
/// [`StudyError::Exists`] when there is something at `path`, [`StudyError::Io`] otherwise.
pub fn write_new(path: &Path, bytes: &[u8]) -> Result<(), StudyError> {
    write_new_for(Access::AsUsual, path, bytes)
}

/// [`write_new`] with a choice of who may open the file.
pub(super) fn write_new_for(access: Access, path: &Path, bytes: &[u8]) -> Result<(), StudyError> {
    let io_error = |source: io::Error| match source.kind() {
        io::ErrorKind::AlreadyExists => StudyError::Exists(path.to_path_buf()),
        _ => StudyError::Io {
            action: "write",
            source,
            path: path.to_path_buf(),
        },
    };
    if path.symlink_metadata().is_ok() {
        return Err(StudyError::Exists(path.to_path_buf()));
    }
    let folder = folder_of(path);
    let mut file = new_beside(folder, access).map_err(io_error)?;
    file.write_all(bytes)
        .and_then(|()| file.as_file().sync_all())
        .map_err(io_error)?;
    // Refuses where another process created the file in the meantime.
    file.persist_noclobber(path)
        .map_err(|failed| io_error(failed.error))?;
    sync_folder(folder);
    Ok(())
}

/// Writes several files into a folder, which is made where there is none: all of them, or, as far
/// as the system allows, none. Names may lie one folder deeper (`tables/counts.csv`). They are
/// written into a temporary folder first and moved in their order by what stands before the first
/// slash, so that the last name is there only when all are. Never overwrites.
///
/// # Errors
/// [`StudyError::Exists`] when the folder already has one of the names, [`StudyError::Io`]
/// otherwise.
pub fn write_new_set(folder: &Path, files: &[(String, Vec<u8>)]) -> Result<(), StudyError> {
    let failed = |path: &Path| {
        let path = path.to_path_buf();
        move |source: io::Error| StudyError::Io {
            action: "write",
            source,
            path,
        }
    };
    std::fs::create_dir_all(folder).map_err(failed(folder))?;
    let mut tops: Vec<&str> = Vec::new();
    for (name, _) in files {
        let top = name.split('/').next().unwrap_or(name);
        if !tops.contains(&top) {
            tops.push(top);
        }
    }
    let taken = tops.iter().map(|top| folder.join(top));
    if let Some(path) = taken.rev().find(|path| path.symlink_metadata().is_ok()) {
        return Err(StudyError::Exists(path));
    }
    let unfinished = tempfile::Builder::new()
        .prefix(".cisterna-")
        .suffix(".part")
        .tempdir_in(folder)
        .map_err(failed(folder))?;
    for (name, bytes) in files {
        let path = unfinished.path().join(name);
        std::fs::create_dir_all(folder_of(&path)).map_err(failed(&path))?;
        let mut file = File::create_new(&path).map_err(failed(&path))?;
        file.write_all(bytes)
            .and_then(|()| file.sync_all())
            .map_err(failed(&path))?;
    }
    for top in tops {
        let path = folder.join(top);
        std::fs::rename(unfinished.path().join(top), &path).map_err(failed(&path))?;
    }
    sync_folder(folder);
    Ok(())
}

/// The folder a file lies in; "." for a bare name.
pub(crate) fn folder_of(path: &Path) -> &Path {
    match path.parent() {
        Some(folder) if !folder.as_os_str().is_empty() => folder,
        _ => Path::new("."),
    }
}

/// A temporary file in `folder`, which becomes the file itself.
pub(crate) fn new_beside(folder: &Path, access: Access) -> io::Result<tempfile::NamedTempFile> {
    let mut builder = tempfile::Builder::new();
    builder.prefix(".cisterna-").suffix(".part");
    // Temporary files are their owner's alone unless told otherwise; the umask still applies.
    #[cfg(unix)]
    if access == Access::AsUsual {
        use std::os::unix::fs::PermissionsExt;
        builder.permissions(std::fs::Permissions::from_mode(0o666));
    }
    #[cfg(not(unix))]
    let _ = access;
    builder.tempfile_in(folder)
}

/// Makes a rename durable, where folders can be flushed (not on Windows). Best effort: the file
/// is whole either way.
pub(crate) fn sync_folder(folder: &Path) {
    if let Ok(folder) = File::open(folder) {
        folder.sync_all().ok();
    }
}
