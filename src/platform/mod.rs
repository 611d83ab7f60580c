//! The machine that the program runs on.
//!
//! What it is: where each system keeps a user's files, what processor and memory there are, and a record of
//! each fault that the program did not expect. What it is not: it knows no scans and no graphics.
//!
//! Invariant: what it says of a machine names neither the machine nor its user; a record of a fault is
//! cleaned of paths, names of files and quoted text before it is written.

mod fault;
mod folders;
mod machine;

pub use fault::{Fault, catching, faults_in, record_faults, without_own_names};
pub use folders::{data_folder, fault_folder, is_writable, shown_folder};
pub use machine::{Machine, Memory};
