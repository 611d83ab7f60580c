//! The report of leak networks that were trained fold by fold, from the folder of their training.

use super::leak_checks::name_of;
use super::leak_scores::{ScoredHead, fold_folders, scores_in};
use crate::formats::{self, no_progress};
use crate::models::leak::{LeakCard, LeakTraining};
use crate::models::{Card, Origin, TrainingRecord};
use crate::report::{
    LeakAnalysis, LeakCaseRow, LeakReportData, LeakReportOptions, LearningPoint, MapPlane,
    write_leak_report,
};
use crate::text::{self, Limit};
use crate::volume::{Interpolation, Volume};
use anyhow::{Context, bail};
use nalgebra::Point3;
use std::path::{Path, PathBuf};

/// Of which training a report is made, and where to.
pub struct ReportLeakRequest<'a> {
    /// The folder of the training: `fold-1` and so on.
    pub training: &'a Path,
    /// Folders of trainings that learned from fewer heads.
    pub learning: &'a [PathBuf],
    /// A map and the scan that it is of.
    pub map: Option<(&'a Path, &'a Path)>,
    /// How it is analysed.
    pub options: LeakReportOptions,
    /// The folder to make.
    pub output: &'a Path,
}

/// Makes the report.
///
/// # Errors
/// When a fold is missing or not finished, when its files cannot be understood, and when the report
/// cannot be written.
pub fn report_leak(request: &ReportLeakRequest<'_>) -> anyhow::Result<()> {
    let mut data = leak_report_data(request.training)?;
    for folder in request.learning {
        let folds = folds_in(folder)?;
        let points: Vec<LearningPoint> = folds.iter().filter_map(learning_point).collect();
        if points.is_empty() {
            bail!(
                "no fold of a training is finished here (fold-1, ...): {}",
                folder.display()
            );
        }
        data.learning.extend(points);
    }
    data.map = request
        .map
        .map(|(map, scan)| plane(map, scan))
        .transpose()?;
    Ok(write_leak_report(&data, &request.options, request.output)?)
}

/// The numbers of a training whose folds are all finished; `None` where they are not yet.
///
/// # Errors
/// When the files of a fold cannot be understood.
pub fn leak_results(
    training: &Path,
    options: &LeakReportOptions,
) -> anyhow::Result<Option<LeakAnalysis>> {
    let folds = folds_in(training)?;
    let n_folds = folds.first().map_or(0, |fold| fold.training.fold[1]);
    if folds.len() < 2 || folds.len() != n_folds {
        return Ok(None);
    }
    let data = leak_report_data(training)?;
    Ok(Some(LeakAnalysis::of(&data, options)))
}

/// A fold that is finished.
struct Fold {
    card: Card,
    part: LeakCard,
    training: LeakTraining,
    record: TrainingRecord,
    heads: Vec<ScoredHead>,
}

impl Fold {
    fn open(folder: &Path) -> anyhow::Result<Self> {
        let path = folder.join("card.json");
        let text = text::open(&path, Limit::Settings).context("no card")?;
        let card = Card::from_json(&text)
            .with_context(|| format!("not a model card: {}", path.display()))?;
        let part: LeakCard = card
            .task()
            .cloned()
            .with_context(|| format!("not the card of a leak network: {}", path.display()))?;
        let training = part.training.as_deref().cloned();
        let (Some(training), Origin::Trained(record)) = (training, &card.origin) else {
            bail!(
                "the network was not trained by this program: {}",
                path.display()
            );
        };
        Ok(Self {
            record: (**record).clone(),
            heads: scores_in(&folder.join("predictions.csv"))?,
            training,
            part,
            card,
        })
    }
}

/// The finished folds of a training, by their numbers.
fn folds_in(training: &Path) -> anyhow::Result<Vec<Fold>> {
    // A fold that is being trained has a checkpoint and no card.
    let is_finished = |folder: &PathBuf| folder.join("card.json").is_file();
    let finished = fold_folders(training)?.into_iter().filter(is_finished);
    finished.map(|folder| Fold::open(&folder)).collect()
}

fn learning_point(fold: &Fold) -> Option<LearningPoint> {
    // One of one fold keeps nobody apart to be judged by.
    let evaluations = Some(&fold.training.evaluations).filter(|_| fold.training.fold[1] > 1);
    let own = evaluations?.first()?;
    let n_train = fold.record.learned.split.train.len();
    Some(LearningPoint {
        n: n_train.saturating_sub(fold.training.inner.len()),
        auroc: own.auroc?,
        interval: own.auroc_interval,
    })
}

/// All that the report says, from the folder of a training.
///
/// # Errors
/// When a fold is missing or is of another training than the first.
pub fn leak_report_data(training: &Path) -> anyhow::Result<LeakReportData> {
    let folds = folds_in(training)?;
    let first = folds.first().with_context(|| {
        format!(
            "no fold of a training is finished here (fold-1, ...): {}",
            training.display()
        )
    })?;
    let n_folds = first.training.fold[1];
    if folds.len() != n_folds {
        bail!(
            "{} of {n_folds} folds are finished; `train leak --resume` goes on: {}",
            folds.len(),
            training.display()
        );
    }
    for (number, fold) in (1..).zip(&folds) {
        let is_alike = fold.training.settings == first.training.settings
            && fold.record.learned.fingerprint == first.record.learned.fingerprint
            && fold.training.fold == [number, n_folds];
        if !is_alike {
            bail!(
                "fold {number} is of another training than fold 1: {}",
                training.display()
            );
        }
    }
    let cases = folds.iter().flat_map(|fold| {
        fold.heads.iter().map(|head| LeakCaseRow {
            subject: head.subject.clone(),
            fold: fold.training.fold[0],
            has_leak: head.has_leak,
            log_odds: head.log_odds,
            probability: head.probability,
            bern: head.bern,
            age_years: head.age_years,
            sex: head.sex.clone(),
        })
    });
    let optimistic = |fold: &Fold| {
        let best = fold.record.best_epoch.test("fold_auroc");
        Some(best).filter(|best| best.is_finite())
    };
    let mut assumed = Vec::new();
    if !first.training.settings.has_inner_split {
        assumed.push("no inner split: the weights are those of the last epoch".to_owned());
    }
    for fold in folds.iter().filter(|fold| fold.part.temperature.is_none()) {
        let number = fold.training.fold[0];
        assumed.push(format!("probabilities of fold {number} are not calibrated"));
    }
    Ok(LeakReportData {
        data_set: first.record.learned.data_set.clone(),
        is_simulated: folds.iter().all(|fold| fold.record.learned.is_simulated),
        cases: cases.collect(),
        optimistic: folds.iter().map(optimistic).collect(),
        learning: folds.iter().filter_map(learning_point).collect(),
        facts: facts(first),
        cards: folds
            .iter()
            .map(|fold| (fold.card.name.clone(), without_title(&fold.card)))
            .collect(),
        map: None,
        assumed,
        app_version: env!("CARGO_PKG_VERSION").to_owned(),
    })
}

/// The page of a card without its first line, which is its name.
fn without_title(card: &Card) -> String {
    let page = card.to_markdown();
    let lines = page.lines().skip(1);
    lines.collect::<Vec<_>>().join("\n")
}

/// How the networks were made, in words.
fn facts(fold: &Fold) -> Vec<(String, String)> {
    let part = fold.card.task.part();
    let run = &fold.record.settings;
    let mut facts: Vec<(String, String)> = part
        .rows(fold.card.n_weights)
        .into_iter()
        .chain(part.training_rows(run))
        .filter(|(what, _)| !matches!(*what, "fold" | "temperature" | "output"))
        .map(|(what, how)| (what.to_owned(), how))
        .collect();
    let mut add = |what: &str, how: String| facts.push((what.to_owned(), how));
    let n_folds = fold.training.fold[1];
    add("data set", fold.record.learned.data_set.clone());
    add(
        "folds",
        format!(
            "{n_folds}, drawn by patient and by label with seed {}",
            fold.record.learned.split.seed
        ),
    );
    add(
        "inner split",
        match fold.training.inner.len() {
            0 => "none".to_owned(),
            n => format!("{n} of the patients to learn from in fold 1, drawn by label"),
        },
    );
    add(
        "run",
        format!(
            "{} epochs, {} heads a step, learning rate {}, seed {}",
            run.epochs, run.batch, run.learning_rate, run.seed
        ),
    );
    add("device", fold.record.device.clone());
    add("software", fold.card.made_by.clone());
    if let Some(start) = &run.start {
        add(
            "begun with",
            format!("{} ({})", start.name, start.trained_on),
        );
    } else {
        add(
            "begun with",
            "weights drawn from the seed as PyTorch draws them".to_owned(),
        );
    }
    facts
}

/// The sagittal plane of a map in which most of it lies, over its scan.
fn plane(map_path: &Path, scan_path: &Path) -> anyhow::Result<MapPlane> {
    let open = |path: &Path| anyhow::Ok(formats::open_one(path, &no_progress)?.volume);
    let (map, scan) = (open(map_path)?, open(scan_path)?);
    let mut axes = map.grid().axes().into_iter().enumerate();
    if !axes.all(|(axis, (world, sign))| world == axis && sign > 0.0) {
        bail!(
            "the axes of the map are not those of the patient, so that no sagittal plane can be drawn: {}",
            map_path.display()
        );
    }
    let [nx, ny, nz] = map.grid().dims();
    let value = |at: [usize; 3]| map.values()[at[0] + nx * (at[1] + ny * at[2])];
    let mass = |x: usize| -> f64 {
        let all = (0..ny * nz).map(|at| value([x, at % ny, at / ny]));
        all.filter(|v| *v > 0.0).map(f64::from).sum()
    };
    let x = (0..nx).max_by(|&a, &b| mass(a).total_cmp(&mass(b)).then(b.cmp(&a)));
    let x = x.unwrap_or(nx / 2);
    let places = || (0..nz).rev().flat_map(|z| (0..ny).map(move |y| [x, y, z]));
    let seen: Vec<f32> = places().map(|at| sampled(&scan, &map, at)).collect();
    let mut sorted: Vec<f32> = seen.iter().copied().filter(|v| *v > 0.0).collect();
    sorted.sort_by(f32::total_cmp);
    let bright = sorted.get(sorted.len() * 99 / 100).copied().unwrap_or(1.0);
    let mut above: Vec<f32> = map.values().iter().copied().filter(|v| *v > 0.0).collect();
    above.sort_by(f32::total_cmp);
    let strongest = above.get(above.len() * 95 / 100).copied();
    let spacing_mm = map.grid().spacing_mm();
    Ok(MapPlane {
        words: format!(
            "{} over {}; the strongest region is the twentieth of what is above 0 that is largest",
            name_of(map_path),
            name_of(scan_path)
        ),
        size: [ny, nz],
        pixel_mm: [spacing_mm[1], spacing_mm[2]],
        scan: seen.iter().map(|v| (v / bright).clamp(0.0, 1.0)).collect(),
        map: places().map(value).collect(),
        strongest_from: strongest.unwrap_or(f32::INFINITY),
    })
}

/// A scan where a voxel of the map lies; 0 outside of it.
fn sampled(scan: &Volume, map: &Volume, at: [usize; 3]) -> f32 {
    let place = map.grid().to_world(Point3::from(at.map(|at| at as f64)));
    let seen = scan.sample(place, Interpolation::Linear);
    seen.unwrap_or(0.0)
}
