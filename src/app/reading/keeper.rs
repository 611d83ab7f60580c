//! The ledger's thread: stores what the rater does, then fetches the next case. Storing waits for
//! the disk, which a window must not.

use crate::app::shell::{Keep, Outbox};
use crate::ledger::{Correction, Ledger, LedgerError, Signing, now_unix_millis};
use crate::study::{
    CaseImage, DisplayTest, EventKind, GradeDraft, GradeEntry, Passphrase, PublicKey,
    RaterProgress, SecretKey, Slip, Slot, standing,
};
use std::path::PathBuf;
use std::time::Duration;

/// What the window asks for.
pub(super) enum RaterRequest {
    /// Store a verdict, then show the next case.
    Grade(Box<GradeDraft>),
    /// Store a correction, then show the next case.
    Correct(Box<Correction>),
    /// Store that something happened, at a case or at none.
    Note(Option<Slot>, EventKind),
    /// Store what the display shows of the test pattern before an installment.
    TestDisplay(u32, DisplayTest),
    /// Show a case that was graded before.
    GoBack(Slot),
    /// Show the next case.
    GoOn,
    /// Sign an installment.
    Sign(Signing, Passphrase),
    /// Take the release slip in a file, which opens the next installment.
    Unlock(PathBuf),
    /// Begin an installment before its washout has passed, with the reason.
    BeginEarly(u32, String),
}

/// What the ledger's thread replies.
pub(super) enum RaterReply {
    /// What comes next.
    Next(Box<Upcoming>),
    /// A case that was graded before, with the verdict that stands.
    Before(Box<(Slot, CaseImage, GradeEntry)>),
    /// The disk has it.
    Stored(Box<GradeEntry>),
    /// The disk has this test of the display.
    DisplayTested(DisplayTest),
    /// The disk has the signature under this installment, made with this key.
    Signed(u32, RaterProgress, PublicKey),
    /// Nothing was stored, and why.
    Failed(String),
}

/// What comes next, and how far the rater is.
pub(super) struct Upcoming {
    /// None when all is graded.
    pub(super) case: Option<NextCase>,
    pub(super) progress: RaterProgress,
    /// At the end of an installment, the verdicts that stand in it, in the order of its cases.
    pub(super) verdicts: Vec<GradeEntry>,
}

/// A case to be shown.
pub(super) struct NextCase {
    pub(super) slot: Slot,
    /// None while its installment is sealed.
    pub(super) image: Option<CaseImage>,
    /// When its installment may begin.
    pub(super) begins_at: Option<i64>,
    /// Whether the display is to be tested before it.
    pub(super) needs_display_test: bool,
}

impl NextCase {
    pub(super) fn too_early(&self) -> bool {
        self.begins_at.is_some_and(|at| now_unix_millis() < at)
    }
}

/// Owns the ledger while a rater reads.
pub(super) struct RaterKeeper {
    pub(super) ledger: Ledger,
    pub(super) rater: String,
    /// Where the key to sign with is, or is put.
    pub(super) key_folder: PathBuf,
    pub(super) replies: Outbox<RaterReply>,
}

impl Keep for RaterKeeper {
    type Request = RaterRequest;

    /// What another window stores shows when this one stores.
    const POLL: Option<Duration> = None;

    fn look(&mut self) {
        self.send_next();
    }

    fn answer(&mut self, request: RaterRequest) {
        if let Err(error) = self.answered(request) {
            let is_elsewhere = matches!(
                error.downcast_ref(),
                Some(LedgerError::AlreadyGraded { .. } | LedgerError::NotNext { .. })
            );
            if is_elsewhere {
                // Another window went on: so does this one, and says why.
                self.send_next();
            }
            self.replies.send(RaterReply::Failed(error.to_string()));
        }
    }
}

impl RaterKeeper {
    fn answered(&mut self, request: RaterRequest) -> anyhow::Result<()> {
        match request {
            RaterRequest::Grade(draft) => {
                let entry = self.ledger.commit_grade(&draft)?;
                self.stored(entry);
            }
            RaterRequest::Correct(correction) => {
                let entry = self.ledger.correct_grade(&correction)?;
                self.stored(entry);
            }
            RaterRequest::Note(slot, kind) => self.ledger.note(&self.rater, slot.as_ref(), kind)?,
            RaterRequest::TestDisplay(installment, test) => {
                self.ledger
                    .store_display_test(&self.rater, installment, &test)?;
                self.replies.send(RaterReply::DisplayTested(test));
            }
            RaterRequest::GoBack(slot) => {
                let image = self.ledger.case_image(&self.rater, &slot.code)?;
                match self.ledger.standing_at(&self.rater, &slot)? {
                    Some(entry) => self
                        .replies
                        .send(RaterReply::Before(Box::new((slot, image, entry)))),
                    None => self.send_next(),
                }
            }
            RaterRequest::GoOn => self.send_next(),
            RaterRequest::Sign(signing, passphrase) => {
                let known = self.ledger.rater_key(&self.rater)?;
                let key = SecretKey::of_rater(known.as_ref(), &self.key_folder, &passphrase)?;
                self.ledger.sign(&self.rater, &signing, &key)?;
                let progress = self.ledger.progress(&self.rater)?;
                self.replies.send(RaterReply::Signed(
                    signing.installment,
                    progress,
                    key.public(),
                ));
            }
            RaterRequest::Unlock(path) => {
                self.ledger.unlock(&self.rater, &Slip::open(&path)?)?;
                self.send_next();
            }
            RaterRequest::BeginEarly(installment, reason) => {
                self.ledger.begin_early(&self.rater, installment, &reason)?;
                self.send_next();
            }
        }
        Ok(())
    }

    fn stored(&self, entry: GradeEntry) {
        self.replies.send(RaterReply::Stored(Box::new(entry)));
        self.send_next();
    }

    fn send_next(&self) {
        self.replies.send(match self.upcoming() {
            Ok(upcoming) => RaterReply::Next(Box::new(upcoming)),
            Err(error) => RaterReply::Failed(error.to_string()),
        });
    }

    fn upcoming(&self) -> Result<Upcoming, LedgerError> {
        let progress = self.ledger.progress(&self.rater)?;
        let slot = self.ledger.next_case(&self.rater)?;
        let complete = match &slot {
            None => progress.installments.len() as u32,
            Some(slot) if slot.position == 1 => slot.installment.saturating_sub(1),
            Some(_) => 0,
        };
        let case = match slot {
            None => None,
            Some(slot) => Some(NextCase {
                image: match self.ledger.case_image(&self.rater, &slot.code) {
                    Err(LedgerError::Sealed { .. }) => None,
                    image => Some(image?),
                },
                begins_at: self.ledger.begins_at(&self.rater, slot.installment)?,
                needs_display_test: self
                    .ledger
                    .needs_display_test(&self.rater, slot.installment)?,
                slot,
            }),
        };
        Ok(Upcoming {
            case,
            progress,
            verdicts: match complete {
                0 => Vec::new(),
                installment => self.verdicts(installment)?,
            },
        })
    }

    fn verdicts(&self, installment: u32) -> Result<Vec<GradeEntry>, LedgerError> {
        let entries = self.ledger.entries(Some(&self.rater))?;
        let mut standing: Vec<GradeEntry> = standing(&entries).into_iter().cloned().collect();
        standing.retain(|entry| entry.slot.installment == installment);
        standing.sort_by_key(|entry| entry.slot.position);
        Ok(standing)
    }
}
