//! The elements of a DICOM file up to its pixels, as far as they are looked at.

use super::ahead::Ahead;
use super::charset::Charset;
use super::tags::{self, Keep};
use std::io::{BufRead, Read};

/// Sequences within sequences: more than any real file has, and few enough for the stack.
const DEEPEST: usize = 16;
/// A header is kilobytes, or a few megabytes where there are thousands of frames.
const LONGEST_HEADER: u64 = 64 << 20;
/// An element that is kept: the longest are the private headers of Siemens.
const LONGEST_VALUE: u64 = 1 << 20;
const MOST_ITEMS: usize = 200_000;
const UNDEFINED: u32 = u32::MAX;

const ITEM: u32 = 0xFFFE_E000;
const ITEM_END: u32 = 0xFFFE_E00D;
const SEQUENCE_END: u32 = 0xFFFE_E0DD;

/// Value representations of every kind (PS3.5 6.2).
const REPRESENTATIONS: [&[u8; 2]; 34] = [
    b"AE", b"AS", b"AT", b"CS", b"DA", b"DS", b"DT", b"FD", b"FL", b"IS", b"LO", b"LT", b"OB",
    b"OD", b"OF", b"OL", b"OV", b"OW", b"PN", b"SH", b"SL", b"SQ", b"SS", b"ST", b"SV", b"TM",
    b"UC", b"UI", b"UL", b"UN", b"UR", b"US", b"UT", b"UV",
];

/// Whether an element's head has a value representation behind its tag.
pub(super) fn has_representation(head: &[u8]) -> bool {
    let found = head.get(4..6);
    found.is_some_and(|found| {
        REPRESENTATIONS
            .iter()
            .any(|known| known.as_slice() == found)
    })
}

/// Why a data set was not understood; never holds a value of the file but a length or a tag.
pub(super) type Damage = String;

#[derive(Debug)]
enum Value {
    Bytes(Vec<u8>),
    Items(Vec<Dataset>),
}

/// Elements by tag.
#[derive(Default)]
pub(super) struct Dataset {
    elements: Vec<(u32, [u8; 2], Value)>,
    big_endian: bool,
}

/// A data set is full of what must not be printed.
impl std::fmt::Debug for Dataset {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Dataset of {} elements", self.elements.len())
    }
}

impl Dataset {
    fn value(&self, tag: u32) -> Option<&(u32, [u8; 2], Value)> {
        self.elements.iter().find(|(t, _, _)| *t == tag)
    }

    pub(super) fn bytes(&self, tag: u32) -> Option<&[u8]> {
        match self.value(tag) {
            Some((_, _, Value::Bytes(bytes))) => Some(bytes),
            _ => None,
        }
    }

    /// The items of a sequence; none where it is absent.
    pub(super) fn items(&self, tag: u32) -> &[Dataset] {
        match self.value(tag) {
            Some((_, _, Value::Items(items))) => items,
            _ => &[],
        }
    }

    /// The text of an element in the data set's characters, padding removed; none where empty.
    pub(super) fn text(&self, tag: u32) -> Option<String> {
        let bytes = self.bytes(tag)?;
        let text = self.charset().decode(bytes);
        let text = text.trim_matches(|c: char| c == '\0' || c.is_whitespace());
        let text: String = text.chars().filter(|c| !c.is_control()).collect();
        (!text.is_empty()).then_some(text)
    }

    /// The character sets that the data set says.
    pub(super) fn charset(&self) -> Charset {
        let terms = self.bytes(tags::CHARSET).unwrap_or_default();
        Charset::of(String::from_utf8_lossy(terms).trim_matches(['\0', ' ']))
    }

    /// Numbers written as text that are not read, or not as the standard writes them: the element,
    /// its text, and whether it is read all the same. Those of the items are among them.
    pub(super) fn odd_numbers(&self) -> Vec<(u32, String, bool)> {
        let mut odd = Vec::new();
        for (tag, vr, value) in &self.elements {
            match value {
                Value::Items(items) => odd.extend(items.iter().flat_map(Self::odd_numbers)),
                Value::Bytes(bytes) if matches!(tags::vr(*tag), Some([b'D' | b'I', b'S'])) => {
                    let text = String::from_utf8_lossy(bytes);
                    let text = trimmed(&text);
                    if text.is_empty() || is_binary(*vr) {
                        continue;
                    }
                    let is_read = text.split('\\').all(|part| decimal(part).is_finite());
                    if !is_read || text.contains(',') {
                        odd.push((*tag, text.to_owned(), is_read));
                    }
                }
                Value::Bytes(_) => {}
            }
        }
        odd
    }

    /// All numbers of an element, however they are written; NaN for those that are none, so that
    /// those behind them keep their places.
    pub(super) fn numbers(&self, tag: u32) -> Vec<f64> {
        let Some((_, vr, Value::Bytes(bytes))) = self.value(tag) else {
            return Vec::new();
        };
        let binary = self.binary(*vr, bytes);
        binary.unwrap_or_else(|| match trimmed(&String::from_utf8_lossy(bytes)) {
            "" => Vec::new(),
            text => text.split('\\').map(decimal).collect(),
        })
    }

    /// The numbers of an element that has no text; none for a value representation of texts.
    fn binary(&self, vr: [u8; 2], bytes: &[u8]) -> Option<Vec<f64>> {
        let big = self.big_endian;
        Some(match &vr {
            b"US" => binary(bytes, big, |b| f64::from(u16::from_le_bytes(b))),
            b"SS" => binary(bytes, big, |b| f64::from(i16::from_le_bytes(b))),
            b"UL" => binary(bytes, big, |b| f64::from(u32::from_le_bytes(b))),
            b"SL" => binary(bytes, big, |b| f64::from(i32::from_le_bytes(b))),
            b"FL" => binary(bytes, big, |b| f64::from(f32::from_le_bytes(b))),
            b"FD" => binary(bytes, big, f64::from_le_bytes),
            _ => return None,
        })
    }

    /// All elements in their order, each with its value in words: texts and numbers as they are, of others
    /// how much there is. `vr` says how an element is written where the file does not.
    pub(super) fn in_words(
        &self,
        vr: impl Fn(u32) -> Option<[u8; 2]>,
    ) -> impl Iterator<Item = (u32, String)> {
        self.elements.iter().map(move |(tag, own, value)| {
            let bytes = match value {
                Value::Items(items) => return (*tag, format!("{} items", items.len())),
                Value::Bytes(bytes) => bytes,
            };
            let vr = match own {
                b"UN" => vr(*tag).unwrap_or(*own),
                own => *own,
            };
            let numbers = self.binary(vr, bytes);
            let words = match (numbers, &vr) {
                (Some(numbers), _) => {
                    let texts: Vec<String> = numbers.iter().map(ToString::to_string).collect();
                    texts.join("\\")
                }
                (
                    None,
                    b"AT" | b"OB" | b"OD" | b"OF" | b"OL" | b"OV" | b"OW" | b"SV" | b"UN" | b"UV",
                ) => format!("{} bytes", bytes.len()),
                (None, _) => self.text(*tag).unwrap_or_default(),
            };
            (*tag, words)
        })
    }

    /// The first number, if it is finite.
    pub(super) fn number(&self, tag: u32) -> Option<f64> {
        self.numbers(tag)
            .first()
            .copied()
            .filter(|number| number.is_finite())
    }

    /// Exactly so many finite numbers.
    pub(super) fn vector<const N: usize>(&self, tag: u32) -> Option<[f64; N]> {
        let numbers = self.numbers(tag);
        let vector: [f64; N] = numbers.get(..N)?.try_into().ok()?;
        vector.iter().all(|x| x.is_finite()).then_some(vector)
    }
}

fn trimmed(text: &str) -> &str {
    text.trim_matches(|c: char| c == '\0' || c.is_whitespace())
}

/// A number, NaN where it is none. A comma is a decimal one: nothing else is written so.
fn decimal(part: &str) -> f64 {
    let part = trimmed(part);
    let number = match part.contains(',') && !part.contains('.') {
        true => part.replacen(',', ".", 1).parse(),
        false => part.parse(),
    };
    number.unwrap_or(f64::NAN)
}

fn is_binary(vr: [u8; 2]) -> bool {
    matches!(
        &vr,
        b"US" | b"SS" | b"UL" | b"SL" | b"FL" | b"FD" | b"OB" | b"OW"
    )
}

fn binary<const N: usize>(
    bytes: &[u8],
    big_endian: bool,
    number: impl Fn([u8; N]) -> f64,
) -> Vec<f64> {
    let (parts, _) = bytes.as_chunks::<N>();
    let parts = parts.iter().map(|&part| {
        let mut part = part;
        if big_endian {
            part.reverse();
        }
        number(part)
    });
    parts.collect()
}

/// Where the pixels are, counted from the first byte of the data set's stream.
#[derive(Clone, Copy, Debug)]
pub(super) struct Pixels {
    pub(super) tag: u32,
    /// `None`: in fragments.
    pub(super) length: Option<u64>,
    pub(super) offset: u64,
    /// Written as words of 16 bits (`OW`), whatever a pixel has.
    pub(super) in_words: bool,
}

/// How a data set is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Writing {
    pub(super) explicit: bool,
    pub(super) big_endian: bool,
}

/// A stream of elements.
pub(super) struct Elements<R> {
    input: Ahead<R>,
    position: u64,
    keep: Keep,
}

impl<R: Read> Elements<R> {
    pub(super) fn new(input: R, keep: Keep) -> Self {
        Self {
            input: Ahead::new(input),
            position: 0,
            keep,
        }
    }

    /// The next bytes, left where they are; fewer at the end.
    pub(super) fn peek(&mut self, n: usize) -> Result<&[u8], Damage> {
        self.input.peek(n).map_err(|e| e.to_string())
    }

    /// Bytes taken so far.
    pub(super) fn position(&self) -> u64 {
        self.position
    }

    /// What was not taken yet, for another to take.
    pub(super) fn rest(&mut self) -> &mut Ahead<R> {
        &mut self.input
    }

    pub(super) fn skip(&mut self, n: u64) -> Result<(), Damage> {
        if self.position.saturating_add(n) > LONGEST_HEADER {
            return Err(format!(
                "an element of {n} bytes before the pixels: a header is not that long"
            ));
        }
        let got = std::io::copy(&mut (&mut self.input).take(n), &mut std::io::sink())
            .map_err(|e| e.to_string())?;
        self.position += got;
        if got < n {
            return Err(self.cut_short());
        }
        Ok(())
    }

    fn take(&mut self, n: u64) -> Result<Vec<u8>, Damage> {
        let mut bytes = Vec::new();
        (&mut self.input)
            .take(n)
            .read_to_end(&mut bytes)
            .map_err(|e| e.to_string())?;
        self.position += bytes.len() as u64;
        if (bytes.len() as u64) < n {
            return Err(self.cut_short());
        }
        Ok(bytes)
    }

    fn take_array<const N: usize>(&mut self) -> Result<[u8; N], Damage> {
        let mut bytes = [0; N];
        self.input
            .read_exact(&mut bytes)
            .map_err(|e| match e.kind() {
                std::io::ErrorKind::UnexpectedEof => self.cut_short(),
                _ => e.to_string(),
            })?;
        self.position += N as u64;
        Ok(bytes)
    }

    fn cut_short(&self) -> Damage {
        "the file ends within its header".to_owned()
    }

    fn is_at_end(&mut self) -> Result<bool, Damage> {
        Ok(self.input.fill_buf().map_err(|e| e.to_string())?.is_empty())
    }

    /// Tag, value representation (none where items have none) and length.
    fn head(&mut self, writing: Writing) -> Result<(u32, [u8; 2], u32), Damage> {
        let b: [u8; 4] = self.take_array()?;
        let (group, element) = if writing.big_endian {
            (
                u16::from_be_bytes([b[0], b[1]]),
                u16::from_be_bytes([b[2], b[3]]),
            )
        } else {
            (
                u16::from_le_bytes([b[0], b[1]]),
                u16::from_le_bytes([b[2], b[3]]),
            )
        };
        let tag = u32::from(group) << 16 | u32::from(element);
        if !writing.explicit || group == 0xFFFE {
            let vr = tags::vr(tag).unwrap_or(*b"UN");
            return Ok((tag, vr, self.length(writing)?));
        }
        let b: [u8; 4] = self.take_array()?;
        let mut vr = [b[0], b[1]];
        if &vr == b"??" || &vr == b"  " {
            // Programs that did not know what it is write a short length, or a long one as for UN.
            let short = match writing.big_endian {
                true => u16::from_be_bytes([b[2], b[3]]),
                false => u16::from_le_bytes([b[2], b[3]]),
            };
            let length = match short {
                0 => self.length(writing)?,
                short => u32::from(short),
            };
            return Ok((tag, tags::vr(tag).unwrap_or(*b"UN"), length));
        }
        if !vr.iter().all(u8::is_ascii_uppercase) {
            return Err(format!(
                "the element ({group:04X},{element:04X}) has no value representation"
            ));
        }
        let length = match &vr {
            b"AE" | b"AS" | b"AT" | b"CS" | b"DA" | b"DS" | b"DT" | b"FL" | b"FD" | b"IS"
            | b"LO" | b"LT" | b"PN" | b"SH" | b"SL" | b"SS" | b"ST" | b"TM" | b"UI" | b"UL"
            | b"US" => u32::from(if writing.big_endian {
                u16::from_be_bytes([b[2], b[3]])
            } else {
                u16::from_le_bytes([b[2], b[3]])
            }),
            _ => self.length(writing)?,
        };
        // Some programs write what they do not know as UN, sequences as well.
        if &vr == b"UN" && length != UNDEFINED {
            vr = tags::vr(tag).unwrap_or(vr);
            if &vr == b"SQ" {
                vr = *b"UN";
            }
        }
        Ok((tag, vr, length))
    }

    fn length(&mut self, writing: Writing) -> Result<u32, Damage> {
        let bytes = self.take_array()?;
        Ok(if writing.big_endian {
            u32::from_be_bytes(bytes)
        } else {
            u32::from_le_bytes(bytes)
        })
    }

    /// The file's meta information, if it is there: all of group 2.
    pub(super) fn meta(&mut self) -> Result<Dataset, Damage> {
        let writing = Writing {
            explicit: true,
            big_endian: false,
        };
        let mut meta = Dataset::default();
        while self.peek(2)?.starts_with(&[2, 0]) {
            let (tag, vr, length) = self.head(writing)?;
            self.element(&mut meta, writing, (tag, vr, length), 0)?;
        }
        Ok(meta)
    }

    /// All elements up to the pixels of the file itself, which are left in the stream.
    pub(super) fn dataset(
        &mut self,
        writing: Writing,
    ) -> Result<(Dataset, Option<Pixels>), Damage> {
        let mut dataset = Dataset {
            big_endian: writing.big_endian,
            ..Dataset::default()
        };
        while !self.is_at_end()? {
            let (tag, vr, length) = self.head(writing)?;
            if matches!(tag, tags::PIXELS | tags::FLOAT_PIXELS | tags::DOUBLE_PIXELS) {
                let pixels = Pixels {
                    tag,
                    length: (length != UNDEFINED).then_some(u64::from(length)),
                    offset: self.position,
                    in_words: &vr == b"OW",
                };
                return Ok((dataset, Some(pixels)));
            }
            self.element(&mut dataset, writing, (tag, vr, length), 0)?;
        }
        Ok((dataset, None))
    }

    /// The value of one element, kept or passed over.
    fn element(
        &mut self,
        into: &mut Dataset,
        writing: Writing,
        (tag, vr, length): (u32, [u8; 2], u32),
        depth: usize,
    ) -> Result<(), Damage> {
        let keep = tags::is_kept(tag, self.keep, depth);
        let known = keep.then(|| tags::vr(tag)).flatten();
        let is_sequence = &vr == b"SQ" || length == UNDEFINED || known == Some(*b"SQ");
        if !is_sequence {
            if keep && u64::from(length) <= LONGEST_VALUE && into.value(tag).is_none() {
                self.check_length(length)?;
                let bytes = self.take(u64::from(length))?;
                into.elements.push((tag, vr, Value::Bytes(bytes)));
                return Ok(());
            }
            return self.skip(u64::from(length));
        }
        if !keep && length != UNDEFINED {
            return self.skip(u64::from(length));
        }
        // The pixels of an icon.
        if matches!(&vr, b"OB" | b"OW") || tag == tags::PIXELS {
            return self.skip_fragments(writing);
        }
        let writing = if &vr == b"UN" {
            Writing {
                explicit: false,
                big_endian: false,
            }
        } else {
            writing
        };
        let items = self.sequence(writing, length, keep, depth + 1)?;
        if keep && into.value(tag).is_none() {
            into.elements.push((tag, *b"SQ", Value::Items(items)));
        }
        Ok(())
    }

    fn skip_fragments(&mut self, writing: Writing) -> Result<(), Damage> {
        loop {
            let (tag, _, length) = self.head(writing)?;
            match tag {
                ITEM if length != UNDEFINED => self.skip(u64::from(length))?,
                SEQUENCE_END => return Ok(()),
                _ => return Err("pixels hold something that is no fragment".to_owned()),
            }
        }
    }

    fn check_length(&self, length: u32) -> Result<(), Damage> {
        if self.position + u64::from(length) > LONGEST_HEADER {
            return Err("the header is longer than any real one".to_owned());
        }
        Ok(())
    }

    fn sequence(
        &mut self,
        writing: Writing,
        length: u32,
        keep: bool,
        depth: usize,
    ) -> Result<Vec<Dataset>, Damage> {
        if depth > DEEPEST {
            return Err(format!(
                "sequences lie more than {DEEPEST} deep in each other"
            ));
        }
        let end = (length != UNDEFINED).then(|| self.position + u64::from(length));
        let mut items = Vec::new();
        while end.is_none_or(|end| self.position < end) {
            let (tag, _, length) = self.head(writing)?;
            match tag {
                SEQUENCE_END => break,
                ITEM => {
                    let item = self.item(writing, length, depth)?;
                    if keep {
                        items.push(item);
                    }
                }
                _ => return Err("a sequence holds something that is no item".to_owned()),
            }
            if items.len() > MOST_ITEMS || self.position > LONGEST_HEADER {
                return Err("a sequence is longer than any real one".to_owned());
            }
        }
        Ok(items)
    }

    fn item(&mut self, writing: Writing, length: u32, depth: usize) -> Result<Dataset, Damage> {
        let end = (length != UNDEFINED).then(|| self.position + u64::from(length));
        // What is said to be unknown is to be implicit inside, and is often explicit.
        let explicit = writing.explicit || has_representation(self.peek(6)?);
        let writing = Writing {
            explicit,
            ..writing
        };
        let mut item = Dataset {
            big_endian: writing.big_endian,
            ..Dataset::default()
        };
        while end.is_none_or(|end| self.position < end) {
            let head = self.head(writing)?;
            if head.0 == ITEM_END {
                break;
            }
            self.element(&mut item, writing, head, depth)?;
            if self.position > LONGEST_HEADER {
                return Err("the header is longer than any real one".to_owned());
            }
        }
        Ok(item)
    }
}
