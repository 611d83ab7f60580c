//! Measurements on a scan: distances, angles and regions that were drawn. Measured, put into a table, kept in
//! a file, and measured anew from that on the same scan or on another one in the same world.
//!
//! `measure` is what one is and what it measures, `file` how it is kept, `table` all of a scan, `anew` the
//! way from a file and a scan to a table. The window and the command line measure by one function,
//! [`Measure::value`].

mod anew;
mod file;
mod measure;
mod table;

pub use anew::{MeasureRequest, Measured, measure};
pub use file::{OpenedMeasures, open_measures};
pub use measure::{
    Measure, MeasureShape, MeasureValue, RegionMeasure, angle_deg, length_mm, why_no_values,
};
pub use table::{MeasureTable, MeasuredScan};
