//! From tissue and tracer to the counts that a scanner stores.

use super::cells::Cells;
use super::examination::{NeckBend, Session};
use super::signal::{Bias, SignalCurve, rician, scan_gain};
use super::transport::Snapshot;
use super::{Head, Region, Tissue};
use crate::signal::Sequence;
use nalgebra::{Isometry3, Point3};
use rayon::prelude::*;

/// Standard deviation of the noise on each part of the signal, as a share of the signal of fat.
const NOISE_OF_FAT: f32 = 0.012;
/// Strength of the bias field that is left after the scanner's own correction.
const BIAS_STRENGTH: f64 = 0.08;
/// What fat gives in a stored scan of gain 1, in counts.
const COUNTS_OF_FAT: f32 = 1200.0;

/// How a head lies in a scan.
#[derive(Default)]
pub(super) struct Lying {
    /// Where it is off the head's grid.
    pub(super) head_from_scan: Option<Isometry3<f64>>,
    /// How its neck is bent, and where the head ends above, mm from the middle of the grid.
    pub(super) bend: Option<(NeckBend, f64)>,
}

impl Lying {
    pub(super) fn of(session: &Session, head: &Head) -> Self {
        Self {
            head_from_scan: (!session.is_aligned()).then(|| session.head_from_scan()),
            bend: session.neck.map(|neck| (neck, vertex_mm(head))),
        }
    }
}

/// Turns tissue and tracer into counts.
pub(super) struct Painter<'a> {
    head: &'a Head,
    tracer: (&'a Cells, &'a Snapshot),
    lying: Lying,
    seeds: [u64; 2],
    /// By tissue.
    curves: Vec<SignalCurve>,
    bias: Bias,
    counts_per_signal: f32,
    noise: f32,
    noise_seed: u64,
}

impl<'a> Painter<'a> {
    /// For the scan of this number of a patient, from 0.
    pub(super) fn new(
        head: &'a Head,
        tracer: (&'a Cells, &'a Snapshot),
        sequence: &Sequence,
        [patient_seed, scan_idx]: [u64; 2],
    ) -> Self {
        let fat = SignalCurve::new(sequence, Tissue::Fat.relaxation()).at(0.0);
        // Counted from 1: times 0, the hash of the first scan would be the patient's own.
        let scan = scan_idx + 1;
        Self {
            head,
            tracer,
            lying: Lying::default(),
            seeds: [patient_seed, scan],
            curves: Tissue::ALL
                .iter()
                .map(|&tissue| SignalCurve::new(sequence, tissue.relaxation()))
                .collect(),
            // The coil is the patient's at all times; the gain is each scan's own.
            bias: Bias::new(patient_seed ^ 0x6269_6173, BIAS_STRENGTH),
            counts_per_signal: COUNTS_OF_FAT / fat * scan_gain(patient_seed, scan),
            noise: NOISE_OF_FAT * fat,
            noise_seed: patient_seed.rotate_left(17) ^ scan.wrapping_mul(0x9e37_79b9_7f4a_7c15),
        }
    }

    /// The same head as it lies in a session's scan.
    pub(super) fn lying(mut self, session: &Session) -> Self {
        self.lying = Lying::of(session, self.head);
        if session.neck.is_some() {
            // Whoever lies elsewhere in a coil is seen by it in another way.
            let [patient, scan] = self.seeds;
            let seed = patient ^ 0x6269_6173 ^ scan.rotate_left(32);
            self.bias = Bias::new(seed, BIAS_STRENGTH);
        }
        self
    }

    /// The whole scan.
    pub(super) fn volume(&self) -> Vec<i16> {
        let [nx, ny, _] = self.head.grid.dims();
        let mut counts = vec![0; self.head.grid.n_voxels()];
        counts
            .par_chunks_mut(nx)
            .enumerate()
            .for_each(|(row, counts)| self.row(0, [row % ny, row / ny], counts));
        counts
    }

    /// The voxels whose index along `axis` is `slice_idx`, the first of the other axes fastest.
    pub(super) fn slice(&self, axis: usize, slice_idx: usize) -> Vec<i16> {
        let mut dims = self.head.grid.dims();
        assert!(
            slice_idx < dims[axis],
            "slice {slice_idx} of {}",
            dims[axis]
        );
        dims[axis] = 1;
        let mut first = [0; 3];
        first[axis] = slice_idx;
        let mut counts = vec![0; dims.iter().product()];
        for (row, counts) in counts.chunks_mut(dims[0]).enumerate() {
            let [j, k] = [first[1] + row % dims[1], first[2] + row / dims[1]];
            self.row(first[0], [j, k], counts);
        }
        counts
    }

    /// The voxels of a row from `first_i` on.
    fn row(&self, first_i: usize, [j, k]: [usize; 2], counts: &mut [i16]) {
        let head = self.head;
        let dims = head.grid.dims();
        let share = |at: usize, axis: usize| (at as f32 + 0.5) / dims[axis] as f32;
        let bias = self.bias.row(share(j, 1), share(k, 2));
        for (i, count) in (first_i..).zip(counts) {
            let index = [i, j, k];
            let signed = match &self.lying.head_from_scan {
                None => self.signed(index),
                Some(moved) => {
                    let bend = self.lying.bend.as_ref();
                    between_voxels(head, moved, bend, index, |voxel| self.signed(voxel))
                }
            };
            let seen = rician(
                signed.abs() * bias(share(i, 0)),
                self.noise,
                self.noise_seed,
                head.at(index) as u64,
            );
            // Rounded to whole counts, as a scanner does.
            *count = (seen * self.counts_per_signal)
                .round()
                .clamp(0.0, f32::from(i16::MAX)) as i16;
        }
    }

    /// The signed signal of a voxel of the head.
    fn signed(&self, index: [usize; 3]) -> f32 {
        self.head
            .mixture(self.head.at(index))
            .iter()
            .filter(|(_, part)| *part > 0.0)
            .map(|&(tissue, part)| {
                let (cells, snapshot) = self.tracer;
                let c = cells.concentration(snapshot, tissue, index);
                part * self.curves[tissue as usize].at(c)
            })
            .sum()
    }
}

/// The signed signal of a voxel of a scan that is off the head's grid, linear between the voxels of
/// the head; 0 beyond them.
pub(super) fn between_voxels(
    head: &Head,
    head_from_scan: &Isometry3<f64>,
    bend: Option<&(NeckBend, f64)>,
    index: [usize; 3],
    signed: impl Fn([usize; 3]) -> f32,
) -> f32 {
    let dims = head.grid.dims();
    let middle = dims.map(|n| (n as f64 - 1.0) / 2.0);
    let mm = head.voxel_mm();
    let scan: [f64; 3] = std::array::from_fn(|a| (index[a] as f64 - middle[a]) * mm);
    let mut seen = head_from_scan * Point3::from(scan);
    if let Some((neck, vertex_mm)) = bend {
        seen = neck.straightened(seen, *vertex_mm);
    }
    let place: [f64; 3] = std::array::from_fn(|a| seen[a] / mm + middle[a]);
    let mut sum = 0.0;
    for corner in 0..8 {
        let mut weight = 1.0;
        let mut voxel = [0; 3];
        for axis in 0..3 {
            let low = place[axis].floor();
            let up = f64::from(corner >> axis & 1);
            weight *= 1.0 - (place[axis] - low - up).abs();
            if low + up < 0.0 || low + up >= dims[axis] as f64 {
                weight = 0.0;
            } else {
                voxel[axis] = (low + up) as usize;
            }
        }
        if weight > 0.0 {
            sum += weight as f32 * signed(voxel);
        }
    }
    sum
}

/// Where the head ends above, mm from the middle of its grid.
fn vertex_mm(head: &Head) -> f64 {
    let [nx, ny, nz] = head.grid.dims();
    let top = head
        .regions
        .chunks(nx * ny)
        .rposition(|slice| slice.iter().any(|&region| region != Region::Outside as u8));
    (top.unwrap_or(nz - 1) as f64 - (nz as f64 - 1.0) / 2.0) * head.voxel_mm()
}
