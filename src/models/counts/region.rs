//! The regions in which spaces are counted, and which labels of a map belong to them.

use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::fmt;
use std::str::FromStr;

/// A region in which spaces are counted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum CountRegion {
    /// White matter around the slice 1 cm above the top of the caudate.
    CentrumSemiovale,
    /// Caudate, putamen, pallidum, accumbens.
    BasalGanglia,
    /// Both hippocampi.
    Hippocampi,
}

impl CountRegion {
    /// All, with what they are called on a command line.
    pub const NAMES: [(&'static str, Self); 3] = [
        ("cso", Self::CentrumSemiovale),
        ("bg", Self::BasalGanglia),
        ("hippocampi", Self::Hippocampi),
    ];

    /// In words; also the ending of the column of a table of ratings.
    #[must_use]
    pub fn column(self) -> &'static str {
        match self {
            Self::CentrumSemiovale => "count_centrum_semiovale",
            Self::BasalGanglia => "count_basal_ganglia",
            Self::Hippocampi => "count_hippocampi",
        }
    }

    /// In words.
    #[must_use]
    pub fn in_words(self) -> &'static str {
        match self {
            Self::CentrumSemiovale => "centrum semiovale",
            Self::BasalGanglia => "basal ganglia",
            Self::Hippocampi => "hippocampi",
        }
    }

    /// The structure that the region is made of.
    #[must_use]
    pub fn structure(self) -> Structure {
        match self {
            Self::CentrumSemiovale => Structure::White,
            Self::BasalGanglia => Structure::BasalGanglia,
            Self::Hippocampi => Structure::Hippocampus,
        }
    }
}

impl fmt::Display for CountRegion {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let found = Self::NAMES.iter().find(|(_, region)| region == self);
        f.write_str(found.map_or("", |(name, _)| name))
    }
}

impl FromStr for CountRegion {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let found = Self::NAMES.iter().find(|(name, _)| *name == text);
        found.map(|(_, region)| *region).ok_or_else(|| {
            let names = Self::NAMES.map(|(name, _)| name).join(", ");
            format!("{text:?} is none of {names}")
        })
    }
}

/// What labels stand for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Structure {
    /// White matter of the hemispheres, the callosum and hypointensities in it included.
    White,
    /// The caudate, which the level of the centrum semiovale is measured from.
    Caudate,
    /// Caudate, putamen, pallidum and accumbens.
    BasalGanglia,
    /// A hippocampus.
    Hippocampus,
}

impl Structure {
    /// The labels of FreeSurfer and SynthSeg (`FreeSurferColorLUT.txt`), left and right.
    fn freesurfer(self) -> &'static [u32] {
        match self {
            Self::White => &[2, 41, 77, 251, 252, 253, 254, 255],
            Self::Caudate => &[11, 50],
            Self::BasalGanglia => &[11, 12, 13, 26, 50, 51, 52, 58],
            Self::Hippocampus => &[17, 53],
        }
    }

    /// Words in the names of labels.
    fn words(self) -> &'static [&'static str] {
        match self {
            Self::White => &["white"],
            Self::Caudate => &["caudate"],
            Self::BasalGanglia => &[
                "basal_ganglia",
                "basal ganglia",
                "basal-ganglia",
                "caudate",
                "putamen",
                "pallid",
                "accumbens",
            ],
            Self::Hippocampus => &["hippocamp"],
        }
    }

    /// Labels of the structure: by their names where there are any, and else by FreeSurfer's numbers.
    /// Where no name is that of the caudate, the basal ganglia stand for it, as they do in the paper.
    #[must_use]
    pub fn labels(self, names: Option<&BTreeMap<u32, String>>) -> Vec<u32> {
        let Some(names) = names else {
            return self.freesurfer().to_vec();
        };
        let is_named = |name: &str| {
            let name = name.to_lowercase();
            let of_cerebellum = name.contains("cerebell") && self == Self::White;
            !of_cerebellum && self.words().iter().any(|word| name.contains(word))
        };
        let found = names.iter().filter(|(_, name)| is_named(name));
        let found: Vec<u32> = found.map(|(label, _)| *label).collect();
        match self {
            Self::Caudate if found.is_empty() => Self::BasalGanglia.labels(Some(names)),
            _ => found,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn labels_follow_from_names_or_from_freesurfers_numbers() {
        let names = [
            (1, "white_matter_left"),
            (3, "basal_ganglia_left"),
            (7, "Hippocampus_Right"),
            (8, "Left-Cerebellum-White-Matter"),
        ];
        let names: BTreeMap<u32, String> = names.map(|(l, n)| (l, n.to_owned())).into();
        let of = |structure: Structure| structure.labels(Some(&names));
        assert_eq!(of(Structure::White), [1]);
        assert_eq!(of(Structure::Caudate), [3]);
        assert_eq!(of(Structure::Hippocampus), [7]);
        assert_eq!(Structure::Caudate.labels(None), [11, 50]);
    }
}
