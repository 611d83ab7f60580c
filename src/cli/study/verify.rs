//! Whether a study file is what it was: by itself, and by receipts that were kept elsewhere.

use crate::cli::print;
use crate::ledger::{Ledger, Verified};
use crate::study::Receipt;
use serde::Serialize;
use std::path::PathBuf;

/// What is verified.
#[derive(Debug, clap::Args)]
pub(in crate::cli) struct Verify {
    /// The study file, or a rater's package.
    file: PathBuf,
    /// A receipt that was kept elsewhere: what was there when it was made must be there still.
    #[arg(long = "receipt", value_name = "FILE.receipt", num_args = 1..)]
    receipts: Vec<PathBuf>,
    /// One JSON object.
    #[arg(long)]
    json: bool,
}

#[derive(Serialize)]
struct JsonOutput<'a> {
    #[serde(flatten)]
    verified: &'a Verified,
    /// How many receipts the study agrees with.
    n_receipts: usize,
}

/// Checks the whole file: structure, triggers, pictures, worklists, chains, signatures, receipts.
pub(super) fn run(args: &Verify) -> anyhow::Result<()> {
    let ledger = Ledger::open_read_only(&args.file)?;
    let verified = ledger.verify()?;
    let receipts = args.receipts.iter().map(|path| Receipt::open(path));
    let receipts: Vec<Receipt> = receipts.collect::<Result<_, _>>()?;
    for receipt in &receipts {
        ledger.check_receipt(receipt)?;
    }
    if args.json {
        return print(&serde_json::to_string_pretty(&JsonOutput {
            verified: &verified,
            n_receipts: receipts.len(),
        })?);
    }
    print(&verified.to_text(&receipts))
}
