//! Packages, signatures, the key, and what leaves a study.

use super::{
    CoordinatorArgs, KeyArgs, Seat, Unverified, coordinator_beside, enrol::SigningKeyArgs,
    keep_receipt, key_beside,
};
use crate::ledger::{Ledger, LedgerError, Signing};
use crate::study::{Coordinator, Key, export_csv, open_truth};
use crate::workflows::study::write_everything;
use anyhow::{Context, bail};
use std::path::{Path, PathBuf};

/// What leaves a study, and where it goes.
#[derive(Debug, clap::Args)]
pub(in crate::cli) struct Export {
    /// The study file.
    file: PathBuf,
    #[command(flatten)]
    key: KeyArgs,
    #[command(flatten)]
    unverified: Unverified,
    /// The CSV to write (default: standard output).
    #[arg(short, long = "output", value_name = "OUT.csv", conflicts_with = "all")]
    output: Option<PathBuf>,
    /// A folder to make instead, for everything: grades.csv, dictionary.csv, audit.csv,
    /// audit.jsonl, instructions.json and, with the key, imrmc.csv and protocol.toml.
    #[arg(long, value_name = "DIR")]
    all: Option<PathBuf>,
    /// A table with the columns patient and truth, 0 or 1: becomes the rows of truth of imrmc.csv.
    #[arg(long, value_name = "TRUTH.csv", requires = "all")]
    truth: Option<PathBuf>,
}

/// Which installment is released to whom.
#[derive(Debug, clap::Args)]
pub(in crate::cli) struct Release {
    #[command(flatten)]
    seat: Seat,
    #[command(flatten)]
    coordinator: CoordinatorArgs,
    /// Which installment.
    #[arg(long)]
    installment: u32,
    /// Why before its washout has passed.
    #[arg(long, value_name = "REASON")]
    early: Option<String>,
    /// The slip to write.
    #[arg(short, long = "output", value_name = "FILE.slip")]
    output: PathBuf,
}

pub(super) fn sign(
    seat: &Seat,
    installment: u32,
    name: &str,
    key: &SigningKeyArgs,
) -> anyhow::Result<()> {
    let mut ledger = Ledger::open(&seat.file)?;
    let rater = seat.rater(&ledger)?;
    let key = key.key_of(&ledger, &rater, name)?;
    let signing = Signing {
        installment,
        name: name.to_owned(),
        meaning: Signing::MEANING.to_owned(),
    };
    let signature = ledger.sign(&rater, &signing, &key)?;
    crate::cli::remark(&format!(
        "{rater} signed installment {installment} as {}: \"{}\"\nyour key:\n  {}",
        signature.name,
        signature.meaning,
        signature.public_key.words()
    ));
    Ok(())
}

pub(super) fn package(
    seat: &Seat,
    coordinator: &CoordinatorArgs,
    output: &Path,
) -> anyhow::Result<()> {
    let mut ledger = Ledger::open_read_only(&seat.file)?;
    let rater = seat.rater(&ledger)?;
    coordinator.sign_in(&mut ledger, &coordinator.secret.passphrase()?)?;
    ledger.package(&rater, output)?;
    keep_receipt(&ledger, "package")
}

/// Takes in all that can be taken in; one bad package does not keep the others out.
pub(super) fn merge(
    file: &Path,
    packages: &[PathBuf],
    coordinator: &CoordinatorArgs,
) -> anyhow::Result<()> {
    let mut ledger = Ledger::open(file)?;
    coordinator.sign_in(&mut ledger, &coordinator.secret.passphrase()?)?;
    let mut n_refused = 0;
    for package in packages {
        match ledger.merge(package) {
            Ok(merged) => {
                if let Some(key) = merged.pinned {
                    crate::cli::remark(&format!(
                        "{}'s key, seen for the first time and the only one from now on; compare \
                         its words with {}:\n  {}",
                        merged.rater,
                        merged.rater,
                        key.words()
                    ));
                }
                crate::cli::print(&format!(
                    "{}: {} new events, {} in all: {}",
                    merged.rater,
                    merged.n_new,
                    merged.n_events,
                    package.display()
                ))?;
            }
            Err(error) => {
                n_refused += 1;
                crate::cli::remark(&format!("not taken in: {error}"));
            }
        }
    }
    keep_receipt(&ledger, "merge")?;
    match n_refused {
        0 => Ok(()),
        n => bail!("{n} of {} packages were not taken in", packages.len()),
    }
}

pub(super) fn release(args: &Release) -> anyhow::Result<()> {
    if args.output.symlink_metadata().is_ok() {
        bail!(
            "the file already exists and is not overwritten: {}",
            args.output.display()
        );
    }
    let mut ledger = Ledger::open(&args.seat.file)?;
    let rater = args.seat.rater(&ledger)?;
    let passphrase = args.coordinator.secret.passphrase()?;
    args.coordinator.sign_in(&mut ledger, &passphrase)?;
    let slip = ledger.release(&rater, args.installment, args.early.as_deref())?;
    slip.write(&args.output)?;
    crate::cli::remark(&format!("the slip for {rater}: {}", args.output.display()));
    keep_receipt(&ledger, "release")
}

pub(super) fn unseal(
    file: &Path,
    key: Option<&Path>,
    coordinator: &CoordinatorArgs,
    reason: Option<&str>,
) -> anyhow::Result<()> {
    let mut ledger = Ledger::open(file)?;
    let beside = key_beside(file);
    let passphrase = coordinator.secret.passphrase()?;
    let key = Key::unseal(key.unwrap_or(&beside), &passphrase)?;
    coordinator.sign_in(&mut ledger, &passphrase)?;
    ledger.unseal(&key, reason)?;
    crate::cli::remark(&format!(
        "unsealed; statistics by arm are possible, and no grade is taken any more: {}",
        file.display()
    ));
    keep_receipt(&ledger, "unseal")
}

pub(super) fn export(args: &Export) -> anyhow::Result<()> {
    let (ledger, doubt) = args.unverified.open(&args.file)?;
    let passphrase = args.key.secret.given()?;
    let key = args.key.open(&ledger)?;
    if key.is_none() {
        crate::cli::remark("no key: patients and arms are left empty");
    }
    let truth = match &args.truth {
        Some(path) => open_truth(path)?,
        None => std::collections::BTreeMap::new(),
    };
    let readings = ledger.readings(key.as_ref())?;
    let mut csv = Vec::new();
    export_csv(&readings, &mut csv)?;
    let what = if args.all.is_some() { "all" } else { "grades" };
    note(args, what, key.is_some(), passphrase.as_deref())?;
    if let Some(folder) = &args.all {
        write_everything(&ledger, key.as_ref(), &truth, folder, doubt.as_deref())?;
        crate::cli::remark(&format!("exported: {}", folder.display()));
        return Ok(());
    }
    match &args.output {
        Some(path) => std::fs::write(path, csv)
            .with_context(|| format!("cannot write the CSV: {}", path.display())),
        None => crate::cli::print(&String::from_utf8(csv)?),
    }
}

/// An export is an event of the coordinator's. Where nobody signs in, or the file cannot be written
/// to, it is not in the log, which is said.
fn note(args: &Export, what: &str, arms: bool, passphrase: Option<&str>) -> anyhow::Result<()> {
    let Some(passphrase) = passphrase else {
        crate::cli::remark("nobody signed in as the coordinator, so this export is not in the log");
        return Ok(());
    };
    let mut ledger = match Ledger::open(&args.file) {
        Err(LedgerError::ReadOnly(_)) => {
            crate::cli::remark("the study cannot be written to, so this export is not in its log");
            return Ok(());
        }
        other => other?,
    };
    let beside = coordinator_beside(&args.file);
    ledger.sign_in(Coordinator::unseal(&beside, passphrase)?)?;
    ledger.note_export(what, arms)?;
    keep_receipt(&ledger, "export")
}
