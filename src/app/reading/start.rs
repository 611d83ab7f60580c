//! Before the first case: what is asked, how many cases there are, and how they are graded.

use super::command::{ReadingCommands, ReadingRequest};
use super::session::ReadingSession;
use super::verdict::definitions_ui;
use crate::app::shell::told;
use crate::study::{Conditions, Instructions, RaterProgress, Scale};
use eframe::egui;

pub(super) fn start_ui(ui: &mut egui::Ui, session: &ReadingSession) {
    let Instructions {
        scale, question, ..
    } = &session.instructions;
    ui.heading(&scale.name);
    ui.label(question);
    ui.add_space(10.0);
    ui.strong("The grades");
    definitions_ui(ui, scale);
    ui.add_space(10.0);
    ui.strong("The cases");
    if let Some(progress) = &session.progress {
        for line in cases(&session.instructions, progress) {
            ui.label(line);
        }
    }
    ui.add_space(10.0);
    keys_ui(ui, scale, session.instructions.reading);
}

/// Below the page, which may have to be scrolled.
pub(super) fn start_button_ui(ui: &mut egui::Ui, commands: &ReadingCommands) {
    ui.add_space(6.0);
    ui.vertical_centered(|ui| {
        let text = egui::RichText::new("Start (Enter)").size(15.0);
        let start = ui.add(egui::Button::new(text).min_size(egui::vec2(160.0, 32.0)));
        if told(start, "Show the first case (Enter)").clicked() {
            commands.request(ReadingRequest::Begin);
        }
    });
    ui.add_space(6.0);
}

/// How many there are, and what becomes of a grade.
fn cases(of: &Instructions, progress: &RaterProgress) -> Vec<String> {
    let counted = |n: usize, what: &str| match n {
        1 => format!("1 {what}"),
        n => format!("{n} {what}s"),
    };
    let mut lines = Vec::new();
    let n_training = progress.training.n_cases;
    if n_training > 0 {
        lines.push(format!(
            "{} first: after each the study's own grade is shown. Training does not count.",
            counted(n_training, "training case")
        ));
    }
    let numbers = progress.installments.iter().map(|of| of.n_cases);
    let total = counted(numbers.clone().sum(), "case");
    lines.push(match numbers.len() {
        1 => format!("{total} to grade."),
        n => {
            let each: Vec<String> = numbers.map(|n| n.to_string()).collect();
            let each = each.join(", then ");
            let days = match of.washout_days {
                0 => String::new(),
                days => format!(", {} apart", counted(days as usize, "day")),
            };
            format!("{total} in {n} installments{days}: {each}.")
        }
    });
    if of.display.test {
        lines.push(
            "Before each installment your display is tested by a pattern: have a ruler at hand."
                .to_owned(),
        );
    }
    lines.push(
        "Each grade is on the disk before the next case is shown, so that you may close the window \
         at any time."
            .to_owned(),
    );
    lines.push(match of.reading.go_back {
        true => "You may go back and correct a grade, with a reason, until you sign.".to_owned(),
        false => "A grade that is stored cannot be corrected.".to_owned(),
    });
    lines
}

/// What keys and the mouse do, as far as the protocol lets them.
fn keys_ui(ui: &mut egui::Ui, scale: &Scale, may: Conditions) {
    let keys: Vec<String> = scale.levels.iter().map(|of| of.grade.to_string()).collect();
    let grades = keys.join(" ");
    let rows = [
        (true, &*grades, "choose the grade of that number"),
        (may.cannot_grade, "X", "say that it cannot be graded"),
        (may.confidence, "Alt+1 to 5", "say how sure you are"),
        (may.comment, "Ctrl+K", "write a comment"),
        (true, "Enter", "store, and go on"),
        (may.go_back, "Backspace", "go back to the case before"),
        (true, "D", "show what the grades mean, or hide it"),
        (true, "P", "pause; time does not count"),
        (
            may.free_window,
            "Left drag",
            "window (across) and level (up and down)",
        ),
        (may.zoom, "Right drag, Ctrl+wheel, + and -", "zoom"),
        (may.zoom, "Middle drag", "move the picture"),
        (
            may.zoom || may.free_window,
            "R, double click",
            "the whole picture from its darkest to its brightest value",
        ),
    ];
    ui.strong("Keys and mouse");
    egui::Grid::new("keys").spacing([18.0, 3.0]).show(ui, |ui| {
        for (_, key, what) in rows.into_iter().filter(|(is_there, ..)| *is_there) {
            ui.label(key);
            ui.label(what);
            ui.end_row();
        }
    });
}
