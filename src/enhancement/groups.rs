//! Which group of regions a label belongs to, and what is assumed of its tissue.

use serde::{Deserialize, Serialize};

/// Regions that are told together.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Group {
    /// Grey matter of the cerebral cortex, hippocampus left out.
    Cortex,
    /// White matter of the cerebrum.
    White,
    /// Basal ganglia, thalamus, hippocampus and amygdala.
    Subcortical,
    /// Midbrain, pons and medulla.
    Brainstem,
    /// Cortex of the cerebellum.
    CerebellarCortex,
    /// White matter of the cerebellum.
    CerebellarWhite,
    /// Lateral ventricles without their inferior horns, where these have a label of their own.
    LateralVentricles,
    /// Third and fourth ventricle, aqueduct, inferior horns.
    OtherVentricles,
    /// Subarachnoid space over the convexity.
    Convexity,
    /// Cisterns, fissures and the space around the cord.
    Cisterns,
    /// CSF of which the label does not say where.
    Csf,
}

/// What a group is called, its T1 at 3 T without tracer, and from where that is.
struct Known {
    name: &'static str,
    t1_ms: f64,
    source: &'static str,
}

const GREY_NUCLEI: &str = "between caudate 1395 and putamen 1332 ms (Wright and others, IR-TSE); thalamus and hippocampus are not apart";
const NO_SOURCE: &str = "plausible, without a source";
const CSF: &str = "subarachnoid CSF (PMC10696635)";

impl Group {
    /// All of them, tissue first.
    pub const ALL: [Self; 11] = [
        Self::Cortex,
        Self::White,
        Self::Subcortical,
        Self::Brainstem,
        Self::CerebellarCortex,
        Self::CerebellarWhite,
        Self::LateralVentricles,
        Self::OtherVentricles,
        Self::Convexity,
        Self::Cisterns,
        Self::Csf,
    ];

    fn known(self) -> Known {
        let (name, t1_ms, source) = match self {
            Self::Cortex => ("cortex", 1607.0, "Wright and others, IR-TSE"),
            Self::White => ("white", 838.0, "Wright and others, IR-TSE"),
            Self::Subcortical => ("subcortical", 1360.0, GREY_NUCLEI),
            Self::Brainstem => ("brainstem", 950.0, NO_SOURCE),
            Self::CerebellarCortex => ("cerebellar_cortex", 1500.0, NO_SOURCE),
            Self::CerebellarWhite => ("cerebellar_white", 880.0, NO_SOURCE),
            Self::LateralVentricles => ("lateral_ventricles", 4308.7, CSF),
            Self::OtherVentricles => ("other_ventricles", 4308.7, CSF),
            Self::Convexity => ("convexity", 4308.7, CSF),
            Self::Cisterns => ("cisterns", 4308.7, CSF),
            Self::Csf => ("csf", 4308.7, CSF),
        };
        Known {
            name,
            t1_ms,
            source,
        }
    }

    /// In tables.
    #[must_use]
    pub fn name(self) -> &'static str {
        self.known().name
    }

    /// T1 at 3 T without tracer, ms.
    #[must_use]
    pub fn t1_ms(self) -> f64 {
        self.known().t1_ms
    }

    /// Where [`Group::t1_ms`] is from.
    #[must_use]
    pub fn t1_source(self) -> &'static str {
        self.known().source
    }

    /// By what share more tracer than is found may be in a region without a map of T1, whose voxels hold
    /// other tissue too; 0 where they do not. Measured on simulated heads, where a quarter is missed in the
    /// cortex of the cerebellum (`measured.md`).
    #[must_use]
    pub fn missed_share(self) -> f64 {
        match self {
            Self::CerebellarCortex => 0.4,
            Self::Subcortical => 0.2,
            _ => 0.0,
        }
    }

    /// Whether it is CSF, which gives next to no signal before the tracer.
    #[must_use]
    pub fn is_csf(self) -> bool {
        self >= Self::LateralVentricles
    }

    /// The group of a label of FreeSurfer's or SynthSeg's, which have the same numbers.
    #[must_use]
    pub fn of_freesurfer(label: u32) -> Option<Self> {
        Some(match label {
            3 | 42 | 1000..=1035 | 2000..=2035 => Self::Cortex,
            2 | 41 | 28 | 60 | 251..=255 | 3000..=3035 | 4000..=4035 => Self::White,
            10..=13 | 17 | 18 | 26 | 49..=54 | 58 => Self::Subcortical,
            16 => Self::Brainstem,
            8 | 47 => Self::CerebellarCortex,
            7 | 46 => Self::CerebellarWhite,
            4 | 43 => Self::LateralVentricles,
            5 | 44 | 14 | 15 => Self::OtherVentricles,
            24 | 257 => Self::Csf,
            _ => return None,
        })
    }

    /// The group of a region by its name, without regard to case, sides and separators.
    #[must_use]
    pub fn of_name(name: &str) -> Option<Self> {
        let letters: String = name
            .chars()
            .filter(|c| c.is_alphanumeric())
            .flat_map(char::to_lowercase)
            .collect();
        let has = |word: &str| letters.contains(word);
        let any = |words: &[&str]| words.iter().any(|word| has(word));
        Some(
            if any(&["choroid", "plexus", "vessel", "cyst"]) && !has("cistern") {
                return None;
            } else if letters.starts_with("ctx") {
                Self::Cortex
            } else if letters.starts_with("wmlh") || letters.starts_with("wmrh") {
                Self::White
            } else if has("lateralventricle") {
                Self::LateralVentricles
            } else if any(&[
                "inflatvent",
                "inferiorlateralvent",
                "ventricle",
                "monro",
                "aqueduct",
            ]) {
                Self::OtherVentricles
            } else if any(&["outersas", "convexity"]) {
                Self::Convexity
            } else if any(&["cistern", "sylvian", "spinalsas", "fissure"]) {
                Self::Cisterns
            } else if has("csf") || letters == "sas" {
                Self::Csf
            } else if has("cerebell") {
                match any(&["white", "wm"]) {
                    true => Self::CerebellarWhite,
                    false => Self::CerebellarCortex,
                }
            } else if any(&["brainstem", "pons", "medulla", "midbrain"]) {
                Self::Brainstem
            } else if any(&[
                "caudate",
                "putamen",
                "pallid",
                "thalamus",
                "accumbens",
                "amygdala",
                "hippocampus",
            ]) {
                Self::Subcortical
            } else if any(&["white", "corpuscallosum"]) {
                Self::White
            } else if any(&["cortex", "ctx"]) {
                Self::Cortex
            } else {
                return None;
            },
        )
    }
}
