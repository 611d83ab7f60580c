//! One integration binary: everything that is tested from outside the rooms.
#![expect(
    clippy::unwrap_used,
    reason = "a helper that cannot go on should stop the test"
)]
#![expect(clippy::print_stdout, reason = "a skipped test says so")]

mod app;
mod cli;
mod formats;
mod ledger;
mod models;
mod phantom;
mod render;
mod report;
mod stats;
mod study;
mod tidy;
mod transport;
mod volume;

use std::path::PathBuf;

/// A file of the test data that lies beside the checkout, or `None` (said aloud) where there is
/// none. With `CISTERNA_REQUIRE_SHARED=1` its absence is a failure.
#[track_caller]
fn shared(path: &str) -> Option<PathBuf> {
    let root = std::env::var_os("CISTERNA_SHARED").map_or_else(
        || PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/../shared")),
        PathBuf::from,
    );
    let file = root.join(path);
    if file.exists() {
        return Some(file);
    }
    let required = std::env::var("CISTERNA_REQUIRE_SHARED").is_ok_and(|v| v == "1");
    assert!(!required, "test data is required but absent: {path}");
    println!("skipped: no test data at {path}");
    None
}
