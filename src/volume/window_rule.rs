//! Windows by a rule. The numbers of MR have no unit, so that each rule goes by what values there are.

use super::window::{is_mostly_zero, percentiles, percentiles_of};
use super::{Histogram, Volume, Window};

/// By what a window is set.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum WindowRule {
    /// From the least value to the greatest.
    Full,
    /// From the 1st to the 99th percentile.
    Most,
    /// As scans open: [`Window::auto`].
    Auto,
    /// Of what is brighter than the background the 2nd to the 98th percentile.
    Tissue,
    /// From the median of that on to the 99.9th percentile of all.
    Bright,
    /// From the 1st percentile of all to the median of that.
    Dark,
}

impl WindowRule {
    /// All, in the order of their keys.
    pub const ALL: [Self; 6] = [
        Self::Full,
        Self::Most,
        Self::Auto,
        Self::Tissue,
        Self::Bright,
        Self::Dark,
    ];

    /// What it is called.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Full => "Full range",
            Self::Most => "1 to 99 %",
            Self::Auto => "Automatic",
            Self::Tissue => "Tissue",
            Self::Bright => "Bright",
            Self::Dark => "Dark",
        }
    }

    /// What it is called on the command line.
    #[must_use]
    pub fn key(self) -> &'static str {
        match self {
            Self::Full => "full",
            Self::Most => "most",
            Self::Auto => "auto",
            Self::Tissue => "tissue",
            Self::Bright => "bright",
            Self::Dark => "dark",
        }
    }

    /// What it is, in words.
    #[must_use]
    pub fn words(self) -> &'static str {
        match self {
            Self::Full => "The least value to the greatest",
            Self::Most => {
                "1st to 99th percentile, without zeros where they are more than half of the values"
            }
            Self::Auto => {
                "As a scan opens: 2nd to 98th percentile, without zeros where they are more than half"
            }
            Self::Tissue => {
                "2nd to 98th percentile of what is brighter than the background (Otsu's threshold)"
            }
            Self::Bright => {
                "Median of the tissue to the 99.9th percentile of all: enhanced CSF, vessels, fat"
            }
            Self::Dark => {
                "1st percentile of all to the median of the tissue: CSF, and faint enhancement in it"
            }
        }
    }

    /// The window of a volume by each rule, in the order of [`WindowRule::ALL`]; `None` where its ends
    /// would be one value. For a job: it takes some passes.
    #[must_use]
    pub fn windows(volume: &Volume, histogram: &Histogram) -> [Option<Window>; 6] {
        let values = volume.values();
        let window = |[low, high]: [f32; 2]| (low < high).then(|| Window::new(low, high));
        let most = percentiles(values, is_mostly_zero(values), [0.01, 0.99]);
        let all = percentiles(values, false, [0.01, 0.999]);
        let tissue = histogram.otsu().and_then(|threshold| {
            let is_tissue = |value: f32| f64::from(value) >= threshold;
            percentiles_of(values, is_tissue, [0.02, 0.5, 0.98])
        });
        let of_both = tissue.zip(all);
        Self::ALL.map(|rule| match rule {
            Self::Full => window(histogram.ends),
            Self::Most => window(most?),
            // Where all values are alike it gives a window too.
            Self::Auto => Some(Window::auto(volume)),
            Self::Tissue => tissue.and_then(|[low, _, high]| window([low, high])),
            Self::Bright => of_both.and_then(|([_, middle, _], [_, high])| window([middle, high])),
            Self::Dark => of_both.and_then(|([_, middle, _], [low, _])| window([low, middle])),
        })
    }

    /// The window of a volume by this rule; as [`WindowRule::windows`] has it.
    #[must_use]
    pub fn window(self, volume: &Volume) -> Option<Window> {
        let histogram = Histogram::of(volume)?;
        let place = Self::ALL.iter().position(|rule| *rule == self)?;
        Self::windows(volume, &histogram)[place]
    }
}
