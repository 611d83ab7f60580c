//! A data set as if one participant were all of it: links to what is theirs, and to what holds for all.

use super::request::is_results;
use crate::formats::bids::{participants, write_text, write_tsv};
use crate::models::sha256_of;
use crate::text::check_file;
use anyhow::{Context, bail};
use std::path::{Path, PathBuf};

/// A folder of links.
pub(super) struct View {
    /// The folder.
    pub(super) root: PathBuf,
    /// What the person should know.
    pub(super) remarks: Vec<String>,
}

/// All participants of a data set, sorted.
pub(super) fn participants_of(data: &Path) -> anyhow::Result<Vec<String>> {
    let names = names_in(data)?;
    let mut found: Vec<String> = names
        .iter()
        .filter_map(|name| name.strip_prefix("sub-"))
        .filter(|label| is_bids_label(label) && data.join(format!("sub-{label}")).is_dir())
        .map(str::to_owned)
        .collect();
    found.sort();
    match found.is_empty() {
        true => bail!("no folder sub-* is in the data set: {}", data.display()),
        false => Ok(found),
    }
}

impl View {
    /// Links what `data` (canonical) has of a participant into a new folder. Results of tasks are left out,
    /// though they may lie in `derivatives` too, unless their label maps are asked for.
    pub(super) fn of(
        data: &Path,
        subject: &str,
        labels: Option<&str>,
        root: &Path,
    ) -> anyhow::Result<Self> {
        let own = format!("sub-{subject}");
        if !data.join(&own).is_dir() {
            bail!("the data set has no folder {own}: {}", data.display());
        }
        let mut view = Self {
            root: root.to_owned(),
            remarks: Vec::new(),
        };
        view.level(data, root, &own)?;
        view.row(data, &own)?;
        let derivatives = data.join("derivatives");
        if derivatives.is_dir() {
            let below = root.join("derivatives");
            if !is_results(&derivatives) {
                view.level(&derivatives, &below, &own)?;
            }
            for name in names_in(&derivatives)? {
                let pipeline = derivatives.join(&name);
                let is_theirs = !name.starts_with("sub-") && pipeline.join(&own).is_dir();
                if is_theirs && (labels == Some(name.as_str()) || !is_results(&pipeline)) {
                    view.level(&pipeline, &below.join(&name), &own)?;
                }
            }
        }
        Ok(view)
    }

    /// One level: the participant's folder, and files that others inherit from.
    fn level(&self, from: &Path, to: &Path, own: &str) -> anyhow::Result<()> {
        std::fs::create_dir_all(to).with_context(|| format!("cannot write: {}", to.display()))?;
        for name in names_in(from)? {
            let is_for_all = name.ends_with(".json") || name.ends_with("_dseg.tsv");
            if name == own || (is_for_all && !name.starts_with("sub-")) {
                link(&from.join(&name), &to.join(&name))?;
            }
        }
        Ok(())
    }

    /// The participant's own row of the table of participants.
    fn row(&mut self, data: &Path, own: &str) -> anyhow::Result<()> {
        let Some(table) = participants(data)? else {
            return Ok(());
        };
        let Some(row) = own
            .strip_prefix("sub-")
            .and_then(|subject| table.of(subject))
        else {
            self.remarks
                .push("participants.tsv has no row of it".to_owned());
            return Ok(());
        };
        let columns: Vec<&str> = table.columns.iter().map(String::as_str).collect();
        Ok(write_tsv(
            &self.root.join("participants.tsv"),
            &columns,
            &[row.to_vec()],
        )?)
    }

    /// All files of the participant with their SHA-256, by path, sorted.
    pub(super) fn files(&self) -> anyhow::Result<Vec<(String, String)>> {
        let mut names = Vec::new();
        walk(&self.root, &self.root, &mut names)?;
        names.sort();
        let with_hash = |name: String| {
            let path = self.root.join(&name);
            check_file(&path)?;
            let hash = sha256_of(&path);
            let hash = hash.with_context(|| format!("cannot be opened: {}", path.display()));
            hash.map(|hash| (name, hash))
        };
        names.into_iter().map(with_hash).collect()
    }

    /// What was written says the same wherever it was made: files of the view are named as BIDS names files of
    /// the raw data set, and those that were made as it names files of the data set itself.
    pub(super) fn settle(&self, made: &Path, subject: &str) -> anyhow::Result<()> {
        let mut files = Vec::new();
        walk(made, made, &mut files)?;
        let own = format!("bids::sub-{subject}/");
        let places = [
            (format!("{}/", self.root.display()), "bids:raw:"),
            (format!("{}/sub-{subject}/", made.display()), own.as_str()),
            (format!("{}/", made.display()), own.as_str()),
        ];
        for name in files {
            let is_text = [".json", ".tsv", ".csv", ".txt"]
                .iter()
                .any(|end| name.ends_with(end));
            let path = made.join(&name);
            if !is_text {
                continue;
            }
            let there =
                std::fs::read_to_string(&path).with_context(|| path.display().to_string())?;
            let mut text = there.clone();
            for (place, called) in &places {
                text = text.replace(place, called);
            }
            if text != there {
                write_text(&path, &text)?;
            }
        }
        Ok(())
    }
}

/// Files below a folder, through links, as `a/b`.
fn walk(root: &Path, folder: &Path, found: &mut Vec<String>) -> anyhow::Result<()> {
    for name in names_in(folder)? {
        let path = folder.join(&name);
        let facts = std::fs::metadata(&path)
            .with_context(|| format!("cannot be opened: {}", path.display()))?;
        match facts.is_dir() {
            true => walk(root, &path, found)?,
            false => {
                let below = path.strip_prefix(root).unwrap_or(&path);
                found.push(below.to_string_lossy().replace('\\', "/"));
            }
        }
    }
    Ok(())
}

/// What a folder holds, by name alone; hidden ones are left out.
pub(super) fn names_in(folder: &Path) -> anyhow::Result<Vec<String>> {
    let cannot = || format!("cannot be listed: {}", folder.display());
    let mut names = Vec::new();
    for entry in folder.read_dir().with_context(cannot)? {
        let name = entry.with_context(cannot)?.file_name();
        names.extend(
            name.into_string()
                .ok()
                .filter(|name| !name.starts_with('.')),
        );
    }
    names.sort();
    Ok(names)
}

#[cfg(unix)]
fn link(from: &Path, to: &Path) -> anyhow::Result<()> {
    std::os::unix::fs::symlink(from, to).with_context(|| format!("cannot link: {}", to.display()))
}

/// Other systems let only some users make links.
#[cfg(not(unix))]
fn link(from: &Path, _to: &Path) -> anyhow::Result<()> {
    bail!("this is done on Linux and macOS only: {}", from.display())
}

/// What a BIDS label may be made of.
#[must_use]
pub fn is_bids_label(text: &str) -> bool {
    !text.is_empty() && text.chars().all(char::is_alphanumeric)
}

#[cfg(test)]
mod tests {
    use super::View;

    #[test]
    fn no_place_of_the_work_stays() {
        let folder = tempfile::tempdir().unwrap();
        let [root, made] = ["view", "made"].map(|name| folder.path().join(name));
        std::fs::create_dir_all(made.join("sub-1")).unwrap();
        let view = View {
            root,
            remarks: Vec::new(),
        };
        let places = [
            view.root.join("sub-1/a.nii"),
            made.join("sub-1/b.nii"),
            made.join("c.tsv"),
        ];
        let record = made.join("sub-1/record.json");
        let text = places.map(|place| place.display().to_string()).join(" ");
        std::fs::write(&record, format!("{{\"files\": \"{text}\"}}\n")).unwrap();
        view.settle(&made, "1").unwrap();
        let text = std::fs::read_to_string(&record).unwrap();
        let files = "bids:raw:sub-1/a.nii bids::sub-1/b.nii bids::sub-1/c.tsv";
        assert_eq!(text, format!("{{\"files\": \"{files}\"}}\n"));
    }
}
