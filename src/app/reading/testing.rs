//! How a session comes through the test of the display: stored before the first case, and told where
//! not all was seen.

use super::display::DisplayForm;
use super::keeper::RaterRequest;
use super::session::{ReadingSession, Stage};
use crate::study::DisplayTest;
use eframe::egui;

impl ReadingSession {
    /// Hands the answers to the ledger. They stay until the disk has them.
    pub(super) fn store_display_test(&mut self) {
        if let Stage::Display(testing) = &self.stage
            && !self.storing
            && let Ok(test) = testing.form.test()
        {
            let installment = testing.next.slot.installment;
            self.storing = true;
            self.stored = None;
            self.ask(RaterRequest::TestDisplay(installment, test));
        }
    }

    /// The disk has the answers. What was not seen is told before the first case comes.
    pub(super) fn take_display_test(&mut self, test: DisplayTest, ctx: &egui::Context) {
        self.storing = false;
        self.error = None;
        self.stored = Some("Test of the display stored".to_owned());
        if let Stage::Display(testing) = &mut self.stage {
            testing.next.needs_display_test = false;
            match test.unseen().is_empty() {
                true => self.end_display_test(ctx),
                false => testing.stored = Some(test),
            }
        }
    }

    /// Goes on to the case that waits, once the display was tested.
    pub(super) fn end_display_test(&mut self, ctx: &egui::Context) {
        match std::mem::replace(&mut self.stage, Stage::Loading) {
            Stage::Display(testing) if !testing.next.needs_display_test => {
                self.begin_case(ctx, testing.next);
            }
            other => self.stage = other,
        }
    }

    /// Shows the pattern once more. What is stored stays, and what is answered now stands beside it.
    pub(super) fn test_display_again(&mut self) {
        if let Stage::Display(testing) = &mut self.stage {
            testing.form = DisplayForm::default();
            testing.stored = None;
        }
    }
}
