//! Kills aimed into commits. Whoever was killed, and inside which commit: every door opens again, what
//! was answered is there, and nothing is there twice.
//!
//! The small run belongs to the suite. The large one takes minutes and looks at windows too, where
//! there is a display:
//!
//! `CISTERNA_KILLS=300 cargo test --release --test it -- --ignored --nocapture kills::`

use super::path;
use crate::{PASSPHRASE, passphrase};
use cisterna::ledger::Ledger;
use cisterna::study::{
    CaseCode, CaseImage, CaseRow, Coordinator, Design, LaterInstallments, Protocol,
};
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::fs;
use std::io::{Read, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

/// What a study or a package is opened by.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Door {
    Record,
    Next,
    Status,
    Verify,
    Export,
    Sign,
    Merge,
    Read,
    Open,
}

/// Doors that commit by themselves, each with the share of the kills that is aimed at it.
const COMMITTING: [(Door, usize); 5] = [
    (Door::Record, 6),
    (Door::Merge, 3),
    (Door::Export, 3),
    (Door::Sign, 2),
    (Door::Read, 1),
];

const DOORS: [Door; 9] = [
    Door::Record,
    Door::Next,
    Door::Status,
    Door::Verify,
    Door::Export,
    Door::Sign,
    Door::Merge,
    Door::Read,
    Door::Open,
];

impl Door {
    fn is_window(self) -> bool {
        matches!(self, Self::Read | Self::Open)
    }

    /// The file that it commits to, when it is started to be killed.
    fn file(self) -> &'static str {
        match self {
            Self::Merge | Self::Export => STUDY,
            _ => PACKAGE,
        }
    }

    /// Opens this file of the folder; a merge takes the package into the study, whichever is meant.
    fn command(self, folder: &Path, file: &str) -> Command {
        let name = if self == Self::Merge { STUDY } else { file };
        let file = folder.join(name);
        let mut command = Command::new(env!("CARGO_BIN_EXE_cisterna"));
        command.env("CISTERNA_LOG", "error");
        let word = format!("{self:?}").to_lowercase();
        command.args(["study", &word, path(&file)]);
        match self {
            Self::Merge => {
                command.arg(folder.join(PACKAGE));
                command.arg("--passphrase-file").arg(folder.join("own"));
            }
            // What leaves a package is no event.
            Self::Export if name == STUDY => {
                command.arg("--passphrase-file").arg(folder.join("own"));
            }
            Self::Sign => {
                command.args(["--installment", "1", "--name", "A. Rater"]);
                command.arg("--passphrase-file").arg(folder.join("own"));
                command.arg("--signing-keys").arg(folder.join("keys"));
            }
            _ => {}
        }
        if self.is_window() {
            command.env("XDG_RUNTIME_DIR", folder);
        } else {
            command.env_remove("DISPLAY").env_remove("WAYLAND_DISPLAY");
        }
        command
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        command
    }
}

const STUDY: &str = "study.cisterna";
const PACKAGE: &str = "a.cisterna";

/// A study with the package of its only rater, before anything was graded.
struct Bench {
    folder: tempfile::TempDir,
    codes: Vec<String>,
}

const N_PATIENTS: usize = 20;

impl Bench {
    fn new() -> Self {
        let protocol = Protocol {
            washout_days: 0,
            later_installments: LaterInstallments::Open,
            equalise: None,
            ..Protocol::reflux(&["a".to_owned()])
        };
        let case = |(patient, arm): (usize, &str)| CaseRow {
            patient: format!("p{patient}"),
            arm: arm.to_owned(),
            image: PathBuf::from("scan.nii"),
            sagittal_image: None,
            axial_mm: None,
            sagittal_mm: None,
            training: None,
        };
        let arms = ["real", "predicted"];
        let cases = (0..N_PATIENTS).flat_map(|p| arms.map(|arm| case((p, arm))));
        let cases: Vec<CaseRow> = cases.collect();
        let (design, key) = Design::draw(&protocol, &cases).unwrap();
        let image = |(at, code): (usize, &CaseCode)| CaseImage {
            code: code.clone(),
            axial: vec![at as u8; CaseImage::N_VALUES],
            sagittal: vec![1; CaseImage::N_VALUES],
        };
        let images: Vec<CaseImage> = design.codes.iter().enumerate().map(image).collect();
        let folder = tempfile::tempdir().unwrap();
        let study = folder.path().join(STUDY);
        let coordinator = Coordinator::fresh().unwrap();
        coordinator
            .seal(&folder.path().join("coordinator.age"), &passphrase())
            .unwrap();
        let keys = BTreeMap::new();
        let create = Ledger::create;
        let ledger = create(&study, &design, &images, &protocol, coordinator, &keys).unwrap();
        let package = folder.path().join(PACKAGE);
        ledger.package("a", &package).unwrap();
        key.seal(&folder.path().join("key.age"), &passphrase())
            .unwrap();
        fs::write(folder.path().join("own"), PASSPHRASE).unwrap();
        let codes = design.worklists[0]
            .slots()
            .map(|slot| slot.code.to_string());
        let codes = codes.collect();
        Self { folder, codes }
    }

    /// A copy in which so many cases are graded.
    fn graded(&self, n: usize) -> tempfile::TempDir {
        let folder = copy_of(self.folder.path());
        let mut child = Door::Record
            .command(folder.path(), PACKAGE)
            .spawn()
            .unwrap();
        let mut stdin = child.stdin.take().unwrap();
        stdin.write_all(self.lines(0, n).as_bytes()).unwrap();
        drop(stdin);
        assert!(child.wait_with_output().unwrap().status.success());
        folder
    }

    fn lines(&self, from: usize, n: usize) -> String {
        let mut lines = String::new();
        for code in self.codes.iter().skip(from).take(n) {
            writeln!(lines, "{}", json!({ "case": code, "grade": 3 })).unwrap();
        }
        lines
    }
}

/// A folder's files, made anew elsewhere.
fn copy_of(folder: &Path) -> tempfile::TempDir {
    fn copy_into(from: &Path, to: &Path) {
        for entry in fs::read_dir(from).unwrap() {
            let entry = entry.unwrap();
            let copy = to.join(entry.file_name());
            if entry.file_type().unwrap().is_dir() {
                fs::create_dir(&copy).unwrap();
                copy_into(&entry.path(), &copy);
            } else {
                fs::copy(entry.path(), copy).unwrap();
            }
        }
    }
    let copy = tempfile::tempdir().unwrap();
    copy_into(folder, copy.path());
    copy
}

fn journal_of(file: &Path) -> PathBuf {
    file.with_file_name(format!(
        "{}-journal",
        file.file_name().unwrap().to_str().unwrap()
    ))
}

/// Whether the journal that lies there has to be rolled back: its first bytes are written when it is
/// whole, right before the study itself is written to.
fn is_hot(file: &Path) -> bool {
    let mut first = [0; 4];
    let open = fs::File::open(journal_of(file));
    open.is_ok_and(|mut journal| journal.read_exact(&mut first).is_ok())
        && first == [0xd9, 0xd5, 0x05, 0xf9]
}

/// What a killed program left.
struct Death {
    was_hot: bool,
    /// What it had said, line by line.
    said: Vec<String>,
}

fn spawn(door: Door, folder: &Path, file: &str, stdin: &str) -> Child {
    let mut child = door.command(folder, file).spawn().unwrap();
    // The reader may be killed before it has taken all.
    let _ = child.stdin.take().unwrap().write_all(stdin.as_bytes());
    child
}

fn said(child: &mut Child) -> Vec<String> {
    let mut text = String::new();
    child
        .stdout
        .take()
        .unwrap()
        .read_to_string(&mut text)
        .unwrap();
    text.lines().map(str::to_owned).collect()
}

/// Starts a door and kills it inside one of its commits, as well as can be aimed from outside: when a
/// journal is seen, and a moment later.
fn kill_in_commit(door: Door, folder: &Path, stdin: &str, rng: &mut ChaCha8Rng) -> Death {
    let file = folder.join(door.file());
    let journal = journal_of(&file);
    // Half of the deaths come while the journal is written, half when it is whole: how long that takes
    // is the disk's.
    let when_whole = rng.random_bool(0.5);
    let most_micros = if when_whole { 300 } else { 2_500 };
    let mut child = spawn(door, folder, door.file(), stdin);
    let from = Instant::now() + Duration::from_micros(rng.random_range(0..25_000));
    let patience = Instant::now() + Duration::from_secs(20);
    while child.try_wait().unwrap().is_none() && Instant::now() < patience {
        let is_seen = match when_whole {
            true => is_hot(&file),
            false => journal.exists(),
        };
        if is_seen && (door != Door::Record || Instant::now() > from) {
            let until = Instant::now() + Duration::from_micros(rng.random_range(0..most_micros));
            while Instant::now() < until {
                std::hint::spin_loop();
            }
            break;
        }
        std::hint::spin_loop();
    }
    let _ = child.kill();
    let said = said(&mut child);
    child.wait().unwrap();
    Death {
        was_hot: is_hot(&file),
        said,
    }
}

/// What was counted.
#[derive(Debug, Default)]
struct Count {
    n_aimed: usize,
    /// By door: deaths that left a journal to be rolled back.
    hot: BTreeMap<Door, usize>,
    /// Deaths while somebody put right what an earlier death had left, and how many of them left it
    /// so again.
    n_in_opening: usize,
    n_in_opening_hot: usize,
    n_openings: usize,
    n_lost: usize,
    n_doubled: usize,
    locked_out: Vec<String>,
}

impl Count {
    fn n_hot(&self) -> usize {
        self.hot.values().sum()
    }

    /// Opens what was left by every door, each on a copy of its own. At least `n_least` events were
    /// answered, and one more may be there (or, of a merge, all of it).
    fn check_doors(&mut self, folder: &Path, file: &str, n_least: usize, windows: bool) {
        for door in DOORS {
            if door.is_window() && !windows {
                continue;
            }
            let copy = copy_of(folder);
            if let Err(why) = open(door, copy.path(), file) {
                self.locked_out.push(format!("{door:?}: {why}"));
                continue;
            }
            self.n_openings += 1;
            let ledger = Ledger::open(&copy.path().join(file)).unwrap();
            let verified = ledger.verify().unwrap();
            self.n_lost += n_least.saturating_sub(verified.n_events);
            let entries = ledger.entries(None).unwrap();
            let first = entries.iter().filter(|entry| entry.replaces.is_none());
            let places: BTreeSet<_> = first.map(|entry| entry.slot.code.to_string()).collect();
            self.n_doubled += entries.len() - places.len();
        }
    }
}

/// Opens by a door and waits until it is done; a window is up when it did not end by itself.
fn open(door: Door, folder: &Path, file: &str) -> Result<(), String> {
    let mut child = spawn(door, folder, file, "");
    if door.is_window() {
        std::thread::sleep(Duration::from_secs(3));
        if child.try_wait().unwrap().is_none() {
            child.kill().unwrap();
            child.wait().unwrap();
            return Ok(());
        }
    }
    let output = child.wait_with_output().unwrap();
    let error = super::text(&output.stderr);
    // Nobody is locked out who has not graded all yet, or has signed before.
    let is_told = door == Door::Sign
        && (error.contains("is not complete") || error.contains("has signed installment"));
    match output.status.success() || is_told {
        true => Ok(()),
        false => Err(error),
    }
}

/// Kills a door until so many deaths left a hot journal.
fn aim(bench: &Bench, door: Door, n_wanted: usize, windows: usize, count: &mut Count) {
    let mut rng = ChaCha8Rng::seed_from_u64(door as u64 + 1);
    let mut n_hot = 0;
    let mut folder = copy_of(bench.folder.path());
    let mut n_stored = 0;
    for _ in 0..n_wanted * 60 {
        if n_hot == n_wanted {
            break;
        }
        let n_cases = bench.codes.len();
        if door != Door::Record {
            folder = bench.graded(if door == Door::Sign { n_cases } else { 5 });
        } else if n_stored + 2 > n_cases {
            folder = copy_of(bench.folder.path());
            n_stored = 0;
        }
        let stdin = match door {
            Door::Record => bench.lines(n_stored, n_cases),
            _ => String::new(),
        };
        count.n_aimed += 1;
        let death = kill_in_commit(door, folder.path(), &stdin, &mut rng);
        let is_stored = |line: &&String| {
            serde_json::from_str::<Value>(line).is_ok_and(|line| line["stored"] == true)
        };
        // What was acknowledged, in events of the file that was written to.
        let n_least = match door {
            Door::Record => n_stored + death.said.iter().filter(is_stored).count(),
            Door::Merge if death.said.is_empty() => 0,
            // The grades, and that they were merged.
            Door::Merge => 6,
            Door::Sign => n_cases,
            Door::Export => usize::from(!death.said.is_empty()),
            _ => 5,
        };
        if death.was_hot {
            n_hot += 1;
            *count.hot.entry(door).or_default() += 1;
            let looks_at_windows = windows > 0 && n_hot % windows == 0;
            count.check_doors(folder.path(), door.file(), n_least, looks_at_windows);
            kill_in_opening(&folder, door.file(), n_least, &mut rng, count);
        }
        let ledger = Ledger::open(&folder.path().join(door.file())).unwrap();
        let n_events = ledger.verify().unwrap().n_events;
        count.n_lost += n_least.saturating_sub(n_events);
        n_stored = n_events;
    }
    assert_eq!(n_hot, n_wanted, "{door:?} was not hit often enough");
}

/// Kills whoever puts right what was left, at any moment, and opens by every door then.
fn kill_in_opening(
    folder: &tempfile::TempDir,
    file: &str,
    n_least: usize,
    rng: &mut ChaCha8Rng,
    count: &mut Count,
) {
    let doors = DOORS.into_iter().filter(|door| !door.is_window());
    let doors: Vec<Door> = doors.collect();
    let door = doors[rng.random_range(0..doors.len())];
    let copy = copy_of(folder.path());
    let mut child = spawn(door, copy.path(), file, "");
    std::thread::sleep(Duration::from_micros(rng.random_range(100_000..200_000)));
    let _ = child.kill();
    child.wait().unwrap();
    count.n_in_opening += 1;
    if is_hot(&copy.path().join(file)) {
        count.n_in_opening_hot += 1;
        count.check_doors(copy.path(), file, n_least, false);
    } else {
        let ledger = Ledger::open(&copy.path().join(file)).unwrap();
        count.n_lost += n_least.saturating_sub(ledger.verify().unwrap().n_events);
    }
}

fn run(n_kills: usize, windows: usize) -> Count {
    let bench = Bench::new();
    let mut count = Count::default();
    let doors: Vec<(Door, usize)> = COMMITTING
        .into_iter()
        .filter(|(door, _)| windows > 0 || !door.is_window())
        .collect();
    let shares: usize = doors.iter().map(|(_, share)| share).sum();
    for (door, share) in doors {
        aim(
            &bench,
            door,
            (n_kills * share).div_ceil(shares),
            windows,
            &mut count,
        );
    }
    println!("{count:#?}");
    assert!(count.n_hot() >= n_kills);
    assert_eq!((count.n_lost, count.n_doubled), (0, 0));
    assert!(count.locked_out.is_empty(), "{:#?}", count.locked_out);
    count
}

#[test]
fn a_kill_in_a_commit_loses_doubles_and_locks_out_nothing() {
    run(14, 0);
}

#[test]
#[ignore = "takes many minutes"]
fn many_kills_through_every_door() {
    let n_kills = std::env::var("CISTERNA_KILLS").ok();
    let n_kills = n_kills.and_then(|n| n.parse().ok()).unwrap_or(300);
    let has_display = std::env::var_os("DISPLAY").is_some();
    if !has_display {
        println!("no display: windows are left out");
    }
    let count = run(n_kills, if has_display { 12 } else { 0 });
    println!(
        "{} kills left a journal that had to be rolled back",
        count.n_hot()
    );
}
