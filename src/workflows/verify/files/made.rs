//! Small files of other programs' kinds, byte by byte: the same scan in each.
//!
//! Twelve voxels of 3 x 2 x 2, int16 from 0 on; 1.5 x 2 x 2.5 mm, the first axis from the patient's
//! right to the left (LAS; in DICOM the second from front to back, LPS), the first voxel at
//! (10, -20, 5) mm.

use crate::volume::{Affine, Grid, VolumeError};
use flate2::Compression;
use flate2::write::GzEncoder;
use std::io::Write;

pub(super) const DIMS: [usize; 3] = [3, 2, 2];
const SPACING_MM: [f64; 3] = [-1.5, 2.0, 2.5];
const ORIGIN_MM: [f64; 3] = [10.0, -20.0, 5.0];

/// Where the scan lies.
pub(super) fn grid() -> Result<Grid, VolumeError> {
    grid_of(SPACING_MM)
}

/// Where it lies as DICOM.
pub(super) fn dicom_grid() -> Result<Grid, VolumeError> {
    let [x, y, z] = SPACING_MM;
    grid_of([x, -y, z])
}

fn grid_of(spacing_mm: [f64; 3]) -> Result<Grid, VolumeError> {
    let mut world_from_voxel = Affine::identity();
    for axis in 0..3 {
        world_from_voxel[(axis, axis)] = spacing_mm[axis];
        world_from_voxel[(axis, 3)] = ORIGIN_MM[axis];
    }
    Grid::new(DIMS, world_from_voxel)
}

/// What is stored.
pub(super) fn counts() -> Vec<i16> {
    (0..12).collect()
}

/// Little-endian.
fn voxels() -> Vec<u8> {
    counts().into_iter().flat_map(i16::to_le_bytes).collect()
}

/// Writes fields at their places of a header.
fn header(length: usize, fields: &[(usize, &[u8])]) -> Vec<u8> {
    let mut bytes = vec![0; length];
    for (at, field) in fields {
        bytes[*at..at + field.len()].copy_from_slice(field);
    }
    bytes
}

/// NIfTI-2 (nifti2.h), one file.
pub(super) fn nifti2() -> Vec<u8> {
    let mut bytes = header(
        544,
        &[
            (0, &540_i32.to_le_bytes()),
            (4, b"n+2\0\r\n\x1a\n"),
            (12, &4_i16.to_le_bytes()),
            (14, &16_i16.to_le_bytes()),
            (16, &3_i64.to_le_bytes()),
            (168, &544_i64.to_le_bytes()),
            (176, &1.0_f64.to_le_bytes()),
            (348, &1_i32.to_le_bytes()),
        ],
    );
    for axis in 0..7 {
        let length = DIMS.get(axis).map_or(1, |length| *length as i64);
        bytes[24 + 8 * axis..32 + 8 * axis].copy_from_slice(&length.to_le_bytes());
    }
    for axis in 0..3 {
        let size = SPACING_MM[axis].abs();
        bytes[112 + 8 * axis..120 + 8 * axis].copy_from_slice(&size.to_le_bytes());
        let row = 400 + 32 * axis;
        bytes[row + 8 * axis..row + 8 * axis + 8].copy_from_slice(&SPACING_MM[axis].to_le_bytes());
        bytes[row + 24..row + 32].copy_from_slice(&ORIGIN_MM[axis].to_le_bytes());
    }
    [bytes, voxels()].concat()
}

/// A single NIfTI-1 file cut into a header and its voxels, which is the other form of it.
pub(super) fn pair(single: &[u8]) -> [Vec<u8>; 2] {
    let mut head = single[..348].to_vec();
    head[108..112].copy_from_slice(&0.0_f32.to_le_bytes());
    head[344..348].copy_from_slice(b"ni1\0");
    [head, single[352..].to_vec()]
}

/// Analyze 7.5: a header without a place for the patient's sides, and its voxels.
pub(super) fn analyze() -> [Vec<u8>; 2] {
    let mut head = header(
        348,
        &[
            (0, &348_i32.to_le_bytes()),
            (32, &16_384_i32.to_le_bytes()),
            (38, b"r"),
            (40, &3_i16.to_le_bytes()),
            (70, &4_i16.to_le_bytes()),
            (72, &16_i16.to_le_bytes()),
            (112, &1.0_f32.to_le_bytes()),
        ],
    );
    for axis in 0..7 {
        let length = DIMS.get(axis).map_or(1, |length| *length as i16);
        head[42 + 2 * axis..44 + 2 * axis].copy_from_slice(&length.to_le_bytes());
    }
    for axis in 0..3 {
        let size = SPACING_MM[axis].abs() as f32;
        head[80 + 4 * axis..84 + 4 * axis].copy_from_slice(&size.to_le_bytes());
    }
    [head, voxels()]
}

/// FreeSurfer's MGH: big-endian, the centre of the grid in place of the first voxel.
pub(super) fn mgh() -> Vec<u8> {
    let mut bytes = 1_i32.to_be_bytes().to_vec();
    let lengths = DIMS.map(|length| length as i32);
    bytes.extend(lengths.into_iter().chain([1]).flat_map(i32::to_be_bytes));
    // int16, no degrees of freedom, and the geometry counts.
    bytes.extend([4_i32, 0].into_iter().flat_map(i32::to_be_bytes));
    bytes.extend(1_i16.to_be_bytes());
    let sizes = SPACING_MM.map(f64::abs);
    let cosines = [-1.0, 0.0, 0.0, 0.0, 1.0, 0.0, 0.0, 0.0, 1.0];
    let centre: [f64; 3] =
        std::array::from_fn(|axis| ORIGIN_MM[axis] + SPACING_MM[axis] * DIMS[axis] as f64 / 2.0);
    let reals = sizes.into_iter().chain(cosines).chain(centre);
    bytes.extend(reals.flat_map(|real| (real as f32).to_be_bytes()));
    bytes.resize(284, 0);
    bytes.extend(counts().into_iter().flat_map(i16::to_be_bytes));
    bytes
}

/// An element of DICOM, explicit little-endian.
fn element(tag: u32, vr: &[u8; 2], value: &[u8]) -> Vec<u8> {
    let mut bytes = ((tag >> 16) as u16).to_le_bytes().to_vec();
    bytes.extend((tag as u16).to_le_bytes());
    bytes.extend(vr);
    let mut value = value.to_vec();
    if value.len() % 2 == 1 {
        // UIDs end in a zero, text in a blank.
        value.push(if vr == b"UI" { 0 } else { b' ' });
    }
    let length = value.len() as u32;
    if vr == b"OW" {
        bytes.extend([0; 2]);
        bytes.extend(length.to_le_bytes());
    } else {
        bytes.extend((length as u16).to_le_bytes());
    }
    bytes.extend(value);
    bytes
}

/// The name of nobody, which nothing may tell.
pub(super) const PATIENT: &str = "Nobody^Special";

/// A slice of the scan as DICOM.
pub(super) fn dicom(slice: usize) -> Vec<u8> {
    let number = |value: u16| value.to_le_bytes();
    // LPS: x and y have the other sign.
    let place = format!(
        "{}\\{}\\{}",
        -ORIGIN_MM[0],
        -ORIGIN_MM[1],
        ORIGIN_MM[2] + SPACING_MM[2] * slice as f64
    );
    let stored = &counts()[6 * slice..6 * slice + 6];
    let pixels: Vec<u8> = stored.iter().copied().flat_map(i16::to_le_bytes).collect();
    let mut bytes = vec![0; 128];
    bytes.extend(b"DICM");
    for (tag, vr, value) in [
        (0x0002_0010, b"UI", b"1.2.840.10008.1.2.1".to_vec()),
        (
            0x0008_0018,
            b"UI",
            format!("1.2.3.{}", slice + 1).into_bytes(),
        ),
        (0x0008_0060, b"CS", b"MR".to_vec()),
        (0x0010_0010, b"PN", PATIENT.as_bytes().to_vec()),
        (0x0020_000E, b"UI", b"1.2.3".to_vec()),
        (0x0020_0032, b"DS", place.into_bytes()),
        // Along a row to the patient's left, from row to row to the back.
        (0x0020_0037, b"DS", b"1\\0\\0\\0\\1\\0".to_vec()),
        (0x0028_0002, b"US", number(1).to_vec()),
        (0x0028_0004, b"CS", b"MONOCHROME2".to_vec()),
        (0x0028_0010, b"US", number(2).to_vec()),
        (0x0028_0011, b"US", number(3).to_vec()),
        (0x0028_0030, b"DS", b"2\\1.5".to_vec()),
        (0x0028_0100, b"US", number(16).to_vec()),
        (0x0028_0101, b"US", number(16).to_vec()),
        (0x0028_0102, b"US", number(15).to_vec()),
        (0x0028_0103, b"US", number(1).to_vec()),
        (0x7FE0_0010, b"OW", pixels),
    ] {
        bytes.extend(element(tag, vr, &value));
    }
    bytes
}

pub(super) fn gzip(content: &[u8]) -> std::io::Result<Vec<u8>> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
    encoder.write_all(content)?;
    encoder.finish()
}

/// A zstd frame of 256 to 65,791 bytes, which are stored as they are (RFC 8878).
pub(super) fn zstd(content: &[u8]) -> Vec<u8> {
    let length = content.len() as u32;
    let mut bytes = vec![0x28, 0xb5, 0x2f, 0xfd];
    // One segment, the length in two bytes, no check sum.
    bytes.push(0x60);
    bytes.extend((length.saturating_sub(256) as u16).to_le_bytes());
    // The last block, raw.
    let block = (length << 3) | 1;
    bytes.extend(&block.to_le_bytes()[..3]);
    bytes.extend(content);
    bytes
}
