//! What is chosen of a picture before it is copied or saved.

use super::pictured::why_not;
use crate::app::shell::{labelled, theme};
use crate::app::viewer::{
    Context, Edit, PathPanel, PictureChoice, PictureOf, PictureResolution, Request, text::with_key,
};
use eframe::egui;

/// Pixels of a millimetre, when they are first asked for.
const FIRST_PIXELS_PER_MM: f64 = 4.0;

pub(super) fn ui(ctx: &Context<'_>, ui: &egui::Ui) {
    let picture = &ctx.desk.picture;
    // Where its path is typed stands in the same place.
    if !picture.open || ctx.desk.path_panel.is_some() {
        return;
    }
    let mut open = true;
    egui::Window::new("Picture")
        .open(&mut open)
        .collapsible(false)
        .resizable(false)
        .anchor(egui::Align2::CENTER_TOP, egui::vec2(0.0, 60.0))
        .show(ui.ctx(), |ui| {
            let mut choice = picture.choice;
            what_ui(ctx, ui, &mut choice);
            resolution_ui(ui, &mut choice);
            if choice.of == PictureOf::Lightbox {
                tiles_ui(ui, &mut choice);
            }
            if choice.of.first_rate().is_some() {
                let field = egui::DragValue::new(&mut choice.per_second)
                    .range(0.2..=30.0)
                    .speed(0.1)
                    .max_decimals(1);
                let words = "How many pictures of the movie are seen in a second";
                labelled(ui, "Pictures a second", field).on_hover_text(words);
            }
            ui.checkbox(&mut choice.with_names, "With file names")
                .on_hover_text("Scans by their names, of which one may be a patient's; otherwise by what they are and their hours");
            ui.checkbox(&mut choice.with_crosshair, "With crosshair")
                .on_hover_text("The crosshair is drawn, too");
            if choice.with_names {
                let warning = theme::warning(ui.visuals());
                ui.colored_label(warning, "A name of a file can be a patient's name");
            }
            if choice != picture.choice {
                ctx.edit(Edit::PictureChoice(choice));
            }
            let why = why_not(ctx.desk, choice.of);
            if let Some(why) = why {
                ui.colored_label(theme::warning(ui.visuals()), format!("Not now: {why}"));
            }
            buttons_ui(ctx, ui, (choice.of, why.is_none()));
        });
    if !open {
        ctx.edit(Edit::ShowPicture(false, None));
    }
}

fn buttons_ui(ctx: &Context<'_>, ui: &mut egui::Ui, (of, is_there): (PictureOf, bool)) {
    let picture = &ctx.desk.picture;
    ui.horizontal(|ui| {
        let save = ui.add_enabled(is_there, egui::Button::new("Save as…"));
        let words = match of.first_rate() {
            None => "PNG; SVG or PDF, in which words stay vectors; DICOM for archives",
            Some(_) => "Animated PNG, which browsers play",
        };
        if save.on_hover_text(words).clicked() {
            ctx.edit(Edit::PathPanel(Some(PathPanel::SavePicture)));
        }
        let is_still = of.first_rate().is_none();
        let copy = ui.add_enabled(is_there && is_still, egui::Button::new("Copy to clipboard"));
        let copy = copy.on_hover_text(with_key("As pixels", "Ctrl C for the pane"));
        let copy = copy.on_disabled_hover_text("A clipboard takes no movie");
        if copy.clicked() {
            ctx.request(Request::CopyPicture(of, picture.pane));
        }
    });
    ui.weak(match of.first_rate() {
        None => "A file's name ends in .png, .svg, .pdf or .dcm (DICOM)",
        Some(_) => "A movie's name ends in .png or .apng",
    });
}

fn what_ui(ctx: &Context<'_>, ui: &mut egui::Ui, choice: &mut PictureChoice) {
    ui.horizontal(|ui| {
        let label = ui.label("Of");
        let field = egui::ComboBox::from_id_salt("picture of")
            .selected_text(choice.of.name())
            .width(190.0)
            .show_ui(ui, |ui| {
                for (of, name, words) in PictureOf::ALL {
                    let why = why_not(ctx.desk, of);
                    let button = egui::Button::selectable(of == choice.of, name);
                    let button = ui.add_enabled(why.is_none(), button).on_hover_text(words);
                    if button
                        .on_disabled_hover_text(why.unwrap_or_default())
                        .clicked()
                    {
                        choice.of = of;
                        if let Some(rate) = of.first_rate() {
                            choice.per_second = rate;
                            // Many pictures: a finer movie is asked for on purpose.
                            choice.resolution = PictureResolution::Times(1);
                        }
                    }
                }
            });
        let words = PictureOf::ALL.into_iter().find(|(of, ..)| *of == choice.of);
        let field = field.response.labelled_by(label.id);
        field.on_hover_text(words.map_or("", |(_, _, words)| words));
    });
}

fn resolution_ui(ui: &mut egui::Ui, choice: &mut PictureChoice) {
    ui.horizontal(|ui| {
        ui.label("Resolution");
        for times in [1, 2, 4] {
            let resolution = PictureResolution::Times(times);
            let is_it = choice.resolution == resolution;
            let button = ui.selectable_label(is_it, format!("x{times}"));
            let words = match (choice.of, times) {
                (PictureOf::Lightbox, 1) => "A pixel for the smallest edge of a voxel".to_owned(),
                (PictureOf::Lightbox, _) => {
                    format!("{times} pixels for the smallest edge of a voxel")
                }
                (_, 1) => "As fine as the window".to_owned(),
                _ => format!("{times} times as fine as the window"),
            };
            if button.on_hover_text(words).clicked() {
                choice.resolution = resolution;
            }
        }
        let of_mm = match choice.resolution {
            PictureResolution::PixelsPerMm(pixels) => Some(pixels),
            PictureResolution::Times(_) => None,
        };
        let button = ui.selectable_label(of_mm.is_some(), "Pixels a mm");
        let words = "So many pixels for a millimetre of the patient; of all panes, at least";
        if button.on_hover_text(words).clicked() && of_mm.is_none() {
            choice.resolution = PictureResolution::PixelsPerMm(FIRST_PIXELS_PER_MM);
        }
        if let Some(mut pixels) = of_mm {
            let field = egui::DragValue::new(&mut pixels)
                .range(0.1..=50.0)
                .speed(0.05);
            let field = ui.add(field).on_hover_text(words);
            field.widget_info(|| {
                let mut info = egui::WidgetInfo::drag_value(true, pixels);
                info.label = Some("Pixels for a millimetre".to_owned());
                info
            });
            choice.resolution = PictureResolution::PixelsPerMm(pixels);
        }
    });
}

/// Rows, columns and step of a sheet.
pub(super) fn tiles_ui(ui: &mut egui::Ui, choice: &mut PictureChoice) {
    ui.horizontal(|ui| {
        let [rows, columns] = &mut choice.tiles;
        for (name, n, words) in [
            ("Rows", rows, "Slices below each other"),
            ("Columns", columns, "Slices side by side"),
        ] {
            let field = egui::DragValue::new(n).range(1..=20).speed(0.1);
            labelled(ui, name, field).on_hover_text(words);
        }
        let field = egui::DragValue::new(&mut choice.step)
            .range(0..=200)
            .speed(0.1)
            .custom_formatter(|step, _| match step < 0.5 {
                true => "whole scan".to_owned(),
                false => format!("{step:.0}"),
            });
        let words =
            "From one to the next so many slices, about the crosshair; 0 goes over the whole scan";
        labelled(ui, "Step", field).on_hover_text(words);
    });
}
