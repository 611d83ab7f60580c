//! A verification as a page to print, JSON, text and tables.

use super::facts::{
    FileCheck, HazardFacts, NamedTest, NumberCheck, RequirementFacts, Verification, digits,
};
use super::tests_run::TestResult;
use super::verdict::Verdict;
use crate::report::{Cell, CellKind, EvaluationReport};
use std::path::Path;

/// Writes `report.html`, `verification.json`, `verification.txt` and `tables/*.csv` into a folder, which is
/// made where there is none. The page is written last, so that a folder with a page holds all of it.
///
/// # Errors
/// When the folder holds one of them already, and when a file cannot be written.
pub fn write_verification(made: &Verification, folder: &Path) -> anyhow::Result<()> {
    let report = report(made);
    let mut json = serde_json::to_vec_pretty(made)?;
    json.push(b'\n');
    let beside = vec![
        ("verification.json".to_owned(), json),
        ("verification.txt".to_owned(), report.to_text().into_bytes()),
    ];
    Ok(report.write_with(beside, folder)?)
}

fn words(text: impl Into<String>) -> Cell {
    Cell::Words(text.into())
}

fn result(verdict: Verdict) -> Cell {
    words(verdict.name())
}

const WORDS: CellKind = CellKind::Words;

fn report(made: &Verification) -> EvaluationReport {
    let lead = vec![
        "What the running program computed, wrote and drew on this machine, beside what it has to be; \
         what can go wrong, with what is done about it and the tests that hold it; and where the things \
         are that five papers need. All of it was made by running the program."
            .to_owned(),
        "It is no certificate and no clinical validation: whether networks, measures and readings \
         serve a purpose is shown by studies."
            .to_owned(),
    ];
    let mut report =
        EvaluationReport::new(format!("Cisterna {}: verification", made.version), lead);
    match made.n_failed() {
        0 => {}
        1 => report.banner("One check FAILED; section 1 says which."),
        n => report.banner(format!("{n} checks FAILED; section 1 says which.")),
    }
    summary(made, &mut report);
    machine(made, &mut report);
    numbers(made, &mut report);
    files(made, &mut report);
    picture(made, &mut report);
    networks(made, &mut report);
    hazards(&made.hazards, &mut report);
    requirements(made, &mut report);
    tests(made, &mut report);
    report
}

fn summary(made: &Verification, report: &mut EvaluationReport) {
    report.heading("Summary");
    let rows = made.tallies().into_iter().map(|tally| {
        vec![
            words(tally.area),
            Cell::Count(tally.n_passed),
            Cell::Count(tally.n_failed),
            Cell::Count(tally.n_not_done),
        ]
    });
    report.table(
        [
            "summary",
            "Checks of each kind, and how they came out.",
            "A hazard and a requirement pass where all their tests passed. Not done are those whose tests \
             were not run or lacked their data, and what this machine cannot do.",
        ],
        &[
            ("", "area", WORDS),
            ("passed", "passed", CellKind::Count),
            ("FAILED", "failed", CellKind::Count),
            ("not done", "not_done", CellKind::Count),
        ],
        rows.collect(),
    );
    let failures = made.failures();
    if failures.is_empty() {
        report.words("No check failed.");
        return;
    }
    let rows = failures
        .into_iter()
        .map(|one| vec![words(one.area), words(one.what), words(one.why)]);
    report.table(
        ["failed", "What failed.", ""],
        &[
            ("", "area", WORDS),
            ("check", "check", WORDS),
            ("what is wrong", "why", WORDS),
        ],
        rows.collect(),
    );
}

fn machine(made: &Verification, report: &mut EvaluationReport) {
    report.heading("Program and machine");
    let unknown = || "unknown".to_owned();
    let machine = &made.machine;
    let mut rows = vec![
        ("version", made.version.to_owned()),
        (
            "SHA-256 of the program",
            made.program_sha256.clone().unwrap_or_else(unknown),
        ),
        ("made, by the machine's clock", made.made_utc.clone()),
        ("system", machine.system.clone()),
        ("kernel", machine.kernel.clone().unwrap_or_else(unknown)),
        ("architecture", machine.architecture.to_owned()),
        (
            "processor",
            machine.processor.clone().unwrap_or_else(unknown),
        ),
        ("vectors", machine.vectors.to_owned()),
        (
            "threads",
            machine
                .threads
                .map_or_else(unknown, |threads| threads.to_string()),
        ),
        (
            "memory",
            machine
                .memory
                .map_or_else(unknown, |memory| format!("{} MiB", memory.total_mib)),
        ),
    ];
    for adapter in &made.adapters {
        let text = format!("{}, driver {}", adapter.title, adapter.driver);
        rows.push(("graphics", text));
    }
    if made.adapters.is_empty() {
        rows.push(("graphics", "no adapter".to_owned()));
    }
    report.table(
        ["machine", "What was verified, and on what.", ""],
        &[("", "what", WORDS), ("", "is", WORDS)],
        rows.into_iter()
            .map(|(what, is)| vec![words(what), words(is)])
            .collect(),
    );
}

/// As [`digits`] has it: a tolerance of 2.5e-12 cannot be read with all its zeros.
fn number(number: Option<f64>) -> Cell {
    words(number.map_or_else(|| "no value".to_owned(), digits))
}

fn number_rows(checks: &[&NumberCheck]) -> Vec<Vec<Cell>> {
    let row = |one: &&NumberCheck| {
        vec![
            words(&one.what),
            number(one.expected),
            match one.expected {
                Some(_) => number(Some(one.tolerance)),
                None => Cell::Blank,
            },
            match &one.remark {
                Some(remark) => words(remark),
                None => number(one.found),
            },
            words(one.source),
            result(one.verdict),
        ]
    };
    checks.iter().map(row).collect()
}

const NUMBER_COLUMNS: [(&str, &str, CellKind); 6] = [
    ("", "what", WORDS),
    ("has to be", "expected", WORDS),
    ("within", "tolerance", WORDS),
    ("computed now", "found", WORDS),
    ("by", "source", WORDS),
    ("", "result", WORDS),
];

fn numbers(made: &Verification, report: &mut EvaluationReport) {
    report.heading("Numbers");
    report.words(
        "Each was computed by the running program from a small input that is compiled in, and is set beside \
         a published value or the output of another program.",
    );
    let mut groups: Vec<(&str, Vec<&NumberCheck>)> = Vec::new();
    for one in &made.numbers {
        match groups.iter_mut().find(|(name, _)| *name == one.group) {
            Some((_, checks)) => checks.push(one),
            None => groups.push((one.group, vec![one])),
        }
    }
    for (number, (name, checks)) in (1..).zip(groups) {
        let id = format!("numbers_{number}");
        let title = format!("{name}.");
        report.table([&id, &title, ""], &NUMBER_COLUMNS, number_rows(&checks));
    }
}

fn files(made: &Verification, report: &mut EvaluationReport) {
    report.heading("Files");
    let (damaged, sound): (Vec<&FileCheck>, Vec<&FileCheck>) =
        made.files.iter().partition(|one| one.expected == "refused");
    let rows = |checks: &[&FileCheck]| -> Vec<Vec<Cell>> {
        let row = |one: &&FileCheck| {
            vec![
                words(one.kind),
                words(&one.what),
                words(&one.expected),
                words(&one.found),
                result(one.verdict),
            ]
        };
        checks.iter().map(row).collect()
    };
    let columns = [
        ("kind", "kind", WORDS),
        ("what was done", "what", WORDS),
        ("has to be", "expected", WORDS),
        ("was", "found", WORDS),
        ("", "result", WORDS),
    ];
    report.table(
        [
            "files",
            "Small files, written to a folder that is gone afterwards and opened again.",
            "The letters are the directions in which the axes of voxels run; places are RAS+ mm. The value at \
             a place of the patient is looked at too.",
        ],
        &columns,
        rows(&sound),
    );
    report.table(
        ["damaged_files", "Damaged files, each to be refused.", ""],
        &columns,
        rows(&damaged),
    );
}

fn picture(made: &Verification, report: &mut EvaluationReport) {
    report.heading("Picture");
    let check = &made.picture;
    if let Some(why) = &check.why {
        report.words(why.clone());
    }
    let Some(trial) = &check.trial else {
        return;
    };
    let row = vec![
        words(&trial.adapter),
        Cell::Count(trial.n_pixels),
        Cell::Count(trial.n_differing),
        Cell::Count(trial.n_allowed),
        result(check.verdict),
    ];
    report.table(
        [
            "picture",
            "A slice of a simulated head, drawn by the graphics adapter and by the processor.",
            "Pixels differ where a colour does by more than one step of 255. At edges two ways of rounding may \
             take another voxel.",
        ],
        &[
            ("adapter", "adapter", WORDS),
            ("pixels", "pixels", CellKind::Count),
            ("differ", "differing", CellKind::Count),
            ("may", "allowed", CellKind::Count),
            ("", "result", WORDS),
        ],
        vec![row],
    );
}

fn networks(made: &Verification, report: &mut EvaluationReport) {
    report.heading("Networks that come along");
    let rows = made.networks.iter().map(|one| {
        let sha256 = match (&one.sha256, one.sha256_on_record) {
            (Some(found), _) => found.clone(),
            (None, _) => "does not come along".to_owned(),
        };
        let record = match one.sha256_on_record {
            Some(_) if one.verdict == Verdict::Passed => "the same",
            Some(_) => "another",
            None => "nothing",
        };
        vec![
            words(&one.name),
            words(sha256),
            words(record),
            result(one.verdict),
        ]
    });
    report.table(
        [
            "networks",
            "SHA-256 of their files, and what is on record.",
            "",
        ],
        &[
            ("network", "network", WORDS),
            ("SHA-256", "sha256", WORDS),
            ("on record", "on_record", WORDS),
            ("", "result", WORDS),
        ],
        rows.collect(),
    );
    let checks: Vec<&NumberCheck> = made.network_numbers.iter().collect();
    report.table(
        [
            "network_numbers",
            "What they make of an input that is told by a formula.",
            "Planes of 256 x 256 pixels, a volume of the card's size; the formulas stand in the source.",
        ],
        &NUMBER_COLUMNS,
        number_rows(&checks),
    );
}

/// The tests, each with what became of it where it did not simply pass.
fn test_words(tests: &[NamedTest]) -> String {
    let words = tests.iter().map(|one| match one.result {
        None | Some(TestResult::Passed) => one.test.clone(),
        Some(result) => format!("{} ({})", one.test, result.name()),
    });
    words.collect::<Vec<_>>().join("; ")
}

fn hazards(hazards: &[HazardFacts], report: &mut EvaluationReport) {
    report.heading("Hazards and what holds them");
    let rows = hazards.iter().map(|one| {
        vec![
            words(&one.id),
            words(format!("{}. {}.", one.hazard, one.harm)),
            words(format!("{}. In: {}.", one.control, one.places.join(", "))),
            words(test_words(&one.tests)),
            result(one.verdict),
        ]
    });
    report.table(
        [
            "hazards",
            "What can go wrong, what is done about it, and the tests that hold it.",
            "A test of the source looks for each file and test that is named here.",
        ],
        &[
            ("", "id", WORDS),
            (
                "what goes wrong, and what would come of it",
                "hazard",
                WORDS,
            ),
            ("what is done about it", "control", WORDS),
            ("tests", "tests", WORDS),
            ("", "result", WORDS),
        ],
        rows.collect(),
    );
}

fn requirements(made: &Verification, report: &mut EvaluationReport) {
    report.heading("What five papers need");
    report.table(
        ["papers", "The papers.", ""],
        &[("", "paper", WORDS), ("", "title", WORDS)],
        made.papers
            .iter()
            .map(|paper| vec![words(&paper.id), words(&paper.title)])
            .collect(),
    );
    let row = |one: &RequirementFacts| {
        vec![
            words(&one.paper),
            words(format!("{}.", one.needs)),
            words(format!(
                "{}. In: {}.",
                one.commands.join(", "),
                one.places.join(", ")
            )),
            words(test_words(&one.tests)),
            result(one.verdict),
        ]
    };
    report.table(
        [
            "requirements",
            "What they need, the commands that do it, and the tests that hold it.",
            "",
        ],
        &[
            ("paper", "paper", WORDS),
            ("needs", "needs", WORDS),
            ("done by", "by", WORDS),
            ("tests", "tests", WORDS),
            ("", "result", WORDS),
        ],
        made.requirements.iter().map(row).collect(),
    );
}

fn tests(made: &Verification, report: &mut EvaluationReport) {
    report.heading("Tests of the source");
    let Some(run) = &made.tests else {
        report.words(
            "No results of tests were joined, so that hazards and requirements name their tests without \
             what became of them. `./dev verify` runs the tests of the source and joins them.",
        );
        return;
    };
    let results = [
        TestResult::Passed,
        TestResult::Failed,
        TestResult::Skipped,
        TestResult::Ignored,
    ];
    let rows = results
        .iter()
        .map(|&result| vec![words(result.name()), Cell::Count(run.n(result))]);
    report.table(
        [
            "tests",
            "Results of the tests that were joined.",
            "A test is skipped where the scans that it needs do not lie beside the source; with \
             CISTERNA_REQUIRE_SHARED=1 that is a failure.",
        ],
        &[
            ("result", "result", WORDS),
            ("tests", "tests", CellKind::Count),
        ],
        rows.collect(),
    );
}
