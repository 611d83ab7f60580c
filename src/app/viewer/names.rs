//! Scans of one name, told apart.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// Each name, with what tells it from others like it: the folders in which their files differ, such as
/// those of subject and session, or else its number among them.
pub(super) fn told_apart(named: &[(&str, Option<PathBuf>)]) -> Vec<String> {
    let mut same: BTreeMap<&str, Vec<usize>> = BTreeMap::new();
    for (at, (name, _)) in named.iter().enumerate() {
        same.entry(name).or_default().push(at);
    }
    let mut told: Vec<String> = named.iter().map(|(name, _)| (*name).to_owned()).collect();
    for places in same.values().filter(|places| places.len() > 1) {
        let files: Option<Vec<&Path>> = places.iter().map(|&at| named[at].1.as_deref()).collect();
        let folders = files.and_then(|files| differing_folders(&files));
        for (idx, &at) in places.iter().enumerate() {
            match folders.as_ref().map(|folders| folders[idx].as_str()) {
                Some("") => {}
                Some(folder) => told[at] += &format!(", {folder}"),
                None => told[at] += &format!(" ({})", idx + 1),
            }
        }
    }
    told
}

/// What stands in the folders of files between what they all begin and all end with; none where that
/// is the same for two of them.
fn differing_folders(files: &[&Path]) -> Option<Vec<String>> {
    let parts = |file: &&Path| -> Vec<String> {
        let folder = file.parent().unwrap_or_else(|| Path::new(""));
        let parts = folder.components();
        parts
            .map(|part| part.as_os_str().to_string_lossy().into_owned())
            .collect()
    };
    let all: Vec<Vec<String>> = files.iter().map(parts).collect();
    let (first, others) = all.split_first()?;
    let shared = |matches: &dyn Fn(&[String], usize) -> bool| {
        let is_shared = |n: &usize| others.iter().all(|other| matches(other, *n));
        (0..first.len()).take_while(is_shared).count()
    };
    let n_front = shared(&|other, n| other.get(n) == Some(&first[n]));
    let shortest = all.iter().map(Vec::len).min().unwrap_or_default();
    let n_back = shared(&|other, n| {
        let last = |of: &[String]| of.iter().rev().nth(n).cloned();
        n < shortest - n_front && last(other) == last(first)
    });
    let told = all
        .iter()
        .map(|parts| parts[n_front..parts.len() - n_back].join("/"));
    let told: Vec<String> = told.collect();
    let mut sorted: Vec<&String> = told.iter().collect();
    sorted.sort_unstable();
    sorted.dedup();
    (sorted.len() == told.len()).then_some(told)
}

#[cfg(test)]
mod tests {
    use super::told_apart;
    use std::path::PathBuf;

    #[test]
    fn scans_of_one_name_are_told_apart() {
        #[track_caller]
        fn check(files: &[&str], expected: &[&str]) {
            let named: Vec<(&str, Option<PathBuf>)> = files
                .iter()
                .map(|file| {
                    let name = file.rsplit('/').next().unwrap();
                    let is_file = file.contains('/');
                    (name, is_file.then(|| PathBuf::from(file)))
                })
                .collect();
            assert_eq!(told_apart(&named), expected);
        }
        check(&["d/a.nii", "d/b.nii"], &["a.nii", "b.nii"]);
        check(
            &[
                "d/sub-1/anat/a.nii",
                "d/sub-2/anat/a.nii",
                "d/sub-2/anat/b.nii",
            ],
            &["a.nii, sub-1", "a.nii, sub-2", "b.nii"],
        );
        check(
            &["d/1/x/a", "d/1/y/a", "d/2/x/a"],
            &["a, 1/x", "a, 1/y", "a, 2/x"],
        );
        // One lies above the other.
        check(&["d/a", "d/e/a"], &["a", "a, e"]);
        check(&["d/e/a", "d/e/e/a"], &["a", "a, e"]);
        // The same file twice, and what is no file.
        check(&["d/a", "d/a"], &["a (1)", "a (2)"]);
        check(&["T1", "T1", "T2"], &["T1 (1)", "T1 (2)", "T2"]);
    }
}
