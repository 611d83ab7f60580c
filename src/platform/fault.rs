//! A record of each panic that nobody expected, for who looks into it.

use super::folders::fault_folder;
use crate::text::{Limit, nameless, open, without_paths, without_words};
use serde::{Deserialize, Serialize};
use std::cell::Cell;
use std::io::Write;
use std::panic::{AssertUnwindSafe, PanicHookInfo, catch_unwind};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU32, Ordering};
use time::UtcDateTime;

/// Where the program met what it did not expect. No path, no name, nothing of a scan.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Fault {
    /// The program's version.
    pub version: String,
    /// When, by the machine's clock: `2026-01-02T03:04:05Z`.
    pub at_utc: String,
    /// The operating system, as Rust calls it.
    pub system: String,
    /// The processor's kind, as Rust calls it.
    pub architecture: String,
    /// The thread's name, which the source gives it.
    pub thread: String,
    /// File, line and column of the source.
    pub place: Option<String>,
    /// What the source says there, cleaned by [`nameless`] where it is more than the source's own words.
    pub message: String,
}

/// One run writes so many records: a fault in each of a thousand pieces of work is one fault.
const MOST_RECORDS: u32 = 8;

thread_local! {
    /// How many times this thread is inside [`catching`].
    static CATCHING: Cell<u32> = const { Cell::new(0) };
}

/// Does something that may end in a panic which is expected, and leaves no record then.
///
/// # Errors
/// The panic.
pub fn catching<T>(work: impl FnOnce() -> T) -> std::thread::Result<T> {
    CATCHING.with(|depth| depth.set(depth.get() + 1));
    let result = catch_unwind(AssertUnwindSafe(work));
    CATCHING.with(|depth| depth.set(depth.get() - 1));
    result
}

/// From now on each panic outside [`catching`] leaves a record, and standard error says where. What the
/// system prints of a panic is printed as before.
pub fn record_faults() {
    static WRITTEN: AtomicU32 = AtomicU32::new(0);
    let before = std::panic::take_hook();
    std::panic::set_hook(Box::new(move |panic| {
        before(panic);
        // While a thread ends, its local values may be gone already.
        let is_expected = CATCHING.try_with(Cell::get).is_ok_and(|depth| depth > 0);
        if is_expected || WRITTEN.fetch_add(1, Ordering::Relaxed) >= MOST_RECORDS {
            return;
        }
        let said = match written(&Fault::of(panic)) {
            Ok(path) => format!(
                "cisterna: this is a fault of the program. A record of it, without names and paths, is \
                 in {}; `cisterna doctor` says what else helps to find it.",
                path.display()
            ),
            Err(why) => format!("cisterna: this fault could not be recorded: {why}"),
        };
        // Nobody may be there to be told, and a second panic would end all.
        let _ = writeln!(std::io::stderr(), "{said}");
    }));
}

/// The records in a folder, the newest first; what is none is passed over.
#[must_use]
pub fn faults_in(folder: &Path) -> Vec<Fault> {
    let entries = std::fs::read_dir(folder).into_iter().flatten().flatten();
    let is_record = |path: &PathBuf| path.extension().is_some_and(|kind| kind == "json");
    let texts = entries
        .map(|entry| entry.path())
        .filter(is_record)
        .filter_map(|path| open(&path, Limit::Settings).ok());
    let mut faults: Vec<Fault> = texts
        .filter_map(|text| serde_json::from_str(&text).ok())
        .collect();
    faults.sort_by(|a, b| b.at_utc.cmp(&a.at_utc));
    faults
}

impl Fault {
    fn of(panic: &PanicHookInfo<'_>) -> Self {
        let payload = panic.payload();
        // A literal is the source's own words; what was put together may have a path in it.
        let message = match (
            payload.downcast_ref::<&str>(),
            payload.downcast_ref::<String>(),
        ) {
            (Some(literal), _) => (*literal).to_owned(),
            (None, Some(text)) => without_own_names(&nameless(text)),
            (None, None) => "no message".to_owned(),
        };
        let place = panic.location().map(|at| {
            let file = in_source(at.file());
            format!("{file}:{}:{}", at.line(), at.column())
        });
        Self {
            version: env!("CARGO_PKG_VERSION").to_owned(),
            at_utc: rfc3339(UtcDateTime::now()),
            system: std::env::consts::OS.to_owned(),
            architecture: std::env::consts::ARCH.to_owned(),
            thread: std::thread::current()
                .name()
                .unwrap_or("unnamed")
                .to_owned(),
            place,
            message,
        }
    }
}

/// A text without paths and without what the machine and its user are called, as far as the system says.
#[must_use]
pub fn without_own_names(text: &str) -> String {
    let variables = ["USER", "LOGNAME", "USERNAME", "HOSTNAME", "COMPUTERNAME"];
    let told = variables.iter().filter_map(|name| std::env::var(name).ok());
    let host = std::fs::read_to_string("/proc/sys/kernel/hostname").ok();
    let names = told.chain(host).map(|name| name.trim().to_owned());
    let names: Vec<String> = names.filter(|name| !name.is_empty()).collect();
    without_words(&without_paths(text), &names)
}

/// A file of the source, without where it lay when the program was built: from the package on.
fn in_source(file: &str) -> String {
    let file = file.replace('\\', "/");
    let of_registry = file
        .split_once("/registry/src/")
        .and_then(|(_, rest)| rest.split_once('/'));
    if let Some((_, package)) = of_registry {
        return package.to_owned();
    }
    let of_library = file.find("/library/").filter(|_| file.starts_with('/'));
    match of_library {
        Some(at) => file[at + 1..].to_owned(),
        // Built where it lies, it is named from the manifest on.
        None => file.trim_start_matches('/').to_owned(),
    }
}

/// Writes a record beside those of before.
fn written(fault: &Fault) -> std::io::Result<PathBuf> {
    let none = || {
        std::io::Error::new(
            std::io::ErrorKind::NotFound,
            "this system has no folder for it",
        )
    };
    let folder = fault_folder().ok_or_else(none)?;
    std::fs::create_dir_all(&folder)?;
    let mut text = serde_json::to_string_pretty(fault).map_err(std::io::Error::other)?;
    text.push('\n');
    let mut file = tempfile::Builder::new()
        .prefix(&format!("{}-", fault.at_utc.replace([':', '-'], "")))
        .suffix(".json")
        .tempfile_in(&folder)?;
    file.write_all(text.as_bytes())?;
    let (_, path) = file.keep().map_err(|failed| failed.error)?;
    Ok(path)
}

/// To the second.
fn rfc3339(at: UtcDateTime) -> String {
    format!(
        "{:04}-{:02}-{:02}T{:02}:{:02}:{:02}Z",
        at.year(),
        u8::from(at.month()),
        at.day(),
        at.hour(),
        at.minute(),
        at.second()
    )
}

#[cfg(test)]
mod tests {
    use super::{catching, in_source};

    #[track_caller]
    fn check(file: &str, expected: &str) {
        assert_eq!(in_source(file), expected);
    }

    #[test]
    fn a_place_names_no_builder() {
        let registry = "cargo/registry/src/index.crates.io-1949/wgpu-30.0.1/src/lib.rs";
        check(
            &format!("/{}/jane/{registry}", "home"),
            "wgpu-30.0.1/src/lib.rs",
        );
        check("/rustc/abc/library/core/src/x.rs", "library/core/src/x.rs");
        check("src/cli/mod.rs", "src/cli/mod.rs");
        check(
            "C:\\jane\\.cargo\\registry\\src\\x\\burn-1\\a.rs",
            "burn-1/a.rs",
        );
    }

    #[test]
    fn what_is_caught_is_handed_back() {
        assert_eq!(catching(|| 7).ok(), Some(7));
        let caught = catching(|| std::panic::panic_any("expected"));
        let said = caught
            .err()
            .and_then(|why| why.downcast_ref::<&str>().copied());
        assert_eq!(said, Some("expected"));
    }
}
