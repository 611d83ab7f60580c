#!/usr/bin/env python3
"""What the program is made of: a bill of materials (CycloneDX 1.6) and the licences of all of it.

    supply_chain.py -o DIR [--target TRIPLE]

writes sbom.cdx.json and LICENSES.txt into DIR, from Cargo.lock and what cargo says is built for the
target. Same tree, same bytes: the time in it is SOURCE_DATE_EPOCH, or that of the last commit.
Only Python's own library is used.
"""

import argparse
import hashlib
import json
import os
import re
import subprocess
import sys
import uuid
from datetime import datetime, timezone
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
LICENCE_FILES = re.compile(r"(?i)^(licen[cs]e|copying|notice|copyright|unlicense|ofl|ufl)([-_. ].*)?$")
FONTS = (".otf", ".ttf")
NOT_TEXT = (".c", ".h", ".py", ".sh", ".wgsl", ".rs", ".toml", ".html", ".json", ".yml")


def run(*command):
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        sys.exit(f"{' '.join(command[:2])} failed: {done.stderr.strip()}")
    return done.stdout


def host():
    return re.search(r"^host: (.*)$", run("rustc", "-vV"), re.M).group(1)


def epoch():
    told = os.environ.get("SOURCE_DATE_EPOCH")
    return int(told or run("git", "log", "-1", "--format=%ct"))


def built(target, edges):
    """Names and versions of what cargo builds, the program itself among them."""
    tree = run("cargo", "tree", "--locked", "--target", target, "--edges", edges,
               "--prefix", "none", "--format", "{p}")
    return {tuple(line.split(" ")[:2]) for line in tree.splitlines() if line.strip()}


def checksums():
    blocks = (ROOT / "Cargo.lock").read_text(encoding="utf-8").split("[[package]]")
    field = lambda block, name: (re.search(rf'^{name} = "(.*)"$', block, re.M) or [None, None])[1]
    return {(field(b, "name"), f"v{field(b, 'version')}"): field(b, "checksum") for b in blocks[1:]}


class Tree:
    """The packages that are in the program, and those that only help to build it."""

    def __init__(self, target):
        metadata = json.loads(run("cargo", "metadata", "--locked", "--format-version", "1",
                                  "--filter-platform", target))
        self.inside = built(target, "normal,no-proc-macro")
        helpers = built(target, "normal,build")
        self.root = metadata["resolve"]["root"]
        self.packages = {}
        for package in metadata["packages"]:
            key = (package["name"], f"v{package['version']}")
            if key in self.inside or key in helpers:
                self.packages[package["id"]] = package
        missing = len(self.inside | helpers) - len(self.packages)
        if missing:
            sys.exit(f"cargo tree and cargo metadata disagree about {missing} packages")
        self.edges = {node["id"]: [dep["pkg"] for dep in node["deps"]
                                   if any(kind["kind"] != "dev" for kind in dep["dep_kinds"])]
                      for node in metadata["resolve"]["nodes"]}

    def is_inside(self, package):
        return (package["name"], f"v{package['version']}") in self.inside

    def sorted(self):
        return sorted(self.packages.values(), key=lambda p: (p["name"], p["version"], p["id"]))


def purl(package):
    return f"pkg:cargo/{package['name']}@{package['version']}"


def expression(package):
    """Old manifests say OR with a slash."""
    return re.sub(r"\s*/\s*", " OR ", package["license"] or "")


def licences(package):
    if package["license"]:
        return [{"expression": expression(package)}]
    return [{"license": {"name": f"see {package['license_file']}"}}] if package["license_file"] else []


def component(package, sums, inside):
    made = {
        "type": "library",
        "bom-ref": purl(package),
        "name": package["name"],
        "version": package["version"],
        "scope": "required" if inside else "excluded",
        "licenses": licences(package),
        "purl": purl(package),
    }
    checksum = sums.get((package["name"], f"v{package['version']}"))
    if checksum:
        made["hashes"] = [{"alg": "SHA-256", "content": checksum}]
    if package["repository"]:
        made["externalReferences"] = [{"type": "vcs", "url": package["repository"]}]
    return made


def sqlite(tree):
    """The C library that libsqlite3-sys carries and compiles in."""
    for package in tree.sorted():
        header = Path(package["manifest_path"]).parent / "sqlite3" / "sqlite3.h"
        if package["name"] == "libsqlite3-sys" and header.is_file():
            text = header.read_text(encoding="utf-8", errors="replace")
            version = re.search(r'#define SQLITE_VERSION\s+"(.*)"', text).group(1)
            return [{
                "type": "library", "bom-ref": f"pkg:generic/sqlite@{version}", "name": "sqlite",
                "version": version, "scope": "required",
                "licenses": [{"license": {"id": "blessing"}}],
                "purl": f"pkg:generic/sqlite@{version}",
                "cpe": f"cpe:2.3:a:sqlite:sqlite:{version}:*:*:*:*:*:*:*",
            }], purl(package)
    sys.exit("libsqlite3-sys carries no SQLite any more; packaging/supply_chain.py has to say which there is")


def networks():
    for path in sorted((ROOT / "assets" / "models").glob("*.bpk")):
        digest = hashlib.sha256(path.read_bytes()).hexdigest()
        yield {
            "type": "machine-learning-model", "bom-ref": f"network:{path.stem}", "name": path.stem,
            "version": digest[:12], "hashes": [{"alg": "SHA-256", "content": digest}],
            "description": "Trained on simulated heads; its card lies beside it. "
                           "Research use only, not a medical device.",
        }


def sbom(tree, target, at):
    sums = checksums()
    root = tree.packages[tree.root]
    carried, carrier = sqlite(tree)
    models = list(networks())
    parts = [component(p, sums, tree.is_inside(p)) for p in tree.sorted() if p["id"] != tree.root]
    dependencies = []
    for package in tree.sorted():
        on = {purl(tree.packages[id]) for id in tree.edges[package["id"]] if id in tree.packages}
        if package["id"] == tree.root:
            on |= {model["bom-ref"] for model in models}
        if purl(package) == carrier:
            on |= {one["bom-ref"] for one in carried}
        dependencies.append({"ref": purl(package), "dependsOn": sorted(on)})
    dependencies += [{"ref": one["bom-ref"]} for one in carried + models]
    bom = {
        "$schema": "http://cyclonedx.org/schema/bom-1.6.schema.json",
        "bomFormat": "CycloneDX",
        "specVersion": "1.6",
        "version": 1,
        "metadata": {
            "timestamp": datetime.fromtimestamp(at, timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ"),
            "lifecycles": [{"phase": "build"}],
            "component": {
                "type": "application", "bom-ref": purl(root), "name": root["name"],
                "version": root["version"], "description": root["description"],
                "licenses": licences(root), "purl": purl(root),
            },
            "properties": [{"name": "cisterna:target", "value": target}],
        },
        "components": parts + carried + models,
        "dependencies": dependencies,
    }
    # The number of the document follows from what it says, so that it is the same each time.
    bom["serialNumber"] = f"urn:uuid:{uuid.uuid5(uuid.NAMESPACE_OID, json.dumps(bom, sort_keys=True))}"
    return bom


def texts_of(package):
    """All of them, those of what it carries in folders too; fonts have theirs beside them under any name."""
    folder = Path(package["manifest_path"]).parent
    files = {p for p in folder.rglob("*") if p.is_file()}
    with_fonts = {p.parent for p in files if p.suffix.lower() in FONTS}
    in_licences = lambda p: any(LICENCE_FILES.match(part) for part in p.relative_to(folder).parts)
    found = {p for p in files if p.suffix not in NOT_TEXT and in_licences(p)}
    found |= {p for p in files if p.suffix == ".txt" and p.parent in with_fonts}
    if package["license_file"]:
        found.add(folder / package["license_file"])
    texts = [f.read_text(encoding="utf-8", errors="replace") for f in sorted(found)]
    tidy = ["\n".join(line.rstrip() for line in t.replace("\f", "\n").splitlines()).strip() for t in texts]
    return [text for text in tidy if text]


def licence_file(tree):
    """Each text once, with whom it is of."""
    of_text, without, rows = {}, [], []
    for package in tree.sorted():
        if package["id"] == tree.root or not tree.is_inside(package):
            continue
        name = f"{package['name']} {package['version']}"
        rows.append(f"{name:<44} {expression(package) or package['license_file']}")
        texts = texts_of(package)
        if not texts:
            without.append(f"{name:<44} {expression(package)}  {package['repository'] or ''}".rstrip())
        for text in texts:
            of_text.setdefault(text, []).append(name)
    line = "=" * 100
    out = [
        "Cisterna is licensed under MIT or Apache-2.0, at your choice. It is for research use only and not a",
        "medical device. What it is built from has licences of its own, which follow.", "",
        "Also in the program: SQLite, which is in the public domain (https://sqlite.org/copyright.html), and",
        "EFF's large word list, by the Electronic Frontier Foundation, CC BY 3.0 US",
        "(https://www.eff.org/dice, https://creativecommons.org/licenses/by/3.0/us/).", "",
        *rows, "",
    ]
    if without:
        out += ["These packages carry no text of their licence; its standard text is among those below or at",
                "https://spdx.org/licenses/:", "", *without, ""]
    for text, names in sorted(of_text.items(), key=lambda pair: (pair[1], pair[0])):
        out += [line, ", ".join(names), line, "", text, ""]
    return "\n".join(out)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("-o", "--output", type=Path, required=True)
    parser.add_argument("--target", default=None)
    args = parser.parse_args()
    target = args.target or host()
    tree = Tree(target)
    args.output.mkdir(parents=True, exist_ok=True)
    bom = json.dumps(sbom(tree, target, epoch()), indent=1, sort_keys=True) + "\n"
    (args.output / "sbom.cdx.json").write_text(bom, encoding="utf-8")
    (args.output / "LICENSES.txt").write_text(licence_file(tree), encoding="utf-8")


if __name__ == "__main__":
    main()
