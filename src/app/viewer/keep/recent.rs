//! What was opened, to be opened again. Paths are kept, as nothing else leads there; what is shown of them is
//! what no name stands in: kind, size, and when it was opened.

use crate::app::viewer::session::is_session_file;
use crate::formats::bids;
use crate::text::{self, Limit, from_json};
use serde::{Deserialize, Serialize};
use std::path::{Path, PathBuf};

/// What the file is called.
const FILE: &str = "recent.json";
/// What `format` says in a file of this version.
const FORMAT: &str = "cisterna-recent-1";
/// The oldest give way.
const MOST: usize = 12;

/// What was opened at once.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Recent {
    /// What was asked for, whole paths.
    pub paths: Vec<PathBuf>,
    /// What it is, in words that no file was named with.
    pub kind: String,
    /// Of all files together; none where one is a folder.
    pub bytes: Option<u64>,
    /// In UTC, such as `2026-05-04T10:20:30Z`.
    pub opened_at: String,
}

impl Recent {
    /// What was opened now; none where a path is no text, which no file of ours can hold.
    pub(super) fn new(paths: &[PathBuf], at: String) -> Option<Self> {
        let whole = paths.iter().map(|path| {
            let path = std::path::absolute(path).ok()?;
            path.to_str().is_some().then_some(path)
        });
        let paths: Vec<PathBuf> = whole.collect::<Option<_>>()?;
        let sizes = paths.iter().map(|path| {
            let facts = path.metadata().ok()?;
            facts.is_file().then_some(facts.len())
        });
        (!paths.is_empty()).then(|| Self {
            kind: kind(&paths),
            bytes: sizes.sum(),
            paths: paths.clone(),
            opened_at: at,
        })
    }

    /// What it is, how large, and when it was opened.
    #[must_use]
    pub fn line(&self) -> String {
        let size = self
            .bytes
            .map_or_else(String::new, |bytes| format!(", {}", size(bytes)));
        format!("{}{size}, opened {}", self.kind, moment(&self.opened_at))
    }
}

/// `2026-05-04 10:20 UTC`.
pub(super) fn moment(at: &str) -> String {
    let minutes = at.get(..16).unwrap_or(at);
    format!("{} UTC", minutes.replace('T', " "))
}

fn size(bytes: u64) -> String {
    const MB: f64 = 1e6;
    let mb = bytes as f64 / MB;
    match mb {
        0.0..0.1 => format!("{} kB", bytes.div_ceil(1000)),
        0.1..100.0 => format!("{mb:.1} MB"),
        _ => format!("{mb:.0} MB"),
    }
}

fn kind(paths: &[PathBuf]) -> String {
    let kinds: Vec<&str> = paths.iter().map(|path| kind_of(path)).collect();
    match &kinds[..] {
        [only] => (*only).to_owned(),
        [first, others @ ..] if others.iter().all(|other| other == first) => {
            format!("{} at once, each {first}", kinds.len())
        }
        _ => format!("{} at once, of several kinds", kinds.len()),
    }
}

/// By folders and by how names end, as these say nothing of anybody.
fn kind_of(path: &Path) -> &'static str {
    if path.is_dir() {
        return match bids::is_data_set(path) {
            true => "BIDS data set",
            false => "Folder",
        };
    }
    if is_session_file(path) {
        return "Session";
    }
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    let name = name.to_lowercase();
    let packed = [".gz", ".zst"]
        .iter()
        .find_map(|end| name.strip_suffix(end));
    let ends = |endings: &[&str]| {
        let plain = packed.unwrap_or(&name);
        endings.iter().any(|ending| plain.ends_with(ending))
    };
    if ends(&[".nii"]) {
        "NIfTI scan"
    } else if ends(&[".hdr", ".img"]) {
        "Analyze or NIfTI pair"
    } else if ends(&[".mgh", ".mgz"]) {
        "MGH scan"
    } else if ends(&[".zip"]) {
        "Zip"
    } else if ends(&[".dcm", ".ima"]) || name == "dicomdir" {
        "DICOM"
    } else {
        "Scan"
    }
}

/// The list, the newest first.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RecentList {
    format: String,
    pub(super) opened: Vec<Recent>,
}

impl Default for RecentList {
    fn default() -> Self {
        Self {
            format: FORMAT.to_owned(),
            opened: Vec::new(),
        }
    }
}

impl RecentList {
    /// Its file in a folder.
    pub(super) fn path(folder: &Path) -> PathBuf {
        folder.join(FILE)
    }

    /// That of a folder; an empty one where there is none.
    ///
    /// # Errors
    /// What is wrong with the file, with the field.
    pub(super) fn open(folder: &Path) -> Result<Self, String> {
        let path = Self::path(folder);
        if !path.exists() {
            return Ok(Self::default());
        }
        let text = text::open(&path, Limit::Settings).map_err(|error| error.to_string())?;
        let list: Self =
            from_json(&text).map_err(|fault| format!("{fault}: {}", path.display()))?;
        match list.format == FORMAT {
            true => Ok(list),
            false => Err(format!(
                "format: {:?} is not {FORMAT}: {}",
                list.format,
                path.display()
            )),
        }
    }

    /// Puts in what was opened; what was opened before comes up again.
    pub(super) fn put(&mut self, recent: Recent) {
        self.opened.retain(|other| other.paths != recent.paths);
        self.opened.insert(0, recent);
        self.opened.truncate(MOST);
    }

    /// As it is written.
    pub(super) fn to_json(&self) -> serde_json::Result<String> {
        Ok(serde_json::to_string_pretty(self)? + "\n")
    }
}

#[cfg(test)]
mod tests {
    use super::{MOST, Recent, RecentList, kind, size};
    use std::path::PathBuf;

    #[test]
    fn nothing_that_is_shown_was_named_by_anybody() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("Doe^Jane 1950-01-02.nii.gz");
        std::fs::write(&path, [0; 1234]).unwrap();
        let recent = Recent::new(&[path], "2026-05-04T10:20:30Z".to_owned()).unwrap();
        assert_eq!(
            recent.line(),
            "NIfTI scan, 2 kB, opened 2026-05-04 10:20 UTC"
        );
        let folder = Recent::new(&[folder.path().to_owned()], recent.opened_at).unwrap();
        assert_eq!(folder.line(), "Folder, opened 2026-05-04 10:20 UTC");
    }

    #[test]
    fn kinds_and_sizes_are_told_in_words() {
        let paths = |names: &[&str]| names.iter().map(PathBuf::from).collect::<Vec<_>>();
        assert_eq!(kind(&paths(&["a.mgz"])), "MGH scan");
        assert_eq!(kind(&paths(&["a.cisterna-session.json"])), "Session");
        assert_eq!(
            kind(&paths(&["a.nii", "b.nii.gz"])),
            "2 at once, each NIfTI scan"
        );
        assert_eq!(
            kind(&paths(&["a.nii", "b.dcm"])),
            "2 at once, of several kinds"
        );
        for (bytes, expected) in [
            (1, "1 kB"),
            (12_340_000, "12.3 MB"),
            (512_000_000, "512 MB"),
        ] {
            assert_eq!(size(bytes), expected);
        }
    }

    #[test]
    fn what_is_opened_again_comes_up_and_the_oldest_goes() {
        let mut list = RecentList::default();
        let recent = |name: usize| Recent {
            paths: vec![PathBuf::from(name.to_string())],
            kind: String::new(),
            bytes: None,
            opened_at: String::new(),
        };
        for name in (0..MOST + 2).chain([5]) {
            list.put(recent(name));
        }
        assert_eq!(list.opened.len(), MOST);
        assert_eq!(list.opened[0], recent(5));
        assert_eq!(list.opened[1], recent(MOST + 1));
        assert_eq!(list.opened.last(), Some(&recent(2)));
    }
}
