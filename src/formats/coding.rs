//! Compressed files: gzip and zstd, recognised by their first bytes whatever the name.

use super::error::FormatError;
use flate2::read::MultiGzDecoder;
use ruzstd::decoding::{FrameDecoder, StreamingDecoder};
use std::io::{BufRead, BufReader, Cursor, Read};
use std::path::Path;

/// Bytes that a deflated byte can stand for at most.
pub(super) const DEFLATE_RATIO: u64 = 1032;

/// How a file is compressed as a whole.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Coding {
    Plain,
    Gzip,
    Zstd,
    /// As a member of a zip and in no other way.
    Zip,
}

impl Coding {
    /// Bytes that one compressed byte can stand for at most.
    pub(super) fn largest_ratio(self) -> u64 {
        match self {
            // The list of a zip has the size of its members.
            Self::Plain | Self::Zip => 1,
            Self::Gzip => DEFLATE_RATIO,
            // A block of 128 KiB may be stored as its length and one byte.
            Self::Zstd => 1 << 15,
        }
    }

    /// What went wrong while unpacking or fetching bytes.
    pub(super) fn error(self, source: std::io::Error, path: &Path) -> FormatError {
        let coding = match self {
            Self::Plain => {
                return FormatError::Io {
                    source,
                    path: path.to_owned(),
                };
            }
            Self::Gzip => "gzip",
            Self::Zstd => "zstd",
            Self::Zip => "zip",
        };
        FormatError::Compressed {
            coding,
            what: source.to_string(),
            path: path.to_owned(),
        }
    }
}

/// Bytes, decompressed where the first of them say so.
pub(super) fn unpacked(
    mut bytes: impl Read + Send + 'static,
) -> std::io::Result<(Box<dyn Read + Send>, Coding)> {
    let mut magic = Vec::new();
    (&mut bytes).take(4).read_to_end(&mut magic)?;
    let coding = match magic[..] {
        [0x1f, 0x8b, ..] => Coding::Gzip,
        [0x28, 0xb5, 0x2f, 0xfd] => Coding::Zstd,
        _ => Coding::Plain,
    };
    let bytes = Cursor::new(magic).chain(bytes);
    let unpacked: Box<dyn Read + Send> = match coding {
        Coding::Plain | Coding::Zip => Box::new(bytes),
        Coding::Gzip => Box::new(MultiGzDecoder::new(buffered(bytes))),
        Coding::Zstd => Box::new(Zstd::Between(buffered(bytes))),
    };
    Ok((unpacked, coding))
}

fn buffered<R: Read>(bytes: R) -> BufReader<R> {
    BufReader::with_capacity(1 << 18, bytes)
}

/// Zstd frames one after another, each with its check sum looked at.
enum Zstd<R: BufRead> {
    Between(R),
    Within(Box<StreamingDecoder<R, FrameDecoder>>),
    Failed,
}

impl<R: BufRead> Read for Zstd<R> {
    fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
        let invalid = |what: String| std::io::Error::new(std::io::ErrorKind::InvalidData, what);
        if buffer.is_empty() {
            return Ok(0);
        }
        loop {
            match std::mem::replace(self, Self::Failed) {
                Self::Between(mut input) => {
                    if input.fill_buf()?.is_empty() {
                        *self = Self::Between(input);
                        return Ok(0);
                    }
                    let decoder =
                        StreamingDecoder::new(input).map_err(|e| invalid(e.to_string()))?;
                    *self = Self::Within(Box::new(decoder));
                }
                Self::Within(mut decoder) => {
                    let n = decoder.read(buffer)?;
                    if n > 0 {
                        *self = Self::Within(decoder);
                        return Ok(n);
                    }
                    let (input, frame) = decoder.into_parts();
                    let stored = frame.get_checksum_from_data();
                    if stored.is_some() && stored != frame.get_calculated_checksum() {
                        return Err(invalid("the check sum is wrong".to_owned()));
                    }
                    *self = Self::Between(input);
                }
                Self::Failed => return Err(invalid("an earlier error".to_owned())),
            }
        }
    }
}
