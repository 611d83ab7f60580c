//! What a rater says of the case on screen, until the disk has it.

use crate::app::shell::theme;
use crate::study::{Conditions, GradeEntry, Instructions, Scale, StudyError, Verdict};
use eframe::egui::{self, Button, Key, Modifiers, RichText, TextEdit, Vec2};

/// Chosen and typed, not yet stored.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Draft {
    pub(super) choice: Option<Choice>,
    /// Why there is no grade.
    pub(super) cannot_grade: String,
    pub(super) confidence: Option<u8>,
    pub(super) comment: String,
    /// Why an earlier verdict is corrected.
    pub(super) reason: String,
}

/// A grade, or none.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Choice {
    Grade(u8),
    CannotGrade,
}

impl Draft {
    /// As an earlier verdict was.
    pub(super) fn of(entry: &GradeEntry) -> Self {
        let (choice, cannot_grade) = match &entry.verdict {
            Verdict::Grade(grade) => (Choice::Grade(grade.get()), String::new()),
            Verdict::CannotGrade(reason) => (Choice::CannotGrade, reason.clone()),
        };
        Self {
            choice: Some(choice),
            cannot_grade,
            confidence: entry.circumstances.confidence,
            comment: entry.circumstances.comment.clone(),
            reason: String::new(),
        }
    }

    /// What is missing before it can be stored, in words.
    pub(super) fn lacks(&self, may: Conditions, is_correction: bool) -> Option<&'static str> {
        match self.choice {
            None => return Some("Choose a grade"),
            Some(Choice::CannotGrade) if self.cannot_grade.trim().is_empty() => {
                return Some("Say why it cannot be graded");
            }
            Some(_) => {}
        }
        if may.confidence && self.confidence.is_none() {
            return Some("Choose a confidence");
        }
        (is_correction && self.reason.trim().is_empty()).then_some("Say why it is corrected")
    }

    /// The verdict, where one was chosen.
    pub(super) fn verdict(&self, scale: &Scale) -> Option<Result<Verdict, StudyError>> {
        Some(match self.choice? {
            Choice::Grade(value) => scale.grade(value).map(Verdict::Grade),
            Choice::CannotGrade => Ok(Verdict::CannotGrade(self.cannot_grade.clone())),
        })
    }

    /// Digits choose a grade, with Alt a confidence; X says that it cannot be graded.
    pub(super) fn keys(&mut self, ui: &egui::Ui, instructions: &Instructions) {
        for (value, key) in (0..).zip(DIGITS) {
            let pressed = |modifiers| ui.input_mut(|input| input.consume_key(modifiers, key));
            if instructions.reading.confidence
                && (1..=Conditions::MAX_CONFIDENCE).contains(&value)
                && pressed(Modifiers::ALT)
            {
                self.confidence = Some(value);
            }
            if instructions
                .scale
                .levels
                .iter()
                .any(|level| level.grade == value)
                && pressed(Modifiers::NONE)
            {
                self.choice = Some(Choice::Grade(value));
            }
        }
        if instructions.reading.cannot_grade && ui.input(|input| input.key_pressed(Key::X)) {
            self.choice = Some(Choice::CannotGrade);
        }
    }

    /// Grades as buttons, and what else the protocol asks. Answers whether it is to be stored.
    pub(super) fn ui(
        &mut self,
        ui: &mut egui::Ui,
        instructions: &Instructions,
        is_correction: bool,
        storing: bool,
    ) -> bool {
        let may = instructions.reading;
        let mut store = false;
        ui.add_enabled_ui(!storing, |ui| {
            ui.horizontal_wrapped(|ui| {
                for level in &instructions.scale.levels {
                    let text = format!("{}  {}", level.grade, level.label);
                    let choice = Choice::Grade(level.grade);
                    let button = self.choice_ui(ui, choice, &text);
                    button.on_hover_text(&level.definition);
                }
                if may.cannot_grade {
                    self.choice_ui(ui, Choice::CannotGrade, "X  Cannot grade");
                }
                ui.separator();
                let lacks = self.lacks(may, is_correction);
                let text = RichText::new("Store (Enter)").size(TEXT_SIZE);
                let button = Button::new(text).min_size(Vec2::new(0.0, BUTTON_HEIGHT));
                let button = ui.add_enabled(lacks.is_none() && !storing, button);
                store = button.clicked();
                if let Some(lacks) = lacks.filter(|_| self.choice.is_some()) {
                    ui.colored_label(theme::warning(ui.visuals()), lacks);
                }
            });
            ui.horizontal_wrapped(|ui| self.words_ui(ui, may, is_correction));
        });
        store
    }

    fn choice_ui(&mut self, ui: &mut egui::Ui, choice: Choice, text: &str) -> egui::Response {
        let text = RichText::new(text).size(TEXT_SIZE);
        let button = Button::selectable(self.choice == Some(choice), text);
        let button = ui.add(button.min_size(Vec2::new(0.0, BUTTON_HEIGHT)));
        if button.clicked() {
            self.choice = Some(choice);
        }
        button
    }

    fn words_ui(&mut self, ui: &mut egui::Ui, may: Conditions, is_correction: bool) {
        if self.choice == Some(Choice::CannotGrade) {
            field(ui, "Why it cannot be graded", &mut self.cannot_grade, 260.0);
        }
        if is_correction {
            field(ui, "Why it is corrected", &mut self.reason, 260.0);
        }
        if may.confidence {
            ui.label("Confidence (Alt+1 to 5)");
            for value in 1..=Conditions::MAX_CONFIDENCE {
                let chosen = self.confidence == Some(value);
                let button = ui.selectable_label(chosen, format!(" {value} "));
                button.widget_info(|| {
                    let label = format!("Confidence {value}");
                    egui::WidgetInfo::selected(egui::Role::Button, true, chosen, label)
                });
                if button.clicked() {
                    self.confidence = Some(value);
                }
            }
        }
        if may.comment {
            let comment = field(ui, "Comment", &mut self.comment, 260.0);
            if ui.input_mut(|input| input.consume_key(Modifiers::CTRL, Key::K)) {
                comment.request_focus();
            }
        }
    }
}

const TEXT_SIZE: f32 = 15.0;
const BUTTON_HEIGHT: f32 = 30.0;

const DIGITS: [Key; 10] = [
    Key::Num0,
    Key::Num1,
    Key::Num2,
    Key::Num3,
    Key::Num4,
    Key::Num5,
    Key::Num6,
    Key::Num7,
    Key::Num8,
    Key::Num9,
];

/// A line of text with its name before it.
pub(super) fn field(
    ui: &mut egui::Ui,
    name: &str,
    text: &mut String,
    width: f32,
) -> egui::Response {
    // One thing to the line break: a name never stands apart from its field.
    let row = ui.horizontal(|ui| {
        let label = ui.label(name);
        let edit = TextEdit::singleline(text)
            .desired_width(width)
            .char_limit(2000);
        ui.add(edit).labelled_by(label.id)
    });
    row.inner
}

/// What each grade means, one line each.
pub(super) fn definitions_ui(ui: &mut egui::Ui, scale: &Scale) {
    egui::Grid::new("definitions")
        .num_columns(3)
        .min_col_width(8.0)
        .spacing([10.0, 3.0])
        .show(ui, |ui| {
            for level in &scale.levels {
                ui.strong(level.grade.to_string());
                ui.label(&level.label);
                ui.label(&level.definition);
                ui.end_row();
            }
        });
}
