//! Files that belong to the program's user: written whole, kept aside, held while the program runs.

use std::fs::{File, TryLockError};
use std::io::{Error, ErrorKind, Result, Write};
use std::path::{Path, PathBuf};

/// Writes a file that its user alone may open, in place of one of that name: whole or not at all. The folder
/// is made where there is none.
///
/// # Errors
/// What the system says.
pub fn write_own(path: &Path, bytes: &[u8]) -> Result<()> {
    let folder = path.parent().ok_or(ErrorKind::NotFound)?;
    std::fs::create_dir_all(folder)?;
    // Temporary files are their owner's alone.
    let mut file = tempfile::Builder::new()
        .prefix(".writing-")
        .tempfile_in(folder)?;
    file.write_all(bytes)?;
    file.as_file().sync_all()?;
    file.persist(path).map_err(|failed| failed.error)?;
    Ok(())
}

/// Gives a file a name that nothing has, so that another can be written in its place; answers with that.
///
/// # Errors
/// What the system says.
pub fn set_aside(path: &Path) -> Result<PathBuf> {
    const MOST: usize = 1000;
    let name = path.file_name().ok_or(ErrorKind::NotFound)?;
    for number in 1..=MOST {
        let mut other = name.to_owned();
        other.push(format!(".broken-{number}"));
        let other = path.with_file_name(other);
        if other.symlink_metadata().is_err() {
            std::fs::rename(path, &other)?;
            return Ok(other);
        }
    }
    Err(Error::from(ErrorKind::AlreadyExists))
}

/// A file that one running program holds. The system lets go of it when that program ends, however it ends.
#[derive(Debug)]
pub struct Held {
    path: PathBuf,
    _file: File,
}

impl Held {
    /// Holds a new file in a folder, which is made where there is none. Its name has the number of this
    /// process, for people, and what no other has.
    ///
    /// # Errors
    /// What the system says.
    pub fn new_in(folder: &Path, ending: &str) -> Result<Self> {
        std::fs::create_dir_all(folder)?;
        let file = tempfile::Builder::new()
            .prefix(&format!("{}-", std::process::id()))
            .suffix(ending)
            .tempfile_in(folder)?;
        let (file, path) = file.keep().map_err(|failed| failed.error)?;
        if let Err(error) = file.lock() {
            std::fs::remove_file(&path)?;
            return Err(error);
        }
        Ok(Self { path, _file: file })
    }

    /// Holds a file, which is made where there is none; nothing where another program holds it.
    ///
    /// # Errors
    /// What the system says, also where it cannot hold files.
    pub fn take(path: &Path) -> Result<Option<Self>> {
        let mut options = File::options();
        let file = options
            .write(true)
            .create(true)
            .truncate(false)
            .open(path)?;
        match file.try_lock() {
            Ok(()) => Ok(Some(Self {
                path: path.to_owned(),
                _file: file,
            })),
            Err(TryLockError::WouldBlock) => Ok(None),
            Err(TryLockError::Error(error)) => Err(error),
        }
    }

    /// The file.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Deletes it, and lets go.
    ///
    /// # Errors
    /// What the system says.
    pub fn delete(self) -> Result<()> {
        std::fs::remove_file(&self.path)
    }
}

#[cfg(test)]
mod tests {
    use super::{Held, set_aside, write_own};

    #[test]
    fn what_is_set_aside_is_not_overwritten() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("deep").join("a.json");
        for text in ["one", "two"] {
            write_own(&path, text.as_bytes()).unwrap();
            let aside = set_aside(&path).unwrap();
            assert_eq!(std::fs::read_to_string(aside).unwrap(), text);
        }
        assert!(!path.exists());
        let kept = std::fs::read_dir(path.parent().unwrap()).unwrap().count();
        assert_eq!(kept, 2, "and nothing half written");
    }

    #[test]
    #[cfg(unix)]
    fn what_is_written_is_its_users_alone() {
        use std::os::unix::fs::PermissionsExt;
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.json");
        write_own(&path, b"a").unwrap();
        let mode = path.metadata().unwrap().permissions().mode();
        assert_eq!(mode & 0o077, 0, "{mode:o}");
    }

    #[test]
    fn what_is_held_is_held_once() {
        let folder = tempfile::tempdir().unwrap();
        let held = Held::new_in(folder.path(), ".lock").unwrap();
        let path = held.path().to_owned();
        assert!(Held::take(&path).unwrap().is_none());
        drop(held);
        let again = Held::take(&path).unwrap().unwrap();
        again.delete().unwrap();
        assert!(!path.exists());
    }
}
