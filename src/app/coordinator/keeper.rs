//! The ledger's thread: looks every few seconds for what other windows did, takes packages in,
//! verifies, unseals and exports. All of it waits for the disk, which a window must not.

use super::analyst::StatisticsRequest;
use super::data::{sealed_table, study_data, write_everything};
use super::replies::{Outbox, Reply};
use super::words::sentence;
use crate::ledger::{Ledger, LedgerError, Merged, Verified};
use crate::study::{Coordinator, Key, LaterInstallments, RaterProgress, TableRow};
use std::path::{Path, PathBuf};
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender};
use std::time::Duration;

/// How often to look for what others did to the file.
const POLL: Duration = Duration::from_secs(5);

/// What the window asks for.
pub(super) enum Ask {
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
    Unseal(Box<Unsealing>),
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
pub(super) struct Unsealing {
    pub(super) key: PathBuf,
    pub(super) passphrase: String,
    /// Why, where installments are unsigned.
    pub(super) reason: String,
}

/// What came of something that was asked for.
pub(super) enum Answer {
    /// One for each package, in order: what came of it, or why it was refused.
    TakenIn(Vec<(PathBuf, Result<Merged, String>)>),
    Verified(Verified),
    /// The window may do now what only the coordinator may.
    SignedIn,
    /// Done, in words.
    Done(String),
    /// The key is open.
    Unsealed,
    /// Nothing was done, and why.
    Failed(String),
}

/// How far a study is; says nothing about any grade.
pub(super) struct Overview {
    pub(super) title: String,
    pub(super) question: String,
    pub(super) protocol_sha256: String,
    pub(super) raters: Vec<RaterProgress>,
    pub(super) n_events: usize,
    /// When the last event happened, milliseconds since 1970 UTC.
    pub(super) last_unix_millis: Option<i64>,
    pub(super) unsealed_at: Option<i64>,
    /// Whether the coordinator is signed in.
    pub(super) is_signed_in: bool,
    /// Whether the coordinator releases installments.
    pub(super) releases: bool,
}

impl Overview {
    fn of(ledger: &Ledger, n_events: usize) -> Result<Self, LedgerError> {
        let told = ledger.instructions()?;
        let raters = ledger.raters()?;
        let progress: Result<_, _> = raters.iter().map(|rater| ledger.progress(rater)).collect();
        Ok(Self {
            title: told.title,
            question: told.question,
            protocol_sha256: ledger.protocol_sha256()?,
            raters: progress?,
            n_events,
            last_unix_millis: ledger.last_unix_millis()?,
            unsealed_at: ledger.unsealed_at()?,
            is_signed_in: ledger.is_signed_in(),
            releases: told.later_installments == LaterInstallments::Release,
        })
    }

    /// Installments that are not signed, in words.
    pub(super) fn unsigned(&self) -> Vec<String> {
        let raters = self.raters.iter();
        let unsigned = raters.flat_map(|of| {
            of.unsigned()
                .map(move |n| format!("{}, installment {n}", of.rater))
        });
        unsigned.collect()
    }
}

/// Where `study new` puts what the coordinator signs with.
pub(super) fn coordinator_beside(study: &Path) -> PathBuf {
    study.with_file_name("coordinator.age")
}

/// Owns the ledger while the coordinator's window is open.
pub(super) struct Keeper {
    ledger: Ledger,
    /// Once it was opened in this window.
    key: Option<Key>,
    replies: Outbox,
    to_analyst: Sender<StatisticsRequest>,
    /// What was last told, so that only news is.
    n_events: Option<usize>,
    grades: Option<Vec<TableRow>>,
    trouble: Option<String>,
}

impl Keeper {
    pub(super) fn new(
        ledger: Ledger,
        replies: Outbox,
        to_analyst: Sender<StatisticsRequest>,
    ) -> Self {
        Self {
            ledger,
            key: None,
            replies,
            to_analyst,
            n_events: None,
            grades: None,
            trouble: None,
        }
    }

    /// Answers until the window is gone.
    pub(super) fn run(mut self, asks: &Receiver<Ask>) {
        self.look();
        loop {
            match asks.recv_timeout(POLL) {
                Ok(ask) => {
                    let outcome = self.answer(ask);
                    // What changed is on screen before it is said that it is done.
                    self.look();
                    self.replies.send(Reply::Ledger(outcome));
                }
                Err(RecvTimeoutError::Timeout) => self.look(),
                Err(RecvTimeoutError::Disconnected) => return,
            }
        }
    }

    /// Tells what is new in the file, if anything.
    fn look(&mut self) {
        let trouble = match self.tell_news() {
            Ok(()) => None,
            Err(error) => Some(sentence(&error)),
        };
        if trouble != self.trouble {
            self.replies.send(Reply::Trouble(trouble.clone()));
            self.trouble = trouble;
        }
    }

    fn tell_news(&mut self) -> anyhow::Result<()> {
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
                .to_analyst
                .send(StatisticsRequest::Sealed { grades, levels });
        }
        Ok(())
    }

    fn answer(&mut self, ask: Ask) -> Answer {
        let answered = match ask {
            Ask::TakeIn(packages) => Ok(self.take_in(packages)),
            Ask::Verify => self
                .ledger
                .verify()
                .map(Answer::Verified)
                .map_err(Into::into),
            Ask::SignIn(path, passphrase) => self.sign_in(&path, &passphrase),
            Ask::Package(rater, path) => self.package(&rater, &path),
            Ask::Release(releasing) => self.release(&releasing),
            Ask::Export(folder) => self.export(&folder),
            Ask::Unseal(with) => self.unseal(&with),
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
        // Told anew, though no event came.
        self.n_events = None;
        Ok(Answer::SignedIn)
    }

    /// What is to be kept elsewhere, beside the study for now.
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

    /// An export is an event. A file that cannot be written to cannot keep it, which is said.
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
        // What is true of patients is for the command line to hand over.
        let no_truth = std::collections::BTreeMap::new();
        write_everything(&self.ledger, self.key.as_ref(), &no_truth, folder, None)?;
        let what = match self.key {
            Some(_) => "with patients and arms",
            None => "without patients and arms",
        };
        let folder = folder.display();
        Ok(Answer::Done(format!("Exported {what}: {folder}{noted}")))
    }

    fn unseal(&mut self, with: &Unsealing) -> anyhow::Result<Answer> {
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
        let _ = self
            .to_analyst
            .send(StatisticsRequest::Study(Box::new(data)));
        Ok(Answer::Unsealed)
    }
}
