//! Going through the events of a study, each checked against those before it: what may follow what.

use std::collections::{BTreeMap, BTreeSet};

use rusqlite::Connection;

use super::{
    chain::{self, EventRow, Hash},
    commit::{check_display, checked},
    error::AtPath,
    query,
    share::{HeadMismatch, check_slip, lies_on},
};
use crate::{
    ledger::LedgerError,
    study::{
        ChainHead, Event, EventKind, GradeEntry, Instructions, KEEPER, LaterInstallments,
        PublicKey, Signature, Signed, Slot, hex,
    },
};

/// What the study says of what may happen in it.
struct Rules {
    instructions: Instructions,
    coordinator: PublicKey,
}

/// A rater, as far as the events went.
struct RaterState {
    root: Hash,
    slots: Vec<Slot>,
    /// How many places have a first verdict.
    n_graded: usize,
    /// The hash of each event.
    hashes: Vec<Hash>,
    /// Enrolled, pinned by the coordinator, or that of the first signature.
    key: Option<PublicKey>,
    is_key_vouched: bool,
    /// The standing verdict of each case: its number and its place.
    standing: BTreeMap<String, (i64, Slot)>,
    signed: BTreeSet<u32>,
    unlocked: BTreeSet<u32>,
    begun_early: BTreeSet<u32>,
    /// When the last case of each installment got its first verdict.
    last_graded: BTreeMap<u32, i64>,
    /// Events that the coordinator has countersigned.
    n_countersigned: usize,
}

/// What the clocks say.
#[derive(Default)]
pub(super) struct Clocks {
    /// Times before the one of the event before.
    pub(super) n_steps_back: usize,
    /// Within a sitting, time on the wall that the machine's own count did not see.
    pub(super) n_jumps: usize,
    pub(super) largest_jump_millis: i64,
    /// Times after the one at which the coordinator took the event in.
    pub(super) n_ahead: usize,
    pub(super) farthest_ahead_millis: i64,
}

/// How much wall and count may differ: clocks are set by the network while nobody looks.
const TOLERANCE_MILLIS: i64 = 60_000;

/// What is known of the events gone through so far.
pub(super) struct Walk {
    rules: Rules,
    raters: BTreeMap<String, RaterState>,
    keeper: Vec<Hash>,
    keeper_root: Hash,
    is_unsealed: bool,
    /// The last event of each author: its time, sitting and the sitting's count.
    last: BTreeMap<String, (i64, String, i64)>,
    pub(super) clocks: Clocks,
    pub(super) n_events: usize,
    pub(super) n_verdicts: usize,
    pub(super) n_signatures: usize,
}

impl Walk {
    pub(super) fn new(conn: &Connection, path: &std::path::Path) -> Result<Self, LedgerError> {
        let rules = Rules {
            instructions: query::instructions(conn, path)?,
            coordinator: query::coordinator_key(conn, path)?,
        };
        let mut raters = BTreeMap::new();
        for name in query::raters(conn).at(path)? {
            let key = query::enrolled_key(conn, &name, path)?;
            let slots = query::slots(conn, &name).at(path)?;
            let rater = RaterState {
                root: chain::root(conn, &name).at(path)?,
                slots,
                n_graded: 0,
                hashes: Vec::new(),
                is_key_vouched: key.is_some(),
                key,
                standing: BTreeMap::new(),
                signed: BTreeSet::new(),
                unlocked: BTreeSet::new(),
                begun_early: BTreeSet::new(),
                last_graded: BTreeMap::new(),
                n_countersigned: 0,
            };
            raters.insert(name, rater);
        }
        Ok(Self {
            rules,
            raters,
            keeper: Vec::new(),
            keeper_root: chain::root(conn, KEEPER).at(path)?,
            is_unsealed: false,
            last: BTreeMap::new(),
            clocks: Clocks::default(),
            n_events: 0,
            n_verdicts: 0,
            n_signatures: 0,
        })
    }

    /// The number and hash of an author's last event so far; none for nobody of this study.
    pub(super) fn head(&self, author: &str) -> Option<(i64, Hash)> {
        let (root, hashes) = self.chain_of(author)?;
        let last = hashes.last().unwrap_or(root);
        Some((hashes.len() as i64, *last))
    }

    fn chain_of(&self, author: &str) -> Option<(&Hash, &[Hash])> {
        if author == KEEPER {
            return Some((&self.keeper_root, &self.keeper));
        }
        let rater = self.raters.get(author)?;
        Some((&rater.root, &rater.hashes))
    }

    /// Whether what an author had at a moment is there still.
    pub(super) fn has(&self, author: &str, head: &ChainHead) -> Option<Result<(), HeadMismatch>> {
        let (root, hashes) = self.chain_of(author)?;
        Some(lies_on(head, root, hashes))
    }

    /// Events of raters that no signature of the coordinator covers.
    pub(super) fn n_not_countersigned(&self) -> usize {
        let open = |rater: &RaterState| rater.hashes.len() - rater.n_countersigned;
        self.raters.values().map(open).sum()
    }

    /// Each rater's key, and whether enrolment or the coordinator vouches for it.
    pub(super) fn keys(&self) -> impl Iterator<Item = (&str, PublicKey, bool)> {
        let raters = self.raters.iter();
        raters.filter_map(|(name, of)| Some((name.as_str(), of.key?, of.is_key_vouched)))
    }

    /// Checks an event against those before it, and its time against the clocks; the error says
    /// what is wrong with it. Its hash was checked before.
    pub(super) fn take(
        &mut self,
        row: &EventRow,
        event: &Event,
        before: &Hash,
        hash: Hash,
    ) -> Result<(), String> {
        self.n_events += 1;
        self.look_at_clock(row);
        if event.author == KEEPER {
            self.take_keepers(row, event, &hash)?;
            self.keeper.push(hash);
            return Ok(());
        }
        if self.is_unsealed {
            return Err("came after the study was unsealed".into());
        }
        self.take_raters(event, before)?;
        if let Some(rater) = self.raters.get_mut(&event.author) {
            rater.hashes.push(hash);
        }
        Ok(())
    }

    fn look_at_clock(&mut self, row: &EventRow) {
        let now = (row.at_unix_millis, row.sitting.clone(), row.elapsed_millis);
        let Some(last) = self.last.insert(row.author.clone(), now) else {
            return;
        };
        let wall = row.at_unix_millis.saturating_sub(last.0);
        self.clocks.n_steps_back += usize::from(wall < 0);
        let jump = wall.saturating_sub(row.elapsed_millis.saturating_sub(last.2));
        if last.1 == row.sitting && jump.saturating_abs() > TOLERANCE_MILLIS {
            self.clocks.n_jumps += 1;
            let largest = self.clocks.largest_jump_millis;
            self.clocks.largest_jump_millis = largest.max(jump.saturating_abs());
        }
    }

    fn take_keepers(&mut self, row: &EventRow, event: &Event, hash: &Hash) -> Result<(), String> {
        let digest = chain::signed_digest(hash);
        let signature = row.signature.as_deref().unwrap_or_default();
        if !self.rules.coordinator.verifies(&digest, signature) {
            return Err("is not signed by the coordinator".into());
        }
        match &event.kind {
            EventKind::Merged {
                rater,
                n_total,
                sha256,
                ..
            } => self.countersign(event, rater, *n_total, sha256),
            EventKind::Pinned { rater, public_key } => {
                let rater = self.rater(rater)?;
                match rater.key {
                    Some(key) if key != *public_key => {
                        Err("names another key of the rater than before".into())
                    }
                    _ => {
                        rater.key = Some(*public_key);
                        rater.is_key_vouched = true;
                        Ok(())
                    }
                }
            }
            EventKind::Released {
                rater, installment, ..
            } => match self
                .rater(rater)?
                .signed
                .contains(&installment.saturating_sub(1))
            {
                true => Ok(()),
                false => Err("releases an installment before the one before was signed".into()),
            },
            EventKind::Unsealed { .. } => {
                self.is_unsealed = true;
                Ok(())
            }
            EventKind::Exported { arms, .. } if *arms && !self.is_unsealed => {
                Err("exports arms before the study was unsealed".into())
            }
            EventKind::Exported { .. } => Ok(()),
            _ => Err("is not the coordinator's to make".into()),
        }
    }

    /// What a rater had when the coordinator took it in must be what is here.
    fn countersign(
        &mut self,
        event: &Event,
        rater: &str,
        n_total: i64,
        sha256: &str,
    ) -> Result<(), String> {
        let at = event.at_unix_millis;
        let Some((n, head)) = self.head(rater) else {
            return Err("takes in a rater of another study".into());
        };
        if n != n_total || hex(&head) != sha256 {
            return Err(format!("took in other events of {rater} than are here"));
        }
        let last = self.last.get(rater).map(|(at, ..)| *at);
        let rater = self.rater(rater)?;
        let new = rater.hashes.len() - rater.n_countersigned;
        rater.n_countersigned = rater.hashes.len();
        // The last of them alone: in order, it is the latest.
        let ahead = last.map_or(0, |last| last.saturating_sub(at));
        if new > 0 && ahead > TOLERANCE_MILLIS {
            self.clocks.n_ahead += 1;
            self.clocks.farthest_ahead_millis = self.clocks.farthest_ahead_millis.max(ahead);
        }
        Ok(())
    }

    fn rater(&mut self, name: &str) -> Result<&mut RaterState, String> {
        let rater = self.raters.get_mut(name);
        rater.ok_or_else(|| format!("is about {name}, who is no rater of this study"))
    }

    fn take_raters(&mut self, event: &Event, before: &Hash) -> Result<(), String> {
        let scale = &self.rules.instructions.scale;
        let entry = GradeEntry::of(event, scale).map_err(|error| format!("cannot be: {error}"))?;
        if let Some(entry) = entry {
            self.n_verdicts += 1;
            return self.take_verdict(&entry);
        }
        let coordinator = self.rules.coordinator;
        let later = self.rules.instructions.later_installments;
        let display = self.rules.instructions.display;
        let author = event.author.clone();
        let rater = self.rater(&author)?;
        match &event.kind {
            EventKind::Opened {} | EventKind::Paused { .. } | EventKind::Resumed {} => Ok(()),
            EventKind::DisplayTested { installment, test } => {
                if rater.signed.contains(installment) {
                    return Err("tests a display for an installment that was signed before".into());
                }
                let n_installments = rater.slots.last().map_or(0, |slot| slot.installment);
                check_display(test, display, *installment, n_installments)
                    .map_err(|error| format!("is not the protocol's to take: {error}"))
            }
            EventKind::BegunEarly {
                installment,
                reason,
            } => {
                if later == LaterInstallments::Release || reason.trim().is_empty() {
                    return Err("begins an installment early without leave".into());
                }
                rater.begun_early.insert(*installment);
                Ok(())
            }
            EventKind::Unlocked { slip } => {
                check_slip(slip, &author, &coordinator, &rater.root, &rater.hashes)
                    .map_err(|why| format!("opens an installment with a false slip: {why}"))?;
                rater.unlocked.insert(slip.installment);
                Ok(())
            }
            EventKind::Signed(signature) => {
                rater.take_signature(event, signature, before)?;
                self.n_signatures += 1;
                Ok(())
            }
            _ => Err("is not a rater's to make".into()),
        }
    }

    fn take_verdict(&mut self, entry: &GradeEntry) -> Result<(), String> {
        let instructions = &self.rules.instructions;
        checked(&entry.verdict, &entry.circumstances, instructions.reading)
            .map_err(|error| format!("is not the protocol's to take: {error}"))?;
        if entry.replaces.is_some() && !instructions.reading.go_back {
            return Err("corrects a grade, which the protocol does not let raters do".into());
        }
        let washout = i64::from(instructions.washout_days).saturating_mul(86_400_000);
        let later = instructions.later_installments;
        self.rater(&entry.rater)?
            .take_verdict(entry, later, washout)
    }
}

impl RaterState {
    fn take_verdict(
        &mut self,
        entry: &GradeEntry,
        later: LaterInstallments,
        washout_millis: i64,
    ) -> Result<(), String> {
        let slot = &entry.slot;
        if self.signed.contains(&slot.installment) {
            return Err("grades a case of an installment that was signed before".into());
        }
        let code = slot.code.as_str().to_owned();
        let standing = self.standing.insert(code, (entry.seq, slot.clone()));
        if entry.replaces.is_some() {
            return match standing {
                Some((seq, place)) if Some(seq) == entry.replaces && place == *slot => Ok(()),
                _ => Err("does not replace the verdict that stood".into()),
            };
        }
        if self.slots.get(self.n_graded) != Some(slot) {
            return Err("does not grade the case whose turn it was".into());
        }
        self.n_graded += 1;
        self.check_begun(entry, later, washout_millis)?;
        let last = self.last_graded.entry(slot.installment).or_insert(i64::MIN);
        *last = (*last).max(entry.committed_unix_millis);
        Ok(())
    }

    /// Whether an installment was open when it was graded.
    fn check_begun(
        &self,
        entry: &GradeEntry,
        later: LaterInstallments,
        washout_millis: i64,
    ) -> Result<(), String> {
        let installment = entry.slot.installment;
        match later {
            LaterInstallments::Release => {
                match installment < 2 || self.unlocked.contains(&installment) {
                    true => Ok(()),
                    false => Err("grades a case of an installment that was not released".into()),
                }
            }
            LaterInstallments::Open => {
                let before = self.last_graded.range(1..installment.max(1));
                let last = before.map(|(_, at)| *at).max();
                let from = last.map(|last| last.saturating_add(washout_millis));
                let is_early =
                    from.is_some_and(|from| entry.circumstances.opened_unix_millis < from);
                match washout_millis > 0 && is_early && !self.begun_early.contains(&installment) {
                    true => Err("grades a case before its washout had passed".into()),
                    false => Ok(()),
                }
            }
        }
    }

    fn take_signature(
        &mut self,
        event: &Event,
        signature: &Signature,
        before: &Hash,
    ) -> Result<(), String> {
        let under = Signed {
            rater: &event.author,
            installment: signature.installment,
            name: &signature.name,
            meaning: &signature.meaning,
            at_unix_millis: event.at_unix_millis,
            head: before,
        };
        let key = *self.key.get_or_insert(signature.public_key);
        if key != signature.public_key || !under.is_signed_by(signature) {
            return Err("bears a signature that is not the rater's".into());
        }
        if signature.name.trim().is_empty() {
            return Err("bears a signature without a name".into());
        }
        let of_it = |slot: &&Slot| slot.installment == signature.installment;
        let n_cases = self.slots.iter().filter(of_it).count();
        let n_graded = self.slots.iter().take(self.n_graded).filter(of_it).count();
        if signature.installment == 0 || n_cases == 0 || n_graded < n_cases {
            return Err("signs an installment that was not complete".into());
        }
        match self.signed.insert(signature.installment) {
            true => Ok(()),
            false => Err("signs an installment that was signed before".into()),
        }
    }
}
