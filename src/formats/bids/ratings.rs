//! What raters say of patients, as a table.

use super::table::TsvTable;
use crate::formats::error::FormatError;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// Numbers by patient (what follows `sub-`) and rater.
pub type Ratings = BTreeMap<String, BTreeMap<u32, f64>>;

/// A column of the table `ratings.tsv` of a data set or of one of its derivatives, which has a row for
/// each patient and rater (`participant_id`, `rater`). Cells that are empty or `n/a` are left out.
/// `None` where there is no such table.
///
/// # Errors
/// When there are several tables, when a column is missing, a number is none, or a rater has two rows of
/// a patient.
pub fn ratings(root: &Path, column: &str) -> Result<Option<Ratings>, FormatError> {
    let Some(path) = path_of(root)? else {
        return Ok(None);
    };
    let refused = |field: &str, value: &str, why: &str| FormatError::Field {
        field: field.to_owned(),
        value: value.to_owned(),
        why: why.to_owned(),
        path: path.clone(),
    };
    let table = TsvTable::open(&path)?;
    for remark in &table.remarks {
        tracing::warn!("{remark}");
    }
    let place = |name: &str| {
        let missing = || {
            let why = format!("a table of ratings has the column {name}");
            refused("the columns", &table.columns.join(", "), &why)
        };
        table.column(name).ok_or_else(missing)
    };
    let [who, by, of] = [place("participant_id")?, place("rater")?, place(column)?];
    let mut found = Ratings::new();
    for row in &table.rows {
        let [who, by, of] = [who, by, of].map(|at| row[at].as_str());
        if of.is_empty() || of == "n/a" {
            continue;
        }
        let number = of.parse::<f64>().ok().filter(|number| number.is_finite());
        let number = number.ok_or_else(|| refused(column, of, "it is no number"))?;
        let rater = by.parse();
        let rater = rater.map_err(|_| refused("rater", by, "raters are numbered"))?;
        let subject = who.strip_prefix("sub-").unwrap_or(who).to_owned();
        let earlier = found.entry(subject).or_default().insert(rater, number);
        if earlier.is_some() {
            return Err(refused("participant_id", who, "a rater has two rows of it"));
        }
    }
    Ok(Some(found))
}

fn path_of(root: &Path) -> Result<Option<PathBuf>, FormatError> {
    let mut folders = vec![root.to_owned()];
    let derivatives = root.join("derivatives");
    if derivatives.is_dir() {
        let io = |source| FormatError::Io {
            source,
            path: derivatives.clone(),
        };
        folders.push(derivatives.clone());
        let mut pipelines = Vec::new();
        for entry in std::fs::read_dir(&derivatives).map_err(io)? {
            pipelines.push(entry.map_err(io)?.path());
        }
        pipelines.sort();
        folders.extend(pipelines);
    }
    let paths = folders.into_iter().map(|folder| folder.join("ratings.tsv"));
    let mut found = paths.filter(|path| path.is_file());
    match (found.next(), found.next()) {
        (Some(first), Some(second)) => Err(FormatError::Field {
            field: "ratings.tsv".to_owned(),
            value: second.display().to_string(),
            why: "there is a second table of ratings".to_owned(),
            path: first,
        }),
        (first, _) => Ok(first),
    }
}
