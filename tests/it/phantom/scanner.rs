//! Scanners that differ: the equations, what they do to a picture, and that nothing else changes.

use cisterna::phantom::scanner::{BeforeTracer, Export, Scanner, Substance, Tissues, Window};
use cisterna::phantom::{Head, Patient, Region, Tissue, cohort};
use cisterna::signal::{Sequence, Spgr, Tfe};
use std::f64::consts::TAU;

fn patients(n: usize) -> Vec<Patient> {
    cohort(n, 5, None)
}

#[test]
fn a_sequence_is_what_pulse_after_pulse_makes_of_it() {
    // By a program that follows the magnetisation through sixty shots, one pulse after the other.
    #[track_caller]
    fn check(t1_ms: f64, expected: f64) {
        let tfe = Tfe {
            shot_ms: 2300.0,
            delay_ms: 900.0 - 87.0 * 7.1,
            echo_spacing_ms: 7.1,
            n_echoes: 176,
            centre_echo: 88,
            flip_deg: 9.0,
            te_ms: 2.98,
        };
        assert!((tfe.inversion_ms() - 900.0).abs() < 1e-9);
        let found = tfe.magnetisation(t1_ms);
        assert!((found - expected).abs() < 2e-6, "{t1_ms}: {found}");
    }
    check(382.0, 0.567729);
    check(838.0, 0.300690);
    check(1332.0, 0.175995);
    check(1470.0, 0.155237);
    check(4308.7, 0.035100);
}

#[test]
fn drawn_scanners_can_be_built() {
    let (mut n_tfe, mut n_cut, mut n_fat) = (0_usize, 0_usize, 0_usize);
    for patient in patients(150) {
        for scanner_idx in 0..2 {
            let scanner = Scanner::draw(&patient, scanner_idx);
            assert_eq!(scanner, Scanner::draw(&patient, scanner_idx));
            if let Sequence::Tfe(tfe) = scanner.sequence {
                n_tfe += 1;
                let train = f64::from(tfe.n_echoes - 1) * tfe.echo_spacing_ms;
                assert!(tfe.delay_ms > 10.0, "{tfe:?}");
                assert!(tfe.shot_ms - tfe.delay_ms - train > 0.0, "{tfe:?}");
                assert!(tfe.centre_echo < tfe.n_echoes, "{tfe:?}");
                assert!((830.0..1120.0).contains(&tfe.inversion_ms()), "{tfe:?}");
                assert!(tfe.te_ms < tfe.echo_spacing_ms, "{tfe:?}");
            }
            assert!(scanner.voxel_mm.iter().all(|mm| (1.0..=3.2).contains(mm)));
            n_cut += usize::from(scanner.export.window.is_some());
            n_fat += usize::from(scanner.fat_left < 1.0);
        }
        assert_ne!(Scanner::draw(&patient, 0), Scanner::draw(&patient, 1));
    }
    for (n, share) in [(n_tfe, 0.82), (n_cut, 0.45), (n_fat, 0.4)] {
        let found = n as f64 / 300.0;
        assert!((found - share).abs() < 0.09, "{found} for {share}");
    }
}

#[test]
fn relaxation_follows_its_sources() {
    let drawn: Vec<Tissues> = patients(400).iter().map(Tissues::draw).collect();
    #[track_caller]
    fn check(drawn: &[Tissues], substance: Substance, [low, high]: [f64; 2], pd: f64) {
        let n = drawn.len() as f64;
        let all = drawn.iter().map(|tissues| tissues.relaxation(substance));
        let t1: Vec<f64> = all.clone().map(|r| r.t1_ms).collect();
        let mean = t1.iter().sum::<f64>() / n;
        let sd = (t1.iter().map(|t| (t - mean).powi(2)).sum::<f64>() / n).sqrt();
        assert!((low..high).contains(&mean), "{substance:?}: {mean}");
        // Within what studies measure from one to the next.
        assert!(sd / mean < 0.12, "{substance:?}: {sd}");
        let mean_pd = all.map(|r| r.pd).sum::<f64>() / n;
        assert!((mean_pd - pd).abs() < 0.005, "{substance:?}: {mean_pd}");
    }
    // Published means at 3 T, whichever method: 832 and 838; 1331 to 1607; 1332; 1395; 4309; 382 ms.
    check(&drawn, Substance::Of(Tissue::White), [825.0, 880.0], 0.691);
    check(
        &drawn,
        Substance::Of(Tissue::CorticalGrey),
        [1331.0, 1607.0],
        0.837,
    );
    check(
        &drawn,
        Substance::Of(Tissue::DeepGrey),
        [1200.0, 1370.0],
        0.82,
    );
    check(&drawn, Substance::Caudate, [1300.0, 1450.0], 0.83);
    check(&drawn, Substance::Of(Tissue::Csf), [4250.0, 4370.0], 1.0);
    check(&drawn, Substance::Of(Tissue::Fat), [375.0, 390.0], 0.9);
    // The cradle of age: shortest in the fifth decade.
    let of_age = |age_years: f64| {
        let all = patients(200).into_iter().map(|patient| Patient {
            age_years,
            ..patient
        });
        let all = all.map(|p| {
            Tissues::draw(&p)
                .relaxation(Substance::Of(Tissue::White))
                .t1_ms
        });
        all.sum::<f64>() / 200.0
    };
    assert!(of_age(42.0) < of_age(20.0) && of_age(42.0) < of_age(80.0));
}

/// White matter is 1. Medians of a head with FreeSurfer's labels as it was scanned (`orig.mgz` of
/// raamana/visualqc), and of another after the correction of its field (`norm.mgz` of niivue).
const REAL: [(&str, f64, f64); 4] = [
    ("cortex", 0.58, 0.63),
    ("csf", 0.16, 0.19),
    ("putamen", 0.78, 0.82),
    ("thalamus", 0.86, 0.97),
];

#[test]
fn tissue_ratios_of_real_scans_lie_within_those_of_the_scanners() {
    let mut found: [Vec<f64>; 4] = Default::default();
    for patient in patients(150) {
        let tissues = Tissues::draw(&patient);
        for scanner_idx in 0..3 {
            let scanner = Scanner::draw(&patient, scanner_idx);
            let of = |substance| scanner.shows(&tissues, substance, 0.0);
            let white = of(Substance::Of(Tissue::White));
            // As they are mixed in the head; deep parts are nearer to the middle.
            let thalamus = 0.58 * of(Substance::Thalamus) + 0.42 * white;
            let deep = (0.17 * scanner.centre_gain as f32).exp();
            let csf = of(Substance::Of(Tissue::Csf)).hypot(1.25 * scanner.noise_of_white as f32);
            let shown = [
                of(Substance::Of(Tissue::CorticalGrey)),
                csf * deep,
                of(Substance::Of(Tissue::DeepGrey)) * deep,
                thalamus * deep,
            ];
            let plain = Export {
                window: None,
                counts_of_white: 1e4,
                ..scanner.export
            };
            for (found, shown) in found.iter_mut().zip(shown) {
                found.push(f64::from(plain.counts(shown, 1.0)) / 1e4);
            }
        }
    }
    for ((name, low, high), mut found) in REAL.into_iter().zip(found) {
        found.sort_by(f64::total_cmp);
        let [least, most] = [0.05, 0.95].map(|q| found[(q * found.len() as f64) as usize]);
        println!("{name}: {least:.2} to {most:.2}");
        assert!(
            least < low && high < most,
            "{name}: {low} to {high} in real scans, {least} to {most} in simulated ones"
        );
    }
}

#[test]
fn an_export_bends_and_cuts() {
    let bent = Export {
        gamma: 0.5,
        window: None,
        counts_of_white: 100.0,
    };
    #[track_caller]
    fn check(export: &Export, of_white: f32, gain: f32, expected: i16) {
        assert_eq!(export.counts(of_white, gain), expected);
    }
    check(&bent, 1.0, 1.0, 100);
    check(&bent, 0.25, 1.0, 50);
    check(&bent, 4.0, 1.5, 300);
    let cut = Export {
        gamma: 2.0,
        window: Some(Window {
            of_white: [0.04, 1.64],
            most_counts: 255,
        }),
        counts_of_white: 100.0,
    };
    check(&cut, 0.2, 1.0, 0);
    check(&cut, 0.1, 1.0, 0);
    // (1 - 0.04) / 1.6 of 255.
    check(&cut, 1.0, 1.0, 153);
    check(&cut, 1.0, 1.4, 153);
    check(&cut, 1.3, 1.0, 255);
    // A power leaves the order, so that quantiles are the powers of quantiles.
    let values: Vec<f32> = (0..=100).map(|at| (at * 37 % 101) as f32 / 50.0).collect();
    let mut counts: Vec<i16> = values.iter().map(|&v| bent.counts(v, 1.0)).collect();
    counts.sort_unstable();
    assert_eq!(counts[25], (100.0 * 0.5_f32.sqrt()).round() as i16);
    assert_eq!(counts[50], 100);
}

/// The scanner of nothing but its lines of k-space.
fn bare(scanner: &Scanner, voxel_mm: f64, sample_mm: f64) -> Scanner {
    Scanner {
        voxel_mm: [voxel_mm; 3],
        sample_mm: [sample_mm; 3],
        offset_mm: [0.0; 3],
        filter: 0.0,
        sharpening: 0.0,
        blur_mm: 0.0,
        ..scanner.clone()
    }
}

#[test]
fn lines_that_are_not_measured_are_not_there() {
    let drawn = Scanner::draw(&patients(1)[0], 0);
    // Voxels of 1 mm on voxels of 1 mm change nothing.
    let shares = bare(&drawn, 1.0, 1.0).point_spread(0, 40, 80);
    assert!((shares[40] - 1.0).abs() < 1e-6);
    assert!(
        shares
            .iter()
            .enumerate()
            .all(|(at, s)| at == 40 || s.abs() < 1e-6)
    );
    // By the transform of what a point gives: waves longer than two voxels stay, shorter ones go.
    #[track_caller]
    fn check(scanner: &Scanner, wave_mm: f64, [low, high]: [f64; 2]) {
        let shares = scanner.point_spread(1, 40, 80);
        let sum: f64 = shares
            .iter()
            .enumerate()
            .map(|(at, &s)| f64::from(s) * (TAU * (at as f64 - 40.0) / wave_mm).cos())
            .sum();
        assert!((low..=high).contains(&sum), "{wave_mm} mm: {sum}");
    }
    let two = bare(&drawn, 2.0, 1.0);
    check(&two, 1e9, [0.999, 1.001]);
    check(&two, 12.0, [0.97, 1.03]);
    check(&two, 6.0, [0.9, 1.1]);
    check(&two, 2.8, [-0.06, 0.06]);
    check(&two, 2.2, [-0.06, 0.06]);
    let three = bare(&drawn, 3.0, 1.0);
    check(&three, 4.0, [-0.08, 0.08]);
    check(&three, 12.0, [0.93, 1.07]);
    // A filter weakens the outer half of what is left: 1 - 0.6 sin^2 of a quarter turn's share.
    let soft = Scanner {
        filter: 0.6,
        ..bare(&drawn, 2.0, 1.0)
    };
    let share = 4.0 / 8.0;
    let kept = 1.0 - 0.6 * (0.25 * TAU * share).sin().powi(2);
    check(&soft, 8.0, [kept - 0.04, kept + 0.04]);
}

#[test]
fn a_finer_head_has_the_ventricles_and_planes_of_the_other() {
    let patient = patients(3).swap_remove(2);
    let plain = Head::draw(&patient, 1);
    let before = BeforeTracer::draw(&patient);
    assert_eq!(plain.study_slices(), before.head.study_slices());
    let ml = |head: &Head, region| head.region_ml(region);
    for region in [
        Region::LateralVentricleLeft,
        Region::ThirdVentricle,
        Region::FourthVentricle,
    ] {
        let [usual, finer] = [ml(&plain, region), ml(&before.head, region)];
        assert!(
            (finer / usual - 1.0).abs() < 0.08,
            "{region:?}: {usual} ml, {finer} ml"
        );
    }
    // Deeper sulci: less white matter near the vertex, and a larger cerebellum.
    let cerebellum =
        |head: &Head| ml(head, Region::CerebellarCortex) + ml(head, Region::CerebellarWhite);
    assert!(cerebellum(&before.head) > cerebellum(&plain));

    // A slice is that slice of the volume, and another scanner's differs.
    let scanner = Scanner::draw(&patient, 0);
    let scan = before.scan_on(&scanner);
    let [axial, sagittal] = before.head.study_slices();
    let slab = scan.slice(2, axial);
    let across = scan.slice(0, sagittal);
    let n = 256;
    for j in 0..n {
        assert_eq!(slab[sagittal + n * j], across[j + n * axial], "row {j}");
    }
    let again = before.scan_on(&scanner).slice(2, axial);
    assert_eq!(slab, again);
    let other = Scanner::draw(&patient, 1);
    assert_ne!(slab, before.scan_on(&other).slice(2, axial));
    let [mean, median] = scan.orbital_fat();
    assert!(mean > 0.0 && median > 0.0);
}

#[test]
fn a_plain_gradient_echo_is_its_equation() {
    // (1 - E1) sin a / (1 - E1 cos a), by hand for TR 10 ms, 20 degrees, T1 1000 ms: E1 = 0.99005.
    let spgr = Sequence::Spgr(Spgr {
        tr_ms: 10.0,
        te_ms: 3.0,
        flip_deg: 20.0,
    });
    assert!(
        (spgr.weight(1000.0) - 0.142844).abs() < 1e-5,
        "{}",
        spgr.weight(1000.0)
    );
}
