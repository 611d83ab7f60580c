//! Simulated patients with enlarged perivascular spaces as a BIDS data set.

use super::folder::{begin_folder, describe, kept};
use super::patients::side_by_side;
use crate::formats::bids::{ScanName, write_json, write_text, write_tsv};
use crate::formats::{Voxels, write_nifti};
use crate::phantom::Patient;
use crate::phantom::spaces::{Lesion, SpaceRegion, SpacesHead, SpacesScan, SpacesSequence};
use crate::volume::Orientation;
use crate::workflows::notice::{Notify, working};
use anyhow::bail;
use serde::{Deserialize, Serialize};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering};

/// Whom to simulate, how, and where to.
pub struct SimulateSpacesRequest<'a> {
    /// The patients.
    pub patients: &'a [Patient],
    /// What they were drawn from.
    pub seed: u64,
    /// The kind of scan.
    pub sequence: SpacesSequence,
    /// Patients at a time.
    pub jobs: usize,
    /// The data set's folder.
    pub output: &'a Path,
}

/// What a data set was made with; kept in it, so that a run is only gone on with by its like.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
struct Settings {
    version: String,
    cohort: String,
    seed: u64,
    n_patients: usize,
    sequence: String,
}

/// Columns of `participants.tsv`.
const PARTICIPANT: [&str; 12] = [
    "participant_id",
    "age",
    "sex",
    "n_spaces",
    "n_visible",
    "spaces_mm3",
    "mask_mm3",
    "n_lesions",
    "noise_of_white_matter",
    "motion_mm",
    "lines_share",
    "seed",
];
/// Columns of `ratings.tsv`, a row for each patient and rater.
const RATING: [&str; 14] = [
    "participant_id",
    "rater",
    "n_marked",
    "n_wrong",
    "count_centrum_semiovale",
    "count_basal_ganglia",
    "count_hippocampi",
    "count_midbrain",
    "zhu_white_matter",
    "zhu_basal_ganglia",
    "potter_centrum_semiovale",
    "potter_basal_ganglia",
    "potter_midbrain",
    "mask_mm3",
];

/// A patient's rows of both tables.
#[derive(Serialize, Deserialize)]
struct Rows {
    participant: Vec<String>,
    ratings: Vec<Vec<String>>,
}

/// Simulates patients into a data set; those that an interrupted run has written are kept.
///
/// # Errors
/// When the folder holds something else, when a file cannot be written, and when `notify` answers to
/// stop.
pub fn simulate_spaces(
    request: &SimulateSpacesRequest<'_>,
    notify: Notify<'_>,
) -> anyhow::Result<()> {
    let data_set = DataSet::begin(request)?;
    let is_left = |patient: &&Patient| !data_set.rows_path(patient).is_file();
    let left: Vec<&Patient> = request.patients.iter().filter(is_left).collect();
    let done = AtomicUsize::new(0);
    side_by_side(&left, request.jobs, &|patient| {
        let what = format!("simulating sub-{}", patient.id);
        let share = done.load(Ordering::Relaxed) as f64 / left.len() as f64;
        if working(notify, &what, share).is_break() {
            bail!("stopped");
        }
        let head = SpacesHead::draw(patient);
        data_set.write(&head, &head.scan(request.sequence))?;
        done.fetch_add(1, Ordering::Relaxed);
        Ok(())
    })?;
    data_set.finish(request.patients)
}

struct DataSet<'a> {
    root: &'a Path,
    truth: PathBuf,
    sequence: SpacesSequence,
}

impl<'a> DataSet<'a> {
    fn begin(request: &SimulateSpacesRequest<'a>) -> anyhow::Result<Self> {
        let (root, sequence) = (request.output, request.sequence);
        let truth = root.join("derivatives").join("phantom");
        let settings = Settings {
            version: env!("CARGO_PKG_VERSION").to_owned(),
            cohort: "spaces".to_owned(),
            seed: request.seed,
            n_patients: request.patients.len(),
            sequence: sequence.name().to_owned(),
        };
        begin_folder(root, &truth, &settings)?;
        let what = "Simulated heads with perivascular spaces";
        describe(root, what, "raw", what)?;
        describe(
            &truth,
            "The truth of the simulated heads with perivascular spaces",
            "derivative",
            what,
        )?;
        write_text(
            &root.join("README"),
            "Simulated heads with enlarged perivascular spaces, made by Cisterna: nobody's scans.\n\
             Research use only, not a medical device.\n\n\
             Under derivatives/phantom lie, for each patient, the mask of all spaces, the share of each\n\
             voxel that they fill, the masks of two simulated raters, labels of regions, and tables of\n\
             spaces and of what may be taken for them. ratings.tsv has what the raters count and grade.\n\
             A space is visible where the largest change of signal that it makes is three standard\n\
             deviations of the noise; the mask holds all, visible or not.\n",
        )?;
        let rows: Vec<Vec<String>> = SpaceRegion::ALL
            .iter()
            .map(|&region| vec![(region as u8).to_string(), region.name().to_owned()])
            .collect();
        write_tsv(&truth.join("regions_dseg.tsv"), &["index", "name"], &rows)?;
        Ok(Self {
            root,
            truth,
            sequence,
        })
    }

    /// Written last: a patient who has it is done.
    fn rows_path(&self, patient: &Patient) -> PathBuf {
        let subject = format!("sub-{}", patient.id);
        self.truth
            .join(&subject)
            .join(format!("{subject}_rows.json"))
    }

    fn write(&self, head: &SpacesHead, scan: &SpacesScan) -> anyhow::Result<()> {
        let id = head.patient.id.as_str();
        let name = ScanName {
            subject: id,
            acquisition: (self.sequence == SpacesSequence::T2Clinical).then_some("clinical"),
            suffix: match self.sequence {
                SpacesSequence::T1 => "T1w",
                SpacesSequence::T2 | SpacesSequence::T2Clinical => "T2w",
            },
            ..ScanName::default()
        };
        write_json(&name.path(self.root, ".json"), &sidecar(scan))?;
        let counts = Voxels::I16 {
            stored: &scan.counts,
            slope: 1.0,
            inter: 0.0,
        };
        let known = Orientation::Known;
        write_nifti(&name.path(self.root, ".nii.gz"), &scan.grid, known, counts)?;
        let bytes =
            |mask: &[bool]| -> Vec<u8> { mask.iter().map(|&is_in| u8::from(is_in)).collect() };
        let masks = [
            ("spaces", &scan.mask),
            ("rater1", &scan.raters[0].mask),
            ("rater2", &scan.raters[1].mask),
        ];
        for (description, mask) in masks {
            self.write_map(&name, description, "mask", scan, Voxels::U8(&bytes(mask)))?;
        }
        let parts: Vec<i16> = scan
            .filled
            .iter()
            .map(|share| (share * 1000.0).round() as i16)
            .collect();
        let shares = Voxels::I16 {
            stored: &parts,
            slope: 0.001,
            inter: 0.0,
        };
        self.write_map(&name, "spaces", "probseg", scan, shares)?;
        self.write_map(&name, "regions", "dseg", scan, Voxels::U8(&scan.labels))?;
        let folder = self.truth.join(format!("sub-{id}"));
        let (columns, rows) = space_rows(head, scan);
        write_tsv(
            &folder.join(format!("sub-{id}_spaces.tsv")),
            &columns,
            &rows,
        )?;
        let (columns, rows) = lesion_rows(head);
        write_tsv(
            &folder.join(format!("sub-{id}_lesions.tsv")),
            &columns,
            &rows,
        )?;
        let rows = Rows {
            participant: participant(head, scan),
            ratings: vec![rating(head, scan, 0), rating(head, scan, 1)],
        };
        write_json(&self.rows_path(&head.patient), &rows)?;
        Ok(())
    }

    fn write_map(
        &self,
        scan_name: &ScanName<'_>,
        description: &str,
        suffix: &str,
        scan: &SpacesScan,
        voxels: Voxels<'_>,
    ) -> anyhow::Result<()> {
        let name = ScanName {
            description: Some(description),
            suffix,
            ..scan_name.clone()
        };
        let what = serde_json::json!({"Manual": false, "Simulated": true});
        write_json(&name.path(&self.truth, ".json"), &what)?;
        let path = name.path(&self.truth, ".nii.gz");
        write_nifti(&path, &scan.grid, Orientation::Known, voxels)?;
        Ok(())
    }

    /// Gathers the patients' rows.
    fn finish(&self, patients: &[Patient]) -> anyhow::Result<()> {
        let (mut participants, mut ratings) = (Vec::new(), Vec::new());
        for patient in patients {
            let path = self.rows_path(patient);
            let rows: Rows = kept(&path)?;
            participants.push(rows.participant);
            ratings.extend(rows.ratings);
        }
        write_tsv(
            &self.root.join("participants.tsv"),
            &PARTICIPANT,
            &participants,
        )?;
        write_tsv(&self.truth.join("ratings.tsv"), &RATING, &ratings)?;
        write_json(
            &self.root.join("participants.json"),
            &serde_json::json!({
                "age": {"Description": "Age of the simulated patient", "Units": "years"},
                "sex": {"Description": "Sex of the simulated patient", "Levels": {"F": "female", "M": "male"}},
                "n_spaces": {"Description": "Perivascular spaces in the head, visible or not"},
                "n_visible": {"Description": "Spaces that change the signal by three standard deviations of the noise or more"},
                "spaces_mm3": {"Description": "Volume of all spaces by their geometry", "Units": "mm3"},
                "mask_mm3": {"Description": "Volume of the true mask's voxels", "Units": "mm3"},
                "n_lesions": {"Description": "White matter lesions, lacunes and veins that may be taken for spaces"},
                "noise_of_white_matter": {"Description": "Standard deviation of the noise over the signal of white matter"},
                "motion_mm": {"Description": "How far the head moved during the scan", "Units": "mm"},
                "lines_share": {"Description": "Share of the lines of k-space that were taken, where it is not all"},
                "seed": {"Description": "What the patient was drawn from"}
            }),
        )?;
        Ok(())
    }
}

fn sidecar(scan: &SpacesScan) -> serde_json::Value {
    let mut sidecar = serde_json::json!({
        "Modality": "MR",
        "MagneticFieldStrength": 3.0,
        "Simulated": true,
        "SimulatedNoiseOfWhiteMatter": scan.noise_of_white,
    });
    let timing = match scan.sequence.spin_echo_ms() {
        Some([tr_ms, te_ms]) => serde_json::json!({
            "PulseSequenceType": "Spin echo",
            "RepetitionTime": tr_ms / 1000.0,
            "EchoTime": te_ms / 1000.0,
        }),
        None => serde_json::json!({"PulseSequenceType": "Inversion-prepared TFE"}),
    };
    if let (Some(all), Some(more)) = (sidecar.as_object_mut(), timing.as_object()) {
        all.extend(more.clone());
        if let Some([mm, deg]) = scan.motion {
            all.insert(
                "SimulatedMotion".to_owned(),
                serde_json::json!({"mm": mm, "deg": deg}),
            );
        }
        if let Some(share) = scan.lines_share {
            all.insert("SimulatedLinesShare".to_owned(), share.into());
        }
    }
    sidecar
}

fn voxel_mm3(scan: &SpacesScan) -> f64 {
    scan.grid.spacing_mm().iter().product()
}

fn volume_of(mask: &[bool], scan: &SpacesScan) -> f64 {
    mask.iter().filter(|is_in| **is_in).count() as f64 * voxel_mm3(scan)
}

fn participant(head: &SpacesHead, scan: &SpacesScan) -> Vec<String> {
    let patient = &head.patient;
    let is_visible = |cnr: f64| cnr >= crate::phantom::spaces::VISIBLE_FROM;
    let n_visible = scan
        .seen
        .iter()
        .filter(|seen| is_visible(seen.contrast_to_noise))
        .count();
    let volume: f64 = head
        .spaces
        .iter()
        .map(|space| space.tube.volume_mm3())
        .sum();
    vec![
        format!("sub-{}", patient.id),
        format!("{:.1}", patient.age_years),
        patient.sex.code().to_owned(),
        head.spaces.len().to_string(),
        n_visible.to_string(),
        format!("{volume:.1}"),
        format!("{:.1}", volume_of(&scan.mask, scan)),
        head.lesions.len().to_string(),
        format!("{:.4}", scan.noise_of_white),
        scan.motion
            .map_or_else(String::new, |[mm, _]| format!("{mm:.2}")),
        scan.lines_share
            .map_or_else(String::new, |share| format!("{share:.3}")),
        patient.seed.to_string(),
    ]
}

fn rating(head: &SpacesHead, scan: &SpacesScan, number: usize) -> Vec<String> {
    let rater = &scan.raters[number];
    let (counts, grades) = (&rater.counts, &rater.grades);
    let n_marked = rater.marked.iter().filter(|marked| **marked).count();
    vec![
        format!("sub-{}", head.patient.id),
        (number + 1).to_string(),
        n_marked.to_string(),
        rater.n_wrong.to_string(),
        counts.semiovale.to_string(),
        counts.basal_ganglia.to_string(),
        counts.hippocampi.to_string(),
        counts.midbrain.to_string(),
        grades.zhu_white.to_string(),
        grades.zhu_basal.to_string(),
        grades.potter_semiovale.to_string(),
        grades.potter_basal.to_string(),
        grades.potter_midbrain.to_string(),
        format!("{:.1}", volume_of(&rater.mask, scan)),
    ]
}

type Table<const N: usize> = ([&'static str; N], Vec<Vec<String>>);

fn space_rows(head: &SpacesHead, scan: &SpacesScan) -> Table<17> {
    let columns = [
        "space",
        "region",
        "x_mm",
        "y_mm",
        "z_mm",
        "direction_x",
        "direction_y",
        "direction_z",
        "length_mm",
        "width_mm",
        "volume_mm3",
        "fluid_share",
        "voxels",
        "voxels_mm3",
        "contrast_to_noise",
        "rater1",
        "rater2",
    ];
    let spaces = head.spaces.iter().zip(&scan.seen).enumerate();
    let rows = spaces.map(|(at, (space, seen))| {
        let (center, way) = (space.tube.center(), space.tube.direction());
        let mut row = vec![(at + 1).to_string(), space.region.name().to_owned()];
        row.extend([center.x, center.y, center.z].map(|mm| format!("{mm:.2}")));
        row.extend([way.x, way.y, way.z].map(|part| format!("{part:.3}")));
        row.extend([
            format!("{:.2}", space.tube.length_mm()),
            format!("{:.3}", space.tube.width_mm),
            format!("{:.3}", space.tube.volume_mm3()),
            format!("{:.3}", space.fluid),
            seen.voxels.len().to_string(),
            format!("{:.2}", seen.voxels.len() as f64 * voxel_mm3(scan)),
            format!("{:.2}", seen.contrast_to_noise),
        ]);
        row.extend([0, 1].map(|rater| u8::from(scan.raters[rater].marked[at]).to_string()));
        row
    });
    (columns, rows.collect())
}

fn lesion_rows(head: &SpacesHead) -> Table<8> {
    let columns = [
        "kind",
        "x_mm",
        "y_mm",
        "z_mm",
        "size_x_mm",
        "size_y_mm",
        "size_z_mm",
        "strength",
    ];
    let row = |lesion: &Lesion| {
        let (kind, center, sizes, strength) = match lesion {
            Lesion::WhiteMatter {
                center,
                radii,
                strength,
            } => (
                "white_matter_lesion",
                *center,
                2.0 * radii,
                format!("{strength:.2}"),
            ),
            Lesion::Lacune { center, radii } => ("lacune", *center, 2.0 * radii, String::new()),
            Lesion::Vein(tube) => {
                let along = (tube.ends[1] - tube.ends[0]).abs();
                ("vein", tube.center(), along, String::new())
            }
        };
        let mut row = vec![kind.to_owned()];
        row.extend([center.x, center.y, center.z].map(|mm| format!("{mm:.2}")));
        row.extend([sizes.x, sizes.y, sizes.z].map(|mm| format!("{mm:.2}")));
        row.push(strength);
        row
    };
    (columns, head.lesions.iter().map(row).collect())
}
