//! Text into HTML: escaping, the page around it, and the few marks of Markdown that cards use.

use crate::report::markup::{escaped, put};

/// The document around a body. No script, no link to anything outside.
pub(in crate::report) fn page(title: &str, body: &str) -> String {
    format!(
        "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n\
         <meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src \
                            'unsafe-inline'\">\n\
         <title>{}</title>\n<style>\n{STYLE}</style>\n</head>\n<body>\n{body}</body>\n</html>\n",
        escaped(title)
    )
}

/// Markdown as the model cards use it: headings, paragraphs, lists, tables, code blocks, bold and
/// code. Everything else is plain text; headings begin at `level`.
pub(in crate::report) fn from_markdown(markdown: &str, level: usize) -> String {
    let mut html = String::new();
    let lines: Vec<&str> = markdown.lines().collect();
    let mut at = 0;
    while at < lines.len() {
        let line = lines[at].trim();
        let kind = BlockKind::of(line);
        let alike = |other: &&&str| BlockKind::of(other.trim()) == kind;
        let n = match kind {
            BlockKind::Heading => 1,
            BlockKind::Fence => fenced(&lines[at + 1..]) + 2,
            _ => lines[at..].iter().take_while(alike).count(),
        };
        let block = &lines[at..(at + n).min(lines.len())];
        html += &block_html(kind, block, level);
        at += n;
    }
    html
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum BlockKind {
    Blank,
    Heading,
    List,
    Table,
    Fence,
    Words,
}

impl BlockKind {
    fn of(line: &str) -> Self {
        match line {
            "" => Self::Blank,
            _ if line.starts_with('#') => Self::Heading,
            _ if line.starts_with("- ") || line.starts_with("* ") => Self::List,
            _ if line.starts_with('|') => Self::Table,
            _ if line.starts_with("```") => Self::Fence,
            _ => Self::Words,
        }
    }
}

/// Lines until the fence that closes.
fn fenced(lines: &[&str]) -> usize {
    let inside = lines
        .iter()
        .take_while(|line| !line.trim().starts_with("```"));
    inside.count()
}

fn block_html(kind: BlockKind, block: &[&str], level: usize) -> String {
    let words = || block.iter().map(|line| line.trim());
    match kind {
        BlockKind::Blank => String::new(),
        BlockKind::Heading => {
            let line = block[0].trim();
            let depth = line.chars().take_while(|c| *c == '#').count();
            let level = (level + depth - 1).min(6);
            let words = inline(line.trim_start_matches('#').trim());
            format!("<h{level}>{words}</h{level}>\n")
        }
        BlockKind::List => {
            let items = words().map(|line| format!("<li>{}</li>\n", inline(&line[2..])));
            format!("<ul>\n{}</ul>\n", items.collect::<String>())
        }
        BlockKind::Table => table(block),
        BlockKind::Fence => {
            let inside = block[1..].iter().filter(|l| !l.trim().starts_with("```"));
            let inside: Vec<&str> = inside.copied().collect();
            format!("<pre>{}</pre>\n", escaped(&inside.join("\n")))
        }
        BlockKind::Words => {
            let words: Vec<&str> = words().collect();
            format!("<p>{}</p>\n", inline(&words.join(" ")))
        }
    }
}

fn table(block: &[&str]) -> String {
    let is_rule = |line: &str| line.chars().all(|c| "|-: ".contains(c)) && line.contains('-');
    let mut html = String::from("<table class=\"card\">\n");
    for line in block.iter().map(|line| line.trim()).filter(|l| !is_rule(l)) {
        let inside = line.trim_start_matches('|').trim_end_matches('|');
        let cells: Vec<&str> = inside.split('|').map(str::trim).collect();
        // A head without words is only there because Markdown wants one.
        if cells.iter().all(|cell| cell.is_empty()) {
            continue;
        }
        html += "<tr>";
        for cell in cells {
            put(&mut html, format_args!("<td>{}</td>", inline(cell)));
        }
        html += "</tr>\n";
    }
    html + "</table>\n"
}

/// Bold and code; a mark without its partner stays as it is.
fn inline(text: &str) -> String {
    let paired = |text: &str, mark: &str, tag: &str| {
        let parts: Vec<&str> = text.split(mark).collect();
        let last = parts.len() - 1;
        let mut html = String::new();
        for (idx, part) in parts.iter().enumerate() {
            html += part;
            html += &match (idx == last, idx % 2, last % 2) {
                (true, _, _) => String::new(),
                // The last mark of an odd number has no partner.
                (false, 0, 1) if idx == last - 1 => mark.to_owned(),
                (false, 0, _) => format!("<{tag}>"),
                (false, _, _) => format!("</{tag}>"),
            };
        }
        html
    };
    let bold = paired(&escaped(text), "**", "b");
    paired(&bold, "`", "code")
}

const STYLE: &str = "\
@page { size: A4; margin: 18mm 16mm 20mm; }
* { box-sizing: border-box; }
html { background: #fff; color: #111; -webkit-print-color-adjust: exact; print-color-adjust: exact; }
body { max-width: 178mm; margin: 10mm auto; padding: 0 4mm; font: 10.5pt/1.45 'Source Serif 4', Charter, 'Bitstream Charter', 'Liberation Serif', Georgia, 'Times New Roman', serif; }
h1, h2, h3, h4, h5, table, .meta, .note, .banner, .notice, nav, pre, code, .fill { font-family: 'Source Sans 3', 'Helvetica Neue', Helvetica, Arial, 'Liberation Sans', sans-serif; }
h1 { font-size: 20pt; line-height: 1.2; margin: 4mm 0 2mm; font-weight: 600; }
h2 { font-size: 13.5pt; margin: 10mm 0 2mm; padding-top: 1.5mm; border-top: 0.6pt solid #111; font-weight: 600; }
h3 { font-size: 11pt; margin: 6mm 0 1.5mm; font-weight: 600; }
h4, h5, h6 { font-size: 10pt; margin: 4mm 0 1mm; font-weight: 600; }
h2, h3, h4, h5, h6 { break-after: avoid; }
p { margin: 0 0 2.5mm; }
p, li { orphans: 3; widows: 3; }
.lead { font-size: 11.5pt; margin-bottom: 3mm; }
.meta { font-size: 8.5pt; color: #444; margin-bottom: 4mm; overflow-wrap: anywhere; }
.banner { border: 1.6pt solid #a63c00; background: #fdeee4; color: #6d2700; font-weight: 600; font-size: 12pt; padding: 3mm 4mm; margin: 0 0 4mm; text-align: center; break-inside: avoid; }
.notice { border-left: 2.4pt solid #111; padding: 1mm 3mm; font-size: 9.5pt; font-weight: 600; margin: 0 0 4mm; }
nav { font-size: 9pt; columns: 2; column-gap: 8mm; margin: 0 0 4mm; padding: 0; }
nav a { color: #111; text-decoration: none; display: block; padding: 0.4mm 0; }
.table { margin: 4mm 0 6mm; }
.whole, figure { break-inside: avoid; }
caption, figcaption { font-size: 9.5pt; line-height: 1.35; }
caption { text-align: left; padding: 0 0 1.2mm; }
.before-table { break-after: avoid; }
.note { font-size: 8.5pt; line-height: 1.35; color: #333; margin: 1.2mm 0 0; break-before: avoid; }
table { width: 100%; border-collapse: collapse; font-size: 8.8pt; line-height: 1.3; font-variant-numeric: tabular-nums; border-top: 0.9pt solid #111; border-bottom: 0.9pt solid #111; }
thead { display: table-header-group; }
th { text-align: left; vertical-align: bottom; font-weight: 600; border-bottom: 0.5pt solid #111; padding: 1mm 2mm 1mm 0; }
td { vertical-align: top; padding: 0.8mm 2mm 0.8mm 0; overflow-wrap: break-word; }
.whole-word, .one-line td.n, .one-line td.w { white-space: nowrap; }
td.n + td, th.n + th { padding-left: 2mm; }
th.n, td.n { text-align: right; padding-left: 2mm; overflow-wrap: normal; }
th:last-child, td:last-child { padding-right: 0; }
tr { break-inside: avoid; }
tr.total td { border-top: 0.4pt solid #999; font-weight: 600; }
table.card td, table.list td { border-bottom: 0.25pt solid #ccc; }
table.card td:first-child { width: 38mm; color: #333; }
table.card { margin: 2mm 0 4mm; }
table.list td:first-child { width: 9mm; color: #444; }
table.list td:nth-child(2) { width: 52mm; }
.fill { display: inline-block; border: 0.6pt dashed #a63c00; color: #6d2700; background: #fff8f3; padding: 0 1.5mm; font-size: 8.5pt; }
figure { margin: 4mm 0 6mm; }
figure svg { display: block; width: 100%; height: auto; }
figcaption { margin-top: 2mm; }
pre { font-size: 8pt; line-height: 1.35; font-family: 'DejaVu Sans Mono', 'Liberation Mono', Consolas, monospace; white-space: pre-wrap; overflow-wrap: anywhere; background: #f6f6f4; padding: 3mm; }
code { font-size: 8.5pt; font-family: 'DejaVu Sans Mono', 'Liberation Mono', Consolas, monospace; overflow-wrap: anywhere; }
.card-text { font-size: 9.5pt; }
.card-text > p:first-of-type { break-after: avoid; }
.new-page { break-before: page; }
@media screen { .table { overflow-x: auto; } }
@media print { body { margin: 0; padding: 0; max-width: none; } }
";
