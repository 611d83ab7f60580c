//! Measurements on a scan: distances, angles and regions that were drawn. Measured, put into a table, kept in
//! a file, and measured anew from that on the same scan or on another one in the same world.
//!
//! `measure` is what one is and what it measures, `file` how it is kept, `table` all of a scan, `anew` the
//! way from a file and a scan to a table, `shown` what of it a picture shows. The window and the command line
//! measure by one function, [`Measure::value`], and draw by one, [`measure_on_plane`].

mod anew;
mod file;
mod measure;
mod shown;
mod table;

pub use anew::{MeasureRequest, Measured, MeasuredPlace, measure, measured_place};
pub use file::{OpenedMeasures, open_measures};
pub use measure::{
    Measure, MeasureShape, MeasureValue, RegionMeasure, angle_deg, length_mm, why_no_values,
};
pub use shown::{
    angle_text, angle_words, is_region_on_plane, length_text, measure_on_plane, region_colour,
    ruler_words, strength_on_plane,
};
pub use table::{MeasureTable, MeasuredScan};
