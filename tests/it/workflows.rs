//! Work that windows ask for and the command line does not: series that are open, elsewhere than
//! their files say.

use crate::cli::quantify::{HOURS, number, row, table, write_labels, write_patient};
use cisterna::anatomy::FatStatistic;
use cisterna::formats::{self, no_progress};
use cisterna::volume::Affine;
use cisterna::workflows::{
    FatSource, Notice, Notify, PlacedVolume, Quantified, QuantifyRequest, QuantifySource,
    ignore_notices, quantify,
};
use nalgebra::Vector3;
use std::ops::ControlFlow;
use std::path::Path;

fn opened(path: &Path) -> PlacedVolume {
    PlacedVolume {
        file: path.to_owned(),
        volume: formats::open(path, 0, &no_progress).unwrap().volume,
        series_from_file: Affine::identity(),
    }
}

fn series(root: &Path) -> (Vec<(f64, PlacedVolume)>, PlacedVolume) {
    let scans = write_patient(root, "a1", 1.0, true);
    let labels = write_labels(root, "a1");
    let scans = HOURS.into_iter().zip(scans.iter().map(|path| opened(path)));
    (scans.collect(), opened(&labels))
}

/// A scan whose file puts it 5 mm to the right and a slab higher than it was taken.
fn misplace(scan: &mut PlacedVolume) -> Affine {
    let file_from_series = Affine::new_translation(&Vector3::new(5.0, 0.0, 4.0));
    scan.volume = scan.volume.placed(&file_from_series).unwrap();
    Affine::new_translation(&Vector3::new(-5.0, 0.0, -4.0))
}

fn measured(
    (scans, labels): (&[(f64, PlacedVolume)], &PlacedVolume),
    fat_source: FatSource,
    notify: Notify<'_>,
) -> anyhow::Result<Quantified> {
    let request = QuantifyRequest {
        source: QuantifySource::Placed { scans, labels },
        erode: 0,
        fat: FatStatistic::Median,
        fat_source,
        parameters: None,
        output: None,
    };
    quantify(&request, notify)
}

#[test]
fn scans_that_are_open_are_measured_where_they_lie() {
    let folder = tempfile::tempdir().unwrap();
    let (mut scans, labels) = series(folder.path());
    let series_from_file = misplace(&mut scans[2].1);
    let peak_at_48 = |quantified: &Quantified| {
        let rows = table(&quantified.region_table().text());
        let of = [
            ("session_id", "ses-03"),
            ("label", "1"),
            ("quantity", "concentration"),
        ];
        row(&rows, &of).clone()
    };
    let as_filed = measured((&scans, &labels), FatSource::Sidecar, &ignore_notices).unwrap();
    let cortex = peak_at_48(&as_filed);
    assert_ne!(
        cortex["nan_voxels"], "0",
        "where its file puts it, it does not lie over the others"
    );
    assert!(as_filed.remarks[0].contains("no scan was moved"));

    scans[2].1.series_from_file = series_from_file;
    // In any order.
    scans.swap(0, 3);
    let quantified = measured((&scans, &labels), FatSource::Sidecar, &ignore_notices).unwrap();
    let cortex = peak_at_48(&quantified);
    assert_eq!(cortex["nan_voxels"], "0");
    number(&cortex, "mean", 0.1 * (-0.48_f64).exp(), 1e-5);
    let curves = table(&quantified.curve_table().text());
    let of = [("label", "4"), ("quantity", "concentration")];
    let curve = row(&curves, &of);
    number(curve, "peak", 0.3, 1e-5);
    number(curve, "half_life_h", 34.657_359, 0.02);

    // It says of what, and where that lay.
    assert!(quantified.remarks[0].contains("1 of 5 scans were moved"));
    assert!(quantified.registration.contains("Nothing was aligned here"));
    let json = serde_json::to_value(&quantified).unwrap();
    let sessions = json["patients"][0]["sessions"].as_array().unwrap();
    let moved = sessions.iter().map(|one| &one["file"]["series_from_file"]);
    let moved: Vec<bool> = moved.map(serde_json::Value::is_array).collect();
    assert_eq!(moved, [false, false, true, false, false]);
    let rows = &sessions[2]["file"]["series_from_file"];
    assert_eq!(rows[0], serde_json::json!([1.0, 0.0, 0.0, -5.0]));
    assert_eq!(rows[2], serde_json::json!([0.0, 0.0, 1.0, -4.0]));

    // Only the rows that are asked for.
    let some = quantified
        .curve_table_of(&|of, quantity| of.label == Some(4) && quantity.name() == "concentration");
    assert_eq!(some.rows.len(), 1);
    let some = quantified.region_table_of(&|of, _| of.label == Some(4));
    // Signal and tracer in five scans, per cent in four of them.
    assert_eq!(some.rows.len(), 14);
}

#[test]
fn a_label_map_is_moved_like_a_scan() {
    let folder = tempfile::tempdir().unwrap();
    let (scans, mut labels) = series(folder.path());
    labels.series_from_file = misplace(&mut labels);
    let quantified = measured((&scans, &labels), FatSource::Sidecar, &ignore_notices).unwrap();
    let curves = table(&quantified.curve_table().text());
    for (label, peak) in [("1", 0.1), ("2", 0.05), ("3", 0.15), ("4", 0.3)] {
        let curve = row(&curves, &[("label", label), ("quantity", "concentration")]);
        number(curve, "peak", peak, 1e-5);
    }
    assert!(quantified.patients[0].labels[0].series_from_file.is_some());
}

#[test]
fn fat_that_is_not_seen_is_that_of_the_sidecars_or_an_error() {
    let folder = tempfile::tempdir().unwrap();
    let (scans, labels) = series(folder.path());
    let of = (&scans[..], &labels);
    let told = measured(of, FatSource::Sidecar, &ignore_notices).unwrap();
    let either = measured(of, FatSource::SoughtOrSidecar, &ignore_notices).unwrap();
    let remark = either
        .remarks
        .iter()
        .find(|text| text.contains("the fat of the sidecars is taken for all scans"))
        .unwrap();
    assert!(remark.contains("not a head"), "{remark}");
    assert_eq!(
        either.region_table().text(),
        told.region_table().text(),
        "the same fat, the same numbers"
    );
    let refused = measured(of, FatSource::Sought, &ignore_notices);
    let refused = refused.unwrap_err().to_string();
    assert!(refused.contains("not a head"), "{refused}");
    assert!(refused.contains("--fat-from sidecar"), "{refused}");
    // Where a sidecar has none either, both are said.
    let sidecar = scans[3].1.file.with_extension("json");
    let text = std::fs::read_to_string(&sidecar).unwrap();
    std::fs::write(&sidecar, text.replace("OrbitalFatMedian", "Other")).unwrap();
    let refused = measured(of, FatSource::SoughtOrSidecar, &ignore_notices);
    let refused = refused.unwrap_err().to_string();
    for part in ["not a head", "no OrbitalFatMedian", "ses-04"] {
        assert!(refused.contains(part), "{part}: {refused}");
    }
}

#[test]
fn a_series_of_open_scans_is_stopped_and_checked() {
    let folder = tempfile::tempdir().unwrap();
    let (mut scans, labels) = series(folder.path());
    let stop = |notice: Notice| match notice {
        Notice::Working { share, .. } if share > 0.3 => ControlFlow::Break(()),
        _ => ControlFlow::Continue(()),
    };
    let stopped = measured((&scans, &labels), FatSource::Sidecar, &stop);
    assert_eq!(stopped.unwrap_err().to_string(), "stopped");
    scans[1].0 = 48.0;
    let twice = measured((&scans, &labels), FatSource::Sidecar, &ignore_notices);
    let twice = twice.unwrap_err().to_string();
    assert!(twice.contains("two scans were taken at 48 h"), "{twice}");
    let late = measured((&scans[2..], &labels), FatSource::Sidecar, &ignore_notices);
    let late = late.unwrap_err().to_string();
    assert!(late.contains("no scan before the injection"), "{late}");
}
