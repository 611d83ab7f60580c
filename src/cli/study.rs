//! `cisterna study`

mod make;
mod record;
mod share;

use crate::ledger::Ledger;
use crate::study::Key;
use anyhow::{Context, bail};
use make::Plan;
pub(super) use make::{create, planes_of};
use record::{Look, Seat};
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
        /// A picture of the design to write: who sees an image of which arm when.
        #[arg(long, value_name = "OUT.svg|OUT.png")]
        picture: Option<PathBuf>,
    },
    /// Open a form that writes a protocol, and shows the design that it makes.
    Form {
        /// A protocol to begin with (default: the tracer study's).
        protocol: Option<PathBuf>,
    },
    /// Make a study: the coordinator's file, the sealed key that names patients and arms, and a
    /// package for each rater to grade in.
    New {
        #[command(flatten)]
        plan: Plan,
        #[command(flatten)]
        secret: Secret,
        /// The folder to make, for study.cisterna, key.age and packages/.
        #[arg(short, long = "output", value_name = "DIR")]
        output: PathBuf,
    },
    /// Open the window that a file is for: a rater's package to be read, the coordinator's study
    /// with progress, packages in and out, the key and statistics.
    Open {
        /// The study file, or a rater's package.
        file: PathBuf,
    },
    /// Open the reading window for one rater, at the case where they stopped.
    Read(Seat),
    /// Say which case a rater grades next, as one line of JSON.
    Next(Seat),
    /// Take verdicts from standard input: a line {"case": "HJK234", "grade": 3} for the case whose
    /// turn it is, answered by a line once it is on the disk. Instead of a grade, "cannot_grade"
    /// with the reason; besides it "confidence" and "comment"; with "corrects" and the reason, the
    /// verdict replaces an earlier one.
    Record(Seat),
    /// Let a rater begin an installment before its washout has passed.
    BeginEarly {
        #[command(flatten)]
        seat: Seat,
        /// Which installment.
        #[arg(long)]
        installment: u32,
        /// Why.
        #[arg(long)]
        reason: String,
    },
    /// Sign an installment of which every case is graded; it takes no more grades.
    Sign {
        #[command(flatten)]
        seat: Seat,
        /// Which installment.
        #[arg(long)]
        installment: u32,
        /// The name of who signs.
        #[arg(long)]
        name: String,
        #[command(flatten)]
        secret: Secret,
    },
    /// Say who has graded how much.
    Status(Look),
    /// Check that nothing in a study file was changed, removed or put in.
    Verify(Look),
    /// Write one rater's part of a study, with what they have done so far, to a file of its own.
    Package {
        #[command(flatten)]
        seat: Seat,
        /// The package to write.
        #[arg(short, long = "output", value_name = "PACKAGE")]
        output: PathBuf,
    },
    /// Take in what raters did in their packages: in any order, and twice without harm.
    Merge {
        /// The coordinator's study file.
        file: PathBuf,
        /// The packages.
        #[arg(required = true)]
        packages: Vec<PathBuf>,
    },
    /// Open the key, once and for all: from then on statistics by arm are possible and grades are
    /// not.
    Unseal {
        /// The coordinator's study file.
        file: PathBuf,
        /// The sealed key (default: key.age beside the study).
        #[arg(long, value_name = "KEY.age")]
        key: Option<PathBuf>,
        #[command(flatten)]
        secret: Secret,
        /// Why the key is opened while installments are not signed.
        #[arg(long, value_name = "REASON")]
        force: Option<String>,
    },
    /// Write all verdicts as a CSV, one row each, or all that a study file holds.
    Export(share::Export),
}

/// What seals a key.
#[derive(Debug, clap::Args)]
pub(super) struct Secret {
    /// A file whose first line is the passphrase (default: it is asked for).
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
    let passphrase = ask("Passphrase: ")?;
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
    /// The key that was named, else key.age beside the study, where there is one.
    pub(super) fn open_or_beside(
        &self,
        ledger: &Ledger,
        study: &Path,
    ) -> anyhow::Result<Option<Key>> {
        let beside = key_beside(study);
        let path = match &self.key {
            Some(path) => path,
            None if beside.exists() => &beside,
            None => return Ok(None),
        };
        let key = Key::unseal(path, &self.secret.passphrase(false)?)?;
        ledger.check_key(&key)?;
        Ok(Some(key))
    }

    pub(super) fn open(&self, ledger: &Ledger) -> anyhow::Result<Option<Key>> {
        let Some(path) = &self.key else {
            return Ok(None);
        };
        let key = Key::unseal(path, &self.secret.passphrase(false)?)?;
        ledger.check_key(&key)?;
        Ok(Some(key))
    }
}

/// Where `study new` puts the key.
fn key_beside(study: &Path) -> PathBuf {
    study.with_file_name("key.age")
}

pub(super) fn run(command: &Command) -> anyhow::Result<()> {
    match command {
        Command::Protocol { raters, output } => make::protocol(raters, output),
        Command::Preview { plan, picture } => make::preview(plan, picture.as_deref()),
        Command::Form { protocol } => crate::app::design(protocol.as_deref()),
        Command::New {
            plan,
            secret,
            output,
        } => make::new(plan, secret, output),
        Command::Open { file } => match &Ledger::open_read_only(file)?.raters()?[..] {
            // The coordinator of a study with one rater has its key.
            [rater] if !key_beside(file).exists() => crate::app::read(file, rater),
            _ => crate::app::coordinate(file),
        },
        Command::Read(seat) => {
            let rater = seat.rater(&Ledger::open_read_only(&seat.file)?)?;
            crate::app::read(&seat.file, &rater)
        }
        Command::Next(seat) => record::next(seat),
        Command::Record(seat) => record::record(seat),
        Command::BeginEarly {
            seat,
            installment,
            reason,
        } => {
            let mut ledger = Ledger::open(&seat.file)?;
            let rater = seat.rater(&ledger)?;
            Ok(ledger.begin_early(&rater, *installment, reason)?)
        }
        Command::Sign {
            seat,
            installment,
            name,
            secret,
        } => share::sign(seat, *installment, name, secret),
        Command::Status(look) => record::status(look),
        Command::Verify(look) => record::verify(look),
        Command::Package { seat, output } => {
            let ledger = Ledger::open_read_only(&seat.file)?;
            Ok(ledger.package(&seat.rater(&ledger)?, output)?)
        }
        Command::Merge { file, packages } => share::merge(file, packages),
        Command::Unseal {
            file,
            key,
            secret,
            force,
        } => share::unseal(file, key.as_deref(), secret, force.as_deref()),
        Command::Export(export) => share::export(export),
    }
}
