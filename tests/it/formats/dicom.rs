//! DICOM files, one by one, against what pydicom makes of them.

use crate::shared;
use cisterna::formats::{self, FormatError, Opened, PixelScaling, Series, no_progress};
use cisterna::volume::Volume;
use nalgebra::Point3;
use serde_json::Value;
use sha2::{Digest, Sha256};
use std::collections::BTreeMap;
use std::path::Path;
use std::time::{Duration, Instant};

const REFUSAL_LIMIT: Duration = Duration::from_secs(1);

/// Codings that lose something, so that the values have a tolerance and no check sum.
const LOSSY: [&str; 4] = [
    "1.2.840.10008.1.2.4.50",
    "1.2.840.10008.1.2.4.51",
    "1.2.840.10008.1.2.4.81",
    "1.2.840.10008.1.2.4.91",
];

pub(super) fn entries(oracle: &Path) -> Vec<Value> {
    serde_json::from_slice(&std::fs::read(oracle).unwrap()).unwrap()
}

#[test]
fn files_agree_with_pydicom() {
    let mut counts = BTreeMap::<String, (usize, usize)>::new();
    let mut failures = Vec::new();
    for folder in ["data/dicom", "data/dicom_large"] {
        let Some(oracle) = shared(&format!("{folder}/oracle_files.json")) else {
            return;
        };
        let folder = oracle.parent().unwrap();
        let mut zips = BTreeMap::new();
        for entry in entries(&oracle) {
            let name = entry["file"].as_str().unwrap();
            let found = match name.split_once('!') {
                Some((zip, _)) => {
                    let series = zips.entry(zip.to_owned()).or_insert_with(|| {
                        open_all(&folder.join(zip)).unwrap_or_else(|e| panic!("{zip}: {e}"))
                    });
                    check_slice(&entry, series)
                }
                None => check_file(&folder.join(name), &entry),
            };
            let coding = entry["transfer_syntax"].as_str().unwrap_or("none");
            let coding = coding.split_once(' ').map_or(coding, |(_, name)| name);
            let coding: String = coding.chars().take(40).collect();
            let kind = format!("{:<12} {coding}", entry["expect"].as_str().unwrap());
            let count = counts.entry(kind).or_default();
            match found {
                Ok(()) => count.0 += 1,
                Err(what) => {
                    count.1 += 1;
                    failures.push(format!("{name}: {what}"));
                }
            }
        }
    }
    println!("{:<54} agree  not", "expected, coding");
    for (kind, (agree, not)) in &counts {
        println!("{kind:<54} {agree:>5} {not:>4}");
    }
    assert!(failures.is_empty(), "{}", failures.join("\n"));
    assert!(counts.values().map(|(agree, _)| agree).sum::<usize>() >= 220);
}

/// All volumes of all series of a path.
fn open_all(path: &Path) -> Result<Vec<(Series, Vec<Opened>)>, FormatError> {
    let scan = formats::series(path, &no_progress)?;
    scan.series
        .into_iter()
        .map(|series| {
            let volumes = (0..series.volumes.len())
                .map(|idx| series.open(idx, PixelScaling::Rescaled, &no_progress))
                .collect::<Result<_, _>>()?;
            Ok((series, volumes))
        })
        .collect()
}

fn check_file(path: &Path, entry: &Value) -> Result<(), String> {
    let started = Instant::now();
    let opened = open_all(path);
    let file = path.file_name().unwrap().to_str().unwrap();
    match (entry["expect"].as_str().unwrap(), opened) {
        ("ok", Ok(opened)) => {
            let [(_, volumes)] = &opened[..] else {
                return Err(format!("{} series in one file", opened.len()));
            };
            check_values(entry, volumes)
        }
        ("either", Ok(opened)) if !entry["pixels_gdcm"].is_null() => {
            check_samples(&entry["pixels_gdcm"], &opened[0].1[0].volume, 2.0)
        }
        ("either", Ok(_)) => Ok(()),
        ("ok", Err(error)) => Err(format!("refused: {error}")),
        (_, Ok(_)) => Err("opened".to_owned()),
        (_, Err(error)) => {
            let text = error.to_string();
            if !text.contains(file) || text.len() < file.len() + 10 {
                return Err(format!("the message does not help: {text}"));
            }
            if started.elapsed() > REFUSAL_LIMIT {
                return Err(format!("refused after {:?}", started.elapsed()));
            }
            Ok(())
        }
    }
}

/// The stored numbers of a file, in the order of the file.
fn check_values(entry: &Value, volumes: &[Opened]) -> Result<(), String> {
    let pixels = &entry["pixels"];
    let (slope, inter) = (
        number(entry, "RescaleSlope", 1.0),
        number(entry, "RescaleIntercept", 0.0),
    );
    let syntax = entry["transfer_syntax"].as_str().unwrap_or_default();
    let is_lossy = LOSSY
        .iter()
        .any(|uid| syntax.split(' ').next() == Some(uid));
    let volume = &volumes[0].volume;
    if entry["SamplesPerPixel"] == 3 {
        return check_colour(pixels, volume);
    }
    if !entry["ImagePositionPatient"].is_null() && volume.grid().dims()[2] == 1 {
        check_place(entry, volume)?;
    }
    let frames: u64 = entry["NumberOfFrames"].as_u64().unwrap_or(1);
    if frames > 1 {
        // Frames lie in space and not in the order of the file, and each has its own scaling:
        // their values are checked where whole series are.
        let n: usize = volumes.iter().map(|v| v.volume.grid().dims()[2]).sum();
        return (n as u64 == frames)
            .then_some(())
            .ok_or_else(|| format!("{n} slices of {frames} frames"));
    }
    let rows = entry["Rows"].as_u64().unwrap() as usize;
    let columns = entry["Columns"].as_u64().unwrap() as usize;
    let [nx, ny, _] = volume.grid().dims();
    if !columns.is_multiple_of(nx) || !rows.is_multiple_of(ny) {
        // A mosaic that its tiles do not fill: what lies between them is in no volume.
        return Ok(());
    }
    let stored: Vec<f64> = picture(volume, rows, columns)
        .into_iter()
        .map(|value| (f64::from(value) - inter) / slope)
        .collect();
    if is_lossy {
        return check_statistics(pixels, &stored, 2.0);
    }
    check_statistics(pixels, &stored, 1e-3)?;
    let Some(dtype) = pixels["array_dtype"]
        .as_str()
        .filter(|d| !d.starts_with("float"))
    else {
        return Ok(());
    };
    let hash = stored_hash(&stored, dtype);
    (Some(hash.as_str()) == pixels["sha256_stored_le"].as_str())
        .then_some(())
        .ok_or_else(|| "the stored values differ".to_owned())
}

/// A volume as the picture it was stored as: itself, or the tiles of a mosaic.
fn picture(volume: &Volume, rows: usize, columns: usize) -> Vec<f32> {
    let [nx, ny, nz] = volume.grid().dims();
    let per_row = columns / nx;
    let mut picture = vec![0.0; rows * columns];
    for k in 0..nz {
        for j in 0..ny {
            for i in 0..nx {
                let (row, column) = (k / per_row * ny + j, k % per_row * nx + i);
                picture[row * columns + column] = volume.values()[i + nx * (j + ny * k)];
            }
        }
    }
    picture
}

fn stored_hash(stored: &[f64], dtype: &str) -> String {
    let bytes: Vec<u8> = stored
        .iter()
        .flat_map(|&value| {
            let all = (value.round() as i64).to_le_bytes();
            let width = match dtype {
                "uint8" | "int8" => 1,
                "uint16" | "int16" | ">u2" | ">i2" => 2,
                _ => 4,
            };
            all[..width].to_vec()
        })
        .collect();
    Sha256::digest(bytes)
        .iter()
        .map(|b| format!("{b:02x}"))
        .collect()
}

fn number(entry: &Value, key: &str, otherwise: f64) -> f64 {
    entry[key].as_f64().unwrap_or(otherwise)
}

fn check_statistics(pixels: &Value, stored: &[f64], within: f64) -> Result<(), String> {
    let min = stored.iter().copied().fold(f64::INFINITY, f64::min);
    let max = stored.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    let mean = stored.iter().sum::<f64>() / stored.len() as f64;
    for (name, ours) in [("min", min), ("max", max), ("mean", mean)] {
        let theirs = pixels[name].as_f64().unwrap();
        if (ours - theirs).abs() > within.max(1e-6 * theirs.abs()) {
            return Err(format!("{name} is {ours}, not {theirs}"));
        }
    }
    let width = pixels["array_shape"][1].as_u64().unwrap() as usize;
    for sample in pixels["samples"].as_array().unwrap() {
        let at = |axis: usize| sample["index"][axis].as_u64().unwrap() as usize;
        let (ours, theirs) = (
            stored[at(0) * width + at(1)],
            sample["stored"].as_f64().unwrap(),
        );
        if (ours - theirs).abs() > within.max(1e-6 * theirs.abs()) {
            return Err(format!("{:?} is {ours}, not {theirs}", sample["index"]));
        }
    }
    Ok(())
}

fn check_samples(pixels: &Value, volume: &Volume, within: f64) -> Result<(), String> {
    let stored: Vec<f64> = volume.values().iter().map(|&v| f64::from(v)).collect();
    check_statistics(pixels, &stored, within)
}

/// Luminance: only where a pixel is grey can one channel say what it is, and white and black are.
fn check_colour(pixels: &Value, volume: &Volume) -> Result<(), String> {
    let shape: Vec<usize> = serde_json::from_value(pixels["array_shape"].clone()).unwrap();
    let [columns, rows, _] = volume.grid().dims();
    if shape != [rows, columns, 3] {
        return Err(format!("{rows} x {columns}, not {shape:?}"));
    }
    let (low, high) = (
        pixels["min"].as_f64().unwrap(),
        pixels["max"].as_f64().unwrap(),
    );
    let mut values = volume.values().iter().map(|&v| f64::from(v));
    values
        .all(|v| v >= low - 1e-3 && v <= high + 1e-3)
        .then_some(())
        .ok_or_else(|| "luminance beyond the channels' range".to_owned())
}

fn vector(entry: &Value, key: &str) -> Vec<f64> {
    serde_json::from_value(entry[key].clone()).unwrap()
}

/// RAS+ of a point in LPS+.
fn ras(lps: &[f64]) -> Point3<f64> {
    Point3::new(-lps[0], -lps[1], lps[2])
}

/// The corners of a slice where the tags put them.
fn check_place(entry: &Value, volume: &Volume) -> Result<(), String> {
    let (position, o) = (
        vector(entry, "ImagePositionPatient"),
        vector(entry, "ImageOrientationPatient"),
    );
    let spacing = vector(entry, "PixelSpacing");
    let [columns, rows, _] = volume.grid().dims();
    let far: Vec<f64> = (0..3)
        .map(|i| {
            let along_row = o[i] * spacing[1] * (columns as f64 - 1.0);
            position[i] + along_row + o[3 + i] * spacing[0] * (rows as f64 - 1.0)
        })
        .collect();
    let last = Point3::new(columns as f64 - 1.0, rows as f64 - 1.0, 0.0);
    for (voxel, expected) in [(Point3::origin(), ras(&position)), (last, ras(&far))] {
        let off = (volume.grid().to_world(voxel) - expected).norm();
        if off > 1e-2 {
            return Err(format!("a corner is {off} mm off"));
        }
    }
    Ok(())
}

/// One slice of a volume from a zip, found by its place.
fn check_slice(entry: &Value, series: &[(Series, Vec<Opened>)]) -> Result<(), String> {
    let position = ras(&vector(entry, "ImagePositionPatient"));
    for volume in series.iter().flat_map(|(_, volumes)| volumes) {
        let grid = volume.volume.grid();
        let voxel = grid.to_voxel(position);
        let k = voxel.z.round();
        let [nx, ny, nz] = grid.dims();
        let off = (voxel - Point3::new(0.0, 0.0, k)).norm();
        if off > 0.02 || k < 0.0 || k >= nz as f64 {
            continue;
        }
        let slice = &volume.volume.values()[k as usize * nx * ny..][..nx * ny];
        let stored: Vec<f64> = slice.iter().map(|&v| f64::from(v)).collect();
        check_statistics(&entry["pixels"], &stored, 1e-3)?;
        let dtype = entry["pixels"]["array_dtype"].as_str().unwrap();
        let hash = stored_hash(&stored, dtype);
        return (Some(hash.as_str()) == entry["pixels"]["sha256_stored_le"].as_str())
            .then_some(())
            .ok_or_else(|| "the stored values differ".to_owned());
    }
    Err("no slice lies there".to_owned())
}
