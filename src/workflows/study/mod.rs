//! Reading studies: drawn, made, and what leaves them.

mod design;
mod make;
mod outputs;
mod pictures;

pub use design::{DESIGN_DRAWS, DesignPreview, InstallmentCounts};
pub use make::{MadeStudy, create_study, enrolled_keys};
pub use outputs::{sealed_table, study_data, write_everything};
pub use pictures::{open_planes, scan_planes};
