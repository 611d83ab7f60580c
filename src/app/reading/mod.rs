//! The reading window: a case code, two pictures, a grade.
//!
//! It is given codes and pixels and cannot name an arm, a patient or a file. The ledger lives on
//! a thread of its own, as storing a grade waits for the disk; the next case shows only once the
//! disk has the grade.

mod between;
mod keeper;
mod panels;
mod pictures;
mod verdict;

use super::{run_window, theme};
use crate::ledger::{Correction, Ledger, now_unix_millis};
use crate::study::{
    CaseImage, Circumstances, EventKind, GradeDraft, GradeEntry, Instructions, PublicKey,
    RaterProgress, Slot, Worklist, key_folder,
};
use anyhow::{Context, bail};
use between::SignForm;
use eframe::egui::{self, Key, Modifiers};
use keeper::{Ask, Keeper, NextCase, Reply};
use pictures::Pictures;
use std::path::{Path, PathBuf};
use std::sync::mpsc::{Receiver, Sender, channel, sync_channel};
use verdict::Draft;

/// Without key or mouse for so long, reading pauses by itself.
const IDLE_SECONDS: f64 = 120.0;

/// Opens the reading window for one rater and stays until it is closed.
///
/// # Errors
/// When the study cannot be opened or has no such rater, and when there is no display.
pub fn read(study: &Path, rater: &str) -> anyhow::Result<()> {
    let ledger = Ledger::open(study)?;
    let raters = ledger.raters()?;
    if !raters.iter().any(|known| known == rater) {
        bail!(
            "{rater:?} is no rater of this study, which has {}: {}",
            raters.join(", "),
            study.display()
        );
    }
    let rater = rater.to_owned();
    // No title of the study, no name, no file: the task bar is seen by others.
    let keys = key_folder().context("this system has no folder for a user's keys")?;
    run_window("Cisterna - reading", move |cc| {
        Ok(Box::new(ReadingApp::new(
            &cc.egui_ctx,
            ledger,
            &rater,
            keys,
        )?))
    })
}

/// A case on screen.
struct Shown {
    slot: Slot,
    pictures: Pictures,
    opened_unix_millis: i64,
    paused_millis: i64,
    draft: Draft,
    /// The verdict that stands, where the rater went back.
    before: Option<GradeEntry>,
}

/// What fills the window.
enum Stage {
    /// The ledger's thread is at it.
    Loading,
    /// A case.
    Case(Box<Shown>),
    /// No case: an installment is complete, and this is what follows.
    Between(Option<Box<NextCase>>),
}

/// Pictures hidden, and since when.
struct Pause {
    since_unix_millis: i64,
    is_idle: bool,
}

/// The reading window of one rater.
pub struct ReadingApp {
    rater: String,
    told: Instructions,
    worklist: Worklist,
    to_ledger: Sender<Ask>,
    from_ledger: Receiver<Reply>,
    stage: Stage,
    /// A training case is graded: what the study's maker says of it, and what comes next.
    lesson: Option<(String, Option<Reply>)>,
    /// What was chosen and typed for a case that is not stored yet, while the rater looks back.
    parked: Option<(Slot, Draft)>,
    pause: Option<Pause>,
    /// When somebody last touched key or mouse, in seconds of the window's clock.
    last_touched: f64,
    sign_form: SignForm,
    early_reason: String,
    slip: String,
    /// The rater's, once the study knows it.
    key: Option<PublicKey>,
    shows_definitions: bool,
    storing: bool,
    stored: Option<String>,
    error: Option<String>,
    progress: Option<RaterProgress>,
}

impl ReadingApp {
    /// Takes an open study; the first case comes at once from the ledger's thread. The key that the
    /// rater signs with is looked for, and put, in `key_folder`.
    ///
    /// # Errors
    /// When the study has no scale or no such rater.
    pub fn new(
        ctx: &egui::Context,
        ledger: Ledger,
        rater: &str,
        key_folder: PathBuf,
    ) -> anyhow::Result<Self> {
        theme::set_up(ctx);
        let told = ledger.instructions()?;
        let worklist = ledger.worklist(rater)?;
        let key = ledger.rater_key(rater)?;
        let remark = ledger.remark().map(str::to_owned);
        let (to_ledger, asks) = channel();
        let (replies, from_ledger) = sync_channel(8);
        let keeper = Keeper {
            ledger,
            rater: rater.to_owned(),
            key_folder,
            replies,
            ctx: ctx.clone(),
        };
        std::thread::Builder::new()
            .name("cisterna-ledger".to_owned())
            .spawn(move || keeper.run(&asks))?;
        Ok(Self {
            rater: rater.to_owned(),
            told,
            worklist,
            to_ledger,
            from_ledger,
            stage: Stage::Loading,
            lesson: None,
            parked: None,
            pause: None,
            last_touched: 0.0,
            sign_form: SignForm::default(),
            early_reason: String::new(),
            slip: String::new(),
            key,
            shows_definitions: false,
            storing: false,
            stored: remark,
            error: None,
            progress: None,
        })
    }

    /// The code of the case on screen.
    #[must_use]
    pub fn case_code(&self) -> Option<&str> {
        self.shown().map(|shown| shown.slot.code.as_str())
    }

    /// Whether every case of the worklist is graded.
    #[must_use]
    pub fn is_done(&self) -> bool {
        matches!(self.stage, Stage::Between(None))
    }

    fn shown(&self) -> Option<&Shown> {
        match &self.stage {
            Stage::Case(shown) => Some(shown),
            _ => None,
        }
    }

    /// Hands something to the ledger; what was entered stays on screen until it answers.
    fn ask(&mut self, ask: Ask) {
        if self.to_ledger.send(ask).is_err() {
            self.storing = false;
            self.error =
                Some("Nothing is stored any more: the study was closed. Start again.".into());
        }
    }

    fn take_replies(&mut self, ctx: &egui::Context) {
        while let Ok(reply) = self.from_ledger.try_recv() {
            match (reply, &mut self.lesson) {
                (Reply::Stored(entry), _) => self.take_stored(&entry),
                (Reply::Failed(text), _) => {
                    self.storing = false;
                    self.error = Some(text);
                }
                (Reply::Signed(installment, progress, key), _) => {
                    self.storing = false;
                    self.key = Some(key);
                    self.error = None;
                    self.sign_form.clear();
                    self.progress = Some(progress);
                    self.stored = Some(format!("Installment {installment} signed"));
                }
                (next @ Reply::Next(..), Some((_, after))) => *after = Some(next),
                (Reply::Next(case, progress), None) => self.take_next(ctx, *case, progress),
                (Reply::Before(before), _) => {
                    let (slot, image, entry) = *before;
                    self.storing = false;
                    self.show(ctx, slot, &image, Some(entry));
                }
            }
        }
    }

    fn take_stored(&mut self, entry: &GradeEntry) {
        self.storing = false;
        self.error = None;
        self.parked = None;
        let what = match &entry.verdict {
            crate::study::Verdict::Grade(grade) => format!("Grade {grade} stored"),
            crate::study::Verdict::CannotGrade(_) => "Cannot grade, stored".to_owned(),
        };
        let example = self
            .told
            .training
            .iter()
            .find(|of| of.code == entry.slot.code);
        if let Some(example) = example.filter(|_| entry.slot.installment == 0) {
            let level = self
                .told
                .scale
                .levels
                .iter()
                .find(|of| of.grade == example.grade);
            let words = level.map_or("", |level| level.definition.as_str());
            let text = format!("Grade {} in this study's view. {words}", example.grade);
            self.lesson = Some((text, None));
        }
        self.stored = Some(what);
    }

    fn take_next(&mut self, ctx: &egui::Context, case: Option<NextCase>, progress: RaterProgress) {
        let is_going_on = self.progress.is_some();
        self.storing = false;
        self.error = None;
        let Some(mut next) = case else {
            self.progress = Some(progress);
            self.stage = Stage::Between(None);
            return;
        };
        let installment = next.slot.installment;
        let has_before = installment > 1 || (installment == 1 && progress.training.n_cases > 0);
        let before = (installment as usize).checked_sub(2);
        let before = before.and_then(|idx| progress.installments.get(idx));
        let is_unsigned = before.is_some_and(|of| !of.is_signed);
        let stops = is_going_on || next.too_early() || is_unsigned;
        self.progress = Some(progress);
        // Between installments there is a pause, as long as the protocol asks.
        match next
            .image
            .take_if(|_| !(next.slot.position == 1 && has_before && stops))
        {
            Some(image) => self.show(ctx, next.slot, &image, None),
            None => self.stage = Stage::Between(Some(Box::new(next))),
        }
    }

    fn show(
        &mut self,
        ctx: &egui::Context,
        slot: Slot,
        image: &CaseImage,
        before: Option<GradeEntry>,
    ) {
        let parked = self.parked.take_if(|(of, _)| *of == slot);
        let draft = match (&before, parked) {
            (Some(entry), _) => Draft::of(entry),
            (None, parked) => parked.map(|(_, draft)| draft).unwrap_or_default(),
        };
        self.ask(Ask::Note(Some(slot.clone()), EventKind::Opened {}));
        self.stage = Stage::Case(Box::new(Shown {
            pictures: Pictures::new(ctx, image),
            opened_unix_millis: now_unix_millis(),
            paused_millis: 0,
            draft,
            before,
            slot,
        }));
    }

    /// Hands the verdict to the ledger. The choice stays until the disk has it.
    fn commit(&mut self) {
        let Stage::Case(shown) = &self.stage else {
            return;
        };
        let lacks = shown.draft.lacks(self.told.reading, shown.before.is_some());
        if self.storing || self.lesson.is_some() || lacks.is_some() {
            return;
        }
        let verdict = match shown.draft.verdict(&self.told.scale) {
            None => return,
            Some(Ok(verdict)) => verdict,
            Some(Err(error)) => {
                self.error = Some(error.to_string());
                return;
            }
        };
        let circumstances = Circumstances {
            confidence: shown.draft.confidence,
            comment: shown.draft.comment.trim().to_owned(),
            opened_unix_millis: shown.opened_unix_millis,
            paused_millis: shown.paused_millis,
            display: shown.pictures.display(),
        };
        let committed_unix_millis = now_unix_millis();
        let rater = self.rater.clone();
        let ask = match &shown.before {
            None => Ask::Grade(Box::new(GradeDraft {
                rater,
                slot: shown.slot.clone(),
                verdict,
                circumstances,
                committed_unix_millis,
            })),
            Some(before) => Ask::Correct(Box::new(Correction {
                replaces: before.seq,
                rater,
                reason: shown.draft.reason.clone(),
                verdict,
                circumstances,
                committed_unix_millis,
            })),
        };
        self.storing = true;
        self.stored = None;
        self.ask(ask);
    }

    /// The place before the one on screen, where the protocol lets the rater go there.
    fn place_before(&self) -> Option<Slot> {
        if !self.told.reading.go_back || self.storing || self.lesson.is_some() {
            return None;
        }
        let progress = self.progress.as_ref()?;
        let (installment, position) = match &self.stage {
            Stage::Case(shown) => (shown.slot.installment, shown.slot.position),
            Stage::Between(_) => (self.complete(), u32::MAX),
            Stage::Loading => return None,
        };
        let of = (installment as usize).checked_sub(1)?;
        if progress.installments.get(of)?.is_signed {
            return None;
        }
        let slots = self.worklist.slots();
        slots
            .filter(|slot| slot.installment == installment && slot.position < position)
            .last()
    }

    /// Takes the release slip in a file, where one is waited for.
    fn unlock(&mut self, path: PathBuf) {
        let is_waited_for =
            matches!(&self.stage, Stage::Between(Some(next)) if next.image.is_none());
        if is_waited_for && !self.storing {
            self.storing = true;
            self.ask(Ask::Unlock(path));
        }
    }

    fn go_back(&mut self) {
        let Some(slot) = self.place_before() else {
            return;
        };
        if let Stage::Case(shown) = &self.stage
            && shown.before.is_none()
        {
            self.parked = Some((shown.slot.clone(), shown.draft.clone()));
        }
        self.storing = true;
        self.ask(Ask::GoBack(slot));
    }

    /// The installment that is complete while no case is shown.
    fn complete(&self) -> u32 {
        match &self.stage {
            Stage::Between(Some(next)) => next.slot.installment.saturating_sub(1),
            _ => self.worklist.installments.len() as u32,
        }
    }

    fn pause(&mut self, is_idle: bool) {
        if self.pause.is_some() {
            return;
        }
        let Stage::Case(shown) = &self.stage else {
            return;
        };
        let slot = Some(shown.slot.clone());
        self.pause = Some(Pause {
            since_unix_millis: now_unix_millis(),
            is_idle,
        });
        self.ask(Ask::Note(slot, EventKind::Paused { idle: is_idle }));
    }

    fn resume(&mut self) {
        let Some(pause) = self.pause.take() else {
            return;
        };
        if let Stage::Case(shown) = &mut self.stage {
            shown.paused_millis += (now_unix_millis() - pause.since_unix_millis).max(0);
            let slot = Some(shown.slot.clone());
            self.ask(Ask::Note(slot, EventKind::Resumed {}));
        }
    }

    /// After a lesson, what the ledger had ready all along.
    fn end_lesson(&mut self, ctx: &egui::Context) {
        if let Some((text, Some(next))) = self.lesson.take() {
            match next {
                Reply::Next(case, progress) => self.take_next(ctx, *case, progress),
                other => self.lesson = Some((text, Some(other))),
            }
        }
    }

    fn keys(&mut self, ui: &egui::Ui) {
        // Keys go to a field while one is being filled in.
        if ui.ctx().egui_wants_keyboard_input() {
            return;
        }
        let pressed = |key| ui.input_mut(|input| input.consume_key(Modifiers::NONE, key));
        if self.pause.is_some() {
            if pressed(Key::Enter) || pressed(Key::P) {
                self.resume();
            }
            return;
        }
        if self.lesson.is_some() {
            if pressed(Key::Enter) {
                self.end_lesson(ui.ctx());
            }
            return;
        }
        if pressed(Key::D) {
            self.shows_definitions = !self.shows_definitions;
        }
        if pressed(Key::Backspace) || pressed(Key::ArrowLeft) {
            self.go_back();
        }
        let Stage::Case(shown) = &mut self.stage else {
            return;
        };
        if self.storing {
            return;
        }
        shown.draft.keys(ui, &self.told);
        if shown.before.is_some() && (pressed(Key::Escape) || pressed(Key::ArrowRight)) {
            self.ask(Ask::GoOn);
        } else if pressed(Key::P) {
            self.pause(false);
        } else if pressed(Key::Enter) {
            // Consumed, so that a focused button is not pressed as well.
            self.commit();
        }
    }

    /// Reading pauses by itself when nobody is there.
    fn watch_idleness(&mut self, ctx: &egui::Context) {
        let (now, is_touched) = ctx.input(|input| (input.time, !input.events.is_empty()));
        if is_touched || self.pause.is_some() || !matches!(self.stage, Stage::Case(_)) {
            self.last_touched = now;
        } else if now - self.last_touched >= IDLE_SECONDS {
            self.pause(true);
        }
        if self.pause.is_none() && matches!(self.stage, Stage::Case(_)) {
            let left = (IDLE_SECONDS - (now - self.last_touched)).max(0.0);
            ctx.request_repaint_after(std::time::Duration::from_secs_f64(left + 0.05));
        }
    }
}

impl eframe::App for ReadingApp {
    fn logic(&mut self, ctx: &egui::Context, _frame: &mut eframe::Frame) {
        self.take_replies(ctx);
        let dropped = ctx.input(|input| {
            let mut files = input.raw.dropped_files.iter();
            files.next().map(|file| file.path().to_path_buf())
        });
        if let Some(path) = dropped {
            self.unlock(path);
        }
        self.watch_idleness(ctx);
    }

    fn ui(&mut self, ui: &mut egui::Ui, _frame: &mut eframe::Frame) {
        self.keys(ui);
        egui::Panel::top("case").show(ui, |ui| self.head_ui(ui));
        if self.shown().is_some() && self.pause.is_none() {
            egui::Panel::bottom("grades").show(ui, |ui| self.foot_ui(ui));
        }
        egui::CentralPanel::no_frame().show(ui, |ui| self.middle_ui(ui));
    }
}
