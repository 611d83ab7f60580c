//! Passphrases: given, asked for, or drawn.

use crate::cli::remark;
use crate::study::Passphrase;
use crate::text::{self, Limit};
use anyhow::{Context, anyhow, bail};
use std::io::BufRead;
use std::path::PathBuf;

/// What opens a key that is there.
#[derive(Debug, clap::Args)]
pub(in crate::cli) struct Secret {
    /// A file whose first line is the passphrase (default: it is asked for).
    #[arg(long, value_name = "FILE")]
    passphrase_file: Option<PathBuf>,
}

impl Secret {
    pub(super) fn passphrase(&self) -> anyhow::Result<String> {
        match self.given()? {
            Some(text) => Ok(text),
            None => asked("Passphrase: "),
        }
    }

    /// The passphrase of the file that was named, if one was.
    pub(super) fn given(&self) -> anyhow::Result<Option<String>> {
        let Some(path) = &self.passphrase_file else {
            return Ok(None);
        };
        let text = text::open(path, Limit::Passphrase).context("no passphrase")?;
        Ok(Some(text.lines().next().unwrap_or_default().to_owned()))
    }
}

/// What seals a key that is made: 15 characters at least that take 10^12 guesses to find.
#[derive(Debug, clap::Args)]
pub(in crate::cli) struct NewSecret {
    #[command(flatten)]
    known: Secret,
    /// Draw six words as a new passphrase, show them once on standard error, and ask two of them
    /// back from standard input.
    #[arg(long, conflicts_with = "passphrase_file")]
    draw_passphrase: bool,
}

impl NewSecret {
    /// A new passphrase; `context` is what somebody who guesses would try first.
    pub(super) fn passphrase(&self, context: &[&str]) -> anyhow::Result<Passphrase> {
        if self.draw_passphrase {
            return drawn();
        }
        let checked = |text: &str| {
            Passphrase::new(text, context).map_err(|error| {
                anyhow!("{error}; --draw-passphrase draws a strong one; nothing was written")
            })
        };
        if let Some(text) = self.known.given()? {
            return checked(&text);
        }
        let text = asked("New passphrase: ")?;
        let passphrase = checked(&text)?;
        if asked("The same again: ")? != text {
            bail!("the two passphrases differ; nothing was written");
        }
        Ok(passphrase)
    }

    /// One that was chosen before.
    pub(super) fn known_passphrase(&self) -> anyhow::Result<String> {
        match self.draw_passphrase {
            true => bail!("--draw-passphrase is for a new key; this one takes its old passphrase"),
            false => self.known.passphrase(),
        }
    }
}

fn asked(what: &str) -> anyhow::Result<String> {
    rpassword::prompt_password(what)
        .context("no terminal to ask for the passphrase; name a file by --passphrase-file")
}

fn drawn() -> anyhow::Result<Passphrase> {
    let words = Passphrase::draw_words()?;
    let text = words.join(" ");
    remark(&format!(
        "the passphrase, which is shown once; write it down:\n\n    {text}\n"
    ));
    let mut lines = std::io::stdin().lock().lines();
    for place in Passphrase::draw_places(words.len())? {
        remark(&format!(
            "word {} of it, to see that you have it:",
            place + 1
        ));
        let answer = lines.next().transpose()?.unwrap_or_default();
        if words.get(place) != Some(&answer.trim()) {
            bail!("that is not word {}; nothing was written", place + 1);
        }
    }
    Ok(Passphrase::new(&text, &[])?)
}
