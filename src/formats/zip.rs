//! The members of a zip file: stored or deflated, read straight from their place in the file.
//!
//! The members of an honest zip do not overlap; one whose compressed sizes add up to more than
//! the file is refused, so that what can be unpacked is bounded by what is there.

use super::coding::DEFLATE_RATIO;
use super::error::FormatError;
use flate2::Crc;
use flate2::read::DeflateDecoder;
use std::fs::File;
use std::io::{BufReader, Read, Seek, SeekFrom, Take};
use std::path::{Path, PathBuf};

/// The record at the end, with the longest comment that it may have.
const END_SEARCHED: u64 = 22 + 65_535;
const MOST_MEMBERS: usize = 2_000_000;
/// A zip of scans lists a few hundred bytes a member.
const LONGEST_DIRECTORY: u64 = 512 << 20;

/// One file in a zip.
#[derive(Clone, Debug)]
pub(super) struct Member {
    pub(super) name: String,
    method: u16,
    crc: u32,
    /// Bytes in the zip.
    pub(super) compressed: u64,
    /// Bytes once unpacked, as the zip claims.
    pub(super) size: u64,
    header_offset: u64,
}

/// A zip's list of members.
#[derive(Debug)]
pub(super) struct Zip {
    pub(super) path: PathBuf,
    /// By name.
    pub(super) members: Vec<Member>,
}

fn u16_at(bytes: &[u8], at: usize) -> Option<u16> {
    Some(u16::from_le_bytes(bytes.get(at..at + 2)?.try_into().ok()?))
}

fn u32_at(bytes: &[u8], at: usize) -> Option<u32> {
    Some(u32::from_le_bytes(bytes.get(at..at + 4)?.try_into().ok()?))
}

fn u64_at(bytes: &[u8], at: usize) -> Option<u64> {
    Some(u64::from_le_bytes(bytes.get(at..at + 8)?.try_into().ok()?))
}

/// Whether the first bytes are those of a zip.
pub(super) fn is_zip(head: &[u8]) -> bool {
    head.starts_with(b"PK\x03\x04") || head.starts_with(b"PK\x05\x06")
}

impl Zip {
    /// Takes the list of members; no member is touched.
    pub(super) fn open(path: &Path) -> Result<Self, FormatError> {
        let io = |source| FormatError::Io {
            source,
            path: path.to_owned(),
        };
        let damaged = || FormatError::NotRecognised {
            what: "the zip file is damaged or cut short: its list of members is not there"
                .to_owned(),
            path: path.to_owned(),
        };
        let mut file = File::open(path).map_err(io)?;
        let file_bytes = file.metadata().map_err(io)?.len();
        let (offset, length) = directory(&mut file, file_bytes)
            .map_err(io)?
            .ok_or_else(damaged)?;
        if length > LONGEST_DIRECTORY || offset.saturating_add(length) > file_bytes {
            return Err(damaged());
        }
        file.seek(SeekFrom::Start(offset)).map_err(io)?;
        let mut listed = Vec::new();
        file.take(length).read_to_end(&mut listed).map_err(io)?;
        let mut members = Vec::new();
        let mut rest = &listed[..];
        while rest.starts_with(b"PK\x01\x02") && members.len() < MOST_MEMBERS {
            let (member, length) = Member::parse(rest).ok_or_else(damaged)?;
            rest = rest.get(length..).ok_or_else(damaged)?;
            if !member.name.ends_with('/') {
                members.push(member);
            }
        }
        let claimed = members
            .iter()
            .fold(0_u64, |sum, member| sum.saturating_add(member.compressed));
        if claimed > file_bytes {
            return Err(FormatError::Field {
                field: "compressed size".to_owned(),
                value: claimed.to_string(),
                why: format!(
                    "the members of the zip add up to more than the file ({file_bytes} bytes)"
                ),
                path: path.to_owned(),
            });
        }
        members.sort_by(|a, b| a.name.cmp(&b.name));
        Ok(Self {
            path: path.to_owned(),
            members,
        })
    }

    /// The members whose names begin with a text, by number: those of a folder, where it ends in `/`.
    pub(super) fn beginning_with(&self, start: &str) -> std::ops::Range<usize> {
        let is_before = |member: &Member| member.name.as_str() < start;
        let first = self.members.partition_point(is_before);
        let rest = self.members[first..].iter();
        let n = rest.take_while(|member| member.name.starts_with(start));
        first..first + n.count()
    }

    /// A member's bytes, unpacked; the check sum is looked at when its end is reached.
    pub(super) fn member(&self, member: &Member) -> std::io::Result<Box<dyn Read + Send>> {
        let invalid = |what: &str| std::io::Error::new(std::io::ErrorKind::InvalidData, what);
        let mut file = File::open(&self.path)?;
        file.seek(SeekFrom::Start(member.header_offset))?;
        let mut header = [0; 30];
        file.read_exact(&mut header)?;
        if !header.starts_with(b"PK\x03\x04") {
            return Err(invalid("the member is not where the zip says"));
        }
        let skipped = |at| i64::from(u16_at(&header, at).unwrap_or(0));
        file.seek(SeekFrom::Current(skipped(26) + skipped(28)))?;
        let packed = BufReader::with_capacity(1 << 16, file.take(member.compressed));
        let unpacked: Box<dyn Read + Send> = match member.method {
            0 => Box::new(packed),
            8 => Box::new(DeflateDecoder::new(packed)),
            other => {
                return Err(invalid(&format!(
                    "compression method {other} is not opened; only 0 (stored) and 8 (deflate)"
                )));
            }
        };
        Ok(Box::new(Checked {
            input: unpacked.take(member.size),
            sum: Crc::new(),
            expected: member.crc,
        }))
    }
}

/// Offset and length of the list of members.
fn directory(file: &mut File, file_bytes: u64) -> std::io::Result<Option<(u64, u64)>> {
    let searched = END_SEARCHED.min(file_bytes);
    file.seek(SeekFrom::Start(file_bytes - searched))?;
    let mut tail = Vec::new();
    file.take(searched).read_to_end(&mut tail)?;
    let Some(end) = tail.windows(4).rposition(|w| w == b"PK\x05\x06") else {
        return Ok(None);
    };
    let record = &tail[end..];
    let (Some(length), Some(offset)) = (u32_at(record, 12), u32_at(record, 16)) else {
        return Ok(None);
    };
    if length != u32::MAX && offset != u32::MAX {
        return Ok(Some((u64::from(offset), u64::from(length))));
    }
    // Larger than 4 GB: a second record, whose place stands just before the first.
    let place = end
        .checked_sub(20)
        .map(|at| &tail[at..end])
        .filter(|locator| locator.starts_with(b"PK\x06\x07"))
        .and_then(|locator| u64_at(locator, 8));
    let Some(place) = place.filter(|&place| place < file_bytes) else {
        return Ok(None);
    };
    file.seek(SeekFrom::Start(place))?;
    let mut record = Vec::new();
    file.take(56).read_to_end(&mut record)?;
    if !record.starts_with(b"PK\x06\x06") {
        return Ok(None);
    }
    Ok(u64_at(&record, 48).zip(u64_at(&record, 40)))
}

impl Member {
    /// Bytes that can come out of it at most, whatever it claims.
    pub(super) fn most_bytes(&self) -> u64 {
        let ratio = if self.method == 0 { 1 } else { DEFLATE_RATIO };
        self.size.min(self.compressed.saturating_mul(ratio))
    }

    /// A member from its line in the list, and the length of that line.
    fn parse(line: &[u8]) -> Option<(Self, usize)> {
        let lengths = [28, 30, 32].map(|at| u16_at(line, at).map(usize::from));
        let [name, extra, comment] = [lengths[0]?, lengths[1]?, lengths[2]?];
        let mut member = Self {
            name: String::from_utf8_lossy(line.get(46..46 + name)?).into_owned(),
            method: u16_at(line, 10)?,
            crc: u32_at(line, 16)?,
            compressed: u64::from(u32_at(line, 20)?),
            size: u64::from(u32_at(line, 24)?),
            header_offset: u64::from(u32_at(line, 42)?),
        };
        member.enlarge(line.get(46 + name..46 + name + extra)?);
        if u16_at(line, 8)? & 1 == 1 {
            // Encrypted: no method that is known.
            member.method = u16::MAX;
        }
        Some((member, 46 + name + extra + comment))
    }

    /// Sizes beyond 4 GB stand in an extra field, in this order, where the usual one is full.
    fn enlarge(&mut self, mut extra: &[u8]) {
        while let (Some(kind), Some(length)) = (u16_at(extra, 0), u16_at(extra, 2)) {
            let end = 4 + usize::from(length);
            let Some(field) = extra.get(4..end) else {
                return;
            };
            if kind == 1 {
                let mut numbers = field.as_chunks::<8>().0.iter();
                for number in [
                    &mut self.size,
                    &mut self.compressed,
                    &mut self.header_offset,
                ] {
                    if *number == u64::from(u32::MAX)
                        && let Some(bytes) = numbers.next()
                    {
                        *number = u64::from_le_bytes(*bytes);
                    }
                }
            }
            extra = &extra[end..];
        }
    }
}

/// Sums up what goes by and compares at the end.
struct Checked {
    input: Take<Box<dyn Read + Send>>,
    sum: Crc,
    expected: u32,
}

impl Read for Checked {
    fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
        let n = self.input.read(buffer)?;
        self.sum.update(&buffer[..n]);
        let invalid = |what| Err(std::io::Error::new(std::io::ErrorKind::InvalidData, what));
        if n == 0 && !buffer.is_empty() {
            if self.input.limit() > 0 {
                return invalid("the zip member is shorter than the zip says");
            }
            if self.sum.sum() != self.expected {
                return invalid("the check sum of the zip member is wrong");
            }
        }
        Ok(n)
    }
}
