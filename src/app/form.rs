//! A form that writes a protocol, and shows the design that it makes of a case list.

use super::{run_window, theme};
use crate::study::{
    Conditions, Equalise, LaterInstallments, Level, Protocol, open_cases, write_new,
};
use crate::workflows::study::{DESIGN_DRAWS, DesignPreview};
use eframe::egui::{self, DragValue, RichText, ScrollArea, TextEdit};
use std::path::{Path, PathBuf};
use std::sync::mpsc::{Receiver, channel};

/// Opens the form, with a protocol to begin with or the tracer study's.
///
/// # Errors
/// When the protocol cannot be opened, and when there is no display.
pub fn design(protocol: Option<&Path>) -> anyhow::Result<()> {
    let protocol = match protocol {
        Some(path) => Protocol::open(path)?,
        None => Protocol::reflux(&["Rater 1".into(), "Rater 2".into(), "Rater 3".into()]),
    };
    run_window("Cisterna - protocol", move |cc| {
        theme::set_up(&cc.egui_ctx);
        Ok(Box::new(FormApp::new(protocol)))
    })
}

/// The window of the form.
pub struct FormApp {
    protocol: Protocol,
    /// One name a line.
    raters: String,
    arms: String,
    seed: String,
    has_bound: bool,
    has_repeat_margin: bool,
    has_margin: bool,
    cases: String,
    save_as: String,
    drawn: Option<Result<DesignPreview, String>>,
    drawing: Option<Receiver<Result<DesignPreview, String>>>,
    picture: Option<egui::TextureHandle>,
    /// What was saved, or why not.
    said: Option<Result<String, String>>,
}

impl FormApp {
    /// A form with a protocol to begin with.
    #[must_use]
    pub fn new(protocol: Protocol) -> Self {
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
            cases: String::new(),
            save_as: "plan.toml".into(),
            drawn: None,
            drawing: None,
            picture: None,
            said: None,
        }
    }

    /// The protocol as the form has it, or the field that cannot be and why.
    fn protocol(&self) -> Result<Protocol, (String, String)> {
        let seed = match self.seed.trim() {
            "" => None,
            text => Some(
                text.parse::<u64>()
                    .ok()
                    .filter(|seed| *seed < 1 << 63)
                    .ok_or_else(|| {
                        (
                            "seed".to_owned(),
                            "is not a whole number below 2^63".to_owned(),
                        )
                    })?,
            ),
        };
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

    /// Draws the design on a thread of its own.
    fn draw(&mut self, ctx: &egui::Context, protocol: Protocol) {
        let (sender, receiver) = channel();
        let (path, ctx) = (PathBuf::from(self.cases.trim()), ctx.clone());
        let job = move || {
            let cases = open_cases(&path).map_err(anyhow::Error::from);
            let drawn = cases.and_then(|cases| DesignPreview::draw(&protocol, &cases));
            let drawn = drawn.map_err(|error| error.to_string());
            // The window may be gone.
            let _ = sender.send(drawn);
            ctx.request_repaint();
        };
        self.drawing = Some(receiver);
        self.picture = None;
        std::thread::spawn(job);
    }

    fn take_drawn(&mut self, ctx: &egui::Context) {
        let Some(Ok(drawn)) = self.drawing.as_ref().map(Receiver::try_recv) else {
            return;
        };
        self.drawing = None;
        if let Ok(drawn) = &drawn
            && let Ok(image) = image::load_from_memory(&drawn.figure.png)
        {
            let image = image.to_rgba8();
            let size = [image.width() as usize, image.height() as usize];
            let picture = egui::ColorImage::from_rgba_unmultiplied(size, &image);
            let options = egui::TextureOptions::LINEAR;
            self.picture = Some(ctx.load_texture("design", picture, options));
        }
        self.drawn = Some(drawn);
    }

    fn save(&mut self, protocol: &Protocol) {
        let path = PathBuf::from(self.save_as.trim());
        let text = protocol.to_toml();
        let saved = text.and_then(|text| write_new(&path, text.as_bytes()));
        self.said = Some(match saved {
            Ok(()) => Ok(format!("Saved: {}", path.display())),
            Err(error) => Err(error.to_string()),
        });
    }

    fn fields_ui(&mut self, ui: &mut egui::Ui) {
        let plan = &mut self.protocol;
        text_row(ui, "Title", &mut plan.title, 1);
        text_row(ui, "Question", &mut plan.question, 2);
        text_row(ui, "Raters, one a line", &mut self.raters, 3);
        text_row(
            ui,
            "Arms, one a line, the reference first",
            &mut self.arms,
            3,
        );
        ui.add_space(6.0);
        egui::Grid::new("numbers").num_columns(2).show(ui, |ui| {
            number_row(ui, "Installments", &mut plan.installments, 1..=20);
            number_row(
                ui,
                "Days between installments",
                &mut plan.washout_days,
                0..=3650,
            );
            let label = ui.label("Later installments");
            let words = |later: LaterInstallments| match later {
                LaterInstallments::Release => "sealed until the coordinator releases them",
                LaterInstallments::Open => "open in the package",
            };
            let choice = egui::ComboBox::from_id_salt("later installments")
                .width(260.0)
                .selected_text(words(plan.later_installments))
                .show_ui(ui, |ui| {
                    for later in [LaterInstallments::Release, LaterInstallments::Open] {
                        ui.selectable_value(&mut plan.later_installments, later, words(later));
                    }
                });
            choice.response.labelled_by(label.id);
            ui.end_row();
            equalise_row(ui, &mut plan.equalise);
            number_row(ui, "Images graded twice", &mut plan.repeats, 0..=1000);
            let words = "Bound of the share with the grade of the reference";
            share_row(
                ui,
                words,
                &mut self.has_bound,
                plan.same_grade_bound.get_or_insert(0.8),
            );
            let words = "Margin of that share below the own repeat";
            let margin = plan.repeat_margin.get_or_insert(0.1);
            share_row(ui, words, &mut self.has_repeat_margin, margin);
            let words = "Margin of alpha between raters, told without a verdict";
            share_row(
                ui,
                words,
                &mut self.has_margin,
                plan.margin.get_or_insert(0.1),
            );
            let label = ui.label("Seed (empty draws one)");
            ui.add(TextEdit::singleline(&mut self.seed).desired_width(160.0))
                .labelled_by(label.id);
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
        ui.add_space(6.0);
        ui.strong("Grades");
        levels_ui(ui, &mut plan.scale.levels);
    }

    fn design_ui(&mut self, ui: &mut egui::Ui, protocol: &Result<Protocol, (String, String)>) {
        ui.horizontal(|ui| {
            let label = ui.label("Case list (CSV)");
            let field = TextEdit::singleline(&mut self.cases).desired_width(300.0);
            ui.add(field.hint_text("/folder/cases.csv"))
                .labelled_by(label.id);
            let is_ready = !self.cases.trim().is_empty() && self.drawing.is_none();
            let button = egui::Button::new("Draw the design");
            let clicked = ui
                .add_enabled(is_ready && protocol.is_ok(), button)
                .clicked();
            if let (true, Ok(protocol)) = (clicked, protocol) {
                self.draw(ui.ctx(), protocol.clone());
            }
            if self.drawing.is_some() {
                ui.spinner();
            }
        });
        match &self.drawn {
            None => {
                ui.weak("The design shows who would see an image of which arm when.");
            }
            Some(Err(error)) => {
                ui.colored_label(theme::error(ui.visuals()), error);
            }
            Some(Ok(drawn)) => {
                if let Some(picture) = &self.picture {
                    let [w, h] = picture.size().map(|n| n as f32);
                    let width = ui.available_width().min(900.0);
                    let size = egui::vec2(width, width * h / w);
                    ui.add(egui::Image::new((picture.id(), size)).alt_text("Design"));
                }
                drawn_ui(ui, drawn, &self.protocol.arms);
            }
        }
    }
}

/// A share between 0 and 1 that may be left out.
fn share_row(ui: &mut egui::Ui, words: &str, is_set: &mut bool, share: &mut f64) {
    let label = ui.checkbox(is_set, words);
    let value = DragValue::new(share).speed(0.005).range(0.001..=0.999);
    ui.add_enabled(*is_set, value).labelled_by(label.id);
    ui.end_row();
}

impl eframe::App for FormApp {
    fn logic(&mut self, ctx: &egui::Context, _frame: &mut eframe::Frame) {
        self.take_drawn(ctx);
    }

    fn ui(&mut self, ui: &mut egui::Ui, _frame: &mut eframe::Frame) {
        let protocol = self.protocol();
        egui::Panel::bottom("save").show(ui, |ui| {
            ui.add_space(4.0);
            ui.horizontal(|ui| {
                let label = ui.label("Save as");
                let field = TextEdit::singleline(&mut self.save_as).desired_width(360.0);
                ui.add(field).labelled_by(label.id);
                let button = egui::Button::new("Save protocol");
                let clicked = ui.add_enabled(protocol.is_ok(), button).clicked();
                if let (true, Ok(protocol)) = (clicked, &protocol) {
                    self.save(protocol);
                }
                match (&protocol, &self.said) {
                    (Err((field, problem)), _) => {
                        let text = format!("{field} {problem}");
                        ui.colored_label(theme::warning(ui.visuals()), text);
                    }
                    (Ok(_), Some(Err(error))) => {
                        ui.colored_label(theme::error(ui.visuals()), error);
                    }
                    (Ok(_), Some(Ok(saved))) => {
                        ui.colored_label(theme::stored(ui.visuals()), saved);
                    }
                    (Ok(_), None) => {}
                }
            });
            ui.add_space(4.0);
        });
        egui::Panel::left("protocol")
            .default_size(520.0)
            .size_range(420.0..=760.0)
            .show(ui, |ui| {
                ScrollArea::vertical().show(ui, |ui| self.fields_ui(ui));
            });
        egui::CentralPanel::default().show(ui, |ui| {
            ScrollArea::vertical().show(ui, |ui| self.design_ui(ui, &protocol));
        });
    }
}

fn lines(text: &str) -> Vec<String> {
    let lines = text.lines().map(str::trim);
    lines
        .filter(|line| !line.is_empty())
        .map(str::to_owned)
        .collect()
}

fn text_row(ui: &mut egui::Ui, name: &str, text: &mut String, n_rows: usize) {
    let label = ui.label(name);
    let field = match n_rows {
        1 => TextEdit::singleline(text),
        n => TextEdit::multiline(text).desired_rows(n),
    };
    ui.add(field.desired_width(f32::INFINITY))
        .labelled_by(label.id);
}

fn number_row(
    ui: &mut egui::Ui,
    name: &str,
    value: &mut u32,
    range: std::ops::RangeInclusive<u32>,
) {
    let label = ui.label(name);
    ui.add(DragValue::new(value).range(range))
        .labelled_by(label.id);
    ui.end_row();
}

/// How far the arms are made alike, in words.
fn equalise_row(ui: &mut egui::Ui, equalise: &mut Option<Equalise>) {
    let words = |how: Option<Equalise>| match how {
        None => "shown as they come",
        Some(Equalise::Standard) => "standard: field, spectrum, a little noise",
        Some(Equalise::Strict) => "strict: nothing finer than 0.4 cycles/mm, more noise",
    };
    let label = ui.label("Pictures of the arms");
    let choice = egui::ComboBox::from_id_salt("equalise")
        .width(260.0)
        .selected_text(words(*equalise))
        .show_ui(ui, |ui| {
            for how in [Some(Equalise::Standard), Some(Equalise::Strict), None] {
                ui.selectable_value(equalise, how, words(how));
            }
        });
    choice.response.labelled_by(label.id).on_hover_text(
        "`cisterna study preview --pictures FOLDER` measures what still tells the arms apart, and \
         what is lost, and draws both",
    );
    ui.end_row();
}

fn conditions_ui(ui: &mut egui::Ui, may: &mut Conditions) {
    ui.checkbox(&mut may.free_window, "Window and level may be changed");
    ui.checkbox(&mut may.zoom, "Pictures may be enlarged");
    ui.checkbox(
        &mut may.go_back,
        "Raters may go back and correct, until they sign",
    );
    ui.checkbox(
        &mut may.cannot_grade,
        "A case may be left without a grade, with a reason",
    );
    ui.checkbox(&mut may.confidence, "Each grade needs a confidence, 1 to 5");
    ui.checkbox(&mut may.comment, "A comment may be given");
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
            named(ui.add(number), "Number");
            let label = TextEdit::singleline(&mut level.label).desired_width(220.0);
            named(ui.add(label), "Label");
            if ui.small_button("Remove").clicked() {
                removed = Some(idx);
            }
        });
        let definition = TextEdit::multiline(&mut level.definition);
        let definition = definition.desired_rows(1).desired_width(f32::INFINITY);
        named(ui.add(definition), "Definition");
        ui.add_space(4.0);
    }
    if let Some(idx) = removed {
        levels.remove(idx);
    }
    if levels.len() < 10 && ui.button("Add a grade").clicked() {
        levels.push(Level {
            grade: levels.last().map_or(0, |last| last.grade.saturating_add(1)),
            label: String::new(),
            definition: String::new(),
            needs: String::new(),
        });
    }
}

fn drawn_ui(ui: &mut egui::Ui, drawn: &DesignPreview, arms: &[String]) {
    ui.add_space(8.0);
    ui.strong("Images, repeats in brackets");
    egui::Grid::new("drawn").striped(true).show(ui, |ui| {
        ui.label("");
        for arm in arms {
            ui.label(RichText::new(arm).strong());
        }
        ui.end_row();
        for of in &drawn.installments {
            ui.label(format!("{}, installment {}", of.rater, of.installment));
            for [n, n_repeats] in &of.arms {
                ui.label(format!("{n} ({n_repeats})"));
            }
            ui.end_row();
        }
    });
    if !drawn.tells.is_empty() {
        ui.add_space(8.0);
        ui.strong("What tells the arm apart");
        ui.weak(format!(
            "Area under the ROC curve over {DESIGN_DRAWS} draws; 0.5 is chance"
        ));
        egui::Grid::new("tells").striped(true).show(ui, |ui| {
            for tell in &drawn.tells {
                let (area, error) = (tell.auroc, tell.standard_error);
                ui.label(tell.what);
                ui.label(format!("{area:.3}, standard error {error:.3}"));
                ui.end_row();
            }
        });
    }
}
