//! From the magnitude to stored numbers.

/// Values that are cut off below and above and stored in so many steps.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Window {
    /// What becomes 0, and what becomes the highest number, in units of the signal of white matter after
    /// the gamma.
    pub of_white: [f64; 2],
    /// The highest number.
    pub most_counts: u16,
}

/// How a scanner, an archive or a conversion stores values.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Export {
    /// The power of the signal, in units of that of white matter; 1 for none.
    pub gamma: f64,
    /// The range that is kept, where not all is.
    pub window: Option<Window>,
    /// Without a window: what white matter before the tracer gets in a scan of gain 1.
    pub counts_of_white: f64,
}

impl Export {
    /// The number that a signal is stored as, in units of the signal of white matter. A scan's own gain
    /// makes counts of scans differ; a window goes with it, as it is set by what the scan holds.
    #[must_use]
    pub fn counts(&self, of_white: f32, gain: f32) -> i16 {
        let bent = if self.gamma == 1.0 {
            of_white
        } else {
            of_white.max(0.0).powf(self.gamma as f32)
        };
        let (counts, most) = match self.window {
            None => {
                let counts = bent * self.counts_of_white as f32 * gain;
                (counts, f32::from(i16::MAX))
            }
            Some(window) => {
                let [low, high] = window.of_white.map(|of| of as f32);
                let most = f32::from(window.most_counts);
                (most * (bent - low) / (high - low), most)
            }
        };
        counts.round().clamp(0.0, most) as i16
    }
}
