//! A study file of 10,000 cases and 20 raters (2.6 GB, in the folder for temporary files), and the
//! report of a study of the tracer papers' size.

use cisterna::ledger::Ledger;
use cisterna::report::{Audit, ReportOptions, StudyData, report_files};
use cisterna::study::{
    CaseIdentity, CaseImage, CaseRow, Coordinator, Design, Protocol, Reading, ReadingStatus,
};
use criterion::{Criterion, criterion_group, criterion_main};
use rand::{Rng, RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use std::collections::BTreeMap;
use std::path::Path;

fn cases(n_patients: usize) -> Vec<CaseRow> {
    let case = |patient: usize, arm: &str| CaseRow {
        patient: format!("p{patient:05}"),
        arm: arm.into(),
        image: "scan.nii".into(),
        sagittal_image: None,
        axial_mm: None,
        sagittal_mm: None,
        training: None,
    };
    (0..n_patients)
        .flat_map(|patient| ["real", "predicted"].map(|arm| case(patient, arm)))
        .collect()
}

fn protocol(n_raters: usize) -> Protocol {
    let raters: Vec<String> = (1..=n_raters).map(|n| format!("Rater {n}")).collect();
    Protocol {
        seed: Some(1),
        margin: Some(0.1),
        simulated_raters: true,
        ..Protocol::reflux(&raters)
    }
}

/// Writes the large study.
fn large(path: &Path) -> Ledger {
    let plan = protocol(20);
    let (design, _) = Design::draw(&plan, &cases(5000)).expect("a design");
    let mut rng = ChaCha8Rng::seed_from_u64(1);
    let noise: Vec<u8> = (0..CaseImage::N_VALUES)
        .map(|_| rng.next_u32() as u8)
        .collect();
    let images: Vec<CaseImage> = design
        .codes
        .iter()
        .map(|code| CaseImage {
            code: code.clone(),
            axial: noise.clone(),
            sagittal: noise.clone(),
        })
        .collect();
    let coordinator = Coordinator::fresh().expect("random numbers");
    let keys = BTreeMap::new();
    Ledger::create(path, &design, &images, &plan, coordinator, &keys).expect("a study file")
}

fn large_study(criterion: &mut Criterion) {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("large.cisterna");
    drop(large(&path));
    let mut group = criterion.benchmark_group("10,000 cases, 20 raters");
    group.sample_size(10);
    group.bench_function("open", |bench| {
        bench.iter(|| Ledger::open(&path).expect("a study"));
    });
    let ledger = Ledger::open(&path).expect("a study");
    let raters = ledger.raters().expect("raters");
    group.bench_function("list all raters", |bench| {
        bench.iter(|| -> usize {
            let progress = raters.iter().map(|rater| ledger.progress(rater));
            progress.map(|of| of.expect("progress").n_cases()).sum()
        });
    });
    group.bench_function("verify", |bench| {
        bench.iter(|| ledger.verify().expect("a whole study"));
    });
    group.finish();
}

/// 31 patients, two arms, three raters who see the true grade in nine of ten cases.
fn graded() -> StudyData {
    let plan = protocol(3);
    let (design, key) = Design::draw(&plan, &cases(31)).expect("a design");
    let mut rng = ChaCha8Rng::seed_from_u64(2);
    let mut readings = Vec::new();
    for worklist in &design.worklists {
        for slot in worklist.slots() {
            let case = key.entry(&slot.code).expect("a case");
            let truth = case.patient.bytes().map(usize::from).sum::<usize>() % 5;
            let given = match rng.random_bool(0.9) {
                true => truth as u8,
                false => rng.random_range(0..5),
            };
            readings.push(Reading {
                rater: worklist.rater.clone(),
                installment: slot.installment,
                position: slot.position,
                case_code: slot.code.to_string(),
                grade: Some(given),
                status: ReadingStatus::Graded,
                confidence: None,
                comment: String::new(),
                opened_unix_millis: 0,
                committed_unix_millis: 9000,
                seconds: rng.random_range(5.0..30.0),
                n_changes: 0,
                identity: Some(CaseIdentity {
                    patient: case.patient.clone(),
                    arm: case.arm.clone(),
                    is_repeat: false,
                }),
            });
        }
    }
    StudyData {
        protocol_sha256: plan.fingerprint(),
        protocol: plan,
        unsealing: None,
        readings,
        displays: Vec::new(),
        audit: Audit::default(),
        model_cards: Vec::new(),
        app_version: String::new(),
    }
}

fn report(criterion: &mut Criterion) {
    let data = graded();
    let mut group = criterion.benchmark_group("report, 62 images, 3 raters, 10,000 resamples");
    group.sample_size(10);
    group.bench_function("all files", |bench| {
        bench.iter(|| report_files(&data, &ReportOptions::default()).expect("a report"));
    });
    group.finish();
}

criterion_group!(benches, report, large_study);
criterion_main!(benches);
