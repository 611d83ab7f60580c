//! The evaluation of paper 003 in one call: how good networks are that mark spaces, beside Frangi's
//! vesselness and a second rater, whether their number of clusters follows a visual rating, and whether
//! it is distributed alike in a second data set.

use super::labels::{DEEP, deep, in_groups, regions, within};
use super::score::{MeanScores, ScoredCase, all_means, check_grids, check_mask, clusters, scored};
use super::vesselness::median_of_white;
use crate::enhancement::{Group, Regions};
use crate::formats::bids::{self, Ratings};
use crate::formats::{self, no_progress};
use crate::models::spaces::{
    CLUSTER_RULE, LEFT_OUT_MM3, MaskedCase, SpacesPredictor, THRESHOLDS, open_masked, spaces_card,
};
use crate::models::{Compute, DeviceChoice, Model};
use crate::stats::{
    GradedCase, KsMethod, OrdinalRegression, Outcome, kolmogorov_smirnov, ordinal_regression,
};
use crate::volume::{Components, Vesselness, Volume};
use crate::workflows::compute::compute;
use crate::workflows::notice::{Notify, remark, working};
use anyhow::{Context, bail};
use serde::Serialize;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// Thresholds of vesselness, which is small where spaces are faint.
const FRANGI_THRESHOLDS: [f64; 14] = [
    0.005, 0.01, 0.02, 0.05, 0.1, 0.15, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9,
];
/// What counts as structure, over the signal of white matter.
const STRUCTURE: f64 = 0.08;
/// The threshold at which clusters are counted against ratings and between data sets: the paper's.
const COUNTED_AT: f64 = 0.5;
/// Clusters of at most so many mm3 are left out where data sets are compared.
const COMPARED_ABOVE_MM3: f64 = 5.0;
/// The column of visual ratings: Zhu's four levels for white matter.
const RATING: &str = "zhu_white_matter";
/// Its levels.
const LEVELS: [f64; 4] = [1.0, 2.0, 3.0, 4.0];
/// Taken at once.
const MOST_BYTES: usize = 1500 << 20;

/// Which networks are judged, and by which patients.
pub struct EvaluateSpacesRequest<'a> {
    /// The data set.
    pub data: &'a Path,
    /// The networks, by name or file.
    pub models: &'a [String],
    /// Whose masks are the truth: what follows `desc-` in their names.
    pub mask: &'a str,
    /// Masks to set beside the networks in the same way, another rater's; where the data set has them.
    pub second: &'a str,
    /// Whose visual ratings the number of clusters is compared with.
    pub rater: u32,
    /// A second data set, whose numbers of clusters are compared with those of the first.
    pub against: Option<&'a Path>,
    /// On what it is computed.
    pub device: DeviceChoice,
}

/// How good masks are, means over heads.
#[derive(Clone, Debug, Serialize)]
pub struct MaskCurves {
    /// Dice coefficient of voxels by threshold, no cluster left out.
    pub voxel_dice: BTreeMap<String, f64>,
    /// At the best threshold, F1 of clusters by SHiVAi's rule by the volume up to which clusters are
    /// left out of both masks, mm3; see [`CLUSTER_RULE`].
    pub cluster_dice: BTreeMap<String, f64>,
    /// The threshold with the best Dice coefficient of voxels on these very heads.
    pub best_threshold: f64,
    /// All means, by threshold and by the volume that is left out.
    pub curves: Vec<MeanScores>,
}

/// Clusters of a head.
#[derive(Clone, Debug, Serialize)]
pub struct SpacesLoad {
    /// The patient.
    pub subject: String,
    /// Clusters.
    pub clusters: usize,
    /// Clusters of more than 5 mm3.
    pub larger_clusters: usize,
    /// Volume of all, mm3.
    pub mm3: f64,
    /// The visual rating, where there is one.
    pub rating: Option<f64>,
}

/// How the rating follows the number of clusters.
#[derive(Clone, Debug, Serialize)]
pub struct RatingRegression {
    /// Whose rating.
    pub rater: u32,
    /// Heads with a rating.
    pub n: usize,
    /// The fit with each pseudo-R2; none where it does not exist.
    pub fit: Option<OrdinalRegression>,
    /// Why there is none.
    pub reason: Option<String>,
}

/// How two data sets compare.
#[derive(Clone, Debug, Serialize)]
pub struct TwoDistributions {
    /// The second data set.
    pub against: String,
    /// Its heads.
    pub loads: Vec<SpacesLoad>,
    /// Kolmogorov and Smirnov's test of the numbers of clusters.
    pub all: Outcome,
    /// The same of clusters of more than 5 mm3.
    pub larger: Outcome,
}

/// A network and how good it is.
#[derive(Clone, Debug, Serialize)]
pub struct EvaluatedSpaces {
    /// The network.
    pub name: String,
    /// `spaces`.
    pub task: &'static str,
    /// What it learned from.
    pub trained_on: String,
    /// Heads that it is judged by.
    pub patients: usize,
    /// Whether it learned from other heads of this data set, which are left out.
    pub is_own_data: bool,
    /// Where masks were compared: in regions of the label map, or everywhere.
    pub within: &'static str,
    /// Its scores.
    #[serde(flatten)]
    pub scores: MaskCurves,
    /// Frangi's vesselness on the same heads.
    pub frangi: Option<MaskCurves>,
    /// Another rater's masks on the same heads.
    pub second_rater: Option<MaskCurves>,
    /// Numbers of clusters at the threshold 0.5.
    pub loads: Vec<SpacesLoad>,
    /// The visual rating and the number of clusters in white matter.
    pub rating: Option<RatingRegression>,
    /// The distribution in a second data set.
    pub distribution: Option<TwoDistributions>,
}

/// What was found of all networks.
#[derive(Clone, Debug, Serialize)]
pub struct SpacesEvaluation {
    /// What the numbers are good for.
    pub notice: &'static str,
    /// The data set.
    pub data_set: String,
    /// Whether it is simulated.
    pub is_simulated: bool,
    /// Whose masks are the truth.
    pub mask: String,
    /// What F1 of clusters means: [`CLUSTER_RULE`].
    pub cluster_rule: &'static str,
    /// The networks.
    pub models: Vec<EvaluatedSpaces>,
}

/// Judges networks that mark spaces.
///
/// # Errors
/// When a network cannot be had, the data set has no masks of that name, a file cannot be opened, and
/// when `notify` answers to stop.
pub fn evaluate_spaces(
    request: &EvaluateSpacesRequest<'_>,
    notify: Notify<'_>,
) -> anyhow::Result<SpacesEvaluation> {
    if request.mask == request.second {
        bail!(
            "--second-masks names {} too: masks beside the networks are somebody else's",
            request.mask
        );
    }
    let compute = compute(request.device, notify)?;
    let ratings = bids::ratings(request.data, RATING)?;
    let (scans, _) = bids::scans(request.data)?;
    let mut evaluation = SpacesEvaluation {
        notice: crate::report::NOTICE,
        data_set: bids::data_set_name(request.data).unwrap_or_else(|| "unnamed".to_owned()),
        is_simulated: false,
        mask: request.mask.to_owned(),
        cluster_rule: CLUSTER_RULE,
        models: Vec::new(),
    };
    for name in request.models {
        let model = Model::find(name)?;
        let predictor = SpacesPredictor::open(&model, &compute)?;
        let preparation = spaces_card(&model)?.preparation;
        let opened = |share: f32| working(notify, "opening scans", f64::from(share));
        let cases = open_masked(request.data, Some(request.mask), &preparation, &opened)?;
        for (subject, why) in &cases.left_out {
            remark(notify, format!("sub-{subject} is left out: {why}"));
        }
        let own = model.card.split_of(&cases.fingerprint);
        let judged: Vec<&MaskedCase> = match own {
            Some(split) => cases.of(&split.test),
            None => cases.cases.iter().collect(),
        };
        if judged.is_empty() {
            bail!(
                "{name} learned from all patients of {}",
                request.data.display()
            );
        }
        evaluation.is_simulated = cases.is_simulated;
        remark(
            notify,
            format!("{}: {}", model.card.name, model.card.trained_on()),
        );
        let of_model = OfModel {
            request,
            model: &model,
            predictor: &predictor,
            compute: &compute,
            ratings: ratings.as_ref(),
            maps: maps(&scans, request.second),
            notify,
        };
        let judgement = of_model.judge(&judged, own.is_some())?;
        evaluation.models.push(judgement);
    }
    Ok(evaluation)
}

/// By T1-weighted scan, files of the derivatives of the same patient and session: the label map, and the
/// second rater's mask.
fn maps(scans: &[bids::BidsScan], second: &str) -> Maps {
    let raw = scans
        .iter()
        .filter(|scan| scan.pipeline.is_none() && scan.suffix == "T1w");
    let of = |scan: &bids::BidsScan| {
        let find = |is_wanted: &dyn Fn(&bids::BidsScan) -> bool| {
            let found = scans.iter().find(|other| {
                other.pipeline.is_some()
                    && other.subject == scan.subject
                    && other.session == scan.session
                    && is_wanted(other)
            });
            found.map(|other| other.path.clone())
        };
        let is_second = |other: &bids::BidsScan| {
            let described = other.entities.iter().find(|(key, _)| key == "desc");
            other.suffix == "mask" && described.is_some_and(|(_, name)| name == second)
        };
        [find(&|other| other.suffix == "dseg"), find(&is_second)]
    };
    raw.map(|scan| (scan.path.clone(), of(scan))).collect()
}

type Maps = BTreeMap<PathBuf, [Option<PathBuf>; 2]>;

struct OfModel<'a> {
    request: &'a EvaluateSpacesRequest<'a>,
    model: &'a Model,
    predictor: &'a SpacesPredictor,
    compute: &'a Compute,
    ratings: Option<&'a Ratings>,
    maps: Maps,
    notify: Notify<'a>,
}

/// A head with what is compared on it.
struct Head {
    scored: ScoredCase,
    frangi: Option<ScoredCase>,
    second: Option<ScoredCase>,
    load: SpacesLoad,
}

const NOWHERE_LEFT_OUT: &str = "everywhere, as not all heads have a label map";

impl OfModel<'_> {
    fn judge(&self, cases: &[&MaskedCase], is_own_data: bool) -> anyhow::Result<EvaluatedSpaces> {
        let all_have = cases.iter().all(|case| {
            let maps = self.maps.get(&case.scan);
            maps.is_some_and(|maps| maps[0].is_some())
        });
        let mut heads = Vec::new();
        for (at, case) in cases.iter().enumerate() {
            let share = |share: f64| (at as f64 + share) / cases.len() as f64;
            heads.push(self.head(case, all_have, &share)?);
        }
        let gathered = |of: &dyn Fn(&Head) -> Option<ScoredCase>| -> Option<MaskCurves> {
            let scored: Option<Vec<ScoredCase>> = heads.iter().map(of).collect();
            Some(curves(&scored?))
        };
        let loads: Vec<SpacesLoad> = heads.iter().map(|head| head.load.clone()).collect();
        let distribution = self.request.against.map(|path| self.against(path, &loads));
        Ok(EvaluatedSpaces {
            name: self.model.card.name.clone(),
            task: "spaces",
            trained_on: self.model.card.trained_on(),
            patients: heads.len(),
            is_own_data,
            within: if all_have { DEEP } else { NOWHERE_LEFT_OUT },
            scores: gathered(&|head| Some(head.scored.clone())).context("no head was judged")?,
            frangi: gathered(&|head| head.frangi.clone()),
            second_rater: gathered(&|head| head.second.clone()),
            rating: self.ratings.map(|_| rating(self.request.rater, &loads)),
            loads,
            distribution: distribution.transpose()?,
        })
    }

    fn head(
        &self,
        case: &MaskedCase,
        all_have: bool,
        share: &dyn Fn(f64) -> f64,
    ) -> anyhow::Result<Head> {
        let scan = formats::open_one(&case.scan, &no_progress)?.volume;
        let mask_path = case.mask.as_deref().context("a judged head has a mask")?;
        let truth = self.mask(mask_path, &scan, &case.scan)?;
        let predicted = self.probability(case, &scan, share)?;
        let maps = self.maps.get(&case.scan);
        let labels = maps
            .and_then(|maps| maps[0].as_deref())
            .filter(|_| all_have);
        let regions = labels
            .map(|path| regions(path, 0, scan.grid(), self.notify))
            .transpose()?;
        let inside = regions.as_ref().map(deep);
        let [predicted, truth] = [predicted, truth].map(|map| within(&map, inside.as_deref()));
        let (predicted, truth) = (predicted?, truth?);
        let found = clusters(&truth, 0.0);
        let names = |what: &str| [mask_path.display().to_string(), what.to_owned()];
        let compare = |map: &Volume, what: &str, thresholds: &[f64]| {
            scored(&found, map, names(what), [thresholds, &LEFT_OUT_MM3])
        };
        let frangi = match &regions {
            Some(regions) => {
                let white = median_of_white(&scan, regions);
                let white = white.filter(|white| *white > 0.0);
                let white = white
                    .with_context(|| format!("no label is white matter: sub-{}", case.subject))?;
                let map = Vesselness::published(white, STRUCTURE, true).of(&scan)?;
                let map = within(&map, inside.as_deref())?;
                Some(compare(&map, "Frangi's vesselness", &FRANGI_THRESHOLDS))
            }
            None => None,
        };
        let second = match maps.and_then(|maps| maps[1].as_deref()) {
            Some(path) => {
                let map = within(&self.mask(path, &scan, &case.scan)?, inside.as_deref())?;
                Some(compare(&map, self.request.second, &[COUNTED_AT]))
            }
            None => None,
        };
        let white = regions.as_ref().map(white);
        Ok(Head {
            load: self.load(&case.subject, &predicted, white.as_deref()),
            scored: compare(&predicted, &self.model.card.name, &THRESHOLDS),
            frangi,
            second,
        })
    }

    fn mask(&self, path: &Path, scan: &Volume, scan_path: &Path) -> anyhow::Result<Volume> {
        let mask = formats::open_one(path, &no_progress)?.volume;
        check_mask(&mask, path)?;
        check_grids(&mask, path, scan, scan_path)?;
        Ok(mask)
    }

    fn probability(
        &self,
        case: &MaskedCase,
        scan: &Volume,
        share: &dyn Fn(f64) -> f64,
    ) -> anyhow::Result<Volume> {
        let what = format!("{} on sub-{}", self.model.card.name, case.subject);
        // A closure that several threads may call cannot hold the one that it was given.
        let [begin, end] = [share(0.0), share(0.9)];
        let progress =
            |share: f64| working(self.notify, &what, begin + (end - begin) * share).is_continue();
        let made = self
            .predictor
            .probability(scan, &case.scan, MOST_BYTES, &progress);
        made.with_context(|| format!("sub-{} on {}", case.subject, self.compute))
    }

    /// Clusters in white matter where that is known, and else anywhere.
    fn load(&self, subject: &str, map: &Volume, white: Option<&[bool]>) -> SpacesLoad {
        let found = clusters(map, COUNTED_AT as f32);
        let voxel_mm3 = super::score::voxel_mm3(map);
        let is_white = |voxels: &Vec<usize>| {
            white.is_none_or(|white| {
                let n = voxels.iter().filter(|&&voxel| white[voxel]).count();
                2 * n >= voxels.len()
            })
        };
        let sizes: Vec<f64> = Components::voxels(&found)
            .iter()
            .filter(|voxels| is_white(voxels))
            .map(|voxels| voxels.len() as f64 * voxel_mm3)
            .collect();
        let least = COMPARED_ABOVE_MM3 * (1.0 + 1e-9);
        let rated = self.ratings.and_then(|ratings| ratings.get(subject));
        SpacesLoad {
            subject: subject.to_owned(),
            clusters: sizes.len(),
            larger_clusters: sizes.iter().filter(|mm3| **mm3 > least).count(),
            mm3: sizes.iter().sum(),
            rating: rated.and_then(|by| by.get(&self.request.rater)).copied(),
        }
    }

    /// The second data set, whose scans need no masks.
    fn against(&self, path: &Path, loads: &[SpacesLoad]) -> anyhow::Result<TwoDistributions> {
        let preparation = spaces_card(self.model)?.preparation;
        let opened = |share: f32| working(self.notify, "opening scans", f64::from(share));
        let cases = open_masked(path, None, &preparation, &opened)?;
        let (scans, _) = bids::scans(path)?;
        let maps = maps(&scans, self.request.second);
        let mut theirs = Vec::new();
        for (at, case) in cases.cases.iter().enumerate() {
            let share = |share: f64| (at as f64 + share) / cases.cases.len() as f64;
            let scan = formats::open_one(&case.scan, &no_progress)?.volume;
            let map = self.probability(case, &scan, &share)?;
            let labels = maps.get(&case.scan).and_then(|maps| maps[0].as_deref());
            let regions = labels
                .map(|path| regions(path, 0, scan.grid(), self.notify))
                .transpose()?;
            let inside = regions.as_ref().map(deep);
            let map = within(&map, inside.as_deref())?;
            let white = regions.as_ref().map(white);
            let mut load = self.load(&case.subject, &map, white.as_deref());
            // The ratings are those of the first data set.
            load.rating = None;
            theirs.push(load);
        }
        let numbers = |loads: &[SpacesLoad], of: fn(&SpacesLoad) -> usize| -> Vec<f64> {
            loads.iter().map(|load| of(load) as f64).collect()
        };
        let test = |of: fn(&SpacesLoad) -> usize| {
            kolmogorov_smirnov(
                &numbers(loads, of),
                &numbers(&theirs, of),
                KsMethod::Stephens,
            )
        };
        Ok(TwoDistributions {
            against: bids::data_set_name(path).unwrap_or_else(|| "unnamed".to_owned()),
            all: test(|load| load.clusters),
            larger: test(|load| load.larger_clusters),
            loads: theirs,
        })
    }
}

/// Means over heads, and the best threshold.
fn curves(cases: &[ScoredCase]) -> MaskCurves {
    let curves = all_means(cases);
    let dice = |row: &MeanScores| row.mean.voxel_dice.unwrap_or(0.0);
    let by_threshold = || curves.iter().filter(|row| row.left_out_mm3 == 0.0);
    let best = by_threshold().max_by(|a, b| dice(a).total_cmp(&dice(b)));
    let best_threshold = best.map_or(COUNTED_AT, |row| row.threshold);
    let by_size = curves.iter().filter(|row| row.threshold == best_threshold);
    MaskCurves {
        voxel_dice: by_threshold()
            .map(|row| (row.threshold.to_string(), dice(row)))
            .collect(),
        cluster_dice: by_size
            .map(|row| {
                let f1 = row.mean.shivai_f1.unwrap_or(0.0);
                (row.left_out_mm3.to_string(), f1)
            })
            .collect(),
        best_threshold,
        curves,
    }
}

/// The rating on the number of clusters.
fn rating(rater: u32, loads: &[SpacesLoad]) -> RatingRegression {
    let cases: Vec<GradedCase> = loads
        .iter()
        .filter_map(|load| {
            Some(GradedCase {
                grade: load.rating?,
                predictors: vec![load.clusters as f64],
            })
        })
        .collect();
    let fit = ordinal_regression(&LEVELS, &cases, 0.95);
    RatingRegression {
        rater,
        n: cases.len(),
        reason: fit.as_ref().err().map(ToString::to_string),
        fit: fit.ok(),
    }
}

fn white(regions: &Regions) -> Vec<bool> {
    in_groups(regions, &[Group::White])
}
