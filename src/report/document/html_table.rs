//! Tables as HTML.

use crate::report::{
    markup::{escaped, put},
    table::{ColumnKind, Table},
};

/// A table under the number it has in the document. An arm that is that of every row is said once,
/// above the table.
pub(in crate::report) fn html(table: &Table, number: usize) -> String {
    let rows: Vec<Vec<String>> = (0..table.n_rows()).map(|idx| table.printed(idx)).collect();
    let only_arm = only_arm(table, &rows);
    let mut html = format!(
        "<div class=\"table {}\" id=\"{}\">\n<table>\n<caption><b>Table {number}</b> {}",
        classes(table),
        table.id,
        escaped(&table.title)
    );
    if let Some((_, arm)) = only_arm {
        put(
            &mut html,
            format_args!(" All rows are of {}.", escaped(arm)),
        );
    }
    html += "</caption>\n<thead><tr>";
    let shown = |idx: usize| only_arm.is_none_or(|(hidden, _)| hidden != idx);
    let shown: Vec<usize> = (0..table.columns.len()).filter(|idx| shown(*idx)).collect();
    for column in shown.iter().map(|idx| &table.columns[*idx]) {
        let class = class_of(column.kind);
        put(
            &mut html,
            format_args!("<th scope=\"col\"{class}>{}</th>", escaped(&column.words)),
        );
    }
    html += "</tr></thead>\n<tbody>\n";
    for (row, cells) in table.rows.iter().zip(&rows) {
        html += match row.is_total {
            true => "<tr class=\"total\">",
            false => "<tr>",
        };
        for idx in &shown {
            let kind = table.columns[*idx].kind;
            let words = cell(&cells[*idx], kind);
            put(
                &mut html,
                format_args!("<td{}>{words}</td>", class_of(kind)),
            );
        }
        html += "</tr>\n";
    }
    if rows.is_empty() {
        let n = shown.len();
        put(
            &mut html,
            format_args!("<tr><td colspan=\"{n}\">None.</td></tr>\n"),
        );
    }
    html += "</tbody>\n</table>\n";
    for words in table.notes() {
        put(
            &mut html,
            format_args!("<p class=\"note\">{}</p>\n", escaped(&words)),
        );
    }
    html + "</div>\n"
}

/// Short tables stay on one page, long ones repeat their head on the next; few intervals have room
/// for one line each.
fn classes(table: &Table) -> String {
    let mut classes = String::from(if table.n_rows() > 30 { "long" } else { "whole" });
    let wide = table.columns.iter().filter(|own| own.kind.has_intervals());
    if wide.count() < 4 {
        classes += " one-line";
    }
    classes
}

/// The column of arms and the arm, where several rows have the same one.
fn only_arm<'a>(table: &Table, rows: &'a [Vec<String>]) -> Option<(usize, &'a str)> {
    let idx = table
        .columns
        .iter()
        .position(|column| column.key == "arm")?;
    let first = &rows.first()?[idx];
    let same = rows.iter().all(|cells| cells[idx] == *first);
    (rows.len() > 1 && same).then_some((idx, first))
}

fn class_of(kind: ColumnKind) -> &'static str {
    match kind {
        ColumnKind::Mixed => " class=\"w\"",
        kind if kind.is_number() => " class=\"n\"",
        _ => "",
    }
}

/// A cell breaks between a value and its interval, and a short name does not break.
fn cell(words: &str, kind: ColumnKind) -> String {
    let whole = |words: &str| format!("<span class=\"whole-word\">{}</span>", escaped(words));
    match words.split_once(" (") {
        Some((value, interval)) if kind.has_intervals() && !value.is_empty() => {
            match value.starts_with("undefined") {
                true => escaped(words),
                false => format!("{} {}", whole(value), whole(&format!("({interval}"))),
            }
        }
        _ if kind == ColumnKind::Text && words.chars().count() <= 16 => whole(words),
        _ => breakable(words),
    }
}

/// A word that is longer than a column, such as the name of a file, breaks between its parts.
fn breakable(words: &str) -> String {
    let longest = words.split_whitespace().map(|word| word.chars().count());
    match longest.max().unwrap_or(0) > LONGEST_WORD {
        true => {
            let mut html = escaped(words);
            for mark in ["/", "::", "_"] {
                html = html.replace(mark, &format!("{mark}<wbr>"));
            }
            html
        }
        false => escaped(words),
    }
}

/// Letters that fit into any column.
const LONGEST_WORD: usize = 24;
