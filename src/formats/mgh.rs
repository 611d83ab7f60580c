//! FreeSurfer's MGH and MGZ: a big-endian header of 284 bytes, then the voxels.

use super::error::FormatError;
use super::source::Source;
use super::stored::{Dtype, Stored};
use crate::volume::{Affine, Grid, Orientation};

const HEADER_BYTES: u64 = 284;

pub(super) fn has_name_of(source: &Source) -> bool {
    let name = source.file_name().to_ascii_lowercase();
    [".mgh", ".mgz", ".mgh.gz"]
        .iter()
        .any(|end| name.ends_with(end))
}

pub(super) fn from_head(source: &Source, head: &[u8]) -> Result<Stored, FormatError> {
    if head.len() < 90 {
        return Err(source.refuse("the file ends within the MGH header"));
    }
    let path = source.path();
    let field = |field: &str, value: String, why: &str| FormatError::Field {
        field: field.to_owned(),
        value,
        why: why.to_owned(),
        path: path.clone(),
    };
    let int = |at: usize| i32::from_be_bytes(std::array::from_fn(|i| head[at + i]));
    let real = |at: usize| f64::from(f32::from_be_bytes(std::array::from_fn(|i| head[at + i])));
    // What the values mean (a label, a shape, a warp) stands above the version since FreeSurfer 7.
    if int(0) & 0xff != 1 || !(0..1 << 16).contains(&int(0)) {
        return Err(field(
            "version",
            int(0).to_string(),
            "an MGH file has 1 there, and an intent in the byte above",
        ));
    }
    let mut shape = Vec::with_capacity(4);
    for (axis, name) in ["width", "height", "depth", "nframes"].iter().enumerate() {
        let length = int(4 + 4 * axis);
        match usize::try_from(length) {
            Ok(length) if length > 0 => shape.push(length),
            _ => return Err(field(name, length.to_string(), "must be at least 1")),
        }
    }
    let dtype = match int(20) {
        0 => Dtype::U8,
        1 => Dtype::I32,
        3 => Dtype::F32,
        4 => Dtype::I16,
        10 => Dtype::U16,
        other => {
            return Err(field(
                "type",
                other.to_string(),
                "only 0 (uint8), 1 (int32), 3 (float32), 4 (int16) and 10 (uint16) are opened",
            ));
        }
    };
    let good_ras = i16::from_be_bytes([head[28], head[29]]) > 0;
    // Without goodRASFlag the stored geometry means nothing; FreeSurfer then takes 1 mm coronal.
    let (delta, cosines, center) = if good_ras {
        (
            std::array::from_fn(|i| real(30 + 4 * i)),
            std::array::from_fn(|i| real(42 + 4 * i)),
            std::array::from_fn(|i| real(78 + 4 * i)),
        )
    } else {
        (
            [1.0; 3],
            [-1.0, 0.0, 0.0, 0.0, 0.0, -1.0, 0.0, 1.0, 0.0],
            [0.0; 3],
        )
    };
    let dims = [shape[0], shape[1], shape[2]];
    let grid =
        Grid::new(dims, world_from_voxel(dims, delta, cosines, center)).map_err(|error| {
            FormatError::Placement {
                source: error,
                path: path.clone(),
            }
        })?;
    if shape[3] == 1 {
        shape.pop();
    }
    let mut warnings = Vec::new();
    if !good_ras {
        warnings.push(
            "goodRASFlag is 0: no orientation is stored, left and right are assumed".to_owned(),
        );
    }
    Ok(Stored {
        source: source.clone(),
        format: "mgh",
        shape,
        dtype,
        big_endian: true,
        slope: 1.0,
        inter: 0.0,
        voxels: source.clone(),
        data_offset: HEADER_BYTES,
        zooms_mm: delta.to_vec(),
        grid,
        affine_source: if good_ras { "mgh" } else { "default" },
        orientation: if good_ras {
            Orientation::Known
        } else {
            Orientation::Unknown
        },
        window: None,
        is_label_map: false,
        warnings,
    })
}

/// The stored centre is the place of voxel dims/2, whole or not.
fn world_from_voxel(
    dims: [usize; 3],
    delta: [f64; 3],
    cosines: [f64; 9],
    center: [f64; 3],
) -> Affine {
    let mut affine = Affine::identity();
    for row in 0..3 {
        affine[(row, 3)] = center[row];
        for column in 0..3 {
            affine[(row, column)] = cosines[3 * column + row] * delta[column];
            affine[(row, 3)] -= affine[(row, column)] * dims[column] as f64 / 2.0;
        }
    }
    affine
}
