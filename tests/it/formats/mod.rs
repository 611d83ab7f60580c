//! Files against what other programs make of them, and files that lie.

mod write;
mod bids;
mod catalogue;
mod containers;
mod dicom;
mod dicom_lies;
pub(crate) mod dicom_made;
mod dicom_series;
mod dicom_written;
mod files;
mod header;
mod label_tables;
mod lies;
mod mgh;
mod placement;
mod places;
pub(crate) mod places_made;
mod reports;
mod values;

use crate::shared;
use cisterna::formats;
use serde_json::Value;
use sha2::{Digest, Sha256};
use std::path::Path;
use std::time::{Duration, Instant};

/// A refusal must come at once, whatever the header claims. The longest here is a few tens of
/// milliseconds; a second is what a person takes for "at once".
const REFUSAL_LIMIT: Duration = Duration::from_secs(1);

#[test]
fn nifti_files_agree_with_nibabel() {
    check_folder("data/nifti", 31, 9);
}

#[test]
fn synthetic_files_agree_with_nibabel() {
    check_folder("data/synthetic", 31, 9);
}

#[test]
fn mgh_files_agree_with_nibabel() {
    check_folder("data/mgh", 8, 0);
}

/// At least so many files of the folder must have been opened and refused.
fn check_folder(folder: &str, least_opened: usize, least_refused: usize) {
    let Some(oracle) = shared(&format!("{folder}/oracle.json")) else {
        return;
    };
    let folder = oracle.parent().unwrap().to_owned();
    let entries: Vec<Value> = serde_json::from_slice(&std::fs::read(oracle).unwrap()).unwrap();
    let mut failures = Vec::new();
    let (mut opened, mut refused) = (0, 0);
    for entry in &entries {
        let name = entry["file"].as_str().unwrap();
        let started = Instant::now();
        let result = formats::open(&folder.join(name), 0, &formats::no_progress);
        match (entry["expect"].as_str().unwrap(), result) {
            ("ok", Err(error)) => failures.push(format!("{name}: refused: {error}")),
            ("error", Ok(_)) => failures.push(format!("{name}: opened a corrupt file")),
            ("error" | "either", Err(error)) => {
                refused += 1;
                let text = error.to_string();
                let file = Path::new(name).file_stem().unwrap().to_str().unwrap();
                if !text.contains(file) || started.elapsed() > REFUSAL_LIMIT {
                    failures.push(format!("{name}: {:?}: {text}", started.elapsed()));
                }
            }
            (_, Ok(first)) => {
                opened += 1;
                // Where the oracle names a twin, its values are the right ones.
                let twin = entry["if_read_values_equal"].as_str().and_then(|twin| {
                    let file = Path::new(name).with_file_name(twin);
                    entries.iter().find(|e| e["file"].as_str() == file.to_str())
                });
                failures.extend(
                    differences(&folder.join(name), twin.unwrap_or(entry), &first)
                        .into_iter()
                        .map(|d| format!("{name}: {d}")),
                );
            }
            (other, _) => panic!("{name}: expect {other}"),
        }
    }
    assert!(failures.is_empty(), "{}", failures.join("\n"));
    println!("{}: {opened} opened, {refused} refused", folder.display());
    assert!(opened >= least_opened && refused >= least_refused);
}

/// What differs between a file and its oracle, with the tolerances in the messages.
fn differences(path: &Path, entry: &Value, first: &formats::Opened) -> Vec<String> {
    let mut found = Vec::new();
    // A file that may be refused or opened may have a twin's values instead of its own.
    if entry["shape"].is_null() || entry["affine"].is_null() || entry["axcodes"] == "???" {
        return found;
    }
    let shape: Vec<usize> = serde_json::from_value(entry["shape"].clone()).unwrap();
    let mut wanted: Vec<Vec<usize>> = Vec::new();
    for sample in entry["samples"].as_array().into_iter().flatten() {
        wanted.push(serde_json::from_value(sample["ijk"].clone()).unwrap());
    }
    let info = match formats::describe(path, None, &wanted) {
        Ok(info) => info,
        Err(error) => return vec![format!("opened but not described: {error}")],
    };
    // FreeSurfer's single frame counts as three dimensions there too.
    if info.shape != shape {
        found.push(format!("shape {:?}, not {shape:?}", info.shape));
    }
    if Some(info.dtype) != entry["dtype"].as_str() {
        found.push(format!("dtype {}", info.dtype));
    }
    if Some(info.axcodes.as_str()) != entry["axcodes"].as_str() {
        found.push(format!("axcodes {}", info.axcodes));
    }
    let affine: [[f64; 4]; 4] = serde_json::from_value(entry["affine"].clone()).unwrap();
    let largest = affine.iter().flatten().fold(0.0_f64, |a, x| a.max(x.abs()));
    for (ours, theirs) in info.affine.iter().flatten().zip(affine.iter().flatten()) {
        if (ours - theirs).abs() > 1e-4 * largest {
            found.push(format!("affine element {ours}, not {theirs}"));
        }
    }
    let stats = if entry["magnitude"].is_null() {
        &entry["stats"]
    } else {
        &entry["magnitude"]
    };
    for (name, ours) in [("min", info.min), ("max", info.max), ("mean", info.mean)] {
        let theirs = stats[name].as_f64();
        // Relative to the larger of the statistic and the range: a mean near 0 has no digits.
        let scale = ["min", "max", "mean"]
            .iter()
            .filter_map(|n| stats[n].as_f64())
            .fold(0.0_f64, |a, x| a.max(x.abs()));
        if let (Some(ours), Some(theirs)) = (ours, theirs)
            && (ours - theirs).abs() > 1e-5 * scale.min(theirs.abs().max(1e-3 * scale))
        {
            found.push(format!("{name} {ours}, not {theirs}"));
        }
        if ours.is_none() && theirs.is_some() {
            found.push(format!("no {name}"));
        }
    }
    if let Some(n_nan) = stats["n_nan"].as_u64()
        && n_nan != info.nan_count
    {
        found.push(format!("{} NaN, not {n_nan}", info.nan_count));
    }
    for (voxel, sample) in info
        .voxels
        .iter()
        .zip(entry["samples"].as_array().into_iter().flatten())
    {
        let theirs = match &sample["value"] {
            Value::Array(parts) if parts.len() == 2 => {
                parts[0].as_f64().unwrap().hypot(parts[1].as_f64().unwrap())
            }
            Value::Array(rgb) => {
                let part = |i: usize| rgb[i].as_f64().unwrap();
                0.2126 * part(0) + 0.7152 * part(1) + 0.0722 * part(2)
            }
            Value::String(text) => text.to_lowercase().parse().unwrap(),
            number => number.as_f64().unwrap(),
        };
        let close = (voxel.value - theirs).abs() <= 1e-6 * theirs.abs();
        if !(close || voxel.value.is_nan() && theirs.is_nan() || voxel.value == theirs) {
            found.push(format!(
                "{:?} is {}, not {theirs}",
                voxel.index, voxel.value
            ));
        }
    }
    // The values of the first volume, bit for bit, where the oracle has their sum.
    if info.volumes == 1
        && let Some(hash) = entry["sha256_native_f32"].as_str()
        && hash != values_hash(first.volume.values())
    {
        found.push("the values differ from the oracle's SHA-256".to_owned());
    }
    found
}

/// As the oracle has it: f32 little-endian, one NaN, no negative zero.
fn values_hash(values: &[f32]) -> String {
    let mut hasher = Sha256::new();
    for &value in values {
        let bits = if value.is_nan() {
            0x7fc0_0000
        } else if value == 0.0 {
            0
        } else {
            value.to_bits()
        };
        hasher.update(bits.to_le_bytes());
    }
    hasher
        .finalize()
        .iter()
        .map(|b| format!("{b:02x}"))
        .collect()
}
