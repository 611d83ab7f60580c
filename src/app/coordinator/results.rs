//! What is shown of an analysis: made once, when it was computed.

use super::table::TableView;
use crate::report::tables::{self, CoefficientSet};
use crate::report::{Analysis, ArmAgreement, StudyAnalysis};

/// Agreement by case code alone.
pub(super) struct SealedResults {
    pub(super) whole: ArmAgreement,
    pub(super) n_raters: usize,
    pub(super) coefficients: TableView,
    pub(super) grades: TableView,
}

impl SealedResults {
    /// `None` where the analysis tells arms apart, which a sealed study cannot.
    pub(super) fn of(analysis: Analysis) -> Option<Self> {
        let whole = analysis.whole?;
        let coefficients = tables::coefficients_of_arm(&whole, CoefficientSet::Main);
        let grades = tables::grades_given(&whole, &analysis.levels);
        Some(Self {
            n_raters: analysis.raters.len(),
            coefficients: TableView::new("Agreement between raters", coefficients),
            grades: TableView::new("Grades given", grades),
            whole,
        })
    }
}

/// One part of an unsealed study's statistics.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum View {
    #[default]
    SameGrade,
    Alpha,
    Transitions,
    Coefficients,
    Findings,
    Pairs,
    Disagreements,
}

impl View {
    pub(super) const ALL: [Self; 7] = [
        Self::SameGrade,
        Self::Alpha,
        Self::Transitions,
        Self::Coefficients,
        Self::Findings,
        Self::Pairs,
        Self::Disagreements,
    ];

    pub(super) fn name(self) -> &'static str {
        match self {
            Self::SameGrade => "Same grade",
            Self::Alpha => "Alpha",
            Self::Transitions => "Transitions",
            Self::Coefficients => "Coefficients",
            Self::Findings => "Findings and shares",
            Self::Pairs => "Two readings",
            Self::Disagreements => "Disagreements",
        }
    }

    pub(super) fn what(self) -> &'static str {
        match self {
            Self::SameGrade => "How often an arm got the grade of the reference",
            Self::Alpha => "Krippendorff's alpha between raters, by arm",
            Self::Transitions => "Which grade became which",
            Self::Coefficients => "Coefficients of agreement between raters",
            Self::Findings => "Agreement on what is found, and jumps of grades",
            Self::Pairs => "Two readings of the same images: differences and tests",
            Self::Disagreements => "Which cases were graded apart",
        }
    }

    fn tables(self, of: &StudyAnalysis) -> Vec<TableView> {
        let view = TableView::new;
        match self {
            Self::SameGrade => vec![
                view("Same grade as the reference", tables::same_grade(of)),
                view("Beside the same grade", tables::beside(of)),
                view("Grades used alike on both arms", tables::shifts(of)),
            ],
            Self::Alpha => vec![view(
                "Agreement between raters, by arm",
                tables::differences(of),
            )],
            Self::Transitions => Vec::new(),
            Self::Coefficients => vec![view(
                "Agreement between raters by arm",
                tables::coefficients(of, CoefficientSet::All),
            )],
            Self::Findings => vec![
                view("Positive and negative agreement", tables::findings(of)),
                view("Grades alike and apart", tables::shares(of)),
                view("Directions and jumps", tables::jumps(of)),
            ],
            Self::Pairs => vec![
                view("Differences", tables::pair_differences(of)),
                view("Tests", tables::pair_tests(of)),
            ],
            Self::Disagreements => vec![
                view("One rater, two arms", tables::between_arms(of)),
                view("One image, two raters", tables::between_raters(of)),
            ],
        }
    }
}

/// Everything that is shown of an unsealed study.
pub(super) struct StudyResults {
    pub(super) analysis: StudyAnalysis,
    /// One for each of [`View::ALL`], in that order.
    tables: [Vec<TableView>; View::ALL.len()],
}

impl StudyResults {
    pub(super) fn of(analysis: StudyAnalysis) -> Self {
        Self {
            tables: View::ALL.map(|view| view.tables(&analysis)),
            analysis,
        }
    }

    pub(super) fn tables(&self, view: View) -> &[TableView] {
        &self.tables[view as usize]
    }
}
