//! Opening a study file, also where a program was killed inside a commit.
//!
//! SQLite then leaves a journal beside the file, and the next connection that may write takes back
//! with it what was not finished. One that may only look cannot, and nobody can where the journal
//! is another file's: a good copy laid over a file whose journal stays would be overwritten with
//! pages of the old one. So where such a journal lies, both states are made from copies and checked
//! first: the file as it lies, and the file with its journal rolled back. The one whose chains of
//! events go on from the other's is the study; where neither does, nothing is touched.
//!
//! Invariant: no event that the file or its journal holds in a sound state is lost here, and nothing
//! of what was found is deleted, but for a journal that SQLite itself rolled back with the same
//! outcome as was checked.

use std::{
    collections::BTreeMap,
    ffi::OsString,
    fs::{self, File},
    io,
    path::{Path, PathBuf},
    sync::Mutex,
    thread,
    time::Duration,
};

use rusqlite::{Connection, ErrorCode, OpenFlags, ffi};
use tempfile::TempDir;

use super::{
    BUSY_TIMEOUT, Ledger, LedgerError,
    chain::{self, Hash},
    check_definitions, check_header,
    error::AtPath,
    query,
};
use crate::study::{KEEPER, files, hex};

/// What a study is opened for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum OpenMode {
    Write,
    ReadOnly,
}

/// How often is looked again where other programs keep changing what lies there.
const TRIES: usize = 8;

/// How long a journal must lie there without a lock before it counts as left behind. Where locks
/// work that is known at once; a network folder without them gets the time of a commit.
const GRACE: Duration = Duration::from_millis(100);

/// Where SQLite's journals begin.
const JOURNAL_MAGIC: [u8; 8] = [0xd9, 0xd5, 0x05, 0xf9, 0x20, 0xa1, 0x63, 0xd7];

pub(super) fn open(path: &Path, purpose: OpenMode) -> Result<Ledger, LedgerError> {
    let found = StudyFiles::at(path)?;
    let mut remark = found.set_aside_no_journal(purpose)?;
    for _ in 0..TRIES {
        if !found.is_left_behind()? {
            match Ledger::connect(path, purpose) {
                // Another program was killed in a commit since the check above.
                Err(LedgerError::Interrupted(_)) => continue,
                ledger => return Ok(ledger?.with_remark(remark)),
            }
        }
        match found.settle(purpose)? {
            JournalOutcome::Again => {}
            JournalOutcome::InPlace(what) => remark = Some(what),
            JournalOutcome::Copy(ledger) => return Ok(*ledger),
        }
    }
    Err(LedgerError::Busy(path.to_path_buf()))
}

/// What came of a journal that was left behind.
enum JournalOutcome {
    /// Another program was at it too.
    Again,
    /// The file can be opened, and this is what was done.
    InPlace(String),
    /// The file cannot be written to; this is a copy in which it was done.
    Copy(Box<Ledger>),
}

/// A study file and what lies beside it.
struct StudyFiles<'a> {
    /// As it was named.
    path: &'a Path,
    /// Where it is, links followed: there SQLite keeps the journal.
    file: PathBuf,
    journal: PathBuf,
}

impl<'a> StudyFiles<'a> {
    fn at(path: &'a Path) -> Result<Self, LedgerError> {
        let Ok(metadata) = path.metadata() else {
            return Err(LedgerError::NotFound(path.to_path_buf()));
        };
        // SQLite deletes the journal of an empty file, and waits for ever for a pipe.
        if !metadata.is_file() || metadata.len() == 0 {
            return Err(LedgerError::NotAStudy(path.to_path_buf()));
        }
        let file = fs::canonicalize(path).unwrap_or_else(|_| path.to_path_buf());
        Ok(Self {
            path,
            journal: with_suffix(&file, "-journal"),
            file,
        })
    }

    fn io_error(&self, action: &'static str) -> impl Fn(io::Error) -> LedgerError {
        let path = self.path.to_path_buf();
        move |source| match source.kind() {
            io::ErrorKind::PermissionDenied | io::ErrorKind::ReadOnlyFilesystem => {
                LedgerError::ReadOnly(path.clone())
            }
            io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => {
                LedgerError::DiskFull(path.clone())
            }
            _ => LedgerError::Io {
                action,
                source,
                path: path.clone(),
            },
        }
    }

    /// Moves away what has the journal's name and is none (a folder, a pipe, another file), and says
    /// so. An empty or zeroed one means nothing to SQLite either, and may be a writer's who just
    /// begins.
    fn set_aside_no_journal(&self, purpose: OpenMode) -> Result<Option<String>, LedgerError> {
        let is_none = match self.journal.symlink_metadata() {
            Err(_) => false,
            Ok(metadata) if metadata.is_file() => begins_otherwise(&self.journal),
            Ok(_) => true,
        };
        if !is_none {
            return Ok(None);
        }
        let aside = free_name(&self.journal, "set-aside");
        match fs::rename(&self.journal, &aside) {
            Ok(()) => Ok(Some(format!(
                "what lay in the place of the study's journal was none, and was moved to {}",
                aside.display()
            ))),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
            // To be looked at only, the study is opened as a copy, beside which there is no such thing.
            Err(_) if purpose == OpenMode::ReadOnly => Ok(None),
            Err(error) => Err(self
                .io_error("move what lies in the place of the journal of")(
                error
            )),
        }
    }

    /// Whether a journal lies there with which something is to be rolled back and whose writer is
    /// gone. Asks SQLite, by a connection that may not do it.
    fn is_left_behind(&self) -> Result<bool, LedgerError> {
        if !self.journal.exists() {
            return Ok(false);
        }
        if self.journal.is_dir() {
            return Ok(true);
        }
        let wait = Duration::from_millis(20);
        let mut waited = Duration::ZERO;
        while self.refuses_to_look()? {
            if waited >= GRACE {
                return Ok(true);
            }
            thread::sleep(wait);
            waited += wait;
        }
        Ok(false)
    }

    fn refuses_to_look(&self) -> Result<bool, LedgerError> {
        let conn = look(&self.file).at(self.path)?;
        let found = conn.pragma_query_value(None, "application_id", |row| row.get::<_, i64>(0));
        match found {
            Err(rusqlite::Error::SqliteFailure(error, _))
                if error.extended_code == ffi::SQLITE_READONLY_ROLLBACK =>
            {
                Ok(true)
            }
            Err(error) if error.sqlite_error_code() == Some(ErrorCode::DatabaseBusy) => {
                Err(LedgerError::Busy(self.path.to_path_buf()))
            }
            // Whatever else is wrong is told by who opens it.
            _ => Ok(false),
        }
    }

    /// Decides which state is the study and puts it in place.
    fn settle(&self, purpose: OpenMode) -> Result<JournalOutcome, LedgerError> {
        let copies = match Copies::beside(self) {
            Err(_) if purpose == OpenMode::ReadOnly => {
                Copies::elsewhere(self).map_err(self.io_error("copy"))?
            }
            copies => copies.map_err(self.io_error("copy"))?,
        };
        let Some(copies) = copies else {
            return Ok(JournalOutcome::Again);
        };
        if !self.is_left_behind()? {
            return Ok(JournalOutcome::Again);
        }
        let as_it_lies = FileState::of(&copies.as_it_lies, self.path);
        let rolled_back = FileState::of(&copies.rolled_back, self.path);
        let takes_back = match (&as_it_lies, &rolled_back) {
            (Ok(lies), Ok(back)) if lies.goes_on_from(back) => back.goes_on_from(lies),
            (Ok(lies), Ok(back)) if back.goes_on_from(lies) => true,
            (Ok(_), Err(_)) => false,
            (Err(_), Ok(_)) => true,
            // Whatever is done with its journal, it is not for us.
            (
                Err(
                    LedgerError::NotAStudy(_)
                    | LedgerError::Newer { .. }
                    | LedgerError::Older { .. },
                ),
                Err(_),
            ) => return as_it_lies.map(|_| JournalOutcome::Again),
            _ => {
                let words = |state: &Result<FileState, LedgerError>| match state {
                    Ok(state) => state.to_string(),
                    Err(LedgerError::Damaged { reason, .. }) => format!("damaged, {reason}"),
                    Err(LedgerError::Tampered { what, .. }) => format!("not whole, {what}"),
                    Err(error) => error.to_string(),
                };
                return Err(LedgerError::Unsettled {
                    as_it_lies: words(&as_it_lies),
                    rolled_back: words(&rolled_back),
                    path: self.path.to_path_buf(),
                });
            }
        };
        match (takes_back, as_it_lies, rolled_back) {
            (true, _, Ok(state)) => self.roll_back(purpose, copies, &state),
            (false, Ok(state), _) => self.take_as_it_lies(purpose, copies, &state),
            _ => Ok(JournalOutcome::Again),
        }
    }

    /// Lets SQLite do in place what was checked on a copy.
    fn roll_back(
        &self,
        purpose: OpenMode,
        copies: Copies,
        state: &FileState,
    ) -> Result<JournalOutcome, LedgerError> {
        let n = state.n_events();
        let what = match self.journal.is_dir() {
            true => "a folder lies in the place of the study's journal".to_owned(),
            false => format!(
                "a program was stopped while it stored something: what it had not finished was \
                 taken back, and {n} events are there"
            ),
        };
        if copies.are_beside {
            match Ledger::connect(self.path, OpenMode::Write) {
                Ok(_) => return Ok(JournalOutcome::InPlace(what)),
                Err(LedgerError::ReadOnly(_)) => {}
                // It may have rolled back all the same, and looking needs no more.
                Err(_) if purpose == OpenMode::ReadOnly => return Ok(JournalOutcome::Again),
                Err(error) => return Err(error),
            }
        }
        match purpose {
            OpenMode::Write => Err(LedgerError::ReadOnly(self.path.to_path_buf())),
            OpenMode::ReadOnly => copies.opened(self.path, |copies| &copies.rolled_back, &what),
        }
    }

    /// Puts the file as it lies in place, written anew and without the journal, and keeps both as they
    /// were found.
    fn take_as_it_lies(
        &self,
        purpose: OpenMode,
        copies: Copies,
        state: &FileState,
    ) -> Result<JournalOutcome, LedgerError> {
        let n = state.n_events();
        let what = format!(
            "the journal beside the study would have taken back what is sound without it: {n} \
             events are there"
        );
        if copies.are_beside {
            match self.put_in_place(&copies, state) {
                Err(LedgerError::ReadOnly(_)) if purpose == OpenMode::ReadOnly => {}
                Err(error) => return Err(error),
                Ok(None) => return Ok(JournalOutcome::Again),
                Ok(Some(kept)) => {
                    let kept = kept.display();
                    let what = format!("{what}; file and journal as they were found: {kept}");
                    return Ok(JournalOutcome::InPlace(what));
                }
            }
        }
        match purpose {
            OpenMode::Write => Err(LedgerError::ReadOnly(self.path.to_path_buf())),
            OpenMode::ReadOnly => copies.opened(self.path, |copies| &copies.as_it_lies, &what),
        }
    }

    /// Answers where the file is kept as it was found, or `None` where another program was faster.
    ///
    /// The journal goes first, which no two programs can do. What is then in place is the state that
    /// was checked; SQLite's lock holds off whoever would go on from it, until the new file has its
    /// name.
    fn put_in_place(
        &self,
        copies: &Copies,
        state: &FileState,
    ) -> Result<Option<PathBuf>, LedgerError> {
        let fresh = copies.folder.path().join("fresh");
        let name = fresh.to_string_lossy();
        let conn = look(&copies.as_it_lies).at(self.path)?;
        conn.execute("VACUUM INTO ?1", [&name]).at(self.path)?;
        drop(conn);
        let failed = self.io_error("put right");
        let permissions = self.file.metadata().map_err(&failed)?.permissions();
        fs::set_permissions(&fresh, permissions).map_err(&failed)?;
        File::open(&fresh)
            .and_then(|file| file.sync_all())
            .map_err(&failed)?;
        if FileState::of(&fresh, self.path)? != *state {
            return Ok(None);
        }
        let kept = free_name(&self.file, "before-repair");
        let kept_journal = with_suffix(&kept, ".journal");
        match fs::rename(&self.journal, &kept_journal) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            moved => moved.map_err(&failed)?,
        }
        let lock = match self.locked_at(state) {
            Ok(Some(lock)) => lock,
            other => {
                // Somebody went on from what the journal belongs to: as if nothing had been done.
                if !self.journal.exists() {
                    fs::rename(&kept_journal, &self.journal).map_err(&failed)?;
                }
                return other.map(|_| None);
            }
        };
        fs::rename(&copies.as_it_lies, &kept).map_err(&failed)?;
        // Windows renames nothing over a file that is open.
        #[cfg(not(unix))]
        drop(lock);
        fs::rename(&fresh, &self.file).map_err(&failed)?;
        files::sync_folder(files::folder_of(&self.file));
        #[cfg(unix)]
        drop(lock);
        Ok(Some(kept))
    }

    /// A connection that keeps all others from the file, which is in a state that is known.
    fn locked_at(&self, state: &FileState) -> Result<Option<Connection>, LedgerError> {
        let conn = Connection::open_with_flags(
            &self.file,
            OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX,
        )
        .at(self.path)?;
        conn.busy_timeout(BUSY_TIMEOUT).at(self.path)?;
        conn.execute_batch("BEGIN EXCLUSIVE").at(self.path)?;
        let found = FileState::in_file(&conn).at(self.path)?;
        Ok((found == *state).then_some(conn))
    }
}

/// Both states of a study file, as files that nobody else has open.
struct Copies {
    /// Removed in the end: what is in it is in the originals too.
    folder: TempDir,
    are_beside: bool,
    as_it_lies: PathBuf,
    /// With the journal beside it.
    rolled_back: PathBuf,
}

impl Copies {
    fn beside(found: &StudyFiles<'_>) -> io::Result<Option<Self>> {
        let beside = files::folder_of(&found.file);
        let folder = tempfile::Builder::new()
            .prefix(".cisterna-repair-")
            .tempdir_in(beside)?;
        Self::in_folder(found, folder, true)
    }

    fn elsewhere(found: &StudyFiles<'_>) -> io::Result<Option<Self>> {
        Self::in_folder(found, tempfile::tempdir()?, false)
    }

    /// `None` where the journal went away meanwhile.
    fn in_folder(
        found: &StudyFiles<'_>,
        folder: TempDir,
        beside: bool,
    ) -> io::Result<Option<Self>> {
        let copies = Self {
            as_it_lies: folder.path().join("as-it-lies"),
            rolled_back: folder.path().join("rolled-back"),
            folder,
            are_beside: beside,
        };
        // A folder in its place rolls nothing back.
        if !found.journal.is_dir() {
            let journal = with_suffix(&copies.rolled_back, "-journal");
            match fs::copy(&found.journal, journal) {
                Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
                copied => copied?,
            };
        }
        copy_open(&found.file, &copies.as_it_lies)?;
        fs::copy(&copies.as_it_lies, &copies.rolled_back)?;
        Ok(Some(copies))
    }

    fn opened(
        self,
        path: &Path,
        which: fn(&Self) -> &PathBuf,
        what: &str,
    ) -> Result<JournalOutcome, LedgerError> {
        let conn = look(which(&self)).at(path)?;
        super::protect(&conn).at(path)?;
        let mut ledger = Ledger::over(conn, path)?;
        ledger._copy = Some(self.folder);
        let what = format!("{what}; its folder cannot be written to, so this is a copy");
        Ok(JournalOutcome::Copy(Box::new(
            ledger.with_remark(Some(what)),
        )))
    }
}

/// Copies a file that this process may have open through SQLite: on Unix, closing any handle of a
/// file drops all locks of the process on it, so this one stays open.
fn copy_open(from: &Path, to: &Path) -> io::Result<()> {
    static STAY_OPEN: Mutex<Vec<File>> = Mutex::new(Vec::new());
    let mut file = File::open(from)?;
    let copied = File::create_new(to).and_then(|mut to| io::copy(&mut file, &mut to));
    if cfg!(unix)
        && let Ok(mut open) = STAY_OPEN.lock()
    {
        open.push(file);
    }
    copied.map(drop)
}

/// Everything that happened, in a file that was checked.
#[derive(PartialEq, Eq)]
struct FileState {
    /// The hash with which an author's chain begins, then one for each event.
    chains: BTreeMap<String, Vec<Hash>>,
}

impl FileState {
    /// The state of a copy, where all of it is sound. A journal beside it is rolled back.
    fn of(copy: &Path, path: &Path) -> Result<Self, LedgerError> {
        let conn = Connection::open_with_flags(
            copy,
            OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX,
        )
        .at(path)?;
        check_header(&conn, path)?;
        check_definitions(&conn, path)?;
        let ledger = Ledger::over(conn, path)?;
        ledger.verify()?;
        Self::in_file(&ledger.conn).at(path)
    }

    fn in_file(conn: &Connection) -> rusqlite::Result<Self> {
        let mut chains = BTreeMap::new();
        for author in query::raters(conn)?.into_iter().chain([KEEPER.to_owned()]) {
            let mut hashes = vec![chain::root(conn, &author)?];
            let events = chain::event_rows(conn, Some(&author))?;
            hashes.extend(events.into_iter().map(|(_, hash)| hash));
            chains.insert(author, hashes);
        }
        Ok(Self { chains })
    }

    /// Whether it is the same study, and all that happened in `before` happened here too.
    fn goes_on_from(&self, before: &Self) -> bool {
        let is_longer = |(author, hashes): (&String, &Vec<Hash>)| {
            let ours = self.chains.get(author);
            ours.is_some_and(|ours| ours.starts_with(hashes))
        };
        self.chains.len() == before.chains.len() && before.chains.iter().all(is_longer)
    }

    fn n_events(&self) -> usize {
        self.chains.values().map(|hashes| hashes.len() - 1).sum()
    }
}

/// How many events, and where each chain ends.
impl std::fmt::Display for FileState {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let heads = self.chains.iter().map(|(author, hashes)| {
            let author = match author.as_str() {
                KEEPER => "coordinator",
                rater => rater,
            };
            let head = hashes.last().map(|head| hex(head)).unwrap_or_default();
            let head = head.get(..16).unwrap_or_default();
            format!("{author} {} {head}", hashes.len() - 1)
        });
        let heads: Vec<String> = heads.collect();
        write!(out, "{} events ({})", self.n_events(), heads.join(", "))
    }
}

fn look(file: &Path) -> rusqlite::Result<Connection> {
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let conn = Connection::open_with_flags(file, flags)?;
    conn.busy_timeout(BUSY_TIMEOUT)?;
    Ok(conn)
}

fn with_suffix(path: &Path, suffix: &str) -> PathBuf {
    let mut name = OsString::from(path);
    name.push(suffix);
    PathBuf::from(name)
}

/// The first of `PATH.WHAT-1`, `PATH.WHAT-2`, ... that is not taken.
fn free_name(path: &Path, what: &str) -> PathBuf {
    (1_u32..)
        .map(|n| with_suffix(path, &format!(".{what}-{n}")))
        .find(|name| name.symlink_metadata().is_err())
        .unwrap_or_else(|| with_suffix(path, &format!(".{what}")))
}

/// Whether a file begins as no journal does. One that is empty or begins with zeros is a journal
/// that holds nothing.
fn begins_otherwise(journal: &Path) -> bool {
    use io::Read;
    let mut head = Vec::new();
    let opened = File::open(journal).and_then(|file| file.take(8).read_to_end(&mut head));
    opened.is_ok() && head.first().is_some_and(|&byte| byte != 0) && head != JOURNAL_MAGIC
}
