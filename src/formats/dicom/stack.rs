//! Frames to volumes: which belong together, in what order they lie, and what is wrong with them.

use super::frame::Frame;
use crate::volume::{Affine, Grid, Orientation, VolumeError};
use nalgebra::Vector3;

/// Slices nearer to each other than this lie in the same place.
const SAME_PLACE_MM: f64 = 0.02;
/// Direction cosines further apart than this belong to different stacks.
const SAME_DIRECTION: f64 = 2e-3;
/// Slices may be off their regular place by this share of the spacing before it is said.
const UNEVEN: f64 = 0.05;
/// Echo times nearer to each other than this are one.
const SAME_ECHO_MS: f64 = 0.05;
const TILTED_DEG: f64 = 0.5;
/// Orientations, echoes and image types in one series; each frame is compared with all of them.
const MOST_KINDS: usize = 2000;

/// A frame: its file, and its number among the file's frames.
pub(super) type FrameId = (usize, usize);

/// One volume: its place and its slices, in order; `None` where one is missing.
#[derive(Clone, Debug)]
pub(super) struct Stack {
    pub(super) grid: Grid,
    pub(super) orientation: Orientation,
    pub(super) slices: Vec<Option<FrameId>>,
    pub(super) zooms_mm: [f64; 3],
    pub(super) warnings: Vec<String>,
}

/// A frame to be stacked.
#[derive(Clone, Copy)]
struct Slice<'a> {
    id: FrameId,
    frame: &'a Frame,
    /// Distance along the normal, in mm.
    depth_mm: f64,
}

/// All volumes that the frames of a series make, and what is wrong with the series.
pub(super) fn stacks(
    frames: &[(FrameId, &Frame)],
) -> Result<(Vec<Stack>, Vec<String>), VolumeError> {
    let mut warnings = Vec::new();
    let mut stacks = Vec::new();
    for alike in alike(frames, &mut warnings) {
        let placed = alike[0].1.position.is_some() && normal(alike[0].1).is_some();
        if placed {
            for alike in by_file(alike) {
                for slices in repeats(&alike, &mut warnings) {
                    stacks.push(placed_stack(&slices)?);
                }
            }
        } else {
            stacks.extend(unplaced(&alike)?);
        }
    }
    Ok((stacks, warnings))
}

fn vector(o: &[f64]) -> Vector3<f64> {
    Vector3::new(o[0], o[1], o[2])
}

/// Across the slice, from the row and the column direction; none for directions that are none.
fn normal(frame: &Frame) -> Option<Vector3<f64>> {
    let o = frame.orientation?;
    let (row, column) = (vector(&o[..3]), vector(&o[3..]));
    let across = row.cross(&column);
    (across.norm() > 0.1 && row.norm() > 0.1 && column.norm() > 0.1).then(|| across.normalize())
}

/// Groups of frames that could be slices of one volume, in the order of their first frame.
fn alike<'a>(
    frames: &[(FrameId, &'a Frame)],
    warnings: &mut Vec<String>,
) -> Vec<Vec<(FrameId, &'a Frame)>> {
    let mut groups: Vec<Vec<(FrameId, &Frame)>> = Vec::new();
    let mut n_left_out = 0;
    // Files of one frame each are slices, where they are numbered one after the other; a file of
    // several is a stack of its own.
    let mut numbers: Vec<i64> = frames.iter().map(|(_, frame)| frame.instance).collect();
    numbers.sort_unstable();
    let is_single = frames.iter().all(|((_, at), _)| *at == 0)
        && numbers.windows(2).all(|pair| pair[1] == pair[0] + 1);
    for &(id, frame) in frames {
        let may_grow = groups.len() < MOST_KINDS;
        // From the back: neighbours in a file mostly belong together.
        let group = groups
            .iter_mut()
            .rev()
            .find(|group| belongs(frame, group[0].1, is_single || id.0 == group[0].0.0));
        match group {
            Some(group) => group.push((id, frame)),
            None if may_grow => groups.push(vec![(id, frame)]),
            None => n_left_out += 1,
        }
    }
    if n_left_out > 0 {
        warnings.push(format!(
            "{n_left_out} frames are left out: the series has more than {MOST_KINDS} kinds of them"
        ));
    }
    groups
}

/// `together`: frames without a place may be stacked.
fn belongs(a: &Frame, b: &Frame, together: bool) -> bool {
    let close =
        |a: &[f64], b: &[f64], within: f64| a.iter().zip(b).all(|(a, b)| (a - b).abs() <= within);
    let same_directions = match (&a.orientation, &b.orientation) {
        (Some(a), Some(b)) => close(a, b, SAME_DIRECTION),
        (None, None) => true,
        _ => false,
    };
    let same_spacing = match (&a.spacing_mm, &b.spacing_mm) {
        (Some(a), Some(b)) => close(a, b, 1e-3 * b[0].abs()),
        (None, None) => true,
        _ => false,
    };
    let same_echo = match (a.echo_time_ms, b.echo_time_ms) {
        (Some(a), Some(b)) => (a - b).abs() <= SAME_ECHO_MS,
        (None, None) => true,
        _ => false,
    };
    (a.rows, a.columns) == (b.rows, b.columns)
        && same_directions
        && same_spacing
        && a.kind == b.kind
        && a.echo == b.echo
        && same_echo
        && a.stack == b.stack
        && a.position.is_some() == b.position.is_some()
        && (a.position.is_some() || together)
}

/// Keeps files apart that hold a volume each: a scanner that follows the head puts each of them
/// into a place of its own.
fn by_file(alike: Vec<(FrameId, &Frame)>) -> Vec<Vec<(FrameId, &Frame)>> {
    let mut files = std::collections::BTreeMap::<usize, Vec<(FrameId, &Frame)>>::new();
    for &(id, frame) in &alike {
        files.entry(id.0).or_default().push((id, frame));
    }
    let across = normal(alike[0].1).unwrap_or_else(Vector3::z);
    let (mut last_start, mut first_end) = (f64::NEG_INFINITY, f64::INFINITY);
    for frames in files.values() {
        let depths = || {
            let places = frames.iter().filter_map(|(_, frame)| frame.position);
            places.map(|place| across.dot(&vector(&place)))
        };
        last_start = last_start.max(depths().fold(f64::INFINITY, f64::min));
        first_end = first_end.min(depths().fold(f64::NEG_INFINITY, f64::max));
    }
    let n = alike.len() / files.len();
    let is_volume_each = n > 1 && files.values().all(|frames| frames.len() == n);
    if files.len() < 2 || !is_volume_each || last_start >= first_end {
        return vec![alike];
    }
    let mut files: Vec<_> = files.into_values().collect();
    files.sort_by_key(|frames| taken(frames[0].0, frames[0].1));
    files
}

/// Splits frames that lie in the same places into volumes.
fn repeats<'a>(alike: &[(FrameId, &'a Frame)], warnings: &mut Vec<String>) -> Vec<Vec<Slice<'a>>> {
    let across = normal(alike[0].1).unwrap_or_else(Vector3::z);
    let mut slices: Vec<Slice<'_>> = alike
        .iter()
        .map(|&(id, frame)| Slice {
            id,
            frame,
            depth_mm: across.dot(&vector(&frame.position.unwrap_or_default())),
        })
        .collect();
    slices.sort_by(|a, b| a.depth_mm.total_cmp(&b.depth_mm));
    let mut places: Vec<Vec<Slice<'_>>> = Vec::new();
    for slice in slices {
        match places.last_mut() {
            Some(place) if slice.depth_mm - place[0].depth_mm < SAME_PLACE_MM => place.push(slice),
            _ => places.push(vec![slice]),
        }
    }
    for place in &mut places {
        place.sort_by_key(|slice| taken(slice.id, slice.frame));
    }
    let most = places.iter().map(Vec::len).max().unwrap_or(0);
    between_acquisitions(&places, warnings);
    if places.len() == 1 && most > 1 {
        let is_timed = |slice: &Slice<'_>| {
            let first = places[0][0].frame;
            slice.frame.temporal != first.temporal || slice.frame.acquired != first.acquired
        };
        if !places[0].iter().any(is_timed) {
            warnings.push(format!(
                "all {most} images lie in one place and were taken at one time, as far as is said: \
                 they are shown as {most} volumes of one slice"
            ));
        }
    }
    if places.iter().all(|place| place.len() == most) {
        return (0..most)
            .map(|n| places.iter().map(|place| place[n]).collect())
            .collect();
    }
    uneven_repeats(&places, most, warnings)
}

/// Says where the slices of two acquisitions lie between each other, in places of their own.
fn between_acquisitions(places: &[Vec<Slice<'_>>], warnings: &mut Vec<String>) {
    let numbers: Vec<Option<i64>> = places
        .iter()
        .map(|place| place[0].frame.acquisition)
        .collect();
    let is_alone = places.iter().all(|place| {
        let first = place[0].frame.acquisition;
        place.iter().all(|slice| slice.frame.acquisition == first)
    });
    let n_changes = numbers.windows(2).filter(|pair| pair[0] != pair[1]).count();
    let mut kinds = numbers.clone();
    kinds.sort_unstable();
    kinds.dedup();
    if is_alone && kinds.len() > 1 && n_changes >= 2 * kinds.len() {
        warnings.push(format!(
            "slices of {} acquisitions lie between each other (AcquisitionNumber changes {n_changes} \
             times along the stack): stripes may be theirs",
            kinds.len()
        ));
    }
}

/// Frames in one place are distinguished by when they were taken.
fn taken(
    id: FrameId,
    frame: &Frame,
) -> (Option<i64>, Option<time::PrimitiveDateTime>, i64, FrameId) {
    (frame.temporal, frame.acquired, frame.instance, id)
}

/// Some places have more frames than others.
fn uneven_repeats<'a>(
    places: &[Vec<Slice<'a>>],
    most: usize,
    warnings: &mut Vec<String>,
) -> Vec<Vec<Slice<'a>>> {
    let keys: [fn(&Frame) -> Option<i64>; 2] = [|f| f.temporal, |f| f.acquisition];
    for key in keys {
        if let Some(volumes) = by_key(places, most, key) {
            return whole_ones(volumes, warnings);
        }
    }
    // What most places have is how many volumes there are.
    let mut n_places = std::collections::BTreeMap::<usize, usize>::new();
    for place in places {
        *n_places.entry(place.len()).or_default() += 1;
    }
    let n_volumes = n_places
        .iter()
        .max_by_key(|&(n, count)| (count, n))
        .map_or(1, |(n, _)| *n);
    let extra: usize = places
        .iter()
        .map(|place| place.len().saturating_sub(n_volumes))
        .sum();
    if extra > 0 {
        warnings.push(format!(
            "{extra} slices lie where another does already and are left out"
        ));
    }
    let volume = |n: usize| {
        places
            .iter()
            .filter_map(|place| place.get(n).copied())
            .collect()
    };
    whole_ones((0..n_volumes).map(volume).collect(), warnings)
}

/// Volumes by a number that each frame carries, where that leaves no place taken twice.
fn by_key<'a>(
    places: &[Vec<Slice<'a>>],
    most: usize,
    key: fn(&Frame) -> Option<i64>,
) -> Option<Vec<Vec<Slice<'a>>>> {
    let mut volumes = std::collections::BTreeMap::<i64, Vec<Slice<'_>>>::new();
    for place in places {
        let mut seen = std::collections::HashSet::new();
        for slice in place {
            let key = key(slice.frame)?;
            if !seen.insert(key) {
                return None;
            }
            volumes.entry(key).or_default().push(*slice);
        }
    }
    (volumes.len() == most && most > 1).then(|| volumes.into_values().collect())
}

/// Leaves out volumes with fewer slices than the fullest, and says so.
fn whole_ones<'a>(volumes: Vec<Vec<Slice<'a>>>, warnings: &mut Vec<String>) -> Vec<Vec<Slice<'a>>> {
    let full = volumes.iter().map(Vec::len).max().unwrap_or(0);
    let (whole, parts): (Vec<_>, Vec<_>) = volumes.into_iter().partition(|v| v.len() == full);
    if !parts.is_empty() {
        warnings.push(format!(
            "{} of {} volumes have fewer than {full} slices and are left out",
            parts.len(),
            parts.len() + whole.len()
        ));
    }
    whole
}

/// A volume of slices in the order of their depth.
fn placed_stack(slices: &[Slice<'_>]) -> Result<Stack, VolumeError> {
    let first = slices[0].frame;
    let o = first.orientation.unwrap_or_default();
    let (row, column) = (vector(&o[..3]).normalize(), vector(&o[3..]).normalize());
    let across = row.cross(&column).normalize();
    let mut warnings = Vec::new();
    let at = numbered(slices, &mut warnings);
    let n = at.last().map_or(1, |last| last + 1);
    let place = |slice: &Slice<'_>| vector(&slice.frame.position.unwrap_or_default());
    let (start, end) = (place(&slices[0]), place(&slices[slices.len() - 1]));
    let step = if n > 1 {
        (end - start) / (n - 1) as f64
    } else {
        across * first.depth_mm.unwrap_or(1.0)
    };
    if n > 1 {
        // How far each slice is from where the grid has it.
        let off_mm = slices.iter().zip(&at).fold(0.0_f64, |off, (slice, &k)| {
            off.max((place(slice) - start - step * k as f64).norm())
        });
        if off_mm > (UNEVEN * step.norm()).max(SAME_PLACE_MM) {
            warnings.push(format!(
                "the slices are not evenly spaced: they lie up to {off_mm:.2} mm from where they are shown"
            ));
        }
        let tilt_deg = step
            .normalize()
            .dot(&across)
            .abs()
            .min(1.0)
            .acos()
            .to_degrees();
        if tilt_deg > TILTED_DEG {
            warnings.push(format!(
                "the slices are shifted against each other (gantry tilt of {tilt_deg:.1} degrees); they are shown in their places"
            ));
        }
    }
    let [between_rows, between_columns] = first.spacing_mm.unwrap_or([1.0; 2]);
    if first.spacing_mm.is_none() {
        warnings.push("PixelSpacing is absent: pixels of 1 mm are assumed".to_owned());
    }
    let columns = [row * between_columns, column * between_rows, step, start];
    let mut slots = vec![None; n];
    for (slice, &k) in slices.iter().zip(&at) {
        slots[k] = Some(slice.id);
    }
    Ok(Stack {
        grid: Grid::new([first.columns, first.rows, n], ras_from_lps(&columns))?,
        orientation: Orientation::Known,
        slices: slots,
        zooms_mm: [between_columns, between_rows, step.norm()],
        warnings,
    })
}

/// The number of each slice on an even grid: gaps of whole slices are kept open.
fn numbered(slices: &[Slice<'_>], warnings: &mut Vec<String>) -> Vec<usize> {
    let mut gaps: Vec<f64> = slices
        .windows(2)
        .map(|pair| pair[1].depth_mm - pair[0].depth_mm)
        .collect();
    let in_order: Vec<usize> = (0..slices.len()).collect();
    let own = gaps.clone();
    gaps.sort_by(f64::total_cmp);
    let Some(&middle) = gaps.get(gaps.len() / 2) else {
        return in_order;
    };
    let mut at = vec![0];
    for gap in own {
        let steps = (gap / middle).round().max(1.0);
        // Not a number of whole slices: uneven, which is said elsewhere.
        if (gap / middle - steps).abs() > 0.2 || steps > slices.len() as f64 {
            return in_order;
        }
        at.push(at[at.len() - 1] + steps as usize);
    }
    let n = at[at.len() - 1] + 1;
    let n_missing = n - slices.len();
    if n_missing == 0 || n_missing > slices.len() {
        return in_order;
    }
    let missing: Vec<String> = (0..n)
        .filter(|k| at.binary_search(k).is_err())
        .take(5)
        .map(|k| k.to_string())
        .collect();
    warnings.push(format!(
        "{n_missing} of {n} slices are missing (counted from 0: {}) and are shown empty",
        missing.join(", ")
    ));
    at
}

/// Frames without a place, one behind the other; their orientation is a guess.
fn unplaced(frames: &[(FrameId, &Frame)]) -> Result<Vec<Stack>, VolumeError> {
    let first = frames[0].1;
    let dims = [first.columns, first.rows, frames.len()];
    let [between_rows, between_columns] = first.spacing_mm.unwrap_or([1.0; 2]);
    let zooms_mm = [between_columns, between_rows, first.depth_mm.unwrap_or(1.0)];
    // As a picture is looked at: columns to the patient's left, rows down; in the middle.
    let signs = [-1.0, -1.0, 1.0];
    let mut affine = Affine::identity();
    for axis in 0..3 {
        let size = signs[axis] * zooms_mm[axis];
        affine[(axis, axis)] = size;
        affine[(axis, 3)] = -size * (dims[axis] as f64 - 1.0) / 2.0;
    }
    Ok(vec![Stack {
        grid: Grid::new(dims, affine)?,
        orientation: Orientation::Unknown,
        slices: frames.iter().map(|(id, _)| Some(*id)).collect(),
        zooms_mm,
        warnings: vec![
            "ImagePositionPatient or ImageOrientationPatient is absent: left and right are unknown"
                .to_owned(),
        ],
    }])
}

/// Steps along the three voxel axes and the first voxel's place, from LPS+ to RAS+.
fn ras_from_lps(columns: &[Vector3<f64>; 4]) -> Affine {
    let mut affine = Affine::identity();
    for (at, column) in columns.iter().enumerate() {
        for (row, sign) in [-1.0, -1.0, 1.0].iter().enumerate() {
            affine[(row, at)] = sign * column[row];
        }
    }
    affine
}
