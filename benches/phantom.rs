//! One simulated patient: the head, the planes that a network trains on, and eight whole scans on
//! cells of 1 mm.

use cisterna::phantom::{
    Diagnosis, Examination, Head, Patient, ScanProtocol, cohort, demo_protocol,
};
use cisterna::signal::Sequence;
use criterion::{Criterion, SamplingMode, criterion_group, criterion_main};
use std::hint::black_box;
use std::ops::ControlFlow;

const HOURS: [f64; 8] = [0.0, 1.5, 4.0, 6.0, 8.0, 24.0, 48.0, 72.0];

fn patient() -> Patient {
    cohort(1, 1, Some(Diagnosis::Reference)).swap_remove(0)
}

fn examine(protocol: &ScanProtocol) -> Examination {
    Examination::run(patient(), protocol, &|_| ControlFlow::Continue(()))
        .expect("a head through which CSF flows")
}

fn simulate(c: &mut Criterion) {
    let mut group = c.benchmark_group("simulate");
    group.sample_size(10).sampling_mode(SamplingMode::Flat);
    group.bench_function("head of 1 mm", |b| b.iter(|| Head::draw(&patient(), 1)));
    group.bench_function("eight pairs of planes, cells of 2 mm", |b| {
        b.iter(|| {
            let examination = examine(&demo_protocol(&HOURS));
            let [k, i] = examination.study_slices();
            for session_idx in 0..HOURS.len() {
                black_box(examination.scan_slice(session_idx, 2, k));
                black_box(examination.scan_slice(session_idx, 0, i));
            }
        });
    });
    group.bench_function("eight scans, cells of 1 mm", |b| {
        b.iter(|| {
            let examination = examine(&ScanProtocol {
                nominal_hours: HOURS.to_vec(),
                sequence: Sequence::default(),
                transport_mm: 1,
                misalignment: 0.0,
                neck_bends: false,
                n_scanners: 0,
            });
            for session_idx in 0..HOURS.len() {
                black_box(examination.scan(session_idx));
            }
        });
    });
    group.finish();
}

criterion_group!(benches, simulate);
criterion_main!(benches);
