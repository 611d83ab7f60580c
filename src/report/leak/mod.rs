//! The report of leak networks that were trained fold by fold: how well they tell heads with a leak from
//! heads without, beside the Bern score of the same heads.

mod analysis;
mod checklists;
mod page;
mod plots;
mod tables;

pub use analysis::{DecisionPoint, LeakAnalysis, LeakBands, Subgroup};

use super::document::{Plate, table_html};
use super::{REPORT_FILE, ReportError};
use crate::study::{StudyError, write_new_set};
use rayon::prelude::*;
use std::path::Path;

/// A head of the fold that its network was kept from.
#[derive(Clone, Debug, PartialEq)]
pub struct LeakCaseRow {
    /// Whose.
    pub subject: String,
    /// Counted from 1.
    pub fold: usize,
    /// The label.
    pub has_leak: bool,
    /// Before any temperature.
    pub log_odds: f64,
    /// By the temperature of the fold's inner split.
    pub probability: f64,
    /// Of a radiologist, in points.
    pub bern: Option<u8>,
    /// At the scan.
    pub age_years: Option<f64>,
    /// As the table has it.
    pub sex: Option<String>,
}

/// A network that learned from so many heads.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct LearningPoint {
    /// Heads that it learned from.
    pub n: usize,
    /// Area on the fold that it was kept from.
    pub auroc: f64,
    /// Its interval.
    pub interval: Option<[f64; 2]>,
}

/// A sagittal plane of a scan and of the map over it, the upper row first.
#[derive(Clone, Debug, PartialEq)]
pub struct MapPlane {
    /// Whose scan, and what the map is.
    pub words: String,
    /// Pixels across and down, and the size of one, mm.
    pub size: [usize; 2],
    /// See `size`.
    pub pixel_mm: [f64; 2],
    /// Of the scan, 0 to 1.
    pub scan: Vec<f32>,
    /// Of the map; not a number where there is none.
    pub map: Vec<f32>,
    /// Values of the map from which on its region is the strongest.
    pub strongest_from: f32,
}

/// All that the report says.
#[derive(Clone, Debug)]
pub struct LeakReportData {
    /// What the data set calls itself.
    pub data_set: String,
    /// Whether all heads are simulated.
    pub is_simulated: bool,
    /// Heads of all folds.
    pub cases: Vec<LeakCaseRow>,
    /// For each fold the area of the epoch that was best on the fold itself.
    pub optimistic: Vec<Option<f64>>,
    /// Networks that learned from fewer heads.
    pub learning: Vec<LearningPoint>,
    /// How the networks were made: what, and how.
    pub facts: Vec<(String, String)>,
    /// The cards of the networks, by their names.
    pub cards: Vec<(String, String)>,
    /// A map over its scan.
    pub map: Option<MapPlane>,
    /// What was assumed, and what the person should know.
    pub assumed: Vec<String>,
    /// The version of this program.
    pub app_version: String,
}

impl LeakReportData {
    /// What a fact is said to be.
    fn fact(&self, name: &str) -> Option<String> {
        let found = self.facts.iter().find(|(what, _)| what == name);
        found.map(|(_, how)| how.clone())
    }
}

/// How it is analysed.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct LeakReportOptions {
    /// Draws of patients within folds.
    pub n_resamples: usize,
    /// Of all intervals.
    pub confidence: f64,
    /// Of the draws.
    pub seed: u64,
}

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
    for plate in plates {
        let name = |end: &str| format!("figures/{}.{end}", plate.id);
        files.push((name("svg"), plate.figure.svg.into_bytes()));
        files.push((name("png"), plate.figure.png));
    }
    let mut json = serde_json::to_vec_pretty(&analysis).map_err(|error| ReportError::Encoding {
        what: "analysis.json".into(),
        reason: error.to_string(),
    })?;
    json.push(b'\n');
    files.push(("analysis.json".into(), json));
    files.push((REPORT_FILE.into(), html.into_bytes()));
    Ok(files)
}
