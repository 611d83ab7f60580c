//! `cisterna info`

use super::values::{VoxelIndex, voxel};
use crate::formats::{self, FileHeader, FileInfo, HeaderPart};
use serde::Serialize;
use std::fmt::Write;
use std::path::PathBuf;

#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// The scan, or a folder or a zip with scans in it; one of them as PATH!NAME or PATH!NUMBER.
    path: PathBuf,
    /// Take statistics over this volume only, counted from 0 over all scans.
    #[arg(long, value_name = "T")]
    volume: Option<usize>,
    /// Also give the value of this voxel, as stored, counted from 0. May be repeated.
    #[arg(long = "voxel", value_name = "i,j,k", value_parser = voxel)]
    voxels: Vec<VoxelIndex>,
    /// Also give what the file says of itself, field by field: place and scale, the sequence, the scanner,
    /// the entries of the sidecar. What may say who was scanned is hidden.
    #[arg(long)]
    header: bool,
    /// With those fields also what may say who was scanned.
    #[arg(long, requires = "header")]
    with_identity: bool,
    /// One JSON object.
    #[arg(long)]
    json: bool,
}

/// What is printed as JSON.
#[derive(Serialize)]
struct Described<'a> {
    #[serde(flatten)]
    info: &'a FileInfo,
    #[serde(skip_serializing_if = "Option::is_none")]
    header: Option<&'a [HeaderPart]>,
}

pub(super) fn run(args: &Args) -> anyhow::Result<()> {
    let voxels: Vec<Vec<usize>> = args.voxels.iter().map(|v| v.0.clone()).collect();
    let info = formats::describe(&args.path, args.volume, &voxels)?;
    let header = match args.header {
        true => {
            let volume = args.volume.unwrap_or(0);
            Some(formats::header(&args.path, volume, args.with_identity)?)
        }
        false => None,
    };
    if args.json {
        let header = header.as_ref().map(|header| &header.parts[..]);
        super::print(&serde_json::to_string_pretty(&Described {
            info: &info,
            header,
        })?)
    } else {
        let mut text = text(&info)?;
        if let Some(header) = &header {
            text += &header_text(header)?;
        }
        super::print(&text)
    }
}

fn header_text(header: &FileHeader) -> Result<String, std::fmt::Error> {
    let mut out = String::new();
    for part in &header.parts {
        writeln!(out, "\n{}", part.title)?;
        for row in &part.rows {
            let value = row.value.as_deref().unwrap_or("hidden");
            writeln!(out, "  {:<34} {value}", row.name)?;
        }
    }
    Ok(out)
}

fn text(info: &FileInfo) -> Result<String, std::fmt::Error> {
    let mut out = String::new();
    let shape: Vec<String> = info.shape.iter().map(ToString::to_string).collect();
    let zooms: Vec<String> = info.zooms_mm.iter().map(|z| format!("{z:.4}")).collect();
    writeln!(out, "path       {}", info.path)?;
    writeln!(out, "format     {}, {}", info.format, info.dtype)?;
    if let Some(description) = &info.description {
        writeln!(out, "series     {description}")?;
    }
    if let Some(acquired) = &info.acquired {
        writeln!(out, "acquired   {acquired}")?;
    }
    writeln!(
        out,
        "shape      {} ({} volume{})",
        shape.join(" x "),
        info.volumes,
        if info.volumes == 1 { "" } else { "s" }
    )?;
    writeln!(out, "voxel      {} mm", zooms.join(" x "))?;
    writeln!(
        out,
        "axes       {} (from {})",
        info.axcodes, info.affine_source
    )?;
    for (row, numbers) in info.affine.iter().enumerate() {
        let label = if row == 0 { "affine" } else { "" };
        let numbers: Vec<String> = numbers.iter().map(|n| format!("{n:>11.4}")).collect();
        writeln!(out, "{label:<10} {}", numbers.join(" "))?;
    }
    match (info.min, info.max, info.mean) {
        (Some(min), Some(max), Some(mean)) => {
            writeln!(
                out,
                "values     {min} to {max}, mean {mean}, {} NaN",
                info.nan_count
            )?;
        }
        _ => writeln!(out, "values     none is finite, {} NaN", info.nan_count)?,
    }
    for voxel in &info.voxels {
        let index: Vec<String> = voxel.index.iter().map(ToString::to_string).collect();
        writeln!(out, "voxel      {} is {}", index.join(","), voxel.value)?;
    }
    for (number, scan) in info.series.iter().enumerate() {
        let shape: Vec<String> = scan.shape.iter().map(ToString::to_string).collect();
        let name = scan.description.as_deref().unwrap_or(&scan.path);
        let label = if number == 0 { "all scans" } else { "" };
        writeln!(out, "{label:<10} {number} {name}, {}", shape.join(" x "))?;
    }
    for warning in &info.warnings {
        writeln!(out, "warning    {warning}")?;
    }
    Ok(out)
}
