//! What is tried: a picture drawn twice, and a prediction.

use crate::models::tracer::{InputScan, PredictOptions, ScanInterval};
use crate::models::{DeviceChoice, Model};
use crate::render::{Gpu, LayerStyle, SlicePicture, SlicePipeline, VolumeTexture, draw_on_cpu};
use crate::volume::{Convention, Plane, PlaneView, Volume, Window};
use crate::workflows::compute::compute;
use crate::workflows::notice::{Notify, ignore_notices};
use crate::workflows::predict::{PredictRequest, predict};
use anyhow::{Context, bail};
use image::RgbaImage;
use serde::Serialize;
use std::path::PathBuf;
use std::time::Instant;

/// One picture, drawn by the graphics adapter and by the processor.
#[derive(Clone, Debug, Serialize)]
pub struct PictureTrial {
    /// The adapter, by its title.
    pub adapter: String,
    /// How long the adapter took for the second picture, ms; the first one waits for the shader.
    pub adapter_ms: f64,
    /// How long the processor took, ms.
    pub processor_ms: f64,
    /// Pixels of the picture.
    pub n_pixels: usize,
    /// Pixels that differ by more than one step of 255 in a colour.
    pub n_differing: usize,
    /// As many may: at edges, two ways of rounding may take another voxel.
    pub n_allowed: usize,
}

impl PictureTrial {
    /// Whether both drew the same.
    #[must_use]
    pub fn is_same(&self) -> bool {
        self.n_differing <= self.n_allowed
    }
}

/// A prediction of a simulated patient by a network that comes along.
#[derive(Clone, Debug, Serialize)]
pub struct PredictionTrial {
    /// The network.
    pub network: String,
    /// What computed it.
    pub device: String,
    /// From the scan to the planes, s, without waking the device.
    pub seconds: f64,
    /// To wake the device, s.
    pub waking_seconds: f64,
    /// What was strange, in words.
    pub remarks: Vec<String>,
}

/// The network that is given the scan before the tracer.
const NETWORK: &str = "pre-l2";

const SIZE: [u32; 2] = [256, 256];

/// Draws the middle of a scan twice.
pub(in crate::workflows) fn draw_twice(scan: &Volume) -> anyhow::Result<PictureTrial> {
    let gpu = Gpu::headless()?;
    let pipeline = SlicePipeline::new(&gpu.device, &gpu.queue, SlicePipeline::IMAGE);
    let grid = scan.grid();
    let at_mm = grid.center_in_world().z;
    let view = PlaneView::fit(
        Plane::Axial,
        Convention::Radiological,
        grid,
        at_mm,
        Some(SIZE),
    );
    let style = LayerStyle::base(Window::auto(scan));
    let texture = VolumeTexture::new(&gpu.device, &gpu.queue, scan)?;
    let on_gpu = SlicePicture {
        view,
        layers: vec![(texture, style)],
        pairing: None,
        background: [0; 3],
    };
    gpu.draw(&pipeline, &on_gpu)?;
    let began = Instant::now();
    let by_adapter = gpu.draw(&pipeline, &on_gpu)?;
    let adapter_ms = ms_since(began);
    let began = Instant::now();
    let by_processor = draw_on_cpu(&SlicePicture {
        view,
        layers: vec![(scan, style)],
        pairing: None,
        background: [0; 3],
    });
    let processor_ms = ms_since(began);
    if by_processor
        .pixels()
        .all(|pixel| pixel == by_processor.get_pixel(0, 0))
    {
        bail!("the picture is of one colour");
    }
    let n_pixels = (SIZE[0] * SIZE[1]) as usize;
    Ok(PictureTrial {
        adapter: gpu.name,
        adapter_ms,
        processor_ms,
        n_pixels,
        n_differing: n_differing(&by_adapter, &by_processor),
        n_allowed: n_pixels / 1000,
    })
}

fn n_differing(one: &RgbaImage, other: &RgbaImage) -> usize {
    let differs = |(a, b): &(&image::Rgba<u8>, &image::Rgba<u8>)| {
        a.0.iter().zip(b.0).any(|(a, b)| a.abs_diff(b) > 1)
    };
    one.pixels().zip(other.pixels()).filter(differs).count()
}

fn ms_since(began: Instant) -> f64 {
    began.elapsed().as_secs_f64() * 1e3
}

/// Predicts from a scan before the tracer, by what the program would choose itself.
pub(super) fn time_prediction(scan: Volume, notify: Notify<'_>) -> anyhow::Result<PredictionTrial> {
    let model = Model::find(NETWORK)?;
    let began = Instant::now();
    let computed = compute(DeviceChoice::Auto, notify)?;
    let waking_seconds = began.elapsed().as_secs_f64();
    let began = Instant::now();
    let request = PredictRequest {
        model: &model,
        scans: vec![InputScan {
            interval: ScanInterval::Pre,
            volume: scan,
            sagittal: None,
            path: PathBuf::from("the simulated patient"),
            hours: Some(0.0),
        }],
        real: None,
        options: PredictOptions::default(),
        compute: &|| Ok(computed.clone()),
    };
    // The steps of a prediction are no steps of looking at the machine, and are not told.
    let made = predict(request, &ignore_notices)?;
    let seconds = began.elapsed().as_secs_f64();
    for (plane, image) in made.prediction.planes.planes() {
        let first = image.data.first().context("the prediction is empty")?;
        if image.data.iter().any(|value| !value.is_finite()) {
            bail!(
                "the {} plane is not all numbers",
                plane.name().to_lowercase()
            );
        }
        if image.data.iter().all(|value| value == first) {
            bail!("the {} plane is of one value", plane.name().to_lowercase());
        }
    }
    Ok(PredictionTrial {
        network: NETWORK.to_owned(),
        device: computed.to_string(),
        seconds,
        waking_seconds,
        remarks: made.prediction.provenance.remarks,
    })
}
