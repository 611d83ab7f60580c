//! NIfTI, Analyze and MGH files of a few voxels.

use super::{Seed, joined, seed};
use flate2::{Compression, write::GzEncoder};
use std::io::Write;

const DIMS: [i16; 4] = [3, 2, 2, 2];

/// Datatype codes of NIfTI with their bits.
const TYPES: [(i16, i16); 14] = [
    (4, 16),
    (2, 8),
    (8, 32),
    (16, 32),
    (32, 64),
    (64, 64),
    (128, 24),
    (256, 8),
    (512, 16),
    (768, 32),
    (1024, 64),
    (1280, 64),
    (1792, 128),
    (2304, 32),
];

/// Every type in version 1, then version 2, pairs, Analyze, big-endian and compressed ones.
#[must_use]
pub fn nifti() -> Vec<Seed> {
    let file = version_1(TYPES[0], b"n+1\0", false);
    let mut seeds: Vec<Seed> = TYPES
        .iter()
        .map(|&kind| {
            let name = format!("type-{}", kind.0);
            seed(&name, 0, &version_1(kind, b"n+1\0", false))
        })
        .collect();
    let big = version_1(TYPES[0], b"n+1\0", true);
    let pair = version_1(TYPES[0], b"ni1\0", false);
    let analyze = version_1(TYPES[0], &[0; 4], false);
    let (header, voxels) = pair.split_at(348);
    seeds.extend([
        seed("big", 0, &big),
        seed("version-2", 0, &version_2()),
        seed("gz", 1, &gzip(&file)),
        seed("gz-version-2", 1, &gzip(&version_2())),
        seed("zst", 2, &zstd(&file)),
        seed("pair", 3, &pair),
        seed("analyze", 3, &analyze),
        seed("img", 4, &joined(header, voxels)),
        seed("img-gz", 4, &joined(&gzip(header), &gzip(voxels))),
    ]);
    seeds
}

/// Each type, plain and compressed, with and without a place in the world.
#[must_use]
pub fn mgh() -> Vec<Seed> {
    let mut seeds = Vec::new();
    for (kind, bytes) in [(0, 1), (1, 4), (3, 4), (4, 2)] {
        for good_ras in [0_i16, 1] {
            let file = mgh_file(kind, bytes, good_ras);
            let name = format!("{kind}-{good_ras}");
            seeds.push(seed(&name, 0, &file));
            seeds.push(seed(&format!("{name}-gz"), 1, &gzip(&file)));
        }
    }
    seeds
}

/// A header in the making, of either byte order.
struct Header {
    bytes: Vec<u8>,
    big_endian: bool,
}

impl Header {
    fn put(&mut self, at: usize, little_endian: &[u8]) {
        let place = &mut self.bytes[at..at + little_endian.len()];
        place.copy_from_slice(little_endian);
        if self.big_endian {
            place.reverse();
        }
    }
}

fn version_1((datatype, bits): (i16, i16), magic: &[u8; 4], big_endian: bool) -> Vec<u8> {
    let mut header = Header {
        bytes: vec![0; 352],
        big_endian,
    };
    header.put(0, &348_i32.to_le_bytes());
    header.put(40, &4_i16.to_le_bytes());
    for (axis, n) in DIMS.iter().chain(&[1, 1, 1]).enumerate() {
        header.put(42 + 2 * axis, &n.to_le_bytes());
        header.put(80 + 4 * axis, &1.5_f32.to_le_bytes());
    }
    header.put(70, &datatype.to_le_bytes());
    header.put(72, &bits.to_le_bytes());
    header.put(76, &1_f32.to_le_bytes());
    header.put(112, &2_f32.to_le_bytes());
    header.put(252, &1_i16.to_le_bytes());
    header.put(254, &1_i16.to_le_bytes());
    for row in 0..3 {
        header.put(280 + 20 * row, &1.5_f32.to_le_bytes());
    }
    let is_single = magic.starts_with(b"n+");
    if is_single {
        header.put(108, &352_f32.to_le_bytes());
    }
    let mut bytes = header.bytes;
    bytes[344..348].copy_from_slice(magic);
    bytes.truncate(if is_single { 352 } else { 348 });
    bytes.extend(voxels(bits as usize / 8));
    bytes
}

fn version_2() -> Vec<u8> {
    let mut header = Header {
        bytes: vec![0; 544],
        big_endian: false,
    };
    header.put(0, &540_i32.to_le_bytes());
    header.put(4, b"n+2\0\r\n\x1a\n");
    header.put(12, &16_i16.to_le_bytes());
    header.put(14, &32_i16.to_le_bytes());
    header.put(16, &4_i64.to_le_bytes());
    for (axis, n) in DIMS.iter().chain(&[1, 1, 1]).enumerate() {
        header.put(24 + 8 * axis, &i64::from(*n).to_le_bytes());
        header.put(112 + 8 * axis, &1.5_f64.to_le_bytes());
    }
    header.put(104, &1_f64.to_le_bytes());
    header.put(168, &544_i64.to_le_bytes());
    header.put(344, &1_i32.to_le_bytes());
    let mut bytes = header.bytes;
    bytes.extend(voxels(4));
    bytes
}

/// 1, 2, 3, .. as the first byte of each voxel.
fn voxels(size: usize) -> Vec<u8> {
    let n: i16 = DIMS.iter().product();
    let voxel = |value: i16| {
        let mut bytes = vec![0; size];
        bytes[0] = value as u8;
        bytes
    };
    (1..=n).flat_map(voxel).collect()
}

fn mgh_file(kind: i32, size: usize, good_ras: i16) -> Vec<u8> {
    let mut bytes = 1_i32.to_be_bytes().to_vec();
    bytes.extend(DIMS.iter().flat_map(|&n| i32::from(n).to_be_bytes()));
    bytes.extend([kind, 0].iter().flat_map(|n| n.to_be_bytes()));
    bytes.extend(good_ras.to_be_bytes());
    let geometry = [
        1.0_f32, 1.5, 2.0, -1.0, 0.0, 0.0, 0.0, 0.0, -1.0, 0.0, 1.0, 0.0, 3.0, -4.0, 5.5,
    ];
    bytes.extend(geometry.iter().flat_map(|x| x.to_be_bytes()));
    bytes.resize(284, 0);
    bytes.extend(voxels(size));
    bytes
}

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
    encoder.write_all(bytes).expect("memory takes bytes");
    encoder.finish().expect("memory takes bytes")
}

/// One frame of one block that is stored as it is.
fn zstd(bytes: &[u8]) -> Vec<u8> {
    let n = bytes.len() as u32;
    let mut frame = vec![0x28, 0xb5, 0x2f, 0xfd, 0xa0];
    frame.extend(n.to_le_bytes());
    frame.extend(&(n << 3 | 1).to_le_bytes()[..3]);
    frame.extend(bytes);
    frame
}
