//! What the reading window shows: the case and its place, the grades, the pictures, and what
//! stands between installments.

use super::between::{Between, Coming, Wish};
use super::keeper::Ask;
use super::verdict::definitions_ui;
use super::{ReadingApp, Shown, Stage, theme};
use crate::study::{RaterProgress, Slot};
use eframe::egui;

impl ReadingApp {
    pub(super) fn head_ui(&mut self, ui: &mut egui::Ui) {
        ui.horizontal(|ui| {
            if let (Some(shown), Some(progress)) = (self.shown(), &self.progress) {
                ui.heading(shown.slot.code.as_str());
                ui.separator();
                place_ui(ui, &shown.slot, progress, shown.before.is_some());
            }
            ui.with_layout(egui::Layout::right_to_left(egui::Align::Center), |ui| {
                if let Some(error) = &self.error {
                    ui.colored_label(theme::error(ui.visuals()), error);
                } else if self.storing {
                    ui.weak("Storing");
                } else if let Some(stored) = &self.stored {
                    ui.colored_label(theme::stored(ui.visuals()), stored);
                }
                if self.shown().is_some() && self.pause.is_none() && self.lesson.is_none() {
                    ui.separator();
                    if ui.button("Pause (P)").clicked() {
                        self.pause(false);
                    }
                    if self.told.reading.go_back {
                        let can = self.place_before().is_some();
                        let back = egui::Button::new("Go back (Backspace)");
                        if ui.add_enabled(can, back).clicked() {
                            self.go_back();
                        }
                    }
                    ui.toggle_value(&mut self.shows_definitions, "Definitions (D)");
                }
            });
        });
    }

    pub(super) fn foot_ui(&mut self, ui: &mut egui::Ui) {
        ui.add_space(4.0);
        if let Some((text, after)) = &self.lesson {
            ui.strong(text);
            let button = egui::Button::new("Continue (Enter)");
            if ui.add_enabled(after.is_some(), button).clicked() {
                self.end_lesson(ui.ctx());
            }
            ui.add_space(4.0);
            return;
        }
        ui.label(&self.told.question);
        let is_training = self
            .shown()
            .is_some_and(|shown| shown.slot.installment == 0);
        if self.shows_definitions || is_training {
            definitions_ui(ui, &self.told.scale);
        }
        let mut store = false;
        if let Stage::Case(shown) = &mut self.stage {
            let is_correction = shown.before.is_some();
            store = shown.draft.ui(ui, &self.told, is_correction, self.storing);
            if is_correction && ui.button("Leave as it is (Esc)").clicked() {
                self.ask(Ask::GoOn);
            }
        }
        if store {
            self.commit();
        }
        ui.add_space(4.0);
    }

    pub(super) fn middle_ui(&mut self, ui: &mut egui::Ui) {
        let rect = ui.max_rect();
        ui.painter().rect_filled(rect, 0.0, theme::BEHIND_PICTURE);
        if let Some(pause) = &self.pause {
            let is_idle = pause.is_idle;
            let mut goes_on = false;
            message_ui(ui, |ui| {
                ui.heading("Reading is paused");
                if is_idle {
                    ui.label("Nobody had touched key or mouse for two minutes.");
                }
                ui.label("The time does not count. What was chosen is kept.");
                ui.add_space(12.0);
                goes_on = ui.button("Continue (Enter)").clicked();
            });
            if goes_on {
                self.resume();
            }
            return;
        }
        match &mut self.stage {
            Stage::Loading => {}
            Stage::Case(shown) => {
                let Shown { pictures, slot, .. } = &mut **shown;
                pictures.ui(ui, rect, slot, self.told.reading);
            }
            Stage::Between(_) => self.between_ui(ui),
        }
    }

    fn between_ui(&mut self, ui: &mut egui::Ui) {
        let complete = self.complete();
        let installments = self.progress.iter().flat_map(|of| &of.installments);
        let signed: Vec<bool> = installments.map(|of| of.is_signed).collect();
        let is_signed = |n: u32| n > 0 && signed.get(n as usize - 1) == Some(&true);
        let next = match &self.stage {
            Stage::Between(Some(next)) => Some(Coming {
                installment: next.slot.installment,
                begins_at: next.begins_at.filter(|_| next.too_early()),
                is_sealed: next.image.is_none(),
            }),
            _ => None,
        };
        let can_go_back = self.place_before().is_some();
        let (mut wish, mut goes_back) = (None, false);
        message_ui(ui, |ui| {
            wish = Between {
                complete,
                is_signed: is_signed(complete),
                key: self.key.as_ref(),
                context: [&self.told.title, &self.rater],
                storing: self.storing,
                next,
                form: &mut self.sign_form,
                early_reason: &mut self.early_reason,
                slip: &mut self.slip,
            }
            .ui(ui);
            if can_go_back {
                ui.add_space(12.0);
                goes_back = ui.button("Go back to the cases (Backspace)").clicked();
            }
        });
        if goes_back {
            self.go_back();
        }
        match wish {
            None => {}
            Some(Wish::Sign(signing, passphrase)) => {
                self.storing = true;
                self.ask(Ask::Sign(signing, passphrase));
            }
            Some(Wish::Unlock(path)) => self.unlock(path),
            Some(Wish::BeginEarly(reason)) => {
                let installment = complete + 1;
                self.early_reason.clear();
                self.ask(Ask::BeginEarly(installment, reason));
            }
            Some(Wish::Begin) => {
                self.stored = None;
                if let Stage::Between(Some(next)) =
                    std::mem::replace(&mut self.stage, Stage::Loading)
                    && let Some(image) = &next.image
                {
                    self.show(ui.ctx(), next.slot, image, None);
                }
            }
        }
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
