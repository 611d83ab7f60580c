//! Choices of the whole window.

use crate::app::settings::{Settings, Theme};
use crate::app::shell::told;
use crate::app::viewer::{Context, Edit, Preset, Request};
use crate::volume::Convention;
use eframe::egui;

/// How large text can be chosen to be; keys change it by a tenth.
const SCALES: [f32; 8] = [0.8, 0.9, 1.0, 1.1, 1.25, 1.5, 1.75, 2.0];

pub(super) fn ui(ctx: &Context<'_>, ui: &egui::Ui) {
    let kept = &ctx.desk.kept;
    if !kept.settings_open {
        return;
    }
    let mut open = true;
    let mut settings = kept.settings;
    egui::Window::new("Settings")
        .open(&mut open)
        .collapsible(false)
        .resizable(false)
        .anchor(egui::Align2::CENTER_TOP, egui::vec2(0.0, 60.0))
        .show(ui.ctx(), |ui| {
            ui.set_width(460.0_f32.min(ui.ctx().content_rect().width() - 60.0));
            // As high as what stands in it; it scrolls where the window has less room.
            egui::ScrollArea::vertical()
                .max_height((ui.ctx().content_rect().height() - 140.0).max(60.0))
                .show(ui, |ui| {
                    egui::Grid::new("settings").num_columns(2).show(ui, |ui| {
                        look_ui(ui, &mut settings);
                        hand_ui(ui, &mut settings);
                    });
                    ui.weak(format!(
                        "Pictures of scans are drawn by {}",
                        ctx.graphics.drawn_by().name()
                    ));
                    ui.separator();
                    keep_ui(ui, &mut settings);
                    if !kept.has_places {
                        ui.weak("This window keeps nothing when it is closed");
                    }
                });
        });
    if settings != kept.settings {
        ctx.request(Request::Settings(settings));
    }
    if !open {
        ctx.edit(Edit::ShowSettings(false));
    }
}

/// Colours and size.
fn look_ui(ui: &mut egui::Ui, settings: &mut Settings) {
    ui.label("Colours");
    ui.horizontal(|ui| {
        for (theme, name, words) in [
            (Theme::Dark, "Dark colours", "For a dark room (T)"),
            (Theme::Light, "Light colours", "For a bright room (T)"),
        ] {
            let choice = ui.selectable_value(&mut settings.theme, theme, name);
            told(choice, words);
        }
    });
    ui.end_row();
    let label = ui.label("Size of text");
    let percent = |scale: f32| format!("{:.0} %", scale * 100.0);
    let field = egui::ComboBox::from_id_salt("size of text")
        .selected_text(percent(settings.text_scale))
        .show_ui(ui, |ui| {
            for scale in SCALES {
                ui.selectable_value(&mut settings.text_scale, scale, percent(scale));
            }
        });
    let field = field.response.labelled_by(label.id);
    told(field, "Of text and controls (Ctrl +, Ctrl -, Ctrl 0)");
    ui.end_row();
    ui.label("On pictures");
    let field = ui.checkbox(&mut settings.corner_text, "Text in the corners");
    let words = "Name, slice, position, window, zoom and scale; letters of the sides are always there (Shift X)";
    told(field, words);
    ui.end_row();
}

/// Mouse, keys, and the side of the patient's right.
fn hand_ui(ui: &mut egui::Ui, settings: &mut Settings) {
    ui.label("Mouse and keys as in");
    ui.horizontal(|ui| {
        for preset in Preset::ALL {
            let words = match preset {
                Preset::Radiology => "Left drag changes the window, as on a PACS",
                Preset::Neuroimaging => "Left drag moves the crosshair, as in FSLeyes or ITK-SNAP",
            };
            let choice = ui.selectable_value(&mut settings.mouse, preset, preset.name());
            told(choice, words);
        }
    });
    ui.end_row();
    ui.label("The patient's right");
    ui.horizontal(|ui| {
        for (side, name, words) in [
            (
                Convention::Radiological,
                "On the left",
                "Radiological, also at the next start (F: until the window is closed)",
            ),
            (
                Convention::Neurological,
                "On the right",
                "Neurological, also at the next start (F: until the window is closed)",
            ),
        ] {
            let choice = ui.selectable_value(&mut settings.patients_right, side, name);
            told(choice, words);
        }
    });
    ui.end_row();
}

/// What stays when the window is closed.
fn keep_ui(ui: &mut egui::Ui, settings: &mut Settings) {
    let field = ui.checkbox(&mut settings.remember, "Remember what was opened");
    told(
        field,
        "For the list of what was opened. Not for a reading room: its file has paths, which may say who was \
         scanned. Without it, that file is deleted",
    );
    let field = ui.checkbox(
        &mut settings.recover,
        "Keep what is open, for after a crash",
    );
    told(
        field,
        "Where scans lie, how they are shown, and what was changed by hand; deleted when the window is closed. \
         Without it, what was kept is deleted at once",
    );
    ui.weak("Nothing is kept of a study: it is in its own file alone");
}
