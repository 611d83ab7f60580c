//! FreeSurfer's files.

use super::REFUSAL_LIMIT;
use super::files::{Folder, counting, gz};
use cisterna::formats::{self, no_progress};
use cisterna::volume::Orientation;
use std::time::Instant;

/// An MGH header (mghformat.py): big-endian, voxels at byte 284.
#[derive(Clone, Debug)]
struct Header {
    version: i32,
    dims: [i32; 4],
    kind: i32,
    good_ras: i16,
    delta: [f32; 3],
    cosines: [f32; 9],
    center: [f32; 3],
}

impl Default for Header {
    /// 4 x 5 x 6 voxels of int16, turned by 10 degrees.
    fn default() -> Self {
        Self {
            version: 1,
            dims: [4, 5, 6, 1],
            kind: 4,
            good_ras: 1,
            delta: [1.0, 1.5, 2.0],
            cosines: [
                -0.984_807_7,
                0.173_648_18,
                0.0,
                0.0,
                0.0,
                -1.0,
                0.173_648_18,
                0.984_807_7,
                0.0,
            ],
            center: [3.0, -4.0, 5.5],
        }
    }
}

impl Header {
    fn file(&self, voxels: &[u8]) -> Vec<u8> {
        let mut bytes = self.version.to_be_bytes().to_vec();
        bytes.extend(self.dims.iter().flat_map(|n| n.to_be_bytes()));
        bytes.extend(self.kind.to_be_bytes());
        bytes.extend(0_i32.to_be_bytes());
        bytes.extend(self.good_ras.to_be_bytes());
        let reals = self.delta.iter().chain(&self.cosines).chain(&self.center);
        bytes.extend(reals.flat_map(|x| x.to_be_bytes()));
        assert_eq!(bytes.len(), 90);
        bytes.resize(284, 0);
        bytes.extend_from_slice(voxels);
        bytes
    }

    fn counting(&self) -> Vec<u8> {
        let mut voxels = counting(120);
        voxels.chunks_mut(2).for_each(<[u8]>::reverse);
        self.file(&voxels)
    }
}

/// `nibabel.freesurfer.mghformat.MGHHeader.get_affine()` and `aff2axcodes` (5.4.2), in f32.
#[test]
fn geometry_agrees_with_nibabel() {
    #[track_caller]
    fn check(good_ras: i16, axcodes: &str, expected: [[f64; 4]; 3]) {
        let header = Header {
            good_ras,
            ..Header::default()
        };
        let folder = Folder::new();
        let file = header.counting();
        for path in [
            folder.write("a.mgh", &file),
            folder.write("a.mgz", &gz(&file)),
        ] {
            let opened = formats::open(&path, 0, &no_progress).unwrap();
            assert_eq!(
                (opened.info.format, opened.info.axcodes.as_str()),
                ("mgh", axcodes)
            );
            assert_eq!(
                (opened.info.shape, opened.info.dtype),
                (vec![4, 5, 6], "int16")
            );
            for (row, expected) in expected.iter().enumerate() {
                for (column, expected) in expected.iter().enumerate() {
                    let found = opened.info.affine[row][column];
                    assert!(
                        (found - expected).abs() < 2e-6,
                        "[{row}][{column}]: {found}"
                    );
                }
            }
            let known = opened.volume.orientation() == Orientation::Known;
            assert_eq!(
                (known, opened.info.warnings.is_empty()),
                (good_ras > 0, good_ras > 0)
            );
            assert!(
                (0..120)
                    .map(|n| n as f32)
                    .eq(opened.volume.values().iter().copied())
            );
        }
    }
    let stored = [
        [-0.9848077, 0.0, 0.34729636, 3.9277263],
        [0.17364818, 0.0, 1.9696155, -10.256143],
        [0.0, -1.5, 0.0, 9.25],
    ];
    check(1, "LIA", stored);
    // Nothing stored: 1 mm coronal around the origin.
    let assumed = [
        [-1.0, 0.0, 0.0, 2.0],
        [0.0, 0.0, 1.0, -3.0],
        [0.0, -1.0, 0.0, 2.5],
    ];
    check(0, "LIA", assumed);
}

#[test]
fn every_type() {
    #[track_caller]
    fn check(kind: i32, dtype: &str, voxels: &[u8], first: f64, last: f64) {
        let header = Header {
            kind,
            dims: [2, 1, 1, 1],
            ..Header::default()
        };
        let folder = Folder::new();
        let path = folder.write("a.mgh", &header.file(voxels));
        let wanted = [vec![0, 0, 0], vec![1, 0, 0]];
        let info = formats::describe(&path, None, &wanted).unwrap();
        assert_eq!(info.dtype, dtype);
        assert_eq!((info.voxels[0].value, info.voxels[1].value), (first, last));
    }
    check(0, "uint8", &[255, 128], 255.0, 128.0);
    let ints = [i32::MIN, i32::MAX].map(i32::to_be_bytes).concat();
    check(1, "int32", &ints, -2147483648.0, 2147483647.0);
    let reals = [f32::MIN, 0.1].map(f32::to_be_bytes).concat();
    check(
        3,
        "float32",
        &reals,
        -3.4028234663852886e+38,
        0.10000000149011612,
    );
    let shorts = [i16::MIN, -2].map(i16::to_be_bytes).concat();
    check(4, "int16", &shorts, -32768.0, -2.0);
}

#[test]
fn frames_are_volumes() {
    let header = Header {
        dims: [4, 5, 2, 3],
        ..Header::default()
    };
    let folder = Folder::new();
    let path = folder.write("a.mgz", &gz(&header.counting()));
    let opened = formats::open(&path, 2, &no_progress).unwrap();
    assert_eq!(
        (opened.info.shape, opened.info.volumes),
        (vec![4, 5, 2, 3], 3)
    );
    assert_eq!(opened.volume.values()[0], 80.0);
    assert_eq!(opened.volume.values()[39], 119.0);
    assert!(formats::open(&path, 3, &no_progress).is_err());
}

#[track_caller]
fn check_lie(change: impl FnOnce(&mut Header), words: &str) {
    let mut header = Header::default();
    change(&mut header);
    let folder = Folder::new();
    for name in ["a.mgh", "a.mgz"] {
        let file = header.counting();
        let path = folder.write(name, &if name == "a.mgz" { gz(&file) } else { file });
        let started = Instant::now();
        let refusals = [
            formats::open(&path, 0, &no_progress).map(drop),
            formats::describe(&path, None, &[vec![3, 4, 5]]).map(drop),
        ];
        for refusal in refusals {
            let text = refusal.unwrap_err().to_string();
            assert!(text.contains(words), "{text:?} does not say {words:?}");
            assert!(text.ends_with(&path.display().to_string()), "{text}");
        }
        assert!(started.elapsed() < REFUSAL_LIMIT);
    }
}

#[test]
fn lies() {
    check_lie(|h| h.version = 2, "version is 2");
    check_lie(|h| h.version = 1 << 24, "version is 16777216");
    check_lie(|h| h.dims[0] = 0, "width is 0");
    check_lie(|h| h.dims[1] = -5, "height is -5");
    check_lie(|h| h.dims[2] = i32::MIN, "depth is -2147483648");
    check_lie(|h| h.dims[3] = 0, "nframes is 0");
    check_lie(
        |h| h.dims = [i32::MAX; 4],
        "dim (2147483647 x 2147483647 x 2147483647",
    );
    check_lie(|h| h.dims[3] = i32::MAX, "dim (4 x 5 x 6 x 2147483647");
    check_lie(
        |h| h.dims[0] = 5,
        "dim (5 x 5 x 6 voxels of int16) needs 300 bytes",
    );
    check_lie(|h| h.kind = 2, "type is 2");
    check_lie(|h| h.kind = -1, "type is -1");
    check_lie(|h| h.kind = 1, "needs 480 bytes");
    check_lie(|h| h.delta[1] = 0.0, "affine cannot be inverted");
    check_lie(|h| h.delta[1] = f32::NAN, "affine cannot be inverted");
    check_lie(|h| h.cosines = [0.0; 9], "affine cannot be inverted");
    check_lie(|h| h.center[2] = f32::INFINITY, "affine cannot be inverted");
}

#[test]
fn files_cut_short_anywhere() {
    let folder = Folder::new();
    let file = Header::default().counting();
    for length in 0..file.len() {
        let words = match length {
            0 => "empty",
            1..90 => "ends within the MGH header",
            90..284 => "the file",
            _ => "needs 240 bytes",
        };
        for (name, bytes) in [
            ("a.mgh", file[..length].to_vec()),
            ("b.mgz", gz(&file[..length])),
        ] {
            let path = folder.write(name, &bytes);
            let text = formats::open(&path, 0, &no_progress)
                .unwrap_err()
                .to_string();
            assert!(text.contains(words), "{length}: {text}");
            assert!(text.ends_with(&path.display().to_string()), "{text}");
        }
    }
}
