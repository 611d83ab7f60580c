//! `cisterna convert`: a scan of any kind as NIfTI.

use super::{print, remark};
use crate::formats::{self, no_progress};
use anyhow::bail;
use std::path::{Path, PathBuf};

#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// The scan: a file of any kind that opens, or a folder or zip of DICOM files.
    input: PathBuf,
    /// The file to write, ending in .nii or .nii.gz.
    output: PathBuf,
    /// The volume to write, counted from 0 over all series; needed where there are several.
    #[arg(long, value_name = "T", conflicts_with = "all")]
    volume: Option<usize>,
    /// Write every volume, with its number before the ending: out_000.nii.gz, out_001.nii.gz.
    #[arg(long)]
    all: bool,
}

pub(super) fn run(args: &Args) -> anyhow::Result<()> {
    let name = args.output.to_string_lossy();
    let Some((stem, ending)) = [".nii.gz", ".nii"]
        .into_iter()
        .find_map(|ending| Some((name.strip_suffix(ending)?, ending)))
    else {
        bail!("the name must end in .nii or .nii.gz: {name}");
    };
    let first = formats::open(&args.input, args.volume.unwrap_or(0), &no_progress)?;
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
    if !args.all {
        return write(&args.output, &first.volume);
    }
    write(&PathBuf::from(format!("{stem}_000{ending}")), &first.volume)?;
    for volume_idx in 1..n_volumes {
        let opened = formats::open(&args.input, volume_idx, &no_progress)?;
        let path = PathBuf::from(format!("{stem}_{volume_idx:03}{ending}"));
        write(&path, &opened.volume)?;
    }
    Ok(())
}

/// Writes a file that was not there and says its name.
fn write(path: &Path, volume: &crate::volume::Volume) -> anyhow::Result<()> {
    if path.exists() {
        bail!(
            "the file already exists and is not overwritten: {}",
            path.display()
        );
    }
    formats::write_volume(path, volume)?;
    print(&path.display().to_string())
}
