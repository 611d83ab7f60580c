//! Training, whatever is learned: the loop, the optimiser, schedules, and checkpoints from which a
//! training goes on to the same bits. What differs from task to task is a [`Task`].

mod adam;
mod learned;
mod task;
mod training;

pub use adam::Adam;
pub use learned::{InitialNetwork, Learned, Split};
pub use task::{
    EpochMetrics, RateSchedule, RunSettings, Samples, Step, Task, TrainError, TrainingProgress,
};
pub use training::{Begin, FinishedTraining, train};
