//! Frangi's vesselness of a scan: the baseline that takes no network.

use super::labels::regions;
use crate::enhancement::{Group, Regions};
use crate::formats::bids::{sidecar_path, write_json};
use crate::formats::{self, no_progress, write_volume};
use crate::volume::{Vesselness, Volume};
use crate::workflows::notice::{Notify, working};
use anyhow::{Context, bail};
use serde::Serialize;
use std::path::Path;

/// Where the signal of white matter comes from, by which structure is judged.
#[derive(Clone, Copy, Debug)]
pub enum White<'a> {
    /// It is known.
    Signal(f64),
    /// The median over the white matter of a label map.
    Labels(&'a Path),
}

/// A scan whose vesselness is computed.
pub struct SpacesVesselnessRequest<'a> {
    /// The scan.
    pub scan: &'a Path,
    /// How bright white matter is in it.
    pub white: White<'a>,
    /// What counts as structure, over the signal of white matter.
    pub structure_of_white: f64,
    /// Standard deviations of the Gaussians, mm.
    pub sigmas_mm: &'a [f64],
    /// Whether spaces are darker than what is around them.
    pub is_dark: bool,
    /// Names of labels outside which vesselness is 0; everywhere where there are none.
    pub within: &'a [String],
    /// By how many voxels of the label map regions are eroded first.
    pub erode: usize,
    /// The map to write.
    pub output: &'a Path,
}

/// What a map of vesselness was made with; written beside it.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct VesselnessSettings {
    /// What it is.
    pub description: &'static str,
    /// The scan.
    pub source: String,
    /// Standard deviations of the Gaussians, mm.
    pub sigmas_mm: Vec<f64>,
    /// Of plates.
    pub alpha: f64,
    /// Of blobs.
    pub beta: f64,
    /// Of structure, in the scan's units.
    pub structure: f64,
    /// The signal of white matter that it follows from.
    pub white_signal: f64,
    /// Whether spaces are dark.
    pub spaces_are_dark: bool,
    /// Where it is not 0 by itself.
    pub within: Vec<String>,
    /// The largest value.
    pub maximum: f32,
    /// What it is for.
    pub notice: &'static str,
}

/// Computes the vesselness of a scan and writes it, with a JSON file beside it that says how.
///
/// # Errors
/// When a file cannot be opened or written, a number is not above 0, no label is white matter, a name
/// is none of the map's, and when `notify` answers to stop.
pub fn spaces_vesselness(
    request: &SpacesVesselnessRequest<'_>,
    notify: Notify<'_>,
) -> anyhow::Result<VesselnessSettings> {
    let positive = |x: f64| x.is_finite() && x > 0.0;
    let numbers = request
        .sigmas_mm
        .iter()
        .chain([&request.structure_of_white]);
    if request.sigmas_mm.is_empty() || !numbers.copied().all(positive) {
        bail!(
            "sigmas ({:?} mm) and structure ({}) are numbers above 0",
            request.sigmas_mm,
            request.structure_of_white
        );
    }
    if working(notify, "computing vesselness", 0.0).is_break() {
        bail!("stopped");
    }
    let opened = formats::open_one(request.scan, &no_progress)?;
    let scan = &opened.volume;
    let regions = match request.white {
        White::Labels(path) => Some((regions(path, request.erode, scan.grid(), notify)?, path)),
        White::Signal(_) => None,
    };
    let white = match (request.white, &regions) {
        (White::Signal(signal), _) => signal,
        (White::Labels(_), Some((regions, path))) => median_of_white(scan, regions)
            .with_context(|| format!("no label is white matter: {}", path.display()))?,
        (White::Labels(path), None) => bail!("no labels: {}", path.display()),
    };
    if !positive(white) {
        bail!(
            "the signal of white matter is {white}, not above 0: {}",
            opened.info.path
        );
    }
    let inside = match (&regions, request.within) {
        (_, []) => None,
        (None, _) => bail!("--within takes a label map: --labels"),
        (Some((regions, path)), names) => Some(inside(regions, names, path)?),
    };
    let settings = Vesselness {
        sigmas_mm: request.sigmas_mm.to_vec(),
        ..Vesselness::published(white, request.structure_of_white, request.is_dark)
    };
    let mut found = settings.of(scan)?;
    if let Some(inside) = inside {
        let values = found.values().iter().zip(inside);
        let values = values.map(|(value, is_in)| if is_in { *value } else { 0.0 });
        found = Volume::new(found.grid().clone(), values.collect())?
            .with_orientation(scan.orientation());
    }
    write_volume(request.output, &found)?;
    let told = VesselnessSettings {
        description: "Frangi's vesselness, the largest over all sigmas",
        source: opened.info.path,
        sigmas_mm: settings.sigmas_mm,
        alpha: settings.alpha,
        beta: settings.beta,
        structure: settings.structure,
        white_signal: white,
        spaces_are_dark: settings.is_dark,
        within: request.within.to_vec(),
        maximum: found.values().iter().copied().fold(0.0, f32::max),
        notice: crate::report::NOTICE,
    };
    write_json(&sidecar_path(request.output), &told)?;
    Ok(told)
}

pub(super) fn median_of_white(scan: &Volume, regions: &Regions) -> Option<f64> {
    let is_white: Vec<bool> = regions
        .regions
        .iter()
        .map(|region| region.group == Some(Group::White))
        .collect();
    let of_voxel = scan.values().iter().zip(regions.of_voxel());
    let mut values: Vec<f32> = of_voxel
        .filter(|(value, place)| {
            **place != Regions::NONE && is_white[usize::from(**place)] && value.is_finite()
        })
        .map(|(value, _)| *value)
        .collect();
    let middle = values.len() / 2;
    if values.is_empty() {
        return None;
    }
    let (_, median, _) = values.select_nth_unstable_by(middle, f32::total_cmp);
    Some(f64::from(*median))
}

/// The voxels of regions by name.
fn inside(regions: &Regions, names: &[String], path: &Path) -> anyhow::Result<Vec<bool>> {
    for name in names {
        if !regions.regions.iter().any(|region| region.name == *name) {
            let known: Vec<&str> = regions.regions.iter().map(|r| r.name.as_str()).collect();
            bail!(
                "--within names {name:?}, which is none of {}: {}",
                known.join(", "),
                path.display()
            );
        }
    }
    let is_wanted: Vec<bool> = regions
        .regions
        .iter()
        .map(|region| names.contains(&region.name))
        .collect();
    let of = |&place: &u16| place != Regions::NONE && is_wanted[usize::from(place)];
    Ok(regions.of_voxel().iter().map(of).collect())
}
