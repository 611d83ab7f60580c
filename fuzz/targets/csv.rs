//! Every table that a user hands over: ratings, truths, case lists, planes.
#![no_main]

use cisterna::formats::no_progress;
use cisterna::models::{self, Inputs, Interval, Preparation};
use cisterna::report::{Analysis, AnalysisOptions, Detection};
use cisterna::stats::Bootstrap;
use cisterna::study::{Columns, Design, GradeTable, Protocol, Scale, StudyError, open_cases};
use cisterna_fuzz::{Scratch, seeds, split};
use libfuzzer_sys::fuzz_target;
use std::collections::BTreeSet;
use std::path::Path;

fuzz_target!(init: seeds::write(seeds::csv), |data: &[u8]| {
    let Some((choice, file)) = split(data) else {
        return;
    };
    let scratch = Scratch::new();
    let path = scratch.write("table.csv", file);
    match choice % 7 {
        0 => analyse(GradeTable::open(&path)),
        1 => analyse(GradeTable::open_as(&path, None)),
        2 => analyse(GradeTable::open_as(&path, Some(&columns(None)))),
        3 => analyse(GradeTable::open_as(&path, Some(&columns(Some("treatment"))))),
        4 => detect(&path),
        5 => draw(&path),
        _ => planes(&path, scratch.path()),
    }
});

/// Columns of tables as other programs write them.
fn columns(by: Option<&str>) -> Columns {
    Columns {
        rater: "reader".into(),
        unit: "case".into(),
        by: by.map(str::to_owned),
        value: "rating".into(),
    }
}

/// A table that is small enough to be analysed many times a second.
fn is_small(table: &GradeTable) -> bool {
    table.raters().len() <= 6 && table.arms().len() <= 3 && table.n_grades() <= 200
}

/// As `cisterna stats` does it, with few resamples.
fn analyse(table: Result<GradeTable, StudyError>) {
    let Ok(table) = table else { return };
    if !is_small(&table) {
        return;
    }
    let levels = table.observed_levels();
    let is_reflux = levels
        .iter()
        .all(|level| (0.0..=4.0).contains(level) && level.fract() == 0.0);
    let options = AnalysisOptions {
        levels: is_reflux.then(|| Scale::reflux().numbers()),
        seed: 1,
        bootstrap: Some(Bootstrap {
            n_resamples: 20,
            ..Bootstrap::default()
        }),
    };
    if let Ok(analysis) = Analysis::of(&table, &options) {
        serde_json::to_string(&analysis).expect("an analysis has a JSON form");
        assert!(!analysis.to_text().is_empty());
    }
}

/// As `cisterna stats --truth` does it.
fn detect(path: &Path) {
    let table = GradeTable::open_as(path, Some(&columns(Some("treatment"))));
    let truth = GradeTable::open_truth(path, "case", "truth");
    let (Ok(table), Ok(truth)) = (table, truth) else {
        return;
    };
    if is_small(&table) {
        assert!(!Detection::of(&table, &truth).to_text().is_empty());
    }
}

/// A study of the cases, with the arms that they have.
fn draw(path: &Path) {
    let Ok(cases) = open_cases(path) else { return };
    let arms: BTreeSet<String> = cases.iter().map(|case| case.arm.clone()).collect();
    let protocol = Protocol {
        installments: arms.len().max(1) as u32,
        arms: arms.into_iter().collect(),
        seed: Some(1),
        ..Protocol::reflux(&["Anna".into(), "Bela".into()])
    };
    if protocol.check().is_err() {
        return;
    }
    if let Ok((design, key)) = Design::draw(&protocol, &cases) {
        assert_eq!(design.codes.len(), key.cases().len());
        assert_eq!(design.codes.len(), cases.len());
        key.check_opens(&design).expect("a key opens its study");
    }
}

/// Where planes lie, before a network is trained; of a data set without scans.
fn planes(path: &Path, empty: &Path) {
    let inputs = Inputs::from(Interval::Pre);
    let preparation = Preparation::default();
    let opened = models::open_cases(empty, &inputs, preparation, Some(path), &no_progress);
    assert!(opened.is_err(), "a data set without scans has no cases");
}
