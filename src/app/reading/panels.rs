//! What the reading window shows: the case and its place, the grades, the pictures, and what
//! stands before the first case and between installments.

use super::between::{between_ui, sign_left_ui};
use super::command::{ReadingCommands, ReadingEdit, ReadingRequest};
use super::display::{unseen_keys, unseen_ui};
use super::session::{DisplayTesting, ReadingSession, ShownCase, Stage};
use super::start::{start_button_ui, start_ui};
use super::verdict::definitions_ui;
use crate::app::shell::{is_typing, theme, told};
use crate::study::{RaterProgress, Slot};
use eframe::egui::{self, Key, Modifiers};

/// All of the window.
pub(super) fn ui(session: &mut ReadingSession, commands: &ReadingCommands, ui: &mut egui::Ui) {
    keys(session, commands, ui);
    egui::Panel::top("case").show(ui, |ui| head_ui(session, commands, ui));
    if session.shown().is_some() && session.pause.is_none() {
        egui::Panel::bottom("grades").show(ui, |ui| foot_ui(session, commands, ui));
    }
    if matches!(session.stage, Stage::Start(_)) {
        egui::Panel::bottom("start").show(ui, |ui| start_button_ui(ui, commands));
    }
    egui::CentralPanel::no_frame().show(ui, |ui| middle_ui(session, commands, ui));
}

/// What keys ask for.
fn keys(session: &mut ReadingSession, commands: &ReadingCommands, ui: &egui::Ui) {
    if is_typing(ui.ctx()) {
        return;
    }
    let pressed = |key| ui.input_mut(|input| input.consume_key(Modifiers::NONE, key));
    // These belong to a button that was reached by Tab, while there is one.
    let is_free = ui.memory(|memory| memory.focused().is_none());
    let entered = || is_free && pressed(Key::Enter);
    if session.pause.is_some() {
        if entered() || pressed(Key::P) {
            commands.request(ReadingRequest::Resume);
        }
        return;
    }
    if session.lesson.is_some() {
        if entered() {
            commands.request(ReadingRequest::EndLesson);
        }
        return;
    }
    if matches!(session.stage, Stage::Start(_)) {
        if entered() {
            commands.request(ReadingRequest::Begin);
        }
        return;
    }
    let storing = session.storing;
    if let Stage::Display(testing) = &mut session.stage {
        let request = match &testing.stored {
            _ if storing => None,
            Some(_) => unseen_keys(ui, is_free),
            None => testing.form.keys(ui, is_free),
        };
        request.into_iter().for_each(|of| commands.request(of));
        return;
    }
    if pressed(Key::Backspace) || (is_free && pressed(Key::ArrowLeft)) {
        commands.request(ReadingRequest::GoBack);
    }
    let Stage::Case(shown) = &mut session.stage else {
        return;
    };
    if pressed(Key::D) {
        commands.edit(ReadingEdit::Definitions(!session.shows_definitions));
    }
    if storing {
        return;
    }
    let is_correction = shown.before.is_some();
    shown.draft.keys(ui, &session.instructions, is_correction);
    if is_correction && is_free && (pressed(Key::Escape) || pressed(Key::ArrowRight)) {
        commands.request(ReadingRequest::LeaveAsItIs);
    } else if pressed(Key::P) {
        commands.request(ReadingRequest::Pause);
    } else if entered() {
        commands.request(ReadingRequest::Store);
    }
}

fn head_ui(session: &ReadingSession, commands: &ReadingCommands, ui: &mut egui::Ui) {
    ui.horizontal_wrapped(|ui| {
        if let (Some(shown), Some(progress)) = (session.shown(), &session.progress) {
            ui.heading(shown.slot.code.as_str());
            ui.separator();
            place_ui(ui, &shown.slot, progress, shown.before.is_some());
        }
        if session.shown().is_some() && session.pause.is_none() && session.lesson.is_none() {
            ui.separator();
            case_buttons_ui(session, commands, ui);
        }
        if session.storing {
            ui.weak("Storing");
        } else if let Some(stored) = session.stored.as_ref().filter(|_| session.error.is_none()) {
            ui.colored_label(theme::stored(ui.visuals()), stored);
        }
    });
    // On lines of its own: all of it is to be read.
    if let Some(error) = &session.error {
        let text = egui::RichText::new(error).color(theme::error(ui.visuals()));
        ui.add(egui::Label::new(text).wrap());
    }
}

fn case_buttons_ui(session: &ReadingSession, commands: &ReadingCommands, ui: &mut egui::Ui) {
    let mut definitions = session.shows_definitions;
    let button = ui.toggle_value(&mut definitions, "Definitions (D)");
    if told(button, "Show what each grade means, or hide it (D)").clicked() {
        commands.edit(ReadingEdit::Definitions(definitions));
    }
    if session.instructions.reading.go_back {
        let can = session.place_before().is_some();
        let back = ui.add_enabled(can, egui::Button::new("Go back (Backspace)"));
        let what = "Show the case before, whose grade may be corrected (Backspace)";
        if told(back, what).clicked() {
            commands.request(ReadingRequest::GoBack);
        }
    }
    let pause = ui.button("Pause (P)");
    if told(pause, "Hide the pictures; the time does not count (P)").clicked() {
        commands.request(ReadingRequest::Pause);
    }
    if let Some(installment) = session.left_unsigned() {
        let sign = ui.button(format!("Sign installment {installment}…"));
        let what = "It was left unsigned: pause, and sign it there (P)";
        if told(sign, what).clicked() {
            commands.request(ReadingRequest::Pause);
        }
    }
}

/// As much of the window may the words under the pictures take before they scroll.
const FOOT_SHARE: f32 = 0.45;

fn foot_ui(session: &mut ReadingSession, commands: &ReadingCommands, ui: &mut egui::Ui) {
    ui.add_space(4.0);
    let most = FOOT_SHARE * ui.ctx().content_rect().height();
    egui::ScrollArea::vertical()
        .max_height(most)
        // The panel has the height that it needed a frame ago, and would never grow.
        .min_scrolled_height(most)
        .auto_shrink([false, true])
        .show(ui, |ui| match session.lesson {
            Some(_) => lesson_ui(session, commands, ui),
            None => verdict_ui(session, commands, ui),
        });
    ui.add_space(4.0);
}

/// What the study's maker says of a training case that is graded.
fn lesson_ui(session: &ReadingSession, commands: &ReadingCommands, ui: &mut egui::Ui) {
    let Some((text, next)) = &session.lesson else {
        return;
    };
    ui.add(egui::Label::new(egui::RichText::new(text).strong()).wrap());
    let button = ui.add_enabled(next.is_some(), egui::Button::new("Continue (Enter)"));
    if told(button, "Show the next case (Enter)").clicked() {
        commands.request(ReadingRequest::EndLesson);
    }
}

fn verdict_ui(session: &mut ReadingSession, commands: &ReadingCommands, ui: &mut egui::Ui) {
    let shown = session.shown();
    let is_training = shown.is_some_and(|shown| shown.slot.installment == 0);
    let Stage::Case(shown) = &mut session.stage else {
        return;
    };
    let instructions = &session.instructions;
    ui.label(&instructions.question);
    let is_correction = shown.before.is_some();
    let storing = session.storing;
    if shown.draft.ui(ui, instructions, is_correction, storing) {
        commands.request(ReadingRequest::Store);
    }
    if is_correction {
        let leave = ui.button("Leave as it is (Esc)");
        if told(leave, "Change nothing of the grade before (Esc)").clicked() {
            commands.request(ReadingRequest::LeaveAsItIs);
        }
    }
    // Below the buttons, which stay where they are.
    if session.shows_definitions || is_training {
        ui.add_space(4.0);
        definitions_ui(ui, &instructions.scale);
    }
}

fn middle_ui(session: &mut ReadingSession, commands: &ReadingCommands, ui: &mut egui::Ui) {
    let rect = ui.max_rect();
    ui.painter().rect_filled(rect, 0.0, theme::BEHIND_PICTURE);
    if let Some(pause) = &session.pause {
        let is_idle = pause.is_idle;
        page_ui(ui, "pause", |ui| {
            pause_ui(ui, commands, is_idle);
            sign_left_ui(ui, session, commands);
        });
        return;
    }
    match &mut session.stage {
        Stage::Loading => {}
        Stage::Start(_) => page_ui(ui, "start", |ui| start_ui(ui, session)),
        Stage::Display(testing) => {
            let storing = session.storing;
            let DisplayTesting { next, form, stored } = &mut **testing;
            let request = match stored {
                Some(test) => page_ui(ui, "unseen", |ui| unseen_ui(ui, test)),
                None => {
                    let installment = next.slot.installment;
                    page_ui(ui, "display", |ui| form.ui(ui, installment, storing))
                }
            };
            request.into_iter().for_each(|of| commands.request(of));
        }
        Stage::Case(shown) => {
            let ShownCase { pictures, slot, .. } = &mut **shown;
            pictures.ui(ui, rect, slot, session.instructions.reading);
        }
        Stage::Between(_) => page_ui(ui, "between", |ui| between_ui(ui, session, commands)),
    }
}

fn pause_ui(ui: &mut egui::Ui, commands: &ReadingCommands, is_idle: bool) {
    ui.heading("Reading is paused");
    if is_idle {
        ui.label("Nobody had touched key or mouse for two minutes.");
    }
    ui.label("The time does not count. What was chosen is kept.");
    ui.add_space(12.0);
    let resume = ui.button("Continue (Enter)");
    if told(resume, "Show the pictures again (Enter)").clicked() {
        commands.request(ReadingRequest::Resume);
    }
}

/// Which case of how many; nothing about any grade.
fn place_ui(ui: &mut egui::Ui, slot: &Slot, progress: &RaterProgress, is_before: bool) {
    let of = match slot.installment {
        0 => Some(&progress.training),
        n => progress.installments.get(n as usize - 1),
    };
    let n_cases = of.map_or(0, |of| of.n_cases);
    ui.label(format!("Case {} of {n_cases}", slot.position));
    let n_installments = progress.installments.len();
    if slot.installment == 0 {
        ui.weak("training");
    } else if n_installments > 1 {
        ui.weak(format!(
            "installment {} of {n_installments}",
            slot.installment
        ));
    }
    if is_before {
        ui.weak("graded before");
    }
}

/// Words where the pictures are otherwise: in a column, scrolled where they do not fit. Each page, by
/// its name, is scrolled by itself.
fn page_ui<R>(ui: &mut egui::Ui, name: &str, add: impl FnOnce(&mut egui::Ui) -> R) -> R {
    const WIDEST: f32 = 660.0;
    const MARGIN: f32 = 24.0;
    *ui.visuals_mut() = theme::dark();
    let width = (ui.available_width() - 2.0 * MARGIN).min(WIDEST);
    let left = (ui.available_width() - width) / 2.0;
    let page = egui::ScrollArea::vertical()
        .id_salt(name)
        .auto_shrink([false, false])
        .show(ui, |ui| {
            let row = ui.horizontal_top(|ui| {
                ui.add_space(left - ui.spacing().item_spacing.x);
                let column = ui.vertical(|ui| {
                    ui.set_max_width(width);
                    ui.add_space(MARGIN);
                    let added = add(ui);
                    ui.add_space(MARGIN);
                    added
                });
                column.inner
            });
            row.inner
        });
    page.inner
}
