//! What packages carry that is made of the tree alone: the bill of materials and the licences.

use super::text;
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::process::Command;

const ROOT: &str = env!("CARGO_MANIFEST_DIR");

/// Where all is to be checked, the absence of a tool is a failure, and crates are fetched.
fn must_be_checked() -> bool {
    std::env::var_os("CISTERNA_REQUIRE_SHARED").is_some()
}

/// Whether there is a Python to run scripts with.
fn has_python() -> bool {
    let is_there = Command::new("python3").arg("--version").output().is_ok();
    assert!(
        is_there || !must_be_checked(),
        "python3 makes packages, and is not there"
    );
    if !is_there {
        println!("skipped: no python3");
    }
    is_there
}

/// The bill of materials and the licences, as the script writes them; none where crates would have to be
/// fetched for that: `cargo metadata` asks for more of them than are built.
fn supply_chain(folder: &Path) -> Option<[String; 2]> {
    let mut script = Command::new("python3");
    script
        .arg(Path::new(ROOT).join("packaging/supply_chain.py"))
        .arg("-o")
        .arg(folder)
        .env("SOURCE_DATE_EPOCH", "1700000000");
    if !must_be_checked() {
        script.env("CARGO_NET_OFFLINE", "true");
    }
    let output = script.output().unwrap();
    let said = text(&output.stderr);
    if !output.status.success() && !must_be_checked() && said.contains("offline") {
        println!("skipped: not all crates are at hand (`cargo fetch` gets them): {said}");
        return None;
    }
    assert!(output.status.success(), "{said}");
    let files = ["sbom.cdx.json", "LICENSES.txt"];
    Some(files.map(|name| std::fs::read_to_string(folder.join(name)).unwrap()))
}

/// Hashes of the lock file by name and version.
fn locked() -> BTreeMap<[String; 2], String> {
    let lock = std::fs::read_to_string(Path::new(ROOT).join("Cargo.lock")).unwrap();
    let lock: toml::Table = lock.parse().unwrap();
    let packages = lock["package"].as_array().unwrap();
    let field = |package: &toml::Value, name: &str| {
        let value = package.get(name).and_then(toml::Value::as_str);
        value.unwrap_or_default().to_owned()
    };
    let entry = |one| {
        (
            [field(one, "name"), field(one, "version")],
            field(one, "checksum"),
        )
    };
    packages.iter().map(entry).collect()
}

#[test]
fn a_bill_of_materials_says_what_is_built_in_and_by_which_licence() {
    if !has_python() {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let Some(made) = supply_chain(&folder.path().join("one")) else {
        return;
    };
    let again = supply_chain(&folder.path().join("two"));
    assert!(again.as_ref() == Some(&made), "not the same bytes");
    let [bom, licences] = made;
    let bom: Value = serde_json::from_str(&bom).unwrap();
    assert_eq!(bom["specVersion"], "1.6");
    assert_eq!(bom["metadata"]["timestamp"], "2023-11-14T22:13:20Z");
    assert_eq!(
        bom["metadata"]["component"]["version"],
        env!("CARGO_PKG_VERSION")
    );

    let locked = locked();
    let mut required = BTreeSet::new();
    for part in bom["components"].as_array().unwrap() {
        let name = part["name"].as_str().unwrap();
        let version = part["version"].as_str().unwrap();
        let is_crate = part["purl"]
            .as_str()
            .is_some_and(|purl| purl.starts_with("pkg:cargo/"));
        if !is_crate {
            required.insert(name);
            continue;
        }
        let hash = &locked[&[name.to_owned(), version.to_owned()]];
        assert_eq!(part["hashes"][0]["content"], **hash, "{name}");
        assert!(part["licenses"][0].is_object(), "{name} has no licence");
        if part["scope"] == "required" {
            required.insert(name);
            assert!(licences.contains(&format!("\n{name} {version} ")), "{name}");
        }
    }
    for name in [
        "wgpu",
        "eframe",
        "burn",
        "rusqlite",
        "libsqlite3-sys",
        "sqlite",
        "pre-l2",
    ] {
        assert!(required.contains(name), "{name} is built in");
    }
    for name in ["criterion", "proptest", "serde_derive", "reqwest"] {
        assert!(!required.contains(name), "{name} is not built in");
    }

    let dependencies = bom["dependencies"].as_array().unwrap();
    let known: BTreeSet<Option<&str>> =
        dependencies.iter().map(|one| one["ref"].as_str()).collect();
    assert_eq!(known.len(), 1 + bom["components"].as_array().unwrap().len());
    let mut on = dependencies
        .iter()
        .flat_map(|one| one["dependsOn"].as_array())
        .flatten();
    assert!(on.all(|needed| known.contains(&needed.as_str())));
    // The texts themselves, those that ask to be passed on above all.
    for words in [
        "Mozilla Public License Version 2.0",
        "SIL OPEN FONT LICENSE",
        "CC BY 3.0 US",
    ] {
        assert!(licences.contains(words), "{words}");
    }
}
