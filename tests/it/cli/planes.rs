//! Planes as `predict` writes them, on their way into a study.

use super::{cisterna, new_args, text, write_scan};
use cisterna::formats::{self, Voxels, no_progress, write_nifti};
use cisterna::ledger::Ledger;
use cisterna::study::{Key, LaterInstallments, Protocol};
use cisterna::volume::{Orientation, PLANE_SIZE, Plane, PlaneImage};
use nalgebra::Point3;
use std::path::Path;

/// A plane whose values run from `low` to `low` + 2.
fn plane(low: f32) -> PlaneImage {
    let n = PLANE_SIZE * PLANE_SIZE;
    PlaneImage {
        data: (0..n)
            .map(|i| low + 2.0 * i as f32 / (n - 1) as f32)
            .collect(),
        inside: vec![true; n],
    }
}

fn write(folder: &Path, name: &str, low: f32) {
    for plane_of in [Plane::Axial, Plane::Sagittal] {
        // As `predict` has it: each about the middle of the scan, at a level of its own.
        let center = match plane_of {
            Plane::Axial => Point3::new(0.0, -20.5, 17.0),
            _ => Point3::new(3.0, -20.5, -4.0),
        };
        write_plane(folder, name, &plane(low), plane_of, center);
    }
}

/// As `predict` writes a plane: a volume of one slice.
fn write_plane(folder: &Path, name: &str, image: &PlaneImage, plane: Plane, center: Point3<f64>) {
    let volume = image.to_volume(plane, center).unwrap();
    let file = format!("{name}_{}.nii", plane.name().to_lowercase());
    let voxels = Voxels::F32(volume.values());
    let path = folder.join(file);
    write_nifti(&path, volume.grid(), volume.orientation(), voxels).unwrap();
}

fn new_study(folder: &Path, cases: &str) -> std::process::Output {
    let mut plan = Protocol::reflux(&["a".to_owned()]);
    plan.equalise = None;
    plan.later_installments = LaterInstallments::Open;
    let _ = std::fs::remove_dir_all(folder.join("study"));
    std::fs::write(folder.join("cases.csv"), cases).unwrap();
    std::fs::write(folder.join("plan.toml"), plan.to_toml().unwrap()).unwrap();
    std::fs::write(folder.join("passphrase"), crate::PASSPHRASE).unwrap();
    let (plan, list) = (folder.join("plan.toml"), folder.join("cases.csv"));
    cisterna(&new_args(folder, &plan, &list, &folder.join("study")))
}

/// Every pixel arrives where it was, and both arms are scaled alike: by their own range.
#[test]
fn predicted_planes_are_graded_as_they_were_predicted() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    write(folder, "real-24h", 0.0);
    write(folder, "predicted-24h", 5.0);
    let made = new_study(
        folder,
        "patient,arm,image,sagittal_image\n\
         p,real,real-24h_axial.nii,real-24h_sagittal.nii\n\
         p,predicted,predicted-24h_axial.nii,predicted-24h_sagittal.nii\n\
         q,real,real-24h_axial.nii,real-24h_sagittal.nii\n",
    );
    assert!(made.status.success(), "{}", text(&made.stderr));
    let ledger = Ledger::open_read_only(&folder.join("study/study.cisterna")).unwrap();
    let key = Key::unseal(&folder.join("study/key.age"), crate::PASSPHRASE).unwrap();
    assert_eq!(key.cases().len(), 3);
    let last = (PLANE_SIZE * PLANE_SIZE - 1) as f64;
    for case in key.cases() {
        let image = ledger.case_image("a", &case.code).unwrap();
        for values in [&image.axial, &image.sagittal] {
            for at in [0, 1, 255, 256, 30_000, 65_535] {
                let expected = (at as f64 / last * 255.0).round();
                assert!((f64::from(values[at]) - expected).abs() <= 1.0, "{at}");
            }
        }
    }
}

#[test]
fn what_is_no_plane_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    write(folder, "real-24h", 0.0);
    write_scan(&folder.join("scan.nii"), [8, 9, 10], |i, j, k| {
        (i + j + k) as f32
    });
    let list = |axial: &str, sagittal: &str| {
        format!(
            "patient,arm,image,sagittal_image\np,real,{axial},{sagittal}\n\
             p,predicted,{axial},{sagittal}\nq,real,{axial},{sagittal}\n"
        )
    };
    let said = |list: &str| text(&new_study(folder, list).stderr);
    let scan = said(&list("scan.nii", "real-24h_sagittal.nii"));
    assert!(
        scan.contains("this is not one axial slice of 256 x 256 mm"),
        "{scan}"
    );
    // The two in each other's place.
    let turned = said(&list("real-24h_sagittal.nii", "real-24h_axial.nii"));
    assert!(turned.contains("this is not one axial slice"), "{turned}");
}

/// Raters see the letters of the patient's sides, which are known of every picture then.
#[test]
fn a_scan_without_known_sides_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    let center = Point3::new(0.0, -20.5, 17.0);
    let volume = plane(0.0).to_volume(Plane::Axial, center).unwrap();
    let voxels = Voxels::F32(volume.values());
    let path = folder.join("scan.nii");
    write_nifti(&path, volume.grid(), Orientation::Unknown, voxels).unwrap();
    let made = new_study(
        folder,
        "patient,arm,image\np,real,scan.nii\np,predicted,scan.nii\n",
    );
    let said = text(&made.stderr);
    assert!(!made.status.success());
    assert!(said.contains("left and right are not known"), "{said}");
    assert!(said.contains("scan.nii"), "{said}");
}

/// Where one arm is two planes and another a whole scan, the scan is cut where the planes lie; where
/// the list says another place, it is refused.
#[test]
fn arms_of_two_places_are_refused() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    write(folder, "real-24h", 0.0);
    write_scan(&folder.join("scan.nii"), [40, 40, 40], |i, j, k| {
        (i + 2 * j + 3 * k) as f32
    });
    let elsewhere = Point3::new(3.0, -20.5, 17.0);
    write_plane(folder, "moved", &plane(0.0), Plane::Sagittal, elsewhere);
    let moved = text(
        &new_study(
            folder,
            "patient,arm,image,sagittal_image\np,real,real-24h_axial.nii,real-24h_sagittal.nii\n\
             p,predicted,real-24h_axial.nii,moved_sagittal.nii\n",
        )
        .stderr,
    );
    assert!(
        moved.contains("the middle of the sagittal plane, head-foot 17.0 is not where another arm"),
        "{moved}"
    );
    let list = |place: &str| {
        format!(
            "patient,arm,image,sagittal_image,axial_mm\n\
             p,predicted,real-24h_axial.nii,real-24h_sagittal.nii,\np,real,scan.nii,,{place}\n\
             q,real,scan.nii,,\n"
        )
    };
    let made = new_study(folder, &list(""));
    assert!(made.status.success(), "{}", text(&made.stderr));
    let refused = text(&new_study(folder, &list("25")).stderr);
    assert!(
        refused.contains("patient \"p\", arm \"real\": axial_mm 25.0 is not where another arm"),
        "{refused}"
    );
}

/// Planes about the middle of a scan, each at its level as `predict` finds it, beside the scan itself:
/// raters see the same two pictures.
#[test]
fn a_scan_is_cut_where_the_planes_of_another_arm_lie() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    let path = folder.join("scan.nii");
    write_scan(&path, [60, 70, 80], |i, j, k| {
        let is_edge = [(i, 60), (j, 70), (k, 80)]
            .iter()
            .any(|(at, n)| *at < 2 || at + 2 >= *n);
        if is_edge {
            0.0
        } else {
            (i * i + 2 * j + k) as f32
        }
    });
    let scan = formats::open(&path, 0, &no_progress).unwrap().volume;
    for (plane, center) in [
        (Plane::Axial, Point3::new(0.0, 0.0, 9.5)),
        (Plane::Sagittal, Point3::new(4.5, 0.0, 0.0)),
    ] {
        let cut = PlaneImage::extract(&scan, plane, center);
        write_plane(folder, "cut", &cut, plane, center);
    }
    let made = new_study(
        folder,
        "patient,arm,image,sagittal_image\np,real,scan.nii,\n\
         p,predicted,cut_axial.nii,cut_sagittal.nii\nq,real,scan.nii,\n\
         q,predicted,cut_axial.nii,cut_sagittal.nii\n",
    );
    assert!(made.status.success(), "{}", text(&made.stderr));
    let ledger = Ledger::open_read_only(&folder.join("study/study.cisterna")).unwrap();
    let key = Key::unseal(&folder.join("study/key.age"), crate::PASSPHRASE).unwrap();
    let images = key
        .cases()
        .iter()
        .map(|case| ledger.case_image("a", &case.code).unwrap());
    let images: Vec<_> = images.collect();
    assert_eq!(images.len(), 4);
    let (first, others) = images.split_first().unwrap();
    for other in others {
        for (a, b) in [
            (&first.axial, &other.axial),
            (&first.sagittal, &other.sagittal),
        ] {
            assert!(a.iter().any(|&value| value > 200));
            assert!(a.iter().zip(b).all(|(a, b)| a.abs_diff(*b) <= 1));
        }
    }
}
