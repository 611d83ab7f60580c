//! The ledger's thread: looks every few seconds for what other windows did, takes packages in,
//! verifies, unseals and exports. All of it waits for the disk, which a window must not.

use super::analyst::StatisticsRequest;
use super::overview::{Overview, coordinator_beside};
use super::reply::{Answer, Outbox, Reply};
use super::words::sentence;
use crate::app::shell::{Keep, Keeper};
use crate::ledger::{Ledger, LedgerError, Merged};
use crate::study::{Coordinator, Key, TableRow};
use crate::workflows::study::{sealed_table, study_data, write_everything};
use std::path::{Path, PathBuf};
use std::time::Duration;

/// What the window asks for.
pub(super) enum StudyRequest {
    /// Take in packages, each for itself.
    TakeIn(Vec<PathBuf>),
    /// Check the whole file.
    Verify,
    /// Sign in as the coordinator: the file, and its passphrase.
    SignIn(PathBuf, String),
    /// Write a rater's part to a new file.
    Package(String, PathBuf),
    /// Write the slip that opens a later installment to a new file.
    Release(Box<Releasing>),
    /// Write everything into a folder.
    Export(PathBuf),
    /// Open the key; record it, unless that was done before.
    Unseal(Box<KeyOpeningForm>),
}

/// What it takes to release an installment.
pub(super) struct Releasing {
    pub(super) rater: String,
    pub(super) installment: u32,
    /// Why before its washout has passed, where it has not.
    pub(super) early: String,
    pub(super) slip: PathBuf,
}

/// What it takes to open the key.
pub(super) struct KeyOpeningForm {
    pub(super) key: PathBuf,
    pub(super) passphrase: String,
    /// Why, where installments are unsigned.
    pub(super) reason: String,
}

/// Owns the ledger while the coordinator's window is open.
pub(super) struct StudyKeeper {
    ledger: Ledger,
    /// Once it was opened in this window.
    key: Option<Key>,
    replies: Outbox,
    analyst: Keeper<StatisticsRequest>,
    /// What was sent last, so that only news is.
    n_events: Option<usize>,
    grades: Option<Vec<TableRow>>,
    trouble: Option<String>,
}

impl Keep for StudyKeeper {
    type Request = StudyRequest;

    const POLL: Option<Duration> = Some(Duration::from_secs(5));

    fn look(&mut self) {
        let trouble = match self.send_news() {
            Ok(()) => None,
            Err(error) => Some(sentence(&error)),
        };
        if trouble != self.trouble {
            self.replies.send(Reply::Trouble(trouble.clone()));
            self.trouble = trouble;
        }
    }

    fn answer(&mut self, request: StudyRequest) {
        let answer = self.answered(request);
        // What changed is on screen before the reply that it is done.
        self.look();
        self.replies.send(Reply::Ledger(answer));
    }
}

impl StudyKeeper {
    pub(super) fn new(ledger: Ledger, replies: Outbox, analyst: Keeper<StatisticsRequest>) -> Self {
        Self {
            ledger,
            key: None,
            replies,
            analyst,
            n_events: None,
            grades: None,
            trouble: None,
        }
    }

    /// Replies with what is new in the file, if anything.
    fn send_news(&mut self) -> anyhow::Result<()> {
        let n_events = self.ledger.n_events()?;
        if self.n_events == Some(n_events) {
            return Ok(());
        }
        let overview = Overview::of(&self.ledger, n_events)?;
        self.replies.send(Reply::Overview(Box::new(overview)));
        // With the key, the analysis of the whole study stands; nothing is graded any more.
        if self.key.is_none() {
            self.compute_sealed()?;
        }
        self.n_events = Some(n_events);
        Ok(())
    }

    /// No number is made of a study that is not in order.
    fn compute_sealed(&mut self) -> anyhow::Result<()> {
        self.ledger.verify()?;
        let grades = sealed_table(&self.ledger.readings(None)?);
        if self.grades.as_ref() != Some(&grades) {
            self.grades = Some(grades.clone());
            let levels = self.ledger.scale()?.numbers();
            // Without its thread there are no statistics, which the window says.
            let _ = self
                .analyst
                .ask(StatisticsRequest::Sealed { grades, levels });
        }
        Ok(())
    }

    fn answered(&mut self, request: StudyRequest) -> Answer {
        let answered = match request {
            StudyRequest::TakeIn(packages) => Ok(self.take_in(packages)),
            StudyRequest::Verify => self
                .ledger
                .verify()
                .map(Answer::Verified)
                .map_err(Into::into),
            StudyRequest::SignIn(path, passphrase) => self.sign_in(&path, &passphrase),
            StudyRequest::Package(rater, path) => self.package(&rater, &path),
            StudyRequest::Release(releasing) => self.release(&releasing),
            StudyRequest::Export(folder) => self.export(&folder),
            StudyRequest::Unseal(with) => self.unseal(&with),
        };
        answered.unwrap_or_else(|error| Answer::Failed(sentence(&error)))
    }

    /// One bad package does not keep the others out.
    fn take_in(&mut self, packages: Vec<PathBuf>) -> Answer {
        let mut take = |path: PathBuf| {
            let merged = self.ledger.merge(&path);
            (path, merged.map_err(|error| error.to_string()))
        };
        let taken: Vec<_> = packages.into_iter().map(&mut take).collect();
        let has_new = |(_, merged): &(PathBuf, Result<Merged, String>)| {
            merged.as_ref().is_ok_and(|merged| merged.n_new > 0)
        };
        if taken.iter().any(has_new)
            && let Err(error) = self.keep_receipt("merge")
        {
            self.replies.send(Reply::Trouble(Some(sentence(&error))));
        }
        Answer::TakenIn(taken)
    }

    fn sign_in(&mut self, path: &Path, passphrase: &str) -> anyhow::Result<Answer> {
        self.ledger
            .sign_in(Coordinator::unseal(path, passphrase)?)?;
        // Sent anew, though no event came.
        self.n_events = None;
        Ok(Answer::SignedIn)
    }

    /// Writes a receipt beside the study, from where it is to be taken elsewhere.
    fn keep_receipt(&self, occasion: &str) -> anyhow::Result<String> {
        let receipt = self.ledger.receipt(occasion)?;
        let path = receipt.keep_beside(self.ledger.path())?;
        Ok(format!(
            "Receipt, to be kept elsewhere: {}\n{}",
            path.display(),
            receipt.words()
        ))
    }

    fn package(&self, rater: &str, path: &Path) -> anyhow::Result<Answer> {
        self.ledger.package(rater, path)?;
        let receipt = self.keep_receipt("package")?;
        Ok(Answer::Done(format!(
            "The package of {rater} is written: {}\n{receipt}",
            path.display()
        )))
    }

    fn release(&mut self, of: &Releasing) -> anyhow::Result<Answer> {
        let slip = self
            .ledger
            .release(&of.rater, of.installment, Some(&of.early))?;
        slip.write(&of.slip)?;
        let receipt = self.keep_receipt("release")?;
        Ok(Answer::Done(format!(
            "Installment {} of {} is released by this slip: {}\n{receipt}",
            of.installment,
            of.rater,
            of.slip.display()
        )))
    }

    /// An export is an event. A file that cannot be written to cannot keep it, and the reply says so.
    fn export(&mut self, folder: &Path) -> anyhow::Result<Answer> {
        self.ledger.verify()?;
        let noted = match self.ledger.note_export("all", self.key.is_some()) {
            Err(LedgerError::ReadOnly(_)) => {
                "\nThe study cannot be written to, so this is not in its log.".to_owned()
            }
            other => {
                other?;
                format!("\n{}", self.keep_receipt("export")?)
            }
        };
        // A table of what is true of patients can be given on the command line only (`--truth`).
        let no_truth = std::collections::BTreeMap::new();
        write_everything(&self.ledger, self.key.as_ref(), &no_truth, folder, None)?;
        let what = match self.key {
            Some(_) => "with patients and arms",
            None => "without patients and arms",
        };
        let folder = folder.display();
        Ok(Answer::Done(format!("Exported {what}: {folder}{noted}")))
    }

    fn unseal(&mut self, with: &KeyOpeningForm) -> anyhow::Result<Answer> {
        let key = Key::unseal(&with.key, &with.passphrase)?;
        // The coordinator's file lies beside the study and has the key's passphrase.
        if !self.ledger.is_signed_in() && self.ledger.unsealed_at()?.is_none() {
            let beside = coordinator_beside(self.ledger.path());
            self.ledger
                .sign_in(Coordinator::unseal(&beside, &with.passphrase)?)?;
        }
        self.ledger.unseal(&key, Some(&with.reason))?;
        if self.ledger.is_signed_in() {
            self.keep_receipt("unseal")?;
        }
        let data = study_data(&self.ledger, &key, Vec::new(), None)?;
        self.key = Some(key);
        // Without its thread there are no statistics, which the window says.
        let _ = self.analyst.ask(StatisticsRequest::Study(Box::new(data)));
        Ok(Answer::Unsealed)
    }
}
