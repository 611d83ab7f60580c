//! The user's folders.

use std::path::{Path, PathBuf};

/// Where the program keeps what belongs to its user, for each user apart; none where the system has no such
/// place.
#[must_use]
pub fn data_folder() -> Option<PathBuf> {
    dirs::data_local_dir().map(|folder| folder.join("cisterna"))
}

/// Where the program keeps what its user chose of it.
#[must_use]
pub fn settings_folder() -> Option<PathBuf> {
    dirs::config_local_dir().map(|folder| folder.join("cisterna"))
}

/// Where the program keeps what can be deleted at any time without harm: what was opened, what is open now,
/// records of faults.
#[must_use]
pub fn state_folder() -> Option<PathBuf> {
    let folder = dirs::state_dir().or_else(dirs::data_local_dir)?;
    Some(folder.join("cisterna"))
}

/// Where records of faults go.
#[must_use]
pub fn fault_folder() -> Option<PathBuf> {
    state_folder().map(|folder| folder.join("faults"))
}

/// Whether a file can be made in a folder, or in the nearest one above it that is there. The file is gone
/// afterwards.
///
/// # Errors
/// What the system says where none can.
pub fn is_writable(folder: &Path) -> std::io::Result<()> {
    let nearest = folder.ancestors().find(|folder| folder.is_dir());
    let nearest = nearest.ok_or(std::io::ErrorKind::NotFound)?;
    tempfile::tempfile_in(nearest).map(drop)
}

/// A folder as it may be shown to others: below `~`, or not at all.
#[must_use]
pub fn shown_folder(folder: &Path) -> String {
    let home = dirs::home_dir().filter(|home| home.parent().is_some());
    let below = home.and_then(|home| folder.strip_prefix(home).ok().map(Path::to_path_buf));
    match below {
        Some(below) => Path::new("~").join(below).display().to_string(),
        None => "outside the home folder".to_owned(),
    }
}
