//! Texts as they stand on screen.

pub(super) use crate::report::capital;
use crate::study::rfc3339;

/// An error as a sentence of its own.
pub(super) fn sentence(error: &impl ToString) -> String {
    capital(&error.to_string())
}

/// A time to the minute, in words.
pub(super) fn when(unix_millis: i64) -> String {
    let text = rfc3339(unix_millis);
    let minute = text.get(..16).unwrap_or(&text);
    format!("{} UTC", minute.replace('T', ", "))
}
