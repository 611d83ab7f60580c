//! From aligned scans to maps: signal in units of fat, per cent change, concentration.

use super::error::EnhancementError;
use super::groups::Group;
use super::regions::Regions;
use super::statistics::median;
use crate::signal::{Inverse, R1_L_PER_MMOL_S, Sequence, concentration_mmol_per_l};
use crate::volume::{Grid, Interpolation, Orientation, Volume};
use nalgebra::Point3;
use rayon::prelude::*;

/// A voxel that gives less signal than this before the tracer, in units of fat, has no per cent
/// change: near the null of the TFE what is divided by is noise.
pub const LEAST_BEFORE: f32 = 0.05;

/// T1 of fat at 3 T, ms (de Bazelaire and others 2004).
pub const FAT_T1_MS: f64 = 382.0;

/// What CSF at rest gives beside fat at rest, T1 apart: proton density 1 beside 0.9, and T2* of
/// 500 and 35 ms at an echo time of 2.3 ms. Proton densities and T2* are plausible values without a
/// source.
pub const CSF_OVER_FAT: f64 = 1.181;

/// How far a region of tissue may be off in its calibration, as a share of its signal: fat is not
/// found alike in each scan.
pub const TISSUE_GAIN_OFF: f64 = 0.03;

/// The same of CSF, which fat calibrates across the head: coils and proton density differ.
pub const CSF_GAIN_OFF: f64 = 0.1;

/// What may be found in tissue, or be missed, whatever its calibration, mmol/l: noise, and the signal of
/// CSF next to it. Measured on simulated heads (`measured.md`).
pub const TISSUE_OFF_MMOL_PER_L: f64 = 0.002;

/// The same of CSF, whose signal without tracer is that of noise.
pub const CSF_OFF_MMOL_PER_L: f64 = 0.005;

/// T1 of living tissue that is believed, ms; a map has values beyond where its fit failed.
const BELIEVED_T1_MS: std::ops::RangeInclusive<f32> = 100.0..=6000.0;

/// How a concentration was had.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize)]
#[serde(rename_all = "snake_case")]
pub enum ConcentrationMethod {
    /// From a map of T1 before and one after.
    T1Maps,
    /// From the sequence's equation and a map of T1 before, each voxel calibrated by itself.
    EquationT1Map,
    /// From the sequence's equation and a T1 for each group of regions: tissue calibrated by the
    /// median of its region before, CSF by fat.
    EquationGroups,
}

/// The scan before the tracer, against which the others of a series are measured.
pub struct Before {
    grid: Grid,
    orientation: Orientation,
    /// In units of fat.
    signal: Vec<f32>,
    regions: Regions,
    equation: Option<Calibrated>,
}

/// A sequence with what its signal is multiplied by.
struct Calibrated {
    sequence: Sequence,
    inverse: Inverse,
    /// Of CSF.
    fat_gain: f64,
    t1_0: T1Before,
}

enum T1Before {
    /// At each voxel, ms.
    Map(Vec<f32>),
    /// By region.
    Regions(Vec<Option<Calibration>>),
}

/// What turns the signal of a voxel into tracer.
#[derive(Clone, Copy)]
struct Calibration {
    /// What the equation's weight is multiplied by.
    gain: f64,
    /// Before the tracer.
    t1_0_ms: f64,
    /// Mean square of noise in units of fat, where it is all that was there before the tracer.
    noise_power: f64,
    doubt: Doubt,
}

/// How far a concentration may be off.
#[derive(Clone, Copy)]
struct Doubt {
    /// Of the gain, as a share of it.
    gain: f64,
    /// By what share of it more tracer may be there than is found.
    missed: f64,
    /// At any concentration, mmol/l.
    mmol_per_l: f64,
}

impl Doubt {
    fn of_tissue(missed: f64) -> Self {
        Self {
            gain: TISSUE_GAIN_OFF,
            missed,
            mmol_per_l: TISSUE_OFF_MMOL_PER_L,
        }
    }

    fn of_csf() -> Self {
        Self {
            gain: CSF_GAIN_OFF,
            missed: 0.0,
            mmol_per_l: CSF_OFF_MMOL_PER_L,
        }
    }
}

impl Calibration {
    /// Tracer at a signal in units of fat, mmol/l.
    fn tracer(&self, inverse: &Inverse, signal: f64) -> Option<f64> {
        // Magnitudes have the power of their noise on top (McGibney and Smith 1993).
        let signal = match self.noise_power > 0.0 {
            true => (signal * signal - self.noise_power).max(0.0).sqrt(),
            false => signal,
        };
        let relaxation = inverse.relaxation_per_s(signal / self.gain)?;
        Some(concentration_mmol_per_l(relaxation, self.t1_0_ms))
    }
}

impl Before {
    /// A scan whose orbital fat has the signal `fat`.
    #[must_use]
    pub fn new(scan: &Volume, fat: f32, regions: Regions) -> Self {
        Self {
            grid: scan.grid().clone(),
            orientation: scan.orientation(),
            signal: scan.values().iter().map(|value| value / fat).collect(),
            regions,
            equation: None,
        }
    }

    /// The same with the equation of its sequence, and T1 before the tracer from a map (ms, any
    /// grid) or, without one, from the group of each region.
    #[must_use]
    pub fn with_equation(mut self, sequence: Sequence, t1_map_ms: Option<&Volume>) -> Self {
        let fat_gain = CSF_OVER_FAT / sequence.weight(FAT_T1_MS);
        let t1_0 = match t1_map_ms {
            Some(map) => T1Before::Map(self.sampled(map)),
            None => T1Before::Regions(self.gains(&sequence, fat_gain)),
        };
        self.equation = Some(Calibrated {
            inverse: Inverse::new(&sequence),
            sequence,
            fat_gain,
            t1_0,
        });
        self
    }

    fn gains(&self, sequence: &Sequence, fat_gain: f64) -> Vec<Option<Calibration>> {
        let voxels = self.regions.voxels();
        let regions = self.regions.regions.par_iter().zip(&voxels);
        let gain = |group: Group, voxels: &[u32]| {
            let t1_0_ms = group.t1_ms();
            let before = || voxels.iter().map(|&voxel| self.signal[voxel as usize]);
            if group.is_csf() {
                return Some(Calibration {
                    gain: fat_gain,
                    t1_0_ms,
                    noise_power: noise_power(before()),
                    doubt: Doubt::of_csf(),
                });
            }
            let middle = median(before()).filter(|middle| *middle > 0.0)?;
            Some(Calibration {
                gain: middle / sequence.weight(t1_0_ms),
                t1_0_ms,
                noise_power: 0.0,
                doubt: Doubt::of_tissue(group.missed_share()),
            })
        };
        regions
            .map(|(region, voxels)| gain(region.group?, voxels))
            .collect()
    }

    /// The grid of all maps.
    #[must_use]
    pub fn grid(&self) -> &Grid {
        &self.grid
    }

    /// Whether its sides are known.
    #[must_use]
    pub fn orientation(&self) -> Orientation {
        self.orientation
    }

    /// Its signal in units of fat.
    #[must_use]
    pub fn signal(&self) -> &[f32] {
        &self.signal
    }

    /// Its regions.
    #[must_use]
    pub fn regions(&self) -> &Regions {
        &self.regions
    }

    /// The volume of a voxel, ml.
    #[must_use]
    pub fn voxel_ml(&self) -> f64 {
        let affine = self.grid.world_from_voxel();
        1e-3 * affine.fixed_view::<3, 3>(0, 0).determinant().abs()
    }

    /// How concentrations are had, where there is an equation.
    #[must_use]
    pub fn method(&self) -> Option<ConcentrationMethod> {
        Some(match self.equation.as_ref()?.t1_0 {
            T1Before::Map(_) => ConcentrationMethod::EquationT1Map,
            T1Before::Regions(_) => ConcentrationMethod::EquationGroups,
        })
    }

    /// Another volume at the voxels of this scan, in world space: its own values where the grids are
    /// the same, else trilinear; NaN outside it.
    #[must_use]
    pub fn sampled(&self, volume: &Volume) -> Vec<f32> {
        if is_same(volume.grid(), &self.grid) {
            return volume.values().to_vec();
        }
        let [nx, ny, _] = self.grid.dims();
        let at = |voxel: usize| {
            let index = [voxel % nx, voxel / nx % ny, voxel / (nx * ny)].map(|i| i as f64);
            let point = self.grid.to_world(Point3::from(index));
            volume.sample(point, Interpolation::Linear)
        };
        (0..self.grid.n_voxels())
            .into_par_iter()
            .map(|voxel| at(voxel).unwrap_or(f32::NAN))
            .collect()
    }

    /// A later scan whose orbital fat has the signal `fat`, in units of fat.
    #[must_use]
    pub fn fat_units(&self, scan: &Volume, fat: f32) -> Vec<f32> {
        let mut values = self.sampled(scan);
        values.par_iter_mut().for_each(|value| *value /= fat);
        values
    }

    /// `100 (S / S_0 - 1)` of signals in units of fat. NaN in CSF, and where the scan before gives
    /// less than [`LEAST_BEFORE`].
    #[must_use]
    pub fn percent_change(&self, signal: &[f32]) -> Vec<f32> {
        let change = |(voxel, (&after, &before)): (usize, (&f32, &f32))| {
            let group = self.regions.at(voxel).and_then(|region| region.group);
            match before >= LEAST_BEFORE && !group.is_some_and(Group::is_csf) {
                true => 100.0 * (after / before - 1.0),
                false => f32::NAN,
            }
        };
        let pairs = signal.par_iter().zip(&self.signal);
        pairs.enumerate().map(change).collect()
    }

    /// Tracer by the sequence's equation, mmol per litre of voxel, from signals in units of fat;
    /// `None` without an equation. NaN beyond the branch that [`Inverse`] has, and where no T1 is
    /// known.
    #[must_use]
    pub fn concentration(&self, signal: &[f32]) -> Option<Vec<f32>> {
        let calibrated = self.equation.as_ref()?;
        let tracer = |(voxel, &signal): (usize, &f32)| {
            let calibration = self.calibration_at(calibrated, voxel)?;
            Some(calibration.tracer(&calibrated.inverse, f64::from(signal))? as f32)
        };
        let voxels = signal.par_iter().enumerate();
        Some(voxels.map(|at| tracer(at).unwrap_or(f32::NAN)).collect())
    }

    /// Between which means of [`Before::concentration`] over some voxels the true one is to be
    /// believed, mmol/l: those for a calibration that is [`TISSUE_GAIN_OFF`] or [`CSF_GAIN_OFF`] too
    /// high and too low, less and more [`TISSUE_OFF_MMOL_PER_L`] or [`CSF_OFF_MMOL_PER_L`], and more by
    /// [`Group::missed_share`]. `None` without an equation and without a value.
    #[must_use]
    pub fn believed_mean(&self, signal: &[f32], voxels: &[u32]) -> Option<[f64; 2]> {
        let calibrated = self.equation.as_ref()?;
        let mean = |side: f64| {
            let of_voxel = |&voxel: &u32| {
                let calibration = self.calibration_at(calibrated, voxel as usize)?;
                let doubt = calibration.doubt;
                let calibration = Calibration {
                    gain: calibration.gain * (1.0 + side * doubt.gain),
                    ..calibration
                };
                let signal = f64::from(signal[voxel as usize]);
                let tracer = calibration.tracer(&calibrated.inverse, signal)?;
                Some([1.0, tracer, doubt.missed * tracer, doubt.mmol_per_l])
            };
            let sums = |sums: [f64; 4], of: [f64; 4]| -> [f64; 4] {
                std::array::from_fn(|at| sums[at] + of[at])
            };
            let of_voxels = voxels.iter().filter_map(of_voxel);
            let [n, tracer, missed, off] = of_voxels.fold([0.0; 4], sums);
            let sum = match side < 0.0 {
                // Where the tracer found is negative, the share that is missed is taken as 0.
                true => tracer + missed.max(0.0) + off,
                false => tracer - off,
            };
            (n > 0.0).then(|| sum / n)
        };
        Some([mean(1.0)?, mean(-1.0)?])
    }

    fn calibration_at(&self, calibrated: &Calibrated, voxel: usize) -> Option<Calibration> {
        match &calibrated.t1_0 {
            T1Before::Regions(gains) => {
                let place = usize::from(self.regions.of_voxel()[voxel]);
                gains.get(place).copied().flatten()
            }
            T1Before::Map(t1) => {
                let t1_0_ms = f64::from(believed(t1[voxel])?);
                let before = self.signal[voxel];
                // Near the null its own signal says nothing of what a voxel is multiplied by.
                let (gain, doubt) = match before >= LEAST_BEFORE {
                    true => {
                        let weight = calibrated.sequence.weight(t1_0_ms);
                        (f64::from(before) / weight, Doubt::of_tissue(0.0))
                    }
                    false => (calibrated.fat_gain, Doubt::of_csf()),
                };
                (gain > 0.0).then_some(Calibration {
                    gain,
                    t1_0_ms,
                    noise_power: 0.0,
                    doubt,
                })
            }
        }
    }
}

/// `(1 / T1 - 1 / T1_0) / r1`, mmol/l, of maps in ms at the same voxels; NaN where one is beyond 100
/// to 6000 ms.
#[must_use]
pub fn concentration_of_t1(before_ms: &[f32], after_ms: &[f32]) -> Vec<f32> {
    let tracer = |(&before, &after): (&f32, &f32)| {
        let (before, after) = (believed(before)?, believed(after)?);
        let relaxation = 1000.0 / f64::from(after);
        Some(concentration_mmol_per_l(relaxation, before.into()) as f32)
    };
    let pairs = before_ms.par_iter().zip(after_ms);
    pairs.map(|pair| tracer(pair).unwrap_or(f32::NAN)).collect()
}

/// The mean square of the signals that are noise; 0 without any.
fn noise_power(signals: impl Iterator<Item = f32>) -> f64 {
    let noise = signals.filter(|signal| *signal < LEAST_BEFORE);
    let (n, sum) = noise.fold((0_u32, 0.0), |(n, sum), signal| {
        (n + 1, sum + f64::from(signal).powi(2))
    });
    sum / f64::from(n.max(1))
}

fn believed(t1_ms: f32) -> Option<f32> {
    BELIEVED_T1_MS.contains(&t1_ms).then_some(t1_ms)
}

/// A map of T1 in ms, whatever it is in, and what was assumed of that. `units` are those of its
/// sidecar.
///
/// # Errors
/// For units that are no time, and for a map without a positive value.
pub fn t1_in_ms(
    map: &Volume,
    units: Option<&str>,
) -> Result<(Volume, Option<String>), EnhancementError> {
    let (factor, assumed) = match units {
        Some("ms") => (1.0, None),
        Some("s") => (1000.0, None),
        Some(other) => return Err(EnhancementError::T1Units(other.to_owned())),
        None => {
            let positive = map.values().iter().copied().filter(|value| *value > 0.0);
            let middle = median(positive).ok_or(EnhancementError::EmptyT1)?;
            let (unit, factor) = if middle > 20.0 {
                ("ms", 1.0)
            } else {
                ("s", 1000.0)
            };
            let words = format!(
                "the map of T1 has no Units; its median of {middle:.4} is taken for {unit}"
            );
            (factor, Some(words))
        }
    };
    let values = map.values().iter().map(|value| value * factor).collect();
    let volume = Volume::new(map.grid().clone(), values).map_err(|_| EnhancementError::EmptyT1)?;
    Ok((volume, assumed))
}

/// Whether two grids place their voxels within a thousandth of a millimetre.
fn is_same(a: &Grid, b: &Grid) -> bool {
    a.dims() == b.dims()
        && a.corners_in_world()
            .iter()
            .zip(b.corners_in_world())
            .all(|(a, b)| (a - b).norm() < 1e-3)
}

/// What every concentration rests on, in words.
#[must_use]
pub fn assumptions(method: ConcentrationMethod) -> Vec<String> {
    let mut words = vec![format!(
        "relaxivity of gadobutrol {R1_L_PER_MMOL_S} l/mmol/s (water, 3 T, 37 C; Rohrer and others 2005), in tissue too"
    )];
    if method != ConcentrationMethod::T1Maps {
        words.push(format!(
            "mean_low and mean_high are the means for a calibration that is off by {} % in tissue and {} % in CSF, less and more {TISSUE_OFF_MMOL_PER_L} mmol/l in tissue and {CSF_OFF_MMOL_PER_L} in CSF; T2* is not shortened by the tracer; CSF is calibrated by orbital fat, of T1 {FAT_T1_MS} ms and {CSF_OVER_FAT} times less signal at rest than CSF",
            100.0 * TISSUE_GAIN_OFF,
            100.0 * CSF_GAIN_OFF,
        ));
    }
    if method == ConcentrationMethod::EquationGroups {
        words.push(
            "tissue is calibrated by the median signal of its region before the tracer; from CSF the power of noise is taken, that of its region before the tracer".to_owned(),
        );
        for group in Group::ALL
            .into_iter()
            .filter(|group| group.missed_share() > 0.0)
        {
            words.push(format!(
                "mean_high of {} is {} % higher for the tracer that is missed there: its voxels hold other tissue too, so that their signal before the tracer is not that of its T1",
                group.name(),
                100.0 * group.missed_share(),
            ));
        }
        for group in Group::ALL {
            words.push(format!(
                "T1 of {} before the tracer {} ms: {}",
                group.name(),
                group.t1_ms(),
                group.t1_source()
            ));
        }
    }
    words
}
