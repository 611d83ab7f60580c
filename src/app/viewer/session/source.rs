//! Where what a session names lies, and by what it is known again.

use super::file::{SESSION_ENDING, SessionSource, is_session_file};
use crate::app::viewer::Scan;
use crate::formats::{Place, catalogue, no_progress};
use crate::models::file_sha256;
use crate::workflows::scan_sha256;
use std::ffi::OsString;
use std::path::{Component, Path, PathBuf};
use std::sync::{Arc, Weak};

/// Between a zip and what lies in it.
const MARK: char = '!';

/// A path that is named as sessions are: the ending is put to it where it has another.
pub(in crate::app::viewer) fn named_as_session(path: &Path) -> PathBuf {
    if is_session_file(path) {
        return path.to_owned();
    }
    let name = path.file_name().unwrap_or_default();
    let is_json = path
        .extension()
        .is_some_and(|ending| ending.eq_ignore_ascii_case("json"));
    let mut name: OsString = match is_json {
        true => path.file_stem().unwrap_or_default().to_owned(),
        false => name.to_owned(),
    };
    name.push(SESSION_ENDING);
    path.with_file_name(name)
}

/// Where a path of a session in a folder leads.
pub(in crate::app::viewer) fn resolved(path: &str, folder: &Path) -> PathBuf {
    let there = folder.join(path);
    let (file, member) = split_member(&there);
    if file.exists() {
        return there;
    }
    // Whoever moved the session may have moved its scans beside it.
    let beside = folder.join(file.file_name().unwrap_or_default());
    match beside.exists() {
        true => with_member(&beside, member.as_deref()),
        false => there,
    }
}

/// The zip and what is meant in it, where a path names such.
fn split_member(path: &Path) -> (PathBuf, Option<String>) {
    if path.symlink_metadata().is_err()
        && let Some(text) = path.to_str()
    {
        let mut marks = text.match_indices(MARK);
        let split = marks.find(|(at, _)| Path::new(&text[..*at]).is_file());
        if let Some((at, _)) = split {
            return (
                PathBuf::from(&text[..at]),
                Some(text[at + MARK.len_utf8()..].to_owned()),
            );
        }
    }
    (path.to_owned(), None)
}

fn with_member(file: &Path, member: Option<&str>) -> PathBuf {
    let mut path = file.as_os_str().to_owned();
    if let Some(member) = member {
        path.push(MARK.to_string());
        path.push(member);
    }
    path.into()
}

/// A path as it is written: from a folder where one is told and both lie on one drive, else whole.
pub(super) fn path_text(path: &Path, folder: Option<&Path>) -> Result<String, String> {
    let (file, member) = split_member(path);
    let file = file
        .canonicalize()
        .map_err(|error| format!("{error}: {}", file.display()))?;
    let from_folder = folder.and_then(|folder| relative(&file, folder));
    let text = match from_folder {
        Some(parts) => Some(parts.join("/")),
        None => file.to_str().map(str::to_owned),
    };
    let text = text.ok_or_else(|| format!("its path is no text: {}", file.display()))?;
    Ok(match member {
        Some(member) => format!("{text}{MARK}{member}"),
        None => text,
    })
}

/// The way from a folder to a file, both without links; none where there is none, or where a part of it is
/// no text.
fn relative(file: &Path, folder: &Path) -> Option<Vec<String>> {
    let folder = folder.canonicalize().ok()?;
    let [to, from] = [file, &folder].map(|path| path.components().collect::<Vec<Component<'_>>>());
    let n_common = to.iter().zip(&from).take_while(|(a, b)| a == b).count();
    // Without a drive in common there is no way.
    if n_common == 0 {
        return None;
    }
    let up = from[n_common..].iter().map(|_| Some("..".to_owned()));
    let down = to[n_common..].iter();
    let down = down.map(|part| part.as_os_str().to_str().map(str::to_owned));
    up.chain(down).collect()
}

/// By what scans are known again, each computed once as long as it is open.
#[derive(Default)]
pub(in crate::app::viewer) struct Hashes(Vec<(Weak<Scan>, String)>);

impl Hashes {
    /// SHA-256 of a scan.
    ///
    /// # Errors
    /// When its file is gone.
    pub(in crate::app::viewer) fn of(&mut self, scan: &Arc<Scan>) -> Result<String, String> {
        self.0.retain(|(of, _)| of.strong_count() > 0);
        let mut known = self.0.iter();
        let is_this = |of: &Weak<Scan>| std::ptr::eq(of.as_ptr(), Arc::as_ptr(scan));
        if let Some((_, sha256)) = known.find(|(of, _)| is_this(of)) {
            return Ok(sha256.clone());
        }
        let file = scan.place.as_ref().and_then(Place::file);
        let sha256 = scan_sha256(file.as_deref(), &scan.volume);
        let sha256 = sha256.map_err(|error| format!("{error:#}"))?;
        self.0.push((Arc::downgrade(scan), sha256.clone()));
        Ok(sha256)
    }
}

impl SessionSource {
    /// That of a scan, seen from a folder, or whole.
    ///
    /// # Errors
    /// When a file is gone, and where a path is no text.
    pub(in crate::app::viewer) fn of_scan(
        scan: &Arc<Scan>,
        folder: Option<&Path>,
        hashes: &mut Hashes,
    ) -> Result<Self, String> {
        let place = scan.place.as_ref();
        let place = place.ok_or_else(|| format!("{} lies in no file", scan.name))?;
        let paths = match series_in_zip(place)? {
            Some(path) => vec![path],
            None => place.files(),
        };
        let paths = paths.iter().map(|path| path_text(path, folder));
        Ok(Self {
            paths: paths.collect::<Result<_, _>>()?,
            sha256: hashes.of(scan)?,
        })
    }

    /// That of a file.
    ///
    /// # Errors
    /// When it is gone, and where its path is no text.
    pub(in crate::app::viewer) fn of_file(
        file: &Path,
        folder: Option<&Path>,
    ) -> Result<Self, String> {
        let sha256 = file_sha256(file);
        Ok(Self {
            paths: vec![path_text(file, folder)?],
            sha256: sha256
                .ok_or_else(|| format!("it cannot be opened any more: {}", file.display()))?,
        })
    }

    /// What it is called: the name of its only file, or of the folder of several.
    pub(in crate::app::viewer) fn name(&self) -> String {
        let parts =
            |path: &str| -> Vec<String> { path.split(['/', '\\']).map(str::to_owned).collect() };
        let first = parts(self.paths.first().map_or("", String::as_str));
        let wanted = match self.paths.len() {
            1 => first.len().checked_sub(1),
            _ => first.len().checked_sub(2),
        };
        let name = wanted.and_then(|at| first.get(at)).or(first.last());
        name.cloned().unwrap_or_default()
    }
}

/// `scans.zip!3` for a DICOM series in a zip, which has no file of its own.
fn series_in_zip(place: &Place) -> Result<Option<PathBuf>, String> {
    if place.series().is_none() {
        return Ok(None);
    }
    let files = place.files();
    let Some((zip, Some(_))) = files.first().map(|file| split_member(file)) else {
        return Ok(None);
    };
    let found = catalogue(std::slice::from_ref(&zip), &no_progress);
    let found = found.map_err(|error| error.to_string())?;
    let at = found
        .entries
        .iter()
        .position(|entry| entry.place.files() == files);
    let at = at.ok_or_else(|| format!("the series is not there any more: {}", zip.display()))?;
    Ok(Some(with_member(&zip, Some(&at.to_string()))))
}

#[cfg(test)]
mod tests {
    use super::{named_as_session, path_text, resolved};
    use std::path::Path;

    #[test]
    fn sessions_are_known_by_their_ending() {
        #[track_caller]
        fn check(path: &str, expected: &str) {
            assert_eq!(named_as_session(Path::new(path)), Path::new(expected));
        }
        check("a/b", "a/b.cisterna-session.json");
        check("a/b.json", "a/b.cisterna-session.json");
        check("a/b.cisterna-session.json", "a/b.cisterna-session.json");
        check("a/b.nii", "a/b.nii.cisterna-session.json");
    }

    #[test]
    fn a_path_from_a_folder_leads_back() {
        let root = tempfile::tempdir().unwrap();
        let folder = |name: &str| {
            let folder = root.path().join(name);
            std::fs::create_dir_all(&folder).unwrap();
            folder
        };
        let (deep, other) = (folder("a/b"), folder("c"));
        let file = other.join("x.nii");
        std::fs::write(&file, b"x").unwrap();
        let way = path_text(&file, Some(&deep)).unwrap();
        assert_eq!(way, "../../c/x.nii");
        assert_eq!(
            resolved(&way, &deep).canonicalize().unwrap(),
            file.canonicalize().unwrap()
        );
        assert!(Path::new(&path_text(&file, None).unwrap()).is_absolute());
        // Moved beside the session.
        let beside = deep.join("x.nii");
        std::fs::rename(&file, &beside).unwrap();
        assert_eq!(resolved(&way, &deep), beside);
        assert_eq!(path_text(&beside, Some(&deep)).unwrap(), "x.nii");
    }
}
