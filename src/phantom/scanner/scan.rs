//! A session of an examination on one of its scanners.

use super::super::examination::{Examination, Session, mean_and_median, seen_fat};
use super::super::field::Waves;
use super::super::painter::{Lying, between_voxels};
use super::super::signal::{SignalCurve, normals};
use super::super::{Head, Patient, Region, Tissue};
use super::coil::Coil;
use super::relaxation::{Substance, Tissues};
use super::settings::{Faults, Scanner};
use super::spread::Spread;
use super::tracer::TracerInHead;
use rand::SeedableRng;
use rand_chacha::ChaCha8Rng;
use rayon::prelude::*;
use std::ops::Range;

/// How uneven tissue is: share of its signal, and lengths of waves in mm. Chosen such that white matter
/// away from its edges spreads as in a bias-corrected real scan (5 % in FreeSurfer's `norm.mgz`).
const TEXTURE: f32 = 0.022;
const TEXTURE_MM: [f32; 2] = [9.0, 34.0];
/// Slices of the volume that are made at a time.
const SLAB: usize = 64;

/// A head as it is scanned.
#[derive(Clone, Copy)]
struct Lain<'a> {
    head: &'a Head,
    /// Which water the CSF of each voxel is.
    water: &'a [u8],
    tissues: &'a Tissues,
    session: &'a Session,
    /// Of the patient.
    seed: u64,
}

/// A scan that is made when it is asked for: all of it, or the part that is wanted.
pub struct VariedScan<'a> {
    lain: Lain<'a>,
    tracer: &'a TracerInHead<'a>,
    scanner: &'a Scanner,
    /// What is this session's own.
    pub faults: Faults,
    lying: Lying,
    /// By substance.
    curves: Vec<SignalCurve>,
    white: f32,
    texture: Waves,
    coil: Coil,
    spreads: [Spread; 3],
    /// Standard deviation of the noise on each voxel of 1 mm, and what it grows from.
    noise: f32,
    noise_seed: u64,
}

impl Examination {
    /// The tracer of a session, for its scans on all scanners.
    ///
    /// # Panics
    ///
    /// Where there is no such session.
    #[must_use]
    pub fn tracer_in_head(&self, session_idx: usize) -> TracerInHead<'_> {
        TracerInHead::new(self.cells(), &self.course.snapshots[session_idx])
    }

    /// The scan of a session on one of [`Examination::scanners`]; `tracer` is that of the same session.
    ///
    /// # Panics
    ///
    /// Where there is no such session or scanner.
    #[must_use]
    pub fn scan_on<'a>(
        &'a self,
        scanner_idx: usize,
        session_idx: usize,
        tracer: &'a TracerInHead<'a>,
    ) -> VariedScan<'a> {
        let lain = Lain {
            head: &self.head,
            water: &self.water,
            tissues: &self.tissues,
            session: &self.sessions[session_idx],
            seed: self.patient.seed,
        };
        VariedScan::new(lain, tracer, &self.scanners[scanner_idx], session_idx)
    }
}

/// A patient before any tracer, without an examination: what only looks are wanted of.
pub struct BeforeTracer {
    /// The head, drawn finely.
    pub head: Head,
    /// How its tissues relax.
    pub tissues: Tissues,
    water: Vec<u8>,
    session: Session,
    tracer: TracerInHead<'static>,
    seed: u64,
}

impl BeforeTracer {
    /// Draws the head of a patient.
    #[must_use]
    pub fn draw(patient: &Patient) -> Self {
        let (head, water) = Head::draw_finely(patient);
        Self {
            head,
            tissues: Tissues::draw(patient),
            water,
            session: Session {
                nominal_hours: 0.0,
                actual_hours: 0.0,
                moved_mm: [0.0; 3],
                turned_deg: [0.0; 3],
                neck: None,
            },
            tracer: TracerInHead::none(),
            seed: patient.seed,
        }
    }

    /// The first scan on a scanner.
    #[must_use]
    pub fn scan_on<'a>(&'a self, scanner: &'a Scanner) -> VariedScan<'a> {
        let lain = Lain {
            head: &self.head,
            water: &self.water,
            tissues: &self.tissues,
            session: &self.session,
            seed: self.seed,
        };
        VariedScan::new(lain, &self.tracer, scanner, 0)
    }
}

/// Both parts of the signal of a box of voxels, first axis fastest.
struct Parts {
    of: [Vec<f32>; 2],
    ranges: [Range<usize>; 3],
}

impl<'a> VariedScan<'a> {
    fn new(
        lain: Lain<'a>,
        tracer: &'a TracerInHead<'a>,
        scanner: &'a Scanner,
        session_idx: usize,
    ) -> Self {
        let faults = scanner.faults(session_idx);
        let curves = scanner.curves(lain.tissues);
        let white = curves[Tissue::White as usize].at(0.0);
        let dims = lain.head.grid.dims();
        let profiles = scanner.profiles(&faults);
        let spreads = [0, 1, 2].map(|axis| Spread::new(&profiles[axis], dims[axis]));
        let kept: f32 = spreads.iter().map(|spread| spread.noise_kept).product();
        let [coil_seed, noise_seed] = scanner.seeds(session_idx);
        let mut rng = ChaCha8Rng::seed_from_u64(lain.seed ^ 0x7465_7874);
        Self {
            lain,
            tracer,
            scanner,
            faults,
            lying: Lying::of(lain.session, lain.head),
            curves,
            white,
            texture: Waves::new(&mut rng, 2, TEXTURE_MM),
            coil: Coil::new(scanner, lain.head, coil_seed),
            spreads,
            noise: scanner.noise_of_white as f32 * white / kept,
            noise_seed,
        }
    }

    fn head(&self) -> &'a Head {
        self.lain.head
    }

    /// The scan as it is stored: counts on the head's grid.
    #[must_use]
    pub fn volume(&self) -> Vec<i16> {
        let [nx, ny, nz] = self.head().grid.dims();
        let mut counts = Vec::with_capacity(nx * ny * nz);
        for first in (0..nz).step_by(SLAB) {
            counts.extend(self.block([0..nx, 0..ny, first..nz.min(first + SLAB)]));
        }
        counts
    }

    /// The voxels whose index along `axis` (0 to 2) is `slice_idx`, the first of the other two axes
    /// fastest: the same as in the volume.
    ///
    /// # Panics
    ///
    /// Where there is no such slice.
    #[must_use]
    pub fn slice(&self, axis: usize, slice_idx: usize) -> Vec<i16> {
        let dims = self.head().grid.dims();
        assert!(
            slice_idx < dims[axis],
            "slice {slice_idx} of {}",
            dims[axis]
        );
        let mut ranges = dims.map(|n| 0..n);
        ranges[axis] = slice_idx..slice_idx + 1;
        self.block(ranges)
    }

    /// As [`Examination::orbital_fat`].
    #[must_use]
    pub fn orbital_fat(&self) -> [f32; 2] {
        let seen = seen_fat(self.lain.head, self.lain.session);
        let Some(&first) = seen.first() else {
            return [0.0; 2];
        };
        let mut ranges = first.map(|at| at..at + 1);
        for place in &seen {
            for (range, &at) in ranges.iter_mut().zip(place) {
                *range = range.start.min(at)..range.end.max(at + 1);
            }
        }
        let counts = self.block(ranges.clone());
        let [nx, ny, _] = ranges.clone().map(|range| range.len());
        let at = |place: &[usize; 3]| {
            let [i, j, k] = [0, 1, 2].map(|axis| place[axis] - ranges[axis].start);
            f32::from(counts[i + nx * (j + ny * k)])
        };
        mean_and_median(seen.iter().map(at).collect())
    }

    /// A box of voxels: what their sources give, blurred along x, then y, then z.
    fn block(&self, wanted: [Range<usize>; 3]) -> Vec<i16> {
        let [x, y, z] = &wanted;
        let sources = [0, 1, 2].map(|axis| self.spreads[axis].sources(wanted[axis].clone()));
        let parts = self.along_x(sources, x.clone());
        let parts = self.along_y(&parts, y.clone());
        self.along_z(&parts, z.clone())
    }

    /// The signal, heard by the coil and with noise, of all rows of the sources; blurred along them.
    fn along_x(&self, sources: [Range<usize>; 3], wanted: Range<usize>) -> Parts {
        let [from, across, up] = sources;
        let n = wanted.len();
        let n_rows = across.len() * up.len();
        let [mut real, mut imaginary] = [(); 2].map(|()| vec![0.0; n * n_rows]);
        let rows = real.par_chunks_mut(n).zip(imaginary.par_chunks_mut(n));
        rows.enumerate().for_each(|(row, (real, imaginary))| {
            let [j, k] = [
                across.start + row % across.len(),
                up.start + row / across.len(),
            ];
            let heard = self.heard(from.clone(), [j, k]);
            for (at, (real, imaginary)) in wanted.clone().zip(real.iter_mut().zip(imaginary)) {
                for &(voxel, weight) in self.spreads[0].taps(at) {
                    let [along, aside] = heard[usize::from(voxel) - from.start];
                    *real += weight * along;
                    *imaginary += weight * aside;
                }
            }
        });
        Parts {
            of: [real, imaginary],
            ranges: [wanted, across, up],
        }
    }

    fn along_y(&self, parts: &Parts, wanted: Range<usize>) -> Parts {
        let [x, y, z] = parts.ranges.clone();
        let nx = x.len();
        let of = [0, 1].map(|which| {
            let mut out = vec![0.0; nx * wanted.len() * z.len()];
            let slices = out.par_chunks_mut(nx * wanted.len());
            slices
                .zip(parts.of[which].par_chunks(nx * y.len()))
                .for_each(|(out, slice)| {
                    for (at, out) in wanted.clone().zip(out.chunks_mut(nx)) {
                        for &(voxel, weight) in self.spreads[1].taps(at) {
                            let row = &slice[nx * (usize::from(voxel) - y.start)..][..nx];
                            for (out, value) in out.iter_mut().zip(row) {
                                *out += weight * value;
                            }
                        }
                    }
                });
            out
        });
        Parts {
            of,
            ranges: [x, wanted, z],
        }
    }

    fn along_z(&self, parts: &Parts, wanted: Range<usize>) -> Vec<i16> {
        let [x, y, z] = &parts.ranges;
        let n = x.len() * y.len();
        let mut counts = vec![0; n * wanted.len()];
        counts
            .par_chunks_mut(n)
            .enumerate()
            .for_each(|(slice, counts)| {
                if !self.is_measured(wanted.start + slice) {
                    return;
                }
                let mut sums = [vec![0.0_f32; n], vec![0.0_f32; n]];
                for &(voxel, weight) in self.spreads[2].taps(wanted.start + slice) {
                    let first = n * (usize::from(voxel) - z.start);
                    for (sum, part) in sums.iter_mut().zip(&parts.of) {
                        for (sum, value) in sum.iter_mut().zip(&part[first..first + n]) {
                            *sum += weight * value;
                        }
                    }
                }
                let [real, imaginary] = &sums;
                for (count, (real, imaginary)) in counts.iter_mut().zip(real.iter().zip(imaginary))
                {
                    let of_white = (real * real + imaginary * imaginary).sqrt() / self.white;
                    *count = self
                        .scanner
                        .export
                        .counts(of_white, self.faults.gain as f32);
                }
            });
        counts
    }

    /// Whether a slice lies within the field of view.
    fn is_measured(&self, k: usize) -> bool {
        let head = self.head();
        let z_mm = head.grid.world_from_voxel()[(2, 3)] + head.voxel_mm() * k as f64;
        self.scanner
            .lowest_mm
            .is_none_or(|lowest_mm| z_mm >= lowest_mm)
    }

    /// Both parts of the signal of voxels of a row of the head's grid.
    fn heard(&self, along: Range<usize>, [j, k]: [usize; 2]) -> Vec<[f32; 2]> {
        let gain = self.coil.row([j, k]);
        along
            .map(|i| {
                let index = [i, j, k];
                let signed = match &self.lying.head_from_scan {
                    None => self.signed(index),
                    Some(moved) => {
                        let head = self.head();
                        let bend = self.lying.bend.as_ref();
                        between_voxels(head, moved, bend, index, |voxel| self.signed(voxel))
                    }
                };
                let voxel = self.head().at(index) as u64;
                let [real, imaginary] = normals(self.noise_seed, voxel);
                [signed * gain(i) + self.noise * real, self.noise * imaginary]
            })
            .collect()
    }

    /// The signed signal of a voxel of the head.
    fn signed(&self, index: [usize; 3]) -> f32 {
        let Lain { head, water, .. } = self.lain;
        let voxel = head.at(index);
        let region = head.region(voxel);
        if region == Region::Outside && head.share[voxel] == 0 {
            return 0.0;
        }
        let mut sum = 0.0;
        let mut tissue_share = 0.0;
        for (tissue, part) in head.mixture(voxel) {
            if part <= 0.0 || tissue == Tissue::Air {
                continue;
            }
            let c = self.tracer.at(tissue, water[voxel], index);
            let substance = Substance::in_region(tissue, region).index();
            sum += part * self.curves[substance].at(c);
            if tissue.is_parenchyma() {
                tissue_share += part;
            }
        }
        if tissue_share > 0.0 {
            let world = index.map(|at| at as f32 * head.voxel_mm() as f32);
            sum *= 1.0 + TEXTURE * tissue_share * self.texture.at(world);
        }
        sum
    }
}
