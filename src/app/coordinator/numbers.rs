//! What the grades say: blinded while the study is sealed, by arm once its key was opened here.

use super::command::{CoordinatorEdit as Command, Purpose};
use super::overview::Overview;
use super::reply::Results;
use super::results::{SealedResults, StudyResults, View};
use super::scene::{room, scene_ui};
use super::table::{TableView, page_keys};
use crate::app::shell::{page_frame, theme, told};
use crate::report::{ArmMoves, assumed_line, plots};
use crate::stats::Metric;
use eframe::egui::{self, RichText};

/// From this width on, two tables stand side by side.
const TWO_COLUMNS: f32 = 1150.0;

/// The statistics as they were told last, and which part of them is shown.
#[derive(Default)]
pub(super) struct Numbers {
    results: Option<Box<Results>>,
    error: Option<String>,
    computing: bool,
    view: View,
    /// Which of the arms that are compared with the reference.
    arm: usize,
    /// The metric of the alphas that are drawn; the interval metric otherwise.
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
    ui.horizontal_wrapped(|ui| {
        if overview.unsealed_at.is_none() {
            ui.label("Sealed: agreement between raters by case code, all images together.");
        } else {
            ui.label("The study is unsealed; its statistics by arm need the key.");
            let open = ui.button("Open the key…");
            if told(open, "Say which case is whose, with the key's passphrase").clicked() {
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
    egui::ScrollArea::both()
        .auto_shrink([false, false])
        .show(ui, |ui| {
            page_keys(ui);
            scene_ui(ui, &plots::alphas_of_arm(whole, room(ui)));
            ui.add_space(16.0);
            let n_columns = if ui.available_width() < TWO_COLUMNS {
                1
            } else {
                2
            };
            ui.columns(n_columns, |columns| {
                let [left, right] = [0, n_columns - 1];
                results.coefficients.ui(&mut columns[left], 480.0);
                results.grades.ui(&mut columns[right], 480.0);
            });
        });
}

fn side_ui(ui: &mut egui::Ui, view: &mut View, arm: usize, of: &StudyResults) -> Option<Command> {
    let mut command = None;
    ui.add_space(6.0);
    ui.with_layout(egui::Layout::top_down_justified(egui::Align::Min), |ui| {
        for each in View::ALL {
            let button = ui.selectable_label(*view == each, each.name());
            if told(button, each.what()).clicked() {
                *view = each;
            }
        }
        ui.add_space(14.0);
        let figure = match view {
            View::Alpha => Some("alpha".to_owned()),
            View::Transitions => Some(format!("transitions_{}", arm + 1)),
            _ => None,
        };
        if let Some(figure) = figure {
            let save = ui.button("Save figure…");
            if told(save, "As vectors or as pixels").clicked() {
                command = Some(Command::Open(Purpose::Figure(figure)));
            }
        }
        let save = ui.button("Save report…");
        if told(save, "A page with every table and figure").clicked() {
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
        View::Alpha => metric_ui(ui, ordinal),
        View::Transitions => arm_ui(ui, &of.analysis.moves, arm),
        _ => {}
    }
    let metric = match ordinal {
        true => Metric::Ordinal,
        false => Metric::Interval,
    };
    let tables = of.tables(view);
    let height = ui.available_height() / tables.len().max(1) as f32;
    egui::ScrollArea::both()
        .auto_shrink([false, false])
        .show(ui, |ui| {
            page_keys(ui);
            match view {
                View::SameGrade => answers_ui(ui, of),
                View::Alpha => scene_ui(ui, &plots::alphas(&of.analysis, metric, room(ui))),
                View::Transitions => matrices_ui(ui, of.analysis.moves.get(*arm)),
                _ => {}
            }
            tables_ui(ui, tables, height);
        });
}

/// Below each other, each with its part of the height.
fn tables_ui(ui: &mut egui::Ui, tables: &[TableView], height: f32) {
    /// Heading, title and note.
    const WORDS: f32 = 110.0;
    for table in tables {
        table.ui(ui, (height - WORDS).max(180.0));
    }
}

/// The answer to the study's question in words.
fn answers_ui(ui: &mut egui::Ui, of: &StudyResults) {
    let assumed = RichText::new(assumed_line(&of.analysis.assumed)).weak();
    ui.add(egui::Label::new(assumed).wrap());
    ui.add_space(8.0);
    for own in &of.analysis.headlines {
        ui.add(egui::Label::new(RichText::new(&own.words).size(16.0)).wrap());
        ui.add_space(8.0);
    }
}

fn metric_ui(ui: &mut egui::Ui, ordinal: &mut bool) {
    ui.horizontal_wrapped(|ui| {
        ui.strong("Krippendorff's alpha");
        let interval = ui.selectable_value(ordinal, false, "Interval metric");
        told(interval, "Twice as far apart counts four times");
        let by_order = ui.selectable_value(ordinal, true, "Ordinal metric");
        told(
            by_order,
            "How far apart counts by how many grades lie between",
        );
    });
    ui.add_space(4.0);
}

fn arm_ui(ui: &mut egui::Ui, moves: &[ArmMoves], arm: &mut usize) {
    if moves.len() > 1 {
        ui.horizontal_wrapped(|ui| {
            ui.label("Arm");
            for (at, each) in moves.iter().enumerate() {
                let button = ui.selectable_value(arm, at, &each.arm);
                told(button, "Grades of this arm against those of the reference");
            }
        });
    }
    ui.weak("Pairs of grades and their share of the row; framed cells are graded alike.");
    ui.add_space(4.0);
}

fn matrices_ui(ui: &mut egui::Ui, moves: Option<&ArmMoves>) {
    if let Some(moves) = moves {
        scene_ui(
            ui,
            &plots::transitions(&moves.all(), "Transition matrices", room(ui)),
        );
    }
}
