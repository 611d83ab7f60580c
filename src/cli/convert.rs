//! `cisterna convert`: a scan of any kind as NIfTI, as a file or in a BIDS data set.

use super::{print, remark};
use crate::formats::bids::{self, DatasetDescription, ScanName};
use crate::formats::{self, Opened, PixelScaling, Place, no_progress};
use anyhow::{Context, bail};
use serde::Serialize;
use std::path::{Path, PathBuf};

#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// The scan: a file, or a folder or a zip with scans in it; one of several in it as PATH!NAME
    /// or PATH!NUMBER.
    input: PathBuf,
    /// The file to write, ending in .nii or .nii.gz; with --bids the folder of the data set.
    output: PathBuf,
    /// The volume to write, counted from 0 over all scans; needed where there are several.
    #[arg(long, value_name = "T", conflicts_with = "all")]
    volume: Option<usize>,
    /// Write every volume, with its number before the ending: out_000.nii.gz, out_001.nii.gz; with
    /// --bids as run-1, run-2.
    #[arg(long)]
    all: bool,
    /// Write into a BIDS data set under this name, such as sub-01_ses-02_T1w, with what the
    /// standard wants beside the scan.
    #[arg(long, value_name = "NAME", value_parser = checked_name)]
    bids: Option<String>,
    /// Hours from the injection of the tracer to the scan, negative before it, for the file beside
    /// the scan; those that the source tells are taken where this is not given.
    #[arg(
        long,
        value_name = "H",
        requires = "bids",
        allow_negative_numbers = true,
        value_parser = finite
    )]
    hours: Option<f64>,
}

fn checked_name(text: &str) -> Result<String, bids::NameError> {
    ScanName::parse(text).map(|_| text.to_owned())
}

fn finite(text: &str) -> Result<f64, String> {
    let hours = text.parse::<f64>().map_err(|error| error.to_string())?;
    match hours.is_finite() {
        true => Ok(hours),
        false => Err("not a finite number".to_owned()),
    }
}

pub(super) fn run(args: &Args) -> anyhow::Result<()> {
    match &args.bids {
        Some(name) => into_data_set(args, &ScanName::parse(name)?),
        None => into_files(args),
    }
}

fn into_files(args: &Args) -> anyhow::Result<()> {
    let name = args.output.to_string_lossy();
    let Some((stem, ending)) = [".nii.gz", ".nii"]
        .into_iter()
        .find_map(|ending| Some((name.strip_suffix(ending)?, ending)))
    else {
        bail!("the name must end in .nii or .nii.gz: {name}");
    };
    let first = open_first(args)?;
    if !args.all {
        return write(&args.output, &first.volume);
    }
    write(&PathBuf::from(format!("{stem}_000{ending}")), &first.volume)?;
    for (at, (place, idx)) in others(args)?.into_iter().enumerate() {
        let opened = place.open(idx, PixelScaling::default(), &no_progress)?;
        let path = PathBuf::from(format!("{stem}_{:03}{ending}", at + 1));
        write(&path, &opened.volume)?;
    }
    Ok(())
}

/// All volumes but the first, in their order: the files are looked at once, however many there are.
fn others(args: &Args) -> anyhow::Result<Vec<(Place, usize)>> {
    let found = formats::catalogue(std::slice::from_ref(&args.input), &no_progress)?;
    let volumes = found
        .entries
        .into_iter()
        .flat_map(|entry| (0..entry.info.volumes).map(move |idx| (entry.place.clone(), idx)));
    Ok(volumes.skip(1).collect())
}

/// The volume that is asked for, or the first of all.
fn open_first(args: &Args) -> anyhow::Result<Opened> {
    let first = match args.volume.or(args.all.then_some(0)) {
        Some(volume_idx) => formats::open(&args.input, volume_idx, &no_progress)?,
        None => formats::open_one(&args.input, &no_progress)?,
    };
    let n_volumes = first.info.volumes;
    if n_volumes > 1 && args.volume.is_none() && !args.all {
        bail!(
            "there are {n_volumes} volumes; choose one with --volume, or all with --all: {}",
            args.input.display()
        );
    }
    for warning in &first.info.warnings {
        remark(warning);
    }
    Ok(first)
}

/// Writes a file that was not there and says its name.
fn write(path: &Path, volume: &crate::volume::Volume) -> anyhow::Result<()> {
    check_new(path)?;
    formats::write_volume(path, volume)?;
    print(&path.display().to_string())
}

fn check_new(path: &Path) -> anyhow::Result<()> {
    if path.exists() {
        bail!(
            "the file already exists and is not overwritten: {}",
            path.display()
        );
    }
    Ok(())
}

/// Writes everything or nothing: what can be refused is looked at first, and what was written is
/// taken away again where a later volume fails.
fn into_data_set(args: &Args, name: &ScanName<'_>) -> anyhow::Result<()> {
    let root = &args.output;
    check_data_set(root)?;
    if let (true, Some(run)) = (args.all, name.run) {
        bail!("with --all each volume gets a run, but the name has run-{run}: leave it out");
    }
    let first = open_first(args)?;
    let n_volumes = if args.all { first.info.volumes } else { 1 };
    let runs: Vec<String> = (1..=n_volumes).map(|run| run.to_string()).collect();
    let names: Vec<ScanName<'_>> = runs
        .iter()
        .map(|run| ScanName {
            run: if args.all { Some(run) } else { name.run },
            ..name.clone()
        })
        .collect();
    for name in &names {
        for ending in [".nii.gz", ".nii", ".json"] {
            check_new(&name.path(root, ending))?;
        }
    }
    let mut made = Made::default();
    made.scan(root, &names[0], &first, args.hours)?;
    if args.all {
        for ((place, idx), name) in others(args)?.into_iter().zip(&names[1..]) {
            let opened = place.open(idx, PixelScaling::default(), &no_progress)?;
            made.scan(root, name, &opened, args.hours)?;
        }
    }
    made.about_data_set(root)?;
    // Last: the one file that may have been there, and is replaced whole.
    bids::add_participant(root, name.subject)?;
    made.keep();
    for name in &names {
        print(&name.path(root, ".nii.gz").display().to_string())?;
    }
    Ok(())
}

/// That scans can be put into a folder, there already or not.
fn check_data_set(root: &Path) -> anyhow::Result<()> {
    let name = root.to_string_lossy();
    let is_named_as_file = name.ends_with(".nii") || name.ends_with(".nii.gz");
    if root.is_file() || is_named_as_file && !root.exists() {
        bail!("with --bids the output is the folder of a data set, not a file: {name}");
    }
    bids::participants(root)?;
    Ok(())
}

/// The JSON file beside a scan. Nothing that a scanner's operator typed goes into it: that may
/// name the patient.
#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct Sidecar {
    conversion_software: &'static str,
    conversion_software_version: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    hours_after_injection: Option<f64>,
}

/// Files and folders that were not there before; taken away again unless they are kept.
#[derive(Default)]
struct Made {
    files: Vec<PathBuf>,
    /// Inner ones after outer ones.
    folders: Vec<PathBuf>,
}

impl Made {
    fn scan(
        &mut self,
        root: &Path,
        name: &ScanName<'_>,
        opened: &Opened,
        hours: Option<f64>,
    ) -> anyhow::Result<()> {
        let [image, sidecar] = [".nii.gz", ".json"].map(|ending| name.path(root, ending));
        if let Some(folder) = image.parent() {
            self.folder(folder)?;
        }
        formats::write_volume(&image, &opened.volume)?;
        self.files.push(image);
        let told = Sidecar {
            conversion_software: "Cisterna",
            conversion_software_version: env!("CARGO_PKG_VERSION"),
            hours_after_injection: hours.or(opened.info.hours_after_injection),
        };
        bids::write_json(&sidecar, &told)?;
        self.files.push(sidecar);
        Ok(())
    }

    /// What a data set must have in its root, where it has not.
    fn about_data_set(&mut self, root: &Path) -> anyhow::Result<()> {
        let description = root.join(bids::DESCRIPTION);
        if !description.exists() {
            describe(root).write(root)?;
            self.files.push(description);
        }
        let readmes = ["README", "README.md", "README.rst", "README.txt"];
        if !readmes.iter().any(|readme| root.join(readme).exists()) {
            let readme = root.join("README");
            bids::write_text(&readme, README)?;
            self.files.push(readme);
        }
        Ok(())
    }

    fn folder(&mut self, folder: &Path) -> anyhow::Result<()> {
        let is_missing = |f: &&Path| !f.as_os_str().is_empty() && !f.exists();
        let missing: Vec<&Path> = folder.ancestors().take_while(is_missing).collect();
        for folder in missing.into_iter().rev() {
            std::fs::create_dir(folder)
                .with_context(|| format!("cannot make the folder: {}", folder.display()))?;
            self.folders.push(folder.to_owned());
        }
        Ok(())
    }

    fn keep(mut self) {
        self.files.clear();
        self.folders.clear();
    }
}

impl Drop for Made {
    fn drop(&mut self) {
        // What cannot be taken away stays; why the work failed is what the user must hear.
        for file in &self.files {
            let _ = std::fs::remove_file(file);
        }
        for folder in self.folders.iter().rev() {
            let _ = std::fs::remove_dir(folder);
        }
    }
}

const README: &str = "\
Scans that Cisterna converted to NIfTI, each with a JSON file beside it. Hours after the injection
of the tracer stand there as HoursAfterInjection, where they are known. Research use only, not a
medical device.

Write here what was scanned, in whom and why, and who may be asked about it.
";

/// A description that the user has yet to fill in; the data set is called as its folder is.
fn describe(root: &Path) -> DatasetDescription {
    let folder = root.canonicalize().ok();
    let name = folder.as_deref().and_then(Path::file_name);
    let name = name.map_or_else(|| "Scans".to_owned(), |n| n.to_string_lossy().into_owned());
    DatasetDescription::new(name, "raw", "Converted to NIfTI.".to_owned())
}
