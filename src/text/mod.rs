//! Text from elsewhere: opened with a limit, and shown so that it shows itself.
//!
//! What it is: the one way to open a file that people or other programs wrote as text, and the three
//! ways to hand such text on: to a terminal, to a spreadsheet, and to somebody who may not know whom it is
//! about; times as such text has them; JSON with the field of a mistake.
//! What it is not: it knows no format; what the text says is for the room that asked.
//!
//! Invariants: nothing but a regular file is opened, so that no pipe is waited for and no device is
//! drained; no more is held than the limit; and what is shown or written as CSV neither moves the
//! cursor, nor turns the direction of writing, nor is a formula.

mod decode;
mod json;
mod moment;
mod nameless;
mod open;
mod shown;

pub use self::open::{Limit, TextError, bytes, check_file, open};
pub use decode::decode;
pub use json::{JsonFault, from_json};
pub use moment::{date_time, typed_date_time};
pub use nameless::{nameless, without_paths, without_words};
pub use shown::{csv_cell, csv_value, one_line, visible};
