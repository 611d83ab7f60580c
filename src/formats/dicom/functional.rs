//! The functional groups of enhanced files: what differs from frame to frame, and what all share.

use super::dataset::Dataset;
use super::frame::Frame;
use super::{tags, when};

/// One frame for each that is stored. Where the file has fewer groups than frames the rest have
/// what the file says of itself.
pub(super) fn frames(dataset: &Dataset, common: &Frame, n_frames: usize) -> Vec<Frame> {
    let mut shared = common.clone();
    if let Some(group) = dataset.items(tags::SHARED_GROUPS).first() {
        apply(group, &mut shared);
    }
    let groups = dataset.items(tags::FRAME_GROUPS);
    let frame = |stored: usize| {
        let mut frame = shared.clone();
        frame.stored = stored;
        if let Some(group) = groups.get(stored) {
            apply(group, &mut frame);
        }
        frame
    };
    (0..n_frames).map(frame).collect()
}

/// Takes over what a group says.
fn apply(group: &Dataset, frame: &mut Frame) {
    let first = |tag| group.items(tag).first();
    if let Some(item) = first(tags::PLANE_POSITION) {
        frame.position = item.vector(tags::POSITION).or(frame.position);
    }
    if let Some(item) = first(tags::PLANE_ORIENTATION) {
        frame.orientation = item.vector(tags::ORIENTATION).or(frame.orientation);
    }
    if let Some(item) = first(tags::PIXEL_MEASURES) {
        frame.spacing_mm = item.vector(tags::PIXEL_SPACING).or(frame.spacing_mm);
        frame.depth_mm = depth_mm(item).or(frame.depth_mm);
    }
    if let Some(item) = first(tags::VALUE_TRANSFORMATION) {
        let slope = item.number(tags::SLOPE).filter(|&slope| slope != 0.0);
        frame.slope = slope.unwrap_or(frame.slope);
        frame.inter = item.number(tags::INTERCEPT).unwrap_or(frame.inter);
    }
    if let Some(item) = first(tags::MR_ECHO) {
        frame.echo_time_ms = item
            .number(tags::EFFECTIVE_ECHO_TIME)
            .or(frame.echo_time_ms);
    }
    if let Some(item) = first(tags::MR_FRAME_TYPE) {
        let kind = item.text(tags::FRAME_TYPE).unwrap_or_default();
        let component = item.text(tags::COMPLEX_COMPONENT).unwrap_or_default();
        frame.kind = format!("{kind}\\{component}");
    }
    if let Some(item) = first(tags::FRAME_CONTENT) {
        let at = item.text(tags::FRAME_DATE_TIME);
        frame.acquired = at.and_then(|at| when::date_time(&at)).or(frame.acquired);
        frame.stack = item.text(tags::STACK_ID).or(frame.stack.take());
        let index = item.number(tags::TEMPORAL_INDEX).map(|n| n as i64);
        frame.temporal = index.or(frame.temporal);
    }
    if let Some(item) = first(tags::PHILIPS_FRAME) {
        frame.precise = precise(item, frame.slope).or(frame.precise);
        frame.echo = item
            .number(tags::ECHO_NUMBER)
            .map(|n| n as i64)
            .or(frame.echo);
    }
}

/// The distance to a neighbour that is not there.
pub(super) fn depth_mm(dataset: &Dataset) -> Option<f64> {
    [tags::SPACING_BETWEEN_SLICES, tags::SLICE_THICKNESS]
        .iter()
        .find_map(|&tag| dataset.number(tag).map(f64::abs).filter(|&mm| mm > 0.0))
}

/// Philips: a precise value is the displayed one divided by the rescale slope and the scale
/// slope (Chenevert et al., doi:10.1593/tlo.13811).
pub(super) fn precise(dataset: &Dataset, rescale_slope: f64) -> Option<f64> {
    let divisor = rescale_slope * dataset.number(tags::PHILIPS_SCALE_SLOPE)?;
    (divisor.is_finite() && divisor != 0.0).then_some(divisor)
}

/// Centre and width of the window that the scanner suggests.
pub(super) fn window(dataset: &Dataset) -> Option<(f64, f64)> {
    let of = |dataset: &Dataset| {
        dataset
            .number(tags::WINDOW_CENTER)
            .zip(dataset.number(tags::WINDOW_WIDTH))
            .filter(|&(_, width)| width > 0.0)
    };
    let groups = [tags::SHARED_GROUPS, tags::FRAME_GROUPS];
    of(dataset).or_else(|| {
        groups.iter().find_map(|&tag| {
            let item = dataset.items(tag).first()?;
            of(item.items(tags::FRAME_VOI).first()?)
        })
    })
}
