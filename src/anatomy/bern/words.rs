//! What is said of items and scores, the same in the window and on the command line.

use super::{Band, Item, Score};

impl Item {
    /// What it is called.
    #[must_use]
    pub fn title(self) -> &'static str {
        match self {
            Self::Pachymeningeal => "Pachymeningeal enhancement",
            Self::Venous => "Venous sinus engorgement",
            Self::Suprasellar => "Suprasellar cistern",
            Self::Subdural => "Subdural collection",
            Self::Prepontine => "Prepontine cistern",
            Self::Mamillopontine => "Mamillopontine distance",
        }
    }

    /// How it is judged or measured, in sentences.
    #[must_use]
    pub fn definition(self) -> &'static str {
        match self {
            Self::Pachymeningeal => {
                "Smooth, diffuse enhancement of the dura on both sides, above and below the tentorium; not of the leptomeninges, and not at one place only."
            }
            Self::Venous => {
                "In a sagittal cut through its middle, the lower wall of the dominant transverse sinus is convex. Normally it is straight or concave."
            }
            Self::Suprasellar => {
                "In the midsagittal plane, from the underside of the optic chiasm to the plane of the diaphragma sellae."
            }
            Self::Subdural => {
                "Fluid or blood under the dura over the convexity: hygroma or haematoma."
            }
            Self::Prepontine => {
                "In the midsagittal plane, the shortest line from the clivus to the front of the pons, normal to the clivus, over the middle third of the pons."
            }
            Self::Mamillopontine => {
                "In the midsagittal plane, from the underside of a mamillary body to the top of the pons."
            }
        }
    }
}

impl Score {
    /// The band, or both where it depends on what was not assessable.
    #[must_use]
    pub fn band_words(self) -> String {
        match self.bands() {
            [least, most] if least == most => least.name().to_owned(),
            [least, most] => format!("{} to {}", least.name(), most.name()),
        }
    }

    /// What was found in others with such a score.
    #[must_use]
    pub fn yield_words(self) -> String {
        match self.band().map(Band::published_yield_percent) {
            Some(Some([low, high])) => format!("published yield of that band {low} to {high} %"),
            Some(None) => "no yield was published for that band".to_owned(),
            None => "the band depends on what was not assessable".to_owned(),
        }
    }

    /// What a score is not.
    pub const NOTICE: &str = "The yield is what was found in referred patients, no probability for this one: cisterns of normal heads are often small. Research use only, not a medical device.";
}
