//! What the reading window shows: the case and its place, the grades, the pictures, and what
//! stands between installments.

use super::between::between_ui;
use super::command::{ReadingCommands, ReadingEdit, ReadingRequest};
use super::session::{ReadingSession, ShownCase, Stage};
use super::verdict::definitions_ui;
use crate::app::shell::theme;
use crate::study::{RaterProgress, Slot};
use eframe::egui::{self, Key, Modifiers};

/// All of the window.
pub(super) fn ui(session: &mut ReadingSession, commands: &ReadingCommands, ui: &mut egui::Ui) {
    keys(session, commands, ui);
    egui::Panel::top("case").show(ui, |ui| head_ui(session, commands, ui));
    if session.shown().is_some() && session.pause.is_none() {
        egui::Panel::bottom("grades").show(ui, |ui| foot_ui(session, commands, ui));
    }
    egui::CentralPanel::no_frame().show(ui, |ui| middle_ui(session, commands, ui));
}

/// What keys ask for.
fn keys(session: &mut ReadingSession, commands: &ReadingCommands, ui: &egui::Ui) {
    // Keys go to a field while one is being filled in.
    if ui.ctx().egui_wants_keyboard_input() {
        return;
    }
    let pressed = |key| ui.input_mut(|input| input.consume_key(Modifiers::NONE, key));
    if session.pause.is_some() {
        if pressed(Key::Enter) || pressed(Key::P) {
            commands.request(ReadingRequest::Resume);
        }
        return;
    }
    if session.lesson.is_some() {
        if pressed(Key::Enter) {
            commands.request(ReadingRequest::EndLesson);
        }
        return;
    }
    if pressed(Key::D) {
        commands.edit(ReadingEdit::Definitions(!session.shows_definitions));
    }
    if pressed(Key::Backspace) || pressed(Key::ArrowLeft) {
        commands.request(ReadingRequest::GoBack);
    }
    let Stage::Case(shown) = &mut session.stage else {
        return;
    };
    if session.storing {
        return;
    }
    shown.draft.keys(ui, &session.instructions);
    if shown.before.is_some() && (pressed(Key::Escape) || pressed(Key::ArrowRight)) {
        commands.request(ReadingRequest::LeaveAsItIs);
    } else if pressed(Key::P) {
        commands.request(ReadingRequest::Pause);
    } else if pressed(Key::Enter) {
        // Consumed, so that a focused button is not pressed as well.
        commands.request(ReadingRequest::Store);
    }
}

fn head_ui(session: &ReadingSession, commands: &ReadingCommands, ui: &mut egui::Ui) {
    ui.horizontal(|ui| {
        if let (Some(shown), Some(progress)) = (session.shown(), &session.progress) {
            ui.heading(shown.slot.code.as_str());
            ui.separator();
            place_ui(ui, &shown.slot, progress, shown.before.is_some());
        }
        ui.with_layout(egui::Layout::right_to_left(egui::Align::Center), |ui| {
            if let Some(error) = &session.error {
                ui.colored_label(theme::error(ui.visuals()), error);
            } else if session.storing {
                ui.weak("Storing");
            } else if let Some(stored) = &session.stored {
                ui.colored_label(theme::stored(ui.visuals()), stored);
            }
            if session.shown().is_some() && session.pause.is_none() && session.lesson.is_none() {
                ui.separator();
                if ui.button("Pause (P)").clicked() {
                    commands.request(ReadingRequest::Pause);
                }
                if session.instructions.reading.go_back {
                    let can = session.place_before().is_some();
                    let back = egui::Button::new("Go back (Backspace)");
                    if ui.add_enabled(can, back).clicked() {
                        commands.request(ReadingRequest::GoBack);
                    }
                }
                let mut definitions = session.shows_definitions;
                if ui
                    .toggle_value(&mut definitions, "Definitions (D)")
                    .clicked()
                {
                    commands.edit(ReadingEdit::Definitions(definitions));
                }
            }
        });
    });
}

fn foot_ui(session: &mut ReadingSession, commands: &ReadingCommands, ui: &mut egui::Ui) {
    ui.add_space(4.0);
    if let Some((text, after)) = &session.lesson {
        ui.strong(text);
        let button = egui::Button::new("Continue (Enter)");
        if ui.add_enabled(after.is_some(), button).clicked() {
            commands.request(ReadingRequest::EndLesson);
        }
        ui.add_space(4.0);
        return;
    }
    ui.label(&session.instructions.question);
    let shown = session.shown();
    let is_training = shown.is_some_and(|shown| shown.slot.installment == 0);
    if session.shows_definitions || is_training {
        definitions_ui(ui, &session.instructions.scale);
    }
    if let Stage::Case(shown) = &mut session.stage {
        let is_correction = shown.before.is_some();
        if shown
            .draft
            .ui(ui, &session.instructions, is_correction, session.storing)
        {
            commands.request(ReadingRequest::Store);
        }
        if is_correction && ui.button("Leave as it is (Esc)").clicked() {
            commands.request(ReadingRequest::LeaveAsItIs);
        }
    }
    ui.add_space(4.0);
}

fn middle_ui(session: &mut ReadingSession, commands: &ReadingCommands, ui: &mut egui::Ui) {
    let rect = ui.max_rect();
    ui.painter().rect_filled(rect, 0.0, theme::BEHIND_PICTURE);
    if let Some(pause) = &session.pause {
        let is_idle = pause.is_idle;
        message_ui(ui, |ui| {
            ui.heading("Reading is paused");
            if is_idle {
                ui.label("Nobody had touched key or mouse for two minutes.");
            }
            ui.label("The time does not count. What was chosen is kept.");
            ui.add_space(12.0);
            if ui.button("Continue (Enter)").clicked() {
                commands.request(ReadingRequest::Resume);
            }
        });
        return;
    }
    match &mut session.stage {
        Stage::Loading => {}
        Stage::Case(shown) => {
            let ShownCase { pictures, slot, .. } = &mut **shown;
            pictures.ui(ui, rect, slot, session.instructions.reading);
        }
        Stage::Between(_) => message_ui(ui, |ui| between_ui(ui, session, commands)),
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

fn message_ui(ui: &mut egui::Ui, add: impl FnOnce(&mut egui::Ui)) {
    ui.style_mut().visuals = egui::Visuals::dark();
    let width = ui.available_width().min(620.0);
    let rect = egui::Rect::from_center_size(
        ui.max_rect().center(),
        egui::vec2(width, ui.available_height() * 0.6),
    );
    let layout = egui::Layout::top_down(egui::Align::Min);
    ui.scope_builder(egui::UiBuilder::new().max_rect(rect).layout(layout), add);
}
