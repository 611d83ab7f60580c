//! How near to the true pose are simulated patients registered, and how long does it take?
//!
//! Arguments are data sets of `cisterna simulate --misalign`, whose sidecars hold the true motion,
//! and files of whole heads. Of a data set every later scan is registered to the first of its
//! patient, as it lies and, with `--moved MM` at the end, put elsewhere by its header as well. A
//! head of a file is moved by what is known, resampled and made noisy, and set against each other
//! one, where a doubt is the right answer. The error is the mean distance over the brain (of files,
//! the cranium) between where the registration and the truth take it.

use cisterna::formats::bids;
use cisterna::formats::{self, no_progress};
use cisterna::registration::{Freedom, HeadScan, Kernel, mean_distance_mm, register, resampled};
use cisterna::volume::{Affine, Volume, percentiles};
use nalgebra::{Isometry3, Point3, Translation3, UnitQuaternion, Vector3};
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
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
    let name = format!("derivatives/phantom/{subject}/anat/{subject}_desc-regions_dseg.nii.gz");
    let labels = formats::open(&root.join(name), 0, &no_progress)
        .expect("labels")
        .volume;
    let names = std::fs::read_to_string(root.join("derivatives/phantom/regions_dseg.tsv"))
        .expect("names of the regions");
    let is_brain: Vec<f32> = names
        .lines()
        .filter(|line| {
            let name = line.to_lowercase();
            [
                "cortex",
                "white",
                "caudate",
                "putamen",
                "thalamus",
                "brainstem",
            ]
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
    assert!(
        points.len() > 1000,
        "{} points of brain: {names}",
        points.len()
    );
    points
}

/// Seconds that all threads of this process have worked.
fn cpu_seconds() -> f64 {
    let stat = std::fs::read_to_string("/proc/self/stat").unwrap_or_default();
    let fields: Vec<&str> = stat
        .rsplit(')')
        .next()
        .unwrap_or("")
        .split_whitespace()
        .collect();
    let ticks = |i: usize| {
        fields
            .get(i)
            .and_then(|f| f.parse::<f64>().ok())
            .unwrap_or(0.0)
    };
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
            session
                .path()
                .join(format!("anat/{subject}_{name}_T1w.nii.gz"))
        })
        .filter(|path| path.is_file())
        .collect();
    found.sort();
    found
}

/// What one registration came to.
fn row(
    out: &mut impl Write,
    name: &str,
    [fixed, moving]: [&Volume; 2],
    true_pose: &Affine,
    in_moving: Option<&[Point3<f64>]>,
) {
    let (clock, cpu) = (Instant::now(), cpu_seconds());
    let result = HeadScan::new(fixed).and_then(|fixed| {
        let moving = HeadScan::new(moving)?;
        let cranium = moving.cranium();
        let found = register(&fixed, &moving, Freedom::Rigid, &|_| {
            ControlFlow::Continue(())
        })?;
        Ok((found, cranium))
    });
    let (wall, cpu) = (clock.elapsed().as_secs_f64(), cpu_seconds() - cpu);
    let _ = match result {
        Err(error) => writeln!(out, "{name:<26} {error}"),
        Ok((found, cranium)) => {
            let error =
                |pose: &Affine| mean_distance_mm(pose, true_pose, in_moving.unwrap_or(&cranium));
            let second = found.second_opinion.map_or(f64::NAN, |pose| error(&pose));
            let numbers = found.quality.as_ref().map(|q| {
                format!(
                    "{:>6.3} {:>6.3} {:>6.4} {:>6.3} {:>6.3} {:>6.4} {:>6.3}",
                    q.correlation,
                    q.agreement,
                    q.residual,
                    q.outlier_share,
                    q.halves_apart_mm,
                    q.forward_backward_mm,
                    q.second_opinion_mm
                )
            });
            writeln!(
                out,
                "{name:<26} {:>7.2} {:>8.4} {second:>8.4} {} {wall:>5.2} {cpu:>5.2}  {}",
                error(&Affine::identity()),
                error(&found.fixed_from_moving),
                numbers.unwrap_or_default(),
                found.doubts().join("; "),
            )
        }
    };
}

/// A motion of so many mm and degrees, in another direction for each number.
fn away(size: f64, number: usize) -> Affine {
    let at = number as f64;
    let turn = Vector3::new(at.cos(), (2.0 * at).sin(), 0.7).normalize();
    let shift = Vector3::new(-0.5, 0.6, (3.0 * at).sin()).normalize() * size;
    Isometry3::from_parts(
        Translation3::from(shift),
        UnitQuaternion::from_scaled_axis(turn * size.to_radians()),
    )
    .to_homogeneous()
}

fn simulated(out: &mut impl Write, root: &Path, moved: f64) {
    for subject in subjects(root) {
        let brain = brain(root, &subject);
        let scans = scans(root, &subject);
        let baseline = opened(&scans[0]);
        let truth_a = scan_from_head(&scans[0], &baseline);
        for (at, scan) in scans.iter().enumerate().skip(1) {
            let volume = opened(scan);
            let truth_b = away(moved, at) * scan_from_head(scan, &volume);
            let volume = volume.placed(&away(moved, at)).expect("a place");
            let true_pose = truth_a * truth_b.try_inverse().expect("an inverse");
            let in_moving: Vec<Point3<f64>> =
                brain.iter().map(|p| truth_b.transform_point(p)).collect();
            let name = scan.file_name().map(|n| n.to_string_lossy().into_owned());
            let name = name.unwrap_or_default();
            let name = name.trim_end_matches("_T1w.nii.gz");
            row(
                out,
                name,
                [&baseline, &volume],
                &true_pose,
                Some(&in_moving),
            );
        }
    }
}

/// With noise of 2 % of what is bright, the same each time.
fn noisy(volume: &Volume, seed: u64) -> Volume {
    let [bright] = percentiles(volume.values(), true, [0.97]).expect("values");
    let mut rng = ChaCha8Rng::seed_from_u64(seed);
    let values = volume
        .values()
        .iter()
        .map(|v| {
            let (u, w): (f32, f32) = (rng.random(), rng.random());
            let normal = (-2.0 * (1.0 - u).ln()).sqrt() * (std::f32::consts::TAU * w).cos();
            (v + 0.02 * bright * normal).max(0.0)
        })
        .collect();
    Volume::new(volume.grid().clone(), values).expect("as many values")
}

/// Every head moved by what is known, resampled and made noisy; and every head against every other.
fn real(out: &mut impl Write, paths: &[PathBuf]) {
    let heads: Vec<Volume> = paths.iter().map(|path| opened(path)).collect();
    let name = |at: usize| {
        let name = paths[at]
            .file_name()
            .map(|n| n.to_string_lossy().into_owned());
        name.unwrap_or_default()
            .chars()
            .take(12)
            .collect::<String>()
    };
    for (at, head) in heads.iter().enumerate() {
        for size in [0.0, 3.0, 12.0, 28.0] {
            let pose = away(size, at + 1);
            let moved = head.placed(&pose).expect("a place");
            let moved = resampled(&moved, head.grid(), Kernel::Sinc).expect("a grid");
            let back = pose.try_inverse().expect("an inverse");
            let scans = [&noisy(head, 1), &noisy(&moved, 2)];
            row(out, &format!("{} by {size}", name(at)), scans, &back, None);
        }
    }
    for a in 0..heads.len() {
        for b in 0..a {
            let scans = [&heads[a], &heads[b]];
            let name = format!("{} / {}", name(a), name(b));
            row(out, &name, scans, &Affine::identity(), None);
        }
    }
}

fn opened(path: &Path) -> Volume {
    let opened = formats::open(path, 0, &no_progress);
    opened.expect("a scan").volume
}

fn main() {
    let args: Vec<String> = std::env::args()
        .skip(1)
        .filter(|a| a != "--bench")
        .collect();
    let mut out = std::io::stdout().lock();
    let moved = args.iter().position(|a| a == "--moved");
    let size = moved
        .and_then(|at| args.get(at + 1)?.parse().ok())
        .unwrap_or(0.0);
    let paths: Vec<PathBuf> = args[..moved.unwrap_or(args.len())]
        .iter()
        .map(PathBuf::from)
        .collect();
    let _ = writeln!(
        out,
        "{:<26} {:>7} {:>8} {:>8} {:>6} {:>6} {:>6} {:>6} {:>6} {:>6} {:>6} {:>5} {:>5}  doubts",
        "scan",
        "away mm",
        "error mm",
        "by MI",
        "corr",
        "agree",
        "resid",
        "out",
        "halves",
        "back",
        "2nd",
        "s",
        "cpu s"
    );
    let (data_sets, files): (Vec<PathBuf>, Vec<PathBuf>) =
        paths.into_iter().partition(|path| bids::is_data_set(path));
    for root in &data_sets {
        simulated(&mut out, root, size);
    }
    real(&mut out, &files);
}
