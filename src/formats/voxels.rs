//! Voxels from bytes: streamed, scaled, summed up.
//!
//! One thread decompresses, another converts; neither holds more than a few megabytes beside the
//! volume itself.

use super::coding::Coding;
use super::error::FormatError;
use super::info::{Progress, VoxelValue};
use super::source::Input;
use super::stored::{Dtype, Stored};
use super::tally::{Summary, Tally};
use std::io::Read;
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};

/// Bytes after the voxels that are still decompressed to check the stream's sum.
const TRAILING_LIMIT: u64 = 1 << 30;
const CHUNK_BYTES: usize = 1 << 20;
const BLOCK: usize = 2048;

pub(super) struct Decoded {
    /// Scaled values as f32; empty where they were not to be kept.
    pub(super) values: Vec<f32>,
    /// The numbers of labels; empty unless they were to be kept.
    pub(super) ids: Vec<u32>,
    pub(super) summary: Summary,
}

/// What is kept of voxels beside their statistics.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Keep {
    Nothing,
    /// As f32.
    Values,
    /// As numbers of labels, which f32 holds exactly to 2^24 only.
    Ids,
}

/// Streams the voxels of one volume, or of all, and keeps them if asked to.
/// `indices` are voxels to report, as [`Stored::offset_of_voxel`] takes them.
pub(super) fn decode(
    stored: &Stored,
    volume_idx: Option<usize>,
    indices: &[Vec<usize>],
    keep: Keep,
    progress: Progress<'_>,
) -> Result<Decoded, FormatError> {
    let input = stored.voxels.open()?;
    let size = stored.dtype.size();
    // First, so that no product of dimensions below can overflow.
    check_claim(stored, &input)?;
    if keep != Keep::Nothing && input.coding != Coding::Plain {
        check_ratio(stored, volume_idx, input.packed_bytes)?;
    }
    let wanted = indices
        .iter()
        .map(|index| stored.offset_of_voxel(index, volume_idx.unwrap_or(0)))
        .collect::<Result<Vec<_>, _>>()?;
    let volume_voxels = stored.grid.n_voxels() as u64;
    let all_voxels = volume_voxels * stored.n_volumes() as u64;
    let chosen = match volume_idx {
        Some(idx) => idx as u64 * volume_voxels..(idx as u64 + 1) * volume_voxels,
        None => 0..all_voxels,
    };
    let mut sink = Sink {
        stored,
        values: Vec::new(),
        ids: Vec::new(),
        no_id: None,
        keep,
        tally: Tally::default(),
        wanted: &wanted,
        found: vec![f64::NAN; wanted.len()],
        chosen: chosen.clone(),
    };
    if keep != Keep::Nothing {
        // An honest file fills this; most lies were refused above, and what is not filled is only
        // address space.
        let n_kept = (chosen.end - chosen.start) as usize;
        let reserved = match keep {
            Keep::Ids => sink.ids.try_reserve_exact(n_kept),
            _ => sink.values.try_reserve_exact(n_kept),
        };
        reserved.map_err(|_| too_large(stored, n_kept))?;
    }
    let (to_sink, fetched) = sync_channel(4);
    let (give_back, take_back) = sync_channel(4);
    let fetching = Fetching {
        stored,
        input,
        chunk_bytes: CHUNK_BYTES / size * size,
        n_bytes: all_voxels * size as u64,
    };
    let trailing_not_checked = std::thread::scope(|scope| {
        let fetching = scope.spawn(move || fetching.run(&to_sink, &take_back));
        let mut voxel = 0;
        // Taken by value: when this loop leaves, the other's next send fails and it stops too.
        for chunk in fetched {
            sink.take(voxel, &chunk);
            voxel += (chunk.len() / size) as u64;
            if progress(voxel as f32 / all_voxels as f32).is_break() {
                return Err(FormatError::Cancelled);
            }
            // The other thread may be done already and not want its buffers back.
            let _ = give_back.try_send(chunk);
        }
        fetching
            .join()
            .unwrap_or_else(|panic| std::panic::resume_unwind(panic))
    })?;
    if let Some(value) = sink.no_id {
        return Err(FormatError::Field {
            field: "a voxel".to_owned(),
            value: value.to_string(),
            why: "a label is a whole number from 0 to 4,294,967,295".to_owned(),
            path: stored.source.path(),
        });
    }
    let voxels = indices.iter().zip(&sink.found);
    let summary = Summary {
        voxels: voxels
            .map(|(index, &value)| VoxelValue {
                index: index.clone(),
                value,
            })
            .collect(),
        trailing_not_checked,
        ..sink.tally.summary()
    };
    Ok(Decoded {
        values: sink.values,
        ids: sink.ids,
        summary,
    })
}

/// Refuses a header that claims more voxels than the file can hold.
fn check_claim(stored: &Stored, input: &Input) -> Result<(), FormatError> {
    let size = stored.dtype.size();
    let needed = stored
        .shape
        .iter()
        .fold(size as u128, |bytes, &n| bytes.saturating_mul(n as u128));
    if needed.saturating_add(u128::from(stored.data_offset)) <= u128::from(input.most_bytes) {
        return Ok(());
    }
    // Of others the size is only known once they are unpacked.
    let has_size = matches!(input.coding, Coding::Plain | Coding::Zip);
    if has_size && stored.data_offset > input.most_bytes {
        return Err(FormatError::Field {
            field: "vox_offset".to_owned(),
            value: stored.data_offset.to_string(),
            why: format!(
                "lies beyond the end of the file ({} bytes)",
                input.most_bytes
            ),
            path: stored.voxels.path(),
        });
    }
    let got = match has_size {
        true => input.most_bytes - stored.data_offset,
        false => input.packed_bytes,
    };
    Err(truncated(stored, got))
}

/// Bytes of memory that any file may fill: a mask of few values packs a thousand to one.
const SMALL_MEMORY: u64 = 1 << 30;

/// Bytes of memory for each byte of a compressed file. An honest scan of whole numbers fills 4 to 20,
/// most of them air 50.
const LARGEST_MEMORY_RATIO: u64 = 200;

/// Refuses what is small on the disk and would fill the memory: a header that claims what
/// compressed zeros can make true.
fn check_ratio(
    stored: &Stored,
    volume_idx: Option<usize>,
    file_bytes: u64,
) -> Result<(), FormatError> {
    let n_volumes = volume_idx.map_or(stored.n_volumes(), |_| 1);
    // The claim was checked, so neither product overflows.
    let memory = (stored.grid.n_voxels() * n_volumes * size_of::<f32>()) as u64;
    let most = SMALL_MEMORY.max(file_bytes.saturating_mul(LARGEST_MEMORY_RATIO));
    match memory <= most {
        true => Ok(()),
        false => Err(FormatError::Field {
            field: "dim".to_owned(),
            value: shape_text(stored),
            why: format!(
                "would fill {memory} bytes of memory from a compressed file of {file_bytes}, {} \
                 times as many, and more than {LARGEST_MEMORY_RATIO} times are not unpacked; if \
                 that is what it holds, unpack it first",
                memory / file_bytes.max(1)
            ),
            path: stored.source.path(),
        }),
    }
}

fn shape_text(stored: &Stored) -> String {
    let shape: Vec<String> = stored.shape.iter().map(ToString::to_string).collect();
    shape.join(" x ")
}

fn too_large(stored: &Stored, n_voxels: usize) -> FormatError {
    FormatError::Field {
        field: "dim".to_owned(),
        value: shape_text(stored),
        why: format!(
            "needs {} bytes of memory, more than can be had",
            n_voxels as u128 * size_of::<f32>() as u128
        ),
        path: stored.source.path(),
    }
}

fn truncated(stored: &Stored, got: u64) -> FormatError {
    let size = stored.dtype.size();
    FormatError::Truncated {
        claim: format!(
            "dim ({} voxels of {})",
            shape_text(stored),
            stored.dtype.name()
        ),
        expected: stored
            .shape
            .iter()
            .fold(size as u128, |bytes, &n| bytes.saturating_mul(n as u128)),
        got,
        path: stored.voxels.path(),
    }
}

/// The thread that fetches bytes.
struct Fetching<'a> {
    stored: &'a Stored,
    input: Input,
    chunk_bytes: usize,
    n_bytes: u64,
}

impl Fetching<'_> {
    /// Sends all voxels in chunks of whole voxels, then drains the stream so that its check sum
    /// is seen. Tells whether the end was out of reach.
    fn run(
        mut self,
        chunks: &SyncSender<Vec<u8>>,
        used: &Receiver<Vec<u8>>,
    ) -> Result<bool, FormatError> {
        self.skip(self.stored.data_offset)?;
        let mut left = self.n_bytes;
        while left > 0 {
            let mut chunk = used.try_recv().unwrap_or_default();
            let length = (self.chunk_bytes as u64).min(left) as usize;
            chunk.resize(length, 0);
            let got = self.fill(&mut chunk)?;
            if got < length {
                return Err(truncated(self.stored, self.n_bytes - left + got as u64));
            }
            left -= length as u64;
            if chunks.send(chunk).is_err() {
                return Ok(false);
            }
        }
        match self.input.coding {
            Coding::Plain => Ok(false),
            Coding::Gzip | Coding::Zstd | Coding::Zip => self.drain(),
        }
    }

    fn skip(&mut self, n_bytes: u64) -> Result<(), FormatError> {
        let mut left = n_bytes;
        let mut buffer = vec![0; (CHUNK_BYTES as u64).min(n_bytes) as usize];
        while left > 0 {
            let length = (buffer.len() as u64).min(left) as usize;
            let got = self.fill(&mut buffer[..length])?;
            if got < length {
                return Err(truncated(self.stored, 0));
            }
            left -= length as u64;
        }
        Ok(())
    }

    fn drain(&mut self) -> Result<bool, FormatError> {
        let mut buffer = vec![0; CHUNK_BYTES];
        let mut seen = 0;
        loop {
            match self.input.bytes.read(&mut buffer) {
                Ok(0) => return Ok(false),
                Ok(n) => seen += n as u64,
                Err(error) if error.kind() == std::io::ErrorKind::Interrupted => {}
                // Padding after a good stream is common on copies from tape and harmless.
                Err(error) if error.to_string().contains("invalid gzip header") => return Ok(true),
                Err(error) => return Err(self.refuse(error)),
            }
            if seen > TRAILING_LIMIT {
                return Ok(true);
            }
        }
    }

    /// Fills as much of the buffer as there is.
    fn fill(&mut self, buffer: &mut [u8]) -> Result<usize, FormatError> {
        let mut got = 0;
        while got < buffer.len() {
            match self.input.bytes.read(&mut buffer[got..]) {
                Ok(0) => break,
                Ok(n) => got += n,
                Err(error) if error.kind() == std::io::ErrorKind::Interrupted => {}
                Err(error) => return Err(self.refuse(error)),
            }
        }
        Ok(got)
    }

    fn refuse(&self, source: std::io::Error) -> FormatError {
        let path = self.stored.voxels.path();
        self.input.coding.error(source, &path)
    }
}

/// The side that converts.
struct Sink<'a> {
    stored: &'a Stored,
    values: Vec<f32>,
    ids: Vec<u32>,
    /// The first value that is no number of a label.
    no_id: Option<f64>,
    keep: Keep,
    tally: Tally,
    wanted: &'a [u64],
    found: Vec<f64>,
    chosen: std::ops::Range<u64>,
}

impl Sink<'_> {
    /// Takes the bytes of whole voxels, the first of which is `first` among all of the file.
    fn take(&mut self, first: u64, bytes: &[u8]) {
        let size = self.stored.dtype.size();
        let mut block = [0.0; BLOCK];
        for (n, bytes) in bytes.chunks(BLOCK * size).enumerate() {
            let first = first + (n * BLOCK) as u64;
            let values = &mut block[..bytes.len() / size];
            let end = first + values.len() as u64;
            let is_wanted = self.wanted.iter().any(|at| (first..end).contains(at));
            let (low, high) = (
                self.chosen.start.clamp(first, end),
                self.chosen.end.clamp(first, end),
            );
            if low >= high && !is_wanted {
                continue;
            }
            convert(self.stored, bytes, values);
            for (&at, found) in self.wanted.iter().zip(&mut self.found) {
                if (first..end).contains(&at) {
                    *found = values[(at - first) as usize];
                }
            }
            let chosen = &values[(low - first) as usize..(high - first) as usize];
            self.tally.add(chosen);
            match self.keep {
                Keep::Nothing => {}
                Keep::Values => self.values.extend(chosen.iter().map(|&v| v as f32)),
                Keep::Ids => {
                    let is_id = |v: &f64| v.is_nan() || *v >= 0.0 && f64::from(*v as u32) == *v;
                    let wrong = || chosen.iter().copied().find(|v| !is_id(v));
                    self.no_id = self.no_id.or_else(wrong);
                    // Not a number, as around a brain, becomes 0.
                    self.ids.extend(chosen.iter().map(|&v| v as u32));
                }
            }
        }
    }
}

/// Bytes to scaled values: stored * slope + inter in f64. Complex gives the magnitude, colour
/// the luminance (Rec. 709 weights).
fn convert(stored: &Stored, bytes: &[u8], out: &mut [f64]) {
    let (slope, inter) = (stored.slope, stored.inter);
    macro_rules! plain {
        ($type:ty) => {
            numbers(bytes, out, stored.big_endian, |little, big| {
                let stored = if big {
                    <$type>::from_be_bytes(little)
                } else {
                    <$type>::from_le_bytes(little)
                };
                stored as f64 * slope + inter
            })
        };
    }
    macro_rules! complex {
        ($type:ty, $size:literal) => {
            for (bytes, out) in bytes.chunks_exact(2 * $size).zip(out) {
                let part = |at: usize| {
                    let bytes = std::array::from_fn(|i| bytes[at + i]);
                    f64::from(if stored.big_endian {
                        <$type>::from_be_bytes(bytes)
                    } else {
                        <$type>::from_le_bytes(bytes)
                    })
                };
                *out = (part(0) * slope + inter).hypot(part($size) * slope);
            }
        };
    }
    match stored.dtype {
        Dtype::U8 => plain!(u8),
        Dtype::I8 => plain!(i8),
        Dtype::U16 => plain!(u16),
        Dtype::I16 => plain!(i16),
        Dtype::U32 => plain!(u32),
        Dtype::I32 => plain!(i32),
        Dtype::U64 => plain!(u64),
        Dtype::I64 => plain!(i64),
        Dtype::F32 => plain!(f32),
        Dtype::F64 => plain!(f64),
        Dtype::Complex64 => complex!(f32, 4),
        Dtype::Complex128 => complex!(f64, 8),
        Dtype::Rgb | Dtype::Rgba => {
            for (bytes, out) in bytes.chunks_exact(stored.dtype.size()).zip(out) {
                let [r, g, b] = [bytes[0], bytes[1], bytes[2]].map(f64::from);
                *out = 0.2126 * r + 0.7152 * g + 0.0722 * b;
            }
        }
    }
}

fn numbers<const SIZE: usize>(
    bytes: &[u8],
    out: &mut [f64],
    big_endian: bool,
    value: impl Fn([u8; SIZE], bool) -> f64,
) {
    let (bytes, _) = bytes.as_chunks::<SIZE>();
    // Two loops, so that the byte order is not asked for at every voxel.
    if big_endian {
        for (bytes, out) in bytes.iter().zip(out) {
            *out = value(*bytes, true);
        }
    } else {
        for (bytes, out) in bytes.iter().zip(out) {
            *out = value(*bytes, false);
        }
    }
}
