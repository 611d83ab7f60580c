//! Numbers that the program computes now from small inputs, beside those that other programs computed
//! or papers printed.

mod agreement;
mod data;
mod discrimination;
mod images;
mod measurements;
mod physics;
mod reading;

use super::facts::NumberCheck;
use super::verdict::Verdict;
use crate::platform::catching;

type Group = (&'static str, fn() -> anyhow::Result<Vec<NumberCheck>>);

const GROUPS: [Group; 6] = [
    ("agreement between raters", agreement::checks),
    ("grades of real and predicted images", reading::checks),
    (
        "areas under ROC curves and calibration",
        discrimination::checks,
    ),
    ("measurements", measurements::checks),
    ("images and masks", images::checks),
    ("signal, tracer and written rules", physics::checks),
];

/// All of them; a group that cannot be computed is one that failed.
pub(super) fn all() -> Vec<NumberCheck> {
    let of_group = |(name, checks): &Group| {
        let why = match catching(checks) {
            Ok(Ok(made)) => return made,
            Ok(Err(why)) => format!("{why:#}"),
            Err(_) => "the program ended it; see what was printed before".to_owned(),
        };
        vec![NumberCheck {
            group: name,
            what: format!("all of: {name}"),
            source: "",
            expected: None,
            tolerance: 0.0,
            found: None,
            remark: Some(format!("could not be computed: {why}")),
            verdict: Verdict::Failed,
        }]
    };
    GROUPS.iter().flat_map(of_group).collect()
}
