//! Prediction and evaluation: the networks that come with the program, on simulated and real
//! heads.

use super::{case_of_the_demo, demo_scans};
use crate::shared;
use burn::tensor::{Device, DeviceKind, Tensor, TensorData};
use cisterna::anatomy::PlaneReflux;
use cisterna::formats::{self, no_progress};
use cisterna::models::leak::{LeakPredictor, leak_card};
use cisterna::models::spaces::spaces_card;
use cisterna::models::tracer::{
    Case, InputScan, PLANE_PIXELS, PredictError, PredictOptions, Predictor, ScanInterval,
    TracerCard, baselines, predict, tracer_card, unet,
};
use cisterna::models::{Compute, Model, Network, Origin};
use cisterna::volume::{Interpolation, Volume};
use nalgebra::Point3;
use std::path::PathBuf;

#[test]
fn the_networks_that_come_with_the_program_say_what_they_are() {
    let models = Model::embedded().unwrap();
    let names: Vec<&str> = models.iter().map(|model| &*model.card.name).collect();
    let expected = ["1-2h-l2", "1-2h-l1", "pre-l2", "leak-sfcn", "spaces-t1"];
    assert_eq!(names, expected);
    for model in &models {
        let card = &model.card;
        let page = card.to_markdown();
        for part in [
            "Research use only",
            "Not a medical device",
            "simulated heads",
            "MIT OR",
        ] {
            assert!(page.contains(part), "{} does not say {part}", card.name);
        }
        assert!(card.trained_on().contains("not on patients"));
        let Origin::Trained(trained) = &card.origin else {
            panic!("{} was imported", card.name)
        };
        let n = trained.learned.split.train.len() + trained.learned.split.test.len();
        let of_spaces = spaces_card(model).is_ok();
        let least = if of_spaces { 80 } else { 136 };
        assert!(trained.learned.is_simulated && n >= least, "{n} patients");
        match (tracer_card(model), leak_card(model)) {
            (Ok(part), _) => is_better_than_no_network(model, part),
            (_, Ok(_)) => is_whole(model),
            _ => finds_spaces(model),
        }
        // The page beside the weights is the card inside them.
        let beside = concat!(env!("CARGO_MANIFEST_DIR"), "/assets/models");
        let beside = std::fs::read_to_string(format!("{beside}/{}.md", card.name)).unwrap();
        assert_eq!(beside, page);
    }
}

fn is_better_than_no_network(model: &Model, part: &TracerCard) {
    let card = &model.card;
    let evaluation = &part.training.as_ref().unwrap().evaluation;
    assert!(
        evaluation.test.mse < evaluation.baselines.best_mse(),
        "{}",
        card.name
    );
    let (shape, net) = unet(model, &Device::flex()).unwrap();
    assert_eq!((&shape, net.n_weights()), (&part.shape, card.n_weights));
}

/// A leak network opens, is calibrated, and says who chose its epoch.
fn is_whole(model: &Model) {
    let predictor = LeakPredictor::open(model, &Compute::cpu()).unwrap();
    let training = predictor.card().training.as_ref().unwrap();
    assert!(training.inner.len() >= 40, "{}", training.inner.len());
    assert!(predictor.card().temperature.is_some());
}

/// Its card says how good it was on others than those that it learned from, and that was not nothing.
fn finds_spaces(model: &Model) {
    let part = spaces_card(model).unwrap();
    let scores = part.training.as_ref().unwrap().scores.as_ref().unwrap();
    let at_threshold = |[threshold, _]: &&[f64; 2]| *threshold == part.threshold;
    let [_, dice] = scores.voxel_dice.iter().find(at_threshold).unwrap();
    assert!(scores.patients >= 16 && *dice > 0.4, "{dice}");
}

#[test]
fn an_unknown_network_is_refused_with_the_names_there_are() {
    let error = Model::find("3-5h-l2").err().unwrap().to_string();
    assert!(
        error.contains("3-5h-l2") && error.contains("pre-l2"),
        "{error}"
    );
}

/// Three patients of few values, reckoned by hand: numpy's polyfit gives the same line.
#[test]
fn baselines_are_copy_mean_and_line() {
    let n = 2 * PLANE_PIXELS;
    let case = |x: f32, y: f32| Case {
        subject: x.to_string(),
        acquisition: None,
        input: vec![x; n],
        target: vec![y; n],
        hours: vec![0.0, 24.0],
        is_simulated: true,
        doubts: Vec::new(),
        centers: [Point3::origin(); 2],
        regions: None,
    };
    let train = [case(0.0, 0.1), case(0.5, 0.3), case(1.0, 0.8)];
    let test = case(0.25, 0.5);
    let found = baselines(&train.iter().collect::<Vec<_>>(), &[&test]);
    // numpy.polyfit([0, .5, 1], [.1, .3, .8], 1) = [.7, .05]
    for (errors, off) in [
        (found.copy, 0.25),
        (found.mean, 0.5 - 0.4),
        (found.linear, 0.5 - 0.225),
    ] {
        assert!((errors.mae - off).abs() < 1e-6, "{errors:?} {off}");
        assert!((errors.mse - off * off).abs() < 1e-6, "{errors:?} {off}");
    }
    // Judged by those that are learned from, each is predicted from the two others:
    // polyfit([.5, 1], [.3, .8], 1) = [1, -.2]; ([0, 1], [.1, .8]) = [.7, .1];
    // ([0, .5], [.1, .3]) = [.4, .1]; the first and the last line are held to what they learned from.
    let all: Vec<&Case> = train.iter().collect();
    let found = baselines(&all, &all);
    // And so they are where each was seen on two scanners alike: the other one tells nothing.
    let twice: Vec<Case> = train.iter().chain(&train).cloned().collect();
    let twice: Vec<&Case> = twice.iter().collect();
    let linear = [0.1 - 0.3, 0.3 - 0.45, 0.8 - 0.3];
    let mean = [0.1 - 0.55, 0.3 - 0.45, 0.8 - 0.2];
    for found in [found, baselines(&twice, &twice)] {
        for (errors, off) in [(found.linear, linear), (found.mean, mean)] {
            let mae = off.iter().map(|off| f64::abs(*off)).sum::<f64>() / 3.0;
            let mse = off.iter().map(|off| off * off).sum::<f64>() / 3.0;
            assert!((errors.mae - mae).abs() < 1e-6, "{errors:?} {mae}");
            assert!((errors.mse - mse).abs() < 1e-6, "{errors:?} {mse}");
        }
    }
}

fn input(interval: ScanInterval, volume: Volume, hours: Option<f64>) -> InputScan {
    InputScan {
        interval,
        volume,
        sagittal: None,
        path: PathBuf::from("simulated"),
        hours,
    }
}

#[test]
fn a_prediction_lies_over_its_scan_and_beats_a_copy_of_it() {
    let model = Model::find("pre-l2").unwrap();
    let [before, after] = demo_scans();
    let scans = vec![input(ScanInterval::Pre, before.clone(), Some(0.0))];
    let made = predict(
        &model,
        scans,
        PredictOptions::default(),
        &Compute::cpu(),
        &|| true,
    )
    .unwrap();
    let real = made.beside(&model, &after, None, &PathBuf::from("real"));
    let real = real.unwrap().planes;
    let mse = |a: &[f32], b: &[f32]| -> f64 {
        let sum: f64 = a.iter().zip(b).map(|(a, b)| f64::from(a - b).powi(2)).sum();
        sum / a.len() as f64
    };
    let copied = mse(&made.inputs[0].axial.data, &real.axial.data);
    let predicted = mse(&made.planes.axial.data, &real.axial.data);
    assert!(predicted < copied, "{predicted} against {copied}");
    // Another prediction in the same folder is refused, not written over the first.
    let folder = tempfile::tempdir().unwrap();
    assert_eq!(made.write(folder.path(), None).unwrap().len(), 3);
    let twice = made.write(folder.path(), None).unwrap_err();
    assert!(twice.to_string().contains("is not overwritten"), "{twice}");
    assert!(made.provenance.trained_on.contains("simulated heads"));
    for (plane, image) in made.planes.planes() {
        let volume = image.to_volume(plane, made.at.center(plane)).unwrap();
        let axis = plane.normal_axis();
        // A voxel of the plane and the pixel of the scan that it was made from share a place.
        let place = volume.grid().to_world(Point3::new(100.0, 120.0, 0.0));
        assert!((place[axis] - made.at.center(plane)[axis]).abs() < 1e-9);
        let value = volume.sample(place, Interpolation::Nearest).unwrap();
        assert_eq!(value, image.data[120 * 256 + 100]);
        let raw = before.sample(place, Interpolation::Linear).unwrap_or(0.0);
        let of_input = made.inputs[0]
            .planes()
            .into_iter()
            .find(|(p, _)| *p == plane)
            .unwrap()
            .1;
        let scaled = of_input.data[120 * 256 + 100];
        assert!((raw > 0.0) == (scaled > 0.0), "{raw} {scaled}");
    }
}

#[test]
fn scans_that_do_not_fit_are_refused_before_anything_runs() {
    let model = Model::find("1-2h-l2").unwrap();
    let [before, _] = demo_scans();
    let refused = |scans| {
        let done = predict(
            &model,
            scans,
            PredictOptions::default(),
            &Compute::cpu(),
            &|| true,
        );
        done.err().unwrap().to_string()
    };
    let wrong = refused(vec![input(ScanInterval::Pre, before.clone(), None)]);
    assert!(wrong.contains("is given 1-2h; there is pre"), "{wrong}");
    assert!(refused(Vec::new()).contains("there is no scan"));
    let late = refused(vec![input(ScanInterval::H1To2, before.clone(), Some(6.0))]);
    assert!(
        late.contains("6.0 h") && late.contains("not 1-2h"),
        "{late}"
    );
    let grid = cisterna::volume::Grid::new([40; 3], nalgebra::Matrix4::identity()).unwrap();
    let cube = Volume::new(grid, vec![5.0; 64_000]).unwrap();
    let no_head = refused(vec![input(ScanInterval::H1To2, cube, None)]);
    assert!(no_head.contains("not a head"), "{no_head}");
    let scans = vec![input(ScanInterval::H1To2, before, None)];
    let stopped = predict(
        &model,
        scans,
        PredictOptions::default(),
        &Compute::cpu(),
        &|| false,
    );
    assert!(matches!(stopped, Err(PredictError::Stopped)));
}

#[test]
fn a_real_head_is_predicted_from_without_pretending() {
    let Some(path) = shared("data/nifti/niivue+niivue-brainchop/t1_crop.nii.gz") else {
        return;
    };
    let model = Model::find("pre-l2").unwrap();
    let volume = formats::open(&path, 0, &no_progress).unwrap().volume;
    let scan = InputScan {
        interval: ScanInterval::Pre,
        volume,
        sagittal: None,
        path,
        hours: None,
    };
    let options = PredictOptions {
        spread: true,
        ..PredictOptions::default()
    };
    let made = predict(&model, vec![scan], options, &Compute::cpu(), &|| true).unwrap();
    let told = &made.provenance;
    assert_eq!(told.warning, "Research use only. Not a medical device.");
    assert!(told.trained_on.contains("not on patients"));
    assert_eq!(told.inputs[0].file, "t1_crop.nii.gz");
    assert_eq!(told.inputs[0].sha256.as_ref().map(String::len), Some(64));
    assert!(made.planes.axial.data.iter().all(|v| v.is_finite()));
    // Air is as it is, whatever is changed; how far it is off elsewhere is told pixel by pixel.
    let sd = made.sd.as_ref().unwrap();
    assert_eq!(sd.axial.data.len(), PLANE_PIXELS);
    let middle = sd.axial.data[128 * 256 + 128];
    assert!(middle > sd.axial.data[256 + 1], "{middle}");
    let written = made
        .write(tempfile::tempdir().unwrap().path(), None)
        .unwrap();
    let name = |path: &PathBuf| path.file_name().unwrap().to_string_lossy().into_owned();
    let names: Vec<String> = written.iter().map(name).collect();
    assert!(
        names.contains(&"predicted-24h_axial_sd.nii.gz".to_owned()),
        "{names:?}"
    );
    // The regions are those of the scan's dark CSF. This scanner shows CSF so bright that the rule would call
    // it enriched without any tracer: so there is no grade, and that is said.
    let regions = made.regions.as_ref().unwrap();
    assert!(regions.ventricles.len() > 200 && regions.white.len() > 2000);
    let before = PlaneReflux::of_plane(&made.inputs[0].axial.data, regions).unwrap();
    assert!(before.is_enriched(), "{before:?}");
    assert!(made.grade.is_none());
    let [fat, no_grade] = &told.remarks[..] else {
        panic!("{:?}", told.remarks)
    };
    assert!(fat.contains("no orbital fat"), "{fat}");
    let why = "enriched before the tracer already";
    assert!(no_grade.contains(why), "{no_grade}");
}

/// The graphics processor (here a software one) and the processor agree on what a network that comes
/// along predicts.
#[test]
fn both_kinds_of_device_predict_the_same() {
    let model = Model::find("pre-l2").unwrap();
    let case = case_of_the_demo();
    let on = |device: &Device| {
        let net = Predictor::open(&model, device).unwrap();
        let data = TensorData::new(case.input.clone(), [1, 2, 256, 256]);
        let made = net.planes(Tensor::<4>::from_data(data, device));
        made.into_data().try_to_vec::<f32>().unwrap()
    };
    let on_cpu = on(&Device::flex());
    let on_gpu = on(&Device::wgpu(DeviceKind::DefaultDevice));
    let off = on_cpu
        .iter()
        .zip(&on_gpu)
        .map(|(a, b)| (a - b).abs())
        .fold(0.0, f32::max);
    assert!(off < 1e-3, "{off}");
    assert!(on_cpu.iter().any(|&value| value > 0.5), "nothing was made");
}
