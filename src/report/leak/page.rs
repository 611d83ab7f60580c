//! The page: what stands where.

use super::{LeakAnalysis, LeakReportData, checklists};
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

/// What stands in the title of a report of simulated heads.
const SIMULATED: &str = "simulated heads only";

pub(super) fn title(data: &LeakReportData) -> String {
    match data.is_simulated {
        true => format!(
            "Leaks of CSF told by a network: {} ({SIMULATED})",
            data.data_set
        ),
        false => format!("Leaks of CSF told by a network: {}", data.data_set),
    }
}

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
        put(
            &mut html,
            format_args!(
                "<figure id=\"figure-{}\">\n{}<figcaption><b>Figure {number}</b> \
                 {}</figcaption>\n</figure>\n",
                plate.id,
                plate.figure.svg,
                escaped(&plate.caption)
            ),
        );
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
        format_args!("<p>{}</p>\n", escaped(&intervals(analysis))),
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
    html_page(&title(data), &html)
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
            escaped(&title(data)),
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

/// How intervals were made.
pub(super) fn intervals(analysis: &LeakAnalysis) -> String {
    format!(
        "Mean of folds: {}. Areas: {}. Difference: {}. Every number stands in analysis.json.",
        analysis.areas.mean.method(),
        analysis.pooled.method(),
        analysis.difference.method()
    )
}
