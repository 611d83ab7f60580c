//! Scans laid on each other: the command, before and after, corrections by hand, and the way to judge
//! it.

use crate::app::shell::theme;
use crate::app::viewer::{
    CompareEdit, Context, Edit, HandMotion, Layer, Layout, Request, text::with_key,
};
use crate::report::capital;
use eframe::egui;
use nalgebra::Point3;

/// What is done to all scans.
pub(super) fn side_ui(ctx: &Context<'_>, ui: &mut egui::Ui) {
    let alignment = &ctx.desk.alignment;
    ui.horizontal(|ui| {
        let ready = !ctx.jobs.running.is_busy();
        let align = ui.add_enabled(ready, egui::Button::new("Align scans"));
        let align = align.on_hover_text(
            "Register each head to that of the first scan (G). Scans are moved, not resampled.",
        );
        if align.clicked() {
            ctx.request(Request::Align);
        }
        if ctx.desk.layout != Layout::Compare {
            let words =
                "Swipe between the first scan and the chosen one, to see how they are aligned";
            let judge = ui.button("Check").on_hover_text(with_key(words, "J"));
            if judge.clicked() {
                ctx.edit(Edit::Compare(CompareEdit::Judge));
            }
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

/// What became of one scan, and whether that is doubtful.
pub(super) fn notes(layer: &Layer) -> (Vec<String>, bool) {
    let placement = &layer.placement;
    let outcome = placement.alignment.as_ref().map(|of| &of.outcome);
    let doubts = match outcome {
        Some(Ok(moved)) => moved.doubts.iter().map(|doubt| capital(doubt)).collect(),
        _ => Vec::new(),
    };
    let is_doubtful = matches!(outcome, Some(Err(_))) || !doubts.is_empty();
    let text = placement.text().filter(|_| outcome.is_some());
    let by_hand = placement.by_hand_text(middle(layer));
    let notes = text.into_iter().chain(doubts).chain(by_hand);
    (notes.collect(), is_doubtful)
}

/// The middle of a scan where it was found to lie.
fn middle(layer: &Layer) -> Point3<f64> {
    let middle = layer.filed.volume.grid().center_in_world();
    layer.placement.found.transform_point(&middle)
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
    if let Some(text) = placement.by_hand_text(middle(layer)) {
        ui.label(text);
    }
}
