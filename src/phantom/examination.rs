//! One patient's tracer examination: the head, the tracer in it over the days, and the scans.

use super::cells::Cells;
use super::painter::Painter;
use super::patient::normal;
use super::scanner::{Scanner, Tissues};
use super::transport::{self, BalanceRow, Course, Domain, FlowError, Parameters, Snapshot};
use super::truth::{self, Reflux, Regional};
use super::{Head, Patient, Region};
use crate::signal::Sequence;
use nalgebra::{Isometry3, Point3, UnitQuaternion, Vector3};
use rand::SeedableRng;
use rand_chacha::ChaCha8Rng;
use rayon::prelude::*;
use std::ops::ControlFlow;

/// How an examination is simulated.
#[derive(Clone, Debug, PartialEq)]
pub struct ScanProtocol {
    /// When scans are planned, hours after the injection, rising; 0 is before it.
    pub nominal_hours: Vec<f64>,
    /// How the scans are taken.
    pub sequence: Sequence,
    /// The edge of the transport's cells, 1 or 2 mm.
    pub transport_mm: usize,
    /// Standard deviation of how far a scan is off the head's grid, in mm along and in degrees
    /// about each axis; 0 for none.
    pub misalignment: f64,
    /// Whether neck and jaw bend between the scans and each scan has a coil's field of its own.
    pub neck_bends: bool,
    /// On how many scanners, each drawn, every session is scanned; 0 for the one of `sequence`, which is
    /// that of the tracer study. With scanners the head is drawn finer, while the tracer is followed in
    /// the same one.
    pub n_scanners: usize,
}

/// One visit to the scanner.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Session {
    /// As planned, h.
    pub nominal_hours: f64,
    /// As it came, h; patients are rarely on time.
    pub actual_hours: f64,
    /// How the head lies in this scan, about the middle of the grid: along x, y and z, mm.
    pub moved_mm: [f64; 3],
    /// The same about x, y and z, degrees.
    pub turned_deg: [f64; 3],
    /// How neck and jaw lie against the cranium, where they bend.
    pub neck: Option<NeckBend>,
}

/// Neck and jaw, turned and shifted against the cranium.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct NeckBend {
    /// About x and z, degrees.
    pub turned_deg: [f64; 2],
    /// Along x, y and z, mm.
    pub moved_mm: [f64; 3],
}

/// From so far below the vertex on, mm, neck and jaw bend; jaw, tongue and the vertebrae below the
/// second lie there.
const HINGE_MM: f64 = 130.0;
/// Over how much below it the bend becomes whole, mm.
const HINGE_SOFT_MM: f64 = 30.0;

impl NeckBend {
    /// Where in the straight head a point of the bent one is, both in mm in the head's grid;
    /// `vertex_mm` is where that head ends.
    pub(super) fn straightened(&self, point: Point3<f64>, vertex_mm: f64) -> Point3<f64> {
        let share = ((vertex_mm - HINGE_MM - point.z) / HINGE_SOFT_MM).clamp(0.0, 1.0);
        if share == 0.0 {
            return point;
        }
        let share = share * share * (3.0 - 2.0 * share);
        let [about_x, about_z] = self.turned_deg.map(|deg| -deg.to_radians() * share);
        let hinge = Vector3::new(0.0, 0.0, vertex_mm - HINGE_MM);
        let turn = UnitQuaternion::from_euler_angles(about_x, 0.0, about_z);
        let turned = turn * (point - hinge);
        Point3::from(turned.coords + hinge - Vector3::from(self.moved_mm) * share)
    }
}

impl Session {
    /// Whether the head lies as the truth has it.
    #[must_use]
    pub fn is_aligned(&self) -> bool {
        self.moved_mm == [0.0; 3] && self.turned_deg == [0.0; 3] && self.neck.is_none()
    }

    /// From a point of the scan to the point of the head that is seen there, both in mm from the
    /// middle of the grid.
    pub(super) fn head_from_scan(&self) -> Isometry3<f64> {
        let [x, y, z] = self.turned_deg.map(f64::to_radians);
        let turn = UnitQuaternion::from_euler_angles(x, y, z);
        Isometry3::from_parts(Vector3::from(self.moved_mm).into(), turn).inverse()
    }
}

/// A patient with everything that is known of them.
pub struct Examination {
    /// Who.
    pub patient: Patient,
    /// The anatomy on the conformed grid.
    pub head: Head,
    /// When the scans were taken.
    pub sessions: Vec<Session>,
    /// The tracer, with one snapshot for each session.
    pub course: Course,
    /// The true grade.
    pub reflux: Reflux,
    /// The scanners that were drawn for the patient, if scans are to vary.
    pub scanners: Vec<Scanner>,
    /// How the patient's tissues relax on them.
    pub tissues: Tissues,
    /// Which water the CSF of each voxel is, where there are scanners.
    pub(super) water: Vec<u8>,
    cells: Cells,
    sequence: Sequence,
}

/// Why there is no examination.
#[derive(Debug, thiserror::Error)]
pub enum ExaminationError {
    /// The head has no way for CSF to flow.
    #[error("patient {id}: {source}")]
    Flow {
        /// The patient.
        id: String,
        /// Why.
        source: FlowError,
    },
    /// Whoever asked no longer wants it.
    #[error("cancelled")]
    Cancelled,
}

impl Examination {
    /// Draws the head and follows the tracer to the last session, at least to 24 h.
    ///
    /// # Errors
    /// When the anatomy lets no CSF flow, or `progress` ends the work.
    pub fn run(
        patient: Patient,
        protocol: &ScanProtocol,
        progress: &(dyn Fn(f32) -> ControlFlow<()> + Sync),
    ) -> Result<Self, ExaminationError> {
        let (head, water) = match protocol.n_scanners {
            0 => (Head::draw(&patient, 1), Vec::new()),
            _ => Head::draw_finely(&patient),
        };
        if progress(0.3).is_break() {
            return Err(ExaminationError::Cancelled);
        }
        let by = protocol.transport_mm;
        let cells = match by {
            1 if water.is_empty() => Cells::of(&head, &patient, by),
            _ => Cells::of(&Head::draw(&patient, by), &patient, by),
        };
        let sessions = sessions(&patient, protocol);
        let mut hours: Vec<f64> = sessions.iter().map(|s| s.actual_hours.max(0.0)).collect();
        // The grade is judged at 24 h, whether a scan was taken then or not.
        if hours.last().is_none_or(|&last| last < truth::JUDGED_HOURS) {
            hours.push(truth::JUDGED_HOURS);
        }
        let share = |done: f32| progress(0.3 + 0.7 * done);
        let mut course = follow(&cells.domain, &patient, &hours, &share)?;
        course.snapshots.truncate(sessions.len());
        Ok(Self {
            reflux: truth::reflux(&course),
            scanners: (0..protocol.n_scanners)
                .map(|scanner_idx| Scanner::draw(&patient, scanner_idx))
                .collect(),
            tissues: Tissues::draw(&patient),
            water,
            patient,
            head,
            sessions,
            course,
            cells,
            sequence: protocol.sequence,
        })
    }

    pub(super) fn cells(&self) -> &Cells {
        &self.cells
    }

    /// Means and totals of every zone at every session.
    #[must_use]
    pub fn regional(&self) -> Vec<Regional> {
        truth::regional(&self.cells.domain, &self.course.snapshots)
    }

    /// The scan of a session as a scanner stores it: counts on the head's grid.
    ///
    /// # Panics
    ///
    /// Where there is no such session.
    #[must_use]
    pub fn scan(&self, session_idx: usize) -> Vec<i16> {
        self.painter(session_idx).volume()
    }

    /// One slice of the same: the voxels whose index along `axis` (0 to 2) is `slice_idx`, the
    /// first of the other two axes fastest.
    ///
    /// # Panics
    ///
    /// Where there is no such session or slice.
    #[must_use]
    pub fn scan_slice(&self, session_idx: usize, axis: usize, slice_idx: usize) -> Vec<i16> {
        self.painter(session_idx).slice(axis, slice_idx)
    }

    fn painter(&self, session_idx: usize) -> Painter<'_> {
        let tracer = (&self.cells, &self.course.snapshots[session_idx]);
        let seeds = [self.patient.seed, session_idx as u64];
        Painter::new(&self.head, tracer, &self.sequence, seeds).lying(&self.sessions[session_idx])
    }

    /// As [`Head::study_slices`].
    #[must_use]
    pub fn study_slices(&self) -> [usize; 2] {
        self.head.study_slices()
    }

    /// The mean and the median signal of the orbital fat in a scan, over the voxels whose
    /// neighbours are such fat too, where they lie in that scan: what normalises scans of which
    /// only planes are kept.
    ///
    /// # Panics
    ///
    /// Where there is no such session.
    #[must_use]
    pub fn orbital_fat(&self, session_idx: usize) -> [f32; 2] {
        let [nx, ..] = self.head.grid.dims();
        let seen = seen_fat(&self.head, &self.sessions[session_idx]);
        let by_slice: Vec<&[[usize; 3]]> = seen.chunk_by(|a, b| a[2] == b[2]).collect();
        let counts: Vec<f32> = by_slice
            .into_par_iter()
            .flat_map_iter(|fat| {
                let slice = self.scan_slice(session_idx, 2, fat[0][2]);
                fat.iter()
                    .map(move |&[i, j, _]| f32::from(slice[i + nx * j]))
            })
            .collect();
        mean_and_median(counts)
    }

    /// Tracer in each voxel of the head's grid, mmol per litre of voxel.
    #[must_use]
    pub fn concentration(&self, session_idx: usize) -> Vec<f32> {
        let snapshot = &self.course.snapshots[session_idx];
        // A finer head has water where the cells have none.
        let finer = (!self.water.is_empty()).then(|| self.tracer_in_head(session_idx));
        let [nx, ny, _] = self.head.grid.dims();
        let mut out = vec![0.0; self.head.grid.n_voxels()];
        out.par_chunks_mut(nx).enumerate().for_each(|(row, out)| {
            for (i, out) in out.iter_mut().enumerate() {
                let index = [i, row % ny, row / ny];
                let voxel = self.head.at(index);
                let of = |tissue| match &finer {
                    None => self.cells.concentration(snapshot, tissue, index),
                    Some(finer) => finer.at(tissue, self.water[voxel], index),
                };
                *out = self
                    .head
                    .mixture(voxel)
                    .iter()
                    .map(|&(tissue, share)| share * of(tissue))
                    .sum();
            }
        });
        out
    }
}

/// The voxels of a session's scan in which the inner part of the orbital fat is seen, in the order
/// of the grid.
pub(super) fn seen_fat(head: &Head, session: &Session) -> Vec<[usize; 3]> {
    let dims @ [nx, ny, nz] = head.grid.dims();
    let plane = nx * ny;
    let is_fat = |voxel: usize| {
        matches!(
            Region::from_index(head.regions[voxel]),
            Some(Region::OrbitalFatLeft | Region::OrbitalFatRight)
        )
    };
    let is_inner = |index: [usize; 3]| {
        let voxel = index[0] + nx * index[1] + plane * index[2];
        let is_within = (0..3).all(|axis| index[axis] > 0 && index[axis] + 1 < dims[axis]);
        is_within
            && is_fat(voxel)
            && [1, nx, plane]
                .into_iter()
                .all(|step| is_fat(voxel - step) && is_fat(voxel + step))
    };
    let moved = (!session.is_aligned()).then(|| session.head_from_scan());
    let middle = dims.map(|n| (n as f64 - 1.0) / 2.0);
    let mm = head.voxel_mm();
    // The voxel of the head that is nearest to one of the scan.
    let in_head = |index: [usize; 3]| -> Option<[usize; 3]> {
        let Some(moved) = &moved else {
            return Some(index);
        };
        let scan: [f64; 3] = std::array::from_fn(|a| (index[a] as f64 - middle[a]) * mm);
        let seen = moved * Point3::from(scan);
        let place: [f64; 3] = std::array::from_fn(|a| (seen[a] / mm + middle[a]).round());
        let is_inside = (0..3).all(|a| place[a] >= 0.0 && place[a] < dims[a] as f64);
        is_inside.then(|| place.map(|at| at as usize))
    };
    (0..nz)
        .into_par_iter()
        .flat_map_iter(|z| {
            let is_seen = |place: &[usize; 3]| in_head(*place).is_some_and(is_inner);
            let places = (0..plane).map(move |at| [at % nx, at / nx, z]);
            places.filter(is_seen).collect::<Vec<_>>()
        })
        .collect()
}

/// The mean and the median of the signal of fat; 0 where there is none.
pub(super) fn mean_and_median(mut counts: Vec<f32>) -> [f32; 2] {
    counts.sort_unstable_by(f32::total_cmp);
    let n = counts.len().max(1);
    let mean = counts.iter().map(|&count| f64::from(count)).sum::<f64>() / n as f64;
    [mean as f32, counts.get(n / 2).copied().unwrap_or(0.0)]
}

/// Standard deviations of how neck and jaw turn (half of it sideways) and move from scan to scan.
const NECK_DEG: f64 = 4.0;
const NECK_MM: f64 = 1.5;

/// The scan of a head before any tracer, without an examination: counts on the head's grid.
#[must_use]
pub fn scan_without_tracer(head: &Head, patient: &Patient) -> Vec<i16> {
    let cells = Cells::of(head, patient, 1);
    let none = vec![0.0; cells.domain.csf.len()];
    let snapshot = Snapshot {
        hours: 0.0,
        csf: none.clone(),
        tissue: none,
    };
    let seeds = [patient.seed, 0];
    Painter::new(head, (&cells, &snapshot), &Sequence::default(), seeds).volume()
}

/// Scans come late or early by some percent, and up to an hour and a half on the following days.
pub(super) fn sessions(patient: &Patient, protocol: &ScanProtocol) -> Vec<Session> {
    let mut rng = ChaCha8Rng::seed_from_u64(patient.seed ^ 0x7469_6d65);
    // Apart from the others, so that those are the same with and without it.
    let mut necks = ChaCha8Rng::seed_from_u64(patient.seed ^ 0x6e65_636b);
    let mut earliest = 0.0;
    let nominal = protocol.nominal_hours.iter();
    nominal
        .map(|&nominal_hours| {
            let late = normal(&mut rng).clamp(-2.0, 2.0);
            let [x, y, z, about_x, about_y, about_z] =
                std::array::from_fn(|_| protocol.misalignment * normal(&mut rng));
            let actual_hours = if nominal_hours <= 0.0 {
                0.0
            } else {
                let spread = (0.08 * nominal_hours).min(0.75);
                // Two sessions never change places.
                f64::max(nominal_hours + spread * late, earliest + 0.1)
            };
            earliest = actual_hours;
            Session {
                nominal_hours,
                actual_hours: (actual_hours * 100.0).round() / 100.0,
                moved_mm: [x, y, z],
                turned_deg: [about_x, about_y, about_z],
                neck: protocol.neck_bends.then(|| NeckBend {
                    turned_deg: [
                        NECK_DEG * normal(&mut necks),
                        NECK_DEG / 2.0 * normal(&mut necks),
                    ],
                    moved_mm: std::array::from_fn(|_| NECK_MM * normal(&mut necks)),
                }),
            }
        })
        .collect()
}

/// Follows the tracer to all of `hours`, which rise: with the flow of the first hours until they
/// end, if the patient has one, and from there with the later one.
fn follow(
    domain: &Domain,
    patient: &Patient,
    hours: &[f64],
    progress: &(dyn Fn(f32) -> ControlFlow<()> + Sync),
) -> Result<Course, ExaminationError> {
    let own = &patient.physiology;
    let flow_of = |aqueduct_net_ml_per_day: f64| {
        let parameters = parameters(patient, aqueduct_net_ml_per_day);
        match transport::flow(domain, &parameters) {
            Ok(flow) => Ok((flow, parameters)),
            Err(source) => Err(ExaminationError::Flow {
                id: patient.id.clone(),
                source,
            }),
        }
    };
    let last_h = hours.last().copied().unwrap_or(0.0);
    let Some(early) = own.early.filter(|early| early.until_h < last_h) else {
        let (flow, parameters) = flow_of(own.aqueduct_net_ml_per_day)?;
        return transport::simulate(domain, &flow, &parameters, hours, progress)
            .ok_or(ExaminationError::Cancelled);
    };
    let (flow, parameters) = flow_of(early.aqueduct_net_ml_per_day)?;
    let n_early = hours.partition_point(|&hour| hour <= early.until_h);
    let mut goals = hours[..n_early].to_vec();
    goals.push(early.until_h);
    let share = |done: f32| progress(done * (early.until_h / last_h) as f32);
    let mut course = transport::simulate(domain, &flow, &parameters, &goals, &share)
        .ok_or(ExaminationError::Cancelled)?;
    let changed = course.snapshots.pop().unwrap_or_default();

    let (flow, parameters) = flow_of(own.aqueduct_net_ml_per_day)?;
    let goals = &hours[n_early..];
    let later = transport::simulate_from(&changed, domain, &flow, &parameters, goals, progress)
        .ok_or(ExaminationError::Cancelled)?;
    // The later course begins with what is there, as if nothing had been cleared before.
    let cleared_mmol = course.balance.last().map_or(0.0, |row| row.cleared_mmol);
    course
        .balance
        .extend(later.balance.into_iter().skip(1).map(|row| BalanceRow {
            entered_mmol: row.entered_mmol + cleared_mmol,
            cleared_mmol: row.cleared_mmol + cleared_mmol,
            ..row
        }));
    course.snapshots.extend(later.snapshots);
    Ok(course)
}

/// The reference coefficients, changed by what is the patient's own, for one of the patient's
/// flows.
fn parameters(patient: &Patient, aqueduct_net_ml_per_day: f64) -> Parameters {
    let own = &patient.physiology;
    let mut parameters = Parameters {
        aqueduct_net_ml_per_day,
        ..Parameters::default()
    };
    parameters.craniocervical_ml_per_day *= own.clearance_scale;
    // What flows back into the ventricles comes from below, as phase-contrast MRI has it.
    parameters.craniocervical_ml_per_day -= aqueduct_net_ml_per_day.min(0.0);
    parameters.sas_dispersion *= own.dispersion_scale;
    parameters.cistern_dispersion *= own.dispersion_scale;
    parameters.ventricle_dispersion *= own.ventricular_dispersion_scale;
    parameters.aqueduct_dispersion *= own.ventricular_dispersion_scale;
    parameters.tissue_clearance_per_s *= own.clearance_scale;
    parameters.influx.amount_mmol *= own.influx_scale;
    parameters.influx.delay_s += own.arrival_delay_h * 3600.0;
    parameters
}
