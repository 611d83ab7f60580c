//! The signal against published values, and the way back to concentration. Lines of these tables that
//! `verify-self` computes anew are in `src/workflows/verify/numbers/physics.rs`.

use cisterna::signal::{
    Inverse, Sequence, Spgr, Tfe, Tse, concentration_mmol_per_l, signal, t1_with_tracer,
};

#[test]
fn a_table_of_signals_as_published() {
    #[track_caller]
    fn check(t1_ms: f64, expected: f64) {
        let found = Tfe::default().magnetisation(t1_ms);
        assert!((found - expected).abs() < 5e-6, "{t1_ms}: {found}");
    }
    check(200.0, 0.72545);
    check(838.0, 0.26414);
    check(1000.0, 0.20836);
    check(2500.0, 0.03232);
    check(4500.0, -0.00076);
    let (mut low, mut high) = (4000.0, 5000.0);
    while high - low > 1e-6 {
        let middle = 0.5 * (low + high);
        let positive = Tfe::default().magnetisation(middle) > 0.0;
        *(if positive { &mut low } else { &mut high }) = middle;
    }
    assert!((low - 4379.6_f64).abs() < 0.05, "null at {low} ms");
}

#[test]
fn tissues_against_fat_as_published() {
    #[track_caller]
    fn check(t1_ms: f64, c: f64, tfe: f64, spgr: f64) {
        for (sequence, expected) in [
            (Sequence::default(), tfe),
            (Sequence::Spgr(Spgr::default()), spgr),
        ] {
            let shown = |t1_ms, c| signal(&sequence, t1_ms, 1.0, f64::INFINITY, c);
            let found = shown(t1_ms, c) / shown(382.0, 0.0);
            assert!(
                (found - expected).abs() < 0.005,
                "{t1_ms} {c}: {found}, {expected}"
            );
        }
    }
    const CSF: f64 = 4308.7;
    check(838.0, 0.0, 0.486, 0.665);
    check(1607.0, 0.0, 0.171, 0.424);
    check(CSF, 0.0, 0.001, 0.187);
    check(CSF, 0.03, 0.030, 0.253);
    check(CSF, 0.1, 0.134, 0.387);
    check(CSF, 0.3, 0.485, 0.664);
    check(CSF, 1.0, 1.157, 1.111);
    check(CSF, 3.0, 1.55, 1.45);
    check(1607.0, 0.1, 0.351, 0.571);
    check(838.0, 0.1, 0.638, 0.764);
}

/// 1 / T1 by scipy.optimize.brentq on the equations of tracer-physics, xtol 1e-12 ms.
#[test]
fn a_weight_has_its_relaxation() {
    #[track_caller]
    fn check(sequence: Sequence, weight: f64, expected_per_s: f64) {
        let found = Inverse::new(&sequence).relaxation_per_s(weight).unwrap();
        assert!((found - expected_per_s).abs() < 1e-6, "{weight}: {found}");
    }
    let tfe = Sequence::default();
    check(tfe, 0.0, 1000.0 / 4_379.552_523_119_744);
    check(tfe, 0.0005, 0.232_217_030_689_452_46);
    check(tfe, 0.01, 0.293_560_804_854_676_17);
    check(tfe, 0.1, 0.644_920_597_440_461_6);
    check(tfe, 0.5, 2.308_071_284_446_183_5);
    check(tfe, 0.75, 5.612_112_346_749_662);
    let spgr = Sequence::Spgr(Spgr::default());
    check(spgr, 0.05, 0.100_407_014_736_512_65);
    check(spgr, 0.2, 0.476_476_059_564_775_7);
    check(spgr, 0.8, 7.488_068_166_876_441);
}

#[test]
fn beyond_the_branch_there_is_no_relaxation() {
    #[track_caller]
    fn check(sequence: Sequence, weight: f64) {
        assert_eq!(Inverse::new(&sequence).relaxation_per_s(weight), None);
    }
    // T1 of 100 ms has 0.84576 (TFE) and 0.84317 (SPGR); T1 of 20 s has 0.02554 (SPGR).
    check(Sequence::default(), 0.8458);
    check(Sequence::default(), -0.001);
    check(Sequence::default(), f64::NAN);
    check(Sequence::Spgr(Spgr::default()), 0.8432);
    check(Sequence::Spgr(Spgr::default()), 0.0255);
}

#[test]
fn tracer_goes_there_and_back() {
    for sequence in [Sequence::default(), Sequence::Spgr(Spgr::default())] {
        let inverse = Inverse::new(&sequence);
        for t1_0_ms in [382.0, 838.0, 1607.0, 4308.7] {
            for c in [0.0, 0.001, 0.03, 0.1, 0.3, 1.0, 2.0] {
                let weight = sequence.weight(t1_with_tracer(t1_0_ms, c));
                let relaxation = inverse.relaxation_per_s(weight).unwrap();
                let found = concentration_mmol_per_l(relaxation, t1_0_ms);
                assert!((found - c).abs() < 1e-6, "{t1_0_ms} {c}: {found}");
            }
        }
    }
}

/// Signals in units of white matter's, by numpy from the same equation and table; `0.8`, `1.5`, `1.9`
/// and `2.3` of the reference are these, rounded.
#[test]
fn the_spin_echo_after_contrast_as_in_the_table() {
    #[track_caller]
    fn check(t1_ms: f64, t2_ms: f64, pd: f64, c_mmol_per_l: f64, expected: f64) {
        let tse = Tse::default();
        let white = 0.70 * tse.weight(838.0, 70.0, 0.01);
        let found = pd * tse.weight(t1_ms, t2_ms, c_mmol_per_l) / white;
        assert!((found - expected).abs() < 6e-4, "{t1_ms}: {found}");
    }
    check(838.0, 70.0, 0.70, 0.01, 1.0);
    check(1360.0, 75.0, 0.81, 0.02, 0.833);
    check(4309.0, 1900.0, 1.0, 0.0, 0.369);
    check(1300.0, 35.0, 0.70, 0.08, 0.797);
    check(382.0, 68.0, 0.90, 0.0, 2.090);
    check(1850.0, 100.0, 0.85, 0.3, 1.488);
    check(1850.0, 100.0, 0.85, 0.5, 1.861);
    check(1850.0, 100.0, 0.85, 0.8, 2.229);
    check(1100.0, 40.0, 0.60, 0.15, 0.883);
    check(1100.0, 50.0, 0.80, 0.4, 1.644);
}
