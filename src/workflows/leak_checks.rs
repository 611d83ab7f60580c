//! The checks that come with an occlusion map: whether it would be another if the network were another,
//! whether its order matters, and whether it lies where the truth is.

use super::leak_scores::fold_folders;
use super::notice::{Notify, remark, working};
use crate::formats::{self, no_progress};
use crate::models::explain::{
    OcclusionError, OcclusionMap, OcclusionPlan, OrderCurves, curves_of_order, inside, n_stages,
    occlusion, randomised,
};
use crate::models::leak::{
    IntensityScaling, LeakInput, LeakPredictor, LeakPreparation, prepared, tissue_levels,
};
use crate::models::{Compute, FoldedClassifier, Model, classifier_of};
use crate::stats::spearman;
use crate::volume::Volume;
use anyhow::{Context, bail};
use rand::SeedableRng;
use rand::seq::SliceRandom;
use rand_chacha::ChaCha8Rng;
use serde::Serialize;
use std::ops::ControlFlow;
use std::path::Path;

/// What a map is checked by.
pub struct ChecksRequest<'a> {
    /// Networks of other folds of the same training, whose maps should be like this one.
    pub folds: &'a [Model],
    /// The same head without the signs of its leak: where the two differ is where the truth is.
    pub twin: Option<&'a Path>,
    /// Steps in which boxes are taken away and given back.
    pub n_steps: usize,
    /// Of random orders and of forgotten weights.
    pub seed: u64,
}

/// What the checks found; stored as it is.
#[derive(Clone, Debug, Serialize)]
pub struct LeakChecks {
    /// How many boxes hold anything but the filling, of which all checks are made.
    pub boxes: usize,
    /// Steps, the seed of random orders and of forgotten weights.
    pub seed: u64,
    /// What becomes of the logit in the order of the map, and in orders of chance.
    pub order: OrderCheck,
    /// Maps of the network when more and more of its last layers forgot what they learned.
    pub forgotten: Vec<Forgotten>,
    /// Maps of other folds.
    pub folds: Vec<FoldAgreement>,
    /// How much of the map lies where a twin differs; none where the map has nothing above 0.
    pub twin: Option<TwinCheck>,
}

/// The logit while boxes are filled one after the other (deletion) and given back (insertion).
#[derive(Clone, Debug, Serialize)]
pub struct OrderCheck {
    /// Shares of the boxes.
    pub shares: Vec<f64>,
    /// In the order of the map, the largest drop first.
    pub deletion: Vec<f64>,
    /// See `deletion`.
    pub insertion: Vec<f64>,
    /// The mean of [`N_RANDOM`] orders of chance.
    pub random_deletion: Vec<f64>,
    /// See `random_deletion`.
    pub random_insertion: Vec<f64>,
    /// Area under the curve; a good order has less than chance.
    pub deletion_area: f64,
    /// Of chance.
    pub random_deletion_area: f64,
    /// Area under the curve; a good order has more than chance.
    pub insertion_area: f64,
    /// Of chance.
    pub random_insertion_area: f64,
}

/// A map of a network that forgot.
#[derive(Clone, Debug, Serialize)]
pub struct Forgotten {
    /// Stages from the last on that forgot.
    pub stages: usize,
    /// Rank correlation of its boxes with those of the map, near 0 where the map tells of the network; none
    /// where the network gives no numbers any more.
    pub spearman: Option<f64>,
}

/// A map of another fold.
#[derive(Clone, Debug, Serialize)]
pub struct FoldAgreement {
    /// The network.
    pub model: String,
    /// Rank correlation of its boxes with those of the map.
    pub spearman: Option<f64>,
}

/// A map beside the difference from a twin.
#[derive(Clone, Debug, Serialize)]
pub struct TwinCheck {
    /// The twin's file, without its folder.
    pub file: String,
    /// A voxel differs from here on, as a share of the mean of tissue.
    pub differs_from: f64,
    /// Voxels that differ, and with all that lie within a box of one.
    pub voxels: [usize; 2],
    /// Share of what is above 0 of the map that lies there.
    pub mass: f64,
    /// What a map that is the same everywhere in the head would have.
    pub chance: f64,
    /// Whether the map is largest there (pointing game).
    pub is_hit: bool,
}

/// Orders of chance that are averaged.
pub const N_RANDOM: usize = 3;

/// From this share of the mean of tissue on, a voxel differs from the twin's.
const DIFFERS_FROM: f64 = 0.1;

/// What a map was made of.
pub(super) struct Checked<'a> {
    pub(super) model: &'a Model,
    pub(super) predictor: &'a LeakPredictor,
    pub(super) compute: &'a Compute,
    pub(super) input: &'a LeakInput,
    pub(super) scan: (&'a Volume, &'a Path),
    pub(super) plan: &'a OcclusionPlan,
    pub(super) map: &'a OcclusionMap,
    pub(super) number: usize,
}

impl Checked<'_> {
    /// All checks.
    pub(super) fn all(
        &self,
        request: &ChecksRequest<'_>,
        notify: Notify<'_>,
    ) -> anyhow::Result<LeakChecks> {
        let kept: Vec<usize> = (0..self.map.boxes.len())
            .filter(|&at| !self.is_filling(self.map.boxes[at].0))
            .collect();
        if kept.is_empty() {
            bail!("every box holds the filling already, so that there is nothing to check");
        }
        Ok(LeakChecks {
            boxes: kept.len(),
            seed: request.seed,
            twin: request
                .twin
                .map(|twin| self.twin(twin, &kept, notify))
                .transpose()?
                .flatten(),
            folds: self.folds(request.folds, &kept, notify)?,
            forgotten: self.forgotten(request.seed, &kept, notify)?,
            order: self.order(request, &kept, notify)?,
        })
    }

    fn is_filling(&self, [low, high]: [[usize; 3]; 2]) -> bool {
        let [_, ny, nz] = self.input.size;
        (low[0]..high[0]).all(|z| {
            (low[1]..high[1]).all(|y| {
                let row = (z * ny + y) * nz;
                let row = &self.input.values[row + low[2]..row + high[2]];
                row.iter().all(|&value| value == self.plan.fill[0])
            })
        })
    }

    fn order(
        &self,
        request: &ChecksRequest<'_>,
        kept: &[usize],
        notify: Notify<'_>,
    ) -> anyhow::Result<OrderCheck> {
        let drops = self.map.drops(self.number);
        let mut by_map = kept.to_vec();
        by_map.sort_by(|&a, &b| drops[b].total_cmp(&drops[a]).then(a.cmp(&b)));
        let own = self.curves(&by_map, request.n_steps, "Taking boxes away", notify)?;
        let mut rng = ChaCha8Rng::seed_from_u64(request.seed);
        let mut random: Vec<OrderCurves> = Vec::new();
        for _ in 0..N_RANDOM {
            let mut order = kept.to_vec();
            order.shuffle(&mut rng);
            let what = "Taking boxes away by chance";
            random.push(self.curves(&order, request.n_steps, what, notify)?);
        }
        let mean = |of: &dyn Fn(&OrderCurves) -> &Vec<f64>| -> Vec<f64> {
            let n = own.shares.len();
            let at =
                |at: usize| random.iter().map(|one| of(one)[at]).sum::<f64>() / N_RANDOM as f64;
            (0..n).map(at).collect()
        };
        let by_chance = OrderCurves {
            shares: own.shares.clone(),
            deletion: mean(&|one| &one.deletion),
            insertion: mean(&|one| &one.insertion),
        };
        let [deletion_area, insertion_area] = own.areas();
        let [random_deletion_area, random_insertion_area] = by_chance.areas();
        Ok(OrderCheck {
            shares: own.shares,
            deletion: own.deletion,
            insertion: own.insertion,
            random_deletion: by_chance.deletion,
            random_insertion: by_chance.insertion,
            deletion_area,
            random_deletion_area,
            insertion_area,
            random_insertion_area,
        })
    }

    fn curves(
        &self,
        order: &[usize],
        n_steps: usize,
        what: &str,
        notify: Notify<'_>,
    ) -> anyhow::Result<OrderCurves> {
        let boxes: Vec<[[usize; 3]; 2]> = order.iter().map(|&at| self.map.boxes[at].0).collect();
        let done = std::cell::Cell::new(0.0);
        let total = 2.0 * (n_steps as f64 + 1.0);
        let goes_on = || {
            done.set(done.get() + 1.0);
            working(notify, what, done.get() / total).is_continue()
        };
        let curves = curves_of_order(
            self.predictor.net(),
            &self.input.values,
            self.input.size,
            self.number,
            self.plan.fill[0],
            &boxes,
            n_steps,
            &goes_on,
        )?;
        curves.context("stopped")
    }

    fn folds(
        &self,
        folds: &[Model],
        kept: &[usize],
        notify: Notify<'_>,
    ) -> anyhow::Result<Vec<FoldAgreement>> {
        let agreement = |model: &Model| {
            let predictor = LeakPredictor::open(model, self.compute)?;
            let card = predictor.card();
            let own = self.predictor.card();
            if card.preparation != own.preparation || card.outputs != own.outputs {
                bail!(
                    "the network {} is given other volumes than {} or gives other numbers, so that their maps cannot be compared",
                    model.card.name,
                    self.model.card.name
                );
            }
            let what = format!("Filling boxes for {}", model.card.name);
            let drops = self.drops_of(predictor.net(), self.number, &what, notify)?;
            Ok(FoldAgreement {
                model: model.card.name.clone(),
                spearman: self.likeness(drops.as_deref(), kept),
            })
        };
        folds.iter().map(agreement).collect()
    }

    fn forgotten(
        &self,
        seed: u64,
        kept: &[usize],
        notify: Notify<'_>,
    ) -> anyhow::Result<Vec<Forgotten>> {
        let device = self.compute.device();
        let net = classifier_of(self.model.weights()?, device)?;
        let shape = &self.predictor.card().network;
        let n = n_stages(&net)?;
        let mut found = Vec::with_capacity(n);
        for stages in 1..=n {
            let forgot = randomised(&net, shape, stages, seed, device)?;
            let folded = FoldedClassifier::new(forgot, device);
            let what = format!("Filling boxes, {stages} of {n} stages forgotten");
            let drops = self.drops_of(&folded, self.number, &what, notify)?;
            if drops.is_none() {
                let said = format!("with {stages} stages forgotten the network gives no numbers");
                remark(notify, said);
            }
            found.push(Forgotten {
                stages,
                spearman: self.likeness(drops.as_deref(), kept),
            });
        }
        Ok(found)
    }

    /// What another network makes of the same boxes; none where it gives no numbers.
    fn drops_of(
        &self,
        net: &FoldedClassifier,
        number: usize,
        what: &str,
        notify: Notify<'_>,
    ) -> anyhow::Result<Option<Vec<f64>>> {
        let (values, size) = (&self.input.values, self.input.size);
        let progress = |share: f64| working(notify, what, share) == ControlFlow::Continue(());
        match occlusion(net, values, size, self.plan, &progress) {
            Ok(map) => Ok(Some(map.drops(number))),
            Err(OcclusionError::Device(_)) => Ok(None),
            Err(OcclusionError::Stopped) => bail!("stopped"),
            Err(error) => Err(error.into()),
        }
    }

    /// Rank correlation with the boxes of the map.
    fn likeness(&self, drops: Option<&[f64]>, kept: &[usize]) -> Option<f64> {
        let (own, drops) = (self.map.drops(self.number), drops?);
        let pairs: Vec<(f64, f64)> = kept.iter().map(|&at| (own[at], drops[at])).collect();
        spearman(&pairs, 0.95).value()
    }

    /// None, with a remark, where the map has nothing above 0: that is no reason to lose it.
    fn twin(
        &self,
        path: &Path,
        kept: &[usize],
        notify: Notify<'_>,
    ) -> anyhow::Result<Option<TwinCheck>> {
        let twin = formats::open_one(path, &no_progress)?.volume;
        let preparation = LeakPreparation {
            scaling: IntensityScaling::None,
            ..self.predictor.card().preparation
        };
        let own = prepared(self.scan.0, &preparation, self.scan.1)?;
        let other = prepared(&twin, &preparation, path)?;
        if own.size != self.input.size {
            bail!("a twin needs a scan that is prepared as the card says, not taken as it is");
        }
        let [_, tissue] = tissue_levels(&own.values);
        let from = (DIFFERS_FROM * tissue) as f32;
        let pairs = own.values.iter().zip(&other.values);
        let differs: Vec<bool> = pairs.map(|(a, b)| (a - b).abs() > from).collect();
        let n_differ = differs.iter().filter(|differs| **differs).count();
        if n_differ == 0 {
            bail!("the twin does not differ from the scan: {}", path.display());
        }
        let reached = grown(&differs, own.size, self.plan.patch.map(|n| n / 2));
        let mut counts = vec![false; own.values.len()];
        let [_, ny, nz] = own.size;
        for &at in kept {
            let [low, high] = self.map.boxes[at].0;
            for z in low[0]..high[0] {
                for y in low[1]..high[1] {
                    let row = (z * ny + y) * nz;
                    counts[row + low[2]..row + high[2]].fill(true);
                }
            }
        }
        let Some(found) = inside(&self.map.drop(self.number), &reached, &counts) else {
            let why =
                "the map has nothing above 0, so that nothing of it lies where the twin differs";
            remark(notify, why.to_owned());
            return Ok(None);
        };
        Ok(Some(TwinCheck {
            file: name_of(path),
            differs_from: DIFFERS_FROM,
            voxels: [n_differ, reached.iter().filter(|reached| **reached).count()],
            mass: found.mass,
            chance: found.chance,
            is_hit: found.is_hit,
        }))
    }
}

/// All voxels within so many of one that is set, along each axis.
fn grown(mask: &[bool], size: [usize; 3], reach: [usize; 3]) -> Vec<bool> {
    let mut now = mask.to_vec();
    let strides = [size[1] * size[2], size[2], 1];
    for axis in 0..3 {
        let mut next = now.clone();
        for (at, _) in now.iter().enumerate().filter(|(_, is_set)| **is_set) {
            let place = at / strides[axis] % size[axis];
            let first = place.saturating_sub(reach[axis]);
            let last = (place + reach[axis]).min(size[axis] - 1);
            for other in first..=last {
                next[at - place * strides[axis] + other * strides[axis]] = true;
            }
        }
        now = next;
    }
    now
}

pub(super) fn name_of(path: &Path) -> String {
    path.file_name()
        .unwrap_or_default()
        .to_string_lossy()
        .into_owned()
}

/// The networks of other folds, in the folders beside a model's own; the model itself is not among them. A
/// model that is no file in such a folder has none.
///
/// # Errors
/// When a network cannot be opened.
pub fn other_folds(model: &Path) -> anyhow::Result<Vec<Model>> {
    // However the file was named: from within its own folder, too.
    let Ok(model) = model.canonicalize() else {
        return Ok(Vec::new());
    };
    let folders = model.ancestors().nth(1).zip(model.ancestors().nth(2));
    let Some((own, training)) = folders else {
        return Ok(Vec::new());
    };
    let is_fold = own
        .file_name()
        .is_some_and(|name| name.to_string_lossy().starts_with("fold-"));
    if !is_fold {
        return Ok(Vec::new());
    }
    let others = fold_folders(training)?.into_iter();
    let others = others.filter(|folder| folder != own);
    let files = others.map(|folder| folder.join("model.bpk"));
    files
        .filter(|file| file.is_file())
        .map(|file| Ok(Model::find(&file.to_string_lossy())?))
        .collect()
}
