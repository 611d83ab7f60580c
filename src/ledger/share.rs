//! Many laptops, one study: taking packages back in, and opening the key.

use std::path::Path;

use super::{
    Ledger, LedgerError,
    chain::{self, EventRow, Hash},
    commit::{append, check_sealed, insert},
    error::At,
    now_unix_millis,
};
use crate::study::{Deed, KEEPER, Key};

/// What came of taking a package in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Merged {
    /// Whose package it is.
    pub rater: String,
    /// Events that the study did not have.
    pub n_new: usize,
    /// Events of this rater that the study has now.
    pub n_events: usize,
}

impl Ledger {
    /// Takes in what a rater did in their package. Packages may come in any order and more than
    /// once; an older copy of a package brings nothing new.
    ///
    /// # Errors
    /// What [`Ledger::verify`] finds in the package; [`LedgerError::OtherStudy`] where protocol,
    /// worklist or pictures are not this study's; [`LedgerError::Forked`] where the package and the
    /// study went on differently; [`LedgerError::Unsealed`] where there is something new after
    /// unsealing. Then nothing is taken in.
    pub fn merge(&mut self, package: &Path) -> Result<Merged, LedgerError> {
        let theirs = Self::open_read_only(package)?;
        theirs.verify()?;
        let rater = self.rater_of(&theirs)?;
        let events = chain::event_rows(&theirs.conn, Some(&rater)).at(package)?;
        let ours = chain::event_rows(&self.conn, Some(&rater)).at(&self.path)?;
        let same = |(a, b): (&(EventRow, Hash), &(EventRow, Hash))| a.1 == b.1;
        if let Some(at) = events.iter().zip(&ours).position(|pair| !same(pair)) {
            return Err(LedgerError::Forked {
                seq: at as i64 + 1,
                path: package.to_path_buf(),
                rater,
            });
        }
        let new = events.get(ours.len()..).unwrap_or_default();
        let merged = Merged {
            n_new: new.len(),
            n_events: events.len().max(ours.len()),
            rater,
        };
        if !new.is_empty() {
            self.take_in(new, &merged)?;
        }
        Ok(merged)
    }

    /// The one rater of a package, when it is a package of this study.
    fn rater_of(&self, package: &Self) -> Result<String, LedgerError> {
        let other = |why: String| LedgerError::OtherStudy {
            why,
            path: package.path.clone(),
        };
        if package.protocol_sha256()? != self.protocol_sha256()? {
            return Err(other("it was made by another protocol".into()));
        }
        let raters = package.raters()?;
        let [rater] = &raters[..] else {
            let n = raters.len();
            return Err(other(format!("it has {n} raters, a package has one")));
        };
        if !self.raters()?.contains(rater) {
            return Err(other(format!("{rater} is no rater of it")));
        }
        let root = |of: &Self| chain::root(&of.conn, rater).at(&of.path);
        match root(package)? == root(self)? {
            true => Ok(rater.clone()),
            false => Err(other("worklist or pictures differ".into())),
        }
    }

    fn take_in(&mut self, new: &[(EventRow, Hash)], merged: &Merged) -> Result<(), LedgerError> {
        let (tx, path) = self.begin()?;
        check_sealed(&tx, path)?;
        // Another process may have taken the same package in since it was compared.
        let (last, head) = chain::head(&tx, &merged.rater).at(path)?;
        if new.first().is_none_or(|(event, sha256)| {
            event.seq != last + 1 || chain::event_hash(&head, event) != *sha256
        }) {
            return Err(LedgerError::Busy(path.to_path_buf()));
        }
        for (event, sha256) in new {
            insert(&tx, event, sha256).at(path)?;
        }
        let deed = Deed::Merged {
            rater: merged.rater.clone(),
            n_events: merged.n_new,
        };
        append(&tx, KEEPER, now_unix_millis(), None, deed, path)?;
        tx.commit().at(path)
    }

    /// Records that the key was opened; from then on statistics by arm are possible and grades are
    /// not. `reason` says why, where installments are unsigned. A second time changes nothing.
    ///
    /// # Errors
    /// A key of another study; [`LedgerError::NotSigned`] without a reason; what SQLite says.
    pub fn unseal(&mut self, key: &Key, reason: Option<&str>) -> Result<(), LedgerError> {
        self.check_key(key)?;
        if self.unsealed_at()?.is_some() {
            return Ok(());
        }
        let mut unsigned = Vec::new();
        for rater in self.raters()? {
            let progress = self.progress(&rater)?;
            unsigned.extend(
                progress
                    .unsigned()
                    .map(|n| format!("{rater}, installment {n}")),
            );
        }
        let reason = reason.map(str::trim).filter(|reason| !reason.is_empty());
        if !unsigned.is_empty() && reason.is_none() {
            return Err(LedgerError::NotSigned(unsigned));
        }
        self.note_of_keeper(Deed::Unsealed {
            unsigned,
            reason: reason.map(str::to_owned),
        })
    }

    /// Records that grades were written to a file of another format.
    ///
    /// # Errors
    /// What SQLite says.
    pub fn note_export(&mut self, what: &str, arms: bool) -> Result<(), LedgerError> {
        let what = what.to_owned();
        self.note_of_keeper(Deed::Exported { what, arms })
    }
}
