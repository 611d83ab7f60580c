//! Volumes to NIfTI-1 files.

use super::error::FormatError;
use crate::volume::{Affine, Grid, Orientation, Volume};
use flate2::Compression;
use flate2::write::GzEncoder;
use nalgebra::{Matrix3, Rotation3, UnitQuaternion};
use std::fs::File;
use std::io::{BufWriter, Write};
use std::path::Path;

/// Bytes before the voxels: the header and the mark that no extension follows.
const VOXEL_OFFSET: usize = 352;

/// Voxels to store, in the order of their grid (first axis fastest).
#[derive(Clone, Copy, Debug)]
pub enum Voxels<'a> {
    /// As they are.
    F32(&'a [f32]),
    /// Labels.
    U8(&'a [u8]),
    /// Counts as a scanner stores them; value = stored * slope + inter.
    I16 {
        /// What is stored.
        stored: &'a [i16],
        /// Units a count.
        slope: f32,
        /// The value of count 0.
        inter: f32,
    },
}

impl Voxels<'_> {
    fn len(&self) -> usize {
        match self {
            Self::F32(values) => values.len(),
            Self::U8(values) => values.len(),
            Self::I16 { stored, .. } => stored.len(),
        }
    }

    /// NIfTI's `datatype`, `bitpix`, `scl_slope` and `scl_inter`.
    fn header(&self) -> (i16, i16, f32, f32) {
        match self {
            Self::F32(_) => (16, 32, 1.0, 0.0),
            Self::U8(_) => (2, 8, 1.0, 0.0),
            Self::I16 { slope, inter, .. } => (4, 16, *slope, *inter),
        }
    }

    fn write(&self, out: &mut impl Write) -> std::io::Result<()> {
        match self {
            Self::U8(values) => out.write_all(values),
            Self::F32(values) => write_all(out, values, f32::to_le_bytes),
            Self::I16 { stored, .. } => write_all(out, stored, i16::to_le_bytes),
        }
    }
}

fn write_all<T: Copy, const N: usize>(
    out: &mut impl Write,
    values: &[T],
    bytes: impl Fn(T) -> [u8; N],
) -> std::io::Result<()> {
    let mut buffer = Vec::with_capacity(1 << 16);
    for chunk in values.chunks((1 << 16) / N) {
        buffer.clear();
        buffer.extend(chunk.iter().flat_map(|&value| bytes(value)));
        out.write_all(&buffer)?;
    }
    Ok(())
}

/// Writes a NIfTI-1 file, compressed where the name ends in `.gz`. The affine goes into the sform
/// whole and into the qform as near as a rotation can be; where the orientation is unknown both
/// codes are 0. The file appears whole or not at all, and the same voxels give the same bytes.
///
/// # Errors
/// When there are not as many voxels as the grid has, when a dimension does not fit into NIfTI-1,
/// or when the file cannot be written.
pub fn write_nifti(
    path: &Path,
    grid: &Grid,
    orientation: Orientation,
    voxels: Voxels<'_>,
) -> Result<(), FormatError> {
    write_described(path, grid, orientation, voxels, "Cisterna")
}

/// As [`write_nifti`], with a description of at most 79 bytes in the header's `descrip`.
///
/// # Errors
/// As [`write_nifti`], and for a longer description.
pub fn write_described(
    path: &Path,
    grid: &Grid,
    orientation: Orientation,
    voxels: Voxels<'_>,
    description: &str,
) -> Result<(), FormatError> {
    if description.len() > 79 {
        return Err(FormatError::Field {
            field: "descrip".to_owned(),
            value: description.to_owned(),
            why: "NIfTI-1 holds at most 79 bytes".to_owned(),
            path: path.to_owned(),
        });
    }
    let mut header = header(path, grid, orientation, voxels)?;
    header[148..148 + description.len()].copy_from_slice(description.as_bytes());
    let compress = path
        .extension()
        .is_some_and(|e| e.eq_ignore_ascii_case("gz"));
    write_whole(path, |file| {
        if compress {
            // Level 1: a noisy scan hardly gets smaller at higher ones, and takes several times
            // as long.
            let mut out = GzEncoder::new(BufWriter::new(file), Compression::new(1));
            out.write_all(&header)?;
            voxels.write(&mut out)?;
            out.finish()?.flush()
        } else {
            let mut out = BufWriter::new(file);
            out.write_all(&header)?;
            voxels.write(&mut out)?;
            out.flush()
        }
    })
}

/// Writes a volume to a NIfTI-1 file without loss: whole numbers that fit as 16-bit ones, all else as
/// f32. The affine keeps the seven digits that the format has.
///
/// # Errors
/// As [`write_nifti`].
pub fn write_volume(path: &Path, volume: &Volume) -> Result<(), FormatError> {
    let (grid, orientation) = (volume.grid(), volume.orientation());
    let is_short = |&value: &f32| f32::from(value as i16) == value;
    if !volume.values().iter().all(is_short) {
        return write_nifti(path, grid, orientation, Voxels::F32(volume.values()));
    }
    let stored: Vec<i16> = volume.values().iter().map(|&value| value as i16).collect();
    let voxels = Voxels::I16 {
        stored: &stored,
        slope: 1.0,
        inter: 0.0,
    };
    write_nifti(path, grid, orientation, voxels)
}

/// Writes a file that appears under its name whole, or not at all.
pub(super) fn write_whole(
    path: &Path,
    write: impl FnOnce(&File) -> std::io::Result<()>,
) -> Result<(), FormatError> {
    let folder = match path.parent() {
        Some(folder) if !folder.as_os_str().is_empty() => folder,
        _ => Path::new("."),
    };
    let attempt = || {
        let file = tempfile::Builder::new()
            .prefix(".writing-")
            .tempfile_in(folder)?;
        write(file.as_file())?;
        make_readable(&file)?;
        file.as_file().sync_all()?;
        file.persist(path)?;
        Ok(())
    };
    attempt().map_err(|source| FormatError::Write {
        source,
        path: path.to_owned(),
    })
}

/// Temporary files are private; what is written here is as readable as any other file.
#[cfg(unix)]
fn make_readable(file: &tempfile::NamedTempFile) -> std::io::Result<()> {
    use std::os::unix::fs::PermissionsExt;
    file.as_file()
        .set_permissions(std::fs::Permissions::from_mode(0o644))
}

#[cfg(not(unix))]
fn make_readable(_file: &tempfile::NamedTempFile) -> std::io::Result<()> {
    Ok(())
}

fn header(
    path: &Path,
    grid: &Grid,
    orientation: Orientation,
    voxels: Voxels<'_>,
) -> Result<Vec<u8>, FormatError> {
    let dims = grid.dims();
    if voxels.len() != grid.n_voxels() {
        return Err(FormatError::Field {
            field: "dim".to_owned(),
            value: format!("{dims:?}"),
            why: format!("there are {} voxels to write", voxels.len()),
            path: path.to_owned(),
        });
    }
    let mut bytes = vec![0; VOXEL_OFFSET];
    let mut put = |at: usize, field: &[u8]| bytes[at..at + field.len()].copy_from_slice(field);
    put(0, &348_i32.to_le_bytes());
    put(40, &3_i16.to_le_bytes());
    for axis in 0..4 {
        let length = dims.get(axis).copied().unwrap_or(1);
        let length = i16::try_from(length).map_err(|_| FormatError::Field {
            field: format!("dim[{}]", axis + 1),
            value: length.to_string(),
            why: "NIfTI-1 holds at most 32767".to_owned(),
            path: path.to_owned(),
        })?;
        put(42 + 2 * axis, &length.to_le_bytes());
    }
    for axis in 4..7 {
        put(42 + 2 * axis, &1_i16.to_le_bytes());
    }
    let (datatype, bitpix, slope, inter) = voxels.header();
    put(70, &datatype.to_le_bytes());
    put(72, &bitpix.to_le_bytes());
    let pose = Pose::of(grid.world_from_voxel());
    put(76, &pose.qfac.to_le_bytes());
    for (axis, size) in grid.spacing_mm().into_iter().enumerate() {
        put(80 + 4 * axis, &(size as f32).to_le_bytes());
    }
    put(108, &(VOXEL_OFFSET as f32).to_le_bytes());
    put(112, &slope.to_le_bytes());
    put(116, &inter.to_le_bytes());
    // Millimetres and seconds.
    put(123, &[2 | 8]);
    let code: i16 = if orientation == Orientation::Known {
        1
    } else {
        0
    };
    put(252, &code.to_le_bytes());
    put(254, &code.to_le_bytes());
    for (at, number) in pose.quaternion.into_iter().chain(pose.offset).enumerate() {
        put(256 + 4 * at, &number.to_le_bytes());
    }
    for row in 0..3 {
        for column in 0..4 {
            let element = grid.world_from_voxel()[(row, column)] as f32;
            put(280 + 16 * row + 4 * column, &element.to_le_bytes());
        }
    }
    put(344, b"n+1\0");
    Ok(bytes)
}

/// An affine as the qform has it.
struct Pose {
    qfac: f32,
    quaternion: [f32; 3],
    offset: [f32; 3],
}

impl Pose {
    /// The rotation nearest to the affine's directions; shear is lost.
    fn of(affine: &Affine) -> Self {
        let mut directions: Matrix3<f64> = affine.fixed_view::<3, 3>(0, 0).into_owned();
        for mut column in directions.column_iter_mut() {
            column.normalize_mut();
        }
        let qfac = if directions.determinant() < 0.0 {
            -1.0
        } else {
            1.0
        };
        let flipped = directions.column(2) * qfac;
        directions.set_column(2, &flipped);
        let rotation = Rotation3::from_matrix_eps(&directions, 1e-12, 100, Rotation3::identity());
        let quaternion = UnitQuaternion::from_rotation_matrix(&rotation);
        // NIfTI stores b, c, d with a >= 0.
        let sign = if quaternion.w < 0.0 { -1.0 } else { 1.0 };
        Self {
            qfac: qfac as f32,
            quaternion: [quaternion.i, quaternion.j, quaternion.k].map(|q| (q * sign) as f32),
            offset: std::array::from_fn(|row| affine[(row, 3)] as f32),
        }
    }
}
