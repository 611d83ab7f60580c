//! The report of leak networks that were trained fold by fold: how well they tell heads with a leak from
//! heads without, beside the Bern score of the same heads.

mod analysis;
mod checklists;
mod data;
mod page;
mod plots;
mod tables;

pub use analysis::{DecisionPoint, LeakAnalysis, LeakBands, Subgroup};
pub use data::{LeakCaseRow, LeakReportData, LeakReportOptions, LearningPoint, MapPlane};

use super::document::{Plate, table_html};
use super::{REPORT_FILE, ReportError};
use crate::study::{StudyError, write_new_set};
use rayon::prelude::*;
use std::path::Path;

/// Writes `report.html`, `analysis.json`, `tables/*.csv` and `figures/*` into a folder, which is made where
/// there is none: all of them or none.
///
/// # Errors
/// When there is a report already, when a figure cannot be drawn, and when a file cannot be written.
pub fn write_leak_report(
    data: &LeakReportData,
    options: &LeakReportOptions,
    folder: &Path,
) -> Result<(), ReportError> {
    let page = folder.join(REPORT_FILE);
    if page.exists() {
        return Err(StudyError::Exists(page).into());
    }
    Ok(write_new_set(folder, &leak_report_files(data, options)?)?)
}

/// The files of [`write_leak_report`] by their names in the folder.
///
/// # Errors
/// When a figure cannot be drawn or a table not be written.
pub fn leak_report_files(
    data: &LeakReportData,
    options: &LeakReportOptions,
) -> Result<Vec<(String, Vec<u8>)>, ReportError> {
    let analysis = LeakAnalysis::of(data, options);
    let tables = tables::all(data, &analysis);
    let scenes = plots::all(data, &analysis);
    let painted = scenes.into_par_iter().map(|(id, caption, scene)| {
        Ok(Plate {
            id: id.to_owned(),
            caption,
            figure: scene.figure()?,
        })
    });
    let plates: Vec<Plate> = painted.collect::<Result<_, ReportError>>()?;
    let drawn: Vec<String> = (1..)
        .zip(&tables)
        .map(|(number, table)| table_html(table, number))
        .collect();
    let html = page::html(data, &analysis, &drawn, &plates);
    let mut files = Vec::new();
    for table in &tables {
        files.push((format!("tables/{}.csv", table.id), table.to_csv()?));
    }
    files.extend(plates.iter().flat_map(Plate::files));
    let mut json = serde_json::to_vec_pretty(&analysis).map_err(|error| ReportError::Encoding {
        what: "analysis.json".into(),
        reason: error.to_string(),
    })?;
    json.push(b'\n');
    files.push(("analysis.json".into(), json));
    files.push((REPORT_FILE.into(), html.into_bytes()));
    Ok(files)
}
