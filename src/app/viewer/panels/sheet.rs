//! The worksheet of the Bern score: three lengths drawn on the midsagittal plane, three signs, a
//! signature.

use crate::anatomy::bern::{Item, Measured, Score, Seen};
use crate::app::shell::{labelled, theme};
use crate::app::viewer::{
    Context, Edit, PathPanel, SheetEdit, Worksheet, paint::clear_of_the_bar, text::axis_text,
    text::with_key,
};
use crate::phantom::{EXAMPLE_SIDE, sign_examples};
use crate::report::capital;
use eframe::egui;
use nalgebra::Point3;

pub(super) fn ui(ctx: &Context<'_>, ui: &mut egui::Ui) {
    egui::Panel::right("worksheet")
        .default_size(306.0)
        .size_range(270.0..=420.0)
        .show(ui, |ui| {
            let Some(sheet) = ctx.desk.sheets.shown() else {
                return;
            };
            head_ui(ctx, ui, sheet);
            egui::ScrollArea::vertical()
                .auto_shrink(false)
                .show(ui, |ui| {
                    clear_of_the_bar(ui);
                    plane_ui(ctx, ui, sheet);
                    ui.separator();
                    ui.strong("Lengths");
                    for item in Item::LENGTHS {
                        ui.push_id(item.name(), |ui| length_ui(ctx, ui, sheet, item));
                    }
                    ui.separator();
                    ui.strong("Signs");
                    for item in Item::SIGNS {
                        ui.push_id(item.name(), |ui| sign_ui(ctx, ui, sheet, item));
                    }
                    ui.separator();
                    score_ui(ui, sheet);
                    ui.separator();
                    signature_ui(ctx, ui, sheet);
                });
        });
}

fn edit(ctx: &Context<'_>, change: SheetEdit) {
    ctx.edit(Edit::Sheet(change));
}

fn head_ui(ctx: &Context<'_>, ui: &mut egui::Ui, sheet: &Worksheet) {
    ui.horizontal(|ui| {
        ui.strong("Bern score");
        ui.with_layout(egui::Layout::right_to_left(egui::Align::Center), |ui| {
            let close = ui.small_button("×");
            close.widget_info(|| {
                egui::WidgetInfo::labeled(egui::Role::Button, true, "Close the worksheet")
            });
            let close = close.on_hover_text(with_key("Close; what was entered stays", "Y"));
            if close.clicked() {
                edit(ctx, SheetEdit::Show(false));
            }
            ui.add(egui::Label::new(&sheet.scan.name).truncate());
        });
    });
}

/// Where the midsagittal plane lies, and the way back to it.
fn plane_ui(ctx: &Context<'_>, ui: &mut egui::Ui, sheet: &Worksheet) {
    match &sheet.planes {
        None => {
            ui.weak("The midsagittal plane is being looked for");
        }
        Some(Err(why)) => {
            let text = format!("No midsagittal plane was found ({why}): go there by hand");
            ui.colored_label(theme::warning(ui.visuals()), text);
        }
        Some(Ok(planes)) => {
            ui.horizontal(|ui| {
                let place = axis_text(ctx.desk, 0, planes.sagittal_mm);
                if ui
                    .button("To the midsagittal plane")
                    .on_hover_text("Where both halves of the head are most alike")
                    .clicked()
                {
                    let mut at = ctx.desk.crosshair;
                    at.x = planes.sagittal_mm;
                    ctx.edit(Edit::Crosshair(at));
                    ctx.edit(Edit::Activate(crate::volume::Plane::Sagittal));
                    ctx.edit(Edit::Maximise(Some(crate::volume::Plane::Sagittal)));
                }
                ui.weak(format!("{place} mm"));
            });
            if let Some(doubt) = planes.sagittal_doubt {
                let text = capital(&doubt.to_string());
                ui.colored_label(theme::warning(ui.visuals()), text);
            }
        }
    }
}

/// The name of an item with what it adds, and the way to its definition.
fn title_ui(ctx: &Context<'_>, ui: &mut egui::Ui, sheet: &Worksheet, item: Item) {
    ui.horizontal(|ui| {
        let points = match item.points() {
            1 => "1 point".to_owned(),
            n => format!("{n} points"),
        };
        ui.label(item.title()).on_hover_text(item.definition());
        ui.weak(points);
        ui.with_layout(egui::Layout::right_to_left(egui::Align::Center), |ui| {
            let is_shown = sheet.explained == Some(item);
            let explain = ui.selectable_label(is_shown, "?");
            explain.widget_info(|| {
                let label = format!("How {} is judged", item.title());
                egui::WidgetInfo::selected(egui::Role::Button, true, is_shown, label)
            });
            if explain.clicked() {
                edit(ctx, SheetEdit::Explain((!is_shown).then_some(item)));
            }
        });
    });
    if sheet.explained == Some(item) {
        ui.label(item.definition());
        examples_ui(ui, item);
    }
}

/// Pictures of a sign, not there and there.
fn examples_ui(ui: &mut egui::Ui, item: Item) {
    let id = egui::Id::unique(("sign examples", item.name()));
    let kept: Option<Vec<(bool, egui::TextureHandle)>> = ui.data(|data| data.get_temp(id));
    let pictures = kept.unwrap_or_else(|| {
        // Six pictures of 16 thousand pixels: less than a millisecond, once.
        let all = sign_examples().unwrap_or_default();
        let of_item = all.iter().filter(|example| example.item == item);
        let made: Vec<_> = of_item
            .map(|example| {
                let image = egui::ColorImage::from_gray([EXAMPLE_SIDE; 2], &example.grey);
                let options = egui::TextureOptions::LINEAR;
                (
                    example.is_present,
                    ui.ctx().load_texture("sign", image, options),
                )
            })
            .collect();
        ui.data_mut(|data| data.insert_temp(id, made.clone()));
        made
    });
    if pictures.is_empty() {
        return;
    }
    ui.horizontal(|ui| {
        let side = ((ui.available_width() - ui.spacing().item_spacing.x) / 2.0).min(150.0);
        for (is_present, texture) in &pictures {
            let words = if *is_present { "Present" } else { "Absent" };
            ui.vertical(|ui| {
                let size = egui::Vec2::splat(side);
                let alt = format!("{}, {}", item.title(), words.to_lowercase());
                ui.add(egui::Image::new((texture.id(), size)).alt_text(alt));
                ui.weak(words);
            });
        }
    });
    ui.weak("Drawn by the program, no patient's scan");
}

fn length_ui(ctx: &Context<'_>, ui: &mut egui::Ui, sheet: &Worksheet, item: Item) {
    title_ui(ctx, ui, sheet, item);
    let at_most = item.at_most_mm().unwrap_or_default();
    let is_open = sheet.signed.is_none();
    let length = sheet.length(item);
    ui.horizontal(|ui| {
        let is_drawing = sheet.drawing() == Some(item);
        let words = match length {
            Some(Measured::By(_)) => "Draw again",
            _ => "Draw",
        };
        let draw = ui.add_enabled(is_open, egui::Button::selectable(is_drawing, words));
        draw.widget_info(|| {
            let label = format!("{words} {}", item.title());
            egui::WidgetInfo::selected(egui::Role::Button, is_open, is_drawing, label)
        });
        let draw =
            draw.on_hover_text("Then drag a line on the picture; its ends can be moved after");
        if draw.clicked() {
            edit(ctx, SheetEdit::Draw((!is_drawing).then_some(item)));
        }
        let is_none = length == Some(Measured::NotAssessable);
        let none = ui.add_enabled(is_open, egui::Button::selectable(is_none, "Not assessable"));
        none.widget_info(|| {
            let label = format!("{} not assessable", item.title());
            egui::WidgetInfo::selected(egui::Role::Button, is_open, is_none, label)
        });
        if none.clicked() {
            edit(ctx, SheetEdit::NotAssessable(item));
        }
    });
    match length {
        None => {
            ui.weak("Not entered");
        }
        Some(Measured::NotAssessable) => {
            ui.label("Not assessable");
        }
        Some(Measured::By(line)) => {
            let mm = line.length_mm();
            let counts = if mm <= at_most {
                "counts"
            } else {
                "does not count"
            };
            let text = format!("{mm:.1} mm, {counts} (up to {at_most:.1})");
            let shown = ui.selectable_label(false, text);
            if shown.on_hover_text("Go to its middle").clicked() {
                let [from, to] = [line.from_mm, line.to_mm].map(Point3::from);
                ctx.edit(Edit::Crosshair(nalgebra::center(&from, &to)));
            }
            if sheet.is_near_threshold(item) {
                let warning = theme::warning(ui.visuals());
                ui.colored_label(warning, "Within one voxel of the threshold: measure again");
            }
        }
    }
}

fn sign_ui(ctx: &Context<'_>, ui: &mut egui::Ui, sheet: &Worksheet, item: Item) {
    title_ui(ctx, ui, sheet, item);
    let is_open = sheet.signed.is_none();
    ui.horizontal(|ui| {
        for (seen, words) in [
            (Seen::Present, "Present"),
            (Seen::Absent, "Absent"),
            (Seen::NotAssessable, "Not assessable"),
        ] {
            let is_chosen = sheet.sign(item) == Some(seen);
            let choice = egui::RadioButton::new(is_chosen, words);
            let choice = ui.add_enabled(is_open, choice);
            choice.widget_info(|| {
                let label = format!("{} {}", item.title(), words.to_lowercase());
                egui::WidgetInfo::selected(egui::Role::RadioButton, is_open, is_chosen, label)
            });
            if choice.clicked() {
                edit(ctx, SheetEdit::Sign(item, seen));
            }
        }
    });
}

fn score_ui(ui: &mut egui::Ui, sheet: &Worksheet) {
    let Some(score) = sheet.score() else {
        ui.weak(format!("{} of 6 items entered", sheet.n_entered()));
        return;
    };
    ui.heading(format!("{score} of 9, {}", score.band_words()));
    ui.label(capital(&score.yield_words()));
    ui.add(egui::Label::new(egui::RichText::new(Score::NOTICE).weak().small()).wrap());
}

fn signature_ui(ctx: &Context<'_>, ui: &mut egui::Ui, sheet: &Worksheet) {
    let Some(signed) = &sheet.signed else {
        let mut reader = sheet.reader.clone();
        let field = egui::TextEdit::singleline(&mut reader).desired_width(150.0);
        if labelled(ui, "Reader", field).changed() {
            edit(ctx, SheetEdit::Reader(reader));
        }
        let why = sheet.to_sign().err();
        let sign = ui.add_enabled(why.is_none(), egui::Button::new("Sign"));
        let sign = sign.on_hover_text("With your name and the time; nothing changes from then on");
        if let Some(why) = &why {
            ui.weak(why);
        }
        if sign.clicked() {
            edit(ctx, SheetEdit::SignNow);
        }
        if ctx.desk.network.said.is_some() {
            ui.weak("What the network says is hidden until the worksheet is signed");
        }
        return;
    };
    let when = signed.signed_at.as_deref().unwrap_or_default();
    ui.colored_label(
        theme::stored(ui.visuals()),
        format!(
            "Signed by {}, {}",
            signed.reader,
            when.replace('T', " ").replace('Z', " UTC")
        ),
    );
    ui.horizontal(|ui| {
        if ui.button("Save worksheet…").clicked() {
            ctx.edit(Edit::PathPanel(Some(PathPanel::SaveSheet)));
        }
        let correct = ui.button("Correct");
        let correct = correct.on_hover_text("Take the signature back and change something");
        if correct.clicked() {
            edit(ctx, SheetEdit::Correct);
        }
    });
    match &sheet.saved {
        Some(path) => {
            let name = path.file_name().unwrap_or_default().to_string_lossy();
            ui.weak(format!("Saved as {name}"))
                .on_hover_text(path.display().to_string());
        }
        None => {
            ui.colored_label(theme::warning(ui.visuals()), "Not saved yet");
        }
    }
    network_ui(ctx, ui, sheet);
}

/// What a network says of the same scan, once the reader has said what they see.
fn network_ui(ctx: &Context<'_>, ui: &mut egui::Ui, sheet: &Worksheet) {
    let said = ctx.desk.network.said.as_ref();
    let said = said.filter(|said| std::sync::Arc::ptr_eq(&said.of, &sheet.scan));
    if let Some(said) = said {
        ui.separator();
        super::network::said_ui(ui, said);
    }
}
