//! The task of paper 002 (Faghani et al. 2024, doi 10.3174/ajnr.A8173): from one volume of a head after
//! contrast, whether a leak of CSF is likely to be found.
//!
//! What it is: how a scan becomes the volume that a network is given, what the network's numbers mean,
//! how it is trained, and what a prediction came from. What it is not: a network, or how one is explained.

mod augment;
pub(super) mod card;
mod heads;
mod input;
mod predict;
mod preparation;
mod ranges;
mod settings;
mod training;
mod traits;

pub use card::{LeakCard, LeakEvaluation, LeakTraining, purpose, purpose_of_trained};
pub use heads::{
    BERN_COLUMN, HeadsError, LABEL_COLUMN, LeakHead, LeakHeads, first_of, folds, inner_split,
    open_heads,
};
pub use input::{InputError, LeakInput, prepared, prepared_grid, stored, tissue_levels};
pub use predict::{
    InputMode, LeakPredictError, LeakPrediction, LeakPredictor, LeakProvenance, LeakWriteError,
    leak_card,
};
pub use preparation::{IntensityScaling, LeakPreparation};
pub use settings::{LeakNetwork, LeakRecipe, LeakSettings};
pub use training::{Auroc, LEAK_METRICS, TrainedLeak, train_leak_network};
pub use traits::{N_TRAITS, traits_of};
