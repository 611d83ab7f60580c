//! The report of an unsealed study as files: one page to read and print, tables, figures, numbers.
//!
//! Nothing here reads a clock or a random number, so the same study gives the same bytes.

mod checklists;
mod evaluation;
mod html;
mod html_table;
mod items;
mod methods;
mod page;
mod plates;

pub use evaluation::{Cell, CellKind, EvaluationReport};
pub(super) use html::{from_markdown, page as html_page};
pub(super) use html_table::html as table_html;
pub(super) use items::{Item, html as items_html, open, said};
pub(super) use plates::Plate;

use std::path::Path;

use super::{ReportError, ReportOptions, StudyAnalysis, StudyData, tables::ReportTables};
use crate::study::{StudyError, write_new_set};

/// Name of the page in the folder.
pub const REPORT_FILE: &str = "report.html";

/// Analyses a study and writes `report.html`, `analysis.json`, `tables/*.csv` and
/// `figures/*.svg` and `*.png` into a folder, which is made where there is none. The page needs
/// none of the others. It is written last, so a folder with a page holds a whole report.
///
/// # Errors
/// When the folder already holds a report or one of its files, when the study cannot be analysed
/// ([`StudyAnalysis::of`]), and when a file cannot be written.
pub fn write_report(
    data: &StudyData,
    options: &ReportOptions,
    folder: &Path,
) -> Result<(), ReportError> {
    // Before the work, and again by the writing itself.
    let page = folder.join(REPORT_FILE);
    if page.exists() {
        return Err(StudyError::Exists(page).into());
    }
    let files = report_files(data, options)?;
    Ok(write_new_set(folder, &files)?)
}

/// The files of [`write_report`] by their names in the folder, without writing them.
///
/// # Errors
/// When the study cannot be analysed ([`StudyAnalysis::of`]).
pub fn report_files(
    data: &StudyData,
    options: &ReportOptions,
) -> Result<Vec<(String, Vec<u8>)>, ReportError> {
    let analysis = StudyAnalysis::of(data, options)?;
    let tables = ReportTables::of(&analysis);
    let plates = plates::plates(&analysis)?;
    let page = page::html(&analysis, data, &tables, &plates)?;
    let mut files = Vec::new();
    for table in tables.all() {
        files.push((format!("tables/{}.csv", table.id), table.to_csv()?));
    }
    files.extend(plates.iter().flat_map(Plate::files));
    files.push(("analysis.json".into(), json(&analysis)?));
    files.push((REPORT_FILE.into(), page.into_bytes()));
    Ok(files)
}

fn json(analysis: &StudyAnalysis) -> Result<Vec<u8>, ReportError> {
    let mut json = serde_json::to_vec_pretty(analysis).map_err(|error| ReportError::Encoding {
        what: "analysis.json".into(),
        reason: error.to_string(),
    })?;
    json.push(b'\n');
    Ok(json)
}
