//! How numbers and names read in every document.

use crate::stats::Outcome;

/// What was assumed of the input, as the first line of what is reported.
pub(crate) fn assumed_line(assumed: &[String]) -> String {
    match assumed {
        [] => "Assumed: nothing".into(),
        assumed => format!("Assumed: {}", assumed.join("; ")),
    }
}

/// With a capital letter.
pub(crate) fn capital(words: &str) -> String {
    let mut letters = words.chars();
    match letters.next() {
        Some(first) => first.to_uppercase().chain(letters).collect(),
        None => String::new(),
    }
}

/// "a", "a and b", "a, b and c".
pub(super) fn listed(names: &[String]) -> String {
    match names {
        [] => String::new(),
        [only] => only.clone(),
        [before @ .., last] => format!("{} and {last}", before.join(", ")),
    }
}

/// With the sign that is as wide as a plus.
pub(super) fn with_minus(number: &str) -> String {
    number.replace('-', "−")
}

/// A p value as it is printed; never 0.
pub(super) fn p_value(p: f64) -> String {
    match p < 0.001 {
        true => "< 0.001".into(),
        false => format!("{p:.3}"),
    }
}

/// A p value behind the letter.
pub(crate) fn p_words(p: f64) -> String {
    match p_value(p) {
        small if small.starts_with('<') => small,
        other => format!("= {other}"),
    }
}

/// `2026-01-02T03:04:05.678Z` as `2026-01-02 03:04`; anything else as it is.
pub(super) fn minute(utc: &str) -> String {
    match (utc.get(..10), utc.get(10..11), utc.get(11..16)) {
        (Some(day), Some("T"), Some(time)) => format!("{day} {time}"),
        _ => utc.to_owned(),
    }
}

/// 0.95 as "95 %", with no more decimals than it needs.
pub(super) fn percent(confidence: f64) -> String {
    format!("{} %", (confidence * 1e4).round() / 1e2)
}

/// A value with its interval, three decimals, or why there is none.
pub(super) fn estimate(outcome: &Outcome) -> String {
    match outcome.value() {
        Some(_) => with_minus(&outcome.to_string()),
        None => outcome.to_string(),
    }
}

/// A share in per cent with its interval, or why there is none.
pub(super) fn share(outcome: &Outcome) -> String {
    match (outcome.value(), outcome.interval()) {
        (None, _) => outcome.to_string(),
        (Some(value), None) => format!("{:.1} %", 100.0 * value),
        (Some(value), Some((low, high))) => {
            let [value, low, high] = [value, low, high].map(|share| 100.0 * share);
            format!("{value:.1} % ({low:.1} to {high:.1})")
        }
    }
}

/// How a value was computed, on how many units, and what speaks against its interval.
pub(super) fn method_and_n(outcome: &Outcome) -> String {
    let warning = outcome.warning();
    let warning = warning.map_or_else(String::new, |words| format!("\n{words}"));
    format!("{}\nn = {}{warning}", outcome.method(), outcome.n())
}
