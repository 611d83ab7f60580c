//! The figures of a study as scenes; documents and the window draw the same ones.

mod bars;
mod curves;
mod design;
mod forest;
mod heat_map;
mod pace;

pub use bars::bar_figure;
pub use curves::{CurvePoint, DrawnCurve, curve_figure, line_figure, scatter_figure};
pub use design::design_figure;
pub(crate) use forest::{alphas, alphas_of_arm};
pub(crate) use heat_map::{MOST_PANELS, transitions};
pub(crate) use pace::pace;
