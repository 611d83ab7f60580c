//! Training: the optimiser against PyTorch, gradients against differences, a training taken up
//! again, and one patient learned by heart.

use super::case_of_the_demo;
use burn::module::Param;
use burn::nn::{Linear, LinearConfig};
use burn::optim::GradientsParams;
use burn::store::burn_pack::{Reader, Writer};
use burn::store::{ModuleSnapshot, bridge};
use burn::tensor::{DType, Device, Tensor, TensorData};
use cisterna::models::tracer::{
    Case, Cases, Inputs, Loss, PLANE_PIXELS, Preparation, Recipe, ScanInterval, TracerSettings,
    train,
};
use cisterna::models::{
    Adam, Begin, FinishedTraining, RateSchedule, RunSettings, Split, TrainError, TrainingProgress,
    UNet, UNetShape, tensors_of,
};
use cisterna::volume::PLANE_SIZE;
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use std::ops::ControlFlow;
use std::path::Path;

/// torch.optim.Adam of PyTorch 2.15 and AdamW of 2.9 with weight decay 0.1, learning rate 0.01, on the
/// same three points.
#[test]
fn adam_moves_as_that_of_pytorch() {
    check_adam(
        0.0,
        [
            [0.490_000_01, -0.239_999_99, 0.110_000_01],
            [0.480_005_0, -0.230_005_03, 0.120_000_84],
            [0.470_018_39, -0.220_018_55, 0.130_003_06],
            [0.460_043_67, -0.210_044_12, 0.140_007_2],
            [0.450_084_42, -0.200_085_34, 0.150_013_74],
        ],
    );
    check_adam(
        0.1,
        [
            [0.489_500_016, -0.239_749_998, 0.109_899_998],
            [0.479_015_976, -0.229_515_404, 0.119_791_672],
            [0.468_551_636, -0.219_299_749, 0.129_676_029],
            [0.458_110_809, -0.209_106_609, 0.139_554_068],
            [0.447_697_431, -0.198_939_681, 0.149_426_743],
        ],
    );
}

#[track_caller]
fn check_adam(weight_decay: f64, expected: [[f64; 3]; 5]) {
    let device = Device::flex().autodiff();
    let mut line: Linear = LinearConfig::new(2, 1).init(&device);
    line.weight = Param::from_tensor(Tensor::from_floats([[0.5], [-0.25]], &device).require_grad());
    line.bias = Some(Param::from_tensor(
        Tensor::from_floats([0.1], &device).require_grad(),
    ));
    let x = Tensor::<2>::from_floats([[1.0, 2.0], [3.0, -1.0], [0.5, 0.25]], &device);
    let y = Tensor::<2>::from_floats([[1.0], [0.0], [2.0]], &device);
    let mut adam = Adam::new().with_weight_decay(weight_decay);
    for (step, expected) in expected.into_iter().enumerate() {
        let loss = (line.forward(x.clone()) - y.clone()).square().mean();
        let grads = GradientsParams::from_grads(loss.backward(), &line);
        line = adam.step(line, grads, 0.01);
        let mut now = line.weight.val().into_data().try_to_vec::<f32>().unwrap();
        let bias = line.bias.as_ref().unwrap().val().into_data();
        now.extend(bias.try_to_vec::<f32>().unwrap());
        for (now, expected) in now.iter().zip(expected) {
            assert!(
                (f64::from(*now) - expected).abs() < 1e-6,
                "step {step}: {now}, not {expected}"
            );
        }
    }
}

/// torch.optim.lr_scheduler.CosineAnnealingWarmRestarts with T_0 = 12, and a beginning that is longer.
#[test]
fn a_learning_rate_begins_anew_as_that_of_pytorch() {
    let cosine = [
        1.0,
        0.982_962_913,
        0.933_012_702,
        0.853_553_391,
        0.75,
        0.629_409_523,
        0.5,
        0.370_590_477,
        0.25,
        0.146_446_609,
        0.066_987_298,
        0.017_037_087,
    ];
    let close = |made: f64, expected: f64| (made - expected).abs() < 1e-8;
    let alike = RateSchedule::CosineRestarts { first: 3, then: 3 };
    let later = RateSchedule::CosineRestarts { first: 6, then: 3 };
    for step in 0..30 {
        let made = alike.factor(step, 4, 10);
        assert!(close(made, cosine[step % 12]), "{step}: {made}");
        let made = later.factor(step + 24, 4, 20);
        assert!(close(made, cosine[step % 12]), "{step}: {made}");
    }
    for (step, expected) in cosine.into_iter().enumerate() {
        let made = later.factor(2 * step, 4, 20);
        assert!(close(made, expected), "{step}: {made}");
    }
}

/// In double precision: single precision is too coarse for differences along ways so short that no
/// ReLU and no maximum turns over on them.
#[test]
fn gradients_are_those_of_differences() {
    let device = Device::flex();
    let shape = UNetShape {
        features: 2,
        depth: 2,
        context: true,
        ..UNetShape::default()
    };
    let x: Vec<f64> = (0..2 * 16 * 16)
        .map(|i| f64::from(i * 37 % 101) / 101.0)
        .collect();
    let x = TensorData::new(x, [1, 2, 16, 16]);
    let tracked = device.clone().autodiff();
    // Where gradients flow, batch norm takes the batch's own statistics, on both sides alike.
    let mut net = shape.init(&tracked);
    // Each weight and bias from a seed, as the device's own random numbers are shared by all
    // threads; those of the context, too, which begins with zeros that let nothing through.
    let mut rng = ChaCha8Rng::seed_from_u64(3);
    let packed = net.collect(None, None, false).into_iter().map(|tensor| {
        let name = tensor.name.clone();
        let data = bridge::into_data(tensor).unwrap();
        let shape = data.shape().to_vec();
        let n: usize = shape.iter().product();
        let values: Vec<f64> = match shape[..] {
            [_, from, height, width] => {
                let reach = 1.0 / ((from * height * width) as f64).sqrt();
                (0..n).map(|_| rng.random_range(-reach..reach)).collect()
            }
            _ => (0..n).map(|_| rng.random_range(0.5..1.5)).collect(),
        };
        bridge::from_data(TensorData::new(values, shape), name, None)
    });
    let packed = packed.collect();
    net.apply(packed, None, None, false);
    let input = Tensor::<4>::from_data(x, (&tracked, DType::F64));
    let loss = |net: &UNet| net.forward(input.clone()).square().mean();
    let grads = loss(&net).backward();
    for at in 0..4 {
        let of = |net: &UNet| {
            let convs = [
                &net.head,
                &net.encoder[0].conv1,
                &net.decoder[1].conv2,
                &net.context.as_ref().unwrap().gather,
            ];
            convs[at].weight.val()
        };
        let grad = of(&net).grad(&grads).unwrap();
        assert_eq!(grad.dtype(), DType::F64);
        let length: f64 = grad.clone().square().sum().sqrt().into_scalar();
        assert!(length > 1e-6, "{at}: a gradient of {length}");
        let moved = |by: f64| -> f64 {
            let mut net = net.clone();
            let weight = Tensor::from_inner(of(&net).inner() + grad.clone() * (by / length));
            let conv = match at {
                0 => &mut net.head,
                1 => &mut net.encoder[0].conv1,
                2 => &mut net.decoder[1].conv2,
                _ => &mut net.context.as_mut().unwrap().gather,
            };
            conv.weight = Param::from_tensor(weight);
            loss(&net).into_scalar()
        };
        // Along the gradient the loss rises by its length.
        let step = 1e-6;
        let rise = (moved(step) - moved(-step)) / (2.0 * step);
        assert!(
            (rise / length - 1.0).abs() < 1e-6,
            "{at}: by differences {rise}, by the chain rule {length}"
        );
    }
}

type Settings = (TracerSettings, RunSettings);

fn settings(recipe: Recipe, features: usize, epochs: usize) -> Settings {
    let task = TracerSettings {
        inputs: Inputs::from(ScanInterval::Pre),
        preparation: Preparation::default(),
        loss: Loss::L2,
        recipe,
        features,
    };
    let run = RunSettings {
        epochs,
        batch: 2,
        learning_rate: 5e-3,
        seed: 7,
        start: None,
    };
    (task, run)
}

fn cases(all: Vec<Case>) -> Cases {
    Cases {
        fingerprint: format!("{} of a test", all.len()),
        is_simulated: true,
        left_out: Vec::new(),
        cases: all,
    }
}

/// Two patients to learn from and one to be judged by: the demo's, shifted.
fn three() -> (Cases, Split) {
    let first = case_of_the_demo();
    let shifted = |name: &str, by: usize| {
        let mut case = first.clone();
        name.clone_into(&mut case.subject);
        case.input.rotate_right(by);
        case.target.rotate_right(by);
        case
    };
    let all = vec![first.clone(), shifted("0002", 3), shifted("0003", 6)];
    let split = Split {
        seed: 1,
        train: vec![all[0].subject.clone(), "0002".to_owned()],
        test: vec!["0003".to_owned()],
    };
    (cases(all), split)
}

fn run(
    (task, run): &Settings,
    checkpoint: &Path,
    begin: Begin<'_>,
    stop_after: usize,
) -> Result<FinishedTraining<UNet>, TrainError> {
    let (cases, split) = three();
    let mut progress = |progress| match progress {
        TrainingProgress::Epoch(metrics) if metrics.epoch == stop_after => ControlFlow::Break(()),
        _ => ControlFlow::Continue(()),
    };
    train(
        &cases,
        &split,
        task,
        run,
        &Device::flex(),
        checkpoint,
        begin,
        &mut progress,
    )
}

#[test]
fn a_training_taken_up_again_ends_at_the_same_bits() {
    let folder = tempfile::tempdir().unwrap();
    for recipe in [Recipe::Paper, Recipe::Best] {
        let training = settings(recipe, 1, 3);
        let whole = run(&training, &folder.path().join("whole"), Begin::Drawn, 99).unwrap();
        let parts = folder.path().join("parts");
        let stopped = run(&training, &parts, Begin::Drawn, 1);
        assert!(matches!(stopped, Err(TrainError::Stopped { epochs: 1 })));
        // Ended early: what was reached, and nothing more is learned.
        let early = run(&training, &parts, Begin::AsFarAsItGot, 99).unwrap();
        assert_eq!(early.history, whole.history[..1]);
        assert_eq!(early.kept_epoch, 1);
        let resumed = run(&training, &parts, Begin::Checkpoint, 99).unwrap();
        assert_eq!(whole.history, resumed.history);
        let bytes = |trained: &FinishedTraining<UNet>| {
            let data = trained.net.head.weight.val().into_data();
            data.try_to_vec::<f32>().unwrap()
        };
        assert_eq!(bytes(&whole), bytes(&resumed));
        std::fs::remove_file(&parts).unwrap();
    }
}

#[test]
fn a_checkpoint_of_another_training_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let checkpoint = folder.path().join("checkpoint");
    run(
        &settings(Recipe::Paper, 1, 1),
        &checkpoint,
        Begin::Drawn,
        99,
    )
    .unwrap();
    let error = run(
        &settings(Recipe::Paper, 1, 2),
        &checkpoint,
        Begin::Checkpoint,
        99,
    )
    .err()
    .unwrap();
    assert!(error.to_string().contains("the settings differ"), "{error}");
    // One that lacks a tensor is not gone on with by a random one.
    let pack = Reader::from_file(&checkpoint).unwrap();
    let state = pack.metadata()["training"].clone();
    let mut tensors = pack.into_tensors().unwrap();
    tensors.retain(|tensor| tensor.name != "weights/head.weight");
    Writer::new(tensors)
        .with_metadata("training", &state)
        .auto_extension(false)
        .overwrite(true)
        .write_to_file(&checkpoint)
        .unwrap();
    let same = settings(Recipe::Paper, 1, 1);
    let error = run(&same, &checkpoint, Begin::Checkpoint, 99)
        .err()
        .unwrap();
    assert!(error.to_string().contains("head.weight"), "{error}");
    std::fs::write(&checkpoint, b"not one").unwrap();
    let error = run(
        &settings(Recipe::Paper, 1, 1),
        &checkpoint,
        Begin::Checkpoint,
        99,
    )
    .err()
    .unwrap();
    assert!(error.to_string().contains("checkpoint"), "{error}");
}

/// With a learning rate that moves nothing it is judged as the network that it began with, and only
/// a network of its shape will do.
#[test]
fn a_training_begins_with_the_weights_of_another_network() {
    let folder = tempfile::tempdir().unwrap();
    let checkpoint = folder.path().join("checkpoint");
    let first = run(
        &settings(Recipe::Paper, 1, 2),
        &checkpoint,
        Begin::Drawn,
        99,
    )
    .unwrap();
    let mut still = settings(Recipe::Paper, 1, 1);
    still.1.learning_rate = 1e-12;
    let begin = |net| {
        let tensors = tensors_of(net).unwrap();
        run(&still, &checkpoint, Begin::Weights(&tensors), 99)
    };
    let second = begin(&first.net).unwrap();
    let drawn = run(&still, &checkpoint, Begin::Drawn, 99).unwrap();
    let [first_weights, second, drawn] = [&first, &second, &drawn].map(|trained| {
        let data = trained.net.head.weight.val().into_data();
        data.try_to_vec::<f32>().unwrap()
    });
    let moved = |other: &[f32]| {
        let both = first_weights.iter().zip(other);
        both.map(|(a, b)| (a - b).abs()).fold(0.0, f32::max)
    };
    assert!(moved(&second) < 1e-6, "{first_weights:?} became {second:?}");
    assert!(
        moved(&drawn) > 1e-3,
        "{first_weights:?} was drawn: {drawn:?}"
    );

    let wide = run(
        &settings(Recipe::Paper, 2, 1),
        &checkpoint,
        Begin::Drawn,
        99,
    )
    .unwrap();
    let error = begin(&wide.net).err().unwrap().to_string();
    assert!(error.contains("do not fit"), "{error}");
}

#[test]
fn settings_that_make_no_sense_are_refused_by_name() {
    let folder = tempfile::tempdir().unwrap();
    let refused = |change: &dyn Fn(&mut Settings)| {
        let mut training = settings(Recipe::Paper, 1, 1);
        change(&mut training);
        let done = run(&training, &folder.path().join("never"), Begin::Drawn, 99);
        done.err().unwrap().to_string()
    };
    assert!(refused(&|(task, _)| task.features = 0).contains("features"));
    assert!(refused(&|(_, run)| run.epochs = 0).contains("epochs"));
    assert!(refused(&|(_, run)| run.learning_rate = f64::NAN).contains("learning rate"));
}

/// A network that cannot learn one image by heart has a wire crossed somewhere.
#[test]
fn one_patient_can_be_learned_by_heart() {
    let case = case_of_the_demo();
    let device = Device::flex();
    device.seed(5);
    let tracked = device.autodiff();
    // Every second pixel of every second row is enough to see it.
    let side = PLANE_SIZE / 2;
    let thinned = |planes: &[f32]| {
        let values: Vec<f32> = (0..2 * side * side)
            .map(|at| {
                let [plane, y, x] = [at / (side * side), at / side % side, at % side];
                planes[plane * PLANE_PIXELS + 2 * y * PLANE_SIZE + 2 * x]
            })
            .collect();
        Tensor::<4>::from_data(TensorData::new(values, [1, 2, side, side]), &tracked)
    };
    let [input, target] = [thinned(&case.input), thinned(&case.target)];
    let shape = UNetShape {
        features: 8,
        ..UNetShape::default()
    };
    let mut net = shape.init(&tracked);
    let mut adam = Adam::new();
    let mut mse = f32::INFINITY;
    for _ in 0..400 {
        let loss = (net.forward(input.clone()) - target.clone())
            .square()
            .mean();
        mse = loss.clone().into_scalar();
        if mse < 1e-3 {
            break;
        }
        let grads = GradientsParams::from_grads(loss.backward(), &net);
        net = adam.step(net, grads, 1e-2);
    }
    assert!(mse < 1e-3, "{mse}");
}
