//! Protocols of studies, and the small designs that they make.
#![no_main]

use cisterna::study::{CaseRow, Design, Protocol};
use cisterna_fuzz::seeds;
use libfuzzer_sys::fuzz_target;
use std::path::{Path, PathBuf};

/// Patients, and raters and arms at most; repeats and installments are the protocol's to bound.
const N_PATIENTS: usize = 4;
const MOST_NAMES: usize = 8;

fuzz_target!(init: seeds::write(seeds::protocol), |data: &[u8]| {
    let Ok(text) = std::str::from_utf8(data) else {
        return;
    };
    let Ok(protocol) = Protocol::decode(text, Path::new("protocol.toml")) else {
        return;
    };
    let written = protocol.to_toml().expect("a checked protocol has a text");
    let again = Protocol::decode(&written, Path::new("written.toml"));
    assert_eq!(again.expect("what is written is opened"), protocol);
    assert_eq!(protocol.fingerprint().len(), 64);
    if protocol.raters.len() <= MOST_NAMES && protocol.arms.len() <= MOST_NAMES {
        draw(&protocol);
    }
});

/// Every patient in every arm, and one more to be trained on.
fn draw(protocol: &Protocol) {
    let case = |patient: usize, arm: &str, training| CaseRow {
        patient: format!("sub-{patient}"),
        arm: arm.to_owned(),
        image: PathBuf::from("scan.nii"),
        sagittal_image: None,
        axial_mm: None,
        sagittal_mm: None,
        training,
    };
    let mut cases = Vec::new();
    for patient in 0..N_PATIENTS {
        cases.extend(protocol.arms.iter().map(|arm| case(patient, arm, None)));
    }
    let grade = protocol.scale.levels.first().map(|level| level.grade);
    cases.extend(protocol.arms.iter().map(|arm| case(N_PATIENTS, arm, grade)));
    let drawn = Design::draw(protocol, &cases);
    if let Ok((design, key)) = drawn {
        check(protocol, &design);
        key.check_opens(&design).expect("a key opens its study");
        assert_eq!(key.protocol().fingerprint(), protocol.fingerprint());
    }
}

/// Each rater gets every case once, and each repeat once more.
fn check(protocol: &Protocol, design: &Design) {
    let n_cases = N_PATIENTS * protocol.arms.len() + protocol.repeats as usize;
    assert_eq!(design.worklists.len(), protocol.raters.len());
    for worklist in &design.worklists {
        assert_eq!(worklist.n_cases(), n_cases);
        assert_eq!(worklist.installments.len(), protocol.installments as usize);
        assert_eq!(worklist.training.len(), protocol.arms.len());
    }
    let told = protocol.instructions(&design.training);
    serde_json::to_string(&told).expect("instructions have a JSON form");
}
