//! The networks that come along: what is on record of their files, and what they make of an input that
//! is told by a formula.
//!
//! The numbers on record were computed by PyTorch, in f32 and on a CPU, from the tensors of the files as
//! a program of a few lines of Python takes them out.

use super::checks::Checks;
use super::facts::{NetworkCheck, NumberCheck};
use super::verdict::Verdict;
use crate::models::leak::{LeakPredictor, leak_card};
use crate::models::spaces::{SpacesPredictor, spaces_card};
use crate::models::tracer::{Case, PLANE_PIXELS, Predictor};
use crate::models::{Compute, DeviceChoice, Model};
use crate::volume::PLANE_SIZE;
use crate::workflows::compute::compute;
use crate::workflows::doctor::caught;
use crate::workflows::notice::Notify;
use anyhow::{Context, anyhow, bail};
use nalgebra::Point3;

/// What is on record of a network.
struct Record {
    name: &'static str,
    sha256: &'static str,
    numbers: &'static [(Told, f64)],
}

/// A number of what a network makes.
#[derive(Clone, Copy)]
enum Told {
    /// The mean of a plane of 24 h: 0 axial, 1 sagittal.
    Mean(usize),
    /// A pixel of one: plane, row, column.
    Pixel(usize, usize, usize),
    /// One of the numbers of a classifier.
    Logit(usize),
    /// The probability at a voxel.
    Voxel([usize; 3]),
}

impl Told {
    fn words(self) -> String {
        let plane = |plane| ["axial", "sagittal"][plane];
        match self {
            Self::Mean(at) => format!("mean of the {} plane", plane(at)),
            Self::Pixel(at, row, column) => {
                format!("{} plane, row {row}, column {column}", plane(at))
            }
            Self::Logit(at) => format!("logit {at}"),
            Self::Voxel([i, j, k]) => format!("probability at voxel {i}, {j}, {k}"),
        }
    }
}

const RECORDS: [Record; 5] = [
    Record {
        name: "1-2h-l2",
        sha256: "97469492621d4cb685f0d4fb47126e5aeb19a3ca012ae9c6aa8596bd4cf15559",
        numbers: &[
            (Told::Mean(0), 0.501_581_41),
            (Told::Mean(1), 0.492_776_02),
            (Told::Pixel(0, 128, 128), 0.485_812_9),
            (Told::Pixel(0, 60, 200), 0.272_547_6),
            (Told::Pixel(1, 201, 37), 0.257_928_8),
        ],
    },
    Record {
        name: "1-2h-l1",
        sha256: "48644bb465e161b4eda85721facb94065843d0bc4c6404c7b7e198e00dc5ff8c",
        numbers: &[
            (Told::Mean(0), 0.509_255_99),
            (Told::Mean(1), 0.511_039_38),
            (Told::Pixel(0, 128, 128), 0.509_063_0),
            (Told::Pixel(0, 60, 200), 0.248_427_9),
            (Told::Pixel(1, 201, 37), 0.255_079_3),
        ],
    },
    Record {
        name: "pre-l2",
        sha256: "b4e52379e36885afa1745ec1c19670ab47e2cc40893db8443ec1802854dc1f18",
        numbers: &[
            (Told::Mean(0), 0.494_595_19),
            (Told::Mean(1), 0.509_951_64),
            (Told::Pixel(0, 128, 128), 0.498_582_1),
            (Told::Pixel(0, 60, 200), 0.266_898_6),
            (Told::Pixel(1, 201, 37), 0.287_804_1),
        ],
    },
    Record {
        name: "leak-sfcn",
        sha256: "3c34af3764ab6cec5ce1b30c087ef3df44f8c7d0655fafc79f97a6a9b2d03c17",
        numbers: &[
            (Told::Logit(0), -0.557_398_26),
            (Told::Logit(1), 0.625_887_1),
        ],
    },
    Record {
        name: "spaces-t1",
        sha256: "a31ff8c16c8ad202a05a04255e959e1f0ebc7865f22402299b8959620ed6e716",
        numbers: &[
            (Told::Voxel([14, 12, 20]), 0.730_430_84),
            (Told::Voxel([16, 12, 20]), 0.275_823_24),
            (Told::Voxel([20, 12, 20]), 0.005_404_86),
            (Told::Voxel([12, 20, 28]), 0.946_973_86),
        ],
    },
];

const GROUP: &str = "Networks";

/// Sums of f32 in another order, through some twenty layers; on a graphics processor those of its own
/// convolutions.
const TOLERANCE: f64 = 5e-4;
const TOLERANCE_ON_GPU: f64 = 2e-3;

/// Whether the files are those on record, each network of the program and each on record.
pub(super) fn files(models: &[Model]) -> Vec<NetworkCheck> {
    let of_record = |record: &Record| {
        let found = models.iter().find(|model| model.card.name == record.name);
        let sha256 = found.and_then(Model::sha256);
        NetworkCheck {
            name: record.name.to_owned(),
            sha256_on_record: Some(record.sha256),
            verdict: Verdict::of(sha256.as_deref() == Some(record.sha256)),
            sha256,
        }
    };
    let is_new = |model: &&Model| RECORDS.iter().all(|record| record.name != model.card.name);
    let of_new = |model: &Model| NetworkCheck {
        name: model.card.name.clone(),
        sha256_on_record: None,
        sha256: model.sha256(),
        verdict: Verdict::Failed,
    };
    let on_record = RECORDS.iter().map(of_record);
    on_record
        .chain(models.iter().filter(is_new).map(of_new))
        .collect()
}

/// What the networks make of the input, on the processor and, where there is a real one, on the graphics
/// processor. One that cannot be computed is one that failed.
pub(super) fn numbers(models: &[Model], notify: Notify<'_>) -> Vec<NumberCheck> {
    let mut devices = vec![(Compute::cpu(), TOLERANCE)];
    if let Ok(other) = compute(DeviceChoice::Auto, notify)
        && !other.is_cpu()
    {
        devices.push((other, TOLERANCE_ON_GPU));
    }
    let mut all = Vec::new();
    for (device, tolerance) in &devices {
        for record in &RECORDS {
            let model = models.iter().find(|model| model.card.name == record.name);
            let made = caught(|| made(model.context("it does not come along")?, device));
            all.extend(compared(record, made, device, *tolerance));
        }
    }
    all
}

/// The numbers on record beside those that were made.
fn compared(
    record: &Record,
    made: Result<Made, String>,
    device: &Compute,
    tolerance: f64,
) -> Vec<NumberCheck> {
    let what = |told: Told| format!("{} by {device}: {}", record.name, told.words());
    let made = match made {
        Ok(made) => made,
        Err(why) => {
            return vec![NumberCheck {
                group: GROUP,
                what: format!("{} by {device}", record.name),
                source: "",
                expected: None,
                tolerance: 0.0,
                found: None,
                remark: Some(format!("could not be computed: {why}")),
                verdict: Verdict::Failed,
            }];
        }
    };
    let mut checks = Checks::of(GROUP);
    checks.by("PyTorch 2.9, f32 on a CPU, from the tensors of the same file");
    for &(told, expected) in record.numbers {
        checks.number(what(told), made.number(told), expected, tolerance);
    }
    checks.done()
}

/// What a network made.
enum Made {
    /// `[2, 256, 256]`.
    Planes(Vec<f32>),
    Logits(Vec<f32>),
    /// The last axis fastest.
    Probabilities(Vec<f32>),
}

impl Made {
    fn number(&self, told: Told) -> Option<f64> {
        match (self, told) {
            (Self::Planes(values), Told::Mean(plane)) => {
                let start = plane * PLANE_PIXELS;
                let plane = values.get(start..start + PLANE_PIXELS)?;
                let sum: f64 = plane.iter().map(|value| f64::from(*value)).sum();
                Some(sum / PLANE_PIXELS as f64)
            }
            (Self::Planes(values), Told::Pixel(plane, row, column)) => {
                let at = plane * PLANE_PIXELS + row * PLANE_SIZE + column;
                values.get(at).copied().map(f64::from)
            }
            (Self::Logits(values), Told::Logit(at)) => values.get(at).copied().map(f64::from),
            (Self::Probabilities(values), Told::Voxel([i, j, k])) => {
                let [_, height, width] = MARKED;
                let at = k + width * (j + height * i);
                values.get(at).copied().map(f64::from)
            }
            _ => None,
        }
    }
}

/// The volume that networks are given that mark.
const MARKED: [usize; 3] = [40, 48, 56];

fn made(model: &Model, device: &Compute) -> anyhow::Result<Made> {
    if leak_card(model).is_ok() {
        let predictor = LeakPredictor::open(model, device)?;
        let size = predictor.card().preparation.size;
        let logits = predictor.net().numbers(&volume(size), size)?;
        return Ok(Made::Logits(logits));
    }
    if spaces_card(model).is_ok() {
        let predictor = SpacesPredictor::open(model, device)?;
        let made = predictor
            .net()
            .probabilities(&tubes(MARKED), MARKED, usize::MAX, &|_| true);
        return Ok(Made::Probabilities(
            made.map_err(|failed| anyhow!("{failed:?}"))?,
        ));
    }
    let predictor = Predictor::open(model, device.device())?;
    let case = Case {
        subject: "formula".to_owned(),
        acquisition: None,
        input: planes(),
        target: vec![0.0; 2 * PLANE_PIXELS],
        hours: Vec::new(),
        is_simulated: true,
        doubts: Vec::new(),
        centers: [Point3::origin(); 2],
        regions: None,
    };
    let mut predicted = predictor.predictions(&[&case], device.device())?;
    match predicted.pop() {
        Some(planes) => Ok(Made::Planes(planes)),
        None => bail!("nothing was predicted"),
    }
}

/// `(|(3 x + 40 c) mod 256 - 128| + |(2 y + 24 c) mod 256 - 128|) / 256` of column x, row y and plane c:
/// exact in f32.
fn planes() -> Vec<f32> {
    let value = |at: usize| {
        let (c, y, x) = (
            at / PLANE_PIXELS,
            at / PLANE_SIZE % PLANE_SIZE,
            at % PLANE_SIZE,
        );
        let wave = |n: usize| (n % 256).abs_diff(128);
        (wave(3 * x + 40 * c) + wave(2 * y + 24 * c)) as f32 / 256.0
    };
    (0..2 * PLANE_PIXELS).map(value).collect()
}

/// `(|3 i mod 64 - 32| + |2 j mod 64 - 32| + |5 k mod 64 - 32|) / 32 - 1.5`, the last axis fastest: exact in
/// f32.
fn volume([depth, height, width]: [usize; 3]) -> Vec<f32> {
    let value = |at: usize| {
        let (i, j, k) = (at / (height * width), at / width % height, at % width);
        let wave = |n: usize| (n % 64).abs_diff(32);
        (wave(3 * i) + wave(2 * j) + wave(5 * k)) as f32 / 32.0 - 1.5
    };
    (0..depth * height * width).map(value).collect()
}

/// 1, but in lines along i where j and k are 4 more than a multiple of 8: `1 - |i mod 64 - 32| / 256` there,
/// the last axis fastest; exact in f32.
fn tubes([depth, height, width]: [usize; 3]) -> Vec<f32> {
    let value = |at: usize| {
        let (i, j, k) = (at / (height * width), at / width % height, at % width);
        match (j % 8, k % 8) {
            (4, 4) => 1.0 - (i % 64).abs_diff(32) as f32 / 256.0,
            _ => 1.0,
        }
    };
    (0..depth * height * width).map(value).collect()
}
