//! Dependencies: each with its reason, one version of what must be one, and no network.

use super::{
    Finding, ROOT, assert_none, check_rule,
    document::{DOCUMENT, rows, section},
    finding, rust_in, source, text_of,
};
use std::{collections::BTreeSet, process::Command};

/// The dependencies that a manifest names, each with its line.
fn dependencies(manifest: &str) -> Vec<(usize, String)> {
    let (mut found, mut inside) = (Vec::new(), false);
    for (number, line) in (1..).zip(manifest.lines()) {
        let line = line.trim();
        if let Some(header) = line.strip_prefix('[') {
            let header = header.trim_end_matches(']');
            inside = header.ends_with("dependencies");
            if let Some((_, name)) = header.split_once("dependencies.") {
                found.push((number, name.to_owned()));
            }
        } else if let (true, Some((key, _))) =
            (inside && !line.starts_with('#'), line.split_once('='))
        {
            found.push((
                number,
                key.split('.').next().unwrap_or(key).trim().to_owned(),
            ));
        }
    }
    found
}

/// The crates that `deny.toml` bans, or (`several`) of which it wants one version only.
fn denied(deny: &str, several: bool) -> Vec<&str> {
    let bans = deny.lines().skip_while(|line| *line != "[bans]");
    let lines = bans.filter(|line| line.contains("deny-multiple-versions") == several);
    lines
        .filter_map(|line| line.trim().strip_prefix("{ crate = \"")?.split('"').next())
        .collect()
}

/// Sockets in the source.
fn findings_of_sockets(file: &str, text: &str) -> Vec<Finding> {
    let code = source::code(text);
    let paths = source::paths(&source::tokens(&code));
    let sockets = paths
        .iter()
        .filter(|path| matches!(path.segments[..], ["std" | "core", "net", ..]));
    sockets
        .map(|path| {
            finding(
                file,
                path.line,
                "names a socket: nothing leaves the machine",
            )
        })
        .collect()
}

#[test]
fn dependencies_are_those_of_the_document() {
    let (manifest, document) = (text_of("Cargo.toml"), text_of(DOCUMENT));
    let needed = dependencies(&manifest);
    let explained = rows(&section(&document, "## Dependencies"));
    let mut findings = Vec::new();
    for (line, name) in &needed {
        let reasons = explained.iter().filter(|(_, cells)| &cells[0] == name);
        if reasons.clone().count() != 1
            || reasons.flat_map(|(_, cells)| cells).any(String::is_empty)
        {
            findings.push(finding(
                "Cargo.toml",
                *line,
                format!("`{name}` needs one whole line in {DOCUMENT}"),
            ));
        }
    }
    for (line, cells) in &explained {
        if !needed.iter().any(|(_, name)| name == &cells[0]) {
            findings.push(finding(
                DOCUMENT,
                *line,
                format!("`{}` is not in Cargo.toml", cells[0]),
            ));
        }
    }
    assert_none(&findings);
}

#[test]
fn one_version_of_what_must_be_one() {
    let (lock, deny) = (text_of("Cargo.lock"), text_of("deny.toml"));
    let single = denied(&deny, true);
    assert!(
        single.contains(&"wgpu"),
        "deny.toml must want one version of wgpu"
    );
    for name in single {
        let versions = lock
            .lines()
            .filter(|line| *line == format!("name = \"{name}\""))
            .count();
        assert!(
            versions <= 1,
            "Cargo.lock has {versions} versions of {name}: one device serves all"
        );
    }
}

/// The packages that are really built; Cargo.lock also names what no feature switches on.
fn built() -> BTreeSet<String> {
    let tree = Command::new(std::env::var("CARGO").unwrap_or_else(|_| "cargo".to_owned()))
        .args([
            "tree",
            "--locked",
            "--offline",
            "--edges",
            "normal,build",
            "--prefix",
            "none",
            "--format",
            "{p}",
        ])
        .current_dir(ROOT)
        .output()
        .expect("cargo runs");
    assert!(
        tree.status.success(),
        "cargo tree: {}",
        String::from_utf8_lossy(&tree.stderr)
    );
    let built: BTreeSet<String> = String::from_utf8_lossy(&tree.stdout)
        .lines()
        .filter_map(|line| Some(line.split(' ').next()?.to_owned()))
        .collect();
    assert!(built.contains("cisterna"), "cargo tree printed {built:?}");
    built
}

/// Names of people in scripts that the fonts of egui lack.
#[test]
fn glyphs_come_from_the_system_where_the_built_in_fonts_lack_them() {
    assert!(
        built().contains("egui_system_font_provider"),
        "eframe's feature `system_fonts` is off"
    );
}

#[test]
fn nothing_reaches_the_network() {
    assert_none(
        &rust_in("src/")
            .iter()
            .flat_map(|(f, text)| findings_of_sockets(f, text))
            .collect::<Vec<_>>(),
    );

    let built = built();
    let deny = text_of("deny.toml");
    let banned = denied(&deny, false);
    assert!(
        banned.contains(&"reqwest"),
        "deny.toml must ban network clients"
    );
    let clients: Vec<_> = banned
        .into_iter()
        .filter(|name| built.contains(*name))
        .collect();
    assert!(
        clients.is_empty(),
        "network clients are built in: {clients:?}"
    );
}

#[test]
fn manifests_are_understood() {
    let manifest = "[package]\nname = \"x\"\n[dependencies]\na = \"1\"\n# c = \"1\"\nb.workspace = true\n\
        [target.'cfg(unix)'.dev-dependencies]\nd = \"1\"\n[dependencies.e]\nversion = \"1\"\n[lints]\nf = 1\n";
    let names: Vec<String> = dependencies(manifest)
        .into_iter()
        .map(|(_, name)| name)
        .collect();
    assert_eq!(names, ["a", "b", "d", "e"]);
    let deny = "{ crate = \"x\" },\n[bans]\n    { crate = \"a\", deny-multiple-versions = true },\n    { crate = \"b\" },\n    # { crate = \"c\" },\n";
    assert_eq!(
        (denied(deny, true), denied(deny, false)),
        (vec!["a"], vec!["b"])
    );
}

#[test]
fn sockets_are_found() {
    #[track_caller]
    fn check(text: &str, expected: &[(usize, &str)]) {
        check_rule(&findings_of_sockets("s.rs", text), expected);
    }
    check("use std::{fs,\n net::TcpStream};", &[(2, "socket")]);
    check("std::net::TcpStream::connect(a)", &[(1, "socket")]);
    check("// std::net\nuse crate::net::Layer;", &[]);
}
