//! What the fuzz targets share: a folder in memory, the seeds, and the checks on an image.
//!
//! Each target takes the first byte of an input for a choice (of ending, of reader) and the rest
//! for the file. A target writes its own seeds: with `CISTERNA_SEEDS=DIR` it puts them there before
//! anything is run.

pub mod memory;
pub mod seeds;

use cisterna::formats;
use std::path::{Path, PathBuf};
use tempfile::TempDir;

/// A folder that goes when it is dropped; in memory where the system has such a place.
pub struct Scratch(TempDir);

impl Scratch {
    /// An empty folder.
    #[must_use]
    pub fn new() -> Self {
        let memory = Path::new("/dev/shm");
        let base = match std::env::var_os("TMPDIR") {
            None if memory.is_dir() => memory.to_owned(),
            _ => std::env::temp_dir(),
        };
        let folder = tempfile::Builder::new()
            .prefix("cisterna-fuzz-")
            .tempdir_in(base);
        Self(folder.expect("a temporary folder can be made"))
    }

    /// The folder.
    #[must_use]
    pub fn path(&self) -> &Path {
        self.0.path()
    }

    /// A file in it, with these bytes.
    #[must_use]
    pub fn write(&self, name: &str, bytes: &[u8]) -> PathBuf {
        let path = self.0.path().join(name);
        std::fs::write(&path, bytes).expect("a temporary file can be written");
        path
    }
}

impl Default for Scratch {
    fn default() -> Self {
        Self::new()
    }
}

/// The choice, and the file.
#[must_use]
pub fn split(data: &[u8]) -> Option<(u8, &[u8])> {
    let (choice, file) = data.split_first()?;
    Some((*choice, file))
}

/// The file cut in two, at a place that its first two bytes tell.
#[must_use]
pub fn halves(file: &[u8]) -> (&[u8], &[u8]) {
    match file {
        [low, high, rest @ ..] => {
            let at = usize::from(u16::from_le_bytes([*low, *high]));
            rest.split_at(at.min(rest.len()))
        }
        _ => (file, &[]),
    }
}

/// Opens and describes what lies at a path. Whatever is refused is fine; what is opened must hold
/// together.
pub fn look_at_image(path: &Path) {
    let described = formats::describe(path, None, &[vec![0, 0, 0]]);
    let opened = formats::open(path, 0, &formats::no_progress);
    if let Ok(info) = &described {
        serde_json::to_string(info).expect("a description has a JSON form");
    }
    let Ok(opened) = opened else { return };
    let grid = opened.volume.grid();
    let n_voxels: usize = grid.dims().iter().product();
    assert_eq!(opened.volume.values().len(), n_voxels);
    for affine in [grid.world_from_voxel(), grid.voxel_from_world()] {
        assert!(affine.iter().all(|x| x.is_finite()), "{affine}");
    }
    let codes = grid.axcodes();
    assert!(codes.len() == 3 && codes.chars().all(|c| "RLAPSI".contains(c)));
    let (low, high) = grid.bounds_in_world();
    assert!(low <= high, "{low} to {high}");
    let stored = formats::describe(path, Some(0), &[]).expect("what opens is described");
    assert_eq!(stored.nan_count, opened.info.nan_count);
}
