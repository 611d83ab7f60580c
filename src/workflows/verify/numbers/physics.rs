//! Signal, concentration and clearance; written rules and scores.

use crate::anatomy::bern::{Findings, Seen};
use crate::anatomy::{ENRICHED_RATIO, ISOINTENSE_PLANE_RATIO, PlaneReflux};
use crate::enhancement::{Clearance, CurveSummary};
use crate::signal::{
    Inverse, Sequence, Spgr, Tfe, Tse, concentration_mmol_per_l, signal, t1_with_tracer,
};
use crate::workflows::verify::checks::Checks;
use crate::workflows::verify::facts::NumberCheck;

pub(super) fn checks() -> anyhow::Result<Vec<NumberCheck>> {
    let mut checks = Checks::of("Signal, tracer and written rules");
    signals(&mut checks);
    tracer(&mut checks);
    curve(&mut checks);
    rules(&mut checks);
    Ok(checks.done())
}

fn signals(checks: &mut Checks) {
    checks.by("Valnes and others 2020, supplement, and the book code of Zapf; five decimals");
    for (t1_ms, expected) in [(382.0, 0.543_52), (1607.0, 0.093_21), (4308.7, 0.000_48)] {
        let found = Tfe::default().magnetisation(t1_ms);
        checks.number(
            format!("signal of a T1 of {t1_ms} ms"),
            found,
            expected,
            5.1e-6,
        );
    }
    checks.by("the same, against orbital fat; three decimals");
    let fat = |sequence: &Sequence| signal(sequence, 382.0, 1.0, f64::INFINITY, 0.0);
    for (sequence, name, t1_ms, c, expected) in [
        (Sequence::default(), "turbo field echo", 838.0, 0.0, 0.486),
        (Sequence::default(), "turbo field echo", 4308.7, 0.3, 0.485),
        (
            Sequence::Spgr(Spgr::default()),
            "gradient echo",
            1607.0,
            0.1,
            0.571,
        ),
    ] {
        let found = signal(&sequence, t1_ms, 1.0, f64::INFINITY, c) / fat(&sequence);
        let what = format!("signal over that of fat, {name}, T1 of {t1_ms} ms, {c} mmol/l");
        checks.number(what, found, expected, 5e-3);
    }
    checks.by("numpy from the equation of the turbo spin echo after intravenous contrast");
    let tse = Tse::default();
    let found = 0.82 * tse.weight(1607.0, 90.0, 0.03) / (0.70 * tse.weight(838.0, 70.0, 0.01));
    checks.number(
        "signal of grey over white matter after contrast",
        found,
        0.787,
        6e-4,
    );
}

fn tracer(checks: &mut Checks) {
    checks.by("scipy.optimize.brentq on the equation, xtol 1e-12 ms");
    let found = Inverse::new(&Sequence::default()).relaxation_per_s(0.25);
    checks.number(
        "relaxation of a signal of 0.25, 1/s",
        found,
        1.142_996_747_012_341_9,
        1e-6,
    );
    let spgr = Sequence::Spgr(Spgr::default());
    let found = Inverse::new(&spgr).relaxation_per_s(0.5);
    checks.number(
        "relaxation by a gradient echo, 1/s",
        found,
        1.898_996_280_169_890_5,
        1e-6,
    );
    checks.by("by definition: the way back ends where it began");
    for c in [0.03, 0.3, 2.0] {
        let sequence = Sequence::default();
        let weight = sequence.weight(t1_with_tracer(4308.7, c));
        let relaxation = Inverse::new(&sequence).relaxation_per_s(weight);
        let found = relaxation.map(|relaxation| concentration_mmol_per_l(relaxation, 4308.7));
        checks.number(format!("{c} mmol/l in CSF, there and back"), found, c, 1e-6);
    }
}

fn curve(checks: &mut Checks) {
    checks.by("numpy.trapezoid, scipy.stats.linregress and t on six scans over 96 h");
    let later = [
        [4.3, 0.031],
        [24.7, 0.19],
        [48.3, 0.121],
        [71.5, 0.083],
        [96.2, 0.049],
    ];
    let found = CurveSummary::of(0.012, &later, 0.95);
    let of = |what: fn(&CurveSummary) -> f64| found.as_ref().map(what);
    checks.number(
        "area under a curve, value times h",
        of(|curve| curve.area),
        8.858_65,
        1e-9,
    );
    checks.number(
        "hours to its peak",
        of(|curve| curve.hours_to_peak),
        24.7,
        1e-12,
    );
    let ratio = found.as_ref().and_then(|curve| curve.ratio_48_24);
    checks.number(
        "rise of 48 h over that of 24 h",
        ratio,
        0.612_359_550_561_797_7,
        1e-9,
    );
    let clearance = found.as_ref().map(|curve| &curve.clearance);
    let half_life = clearance.and_then(Clearance::half_life_h);
    checks.number("half-life, h", half_life, 30.674_057_365_105_01, 1e-9);
}

fn rules(checks: &mut Checks) {
    checks.by("the written rule of the reflux grade, at its bounds");
    for (what, over_white, over_outside, expected) in [
        (
            "below the bound of enrichment",
            ENRICHED_RATIO - 1e-9,
            2.0,
            0.0,
        ),
        ("at it", ENRICHED_RATIO, 0.1, 3.0),
        (
            "as bright as outside",
            ENRICHED_RATIO,
            ISOINTENSE_PLANE_RATIO,
            4.0,
        ),
    ] {
        let found = PlaneReflux::of_ratios(over_white, over_outside).grade;
        checks.number(
            format!("reflux grade, {what}"),
            f64::from(found),
            expected,
            0.0,
        );
    }
    checks.by("Dobrocky and others 2019: 2 points for dura, sinus and suprasellar cistern, else 1");
    let head = |mm: f64| Findings {
        pachymeningeal: Seen::Present,
        venous: Seen::Absent,
        suprasellar_mm: Some(mm),
        subdural: Seen::Absent,
        prepontine_mm: Some(5.0),
        mamillopontine_mm: Some(8.0),
    };
    for (mm, expected) in [(4.0, 5.0), (4.04, 3.0)] {
        let found = head(mm).score().points().map(f64::from);
        let what = format!("Bern score, suprasellar cistern of {mm} mm");
        checks.number(what, found, expected, 0.0);
    }
}
