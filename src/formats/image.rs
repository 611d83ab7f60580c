//! Files with one image: NIfTI, Analyze, MGH, recognised by their content.

use super::error::FormatError;
use super::header::HeaderPart;
use super::info::{FileInfo, Opened, Progress, no_progress};
use super::source::Source;
use super::stored::Stored;
use super::tally::Summary;
use super::{mgh, nifti, pair, sidecar, voxels};
use crate::volume::{LabelMap, Volume};

/// How the names of such files end, in small letters.
const ENDINGS: [&str; 8] = [
    ".nii", ".nii.gz", ".nii.zst", ".hdr", ".hdr.gz", ".mgh", ".mgz", ".mgh.gz",
];

/// Whether a file is named as one of these, or as one that its system hides.
pub(super) fn has_name_of(source: &Source) -> bool {
    let name = source.file_name().to_lowercase();
    !name.starts_with('.') && ENDINGS.iter().any(|ending| name.ends_with(ending))
}

/// What the header says.
pub(super) fn header(source: &Source) -> Result<Stored, FormatError> {
    let header = pair::header_of(source);
    let source = header.as_ref().unwrap_or(source);
    let head = source.head(544)?;
    if head.is_empty() {
        return Err(source.refuse("the file is empty"));
    }
    if mgh::has_name_of(source) {
        return mgh::from_head(source, &head);
    }
    match nifti::sizeof_hdr(&head) {
        Some(348 | 540) => nifti::from_head(source, &head),
        Some(other) => Err(FormatError::Field {
            field: "sizeof_hdr".to_owned(),
            value: other.to_string(),
            why: "a NIfTI header has 348 or 540 there, so this is no NIfTI file".to_owned(),
            path: source.path(),
        }),
        None => Err(source.refuse("the file ends within the header, or is no image")),
    }
}

/// What is known of a file by its header, and the fields of that header and of the sidecar beside it.
pub(super) fn header_parts(
    source: &Source,
    with_identity: bool,
) -> Result<(FileInfo, Vec<HeaderPart>), FormatError> {
    let stored = header(source)?;
    let info = stored.info(Summary::default());
    let of_header = pair::header_of(source);
    let source = of_header.as_ref().unwrap_or(source);
    let fields = match mgh::has_name_of(source) {
        // All that it has there is geometry.
        true => Vec::new(),
        false => nifti::fields(source, &source.head(544)?, with_identity)?,
    };
    let of_file = HeaderPart::new("Header", fields);
    let of_sidecar = HeaderPart::new("Sidecar", sidecar::rows(source, with_identity));
    let parts = of_file.into_iter().chain(of_sidecar).collect();
    Ok((info, parts))
}

/// Opens one volume.
pub(super) fn open(
    source: &Source,
    volume_idx: usize,
    progress: Progress<'_>,
) -> Result<Opened, FormatError> {
    let stored = header(source)?;
    stored.check_volume(volume_idx)?;
    let decoded = voxels::decode(
        &stored,
        Some(volume_idx),
        &[],
        voxels::Keep::Values,
        progress,
    )?;
    let volume = Volume::new(stored.grid.clone(), decoded.values)
        .map_err(|error| FormatError::Placement {
            source: error,
            path: source.path(),
        })?
        .with_orientation(stored.orientation);
    Ok(Opened {
        volume,
        info: stored.info(decoded.summary),
    })
}

/// Opens all volumes in one pass, each with its own statistics.
pub(super) fn open_all(
    source: &Source,
    progress: Progress<'_>,
) -> Result<Vec<Opened>, FormatError> {
    let stored = header(source)?;
    let decoded = voxels::decode(&stored, None, &[], voxels::Keep::Values, progress)?;
    let info = stored.info(decoded.summary);
    let mut values = decoded.values;
    let mut opened = Vec::with_capacity(stored.n_volumes());
    // From the last one on, so that the memory of all is given back as the volumes are parted.
    for first in (0..stored.n_volumes()).rev() {
        let of_volume = values.split_off(first * stored.grid.n_voxels());
        values.shrink_to_fit();
        let summary = Summary::of(&of_volume);
        let volume = Volume::new(stored.grid.clone(), of_volume);
        let volume = volume.map_err(|error| FormatError::Placement {
            source: error,
            path: source.path(),
        })?;
        opened.push(Opened {
            volume: volume.with_orientation(stored.orientation),
            info: FileInfo {
                min: summary.min,
                max: summary.max,
                mean: summary.mean,
                nan_count: summary.nan_count,
                ..info.clone()
            },
        });
    }
    opened.reverse();
    Ok(opened)
}

/// The numbers of the labels of one volume, exactly.
pub(super) fn open_labels(
    source: &Source,
    volume_idx: usize,
    progress: Progress<'_>,
) -> Result<LabelMap, FormatError> {
    let stored = header(source)?;
    stored.check_volume(volume_idx)?;
    let keep = voxels::Keep::Ids;
    let decoded = voxels::decode(&stored, Some(volume_idx), &[], keep, progress)?;
    let map = LabelMap::of_ids(stored.grid.clone(), &decoded.ids);
    let map = map.map_err(|error| FormatError::Placement {
        source: error,
        path: source.path(),
    })?;
    Ok(map.with_orientation(stored.orientation))
}

/// Describes a file, with statistics over all of it or over one volume, without holding it in
/// memory.
pub(super) fn describe(
    source: &Source,
    volume_idx: Option<usize>,
    indices: &[Vec<usize>],
) -> Result<FileInfo, FormatError> {
    let stored = header(source)?;
    if let Some(volume_idx) = volume_idx {
        stored.check_volume(volume_idx)?;
    }
    let keep = voxels::Keep::Nothing;
    let decoded = voxels::decode(&stored, volume_idx, indices, keep, &no_progress)?;
    Ok(stored.info(decoded.summary))
}
