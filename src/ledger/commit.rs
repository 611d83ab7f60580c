//! Storing what happens: one transaction each, on the disk when it returns.

use std::path::Path;

use rusqlite::{OptionalExtension, Transaction, params};

use super::{
    Ledger, LedgerError, chain, error::AtPath, now_unix_millis, query, writing::EventWriter,
};
use crate::study::{
    Circumstances, Conditions, DisplayRules, DisplayTest, EventKind, GradeDraft, GradeEntry,
    InstallmentProgress, LaterInstallments, SecretKey, Signature, Signed, Slot, Verdict,
};

/// A verdict that is to stand in the place of an earlier one, which stays in the ledger.
#[derive(Clone, Debug, PartialEq)]
pub struct Correction {
    /// The [`GradeEntry::seq`] of the verdict to be replaced.
    pub replaces: i64,
    /// Who gave it, and corrects it.
    pub rater: String,
    /// Why. Must not be empty.
    pub reason: String,
    /// The verdict that is to stand.
    pub verdict: Verdict,
    /// How it came about.
    pub circumstances: Circumstances,
    /// When it was committed, milliseconds since 1970 UTC.
    pub committed_unix_millis: i64,
}

/// What a rater signs an installment with.
#[derive(Clone, Debug)]
pub struct Signing {
    /// Which installment.
    pub installment: u32,
    /// The printed name.
    pub name: String,
    /// What signing means.
    pub meaning: String,
}

impl Signing {
    /// What signing means where nobody says otherwise.
    pub const MEANING: &str =
        "These are my own readings, made without knowledge of patient or arm.";
}

/// Characters of a comment or a reason at most: pages of them, and no file that was pasted.
const MOST_CHARACTERS: usize = 10_000;

/// Makes sure that words stay within [`MOST_CHARACTERS`].
pub(super) fn check_length(what: &'static str, words: &str) -> Result<(), LedgerError> {
    let (n, most) = (words.chars().count(), MOST_CHARACTERS);
    match n <= most {
        true => Ok(()),
        false => Err(LedgerError::TooLong { what, n, most }),
    }
}

impl Ledger {
    /// Stores a verdict. When it returns `Ok`, the verdict is on the disk; when it returns an
    /// error, nothing was stored.
    ///
    /// That the place is the rater's next is checked inside the transaction, so two windows of
    /// one rater cannot both grade it. Times are stored as given, even where a clock went
    /// backwards: a grade is worth more than its time.
    ///
    /// # Errors
    /// [`LedgerError::AlreadyGraded`], [`LedgerError::NotNext`], [`LedgerError::UnknownRater`],
    /// [`LedgerError::Washout`], [`LedgerError::Sealed`], [`LedgerError::AlreadySigned`],
    /// [`LedgerError::Protocol`] for what the protocol does not offer, a grade that is not on the
    /// scale, and what SQLite says.
    pub fn commit_grade(&mut self, draft: &GradeDraft) -> Result<GradeEntry, LedgerError> {
        let writing = self.begin()?;
        let (tx, path) = (&writing.tx, writing.path);
        check_sealed(tx, path)?;
        check_next(tx, draft, path)?;
        check_begun(tx, draft, path)?;
        check_unsigned(tx, &draft.rater, draft.slot.installment, path)?;
        let conditions = query::instructions(tx, path)?.reading;
        let (grade, cannot_grade) = checked(&draft.verdict, &draft.circumstances, conditions)?;
        let circumstances = draft.circumstances.clone();
        let kind = match (grade, cannot_grade) {
            (Some(grade), _) => EventKind::Graded {
                grade,
                circumstances,
            },
            (None, reason) => EventKind::Skipped {
                reason: reason.unwrap_or_default(),
                circumstances,
            },
        };
        let at = draft.committed_unix_millis;
        append_verdict(writing, &draft.rater, at, draft.slot.clone(), kind)
    }

    /// Stores a correction: a new row that names the row it replaces, and why. A correction can
    /// itself be corrected.
    ///
    /// # Errors
    /// [`LedgerError::NotStanding`], [`LedgerError::NoReason`], and as [`Ledger::commit_grade`].
    pub fn correct_grade(&mut self, correction: &Correction) -> Result<GradeEntry, LedgerError> {
        if correction.reason.trim().is_empty() {
            return Err(LedgerError::NoReason);
        }
        check_length("the reason", &correction.reason)?;
        let writing = self.begin()?;
        let (tx, path) = (&writing.tx, writing.path);
        check_sealed(tx, path)?;
        let slot = standing_slot(tx, correction, path)?;
        check_unsigned(tx, &correction.rater, slot.installment, path)?;
        let conditions = query::instructions(tx, path)?.reading;
        if !conditions.go_back {
            return Err(LedgerError::Protocol("does not let raters go back"));
        }
        let (grade, cannot_grade) =
            checked(&correction.verdict, &correction.circumstances, conditions)?;
        let kind = EventKind::Corrected {
            replaces: correction.replaces,
            reason: correction.reason.trim().to_owned(),
            grade,
            cannot_grade,
            circumstances: correction.circumstances.clone(),
        };
        let at = correction.committed_unix_millis;
        append_verdict(writing, &correction.rater, at, slot, kind)
    }

    /// Stores that a case came on screen, that reading pauses or goes on.
    ///
    /// # Errors
    /// [`LedgerError::UnknownRater`], and what SQLite says.
    pub fn note(
        &mut self,
        rater: &str,
        slot: Option<&Slot>,
        kind: EventKind,
    ) -> Result<(), LedgerError> {
        let writing = self.begin()?;
        query::check_rater(&writing.tx, rater, writing.path)?;
        writing.append(rater, now_unix_millis(), slot.cloned(), kind)?;
        writing.commit()
    }

    /// Stores what a rater's display shows of the test pattern before an installment. A second test
    /// stands beside the first. No answer keeps a grade from being stored, nor does a test that is
    /// missing.
    ///
    /// # Errors
    /// [`LedgerError::Protocol`] where none is asked for, [`LedgerError::DisplayTest`],
    /// [`LedgerError::AlreadySigned`], [`LedgerError::Unsealed`], and as [`Ledger::note`].
    pub fn store_display_test(
        &mut self,
        rater: &str,
        installment: u32,
        test: &DisplayTest,
    ) -> Result<(), LedgerError> {
        let n_installments = self.worklist(rater)?.installments.len() as u32;
        let writing = self.begin()?;
        let (tx, path) = (&writing.tx, writing.path);
        check_sealed(tx, path)?;
        check_unsigned(tx, rater, installment, path)?;
        let rules = query::instructions(tx, path)?.display;
        check_display(test, rules, installment, n_installments)?;
        let kind = EventKind::DisplayTested {
            installment,
            test: *test,
        };
        writing.append(rater, now_unix_millis(), None, kind)?;
        writing.commit()
    }

    /// Lets a rater begin an installment before its washout has passed, and keeps why.
    ///
    /// # Errors
    /// [`LedgerError::NoReason`]; [`LedgerError::Protocol`] where the coordinator releases
    /// installments; and as [`Ledger::note`].
    pub fn begin_early(
        &mut self,
        rater: &str,
        installment: u32,
        reason: &str,
    ) -> Result<(), LedgerError> {
        if reason.trim().is_empty() {
            return Err(LedgerError::NoReason);
        }
        check_length("the reason", reason)?;
        if self.instructions()?.later_installments == LaterInstallments::Release {
            return Err(LedgerError::Protocol(
                "leaves it to the coordinator when an installment begins",
            ));
        }
        let reason = reason.trim().to_owned();
        let kind = EventKind::BegunEarly {
            installment,
            reason,
        };
        self.note(rater, None, kind)
    }

    /// Signs an installment of which every case has a verdict; from then on it takes no more. All
    /// signatures of a rater are made with one key.
    ///
    /// # Errors
    /// [`LedgerError::Unfinished`], [`LedgerError::AlreadySigned`], [`LedgerError::Unsealed`],
    /// [`LedgerError::OtherKey`], and what SQLite says.
    pub fn sign(
        &mut self,
        rater: &str,
        signing: &Signing,
        key: &SecretKey,
    ) -> Result<Signature, LedgerError> {
        let progress = self.progress(rater)?;
        let installment = signing.installment;
        let of = (installment as usize).checked_sub(1);
        let of = of.and_then(|idx| progress.installments.get(idx));
        if !of.is_some_and(InstallmentProgress::is_done) {
            let rater = rater.to_owned();
            return Err(LedgerError::Unfinished { rater, installment });
        }
        if signing.name.trim().is_empty() {
            return Err(LedgerError::NoName);
        }
        check_length("the name", &signing.name)?;
        if let Some(known) = self.rater_key(rater)?
            && known != key.public()
        {
            return Err(LedgerError::OtherKey {
                rater: rater.to_owned(),
                known: known.words(),
                given: key.public().words(),
                path: self.path.clone(),
            });
        }
        let writing = self.begin()?;
        let (tx, path) = (&writing.tx, writing.path);
        check_sealed(tx, path)?;
        check_unsigned(tx, rater, installment, path)?;
        let at_unix_millis = now_unix_millis();
        let (_, head) = chain::head(tx, rater).at(path)?;
        let under = Signed {
            rater,
            installment,
            name: signing.name.trim(),
            meaning: &signing.meaning,
            at_unix_millis,
            head: &head,
        };
        let signature = under.sign(key);
        let kind = EventKind::Signed(signature.clone());
        writing.append(rater, at_unix_millis, None, kind)?;
        writing.commit()?;
        Ok(signature)
    }
}

/// Once it is known which case is whose, nobody grades blind any more.
pub(super) fn check_sealed(tx: &Transaction<'_>, path: &Path) -> Result<(), LedgerError> {
    match query::unsealed_at(tx).at(path)? {
        None => Ok(()),
        Some(_) => Err(LedgerError::Unsealed(path.to_path_buf())),
    }
}

fn check_next(tx: &Transaction<'_>, draft: &GradeDraft, path: &Path) -> Result<(), LedgerError> {
    query::check_rater(tx, &draft.rater, path)?;
    let next = query::next_slot(tx, &draft.rater, path)?;
    if next.as_ref() == Some(&draft.slot) {
        return Ok(());
    }
    let (rater, slot) = (draft.rater.clone(), draft.slot.clone());
    let sql = "SELECT EXISTS (SELECT 1 FROM event WHERE author = ?1 AND installment = ?2 \
               AND position = ?3 AND code = ?4 AND kind IN ('graded', 'skipped'))";
    let place = params![rater, slot.installment, slot.position, slot.code.as_str()];
    match tx.query_row(sql, place, |row| row.get(0)).at(path)? {
        true => Err(LedgerError::AlreadyGraded { rater, slot }),
        false => Err(LedgerError::NotNext { rater, slot, next }),
    }
}

/// An installment that is still sealed, or whose washout has not passed, takes no grade.
fn check_begun(tx: &Transaction<'_>, draft: &GradeDraft, path: &Path) -> Result<(), LedgerError> {
    let (rater, installment) = (draft.rater.clone(), draft.slot.installment);
    if query::installment_key(tx, &rater, installment, path)?.is_none() {
        let path = path.to_path_buf();
        return Err(LedgerError::Sealed {
            rater,
            installment,
            path,
        });
    }
    match query::begins_at(tx, &rater, installment, path)? {
        Some(from_unix_millis) if draft.circumstances.opened_unix_millis < from_unix_millis => {
            Err(LedgerError::Washout {
                rater,
                installment,
                from_unix_millis,
            })
        }
        _ => Ok(()),
    }
}

fn check_unsigned(
    tx: &Transaction<'_>,
    rater: &str,
    installment: u32,
    path: &Path,
) -> Result<(), LedgerError> {
    let signed = query::signed(tx, rater).at(path)?;
    let rater = rater.to_owned();
    match signed.contains(&installment) {
        true => Err(LedgerError::AlreadySigned { rater, installment }),
        false => Ok(()),
    }
}

/// Whether a test of a display is asked for, of an installment that there is, and could be.
pub(super) fn check_display(
    test: &DisplayTest,
    rules: DisplayRules,
    installment: u32,
    n_installments: u32,
) -> Result<(), LedgerError> {
    if !rules.test {
        return Err(LedgerError::Protocol("asks for no test of displays"));
    }
    if !(1..=n_installments).contains(&installment) {
        let what = format!("installment is {installment}, not from 1 to {n_installments}");
        return Err(LedgerError::DisplayTest(what));
    }
    test.check().map_err(LedgerError::DisplayTest)
}

/// The grade or why there is none, where the protocol offers what was given.
pub(super) fn checked(
    verdict: &Verdict,
    circumstances: &Circumstances,
    conditions: Conditions,
) -> Result<(Option<u8>, Option<String>), LedgerError> {
    match circumstances.confidence {
        Some(_) if !conditions.confidence => {
            return Err(LedgerError::Protocol("does not ask for a confidence"));
        }
        Some(confidence) if !(1..=Conditions::MAX_CONFIDENCE).contains(&confidence) => {
            return Err(LedgerError::Protocol("takes a confidence from 1 to 5"));
        }
        // Only a grade has a confidence; that a case cannot be graded has none.
        None if conditions.confidence && matches!(verdict, Verdict::Grade(_)) => {
            return Err(LedgerError::Protocol("asks for a confidence, 1 to 5"));
        }
        _ => {}
    }
    if !conditions.comment && !circumstances.comment.is_empty() {
        return Err(LedgerError::Protocol("does not ask for comments"));
    }
    check_length("the comment", &circumstances.comment)?;
    if let Verdict::CannotGrade(reason) = verdict {
        check_length("the reason", reason)?;
    }
    match verdict {
        Verdict::Grade(grade) => Ok((Some(grade.get()), None)),
        Verdict::CannotGrade(_) if !conditions.cannot_grade => {
            Err(LedgerError::Protocol("asks for a grade of every case"))
        }
        Verdict::CannotGrade(reason) if reason.trim().is_empty() => Err(LedgerError::NoReason),
        Verdict::CannotGrade(reason) => Ok((None, Some(reason.trim().to_owned()))),
    }
}

/// The place of the verdict to be replaced, where it is the rater's and no other row replaces it.
fn standing_slot(
    tx: &Transaction<'_>,
    correction: &Correction,
    path: &Path,
) -> Result<Slot, LedgerError> {
    let (seq, rater) = (correction.replaces, correction.rater.as_str());
    let sql = "SELECT installment, position, code FROM event WHERE author = ?2 AND seq = ?1 \
               AND kind IN ('graded', 'skipped', 'corrected') \
               AND NOT EXISTS (SELECT 1 FROM event WHERE author = ?2 AND replaces = ?1)";
    let found = tx
        .query_row(sql, params![seq, rater], query::slot_of)
        .optional()
        .at(path)?;
    found.ok_or_else(|| LedgerError::NotStanding {
        seq,
        rater: rater.to_owned(),
    })
}

fn append_verdict(
    writing: EventWriter<'_>,
    rater: &str,
    at_unix_millis: i64,
    slot: Slot,
    kind: EventKind,
) -> Result<GradeEntry, LedgerError> {
    let scale = query::instructions(&writing.tx, writing.path)?.scale;
    let event = writing.append(rater, at_unix_millis, Some(slot), kind)?;
    let entry = GradeEntry::of(&event, &scale)?;
    let entry = entry.ok_or(LedgerError::Protocol("takes verdicts only"))?;
    writing.commit()?;
    Ok(entry)
}
