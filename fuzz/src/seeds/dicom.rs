//! DICOM files of six pixels.

use super::{Seed, joined, seed};
use flate2::{Compression, write::DeflateEncoder};
use std::io::Write;

#[path = "../../../src/workflows/verify/files/zip.rs"]
mod packed;

const IMPLICIT: &str = "1.2.840.10008.1.2";
const EXPLICIT: &str = "1.2.840.10008.1.2.1";
const DEFLATED: &str = "1.2.840.10008.1.2.1.99";
const BIG_ENDIAN: &str = "1.2.840.10008.1.2.2";
const RLE: &str = "1.2.840.10008.1.2.5";
/// JPEG, JPEG-LS and JPEG 2000.
const CODED: [&str; 4] = [
    "1.2.840.10008.1.2.4.50",
    "1.2.840.10008.1.2.4.70",
    "1.2.840.10008.1.2.4.80",
    "1.2.840.10008.1.2.4.90",
];

/// Each way of writing, two slices, several frames, a zip and a DICOMDIR.
#[must_use]
pub fn dicom() -> Vec<Seed> {
    let [first, second] = [0, 2].map(|slice| plain(slice, EXPLICIT));
    let zipped = packed::zip(&[("a/1", &first), ("a/2", &second)]).expect("memory takes bytes");
    let list = joined(&directory(), &first);
    let mut seeds = vec![
        seed("explicit", 0, &first),
        seed("implicit", 0, &plain(0, IMPLICIT)),
        seed("deflated", 0, &plain(0, DEFLATED)),
        seed("big-endian", 0, &plain(0, BIG_ENDIAN)),
        seed("frames", 0, &frames()),
        seed("rle", 0, &coded(RLE, &run_lengths())),
        seed("zip", 1, &zipped),
        seed("folder", 2, &joined(&first, &second)),
        seed("directory", 3, &list),
    ];
    for (number, syntax) in CODED.iter().enumerate() {
        let starts: [&[u8]; 2] = [b"\xff\xd8\xff\xe0", b"\xff\x4f\xff\x51"];
        let file = coded(syntax, starts[usize::from(number == 3)]);
        seeds.push(seed(&format!("coded-{number}"), 0, &file));
    }
    seeds
}

/// Tag, value representation, value.
type Element = (u32, &'static [u8; 2], Vec<u8>);

fn text(tag: u32, vr: &'static [u8; 2], value: &str) -> Element {
    (tag, vr, value.as_bytes().to_vec())
}

fn number(tag: u32, value: u16) -> Element {
    (tag, b"US", value.to_le_bytes().to_vec())
}

fn sequence(tag: u32, items: &[Vec<u8>]) -> Element {
    let item = |bytes: &Vec<u8>| {
        let mut item = vec![0xFE, 0xFF, 0x00, 0xE0];
        item.extend((bytes.len() as u32).to_le_bytes());
        item.extend(bytes);
        item
    };
    (tag, b"SQ", items.iter().flat_map(item).collect())
}

/// What says how large a picture is and where it lies.
fn elements(slice: i32) -> Vec<Element> {
    let mut elements = vec![
        text(0x0008_0018, b"UI", &format!("1.2.3.{slice}")),
        text(0x0008_0032, b"TM", "101500.25"),
        text(0x0008_0022, b"DA", "20240229"),
        text(0x0008_0060, b"CS", "MR"),
        text(0x0010_0010, b"PN", "Nobody^Special"),
        text(0x0020_000E, b"UI", "1.2.3"),
        text(0x0020_0032, b"DS", &format!("0\\0\\{slice}")),
        text(0x0020_0037, b"DS", "1\\0\\0\\0\\1\\0"),
        number(0x0028_0002, 1),
        text(0x0028_0004, b"CS", "MONOCHROME2"),
        number(0x0028_0010, 2),
        number(0x0028_0011, 3),
        text(0x0028_0030, b"DS", "1\\1.5"),
    ];
    for (at, value) in [16, 16, 15, 0].into_iter().enumerate() {
        elements.push(number(0x0028_0100 + at as u32, value));
    }
    elements.push(text(0x0028_1052, b"DS", "-10"));
    elements.push(text(0x0028_1053, b"DS", "2.5"));
    elements
}

/// How a file is written.
#[derive(Clone, Copy)]
struct Writing {
    explicit: bool,
    big_endian: bool,
}

const USUAL: Writing = Writing {
    explicit: true,
    big_endian: false,
};

fn write((tag, vr, value): &Element, writing: Writing) -> Vec<u8> {
    let number = |little: &[u8]| -> Vec<u8> {
        let mut bytes = little.to_vec();
        if writing.big_endian {
            bytes.reverse();
        }
        bytes
    };
    let mut value = match *vr {
        b"US" => number(value),
        _ => value.clone(),
    };
    if value.len() % 2 == 1 {
        value.push(b' ');
    }
    let mut bytes = number(&((tag >> 16) as u16).to_le_bytes());
    bytes.extend(number(&(*tag as u16).to_le_bytes()));
    let is_long = matches!(*vr, b"OB" | b"OW" | b"SQ");
    if writing.explicit {
        bytes.extend(*vr);
    }
    if writing.explicit && !is_long {
        bytes.extend(number(&(value.len() as u16).to_le_bytes()));
    } else {
        bytes.extend(if writing.explicit { &[0; 2][..] } else { &[] });
        bytes.extend(number(&(value.len() as u32).to_le_bytes()));
    }
    bytes.extend(value);
    bytes
}

fn head(syntax: &str) -> Vec<u8> {
    let mut bytes = vec![0; 128];
    bytes.extend(b"DICM");
    bytes.extend(write(&text(0x0002_0010, b"UI", syntax), USUAL));
    bytes
}

fn written(elements: &[Element], writing: Writing) -> Vec<u8> {
    let bytes = elements.iter().flat_map(|element| write(element, writing));
    bytes.collect()
}

fn pixels(n: u16) -> Element {
    let values = (0..n).flat_map(|value| (value * 100).to_le_bytes());
    (0x7FE0_0010, b"OW", values.collect())
}

fn plain(slice: i32, syntax: &str) -> Vec<u8> {
    let writing = Writing {
        explicit: syntax != IMPLICIT,
        big_endian: syntax == BIG_ENDIAN,
    };
    let mut all = elements(slice);
    all.push(pixels(6));
    let mut body = written(&all, writing);
    if syntax == DEFLATED {
        body = deflated(&body);
    }
    [head(syntax), body].concat()
}

/// Two frames, whose places stand in the groups of each frame.
fn frames() -> Vec<u8> {
    let group = |slice: i32| {
        let place = text(0x0020_0032, b"DS", &format!("0\\0\\{slice}"));
        let place = written(&[place], USUAL);
        written(&[sequence(0x0020_9113, &[place])], USUAL)
    };
    let mut all = elements(0);
    all.retain(|(tag, ..)| *tag != 0x0020_0032);
    all.push(text(0x0028_0008, b"IS", "2"));
    all.sort();
    all.push(sequence(0x5200_9230, &[group(0), group(3)]));
    all.push(pixels(12));
    [head(EXPLICIT), written(&all, USUAL)].concat()
}

/// The pixels in one fragment behind an empty table of offsets.
fn coded(syntax: &str, fragment: &[u8]) -> Vec<u8> {
    let mut bytes = [head(syntax), written(&elements(0), USUAL)].concat();
    bytes.extend(b"\xE0\x7F\x10\0OB\0\0\xFF\xFF\xFF\xFF");
    bytes.extend(b"\xFE\xFF\0\xE0\0\0\0\0\xFE\xFF\0\xE0");
    bytes.extend((fragment.len() as u32).to_le_bytes());
    bytes.extend(fragment);
    bytes.extend(b"\xFE\xFF\xDD\xE0\0\0\0\0");
    bytes
}

/// Two planes of six bytes: one as it is, one as a run.
fn run_lengths() -> Vec<u8> {
    let mut bytes: Vec<u8> = [2_u32, 64, 72]
        .iter()
        .flat_map(|n| n.to_le_bytes())
        .collect();
    bytes.resize(64, 0);
    bytes.extend([5, 1, 2, 3, 4, 5, 6, 0]);
    bytes.extend([(-5_i8) as u8, 7]);
    bytes
}

fn directory() -> Vec<u8> {
    let record = written(&[text(0x0004_1500, b"CS", "IM1")], USUAL);
    let records = sequence(0x0004_1220, &[record]);
    [head(EXPLICIT), written(&[records], USUAL)].concat()
}

fn deflated(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = DeflateEncoder::new(Vec::new(), Compression::fast());
    encoder.write_all(bytes).expect("memory takes bytes");
    encoder.finish().expect("memory takes bytes")
}
