//! What the four windows have in common: how a window is opened, what its panels push, the threads
//! beside it, paths and file dialogs, colours, what the mouse does to pictures, the manual.
//!
//! It knows no scan and no study.

mod command;
mod jobs;
mod keeper;
mod manual;
mod mouse;
pub(super) mod new_passphrase;
mod path;
mod picker;
mod probe;
pub(super) mod theme;
mod widgets;
mod window;

pub(super) use command::{Command, Commands};
pub(super) use jobs::{Job, Jobs};
pub(super) use keeper::{Keep, Keeper, Outbox};
pub(super) use manual::Manual;
pub use manual::manual_of;
pub(super) use mouse::{Wheel, wheel, window_by_drag, zoom_by_drag, zoom_by_wheel};
pub(super) use path::typed_paths;
pub use path::{path_text, typed_path};
pub(super) use picker::{Filters, PickKind, Picker};
pub use probe::look_at_display;
pub use theme::words_on_grounds;
pub(super) use widgets::{
    closes, error_ui, is_typing, labelled, modal, notice_frame, page_frame, shadowed, told,
};
pub use window::has_display;
pub(super) use window::{dropped_files, run_window};
