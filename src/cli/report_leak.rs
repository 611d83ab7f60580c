//! `cisterna report leak`

use super::values;
use crate::report::{LeakReportOptions, REPORT_FILE};
use crate::workflows::{ReportLeakRequest, report_leak};
use std::path::PathBuf;

#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// The folder of a training: `train leak` made fold-1 and so on in it.
    training: PathBuf,
    /// Folders of trainings that learned from fewer heads, for the curve of learning.
    #[arg(long, value_name = "DIR", num_args = 1..)]
    learning: Vec<PathBuf>,
    /// A map that `explain` made, to be shown over its scan.
    #[arg(long, value_name = "FILE", requires = "scan")]
    map: Option<PathBuf>,
    /// The scan of --map.
    #[arg(long, value_name = "FILE", requires = "map")]
    scan: Option<PathBuf>,
    /// The folder to make: report.html, analysis.json, tables/ and figures/.
    #[arg(short, long = "output", value_name = "DIR")]
    output: PathBuf,
    /// Draws of patients within folds, for the interval of the mean.
    #[arg(long, default_value = "2000", value_parser = values::resamples)]
    bootstrap: usize,
    /// Confidence of the intervals.
    #[arg(long, default_value = "0.95", value_parser = values::confidence)]
    confidence: f64,
    /// Seed of the draws.
    #[arg(long, default_value_t = 1)]
    seed: u64,
}

pub(super) fn run(args: &Args) -> anyhow::Result<()> {
    report_leak(&ReportLeakRequest {
        training: &args.training,
        learning: &args.learning,
        map: args.map.as_deref().zip(args.scan.as_deref()),
        options: LeakReportOptions {
            n_resamples: args.bootstrap,
            confidence: args.confidence,
            seed: args.seed,
        },
        output: &args.output,
    })?;
    super::remark(&format!(
        "report: {}",
        args.output.join(REPORT_FILE).display()
    ));
    Ok(())
}
