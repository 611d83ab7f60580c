//! Making a study from a protocol and a case list.

use super::Secret;
use crate::formats::{self, no_progress};
use crate::ledger::{Ledger, LedgerError};
use crate::report::design_figure;
use crate::study::{CaseImage, CaseRow, Design, Protocol, open_cases, tells, write_new};
use crate::volume::{Plane, PlaneImage, PlanePair, Volume};
use anyhow::{Context, bail};
use std::collections::BTreeSet;
use std::fmt::Write;
use std::path::{Path, PathBuf};

/// What a study is drawn from.
#[derive(Debug, clap::Args)]
pub(in crate::cli) struct Plan {
    /// The protocol.
    #[arg(long, value_name = "PROTOCOL.toml")]
    protocol: PathBuf,
    /// CSV with the columns patient, arm, image and, if wanted, axial_mm and sagittal_mm.
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

pub(super) fn new(plan: &Plan, secret: &Secret, output: &Path) -> anyhow::Result<()> {
    let protocol = Protocol::open(&plan.protocol)?;
    let cases = open_cases(&plan.cases)?;
    let passphrase = secret.passphrase(true)?;
    let made = create(&protocol, &cases, output, &passphrase, &open_planes)?;
    let packages = made
        .packages
        .iter()
        .map(|path| format!("\n  {}", path.display()));
    crate::cli::remark(&format!(
        "{} cases for {} rater(s): {}\na package for each rater:{}\nthe key, which raters must \
         not have: {}",
        made.design.codes.len(),
        made.design.worklists.len(),
        made.study.display(),
        packages.collect::<String>(),
        made.key.display()
    ));
    Ok(())
}

pub(super) fn preview(plan: &Plan, picture: Option<&Path>) -> anyhow::Result<()> {
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
    crate::cli::print(text.trim_end())
}

/// How often a study is drawn to see whether anything tells the arm.
const PREVIEW_DRAWS: usize = 200;

/// A study that was made.
pub(in crate::cli) struct Made {
    pub(in crate::cli) design: Design,
    pub(in crate::cli) study: PathBuf,
    pub(in crate::cli) key: PathBuf,
    /// One for each rater, in the protocol's order.
    pub(in crate::cli) packages: Vec<PathBuf>,
}

/// Draws a study, takes both planes of every image and writes study, key and packages into a folder
/// that it makes; nothing where anything fails.
pub(in crate::cli) fn create(
    protocol: &Protocol,
    cases: &[CaseRow],
    folder: &Path,
    passphrase: &str,
    planes_of: &dyn Fn(&CaseRow) -> anyhow::Result<PlanePair>,
) -> anyhow::Result<Made> {
    let (design, key) = Design::draw(protocol, cases)?;
    let mut images = Vec::with_capacity(key.cases().len());
    for case in cases {
        let planes = planes_of(case)?;
        let codes = key.cases().iter();
        let codes = codes.filter(|entry| entry.patient == case.patient && entry.arm == case.arm);
        for entry in codes {
            images.push(CaseImage::from_pair(entry.code.clone(), &planes)?);
        }
    }
    let packages = folder.join("packages");
    let made = Made {
        study: folder.join("study.cisterna"),
        key: folder.join("key.age"),
        packages: package_names(&protocol.raters)
            .map(|name| packages.join(name))
            .collect(),
        design,
    };
    std::fs::create_dir_all(&packages)
        .with_context(|| format!("cannot make the folder: {}", packages.display()))?;
    // The key first: a study without its key is worth nothing.
    key.seal(&made.key, passphrase)?;
    let mut written = vec![made.key.clone()];
    if let Err(error) = write(&made, &images, protocol, &mut written) {
        // Parts of a study that does not exist, written just now: nothing that was there before is
        // ever written to, so it is not among them.
        for path in written {
            let _ = std::fs::remove_file(path);
        }
        return Err(error.into());
    }
    Ok(made)
}

/// Study and packages; `written` grows with each.
fn write(
    made: &Made,
    images: &[CaseImage],
    protocol: &Protocol,
    written: &mut Vec<PathBuf>,
) -> Result<(), LedgerError> {
    let ledger = Ledger::create(&made.study, &made.design, images, protocol)?;
    written.push(made.study.clone());
    for (rater, package) in protocol.raters.iter().zip(&made.packages) {
        ledger.package(rater, package)?;
        written.push(package.clone());
    }
    Ok(())
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

/// The planes that a line of the case list names: two of a scan, or two files of one slice each.
/// Whatever they come from, each is scaled to 0..1 by itself, so that no arm is scaled otherwise.
fn open_planes(case: &CaseRow) -> anyhow::Result<PlanePair> {
    let open = |path: &Path| anyhow::Ok(formats::open(path, 0, &no_progress)?.volume);
    let first = open(&case.image)?;
    match &case.sagittal_image {
        None => planes_of(case, &first),
        Some(path) => Ok(PlanePair {
            axial: whole_plane(&first, Plane::Axial, &case.image)?,
            sagittal: whole_plane(&open(path)?, Plane::Sagittal, path)?,
        }),
    }
}

/// A file of one slice, pixel by pixel.
fn whole_plane(volume: &Volume, plane: Plane, path: &Path) -> anyhow::Result<PlaneImage> {
    let grid = volume.grid();
    let image = PlaneImage::extract(volume, plane, grid.center_in_world());
    if plane.n_slices(grid) != 1 || image.inside.contains(&false) {
        bail!(
            "this is not one {} slice of 256 x 256 mm, as `predict` writes it: {}",
            plane.name().to_lowercase(),
            path.display()
        );
    }
    Ok(image.by_own_range())
}

/// Both planes of a scan.
pub(in crate::cli) fn planes_of(case: &CaseRow, volume: &Volume) -> anyhow::Result<PlanePair> {
    let center = PlanePair::center(volume, case.axial_mm, case.sagittal_mm);
    let planes = PlanePair::extract(volume, center);
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
