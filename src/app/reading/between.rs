//! Between installments: signing the one that is complete, and waiting for the next.

use super::command::{ReadingCommands, ReadingRequest};
use super::keeper::NextCase;
use super::own_grades::own_grades_ui;
use super::session::{ReadingSession, Stage};
use super::verdict::field;
use crate::app::shell::{told, typed_path};
use crate::study::rfc3339;
use eframe::egui;

/// An installment is complete; which one, 0 being the training, follows from the session.
pub(super) fn between_ui(
    ui: &mut egui::Ui,
    session: &mut ReadingSession,
    commands: &ReadingCommands,
) {
    let complete = session.complete();
    let can_correct = session.can_correct();
    let ReadingSession {
        stage, progress, ..
    } = &*session;
    let Stage::Between(next) = stage else {
        return;
    };
    ui.heading(match (complete, next) {
        (0, _) => "Training is complete".to_owned(),
        (_, None) => "All cases are graded".to_owned(),
        (n, Some(_)) => format!("Installment {n} is complete"),
    });
    ui.label("All grades are stored. You may close the window; reading goes on from here.");
    ui.add_space(12.0);
    let of = (complete as usize).checked_sub(1);
    let of = of.and_then(|idx| progress.as_ref()?.installments.get(idx));
    let (verdicts, scale) = (&session.verdicts, &session.instructions.scale);
    let is_signed = of.is_some_and(|of| of.is_signed);
    // What is signed is not brought to mind again before the next installment.
    let mut request = match is_signed {
        true => None,
        false => own_grades_ui(ui, verdicts, scale, can_correct),
    };
    if is_signed {
        ui.label(format!("Installment {complete} is signed."));
        if let Some(key) = &session.key {
            ui.weak("The words of your key, to compare with the coordinator by another way");
            ui.label(key.words());
        }
        sign_left_ui(ui, session, commands);
    } else if complete > 0 {
        request = request.or(sign_ui(ui, session, complete));
    }
    if let Stage::Between(Some(next)) = &session.stage {
        ui.add_space(12.0);
        let (reason, slip) = (&mut session.early_reason, &mut session.slip);
        request = request.or(next_ui(ui, next, reason, slip, session.storing));
    }
    if can_correct {
        ui.add_space(12.0);
        let back = ui.button("Go back to the cases (Backspace)");
        if told(back, "Show the last case again (Backspace)").clicked() {
            commands.request(ReadingRequest::GoBack);
        }
    }
    if let Some(request) = request {
        commands.request(request);
    }
}

/// An installment that was left unsigned when the next one began, where there is one.
pub(super) fn sign_left_ui(
    ui: &mut egui::Ui,
    session: &mut ReadingSession,
    commands: &ReadingCommands,
) {
    let Some(installment) = session.left_unsigned() else {
        return;
    };
    ui.add_space(16.0);
    ui.strong(format!("Installment {installment} was left unsigned"));
    ui.weak("Its grades are not shown here, so that they do not come to mind again.");
    if let Some(request) = sign_ui(ui, session, installment) {
        commands.request(request);
    }
}

fn sign_ui(
    ui: &mut egui::Ui,
    session: &mut ReadingSession,
    installment: u32,
) -> Option<ReadingRequest> {
    let key = session.key.as_ref();
    let context = [session.instructions.title.as_str(), session.rater.as_str()];
    let form = &mut session.sign_form;
    form.ui(ui, installment, key, context, session.storing)
}

/// The installment that comes next; `reason` says why it begins early, `slip` where its release
/// slip is.
fn next_ui(
    ui: &mut egui::Ui,
    next: &NextCase,
    reason: &mut String,
    slip: &mut String,
    storing: bool,
) -> Option<ReadingRequest> {
    let number = next.slot.installment;
    if next.image.is_none() {
        return sealed_ui(ui, number, slip, storing);
    }
    let Some(at) = next.begins_at.filter(|_| next.too_early()) else {
        let begin = ui.button(format!("Begin installment {number}"));
        let begin = told(begin, "Show its first case");
        return begin.clicked().then_some(ReadingRequest::Begin);
    };
    let day = &rfc3339(at)[..16].replace('T', ", ");
    ui.label(format!("Installment {number} may begin from {day} UTC on."));
    let row = ui.horizontal_wrapped(|ui| {
        let why = field(ui, "To begin earlier, say why", reason, 220.0);
        told(why, "Stored with the study");
        let is_said = !reason.trim().is_empty() && !storing;
        let begin = ui.add_enabled(is_said, egui::Button::new("Begin early"));
        let is_clicked = told(begin, "Begin before the day, with the reason").clicked();
        is_clicked.then(|| ReadingRequest::BeginEarly(reason.clone()))
    });
    row.inner
}

fn sealed_ui(
    ui: &mut egui::Ui,
    number: u32,
    slip: &mut String,
    storing: bool,
) -> Option<ReadingRequest> {
    ui.label(format!(
        "Installment {number} is sealed. Hand this package to the coordinator once installment \
         {} is signed; when the time has come, they answer with a release slip.",
        number - 1
    ));
    ui.weak("Drop the slip on this window, or say where it is.");
    let row = ui.horizontal_wrapped(|ui| {
        let path = field(ui, "Path of the slip", slip, 320.0);
        told(path, "The file that the coordinator gave you");
        let is_said = !slip.trim().is_empty() && !storing;
        let open = ui.add_enabled(is_said, egui::Button::new("Open the installment"));
        let is_clicked = told(open, "Open it with the slip").clicked();
        is_clicked.then(|| ReadingRequest::Unlock(typed_path(slip)))
    });
    row.inner
}
