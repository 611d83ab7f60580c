//! Files of each kind, written to a folder that is gone afterwards and opened again, and damaged ones.

mod made;
mod place;
mod scans;
mod study;
mod texts;
mod zip;

use super::facts::FileCheck;
use super::verdict::Verdict;
use crate::platform::catching;
use place::Place;

type Group = (&'static str, fn(&Place) -> anyhow::Result<Vec<FileCheck>>);

const GROUPS: [Group; 3] = [
    ("scans", scans::checks),
    ("transforms, tables, worksheets", texts::checks),
    ("study and key", study::checks),
];

/// All of them; a group that cannot be done is one that failed.
///
/// # Errors
/// When there is no place for temporary files.
pub(super) fn all() -> anyhow::Result<Vec<FileCheck>> {
    let place = Place::new()?;
    let of_group = |(kind, checks): &Group| {
        let found = match catching(|| checks(&place)) {
            Ok(Ok(made)) => return made,
            Ok(Err(why)) => place.nameless(&format!("{why:#}")),
            Err(_) => "the program ended it; see what was printed before".to_owned(),
        };
        vec![FileCheck {
            kind,
            what: "all of them".to_owned(),
            expected: "written and opened".to_owned(),
            found,
            verdict: Verdict::Failed,
        }]
    };
    Ok(GROUPS.iter().flat_map(of_group).collect())
}
