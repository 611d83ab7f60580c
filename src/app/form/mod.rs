//! A form that writes a protocol, and shows the design that it makes of a case list.

mod design;
mod fields;

use super::settings::Settings;
use super::shell::{
    Command, Commands, Jobs, Manual, Outbox, labelled, run_window, theme, told, typed_path,
};
use crate::study::{Protocol, open_cases, write_new};
use crate::workflows::study::DesignPreview;
use design::design_ui;
use eframe::egui::{self, ScrollArea, TextEdit};
use fields::ProtocolDraft;
use std::path::Path;
use std::sync::mpsc::Receiver;

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
        let app = FormApp::new(&cc.egui_ctx, protocol);
        Settings::of_user().set_up(&cc.egui_ctx);
        Ok(app)
    })
}

/// Work that is asked for. What is typed edits the form itself.
pub enum FormRequest {
    /// Draw the design that the protocol makes of the case list.
    Draw(Box<Protocol>),
    /// Write the protocol to a new file.
    Save(Box<Protocol>),
}

/// What a drawn design is, or why there is none.
type Drawing = Result<DesignPreview, String>;

/// Below this width the case list stands under the protocol, not beside it.
const NARROW: f32 = 1000.0;

/// The window of the form.
pub struct FormApp {
    draft: ProtocolDraft,
    cases: String,
    save_as: String,
    jobs: Jobs<Drawing>,
    drawings: Receiver<Drawing>,
    drawn: Option<Drawing>,
    picture: Option<egui::TextureHandle>,
    /// What was saved, or why not.
    saved: Option<Result<String, String>>,
    manual: Manual,
}

/// The protocol, or the field that cannot be and why.
type Checked = Result<Protocol, (String, String)>;

/// No edits: fields are typed in place.
type FormCommands = Commands<std::convert::Infallible, FormRequest>;

impl FormApp {
    /// A form with a protocol to begin with.
    #[must_use]
    pub fn new(ctx: &egui::Context, protocol: Protocol) -> Self {
        theme::set_up(ctx);
        let (outbox, drawings) = Outbox::new(ctx);
        Self {
            draft: ProtocolDraft::new(protocol),
            cases: String::new(),
            save_as: "plan.toml".into(),
            jobs: Jobs::new(outbox),
            drawings,
            drawn: None,
            picture: None,
            saved: None,
            manual: Manual::new(ctx),
        }
    }

    fn request(&mut self, request: FormRequest) {
        match request {
            FormRequest::Draw(protocol) => {
                self.picture = None;
                let cases = typed_path(&self.cases);
                self.jobs.spawn("design", move |job| {
                    let cases = open_cases(&cases).map_err(anyhow::Error::from);
                    let drawn = cases.and_then(|cases| DesignPreview::draw(&protocol, &cases));
                    job.send(drawn.map_err(|error| error.to_string()));
                });
            }
            FormRequest::Save(protocol) => {
                let path = typed_path(&self.save_as);
                let text = protocol.to_toml();
                let saved = text.and_then(|text| write_new(&path, text.as_bytes()));
                let saved = saved.map(|()| format!("Saved: {}", path.display()));
                self.saved = Some(saved.map_err(|error| error.to_string()));
            }
        }
    }

    fn take_drawn(&mut self, ctx: &egui::Context) {
        let Ok(drawn) = self.drawings.try_recv() else {
            return;
        };
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

    fn save_ui(&mut self, commands: &FormCommands, ui: &mut egui::Ui, protocol: &Checked) {
        ui.add_space(4.0);
        ui.horizontal(|ui| {
            let field = TextEdit::singleline(&mut self.save_as).desired_width(360.0);
            let path = labelled(ui, "Save as", field);
            told(
                path,
                "A new file, from which `cisterna study new` makes the study",
            );
            let button = egui::Button::new("Save protocol");
            let save = ui.add_enabled(protocol.is_ok(), button);
            let clicked = told(save, "Write it; no file is overwritten").clicked();
            if let (true, Ok(protocol)) = (clicked, protocol) {
                commands.request(FormRequest::Save(Box::new(protocol.clone())));
            }
        });
        let visuals = ui.visuals();
        let (text, colour) = match (protocol, &self.saved) {
            (Err((field, problem)), _) => (format!("{field} {problem}"), theme::warning(visuals)),
            (Ok(_), Some(Err(error))) => (error.clone(), theme::error(visuals)),
            (Ok(_), Some(Ok(saved))) => (saved.clone(), theme::stored(visuals)),
            (Ok(_), None) => (String::new(), visuals.text_color()),
        };
        // On a line of its own, which is there from the beginning: nothing moves.
        ui.add(egui::Label::new(egui::RichText::new(text).color(colour)).wrap());
        ui.add_space(4.0);
    }

    fn cases_ui(&mut self, commands: &FormCommands, ui: &mut egui::Ui, protocol: &Checked) {
        ui.horizontal_wrapped(|ui| {
            // One thing to the line break.
            let path = ui.horizontal(|ui| {
                let field = TextEdit::singleline(&mut self.cases).desired_width(220.0);
                let field = field.hint_text("/folder/cases.csv");
                labelled(ui, "Case list (CSV)", field)
            });
            told(path.inner, "A line for each image: patient, arm, image");
            let is_drawing = self.jobs.is_busy();
            let is_ready = !self.cases.trim().is_empty() && !is_drawing && protocol.is_ok();
            let button = egui::Button::new("Draw the design");
            let draw = ui.add_enabled(is_ready, button);
            let what = "Who would see an image of which arm when; nothing is written";
            let clicked = told(draw, what).clicked();
            if let (true, Ok(protocol)) = (clicked, protocol) {
                commands.request(FormRequest::Draw(Box::new(protocol.clone())));
            }
            if is_drawing {
                ui.spinner();
            }
        });
        match &self.drawn {
            None => {
                ui.weak("The design shows who would see an image of which arm when.");
            }
            Some(Err(error)) => {
                let text = egui::RichText::new(error).color(theme::error(ui.visuals()));
                ui.add(egui::Label::new(text).wrap());
            }
            Some(Ok(drawn)) => {
                if let Some(picture) = &self.picture {
                    let [w, h] = picture.size().map(|n| n as f32);
                    let width = ui.available_width().min(900.0);
                    let size = egui::vec2(width, width * h / w);
                    ui.add(egui::Image::new((picture.id(), size)).alt_text("Design"));
                }
                design_ui(ui, drawn);
            }
        }
    }
}

impl eframe::App for FormApp {
    fn logic(&mut self, ctx: &egui::Context, _frame: &mut eframe::Frame) {
        self.take_drawn(ctx);
    }

    fn ui(&mut self, ui: &mut egui::Ui, _frame: &mut eframe::Frame) {
        self.manual.look_for_key(ui.ctx());
        self.manual.ui(ui.ctx());
        let protocol = self.draft.protocol();
        let commands = FormCommands::default();
        let is_narrow = ui.available_width() < NARROW;
        egui::Panel::bottom("save").show(ui, |ui| self.save_ui(&commands, ui, &protocol));
        if !is_narrow {
            egui::Panel::left("protocol")
                .default_size(640.0)
                .size_range(600.0..=760.0)
                .show(ui, |ui| {
                    ScrollArea::vertical().show(ui, |ui| self.draft.ui(ui));
                });
        }
        egui::CentralPanel::default().show(ui, |ui| {
            ScrollArea::vertical().show(ui, |ui| {
                if is_narrow {
                    self.draft.ui(ui);
                    ui.separator();
                }
                self.cases_ui(&commands, ui, &protocol);
            });
        });
        for command in commands.into_vec() {
            match command {
                Command::Edit(never) => match never {},
                Command::Request(request) => self.request(request),
            }
            ui.ctx().request_repaint();
        }
    }
}
