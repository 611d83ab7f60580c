//! The rater's own grades of an installment that is complete, to be looked through before they are
//! signed.

use super::command::ReadingRequest;
use crate::app::shell::told;
use crate::study::{GradeEntry, Scale, Verdict};
use eframe::egui::{self, Role, WidgetInfo};

/// As many rows are seen at once.
const SEEN: f32 = 10.0;

/// The grades in the order of the cases; answers which case is to be shown again. Where the protocol
/// lets nobody go back, they are only shown.
pub(super) fn own_grades_ui(
    ui: &mut egui::Ui,
    verdicts: &[GradeEntry],
    scale: &Scale,
    can_correct: bool,
) -> Option<ReadingRequest> {
    if verdicts.is_empty() {
        return None;
    }
    ui.strong("Your grades");
    let row_height = ui.spacing().interact_size.y;
    let mut request = None;
    egui::ScrollArea::vertical()
        .id_salt("own grades")
        .max_height(SEEN * (row_height + ui.spacing().item_spacing.y))
        .auto_shrink([false, true])
        .show_rows(ui, row_height, verdicts.len(), |ui, shown| {
            for entry in &verdicts[shown] {
                ui.horizontal(|ui| {
                    let clicked = can_correct && correct_ui(ui, entry);
                    if clicked {
                        request = Some(ReadingRequest::Correct(entry.slot.clone()));
                    }
                    ui.add(egui::Label::new(words(entry, scale)).truncate());
                });
            }
        });
    ui.add_space(12.0);
    request
}

fn correct_ui(ui: &mut egui::Ui, entry: &GradeEntry) -> bool {
    let button = ui.small_button("Correct…");
    let name = format!("Correct case {}", entry.slot.position);
    button.widget_info(|| WidgetInfo::labeled(Role::Button, true, &name));
    let what = "Show the case again, to grade it otherwise and say why";
    told(button, what).clicked()
}

fn words(entry: &GradeEntry, scale: &Scale) -> String {
    let mut words = format!("{}  {}  ", entry.slot.position, entry.slot.code.as_str());
    match &entry.verdict {
        Verdict::Grade(grade) => {
            let label = scale.level(*grade).map_or("", |level| level.label.as_str());
            words += &format!("{grade}  {label}");
        }
        Verdict::CannotGrade(reason) => words += &format!("Cannot grade: {reason}"),
    }
    if let Some(confidence) = entry.circumstances.confidence {
        words += &format!(", confidence {confidence}");
    }
    if entry.replaces.is_some() {
        words += ", corrected";
    }
    words
}
