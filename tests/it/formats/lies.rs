//! Files that are not what they say: refused at once, with the field and the file named.
//!
//! Memory is bounded by how the room works: a claim is held against the file's length (times
//! 1032, the most that deflate can shrink, where it is compressed) before anything is taken, and
//! what is taken then is address space until voxels really arrive.

use super::REFUSAL_LIMIT;
use super::files::{Folder, Header, counting, gz};
use cisterna::formats::{self, FormatError, no_progress};
use proptest::prelude::*;
use std::io::Write;
use std::path::Path;
use std::time::{Duration, Instant};

/// Opening and describing are refused alike. The message holds `words` and ends in the file.
#[track_caller]
fn check_refused(path: &Path, words: &str) {
    for describe in [false, true] {
        let started = Instant::now();
        let result = if describe {
            formats::describe(path, None, &[vec![0, 0, 0]]).map(drop)
        } else {
            formats::open(path, 0, &no_progress).map(drop)
        };
        let text = result.unwrap_err().to_string();
        assert!(text.contains(words), "{text:?} does not say {words:?}");
        // The header's partner is as good.
        let folder = path.parent().unwrap();
        let named = Path::new(text.rsplit(": ").next().unwrap());
        let stem = |path: &Path| {
            let name = path.file_name().unwrap().to_str().unwrap();
            name.split('.').next().unwrap().to_owned()
        };
        assert!(
            named.starts_with(folder) && stem(named) == stem(path),
            "{text}"
        );
        assert!(
            started.elapsed() < REFUSAL_LIMIT,
            "{:?}: {text}",
            started.elapsed()
        );
    }
}

/// An honest header with one lie, as a plain and as a compressed file.
#[track_caller]
fn check_lie(change: impl FnOnce(&mut Header), words: &str) {
    let mut header = Header::default();
    change(&mut header);
    let folder = Folder::new();
    for big_endian in [false, true] {
        let header = Header {
            big_endian,
            ..header.clone()
        };
        let file = header.file(&counting(12));
        check_refused(&folder.write("a.nii", &file), words);
        check_refused(&folder.write("b.nii.gz", &gz(&file)), words);
    }
}

#[test]
fn honest_files_are_opened() {
    let folder = Folder::new();
    let file = Header::default().file(&counting(12));
    for path in [
        folder.write("a.nii", &file),
        folder.write("b.nii.gz", &gz(&file)),
    ] {
        assert!(formats::open(&path, 0, &no_progress).is_ok());
    }
}

#[test]
fn dimensions_that_cannot_be() {
    check_lie(
        |h| h.dim[1..4].fill(30000),
        "dim (30000 x 30000 x 30000 voxels of int16)",
    );
    check_lie(
        |h| h.dim = [7; 8].map(|n| if n == 7 { 32767 } else { n }),
        "dim[0] is 32767",
    );
    check_lie(
        |h| h.dim = [7, 32767, 32767, 32767, 32767, 32767, 32767, 32767],
        "dim (32767 x",
    );
    check_lie(
        |h| h.dim = [5, 32767, 32767, 32767, 32767, 32767, 0, 0],
        "dim (32767 x",
    );
    check_lie(|h| h.dim[1] = 4, "dim (4 x 2 x 2 voxels of int16)");
    check_lie(|h| h.dim[1] = -3, "dim[1] is -3");
    check_lie(|h| h.dim[2] = 0, "dim[2] is 0");
    check_lie(|h| h.dim[3] = i16::MIN, "dim[3] is -32768");
    check_lie(|h| h.dim[0] = 0, "dim[0] is 0");
    check_lie(|h| h.dim[0] = 8, "dim[0] is 8");
    check_lie(|h| h.dim[0] = -3, "dim[0] is -3");
    check_lie(|h| (h.dim[0], h.dim[4]) = (4, 0), "dim[4] is 0");
    check_lie(
        |h| (h.dim[0], h.dim[4]) = (4, 2),
        "dim (3 x 2 x 2 x 2 voxels",
    );
}

#[test]
fn types_that_cannot_be() {
    check_lie(|h| h.bitpix = 8, "bitpix is 8");
    check_lie(|h| h.bitpix = 32, "bitpix is 32");
    check_lie(|h| h.bitpix = 0, "bitpix is 0");
    check_lie(|h| h.bitpix = -16, "bitpix is -16");
    check_lie(|h| (h.datatype, h.bitpix) = (1, 1), "datatype is 1");
    check_lie(|h| h.datatype = 0, "datatype is 0");
    check_lie(|h| h.datatype = -4, "datatype is -4");
    check_lie(|h| h.datatype = 255, "datatype is 255");
    check_lie(|h| (h.datatype, h.bitpix) = (1536, 128), "datatype is 1536");
    check_lie(|h| (h.datatype, h.bitpix) = (2048, 256), "datatype is 2048");
    // Right in itself, but there are not as many bytes.
    check_lie(
        |h| (h.datatype, h.bitpix) = (64, 64),
        "dim (3 x 2 x 2 voxels of float64)",
    );
}

#[test]
fn offsets_that_cannot_be() {
    check_lie(|h| h.vox_offset = f32::NAN, "vox_offset is NaN");
    check_lie(|h| h.vox_offset = f32::INFINITY, "vox_offset is inf");
    check_lie(|h| h.vox_offset = f32::NEG_INFINITY, "vox_offset is -inf");
    check_lie(|h| h.vox_offset = -352.0, "vox_offset is -352");
    check_lie(|h| h.vox_offset = 0.0, "vox_offset is 0");
    check_lie(|h| h.vox_offset = 347.0, "vox_offset is 347");
    check_lie(|h| h.vox_offset = 360.0, "dim (3 x 2 x 2");
    let folder = Folder::new();
    for (offset, words) in [
        (1e6, "vox_offset is 1000000"),
        (1e30, "vox_offset is 18446744073709551615"),
        (f32::MAX, "vox_offset is 18446744073709551615"),
    ] {
        let header = Header {
            vox_offset: offset,
            ..Header::default()
        };
        let file = header.file(&counting(12));
        check_refused(&folder.write("a.nii", &file), words);
        check_refused(&folder.write("b.nii.gz", &gz(&file)), "dim (3 x 2 x 2");
    }
}

#[test]
fn first_words_that_cannot_be() {
    check_lie(|h| h.magic = *b"n+2\0", "magic is \"n+2\"");
    check_lie(|h| h.magic = *b"\0\0\0\0", "magic is ");
    check_lie(|h| h.magic = [0xff; 4], "magic is ");
    check_lie(
        |h| h.magic = *b"ni1\0",
        "the .img with the voxels is not beside it",
    );
    check_lie(|h| h.sizeof_hdr = 349, "sizeof_hdr is ");
    check_lie(|h| h.sizeof_hdr = 0, "sizeof_hdr is 0");
    check_lie(|h| h.sizeof_hdr = -1, "sizeof_hdr is -1");
    check_lie(|h| h.sizeof_hdr = 540, "NIfTI-2");
}

#[test]
fn affines_that_cannot_be() {
    check_lie(|h| h.sform_code = 1, "sform is not usable");
    check_lie(
        |h| (h.sform_code, h.srow) = (1, [[f32::NAN; 4]; 3]),
        "sform is not usable",
    );
    check_lie(
        |h| (h.qform_code, h.quatern) = (1, [f32::NAN; 3]),
        "qform is not usable",
    );
    check_lie(
        |h| (h.qform_code, h.pixdim[1]) = (1, 0.0),
        "qform is not usable",
    );
    check_lie(|h| h.pixdim[1] = 0.0, "pixdim is not usable");
    check_lie(|h| h.pixdim[3] = f32::NAN, "pixdim is not usable");
    check_lie(|h| h.pixdim[2] = f32::INFINITY, "pixdim is not usable");
}

#[test]
fn what_is_no_image() {
    let folder = Folder::new();
    let bytes = |n: usize| (0..n).map(|i| (i * 31 % 251) as u8).collect::<Vec<_>>();
    check_refused(&folder.path("missing.nii"), "cannot open the file");
    check_refused(&folder.path("none/missing.mgz"), "cannot open the file");
    check_refused(&folder.write("empty.nii", &[]), "empty");
    check_refused(&folder.write("empty.nii.gz", &[]), "empty");
    check_refused(&folder.write("nothing.nii.gz", &gz(&[])), "empty");
    check_refused(&folder.write("one.nii", b"x"), "ends within the header");
    check_refused(&folder.write("text.nii", b"This is a note."), "no image");
    let text = "All work and no play. ".repeat(100);
    check_refused(&folder.write("long.nii", text.as_bytes()), "sizeof_hdr");
    check_refused(&folder.write("long.nii.gz", text.as_bytes()), "sizeof_hdr");
    check_refused(&folder.write("noise.bin", &bytes(5000)), "sizeof_hdr");
    let mut dicom = vec![0; 128];
    dicom.extend_from_slice(b"DICM");
    dicom.extend(bytes(1000));
    check_refused(&folder.write("a.dcm", &dicom), "DICOM");
    check_refused(&folder.write("magic.nii.gz", &[0x1f, 0x8b]), "gzip");
    let is_folder = folder.path("folder.nii");
    std::fs::create_dir(&is_folder).unwrap();
    check_refused(&is_folder, "folder");
}

#[test]
fn pairs_that_are_not_whole() {
    let pair = Header {
        magic: *b"ni1\0",
        vox_offset: 0.0,
        ..Header::default()
    };
    let folder = Folder::new();
    check_refused(
        &folder.write("alone.hdr", &pair.bytes()),
        ".img with the voxels",
    );
    check_refused(
        &folder.write("packed.hdr.gz", &gz(&pair.bytes())),
        ".img with the voxels",
    );
    // The voxels alone may look like anything, but not like a header.
    check_refused(
        &folder.write("voxels.img", &counting(12)),
        "ends within the header",
    );
    check_refused(
        &folder.write("many.img", &counting(1000)),
        "sizeof_hdr is 65536",
    );
    // Short by one byte, empty, and an offset beyond the end.
    folder.write("short.img", &counting(12)[..23]);
    check_refused(
        &folder.write("short.hdr", &pair.bytes()),
        "needs 24 bytes, the file holds 23",
    );
    folder.write("empty.img", &[]);
    check_refused(
        &folder.write("empty.hdr", &pair.bytes()),
        "needs 24 bytes, the file holds 0",
    );
    check_refused(&folder.path("empty.img"), "needs 24 bytes");
    folder.write("beyond.img", &counting(12));
    let beyond = Header {
        vox_offset: 25.0,
        ..pair
    };
    check_refused(
        &folder.write("beyond.hdr", &beyond.bytes()),
        "vox_offset is 25",
    );
}

#[test]
fn files_cut_short_anywhere() {
    let folder = Folder::new();
    let file = Header::default().file(&counting(12));
    for length in 0..file.len() {
        let words = match length {
            0 => "empty",
            1..348 => "ends within the header",
            348..352 => "vox_offset is 352",
            _ => "needs 24 bytes",
        };
        check_refused(&folder.write("a.nii", &file[..length]), words);
        let words = match length {
            0 => "empty",
            1..348 => "ends within the header",
            _ => "needs 24 bytes",
        };
        check_refused(&folder.write("b.nii.gz", &gz(&file[..length])), words);
    }
}

#[test]
fn gzip_streams_cut_short_anywhere() {
    let folder = Folder::new();
    let packed = gz(&Header::default().file(&counting(12)));
    for length in 0..packed.len() {
        // A byte or two are no gzip yet, and no image either.
        check_refused(&folder.write("a.nii.gz", &packed[..length]), "");
    }
}

/// Every single bit turned: the file is refused, or the bit meant nothing and all voxels are
/// right. The time and the system in gzip's header mean nothing (49 bits), nor do the code lengths
/// of symbols that deflate does not use (6 here; zlib finds the same bytes and sum in them).
#[test]
fn damaged_gzip_streams() {
    let folder = Folder::new();
    let voxels: Vec<u8> = (0..12_u32)
        .flat_map(|i| (i.wrapping_mul(2_654_435_761) >> 16).to_le_bytes())
        .collect();
    let voxels = &voxels[..24];
    let file = Header::default().file(voxels);
    let good = formats::open(&folder.write("good.nii", &file), 0, &no_progress).unwrap();
    let packed = gz(&file);
    let mut n_opened = 0;
    for bit in 0..8 * packed.len() {
        let mut damaged = packed.clone();
        damaged[bit / 8] ^= 1 << (bit % 8);
        let path = folder.write("bad.nii.gz", &damaged);
        match formats::open(&path, 0, &no_progress) {
            Ok(opened) => {
                assert_eq!(opened.volume.values(), good.volume.values(), "bit {bit}");
                assert_eq!(opened.volume.grid(), good.volume.grid(), "bit {bit}");
                n_opened += 1;
            }
            Err(error) => {
                let text = error.to_string();
                assert!(text.ends_with(&path.display().to_string()), "{text}");
            }
        }
    }
    assert!(
        n_opened < 64,
        "{n_opened} of {} bits mean nothing",
        8 * packed.len()
    );
}

#[test]
fn gzip_streams_in_several_parts_are_one() {
    let folder = Folder::new();
    let file = Header::default().file(&counting(12));
    for cut in [1, 348, 352, 360, file.len() - 1] {
        let parts = [gz(&file[..cut]), gz(&file[cut..])].concat();
        let opened = formats::open(&folder.write("a.nii.gz", &parts), 0, &no_progress).unwrap();
        assert_eq!(opened.volume.values().last(), Some(&11.0));
        // Padding after the end is harmless, as on copies from tape.
        let padded = [parts, vec![0; 512]].concat();
        assert!(formats::open(&folder.write("b.nii.gz", &padded), 0, &no_progress).is_ok());
    }
}

#[test]
fn bytes_after_the_voxels_are_harmless() {
    let folder = Folder::new();
    let file = [Header::default().file(&counting(12)), vec![0xaa; 1000]].concat();
    for path in [
        folder.write("a.nii", &file),
        folder.write("a.nii.gz", &gz(&file)),
    ] {
        let opened = formats::open(&path, 0, &no_progress).unwrap();
        assert_eq!(opened.volume.values().last(), Some(&11.0));
    }
}

/// A small stream that claims just what deflate could hold, and holds less.
#[test]
fn bombs_that_do_not_hold_what_they_claim() {
    let folder = Folder::new();
    // Noise, so that the stream is long and claims may be large.
    let mut state = 1_u32;
    let noise: Vec<u8> = std::iter::repeat_with(|| {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        (state >> 24) as u8
    })
    .take(1 << 20)
    .collect();
    let header = Header::with_dims(&[800, 800, 800]);
    let path = folder.write("a.nii.gz", &gz(&header.file(&noise)));
    // Opened, it is too much for so small a file; described, it is cut short.
    check_refused(&path, "800 x 800 x 800");
    // Zeros shrink a thousandfold; half of what is claimed is there.
    let zeros = vec![0; 1 << 24];
    let header = Header::with_dims(&[256, 256, 256]);
    let path = folder.write("b.nii.gz", &gz(&header.file(&zeros)));
    check_refused(&path, "needs 33554432 bytes");
    let header = Header::with_dims(&[30000, 30000, 30000]);
    let path = folder.write("c.nii.gz", &gz(&header.file(&zeros)));
    check_refused(&path, "needs 54000000000000 bytes");
}

/// A file that is as large as it says, but larger than any memory: 0.8 TB as f32, without taking
/// any disk. Where the system hands out address space without asking, it is cancelled instead.
#[test]
fn scans_larger_than_memory() {
    let folder = Folder::new();
    let header = Header {
        datatype: 2,
        bitpix: 8,
        ..Header::with_dims(&[32767, 32767, 186])
    };
    let path = folder.path("a.nii");
    let mut file = std::fs::File::create(&path).unwrap();
    file.write_all(&header.file(&[])).unwrap();
    if file.set_len(352 + 32767 * 32767 * 186).is_err() {
        println!("skipped: no sparse files here");
        return;
    }
    let result = formats::open(&path, 0, &|_| std::ops::ControlFlow::Break(()));
    match result.unwrap_err() {
        FormatError::Cancelled => {}
        error => {
            let text = error.to_string();
            assert!(text.contains("dim") && text.contains("memory"), "{text}");
            assert!(text.ends_with(&path.display().to_string()), "{text}");
        }
    }
}

/// No panic, no wait, and as many voxels as it says.
#[track_caller]
fn survive(path: &Path) {
    // A busy machine may stop any thread for a second, but not the same one twice.
    let took = (0..2).map(|_| opening_takes(path));
    let slow: Vec<Duration> = took.take_while(|took| *took >= REFUSAL_LIMIT).collect();
    assert!(slow.len() < 2, "{slow:?}");
}

#[track_caller]
fn opening_takes(path: &Path) -> Duration {
    let started = Instant::now();
    match formats::open(path, 0, &no_progress) {
        Ok(opened) => {
            let n_voxels = opened.volume.grid().n_voxels();
            assert_eq!(opened.volume.values().len(), n_voxels);
        }
        Err(error) => assert!(!error.to_string().is_empty()),
    }
    let _ = formats::describe(path, None, &[vec![0, 0, 0], vec![0; 7]]);
    started.elapsed()
}

/// `proptest`'s files of past failures would lie beside the tests; a failure is printed instead.
fn config(cases: u32) -> ProptestConfig {
    ProptestConfig {
        failure_persistence: None,
        ..ProptestConfig::with_cases(cases)
    }
}

proptest! {
    #![proptest_config(config(300))]

    #[test]
    fn any_bytes(
        bytes in prop::collection::vec(any::<u8>(), 0..2000),
        name in prop::sample::select(&["a.nii", "a.nii.gz", "a.hdr", "a.img", "a.mgh", "a.mgz", "a"]),
    ) {
        let folder = Folder::new();
        survive(&folder.write(name, &bytes));
        survive(&folder.write(name, &gz(&bytes)));
        survive(&folder.write(name, &[&[0x1f, 0x8b, 8, 0], bytes.as_slice()].concat()));
    }
}

proptest! {
    #![proptest_config(config(2000))]

    #[test]
    fn any_change_of_a_header(
        changes in prop::collection::vec((0_usize..352, any::<u8>()), 1..8),
        length in prop::option::weighted(0.2, 0_usize..400),
        packed in any::<bool>(),
        pair in any::<bool>(),
    ) {
        let mut header = Header::default();
        if pair {
            (header.magic, header.vox_offset) = (*b"ni1\0", 0.0);
        }
        let mut file = header.file(&counting(12));
        for (at, byte) in changes {
            file[at] = byte;
        }
        file.truncate(length.unwrap_or(usize::MAX));
        if packed {
            file = gz(&file);
        }
        let folder = Folder::new();
        if pair {
            folder.write("a.img", &counting(12));
        }
        survive(&folder.write(if pair { "a.hdr" } else { "a.nii" }, &file));
    }

    /// Changes where they do most: dimensions, type, sizes, offset.
    #[test]
    fn any_dimensions(
        dim in prop::array::uniform8(prop::num::i16::ANY),
        n_dims in 1_i16..=7,
        kind in prop::sample::select(&[(2_i16, 8_i16), (4, 16), (64, 64), (128, 24), (1792, 128)]),
        pixdim in prop::array::uniform8(any::<f32>()),
        vox_offset in any::<f32>(),
    ) {
        let (datatype, bitpix) = kind;
        let mut header = Header { dim, pixdim, datatype, bitpix, vox_offset, ..Header::default() };
        header.dim[0] = n_dims;
        let folder = Folder::new();
        survive(&folder.write("a.nii", &header.file(&counting(1000))));
        header.vox_offset = 352.0;
        survive(&folder.write("b.nii.gz", &gz(&header.file(&counting(1000)))));
    }
}
