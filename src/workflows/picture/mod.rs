//! Pictures of scans to be handed on: a pane, several, a sheet of slices, a movie. With the letters of the
//! sides, a scale bar, the colours of overlays, and what they came from.
//!
//! What is drawn is drawn by the twin of the shader, at the size that is asked for; a window's pixels are
//! not looked at. Neither door decides what such a picture looks like.
//!
//! Invariant: nothing is written onto a picture or into its file that is not in the [`PictureFigure`]. Who
//! makes one says by whose names scans go.

mod arrange;
mod capture;
mod compose;
mod encode;
mod figure;
mod marks;
mod words;
mod write;

pub use arrange::{in_rows, lightbox_positions, scale_for};
pub use figure::{
    PictureBar, PictureFigure, PictureLine, PicturePanel, PicturePatient, PictureRequest,
    PictureVolume, VolumeFrames,
};
pub use words::{
    PICTURE_NOTICE, hours_text, labels_text, number_text, place_text, role_text, shortened,
    side_text, stack_text, volume_text, window_text,
};
pub use write::{picture_pixels, write_new_picture, write_picture};
