//! The report of an unsealed study as files: one page to read and print, tables, figures, numbers.
//!
//! Nothing here reads a clock or a random number, so the same study gives the same bytes.

mod checklists;
mod design;
mod forest;
mod headlines;
mod heat_map;
mod html;
mod main_results;
mod methods;
mod pace;
mod page;
mod process_tables;
mod scene;
mod table;
mod tables;

use std::path::Path;

pub use design::design_figure;
use rayon::prelude::*;
use scene::Scene;
use table::Table;
pub(super) use table::{estimate, share};
pub(crate) use tables::capital;

use super::{Figure, ReportError, ReportOptions, StudyAnalysis, StudyData};
use crate::study::{StudyError, write_new_set};

/// Name of the page in the folder.
pub const REPORT_FILE: &str = "report.html";

/// A figure with all its words.
struct Plate {
    /// Stem of its files.
    id: String,
    caption: String,
    figure: Figure,
}

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
    let tables = Tables::of(&analysis);
    let plates = plates(&analysis)?;
    let page = page::html(&analysis, data, &tables, &plates);
    let mut files = Vec::new();
    for table in tables.all() {
        files.push((format!("tables/{}.csv", table.id), table.to_csv()?));
    }
    for plate in plates {
        let name = |end: &str| format!("figures/{}.{end}", plate.id);
        files.push((name("svg"), plate.figure.svg.into_bytes()));
        files.push((name("png"), plate.figure.png));
    }
    files.push(("analysis.json".into(), json(&analysis)?));
    files.push((REPORT_FILE.into(), page.into_bytes()));
    Ok(files)
}

/// Every table; those of one heading of the page together.
struct Tables {
    results: Vec<Table>,
    readings: Vec<Table>,
    agreement: Vec<Table>,
    moves: Vec<Table>,
    process: Vec<Table>,
    disagreements: Vec<Table>,
    /// Too long for a page.
    only_csv: Vec<Table>,
}

impl Tables {
    fn of(analysis: &StudyAnalysis) -> Self {
        let mut process = vec![process_tables::drift(analysis, false)];
        if !analysis.drift.tests.is_empty() {
            process.push(process_tables::drift_tests(analysis));
        }
        process.extend(process_tables::repeats(analysis));
        process.push(process_tables::timing(analysis));
        Self {
            results: vec![headlines::table(analysis), main_results::table(analysis)],
            readings: vec![tables::counts(analysis)],
            agreement: vec![
                tables::alphas(analysis),
                tables::differences(analysis),
                tables::coefficients(analysis),
            ],
            moves: vec![
                headlines::beside(analysis),
                headlines::shifts(analysis),
                tables::jumps(analysis),
                tables::shares(analysis),
                tables::findings(analysis),
            ],
            process,
            disagreements: vec![
                process_tables::between_arms(analysis),
                process_tables::between_raters(analysis),
            ],
            only_csv: vec![
                tables::transitions(analysis),
                process_tables::drift(analysis, true),
            ],
        }
    }

    fn all(&self) -> impl Iterator<Item = &Table> {
        let printed = self.results.iter().chain(&self.readings);
        let printed = printed.chain(&self.agreement);
        let printed = printed.chain(&self.moves).chain(&self.process);
        printed.chain(&self.disagreements).chain(&self.only_csv)
    }
}

/// Every figure, painted side by side, since the PNGs take most of a report's time.
fn plates(analysis: &StudyAnalysis) -> Result<Vec<Plate>, ReportError> {
    let mut scenes: Vec<(String, String, Scene)> = vec![(
        "alpha".into(),
        format!(
            "Krippendorff's alpha, interval metric. Points are estimates, lines {} intervals.",
            tables::percent(analysis.choices.confidence)
        ),
        forest::scene(analysis),
    )];
    for (arm_idx, arm) in analysis.moves.iter().enumerate() {
        let panels: Vec<_> = arm.raters.iter().chain([&arm.pooled]).collect();
        let parts = panels.chunks(heat_map::MOST_PANELS);
        for (part, panels) in parts.enumerate() {
            let words = format!("Grades on {} and on {} scans", arm.reference, arm.arm);
            let scene = heat_map::scene(panels, &words);
            let mut id = format!("transitions_{}", arm_idx + 1);
            if part > 0 {
                id += &format!("_part_{}", part + 1);
            }
            scenes.push((id, transition_caption(&words, panels), scene));
        }
    }
    if let Some(scene) = pace::scene(&analysis.timing) {
        let caption = "Seconds from opening a case to the first answer, logarithmic axis. Dots are \
                       cases, all installments together; lines are medians of a quarter.";
        scenes.push(("timing".into(), caption.into(), scene));
    }
    let painted = scenes.into_par_iter().map(|(id, caption, scene)| {
        Ok(Plate {
            id,
            caption,
            figure: scene.figure()?,
        })
    });
    painted.collect()
}

fn transition_caption(words: &str, panels: &[&super::Moves]) -> String {
    let rows = panels
        .first()
        .map_or("", |own| own.transitions.from_label());
    format!(
        "{words}. In each cell the number of pairs and its share of the row; shade follows the \
         share. Rows are the grade on {rows} scans, n is their number of pairs. Framed cells are \
         graded alike; a dash is a row without pairs."
    )
}

fn json(analysis: &StudyAnalysis) -> Result<Vec<u8>, ReportError> {
    let mut json = serde_json::to_vec_pretty(analysis).map_err(|error| ReportError::Encoding {
        what: "analysis.json".into(),
        reason: error.to_string(),
    })?;
    json.push(b'\n');
    Ok(json)
}
