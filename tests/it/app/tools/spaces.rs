//! Networks that mark and count perivascular spaces, asked in the window.

use super::unsaved::{asks, stays_when_closed};
use super::{Window, click, fill, give_path, label_with, no_errors, opened, press, wait_until};
use crate::app::layout::check_seen;
use crate::app::window;
use crate::cli::{cisterna, path, text};
use crate::models::fixture;
use burn::module::Param;
use burn::tensor::{Device, Tensor};
use cisterna::app::{FirstScans, MaskDesk};
use cisterna::formats::{self, Voxels, no_progress, write_nifti};
use cisterna::models::counts::{
    CountRegion, CountsCard, CountsPredictor, CountsPreparation, CountsScaling, CountsScores,
    CountsSettings, CountsTraining, detections, region_input,
};
use cisterna::models::spaces::{SpacesCard, SpacesPredictor, SpacesPreparation};
use cisterna::models::{
    Card, Compute, CounterKind, CounterShape, DeviceChoice, Imported, Model, Network, Origin,
    Precision, TaskCard, VolumeUNetFile, WARNING, file_sha256, volume_unets_taken_over,
};
use cisterna::volume::{Affine, Grid, Orientation, Volume};
use cisterna::workflows::{
    PredictCountsRequest, PredictSpacesRequest, PredictedSpaces, SPACES_MOST_BYTES, compute,
    ignore_notices, predict_counts, predict_spaces,
};
use eframe::egui::{Key, Modifiers, accesskit::Role, vec2};
use egui_kittest::kittest::{NodeT, Queryable};
use nalgebra::Point3;
use serde_json::Value;
use std::path::{Path, PathBuf};

const SIDE: usize = 24;

fn place(at: usize, side: usize) -> [usize; 3] {
    [at % side, at / side % side, at / (side * side)]
}

/// White matter in the middle of a head, whose shell is cortex.
fn is_white(at: [usize; 3]) -> bool {
    at.iter().all(|i| (4..20).contains(i))
}

/// Labels of FreeSurfer: caudates whose tops lie 10 voxels below the middle of the tubes, and a brainstem.
fn label(at: [usize; 3]) -> f32 {
    match at {
        [5, 5, 4] => 11.0,
        [18, 5, 4] => 50.0,
        [11 | 12, 11 | 12, 4] => 16.0,
        [x, ..] if is_white(at) => match x < 12 {
            true => 2.0,
            false => 41.0,
        },
        _ if at.iter().all(|i| (2..22).contains(i)) => 3.0,
        _ => 0.0,
    }
}

/// A head with three tubes of this value.
fn head(at: [usize; 3], space: f32) -> f32 {
    let [x, y, z] = at;
    let noise = ((x * 7 + y * 13 + z * 5) % 101) as f32 / 5.0;
    let is_space = y == 9 && [6, 10, 15].contains(&x) && (8..18).contains(&z);
    noise
        + match label(at) {
            0.0 => 0.0,
            _ if is_space => space,
            3.0 => 450.0,
            _ => 700.0,
        }
}

fn write(file: PathBuf, side: usize, value: impl Fn([usize; 3]) -> f32) -> PathBuf {
    let grid = Grid::new([side; 3], Affine::identity()).unwrap();
    let values = 0..grid.n_voxels();
    let values: Vec<f32> = values.map(|at| value(place(at, side))).collect();
    write_nifti(&file, &grid, Orientation::Known, Voxels::F32(&values)).unwrap();
    file
}

/// T1, T2 and labels of one head.
fn scans(folder: &Path) -> [PathBuf; 3] {
    let file = |name: &str| folder.join(format!("sub-01_{name}.nii"));
    [
        write(file("T1w"), SIDE, |at| head(at, 300.0)),
        write(file("T2w"), SIDE, |at| head(at, 1400.0)),
        write(file("dseg"), SIDE, label),
    ]
}

fn open(path: &Path) -> Volume {
    formats::open(path, 0, &no_progress).unwrap().volume
}

/// The card of a network that chance made.
fn card(name: &str, n_weights: usize, task: TaskCard) -> Card {
    Card {
        name: name.to_owned(),
        warning: WARNING.to_owned(),
        purpose: "For a test.".to_owned(),
        licence: None,
        date: "2026-05-04".to_owned(),
        made_by: "cisterna 0.0.1".to_owned(),
        n_weights,
        task,
        origin: Origin::Imported(Imported {
            file: "chance.pt".to_owned(),
            sha256: "ab".repeat(32),
            layout: "chance".to_owned(),
            beside: Vec::new(),
        }),
    }
}

fn model(file: &Path) -> Model {
    Model::find(path(file)).unwrap()
}

/// A small network that marks spaces with PyTorch's random weights, and a threshold that a twentieth of the white
/// matter of a scan is above.
fn marking(folder: &Path, scan: &Path) -> (PathBuf, f64) {
    let file = VolumeUNetFile::open(&fixture("spaces-fold1.pt")).unwrap();
    let found = volume_unets_taken_over(vec![file], None, &Device::flex()).unwrap();
    let write = |name: &str, threshold: f64| {
        let task = TaskCard::Spaces(SpacesCard {
            network: found.shape.clone(),
            preparation: SpacesPreparation::default(),
            threshold,
            training: None,
        });
        let file = folder.join(format!("{name}.bpk"));
        let card = card(name, found.nets.n_weights(), task);
        Model::write_as(&found.nets, &card, Precision::Single, &file).unwrap();
        file
    };
    let first = SpacesPredictor::open(&model(&write("first", 0.5)), &Compute::cpu()).unwrap();
    let map = first.probability(&open(scan), scan, usize::MAX, &|_| true);
    let map = map.unwrap();
    let white = map.values().iter().enumerate();
    let white = white.filter(|(at, _)| is_white(place(*at, SIDE)));
    let mut white: Vec<f32> = white.map(|(_, value)| *value).collect();
    white.sort_by(f32::total_cmp);
    let threshold = f64::from(white[white.len() * 19 / 20]);
    (write("marks", threshold), threshold)
}

/// A small network that counts in the centrum semiovale, of random weights that find some.
fn counting(folder: &Path, scan: &Path, labels: &Path) -> PathBuf {
    let device = Device::flex();
    let shape = CounterShape {
        kind: CounterKind::GpUnet,
        features: 2,
        depth: 1,
        flat: false,
        gain: 40.0,
    };
    let preparation = CountsPreparation {
        region: CountRegion::CentrumSemiovale,
        spacing_mm: [1.0; 3],
        size: [20, 20, 6],
        slab_mm: 6.0,
        grown: 1,
        soft_mm: 1.0,
        scaling: CountsScaling::Median,
    };
    let task = TaskCard::Counts(CountsCard {
        network: shape.clone(),
        preparation,
        training: Some(CountsTraining {
            settings: CountsSettings {
                shape: shape.clone(),
                preparation,
                moved: false,
                thick_mm: None,
                averaging: None,
            },
            rater: 1,
            scores: CountsScores {
                patients: 7,
                pearson: Some(0.75),
                mae: 4.67,
            },
        }),
    });
    let input = region_input(&open(scan), &open(labels), None, &preparation).unwrap();
    let file = folder.join("counts.bpk");
    // Some of the networks that chance draws find nothing, which would tell nothing.
    let finds = (0..50).any(|_| {
        let mut net = shape.init(&device);
        net.out.bias = Some(Param::from_tensor(Tensor::from_floats([7.4], &device)));
        let card = card("counts", net.n_weights(), task.clone());
        Model::write_as(&net, &card, Precision::Single, &file).unwrap();
        let predictor = CountsPredictor::open(&model(&file), &Compute::cpu()).unwrap();
        let counted = predictor.counted(&input).unwrap();
        let found = detections(&counted.map, counted.count).len();
        (2..60).contains(&found)
    });
    assert!(finds, "all networks find nothing");
    file
}

/// Opens a network from a file, which is asked from then on.
fn choose(harness: &mut Window, network: &Path) {
    if !harness.state().desk().network.open {
        press(harness, Key::Num0);
    }
    // Those that come along are there first.
    wait_until(harness, |h| {
        h.state().desk().network.model().is_some() && !h.state().is_busy()
    });
    click(harness, "Open a network…");
    give_path(harness, "Path of a network", network, "Open");
    let name = network.file_stem().unwrap().to_str().unwrap().to_owned();
    wait_until(harness, |h| {
        let asked = h.state().desk().network.model();
        asked.is_some_and(|model| model.card.name == name) && !h.state().is_busy()
    });
    harness.run_steps(3);
}

fn mask(harness: &Window) -> &MaskDesk {
    harness.state().desk().mask.as_ref().unwrap()
}

fn mark(harness: &mut Window) {
    click(harness, "Mark spaces");
    wait_until(harness, |h| {
        let desk = h.state().desk();
        (desk.mask.is_some() || !desk.errors.is_empty()) && !h.state().is_busy()
    });
    harness.run_steps(3);
    no_errors(harness);
}

/// What `cisterna predict` does.
fn predicted(network: &Path, scan: &Path, labels: Option<&Path>, output: &Path) -> PredictedSpaces {
    let request = PredictSpacesRequest {
        model: &model(network),
        scan,
        labels,
        threshold: None,
        left_out_mm3: 0.0,
        most_bytes: SPACES_MOST_BYTES,
        compute: &|| compute(DeviceChoice::Auto, &ignore_notices),
        output,
    };
    predict_spaces(&request, &ignore_notices).unwrap()
}

fn decoded(path: &Path) -> Value {
    serde_json::from_slice(&std::fs::read(path).unwrap()).unwrap()
}

#[test]
fn spaces_are_marked_within_a_label_map_looked_through_and_saved() {
    let folder = tempfile::tempdir().unwrap();
    let [scan, _, labels] = scans(folder.path());
    let (network, threshold) = marking(folder.path(), &scan);
    let mut harness = opened(&[scan.clone(), labels.clone()]);
    choose(&mut harness, &network);
    label_with(
        &harness,
        "Only in white matter, deep grey matter and brainstem of sub-01_dseg.nii",
    );
    label_with(&harness, "Research use only");
    harness.check_accessibility();
    mark(&mut harness);

    let out = folder.path().join("predicted");
    let told = predicted(&network, &scan, Some(&labels), &out);
    let made = mask(&harness).made();
    assert!(!told.table.clusters.is_empty());
    assert_eq!(made.clusters.len(), told.table.clusters.len());
    assert_eq!(made.by_region, told.table.by_region);
    let is_deep = |name: &String| name != "n/a" && !name.contains("Cortex");
    assert!(made.by_region.keys().all(is_deep), "{:?}", made.by_region);
    assert!(mask(&harness).open && mask(&harness).is_probability);
    assert_eq!(mask(&harness).limits(), (threshold, 0.0));
    label_with(&harness, "Marked by marks, in white matter, deep grey");
    harness.get_by_role_and_label(Role::Slider, "Threshold");
    harness.check_accessibility();
    // The same probabilities, on a layer that the mask stands for.
    let desk = harness.state().desk();
    let layer = &desk.layers[2];
    let written = open(&out.join("sub-01_T1w_probability.nii.gz"));
    assert_eq!(layer.scan.volume.values(), written.values());
    assert!(!layer.visible && !layer.is_signal());

    // It is in no file, and is asked about before it is lost.
    assert!(mask(&harness).is_unsaved());
    assert!(stays_when_closed(&mut harness));
    let what = "The spaces that marks marked on sub-01_T1w.nii";
    asks(&harness, Some(what));
    click(&mut harness, "Stay");
    fill(&mut harness, "Reader", "MO");
    let kept = folder.path().join("kept");
    click(&mut harness, "Save mask…");
    give_path(&mut harness, "Folder to save in", &kept, "Save");
    wait_until(&mut harness, |h| mask(h).saved.is_some());
    assert!(!stays_when_closed(&mut harness));
    check_saved(
        [folder.path(), &kept],
        [&network, &scan, &labels],
        threshold,
    );
}

/// What was saved says which network made it, and `cisterna spaces mend` makes the same of its files.
fn check_saved([folder, kept]: [&Path; 2], [network, scan, labels]: [&Path; 3], threshold: f64) {
    let file = |of: &Path, end: &str| of.join(format!("sub-01/anat/sub-01_desc-{end}"));
    let record = decoded(&file(kept, "mended_mask.json"));
    assert_eq!(record["mended_by"], "MO");
    assert_eq!(record["threshold"], threshold);
    assert_eq!(record["source"], "sub-01_desc-spaces_probseg.nii.gz");
    let of = &record["network"];
    assert_eq!(of["model"], "marks");
    assert_eq!(of["labels"], "sub-01_dseg.nii");
    let hash = |path: &Path| Value::from(file_sha256(path).unwrap());
    assert_eq!(of["model_sha256"], hash(network));
    assert_eq!(of["file_sha256"], hash(scan));
    let probability = file(kept, "spaces_probseg.nii.gz");
    assert_eq!(record["source_sha256"], hash(&probability));
    let again = folder.join("again");
    let threshold = threshold.to_string();
    let mut args = vec![
        "spaces",
        "mend",
        path(&probability),
        "--labels",
        path(labels),
    ];
    args.extend(["--threshold", &threshold, "--scan", path(scan)]);
    args.extend([
        "--by",
        "MO",
        "--at",
        "2026-05-04T10:20:30Z",
        "-o",
        path(&again),
    ]);
    let output = cisterna(&args);
    assert!(output.status.success(), "{}", text(&output.stderr));
    let table = |of: &Path| std::fs::read_to_string(file(of, "mended_clusters.tsv")).unwrap();
    assert_eq!(table(kept), table(&again));
}

#[test]
fn without_a_label_map_it_is_said_what_is_marked_as_well_and_a_session_names_what_it_lacks() {
    let folder = tempfile::tempdir().unwrap();
    let [scan, ..] = scans(folder.path());
    let (network, _) = marking(folder.path(), &scan);
    let mut harness = opened(std::slice::from_ref(&scan));
    choose(&mut harness, &network);
    let everywhere =
        "clusters in cortex, cerebellum, skull and scalp, which are no perivascular spaces";
    label_with(
        &harness,
        &format!("No label map of this head is open: {everywhere}"),
    );
    harness.set_size(vec2(800.0, 600.0));
    harness.run_steps(3);
    check_seen(&harness, "Mark spaces", [800.0, 600.0]);
    mark(&mut harness);
    let told = predicted(&network, &scan, None, &folder.path().join("predicted"));
    let made = mask(&harness).made();
    assert_eq!(made.clusters.len(), told.table.clusters.len());
    assert!(made.by_region.is_empty());
    label_with(&harness, &format!("no label map was given: {everywhere}"));
    harness.check_accessibility();

    let session = folder.path().join("review.cisterna-session.json");
    harness.key_press_modifiers(Modifiers::COMMAND | Modifiers::SHIFT, Key::S);
    give_path(&mut harness, "File of the session", &session, "Save");
    wait_until(&mut harness, |h| {
        let desk = h.state().desk();
        desk.notice.starts_with("The session is saved") && !h.state().is_busy()
    });
    let what = "the spaces that marks marked on sub-01_T1w.nii";
    let said = |h: &Window| h.state().desk().errors.join("\n");
    assert!(said(&harness).contains(what), "{}", said(&harness));
    drop(harness);
    let mut harness = window(FirstScans::Files {
        paths: vec![session],
        compare: false,
    });
    wait_until(&mut harness, |h| {
        let asked = h.state().desk().network.model();
        asked.is_some_and(|model| model.card.name == "marks") && !h.state().is_busy()
    });
    let desk = harness.state().desk();
    assert_eq!(desk.layers.len(), 1);
    assert!(desk.mask.is_none());
    assert!(said(&harness).contains(what), "{}", said(&harness));
}

#[test]
fn marking_can_be_cancelled_and_a_scan_without_a_head_is_told() {
    let folder = tempfile::tempdir().unwrap();
    let [scan, ..] = scans(folder.path());
    let (network, _) = marking(folder.path(), &scan);
    // So large that there is something to cancel.
    const LARGE: usize = 128;
    let large = folder.path().join("large.nii");
    let large = write(large, LARGE, |at| head(at.map(|i| i * SIDE / LARGE), 300.0));
    let mut harness = opened(&[large]);
    choose(&mut harness, &network);
    harness.get_by_label("Mark spaces").click_accesskit();
    harness.step();
    wait_until(&mut harness, |h| {
        h.query_by_label("Cancel").is_some() || !h.state().is_busy()
    });
    click(&mut harness, "Cancel");
    wait_until(&mut harness, |h| !h.state().is_busy());
    no_errors(&harness);
    let desk = harness.state().desk();
    assert!(desk.mask.is_none());
    assert_eq!(desk.layers.len(), 1);
    drop(harness);

    let nothing = write(folder.path().join("nothing.nii"), SIDE, |_| -5.5);
    let mut harness = opened(&[nothing]);
    choose(&mut harness, &network);
    click(&mut harness, "Mark spaces");
    wait_until(&mut harness, |h| !h.state().desk().errors.is_empty());
    let said = &harness.state().desk().errors[0];
    assert!(said.contains("the scan shows no head"), "{said}");
    assert!(said.contains("nothing.nii"), "{said}");
    assert!(harness.state().desk().mask.is_none());
}

#[test]
fn spaces_are_counted_with_a_map_and_places() {
    let folder = tempfile::tempdir().unwrap();
    let [_, scan, labels] = scans(folder.path());
    let network = counting(folder.path(), &scan, &labels);
    let mut harness = opened(&[scan.clone(), labels.clone()]);
    choose(&mut harness, &network);
    label_with(&harness, "The region is taken from sub-01_dseg.nii");
    click(&mut harness, "Count");
    wait_until(&mut harness, |h| {
        h.state().desk().network.counted.is_some() && !h.state().is_busy()
    });
    harness.run_steps(3);
    no_errors(&harness);
    harness.check_accessibility();

    let out = folder.path().join("predicted");
    let request = PredictCountsRequest {
        model: &model(&network),
        scan: &scan,
        labels: &labels,
        compute: &|| compute(DeviceChoice::Auto, &ignore_notices),
        output: &out,
    };
    let (record, _) = predict_counts(&request, &ignore_notices).unwrap();
    let desk = harness.state().desk();
    let said = desk.network.counted.clone().unwrap();
    assert_eq!(said.counted.record.count, record.count);
    label_with(
        &harness,
        &format!("{:.1} in the centrum semiovale", record.count),
    );
    label_with(
        &harness,
        "Off those of rater 1 by 4.7 on average, Pearson's r 0.75 (7 patients of its test)",
    );
    // The map and the places lie over the scan, which stays chosen.
    assert_eq!(desk.layers.len(), 4);
    assert!(desk.layers[2].style.follows_value && desk.layers[2].visible);
    let map = open(&out.join("sub-01_T2w_cso_attention.nii.gz"));
    assert_eq!(desk.layers[2].scan.volume.values(), map.values());
    let places = desk.layers[3].labels.as_ref().unwrap();
    assert_eq!(places.map.labels().count(), record.detections.len());
    assert_eq!(desk.region_series().err().unwrap(), ONE_LABEL_MAP);

    // A click in the table goes there.
    let row = harness.query_all_by_label_contains("Space 2: ").next();
    row.unwrap().click_accesskit();
    harness.run_steps(3);
    let crosshair = harness.state().desk().crosshair;
    let off = crosshair - Point3::from(record.detections[1].place_mm);
    assert!(off.norm() < 1e-6, "{crosshair}");

    // What is saved is what is predicted.
    let kept = folder.path().join("kept");
    click(&mut harness, "Save count…");
    give_path(&mut harness, "Folder to save in", &kept, "Save");
    wait_until(&mut harness, |h| !h.state().desk().notice.is_empty());
    label_with(&harness, "3 files saved in");
    for name in [
        "cso_detections.tsv",
        "cso_attention.nii.gz",
        "cso_count.json",
    ] {
        let [one, other] = [&kept, &out].map(|of| {
            let file = of.join(format!("sub-01_T2w_{name}"));
            std::fs::read(file).unwrap()
        });
        assert!(one == other, "{name}");
    }
}

/// Why no regions are measured: neither of the layers that a network made is taken for a label map.
const ONE_LABEL_MAP: &str = "Regions are measured over two scans or more with hours after injection, which can \
                             be given under Time series";

#[test]
fn a_count_needs_a_label_map_and_a_network_of_planes_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let [_, scan, labels] = scans(folder.path());
    let network = counting(folder.path(), &scan, &labels);
    let mut harness = opened(std::slice::from_ref(&scan));
    choose(&mut harness, &network);
    label_with(&harness, "No label map of this head is open. To count");
    let button = harness.get_by_role_and_label(Role::Button, "Count");
    assert!(button.accesskit_node().is_disabled());
    // A label map whose numbers nobody knows is named.
    let other = write(folder.path().join("sub-01_desc-x_dseg.nii"), SIDE, |at| {
        f32::from(u8::from(is_white(at))) * 7001.0
    });
    harness.key_press_modifiers(Modifiers::COMMAND, Key::O);
    give_path(&mut harness, "Path of a scan", &other, "Open");
    wait_until(&mut harness, |h| {
        h.state().desk().layers.len() == 2 && !h.state().is_busy()
    });
    label_with(
        &harness,
        "sub-01_desc-x_dseg.nii does not say which tissues",
    );
    no_errors(&harness);

    let tracer = folder.path().join("tracer.bpk");
    let output = cisterna(&["model", "export", "pre-l2", "-o", path(&tracer)]);
    assert!(output.status.success(), "{}", text(&output.stderr));
    click(&mut harness, "Open a network…");
    give_path(&mut harness, "Path of a network", &tracer, "Open");
    wait_until(&mut harness, |h| !h.state().desk().errors.is_empty());
    let said = &harness.state().desk().errors[0];
    assert!(said.contains("is not asked about one scan"), "{said}");
}
