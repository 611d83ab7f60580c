use std::borrow::Cow;
use std::fmt::Write;

/// Text for a terminal: what moves the cursor, or turns the direction of writing, stands there as
/// `\u001b`. Line ends and tabs stay. In JSON the same string results, as it has these escapes too.
#[must_use]
pub fn visible(text: &str) -> Cow<'_, str> {
    escaped(text, |c| is_hidden(c) && c != '\n' && c != '\t')
}

/// As [`visible`], for what has to stay on one line.
#[must_use]
pub fn one_line(text: &str) -> Cow<'_, str> {
    escaped(text, is_hidden)
}

/// Text for a cell of a CSV: on one line, and with an apostrophe before what a spreadsheet would take
/// for a formula. Numbers are no text, and do not come here.
#[must_use]
pub fn csv_cell(text: &str) -> Cow<'_, str> {
    let shown = one_line(text);
    match is_formula(&shown) {
        true => Cow::Owned(format!("'{shown}")),
        false => shown,
    }
}

/// What a cell says that [`csv_cell`] or a spreadsheet wrote: without the apostrophe.
#[must_use]
pub fn csv_value(cell: &str) -> &str {
    match cell.strip_prefix('\'') {
        Some(rest) if is_formula(rest) => rest,
        _ => cell,
    }
}

/// By what OWASP's page on CSV injection names, behind apostrophes too, so that each text has a cell
/// of its own; the wide forms are what East Asian spreadsheets take for the same. Tab and line ends are
/// not in the list: as hidden characters they are replaced before.
fn is_formula(text: &str) -> bool {
    text.trim_start_matches('\'')
        .starts_with(['=', '+', '-', '@', '＝', '＋', '－', '＠'])
}

fn escaped(text: &str, hides: impl Fn(char) -> bool) -> Cow<'_, str> {
    if !text.chars().any(&hides) {
        return Cow::Borrowed(text);
    }
    let mut shown = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            _ if !hides(c) => shown.push(c),
            '\n' => shown.push_str("\\n"),
            '\r' => shown.push_str("\\r"),
            '\t' => shown.push_str("\\t"),
            // Writing to a string does not fail. All of them have four digits.
            _ => {
                let _ = write!(shown, "\\u{:04x}", u32::from(c));
            }
        }
    }
    shown.into()
}

/// Control characters, those that turn the direction of writing, and separators of lines and
/// paragraphs that are none of ASCII's.
fn is_hidden(c: char) -> bool {
    let turns = matches!(c,
        '\u{61c}' | '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
    c.is_control() || turns || matches!(c, '\u{2028}' | '\u{2029}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_hides_is_shown() {
        #[track_caller]
        fn check(text: &str, on_screen: &str, on_one_line: &str) {
            assert_eq!(visible(text), on_screen);
            assert_eq!(one_line(text), on_one_line);
        }
        check("Grad 3, größer", "Grad 3, größer", "Grad 3, größer");
        check("עברית العربية", "עברית العربية", "עברית العربية");
        check("a\tb\nc", "a\tb\nc", "a\\tb\\nc");
        check("\u{1b}[2J", "\\u001b[2J", "\\u001b[2J");
        check("a\rb", "a\\rb", "a\\rb");
        check(
            "\u{9b}31m\u{7f}\0",
            "\\u009b31m\\u007f\\u0000",
            "\\u009b31m\\u007f\\u0000",
        );
        for turns in [
            '\u{202a}', '\u{202e}', '\u{2066}', '\u{2069}', '\u{200f}', '\u{61c}',
        ] {
            let shown = format!("a\\u{:04x}b", u32::from(turns));
            check(&format!("a{turns}b"), &shown, &shown);
        }
        check("a\u{2028}b", "a\\u2028b", "a\\u2028b");
        // In JSON they are the same text.
        let json = serde_json::to_string("\u{202e}\u{9b}x").unwrap();
        let shown: String = serde_json::from_str(&visible(&json)).unwrap();
        assert_eq!(shown, "\u{202e}\u{9b}x");
    }

    #[test]
    fn no_cell_is_a_formula() {
        #[track_caller]
        fn check(text: &str, cell: &str) {
            assert_eq!(csv_cell(text), cell);
        }
        check("=1+1", "'=1+1");
        check("+cmd|' /C calc'!A0", "'+cmd|' /C calc'!A0");
        check("-2", "'-2");
        check("@SUM(A1)", "'@SUM(A1)");
        check("＝1", "'＝1");
        check("\t=1", "\\t=1");
        check("\r=1", "\\r=1");
        check("a=1", "a=1");
        check("'tis", "'tis");
        check("'=1", "''=1");
        check("", "");
        for text in ["=1+1", "-2", "'tis", "'=1", "''-", "plain", "'", ""] {
            assert_eq!(csv_value(&csv_cell(text)), text);
        }
    }
}
