//! What goes wrong.

/// Why a series says nothing.
#[derive(Clone, Debug, thiserror::Error, PartialEq, Eq)]
pub enum EnhancementError {
    /// A label map that is none, or lies elsewhere.
    #[error("not a label map of this series: {0}")]
    NoLabels(String),
    /// A map of T1 in a unit that is no time.
    #[error("Units of the map of T1 are {0:?}, where s or ms is wanted")]
    T1Units(String),
    /// A map of T1 with nothing in it.
    #[error("the map of T1 has no value above 0")]
    EmptyT1,
}
