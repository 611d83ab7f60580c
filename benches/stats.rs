//! The interval of Krippendorff's alpha for a study of the tracer papers' size: 62 images, three
//! raters, five grades.

use cisterna::stats::{Bootstrap, BootstrapKind, Metric, RatingModel, alpha_bootstrapped};
use criterion::{Criterion, criterion_group, criterion_main};
use rand::SeedableRng;
use rand_chacha::ChaCha8Rng;

fn bootstrap(criterion: &mut Criterion) {
    let levels = [0.0, 1.0, 2.0, 3.0, 4.0];
    // Raters see the true grade in four of five cases, else a neighbour.
    let grading: Vec<Vec<f64>> = (0..5_usize)
        .map(|truth| {
            let near = |given: &usize| given.abs_diff(truth) == 1;
            let n_near = (0..5).filter(near).count() as f64;
            (0..5)
                .map(|given: usize| match given.abs_diff(truth) {
                    0 => 0.8,
                    1 => 0.2 / n_near,
                    _ => 0.0,
                })
                .collect()
        })
        .collect();
    let model = RatingModel::new(&levels, &[0.4, 0.2, 0.15, 0.15, 0.1], &grading, 3)
        .expect("a model of five grades");
    let ratings = model.draw(62, &mut ChaCha8Rng::seed_from_u64(5));
    let mut group = criterion.benchmark_group("alpha, ordinal, 10,000 resamples");
    for kind in BootstrapKind::ALL {
        let settings = Bootstrap {
            kind,
            ..Bootstrap::default()
        };
        group.bench_function(format!("{kind:?}"), |bench| {
            bench.iter(|| {
                let mut rng = ChaCha8Rng::seed_from_u64(6);
                alpha_bootstrapped(&ratings, Metric::Ordinal, &settings, &mut rng)
            });
        });
    }
    group.finish();
}

criterion_group!(benches, bootstrap);
criterion_main!(benches);
