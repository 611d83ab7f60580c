//! Making a study from a protocol and a case list.

use super::secret::NewSecret;
use crate::cli::notify;
use crate::study::{LaterInstallments, Protocol, open_cases, write_new};
use crate::workflows::study::{
    DESIGN_DRAWS, DesignPreview, create_study, enrolled_keys, open_planes,
};
use anyhow::bail;
use std::fmt::Write;
use std::path::{Path, PathBuf};

/// What a study is drawn from.
#[derive(Debug, clap::Args)]
pub(in crate::cli) struct Plan {
    /// The protocol.
    #[arg(long, value_name = "PROTOCOL.toml")]
    protocol: PathBuf,
    /// CSV with the columns patient, arm, image and, if wanted, sagittal_image (for an image that is
    /// an axial plane alone, as `predict` writes it), axial_mm, sagittal_mm and training.
    #[arg(long, value_name = "CASES.csv")]
    cases: PathBuf,
}

pub(super) fn protocol(raters: &[String], output: &Path) -> anyhow::Result<()> {
    let text = Protocol::reflux(raters).to_toml()?;
    Protocol::decode(&text, output)?;
    write_new(output, text.as_bytes())?;
    crate::cli::remark(&format!("protocol: {}", output.display()));
    Ok(())
}

pub(super) fn new(
    plan: &Plan,
    typed_seed: bool,
    secret: &NewSecret,
    enrolled: &[PathBuf],
    output: &Path,
) -> anyhow::Result<()> {
    let protocol = Protocol::open(&plan.protocol)?;
    match (protocol.seed.is_some(), typed_seed) {
        (true, false) => bail!(
            "the protocol has a seed, and who knows it and the case list has the key: take the \
             line out, so that a seed is drawn, or say --typed-seed: {}",
            plan.protocol.display()
        ),
        (false, true) => bail!(
            "--typed-seed is for a protocol with a seed, and there is none: {}",
            plan.protocol.display()
        ),
        (true, true) | (false, false) => {}
    }
    let cases = open_cases(&plan.cases)?;
    let raters = protocol.raters.iter().map(String::as_str);
    let context: Vec<&str> = raters.chain([protocol.title.as_str()]).collect();
    let passphrase = secret.passphrase(&context)?;
    let keys = enrolled_keys(&protocol, enrolled)?;
    let planes = open_planes(&cases)?;
    let notify = notify();
    let made = create_study(
        &protocol,
        &cases,
        output,
        &passphrase,
        &keys,
        planes,
        &notify,
    )?;
    drop(notify);
    let packages = made
        .packages
        .iter()
        .map(|path| format!("\n  {}", path.display()));
    crate::cli::remark(&format!(
        "{} cases for {} rater(s): {}\na package for each rater:{}\nthe key, which raters must \
         not have: {}\nwhat the coordinator signs and releases installments with: {}",
        made.design.codes.len(),
        made.design.worklists.len(),
        made.study.display(),
        packages.collect::<String>(),
        made.key.display(),
        made.coordinator.display()
    ));
    super::keep_receipt(&made.ledger, "package")?;
    for (rater, key) in &keys {
        crate::cli::remark(&format!("{rater} enrolled with\n  {}", key.words()));
    }
    for rater in protocol
        .raters
        .iter()
        .filter(|rater| !keys.contains_key(*rater))
    {
        crate::cli::remark(&format!(
            "{rater} has not enrolled: the first key that comes in with a package is believed"
        ));
    }
    if protocol.later_installments == LaterInstallments::Open && protocol.installments > 1 {
        crate::cli::remark(
            "later installments are open: a rater who sets the clock forward, or reads on in a \
             copy of the package that is thrown away, reads early and leaves no trace",
        );
    }
    Ok(())
}

pub(super) fn preview(
    plan: &Plan,
    picture: Option<&Path>,
    pictures: Option<&Path>,
) -> anyhow::Result<()> {
    let protocol = Protocol::open(&plan.protocol)?;
    let cases = open_cases(&plan.cases)?;
    let design = DesignPreview::draw(&protocol, &cases)?;
    if let Some(path) = picture {
        let bytes = match path.extension().and_then(|end| end.to_str()) {
            Some("svg") => design.figure.svg.as_bytes(),
            Some("png") => &design.figure.png,
            _ => bail!("a picture is .svg or .png: {}", path.display()),
        };
        write_new(path, bytes)?;
    }
    let mut text = format!("{}\n{}\n\n", protocol.title, protocol.question);
    writeln!(
        text,
        "Images by rater, installment and arm, repeats in brackets"
    )?;
    for of in &design.installments {
        write!(text, "{:<16} {}", of.rater, of.installment)?;
        for (arm, [n, n_repeats]) in protocol.arms.iter().zip(&of.arms) {
            write!(text, "   {arm} {n} ({n_repeats})")?;
        }
        writeln!(text)?;
    }
    writeln!(
        text,
        "\nWhat tells the arm apart, over {DESIGN_DRAWS} draws: area under the ROC curve, \
         0.5 is chance"
    )?;
    for tell in &design.tells {
        writeln!(
            text,
            "{:<28} {:.3} (standard error {:.3})",
            tell.what, tell.auroc, tell.standard_error
        )?;
    }
    if let Some(folder) = pictures {
        let judged = design.draw_pictures(&protocol, &cases, folder)?;
        write!(text, "\n{judged}")?;
    }
    crate::cli::print(text.trim_end())
}
