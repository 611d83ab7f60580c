//! The coordinator's window, driven by role and label, on real study files.

mod small;
mod unsealed;

use crate::PASSPHRASE;
use cisterna::app::CoordinatorApp;
use cisterna::ledger::Ledger;
use cisterna::study::{
    CaseCode, CaseImage, CaseRow, Circumstances, Coordinator, Design, GradeDraft, KEEPER,
    Key as StudyKey, LaterInstallments, Protocol, Verdict,
};
use eframe::egui::{Key, Modifiers, OutputCommand, accesskit::Role};
use egui_kittest::kittest::{By, NodeT, Queryable};
use egui_kittest::{Harness, HarnessBuilder};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};
use tempfile::TempDir;

/// Jobs run on threads of their own; a software driver may be slow.
const PATIENCE: Duration = Duration::from_secs(60);

type Window = Harness<'static, CoordinatorApp>;

const SECRETS: [&str; 6] = [
    "real",
    "predicted",
    "Nordmann",
    "Hansen",
    "scan.nii",
    "secret-folder",
];

/// Six patients, two arms, two raters; the key lies beside the study.
struct Fixture {
    folder: TempDir,
    key: StudyKey,
    coordinator: Coordinator,
}

impl Fixture {
    fn new() -> Self {
        Self::of(false)
    }

    fn of(simulated_raters: bool) -> Self {
        let protocol = Protocol {
            title: "Reflux at 24 h".into(),
            washout_days: 0,
            later_installments: LaterInstallments::Open,
            seed: Some(3),
            simulated_raters,
            ..Protocol::reflux(&["Anna".into(), "Bela".into()])
        };
        let patients = [
            "Nordmann 1",
            "Nordmann 2",
            "Nordmann 3",
            "Hansen 1",
            "Hansen 2",
        ];
        let case = |patient: &str, arm: &str| CaseRow {
            patient: patient.into(),
            arm: arm.into(),
            image: PathBuf::from("/secret-folder/scan.nii"),
            sagittal_image: None,
            axial_mm: None,
            sagittal_mm: None,
            training: None,
        };
        let cases = patients.map(|patient| [case(patient, "real"), case(patient, "predicted")]);
        let (design, key) = Design::draw(&protocol, cases.as_flattened()).unwrap();
        let image = |(idx, code): (usize, &CaseCode)| CaseImage {
            code: code.clone(),
            axial: vec![idx as u8; CaseImage::N_VALUES],
            sagittal: vec![0; CaseImage::N_VALUES],
        };
        let images: Vec<CaseImage> = design.codes.iter().enumerate().map(image).collect();
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("reflux.cisterna");
        let coordinator = Coordinator::fresh().unwrap();
        let sealed = folder.path().join("coordinator.age");
        coordinator.seal(&sealed, &crate::passphrase()).unwrap();
        let keys = BTreeMap::new();
        let create = Ledger::create;
        create(
            &path,
            &design,
            &images,
            &protocol,
            coordinator.clone(),
            &keys,
        )
        .unwrap();
        key.seal(&folder.path().join("key.age"), &crate::passphrase())
            .unwrap();
        Self {
            folder,
            key,
            coordinator,
        }
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn study(&self) -> PathBuf {
        self.path("reflux.cisterna")
    }

    /// As the coordinator.
    fn open(&self) -> Ledger {
        let mut ledger = Ledger::open(&self.study()).unwrap();
        ledger.sign_in(self.coordinator.clone()).unwrap();
        ledger
    }

    fn package(&self, rater: &str) -> PathBuf {
        let path = self.path(&format!("{rater}.cisterna"));
        self.open().package(rater, &path).unwrap();
        path
    }

    /// Both raters grade everything: by patient, and one a step off now and then.
    fn grade_all(&self) {
        for (rater, off) in [("Anna", 0), ("Bela", 1)] {
            self.grade(&self.study(), rater, off);
        }
    }

    fn grade(&self, path: &Path, rater: &str, off: usize) {
        let mut ledger = Ledger::open(path).unwrap();
        let mut n = 0;
        while let Some(slot) = ledger.next_case(rater).unwrap() {
            let patient = &self.key.entry(&slot.code).unwrap().patient;
            let number = patient.ends_with('1') as usize + 2 * patient.starts_with('H') as usize;
            let grade = (number + if n % 3 == 0 { off } else { 0 }) as u8;
            let scale = ledger.scale().unwrap();
            let draft = GradeDraft {
                rater: rater.into(),
                slot,
                verdict: Verdict::Grade(scale.grade(grade).unwrap()),
                circumstances: Circumstances {
                    confidence: None,
                    comment: String::new(),
                    opened_unix_millis: 1_767_225_600_000,
                    paused_millis: 0,
                    display: serde_json::json!({}),
                },
                committed_unix_millis: 1_767_225_605_500,
            };
            ledger.commit_grade(&draft).unwrap();
            n += 1;
        }
    }

    fn window(&self) -> Window {
        let ledger = self.open();
        let mut window = HarnessBuilder::default()
            .with_size([1280.0, 800.0])
            .wgpu()
            .build_eframe(move |cc| CoordinatorApp::new(&cc.egui_ctx, ledger).unwrap());
        wait_until(&mut window, |w| shows(w, "Reflux at 24 h"));
        wait_until(&mut window, |w| !w.state().is_busy());
        window
    }
}

#[track_caller]
fn wait_until(window: &mut Window, done: impl Fn(&Window) -> bool) {
    let started = Instant::now();
    while !done(window) {
        assert!(
            started.elapsed() < PATIENCE,
            "waited in vain: {}",
            words(window)
        );
        std::thread::sleep(Duration::from_millis(10));
        window.step();
    }
    window.step();
    window.step();
}

/// All words that a screen reader could say.
fn words(window: &Window) -> String {
    let nodes = window.query_all(By::new());
    let texts = nodes.map(|node| {
        let node = node.accesskit_node();
        let all = [node.label(), node.value(), node.description()];
        all.into_iter().flatten().collect::<Vec<_>>().join(" ")
    });
    texts.collect::<Vec<_>>().join("\n")
}

fn shows(window: &Window, part: &str) -> bool {
    words(window).contains(part)
}

#[track_caller]
fn check_shows(window: &Window, parts: &[&str]) {
    let said = words(window);
    for part in parts {
        assert!(said.contains(part), "{part} is not in {said}");
    }
}

fn click(window: &mut Window, name: &str) {
    window.get_by_role_and_label(Role::Button, name).click();
    window.run_steps(3);
}

fn is_disabled(window: &Window, name: &str) -> bool {
    let button = window.get_by_role_and_label(Role::Button, name);
    button.accesskit_node().is_disabled()
}

/// Puts a text in place of what stands in a field.
fn fill(window: &mut Window, role: Role, name: &str, text: &str) {
    window.get_by_role_and_label(role, name).focus();
    window.run_steps(2);
    window.key_press_modifiers(Modifiers::COMMAND, Key::A);
    window.run_steps(2);
    window.get_by_role_and_label(role, name).type_text(text);
    window.run_steps(2);
}

fn show_statistics(window: &mut Window) {
    window.key_press(Key::Num2);
    window.run_steps(3);
    wait_until(window, |w| !w.state().is_busy());
}

#[track_caller]
fn check_tells_nothing(window: &Window) {
    let mut said = words(window);
    for viewport in window.output().viewport_output.values() {
        said += &format!("{:?}", viewport.commands);
    }
    for secret in SECRETS {
        assert!(!said.contains(secret), "{secret} in {said}");
    }
}

fn kinds_of_keeper(fixture: &Fixture) -> Vec<&'static str> {
    let ledger = Ledger::open_read_only(&fixture.study()).unwrap();
    let events = ledger.events(Some(KEEPER)).unwrap();
    events.iter().map(|event| event.kind.name()).collect()
}

/// What stands on the clipboard after a button was pressed.
fn copied(window: &mut Window, button: &str) -> String {
    window.get_by_role_and_label(Role::Button, button).click();
    for _ in 0..4 {
        window.step();
        for command in &window.output().platform_output.commands {
            if let OutputCommand::CopyText(text) = command {
                return text.clone();
            }
        }
    }
    panic!("{button} copied nothing");
}

#[test]
fn progress_is_shown_and_follows_other_windows() {
    let fixture = Fixture::new();
    let mut window = fixture.window();
    check_shows(
        &window,
        &[
            "Which grade of ventricular reflux",
            "Anna, installment 1, 0 of 5",
            "Bela, installment 2, 0 of 5",
            "none yet",
            "not signed",
            "4 installments are not signed yet.",
        ],
    );
    let ledger = Ledger::open_read_only(&fixture.study()).unwrap();
    let sha256 = ledger.protocol_sha256().unwrap();
    assert_eq!(copied(&mut window, "Copy the protocol's hash"), sha256);
    check_tells_nothing(&window);
    // Somebody grades in another window.
    fixture.grade(&fixture.study(), "Anna", 0);
    wait_until(&mut window, |w| shows(w, "Anna, installment 2, 5 of 5"));
    check_shows(&window, &["2026-01-01, 00:00 UTC"]);
    check_tells_nothing(&window);
}

#[test]
fn packages_come_in_by_typed_path_and_refusals_are_said() {
    let fixture = Fixture::new();
    let package = fixture.package("Anna");
    fixture.grade(&package, "Anna", 0);
    // The whole study is no package.
    let whole = fixture.path("whole.cisterna");
    std::fs::copy(fixture.study(), &whole).unwrap();
    let mut window = fixture.window();
    click(&mut window, "Take in packages…");
    assert!(is_disabled(&window, "Take in"), "no path is typed");
    let typed = format!("{}\n\"{}\"\n", package.display(), whole.display());
    let field = "Paths of packages, one a line";
    fill(&mut window, Role::MultilineTextInput, field, &typed);
    click(&mut window, "Take in");
    wait_until(&mut window, |w| shows(w, "1 of 2 packages not taken in"));
    check_shows(
        &window,
        &[
            "Anna: 10 new events, 10 in all",
            "Not taken in",
            "it has 2 raters",
            "Anna, installment 1, 5 of 5",
        ],
    );
    // The refused one is still in the form, and only that.
    let field = window.get_by_role_and_label(Role::MultilineTextInput, field);
    let left = field.accesskit_node().value().unwrap_or_default();
    assert_eq!(left.trim(), whole.display().to_string());
    assert!(field.accesskit_node().is_focused(), "to be put right");
    window.key_press(Key::Escape);
    window.run_steps(3);
    assert!(!shows(&window, "Paths of packages"));
    assert_eq!(kinds_of_keeper(&fixture), ["merged"]);
}

#[test]
fn the_file_is_verified_and_heads_can_be_kept() {
    let fixture = Fixture::new();
    fixture.grade_all();
    let mut window = fixture.window();
    click(&mut window, "Verify");
    wait_until(&mut window, |w| shows(w, "The file is in order"));
    check_shows(&window, &["20 events, 20 of them verdicts; 0 signatures"]);
    let heads = copied(&mut window, "Copy heads");
    let verified = Ledger::open_read_only(&fixture.study())
        .unwrap()
        .verify()
        .unwrap();
    assert!(
        heads.contains(&format!("Anna\t{}\n", verified.heads["Anna"])),
        "{heads}"
    );
}

#[test]
fn packages_and_exports_are_written_and_never_over_a_file() {
    let fixture = Fixture::new();
    fixture.grade_all();
    let mut window = fixture.window();
    click(&mut window, "Write a package…");
    window
        .get_by_role_and_label(Role::RadioButton, "Bela")
        .click();
    window.run_steps(3);
    // The path follows the rater.
    click(&mut window, "Write");
    let path = fixture.path("Bela.cisterna");
    wait_until(&mut window, |w| shows(w, "The package of Bela is written"));
    assert_eq!(
        Ledger::open_read_only(&path).unwrap().raters().unwrap(),
        ["Bela"]
    );
    click(&mut window, "Write a package…");
    click(&mut window, "Write");
    wait_until(&mut window, |w| shows(w, "already exists"));
    window.key_press(Key::Escape);
    window.run_steps(3);

    click(&mut window, "Export…");
    let folder = fixture.path("tables");
    let typed = folder.display().to_string();
    fill(&mut window, Role::TextInput, "Folder to export to", &typed);
    window.key_press(Key::Enter);
    wait_until(&mut window, |w| {
        shows(w, "Exported without patients and arms")
    });
    let mut names: Vec<String> = std::fs::read_dir(&folder)
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    names.sort();
    assert_eq!(
        names,
        [
            "audit.csv",
            "audit.jsonl",
            "dictionary.csv",
            "grades.csv",
            "instructions.json"
        ]
    );
    let grades = std::fs::read_to_string(folder.join("grades.csv")).unwrap();
    assert!(!grades.contains("Nordmann"), "{grades}");
    assert_eq!(kinds_of_keeper(&fixture), ["exported"]);
}

#[test]
fn sealed_statistics_name_no_arm_and_no_patient() {
    let fixture = Fixture::new();
    let mut window = fixture.window();
    show_statistics(&mut window);
    check_shows(&window, &["No case is graded yet."]);
    drop(window);
    fixture.grade_all();
    let mut window = fixture.window();
    show_statistics(&mut window);
    check_shows(
        &window,
        &[
            "Sealed",
            "20 grades of 10 images by 2 raters",
            "Between raters, all images, ordinal metric",
            "Gwet's AC1",
            "Cohen's kappa, quadratic weights, Anna and Bela",
        ],
    );
    check_tells_nothing(&window);
    let table = copied(&mut window, "Copy table, Agreement between raters");
    assert!(
        table.starts_with("Coefficient\tValue and interval\tn\n"),
        "{table}"
    );
    assert!(
        SECRETS.iter().all(|secret| !table.contains(secret)),
        "{table}"
    );
}

/// Where nothing varies there is no alpha, which is said and never a number.
#[test]
fn undefined_values_are_words() {
    let fixture = Fixture::new();
    fixture.grade(&fixture.study(), "Anna", 0);
    let mut window = fixture.window();
    show_statistics(&mut window);
    check_shows(&window, &["undefined (no unit has two ratings)"]);
    assert!(!shows(&window, "NaN"));
}
