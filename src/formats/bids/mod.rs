//! BIDS data sets: where files go, what they are called, and the text files beside the scans
//! (Brain Imaging Data Structure 1.9).

mod files;
mod labels;
mod name;
mod ratings;
mod scans;
mod table;

pub use files::{
    DESCRIPTION, DatasetDescription, data_set_name, is_fat_suppressed, is_simulated, orbital_fat,
    sidecar_of, sidecar_path, write_json, write_text, write_tsv,
};
pub use labels::label_table;
pub use name::{NameError, ScanName};
pub use ratings::{Ratings, ratings};
pub(super) use scans::inherited_hours;
pub use scans::{BidsScan, is_data_set, scans, t1w_scans};
pub(super) use table::TsvTable;
pub use table::{Participants, add_participant, participants};
