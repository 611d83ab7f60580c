//! The frames of an image, and the numbers that its pixels are stored as.

use super::syntax::PixelCoding;
use time::PrimitiveDateTime;

/// What one stored number is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct PixelFormat {
    pub(super) rows: usize,
    pub(super) columns: usize,
    /// 1, or 3 for colour.
    pub(super) samples: usize,
    /// Colour by planes instead of by pixels.
    pub(super) planar: bool,
    /// 1, 8, 16, 32 or 64.
    pub(super) bits_allocated: u32,
    pub(super) bits_stored: u32,
    pub(super) high_bit: u32,
    pub(super) signed: bool,
    pub(super) float: bool,
    pub(super) big_endian: bool,
    pub(super) photometric: String,
    pub(super) coding: PixelCoding,
}

impl PixelFormat {
    /// Bytes of one frame once decoded; bits that do not fill a byte count in full.
    pub(super) fn frame_bytes(&self) -> u64 {
        let samples = (self.rows * self.columns * self.samples) as u64;
        (samples * u64::from(self.bits_allocated)).div_ceil(8)
    }

    /// numpy's name of the stored type.
    pub(super) fn dtype(&self) -> &'static str {
        match (self.samples, self.float, self.bits_allocated, self.signed) {
            (3, ..) => "RGB",
            (_, true, 64, _) => "float64",
            (_, true, ..) => "float32",
            (_, _, 16, true) => "int16",
            (_, _, 16, false) => "uint16",
            (_, _, 32, true) => "int32",
            (_, _, 32, false) => "uint32",
            (_, _, _, true) => "int8",
            _ => "uint8",
        }
    }
}

/// One plane of voxels and its place.
#[derive(Clone, Debug, Default)]
pub(super) struct Frame {
    /// Which of the file's stored frames.
    pub(super) stored: usize,
    /// Column and row of its first pixel in the stored frame: a tile of a mosaic.
    pub(super) tile: [usize; 2],
    pub(super) rows: usize,
    pub(super) columns: usize,
    /// Directions in which the column and the row index grow; LPS+.
    pub(super) orientation: Option<[f64; 6]>,
    /// Centre of the first pixel; LPS+ mm.
    pub(super) position: Option<[f64; 3]>,
    /// Distance between rows, and between columns, in mm.
    pub(super) spacing_mm: Option<[f64; 2]>,
    /// Spacing between slices or their thickness: only for a slice that has no neighbour.
    pub(super) depth_mm: Option<f64>,
    pub(super) slope: f64,
    pub(super) inter: f64,
    /// Philips: what a displayed value is divided by to be the precise one.
    pub(super) precise: Option<f64>,
    /// Image type and complex component.
    pub(super) kind: String,
    pub(super) echo: Option<i64>,
    pub(super) echo_time_ms: Option<f64>,
    pub(super) stack: Option<String>,
    pub(super) temporal: Option<i64>,
    pub(super) acquisition: Option<i64>,
    pub(super) instance: i64,
    pub(super) acquired: Option<PrimitiveDateTime>,
}
