//! Training of leak networks: folds by label, a training taken up again, the epoch that an inner split
//! chooses, and heads that can be told apart.

use burn::tensor::Device;
use cisterna::models::leak::{
    IntensityScaling, LEAK_METRICS, LeakHead, LeakHeads, LeakNetwork, LeakPreparation, LeakRecipe,
    LeakSettings, N_TRAITS, TrainedLeak, first_of, folds, inner_split, train_leak_network,
};
use cisterna::models::{
    Begin, Classifier, ClassifierShape, EpochMetrics, RunSettings, TrainError, TrainingProgress,
    tensors_of,
};
use cisterna::workflows::shortcuts;
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use std::collections::BTreeSet;
use std::ops::ControlFlow;
use std::path::Path;

const SIZE: [usize; 3] = [16, 16, 16];

/// Noise; a bright box somewhere in the lower half where there is a leak.
fn head(at: usize) -> LeakHead {
    let has_leak = at.is_multiple_of(2);
    let mut rng = ChaCha8Rng::seed_from_u64(at as u64);
    let mut values: Vec<f32> = (0..16 * 16 * 16)
        .map(|_| rng.random_range(0.8..1.2))
        .collect();
    let place: [usize; 3] = std::array::from_fn(|_| rng.random_range(2..8));
    if has_leak {
        for i in 0..4 * 4 * 4 {
            let [x, y, z] = [i / 16 + place[0], i / 4 % 4 + place[1], i % 4 + place[2]];
            values[(x * 16 + y) * 16 + z] += 2.0;
        }
    }
    LeakHead {
        subject: format!("{at:02}"),
        has_leak,
        beside: vec![(!at.is_multiple_of(5)).then_some(f32::from(u8::from(has_leak)))],
        values,
        bern: Some(if has_leak { 6 } else { 1 }),
        age_years: Some(40.0 + at as f64),
        sex: Some("F".to_owned()),
        traits: [0.0; N_TRAITS],
        is_simulated: true,
        path: format!("{at:02}.nii").into(),
    }
}

fn heads(n: usize) -> LeakHeads {
    LeakHeads {
        heads: (0..n).map(head).collect(),
        size: SIZE,
        left_out: Vec::new(),
        fingerprint: format!("{n} heads of a test"),
        is_simulated: true,
        remarks: Vec::new(),
    }
}

fn settings(recipe: LeakRecipe, epochs: usize) -> (LeakSettings, RunSettings) {
    let task = LeakSettings {
        network: LeakNetwork::Sfcn(vec![6, 8, 8]),
        preparation: LeakPreparation {
            size: SIZE,
            spacing_mm: 2.0,
            scaling: IntensityScaling::None,
        },
        recipe,
        weight_decay: 0.01,
        restarts: [3, 2],
        coarse_epochs: usize::from(recipe == LeakRecipe::Best),
        beside: match recipe {
            LeakRecipe::Paper => Vec::new(),
            LeakRecipe::Best => vec!["severity".to_owned()],
        },
        has_inner_split: recipe == LeakRecipe::Best,
    };
    let run = RunSettings {
        epochs,
        batch: 4,
        learning_rate: 1e-2,
        seed: 7,
        start: None,
    };
    (task, run)
}

/// The share of pairs of one of each kind that scores tell apart.
fn area(judged: &[(f64, bool)]) -> Option<f64> {
    let of = |kind| judged.iter().filter(move |j| j.1 == kind).map(|j| j.0);
    let n = of(true).count() * of(false).count();
    let above = of(true).flat_map(|a| of(false).map(move |b| f64::from(u8::from(a > b))));
    (n > 0).then(|| above.sum::<f64>() / n as f64)
}

fn run(
    (task, run): &(LeakSettings, RunSettings),
    heads: &LeakHeads,
    checkpoint: &Path,
    begin: Begin<'_>,
    stop_after: usize,
) -> Result<TrainedLeak, TrainError> {
    let split = folds(&heads.labels(), 3, 5).unwrap().swap_remove(0);
    let mut progress = |progress| match progress {
        TrainingProgress::Epoch(EpochMetrics { epoch, .. }) if epoch == stop_after => {
            ControlFlow::Break(())
        }
        _ => ControlFlow::Continue(()),
    };
    train_leak_network(
        heads,
        &split,
        task,
        run,
        &Device::flex(),
        checkpoint,
        begin,
        &area,
        &mut progress,
    )
}

fn weights(trained: &TrainedLeak) -> Vec<f32> {
    let Classifier::Sfcn(net) = &trained.net else {
        panic!("a dense network");
    };
    let tensors = tensors_of(&**net).unwrap().into_values();
    tensors
        .flat_map(|data| data.try_to_vec::<f32>().unwrap())
        .collect()
}

#[test]
fn a_training_taken_up_again_ends_at_the_same_bits() {
    let folder = tempfile::tempdir().unwrap();
    let heads = heads(24);
    for recipe in [LeakRecipe::Paper, LeakRecipe::Best] {
        let training = settings(recipe, 3);
        let whole = folder.path().join("whole");
        let whole = run(&training, &heads, &whole, Begin::Drawn, 99).unwrap();
        let parts = folder.path().join("parts");
        let stopped = run(&training, &heads, &parts, Begin::Drawn, 2);
        assert!(matches!(stopped, Err(TrainError::Stopped { epochs: 2 })));
        let resumed = run(&training, &heads, &parts, Begin::Checkpoint, 99).unwrap();
        assert_eq!(whole.history, resumed.history);
        assert_eq!(weights(&whole), weights(&resumed));
        assert_eq!(whole.kept_epoch, resumed.kept_epoch);
        let other = settings(recipe, 4);
        let refused = run(&other, &heads, &parts, Begin::Checkpoint, 99)
            .err()
            .unwrap();
        assert!(
            refused.to_string().contains("the settings differ"),
            "{refused}"
        );
        std::fs::remove_file(&parts).unwrap();
    }
}

/// The best epoch lies before the stop, and the checkpoint that holds it is written over after it.
#[test]
fn the_best_epoch_outlives_the_file_that_it_was_taken_up_from() {
    let folder = tempfile::tempdir().unwrap();
    let heads = heads(24);
    for seed in 1..30 {
        let mut training = settings(LeakRecipe::Best, 6);
        training.1.seed = seed;
        let path = |name: &str| folder.path().join(format!("{name}-{seed}"));
        let whole = run(&training, &heads, &path("whole"), Begin::Drawn, 99).unwrap();
        if whole.kept_epoch > 3 {
            continue;
        }
        let parts = path("parts");
        let stopped = run(&training, &heads, &parts, Begin::Drawn, 3);
        assert!(matches!(stopped, Err(TrainError::Stopped { epochs: 3 })));
        let resumed = run(&training, &heads, &parts, Begin::Checkpoint, 99).unwrap();
        assert_eq!(whole.kept_epoch, resumed.kept_epoch);
        assert_eq!(weights(&whole), weights(&resumed));
        return;
    }
    panic!("no training was best within its first half");
}

/// What is kept has two numbers, is that of the epoch that the inner split judged best, and tells heads
/// apart that it never learned from.
#[test]
fn heads_are_told_apart_and_the_inner_split_chooses() {
    let folder = tempfile::tempdir().unwrap();
    let heads = heads(36);
    let training = settings(LeakRecipe::Best, 12);
    let trained = run(
        &training,
        &heads,
        &folder.path().join("at"),
        Begin::Drawn,
        99,
    )
    .unwrap();
    assert_eq!(trained.history.len(), 12);
    let area = |epoch: &EpochMetrics| epoch.test(LEAK_METRICS[1]);
    let fine = || trained.history.iter().skip(1);
    let best = fine().map(area).fold(0.0, f64::max);
    let kept = &trained.history[trained.kept_epoch - 1];
    assert!(trained.kept_epoch > 1, "a coarse epoch was kept");
    assert_eq!(area(kept), best);
    let fold = kept.test(LEAK_METRICS[3]);
    assert!(fold > 0.9, "{fold} on heads that it was kept from");
    let Classifier::Sfcn(net) = &trained.net else {
        panic!("a dense network");
    };
    assert_eq!(net.out.weight.dims()[0], 2);
    let split = folds(&heads.labels(), 3, 5).unwrap().swap_remove(0);
    assert!(
        trained
            .inner
            .iter()
            .all(|subject| split.train.contains(subject))
    );
    let kinds: BTreeSet<bool> = trained
        .inner
        .iter()
        .map(|subject| subject.parse::<usize>().unwrap() % 2 == 0)
        .collect();
    assert_eq!(kinds.len(), 2, "{:?}", trained.inner);
}

#[test]
fn folds_have_each_patient_once_and_both_kinds_alike() {
    #[track_caller]
    fn check(n_leak: usize, n_without: usize, n_folds: usize) {
        let labels: Vec<(String, bool)> = (0..n_leak + n_without)
            .map(|at| (format!("p{at:03}"), at < n_leak))
            .collect();
        let splits = folds(&labels, n_folds, 3).unwrap();
        assert_eq!(splits.len(), n_folds);
        let mut seen = BTreeSet::new();
        for split in &splits {
            for subject in &split.test {
                assert!(seen.insert(subject.clone()), "{subject} twice");
                assert!(!split.train.contains(subject));
            }
            assert_eq!(split.train.len() + split.test.len(), labels.len());
            let is_leak = |subject: &String| subject[1..].parse::<usize>().unwrap() < n_leak;
            let with = split.test.iter().filter(|s| is_leak(s)).count();
            let [low, high] = [n_leak / n_folds, n_leak.div_ceil(n_folds)];
            assert!((low..=high).contains(&with), "{with} of {n_leak}");
            let [low, high] = [labels.len() / n_folds, labels.len().div_ceil(n_folds)];
            assert!((low..=high).contains(&split.test.len()));
        }
        assert_eq!(seen.len(), labels.len());
        assert_eq!(splits, folds(&labels, n_folds, 3).unwrap());
        assert_ne!(splits, folds(&labels, n_folds, 4).unwrap());
    }
    check(66, 63, 5);
    check(5, 5, 5);
    check(7, 20, 3);
    let few: Vec<(String, bool)> = [("a", true), ("b", false), ("c", false)]
        .map(|(subject, leak)| (subject.to_owned(), leak))
        .to_vec();
    assert_eq!(folds(&few, 2, 1), None);
    let whole = folds(&few, 1, 1).unwrap();
    assert_eq!((whole[0].train.len(), whole[0].test.len()), (3, 0));
}

#[test]
fn parts_are_drawn_by_label() {
    let labels: Vec<(String, bool)> = (0..60).map(|at| (format!("{at:02}"), at < 40)).collect();
    let with = |part: &BTreeSet<String>| {
        let leaks = part.iter().filter(|s| s.parse::<usize>().unwrap() < 40);
        [leaks.count(), part.len()]
    };
    assert_eq!(with(&inner_split(&labels, 8, 1)), [5, 7]);
    assert_eq!(with(&first_of(&labels, 30, 1)), [20, 30]);
    assert_eq!(with(&first_of(&labels, 99, 1)), [40, 60]);
    assert_eq!(with(&first_of(&labels, 2, 1)), [1, 2]);
    let few = first_of(&labels, 12, 1);
    let more = first_of(&labels, 30, 1);
    assert!(few.is_subset(&more), "a curve of learning adds heads");
}

/// An age that one head lacks counts for none; a sex does not take its place, and may be written out.
#[test]
fn what_one_head_lacks_is_no_shortcut() {
    let with = |has_age: &dyn Fn(usize) -> bool, sexes: [&str; 2]| {
        let mut all = heads(100);
        for (at, head) in all.heads.iter_mut().enumerate() {
            head.traits[0] = (at * 37 % 17) as f64;
            head.sex = Some(sexes[usize::from(at % 3 == 0)].to_owned());
            head.age_years = head.age_years.filter(|_| has_age(at));
        }
        shortcuts(&all)
    };
    let without_ages = with(&|_| false, ["F", "M"]);
    assert!(without_ages.value().is_some(), "{without_ages}");
    assert_eq!(with(&|at| at != 3, ["F", "M"]), without_ages);
    assert_eq!(with(&|at| at != 3, ["female", "male"]), without_ages);
    assert_ne!(with(&|_| true, ["F", "M"]), without_ages);
}

#[test]
fn settings_that_make_no_sense_are_refused_by_name() {
    let folder = tempfile::tempdir().unwrap();
    let heads = heads(12);
    let refused = |change: &dyn Fn(&mut LeakSettings), word: &str| {
        let mut training = settings(LeakRecipe::Paper, 2);
        change(&mut training.0);
        let never = folder.path().join("never");
        let error = run(&training, &heads, &never, Begin::Drawn, 99)
            .err()
            .unwrap();
        assert!(error.to_string().contains(word), "{error}");
    };
    refused(&|task| task.weight_decay = -0.1, "weight decay");
    refused(&|task| task.restarts[1] = 0, "restarts");
    refused(&|task| task.coarse_epochs = 2, "coarse epochs");
    refused(&|task| task.network = LeakNetwork::Sfcn(vec![4]), "maps");
    refused(
        &|task| task.network = LeakNetwork::Sfcn(vec![4, 0, 4]),
        "maps",
    );
    refused(&|task| task.network = LeakNetwork::Sfcn(vec![4; 7]), "size");
    refused(&|task| task.preparation.spacing_mm = 0.0, "spacing");
}

#[test]
fn the_network_that_is_kept_is_that_of_the_paper() {
    let (mut task, _) = settings(LeakRecipe::Paper, 1);
    task.network = LeakNetwork::Densenet121;
    task.beside = vec!["severity".to_owned()];
    let ClassifierShape::Densenet(shape) = task.shape() else {
        panic!("{:?}", task.shape());
    };
    assert_eq!(
        (shape.out_channels, shape.block_config),
        (2, vec![6, 12, 24, 16])
    );
    let words = task.in_words(450);
    assert!(
        words.contains("AdamW") && words.contains("severity"),
        "{words}"
    );
}
