//! `cisterna verify-self`

use super::{notify, print, remark};
use crate::report::REPORT_FILE;
use crate::text::{self, Limit};
use crate::workflows::{TestsRun, Verification, verify_self, write_verification};
use anyhow::{Context, bail};
use std::path::PathBuf;

#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// The folder to make: report.html, verification.json, verification.txt and tables/.
    #[arg(short, long = "output", value_name = "DIR")]
    output: PathBuf,
    /// One JSON object, what is written to verification.json, in place of a summary.
    #[arg(long)]
    json: bool,
    /// What `cargo test -- --show-output` printed of this source, to be joined with hazards and
    /// requirements.
    #[arg(long, value_name = "FILE")]
    tests: Option<PathBuf>,
}

pub(super) fn run(args: &Args) -> anyhow::Result<()> {
    // Before the work, and again by the writing itself.
    let page = args.output.join(REPORT_FILE);
    if page.exists() {
        bail!("there is a report already: {}", page.display());
    }
    let tests = args.tests.as_ref().map(|file| {
        let printed = text::open(file, Limit::Table)?;
        TestsRun::parse(&printed).with_context(|| format!("no tests' results: {}", file.display()))
    });
    let tests = tests.transpose()?;
    let notify = notify();
    let made = verify_self(tests, &notify)?;
    drop(notify);
    write_verification(&made, &args.output)?;
    remark(&format!("report: {}", page.display()));
    match args.json {
        true => print(&serde_json::to_string_pretty(&made)?)?,
        false => print(&summary(&made))?,
    }
    match made.n_failed() {
        0 => Ok(()),
        1 => bail!("one check failed, see above"),
        n => bail!("{n} checks failed, see above"),
    }
}

/// How each kind of check came out, and what failed.
fn summary(made: &Verification) -> String {
    let mut lines = vec![
        format!("Cisterna {}. {}", made.version, made.warning),
        String::new(),
    ];
    lines.extend(made.tallies().into_iter().map(|tally| {
        format!(
            "{:<18} {:>5} passed {:>5} failed {:>5} not done",
            tally.area, tally.n_passed, tally.n_failed, tally.n_not_done
        )
    }));
    lines.push(String::new());
    let failures = made.failures();
    for one in &failures {
        lines.push(format!("FAILED  {}: {}: {}", one.area, one.what, one.why));
    }
    if failures.is_empty() {
        lines.push("No check failed.".to_owned());
    }
    lines.join("\n") + "\n"
}
