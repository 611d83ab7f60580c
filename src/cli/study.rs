//! `cisterna study`

mod record;

use crate::formats::{self, no_progress};
use crate::ledger::Ledger;
use crate::study::{
    CaseImage, CaseRow, Design, Key, Protocol, export_csv, open_cases, tells, write_new,
};
use crate::volume::PlanePair;
use anyhow::{Context, bail};
use record::{Look, Seat};
use std::fmt::Write;
use std::path::{Path, PathBuf};

#[derive(Debug, clap::Subcommand)]
pub(super) enum Command {
    /// Write the tracer study's protocol as a file to change and to make a study by.
    Protocol {
        /// The raters, separated by commas.
        #[arg(long, value_delimiter = ',', required = true)]
        raters: Vec<String>,
        /// The protocol to write.
        #[arg(short, long = "output", value_name = "PROTOCOL.toml")]
        output: PathBuf,
    },
    /// Draw a study without making it: how many images of which arm come when, and whether
    /// anything but the picture tells the arm.
    Preview {
        #[command(flatten)]
        plan: Plan,
    },
    /// Make a study: the file that raters grade in, and the sealed key that names patients and arms.
    New {
        #[command(flatten)]
        plan: Plan,
        #[command(flatten)]
        secret: Secret,
        /// The folder to make, for study.cisterna and key.age.
        #[arg(short, long = "output", value_name = "DIR")]
        output: PathBuf,
    },
    /// Open the reading window for one rater, at the case where they stopped.
    Read {
        /// The study file.
        file: PathBuf,
        /// Who grades.
        #[arg(long)]
        rater: String,
    },
    /// Say which case a rater grades next, as one line of JSON.
    Next(Seat),
    /// Take grades from standard input: a line {"case": "HJK234", "grade": 3} for the case whose
    /// turn it is, answered by a line once it is on the disk.
    Record(Seat),
    /// Say who has graded how much.
    Status(Look),
    /// Check that nothing in a study file was changed, removed or put in.
    Verify(Look),
    /// Write all grades as a CSV, one row each.
    Export {
        /// The study file.
        file: PathBuf,
        #[command(flatten)]
        key: KeyArgs,
        /// The CSV to write (default: standard output).
        #[arg(short, long = "output", value_name = "OUT.csv")]
        output: Option<PathBuf>,
    },
}

/// What a study is drawn from.
#[derive(Debug, clap::Args)]
pub(super) struct Plan {
    /// The protocol.
    #[arg(long, value_name = "PROTOCOL.toml")]
    protocol: PathBuf,
    /// CSV with the columns patient, arm, image and, if wanted, axial_mm and sagittal_mm.
    #[arg(long, value_name = "CASES.csv")]
    cases: PathBuf,
}

/// What seals a key.
#[derive(Debug, clap::Args)]
pub(super) struct Secret {
    /// A file whose first line is the passphrase of the key (default: it is asked for).
    #[arg(long, value_name = "FILE")]
    passphrase_file: Option<PathBuf>,
}

impl Secret {
    fn passphrase(&self, is_new: bool) -> anyhow::Result<String> {
        let Some(path) = &self.passphrase_file else {
            return asked_passphrase(is_new);
        };
        let text = std::fs::read_to_string(path)
            .with_context(|| format!("cannot open the passphrase: {}", path.display()))?;
        Ok(text.lines().next().unwrap_or_default().to_owned())
    }
}

fn asked_passphrase(is_new: bool) -> anyhow::Result<String> {
    let ask = |what: &str| {
        rpassword::prompt_password(what)
            .context("no terminal to ask for the passphrase; name a file by --passphrase-file")
    };
    let passphrase = ask("Passphrase of the key: ")?;
    if is_new && ask("The same again: ")? != passphrase {
        bail!("the two passphrases differ; nothing was written");
    }
    Ok(passphrase)
}

/// The key, where arms are to be known.
#[derive(Debug, clap::Args)]
pub(super) struct KeyArgs {
    /// The sealed key, to name patients and arms; without it they stay unknown.
    #[arg(long, value_name = "KEY.age")]
    key: Option<PathBuf>,
    #[command(flatten)]
    secret: Secret,
}

impl KeyArgs {
    pub(super) fn open(&self, ledger: &Ledger) -> anyhow::Result<Option<Key>> {
        let Some(path) = &self.key else {
            return Ok(None);
        };
        let key = Key::unseal(path, &self.secret.passphrase(false)?)?;
        ledger.check_key(&key)?;
        Ok(Some(key))
    }
}

pub(super) fn run(command: &Command) -> anyhow::Result<()> {
    match command {
        Command::Protocol { raters, output } => {
            let text = Protocol::reflux(raters).to_toml()?;
            Protocol::decode(&text, output)?;
            write_new(output, text.as_bytes())?;
            super::remark(&format!("protocol: {}", output.display()));
            Ok(())
        }
        Command::Preview { plan } => preview(plan),
        Command::New {
            plan,
            secret,
            output,
        } => {
            let protocol = Protocol::open(&plan.protocol)?;
            let cases = open_cases(&plan.cases)?;
            let passphrase = secret.passphrase(true)?;
            let made = create(&protocol, &cases, output, &passphrase, &|case| {
                let opened = formats::open(&case.image, 0, &no_progress)?;
                Ok(opened.volume)
            })?;
            super::remark(&format!(
                "{} cases for {} rater(s): {}\nthe key, which raters must not have: {}",
                made.design.codes.len(),
                made.design.worklists.len(),
                made.study.display(),
                made.key.display()
            ));
            Ok(())
        }
        Command::Read { file, rater } => crate::app::read(file, rater),
        Command::Next(seat) => record::next(seat),
        Command::Record(seat) => record::record(seat),
        Command::Status(look) => record::status(look),
        Command::Verify(look) => record::verify(look),
        Command::Export { file, key, output } => {
            let ledger = Ledger::open_read_only(file)?;
            let key = key.open(&ledger)?;
            if key.is_none() {
                super::remark("no key: patients and arms are left empty");
            }
            let rows = ledger.export_rows(key.as_ref())?;
            let mut csv = Vec::new();
            export_csv(&rows, &mut csv)?;
            match output {
                Some(path) => std::fs::write(path, csv)
                    .with_context(|| format!("cannot write the CSV: {}", path.display())),
                None => super::print(&String::from_utf8(csv)?),
            }
        }
    }
}

fn preview(plan: &Plan) -> anyhow::Result<()> {
    let protocol = Protocol::open(&plan.protocol)?;
    let cases = open_cases(&plan.cases)?;
    let (design, key) = Design::draw(&protocol, &cases)?;
    let mut text = format!("{}\n{}\n\n", protocol.title, protocol.question);
    writeln!(
        text,
        "Images by rater, installment and arm, repeats in brackets"
    )?;
    for worklist in &design.worklists {
        for (number, codes) in (1..).zip(&worklist.installments) {
            write!(text, "{:<16} {number}", worklist.rater)?;
            for arm in &protocol.arms {
                let of_arm = || {
                    let entries = codes.iter().filter_map(|code| key.entry(code));
                    entries.filter(|entry| entry.arm == *arm)
                };
                let n_repeats = of_arm().filter(|entry| entry.is_repeat).count();
                write!(text, "   {arm} {} ({n_repeats})", of_arm().count())?;
            }
            writeln!(text)?;
        }
    }
    writeln!(
        text,
        "\nWhat tells the arm apart, over {PREVIEW_DRAWS} draws: area under the ROC curve, \
         0.5 is chance"
    )?;
    for tell in tells(&protocol, &cases, PREVIEW_DRAWS)? {
        writeln!(
            text,
            "{:<28} {:.3} (standard error {:.3})",
            tell.what, tell.auroc, tell.standard_error
        )?;
    }
    super::print(text.trim_end())
}

/// How often a study is drawn to see whether anything tells the arm.
const PREVIEW_DRAWS: usize = 200;

/// A study that was made.
pub(super) struct Made {
    pub(super) design: Design,
    pub(super) study: PathBuf,
    pub(super) key: PathBuf,
}

/// Draws a study, takes both planes of every image and writes study and key into a folder that it
/// makes; nothing where anything fails.
pub(super) fn create(
    protocol: &Protocol,
    cases: &[CaseRow],
    folder: &Path,
    passphrase: &str,
    open: &dyn Fn(&CaseRow) -> anyhow::Result<crate::volume::Volume>,
) -> anyhow::Result<Made> {
    let (design, key) = Design::draw(protocol, cases)?;
    let mut images = Vec::with_capacity(key.cases().len());
    for case in cases {
        let planes = planes_of(case, open)?;
        let codes = key.cases().iter();
        let codes = codes.filter(|entry| entry.patient == case.patient && entry.arm == case.arm);
        for entry in codes {
            images.push(CaseImage::from_pair(entry.code.clone(), &planes)?);
        }
    }
    let made = Made {
        design,
        study: folder.join("study.cisterna"),
        key: folder.join("key.age"),
    };
    std::fs::create_dir_all(folder)
        .with_context(|| format!("cannot make the folder: {}", folder.display()))?;
    // The key first: a study without its key is worth nothing.
    key.seal(&made.key, passphrase)?;
    if let Err(error) = Ledger::create(&made.study, &made.design, &images, protocol) {
        // The key of a study that does not exist; it was written just now.
        let _ = std::fs::remove_file(&made.key);
        return Err(error.into());
    }
    Ok(made)
}

fn planes_of(
    case: &CaseRow,
    open: &dyn Fn(&CaseRow) -> anyhow::Result<crate::volume::Volume>,
) -> anyhow::Result<PlanePair> {
    let volume = open(case)?;
    let center = PlanePair::center(&volume, case.axial_mm, case.sagittal_mm);
    let planes = PlanePair::extract(&volume, center);
    if planes.is_empty() {
        bail!(
            "axial_mm {:?} or sagittal_mm {:?} lies outside the scan: {}",
            case.axial_mm,
            case.sagittal_mm,
            case.image.display()
        );
    }
    Ok(planes)
}
