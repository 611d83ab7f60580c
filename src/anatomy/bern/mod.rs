//! The Bern score: six findings in a head after intravenous contrast that go with a leak of
//! cerebrospinal fluid (Dobrocky and others, JAMA Neurol 2019;76:580), and the worksheet on which
//! somebody marks them ([`Sheet`]).
//!
//! What it is not: a probability of a leak. The published yields stand beside the bands, and a
//! suprasellar cistern of 4 mm or less is found in every fourth normal head.
//!
//! Invariant: thresholds are met by the length as it was measured, never by a rounded one.

mod fields;
mod sheet;
mod words;

pub use fields::SheetError;
pub use sheet::{Line, Marked, Measured, SHEET_FORMAT, Sheet, SheetScan, Signs};

use serde::{Deserialize, Serialize};

/// The six items, in the order in which they are usually listed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Item {
    /// Smooth, diffuse enhancement of the dura.
    Pachymeningeal,
    /// A venous sinus that is too full: the lower wall of the middle of the dominant transverse
    /// sinus is convex in a sagittal cut.
    Venous,
    /// From the underside of the chiasm to the plane of the diaphragm of the sella.
    Suprasellar,
    /// A collection of fluid under the dura.
    Subdural,
    /// The shortest line, normal to the clivus, from the clivus to the middle third of the pons.
    Prepontine,
    /// From a mamillary body to the top of the pons.
    Mamillopontine,
}

impl Item {
    /// All six.
    pub const ALL: [Self; 6] = [
        Self::Pachymeningeal,
        Self::Venous,
        Self::Suprasellar,
        Self::Subdural,
        Self::Prepontine,
        Self::Mamillopontine,
    ];

    /// The items that somebody judges.
    pub const SIGNS: [Self; 3] = [Self::Pachymeningeal, Self::Venous, Self::Subdural];

    /// The items that are lengths, in the midsagittal plane.
    pub const LENGTHS: [Self; 3] = [Self::Suprasellar, Self::Prepontine, Self::Mamillopontine];

    /// A name for tables and files, in lower case without blanks.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Pachymeningeal => "pachymeningeal_enhancement",
            Self::Venous => "venous_sinus_engorgement",
            Self::Suprasellar => "suprasellar_cistern",
            Self::Subdural => "subdural_collection",
            Self::Prepontine => "prepontine_cistern",
            Self::Mamillopontine => "mamillopontine_distance",
        }
    }

    /// What it adds to the score.
    #[must_use]
    pub fn points(self) -> u8 {
        match self {
            Self::Pachymeningeal | Self::Venous | Self::Suprasellar => 2,
            Self::Subdural | Self::Prepontine | Self::Mamillopontine => 1,
        }
    }

    /// The greatest length, mm, that counts; `None` for what is no length.
    #[must_use]
    pub fn at_most_mm(self) -> Option<f64> {
        match self {
            Self::Suprasellar => Some(4.0),
            Self::Prepontine => Some(5.0),
            Self::Mamillopontine => Some(6.5),
            Self::Pachymeningeal | Self::Venous | Self::Subdural => None,
        }
    }
}

/// Whether a sign was seen.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Seen {
    /// It is there.
    Present,
    /// It is not.
    Absent,
    /// The scan does not show whether.
    NotAssessable,
}

impl Seen {
    /// As in a worksheet.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Present => "present",
            Self::Absent => "absent",
            Self::NotAssessable => "not_assessable",
        }
    }
}

impl From<bool> for Seen {
    fn from(is_there: bool) -> Self {
        if is_there {
            Self::Present
        } else {
            Self::Absent
        }
    }
}

/// The six findings of one reader in one head. A length that is `None` was not assessable.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Findings {
    /// [`Item::Pachymeningeal`].
    pub pachymeningeal: Seen,
    /// [`Item::Venous`].
    pub venous: Seen,
    /// [`Item::Suprasellar`], mm.
    pub suprasellar_mm: Option<f64>,
    /// [`Item::Subdural`].
    pub subdural: Seen,
    /// [`Item::Prepontine`], mm.
    pub prepontine_mm: Option<f64>,
    /// [`Item::Mamillopontine`], mm.
    pub mamillopontine_mm: Option<f64>,
}

impl Findings {
    /// A length, mm; `None` where it was not assessable, and for what is no length.
    #[must_use]
    pub fn length_mm(&self, item: Item) -> Option<f64> {
        match item {
            Item::Suprasellar => self.suprasellar_mm,
            Item::Prepontine => self.prepontine_mm,
            Item::Mamillopontine => self.mamillopontine_mm,
            Item::Pachymeningeal | Item::Venous | Item::Subdural => None,
        }
    }

    /// Whether an item counts; a length that is not a finite number from 0 is not assessable.
    #[must_use]
    pub fn seen(&self, item: Item) -> Seen {
        match item {
            Item::Pachymeningeal => self.pachymeningeal,
            Item::Venous => self.venous,
            Item::Subdural => self.subdural,
            Item::Suprasellar | Item::Prepontine | Item::Mamillopontine => {
                let measured = self
                    .length_mm(item)
                    .filter(|mm| mm.is_finite() && *mm >= 0.0);
                match measured.zip(item.at_most_mm()) {
                    Some((mm, at_most)) => Seen::from(mm <= at_most),
                    None => Seen::NotAssessable,
                }
            }
        }
    }

    /// The score.
    #[must_use]
    pub fn score(&self) -> Score {
        let points = |counts: fn(Seen) -> bool| {
            let items = Item::ALL
                .into_iter()
                .filter(|&item| counts(self.seen(item)));
            items.map(Item::points).sum()
        };
        Score {
            least: points(|seen| seen == Seen::Present),
            most: points(|seen| seen != Seen::Absent),
        }
    }

    /// The lengths that lie within one voxel of their threshold, on either side: the next line
    /// that somebody draws may fall on the other.
    #[must_use]
    pub fn near_threshold(&self, voxel_mm: f64) -> Vec<Item> {
        let is_near = |item: &Item| {
            let pair = self.length_mm(*item).zip(item.at_most_mm());
            pair.is_some_and(|(mm, at_most)| (mm - at_most).abs() <= voxel_mm)
        };
        Item::LENGTHS.into_iter().filter(is_near).collect()
    }
}

/// A score of 0 to 9; from one number to another where something was not assessable.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Score {
    /// What is not assessable counts as absent.
    pub least: u8,
    /// What is not assessable counts as present.
    pub most: u8,
}

impl Score {
    /// The number, where there is one.
    #[must_use]
    pub fn points(self) -> Option<u8> {
        (self.least == self.most).then_some(self.least)
    }

    /// The bands of the least and of the most points.
    #[must_use]
    pub fn bands(self) -> [Band; 2] {
        [Band::of(self.least), Band::of(self.most)]
    }

    /// The band, where it does not depend on what was not assessable.
    #[must_use]
    pub fn band(self) -> Option<Band> {
        let [least, most] = self.bands();
        (least == most).then_some(least)
    }
}

impl std::fmt::Display for Score {
    /// `5`, or `3-5`.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self.points() {
            Some(points) => write!(f, "{points}"),
            None => write!(f, "{}-{}", self.least, self.most),
        }
    }
}

/// How a score is graded.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Band {
    /// 0 to 2 points.
    Low,
    /// 3 or 4 points.
    Intermediate,
    /// 5 points or more.
    High,
}

impl Band {
    /// The band of so many points.
    #[must_use]
    pub fn of(points: u8) -> Self {
        match points {
            0..=2 => Self::Low,
            3..=4 => Self::Intermediate,
            _ => Self::High,
        }
    }

    /// In lower case.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Low => "low",
            Self::Intermediate => "intermediate",
            Self::High => "high",
        }
    }

    /// In how many patients of a hundred with such a score a leak was found, from one score of the
    /// band to another, as published of referred patients; none was published for the middle one.
    /// It is no probability for a patient: that depends on who is examined, and how.
    #[must_use]
    pub fn published_yield_percent(self) -> Option<[u8; 2]> {
        match self {
            Self::Low => Some([0, 7]),
            Self::Intermediate => None,
            Self::High => Some([67, 100]),
        }
    }
}
