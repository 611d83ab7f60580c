//! Paths as people type and paste them.

use cisterna::app::{path_text, typed_path};
use proptest::prelude::*;
use std::path::{Path, PathBuf};

#[test]
fn a_typed_path_is_understood() {
    #[track_caller]
    fn check(text: &str, expected: impl AsRef<Path>) {
        assert_eq!(typed_path(text), expected.as_ref(), "{text}");
    }
    check("/a/b.nii", "/a/b.nii");
    check("a/b.nii", "a/b.nii");
    check("  /a/b.nii\n", "/a/b.nii");
    check("/a b/c.nii", "/a b/c.nii");
    check("", "");
    check("   ", "");
    // In quotes, as desktops copy them; a quote of the name itself stays.
    check("\"/a b/c.nii\"", "/a b/c.nii");
    check("'/a b/c.nii'", "/a b/c.nii");
    check("\" a \"", " a ");
    check("/a/it's", "/a/it's");
    check("/a/b'", "/a/b'");
    check("'/a/b\"", "'/a/b\"");
    check("\"", "\"");
    check("\"\"", "");
    // Percent signs of a plain path are its own.
    check("/a/100%25.nii", "/a/100%25.nii");
    check("~a/b", "~a/b");
    check("/a/~/b", "/a/~/b");
    check("file", "file");
    check("file:", "file:");
    check("files://a", "files://a");
    check("http://a/b", "http://a/b");
    check("ä/ö", "ä/ö");
}

#[test]
#[cfg(unix)]
fn a_url_of_a_file_is_understood() {
    use std::os::unix::ffi::OsStrExt;
    #[track_caller]
    fn check(text: &str, expected: impl AsRef<Path>) {
        assert_eq!(typed_path(text), expected.as_ref(), "{text}");
    }
    check("file:///a/b.nii", "/a/b.nii");
    check("file:///a%20b/c.nii", "/a b/c.nii");
    check("file:///a b/c.nii", "/a b/c.nii");
    check("FILE:///a%2fb", "/a/b");
    check("file:/a/b.nii", "/a/b.nii");
    check("file://localhost/a/b.nii", "/a/b.nii");
    check("\"file:///a%20b\"", "/a b");
    check("file:///%C3%A4.nii", "/ä.nii");
    check("file:///a%25.nii", "/a%.nii");
    // What is no escape stands for itself.
    check("file:///a%.nii", "/a%.nii");
    check("file:///a%zz", "/a%zz");
    check("file:///a%2", "/a%2");
    check("file:///%+1", "/%+1");
    check("file:///%ä", "/%ä");
    check("file:///a?b#c", "/a?b#c");
    let latin = std::ffi::OsStr::from_bytes(b"/\xe4.nii");
    check("file:///%E4.nii", Path::new(latin));
    // Of another machine, or of none: as it stands, so that the error names it.
    check("file://server/a", "file://server/a");
    check("file://a", "file://a");
    check("file:a", "file:a");
}

#[test]
fn a_path_from_home_is_understood() {
    let home = std::env::home_dir().unwrap();
    assert_eq!(typed_path("~"), home);
    assert_eq!(typed_path(" ~/a b.nii "), home.join("a b.nii"));
    assert_eq!(typed_path("~//a"), home.join("a"));
    assert_eq!(typed_path("\"~/a\""), Path::new("~/a"), "in quotes");
}

proptest! {
    /// What a dialog gave is shown in a field, and taken from there.
    #[test]
    fn a_path_in_a_field_is_the_same_path(name in "[^\0/]{1,12}", is_absolute: bool) {
        let path = match is_absolute {
            true => Path::new("/").join(&name),
            false => PathBuf::from(&name),
        };
        let text = path_text(&path);
        prop_assert_eq!(typed_path(&text), path, "{}", text);
    }
}

#[test]
#[cfg(unix)]
fn a_path_that_is_no_text_in_a_field_is_the_same_path() {
    use std::os::unix::ffi::OsStrExt;
    let path = Path::new(std::ffi::OsStr::from_bytes(b"/a b/\xe4\n.nii"));
    assert_eq!(path_text(path), "file:///a%20b/%E4%0A.nii");
    assert_eq!(typed_path(&path_text(path)), path);
}
