//! NIfTI headers, of version 1 (and its ancestor, Analyze 7.5) parsed by the crate `nifti`, of
//! version 2, which the crate does not know, here; then checked field by field. The voxels are not
//! the crate's: it takes the memory that a header claims before it looks at the file.

use super::error::FormatError;
use super::header::HeaderRow;
use super::nifti_header::{Header, Refuse};
use super::pair;
use super::source::Source;
use super::stored::{Dtype, Stored};
use crate::volume::{Affine, Grid, Orientation};
use nalgebra::{Matrix3, Point3};
use nifti::NiftiHeader;
use std::path::Path;

/// `NIFTI_INTENT_LABEL`: values are indices into a list of names.
const INTENT_LABEL: i32 = 1002;

/// A corner distance between sform and qform above this is said; below it is rounding.
const DISAGREEMENT_MM: f64 = 0.01;

/// The first field of the header in the byte order that makes sense of it.
pub(super) fn sizeof_hdr(head: &[u8]) -> Option<i32> {
    if head.len() < 348 {
        return None;
    }
    let bytes = std::array::from_fn(|i| head[i]);
    let (little, big) = (i32::from_le_bytes(bytes), i32::from_be_bytes(bytes));
    Some(if [348, 540].contains(&big) {
        big
    } else {
        little
    })
}

pub(super) fn from_head(source: &Source, head: &[u8]) -> Result<Stored, FormatError> {
    let path = &source.path();
    let refuse = Refuse(path);
    let (header, format) = parsed(path, head, &refuse)?;
    let shape = header.shape(&refuse)?;
    let dtype = dtype(&header, &refuse)?;
    let (voxels, data_offset) = voxels(source, format, &header, &refuse)?;
    let mut warnings = Vec::new();
    let (grid, affine_source) = grid(&shape, &header, &refuse, &mut warnings)?;
    let orientation = if affine_source == "pixdim" {
        Orientation::Unknown
    } else {
        Orientation::Known
    };
    warnings.extend(remarks(format, dtype, &header));
    let (slope, inter) = scaling(dtype, &header);
    Ok(Stored {
        source: source.clone(),
        format,
        zooms_mm: (1..=shape.len().min(3))
            .map(|axis| header.pixdim[axis].abs())
            .collect(),
        shape,
        dtype,
        big_endian: header.big_endian,
        slope,
        inter,
        voxels,
        data_offset,
        grid,
        affine_source,
        orientation,
        window: (header.window[0] < header.window[1]).then_some(header.window),
        is_label_map: header.intent_code == INTENT_LABEL && format != "analyze75",
        warnings,
    })
}

/// The fields that say how a header places and scales its voxels, and its free texts.
pub(super) fn fields(
    source: &Source,
    head: &[u8],
    with_identity: bool,
) -> Result<Vec<HeaderRow>, FormatError> {
    let path = &source.path();
    let (header, format) = parsed(path, head, &Refuse(path))?;
    let is_analyze = format == "analyze75";
    let mut rows = header.rows(is_analyze);
    rows.extend(header.texts(head, is_analyze, with_identity));
    Ok(rows)
}

/// The header and the name of its format.
fn parsed(
    path: &Path,
    head: &[u8],
    refuse: &Refuse<'_>,
) -> Result<(Header, &'static str), FormatError> {
    match sizeof_hdr(head) {
        Some(540) => v2(path, head, refuse),
        _ => v1(path, head, refuse),
    }
}

fn v1(
    path: &Path,
    head: &[u8],
    refuse: &Refuse<'_>,
) -> Result<(Header, &'static str), FormatError> {
    check_n_dims(head, refuse)?;
    let mut bytes = head[..348].to_vec();
    let format = match &bytes[344..347] {
        b"n+1" => "nifti1",
        b"ni1" => "nifti1-pair",
        // Analyze 7.5 has no magic and comes as a pair; a single file without one is not NIfTI.
        _ if is_header_of_pair(path) => {
            bytes[344..348].copy_from_slice(b"ni1\0");
            "analyze75"
        }
        other => return Err(wrong_magic(other, "a NIfTI-1 file has n+1 or ni1", refuse)),
    };
    let mut header =
        NiftiHeader::from_reader(&bytes[..]).map_err(|error| FormatError::NotRecognised {
            what: format!("the header is no NIfTI-1 header ({error})"),
            path: path.to_owned(),
        })?;
    if format == "analyze75" {
        // These bytes are the `hist` block there and mean something else.
        (header.qform_code, header.sform_code) = (0, 0);
        let stored = [header.glmin, header.glmax].map(f64::from);
        let mut header = Header::from_v1(&header);
        header.spm_origin = spm_origin(head, header.big_endian);
        (header.slope, header.inter) = spm_scale(&header, stored);
        return Ok((header, format));
    }
    Ok((Header::from_v1(&header), format))
}

/// SPM's slope and intercept: as written, or else such that the range of stored values becomes the
/// calibrated range. A slope of 0 is none. (The rule of SPM2's `spm_vol_ana`, as in nibabel.)
fn spm_scale(header: &Header, stored: [f64; 2]) -> (f64, f64) {
    if header.slope != 0.0 && header.slope.is_finite() {
        let inter = Some(header.inter).filter(|inter| inter.is_finite());
        return (header.slope, inter.unwrap_or(0.0));
    }
    let stored_range = stored[1] - stored[0];
    let slope = (header.window[1] - header.window[0]) / stored_range;
    if stored_range == 0.0 || slope == 0.0 || !slope.is_finite() {
        return (0.0, 0.0);
    }
    (slope, header.window[0] - slope * stored[0])
}

/// The `originator` field, in which SPM keeps the voxel at 0 mm, counted from 1.
fn spm_origin(head: &[u8], big_endian: bool) -> Option<[f64; 3]> {
    let bytes = head.get(253..259)?;
    let at = |axis: usize| {
        let pair = [bytes[2 * axis], bytes[2 * axis + 1]];
        f64::from(match big_endian {
            true => i16::from_be_bytes(pair),
            false => i16::from_le_bytes(pair),
        })
    };
    Some([at(0), at(1), at(2)])
}

fn v2(
    path: &Path,
    head: &[u8],
    refuse: &Refuse<'_>,
) -> Result<(Header, &'static str), FormatError> {
    let Some(head) = head.first_chunk::<540>() else {
        return Err(FormatError::NotRecognised {
            what: "the file ends within the NIfTI-2 header".to_owned(),
            path: path.to_owned(),
        });
    };
    let format = match &head[4..7] {
        b"n+2" => "nifti2",
        b"ni2" => "nifti2-pair",
        other => return Err(wrong_magic(other, "a NIfTI-2 file has n+2 or ni2", refuse)),
    };
    let header = Header::from_v2(head);
    if (3000..3100).contains(&header.intent_code) {
        return Err(refuse.field(
            "intent_code",
            &header.intent_code,
            "this is a CIFTI file, whose numbers lie on surfaces and not in a volume",
        ));
    }
    Ok((header, format))
}

fn wrong_magic(magic: &[u8], why: &str, refuse: &Refuse<'_>) -> FormatError {
    let magic = String::from_utf8_lossy(magic).into_owned();
    refuse.field("magic", &format!("{magic:?}"), why)
}

fn is_header_of_pair(path: &Path) -> bool {
    let name = path.to_string_lossy().to_ascii_lowercase();
    name.ends_with(".hdr") || name.ends_with(".hdr.gz")
}

/// The crate guesses the byte order from `dim[0]`: it is right where that is in range in the order
/// that `sizeof_hdr` has.
fn check_n_dims(head: &[u8], refuse: &Refuse<'_>) -> Result<(), FormatError> {
    let bytes = [head[40], head[41]];
    let n_dims = if head.starts_with(&348_i32.to_be_bytes()) {
        i16::from_be_bytes(bytes)
    } else {
        i16::from_le_bytes(bytes)
    };
    if (1..=7).contains(&n_dims) {
        return Ok(());
    }
    Err(refuse.field("dim[0]", &n_dims, "must be from 1 to 7"))
}

fn dtype(header: &Header, refuse: &Refuse<'_>) -> Result<Dtype, FormatError> {
    let dtype = match header.datatype {
        2 => Dtype::U8,
        4 => Dtype::I16,
        8 => Dtype::I32,
        16 => Dtype::F32,
        32 => Dtype::Complex64,
        64 => Dtype::F64,
        128 => Dtype::Rgb,
        256 => Dtype::I8,
        512 => Dtype::U16,
        768 => Dtype::U32,
        1024 => Dtype::I64,
        1280 => Dtype::U64,
        1792 => Dtype::Complex128,
        2304 => Dtype::Rgba,
        other => {
            let why = match other {
                1 => "one bit a voxel is not opened; convert to uint8",
                1536 => "float128 is not opened; convert to float64",
                2048 => "complex256 is not opened; convert to complex128",
                _ => "no such type in the NIfTI-1 standard",
            };
            return Err(refuse.field("datatype", &other, why));
        }
    };
    if usize::try_from(header.bitpix) != Ok(dtype.size() * 8) {
        let why = format!(
            "datatype {} ({}) has {} bits a voxel",
            header.datatype,
            dtype.name(),
            dtype.size() * 8
        );
        return Err(refuse.field("bitpix", &header.bitpix, &why));
    }
    Ok(dtype)
}

/// The file that holds the voxels and where in it they begin.
fn voxels(
    source: &Source,
    format: &str,
    header: &Header,
    refuse: &Refuse<'_>,
) -> Result<(Source, u64), FormatError> {
    let offset = header.vox_offset;
    if !(offset.is_finite() && offset >= 0.0) {
        return Err(refuse.field("vox_offset", &offset, "must be a number of bytes"));
    }
    // Some writers store a fraction; the standard has whole bytes in a float.
    let offset = offset as u64;
    if !matches!(format, "nifti1" | "nifti2") {
        let no_voxels = || {
            source.refuse(
                "this header belongs to a pair, and the .img with the voxels is not beside it",
            )
        };
        let voxels = pair::voxels_of(source).ok_or_else(no_voxels)?;
        return Ok((voxels, offset));
    }
    if offset < if header.version == 2 { 540 } else { 348 } {
        return Err(refuse.field("vox_offset", &offset, "points into the header"));
    }
    Ok((source.clone(), offset))
}

/// nibabel's rule: sform if its code is above 0, else qform if its code is above 0, else the
/// voxel sizes with the origin in the middle and x flipped. An affine that cannot be inverted is
/// passed over with a warning where the next one is good.
fn grid(
    shape: &[usize],
    header: &Header,
    refuse: &Refuse<'_>,
    warnings: &mut Vec<String>,
) -> Result<(Grid, &'static str), FormatError> {
    let dims = std::array::from_fn(|axis| shape.get(axis).copied().unwrap_or(1));
    let qform_affine = || qform_affine(dims, header);
    let sform = (header.sform_code > 0).then(|| {
        let (affine, remark) = sform_affine(dims, header);
        warnings.extend(remark);
        ("sform", affine)
    });
    let qform = (header.qform_code > 0).then(|| ("qform", qform_affine()));
    let mut candidates: Vec<_> = [sform, qform].into_iter().flatten().collect();
    if candidates.is_empty() {
        candidates.push(("pixdim", pixdim_affine(dims, header)));
    }
    let mut refused = None;
    for (source, affine) in candidates {
        match Grid::new(dims, affine) {
            Ok(grid) => {
                if let Some((other, error)) = refused {
                    warnings.push(format!("{other} is not used ({error}); {source} is"));
                } else if source == "sform" && header.qform_code > 0 {
                    warnings.extend(disagreement(&grid, &qform_affine()));
                }
                if source == "qform" {
                    warnings.extend(unusual_sizes(dims, header));
                }
                return Ok((grid, source));
            }
            Err(error) => refused = refused.or(Some((source, error))),
        }
    }
    let (source, error) = refused.map_or(("affine", String::new()), |(s, e)| (s, e.to_string()));
    Err(refuse.field(source, &"not usable", &error))
}

/// The largest distance between where two affines put a corner of the grid, if it matters.
fn disagreement(grid: &Grid, qform: &Affine) -> Option<String> {
    let world_from_world = qform * grid.voxel_from_world();
    let largest_mm = grid
        .corners_in_world()
        .iter()
        .map(|corner| (world_from_world.transform_point(corner) - corner).norm())
        .fold(0.0, f64::max);
    (largest_mm > DISAGREEMENT_MM).then(|| {
        format!("sform and qform disagree by up to {largest_mm:.2} mm at a corner; sform is used")
    })
}

/// What of the voxel sizes beside a qform is not as the standard has it.
fn unusual_sizes(dims: [usize; 3], header: &Header) -> Vec<String> {
    let mut remarks = Vec::new();
    for axis in 1..=3 {
        let size = header.pixdim[axis];
        if size < 0.0 {
            remarks.push(format!(
                "pixdim[{axis}] is {size} beside a qform: {} mm are taken, without a mirror image; \
                 other programs mirror it",
                -size
            ));
        } else if size == 0.0 && dims[axis - 1] == 1 {
            remarks.push(format!(
                "pixdim[{axis}] is 0: 1 mm is assumed for the only slice"
            ));
        }
    }
    let qfac = header.pixdim[0];
    if ![-1.0, 0.0, 1.0].contains(&qfac) {
        remarks.push(format!(
            "qfac (pixdim[0]) is {qfac}, not -1 or 1: 1 is taken, and other programs take its sign"
        ));
    }
    remarks
}

/// The stored rows. Where there is one slice and its column is 0, it gets 1 mm square to the others.
fn sform_affine(dims: [usize; 3], header: &Header) -> (Affine, Option<String>) {
    let mut affine = Affine::identity();
    for (row, values) in header.srow.iter().enumerate() {
        for (column, &value) in values.iter().enumerate() {
            affine[(row, column)] = value;
        }
    }
    let column = |of: usize| affine.fixed_view::<3, 1>(0, of).into_owned();
    if dims[2] > 1 || column(2).norm() > 0.0 {
        return (affine, None);
    }
    let across = column(0).cross(&column(1));
    if across.norm() > 0.0 {
        let across = across.normalize();
        affine.fixed_view_mut::<3, 1>(0, 2).copy_from(&across);
    }
    let remark = "the sform's third column is 0: 1 mm across the only slice is assumed";
    (affine, Some(remark.to_owned()))
}

/// Rotation from the quaternion, voxel size from `pixdim`, third axis flipped where qfac is -1.
fn qform_affine(dims: [usize; 3], header: &Header) -> Affine {
    let [b, c, d] = header.quaternion;
    let squared = b * b + c * c + d * d;
    // A rotation by 180 degrees, but for rounding to single precision: the bound is the reference's.
    let (a, b, c, d) = if 1.0 - squared < 1e-7 {
        let length = squared.sqrt();
        (0.0, b / length, c / length, d / length)
    } else {
        ((1.0 - squared).sqrt(), b, c, d)
    };
    let rotation = Matrix3::new(
        a * a + b * b - c * c - d * d,
        2.0 * (b * c - a * d),
        2.0 * (b * d + a * c),
        2.0 * (b * c + a * d),
        a * a + c * c - b * b - d * d,
        2.0 * (c * d - a * b),
        2.0 * (b * d - a * c),
        2.0 * (c * d + a * b),
        a * a + d * d - b * b - c * c,
    );
    let qfac = if header.pixdim[0] == -1.0 { -1.0 } else { 1.0 };
    let [x, y, z] = sizes(dims, header);
    let size = [x, y, z * qfac];
    let offset = header.offset;
    let mut affine = Affine::identity();
    for row in 0..3 {
        affine[(row, 3)] = offset[row];
        for column in 0..3 {
            affine[(row, column)] = rotation[(row, column)] * size[column];
        }
    }
    affine
}

/// Voxel sizes. One below 0 is its absolute value: a mirror image is what qfac and the sform say.
fn sizes(dims: [usize; 3], header: &Header) -> [f64; 3] {
    std::array::from_fn(|axis| {
        let size = header.pixdim[axis + 1].abs();
        // A 2D file often leaves the third size at 0.
        if size == 0.0 && dims[axis] == 1 {
            1.0
        } else {
            size
        }
    })
}

fn pixdim_affine(dims: [usize; 3], header: &Header) -> Affine {
    let size = sizes(dims, header);
    let mut affine = Affine::identity();
    for axis in 0..3 {
        let sign = if axis == 0 { -1.0 } else { 1.0 };
        affine[(axis, axis)] = sign * size[axis];
    }
    let middle = dims.map(|n| (n as f64 - 1.0) / 2.0);
    // As nibabel: an origin far outside of the image was never meant as one.
    let is_meant = |origin: &[f64; 3]| {
        origin.iter().any(|&at| at != 0.0)
            && (0..3)
                .all(|a| origin[a].abs() < dims[a] as f64 * if origin[a] < 0.0 { 1.0 } else { 2.0 })
    };
    let origin = header.spm_origin.filter(is_meant);
    let middle = Point3::from(origin.map_or(middle, |of| of.map(|at| at - 1.0)));
    let place = affine.transform_point(&middle);
    for axis in 0..3 {
        affine[(axis, 3)] = -place[axis];
    }
    affine
}

/// A slope of 0, or one that is not finite, means that there is no scaling.
fn scaling(dtype: Dtype, header: &Header) -> (f64, f64) {
    let (slope, inter) = (header.slope, header.inter);
    let colour = matches!(dtype, Dtype::Rgb | Dtype::Rgba);
    if colour || slope == 0.0 || !slope.is_finite() {
        return (1.0, 0.0);
    }
    (slope, if inter.is_finite() { inter } else { 0.0 })
}

fn remarks(format: &str, dtype: Dtype, header: &Header) -> Vec<String> {
    let mut remarks = Vec::new();
    if format == "analyze75" {
        remarks.push(
            "Analyze 7.5 stores no orientation: left and right are unknown, and may be swapped"
                .to_owned(),
        );
        if let Some([x, y, z]) = header
            .spm_origin
            .filter(|of| of.iter().any(|&at| at != 0.0))
        {
            remarks.push(format!(
                "SPM's origin, voxel {x}, {y}, {z} counted from 1, is taken where it lies near the image"
            ));
        }
        if header.slope != 0.0 {
            remarks.push(format!(
                "SPM's scale is applied: slope {}, intercept {}",
                header.slope, header.inter
            ));
        }
    } else if header.sform_code <= 0 && header.qform_code <= 0 {
        remarks.push(
            "no orientation is stored (sform and qform codes are 0): left and right are unknown"
                .to_owned(),
        );
    }
    match header.units & 0o7 {
        1 => remarks.push("the file's unit is metres; its numbers are taken as mm".to_owned()),
        3 => remarks.push("the file's unit is micrometres; its numbers are taken as mm".to_owned()),
        _ => {}
    }
    match dtype {
        Dtype::Rgb | Dtype::Rgba => remarks.push(
            "a colour image is shown as luminance (0.2126 R + 0.7152 G + 0.0722 B)".to_owned(),
        ),
        Dtype::Complex64 | Dtype::Complex128 => {
            remarks.push("a complex image is shown as magnitude".to_owned());
        }
        _ => {}
    }
    remarks
}
