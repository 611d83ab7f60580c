//! The BIDS data set that simulated patients are written into.

use super::folder::{begin_folder, describe, kept};
use super::planes::{FoundSlices, slice_grid};
use super::scanners;
use crate::formats::bids::{ScanName, write_json, write_text, write_tsv};
use crate::formats::{Voxels, write_nifti};
use crate::phantom::{Diagnosis, Examination, Patient, Region, Session};
use crate::signal::Sequence;
use crate::volume::Orientation;
use anyhow::bail;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use std::collections::BTreeMap;
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};

/// What a data set was made with; kept in it, so that a run is only gone on with by its like.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct Settings {
    pub version: String,
    pub seed: u64,
    pub n_patients: usize,
    pub cohort: String,
    pub hours: Vec<f64>,
    pub grid_mm: u8,
    pub sequence: String,
    pub planes_only: bool,
    pub misalignment: f64,
    #[serde(default)]
    pub neck_bends: bool,
    /// Left out where there are none, as before there were any.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub n_scanners: usize,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde hands a reference")]
fn is_zero(n: &usize) -> bool {
    *n == 0
}

/// A scan that is made when it is asked for.
struct Made<'a> {
    examination: &'a Examination,
    volume: &'a dyn Fn() -> Vec<i16>,
    /// By axis and index.
    slice: &'a dyn Fn(usize, usize) -> Vec<i16>,
}

/// A data set that was begun.
pub(super) struct DataSet<'a> {
    root: &'a Path,
    /// Where the truth goes.
    truth: PathBuf,
    settings: &'a Settings,
}

/// Columns of `participants.tsv`; a patient's row is kept as JSON until all are done.
const COLUMNS: [&str; 8] = [
    "participant_id",
    "age",
    "sex",
    "diagnosis",
    "evans_index",
    "reflux_grade",
    "aqueduct_net_flow_ml_per_day",
    "seed",
];

impl<'a> DataSet<'a> {
    /// Starts a data set, or goes on with one that was started alike.
    pub(super) fn begin(root: &'a Path, settings: &'a Settings) -> anyhow::Result<Self> {
        let truth = root.join("derivatives").join("phantom");
        begin_folder(root, &truth, settings)?;
        // Also where the run before was stopped between these.
        let what = "Simulated heads with simulated tracer";
        describe(root, "Simulated tracer examinations", "raw", what)?;
        describe(
            &truth,
            "The truth of the simulated tracer examinations",
            "derivative",
            what,
        )?;
        let mut readme = "Simulated tracer examinations, made by Cisterna. The heads are drawn and the tracer is\n\
             computed: these are nobody's scans. Research use only, not a medical device.\n\n\
             Hours after the injection stand in the JSON file beside each scan. The truth (labels,\n\
             tracer by region, reflux grades) lies under derivatives/phantom.\n"
            .to_owned();
        if settings.n_scanners > 0 {
            readme += "\nEvery session was scanned on several simulated scanners (acq-scanner1 and so on), which\n\
                 differ from patient to patient. What was drawn of them stands in the sidecars and in\n\
                 derivatives/phantom/scanners.tsv, how tissues relax beside the truth of each patient.\n";
        }
        write_text(&root.join("README"), &readme)?;
        let rows: Vec<Vec<String>> = Region::ALL
            .iter()
            .map(|&region| vec![(region as u8).to_string(), region.name().to_owned()])
            .collect();
        write_tsv(&truth.join("regions_dseg.tsv"), &["index", "name"], &rows)?;
        Ok(Self {
            root,
            truth,
            settings,
        })
    }

    fn participant_path(&self, patient: &Patient) -> PathBuf {
        let subject = format!("sub-{}", patient.id);
        self.truth
            .join(&subject)
            .join(format!("{subject}_participant.json"))
    }

    /// Whether all of a patient was written.
    pub(super) fn has(&self, patient: &Patient) -> bool {
        self.participant_path(patient).is_file()
    }

    /// Writes a patient's scans and truth, and says which share is done; where that is answered to stop, the
    /// patient is not done.
    pub(super) fn write(
        &self,
        examination: &Examination,
        sequence: &Sequence,
        tell: &dyn Fn(f32) -> ControlFlow<()>,
    ) -> anyhow::Result<()> {
        let n_sessions = examination.sessions.len();
        let slices = match self.settings.planes_only {
            true => Some(FoundSlices::of(examination)?),
            false => None,
        };
        for session_idx in 0..n_sessions {
            self.write_session(examination, sequence, session_idx, slices.as_ref())?;
            if tell((session_idx + 1) as f32 / n_sessions as f32).is_break() {
                bail!("stopped");
            }
        }
        match &slices {
            Some(slices) => slices.write_labels(examination, &self.truth)?,
            None => self.write_maps(examination)?,
        }
        self.write_tables(examination)?;
        if self.settings.n_scanners > 0 {
            scanners::write(&self.truth, examination)?;
        }
        // Last: a patient who has this row is done.
        let row: BTreeMap<&str, String> =
            COLUMNS.into_iter().zip(participant(examination)).collect();
        write_json(&self.participant_path(&examination.patient), &row)?;
        Ok(())
    }

    fn write_session(
        &self,
        examination: &Examination,
        sequence: &Sequence,
        session_idx: usize,
        slices: Option<&FoundSlices>,
    ) -> anyhow::Result<()> {
        let label = session_label(session_idx);
        let name = ScanName {
            subject: &examination.patient.id,
            session: Some(&label),
            suffix: "T1w",
            ..ScanName::default()
        };
        let session = &examination.sessions[session_idx];
        if examination.scanners.is_empty() {
            let fat = examination.orbital_fat(session_idx);
            let made = Made {
                examination,
                volume: &|| examination.scan(session_idx),
                slice: &|axis, at| examination.scan_slice(session_idx, axis, at),
            };
            return self.write_scan(&name, sidecar(sequence, session, fat), &made, slices);
        }
        let tracer = examination.tracer_in_head(session_idx);
        for (scanner_idx, scanner) in examination.scanners.iter().enumerate() {
            let scan = examination.scan_on(scanner_idx, session_idx, &tracer);
            let sidecar = Sidecar {
                scan_options: (scanner.fat_left < 1.0).then_some("FS"),
                simulated_scanner: Some(scanners::in_sidecar(scanner)),
                simulated_faults: Some(scanners::faults_in_sidecar(&scan.faults)),
                ..sidecar(&scanner.sequence, session, scan.orbital_fat())
            };
            let acquisition = scanners::acquisition(scanner_idx);
            let name = ScanName {
                acquisition: Some(&acquisition),
                ..name.clone()
            };
            let made = Made {
                examination,
                volume: &|| scan.volume(),
                slice: &|axis, at| scan.slice(axis, at),
            };
            self.write_scan(&name, sidecar, &made, slices)?;
        }
        Ok(())
    }

    /// A scan, or its two planes.
    fn write_scan(
        &self,
        name: &ScanName<'_>,
        sidecar: Sidecar,
        made: &Made<'_>,
        slices: Option<&FoundSlices>,
    ) -> anyhow::Result<()> {
        let grid = &made.examination.head.grid;
        let Some(slices) = slices else {
            let counts = (made.volume)();
            write_json(&name.path(self.root, ".json"), &sidecar)?;
            let path = name.path(self.root, ".nii.gz");
            write_nifti(&path, grid, Orientation::Known, as_counts(&counts))?;
            return Ok(());
        };
        let sidecar = PlaneSidecar {
            scan: sidecar,
            planes_not_sure: &slices.not_sure,
        };
        for (axis, slice_idx, plane) in slices.cuts() {
            let acquisition = format!("{}{plane}", name.acquisition.unwrap_or_default());
            let name = ScanName {
                acquisition: Some(&acquisition),
                ..name.clone()
            };
            let slice = (made.slice)(axis, slice_idx);
            write_json(&name.path(self.root, ".json"), &sidecar)?;
            let path = name.path(self.root, ".nii.gz");
            let grid = slice_grid(grid, axis, slice_idx)?;
            write_nifti(&path, &grid, Orientation::Known, as_counts(&slice))?;
        }
        Ok(())
    }

    /// Labels, and tracer at each session.
    fn write_maps(&self, examination: &Examination) -> anyhow::Result<()> {
        let id = &examination.patient.id;
        let labels = ScanName {
            subject: id,
            description: Some("regions"),
            suffix: "dseg",
            ..ScanName::default()
        };
        let path = labels.path(&self.truth, ".nii.gz");
        write_json(
            &labels.path(&self.truth, ".json"),
            &serde_json::json!({"Manual": false, "Resolution": "1 mm", "Simulated": true}),
        )?;
        let grid = &examination.head.grid;
        write_nifti(
            &path,
            grid,
            Orientation::Known,
            Voxels::U8(&examination.head.regions),
        )?;
        for session_idx in 0..examination.sessions.len() {
            let label = session_label(session_idx);
            let map = ScanName {
                subject: id,
                session: Some(&label),
                description: Some("mmolPerLitre"),
                suffix: "tracer",
                ..ScanName::default()
            };
            let path = map.path(&self.truth, ".nii.gz");
            write_json(
                &map.path(&self.truth, ".json"),
                &serde_json::json!({"Units": "mmol/l"}),
            )?;
            let concentration = examination.concentration(session_idx);
            // Counts of 1e-4 mmol/l, far below what a scan shows, and more where there is much.
            let most = concentration.iter().copied().fold(0.0, f32::max);
            let slope = f32::max(1e-4, most / f32::from(i16::MAX));
            let counts: Vec<i16> = concentration
                .iter()
                .map(|c| (c / slope).round().clamp(0.0, f32::from(i16::MAX)) as i16)
                .collect();
            let voxels = Voxels::I16 {
                stored: &counts,
                slope,
                inter: 0.0,
            };
            write_nifti(&path, grid, Orientation::Known, voxels)?;
        }
        Ok(())
    }

    /// Tracer over time, and by region.
    fn write_tables(&self, examination: &Examination) -> anyhow::Result<()> {
        let subject = format!("sub-{}", examination.patient.id);
        let rows: Vec<Vec<String>> = examination
            .course
            .balance
            .iter()
            .map(|row| {
                [
                    row.hours,
                    row.intracranial_mmol,
                    row.tissue_mmol,
                    row.intracranial_csf_mmol,
                    row.csf_mmol_per_l,
                    row.ventricles_mmol_per_l,
                    row.cleared_mmol,
                    row.entered_mmol,
                ]
                .map(|number| format!("{number:.6}"))
                .to_vec()
            })
            .collect();
        let columns = [
            "hours",
            "intracranial_mmol",
            "brain_mmol",
            "csf_mmol",
            "csf_mmol_per_l",
            "ventricles_mmol_per_l",
            "cleared_mmol",
            "entered_mmol",
        ];
        let folder = self.truth.join(&subject);
        write_tsv(
            &folder.join(format!("{subject}_tracer.tsv")),
            &columns,
            &rows,
        )?;
        let rows: Vec<Vec<String>> = examination
            .regional()
            .iter()
            .map(|row| {
                vec![
                    format!("{:.2}", row.hours),
                    format!("{:?}", row.zone),
                    format!("{:.3}", row.volume_ml),
                    format!("{:.6}", row.mmol),
                    format!("{:.6}", row.mmol_per_l),
                ]
            })
            .collect();
        let columns = ["hours", "zone", "volume_ml", "mmol", "mmol_per_l"];
        write_tsv(
            &folder.join(format!("{subject}_regions.tsv")),
            &columns,
            &rows,
        )?;
        Ok(())
    }

    /// Gathers the patients' rows into `participants.tsv`.
    pub(super) fn finish(&self, patients: &[Patient]) -> anyhow::Result<()> {
        let mut rows = Vec::with_capacity(patients.len());
        for patient in patients {
            let path = self.participant_path(patient);
            let row: BTreeMap<String, String> = kept(&path)?;
            let cells = COLUMNS.map(|column| row.get(column).cloned().unwrap_or_default());
            rows.push(cells.to_vec());
        }
        write_tsv(&self.root.join("participants.tsv"), &COLUMNS, &rows)?;
        if self.settings.n_scanners > 0 {
            scanners::finish(&self.truth, patients)?;
        }
        let diagnoses: serde_json::Map<String, serde_json::Value> = Diagnosis::ALL
            .iter()
            .map(|d| (d.code().to_owned(), d.name().into()))
            .collect();
        write_json(
            &self.root.join("participants.json"),
            &serde_json::json!({
                "age": {"Description": "Age of the simulated patient", "Units": "years"},
                "sex": {"Description": "Sex of the simulated patient", "Levels": {"F": "female", "M": "male"}},
                "diagnosis": {"Description": "Group of the cohort", "Levels": diagnoses},
                "evans_index": {"Description": "Width of the frontal horns over the inner width of the skull"},
                "reflux_grade": {"Description": "True grade of ventricular reflux, 0 to 4"},
                "aqueduct_net_flow_ml_per_day": {"Description": "Net flow through the aqueduct, positive towards the fourth ventricle", "Units": "ml/day"},
                "seed": {"Description": "What the patient was drawn from"}
            }),
        )?;
        Ok(())
    }
}

/// `ses-01` and so on, in the order of the hours.
fn session_label(session_idx: usize) -> String {
    format!("{:02}", session_idx + 1)
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct Sidecar {
    modality: &'static str,
    magnetic_field_strength: f64,
    pulse_sequence_type: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    inversion_time: Option<f64>,
    repetition_time: f64,
    /// From inversion to inversion, and from echo to echo.
    #[serde(skip_serializing_if = "Option::is_none")]
    repetition_time_preparation: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    repetition_time_excitation: Option<f64>,
    /// Echoes of a shot before the centre of k-space, and those from it on.
    #[serde(skip_serializing_if = "Option::is_none")]
    number_shots: Option<[u32; 2]>,
    echo_time: f64,
    flip_angle: f64,
    #[serde(skip_serializing_if = "Option::is_none")]
    contrast_bolus_ingredient: Option<&'static str>,
    hours_after_injection: f64,
    nominal_hours_after_injection: f64,
    simulated: bool,
    /// Of planes nobody can measure it.
    orbital_fat_mean: f32,
    orbital_fat_median: f32,
    /// How the head lies off the grid of the truth.
    #[serde(skip_serializing_if = "Option::is_none")]
    simulated_motion: Option<Motion>,
    /// As DICOM has it: FS where fat is suppressed.
    #[serde(skip_serializing_if = "Option::is_none")]
    scan_options: Option<&'static str>,
    /// What was drawn of the scanner, and of this session on it.
    #[serde(skip_serializing_if = "Option::is_none")]
    simulated_scanner: Option<Map<String, Value>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    simulated_faults: Option<Value>,
}

#[derive(Serialize)]
struct Motion {
    translation_mm: [f64; 3],
    rotation_deg: [f64; 3],
}

/// Beside a scan of which only the planes are written.
#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct PlaneSidecar<'a> {
    #[serde(flatten)]
    scan: Sidecar,
    /// Why the program may have found them wrong.
    #[serde(skip_serializing_if = "<[String]>::is_empty")]
    planes_not_sure: &'a [String],
}

fn sidecar(sequence: &Sequence, session: &Session, fat: [f32; 2]) -> Sidecar {
    let seconds = |ms: f64| ms / 1000.0;
    let tfe = match sequence {
        Sequence::Tfe(tfe) => Some(tfe),
        Sequence::Spgr(_) => None,
    };
    let (name, inversion_ms, repetition_ms, echo_ms, flip_angle) = match sequence {
        Sequence::Tfe(tfe) => {
            let inversion_ms = Some(tfe.inversion_ms());
            (
                "Inversion-prepared TFE",
                inversion_ms,
                tfe.shot_ms,
                tfe.te_ms,
                tfe.flip_deg,
            )
        }
        Sequence::Spgr(spgr) => (
            "Spoiled gradient echo",
            None,
            spgr.tr_ms,
            spgr.te_ms,
            spgr.flip_deg,
        ),
    };
    Sidecar {
        modality: "MR",
        magnetic_field_strength: 3.0,
        pulse_sequence_type: name,
        // Seconds, as BIDS has it.
        inversion_time: inversion_ms.map(seconds),
        repetition_time: seconds(repetition_ms),
        repetition_time_preparation: tfe.map(|tfe| seconds(tfe.shot_ms)),
        repetition_time_excitation: tfe.map(|tfe| seconds(tfe.echo_spacing_ms)),
        number_shots: tfe.map(|tfe| {
            let before = tfe.centre_echo - 1;
            [before, tfe.n_echoes - before]
        }),
        echo_time: seconds(echo_ms),
        flip_angle,
        contrast_bolus_ingredient: (session.actual_hours > 0.0).then_some("GADOLINIUM"),
        hours_after_injection: session.actual_hours,
        nominal_hours_after_injection: session.nominal_hours,
        simulated: true,
        orbital_fat_mean: fat[0],
        orbital_fat_median: fat[1],
        simulated_motion: (!session.is_aligned()).then_some(Motion {
            translation_mm: session.moved_mm,
            rotation_deg: session.turned_deg,
        }),
        scan_options: None,
        simulated_scanner: None,
        simulated_faults: None,
    }
}

/// Counts that are stored as they are.
fn as_counts(stored: &[i16]) -> Voxels<'_> {
    Voxels::I16 {
        stored,
        slope: 1.0,
        inter: 0.0,
    }
}

/// Cells of [`COLUMNS`].
fn participant(examination: &Examination) -> [String; 8] {
    let patient = &examination.patient;
    [
        format!("sub-{}", patient.id),
        format!("{:.1}", patient.age_years),
        patient.sex.code().to_owned(),
        patient.diagnosis.code().to_owned(),
        format!("{:.3}", examination.head.evans_index()),
        examination.reflux.grade.to_string(),
        format!("{:.0}", patient.physiology.aqueduct_net_ml_per_day),
        patient.seed.to_string(),
    ]
}
