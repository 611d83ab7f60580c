//! Compressed pixels: the fragments they lie in and the codings they have.
//!
//! A codec that panics on a damaged stream is taken to have refused it.

use super::frame::PixelFormat;
use super::jpeg_ls;
use super::syntax::PixelCoding;
use crate::platform::catching;
use hayro_jpeg2000::{DecodeSettings, DecoderContext, Image};
use jpeg_decoder::{ColorTransform, Decoder, PixelFormat as JpegFormat};
use std::io::Read;
use std::ops::Range;

/// Pixels in the pieces in which they are stored.
pub(super) struct Fragments {
    bytes: Vec<u8>,
    /// Where each piece lies in `bytes`, and where in the stream its item began.
    pieces: Vec<(Range<usize>, u64)>,
    offsets: Vec<u64>,
}

impl Fragments {
    /// Takes all pieces from the stream, which stands behind the head of the pixel element.
    pub(super) fn take(mut input: impl Read) -> Result<Self, String> {
        let mut fragments = Self {
            bytes: Vec::new(),
            pieces: Vec::new(),
            offsets: Vec::new(),
        };
        let mut position = 0;
        let mut first_item = None;
        loop {
            let mut head = [0; 8];
            if input.read_exact(&mut head).is_err() {
                // The end mark is missing; what is missing of the pixels is found later.
                break;
            }
            let length = u32::from_le_bytes([head[4], head[5], head[6], head[7]]);
            match head[..4] {
                [0xFE, 0xFF, 0x00, 0xE0] => {}
                [0xFE, 0xFF, 0xDD, 0xE0] => break,
                _ => return Err("PixelData holds something that is no fragment".to_owned()),
            }
            let start = fragments.bytes.len();
            (&mut input)
                .take(u64::from(length))
                .read_to_end(&mut fragments.bytes)
                .map_err(|error| error.to_string())?;
            if fragments.bytes.len() - start < length as usize {
                return Err(format!(
                    "PixelData is cut short: a fragment of {length} bytes has {}",
                    fragments.bytes.len() - start
                ));
            }
            position += 8 + u64::from(length);
            match first_item {
                None => {
                    first_item = Some(position);
                    let (offsets, _) = fragments.bytes.as_chunks::<4>();
                    fragments.offsets = offsets
                        .iter()
                        .map(|&b| u64::from(u32::from_le_bytes(b)))
                        .collect();
                    fragments.bytes.clear();
                }
                Some(first) => fragments.pieces.push((
                    start..fragments.bytes.len(),
                    position - 8 - u64::from(length) - first,
                )),
            }
        }
        Ok(fragments)
    }

    /// The bytes of each of so many frames. Pieces lie behind each other, so a frame is one run.
    /// Without a usable table of offsets, a frame begins where a piece begins as `coding` does.
    pub(super) fn frames(
        &self,
        n_frames: usize,
        coding: PixelCoding,
    ) -> Result<Vec<&[u8]>, String> {
        let n = self.pieces.len();
        let run = |pieces: Range<usize>| -> &[u8] {
            match (
                self.pieces.get(pieces.start),
                self.pieces.get(pieces.end - 1),
            ) {
                (Some(first), Some(last)) => &self.bytes[first.0.start..last.0.end],
                _ => &[],
            }
        };
        if n < n_frames || n == 0 {
            return Err(format!(
                "NumberOfFrames is {n_frames}, and PixelData has {n} fragments"
            ));
        }
        if n_frames == 1 {
            return Ok(vec![run(0..n)]);
        }
        if n == n_frames {
            return Ok((0..n).map(|at| run(at..at + 1)).collect());
        }
        let starts: Option<Vec<usize>> = self
            .offsets
            .iter()
            .map(|offset| self.pieces.iter().position(|(_, at)| at == offset))
            .collect();
        let starts = starts
            .filter(|starts| starts.len() == n_frames && starts.is_sorted())
            .or_else(|| {
                let begins = |at: &usize| begins(coding, &self.bytes[self.pieces[*at].0.clone()]);
                let starts: Vec<usize> = (0..n).filter(begins).collect();
                (starts.len() == n_frames && starts[0] == 0).then_some(starts)
            });
        match starts {
            Some(starts) => {
                let ends = starts.iter().skip(1).copied().chain([n]);
                let runs = starts.iter().zip(ends);
                Ok(runs
                    .map(|(&start, end)| run(start..end.max(start + 1)))
                    .collect())
            }
            None => Err(format!(
                "PixelData has {n} fragments for {n_frames} frames and no table of offsets"
            )),
        }
    }
}

/// Whether a piece begins as a coded picture does.
fn begins(coding: PixelCoding, piece: &[u8]) -> bool {
    match coding {
        PixelCoding::Jpeg | PixelCoding::JpegLs => piece.starts_with(&[0xFF, 0xD8, 0xFF]),
        PixelCoding::Jpeg2000 => {
            piece.starts_with(&[0xFF, 0x4F, 0xFF, 0x51]) || piece.starts_with(b"\0\0\0\x0cjP  ")
        }
        // A header of 16 words: how many planes there are, and the first right behind it.
        PixelCoding::Rle => {
            let (words, _) = piece.as_chunks::<4>();
            let word = |at: usize| words.get(at).map(|&b| u32::from_le_bytes(b));
            let n_planes = word(0).unwrap_or(0) as usize;
            let is_unused = |at: usize| word(at) == Some(0);
            (1..=15).contains(&n_planes)
                && word(1) == Some(64)
                && (2..=n_planes).all(|at| word(at) > word(at - 1))
                && (n_planes + 1..16).all(is_unused)
        }
        PixelCoding::Plain => false,
    }
}

/// One frame's samples, by pixels, little-endian, in `BitsAllocated` bits each.
pub(super) fn decode(format: &PixelFormat, bytes: &[u8]) -> Result<Vec<u8>, String> {
    let decoded = catching(|| match format.coding {
        PixelCoding::Plain => Ok(bytes.to_vec()),
        PixelCoding::Rle => rle(format, bytes),
        PixelCoding::Jpeg => jpeg(format, bytes),
        PixelCoding::JpegLs => {
            let samples = jpeg_ls::decode(bytes, format.columns, format.rows)?;
            widen(format, samples.into_iter().map(u32::from))
        }
        PixelCoding::Jpeg2000 => jpeg_2000(format, bytes),
    });
    let decoded = decoded.unwrap_or_else(|_| Err("the decoder gave up".to_owned()))?;
    if decoded.len() as u64 != format.frame_bytes() {
        return Err(format!(
            "{} bytes come out, and Rows, Columns and BitsAllocated ask for {}",
            decoded.len(),
            format.frame_bytes()
        ));
    }
    Ok(decoded)
}

/// The coding's name in messages.
pub(super) fn name(coding: PixelCoding) -> &'static str {
    match coding {
        PixelCoding::Plain => "pixel",
        PixelCoding::Rle => "RLE",
        PixelCoding::Jpeg => "JPEG",
        PixelCoding::JpegLs => "JPEG-LS",
        PixelCoding::Jpeg2000 => "JPEG 2000",
    }
}

/// Numbers as little-endian bytes of the width that the header has.
fn widen(format: &PixelFormat, samples: impl Iterator<Item = u32>) -> Result<Vec<u8>, String> {
    Ok(match format.bits_allocated {
        8 => samples.map(|sample| sample as u8).collect(),
        16 => samples.flat_map(|s| (s as u16).to_le_bytes()).collect(),
        32 => samples.flat_map(u32::to_le_bytes).collect(),
        other => {
            return Err(format!(
                "BitsAllocated is {other}, which is never compressed"
            ));
        }
    })
}

fn check_size(format: &PixelFormat, columns: usize, rows: usize) -> Result<(), String> {
    if (columns, rows) == (format.columns, format.rows) {
        return Ok(());
    }
    Err(format!(
        "the picture is {columns} x {rows}, and Columns and Rows say {} x {}",
        format.columns, format.rows
    ))
}

fn jpeg(format: &PixelFormat, bytes: &[u8]) -> Result<Vec<u8>, String> {
    let mut decoder = Decoder::new(bytes);
    decoder.set_max_decoding_buffer_size(format.frame_bytes() as usize);
    if format.photometric == "RGB" {
        decoder.set_color_transform(ColorTransform::RGB);
    }
    decoder.read_info().map_err(|error| error.to_string())?;
    let info = decoder.info().ok_or("there is no picture in it")?;
    check_size(format, usize::from(info.width), usize::from(info.height))?;
    let samples = match info.pixel_format {
        JpegFormat::L8 | JpegFormat::L16 => 1,
        JpegFormat::RGB24 => 3,
        JpegFormat::CMYK32 => 4,
    };
    if samples != format.samples {
        return Err(format!(
            "the picture has {samples} samples a pixel, and SamplesPerPixel is {}",
            format.samples
        ));
    }
    let bytes = decoder.decode().map_err(|error| error.to_string())?;
    match info.pixel_format {
        JpegFormat::L16 => {
            let (samples, _) = bytes.as_chunks::<2>();
            widen(
                format,
                samples.iter().map(|&b| u32::from(u16::from_ne_bytes(b))),
            )
        }
        _ => widen(format, bytes.into_iter().map(u32::from)),
    }
}

fn jpeg_2000(format: &PixelFormat, bytes: &[u8]) -> Result<Vec<u8>, String> {
    let settings = DecodeSettings {
        resolve_palette_indices: false,
        strict: false,
        target_resolution: None,
    };
    let image = Image::new(bytes, &settings).map_err(|error| error.to_string())?;
    check_size(format, image.width() as usize, image.height() as usize)?;
    // Each component's precision and sign, which the decoder does not tell.
    let siz = bytes
        .windows(4)
        .position(|w| w == [0xFF, 0x4F, 0xFF, 0x51])
        .and_then(|at| bytes.get(at + 42..))
        .ok_or("there is no picture in it")?;
    let is_signed = siz.first().is_some_and(|ssiz| ssiz & 0x80 != 0);
    let precision = u32::from(image.original_bit_depth());
    if precision > 24 {
        return Err(format!("{precision} bits a sample are not opened"));
    }
    let shift = if is_signed {
        1_i64 << (precision - 1)
    } else {
        0
    };
    let mut context = DecoderContext::default();
    let decoded = image
        .decode(&mut context)
        .map_err(|error| error.to_string())?;
    let components = decoded.components();
    let n = format.rows * format.columns;
    if components.len() != format.samples || components.iter().any(|c| c.samples().len() != n) {
        return Err(format!(
            "the picture has {} samples a pixel, and SamplesPerPixel is {}",
            components.len(),
            format.samples
        ));
    }
    let highest = ((1_u64 << precision) - 1) as f32;
    let samples = (0..n).flat_map(|at| {
        components.iter().map(move |component| {
            let value = component.samples()[at].round().clamp(0.0, highest);
            (value as i64 - shift) as u32
        })
    });
    widen(format, samples)
}

/// Planes of bytes, the highest first, each run-length coded.
fn rle(format: &PixelFormat, bytes: &[u8]) -> Result<Vec<u8>, String> {
    let word = |at: usize| {
        let bytes = bytes.get(4 * at..4 * at + 4)?;
        Some(u32::from_le_bytes(bytes.try_into().ok()?) as usize)
    };
    let width = format.bits_allocated as usize / 8;
    let n_planes = word(0).ok_or("there is no header")?;
    if n_planes != width * format.samples || n_planes == 0 {
        return Err(format!(
            "there are {n_planes} planes of bytes, and BitsAllocated and SamplesPerPixel ask for {}",
            width * format.samples
        ));
    }
    let n = format.rows * format.columns;
    let mut out = vec![0; n * n_planes];
    for plane in 0..n_planes {
        let start = word(1 + plane).ok_or("there is no header")?;
        let end = match word(2 + plane) {
            Some(end) if plane + 1 < n_planes => end,
            _ => bytes.len(),
        };
        let coded = bytes.get(start..end).ok_or("a plane lies outside")?;
        let (sample, byte) = (plane / width, plane % width);
        // Colour comes by planes; what is asked for is by pixels.
        let at = |pixel: usize| (pixel * format.samples + sample) * width + (width - 1 - byte);
        unpack(coded, n, |pixel, value| out[at(pixel)] = value)?;
    }
    Ok(out)
}

fn unpack(coded: &[u8], n: usize, mut put: impl FnMut(usize, u8)) -> Result<(), String> {
    let mut bytes = coded.iter();
    let mut pixel = 0;
    while pixel < n {
        let &count = bytes.next().ok_or("a plane is cut short")?;
        match count.cast_signed() {
            -128 => {}
            count if count >= 0 => {
                for _ in 0..=count {
                    let &value = bytes.next().ok_or("a plane is cut short")?;
                    if pixel < n {
                        put(pixel, value);
                        pixel += 1;
                    }
                }
            }
            count => {
                let &value = bytes.next().ok_or("a plane is cut short")?;
                for _ in 0..=count.unsigned_abs() {
                    if pixel < n {
                        put(pixel, value);
                        pixel += 1;
                    }
                }
            }
        }
    }
    Ok(())
}
