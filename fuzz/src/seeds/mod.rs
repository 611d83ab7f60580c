//! Small honest inputs to start from, made at run time.

mod dicom;
mod image;
mod package;
mod text;

pub use dicom::dicom;
pub use image::{mgh, nifti};
pub use package::{package, pages_of_rows, study};
pub use text::{csv, measures, protocol, session};

use std::path::PathBuf;

/// An input and what to call it.
pub type Seed = (String, Vec<u8>);

/// Where the seeds go, if they are wanted.
fn folder() -> Option<PathBuf> {
    std::env::var_os("CISTERNA_SEEDS").map(PathBuf::from)
}

/// Writes the seeds, unless they are there already.
pub fn write(make: fn() -> Vec<Seed>) {
    let Some(folder) = folder() else { return };
    std::fs::create_dir_all(&folder).expect("the folder for seeds can be made");
    let mark = folder.join("made-0");
    if mark.exists() {
        return;
    }
    // The mark last: seeds that were cut short are made anew.
    for (number, (name, bytes)) in make().into_iter().enumerate().rev() {
        let name = match number {
            0 => "made-0".to_owned(),
            _ => format!("made-{name}"),
        };
        std::fs::write(folder.join(name), bytes).expect("a seed can be written");
    }
}

/// An input: the choice, then the file.
fn seed(name: &str, choice: u8, file: &[u8]) -> Seed {
    (name.to_owned(), [&[choice], file].concat())
}

/// Two files in one, as [`crate::halves`] takes them apart.
fn joined(first: &[u8], second: &[u8]) -> Vec<u8> {
    let at = u16::try_from(first.len()).expect("seeds are small");
    [&at.to_le_bytes(), first, second].concat()
}
