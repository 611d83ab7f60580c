//! Networks on the CPU: the U-net with one patient's planes forward, once folded and as burn computes
//! them, and a training step; DenseNet121 in three dimensions forward, its occlusion map plain and by
//! changes, and a training step of it and of a small network. `benches/networks.py` times the same in PyTorch and MONAI.

use burn::optim::GradientsParams;
use burn::tensor::{Device, Tensor, TensorData};
use cisterna::models::explain::{OcclusionPlan, occlusion};
use cisterna::models::{
    Adam, Classifier, DenseNetShape, Folded, FoldedClassifier, SfcnShape, UNetShape,
};
use criterion::{Criterion, SamplingMode, criterion_group, criterion_main};
use std::hint::black_box;

fn input(batch: usize, device: &Device) -> Tensor<4> {
    let n = batch * 2 * 256 * 256;
    let values: Vec<f32> = (0..n).map(|at| (at % 251) as f32 / 251.0).collect();
    Tensor::from_data(TensorData::new(values, [batch, 2, 256, 256]), device)
}

fn networks(c: &mut Criterion) {
    let mut group = c.benchmark_group("unet");
    group.sample_size(10).sampling_mode(SamplingMode::Flat);
    let cpu = Device::flex();
    for features in [16, 64] {
        let shape = UNetShape {
            features,
            ..UNetShape::default()
        };
        let net = shape.init(&cpu);
        let x = input(1, &cpu);
        group.bench_function(format!("forward with burn, {features} features"), |b| {
            b.iter(|| black_box(net.forward(x.clone()).into_data()));
        });
        let net = Folded::from(net);
        group.bench_function(format!("forward, {features} features"), |b| {
            b.iter(|| black_box(net.forward(x.clone()).into_data()));
        });
    }
    let tracked = Device::flex().autodiff();
    let shape = UNetShape {
        features: 16,
        ..UNetShape::default()
    };
    let mut net = shape.init(&tracked);
    let mut adam = Adam::new();
    let x = input(8, &tracked);
    group.bench_function("training step, 16 features, batch 8", |b| {
        b.iter(|| {
            let loss = (net.forward(x.clone()) - x.clone()).square().mean();
            let grads = GradientsParams::from_grads(loss.backward(), &net);
            net = adam.step(net.clone(), grads, 1e-3);
        });
    });
    group.finish();
}

fn classifiers(c: &mut Criterion) {
    let mut group = c.benchmark_group("densenet121");
    group.sample_size(10).sampling_mode(SamplingMode::Flat);
    let size = [96, 104, 104];
    let volume: Vec<f32> = (0..size.iter().product())
        .map(|at: usize| (at % 251) as f32 / 251.0)
        .collect();
    let cpu = Device::flex();
    let net = DenseNetShape::densenet121(2).init(&cpu);
    let net = FoldedClassifier::new(Classifier::Densenet(Box::new(net)), &cpu);
    group.bench_function("forward, 96 x 104 x 104", |b| {
        b.iter(|| black_box(net.numbers(&volume, size).ok()));
    });
    // A twentieth of the 512 boxes, from the middle to a corner.
    for (name, from_the_beginning) in [("plain", true), ("by changes", false)] {
        let plan = OcclusionPlan {
            patch: [12, 13, 13],
            stride: [12, 13, 13],
            fill: vec![0.0],
            part: Some([[48, 52, 52], [84, 91, 91]]),
            from_the_beginning,
        };
        group.bench_function(format!("occlusion, 27 boxes, {name}"), |b| {
            b.iter(|| black_box(occlusion(&net, &volume, size, &plan, &|_| true).ok()));
        });
    }
    let tracked = Device::flex().autodiff();
    let data = TensorData::new(volume, [1, 1, 96, 104, 104]);
    let x = Tensor::<5>::from_data(data, &tracked);
    let mut net = DenseNetShape::densenet121(2).init(&tracked);
    let mut adam = Adam::new();
    group.bench_function("training step, 96 x 104 x 104, batch 1", |b| {
        b.iter(|| {
            let grads = net.forward(x.clone()).square().mean().backward();
            let grads = GradientsParams::from_grads(grads, &net);
            net = adam.step(net.clone(), grads, 1e-3);
        });
    });
    let shape = SfcnShape {
        channels: vec![16, 32, 64, 64, 64],
        ..SfcnShape::published(2)
    };
    let mut net = shape.init(&tracked);
    let mut adam = Adam::new();
    let n: usize = 4 * 48 * 56 * 56;
    let values: Vec<f32> = (0..n).map(|at| (at % 251) as f32 / 251.0).collect();
    let x = Tensor::<5>::from_data(TensorData::new(values, [4, 1, 48, 56, 56]), &tracked);
    group.bench_function("SFCN, training step, 48 x 56 x 56, batch 4", |b| {
        b.iter(|| {
            let grads = net.forward(x.clone()).square().mean().backward();
            let grads = GradientsParams::from_grads(grads, &net);
            net = adam.step(net.clone(), grads, 1e-3);
        });
    });
    group.finish();
}

criterion_group!(benches, networks, classifiers);
criterion_main!(benches);
