//! What is true of a simulated head: its reflux grade by written rules, and tracer by region.
//!
//! Grades are those of Eide and others (2020, 2021): 0 no tracer above the aqueduct, 1 a sign of
//! it, 2 lateral ventricles enriched for a while, 3 still at 24 h but not isointense with
//! subarachnoid CSF, 4 isointense at 24 h. Readers grade pictures; here the picture is replaced
//! by mean concentrations, and brightness by the signal that the default sequence gives them.
//! Groups without lateral ventricles or subarachnoid space are of grade 0.

use super::tissue::Tissue;
use super::transport::{BalanceRow, Course, Domain, Snapshot, Zone};
use crate::signal::{Sequence, signal};

/// A mean concentration of the third or the lateral ventricles from which a reader sees a sign of
/// tracer, mmol/l: CSF then has 0.03 of the signal of fat, where without tracer it has none.
pub const SIGN_MMOL_PER_L: f64 = 0.03;

/// A mean concentration of the lateral ventricles from which they are enriched, mmol/l: 0.06 of
/// the signal of fat, a third of that of cortex.
pub const ENRICHED_MMOL_PER_L: f64 = 0.05;

/// From this ratio of signal, lateral ventricles over subarachnoid space, the two are isointense.
pub const ISOINTENSE_RATIO: f64 = 0.85;

/// When lasting enrichment is judged, hours after the injection.
pub const JUDGED_HOURS: f64 = 24.0;

/// The reflux grade, and what it rests on.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Reflux {
    /// 0 to 4.
    pub grade: u8,
    /// The highest mean of the third ventricle or of the lateral ventricles until
    /// [`JUDGED_HOURS`], mmol/l.
    pub peak_mmol_per_l: f64,
    /// The highest mean of the lateral ventricles until then, mmol/l.
    pub early_lateral_mmol_per_l: f64,
    /// The mean of the lateral ventricles at [`JUDGED_HOURS`], mmol/l.
    pub lateral_mmol_per_l: f64,
    /// Signal of the lateral ventricles over that of the subarachnoid space of the hemispheres at
    /// [`JUDGED_HOURS`].
    pub ratio: f64,
}

/// Grades a course, which should reach to 24 h at least.
///
/// The rules, from the top: lateral ventricles at 24 h of [`ENRICHED_MMOL_PER_L`] or more are
/// grade 4 where the ratio of signals is [`ISOINTENSE_RATIO`] or more, else 3; enriched at some
/// time before, 2; third or lateral ventricles of [`SIGN_MMOL_PER_L`] or more at some time
/// until then, 1; else 0. What comes after [`JUDGED_HOURS`] does not count, so that a patient's grade
/// is the same however long the examination lasts.
///
/// # Panics
///
/// Where the course has no balance.
#[must_use]
pub fn reflux(course: &Course) -> Reflux {
    let judged = course.balance_at(JUDGED_HOURS);
    let highest = |of: fn(&BalanceRow) -> f64| {
        let rows = course.balance.iter();
        let before = rows.filter(|row| row.hours <= JUDGED_HOURS);
        before.map(of).fold(of(&judged), f64::max)
    };
    let peak = highest(|row| row.third_mmol_per_l.max(row.lateral_mmol_per_l));
    let early = highest(|row| row.lateral_mmol_per_l);
    let lateral = judged.lateral_mmol_per_l;
    let ratio = signal_ratio(lateral, judged.sas_mmol_per_l);
    let grade = if lateral >= ENRICHED_MMOL_PER_L {
        if ratio >= ISOINTENSE_RATIO { 4 } else { 3 }
    } else if early >= ENRICHED_MMOL_PER_L {
        2
    } else {
        u8::from(peak >= SIGN_MMOL_PER_L)
    };
    Reflux {
        grade,
        peak_mmol_per_l: peak,
        early_lateral_mmol_per_l: early,
        lateral_mmol_per_l: lateral,
        ratio,
    }
}

/// Signal of ventricular over that of subarachnoid CSF at two concentrations, mmol/l, on the
/// default sequence.
#[must_use]
pub fn signal_ratio(ventricles_mmol_per_l: f64, sas_mmol_per_l: f64) -> f64 {
    let csf = Tissue::Csf.relaxation();
    let shown = |c| signal(&Sequence::default(), csf.t1_ms, csf.pd, csf.t2star_ms, c);
    shown(ventricles_mmol_per_l) / shown(sas_mmol_per_l)
}

/// Tracer in one zone at one time.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Regional {
    /// After the injection, h.
    pub hours: f64,
    /// A zone of fluid or tissue; what cells at a border hold of it counts too.
    pub zone: Zone,
    /// Its volume, ml.
    pub volume_ml: f64,
    /// Tracer in it, mmol.
    pub mmol: f64,
    /// Mean, mmol per litre of the zone.
    pub mmol_per_l: f64,
}

/// Means and totals of every zone that the domain holds, at every snapshot: by time, then in the
/// order of the zones.
#[must_use]
pub fn regional(domain: &Domain, snapshots: &[Snapshot]) -> Vec<Regional> {
    let fluid = domain.fluid_zones();
    let tissue = domain.tissue_zones();
    let rows = |snapshot: &Snapshot| {
        let csf = weighed(domain, &fluid, &domain.csf, &snapshot.csf);
        let parenchyma = weighed(domain, &tissue, &domain.tissue, &snapshot.tissue);
        let hours = snapshot.hours;
        let row = move |zone: Zone| {
            let side = if zone.is_tissue() { &parenchyma } else { &csf };
            let [mm3, held] = side[zone as usize];
            (zone != Zone::Outside && mm3 > 0.0).then_some(Regional {
                hours,
                zone,
                volume_ml: 1e-3 * mm3,
                mmol: 1e-6 * held,
                mmol_per_l: held / mm3,
            })
        };
        Zone::ALL.into_iter().filter_map(row)
    };
    snapshots.iter().flat_map(rows).collect()
}

/// Volume (mm3) and content (mmol/l mm3) by zone of one compartment.
fn weighed(domain: &Domain, zones: &[Zone], shares: &[f32], values: &[f32]) -> [[f64; 2]; 14] {
    let mut sums = [[0.0; 2]; 14];
    for ((&zone, &share), &value) in zones.iter().zip(shares).zip(values) {
        if zone != Zone::Outside {
            let mm3 = f64::from(share) * domain.cell_mm3();
            sums[zone as usize][0] += mm3;
            sums[zone as usize][1] += mm3 * f64::from(value);
        }
    }
    sums
}
