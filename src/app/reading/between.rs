//! Between installments: signing the one that is complete, and waiting for the next.

use super::super::{new_passphrase::NewPassphrase, path_panel::cleaned};
use super::verdict::field;
use crate::ledger::Signing;
use crate::study::{Passphrase, PublicKey, rfc3339};
use eframe::egui::{self, TextEdit};
use std::path::PathBuf;

/// What is typed to sign with.
#[derive(Default)]
pub(super) struct SignForm {
    name: String,
    /// At the first signature.
    new: NewPassphrase,
    /// At a later one: that of the first.
    passphrase: String,
}

/// What the rater wants to do next.
pub(super) enum Wish {
    Sign(Signing, Passphrase),
    Begin,
    BeginEarly(String),
    /// Open the next installment with the slip in this file.
    Unlock(PathBuf),
}

/// The installment that comes next.
#[derive(Clone, Copy)]
pub(super) struct Coming {
    pub(super) installment: u32,
    /// From when on it may begin, where that is not yet.
    pub(super) begins_at: Option<i64>,
    /// Whether it opens with a release slip only.
    pub(super) is_sealed: bool,
}

/// An installment that is complete.
pub(super) struct Between<'a> {
    /// Which; 0 is the training.
    pub(super) complete: u32,
    pub(super) is_signed: bool,
    /// The rater's key; where there is none yet, its passphrase is chosen now.
    pub(super) key: Option<&'a PublicKey>,
    /// What no passphrase should be made of: the study's title, the rater.
    pub(super) context: [&'a str; 2],
    /// Whether something is on its way to the disk.
    pub(super) storing: bool,
    pub(super) next: Option<Coming>,
    pub(super) form: &'a mut SignForm,
    /// Why the next begins early.
    pub(super) early_reason: &'a mut String,
    /// Where the release slip is.
    pub(super) slip: &'a mut String,
}

impl Between<'_> {
    pub(super) fn ui(mut self, ui: &mut egui::Ui) -> Option<Wish> {
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
            if let Some(key) = self.key {
                ui.weak("The words of your key, to compare with the coordinator by another way");
                ui.label(key.words());
            }
        } else if self.complete > 0 {
            wish = self.sign_ui(ui);
        }
        if let Some(next) = self.next {
            ui.add_space(12.0);
            wish = wish.or(self.next_ui(ui, next));
        }
        wish
    }

    fn next_ui(&mut self, ui: &mut egui::Ui, next: Coming) -> Option<Wish> {
        let number = next.installment;
        if next.is_sealed {
            return self.sealed_ui(ui, number);
        }
        let Some(at) = next.begins_at else {
            let begin = ui.button(format!("Begin installment {number}"));
            return begin.clicked().then_some(Wish::Begin);
        };
        let day = &rfc3339(at)[..16].replace('T', ", ");
        ui.label(format!("Installment {number} may begin from {day} UTC on."));
        let mut wish = None;
        ui.horizontal(|ui| {
            field(ui, "To begin earlier, say why", self.early_reason, 220.0);
            let is_said = !self.early_reason.trim().is_empty();
            let begin = ui.add_enabled(is_said, egui::Button::new("Begin early"));
            if begin.clicked() {
                wish = Some(Wish::BeginEarly(self.early_reason.clone()));
            }
        });
        wish
    }

    fn sealed_ui(&mut self, ui: &mut egui::Ui, number: u32) -> Option<Wish> {
        ui.label(format!(
            "Installment {number} is sealed. Hand this package to the coordinator once installment \
             {} is signed; when the time has come, they answer with a release slip.",
            number - 1
        ));
        ui.weak("Drop the slip on this window, or say where it is.");
        let mut wish = None;
        ui.horizontal(|ui| {
            field(ui, "Path of the slip", self.slip, 320.0);
            let is_said = !self.slip.trim().is_empty() && !self.storing;
            let open = ui.add_enabled(is_said, egui::Button::new("Open the installment"));
            if open.clicked() {
                wish = Some(Wish::Unlock(cleaned(self.slip)));
            }
        });
        wish
    }

    fn sign_ui(&mut self, ui: &mut egui::Ui) -> Option<Wish> {
        let installment = self.complete;
        let form = &mut *self.form;
        ui.label(format!(
            "Sign installment {installment}: \"{}\"",
            Signing::MEANING
        ));
        ui.weak("After that its grades cannot be corrected any more.");
        ui.add_space(4.0);
        field(ui, "Your name", &mut form.name, 220.0);
        let chosen = if self.key.is_none() {
            let [title, rater] = self.context;
            form.new.ui(ui, &[title, rater, &form.name]);
            form.new
                .chosen()
                .cloned()
                .map_err(|why| why.map(str::to_owned))
        } else {
            let label = ui.label("Your passphrase");
            ui.add(TextEdit::singleline(&mut form.passphrase).password(true))
                .labelled_by(label.id);
            match form.passphrase.is_empty() {
                true => Err(None),
                false => Ok(Passphrase::known(&form.passphrase)),
            }
        };
        let is_ready = !form.name.trim().is_empty() && chosen.is_ok() && !self.storing;
        let mut wish = None;
        ui.add_space(4.0);
        ui.horizontal_wrapped(|ui| {
            let text = format!("Sign installment {installment}");
            let is_clicked = ui.add_enabled(is_ready, egui::Button::new(text)).clicked();
            match chosen {
                _ if self.storing => {
                    ui.weak("Signing");
                }
                Ok(passphrase) if is_clicked => {
                    let signing = Signing {
                        installment,
                        name: form.name.clone(),
                        meaning: Signing::MEANING.to_owned(),
                    };
                    wish = Some(Wish::Sign(signing, passphrase));
                }
                Err(Some(why)) => {
                    ui.weak(why);
                }
                Ok(_) | Err(None) => {}
            }
        });
        wish
    }
}

impl SignForm {
    /// Forgets the passphrase once it was used.
    pub(super) fn clear(&mut self) {
        self.new = NewPassphrase::default();
        self.passphrase.clear();
    }
}
