//! Study files and raters' packages, which come from other machines.
#![no_main]

use cisterna::ledger::Ledger;
use cisterna::study::{
    Circumstances, Coordinator, GradeDraft, GradeTable, Verdict, audit_csv, audit_json_lines,
    export_csv,
};
use cisterna_fuzz::memory::Counted;
use cisterna_fuzz::{Scratch, seeds};
use libfuzzer_sys::{fuzz_mutator, fuzz_target, fuzzer_mutate};
use std::path::Path;
use std::sync::OnceLock;

/// libFuzzer holds all study files that it found in the same memory; the program's is counted.
#[global_allocator]
static ALLOCATOR: Counted = Counted;

/// What SQLite looks at before anything else: magic, page size, versions.
const HEADER: usize = 100;

fuzz_target!(init: seeds::write(seeds::package), |data: &[u8]| {
    let scratch = Scratch::new();
    let path = scratch.write("package.cisterna", data);
    if let Ok(package) = Ledger::open_read_only(&path) {
        look(&package);
        let is_sound = package.verify().is_ok();
        drop(package);
        if is_sound {
            merge(&path, &scratch);
        }
    }
    if let Ok(mut package) = Ledger::open(&path) {
        grade(&mut package);
    }
});

/// What `cisterna study status`, `next` and `export` ask of a file.
fn look(package: &Ledger) {
    let _ = (package.protocol_sha256(), package.scale(), package.design());
    let _ = (package.n_events(), package.last_unix_millis());
    let _ = (package.events(None), package.unsealed_at());
    for rater in package.raters().unwrap_or_default() {
        if let Ok(worklist) = package.worklist(&rater) {
            for slot in worklist.slots().take(4) {
                let _ = package.case_image(&rater, &slot.code);
                let _ = package.standing_at(&rater, &slot);
                let next = slot.installment.saturating_add(1);
                let _ = package.begins_at(&rater, next);
            }
        }
        let _ = package.progress(&rater).map(|progress| progress.is_done());
        let _ = (package.next_case(&rater), package.signatures(&rater));
    }
    let mut out = Vec::new();
    if let Ok(rows) = package.export_rows(None) {
        let _ = export_csv(&rows, &mut out);
        let _ = GradeTable::from_export(&rows);
    }
    if let Ok(events) = package.audit() {
        let _ = audit_csv(&events, &mut out);
        let _ = audit_json_lines(&events, &mut out);
    }
}

/// Takes a package into the study that the seeds are of.
fn merge(path: &Path, scratch: &Scratch) {
    static STUDY: OnceLock<(Vec<u8>, Coordinator)> = OnceLock::new();
    let (bytes, coordinator) = STUDY.get_or_init(seeds::study);
    let study = scratch.write("study.cisterna", bytes);
    let mut study = Ledger::open(&study).expect("the study is a study");
    let signed_in = study.sign_in(coordinator.clone());
    signed_in.expect("the coordinator is the study's");
    let _ = study.merge(path);
    study.verify().expect("nothing taken in breaks a study");
}

/// Grades the next case of each rater; a file that takes a grade has it.
fn grade(package: &mut Ledger) {
    let Ok(scale) = package.scale() else { return };
    for rater in package.raters().unwrap_or_default() {
        let first = scale.levels.first().map(|level| scale.grade(level.grade));
        let (Ok(Some(slot)), Some(Ok(first))) = (package.next_case(&rater), first) else {
            continue;
        };
        let draft = GradeDraft {
            rater,
            slot,
            verdict: Verdict::Grade(first),
            circumstances: Circumstances {
                confidence: None,
                comment: String::new(),
                opened_unix_millis: 0,
                paused_millis: 0,
                display: serde_json::json!({}),
            },
            committed_unix_millis: 1,
        };
        let _ = package.commit_grade(&draft);
    }
}

// Most of a file is pictures, where a change tells nothing new. Three times in four this changes
// one page that holds rows or a definition; the header stays as it is.
fuzz_mutator!(|data: &mut [u8], size: usize, max_size: usize, seed: u32| {
    let pages = seeds::pages_of_rows(&data[..size]);
    if pages.is_empty() || seed.is_multiple_of(4) {
        return fuzzer_mutate(data, size, max_size);
    }
    let page = pages[seed as usize / 4 % pages.len()].clone();
    let start = if page.start == 0 { HEADER } else { page.start };
    // In its own buffer, so that what lies behind the page stays where it is.
    let mut changed = data[start..page.end].to_vec();
    let length = changed.len();
    fuzzer_mutate(&mut changed, length, length);
    data[start..page.end].copy_from_slice(&changed);
    size
});
