//! Many laptops, one study: the coordinator, packages taken back in, installments released, and the
//! key opened.

use std::path::Path;

use super::{
    Ledger, LedgerError,
    chain::{self, EventRow, Hash},
    commit::{check_length, check_sealed},
    error::AtPath,
    now_unix_millis, query, writing,
};
use crate::study::{
    ChainHead, Coordinator, EventKind, KEEPER, Key, LaterInstallments, PublicKey, Receipt, Slip,
    hex,
};

/// What the coordinator's chain is called where authors are named.
pub(super) const COORDINATOR: &str = "coordinator";

/// What came of taking a package in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Merged {
    /// Whose package it is.
    pub rater: String,
    /// Events that the study did not have.
    pub n_new: usize,
    /// Events of this rater that the study has now.
    pub n_events: usize,
    /// The rater's key, where the study has just come to know it: to be compared with the rater.
    pub pinned: Option<PublicKey>,
}

impl Ledger {
    /// From here on the ledger may do what only the coordinator may.
    ///
    /// # Errors
    /// [`LedgerError::OtherCoordinator`].
    pub fn sign_in(&mut self, coordinator: Coordinator) -> Result<(), LedgerError> {
        match coordinator.public_key() == self.coordinator_key()? {
            true => {
                self.coordinator = Some(coordinator);
                Ok(())
            }
            false => Err(LedgerError::OtherCoordinator(self.path.clone())),
        }
    }

    /// Whether somebody signed in as the coordinator.
    #[must_use]
    pub fn is_signed_in(&self) -> bool {
        self.coordinator.is_some()
    }

    pub(super) fn signed_in(&self) -> Result<&Coordinator, LedgerError> {
        self.coordinator
            .as_ref()
            .ok_or(LedgerError::NeedsCoordinator)
    }

    /// What the study holds now, signed by the coordinator, to be kept elsewhere.
    ///
    /// # Errors
    /// [`LedgerError::NeedsCoordinator`], and what SQLite says.
    pub fn receipt(&self, occasion: &str) -> Result<Receipt, LedgerError> {
        self.receipt_of(&self.raters()?, occasion)
    }

    /// A receipt of some raters and of the coordinator, whose chain holds the head of every rater
    /// that was taken in.
    pub(super) fn receipt_of(
        &self,
        raters: &[String],
        occasion: &str,
    ) -> Result<Receipt, LedgerError> {
        let coordinator = self.signed_in()?;
        let authors = raters.iter().map(String::as_str).chain([KEEPER]);
        let heads = authors.map(|author| self.head_of(author));
        let heads = heads.collect::<Result<_, _>>()?;
        let root = chain::root(&self.conn, KEEPER).at(&self.path)?;
        Ok(Receipt::new(
            hex(&root),
            occasion,
            now_unix_millis(),
            heads,
            coordinator,
        ))
    }

    fn head_of(&self, author: &str) -> Result<ChainHead, LedgerError> {
        let (n_events, sha256) = chain::head(&self.conn, author).at(&self.path)?;
        let name = if author == KEEPER {
            COORDINATOR
        } else {
            author
        };
        Ok(ChainHead {
            author: name.to_owned(),
            n_events,
            sha256: hex(&sha256),
        })
    }

    /// Takes in what a rater did in their package, and countersigns it. Packages may come in any
    /// order and more than once; an older copy of a package brings nothing new. A key that the
    /// rater signs with for the first time is the rater's from then on.
    ///
    /// # Errors
    /// What [`Ledger::verify`] finds in the package or in the study; [`LedgerError::OtherStudy`]
    /// where protocol, worklist or pictures are not this study's; [`LedgerError::Forked`] where the
    /// package and the study went on differently; [`LedgerError::OtherKey`]; what
    /// [`Ledger::check_receipt`] says of the receipt in the package; [`LedgerError::Unsealed`]
    /// where there is something new after unsealing; [`LedgerError::NeedsCoordinator`]. Then
    /// nothing is taken in.
    pub fn merge(&mut self, package: &Path) -> Result<Merged, LedgerError> {
        self.signed_in()?;
        self.verify()?;
        let theirs = Self::open_read_only(package)?;
        theirs.verify()?;
        let rater = self.rater_of(&theirs)?;
        if let Some(receipt) = theirs.carried_receipt()? {
            self.check_receipt(&receipt)?;
        }
        let pinned = self.new_key(&theirs, &rater)?;
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
            pinned,
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
            false => Err(other("worklist, keys or pictures differ".into())),
        }
    }

    /// The key that a package is signed with, where the study does not know the rater's yet.
    fn new_key(&self, package: &Self, rater: &str) -> Result<Option<PublicKey>, LedgerError> {
        match (self.rater_key(rater)?, package.rater_key(rater)?) {
            (Some(known), Some(given)) if known != given => Err(LedgerError::OtherKey {
                rater: rater.to_owned(),
                known: known.words(),
                given: given.words(),
                path: package.path.clone(),
            }),
            (None, given) => Ok(given),
            (Some(_), _) => Ok(None),
        }
    }

    fn take_in(&mut self, new: &[(EventRow, Hash)], merged: &Merged) -> Result<(), LedgerError> {
        let writing = self.begin()?;
        let (tx, path) = (&writing.tx, writing.path);
        check_sealed(tx, path)?;
        // Another process may have taken the same package in since it was compared.
        let (last, head) = chain::head(tx, &merged.rater).at(path)?;
        if new.first().is_none_or(|(event, sha256)| {
            event.seq != last + 1 || chain::event_hash(&head, event) != *sha256
        }) {
            return Err(LedgerError::Busy(path.to_path_buf()));
        }
        for (event, sha256) in new {
            writing::insert(tx, event, sha256).at(path)?;
        }
        let at = now_unix_millis();
        if let Some(public_key) = merged.pinned {
            let rater = merged.rater.clone();
            writing.append(KEEPER, at, None, EventKind::Pinned { rater, public_key })?;
        }
        let (n_total, head) = chain::head(tx, &merged.rater).at(path)?;
        let kind = EventKind::Merged {
            rater: merged.rater.clone(),
            n_events: merged.n_new,
            n_total,
            sha256: hex(&head),
        };
        writing.append(KEEPER, at, None, kind)?;
        writing.commit()
    }

    /// Releases a later installment: a slip with its key, for a rater whose installment before it
    /// is here and signed, and whose washout has passed by this computer's clock since it came in.
    /// `early` says why the washout is cut short, where it is.
    ///
    /// # Errors
    /// [`LedgerError::NotToBeReleased`] in words; [`LedgerError::Washout`];
    /// [`LedgerError::NeedsCoordinator`]; what [`Ledger::verify`] finds.
    pub fn release(
        &mut self,
        rater: &str,
        installment: u32,
        early: Option<&str>,
    ) -> Result<Slip, LedgerError> {
        self.signed_in()?;
        self.verify()?;
        query::check_rater(&self.conn, rater, &self.path)?;
        let refused = |why: String| LedgerError::NotToBeReleased {
            rater: rater.to_owned(),
            installment,
            why,
        };
        let instructions = self.instructions()?;
        if instructions.later_installments == LaterInstallments::Open {
            return Err(refused(
                "the protocol leaves all installments open, so there is nothing to release".into(),
            ));
        }
        let n_installments = self.worklist(rater)?.installments.len() as u32;
        if !(2..=n_installments).contains(&installment) {
            return Err(refused(format!(
                "released are installments 2 to {n_installments}"
            )));
        }
        let before = installment - 1;
        let Some(came_in) = self.came_in(rater, before)? else {
            return Err(refused(format!(
                "installment {before}, signed, has not been taken in yet"
            )));
        };
        const DAY_MILLIS: i64 = 86_400_000;
        let washout = i64::from(instructions.washout_days) * DAY_MILLIS;
        let from_unix_millis = came_in.saturating_add(washout);
        let at = now_unix_millis();
        let early = early.map(str::trim).filter(|reason| !reason.is_empty());
        if at < from_unix_millis && early.is_none() {
            return Err(LedgerError::Washout {
                rater: rater.to_owned(),
                installment,
                from_unix_millis,
            });
        }
        check_length("the reason", early.unwrap_or_default())?;
        self.note_of_keeper(EventKind::Released {
            rater: rater.to_owned(),
            installment,
            early: early.map(str::to_owned),
        })?;
        let root = chain::root(&self.conn, rater).at(&self.path)?;
        Ok(Slip::new(
            rater,
            installment,
            self.head_of(rater)?,
            at,
            hex(&root),
            self.signed_in()?,
        ))
    }

    /// When the signature under an installment came into this file, by the coordinator's clock;
    /// where the rater reads in this very file, when it was made.
    fn came_in(&self, rater: &str, installment: u32) -> Result<Option<i64>, LedgerError> {
        let is_signature = |kind: &EventKind| matches!(kind, EventKind::Signed(of) if of.installment == installment);
        let events = self.events(Some(rater))?;
        let Some(signed) = events.iter().find(|event| is_signature(&event.kind)) else {
            return Ok(None);
        };
        let mut merges = self.events(Some(KEEPER))?.into_iter();
        let took_in = merges.find(|event| {
            matches!(&event.kind, EventKind::Merged { rater: of, n_total, .. }
                if of == rater && *n_total >= signed.seq)
        });
        Ok(Some(took_in.map_or(signed.at_unix_millis, |event| {
            event.at_unix_millis
        })))
    }

    /// Takes a slip, which opens an installment in this package.
    ///
    /// # Errors
    /// [`LedgerError::OtherSlip`] where it is not of this study's coordinator, not for this
    /// rater and package, not a continuation of what the coordinator has, or opens nothing;
    /// [`LedgerError::UnknownRater`]; what SQLite says.
    pub fn unlock(&mut self, rater: &str, slip: &Slip) -> Result<(), LedgerError> {
        let rows = chain::event_rows(&self.conn, Some(rater)).at(&self.path)?;
        let root = chain::root(&self.conn, rater);
        query::check_rater(&self.conn, rater, &self.path)?;
        let root = root.at(&self.path)?;
        let hashes: Vec<Hash> = rows.iter().map(|(_, sha256)| *sha256).collect();
        let checked = check_slip(slip, rater, &self.coordinator_key()?, &root, &hashes);
        let other = |why: String| LedgerError::OtherSlip {
            why,
            path: self.path.clone(),
        };
        checked.map_err(other)?;
        let first = query::slots_with_keys(&self.conn, rater).at(&self.path)?;
        let first = first
            .iter()
            .find(|(slot, _)| slot.installment == slip.installment);
        let opens = first.zip(slip.key());
        if opens.is_none_or(|((slot, wrapped), key)| key.unwrap(&slot.code, wrapped).is_none()) {
            return Err(other("its key opens no picture of the installment".into()));
        }
        self.note(rater, None, EventKind::Unlocked { slip: slip.clone() })
    }

    /// Records that the key was opened; from then on statistics by arm are possible and grades are
    /// not. `reason` says why, where installments are unsigned. A second time changes nothing.
    ///
    /// # Errors
    /// A key of another study; [`LedgerError::NotSigned`] without a reason;
    /// [`LedgerError::NeedsCoordinator`]; what [`Ledger::verify`] finds.
    pub fn unseal(&mut self, key: &Key, reason: Option<&str>) -> Result<(), LedgerError> {
        self.check_key(key)?;
        self.verify()?;
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
        check_length("the reason", reason.unwrap_or_default())?;
        self.note_of_keeper(EventKind::Unsealed {
            unsigned,
            reason: reason.map(str::to_owned),
        })
    }

    /// Records that grades were written to a file of another format.
    ///
    /// # Errors
    /// [`LedgerError::NeedsCoordinator`], and what SQLite says.
    pub fn note_export(&mut self, what: &str, arms: bool) -> Result<(), LedgerError> {
        let what = what.to_owned();
        self.note_of_keeper(EventKind::Exported { what, arms })
    }
}

/// Whether a slip is for a rater, by this coordinator, and answers what the rater has done; the
/// error says what is wrong with it. `hashes` are those of the rater's events.
pub(super) fn check_slip(
    slip: &Slip,
    rater: &str,
    coordinator: &PublicKey,
    root: &Hash,
    hashes: &[Hash],
) -> Result<(), String> {
    if !slip.is_signed_by(coordinator) {
        return Err("it is not signed by the coordinator of this study".into());
    }
    if slip.rater != rater {
        return Err(format!("it is for {}", slip.rater));
    }
    if slip.root_sha256 != hex(root) {
        return Err("it is for another package".into());
    }
    match lies_on(&slip.head, root, hashes) {
        Ok(()) => Ok(()),
        Err(HeadMismatch::Shorter) => Err(
            "the coordinator has more of your grades than this file: it is an older copy".into(),
        ),
        Err(HeadMismatch::Differs) => Err("the coordinator has other grades than this file".into()),
    }
}

/// Why a head does not lie on a chain.
pub(super) enum HeadMismatch {
    /// The chain has fewer events: its end was cut off.
    Shorter,
    /// There is another event: it was rewritten.
    Differs,
}

/// Whether a chain, from its root on, still is what a head says of it.
pub(super) fn lies_on(head: &ChainHead, root: &Hash, hashes: &[Hash]) -> Result<(), HeadMismatch> {
    let at = match usize::try_from(head.n_events) {
        Ok(0) => Some(root),
        Ok(n) => hashes.get(n - 1),
        Err(_) => None,
    };
    match at {
        None => Err(HeadMismatch::Shorter),
        Some(hash) if hex(hash) == head.sha256 => Ok(()),
        Some(_) => Err(HeadMismatch::Differs),
    }
}
