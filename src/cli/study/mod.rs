//! `cisterna study`

mod enrol;
mod make;
mod record;
mod secret;
mod share;
mod verify;

use crate::ledger::Ledger;
use crate::study::{Coordinator, Key, Slip};
use make::Plan;
use record::{Look, Seat};
use secret::{NewSecret, Secret};
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
        /// Also take the pictures as raters would see them, judge whether numbers tell the arm, and
        /// write some into this folder, each beside its original.
        #[arg(long, value_name = "FOLDER")]
        pictures: Option<PathBuf>,
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
        /// Take the seed that the protocol names instead of drawing one. Who knows the seed and the
        /// case list has the key, and small numbers can be tried out.
        #[arg(long)]
        typed_seed: bool,
        #[command(flatten)]
        secret: NewSecret,
        /// What raters wrote with `study enrol`: the only keys that sign for them.
        #[arg(long, value_name = "FILE", num_args = 1..)]
        enrolled: Vec<PathBuf>,
        /// The folder to make, for study.cisterna, key.age, coordinator.age and packages/.
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
    /// Make a key to sign with before a study is made, so that the study knows it from its first
    /// day: the secret half stays on this computer, the public one goes to the coordinator.
    Enrol(enrol::Enrol),
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
        key: enrol::SigningKeyArgs,
    },
    /// Say who has graded how much.
    Status(Look),
    /// Check that nothing in a study file was changed, removed or put in.
    #[command(after_long_help = crate::ledger::FILES_CANNOT_PROMISE)]
    Verify(verify::Verify),
    /// Write one rater's part of a study, with what they have done so far, to a file of its own.
    Package {
        #[command(flatten)]
        seat: Seat,
        #[command(flatten)]
        coordinator: CoordinatorArgs,
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
        #[command(flatten)]
        coordinator: CoordinatorArgs,
    },
    /// Release a later installment of a rater, once the one before it was taken in and signed and
    /// its washout has passed by this computer's clock: writes the slip that opens it.
    Release(share::Release),
    /// Open the next installment of a package with the slip that the coordinator gave.
    Unlock {
        #[command(flatten)]
        seat: Seat,
        /// The release slip.
        #[arg(long, value_name = "FILE.slip")]
        slip: PathBuf,
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
        coordinator: CoordinatorArgs,
        /// Why the key is opened while installments are not signed.
        #[arg(long, value_name = "REASON")]
        force: Option<String>,
    },
    /// Write all verdicts as a CSV, one row each, or all that a study file holds.
    Export(share::Export),
}

/// Who does what only the coordinator may.
#[derive(Debug, clap::Args)]
pub(super) struct CoordinatorArgs {
    /// The coordinator's sealed file (default: coordinator.age beside the study). Its passphrase is
    /// the one that the study was made with.
    #[arg(long, value_name = "COORDINATOR.age")]
    coordinator: Option<PathBuf>,
    #[command(flatten)]
    secret: Secret,
}

impl CoordinatorArgs {
    fn sign_in(&self, ledger: &mut Ledger, passphrase: &str) -> anyhow::Result<()> {
        let beside = coordinator_beside(ledger.path());
        let path = self.coordinator.as_ref().unwrap_or(&beside);
        Ok(ledger.sign_in(Coordinator::unseal(path, passphrase)?)?)
    }
}

/// Where `study new` puts what the coordinator signs with.
fn coordinator_beside(study: &Path) -> PathBuf {
    study.with_file_name("coordinator.age")
}

/// Writes what the study holds now beside it, and says it, so that it is kept elsewhere.
fn keep_receipt(ledger: &Ledger, occasion: &str) -> anyhow::Result<()> {
    let receipt = ledger.receipt(occasion)?;
    let path = receipt.keep_beside(ledger.path())?;
    crate::cli::remark(&format!(
        "{}\nkeep this receipt elsewhere: {}",
        receipt.to_text(),
        path.display()
    ));
    Ok(())
}

/// A study that is read from.
#[derive(Debug, clap::Args)]
pub(super) struct Unverified {
    /// Read a study that `study verify` rejects. The output says so.
    #[arg(long)]
    unverified: bool,
}

impl Unverified {
    /// Opens a study that is in order; or any, where that was asked for, with the reason why it is
    /// not in order.
    pub(super) fn open(&self, file: &Path) -> anyhow::Result<(Ledger, Option<String>)> {
        let ledger = Ledger::open_read_only(file)?;
        match ledger.verify() {
            Ok(_) => Ok((ledger, None)),
            Err(error) if self.unverified => {
                let why = format!("not verified: {error}");
                crate::cli::remark(&why);
                Ok((ledger, Some(why)))
            }
            Err(error) => Err(anyhow::Error::from(error)
                .context("no number is made of a study that is not in order (see --unverified)")),
        }
    }
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
        let key = Key::unseal(path, &self.secret.passphrase()?)?;
        ledger.check_key(&key)?;
        Ok(Some(key))
    }

    pub(super) fn open(&self, ledger: &Ledger) -> anyhow::Result<Option<Key>> {
        let Some(path) = &self.key else {
            return Ok(None);
        };
        let key = Key::unseal(path, &self.secret.passphrase()?)?;
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
        Command::Preview {
            plan,
            picture,
            pictures,
        } => make::preview(plan, picture.as_deref(), pictures.as_deref()),
        Command::Form { protocol } => crate::app::design(protocol.as_deref()),
        Command::New {
            plan,
            typed_seed,
            secret,
            enrolled,
            output,
        } => make::new(plan, *typed_seed, secret, enrolled, output),
        Command::Enrol(enrol) => enrol::run(enrol),
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
            key,
        } => share::sign(seat, *installment, name, key),
        Command::Status(look) => record::status(look),
        Command::Verify(verify) => verify::run(verify),
        Command::Package {
            seat,
            coordinator,
            output,
        } => share::package(seat, coordinator, output),
        Command::Merge {
            file,
            packages,
            coordinator,
        } => share::merge(file, packages, coordinator),
        Command::Release(release) => share::release(release),
        Command::Unlock { seat, slip } => {
            let mut ledger = Ledger::open(&seat.file)?;
            let rater = seat.rater(&ledger)?;
            let slip = Slip::open(slip)?;
            ledger.unlock(&rater, &slip)?;
            crate::cli::remark(&format!(
                "installment {} of {rater} is open: {}",
                slip.installment,
                seat.file.display()
            ));
            Ok(())
        }
        Command::Unseal {
            file,
            key,
            coordinator,
            force,
        } => share::unseal(file, key.as_deref(), coordinator, force.as_deref()),
        Command::Export(export) => share::export(export),
    }
}
