//! What a network marks on a scan: mask, probability and clusters, on the scan's own grid.

use super::clusters::{ClusterTable, SpacesClustersRequest, spaces_clusters};
use super::labels::{DEEP, deep, regions, within};
use super::score::{check_left_out, check_threshold};
use crate::enhancement::Regions;
use crate::formats::bids::write_json;
use crate::formats::{self, FormatError, Voxels, write_described};
use crate::models::spaces::{SpacesPredictError, SpacesPredictor, spaces_card};
use crate::models::{Compute, Model, NoGpu, WARNING, file_sha256};
use crate::volume::{Components, Neighbours, Volume};
use crate::workflows::notice::{Notify, ignore_notices, working};
use anyhow::{Context, bail};
use serde::Serialize;
use std::path::{Path, PathBuf};

/// The share of the progress in which a scan is opened.
const OPENING: f64 = 0.02;

/// Bytes that are taken at once where nothing else is wished.
pub const SPACES_MOST_BYTES: usize = 1500 << 20;

/// What is said of a mask that nothing was left out of.
pub const SPACES_EVERYWHERE: &str = "clusters in cortex, cerebellum, skull and scalp, which are no perivascular spaces, are \
    marked and counted as well";

/// Which network marks which scan.
pub struct PredictSpacesRequest<'a> {
    /// The network.
    pub model: &'a Model,
    /// A T1-weighted scan.
    pub scan: &'a Path,
    /// A label map: which region each cluster is in, and where none can be.
    pub labels: Option<&'a Path>,
    /// A voxel is in the mask where the probability is above it; the card's where it is not told.
    pub threshold: Option<f64>,
    /// Clusters of at most so many mm3 are left out of mask and table.
    pub left_out_mm3: f64,
    /// About as much memory is taken at once.
    pub most_bytes: usize,
    /// Gives the device; asked once all else is known to fit, as waking one takes its time.
    pub compute: &'a dyn Fn() -> Result<Compute, NoGpu>,
    /// The folder for what is predicted.
    pub output: &'a Path,
}

/// Where a network marks spaces.
pub struct MarkSpacesRequest<'a> {
    /// The network.
    pub model: &'a Model,
    /// A T1-weighted scan.
    pub scan: &'a Volume,
    /// Its file, or what to call it.
    pub file: &'a Path,
    /// What is to be known of it.
    pub remarks: &'a [String],
    /// Regions at its voxels and the file of their label map: nothing is marked but in white matter, deep
    /// grey matter and brainstem, where there are such.
    pub regions: Option<(&'a Regions, &'a Path)>,
    /// About as much memory is taken at once, bytes.
    pub most_bytes: usize,
    /// Gives the device; asked once all else is known to fit, as waking one takes its time.
    pub compute: &'a dyn Fn() -> Result<Compute, NoGpu>,
}

/// What a network makes of a scan.
pub struct MarkedSpaces {
    /// The probability of a space at each voxel of the scan; 0 where none can be.
    pub map: Volume,
    /// What it came from.
    pub origin: SpacesOrigin,
}

/// What a probability of spaces came from.
#[derive(Clone, Debug, Serialize)]
pub struct SpacesOrigin {
    /// The network's name.
    pub model: String,
    /// SHA-256 of the network's file.
    pub model_sha256: Option<String>,
    /// What the network learned from.
    pub trained_on: String,
    /// The scan's file, without its folder.
    pub file: String,
    /// SHA-256 of the file; none for a folder.
    pub file_sha256: Option<String>,
    /// Where regions come from; none without a label map.
    pub labels: Option<String>,
    /// Where spaces were looked for.
    pub within: &'static str,
    /// What it was computed on.
    pub device: String,
    /// What the person should know.
    pub remarks: Vec<String>,
}

/// What a mask came from; stored beside it.
#[derive(Clone, Debug, Serialize)]
pub struct SpacesRecord {
    /// [`WARNING`].
    pub warning: &'static str,
    /// `spaces`.
    pub task: &'static str,
    /// The probability that it was made of.
    #[serde(flatten)]
    pub origin: SpacesOrigin,
    /// A voxel is in the mask where the probability is above it.
    pub threshold: f64,
    /// Clusters of at most so many mm3 are left out.
    pub left_out_mm3: f64,
    /// Clusters in the mask.
    pub clusters: usize,
    /// Their volume, mm3.
    pub mm3: f64,
    /// The program and its version.
    pub made_by: String,
}

/// What was marked and where it lies.
pub struct PredictedSpaces {
    /// What it came from.
    pub record: SpacesRecord,
    /// The clusters.
    pub table: ClusterTable,
    /// The files.
    pub written: Vec<PathBuf>,
}

/// The name of a scan's file without its ending.
pub(in crate::workflows) fn stem(path: &Path) -> String {
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    let endings = [".nii.gz", ".nii", ".mgz", ".mgh", ".hdr", ".img", ".dcm"];
    let bare = endings.iter().find_map(|ending| name.strip_suffix(ending));
    bare.unwrap_or(&name).to_owned()
}

/// The name of a file without its folder.
pub(in crate::workflows) fn file_name(path: &Path) -> String {
    let name = path.file_name().unwrap_or_default();
    name.to_string_lossy().into_owned()
}

/// The probability of a space at each voxel of a scan.
///
/// # Errors
/// When the network is for another task, the scan shows no head, the network cannot be computed, and when
/// `notify` answers to stop; a graphics processor that fails is passed over with a remark.
pub fn mark_spaces(
    request: &MarkSpacesRequest<'_>,
    notify: Notify<'_>,
) -> anyhow::Result<MarkedSpaces> {
    let (model, scan) = (request.model, request.scan);
    let spacing_mm = spaces_card(model)?.preparation.spacing_mm;
    let inside = request.regions.map(|(regions, _)| deep(regions));
    let inside = inside.filter(|inside| inside.contains(&true));
    let mut remarks = request.remarks.to_vec();
    if inside.is_none() {
        remarks.push(format!(
            "{}: {SPACES_EVERYWHERE}",
            match request.regions {
                None => "no label map was given",
                Some(_) =>
                    "the label map has neither white matter nor deep grey matter nor brainstem",
            }
        ));
    }
    remarks.extend(unlike(scan, spacing_mm));
    let compute = (request.compute)()?;
    let what = format!("Predicting with {}", model.card.name);
    let progress =
        |share: f64| working(notify, &what, OPENING + (0.95 - OPENING) * share).is_continue();
    let on = |compute: &Compute| -> Result<_, SpacesPredictError> {
        let predictor = SpacesPredictor::open(model, compute)?;
        let map = predictor.probability(scan, request.file, request.most_bytes, &progress)?;
        Ok((map, compute.to_string()))
    };
    let (map, device) = match on(&compute) {
        Err(SpacesPredictError::Device(why)) if !compute.is_cpu() => {
            remarks.push(format!(
                "{compute} failed ({why}); the CPU computed instead"
            ));
            on(&Compute::cpu())?
        }
        Err(SpacesPredictError::Stopped) => bail!("stopped; nothing was written"),
        done => done?,
    };
    let map = within(&map, inside.as_deref())?.with_orientation(scan.orientation());
    Ok(MarkedSpaces {
        map,
        origin: SpacesOrigin {
            model: model.card.name.clone(),
            model_sha256: model.sha256(),
            trained_on: model.card.trained_on(),
            file: file_name(request.file),
            file_sha256: file_sha256(request.file),
            labels: request.regions.map(|(_, path)| file_name(path)),
            within: if inside.is_some() { DEEP } else { "everywhere" },
            device,
            remarks,
        },
    })
}

/// Marks spaces on a scan: writes `*_probability.nii.gz`, `*_mask.nii.gz`, `*_clusters.tsv` and
/// `*_spaces.json` into a folder. What lies there is not overwritten.
///
/// # Errors
/// When the scan or the label map cannot be opened, a file is there already or cannot be written, and as
/// [`mark_spaces`], after which nothing was written.
pub fn predict_spaces(
    request: &PredictSpacesRequest<'_>,
    notify: Notify<'_>,
) -> anyhow::Result<PredictedSpaces> {
    let stem = stem(request.scan);
    let file = |what: &str| request.output.join(format!("{stem}_{what}"));
    let [probability, mask, clusters, record] = [
        file("probability.nii.gz"),
        file("mask.nii.gz"),
        file("clusters.tsv"),
        file("spaces.json"),
    ];
    let files = [&probability, &mask, &clusters, &record];
    if let Some(there) = files.iter().find(|path| path.exists()) {
        bail!(
            "there is such a file already, which is not overwritten: {}",
            there.display()
        );
    }
    let card = spaces_card(request.model)?;
    let threshold = request.threshold.unwrap_or(card.threshold);
    check_threshold(threshold)?;
    check_left_out(request.left_out_mm3)?;
    let opening = |share: f32| working(notify, "Opening the scan", OPENING * f64::from(share));
    let scan = formats::open_one(request.scan, &opening)?;
    if scan.info.volumes != 1 {
        bail!(
            "the scan has {} volumes, where one is wanted: {}",
            scan.info.volumes,
            request.scan.display()
        );
    }
    // Before the work, which a map that cannot be used would make vain. What is to be said of the map is
    // said when clusters are measured.
    let found = match request.labels {
        Some(path) => {
            let found = regions(path, 0, scan.volume.grid(), &ignore_notices)?;
            Some((found, path))
        }
        None => None,
    };
    let MarkedSpaces { map, mut origin } = mark_spaces(
        &MarkSpacesRequest {
            model: request.model,
            scan: &scan.volume,
            file: request.scan,
            remarks: &scan.info.warnings,
            regions: found.as_ref().map(|(found, path)| (found, *path)),
            most_bytes: request.most_bytes,
            compute: request.compute,
        },
        notify,
    )?;
    std::fs::create_dir_all(request.output)
        .with_context(|| format!("cannot make the folder {}", request.output.display()))?;
    let name = &request.model.card.name;
    write_probability(&probability, &map, name)?;
    let marked = marked(&map, threshold, request.left_out_mm3);
    let described = format!("Cisterna spaces: mask by {name} above {threshold}");
    write_described(
        &mask,
        map.grid(),
        map.orientation(),
        Voxels::U8(&marked),
        &described,
    )?;
    let table = spaces_clusters(
        &SpacesClustersRequest {
            mask: &probability,
            threshold,
            left_out_mm3: request.left_out_mm3,
            labels: request.labels,
            scan: Some(request.scan),
            output: Some(&clusters),
        },
        notify,
    )?;
    if table.clusters.is_empty() {
        let empty = "nothing was marked: the mask is empty".to_owned();
        origin.remarks.push(empty);
    }
    let told = SpacesRecord {
        warning: WARNING,
        task: "spaces",
        origin,
        threshold,
        left_out_mm3: request.left_out_mm3,
        clusters: table.clusters.len(),
        mm3: table.clusters.iter().map(|row| row.mm3).sum(),
        made_by: format!("cisterna {}", env!("CARGO_PKG_VERSION")),
    };
    write_json(&record, &told)?;
    Ok(PredictedSpaces {
        record: told,
        table,
        written: vec![probability, mask, clusters, record],
    })
}

/// Writes the probability of a space at each voxel, as a network of this name gives it.
pub(super) fn write_probability(
    path: &Path,
    map: &Volume,
    network: &str,
) -> Result<(), FormatError> {
    let described = format!("Cisterna spaces: probability by {network}");
    let values = Voxels::F32(map.values());
    write_described(path, map.grid(), map.orientation(), values, &described)
}

/// What of a scan is unlike what networks of this task are made for.
fn unlike(scan: &Volume, wanted_mm: f64) -> Option<String> {
    let spacing = scan.grid().spacing_mm();
    let off = spacing.iter().any(|mm| (mm / wanted_mm - 1.0).abs() > 0.2);
    off.then(|| {
        format!(
            "the scan has voxels of {:.2} x {:.2} x {:.2} mm, where the network was made for {wanted_mm} mm: they are interpolated",
            spacing[0], spacing[1], spacing[2]
        )
    })
}

/// The mask above a threshold without its smallest clusters.
fn marked(map: &Volume, threshold: f64, left_out_mm3: f64) -> Vec<u8> {
    let mask: Vec<bool> = map.values().iter().map(|&p| p > threshold as f32).collect();
    let found = Components::of(&mask, map.grid().dims(), Neighbours::Corners);
    let voxel_mm3 = super::score::voxel_mm3(map);
    let sizes = found.sizes();
    // As much as the largest volume that is left out, but for rounding.
    let least = left_out_mm3 * (1.0 + 1e-9);
    let kept = found.mask(|cluster| sizes[cluster] as f64 * voxel_mm3 > least);
    kept.into_iter().map(u8::from).collect()
}
