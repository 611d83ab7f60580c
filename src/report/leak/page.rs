//! The page: what stands where.

use super::analysis::LeakAnalysis;
use super::checklists;
use super::data::LeakReportData;
use crate::report::document::{Plate, from_markdown, html_page};
use crate::report::markup::{escaped, put};
use crate::report::words::assumed_line;

const HEADINGS: [(&str, &str); 6] = [
    ("results", "Results"),
    ("figures", "Figures"),
    ("beside", "Beside the results"),
    ("methods", "Methods"),
    ("checklists", "Reporting checklists"),
    ("models", "Models"),
];

/// Tables that stand under the first heading.
const FIRST_TABLES: usize = 3;

/// The whole page, from its tables as HTML.
pub(super) fn html(
    data: &LeakReportData,
    analysis: &LeakAnalysis,
    tables: &[String],
    plates: &[Plate],
) -> String {
    let mut html = head(data, analysis);
    let mut headings = (1..).zip(HEADINGS);
    let mut heading = |html: &mut String| {
        if let Some((number, (id, words))) = headings.next() {
            put(
                html,
                format_args!("<h2 id=\"{id}\">{number} {words}</h2>\n"),
            );
        }
    };
    let (first, others) = tables.split_at(FIRST_TABLES.min(tables.len()));
    heading(&mut html);
    put(
        &mut html,
        format_args!("<p>{}</p>\n", escaped(&analysis.main_result())),
    );
    html += &first.concat();
    heading(&mut html);
    for (number, plate) in (1..).zip(plates) {
        html += &plate.html(number);
    }
    heading(&mut html);
    html += &others.concat();
    heading(&mut html);
    html += "<table class=\"card\">\n<tbody>\n";
    for (what, how) in &data.facts {
        put(
            &mut html,
            format_args!(
                "<tr><td>{}</td><td>{}</td></tr>\n",
                escaped(what),
                escaped(how)
            ),
        );
    }
    html += "</tbody>\n</table>\n";
    put(
        &mut html,
        format_args!("<p>{}</p>\n", escaped(&analysis.intervals())),
    );
    heading(&mut html);
    html += &checklists::html(data, analysis);
    heading(&mut html);
    for (name, markdown) in &data.cards {
        put(
            &mut html,
            format_args!(
                "<section class=\"card-text\">\n<h3>{}</h3>\n{}</section>\n",
                escaped(name),
                from_markdown(markdown, 4)
            ),
        );
    }
    html_page(&data.title(), &html)
}

fn head(data: &LeakReportData, analysis: &LeakAnalysis) -> String {
    let mut html = String::new();
    if data.is_simulated {
        let words = "Simulated heads only: nobody's scans, and no result about patients";
        put(
            &mut html,
            format_args!("<p class=\"banner\" role=\"alert\">{words}</p>\n"),
        );
    }
    put(
        &mut html,
        format_args!(
            "<p class=\"meta\">{}</p>\n<h1>{}</h1>\n<p class=\"meta\">Cisterna {}. After Faghani et \
             al. 2024, doi 10.3174/ajnr.A8173.</p>\n<p class=\"notice\">{}</p>\n<nav \
             aria-label=\"Contents\">\n",
            escaped(&assumed_line(&data.assumed)),
            escaped(&data.title()),
            escaped(&data.app_version),
            escaped(analysis.notice)
        ),
    );
    for (number, (id, words)) in (1..).zip(HEADINGS) {
        put(
            &mut html,
            format_args!("<a href=\"#{id}\">{number} {words}</a>\n"),
        );
    }
    html + "</nav>\n"
}
