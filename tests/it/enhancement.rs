//! Maps, regions and curves against NumPy and SciPy.

use cisterna::enhancement::{
    Before, Clearance, ConcentrationMethod, CurveSummary, EnhancementError, Group, LabelNames,
    NoEquation, RegionStatistics, Regions, concentration_of_t1, nearest_to_24_h, sequence_of,
    t1_in_ms,
};
use cisterna::signal::{Sequence, Spgr, Tfe};
use cisterna::stats::mean_with_interval;
use cisterna::volume::{Affine, Grid, Volume};
use serde_json::json;

#[track_caller]
fn close(found: f64, expected: f64) {
    let scale = expected.abs().max(1e-9);
    assert!(
        (found - expected).abs() < 1e-9 * scale.max(1.0),
        "{found}, not {expected}"
    );
}

/// numpy: mean, std(ddof=1), median, percentile.
#[test]
fn statistics_are_those_of_numpy() {
    let mut values = vec![3.5, -1.25, 0.5, 7.75, 2.0, 2.0, 9.125, 4.5, -3.0, 6.25, 1.0];
    values.extend([f32::NAN, f32::INFINITY]);
    let found = RegionStatistics::of(values.into_iter(), 0.002);
    assert_eq!((found.n_voxels, found.n_nan), (13, 2));
    close(found.volume_ml, 0.026);
    let of = found.values.unwrap();
    close(of.mean, 2.943_181_818_181_818_3);
    close(of.sd.unwrap(), 3.733_866_811_180_651);
    close(of.median, 2.0);
    let expected = [-2.825, -2.125, 0.75, 5.375, 7.75, 8.4375, 8.9875];
    for (found, expected) in of.percentiles.into_iter().zip(expected) {
        close(found, expected);
    }
    close(of.min, -3.0);
    close(of.max, 9.125);
    close(of.sum, 32.375);
    assert_eq!(
        RegionStatistics::of(std::iter::once(f32::NAN), 1.0).values,
        None
    );
}

/// scipy.stats.linregress and scipy.stats.t; area and half-life of the same scans are computed by
/// `verify-self`.
#[test]
fn a_curve_is_that_of_scipy() {
    let later = [
        [4.3, 0.031],
        [24.7, 0.19],
        [48.3, 0.121],
        [71.5, 0.083],
        [96.2, 0.049],
    ];
    let curve = CurveSummary::of(0.012, &later, 0.95).unwrap();
    assert_eq!(curve.n_scans, 6);
    close(curve.peak, 0.19);
    close(curve.rise, 0.178);
    close(curve.area_to_hours, 96.2);
    let Clearance::Rate {
        n_scans,
        rate_per_h,
        half_life_interval_h,
        ..
    } = curve.clearance
    else {
        panic!("{:?}", curve.clearance);
    };
    assert_eq!(n_scans, 3);
    close(rate_per_h.value().unwrap(), 0.022_597_179_509_368_515);
    close(rate_per_h.se().unwrap(), 0.002_280_451_480_063_897_7);
    close(rate_per_h.p().unwrap(), 0.064_029_314_863_211_09);
    let (low, high) = rate_per_h.interval().unwrap();
    close(low, -0.006_378_703_887_235_972);
    close(high, 0.051_573_062_905_973);
    close(half_life_interval_h[0].unwrap(), 13.440_101_120_689_258);
    // The slowest rate of the interval is a rise.
    assert_eq!(half_life_interval_h[1], None);
}

/// scipy.stats.linregress and scipy.stats.t over the scans of 30 to 96 h: slope, lower and upper end.
const OF_FOUR: [f64; 3] = [
    0.024_074_347_345_682_44,
    0.022_288_069_931_107_223,
    0.025_860_624_760_257_658,
];

#[test]
fn four_scans_after_the_peak_bound_a_half_life() {
    let later = [
        [96.0, 0.035],
        [6.0, 0.05],
        [24.0, 0.2],
        [30.0, 0.17],
        [48.0, 0.11],
        [72.0, 0.06],
    ];
    let curve = CurveSummary::of(0.0, &later, 0.95).unwrap();
    let Clearance::Rate {
        n_scans,
        half_life_h,
        half_life_interval_h: [low, high],
        ..
    } = curve.clearance
    else {
        panic!("{:?}", curve.clearance);
    };
    assert_eq!(n_scans, 4);
    let [slope, slow, fast] = OF_FOUR.map(|rate| std::f64::consts::LN_2 / rate);
    close(half_life_h.unwrap(), slope);
    close(low.unwrap(), fast);
    close(high.unwrap(), slow);
}

/// Half of it goes each 10 h; a rate needs all of it to be above what noise leaves.
#[test]
fn what_noise_leaves_has_no_half_life() {
    let later: Vec<[f64; 2]> = (0..5)
        .map(|at| [10.0 * f64::from(at + 1), 0.4 * 0.5_f64.powi(at)])
        .collect();
    let curve = CurveSummary::of(0.0, &later, 0.95).unwrap();
    // The last value is 0.025.
    let kept = curve.clone().above(&later, 0.0249);
    assert_eq!(kept, curve);
    close(kept.clearance.half_life_h().unwrap(), 10.0);
    let without = curve.above(&later, 0.025);
    let Clearance::None { why } = &without.clearance else {
        panic!("{without:?}");
    };
    assert!(why.contains("at 50 h there is 0.0250"), "{why}");
}

#[test]
fn without_a_fall_there_is_no_half_life() {
    #[track_caller]
    fn check(before: f64, later: &[[f64; 2]], expected: &str) {
        let curve = CurveSummary::of(before, later, 0.95).unwrap();
        let Clearance::None { why } = &curve.clearance else {
            panic!("{:?}", curve.clearance);
        };
        assert!(why.contains(expected), "{why}");
        assert_eq!(curve.clearance.half_life_h(), None);
    }
    check(0.0, &[[24.0, 1.0], [48.0, 0.5]], "1 scans after the peak");
    check(0.0, &[[24.0, 1.0], [48.0, 0.5], [72.0, 0.2]], "too few");
    check(
        2.0,
        &[[24.0, 1.0], [48.0, 0.5], [72.0, 0.2], [96.0, 0.1]],
        "nothing rises",
    );
    check(
        0.3,
        &[[24.0, 1.0], [48.0, 0.5], [72.0, 0.2], [96.0, 0.1]],
        "at 72 h nothing is left",
    );
    assert_eq!(CurveSummary::of(0.0, &[], 0.95), None);
    assert_eq!(CurveSummary::of(f64::NAN, &[[1.0, 1.0]], 0.95), None);
    assert_eq!(nearest_to_24_h(&[0.0, 17.0, 31.0]), None);
    assert_eq!(nearest_to_24_h(&[0.0, 20.0, 25.0]), Some(2));
}

/// scipy.stats.t.interval.
#[test]
fn a_mean_has_its_interval() {
    let found = mean_with_interval(&[0.12, 0.19, 0.15, 0.22], 0.95);
    close(found.value().unwrap(), 0.17);
    let (low, high) = found.interval().unwrap();
    close(low, 0.100_034_416_782_915_82);
    close(high, 0.239_965_583_217_084_17);
    assert_eq!(mean_with_interval(&[1.0, 2.0], 0.95).interval(), None);
    assert_eq!(mean_with_interval(&[], 0.95).value(), None);
}

#[test]
fn a_sidecar_tells_the_sequence() {
    let full = json!({
        "InversionTime": 0.852_885, "RepetitionTime": 3.0, "RepetitionTimeExcitation": 0.005_199,
        "NumberShots": [115, 117], "FlipAngle": 8.0, "EchoTime": 0.0023,
    });
    let known = sequence_of(&full).unwrap();
    let (Sequence::Tfe(found), expected) = (known.sequence, Tfe::default()) else {
        panic!("{known:?}");
    };
    for (found, expected) in [
        (found.shot_ms, expected.shot_ms),
        (found.delay_ms, expected.delay_ms),
        (found.echo_spacing_ms, expected.echo_spacing_ms),
    ] {
        assert!((found - expected).abs() < 1e-9, "{found}, not {expected}");
    }
    assert_eq!((found.n_echoes, found.centre_echo), (232, 116));
    assert!(known.assumptions.is_empty());

    // Philips and GE call the time from echo to echo the repetition time.
    let mut other = full.clone();
    other["RepetitionTime"] = json!(0.005_199);
    other["RepetitionTimePreparation"] = json!(3.0);
    other["NumberShots"] = json!(232);
    other
        .as_object_mut()
        .unwrap()
        .remove("RepetitionTimeExcitation");
    let assumed = sequence_of(&other).unwrap();
    assert_eq!(assumed.sequence, known.sequence);
    assert_eq!(assumed.assumptions.len(), 1);

    let spoiled = json!({
        "PulseSequenceType": "Spoiled gradient echo", "RepetitionTime": 0.0051,
        "EchoTime": 0.0023, "FlipAngle": 8.0,
    });
    let Sequence::Spgr(found) = sequence_of(&spoiled).unwrap().sequence else {
        panic!("no spoiled gradient echo");
    };
    assert!((found.tr_ms - Spgr::default().tr_ms).abs() < 1e-9);
}

#[test]
fn what_a_sidecar_lacks_is_named() {
    #[track_caller]
    fn check(sidecar: serde_json::Value, expected: &[&str]) {
        let error = sequence_of(&sidecar).unwrap_err();
        let NoEquation::Missing(fields) = &error else {
            panic!("{error}");
        };
        assert_eq!(fields.len(), expected.len(), "{error}");
        for (field, expected) in fields.iter().zip(expected) {
            assert!(field.starts_with(expected), "{error}");
        }
    }
    // A printed TR, TE and flip angle are no reason to leave the inversion out.
    check(
        json!({"RepetitionTime": 0.0051, "EchoTime": 0.0023, "FlipAngle": 8}),
        &["InversionTime"],
    );
    check(
        json!({"InversionTime": 0.85, "RepetitionTime": 3.0}),
        &["FlipAngle", "RepetitionTimeExcitation", "NumberShots"],
    );
    check(json!({}), &["FlipAngle", "RepetitionTime", "InversionTime"]);
    let wrong = json!({"InversionTime": -1, "FlipAngle": 8});
    assert!(matches!(
        sequence_of(&wrong),
        Err(NoEquation::Field {
            field: "InversionTime",
            ..
        })
    ));
    let too_long = json!({
        "InversionTime": 0.5, "RepetitionTime": 3.0, "RepetitionTimeExcitation": 0.005_199,
        "NumberShots": 232, "FlipAngle": 8,
    });
    assert!(matches!(
        sequence_of(&too_long),
        Err(NoEquation::Field {
            field: "NumberShots",
            ..
        })
    ));
}

fn grid(dims: [usize; 3], spacing_mm: [f64; 3], origin: [f64; 3]) -> Grid {
    let mut affine = Affine::identity();
    for axis in 0..3 {
        affine[(axis, axis)] = spacing_mm[axis];
        affine[(axis, 3)] = origin[axis];
    }
    Grid::new(dims, affine).unwrap()
}

fn volume(grid: &Grid, value: impl Fn([usize; 3]) -> f32) -> Volume {
    let [nx, ny, _] = grid.dims();
    let at = |voxel: usize| value([voxel % nx, voxel / nx % ny, voxel / (nx * ny)]);
    Volume::new(grid.clone(), (0..grid.n_voxels()).map(at).collect()).unwrap()
}

#[test]
fn labels_meet_a_scan_in_the_world() {
    // Labels of 2 mm, mirrored along x: 1 left of the middle, 2 right of it.
    let labels = grid([6, 6, 6], [-2.0, 2.0, 2.0], [5.0, -5.0, -5.0]);
    let map = volume(&labels, |[i, _, _]| if i < 3 { 2.0 } else { 1.0 });
    let scan = grid([12, 12, 12], [1.0; 3], [-5.5; 3]);
    let regions = Regions::new(&map, None, 0, &scan).unwrap();
    let voxels = regions.voxels();
    assert_eq!([voxels[0].len(), voxels[1].len()], [864, 864]);
    assert!(voxels[0].iter().all(|voxel| voxel % 12 < 6));
    // Each part is 3 x 6 x 6; through faces the inner 1 x 4 x 4 is left, 8 voxels of the scan each.
    let eroded = Regions::new(&map, None, 1, &scan).unwrap().voxels();
    assert_eq!([eroded[0].len(), eroded[1].len()], [128, 128]);
    let none = Regions::new(&map, None, 2, &scan);
    assert!(matches!(none, Err(EnhancementError::NoLabels(_))));
    let elsewhere = grid([4, 4, 4], [1.0; 3], [90.0; 3]);
    assert!(Regions::new(&map, None, 0, &elsewhere).is_err());
    let half = volume(&labels, |_| 0.5);
    assert!(matches!(
        Regions::new(&half, None, 0, &scan),
        Err(EnhancementError::NoLabels(why)) if why.contains("0.5")
    ));
}

#[test]
fn labels_have_their_group() {
    #[track_caller]
    fn check(label: u32, expected: Option<Group>) {
        assert_eq!(Group::of_freesurfer(label), expected, "{label}");
    }
    check(3, Some(Group::Cortex));
    check(2035, Some(Group::Cortex));
    check(2036, None);
    check(41, Some(Group::White));
    check(4035, Some(Group::White));
    check(253, Some(Group::White));
    check(43, Some(Group::LateralVentricles));
    check(5, Some(Group::OtherVentricles));
    check(14, Some(Group::OtherVentricles));
    check(24, Some(Group::Csf));
    check(47, Some(Group::CerebellarCortex));
    check(17, Some(Group::Subcortical));
    check(31, None);
    check(0, None);
    #[track_caller]
    fn named(name: &str, expected: Option<Group>) {
        assert_eq!(Group::of_name(name), expected, "{name}");
    }
    for region in cisterna::phantom::Region::ALL {
        let is_csf = region.is_ventricular() || region.is_subarachnoid();
        let group = Group::of_name(region.name());
        assert_eq!(
            group.is_some_and(Group::is_csf),
            is_csf,
            "{}",
            region.name()
        );
    }
    named("outer_sas", Some(Group::Convexity));
    named("lateral_ventricle_left", Some(Group::LateralVentricles));
    named("Left-Lateral-Ventricle", Some(Group::LateralVentricles));
    named("Left-Inf-Lat-Vent", Some(Group::OtherVentricles));
    named("cortex_right", Some(Group::Cortex));
    named("ctx-lh-parahippocampal", Some(Group::Cortex));
    named("wm-rh-insula", Some(Group::White));
    named("Left-Cerebellum-White-Matter", Some(Group::CerebellarWhite));
    named("cerebellar_cortex", Some(Group::CerebellarCortex));
    named("Right-Cerebral-White-Matter", Some(Group::White));
    named("left hippocampus", Some(Group::Subcortical));
    named("cyst", None);
    named("cisterna_magna", Some(Group::Cisterns));
    named("choroid plexus", None);
    named("scalp", None);
}

/// A series of two regions, each of 4 x 8 x 8 voxels: cortex of 0.1 mmol/l and convexity of 0.3.
/// Signals by the equations in NumPy: cortex times 2.04931575083612, CSF 0.57318637608195 of fat.
#[test]
fn an_equation_gives_tracer_back() {
    let scan = grid([8, 8, 8], [1.0, 1.0, 2.0], [0.0; 3]);
    let names: LabelNames = [(1, "cortex".to_owned()), (2, "outer_sas".to_owned())].into();
    let map = volume(&scan, |[i, _, _]| if i < 4 { 1.0 } else { 2.0 });
    let regions = Regions::new(&map, Some(&names), 0, &scan).unwrap();
    let before = volume(&scan, |[i, _, _]| if i < 4 { 170.0 } else { 1.0 });
    let before = Before::new(&before, 1000.0, regions).with_equation(Sequence::default(), None);
    assert_eq!(before.method(), Some(ConcentrationMethod::EquationGroups));
    assert!((before.voxel_ml() - 0.002).abs() < 1e-12);
    // The later scan has twice the gain, and one voxel that no T1 explains.
    let later = volume(&scan, |at| match at {
        [0, 0, 0] => 1e6,
        [i, _, _] if i < 4 => 340.0 * 2.049_315_8,
        _ => 2000.0 * 0.573_186_4,
    });
    let signal = before.fat_units(&later, 2000.0);
    let percent = before.percent_change(&signal);
    assert!((percent[1] - 104.931_58).abs() < 1e-3, "{}", percent[1]);
    // CSF has no per cent.
    assert!(percent[5].is_nan());
    let tracer = before.concentration(&signal).unwrap();
    assert!(tracer[0].is_nan());
    assert!((tracer[1] - 0.1).abs() < 1e-5, "{}", tracer[1]);
    assert!((tracer[5] - 0.3).abs() < 1e-5, "{}", tracer[5]);
    assert_eq!(tracer.iter().filter(|value| value.is_nan()).count(), 1);
}

/// A calibration that is off by 3 % in tissue and 10 % in CSF is a signal that is; 0.002 and 0.005 mmol/l may
/// be there at any concentration, and in the cerebellum's cortex 40 % more than is found.
#[test]
fn a_mean_is_believed_within_what_was_measured_on_known_tracer() {
    let scan = grid([3, 1, 1], [1.0; 3], [0.0; 3]);
    let named = [(1, "cortex"), (2, "cerebellar_cortex"), (3, "outer_sas")];
    let names: LabelNames = named.map(|(label, name)| (label, name.to_owned())).into();
    let map = volume(&scan, |[i, _, _]| i as f32 + 1.0);
    let regions = Regions::new(&map, Some(&names), 0, &scan).unwrap();
    let before = volume(&scan, |[i, _, _]| [170.0, 190.0, 1.0][i]);
    let before = Before::new(&before, 1000.0, regions).with_equation(Sequence::default(), None);
    let later = volume(&scan, |[i, _, _]| [250.0, 300.0, 400.0][i]);
    let signal = before.fat_units(&later, 1000.0);
    let by = |gain: f32, voxel: usize| {
        let signal: Vec<f32> = signal.iter().map(|signal| signal / gain).collect();
        f64::from(before.concentration(&signal).unwrap()[voxel])
    };
    for (voxel, off, missed, always) in [
        (0, 0.03, 0.0, 0.002),
        (1, 0.03, 0.4, 0.002),
        (2, 0.1, 0.0, 0.005),
    ] {
        let [low, high] = before.believed_mean(&signal, &[voxel]).unwrap();
        let voxel = voxel as usize;
        let expected = [
            by(1.0 + off, voxel) - always,
            by(1.0 - off, voxel) * (1.0 + missed) + always,
        ];
        assert!(
            (low - expected[0]).abs() < 1e-5 && (high - expected[1]).abs() < 1e-5,
            "{low} to {high}, not {expected:?}"
        );
        assert!(low < high && high > 0.0, "{low} to {high}");
    }
    // Of less than no tracer nothing is missed.
    let fell = volume(&scan, |[i, _, _]| [170.0, 120.0, 1.0][i]);
    let fell = before.fat_units(&fell, 1000.0);
    let [low, high] = before.believed_mean(&fell, &[1]).unwrap();
    assert!(low < high && high < 0.0, "{low} to {high}");
}

#[test]
fn another_grid_is_sampled_and_what_lies_outside_has_no_value() {
    let scan = grid([6, 6, 6], [1.0; 3], [0.0; 3]);
    let before = volume(&scan, |_| 100.0);
    let before = Before::new(&before, 100.0, Regions::none(&scan));
    // x runs the other way, half a voxel off, and ends at 4.5 mm.
    let other = grid([5, 8, 8], [-1.0, 1.0, 1.0], [4.0, -1.0, -1.0]);
    let ramp = volume(&other, |[i, _, _]| 100.0 * (5.0 - i as f32));
    let signal = before.fat_units(&ramp, 100.0);
    let row: Vec<f32> = signal[..6].to_vec();
    assert_eq!(row[..5], [1.0, 2.0, 3.0, 4.0, 5.0]);
    assert!(row[5].is_nan());
    assert_eq!(before.concentration(&signal), None);
}

#[test]
fn maps_of_t1_give_tracer() {
    // (1 / 0.8 - 1 / 1.6) / 3.2 and (1 / 1 - 1 / 4) / 3.2; the last two are beyond belief.
    let found = concentration_of_t1(
        &[1600.0, 4000.0, 1600.0, 9000.0],
        &[800.0, 1000.0, 20.0, 1000.0],
    );
    assert!((found[0] - 0.195_312_5).abs() < 1e-7, "{found:?}");
    assert!((found[1] - 0.234_375).abs() < 1e-7, "{found:?}");
    assert!(found[2].is_nan() && found[3].is_nan());
    let cells = grid([2, 1, 1], [1.0; 3], [0.0; 3]);
    let seconds = volume(&cells, |_| 1.6);
    let (map, assumed) = t1_in_ms(&seconds, None).unwrap();
    assert_eq!(map.values(), [1600.0; 2]);
    assert!(assumed.unwrap().contains("taken for s"));
    let (map, assumed) = t1_in_ms(&volume(&cells, |_| 1600.0), Some("ms")).unwrap();
    assert_eq!((map.values()[0], assumed), (1600.0, None));
    let wrong = t1_in_ms(&seconds, Some("Hz"));
    assert!(matches!(wrong, Err(EnhancementError::T1Units(unit)) if unit == "Hz"));
    let empty = t1_in_ms(&volume(&cells, |_| 0.0), None);
    assert!(matches!(empty, Err(EnhancementError::EmptyT1)));
}

#[test]
fn a_map_of_t1_before_calibrates_each_voxel() {
    let scan = grid([2, 1, 1], [1.0; 3], [0.0; 3]);
    let before = Before::new(&volume(&scan, |_| 170.0), 1000.0, Regions::none(&scan));
    let before = before.with_equation(Sequence::default(), Some(&volume(&scan, |_| 1607.0)));
    assert_eq!(before.method(), Some(ConcentrationMethod::EquationT1Map));
    let signal = before.fat_units(&volume(&scan, |_| 170.0 * 2.049_315_8), 1000.0);
    let tracer = before.concentration(&signal).unwrap();
    assert!((tracer[0] - 0.1).abs() < 1e-5, "{tracer:?}");
}
