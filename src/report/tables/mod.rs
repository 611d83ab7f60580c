//! The tables of a study, each built here once; whoever shows one draws it from its data.

mod agreement;
mod displays;
mod headlines;
mod main_results;
mod moves;
mod pairs;
mod process;

pub(crate) use agreement::{
    CoefficientSet, coefficients, coefficients_of_arm, differences, grades_given,
};
pub(crate) use headlines::{beside, same_grade, shifts};
pub(crate) use moves::{findings, jumps, matrix, shares};
pub(crate) use pairs::{differences as pair_differences, tests as pair_tests};
pub(crate) use process::{between_arms, between_raters};

use super::{StudyAnalysis, table::Table};

/// Every table of a report; those of one heading of the page together.
pub(super) struct ReportTables {
    pub(super) results: Vec<Table>,
    pub(super) readings: Vec<Table>,
    pub(super) agreement: Vec<Table>,
    pub(super) moves: Vec<Table>,
    pub(super) process: Vec<Table>,
    pub(super) disagreements: Vec<Table>,
    /// Too long for a page.
    only_csv: Vec<Table>,
}

impl ReportTables {
    pub(super) fn of(analysis: &StudyAnalysis) -> Self {
        let mut process = vec![process::drift(analysis, false)];
        if !analysis.drift.tests.is_empty() {
            process.push(process::drift_tests(analysis));
        }
        process.extend(process::repeats(analysis));
        process.push(process::timing(analysis));
        process.extend(displays::displays(analysis));
        Self {
            results: vec![same_grade(analysis), main_results::table(analysis)],
            readings: vec![agreement::counts(analysis)],
            agreement: vec![
                agreement::alphas(analysis),
                differences(analysis),
                coefficients(analysis, CoefficientSet::Main),
            ],
            moves: vec![
                beside(analysis),
                shifts(analysis),
                jumps(analysis),
                shares(analysis),
                findings(analysis),
            ],
            process,
            disagreements: vec![between_arms(analysis), between_raters(analysis)],
            only_csv: vec![moves::transitions(analysis), process::drift(analysis, true)],
        }
    }

    pub(super) fn all(&self) -> impl Iterator<Item = &Table> {
        let printed = self.results.iter().chain(&self.readings);
        let printed = printed.chain(&self.agreement);
        let printed = printed.chain(&self.moves).chain(&self.process);
        printed.chain(&self.disagreements).chain(&self.only_csv)
    }
}
