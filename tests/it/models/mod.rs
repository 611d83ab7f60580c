//! Networks against PyTorch: what they compute, how many weights they have, and its checkpoints.

mod augment;
mod checks;
pub(crate) mod classifier;
mod data;
mod leak;
mod leak_training;
mod prediction;
mod spaces;
mod spaces_keras;
mod training;
mod trial;

use burn::nn::conv::Conv2d;
use burn::store::{ModuleSnapshot, ModuleStore, SafetensorsStore, bridge};
use burn::tensor::{Device, Int, Tensor, TensorData};
use cisterna::models::tracer::{Case, Predictor, unet};
use cisterna::models::{
    Context, Folded, Layout, Model, Network, OutputActivation, UNet, UNetShape, Upsampling,
    WeightsFile, unet_of,
};
use cisterna::phantom::DemoScans;
use cisterna::volume::{PlanePair, Volume};
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use std::path::{Path, PathBuf};

pub(crate) fn fixture(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("tests/it/models/fixtures")
        .join(name)
}

#[track_caller]
fn check_n_weights(shape: &UNetShape, expected: usize) {
    assert_eq!(
        shape.init(&Device::flex()).n_weights(),
        expected,
        "{shape:?}"
    );
}

#[test]
fn networks_have_the_published_numbers_of_weights() {
    let paper = UNetShape::default();
    check_n_weights(&paper, 31_037_122);
    check_n_weights(
        &UNetShape {
            channels_in: 4,
            ..paper.clone()
        },
        31_038_274,
    );
    check_n_weights(
        &UNetShape {
            channels_in: 10,
            ..paper.clone()
        },
        31_041_730,
    );
    check_n_weights(
        &UNetShape {
            upsampling: Upsampling::Bilinear,
            ..paper.clone()
        },
        17_262_466,
    );
    check_n_weights(
        &UNetShape {
            channels_in: 3,
            channels_out: 1,
            features: 32,
            ..paper.clone()
        },
        7_763_041,
    );
    // 1024 maps to 8 and back, 512 numbers to 64 and back.
    let context = (1024 + 1) * 8 + (512 + 1) * 64 + (64 + 1) * 512 + (8 + 1) * 1024;
    check_n_weights(
        &UNetShape {
            context: true,
            ..paper
        },
        31_037_122 + context,
    );
}

/// What a context adds to maps of 24 x 24, by its definition and in double precision.
fn context_by_hand(context: &Context, maps: &[f32]) -> Vec<f64> {
    const SIDE: usize = 24;
    let layer = |conv: &Conv2d, pixels: &[f64]| -> Vec<f64> {
        let [n_out, n_in, ..] = conv.weight.dims();
        let values = |data: TensorData| data.try_to_vec::<f32>().unwrap();
        let weight = values(conv.weight.val().into_data());
        let bias = values(conv.bias.as_ref().unwrap().val().into_data());
        let n = pixels.len() / n_in;
        let sum = |out: usize, at: usize| -> f64 {
            (0..n_in)
                .map(|from| f64::from(weight[out * n_in + from]) * pixels[from * n + at])
                .sum()
        };
        (0..n_out * n)
            .map(|at| f64::from(bias[at / n]) + sum(at / n, at % n))
            .collect()
    };
    let maps: Vec<f64> = maps.iter().map(|&value| f64::from(value)).collect();
    let reduced = layer(&context.reduce, &maps);
    // The mean of each 3 x 3.
    let pooled: Vec<f64> = (0..8 * 8 * 8)
        .map(|at| {
            let [map, y, x] = [at / 64, at / 8 % 8, at % 8];
            let value =
                |k: usize| reduced[map * SIDE * SIDE + (3 * y + k / 3) * SIDE + 3 * x + k % 3];
            (0..9).map(value).sum::<f64>() / 9.0
        })
        .collect();
    let hidden: Vec<f64> = layer(&context.gather, &pooled)
        .into_iter()
        .map(|value| value.max(0.0))
        .collect();
    let spread = layer(&context.spread, &hidden);
    // Back to 24 x 24, corner pixel upon corner pixel.
    let sized: Vec<f64> = (0..8 * SIDE * SIDE)
        .map(|at| {
            let map = &spread[at / (SIDE * SIDE) * 64..][..64];
            let [y, x] = [at / SIDE % SIDE, at % SIDE].map(|place| place as f64 * 7.0 / 23.0);
            let between = |place: f64| {
                let low = (place as usize).min(6);
                (low, place - low as f64)
            };
            let [(y, down), (x, right)] = [between(y), between(x)];
            let row = |y: usize| map[y * 8 + x] * (1.0 - right) + map[y * 8 + x + 1] * right;
            row(y) * (1.0 - down) + row(y + 1) * down
        })
        .collect();
    layer(&context.expand, &sized)
}

/// Without a level below, and with a head that passes the maps on, a network with a context is the
/// network without it plus what the context adds: nothing at first.
#[test]
fn a_context_adds_what_its_definition_says_and_nothing_at_first() {
    let device = Device::flex();
    let shape = UNetShape {
        features: 2,
        depth: 0,
        context: true,
        ..UNetShape::default()
    };
    let mut net = shape.init(&device);
    net.head.weight = net
        .head
        .weight
        .map(|w| Tensor::<2>::eye(2, &w.device()).reshape([2, 2, 1, 1]));
    net.head.bias = None;
    let input: Vec<f32> = (0..2 * 24 * 24)
        .map(|at| (at * at % 97) as f32 / 97.0)
        .collect();
    let input = Tensor::<4>::from_data(TensorData::new(input, [1, 2, 24, 24]), &device);
    let values = |made: Tensor<4>| made.into_data().try_to_vec::<f32>().unwrap();
    let context = net.context.take();
    let plain = values(net.forward(input.clone()));
    net.context = context;
    assert_eq!(values(net.forward(input.clone())), plain);
    if let Some(context) = &mut net.context {
        context.expand.weight = context.expand.weight.clone().map(|weight| {
            let n = weight.dims().iter().product::<usize>() as i64;
            let rising = Tensor::<1, Int>::arange(0..n, &weight.device()).float();
            (rising - 7.0).reshape(weight.dims())
        });
    }
    let made = values(net.forward(input));
    let by_hand = context_by_hand(net.context.as_ref().unwrap(), &plain);
    let mut largest = 0.0_f64;
    for ((made, plain), added) in made.iter().zip(&plain).zip(by_hand) {
        let off = f64::from(made - plain) - added;
        assert!(off.abs() < 1e-4, "{off}");
        largest = largest.max(added.abs());
    }
    assert!(largest > 0.1, "nothing was added: {largest}");
}

/// A tensor of a safetensors file.
fn stored(path: &Path, name: &str) -> TensorData {
    let mut store = SafetensorsStore::from_file(path);
    let tensor = store.get_tensor(name).unwrap().unwrap().clone();
    bridge::into_data(tensor).unwrap()
}

/// The largest difference of two tensors.
fn largest_difference(a: &Tensor<4>, b: &Tensor<4>) -> f32 {
    (a.clone() - b.clone()).abs().max().into_scalar()
}

#[track_caller]
fn check_forward(weights: &str, io: &str, layout: Layout, expected: &UNetShape) {
    let device = Device::flex();
    let file = WeightsFile::open(&fixture(weights)).unwrap();
    assert_eq!(Layout::of(&file), Some(layout));
    let (shape, unet) = unet_of(file, None, None, &device).unwrap();
    assert_eq!(shape, *expected);
    let io = fixture(io);
    let x = Tensor::<4>::from_data(stored(&io, "x"), &device);
    let y = Tensor::<4>::from_data(stored(&io, "y"), &device);
    let ours = unet.forward(x.clone());
    let off = largest_difference(&ours, &y);
    assert!(off < 1e-4, "{weights}: {off} off PyTorch");
    let folded = Folded::from(unet).forward(x);
    let off = largest_difference(&folded, &y);
    assert!(off < 1e-4, "{weights}: {off} off PyTorch once folded");
}

#[test]
fn forward_is_that_of_pytorch_for_both_layouts_and_up_samplings() {
    let small = UNetShape {
        features: 2,
        ..UNetShape::default()
    };
    let bilinear = UNetShape {
        upsampling: Upsampling::Bilinear,
        ..small.clone()
    };
    let sigmoid = UNetShape {
        head: OutputActivation::Sigmoid,
        ..small.clone()
    };
    check_forward(
        "milesial.pt",
        "milesial.io.safetensors",
        Layout::Milesial,
        &small,
    );
    check_forward(
        "milesial-bilinear.safetensors",
        "milesial-bilinear.io.safetensors",
        Layout::Milesial,
        &bilinear,
    );
    check_forward(
        "mateuszbuda-wrapped.pt",
        "mateuszbuda.io.safetensors",
        Layout::Mateuszbuda,
        &sigmoid,
    );
    check_forward(
        "mateuszbuda-legacy.pt",
        "mateuszbuda-legacy.io.safetensors",
        Layout::Mateuszbuda,
        &sigmoid,
    );
}

/// The demo's patient before the injection and at 24 h.
fn demo_scans() -> [Volume; 2] {
    let scans = DemoScans::coarse();
    [0, 2].map(|session_idx| {
        let counts = scans.scan(session_idx);
        let values = counts.iter().map(|&count| f32::from(count)).collect();
        Volume::new(scans.head().grid.clone(), values).unwrap()
    })
}

/// The same as a network sees it.
fn case_of_the_demo() -> Case {
    let [before, after] = demo_scans();
    let planes = |volume: &Volume| {
        let middle = volume.grid().center_in_world();
        let center = nalgebra::Point3::new(0.0, middle.y, 18.0);
        let pair = PlanePair::extract(volume, center);
        [pair.axial.data, pair.sagittal.data].concat()
    };
    Case {
        subject: "0001".to_owned(),
        acquisition: None,
        input: planes(&before),
        target: planes(&after),
        hours: vec![0.0, 24.0],
        is_simulated: true,
        doubts: Vec::new(),
        centers: [nalgebra::Point3::origin(); 2],
        regions: None,
    }
}

/// What a checkpoint says when it does not fit.
#[track_caller]
fn check_refused(bytes: &[u8], parts: &[&str]) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("checkpoint");
    std::fs::write(&path, bytes).unwrap();
    let opened = WeightsFile::open(&path);
    let error = match opened.and_then(|file| unet_of(file, None, None, &Device::flex())) {
        Ok(_) => panic!("it was taken"),
        Err(error) => error.to_string(),
    };
    for part in parts {
        assert!(error.contains(part), "{error} does not say {part}");
    }
}

/// A safetensors file in which one tensor has another name.
fn altered(without: &str, with: &str) -> Vec<u8> {
    let bytes = std::fs::read(fixture("milesial-bilinear.safetensors")).unwrap();
    let length = u64::from_le_bytes(bytes[..8].try_into().unwrap()) as usize;
    let mut header: serde_json::Map<String, serde_json::Value> =
        serde_json::from_slice(&bytes[8..8 + length]).unwrap();
    let tensor = header.remove(without).unwrap();
    header.insert(with.to_owned(), tensor);
    let mut text = serde_json::to_vec(&header).unwrap();
    // The numbers behind the header stay where they are.
    text.resize(length, b' ');
    [
        &(length as u64).to_le_bytes()[..],
        &text,
        &bytes[8 + length..],
    ]
    .concat()
}

/// Odd sizes, maps that fill no vector, and several patients at once.
#[track_caller]
fn check_folded(shape: &UNetShape) {
    let device = Device::flex();
    let mut net = shape.init(&device);
    let mut rng = ChaCha8Rng::seed_from_u64(5);
    let packed = net.collect(None, None, false).into_iter().map(|tensor| {
        let name = tensor.name.clone();
        let shape = bridge::into_data(tensor).unwrap().shape().to_vec();
        let n: usize = shape.iter().product();
        let reach = 1.0 / (shape[1..].iter().product::<usize>() as f32).sqrt();
        let values: Vec<f32> = match shape.len() {
            4 => (0..n).map(|_| rng.random_range(-reach..reach)).collect(),
            _ => (0..n).map(|_| rng.random_range(0.2..1.2)).collect(),
        };
        bridge::from_data(TensorData::new(values, shape), name, None)
    });
    let packed = packed.collect();
    let applied = net.apply(packed, None, None, false);
    assert!(applied.missing.is_empty() && applied.unused.is_empty());
    let values: Vec<f32> = (0..2 * 2 * 37 * 53).map(|_| rng.random()).collect();
    let x = Tensor::<4>::from_data(TensorData::new(values, [2, 2, 37, 53]), &device);
    let whole = net.forward(x.clone());
    let size: f32 = whole.clone().abs().max().into_scalar();
    let off = largest_difference(&Folded::from(net).forward(x), &whole) / size;
    assert!(size > 0.1 && off < 1e-5, "{shape:?}: {off} off, of {size}");
}

#[test]
fn a_folded_network_predicts_what_it_did_before() {
    for upsampling in [Upsampling::Transposed, Upsampling::Bilinear] {
        for context in [false, true] {
            check_folded(&UNetShape {
                features: 10,
                depth: 3,
                upsampling,
                context,
                ..UNetShape::default()
            });
        }
    }
}

const SIDE: usize = 16;

/// Two planes with the axial one, which is the first, the other way round.
fn flipped(values: &[f32]) -> Vec<f32> {
    let (axial, sagittal) = values.split_at(SIDE * SIDE);
    let rows = axial.chunks(SIDE);
    let turned = rows.flat_map(|row| row.iter().rev().copied());
    turned.chain(sagittal.iter().copied()).collect()
}

/// A network that comes along predicts the mean of what it makes of the planes and of their mirror
/// image, not below 0.
#[test]
fn a_mirrored_network_takes_both_sides_alike() {
    let device = Device::flex();
    let model = Model::find("pre-l2").unwrap();
    let (_, net) = unet(&model, &device).unwrap();
    let planes = |values: &[f32]| {
        let data = TensorData::new(values.to_vec(), [1, 2, SIDE, SIDE]);
        Tensor::<4>::from_data(data, &device)
    };
    let values = |made: Tensor<4>| made.into_data().try_to_vec::<f32>().unwrap();
    let input: Vec<f32> = (0..2 * SIDE * SIDE)
        .map(|at| (at * at % 97) as f32 / 97.0)
        .collect();
    let predictor = Predictor::open(&model, &device).unwrap();
    let made = values(predictor.planes(planes(&input)));
    let folded = Folded::from(net.clone());
    let one = values(folded.forward(planes(&input)));
    let other = flipped(&values(folded.forward(planes(&flipped(&input)))));
    let mean = one.iter().zip(&other).map(|(a, b)| (a + b) / 2.0);
    let off = made.iter().zip(mean).map(|(a, b)| (a - b.max(0.0)).abs());
    assert!(off.fold(0.0, f32::max) < 1e-6);
    // Otherwise nothing was shown: the sides differ, and there is something above 0.
    assert!(one.iter().zip(&other).any(|(a, b)| (a - b).abs() > 1e-3));
    assert!(made.iter().any(|&value| value > 0.1));
    let alone = Predictor::new(net.clone(), false);
    let alone = values(alone.planes(planes(&input)));
    assert!(alone.iter().zip(&one).all(|(a, b)| *a == b.max(0.0)));
    // What a device that fails makes must not pass as black.
    let mut broken: UNet = net;
    broken.head.bias = broken
        .head
        .bias
        .map(|bias| bias.map(|values| values * f32::NAN));
    let made = values(Predictor::new(broken, true).planes(planes(&input)));
    assert!(made.iter().all(|value| value.is_nan()));
}

#[test]
fn what_is_missing_or_left_over_in_a_checkpoint_is_named() {
    check_refused(b"no checkpoint at all", &["not a checkpoint"]);
    check_refused(b"PK\x03\x04 but no zip", &["not a checkpoint"]);
    check_refused(
        &altered("up1.conv.double_conv.1.bias", "up1.conv.double_conv.1.bia"),
        &["missing: decoder.0.norm1.beta", "left over: "],
    );
    check_refused(
        &altered("outc.conv.weight", "outc.conv.wait"),
        &["head.weight is missing"],
    );
    check_refused(
        &altered("inc.double_conv.0.weight", "ink.double_conv.0.weight"),
        &["no U-net"],
    );
}
