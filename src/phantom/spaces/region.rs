//! Where spaces lie: the values of the label map.

/// A region of the label map of a head with perivascular spaces.
#[repr(u8)]
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum SpaceRegion {
    /// Not the inside of the skull.
    Outside,
    /// White matter of the left hemisphere.
    WhiteLeft,
    /// White matter of the right hemisphere.
    WhiteRight,
    /// Caudate, putamen, pallidum and the internal capsule between them, left.
    BasalGangliaLeft,
    /// The same, right.
    BasalGangliaRight,
    /// The left thalamus.
    ThalamusLeft,
    /// The right thalamus.
    ThalamusRight,
    /// The left hippocampus, with the amygdala.
    HippocampusLeft,
    /// The right hippocampus, with the amygdala.
    HippocampusRight,
    /// The midbrain.
    Midbrain,
    /// Cortex, pons, medulla and cerebellum.
    OtherBrain,
    /// Cerebrospinal fluid.
    Fluid,
}

impl SpaceRegion {
    /// All, in the order of their numbers from 0.
    pub const ALL: [Self; 12] = [
        Self::Outside,
        Self::WhiteLeft,
        Self::WhiteRight,
        Self::BasalGangliaLeft,
        Self::BasalGangliaRight,
        Self::ThalamusLeft,
        Self::ThalamusRight,
        Self::HippocampusLeft,
        Self::HippocampusRight,
        Self::Midbrain,
        Self::OtherBrain,
        Self::Fluid,
    ];

    /// As in tables of labels.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Outside => "outside",
            Self::WhiteLeft => "white_matter_left",
            Self::WhiteRight => "white_matter_right",
            Self::BasalGangliaLeft => "basal_ganglia_left",
            Self::BasalGangliaRight => "basal_ganglia_right",
            Self::ThalamusLeft => "thalamus_left",
            Self::ThalamusRight => "thalamus_right",
            Self::HippocampusLeft => "hippocampus_left",
            Self::HippocampusRight => "hippocampus_right",
            Self::Midbrain => "midbrain",
            Self::OtherBrain => "other_brain",
            Self::Fluid => "csf",
        }
    }

    /// The region that is stored as this number.
    #[must_use]
    pub fn from_index(index: u8) -> Self {
        Self::ALL
            .get(usize::from(index))
            .copied()
            .unwrap_or(Self::Outside)
    }

    /// Of a left-sided region the right-sided one, where that is wanted.
    pub(in crate::phantom) fn on_side(self, right: bool) -> Self {
        Self::from_index(self as u8 + u8::from(right))
    }

    /// White matter of either side.
    #[must_use]
    pub fn is_white(self) -> bool {
        matches!(self, Self::WhiteLeft | Self::WhiteRight)
    }

    /// Basal ganglia of either side.
    #[must_use]
    pub fn is_basal_ganglia(self) -> bool {
        matches!(self, Self::BasalGangliaLeft | Self::BasalGangliaRight)
    }

    /// Hippocampus of either side.
    #[must_use]
    pub fn is_hippocampus(self) -> bool {
        matches!(self, Self::HippocampusLeft | Self::HippocampusRight)
    }

    /// Whether the region is on the right; `None` in the middle.
    #[must_use]
    pub fn is_right(self) -> Option<bool> {
        let name = self.name();
        match (name.ends_with("_left"), name.ends_with("_right")) {
            (false, false) => None,
            (_, right) => Some(right),
        }
    }
}
