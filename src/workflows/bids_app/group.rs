//! The group level: the participants' tables, joined. No image is opened.

use super::request::is_results;
use super::view::names_in;
use crate::formats::bids::write_text;
use crate::text::{self, Limit};
use anyhow::bail;
use serde::Serialize;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// A table of all participants that have it.
#[derive(Clone, Debug, Serialize)]
pub struct JoinedTable {
    /// Its file.
    pub path: PathBuf,
    /// Participants that have such a table.
    pub n_participants: usize,
    /// Its rows.
    pub n_rows: usize,
}

/// A participant's table: of whom, and where.
struct Part {
    subject: String,
    path: PathBuf,
}

/// Joins the participants' tables of the same kind into `group/`, each row with whom it is of: first by
/// participant, then in the order that it had. A column that a participant's table lacks is `n/a` there.
///
/// # Errors
/// When no participant was done there, and when a table cannot be opened or has a row that does not fit.
pub fn bids_group(output: &Path) -> anyhow::Result<Vec<JoinedTable>> {
    if !is_results(output) {
        bail!("no participant was done here: {}", output.display());
    }
    let mut tables: BTreeMap<String, Vec<Part>> = BTreeMap::new();
    for name in names_in(output)? {
        let folder = output.join(&name);
        if let (Some(subject), true) = (name.strip_prefix("sub-"), folder.is_dir()) {
            find(&folder, "", subject, &mut tables)?;
        }
    }
    if tables.is_empty() {
        bail!("no participant has a table: {}", output.display());
    }
    let join = |(kind, parts): (&String, &Vec<Part>)| joined(output, kind, parts);
    tables.iter().map(join).collect()
}

/// Tables below a folder, by kind: where they lie, and what follows the entities of their names.
fn find(
    folder: &Path,
    below: &str,
    subject: &str,
    tables: &mut BTreeMap<String, Vec<Part>>,
) -> anyhow::Result<()> {
    for name in names_in(folder)? {
        let path = folder.join(&name);
        if path.is_dir() {
            let is_of_one = name.starts_with("sub-") || name.starts_with("ses-");
            let deeper = match is_of_one {
                true => below.to_owned(),
                false => format!("{below}{name}_"),
            };
            find(&path, &deeper, subject, tables)?;
        } else if name.ends_with(".tsv") {
            let kind = name.rsplit('_').next().unwrap_or(&name);
            let part = Part {
                subject: subject.to_owned(),
                path,
            };
            tables
                .entry(format!("{below}{kind}"))
                .or_default()
                .push(part);
        }
    }
    Ok(())
}

const WHO: &str = "participant_id";

fn joined(output: &Path, kind: &str, parts: &[Part]) -> anyhow::Result<JoinedTable> {
    let mut columns: Vec<String> = vec![WHO.to_owned()];
    let mut rows: Vec<BTreeMap<usize, String>> = Vec::new();
    let mut subjects: Vec<&str> = Vec::new();
    for part in parts {
        if subjects.last() != Some(&part.subject.as_str()) {
            subjects.push(&part.subject);
        }
        let text = text::open(&part.path, Limit::Table)?;
        let mut lines = text
            .lines()
            .map(|line| line.split('\t').collect::<Vec<&str>>());
        let head = lines.next().unwrap_or_default();
        let places: Vec<usize> = head.iter().map(|&name| place(&mut columns, name)).collect();
        for (at, cells) in lines.enumerate() {
            if cells.len() != places.len() {
                bail!(
                    "line {} has {} cells where the header has {}: {}",
                    at + 2,
                    cells.len(),
                    places.len(),
                    part.path.display()
                );
            }
            let cells = cells.into_iter().map(str::to_owned);
            let mut row: BTreeMap<usize, String> = places.iter().copied().zip(cells).collect();
            row.insert(0, format!("sub-{}", part.subject));
            rows.push(row);
        }
    }
    let mut text = columns.join("\t");
    for row in &rows {
        let cell = |at: usize| row.get(&at).map_or("n/a", String::as_str);
        let cells: Vec<&str> = (0..columns.len()).map(cell).collect();
        text.push('\n');
        text.push_str(&cells.join("\t"));
    }
    text.push('\n');
    let path = output.join("group").join(kind);
    write_text(&path, &text)?;
    Ok(JoinedTable {
        path,
        n_participants: subjects.len(),
        n_rows: rows.len(),
    })
}

/// Where a column is in the joined table.
fn place(columns: &mut Vec<String>, name: &str) -> usize {
    match columns.iter().position(|column| column == name) {
        Some(at) => at,
        None => {
            columns.push(name.to_owned());
            columns.len() - 1
        }
    }
}
