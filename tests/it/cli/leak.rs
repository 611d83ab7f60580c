//! `cisterna model import`, `predict` and `explain` with networks that look for a leak of CSF.

use super::{cisterna, json, path, text, write_scan};
use crate::formats::dicom_made::zip;
use crate::models::classifier::{golden, numbers, triple, volume};
use crate::models::fixture;
use crate::shared;
use cisterna::formats::{self, no_progress};
use serde_json::{Value, json as object};
use std::path::{Path, PathBuf};

fn imported(file: &Path, more: &[&str], home: &Path) -> PathBuf {
    let model = home.join("model.bpk");
    let args = ["model", "import", path(file), "--as", "densenet121"];
    let args = [&args[..], &["-o", path(&model)], more].concat();
    let output = cisterna(&args);
    assert!(output.status.success(), "{}", text(&output.stderr));
    assert_eq!(text(&output.stdout).trim(), path(&model));
    model
}

/// The golden volume of a size as a file, whose first axis is the network's first one.
fn scan(home: &Path, size: [usize; 3], value: impl Fn(usize) -> f32) -> PathBuf {
    let file = home.join("scan.nii");
    write_scan(&file, size.map(|n| n as i16), |i, j, k| {
        value((i * size[1] + j) * size[2] + k)
    });
    file
}

#[track_caller]
fn check_close(made: &Value, expected: &Value) {
    let (made, expected) = (numbers(made), numbers(expected));
    assert_eq!(made.len(), expected.len());
    for (made, expected) in made.iter().zip(&expected) {
        assert!((made - expected).abs() < 1e-4, "{made}, not {expected}");
    }
}

#[test]
fn a_network_of_monai_is_taken_over_and_gives_its_numbers() {
    let folder = tempfile::tempdir().unwrap();
    let home = folder.path();
    let model = imported(&fixture("densenet-small.pt"), &["--temperature", "2"], home);
    let shown = json(&["model", "show", path(&model), "--json"]);
    let part = &shown["task"]["leak"];
    assert_eq!(part["network"]["densenet"]["growth_rate"], 6);
    assert_eq!(part["preparation"]["size"], object!([240, 260, 260]));
    assert_eq!(shown["origin"]["imported"]["layout"], "monai");
    let page = text(&cisterna(&["model", "show", path(&model)]).stdout);
    assert!(
        page.contains("Research use only") && page.contains("temperature | 2"),
        "{page}"
    );

    let golden = &golden()["small"]["forward"];
    for (at, one) in golden.as_array().unwrap().iter().enumerate() {
        let values = volume(triple(&one["size"]), 11 + at as u32);
        let scan = scan(home, triple(&one["size"]), |at| values[at]);
        let out = home.join(format!("out-{at}"));
        let args = ["predict", "--model", path(&model), "--scan", path(&scan)];
        let args = [&args[..], &["-o", path(&out), "--input", "as-is", "--json"]].concat();
        let args = [&args[..], &["--device", "cpu"]].concat();
        let said = json(&args);
        assert_eq!(
            (&said["task"], &said["input"]),
            (&"leak".into(), &"as-is".into())
        );
        check_close(&said["logits"], &one["logits"]);
        let exp: Vec<f64> = numbers(&one["logits"])
            .iter()
            .map(|logit| (f64::from(*logit) / 2.0).exp())
            .collect();
        let expected = exp[2] / exp.iter().sum::<f64>();
        let made = said["probability"].as_f64().unwrap();
        assert!((made - expected).abs() < 1e-4, "{made}, not {expected}");
        let written = std::fs::read_to_string(out.join("prediction.json")).unwrap();
        let written: Value = serde_json::from_str(&written).unwrap();
        assert_eq!(written, said);
        assert!(
            said["warning"]
                .as_str()
                .unwrap()
                .contains("Research use only")
        );
        let again = text(&cisterna(&args).stderr);
        assert!(again.contains("not overwritten"), "{again}");
    }
    // Out and in again it is the same network.
    let exported = home.join("again.bpk");
    let output = cisterna(&["model", "export", path(&model), "-o", path(&exported)]);
    assert!(output.status.success(), "{}", text(&output.stderr));
    let shown = json(&["model", "show", path(&exported), "--json"]);
    assert_eq!(shown["task"]["leak"], *part);
}

#[test]
fn an_occlusion_map_lies_over_its_scan_and_says_its_sign() {
    let folder = tempfile::tempdir().unwrap();
    let home = folder.path();
    let model = imported(&fixture("densenet-small.pt"), &[], home);
    let golden = &golden()["small"]["occlusion"];
    let size = triple(&golden["size"]);
    let values = volume(size, 5);
    let scan = scan(home, size, |at| match at / size[2] % size[1] {
        0..13 => 0.0,
        _ => values[at],
    });
    let explain = |name: &str, more: &[&str]| {
        let map = home.join(name);
        let args = ["explain", "--model", path(&model), "--scan", path(&scan)];
        let args = [&args[..], &["--method", "occlusion", "--input", "as-is"]].concat();
        cisterna(&[&args[..], &["-o", path(&map)], more].concat())
    };
    let raw = home.join("raw.nii");
    let output = explain("map.nii.gz", &["--raw", path(&raw), "--number", "1"]);
    assert!(output.status.success(), "{}", text(&output.stderr));
    let record = std::fs::read_to_string(home.join("map.json")).unwrap();
    let record: Value = serde_json::from_str(&record).unwrap();
    check_close(&record["logits"], &golden["logits"]);
    assert!(
        record["values"]
            .as_str()
            .unwrap()
            .starts_with("drop of the logit")
    );
    assert_eq!(
        (&record["positions"], &record["unchanged"]),
        (&36.into(), &12.into())
    );
    let open = |file: &Path| formats::open_one(file, &no_progress).unwrap().volume;
    let [map, raw_map, scan_volume] =
        [home.join("map.nii.gz"), raw.clone(), scan.clone()].map(|file| open(&file));
    assert_eq!(map.grid(), scan_volume.grid());
    let step = triple(&golden["zeros"]["step"]);
    let expected = numbers(&golden["zeros"]["map"][1]);
    let logit = golden["logits"][1].as_f64().unwrap() as f32;
    let mut at = 0;
    for i in (0..size[0]).step_by(step[0]) {
        for j in (0..size[1]).step_by(step[1]) {
            for k in (0..size[2]).step_by(step[2]) {
                let (drop, raw) = (
                    map.value([i, j, k]).unwrap(),
                    raw_map.value([i, j, k]).unwrap(),
                );
                assert!(
                    (raw - expected[at]).abs() < 2e-5,
                    "{raw}, not {}",
                    expected[at]
                );
                assert!((drop - (logit - expected[at])).abs() < 2e-5, "{drop}");
                at += 1;
            }
        }
    }
    let bytes = std::fs::read(&raw).unwrap();
    assert!(bytes[148..228].starts_with(b"Cisterna occlusion: logit 1 with the box filled"));
    for (name, more, words) in [
        ("map.nii.gz", &[][..], "not overwritten"),
        ("a.png", &[], ".nii"),
        ("b.nii", &["--patch", "40,13,13"], "the patch"),
        ("c.nii", &["--stride", "13,13,13"], "the stride"),
        ("d.nii", &["--box", "0,40,0,13,0,13"], "the part"),
        ("e.nii", &["--number", "3"], "0 to 2"),
    ] {
        let said = text(&explain(name, more).stderr);
        assert!(said.contains(words), "{words}: {said}");
    }
    // A part of the volume, by the mean; all else has no value.
    let more = ["--box", "12,36,13,39,0,26", "--fill", "mean", "--json"];
    let output = explain("part.nii", &more);
    let record: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(record["positions"], 2 * 2 * 2);
    let part = open(&home.join("part.nii"));
    assert!(part.value([0, 20, 5]).unwrap().is_nan());
    assert!(part.value([20, 20, 5]).unwrap().is_finite());
}

/// The files of a bundle.
fn bundle_files(network: &Value) -> Vec<(&'static str, Vec<u8>)> {
    let metadata = object!({
        "version": "0.1.0", "monai_version": "1.4.0", "pytorch_version": "2.4.0",
        "numpy_version": "1.24.4", "task": "leak", "description": "a test",
        "authors": "nobody", "copyright": "CC0-1.0", "name": "A bundle",
        "network_data_format": {
            "inputs": {"image": {"type": "image", "num_channels": 1, "spatial_shape": [64, 72, 80],
                "dtype": "float32", "is_patch_data": false}},
            "outputs": {"pred": {"type": "probabilities",
                "channel_def": {"0": "nothing", "1": "doubtful", "2": "fistula"}}},
        },
    });
    let inference = object!({
        "imports": ["$import glob"],
        "device": "$torch.device('cpu')",
        "network_def": network,
        "network": "$@network_def.to(@device)",
    });
    vec![
        ("configs/metadata.json", metadata.to_string().into_bytes()),
        ("configs/inference.json", inference.to_string().into_bytes()),
        (
            "models/model.pt",
            std::fs::read(fixture("densenet-small.pt")).unwrap(),
        ),
    ]
}

fn network() -> Value {
    object!({
        "_target_": "monai.networks.nets.DenseNet", "spatial_dims": 3, "in_channels": 1,
        "out_channels": 3, "init_features": 12, "growth_rate": 6, "block_config": [2, 3, 2],
        "bn_size": 3, "act": ["relu", {"inplace": true}], "norm": "batch", "dropout_prob": 0.2,
    })
}

fn write_bundle(home: &Path, files: &[(&str, Vec<u8>)]) {
    for (name, bytes) in files {
        let file = home.join(name);
        std::fs::create_dir_all(file.parent().unwrap()).unwrap();
        std::fs::write(file, bytes).unwrap();
    }
}

#[test]
fn a_bundle_is_taken_over_from_a_folder_or_a_zip() {
    let folder = tempfile::tempdir().unwrap();
    let home = folder.path();
    let files = bundle_files(&network());
    write_bundle(&home.join("within/Leak"), &files);
    let named: Vec<(String, &Vec<u8>)> = files
        .iter()
        .map(|(name, bytes)| (format!("Leak/{name}"), bytes))
        .collect();
    let members: Vec<(&str, &[u8])> = named
        .iter()
        .map(|(name, bytes)| (name.as_str(), bytes.as_slice()))
        .collect();
    let zipped = home.join("leak.zip");
    std::fs::write(&zipped, zip(&members)).unwrap();
    for place in [home.join("within"), home.join("within/Leak"), zipped] {
        let card = json(&[
            "model",
            "show",
            path(&imported(&place, &[], home)),
            "--json",
        ]);
        let part = &card["task"]["leak"];
        assert_eq!(part["preparation"]["size"], object!([64, 72, 80]));
        assert_eq!(part["outputs"], object!(["nothing", "doubtful", "fistula"]));
        assert_eq!(part["network"]["densenet"]["dropout_prob"], 0.2);
        assert_eq!(
            (&card["name"], &card["licence"]),
            (&"A bundle".into(), &"CC0-1.0".into())
        );
        assert_eq!(card["origin"]["imported"]["layout"], "monai, bundle");
    }
}

#[test]
fn a_number_that_nobody_called_a_leak_is_not_taken_for_one_in_silence() {
    let folder = tempfile::tempdir().unwrap();
    let bundle = folder.path().join("bundle");
    write_bundle(&bundle, &bundle_files(&network()));
    let import = |kind: &str, more: &[&str]| {
        let out = folder.path().join("out.bpk");
        let _ = std::fs::remove_file(&out);
        let args = ["model", "import", path(&bundle), "--as", kind];
        cisterna(&[&args[..], &["-o", path(&out)], more].concat())
    };
    let guessed = text(&import("densenet121", &[]).stderr);
    assert!(
        guessed.contains("the last one is taken, 2 (\"fistula\")"),
        "{guessed}"
    );
    let told = import("densenet121", &["--positive", "1"]);
    assert!(told.status.success() && !text(&told.stderr).contains("--positive"));
    let tracer = import("tracer", &["--scaling", "min-max"]);
    assert_eq!(tracer.status.code(), Some(1));
    assert!(text(&tracer.stderr).contains("--scaling is for leak networks"));
}

#[test]
fn bundles_that_cannot_be_taken_are_refused_by_name() {
    #[track_caller]
    fn check(files: &[(&str, Vec<u8>)], words: &[&str]) {
        let folder = tempfile::tempdir().unwrap();
        write_bundle(folder.path(), files);
        let out = folder.path().join("out.bpk");
        let args = [
            "model",
            "import",
            path(folder.path()),
            "--as",
            "densenet121",
        ];
        let output = cisterna(&[&args[..], &["-o", path(&out)]].concat());
        assert_eq!(output.status.code(), Some(1));
        assert!(!out.exists());
        let said = text(&output.stderr);
        for word in words {
            assert!(said.contains(word), "{word}: {said}");
        }
    }
    let all = bundle_files(&network());
    for missing in 0..3 {
        let mut some = all.clone();
        let (name, _) = some.remove(missing);
        check(&some, &["lacks", name]);
    }
    check(&all[..1], &["configs/inference.json and models/model.pt"]);
    check(
        &[],
        &["configs/metadata.json and configs/inference.json and models/model.pt"],
    );
    let with = |name: &str, value: Value| {
        let mut network = network();
        match value {
            Value::Null => drop(network.as_object_mut().unwrap().remove(name)),
            value => network[name] = value,
        }
        bundle_files(&network)
    };
    for (name, value, word) in [
        ("in_channels", object!("$len(@keys)"), "expression"),
        ("block_config", object!([2, "@n", 2]), "expression"),
        ("_target_", object!("EfficientNetBN"), "EfficientNetBN"),
        ("spatial_dims", object!(2), "where 3 is wanted"),
        ("out_channels", Value::Null, "missing"),
        ("act", object!("prelu"), "prelu"),
        ("norm", object!(["instance", {"affine": true}]), "instance"),
        ("dilation", object!(2), "not known"),
        ("growth_rate", object!(8), "denselayer1"),
        (
            "growth_rate",
            object!(1e9 as u64),
            "no network is like that",
        ),
    ] {
        check(
            &with(name, value),
            &[name, word][usize::from(name == "growth_rate")..],
        );
    }
    let mut broken = all.clone();
    broken[1].1 = b"{".to_vec();
    check(&broken, &["configs/inference.json is not JSON"]);
}

#[test]
fn scans_that_do_not_fit_are_refused() {
    let folder = tempfile::tempdir().unwrap();
    let home = folder.path();
    let model = imported(&fixture("densenet-small.pt"), &["--size", "64,72,80"], home);
    let refused = |scan: &str, more: &[&str]| {
        let out = home.join("out");
        let args = [
            "predict",
            "--model",
            path(&model),
            "--scan",
            scan,
            "-o",
            path(&out),
        ];
        let output = cisterna(&[&args[..], &["--device", "cpu"], more].concat());
        assert!(!output.status.success());
        assert!(!out.exists());
        text(&output.stderr)
    };
    let cube = scan(home, [40; 3], |_| 5.0);
    let said = refused(path(&cube), &[]);
    assert!(
        said.contains("not a head") && said.contains("scan.nii"),
        "{said}"
    );
    let said = refused(path(&cube), &["--axial-mm", "3"]);
    assert!(said.contains("tracer networks"), "{said}");
    let said = refused(&format!("pre={}", path(&cube)), &[]);
    assert!(said.contains("--scan FILE"), "{said}");
    let small = scan(home, [40, 12, 40], |_| 5.0);
    let said = refused(path(&small), &["--input", "as-is"]);
    assert!(said.contains("too small"), "{said}");
    let holes = scan(home, [40; 3], |at| if at == 9 { f32::NAN } else { 1.0 });
    let said = refused(path(&holes), &["--input", "as-is"]);
    assert!(
        said.contains("1 voxels of the scan are not finite"),
        "{said}"
    );
    let said = refused("nowhere.nii", &[]);
    assert!(said.contains("nowhere.nii"), "{said}");
    // Two volumes in a file.
    let mut two = std::fs::read(scan(home, [40; 3], |_| 1.0)).unwrap();
    two.extend(vec![0; 40 * 40 * 40 * 4]);
    two[40..42].copy_from_slice(&4_i16.to_le_bytes());
    two[48..50].copy_from_slice(&2_i16.to_le_bytes());
    let file = home.join("two.nii");
    std::fs::write(&file, two).unwrap();
    let said = refused(path(&file), &["--input", "as-is"]);
    assert!(said.contains("2 volumes"), "{said}");
    // A tracer network takes none of this.
    let out = home.join("out");
    let args = [
        "predict",
        "--model",
        "pre-l2",
        "--scan",
        path(&cube),
        "-o",
        path(&out),
    ];
    let said = text(&cisterna(&args).stderr);
    assert!(said.contains("INTERVAL=FILE"), "{said}");
    let args = [
        "explain",
        "--model",
        "pre-l2",
        "--scan",
        path(&cube),
        "-o",
        path(&out),
    ];
    let said = text(&cisterna(&[&args[..], &["--method", "occlusion"]].concat()).stderr);
    assert!(said.contains("is not for this"), "{said}");
}

#[test]
fn a_real_head_is_prepared_as_the_card_says() {
    let Some(scan) = shared("data/nifti/niivue+niivue-brainchop/t1_crop.nii.gz") else {
        return;
    };
    let folder = tempfile::tempdir().unwrap();
    let home = folder.path();
    let more = [
        "--size",
        "80,90,85",
        "--spacing-mm",
        "2.5",
        "--scaling",
        "z-score-nonzero",
    ];
    let model = imported(&fixture("densenet-small.pt"), &more, home);
    let out = home.join("out");
    let args = [
        "predict",
        "--model",
        path(&model),
        "--scan",
        path(&scan),
        "-o",
        path(&out),
    ];
    let said = json(&[&args[..], &["--json", "--device", "cpu"]].concat());
    assert_eq!(said["size"], object!([80, 90, 85]));
    assert_eq!(said["input"], "prepared");
    let map = home.join("map.nii.gz");
    let args = [
        "explain",
        "--model",
        path(&model),
        "--scan",
        path(&scan),
        "-o",
        path(&map),
    ];
    let more = ["--method", "occlusion", "--patch", "20,30,17", "--json"];
    let record = json(&[&args[..], &more].concat());
    assert_eq!(record["logits"], said["logits"]);
    assert_eq!(record["positions"], 4 * 3 * 5);
}
