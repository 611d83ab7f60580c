//! Signing an installment that is complete.

use super::command::ReadingRequest;
use super::verdict::field;
use crate::app::shell::new_passphrase::NewPassphrase;
use crate::app::shell::{labelled, told};
use crate::ledger::Signing;
use crate::study::{Passphrase, PublicKey};
use eframe::egui::{self, TextEdit};

/// What is typed to sign with.
#[derive(Default)]
pub(super) struct SignForm {
    name: String,
    /// At the first signature.
    new: NewPassphrase,
    /// At a later one: that of the first.
    passphrase: String,
}

impl SignForm {
    /// Forgets the passphrase once it was used.
    pub(super) fn clear(&mut self) {
        self.new = NewPassphrase::default();
        self.passphrase.clear();
    }

    /// `key` is the rater's; where there is none yet, its passphrase is chosen now, and not of
    /// `context`: the study's title and the rater.
    pub(super) fn ui(
        &mut self,
        ui: &mut egui::Ui,
        installment: u32,
        key: Option<&PublicKey>,
        context: [&str; 2],
        storing: bool,
    ) -> Option<ReadingRequest> {
        ui.label(format!(
            "Sign installment {installment}: \"{}\"",
            Signing::MEANING
        ));
        ui.weak("After that its grades cannot be corrected any more.");
        ui.add_space(4.0);
        let name = field(ui, "Your name", &mut self.name, 220.0);
        told(name, "As it is to stand under the grades");
        let chosen = if key.is_none() {
            let [title, rater] = context;
            self.new.ui(ui, &[title, rater, &self.name]);
            self.new
                .chosen()
                .cloned()
                .map_err(|why| why.map(str::to_owned))
        } else {
            let passphrase = TextEdit::singleline(&mut self.passphrase);
            let field = labelled(ui, "Your passphrase", passphrase.password(true));
            told(field, "The one that you chose at the first signature");
            match self.passphrase.is_empty() {
                true => Err(None),
                false => Ok(Passphrase::known(&self.passphrase)),
            }
        };
        let is_ready = !self.name.trim().is_empty() && chosen.is_ok() && !storing;
        let mut request = None;
        ui.add_space(4.0);
        ui.horizontal_wrapped(|ui| {
            let text = format!("Sign installment {installment}");
            let sign = ui.add_enabled(is_ready, egui::Button::new(text));
            let what = "From then on no grade of this installment can be corrected";
            let is_clicked = told(sign, what).clicked();
            match chosen {
                _ if storing => {
                    ui.weak("Signing");
                }
                Ok(passphrase) if is_clicked => {
                    let signing = Signing {
                        installment,
                        name: self.name.clone(),
                        meaning: Signing::MEANING.to_owned(),
                    };
                    request = Some(ReadingRequest::Sign(signing, passphrase));
                }
                Err(Some(why)) => {
                    ui.weak(why);
                }
                Ok(_) | Err(None) => {}
            }
        });
        request
    }
}
