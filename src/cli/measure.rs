//! `cisterna measure`: distances, angles and regions of a file on a scan.

use super::{notify, print, remark};
use crate::workflows::{MeasureRequest, measure, open_measures};
use std::path::PathBuf;

#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// The scan; one of several in a folder or a zip as PATH!NAME or PATH!NUMBER.
    scan: PathBuf,
    /// Measurements as the window saves them, or as this command does: rulers, angles and regions in mm of
    /// the world. May be of another scan that lies over this one.
    #[arg(long, value_name = "FILE.json")]
    regions: PathBuf,
    /// The volume, counted from 0 (default: the one that was measured on, or the first where there are fewer).
    #[arg(long, value_name = "N")]
    volume: Option<usize>,
    /// One JSON object in place of CSV, which can be measured anew.
    #[arg(long, conflicts_with = "output")]
    json: bool,
    /// The table to write, .csv or .json (default: CSV is printed).
    #[arg(short, long = "output", value_name = "OUT")]
    output: Option<PathBuf>,
}

pub(super) fn run(args: &Args) -> anyhow::Result<()> {
    let opened = open_measures(&args.regions)?;
    let notify = notify();
    let request = MeasureRequest {
        scan: &args.scan,
        file: &args.regions,
        opened: &opened,
        volume_idx: args.volume,
    };
    let measured = measure(&request, &notify)?;
    drop(notify);
    for said in &measured.remarks {
        remark(&format!("warning: {said}: {}", args.scan.display()));
    }
    let (table, sha256) = (&measured.table, &measured.sha256);
    match &args.output {
        Some(path) => {
            table.write_new(sha256, path)?;
            let n = table.rows.len();
            remark(&format!("{n} measurements: {}", path.display()));
            Ok(())
        }
        None if args.json => print(&table.json(sha256)?),
        None => print(&table.csv()?),
    }
}
