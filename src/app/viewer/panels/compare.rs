//! Two scans that are compared: which, how they are set against each other, and how far they lie apart.

use super::metrics::metrics_ui;
use crate::app::shell::{labelled, theme};
use crate::app::viewer::{
    CompareEdit, CompareMode, Context, Edit, WindowLink,
    compare::{SAFE_CHANGES_PER_SECOND, origin_text},
    paint::colour_bar,
    text::{full_name, number, with_key},
};
use crate::volume::Window;
use eframe::egui;

/// Which two, and how.
pub(super) fn side_ui(ctx: &Context<'_>, ui: &mut egui::Ui) {
    let Some(pair) = ctx.desk.pair() else {
        ui.label("Open a second scan to compare with.");
        return;
    };
    for (side, name) in [(0, "First"), (1, "Second")] {
        picker_ui(ctx, ui, pair, (side, name));
    }
    ui.horizontal(|ui| {
        let words = "The first scan and the second in each other's place";
        let exchange = ui.button("Exchange").on_hover_text(with_key(words, "E"));
        if exchange.clicked() {
            edit(ctx, CompareEdit::Exchange);
        }
    });
    modes_ui(ctx, ui);
    settings_ui(ctx, ui);
    link_ui(ctx, ui);
    // What is set against each other lies in one picture.
    if ctx.desk.compare_mode() == CompareMode::Beside {
        zoom_ui(ctx, ui);
    }
}

/// Whether all scans show the same part.
pub(super) fn zoom_ui(ctx: &Context<'_>, ui: &mut egui::Ui) {
    let mut same = ctx.desk.compare.same_zoom;
    let field = ui.checkbox(&mut same, "Same zoom");
    let words =
        "All scans are zoomed and moved together; otherwise each keeps its own zoom and place";
    if field.on_hover_text(words).changed() {
        edit(ctx, CompareEdit::SameZoom(same));
    }
}

fn edit(ctx: &Context<'_>, edit: CompareEdit) {
    ctx.edit(Edit::Compare(edit));
}

/// Chooses one of the two among all that are open.
fn picker_ui(ctx: &Context<'_>, ui: &mut egui::Ui, pair: [usize; 2], (side, name): (usize, &str)) {
    let desk = ctx.desk;
    let order = desk.by_hours();
    ui.horizontal(|ui| {
        let label = ui.label(name);
        // Both fields begin at the same place.
        ui.add_space((52.0 - label.rect.width()).max(0.0));
        let field = egui::ComboBox::from_id_salt(name)
            .selected_text(full_name(desk, pair[side]))
            .width(ui.available_width())
            .truncate()
            .show_ui(ui, |ui| {
                for at in order {
                    let chosen = pair[side] == at;
                    if ui.selectable_label(chosen, full_name(desk, at)).clicked() {
                        edit(ctx, CompareEdit::Pick(side, at));
                    }
                }
            });
        let field = field.response.labelled_by(label.id);
        field.on_hover_text(full_name(desk, pair[side]));
    });
    let origin = desk.layers[pair[side]].scan.origin.as_ref();
    if let Some(origin) = origin {
        ui.weak(origin_text(origin));
    }
}

/// How they are set against each other.
pub(super) fn modes_ui(ctx: &Context<'_>, ui: &mut egui::Ui) {
    let now = ctx.desk.compare_mode();
    ui.horizontal_wrapped(|ui| {
        for (mode, name, words) in CompareMode::ALL {
            let why_not = ctx.desk.why_not(mode);
            let button = egui::Button::selectable(mode == now, name);
            let button = ui.add_enabled(why_not.is_none(), button);
            let button = button.on_hover_text(with_key(words, "J for the next"));
            if button
                .on_disabled_hover_text(why_not.unwrap_or_default())
                .clicked()
            {
                edit(ctx, CompareEdit::Mode(mode));
            }
        }
    });
    // Why something is grey is seen without a mouse too.
    if let Some(why) = ctx.desk.why_not(CompareMode::Difference) {
        ui.weak(format!("No difference. {why}"));
    }
}

/// What the way that is chosen has to be set.
pub(super) fn settings_ui(ctx: &Context<'_>, ui: &mut egui::Ui) {
    let compare = &ctx.desk.compare;
    let slider = |ui: &mut egui::Ui, value: f32, range, name: &str, words: &str| {
        let mut new = value;
        // Above it, so that the panel is not made wider.
        let label = ui.label(name);
        let slider = ui.add(egui::Slider::new(&mut new, range).max_decimals(2));
        let slider = slider.labelled_by(label.id).on_hover_text(words);
        slider.changed().then_some(new)
    };
    let changed = match ctx.desk.compare_mode() {
        CompareMode::Swipe => {
            let words =
                "Where the line stands, as a share of the width; it is dragged on the picture too";
            slider(ui, compare.swipe, 0.0..=1.0, "Line", words).map(CompareEdit::Swipe)
        }
        CompareMode::Checkerboard => {
            let words = "The side of a square in the patient, mm";
            slider(ui, compare.square_mm, 5.0..=80.0, "Squares, mm", words)
                .map(CompareEdit::SquareMm)
        }
        CompareMode::Flicker => {
            let words = "How often one scan gives way to the other, a second";
            let rate = compare.changes_per_second;
            let changed = slider(ui, rate, 0.2..=6.0, "Changes a second", words);
            if rate >= SAFE_CHANGES_PER_SECOND {
                let warning = theme::warning(ui.visuals());
                ui.colored_label(
                    warning,
                    "Three flashes a second or more can bring on a seizure",
                );
            }
            changed.map(CompareEdit::ChangesPerSecond)
        }
        CompareMode::Fade => {
            let words = "How much is seen of the second scan";
            slider(ui, compare.fade, 0.0..=1.0, "Second", words).map(CompareEdit::Fade)
        }
        CompareMode::Beside | CompareMode::Outline | CompareMode::Difference => None,
    };
    if let Some(changed) = changed {
        edit(ctx, changed);
    }
}

/// Whether their windows go together.
pub(super) fn link_ui(ctx: &Context<'_>, ui: &mut egui::Ui) {
    let now = ctx.desk.compare.link;
    ui.horizontal(|ui| {
        let label = ui.label("Windows");
        let field = egui::ComboBox::from_id_salt("windows of both")
            .selected_text(now.name())
            .show_ui(ui, |ui| {
                for (link, name, words) in WindowLink::ALL {
                    let choice = ui.selectable_label(link == now, name);
                    if choice.on_hover_text(words).clicked() {
                        edit(ctx, CompareEdit::Link(link));
                    }
                }
            });
        let words = WindowLink::ALL.into_iter().find(|(link, ..)| *link == now);
        let field = field.response.labelled_by(label.id);
        field.on_hover_text(words.map_or("", |(_, _, words)| words));
    });
}

/// How the difference is drawn.
pub(super) fn difference_look_ui(ctx: &Context<'_>, ui: &mut egui::Ui) {
    let difference = *ctx.desk.shown_difference();
    ui.strong("Difference, second less first");
    let mut signed = difference.signed;
    let field = ui.checkbox(&mut signed, "With its sign");
    let words = "The second less the first, or the size of it alone";
    if field.on_hover_text(with_key(words, "D")).changed() {
        ctx.edit(Edit::Signed(signed));
    }
    ui.horizontal(|ui| {
        let mut reach = difference.style.window.high;
        let speed = f64::from(reach) / 200.0;
        let field = egui::DragValue::new(&mut reach)
            .speed(speed)
            .range(f32::MIN_POSITIVE..=f32::MAX)
            .custom_formatter(|value, _| number(value));
        if labelled(ui, "Up to", field).changed() {
            let low = if signed { -reach } else { 0.0 };
            ctx.edit(Edit::DifferenceWindow(Window::new(low, reach)));
        }
    });
    let size = egui::vec2(ui.available_width(), 8.0);
    let (rect, _) = ui.allocate_exact_size(size, egui::Sense::hover());
    colour_bar(ui.painter(), rect, &difference.style);
}

/// How the difference of two scans is drawn, and its numbers.
pub(super) fn difference_ui(ctx: &Context<'_>, ui: &mut egui::Ui) {
    let desk = ctx.desk;
    if desk.why_not(CompareMode::Difference).is_some() {
        return;
    }
    difference_look_ui(ctx, ui);
    if desk.is_difference_interpolated() {
        ui.weak("Of values between voxels: the scans lie on different grids");
    }
    match desk.metrics() {
        None => {
            ui.weak("Being measured");
        }
        Some(Err(error)) => {
            ui.colored_label(theme::error(ui.visuals()), error);
        }
        Some(Ok(metrics)) => {
            metrics_ui(ui, metrics);
            ui.weak("Over the whole scan");
        }
    }
}
