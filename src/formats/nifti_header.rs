//! The fields of a NIfTI header, whatever its version and byte order.

use super::error::FormatError;
use super::header::HeaderRow;
use nifti::{Endianness, NiftiHeader};
use std::path::Path;

/// More voxels than any file can hold; keeps every product of dimensions within 64 bits.
const MOST_VOXELS: u64 = 1 << 48;

/// Makes errors that name a field of one file.
pub(super) struct Refuse<'a>(pub(super) &'a Path);

impl Refuse<'_> {
    pub(super) fn field(&self, field: &str, value: &dyn ToString, why: &str) -> FormatError {
        FormatError::Field {
            field: field.to_owned(),
            value: value.to_string(),
            why: why.to_owned(),
            path: self.0.to_owned(),
        }
    }
}

/// What both versions have, as numbers wide enough for either.
pub(super) struct Header {
    /// 1 or 2.
    pub(super) version: u8,
    pub(super) dim: [i64; 8],
    pub(super) datatype: i16,
    pub(super) bitpix: i16,
    pub(super) pixdim: [f64; 8],
    pub(super) vox_offset: f64,
    pub(super) slope: f64,
    pub(super) inter: f64,
    /// `cal_min` and `cal_max`.
    pub(super) window: [f64; 2],
    pub(super) qform_code: i32,
    pub(super) sform_code: i32,
    /// b, c, d.
    pub(super) quaternion: [f64; 3],
    pub(super) offset: [f64; 3],
    pub(super) srow: [[f64; 4]; 3],
    pub(super) units: i32,
    pub(super) intent_code: i32,
    pub(super) big_endian: bool,
    /// Analyze of SPM: the voxel at 0 mm, counted from 1.
    pub(super) spm_origin: Option<[f64; 3]>,
}

impl Header {
    /// A version 1 header as the crate has it.
    pub(super) fn from_v1(header: &NiftiHeader) -> Self {
        Self {
            version: 1,
            // The crate hands `dim` out unsigned; the standard has it signed.
            dim: header.dim.map(|d| i64::from(d.cast_signed())),
            datatype: header.datatype,
            bitpix: header.bitpix,
            pixdim: header.pixdim.map(f64::from),
            vox_offset: f64::from(header.vox_offset),
            slope: f64::from(header.scl_slope),
            inter: f64::from(header.scl_inter),
            window: [header.cal_min, header.cal_max].map(f64::from),
            qform_code: i32::from(header.qform_code),
            sform_code: i32::from(header.sform_code),
            quaternion: [header.quatern_b, header.quatern_c, header.quatern_d].map(f64::from),
            offset: [header.quatern_x, header.quatern_y, header.quatern_z].map(f64::from),
            srow: [header.srow_x, header.srow_y, header.srow_z].map(|row| row.map(f64::from)),
            units: i32::from(header.xyzt_units),
            intent_code: i32::from(header.intent_code),
            big_endian: header.endianness == Endianness::Big,
            spm_origin: None,
        }
    }

    /// A version 2 header of at least 540 bytes.
    pub(super) fn from_v2(head: &[u8; 540]) -> Self {
        let big_endian = head.starts_with(&540_i32.to_be_bytes());
        let fields = Fields { head, big_endian };
        Self {
            version: 2,
            dim: std::array::from_fn(|i| i64::from_le_bytes(fields.at(16 + 8 * i))),
            datatype: i16::from_le_bytes(fields.at(12)),
            bitpix: i16::from_le_bytes(fields.at(14)),
            pixdim: fields.reals(104),
            vox_offset: i64::from_le_bytes(fields.at(168)) as f64,
            slope: f64::from_le_bytes(fields.at(176)),
            inter: f64::from_le_bytes(fields.at(184)),
            window: [200, 192].map(|at| f64::from_le_bytes(fields.at(at))),
            qform_code: i32::from_le_bytes(fields.at(344)),
            sform_code: i32::from_le_bytes(fields.at(348)),
            quaternion: fields.reals(352),
            offset: fields.reals(376),
            srow: std::array::from_fn(|row| fields.reals(400 + 32 * row)),
            units: i32::from_le_bytes(fields.at(500)),
            intent_code: i32::from_le_bytes(fields.at(504)),
            big_endian,
            spm_origin: None,
        }
    }

    /// What it says of place and scale, as it is stored; Analyze has no codes.
    pub(super) fn rows(&self, is_analyze: bool) -> Vec<HeaderRow> {
        let list = |numbers: &[f64]| {
            let texts: Vec<String> = numbers.iter().map(ToString::to_string).collect();
            texts.join(", ")
        };
        let n_dims = self.dim[0].clamp(0, 7) as usize;
        let dims: Vec<String> = self.dim[1..=n_dims]
            .iter()
            .map(ToString::to_string)
            .collect();
        let order = match self.big_endian {
            true => "big-endian",
            false => "little-endian",
        };
        let mut rows = vec![
            HeaderRow::shown("dim", dims.join(", ")),
            HeaderRow::shown("pixdim", list(&self.pixdim[..=n_dims])),
            HeaderRow::shown("datatype", self.datatype),
            HeaderRow::shown("scl_slope, scl_inter", list(&[self.slope, self.inter])),
            HeaderRow::shown("cal_min, cal_max", list(&self.window)),
            HeaderRow::shown("byte order", order),
        ];
        if is_analyze {
            return rows;
        }
        let code = |code: i32| format!("{code} ({})", code_words(code));
        rows.extend([
            HeaderRow::shown("qform_code", code(self.qform_code)),
            HeaderRow::shown("sform_code", code(self.sform_code)),
            HeaderRow::shown("quatern_b, c, d", list(&self.quaternion)),
            HeaderRow::shown("qoffset_x, y, z", list(&self.offset)),
        ]);
        for (row, name) in self.srow.iter().zip(["srow_x", "srow_y", "srow_z"]) {
            rows.push(HeaderRow::shown(name, list(row)));
        }
        rows.push(HeaderRow::shown("xyzt_units", units_words(self.units)));
        rows.push(HeaderRow::shown("intent_code", self.intent_code));
        rows
    }

    /// Its free texts, in which people put names; Analyze has fields for them.
    pub(super) fn texts(
        &self,
        head: &[u8],
        is_analyze: bool,
        with_identity: bool,
    ) -> Vec<HeaderRow> {
        const OF_ANALYZE: [(&str, usize, usize); 8] = [
            ("db_name", 14, 18),
            ("descrip", 148, 80),
            ("aux_file", 228, 24),
            ("generated", 263, 10),
            ("scannum", 273, 10),
            ("patient_id", 283, 10),
            ("exp_date", 293, 10),
            ("exp_time", 303, 10),
        ];
        const OF_V1: [(&str, usize, usize); 4] = [
            ("db_name", 14, 18),
            ("descrip", 148, 80),
            ("aux_file", 228, 24),
            ("intent_name", 328, 16),
        ];
        const OF_V2: [(&str, usize, usize); 3] = [
            ("descrip", 240, 80),
            ("aux_file", 320, 24),
            ("intent_name", 508, 16),
        ];
        let fields: &[_] = match self.version {
            2 => &OF_V2,
            _ if is_analyze => &OF_ANALYZE,
            _ => &OF_V1,
        };
        let text = |&(name, at, length): &(&str, usize, usize)| {
            let bytes = head.get(at..at + length)?;
            let text = String::from_utf8_lossy(bytes);
            let text = text.split('\0').next().unwrap_or_default();
            let text: String = text.chars().filter(|c| !c.is_control()).collect();
            let text = text.trim();
            (!text.is_empty()).then(|| HeaderRow::new(name, text, with_identity))
        };
        fields.iter().filter_map(text).collect()
    }

    /// Voxels along every dimension.
    pub(super) fn shape(&self, refuse: &Refuse<'_>) -> Result<Vec<usize>, FormatError> {
        if !(1..=7).contains(&self.dim[0]) {
            return Err(refuse.field("dim[0]", &self.dim[0], "must be from 1 to 7"));
        }
        let n_dims = self.dim[0] as usize;
        let mut n_voxels: u64 = 1;
        let mut shape = Vec::with_capacity(n_dims);
        for (axis, &length) in self.dim.iter().enumerate().take(n_dims + 1).skip(1) {
            if length < 1 {
                return Err(refuse.field(&format!("dim[{axis}]"), &length, "must be at least 1"));
            }
            n_voxels = n_voxels.saturating_mul(length.cast_unsigned());
            shape.push(usize::try_from(length).unwrap_or(usize::MAX));
        }
        if self.version == 2 && n_voxels > MOST_VOXELS {
            return Err(refuse.field(
                "dim",
                &format!("{shape:?}"),
                "no file holds that many voxels",
            ));
        }
        Ok(shape)
    }
}

/// `NIFTI_XFORM_*`.
fn code_words(code: i32) -> &'static str {
    match code {
        0 => "no place",
        1 => "the scanner's",
        2 => "aligned to another scan",
        3 => "Talairach",
        4 => "MNI 152",
        5 => "another template",
        _ => "not in the standard",
    }
}

/// `NIFTI_UNITS_*` of space and of time.
fn units_words(units: i32) -> String {
    let space = match units & 0o7 {
        1 => "m",
        2 => "mm",
        3 => "micrometre",
        _ => "not said",
    };
    let time = match units & 0o70 {
        8 => ", s",
        16 => ", ms",
        24 => ", microsecond",
        _ => "",
    };
    format!("{units} ({space}{time})")
}

/// Fields of a version 2 header.
struct Fields<'a> {
    head: &'a [u8; 540],
    big_endian: bool,
}

impl Fields<'_> {
    /// The bytes of a number, little end first.
    fn at<const N: usize>(&self, at: usize) -> [u8; N] {
        let mut bytes = std::array::from_fn(|i| self.head[at + i]);
        if self.big_endian {
            bytes.reverse();
        }
        bytes
    }

    fn reals<const N: usize>(&self, at: usize) -> [f64; N] {
        std::array::from_fn(|i| f64::from_le_bytes(self.at(at + 8 * i)))
    }
}
