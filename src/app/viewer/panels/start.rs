//! The page of a window in which nothing is open: what there is to begin with, a click each.

use crate::app::shell::{theme, told};
use crate::app::viewer::{Context, Edit, PathPanel, Request, text::with_key};
use crate::report::NOTICE;
use eframe::egui::{self, Align2, FontId};

/// As many of what was opened before stand on the page; the list has all.
const MOST_RECENT: usize = 6;
/// How wide the page is, where the window lets it be.
const WIDTH: f32 = 460.0;

/// What a click begins.
enum Begin {
    /// A path is asked for: by the desktop's dialog, and in a field where it has none.
    Path(PathPanel),
    Ask(Request),
}

pub(super) fn ui(ctx: &Context<'_>, ui: &mut egui::Ui) {
    let desk = ctx.desk;
    ui.painter()
        .rect_filled(ui.max_rect(), 0.0, ui.visuals().panel_fill);
    // What was asked for is on its way, or stands above.
    if ctx.jobs.running.is_busy() || desk.listing.open {
        return;
    }
    egui::ScrollArea::vertical()
        .auto_shrink(false)
        .show(ui, |ui| {
            let room = ui.available_width();
            let width = WIDTH.min(room - 40.0);
            ui.add_space((ui.available_height() * 0.06).min(50.0));
            ui.horizontal(|ui| {
                ui.add_space((room - width) / 2.0);
                ui.vertical(|ui| {
                    ui.set_width(width);
                    page_ui(ctx, ui);
                });
            });
        });
}

fn page_ui(ctx: &Context<'_>, ui: &mut egui::Ui) {
    ui.heading("Cisterna");
    ui.weak("Drop scans, folders, zips, sessions or study packages anywhere in the window");
    ui.add_space(8.0);
    let entries = [
        (
            "Open scans…",
            "Ctrl O",
            "NIfTI, FreeSurfer, DICOM or a zip of them; a session",
            Begin::Path(PathPanel::Open),
        ),
        (
            "Open a patient's folder…",
            "Ctrl E",
            "The scans of an examination or a BIDS data set in a list, to be opened one by one or as a time \
             series by hours",
            Begin::Path(PathPanel::OpenFolder),
        ),
        (
            "Open a study or a rater's package…",
            "Ctrl R",
            "A package is read in the reading window, a coordinator's study opens in its own",
            Begin::Path(PathPanel::OpenStudy),
        ),
        (
            "Plan a study…",
            "Ctrl N",
            "The form that writes the protocol of a reading study and shows its design",
            Begin::Ask(Request::PlanStudy),
        ),
        (
            "Show the demo",
            "Ctrl D",
            "A simulated patient before the tracer and 4, 24 and 48 h after it",
            Begin::Ask(Request::Demo),
        ),
    ];
    for (name, key, words, begin) in entries {
        let size = egui::vec2(ui.available_width(), 28.0);
        let button = egui::Button::new(name).shortcut_text(key).min_size(size);
        if !told(ui.add(button), &with_key(words, key)).clicked() {
            continue;
        }
        match begin {
            Begin::Path(purpose) => {
                ctx.edit(Edit::PathPanel(Some(purpose.clone())));
                ctx.request(Request::Pick(purpose));
            }
            Begin::Ask(request) => ctx.request(request),
        }
    }
    recent_ui(ctx, ui);
    ui.add_space(12.0);
    ui.weak(NOTICE);
    ui.weak("Nothing leaves this machine");
}

/// What was opened before, unless that is not to be remembered. Its list stands above it at times.
fn recent_ui(ctx: &Context<'_>, ui: &mut egui::Ui) {
    let kept = &ctx.desk.kept;
    if !kept.settings.remember || kept.recent.is_empty() || kept.recent_open {
        return;
    }
    ui.add_space(12.0);
    ui.horizontal(|ui| {
        ui.strong("Recent");
        ui.with_layout(egui::Layout::right_to_left(egui::Align::Center), |ui| {
            let words = with_key(
                "All of it, with paths and a way to forget it",
                "Ctrl Shift O",
            );
            if told(ui.small_button("All…"), &words).clicked() {
                ctx.edit(Edit::ShowRecent(true));
            }
        });
    });
    for (at, recent) in kept.recent.iter().take(MOST_RECENT).enumerate() {
        // Two may be of one kind, size and minute.
        let line = format!("{}. {}", at + 1, recent.line());
        let button = egui::Button::new(line).frame(false).truncate();
        if told(ui.add(button), "Open it again").clicked() {
            ctx.request(Request::OpenRecent(at));
        }
    }
}

/// While files are held over the window.
pub(super) fn drop_ui(ui: &egui::Ui) {
    let ctx = ui.ctx();
    if ctx.input(|input| input.raw.hovered_files.is_empty()) {
        return;
    }
    let rect = ctx.content_rect();
    let layer = egui::LayerId::new(egui::Order::Foreground, egui::Id::unique("drop"));
    let painter = ctx.layer_painter(layer);
    painter.rect_filled(rect, 0.0, theme::UNDER_TEXT);
    painter.text(
        rect.center(),
        Align2::CENTER_CENTER,
        "Drop to open",
        FontId::proportional(24.0),
        theme::ON_PICTURE,
    );
}
