//! Files written byte by byte, so that each can lie in one place.

use flate2::Compression;
use flate2::write::GzEncoder;
use std::io::Write;
use std::path::PathBuf;
use tempfile::TempDir;

/// A NIfTI-1 header (nifti1.h). The default one is honest: 3 x 2 x 2 voxels of int16, 1.5 x 2 x
/// 2.5 mm, no orientation, voxels at byte 352.
#[derive(Clone, Debug)]
pub(super) struct Header {
    pub(super) big_endian: bool,
    pub(super) sizeof_hdr: i32,
    pub(super) dim: [i16; 8],
    pub(super) datatype: i16,
    pub(super) bitpix: i16,
    pub(super) pixdim: [f32; 8],
    pub(super) vox_offset: f32,
    pub(super) slope: f32,
    pub(super) inter: f32,
    pub(super) qform_code: i16,
    pub(super) sform_code: i16,
    pub(super) quatern: [f32; 3],
    pub(super) qoffset: [f32; 3],
    pub(super) srow: [[f32; 4]; 3],
    pub(super) magic: [u8; 4],
}

impl Default for Header {
    fn default() -> Self {
        Self {
            big_endian: false,
            sizeof_hdr: 348,
            dim: [3, 3, 2, 2, 1, 1, 1, 1],
            datatype: 4,
            bitpix: 16,
            pixdim: [1.0, 1.5, 2.0, 2.5, 1.0, 1.0, 1.0, 1.0],
            vox_offset: 352.0,
            slope: 1.0,
            inter: 0.0,
            qform_code: 0,
            sform_code: 0,
            quatern: [0.0; 3],
            qoffset: [0.0; 3],
            srow: [[0.0; 4]; 3],
            magic: *b"n+1\0",
        }
    }
}

impl Header {
    pub(super) fn with_dims(dims: &[i16]) -> Self {
        let mut dim = [1; 8];
        dim[0] = dims.len() as i16;
        dim[1..=dims.len()].copy_from_slice(dims);
        Self {
            dim,
            ..Self::default()
        }
    }

    pub(super) fn bytes(&self) -> Vec<u8> {
        let mut bytes = vec![0; 348];
        let mut put = |at: usize, little_endian: &[u8]| {
            let place = &mut bytes[at..at + little_endian.len()];
            place.copy_from_slice(little_endian);
            if self.big_endian {
                place.reverse();
            }
        };
        put(0, &self.sizeof_hdr.to_le_bytes());
        for (axis, dim) in self.dim.iter().enumerate() {
            put(40 + 2 * axis, &dim.to_le_bytes());
        }
        put(70, &self.datatype.to_le_bytes());
        put(72, &self.bitpix.to_le_bytes());
        for (axis, size) in self.pixdim.iter().enumerate() {
            put(76 + 4 * axis, &size.to_le_bytes());
        }
        put(108, &self.vox_offset.to_le_bytes());
        put(112, &self.slope.to_le_bytes());
        put(116, &self.inter.to_le_bytes());
        put(252, &self.qform_code.to_le_bytes());
        put(254, &self.sform_code.to_le_bytes());
        for axis in 0..3 {
            put(256 + 4 * axis, &self.quatern[axis].to_le_bytes());
            put(268 + 4 * axis, &self.qoffset[axis].to_le_bytes());
            for column in 0..4 {
                let at = 280 + 16 * axis + 4 * column;
                put(at, &self.srow[axis][column].to_le_bytes());
            }
        }
        bytes[344..].copy_from_slice(&self.magic);
        bytes
    }

    /// A single file: header, four bytes that say that nothing is between, voxels.
    pub(super) fn file(&self, voxels: &[u8]) -> Vec<u8> {
        [self.bytes().as_slice(), &[0; 4], voxels].concat()
    }
}

/// 0, 1, 2, .. as int16, little-endian.
pub(super) fn counting(n: i16) -> Vec<u8> {
    (0..n).flat_map(i16::to_le_bytes).collect()
}

pub(super) fn gz(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::new(6));
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

/// A folder that goes when the test ends.
pub(super) struct Folder(TempDir);

impl Folder {
    pub(super) fn new() -> Self {
        Self(tempfile::tempdir().unwrap())
    }

    pub(super) fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    pub(super) fn write(&self, name: &str, bytes: &[u8]) -> PathBuf {
        let path = self.path(name);
        std::fs::write(&path, bytes).unwrap();
        path
    }
}
