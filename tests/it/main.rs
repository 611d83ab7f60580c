//! One integration binary: everything that is tested from outside the rooms.
#![expect(
    clippy::unwrap_used,
    reason = "a helper that cannot go on should stop the test"
)]
#![expect(clippy::print_stdout, reason = "a skipped test says so")]

mod anatomy;
mod app;
mod cli;
mod enhancement;
mod formats;
mod ledger;
mod manual;
mod models;
mod pdf;
mod phantom;
mod picture;
mod registration;
mod render;
mod report;
mod signal;
mod stats;
mod study;
mod tidy;
mod transport;
mod volume;
mod workflows;

use cisterna::study::Passphrase;
use std::path::PathBuf;

/// A passphrase that is strong enough.
const PASSPHRASE: &str = "walnut orbit lantern sleet";

/// [`PASSPHRASE`] at the least cost, so that tests do not wait for it.
fn passphrase() -> Passphrase {
    cheap(PASSPHRASE)
}

/// Any passphrase, judged when it seals, at the least cost.
fn cheap(text: &str) -> Passphrase {
    Passphrase::known(text).with_work_factor(10)
}

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

/// Fails where an object of a JSON text has a key twice, which parsers pass over.
#[track_caller]
fn no_key_twice(json: &str) {
    struct Once;
    impl<'de> serde::Deserialize<'de> for Once {
        fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
            deserializer.deserialize_any(OnceVisitor)
        }
    }
    struct OnceVisitor;
    impl<'de> serde::de::Visitor<'de> for OnceVisitor {
        type Value = Once;
        fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
            f.write_str("JSON")
        }
        fn visit_bool<E>(self, _: bool) -> Result<Once, E> {
            Ok(Once)
        }
        fn visit_i64<E>(self, _: i64) -> Result<Once, E> {
            Ok(Once)
        }
        fn visit_u64<E>(self, _: u64) -> Result<Once, E> {
            Ok(Once)
        }
        fn visit_f64<E>(self, _: f64) -> Result<Once, E> {
            Ok(Once)
        }
        fn visit_str<E>(self, _: &str) -> Result<Once, E> {
            Ok(Once)
        }
        fn visit_unit<E>(self) -> Result<Once, E> {
            Ok(Once)
        }
        fn visit_seq<A: serde::de::SeqAccess<'de>>(self, mut of: A) -> Result<Once, A::Error> {
            while of.next_element::<Once>()?.is_some() {}
            Ok(Once)
        }
        fn visit_map<A: serde::de::MapAccess<'de>>(self, mut of: A) -> Result<Once, A::Error> {
            let mut seen = std::collections::BTreeSet::new();
            while let Some((key, _)) = of.next_entry::<String, Once>()? {
                if !seen.insert(key.clone()) {
                    return Err(serde::de::Error::custom(format!("{key} comes twice")));
                }
            }
            Ok(Once)
        }
    }
    serde_json::from_str::<Once>(json).unwrap();
}
