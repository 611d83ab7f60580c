//! The machine that the program runs on.
//!
//! What it is: where each system keeps a user's files and how they are written there, what processor and
//! memory there are, and a record of each fault that the program did not expect. What it is not: it knows no
//! scans and no graphics.
//!
//! Invariant: what it says of a machine names neither the machine nor its user; a record of a fault is
//! cleaned of paths, names of files and quoted text before it is written; what is written for a user can be
//! opened by that user alone.

mod fault;
mod folders;
mod machine;
mod own_file;

pub use fault::{Fault, catching, faults_in, record_faults, without_own_names};
pub use folders::{
    data_folder, fault_folder, is_writable, settings_folder, shown_folder, state_folder,
};
pub use machine::{Machine, Memory};
pub use own_file::{Held, set_aside, write_own};
