//! Folders and zips with scans of every kind in them.

use super::dicom_made::{Made, zip};
use super::files::{Header, counting, gz};
use std::path::{Path, PathBuf};

/// A place, and what is to be found there.
pub(crate) struct PlaceMade {
    pub(crate) path: PathBuf,
    /// Name and value of the first voxel of every scan, in their order.
    pub(crate) scans: Vec<(&'static str, f32)>,
}

/// The voxels of [`Header::default`], the first of them as told.
fn voxels(first: i16) -> Vec<u8> {
    let mut voxels = counting(12);
    voxels[..2].copy_from_slice(&first.to_le_bytes());
    voxels
}

pub(crate) fn nifti(first: i16) -> Vec<u8> {
    Header::default().file(&voxels(first))
}

/// Header and voxels of a pair.
pub(crate) fn pair(first: i16) -> [Vec<u8>; 2] {
    let header = Header {
        magic: *b"ni1\0",
        vox_offset: 0.0,
        ..Header::default()
    };
    [header.bytes(), voxels(first)]
}

/// FreeSurfer's format, compressed: 3 x 2 x 2 voxels of int16, 1 mm, along the world's axes.
fn mgz(first: i16) -> Vec<u8> {
    let mut bytes: Vec<u8> = [1_i32, 3, 2, 2, 1, 4]
        .iter()
        .flat_map(|n| n.to_be_bytes())
        .collect();
    bytes.extend([0, 0, 0, 0, 0, 1]);
    let geometry: [f32; 15] = [
        1.0, 1.0, 1.0, 1.0, 0.0, 0.0, 0.0, 1.0, 0.0, 0.0, 0.0, 1.0, 0.0, 0.0, 0.0,
    ];
    bytes.extend(geometry.iter().flat_map(|x| x.to_be_bytes()));
    bytes.resize(284, 0);
    let numbers = voxels(first);
    bytes.extend(
        numbers
            .as_chunks::<2>()
            .0
            .iter()
            .flat_map(|[a, b]| [*b, *a]),
    );
    gz(&bytes)
}

/// Two slices of a series.
fn dicom(first: u16) -> [Vec<u8>; 2] {
    [0, 1].map(|slice| {
        let mut made = Made::slice_of(2, "T1 late", "20240104091500", slice);
        made.pixels[..2].copy_from_slice(&first.to_le_bytes());
        made.bytes()
    })
}

/// A folder with files in it; a name may have folders of its own.
fn folder(path: PathBuf, files: &[(&str, &[u8])]) -> PathBuf {
    std::fs::create_dir_all(&path).unwrap();
    for (name, bytes) in files {
        let file = path.join(name);
        std::fs::create_dir_all(file.parent().unwrap()).unwrap();
        std::fs::write(file, bytes).unwrap();
    }
    path
}

fn zipped(path: PathBuf, files: &[(&str, &[u8])]) -> PathBuf {
    std::fs::write(&path, zip(files)).unwrap();
    path
}

/// Places of every kind that holds scans.
pub(crate) fn with_scans(root: &Path) -> Vec<PlaceMade> {
    let (a, b) = (nifti(11), nifti(22));
    let (packed, mgz) = (gz(&a), mgz(33));
    let [first, second] = dicom(44);
    let [header, image] = pair(55);
    let both: [(&str, &[u8]); 6] = [
        ("scans/b.nii.gz", &packed),
        ("scans/b.json", b"{\"HoursAfterInjection\": 24}"),
        ("series/1", &first),
        ("series/2", &second),
        ("a.nii", &b),
        ("letter.txt", b"no image"),
    ];
    let in_both = vec![("T1 late", 44.0), ("a.nii", 22.0), ("b.nii.gz", 11.0)];
    let made = |path: PathBuf, scans: Vec<(&'static str, f32)>| PlaceMade { path, scans };
    vec![
        made(
            folder(root.join("two"), &[("a.nii.gz", &packed), ("b.nii", &b)]),
            vec![("a.nii.gz", 11.0), ("b.nii", 22.0)],
        ),
        made(folder(root.join("both"), &both), in_both.clone()),
        made(zipped(root.join("both.zip"), &both), in_both),
        made(
            zipped(root.join("one.zip"), &[("x/a.nii.gz", &packed)]),
            vec![("a.nii.gz", 11.0)],
        ),
        made(
            zipped(root.join("mgz.zip"), &[("a.mgz", &mgz), ("a.txt", b"?")]),
            vec![("a.mgz", 33.0)],
        ),
        made(
            zipped(
                root.join("pair.zip"),
                &[("x/p.hdr", &header), ("x/p.img", &image)],
            ),
            vec![("p.hdr", 55.0)],
        ),
        made(
            folder(
                root.join("bids"),
                &[
                    ("sub-01/anat/sub-01_T1w.nii.gz", &packed),
                    ("sub-02/anat/sub-02_T1w.nii", &b),
                ],
            ),
            vec![("sub-01_T1w.nii.gz", 11.0), ("sub-02_T1w.nii", 22.0)],
        ),
    ]
}

/// Places without a scan.
pub(crate) fn without_scans(root: &Path) -> [PathBuf; 2] {
    [
        folder(root.join("empty"), &[]),
        zipped(
            root.join("texts.zip"),
            &[("a.txt", b"no image"), ("b.txt", b"none either")],
        ),
    ]
}
