//! What a rater says of the case on screen, until the disk has it.

use crate::app::shell::{theme, told};
use crate::study::{Conditions, GradeEntry, Instructions, Scale, StudyError, Verdict};
use eframe::egui::{self, Button, Key, Modifiers, RichText, TextEdit, Vec2};

/// Chosen and typed, not yet stored.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Draft {
    pub(super) choice: Option<Choice>,
    /// Why there is no grade.
    pub(super) cannot_grade: String,
    confidence: Option<u8>,
    pub(super) comment: String,
    /// Why an earlier verdict is corrected.
    pub(super) reason: String,
    /// The field that what is typed next goes to.
    next_field: Option<Field>,
}

/// A grade, or none.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Choice {
    Grade(u8),
    CannotGrade,
}

/// What is typed with a verdict.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Field {
    CannotGrade,
    Reason,
    Comment,
}

/// What is missing, in words, and the field for it.
type Lack = (&'static str, Option<Field>);

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
            next_field: None,
        }
    }

    /// Whether it can be stored.
    pub(super) fn is_complete(&self, may: Conditions, is_correction: bool) -> bool {
        self.lacks(may, is_correction).is_none()
    }

    /// What is missing before it can be stored.
    fn lacks(&self, may: Conditions, is_correction: bool) -> Option<Lack> {
        let is_empty = |text: &str| text.trim().is_empty();
        match self.choice {
            None => return Some(("Choose a grade", None)),
            Some(Choice::CannotGrade) if is_empty(&self.cannot_grade) => {
                return Some(("Say why it cannot be graded", Some(Field::CannotGrade)));
            }
            Some(Choice::Grade(_)) if may.confidence && self.confidence.is_none() => {
                return Some(("Choose a confidence", None));
            }
            Some(_) => {}
        }
        let lacks_reason = is_correction && is_empty(&self.reason);
        lacks_reason.then_some(("Say why it is corrected", Some(Field::Reason)))
    }

    /// The verdict, where one was chosen.
    pub(super) fn verdict(&self, scale: &Scale) -> Option<Result<Verdict, StudyError>> {
        Some(match self.choice? {
            Choice::Grade(value) => scale.grade(value).map(Verdict::Grade),
            Choice::CannotGrade => Ok(Verdict::CannotGrade(self.cannot_grade.clone())),
        })
    }

    /// How certain the rater is of the grade; nobody is asked that of no grade.
    pub(super) fn confidence(&self) -> Option<u8> {
        let is_grade = matches!(self.choice, Some(Choice::Grade(_)));
        self.confidence.filter(|_| is_grade)
    }

    /// Chooses; what has to be typed with it is typed next, without a click.
    fn choose(&mut self, choice: Choice, is_correction: bool) {
        self.choice = Some(choice);
        self.next_field = match choice {
            Choice::CannotGrade => Some(Field::CannotGrade),
            Choice::Grade(_) => is_correction.then_some(Field::Reason),
        };
    }

    /// Digits choose a grade, with Alt a confidence; X says that it cannot be graded.
    pub(super) fn keys(&mut self, ui: &egui::Ui, instructions: &Instructions, is_correction: bool) {
        let may = instructions.reading;
        let pressed = |modifiers, key| ui.input_mut(|input| input.consume_key(modifiers, key));
        for (value, key) in (0..).zip(DIGITS) {
            // A key that is pressed without Alt would match one with it, too.
            if pressed(Modifiers::ALT, key) {
                let is_one = (1..=Conditions::MAX_CONFIDENCE).contains(&value);
                if is_one && self.asks_confidence(may) {
                    self.confidence = Some(value);
                }
                continue;
            }
            let mut levels = instructions.scale.levels.iter();
            if levels.any(|level| level.grade == value) && pressed(Modifiers::NONE, key) {
                self.choose(Choice::Grade(value), is_correction);
            }
        }
        if may.cannot_grade && pressed(Modifiers::NONE, Key::X) {
            self.choose(Choice::CannotGrade, is_correction);
        }
    }

    fn asks_confidence(&self, may: Conditions) -> bool {
        may.confidence && self.choice != Some(Choice::CannotGrade)
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
                    let what = format!("{} ({})", level.definition, level.grade);
                    let choice = Choice::Grade(level.grade);
                    self.choice_ui(ui, choice, &text, &what, is_correction);
                }
                if may.cannot_grade {
                    let (text, what) = ("X  Cannot grade", "There is no grade; say why (X)");
                    self.choice_ui(ui, Choice::CannotGrade, text, what, is_correction);
                }
                ui.add_space(8.0);
                let lacks = self.lacks(may, is_correction);
                let text = RichText::new("Store (Enter)").size(TEXT_SIZE);
                let button = Button::new(text).min_size(Vec2::new(0.0, BUTTON_HEIGHT));
                let button = ui.add_enabled(lacks.is_none() && !storing, button);
                store = told(
                    button,
                    "Store it on the disk, then show the next case (Enter)",
                )
                .clicked();
                if let Some((lacks, _)) = lacks.filter(|_| self.choice.is_some()) {
                    ui.colored_label(theme::warning(ui.visuals()), lacks);
                }
            });
            store |= self.words_ui(ui, may, is_correction);
        });
        store
    }

    fn choice_ui(
        &mut self,
        ui: &mut egui::Ui,
        choice: Choice,
        text: &str,
        what: &str,
        is_correction: bool,
    ) {
        let text = RichText::new(text).size(TEXT_SIZE);
        let button = Button::selectable(self.choice == Some(choice), text);
        let button = button.frame_when_inactive(true);
        let button = ui.add(button.min_size(Vec2::new(0.0, BUTTON_HEIGHT)));
        if told(button, what).clicked() {
            self.choose(choice, is_correction);
        }
    }

    /// What is typed, each on a line of its own, and the confidence. Answers whether it is to be
    /// stored.
    fn words_ui(&mut self, ui: &mut egui::Ui, may: Conditions, is_correction: bool) -> bool {
        let mut entered = false;
        if self.choice == Some(Choice::CannotGrade) {
            entered |= self.field_ui(ui, Field::CannotGrade);
        }
        if is_correction {
            entered |= self.field_ui(ui, Field::Reason);
        }
        ui.horizontal(|ui| {
            if self.asks_confidence(may) {
                self.confidence_ui(ui);
            }
            if may.comment {
                if ui.input_mut(|input| input.consume_key(Modifiers::CTRL, Key::K)) {
                    self.next_field = Some(Field::Comment);
                }
                entered |= self.field_ui(ui, Field::Comment);
            }
        });
        if !entered {
            return false;
        }
        // Enter leaves a field; what still lacks is typed next, so that no letter is a command.
        match self.lacks(may, is_correction) {
            None => true,
            Some((_, field)) => {
                self.next_field = field;
                ui.ctx().request_repaint();
                false
            }
        }
    }

    /// Answers whether Enter was pressed in it.
    fn field_ui(&mut self, ui: &mut egui::Ui, of: Field) -> bool {
        let (name, what, text) = match of {
            Field::CannotGrade => (
                "Why it cannot be graded",
                "Stored with the case; Enter stores",
                &mut self.cannot_grade,
            ),
            Field::Reason => (
                "Why it is corrected",
                "The grade before stays in the record, with this reason; Enter stores",
                &mut self.reason,
            ),
            Field::Comment => (
                "Comment",
                "Stored with the grade (Ctrl+K)",
                &mut self.comment,
            ),
        };
        let edit = told(field(ui, name, text, 260.0), what);
        if self.next_field.take_if(|next| *next == of).is_some() {
            edit.request_focus();
        }
        edit.lost_focus() && ui.input(|input| input.key_pressed(Key::Enter))
    }

    fn confidence_ui(&mut self, ui: &mut egui::Ui) {
        ui.label("Confidence (Alt+1 to 5)");
        for value in 1..=Conditions::MAX_CONFIDENCE {
            let chosen = self.confidence == Some(value);
            let button = ui.selectable_label(chosen, format!(" {value} "));
            button.widget_info(|| {
                let label = format!("Confidence {value}");
                egui::WidgetInfo::selected(egui::Role::Button, true, chosen, label)
            });
            let what = match value {
                1 => " a guess",
                Conditions::MAX_CONFIDENCE => " certain",
                _ => "",
            };
            let what = format!("How sure you are of the grade: {value}{what} (Alt+{value})");
            if told(button, &what).clicked() {
                self.confidence = Some(value);
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
    // A name never stands apart from its field.
    let row = ui.horizontal(|ui| {
        let label = ui.label(name);
        let edit = TextEdit::singleline(text)
            .desired_width(width)
            .char_limit(2000);
        ui.add(edit).labelled_by(label.id)
    });
    row.inner
}

/// What each grade means, a paragraph each.
pub(super) fn definitions_ui(ui: &mut egui::Ui, scale: &Scale) {
    for level in &scale.levels {
        let mut text = egui::text::LayoutJob::default();
        let style = ui.style();
        let (font, align) = (egui::FontSelection::Default, egui::Align::BOTTOM);
        let head = RichText::new(format!("{}  {}  ", level.grade, level.label)).strong();
        head.append_to(&mut text, style, font.clone(), align);
        RichText::new(&level.definition).append_to(&mut text, style, font, align);
        ui.add(egui::Label::new(text).wrap());
    }
}
