//! Opening after a kill inside a commit, and where a journal lies that is not the file's.

use super::{Fixture, SEED, check_said, create, draw, grade_next, images, protocol};
use cisterna::ledger::{Ledger, LedgerError};
use cisterna::study::{Design, Protocol};
use rusqlite::Connection;
use std::fs;
use std::path::{Path, PathBuf};

/// A journal that, rolled back, makes any file the one of these bytes. By SQLite's description of
/// its file format: a header that fills a sector, then for each page its number, its bytes and a
/// checksum of every 200th of them.
pub(super) fn journal_to(file: &[u8]) -> Vec<u8> {
    const SECTOR: u32 = 512;
    const NONCE: u32 = 0x1234_5678;
    let page_size = match u16::from_be_bytes([file[16], file[17]]) {
        1 => 65536,
        size => usize::from(size),
    };
    let pages = file.chunks(page_size);
    let n_pages = u32::try_from(pages.len()).unwrap();
    let mut journal = vec![0xd9, 0xd5, 0x05, 0xf9, 0x20, 0xa1, 0x63, 0xd7];
    for number in [n_pages, NONCE, n_pages, SECTOR, page_size as u32] {
        journal.extend(number.to_be_bytes());
    }
    journal.resize(SECTOR as usize, 0);
    for (number, page) in (1_u32..).zip(pages) {
        let summed = (1..).map(|n| page_size.wrapping_sub(200 * n));
        let summed = summed.take_while(|&at| at > 0 && at < page_size);
        let sum = summed.fold(NONCE, |sum, at| sum.wrapping_add(u32::from(page[at])));
        journal.extend(number.to_be_bytes());
        journal.extend(page);
        journal.extend(sum.to_be_bytes());
    }
    journal
}

fn journal_of(study: &Path) -> PathBuf {
    let mut name = study.as_os_str().to_owned();
    name.push("-journal");
    PathBuf::from(name)
}

/// A study in which Anna has graded so many.
fn graded(n: usize) -> Fixture {
    let fixture = Fixture::new();
    grade_next(&mut fixture.open(), "Anna", n);
    fixture
}

/// The bytes of a file whose study went on from another's.
fn bytes_after(fixture: &Fixture, n_more: usize) -> Vec<u8> {
    let elsewhere = tempfile::tempdir().unwrap();
    let copy = elsewhere.path().join("copy.study");
    fs::copy(fixture.path(), &copy).unwrap();
    grade_next(&mut Ledger::open(&copy).unwrap(), "Anna", n_more);
    fs::read(copy).unwrap()
}

type Door = fn(&Path) -> Result<Ledger, LedgerError>;

/// Both ways of opening.
const DOORS: [Door; 2] = [
    |path| Ledger::open(path),
    |path| Ledger::open_read_only(path),
];

/// Lays file and journal down anew for each door, and checks that all events are there, that the
/// journal is gone and that the next door finds nothing to do. Answers what lies there in the end.
#[track_caller]
fn check(study: &Path, file: &[u8], journal: &[u8], n_events: usize, remark: &str) -> Vec<PathBuf> {
    let folder = study.parent().unwrap();
    let mut lying = Vec::new();
    for door in DOORS {
        for entry in fs::read_dir(folder).unwrap() {
            fs::remove_file(entry.unwrap().path()).unwrap();
        }
        fs::write(study, file).unwrap();
        fs::write(journal_of(study), journal).unwrap();
        let ledger = door(study).unwrap();
        let said = ledger.remark().expect("what was done is said");
        assert!(said.contains(remark), "{said}");
        assert_eq!(ledger.verify().unwrap().n_events, n_events);
        assert!(!journal_of(study).exists());
        drop(ledger);
        for door in DOORS {
            let ledger = door(study).unwrap();
            assert_eq!(ledger.remark(), None);
            assert_eq!(ledger.n_events().unwrap(), n_events);
        }
        let entries = fs::read_dir(folder).unwrap();
        lying = entries.map(|entry| entry.unwrap().path()).collect();
        lying.sort();
    }
    lying
}

/// Both doors refuse, in these words, and nothing is touched.
#[track_caller]
fn check_refused(study: &Path, file: &[u8], journal: &[u8], words: &[&str]) {
    fs::write(study, file).unwrap();
    fs::write(journal_of(study), journal).unwrap();
    for door in DOORS {
        let error = door(study).unwrap_err();
        assert!(matches!(error, LedgerError::Unsettled { .. }), "{error}");
        for word in words {
            check_said(&error, word, study);
        }
        assert_eq!(fs::read(study).unwrap(), file);
        assert_eq!(fs::read(journal_of(study)).unwrap(), journal);
        let n_files = fs::read_dir(study.parent().unwrap()).unwrap().count();
        assert_eq!(n_files, 2, "no copies are left");
    }
}

/// File and journal in the midst of a large transaction, as a kill leaves them. The pages of the
/// file that were written over belong to the events too.
fn half_written(fixture: &Fixture) -> (Vec<u8>, Vec<u8>) {
    let raw = fixture.raw();
    raw.execute_batch("PRAGMA cache_size = 1; BEGIN IMMEDIATE; CREATE TABLE half (x)")
        .unwrap();
    raw.execute(
        "INSERT INTO event (author, seq, at_unix_millis, content, app_version, sitting, \
         elapsed_millis, sha256) \
         VALUES ('Anna', 99, 1, '{\"kind\":\"opened\"}', '', '', 0, zeroblob(32))",
        [],
    )
    .unwrap();
    raw.execute("INSERT INTO half VALUES (zeroblob(1000000))", [])
        .unwrap();
    let path = fixture.path();
    let found = (
        fs::read(&path).unwrap(),
        fs::read(journal_of(&path)).unwrap(),
    );
    raw.execute_batch("ROLLBACK").unwrap();
    found
}

/// What a kill inside a commit leaves opens through every door, with all events.
#[test]
fn a_kill_inside_a_commit_locks_nobody_out() {
    for n in 0..=4 {
        let fixture = graded(n);
        let (file, journal) = half_written(&fixture);
        let lying = check(&fixture.path(), &file, &journal, n, "was taken back");
        assert_eq!(lying, [fixture.path()], "nothing else is left");
    }
}

/// The commit was on the disk but for its journal: the event is kept, and the pair as it was found.
#[test]
fn an_event_that_is_there_is_kept() {
    for n_more in [1, 2] {
        let fixture = graded(2);
        let before = fs::read(fixture.path()).unwrap();
        let file = bytes_after(&fixture, n_more);
        let journal = journal_to(&before);
        let lying = check(
            &fixture.path(),
            &file,
            &journal,
            2 + n_more,
            "is sound without it",
        );
        let [study, kept, kept_journal] = &lying[..] else {
            panic!("{lying:?}");
        };
        assert_eq!(*study, fixture.path());
        assert!(kept.ends_with("reflux.study.before-repair-1"), "{kept:?}");
        assert!(kept_journal.ends_with("reflux.study.before-repair-1.journal"));
        assert_eq!(fs::read(kept).unwrap(), file);
        assert_eq!(fs::read(kept_journal).unwrap(), journal);
    }
}

/// A later copy of the same study was laid over, and the journal of the killed program stayed.
#[test]
fn a_later_copy_laid_over_loses_nothing() {
    for n_later in 1..=3 {
        let fixture = graded(1);
        let (_, stale) = half_written(&fixture);
        let file = bytes_after(&fixture, n_later);
        // What SQLite by itself makes of it.
        let plain = tempfile::tempdir().unwrap();
        let study = plain.path().join("plain.study");
        fs::write(&study, &file).unwrap();
        fs::write(journal_of(&study), &stale).unwrap();
        let raw = Connection::open(&study).unwrap();
        let count = |sql| raw.query_row(sql, [], |row| row.get::<_, i64>(0));
        let left = count("SELECT count(*) FROM event");
        assert_ne!(
            left.ok(),
            Some(1 + n_later as i64),
            "the test tests nothing"
        );

        let said = "would have taken back what is sound without it";
        check(&fixture.path(), &file, &stale, 1 + n_later, said);
    }
}

/// As above with a copy of an earlier day, and the journal of a program that was killed since.
#[test]
fn what_the_journal_has_more_of_is_taken_from_it() {
    let fixture = graded(1);
    let earlier = fs::read(fixture.path()).unwrap();
    let later = journal_to(&bytes_after(&fixture, 2));
    check(
        &fixture.path(),
        &earlier,
        &later,
        3,
        "was taken back, and 3 events",
    );
}

fn other_study(n: usize) -> Vec<u8> {
    let (design, _) = Design::draw(&protocol(SEED + 1), &super::cases()).unwrap();
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("other.study");
    let plan = Protocol {
        title: "Another one".into(),
        ..protocol(SEED + 1)
    };
    let mut ledger = super::create_by(&path, &design, &images(&design), &plan).unwrap();
    grade_next(&mut ledger, "Bela", n);
    drop(ledger);
    fs::read(path).unwrap()
}

/// Another study under the same name: what was laid there is whole as long as nobody rolls back.
#[test]
fn another_study_laid_over_is_saved_or_refused() {
    let fixture = graded(3);
    let other = other_study(4);
    let (_, stale) = half_written(&fixture);
    check(&fixture.path(), &other, &stale, 4, "is sound without it");

    // Both are whole and of different studies: a person must say which.
    let fixture = graded(3);
    let journal = journal_to(&fs::read(fixture.path()).unwrap());
    let (_, events) = (fixture.open().verify().unwrap(), 3);
    let head = &fixture.open().verify().unwrap().heads["Anna"][..16].to_owned();
    let words = [
        "do not go together; nothing was changed, keep both",
        "The file as it lies: 4 events (coordinator 0 ",
        &format!("With its journal rolled back: {events} events ("),
        &format!("Anna 3 {head}"),
    ];
    check_refused(&fixture.path(), &other, &journal, &words);
}

/// Two files in which one rater went on from the same point: none of both is dropped.
#[test]
fn what_went_on_differently_is_refused() {
    let fixture = graded(1);
    let one = bytes_after(&fixture, 1);
    let mut ledger = fixture.open();
    let slot = ledger.next_case("Anna").unwrap().unwrap();
    ledger
        .commit_grade(&super::draft("Anna", &slot, 0))
        .unwrap();
    drop(ledger);
    let other = journal_to(&fs::read(fixture.path()).unwrap());
    let words = ["The file as it lies: 2 events", "rolled back: 2 events"];
    check_refused(&fixture.path(), &one, &other, &words);
}

/// Flips a bit in the middle of each page of events.
fn damaged(mut file: Vec<u8>) -> Vec<u8> {
    let kind = b"\"kind\":\"graded\"";
    let at = file.windows(kind.len()).position(|w| w == kind).unwrap();
    file[at + 9] ^= 1;
    file
}

#[test]
fn a_damaged_state_never_wins() {
    let fixture = graded(2);
    let whole = fs::read(fixture.path()).unwrap();
    let longer = bytes_after(&fixture, 1);
    let (broken, path) = (damaged(whole.clone()), fixture.path());
    check(
        &path,
        &damaged(longer.clone()),
        &journal_to(&whole),
        2,
        "was taken back",
    );
    check(
        &path,
        &whole,
        &journal_to(&damaged(longer)),
        2,
        "is sound without it",
    );
    fs::remove_dir_all(fixture.folder.path()).unwrap();
    fs::create_dir(fixture.folder.path()).unwrap();
    let words = [
        "The file as it lies: damaged, CHECK constraint failed",
        "rolled back: damaged, ",
    ];
    check_refused(&path, &broken, &journal_to(&broken), &words);
}

/// What has the journal's name and is none.
#[test]
fn what_is_no_journal_is_no_obstacle() {
    for door in DOORS {
        for journal in [
            &b""[..],
            &[0; 512],
            &[0; 28],
            &b"SQLite format 3\0"[..],
            b"notes",
        ] {
            let fixture = graded(2);
            let path = journal_of(&fixture.path());
            fs::write(&path, journal).unwrap();
            let ledger = door(&fixture.path()).unwrap();
            assert_eq!(ledger.verify().unwrap().n_events, 2);
            let is_junk = journal.first().is_some_and(|&byte| byte != 0);
            assert_eq!(ledger.remark().is_some(), is_junk);
            if is_junk {
                let aside = fixture
                    .path()
                    .with_file_name("reflux.study-journal.set-aside-1");
                assert_eq!(fs::read(&aside).unwrap(), journal);
                let said = ledger.remark().unwrap();
                assert!(said.ends_with("reflux.study-journal.set-aside-1"), "{said}");
            }
            drop(ledger);
            grade_next(&mut fixture.open(), "Anna", 1);
            assert_eq!(fixture.open().verify().unwrap().n_events, 3);
        }
        let fixture = graded(2);
        let path = journal_of(&fixture.path());
        fs::create_dir(&path).unwrap();
        fs::write(path.join("notes.txt"), "mine").unwrap();
        assert_eq!(door(&fixture.path()).unwrap().verify().unwrap().n_events, 2);
        let aside = fixture
            .path()
            .with_file_name("reflux.study-journal.set-aside-1");
        assert_eq!(fs::read(aside.join("notes.txt")).unwrap(), b"mine");
        grade_next(&mut fixture.open(), "Anna", 1);
    }
}

/// What is no file at all is not waited for.
#[test]
fn a_folder_or_an_empty_file_is_no_study() {
    let folder = tempfile::tempdir().unwrap();
    let empty = folder.path().join("empty");
    fs::write(&empty, "").unwrap();
    // SQLite takes a journal away from an empty file.
    fs::write(journal_of(&empty), journal_to(&other_study(1))).unwrap();
    for door in DOORS {
        for path in [folder.path(), &empty, Path::new("/dev/null")] {
            let error = door(path).unwrap_err();
            assert!(matches!(error, LedgerError::NotAStudy(_)), "{error}");
        }
        assert!(journal_of(&empty).exists());
    }
}

/// A writer who lives has a journal too: nothing is taken from him.
#[test]
fn a_live_writer_is_left_alone() {
    let fixture = graded(2);
    let raw = fixture.raw();
    raw.execute_batch("BEGIN IMMEDIATE; CREATE TABLE half (x)")
        .unwrap();
    assert!(journal_of(&fixture.path()).exists());
    let look = Ledger::open_read_only(&fixture.path()).unwrap();
    assert_eq!((look.n_events().unwrap(), look.remark()), (2, None));
    let refused = Ledger::open(&fixture.path()).unwrap_err();
    check_said(&refused, "in use by another window", &fixture.path());
    raw.execute_batch("ROLLBACK").unwrap();
    assert_eq!(fixture.open().remark(), None);
}

/// A window that only looks, while another program is killed: told as what it is.
#[test]
fn a_kill_beside_an_open_look_is_told() {
    let fixture = graded(2);
    let look = Ledger::open_read_only(&fixture.path()).unwrap();
    let journal = journal_to(&fs::read(fixture.path()).unwrap());
    fs::write(journal_of(&fixture.path()), journal).unwrap();
    let error = look.n_events().unwrap_err();
    check_said(
        &error,
        "was stopped while it stored something",
        &fixture.path(),
    );
    fixture.open();
    assert_eq!(look.n_events().unwrap(), 2);
}

/// Where the journal lies is decided by the file, not by a link to it.
#[cfg(unix)]
#[test]
fn a_link_leads_to_the_journal() {
    let fixture = graded(1);
    let (file, journal) = half_written(&fixture);
    let elsewhere = tempfile::tempdir().unwrap();
    let link = elsewhere.path().join("link.study");
    std::os::unix::fs::symlink(fixture.path(), &link).unwrap();
    fs::write(fixture.path(), file).unwrap();
    fs::write(journal_of(&fixture.path()), journal).unwrap();
    let ledger = Ledger::open_read_only(&link).unwrap();
    assert_eq!(ledger.verify().unwrap().n_events, 1);
    assert!(!journal_of(&fixture.path()).exists());
}

/// A medium that takes no writing: copies are looked at, and that is said; who wants to grade is
/// told why not.
#[cfg(target_os = "linux")]
#[test]
fn on_a_medium_that_takes_no_writing_a_copy_is_looked_at() {
    use std::process::Command;
    struct Unmount(PathBuf);
    impl Drop for Unmount {
        fn drop(&mut self) {
            // Lazily: what was copied from stays open.
            let _ = Command::new("umount").arg("-l").arg(&self.0).status();
        }
    }
    let mount = |args: &[&str], at: &Path| {
        let mounted = Command::new("mount").args(args).arg(at).output();
        mounted.is_ok_and(|output| output.status.success())
    };
    let folder = tempfile::tempdir().unwrap();
    if !mount(&["-t", "tmpfs", "-o", "size=16m", "tmpfs"], folder.path()) {
        println!("skipped: no small disk can be mounted here");
        return;
    }
    let _unmount = Unmount(folder.path().to_path_buf());
    let (fixture, study) = (graded(2), folder.path().join("a.study"));
    let (half, journal) = half_written(&fixture);
    let whole = fs::read(fixture.path()).unwrap();
    let later = bytes_after(&fixture, 1);
    for (file, journal, n_events) in [
        (&half, &journal, 2),
        (&later, &journal_to(&whole), 3),
        (&whole, &journal_to(&later), 3),
    ] {
        assert!(mount(&["-o", "remount,rw"], folder.path()));
        fs::write(&study, file).unwrap();
        fs::write(journal_of(&study), journal).unwrap();
        assert!(mount(&["-o", "remount,ro"], folder.path()));
        let look = Ledger::open_read_only(&study).unwrap();
        let said = look.remark().unwrap();
        assert!(
            said.ends_with("cannot be written to, so this is a copy"),
            "{said}"
        );
        assert_eq!(look.verify().unwrap().n_events, n_events);
        assert_eq!(look.path(), study);
        let refused = Ledger::open(&study).unwrap_err();
        check_said(&refused, "cannot be written to", &study);
        assert_eq!(fs::read(&study).unwrap(), *file);
    }
}

#[test]
fn the_journal_that_is_made_here_is_one() {
    let (design, _) = draw();
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a.study");
    drop(create(&path, &design, &images(&design)).unwrap());
    let empty = fs::read(&path).unwrap();
    grade_next(&mut Ledger::open(&path).unwrap(), "Anna", 2);
    fs::write(journal_of(&path), journal_to(&empty)).unwrap();
    // SQLite by itself: back to where nothing was graded.
    let raw = Connection::open(&path).unwrap();
    let n: i64 = raw
        .query_row("SELECT count(*) FROM event", [], |row| row.get(0))
        .unwrap();
    assert_eq!(n, 0);
    assert_eq!(fs::read(&path).unwrap(), empty);
}
