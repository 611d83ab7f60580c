//! Files of transforms, each in its own convention.
//!
//! Whatever a file says is turned into `fixed_from_moving`, which takes a point of the moving
//! scan's world to the fixed scan's, RAS+ mm. Most programs store the opposite, the direction in
//! which an image is resampled; some store neither worlds nor that direction. What a file is, its
//! text decides, not its name: `.mat` stands for three kinds.

mod fsl;
mod itk;
mod lta;
mod matrix;

pub use matrix::Between;

use crate::text::{self, Limit, TextError};
use crate::volume::Affine;
use matrix::{inverse, plain_matrix, rows_text};
use std::path::{Path, PathBuf};

/// The kinds of files.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TransformKind {
    /// ITK's text (`#Insight Transform File V1.0`): ANTs, Slicer, SimpleITK, BIDS tools.
    Itk,
    /// FreeSurfer's linear transform array.
    Lta,
    /// FSL's matrix between scaled voxels; means nothing without both scans.
    Fsl,
    /// The matrix of greedy and ITK-SNAP: RAS, fixed to moving.
    Greedy,
}

/// Why a file gave no transform.
#[derive(Debug, thiserror::Error)]
pub enum TransformError {
    /// It could not be opened as text.
    #[error("no transform: {0}")]
    Text(#[from] TextError),
    /// What a field says is not understood.
    #[error("{field} is {value:?}: {why}: {}", path.display())]
    Field {
        /// Which field.
        field: String,
        /// What it says.
        value: String,
        /// What is wrong with it.
        why: &'static str,
        /// The file.
        path: PathBuf,
    },
    /// Its text is of no kind that is known.
    #[error(
        "neither a transform of ITK (#Insight Transform File) or FreeSurfer (type, nxforms) nor a \
         matrix of 4 x 4 numbers: {}",
        path.display()
    )]
    Unknown {
        /// The file.
        path: PathBuf,
    },
    /// FSL's and greedy's matrices look alike and mean opposite things.
    #[error(
        "a plain matrix of 4 x 4 numbers, which FSL and greedy use for opposite directions: say \
         which of them it is: {}",
        path.display()
    )]
    Ambiguous {
        /// The file.
        path: PathBuf,
    },
}

/// Opens a transform and answers `fixed_from_moving`. `kind` is needed only for plain matrices that
/// FSL did not write itself.
///
/// # Errors
/// Where the file is of no such kind, names the field otherwise.
pub fn open_transform(
    path: &Path,
    between: Between<'_>,
    kind: Option<TransformKind>,
) -> Result<Affine, TransformError> {
    let text = text::open(path, Limit::Settings)?;
    let path = || path.to_owned();
    let kind = match (kind, kind_of(&text)) {
        (Some(kind), _) | (None, Found::Kind(kind)) => kind,
        (None, Found::Matrix) => return Err(TransformError::Ambiguous { path: path() }),
        (None, Found::Nothing) => return Err(TransformError::Unknown { path: path() }),
    };
    let found = match kind {
        TransformKind::Itk => itk::parse(&text),
        TransformKind::Lta => lta::parse(&text, between),
        TransformKind::Fsl => fsl::parse(&text, between),
        TransformKind::Greedy => plain_matrix(&text).and_then(inverse),
    };
    let affine = found.map_err(|fault| TransformError::Field {
        field: fault.field,
        value: fault.value,
        why: fault.why,
        path: path(),
    })?;
    Ok(affine)
}

/// The text of a file that says `fixed_from_moving`. The names of the scans stand in files of
/// FreeSurfer's.
#[must_use]
pub fn transform_text(
    kind: TransformKind,
    fixed_from_moving: &Affine,
    between: Between<'_>,
    [fixed_name, moving_name]: [&str; 2],
) -> String {
    let moving_from_fixed = inverse(*fixed_from_moving).unwrap_or_else(|_| Affine::identity());
    match kind {
        TransformKind::Itk => itk::text(&moving_from_fixed),
        TransformKind::Lta => lta::text(fixed_from_moving, between, [fixed_name, moving_name]),
        TransformKind::Fsl => fsl::text(fixed_from_moving, between),
        TransformKind::Greedy => rows_text(&moving_from_fixed, " "),
    }
}

enum Found {
    Kind(TransformKind),
    Matrix,
    Nothing,
}

fn kind_of(text: &str) -> Found {
    let mut lines = text.lines().map(str::trim).filter(|line| !line.is_empty());
    if lines
        .clone()
        .next()
        .is_some_and(|l| l.starts_with("#Insight Transform File"))
    {
        return Found::Kind(TransformKind::Itk);
    }
    let is_setting = |line: &str, key: &str| {
        line.split_once('=')
            .is_some_and(|(left, _)| left.trim() == key)
    };
    if lines.clone().any(|l| is_setting(l, "type")) && lines.any(|l| is_setting(l, "nxforms")) {
        return Found::Kind(TransformKind::Lta);
    }
    if plain_matrix(text).is_err() {
        return Found::Nothing;
    }
    // FLIRT ends each number with two blanks; nobody else does.
    let is_flirts = |line: &str| line.ends_with("  ") && line.trim_end().matches("  ").count() == 3;
    match text.lines().filter(|l| !l.trim().is_empty()).all(is_flirts) {
        true => Found::Kind(TransformKind::Fsl),
        false => Found::Matrix,
    }
}
