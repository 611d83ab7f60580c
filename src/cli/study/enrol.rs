//! A rater's key: made before a study or at the first signature, kept on the rater's computer.

use super::secret::NewSecret;
use crate::ledger::Ledger;
use crate::study::{Enrolment, Passphrase, SecretKey, key_folder};
use anyhow::Context;
use std::path::PathBuf;

/// Who enrols.
#[derive(Debug, clap::Args)]
pub(in crate::cli) struct Enrol {
    /// Who: as the study's protocol will name them.
    #[arg(long)]
    rater: String,
    /// The file to write, for the coordinator.
    #[arg(short, long = "output", value_name = "FILE.json")]
    output: PathBuf,
    #[command(flatten)]
    key: SigningKeyArgs,
}

/// The key that a rater signs with, and where it is.
#[derive(Debug, clap::Args)]
pub(in crate::cli) struct SigningKeyArgs {
    /// The folder of the key to sign with, which never leaves the rater (default: this user's own
    /// folder for data, cisterna/keys in it).
    #[arg(long, value_name = "DIR")]
    signing_keys: Option<PathBuf>,
    #[command(flatten)]
    secret: NewSecret,
}

impl SigningKeyArgs {
    fn folder(&self) -> anyhow::Result<PathBuf> {
        match &self.signing_keys {
            Some(folder) => Ok(folder.clone()),
            None => key_folder()
                .context("this system has no folder for a user's keys; name one by --signing-keys"),
        }
    }

    /// The rater's key: the one that the study knows, or a new one.
    pub(super) fn key_of(
        &self,
        ledger: &Ledger,
        rater: &str,
        name: &str,
    ) -> anyhow::Result<SecretKey> {
        let known = ledger.rater_key(rater)?;
        let passphrase = match known {
            None => {
                let title = ledger.instructions()?.title;
                self.secret.passphrase(&[&title, rater, name])?
            }
            Some(_) => Passphrase::known(&self.secret.known_passphrase()?),
        };
        Ok(SecretKey::of_rater(
            known.as_ref(),
            &self.folder()?,
            &passphrase,
        )?)
    }
}

pub(super) fn run(enrol: &Enrol) -> anyhow::Result<()> {
    let passphrase = enrol.key.secret.passphrase(&[&enrol.rater])?;
    let folder = enrol.key.folder()?;
    let key = SecretKey::of_rater(None, &folder, &passphrase)?;
    Enrolment::new(&enrol.rater, &key).write(&enrol.output)?;
    crate::cli::remark(&format!(
        "your key, which stays on this computer: {}\nfor the coordinator: {}\nits words, to \
         compare with the coordinator by another way:\n  {}",
        folder.display(),
        enrol.output.display(),
        key.public().words()
    ));
    Ok(())
}
