//! Between installments: signing the one that is complete, and waiting for the next.

use super::verdict::field;
use crate::ledger::Signing;
use crate::study::rfc3339;
use eframe::egui::{self, TextEdit};

/// What is typed to sign with.
#[derive(Default)]
pub(super) struct SignForm {
    name: String,
    passphrase: String,
    again: String,
}

/// What the rater wants to do next.
pub(super) enum Wish {
    Sign(Signing),
    Begin,
    BeginEarly(String),
}

/// An installment that is complete.
pub(super) struct Between<'a> {
    /// Which; 0 is the training.
    pub(super) complete: u32,
    pub(super) is_signed: bool,
    /// Whether nothing was signed before, so that the passphrase is chosen now.
    pub(super) is_first: bool,
    /// Whether something is on its way to the disk.
    pub(super) storing: bool,
    /// The next installment, and from when on it may begin.
    pub(super) next: Option<(u32, Option<i64>)>,
    pub(super) form: &'a mut SignForm,
    /// Why the next begins early.
    pub(super) early_reason: &'a mut String,
}

impl Between<'_> {
    pub(super) fn ui(self, ui: &mut egui::Ui) -> Option<Wish> {
        let mut wish = None;
        ui.heading(match (self.complete, self.next) {
            (0, _) => "Training is complete".to_owned(),
            (_, None) => "All cases are graded".to_owned(),
            (n, Some(_)) => format!("Installment {n} is complete"),
        });
        ui.label("All grades are stored. You may close the window; reading goes on from here.");
        ui.add_space(12.0);
        if self.is_signed {
            ui.label(format!("Installment {} is signed.", self.complete));
        } else if self.complete > 0 {
            wish = self.form.ui(ui, self.complete, self.is_first, self.storing);
        }
        if let Some((next, begins_at)) = self.next {
            ui.add_space(12.0);
            if let Some(at) = begins_at {
                let day = &rfc3339(at)[..16].replace('T', ", ");
                ui.label(format!("Installment {next} may begin from {day} UTC on."));
                ui.horizontal(|ui| {
                    field(ui, "To begin earlier, say why", self.early_reason, 220.0);
                    let is_said = !self.early_reason.trim().is_empty();
                    if ui
                        .add_enabled(is_said, egui::Button::new("Begin early"))
                        .clicked()
                    {
                        wish = Some(Wish::BeginEarly(self.early_reason.clone()));
                    }
                });
            } else if ui.button(format!("Begin installment {next}")).clicked() {
                wish = Some(Wish::Begin);
            }
        }
        wish
    }
}

impl SignForm {
    fn ui(
        &mut self,
        ui: &mut egui::Ui,
        installment: u32,
        is_first: bool,
        storing: bool,
    ) -> Option<Wish> {
        let mut wish = None;
        ui.label(format!(
            "Sign installment {installment}: \"{}\"",
            Signing::MEANING
        ));
        ui.weak("After that its grades cannot be corrected any more.");
        ui.add_space(4.0);
        egui::Grid::new("sign").num_columns(2).show(ui, |ui| {
            let label = ui.label("Your name");
            ui.text_edit_singleline(&mut self.name)
                .labelled_by(label.id);
            ui.end_row();
            let label = ui.label(if is_first {
                "A passphrase of your own"
            } else {
                "Your passphrase"
            });
            let secret = |text| TextEdit::singleline(text).password(true);
            ui.add(secret(&mut self.passphrase)).labelled_by(label.id);
            ui.end_row();
            if is_first {
                let label = ui.label("The same again");
                ui.add(secret(&mut self.again)).labelled_by(label.id);
                ui.end_row();
            }
        });
        let is_same = !is_first || self.passphrase == self.again;
        let is_ready = !self.name.trim().is_empty() && !self.passphrase.is_empty() && is_same;
        ui.add_space(4.0);
        ui.horizontal(|ui| {
            let text = format!("Sign installment {installment}");
            let button = ui.add_enabled(is_ready && !storing, egui::Button::new(text));
            if button.clicked() {
                wish = Some(Wish::Sign(Signing {
                    installment,
                    name: self.name.clone(),
                    meaning: Signing::MEANING.to_owned(),
                    passphrase: self.passphrase.clone(),
                }));
            }
            if storing {
                ui.weak("Signing");
            } else if !is_same && !self.again.is_empty() {
                ui.weak("The two passphrases differ");
            }
        });
        wish
    }

    /// Forgets the passphrase once it was used.
    pub(super) fn clear(&mut self) {
        self.passphrase.clear();
        self.again.clear();
    }
}
