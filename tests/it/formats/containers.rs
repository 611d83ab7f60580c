//! NIfTI-2, files compressed with zstd, and volumes written and opened again.

use super::files::{Folder, Header, counting, gz};
use cisterna::formats::{self, FormatError, no_progress};
use cisterna::volume::{Affine, Grid, Orientation, Volume};
use ruzstd::encoding::{CompressionLevel, compress_to_vec};
use std::path::Path;
use std::time::{Duration, Instant};

fn zst(bytes: &[u8]) -> Vec<u8> {
    compress_to_vec(bytes, CompressionLevel::Fastest)
}

/// A NIfTI-2 header of int16 voxels with an oblique sform.
fn header2(dims: &[i64], magic: &[u8; 8], vox_offset: i64) -> Vec<u8> {
    let mut head = vec![0; 544];
    let mut put = |at: usize, bytes: &[u8]| head[at..at + bytes.len()].copy_from_slice(bytes);
    put(0, &540_i32.to_le_bytes());
    put(4, magic);
    put(12, &4_i16.to_le_bytes());
    put(14, &16_i16.to_le_bytes());
    put(16, &(dims.len() as i64).to_le_bytes());
    for (axis, length) in dims.iter().enumerate() {
        put(24 + 8 * axis, &length.to_le_bytes());
    }
    for at in 0..8 {
        put(104 + 8 * at, &1.5_f64.to_le_bytes());
    }
    put(168, &vox_offset.to_le_bytes());
    put(176, &0.5_f64.to_le_bytes());
    put(184, &(-2.0_f64).to_le_bytes());
    put(348, &1_i32.to_le_bytes());
    for (at, element) in srow().iter().enumerate() {
        put(400 + 8 * at, &element.to_le_bytes());
    }
    head
}

fn srow() -> [f64; 12] {
    [
        1.5,
        0.1,
        0.0,
        -10.123456789012,
        0.0,
        1.5,
        0.2,
        3.0,
        0.3,
        0.0,
        1.5,
        7.0,
    ]
}

#[track_caller]
fn check_same(path: &Path, expected: &Volume) {
    let opened = formats::open(path, 0, &no_progress).unwrap();
    assert_eq!(opened.volume.values(), expected.values());
    assert_eq!(opened.volume.grid(), expected.grid());
}

#[test]
fn a_second_version() {
    let folder = Folder::new();
    let voxels = counting(12);
    let single = [header2(&[3, 2, 2], b"n+2\0\r\n\x1a\n", 544), voxels.clone()].concat();
    let path = folder.write("a.nii", &single);
    let opened = formats::open(&path, 0, &no_progress).unwrap();
    assert_eq!(opened.info.format, "nifti2");
    assert_eq!(opened.info.affine.as_flattened()[..12], srow());
    let expected: Vec<f32> = (0..12).map(|n| 0.5 * n as f32 - 2.0).collect();
    assert_eq!(opened.volume.values(), expected);
    check_same(&folder.write("b.nii.gz", &gz(&single)), &opened.volume);
    folder.write("c.img", &voxels);
    let pair = header2(&[3, 2, 2], b"ni2\0\r\n\x1a\n", 0);
    check_same(&folder.write("c.hdr", &pair[..540]), &opened.volume);
    assert_eq!(
        formats::describe(&folder.path("c.img"), None, &[])
            .unwrap()
            .format,
        "nifti2-pair"
    );
}

#[test]
fn a_second_version_that_lies() {
    #[track_caller]
    fn check(bytes: &[u8], expected: &str) {
        let folder = Folder::new();
        let path = folder.write("a.nii", bytes);
        let started = Instant::now();
        let text = formats::open(&path, 0, &no_progress)
            .unwrap_err()
            .to_string();
        assert!(text.contains(expected) && text.contains("a.nii"), "{text}");
        assert!(started.elapsed() < Duration::from_secs(1));
    }
    let with = |dims: &[i64], offset| header2(dims, b"n+2\0\r\n\x1a\n", offset);
    check(&with(&[3, 2, 2], 544), "cut short");
    check(&with(&[i64::MAX; 7], 544), "dim");
    check(&with(&[1 << 40, 1 << 40, 1, 1 << 40], 544), "dim");
    check(&with(&[1 << 40, 1, 1], 544), "cut short");
    check(&with(&[3, -2, 2], 544), "dim[2]");
    check(&with(&[3, 2, 2], -1), "vox_offset");
    check(&with(&[3, 2, 2], 500), "vox_offset");
    check(&with(&[3, 2, 2], i64::MAX), "vox_offset");
    check(&with(&[], 544), "dim[0]");
    check(&with(&[3, 2, 2], 544)[..530], "header");
    check(&header2(&[3, 2, 2], b"n+3\0\r\n\x1a\n", 544), "magic");
    let mut cifti = with(&[1, 1, 1, 1, 3, 4], 544);
    cifti[504..508].copy_from_slice(&3001_i32.to_le_bytes());
    check(&cifti, "CIFTI");
}

#[test]
fn zstd_files() {
    let folder = Folder::new();
    let file = Header::default().file(&counting(12));
    let plain = formats::open(&folder.write("a.nii", &file), 0, &no_progress).unwrap();
    check_same(&folder.write("b.nii.zst", &zst(&file)), &plain.volume);
    // Several frames are one stream, and the name does not matter.
    let parts = [zst(&file[..100]), zst(&file[100..])].concat();
    check_same(&folder.write("c.nii", &parts), &plain.volume);
    let large = Header::with_dims(&[100, 100, 50]).file(&vec![7; 1_000_000]);
    let packed = zst(&large);
    let path = folder.write("d.nii.zst", &packed);
    assert_eq!(
        formats::open(&path, 0, &no_progress).unwrap().info.max,
        Some(1799.0)
    );
    for cut in [4, 10, packed.len() / 2, packed.len() - 1] {
        let path = folder.write("e.nii.zst", &packed[..cut]);
        assert!(formats::open(&path, 0, &no_progress).is_err(), "{cut}");
    }
    let mut damaged = packed.clone();
    let last = damaged.len() - 1;
    damaged[last] ^= 1;
    let path = folder.write("f.nii.zst", &damaged);
    let error = formats::open(&path, 0, &no_progress).unwrap_err();
    assert!(
        matches!(error, FormatError::Compressed { coding: "zstd", .. }),
        "{error}"
    );
    let claim = zst(&Header::with_dims(&[30000, 30000, 30000]).file(&[]));
    let path = folder.write("g.nii.zst", &claim);
    let text = formats::open(&path, 0, &no_progress)
        .unwrap_err()
        .to_string();
    assert!(text.contains("cut short"), "{text}");
}

#[test]
fn volumes_come_back_as_they_were_written() {
    let rows = Affine::from_row_slice(&[srow().as_slice(), &[0.0, 0.0, 0.0, 1.0]].concat());
    let grid = Grid::new([3, 2, 2], rows).unwrap();
    let check = |values: Vec<f32>, dtype: &str| {
        let volume = Volume::new(grid.clone(), values).unwrap();
        let folder = Folder::new();
        for name in ["a.nii", "a.nii.gz"] {
            let path = folder.path(name);
            formats::write_volume(&path, &volume).unwrap();
            let opened = formats::open(&path, 0, &no_progress).unwrap();
            assert_eq!(opened.info.dtype, dtype);
            let bits = |volume: &Volume| -> Vec<u32> {
                volume
                    .values()
                    .iter()
                    .map(|value| value.to_bits())
                    .collect()
            };
            assert_eq!(bits(&opened.volume), bits(&volume));
            let off = (opened.volume.grid().world_from_voxel() - rows).amax();
            assert!(off < 1e-6, "{off}");
            assert_eq!(opened.volume.orientation(), Orientation::Known);
        }
    };
    let whole: Vec<f32> = (0..12).map(|n| (n * 5957 - 32768) as f32).collect();
    check(whole.clone(), "int16");
    for odd in [0.5, f32::NAN, 32768.0, f32::INFINITY, 1e-40, 16_777_215.0] {
        let mut values = whole.clone();
        values[7] = odd;
        check(values, "float32");
    }
}
