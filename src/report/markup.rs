//! Text as it may stand in HTML and SVG.

use std::fmt::{Arguments, Write};

/// Text that came from somebody, safe between tags and inside quoted attributes.
pub(super) fn escaped(text: &str) -> String {
    let mut html = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => html += "&amp;",
            '<' => html += "&lt;",
            '>' => html += "&gt;",
            '"' => html += "&quot;",
            '\'' => html += "&#39;",
            // Control characters have no meaning in HTML and some make it invalid.
            c if c.is_control() && c != '\n' && c != '\t' => html.push('\u{fffd}'),
            c => html.push(c),
        }
    }
    html
}

/// Writing to a String cannot fail.
pub(super) fn put(html: &mut String, words: Arguments<'_>) {
    html.write_fmt(words).ok();
}
