//! What the voxels of a file are worth: types, byte orders, containers, scaling, volumes.

use super::files::{Folder, Header, counting, gz};
use cisterna::formats::{self, FileInfo, FormatError, no_progress};
use std::path::{Path, PathBuf};

/// One stored type: its code, what numpy calls it, twelve voxels in both byte orders and what
/// they are worth.
struct Stored {
    datatype: i16,
    bitpix: i16,
    name: &'static str,
    little: Vec<u8>,
    big: Vec<u8>,
    worth: Vec<f64>,
}

/// The type's limits first and last, as the last voxel is the one that programs lose.
macro_rules! plain {
    ($type:ty, $datatype:literal, $name:literal, [$($extra:expr),*]) => {{
        let mut values: Vec<$type> = vec![<$type>::MAX, <$type>::MIN, $($extra),*];
        while values.len() < 11 {
            values.push(values.len() as $type);
        }
        values.push(<$type>::MAX);
        Stored {
            datatype: $datatype,
            bitpix: 8 * size_of::<$type>() as i16,
            name: $name,
            little: values.iter().flat_map(|v| v.to_le_bytes()).collect(),
            big: values.iter().flat_map(|v| v.to_be_bytes()).collect(),
            worth: values.iter().map(|&v| v as f64).collect(),
        }
    }};
}

/// Pairs of which the magnitude is known: (3, 4), (5, 12), .. are Pythagorean.
macro_rules! complex {
    ($type:ty, $datatype:literal, $name:literal) => {{
        let mut pairs: Vec<[$type; 2]> = vec![[3.0, 4.0], [-5.0, 12.0], [8.0, -15.0], [0.0, 0.0]];
        while pairs.len() < 11 {
            pairs.push([pairs.len() as $type, 0.0]);
        }
        pairs.push([0.0, -7.0]);
        let mut worth = vec![5.0, 13.0, 17.0, 0.0];
        worth.extend((4..11).map(f64::from));
        worth.push(7.0);
        Stored {
            datatype: $datatype,
            bitpix: 16 * size_of::<$type>() as i16,
            name: $name,
            little: pairs
                .as_flattened()
                .iter()
                .flat_map(|v| v.to_le_bytes())
                .collect(),
            big: pairs
                .as_flattened()
                .iter()
                .flat_map(|v| v.to_be_bytes())
                .collect(),
            worth,
        }
    }};
}

/// Rec. 709 luminance; bytes have no order. Alpha is not looked at.
fn colour(datatype: i16, name: &'static str, channels: usize) -> Stored {
    let table: [([u8; 4], f64); 12] = [
        ([255, 255, 255, 0], 255.0),
        ([255, 0, 0, 255], 54.213),
        ([0, 255, 0, 1], 182.376),
        ([0, 0, 255, 2], 18.411),
        ([0, 0, 0, 255], 0.0),
        ([10, 20, 30, 4], 18.596),
        ([1, 1, 1, 5], 1.0),
        ([2, 2, 2, 6], 2.0),
        ([3, 3, 3, 7], 3.0),
        ([4, 4, 4, 8], 4.0),
        ([5, 5, 5, 9], 5.0),
        ([100, 200, 50, 255], 167.91),
    ];
    let bytes: Vec<u8> = table
        .iter()
        .flat_map(|(rgba, _)| rgba[..channels].to_vec())
        .collect();
    Stored {
        datatype,
        bitpix: 8 * channels as i16,
        name,
        little: bytes.clone(),
        big: bytes,
        worth: table.iter().map(|(_, worth)| *worth).collect(),
    }
}

fn all_types() -> Vec<Stored> {
    let (nan, inf, tiny) = (f32::NAN, f32::INFINITY, f32::from_bits(1));
    vec![
        plain!(u8, 2, "uint8", [127, 128]),
        plain!(i16, 4, "int16", [-1, 256, -256]),
        plain!(i32, 8, "int32", [-1, 16_777_217, -65536]),
        plain!(f32, 16, "float32", [nan, inf, -inf, -0.1, 1e-30, tiny]),
        complex!(f32, 32, "complex64"),
        plain!(
            f64,
            64,
            "float64",
            [f64::NAN, f64::NEG_INFINITY, 0.1, 1e300, -1e-300]
        ),
        colour(128, "RGB", 3),
        plain!(i8, 256, "int8", [-1, 1]),
        plain!(u16, 512, "uint16", [32767, 32768, 255, 256]),
        plain!(u32, 768, "uint32", [2_147_483_648, 16_777_217]),
        plain!(i64, 1024, "int64", [-1, 9_007_199_254_740_993, 1 << 40]),
        plain!(u64, 1280, "uint64", [1 << 63, 1 << 40]),
        complex!(f64, 1792, "complex128"),
        colour(2304, "RGBA", 4),
    ]
}

/// The same scan as a single file and as pairs, plain and compressed; the paths by which it can
/// be opened.
fn write_all(folder: &Folder, header: &Header, voxels: &[u8]) -> Vec<PathBuf> {
    let pair = Header {
        magic: *b"ni1\0",
        vox_offset: 0.0,
        ..header.clone()
    };
    let single = header.file(voxels);
    vec![
        folder.write("single.nii", &single),
        folder.write("single.nii.gz", &gz(&single)),
        folder.write("plain.img", voxels),
        folder.write("plain.hdr", &pair.bytes()),
        folder.write("packed.img.gz", &gz(voxels)),
        folder.write("packed.hdr.gz", &gz(&pair.bytes())),
    ]
}

fn indices(dims: [usize; 3]) -> Vec<Vec<usize>> {
    let [nx, ny, _] = dims;
    (0..dims.iter().product())
        .map(|at: usize| vec![at % nx, at / nx % ny, at / nx / ny])
        .collect()
}

fn same(found: f64, expected: f64) -> bool {
    // Luminance is summed from decimal weights: 1e-12. Everything else is exact.
    found == expected
        || found.is_nan() && expected.is_nan()
        || (found - expected).abs() <= 1e-12 * expected.abs()
}

/// All voxels of one file, one by one and as a volume, and its statistics.
#[track_caller]
fn check_values(path: &Path, dtype: &str, dims: [usize; 3], worth: &[f64]) {
    let info = formats::describe(path, None, &indices(dims)).unwrap();
    assert_eq!(
        (info.dtype, info.shape.as_slice()),
        (dtype, dims.as_slice())
    );
    for (voxel, expected) in info.voxels.iter().zip(worth) {
        let index = &voxel.index;
        assert!(
            same(voxel.value, *expected),
            "{index:?}: {}, not {expected}",
            voxel.value
        );
    }
    let opened = formats::open(path, 0, &no_progress).unwrap();
    assert_eq!(opened.volume.values().len(), worth.len());
    for (at, (&found, &expected)) in opened.volume.values().iter().zip(worth).enumerate() {
        // Once more rounded, from f64 to f32.
        let close = (f64::from(found) - expected).abs() <= 6e-8 * expected.abs();
        let expected = expected as f32;
        assert!(
            found == expected || found.is_nan() && expected.is_nan() || close,
            "{at}: {found}, not {expected}"
        );
    }
    let finite = worth.iter().copied().filter(|v| v.is_finite());
    for info in [&info, &opened.info] {
        let (min, max) = (info.min.unwrap(), info.max.unwrap());
        assert!(
            same(min, finite.clone().fold(f64::INFINITY, f64::min)),
            "{min}"
        );
        assert!(
            same(max, finite.clone().fold(f64::NEG_INFINITY, f64::max)),
            "{max}"
        );
        let n_nan = worth.iter().filter(|v| v.is_nan()).count();
        assert_eq!(info.nan_count, n_nan as u64);
    }
}

#[test]
fn every_type_in_every_container() {
    for stored in all_types() {
        assert_eq!(stored.worth.len(), 12, "{}", stored.name);
        for big_endian in [false, true] {
            let header = Header {
                big_endian,
                datatype: stored.datatype,
                bitpix: stored.bitpix,
                ..Header::default()
            };
            let folder = Folder::new();
            let voxels = if big_endian {
                &stored.big
            } else {
                &stored.little
            };
            for path in write_all(&folder, &header, voxels) {
                check_values(&path, stored.name, [3, 2, 2], &stored.worth);
            }
        }
    }
}

/// `numpy.array([...], dtype).astype('float64')` (2.4.6), printed.
#[test]
fn the_largest_numbers() {
    #[track_caller]
    fn check(name: &str, largest: f64, smallest: f64) {
        let stored = all_types().into_iter().find(|s| s.name == name).unwrap();
        let folder = Folder::new();
        let header = Header {
            datatype: stored.datatype,
            bitpix: stored.bitpix,
            ..Header::default()
        };
        let path = folder.write("a.nii", &header.file(&stored.little));
        let wanted = [vec![0, 0, 0], vec![1, 0, 0], vec![2, 1, 1]];
        let voxels = formats::describe(&path, None, &wanted).unwrap().voxels;
        assert_eq!(voxels[0].value, largest);
        assert_eq!(voxels[1].value, smallest);
        assert_eq!(voxels[2].value, largest);
    }
    check("uint8", 255.0, 0.0);
    check("int8", 127.0, -128.0);
    check("uint16", 65535.0, 0.0);
    check("int16", 32767.0, -32768.0);
    check("uint32", 4294967295.0, 0.0);
    check("int32", 2147483647.0, -2147483648.0);
    check("uint64", 1.8446744073709552e+19, 0.0);
    check("int64", 9.223372036854776e+18, -9.223372036854776e+18);
    check("float32", 3.4028234663852886e+38, -3.4028234663852886e+38);
    check("float64", 1.7976931348623157e+308, -1.7976931348623157e+308);
}

/// More than one chunk of every width, 3 and 16 bytes among them.
#[test]
fn large_files_lose_no_voxel() {
    #[track_caller]
    fn check(datatype: i16, size: usize, voxel: impl Fn(usize) -> (Vec<u8>, f64)) {
        let dims = [128, 128, 70];
        let n: usize = dims.iter().product();
        let (bytes, worth): (Vec<_>, Vec<_>) = (0..n).map(voxel).unzip();
        let header = Header {
            datatype,
            bitpix: 8 * size as i16,
            ..Header::with_dims(&[128, 128, 70])
        };
        let folder = Folder::new();
        let file = header.file(&bytes.concat());
        for path in [
            folder.write("a.nii", &file),
            folder.write("a.nii.gz", &gz(&file)),
        ] {
            let opened = formats::open(&path, 0, &no_progress).unwrap();
            assert_eq!(opened.volume.values().len(), n);
            for (at, (&found, expected)) in opened.volume.values().iter().zip(&worth).enumerate() {
                assert!((f64::from(found) - expected).abs() < 1e-4, "{at}: {found}");
            }
            let mean = worth.iter().sum::<f64>() / n as f64;
            assert!((opened.info.mean.unwrap() - mean).abs() < 1e-9 * mean);
        }
    }
    let number = |at: usize| at * 37 % 251;
    check(2, 1, |at| (vec![number(at) as u8], number(at) as f64));
    check(4, 2, |at| {
        (
            (number(at) as i16).to_le_bytes().to_vec(),
            number(at) as f64,
        )
    });
    check(128, 3, |at| (vec![number(at) as u8; 3], number(at) as f64));
    check(1792, 16, |at| {
        let parts = [3.0, -4.0].map(|part: f64| (part * number(at) as f64).to_le_bytes());
        (parts.concat(), 5.0 * number(at) as f64)
    });
}

#[test]
fn scaling() {
    /// What 7 is worth.
    #[track_caller]
    fn check(slope: f32, inter: f32, expected: f64) {
        for big_endian in [false, true] {
            let header = Header {
                big_endian,
                slope,
                inter,
                ..Header::default()
            };
            let mut voxels = counting(12);
            if big_endian {
                voxels.chunks_mut(2).for_each(<[u8]>::reverse);
            }
            let folder = Folder::new();
            let path = folder.write("a.nii", &header.file(&voxels));
            let info = formats::describe(&path, None, &[vec![1, 0, 1]]).unwrap();
            assert_eq!(info.voxels[0].value, expected);
            let opened = formats::open(&path, 0, &no_progress).unwrap();
            assert_eq!(opened.volume.value([1, 0, 1]), Some(expected as f32));
            // Statistics are those of scaled values: the mean of 0 to 11 is 5.5.
            let scaled = |v: f64| (expected - info_at_zero(&path)) / 7.0 * v + info_at_zero(&path);
            let mean = info.mean.unwrap();
            assert!((mean - scaled(5.5)).abs() < 1e-9, "{mean}");
        }
    }
    fn info_at_zero(path: &Path) -> f64 {
        formats::describe(path, None, &[vec![0, 0, 0]])
            .unwrap()
            .voxels[0]
            .value
    }
    // A slope of 0, or none that is a number, is no scaling at all.
    check(0.0, 0.0, 7.0);
    check(0.0, 100.0, 7.0);
    check(-0.0, 100.0, 7.0);
    check(f32::NAN, 100.0, 7.0);
    check(f32::INFINITY, 100.0, 7.0);
    check(f32::NEG_INFINITY, f32::NAN, 7.0);
    check(1.0, 0.0, 7.0);
    check(1.0, 5.0, 12.0);
    check(2.0, 0.0, 14.0);
    check(-0.5, 10.0, 6.5);
    check(1.0, -1024.0, -1017.0);
    check(40000.0, 0.0, 280_000.0);
    // float32(0.1) is 0.10000000149011612 in numpy; an intercept that is no number is none.
    check(0.1, f32::NAN, 7.0 * 0.10000000149011612);
    check(0.1, f32::INFINITY, 7.0 * 0.10000000149011612);
}

#[test]
fn scaling_does_not_keep_the_narrow_type() {
    let header = Header {
        datatype: 2,
        bitpix: 8,
        slope: 2.0,
        ..Header::default()
    };
    let folder = Folder::new();
    let path = folder.write("a.nii", &header.file(&[255; 12]));
    let opened = formats::open(&path, 0, &no_progress).unwrap();
    assert_eq!(opened.volume.values(), [510.0; 12]);
    assert_eq!(
        (opened.info.min, opened.info.max),
        (Some(510.0), Some(510.0))
    );
}

/// 3 x 2 x 2 x 5, voxel `n` is worth `n`.
fn series(folder: &Folder) -> PathBuf {
    folder.write(
        "series.nii",
        &Header::with_dims(&[3, 2, 2, 5]).file(&counting(60)),
    )
}

#[test]
fn one_volume_of_a_series() {
    let folder = Folder::new();
    let path = series(&folder);
    for volume_idx in 0..5 {
        let opened = formats::open(&path, volume_idx, &no_progress).unwrap();
        let first = 12.0 * volume_idx as f32;
        let expected: Vec<f32> = (0..12).map(|n| first + n as f32).collect();
        assert_eq!(opened.volume.values(), expected);
        assert_eq!(
            (opened.info.volumes, opened.info.shape),
            (5, vec![3, 2, 2, 5])
        );
        assert_eq!(opened.info.mean, Some(f64::from(first) + 5.5));
    }
    for volume_idx in [5, 6, usize::MAX] {
        let refusals = [
            formats::open(&path, volume_idx, &no_progress).unwrap_err(),
            formats::describe(&path, Some(volume_idx), &[]).unwrap_err(),
        ];
        for error in refusals {
            assert!(matches!(error, FormatError::OutOfRange { .. }), "{error}");
            let text = error.to_string();
            assert!(text.contains(&format!("volume {volume_idx}")), "{text}");
            assert!(text.contains("[3, 2, 2, 5]"), "{text}");
            assert!(text.ends_with(&path.display().to_string()), "{text}");
        }
    }
}

#[test]
fn statistics_of_the_file_or_of_one_volume() {
    let folder = Folder::new();
    let path = series(&folder);
    let all = formats::describe(&path, None, &[]).unwrap();
    assert_eq!(
        (all.min, all.max, all.mean),
        (Some(0.0), Some(59.0), Some(29.5))
    );
    let one = formats::describe(&path, Some(3), &[]).unwrap();
    assert_eq!(
        (one.min, one.max, one.mean),
        (Some(36.0), Some(47.0), Some(41.5))
    );
    assert_eq!((one.volumes, one.format), (5, "nifti1"));
}

#[test]
fn voxels_by_index() {
    fn described(
        dims: &[i16],
        volume_idx: Option<usize>,
        index: &[usize],
    ) -> Result<FileInfo, FormatError> {
        let n = dims.iter().product();
        let folder = Folder::new();
        let path = folder.write("a.nii", &Header::with_dims(dims).file(&counting(n)));
        formats::describe(&path, volume_idx, &[index.to_vec()])
    }
    #[track_caller]
    fn check(dims: &[i16], volume_idx: Option<usize>, index: &[usize], expected: f64) {
        let info = described(dims, volume_idx, index).unwrap();
        assert_eq!(info.voxels[0].value, expected);
        assert_eq!(info.voxels[0].index, index);
    }
    #[track_caller]
    fn check_none(dims: &[i16], index: &[usize]) {
        let error = described(dims, None, index).unwrap_err();
        assert!(matches!(error, FormatError::OutOfRange { .. }), "{error}");
        assert!(error.to_string().contains(&format!("{index:?}")), "{error}");
    }
    let series = [3, 2, 2, 5];
    check(&series, None, &[0, 0, 0], 0.0);
    check(&series, None, &[2, 1, 1], 11.0);
    check(&series, Some(3), &[2, 1, 1], 47.0);
    check(&series, None, &[2, 1, 1, 4], 59.0);
    check(&series, Some(0), &[2, 1, 1, 4], 59.0);
    check(&series, Some(4), &[2, 1, 1, 0], 11.0);
    check_none(&series, &[3, 0, 0]);
    check_none(&series, &[0, 2, 0]);
    check_none(&series, &[0, 0, 2]);
    check_none(&series, &[0, 0, 0, 5]);
    check_none(&series, &[0, 0]);
    check_none(&series, &[]);
    check_none(&series, &[0, 0, 0, 0, 0]);
    check_none(&series, &[usize::MAX, 0, 0]);
    // Five dimensions: what is left out is 0.
    let five = [2, 3, 1, 4, 2];
    check(&five, None, &[1, 2, 0], 5.0);
    check(&five, None, &[1, 2, 0, 3], 23.0);
    check(&five, None, &[1, 2, 0, 3, 1], 47.0);
    check(&five, Some(7), &[1, 2, 0], 47.0);
    // A picture and a row.
    check(&[4, 3], None, &[3, 2], 11.0);
    check(&[4, 3], None, &[3, 2, 0], 11.0);
    check_none(&[4, 3], &[3, 2, 1]);
    check_none(&[4, 3], &[3]);
    check(&[7], None, &[6], 6.0);
    check(&[7], None, &[6, 0, 0], 6.0);
    check_none(&[7], &[7]);
}

#[test]
fn several_voxels_in_any_order_and_twice() {
    let folder = Folder::new();
    let path = series(&folder);
    let wanted = [
        vec![2, 1, 1, 4],
        vec![0, 0, 0],
        vec![2, 1, 1, 4],
        vec![1, 0, 0],
    ];
    let voxels = formats::describe(&path, None, &wanted).unwrap().voxels;
    let values: Vec<f64> = voxels.iter().map(|voxel| voxel.value).collect();
    assert_eq!(values, [59.0, 0.0, 59.0, 1.0]);
    assert!(voxels.iter().map(|voxel| &voxel.index).eq(&wanted));
}

#[test]
fn pictures_and_rows_are_volumes_too() {
    #[track_caller]
    fn check(dims: &[i16], expected: [usize; 3], volumes: usize) {
        let n: i16 = dims.iter().product();
        let folder = Folder::new();
        let path = folder.write("a.nii", &Header::with_dims(dims).file(&counting(n)));
        let opened = formats::open(&path, volumes - 1, &no_progress).unwrap();
        assert_eq!(opened.volume.grid().dims(), expected);
        assert_eq!(opened.info.volumes, volumes);
        assert_eq!(opened.volume.values().last(), Some(&f32::from(n - 1)));
    }
    check(&[7], [7, 1, 1], 1);
    check(&[4, 3], [4, 3, 1], 1);
    check(&[4, 3, 2], [4, 3, 2], 1);
    check(&[4, 3, 2, 1], [4, 3, 2], 1);
    check(&[4, 3, 2, 5], [4, 3, 2], 5);
    check(&[4, 3, 1, 5], [4, 3, 1], 5);
    check(&[4, 3, 2, 1, 3], [4, 3, 2], 3);
    check(&[2, 2, 2, 2, 2, 2, 2], [2, 2, 2], 16);
}

/// Dimensions beyond `dim[0]` may hold anything, and often hold 0.
#[test]
fn dimensions_that_are_not_there_do_not_count() {
    let mut header = Header::default();
    header.dim[4..].copy_from_slice(&[0, -7, 30000, 30000]);
    let folder = Folder::new();
    let path = folder.write("a.nii", &header.file(&counting(12)));
    assert_eq!(
        formats::describe(&path, None, &[]).unwrap().shape,
        [3, 2, 2]
    );
}

#[test]
fn progress_grows_to_one() {
    let header = Header::with_dims(&[128, 128, 200]);
    let folder = Folder::new();
    let file = header.file(&vec![1; 128 * 128 * 200 * 2]);
    for path in [
        folder.write("a.nii", &file),
        folder.write("a.nii.gz", &gz(&file)),
    ] {
        let told = std::sync::Mutex::new(Vec::new());
        let opened = formats::open(&path, 0, &|share| {
            told.lock().unwrap().push(share);
            std::ops::ControlFlow::Continue(())
        });
        assert!(opened.is_ok());
        let told = told.into_inner().unwrap();
        assert!(told.len() > 3, "{told:?}");
        assert!(
            told.is_sorted() && told[0] > 0.0 && told.last() == Some(&1.0),
            "{told:?}"
        );
    }
}

#[test]
fn opening_can_be_cancelled() {
    let header = Header::with_dims(&[128, 128, 200]);
    let folder = Folder::new();
    let file = header.file(&vec![1; 128 * 128 * 200 * 2]);
    for path in [
        folder.write("a.nii", &file),
        folder.write("a.nii.gz", &gz(&file)),
    ] {
        for after in 1..4 {
            let calls = std::sync::atomic::AtomicUsize::new(0);
            let result = formats::open(&path, 0, &|_| {
                if calls.fetch_add(1, std::sync::atomic::Ordering::SeqCst) + 1 == after {
                    return std::ops::ControlFlow::Break(());
                }
                std::ops::ControlFlow::Continue(())
            });
            assert!(matches!(result, Err(FormatError::Cancelled)));
            assert_eq!(calls.into_inner(), after);
        }
    }
}
