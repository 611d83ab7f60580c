//! The four windows: the viewer of scans, a rater's reading window, the coordinator's window of a
//! study, and the form that writes a protocol. What they share is in `shell`.
//!
//! A panel looks at the state of its window and pushes commands, which run last. A command either
//! edits what is on show or requests work of a thread, the disk or the desktop. Whatever a command
//! does, the command line can do over the same library call.
//!
//! Invariants: nothing on a window's thread takes over 8 ms (files, pixels to the GPU and by the twin of
//! the shader, metrics and the ledger have threads of their own); an idle window repaints nothing; the
//! reading window is given a case code and pixels, never a volume, a path or a key; nothing is kept of what
//! is done in the reading window and in the coordinator's but in the study; no file uses another in a circle.

pub(crate) mod coordinator;
mod form;
mod reading;
mod settings;
mod shell;
mod viewer;

pub use coordinator::{
    CoordinatorApp, CoordinatorEdit, CoordinatorRequest, Page, Purpose, coordinate,
};
pub use form::{FormApp, FormRequest, design};
pub use reading::{ReadingApp, ReadingEdit, ReadingRequest, read};
pub use settings::{Settings, Theme};
pub use shell::{has_display, look_at_display, manual_of, path_text, typed_path, words_on_grounds};
pub use viewer::{
    Alignment, AlignmentDesk, Angle, AngleDesk, AngleEdit, App, CineDesk, ClusterOrder,
    CompareDesk, CompareEdit, CompareMode, CurveDesk, Desk, Edit, End, FirstScans, HandMotion,
    HeaderDesk, KeptDesk, KeptPlaces, Labels, Layer, Layout, Listing, ListingChoice, Look, Mark,
    Marks, MaskDesk, MaskEdit, MeasureDesk, MeasuredRegions, Moved, NetworkDesk, NetworkEdit,
    NetworkMap, NetworkMapKind, NetworkTask, Offer, PathPanel, PictureChoice, PictureDesk,
    PictureOf, PictureRenderer, PictureResolution, PlacedScan, Placement, PlaneLook, PlaneState,
    Played, PredictionDesk, Preset, Real, Recent, RegionDesk, RegionSeries, Request, Roi, RoiDesk,
    RoiEdit, RoiShape, Ruler, RulerDesk, RulerEdit, SESSION_ENDING, Said, SaidCount, SaidMap, Scan,
    ScanValues, Session, SheetEdit, ShownPrediction, Tool, ViewOf, WindowLink, WindowingDesk,
    Worksheet, WorksheetDesk, demo, is_session_file, mouse_and_keys, view,
};
