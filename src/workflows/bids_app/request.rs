//! What is asked for.

use crate::formats::bids::data_set_name;
use crate::models::{DeviceChoice, Model};
use std::path::Path;

/// Which participants, what is done with each, and where it goes.
pub struct BidsAppRequest<'a> {
    /// The data set.
    pub data: &'a Path,
    /// The data set of derivatives to make, or to go on with.
    pub output: &'a Path,
    /// What follows `sub-`; all that there are where none is named.
    pub participants: &'a [String],
    /// What is done.
    pub task: BidsTask<'a>,
    /// The folder of `derivatives` whose label maps are taken.
    pub labels: Option<&'a str>,
    /// On what networks are computed.
    pub device: DeviceChoice,
    /// About as much memory is taken at once by a network that marks.
    pub most_bytes: usize,
}

/// What is done with each participant.
#[derive(Clone, Copy)]
pub enum BidsTask<'a> {
    /// Register, conform, measure, predict.
    Examine,
    /// Predict the planes of 24 h.
    Predict(&'a Model),
    /// Measure series that lie over each other.
    Quantify,
    /// Mark perivascular spaces on each T1-weighted scan.
    Segment(&'a Model),
    /// Count perivascular spaces on each T2-weighted scan.
    Count(&'a Model),
    /// Map what a network for leaks rests on, for each T1-weighted scan.
    Explain(&'a Model),
}

impl<'a> BidsTask<'a> {
    /// As it is called on the command line.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Examine => "examine",
            Self::Predict(_) => "predict",
            Self::Quantify => "quantify",
            Self::Segment(_) => "segment",
            Self::Count(_) => "count",
            Self::Explain(_) => "explain",
        }
    }

    pub(super) fn model(self) -> Option<&'a Model> {
        match self {
            Self::Examine | Self::Quantify => None,
            Self::Predict(model)
            | Self::Segment(model)
            | Self::Count(model)
            | Self::Explain(model) => Some(model),
        }
    }
}

/// By what a folder of results is known.
pub(super) fn data_set_of(task: &str) -> String {
    format!("Cisterna {task}")
}

/// Whether a folder holds results of a task.
pub(super) fn is_results(folder: &Path) -> bool {
    data_set_name(folder).is_some_and(|name| name.starts_with(&data_set_of("")))
}
