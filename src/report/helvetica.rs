//! The built-in Helvetica of PDF: which words it has letters for, and how wide they are.

use encoding_rs::WINDOWS_1252;

/// Advance widths of the characters 32 to 255 of WinAnsiEncoding, thousandths of the size: the metrics that
/// Adobe publishes with its 14 fonts.
const WIDTHS: [u16; 224] = [
    278, 278, 355, 556, 556, 889, 667, 191, 333, 333, 389, 584, 278, 333, 278, 278, 556, 556, 556,
    556, 556, 556, 556, 556, 556, 556, 278, 278, 584, 584, 584, 556, 1015, 667, 667, 722, 722, 667,
    611, 778, 722, 278, 500, 667, 556, 833, 722, 778, 667, 778, 722, 667, 611, 722, 667, 944, 667,
    667, 611, 278, 278, 278, 469, 556, 333, 556, 556, 500, 556, 556, 278, 556, 556, 222, 222, 500,
    222, 833, 556, 556, 556, 556, 333, 500, 278, 556, 500, 722, 500, 500, 500, 334, 260, 334, 584,
    350, 556, 350, 222, 556, 333, 1000, 556, 556, 333, 1000, 667, 333, 1000, 350, 611, 350, 350,
    222, 222, 333, 333, 350, 556, 1000, 333, 1000, 500, 333, 944, 350, 500, 667, 278, 333, 556,
    556, 556, 556, 260, 556, 333, 737, 370, 556, 584, 333, 737, 333, 400, 584, 333, 333, 333, 556,
    537, 278, 333, 333, 365, 556, 834, 834, 834, 611, 667, 667, 667, 667, 667, 667, 1000, 722, 667,
    667, 667, 667, 278, 278, 278, 278, 722, 722, 778, 778, 778, 778, 778, 584, 778, 722, 722, 722,
    722, 667, 667, 611, 556, 556, 556, 556, 556, 556, 889, 500, 556, 556, 556, 556, 278, 278, 278,
    278, 556, 556, 556, 556, 556, 556, 556, 584, 611, 556, 556, 556, 556, 500, 556, 500,
];

/// Words in WinAnsiEncoding; none where it lacks one of their letters.
pub(super) fn encoded(words: &str) -> Option<Vec<u8>> {
    let (bytes, _, has_lost) = WINDOWS_1252.encode(words);
    let has_all = !has_lost && !words.chars().any(char::is_control);
    has_all.then(|| bytes.into_owned())
}

/// How wide encoded words are, in the unit of their size.
pub(super) fn width(encoded: &[u8], size: f64) -> f64 {
    let widths = encoded
        .iter()
        .filter_map(|byte| WIDTHS.get(usize::from(byte.checked_sub(32)?)));
    let thousandths: u32 = widths.map(|width| u32::from(*width)).sum();
    f64::from(thousandths) * size / 1000.0
}

#[cfg(test)]
mod tests {
    use super::{encoded, width};

    /// reportlab 5.1: `stringWidth(text, "Helvetica", 1000)`.
    #[test]
    fn words_are_as_wide_as_elsewhere() {
        #[track_caller]
        fn check(words: &str, expected: f64) {
            let found = width(&encoded(words).unwrap(), 1000.0);
            assert!((found - expected).abs() < 1e-9, "{words}: {found}");
        }
        check("R", 722.0);
        check("24 h, axial", 4558.0);
        check("S 3.5 mm", 4279.0);
        check("|24 h - Before|", 6301.0);
        check("Research use only. Not a medical device.", 18396.0);
        check("90.0°", 2346.0);
        check("Größe 5 µm … – “é”", 8947.0);
    }

    #[test]
    fn letters_that_are_not_there_are_not_replaced() {
        assert_eq!(encoded("é…"), Some(vec![0xE9, 0x85]));
        for words in ["Ω", "日本", "a\nb", "\u{81}", "e\u{301}"] {
            assert_eq!(encoded(words), None, "{words:?}");
        }
    }
}
