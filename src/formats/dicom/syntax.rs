//! How a DICOM file begins, and how what follows is written.

use super::dataset::{Damage, Dataset, Elements, Pixels, Writing, has_representation};
use super::tags::{self, Keep};
use crate::formats::error::FormatError;
use crate::formats::source::Source;
use flate2::read::DeflateDecoder;
use std::io::Read;

/// How the pixels, and the elements around them, are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum PixelCoding {
    Plain,
    Rle,
    Jpeg,
    JpegLs,
    Jpeg2000,
}

/// What a transfer syntax means.
#[derive(Clone, Copy, Debug)]
struct Syntax {
    writing: Writing,
    deflated: bool,
    coding: PixelCoding,
}

/// Whether a file begins as DICOM does, with or without a preamble.
pub(in crate::formats) fn is_dicom(source: &Source) -> bool {
    source.head(140).is_ok_and(|head| begins_as_dicom(&head))
}

fn begins_as_dicom(head: &[u8]) -> bool {
    head.get(128..132) == Some(b"DICM") || without_preamble(head).is_some()
}

/// How a data set without a preamble begins, if this is one: group 2 or 8, and a length or a
/// value representation that make sense.
fn without_preamble(head: &[u8]) -> Option<Writing> {
    let head: &[u8; 8] = head.first_chunk()?;
    let [group, zero, element, _, vr0, vr1, _, _] = *head;
    if ![2, 8].contains(&group) || zero != 0 || element > 0x60 {
        return None;
    }
    let explicit = [vr0, vr1].iter().all(u8::is_ascii_uppercase);
    let length = u32::from_le_bytes([head[4], head[5], head[6], head[7]]);
    (explicit || length < 1024).then_some(Writing {
        explicit,
        big_endian: false,
    })
}

fn syntax(uid: &str) -> Result<Syntax, Damage> {
    let plain = |explicit, big_endian| Syntax {
        writing: Writing {
            explicit,
            big_endian,
        },
        deflated: false,
        coding: PixelCoding::Plain,
    };
    let coded = |coding| Syntax {
        coding,
        ..plain(true, false)
    };
    Ok(match uid {
        "1.2.840.10008.1.2" => plain(false, false),
        "1.2.840.10008.1.2.1" => plain(true, false),
        "1.2.840.10008.1.2.2" => plain(true, true),
        "1.2.840.10008.1.2.1.99" => Syntax {
            deflated: true,
            ..plain(true, false)
        },
        "1.2.840.10008.1.2.5" => coded(PixelCoding::Rle),
        "1.2.840.10008.1.2.4.50"
        | "1.2.840.10008.1.2.4.51"
        | "1.2.840.10008.1.2.4.57"
        | "1.2.840.10008.1.2.4.70" => coded(PixelCoding::Jpeg),
        "1.2.840.10008.1.2.4.80" | "1.2.840.10008.1.2.4.81" => coded(PixelCoding::JpegLs),
        "1.2.840.10008.1.2.4.90" | "1.2.840.10008.1.2.4.91" => coded(PixelCoding::Jpeg2000),
        _ => {
            let uid: String = uid.chars().take(64).collect();
            return Err(format!("TransferSyntaxUID {uid} is not opened"));
        }
    })
}

/// The data set, where its pixels are, and how they are written; `None` where this is no DICOM.
pub(super) type Parsed = (Dataset, Option<Pixels>, Placement);

/// Where a data set lies in its file.
#[derive(Clone, Copy)]
pub(super) struct Placement {
    pub(super) deflated_from: Option<u64>,
    pub(super) coding: PixelCoding,
    pub(super) big_endian: bool,
    /// Whether elements are written as `TransferSyntaxUID` says.
    pub(super) is_as_said: bool,
}

/// How the first element is written, whatever is said: its group is a small even number, so that
/// the order of its bytes is seen.
fn as_written(head: &[u8], said: Writing) -> Writing {
    let Some(&[first, second]) = head.first_chunk::<2>() else {
        return said;
    };
    let big_endian = match (first, second) {
        (0, group) if group > 0 => true,
        (group, 0) if group > 0 => false,
        _ => said.big_endian,
    };
    Writing {
        explicit: has_representation(head),
        big_endian,
    }
}

pub(super) fn parse<R: Read>(
    elements: &mut Elements<R>,
    keep: Keep,
) -> Result<Option<Parsed>, Damage> {
    let head = elements.peek(140)?;
    let guess = without_preamble(head);
    if head.get(128..132) == Some(b"DICM") {
        elements.skip(132)?;
    } else if guess.is_none() {
        return Ok(None);
    }
    let meta = elements.meta()?;
    let syntax = match meta.text(tags::TRANSFER_SYNTAX) {
        Some(uid) => syntax(&uid)?,
        // No meta information: what the first element looks like.
        None => {
            let Some(writing) = without_preamble(elements.peek(8)?) else {
                return Ok(None);
            };
            Syntax {
                writing,
                deflated: false,
                coding: PixelCoding::Plain,
            }
        }
    };
    let start = elements.position();
    let said = syntax.writing;
    let mut syntax = syntax;
    if !syntax.deflated {
        syntax.writing = as_written(elements.peek(6)?, said);
    }
    let (dataset, pixels) = if syntax.deflated {
        let inflated = DeflateDecoder::new(elements.rest());
        Elements::new(inflated, keep).dataset(syntax.writing)?
    } else {
        elements.dataset(syntax.writing)?
    };
    let placement = Placement {
        deflated_from: syntax.deflated.then_some(start),
        coding: syntax.coding,
        big_endian: syntax.writing.big_endian,
        is_as_said: syntax.writing == said,
    };
    Ok(Some((dataset, pixels, placement)))
}

/// The elements of a file, of which these are kept.
pub(super) fn elements(source: &Source, keep: Keep) -> Result<Dataset, FormatError> {
    let input = source.open()?;
    let mut elements = Elements::new(input.bytes, keep);
    match parse(&mut elements, keep) {
        Ok(Some((dataset, ..))) => Ok(dataset),
        Ok(None) => Err(source.refuse("this is no DICOM file")),
        Err(damage) => Err(source.refuse(&damage)),
    }
}
