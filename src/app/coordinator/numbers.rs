//! What the grades say: blinded while the study is sealed, by arm once its key was opened here.

use super::command::{CoordinatorEdit as Command, Purpose};
use super::overview::Overview;
use super::reply::Results;
use super::results::{Group, SealedResults, StudyResults, alpha_groups};
use super::table::{Table, page_keys};
use super::{forest, heat_map};
use crate::app::shell::{page_frame, theme};
use crate::report::assumed_line;
use crate::stats::Metric;
use eframe::egui::{self, RichText};

/// From this width on, two tables stand side by side.
const TWO_COLUMNS: f32 = 1150.0;

/// One part of an unsealed study's statistics.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum View {
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
    const ALL: [Self; 7] = [
        Self::SameGrade,
        Self::Alpha,
        Self::Transitions,
        Self::Coefficients,
        Self::Findings,
        Self::Pairs,
        Self::Disagreements,
    ];

    fn name(self) -> &'static str {
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
}

/// The statistics as they were told last, and which part of them is shown.
#[derive(Default)]
pub(super) struct Numbers {
    results: Option<Box<Results>>,
    error: Option<String>,
    computing: bool,
    view: View,
    /// Which of the arms that are compared with the reference.
    arm: usize,
    ordinal: bool,
}

impl Numbers {
    pub(super) fn begin(&mut self) {
        self.computing = true;
    }

    /// From the beginning on, as the ledger has grades computed without being asked.
    pub(super) fn is_computing(&self) -> bool {
        self.computing || (self.results.is_none() && self.error.is_none())
    }

    /// What was shown before stays where there is nothing newer.
    pub(super) fn take(&mut self, results: Result<Box<Results>, String>) {
        self.computing = false;
        match results {
            Ok(results) => {
                self.results = Some(results);
                self.error = None;
            }
            Err(error) => self.error = Some(error),
        }
    }

    /// Whether the key was opened in this window, and what it opened was computed.
    pub(super) fn are_by_arm(&self) -> bool {
        matches!(self.results.as_deref(), Some(Results::Study(_)))
    }

    /// Known once the study was unsealed.
    pub(super) fn raters_are_programs(&self) -> bool {
        match self.results.as_deref() {
            Some(Results::Study(study)) => study.analysis.simulated_raters,
            _ => false,
        }
    }

    pub(super) fn ui(&mut self, ui: &mut egui::Ui, overview: &Overview) -> Option<Command> {
        let Self {
            view, arm, ordinal, ..
        } = self;
        let mut command = None;
        if let Some(Results::Study(study)) = self.results.as_deref() {
            egui::Panel::left("views")
                .exact_size(176.0)
                .resizable(false)
                .show(ui, |ui| command = side_ui(ui, view, *arm, study));
        }
        let error = self.error.as_deref();
        egui::CentralPanel::default()
            .frame(page_frame(ui))
            .show(ui, |ui| {
                if let Some(error) = error {
                    let said = format!("No statistics: {error}");
                    ui.colored_label(theme::error(ui.visuals()), said);
                }
                match self.results.as_deref() {
                    None => {}
                    Some(Results::Study(study)) => study_ui(ui, study, *view, arm, ordinal),
                    Some(sealed) => {
                        // Where the key was given and did not help, asking again does not either.
                        if error.is_none() {
                            let wish = key_ui(ui, overview);
                            command = command.take().or(wish);
                        }
                        match sealed {
                            Results::Sealed(sealed) => sealed_ui(ui, sealed),
                            _ => drop(ui.label("No case is graded yet.")),
                        }
                    }
                }
            });
        command
    }
}

/// What stands in the way of statistics by arm.
fn key_ui(ui: &mut egui::Ui, overview: &Overview) -> Option<Command> {
    let mut command = None;
    ui.horizontal(|ui| {
        if overview.unsealed_at.is_none() {
            ui.label("Sealed: agreement between raters by case code, all images together.");
        } else {
            ui.label("The study is unsealed; its statistics by arm need the key.");
            if ui.button("Open the key…").clicked() {
                command = Some(Command::OpenUnseal);
            }
        }
    });
    ui.add_space(6.0);
    command
}

/// All that there is without the key: the forest above the tables.
fn sealed_ui(ui: &mut egui::Ui, results: &SealedResults) {
    let whole = &results.whole;
    ui.weak(format!(
        "{} grades of {} images by {} {}",
        whole.n_grades,
        whole.n_images,
        results.n_raters,
        if results.n_raters == 1 {
            "rater"
        } else {
            "raters"
        }
    ));
    ui.add_space(10.0);
    let rows = Metric::ALL.map(|metric| {
        let name = format!("{metric} metric");
        (name, &whole.agreement.alpha[metric.name()])
    });
    let group = Group {
        heading: "Between raters, all images".to_owned(),
        rows: rows.into(),
    };
    egui::ScrollArea::vertical()
        .auto_shrink([false, false])
        .show(ui, |ui| {
            page_keys(ui);
            forest::ui(ui, &[group], "Krippendorff's alpha");
            ui.add_space(16.0);
            let n_columns = if ui.available_width() < TWO_COLUMNS {
                1
            } else {
                2
            };
            ui.columns(n_columns, |columns| {
                let [left, right] = [0, n_columns - 1];
                let title = "Agreement between raters";
                table_ui(&mut columns[left], &results.coefficients, title, 480.0);
                columns[left].add_space(16.0);
                table_ui(
                    &mut columns[right],
                    &results.distribution,
                    "Grades given",
                    480.0,
                );
                columns[right].add_space(8.0);
            });
        });
}

fn side_ui(ui: &mut egui::Ui, view: &mut View, arm: usize, of: &StudyResults) -> Option<Command> {
    let mut command = None;
    ui.add_space(6.0);
    ui.with_layout(egui::Layout::top_down_justified(egui::Align::Min), |ui| {
        for each in View::ALL {
            if ui.selectable_label(*view == each, each.name()).clicked() {
                *view = each;
            }
        }
        ui.add_space(14.0);
        let figure = match view {
            View::Alpha => Some("alpha".to_owned()),
            View::Transitions => Some(format!("transitions_{}", arm + 1)),
            _ => None,
        };
        if let Some(figure) = figure
            && ui.button("Save figure…").clicked()
        {
            command = Some(Command::Open(Purpose::Figure(figure)));
        }
        if ui.button("Save report…").clicked() {
            command = Some(Command::Open(Purpose::Report));
        }
        ui.add_space(14.0);
        let analysis = &of.analysis;
        let rows = &analysis.rows;
        for (n, what) in [
            (analysis.n_patients, "patients"),
            (analysis.n_images, "images"),
            (rows.n_graded, "grades"),
            (rows.n_cannot_grade, "not gradable"),
            (rows.n_missing, "missing"),
            (rows.n_repeats, "repeats"),
        ] {
            ui.weak(format!("{n} {what}"));
        }
    });
    ui.add_space(14.0);
    let notice = RichText::new(of.analysis.notice).weak().small();
    ui.add(egui::Label::new(notice).wrap());
    command
}

fn study_ui(ui: &mut egui::Ui, of: &StudyResults, view: View, arm: &mut usize, ordinal: &mut bool) {
    match view {
        View::SameGrade => same_grade_ui(ui, of),
        View::Alpha => alpha_ui(ui, of, ordinal),
        View::Transitions => transitions_ui(ui, of, arm),
        View::Coefficients => {
            let height = ui.available_height();
            table_ui(
                ui,
                &of.coefficients,
                "Agreement between raters by arm",
                height,
            );
        }
        View::Findings => findings_ui(ui, of),
        View::Pairs => pairs_ui(ui, of),
        View::Disagreements => disagreements_ui(ui, of),
    }
}

/// The answer in words, then its numbers and what stands beside it.
fn same_grade_ui(ui: &mut egui::Ui, of: &StudyResults) {
    egui::ScrollArea::vertical()
        .auto_shrink([false, false])
        .show(ui, |ui| {
            page_keys(ui);
            ui.add(
                egui::Label::new(RichText::new(assumed_line(&of.analysis.assumed)).weak()).wrap(),
            );
            ui.add_space(8.0);
            for own in &of.analysis.headlines {
                ui.add(egui::Label::new(RichText::new(&own.words).size(16.0)).wrap());
                ui.add_space(8.0);
            }
            table_ui(ui, &of.headlines, "Same grade as the reference", 200.0);
            ui.add_space(14.0);
            table_ui(ui, &of.shifts, "Grades used alike on both arms", 260.0);
            ui.add_space(8.0);
        });
}

fn alpha_ui(ui: &mut egui::Ui, of: &StudyResults, ordinal: &mut bool) {
    ui.horizontal(|ui| {
        ui.strong("Krippendorff's alpha");
        ui.selectable_value(ordinal, false, "Interval metric");
        ui.selectable_value(ordinal, true, "Ordinal metric");
    });
    ui.add_space(4.0);
    let name = match ordinal {
        true => "Krippendorff's alpha (ordinal metric)",
        false => "Krippendorff's alpha (interval metric)",
    };
    egui::ScrollArea::vertical()
        .auto_shrink([false, false])
        .show(ui, |ui| {
            page_keys(ui);
            forest::ui(ui, &alpha_groups(&of.analysis, *ordinal), name);
            ui.add_space(14.0);
            table_ui(
                ui,
                &of.differences,
                "Agreement between raters, by arm",
                240.0,
            );
            ui.add_space(8.0);
        });
}

fn transitions_ui(ui: &mut egui::Ui, of: &StudyResults, arm: &mut usize) {
    let moves = &of.analysis.moves;
    if moves.len() > 1 {
        ui.horizontal_wrapped(|ui| {
            ui.label("Arm");
            for (at, each) in moves.iter().enumerate() {
                ui.selectable_value(arm, at, &each.arm);
            }
        });
    }
    let Some(moves) = moves.get(*arm) else {
        return;
    };
    ui.weak("Pairs of grades and their share of the row; framed cells are graded alike.");
    ui.add_space(4.0);
    egui::ScrollArea::both()
        .auto_shrink([false, false])
        .show(ui, |ui| {
            page_keys(ui);
            let all: Vec<_> = moves.raters.iter().chain([&moves.pooled]).collect();
            heat_map::grid_ui(ui, &all);
        });
}

fn findings_ui(ui: &mut egui::Ui, of: &StudyResults) {
    let from = of.analysis.choices.positive_from;
    let reference = &of.analysis.arms[0];
    let half = ui.available_height() / 2.0;
    table_ui(
        ui,
        &of.findings,
        "Positive and negative agreement",
        half - 60.0,
    );
    ui.weak(format!(
        "Positive is grade {from} or more. Of the readings on {reference} and on predicted scans \
         that are so, the share whose counterpart is too; neither is the truth."
    ));
    ui.add_space(16.0);
    table_ui(ui, &of.shares, "Grades alike and apart", half - 60.0);
}

fn pairs_ui(ui: &mut egui::Ui, of: &StudyResults) {
    let half = ui.available_height() / 2.0;
    table_ui(
        ui,
        &of.apart,
        "How far two readings are apart, grades taken as numbers",
        half - 60.0,
    );
    ui.add_space(14.0);
    table_ui(
        ui,
        &of.tests,
        "Whether two readings use the grades alike",
        half - 80.0,
    );
    ui.weak(
        "p by Holm over the raters on the reference and an arm, and over the pairs of raters on one.",
    );
}

fn disagreements_ui(ui: &mut egui::Ui, of: &StudyResults) {
    let half = ui.available_height() / 2.0;
    for (table, title) in [
        (
            &of.between_arms,
            "One rater, two arms, two steps or more apart",
        ),
        (
            &of.between_raters,
            "One image, two raters, two steps or more apart",
        ),
    ] {
        if table.is_empty() {
            ui.strong(title);
            ui.weak("There are none.");
        } else {
            let n = table.n_rows();
            table_ui(ui, table, &format!("{title}, {n} in all"), half - 50.0);
        }
        ui.add_space(14.0);
    }
}

/// In a frame of its own, so that what it changes of the spacing ends with it.
fn table_ui(ui: &mut egui::Ui, table: &Table, title: &str, height: f32) {
    table.head_ui(ui, title);
    ui.scope(|ui| table.ui(ui, title, height));
}
