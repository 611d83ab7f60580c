//! Transport against closed forms, tables of signal against the signal, and grades by their
//! rules.

mod head;

use cisterna::phantom::Tissue;
use cisterna::phantom::signal::{Bias, SignalCurve, rician, scan_gain};
use cisterna::phantom::transport::{
    BalanceRow, Course, Domain, Flow, FlowError, Influx, Parameters, Snapshot, Steps, Zone, flow,
    simulate, simulate_from,
};
use cisterna::phantom::truth::{Reflux, reflux, regional, signal_ratio};
use cisterna::signal::{Sequence, Spgr, signed_signal};
use std::ops::ControlFlow;

const GO_ON: &(dyn Fn(f32) -> ControlFlow<()> + Sync) = &|_| ControlFlow::Continue(());

/// Nothing flows, spreads faster than by `csf_diffusion`, enters or is cleared.
fn still(csf_diffusion: f64, step_s: f64) -> Parameters {
    Parameters {
        csf_diffusion,
        sas_dispersion: 0.0,
        cistern_dispersion: 0.0,
        ventricle_dispersion: 0.0,
        aqueduct_dispersion: 0.0,
        spinal_dispersion: 0.0,
        tissue_dispersion: 0.0,
        tissue_clearance_per_s: 0.0,
        outlet_clearance_ml_per_day: 0.0,
        sas_clearance_ml_per_day: 0.0,
        aqueduct_net_ml_per_day: 0.0,
        craniocervical_ml_per_day: 0.0,
        influx: Influx {
            amount_mmol: 0.0,
            ..Parameters::default().influx
        },
        steps: Steps {
            first_s: step_s,
            growth: 0.0,
            longest_s: step_s,
            tolerance: 1e-8,
        },
        ..Parameters::default()
    }
}

/// A box of CSF.
fn pool(dims: [usize; 3], spacing_mm: f64) -> Domain {
    let n = dims.iter().product();
    Domain {
        dims,
        spacing_mm,
        csf: vec![1.0; n],
        tissue: vec![0.0; n],
        zone: vec![Zone::Sas; n],
    }
}

/// The middle of a cell, mm from the corner of the box.
fn middle(domain: &Domain, cell: usize) -> [f64; 3] {
    let [nx, ny, _] = domain.dims;
    let index = [cell % nx, cell / nx % ny, cell / (nx * ny)];
    index.map(|i| (i as f64 + 0.5) * domain.spacing_mm)
}

fn filled(domain: &Domain, value: impl Fn([f64; 3]) -> f64) -> Snapshot {
    let n = domain.csf.len();
    Snapshot {
        hours: 0.0,
        csf: (0..n).map(|i| value(middle(domain, i)) as f32).collect(),
        tissue: vec![0.0; n],
    }
}

fn gauss(x: f64, variance: f64) -> f64 {
    (-0.5 * x * x / variance).exp() / (std::f64::consts::TAU * variance).sqrt()
}

/// Runs from one closed form to another `seconds` later; the error over the expected, as
/// Euclidean norms.
fn error(
    domain: &Domain,
    parameters: &Parameters,
    seconds: f64,
    expected: impl Fn([f64; 3], f64) -> f64,
) -> f64 {
    let start = filled(domain, |at| expected(at, 0.0));
    let flow = flow(domain, parameters).unwrap();
    let hours = [seconds / 3600.0];
    let course = simulate_from(&start, domain, &flow, parameters, &hours, GO_ON).unwrap();
    let wanted = filled(domain, |at| expected(at, seconds));
    let pairs = || course.snapshots[0].csf.iter().zip(&wanted.csf);
    let off: f64 = pairs().map(|(a, b)| f64::from(a - b).powi(2)).sum();
    let norm: f64 = pairs().map(|(_, b)| f64::from(*b).powi(2)).sum();
    (off / norm).sqrt()
}

/// The orders at which errors fall when cells and steps are halved.
#[track_caller]
fn check_orders(name: &str, errors: &[f64], orders: std::ops::Range<f64>, last_error: f64) {
    let found: Vec<f64> = errors.windows(2).map(|w| (w[0] / w[1]).log2()).collect();
    println!("{name}: errors {errors:.5?}, orders {found:.2?}");
    assert!(
        found.iter().all(|o| orders.contains(o)),
        "{name}: {errors:?}, orders {found:?}"
    );
    assert!(errors[errors.len() - 1] < last_error, "{name}: {errors:?}");
}

#[test]
fn a_gaussian_spreads_freely() {
    let run = |h: f64| {
        let n = (48.0 / h) as usize;
        let d = 1e-3;
        error(
            &pool([n; 3], h),
            &still(d, 200.0 * h),
            6000.0,
            |at, seconds| {
                let variance = 16.0 + 2.0 * d * seconds;
                at.iter()
                    .map(|x| 10.0 * gauss(x - 24.0, variance))
                    .product()
            },
        )
    };
    check_orders("Gaussian", &[3.0, 1.5].map(run), 1.8..2.3, 0.01);
}

#[test]
fn a_wall_reflects() {
    let run = |h: f64| {
        let n = (80.0 / h) as usize;
        let d = 2e-3;
        error(
            &pool([n, 1, 1], h),
            &still(d, 100.0 * h),
            10_000.0,
            |[x, ..], seconds| {
                let variance = 25.0 + 2.0 * d * seconds;
                gauss(x - 8.0, variance) + gauss(x + 8.0, variance)
            },
        )
    };
    check_orders("wall", &[4.0, 2.0, 1.0, 0.5].map(run), 1.8..2.3, 0.001);
}

/// A channel of one cell's width along x, with clean CSF let in at one end.
fn channel(h: f64, length_mm: f64, v_mm_per_s: f64, d: f64) -> (Domain, Parameters) {
    let n = (length_mm / h) as usize;
    let mut domain = pool([n, 1, 1], h);
    domain.zone[0] = Zone::Inlet;
    domain.zone[n - 1] = Zone::Outlet;
    let parameters = Parameters {
        craniocervical_ml_per_day: v_mm_per_s * h * h * 86.4,
        ..still(d, 25.0 * h)
    };
    (domain, parameters)
}

#[test]
fn a_plug_travels() {
    let v = 0.02;
    let run = |h: f64, d: f64| {
        let (domain, parameters) = channel(h, 192.0, v, d);
        error(&domain, &parameters, 3000.0, |[x, ..], seconds| {
            gauss(x - 60.0 - v * seconds, 64.0 + 2.0 * d * seconds)
        })
    };
    let spreading = [4.0, 2.0, 1.0, 0.5].map(|h| run(h, 0.05));
    check_orders("plug, resolved", &spreading, 1.5..2.3, 0.002);
    // Where flow rules the cells, the scheme is upwind: of first order, which shows late.
    let sharp = [1.0, 0.5, 0.25, 0.125].map(|h| run(h, 1e-4));
    check_orders("plug, upwind", &sharp, 0.7..1.2, 0.05);
}

#[test]
fn a_front_stays_between_its_sides() {
    let (domain, parameters) = channel(1.0, 200.0, 0.02, 1e-6);
    let start = filled(&domain, |[x, ..]| f64::from(x < 80.0));
    let flow = flow(&domain, &parameters).unwrap();
    let course = simulate_from(&start, &domain, &flow, &parameters, &[1.0], GO_ON).unwrap();
    let values = &course.snapshots[0].csf;
    let [low, high] = [
        values.iter().fold(1.0_f32, |a, b| a.min(*b)),
        values.iter().fold(0.0_f32, |a, b| a.max(*b)),
    ];
    assert!(low >= 0.0 && high < 1.0 + 1e-3, "{low} to {high}");
    let front = values.iter().rposition(|&c| c > 0.5).unwrap() as f64;
    assert!(
        (front - 80.0 - 0.02 * 3600.0).abs() < 2.0,
        "front at {front} mm"
    );
}

#[test]
fn tissue_decays() {
    let k = 2e-5;
    let run = |step_s: f64| {
        let mut domain = pool([1; 3], 2.0);
        (domain.csf[0], domain.tissue[0], domain.zone[0]) = (0.0, 1.0, Zone::Grey);
        let parameters = Parameters {
            tissue_clearance_per_s: k,
            ..still(1e-3, step_s)
        };
        let mut start = filled(&domain, |_| 0.0);
        start.tissue[0] = 1.0;
        let flow = flow(&domain, &parameters).unwrap();
        let course = simulate_from(&start, &domain, &flow, &parameters, &[20.0], GO_ON).unwrap();
        let last = course.balance.last().unwrap();
        let left = last.tissue_mmol / course.balance[0].tissue_mmol;
        (left / (-k * 72_000.0).exp() - 1.0).abs()
    };
    check_orders(
        "decay",
        &[7200.0, 3600.0, 1800.0, 900.0].map(run),
        1.8..2.2,
        2e-3,
    );
}

/// CSF and tissue, well mixed, over a membrane of `faces` cell faces: the worst error of the
/// CSF's concentration against the exponential.
fn exchange_error(domain: &Domain, faces: f64, step_s: f64) -> f64 {
    let parameters = Parameters {
        grey_diffusion: 1e6,
        pia_mm_per_s: 1e-4,
        porosity: 0.22,
        ..still(1e6, step_s)
    };
    let mut start = filled(domain, |_| 1.0);
    start.tissue.fill(0.0);
    let flow = flow(domain, &parameters).unwrap();
    let hours = [0.5, 1.0, 2.0];
    let course = simulate_from(&start, domain, &flow, &parameters, &hours, GO_ON).unwrap();
    let volume = |shares: &[f32]| f64::from(shares.iter().sum::<f32>()) * domain.cell_mm3();
    let fluid = volume(&domain.csf);
    let inner = parameters.porosity * volume(&domain.tissue);
    let conductance = parameters.pia_mm_per_s * faces * domain.spacing_mm.powi(2);
    let rate = conductance * (1.0 / fluid + 1.0 / inner);
    let rest = fluid / (fluid + inner);
    let off = hours.map(|h| {
        let expected = rest + (1.0 - rest) * (-rate * h * 3600.0).exp();
        let row = course.balance_at(h);
        (row.csf_mmol / (1e-6 * fluid) - expected).abs()
    });
    off.into_iter().fold(0.0, f64::max)
}

#[test]
fn csf_and_tissue_exchange() {
    let mut shared = pool([1; 3], 2.0);
    (shared.csf[0], shared.tissue[0]) = (0.6, 0.4);
    let within = [600.0, 300.0, 150.0].map(|step| exchange_error(&shared, 4.0 * 0.6 * 0.4, step));
    check_orders("exchange in a cell", &within, 1.7..2.3, 2e-4);

    let mut beside = pool([2, 1, 1], 2.0);
    (beside.csf[1], beside.tissue[1], beside.zone[1]) = (0.0, 1.0, Zone::Grey);
    let between = [600.0, 300.0, 150.0].map(|step| exchange_error(&beside, 1.0, step));
    check_orders("exchange between cells", &between, 1.7..2.3, 2e-4);
}

/// What the flow makes out of nothing in its worst cell, over what comes in.
fn worst_divergence(domain: &Domain, flow: &Flow, inflow_ml_per_day: f64) -> f64 {
    let mut gained: Vec<f64> = flow.source.iter().map(|&q| f64::from(q)).collect();
    let strides = [1, domain.dims[0], domain.dims[0] * domain.dims[1]];
    for (faces, stride) in flow.faces.iter().zip(strides) {
        for (cell, &through) in faces.iter().enumerate().filter(|(_, q)| **q != 0.0) {
            gained[cell] -= f64::from(through);
            gained[cell + stride] += f64::from(through);
        }
    }
    let worst = gained.iter().fold(0.0_f64, |most, q| most.max(q.abs()));
    worst / (inflow_ml_per_day / 86.4)
}

#[test]
fn a_branching_channel_splits_flow_by_its_resistance() {
    let mut domain = pool([21, 7, 1], 2.0);
    domain.csf.fill(0.0);
    domain.zone.fill(Zone::Outside);
    let mut dig = |x: std::ops::RangeInclusive<usize>, y: std::ops::RangeInclusive<usize>| {
        for cell in y.flat_map(|y| x.clone().map(move |x| x + 21 * y)) {
            (domain.csf[cell], domain.zone[cell]) = (1.0, Zone::Sas);
        }
    };
    dig(0..=3, 2..=2);
    dig(17..=20, 2..=2);
    dig(3..=3, 0..=6);
    dig(17..=17, 0..=6);
    dig(3..=17, 0..=0);
    dig(3..=17, 6..=6);
    domain.zone[42] = Zone::Inlet;
    domain.zone[42 + 20] = Zone::Outlet;
    let parameters = Parameters {
        craniocervical_ml_per_day: 86.4,
        ..still(1e-3, 60.0)
    };
    let flow = flow(&domain, &parameters).unwrap();
    // 1 mm3/s; one arm is 2 + 14 + 2 faces long, the other 4 + 14 + 4.
    let [short, long] = [10, 10 + 21 * 6].map(|cell| f64::from(flow.faces[0][cell]));
    assert!((short - 22.0 / 40.0).abs() < 1e-6, "{short}");
    assert!((long - 18.0 / 40.0).abs() < 1e-6, "{long}");
    assert!(worst_divergence(&domain, &flow, 86.4) < 1e-6);

    domain.csf[42 + 19] = 0.0;
    let blocked = cisterna::phantom::transport::flow(&domain, &parameters);
    assert_eq!(blocked, Err(FlowError::Blocked(Zone::Inlet)));
    domain.zone[42 + 20] = Zone::Sas;
    let closed = cisterna::phantom::transport::flow(&domain, &parameters);
    assert_eq!(closed, Err(FlowError::NoOutlet));
}

#[test]
fn ventricles_open_where_they_should() {
    use Zone::{
        Aqueduct, Cistern, ClosedCyst, FourthVentricle, Grey, Inlet, LateralVentricle, Outlet, Sas,
        SpinalSas, ThirdVentricle,
    };
    let way = [
        LateralVentricle,
        ThirdVentricle,
        Aqueduct,
        FourthVentricle,
        Cistern,
        Outlet,
    ];
    for (i, a) in way.into_iter().enumerate() {
        for (j, b) in way.into_iter().enumerate() {
            assert_eq!(
                a.opens_to(b),
                i.abs_diff(j) < 2 || (i.min(j), i.max(j)) == (3, 5),
                "{a:?} {b:?}"
            );
        }
    }
    assert!(Inlet.opens_to(SpinalSas) && SpinalSas.opens_to(Cistern) && Cistern.opens_to(Sas));
    assert!(ClosedCyst.opens_to(ClosedCyst) && !ClosedCyst.opens_to(Sas));
    assert!(!Grey.opens_to(Grey) && !Grey.opens_to(Sas));
}

#[test]
fn a_head_keeps_its_balance() {
    let domain = head::head(4.0);
    let parameters = Parameters::default();
    let inflow = parameters.aqueduct_net_ml_per_day + parameters.craniocervical_ml_per_day;
    let flow = flow(&domain, &parameters).unwrap();
    assert!(worst_divergence(&domain, &flow, inflow) < 1e-6);
    let hours = [0.0, 1.5, 4.0, 24.0, 72.0];
    let run = |threads: usize| {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build();
        let run = || simulate(&domain, &flow, &parameters, &hours, GO_ON).unwrap();
        pool.unwrap().install(run)
    };
    let course = run(1);
    assert_eq!(course, run(3), "the number of threads must not matter");
    for row in &course.balance {
        let found = row.csf_mmol + row.tissue_mmol + row.cleared_mmol;
        let entered = parameters.influx.entered_mmol(3600.0 * row.hours);
        assert!((row.entered_mmol - entered).abs() < 1e-12, "{row:?}");
        assert!((found - entered).abs() <= 1e-9 * entered, "{row:?}");
    }
    assert_eq!(course.snapshots.len(), hours.len());
    let last = course.balance.last().unwrap();
    let zones = regional(&domain, &course.snapshots);
    let in_zones: f64 = zones
        .iter()
        .filter(|r| r.hours == 72.0)
        .map(|r| r.mmol)
        .sum();
    let inside = last.csf_mmol + last.tissue_mmol;
    assert!(
        (in_zones / inside - 1.0).abs() < 1e-5,
        "{in_zones} {inside}"
    );

    let stop = simulate(&domain, &flow, &parameters, &hours, &|share| {
        if share > 0.1 {
            ControlFlow::Break(())
        } else {
            ControlFlow::Continue(())
        }
    });
    assert_eq!(stop, None);
}

#[test]
fn the_aqueduct_decides_the_grade() {
    let domain = head::head(4.0);
    let grade = |aqueduct_net_ml_per_day: f64| {
        let parameters = Parameters {
            aqueduct_net_ml_per_day,
            ..Parameters::default()
        };
        let flow = flow(&domain, &parameters).unwrap();
        reflux(&simulate(&domain, &flow, &parameters, &[24.0], GO_ON).unwrap()).grade
    };
    assert_eq!(grade(295.0), 0);
    assert!(grade(-300.0) >= 3, "{}", grade(-300.0));
}

#[test]
fn a_curve_is_the_signal() {
    for sequence in [Sequence::default(), Sequence::Spgr(Spgr::default())] {
        for tissue in Tissue::ALL.iter().map(|tissue| tissue.relaxation()) {
            let curve = SignalCurve::new(&sequence, tissue);
            for step in 0..20_000 {
                let c = 1e-12 * f64::from(step).powi(3);
                let c = c.min(f64::from(SignalCurve::MOST_MMOL_PER_L));
                let found = f64::from(curve.at(c as f32));
                let exact = signed_signal(&sequence, tissue.t1_ms, tissue.pd, tissue.t2star_ms, c);
                assert!(
                    (found - exact).abs() < 1e-5,
                    "{tissue:?} {c}: {found} {exact}"
                );
            }
        }
    }
}

#[test]
fn noise_is_rician() {
    let n = 100_000;
    let moments = |signal: f32| {
        let drawn = (0..n).map(|voxel| f64::from(rician(signal, 2.0, 7, voxel)));
        let [sum, squares] = drawn.fold([0.0; 2], |[s, q], x| [s + x, q + x * x]);
        [sum / n as f64, squares / n as f64]
    };
    // Without signal: Rayleigh, of mean sigma sqrt(pi / 2). With: the square gains 2 sigma^2.
    let [mean, square] = moments(0.0);
    assert!(
        (mean - 2.0 * (std::f64::consts::PI / 2.0).sqrt()).abs() < 0.02,
        "{mean}"
    );
    assert!((square - 8.0).abs() < 0.1, "{square}");
    let [mean, square] = moments(50.0);
    assert!((mean - 50.04).abs() < 0.03, "{mean}");
    assert!((square - 2508.0).abs() < 3.0, "{square}");
    assert_eq!(rician(5.0, 1.0, 3, 11), rician(5.0, 1.0, 3, 11));
    assert_ne!(rician(5.0, 1.0, 3, 11), rician(5.0, 1.0, 4, 11));
    assert_eq!(rician(5.0, 0.0, 3, 11), 5.0);
}

#[test]
fn bias_is_smooth_and_gain_is_near_one() {
    let bias = Bias::new(5, 0.1);
    let grid = |i: usize| [i % 16, i / 16 % 16, i / 256].map(|k| (k as f32 + 0.5) / 16.0);
    let logs: Vec<f64> = (0..4096)
        .map(|i| f64::from(bias.at(grid(i)).ln()))
        .collect();
    let square = logs.iter().map(|x| x * x).sum::<f64>() / 4096.0;
    assert!((square.sqrt() - 0.1).abs() < 1e-3, "{}", square.sqrt());
    let steepest = logs.windows(2).enumerate().filter(|(i, _)| i % 16 != 15);
    let steepest = steepest
        .map(|(_, w)| (w[0] - w[1]).abs())
        .fold(0.0, f64::max);
    assert!(steepest < 0.1, "{steepest}");
    assert_ne!(bias, Bias::new(6, 0.1));
    let gains: Vec<f32> = (0..100).map(|scan| scan_gain(1, scan)).collect();
    assert!(gains.iter().all(|g| (0.5..2.0).contains(g)), "{gains:?}");
    assert_ne!(gains[0], gains[1]);
}

/// A course of the given hours, lateral and third ventricles; subarachnoid CSF at 0.2 mmol/l.
fn course_of(rows: &[(f64, f64, f64)]) -> Course {
    let row = |&(hours, lateral, third): &(f64, f64, f64)| BalanceRow {
        hours,
        lateral_mmol_per_l: lateral,
        third_mmol_per_l: third,
        sas_mmol_per_l: 0.2,
        ..BalanceRow::default()
    };
    Course {
        snapshots: Vec::new(),
        balance: rows.iter().map(row).collect(),
    }
}

#[test]
fn grades_follow_the_rules() {
    #[track_caller]
    fn check(rows: &[(f64, f64, f64)], expected: u8) {
        let found: Reflux = reflux(&course_of(rows));
        assert_eq!(found.grade, expected, "{found:?}");
    }
    check(&[(0.0, 0.0, 0.0), (24.0, 0.0, 0.02)], 0);
    check(&[(0.0, 0.0, 0.0), (6.0, 0.0, 0.04), (24.0, 0.0, 0.0)], 1);
    check(&[(0.0, 0.0, 0.0), (24.0, 0.03, 0.0)], 1);
    // What comes after 24 h changes nothing.
    check(&[(24.0, 0.0, 0.0), (48.0, 0.2, 0.0)], 0);
    check(&[(0.0, 0.0, 0.0), (6.0, 0.1, 0.1), (24.0, 0.04, 0.0)], 2);
    check(&[(0.0, 0.0, 0.0), (24.0, 0.1, 0.1)], 3);
    check(&[(0.0, 0.0, 0.0), (20.0, 0.2, 0.2), (28.0, 0.19, 0.2)], 4);
    assert!((signal_ratio(0.2, 0.2) - 1.0).abs() < 1e-12);
    assert!((signal_ratio(0.1, 0.3) - 0.134 / 0.485).abs() < 0.005);
}
