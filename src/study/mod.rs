//! A reading study: scale, cases, worklists, blinding, grades.
//!
//! What it is: the types and rules of a blinded study, and its plain files (the case list, the
//! key, the export).
//! What it is not: the store. Grades are kept by `ledger`; what is computed from them is `stats`
//! and `report`.
//!
//! Invariants: nothing that a rater is given (a [`Design`], a [`CaseImage`], a [`GradeEntry`])
//! names a patient, an arm, a path, or the seed from which the key could be drawn again; only the
//! [`Key`] does. The order of cases is stored, never computed again. Progress is derived from the
//! entries, never stored.

mod cases;
mod coordinator;
mod delimited;
mod design;
mod digest;
mod display;
mod draw;
mod equalise;
mod error;
mod event;
mod export;
pub(crate) mod files;
mod grades;
mod image;
mod judge;
mod key;
mod keys;
mod passphrase;
mod protocol;
mod receipt;
mod scale;
mod sealed;
mod sealed_image;
mod seed;
mod signing;
mod slip;
mod table;
mod tells;

pub use cases::{CaseRow, decode_cases, open_cases};
pub use coordinator::Coordinator;
pub use design::{CaseCode, Design, Slot, Worklist};
pub(crate) use digest::{Fields, hex};
pub use display::{DisplayRules, DisplayTest};
pub use equalise::{ArmPlanes, Equalise, Equalised};
pub use error::StudyError;
pub use event::{Circumstances, Event, EventKind, KEEPER};
pub use export::{
    CaseIdentity, DICTIONARY, Reading, ReadingStatus, audit_csv, audit_json_lines, dictionary_csv,
    export_csv, imrmc_csv, readings, rfc3339,
};
pub use files::{is_study_file, write_new, write_new_set};
pub use grades::{GradeDraft, GradeEntry, InstallmentProgress, RaterProgress, Verdict, standing};
pub use image::CaseImage;
pub use judge::{Judgement, judge};
pub use key::{Key, KeyEntry};
pub(crate) use keys::random_id;
pub use keys::{Enrolment, PublicKey, SecretKey, key_file, key_folder};
pub use passphrase::Passphrase;
pub use protocol::{Conditions, Example, Instructions, LaterInstallments, Protocol};
pub use receipt::{ChainHead, Receipt};
pub use scale::{Grade, Level, Scale};
pub use sealed_image::InstallmentKey;
pub use seed::Seed;
pub use signing::{Signature, Signed};
pub use slip::Slip;
pub use table::{
    GradeTable, ONLY_ARM, OpenedColumns, OpenedTable, REFERENCE_ARM, TableOptions, TableRow,
    open_truth,
};
pub use tells::{Tell, tells};
