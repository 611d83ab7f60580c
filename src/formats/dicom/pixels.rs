//! Frames from the bytes of a file: fetched, decoded, scaled.

use super::codec::{self, Fragments};
use super::frame::{Frame, PixelFormat};
use super::header::Image;
use super::syntax::PixelCoding;
use super::tags;
use crate::formats::coding::Coding;
use crate::formats::error::FormatError;
use crate::formats::tally::Tally;
use flate2::read::DeflateDecoder;
use rayon::prelude::*;
use serde::{Deserialize, Serialize};
use std::io::{BufReader, Read};

/// Bytes after the pixels that are still unpacked to check the sum at the end.
const TRAILING_LIMIT: u64 = 1 << 24;
const BLOCK: usize = 2048;

/// What stored numbers are taken to.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PixelScaling {
    /// `stored * RescaleSlope + RescaleIntercept`, of each frame on its own.
    #[default]
    Rescaled,
    /// The same divided by `RescaleSlope * ScaleSlope` where Philips' private elements are there,
    /// so that values of different scans can be compared; as [`PixelScaling::Rescaled`] elsewhere.
    PhilipsPrecise,
}

/// One frame and where its values go.
pub(super) struct Job<'a> {
    pub(super) frame: &'a Frame,
    pub(super) out: &'a mut [f32],
}

/// Fills in the frames of one file and sums up their values.
pub(super) fn decode(
    image: &Image,
    mut jobs: Vec<Job<'_>>,
    scaling: PixelScaling,
) -> Result<Tally, FormatError> {
    jobs.sort_by_key(|job| job.frame.stored);
    let input = image.source.open()?;
    let is_checked = input.coding != Coding::Plain;
    let mut bytes = input.bytes;
    let damaged = |what: String| image.source.refuse(&what);
    let skip = |bytes: &mut dyn Read, n: u64| {
        std::io::copy(&mut bytes.take(n), &mut std::io::sink()).map_err(|e| damaged(e.to_string()))
    };
    if let Some(start) = image.deflated_from {
        skip(&mut bytes, start)?;
        bytes = Box::new(DeflateDecoder::new(BufReader::new(bytes)));
    }
    skip(&mut bytes, image.pixels.offset)?;
    if image.pixels.in_words && image.format.big_endian && image.format.bits_allocated <= 8 {
        bytes = Box::new(SwappedPairs::new(bytes));
    }
    let tally = match image.format.coding {
        PixelCoding::Plain if image.format.bits_allocated == 1 => {
            single_bits(image, &mut bytes, jobs, scaling)
        }
        PixelCoding::Plain => plain(image, &mut bytes, jobs, scaling),
        _ => fragments(image, bytes.as_mut(), jobs, scaling),
    }?;
    if is_checked {
        skip(&mut bytes, TRAILING_LIMIT)?;
    }
    Ok(tally)
}

/// Bytes within words of 16 bits in the other order, over the whole value: words do not end where
/// rows and frames do.
struct SwappedPairs<R> {
    input: R,
    /// The second byte of a word whose first was handed out.
    waiting: Option<u8>,
}

impl<R: Read> SwappedPairs<R> {
    fn new(input: R) -> Self {
        Self {
            input,
            waiting: None,
        }
    }
}

impl<R: Read> Read for SwappedPairs<R> {
    fn read(&mut self, out: &mut [u8]) -> std::io::Result<usize> {
        if out.is_empty() {
            return Ok(0);
        }
        if let Some(byte) = self.waiting.take() {
            out[0] = byte;
            return Ok(1);
        }
        let whole = out.len().next_multiple_of(2);
        let mut words = Vec::with_capacity(whole);
        (&mut self.input)
            .take(whole as u64)
            .read_to_end(&mut words)?;
        // The last byte of an odd value stays where it is.
        for pair in words.chunks_exact_mut(2) {
            pair.swap(0, 1);
        }
        let n = words.len().min(out.len());
        out[..n].copy_from_slice(&words[..n]);
        self.waiting = words.get(n).copied();
        Ok(n)
    }
}

/// So many bytes, or an error with the number that is there.
fn exactly(
    image: &Image,
    input: &mut dyn Read,
    into: &mut Vec<u8>,
    n: u64,
) -> Result<(), FormatError> {
    into.clear();
    input
        .take(n)
        .read_to_end(into)
        .map_err(|error| image.source.refuse(&error.to_string()))?;
    if into.len() as u64 == n {
        return Ok(());
    }
    Err(FormatError::Truncated {
        claim: format!(
            "one frame of {} ({} Rows)",
            tags::keyword(tags::PIXELS),
            image.format.rows
        ),
        expected: u128::from(n),
        got: into.len() as u64,
        path: image.source.path(),
    })
}

fn plain(
    image: &Image,
    input: &mut dyn Read,
    jobs: Vec<Job<'_>>,
    scaling: PixelScaling,
) -> Result<Tally, FormatError> {
    let frame_bytes = image.format.frame_bytes();
    let mut tally = Tally::default();
    let mut buffer = Vec::new();
    let mut next = 0;
    for job in jobs {
        // Tiles of a mosaic share their frame.
        if job.frame.stored >= next {
            let skipped = (job.frame.stored - next) as u64 * frame_bytes;
            std::io::copy(&mut (&mut *input).take(skipped), &mut std::io::sink())
                .map_err(|error| image.source.refuse(&error.to_string()))?;
            exactly(image, input, &mut buffer, frame_bytes)?;
            next = job.frame.stored + 1;
        }
        convert(
            &image.format,
            image.format.big_endian,
            &buffer,
            job,
            scaling,
            &mut tally,
        );
    }
    Ok(tally)
}

/// Eight pixels a byte, the lowest bit first, without gaps between frames.
fn single_bits(
    image: &Image,
    input: &mut dyn Read,
    jobs: Vec<Job<'_>>,
    scaling: PixelScaling,
) -> Result<Tally, FormatError> {
    let n_pixels = image.format.rows * image.format.columns;
    let mut packed = Vec::new();
    let n_bits = (n_pixels * image.n_frames) as u64;
    exactly(image, input, &mut packed, n_bits.div_ceil(8))?;
    let format = PixelFormat {
        bits_allocated: 8,
        bits_stored: 8,
        high_bit: 7,
        ..image.format.clone()
    };
    let mut tally = Tally::default();
    for job in jobs {
        let first = job.frame.stored * n_pixels;
        let bit = |at: usize| packed[at / 8] >> (at % 8) & 1;
        let bytes: Vec<u8> = (first..first + n_pixels).map(bit).collect();
        convert(&format, false, &bytes, job, scaling, &mut tally);
    }
    Ok(tally)
}

fn fragments(
    image: &Image,
    input: &mut dyn Read,
    jobs: Vec<Job<'_>>,
    scaling: PixelScaling,
) -> Result<Tally, FormatError> {
    let damaged = |what: String| FormatError::Compressed {
        coding: codec::name(image.format.coding),
        what,
        path: image.source.path(),
    };
    if image.pixels.length.is_some() {
        return Err(damaged("PixelData is not in fragments".to_owned()));
    }
    let fragments = Fragments::take(input).map_err(damaged)?;
    let frames = fragments
        .frames(image.n_frames, image.format.coding)
        .map_err(damaged)?;
    let mut by_frame: Vec<Vec<Job<'_>>> = Vec::new();
    for job in jobs {
        match by_frame.last_mut() {
            Some(last) if last[0].frame.stored == job.frame.stored => last.push(job),
            _ => by_frame.push(vec![job]),
        }
    }
    let tallies: Result<Vec<Tally>, FormatError> = by_frame
        .into_par_iter()
        .map(|jobs| {
            let bytes = frames.get(jobs[0].frame.stored).copied().unwrap_or(&[]);
            let decoded = codec::decode(&image.format, bytes).map_err(damaged)?;
            let format = PixelFormat {
                planar: false,
                photometric: after_decoding(&image.format),
                ..image.format.clone()
            };
            let mut tally = Tally::default();
            for job in jobs {
                convert(&format, false, &decoded, job, scaling, &mut tally);
            }
            Ok(tally)
        })
        .collect();
    let mut sum = Tally::default();
    for tally in &tallies? {
        sum.merge(tally);
    }
    Ok(sum)
}

/// JPEG and JPEG 2000 take luminance and chrominance back to colour; run lengths do not.
fn after_decoding(format: &PixelFormat) -> String {
    match format.coding {
        PixelCoding::Jpeg | PixelCoding::Jpeg2000 if format.samples == 3 => "RGB".to_owned(),
        _ => format.photometric.clone(),
    }
}

/// Stored numbers to values: stored * slope + inter, in f64.
fn convert(
    format: &PixelFormat,
    big_endian: bool,
    bytes: &[u8],
    job: Job<'_>,
    scaling: PixelScaling,
    tally: &mut Tally,
) {
    let frame = job.frame;
    let divisor = match scaling {
        PixelScaling::Rescaled => None,
        PixelScaling::PhilipsPrecise => frame.precise,
    };
    let mut block = [0.0_f64; BLOCK];
    for (row, out) in job.out.chunks_mut(frame.columns).enumerate() {
        let first = (frame.tile[1] + row) * format.columns + frame.tile[0];
        for (n, out) in out.chunks_mut(BLOCK).enumerate() {
            let block = &mut block[..out.len()];
            stored_numbers(format, big_endian, bytes, first + n * BLOCK, block);
            for value in block.iter_mut() {
                *value = *value * frame.slope + frame.inter;
            }
            if let Some(divisor) = divisor {
                for value in block.iter_mut() {
                    *value /= divisor;
                }
            }
            tally.add(block);
            for (out, &value) in out.iter_mut().zip(block.iter()) {
                *out = value as f32;
            }
        }
    }
}

/// The numbers of the pixels from `first` on, freed of bits that are not theirs.
fn stored_numbers(
    format: &PixelFormat,
    big_endian: bool,
    bytes: &[u8],
    first: usize,
    out: &mut [f64],
) {
    if format.samples == 3 {
        return luminance(format, bytes, first, out);
    }
    let width = format.bits_allocated as usize / 8;
    let bytes = &bytes[first * width..(first + out.len()) * width];
    // Up to drop the bits above the highest, down again to drop those below the lowest.
    let up = format.bits_allocated - 1 - format.high_bit.min(format.bits_allocated - 1);
    let down = format.bits_allocated - format.bits_stored.min(format.bits_allocated);
    macro_rules! whole {
        ($unsigned:ty, $signed:ty) => {{
            let (numbers, _) = bytes.as_chunks::<{ size_of::<$unsigned>() }>();
            let number = |b: [u8; size_of::<$unsigned>()]| match big_endian {
                true => <$unsigned>::from_be_bytes(b),
                false => <$unsigned>::from_le_bytes(b),
            };
            if format.signed {
                for (out, &b) in out.iter_mut().zip(numbers) {
                    *out = f64::from((number(b) << up).cast_signed() >> down);
                }
            } else {
                for (out, &b) in out.iter_mut().zip(numbers) {
                    *out = f64::from((number(b) << up) >> down);
                }
            }
        }};
    }
    match (format.float, format.bits_allocated) {
        (true, 64) => {
            let (numbers, _) = bytes.as_chunks::<8>();
            for (out, &b) in out.iter_mut().zip(numbers) {
                *out = f64::from_le_bytes(in_order(b, big_endian));
            }
        }
        (true, _) => {
            let (numbers, _) = bytes.as_chunks::<4>();
            for (out, &b) in out.iter_mut().zip(numbers) {
                *out = f64::from(f32::from_le_bytes(in_order(b, big_endian)));
            }
        }
        (_, 32) => whole!(u32, i32),
        (_, 16) => whole!(u16, i16),
        _ => whole!(u8, i8),
    }
}

fn in_order<const N: usize>(mut bytes: [u8; N], big_endian: bool) -> [u8; N] {
    if big_endian {
        bytes.reverse();
    }
    bytes
}

/// Rec. 709 weights, as for other colour files.
fn luminance(format: &PixelFormat, bytes: &[u8], first: usize, out: &mut [f64]) {
    let n = format.rows * format.columns;
    let is_ybr = format.photometric.starts_with("YBR");
    for (at, out) in (first..).zip(out) {
        let sample = |s: usize| {
            let at = if format.planar {
                s * n + at
            } else {
                3 * at + s
            };
            f64::from(bytes[at])
        };
        let (mut r, mut g, mut b) = (sample(0), sample(1), sample(2));
        if is_ybr {
            let (y, cb, cr) = (r, g - 128.0, b - 128.0);
            r = (y + 1.402 * cr).clamp(0.0, 255.0);
            g = (y - 0.344_136 * cb - 0.714_136 * cr).clamp(0.0, 255.0);
            b = (y + 1.772 * cb).clamp(0.0, 255.0);
        }
        *out = 0.2126 * r + 0.7152 * g + 0.0722 * b;
    }
}
