//! Networks that are asked about one scan: of a leak, with the map of what that rests on, and to mark and
//! count perivascular spaces.

use super::count;
use crate::app::shell::{labelled, theme, told};
use crate::app::viewer::{
    Context, Edit, MaskEdit, NetworkEdit, NetworkTask, PathPanel, Request, Said,
    paint::clear_of_the_bar, text::with_key,
};
use crate::models::spaces::spaces_card;
use crate::models::{Model, WARNING};
use crate::workflows::SPACES_EVERYWHERE;
use eframe::egui;

pub(super) fn ui(ctx: &Context<'_>, ui: &mut egui::Ui) {
    egui::Panel::right("network")
        .default_size(290.0)
        .size_range(250.0..=420.0)
        .show(ui, |ui| {
            head_ui(ctx, ui);
            egui::ScrollArea::vertical()
                .auto_shrink(false)
                .show(ui, |ui| {
                    clear_of_the_bar(ui);
                    model_ui(ctx, ui);
                    match ctx.desk.network.task() {
                        None => {}
                        Some(NetworkTask::Leak) => {
                            ask_ui(ctx, ui);
                            ui.separator();
                            answer_ui(ctx, ui);
                        }
                        Some(NetworkTask::Spaces) => {
                            mark_ui(ctx, ui);
                            ui.separator();
                            marked_ui(ctx, ui);
                        }
                        Some(NetworkTask::Counts) => {
                            ask_to_count_ui(ctx, ui);
                            ui.separator();
                            count::ui(ctx, ui);
                        }
                    }
                });
        });
}

fn head_ui(ctx: &Context<'_>, ui: &mut egui::Ui) {
    ui.horizontal(|ui| {
        ui.strong("Networks");
        ui.with_layout(egui::Layout::right_to_left(egui::Align::Center), |ui| {
            let close = ui.small_button("×");
            close.widget_info(|| {
                egui::WidgetInfo::labeled(egui::Role::Button, true, "Close the networks")
            });
            if told(close, &with_key("Close", "0")).clicked() {
                ctx.edit(Edit::Network(NetworkEdit::Show(false)));
            }
        });
    });
}

fn weak(ui: &mut egui::Ui, text: impl Into<String>) {
    ui.add(egui::Label::new(egui::RichText::new(text).weak()).wrap());
}

fn model_ui(ctx: &Context<'_>, ui: &mut egui::Ui) {
    let network = &ctx.desk.network;
    match network.model() {
        None => {
            ui.label("No network is open");
        }
        Some(chosen) => {
            let choice = egui::ComboBox::from_id_salt("network to ask");
            let choice = choice.selected_text(&chosen.card.name).width(180.0);
            let response = choice.show_ui(ui, |ui| choices_ui(ctx, ui)).response;
            response.widget_info(|| {
                egui::WidgetInfo::labeled(egui::Role::ComboBox, true, "Network to ask")
            });
            let summary = chosen.card.task.part().summary();
            told(response, &format!("Which network is asked: {summary}"));
            weak(ui, summary);
            weak(ui, format!("{}. {WARNING}", chosen.card.trained_on()));
        }
    }
    let open = ui.button("Open a network…");
    let what = "From a file: one for leaks, or one that marks or counts perivascular spaces";
    if told(open, what).clicked() {
        ctx.edit(Edit::PathPanel(Some(PathPanel::OpenNetwork)));
    }
}

/// All networks, by what they are asked.
fn choices_ui(ctx: &Context<'_>, ui: &mut egui::Ui) {
    let network = &ctx.desk.network;
    for task in NetworkTask::ALL {
        let models = network.models.iter().enumerate();
        let is_of = |(_, model): &(usize, &Model)| NetworkTask::of(model) == Some(task);
        let mut models = models.filter(is_of).peekable();
        if models.peek().is_some() {
            ui.weak(task.name());
        }
        for (at, model) in models {
            let is_chosen = at == network.chosen;
            let choice = ui.selectable_label(is_chosen, &model.card.name);
            if told(choice, &model.card.task.part().summary()).clicked() {
                ctx.edit(Edit::Network(NetworkEdit::Choose(at)));
            }
        }
    }
}

/// A button that asks, with why it cannot.
fn ask_button(ui: &mut egui::Ui, words: &str, hint: &str, why: Option<&str>) -> bool {
    let button = ui.add_enabled(why.is_none(), egui::Button::new(words));
    let button = button.on_hover_text(hint);
    button.on_disabled_hover_text(why.unwrap_or(hint)).clicked()
}

/// Why nothing can be asked as long as something runs.
const BUSY: &str = "Something else is running";

fn ask_ui(ctx: &Context<'_>, ui: &mut egui::Ui) {
    let desk = ctx.desk;
    let scan = desk.network_scan();
    let why = match &scan {
        None => Some("Open a scan of a head that lies in one file"),
        Some(scan) if desk.sheets.is_blind_to(scan) => {
            Some("The worksheet of this scan was begun: sign it first")
        }
        _ if ctx.jobs.running.is_busy() => Some(BUSY),
        _ => None,
    };
    if let Some(scan) = &scan {
        ui.label(&scan.name);
    }
    ui.horizontal(|ui| {
        for (words, map, hint) in [
            ("Probability", false, "What the network says of the scan"),
            (
                "Probability and map",
                true,
                "And where in the scan that lies: boxes are filled one after the other; coarse first, then finer",
            ),
        ] {
            if ask_button(ui, words, hint, why) {
                ctx.request(Request::AskNetwork { map });
            }
        }
    });
    if let Some(why) = why {
        weak(ui, why);
    }
    let mut percent = desk.network.strongest_percent;
    let field = egui::DragValue::new(&mut percent)
        .range(0.1..=20.0)
        .speed(0.05)
        .suffix(" %");
    let field = labelled(ui, "Strongest region", field);
    let field = field.on_hover_text("The share of the map that the next outline goes around");
    if field.changed() {
        ctx.edit(Edit::Network(NetworkEdit::Strongest(percent)));
    }
}

fn mark_ui(ctx: &Context<'_>, ui: &mut egui::Ui) {
    let desk = ctx.desk;
    let given = desk.given(NetworkTask::Spaces);
    if let Ok(given) = &given {
        ui.label(&given.scan.scan.name);
        match given.regions {
            Some(map) => weak(
                ui,
                format!(
                    "Only in white matter, deep grey matter and brainstem of {}, which also tells the region \
                     of each cluster",
                    map.scan.name
                ),
            ),
            None => {
                let why = desk.why_no_regions();
                let text = egui::RichText::new(format!("{why}: {SPACES_EVERYWHERE}"));
                let text = text.color(theme::warning(ui.visuals()));
                ui.add(egui::Label::new(text).wrap());
            }
        }
    }
    let card = desk.network.model().map(spaces_card);
    if let Some(Ok(card)) = card {
        weak(
            ui,
            format!(
                "Wants a T1-weighted scan of a head. In the mask is at first what is above {}, as the \
                 network's card says",
                card.threshold
            ),
        );
    }
    let why = why_not(ctx, given.map(drop));
    let hint = "The network marks the spaces of the scan, which opens as a mask: threshold, table, brush; it is in \
                no file until it is saved";
    if ask_button(ui, "Mark spaces", hint, why.as_deref()) {
        ctx.request(Request::MarkSpaces);
    }
    if let Some(why) = why {
        weak(ui, why);
    }
}

fn why_not(ctx: &Context<'_>, given: Result<(), String>) -> Option<String> {
    let is_busy = ctx.jobs.running.is_busy();
    given.err().or_else(|| is_busy.then(|| BUSY.to_owned()))
}

/// The mask that a network marked, where it is looked through.
fn marked_ui(ctx: &Context<'_>, ui: &mut egui::Ui) {
    let Some(mask) = &ctx.desk.mask else {
        return;
    };
    let Some(marks) = mask.source.marks() else {
        return;
    };
    let n = mask.made().clusters.len();
    ui.label(match n {
        1 => format!("{}: 1 cluster", mask.source.name),
        n => format!("{}: {n} clusters", mask.source.name),
    });
    weak(ui, format!("Marked by {}", marks.origin.model));
    let show = ui.button("Show the mask");
    if told(show, "Threshold, table of clusters, brush, and its file").clicked() {
        ctx.edit(Edit::Mask(MaskEdit::Show(true)));
    }
}

fn ask_to_count_ui(ctx: &Context<'_>, ui: &mut egui::Ui) {
    let given = ctx.desk.given(NetworkTask::Counts);
    if let Ok(given) = &given {
        ui.label(&given.scan.scan.name);
        if let Some(map) = given.regions {
            weak(ui, format!("The region is taken from {}", map.scan.name));
        }
    }
    weak(ui, "Wants a T2-weighted scan of a head");
    let why = why_not(ctx, given.map(drop));
    let hint = "How many spaces the network counts in its region, and where";
    if ask_button(ui, "Count", hint, why.as_deref()) {
        ctx.request(Request::CountSpaces);
    }
    if let Some(why) = why {
        weak(ui, why);
    }
}

fn answer_ui(ctx: &Context<'_>, ui: &mut egui::Ui) {
    let desk = ctx.desk;
    let Some(said) = &desk.network.said else {
        return;
    };
    if desk.sheets.is_blind_to(&said.of) {
        ui.label("Hidden until the worksheet is signed");
        return;
    }
    said_ui(ui, said);
    if let Some(map) = &said.map {
        ui.separator();
        let words = match map.is_refined {
            true => "Map of overlapping boxes",
            false => "Coarse map",
        };
        ui.strong(words);
        let record = &map.record;
        let [low, high] = record.range;
        ui.label(format!(
            "{} boxes; the logit falls by {low:.3} to {high:.3}",
            record.positions
        ));
        ui.weak("Orange where what is in the box speaks for a leak, blue where against; opacity follows the value");
        let save = ui.button("Save map…");
        if told(
            save,
            "The map, its record and what the network says, in a folder",
        )
        .clicked()
        {
            ctx.edit(Edit::PathPanel(Some(PathPanel::SaveMap)));
        }
    }
}

/// The mean over the folds of a training, and how far they differ; none of a network that is alone.
fn folds_words(said: &Said) -> Option<String> {
    let others = &said.other_folds;
    let all = || others.iter().copied().chain([said.prediction.probability]);
    let n = all().count();
    let mean = all().sum::<f64>() / n as f64;
    let (low, high) = all().fold((1.0_f64, 0.0_f64), |(low, high), p| {
        (low.min(p), high.max(p))
    });
    let [mean, low, high] = [mean, low, high].map(|p| 100.0 * p);
    (n > 1).then(|| format!("Mean of {n} folds {mean:.0} % ({low:.0} to {high:.0} %)"))
}

/// What a network says, with how far that is to be believed.
pub(super) fn said_ui(ui: &mut egui::Ui, said: &Said) {
    let prediction = &said.prediction;
    let percent = prediction.probability * 100.0;
    ui.heading(format!("{percent:.0} % by the network"));
    match prediction.temperature {
        Some(temperature) => {
            ui.label(format!(
                "Calibrated: numbers divided by {temperature:.3} first"
            ));
        }
        None => {
            let text = "Not calibrated: no probability of a leak for a patient";
            ui.colored_label(theme::warning(ui.visuals()), text);
        }
    }
    if let Some(words) = folds_words(said) {
        ui.label(words).on_hover_text(
            "By the networks of all folds of this training, each calibrated as its card says; for a patient \
             of the training, most of them have learned from this scan",
        );
    }
    ui.weak(format!(
        "{} on {}",
        prediction.came_from.model, said.of.name
    ));
    for remark in &prediction.remarks {
        ui.weak(remark);
    }
    ui.add(egui::Label::new(egui::RichText::new(prediction.warning).weak().small()).wrap());
}
