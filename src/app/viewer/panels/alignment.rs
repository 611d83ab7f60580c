//! Scans laid on each other: the command, before and after, corrections by hand, and how it is
//! judged.

use crate::app::shell::theme;
use crate::app::viewer::{Context, Edit, HandMotion, Judging, Layer, Request};
use crate::report::capital;
use eframe::egui;

/// What is done to all scans.
pub(super) fn side_ui(ctx: &Context<'_>, ui: &mut egui::Ui) {
    let alignment = &ctx.desk.alignment;
    ui.horizontal(|ui| {
        let ready = !ctx.jobs.running.is_busy();
        let align = ui.add_enabled(ready, egui::Button::new("Align scans"));
        let align = align.on_hover_text(
            "Register each head to that of the first scan. Scans are moved, not resampled.",
        );
        if align.clicked() {
            ctx.request(Request::Align);
        }
        let undo = ui.add_enabled(alignment.can_undo(), egui::Button::new("Undo move"));
        if undo
            .on_hover_text("Take back what moved scans last")
            .clicked()
        {
            ctx.edit(Edit::UndoMove);
        }
    });
    let mut layers = ctx.desk.layers.iter();
    if layers.any(|layer| layer.placement.is_moved() || layer.placement.alignment.is_some()) {
        ui.horizontal(|ui| {
            let mut before = alignment.before;
            let shown = ui.checkbox(&mut before, "Before");
            if shown
                .on_hover_text("Show the scans where their files say")
                .changed()
            {
                ctx.edit(Edit::ShowBefore(before));
            }
            let back = ui.button("Back to the files");
            if back
                .on_hover_text("All scans back to where their files say")
                .clicked()
            {
                ctx.edit(Edit::BackToFiles);
            }
        });
    }
    ui.horizontal_wrapped(|ui| {
        for (choice, name) in Judging::ALL {
            let is_now = alignment.judging.is_some_and(|now| now.is_like(choice));
            let button = ui.selectable_label(is_now, name);
            let button = button.on_hover_text("The first scan and the chosen one in each plane");
            if button.clicked() {
                ctx.edit(Edit::Judge((!is_now).then_some(choice)));
            }
        }
    });
    if let Some(Judging::Swipe(mut share)) = alignment.judging {
        let slider = egui::Slider::new(&mut share, 0.0..=1.0).fixed_decimals(2);
        if ui.add(slider.text("Line")).changed() {
            ctx.edit(Edit::Judge(Some(Judging::Swipe(share))));
        }
    }
    by_hand_ui(ctx, ui);
}

/// Small moves of the chosen scan, for a mouse and for a screen reader.
fn by_hand_ui(ctx: &Context<'_>, ui: &mut egui::Ui) {
    // The font of the window has no arrows.
    const SHORT: [&str; 6] = ["Left", "Right", "Up", "Down", "Turn left", "Turn right"];
    let mut adjusting = ctx.desk.alignment.adjusting;
    let field = ui.checkbox(&mut adjusting, "Move by hand");
    let field = field.on_hover_text(
        "Arrow keys move the chosen scan in the active plane, with Shift they turn it",
    );
    if field.changed() {
        ctx.edit(Edit::Adjusting(adjusting));
    }
    let chosen = ctx.desk.layers.get(ctx.desk.selected);
    let Some(chosen) = chosen.filter(|_| adjusting) else {
        return;
    };
    ui.weak(format!(
        "{} in the {} plane",
        chosen.scan.name,
        ctx.desk.active.name().to_lowercase()
    ));
    ui.horizontal_wrapped(|ui| {
        for ((name, motion), short) in HandMotion::ALL.into_iter().zip(SHORT) {
            let button = ui.small_button(short).on_hover_text(name);
            button.widget_info(|| egui::WidgetInfo::labeled(egui::Role::Button, true, name));
            if button.clicked() {
                ctx.edit(Edit::MoveByHand(motion));
            }
        }
    });
}

/// What became of one scan.
pub(super) fn layer_ui(ui: &mut egui::Ui, layer: &Layer) {
    let placement = &layer.placement;
    let warning = theme::warning(ui.visuals());
    if let (Some(text), Some(alignment)) = (placement.text(), &placement.alignment) {
        match &alignment.outcome {
            Ok(moved) => {
                ui.label(text);
                for doubt in &moved.doubts {
                    ui.colored_label(warning, capital(doubt));
                }
            }
            Err(_) => {
                ui.colored_label(warning, text);
            }
        }
    }
    let middle = layer.filed.volume.grid().center_in_world();
    let middle = placement.found.transform_point(&middle);
    if let Some(text) = placement.by_hand_text(middle) {
        ui.label(text);
    }
}
