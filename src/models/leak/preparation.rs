//! How a scan becomes a volume for a network: what is told of it.

use serde::{Deserialize, Serialize};
use std::fmt;
use std::str::FromStr;

/// How the values of a volume are scaled before a network is given them.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum IntensityScaling {
    /// They stay; the paper names no scaling.
    #[default]
    None,
    /// The smallest becomes 0 and the largest 1.
    MinMax,
    /// Mean 0 and standard deviation 1, over all voxels.
    ZScore,
    /// Mean 0 and standard deviation 1 over the voxels that are not 0, which stay 0.
    ZScoreNonzero,
    /// 0 stays 0 and tissue becomes 1 in the mean: the voxels above the mean of all that are not 0.
    Tissue,
}

impl IntensityScaling {
    const NAMES: [(&'static str, Self); 5] = [
        ("none", Self::None),
        ("min-max", Self::MinMax),
        ("z-score", Self::ZScore),
        ("z-score-nonzero", Self::ZScoreNonzero),
        ("tissue", Self::Tissue),
    ];
}

impl fmt::Display for IntensityScaling {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let found = Self::NAMES.iter().find(|(_, scaling)| scaling == self);
        f.write_str(found.map_or("", |(name, _)| name))
    }
}

impl FromStr for IntensityScaling {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let found = Self::NAMES.iter().find(|(name, _)| *name == text);
        found.map(|(_, scaling)| *scaling).ok_or_else(|| {
            let names = Self::NAMES.map(|(name, _)| name).join(", ");
            format!("{text:?} is none of {names}")
        })
    }
}

/// How a scan becomes a volume for a network.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct LeakPreparation {
    /// Voxels from left to right, from back to front and from the feet up.
    pub size: [usize; 3],
    /// Their size.
    pub spacing_mm: f64,
    /// How values are scaled.
    pub scaling: IntensityScaling,
}

impl LeakPreparation {
    /// Voxels along an axis at most: far above any scan.
    const LONGEST: usize = 2048;

    /// Whether it says what can be.
    ///
    /// # Errors
    /// The field that does not, with its value.
    pub fn check(&self) -> Result<(), (&'static str, String)> {
        let fits = |&n: &usize| (1..=Self::LONGEST).contains(&n);
        if !self.size.iter().all(fits) {
            return Err(("size", format!("{:?}", self.size)));
        }
        match self.spacing_mm.is_finite() && self.spacing_mm > 0.0 {
            true => Ok(()),
            false => Err(("spacing", self.spacing_mm.to_string())),
        }
    }
}

impl Default for LeakPreparation {
    /// That of the paper: 1 mm, zeros around up to 240 x 260 x 260. Which axis has 240 is not told
    /// there; here it is the one from left to right, along which a head is narrowest.
    fn default() -> Self {
        Self {
            size: [240, 260, 260],
            spacing_mm: 1.0,
            scaling: IntensityScaling::None,
        }
    }
}
