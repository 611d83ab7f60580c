//! Networks for spaces in files of Keras: what Keras 3 computes with the same weights
//! (`fixtures/spaces_keras.py`), and what is refused.

use super::fixture;
use burn::tensor::Device;
use cisterna::formats::unpacked_member;
use cisterna::models::{
    DecoderWidth, FoldedVolumeUNets, VolumeUNetFile, VolumeUNetsTakenOver, WeightsFile,
    volume_unets_taken_over,
};
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use serde_json::Value;
use std::path::{Path, PathBuf};
use tempfile::TempDir;

/// The files of the fixture, unpacked.
struct Files(TempDir);

impl Files {
    fn new() -> Self {
        Self(tempfile::tempdir().unwrap())
    }

    fn bytes(name: &str) -> Vec<u8> {
        member(&fixture("spaces-keras.zip"), name)
    }

    /// A file of the fixture under another name, changed.
    fn put(&self, name: &str, bytes: &[u8]) -> PathBuf {
        let path = self.0.path().join(name);
        std::fs::write(&path, bytes).unwrap();
        path
    }

    fn path(&self, name: &str) -> PathBuf {
        self.put(name, &Self::bytes(name))
    }
}

fn member(zip: &Path, name: &str) -> Vec<u8> {
    let mut bytes = Vec::new();
    let found = unpacked_member(zip, name, 1 << 20, &mut bytes).unwrap();
    assert!(found.is_some(), "{name}");
    bytes
}

fn taken(path: &Path) -> Result<VolumeUNetsTakenOver, String> {
    let file = VolumeUNetFile::open(path).map_err(|error| error.to_string())?;
    let found = volume_unets_taken_over(vec![file], None, &Device::flex());
    found.map_err(|error| error.to_string())
}

fn golden(key: &str) -> Vec<f32> {
    let text = std::fs::read_to_string(fixture("spaces-keras.json")).unwrap();
    let all: Value = serde_json::from_str(&text).unwrap();
    let all = all[key].as_array().unwrap().iter();
    all.map(|value| value.as_f64().unwrap() as f32).collect()
}

/// A network's answer is Keras's, to 1e-4 as the rule is and in fact to 1e-5.
#[track_caller]
fn check_answer(found: VolumeUNetsTakenOver, expected: &str) {
    let size: Vec<usize> = golden("size").iter().map(|side| *side as usize).collect();
    let own = FoldedVolumeUNets::new(&found.shape, found.nets, &Device::flex());
    let size = size.try_into().unwrap();
    let made = own.probabilities(&golden("volume"), size, usize::MAX, &|_| true);
    for (at, (made, theirs)) in made.unwrap().iter().zip(golden(expected)).enumerate() {
        assert!((made - theirs).abs() < 1e-5, "{at}: {made}, not {theirs}");
    }
}

#[test]
fn every_layout_of_keras_gives_what_keras_gives() {
    let files = Files::new();
    let inner = member(&files.path("spaces-keras.keras"), "model.weights.h5");
    files.put("spaces.weights.h5", &inner);
    for (name, layout, has_config) in [
        ("spaces-keras.h5", "Keras (.h5)", true),
        ("spaces-keras.keras", "Keras 3 (.keras)", true),
        ("spaces-keras2.h5", "Keras (.h5)", true),
        ("spaces.weights.h5", "Keras 3 (.weights.h5)", false),
    ] {
        if has_config {
            files.path(name);
        }
        let found = taken(&files.0.path().join(name)).unwrap();
        let shape = &found.shape.shape;
        assert_eq!(shape.maps(), [2, 4], "{name}");
        assert_eq!((shape.depth, shape.convs, shape.last_convs), (2, 2, 2));
        assert!(shape.last_pool && shape.skips && !shape.bias);
        assert_eq!(shape.decoder, DecoderWidth::Joined);
        assert_eq!(shape.epsilon, 1e-3);
        let dropout = if has_config { [0.05, 0.5] } else { [0.0; 2] };
        assert_eq!(shape.dropout, dropout, "{name}");
        assert!(found.layout.starts_with(layout), "{}", found.layout);
        assert_eq!(found.layout.contains("without"), !has_config);
        check_answer(found, "v1");
    }
}

#[test]
fn the_network_of_the_paper_is_taken_over_from_keras() {
    let found = taken(&Files::new().path("spaces-keras-paper.h5")).unwrap();
    let shape = &found.shape.shape;
    assert_eq!(shape.maps(), [2, 4]);
    assert_eq!((shape.depth, shape.convs, shape.last_convs), (2, 1, 0));
    assert!(!shape.last_pool && shape.skips && shape.bias);
    assert_eq!(shape.dropout, [0.1; 2]);
    check_answer(found, "paper");
}

#[test]
fn folds_of_keras_and_their_mean() {
    let files = Files::new();
    let of = |name: &str| VolumeUNetFile::open(&files.path(name)).unwrap();
    let both = vec![of("spaces-keras.h5"), of("spaces-keras2.h5")];
    let found = volume_unets_taken_over(both, Some(1e-3), &Device::flex()).unwrap();
    assert_eq!(found.shape.members, 2);
    check_answer(found, "v1");
    let others = vec![of("spaces-keras.h5"), of("spaces-keras-paper.h5")];
    let refused = volume_unets_taken_over(others, None, &Device::flex()).err();
    let refused = refused.unwrap().to_string();
    assert!(
        refused.contains("another network than the first"),
        "{refused}"
    );
    let told = volume_unets_taken_over(vec![of("spaces-keras.h5")], Some(1e-5), &Device::flex());
    let told = told.err().unwrap().to_string();
    assert!(told.contains("epsilon 0.001, not 0.00001"), "{told}");
}

#[track_caller]
fn check_refused(path: &Path, parts: &[&str]) {
    let refused = taken(path).err().expect("it was taken over");
    let name = path.file_name().unwrap().to_str().unwrap();
    for part in parts.iter().chain(&[name]) {
        assert!(refused.contains(part), "{part}: {refused}");
    }
}

#[test]
fn what_does_not_fit_is_refused_by_layer_and_shape() {
    let files = Files::new();
    let check = |name: &str, parts: &[&str]| check_refused(&files.path(name), parts);
    check(
        "spaces-keras2-missing.h5",
        &["conv3d_4 stands behind conv3d_3, where a batch norm is wanted"],
    );
    check(
        "spaces-keras2-extra.h5",
        &["conv3d_10 stands behind attention, where a batch norm is wanted"],
    );
    check(
        "spaces-keras2-wider.h5",
        &["layer conv3d_5 is 3x3x3x8x5", "3x3x3x8x4 is wanted"],
    );
    check(
        "spaces-keras2-double.h5",
        &["conv3d_5/kernel:0 is not of type float32"],
    );
    let refused = WeightsFile::open(&files.path("spaces-keras.h5")).err();
    let refused = refused.unwrap().to_string();
    assert!(refused.contains("networks for spaces"), "{refused}");
}

/// A zip as Keras writes it, members stored.
fn zip(members: &[(&str, &[u8])]) -> Vec<u8> {
    let (mut bytes, mut directory) = (Vec::new(), Vec::new());
    for (name, content) in members {
        let mut crc = flate2::Crc::new();
        crc.update(content);
        let size = u32::try_from(content.len()).unwrap().to_le_bytes();
        let length = u16::try_from(name.len()).unwrap().to_le_bytes();
        let mut header = vec![20, 0, 0, 0, 0, 0, 0, 0, 0x21, 0];
        header.extend(crc.sum().to_le_bytes());
        header.extend(size.iter().chain(&size).chain(&length).chain(&[0, 0]));
        let at = u32::try_from(bytes.len()).unwrap().to_le_bytes();
        directory.extend(b"PK\x01\x02\x14\x00".iter().chain(&header));
        directory.extend([0; 10].iter().chain(&at).chain(name.as_bytes()));
        bytes.extend(b"PK\x03\x04".iter().chain(&header));
        bytes.extend(name.as_bytes().iter().chain(*content));
    }
    let n = u16::try_from(members.len()).unwrap().to_le_bytes();
    let [size, at] =
        [directory.len(), bytes.len()].map(|n| u32::try_from(n).unwrap().to_le_bytes());
    bytes.extend(&directory);
    bytes.extend(b"PK\x05\x06\0\0\0\0".iter().chain(&n).chain(&n));
    bytes.extend(size.iter().chain(&at).chain(&[0, 0]));
    bytes
}

/// A `.keras` whose configuration has something else instead, at the first place or at all.
#[track_caller]
fn check_config(from: &str, to: &str, expected: Option<&str>) {
    let files = Files::new();
    let whole = files.path("spaces-keras.keras");
    let [config, weights] = ["config.json", "model.weights.h5"].map(|name| member(&whole, name));
    let config = String::from_utf8(config).unwrap();
    let changed = config.replacen(from, to, 1);
    assert!(changed != config || from == to, "it has no {from}");
    let members = [
        ("config.json", changed.as_bytes()),
        ("model.weights.h5", &weights[..]),
    ];
    let path = files.put("changed.keras", &zip(&members));
    match expected {
        Some(part) => check_refused(&path, &[part]),
        None => check_answer(taken(&path).unwrap(), "v1"),
    }
}

#[test]
fn what_the_family_does_not_have_is_refused_by_the_name_of_its_layer() {
    check_config("\"silu\"", "\"silu\"", None);
    check_config("\"silu\"", "\"swish\"", None);
    check_config(
        "\"silu\"",
        "\"relu\"",
        Some("activation has the activation \"relu\""),
    );
    check_config(
        "\"silu\"",
        "\"sigmoid\"",
        Some("the swish behind batch_normalization is wanted"),
    );
    check_config("\"sigmoid\"", "\"linear\"", Some("the logistic function"));
    check_config(
        "\"epsilon\": 0.001",
        "\"epsilon\": 1e-05",
        Some("another epsilon"),
    );
    check_config(
        "\"strides\": [1, 1, 1]",
        "\"strides\": [2, 2, 2]",
        Some("conv3d has strides [2,2,2]"),
    );
    check_config(
        "\"dilation_rate\": [1, 1, 1]",
        "\"dilation_rate\": [2, 2, 2]",
        Some("dilation_rate"),
    );
    check_config(
        "\"padding\": \"same\"",
        "\"padding\": \"valid\"",
        Some("conv3d has padding"),
    );
    check_config(
        "\"pool_size\": [2, 2, 2]",
        "\"pool_size\": [3, 3, 3]",
        Some("pool_size"),
    );
    check_config(
        "\"MaxPooling3D\"",
        "\"AveragePooling3D\"",
        Some("of class AveragePooling3D"),
    );
    check_config(
        "\"Activation\"",
        "\"Lambda\"",
        Some("activation is of class Lambda"),
    );
    check_config(
        "\"Functional\"",
        "\"Sequential\"",
        Some("of class Sequential"),
    );
    check_config(
        "[[0, 1], [0, 1], [0, 1]]",
        "[[0, 1], [1, 0], [0, 1]]",
        Some("puts zeros around"),
    );
    check_config(
        "\"scale\": true",
        "\"scale\": false",
        Some("has scale false"),
    );
    // The order of what is joined.
    let joined = |first: &str, second: &str| {
        let tensor = |name: &str| {
            format!(
                r#"{{"class_name": "__keras_tensor__", "config": {{"shape": [null, 3, 5, 3, 4], "dtype": "float32", "keras_history": ["{name}", 0, 0]}}}}"#
            )
        };
        format!("[{}, {}]", tensor(first), tensor(second))
    };
    check_config(
        &joined("zero_padding3d", "activation_3"),
        &joined("activation_3", "zero_padding3d"),
        Some("concatenate has activation_3 first"),
    );
    check_config(
        "\"keras_history\": [\"conv3d_1\", 0, 0]",
        "\"keras_history\": [\"first\", 0, 0]",
        Some("the layer first is missing in the configuration"),
    );
    check_config("{", "[", Some("the configuration"));
    // What is left out in training says nothing of the answers.
    check_config("\"rate\": 0.5", "\"rate\": 0.25", None);
}

/// Names of layers are whatever a program called them; the order and the shapes count.
#[test]
fn layers_may_be_called_anything() {
    let files = Files::new();
    let whole = files.path("spaces-keras.keras");
    let [config, weights] = ["config.json", "model.weights.h5"].map(|name| member(&whole, name));
    let config = String::from_utf8(config).unwrap();
    let renamed = config.replace("\"conv3d_1\"", "\"conv3d_2_old\"");
    let renamed = renamed.replace("\"batch_normalization_", "\"norm ");
    let members = [
        ("config.json", renamed.as_bytes()),
        ("model.weights.h5", &weights[..]),
    ];
    let path = files.put("renamed.keras", &zip(&members));
    check_answer(taken(&path).unwrap(), "v1");
}

#[test]
fn damaged_files_are_refused_without_a_panic() {
    let files = Files::new();
    let plain = files.put("text.h5", b"weights of a network");
    assert!(taken(&plain).is_err());
    check_refused(
        &files.put("short.h5", b"\x89HDF\r\n\x1a\n"),
        &["no network for spaces"],
    );
    let mut rng = ChaCha8Rng::seed_from_u64(22);
    for name in [
        "spaces-keras2.h5",
        "spaces-keras-paper.h5",
        "spaces-keras.keras",
    ] {
        let bytes = Files::bytes(name);
        for share in [0.1, 0.5, 0.9, 0.999] {
            let cut = &bytes[..(bytes.len() as f64 * share) as usize];
            assert!(taken(&files.put(name, cut)).is_err(), "{name} {share}");
        }
        for _ in 0..60 {
            let mut bytes = bytes.clone();
            for _ in 0..rng.random_range(1..20) {
                let at = rng.random_range(0..bytes.len());
                bytes[at] = rng.random();
            }
            // What only changed a weight may be taken over.
            let _ = taken(&files.put(name, &bytes));
        }
    }
}

/// The only tensor of this shape is said to be of 2^40 numbers.
#[test]
fn a_size_that_the_file_cannot_hold_costs_no_memory() {
    let files = Files::new();
    let mut bytes = Files::bytes("spaces-keras-paper.h5");
    let sides = |sides: [u64; 5]| sides.map(u64::to_le_bytes).concat();
    let wanted = sides([3, 3, 3, 6, 2]);
    let places: Vec<usize> = (0..bytes.len() - wanted.len())
        .filter(|&at| bytes[at..].starts_with(&wanted))
        .collect();
    assert!(!places.is_empty(), "the tensor's sides are not found");
    for at in places {
        bytes[at..at + wanted.len()].copy_from_slice(&sides([3, 3, 3, 1 << 20, 1 << 20]));
    }
    let path = files.put("large.h5", &bytes);
    check_refused(&path, &["3x3x3x1048576x1048576", "more than a file of"]);
}
