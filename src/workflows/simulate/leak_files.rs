//! The files of a data set of patients examined for a leak.

use super::folder::{begin_folder, describe, kept};
use crate::anatomy::bern::{
    Findings, Item, Line, Marked, Measured, SHEET_FORMAT, Seen, Sheet, SheetScan, Signs,
};
use crate::formats::bids::{ScanName, write_json, write_text, write_tsv};
use crate::formats::{Voxels, write_nifti};
use crate::models::file_sha256;
use crate::phantom::leak::LeakCase;
use crate::phantom::{ContrastHead, ContrastPart, Region};
use crate::signal::{R1_IN_BLOOD_L_PER_MMOL_S, R2_IN_BLOOD_L_PER_MMOL_S, Tse};
use crate::volume::Orientation;
use anyhow::anyhow;
use serde::{Deserialize, Serialize};
use serde_json::json;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// What a data set was made with; kept in it, so that a run is only gone on with by its like.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct LeakSettings {
    pub version: String,
    pub cohort: String,
    pub seed: u64,
    pub n_patients: usize,
    pub preset: String,
    pub grid_mm: u8,
    pub twins: bool,
}

/// By whom the worksheets are, and when they were signed: the same bytes at all times.
const READER: &str = "simulated";
const SIGNED_AT: &str = "2000-01-01T00:00:00Z";

/// A data set that was begun.
pub(super) struct LeakDataSet<'a> {
    root: &'a Path,
    /// Where the truth goes.
    truth: PathBuf,
    /// Where heads without the signs of their leak go.
    twins: PathBuf,
    /// Where worksheets go.
    sheets: PathBuf,
}

/// A column of `participants.tsv`, with what it means and its unit.
type Column = (&'static str, &'static str, &'static str);

const COLUMNS: [Column; 28] = [
    ("participant_id", "", ""),
    ("age", "Age of the simulated patient", "years"),
    ("sex", "Sex of the simulated patient: F or M", ""),
    (
        "leak",
        "1 where a leak was found, 0 where none was: the label",
        "",
    ),
    ("severity", "Latent severity of the signs, 0 to 1", ""),
    (
        "crowding",
        "Small posterior fossa in a head without a leak, 0 for none",
        "",
    ),
    (
        "focal_dura",
        "Focal thickening of the dura in a head without a leak, 0 for none",
        "",
    ),
    (
        "large_sinus",
        "One large transverse sinus in a head without a leak, 0 for none",
        "",
    ),
    ("suprasellar_mm", "True suprasellar cistern", "mm"),
    ("prepontine_mm", "True prepontine cistern", "mm"),
    ("mamillopontine_mm", "True mamillopontine distance", "mm"),
    (
        "dura_mm",
        "True thickness of the dura where it is thickest",
        "mm",
    ),
    (
        "sinus_bulge_mm",
        "True bulge of the lower wall of the dominant transverse sinus; negative: concave",
        "mm",
    ),
    (
        "subdural_mm",
        "True thickness of the collection under the dura, 0 for none",
        "mm",
    ),
    (
        "pituitary_mm",
        "Drawn height of the pituitary; the head has less where the chiasm leaves no room",
        "mm",
    ),
    ("pachymeningeal", "True pachymeningeal enhancement", ""),
    (
        "venous",
        "True engorgement of the dominant transverse sinus",
        "",
    ),
    ("subdural", "True collection under the dura", ""),
    ("bern", "Bern score of the true findings", "points"),
    (
        "reader_pachymeningeal",
        "Pachymeningeal enhancement as a simulated reader saw it",
        "",
    ),
    (
        "reader_venous",
        "Engorgement as a simulated reader saw it",
        "",
    ),
    (
        "reader_suprasellar_mm",
        "Suprasellar cistern as a simulated reader measured it",
        "mm",
    ),
    (
        "reader_subdural",
        "Collection as a simulated reader saw it",
        "",
    ),
    (
        "reader_prepontine_mm",
        "Prepontine cistern as a simulated reader measured it",
        "mm",
    ),
    (
        "reader_mamillopontine_mm",
        "Mamillopontine distance as a simulated reader measured it",
        "mm",
    ),
    (
        "reader_bern",
        "Bern score of the simulated reader",
        "points",
    ),
    (
        "scanner",
        "Which of three simulated scanners; has nothing to do with the label",
        "",
    ),
    ("seed", "What the head was drawn from", ""),
];

impl<'a> LeakDataSet<'a> {
    /// Starts a data set, or goes on with one that was started alike.
    pub(super) fn begin(root: &'a Path, settings: &LeakSettings) -> anyhow::Result<Self> {
        let derivatives = root.join("derivatives");
        let data_set = Self {
            root,
            truth: derivatives.join("phantom"),
            twins: derivatives.join("twins"),
            sheets: derivatives.join("bern"),
        };
        begin_folder(root, &data_set.truth, settings)?;
        data_set.describe(settings)?;
        Ok(data_set)
    }

    fn describe(&self, settings: &LeakSettings) -> anyhow::Result<()> {
        let describe = |folder: &Path, name: &str, dataset_type| {
            let what = "Simulated heads after a simulated contrast agent";
            describe(folder, name, dataset_type, what)
        };
        describe(self.root, "Simulated examinations for leaks of CSF", "raw")?;
        describe(
            &self.truth,
            "The truth of the simulated examinations",
            "derivative",
        )?;
        if settings.twins {
            let name = "The heads with a leak as they would be without its signs";
            describe(&self.twins, name, "derivative")?;
        }
        write_text(
            &self.root.join("README"),
            "Simulated heads after an intravenous contrast agent, with and without a leak of\n\
             cerebrospinal fluid, made by Cisterna. These are nobody's scans. Research use only, not a\n\
             medical device.\n\n\
             participants.tsv has the label, what is true of each head and what a simulated reader\n\
             saw. Labels lie under derivatives/phantom, the reader's worksheets of the Bern score under\n\
             derivatives/bern, and under derivatives/twins, where they were asked for, the heads with a\n\
             leak as they would be without its signs: no patients of their own.\n",
        )?;
        let regions = Region::ALL.iter().map(|&r| (r as u8, r.name()));
        let parts = ContrastPart::ALL.into_iter().map(|p| (p as u8, p.name()));
        let rows: Vec<Vec<String>> = regions
            .chain(parts)
            .map(|(index, name)| vec![index.to_string(), name.to_owned()])
            .collect();
        write_tsv(
            &self.truth.join("regions_dseg.tsv"),
            &["index", "name"],
            &rows,
        )?;
        Ok(())
    }

    fn participant_path(&self, case: &LeakCase) -> PathBuf {
        let subject = format!("sub-{}", case.id);
        let file = format!("{subject}_participant.json");
        self.truth.join(&subject).join(file)
    }

    /// Whether all of a patient was written.
    pub(super) fn has(&self, case: &LeakCase) -> bool {
        self.participant_path(case).is_file()
    }

    /// Writes a patient's scan, labels and worksheet, and last the row that says so.
    pub(super) fn write(&self, case: &LeakCase, head: &ContrastHead) -> anyhow::Result<()> {
        let scan = write_scan(self.root, case, head, None)?;
        self.write_labels(case, head)?;
        self.write_sheet(case, head, &scan)?;
        let row: BTreeMap<&str, String> = COLUMNS
            .iter()
            .map(|(name, ..)| *name)
            .zip(participant(case))
            .collect();
        write_json(&self.participant_path(case), &row)?;
        Ok(())
    }

    /// Writes the scan of a head without the signs of its leak.
    pub(super) fn write_twin(&self, twin: &LeakCase, head: &ContrastHead) -> anyhow::Result<()> {
        write_scan(&self.twins, twin, head, Some("withoutSigns")).map(|_| ())
    }

    fn write_labels(&self, case: &LeakCase, head: &ContrastHead) -> anyhow::Result<()> {
        let name = ScanName {
            subject: &case.id,
            description: Some("regions"),
            suffix: "dseg",
            ..ScanName::default()
        };
        let resolution = format!("{} mm", head.voxel_mm());
        write_json(
            &name.path(&self.truth, ".json"),
            &json!({"Manual": false, "Resolution": resolution, "Simulated": true}),
        )?;
        let path = name.path(&self.truth, ".nii.gz");
        write_nifti(
            &path,
            &head.grid,
            Orientation::Known,
            Voxels::U8(&head.labels),
        )?;
        let lines: serde_json::Map<String, serde_json::Value> = Item::LENGTHS
            .into_iter()
            .zip(head.lines)
            .map(|(item, line)| (item.name().to_owned(), json!(line)))
            .collect();
        let subject = format!("sub-{}", case.id);
        let path = self
            .truth
            .join(&subject)
            .join(format!("{subject}_lines.json"));
        write_json(&path, &lines)?;
        Ok(())
    }

    /// The simulated reader's worksheet: the true lines, as long as the reader measured them.
    fn write_sheet(&self, case: &LeakCase, head: &ContrastHead, scan: &Path) -> anyhow::Result<()> {
        let unhashed = || anyhow!("cannot hash the scan: {}", scan.display());
        let name = scan.file_name().and_then(|name| name.to_str());
        let reader = &case.reader;
        let [suprasellar, prepontine, mamillopontine] = head.lines;
        let sheet = Sheet {
            format: SHEET_FORMAT.to_owned(),
            scan: SheetScan {
                name: name.unwrap_or_default().to_owned(),
                sha256: file_sha256(scan).ok_or_else(unhashed)?,
                voxel_mm: head.voxel_mm(),
            },
            reader: READER.to_owned(),
            signed_at: Some(SIGNED_AT.to_owned()),
            signs: Signs {
                pachymeningeal_enhancement: reader.pachymeningeal,
                venous_sinus_engorgement: reader.venous,
                subdural_collection: reader.subdural,
            },
            lines: Marked {
                suprasellar_cistern: drawn(suprasellar, reader.suprasellar_mm),
                prepontine_cistern: drawn(prepontine, reader.prepontine_mm),
                mamillopontine_distance: drawn(mamillopontine, reader.mamillopontine_mm),
            },
        };
        let text = sheet.to_json().map_err(|error| anyhow!("{error}"))?;
        let path = self.sheets.join(format!("sub-{}_bern.json", case.id));
        write_text(&path, &(text + "\n"))?;
        Ok(())
    }

    /// Gathers the patients' rows into `participants.tsv`.
    pub(super) fn finish(&self, cases: &[LeakCase]) -> anyhow::Result<()> {
        let mut rows = Vec::with_capacity(cases.len());
        for case in cases {
            let path = self.participant_path(case);
            let row: BTreeMap<String, String> = kept(&path)?;
            let cell = |(name, ..): &Column| row.get(*name).cloned().unwrap_or_default();
            rows.push(COLUMNS.iter().map(cell).collect());
        }
        let names: Vec<&str> = COLUMNS.iter().map(|(name, ..)| *name).collect();
        write_tsv(&self.root.join("participants.tsv"), &names, &rows)?;
        let described: serde_json::Map<String, serde_json::Value> = COLUMNS
            .iter()
            .skip(1)
            .map(|(name, what, unit)| {
                let mut about = json!({ "Description": what });
                if !unit.is_empty() {
                    about["Units"] = json!(unit);
                }
                ((*name).to_owned(), about)
            })
            .collect();
        write_json(&self.root.join("participants.json"), &described)?;
        Ok(())
    }
}

/// A line from the same end in the same direction, so many mm long; straight up where it had no
/// length.
fn drawn(line: Line, length_mm: Option<f64>) -> Measured {
    let Some(wanted) = length_mm else {
        return Measured::NotAssessable;
    };
    let length = line.length_mm();
    let along: [f64; 3] = match length > 1e-6 {
        true => std::array::from_fn(|axis| (line.to_mm[axis] - line.from_mm[axis]) / length),
        false => [0.0, 0.0, 1.0],
    };
    Measured::By(Line {
        from_mm: line.from_mm,
        to_mm: std::array::from_fn(|axis| line.from_mm[axis] + wanted * along[axis]),
    })
}

/// Writes the scan with its sidecar, and says where it is.
fn write_scan(
    root: &Path,
    case: &LeakCase,
    head: &ContrastHead,
    description: Option<&str>,
) -> anyhow::Result<PathBuf> {
    let name = ScanName {
        subject: &case.id,
        contrast: Some("gadolinium"),
        description,
        suffix: "T1w",
        ..ScanName::default()
    };
    let (grid, counts) = head.scan(case);
    write_json(&name.path(root, ".json"), &sidecar(case))?;
    let path = name.path(root, ".nii.gz");
    let voxels = Voxels::I16 {
        stored: &counts,
        slope: 1.0,
        inter: 0.0,
    };
    write_nifti(&path, &grid, Orientation::Known, voxels)?;
    Ok(path)
}

/// Sequence, agent and scanner; nothing of the head.
fn sidecar(case: &LeakCase) -> serde_json::Value {
    let tse = Tse::default();
    let scan = &case.scan;
    let seconds = |ms: f64| ms / 1000.0;
    json!({
        "Modality": "MR",
        "MagneticFieldStrength": 3.0,
        "ManufacturersModelName": format!("Simulated scanner {}", scan.scanner + 1),
        "MRAcquisitionType": "3D",
        "PulseSequenceType": "Turbo spin echo",
        "ScanOptions": "FS",
        "RepetitionTime": seconds(tse.tr_ms),
        "EchoTime": seconds(tse.te_ms),
        "EchoTrainDuration": seconds(tse.train_ms),
        "RefocusingFlipAngle": tse.refocusing_deg,
        "ContrastBolusIngredient": "GADOLINIUM",
        "ContrastBolusRoute": "IV",
        "ContrastBolusDoseMmolPerKg": 0.1,
        "Simulated": true,
        "SimulatedPhysics": {
            "equation": "PD (1 - exp(-(TR - T_train) / T1)) exp(-TE / T2)",
            "r1_l_per_mmol_s": R1_IN_BLOOD_L_PER_MMOL_S,
            "r2_l_per_mmol_s": R2_IN_BLOOD_L_PER_MMOL_S,
            "blood_mmol_per_l": scan.blood_mmol_per_l,
            "counts_of_white_matter": scan.counts_of_white,
            "noise_of_white_matter": scan.noise_of_white,
            "bias_log_rms": scan.bias_strength,
            "fat_left": scan.fat_left,
            "fat_suppression_fails_within_mm_of_air": scan.fat_fails_mm,
            "csf_left_by_flow": scan.csf_left,
            "sinus_left_by_flow": {
                "sagittal": scan.sinus_left[0],
                "transverse_right": scan.sinus_left[1],
                "transverse_left": scan.sinus_left[2],
                "straight": scan.sinus_left[3],
            },
        },
    })
}

/// Cells of [`COLUMNS`].
fn participant(case: &LeakCase) -> [String; 28] {
    let mm = |x: f64| format!("{x:.3}");
    let truth = case.findings();
    let of = |findings: &Findings, item: Item| match findings.seen(item) {
        Seen::Present => "1".to_owned(),
        Seen::Absent => "0".to_owned(),
        Seen::NotAssessable => String::new(),
    };
    let reader = &case.reader;
    let length = |item| reader.length_mm(item).map_or_else(String::new, mm);
    [
        format!("sub-{}", case.id),
        format!("{:.1}", case.age_years),
        case.sex.code().to_owned(),
        u8::from(case.has_leak).to_string(),
        mm(case.severity),
        mm(case.mimics.crowding),
        mm(case.mimics.focal_dura),
        mm(case.mimics.large_sinus),
        mm(case.drawn_mm(Item::Suprasellar)),
        mm(case.drawn_mm(Item::Prepontine)),
        mm(case.drawn_mm(Item::Mamillopontine)),
        mm(case.drawn_mm(Item::Pachymeningeal)),
        mm(case.drawn_mm(Item::Venous)),
        mm(case.drawn_mm(Item::Subdural)),
        mm(case.pituitary_mm),
        of(&truth, Item::Pachymeningeal),
        of(&truth, Item::Venous),
        of(&truth, Item::Subdural),
        truth.score().to_string(),
        of(reader, Item::Pachymeningeal),
        of(reader, Item::Venous),
        length(Item::Suprasellar),
        of(reader, Item::Subdural),
        length(Item::Prepontine),
        length(Item::Mamillopontine),
        reader.score().to_string(),
        (case.scan.scanner + 1).to_string(),
        case.seed.to_string(),
    ]
}
