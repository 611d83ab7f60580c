//! Opening and saving by path: works where no desktop offers a file dialog, and by keyboard alone.

use crate::app::shell::{labelled, theme, told, typed_path};
use crate::app::viewer::{Context, Edit, PathPanel, Request};
use eframe::egui;

/// Title, name of the field, example, name of the button.
fn words(purpose: &PathPanel) -> [&'static str; 4] {
    match purpose {
        PathPanel::Open => [
            "Open scans",
            "Path of a scan",
            "/folder/scan.nii.gz",
            "Open",
        ],
        PathPanel::OpenFolder => [
            "Open a patient's folder",
            "Path of a folder",
            "/folder/examination",
            "Open",
        ],
        PathPanel::OpenStudy => [
            "Open a study or a rater's package",
            "Path of a study or a package",
            "/folder/study.cisterna",
            "Open",
        ],
        PathPanel::SavePrediction(_) => [
            "Save the prediction",
            "Folder to save in",
            "/folder/prediction",
            "Save",
        ],
        PathPanel::LabelTable(_) => [
            "Open a table of labels",
            "Path of a table",
            "/folder/labels.txt",
            "Open",
        ],
        PathPanel::SaveSheet => [
            "Save the worksheet",
            "File to save in",
            "/folder/bern.json",
            "Save",
        ],
        PathPanel::SaveMask => [
            "Save the mask",
            "Folder to save in",
            "/folder/derivatives",
            "Save",
        ],
        PathPanel::OpenNetwork => [
            "Open a network",
            "Path of a network",
            "/folder/network.bpk",
            "Open",
        ],
        PathPanel::SaveSession => [
            "Save the session",
            "File of the session",
            "/folder/review.cisterna-session.json",
            "Save",
        ],
        PathPanel::SavePicture => [
            "Save the picture",
            "File to save in",
            "/folder/picture.png",
            "Save",
        ],
        PathPanel::SaveMap => ["Save the map", "Folder to save in", "/folder/map", "Save"],
        PathPanel::SaveCount => [
            "Save the count",
            "Folder to save in",
            "/folder/count",
            "Save",
        ],
        PathPanel::SaveMeasures => [
            "Save the measurements",
            "File to save in",
            "/folder/measures.json",
            "Save",
        ],
        PathPanel::SaveCurve => [
            "Save the curve",
            "File to save in",
            "/folder/curve.csv",
            "Save",
        ],
    }
}

pub(super) fn ui(ctx: &Context<'_>, ui: &egui::Ui) {
    let Some(purpose) = &ctx.desk.path_panel else {
        return;
    };
    let [title, name, example, button] = words(purpose);
    let mut open = true;
    egui::Window::new(title)
        .open(&mut open)
        .collapsible(false)
        .resizable(false)
        .anchor(egui::Align2::CENTER_TOP, egui::vec2(0.0, 60.0))
        .show(ui.ctx(), |ui| {
            let mut typed = ctx.desk.typed_path.clone();
            let field = egui::TextEdit::singleline(&mut typed).desired_width(460.0);
            let field = labelled(ui, name, field.hint_text(example));
            let field = told(
                field,
                "A path, also in quotes, from ~ or as file:// (Esc closes)",
            );
            if field.changed() {
                ctx.edit(Edit::PathTyped(typed.clone()));
            }
            let entered = field.lost_focus() && ui.input(|i| i.key_pressed(egui::Key::Enter));
            if !field.has_focus() && !field.lost_focus() {
                field.request_focus();
            }
            ui.horizontal(|ui| {
                let path = typed_path(&typed);
                let ready = !path.as_os_str().is_empty();
                let go = ui.add_enabled(ready, egui::Button::new(button));
                let clicked = told(go, "What stands in the field above (Enter)").clicked();
                if ready && (clicked || entered) {
                    if let Some(request) = purpose.clone().request(vec![path]) {
                        ctx.request(request);
                    }
                    ctx.edit(Edit::PathPanel(None));
                }
                let browse = told(ui.button("Browse…"), "The desktop's file dialog");
                if browse.clicked() {
                    ctx.request(Request::Pick(purpose.clone()));
                }
                if matches!(
                    purpose,
                    PathPanel::Open | PathPanel::OpenFolder | PathPanel::OpenStudy
                ) {
                    ui.weak("or drop files on the window");
                }
            });
            if !ctx.desk.picker_note.is_empty() {
                ui.colored_label(theme::warning(ui.visuals()), &ctx.desk.picker_note);
            }
        });
    if !open {
        ctx.edit(Edit::PathPanel(None));
    }
}
