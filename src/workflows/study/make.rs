//! Making a study from a protocol and a case list.

use super::pictures::Pictures;
use crate::ledger::Ledger;
use crate::study::{CaseRow, Coordinator, Design, Enrolment, Passphrase, Protocol, PublicKey};
use crate::volume::PlanePair;
use crate::workflows::notice::{Notify, remark};
use anyhow::{Context, bail};
use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

/// The keys of the raters who enrolled, by name.
///
/// # Errors
/// When somebody enrolled who is no rater of the protocol, or with two keys.
pub fn enrolled_keys(
    protocol: &Protocol,
    enrolled: &[PathBuf],
) -> anyhow::Result<BTreeMap<String, PublicKey>> {
    let mut keys = BTreeMap::new();
    for path in enrolled {
        let enrolment = Enrolment::open(path)?;
        if !protocol.raters.contains(&enrolment.rater) {
            bail!(
                "{:?} enrolled and is no rater of the protocol ({}): {}",
                enrolment.rater,
                protocol.raters.join(", "),
                path.display()
            );
        }
        if let Some(other) = keys.insert(enrolment.rater.clone(), enrolment.public_key)
            && other != enrolment.public_key
        {
            bail!(
                "{:?} enrolled twice, with two keys: {}",
                enrolment.rater,
                path.display()
            );
        }
    }
    Ok(keys)
}

/// A study that was made.
pub struct MadeStudy {
    /// Who sees what when.
    pub design: Design,
    /// The coordinator's file.
    pub study: PathBuf,
    /// The sealed key.
    pub key: PathBuf,
    /// What the coordinator signs with.
    pub coordinator: PathBuf,
    /// The study, open to its coordinator.
    pub ledger: Ledger,
    /// One for each rater, in the protocol's order.
    pub packages: Vec<PathBuf>,
}

/// Draws a study, takes both planes of every image and writes study, keys and packages into a folder
/// that it makes; nothing where anything fails. `planes` has the planes of each case, with the
/// scan's own values. Says how well numbers tell the arms apart.
///
/// # Errors
/// When the study cannot be drawn, when pictures cannot be made alike, and when a file cannot be
/// written.
pub fn create_study(
    protocol: &Protocol,
    cases: &[CaseRow],
    folder: &Path,
    passphrase: &Passphrase,
    rater_keys: &BTreeMap<String, PublicKey>,
    planes: Vec<PlanePair>,
    notify: Notify<'_>,
) -> anyhow::Result<MadeStudy> {
    let (design, key) = Design::draw(protocol, cases)?;
    let pictures = Pictures::of(protocol, cases, planes)?;
    let images = pictures.images(&key)?;
    if protocol.arms.len() > 1 {
        remark(notify, pictures.judged(&key, &images).trim_end());
    }
    let packages = folder.join("packages");
    std::fs::create_dir_all(&packages)
        .with_context(|| format!("cannot make the folder: {}", packages.display()))?;
    let mut written = Vec::new();
    let mut write = || -> anyhow::Result<MadeStudy> {
        // The keys first: a study without them is worth nothing.
        let key_path = folder.join("key.age");
        key.seal(&key_path, passphrase)?;
        written.push(key_path.clone());
        let coordinator = Coordinator::fresh()?;
        let coordinator_path = folder.join("coordinator.age");
        coordinator.seal(&coordinator_path, passphrase)?;
        written.push(coordinator_path.clone());
        let study = folder.join("study.cisterna");
        let ledger = Ledger::create(&study, &design, &images, protocol, coordinator, rater_keys)?;
        written.push(study.clone());
        let mut paths = Vec::new();
        for (rater, name) in protocol.raters.iter().zip(package_names(&protocol.raters)) {
            let package = packages.join(name);
            ledger.package(rater, &package)?;
            written.push(package.clone());
            paths.push(package);
        }
        Ok(MadeStudy {
            design: design.clone(),
            study,
            key: key_path,
            coordinator: coordinator_path,
            ledger,
            packages: paths,
        })
    };
    let made = write();
    if made.is_err() {
        // Parts of a study that does not exist, written just now: nothing that was there before is
        // ever written to, so it is not among them.
        for path in written {
            let _ = std::fs::remove_file(path);
        }
    }
    made
}

/// A file name for each rater: their name, as far as every system allows it.
fn package_names(raters: &[String]) -> impl Iterator<Item = String> {
    let mut taken = BTreeSet::new();
    let name = move |(seat, rater): (usize, &String)| {
        let fit = |c: char| {
            if c.is_alphanumeric() || c == '-' {
                c
            } else {
                '_'
            }
        };
        let name: String = rater.chars().map(fit).collect();
        match taken.insert(name.to_lowercase()) {
            true => format!("{name}.cisterna"),
            false => format!("{name}-{}.cisterna", seat + 1),
        }
    };
    raters
        .iter()
        .enumerate()
        .map(name)
        .collect::<Vec<_>>()
        .into_iter()
}
