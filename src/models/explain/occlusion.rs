//! Occlusion sensitivity (Zeiler and Fergus 2014): a box of the volume is filled with one value, and
//! how far the numbers of the network fall is noted at its voxels.
//!
//! The boxes lie as those of MONAI's `OcclusionSensitivity` do, and a voxel gets the mean over the
//! boxes that hold it. That class keeps the number with the box filled, of which lower means that the
//! box mattered; here that is `occluded`, and `drop` is the number of the whole volume minus it.
//!
//! A network on the processor is not computed anew for each box: what it makes of the whole
//! volume is kept, and only voxels that the box can reach are computed. That is exact, but for the
//! rounding of sums. A box that holds the filling already changes nothing and is passed over.

use crate::models::device::DeviceFailed;
use crate::models::processor::{FoldedClassifier, Workspace};
use rayon::prelude::*;
use std::ops::Range;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

/// Boxes that go through the layers side by side on a thread, so that weights are fetched once for them:
/// at most eight, and fewer of volumes so large that their maps would fill the memory and not the cache.
const MOST_TOGETHER: usize = 8;
const VOXELS_TOGETHER: usize = 9_000_000;

/// Which boxes are filled, and with what.
#[derive(Clone, Debug, PartialEq)]
pub struct OcclusionPlan {
    /// Voxels of a box along each axis.
    pub patch: [usize; 3],
    /// From one box to the next.
    pub stride: [usize; 3],
    /// What stands in a box, for each channel.
    pub fill: Vec<f32>,
    /// Only boxes of this part of the volume, from the first voxel up to but not the second one.
    pub part: Option<[[usize; 3]; 2]>,
    /// Whether each box is computed from the beginning although that need not be.
    pub from_the_beginning: bool,
}

/// Where boxes begin along each axis: every so many voxels, the last moved back so that it ends with
/// the volume.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Positions([Vec<usize>; 3]);

/// What was found.
#[derive(Clone, Debug)]
pub struct OcclusionMap {
    /// What the network makes of the volume as it is.
    pub numbers: Vec<f32>,
    /// For each number, voxel by voxel as the volume: with the box filled. Not a number where no box
    /// was laid.
    pub occluded: Vec<Vec<f32>>,
    /// The boxes that were laid, each from a voxel up to but not another, with what the network makes of
    /// the volume with that box filled.
    pub boxes: Vec<([[usize; 3]; 2], Vec<f32>)>,
    /// Boxes that were laid.
    pub n_positions: usize,
    /// Of these, those that held the filling already.
    pub n_unchanged: usize,
}

/// Why there is no map.
#[derive(Debug, thiserror::Error)]
pub enum OcclusionError {
    /// Boxes that cannot be laid.
    #[error("{field} must be {rule}, not {value:?}")]
    Plan {
        /// Of what.
        field: &'static str,
        /// What it must be.
        rule: String,
        /// What it is.
        value: [usize; 3],
    },
    /// The device failed.
    #[error(transparent)]
    Device(#[from] DeviceFailed),
    /// The caller asked to stop.
    #[error("stopped")]
    Stopped,
}

impl Positions {
    /// Those of a plan in a volume.
    ///
    /// # Errors
    /// When boxes are empty, larger than the volume or leave voxels out between them.
    pub fn of(plan: &OcclusionPlan, size: [usize; 3]) -> Result<Self, OcclusionError> {
        let refused = |field, rule: String, value| OcclusionError::Plan { field, rule, value };
        let [low, high] = plan.part.unwrap_or([[0; 3], size]);
        for axis in 0..3 {
            if low[axis] >= high[axis] || high[axis] > size[axis] {
                let rule = format!("within the volume of {size:?} voxels and not empty");
                return Err(refused("the part", rule, high));
            }
            let n = high[axis] - low[axis];
            if plan.patch[axis] == 0 || plan.patch[axis] > n {
                let rule = format!("from 1 to {n} voxels along axis {axis}");
                return Err(refused("the patch", rule, plan.patch));
            }
            if plan.stride[axis] == 0 || plan.stride[axis] > plan.patch[axis] {
                let rule = format!(
                    "from 1 voxel to the patch along axis {axis}, as voxels would be left out"
                );
                return Err(refused("the stride", rule, plan.stride));
            }
        }
        Ok(Self(std::array::from_fn(|axis| {
            let [n, patch, stride] = [high[axis] - low[axis], plan.patch[axis], plan.stride[axis]];
            let n_steps = (n - patch).div_ceil(stride);
            (0..=n_steps)
                .map(|step| low[axis] + (step * stride).min(n - patch))
                .collect()
        })))
    }

    /// How many there are.
    #[must_use]
    pub fn n(&self) -> usize {
        self.0.iter().map(Vec::len).product()
    }

    /// One of them: the first voxel of the box.
    fn get(&self, at: usize) -> [usize; 3] {
        let [z, y, x] = &self.0;
        [
            z[at / (y.len() * x.len())],
            y[at / x.len() % y.len()],
            x[at % x.len()],
        ]
    }
}

/// Lays the boxes of a plan over a volume, values `[channels, size..]`. `progress` is told the share
/// that is done, from any thread, and answers whether to go on.
///
/// # Errors
/// See [`OcclusionError`].
///
/// # Panics
/// As [`FoldedClassifier::numbers`].
pub fn occlusion(
    net: &FoldedClassifier,
    volume: &[f32],
    size: [usize; 3],
    plan: &OcclusionPlan,
    progress: &(dyn Fn(f64) -> bool + Sync),
) -> Result<OcclusionMap, OcclusionError> {
    let positions = Positions::of(plan, size)?;
    let all = Computed::new(&positions, progress);
    let kept = match plan.from_the_beginning {
        true => None,
        false => net.keep(volume, size),
    };
    let (numbers, found) = match kept {
        Some(kept) => {
            let together = VOXELS_TOGETHER / size.iter().product::<usize>();
            let found = all.on_all_threads(together.min(MOST_TOGETHER), |lows, workspace| {
                let ends = lows.iter().map(|&low| [low, corner(low, plan.patch)]);
                let ends: Vec<_> = ends.collect();
                let changes = |ends: &&[[usize; 3]; 2]| !kept.is_filled(**ends, &plan.fill);
                let changing: Vec<_> = ends.iter().filter(changes).copied().collect();
                let made = kept.occluded(&changing, &plan.fill, workspace);
                let mut made = made.into_iter();
                let found = ends.iter().map(|ends| match changing.contains(ends) {
                    true => made.next(),
                    false => None,
                });
                found.collect()
            })?;
            (kept.numbers().to_vec(), found)
        }
        None => {
            let numbers = net.numbers(volume, size)?;
            (numbers, all.one_by_one(net, volume, size, plan)?)
        }
    };
    finite(&numbers)?;
    let n_unchanged = found.iter().filter(|found| found.is_none()).count();
    let mut sums = vec![vec![0.0_f32; size.iter().product()]; numbers.len()];
    let mut laid = vec![0_u32; size.iter().product()];
    let mut boxes = Vec::with_capacity(found.len());
    for (at, found) in found.into_iter().enumerate() {
        let found = found.unwrap_or_else(|| numbers.clone());
        finite(&found)?;
        let low = positions.get(at);
        for row in rows(low, plan.patch, size) {
            for (sums, &number) in sums.iter_mut().zip(&found) {
                for sum in &mut sums[row.clone()] {
                    *sum += number;
                }
            }
            for n in &mut laid[row] {
                *n += 1;
            }
        }
        boxes.push(([low, corner(low, plan.patch)], found));
    }
    for sums in &mut sums {
        for (sum, &n) in sums.iter_mut().zip(&laid) {
            *sum = if n == 0 { f32::NAN } else { *sum / n as f32 };
        }
    }
    Ok(OcclusionMap {
        boxes,
        n_positions: positions.n(),
        n_unchanged,
        numbers,
        occluded: sums,
    })
}

impl OcclusionMap {
    /// How far a number falls, voxel by voxel: above 0 where what is in the box speaks for it.
    #[must_use]
    pub fn drop(&self, number: usize) -> Vec<f32> {
        let whole = self.numbers[number];
        let occluded = self.occluded[number].iter();
        occluded.map(|occluded| whole - occluded).collect()
    }

    /// How far a number falls, box by box.
    #[must_use]
    pub fn drops(&self, number: usize) -> Vec<f64> {
        let whole = f64::from(self.numbers[number]);
        let boxes = self.boxes.iter();
        boxes
            .map(|(_, with)| whole - f64::from(with[number]))
            .collect()
    }
}

fn corner(low: [usize; 3], patch: [usize; 3]) -> [usize; 3] {
    std::array::from_fn(|axis| low[axis] + patch[axis])
}

/// Where the rows of a box lie among the values of a channel.
fn rows(
    low: [usize; 3],
    patch: [usize; 3],
    size: [usize; 3],
) -> impl Iterator<Item = Range<usize>> {
    let high = corner(low, patch);
    let row = move |[z, y]: [usize; 2]| {
        let from = (z * size[1] + y) * size[2];
        from + low[2]..from + high[2]
    };
    (low[0]..high[0])
        .flat_map(move |z| (low[1]..high[1]).map(move |y| [z, y]))
        .map(row)
}

fn finite(numbers: &[f32]) -> Result<(), DeviceFailed> {
    match numbers.iter().all(|number| number.is_finite()) {
        true => Ok(()),
        false => Err(DeviceFailed(format!(
            "the network gives {numbers:?}, which are not all numbers"
        ))),
    }
}

/// Boxes that are being computed.
struct Computed<'a> {
    positions: &'a Positions,
    progress: &'a (dyn Fn(f64) -> bool + Sync),
    n_done: AtomicUsize,
    is_stopped: AtomicBool,
}

/// For each box what the network makes of the volume with it; none where nothing changes.
type Found = Vec<Option<Vec<f32>>>;

impl<'a> Computed<'a> {
    fn new(positions: &'a Positions, progress: &'a (dyn Fn(f64) -> bool + Sync)) -> Self {
        Self {
            positions,
            progress,
            n_done: AtomicUsize::new(0),
            is_stopped: AtomicBool::new(false),
        }
    }

    /// Notes that so many more are done, and says whether to go on.
    fn goes_on(&self, n: usize) -> bool {
        let n_done = n + self.n_done.fetch_add(n, Ordering::Relaxed);
        if !(self.progress)(n_done as f64 / self.positions.n() as f64) {
            self.is_stopped.store(true, Ordering::Relaxed);
        }
        !self.is_stopped.load(Ordering::Relaxed)
    }

    /// Some boxes on one thread, as many such groups at once as there are threads.
    fn on_all_threads(
        &self,
        most_together: usize,
        compute: impl Fn(&[[usize; 3]], &mut Workspace) -> Found + Sync,
    ) -> Result<Found, OcclusionError> {
        let n = self.positions.n();
        let lows: Vec<[usize; 3]> = (0..n).map(|at| self.positions.get(at)).collect();
        let together = n
            .div_ceil(4 * rayon::current_num_threads())
            .clamp(1, most_together.max(1));
        let groups: Result<Vec<Found>, OcclusionError> = lows
            .par_chunks(together)
            .map_init(Workspace::default, |workspace, lows| {
                if self.is_stopped.load(Ordering::Relaxed) {
                    return Err(OcclusionError::Stopped);
                }
                let found = compute(lows, workspace);
                match self.goes_on(lows.len()) {
                    true => Ok(found),
                    false => Err(OcclusionError::Stopped),
                }
            })
            .collect();
        Ok(groups?.into_iter().flatten().collect())
    }

    /// Each box from the beginning, which takes all threads.
    fn one_by_one(
        &self,
        net: &FoldedClassifier,
        volume: &[f32],
        size: [usize; 3],
        plan: &OcclusionPlan,
    ) -> Result<Found, OcclusionError> {
        let n_voxels: usize = size.iter().product();
        let mut filled = volume.to_vec();
        let all = (0..self.positions.n()).map(|at| {
            let low = self.positions.get(at);
            let mut changes = false;
            for (channel, &fill) in plan.fill.iter().enumerate() {
                for row in rows(low, plan.patch, size) {
                    let row = channel * n_voxels + row.start..channel * n_voxels + row.end;
                    changes |= filled[row.clone()].iter().any(|&value| value != fill);
                    filled[row].fill(fill);
                }
            }
            let found = changes.then(|| net.numbers(&filled, size)).transpose()?;
            for channel in 0..plan.fill.len() {
                for row in rows(low, plan.patch, size) {
                    let row = channel * n_voxels + row.start..channel * n_voxels + row.end;
                    filled[row.clone()].copy_from_slice(&volume[row]);
                }
            }
            match self.goes_on(1) {
                true => Ok(found),
                false => Err(OcclusionError::Stopped),
            }
        });
        all.collect()
    }
}
