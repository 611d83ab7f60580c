//! How near to the true pose are simulated patients registered, and how long does it take?
//!
//! The argument is a data set of `cisterna simulate --misalign`, whose sidecars hold the true
//! motion. Every later scan is registered to the first of its patient, as it lies and, with
//! `--moved MM`, put elsewhere by its header as well. The error is the mean distance over the brain
//! between where the registration and the truth take it.

use cisterna::formats::{self, no_progress};
use cisterna::registration::{Freedom, HeadScan, mean_distance_mm, register};
use cisterna::volume::{Affine, Volume};
use nalgebra::{Isometry3, Point3, Translation3, UnitQuaternion, Vector3};
use std::io::Write;
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};
use std::time::Instant;

/// From the head's grid to the scan, both in RAS+ mm.
fn scan_from_head(scan: &Path, volume: &Volume) -> Affine {
    let sidecar = scan.with_extension("").with_extension("json");
    let text = std::fs::read_to_string(&sidecar).expect("a sidecar");
    let json: serde_json::Value = serde_json::from_str(&text).expect("JSON");
    let numbers = |key: &str| -> [f64; 3] {
        let at = |i: usize| json["SimulatedMotion"][key][i].as_f64().unwrap_or(0.0);
        [at(0), at(1), at(2)]
    };
    let [x, y, z] = numbers("rotation_deg").map(f64::to_radians);
    let middle = volume.grid().center_in_world();
    let motion = Translation3::from(Vector3::from(numbers("translation_mm")))
        * UnitQuaternion::from_euler_angles(x, y, z);
    let to_middle = Translation3::from(middle.coords);
    (to_middle * motion * to_middle.inverse()).to_homogeneous()
}

/// Every fourth voxel of the brain along each axis, in the head's grid.
fn brain(root: &Path, subject: &str) -> Vec<Point3<f64>> {
    let name = format!("derivatives/phantom/{subject}/{subject}_desc-regions_dseg.nii.gz");
    let labels = formats::open(&root.join(name), 0, &no_progress).expect("labels").volume;
    let names = std::fs::read_to_string(root.join("derivatives/phantom/regions_dseg.tsv"))
        .expect("names of the regions");
    let is_brain: Vec<f32> = names
        .lines()
        .filter(|line| {
            let name = line.to_lowercase();
            ["cortex", "gray", "grey", "white", "cerebell", "brainstem", "thalam", "nuclei"]
                .iter()
                .any(|part| name.contains(part))
        })
        .filter_map(|line| line.split('\t').next()?.parse().ok())
        .collect();
    let [nx, ny, nz] = labels.grid().dims();
    let mut points = Vec::new();
    for k in (0..nz).step_by(4) {
        for j in (0..ny).step_by(4) {
            for i in (0..nx).step_by(4) {
                if is_brain.contains(&labels.values()[i + nx * (j + ny * k)]) {
                    let voxel = Point3::new(i as f64, j as f64, k as f64);
                    points.push(labels.grid().to_world(voxel));
                }
            }
        }
    }
    assert!(points.len() > 1000, "{} points of brain: {names}", points.len());
    points
}

/// Seconds that all threads of this process have worked.
fn cpu_seconds() -> f64 {
    let stat = std::fs::read_to_string("/proc/self/stat").unwrap_or_default();
    let fields: Vec<&str> = stat.rsplit(')').next().unwrap_or("").split_whitespace().collect();
    let ticks = |i: usize| fields.get(i).and_then(|f| f.parse::<f64>().ok()).unwrap_or(0.0);
    (ticks(11) + ticks(12)) / 100.0
}

fn subjects(root: &Path) -> Vec<String> {
    let mut found: Vec<String> = std::fs::read_dir(root)
        .expect("a data set")
        .flatten()
        .map(|entry| entry.file_name().to_string_lossy().into_owned())
        .filter(|name| name.starts_with("sub-"))
        .collect();
    found.sort();
    found
}

fn scans(root: &Path, subject: &str) -> Vec<PathBuf> {
    let mut found: Vec<PathBuf> = std::fs::read_dir(root.join(subject))
        .expect("sessions")
        .flatten()
        .map(|session| {
            let name = session.file_name().to_string_lossy().into_owned();
            session.path().join(format!("anat/{subject}_{name}_T1w.nii.gz"))
        })
        .filter(|path| path.is_file())
        .collect();
    found.sort();
    found
}

fn main() {
    let args: Vec<String> = std::env::args().skip(1).filter(|a| a != "--bench").collect();
    let mut out = std::io::stdout().lock();
    let Some(root) = args.first().map(PathBuf::from) else {
        let _ = writeln!(out, "name a data set of `cisterna simulate --misalign`");
        return;
    };
    let moved: f64 = args
        .iter()
        .position(|a| a == "--moved")
        .and_then(|at| args.get(at + 1)?.parse().ok())
        .unwrap_or(0.0);
    let _ = writeln!(
        out,
        "{:<22} {:>7} {:>8} {:>8} {:>6} {:>6} {:>6} {:>6} {:>6} {:>6} {:>6} {:>5} {:>5}  doubts",
        "scan", "away", "error", "by MI", "corr", "resid", "out", "halves", "back", "2nd", "deg", "s", "cpu s"
    );
    for subject in subjects(&root) {
        let brain = brain(&root, &subject);
        let scans = scans(&root, &subject);
        let opened = |path: &Path| formats::open(path, 0, &no_progress).expect("a scan").volume;
        let baseline = opened(&scans[0]);
        let truth_a = scan_from_head(&scans[0], &baseline);
        for (at, scan) in scans.iter().enumerate().skip(1) {
            let volume = opened(scan);
            let truth_b = scan_from_head(scan, &volume);
            // Another direction for each scan.
            let turn = Vector3::new((at as f64).cos(), (2.0 * at as f64).sin(), 0.7).normalize();
            let away = Isometry3::from_parts(
                Translation3::from(Vector3::new(-0.5, 0.6, (3.0 * at as f64).sin()).normalize() * moved),
                UnitQuaternion::from_scaled_axis(turn * moved.to_radians()),
            )
            .to_homogeneous();
            let volume = volume.placed(&away).expect("a place");
            let true_pose = truth_a * (away * truth_b).try_inverse().expect("an inverse");
            let in_moving: Vec<Point3<f64>> = brain
                .iter()
                .map(|p| (away * truth_b).transform_point(p))
                .collect();
            let (clock, cpu) = (Instant::now(), cpu_seconds());
            let result = HeadScan::new(&baseline).and_then(|fixed| {
                let moving = HeadScan::new(&volume)?;
                register(&fixed, &moving, Freedom::Rigid, &|_| ControlFlow::Continue(()))
            });
            let (wall, cpu) = (clock.elapsed().as_secs_f64(), cpu_seconds() - cpu);
            let name = scan.file_name().map(|n| n.to_string_lossy().into_owned());
            let name = name.unwrap_or_default();
            let found = match result {
                Ok(found) => found,
                Err(error) => {
                    let _ = writeln!(out, "{name:<22} {error}");
                    continue;
                }
            };
            let error = |pose: &Affine| mean_distance_mm(pose, &true_pose, &in_moving);
            let away = error(&Affine::identity());
            let second = found.second_opinion.map_or(f64::NAN, |pose| error(&pose));
            if let Some(q) = &found.quality {
                let _ = writeln!(
                    out,
                    "{:<22} {away:>7.2} {:>8.4} {second:>8.4} {:>6.3} {:>6.4} {:>6.3} {:>6.3} {:>6.4} {:>6.3} {:>6.2} {wall:>5.2} {cpu:>5.2}  {}",
                    name.trim_end_matches("_T1w.nii.gz"),
                    error(&found.fixed_from_moving),
                    q.correlation,
                    q.residual,
                    q.outlier_share,
                    q.halves_apart_mm,
                    q.forward_backward_mm,
                    q.second_opinion_mm,
                    found.rotated_deg,
                    found.doubts().join("; "),
                );
            }
        }
    }
}
