//! Text in the character sets that DICOM knows (PS3.3 C.12.1.1.2, PS3.5 chapter 6).

use encoding_rs::{
    BIG5, EUC_JP, EUC_KR, Encoding, GB18030, GBK, ISO_2022_JP, ISO_8859_2, ISO_8859_3, ISO_8859_4,
    ISO_8859_5, ISO_8859_6, ISO_8859_7, ISO_8859_8, ISO_8859_15, SHIFT_JIS, UTF_8, WINDOWS_874,
    WINDOWS_1252, WINDOWS_1254,
};

/// The sets that `SpecificCharacterSet` names.
#[derive(Clone, Debug, Default)]
pub(super) struct Charset {
    /// For what stands before any escape sequence; none where the file says nothing.
    first: Option<&'static Encoding>,
    /// Whether escape sequences change the set.
    has_escapes: bool,
    /// Terms that mean nothing to us.
    unknown: Vec<String>,
}

impl Charset {
    /// From the terms of the element, as they stand in it.
    pub(super) fn of(terms: &str) -> Self {
        let mut charset = Self::default();
        let terms = terms.split('\\').map(str::trim);
        for (at, term) in terms.enumerate() {
            let term = term.to_ascii_uppercase().replace(['_', '-'], " ");
            charset.has_escapes |= term.starts_with("ISO 2022") || at > 0;
            match named(&term) {
                Some(encoding) if at == 0 => charset.first = encoding,
                Some(_) => {}
                None => charset.unknown.push(term),
            }
        }
        charset
    }

    /// What to say of terms that are not known.
    pub(super) fn remark(&self) -> Option<String> {
        (!self.unknown.is_empty()).then(|| {
            format!(
                "SpecificCharacterSet is \"{}\", which is not known: letters beyond ASCII may be wrong",
                self.unknown.join("\\")
            )
        })
    }

    /// Bytes of an element as text.
    pub(super) fn decode(&self, bytes: &[u8]) -> String {
        if self.has_escapes && bytes.contains(&0x1B) {
            return self.with_escapes(bytes);
        }
        match self.first {
            Some(encoding) => plain(encoding, bytes),
            // No character set is named, which means ASCII; other bytes were written without naming theirs.
            None => match std::str::from_utf8(bytes) {
                Ok(text) => text.to_owned(),
                Err(_) => plain(WINDOWS_1252, bytes),
            },
        }
    }

    /// Escape sequences (ISO 2022) say which set follows, as far as the next one.
    fn with_escapes(&self, bytes: &[u8]) -> String {
        let mut text = String::new();
        let mut rest = bytes;
        let mut part = Part::Set(self.first.unwrap_or(WINDOWS_1252));
        while !rest.is_empty() {
            let end = rest.iter().position(|&b| b == 0x1B).unwrap_or(rest.len());
            text += &part.decode(&rest[..end]);
            rest = &rest[end..];
            if rest.is_empty() {
                break;
            }
            let (next, length) = escape(rest).unwrap_or((part, 1));
            (part, rest) = (next, &rest[length..]);
        }
        text
    }
}

/// What follows an escape sequence.
#[derive(Clone, Copy)]
enum Part {
    Set(&'static Encoding),
    /// Two bytes of seven bits a character, as in the escape sequence given.
    Japanese(&'static [u8]),
}

impl Part {
    fn decode(self, bytes: &[u8]) -> String {
        match self {
            Self::Set(encoding) => plain(encoding, bytes),
            Self::Japanese(sequence) => plain(ISO_2022_JP, &[sequence, bytes].concat()),
        }
    }
}

fn plain(encoding: &'static Encoding, bytes: &[u8]) -> String {
    encoding.decode_without_bom_handling(bytes).0.into_owned()
}

fn escape(bytes: &[u8]) -> Option<(Part, usize)> {
    const SEQUENCES: &[(&[u8], Part)] = &[
        (b"\x1b$)C", Part::Set(EUC_KR)),
        (b"\x1b$)A", Part::Set(GBK)),
        (b"\x1b$B", Part::Japanese(b"\x1b$B")),
        (b"\x1b$@", Part::Japanese(b"\x1b$@")),
        (b"\x1b$(D", Part::Set(EUC_JP)),
        (b"\x1b(B", Part::Set(WINDOWS_1252)),
        (b"\x1b(J", Part::Set(SHIFT_JIS)),
        (b"\x1b)I", Part::Set(SHIFT_JIS)),
        (b"\x1b-A", Part::Set(WINDOWS_1252)),
        (b"\x1b-B", Part::Set(ISO_8859_2)),
        (b"\x1b-C", Part::Set(ISO_8859_3)),
        (b"\x1b-D", Part::Set(ISO_8859_4)),
        (b"\x1b-L", Part::Set(ISO_8859_5)),
        (b"\x1b-G", Part::Set(ISO_8859_6)),
        (b"\x1b-F", Part::Set(ISO_8859_7)),
        (b"\x1b-H", Part::Set(ISO_8859_8)),
        (b"\x1b-M", Part::Set(WINDOWS_1254)),
        (b"\x1b-b", Part::Set(ISO_8859_15)),
        (b"\x1b-T", Part::Set(WINDOWS_874)),
    ];
    let found = SEQUENCES
        .iter()
        .find(|(sequence, _)| bytes.starts_with(sequence));
    found.map(|&(sequence, part)| (part, sequence.len()))
}

/// The encoding of a defined term; `Some(None)` for ASCII, which says nothing of other letters.
fn named(term: &str) -> Option<Option<&'static Encoding>> {
    let number = term
        .strip_prefix("ISO 2022 IR ")
        .or_else(|| term.strip_prefix("ISO IR "));
    Some(match number.unwrap_or(term).trim() {
        "" | "6" => None,
        "100" => Some(WINDOWS_1252),
        "101" => Some(ISO_8859_2),
        "109" => Some(ISO_8859_3),
        "110" => Some(ISO_8859_4),
        "144" => Some(ISO_8859_5),
        "127" => Some(ISO_8859_6),
        "126" => Some(ISO_8859_7),
        "138" => Some(ISO_8859_8),
        "148" => Some(WINDOWS_1254),
        "203" => Some(ISO_8859_15),
        "13" | "SHIFT JIS" => Some(SHIFT_JIS),
        "166" => Some(WINDOWS_874),
        "87" | "159" => Some(EUC_JP),
        "149" | "EUC KR" => Some(EUC_KR),
        "58" | "GBK" => Some(GBK),
        "GB18030" => Some(GB18030),
        "BIG5" => Some(BIG5),
        "192" | "UTF 8" => Some(UTF_8),
        _ => return None,
    })
}
