//! Heads: volumes where anatomy has them, CSF that is connected as it should be, and the same
//! bytes from the same patient.

use cisterna::phantom::{Diagnosis, Head, Patient, Region, Tissue, Volumes};
use rayon::prelude::*;
use std::sync::OnceLock;

const SEED: u64 = 20;

/// What is kept of a head on the 2 mm grid.
struct Row {
    patient: Patient,
    volumes: Volumes,
    evans_index: f64,
    /// By the number of the region.
    region_ml: Vec<f64>,
    /// What is wrong with the connections of its CSF.
    leaks: Vec<String>,
}

/// Twenty reference heads and twenty of iNPH, four of each other diagnosis; drawn once for all
/// tests.
fn rows() -> &'static [Row] {
    static ROWS: OnceLock<Vec<Row>> = OnceLock::new();
    ROWS.get_or_init(|| {
        let patients: Vec<Patient> = Diagnosis::ALL
            .into_iter()
            .flat_map(|diagnosis| {
                let n = match diagnosis {
                    Diagnosis::Reference | Diagnosis::Inph => 20,
                    _ => 4,
                };
                (0..n).map(move |idx| Patient::draw(idx, SEED, diagnosis))
            })
            .collect();
        patients.into_par_iter().map(row).collect()
    })
}

fn row(patient: Patient) -> Row {
    let head = Head::draw(&patient, 2);
    Row {
        volumes: head.volumes(),
        evans_index: head.evans_index(),
        region_ml: Region::ALL.iter().map(|&r| head.region_ml(r)).collect(),
        leaks: leaks(&patient, &head),
        patient,
    }
}

fn of(diagnosis: Diagnosis) -> impl Iterator<Item = &'static Row> {
    rows()
        .iter()
        .filter(move |row| row.patient.diagnosis == diagnosis)
}

#[track_caller]
fn check_all(diagnosis: Diagnosis, what: &str, [low, high]: [f64; 2], value: impl Fn(&Row) -> f64) {
    for row in of(diagnosis) {
        let value = value(row);
        let name = format!("{} {}", diagnosis.code(), row.patient.id);
        assert!(
            (low..=high).contains(&value),
            "{name}: {what} {value}, not {low} to {high}"
        );
    }
}

#[track_caller]
fn check_volumes(diagnosis: Diagnosis, ventricles_ml: [f64; 2], evans_index: [f64; 2]) {
    check_all(diagnosis, "parenchyma", [1000.0, 1500.0], |r| {
        r.volumes.parenchyma_ml
    });
    check_all(diagnosis, "intracranial CSF", [200.0, 500.0], |r| {
        r.volumes.intracranial_csf_ml - r.volumes.cyst_ml
    });
    check_all(diagnosis, "ventricles", ventricles_ml, |r| {
        r.volumes.ventricles_ml
    });
    check_all(diagnosis, "Evans index", evans_index, |r| r.evans_index);
}

#[test]
fn volumes_lie_where_anatomy_has_them() {
    check_volumes(Diagnosis::Reference, [10.0, 45.0], [0.15, 0.3]);
    check_volumes(Diagnosis::Inph, [70.0, 250.0], [0.3, 0.55]);
    check_volumes(Diagnosis::Hydrocephalus, [70.0, 300.0], [0.3, 0.6]);
    check_volumes(Diagnosis::Iih, [5.0, 18.0], [0.1, 0.3]);
    check_volumes(Diagnosis::Sih, [8.0, 50.0], [0.15, 0.32]);
    check_volumes(Diagnosis::ArachnoidCyst, [8.0, 50.0], [0.15, 0.32]);
    check_volumes(Diagnosis::PinealCyst, [8.0, 50.0], [0.15, 0.32]);
    check_all(Diagnosis::ArachnoidCyst, "cyst", [3.0, 60.0], |r| {
        r.volumes.cyst_ml
    });
    check_all(Diagnosis::PinealCyst, "cyst", [0.3, 5.0], |r| {
        r.volumes.cyst_ml
    });
}

fn has_csf(head: &Head, voxel: usize) -> bool {
    head.share_of(voxel, Tissue::Csf) > 0.0
}

fn neighbours(n: usize, voxel: usize) -> impl Iterator<Item = usize> {
    let at = [voxel % n, voxel / n % n, voxel / (n * n)];
    [1, n, n * n]
        .into_iter()
        .zip(at)
        .flat_map(move |(stride, at)| {
            let below = (at > 0).then(|| voxel - stride);
            let above = (at + 1 < n).then(|| voxel + stride);
            below.into_iter().chain(above)
        })
}

/// The 27 voxels around and with one, which no side of the grid is near but the lower one.
fn block(n: usize, voxel: usize) -> impl Iterator<Item = usize> {
    let corner = 1 + n + n * n;
    (0..27).filter_map(move |i| (voxel + i % 3 + n * (i / 3 % 3 + n * (i / 9))).checked_sub(corner))
}

/// The voxels with CSF that can be reached from `start` through faces without entering a voxel
/// that is `barred`.
fn reached(head: &Head, start: usize, barred: impl Fn(usize) -> bool) -> Vec<bool> {
    let n = head.grid.dims()[0];
    let mut is_reached = vec![false; head.regions.len()];
    is_reached[start] = true;
    let mut open = vec![start];
    while let Some(voxel) = open.pop() {
        for other in neighbours(n, voxel) {
            if !is_reached[other] && has_csf(head, other) && !barred(other) {
                is_reached[other] = true;
                open.push(other);
            }
        }
    }
    is_reached
}

fn first_in(head: &Head, region: Region) -> usize {
    (0..head.regions.len())
        .find(|&v| head.region(v) == region && has_csf(head, v))
        .unwrap_or_else(|| panic!("no CSF in {}", region.name()))
}

/// What is wrong with the connections of a head's CSF; nothing, as it should be.
fn leaks(patient: &Patient, head: &Head) -> Vec<String> {
    let n = head.grid.dims()[0];
    let with_csf: Vec<usize> = (0..head.regions.len())
        .filter(|&v| has_csf(head, v))
        .collect();
    let spine = first_in(head, Region::SpinalSas);
    let from_spine = reached(head, spine, |_| false);
    let is_closed = |region: Region| {
        region == Region::Cyst
            && patient
                .shape
                .cyst
                .as_ref()
                .is_some_and(|cyst| !cyst.is_open)
    };
    let mut leaks = Vec::new();
    for &voxel in &with_csf {
        let region = head.region(voxel);
        // The border of a closed cyst is in the tissue around it.
        let at_cyst = || block(n, voxel).any(|v| is_closed(head.region(v)));
        let should_be_reached = !is_closed(region) && (region.is_fluid() || !at_cyst());
        if from_spine[voxel] != should_be_reached && (should_be_reached || region.is_fluid()) {
            leaks.push(format!(
                "{} at {voxel}: {}",
                region.name(),
                from_spine[voxel]
            ));
        }
    }
    for &region in Region::ALL {
        if region.is_ventricular() || region.is_subarachnoid() {
            first_in(head, region);
        }
    }
    // Without the fourth ventricle there is no way to those above it. CSF at the border of a
    // region is in the tissue around it.
    let is_fourth = |v: usize| head.region(v) == Region::FourthVentricle;
    let barred = |voxel: usize| {
        let in_tissue = !head.region(voxel).is_fluid();
        is_fourth(voxel) || (in_tissue && block(n, voxel).any(is_fourth))
    };
    let without = reached(head, spine, barred);
    let above = |region: Region| region.is_ventricular() && region != Region::FourthVentricle;
    for &voxel in &with_csf {
        if above(head.region(voxel)) && without[voxel] {
            leaks.push(format!("a way to {} at {voxel}", head.region(voxel).name()));
        }
    }
    leaks
}

#[track_caller]
fn check_leaks(patient: &Patient, leaks: &[String]) {
    let name = format!("{} {}", patient.diagnosis.code(), patient.id);
    let first = &leaks[..leaks.len().min(5)];
    assert!(leaks.is_empty(), "{name}: {} leaks, {first:?}", leaks.len());
}

#[test]
fn csf_is_one_and_reaches_the_ventricles_through_the_fourth_only_on_the_2_mm_grid() {
    for row in rows() {
        check_leaks(&row.patient, &row.leaks);
    }
}

#[test]
fn csf_is_one_and_reaches_the_ventricles_through_the_fourth_only_on_the_1_mm_grid() {
    for (idx, diagnosis) in [(0, Diagnosis::Iih), (2, Diagnosis::PinealCyst)] {
        let patient = Patient::draw(idx, SEED, diagnosis);
        check_leaks(&patient, &leaks(&patient, &Head::draw(&patient, 1)));
    }
}

// Between the aqueduct of this head and its fourth ventricle lie voxels of the 2 mm grid of which
// each fills less than half, so that they have the region of the subarachnoid space.
#[test]
fn ventricles_lead_into_each_other_where_the_fourth_is_small() {
    let patient = Patient::draw(143, 3, Diagnosis::PinealCyst);
    let head = Head::draw(&patient, 2);
    check_leaks(&patient, &leaks(&patient, &head));
    let fourth = first_in(&head, Region::FourthVentricle);
    let within = reached(&head, fourth, |v| !head.region(v).is_ventricular());
    for &region in Region::ALL.iter().filter(|r| r.is_ventricular()) {
        let is_met = (0..within.len()).any(|v| within[v] && head.region(v) == region);
        assert!(
            is_met,
            "no way from {} to the fourth ventricle",
            region.name()
        );
    }
}

#[test]
fn both_grids_show_the_same_head() {
    let patient = Patient::draw(3, SEED, Diagnosis::Reference);
    let [fine, coarse] = [1, 2].map(|mm| Head::draw(&patient, mm));
    for tissue in [
        Tissue::Csf,
        Tissue::CorticalGrey,
        Tissue::White,
        Tissue::DeepGrey,
    ] {
        let [a, b] = [&fine, &coarse].map(|head| head.tissue_ml(tissue));
        assert!(
            (a - b).abs() < 0.04 * a,
            "{}: {a} and {b} ml",
            tissue.name()
        );
    }
    let [a, b] = [&fine, &coarse].map(|head| head.volumes().ventricles_ml);
    assert!((a - b).abs() < 0.05 * a, "ventricles: {a} and {b} ml");
    let [a, b] = [&fine, &coarse].map(Head::evans_index);
    assert!((a - b).abs() < 0.03, "Evans index: {a} and {b}");
}

#[test]
fn same_patient_gives_the_same_bytes_with_any_number_of_threads() {
    let patient = Patient::draw(1, SEED, Diagnosis::Inph);
    let in_threads = |n: usize| {
        let pool = rayon::ThreadPoolBuilder::new()
            .num_threads(n)
            .build()
            .unwrap();
        pool.install(|| Head::draw(&patient, 2))
    };
    let head = in_threads(1);
    assert!(
        head == in_threads(3),
        "three threads draw another head than one"
    );
    let other = Head::draw(&Patient::draw(2, SEED, Diagnosis::Inph), 2);
    assert!(head != other, "two patients have one head");
}

#[test]
fn every_region_and_tissue_is_there() {
    let patient = Patient::draw(5, SEED, Diagnosis::PinealCyst);
    let head = Head::draw(&patient, 1);
    for &region in Region::ALL {
        assert!(head.region_ml(region) > 0.0, "no {}", region.name());
        assert_eq!(Region::from_index(region as u8), Some(region));
    }
    for &tissue in Tissue::ALL {
        assert!(head.tissue_ml(tissue) > 0.0, "no {}", tissue.name());
        assert_eq!(Tissue::from_index(tissue as u8), Some(tissue));
    }
    assert!(
        head.share.iter().all(|&share| share <= 128),
        "the first tissue is the larger"
    );
}

#[test]
fn left_is_on_the_left_and_both_sides_differ_a_little() {
    let head = Head::draw(&Patient::draw(0, SEED, Diagnosis::Reference), 2);
    let pairs = [
        (Region::CortexLeft, Region::CortexRight),
        (Region::WhiteLeft, Region::WhiteRight),
        (Region::PutamenLeft, Region::PutamenRight),
    ];
    for (left, right) in pairs {
        let center_x = |region: Region| {
            let inside = (0..head.regions.len()).filter(|&v| head.region(v) == region);
            let x: Vec<f64> = inside.map(|v| (v % 128) as f64 * 2.0 - 127.0).collect();
            x.iter().sum::<f64>() / x.len() as f64
        };
        let [l, r] = [left, right].map(center_x);
        assert!(l < -10.0 && r > 10.0, "{}: {l} and {r} mm", left.name());
        let [l, r] = [left, right].map(|region| head.region_ml(region));
        assert!(
            l != r && (l - r).abs() < 0.15 * l,
            "{}: {l} and {r} ml",
            left.name()
        );
    }
}

#[test]
fn a_sagging_brain_closes_the_cisterns_and_inph_opens_the_sylvian_fissures() {
    let mean = |diagnosis: Diagnosis, regions: &[Region]| {
        let sum = |row: &Row| {
            regions
                .iter()
                .map(|&r| row.region_ml[r as usize])
                .sum::<f64>()
        };
        of(diagnosis).map(sum).sum::<f64>() / of(diagnosis).count() as f64
    };
    #[track_caller]
    fn check(what: &str, ratio: f64, [low, high]: [f64; 2]) {
        assert!(
            (low..high).contains(&ratio),
            "{what}: {ratio} of the reference heads'"
        );
    }
    let ratio = |diagnosis, regions: &[Region]| {
        mean(diagnosis, regions) / mean(Diagnosis::Reference, regions)
    };
    let sih = |region| ratio(Diagnosis::Sih, &[region]);
    check(
        "suprasellar cistern",
        sih(Region::SuprasellarCistern),
        [0.2, 0.8],
    );
    check(
        "prepontine cistern",
        sih(Region::PrepontineCistern),
        [0.2, 0.85],
    );
    check("sagittal sinus", sih(Region::SagittalSinus), [1.3, 2.5]);
    let fissures = [Region::SylvianLeft, Region::SylvianRight];
    check(
        "Sylvian fissures",
        ratio(Diagnosis::Inph, &fissures),
        [1.5, 5.0],
    );
}
