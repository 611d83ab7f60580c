//! Making a study from a protocol and a case list.

use super::pictures::{Pictures, open_planes};
use super::secret::NewSecret;
use crate::ledger::Ledger;
use crate::report::design_figure;
use crate::study::{
    CaseRow, Coordinator, Design, Enrolment, LaterInstallments, Passphrase, Protocol, PublicKey,
    open_cases, tells, write_new,
};
use crate::volume::PlanePair;
use anyhow::{Context, bail};
use std::collections::{BTreeMap, BTreeSet};
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
    let keys = keys_of(&protocol, enrolled)?;
    let planes = open_planes(&cases)?;
    let made = create(&protocol, &cases, output, &passphrase, &keys, planes)?;
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

/// The keys of the raters who enrolled, by name.
fn keys_of(
    protocol: &Protocol,
    enrolled: &[PathBuf],
) -> anyhow::Result<BTreeMap<String, PublicKey>> {
    let mut keys = BTreeMap::new();
    for path in enrolled {
        let enrolment = Enrolment::open(path)?;
        if !protocol.raters.contains(&enrolment.rater) {
            bail!(
                "{:?} enrolled and is no rater of the protocol ({}): {}",
                enrolment.rater,
                protocol.raters.join(", "),
                path.display()
            );
        }
        if let Some(other) = keys.insert(enrolment.rater.clone(), enrolment.public_key)
            && other != enrolment.public_key
        {
            bail!(
                "{:?} enrolled twice, with two keys: {}",
                enrolment.rater,
                path.display()
            );
        }
    }
    Ok(keys)
}

pub(super) fn preview(
    plan: &Plan,
    picture: Option<&Path>,
    pictures: Option<&Path>,
) -> anyhow::Result<()> {
    let protocol = Protocol::open(&plan.protocol)?;
    let cases = open_cases(&plan.cases)?;
    let (design, key) = Design::draw(&protocol, &cases)?;
    if let Some(path) = picture {
        let figure = design_figure(&design, &key)?;
        let bytes = match path.extension().and_then(|end| end.to_str()) {
            Some("svg") => figure.svg.into_bytes(),
            Some("png") => figure.png,
            _ => bail!("a picture is .svg or .png: {}", path.display()),
        };
        write_new(path, &bytes)?;
    }
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
    if let Some(folder) = pictures {
        let made = Pictures::of(&protocol, &cases, open_planes(&cases)?)?;
        let images = made.images(&key)?;
        write!(text, "\n{}", made.judged(&key, &images))?;
        made.draw(&protocol, &key, &images, folder)?;
    }
    crate::cli::print(text.trim_end())
}

/// How often a study is drawn to see whether anything tells the arm.
const PREVIEW_DRAWS: usize = 200;

/// A study that was made.
pub(in crate::cli) struct Made {
    pub(in crate::cli) design: Design,
    pub(in crate::cli) study: PathBuf,
    pub(in crate::cli) key: PathBuf,
    pub(in crate::cli) coordinator: PathBuf,
    /// The study, open to its coordinator.
    pub(in crate::cli) ledger: Ledger,
    /// One for each rater, in the protocol's order.
    pub(in crate::cli) packages: Vec<PathBuf>,
}

/// Draws a study, takes both planes of every image and writes study, keys and packages into a folder
/// that it makes; nothing where anything fails. `planes` has the planes of each case, with the
/// scan's own values.
pub(in crate::cli) fn create(
    protocol: &Protocol,
    cases: &[CaseRow],
    folder: &Path,
    passphrase: &Passphrase,
    rater_keys: &BTreeMap<String, PublicKey>,
    planes: Vec<PlanePair>,
) -> anyhow::Result<Made> {
    let (design, key) = Design::draw(protocol, cases)?;
    let pictures = Pictures::of(protocol, cases, planes)?;
    let images = pictures.images(&key)?;
    pictures.tell(protocol, &key, &images);
    let packages = folder.join("packages");
    std::fs::create_dir_all(&packages)
        .with_context(|| format!("cannot make the folder: {}", packages.display()))?;
    let mut written = Vec::new();
    let mut write = || -> anyhow::Result<Made> {
        // The keys first: a study without them is worth nothing.
        let key_path = folder.join("key.age");
        key.seal(&key_path, passphrase)?;
        written.push(key_path.clone());
        let coordinator = Coordinator::fresh()?;
        let coordinator_path = folder.join("coordinator.age");
        coordinator.seal(&coordinator_path, passphrase)?;
        written.push(coordinator_path.clone());
        let study = folder.join("study.cisterna");
        let ledger = Ledger::create(&study, &design, &images, protocol, coordinator, rater_keys)?;
        written.push(study.clone());
        let mut paths = Vec::new();
        for (rater, name) in protocol.raters.iter().zip(package_names(&protocol.raters)) {
            let package = packages.join(name);
            ledger.package(rater, &package)?;
            written.push(package.clone());
            paths.push(package);
        }
        Ok(Made {
            design: design.clone(),
            study,
            key: key_path,
            coordinator: coordinator_path,
            ledger,
            packages: paths,
        })
    };
    let made = write();
    if made.is_err() {
        // Parts of a study that does not exist, written just now: nothing that was there before is
        // ever written to, so it is not among them.
        for path in written {
            let _ = std::fs::remove_file(path);
        }
    }
    made
}

/// A file name for each rater: their name, as far as every system allows it.
fn package_names(raters: &[String]) -> impl Iterator<Item = String> {
    let mut taken = BTreeSet::new();
    let name = move |(seat, rater): (usize, &String)| {
        let fit = |c: char| {
            if c.is_alphanumeric() || c == '-' {
                c
            } else {
                '_'
            }
        };
        let name: String = rater.chars().map(fit).collect();
        match taken.insert(name.to_lowercase()) {
            true => format!("{name}.cisterna"),
            false => format!("{name}-{}.cisterna", seat + 1),
        }
    };
    raters
        .iter()
        .enumerate()
        .map(name)
        .collect::<Vec<_>>()
        .into_iter()
}
