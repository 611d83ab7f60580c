//! What a registration leaves in a folder, named as BIDS names derivatives.

use super::request::{RegisterRequest, Resample};
use crate::formats::{self, Voxels, bids, write_nifti};
use crate::registration::{
    Between, Freedom, Kernel, Quality, Registration, TransformKind, conformed, resampled,
    transform_text,
};
use crate::volume::{Grid, Volume};
use anyhow::{Context, bail};
use serde::Serialize;
use std::collections::HashSet;
use std::path::{Path, PathBuf};

/// Where and how it is written.
pub(super) struct Outputs<'a> {
    request: &'a RegisterRequest<'a>,
    fixed: &'a Volume,
    /// What the space of the fixed scan is called.
    space: String,
    /// The grid of new voxels.
    grid: Option<Grid>,
}

/// A scan's name, in parts.
struct Stem {
    /// All that stands before the suffix.
    prefix: String,
    /// `T1w` and such; empty where the name has none.
    suffix: String,
}

impl Stem {
    fn of(path: &Path) -> anyhow::Result<Self> {
        let name = path
            .canonicalize()
            .unwrap_or_else(|_| path.to_owned())
            .file_name()
            .map(|name| name.to_string_lossy().into_owned())
            .with_context(|| format!("it has no name: {}", path.display()))?;
        let endings = [
            ".nii.gz", ".nii", ".mgz", ".mgh", ".hdr", ".img", ".dcm", ".zip",
        ];
        let stem = endings
            .iter()
            .find_map(|ending| name.strip_suffix(ending))
            .unwrap_or(&name);
        // Only names made of entities end in a suffix.
        let (prefix, suffix) = match stem.rsplit_once('_') {
            Some((prefix, suffix)) if prefix.starts_with("sub-") && !suffix.contains('-') => {
                (prefix, suffix)
            }
            _ => (stem, ""),
        };
        Ok(Self {
            prefix: prefix.to_owned(),
            suffix: suffix.to_owned(),
        })
    }

    /// The label of its session as that of a space, such as `sesA`.
    fn space(&self) -> String {
        self.prefix
            .split('_')
            .find_map(|entity| entity.strip_prefix("ses-"))
            .map_or_else(|| "fixed".to_owned(), |label| format!("ses{label}"))
    }

    fn transform(&self, space: &str) -> String {
        let from = match self.suffix.as_str() {
            "" => "moving",
            suffix => suffix,
        };
        format!("{}_from-{from}_to-{space}_mode-image_xfm", self.prefix)
    }

    fn scan(&self, space: &str) -> String {
        let name = format!("{}_space-{space}_desc-preproc", self.prefix);
        match self.suffix.as_str() {
            "" => name,
            suffix => format!("{name}_{suffix}"),
        }
    }
}

/// The file beside a transform.
#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct AboutTransform<'a> {
    from: &'a Path,
    to: &'a Path,
    software: &'static str,
    software_version: &'static str,
    parameters: u8,
    region: &'static str,
    metric: &'static str,
    #[serde(rename = "moved_mm")]
    moved_mm: f64,
    #[serde(rename = "rotated_deg")]
    rotated_deg: f64,
    correlation: f64,
    #[serde(skip_serializing_if = "Option::is_none")]
    quality: Option<&'a Quality>,
    #[serde(rename = "closure_mm", skip_serializing_if = "Option::is_none")]
    closure_mm: Option<f64>,
    converged: bool,
    doubts: &'a [String],
}

/// The file beside a scan.
#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct AboutScan<'a> {
    sources: [&'a Path; 1],
    spatial_reference: &'a Path,
    #[serde(skip_serializing_if = "Option::is_none")]
    transform: Option<String>,
    software: &'static str,
    software_version: &'static str,
    resampled: &'static str,
    skull_stripped: bool,
}

impl<'a> Outputs<'a> {
    /// Looks at all names before any work is done.
    pub(super) fn begin(
        request: &'a RegisterRequest<'a>,
        fixed: &'a Volume,
    ) -> anyhow::Result<Self> {
        let stem = Stem::of(request.fixed)?;
        let mut names = HashSet::new();
        for path in request.moving {
            let name = Stem::of(path)?;
            if !names.insert((name.prefix.clone(), name.suffix)) {
                bail!(
                    "two scans are called {}, and would be written over each other: {}",
                    name.prefix,
                    path.display()
                );
            }
        }
        let grid = match request.resample {
            Resample::None => None,
            Resample::Grid => Some(fixed.grid().clone()),
            Resample::Conform => Some(conformed(fixed.grid())?),
        };
        let outputs = Self {
            request,
            fixed,
            space: stem.space(),
            grid,
        };
        // Where the others lie on a new grid, the fixed scan must too.
        if request.resample == Resample::Conform {
            outputs.scan(&stem, request.fixed, fixed, None)?;
        }
        Ok(outputs)
    }

    /// Writes what there is of one scan and answers the names of the files.
    pub(super) fn write(
        &self,
        path: &Path,
        volume: &Volume,
        found: &Registration,
        closure_mm: Option<f64>,
        doubts: &[String],
    ) -> anyhow::Result<Vec<String>> {
        let stem = Stem::of(path)?;
        let name = stem.transform(&self.space);
        let between = Between {
            fixed: self.fixed.grid(),
            moving: volume.grid(),
        };
        let names = [self.request.fixed, path].map(|path| path.display().to_string());
        let names = [names[0].as_str(), names[1].as_str()];
        let kinds = [
            (TransformKind::Itk, "txt", true),
            (TransformKind::Lta, "lta", true),
            (TransformKind::Fsl, "mat", self.request.fsl),
        ];
        let mut written = Vec::new();
        for (kind, ending, _) in kinds.into_iter().filter(|(_, _, wanted)| *wanted) {
            let file = self.request.output.join(format!("{name}.{ending}"));
            let text = transform_text(kind, &found.fixed_from_moving, between, names);
            bids::write_text(&file, &text)?;
            written.push(file);
        }
        let is_rigid = self.request.freedom == Freedom::Rigid;
        let about = AboutTransform {
            from: path,
            to: self.request.fixed,
            software: "Cisterna",
            software_version: env!("CARGO_PKG_VERSION"),
            parameters: if is_rigid { 6 } else { 12 },
            region: "cranium: head to 120 mm below the vertex, tapered over 15 mm",
            metric: match is_rigid {
                true => "Tukey's biweight of differences, local gain, half-way space",
                false => "mutual information",
            },
            moved_mm: found.moved_mm,
            rotated_deg: found.rotated_deg,
            correlation: found.correlation,
            quality: found.quality.as_ref(),
            closure_mm,
            converged: doubts.is_empty(),
            doubts,
        };
        let file = self.request.output.join(format!("{name}.json"));
        bids::write_json(&file, &about)?;
        written.push(file);
        let placed = volume
            .placed(&found.fixed_from_moving)
            .with_context(|| format!("{}", path.display()))?;
        written.extend(self.scan(&stem, path, &placed, Some(format!("{name}.txt")))?);
        Ok(written
            .iter()
            .map(|file| file.display().to_string())
            .collect())
    }

    /// A scan that lies in the fixed one's world.
    fn scan(
        &self,
        stem: &Stem,
        path: &Path,
        placed: &Volume,
        transform: Option<String>,
    ) -> anyhow::Result<[PathBuf; 2]> {
        let name = stem.scan(&self.space);
        let [image, sidecar] =
            [".nii.gz", ".json"].map(|end| self.request.output.join(format!("{name}{end}")));
        let about = AboutScan {
            sources: [path],
            spatial_reference: self.request.fixed,
            transform,
            software: "Cisterna",
            software_version: env!("CARGO_PKG_VERSION"),
            resampled: match (self.grid.is_some(), self.request.kernel) {
                (false, _) => "no",
                (true, Kernel::Linear) => "trilinear, once, from the grid of the source",
                (true, Kernel::Sinc) => "Lanczos 3, once, from the grid of the source",
            },
            skull_stripped: false,
        };
        bids::write_json(&sidecar, &about)?;
        match &self.grid {
            None => formats::write_volume(&image, placed)?,
            Some(grid) => {
                let new = resampled(placed, grid, self.request.kernel)?;
                write_nifti(&image, grid, new.orientation(), Voxels::F32(new.values()))?;
            }
        }
        Ok([image, sidecar])
    }
}
