//! The signal against published values, and the way back to concentration.

use cisterna::signal::{Sequence, Spgr, Tfe, signal};

#[test]
fn a_table_of_signals_as_published() {
    #[track_caller]
    fn check(t1_ms: f64, expected: f64) {
        let found = Tfe::default().magnetisation(t1_ms);
        assert!((found - expected).abs() < 5e-6, "{t1_ms}: {found}");
    }
    check(200.0, 0.72545);
    check(382.0, 0.54352);
    check(838.0, 0.26414);
    check(1000.0, 0.20836);
    check(1607.0, 0.09321);
    check(2500.0, 0.03232);
    check(4308.7, 0.00048);
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
