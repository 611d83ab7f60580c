//! The reading window: a case code, two pictures, a grade.
//!
//! It is given codes and pixels and cannot name an arm, a patient or a file. The ledger lives on
//! a thread of its own, as storing a grade waits for the disk; the next case shows only once the
//! disk has the grade.

use super::{run_window, theme};
use crate::ledger::{Ledger, now_unix_millis};
use crate::study::{CaseImage, GradeDraft, GradeEntry, Progress, Scale, Slot, rfc3339};
use crate::volume::PLANE_SIZE;
use anyhow::bail;
use eframe::egui::{self, Key, RichText, TextureHandle, Vec2};
use std::path::Path;
use std::sync::mpsc::{Receiver, Sender, SyncSender, channel, sync_channel};

/// Opens the reading window for one rater and stays until it is closed.
///
/// # Errors
/// When the study cannot be opened or has no such rater, and when there is no display.
pub fn read(study: &Path, rater: &str) -> anyhow::Result<()> {
    let ledger = Ledger::open(study)?;
    let raters = ledger.raters()?;
    if !raters.iter().any(|known| known == rater) {
        bail!(
            "{rater:?} is no rater of this study, which has {}: {}",
            raters.join(", "),
            study.display()
        );
    }
    let rater = rater.to_owned();
    // No title of the study, no name, no file: the task bar is seen by others.
    run_window("Cisterna - reading", move |cc| {
        Ok(Box::new(ReadingApp::new(&cc.egui_ctx, ledger, &rater)?))
    })
}

/// What the ledger's thread tells.
enum Reply {
    /// The next case, or none when all is graded.
    Next(Box<Option<NextCase>>, Progress),
    /// The disk has it.
    Stored(Box<GradeEntry>),
    Failed(String),
}

/// A case to be shown.
struct NextCase {
    slot: Slot,
    image: CaseImage,
    /// When its installment may begin.
    begins_at: Option<i64>,
}

impl NextCase {
    fn too_early(&self) -> bool {
        self.begins_at.is_some_and(|at| now_unix_millis() < at)
    }
}

/// A case on screen.
struct Shown {
    slot: Slot,
    axial: TextureHandle,
    sagittal: TextureHandle,
    opened_unix_millis: i64,
}

/// The reading window of one rater.
pub struct ReadingApp {
    rater: String,
    question: String,
    scale: Scale,
    to_ledger: Sender<GradeDraft>,
    from_ledger: Receiver<Reply>,
    shown: Option<Shown>,
    /// The case that begins a later installment, until the rater says to go on.
    waiting: Option<NextCase>,
    chosen: Option<u8>,
    storing: bool,
    stored: Option<String>,
    error: Option<String>,
    progress: Option<Progress>,
    done: bool,
}

impl ReadingApp {
    /// Takes an open study; the first case comes at once from the ledger's thread.
    ///
    /// # Errors
    /// When the study has no scale or no such rater.
    pub fn new(ctx: &egui::Context, ledger: Ledger, rater: &str) -> anyhow::Result<Self> {
        theme::set_up(ctx);
        let instructions = ledger.instructions()?;
        ledger.worklist(rater)?;
        let (to_ledger, drafts) = channel();
        let (replies, from_ledger) = sync_channel(8);
        let keeper = Keeper {
            ledger,
            rater: rater.to_owned(),
            replies,
            ctx: ctx.clone(),
        };
        std::thread::Builder::new()
            .name("cisterna-ledger".to_owned())
            .spawn(move || keeper.run(&drafts))?;
        Ok(Self {
            rater: rater.to_owned(),
            question: instructions.question,
            scale: instructions.scale,
            to_ledger,
            from_ledger,
            shown: None,
            waiting: None,
            chosen: None,
            storing: false,
            stored: None,
            error: None,
            progress: None,
            done: false,
        })
    }

    /// The code of the case on screen.
    #[must_use]
    pub fn case_code(&self) -> Option<&str> {
        self.shown.as_ref().map(|shown| shown.slot.code.as_str())
    }

    /// Whether every case of the worklist is graded.
    #[must_use]
    pub fn is_done(&self) -> bool {
        self.done
    }

    fn take_replies(&mut self, ctx: &egui::Context) {
        while let Ok(reply) = self.from_ledger.try_recv() {
            match reply {
                Reply::Stored(entry) => {
                    self.stored = Some(format!("Grade {} stored", entry.grade));
                }
                Reply::Next(case, progress) => {
                    let began = progress.n_graded() > 0 && self.progress.is_some();
                    self.progress = Some(progress);
                    self.storing = false;
                    self.error = None;
                    match *case {
                        None => {
                            self.done = true;
                            self.shown = None;
                        }
                        // Between installments there is a pause, as long as the protocol asks.
                        Some(next) if next.slot.position == 1 && (began || next.too_early()) => {
                            self.shown = None;
                            self.waiting = Some(next);
                        }
                        Some(next) => self.show(ctx, next.slot, &next.image),
                    }
                }
                Reply::Failed(text) => {
                    self.storing = false;
                    self.error = Some(text);
                }
            }
        }
    }

    fn show(&mut self, ctx: &egui::Context, slot: Slot, image: &CaseImage) {
        self.chosen = None;
        self.shown = Some(Shown {
            axial: texture(ctx, "axial", &image.axial),
            sagittal: texture(ctx, "sagittal", &image.sagittal),
            opened_unix_millis: now_unix_millis(),
            slot,
        });
    }

    /// Hands the chosen grade to the ledger. The choice stays until the disk has it.
    fn commit(&mut self) {
        let (Some(shown), Some(chosen), false) = (&self.shown, self.chosen, self.storing) else {
            return;
        };
        let grade = match self.scale.grade(chosen) {
            Ok(grade) => grade,
            Err(error) => {
                self.error = Some(error.to_string());
                return;
            }
        };
        let draft = GradeDraft {
            rater: self.rater.clone(),
            slot: shown.slot.clone(),
            grade,
            opened_unix_millis: shown.opened_unix_millis,
            committed_unix_millis: now_unix_millis(),
            app_version: env!("CARGO_PKG_VERSION").to_owned(),
            display: r#"{"axial":[0.0,1.0],"sagittal":[0.0,1.0]}"#.to_owned(),
        };
        self.storing = true;
        self.stored = None;
        if self.to_ledger.send(draft).is_err() {
            self.storing = false;
            self.error =
                Some("The grade was not stored: the study was closed. Start again.".to_owned());
        }
    }

    fn keys(&mut self, ui: &egui::Ui) {
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
        if self.shown.is_none() || self.storing {
            return;
        }
        for level in &self.scale.levels {
            if let Some(&key) = DIGITS.get(usize::from(level.grade))
                && ui.input(|input| input.key_pressed(key))
            {
                self.chosen = Some(level.grade);
            }
        }
        // Consumed, so that a focused button is not pressed as well.
        if ui.input_mut(|input| input.consume_key(egui::Modifiers::NONE, Key::Enter)) {
            self.commit();
        }
    }

    fn head_ui(&self, ui: &mut egui::Ui) {
        ui.horizontal(|ui| {
            if let (Some(shown), Some(progress)) = (&self.shown, &self.progress) {
                ui.heading(shown.slot.code.as_str());
                ui.separator();
                let installment = shown.slot.installment as usize;
                let n_cases = progress
                    .installments
                    .get(installment - 1)
                    .map_or(0, |installment| installment.n_cases);
                ui.label(format!("Case {} of {n_cases}", shown.slot.position));
                if progress.installments.len() > 1 {
                    ui.weak(format!(
                        "installment {installment} of {}",
                        progress.installments.len()
                    ));
                }
            }
            ui.with_layout(egui::Layout::right_to_left(egui::Align::Center), |ui| {
                if let Some(error) = &self.error {
                    ui.colored_label(theme::error(ui.visuals()), error);
                } else if self.storing {
                    ui.weak("Storing");
                } else if let Some(stored) = &self.stored {
                    ui.colored_label(theme::stored(ui.visuals()), stored);
                }
            });
        });
    }

    fn grades_ui(&mut self, ui: &mut egui::Ui) {
        let mut commit = false;
        ui.horizontal_wrapped(|ui| {
            for level in &self.scale.levels {
                let chosen = self.chosen == Some(level.grade);
                let text = RichText::new(format!("{}  {}", level.grade, level.label)).size(15.0);
                let button = egui::Button::selectable(chosen, text).min_size(Vec2::new(0.0, 30.0));
                if ui
                    .add_enabled(!self.storing, button)
                    .on_hover_text(&level.definition)
                    .clicked()
                {
                    self.chosen = Some(level.grade);
                }
            }
            ui.separator();
            let ready = self.chosen.is_some() && !self.storing;
            let store = egui::Button::new(RichText::new("Store (Enter)").size(15.0))
                .min_size(Vec2::new(0.0, 30.0));
            commit = ui.add_enabled(ready, store).clicked();
        });
        if commit {
            self.commit();
        }
    }

    fn pause_ui(&mut self, ui: &mut egui::Ui) {
        let Some(next) = self.waiting.take() else {
            return;
        };
        let mut begin = false;
        let installment = next.slot.installment;
        message_ui(ui, |ui| {
            ui.heading(format!("Installment {} is complete", installment - 1));
            ui.label("All grades are stored. You may close the window; reading goes on from here.");
            ui.add_space(12.0);
            match next.begins_at.filter(|_| next.too_early()) {
                Some(at) => {
                    let day = &rfc3339(at)[..16].replace('T', ", ");
                    ui.label(format!(
                        "Installment {installment} may begin from {day} UTC on."
                    ));
                }
                None => {
                    let text = format!("Begin installment {installment}");
                    begin = ui.button(text).clicked();
                }
            }
        });
        if begin {
            self.stored = None;
            self.show(ui.ctx(), next.slot, &next.image);
        } else {
            self.waiting = Some(next);
        }
    }
}

impl eframe::App for ReadingApp {
    fn logic(&mut self, ctx: &egui::Context, _frame: &mut eframe::Frame) {
        self.take_replies(ctx);
    }

    fn ui(&mut self, ui: &mut egui::Ui, _frame: &mut eframe::Frame) {
        self.keys(ui);
        egui::Panel::top("case").show(ui, |ui| self.head_ui(ui));
        if self.shown.is_some() {
            egui::Panel::bottom("grades").show(ui, |ui| {
                ui.add_space(4.0);
                ui.label(&self.question);
                self.grades_ui(ui);
                ui.add_space(4.0);
            });
        }
        egui::CentralPanel::no_frame().show(ui, |ui| {
            let rect = ui.max_rect();
            ui.painter().rect_filled(rect, 0.0, theme::BEHIND_PICTURE);
            if let Some(shown) = &self.shown {
                pictures_ui(ui, rect, shown);
            } else if self.done {
                message_ui(ui, |ui| {
                    ui.heading("All cases are graded");
                    ui.label("Every grade is stored. You may close the window.");
                });
            } else {
                self.pause_ui(ui);
            }
        });
    }
}

fn message_ui(ui: &mut egui::Ui, add: impl FnOnce(&mut egui::Ui)) {
    ui.vertical_centered(|ui| {
        ui.add_space(ui.available_height() * 0.4);
        ui.style_mut().visuals = egui::Visuals::dark();
        add(ui);
    });
}

/// Both planes as large as they go, side by side.
fn pictures_ui(ui: &egui::Ui, rect: egui::Rect, shown: &Shown) {
    let side = ((rect.width() - theme::PANE_GAP) / 2.0).min(rect.height());
    let size = Vec2::splat(side);
    let centers = [-1.0, 1.0]
        .map(|towards| rect.center() + egui::vec2(towards * (side + theme::PANE_GAP) / 2.0, 0.0));
    for ((texture, name), center) in [(&shown.axial, "Axial"), (&shown.sagittal, "Sagittal")]
        .into_iter()
        .zip(centers)
    {
        let place = egui::Rect::from_center_size(center, size);
        let image = egui::Image::new((texture.id(), size)).alt_text(name);
        image.paint_at(ui, place);
        let picture = ui.interact(place, ui.scope_id().with(name), egui::Sense::hover());
        picture.widget_info(|| {
            let label = format!("{name} picture of case {}", shown.slot.code.as_str());
            egui::WidgetInfo::labeled(egui::Role::Image, true, label)
        });
    }
}

/// A plane as gray pixels. 16 bits become 8 here and nowhere else.
fn texture(ctx: &egui::Context, name: &str, plane: &[u16]) -> TextureHandle {
    let gray: Vec<u8> = plane.iter().map(|&value| (value >> 8) as u8).collect();
    let image = egui::ColorImage::from_gray([PLANE_SIZE, PLANE_SIZE], &gray);
    ctx.load_texture(name, image, egui::TextureOptions::LINEAR)
}

/// The ledger's thread: stores a grade, then fetches the next case.
struct Keeper {
    ledger: Ledger,
    rater: String,
    replies: SyncSender<Reply>,
    ctx: egui::Context,
}

impl Keeper {
    fn run(mut self, drafts: &Receiver<GradeDraft>) {
        self.send_next();
        for draft in drafts {
            match self.ledger.commit_grade(&draft) {
                Ok(entry) => {
                    self.send(Reply::Stored(Box::new(entry)));
                    self.send_next();
                }
                Err(error) => self.send(Reply::Failed(format!("Not stored: {error}"))),
            }
        }
    }

    fn send_next(&self) {
        let next = || {
            let progress = self.ledger.progress(&self.rater)?;
            let case = match self.ledger.next_case(&self.rater)? {
                None => None,
                Some(slot) => Some(NextCase {
                    image: self.ledger.case_image(&slot.code)?,
                    begins_at: self.ledger.begins_at(&self.rater, slot.installment)?,
                    slot,
                }),
            };
            Ok::<_, crate::ledger::LedgerError>(Reply::Next(Box::new(case), progress))
        };
        self.send(next().unwrap_or_else(|error| Reply::Failed(error.to_string())));
    }

    fn send(&self, reply: Reply) {
        // The window may be gone; what was stored stays stored.
        let _ = self.replies.send(reply);
        self.ctx.request_repaint();
    }
}
