//! How far a rater is: the case on screen, what was chosen for it, and what the ledger's thread
//! replied. It is given codes and pixels, and cannot name an arm, a patient or a file.

use super::command::ReadingRequest;
use super::display::DisplayForm;
use super::keeper::{NextCase, RaterKeeper, RaterReply, RaterRequest, Upcoming};
use super::pictures::CasePictures;
use super::sign_form::SignForm;
use super::verdict::Draft;
use crate::app::shell::{Keeper, Outbox};
use crate::ledger::{Correction, Ledger, now_unix_millis};
use crate::study::{
    CaseImage, Circumstances, DisplayTest, EventKind, GradeDraft, GradeEntry, Instructions,
    PublicKey, RaterProgress, Slot, Verdict, Worklist,
};
use eframe::egui;
use std::path::PathBuf;
use std::sync::mpsc::Receiver;

/// Without key or mouse for so long, reading pauses by itself.
const IDLE_SECONDS: f64 = 120.0;

/// A case on screen.
pub(super) struct ShownCase {
    pub(super) slot: Slot,
    pub(super) pictures: CasePictures,
    pub(super) opened_unix_millis: i64,
    pub(super) paused_millis: i64,
    pub(super) draft: Draft,
    /// The verdict that stands, where the rater went back.
    pub(super) before: Option<GradeEntry>,
}

/// The display, looked at before an installment.
pub(super) struct DisplayTesting {
    pub(super) next: NextCase,
    pub(super) form: DisplayForm,
    /// What the disk has, where not all of the pattern was seen.
    pub(super) stored: Option<DisplayTest>,
}

/// What fills the window.
pub(super) enum Stage {
    /// The ledger's thread is at it.
    Loading,
    /// Nothing is graded yet: what is asked, before the first case.
    Start(Box<NextCase>),
    /// The test pattern, before the first case of an installment.
    Display(Box<DisplayTesting>),
    /// A case.
    Case(Box<ShownCase>),
    /// No case: an installment is complete, and this is what follows.
    Between(Option<Box<NextCase>>),
}

/// Pictures hidden, and since when.
pub(super) struct Pause {
    pub(super) since_unix_millis: i64,
    pub(super) is_idle: bool,
}

/// How far one rater is, and what is typed.
pub(super) struct ReadingSession {
    pub(super) rater: String,
    pub(super) instructions: Instructions,
    worklist: Worklist,
    keeper: Keeper<RaterRequest>,
    replies: Receiver<RaterReply>,
    pub(super) stage: Stage,
    /// A training case is graded: what the study's maker says of it, and what comes next.
    pub(super) lesson: Option<(String, Option<Box<Upcoming>>)>,
    /// What was chosen and typed for a case that is not stored yet, while the rater looks back.
    parked: Option<(Slot, Draft)>,
    pub(super) pause: Option<Pause>,
    /// When somebody last touched key or mouse, in seconds of the window's clock.
    last_touched: f64,
    pub(super) sign_form: SignForm,
    pub(super) early_reason: String,
    pub(super) slip: String,
    /// The rater's, once the study knows it.
    pub(super) key: Option<PublicKey>,
    pub(super) shows_definitions: bool,
    pub(super) storing: bool,
    pub(super) stored: Option<String>,
    pub(super) error: Option<String>,
    pub(super) progress: Option<RaterProgress>,
    /// What the rater said of the installment that is complete.
    pub(super) verdicts: Vec<GradeEntry>,
}

impl ReadingSession {
    /// Takes an open study; the first case comes at once from the ledger's thread. The key that the
    /// rater signs with is looked for, and put, in `key_folder`.
    ///
    /// # Errors
    /// When the study has no scale or no such rater.
    pub(super) fn new(
        ctx: &egui::Context,
        ledger: Ledger,
        rater: &str,
        key_folder: PathBuf,
    ) -> anyhow::Result<Self> {
        let instructions = ledger.instructions()?;
        let worklist = ledger.worklist(rater)?;
        let key = ledger.rater_key(rater)?;
        let remark = ledger.remark().map(str::to_owned);
        let (outbox, replies) = Outbox::new(ctx);
        let keeper = Keeper::keep(RaterKeeper {
            ledger,
            rater: rater.to_owned(),
            key_folder,
            replies: outbox,
        })?;
        Ok(Self {
            rater: rater.to_owned(),
            instructions,
            worklist,
            keeper,
            replies,
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
            verdicts: Vec::new(),
        })
    }

    pub(super) fn shown(&self) -> Option<&ShownCase> {
        match &self.stage {
            Stage::Case(shown) => Some(shown),
            _ => None,
        }
    }

    pub(super) fn request(&mut self, request: ReadingRequest, ctx: &egui::Context) {
        match request {
            ReadingRequest::Store => self.commit(),
            ReadingRequest::GoBack => {
                if let Some(slot) = self.place_before() {
                    self.go_back_to(slot);
                }
            }
            ReadingRequest::Correct(slot) => {
                if self.can_correct() {
                    self.go_back_to(slot);
                }
            }
            ReadingRequest::LeaveAsItIs => {
                // Asked once: a second answer would show the next case anew, with nothing chosen.
                if !self.storing {
                    self.storing = true;
                    self.ask(RaterRequest::GoOn);
                }
            }
            ReadingRequest::EndLesson => self.end_lesson(ctx),
            ReadingRequest::Pause => self.pause(false),
            ReadingRequest::Resume => self.resume(),
            ReadingRequest::Begin => self.begin(ctx),
            ReadingRequest::StoreDisplayTest => self.store_display_test(),
            ReadingRequest::TestDisplayAgain => self.test_display_again(),
            ReadingRequest::EndDisplayTest => self.end_display_test(ctx),
            ReadingRequest::BeginEarly(reason) => {
                let installment = self.complete() + 1;
                self.storing = true;
                self.ask(RaterRequest::BeginEarly(installment, reason));
            }
            ReadingRequest::Unlock(path) => self.unlock(path),
            ReadingRequest::Sign(signing, passphrase) => {
                self.storing = true;
                self.ask(RaterRequest::Sign(signing, passphrase));
            }
        }
    }

    /// Shows the very first case, or the first of the next installment.
    fn begin(&mut self, ctx: &egui::Context) {
        match std::mem::replace(&mut self.stage, Stage::Loading) {
            Stage::Start(next) | Stage::Between(Some(next)) if next.image.is_some() => {
                self.stored = None;
                self.early_reason.clear();
                self.begin_case(ctx, *next);
            }
            other => self.stage = other,
        }
    }

    /// Shows a case that was not graded yet, after the display was tested where that is asked for.
    fn begin_case(&mut self, ctx: &egui::Context, next: NextCase) {
        if next.needs_display_test {
            self.stage = Stage::Display(Box::new(DisplayTesting {
                next,
                form: DisplayForm::default(),
                stored: None,
            }));
        } else if let Some(image) = &next.image {
            self.show(ctx, next.slot, image, None);
        }
    }

    /// Hands something to the ledger; what was entered stays on screen until it answers.
    fn ask(&mut self, request: RaterRequest) {
        if self.keeper.ask(request).is_err() {
            self.storing = false;
            self.error =
                Some("Nothing is stored any more: the study was closed. Start again.".into());
        }
    }

    pub(super) fn take_replies(&mut self, ctx: &egui::Context) {
        while let Ok(reply) = self.replies.try_recv() {
            match (reply, &mut self.lesson) {
                (RaterReply::Stored(entry), _) => self.take_stored(&entry),
                (RaterReply::DisplayTested(test), _) => self.take_display_test(test, ctx),
                (RaterReply::Failed(text), _) => {
                    self.storing = false;
                    self.error = Some(text);
                }
                (RaterReply::Signed(installment, progress, key), _) => {
                    self.storing = false;
                    self.key = Some(key);
                    self.error = None;
                    self.sign_form.clear();
                    self.progress = Some(progress);
                    self.stored = Some(format!("Installment {installment} signed"));
                }
                (RaterReply::Next(next), Some((_, after))) => *after = Some(next),
                (RaterReply::Next(next), None) => self.take_next(ctx, *next),
                (RaterReply::Before(before), _) => {
                    let (slot, image, entry) = *before;
                    self.storing = false;
                    self.show(ctx, slot, &image, Some(entry));
                }
            }
        }
    }

    /// The disk has it. What comes next is on its way, and until then nothing else is stored.
    fn take_stored(&mut self, entry: &GradeEntry) {
        self.error = None;
        let what = match &entry.verdict {
            Verdict::Grade(grade) => format!("Grade {grade} stored"),
            Verdict::CannotGrade(_) => "Cannot grade, stored".to_owned(),
        };
        let Instructions {
            training, scale, ..
        } = &self.instructions;
        let example = training.iter().find(|of| of.code == entry.slot.code);
        if let Some(example) = example.filter(|_| entry.slot.installment == 0) {
            let mut levels = scale.levels.iter();
            let level = levels.find(|of| of.grade == example.grade);
            let words = level.map_or("", |level| level.definition.as_str());
            let text = format!("Grade {} in this study's view. {words}", example.grade);
            self.lesson = Some((text, None));
            self.storing = false;
        }
        self.stored = Some(what);
    }

    fn take_next(&mut self, ctx: &egui::Context, next: Upcoming) {
        let is_going_on = self.progress.is_some();
        self.storing = false;
        self.error = None;
        let progress = next.progress;
        self.verdicts = next.verdicts;
        let Some(next) = next.case else {
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
        let n_graded = progress.training.n_graded + progress.n_graded();
        let is_first = !is_going_on && n_graded == 0;
        self.progress = Some(progress);
        // Between installments there is a pause, as long as the protocol asks.
        let waits = next.slot.position == 1 && has_before && stops;
        if waits || next.image.is_none() {
            self.stage = Stage::Between(Some(Box::new(next)));
        } else if is_first {
            self.stage = Stage::Start(Box::new(next));
        } else {
            self.begin_case(ctx, next);
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
        self.ask(RaterRequest::Note(Some(slot.clone()), EventKind::Opened {}));
        self.stage = Stage::Case(Box::new(ShownCase {
            pictures: CasePictures::new(ctx, image),
            opened_unix_millis: now_unix_millis(),
            paused_millis: 0,
            draft,
            before,
            slot,
        }));
    }

    /// Hands the answers to the ledger. They stay until the disk has them.
    fn store_display_test(&mut self) {
        if let Stage::Display(testing) = &self.stage
            && !self.storing
            && let Ok(test) = testing.form.test()
        {
            let installment = testing.next.slot.installment;
            self.storing = true;
            self.stored = None;
            self.ask(RaterRequest::TestDisplay(installment, test));
        }
    }

    /// The disk has the answers. What was not seen is told before the first case comes.
    fn take_display_test(&mut self, test: DisplayTest, ctx: &egui::Context) {
        self.storing = false;
        self.error = None;
        self.stored = Some("Test of the display stored".to_owned());
        if let Stage::Display(testing) = &mut self.stage {
            testing.next.needs_display_test = false;
            match test.unseen().is_empty() {
                true => self.end_display_test(ctx),
                false => testing.stored = Some(test),
            }
        }
    }

    /// Goes on to the case that waits, once the display was tested.
    fn end_display_test(&mut self, ctx: &egui::Context) {
        match std::mem::replace(&mut self.stage, Stage::Loading) {
            Stage::Display(testing) if !testing.next.needs_display_test => {
                self.begin_case(ctx, testing.next);
            }
            other => self.stage = other,
        }
    }

    /// Shows the pattern once more. What is stored stays, and what is answered now stands beside it.
    fn test_display_again(&mut self) {
        if let Stage::Display(testing) = &mut self.stage {
            testing.form = DisplayForm::default();
            testing.stored = None;
        }
    }

    /// Hands the verdict to the ledger. The choice stays until the disk has it.
    fn commit(&mut self) {
        let Stage::Case(shown) = &self.stage else {
            return;
        };
        let (may, is_correction) = (self.instructions.reading, shown.before.is_some());
        let is_complete = shown.draft.is_complete(may, is_correction);
        if self.storing || self.lesson.is_some() || !is_complete {
            return;
        }
        let verdict = match shown.draft.verdict(&self.instructions.scale) {
            None => return,
            Some(Ok(verdict)) => verdict,
            Some(Err(error)) => {
                self.error = Some(error.to_string());
                return;
            }
        };
        let circumstances = Circumstances {
            confidence: shown.draft.confidence(),
            comment: shown.draft.comment.trim().to_owned(),
            opened_unix_millis: shown.opened_unix_millis,
            paused_millis: shown.paused_millis,
            display: shown.pictures.display(),
        };
        let committed_unix_millis = now_unix_millis();
        let rater = self.rater.clone();
        let request = match &shown.before {
            None => RaterRequest::Grade(Box::new(GradeDraft {
                rater,
                slot: shown.slot.clone(),
                verdict,
                circumstances,
                committed_unix_millis,
            })),
            Some(before) => RaterRequest::Correct(Box::new(Correction {
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
        self.ask(request);
    }

    /// The place before the one on screen, where the protocol lets the rater go there.
    pub(super) fn place_before(&self) -> Option<Slot> {
        if !self.instructions.reading.go_back || self.storing || self.lesson.is_some() {
            return None;
        }
        let progress = self.progress.as_ref()?;
        let (installment, position) = match &self.stage {
            Stage::Case(shown) => (shown.slot.installment, shown.slot.position),
            Stage::Between(_) => (self.complete(), u32::MAX),
            Stage::Loading | Stage::Start(_) | Stage::Display(_) => return None,
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
            self.ask(RaterRequest::Unlock(path));
        }
    }

    /// Whether the cases of the installment that is complete may be corrected.
    pub(super) fn can_correct(&self) -> bool {
        matches!(self.stage, Stage::Between(_)) && self.place_before().is_some()
    }

    fn go_back_to(&mut self, slot: Slot) {
        if let Stage::Case(shown) = &self.stage
            && shown.before.is_none()
        {
            self.parked = Some((shown.slot.clone(), shown.draft.clone()));
        }
        self.storing = true;
        self.ask(RaterRequest::GoBack(slot));
    }

    /// The installment that is complete while no case is shown.
    pub(super) fn complete(&self) -> u32 {
        match &self.stage {
            Stage::Between(Some(next)) => next.slot.installment.saturating_sub(1),
            _ => self.worklist.installments.len() as u32,
        }
    }

    /// An installment before the one that is read, or that is complete, that was never signed.
    pub(super) fn left_unsigned(&self) -> Option<u32> {
        let now = match &self.stage {
            Stage::Case(shown) => shown.slot.installment,
            Stage::Between(_) => self.complete(),
            Stage::Loading | Stage::Start(_) | Stage::Display(_) => return None,
        };
        let mut before = (1..now).zip(&self.progress.as_ref()?.installments);
        let left = before.find(|(_, of)| of.is_done() && !of.is_signed);
        left.map(|(number, _)| number)
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
        self.ask(RaterRequest::Note(
            slot,
            EventKind::Paused { idle: is_idle },
        ));
    }

    fn resume(&mut self) {
        let Some(pause) = self.pause.take() else {
            return;
        };
        if let Stage::Case(shown) = &mut self.stage {
            shown.paused_millis += (now_unix_millis() - pause.since_unix_millis).max(0);
            let slot = Some(shown.slot.clone());
            self.ask(RaterRequest::Note(slot, EventKind::Resumed {}));
        }
    }

    /// After a lesson, what the ledger had ready all along.
    fn end_lesson(&mut self, ctx: &egui::Context) {
        if let Some((_, Some(next))) = self.lesson.take_if(|(_, next)| next.is_some()) {
            self.take_next(ctx, *next);
        }
    }

    /// Reading pauses by itself when nobody is there.
    pub(super) fn watch_idleness(&mut self, ctx: &egui::Context) {
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
