//! One table for two forms: HTML for the eye, CSV for other programs.

use std::fmt::Write;

use super::html::escaped;
use crate::{
    report::ReportError,
    stats::Outcome,
    text::{csv_cell, one_line},
};

/// What a column holds and how it is printed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Text,
    /// A value with its interval; each field knows how it is printed.
    Mixed,
    /// Whole numbers.
    Count,
    /// So many decimals.
    Number(usize),
    /// A value with its interval, three decimals.
    Estimate,
    /// A share with its interval, in per cent with one decimal.
    Share,
    /// The p value of a test.
    Test,
}

/// A column: what stands above it in print, and in a CSV.
pub(super) struct Column {
    pub(super) words: String,
    pub(super) key: String,
    pub(super) kind: Kind,
}

/// One cell.
pub(super) enum Field {
    Text(String),
    Count(usize),
    Number(Option<f64>),
    Outcome(Outcome),
    /// An outcome that is a share, where its column holds others too.
    Share(Outcome),
    /// Nothing belongs here.
    Blank,
}

/// A row, and whether it sums others up.
pub(super) struct Row {
    pub(super) fields: Vec<Field>,
    pub(super) is_total: bool,
}

/// A table with all its words.
pub(super) struct Table {
    /// Stem of the CSV's name, and anchor in the document.
    pub(super) id: String,
    pub(super) title: String,
    /// What a reader must know to read it; may be empty.
    pub(super) note: String,
    pub(super) columns: Vec<Column>,
    pub(super) rows: Vec<Row>,
}

pub(super) fn column(words: impl Into<String>, key: impl Into<String>, kind: Kind) -> Column {
    Column {
        words: words.into(),
        key: key.into(),
        kind,
    }
}

pub(super) fn text(words: impl Into<String>) -> Field {
    Field::Text(words.into())
}

pub(super) fn row(fields: Vec<Field>) -> Row {
    Row {
        fields,
        is_total: false,
    }
}

pub(super) fn total(fields: Vec<Field>) -> Row {
    Row {
        fields,
        is_total: true,
    }
}

impl Row {
    fn opening(&self) -> &'static str {
        match self.is_total {
            true => "<tr class=\"total\">",
            false => "<tr>",
        }
    }
}

impl Table {
    /// As HTML, under the number it has in the document. An arm that is that of every row is said
    /// once, above the table.
    pub(super) fn to_html(&self, number: usize) -> String {
        let only_arm = self.only_arm();
        let mut html = format!(
            "<div class=\"table {}\" id=\"{}\">\n<table>\n<caption><b>Table {number}</b> {}",
            self.classes(),
            self.id,
            escaped(&self.title)
        );
        if let Some((_, arm)) = only_arm {
            put(
                &mut html,
                format_args!(" All rows are of {}.", escaped(arm)),
            );
        }
        html += "</caption>\n<thead><tr>";
        let shown = |idx: usize| only_arm.is_none_or(|(hidden, _)| hidden != idx);
        let shown: Vec<usize> = (0..self.columns.len()).filter(|idx| shown(*idx)).collect();
        for column in shown.iter().map(|idx| &self.columns[*idx]) {
            let class = class_of(column.kind);
            put(
                &mut html,
                format_args!("<th scope=\"col\"{class}>{}</th>", escaped(&column.words)),
            );
        }
        html += "</tr></thead>\n<tbody>\n";
        for row in &self.rows {
            html += row.opening();
            for idx in &shown {
                let kind = self.columns[*idx].kind;
                let words = cell(&printed(&row.fields[*idx], kind), kind);
                put(
                    &mut html,
                    format_args!("<td{}>{words}</td>", class_of(kind)),
                );
            }
            html += "</tr>\n";
        }
        if self.rows.is_empty() {
            let n = shown.len();
            put(
                &mut html,
                format_args!("<tr><td colspan=\"{n}\">None.</td></tr>\n"),
            );
        }
        html += "</tbody>\n</table>\n";
        for words in [self.note.clone(), self.methods(), self.warnings()] {
            if !words.is_empty() {
                put(
                    &mut html,
                    format_args!("<p class=\"note\">{}</p>\n", escaped(&words)),
                );
            }
        }
        html + "</div>\n"
    }

    fn outcomes(&self) -> impl Iterator<Item = &Outcome> {
        let fields = self.rows.iter().flat_map(|row| &row.fields);
        fields.filter_map(|field| match field {
            Field::Outcome(outcome) | Field::Share(outcome) => Some(outcome),
            _ => None,
        })
    }

    /// How each number came about, each way once.
    fn methods(&self) -> String {
        let methods = once(self.outcomes().map(Outcome::method));
        match methods.is_empty() {
            true => String::new(),
            false => format!("How: {}.", methods.join(". ")),
        }
    }

    /// What speaks against intervals, each reason once.
    fn warnings(&self) -> String {
        let warnings = once(self.outcomes().filter_map(Outcome::warning));
        match warnings.is_empty() {
            true => String::new(),
            false => format!("Caution: {}.", warnings.join(". ")),
        }
    }

    /// Short tables stay on one page, long ones repeat their head on the next; few intervals have
    /// room for one line each.
    fn classes(&self) -> String {
        let mut classes = String::from(if self.rows.len() > 30 {
            "long"
        } else {
            "whole"
        });
        let wide = [Kind::Estimate, Kind::Share, Kind::Mixed];
        let n_wide = self.columns.iter().filter(|c| wide.contains(&c.kind));
        if n_wide.count() < 4 {
            classes += " one-line";
        }
        classes
    }

    /// The column of arms and the arm, where several rows have the same one.
    fn only_arm(&self) -> Option<(usize, &str)> {
        let idx = self.columns.iter().position(|column| column.key == "arm")?;
        let mut arms = self.rows.iter().map(|row| match &row.fields[idx] {
            Field::Text(arm) => Some(arm.as_str()),
            _ => None,
        });
        let first = arms.next()??;
        (self.rows.len() > 1 && arms.all(|arm| arm == Some(first))).then_some((idx, first))
    }

    /// As CSV. A value with an interval has three columns; what has no value is empty.
    pub(super) fn to_csv(&self) -> Result<Vec<u8>, ReportError> {
        let failed = |error: String| ReportError::Encoding {
            what: format!("{}.csv", self.id),
            reason: error,
        };
        let mut csv = csv::Writer::from_writer(Vec::new());
        let header = self.columns.iter().flat_map(|c| keys(&c.key, c.kind));
        csv.write_record(header)
            .map_err(|error| failed(error.to_string()))?;
        for row in &self.rows {
            let fields = row.fields.iter().zip(&self.columns);
            let fields = fields.flat_map(|(field, column)| written(field, column.kind));
            csv.write_record(fields)
                .map_err(|error| failed(error.to_string()))?;
        }
        csv.into_inner().map_err(|error| failed(error.to_string()))
    }
}

/// In their first order.
fn once<'a>(words: impl Iterator<Item = &'a str>) -> Vec<&'a str> {
    let mut found: Vec<&str> = Vec::new();
    for words in words {
        if !words.is_empty() && !found.contains(&words) {
            found.push(words);
        }
    }
    found
}

/// Writing to a String cannot fail.
pub(super) fn put(html: &mut String, words: std::fmt::Arguments<'_>) {
    html.write_fmt(words).ok();
}

fn class_of(kind: Kind) -> &'static str {
    match kind {
        Kind::Text => "",
        Kind::Mixed => " class=\"w\"",
        _ => " class=\"n\"",
    }
}

fn printed(field: &Field, kind: Kind) -> String {
    match (field, kind) {
        (Field::Text(words), _) => words.clone(),
        (Field::Blank, _) => String::new(),
        (Field::Count(n), _) => n.to_string(),
        (Field::Number(None), _) => "–".into(),
        (Field::Number(Some(x)), Kind::Number(decimals)) => format!("{x:.decimals$}"),
        (Field::Number(Some(x)), Kind::Mixed) => with_minus(&format!("{x:.3}")),
        (Field::Number(Some(x)), _) => x.to_string(),
        (Field::Outcome(outcome) | Field::Share(outcome), Kind::Share)
        | (Field::Share(outcome), _) => with_n(share(outcome), outcome),
        (Field::Outcome(outcome), Kind::Test) => match (outcome.p(), outcome.reason()) {
            (Some(p), _) => p_value(p),
            (None, Some(reason)) => reason.to_string(),
            (None, None) => "–".into(),
        },
        (Field::Outcome(outcome), _) => with_n(estimate(outcome), outcome),
    }
}

/// The number of units behind a value, after its interval.
fn with_n(words: String, outcome: &Outcome) -> String {
    match words.strip_suffix(')') {
        Some(open) if outcome.interval().is_some() => format!("{open}; n = {})", outcome.n()),
        _ if outcome.value().is_some() => format!("{words} (n = {})", outcome.n()),
        _ => words,
    }
}

/// A value with its interval, three decimals, or why there is none.
pub(in crate::report) fn estimate(outcome: &Outcome) -> String {
    match outcome.value() {
        Some(_) => with_minus(&outcome.to_string()),
        None => outcome.to_string(),
    }
}

/// A cell breaks between a value and its interval, and a short name does not break.
fn cell(words: &str, kind: Kind) -> String {
    let whole = |words: &str| format!("<span class=\"whole-word\">{}</span>", escaped(words));
    match (kind, words.split_once(" (")) {
        (Kind::Estimate | Kind::Share | Kind::Mixed, Some((value, interval)))
            if !value.is_empty() =>
        {
            match value.starts_with("undefined") {
                true => escaped(words),
                false => format!("{} {}", whole(value), whole(&format!("({interval}"))),
            }
        }
        (Kind::Text, _) if words.chars().count() <= 16 => whole(words),
        (Kind::Number(_), _) => escaped(&with_minus(words)),
        (_, _) => escaped(words),
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

/// A share in per cent with its interval, or why there is none.
pub(in crate::report) fn share(outcome: &Outcome) -> String {
    match (outcome.value(), outcome.interval()) {
        (None, _) => outcome.to_string(),
        (Some(value), None) => format!("{:.1} %", 100.0 * value),
        (Some(value), Some((low, high))) => {
            let [value, low, high] = [value, low, high].map(|share| 100.0 * share);
            format!("{value:.1} % ({low:.1} to {high:.1})")
        }
    }
}

fn keys(key: &str, kind: Kind) -> Vec<String> {
    let ends: &[&str] = match kind {
        Kind::Estimate | Kind::Share | Kind::Mixed => &["", "_low", "_high", "_n", "_method"],
        Kind::Test => &["", "_p", "_n", "_method"],
        Kind::Text | Kind::Count | Kind::Number(_) => &[""],
    };
    ends.iter().map(|end| format!("{key}{end}")).collect()
}

/// Numbers are plain, as other programs take them; words stand in columns of their own.
fn written(field: &Field, kind: Kind) -> Vec<String> {
    let number = |value: Option<f64>| value.map_or_else(String::new, |value| value.to_string());
    match (field, kind) {
        (Field::Text(words), Kind::Text) => filled(csv_cell(words).into_owned(), kind),
        (Field::Text(words), _) => filled(one_line(words).into_owned(), kind),
        (Field::Blank, kind) => filled(String::new(), kind),
        (Field::Count(n), _) => filled(n.to_string(), kind),
        (Field::Number(value), _) => filled(number(*value), kind),
        (Field::Outcome(outcome) | Field::Share(outcome), kind) => {
            let (low, high) = outcome.interval().unzip();
            let (n, method) = (outcome.n().to_string(), outcome.method().to_owned());
            match kind {
                Kind::Test => vec![number(outcome.value()), number(outcome.p()), n, method],
                _ => vec![
                    number(outcome.value()),
                    number(low),
                    number(high),
                    n,
                    method,
                ],
            }
        }
    }
}

/// One cell, and blanks where its column has more.
fn filled(words: String, kind: Kind) -> Vec<String> {
    let mut cells = vec![String::new(); keys("", kind).len()];
    cells[0] = words;
    cells
}
