//! The page: what stands where.

use super::{
    checklists,
    html::{from_markdown, page},
    html_table, methods,
    plates::Plate,
};
use crate::report::{
    KeyOpening, ReportError, StudyAnalysis, StudyData,
    markup::{escaped, put},
    table::Table,
    tables::ReportTables,
    words::{assumed_line, minute},
};

/// Stands in a report of raters that are programs.
const SIMULATED: &str = "Simulated raters: not readings by persons";

/// Opens a table of names and values.
const CARD: &str = "<table class=\"card\">\n";

const HEADINGS: [(&str, &str); 9] = [
    ("results", "Main results"),
    ("readings", "Readings"),
    ("agreement", "Agreement between raters and across arms"),
    ("moves", "Predicted against reference scans"),
    ("process", "Process"),
    ("disagreements", "Discrepant cases"),
    ("methods", "Methods"),
    ("checklists", "Reporting checklists"),
    ("protocol", "Models, protocol and audit trail"),
];

/// The whole page.
pub(super) fn html(
    analysis: &StudyAnalysis,
    data: &StudyData,
    tables: &ReportTables,
    plates: &[Plate],
) -> Result<String, ReportError> {
    let mut body = Body {
        html: String::new(),
        n_headings: 0,
        n_tables: 0,
        n_figures: 0,
    };
    body.head(analysis, data);
    body.heading();
    for own in &analysis.headlines {
        body.words(&own.words);
    }
    body.tables(&tables.results);
    body.heading();
    body.words(&reading_words(analysis));
    body.tables(&tables.readings);
    body.heading();
    let (alphas, further) = tables.agreement.split_at(2);
    body.tables(alphas);
    body.plates(plates, "alpha");
    body.tables(further);
    body.heading();
    // By turns, since a matrix fills most of a page and a table the rest of it.
    let own = plates.iter().filter(|p| p.id.starts_with("transitions"));
    let mut moves = tables.moves.chunks(1);
    for plate in own {
        body.plate(plate);
        body.tables(moves.next().unwrap_or_default());
    }
    moves.for_each(|table| body.tables(table));
    body.heading();
    body.tables(&tables.process);
    body.plates(plates, "timing");
    body.heading();
    body.tables(&tables.disagreements);
    body.heading();
    for paragraph in methods::paragraphs(analysis, data) {
        body.words(&paragraph);
    }
    body.heading();
    body.html += &checklists::html(analysis, data);
    body.heading();
    body.papers(data, &data.protocol.to_toml()?);
    Ok(page(&data.protocol.title, &body.html))
}

/// The page while it is written; counts what has a number.
struct Body {
    html: String,
    n_headings: usize,
    n_tables: usize,
    n_figures: usize,
}

impl Body {
    fn head(&mut self, analysis: &StudyAnalysis, data: &StudyData) {
        if data.protocol.simulated_raters {
            put(
                &mut self.html,
                format_args!("<p class=\"banner\" role=\"alert\">{SIMULATED}</p>\n"),
            );
        }
        put(
            &mut self.html,
            format_args!(
                "<p class=\"meta\">{}</p>\n",
                escaped(&assumed_line(&analysis.assumed))
            ),
        );
        if let Some(words) = data.unsealing.as_ref().and_then(forced_words) {
            put(
                &mut self.html,
                format_args!(
                    "<p class=\"banner\" role=\"alert\">{}</p>\n",
                    escaped(&words)
                ),
            );
        }
        let facts = format!(
            "Report of an unsealed reading study. Cisterna {}. Read from {} to {} (UTC). Protocol \
             SHA-256 {}.",
            data.app_version,
            minute(&data.audit.first_utc),
            minute(&data.audit.last_utc),
            data.protocol_sha256
        );
        put(
            &mut self.html,
            format_args!(
                "<h1>{}</h1>\n<p class=\"lead\">{}</p>\n<p class=\"meta\">{}</p>\n<p \
                 class=\"notice\">{}</p>\n<nav aria-label=\"Contents\">\n",
                escaped(&data.protocol.title),
                escaped(&data.protocol.question),
                escaped(&facts),
                escaped(analysis.notice)
            ),
        );
        for (number, (id, words)) in (1..).zip(HEADINGS) {
            put(
                &mut self.html,
                format_args!("<a href=\"#{id}\">{number} {words}</a>\n"),
            );
        }
        self.html += "</nav>\n";
    }

    fn heading(&mut self) {
        if let Some((id, words)) = HEADINGS.get(self.n_headings) {
            self.n_headings += 1;
            let number = self.n_headings;
            let class = match *id {
                "protocol" => " class=\"new-page\"",
                _ => "",
            };
            put(
                &mut self.html,
                format_args!("<h2 id=\"{id}\"{class}>{number} {words}</h2>\n"),
            );
        }
    }

    fn words(&mut self, words: &str) {
        put(&mut self.html, format_args!("<p>{}</p>\n", escaped(words)));
    }

    fn tables(&mut self, tables: &[Table]) {
        for table in tables {
            self.n_tables += 1;
            self.html += &html_table::html(table, self.n_tables);
        }
    }

    /// The figures whose names begin so.
    fn plates(&mut self, plates: &[Plate], begins: &str) {
        let own = plates.iter().filter(|plate| plate.id.starts_with(begins));
        own.for_each(|plate| self.plate(plate));
    }

    fn plate(&mut self, plate: &Plate) {
        self.n_figures += 1;
        self.html += &plate.html(self.n_figures);
    }

    /// What the study was made with: models, protocol, audit trail.
    fn papers(&mut self, data: &StudyData, protocol: &str) {
        if data.model_cards.is_empty() {
            self.words("No model card was given.");
        }
        for (name, markdown) in &data.model_cards {
            put(
                &mut self.html,
                format_args!(
                    "<section class=\"card-text\">\n<h3>Model {}</h3>\n{}</section>\n",
                    escaped(name),
                    from_markdown(&without_title(markdown, name), 4)
                ),
            );
        }
        put(
            &mut self.html,
            format_args!(
                "<h3>Protocol</h3>\n<p>SHA-256 <code>{}</code></p>\n<pre>{}</pre>\n<h3>Audit \
                 trail</h3>\n",
                escaped(&data.protocol_sha256),
                escaped(protocol.trim_end())
            ),
        );
        self.words(&audit_words(data));
        for remark in &data.audit.remarks {
            self.words(remark);
        }
        self.html += CARD;
        self.html += "<thead><tr><th>Event</th><th>Number</th></tr></thead>\n<tbody>\n";
        for (kind, n) in &data.audit.n_events {
            put(
                &mut self.html,
                format_args!("<tr><td>{}</td><td>{n}</td></tr>\n", escaped(kind)),
            );
        }
        self.html += "</tbody>\n</table>\n";
        self.html += CARD;
        self.html += "<thead><tr><th>Rater</th><th>Last link of the chain, SHA-256</th></tr>\
                      </thead>\n<tbody>\n";
        for (rater, head) in &data.audit.heads {
            put(
                &mut self.html,
                format_args!(
                    "<tr><td>{}</td><td><code>{}</code></td></tr>\n",
                    escaped(rater),
                    escaped(head)
                ),
            );
        }
        self.html += "</tbody>\n</table>\n";
    }
}

/// A card's own title repeats the heading above it.
fn without_title(markdown: &str, name: &str) -> String {
    let mut lines = markdown.trim_start().lines();
    let is_title = |line: &str| line.trim_start_matches('#').trim() == name.trim();
    match lines.clone().next() {
        Some(line) if line.starts_with('#') && is_title(line) => {
            lines.next();
            lines.collect::<Vec<_>>().join("\n")
        }
        _ => markdown.to_owned(),
    }
}

fn audit_words(data: &StudyData) -> String {
    let audit = &data.audit;
    let order = match &audit.problem {
        None => "The file is in order: chains, signatures, order and protocol.".to_owned(),
        Some(problem) => format!(
            "The audit trail is broken: {problem}. The numbers of this report may rest on changed \
             records."
        ),
    };
    format!(
        "{order} First event {} UTC, last event {} UTC. Raters were away from a case for long {} \
         times.",
        minute(&audit.first_utc),
        minute(&audit.last_utc),
        audit.n_idle_marks
    )
}

fn reading_words(analysis: &StudyAnalysis) -> String {
    let rows = &analysis.rows;
    format!(
        "{} patients, {} images, {} raters. {} grades of first readings, {} answers \"cannot \
         grade\", \
         {} missing. {} answers were replaced by a correction; {} were repeats, {} training cases.",
        analysis.n_patients,
        analysis.n_images,
        analysis.raters.len(),
        rows.n_graded,
        rows.n_cannot_grade,
        rows.n_missing,
        rows.n_replaced,
        rows.n_repeats,
        rows.n_training
    )
}

/// That the key was opened before every installment was signed; `None` where it was not.
fn forced_words(unsealing: &KeyOpening) -> Option<String> {
    if unsealing.unsigned.is_empty() && unsealing.reason.is_none() {
        return None;
    }
    let reason = match &unsealing.reason {
        Some(reason) => format!("the reason given: \"{reason}\""),
        None => "no reason was given".to_owned(),
    };
    Some(format!(
        "The study was opened on {} UTC before every installment was signed ({}); {reason}.",
        minute(&unsealing.at_utc),
        unsealing.unsigned.join("; ")
    ))
}
