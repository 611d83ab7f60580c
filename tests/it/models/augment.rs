//! Planes as another scanner would have shown them.

use cisterna::models::tracer::{Case, PLANE_PIXELS, varied_planes};
use cisterna::volume::{PLANE_SIZE, Scaling};

/// A disc of 0.4 with a bright rim of 5 mm, in both planes of two scans; the target is like the input.
fn case() -> Case {
    let middle = (PLANE_SIZE as f32 - 1.0) / 2.0;
    let plane: Vec<f32> = (0..PLANE_PIXELS)
        .map(|at| {
            let [x, y] = [at % PLANE_SIZE, at / PLANE_SIZE].map(|i| i as f32 - middle);
            match x.hypot(y) {
                ..70.0 => 0.4,
                70.0..75.0 => 0.15,
                75.0..80.0 => 1.0,
                _ => 0.0,
            }
        })
        .collect();
    Case {
        subject: "a".to_owned(),
        acquisition: None,
        input: plane.repeat(4),
        target: plane.repeat(2),
        hours: vec![1.5, 4.0, 24.0],
        is_simulated: true,
        doubts: Vec::new(),
        centers: [Default::default(); 2],
        regions: None,
    }
}

/// The median of a square of 21 pixels in the middle, and the mean of the brightest pixels.
fn middle_and_rim(plane: &[f32]) -> [f32; 2] {
    let first = PLANE_SIZE / 2 - 10;
    let mut square: Vec<f32> = (0..441)
        .map(|at| plane[(first + at / 21) * PLANE_SIZE + first + at % 21])
        .collect();
    square.sort_by(f32::total_cmp);
    let mut all = plane.to_vec();
    all.sort_by(f32::total_cmp);
    let brightest = &all[PLANE_PIXELS - 1200..];
    [square[220], brightest.iter().sum::<f32>() / 1200.0]
}

#[test]
fn planes_of_a_scanner_vary_together() {
    let case = case();
    let mut middles = Vec::new();
    for seed in 0..60 {
        let [input, target] = varied_planes(&case, Scaling::Slice, seed);
        let planes = || {
            input
                .chunks(PLANE_PIXELS)
                .chain(target.chunks(PLANE_PIXELS))
        };
        for plane in planes() {
            let most = plane.iter().copied().fold(0.0, f32::max);
            assert!((most - 1.0).abs() < 1e-6, "{seed}: {most}");
            assert!(plane.iter().all(|&value| value >= 0.0), "{seed}");
        }
        // What the scanner decides is the same in all scans; noise and a little of the field are not.
        let of = |channel: usize| middle_and_rim(planes().nth(channel).unwrap())[0];
        for plane in 0..2 {
            let [first, second, target] = [of(plane), of(plane + 2), of(plane + 4)];
            assert!(
                (first / target - 1.0).abs() < 0.45,
                "{seed}: {first} {target}"
            );
            assert!(
                (second / target - 1.0).abs() < 0.45,
                "{seed}: {second} {target}"
            );
        }
        middles.push(of(4));
        assert_eq!(varied_planes(&case, Scaling::Slice, seed), [input, target]);
    }
    middles.sort_by(f32::total_cmp);
    // A power of 1.65 makes 0.22 of 0.4; one of 0.6, a cut at 0.55 or fat of 0.15 make it more than 0.57.
    assert!(middles[3] < 0.33 && middles[56] > 0.6, "{middles:?}");
}

#[test]
fn fat_stays_the_unit_where_it_is_one() {
    let mut case = case();
    // Fat is a half.
    for values in [&mut case.input, &mut case.target] {
        for value in values.iter_mut() {
            *value *= 0.5;
        }
    }
    for seed in 0..30 {
        let [_, target] = varied_planes(&case, Scaling::Fat, seed);
        for plane in target.chunks(PLANE_PIXELS) {
            let [_, rim] = middle_and_rim(plane);
            assert!((0.2..=0.85).contains(&rim), "{seed}: {rim}");
        }
    }
}
