//! The test of the display before an installment: the pattern, what is asked of it, and what was not
//! seen. Every answer is taken, and none stops the rater.

use super::command::ReadingRequest;
use super::pattern::{Pattern, SQUARES};
use crate::app::shell::{theme, told};
use crate::study::DisplayTest;
use eframe::egui::{
    self, Align2, Button, FontId, Key, Modifiers, Rect, RichText, Sense, TextEdit, TextureHandle,
    Vec2, emath::GuiRounding, pos2, vec2,
};

/// A part of the pattern: its letter, what is asked of it, and what Yes means.
struct Part {
    letter: char,
    question: &'static str,
    yes: &'static str,
}

const PARTS: [Part; 4] = [
    Part {
        letter: 'A',
        question: "A  Is there a lighter square in the dark one?",
        yes: "The 5 % square is seen in black",
    },
    Part {
        letter: 'B',
        question: "B  Is there a darker square in the white one?",
        yes: "The 95 % square is seen in white",
    },
    Part {
        letter: 'C',
        question: "C  Can each line be told from the next, in both squares?",
        yes: "Lines of 1 pixel are told apart, down and across",
    },
    Part {
        letter: 'D',
        question: "D  Can each line be told from the next, in both squares?",
        yes: "Lines of 2 pixels are told apart, down and across",
    },
];

/// What is known of the display that the window is on.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Screen {
    /// Device pixels for a point of the window system.
    scale: f64,
    /// Its width and height in device pixels, where the window system tells.
    pixels: Option<[u32; 2]>,
}

impl Screen {
    fn of(ctx: &egui::Context) -> Self {
        let pixels_per_point = ctx.pixels_per_point();
        // Without the enlargement of the window's words, which is not the display's.
        let scale = ctx.native_pixels_per_point().unwrap_or(pixels_per_point);
        let size = ctx.input(|input| input.viewport().monitor_size);
        let pixels = size.map(|points| {
            let pixels = points * pixels_per_point;
            [pixels.x.round() as u32, pixels.y.round() as u32]
        });
        Self {
            // Three decimals tell all scales apart, and none keeps an answer from being stored.
            scale: (f64::from(scale).clamp(0.1, 20.0) * 1000.0).round() / 1000.0,
            pixels: pixels.filter(|[width, height]| *width > 0 && *height > 0),
        }
    }

    fn words(self) -> String {
        let pixels = self.pixels.map_or_else(
            || "a display of unknown size".to_owned(),
            |[width, height]| format!("a display of {width} × {height} pixels"),
        );
        format!("The window system tells of {pixels}, scale {}.", self.scale)
    }
}

/// What is answered, until the disk has it.
#[derive(Default)]
pub(super) struct DisplayForm {
    /// In the order of [`PARTS`].
    answers: [Option<bool>; 4],
    mm: String,
    /// No ruler is at hand.
    not_measured: bool,
    /// Where the answers were given.
    screen: Option<Screen>,
    /// For that screen.
    picture: Option<(Pattern, TextureHandle)>,
    /// Whether the length is typed next.
    types_next: bool,
    /// Whether answers of another display were taken back.
    has_moved: bool,
}

impl DisplayForm {
    /// Y and N answer the first part without an answer, Backspace takes the last one back.
    pub(super) fn keys(&mut self, ui: &egui::Ui, is_free: bool) -> Option<ReadingRequest> {
        let pressed = |key| ui.input_mut(|input| input.consume_key(Modifiers::NONE, key));
        for (key, is_seen) in [(Key::Y, true), (Key::N, false)] {
            let open = self.answers.iter().position(Option::is_none);
            if let (true, Some(at)) = (pressed(key), open) {
                self.answer(at, is_seen);
            }
        }
        if pressed(Key::Backspace)
            && let Some(at) = self.answers.iter().rposition(Option::is_some)
        {
            self.answers[at] = None;
        }
        (is_free && pressed(Key::Enter)).then_some(ReadingRequest::StoreDisplayTest)
    }

    fn answer(&mut self, at: usize, is_seen: bool) {
        self.answers[at] = Some(is_seen);
        let is_complete = self.answers.iter().all(Option::is_some);
        self.types_next = is_complete && self.mm.is_empty() && !self.not_measured;
    }

    /// All answers, or what is missing.
    pub(super) fn test(&self) -> Result<DisplayTest, String> {
        let Some(screen) = self.screen else {
            return Err("The pattern is not drawn yet".to_owned());
        };
        let answer = |at: usize| {
            let missing = || format!("Answer {}", PARTS[at].letter);
            self.answers[at].ok_or_else(missing)
        };
        Ok(DisplayTest {
            near_black_seen: answer(0)?,
            near_white_seen: answer(1)?,
            lines_of_1_px_seen: answer(2)?,
            lines_of_2_px_seen: answer(3)?,
            line_px: DisplayTest::line_px_at(screen.scale),
            measured_mm: self.measured_mm()?,
            display_px: screen.pixels,
            scale: screen.scale,
        })
    }

    fn measured_mm(&self) -> Result<Option<f64>, String> {
        if self.not_measured {
            return Ok(None);
        }
        let typed = self.mm.trim().replace(',', ".");
        if typed.is_empty() {
            return Err(
                "Measure line E and type its length, or say that it is not measured".to_owned(),
            );
        }
        let (least, most) = DisplayTest::PLAUSIBLE_MM.into_inner();
        match typed.parse::<f64>() {
            Ok(mm) if DisplayTest::PLAUSIBLE_MM.contains(&mm) => Ok(Some(mm)),
            Ok(_) => Err(format!(
                "No display shows line E {typed} mm long: measure again, {least} to {most} mm"
            )),
            Err(_) => Err("Type the length in mm as a number, such as 98.5".to_owned()),
        }
    }

    pub(super) fn ui(
        &mut self,
        ui: &mut egui::Ui,
        installment: u32,
        storing: bool,
    ) -> Option<ReadingRequest> {
        self.look_at_screen(ui.ctx());
        ui.heading(format!(
            "Test of the display before installment {installment}"
        ));
        ui.label(
            "Look from where you read, in the light in which you read. Every answer is stored, and \
             none stops you.",
        );
        ui.weak(Screen::of(ui.ctx()).words());
        if self.has_moved {
            let text = "The window came to another display or scale: answer again.";
            ui.colored_label(theme::warning(ui.visuals()), text);
        }
        ui.add_space(8.0);
        self.pattern_ui(ui);
        ui.add_space(8.0);
        let mut store = false;
        ui.add_enabled_ui(!storing, |ui| {
            store = self.answers_ui(ui);
            let test = self.test();
            ui.add_space(6.0);
            ui.horizontal_wrapped(|ui| {
                let text = RichText::new("Store (Enter)").size(15.0);
                let button = Button::new(text).min_size(vec2(0.0, 30.0));
                let button = ui.add_enabled(test.is_ok(), button);
                let what = "Store the answers, then go on to the first case (Enter)";
                store |= told(button, what).clicked();
                if let Err(lacks) = &test {
                    ui.colored_label(theme::warning(ui.visuals()), lacks);
                }
            });
            ui.weak("Y and N answer, Backspace takes the last answer back, Enter stores.");
        });
        (store && !storing).then_some(ReadingRequest::StoreDisplayTest)
    }

    /// What was seen on another display says nothing of this one.
    fn look_at_screen(&mut self, ctx: &egui::Context) {
        let screen = Screen::of(ctx);
        if self.screen == Some(screen) {
            return;
        }
        let is_answered = self.answers.iter().any(Option::is_some) || !self.mm.is_empty();
        self.has_moved |= is_answered;
        self.answers = [None; 4];
        self.mm.clear();
        self.not_measured = false;
        self.screen = Some(screen);
        let pattern = Pattern::new(screen.scale);
        let image = egui::ColorImage::from_gray(pattern.size, &pattern.gray);
        let texture = ctx.load_texture("test pattern", image, egui::TextureOptions::NEAREST);
        self.picture = Some((pattern, texture));
    }

    /// Each pixel of the pattern on one pixel of the display.
    fn pattern_ui(&self, ui: &mut egui::Ui) {
        const LETTERS: f32 = 20.0;
        let Some((pattern, texture)) = &self.picture else {
            return;
        };
        let pixels_per_point = ui.pixels_per_point();
        let points = |px: usize| px as f32 / pixels_per_point;
        let size = Vec2::from(pattern.size.map(points));
        let (place, response) = ui.allocate_exact_size(size + vec2(0.0, LETTERS), Sense::hover());
        let corner = (place.min + vec2(0.0, LETTERS)).round_to_pixels(pixels_per_point);
        let rect = Rect::from_min_size(corner, size);
        let whole = Rect::from_min_max(pos2(0.0, 0.0), pos2(1.0, 1.0));
        ui.painter()
            .image(texture.id(), rect, whole, egui::Color32::WHITE);
        let font = FontId::proportional(14.0);
        let letter = |at: egui::Pos2, align: Align2, letter: char| {
            let colour = theme::ON_PICTURE;
            ui.painter().text(at, align, letter, font.clone(), colour);
        };
        for (of, middle) in SQUARES.into_iter().zip(pattern.middles_px) {
            let at = pos2(corner.x + points(middle), corner.y - 3.0);
            letter(at, Align2::CENTER_BOTTOM, of);
        }
        let [right, middle] = pattern.line_end_px.map(points);
        let at = corner + vec2(right + 8.0, middle);
        letter(at, Align2::LEFT_CENTER, 'E');
        response.widget_info(|| {
            let label = "Test pattern: A 5 % in black, B 95 % in white, C lines of 1 pixel, D lines \
                         of 2 pixels, E a line to be measured";
            egui::WidgetInfo::labeled(egui::Role::Image, true, label)
        });
    }

    /// Answers whether Enter was pressed and all is answered.
    fn answers_ui(&mut self, ui: &mut egui::Ui) -> bool {
        let next = self.answers.iter().position(Option::is_none);
        let mut entered = false;
        egui::Grid::new("display")
            .spacing(vec2(14.0, 4.0))
            .show(ui, |ui| {
                for (at, part) in PARTS.iter().enumerate() {
                    let question = RichText::new(part.question);
                    ui.label(match next == Some(at) {
                        true => question.strong(),
                        false => question,
                    });
                    ui.horizontal(|ui| self.answer_ui(ui, at, part));
                    ui.end_row();
                }
                let label = ui.label("E  How long is the line, from end to end, in mm?");
                ui.horizontal(|ui| entered = self.length_ui(ui, label.id));
                ui.end_row();
            });
        if entered && self.test().is_err() {
            // What still lacks is typed there, or answered by keys.
            self.types_next = next.is_none();
            ui.ctx().request_repaint();
            return false;
        }
        entered
    }

    /// Answers whether Enter was pressed in the field.
    fn length_ui(&mut self, ui: &mut egui::Ui, label: egui::Id) -> bool {
        let edit = TextEdit::singleline(&mut self.mm)
            .desired_width(80.0)
            .char_limit(20);
        let edit = ui.add(edit).labelled_by(label);
        let what = "By a ruler held to the screen, over both strokes; Enter stores";
        let edit = told(edit, what);
        if std::mem::take(&mut self.types_next) {
            edit.request_focus();
        }
        if edit.changed() {
            self.not_measured = false;
        }
        let button = Button::selectable(self.not_measured, "Not measured");
        let button = ui.add(button.frame_when_inactive(true));
        let what = "No ruler is at hand: the test is stored without a length (Tab, Space)";
        if told(button, what).clicked() {
            self.not_measured = !self.not_measured;
            self.mm.clear();
        }
        edit.lost_focus() && ui.input(|input| input.key_pressed(Key::Enter))
    }

    fn answer_ui(&mut self, ui: &mut egui::Ui, at: usize, part: &Part) {
        for (is_seen, word, key) in [(true, "Yes", 'Y'), (false, "No", 'N')] {
            let is_chosen = self.answers[at] == Some(is_seen);
            let button = Button::selectable(is_chosen, word).frame_when_inactive(true);
            let button = ui.add(button.min_size(vec2(44.0, 0.0)));
            button.widget_info(|| {
                let label = format!("{}: {word}", part.letter);
                egui::WidgetInfo::selected(egui::Role::Button, true, is_chosen, label)
            });
            let what = match is_seen {
                true => format!("{} ({key})", part.yes),
                false => format!("It is not so ({key})"),
            };
            if told(button, &what).clicked() {
                self.answer(at, is_seen);
            }
        }
    }
}

/// What was not seen, once it is stored.
pub(super) fn unseen_ui(ui: &mut egui::Ui, test: &DisplayTest) -> Option<ReadingRequest> {
    ui.heading("Not all of the pattern was seen");
    for what in test.unseen() {
        let text = format!("Not seen: {what}");
        ui.colored_label(theme::warning(ui.visuals()), text);
    }
    ui.add_space(8.0);
    if !test.near_black_seen || !test.near_white_seen {
        ui.label(
            "A darker room, no light on the screen, and other brightness and contrast of the \
             display may show the squares.",
        );
    }
    if !test.lines_of_1_px_seen || !test.lines_of_2_px_seen {
        ui.label(
            "The picture is scaled on its way to the screen where lines run together: let the \
             display run at its own resolution, and the window system at a scale of 100 % or 200 %.",
        );
    }
    ui.label("The test is stored as it was answered, and reading goes on all the same.");
    ui.add_space(12.0);
    let mut request = None;
    ui.horizontal_wrapped(|ui| {
        let on = ui.button("Go on to the cases (Enter)");
        if told(on, "Show the first case (Enter)").clicked() {
            request = Some(ReadingRequest::EndDisplayTest);
        }
        let again = ui.button("Test again (T)");
        let what = "After something was changed at the display; both tests are kept (T)";
        if told(again, what).clicked() {
            request = Some(ReadingRequest::TestDisplayAgain);
        }
    });
    request
}

/// The keys of that page.
pub(super) fn unseen_keys(ui: &egui::Ui, is_free: bool) -> Option<ReadingRequest> {
    let pressed = |key| ui.input_mut(|input| input.consume_key(Modifiers::NONE, key));
    if pressed(Key::T) {
        return Some(ReadingRequest::TestDisplayAgain);
    }
    (is_free && pressed(Key::Enter)).then_some(ReadingRequest::EndDisplayTest)
}
