//! `cisterna spaces`: masks of perivascular spaces, by clusters.

use super::{notify, print, remark};
use crate::workflows::{
    MeanScores, ScoredMasks, SpacesClustersRequest, SpacesMendRequest, SpacesScoreRequest,
    SpacesVesselnessRequest, White, spaces_clusters, spaces_mend, spaces_score, spaces_vesselness,
};
use anyhow::bail;
use clap::ValueEnum;
use std::path::PathBuf;

#[derive(Debug, clap::Subcommand)]
pub(super) enum Command {
    /// Compare predicted masks with true ones, by threshold and by the smallest cluster that counts.
    Score(ScoreArgs),
    /// Measure the clusters of a mask: region, place, length, width, direction.
    Clusters(ClusterArgs),
    /// Make a mask by a threshold, a smallest size and what was changed by hand, and write it with who
    /// changed it and when.
    Mend(MendArgs),
    /// Compute Frangi's vesselness of a scan, the baseline that takes no network.
    Vesselness(VesselnessArgs),
}

#[derive(Debug, clap::Args)]
pub(super) struct ScoreArgs {
    /// True masks.
    #[arg(long, value_name = "MASK", num_args = 1.., required = true)]
    truth: Vec<PathBuf>,
    /// Predicted probabilities, or masks, in the same order and on the same grids.
    #[arg(long, value_name = "PROBABILITY", num_args = 1.., required = true)]
    predicted: Vec<PathBuf>,
    /// Thresholds that probabilities must be above, separated by commas.
    #[arg(
        long,
        value_name = "T",
        value_delimiter = ',',
        default_value = "0.1,0.2,0.3,0.4,0.5,0.6,0.7,0.8,0.9"
    )]
    thresholds: Vec<f64>,
    /// Volumes in mm3, separated by commas: clusters of at most so much are left out of both masks.
    #[arg(
        long,
        value_name = "MM3",
        value_delimiter = ',',
        default_value = "0,1,2,3,4,5,6,7,8,9,10,11,12,13,14,15"
    )]
    left_out: Vec<f64>,
    /// The threshold at which the curve by size is printed; otherwise the one with the best Dice
    /// coefficient of voxels.
    #[arg(long, value_name = "T")]
    at: Option<f64>,
    /// One JSON object with every score of every case.
    #[arg(long)]
    json: bool,
}

#[derive(Debug, clap::Args)]
pub(super) struct ClusterArgs {
    /// A mask, or probabilities.
    mask: PathBuf,
    /// A voxel is in the mask where the value is above it.
    #[arg(long, value_name = "T", default_value_t = 0.5)]
    threshold: f64,
    /// Clusters of at most so many mm3 are left out.
    #[arg(long, value_name = "MM3", default_value_t = 0.0)]
    left_out: f64,
    /// A label map (FreeSurfer's or SynthSeg's numbers, or named by a _dseg.tsv).
    #[arg(long, value_name = "MAP")]
    labels: Option<PathBuf>,
    /// The scan, on the mask's grid: by how much clusters stand out.
    #[arg(long, value_name = "SCAN")]
    scan: Option<PathBuf>,
    /// The table to write; otherwise it is printed.
    #[arg(short, long = "output", value_name = "TSV")]
    output: Option<PathBuf>,
    /// Print one JSON object.
    #[arg(long)]
    json: bool,
}

#[derive(Debug, clap::Args)]
pub(super) struct MendArgs {
    /// A mask, or probabilities.
    mask: PathBuf,
    /// A voxel is in the mask where the value is above it.
    #[arg(long, value_name = "T", default_value_t = 0.5)]
    threshold: f64,
    /// Clusters of at most so many mm3 are left out, unless something was put into them by hand.
    #[arg(long, value_name = "MM3", default_value_t = 0.0)]
    left_out: f64,
    /// What was changed by hand, on the mask's grid: 1 put in, 2 taken out.
    #[arg(long, value_name = "FILE")]
    changes: Option<PathBuf>,
    /// A label map (FreeSurfer's or SynthSeg's numbers, or named by a _dseg.tsv).
    #[arg(long, value_name = "MAP")]
    labels: Option<PathBuf>,
    /// The scan, on the mask's grid: by how much clusters stand out.
    #[arg(long, value_name = "SCAN")]
    scan: Option<PathBuf>,
    /// Who looked through it.
    #[arg(long, value_name = "NAME")]
    by: String,
    /// When, in UTC, such as 2026-05-04T10:20:30Z.
    #[arg(long, value_name = "TIME")]
    at: String,
    /// The folder of derivatives to write into.
    #[arg(short, long = "output", value_name = "FOLDER")]
    output: PathBuf,
}

fn mend(args: &MendArgs) -> anyhow::Result<()> {
    let request = SpacesMendRequest {
        mask: &args.mask,
        threshold: args.threshold,
        left_out_mm3: args.left_out,
        changes: args.changes.as_deref(),
        labels: args.labels.as_deref(),
        scan: args.scan.as_deref(),
        by: &args.by,
        at: &args.at,
        folder: &args.output,
    };
    for path in spaces_mend(&request, &notify())? {
        print(&path.display().to_string())?;
    }
    Ok(())
}

#[derive(Clone, Copy, Debug, PartialEq, ValueEnum)]
enum SpacesArg {
    /// As on T1-weighted scans.
    Dark,
    /// As on T2-weighted scans.
    Bright,
}

#[derive(Debug, clap::Args)]
#[command(group = clap::ArgGroup::new("level").required(true).args(["labels", "white"]))]
pub(super) struct VesselnessArgs {
    /// The scan.
    scan: PathBuf,
    /// Whether spaces are dark or bright in it.
    #[arg(long)]
    spaces: SpacesArg,
    /// A label map, of whose white matter the median signal is taken.
    #[arg(long, value_name = "MAP")]
    labels: Option<PathBuf>,
    /// The signal of white matter, where there is no label map.
    #[arg(long, value_name = "SIGNAL")]
    white: Option<f64>,
    /// What counts as structure, over the signal of white matter; 1.25 is that of the digital phantom.
    #[arg(long, value_name = "SHARE", default_value_t = 0.08)]
    structure: f64,
    /// Standard deviations of the Gaussians, mm, separated by commas.
    #[arg(
        long,
        value_name = "MM",
        value_delimiter = ',',
        default_value = "0.4,0.6,0.8"
    )]
    sigmas: Vec<f64>,
    /// Names of labels outside which there is nothing, separated by commas.
    #[arg(long, value_name = "NAMES", value_delimiter = ',', requires = "labels")]
    within: Vec<String>,
    /// By how many voxels the labels are eroded first.
    #[arg(long, value_name = "VOXELS", default_value_t = 0, value_parser = clap::value_parser!(u8).range(0..=20), requires = "labels")]
    erode: u8,
    /// The map to write, NIfTI.
    #[arg(short, long = "output", value_name = "FILE")]
    output: PathBuf,
}

pub(super) fn run(command: &Command) -> anyhow::Result<()> {
    match command {
        Command::Score(args) => score(args),
        Command::Clusters(args) => clusters(args),
        Command::Mend(args) => mend(args),
        Command::Vesselness(args) => vesselness(args),
    }
}

fn score(args: &ScoreArgs) -> anyhow::Result<()> {
    let request = SpacesScoreRequest {
        truth: &args.truth,
        predicted: &args.predicted,
        thresholds: &args.thresholds,
        left_out_mm3: &args.left_out,
    };
    if let Some(at) = args.at.filter(|at| !args.thresholds.contains(at)) {
        bail!("--at is {at}, which is none of --thresholds");
    }
    let notify = notify();
    let scored = spaces_score(&request, &notify)?;
    drop(notify);
    match args.json {
        true => print(&serde_json::to_string_pretty(&scored)?),
        false => print(&score_text(&scored, args.at)),
    }
}

/// The curve by threshold with all clusters, and that by smallest size at one threshold.
fn score_text(scored: &ScoredMasks, at: Option<f64>) -> String {
    let first = scored.means.first().map_or(0.0, |row| row.left_out_mm3);
    let by_threshold: Vec<&MeanScores> = scored
        .means
        .iter()
        .filter(|row| row.left_out_mm3 == first)
        .collect();
    let dice = |row: &MeanScores| row.mean.voxel_dice.unwrap_or(0.0);
    let best = by_threshold
        .iter()
        .max_by(|a, b| dice(a).total_cmp(&dice(b)));
    let chosen = match at {
        Some(_) => "",
        // A threshold that the truth chose makes its own numbers look better than new cases would.
        None => ", the best of these very cases",
    };
    let at = at.or(best.map(|row| row.threshold)).unwrap_or(0.5);
    let mut lines = vec![format!(
        "{} cases; means over cases, 26 neighbours, clusters of at most {first} mm3 left out",
        scored.cases.len()
    )];
    lines.push(heading("threshold"));
    lines.extend(by_threshold.iter().map(|row| line(row.threshold, row)));
    lines.push(String::new());
    lines.push(format!(
        "At the threshold {at}{chosen}, by the largest volume that is left out of both masks"
    ));
    lines.push(heading("mm3"));
    let by_size = scored.means.iter().filter(|row| row.threshold == at);
    lines.extend(by_size.map(|row| line(row.left_out_mm3, row)));
    let without = scored.means.iter().find(|row| row.n.valdo_f1 < row.n.cases);
    if let Some(row) = without {
        lines.push(format!(
            "VALDO's F1 is the mean of {} cases or more: an empty truth has none",
            row.n.valdo_f1
        ));
    }
    lines.push(scored.notice.to_owned());
    lines.join("\n")
}

fn heading(first: &str) -> String {
    format!(
        "{first:>9} {:>10} {:>9} {:>9} {:>9} {:>9} {:>10} {:>12}",
        "voxel Dice", "SHiVAi F1", "touch F1", "EPVS F1", "VALDO F1", "clusters", "volume mm3"
    )
}

fn line(first: f64, row: &MeanScores) -> String {
    let number = |value: Option<f64>| value.map_or_else(|| "-".to_owned(), |v| format!("{v:.3}"));
    let mean = &row.mean;
    format!(
        "{first:>9} {:>10} {:>9} {:>9} {:>9} {:>9} {:>+10.1} {:>+12.1}",
        number(mean.voxel_dice),
        number(mean.shivai_f1),
        number(mean.symmetric_f1),
        number(mean.epvs_f1),
        number(mean.valdo_f1),
        row.count_difference,
        row.volume_difference_mm3,
    )
}

fn clusters(args: &ClusterArgs) -> anyhow::Result<()> {
    let request = SpacesClustersRequest {
        mask: &args.mask,
        threshold: args.threshold,
        left_out_mm3: args.left_out,
        labels: args.labels.as_deref(),
        scan: args.scan.as_deref(),
        output: args.output.as_deref(),
    };
    let notify = notify();
    let table = spaces_clusters(&request, &notify)?;
    drop(notify);
    for (region, (n, mm3)) in &table.by_region {
        remark(&format!("{region}: {n} clusters, {mm3:.1} mm3"));
    }
    if let Some(output) = &args.output {
        remark(&format!(
            "{} clusters: {}",
            table.clusters.len(),
            output.display()
        ));
    }
    if args.json {
        return print(&serde_json::to_string_pretty(&table)?);
    }
    if args.output.is_some() {
        return Ok(());
    }
    let columns = crate::workflows::ClusterTable::COLUMNS
        .map(str::to_owned)
        .to_vec();
    let rows = std::iter::once(columns).chain(table.rows());
    let lines = rows.map(|row| {
        let cells = row.into_iter().map(|cell| match cell.is_empty() {
            true => "n/a".to_owned(),
            false => cell,
        });
        cells.collect::<Vec<_>>().join("\t")
    });
    print(&lines.collect::<Vec<_>>().join("\n"))
}

fn vesselness(args: &VesselnessArgs) -> anyhow::Result<()> {
    let white = match (&args.labels, args.white) {
        (Some(labels), _) => White::Labels(labels),
        (None, Some(signal)) => White::Signal(signal),
        (None, None) => bail!("--labels or --white is wanted"),
    };
    let request = SpacesVesselnessRequest {
        scan: &args.scan,
        white,
        structure_of_white: args.structure,
        sigmas_mm: &args.sigmas,
        is_dark: args.spaces == SpacesArg::Dark,
        within: &args.within,
        erode: usize::from(args.erode),
        output: &args.output,
    };
    let notify = notify();
    let told = spaces_vesselness(&request, &notify)?;
    drop(notify);
    remark(&format!(
        "white matter has {:.1}, the largest vesselness is {:.3}: {}",
        told.white_signal,
        told.maximum,
        args.output.display()
    ));
    Ok(())
}
