//! How far a study is, and what can be done with it. Nothing here is about any grade.

use super::command::{CoordinatorCommands, CoordinatorEdit, CoordinatorRequest, Purpose};
use super::overview::Overview;
use super::reply::Note;
use super::table::page_keys;
use super::words::when;
use crate::app::shell::{labelled, page_frame, theme, told};
use crate::ledger::Verified;
use crate::study::{InstallmentProgress, RaterProgress};
use eframe::egui::{
    self, Align2, FontId, Rect, RichText, Role, Sense, WidgetInfo, WidgetText, pos2, vec2,
};

const BAR_HEIGHT: f32 = 22.0;
const WIDEST_BAR: f32 = 260.0;
const NARROWEST_BAR: f32 = 90.0;
const NAMES: f32 = 150.0;
/// Below this width what was done stands under the page, not beside it.
const NARROW: f32 = 1000.0;
/// "not signed" beside a bar.
const SIGNED: f32 = 78.0;

/// What the page shows.
pub(super) struct StudyPage<'a> {
    pub(super) overview: &'a Overview,
    /// The latest first.
    pub(super) notes: &'a [Note],
    /// Whether something is being done, so that nothing else can be begun.
    pub(super) is_busy: bool,
    /// Whether the key was opened in this window.
    pub(super) has_key: bool,
    /// What is typed to sign in.
    pub(super) passphrase: &'a mut String,
}

impl StudyPage<'_> {
    pub(super) fn ui(self, commands: &CoordinatorCommands, ui: &mut egui::Ui) {
        let Self { overview, .. } = self;
        let notes = match ui.available_width() < NARROW {
            true => egui::Panel::bottom("notes below")
                .resizable(true)
                .default_size(130.0)
                .size_range(70.0..=240.0),
            false => egui::Panel::right("notes")
                .default_size(380.0)
                .size_range(280.0..=720.0),
        };
        notes.show(ui, |ui| notes_ui(ui, self.notes));
        let page = egui::CentralPanel::default().frame(page_frame(ui));
        page.show(ui, |ui| {
            egui::ScrollArea::vertical()
                .auto_shrink([false, false])
                .show(ui, |ui| {
                    page_keys(ui);
                    ui.add_space(6.0);
                    ui.heading(&overview.title);
                    ui.label(&overview.question);
                    ui.add_space(12.0);
                    facts_ui(ui, overview);
                    ui.add_space(18.0);
                    section_ui(ui, "Progress");
                    progress_ui(ui, &overview.raters);
                    ui.add_space(18.0);
                    section_ui(ui, "Packages and files");
                    sign_in_ui(commands, ui, overview, self.passphrase, self.is_busy);
                    actions_ui(commands, ui, overview, self.is_busy);
                    ui.add_space(18.0);
                    section_ui(ui, "The key");
                    if self.has_key {
                        ui.weak("The key is open in this window.");
                    } else {
                        key_ui(commands, ui, overview, self.is_busy);
                    }
                });
        });
    }
}

fn section_ui(ui: &mut egui::Ui, name: &str) {
    ui.label(RichText::new(name).size(15.0).strong());
    ui.add_space(4.0);
}

fn facts_ui(ui: &mut egui::Ui, overview: &Overview) {
    egui::Grid::new("facts")
        .num_columns(2)
        .spacing(vec2(18.0, 6.0))
        .show(ui, |ui| {
            ui.weak("Protocol");
            ui.horizontal(|ui| {
                let sha256 = &overview.protocol_sha256;
                hash_ui(ui, "the protocol's hash", sha256);
            });
            ui.end_row();
            ui.weak("Events");
            ui.label(overview.n_events.to_string());
            ui.end_row();
            ui.weak("Last event");
            ui.label(overview.last_unix_millis.map_or("none yet".into(), when));
            ui.end_row();
            ui.weak("State");
            match overview.unsealed_at {
                None => ui.label("Sealed: nobody knows which case is whose"),
                Some(at) => ui.label(format!("Unsealed on {}", when(at))),
            };
            ui.end_row();
        });
}

/// A hash, shortened where there is no room, and a button that copies all of it.
fn hash_ui(ui: &mut egui::Ui, what: &str, sha256: &str) {
    let copy = ui.small_button("Copy");
    copy.widget_info(|| WidgetInfo::labeled(Role::Button, true, format!("Copy {what}")));
    if told(copy, "All of it, to the clipboard").clicked() {
        ui.ctx().copy_text(sha256.to_owned());
    }
    let text = RichText::new(sha256).monospace().size(12.0);
    ui.add(egui::Label::new(text).truncate());
}

/// A row for each rater, a bar for each installment.
fn progress_ui(ui: &mut egui::Ui, raters: &[RaterProgress]) {
    let has_training = raters.iter().any(|of| of.training.n_cases > 0);
    let installments = raters.iter().map(|of| of.installments.len()).max();
    let n_installments = installments.unwrap_or(0);
    let n_bars = n_installments + usize::from(has_training);
    let room = ui.available_width() - NAMES;
    let each = room / n_bars.max(1) as f32 - SIGNED - 30.0;
    let width = each.clamp(NARROWEST_BAR, WIDEST_BAR);
    egui::ScrollArea::horizontal()
        .id_salt("progress")
        .auto_shrink([false, true])
        .show(ui, |ui| {
            egui::Grid::new("progress")
                .spacing(vec2(14.0, 7.0))
                .show(ui, |ui| {
                    ui.weak("Rater");
                    if has_training {
                        ui.weak("Training");
                    }
                    for number in 1..=n_installments {
                        ui.weak(format!("Installment {number}"));
                    }
                    ui.end_row();
                    for of in raters {
                        ui.label(&of.rater);
                        if has_training {
                            bar_ui(ui, &format!("{}, training", of.rater), &of.training, width);
                        }
                        for (number, installment) in (1..).zip(&of.installments) {
                            let name = format!("{}, installment {number}", of.rater);
                            ui.horizontal(|ui| {
                                bar_ui(ui, &name, installment, width);
                                signed_ui(ui, installment);
                            });
                        }
                        ui.end_row();
                    }
                });
        });
}

fn bar_ui(ui: &mut egui::Ui, name: &str, of: &InstallmentProgress, width: f32) {
    let (rect, response) = ui.allocate_exact_size(vec2(width, BAR_HEIGHT), Sense::hover());
    let [done, all] = theme::progress(ui.visuals());
    let painter = ui.painter();
    painter.rect_filled(rect, 3.0, all);
    let share = of.n_graded as f32 / of.n_cases.max(1) as f32;
    let right = rect.left() + share.min(1.0) * rect.width();
    if of.n_graded > 0 {
        let part = Rect::from_min_max(rect.min, pos2(right, rect.bottom()));
        painter.rect_filled(part, 3.0, done);
    }
    let words = format!("{} of {}", of.n_graded, of.n_cases);
    let ink = theme::ink(ui.visuals());
    let font = FontId::proportional(13.0);
    painter.text(rect.center(), Align2::CENTER_CENTER, &words, font, ink);
    response.widget_info(|| {
        let label = format!("{name}, {words}");
        WidgetInfo::labeled(Role::ProgressIndicator, true, label)
    });
}

fn signed_ui(ui: &mut egui::Ui, of: &InstallmentProgress) {
    let words: WidgetText = match of.is_signed {
        true => RichText::new("signed")
            .color(theme::stored(ui.visuals()))
            .into(),
        false => RichText::new("not signed").weak().into(),
    };
    let size = vec2(SIGNED, BAR_HEIGHT);
    let left = egui::Layout::left_to_right(egui::Align::Center);
    ui.allocate_ui_with_layout(size, left, |ui| {
        ui.set_min_width(SIGNED);
        ui.label(words);
    });
}

/// What only the coordinator may do is signed with the coordinator's key.
fn sign_in_ui(
    commands: &CoordinatorCommands,
    ui: &mut egui::Ui,
    overview: &Overview,
    passphrase: &mut String,
    is_busy: bool,
) {
    if overview.is_signed_in {
        ui.weak("Signed in as the coordinator: what is done here is signed.");
        return;
    }
    ui.horizontal_wrapped(|ui| {
        // One thing to the line break.
        let field = ui.horizontal(|ui| {
            let field = egui::TextEdit::singleline(passphrase).password(true);
            labelled(
                ui,
                "Passphrase of the coordinator",
                field.desired_width(220.0),
            )
        });
        let field = told(field.inner, "The one of coordinator.age (Enter signs in)");
        let entered = field.lost_focus() && ui.input(|input| input.key_pressed(egui::Key::Enter));
        let is_ready = !passphrase.is_empty() && !is_busy;
        let button = egui::Button::new("Sign in").min_size(vec2(0.0, 28.0));
        let sign_in = ui.add_enabled(is_ready, button);
        let clicked = told(sign_in, "Sign what is done here as the coordinator (Enter)").clicked();
        if is_ready && (entered || clicked) {
            commands.request(CoordinatorRequest::SignIn);
        }
    });
    ui.weak("Packages, slips and exports are signed with the key in coordinator.age.");
    ui.add_space(4.0);
}

fn actions_ui(
    commands: &CoordinatorCommands,
    ui: &mut egui::Ui,
    overview: &Overview,
    is_busy: bool,
) {
    let actions = [
        (
            "Take in packages…",
            "What raters did, from their packages",
            Purpose::TakeIn,
        ),
        (
            "Write a package…",
            "A rater's part of the study, as a file",
            Purpose::Package,
        ),
        (
            "Release an installment…",
            "The slip that opens a sealed installment",
            Purpose::Release,
        ),
        (
            "Export…",
            "Grades and events as tables for other programs",
            Purpose::Export,
        ),
    ];
    ui.horizontal_wrapped(|ui| {
        let mut is_clicked = |name, what: &str, is_allowed| {
            let button = egui::Button::new(name).min_size(vec2(0.0, 28.0));
            let button = ui.add_enabled(!is_busy && is_allowed, button);
            let what = match is_allowed {
                true => what.to_owned(),
                false => format!("{what}. Sign in first"),
            };
            told(button, &what).clicked()
        };
        for (name, what, purpose) in actions {
            let is_offered = purpose != Purpose::Release || overview.releases;
            if is_offered && is_clicked(name, what, overview.is_signed_in) {
                commands.edit(CoordinatorEdit::Open(purpose));
            }
        }
        if is_clicked("Verify", "Check every picture, event and signature", true) {
            commands.request(CoordinatorRequest::Verify);
        }
    });
    if overview.unsealed_at.is_some() {
        ui.weak("The study is unsealed: packages with something new are refused.");
    }
}

fn key_ui(commands: &CoordinatorCommands, ui: &mut egui::Ui, overview: &Overview, is_busy: bool) {
    let (name, words) = match overview.unsealed_at {
        Some(_) => (
            "Open the key…",
            "For statistics by arm and for the report.".to_owned(),
        ),
        None => {
            let words = match overview.unsigned().len() {
                0 => "Every installment is signed.".to_owned(),
                1 => "One installment is not signed yet.".to_owned(),
                n => format!("{n} installments are not signed yet."),
            };
            ("Unseal…", words)
        }
    };
    ui.horizontal_wrapped(|ui| {
        let button = egui::Button::new(name).min_size(vec2(0.0, 28.0));
        let button = ui.add_enabled(!is_busy, button);
        if told(button, "Say which case is whose, with the key's passphrase").clicked() {
            commands.edit(CoordinatorEdit::OpenUnseal);
        }
        ui.weak(words);
    });
}

fn notes_ui(ui: &mut egui::Ui, notes: &[Note]) {
    ui.add_space(6.0);
    section_ui(ui, "Done in this window");
    if notes.is_empty() {
        ui.weak("Nothing yet. What is taken in, verified and written is listed here.");
        return;
    }
    egui::ScrollArea::vertical()
        .auto_shrink([false, false])
        .show(ui, |ui| {
            for (at, note) in notes.iter().rev().enumerate().rev() {
                ui.push_id(at, |ui| match note {
                    Note::Said(words) => {
                        ui.add(egui::Label::new(words).wrap());
                    }
                    Note::Refused(words) => {
                        let words = RichText::new(words).color(theme::error(ui.visuals()));
                        ui.add(egui::Label::new(words).wrap());
                    }
                    Note::Verified(verified) => verified_ui(ui, verified),
                });
                ui.separator();
            }
        });
}

fn verified_ui(ui: &mut egui::Ui, verified: &Verified) {
    ui.colored_label(theme::stored(ui.visuals()), "The file is in order");
    ui.label(format!(
        "{} events, {} of them verdicts; {} signatures",
        verified.n_events, verified.n_verdicts, verified.n_signatures
    ));
    let colour = theme::warning(ui.visuals());
    for words in verified.clocks() {
        ui.add(egui::Label::new(RichText::new(words).color(colour)).wrap());
    }
    for (rater, key) in &verified.rater_keys {
        if !key.is_vouched {
            let words = format!("Nothing but this file says that the key of {rater} is theirs");
            ui.add(egui::Label::new(RichText::new(words).color(colour)).wrap());
        }
        ui.weak(format!("Key of {rater}"));
        ui.label(key.public_key.words());
    }
    if verified.n_not_countersigned > 0 {
        let n = verified.n_not_countersigned;
        ui.label(format!("{n} events of raters are not countersigned"));
    }
    ui.horizontal_wrapped(|ui| {
        ui.weak("Heads of the chains, to be kept elsewhere");
        let copy = ui.small_button("Copy heads");
        if told(copy, "All of them, to the clipboard").clicked() {
            let lines = verified.heads.iter();
            let lines = lines.map(|(author, head)| format!("{author}\t{head}\n"));
            ui.ctx().copy_text(lines.collect());
        }
    });
    for (author, head) in &verified.heads {
        ui.label(author);
        ui.horizontal(|ui| {
            hash_ui(ui, &format!("the head of {author}"), head);
        });
    }
}
