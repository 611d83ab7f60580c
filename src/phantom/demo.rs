//! The demo's patients, and the scans that its window opens on.
//!
//! The window is to show a patient at once. Drawing a head takes a second, following the tracer
//! many; so the first patient is compiled in on voxels of 2 mm, with the tracer as it was
//! simulated, and the head is drawn finely while the coarse one is looked at.

use super::cells::Cells;
use super::examination::{Examination, ExaminationError, ScanProtocol, Session, sessions};
use super::painter::Painter;
use super::transport::Snapshot;
use super::{Diagnosis, Head, Patient};
use crate::signal::Sequence;
use flate2::Compression;
use flate2::read::GzDecoder;
use flate2::write::GzEncoder;
use std::io::{Read, Write};
use std::ops::ControlFlow;

/// What the demo's patients are drawn from.
pub const DEMO_SEED: u64 = 24;

/// When the first of them is scanned, h.
pub const DEMO_HOURS: [f64; 4] = [0.0, 4.0, 24.0, 48.0];

/// The patients of the demo, whose reflux grades differ: by group and number.
const DEMO_PATIENTS: [(Diagnosis, usize); 4] = [
    (Diagnosis::Inph, 0),
    (Diagnosis::Reference, 1),
    (Diagnosis::Hydrocephalus, 8),
    (Diagnosis::Sih, 9),
];

/// The first patient, as [`demo_pack`] packs it.
static PACK: &[u8] = include_bytes!("../../assets/demo.gz");

/// The edge of the cells of the demo's tracer, mm.
const CELL_MM: usize = 2;

/// The highest code of tracer; fewer codes pack better.
const MOST_CODE: f32 = 127.0;

/// What it stands for, mmol/l: in CSF, and in tissue. Codes go with the square root, so that small
/// amounts keep their shades.
const MOST_MMOL_PER_L: [f32; 2] = [2.5, 0.5];

/// The demo's patients; the window shows the first.
#[must_use]
pub fn demo_patients() -> Vec<Patient> {
    DEMO_PATIENTS
        .iter()
        .map(|&(diagnosis, idx)| Patient::draw(idx, DEMO_SEED, diagnosis))
        .collect()
}

/// Scans at these hours, as fast as they can be simulated.
#[must_use]
pub fn demo_protocol(nominal_hours: &[f64]) -> ScanProtocol {
    ScanProtocol {
        nominal_hours: nominal_hours.to_vec(),
        sequence: Sequence::default(),
        transport_mm: CELL_MM,
        misalignment: 0.0,
        neck_bends: false,
        n_scanners: 0,
    }
}

/// The first patient at [`DEMO_HOURS`], without waiting for the transport.
pub struct DemoScans {
    patient: Patient,
    head: Head,
    cells: Cells,
    sessions: Vec<Session>,
    snapshots: Vec<Snapshot>,
}

impl DemoScans {
    /// On voxels of 2 mm, at once.
    #[must_use]
    pub fn coarse() -> Self {
        let patient = demo_patients().swap_remove(0);
        let mut codes = GzDecoder::new(PACK);
        let mut head = Head::empty(CELL_MM);
        for values in head.arrays_mut() {
            fill(&mut codes, values);
        }
        let cells = Cells::of(&head, &patient, 1);
        let sessions = sessions(&patient, &demo_protocol(&DEMO_HOURS));
        let snapshots = unpacked(codes, &cells, &sessions);
        Self {
            patient,
            head,
            cells,
            sessions,
            snapshots,
        }
    }

    /// The same on voxels of 1 mm.
    #[must_use]
    pub fn refined(mut self) -> Self {
        self.head = Head::draw(&self.patient, 1);
        self.cells.by = CELL_MM;
        self
    }

    /// The head as it is drawn.
    #[must_use]
    pub fn head(&self) -> &Head {
        &self.head
    }

    /// When the scans were taken.
    #[must_use]
    pub fn sessions(&self) -> &[Session] {
        &self.sessions
    }

    /// One of the scans: counts on the head's grid.
    ///
    /// # Panics
    ///
    /// Where there is no such session.
    #[must_use]
    pub fn scan(&self, session_idx: usize) -> Vec<i16> {
        let tracer = (&self.cells, &self.snapshots[session_idx]);
        let seeds = [self.patient.seed, session_idx as u64];
        Painter::new(&self.head, tracer, &Sequence::default(), seeds).volume()
    }
}

/// Simulates the first patient and packs it: gzip of a byte for each voxel of 2 mm of region,
/// first and second tissue and share, and then for each session but the first, before which there
/// is no tracer, of CSF's and of tissue's.
///
/// # Errors
///
/// As [`Examination::run`].
pub fn demo_pack() -> Result<Vec<u8>, ExaminationError> {
    let patient = demo_patients().swap_remove(0);
    let mut head = Head::draw(&patient, CELL_MM);
    for share in &mut head.share {
        // 16 shades are enough for a second's look, and pack better.
        *share = share.saturating_add(8) / 17 * 17;
    }
    let go_on = |_| ControlFlow::Continue(());
    let examination = Examination::run(patient, &demo_protocol(&DEMO_HOURS), &go_on)?;
    let cells = examination.cells();
    let mut gzip = GzEncoder::new(Vec::new(), Compression::best());
    // Into memory, which does not fail.
    for values in head.arrays_mut() {
        let _ = gzip.write_all(values);
    }
    for snapshot in &examination.course.snapshots[1..] {
        for (values, most) in [&snapshot.csf, &snapshot.tissue]
            .into_iter()
            .zip(MOST_MMOL_PER_L)
        {
            let mut codes = vec![0_u8; cells.n_all()];
            for (&value, place) in values.iter().zip(cells.places()) {
                codes[place] = (MOST_CODE * (value / most).clamp(0.0, 1.0).sqrt()).round() as u8;
            }
            let _ = gzip.write_all(&codes);
        }
    }
    Ok(gzip.finish().unwrap_or_default())
}

/// The next bytes of a pack; zeros where they are missing.
fn fill(codes: &mut GzDecoder<&[u8]>, values: &mut [u8]) {
    if codes.read_exact(values).is_err() {
        values.fill(0);
    }
}

/// The tracer of a pack, for the cells of its head.
fn unpacked(mut codes: GzDecoder<&[u8]>, cells: &Cells, sessions: &[Session]) -> Vec<Snapshot> {
    let places: Vec<usize> = cells.places().collect();
    let mut grid = vec![0_u8; cells.n_all()];
    let mut next = |most: f32| -> Vec<f32> {
        fill(&mut codes, &mut grid);
        let value = |&place: &usize| most * (f32::from(grid[place]) / MOST_CODE).powi(2);
        places.iter().map(value).collect()
    };
    let mut snapshots = Vec::with_capacity(sessions.len());
    for (idx, session) in sessions.iter().enumerate() {
        let [csf, tissue] = match idx {
            0 => [vec![0.0; places.len()], vec![0.0; places.len()]],
            _ => MOST_MMOL_PER_L.map(&mut next),
        };
        snapshots.push(Snapshot {
            hours: session.actual_hours,
            csf,
            tissue,
        });
    }
    snapshots
}
