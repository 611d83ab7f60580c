//! Paths as people type and paste them, and as fields show them.

use std::ffi::OsString;
use std::fmt::Write;
use std::path::{Path, PathBuf};

/// The path that a text means: as it stands, in quotes, as a `file:` URL (RFC 8089) with percent
/// escapes, or with `~/` for the user's own folder. Spaces around it do not count.
#[must_use]
pub fn typed_path(text: &str) -> PathBuf {
    let text = text.trim();
    let quoted = |quote: char| text.strip_prefix(quote)?.strip_suffix(quote);
    if let Some(inside) = quoted('"').or_else(|| quoted('\'')) {
        return url_path(inside).unwrap_or_else(|| PathBuf::from(inside));
    }
    url_path(text)
        .or_else(|| path_from_home(text))
        .unwrap_or_else(|| PathBuf::from(text))
}

/// Several paths, one a line.
pub(crate) fn typed_paths(text: &str) -> Vec<PathBuf> {
    let filled = text.lines().filter(|line| !line.trim().is_empty());
    filled.map(typed_path).collect()
}

/// A text that means this path: the path itself where that is possible, else a URL.
#[must_use]
pub fn path_text(path: &Path) -> String {
    let plain = path.to_str().filter(|text| {
        !text.contains(['\n', '\r']) && typed_path(text).as_os_str() == path.as_os_str()
    });
    plain.map_or_else(|| url_of(path), str::to_owned)
}

fn path_from_home(text: &str) -> Option<PathBuf> {
    let rest = text.strip_prefix('~')?;
    let is_separator = |c| c == '/' || c == std::path::MAIN_SEPARATOR;
    let home = || std::env::home_dir().filter(|home| !home.as_os_str().is_empty());
    match rest.strip_prefix(is_separator) {
        Some(below) => Some(home()?.join(below.trim_start_matches(is_separator))),
        None if rest.is_empty() => home(),
        // Another user's folder is not looked up.
        None => None,
    }
}

/// The path of a URL of this machine.
fn url_path(text: &str) -> Option<PathBuf> {
    let (scheme, rest) = text.split_at_checked("file:".len())?;
    if !scheme.eq_ignore_ascii_case("file:") {
        return None;
    }
    let path = match rest.strip_prefix("//") {
        Some(rest) => {
            let (host, _) = rest.split_at(rest.find('/')?);
            let is_here = host.is_empty() || host.eq_ignore_ascii_case("localhost");
            is_here.then(|| &rest[host.len()..])?
        }
        None => rest,
    };
    // On Windows a drive follows the slash.
    let path = match path.as_bytes() {
        [b'/', _, b':', ..] if cfg!(windows) => &path[1..],
        _ => path,
    };
    path_of_bytes(unescaped(path)).filter(|path| path.is_absolute())
}

/// A percent sign without two hexadecimal digits stands for itself.
fn unescaped(text: &str) -> Vec<u8> {
    let (mut bytes, mut rest) = (Vec::new(), text.as_bytes());
    while let [first, after @ ..] = rest {
        let digit = |at: usize| after.get(at).and_then(|&c| char::from(c).to_digit(16));
        let escaped = (*first == b'%').then(|| Some(digit(0)? * 16 + digit(1)?));
        match escaped.flatten() {
            Some(byte) => {
                bytes.push(byte as u8);
                rest = &after[2..];
            }
            None => {
                bytes.push(*first);
                rest = after;
            }
        }
    }
    bytes
}

#[cfg(unix)]
fn path_of_bytes(bytes: Vec<u8>) -> Option<PathBuf> {
    use std::os::unix::ffi::OsStringExt;
    Some(OsString::from_vec(bytes).into())
}

#[cfg(not(unix))]
fn path_of_bytes(bytes: Vec<u8>) -> Option<PathBuf> {
    String::from_utf8(bytes)
        .ok()
        .map(|text| OsString::from(text).into())
}

/// Where a path is no text, its bytes say which it is; a path that is not absolute has no URL and is
/// put in quotes.
fn url_of(path: &Path) -> String {
    if !path.is_absolute() {
        return format!("\"{}\"", path.display());
    }
    let mut url = String::from(if cfg!(windows) { "file:///" } else { "file://" });
    for &byte in path.as_os_str().as_encoded_bytes() {
        match byte {
            b'\\' if cfg!(windows) => url.push('/'),
            b'/' | b'.' | b'-' | b'_' | b':' => url.push(char::from(byte)),
            _ if byte.is_ascii_alphanumeric() => url.push(char::from(byte)),
            // Writing to a string does not fail.
            _ => drop(write!(url, "%{byte:02X}")),
        }
    }
    url
}
