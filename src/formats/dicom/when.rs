//! Times of acquisition, and hours after an injection.

use super::dataset::Dataset;
use super::tags;
use time::{Date, Month, PrimitiveDateTime, Time};

/// When an image was acquired: date and time in one element, else the acquisition's, the
/// content's or the series' date and time.
pub(super) fn acquired(dataset: &Dataset) -> Option<PrimitiveDateTime> {
    if let Some(both) = dataset
        .text(tags::ACQUISITION_DATE_TIME)
        .and_then(|text| date_time(&text))
    {
        return Some(both);
    }
    let pairs = [
        (tags::ACQUISITION_DATE, tags::ACQUISITION_TIME),
        (tags::CONTENT_DATE, tags::CONTENT_TIME),
        (tags::SERIES_DATE, tags::SERIES_TIME),
    ];
    pairs.iter().find_map(|&(day, hour)| {
        let day = date(&dataset.text(day)?)?;
        Some(day.with_time(clock(&dataset.text(hour)?)?))
    })
}

/// `YYYYMMDDHHMMSS.FFFFFF`; an offset from UTC is left out, as the other elements have none.
pub(super) fn date_time(text: &str) -> Option<PrimitiveDateTime> {
    let day = date(text.get(..8)?)?;
    let hour = text.get(8..)?.split(['+', '-']).next()?;
    Some(day.with_time(clock(hour)?))
}

/// `YYYYMMDD`, or the older `YYYY.MM.DD`.
fn date(text: &str) -> Option<Date> {
    let digits: String = text.chars().filter(|&c| c != '.').collect();
    if digits.len() != 8 || !digits.bytes().all(|b| b.is_ascii_digit()) {
        return None;
    }
    let month = Month::try_from(digits[4..6].parse::<u8>().ok()?).ok()?;
    Date::from_calendar_date(digits[..4].parse().ok()?, month, digits[6..].parse().ok()?).ok()
}

/// `HH`, `HHMM`, `HHMMSS` or with a fraction, or the older `HH:MM:SS`.
fn clock(text: &str) -> Option<Time> {
    let plain: String = text.trim().chars().filter(|&c| c != ':').collect();
    let (whole, fraction) = plain.split_once('.').unwrap_or((&plain, ""));
    if whole.len() < 2
        || !whole
            .bytes()
            .chain(fraction.bytes())
            .all(|b| b.is_ascii_digit())
    {
        return None;
    }
    let part = |at: usize| whole.get(at..at + 2).map_or(Some(0_u8), |p| p.parse().ok());
    let micro = format!("{fraction:0<6}").get(..6)?.parse().ok()?;
    // A leap second is no time of day here.
    Time::from_hms_micro(part(0)?, part(2)?, part(4)?.min(59), micro).ok()
}

/// Hours from the injection of the tracer to each acquisition; negative before it. Where no
/// injection time is given the earliest acquisition is the zero: the scan before the injection
/// usually comes first. `None` for what has no time.
#[must_use]
pub fn hours_after_injection(
    acquired: &[Option<PrimitiveDateTime>],
    injected: Option<PrimitiveDateTime>,
) -> Vec<Option<f64>> {
    let zero = injected.or_else(|| acquired.iter().flatten().min().copied());
    let hours = |at: &Option<PrimitiveDateTime>| {
        let seconds = (at.as_ref().copied()? - zero?).as_seconds_f64();
        Some(seconds / 3600.0)
    };
    acquired.iter().map(hours).collect()
}
