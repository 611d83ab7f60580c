//! Whether a tracer network acts on real heads as on simulated ones: `cargo bench --bench transfer -- MODEL
//! UNSEEN SHARED OUT`.
//!
//! UNSEEN is a folder of whole scans that `cisterna simulate` wrote with a seed that the network never saw,
//! SHARED the folder of test data with the real scans. Of each axial plane it prints by how much CSF of the
//! subarachnoid space rises between the scan that goes in and the predicted one, relative to white matter, by
//! the pixels that the program finds in the first scan; and how bright the surroundings of the head become.
//! OUT gets a montage, `transfer.png`. The real heads had no tracer: the figures say that the network acts on
//! them, not that it is right.

use anyhow::{Context, bail};
use cisterna::anatomy::PlaneRegions;
use cisterna::formats::{self, no_progress};
use cisterna::models::tracer::{
    InputScan, Inputs, PredictOptions, Prediction, ScanInterval, cohort_scans, predict, tracer_card,
};
use cisterna::models::{Compute, DeviceChoice, Model};
use cisterna::render::Colormap;
use cisterna::report::{ImageCell, image_table};
use cisterna::volume::PLANE_SIZE;
use std::io::Write;
use std::path::{Path, PathBuf};

/// Whole heads, T1-weighted, in the folder of test data.
const REAL: [(&str, &str); 6] = [
    ("id_001", "mgh/raamana+visualqc/id_001/mri/orig.mgz"),
    ("t1_crop", "nifti/niivue+niivue-brainchop/t1_crop.nii.gz"),
    ("ch2", "nifti/neurolabusc+MRIcron/ch2.nii.gz"),
    ("niimath T1", "nifti/rordenlab+niimath-bitmap/T1.nii.gz"),
    (
        "tfl",
        "dicom/neurolabusc+dcm_qa_xa30/Ref/5_anat-T1w_acq-tfl.nii",
    ),
    ("Papaya", "nifti/rii-mango+Papaya/sample_image.nii.gz"),
];

/// From this share of the plane's range on, a pixel of the scan that goes in is part of the head.
const HEAD_FROM: f32 = 0.1;
/// So far from the head begins what lies outside of it, pixels of 1 mm.
const OUTSIDE_FROM: usize = 6;

/// What is printed of a head.
struct Row {
    name: String,
    /// Subarachnoid space over white matter, means: in the scan that goes in, and predicted.
    rim: Option<[f64; 2]>,
    /// Lateral ventricles over white matter, likewise.
    ventricles: Option<[f64; 2]>,
    /// The brightest predicted pixel outside of the head, over white matter.
    outside: Option<f64>,
    cells: Vec<Vec<ImageCell>>,
}

fn main() -> anyhow::Result<()> {
    let mut args = std::env::args().skip(1).filter(|word| word != "--bench");
    let mut next = |what: &str| args.next().with_context(|| format!("{what} is missing"));
    let (model, unseen) = (next("MODEL")?, PathBuf::from(next("UNSEEN")?));
    let (shared, out) = (PathBuf::from(next("SHARED")?), PathBuf::from(next("OUT")?));
    std::fs::create_dir_all(&out)?;
    let model = Model::find(&model)?;
    let inputs = tracer_card(&model)?.inputs.clone();
    let inputs = inputs.context("the card does not say which scans go in")?;
    let compute = Compute::choose(DeviceChoice::Cpu, None)?;
    let simulated = of_simulated(&model, &inputs, &unseen, &compute)?;
    let real: Vec<Row> = REAL
        .iter()
        .map(|(name, file)| of_real(&model, &inputs, name, &shared.join(file), &compute))
        .collect::<anyhow::Result<_>>()?;
    let mut text = std::io::stdout().lock();
    writeln!(
        text,
        "| head | rim before | rim predicted | rise | of the simulated mean | ventricles before | predicted | brightest outside |"
    )?;
    writeln!(text, "| --- | --- | --- | --- | --- | --- | --- | --- |")?;
    let rises = simulated
        .iter()
        .filter_map(|row| row.rim.map(|[a, b]| b - a));
    let rises: Vec<f64> = rises.collect();
    if rises.is_empty() {
        bail!("no simulated head shows a subarachnoid space");
    }
    let mean_rise = rises.iter().sum::<f64>() / rises.len() as f64;
    for row in simulated.iter().chain(&real) {
        let two = |pair: Option<[f64; 2]>| match pair {
            Some([a, b]) => format!("{a:.2} | {b:.2}"),
            None => "- | -".to_owned(),
        };
        let rise = match row.rim {
            Some([a, b]) => format!("{:.2} | {:.2}", b - a, (b - a) / mean_rise),
            None => "- | -".to_owned(),
        };
        let outside = row.outside.map_or("-".to_owned(), |v| format!("{v:.2}"));
        let (name, rim, ventricles) = (&row.name, two(row.rim), two(row.ventricles));
        writeln!(
            text,
            "| {name} | {rim} | {rise} | {ventricles} | {outside} |"
        )?;
    }
    writeln!(text, "\nmean rise of simulated heads: {mean_rise:.3}")?;
    let shown = simulated.into_iter().take(2).chain(real);
    let cells: Vec<Vec<ImageCell>> = shown.flat_map(|row| row.cells).collect();
    std::fs::write(out.join("transfer.png"), image_table(&cells)?)?;
    Ok(())
}

fn of_simulated(
    model: &Model,
    inputs: &Inputs,
    unseen: &Path,
    compute: &Compute,
) -> anyhow::Result<Vec<Row>> {
    let cohort = cohort_scans(unseen, inputs)?;
    let rows = cohort.patients.iter().map(|patient| {
        let scans = patient.inputs.iter();
        let scans = scans.map(|(interval, path)| open(*interval, path));
        let scans = scans.collect::<anyhow::Result<Vec<_>>>()?;
        of_head(model, &patient.subject, scans, compute)
    });
    rows.collect()
}

/// The one scan there is stands for all that go in.
fn of_real(
    model: &Model,
    inputs: &Inputs,
    name: &str,
    path: &Path,
    compute: &Compute,
) -> anyhow::Result<Row> {
    let scans = inputs.intervals().iter();
    let scans = scans.map(|interval| open(*interval, path));
    let scans = scans.collect::<anyhow::Result<Vec<_>>>()?;
    of_head(model, name, scans, compute)
}

fn open(interval: ScanInterval, path: &Path) -> anyhow::Result<InputScan> {
    let opened = formats::open_one(path, &no_progress)?;
    Ok(InputScan {
        interval,
        volume: opened.volume,
        sagittal: None,
        path: path.to_owned(),
        hours: opened.info.hours_after_injection,
    })
}

fn of_head(
    model: &Model,
    name: &str,
    scans: Vec<InputScan>,
    compute: &Compute,
) -> anyhow::Result<Row> {
    let options = PredictOptions::default();
    let made = predict(model, scans, options, compute, &|| true)
        .with_context(|| format!("{name} cannot be predicted"))?;
    let last = made.inputs.last().context("a scan goes in")?;
    let planes = [&last.axial.data, &made.planes.axial.data];
    let over_white = |pixels: &dyn Fn(&PlaneRegions) -> &Vec<usize>| {
        let regions = made.regions.as_ref()?;
        let of = |values: &[f32]| mean(values, pixels(regions)) / mean(values, &regions.white);
        Some(planes.map(|values| of(values)))
    };
    let outside = outside(&last.axial.data);
    let brightest = outside.iter().map(|&at| f64::from(planes[1][at]));
    let brightest = brightest.fold(0.0, f64::max);
    let white = made
        .regions
        .as_ref()
        .map(|regions| mean(planes[1], &regions.white));
    Ok(Row {
        name: name.to_owned(),
        rim: over_white(&|regions| &regions.subarachnoid),
        ventricles: over_white(&|regions| &regions.ventricles),
        outside: white.map(|white| brightest / white),
        cells: pictures(name, &made),
    })
}

fn mean(values: &[f32], pixels: &[usize]) -> f64 {
    let sum: f64 = pixels.iter().map(|&at| f64::from(values[at])).sum();
    sum / pixels.len() as f64
}

/// The pixels that lie off the head in every direction.
fn outside(plane: &[f32]) -> Vec<usize> {
    let n = PLANE_SIZE;
    let is_off = |at: &usize| {
        let (x, y) = (at % n, at / n);
        let columns = x.saturating_sub(OUTSIDE_FROM)..(x + OUTSIDE_FROM + 1).min(n);
        let rows = y.saturating_sub(OUTSIDE_FROM)..(y + OUTSIDE_FROM + 1).min(n);
        rows.flat_map(|y| columns.clone().map(move |x| y * n + x))
            .all(|at| plane[at] < HEAD_FROM)
    };
    (0..n * n).filter(is_off).collect()
}

fn pictures(name: &str, made: &Prediction) -> Vec<Vec<ImageCell>> {
    let Some(last) = made.inputs.last() else {
        return Vec::new();
    };
    let pairs = [
        (&last.axial.data, &made.planes.axial.data),
        (&last.sagittal.data, &made.planes.sagittal.data),
    ];
    let row = |(before, made): (&Vec<f32>, &Vec<f32>)| {
        let cell = |title: String, values, high, map: Colormap| ImageCell {
            title,
            values,
            high,
            colours: map.table(),
        };
        let off = before.iter().zip(made).map(|(a, b)| (b - a).abs());
        vec![
            cell(name.to_owned(), before.clone(), 1.0, Colormap::Gray),
            cell("Predicted".to_owned(), made.clone(), 1.0, Colormap::Gray),
            cell(
                "Absolute difference, 0 to 0.5".to_owned(),
                off.collect(),
                0.5,
                Colormap::Inferno,
            ),
        ]
    };
    pairs.into_iter().map(row).collect()
}
