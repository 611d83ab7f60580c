//! The U-net on the CPU: one patient's planes forward, once folded and as burn computes them, and a
//! training step. `benches/networks.py` times the same in PyTorch.

use burn::optim::GradientsParams;
use burn::tensor::{Device, Tensor, TensorData};
use cisterna::models::{Adam, Folded, UNetShape};
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

criterion_group!(benches, networks);
criterion_main!(benches);
