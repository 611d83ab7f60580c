//! Scans of every kind: values, place and sides come back, and what is damaged is refused.

use super::made;
use super::place::{Place, described, refused};
use super::zip::zip;
use crate::formats::{Voxels, no_progress, open, series, write_nifti};
use crate::volume::{Grid, Interpolation, Orientation, Volume};
use crate::workflows::verify::facts::FileCheck;
use crate::workflows::verify::verdict::Verdict;
use nalgebra::Point3;
use std::path::{Path, PathBuf};

pub(super) fn checks(place: &Place) -> anyhow::Result<Vec<FileCheck>> {
    let (grid, counts) = (made::grid()?, made::counts());
    let values: Vec<f32> = counts.iter().copied().map(f32::from).collect();
    let mut checks = Vec::new();
    let as_is = Expected::new(&grid, &values);

    let scaled: Vec<f32> = values.iter().map(|value| 0.25 * value - 2.0).collect();
    let voxels = Voxels::I16 {
        stored: &counts,
        slope: 0.25,
        inter: -2.0,
    };
    for (kind, name) in [
        ("NIfTI-1", "scaled.nii"),
        ("NIfTI-1, gzip", "scaled.nii.gz"),
    ] {
        let path = place.path(name);
        write_nifti(&path, &grid, Orientation::Known, voxels)?;
        checks.push(Expected::new(&grid, &scaled).check(kind, place, &path));
    }
    let path = place.path("floats.nii");
    let floats: Vec<f32> = values.iter().map(|value| value * 0.37 - 1.5).collect();
    write_nifti(&path, &grid, Orientation::Known, Voxels::F32(&floats))?;
    checks.push(Expected::new(&grid, &floats).check("NIfTI-1, float32", place, &path));

    let path = place.path("plain.nii");
    let plain = Voxels::I16 {
        stored: &counts,
        slope: 1.0,
        inter: 0.0,
    };
    write_nifti(&path, &grid, Orientation::Known, plain)?;
    let single = std::fs::read(&path)?;
    let path = place.write("packed.nii.zst", &made::zstd(&single))?;
    checks.push(as_is.check("NIfTI-1, zstd", place, &path));
    let [head, voxels] = made::pair(&single);
    place.write("pair.img", &voxels)?;
    let path = place.write("pair.hdr", &head)?;
    checks.push(as_is.check("NIfTI-1, header and voxels apart", place, &path));
    let path = place.write("second.nii", &made::nifti2())?;
    checks.push(as_is.check("NIfTI-2", place, &path));
    let path = place.write("scan.mgh", &made::mgh())?;
    checks.push(as_is.check("MGH", place, &path));
    let path = place.write("scan.mgz", &made::gzip(&made::mgh())?)?;
    checks.push(as_is.check("MGZ", place, &path));

    let [head, voxels] = made::analyze();
    place.write("old.img", &voxels)?;
    let path = place.write("old.hdr", &head)?;
    checks.push(sides_unknown(place, &path, &values));
    let path = place.path("nowhere.nii");
    write_nifti(&path, &grid, Orientation::Unknown, plain)?;
    checks.push(sides_unknown(place, &path, &values));

    let slices = [made::dicom(0), made::dicom(1)];
    let folder = place.folder("series")?;
    for (name, slice) in ["b", "a"].iter().zip(&slices) {
        std::fs::write(folder.join(name), slice)?;
    }
    let of_dicom = made::dicom_grid()?;
    let of_dicom = Expected::new(&of_dicom, &values);
    checks.push(of_dicom.check("DICOM series", place, &folder));
    let zip = zip(&[("s/2", &slices[1]), ("s/1", &slices[0])])?;
    let path = place.write("series.zip", &zip)?;
    checks.push(of_dicom.check("DICOM series in a zip", place, &path));
    checks.push(nameless(place, &folder));

    checks.extend(damaged(place, &single)?);
    Ok(checks)
}

/// What has to come back.
struct Expected<'a> {
    grid: &'a Grid,
    values: &'a [f32],
}

impl<'a> Expected<'a> {
    fn new(grid: &'a Grid, values: &'a [f32]) -> Self {
        Self { grid, values }
    }

    fn check(&self, kind: &'static str, place: &Place, path: &Path) -> FileCheck {
        let expected = described(self.values, self.grid, Orientation::Known);
        let found = match open(path, 0, &no_progress) {
            Err(why) => Err(place.nameless(&why.to_string())),
            Ok(opened) => self.differences(&opened.volume),
        };
        FileCheck {
            kind,
            what: "written and opened: values, matrix, sides".to_owned(),
            verdict: Verdict::of(found.is_ok()),
            found: found.unwrap_or_else(|why| why),
            expected,
        }
    }

    /// What came back, or what is not as it was.
    fn differences(&self, volume: &Volume) -> Result<String, String> {
        let found = described(volume.values(), volume.grid(), volume.orientation());
        if volume.values() != self.values {
            return Err(format!("{found}; other values: {:?}", volume.values()));
        }
        // A matrix is kept in f32: seven digits of coordinates up to 30 mm.
        let off = (volume.grid().world_from_voxel() - self.grid.world_from_voxel()).amax();
        if volume.grid().dims() != self.grid.dims() || off.is_nan() || off > 1e-5 {
            return Err(format!("{found}; the matrix is off by {off} mm"));
        }
        if volume.orientation() != Orientation::Known {
            return Err(format!("{found}; the sides are not known"));
        }
        // The value at a place of the patient, wherever its voxel is stored.
        let voxel = [2.0, 1.0, 0.0];
        let at = self.grid.to_world(Point3::from(voxel));
        let value = volume.sample(at, Interpolation::Nearest);
        match value == self.values.get(5).copied() {
            true => Ok(found),
            false => Err(format!("{found}; the value at {at} is {value:?}")),
        }
    }
}

/// A file that does not say which side is which is not taken to say it.
fn sides_unknown(place: &Place, path: &Path, values: &[f32]) -> FileCheck {
    let (found, is_well) = match open(path, 0, &no_progress) {
        Err(why) => (place.nameless(&why.to_string()), false),
        Ok(opened) => {
            let volume = &opened.volume;
            let is_well = volume.values() == values && volume.orientation() == Orientation::Unknown;
            let found = described(volume.values(), volume.grid(), volume.orientation());
            (found, is_well)
        }
    };
    FileCheck {
        kind: match path.extension().is_some_and(|end| end == "hdr") {
            true => "Analyze 7.5",
            false => "NIfTI-1 without a place",
        },
        what: "written and opened: values; no sides are made up".to_owned(),
        expected: "the same values, sides unknown".to_owned(),
        found,
        verdict: Verdict::of(is_well),
    }
}

/// Nothing that is told of a series names the patient.
fn nameless(place: &Place, folder: &Path) -> FileCheck {
    let told = match (series(folder, &no_progress), open(folder, 0, &no_progress)) {
        (Ok(sorted), Ok(opened)) => Ok(format!("{sorted:?} {:?}", opened.info)),
        (Err(why), _) | (_, Err(why)) => Err(place.nameless(&why.to_string())),
    };
    let is_well = told
        .as_ref()
        .is_ok_and(|told| !told.contains(made::PATIENT) && !told.contains("Nobody"));
    FileCheck {
        kind: "DICOM series",
        what: "what is told of it names the patient".to_owned(),
        expected: "no".to_owned(),
        found: match (&told, is_well) {
            (Err(why), _) => why.clone(),
            (Ok(_), true) => "no".to_owned(),
            (Ok(_), false) => "yes".to_owned(),
        },
        verdict: Verdict::of(is_well),
    }
}

/// A damaged file: its kind, what was done to it, its name and its bytes.
type Damaged = (&'static str, &'static str, &'static str, Vec<u8>);

/// `single` is a sound NIfTI-1 file.
fn damaged(place: &Place, single: &[u8]) -> anyhow::Result<Vec<FileCheck>> {
    let with = |bytes: &[u8], at: usize, field: &[u8]| -> Vec<u8> {
        let mut bytes = bytes.to_vec();
        bytes[at..at + field.len()].copy_from_slice(field);
        bytes
    };
    let short = |bytes: &[u8]| bytes[..bytes.len() - 1].to_vec();
    let gz = made::gzip(single)?;
    let many = 30_000_i16.to_le_bytes();
    // A bit of the check sum, eight bytes before the end.
    let flipped = |bytes: &[u8]| -> Vec<u8> {
        let mut bytes = bytes.to_vec();
        let at = bytes.len() - 8;
        bytes[at] ^= 1;
        bytes
    };
    let zst = made::zstd(single);
    let second = made::nifti2();
    let mgh = made::mgh();
    let dicom = made::dicom(0);
    let rows = element_value(&dicom, [0x28, 0, 0x10, 0]);
    let zip = zip(&[("1", &dicom)])?;
    let files: Vec<Damaged> = vec![
        ("NIfTI-1", "cut short by a byte", "cut.nii", short(single)),
        (
            "NIfTI-1",
            "claims 30000 voxels along each axis",
            "claim.nii",
            with(single, 42, &[many, many, many].concat()),
        ),
        (
            "NIfTI-1",
            "a length of -3 voxels",
            "negative.nii",
            with(single, 42, &(-3_i16).to_le_bytes()),
        ),
        (
            "NIfTI-1",
            "a type that there is not",
            "type.nii",
            with(single, 70, &255_i16.to_le_bytes()),
        ),
        (
            "NIfTI-1",
            "a matrix of what is no number",
            "matrix.nii",
            // Both places of it, so that neither stands in for the other.
            with(
                &with(single, 256, &f32::NAN.to_le_bytes().repeat(6)),
                280,
                &f32::NAN.to_le_bytes().repeat(12),
            ),
        ),
        ("NIfTI-1", "empty", "empty.nii", Vec::new()),
        (
            "NIfTI-1",
            "text in its place",
            "text.nii",
            b"All work and no play. ".repeat(50),
        ),
        (
            "NIfTI-1, gzip",
            "cut short by a byte",
            "cut.nii.gz",
            short(&gz),
        ),
        (
            "NIfTI-1, gzip",
            "a bit of the check sum turned",
            "flipped.nii.gz",
            flipped(&gz),
        ),
        (
            "NIfTI-1, zstd",
            "cut short by a byte",
            "cut.nii.zst",
            short(&zst),
        ),
        ("NIfTI-2", "cut short by a byte", "cut2.nii", short(&second)),
        (
            "NIfTI-2",
            "claims 2^40 voxels along an axis",
            "claim2.nii",
            with(&second, 24, &(1_i64 << 40).to_le_bytes()),
        ),
        ("MGH", "cut short by a byte", "cut.mgh", short(&mgh)),
        (
            "MGH",
            "a length of 0 voxels",
            "zero.mgh",
            with(&mgh, 4, &0_i32.to_be_bytes()),
        ),
        ("DICOM", "cut short by a byte", "cut.dcm", short(&dicom)),
        (
            "DICOM",
            "claims 65535 rows",
            "claim.dcm",
            with(&dicom, rows, &u16::MAX.to_le_bytes()),
        ),
        (
            "DICOM in a zip",
            "the list of members is gone",
            "cut.zip",
            zip[..zip.len() - 30].to_vec(),
        ),
    ];
    let mut checks = Vec::with_capacity(files.len() + 1);
    for (kind, what, name, bytes) in files {
        let path = place.write(name, &bytes)?;
        checks.push(is_refused(place, kind, what, &path));
    }
    let alone: PathBuf = place.write("alone.hdr", &made::pair(single)[0])?;
    let kind = "NIfTI-1, header and voxels apart";
    checks.push(is_refused(place, kind, "the voxels are not there", &alone));
    Ok(checks)
}

/// Where the value of the first element of a tag begins, behind tag, kind and length.
fn element_value(bytes: &[u8], tag: [u8; 4]) -> usize {
    let at = bytes.windows(4).position(|four| four == tag);
    at.map_or(0, |at| at + 8)
}

fn is_refused(place: &Place, kind: &'static str, what: &str, path: &Path) -> FileCheck {
    refused(place, kind, what, open(path, 0, &no_progress))
}
