//! Series of DICOM files against dcm2niix, against the NIfTI files that were published with them,
//! and against series that were made so that the right volume is known.

use super::dicom::entries;
use super::values_hash;
use crate::shared;
use cisterna::formats::{self, PixelScaling, SortedFiles, no_progress};
use cisterna::volume::{Affine, PLANE_SIZE, Plane, PlaneImage, Volume};
use nalgebra::Point3;
use serde_json::Value;
use std::collections::BTreeMap;
use std::path::Path;

/// What dcm2niix makes of these is not what is wanted here; by folder and output, and why.
const DIFFERENT: [(&str, &str, &str); 8] = [
    (
        "icometrix+dicom2nifti/failing/sliceincrement/001",
        "s2_e0_.nii",
        "a slice is missing: the gap is kept open, not closed",
    ),
    (
        "icometrix+dicom2nifti/failing/sliceincrement/001",
        "s2_e0__Eq_1.nii",
        "the same, resampled",
    ),
    (
        "pydicom+pydicom",
        "s18_e0_marked_lesion_MPR_Collection__ROI1.nii",
        "an overlay, which is not opened",
    ),
    (
        "pydicom+pydicom",
        "s1_e0_b.nii",
        "NumberOfFrames is 1A: refused",
    ),
    (
        "pydicom+pydicom",
        "s4_e0_Lv2.nii",
        "one slice: its third axis stands on the slice, not along the table",
    ),
    (
        "pydicom+pydicom-data",
        "s301_e0_.nii",
        "no positions: rows run down, as pictures are looked at, and not up",
    ),
    (
        "nipy+nibabel",
        "s12_e1_CBU_DTI_64D_1Aa.nii",
        "256 pixels cannot be 7 tiles: their middle is a matter of rounding, and it is said",
    ),
    (
        "rii-mango+Papaya/dicom",
        "s2_e1_FSE_PD_AXIAL_OBL.nii",
        "positions are rounded: the mean step and not the first, which ends 1.3 mm off",
    ),
];

/// A volume with its axes permuted and flipped to run right, forward and up.
pub(super) struct Ras {
    pub(super) dims: [usize; 3],
    pub(super) affine: Affine,
    pub(super) values: Vec<f32>,
    /// As it was opened.
    volume: Volume,
}

impl Ras {
    pub(super) fn of(volume: &Volume) -> Self {
        let grid = volume.grid();
        let (axes, from) = (grid.axes(), grid.dims());
        // The voxel axis along each world axis, and whether it runs backwards.
        let along: [(usize, bool); 3] = std::array::from_fn(|world| {
            let voxel = axes.iter().position(|&(axis, _)| axis == world).unwrap();
            (voxel, axes[voxel].1 < 0.0)
        });
        let dims = along.map(|(voxel, _)| from[voxel]);
        let mut affine = *grid.world_from_voxel();
        let mut start = Point3::origin();
        for (world, &(voxel, backwards)) in along.iter().enumerate() {
            let column = grid.world_from_voxel().column(voxel).into_owned();
            affine.set_column(world, &if backwards { -column } else { column });
            if backwards {
                start[voxel] = from[voxel] as f64 - 1.0;
            }
        }
        let origin = grid.to_world(start);
        for row in 0..3 {
            affine[(row, 3)] = origin[row];
        }
        let strides = [1, from[0], from[0] * from[1]];
        let offset = |world: usize, at: usize| {
            let (voxel, backwards) = along[world];
            strides[voxel] * if backwards { from[voxel] - 1 - at } else { at }
        };
        let mut values = Vec::with_capacity(volume.values().len());
        for k in 0..dims[2] {
            for j in 0..dims[1] {
                let base = offset(1, j) + offset(2, k);
                values.extend((0..dims[0]).map(|i| volume.values()[base + offset(0, i)]));
            }
        }
        Self {
            dims,
            affine,
            values,
            volume: volume.clone(),
        }
    }
}

fn affine_of(value: &Value) -> Affine {
    let rows: [[f64; 4]; 4] = serde_json::from_value(value.clone()).unwrap();
    Affine::from_fn(|row, column| rows[row][column])
}

fn affine_difference(ours: &Affine, theirs: &Affine) -> f64 {
    (ours - theirs).amax() / theirs.amax()
}

/// Statistics and samples of one volume, or of all together, within a share of the largest value.
fn statistics_differ(stats: &Value, values: &[&[f32]], share: f64) -> Option<String> {
    let all = || values.iter().copied().flatten().map(|&v| f64::from(v));
    let n = all().count() as f64;
    let ours = [
        ("min", all().fold(f64::INFINITY, f64::min)),
        ("max", all().fold(f64::NEG_INFINITY, f64::max)),
        ("mean", all().sum::<f64>() / n),
    ];
    let largest = stats["max"]
        .as_f64()?
        .abs()
        .max(stats["min"].as_f64()?.abs());
    ours.iter().find_map(|(name, ours)| {
        let theirs = stats[*name].as_f64()?;
        ((ours - theirs).abs() > share * largest).then(|| format!("{name} {ours}, not {theirs}"))
    })
}

/// The oracle's sample voxels, found by where they lie.
fn samples_differ(entry: &Value, run: &[(usize, Ras)], share: f64) -> Option<String> {
    let theirs_from_voxel = affine_of(entry.get("affine")?);
    let ours_from_world = run[0].1.affine.try_inverse()?;
    let largest = run[0].1.values.iter().fold(1.0_f32, |a, v| a.max(v.abs()));
    for sample in entry["samples"].as_array().into_iter().flatten() {
        let ijk: Vec<usize> = serde_json::from_value(sample["ijk"].clone()).unwrap();
        let theirs = match &sample["value"] {
            Value::Array(rgb) => {
                let part = |i: usize| rgb[i].as_f64().unwrap();
                0.2126 * part(0) + 0.7152 * part(1) + 0.0722 * part(2)
            }
            number => number.as_f64().unwrap(),
        };
        let voxel = Point3::new(ijk[0] as f64, ijk[1] as f64, ijk[2] as f64);
        let world = theirs_from_voxel.transform_point(&voxel);
        let at = ours_from_world
            .transform_point(&world)
            .map(|x| x.round() as usize);
        let ras = &run[ijk.get(3).copied().unwrap_or(0)].1;
        let ours = ras.values[at.x + ras.dims[0] * (at.y + ras.dims[1] * at.z)];
        if (f64::from(ours) - theirs).abs() > share * f64::from(largest) {
            return Some(format!("{ijk:?} is {ours}, not {theirs}"));
        }
    }
    None
}

/// All volumes of a scan, oriented.
fn all_volumes(scan: &SortedFiles, scaling: PixelScaling) -> Vec<(usize, Ras)> {
    let mut volumes = Vec::new();
    for (n, series) in scan.series.iter().enumerate() {
        for idx in 0..series.volumes.len() {
            if let Ok(opened) = series.open(idx, scaling, &no_progress) {
                volumes.push((n, Ras::of(&opened.volume)));
            }
        }
    }
    volumes
}

/// Whether a run of volumes is what the oracle has.
fn is_volume(
    entry: &Value,
    volumes: &[(usize, Ras)],
    used: &[bool],
    is_lossy: bool,
) -> Result<Vec<usize>, String> {
    let shape: Vec<usize> = serde_json::from_value(entry["ras_shape"].clone()).unwrap_or_default();
    let affine = affine_of(&entry["ras_affine"]);
    let n = shape.get(3).copied().unwrap_or(1);
    let hash = if n > 1 {
        &entry["sha256_ras_f32_first_volume"]
    } else {
        &entry["sha256_ras_f32"]
    };
    let mut closest = "no volume of this shape".to_owned();
    for (start, is_used) in used.iter().enumerate() {
        let Some(run) = volumes.get(start..start + n) else {
            break;
        };
        if *is_used
            || run
                .iter()
                .any(|(s, ras)| *s != run[0].0 || ras.dims[..] != shape[..3])
        {
            continue;
        }
        let off = affine_difference(&run[0].1.affine, &affine);
        if off > 1e-4 {
            closest = format!("the affine is off by a share of {off:.1e}");
            continue;
        }
        let values: Vec<&[f32]> = run.iter().map(|(_, ras)| &ras.values[..]).collect();
        let share = if is_lossy { 0.01 } else { 1e-6 };
        if let Some(difference) = statistics_differ(&entry["stats"], &values, share) {
            closest = difference;
            continue;
        }
        if let Some(difference) = samples_differ(entry, run, share) {
            closest = difference;
            continue;
        }
        let is_same = hash.as_str() == Some(&values_hash(values[0]));
        // dcm2niix rounds slopes to seven digits: then the last one may differ.
        if !is_same && !is_lossy && entry["slope"] == 1.0 && entry["dtype"] != "RGB" {
            closest = "the values differ".to_owned();
            continue;
        }
        return Ok((start..start + n).collect());
    }
    Err(closest)
}

#[test]
fn series_agree_with_dcm2niix() {
    let mut counts = BTreeMap::<&str, usize>::new();
    let mut failures = Vec::new();
    for folder in ["data/dicom", "data/dicom_large"] {
        let Some(oracle) = shared(&format!("{folder}/oracle_series.json")) else {
            return;
        };
        let folder = oracle.parent().unwrap();
        for unit in entries(&oracle) {
            check_unit(folder, &unit, &mut counts, &mut failures);
        }
    }
    for (kind, count) in &counts {
        println!("{kind:<48} {count:>4}");
    }
    assert!(failures.is_empty(), "{}", failures.join("\n"));
}

fn check_unit(
    folder: &Path,
    unit: &Value,
    counts: &mut BTreeMap<&'static str, usize>,
    failures: &mut Vec<String>,
) {
    let name = unit["unit"].as_str().unwrap();
    let expected = unit["dcm2niix"]["volumes"].as_array().unwrap();
    let scan = match formats::series(&folder.join(name), &no_progress) {
        Ok(scan) => scan,
        Err(error) => {
            *counts.entry("folder refused").or_default() += 1;
            if !expected.is_empty() {
                failures.push(format!("{name}: {error}"));
            }
            return;
        }
    };
    let is_lossy = unit["series"].as_array().unwrap().iter().any(|series| {
        let names = series["transfer_syntax"].to_string();
        names.contains("Baseline")
            || names.contains("JPEG 2000 Image Compression\"")
            || names.contains("Near")
    });
    let volumes = all_volumes(&scan, PixelScaling::Rescaled);
    let mut used = vec![false; volumes.len()];
    for entry in expected {
        let output = entry["dcm2niix_name"].as_str().unwrap();
        let why = DIFFERENT
            .iter()
            .find(|(unit, file, _)| *unit == name && *file == output);
        match (is_volume(entry, &volumes, &used, is_lossy), why) {
            (Ok(found), _) => {
                *counts.entry("volumes as dcm2niix").or_default() += 1;
                for at in found {
                    used[at] = true;
                }
            }
            (Err(what), Some((.., why))) => {
                println!("{name} {output}: {why} ({what})");
                *counts.entry("volumes different on purpose").or_default() += 1;
            }
            (Err(what), None) => failures.push(format!("{name} {output}: {what}")),
        }
        if !entry["philips_precise"].is_null() {
            let precise = all_volumes(&scan, PixelScaling::PhilipsPrecise);
            let values: Vec<&[f32]> = precise.iter().map(|(_, ras)| &ras.values[..]).collect();
            let stats = &entry["philips_precise"]["stats"];
            match statistics_differ(stats, &values, 1e-6) {
                None => *counts.entry("volumes in precise values").or_default() += 1,
                Some(what) => failures.push(format!("{name} {output}: precise {what}")),
            }
        }
    }
    for (at, (series, ras)) in volumes.iter().enumerate() {
        if !used[at] {
            let description = &scan.series[*series].description;
            println!("{name}: only here: {:?} of {description:?}", ras.dims);
            *counts
                .entry("volumes that dcm2niix does not make")
                .or_default() += 1;
        }
    }
    for reference in unit["shipped_references"].as_array().unwrap() {
        let scaling = match reference["scaling"].as_str() {
            Some("philips_precise") => PixelScaling::PhilipsPrecise,
            _ => PixelScaling::Rescaled,
        };
        if reference["max_abs_data_diff"].as_f64().unwrap() > 1e-3 {
            continue;
        }
        let path = folder.join(reference["ref"].as_str().unwrap());
        match same_as_reference(&path, &all_volumes(&scan, scaling)) {
            Ok(()) => *counts.entry("volumes as published").or_default() += 1,
            Err(what) => failures.push(format!("{name}: {}: {what}", path.display())),
        }
    }
}

/// Left stays left: a published NIfTI file has the same values in the same places.
fn same_as_reference(path: &Path, volumes: &[(usize, Ras)]) -> Result<(), String> {
    let first = formats::open(path, 0, &no_progress).map_err(|error| error.to_string())?;
    let n = first.info.volumes;
    let reference: Vec<Ras> = (0..n)
        .map(|idx| Ras::of(&formats::open(path, idx, &no_progress).unwrap().volume))
        .collect();
    let mut closest = "no volume of this shape".to_owned();
    for run in volumes.windows(n) {
        if run.iter().any(|(_, ras)| ras.dims != reference[0].dims) {
            continue;
        }
        let off = affine_difference(&run[0].1.affine, &reference[0].affine);
        if off > 1e-4 {
            closest = format!("the affine is off by a share of {off:.1e}");
            continue;
        }
        let ours = run.iter().flat_map(|(_, ras)| &ras.values);
        let theirs = reference.iter().flat_map(|ras| &ras.values);
        let largest = theirs.clone().fold(0.0_f32, |a, v| a.max(v.abs()));
        let off = ours
            .zip(theirs)
            .fold(0.0_f32, |a, (o, t)| a.max((o - t).abs()));
        if off > 1e-6 * largest {
            closest = format!("values differ by up to {off}");
            continue;
        }
        return same_pictures(&run[0].1.volume, &reference[0].volume, largest);
    }
    Err(closest)
}

/// The slices through the middle, as they are drawn.
fn same_pictures(ours: &Volume, theirs: &Volume, largest: f32) -> Result<(), String> {
    let center = theirs.grid().center_in_world();
    for plane in Plane::ALL {
        let [o, t] = [ours, theirs].map(|volume| PlaneImage::extract(volume, plane, center));
        // An affine of seven digits moves a picture by a hundred-thousandth of a voxel, and a
        // pixel on the border out of it.
        let n_off = (0..o.data.len())
            .filter(|&at| match (o.inside[at], t.inside[at]) {
                (true, true) => (o.data[at] - t.data[at]).abs() > 1e-3 * largest,
                (inside, other) => inside != other,
            })
            .count();
        let n_border = 4 * PLANE_SIZE;
        if n_off > n_border / 100 {
            return Err(format!("{}: {n_off} pixels differ", plane.name()));
        }
    }
    Ok(())
}

#[test]
fn made_series_are_what_they_were_made_from() {
    let Some(oracle) = shared("data/synthetic/oracle_dicom.json") else {
        return;
    };
    let folder = oracle.parent().unwrap().join("dicom");
    let mut failures = Vec::new();
    for entry in entries(&oracle) {
        let name = entry["series"].as_str().unwrap();
        let scan = match formats::series(&folder.join(name), &no_progress) {
            Ok(scan) => scan,
            Err(error) => {
                if entry["expect"] == "ok" {
                    failures.push(format!("{name}: {error}"));
                }
                continue;
            }
        };
        let mut warnings = scan.warnings();
        warnings.extend(scan.series.iter().flat_map(|s| s.warnings.clone()));
        if entry["expect"] == "warn" && warnings.is_empty() {
            failures.push(format!("{name}: nothing is said"));
        }
        println!("{name}: {warnings:?}");
        let volumes = all_volumes(&scan, PixelScaling::Rescaled);
        let expected = entry["volumes"].as_array().unwrap();
        let used = vec![false; volumes.len()];
        if entry["expect"] == "ok" && volumes.len() != expected.len() {
            failures.push(format!("{name}: {} volumes", volumes.len()));
        }
        for volume in expected {
            let mut volume = volume.clone();
            volume["slope"] = 1.0.into();
            if name == "position_noise" || name == "missing_slice" {
                continue;
            }
            if name == "per_slice_rescale" {
                volume["slope"] = 2.0.into();
            }
            if let Err(what) = is_volume(&volume, &volumes, &used, false) {
                failures.push(format!("{name}: {what}"));
            }
        }
    }
    assert!(failures.is_empty(), "{}", failures.join("\n"));
}

fn made(name: &str) -> Option<(SortedFiles, Vec<(usize, Ras)>)> {
    let scan = formats::series(
        &shared(&format!("data/synthetic/dicom/{name}"))?,
        &no_progress,
    )
    .unwrap();
    let volumes = all_volumes(&scan, PixelScaling::Rescaled);
    Some((scan, volumes))
}

#[test]
fn a_missing_slice_stays_a_gap() {
    let (Some((scan, gappy)), Some((_, whole))) =
        (made("missing_slice"), made("axial_shuffled_names"))
    else {
        return;
    };
    let (gappy, whole) = (&gappy[0].1, &whole[0].1);
    assert!(affine_difference(&gappy.affine, &whole.affine) < 1e-6);
    assert_eq!(gappy.dims, whole.dims);
    let n_empty = gappy.values.iter().filter(|v| v.is_nan()).count();
    assert_eq!(n_empty, gappy.dims[0] * gappy.dims[1]);
    let mut both = gappy.values.iter().zip(&whole.values);
    assert!(both.all(|(g, w)| g.is_nan() || g == w));
    assert!(
        scan.series[0].warnings[0].contains("1 of 22 slices"),
        "{:?}",
        scan.series[0].warnings
    );
}

#[test]
fn noise_in_positions_is_no_unevenness() {
    let (Some((scan, noisy)), Some((_, whole))) =
        (made("position_noise"), made("axial_shuffled_names"))
    else {
        return;
    };
    assert_eq!(noisy.len(), 1);
    assert!((noisy[0].1.affine - whole[0].1.affine).amax() < 0.01);
    assert_eq!(noisy[0].1.values, whole[0].1.values);
    assert!(
        scan.series[0].warnings.is_empty(),
        "{:?}",
        scan.series[0].warnings
    );
}

#[test]
fn what_is_left_out_is_named() {
    let Some((scan, volumes)) = made("truncated_file") else {
        return;
    };
    assert_eq!(volumes[0].1.dims[2], 21);
    let damaged: Vec<_> = scan.skipped.iter().filter(|s| s.is_damaged).collect();
    assert_eq!(damaged.len(), 1);
    let file = damaged[0].path.file_name().unwrap().to_str().unwrap();
    assert!(scan.warnings()[0].contains(file), "{:?}", scan.warnings());
    let Some((scan, _)) = made("mixed_folder") else {
        return;
    };
    assert_eq!(scan.skipped.len(), 4, "{:?}", scan.skipped);
    let lines = scan.warnings().join("\n");
    assert!(
        lines.contains(".DS_Store") && lines.contains(".txt"),
        "{lines}"
    );
    let duplicate = made("duplicate_slice").unwrap().0;
    assert!(duplicate.series[0].warnings[0].contains("where another does already"));
}
