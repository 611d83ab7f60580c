//! Small stand-ins for the practice data of the manual, under the names that `cisterna simulate` gives.

use crate::PASSPHRASE;
use crate::cli::bern::sheet;
use crate::cli::networks::data_set_at;
use cisterna::formats::{Voxels, write_nifti};
use cisterna::ledger::Ledger;
use cisterna::phantom::{DEMO_HOURS, DemoScans, Region};
use cisterna::study::{CaseImage, CaseRow, Coordinator, Design, Protocol};
use cisterna::volume::{Affine, Grid, Orientation, PlanePair, Volume};
use nalgebra::Point3;
use std::collections::BTreeMap;
use std::fmt::Write;
use std::path::{Path, PathBuf};
use std::sync::OnceLock;
use tempfile::TempDir;

/// What the commands of a page find in their folder.
pub(super) enum Practice {
    /// Two patients at three hours.
    Patients,
    /// Planes of six patients at two hours.
    Planes,
    /// Heads after intravenous contrast, with a column `leak`.
    Leaks,
    /// Cubes with dark tubes, masks of two raters and regions.
    Spaces,
    /// Worksheets of two readers.
    Worksheets,
    /// A rater's package.
    Package,
    /// Of a coordinator, and of a rater.
    Passphrases,
}

impl Practice {
    pub(super) fn lay_out(&self, folder: &Path) {
        match self {
            Self::Patients => {
                std::os::unix::fs::symlink(patients(), folder.join("patients")).unwrap();
            }
            Self::Planes => data_set_at(&folder.join("planes"), &[0.0, 24.0]),
            Self::Leaks => leaks(&folder.join("leaks")),
            Self::Spaces => spaces(&folder.join("spaces")),
            Self::Worksheets => {
                let worksheets = folder.join("worksheets");
                std::fs::create_dir(&worksheets).unwrap();
                for (reader, name) in ["ada", "bo"].iter().enumerate() {
                    for scan in 0..12 {
                        let file = worksheets.join(format!("{name}-{:02}.json", scan + 1));
                        std::fs::write(file, sheet(reader, scan)).unwrap();
                    }
                }
            }
            Self::Package => {
                let study = study(folder, &["ada".to_owned()]);
                study.package("ada", &folder.join("ada.cisterna")).unwrap();
            }
            Self::Passphrases => {
                let own = "thistle magnet above ferry";
                for (name, text) in [("passphrase.txt", PASSPHRASE), ("own-passphrase.txt", own)] {
                    std::fs::write(folder.join(name), format!("{text}\n")).unwrap();
                }
            }
        }
    }
}

/// A scan, its folder being made.
fn write(path: &Path, grid: &Grid, voxels: Voxels<'_>) {
    std::fs::create_dir_all(path.parent().unwrap()).unwrap();
    write_nifti(path, grid, Orientation::Known, voxels).unwrap();
}

fn describe(root: &Path, name: &str) {
    let json = format!("{{\"Name\": \"{name}\", \"BIDSVersion\": \"1.9.0\"}}");
    std::fs::write(root.join("dataset_description.json"), json).unwrap();
}

/// A table of labels beside the derivatives of the phantom.
fn write_labels(root: &Path, names: impl Iterator<Item = (u8, &'static str)>) {
    let mut table = "index\tname\n".to_owned();
    for (number, name) in names {
        writeln!(table, "{number}\t{name}").unwrap();
    }
    std::fs::write(root.join("derivatives/phantom/regions_dseg.tsv"), table).unwrap();
}

/// What a simulated scan of these hours says of itself.
fn sidecar(hours: f64) -> String {
    serde_json::json!({
        "HoursAfterInjection": hours, "InversionTime": 0.852_885, "RepetitionTimePreparation": 3.0,
        "RepetitionTimeExcitation": 0.005_199, "NumberShots": [115, 117], "FlipAngle": 8.0,
        "EchoTime": 0.0023, "Simulated": true,
    })
    .to_string()
}

/// The data set of two patients, made once: the demo's head at its first three hours, twice.
pub(super) fn patients() -> &'static Path {
    static FOLDER: OnceLock<TempDir> = OnceLock::new();
    let folder = FOLDER.get_or_init(|| {
        let folder = tempfile::tempdir().unwrap();
        let root = folder.path();
        let demo = DemoScans::coarse();
        let head = demo.head();
        let first = |at: usize| scan_of(root, "0001", at);
        for (at, hours) in DEMO_HOURS.iter().take(3).enumerate() {
            let stored = demo.scan(at);
            let voxels = Voxels::I16 {
                stored: &stored,
                slope: 1.0,
                inter: 0.0,
            };
            write(&first(at), &head.grid, voxels);
            let second = scan_of(root, "0002", at);
            std::fs::create_dir_all(second.parent().unwrap()).unwrap();
            std::fs::copy(first(at), &second).unwrap();
            for scan in [first(at), second] {
                let told = scan.to_string_lossy().replace(".nii.gz", ".json");
                std::fs::write(told, sidecar(*hours)).unwrap();
            }
        }
        for subject in ["0001", "0002"] {
            write(
                &regions_of(root, subject),
                &head.grid,
                Voxels::U8(&head.regions),
            );
        }
        let names = Region::ALL.iter();
        write_labels(root, names.map(|&region| (region as u8, region.name())));
        describe(root, "Two simulated patients");
        folder
    });
    folder.path()
}

/// A scan of a patient: of 0, 4 and 24 h.
pub(super) fn scan_of(root: &Path, subject: &str, at: usize) -> PathBuf {
    let session = format!("ses-{:02}", at + 1);
    root.join(format!(
        "sub-{subject}/{session}/anat/sub-{subject}_{session}_T1w.nii.gz"
    ))
}

/// The label map of a patient, or of a cube.
fn regions_of(root: &Path, subject: &str) -> PathBuf {
    let name = format!("sub-{subject}_desc-regions_dseg.nii.gz");
    root.join(format!("derivatives/phantom/sub-{subject}/anat/{name}"))
}

/// Twelve heads of 4 mm voxels, those with a leak brighter in front.
fn leaks(root: &Path) {
    let demo = DemoScans::coarse();
    let (fine, counts) = (&demo.head().grid, demo.scan(0));
    let [nx, ny, nz] = fine.dims();
    let mut affine: Affine = *fine.world_from_voxel();
    affine
        .fixed_view_mut::<3, 3>(0, 0)
        .iter_mut()
        .for_each(|edge| *edge *= 2.0);
    let dims = [nx / 2, ny / 2, nz / 2];
    let grid = Grid::new(dims, affine).unwrap();
    let mut table = "participant_id\tage\tsex\tleak\tsize\treader_bern\n".to_owned();
    for subject in 1..=12_usize {
        let leak = subject % 2;
        let value = |at: usize| {
            let [i, j, k] = [
                at % dims[0],
                at / dims[0] % dims[1],
                at / (dims[0] * dims[1]),
            ];
            let count = f32::from(counts[(2 * k * ny + 2 * j) * nx + 2 * i]);
            let more = if leak == 1 && j > dims[1] / 2 {
                1.5
            } else {
                1.0
            };
            count * more * (1.0 + 0.05 * (subject % 7) as f32)
        };
        let values: Vec<f32> = (0..grid.n_voxels()).map(value).collect();
        let stem = format!("sub-{subject:04}_ce-gadolinium_T1w");
        let anat = root.join(format!("sub-{subject:04}/anat"));
        write(
            &anat.join(format!("{stem}.nii.gz")),
            &grid,
            Voxels::F32(&values),
        );
        std::fs::write(anat.join(format!("{stem}.json")), "{\"Simulated\": true}").unwrap();
        let (age, bern) = (30 + 3 * subject, 3 * leak + subject % 4);
        writeln!(
            table,
            "sub-{subject:04}\t{age}\tF\t{leak}\t{}\t{bern}",
            subject % 4
        )
        .unwrap();
    }
    std::fs::write(root.join("participants.tsv"), table).unwrap();
    describe(root, "Bright fronts");
}

/// Six cubes of 24 voxels along each axis, with as many tubes.
fn spaces(root: &Path) {
    const SIDE: usize = 24;
    let grid = Grid::new([SIDE; 3], Affine::identity()).unwrap();
    let place = |at: usize| [at % SIDE, at / SIDE % SIDE, at / (SIDE * SIDE)];
    let is_white = |at: usize| place(at).iter().all(|i| (4..20).contains(i));
    let is_space = |at: usize, n: usize| {
        let [x, y, z] = place(at);
        let mut tubes = (0..n).map(|tube| [6 + 3 * (tube % 4), 7 + 4 * (tube / 4)]);
        (8..18).contains(&z) && tubes.any(|tube| tube == [x, y])
    };
    for n in 1..=6 {
        let subject = format!("{n:04}");
        let value = |at: usize| {
            let noise = (at * (37 + n) % 101) as f32 / 5.0;
            let tissue = match (is_space(at, n), is_white(at)) {
                (true, _) => 300.0,
                (false, true) => 700.0,
                (false, false) => 0.0,
            };
            tissue + noise
        };
        let values: Vec<f32> = (0..grid.n_voxels()).map(value).collect();
        let anat = root.join(format!("sub-{subject}/anat"));
        let scan = anat.join(format!("sub-{subject}_T1w.nii.gz"));
        write(&scan, &grid, Voxels::F32(&values));
        let told = anat.join(format!("sub-{subject}_T1w.json"));
        std::fs::write(told, "{\"Simulated\": true}").unwrap();
        let regions = regions_of(root, &subject);
        for (rater, tubes) in [(1, n), (2, n.max(2) - 1)] {
            let mask: Vec<u8> = (0..grid.n_voxels())
                .map(|at| u8::from(is_space(at, tubes)))
                .collect();
            let name = format!("sub-{subject}_desc-rater{rater}_mask.nii.gz");
            write(&regions.with_file_name(name), &grid, Voxels::U8(&mask));
        }
        let labels: Vec<u8> = (0..grid.n_voxels())
            .map(|at| u8::from(is_white(at)))
            .collect();
        write(&regions, &grid, Voxels::U8(&labels));
    }
    write_labels(root, [(0, "outside"), (1, "white_matter_left")].into_iter());
    describe(root, "Tubes");
}

/// A study of the demo's head at 4 and 24 h under the names of four patients, as real and as predicted scans.
pub(super) fn study(folder: &Path, raters: &[String]) -> Ledger {
    let protocol = Protocol {
        seed: Some(3),
        ..Protocol::reflux(raters)
    };
    let case = |patient: &str, arm: &str| CaseRow {
        patient: patient.to_owned(),
        arm: arm.to_owned(),
        image: PathBuf::from("scan.nii"),
        sagittal_image: None,
        axial_mm: None,
        sagittal_mm: None,
        training: None,
    };
    let patients = ["Anna", "Berta", "Cilla", "Dora"];
    let cases = patients.map(|patient| [case(patient, "real"), case(patient, "predicted")]);
    let (design, key) = Design::draw(&protocol, cases.as_flattened()).unwrap();
    let demo = DemoScans::coarse();
    let pair = |at: usize| {
        let values = demo.scan(at).into_iter().map(f32::from).collect();
        let volume = Volume::new(demo.head().grid.clone(), values).unwrap();
        PlanePair::extract(&volume, Point3::new(8.0, -10.0, 12.0))
    };
    let pairs = [pair(1), pair(2)];
    let entries = key.cases().iter();
    let images: Vec<CaseImage> = entries
        .map(|entry| {
            let pair = &pairs[usize::from(entry.arm == "real")];
            CaseImage::from_pair(entry.code.clone(), pair).unwrap()
        })
        .collect();
    let coordinator = Coordinator::fresh().unwrap();
    let sealed = folder.join("coordinator.age");
    coordinator.seal(&sealed, &crate::passphrase()).unwrap();
    let path = folder.join("study.cisterna");
    let keys = BTreeMap::new();
    Ledger::create(&path, &design, &images, &protocol, coordinator, &keys).unwrap()
}
