//! Measurements of a file on pictures of scans.

use super::drawn::Drawn;
use super::{notify, remark};
use crate::volume::{Grid, Plane};
use crate::workflows::{
    Measure, OpenedMeasures, PictureLine, PicturePanel, PictureRequest, measure_on_plane,
    measured_place,
};
use std::path::PathBuf;

/// Moves the scan that measurements are of to where it was measured, as the window showed it; says so where
/// they are of none of these.
///
/// # Errors
/// When a scan cannot be opened.
pub(super) fn place_measured(
    measures: &OpenedMeasures,
    (paths, scans): (&[PathBuf], &mut [Drawn]),
) -> anyhow::Result<()> {
    let notify = notify();
    let mut is_of_one = false;
    for (path, scan) in paths.iter().zip(scans) {
        let place = measured_place(path, measures, &notify)?;
        is_of_one |= place.is_same;
        if let Some(moved) = place.shown_from_filed {
            scan.place(moved)?;
        }
    }
    drop(notify);
    if !is_of_one {
        remark(&format!(
            "warning: the measurements are of another scan, {}; they are drawn where they lie in the world",
            measures.scan.name
        ));
        if measures.scan.shown_from_filed.is_some() {
            remark(
                "warning: that scan was moved in the window; what is drawn lies where its file says",
            );
        }
    }
    Ok(())
}

/// The lines of measurements that a plane shows where it lies; `grid` is that of the first scan.
pub(super) fn lines(measures: &[Measure], at: (Plane, f64), grid: &Grid) -> Vec<PictureLine> {
    let lines = measures.iter();
    lines
        .filter_map(|measure| measure_on_plane(measure, at, grid))
        .collect()
}

/// Says how many measurements lie on none of the planes of a picture.
pub(super) fn tell_missing(measures: &[Measure], request: &PictureRequest, grid: &Grid) {
    let panels: Vec<&PicturePanel> = match request {
        PictureRequest::Still(figure) => figure.panels.iter().collect(),
        PictureRequest::Frames { figures, .. } => {
            let figures = figures.iter();
            figures.flat_map(|figure| &figure.panels).collect()
        }
        PictureRequest::Volumes(volumes) => volumes.figure.panels.iter().collect(),
    };
    let is_on = |measure: &Measure, panel: &PicturePanel| {
        let view = &panel.slice.view;
        let at_mm = view.to_world([0.0, 0.0])[view.plane.normal_axis()];
        measure_on_plane(measure, (view.plane, at_mm), grid).is_some()
    };
    let missing = measures.iter();
    let missing = missing.filter(|measure| !panels.iter().any(|panel| is_on(measure, panel)));
    let (n_missing, n) = (missing.count(), measures.len());
    if n_missing > 0 {
        remark(&format!(
            "{n_missing} of {n} measurements lie on none of the planes that are drawn"
        ));
    }
}
