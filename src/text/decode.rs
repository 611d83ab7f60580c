//! Bytes as text, in whatever encoding a program on some desk wrote them.

use encoding_rs::{Encoding, UTF_16BE, UTF_16LE, WINDOWS_1252};

/// Bytes as text, by their mark of order or by what they hold, and what had to be assumed. Other
/// bytes than UTF-8 or UTF-16 are taken for Windows-1252, which holds Latin-1.
///
/// # Errors
/// In words, for what is no text.
pub fn decode(bytes: &[u8]) -> Result<(String, Option<&'static str>), String> {
    let utf16 = |bytes: &[u8], encoding: &'static Encoding| {
        if !bytes.len().is_multiple_of(2) {
            return Err("the text is UTF-16 cut short".to_owned());
        }
        let (text, had_errors) = encoding.decode_without_bom_handling(bytes);
        match had_errors {
            true => Err("the text is not UTF-16".to_owned()),
            false => Ok(text.into_owned()),
        }
    };
    // Letters of Latin script have a zero byte in every pair.
    let zeros = |at: usize| {
        let of = bytes.iter().skip(at).step_by(2).take(200);
        of.clone().filter(|byte| **byte == 0).count() * 2 > of.count()
    };
    let unmarked = "UTF-16 without a mark";
    let (text, assumed) = match bytes {
        [0xef, 0xbb, 0xbf, rest @ ..] => utf8(rest),
        [0xff, 0xfe, rest @ ..] => (utf16(rest, UTF_16LE)?, Some("UTF-16")),
        [0xfe, 0xff, rest @ ..] => (utf16(rest, UTF_16BE)?, Some("UTF-16")),
        [_, _, ..] if zeros(1) => (utf16(bytes, UTF_16LE)?, Some(unmarked)),
        [_, _, ..] if zeros(0) => (utf16(bytes, UTF_16BE)?, Some(unmarked)),
        _ => utf8(bytes),
    };
    match text.contains('\0') {
        true => Err("this is no text".into()),
        false => Ok((text, assumed)),
    }
}

fn utf8(bytes: &[u8]) -> (String, Option<&'static str>) {
    match std::str::from_utf8(bytes) {
        Ok(text) => (text.to_owned(), None),
        Err(_) => (
            WINDOWS_1252
                .decode_without_bom_handling(bytes)
                .0
                .into_owned(),
            Some("the text is not UTF-8, so Windows-1252 (Latin-1)"),
        ),
    }
}
