//! Reading a study in its window, by keys alone and by click.

mod corrected;
mod display;
mod fields;
mod kept;
mod pictures;
mod session;
mod signing;
mod small;
mod start;

use super::wait_until;
use cisterna::app::ReadingApp;
use cisterna::ledger::Ledger;
use cisterna::study::{
    CaseImage, CaseRow, Conditions, Coordinator, Design, GradeEntry, LaterInstallments, Protocol,
    Verdict,
};
use cisterna::volume::{PLANE_SIZE, PlaneImage, PlanePair};
use eframe::egui::{self, Key, accesskit::Role};
use egui_kittest::kittest::{By, NodeT, Queryable};
use egui_kittest::{Harness, HarnessBuilder};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// A plane pair whose pixels are its number.
fn pair(number: usize) -> PlanePair {
    let plane = |offset: usize| PlaneImage {
        data: (0..PLANE_SIZE * PLANE_SIZE)
            .map(|at| ((at + offset) % 256) as f32 / 255.0)
            .collect(),
        inside: vec![true; PLANE_SIZE * PLANE_SIZE],
    };
    PlanePair {
        axial: plane(number),
        sagittal: plane(2 * number),
    }
}

fn small_study(folder: &Path) -> PathBuf {
    study(folder, Conditions::default(), &[])
}

/// One in which raters may go back.
fn study_with_way_back(folder: &Path) -> PathBuf {
    let reading = Conditions {
        go_back: true,
        ..Conditions::default()
    };
    study(folder, reading, &[])
}

/// Two images of Anna and one of Berta, training cases with their grades, and what raters may do.
pub(super) fn study(folder: &Path, reading: Conditions, training: &[u8]) -> PathBuf {
    let protocol = Protocol {
        reading,
        ..protocol()
    };
    study_by(folder, &protocol, training)
}

/// One rater, two installments, nothing between them.
fn protocol() -> Protocol {
    Protocol {
        seed: Some(3),
        washout_days: 0,
        later_installments: LaterInstallments::Open,
        ..Protocol::reflux(&["a".to_owned()])
    }
}

fn study_by(folder: &Path, protocol: &Protocol, training: &[u8]) -> PathBuf {
    let case = |patient: &str, arm: &str, training| CaseRow {
        patient: patient.to_owned(),
        arm: arm.to_owned(),
        image: PathBuf::from("scan.nii"),
        sagittal_image: None,
        axial_mm: None,
        sagittal_mm: None,
        training,
    };
    let mut cases = vec![
        case("Anna", "real", None),
        case("Anna", "predicted", None),
        case("Berta", "real", None),
    ];
    let examples = training.iter().zip(["Cilla", "Dora"]);
    cases.extend(examples.map(|(grade, patient)| case(patient, "real", Some(*grade))));
    let (design, key) = Design::draw(protocol, &cases).unwrap();
    let images: Vec<CaseImage> = key
        .cases()
        .iter()
        .enumerate()
        .map(|(at, entry)| CaseImage::from_pair(entry.code.clone(), &pair(at)).unwrap())
        .collect();
    let path = folder.join("study.cisterna");
    let coordinator = Coordinator::fresh().unwrap();
    let keys = BTreeMap::new();
    Ledger::create(&path, &design, &images, protocol, coordinator, &keys).unwrap();
    path
}

fn reading_window(study: &Path) -> Harness<'static, ReadingApp> {
    window_of(study, 1.0 / 60.0)
}

/// A window at its first case, in which each step takes so many seconds.
fn window_of(study: &Path, step_seconds: f32) -> Harness<'static, ReadingApp> {
    let mut harness = window_at_start(study, [1280.0, 800.0], step_seconds);
    if harness.query_by_label("Start (Enter)").is_some() {
        press(&mut harness, &[Key::Enter]);
        wait_until(&mut harness, |h| h.state().case_code().is_some());
    }
    harness
}

/// A window as it opens.
pub(super) fn window_at_start(
    study: &Path,
    size: [f32; 2],
    step_seconds: f32,
) -> Harness<'static, ReadingApp> {
    window_at_scale(study, size, step_seconds, 1.0)
}

/// A window as it opens, of so many pixels for a point.
fn window_at_scale(
    study: &Path,
    size: [f32; 2],
    step_seconds: f32,
    scale: f32,
) -> Harness<'static, ReadingApp> {
    let ledger = Ledger::open(study).unwrap();
    let keys = study.with_file_name("keys");
    let mut harness = HarnessBuilder::default()
        .with_size(size)
        .with_pixels_per_point(scale)
        .with_step_dt(step_seconds)
        .wgpu()
        .build_eframe(move |cc| ReadingApp::new(&cc.egui_ctx, ledger, "a", keys).unwrap());
    wait_until(&mut harness, |h| {
        let labels = [
            "is complete",
            "are graded",
            "Start (Enter)",
            "Test of the display",
        ];
        h.state().case_code().is_some()
            || labels
                .iter()
                .any(|label| h.query_by_label_contains(label).is_some())
    });
    harness
}

/// Presses keys one after the other, with a frame between.
pub(super) fn press(harness: &mut Harness<'static, ReadingApp>, keys: &[Key]) {
    for &key in keys {
        harness.key_press(key);
        harness.run_steps(2);
    }
}

/// Chooses a grade and waits until the disk has it.
fn give(harness: &mut Harness<'static, ReadingApp>, grade: Key) {
    let code = harness.state().case_code().map(str::to_owned);
    press(harness, &[grade, Key::Enter]);
    wait_until(harness, |h| {
        h.state().case_code() != code.as_deref() || h.query_by_label("Continue (Enter)").is_some()
    });
}

/// Presses Enter and waits until the next case is shown.
fn go_on(harness: &mut Harness<'static, ReadingApp>) {
    let code = harness.state().case_code().map(str::to_owned);
    press(harness, &[Key::Enter]);
    wait_until(harness, |h| h.state().case_code() != code.as_deref());
}

/// The window once the first installment is graded, 3 everywhere.
fn at_the_end(study: &Path) -> Harness<'static, ReadingApp> {
    let mut harness = reading_window(study);
    while harness.query_by_label("Your name").is_none() {
        give(&mut harness, Key::Num3);
    }
    harness
}

/// Types as a keyboard does: each letter is a key that is pressed and a text.
fn type_keys(harness: &mut Harness<'static, ReadingApp>, text: &str) {
    for letter in text.chars() {
        let key = match letter {
            ' ' => Key::Space,
            letter => Key::from_name(&letter.to_uppercase().to_string()).unwrap(),
        };
        for pressed in [true, false] {
            harness.event(egui::Event::Key {
                key,
                physical_key: None,
                pressed,
                repeat: false,
                modifiers: egui::Modifiers::NONE,
            });
            if pressed {
                harness.event(egui::Event::Text(letter.to_string()));
            }
        }
        harness.run_steps(1);
    }
    harness.run_steps(1);
}

/// What a field says.
fn typed(harness: &Harness<'static, ReadingApp>, name: &str) -> String {
    let field = harness.get_by_role_and_label(Role::TextInput, name);
    field.accesskit_node().value().unwrap_or_default()
}

/// Goes into a field and types.
fn fill(harness: &mut Harness<'static, ReadingApp>, name: &str, text: &str) {
    fill_role(harness, Role::TextInput, name, text);
}

fn fill_role(harness: &mut Harness<'static, ReadingApp>, role: Role, name: &str, text: &str) {
    harness.get_by_role_and_label(role, name).focus();
    harness.run_steps(2);
    harness.get_by_role_and_label(role, name).type_text(text);
    harness.run_steps(2);
}

fn entries(study: &Path) -> Vec<GradeEntry> {
    let ledger = Ledger::open_read_only(study).unwrap();
    ledger.entries(None).unwrap()
}

fn kinds(study: &Path) -> Vec<&'static str> {
    let ledger = Ledger::open_read_only(study).unwrap();
    let events = ledger.events(Some("a")).unwrap();
    events.iter().map(|event| event.kind.name()).collect()
}

fn grade_of(entry: &GradeEntry) -> u8 {
    match &entry.verdict {
        Verdict::Grade(grade) => grade.get(),
        Verdict::CannotGrade(reason) => panic!("{reason}"),
    }
}

/// All words that a screen reader could say.
fn words(harness: &Harness<'static, ReadingApp>) -> String {
    let nodes = harness.query_all(By::new());
    let texts = nodes.map(|node| {
        let node = node.accesskit_node();
        let all = [node.label(), node.value(), node.description()];
        all.into_iter().flatten().collect::<Vec<_>>().join(" ")
    });
    texts.collect::<Vec<_>>().join("\n")
}

/// Signs the installment that is complete, where there is one, by keyboard.
fn sign_what_can_be(harness: &mut Harness<'static, ReadingApp>) {
    if harness.query_by_label("Your name").is_none() {
        return;
    }
    fill(harness, "Your name", "A. Rater");
    let is_first = harness.query_by_label("The same again").is_some();
    let secrets = match is_first {
        true => &["A passphrase of your own", "The same again"][..],
        false => &["Your passphrase"],
    };
    for name in secrets {
        fill_role(harness, Role::PasswordInput, name, crate::PASSPHRASE);
    }
    let button = harness.query_all_by_label_contains("Sign installment");
    button
        .filter(|node| node.accesskit_node().role() == Role::Button)
        .for_each(|node| node.click());
    wait_until(harness, |h| {
        h.query_by_label_contains("is signed.").is_some()
    });
}

#[test]
fn a_study_is_graded_by_keys_and_the_ledger_has_it() {
    let folder = tempfile::tempdir().unwrap();
    let study = small_study(folder.path());
    let worklist = Ledger::open_read_only(&study)
        .unwrap()
        .worklist("a")
        .unwrap();
    let codes: Vec<String> = worklist.slots().map(|slot| slot.code.to_string()).collect();

    let mut harness = reading_window(&study);
    assert_eq!(harness.state().case_code(), Some(codes[0].as_str()));
    // Nothing on screen names an arm or a patient.
    for word in ["real", "predicted", "Anna", "Berta", "scan.nii"] {
        assert!(
            harness.query_by_label_contains(word).is_none(),
            "{word} is shown"
        );
    }
    // Enter without a grade stores nothing.
    harness.key_press(Key::Enter);
    harness.run_steps(3);
    harness.key_press(Key::Num4);
    harness.run_steps(2);
    harness.key_press(Key::Num3);
    harness.run_steps(2);
    harness.key_press(Key::Enter);
    let first = codes[0].clone();
    wait_until(&mut harness, move |h| h.state().case_code() != Some(&first));
    let entries = Ledger::open_read_only(&study)
        .unwrap()
        .entries(None)
        .unwrap();
    assert_eq!(entries.len(), 1);
    assert_eq!(
        (grade_of(&entries[0]), entries[0].slot.code.as_str()),
        (3, codes[0].as_str())
    );
    harness.get_by_label("Grade 3 stored");

    // The program is killed; the rater comes back to the same case.
    drop(harness);
    let mut harness = reading_window(&study);
    for (grade, code) in [(Key::Num0, &codes[1]), (Key::Num4, &codes[2])] {
        if harness.state().case_code().is_none() {
            // The second installment begins when the rater says so.
            harness.get_by_label("Begin installment 2").click();
            harness.run_steps(3);
        }
        assert_eq!(harness.state().case_code(), Some(code.as_str()));
        harness.key_press(grade);
        harness.run_steps(2);
        harness.key_press(Key::Enter);
        let code = code.clone();
        wait_until(&mut harness, move |h| h.state().case_code() != Some(&code));
    }
    wait_until(&mut harness, |h| h.state().is_done());
    let ledger = Ledger::open_read_only(&study).unwrap();
    let grades: Vec<u8> = ledger
        .entries(Some("a"))
        .unwrap()
        .iter()
        .map(grade_of)
        .collect();
    assert_eq!(grades, [3, 0, 4]);
    assert_eq!(ledger.verify().unwrap().n_verdicts, 3);
}

#[test]
fn a_click_grades_too() {
    let folder = tempfile::tempdir().unwrap();
    let study = small_study(folder.path());
    let mut harness = reading_window(&study);
    harness.get_by_label_contains("0  ").click();
    harness.run_steps(2);
    harness.get_by_label("Store (Enter)").click();
    wait_until(&mut harness, |h| {
        h.query_by_label("Grade 0 stored").is_some()
    });
}

/// The way back leads through the cases of the installment; a correction says why and is a row of
/// its own; what was chosen for the next case is still chosen when the rater comes to it again.
#[test]
fn a_grade_is_corrected_with_a_reason() {
    let folder = tempfile::tempdir().unwrap();
    let study = study_with_way_back(folder.path());
    let mut harness = reading_window(&study);
    // One of the two installments has two cases.
    give(&mut harness, Key::Num3);
    if harness.state().case_code().is_none() {
        harness.get_by_label("Begin installment 2").click();
        wait_until(&mut harness, |h| h.state().case_code().is_some());
        give(&mut harness, Key::Num3);
    }
    let graded = entries(&study).last().unwrap().slot.code.to_string();
    let second = harness.state().case_code().unwrap().to_owned();
    press(&mut harness, &[Key::Num4, Key::Backspace]);
    wait_until(&mut harness, |h| {
        h.query_by_label("graded before").is_some()
    });
    assert_eq!(harness.state().case_code(), Some(graded.as_str()));
    // Without a reason nothing is stored.
    press(&mut harness, &[Key::Num0, Key::Enter]);
    harness.get_by_label("Say why it is corrected");
    let n = entries(&study).len();
    fill(&mut harness, "Why it is corrected", "pressed 3 for 0");
    press(&mut harness, &[Key::Enter]);
    wait_until(&mut harness, |h| {
        h.state().case_code() == Some(second.as_str())
    });
    let found = entries(&study);
    assert_eq!(found.len(), n + 1);
    let correction = found.last().unwrap();
    assert_eq!(
        (grade_of(correction), correction.slot.code.as_str()),
        (0, graded.as_str())
    );
    assert_eq!(correction.reason.as_deref(), Some("pressed 3 for 0"));
    assert_eq!(
        correction.replaces,
        found.iter().map(|e| e.seq).rev().nth(1)
    );
    // The 4 of before is still chosen, after a correction and after a look back.
    press(&mut harness, &[Key::Backspace]);
    wait_until(&mut harness, |h| {
        h.query_by_label("graded before").is_some()
    });
    press(&mut harness, &[Key::Escape]);
    wait_until(&mut harness, |h| {
        h.state().case_code() == Some(second.as_str())
    });
    go_on(&mut harness);
    assert_eq!(grade_of(entries(&study).last().unwrap()), 4);
}

/// Digits in a comment are a comment.
#[test]
fn a_comment_and_a_confidence_go_with_the_grade() {
    let folder = tempfile::tempdir().unwrap();
    let reading = Conditions {
        confidence: true,
        ..Conditions::default()
    };
    let study = study(folder.path(), reading, &[]);
    let mut harness = reading_window(&study);
    press(&mut harness, &[Key::Num3, Key::Enter]);
    harness.get_by_label("Choose a confidence");
    harness.key_press_modifiers(eframe::egui::Modifiers::ALT, Key::Num5);
    harness.run_steps(2);
    fill(&mut harness, "Comment", "4 mm off");
    go_on(&mut harness);
    let entry = &entries(&study)[0];
    assert_eq!(grade_of(entry), 3);
    assert_eq!(
        (
            entry.circumstances.confidence,
            entry.circumstances.comment.as_str()
        ),
        (Some(5), "4 mm off")
    );
    assert_eq!(entry.circumstances.display["axial"]["zoom"], 1.0);
}

/// The case on screen was graded in another window: nothing is stored twice, the rater is told, and
/// reading goes on at the next case.
#[test]
fn a_case_graded_elsewhere_does_not_stop_the_reading() {
    let folder = tempfile::tempdir().unwrap();
    let study = small_study(folder.path());
    let mut first = reading_window(&study);
    let mut second = reading_window(&study);
    let code = first.state().case_code().unwrap().to_owned();
    assert_eq!(second.state().case_code(), Some(code.as_str()));
    give(&mut first, Key::Num3);
    press(&mut second, &[Key::Num0, Key::Enter]);
    wait_until(&mut second, |h| {
        h.query_by_label_contains("already graded").is_some()
            && h.state().case_code() != Some(code.as_str())
    });
    let found = entries(&study);
    assert_eq!((found.len(), grade_of(&found[0])), (1, 3));
}
