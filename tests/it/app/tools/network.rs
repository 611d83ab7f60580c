//! A leak network asked about a scan, and the map of what its answer rests on.

use super::{click, give_path, head, label_with, no_errors, opened, press, wait_until};
use crate::app::rendered;
use crate::cli::{cisterna, json, path, text};
use crate::models::fixture;
use cisterna::formats::{self, no_progress};
use cisterna::volume::Volume;
use eframe::egui::Key;
use egui_kittest::kittest::Queryable;
use std::path::PathBuf;

/// A small network of MONAI's with random weights, for voxels of 12 mm.
fn network(file: PathBuf, temperature: &str) -> PathBuf {
    let output = cisterna(&[
        "model",
        "import",
        path(&fixture("densenet-small.pt")),
        "--as",
        "densenet121",
        "--size",
        "20,22,22",
        "--spacing-mm",
        "12",
        "--scaling",
        "z-score",
        "--temperature",
        temperature,
        "-o",
        path(&file),
    ]);
    assert!(output.status.success(), "{}", text(&output.stderr));
    file
}

#[test]
fn a_network_is_asked_and_hidden_from_who_fills_in_the_worksheet() {
    let folder = tempfile::tempdir().unwrap();
    let model = network(folder.path().join("leak.bpk"), "2");
    let mut harness = opened(&[head(folder.path(), "head.nii", 3.0)]);
    press(&mut harness, Key::Num0);
    // One comes along.
    wait_until(&mut harness, |h| {
        let asked = h.state().desk().network.model();
        asked.is_some_and(|model| model.card.name == "leak-sfcn")
    });
    click(&mut harness, "Open a network…");
    give_path(&mut harness, "Path of a network", &model, "Open");
    wait_until(&mut harness, |h| {
        let asked = h.state().desk().network.model();
        asked.is_some_and(|model| model.card.name != "leak-sfcn")
    });
    harness.run_steps(3);
    harness.check_accessibility();
    wait_until(&mut harness, |h| !h.state().is_busy());
    click(&mut harness, "Probability and map");
    wait_until(&mut harness, |h| {
        let said = h.state().desk().network.said.as_ref();
        said.is_some_and(|said| said.map.as_ref().is_some_and(|map| map.is_refined))
            && !h.state().is_busy()
    });
    no_errors(&harness);
    let desk = harness.state().desk();
    let said = desk.network.said.clone().unwrap();
    assert_eq!(
        desk.layers.len(),
        3,
        "the head, the map and the strongest region"
    );
    assert!(desk.layers[1].style.follows_value);
    let outline = desk.layers[2].style.labels.unwrap();
    assert!(outline.outline_px > 0.0 && desk.layers[2].style.opacity == 0.0);
    assert_eq!(desk.selected, 0, "the head stays chosen");
    label_with(&harness, "Calibrated: numbers divided by 2.000");
    label_with(&harness, "% by the network");
    // The command line says the same.
    let out = folder.path().join("said");
    let told = json(&[
        "predict",
        "--model",
        path(&model),
        "--scan",
        path(&folder.path().join("head.nii")),
        "--device",
        "cpu",
        "--json",
        "-o",
        path(&out),
    ]);
    let off = told["probability"].as_f64().unwrap() - said.prediction.probability;
    assert!(off.abs() < 1e-4, "{off}");
    let map = folder.path().join("map.nii.gz");
    let record = &said.map.as_ref().unwrap().record;
    let triple = |of: [usize; 3]| of.map(|n| n.to_string()).join(",");
    let output = cisterna(&[
        "explain",
        "--model",
        path(&model),
        "--scan",
        path(&folder.path().join("head.nii")),
        "--method",
        "occlusion",
        "--patch",
        &triple(record.patch),
        "--stride",
        &triple(record.stride),
        "-o",
        path(&map),
    ]);
    assert!(output.status.success(), "{}", text(&output.stderr));
    let written: Volume = formats::open(&map, 0, &no_progress).unwrap().volume;
    let shown = &harness.state().desk().layers[1].scan.volume;
    assert_eq!(written.values(), shown.values());

    // Saved with its record and what was said.
    let kept = folder.path().join("kept");
    click(&mut harness, "Save map…");
    give_path(&mut harness, "Folder to save in", &kept, "Save");
    wait_until(&mut harness, |h| !h.state().desk().notice.is_empty());
    for name in [
        "head_occlusion.nii.gz",
        "head_occlusion.json",
        "prediction.json",
    ] {
        assert!(kept.join(name).is_file(), "{name}");
    }

    // Whoever fills in the worksheet sees nothing of it.
    let with_map = rendered(&mut harness);
    press(&mut harness, Key::Y);
    wait_until(&mut harness, |h| {
        let sheet = h.state().desk().sheets.shown();
        sheet.is_some_and(|sheet| sheet.planes.is_some()) && !h.state().is_busy()
    });
    let desk = harness.state().desk();
    assert!(desk.is_hidden(&desk.layers[1]) && desk.is_hidden(&desk.layers[2]));
    label_with(&harness, "hidden until the worksheet is signed");
    assert!(
        harness
            .query_by_label_contains("% by the network")
            .is_none()
    );
    press(&mut harness, Key::Num0);
    label_with(&harness, "Hidden until the worksheet is signed");
    label_with(&harness, "sign it first");
    assert_ne!(rendered(&mut harness), with_map);
}

#[test]
fn the_folds_of_a_training_are_asked_together() {
    let folder = tempfile::tempdir().unwrap();
    let temperatures = ["2", "0.5", "1"];
    let models: Vec<PathBuf> = (1..)
        .zip(temperatures)
        .map(|(fold, temperature)| {
            let home = folder.path().join(format!("training/fold-{fold}"));
            std::fs::create_dir_all(&home).unwrap();
            network(home.join("model.bpk"), temperature)
        })
        .collect();
    let scan = head(folder.path(), "head.nii", 3.0);
    let told = |fold: usize| {
        let out = folder.path().join(format!("said-{fold}"));
        let mut args = vec!["predict", "--model", path(&models[fold])];
        args.extend(["--scan", path(&scan), "--device", "cpu", "--json"]);
        args.extend(["-o", path(&out)]);
        json(&args)["probability"].as_f64().unwrap()
    };
    let all = [told(0), told(1), told(2)];
    let mut harness = opened(std::slice::from_ref(&scan));
    press(&mut harness, Key::Num0);
    wait_until(&mut harness, |h| h.state().desk().network.model().is_some());
    click(&mut harness, "Open a network…");
    give_path(&mut harness, "Path of a network", &models[1], "Open");
    wait_until(&mut harness, |h| {
        let asked = h.state().desk().network.model();
        asked.is_some_and(|model| model.card.name != "leak-sfcn") && !h.state().is_busy()
    });
    click(&mut harness, "Probability");
    // What this one says comes first, and what the others say with it after that.
    wait_until(&mut harness, |h| {
        let said = h.state().desk().network.said.as_ref();
        said.is_some_and(|said| !said.other_folds.is_empty())
    });
    no_errors(&harness);
    let said = harness.state().desk().network.said.clone().unwrap();
    assert!((said.prediction.probability - all[1]).abs() < 1e-6);
    let others = [all[0], all[2]];
    assert_eq!(said.other_folds.len(), 2);
    for (found, expected) in said.other_folds.iter().zip(others) {
        assert!((found - expected).abs() < 1e-6, "{found} {expected}");
    }
    let mean = 100.0 * all.iter().sum::<f64>() / 3.0;
    let low = 100.0 * all.iter().copied().fold(1.0, f64::min);
    let high = 100.0 * all.iter().copied().fold(0.0, f64::max);
    assert!(high - low > 1.0, "{all:?}");
    let words = format!("Mean of 3 folds {mean:.0} % ({low:.0} to {high:.0} %)");
    label_with(&harness, &words);
}
