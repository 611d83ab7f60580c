//! The list of what lies in a folder, a zip or a data set, on screen.

use crate::app::shell::{labelled, theme};
use crate::app::viewer::{
    Context, Edit, Listing, ListingChoice, Request,
    listing::{facts, moment},
    scan::MAX_SCANS,
};
use crate::formats::{Catalogue, Entry};
use eframe::egui::{self, Align2, FontId, Rect, RichText, Sense, vec2};
use std::collections::BTreeSet;

const ROW_HEIGHT: f32 = 62.0;
const THUMBNAIL: f32 = 56.0;

pub(super) fn ui(ctx: &Context<'_>, ui: &egui::Ui) {
    let listing = &ctx.desk.listing;
    if !listing.open {
        return;
    }
    let mut open = true;
    let screen = ui.ctx().content_rect();
    egui::Window::new(title(&listing.catalogue))
        .id(egui::Id::unique("listing"))
        .open(&mut open)
        .collapsible(false)
        .fixed_size(vec2(
            (screen.width() * 0.64).min(1000.0),
            screen.height() * 0.78,
        ))
        .anchor(Align2::CENTER_CENTER, egui::Vec2::ZERO)
        .show(ui.ctx(), |ui| {
            let mut choice = listing.choice.clone();
            filters_ui(ui, listing, &mut choice);
            ui.separator();
            rows_ui(ctx, ui, &mut choice);
            ui.separator();
            foot_ui(ctx, ui, &mut choice);
            if choice != listing.choice {
                ctx.edit(Edit::ListingChoice(Box::new(choice)));
            }
        });
    if !open {
        ctx.edit(Edit::ShowListing(false));
    }
}

fn title(catalogue: &Catalogue) -> String {
    let n = catalogue.entries.len();
    match &catalogue.data_set {
        Some(name) => format!("{name}: {n} scans"),
        None => format!("{n} scans"),
    }
}

fn filters_ui(ui: &mut egui::Ui, listing: &Listing, choice: &mut ListingChoice) {
    let catalogue = &listing.catalogue;
    ui.horizontal(|ui| {
        let search = egui::TextEdit::singleline(&mut choice.search);
        labelled(ui, "Search", search.desired_width(160.0));
        let is_set = catalogue.entries.iter().any(|entry| entry.bids.is_some());
        if !is_set {
            return;
        }
        for (at, name) in ["Subject", "Session", "Kind"].into_iter().enumerate() {
            only_ui(ui, name, &listing.values[at], &mut choice.only[at]);
        }
        let is_derivative = |entry: &Entry| {
            let bids = entry.bids.as_ref();
            bids.is_some_and(|bids| bids.pipeline.is_some())
        };
        if catalogue.entries.iter().any(is_derivative) {
            ui.checkbox(&mut choice.derivatives, "Derivatives");
        }
    });
    if let (Some(participants), Some(subject)) = (&catalogue.participants, &choice.only[0]) {
        let facts = match participants.of(subject) {
            Some(row) => participants.columns[1..]
                .iter()
                .zip(&row[1..])
                .map(|(column, value)| format!("{column} {value}"))
                .collect::<Vec<_>>()
                .join("  ·  "),
            None => format!("participants.tsv has no sub-{subject}"),
        };
        ui.label(facts);
    }
}

/// One of the values that occur, or all of them.
fn only_ui(ui: &mut egui::Ui, name: &str, values: &BTreeSet<String>, only: &mut Option<String>) {
    if values.len() < 2 {
        return;
    }
    let label = ui.label(name);
    egui::ComboBox::from_id_salt(name)
        .selected_text(only.as_deref().unwrap_or("all"))
        .width(80.0)
        .show_ui(ui, |ui| {
            ui.selectable_value(only, None, "all");
            for value in values {
                ui.selectable_value(only, Some(value.clone()), value);
            }
        })
        .response
        .labelled_by(label.id);
}

/// So many lines of who was scanned are seen at once.
const SEEN: usize = 4;

fn rows_ui(ctx: &Context<'_>, ui: &mut egui::Ui, choice: &mut ListingChoice) {
    let listing = &ctx.desk.listing;
    let shown = &listing.shown;
    let foot = 92.0
        + 18.0
            * (listing.identities.len().min(SEEN) + listing.catalogue.warnings.len().min(4)) as f32;
    let height = (ui.available_height() - foot).max(ROW_HEIGHT * 2.0);
    let mut wanted = Vec::new();
    egui::ScrollArea::vertical()
        .max_height(height)
        .auto_shrink([false, false])
        .show_rows(ui, ROW_HEIGHT, shown.len(), |ui, rows| {
            for &at in &shown[rows] {
                let clicks = row_ui(ui, listing, at, choice.chosen.contains(&at));
                if !listing.thumbnails.contains_key(&at) {
                    wanted.push(at);
                }
                match clicks {
                    0 => {}
                    1 => {
                        if !choice.chosen.remove(&at) {
                            choice.chosen.insert(at);
                        }
                    }
                    _ => {
                        choice.chosen = BTreeSet::from([at]);
                        ctx.edit(Edit::ListingChoice(Box::new(choice.clone())));
                        ctx.request(Request::OpenListed { series: false });
                    }
                }
            }
        });
    if shown.is_empty() {
        ui.label("No scan fits the filters.");
    }
    if !wanted.is_empty() {
        ctx.request(Request::Thumbnails(wanted));
    }
}

/// One scan: its picture, what it is and when it was taken. Tells how often it was clicked.
fn row_ui(ui: &mut egui::Ui, listing: &Listing, at: usize, is_chosen: bool) -> u8 {
    let entry = &listing.catalogue.entries[at];
    let size = vec2(ui.available_width(), ROW_HEIGHT);
    let (rect, response) = ui.allocate_exact_size(size, Sense::click());
    let (name, facts) = (&listing.names[at], facts(entry));
    let taken = taken(entry, listing.hours[at]);
    response.widget_info(|| {
        let label = format!("{name}, {facts}, {}", taken.join(", "));
        egui::WidgetInfo::selected(egui::Role::CheckBox, true, is_chosen, label)
    });
    let visuals = ui.visuals();
    let background = if is_chosen {
        visuals.selection.bg_fill
    } else if response.hovered() || response.has_focus() {
        visuals.widgets.hovered.weak_bg_fill
    } else if at % 2 == 1 {
        theme::stripe(visuals)
    } else {
        egui::Color32::TRANSPARENT
    };
    let painter = ui.painter_at(rect);
    painter.rect_filled(rect, 3.0, background);
    let picture = Rect::from_min_size(rect.min + vec2(3.0, 3.0), vec2(THUMBNAIL, THUMBNAIL));
    painter.rect_filled(picture, 2.0, theme::BEHIND_PICTURE);
    if let Some(Some(texture)) = listing.thumbnails.get(&at) {
        let uv = Rect::from_min_max(egui::pos2(0.0, 0.0), egui::pos2(1.0, 1.0));
        painter.image(texture.id(), picture, uv, egui::Color32::WHITE);
    }
    let (strong, plain) = (visuals.strong_text_color(), visuals.text_color());
    let left = picture.right() + 10.0;
    let column = 150.0;
    // Long descriptions end before the times.
    let names = painter.with_clip_rect(rect.with_max_x(rect.right() - column));
    let line = |y: f32| rect.top() + y;
    let at_left = |y| egui::pos2(left, line(y));
    names.text(
        at_left(19.0),
        Align2::LEFT_CENTER,
        name,
        FontId::proportional(14.5),
        strong,
    );
    names.text(
        at_left(41.0),
        Align2::LEFT_CENTER,
        facts,
        FontId::proportional(12.5),
        plain,
    );
    for (text, y) in taken.iter().zip([19.0, 41.0]) {
        let place = egui::pos2(rect.right() - 10.0, line(y));
        painter.text(
            place,
            Align2::RIGHT_CENTER,
            text,
            FontId::proportional(12.5),
            plain,
        );
    }
    if let Some(warning) = entry.info.warnings.first() {
        response.clone().on_hover_text(warning);
    }
    u8::from(response.clicked()) + u8::from(response.double_clicked())
}

/// When it was taken: hours, and the scanner's clock.
fn taken(entry: &Entry, hours: Option<f64>) -> Vec<String> {
    let hours = hours.map(|hours| match hours {
        hours if hours.abs() < 0.005 => "0 h".to_owned(),
        hours => format!("{hours:.2} h"),
    });
    let clock = entry.acquired.map(|at| {
        let time = at.time();
        format!(
            "{} {:02}:{:02}:{:02}",
            at.date(),
            time.hour(),
            time.minute(),
            time.second()
        )
    });
    hours.into_iter().chain(clock).collect()
}

fn foot_ui(ctx: &Context<'_>, ui: &mut egui::Ui, choice: &mut ListingChoice) {
    let listing = &ctx.desk.listing;
    let warnings = &listing.catalogue.warnings;
    for warning in warnings.iter().take(4) {
        let text = RichText::new(warning).color(theme::warning(ui.visuals()));
        ui.add(egui::Label::new(text).truncate())
            .on_hover_text(warning);
    }
    if warnings.len() > 4 {
        let more = warnings[4..].join("\n");
        ui.weak(format!("and {} more remarks", warnings.len() - 4))
            .on_hover_text(more);
    }
    egui::ScrollArea::vertical()
        .id_salt("identities")
        .max_height(18.0 * SEEN as f32)
        .auto_shrink([false, true])
        .show(ui, |ui| {
            for identity in &listing.identities {
                ui.label(identity);
            }
        });
    if listing.has_times() {
        ui.horizontal(|ui| {
            let field = egui::TextEdit::singleline(&mut choice.injected)
                .desired_width(150.0)
                .hint_text("2024-01-03 09:15");
            labelled(ui, "Tracer injected at", field);
            match moment(&choice.injected) {
                Err(wanted) => ui.colored_label(theme::error(ui.visuals()), wanted),
                Ok(Some(_)) => ui.weak("Hours count from there."),
                Ok(None) => ui.weak("Hours count from the first scan chosen."),
            };
        });
    }
    ui.horizontal(|ui| {
        let n = choice.chosen.len();
        let room = MAX_SCANS - ctx.desk.layers.len().min(MAX_SCANS);
        let can_open = (1..=room).contains(&n);
        let mut open = |name: &str, series: bool| {
            if ui.add_enabled(can_open, egui::Button::new(name)).clicked() {
                ctx.request(Request::OpenListed { series });
            }
        };
        open("Open chosen", false);
        open("Open as time series", true);
        if ui.button("Choose all shown").clicked() {
            choice.chosen.extend(&listing.shown);
        }
        if ui.button("Choose none").clicked() {
            choice.chosen.clear();
        }
        let is_dicom = |entry: &Entry| entry.place.series().is_some();
        if listing.catalogue.entries.iter().any(is_dicom) {
            let shown = !listing.identities.is_empty();
            let name = if shown {
                "Hide who was scanned"
            } else {
                "Who was scanned?"
            };
            if ui.button(name).clicked() {
                match shown {
                    true => ctx.edit(Edit::HideIdentities),
                    false => ctx.request(Request::Identities),
                }
            }
        }
        let hint = match n {
            0 => "Click to choose, double click to open".to_owned(),
            n if n > room => format!("{n} chosen; there is room for {room}"),
            n => format!("{n} chosen"),
        };
        // Longer than there is room for, it would widen the window.
        ui.add(egui::Label::new(RichText::new(hint).weak()).truncate());
    });
}
