//! Times as files tell them.

use time::{Date, Month, PrimitiveDateTime, Time};

/// `2009-06-15T13:45:30`, with a fraction of a second or none, and with `Z` or without.
#[must_use]
pub fn date_time(text: &str) -> Option<PrimitiveDateTime> {
    let (day, clock) = text.split_once('T')?;
    let [year, month, day] = numbers(day, '-', [4, 2, 2])?;
    let month = Month::try_from(u8::try_from(month).ok()?).ok()?;
    let date = Date::from_calendar_date(year.cast_signed(), month, u8::try_from(day).ok()?).ok()?;
    let clock = clock.strip_suffix('Z').unwrap_or(clock);
    let (whole, fraction) = clock.split_once('.').unwrap_or((clock, "0"));
    let [hour, minute, second] = numbers(whole, ':', [2, 2, 2])?.map(|n| n as u8);
    let [micro] = numbers(format!("{fraction:0<6}").get(..6)?, '.', [6])?;
    // A leap second is no time of day here.
    let time = Time::from_hms_micro(hour, minute, second.min(59), micro).ok()?;
    Some(PrimitiveDateTime::new(date, time))
}

/// As people type it: `2024-01-03 09:15`, with a `T` or a blank between, with seconds or without.
#[must_use]
pub fn typed_date_time(text: &str) -> Option<PrimitiveDateTime> {
    let text = text.trim().replacen(' ', "T", 1);
    let seconds = match text.matches(':').count() {
        1 => ":00",
        _ => "",
    };
    date_time(&format!("{text}{seconds}"))
}

/// Numbers of so many digits each, with a mark between them.
fn numbers<const N: usize>(text: &str, mark: char, digits: [usize; N]) -> Option<[u32; N]> {
    let mut parts = text.split(mark);
    let mut found = [0; N];
    for (number, n_digits) in found.iter_mut().zip(digits) {
        let part = parts.next()?;
        if part.len() != n_digits || !part.bytes().all(|b| b.is_ascii_digit()) {
            return None;
        }
        *number = part.parse().ok()?;
    }
    parts.next().is_none().then_some(found)
}
