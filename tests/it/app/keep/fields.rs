//! Every field of a session comes back.

use super::{Window, block, no_errors, press_with, save_session, scan, wait_until, window, write};
use cisterna::app::FirstScans;
use cisterna::formats::LabelTable;
use cisterna::models::file_sha256;
use eframe::egui::{Key, Modifiers, accesskit::Role};
use egui_kittest::kittest::Queryable;
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

/// A scan with a second volume.
fn two_volumes(folder: &Path, name: &str) {
    let path = scan(folder, name);
    let mut bytes = std::fs::read(&path).unwrap();
    // dim[0] and dim[4] of NIfTI-1.
    bytes[40..42].copy_from_slice(&4_i16.to_le_bytes());
    bytes[48..50].copy_from_slice(&2_i16.to_le_bytes());
    let first = bytes[352..].to_vec();
    bytes.extend(first);
    std::fs::write(&path, bytes).unwrap();
}

/// A style of which nothing is as usual.
fn style(low: f64, colormap: &str, labels: &Value) -> Value {
    json!({
        "window": [low, low + 90.25],
        "colormap": colormap,
        "invert": true,
        "opacity": 0.375,
        "interpolation": "nearest",
        "cut_below": true,
        "follows_value": true,
        "labels": labels,
    })
}

fn placement(outcome: &Value) -> Value {
    json!({
        "found": [
            [0.8, -0.6, 0.0, 1.5],
            [0.6, 0.8, 0.0, -2.0],
            [0.0, 0.0, 1.0, 0.25],
            [0.0, 0.0, 0.0, 1.0],
        ],
        "moved_mm": [0.5, -0.25, 0.125],
        "turned": [0.0, 0.0, 0.6, 0.8],
        "alignment": { "first": "the first.nii", "outcome": outcome },
    })
}

/// A session in a folder in which no field is as a window opens.
fn whole_session(folder: &Path) -> Value {
    two_volumes(folder, "T1w.nii");
    // Nothing but somebody's word makes labels of these.
    write(&folder.join("regions.nii"), |[i, j, k]| {
        ((i * 7 + j * 13 + k * 5) % 3) as f32
    });
    block(folder, "spaces.nii");
    let table = folder.join("names.tsv");
    std::fs::write(&table, "index\tname\n1\tleft\n2\tright\n").unwrap();
    assert!(LabelTable::open(&table).is_ok());
    std::fs::write(folder.join("bern.json"), b"the worksheet").unwrap();
    std::fs::create_dir(folder.join("masks")).unwrap();
    let source = |name: &str| {
        let sha256 = file_sha256(&folder.join(name)).unwrap();
        json!({ "paths": [name], "sha256": sha256 })
    };
    let rotated = json!([
        [1.0, 0.0, 0.0, 3.5],
        [0.0, 0.0, -1.0, 0.0],
        [0.0, 1.0, 0.0, 0.5],
        [0.0, 0.0, 0.0, 1.0],
    ]);
    let found = json!({ "found": {
        "first_from_moving": rotated,
        "moved_mm": 1.25,
        "rotated_deg": 2.5,
        "doubts": ["it is far off"],
    }});
    let look = json!({ "outline_px": 2.0, "outline_opacity": 0.5 });
    let none = Value::Null;
    let layer = |name: &str, is_labels: bool, labels: &Value, placement: Value| {
        json!({
            "source": source(name),
            "volume": 0,
            "scaling": "philips_precise",
            "hours": 1.5,
            "visible": false,
            "style": style(10.5, "viridis", labels),
            "looks": [{
                "layout": "time_series",
                "visible": false,
                "style": style(20.5, "diverging", labels),
            }],
            "is_labels": is_labels,
            "label_table": none,
            "placement": placement,
            "planes": [
                { "zoom": 3.5, "pan_mm": [6.5, 7.5, 0.0] },
                { "zoom": 4.5, "pan_mm": [8.5, 0.0, 9.5] },
                { "zoom": 5.5, "pan_mm": [0.0, 10.5, 11.5] },
            ],
        })
    };
    let mut scans = [
        layer("T1w.nii", false, &none, placement(&found)),
        layer(
            "regions.nii",
            true,
            &look,
            placement(&json!({ "not_found": "too few voxels" })),
        ),
        layer("spaces.nii", false, &none, placement(&found)),
    ];
    scans[0]["volume"] = json!(1);
    scans[1]["label_table"] = source("names.tsv");
    let line = json!({ "from_mm": [1.0, 2.0, 3.0], "to_mm": [1.5, 5.0, 7.0] });
    let mut ruler = line.clone();
    ruler["number"] = json!(3);
    let signed = json!({
        "format": "cisterna-bern-1",
        "scan": { "name": "spaces.nii", "sha256": "ab".repeat(32), "voxel_mm": 1.0 },
        "reader": "Ada",
        "signed_at": "2026-05-04T10:20:30Z",
        "signs": {
            "pachymeningeal_enhancement": "present",
            "venous_sinus_engorgement": "absent",
            "subdural_collection": "not_assessable",
        },
        "lines": {
            "suprasellar_cistern": line,
            "prepontine_cistern": "not_assessable",
            "mamillopontine_distance": line,
        },
    });
    json!({
        "format": "cisterna-session-3",
        "made_by": "cisterna 0.0.1",
        "saved_at": "2026-05-04T10:20:30Z",
        "scans": scans,
        "selected": 1,
        "view": {
            "layout": "compare",
            "active": "sagittal",
            "maximised": "coronal",
            "convention": "neurological",
            "crosshair_mm": [1.25, -0.5, 2.0],
            "show_crosshair": false,
            "side_open": false,
            "before_alignment": true,
            "planes": [
                { "zoom": 1.5, "pan_mm": [1.0, 2.0, 0.0] },
                { "zoom": 2.0, "pan_mm": [3.0, 0.0, 4.0] },
                { "zoom": 2.5, "pan_mm": [0.0, 5.0, 6.0] },
            ],
            "one_scan": 2,
            "frames_per_second": 7.5,
            "histogram_open": true,
            "curve_open": true,
            "measures_open": true,
        },
        "difference": { "signed": true, "style": style(-3.0, "diverging", &none) },
        "compare": {
            "first": 2,
            "second": 0,
            "mode": "fade",
            "link": "share",
            "same_zoom": false,
            "swipe": 0.25,
            "square_mm": 33.0,
            "changes_per_second": 2.0,
            "fade": 0.75,
        },
        "prediction": {
            "network": "pre-l2",
            "scans": [{ "interval": "pre", "scan": 0 }],
            "shown": [],
            "exchanged": true,
            "windows": [[0.125, 0.75], [0.25, 0.875]],
            "difference": { "signed": true, "style": style(-0.5, "diverging", &none) },
        },
        "regions": {
            "open": true,
            "quantity": "percent_change",
            "chosen": [{ "region": "left", "label": 1, "group": "cortex" }],
            "at_crosshair": false,
            "measured": false,
        },
        "angles": {
            "angles": [{
                "number": 2,
                "points_mm": [[1.0, 2.0, 3.0], [2.5, 2.0, 3.0], [2.5, 7.0, 4.0]],
            }],
            "chosen": 2,
            "last_number": 6,
        },
        "rois": {
            "regions": [
                {
                    "number": 2,
                    "name": "left ventricle",
                    "region": {
                        "plane": "coronal",
                        "at_mm": 1.5,
                        "thickness_mm": 2.5,
                        "outline": { "freehand": [[1.0, 2.0], [4.0, 2.5], [3.0, 6.0]] },
                    },
                },
                {
                    "number": 4,
                    "name": "cistern",
                    "region": {
                        "plane": "axial",
                        "at_mm": 0.5,
                        "thickness_mm": 1.25,
                        "outline": { "ellipse": { "middle": [1.0, 2.0], "radii": [3.0, 4.0] } },
                    },
                },
            ],
            "chosen": 2,
            "last_number": 7,
        },
        "rulers": { "lines": [ruler], "chosen": 3, "last_number": 5 },
        "worksheets": {
            "open": true,
            "shown": 1,
            "all": [
                {
                    "scan": 0,
                    "reader": "Ada",
                    "lengths": [{ "by": line }, "not_assessable", none],
                    "signs": ["present", none, "not_assessable"],
                    "signed": none,
                    "saved": none,
                },
                {
                    "scan": 2,
                    "reader": "Bela",
                    "lengths": [{ "by": line }, "not_assessable", { "by": line }],
                    "signs": ["present", "absent", "not_assessable"],
                    "signed": signed,
                    "saved": "bern.json",
                },
            ],
        },
        "mask": {
            "scan": 2,
            "open": true,
            "threshold": 0.25,
            "left_out_mm3": 2.0,
            "brush_mm": 5.0,
            "by": "Ada",
            "order": "width",
            "chosen": 1,
            "style": style(0.5, "inferno", &look),
            "put_in": "0+2 7+1",
            "taken_out": "100+3",
            "changed": true,
            "saved": "masks",
        },
        "network": {
            "open": true,
            "chosen": "leak-sfcn",
            "file": none,
            "strongest_percent": 2.5,
        },
        "not_kept": [],
    })
}

/// Each value by the way to it; places in lists do not count, so that all values of a field stand together.
fn leaves(value: &Value, way: &str, found: &mut BTreeMap<String, BTreeSet<String>>) {
    match value {
        Value::Object(fields) if !fields.is_empty() => {
            for (name, value) in fields {
                leaves(value, &format!("{way}.{name}"), found);
            }
        }
        Value::Array(parts) if !parts.is_empty() => {
            for part in parts {
                leaves(part, &format!("{way}[]"), found);
            }
        }
        other => {
            let text = other
                .as_f64()
                .map_or_else(|| other.to_string(), |n| n.to_string());
            found.entry(way.to_owned()).or_default().insert(text);
        }
    }
}

fn by_field(value: &Value) -> BTreeMap<String, BTreeSet<String>> {
    let mut found = BTreeMap::new();
    leaves(value, "", &mut found);
    found
}

/// Numbers as they are meant, whether they are written 1 or 1.0.
fn in_numbers(value: &Value) -> Value {
    match value {
        Value::Object(fields) => fields
            .iter()
            .map(|(name, value)| (name.clone(), in_numbers(value)))
            .collect(),
        Value::Array(parts) => parts.iter().map(in_numbers).collect(),
        other => other.as_f64().map_or_else(|| other.clone(), Value::from),
    }
}

/// A window that opens three scans from these.
fn opened_by(paths: Vec<PathBuf>) -> Window {
    let compare = false;
    let mut harness = window(FirstScans::Files { paths, compare });
    wait_until(&mut harness, |h| {
        let desk = h.state().desk();
        let has_networks = !desk.network.models.is_empty();
        desk.layers.len() == 3 && has_networks && !h.state().is_busy()
    });
    harness
}

fn decoded(path: &Path) -> Value {
    serde_json::from_slice(&std::fs::read(path).unwrap()).unwrap()
}

/// Fields that are the same in each session here, and why.
const NOT_WALKED: [(&str, &str); 13] = [
    (".format", "says which version it is"),
    (".made_by", "says who wrote it"),
    (".saved_at", "says when"),
    (
        ".scans[].source.paths[]",
        "both sessions are of the same files",
    ),
    (
        ".scans[].source.sha256",
        "both sessions are of the same files",
    ),
    (
        ".scans[].style.cut_below",
        "off below and on above: both are usual where two scans are open",
    ),
    (".difference.style.labels", "a difference has none"),
    (
        ".prediction.difference.style.labels",
        "a difference has none",
    ),
    (
        ".prediction.shown",
        "made anew, which takes a network and heads",
    ),
    (".regions.measured", "measured anew, which takes a series"),
    (
        ".network.chosen",
        "one network of this kind comes with the program",
    ),
    (".network.file", "that network has no file"),
    (".not_kept", "told of the window as it is"),
];

/// A field that is new in the desk does not compile before `draft` says whether it is kept; one that is new
/// in a session is missing here; one that is not put back differs.
#[test]
fn every_field_of_a_session_comes_back() {
    let folder = tempfile::tempdir().unwrap();
    let kept = whole_session(folder.path());
    // As a window opens them.
    let files = ["T1w.nii", "regions.nii", "spaces.nii"].map(|name| folder.path().join(name));
    let mut harness = opened_by(files.to_vec());
    let usual = folder.path().join("usual.cisterna-session.json");
    save_session(&mut harness, &usual);
    no_errors(&harness);
    let usual = by_field(&decoded(&usual));

    let path = folder.path().join("kept.cisterna-session.json");
    std::fs::write(&path, serde_json::to_vec_pretty(&kept).unwrap()).unwrap();
    let mut harness = opened_by(vec![path.clone()]);
    wait_until(&mut harness, |h| {
        h.state().desk().mask.is_some() && !h.state().is_busy()
    });
    no_errors(&harness);
    // Over itself, as it is this session's own file.
    press_with(&mut harness, Modifiers::COMMAND | Modifiers::SHIFT, Key::S);
    harness
        .get_by_role_and_label(Role::Button, "Save")
        .click_accesskit();
    wait_until(&mut harness, |h| {
        let desk = h.state().desk();
        desk.notice.starts_with("The session is saved") || !desk.errors.is_empty()
    });
    no_errors(&harness);
    let mut again = decoded(&path);
    for field in ["made_by", "saved_at"] {
        assert_ne!(again[field], kept[field]);
        again[field] = kept[field].clone();
    }
    let (again, kept) = (in_numbers(&again), in_numbers(&kept));
    for (name, value) in kept.as_object().unwrap() {
        assert_eq!(again[name], *value, "{name}");
    }
    assert_eq!(again, kept);

    // And nothing of it was so by chance.
    let walked = by_field(&kept);
    for (way, values) in &walked {
        let is_known = NOT_WALKED.iter().any(|(of, _)| of == way);
        // Nothing, where others have an object.
        let below = format!("{way}.");
        let is_walked_below = walked.keys().any(|other| other.starts_with(&below));
        let before = usual.get(way);
        let is_as_usual = before.is_some_and(|usual| values.is_subset(usual));
        assert!(
            !is_as_usual || is_known || is_walked_below,
            "{way} is as usual: {values:?}"
        );
    }
}
