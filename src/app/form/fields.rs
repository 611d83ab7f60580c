//! The protocol as it is typed, and its fields.

use crate::app::shell::{labelled, told};
use crate::study::{Conditions, Equalise, LaterInstallments, Level, Protocol};
use eframe::egui::{self, DragValue, TextEdit};

/// A protocol as it is typed; what could not be part of one stands as text.
pub(super) struct ProtocolDraft {
    protocol: Protocol,
    /// One name a line.
    raters: String,
    arms: String,
    seed: String,
    has_bound: bool,
    has_repeat_margin: bool,
    has_margin: bool,
}

impl ProtocolDraft {
    pub(super) fn new(protocol: Protocol) -> Self {
        Self {
            raters: protocol.raters.join("\n"),
            arms: protocol.arms.join("\n"),
            seed: protocol
                .seed
                .map_or_else(String::new, |seed| seed.to_string()),
            has_bound: protocol.same_grade_bound.is_some(),
            has_repeat_margin: protocol.repeat_margin.is_some(),
            has_margin: protocol.margin.is_some(),
            protocol,
        }
    }

    /// The protocol as the form has it, or the field that cannot be and why.
    pub(super) fn protocol(&self) -> Result<Protocol, (String, String)> {
        let seed = self.seed.trim().parse::<u64>().ok();
        let seed = seed.filter(|seed| *seed < 1 << 63);
        if seed.is_none() && !self.seed.trim().is_empty() {
            return Err(("seed".into(), "is not a whole number below 2^63".into()));
        }
        let protocol = Protocol {
            raters: lines(&self.raters),
            arms: lines(&self.arms),
            seed,
            same_grade_bound: self.protocol.same_grade_bound.filter(|_| self.has_bound),
            repeat_margin: self
                .protocol
                .repeat_margin
                .filter(|_| self.has_repeat_margin),
            margin: self.protocol.margin.filter(|_| self.has_margin),
            ..self.protocol.clone()
        };
        match protocol.check() {
            Ok(()) => Ok(protocol),
            Err((field, problem)) => Err((field.to_owned(), problem)),
        }
    }

    pub(super) fn ui(&mut self, ui: &mut egui::Ui) {
        let plan = &mut self.protocol;
        let what = "The study's name; no window shows it to raters, but their packages hold it";
        text_row(ui, "Title", &mut plan.title, 1, what);
        let what = "What a rater is asked of each case, shown above the grades";
        text_row(ui, "Question", &mut plan.question, 2, what);
        let what = "Each gets a package of their own";
        text_row(ui, "Raters, one a line", &mut self.raters, 3, what);
        let name = "Arms, one a line, the reference first";
        let what = "As the column \"arm\" of the case list has them; raters never see them";
        text_row(ui, name, &mut self.arms, 3, what);
        ui.add_space(6.0);
        egui::Grid::new("numbers").num_columns(2).show(ui, |ui| {
            let what = "In how many parts each rater reads";
            number_row(ui, "Installments", &mut plan.installments, 1..=20, what);
            let what = "So that nobody remembers a patient's other picture";
            let days = &mut plan.washout_days;
            number_row(ui, "Days between installments", days, 0..=3650, what);
            let later = [
                (
                    LaterInstallments::Release,
                    "sealed until the coordinator releases them",
                ),
                (LaterInstallments::Open, "open in the package"),
            ];
            let now = &mut plan.later_installments;
            let choice = choice_row(ui, "Later installments", now, later);
            told(
                choice,
                "Whether a rater could read on before the days have passed",
            );
            let equalise = [
                (
                    Some(Equalise::Standard),
                    "standard: field, spectrum, a little noise",
                ),
                (
                    Some(Equalise::Strict),
                    "strict: nothing finer than 0.4 cycles/mm, more noise",
                ),
                (None, "shown as they come"),
            ];
            let choice = choice_row(ui, "Pictures of the arms", &mut plan.equalise, equalise);
            told(
                choice,
                "`cisterna study preview --pictures FOLDER` measures what still tells the arms \
                 apart, and what is lost, and draws both",
            );
            let what = "How well a rater agrees with themselves";
            number_row(ui, "Images graded twice", &mut plan.repeats, 0..=1000, what);
            let words = "Bound of the share with the grade of the reference";
            let what = "The share above which arms count as graded alike, set beforehand";
            let bound = plan.same_grade_bound.get_or_insert(0.8);
            share_row(ui, words, &mut self.has_bound, bound, what);
            let words = "Margin of that share below the own repeat";
            let what = "So much below a rater's own repeat still counts as alike";
            let margin = plan.repeat_margin.get_or_insert(0.1);
            share_row(ui, words, &mut self.has_repeat_margin, margin, what);
            let words = "Margin of alpha between raters, told without a verdict";
            let what = "So much lower an arm's alpha may be";
            let margin = plan.margin.get_or_insert(0.1);
            share_row(ui, words, &mut self.has_margin, margin, what);
            let seed = TextEdit::singleline(&mut self.seed).desired_width(160.0);
            let seed = labelled(ui, "Seed (empty draws one)", seed);
            told(
                seed,
                "From which codes and orders are drawn; without one nobody can know them",
            );
            ui.end_row();
        });
        if plan.later_installments == LaterInstallments::Open && plan.installments > 1 {
            ui.weak(
                "Whoever sets the clock forward, or reads on in a copy of the package that is \
                 thrown away, reads early and leaves no trace.",
            );
        }
        if plan.equalise.is_none() && lines(&self.arms).len() > 1 {
            ui.weak(
                "Pictures are shown as they come: noise, sharpness and histogram may tell the arm.",
            );
        }
        if !self.seed.trim().is_empty() {
            ui.weak(
                "Who knows the seed and the case list has the key, so `cisterna study new` asks for \
                 --typed-seed.",
            );
        }
        ui.add_space(6.0);
        ui.strong("While reading");
        conditions_ui(ui, &mut plan.reading);
        let words = "The display is tested before each installment";
        let what = "By contrast steps, lines and a length on a pattern; each answer is stored, and \
                    none stops a rater";
        told(ui.checkbox(&mut plan.display.test, words), what);
        ui.add_space(6.0);
        ui.strong("Grades");
        levels_ui(ui, &mut plan.scale.levels);
    }
}

/// A share between 0 and 1 that may be left out.
fn share_row(ui: &mut egui::Ui, words: &str, is_set: &mut bool, share: &mut f64, what: &str) {
    let label = told(ui.checkbox(is_set, words), what);
    let value = DragValue::new(share).speed(0.005).range(0.001..=0.999);
    let value = ui.add_enabled(*is_set, value).labelled_by(label.id);
    told(value, what);
    ui.end_row();
}

fn lines(text: &str) -> Vec<String> {
    let lines = text.lines().map(str::trim);
    lines
        .filter(|line| !line.is_empty())
        .map(str::to_owned)
        .collect()
}

fn text_row(ui: &mut egui::Ui, name: &str, text: &mut String, n_rows: usize, what: &str) {
    let field = match n_rows {
        1 => TextEdit::singleline(text),
        n => TextEdit::multiline(text).desired_rows(n),
    };
    told(labelled(ui, name, field.desired_width(f32::INFINITY)), what);
}

fn number_row(
    ui: &mut egui::Ui,
    name: &str,
    value: &mut u32,
    range: std::ops::RangeInclusive<u32>,
    what: &str,
) {
    told(labelled(ui, name, DragValue::new(value).range(range)), what);
    ui.end_row();
}

/// One of several, each in words.
fn choice_row<T: Clone + PartialEq, const N: usize>(
    ui: &mut egui::Ui,
    name: &str,
    now: &mut T,
    choices: [(T, &str); N],
) -> egui::Response {
    let label = ui.label(name);
    let chosen = choices.iter().find(|(choice, _)| choice == now);
    let choice = egui::ComboBox::from_id_salt(name)
        .width(260.0)
        .selected_text(chosen.map_or("", |(_, words)| *words))
        .show_ui(ui, |ui| {
            for (choice, words) in choices {
                ui.selectable_value(now, choice, words);
            }
        });
    let response = choice.response.labelled_by(label.id);
    ui.end_row();
    response
}

fn conditions_ui(ui: &mut egui::Ui, may: &mut Conditions) {
    for (is_set, words, what) in [
        (
            &mut may.free_window,
            "Window and level may be changed",
            "By dragging; else every picture is shown from its darkest to its brightest value",
        ),
        (
            &mut may.zoom,
            "Pictures may be enlarged",
            "By wheel, drag and keys, up to eight times",
        ),
        (
            &mut may.go_back,
            "Raters may go back and correct, until they sign",
            "With a reason; the grade before stays in the record",
        ),
        (
            &mut may.cannot_grade,
            "A case may be left without a grade, with a reason",
            "Else every case gets a grade",
        ),
        (
            &mut may.confidence,
            "Each grade needs a confidence, 1 to 5",
            "From a guess to certain",
        ),
        (
            &mut may.comment,
            "A comment may be given",
            "Stored with the grade",
        ),
    ] {
        told(ui.checkbox(is_set, words), what);
    }
}

fn levels_ui(ui: &mut egui::Ui, levels: &mut Vec<Level>) {
    let mut removed = None;
    for (idx, level) in levels.iter_mut().enumerate() {
        let of = format!("grade {}", level.grade);
        let named = |response: egui::Response, what: &str| {
            let label = format!("{what} of {of}");
            response.widget_info(|| {
                egui::WidgetInfo::labeled(egui::Role::TextInput, true, label.clone())
            });
        };
        ui.horizontal(|ui| {
            let number = DragValue::new(&mut level.grade).range(0..=9);
            let number = told(ui.add(number), "The grade, and the key for it");
            named(number, "Number");
            let label = TextEdit::singleline(&mut level.label).desired_width(200.0);
            let label = told(ui.add(label), "A few words, for the button");
            named(label, "Label");
            let remove = ui.small_button("Remove");
            if told(remove, "Take this grade out of the scale").clicked() {
                removed = Some(idx);
            }
        });
        let definition = TextEdit::multiline(&mut level.definition);
        let definition = definition.desired_rows(1).desired_width(f32::INFINITY);
        let definition = told(ui.add(definition), "One sentence for the rater");
        named(definition, "Definition");
        ui.add_space(4.0);
    }
    if let Some(idx) = removed {
        levels.remove(idx);
    }
    let add = (levels.len() < 10).then(|| ui.button("Add a grade"));
    let add = add.map(|add| told(add, "After the last one"));
    if add.is_some_and(|add| add.clicked()) {
        levels.push(Level {
            grade: levels.last().map_or(0, |last| last.grade.saturating_add(1)),
            label: String::new(),
            definition: String::new(),
            needs: String::new(),
        });
    }
}
