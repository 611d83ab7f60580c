//! The page of keys, made from the viewer's table.

use super::{page, source};
use cisterna::app::{Preset, mouse_and_keys};
use std::fmt::Write;

const HEAD: &str = "# Mouse and keys\n\n\
    `?` in the viewer shows what mouse and keys do now; `F1` opens this manual in every window. Keys go to the plane \
    with the bright\nframe, which `1`, `2` and `3` choose. A letter that is typed into a field is no command.\n\n\
    There are two presets. Settings (`Ctrl ,`) choose one.\n\n\
    The keys of the reading window stand on the [rater's page](rater.md). While a scan is moved by hand (`M`), the arrow \
    keys move it\nby 0.1 mm, and `Shift` with left and right turn it by 0.1 degrees.\n";

/// The page as it has to be.
fn keys_page() -> String {
    let mut text = HEAD.to_owned();
    for (preset, name) in [
        (Preset::Radiology, "Radiology"),
        (Preset::Neuroimaging, "Neuroimaging"),
    ] {
        write!(text, "\n## {name}\n").unwrap();
        let [mouse, keys] = mouse_and_keys(preset);
        for (of, rows) in [("mouse", mouse), ("key", keys)] {
            assert!(rows.len() > 7, "{rows:?}");
            write!(text, "\n| {of} | what it does |\n| --- | --- |\n").unwrap();
            for (key, what) in rows {
                writeln!(text, "| {key} | {what} |").unwrap();
            }
        }
    }
    text
}

#[test]
fn the_page_of_keys_is_that_of_the_program() {
    let expected = keys_page();
    if std::env::var_os("CISTERNA_WRITE_MANUAL").is_some() {
        std::fs::write(source().join("keys.md"), &expected).unwrap();
    }
    assert_eq!(
        page("keys.md"),
        expected,
        "keys.md is stale: run this with CISTERNA_WRITE_MANUAL=1"
    );
}
