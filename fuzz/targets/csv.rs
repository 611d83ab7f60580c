//! Every table that a user hands over: ratings, truths, case lists, planes.
#![no_main]

use cisterna::formats::no_progress;
use cisterna::models::tracer::{self, Inputs, Preparation, ScanInterval};
use cisterna::report::{Analysis, AnalysisOptions, Detection};
use cisterna::stats::Bootstrap;
use cisterna::stats::Interval;
use cisterna::study::{
    Design, GradeTable, OpenedTable, Protocol, StudyError, TableOptions, open_cases,
};
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
        0 => analyse(OpenedTable::open(&path, &TableOptions::default())),
        1 => analyse(OpenedTable::open(&path, &wide())),
        2 => analyse(OpenedTable::open(&path, &columns(None))),
        3 => analyse(OpenedTable::open(&path, &columns(Some("treatment")))),
        4 => detect(&path),
        5 => draw(&path),
        _ => planes(&path, scratch.path()),
    }
});

fn wide() -> TableOptions {
    TableOptions {
        wide: true,
        ..TableOptions::default()
    }
}

/// Columns of tables as other programs write them.
fn columns(by: Option<&str>) -> TableOptions {
    TableOptions {
        rater: Some("reader".into()),
        unit: Some("case".into()),
        by: by.map(str::to_owned),
        value: Some("rating".into()),
        ..TableOptions::default()
    }
}

/// A table that is small enough to be analysed many times a second.
fn is_small(table: &GradeTable) -> bool {
    table.raters().len() <= 6 && table.arms().len() <= 3 && table.n_grades() <= 200
}

/// As `cisterna stats` does it, with few resamples.
fn analyse(opened: Result<OpenedTable, StudyError>) {
    let Ok(opened) = opened else { return };
    if !is_small(&opened.table) {
        return;
    }
    let options = AnalysisOptions {
        levels: opened.levels,
        measured: opened.measured,
        assumed: opened.assumed,
        bootstrap: Some(Bootstrap {
            n_resamples: 20,
            ..Bootstrap::default()
        }),
        ..AnalysisOptions::default()
    };
    if let Ok(analysis) = Analysis::of(&opened.table, &options) {
        serde_json::to_string(&analysis).expect("an analysis has a JSON form");
        assert!(!analysis.to_full_text().is_empty());
    }
}

/// As `cisterna stats --truth` does it.
fn detect(path: &Path) {
    let options = TableOptions {
        truth: Some("truth".into()),
        ..columns(Some("treatment"))
    };
    let Ok(opened) = OpenedTable::open(path, &options) else {
        return;
    };
    if is_small(&opened.table) {
        let found = Detection::of(&opened.table, &opened.truth, Interval::default());
        assert!(!found.to_text().is_empty());
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
    let inputs = Inputs::from(ScanInterval::Pre);
    let preparation = Preparation::default();
    let opened = tracer::open_cases(empty, &inputs, preparation, Some(path), &no_progress);
    assert!(opened.is_err(), "a data set without scans has no cases");
}
